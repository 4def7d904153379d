/* SPDX-License-Identifier: MIT
 *
 * src/broker/route.c - an accepted message on its way: retained, matched, handed to sessions, written as PUBLISH.
 *
 * The header is written straight into each receiver's output: topic and properties are short, so a cached encoding
 * would cost the same copy. Payloads from SHARE_MIN bytes on are shared by reference.
 */
#include "broker/broker_private.h"

#define SHARE_MIN 1024u
#define MAX_IDS   256u

/* What a new alias adds at most: the property, and a longer property length. */
#define NEW_ALIAS_MAX 4u

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
	route->matched = false;
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

/* ---- writing ------------------------------------------------------------------------------------------------- */

static uint8_t *write_u16(uint8_t *out, size_t value)
{
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
	return out + 2;
}

static uint8_t *write_bytes(uint8_t *out, mqs_bytes bytes)
{
	if (bytes.len) {
		memcpy(out, bytes.ptr, bytes.len);
	}
	return out + bytes.len;
}

/* What stands in a PUBLISH besides topic and payload, for one receiver. */
typedef struct header {
	const uint32_t *ids; /* subscription identifiers */
	uint32_t id_count;
	uint16_t alias;  /* 0: none */
	mqs_bytes topic; /* empty when the alias says it */
	size_t props;
} header;

/* The alias that this client knows the topic by: then the topic itself is left out. */
static void use_alias(const mqs_conn *conn, header *head)
{
	for (uint32_t i = 0; i < conn->alias_out_count; i++) {
		if (mqs_bytes_equal(mqs_block_view(conn->aliases_out[i]), head->topic)) {
			head->alias = (uint16_t)(i + 1);
			head->topic = mqs_bytes_make(NULL, 0);
			return;
		}
	}
}

/* A new alias. The first topics get them, and keep them as long as the connection lasts. */
static void define_alias(mqs_conn *conn, header *head)
{
	mqs_broker *broker = conn->broker;
	if (!conn->aliases_out) {
		size_t size = conn->alias_out_max * sizeof(*conn->aliases_out);
		conn->aliases_out = (mqs_block **)mqs_acquire(broker->alloc, size);
	}
	mqs_block *block = conn->aliases_out ? mqs_block_create(broker->alloc, head->topic.len) : NULL;
	if (block) { /* without memory there is no alias, and no harm */
		memcpy(block->data, head->topic.ptr, head->topic.len);
		conn->aliases_out[conn->alias_out_count++] = block;
		head->alias = conn->alias_out_count;
	}
}

/* The packet that would have told the client of a new alias was not sent. */
static void forget_alias(mqs_conn *conn, uint16_t count)
{
	if (conn->alias_out_count > count) {
		mqs_block_unref(conn->aliases_out[--conn->alias_out_count]);
	}
}

static size_t props_size(const mqs_route *route, const header *head)
{
	size_t size = route->props.len + (route->expires_ms != MQS_NEVER ? 5 : 0) + (head->alias ? 3 : 0);
	for (uint32_t i = 0; i < head->id_count; i++) {
		size += 1 + mqs_varint_size(head->ids[i]);
	}
	return size;
}

static uint8_t *write_props(uint8_t *out, const mqs_route *route, const header *head, int64_t now_ms)
{
	out += mqs_varint_write(out, (uint32_t)head->props);
	if (route->expires_ms != MQS_NEVER) { /* what is left of it [MQTT-3.3.2-6] */
		int64_t left_s = route->expires_ms > now_ms ? (route->expires_ms - now_ms + 999) / 1000 : 0;
		*out++ = MQTT_PROP_MESSAGE_EXPIRY_INTERVAL;
		out = write_u16(out, (size_t)left_s >> 16);
		out = write_u16(out, (size_t)left_s & 0xffff);
	}
	if (head->alias) {
		*out++ = MQTT_PROP_TOPIC_ALIAS;
		out = write_u16(out, head->alias);
	}
	for (uint32_t i = 0; i < head->id_count; i++) {
		*out++ = MQTT_PROP_SUBSCRIPTION_IDENTIFIER;
		out += mqs_varint_write(out, head->ids[i]);
	}
	return write_bytes(out, route->props);
}

/* Everything of the packet between its length and its payload. */
static size_t front_size(const mqs_conn *conn, const mqs_route *route, uint8_t qos, header *head)
{
	size_t size = 2 + head->topic.len + (qos ? 2 : 0);
	if (conn->level == MQTT_LEVEL_5) {
		head->props = props_size(route, head);
		size += mqs_varint_size((uint32_t)head->props) + head->props;
	}
	return size;
}

