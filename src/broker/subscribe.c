/* SPDX-License-Identifier: MIT
 *
 * src/broker/subscribe.c - SUBSCRIBE and UNSUBSCRIBE (MQTT 5 sections 3.8 to 3.11).
 */
#include "broker/delivery.h"

/* Behind the codes of a work stands one more byte for each entry: owed retained messages or not. */
static bool make_codes(mqs_work *work, uint32_t count, uint32_t bytes)
{
	work->codes = work->inline_codes;
	if (bytes > MQS_WORK_INLINE_CODES) {
		work->codes = (uint8_t *)mqs_acquire(work->broker->alloc, bytes);
		if (!work->codes) {
			return false;
		}
	}
	memset(work->codes, 0, bytes);
	work->reply.codes = work->codes;
	work->reply.code_count = count;
	return true;
}

void mqs_subscribe_begin(mqs_conn *conn, mqs_packet *packet, mqs_bytes raw, int64_t now_ms)
{
	const mqs_subscribe *subscribe = &packet->subscribe;
	mqs_bytes rest = subscribe->entries;
	mqs_subscription_entry entry;
	mqs_work work;

	if (mqs_props_has(&subscribe->props, MQTT_PROP_SUBSCRIPTION_IDENTIFIER) &&
	    !conn->broker->options.subscription_identifier_available) {
		static const mqs_fault off = {MQTT_RC_SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED, 0, "MQTT5 3.2.2.3.12",
		    "subscription identifier although they are off"};
		mqs_conn_fault(conn, &off);
		return;
	}
	mqs_work_init(&work, conn->broker, conn, MQS_EVENT_SUBSCRIBE, packet, raw);
	if (!make_codes(&work, subscribe->count, subscribe->count * 2)) {
		mqs_conn_doom(conn, MQTT_RC_SERVER_BUSY, true);
		return;
	}
	for (uint32_t i = 0; i < subscribe->count && mqs_subscribe_next(&rest, conn->level, &entry); i++) {
		work.codes[i] = entry.qos;
	}
	mqs_work_run(&work, now_ms);
}

/* Makes one subscription; returns its code. */
static uint8_t subscribe_one(mqs_work *work, mqs_subscription_entry *entry, uint8_t *owed)
{
	mqs_broker *broker = work->broker;
	mqs_session *session = work->conn->session;
	const mqs_broker_options *options = &broker->options;
	const mqs_props *props = &work->packet->subscribe.props;
	mqs_subscription *subscription;
	mqs_bytes group, rest;
	bool existed, shared = mqs_topic_share_parse(entry->filter, &group, &rest);

	if (!options->wildcard_subscription_available && mqs_topic_has_wildcard(entry->filter)) {
		return MQTT_RC_WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED;
	}
	if (!options->shared_subscription_available && shared) {
		return MQTT_RC_SHARED_SUBSCRIPTIONS_NOT_SUPPORTED;
	}
	if (mqs_topic_reserved(shared ? rest : entry->filter)) {
		return MQTT_RC_NOT_AUTHORIZED;
	}
	if (entry->qos > options->max_qos) {
		entry->qos = (uint8_t)options->max_qos;
	}
	if (session->subscription_count >= options->max_subscriptions &&
	    !mqs_subscriptions_find(broker->subscriptions, session, entry->filter)) {
		return MQTT_RC_QUOTA_EXCEEDED;
	}
	uint32_t identifier = mqs_props_has(props, MQTT_PROP_SUBSCRIPTION_IDENTIFIER) ? props->subscription_identifier : 0;
	if (mqs_subscriptions_add(broker->subscriptions, session, &session->subscriptions, entry, identifier, &subscription,
	        &existed) != MQS_OK) {
		return MQTT_RC_SERVER_BUSY;
	}
	if (!existed) {
		mqs_list_init(&subscription->owed);
		session->subscription_count++;
		broker->stats.shared_subscriptions += shared;
		mqs_peers_tell_added(broker, subscription);
	}
	/* retained messages: Retain Handling 0 always, 1 for new ones, never for shared ones [MQTT-3.3.1-9..11] */
	*owed = !shared && (entry->retain_handling == 0 || (entry->retain_handling == 1 && !existed));
	return entry->qos;
}

void mqs_subscribe_act(mqs_work *work, int64_t now_ms)
{
	const mqs_subscribe *subscribe = &work->packet->subscribe;
	uint8_t *owed = work->codes + subscribe->count;
	mqs_bytes rest = subscribe->entries;
	mqs_subscription_entry entry;
	(void)now_ms;

	for (uint32_t i = 0; i < subscribe->count && mqs_subscribe_next(&rest, work->conn->level, &entry); i++) {
		if (work->denied) {
			work->codes[i] = work->reply.reason;
		} else if (work->codes[i] < 0x80) {
			entry.qos = work->codes[i] < entry.qos ? work->codes[i] : entry.qos;
			work->codes[i] = subscribe_one(work, &entry, &owed[i]);
		}
	}
}

