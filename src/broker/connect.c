/* SPDX-License-Identifier: MIT
 *
 * src/broker/connect.c - CONNECT: who may come in, which session it gets, and what CONNACK says (MQTT 5 sections
 * 3.1 and 3.2).
 */
#include "broker/delivery.h"

/* 0 for a refusal: no return code says it, and there is no CONNACK. */
uint8_t mqs_connect_return_code(uint8_t reason)
{
	switch (reason) {
		case MQTT_RC_SUCCESS: return MQTT_CRC_ACCEPTED;
		case MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION: return MQTT_CRC_UNACCEPTABLE_PROTOCOL_VERSION;
		case MQTT_RC_CLIENT_IDENTIFIER_NOT_VALID: return MQTT_CRC_IDENTIFIER_REJECTED;
		case MQTT_RC_BAD_USER_NAME_OR_PASSWORD: return MQTT_CRC_BAD_USER_NAME_OR_PASSWORD;
		case MQTT_RC_NOT_AUTHORIZED:
		case MQTT_RC_BANNED:
		case MQTT_RC_BAD_AUTHENTICATION_METHOD: return MQTT_CRC_NOT_AUTHORIZED;
		case MQTT_RC_MALFORMED_PACKET:
		case MQTT_RC_PROTOCOL_ERROR:
		case MQTT_RC_TOPIC_NAME_INVALID:
		case MQTT_RC_PACKET_TOO_LARGE:
		case MQTT_RC_PAYLOAD_FORMAT_INVALID:
		case MQTT_RC_RETAIN_NOT_SUPPORTED:
		case MQTT_RC_QOS_NOT_SUPPORTED: return MQTT_CRC_ACCEPTED;
		default: return MQTT_CRC_SERVER_UNAVAILABLE;
	}
}

void mqs_connect_refuse(mqs_conn *conn, uint8_t level, uint8_t reason, mqs_bytes props)
{
	mqs_packet packet;
	packet.type = MQTT_PKT_CONNACK;
	packet.level = conn->level = level;
	packet.connack.session_present = false; /* [MQTT-3.2.2-6] */
	packet.connack.code =
	    level == MQTT_LEVEL_5 ? mqs_reason_for(MQTT_PKT_CONNACK, reason) : mqs_connect_return_code(reason);
	packet.connack.props.present = 0;
	packet.connack.props.raw = props;
	conn->broker->stats.connects_refused++;
	mqs_broker_log(conn->broker, MQS_LOG_NOTICE, "connection refused", conn, NULL, reason);
	if (packet.connack.code) { /* else closing says it all: 3.1.1 MQTT-3.2.2-6 */
		mqs_conn_send(conn, &packet);
	}
	mqs_conn_doom(conn, reason, false);
}

/* What can be judged before any handler is asked; 0 when it may go on. */
static uint8_t check(const mqs_conn *conn, const mqs_connect *connect)
{
	const mqs_broker *broker = conn->broker;
	/* who went through an authentication exchange, or is about to, is not anonymous */
	bool decided = conn->connect || mqs_broker_wants(broker, MQS_PHASE_BEFORE, MQS_EVENT_CONNECT) ||
	               (connect->level == MQTT_LEVEL_5 && mqs_props_has(&connect->props, MQTT_PROP_AUTHENTICATION_METHOD) &&
	                   mqs_broker_wants(broker, MQS_PHASE_BEFORE, MQS_EVENT_AUTH));

	if (broker->stopping) {
		return MQTT_RC_SERVER_SHUTTING_DOWN;
	}
	if (connect->client_id.len > (size_t)broker->options.max_client_id_bytes) {
		return MQTT_RC_CLIENT_IDENTIFIER_NOT_VALID;
	}
	if (connect->has_will && connect->will_qos > broker->options.max_qos) {
		return MQTT_RC_QOS_NOT_SUPPORTED;
	}
	if (connect->has_will && connect->will_retain && !broker->options.retain_available) {
		return MQTT_RC_RETAIN_NOT_SUPPORTED;
	}
	if (!conn->rules.allow_anonymous && !decided) {
		return MQTT_RC_NOT_AUTHORIZED;
	}
	return 0;
}

#define ASSIGN_TRIES 8

