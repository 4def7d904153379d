/* SPDX-License-Identifier: MIT
 *
 * src/broker/publish.c - PUBLISH from a client: topic alias, flow control, QoS 1 and 2 acknowledgement (MQTT 5
 * sections 3.3, 4.3, 4.9). Where it goes is route.c's.
 */
#include "broker/delivery.h"

static void fault(mqs_conn *conn, uint8_t reason, const char *clause, const char *what)
{
	mqs_fault f = {reason, 0, clause, what};
	mqs_conn_fault(conn, &f);
}

/* Resolves or defines a topic alias. False: the connection is doomed. */
static bool apply_alias(mqs_conn *conn, mqs_publish *publish)
{
	mqs_broker *broker = conn->broker;
	uint32_t alias = publish->props.topic_alias;

	if (alias == 0 || alias > broker->options.topic_alias_maximum) {
		fault(conn, MQTT_RC_TOPIC_ALIAS_INVALID, "MQTT-3.3.2-9", "topic alias above the maximum");
		return false;
	}
	if (!conn->aliases) {
		size_t size = (size_t)broker->options.topic_alias_maximum * sizeof(*conn->aliases);
		conn->aliases = (mqs_block **)mqs_acquire_zero(broker->alloc, size);
		if (!conn->aliases) {
			mqs_conn_doom(conn, MQTT_RC_SERVER_BUSY, true);
			return false;
		}
	}
	mqs_block **slot = &conn->aliases[alias - 1];
	if (publish->topic.len == 0) {
		if (!*slot) {
			fault(conn, MQTT_RC_PROTOCOL_ERROR, "MQTT5 3.3.2.3.4", "topic alias that was never defined");
			return false;
		}
		publish->topic = mqs_block_view(*slot);
		return true;
	}
	mqs_block *block = mqs_block_create(broker->alloc, publish->topic.len);
	if (!block) {
		mqs_conn_doom(conn, MQTT_RC_SERVER_BUSY, true);
		return false;
	}
	memcpy(block->data, publish->topic.ptr, publish->topic.len);
	mqs_block_unref(*slot);
	*slot = block;
	return true;
}

/* What the state of the connection forbids. False: the connection is doomed. */
static bool check(mqs_conn *conn, const mqs_publish *publish, bool duplicate)
{
	const mqs_broker_options *options = &conn->broker->options;

	if (publish->qos > options->max_qos) {
		fault(conn, MQTT_RC_QOS_NOT_SUPPORTED, "MQTT-3.2.2-11", "QoS above Maximum QoS");
	} else if (publish->retain && !options->retain_available) {
		fault(conn, MQTT_RC_RETAIN_NOT_SUPPORTED, "MQTT-3.2.2-14", "RETAIN although retained messages are off");
	} else if (publish->qos && !duplicate && conn->level == MQTT_LEVEL_5 && options->enforce_receive_maximum &&
	           !conn->rules.tolerate_receive_maximum && conn->unreleased >= options->receive_maximum) {
		fault(conn, MQTT_RC_RECEIVE_MAXIMUM_EXCEEDED, "MQTT-3.3.4-7", "more unacknowledged messages than allowed");
	} else if (mqs_props_has(&publish->props, MQTT_PROP_SUBSCRIPTION_IDENTIFIER)) {
		fault(conn, MQTT_RC_PROTOCOL_ERROR, "MQTT-3.3.4-6", "subscription identifier from a client");
	} else {
		return true;
	}
	return false;
}

/* Remembers a QoS 2 identifier until PUBREL. False: out of memory, the connection is doomed. */
static bool remember(mqs_conn *conn, const mqs_publish *publish)
{
	mqs_session *session = conn->session;
	if (publish->qos != 2 || mqs_pid_set_has(session->incoming, publish->packet_id)) {
		return true;
	}
	if (mqs_pid_set_add(&session->incoming, conn->broker->alloc, publish->packet_id) != MQS_OK) {
		mqs_conn_doom(conn, MQTT_RC_SERVER_BUSY, true);
		return false;
	}
	conn->unreleased++;
	return true;
}

