/* SPDX-License-Identifier: MIT
 *
 * src/broker/conn.c - a network connection: opening, framing, dispatch by packet type, closing.
 * Owns: mqs_conn and all that hangs on it but the session.
 */
#include "broker/delivery.h"

#define PEER_MAX 64u

/* More than this in one go counts as life of a client that sends a large packet slowly. */
#define PROGRESS_BYTES 1000u

mqs_result mqs_conn_open(mqs_broker *broker, const mqs_conn_info *info, int64_t now_ms, mqs_conn **out)
{
	broker->now_ms = now_ms;
	broker->stats.connections_total++;
	if (broker->conns.count >= (uint64_t)broker->options.max_connections || broker->stopping) {
		broker->stats.connections_refused++;
		return MQS_ERR_LIMIT;
	}
	size_t peer_len = info->peer.len < PEER_MAX ? info->peer.len : PEER_MAX;
	size_t size = offsetof(mqs_conn, peer) + peer_len; /* the name begins in what would be padding */
	mqs_conn *conn = (mqs_conn *)mqs_acquire_zero(broker->alloc, size > sizeof(*conn) ? size : sizeof(*conn));
	if (!conn) {
		return MQS_ERR_NOMEM;
	}
	conn->broker = broker;
	conn->user = info->user;
	conn->id = broker->next_conn_id++;
	conn->rules = info->rules;
	conn->problem_information = true;
	conn->client_receive_max = 65535;
	conn->level = MQTT_LEVEL_3_1_1;
	conn->opened_ms = conn->received_ms = conn->progress_ms = now_ms;
	conn->peer_len = (uint8_t)peer_len;
	if (peer_len) {
		memcpy(conn->peer, info->peer.ptr, peer_len);
	}
	mqs_list_init(&conn->ready);
	mqs_list_init(&conn->throttled);
	mqs_list_init(&conn->unconfirmed);
	mqs_deadline_init(&conn->timer, MQS_DEADLINE_CONN);
	conn->max_packet = (uint32_t)broker->options.max_connect_packet_bytes;
	if (mqs_hash_insert(&broker->conns, &conn->by_id, conn->id) != MQS_OK) {
		mqs_release(broker->alloc, conn);
		return MQS_ERR_NOMEM;
	}
	mqs_deadline_arm(broker, &conn->timer, now_ms + broker->options.connect_timeout_ms);
	*out = conn;
	return MQS_OK;
}

/* Frees it; the home is done with it. */
static void end(mqs_conn *conn, int64_t now_ms)
{
	mqs_broker *broker = conn->broker;
	MQS_ASSERT(!broker->asked || broker->asked->conn != conn);
	if (conn->state != MQS_CONN_CLOSING) {
		conn->close_reason = MQTT_RC_UNSPECIFIED_ERROR;
		conn->state = MQS_CONN_CLOSING;
		mqs_broker_log(broker, MQS_LOG_DEBUG, "connection lost", conn, NULL, 0);
	}
	mqs_conn_finish(conn, now_ms);
	mqs_deadline_cancel(broker, &conn->timer);
	mqs_list_remove(&conn->ready);
	mqs_list_remove(&conn->throttled);
	mqs_hash_remove(&broker->conns, &conn->by_id);
	mqs_output_clear(conn);
	mqs_input_clear(conn);
	if (conn->aliases) {
		for (int64_t i = 0; i < broker->options.topic_alias_maximum; i++) {
			mqs_block_unref(conn->aliases[i]);
		}
		mqs_release(broker->alloc, conn->aliases);
	}
	for (uint32_t i = 0; i < conn->alias_out_count; i++) {
		mqs_block_unref(conn->aliases_out[i]);
	}
	mqs_release(broker->alloc, conn->aliases_out);
	mqs_block_unref(conn->auth_reply);
	mqs_block_unref(conn->connect);
	mqs_block_unref(conn->username);
	mqs_block_unref(conn->auth_method);
	mqs_release(broker->alloc, conn);
}

