/* SPDX-License-Identifier: MIT
 *
 * src/broker/deliver.c - deliveries that a hook is asked about: one message for one client.
 *
 * Whoever routes is in the middle of something - a match, a window, a backlog - that a hook could change. So deliveries
 * are only noted there, and decided when the packet that made them has been handled. They are decided in the order in
 * which they were noted, one at a time: what a hook publishes meanwhile comes behind. Without the hook nothing is
 * noted. Owns: a reference to the message of each.
 */
#include "broker/delivery.h"

#define TRIM_FROM 1024u /* an empty ring of that size gives its memory back */
#define EXTRA     1024u /* decided in one go beyond what waited at its beginning */

void mqs_deliver_init(mqs_broker *broker)
{
	mqs_deliveries *all = &broker->deliveries;
	mqs_deadline_init(&all->turn, MQS_DEADLINE_DELIVER);
	mqs_buffer_init(&all->names, broker->alloc, (size_t)2 * UINT16_MAX);
	mqs_buffer_init(&all->props, broker->alloc, MQTT_VARINT_MAX);
}

/* ---- noting -------------------------------------------------------------------------------------------------- */

static mqs_undecided *at(const mqs_deliveries *all, uint32_t index)
{
	return &all->items[(all->head + index) & (all->capacity - 1)];
}

static mqs_undecided *push(mqs_deliveries *all, const mqs_alloc *alloc)
{
	if (all->count == all->capacity) {
		uint32_t capacity = all->capacity ? all->capacity * 2 : 16;
		mqs_undecided *items = (mqs_undecided *)mqs_acquire(alloc, capacity * sizeof(*items));
		if (!items) {
			return NULL;
		}
		for (uint32_t i = 0; i < all->count; i++) {
			items[i] = *at(all, i);
		}
		mqs_release(alloc, all->items);
		all->items = items;
		all->capacity = capacity;
		all->head = 0;
	}
	return at(all, all->count++);
}

static void drop(mqs_broker *broker, mqs_delivery *delivery)
{
	if (delivery->message) {
		mqs_message_unref(delivery->message);
		delivery->message = NULL;
	}
	mqs_release(broker->alloc, delivery->more);
	delivery->more = NULL;
}

/* Is there anybody, now or later, who would get it? */
static bool reachable(const mqs_broker *broker, const mqs_session *session, uint8_t qos)
{
	if (mqs_session_open_conn(session)) {
		return true;
	}
	return session->expiry_s && (qos || broker->options.queue_qos0);
}

bool mqs_deliver_later(mqs_session *session, mqs_broker *broker, mqs_route *route, uint8_t qos, mqs_retain_flag retain,
    const uint32_t *ids, uint32_t id_count, int64_t now_ms)
{
	mqs_id_list *more = NULL;
	(void)now_ms;

	if (!reachable(broker, session, qos)) {
		return false;
	}
	if (id_count > 1) {
		more = (mqs_id_list *)mqs_acquire(broker->alloc, sizeof(*more) + id_count * sizeof(uint32_t));
	}
	mqs_message *message = mqs_route_message(broker, route);
	mqs_undecided *noted = message && (more || id_count < 2) ? push(&broker->deliveries, broker->alloc) : NULL;
	if (!noted) {
		mqs_release(broker->alloc, more);
		broker->stats.dropped_no_memory++;
		return false;
	}
	if (more) {
		more->count = id_count;
		memcpy(more->ids, ids, id_count * sizeof(uint32_t));
	}
	*noted = (mqs_undecided){
	    .session = session,
	    .delivery =
	        {
	            .group = route->group,
	            .message = mqs_message_ref(message),
	            .more = more,
	            .identifier = id_count ? ids[0] : 0,
	            .qos = qos,
	            .retain = (uint8_t)retain,
	        },
	};
	session->undecided++;
	return true;
}

void mqs_deliver_forget(mqs_broker *broker, const mqs_session *session)
{
	mqs_deliveries *all = &broker->deliveries;
	if (all->current.session == session) {
		all->current.session = NULL;
	}
	for (uint32_t i = 0; session->undecided && i < all->count; i++) {
		if (at(all, i)->session == session) {
			at(all, i)->session = NULL;
		}
	}
}

void mqs_deliver_clear(mqs_broker *broker)
{
	mqs_deliveries *all = &broker->deliveries;
	for (uint32_t i = 0; i < all->count; i++) {
		mqs_undecided *one = at(all, i);
		if (one->session) {
			one->session->undecided--;
		}
		drop(broker, &one->delivery);
	}
	mqs_release(broker->alloc, all->items);
	all->items = NULL;
	all->count = all->capacity = 0;
	mqs_deadline_cancel(broker, &all->turn);
	mqs_buffer_clear(&all->names);
	mqs_buffer_clear(&all->props);
}

/* ---- asking -------------------------------------------------------------------------------------------------- */

