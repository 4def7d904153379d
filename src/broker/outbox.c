/* SPDX-License-Identifier: MIT
 *
 * src/broker/outbox.c - QoS 1 and 2 towards a client: the window of unacknowledged messages, what waits behind it,
 * and sending again after a reconnect (MQTT 5 sections 4.3, 4.4, 4.9).
 * Owns: a reference to each message that is not acknowledged.
 */
#include "broker/delivery.h"

#define PIDS 65535u

/* ---- ring ---------------------------------------------------------------------------------------------------- */

static mqs_delivery *at(const mqs_ring *ring, uint32_t index)
{
	return &ring->items[(ring->head + index) & (ring->capacity - 1)];
}

static mqs_delivery *push(mqs_ring *ring, const mqs_alloc *alloc)
{
	if (ring->count == ring->capacity) {
		uint32_t capacity = ring->capacity ? ring->capacity * 2 : 4;
		mqs_delivery *items = (mqs_delivery *)mqs_acquire(alloc, capacity * sizeof(*items));
		if (!items) {
			return NULL;
		}
		for (uint32_t i = 0; i < ring->count; i++) {
			items[i] = *at(ring, i);
		}
		mqs_release(alloc, ring->items);
		ring->items = items;
		ring->capacity = capacity;
		ring->head = 0;
	}
	return at(ring, ring->count++);
}

static void pop(mqs_ring *ring)
{
	ring->head = (ring->head + 1) & (ring->capacity - 1);
	ring->count--;
}

/* An empty ring that grew large gives its memory back. */
static void trim(mqs_ring *ring, const mqs_alloc *alloc)
{
	if (ring->count == 0 && ring->capacity > 64) {
		mqs_release(alloc, ring->items);
		memset(ring, 0, sizeof(*ring));
	}
}

static void drop(mqs_delivery *delivery, const mqs_alloc *alloc)
{
	if (delivery->message) {
		mqs_message_unref(delivery->message);
		delivery->message = NULL;
	}
	mqs_release(alloc, delivery->more);
	delivery->more = NULL;
}

/* ---- helpers ------------------------------------------------------------------------------------------------- */

static uint16_t pid_at(const mqs_outbox *outbox, uint32_t index)
{
	return (uint16_t)((outbox->first_pid - 1u + index) % PIDS + 1);
}

/* Place of a packet identifier in the window; false: it is not in there. */
static bool place_of(const mqs_outbox *outbox, uint16_t pid, uint32_t *index)
{
	if (!outbox || pid == 0) {
		return false;
	}
	*index = (pid + PIDS - outbox->first_pid) % PIDS;
	return *index < outbox->inflight.count && at(&outbox->inflight, *index)->state != MQS_DELIVERY_DONE;
}

uint32_t mqs_outbox_window(const mqs_session *session, const mqs_broker *broker)
{
	uint32_t ours = (uint32_t)broker->options.max_inflight;
	uint32_t theirs = session->conn ? session->conn->client_receive_max : ours;
	return theirs < ours ? theirs : ours;
}

static bool window_open(const mqs_session *session, const mqs_broker *broker)
{
	const mqs_outbox *outbox = session->outbox;
	return !outbox || (outbox->resend == outbox->inflight.count &&
	                      outbox->unacked < mqs_outbox_window(session, broker) && outbox->inflight.count < PIDS - 1 &&
	                      outbox->inflight_bytes < (size_t)broker->options.max_inflight_bytes);
}

bool mqs_outbox_open(const mqs_session *session, const mqs_broker *broker)
{
	const mqs_conn *conn = mqs_session_open_conn(session);
	return conn && mqs_conn_has_room(conn) && window_open(session, broker) &&
	       (!session->outbox || session->outbox->waiting.count == 0);
}

