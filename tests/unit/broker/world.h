/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/world.h - a scripted world around one broker: a clock, connections that speak and hear packets as
 * lines of text, hooks that a test fills, an allocator that can fail. One world at a time, in the variable `w`; with
 * WORLD_COUNT defined before, there are several, and `world` points to the one that is `w` now.
 *
 *     start();
 *     come(1, "CONNECT v5 id=a clean");            opens a connection, sends, expects CONNACK 00
 *     say(1, "SUBSCRIBE id=1 f=a/# q=1");
 *     hear(1, "SUBACK id=1 01");
 *     say(2, "PUBLISH q=1 id=7 t=a/b p=hi");
 *     hear(1, "PUBLISH q=1 id=1 t=a/b p=hi");      all that came since the last hear(), in order
 *     finish();                                    closes everything; nothing may be left in memory
 *
 * A line may end in "*": the rest does not matter. "CLOSED" stands for the end of the connection. Words of a packet:
 * packet_words.h. A payload "#N" is N bytes of a pattern.
 */
#ifndef MQS_TESTS_WORLD_H
#define MQS_TESTS_WORLD_H

#define _POSIX_C_SOURCE 200809L /* strdup, strtok_r: include this file first */

#include "client.h"

#define WORLD_CONNS  8
#define WORLD_EVENTS 256

typedef mqs_verdict (*world_decide)(mqs_event *event);

#ifndef WORLD_COUNT
#define WORLD_COUNT 1
#endif

static struct world {
	test_alloc memory;
	mqs_broker_options options;
	mqs_ports ports;
	mqs_broker *broker;
	int64_t now_ms;
	test_client conns[WORLD_CONNS];
	world_decide decide[MQS_EVENT_KINDS][2];
	char events[WORLD_EVENTS][160]; /* what hooks were asked, and tickets that were cancelled */
	size_t event_count, ended;      /* ended: events told by asked() already */
	uint64_t tickets[WORLD_EVENTS]; /* of those answered with LATER */
	size_t ticket_count;
	char log[512]; /* the last line */
	size_t log_count;
	uint8_t assigned;
} worlds[WORLD_COUNT], *world = worlds;

#define w (*world)

/* ---- ports --------------------------------------------------------------------------------------------------- */

static const char *const event_names[] = {
    "CONNECT", "AUTH", "PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE", "PINGREQ", "DISCONNECT", "CLOSE", "DELIVER"};

__attribute__((format(printf, 1, 2))) static void note_event(const char *format, ...)
{
	if (w.event_count < WORLD_EVENTS) {
		va_list args;
		va_start(args, format);
		vsnprintf(w.events[w.event_count++], sizeof(w.events[0]), format, args);
		va_end(args);
	}
}

static mqs_verdict world_ask(void *ctx, mqs_event *event)
{
	(void)ctx;
	bool message = event->kind == MQS_EVENT_PUBLISH || event->kind == MQS_EVENT_DELIVER;
	note_event("%s %s %.*s%s%.*s%s%.*s", event->phase ? "AFTER" : "BEFORE", event_names[event->kind],
	    (int)event->client_id.len, (const char *)event->client_id.ptr, message ? " t=" : "",
	    message ? (int)event->packet->publish.topic.len : 0,
	    message ? (const char *)event->packet->publish.topic.ptr : "", event->publisher.len ? " by=" : "",
	    (int)event->publisher.len, event->publisher.len ? (const char *)event->publisher.ptr : "");
	if (event->kind == MQS_EVENT_CLOSE) {
		note_event("closed for %02X", event->reply->reason);
	}
	world_decide decide = w.decide[event->kind][event->phase];
	mqs_verdict verdict = decide ? decide(event) : MQS_ALLOW;
	if (verdict == MQS_DECIDE_LATER && w.ticket_count < WORLD_EVENTS) {
		w.tickets[w.ticket_count++] = event->ticket;
	}
	return verdict;
}

static void world_cancel(void *ctx, uint64_t ticket, uint8_t reason)
{
	(void)ctx;
	size_t index = 0;
	while (index < w.ticket_count && w.tickets[index] != ticket) {
		index++;
	}
	note_event("CANCEL %zu %02X", index, reason);
}

static void world_log(void *ctx, const mqs_log_record *record)
{
	(void)ctx;
	w.log_count++;
	snprintf(w.log, sizeof(w.log), "%s|%.*s|%s|%02X", record->what, (int)record->client_id.len,
	    (const char *)record->client_id.ptr, record->clause ? record->clause : "", record->reason);
}

static void world_random(void *ctx, void *out, size_t len)
{
	(void)ctx;
	memset(out, ++w.assigned, len);
}

/* The hooks will be asked about this. */
__attribute__((unused)) static void ask(mqs_event_kind kind, mqs_phase phase, world_decide decide)
{
	w.decide[kind][phase] = decide;
	w.ports.hooks.wants[phase] |= 1u << kind;
	if (w.broker) {
		mqs_broker_set_wants(w.broker, phase, w.ports.hooks.wants[phase]);
	}
}

