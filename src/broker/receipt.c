/* SPDX-License-Identifier: MIT
 *
 * src/broker/receipt.c - acknowledgements of QoS 1 and 2 messages that went to other workers, or whose handlers decide
 * while later ones are handled: they leave when all answers are there, in the order of the PUBLISH packets
 * [MQTT-4.6.0-2] [MQTT-4.6.0-3].
 * Owns: the receipts. Each stands in the list of its connection; when that is gone, it lives on without until the last
 * answer has come.
 */
#include "broker/delivery.h"

struct mqs_receipt {
	const mqs_alloc *alloc;    /* [borrowed] */
	mqs_link link;             /* in conn->unconfirmed */
	mqs_conn *conn;            /* NULL: gone */
	mqs_block *props, *packet; /* owned, or NULL: what a handler gave */
	uint32_t awaited;          /* answers to come, and one for whoever holds it */
	uint16_t packet_id;
	uint8_t qos;   /* of the PUBLISH; 0: not confirmed yet */
	uint8_t told;  /* the worst that peers told; at first, what is so without them */
	uint8_t given; /* a failure that no answer changes; 0: none */
	uint8_t close_reason;
	bool peers;             /* some were asked */
	bool close, close_tell; /* the connection is to be closed behind it */
};

static void free_receipt(mqs_receipt *receipt)
{
	mqs_block_unref(receipt->props);
	mqs_block_unref(receipt->packet);
	mqs_release(receipt->alloc, receipt);
}

/* The first failure stands; that somebody took the message is more than that nobody wanted it. */
static uint8_t worse(uint8_t before, uint8_t reason)
{
	if (before >= 0x80 || reason == MQTT_RC_NO_MATCHING_SUBSCRIBERS) {
		return before;
	}
	return reason >= 0x80 ? reason : MQTT_RC_SUCCESS;
}

/* Those of packets whose handlers decide have a limit of their own. */
static uint64_t unconfirmed(const mqs_conn *conn)
{
	return conn->unconfirmed_count > conn->parked_count ? conn->unconfirmed_count - conn->parked_count : 0;
}

mqs_receipt *mqs_receipt_open(mqs_conn *conn)
{
	mqs_receipt *receipt = (mqs_receipt *)mqs_acquire_zero(conn->broker->alloc, sizeof(*receipt));
	if (!receipt) {
		return NULL;
	}
	receipt->conn = conn;
	receipt->alloc = conn->broker->alloc;
	receipt->awaited = 1;
	receipt->told = MQTT_RC_NO_MATCHING_SUBSCRIBERS;
	mqs_list_insert(&conn->unconfirmed, &receipt->link);
	conn->unconfirmed_count++;
	if (unconfirmed(conn) >= (uint64_t)conn->broker->options.max_unconfirmed) {
		conn->stopped = true;
	}
	return receipt;
}

void mqs_receipt_await(mqs_receipt *receipt)
{
	receipt->awaited++;
	receipt->peers = true;
}

bool mqs_receipt_has_peers(const mqs_receipt *receipt)
{
	return receipt->peers;
}

void mqs_receipt_note(mqs_receipt *receipt, uint8_t reason)
{
	receipt->told = worse(receipt->told, reason);
}

mqs_conn *mqs_receipt_answer(mqs_receipt *receipt, uint8_t reason)
{
	mqs_conn *conn = receipt->conn;
	mqs_receipt_note(receipt, reason);
	receipt->awaited--;
	if (!conn && receipt->awaited == 0) {
		free_receipt(receipt);
	}
	return conn;
}

void mqs_receipt_release(mqs_receipt *receipt)
{
	mqs_receipt_answer(receipt, MQTT_RC_NO_MATCHING_SUBSCRIBERS);
}

/* ---- sending ------------------------------------------------------------------------------------------------- */

static void send_now(mqs_conn *conn, uint8_t qos, uint16_t packet_id, uint8_t reason, mqs_bytes props, mqs_bytes packet)
{
	mqtt_packet_type type = qos == 1 ? MQTT_PKT_PUBACK : MQTT_PKT_PUBREC;
	if (packet.len) {
		mqs_conn_send_raw(conn, packet);
	} else {
		mqs_conn_send_ack(conn, type, packet_id, conn->level == MQTT_LEVEL_5 ? mqs_reason_for(type, reason) : 0, props);
	}
}

static mqs_bytes view_of(const mqs_block *block)
{
	return block ? mqs_block_view(block) : mqs_bytes_make(NULL, 0);
}