/* Is there something that it said and nobody has handled yet? */
static bool unheard(const mqs_conn *conn)
{
	return conn->state == MQS_CONN_OPEN && (conn->pending || (mqs_input_waits(conn) && !conn->leaving));
}

/*
 * The network connection is gone, but what came over it still counts: a message whose handlers take their time, and
 * what waits behind it, up to a good-bye. Until then it lingers, and its client counts as absent. Nobody is left to
 * hear any other decision than that about a message.
 */
static void linger(mqs_conn *conn, int64_t now_ms)
{
	mqs_work *work = conn->pending;
	conn->lingering = true;
	mqs_receipt_forget(conn); /* nobody hears acknowledgements */
	mqs_deadline_cancel(conn->broker, &conn->timer);
	mqs_list_remove(&conn->ready);
	if (work && work->event.kind != MQS_EVENT_PUBLISH) {
		mqs_parked_cancel(conn, MQTT_RC_UNSPECIFIED_ERROR);
	}
	mqs_conn_resume(conn, now_ms);
}

void mqs_conn_close(mqs_conn *conn, int64_t now_ms)
{
	conn->broker->now_ms = now_ms;
	if (unheard(conn)) {
		linger(conn, now_ms);
		if (unheard(conn)) {
			conn->user = NULL;
			return;
		}
	}
	end(conn, now_ms);
}

void mqs_conns_end(mqs_broker *broker)
{
	for (;;) {
		mqs_hash_node *node = mqs_hash_next(&broker->conns, NULL);
		if (!node) {
			break;
		}
		mqs_conn *conn = MQS_CONTAINER(node, mqs_conn, by_id);
		MQS_ASSERT(conn->lingering);
		end(conn, broker->now_ms);
	}
}

/* ---- readiness ----------------------------------------------------------------------------------------------- */

void mqs_conn_ready(mqs_conn *conn)
{
	if (!mqs_list_linked(&conn->ready) && (!conn->lingering || conn->state == MQS_CONN_CLOSING)) {
		mqs_list_insert(&conn->broker->ready, &conn->ready);
	}
}

mqs_conn *mqs_broker_next_ready(mqs_broker *broker)
{
	mqs_conn *conn;
	mqs_deliver_rest(broker, broker->now_ms);
	for (;;) {
		if (mqs_list_empty(&broker->ready)) {
			return NULL;
		}
		conn = MQS_CONTAINER(broker->ready.next, mqs_conn, ready);
		mqs_list_remove(&conn->ready);
		if (!conn->lingering) {
			break;
		}
		end(conn, broker->now_ms);
	}
	if (conn->state == MQS_CONN_CLOSING) {
		mqs_conn_finish(conn, broker->now_ms);
	}
	if (conn->reading_paused && mqs_conn_wants_read(conn)) {
		conn->reading_paused = false;
		conn->received_ms = broker->now_ms; /* what it sent meanwhile is only read now */
	}
	return conn;
}

bool mqs_conn_wants_read(const mqs_conn *conn)
{
	const mqs_broker_options *options = &conn->broker->options;
	return conn->state != MQS_CONN_CLOSING && !conn->stopped &&
	       mqs_input_held(conn) + conn->unasked_bytes <= (size_t)options->max_held_bytes &&
	       conn->output.size < (size_t)options->max_output_bytes * 2;
}

bool mqs_conn_wants_close(const mqs_conn *conn)
{
	return conn->state == MQS_CONN_CLOSING;
}

/* ---- ending -------------------------------------------------------------------------------------------------- */

static void send_disconnect(mqs_conn *conn, uint8_t reason, mqs_bytes props)
{
	mqs_packet packet;
	packet.type = MQTT_PKT_DISCONNECT;
	packet.level = conn->level;
	packet.reasoned.reason = mqs_reason_for(packet.type, reason);
	packet.reasoned.props.present = 0;
	packet.reasoned.props.raw = props;
	mqs_conn_send(conn, &packet);
}

