/* SPDX-License-Identifier: MIT
 *
 * tests/unit/codec/framer_test.c - the same packets whatever the pieces they come in; limits, faults, no memory.
 */
#include "harness.h"
#include "vectors.h"

/* What came out of a framer: all packets one after another, so that two runs can be compared. */
typedef struct outcome {
	uint8_t *bytes;
	size_t len;
	size_t packets;
	mqs_result result; /* the last one */
	mqs_fault fault;
} outcome;

/* Feeds `in` in pieces of `chunk` bytes, each in memory of its own that is gone before the next. */
static outcome feed(mqs_framer *framer, mqs_bytes in, size_t chunk)
{
	outcome out = {.bytes = malloc(mqs_framer_held(framer) + in.len + 1), .result = MQS_NEED_MORE};
	for (size_t at = 0; at < in.len && out.result == MQS_NEED_MORE; at += chunk) {
		size_t len = in.len - at < chunk ? in.len - at : chunk;
		uint8_t *piece = malloc(len);
		if (!out.bytes || !piece) {
			exit(2);
		}
		memcpy(piece, in.ptr + at, len);
		mqs_bytes rest = mqs_bytes_make(piece, len);
		mqs_bytes packet;
		while ((out.result = mqs_framer_next(framer, &rest, &packet, &out.fault)) == MQS_OK) {
			memcpy(out.bytes + out.len, packet.ptr, packet.len);
			out.len += packet.len;
			out.packets++;
		}
		CHECK(out.result != MQS_NEED_MORE || rest.len == 0);
		free(piece);
	}
	return out;
}

static const size_t chunks[] = {1, 2, 3, 5, 11, 127, 1460, 65536, SIZE_MAX / 2};
#define CHUNKS (sizeof(chunks) / sizeof(chunks[0]))

static void every_packet_in_every_piece_size(void)
{
	test_alloc test;
	test_alloc_init(&test, 0);
	for (size_t i = 0; i < VECTORS; i++) {
		test_case("every_packet_in_every_piece_size: %s", vectors[i].name);
		mqs_bytes in = packet_text(vectors[i].text);
		for (size_t c = 0; c < CHUNKS; c++) {
			mqs_framer framer;
			mqs_framer_init(&framer, &test.alloc, 0);
			outcome out = feed(&framer, in, chunks[c]);
			CHECK_EQ(out.packets, 1);
			CHECK(mqs_bytes_equal(mqs_bytes_make(out.bytes, out.len), in));
			CHECK_EQ(mqs_framer_held(&framer), 0);
			if (chunks[c] >= in.len) {
				CHECK_EQ(test.calls, 0); /* a whole packet is returned in place */
			}
			mqs_framer_clear(&framer);
			free(out.bytes);
			CHECK_EQ(test.live, 0);
			test.calls = 0;
		}
		free((void *)(uintptr_t)in.ptr);
	}
}

static mqs_bytes all_glued(size_t *packets)
{
	size_t len = 0;
	uint8_t *glued = NULL;
	for (size_t i = 0; i < VECTORS; i++) {
		mqs_bytes in = packet_text(vectors[i].text);
		glued = realloc(glued, len + in.len);
		if (!glued) {
			exit(2);
		}
		memcpy(glued + len, in.ptr, in.len);
		len += in.len;
		free((void *)(uintptr_t)in.ptr);
	}
	*packets = VECTORS;
	return mqs_bytes_make(glued, len);
}

static void all_packets_glued(void)
{
	size_t packets = 0;
	mqs_bytes in = all_glued(&packets);
	test_alloc test;
	test_alloc_init(&test, 0);
	for (size_t c = 0; c < CHUNKS; c++) {
		test_case("all_packets_glued: pieces of %zu", chunks[c]);
		mqs_framer framer;
		mqs_framer_init(&framer, &test.alloc, 0);
		outcome out = feed(&framer, in, chunks[c]);
		CHECK_EQ(out.packets, packets);
		CHECK(mqs_bytes_equal(mqs_bytes_make(out.bytes, out.len), in));
		CHECK_EQ(mqs_framer_held(&framer), 0);
		mqs_framer_clear(&framer);
		free(out.bytes);
		CHECK_EQ(test.live, 0);
	}
	free((void *)(uintptr_t)in.ptr);
}