/* An identifier of our own that no session has: 22 characters that 3.1.1 servers must accept from everybody. */
static bool assign_client_id(mqs_broker *broker, uint8_t out[22])
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	uint8_t random[18];
	for (int tries = 0; tries < ASSIGN_TRIES; tries++) {
		broker->ports.random(broker->ports.random_ctx, random, sizeof(random));
		memcpy(out, "auto", 4);
		for (size_t i = 0; i < sizeof(random); i++) {
			out[4 + i] = (uint8_t)digits[random[i] & 31];
		}
		if (!mqs_session_find(broker, mqs_bytes_make(out, 22))) { /* [MQTT-3.2.2-16] */
			return true;
		}
	}
	return false;
}

/* What a 5.0 client says of itself in CONNECT. */
static void take_limits(mqs_conn *conn, const mqs_props *props)
{
	conn->client_max_packet = mqs_props_has(props, MQTT_PROP_MAXIMUM_PACKET_SIZE) ? props->maximum_packet_size : 0;
	conn->client_receive_max = mqs_props_has(props, MQTT_PROP_RECEIVE_MAXIMUM) ? props->receive_maximum : 65535;
	int64_t aliases = mqs_props_has(props, MQTT_PROP_TOPIC_ALIAS_MAXIMUM) ? props->topic_alias_maximum : 0;
	int64_t most = conn->broker->options.max_client_topic_aliases;
	conn->alias_out_max = (uint16_t)(aliases < most ? aliases : most);
	conn->response_information =
	    mqs_props_has(props, MQTT_PROP_REQUEST_RESPONSE_INFORMATION) && props->request_response_information;
	conn->problem_information =
	    !mqs_props_has(props, MQTT_PROP_REQUEST_PROBLEM_INFORMATION) || props->request_problem_information;
}

void mqs_connect_begin(mqs_conn *conn, mqs_packet *packet, mqs_bytes raw, int64_t now_ms)
{
	mqs_connect *connect = &packet->connect;
	uint8_t assigned[22];
	mqs_work work;

	conn->level = connect->level;
	if (connect->level == MQTT_LEVEL_5) {
		take_limits(conn, &connect->props); /* they bind a refusal too */
	}
	uint8_t reason = check(conn, connect);
	if (!reason && connect->client_id.len == 0 && !assign_client_id(conn->broker, assigned)) {
		reason = MQTT_RC_SERVER_UNAVAILABLE;
	}
	if (reason) {
		mqs_connect_refuse(conn, connect->level, reason, mqs_bytes_make(NULL, 0));
		return;
	}
	if (connect->level == MQTT_LEVEL_5 && mqs_props_has(&connect->props, MQTT_PROP_AUTHENTICATION_METHOD) &&
	    !conn->connect) {
		mqs_auth_begin(conn, packet, raw, now_ms);
		return;
	}
	mqs_work_init(&work, conn->broker, conn, MQS_EVENT_CONNECT, packet, raw);
	work.reply.client_id = connect->client_id.len ? connect->client_id : mqs_bytes_make(assigned, sizeof(assigned));
	work.reply.username = connect->username;
	work.event.client_id = work.reply.client_id;
	mqs_work_run(&work, now_ms);
}

/* The connection that has the session now loses it [MQTT-3.1.4-3]. */
static void take_over(mqs_broker *broker, mqs_conn *old, int64_t now_ms)
{
	broker->stats.sessions_taken_over++;
	mqs_broker_log(broker, MQS_LOG_DEBUG, "session taken over", old, NULL, MQTT_RC_SESSION_TAKEN_OVER);
	mqs_conn_doom(old, MQTT_RC_SESSION_TAKEN_OVER, true);
	mqs_conn_finish(old, now_ms);
}

static uint32_t expiry_of(const mqs_broker *broker, const mqs_connect *connect)
{
	int64_t longest = broker->options.max_session_expiry_s;
	int64_t expiry_s = connect->clean_start ? 0 : longest;
	if (connect->level == MQTT_LEVEL_5) {
		expiry_s = mqs_props_has(&connect->props, MQTT_PROP_SESSION_EXPIRY_INTERVAL)
		               ? connect->props.session_expiry_interval_s
		               : 0;
	}
	return (uint32_t)(expiry_s > longest ? longest : expiry_s);
}