void mqs_conn_doom(mqs_conn *conn, uint8_t reason, bool tell)
{
	if (conn->state == MQS_CONN_CLOSING) {
		return;
	}
	bool open = conn->state == MQS_CONN_OPEN;
	conn->state = MQS_CONN_CLOSING;
	conn->close_reason = reason;
	mqs_deadline_arm(conn->broker, &conn->timer, conn->broker->now_ms + conn->broker->options.write_timeout_ms);
	if (tell && open && conn->level == MQTT_LEVEL_5) {
		send_disconnect(conn, reason, mqs_bytes_make(NULL, 0));
	}
	mqs_conn_ready(conn);
}

void mqs_conn_dismiss(mqs_conn *conn, uint8_t reason, mqs_bytes props)
{
	if (conn->state == MQS_CONN_OPEN && conn->level == MQTT_LEVEL_5) {
		send_disconnect(conn, reason, props);
	}
	mqs_conn_doom(conn, reason, false);
}

/* A CONNECT that did not decode: which answer would its sender understand? */
static uint8_t claimed_level(mqs_bytes raw)
{
	size_t at = 1;
	while (at < raw.len && at < 4 && (raw.ptr[at] & 0x80)) {
		at++;
	}
	at++;
	if (raw.len > at + 6 && memcmp(raw.ptr + at, "\0\4MQTT", 6) == 0) {
		return raw.ptr[at + 6];
	}
	return 0;
}

void mqs_conn_fault(mqs_conn *conn, const mqs_fault *fault)
{
	conn->broker->stats.protocol_faults++;
	mqs_broker_log(conn->broker, MQS_LOG_NOTICE, "client broke the protocol", conn, fault, fault->reason);
	mqs_conn_doom(conn, fault->reason, true);
}

/* The first packet was wrong: 5.0 clients and unknown levels get a CONNACK, the others are closed. */
static void connect_fault(mqs_conn *conn, mqs_bytes raw, const mqs_fault *fault)
{
	bool is_connect = raw.len && raw.ptr[0] >> 4 == MQTT_PKT_CONNECT;
	uint8_t level = is_connect ? claimed_level(raw) : 0;

	conn->broker->stats.protocol_faults++;
	mqs_broker_log(conn->broker, MQS_LOG_NOTICE, "client broke the protocol", conn, fault, fault->reason);
	if (level == MQTT_LEVEL_5 || (is_connect && (fault->reason == MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION ||
	                                                fault->reason == MQTT_RC_CLIENT_IDENTIFIER_NOT_VALID))) {
		uint8_t answer = level == MQTT_LEVEL_5 ? MQTT_LEVEL_5 : MQTT_LEVEL_3_1_1;
		mqs_connect_refuse(conn, answer, fault->reason, mqs_bytes_make(NULL, 0));
	} else {
		mqs_conn_doom(conn, fault->reason, false);
	}
}

void mqs_conn_finish(mqs_conn *conn, int64_t now_ms)
{
	mqs_broker *broker = conn->broker;

	mqs_parked_cancel(conn, conn->close_reason);
	mqs_receipt_forget(conn);
	mqs_list_remove(&conn->throttled);
	if (conn->session && conn->accepted && mqs_broker_wants(broker, MQS_PHASE_BEFORE, MQS_EVENT_CLOSE)) {
		mqs_work work;
		conn->accepted = false;
		mqs_work_init(&work, broker, conn, MQS_EVENT_CLOSE, NULL, mqs_bytes_make(NULL, 0));
		work.reply.reason = conn->close_reason;
		broker->ports.hooks.decide(broker->ports.hooks.ctx, &work.event);
	}
	mqs_session *session = conn->session;
	if (!session) { /* perhaps only now: a hook may have let somebody take it over */
		return;
	}
	conn->session = NULL;
	session->conn = NULL;
	broker->stats.clients_connected--;
	mqs_session_detach(session, broker, conn->will_discarded, now_ms);
}

