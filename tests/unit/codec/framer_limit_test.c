/* SPDX-License-Identifier: MIT
 *
 * tests/unit/codec/framer_limit_test.c - the framer when its limit changes between two packets, as it does after
 * CONNECT: what may be collected of a split packet follows the limit.
 */
#include "harness.h"
#include "codec/codec.h"

#define BODY 5000 /* of a PUBLISH; its fixed header has 3 bytes */

static uint8_t packet[BODY + 3] = {0x30, (BODY & 127) | 128, BODY >> 7};

/* Feeds the packet in two parts; the result of the second. */
static mqs_result feed(mqs_framer *framer, size_t cut, mqs_fault *fault)
{
	mqs_bytes in = mqs_bytes_make(packet, cut), out;
	mqs_result result = mqs_framer_next(framer, &in, &out, fault);
	if (result != MQS_NEED_MORE) {
		return result;
	}
	in = mqs_bytes_make(packet + cut, sizeof(packet) - cut);
	result = mqs_framer_next(framer, &in, &out, fault);
	if (result == MQS_OK) {
		CHECK_EQ(out.len, sizeof(packet));
		CHECK(memcmp(out.ptr, packet, sizeof(packet)) == 0);
	}
	return result;
}

static void raised(void)
{
	static const size_t cuts[] = {1, 2, 3, 63, 64, 65, 1000, BODY, BODY + 2};
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		test_alloc memory;
		mqs_framer framer;
		mqs_fault fault;
		test_alloc_init(&memory, 0);
		mqs_framer_init(&framer, &memory.alloc, 64);
		mqs_framer_limit(&framer, sizeof(packet));
		CHECK_EQ(feed(&framer, cuts[i], &fault), MQS_OK);
		mqs_framer_clear(&framer);
		CHECK_EQ(memory.live, 0);
	}
}

static void lowered(void)
{
	test_alloc memory;
	mqs_framer framer;
	mqs_fault fault = {0};
	test_alloc_init(&memory, 0);
	mqs_framer_init(&framer, &memory.alloc, 0);
	mqs_framer_limit(&framer, sizeof(packet) - 1);
	CHECK_EQ(feed(&framer, 1000, &fault), MQS_ERR_LIMIT);
	CHECK_EQ(fault.reason, MQTT_RC_PACKET_TOO_LARGE);
	mqs_framer_clear(&framer);

	/* Within a packet that has begun to arrive. */
	mqs_framer_init(&framer, &memory.alloc, 0);
	mqs_bytes in = mqs_bytes_make(packet, 1000), out;
	CHECK_EQ(mqs_framer_next(&framer, &in, &out, &fault), MQS_NEED_MORE);
	mqs_framer_limit(&framer, 64);
	in = mqs_bytes_make(packet + 1000, 1);
	CHECK_EQ(mqs_framer_next(&framer, &in, &out, &fault), MQS_ERR_LIMIT);
	mqs_framer_clear(&framer);
	CHECK_EQ(memory.live, 0);
}

TEST_MAIN(TEST_ENTRY(raised), TEST_ENTRY(lowered))