static mqs_outbox *ensure(mqs_session *session, mqs_broker *broker)
{
	if (!session->outbox) {
		session->outbox = (mqs_outbox *)mqs_acquire_zero(broker->alloc, sizeof(mqs_outbox));
		if (session->outbox) {
			session->outbox->first_pid = 1;
		}
	}
	return session->outbox;
}

static const uint32_t *ids_of(const mqs_delivery *delivery, uint32_t *count)
{
	if (delivery->more) {
		*count = delivery->more->count;
		return delivery->more->ids;
	}
	*count = delivery->identifier ? 1 : 0;
	return &delivery->identifier;
}

static bool fill(mqs_delivery *delivery, mqs_broker *broker, const mqs_route *route, uint8_t qos,
    mqs_retain_flag retain, const uint32_t *ids, uint32_t id_count)
{
	delivery->more = NULL;
	if (id_count > 1) {
		delivery->more = (mqs_id_list *)mqs_acquire(broker->alloc, sizeof(mqs_id_list) + id_count * sizeof(uint32_t));
		if (!delivery->more) {
			return false;
		}
		delivery->more->count = id_count;
		memcpy(delivery->more->ids, ids, id_count * sizeof(uint32_t));
	}
	delivery->identifier = id_count ? ids[0] : 0;
	delivery->message = mqs_message_ref(route->message);
	delivery->group = route->group;
	delivery->qos = qos;
	delivery->retain = (uint8_t)retain;
	delivery->state = MQS_DELIVERY_SENT;
	return true;
}

/* ---- in ------------------------------------------------------------------------------------------------------ */

/* The window begins with the first message that is not done. */
static void settle(mqs_outbox *outbox, const mqs_alloc *alloc)
{
	while (outbox->inflight.count && at(&outbox->inflight, 0)->state == MQS_DELIVERY_DONE) {
		pop(&outbox->inflight);
		outbox->first_pid = (uint16_t)(outbox->first_pid % PIDS + 1);
		if (outbox->resend) {
			outbox->resend--;
		}
	}
	trim(&outbox->inflight, alloc);
}

/* The message of an entry in the window is not needed any more. */
static void let_go(mqs_outbox *outbox, mqs_broker *broker, mqs_delivery *delivery)
{
	if (delivery->message) {
		outbox->inflight_bytes -= mqs_message_cost(delivery->message);
	}
	drop(delivery, broker->alloc);
}

/* Done with the message at `index`: the window moves on. */
static void complete(mqs_session *session, mqs_broker *broker, uint32_t index)
{
	mqs_outbox *outbox = session->outbox;
	mqs_delivery *delivery = at(&outbox->inflight, index);

	let_go(outbox, broker, delivery);
	delivery->state = MQS_DELIVERY_DONE;
	if (index < outbox->resend) {
		outbox->unacked--;
	}
	settle(outbox, broker->alloc);
}

/* Puts a delivery at the end of the window and writes it. Takes the delivery, whatever comes of it. */
static bool send_now(mqs_session *session, mqs_broker *broker, mqs_route *route, mqs_delivery *from, int64_t now_ms)
{
	mqs_outbox *outbox = session->outbox;
	mqs_delivery *delivery = push(&outbox->inflight, broker->alloc);
	uint32_t id_count;

	if (!delivery) {
		drop(from, broker->alloc);
		broker->stats.dropped_no_memory++;
		return false;
	}
	*delivery = *from;
	uint32_t index = outbox->inflight.count - 1;
	outbox->resend = outbox->inflight.count;
	outbox->unacked++;
	outbox->inflight_bytes += mqs_message_cost(delivery->message);
	const uint32_t *ids = ids_of(delivery, &id_count);
	if (!mqs_route_write(session->conn, route, delivery->qos, (mqs_retain_flag)delivery->retain, false,
	        pid_at(outbox, index), ids, id_count, now_ms)) {
		complete(session, broker, index); /* as if it had been delivered [MQTT-3.1.2-25] */
		return false;
	}
	return true;
}