/* What the hook sees, and may change. */
typedef struct question {
	mqs_event event;
	mqs_reply reply;
	mqs_packet packet;
	mqs_publish publish; /* as the hook leaves it */
} question;

static bool match_number(const mqs_hash_node *node, const void *key)
{
	return MQS_CONTAINER(node, const mqs_session, by_client_id)->number == *(const uint64_t *)key;
}

/* Copies of the names: what the hook does may end sessions. False: no memory. */
static bool copy_names(mqs_broker *broker, const mqs_undecided *one, question *out)
{
	mqs_buffer *names = &broker->deliveries.names;
	mqs_bytes client_id = mqs_session_client_id(one->session), publisher = mqs_bytes_make(NULL, 0);
	uint64_t number = one->delivery.message->publisher;
	mqs_hash_node *node = number ? mqs_hash_find(&broker->sessions, number, match_number, &number) : NULL;
	if (node) {
		publisher = mqs_session_client_id(MQS_CONTAINER(node, mqs_session, by_client_id));
	}
	names->len = 0;
	if (mqs_buffer_append(names, client_id) != MQS_OK || mqs_buffer_append(names, publisher) != MQS_OK) {
		return false;
	}
	out->event.client_id = mqs_bytes_make(names->ptr, client_id.len);
	out->event.publisher = mqs_bytes_make(names->ptr + client_id.len, publisher.len);
	return true;
}

/* The properties with what is left of the expiry interval. False: no memory. */
static bool show_props(mqs_broker *broker, const mqs_message *message, mqs_props *out, int64_t now_ms)
{
	mqs_buffer *props = &broker->deliveries.props;
	mqs_bytes raw = mqs_message_props(message);
	mqs_fault ignored;
	if (message->expires_ms != MQS_NEVER) {
		props->len = 0;
		if (mqs_props_write_number(props, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL,
		        (uint32_t)((message->expires_ms - now_ms + 999) / 1000)) != MQS_OK ||
		    mqs_buffer_append(props, raw) != MQS_OK) {
			return false;
		}
		raw = mqs_buffer_view(props);
	}
	return mqs_props_decode(raw, MQTT_PKT_PUBLISH, false, &broker->limits, 0, out, &ignored) == MQS_OK;
}

/* False: no memory. */
static bool prepare(mqs_broker *broker, const mqs_undecided *one, question *out, int64_t now_ms)
{
	const mqs_delivery *delivery = &one->delivery;
	mqs_conn *conn = mqs_session_open_conn(one->session);
	mqs_publish *publish = &out->packet.publish;

	memset(&out->reply, 0, sizeof(out->reply));
	out->packet.type = MQTT_PKT_PUBLISH;
	out->packet.level = MQTT_LEVEL_5;
	publish->dup = false;
	publish->retain = delivery->retain == MQS_RETAIN_STORED ||
	                  (delivery->retain == MQS_RETAIN_AS_PUBLISHED && (!conn || conn->level == MQTT_LEVEL_5));
	publish->qos = delivery->qos;
	publish->packet_id = 0;
	publish->topic = mqs_message_topic(delivery->message);
	publish->payload = mqs_message_payload(delivery->message);
	if (!copy_names(broker, one, out) || !show_props(broker, delivery->message, &publish->props, now_ms)) {
		return false;
	}
	out->publish = *publish;
	out->event.kind = MQS_EVENT_DELIVER;
	out->event.phase = MQS_PHASE_BEFORE;
	out->event.conn = conn;
	out->event.packet = &out->packet;
	out->event.ticket = broker->next_ticket++;
	out->event.reply = &out->reply;
	out->reply.publish = &out->publish;
	return true;
}

/* Does the hook allow it? */
static bool allowed(mqs_broker *broker, question *asked)
{
	const mqs_hooks *hooks = &broker->ports.hooks;
	if (!mqs_broker_wants(broker, MQS_PHASE_BEFORE, MQS_EVENT_DELIVER)) {
		return false; /* those that were to be asked are gone */
	}
	mqs_verdict verdict = hooks->decide(hooks->ctx, &asked->event);
	if (verdict == MQS_DECIDE_LATER) {
		mqs_broker_log(broker, MQS_LOG_ERROR, "a delivery has to be decided at once", asked->event.conn, NULL,
		    MQTT_RC_IMPLEMENTATION_SPECIFIC_ERROR);
	}
	return verdict == MQS_ALLOW && !asked->reply.no_routing;
}

/* ---- handing over -------------------------------------------------------------------------------------------- */

/* The message as the hook changed it for this client. False: it may not be like that. */
static bool changed(mqs_broker *broker, const mqs_message *message, question *asked, mqs_route *out, int64_t now_ms)
{
	mqs_publish *publish = &asked->publish;
	const mqs_props *shown = &asked->packet.publish.props;
	publish->topic = mqs_message_topic(message);
	if (!mqs_publish_valid(broker, publish, &publish->props) ||
	    mqs_route_init(broker, out, publish, message->publisher, now_ms) != MQS_OK) {
		mqs_broker_log(broker, MQS_LOG_ERROR, "a handler changed a message into one that is not valid",
		    asked->event.conn, NULL, MQTT_RC_IMPLEMENTATION_SPECIFIC_ERROR);
		return false;
	}
	out->qos = message->qos;
	out->retain = message->retain;
	if (message->expires_ms != MQS_NEVER && mqs_props_has(&publish->props, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL) &&
	    publish->props.message_expiry_interval_s == shown->message_expiry_interval_s) {
		out->expires_ms = message->expires_ms; /* to the millisecond */
	}
	return true;
}

