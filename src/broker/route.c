/* SPDX-License-Identifier: MIT
 *
 * src/broker/route.c - an accepted message on its way: retained, matched, handed to sessions and to other workers.
 */
#include "broker/delivery.h"

#define MAX_IDS    256u
#define PRINT_FROM 3u /* receivers */

/* Properties that belong to one hop only. */
#define HOP_PROPERTIES                                                                                                 \
	(MQS_PROP_BIT(MQTT_PROP_TOPIC_ALIAS) | MQS_PROP_BIT(MQTT_PROP_MESSAGE_EXPIRY_INTERVAL) |                           \
	    MQS_PROP_BIT(MQTT_PROP_SUBSCRIPTION_IDENTIFIER))

mqs_result mqs_route_init(
    mqs_broker *broker, mqs_route *route, const mqs_publish *publish, uint64_t publisher, int64_t now_ms)
{
	const mqs_props *props = &publish->props;
	route->topic = publish->topic;
	route->payload = publish->payload;
	route->props = props->raw;
	route->publisher = publisher;
	route->qos = publish->qos;
	/* clients were told; a handler or the server itself may ask for it all the same */
	route->retain = publish->retain && broker->options.retain_available;
	route->local = route->matched = false;
	route->refused = route->tries = 0;
	route->asker = NULL;
	route->receipt = NULL;
	route->several = false;
	route->prints[0] = route->prints[1] = NULL;
	route->message = NULL;
	route->group = 0;
	route->expires_ms = MQS_NEVER;
	if (MQS_LIKELY((props->present & HOP_PROPERTIES) == 0)) {
		return MQS_OK;
	}
	if (mqs_props_has(props, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL)) {
		route->expires_ms = now_ms + (int64_t)props->message_expiry_interval_s * 1000;
	}
	broker->scratch.len = 0;
	if (mqs_props_copy(&broker->scratch, props->raw, HOP_PROPERTIES) != MQS_OK) {
		return MQS_ERR_NOMEM;
	}
	route->props = mqs_buffer_view(&broker->scratch);
	return MQS_OK;
}

void mqs_route_clear(mqs_route *route)
{
	if (route->message) {
		mqs_message_unref(route->message);
		route->message = NULL;
	}
}

void mqs_route_of(mqs_route *route, mqs_message *message)
{
	*route = (mqs_route){
	    .topic = mqs_message_topic(message),
	    .payload = mqs_message_payload(message),
	    .props = mqs_message_props(message),
	    .expires_ms = message->expires_ms,
	    .publisher = message->publisher,
	    .qos = message->qos,
	    .retain = message->retain,
	    .message = message,
	};
}

mqs_message *mqs_route_message(mqs_broker *broker, mqs_route *route)
{
	if (!route->message) {
		mqs_message *message = mqs_message_create(broker->alloc, route->topic, route->props, route->payload);
		if (!message) {
			return NULL;
		}
		message->expires_ms = route->expires_ms;
		message->publisher = route->publisher;
		message->qos = route->qos;
		message->retain = route->retain;
		route->message = message;
	}
	return route->message;
}

/* ---- handing out --------------------------------------------------------------------------------------------- */

static inline bool hand_over(mqs_broker *broker, mqs_session *session, mqs_route *route, uint8_t qos,
    mqs_retain_flag retain, const uint32_t *ids, uint32_t id_count, int64_t now_ms)
{
	if (MQS_UNLIKELY(session->insider)) {
		return mqs_insider_deliver(session->insider, route);
	}
	mqs_conn *conn = mqs_session_open_conn(session);
	if (qos == 0) {
		if (conn && !(session->outbox && session->outbox->waiting_qos0)) { /* else in order [MQTT-4.6.0-5] */
			mqs_pressure_check(broker, session, now_ms);
			if (!mqs_conn_has_room(conn)) {
				broker->stats.dropped_output_full++;
				return false;
			}
			return mqs_route_write(conn, route, 0, retain, false, 0, ids, id_count, now_ms);
		}
		if (!conn && (!broker->options.queue_qos0 || session->expiry_s == 0)) {
			return false;
		}
	}
	return mqs_outbox_add(session, broker, route, qos, retain, ids, id_count, now_ms);
}

bool mqs_route_hand_over(mqs_broker *broker, mqs_session *session, mqs_route *route, uint8_t qos,
    mqs_retain_flag retain, const uint32_t *ids, uint32_t id_count, int64_t now_ms)
{
	return hand_over(broker, session, route, qos, retain, ids, id_count, now_ms);
}