/* Two packets, cut at every place: the second keeps its start although the first went by. */
static void two_packets_cut_everywhere(void)
{
	mqs_bytes in = packet_text("30 07 'a/b' 6869 82 08 0001 'a/b' 00");
	test_alloc test;
	test_alloc_init(&test, 0);
	for (size_t cut = 0; cut <= in.len; cut++) {
		mqs_framer framer;
		mqs_framer_init(&framer, &test.alloc, 0);
		outcome first = feed(&framer, mqs_bytes_make(in.ptr, cut), cut ? cut : 1);
		CHECK_EQ(mqs_framer_held(&framer), cut < 9 ? cut : cut < 19 ? cut - 9 : 0);
		outcome second = feed(&framer, mqs_bytes_make(in.ptr + cut, in.len - cut), in.len);
		CHECK_EQ(first.packets + second.packets, 2);
		mqs_framer_clear(&framer);
		free(first.bytes);
		free(second.bytes);
		CHECK_EQ(test.live, 0);
	}
	free((void *)(uintptr_t)in.ptr);
}

static void faults_stay(void)
{
	static const struct {
		const char *text;
		uint32_t max;
		mqs_result result;
		uint8_t reason;
		const char *clause;
	} rows[] = {
	    {"C000 0001", 0, MQS_ERR_MALFORMED, MQTT_RC_MALFORMED_PACKET, "MQTT5 2.1.2"},
	    {"C000 36", 0, MQS_ERR_MALFORMED, MQTT_RC_MALFORMED_PACKET, "MQTT-3.3.1-4"},
	    {"C000 30FFFFFFFF", 0, MQS_ERR_MALFORMED, MQTT_RC_MALFORMED_PACKET, "MQTT5 1.5.5"},
	    {"C000 308000", 0, MQS_ERR_MALFORMED, MQTT_RC_MALFORMED_PACKET, "MQTT-1.5.5-1"},
	    {"C000 30FF8000", 0, MQS_ERR_MALFORMED, MQTT_RC_MALFORMED_PACKET, "MQTT-1.5.5-1"},
	    {"C000 3063", 100, MQS_ERR_LIMIT, MQTT_RC_PACKET_TOO_LARGE, "MQTT-3.2.2-15"},
	    {"C000 30FFFFFF7F", 268435459, MQS_ERR_LIMIT, MQTT_RC_PACKET_TOO_LARGE, "MQTT-3.2.2-15"},
	    {"C000 C0", 1, MQS_ERR_LIMIT, MQTT_RC_PACKET_TOO_LARGE, "MQTT-3.2.2-15"},
	};
	test_alloc test;
	test_alloc_init(&test, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		mqs_bytes in = packet_text(rows[i].text);
		for (size_t chunk = 1; chunk <= in.len; chunk++) {
			mqs_framer framer;
			mqs_framer_init(&framer, &test.alloc, rows[i].max);
			outcome out = feed(&framer, in, chunk);
			CHECK_EQ(out.packets, rows[i].max != 1);
			CHECK_EQ(out.result, rows[i].result);
			CHECK_EQ(out.fault.reason, rows[i].reason);
			CHECK(out.fault.clause && strcmp(out.fault.clause, rows[i].clause) == 0);
			mqs_bytes more = MQS_BYTES_LITERAL("\xC0\x00");
			mqs_bytes packet;
			mqs_fault fault = {0};
			CHECK_EQ(mqs_framer_next(&framer, &more, &packet, &fault), rows[i].result);
			CHECK(fault.reason == rows[i].reason && fault.clause == out.fault.clause && more.len == 2);
			CHECK_EQ(mqs_framer_next(&framer, &more, &packet, NULL), rows[i].result);
			mqs_framer_clear(&framer);
			CHECK_EQ(mqs_framer_next(&framer, &more, &packet, &fault), rows[i].max == 1 ? MQS_ERR_LIMIT : MQS_OK);
			mqs_framer_clear(&framer);
			free(out.bytes);
			CHECK_EQ(test.live, 0);
		}
		free((void *)(uintptr_t)in.ptr);
	}
}

