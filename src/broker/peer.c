/* SPDX-License-Identifier: MIT
 *
 * src/broker/peer.c - other workers of the same server: what their clients subscribe to, and messages to and from them.
 * Owns: the peers, each with a session of its own in the tree of subscriptions, and what they have not answered yet.
 * Does not own: the links to them, which are the bus's.
 */
#include "broker/delivery.h"

/* Messages that one peer has not answered; one more is not given to it. */
#define UNANSWERED_MAX 65536u

/* So often another member is looked for, when peers say that they have none (any more). */
#define TRIES_MAX 8

/* A message with QoS 1 or 2 that a peer was given. */
typedef struct unanswered {
	mqs_receipt *receipt; /* of its publisher; NULL: nobody waits */
	mqs_message *message; /* owned, with a group: for another member; else NULL */
	uint64_t group;
	uint8_t tries;
	bool done; /* answered, behind one that is not */
} unanswered;

struct mqs_peer {
	mqs_broker *broker;
	void *user;
	mqs_session *session;
	unanswered *ring; /* capacity is a power of two */
	uint32_t head, count, capacity;
	uint64_t first; /* receipt number of the one at head: they are consecutive */
	uint8_t index;
};

/* ---- announcements ------------------------------------------------------------------------------------------- */

mqs_result mqs_broker_set_bus(mqs_broker *broker, const mqs_bus *bus)
{
	static const mqs_bus none;
	broker->bus_filter.len = 0;
	if (bus && mqs_buffer_reserve(&broker->bus_filter, MQS_FILTER_MAX) != MQS_OK) {
		return MQS_ERR_NOMEM;
	}
	broker->ports.bus = bus ? *bus : none;
	return MQS_OK;
}

static mqs_bytes filter_of(mqs_broker *broker, const mqs_subscription *subscription)
{
	return mqs_bytes_make(broker->bus_filter.ptr, mqs_subscription_filter(subscription, broker->bus_filter.ptr));
}

void mqs_peers_tell_added(mqs_broker *broker, const mqs_subscription *subscription)
{
	const mqs_bus *bus = &broker->ports.bus;
	uint32_t members = mqs_subscriptions_local(subscription);
	if (bus->filter_changed && (subscription->shared || members == 1)) {
		bus->filter_changed(bus->ctx, filter_of(broker, subscription), members);
	}
}

void mqs_peers_remove_and_tell(mqs_broker *broker, mqs_subscription *subscription)
{
	const mqs_bus *bus = &broker->ports.bus;
	uint32_t members = mqs_subscriptions_local(subscription);
	bool news = bus->filter_changed && (subscription->shared || members == 1);
	mqs_bytes filter = news ? filter_of(broker, subscription) : mqs_bytes_make(NULL, 0);
	broker->stats.shared_subscriptions -= subscription->shared;
	mqs_subscriptions_remove(broker->subscriptions, subscription);
	if (news) {
		bus->filter_changed(bus->ctx, filter, members - 1);
	}
}

bool mqs_broker_next_filter(mqs_broker *broker, mqs_filter_walk *walk, mqs_bytes *filter, uint32_t *members)
{
	if (!broker->bus_filter.ptr) {
		return false;
	}
	const mqs_subscription *subscription = mqs_subscriptions_walk(broker->subscriptions, &walk->at, &walk->groups);
	if (!subscription) {
		return false;
	}
	*filter = filter_of(broker, subscription);
	*members = mqs_subscriptions_local(subscription);
	return true;
}

/* ---- what waits for answers ---------------------------------------------------------------------------------- */

static unanswered *at(const mqs_peer *peer, uint32_t index)
{
	return &peer->ring[(peer->head + index) & (peer->capacity - 1)];
}

/* Room for one more at the end. False: no memory. */
static bool make_room(mqs_peer *peer)
{
	if (peer->count < peer->capacity) {
		return true;
	}
	uint32_t capacity = peer->capacity ? peer->capacity * 2 : 16;
	unanswered *ring = (unanswered *)mqs_acquire(peer->broker->alloc, capacity * sizeof(*ring));
	if (!ring) {
		return false;
	}
	for (uint32_t i = 0; i < peer->count; i++) {
		ring[i] = *at(peer, i);
	}
	mqs_release(peer->broker->alloc, peer->ring);
	peer->ring = ring;
	peer->capacity = capacity;
	peer->head = 0;
	return true;
}

/* The ring begins with the first that is not answered. */
static void settle(mqs_peer *peer)
{
	while (peer->count && at(peer, 0)->done) {
		peer->head = (peer->head + 1) & (peer->capacity - 1);
		peer->count--;
		peer->first++;
	}
	if (peer->count == 0 && peer->capacity > 1024) { /* after a flood */
		mqs_release(peer->broker->alloc, peer->ring);
		peer->ring = NULL;
		peer->capacity = peer->head = 0;
	}
}