/* A message has left the waiting ones. */
static void forget_waiting(mqs_outbox *outbox, mqs_broker *broker, const mqs_delivery *delivery)
{
	size_t cost = mqs_message_cost(delivery->message);
	outbox->waiting_bytes -= cost;
	outbox->waiting_qos0 -= delivery->qos == 0;
	broker->stats.queued_messages--;
	broker->stats.queued_bytes -= cost;
}

static bool queue_full(const mqs_outbox *outbox, const mqs_broker *broker, size_t cost)
{
	const mqs_broker_options *options = &broker->options;
	return outbox->waiting.count >= (uint64_t)options->max_queued_messages ||
	       outbox->waiting_bytes + cost > (size_t)options->max_queued_bytes ||
	       broker->stats.queued_bytes + cost > (uint64_t)options->max_queued_bytes_total;
}

bool mqs_outbox_full(const mqs_session *session, const mqs_broker *broker, size_t cost)
{
	static const mqs_outbox none;
	return queue_full(session->outbox ? session->outbox : &none, broker, cost);
}

/* Lets a delivery wait. Takes it, whatever comes of it. */
static bool enqueue(mqs_session *session, mqs_broker *broker, mqs_delivery *from, int64_t now_ms)
{
	mqs_outbox *outbox = session->outbox;
	size_t cost = mqs_message_cost(from->message);

	while (queue_full(outbox, broker, cost) && outbox->waiting.count &&
	       at(&outbox->waiting, 0)->message->expires_ms <= now_ms) {
		mqs_delivery expired = *at(&outbox->waiting, 0);
		pop(&outbox->waiting);
		forget_waiting(outbox, broker, &expired);
		drop(&expired, broker->alloc);
		broker->stats.dropped_expired++;
	}
	if (queue_full(outbox, broker, cost)) {
		broker->stats.dropped_queue_full++;
		drop(from, broker->alloc);
		return false;
	}
	mqs_delivery *delivery = push(&outbox->waiting, broker->alloc);
	if (!delivery) {
		broker->stats.dropped_no_memory++;
		drop(from, broker->alloc);
		return false;
	}
	*delivery = *from;
	outbox->waiting_bytes += cost;
	outbox->waiting_qos0 += delivery->qos == 0;
	broker->stats.queued_messages++;
	broker->stats.queued_bytes += cost;
	return true;
}

bool mqs_outbox_add(mqs_session *session, mqs_broker *broker, mqs_route *route, uint8_t qos, mqs_retain_flag retain,
    const uint32_t *ids, uint32_t id_count, int64_t now_ms)
{
	mqs_delivery delivery;
	mqs_message *message = mqs_route_message(broker, route);

	bool stays = session->expiry_s || (session->conn && session->conn->state != MQS_CONN_CLOSING);
	if (!stays) {
		return false; /* it ends with its connection, which is ending */
	}
	if (!message || !ensure(session, broker) || !fill(&delivery, broker, route, qos, retain, ids, id_count)) {
		broker->stats.dropped_no_memory++;
		return false;
	}
	if (qos && mqs_outbox_open(session, broker)) {
		return send_now(session, broker, route, &delivery, now_ms);
	}
	if (mqs_session_open_conn(session)) {
		mqs_pressure_check(broker, session, now_ms);
	}
	return enqueue(session, broker, &delivery, now_ms);
}

/* ---- out ----------------------------------------------------------------------------------------------------- */

/* True when another member took it. */
static bool pass_on(
    mqs_session *session, mqs_broker *broker, const mqs_delivery *delivery, bool at_once, int64_t now_ms)
{
	mqs_route route;
	if (delivery->group == 0 || !delivery->message || delivery->message->expires_ms <= now_ms) {
		return false;
	}
	mqs_route_of(&route, delivery->message);
	route.group = delivery->group;
	return mqs_route_redispatch(broker, &route, session, at_once, now_ms);
}