/* What came over an earlier connection does not count in this one (section 4.9). */
bool mqs_publish_forget(mqs_conn *conn, uint16_t packet_id)
{
	mqs_session *session = conn->session;
	if (!mqs_pid_set_has(session->incoming, packet_id)) {
		return false;
	}
	mqs_pid_set_remove(session->incoming, packet_id);
	if (conn->unreleased) {
		conn->unreleased--;
	}
	return true;
}

static uint8_t outcome(mqs_result result, const mqs_route *route)
{
	switch (result) {
		case MQS_OK:
			if (route->refused) {
				return route->refused;
			}
			return route->matched ? MQTT_RC_SUCCESS : MQTT_RC_NO_MATCHING_SUBSCRIBERS;
		case MQS_ERR_LIMIT: return MQTT_RC_QUOTA_EXCEEDED;
		case MQS_ERR_INVALID: return MQTT_RC_NOT_AUTHORIZED;
		default: return MQTT_RC_SERVER_BUSY;
	}
}

/*
 * A message of a 3.x client that could not be taken: there is no code to say so, so the connection is closed and the
 * client may try again (3.1.1 MQTT-4.8.0-2). QoS 0 is just lost.
 */
static bool cannot_tell(mqs_conn *conn, const mqs_publish *publish, mqs_result result, uint8_t reason)
{
	if (conn->level == MQTT_LEVEL_5 || publish->qos == 0 || reason < 0x80 || result == MQS_ERR_INVALID) {
		return false;
	}
	mqs_publish_give_up(conn, reason);
	return true;
}

void mqs_publish_give_up(mqs_conn *conn, uint8_t reason)
{
	mqs_broker_log(conn->broker, MQS_LOG_WARNING, "message not taken, closing", conn, NULL, reason);
	mqs_conn_doom(conn, reason, false);
}

/* The way without handlers: no copy, no work. */
static void publish_directly(mqs_conn *conn, const mqs_publish *publish, int64_t now_ms)
{
	mqs_broker *broker = conn->broker;
	mqs_route route;
	uint32_t receivers = 0;

	mqs_result result = mqs_route_init(broker, &route, publish, conn->session->number, now_ms);
	route.asker = publish->qos && !conn->lingering ? conn : NULL;
	if (result == MQS_OK) {
		result = mqs_route_run(broker, &route, now_ms, &receivers);
	}
	mqs_route_clear(&route);
	mqs_pressure_throttle(conn);
	if (publish->qos == 0) {
		return;
	}
	uint8_t reason = outcome(result, &route);
	bool refused = reason >= 0x80 && conn->level == MQTT_LEVEL_5;
	if (!cannot_tell(conn, publish, result, reason) && (refused || remember(conn, publish))) {
		mqs_receipt_confirm(conn, route.receipt, publish, reason, mqs_bytes_make(NULL, 0), mqs_bytes_make(NULL, 0));
	} else if (route.receipt) {
		mqs_receipt_release(route.receipt);
	}
}

