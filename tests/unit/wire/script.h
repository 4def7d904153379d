/* SPDX-License-Identifier: MIT
 *
 * tests/unit/wire/script.h - plays the steps of a case to a broker without network: a clock, peers with names, what
 * they hear as packets. One script at a time, in the variable `play`.
 */
#ifndef MQS_TESTS_SCRIPT_H
#define MQS_TESTS_SCRIPT_H

#include "wire.h"

#include "broker/broker.h"
#include "broker/packet_words.h"

#define SCRIPT_PEERS 16
#define SCRIPT_HEARD 1024

typedef struct script_peer {
	char name[24];
	mqs_conn *conn; /* NULL: not connected */
	uint8_t level;
	bool ended;                    /* and nobody has asked yet */
	mqs_framer framer;             /* of what it hears */
	mqs_bytes heard[SCRIPT_HEARD]; /* [owned] whole packets nobody has asked for yet */
	size_t count;
} script_peer;

static struct {
	test_alloc memory;
	mqs_broker_options options;
	mqs_ports ports;
	mqs_broker *broker;
	int64_t now_ms;
	size_t cut; /* bytes given to the broker at once; 0: all */
	script_peer peers[SCRIPT_PEERS];
	size_t peer_count;
	char clause[64]; /* of the last fault the broker logged */
	uint8_t assigned;
} play;

/* ---- ports --------------------------------------------------------------------------------------------------- */

static void script_log(void *ctx, const mqs_log_record *record)
{
	(void)ctx;
	if (record->clause) {
		snprintf(play.clause, sizeof(play.clause), "%s", record->clause);
	}
}

static void script_random(void *ctx, void *out, size_t len)
{
	(void)ctx;
	memset(out, ++play.assigned, len);
}

/* ---- the broker and its home --------------------------------------------------------------------------------- */

static void forget_packet(script_peer *peer)
{
	free((void *)(uintptr_t)peer->heard[0].ptr);
	memmove(peer->heard, peer->heard + 1, --peer->count * sizeof(peer->heard[0]));
}

static void peer_hears(script_peer *peer, mqs_bytes in)
{
	mqs_bytes raw;
	mqs_fault fault;
	mqs_result result;
	while ((result = mqs_framer_next(&peer->framer, &in, &raw, &fault)) == MQS_OK) {
		uint8_t *copy = malloc(raw.len);
		if (!CHECK(peer->count < SCRIPT_HEARD) || !CHECK(copy != NULL)) {
			free(copy);
			return;
		}
		memcpy(copy, raw.ptr, raw.len);
		peer->heard[peer->count++] = mqs_bytes_make(copy, raw.len);
	}
	CHECK_EQ(result, MQS_NEED_MORE);
}

static void peer_ends(script_peer *peer)
{
	mqs_conn *conn = peer->conn;
	peer->conn = NULL;
	CHECK_EQ(mqs_framer_held(&peer->framer), 0); /* half a packet was sent */
	mqs_framer_clear(&peer->framer);
	mqs_conn_close(conn, play.now_ms);
}

/* What a home does after each call into the broker. Bounded: a broker that never comes to rest is a failure. */
static void settle(void)
{
	mqs_conn *conn;
	mqs_bytes vec[16];
	size_t count;
	int turns = 0;
	while ((conn = mqs_broker_next_ready(play.broker)) != NULL && CHECK(++turns < 100000)) {
		script_peer *peer = mqs_conn_user(conn);
		while ((count = mqs_conn_output(conn, vec, 16)) > 0 && CHECK(++turns < 100000)) {
			size_t size = 0;
			for (size_t i = 0; i < count; i++) {
				peer_hears(peer, vec[i]);
				size += vec[i].len;
			}
			mqs_conn_output_advance(conn, size, play.now_ms);
		}
		if (mqs_conn_wants_close(conn)) {
			peer_ends(peer);
			peer->ended = true;
		}
	}
}

static void pass_time(int64_t ms)
{
	int64_t until = play.now_ms + ms;
	int64_t due;
	int turns = 0;
	while ((due = mqs_broker_next_deadline(play.broker)) <= until && CHECK(++turns < 100000)) {
		play.now_ms = due > play.now_ms ? due : play.now_ms;
		mqs_broker_tick(play.broker, play.now_ms);
		settle();
	}
	play.now_ms = until;
	mqs_broker_tick(play.broker, play.now_ms);
	settle();
}

static void set_options(json_t *options)
{
	const char *name;
	json_t *value;
	json_object_foreach(options, name, value)
	{
		const mqs_option_info *option = mqs_broker_option_table;
		while (option->name && strcmp(option->name, name) != 0) {
			option++;
		}
		if (!CHECK(option->name != NULL)) {
			printf("  no such option: %s\n", name);
			continue;
		}
		bool truth = option->min == 0 && option->max == 1; /* --set of bin/mqtt-server tells them apart too */
		CHECK(truth ? json_is_boolean(value) : json_is_integer(value));
		int64_t number = truth ? json_is_true(value) : json_integer_value(value);
		memcpy((char *)&play.options + option->offset, &number, sizeof(number));
	}
}