/* ---- life ---------------------------------------------------------------------------------------------------- */

/* Options as they are by default; a test changes w.options before start(). */
__attribute__((unused)) static void prepare(void)
{
	memset(&w, 0, sizeof(w));
	mqs_broker_options_init(&w.options);
	w.options.sys_interval_s = 0; /* its messages would stand in everybody's way */
	test_alloc_init(&w.memory, 0);
	w.now_ms = 1000000;
	w.ports.hooks.decide = world_ask;
	w.ports.hooks.cancel = world_cancel;
	w.ports.log.write = world_log;
	w.ports.random = world_random;
	w.ports.hash_seed[0] = 1;
	w.ports.hash_seed[1] = 2;
}

/* False: out of memory (only when a test made it so). */
__attribute__((unused)) static bool start_prepared(void)
{
	return mqs_broker_create(&w.memory.alloc, &w.options, &w.ports, w.now_ms, &w.broker) == MQS_OK;
}

__attribute__((unused)) static void start(void)
{
	prepare();
	CHECK(start_prepared());
}

/* ---- what hooks say ------------------------------------------------------------------------------------------- */

__attribute__((unused)) static mqs_verdict allow(mqs_event *event)
{
	(void)event;
	return MQS_ALLOW;
}

__attribute__((unused)) static mqs_verdict deny(mqs_event *event)
{
	(void)event;
	return MQS_DENY;
}

__attribute__((unused)) static mqs_verdict later(mqs_event *event)
{
	(void)event;
	return MQS_DECIDE_LATER;
}

/* Starts what was prepared; PUBLISH is decided later, `n` of a connection at a time. */
__attribute__((unused)) static void start_together(uint32_t n)
{
	w.ports.hooks.publish_concurrency = n;
	CHECK(start_prepared());
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, later);
}

/* ---- hearing ------------------------------------------------------------------------------------------------- */

__attribute__((unused)) static void take_output(test_client *c, size_t most)
{
	client_take_output(c, most, w.now_ms);
}

/* What a home does after each call into the broker. */
static void settle(void)
{
	clients_serve(w.broker, w.now_ms);
}

/* Time passes, timers fire, in steps as a home would do it. */
__attribute__((unused)) static void pass(int64_t ms)
{
	int64_t until = w.now_ms + ms;
	int64_t due;
	int turns = 0;
	while ((due = mqs_broker_next_deadline(w.broker)) <= until && CHECK(++turns < 100000)) {
		w.now_ms = due > w.now_ms ? due : w.now_ms;
		mqs_broker_tick(w.broker, w.now_ms);
		settle();
	}
	w.now_ms = until;
	mqs_broker_tick(w.broker, w.now_ms);
	settle();
}

/* ---- speaking ------------------------------------------------------------------------------------------------ */

/* False: refused. */
__attribute__((unused)) static bool call_from(int n, bool allow_anonymous)
{
	return client_call(&w.conns[n], w.broker, allow_anonymous, w.now_ms);
}

__attribute__((unused)) static bool call(int n)
{
	return call_from(n, true);
}

/* With WORLD_OUTSIDE defined before, questions about PUBLISH are answered when the broker has been left. */
static void receive(mqs_conn *conn, mqs_bytes in)
{
#ifdef WORLD_OUTSIDE
	mqs_result result = mqs_conn_receive_asking(conn, &in, w.now_ms);
	int turns = 0;
	while (result == MQS_PENDING && CHECK(++turns < 100000)) {
		mqs_event *event = mqs_conn_asked(conn);
		CHECK(event != NULL && event->kind == MQS_EVENT_PUBLISH && event->conn == conn);
		result = mqs_conn_answer(conn, world_ask(NULL, event), w.now_ms);
		if (result == MQS_OK) {
			result = mqs_conn_receive_asking(conn, &in, w.now_ms);
		}
	}
	CHECK(result == MQS_ERR_CLOSED || (result == MQS_OK && in.len == 0));
	CHECK(mqs_conn_asked(conn) == NULL);
	CHECK(mqs_conn_answer(conn, MQS_ALLOW, w.now_ms) == MQS_NOT_FOUND);
#else
	mqs_conn_receive(conn, in, w.now_ms);
#endif
}

/* Bytes as they are, `cut` at a time (0: at once). */
__attribute__((unused)) static void say_bytes(int n, mqs_bytes bytes, size_t cut)
{
	test_client *c = &w.conns[n];
	while (bytes.len && c->conn) {
		size_t len = cut && cut < bytes.len ? cut : bytes.len;
		receive(c->conn, mqs_bytes_make(bytes.ptr, len));
		bytes = mqs_bytes_make(bytes.ptr + len, bytes.len - len);
		settle();
	}
}

/* Sends one packet, told by words, `cut` bytes at a time. */
__attribute__((unused)) static void say_cut(int n, size_t cut, const char *words)
{
	mqs_buffer out;
	uint8_t level = w.conns[n].level;
	mqs_buffer_init(&out, &words_alloc, 5 + MQTT_VARINT_MAX);
	if (CHECK(packet_of_words(words, &level, &out))) {
		w.conns[n].level = level;
		say_bytes(n, mqs_buffer_view(&out), cut);
	} else {
		printf("cannot say: %s\n", words);
	}
	mqs_buffer_clear(&out);
}