void mqs_publish_begin(mqs_conn *conn, mqs_packet *packet, mqs_bytes raw, int64_t now_ms)
{
	mqs_broker *broker = conn->broker;
	mqs_publish *publish = &packet->publish;
	bool alias_used = false;
	mqs_work passing;

	broker->stats.publish_received++;
	broker->stats.publish_bytes_received += publish->payload.len;
	if (mqs_props_has(&publish->props, MQTT_PROP_TOPIC_ALIAS)) {
		if (!apply_alias(conn, publish)) {
			return;
		}
		alias_used = true;
	}
	bool duplicate = publish->qos == 2 && mqs_pid_set_has(conn->session->incoming, publish->packet_id);
	if (!check(conn, publish, duplicate)) {
		return;
	}
	if (MQS_UNLIKELY(conn->pending) && publish->qos == 2 && mqs_parked_has_id(conn, publish->packet_id)) {
		return; /* its answer is still to come */
	}
	if (duplicate) { /* was taken already; only the answer is repeated [MQTT-4.3.3-10], unless it is still to come */
		if (!mqs_receipt_waits(conn, publish->packet_id)) {
			mqs_receipt_confirm(conn, NULL, publish, MQTT_RC_SUCCESS, mqs_bytes_make(NULL, 0), mqs_bytes_make(NULL, 0));
		}
		return;
	}
	bool overtakes = conn->pending && mqs_parked_has_topic(conn, publish->topic);
	if (!overtakes && !mqs_broker_wants(broker, MQS_PHASE_BEFORE, MQS_EVENT_PUBLISH) &&
	    !mqs_broker_wants(broker, MQS_PHASE_AFTER, MQS_EVENT_PUBLISH)) {
		publish_directly(conn, publish, now_ms);
		return;
	}
	/* a packet that stays while somebody outside is asked about it has a work that stays */
	bool outside = packet == &broker->outside.packet;
	mqs_work *work = outside ? &broker->outside.work : &passing;
	mqs_work_init(work, broker, conn, MQS_EVENT_PUBLISH, packet, raw);
	work->publish = *publish;
	work->reply.publish = &work->publish;
	work->alias_used = alias_used;
	work->publisher = conn->session->number;
	work->outside = outside;
	if (!overtakes) {
		mqs_work_run(work, now_ms);
	} else if (mqs_work_wait(work) != MQS_OK) {
		mqs_conn_doom(conn, MQTT_RC_SERVER_BUSY, true);
	}
}

/* A hook may have changed the message: it has to keep the rules that clients keep. */
static bool changed_validly(mqs_work *work)
{
	mqs_publish *publish = &work->publish;
	const mqs_publish *original = &work->packet->publish;
	mqs_broker *broker = work->broker;
	mqs_fault ignored;

	if (publish->qos > 2 || publish->topic.len > 65535) {
		return false;
	}
	if (publish->topic.ptr != original->topic.ptr &&
	    (!mqs_topic_name_valid(publish->topic, broker->limits.max_topic_levels) || !mqs_utf8_valid(publish->topic))) {
		return false;
	}
	/* copies made for a decision that took its time hold the same bytes, decoding them again does no harm; a will's
	 * expiry stands beside its list and is kept */
	if (publish->props.raw.ptr != original->props.raw.ptr) {
		uint32_t expiry_s = publish->props.message_expiry_interval_s;
		bool kept = work->will && work->will->has_expiry;
		if (mqs_props_decode(
		        publish->props.raw, MQTT_PKT_PUBLISH, false, &broker->limits, 0, &publish->props, &ignored) != MQS_OK) {
			return false;
		}
		if (kept && !mqs_props_has(&publish->props, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL)) {
			publish->props.present |= MQS_PROP_BIT(MQTT_PROP_MESSAGE_EXPIRY_INTERVAL);
			publish->props.message_expiry_interval_s = expiry_s;
		}
	}
	return true;
}