/* A broker with options of the case. */
static bool script_begin(json_t *options, size_t cut)
{
	memset(&play, 0, sizeof(play));
	mqs_broker_options_init(&play.options);
	play.options.sys_interval_s = 0; /* its messages would stand in everybody's way */
	set_options(options);
	test_alloc_init(&play.memory, 0);
	play.now_ms = 1000000;
	play.cut = cut;
	play.ports.log.write = script_log;
	play.ports.random = script_random;
	return CHECK_EQ(
	    mqs_broker_create(&play.memory.alloc, &play.options, &play.ports, play.now_ms, &play.broker), MQS_OK);
}

/* Everybody hangs up and the broker goes; memory must be empty then. */
static void script_end(void)
{
	for (size_t i = 0; i < play.peer_count; i++) {
		if (play.peers[i].conn) {
			mqs_framer_clear(&play.peers[i].framer);
			mqs_conn_close(play.peers[i].conn, play.now_ms);
			play.peers[i].conn = NULL;
			settle();
		}
		while (play.peers[i].count) {
			forget_packet(&play.peers[i]);
		}
	}
	mqs_broker_destroy(play.broker);
	CHECK_EQ(play.memory.live, 0);
}

/* ---- steps --------------------------------------------------------------------------------------------------- */

/* The peer of this name, a new one when it is new. */
static script_peer *peer_named(const char *name)
{
	for (size_t i = 0; i < play.peer_count; i++) {
		if (strcmp(play.peers[i].name, name) == 0) {
			return &play.peers[i];
		}
	}
	if (!CHECK(play.peer_count < SCRIPT_PEERS)) {
		exit(2);
	}
	script_peer *peer = &play.peers[play.peer_count++];
	snprintf(peer->name, sizeof(peer->name), "%s", name);
	return peer;
}

/* Opens a connection if there is none. False: what was said on the last one is not asked for yet, or it was refused. */
static bool peer_connects(script_peer *peer)
{
	if (peer->conn) {
		return true;
	}
	mqs_conn_info info = {.peer = MQS_BYTES_LITERAL("127.0.0.1:1"), .rules = {.allow_anonymous = true}, .user = peer};
	if (peer->ended || peer->count) {
		return false;
	}
	peer->level = MQTT_LEVEL_3_1_1;
	mqs_framer_init(&peer->framer, &words_alloc, 0);
	if (mqs_conn_open(play.broker, &info, play.now_ms, &peer->conn) != MQS_OK) {
		peer->conn = NULL;
		peer->ended = true;
	}
	return true;
}

/* Is it a packet told by words (else bytes)? Both notations begin differently: no name begins with two hex digits. */
static bool is_words(const char *text)
{
	size_t len = strcspn(text, " ");
	for (uint8_t type = 1; type < 16; type++) {
		const char *name = mqs_packet_type_name(type);
		if (strlen(name) == len && strncmp(name, text, len) == 0) {
			return true;
		}
	}
	return false;
}

/* The level that bytes of a CONNECT ask for: how its sender reads answers. */
static uint8_t level_of_connect(mqs_bytes bytes)
{
	for (size_t i = 0; i + 6 < bytes.len && i < 8; i++) {
		if (memcmp(bytes.ptr + i, "\0\4MQTT\5", 7) == 0) {
			return MQTT_LEVEL_5;
		}
	}
	return MQTT_LEVEL_3_1_1;
}

static void say_bytes(script_peer *peer, mqs_bytes bytes)
{
	while (bytes.len && peer->conn) {
		size_t len = play.cut && play.cut < bytes.len ? play.cut : bytes.len;
		len = bytes.len > 4000 && len < 997 ? 997 : len;
		mqs_conn_receive(peer->conn, mqs_bytes_make(bytes.ptr, len), play.now_ms);
		bytes = mqs_bytes_make(bytes.ptr + len, bytes.len - len);
		settle();
	}
}

static bool step_say(script_peer *peer, const char *text)
{
	if (!peer_connects(peer)) {
		printf("  %s has not been asked for all it heard\n", peer->name);
		return false;
	}
	if (is_words(text)) {
		mqs_buffer out;
		mqs_buffer_init(&out, &words_alloc, 5 + MQTT_VARINT_MAX);
		bool good = packet_of_words(text, &peer->level, &out);
		say_bytes(peer, mqs_buffer_view(&out));
		mqs_buffer_clear(&out);
		return good;
	}
	mqs_bytes bytes = packet_text(text);
	if (bytes.len && bytes.ptr[0] >> 4 == MQTT_PKT_CONNECT) {
		peer->level = level_of_connect(bytes);
	}
	say_bytes(peer, bytes);
	free((void *)(uintptr_t)bytes.ptr);
	return true;
}