static bool deliver(mqs_broker *broker, mqs_session *session, mqs_route *route, uint8_t qos, bool as_published,
    const uint32_t *ids, uint32_t id_count, int64_t now_ms)
{
	mqs_retain_flag retain = as_published && route->retain ? MQS_RETAIN_AS_PUBLISHED : MQS_RETAIN_OFF;
	if (MQS_UNLIKELY(mqs_broker_wants(broker, MQS_PHASE_BEFORE, MQS_EVENT_DELIVER))) {
		return mqs_deliver_later(session, broker, route, qos, retain, ids, id_count, now_ms);
	}
	return hand_over(broker, session, route, qos, retain, ids, id_count, now_ms);
}

/* One client's subscriptions that match, from `at` on; returns how many were used up. */
static uint32_t deliver_overlapping(
    mqs_broker *broker, const mqs_match *match, uint32_t at, mqs_route *route, int64_t now_ms, uint32_t *receivers)
{
	mqs_session *session = match->plain[at]->session;
	uint32_t ids[MAX_IDS], id_count = 0, used = 0;
	uint8_t qos = 0;
	bool as_published = false, any = false;

	for (; at + used < match->plain_count && match->plain[at + used]->session == session && id_count < MAX_IDS;
	     used++) {
		const mqs_subscription *subscription = match->plain[at + used];
		if (subscription->no_local && session->number == route->publisher) {
			continue;
		}
		any = true;
		if (subscription->qos > qos) {
			qos = subscription->qos; /* [MQTT-3.3.4-2] */
		}
		as_published = as_published || subscription->retain_as_published;
		if (subscription->identifier) {
			ids[id_count++] = subscription->identifier; /* [MQTT-3.3.4-4] */
		}
	}
	if (any &&
	    deliver(broker, session, route, qos < route->qos ? qos : route->qos, as_published, ids, id_count, now_ms)) {
		(*receivers)++;
	}
	return used;
}

static inline bool deliver_one(
    mqs_broker *broker, const mqs_subscription *subscription, mqs_route *route, int64_t now_ms)
{
	mqs_session *session = subscription->session;
	if (subscription->no_local && session->number == route->publisher) { /* [MQTT-3.8.3-3] */
		return false;
	}
	uint8_t qos = subscription->qos < route->qos ? subscription->qos : route->qos;
	return deliver(broker, session, route, qos, subscription->retain_as_published, &subscription->identifier,
	    subscription->identifier ? 1 : 0, now_ms);
}

/* How well a member of a shared group can take a message, worst first. */
typedef enum readiness {
	AWAY,       /* and it would not wait for the member */
	FULL,       /* it would be dropped, and counted */
	WAITS_AWAY, /* it waits until the member comes back */
	WAITS,      /* it waits behind others */
	TAKES_AT_ONCE
} readiness;

static readiness readiness_of(const mqs_broker *broker, const mqs_subscription *member, const mqs_route *route)
{
	const mqs_session *session = member->session;
	if (member->weight) { /* what its clients can take, the peer knows */
		return route->local ? AWAY : TAKES_AT_ONCE;
	}
	const mqs_conn *conn = mqs_session_open_conn(session);
	size_t cost = sizeof(mqs_message) + route->topic.len + route->props.len + route->payload.len;
	if (member->qos == 0 || route->qos == 0) {
		return conn ? (mqs_conn_has_room(conn) ? TAKES_AT_ONCE : FULL) : AWAY;
	}
	if (mqs_outbox_open(session, broker)) {
		return TAKES_AT_ONCE;
	}
	if (!conn && session->expiry_s == 0) {
		return AWAY;
	}
	return mqs_outbox_full(session, broker, cost) ? FULL : conn ? WAITS : WAITS_AWAY;
}

/* A member was chosen. Who comes next: the one behind it, but a peer stands for as many members as it has. */
static void take_turn(mqs_share_group *group, uint32_t chosen)
{
	if (chosen != group->next) {
		group->turn = 0;
	}
	group->turn++;
	if (group->turn < group->members[chosen]->weight) {
		group->next = chosen;
	} else {
		group->next = (chosen + 1) % group->count;
		group->turn = 0;
	}
}

static bool deliver_shared(mqs_broker *broker, mqs_share_group *group, mqs_route *route, const mqs_session *except,
    readiness least, int64_t now_ms);