/* ---- to a peer ----------------------------------------------------------------------------------------------- */

/* The properties as clients get them. False: no memory. */
static bool make_props(mqs_broker *broker, const mqs_route *route, int64_t now_ms, mqs_bytes *out)
{
	mqs_buffer *props = &broker->bus_props;
	*out = route->props;
	if (route->expires_ms == MQS_NEVER) {
		return true;
	}
	int64_t left_s = route->expires_ms > now_ms ? (route->expires_ms - now_ms + 999) / 1000 : 0;
	props->len = 0;
	if (mqs_props_write_number(props, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, (uint32_t)left_s) != MQS_OK ||
	    mqs_buffer_append(props, route->props) != MQS_OK) {
		return false;
	}
	*out = mqs_buffer_view(props);
	return true;
}

/* Everything that an answer needs. False: no memory. */
static bool expect_answer(mqs_peer *peer, mqs_route *route, bool group)
{
	if (route->asker && !route->receipt) {
		route->receipt = mqs_receipt_open(route->asker);
		if (!route->receipt) {
			return false;
		}
	}
	return make_room(peer) && (!group || mqs_route_message(peer->broker, route));
}

bool mqs_peer_forward(mqs_peer *peer, mqs_route *route, const mqs_subscription *group, int64_t now_ms)
{
	mqs_broker *broker = peer->broker;
	const mqs_bus *bus = &broker->ports.bus;
	bool answer = route->qos && (route->asker || route->receipt || group);
	mqs_bus_message message = {
	    .topic = route->topic, .payload = route->payload, .qos = route->qos, .retain = route->retain};

	bool full = !bus->deliver || (answer && peer->count >= UNANSWERED_MAX);
	if (!full && (!make_props(broker, route, now_ms, &message.props) ||
	                 (answer && !expect_answer(peer, route, group != NULL)))) {
		broker->stats.dropped_no_memory++;
		route->refused = MQTT_RC_SERVER_BUSY;
		return false;
	}
	if (group && !full) {
		message.group = filter_of(broker, group);
	}
	if (answer) {
		message.receipt = peer->first + peer->count;
	}
	if (full || !bus->deliver(bus->ctx, peer->user, &message)) {
		broker->stats.dropped_peer_full++;
		route->refused = route->qos ? MQTT_RC_QUOTA_EXCEEDED : route->refused; /* QoS 0 is lost as anywhere */
		return false;
	}
	broker->stats.messages_to_peers++;
	if (!answer) {
		route->matched = true; /* as far as anybody will know */
		return true;
	}
	*at(peer, peer->count++) = (unanswered){
	    .receipt = route->receipt,
	    .message = group ? mqs_message_ref(route->message) : NULL,
	    .group = group ? group->place.group->number : 0,
	    .tries = route->tries,
	};
	if (route->receipt) {
		mqs_receipt_await(route->receipt);
	}
	return true;
}

/*
 * A peer did not deliver a message to a member of a share group: another member gets it. What the publisher is told is
 * up to that one then.
 */
static uint8_t redispatch(mqs_peer *peer, const unanswered *one, int64_t now_ms)
{
	mqs_broker *broker = peer->broker;
	mqs_route route;

	if (one->message->expires_ms <= now_ms) {
		broker->stats.dropped_expired++;
		return MQTT_RC_NO_MATCHING_SUBSCRIBERS;
	}
	if (one->tries >= TRIES_MAX) {
		return MQTT_RC_NO_MATCHING_SUBSCRIBERS;
	}
	mqs_route_of(&route, one->message);
	route.group = one->group;
	route.receipt = one->receipt;
	route.tries = (uint8_t)(one->tries + 1);
	mqs_route_redispatch(broker, &route, peer->session, false, now_ms);
	broker->hit_pressure = false; /* its publisher is not in the middle of anything */
	return route.refused ? route.refused : route.matched ? MQTT_RC_SUCCESS : MQTT_RC_NO_MATCHING_SUBSCRIBERS;
}

/* Takes one off that is done with. */
static void answered(mqs_peer *peer, const unanswered *one, uint8_t reason, int64_t now_ms)
{
	if (one->message) {
		if (reason == MQTT_RC_NO_MATCHING_SUBSCRIBERS) {
			reason = redispatch(peer, one, now_ms);
		}
		mqs_message_unref(one->message);
	}
	mqs_conn *conn = one->receipt ? mqs_receipt_answer(one->receipt, reason) : NULL;
	if (conn) {
		mqs_receipt_flush(conn, now_ms);
	}
}

