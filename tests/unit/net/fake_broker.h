/* SPDX-License-Identifier: MIT
 *
 * tests/unit/net/fake_broker.h - a broker without MQTT for the tests of src/net: it defines the functions of
 * broker/broker.h that the room calls, and counts every call that breaks their contract in `bad`. The first byte that a
 * connection sends chooses what is done with the rest:
 *
 *   E  send it back; reading pauses while FAKE_HIGH bytes wait
 *   A  count it, and send one byte for each call
 *   S  count it, slowly
 *   F  a decimal number and a newline: call `hook`, then send so many bytes, in pieces
 *   X  the same, then close
 *   Q  call `hook`, send "bye" and close
 *   H  call `hook`, then go on as A
 */
#ifndef MQS_TESTS_FAKE_BROKER_H
#define MQS_TESTS_FAKE_BROKER_H

#include "base/list.h"
#include "broker/broker.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>

#define FAKE_HIGH  262144
#define FAKE_PIECE 3000

typedef struct fake_piece {
	mqs_link link;
	size_t len, done;
	uint8_t bytes[];
} fake_piece;

struct mqs_conn {
	mqs_link ready;
	mqs_link pieces;
	mqs_broker *broker;
	void *user;
	size_t size;
	size_t read, flushes; /* how much since which flush */
	char mode;
	char peer[65];
	bool allow_anonymous, wants_close, was_paused;
};

struct mqs_broker {
	mqs_link ready;
	size_t limit; /* of connections, 0: none */
	size_t opened, refused, received, ticks, flushes;
	atomic_size_t closed, paused; /* these and `shut` are looked at by the client's thread */
	atomic_bool shut;
	size_t bad;
	size_t most_written; /* by one advance */
	size_t most_read;    /* of one connection between two flushes */
	int64_t deadline_ms, now_ms;
	bool busy;
	uint8_t shut_reason;
	char last_peer[65];
	bool last_anonymous;
	void (*hook)(void *ctx);
	void *hook_ctx;
};

/* Every call goes through here: time never goes back, and nothing is called from within something else. */
static void fake_enter(mqs_broker *broker, int64_t now_ms)
{
	broker->bad += broker->busy || now_ms < broker->now_ms;
	broker->now_ms = now_ms;
	broker->busy = true;
}

static void fake_leave(mqs_broker *broker)
{
	broker->busy = false;
}

static void fake_ready(mqs_conn *conn)
{
	if (!mqs_list_linked(&conn->ready)) {
		mqs_list_insert(&conn->broker->ready, &conn->ready);
	}
}

static void fake_send(mqs_conn *conn, const uint8_t *bytes, size_t len)
{
	for (size_t at = 0; at < len;) {
		size_t part = len - at > FAKE_PIECE ? FAKE_PIECE : len - at;
		fake_piece *piece = malloc(sizeof(*piece) + part);
		piece->len = part;
		piece->done = 0;
		memcpy(piece->bytes, bytes + at, part);
		mqs_list_insert(&conn->pieces, &piece->link);
		at += part;
	}
	conn->size += len;
	fake_ready(conn);
}

/* Byte `at` of a stream that F and X send. */
static uint8_t fake_pattern(size_t at)
{
	return (uint8_t)(at * 31 + (at >> 8));
}

static void fake_flood(mqs_conn *conn, mqs_bytes number)
{
	size_t count = 0;
	for (size_t i = 0; i < number.len && number.ptr[i] >= '0' && number.ptr[i] <= '9'; i++) {
		count = count * 10 + (size_t)(number.ptr[i] - '0');
	}
	for (size_t at = 0; at < count;) {
		uint8_t part[FAKE_PIECE];
		size_t len = 0;
		while (len < sizeof(part) && at < count) {
			part[len++] = fake_pattern(at++);
		}
		fake_send(conn, part, len);
	}
}

mqs_result mqs_conn_open(mqs_broker *broker, const mqs_conn_info *info, int64_t now_ms, mqs_conn **out)
{
	fake_enter(broker, now_ms);
	fake_leave(broker);
	if (broker->limit && broker->opened - broker->closed >= broker->limit) {
		broker->refused++;
		return MQS_ERR_LIMIT;
	}
	mqs_conn *conn = calloc(1, sizeof(*conn));
	mqs_list_init(&conn->ready);
	mqs_list_init(&conn->pieces);
	conn->broker = broker;
	conn->user = info->user;
	broker->bad += info->peer.len > 64;
	memcpy(conn->peer, info->peer.ptr, info->peer.len > 64 ? 64 : info->peer.len);
	memcpy(broker->last_peer, conn->peer, sizeof(conn->peer));
	broker->last_anonymous = info->rules.allow_anonymous;
	broker->opened++;
	*out = conn;
	return MQS_OK;
}

