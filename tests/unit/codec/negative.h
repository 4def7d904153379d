/* SPDX-License-Identifier: MIT
 *
 * tests/unit/codec/negative.h - bad packets: the shape of a table row, and the check of one.
 */
#ifndef MQS_TESTS_NEGATIVE_H
#define MQS_TESTS_NEGATIVE_H

#include "harness.h"
#include "packet_text.h"

typedef struct negative {
	const char *what;
	uint8_t level;
	const char *text;
	mqs_result result;
	uint8_t reason;
	const char *clause;
} negative;

/* The everyday pairs of result and reason. */
#define MALFORMED MQS_ERR_MALFORMED, MQTT_RC_MALFORMED_PACKET
#define PROTOCOL  MQS_ERR_PROTOCOL, MQTT_RC_PROTOCOL_ERROR

static void check_negative(const negative *row)
{
	mqs_bytes in = packet_text(row->text);
	mqs_packet packet;
	mqs_fault fault = {0};
	mqs_result result = mqs_packet_decode(in, row->level, NULL, &packet, &fault);
	CHECK_EQ(result, row->result);
	if (CHECK(result != MQS_OK)) {
		CHECK_EQ(fault.reason, row->reason);
		CHECK(fault.offset <= in.len);
		CHECK(fault.what && fault.what[0]);
		if (!CHECK(fault.clause && strcmp(fault.clause, row->clause) == 0)) {
			printf("  clause %s, expected %s: %s\n", fault.clause, row->clause, fault.what);
		}
		CHECK_EQ(mqs_packet_decode(in, row->level, NULL, &packet, NULL), row->result);
	}
	free((void *)(uintptr_t)in.ptr);
}

static void check_table(const char *name, const negative *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		test_case("%s: %u %s", name, rows[i].level, rows[i].what);
		check_negative(&rows[i]);
	}
}

#define CHECK_TABLE(rows) check_table(__func__, rows, sizeof(rows) / sizeof(rows[0]))

#endif
