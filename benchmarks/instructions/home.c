/* SPDX-License-Identifier: MIT
 *
 * benchmarks/instructions/home.c - see home.h.
 */
#define _POSIX_C_SOURCE 200809L /* strdup, strtok_r: of packet_words.h */

#include "home.h"

#include <stdarg.h>

#include "broker/packet_words.h"

#define PIECES 256 /* of one write, as in src/net */

home_client home_clients[HOME_CLIENTS];
mqs_broker *home_broker;
int64_t home_now_ms;
bool home_counting;
uint64_t home_publishes;

static long blocks; /* of memory, alive */

static void *block_resize(void *ctx, void *ptr, size_t size)
{
	(void)ctx;
	blocks += ptr == NULL;
	return realloc(ptr, size);
}

static void *block_acquire(void *ctx, size_t size)
{
	(void)ctx;
	blocks++;
	return malloc(size);
}

static void block_release(void *ctx, void *ptr)
{
	(void)ctx;
	blocks--;
	free(ptr);
}

const mqs_alloc home_alloc = {NULL, block_acquire, block_resize, block_release};

void home_expect(bool good, const char *format, ...)
{
	if (!good) {
		va_list args;
		va_start(args, format);
		vfprintf(stderr, format, args);
		va_end(args);
		fputc('\n', stderr);
		exit(1);
	}
}

/* ---- life ---------------------------------------------------------------------------------------------------- */

static void not_random(void *ctx, void *out, size_t len)
{
	static uint8_t last;
	(void)ctx;
	memset(out, ++last, len);
}

void home_start(void (*change)(mqs_broker_options *options, mqs_ports *ports))
{
	mqs_broker_options options;
	mqs_broker_options_init(&options);
	options.sys_interval_s = 0;
	mqs_ports ports = {.random = not_random, .hash_seed = {1, 2}};
	ports.log.least = MQS_LOG_NOTICE;
	if (change) {
		change(&options, &ports);
	}
	home_now_ms = 1000000;
	home_publishes = 0;
	home_expect(mqs_broker_create(&home_alloc, &options, &ports, home_now_ms, &home_broker) == MQS_OK, "no broker");
}

void home_stop(void)
{
	for (int n = 0; n < HOME_CLIENTS; n++) {
		home_client *client = &home_clients[n];
		if (client->conn) {
			home_hang_up(n);
		}
		mqs_buffer_clear(&client->heard);
		mqs_buffer_clear(&client->script);
		*client = (home_client){0};
	}
	mqs_broker_destroy(home_broker);
	home_broker = NULL;
	home_expect(blocks == 0, "%ld blocks of memory are left", blocks);
}

void home_connect(int n, const char *words)
{
	home_client *client = &home_clients[n];
	if (!client->heard.alloc) {
		mqs_buffer_init(&client->heard, &home_alloc, SIZE_MAX / 2);
		mqs_buffer_init(&client->script, &home_alloc, SIZE_MAX / 2);
	}
	client->level = MQTT_LEVEL_3_1_1;
	mqs_conn_info info = {MQS_BYTES_LITERAL("127.0.0.1:50000"), {.allow_anonymous = true}, client};
	mqs_result result;
	COUNTED(result = mqs_conn_open(home_broker, &info, home_now_ms, &client->conn));
	home_expect(result == MQS_OK, "no connection %d", n);
	uint64_t before = client->bytes;
	home_add(n, "%s", words);
	home_say(n);
	home_turn();
	home_expect(client->conn && client->bytes > before, "client %d was refused: %s", n, words);
}

void home_hang_up(int n)
{
	COUNTED(mqs_conn_close(home_clients[n].conn, home_now_ms));
	home_clients[n].conn = NULL;
	home_settle();
}

/* ---- speaking ------------------------------------------------------------------------------------------------ */

static void packet_of(mqs_buffer *out, uint8_t *level, const char *format, va_list args)
{
	char words[512];
	vsnprintf(words, sizeof(words), format, args);
	home_expect(packet_of_words(words, level, out), "cannot say: %s", words);
}

void home_packet(mqs_buffer *out, uint8_t *level, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	packet_of(out, level, format, args);
	va_end(args);
}

void home_add(int n, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	packet_of(&home_clients[n].script, &home_clients[n].level, format, args);
	va_end(args);
}

