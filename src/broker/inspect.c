/* SPDX-License-Identifier: MIT
 *
 * src/broker/inspect.c - looking in from outside: clients, subscriptions, retained messages.
 */
#include "broker/broker_private.h"

static void session_info(const mqs_session *session, mqs_client_info *out)
{
	const mqs_outbox *outbox = session->outbox;
	out->client_id = mqs_session_client_id(session);
	out->session_expiry_s = session->expiry_s;
	out->accepted_ms = session->connected_ms;
	out->subscriptions = session->subscription_count;
	out->inflight = outbox ? outbox->inflight.count : 0;
	out->queued = outbox ? outbox->waiting.count : 0;
}

void mqs_conn_client_info(const mqs_conn *conn, mqs_client_info *out)
{
	memset(out, 0, sizeof(*out));
	if (conn->session) {
		session_info(conn->session, out);
	}
	out->conn_id = conn->id;
	out->connected = conn->session && conn->state != MQS_CONN_CLOSING && !conn->lingering;
	out->username = conn->username ? mqs_block_view(conn->username) : mqs_bytes_make(NULL, 0);
	out->peer = mqs_bytes_make(conn->peer, conn->peer_len);
	out->level = conn->level;
	out->clean_start = conn->clean_start;
	out->keep_alive_s = conn->keep_alive_s;
	out->connected_ms = conn->opened_ms;
	out->packets_in = conn->packets_in;
	out->packets_out = conn->packets_out;
}

static void client_info(const mqs_session *session, mqs_client_info *out)
{
	memset(out, 0, sizeof(*out));
	if (session->conn) {
		mqs_conn_client_info(session->conn, out);
	} else {
		session_info(session, out);
	}
}

bool mqs_broker_client(mqs_broker *broker, mqs_bytes client_id, mqs_client_info *out)
{
	mqs_session *session = mqs_session_find(broker, client_id);
	if (!session) {
		return false;
	}
	client_info(session, out);
	return true;
}

bool mqs_broker_next_client(mqs_broker *broker, void **cursor, mqs_client_info *out)
{
	mqs_hash_node *node = mqs_hash_next(&broker->sessions, (mqs_hash_node *)*cursor);
	*cursor = node;
	if (!node) {
		return false;
	}
	client_info(MQS_CONTAINER(node, mqs_session, by_client_id), out);
	return true;
}

bool mqs_broker_next_subscription(mqs_broker *broker, mqs_bytes client_id, void **cursor, mqs_subscription_info *out)
{
	mqs_session *session = mqs_session_find(broker, client_id);
	if (!session) {
		return false;
	}
	mqs_link *link = *cursor ? ((mqs_link *)*cursor)->next : session->subscriptions.next;
	if (link == &session->subscriptions) {
		return false;
	}
	*cursor = link;
	const mqs_subscription *subscription = MQS_CONTAINER(link, mqs_subscription, by_session);
	broker->scratch.len = 0;
	if (mqs_buffer_reserve(&broker->scratch, MQS_FILTER_MAX) != MQS_OK) {
		return false;
	}
	size_t len = mqs_subscription_filter(subscription, broker->scratch.ptr);
	out->filter = mqs_bytes_make(broker->scratch.ptr, len);
	out->identifier = subscription->identifier;
	out->qos = subscription->qos;
	out->retain_handling = subscription->retain_handling;
	out->no_local = subscription->no_local;
	out->retain_as_published = subscription->retain_as_published;
	return true;
}

bool mqs_broker_retained(mqs_broker *broker, mqs_bytes topic, int64_t now_ms, mqs_publish *out)
{
	const mqs_message *message = mqs_retained_find(broker->retained, topic);
	if (!message || message->expires_ms <= now_ms) {
		return false;
	}
	memset(out, 0, sizeof(*out));
	out->topic = mqs_message_topic(message);
	out->payload = mqs_message_payload(message);
	out->props.raw = mqs_message_props(message);
	out->qos = message->qos;
	out->retain = true;
	return true;
}