__attribute__((format(printf, 2, 3), unused)) static void say(int n, const char *format, ...)
{
	char words[2048];
	va_list args;
	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	say_cut(n, 0, words);
}

/* Several packets in one piece: those of `lines`, separated by newlines. */
__attribute__((unused)) static void say_all(int n, const char *lines)
{
	mqs_buffer out;
	mqs_buffer_init(&out, &words_alloc, 5 + MQTT_VARINT_MAX);
	char *copy = strdup(lines), *save = NULL;
	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		CHECK(packet_of_words(line, &w.conns[n].level, &out));
	}
	free(copy);
	say_bytes(n, mqs_buffer_view(&out), 0);
	mqs_buffer_clear(&out);
}

/* The network connection breaks. */
__attribute__((unused)) static void hang_up(int n)
{
	if (w.conns[n].conn) {
		client_end(&w.conns[n], w.now_ms);
		settle();
	}
}

/* A reader that was stuck reads again. */
__attribute__((unused)) static void read_on(int n)
{
	w.conns[n].stuck = false;
	take_output(&w.conns[n], 0);
	settle();
}

/* ---- judging ------------------------------------------------------------------------------------------------- */

/* What connection n heard since the last time. */
#define hear(n, ...)    client_heard(&w.conns[n], (const char *const[]){__VA_ARGS__, NULL}, __FILE__, __LINE__)
#define hear_nothing(n) client_heard(&w.conns[n], (const char *const[]){NULL}, __FILE__, __LINE__)

__attribute__((unused)) static void world_asked(const char *const *expected, const char *file, int line)
{
	size_t count = 0;
	bool good = true;
	while (expected[count]) {
		good = good && w.ended + count < w.event_count && line_matches(w.events[w.ended + count], expected[count]);
		count++;
	}
	good = good && w.ended + count == w.event_count;
	if (!test_check(good, "hooks were asked something else", file, line) && test_state.broken <= 5) {
		for (size_t i = 0; i < count; i++) {
			printf("  expected: %s\n", expected[i]);
		}
		for (size_t i = w.ended; i < w.event_count; i++) {
			printf("  asked:    %s\n", w.events[i]);
		}
	}
	w.ended = w.event_count;
}

/* What the hooks were asked since the last time. */
#define asked(...)      world_asked((const char *const[]){__VA_ARGS__, NULL}, __FILE__, __LINE__)
#define asked_nothing() world_asked((const char *const[]){NULL}, __FILE__, __LINE__)

/* Opens connection n, connects and throws the successful CONNACK away. */
__attribute__((unused)) static void world_come(int n, const char *words, const char *file, int line)
{
	call(n);
	say_cut(n, 0, words);
	client_is_in(&w.conns[n], file, line);
}
#define come(n, words) world_come(n, words, __FILE__, __LINE__)

__attribute__((unused)) static const mqs_broker_stats *stats(void)
{
	return mqs_broker_get_stats(w.broker);
}

/* The verdict for the ticket that was given out as number `index`. */
__attribute__((unused)) static mqs_result resolve(size_t index, mqs_verdict verdict)
{
	mqs_result result = mqs_broker_resolve(w.broker, w.tickets[index], verdict, w.now_ms);
	settle();
	return result;
}

__attribute__((unused)) static mqs_event *pending(size_t index)
{
	return mqs_broker_pending(w.broker, w.tickets[index]);
}

__attribute__((unused)) static mqs_bytes text(const char *string)
{
	return mqs_bytes_make(string, strlen(string));
}

/* A message of the server's own. */
__attribute__((unused)) static mqs_result publish(const char *topic, const char *payload, int qos, bool retain)
{
	mqs_publish message = {.topic = text(topic), .payload = text(payload), .qos = (uint8_t)qos, .retain = retain};
	mqs_result result = mqs_broker_publish(w.broker, &message, w.now_ms, NULL);
	settle();
	return result;
}

__attribute__((unused)) static mqs_result kick(const char *client_id, uint8_t reason, bool discard)
{
	mqs_bytes none = {NULL, 0};
	mqs_result result = mqs_broker_disconnect(w.broker, text(client_id), reason, none, discard, w.now_ms);
	settle();
	return result;
}

/* Everybody hangs up and the broker goes; memory must be empty then. */
__attribute__((unused)) static void finish(void)
{
	for (int n = 0; n < WORLD_CONNS; n++) {
		hang_up(n);
		forget_heard(&w.conns[n]);
	}
	if (stats()->connections) {
		pass(1);
	}
	CHECK(stats()->connections == 0 || stats()->pending_decisions > 0); /* those linger */
	/* While memory fails, an absent session may have been lost; what is left is counted right in any case. */
	mqs_broker_destroy(w.broker);
	w.broker = NULL;
	CHECK_EQ(w.memory.live, 0);
}

#endif
