/* SPDX-License-Identifier: MIT
 *
 * tests/unit/wire/core_test.c - the packets and scripts of tests/vectors/wire over the broker, with a fake clock. Each
 * runs twice: what is said at once in one piece, and byte by byte.
 */
#include "script.h"

static bool must(const char *step)
{
	if (!test_check(script_step(step), step, __FILE__, __LINE__)) {
		return false;
	}
	return true;
}

static void play_steps(json_t *steps)
{
	size_t index;
	json_t *step;
	json_array_foreach(steps, index, step)
	{
		if (!CHECK(json_is_string(step)) || !must(json_string_value(step))) {
			return;
		}
	}
	CHECK(script_all_heard());
}

/* What follows from the fault when the case does not say it. */
static bool expect_fault(uint8_t level, bool is_connect, uint8_t reason, const char *clause)
{
	char step[64];
	int code = level == 5 ? reason : reason == MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION ? 1 : 2;
	bool answered = level == 5 || (is_connect && (reason == MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION ||
	                                                 reason == MQTT_RC_CLIENT_IDENTIFIER_NOT_VALID));
	snprintf(step, sizeof(step), is_connect ? "a < CONNACK rc=%02X sp=0" : "a < DISCONNECT rc=%02X", code);
	if (!test_check(strcmp(play.clause, clause) == 0, "the clause in the log", __FILE__, __LINE__)) {
		printf("  clause %s, expected %s\n", play.clause, clause);
	}
	return (!answered || must(step)) && must("a closed");
}

static bool expect_listed(json_t *expected)
{
	size_t index;
	json_t *line;
	json_array_foreach(expected, index, line)
	{
		char step[1024];
		const char *text = json_string_value(line);
		if (strcmp(text, "CLOSED") == 0) {
			return must("a closed");
		}
		snprintf(step, sizeof(step), "a < %s", text);
		if (!must(step)) {
			return false;
		}
	}
	return must("a quiet");
}

/* One packet: behind a CONNECT of its level, unless it is a CONNECT itself or is meant to be the first. */
static void play_packet(json_t *object)
{
	static const char *const comes[] = {
	    "a comes v3 id=wire clean", "a comes v4 id=wire clean", "a comes v5 id=wire clean"};
	uint8_t level = (uint8_t)json_integer_value(json_object_get(object, "level"));
	json_t *expected = json_object_get(object, "broker");
	mqs_bytes bytes = packet_text(wire_text(object, "bytes"));
	bool is_connect = bytes.len && bytes.ptr[0] >> 4 == MQTT_PKT_CONNECT;
	const char *clause = NULL;
	uint8_t reason = 0;
	script_peer *peer = peer_named("a");

	if (is_connect || json_is_true(json_object_get(object, "first"))) {
		CHECK(peer_connects(peer));
		peer->level = is_connect ? level_of_connect(bytes) : level;
	} else if (!must(comes[level - 3])) {
		free((void *)(uintptr_t)bytes.ptr);
		return;
	}
	say_bytes(peer, bytes);
	bool fault = wire_fault(object, &reason, &clause);
	if (expected ? expect_listed(expected)
	    : fault  ? expect_fault(level, is_connect, reason, clause)
	             : CHECK(!is_connect) && must("a quiet") && must("a > PINGREQ") && must("a < PINGRESP")) {
		CHECK(script_all_heard());
	}
	free((void *)(uintptr_t)bytes.ptr);
}

static void play_case(json_t *object)
{
	json_t *steps = json_object_get(object, "steps");
	for (size_t cut = 0; cut < 2; cut++) {
		if (script_begin(json_object_get(object, "options"), cut)) {
			if (steps) {
				play_steps(steps);
			} else {
				play_packet(object);
			}
			script_end();
		}
	}
}

static void scripts_and_packets(void)
{
	wire_each(play_case);
}

TEST_MAIN(TEST_ENTRY(scripts_and_packets))