/* Does a packet of this remaining length fit the client? [MQTT-3.1.2-24] */
static bool fits(const mqs_conn *conn, size_t remaining)
{
	return remaining <= MQTT_VARINT_MAX &&
	       (!conn->client_max_packet ||
	           1 + mqs_varint_size((uint32_t)remaining) + remaining <= conn->client_max_packet);
}

bool mqs_route_write(mqs_conn *conn, mqs_route *route, uint8_t qos, mqs_retain_flag retain, bool dup,
    uint16_t packet_id, const uint32_t *ids, uint32_t id_count, int64_t now_ms)
{
	mqs_broker *broker = conn->broker;
	header head = {.ids = ids, .id_count = id_count, .topic = route->topic};
	uint16_t aliases = conn->alias_out_count;
	/* a session of a 5.0 client may go on with 3.1.1 [MQTT-3.3.1-9] */
	bool retained = retain == MQS_RETAIN_STORED || (retain == MQS_RETAIN_AS_PUBLISHED && conn->level == MQTT_LEVEL_5);

	if (conn->alias_out_count) {
		use_alias(conn, &head);
	}
	size_t front = front_size(conn, route, qos, &head);
	if (!fits(conn, front + route->payload.len)) {
		broker->stats.dropped_too_large++;
		return false;
	}
	if (!head.alias && conn->alias_out_count < conn->alias_out_max &&
	    fits(conn, front + NEW_ALIAS_MAX + route->payload.len)) {
		define_alias(conn, &head);
		front = front_size(conn, route, qos, &head);
	}
	size_t remaining = front + route->payload.len;
	size_t fixed = 1 + mqs_varint_size((uint32_t)remaining);
	bool share = route->message && route->payload.len >= SHARE_MIN;
	uint8_t *out = mqs_output_reserve(conn, fixed + (share ? front : remaining));
	if (!out) {
		forget_alias(conn, aliases);
		broker->stats.dropped_no_memory++;
		return false;
	}
	*out++ = (uint8_t)(MQTT_PKT_PUBLISH << 4 | (dup ? 8 : 0) | qos << 1 | (retained ? 1 : 0));
	out += mqs_varint_write(out, (uint32_t)remaining);
	out = write_bytes(write_u16(out, head.topic.len), head.topic);
	if (qos) {
		out = write_u16(out, packet_id);
	}
	if (conn->level == MQTT_LEVEL_5) {
		out = write_props(out, route, &head, now_ms);
	}
	if (!share) {
		write_bytes(out, route->payload);
	} else if (mqs_output_share(conn, route->message) != MQS_OK) {
		mqs_output_retract(conn, fixed + front);
		forget_alias(conn, aliases);
		broker->stats.dropped_no_memory++;
		return false;
	}
	conn->packets_out++;
	broker->stats.packets_sent++;
	broker->stats.publish_sent++;
	broker->stats.publish_bytes_sent += route->payload.len;
	return true;
}

/* ---- handing out --------------------------------------------------------------------------------------------- */

static bool deliver(mqs_broker *broker, mqs_session *session, mqs_route *route, uint8_t qos, bool as_published,
    const uint32_t *ids, uint32_t id_count, int64_t now_ms)
{
	mqs_conn *conn = mqs_session_open_conn(session);
	mqs_retain_flag retain = as_published && route->retain ? MQS_RETAIN_AS_PUBLISHED : MQS_RETAIN_OFF;
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

static bool deliver_one(mqs_broker *broker, const mqs_subscription *subscription, mqs_route *route, int64_t now_ms)
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
	group->next = (chosen + 1) % group->count;
	route->group = group->number;
	bool taken = deliver_one(broker, group->members[chosen], route, now_ms);
	route->group = 0;
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

mqs_result mqs_route_run(mqs_broker *broker, mqs_route *route, int64_t now_ms, uint32_t *receivers)
{
	mqs_match match;
	uint32_t count = 0;

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
	route->matched = match.plain_count + match.group_count > 0;
	if (route->payload.len >= SHARE_MIN && match.plain_count + match.group_count > 1) {
		mqs_route_message(broker, route); /* without it every receiver gets a copy */
	}
	if (match.overlapping && !broker->options.overlapping_deliver_each) {
		for (uint32_t i = 0; i < match.plain_count;) {
			i += deliver_overlapping(broker, &match, i, route, now_ms, &count);
		}
	} else {
		for (uint32_t i = 0; i < match.plain_count; i++) {
			count += deliver_one(broker, match.plain[i], route, now_ms);
		}
	}
	for (uint32_t i = 0; i < match.group_count; i++) {
		count += deliver_shared(broker, match.groups[i], route, NULL, FULL, now_ms);
	}
	if (count == 0) {
		broker->stats.publish_no_subscriber++;
	}
	*receivers = count;
	return MQS_OK;
}