/* Finds or makes the session. 0, or the reason why not. */
static uint8_t attach(mqs_work *work, mqs_will *will, int64_t now_ms)
{
	mqs_broker *broker = work->broker;
	mqs_conn *conn = work->conn;
	const mqs_connect *connect = &work->packet->connect;
	mqs_bytes client_id = work->reply.client_id;
	mqs_session *session;

	/* both calls may end in hooks that change everything, so look again after each */
	while ((session = mqs_session_find(broker, client_id)) != NULL) {
		if (session->conn) {
			take_over(broker, session->conn, now_ms);
		} else if (connect->clean_start || session->expiry_s == 0) { /* [MQTT-3.1.2-4], or discarded by command */
			mqs_session_destroy(broker, session, now_ms);
		} else {
			break;
		}
	}
	if (conn->state == MQS_CONN_CLOSING) { /* such a hook closed this one too */
		return conn->close_reason;
	}
	work->session_present = session != NULL;
	if (!session) {
		if (broker->sessions.count >= (uint64_t)broker->options.max_sessions) {
			return MQTT_RC_QUOTA_EXCEEDED;
		}
		if (mqs_session_create(broker, client_id, &session) != MQS_OK) {
			return MQTT_RC_SERVER_BUSY;
		}
	}
	if (session->will) { /* its delay was still running [MQTT-3.1.3-9] */
		mqs_will_free(broker, session->will);
	}
	mqs_deadline_cancel(broker, &session->expiry);
	session->will = will;
	if (will) {
		will->session = session;
	}
	session->expiry_s = expiry_of(broker, connect);
	session->connected_ms = mqs_claim_time(broker, session, now_ms);
	session->conn = conn;
	conn->session = session;
	conn->accepted = true;
	broker->stats.clients_connected++;
	if (broker->stats.clients_connected > broker->stats.clients_maximum) {
		broker->stats.clients_maximum = broker->stats.clients_connected;
	}
	return 0;
}

void mqs_connect_act(mqs_work *work, int64_t now_ms)
{
	mqs_broker *broker = work->broker;
	mqs_conn *conn = work->conn;
	const mqs_connect *connect = &work->packet->connect;
	mqs_will *will = NULL;

	if (work->denied) {
		return;
	}
	if (work->reply.client_id.len == 0 || work->reply.client_id.len > 65535 || !mqs_utf8_valid(work->reply.client_id)) {
		work->denied = true;
		work->reply.reason = MQTT_RC_CLIENT_IDENTIFIER_NOT_VALID;
		return;
	}
	if (work->reply.username.len) {
		conn->username = mqs_block_create(broker->alloc, work->reply.username.len);
		if (conn->username) {
			memcpy(conn->username->data, work->reply.username.ptr, work->reply.username.len);
		}
	}
	if ((work->reply.username.len && !conn->username) ||
	    (connect->has_will && mqs_will_create(broker, connect, &will) != MQS_OK)) {
		work->denied = true;
		work->reply.reason = MQTT_RC_SERVER_BUSY;
		return;
	}
	uint8_t reason = attach(work, will, now_ms);
	if (reason) {
		if (will) {
			mqs_will_free(broker, will);
		}
		work->denied = true;
		work->reply.reason = reason;
		return;
	}
	work->event.client_id = mqs_session_client_id(conn->session);
	work->reply.session_present = work->session_present;
	work->reply.reason = MQTT_RC_SUCCESS;
	conn->clean_start = connect->clean_start;
	conn->keep_alive_s = connect->keep_alive_s;
	/* only a 5.0 client can be told another one [MQTT-3.1.2-21] */
	if (connect->level == MQTT_LEVEL_5 && (conn->keep_alive_s > broker->options.max_keep_alive_s ||
	                                          (conn->keep_alive_s == 0 && !broker->options.allow_zero_keep_alive))) {
		conn->keep_alive_s = (uint16_t)broker->options.max_keep_alive_s;
	}
}

/* ---- CONNACK ------------------------------------------------------------------------------------------------- */

/* Room for all properties of ours but the identifier: numbers, authentication method and data of any length. */
#define CONNACK_PROPS_MAX (64 + 2 * 65540)

/* Adds a property of ours unless a handler set it. */
static void add_number(mqs_buffer *out, const mqs_props *given, mqtt_property id, int64_t number)
{
	if (!mqs_props_has(given, id)) {
		mqs_props_write_number(out, id, (uint32_t)number);
	}
}

static void add_bytes(mqs_buffer *out, const mqs_props *given, mqtt_property id, mqs_bytes bytes)
{
	if (!mqs_props_has(given, id)) {
		mqs_props_write_bytes(out, id, bytes);
	}
}

/* What a handler put into CONNACK binds the broker too. */
static void apply_given(mqs_conn *conn, const mqs_props *given)
{
	if (mqs_props_has(given, MQTT_PROP_SERVER_KEEP_ALIVE)) {
		conn->keep_alive_s = given->server_keep_alive_s;
	}
	if (mqs_props_has(given, MQTT_PROP_SESSION_EXPIRY_INTERVAL)) {
		conn->session->expiry_s = given->session_expiry_interval_s;
	}
}