/* ---- incoming ------------------------------------------------------------------------------------------------ */

/* Packets that pass a waiting decision: they free resources, or keep the connection alive. Only PUBLISH packets wait
 * for decisions together, so a PINGREQ that needs one does not. */
static bool passes(const mqs_conn *conn, uint8_t type)
{
	bool asked = mqs_broker_wants(conn->broker, MQS_PHASE_BEFORE, MQS_EVENT_PINGREQ) ||
	             mqs_broker_wants(conn->broker, MQS_PHASE_AFTER, MQS_EVENT_PINGREQ);
	return (type == MQTT_PKT_PINGREQ && !asked) || (type >= MQTT_PKT_PUBACK && type <= MQTT_PKT_PUBCOMP);
}

static void handle_disconnect(mqs_conn *conn, mqs_packet *packet, mqs_bytes raw, int64_t now_ms)
{
	static const mqs_fault raised = {
	    MQTT_RC_PROTOCOL_ERROR, 0, "MQTT5 3.14.2.2.2", "DISCONNECT sets a session expiry although CONNECT had none"};
	mqs_session *session = conn->session;
	const mqs_props *props = &packet->reasoned.props;

	if (conn->level == MQTT_LEVEL_5 && mqs_props_has(props, MQTT_PROP_SESSION_EXPIRY_INTERVAL)) {
		uint32_t expiry_s = props->session_expiry_interval_s;
		int64_t longest = conn->broker->options.max_session_expiry_s;
		if (expiry_s && session->expiry_s == 0) {
			mqs_conn_fault(conn, &raised);
			return;
		}
		session->expiry_s = expiry_s > longest ? (uint32_t)longest : expiry_s;
	}
	conn->will_discarded = packet->reasoned.reason == MQTT_RC_SUCCESS; /* [MQTT-3.14.4-3] */
	if (mqs_broker_wants(conn->broker, MQS_PHASE_BEFORE, MQS_EVENT_DISCONNECT)) {
		mqs_work work;
		mqs_work_init(&work, conn->broker, conn, MQS_EVENT_DISCONNECT, packet, raw);
		work.reply.reason = packet->reasoned.reason;
		conn->broker->ports.hooks.decide(conn->broker->ports.hooks.ctx, &work.event);
	}
	mqs_broker_log(conn->broker, MQS_LOG_DEBUG, "client disconnected", conn, NULL, packet->reasoned.reason);
	mqs_conn_doom(conn, packet->reasoned.reason, false);
	mqs_conn_finish(conn, now_ms);
}

static void handle_pingreq(mqs_conn *conn, mqs_packet *packet, mqs_bytes raw, int64_t now_ms)
{
	if (mqs_broker_wants(conn->broker, MQS_PHASE_BEFORE, MQS_EVENT_PINGREQ) ||
	    mqs_broker_wants(conn->broker, MQS_PHASE_AFTER, MQS_EVENT_PINGREQ)) {
		mqs_work work;
		mqs_work_init(&work, conn->broker, conn, MQS_EVENT_PINGREQ, packet, raw);
		mqs_work_run(&work, now_ms);
		return;
	}
	packet->type = MQTT_PKT_PINGRESP;
	packet->level = conn->level;
	mqs_conn_send(conn, packet);
}

static void wrong_packet(mqs_conn *conn, const char *clause, const char *what)
{
	mqs_fault fault = {MQTT_RC_PROTOCOL_ERROR, 0, clause, what};
	mqs_conn_fault(conn, &fault);
}