/* The turn is a peer's. If it cannot be given the message, one of our own clients gets it. */
static bool give_away(mqs_broker *broker, mqs_share_group *group, const mqs_subscription *member, mqs_route *route,
    const mqs_session *except, readiness least, int64_t now_ms)
{
	uint8_t refused = route->refused;
	if (mqs_peer_forward(member->session->peer, route, member, now_ms)) {
		return true;
	}
	route->local = true;
	bool taken = deliver_shared(broker, group, route, except, least, now_ms);
	route->local = false;
	if (taken) {
		route->refused = refused;
	}
	return taken;
}

/*
 * One member of a shared group gets it: the next in turn that can take it as well as any other can.
 *
 * except  not this one; NULL: any
 * least   no worse than this
 */
static bool deliver_shared(mqs_broker *broker, mqs_share_group *group, mqs_route *route, const mqs_session *except,
    readiness least, int64_t now_ms)
{
	readiness best = AWAY;
	uint32_t chosen = 0;
	for (uint32_t i = 0; i < group->count && best < TAKES_AT_ONCE; i++) {
		uint32_t at = (group->next + i) % group->count;
		const mqs_subscription *member = group->members[at];
		readiness ready = member->session == except ? AWAY : readiness_of(broker, member, route);
		if (ready > best) {
			best = ready;
			chosen = at;
		}
	}
	if (best < least) {
		return false;
	}
	const mqs_subscription *member = group->members[chosen];
	take_turn(group, chosen);
	route->group = group->number;
	bool taken = member->weight ? give_away(broker, group, member, route, except, least, now_ms)
	                            : deliver_one(broker, member, route, now_ms);
	route->group = 0;
	route->matched = route->matched || !member->weight;
	return taken;
}

bool mqs_route_redispatch(mqs_broker *broker, mqs_route *route, const mqs_session *except, bool at_once, int64_t now_ms)
{
	mqs_match match;
	uint64_t number = route->group;
	if (mqs_subscriptions_match(broker->subscriptions, route->topic, &match) != MQS_OK) {
		return false;
	}
	for (uint32_t i = 0; i < match.group_count; i++) {
		if (match.groups[i]->number == number) {
			return deliver_shared(broker, match.groups[i], route, except, at_once ? TAKES_AT_ONCE : WAITS_AWAY, now_ms);
		}
	}
	return false;
}

static mqs_result retain_message(mqs_broker *broker, mqs_route *route)
{
	if (route->payload.len == 0) { /* [MQTT-3.3.1-6] */
		mqs_retained_remove(broker->retained, route->topic);
		return MQS_OK;
	}
	const mqs_message *before = mqs_retained_find(broker->retained, route->topic);
	size_t bytes = mqs_retained_bytes(broker->retained) - (before ? mqs_message_cost(before) : 0) +
	               sizeof(mqs_message) + route->topic.len + route->props.len + route->payload.len;
	if ((!before && mqs_retained_count(broker->retained) >= (size_t)broker->options.max_retained) ||
	    bytes > (size_t)broker->options.max_retained_bytes) {
		mqs_broker_log(
		    broker, MQS_LOG_WARNING, "retained messages are at their limit", NULL, NULL, MQTT_RC_QUOTA_EXCEEDED);
		return MQS_ERR_LIMIT;
	}
	mqs_message *message = mqs_route_message(broker, route);
	if (!message || mqs_retained_set(broker->retained, message) != MQS_OK) {
		return MQS_ERR_NOMEM;
	}
	if (message->expires_ms != MQS_NEVER &&
	    (!mqs_deadline_armed(&broker->sweep) || broker->sweep.timer.due_ms > message->expires_ms)) {
		mqs_deadline_arm(broker, &broker->sweep, message->expires_ms);
	}
	return MQS_OK;
}

/* ---- with other workers -------------------------------------------------------------------------------------- */

#define MARKS ((MQS_PEERS_MAX + 63) / 64)

/* Delivers to the plain subscriptions of our own clients; marks the peers that have some. */
static uint32_t deliver_plain(
    mqs_broker *broker, const mqs_match *match, mqs_route *route, uint64_t marks[MARKS], int64_t now_ms)
{
	bool merge = match->overlapping && !broker->options.overlapping_deliver_each;
	uint32_t count = 0;
	for (uint32_t i = 0; i < match->plain_count;) {
		const mqs_subscription *subscription = match->plain[i];
		if (subscription->weight) {
			uint8_t index = mqs_peer_index(subscription->session->peer);
			marks[index / 64] |= UINT64_C(1) << index % 64;
			i++;
			continue;
		}
		route->matched = true;
		if (merge) {
			i += deliver_overlapping(broker, match, i, route, now_ms, &count);
		} else {
			count += deliver_one(broker, subscription, route, now_ms);
			i++;
		}
	}
	return count;
}

