/* SPDX-License-Identifier: MIT
 *
 * src/broker/backlog.c - retained messages that new subscriptions still have to get, sent as fast as the client takes
 * them and never faster. Owns: references to the messages of the subscription that is being served.
 *
 * Bounded: one subscription at a time is matched, and a subscription waits at most once. A search with wildcards may
 * have to look at all that is retained, so all clients together search for so much in a millisecond and then take
 * turns.
 */
#include "broker/delivery.h"

#define SEARCH_MAX 100000u /* topics looked at before others have their turn */

mqs_result mqs_backlog_add(mqs_broker *broker, mqs_subscription *subscription)
{
	mqs_session *session = subscription->session;
	mqs_backlog *backlog = session->backlog;

	if (!backlog) {
		backlog = (mqs_backlog *)mqs_acquire_zero(broker->alloc, sizeof(*backlog));
		if (!backlog) {
			return MQS_ERR_NOMEM;
		}
		backlog->session = session;
		mqs_list_init(&backlog->owing);
		mqs_list_init(&backlog->subscriptions);
		session->backlog = backlog;
	}
	subscription->owed_upto = mqs_retained_newest(broker->retained);
	if (backlog->resumed == subscription) {
		backlog->resumed = NULL; /* all over again */
	}
	if (!mqs_list_linked(&subscription->owed)) {
		mqs_list_insert(&backlog->subscriptions, &subscription->owed);
	}
	return MQS_OK;
}

void mqs_backlog_forget(mqs_broker *broker, mqs_subscription *subscription)
{
	mqs_backlog *backlog = subscription->session->backlog;
	mqs_list_remove(&subscription->owed);
	if (backlog && backlog->resumed == subscription) {
		backlog->resumed = NULL;
	}
	if (backlog && backlog->current == subscription) {
		backlog->current = NULL;
		backlog->position = 0;
		mqs_message_list_clear(&backlog->messages, broker->alloc);
	}
}

void mqs_backlog_rewind(mqs_session *session, mqs_broker *broker)
{
	mqs_backlog *backlog = session->backlog;
	if (!backlog) {
		return;
	}
	if (backlog->current && backlog->position < backlog->messages.count && !mqs_list_linked(&backlog->current->owed)) {
		mqs_list_insert(backlog->subscriptions.next, &backlog->current->owed);
		backlog->resumed = backlog->current;
	}
	backlog->left = mqs_retained_newest(broker->retained);
	backlog->current = NULL;
	backlog->position = 0;
	mqs_message_list_clear(&backlog->messages, broker->alloc);
}

void mqs_backlog_resume(mqs_session *session, mqs_broker *broker)
{
	if (session->backlog) {
		session->backlog->returned = mqs_retained_newest(broker->retained);
	}
}

/* Was there enough searching in this millisecond? */
static bool exhausted(mqs_broker *broker, int64_t now_ms)
{
	if (broker->searched_ms != now_ms) {
		broker->searched_ms = now_ms;
		broker->searched = 0;
	}
	return broker->searched >= SEARCH_MAX;
}

/* May the session search now? If not, it waits for its turn. */
static bool may_search(mqs_backlog *backlog, mqs_broker *broker, int64_t now_ms)
{
	if (!exhausted(broker, now_ms) && !mqs_list_linked(&backlog->owing)) {
		return true;
	}
	if (!mqs_list_linked(&backlog->owing)) {
		mqs_list_insert(&broker->owing, &backlog->owing);
	}
	if (!mqs_deadline_armed(&broker->backlog_turn)) {
		mqs_deadline_arm(broker, &broker->backlog_turn, now_ms + 1);
	}
	return false;
}

void mqs_backlog_turn(mqs_broker *broker, int64_t now_ms)
{
	mqs_link *last = broker->owing.prev; /* who comes behind it waits again */
	for (bool more = !mqs_list_empty(&broker->owing); more && !exhausted(broker, now_ms);) {
		mqs_link *link = broker->owing.next;
		more = link != last;
		mqs_list_remove(link);
		mqs_outbox_pump(MQS_CONTAINER(link, mqs_backlog, owing)->session, broker, now_ms);
	}
	if (!mqs_list_empty(&broker->owing)) {
		mqs_deadline_arm(broker, &broker->backlog_turn, now_ms + 1);
	}
}

