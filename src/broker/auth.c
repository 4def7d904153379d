/* SPDX-License-Identifier: MIT
 *
 * src/broker/auth.c - enhanced authentication: the exchange of AUTH packets before CONNACK, and re-authentication
 * later (MQTT 5 section 4.12). A hook decides each step: reason CONTINUE_AUTHENTICATION asks for one more.
 */
#include "broker/broker_private.h"

static mqs_result keep(mqs_conn *conn, mqs_block **slot, mqs_bytes bytes)
{
	mqs_block *block = mqs_block_create(conn->broker->alloc, bytes.len);
	if (!block) {
		return MQS_ERR_NOMEM;
	}
	if (bytes.len) {
		memcpy(block->data, bytes.ptr, bytes.len);
	}
	mqs_block_unref(*slot);
	*slot = block;
	return MQS_OK;
}

/* An AUTH packet must belong to an exchange that CONNECT began, with the same method [MQTT-4.12.0-5]. */
static bool method_matches(const mqs_conn *conn, const mqs_props *props)
{
	return conn->auth_method && mqs_props_has(props, MQTT_PROP_AUTHENTICATION_METHOD) &&
	       mqs_bytes_equal(mqs_block_view(conn->auth_method), props->authentication_method);
}

void mqs_auth_begin(mqs_conn *conn, mqs_packet *packet, mqs_bytes raw, int64_t now_ms)
{
	mqs_work work;
	if (packet->type == MQTT_PKT_CONNECT) {
		if (!mqs_broker_wants(conn->broker, MQS_PHASE_BEFORE, MQS_EVENT_AUTH)) {
			mqs_connect_refuse(conn, conn->level, MQTT_RC_BAD_AUTHENTICATION_METHOD, mqs_bytes_make(NULL, 0));
			return;
		}
		if (keep(conn, &conn->connect, raw) != MQS_OK ||
		    keep(conn, &conn->auth_method, packet->connect.props.authentication_method) != MQS_OK) {
			mqs_connect_refuse(conn, conn->level, MQTT_RC_SERVER_BUSY, mqs_bytes_make(NULL, 0));
			return;
		}
		conn->state = MQS_CONN_AUTHENTICATING;
	} else {
		static const mqs_fault unexpected = {
		    MQTT_RC_PROTOCOL_ERROR, 0, "MQTT-4.12.0-7", "AUTH outside an exchange, or with another method"};
		bool begins = conn->state == MQS_CONN_OPEN && !conn->reauthenticating;
		uint8_t expected = begins ? MQTT_RC_REAUTHENTICATE : MQTT_RC_CONTINUE_AUTHENTICATION;
		if (packet->reasoned.reason != expected || !method_matches(conn, &packet->reasoned.props)) {
			mqs_conn_fault(conn, &unexpected);
			return;
		}
		conn->reauthenticating = conn->state == MQS_CONN_OPEN;
	}
	mqs_work_init(&work, conn->broker, conn, MQS_EVENT_AUTH, packet, raw);
	mqs_work_run(&work, now_ms);
}

static void send_auth(mqs_conn *conn, uint8_t reason, mqs_bytes props)
{
	mqs_packet packet;
	mqs_buffer *out = &conn->broker->scratch;
	out->len = 0;
	if (mqs_props_write_bytes(out, MQTT_PROP_AUTHENTICATION_METHOD, mqs_block_view(conn->auth_method)) != MQS_OK ||
	    mqs_props_copy(out, props, MQS_PROP_BIT(MQTT_PROP_AUTHENTICATION_METHOD)) != MQS_OK) {
		mqs_conn_doom(conn, MQTT_RC_SERVER_BUSY, true);
		return;
	}
	packet.type = MQTT_PKT_AUTH;
	packet.level = conn->level;
	packet.reasoned.reason = reason;
	packet.reasoned.props.present = 0;
	packet.reasoned.props.raw = mqs_buffer_view(out);
	mqs_conn_send(conn, &packet);
}

/* The exchange before CONNACK succeeded: go on with the CONNECT that was kept. */
static void go_on_connecting(mqs_work *work, int64_t now_ms)
{
	mqs_conn *conn = work->conn;
	mqs_packet packet;
	mqs_fault fault;
	mqs_bytes raw = mqs_block_view(conn->connect);

	if (keep(conn, &conn->auth_reply, work->reply.props) != MQS_OK) {
		mqs_connect_refuse(conn, conn->level, MQTT_RC_SERVER_BUSY, mqs_bytes_make(NULL, 0));
		return;
	}
	conn->state = MQS_CONN_NEW;
	if (mqs_packet_decode(raw, MQTT_LEVEL_5, &conn->broker->limits, &packet, &fault) == MQS_OK) {
		mqs_connect_begin(conn, &packet, raw, now_ms);
	}
}

void mqs_auth_reply(mqs_work *work, int64_t now_ms)
{
	mqs_conn *conn = work->conn;
	bool open = conn->state == MQS_CONN_OPEN;

	if (work->denied) {
		if (open) {
			mqs_conn_doom(conn, work->reply.reason, true); /* [MQTT-4.12.1-2] */
		} else {
			mqs_connect_refuse(conn, conn->level, work->reply.reason, work->reply.props);
		}
	} else if (work->reply.packet.len) {
		mqs_conn_send_raw(conn, work->reply.packet);
	} else if (work->reply.reason == MQTT_RC_CONTINUE_AUTHENTICATION) {
		send_auth(conn, MQTT_RC_CONTINUE_AUTHENTICATION, work->reply.props);
	} else if (open) {
		conn->reauthenticating = false;
		send_auth(conn, MQTT_RC_SUCCESS, work->reply.props);
	} else {
		go_on_connecting(work, now_ms);
	}
}
