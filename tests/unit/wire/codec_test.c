/* SPDX-License-Identifier: MIT
 *
 * tests/unit/wire/codec_test.c - the packets of tests/vectors/wire through the decoder.
 */
#include "wire.h"

/* "result" names it; without, it follows from the reason. */
static mqs_result expected_result(const json_t *object, uint8_t reason)
{
	const char *name = wire_text(object, "result");
	if (name) {
		CHECK(strcmp(name, "limit") == 0);
		return MQS_ERR_LIMIT;
	}
	return reason == MQTT_RC_MALFORMED_PACKET ? MQS_ERR_MALFORMED : MQS_ERR_PROTOCOL;
}

static void check_bad(const json_t *object, mqs_bytes in, uint8_t level, uint8_t reason, const char *clause)
{
	mqs_packet packet;
	mqs_fault fault = {0};
	mqs_result expected = expected_result(object, reason);
	const json_t *offset = json_object_get(object, "offset");
	const json_t *answer_level = json_object_get(object, "answer_level");
	if (!CHECK_EQ(mqs_packet_decode(in, level, NULL, &packet, &fault), expected)) {
		return;
	}
	CHECK_EQ(fault.reason, reason);
	CHECK(fault.offset <= in.len);
	CHECK(fault.what && fault.what[0]);
	if (!CHECK(fault.clause && strcmp(fault.clause, clause) == 0)) {
		printf("  clause %s, expected %s: %s\n", fault.clause, clause, fault.what);
	}
	if (offset) {
		CHECK_EQ(fault.offset, json_integer_value(offset));
	}
	if (answer_level) {
		CHECK_EQ(packet.type, MQTT_PKT_CONNECT);
		CHECK_EQ(packet.level, json_integer_value(answer_level));
	}
	CHECK_EQ(mqs_packet_decode(in, level, NULL, &packet, NULL), expected);
}

static void check_good(mqs_bytes in, uint8_t level)
{
	mqs_packet packet;
	mqs_fault fault = {0};
	if (!CHECK_EQ(mqs_packet_decode(in, level, NULL, &packet, &fault), MQS_OK)) {
		printf("  clause %s: %s\n", fault.clause, fault.what);
		return;
	}
	CHECK_EQ(packet.type, in.ptr[0] >> 4);
	size_t size = mqs_packet_size(&packet);
	CHECK(size >= 2 && size <= in.len);
}

static void check_packet(json_t *object)
{
	const char *text = wire_text(object, "bytes");
	const char *fault = wire_text(object, "fault");
	const char *clause = NULL;
	uint8_t reason = 0;
	if (!text) {
		CHECK(json_is_array(json_object_get(object, "steps"))); /* for the broker */
		return;
	}
	uint8_t level = (uint8_t)json_integer_value(json_object_get(object, "level"));
	if (!CHECK(level >= 3 && level <= 5) || !CHECK(fault != NULL)) {
		return;
	}
	mqs_bytes in = packet_text(text);
	if (wire_fault(object, &reason, &clause)) {
		check_bad(object, in, level, reason, clause);
	} else {
		check_good(in, level);
	}
	free((void *)(uintptr_t)in.ptr);
}

static void packets(void)
{
	wire_each(check_packet);
}

TEST_MAIN(TEST_ENTRY(packets))