/* The largest packet of all is claimed and never comes: memory follows the bytes, not the claim. */
static void memory_follows_the_bytes(void)
{
	test_alloc test;
	test_alloc_init(&test, 0);
	mqs_framer framer;
	mqs_framer_init(&framer, &test.alloc, 0);
	mqs_bytes in = packet_text("30 FFFFFF7F *1000(00)");
	outcome out = feed(&framer, in, 100);
	CHECK_EQ(out.result, MQS_NEED_MORE);
	CHECK_EQ(mqs_framer_held(&framer), 1005);
	CHECK(framer.scratch.capacity <= 2048);
	mqs_framer_clear(&framer);
	free(out.bytes);
	free((void *)(uintptr_t)in.ptr);
	/* and a large scratch goes back once its packet was seen */
	in = packet_text("30 ~ 'a' *50000(00)");
	out = feed(&framer, in, 1000);
	CHECK_EQ(out.packets, 1);
	CHECK_EQ(framer.scratch.capacity, 0);
	CHECK_EQ(test.live, 0);
	free(out.bytes);
	free((void *)(uintptr_t)in.ptr);
}

static void exactly_the_limit(void)
{
	test_alloc test;
	test_alloc_init(&test, 0);
	mqs_bytes in = packet_text("30 ~ 'a' *95(00)");
	CHECK_EQ(in.len, 100);
	for (uint32_t max = 99; max <= 101; max++) {
		for (size_t chunk = 1; chunk <= 100; chunk += 33) {
			mqs_framer framer;
			mqs_framer_init(&framer, &test.alloc, max);
			outcome out = feed(&framer, in, chunk);
			CHECK_EQ(out.packets, max >= 100);
			CHECK_EQ(out.result, max >= 100 ? MQS_NEED_MORE : MQS_ERR_LIMIT);
			mqs_framer_clear(&framer);
			free(out.bytes);
		}
	}
	size_t total = 0;
	CHECK_EQ(mqs_frame_peek(in, 100, &total, NULL), MQS_OK);
	CHECK_EQ(total, 100);
	CHECK_EQ(mqs_frame_peek(in, 99, &total, NULL), MQS_ERR_LIMIT);
	CHECK_EQ(mqs_frame_peek(mqs_bytes_make(NULL, 0), 0, &total, NULL), MQS_NEED_MORE);
	free((void *)(uintptr_t)in.ptr);
	CHECK_EQ(test.live, 0);
}

/* Allocation n fails; the same bytes are offered again and the outcome is as if nothing had happened. */
static void without_memory_nothing_is_used(void)
{
	size_t packets = 0;
	mqs_bytes in = all_glued(&packets);
	for (long n = 1; n <= 40; n++) {
		test_alloc test;
		test_alloc_init(&test, n);
		mqs_framer framer;
		mqs_framer_init(&framer, &test.alloc, 0);
		size_t seen = 0;
		int refused = 0;
		for (size_t at = 0; at < in.len;) {
			size_t len = in.len - at < 1009 ? in.len - at : 1009;
			mqs_bytes rest = mqs_bytes_make(in.ptr + at, len);
			mqs_bytes packet;
			mqs_result result = MQS_OK;
			while (result == MQS_OK || result == MQS_ERR_NOMEM) {
				mqs_bytes before = rest;
				size_t held = mqs_framer_held(&framer);
				result = mqs_framer_next(&framer, &rest, &packet, NULL);
				seen += result == MQS_OK;
				if (result == MQS_ERR_NOMEM) {
					refused++;
					CHECK(rest.len == before.len && rest.ptr == before.ptr && mqs_framer_held(&framer) == held);
				}
			}
			CHECK_EQ(result, MQS_NEED_MORE);
			at += len;
		}
		CHECK_EQ(seen, packets);
		CHECK_EQ(refused, test.calls >= n);
		mqs_framer_clear(&framer);
		CHECK_EQ(test.live, 0);
	}
	free((void *)(uintptr_t)in.ptr);
}

TEST_MAIN(TEST_ENTRY(every_packet_in_every_piece_size), TEST_ENTRY(all_packets_glued),
    TEST_ENTRY(two_packets_cut_everywhere), TEST_ENTRY(faults_stay), TEST_ENTRY(memory_follows_the_bytes),
    TEST_ENTRY(exactly_the_limit), TEST_ENTRY(without_memory_nothing_is_used))