/* Collects the messages of the next subscription. False: there is none. */
static bool next_subscription(mqs_backlog *backlog, mqs_broker *broker)
{
	mqs_message_list_clear(&backlog->messages, broker->alloc);
	backlog->position = 0;
	backlog->current = NULL;
	if (mqs_list_empty(&backlog->subscriptions)) {
		return false;
	}
	mqs_subscription *subscription = MQS_CONTAINER(backlog->subscriptions.next, mqs_subscription, owed);
	mqs_list_remove(&subscription->owed);
	broker->scratch.len = 0;
	if (mqs_buffer_reserve(&broker->scratch, MQS_FILTER_MAX) != MQS_OK) {
		broker->stats.dropped_no_memory++;
		return true;
	}
	size_t len = mqs_subscription_filter(subscription, broker->scratch.ptr);
	mqs_bytes filter = mqs_bytes_make(broker->scratch.ptr, len);
	broker->searched += mqs_topic_has_wildcard(filter) ? mqs_retained_count(broker->retained) + 1 : 1;
	if (mqs_retained_match(broker->retained, filter, &backlog->messages) != MQS_OK) {
		broker->stats.dropped_no_memory++; /* what was found before is sent */
	}
	mqs_message_list_sort(&backlog->messages);
	if (backlog->resumed != subscription) {
		backlog->sent = 0;
	}
	backlog->resumed = NULL;
	backlog->current = subscription;
	backlog->upto = subscription->owed_upto;
	backlog->identifier = subscription->identifier;
	backlog->qos = subscription->qos;
	backlog->no_local = subscription->no_local;
	return true;
}

static void send_one(mqs_session *session, mqs_broker *broker, mqs_message *message, int64_t now_ms)
{
	const mqs_backlog *backlog = session->backlog;
	uint8_t qos = message->qos < backlog->qos ? message->qos : backlog->qos;
	uint32_t id_count = backlog->identifier ? 1 : 0;
	mqs_route route = {.topic = mqs_message_topic(message),
	    .payload = mqs_message_payload(message),
	    .props = mqs_message_props(message),
	    .expires_ms = message->expires_ms,
	    .publisher = message->publisher,
	    .qos = message->qos,
	    .retain = true,
	    .message = message};

	if (mqs_broker_wants(broker, MQS_PHASE_BEFORE, MQS_EVENT_DELIVER)) {
		mqs_deliver_later(session, broker, &route, qos, MQS_RETAIN_STORED, &backlog->identifier, id_count, now_ms);
	} else if (qos == 0) {
		mqs_route_write(session->conn, &route, 0, MQS_RETAIN_STORED, false, 0, &backlog->identifier, id_count, now_ms);
	} else {
		mqs_outbox_add(session, broker, &route, qos, MQS_RETAIN_STORED, &backlog->identifier, id_count, now_ms);
	}
}

/* Is the message still to be sent for the current subscription? */
static bool is_due(const mqs_session *session, const mqs_broker *broker, const mqs_message *message, int64_t now_ms)
{
	const mqs_backlog *backlog = session->backlog;
	if (message->superseded || message->expires_ms <= now_ms || message->stored <= backlog->sent ||
	    (backlog->no_local && message->publisher == session->number)) { /* [MQTT-3.8.3-3] */
		return false;
	}
	if (message->stored <= backlog->upto) {
		return true;
	}
	/* retained after SUBSCRIBE: it came live, but not with QoS 0 to a client that was away */
	return (message->qos == 0 || backlog->qos == 0) && message->stored > backlog->left &&
	       message->stored <= backlog->returned && !broker->options.queue_qos0;
}

void mqs_backlog_pump(mqs_session *session, mqs_broker *broker, int64_t now_ms)
{
	mqs_backlog *backlog = session->backlog;

	/* what a hook is still to be asked about counts when it has been: it goes on then */
	while (mqs_session_open_conn(session) && mqs_conn_has_room(session->conn) && !session->undecided) {
		if (backlog->position == backlog->messages.count) {
			if (!mqs_list_empty(&backlog->subscriptions) && !may_search(backlog, broker, now_ms)) {
				return;
			}
			if (!next_subscription(backlog, broker)) {
				mqs_backlog_destroy(session, broker);
				return;
			}
			continue;
		}
		mqs_message *message = backlog->messages.items[backlog->position];
		if (message->qos && backlog->qos && !mqs_outbox_open(session, broker)) {
			return; /* goes on with an acknowledgement */
		}
		backlog->position++;
		if (is_due(session, broker, message, now_ms)) {
			backlog->sent = message->stored;
			send_one(session, broker, message, now_ms);
		}
	}
}

void mqs_backlog_destroy(mqs_session *session, mqs_broker *broker)
{
	mqs_backlog *backlog = session->backlog;
	if (!backlog) {
		return;
	}
	while (!mqs_list_empty(&backlog->subscriptions)) {
		mqs_list_remove(backlog->subscriptions.next);
	}
	mqs_list_remove(&backlog->owing);
	mqs_message_list_clear(&backlog->messages, broker->alloc);
	mqs_release(broker->alloc, backlog);
	session->backlog = NULL;
}