static bool same(mqs_bytes a, mqs_bytes b)
{
	return a.ptr == b.ptr && a.len == b.len;
}

/* One that was allowed goes on its way. False: the change was not valid. */
static bool hand_over(mqs_broker *broker, const mqs_undecided *one, question *asked, int64_t now_ms)
{
	mqs_session *session = one->session;
	const mqs_delivery *delivery = &one->delivery;
	const mqs_publish *shown = &asked->packet.publish;
	uint8_t qos = asked->publish.qos < delivery->qos ? asked->publish.qos : delivery->qos;
	mqs_retain_flag retain = (mqs_retain_flag)delivery->retain;
	const uint32_t *ids = delivery->more ? delivery->more->ids : &delivery->identifier;
	uint32_t id_count = delivery->more ? delivery->more->count : delivery->identifier != 0;
	mqs_route route;

	mqs_route_of(&route, delivery->message);
	mqs_message_ref(delivery->message); /* the route's */
	route.group = delivery->group;
	if (!same(asked->publish.payload, shown->payload) || !same(asked->publish.props.raw, shown->props.raw)) {
		mqs_route_clear(&route);
		/* without the group: what was made for one member is not passed on to another */
		if (!changed(broker, delivery->message, asked, &route, now_ms)) {
			return false;
		}
	}
	mqs_conn *conn = mqs_session_open_conn(session);
	if (qos == 0 && retain == MQS_RETAIN_STORED && conn) { /* there was room when it was looked for */
		mqs_route_write(conn, &route, 0, retain, false, 0, ids, id_count, now_ms);
	} else {
		mqs_route_hand_over(broker, session, &route, qos, retain, ids, id_count, now_ms);
	}
	mqs_route_clear(&route);
	return true;
}

/* The client went away before it could be asked about: in a share group another member may have it. */
static bool pass_on(mqs_broker *broker, const mqs_undecided *one, int64_t now_ms)
{
	mqs_route route;
	if (one->delivery.group == 0 || one->delivery.qos == 0) {
		return false;
	}
	mqs_route_of(&route, one->delivery.message);
	route.group = one->delivery.group;
	return mqs_route_redispatch(broker, &route, one->session, one->session != NULL, now_ms);
}

static void decide(mqs_broker *broker, mqs_undecided *one, int64_t now_ms)
{
	question asked;
	mqs_delivery *delivery = &one->delivery;

	if (delivery->message->expires_ms <= now_ms) {
		broker->stats.dropped_expired++;
		return;
	}
	if ((!one->session || !mqs_session_open_conn(one->session)) && pass_on(broker, one, now_ms)) {
		return;
	}
	if (!one->session || !reachable(broker, one->session, delivery->qos)) {
		return;
	}
	if (!prepare(broker, one, &asked, now_ms)) {
		broker->stats.dropped_no_memory++;
		return;
	}
	bool good = allowed(broker, &asked);
	if (good && one->session) { /* that may have ended meanwhile */
		good = hand_over(broker, one, &asked, now_ms);
	}
	broker->stats.deliveries_denied += !good;
	mqs_conn *conn = one->session ? mqs_session_open_conn(one->session) : NULL;
	if (conn && asked.reply.close) {
		mqs_conn_doom(conn, MQTT_RC_ADMINISTRATIVE_ACTION, true);
	}
}

void mqs_deliver_all(mqs_broker *broker, int64_t now_ms)
{
	mqs_deliveries *all = &broker->deliveries;
	if (all->count == 0 || all->running) {
		return;
	}
	all->running = true;
	for (uint64_t left = (uint64_t)all->count + EXTRA; left && all->count; left--) {
		all->current = *at(all, 0);
		all->head = (all->head + 1) & (all->capacity - 1);
		all->count--;
		if (all->current.session) {
			all->current.session->undecided--;
		}
		decide(broker, &all->current, now_ms);
		mqs_session *session = all->current.session;
		drop(broker, &all->current.delivery);
		if (session && session->backlog && !session->undecided) {
			mqs_backlog_pump(session, broker, now_ms);
		}
		all->current.session = NULL;
	}
	all->running = false;
	all->postponed = all->count > 0;
	if (all->postponed) {
		mqs_deadline_arm(broker, &all->turn, now_ms + 1);
	} else if (all->capacity > TRIM_FROM) {
		mqs_release(broker->alloc, all->items);
		all->items = NULL;
		all->head = all->capacity = 0;
	}
}