/* 3.1 has no code for a failure: what was asked for is said to be granted, though it was not (3.1 section 3.8). */
static void grant_in_name(mqs_work *work)
{
	int64_t most = work->broker->options.max_qos;
	mqs_bytes rest = work->packet->subscribe.entries;
	mqs_subscription_entry entry;

	for (uint32_t i = 0; i < work->packet->subscribe.count && mqs_subscribe_next(&rest, MQTT_LEVEL_3_1, &entry); i++) {
		if (work->codes[i] >= 0x80) {
			work->codes[i] = entry.qos < most ? entry.qos : (uint8_t)most;
		}
	}
}

static void send_codes(mqs_work *work, mqtt_packet_type type, uint16_t packet_id, uint32_t count)
{
	mqs_conn *conn = work->conn;
	mqs_packet packet;

	if (work->reply.packet.len) {
		mqs_conn_send_raw(conn, work->reply.packet);
		return;
	}
	if (conn->level == MQTT_LEVEL_3_1 && type == MQTT_PKT_SUBACK) {
		grant_in_name(work);
	}
	for (uint32_t i = 0; i < count; i++) {
		uint8_t code = mqs_reason_for(type, work->codes[i]);
		work->codes[i] = code >= 0x80 && conn->level != MQTT_LEVEL_5 ? MQTT_SUBACK_FAILURE : code;
	}
	packet.type = type;
	packet.level = conn->level;
	packet.suback.packet_id = packet_id;
	packet.suback.codes = mqs_bytes_make(work->codes, count);
	packet.suback.props.present = 0;
	packet.suback.props.raw = work->reply.props;
	mqs_conn_send(conn, &packet);
}

void mqs_subscribe_reply(mqs_work *work, int64_t now_ms)
{
	const mqs_subscribe *subscribe = &work->packet->subscribe;
	mqs_session *session = work->conn->session;
	const uint8_t *owed = work->codes + subscribe->count;
	mqs_bytes rest = subscribe->entries;
	mqs_subscription_entry entry;

	send_codes(work, MQTT_PKT_SUBACK, subscribe->packet_id, subscribe->count);
	for (uint32_t i = 0; i < subscribe->count && mqs_subscribe_next(&rest, work->conn->level, &entry); i++) {
		mqs_subscription *subscription =
		    owed[i] ? mqs_subscriptions_find(work->broker->subscriptions, session, entry.filter) : NULL;
		if (subscription && mqs_backlog_add(work->broker, subscription) != MQS_OK) {
			work->broker->stats.dropped_no_memory++;
		}
	}
	if (session->backlog) {
		mqs_outbox_pump(session, work->broker, now_ms);
	}
}

/* ---- UNSUBSCRIBE --------------------------------------------------------------------------------------------- */

void mqs_unsubscribe_begin(mqs_conn *conn, mqs_packet *packet, mqs_bytes raw, int64_t now_ms)
{
	mqs_work work;
	mqs_work_init(&work, conn->broker, conn, MQS_EVENT_UNSUBSCRIBE, packet, raw);
	if (!make_codes(&work, packet->subscribe.count, packet->subscribe.count)) {
		mqs_conn_doom(conn, MQTT_RC_SERVER_BUSY, true);
		return;
	}
	mqs_work_run(&work, now_ms);
}

void mqs_unsubscribe_act(mqs_work *work, int64_t now_ms)
{
	mqs_broker *broker = work->broker;
	mqs_session *session = work->conn->session;
	mqs_bytes rest = work->packet->subscribe.entries;
	mqs_bytes filter;
	(void)now_ms;

	for (uint32_t i = 0; i < work->packet->subscribe.count && mqs_unsubscribe_next(&rest, &filter); i++) {
		if (work->denied) {
			work->codes[i] = work->reply.reason;
		}
		if (work->codes[i] >= 0x80) {
			continue;
		}
		mqs_subscription *subscription = mqs_subscriptions_find(broker->subscriptions, session, filter);
		work->codes[i] = subscription ? MQTT_RC_SUCCESS : MQTT_RC_NO_SUBSCRIPTION_EXISTED;
		if (subscription) {
			mqs_backlog_forget(broker, subscription);
			mqs_peers_remove_and_tell(broker, subscription);
			session->subscription_count--;
		}
	}
}

void mqs_unsubscribe_reply(mqs_work *work, int64_t now_ms)
{
	(void)now_ms;
	send_codes(work, MQTT_PKT_UNSUBACK, work->packet->subscribe.packet_id, work->packet->subscribe.count);
}