/*
 * Properties of a handler's that are left out: who the client is and how it authenticates is settled, and no handler
 * can promise more than the broker takes. Less is the handler's business, the broker does not enforce it.
 */
static uint64_t not_for_handlers(const mqs_conn *conn, const mqs_props *given)
{
	const mqs_broker_options *options = &conn->broker->options;
	const struct {
		mqtt_property id;
		int64_t said, most;
	} facts[] = {
	    {MQTT_PROP_RECEIVE_MAXIMUM, given->receive_maximum, options->receive_maximum},
	    {MQTT_PROP_MAXIMUM_QOS, given->maximum_qos, options->max_qos},
	    {MQTT_PROP_MAXIMUM_PACKET_SIZE, given->maximum_packet_size, options->max_packet_bytes},
	    {MQTT_PROP_TOPIC_ALIAS_MAXIMUM, given->topic_alias_maximum, options->topic_alias_maximum},
	    {MQTT_PROP_RETAIN_AVAILABLE, given->retain_available, options->retain_available},
	    {MQTT_PROP_WILDCARD_SUBSCRIPTION_AVAILABLE, given->wildcard_subscription_available,
	        options->wildcard_subscription_available},
	    {MQTT_PROP_SUBSCRIPTION_IDENTIFIER_AVAILABLE, given->subscription_identifier_available,
	        options->subscription_identifier_available},
	    {MQTT_PROP_SHARED_SUBSCRIPTION_AVAILABLE, given->shared_subscription_available,
	        options->shared_subscription_available},
	};
	uint64_t mask = MQS_PROP_BIT(MQTT_PROP_ASSIGNED_CLIENT_IDENTIFIER) | MQS_PROP_BIT(MQTT_PROP_AUTHENTICATION_METHOD);
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		mask |= facts[i].said > facts[i].most ? MQS_PROP_BIT(facts[i].id) : 0;
	}
	if (!conn->auth_method) { /* [MQTT-4.12.0-6] */
		mask |= MQS_PROP_BIT(MQTT_PROP_AUTHENTICATION_DATA);
	}
	if (!conn->response_information) { /* only who asked for it gets it [MQTT-3.1.2-28] */
		mask |= MQS_PROP_BIT(MQTT_PROP_RESPONSE_INFORMATION);
	}
	return mask & given->present;
}

/* The property list of a successful CONNACK, in broker->scratch. */
static mqs_bytes connack_props(mqs_work *work)
{
	mqs_broker *broker = work->broker;
	mqs_conn *conn = work->conn;
	const mqs_broker_options *options = &broker->options;
	const mqs_connect *connect = &work->packet->connect;
	mqs_buffer *out = &broker->scratch;
	mqs_props given = {0};
	mqs_fault fault;

	/* they are valid: what is not was taken out before the reply (work.c) */
	mqs_props_decode(work->reply.props, MQTT_PKT_CONNACK, false, &broker->limits, 0, &given, &fault);
	uint64_t left_out = not_for_handlers(conn, &given);
	given.present &= ~left_out;
	apply_given(conn, &given);
	out->len = 0;
	if (mqs_buffer_reserve(out, CONNACK_PROPS_MAX + conn->session->client_id_len + work->reply.props.len) != MQS_OK) {
		mqs_conn_doom(conn, MQTT_RC_SERVER_BUSY, false);
		return mqs_bytes_make(NULL, 0);
	}
	if (connect->client_id.len == 0 || !mqs_bytes_equal(connect->client_id, mqs_session_client_id(conn->session))) {
		add_bytes(out, &given, MQTT_PROP_ASSIGNED_CLIENT_IDENTIFIER, mqs_session_client_id(conn->session));
	}
	if (conn->keep_alive_s != connect->keep_alive_s) {
		add_number(out, &given, MQTT_PROP_SERVER_KEEP_ALIVE, conn->keep_alive_s);
	}
	if (mqs_props_has(&connect->props, MQTT_PROP_SESSION_EXPIRY_INTERVAL) &&
	    connect->props.session_expiry_interval_s != conn->session->expiry_s) {
		add_number(out, &given, MQTT_PROP_SESSION_EXPIRY_INTERVAL, conn->session->expiry_s);
	}
	if (options->receive_maximum != 65535) {
		add_number(out, &given, MQTT_PROP_RECEIVE_MAXIMUM, options->receive_maximum);
	}
	if (options->max_qos < 2) {
		add_number(out, &given, MQTT_PROP_MAXIMUM_QOS, options->max_qos);
	}
	add_number(out, &given, MQTT_PROP_MAXIMUM_PACKET_SIZE, options->max_packet_bytes);
	if (options->topic_alias_maximum) {
		add_number(out, &given, MQTT_PROP_TOPIC_ALIAS_MAXIMUM, options->topic_alias_maximum);
	}
	if (!options->retain_available) {
		add_number(out, &given, MQTT_PROP_RETAIN_AVAILABLE, 0);
	}
	if (!options->wildcard_subscription_available) {
		add_number(out, &given, MQTT_PROP_WILDCARD_SUBSCRIPTION_AVAILABLE, 0);
	}
	if (!options->subscription_identifier_available) {
		add_number(out, &given, MQTT_PROP_SUBSCRIPTION_IDENTIFIER_AVAILABLE, 0);
	}
	if (!options->shared_subscription_available) {
		add_number(out, &given, MQTT_PROP_SHARED_SUBSCRIPTION_AVAILABLE, 0);
	}
	if (conn->auth_method) {
		add_bytes(out, &given, MQTT_PROP_AUTHENTICATION_METHOD, mqs_block_view(conn->auth_method));
	}
	if (conn->auth_reply) {
		mqs_props last = {0};
		if (mqs_props_decode(
		        mqs_block_view(conn->auth_reply), MQTT_PKT_AUTH, false, &broker->limits, 0, &last, &fault) == MQS_OK &&
		    mqs_props_has(&last, MQTT_PROP_AUTHENTICATION_DATA)) {
			add_bytes(out, &given, MQTT_PROP_AUTHENTICATION_DATA, last.authentication_data);
		}
	}
	mqs_props_copy(out, work->reply.props, left_out);
	return mqs_buffer_view(out);
}