/* Is the word there, or absent when it begins with "!"? */
static bool word_holds(const char *line, const char *word)
{
	bool absent = word[0] == '!';
	size_t len = strlen(word + absent);
	for (const char *at = line; (at = strchr(at, ' ')) != NULL;) {
		at++;
		if (strncmp(at, word + absent, len) == 0 && (at[len] == ' ' || at[len] == 0 || (absent && at[len] == '='))) {
			return !absent;
		}
	}
	return absent;
}

/* "NAME word … *": the packet has at least these words. Without the star: exactly this line. */
static bool line_matches(const char *line, const char *expected)
{
	size_t len = strlen(expected);
	if (len < 2 || strcmp(expected + len - 2, " *") != 0) {
		return strcmp(line, expected) == 0;
	}
	char *copy = strdup(expected), *save = NULL;
	copy[len - 2] = 0;
	char *word = strtok_r(copy, " ", &save);
	size_t name = strlen(word);
	bool good = strncmp(line, word, name) == 0 && (line[name] == ' ' || line[name] == 0);
	while (good && (word = strtok_r(NULL, " ", &save)) != NULL) {
		good = word_holds(line, word);
	}
	free(copy);
	return good;
}

static void words_heard(script_peer *peer, mqs_bytes raw, char *line, size_t size)
{
	mqs_packet packet;
	mqs_fault fault;
	if (mqs_packet_decode(raw, peer->level, NULL, &packet, &fault) == MQS_OK) {
		words_of_packet(line, size, &packet);
	} else {
		snprintf(line, size, "bad packet of type %d: %s", raw.ptr[0] >> 4, fault.what);
	}
}

static bool step_hear(script_peer *peer, const char *expected)
{
	static char line[8192];
	bool good;
	if (peer->count == 0) {
		printf("  expected: %s\n  heard:    %s\n", expected, peer->ended ? "the end" : "nothing");
		return false;
	}
	words_heard(peer, peer->heard[0], line, sizeof(line));
	if (is_words(expected)) {
		good = line_matches(line, expected);
	} else {
		mqs_bytes bytes = packet_text(expected);
		good = mqs_bytes_equal(bytes, peer->heard[0]);
		free((void *)(uintptr_t)bytes.ptr);
	}
	if (!good) {
		printf("  expected: %s\n  heard:    %.400s\n  in bytes:", expected, line);
		for (size_t i = 0; i < peer->heard[0].len && i < 64; i++) {
			printf(" %02X", peer->heard[0].ptr[i]);
		}
		printf("\n");
	}
	forget_packet(peer);
	return good;
}

/* Nothing came that nobody asked for. */
static bool step_quiet(script_peer *peer, bool closed)
{
	static char line[8192];
	if (peer->count) {
		words_heard(peer, peer->heard[0], line, sizeof(line));
		printf("  expected nothing, %s heard: %.400s\n", peer->name, line);
		return false;
	}
	if (closed != peer->ended) {
		printf("  %s is %s\n", peer->name, closed ? "still open" : "closed");
		return false;
	}
	peer->ended = false;
	return true;
}

static bool step_come(script_peer *peer, const char *words)
{
	char line[1024];
	snprintf(line, sizeof(line), "CONNECT %s", words);
	return step_say(peer, line) && step_hear(peer, "CONNACK rc=00 *");
}

static bool step_hang_up(script_peer *peer)
{
	if (!peer->conn) {
		return false;
	}
	peer_ends(peer);
	settle();
	return true;
}

/* One step: "NAME VERB REST", "wait MS", or a comment. False: not as the step says. */
static bool script_step(const char *step)
{
	char name[24];
	int at = 0;
	if (step[0] == '#') {
		return true;
	}
	if (sscanf(step, "%23s %n", name, &at) != 1) {
		return false;
	}
	const char *rest = step + at;
	if (strcmp(name, "wait") == 0) {
		pass_time(strtoll(rest, NULL, 10));
		return true;
	}
	script_peer *peer = peer_named(name);
	return strncmp(rest, "> ", 2) == 0       ? step_say(peer, rest + 2)
	       : strncmp(rest, "< ", 2) == 0     ? step_hear(peer, rest + 2)
	       : strncmp(rest, "comes ", 6) == 0 ? step_come(peer, rest + 6)
	       : strcmp(rest, "closed") == 0     ? step_quiet(peer, true)
	       : strcmp(rest, "quiet") == 0      ? step_quiet(peer, false)
	       : strcmp(rest, "hangs up") == 0   ? step_hang_up(peer)
	                                         : false;
}

/* Nobody may have heard more than the script asked for. */
static bool script_all_heard(void)
{
	bool good = true;
	for (size_t i = 0; i < play.peer_count; i++) {
		good = step_quiet(&play.peers[i], false) && good;
	}
	return good;
}

#endif
