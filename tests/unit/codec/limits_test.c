/* SPDX-License-Identifier: MIT
 *
 * tests/unit/codec/limits_test.c - packets beyond limits of the caller, and packets that end early. Bad packets in all
 * variety are in tests/vectors/wire.
 */
#include "harness.h"
#include "vectors.h"

/* Limits of the caller in place of the defaults. */
static void limits_of_the_caller(void)
{
	static const mqs_codec_limits limits = {.max_user_properties = 2, .max_topic_levels = 3};
	static const struct {
		const char *text;
		mqs_result result;
		uint8_t reason;
	} rows[] = {
	    {"30 ~ 'a/b/c' [26 'k' 'v' 26 'k' 'v']", MQS_OK, 0},
	    {"30 ~ 'a/b/c' [26 'k' 'v' 26 'k' 'v' 26 'k' 'v']", MQS_ERR_LIMIT, MQTT_RC_QUOTA_EXCEEDED},
	    {"30 ~ 'a/b/c/d' []", MQS_ERR_LIMIT, MQTT_RC_TOPIC_NAME_INVALID},
	    {"30 ~ '//' []", MQS_OK, 0},
	    {"30 ~ '///' []", MQS_ERR_LIMIT, MQTT_RC_TOPIC_NAME_INVALID},
	    {"82 ~ 0001 [] '$share/g/a/b/#' 00", MQS_OK, 0},
	    {"82 ~ 0001 [] '+/+/+/#' 00", MQS_ERR_LIMIT, MQTT_RC_TOPIC_FILTER_INVALID},
	    {"10 ~ 'MQTT' 05 06 0000 [] 'c' [] 'a/b/c/d' ''", MQS_ERR_LIMIT, MQTT_RC_TOPIC_NAME_INVALID},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		mqs_bytes in = packet_text(rows[i].text);
		mqs_packet packet;
		mqs_fault fault = {0};
		CHECK_EQ(mqs_packet_decode(in, 5, &limits, &packet, &fault), rows[i].result);
		CHECK_EQ(fault.reason, rows[i].reason);
		free((void *)(uintptr_t)in.ptr);
	}
	mqs_bytes in = packet_text("30 ~ 'a' [*65535(26 0000 0000)]");
	mqs_packet packet;
	mqs_codec_limits wide = {.max_user_properties = UINT32_MAX};
	CHECK_EQ(mqs_packet_decode(in, 5, &wide, &packet, NULL), MQS_OK);
	free((void *)(uintptr_t)in.ptr);
}

/*
 * A packet that ends early, with its length put right: never a read beyond the end (the copies are exact, ASan
 * watches), and where it is still good, encoding it again gives as many bytes or fewer.
 */
static void cut_anywhere(void)
{
	for (size_t i = 0; i < VECTORS; i++) {
		mqs_bytes whole = packet_text(vectors[i].text);
		size_t header = 2;
		while (whole.ptr[header - 1] & 128) {
			header++;
		}
		size_t body = whole.len - header;
		for (size_t keep = 0; keep < body && keep < 300; keep++) {
			uint8_t head[5] = {whole.ptr[0]};
			size_t size = 1 + mqs_varint_write(head + 1, (uint32_t)keep);
			uint8_t *cut = malloc(size + keep);
			if (!CHECK(cut != NULL)) {
				return;
			}
			memcpy(cut, head, size);
			memcpy(cut + size, whole.ptr + header, keep);
			mqs_packet packet;
			mqs_fault fault = {0};
			mqs_result result =
			    mqs_packet_decode(mqs_bytes_make(cut, size + keep), vectors[i].level, NULL, &packet, &fault);
			if (result == MQS_OK) {
				size_t again = mqs_packet_size(&packet);
				CHECK(again > 0 && again <= size + keep);
			} else {
				CHECK(fault.reason >= 0x80 && fault.clause && fault.what && fault.offset <= size + keep);
			}
			free(cut);
		}
		free((void *)(uintptr_t)whole.ptr);
	}
}

TEST_MAIN(TEST_ENTRY(limits_of_the_caller), TEST_ENTRY(cut_anywhere))