/* Its turn has come, and all answers are there. */
static void send_receipt(mqs_conn *conn, const mqs_receipt *receipt)
{
	uint8_t reason = receipt->given ? receipt->given : receipt->told;
	if (receipt->qos == 2 && reason >= 0x80 && (conn->level == MQTT_LEVEL_5 || !receipt->given)) {
		mqs_publish_forget(conn, receipt->packet_id); /* [MQTT-4.3.3-9] */
	}
	if (conn->level != MQTT_LEVEL_5 && reason >= 0x80 && !receipt->given) {
		mqs_publish_give_up(conn, reason);
		return;
	}
	send_now(conn, receipt->qos, receipt->packet_id, reason, view_of(receipt->props), view_of(receipt->packet));
	if (receipt->close) {
		mqs_conn_doom(conn, receipt->close_reason, receipt->close_tell);
	}
}

/* Sends what can be sent. True: `wanted` was among it, and is gone. */
static bool drain(mqs_conn *conn, const mqs_receipt *wanted)
{
	bool sent = false;
	while (conn->state == MQS_CONN_OPEN && !mqs_list_empty(&conn->unconfirmed)) {
		mqs_receipt *first = MQS_CONTAINER(conn->unconfirmed.next, mqs_receipt, link);
		if (first->awaited || !first->qos) {
			break;
		}
		mqs_list_remove(&first->link);
		conn->unconfirmed_count--;
		send_receipt(conn, first);
		sent = sent || first == wanted;
		free_receipt(first);
	}
	if (conn->stopped && !conn->leaving && unconfirmed(conn) <= (uint64_t)conn->broker->options.max_unconfirmed / 2) {
		conn->stopped = false;
		mqs_conn_ready(conn); /* it may be read again, whether or not there was something to send */
	}
	return sent;
}

/* A copy of what a handler gave. False: no memory. */
static bool keep(const mqs_conn *conn, mqs_block **out, mqs_bytes bytes)
{
	if (bytes.len) {
		*out = mqs_block_create(conn->broker->alloc, bytes.len);
		if (!*out) {
			return false;
		}
		memcpy((*out)->data, bytes.ptr, bytes.len);
	}
	return true;
}

mqs_receipt *mqs_receipt_confirm(
    mqs_conn *conn, mqs_receipt *receipt, const mqs_publish *publish, uint8_t reason, mqs_bytes props, mqs_bytes packet)
{
	if (MQS_UNLIKELY(conn->lingering)) {
		if (receipt) {
			mqs_receipt_release(receipt);
		}
		return NULL;
	}
	if (MQS_LIKELY(!receipt && mqs_list_empty(&conn->unconfirmed))) {
		send_now(conn, publish->qos, publish->packet_id, reason, props, packet);
		return NULL;
	}
	if (!receipt) {
		receipt = mqs_receipt_open(conn);
	}
	if (!receipt || !keep(conn, &receipt->props, props) || !keep(conn, &receipt->packet, packet)) {
		mqs_conn_doom(conn, MQTT_RC_SERVER_BUSY, true);
		if (receipt) {
			mqs_receipt_release(receipt);
		}
		return NULL;
	}
	receipt->qos = publish->qos;
	receipt->packet_id = publish->packet_id;
	receipt->given = reason >= 0x80 ? reason : 0;
	if (!receipt->peers) {
		receipt->told = reason; /* nobody knows better */
	}
	mqs_receipt_answer(receipt, reason >= 0x80 ? MQTT_RC_SUCCESS : reason);
	return drain(conn, receipt) ? NULL : receipt;
}

void mqs_receipt_close_after(mqs_receipt *receipt, uint8_t reason, bool tell)
{
	receipt->close = true;
	receipt->close_reason = reason;
	receipt->close_tell = tell;
	receipt->conn->leaving = receipt->conn->stopped = true;
}

bool mqs_receipt_waits(const mqs_conn *conn, uint16_t packet_id)
{
	for (const mqs_link *link = conn->unconfirmed.next; link != &conn->unconfirmed; link = link->next) {
		const mqs_receipt *receipt = MQS_CONTAINER(link, const mqs_receipt, link);
		if (receipt->qos == 2 && receipt->packet_id == packet_id) {
			return true;
		}
	}
	return false;
}

void mqs_receipt_flush(mqs_conn *conn, int64_t now_ms)
{
	bool stopped = conn->stopped;
	drain(conn, NULL);
	if (stopped && !conn->stopped) {
		mqs_conn_resume(conn, now_ms);
	}
}

void mqs_receipt_forget(mqs_conn *conn)
{
	while (!mqs_list_empty(&conn->unconfirmed)) {
		mqs_receipt *receipt = MQS_CONTAINER(conn->unconfirmed.next, mqs_receipt, link);
		mqs_list_remove(&receipt->link);
		receipt->conn = NULL;
		if (receipt->awaited == 0) {
			free_receipt(receipt);
		}
	}
	conn->unconfirmed_count = 0;
	conn->stopped = false;
}