void mqs_peer_answer(mqs_peer *peer, uint64_t receipt, uint8_t reason, int64_t now_ms)
{
	uint64_t index = receipt - peer->first;
	peer->broker->now_ms = now_ms;
	if (receipt < peer->first || index >= peer->count || at(peer, (uint32_t)index)->done) {
		return;
	}
	unanswered one = *at(peer, (uint32_t)index);
	at(peer, (uint32_t)index)->done = true;
	settle(peer);
	answered(peer, &one, reason, now_ms);
}

/* ---- from a peer --------------------------------------------------------------------------------------------- */

/* A group that it names, if this message can be meant for it. */
static mqs_share_group *find_group(mqs_broker *broker, mqs_bytes name, mqs_bytes topic)
{
	mqs_bytes ignored, filter;
	mqs_share_group *group = mqs_subscriptions_group(broker->subscriptions, name);
	if (!group || !mqs_topic_share_parse(name, &ignored, &filter) || !mqs_topic_matches(filter, topic)) {
		return NULL;
	}
	return group;
}

uint8_t mqs_peer_deliver(mqs_peer *peer, mqs_bytes group, const mqs_publish *publish, int64_t now_ms)
{
	mqs_broker *broker = peer->broker;
	mqs_publish message = *publish;
	mqs_route route;

	broker->now_ms = now_ms;
	broker->stats.messages_from_peers++;
	if (!mqs_publish_valid(broker, publish, &message.props)) {
		return MQTT_RC_IMPLEMENTATION_SPECIFIC_ERROR;
	}
	mqs_result result = mqs_route_init(broker, &route, &message, 0, now_ms);
	if (result == MQS_OK && group.len) {
		mqs_share_group *found = find_group(broker, group, message.topic);
		if (found) {
			mqs_route_run_group(broker, &route, found, now_ms);
		}
	} else if (result == MQS_OK) {
		result = mqs_route_run_local(broker, &route, now_ms);
	}
	mqs_route_clear(&route);
	mqs_deliver_run(broker, now_ms);
	broker->hit_pressure = false; /* its publisher is in another worker */
	if (result != MQS_OK) {
		return MQTT_RC_SERVER_BUSY;
	}
	return route.matched ? MQTT_RC_SUCCESS : MQTT_RC_NO_MATCHING_SUBSCRIBERS;
}

/* ---- claims ---------------------------------------------------------------------------------------------------- */

int64_t mqs_claim_time(const mqs_broker *broker, const mqs_session *session, int64_t now_ms)
{
	const mqs_claim *claim = &broker->claims[session->number % MQS_CLAIMS];
	return claim->number == session->number && claim->connected_ms >= now_ms ? claim->connected_ms + 1 : now_ms;
}

/* The client may come here in the same millisecond, or by a clock that lags a little. */
static void remember_claim(mqs_broker *broker, uint64_t number, int64_t connected_ms)
{
	mqs_claim *claim = &broker->claims[number % MQS_CLAIMS];
	if (claim->number != number || claim->connected_ms < connected_ms) {
		*claim = (mqs_claim){number, connected_ms};
	}
}

void mqs_broker_claimed(mqs_broker *broker, mqs_bytes client_id, int64_t connected_ms, uint64_t origin, int64_t now_ms)
{
	mqs_session *session = mqs_session_find(broker, client_id);

	broker->now_ms = now_ms;
	remember_claim(broker, mqs_session_number(broker, client_id), connected_ms);
	if (!session || session->connected_ms > connected_ms ||
	    (session->connected_ms == connected_ms && origin <= broker->ports.bus.origin)) {
		return;
	}
	broker->stats.sessions_taken_over++;
	if (session->will && session->will->delay_s) { /* the client is back in time, elsewhere [MQTT-3.1.3-9] */
		mqs_will_free(broker, session->will);
		session->will = NULL;
	}
	session->expiry_s = 0;
	if (session->conn) {
		mqs_broker_log(broker, MQS_LOG_DEBUG, "session taken over by another worker", session->conn, NULL,
		    MQTT_RC_SESSION_TAKEN_OVER);
		mqs_conn_doom(session->conn, MQTT_RC_SESSION_TAKEN_OVER, true);
	} else {
		mqs_session_destroy(broker, session, now_ms);
	}
}

/* ---- coming and going ---------------------------------------------------------------------------------------- */

