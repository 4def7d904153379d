/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/client.h - a client of a broker under test: takes what the broker has for it, and keeps each packet
 * as a line of text (packet_words.h) until it is judged. For the worlds of one broker (world.h) and of several workers
 * (tests/unit/cluster/town.h). The test owns the lines; the broker owns the connection.
 */
#ifndef MQS_TESTS_CLIENT_H
#define MQS_TESTS_CLIENT_H

#include "broker/broker.h"
#include "harness.h"
#include "packet_words.h"

#define CLIENT_HEARD 4096

typedef struct test_client {
	mqs_conn *conn; /* NULL: closed */
	void *home;     /* whom it called, when there are several */
	uint8_t level;
	bool stuck;        /* takes no output */
	bool lenient;      /* memory fails: what is heard may be broken */
	size_t most;       /* takes at most so many bytes at once; 0: all */
	mqs_framer framer; /* of what it hears */
	char *heard[CLIENT_HEARD];
	size_t count;
	size_t bytes; /* heard in all */
} test_client;

static void forget_heard(test_client *c)
{
	while (c->count) {
		free(c->heard[--c->count]);
	}
}

/* Calls broker. False: refused. */
static bool client_call(test_client *c, mqs_broker *broker, bool allow_anonymous, int64_t now_ms)
{
	CHECK(c->conn == NULL);
	forget_heard(c);
	mqs_conn_info info = {MQS_BYTES_LITERAL("127.0.0.1:1"), {.allow_anonymous = allow_anonymous}, c};
	if (mqs_conn_open(broker, &info, now_ms, &c->conn) != MQS_OK) {
		c->conn = NULL;
		return false;
	}
	mqs_framer_init(&c->framer, &words_alloc, 0);
	c->stuck = false;
	c->most = c->bytes = 0;
	c->level = MQTT_LEVEL_3_1_1;
	return true;
}

/* ---- hearing ------------------------------------------------------------------------------------------------- */

/* Lines beyond CLIENT_HEARD are not kept. */
static void note_heard(test_client *c, const char *text)
{
	if (c->count < CLIENT_HEARD) {
		c->heard[c->count++] = strdup(text);
	}
}

static void hear_bytes(test_client *c, mqs_bytes in)
{
	static char line[8192];
	mqs_bytes raw;
	mqs_fault fault;
	mqs_packet packet;
	mqs_result result;
	c->bytes += in.len;
	while ((result = mqs_framer_next(&c->framer, &in, &raw, &fault)) == MQS_OK) {
		bool good = mqs_packet_decode(raw, c->level, NULL, &packet, &fault) == MQS_OK;
		if (good) {
			words_of_packet(line, sizeof(line), &packet);
		} else {
			snprintf(line, sizeof(line), "BAD type %d: %s", raw.ptr[0] >> 4, fault.what);
		}
		CHECK(good || c->lenient);
		note_heard(c, line);
	}
	CHECK(c->lenient || result == MQS_NEED_MORE);
}

/* Takes up to `most` bytes of output (0: all). */
static void client_take_output(test_client *c, size_t most, int64_t now_ms)
{
	mqs_bytes vec[16];
	size_t count, taken = 0;
	while (c->conn && (count = mqs_conn_output(c->conn, vec, 16)) > 0 && (most == 0 || taken < most)) {
		size_t size = 0;
		for (size_t i = 0; i < count && (most == 0 || taken + size < most); i++) {
			mqs_bytes piece = vec[i];
			if (most && piece.len > most - taken - size) {
				piece.len = most - taken - size;
			}
			hear_bytes(c, piece);
			size += piece.len;
		}
		taken += size;
		mqs_conn_output_advance(c->conn, size, now_ms);
	}
}

/* The network connection ends. */
static void client_end(test_client *c, int64_t now_ms)
{
	mqs_conn *conn = c->conn;
	c->conn = NULL;
	note_heard(c, "CLOSED");
	mqs_framer_clear(&c->framer);
	mqs_conn_close(conn, now_ms);
}

/* Everybody for whom broker has something takes it, and goes when it is told to. Bounded: a broker that never comes to
 * rest is a failure. */
static void clients_serve(mqs_broker *broker, int64_t now_ms)
{
	mqs_conn *conn;
	int turns = 0;
	while ((conn = mqs_broker_next_ready(broker)) != NULL && CHECK(++turns < 100000)) {
		test_client *c = mqs_conn_user(conn);
		if (!c->stuck) {
			client_take_output(c, c->most, now_ms);
		}
		if (c->conn && mqs_conn_wants_close(conn) && mqs_conn_output_size(conn) == 0) {
			client_end(c, now_ms);
		}
	}
}

/* ---- judging ------------------------------------------------------------------------------------------------- */

/* A "*" at the end of what is expected: the rest does not matter. */
static bool line_matches(const char *line, const char *expected)
{
	size_t len = strlen(expected);
	if (len && expected[len - 1] == '*') {
		return strncmp(line, expected, len - 1) == 0;
	}
	return strcmp(line, expected) == 0;
}

/* Are these, up to a NULL, the lines that it heard since the last time? */
__attribute__((unused)) static void client_heard(
    test_client *c, const char *const *expected, const char *file, int line)
{
	size_t count = 0;
	bool good = true;
	while (expected[count]) {
		good = good && count < c->count && line_matches(c->heard[count], expected[count]);
		count++;
	}
	good = good && count == c->count;
	if (!test_check(good, "heard something else", file, line) && test_state.broken <= 5) {
		for (size_t i = 0; i < count; i++) {
			printf("  expected: %s\n", expected[i]);
		}
		for (size_t i = 0; i < c->count && i < 20; i++) {
			printf("  heard:    %.300s\n", c->heard[i]);
		}
	}
	forget_heard(c);
}

/* Is a successful CONNACK what it heard first? That line is forgotten. */
__attribute__((unused)) static void client_is_in(test_client *c, const char *file, int line)
{
	if (test_check(c->count > 0 && strncmp(c->heard[0], "CONNACK rc=00", 13) == 0, "could not connect", file, line)) {
		free(c->heard[0]);
		memmove(c->heard, c->heard + 1, --c->count * sizeof(*c->heard));
	}
}

#endif