/* A decoded packet of a connection that is open. */
static void dispatch(mqs_conn *conn, mqs_packet *packet, mqs_bytes raw, int64_t now_ms)
{
	switch (packet->type) {
		case MQTT_PKT_PUBLISH: mqs_publish_begin(conn, packet, raw, now_ms); break;
		case MQTT_PKT_PUBACK: mqs_outbox_puback(conn, &packet->ack, now_ms); break;
		case MQTT_PKT_PUBREC: mqs_outbox_pubrec(conn, &packet->ack, now_ms); break;
		case MQTT_PKT_PUBREL: mqs_pubrel_handle(conn, &packet->ack); break;
		case MQTT_PKT_PUBCOMP: mqs_outbox_pubcomp(conn, &packet->ack, now_ms); break;
		case MQTT_PKT_SUBSCRIBE: mqs_subscribe_begin(conn, packet, raw, now_ms); break;
		case MQTT_PKT_UNSUBSCRIBE: mqs_unsubscribe_begin(conn, packet, raw, now_ms); break;
		case MQTT_PKT_PINGREQ: handle_pingreq(conn, packet, raw, now_ms); break;
		case MQTT_PKT_DISCONNECT: handle_disconnect(conn, packet, raw, now_ms); break;
		case MQTT_PKT_AUTH: mqs_auth_begin(conn, packet, raw, now_ms); break;
		case MQTT_PKT_CONNECT: wrong_packet(conn, "MQTT-3.1.0-2", "second CONNECT"); break;
		default: wrong_packet(conn, "MQTT5 2.1.2", "a packet that only a server sends"); break;
	}
}

static void first_packet(mqs_conn *conn, mqs_packet *packet, mqs_bytes raw, int64_t now_ms)
{
	if (conn->state == MQS_CONN_AUTHENTICATING && packet->type == MQTT_PKT_AUTH) {
		mqs_auth_begin(conn, packet, raw, now_ms);
	} else if (conn->state == MQS_CONN_AUTHENTICATING && packet->type == MQTT_PKT_DISCONNECT) {
		mqs_conn_doom(conn, packet->reasoned.reason, false);
	} else if (conn->state == MQS_CONN_NEW && packet->type == MQTT_PKT_CONNECT) {
		mqs_connect_begin(conn, packet, raw, now_ms);
	} else {
		wrong_packet(conn, "MQTT-3.1.0-1", "the first packet is not CONNECT");
	}
}

static void hold(mqs_conn *conn, mqs_bytes raw)
{
	conn->broker->stats.packets_held++;
	if (mqs_input_hold(conn, raw) != MQS_OK) {
		mqs_broker_log(
		    conn->broker, MQS_LOG_WARNING, "too much behind a pending decision", conn, NULL, MQTT_RC_QUOTA_EXCEEDED);
		mqs_conn_doom(conn, MQTT_RC_QUOTA_EXCEEDED, true);
	}
}

void mqs_conn_packet(mqs_conn *conn, mqs_packet *packet, mqs_bytes raw, int64_t now_ms)
{
	mqs_fault fault;

	if (mqs_packet_decode(raw, conn->level, &conn->broker->limits, packet, &fault) != MQS_OK) {
		if (conn->state == MQS_CONN_OPEN) {
			mqs_conn_fault(conn, &fault);
		} else {
			connect_fault(conn, raw, &fault);
		}
		return;
	}
	if (conn->state == MQS_CONN_OPEN) {
		dispatch(conn, packet, raw, now_ms);
	} else {
		first_packet(conn, packet, raw, now_ms);
	}
}

/* What the packet just handled has made is decided before the next one makes more. */
static void decide_deliveries(mqs_conn *conn, int64_t now_ms)
{
	if (MQS_UNLIKELY(conn->broker->deliveries.count)) {
		mqs_deliver_run(conn->broker, now_ms);
		mqs_pressure_throttle(conn);
	}
}

/* Does it wait for something, so that packets may have to wait? */
static bool waits(const mqs_conn *conn)
{
	return conn->pending || conn->stopped || mqs_list_linked(&conn->throttled);
}