mqs_result mqs_peer_open(mqs_broker *broker, void *user, mqs_peer **out)
{
	uint32_t index = 0;
	while (index < MQS_PEERS_MAX && broker->peers[index]) {
		index++;
	}
	if (index == MQS_PEERS_MAX) {
		return MQS_ERR_LIMIT;
	}
	mqs_peer *peer = (mqs_peer *)mqs_acquire_zero(broker->alloc, sizeof(*peer));
	mqs_session *session = (mqs_session *)mqs_acquire_zero(broker->alloc, sizeof(*session));
	if (!peer || !session) {
		mqs_release(broker->alloc, peer);
		mqs_release(broker->alloc, session);
		return MQS_ERR_NOMEM;
	}
	mqs_list_init(&session->subscriptions);
	session->peer = peer;
	peer->broker = broker;
	peer->user = user;
	peer->session = session;
	peer->first = 1;
	peer->index = (uint8_t)index;
	broker->peers[index] = peer;
	broker->peer_count++;
	*out = peer;
	return MQS_OK;
}

/* Nothing is routed to it any more. */
static void unlink_peer(mqs_peer *peer)
{
	mqs_broker *broker = peer->broker;
	while (!mqs_list_empty(&peer->session->subscriptions)) {
		mqs_subscriptions_remove(
		    broker->subscriptions, MQS_CONTAINER(peer->session->subscriptions.next, mqs_subscription, by_session));
	}
	broker->peers[peer->index] = NULL;
	broker->peer_count--;
}

static void free_peer(mqs_peer *peer)
{
	const mqs_alloc *alloc = peer->broker->alloc;
	mqs_release(alloc, peer->ring);
	mqs_release(alloc, peer->session);
	mqs_release(alloc, peer);
}

/* reason: the answer to messages without a group. */
static void close_peer(mqs_peer *peer, uint8_t reason, int64_t now_ms)
{
	peer->broker->now_ms = now_ms;
	unlink_peer(peer);
	for (uint32_t i = 0; i < peer->count; i++) {
		const unanswered *one = at(peer, i);
		if (!one->done) {
			answered(peer, one, one->message ? MQTT_RC_NO_MATCHING_SUBSCRIBERS : reason, now_ms);
		}
	}
	free_peer(peer);
}

void mqs_peer_close(mqs_peer *peer, int64_t now_ms)
{
	close_peer(peer, MQTT_RC_NO_MATCHING_SUBSCRIBERS, now_ms);
}

void mqs_peer_give_up(mqs_peer *peer, int64_t now_ms)
{
	close_peer(peer, MQTT_RC_QUOTA_EXCEEDED, now_ms);
}

void mqs_peers_destroy(mqs_broker *broker)
{
	for (uint32_t i = 0; i < MQS_PEERS_MAX; i++) {
		mqs_peer *peer = broker->peers[i];
		if (!peer) {
			continue;
		}
		unlink_peer(peer);
		for (uint32_t j = 0; j < peer->count; j++) { /* no connection is left that waits */
			const unanswered *one = at(peer, j);
			if (!one->done && one->message) {
				mqs_message_unref(one->message);
			}
			if (!one->done && one->receipt) {
				mqs_receipt_answer(one->receipt, MQTT_RC_SERVER_SHUTTING_DOWN);
			}
		}
		free_peer(peer);
	}
}

void *mqs_peer_user(const mqs_peer *peer)
{
	return peer->user;
}

uint8_t mqs_peer_index(const mqs_peer *peer)
{
	return peer->index;
}

/*
 * Can a filter be one of a client? To a 3.x client $share is a level like others, and what a 5.0 client shares may
 * begin with it again: only what comes behind is judged.
 */
static bool filter_valid(const mqs_broker *broker, mqs_bytes filter)
{
	static const char prefix[] = "$share/";
	const size_t len = sizeof(prefix) - 1;
	mqs_bytes name, rest = filter;
	mqs_topic_share_parse(filter, &name, &rest);
	while (rest.len > len && memcmp(rest.ptr, prefix, len) == 0) {
		rest = mqs_bytes_make(rest.ptr + len, rest.len - len);
	}
	return filter.len <= 65535 && mqs_topic_filter_valid(rest, broker->limits.max_topic_levels) &&
	       mqs_utf8_valid(filter);
}

mqs_result mqs_peer_subscribe(mqs_peer *peer, mqs_bytes filter, uint32_t members)
{
	mqs_broker *broker = peer->broker;
	mqs_subscription_entry entry = {.filter = filter, .qos = 2};
	bool existed;

	if (!filter_valid(broker, filter)) {
		return MQS_ERR_INVALID;
	}
	mqs_subscription *subscription = mqs_subscriptions_find(broker->subscriptions, peer->session, filter);
	if (members == 0) {
		if (subscription) {
			mqs_subscriptions_remove(broker->subscriptions, subscription);
		}
		return MQS_OK;
	}
	if (!subscription && mqs_subscriptions_add(broker->subscriptions, peer->session, &peer->session->subscriptions,
	                         &entry, 0, &subscription, &existed) != MQS_OK) {
		return MQS_ERR_NOMEM;
	}
	mqs_subscriptions_mark(broker->subscriptions, subscription, members);
	return MQS_OK;
}