void home_say(int n)
{
	home_client *client = &home_clients[n];
	mqs_bytes bytes = mqs_buffer_view(&client->script);
	COUNTED(mqs_conn_receive(client->conn, bytes, home_now_ms));
	client->script.len = 0;
}

void home_do(int n, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	packet_of(&home_clients[n].script, &home_clients[n].level, format, args);
	va_end(args);
	home_say(n);
	home_settle();
}

/* ---- hearing ------------------------------------------------------------------------------------------------- */

/* All output of one client, a write of at most PIECES after the other; then its end, if the broker wants it. */
static void take_output(home_client *client)
{
	mqs_bytes pieces[PIECES];
	size_t count, size;
	do {
		COUNTED(count = mqs_conn_output(client->conn, pieces, PIECES));
		size = 0;
		for (size_t i = 0; i < count; i++) {
			if (client->listens || client->answers) {
				home_expect(mqs_buffer_append(&client->heard, pieces[i]) == MQS_OK, "no memory");
			}
			size += pieces[i].len;
		}
		client->bytes += size;
		if (count) {
			COUNTED(mqs_conn_output_advance(client->conn, size, home_now_ms));
		}
	} while (count && mqs_conn_output_size(client->conn));
	if (mqs_conn_wants_close(client->conn)) {
		COUNTED(mqs_conn_close(client->conn, home_now_ms));
		client->conn = NULL;
	}
}

bool home_turn(void)
{
	mqs_conn *conn;
	bool any = false;
	int64_t due;
	home_now_ms++;
	COUNTED(due = mqs_broker_next_deadline(home_broker));
	if (due <= home_now_ms) {
		COUNTED(mqs_broker_tick(home_broker, home_now_ms));
	}
	for (int turns = 0;; turns++) {
		COUNTED(conn = mqs_broker_next_ready(home_broker));
		if (!conn) {
			return any;
		}
		home_expect(turns < 1000000, "the broker never comes to rest");
		any = true;
		take_output(mqs_conn_user(conn));
	}
}

/* What the client has to say to the packet, if anything. */
static void answer(int n, const mqs_packet *packet)
{
	switch (packet->type) {
		case MQTT_PKT_PUBLISH:
			home_publishes++;
			if (packet->publish.qos) {
				home_add(n, "%s id=%u", packet->publish.qos == 1 ? "PUBACK" : "PUBREC", packet->publish.packet_id);
			}
			break;
		case MQTT_PKT_PUBREC: home_add(n, "PUBREL id=%u", packet->ack.packet_id); break;
		case MQTT_PKT_PUBREL: home_add(n, "PUBCOMP id=%u", packet->ack.packet_id); break;
		default: break;
	}
}

static void answer_all(int n)
{
	home_client *client = &home_clients[n];
	mqs_bytes rest = mqs_buffer_view(&client->heard);
	size_t total;
	mqs_packet packet;
	mqs_fault fault;
	while (mqs_frame_peek(rest, 0, &total, &fault) == MQS_OK && total <= rest.len) {
		mqs_bytes one = mqs_bytes_make(rest.ptr, total);
		home_expect(mqs_packet_decode(one, client->level, NULL, &packet, &fault) == MQS_OK,
		    "client %d heard a bad %s: %s", n, mqs_packet_type_name(one.ptr[0] >> 4), fault.what);
		answer(n, &packet);
		rest = mqs_bytes_make(rest.ptr + total, rest.len - total);
	}
	mqs_buffer_consume(&client->heard, client->heard.len - rest.len);
}

void home_settle(void)
{
	bool any = true;
	for (int turns = 0; any; turns++) {
		home_expect(turns < 100000, "the clients never come to rest");
		any = home_turn();
		for (int n = 0; n < HOME_CLIENTS; n++) {
			home_client *client = &home_clients[n];
			if (client->answers && client->heard.len) {
				answer_all(n);
			}
			if (client->answers && client->conn && client->script.len) {
				home_say(n);
				any = true;
			}
		}
	}
}

/* ---- counting ------------------------------------------------------------------------------------------------ */

void home_measure(void)
{
	CALLGRIND_START_INSTRUMENTATION;
	home_counting = true;
}

void home_measured(const char *name, uint64_t operations)
{
	home_counting = false;
	CALLGRIND_STOP_INSTRUMENTATION;
	if (name) {
		CALLGRIND_DUMP_STATS_AT(name);
		printf("%s\t%llu\n", name, (unsigned long long)operations);
	}
}