void mqs_connect_reply(mqs_work *work, int64_t now_ms)
{
	mqs_broker *broker = work->broker;
	mqs_conn *conn = work->conn;
	uint8_t level = work->packet->connect.level;
	mqs_packet packet;

	if (work->denied) {
		conn->accepted = false;
		conn->will_discarded = true; /* it never got in */
		if (work->reply.packet.len) {
			broker->stats.connects_refused++;
			mqs_broker_log(broker, MQS_LOG_NOTICE, "connection refused", conn, NULL, work->reply.reason);
			mqs_conn_send_raw(conn, work->reply.packet);
			mqs_conn_doom(conn, work->reply.reason, false);
		} else {
			mqs_connect_refuse(conn, level, work->reply.reason, work->reply.props);
		}
		return;
	}
	packet.type = MQTT_PKT_CONNACK;
	packet.level = level;
	packet.connack.code = MQTT_RC_SUCCESS;
	packet.connack.session_present = work->session_present && level != MQTT_LEVEL_3_1;
	packet.connack.props.present = 0;
	packet.connack.props.raw = level == MQTT_LEVEL_5 ? connack_props(work) : mqs_bytes_make(NULL, 0);
	if (conn->state == MQS_CONN_CLOSING) {
		return;
	}
	conn->state = MQS_CONN_OPEN;
	mqs_input_limit(conn, (uint32_t)broker->options.max_packet_bytes);
	mqs_block_unref(conn->connect);
	conn->connect = NULL;
	if (work->reply.packet.len) {
		mqs_conn_send_raw(conn, work->reply.packet);
	} else if (!mqs_conn_send(conn, &packet)) { /* nothing may be sent before it [MQTT-3.2.0-1] */
		mqs_broker_log(
		    broker, MQS_LOG_NOTICE, "CONNACK is larger than the client allows", conn, NULL, MQTT_RC_PACKET_TOO_LARGE);
		conn->accepted = false;
		conn->will_discarded = true; /* it never got in */
		mqs_conn_doom(conn, MQTT_RC_PACKET_TOO_LARGE, false);
	}
	if (conn->state == MQS_CONN_CLOSING) {
		return;
	}
	broker->stats.connects_accepted++;
	if (broker->ports.bus.claim) {
		broker->ports.bus.claim(
		    broker->ports.bus.ctx, mqs_session_client_id(conn->session), conn->session->connected_ms);
	}
	mqs_conn_arm(conn, now_ms);
	mqs_broker_log(broker, MQS_LOG_DEBUG, "client connected", conn, NULL, 0);
	mqs_backlog_resume(conn->session, broker);
	if (conn->session->outbox || conn->session->backlog) {
		mqs_outbox_pump(conn->session, broker, now_ms);
	}
}
