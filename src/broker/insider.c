/* SPDX-License-Identifier: MIT
 *
 * src/broker/insider.c - subscribers without a client: code of the server that listens to a filter.
 * Owns: a session for each, which stands in the tree of subscriptions as a client's does, so that matching, its cache
 * and the other workers need to know nothing of it. Does not own: what the messages are for.
 */
#include "broker/delivery.h"

struct mqs_insider {
	mqs_link link; /* in broker->insiders */
	mqs_broker *broker;
	mqs_insider_take take;
	void *user;
	mqs_session session;
};

static const mqs_bytes reserved = {(const uint8_t *)"$mqs/", 5};

bool mqs_topic_reserved(mqs_bytes filter)
{
	return filter.len >= reserved.len && memcmp(filter.ptr, reserved.ptr, reserved.len) == 0;
}

mqs_result mqs_insider_open(mqs_broker *broker, mqs_bytes filter, mqs_insider_take take, void *user, mqs_insider **out)
{
	mqs_subscription_entry entry = {.filter = filter, .qos = 2, .retain_as_published = true};
	mqs_subscription *subscription;
	mqs_bytes group, rest;
	bool existed;

	if (filter.len > 65535 || !mqs_topic_filter_valid(filter, broker->limits.max_topic_levels) ||
	    !mqs_utf8_valid(filter) || mqs_topic_share_parse(filter, &group, &rest)) {
		return MQS_ERR_INVALID;
	}
	mqs_insider *insider = (mqs_insider *)mqs_acquire_zero(broker->alloc, sizeof(*insider));
	if (!insider) {
		return MQS_ERR_NOMEM;
	}
	insider->broker = broker;
	insider->take = take;
	insider->user = user;
	insider->session.insider = insider;
	mqs_list_init(&insider->session.subscriptions);
	if (mqs_subscriptions_add(broker->subscriptions, &insider->session, &insider->session.subscriptions, &entry, 0,
	        &subscription, &existed) != MQS_OK) {
		mqs_release(broker->alloc, insider);
		return MQS_ERR_NOMEM;
	}
	mqs_list_insert(&broker->insiders, &insider->link);
	broker->insider_count++;
	mqs_peers_tell_added(broker, subscription);
	*out = insider;
	return MQS_OK;
}

void mqs_insider_close(mqs_insider *insider)
{
	mqs_broker *broker = insider->broker;
	mqs_peers_remove_and_tell(broker, MQS_CONTAINER(insider->session.subscriptions.next, mqs_subscription, by_session));
	mqs_list_remove(&insider->link);
	broker->insider_count--;
	mqs_release(broker->alloc, insider);
}

bool mqs_insider_deliver(mqs_insider *insider, const mqs_route *route)
{
	mqs_publish message = {
	    .topic = route->topic, .payload = route->payload, .qos = route->qos, .retain = route->retain};
	message.props.raw = route->props;
	insider->take(insider->user, &message);
	return true;
}

void mqs_insiders_destroy(mqs_broker *broker)
{
	while (!mqs_list_empty(&broker->insiders)) {
		mqs_insider *insider = MQS_CONTAINER(broker->insiders.next, mqs_insider, link);
		mqs_insider_take take = insider->take;
		void *user = insider->user;
		mqs_insider_close(insider);
		take(user, NULL);
	}
}