void mqs_publish_act(mqs_work *work, int64_t now_ms)
{
	mqs_broker *broker = work->broker;
	mqs_conn *conn = work->conn;
	uint32_t receivers = 0;
	mqs_route route;

	if (!work->denied && !changed_validly(work)) {
		mqs_broker_log(broker, MQS_LOG_ERROR, "a handler changed a message into one that is not valid", conn, NULL,
		    MQTT_RC_IMPLEMENTATION_SPECIFIC_ERROR);
		work->denied = true;
		work->reply.reason = MQTT_RC_IMPLEMENTATION_SPECIFIC_ERROR;
	}
	if (work->denied) {
		broker->stats.publish_denied++;
		return;
	}
	/* before anything else can happen: when the connection is lost now, the same packet comes again [MQTT-4.3.3-10] */
	if (conn && !remember(conn, &work->packet->publish)) {
		return;
	}
	if (work->reply.no_routing) {
		return;
	}
	mqs_result result = mqs_route_init(broker, &route, &work->publish, work->publisher, now_ms);
	route.asker = conn && work->packet->publish.qos && !conn->lingering ? conn : NULL;
	route.receipt = route.asker ? work->receipt : NULL;
	if (result == MQS_OK) {
		result = mqs_route_run(broker, &route, now_ms, &receivers);
	}
	mqs_route_clear(&route);
	if (route.asker) {
		work->receipt = route.receipt;
	}
	if (conn) {
		mqs_pressure_throttle(conn);
	}
	broker->hit_pressure = false;
	uint8_t reason = outcome(result, &route);
	if (conn && cannot_tell(conn, &work->packet->publish, result, reason)) {
		if (work->packet->publish.qos == 2) {
			mqs_publish_forget(conn, work->packet->publish.packet_id);
		}
		return;
	}
	if (reason >= 0x80) {
		work->denied = true;
	} else if (work->receipt && mqs_receipt_has_peers(work->receipt)) { /* the outcome is still open */
		mqs_receipt_note(work->receipt, reason);
		return;
	}
	if (work->reply.reason == 0 || work->denied) {
		work->reply.reason = reason;
	}
}

/* What waits of it, [borrowed], or NULL. */
static mqs_receipt *acknowledge(mqs_work *work)
{
	mqs_conn *conn = work->conn;
	uint8_t reason = work->reply.reason;
	if (work->receipt && reason == 0 && mqs_receipt_has_peers(work->receipt)) {
		reason = MQTT_RC_NO_MATCHING_SUBSCRIBERS; /* what is so without peers was noted: anything else is more */
	}
	mqs_receipt *receipt = work->receipt;
	work->receipt = NULL;
	return mqs_receipt_confirm(conn, receipt, &work->packet->publish, reason, work->reply.props, work->reply.packet);
}

/*
 * A handler wants the connection closed. What came before the packet and is not decided yet still counts: the end comes
 * behind the acknowledgement that waits for theirs or, when nobody hears any, behind the decisions.
 */
static void close_behind(mqs_work *work, mqs_receipt *waiting)
{
	mqs_conn *conn = work->conn;
	if (waiting) {
		mqs_receipt_close_after(
		    waiting, work->denied ? work->reply.reason : MQTT_RC_ADMINISTRATIVE_ACTION, !work->reply.packet.len);
	} else if (conn->lingering && conn->pending && conn->pending != work) {
		conn->leaving = true;
	} else {
		return; /* at once */
	}
	work->reply.close = false;
	mqs_parked_drop_behind(work);
}

void mqs_publish_reply(mqs_work *work, int64_t now_ms)
{
	mqs_conn *conn = work->conn;
	const mqs_publish *publish = conn ? &work->packet->publish : NULL;
	(void)now_ms;

	if (!conn) {
		return;
	}
	if (publish->qos == 2 && conn->level == MQTT_LEVEL_5 && work->reply.reason >= 0x80) {
		mqs_publish_forget(conn, publish->packet_id); /* [MQTT-4.3.3-9] */
	} else if (!remember(conn, publish)) {
		return;
	}
	mqs_receipt *waiting = publish->qos ? acknowledge(work) : NULL;
	if (publish->qos == 0 && work->reply.packet.len) {
		mqs_conn_send_raw(conn, work->reply.packet);
	}
	if (work->reply.close) {
		close_behind(work, waiting);
	}
}

void mqs_pubrel_handle(mqs_conn *conn, const mqs_ack *ack)
{
	uint8_t reason = MQTT_RC_SUCCESS;
	if (!mqs_publish_forget(conn, ack->packet_id) && conn->level == MQTT_LEVEL_5) {
		reason = MQTT_RC_PACKET_IDENTIFIER_NOT_FOUND;
	}
	mqs_conn_send_ack(conn, MQTT_PKT_PUBCOMP, ack->packet_id, reason, mqs_bytes_make(NULL, 0));
}