static void fake_act(mqs_conn *conn, mqs_bytes in)
{
	mqs_broker *broker = conn->broker;
	if (broker->hook && strchr("FXQH", conn->mode)) {
		broker->hook(broker->hook_ctx);
	}
	switch (conn->mode) {
		case 'E': fake_send(conn, in.ptr, in.len); break;
		case 'F': fake_flood(conn, in); break;
		case 'X':
			fake_flood(conn, in);
			conn->wants_close = true;
			break;
		case 'Q':
			fake_send(conn, (const uint8_t *)"bye", 3);
			conn->wants_close = true;
			break;
		case 'S': poll(NULL, 0, 1); break;
		default: conn->mode = 'A'; fake_send(conn, (const uint8_t *)".", 1);
	}
}

mqs_result mqs_conn_receive(mqs_conn *conn, mqs_bytes in, int64_t now_ms)
{
	mqs_broker *broker = conn->broker;
	fake_enter(broker, now_ms);
	broker->bad += conn->wants_close || in.len == 0 || !mqs_conn_wants_read(conn);
	broker->received += in.len;
	if (conn->flushes != broker->flushes) {
		conn->flushes = broker->flushes;
		conn->read = 0;
	}
	conn->read += in.len;
	broker->most_read = conn->read > broker->most_read ? conn->read : broker->most_read;
	if (!conn->mode) {
		conn->mode = (char)in.ptr[0];
		in = mqs_bytes_make(in.ptr + 1, in.len - 1);
	}
	fake_act(conn, in);
	if (!mqs_conn_wants_read(conn)) {
		conn->was_paused = true;
		broker->paused++;
	}
	fake_leave(broker);
	return conn->wants_close ? MQS_ERR_CLOSED : MQS_OK;
}

bool mqs_conn_wants_read(const mqs_conn *conn)
{
	return conn->mode != 'E' || conn->size < FAKE_HIGH;
}

bool mqs_conn_wants_close(const mqs_conn *conn)
{
	return conn->wants_close;
}

size_t mqs_conn_output(const mqs_conn *conn, mqs_bytes *vec, size_t max)
{
	size_t count = 0;
	for (const mqs_link *link = conn->pieces.next; link != &conn->pieces && count < max; link = link->next) {
		const fake_piece *piece = MQS_CONTAINER(link, fake_piece, link);
		vec[count++] = mqs_bytes_make(piece->bytes + piece->done, piece->len - piece->done);
	}
	return count;
}

size_t mqs_conn_output_size(const mqs_conn *conn)
{
	return conn->size;
}

void mqs_conn_output_advance(mqs_conn *conn, size_t count, int64_t now_ms)
{
	mqs_broker *broker = conn->broker;
	fake_enter(broker, now_ms);
	broker->bad += count == 0 || count > conn->size;
	broker->most_written = count > broker->most_written ? count : broker->most_written;
	conn->size -= count;
	while (count) {
		fake_piece *piece = MQS_CONTAINER(conn->pieces.next, fake_piece, link);
		size_t part = piece->len - piece->done < count ? piece->len - piece->done : count;
		piece->done += part;
		count -= part;
		if (piece->done == piece->len) {
			mqs_list_remove(&piece->link);
			free(piece);
		}
	}
	if (conn->was_paused && mqs_conn_wants_read(conn)) {
		conn->was_paused = false;
		fake_ready(conn);
	}
	fake_leave(broker);
}

void mqs_conn_close(mqs_conn *conn, int64_t now_ms)
{
	mqs_broker *broker = conn->broker;
	fake_enter(broker, now_ms);
	broker->closed++;
	mqs_list_remove(&conn->ready);
	while (!mqs_list_empty(&conn->pieces)) {
		fake_piece *piece = MQS_CONTAINER(conn->pieces.next, fake_piece, link);
		mqs_list_remove(&piece->link);
		free(piece);
	}
	free(conn);
	fake_leave(broker);
}

mqs_conn *mqs_broker_next_ready(mqs_broker *broker)
{
	broker->bad += broker->busy;
	if (mqs_list_empty(&broker->ready)) {
		broker->flushes++;
		return NULL;
	}
	mqs_conn *conn = MQS_CONTAINER(broker->ready.next, mqs_conn, ready);
	mqs_list_remove(&conn->ready);
	return conn;
}

void *mqs_conn_user(const mqs_conn *conn)
{
	return conn->user;
}

int64_t mqs_broker_next_deadline(const mqs_broker *broker)
{
	return broker->deadline_ms;
}

void mqs_broker_tick(mqs_broker *broker, int64_t now_ms)
{
	fake_enter(broker, now_ms);
	if (broker->deadline_ms <= now_ms) {
		broker->ticks++;
		broker->deadline_ms = INT64_MAX;
	}
	fake_leave(broker);
}

void mqs_broker_shutdown(mqs_broker *broker, uint8_t reason, int64_t now_ms)
{
	fake_enter(broker, now_ms);
	broker->bad += broker->shut;
	broker->shut = true;
	broker->shut_reason = reason;
	fake_leave(broker);
}

#endif