/* May the next packet in order, of this type, be handled? */
static bool may_go_on(const mqs_conn *conn, uint8_t type)
{
	if (conn->stopped || conn->leaving || mqs_list_linked(&conn->throttled)) {
		return false;
	}
	return !conn->pending || (type == MQTT_PKT_PUBLISH && mqs_parked_admits(conn));
}

/* Has a packet that just came to wait? */
static bool has_to_wait(const mqs_conn *conn, uint8_t type)
{
	if (conn->state == MQS_CONN_DECIDING) {
		return true;
	}
	return !passes(conn, type) && (mqs_input_waits(conn) || !may_go_on(conn, type));
}

/* Handles the next held packet. False: none, or it has to wait. */
static bool handle_held(mqs_conn *conn, int64_t now_ms)
{
	mqs_packet packet;
	mqs_bytes raw;
	if (mqs_input_held(conn) == 0 || !may_go_on(conn, mqs_input_type(conn)) || !mqs_input_take(conn, &raw)) {
		return false;
	}
	mqs_conn_packet(conn, &packet, raw, now_ms);
	return true;
}

/* Goes on with what waits: first what was taken out of the held packets already. */
static void go_on(mqs_conn *conn, int64_t now_ms)
{
	while (conn->state != MQS_CONN_CLOSING) {
		mqs_work *work = mqs_parked_take_next(conn);
		if (work) {
			mqs_work_run(work, now_ms);
		} else if (!handle_held(conn, now_ms)) {
			return;
		}
		decide_deliveries(conn, now_ms);
	}
}

void mqs_conn_resume(mqs_conn *conn, int64_t now_ms)
{
	bool was_paused = !mqs_conn_wants_read(conn);

	if (conn->resuming) {
		return; /* a hook decided on something while held packets are handled: that goes on anyway */
	}
	conn->resuming = true;
	go_on(conn, now_ms);
	conn->resuming = false;
	mqs_input_tidy(conn);
	if (conn->lingering) {
		mqs_output_clear(conn); /* nobody reads it */
		if (conn->state == MQS_CONN_OPEN && !unheard(conn)) {
			mqs_broker_log(conn->broker, MQS_LOG_DEBUG, "connection lost", conn, NULL, 0);
			mqs_conn_doom(conn, MQTT_RC_UNSPECIFIED_ERROR, false);
		}
	}
	if (conn->state == MQS_CONN_CLOSING) {
		mqs_conn_finish(conn, now_ms);
	}
	if (was_paused && mqs_conn_wants_read(conn)) {
		mqs_conn_ready(conn);
	}
}

/*
 * Each packet is handled as it comes.
 *
 * outside  questions about PUBLISH are the caller's: MQS_PENDING when there is one
 */
static inline mqs_result receive(mqs_conn *conn, mqs_bytes *in, bool outside, int64_t now_ms)
{
	mqs_broker *broker = conn->broker;
	mqs_packet passing;
	mqs_packet *packet = outside ? &broker->outside.packet : &passing;
	mqs_bytes raw;
	mqs_fault fault;
	mqs_result result;

	while (conn->state != MQS_CONN_CLOSING) {
		result = mqs_input_next(conn, in, &raw, &fault);
		if (MQS_LIKELY(result == MQS_OK)) {
			conn->received_ms = now_ms;
			conn->packets_in++;
			broker->stats.packets_received++;
			if (MQS_UNLIKELY(waits(conn) || mqs_input_waits(conn)) && has_to_wait(conn, (uint8_t)(raw.ptr[0] >> 4))) {
				hold(conn, raw);
			} else {
				mqs_conn_packet(conn, packet, raw, now_ms);
				if (outside && broker->asked) {
					return MQS_PENDING;
				}
				decide_deliveries(conn, now_ms);
			}
		} else if (result == MQS_NEED_MORE) {
			break;
		} else if (result == MQS_ERR_NOMEM) {
			mqs_conn_doom(conn, MQTT_RC_SERVER_BUSY, true);
		} else if (conn->state == MQS_CONN_OPEN) {
			mqs_conn_fault(conn, &fault);
		} else {
			/* a bad fixed header says nothing of who sent it */
			connect_fault(conn, result == MQS_ERR_LIMIT ? *in : mqs_bytes_make(NULL, 0), &fault);
		}
	}
	if (conn->state == MQS_CONN_CLOSING) {
		mqs_conn_finish(conn, now_ms);
		return MQS_ERR_CLOSED;
	}
	if (!conn->reading_paused && !mqs_conn_wants_read(conn)) {
		conn->reading_paused = true;
		broker->stats.reads_paused++;
	}
	return MQS_OK;
}