/* A peer gets a message once, whatever number of its filters match: it delivers to all its own clients. */
static uint32_t deliver_among_workers(mqs_broker *broker, const mqs_match *match, mqs_route *route, int64_t now_ms)
{
	uint64_t marks[MARKS] = {0};
	route->local = mqs_sys_topic(route->topic);
	uint32_t count = deliver_plain(broker, match, route, marks, now_ms);
	for (uint32_t i = 0; i < match->group_count; i++) {
		const mqs_share_group *group = match->groups[i];
		bool taken = deliver_shared(broker, match->groups[i], route, NULL, FULL, now_ms);
		count += taken;
		route->matched = route->matched || (!taken && group->count > group->remote);
	}
	for (uint32_t word = 0; word < MARKS && !route->local; word++) {
		for (uint32_t i = word * 64; marks[word]; i++, marks[word] >>= 1) {
			if (marks[word] & 1) {
				count += mqs_peer_forward(broker->peers[i], route, NULL, now_ms);
			}
		}
	}
	return count;
}

/* With many subscriptions the next ones are not in the processor's cache: asked for so many deliveries earlier. */
#define AHEAD 3u

/* The same when there are none. */
static uint32_t deliver_here(mqs_broker *broker, const mqs_match *match, mqs_route *route, int64_t now_ms)
{
	uint32_t count = 0;
	route->matched = match->plain_count + match->group_count > 0;
	if (match->overlapping && !broker->options.overlapping_deliver_each) {
		for (uint32_t i = 0; i < match->plain_count;) {
			i += deliver_overlapping(broker, match, i, route, now_ms, &count);
		}
	} else {
		for (uint32_t i = 1; i < AHEAD && i < match->plain_count; i++) {
			MQS_PREFETCH(&match->plain[i]->session);
		}
		for (uint32_t i = 0; i < match->plain_count; i++) {
			if (i + AHEAD < match->plain_count) {
				MQS_PREFETCH(&match->plain[i + AHEAD]->session);
			}
			count += deliver_one(broker, match->plain[i], route, now_ms);
		}
	}
	for (uint32_t i = 0; i < match->group_count; i++) {
		count += deliver_shared(broker, match->groups[i], route, NULL, FULL, now_ms);
	}
	return count;
}

/* What many receivers can share. */
static void prepare(mqs_broker *broker, mqs_route *route, uint32_t receivers)
{
	route->several = receivers >= PRINT_FROM;
	if (route->payload.len >= MQS_SHARE_MIN && receivers > 1) {
		mqs_route_message(broker, route); /* without it every receiver gets a copy */
	}
}

mqs_result mqs_route_run_local(mqs_broker *broker, mqs_route *route, int64_t now_ms)
{
	mqs_match match;
	uint64_t marks[MARKS] = {0};
	if (mqs_subscriptions_match(broker->subscriptions, route->topic, &match) != MQS_OK) {
		return MQS_ERR_NOMEM;
	}
	prepare(broker, route, match.plain_count);
	deliver_plain(broker, &match, route, marks, now_ms);
	return MQS_OK;
}

void mqs_route_run_group(mqs_broker *broker, mqs_route *route, mqs_share_group *group, int64_t now_ms)
{
	route->local = true;
	deliver_shared(broker, group, route, NULL, FULL, now_ms);
}

mqs_result mqs_route_run(mqs_broker *broker, mqs_route *route, int64_t now_ms, uint32_t *receivers)
{
	mqs_match match;

	if (route->publisher && MQS_UNLIKELY(mqs_sys_topic(route->topic))) {
		return MQS_ERR_INVALID;
	}
	if (route->retain) {
		mqs_result result = retain_message(broker, route);
		if (result != MQS_OK) {
			return result;
		}
	}
	if (mqs_subscriptions_match(broker->subscriptions, route->topic, &match) != MQS_OK) {
		return MQS_ERR_NOMEM;
	}
	prepare(broker, route, match.plain_count + match.group_count);
	uint32_t count = MQS_UNLIKELY(broker->peer_count) ? deliver_among_workers(broker, &match, route, now_ms)
	                                                  : deliver_here(broker, &match, route, now_ms);
	if (count == 0) {
		broker->stats.publish_no_subscriber++;
	}
	*receivers = count;
	return MQS_OK;
}