void mqs_outbox_redispatch(mqs_session *session, mqs_broker *broker, bool ends, int64_t now_ms)
{
	mqs_outbox *outbox = session->outbox;
	if (!outbox) {
		return;
	}
	for (uint32_t i = 0; i < outbox->inflight.count; i++) {
		mqs_delivery *delivery = at(&outbox->inflight, i);
		if (delivery->state == MQS_DELIVERY_SENT && delivery->qos == 1 &&
		    pass_on(session, broker, delivery, !ends, now_ms)) {
			let_go(outbox, broker, delivery);
			delivery->state = MQS_DELIVERY_DONE;
		}
	}
	settle(outbox, broker->alloc);
	for (uint32_t left = outbox->waiting.count; left; left--) { /* once around; what stays keeps its order */
		mqs_delivery delivery = *at(&outbox->waiting, 0);
		pop(&outbox->waiting);
		if (pass_on(session, broker, &delivery, !ends, now_ms)) {
			forget_waiting(outbox, broker, &delivery);
			drop(&delivery, broker->alloc);
		} else {
			*push(&outbox->waiting, broker->alloc) = delivery; /* there is room: one was just taken out */
		}
	}
}

void mqs_outbox_rewind(mqs_session *session)
{
	if (session->outbox) {
		session->outbox->resend = 0;
		session->outbox->unacked = 0;
	}
}

/* Sends the entry at `resend` again, as the same packet [MQTT-4.4.0-1]. */
static void resend_one(mqs_session *session, mqs_broker *broker, int64_t now_ms)
{
	mqs_outbox *outbox = session->outbox;
	uint32_t index = outbox->resend++;
	mqs_delivery *delivery = at(&outbox->inflight, index);
	mqs_route route;
	uint32_t id_count;

	if (delivery->state == MQS_DELIVERY_DONE) {
		return;
	}
	outbox->unacked++;
	if (delivery->state == MQS_DELIVERY_RELEASED) {
		mqs_conn_send_ack(session->conn, MQTT_PKT_PUBREL, pid_at(outbox, index), 0, mqs_bytes_make(NULL, 0));
		return;
	}
	mqs_route_of(&route, delivery->message);
	const uint32_t *ids = ids_of(delivery, &id_count);
	if (!mqs_route_write(session->conn, &route, delivery->qos, (mqs_retain_flag)delivery->retain, true,
	        pid_at(outbox, index), ids, id_count, now_ms)) {
		complete(session, broker, index);
	}
}

/* Takes the first waiting message and sends it, unless it has expired meanwhile [MQTT-3.3.2-5]. */
static void send_waiting(mqs_session *session, mqs_broker *broker, int64_t now_ms)
{
	mqs_outbox *outbox = session->outbox;
	mqs_delivery delivery = *at(&outbox->waiting, 0);
	mqs_route route;
	uint32_t id_count;

	pop(&outbox->waiting);
	trim(&outbox->waiting, broker->alloc);
	forget_waiting(outbox, broker, &delivery);
	if (delivery.message->expires_ms <= now_ms) {
		broker->stats.dropped_expired++;
		drop(&delivery, broker->alloc);
		return;
	}
	mqs_route_of(&route, delivery.message);
	if (delivery.qos) {
		send_now(session, broker, &route, &delivery, now_ms);
		return;
	}
	const uint32_t *ids = ids_of(&delivery, &id_count);
	mqs_route_write(session->conn, &route, 0, (mqs_retain_flag)delivery.retain, false, 0, ids, id_count, now_ms);
	drop(&delivery, broker->alloc);
}