mqs_result mqs_conn_receive(mqs_conn *conn, mqs_bytes in, int64_t now_ms)
{
	mqs_broker *broker = conn->broker;

	broker->now_ms = now_ms;
	broker->stats.bytes_received += in.len;
	if (in.len > PROGRESS_BYTES) {
		conn->received_ms = now_ms;
	}
	return receive(conn, &in, false, now_ms);
}

mqs_result mqs_conn_receive_asking(mqs_conn *conn, mqs_bytes *in, int64_t now_ms)
{
	mqs_broker *broker = conn->broker;
	size_t before = in->len;

	MQS_ASSERT(!broker->asked);
	broker->now_ms = now_ms;
	if (before > PROGRESS_BYTES) {
		conn->received_ms = now_ms;
	}
	mqs_result result = receive(conn, in, true, now_ms);
	/* of a connection that is closed nobody looks at the rest, but it came */
	broker->stats.bytes_received += result == MQS_PENDING ? before - in->len : before;
	return result;
}

mqs_event *mqs_conn_asked(const mqs_conn *conn)
{
	mqs_work *work = conn->broker->asked;
	return work && work->conn == conn ? &work->event : NULL;
}

mqs_result mqs_conn_answer(mqs_conn *conn, mqs_verdict verdict, int64_t now_ms)
{
	mqs_broker *broker = conn->broker;
	mqs_work *work = broker->asked;

	if (!work || work->conn != conn) {
		return MQS_NOT_FOUND;
	}
	broker->asked = NULL;
	broker->now_ms = now_ms;
	mqs_work_answer(work, verdict, now_ms);
	if (broker->asked) {
		return MQS_PENDING;
	}
	decide_deliveries(conn, now_ms);
	return MQS_OK;
}

void mqs_conn_arm(mqs_conn *conn, int64_t now_ms)
{
	int64_t due = MQS_NEVER;
	if (conn->keep_alive_s) {
		due = conn->received_ms + (int64_t)conn->keep_alive_s * 1500;
	}
	if (conn->output.size) {
		int64_t write_due = conn->progress_ms + conn->broker->options.write_timeout_ms;
		due = write_due < due ? write_due : due;
	}
	if (due == MQS_NEVER) {
		mqs_deadline_cancel(conn->broker, &conn->timer);
	} else {
		mqs_deadline_arm(conn->broker, &conn->timer, due > now_ms ? due : now_ms + 1);
	}
}

/* ---- looking in ---------------------------------------------------------------------------------------------- */

void *mqs_conn_user(const mqs_conn *conn)
{
	return conn->user;
}

uint64_t mqs_conn_id(const mqs_conn *conn)
{
	return conn->id;
}

static bool match_id(const mqs_hash_node *node, const void *key)
{
	return MQS_CONTAINER(node, const mqs_conn, by_id)->id == *(const uint64_t *)key;
}

mqs_conn *mqs_broker_conn(mqs_broker *broker, uint64_t conn_id)
{
	mqs_hash_node *node = mqs_hash_find(&broker->conns, conn_id, match_id, &conn_id);
	return node ? MQS_CONTAINER(node, mqs_conn, by_id) : NULL;
}