static void pump(mqs_session *session, mqs_broker *broker, int64_t now_ms)
{
	for (;;) {
		mqs_conn *conn = mqs_session_open_conn(session);
		mqs_outbox *outbox = session->outbox;
		if (!conn || !mqs_conn_has_room(conn)) {
			return;
		}
		if (outbox && outbox->resend < outbox->inflight.count) {
			/* the limit is for PUBLISH alone [MQTT-3.3.4-10] */
			if (at(&outbox->inflight, outbox->resend)->state == MQS_DELIVERY_SENT &&
			    outbox->unacked >= mqs_outbox_window(session, broker)) {
				return;
			}
			resend_one(session, broker, now_ms);
		} else if (outbox && outbox->waiting.count) {
			if (!window_open(session, broker)) {
				return;
			}
			send_waiting(session, broker, now_ms);
		} else {
			break;
		}
	}
	if (session->backlog) {
		mqs_backlog_pump(session, broker, now_ms);
	}
}

void mqs_outbox_pump(mqs_session *session, mqs_broker *broker, int64_t now_ms)
{
	pump(session, broker, now_ms);
	mqs_pressure_release(broker, session, false);
}

/* ---- acknowledgements ---------------------------------------------------------------------------------------- */

void mqs_outbox_puback(mqs_conn *conn, const mqs_ack *ack, int64_t now_ms)
{
	mqs_session *session = conn->session;
	uint32_t index;
	if (place_of(session->outbox, ack->packet_id, &index) && at(&session->outbox->inflight, index)->qos == 1) {
		complete(session, conn->broker, index);
		mqs_outbox_pump(session, conn->broker, now_ms);
	}
}

void mqs_outbox_pubrec(mqs_conn *conn, const mqs_ack *ack, int64_t now_ms)
{
	mqs_session *session = conn->session;
	mqs_broker *broker = conn->broker;
	uint8_t reason = MQTT_RC_SUCCESS;
	uint32_t index;

	if (place_of(session->outbox, ack->packet_id, &index) && at(&session->outbox->inflight, index)->qos == 2) {
		mqs_delivery *delivery = at(&session->outbox->inflight, index);
		if (ack->reason >= 0x80) { /* the client refused it: done [MQTT-4.3.3-4] */
			complete(session, broker, index);
			mqs_outbox_pump(session, broker, now_ms);
			return;
		}
		let_go(session->outbox, broker, delivery);
		delivery->state = MQS_DELIVERY_RELEASED;
	} else if (ack->reason >= 0x80) {
		return; /* nothing of ours, and nothing is to be released */
	} else if (conn->level == MQTT_LEVEL_5) {
		reason = MQTT_RC_PACKET_IDENTIFIER_NOT_FOUND;
	}
	mqs_conn_send_ack(conn, MQTT_PKT_PUBREL, ack->packet_id, reason, mqs_bytes_make(NULL, 0));
}

void mqs_outbox_pubcomp(mqs_conn *conn, const mqs_ack *ack, int64_t now_ms)
{
	mqs_session *session = conn->session;
	uint32_t index;
	if (place_of(session->outbox, ack->packet_id, &index) &&
	    at(&session->outbox->inflight, index)->state == MQS_DELIVERY_RELEASED) {
		complete(session, conn->broker, index);
		mqs_outbox_pump(session, conn->broker, now_ms);
	}
}

void mqs_outbox_destroy(mqs_session *session, mqs_broker *broker)
{
	mqs_outbox *outbox = session->outbox;
	if (!outbox) {
		return;
	}
	for (uint32_t i = 0; i < outbox->inflight.count; i++) {
		drop(at(&outbox->inflight, i), broker->alloc);
	}
	for (uint32_t i = 0; i < outbox->waiting.count; i++) {
		drop(at(&outbox->waiting, i), broker->alloc);
	}
	broker->stats.queued_messages -= outbox->waiting.count;
	broker->stats.queued_bytes -= outbox->waiting_bytes;
	mqs_release(broker->alloc, outbox->inflight.items);
	mqs_release(broker->alloc, outbox->waiting.items);
	mqs_release(broker->alloc, outbox);
	session->outbox = NULL;
}
