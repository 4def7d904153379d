/* SPDX-License-Identifier: MIT
 *
 * tests/unit/codec/negative_v5_test.c - bad packets of 5.0: properties, reason codes, options, truncation anywhere.
 */
#include "negative.h"
#include "vectors.h"

#define TOPIC_NAME MQS_ERR_PROTOCOL, MQTT_RC_TOPIC_NAME_INVALID
#define FILTER     MQS_ERR_PROTOCOL, MQTT_RC_TOPIC_FILTER_INVALID
#define ALIAS      MQS_ERR_PROTOCOL, MQTT_RC_TOPIC_ALIAS_INVALID

static void property_lists(void)
{
	static const negative rows[] = {
	    {"no property length", 5, "30 ~ 'a'", MALFORMED, "MQTT-2.2.2-1"},
	    {"no property length in CONNACK", 5, "20 ~ 00 00", MALFORMED, "MQTT-2.2.2-1"},
	    {"no property length in SUBSCRIBE", 5, "82 ~ 0001", MALFORMED, "MQTT-2.2.2-1"},
	    {"no property length in SUBACK", 5, "90 ~ 0001", MALFORMED, "MQTT-2.2.2-1"},
	    {"no property length in UNSUBACK", 5, "B0 ~ 0001", MALFORMED, "MQTT-2.2.2-1"},
	    {"no property length in AUTH", 5, "F0 ~ 00", MALFORMED, "MQTT-2.2.2-1"},
	    {"property length not minimal", 5, "30 ~ 'a' 8000", MALFORMED, "MQTT-1.5.5-1"},
	    {"property length of five bytes", 5, "30 ~ 'a' FFFFFFFF7F", MALFORMED, "MQTT-1.5.5-1"},
	    {"property length unfinished", 5, "30 ~ 'a' FF", MALFORMED, "MQTT-2.2.2-1"},
	    {"property length beyond the packet", 5, "30 ~ 'a' 03 0101", MALFORMED, "MQTT5 2.2.2.1"},
	    {"will property length beyond the packet", 5, "10 ~ 'MQTT' 05 06 0000 [] 'c' 7F", MALFORMED, "MQTT5 2.2.2.1"},
	    {"property 0", 5, "30 ~ 'a' [00 00]", MALFORMED, "MQTT5 2.2.2.2"},
	    {"property 4", 5, "30 ~ 'a' [04 00]", MALFORMED, "MQTT5 2.2.2.2"},
	    {"property 0x2B", 5, "30 ~ 'a' [2B 00]", MALFORMED, "MQTT5 2.2.2.2"},
	    {"property 0x7F", 5, "30 ~ 'a' [7F 00]", MALFORMED, "MQTT5 2.2.2.2"},
	    {"property of two bytes", 5, "30 ~ 'a' [8101 00]", MALFORMED, "MQTT5 2.2.2.2"},
	    {"property identifier not minimal", 5, "30 ~ 'a' [8100 01]", MALFORMED, "MQTT-1.5.5-1"},
	    {"only an identifier", 5, "30 ~ 'a' [01]", MALFORMED, "MQTT5 2.2.2.2"},
	    {"value cut by the end of the list", 5, "30 ~ 'a' [02 000000] 01", MALFORMED, "MQTT5 2.2.2.2"},
	    {"string cut by the end of the list", 5, "30 ~ 'a' [03 0004 616263] 6465", MALFORMED, "MQTT5 2.2.2.2"},
	    {"pair without value", 5, "30 ~ 'a' [26 'k']", MALFORMED, "MQTT5 2.2.2.2"},
	    {"subscription identifier not minimal", 5, "82 ~ 0001 [0B 8100] 'a' 00", MALFORMED, "MQTT-1.5.5-1"},
	    {"subscription identifier of five bytes", 5, "82 ~ 0001 [0B FFFFFFFF01] 'a' 00", MALFORMED, "MQTT-1.5.5-1"},
	    {"subscription identifier unfinished", 5, "82 ~ 0001 [0B 80] 'a' 00", MALFORMED, "MQTT5 2.2.2.2"},
	    {"129 user properties", 5, "30 ~ 'a' [*129(26 0000 0000)]", MQS_ERR_LIMIT, MQTT_RC_QUOTA_EXCEEDED,
	        "MQTT5 3.3.2.3.7"},
	    {"129 user properties of a will", 5, "10 ~ 'MQTT' 05 06 0000 [] 'c' [*129(26 0000 0000)] 'w' ''", MQS_ERR_LIMIT,
	        MQTT_RC_QUOTA_EXCEEDED, "MQTT5 3.1.3.2.8"},
	};
	CHECK_TABLE(rows);
}

static void property_values(void)
{
	static const negative rows[] = {
	    {"receive maximum 0", 5, "10 ~ 'MQTT' 05 02 0000 [21 0000] 'c'", PROTOCOL, "MQTT5 3.1.2.11.3"},
	    {"maximum packet size 0", 5, "10 ~ 'MQTT' 05 02 0000 [27 00000000] 'c'", PROTOCOL, "MQTT5 3.1.2.11.4"},
	    {"request response information 2", 5, "10 ~ 'MQTT' 05 02 0000 [19 02] 'c'", PROTOCOL, "MQTT5 3.1.2.11.6"},
	    {"request problem information 2", 5, "10 ~ 'MQTT' 05 02 0000 [17 02] 'c'", PROTOCOL, "MQTT5 3.1.2.11.7"},
	    {"authentication data without method", 5, "10 ~ 'MQTT' 05 02 0000 [16 {01}] 'c'", PROTOCOL,
	        "MQTT5 3.1.2.11.10"},
	    {"will payload format 2", 5, "10 ~ 'MQTT' 05 06 0000 [] 'c' [01 02] 'w' ''", PROTOCOL, "MQTT5 3.1.3.2.3"},
	    {"will response topic with wildcard", 5, "10 ~ 'MQTT' 05 06 0000 [] 'c' [08 '+'] 'w' ''", PROTOCOL,
	        "MQTT-3.3.2-14"},
	    {"CONNACK receive maximum 0", 5, "20 ~ 00 00 [21 0000]", PROTOCOL, "MQTT5 3.2.2.3.3"},
	    {"CONNACK maximum QoS 2", 5, "20 ~ 00 00 [24 02]", PROTOCOL, "MQTT5 3.2.2.3.4"},
	    {"CONNACK retain available 2", 5, "20 ~ 00 00 [25 02]", PROTOCOL, "MQTT5 3.2.2.3.5"},
	    {"CONNACK maximum packet size 0", 5, "20 ~ 00 00 [27 00000000]", PROTOCOL, "MQTT5 3.2.2.3.6"},
	    {"CONNACK wildcard subscriptions 3", 5, "20 ~ 00 00 [28 03]", PROTOCOL, "MQTT5 3.2.2.3.11"},
	    {"CONNACK subscription identifiers 9", 5, "20 ~ 00 00 [29 09]", PROTOCOL, "MQTT5 3.2.2.3.12"},
	    {"CONNACK shared subscriptions 255", 5, "20 ~ 00 00 [2A FF]", PROTOCOL, "MQTT5 3.2.2.3.13"},
	    {"payload format 2", 5, "30 ~ 'a' [01 02]", PROTOCOL, "MQTT5 3.3.2.3.2"},
	    {"topic alias 0", 5, "30 ~ 'a' [23 0000]", ALIAS, "MQTT-3.3.2-8"},
	    {"response topic with #", 5, "30 ~ 'a' [08 'a/#']", PROTOCOL, "MQTT-3.3.2-14"},
	    {"empty response topic", 5, "30 ~ 'a' [08 '']", PROTOCOL, "MQTT-4.7.3-1"},
	    {"subscription identifier 0 in PUBLISH", 5, "30 ~ 'a' [0B 00]", PROTOCOL, "MQTT5 3.3.2.3.8"},
	    {"subscription identifier 0", 5, "82 ~ 0001 [0B 00] 'a' 00", PROTOCOL, "MQTT5 3.8.2.1.2"},
	    {"subscription identifier twice", 5, "82 ~ 0001 [0B 01 0B 01] 'a' 00", PROTOCOL, "MQTT5 3.8.2.1.2"},
	    {"session expiry twice", 5, "10 ~ 'MQTT' 05 02 0000 [11 00000000 11 00000000] 'c'", PROTOCOL,
	        "MQTT5 3.1.2.11.2"},
	    {"will delay twice", 5, "10 ~ 'MQTT' 05 06 0000 [] 'c' [18 00000000 18 00000001] 'w' ''", PROTOCOL,
	        "MQTT5 3.1.3.2.2"},
	    {"topic alias twice", 5, "30 ~ 'a' [23 0001 23 0001]", PROTOCOL, "MQTT5 3.3.2.3.4"},
	    {"reason string twice", 5, "E0 ~ 00 [1F 'a' 1F 'b']", PROTOCOL, "MQTT5 3.14.2.2.3"},
	    {"will delay outside of a will", 5, "10 ~ 'MQTT' 05 02 0000 [18 00000000] 'c'", MALFORMED, "MQTT5 2.2.2.2"},
	    {"session expiry in a will", 5, "10 ~ 'MQTT' 05 06 0000 [] 'c' [11 00000000] 'w' ''", MALFORMED,
	        "MQTT5 2.2.2.2"},
	    {"topic alias in SUBSCRIBE", 5, "82 ~ 0001 [23 0001] 'a' 00", MALFORMED, "MQTT5 2.2.2.2"},
	    {"subscription identifier in UNSUBSCRIBE", 5, "A2 ~ 0001 [0B 01] 'a'", MALFORMED, "MQTT5 2.2.2.2"},
	    {"reason string in PUBLISH", 5, "30 ~ 'a' [1F 'x']", MALFORMED, "MQTT5 2.2.2.2"},
	};
	CHECK_TABLE(rows);
}

static void publish(void)
{
	static const negative rows[] = {
	    {"no topic, no alias", 5, "30 ~ '' [] 78", PROTOCOL, "MQTT5 3.3.2.1"},
	    {"no topic, other properties", 5, "30 ~ '' [01 00] 78", PROTOCOL, "MQTT5 3.3.2.1"},
	    {"+ in the topic", 5, "30 ~ 'a/+/c' [] 78", TOPIC_NAME, "MQTT-3.3.2-2"},
	    {"# in the topic", 5, "30 ~ '#' [] 78", TOPIC_NAME, "MQTT-3.3.2-2"},
	    {"+ in a topic that sets an alias", 5, "30 ~ 'sensors/kitchen/+' [23 0001] 78", TOPIC_NAME, "MQTT-3.3.2-2"},
	    {"201 levels", 5, "30 ~ {*200(2F)} []", MQS_ERR_LIMIT, MQTT_RC_TOPIC_NAME_INVALID, "MQTT5 4.7.1.1"},
	    {"packet identifier 0", 5, "32 ~ 'a' 0000 []", PROTOCOL, "MQTT-2.2.1-3"},
	    {"no packet identifier", 5, "34 ~ 'a'", MALFORMED, "MQTT-2.2.1-3"},
	    {"half a topic", 5, "30 ~ 00", MALFORMED, "MQTT-3.3.2-1"},
	};
	CHECK_TABLE(rows);
}

static void reason_codes(void)
{
	static const negative rows[] = {
	    {"CONNACK reason 1", 5, "20 ~ 00 01 []", PROTOCOL, "MQTT-3.2.2-8"},
	    {"CONNACK reason 0x8E", 5, "20 ~ 00 8E []", PROTOCOL, "MQTT-3.2.2-8"},
	    {"CONNACK refuses with session", 5, "20 ~ 01 87 []", PROTOCOL, "MQTT-3.2.2-6"},
	    {"CONNACK reserved flags", 5, "20 ~ 80 00 []", MALFORMED, "MQTT-3.2.2-1"},
	    {"CONNACK of one byte", 5, "20 ~ 00", MALFORMED, "MQTT5 3.2.2"},
	    {"CONNACK with a byte behind", 5, "20 ~ 00 00 [] 00", MALFORMED, "MQTT5 2.1.4"},
	    {"PUBACK reason 0x92", 5, "40 ~ 0001 92", PROTOCOL, "MQTT-3.4.2-1"},
	    {"PUBACK id 0", 5, "40 ~ 0000", PROTOCOL, "MQTT-2.2.1-5"},
	    {"PUBACK without id", 5, "40 ~ 00", MALFORMED, "MQTT-2.2.1-5"},
	    {"PUBACK with a byte behind", 5, "40 ~ 0001 00 [] 00", MALFORMED, "MQTT5 2.1.4"},
	    {"PUBREC reason 0x11", 5, "50 ~ 0001 11", PROTOCOL, "MQTT-3.5.2-1"},
	    {"PUBREL reason 0x10", 5, "62 ~ 0001 10", PROTOCOL, "MQTT-3.6.2-1"},
	    {"PUBREL reason 0x80", 5, "62 ~ 0001 80 []", PROTOCOL, "MQTT-3.6.2-1"},
	    {"PUBCOMP reason 0x97", 5, "70 ~ 0001 97", PROTOCOL, "MQTT-3.7.2-1"},
	    {"SUBACK reason 3", 5, "90 ~ 0001 [] 03", PROTOCOL, "MQTT-3.9.3-2"},
	    {"SUBACK second reason 0x11", 5, "90 ~ 0001 [] 00 11", PROTOCOL, "MQTT-3.9.3-2"},
	    {"SUBACK without reason", 5, "90 ~ 0001 []", MALFORMED, "MQTT-3.9.3-2"},
	    {"SUBACK id 0", 5, "90 ~ 0000 [] 00", PROTOCOL, "MQTT-2.2.1-6"},
	    {"UNSUBACK reason 1", 5, "B0 ~ 0001 [] 01", PROTOCOL, "MQTT-3.11.3-2"},
	    {"UNSUBACK without reason", 5, "B0 ~ 0001 []", MALFORMED, "MQTT-3.11.3-2"},
	    {"UNSUBACK id 0", 5, "B0 ~ 0000 [] 00", PROTOCOL, "MQTT-2.2.1-6"},
	    {"DISCONNECT reason 1", 5, "E0 ~ 01", PROTOCOL, "MQTT-3.14.2-1"},
	    {"DISCONNECT reason 0x84", 5, "E0 ~ 84 []", PROTOCOL, "MQTT-3.14.2-1"},
	    {"DISCONNECT reason 0xFF", 5, "E0 ~ FF", PROTOCOL, "MQTT-3.14.2-1"},
	    {"DISCONNECT with a byte behind", 5, "E0 ~ 00 [] 00", MALFORMED, "MQTT5 2.1.4"},
	    {"AUTH reason 1", 5, "F0 ~ 01 []", PROTOCOL, "MQTT-3.15.2-1"},
	    {"AUTH reason 0x87", 5, "F0 ~ 87 [15 'm']", PROTOCOL, "MQTT-3.15.2-1"},
	    {"AUTH without method", 5, "F0 ~ 18 []", PROTOCOL, "MQTT5 3.15.2.2.2"},
	    {"AUTH with data only", 5, "F0 ~ 00 [16 {01}]", PROTOCOL, "MQTT5 3.15.2.2.2"},
	    {"AUTH with two methods", 5, "F0 ~ 19 [15 'm' 15 'm']", PROTOCOL, "MQTT5 3.15.2.2.2"},
	    {"AUTH with a byte behind", 5, "F0 ~ 19 [15 'm'] 00", MALFORMED, "MQTT5 2.1.4"},
	};
	CHECK_TABLE(rows);
}

static void subscriptions(void)
{
	static const negative rows[] = {
	    {"SUBSCRIBE id 0", 5, "82 ~ 0000 [] 'a' 00", PROTOCOL, "MQTT-2.2.1-3"},
	    {"SUBSCRIBE to nothing", 5, "82 ~ 0001 []", PROTOCOL, "MQTT-3.8.3-2"},
	    {"SUBSCRIBE without options", 5, "82 ~ 0001 [] 'a'", MALFORMED, "MQTT-3.8.3-2"},
	    {"SUBSCRIBE with half a filter", 5, "82 ~ 0001 [] 0002 61", MALFORMED, "MQTT-3.8.3-1"},
	    {"reserved option bit 6", 5, "82 ~ 0001 [] 'a' 40", MALFORMED, "MQTT-3.8.3-5"},
	    {"reserved option bit 7", 5, "82 ~ 0001 [] 'a' 80", MALFORMED, "MQTT-3.8.3-5"},
	    {"QoS 3", 5, "82 ~ 0001 [] 'a' 03", PROTOCOL, "MQTT5 3.8.3.1"},
	    {"retain handling 3", 5, "82 ~ 0001 [] 'a' 30", PROTOCOL, "MQTT5 3.8.3.1"},
	    {"No Local on a shared subscription", 5, "82 ~ 0001 [] '$share/g/a' 04", PROTOCOL, "MQTT-3.8.3-4"},
	    {"empty filter", 5, "82 ~ 0001 [] '' 00", FILTER, "MQTT-4.7.3-1"},
	    {"# not last", 5, "82 ~ 0001 [] 'a/#/b' 00", FILTER, "MQTT-4.7.1-1"},
	    {"# not alone", 5, "82 ~ 0001 [] 'a/b#' 00", FILTER, "MQTT-4.7.1-1"},
	    {"+ not alone", 5, "82 ~ 0001 [] 'a/+b' 00", FILTER, "MQTT-4.7.1-2"},
	    {"++", 5, "82 ~ 0001 [] 'a/++' 00", FILTER, "MQTT-4.7.1-2"},
	    {"empty share name", 5, "82 ~ 0001 [] '$share//a' 00", FILTER, "MQTT-4.8.2-1"},
	    {"only the share prefix", 5, "82 ~ 0001 [] '$share/' 00", FILTER, "MQTT-4.8.2-1"},
	    {"share name without filter", 5, "82 ~ 0001 [] '$share/g' 00", FILTER, "MQTT-4.8.2-2"},
	    {"share name and an empty filter", 5, "82 ~ 0001 [] '$share/g/' 00", FILTER, "MQTT-4.8.2-2"},
	    {"share name +", 5, "82 ~ 0001 [] '$share/+/a' 00", FILTER, "MQTT-4.8.2-2"},
	    {"share name with #", 5, "82 ~ 0001 [] '$share/g#/a' 00", FILTER, "MQTT-4.8.2-2"},
	    {"shared filter with bad #", 5, "82 ~ 0001 [] '$share/g/a#' 00", FILTER, "MQTT-4.7.1-1"},
	    {"201 levels", 5, "82 ~ 0001 [] {*200(2F)} 00", MQS_ERR_LIMIT, MQTT_RC_TOPIC_FILTER_INVALID, "MQTT5 4.7.1.1"},
	    {"second filter bad", 5, "82 ~ 0001 [] 'a' 00 '+x' 00", FILTER, "MQTT-4.7.1-2"},
	    {"UNSUBSCRIBE id 0", 5, "A2 ~ 0000 [] 'a'", PROTOCOL, "MQTT-2.2.1-3"},
	    {"UNSUBSCRIBE from nothing", 5, "A2 ~ 0001 []", PROTOCOL, "MQTT-3.10.3-2"},
	    {"UNSUBSCRIBE with half a filter", 5, "A2 ~ 0001 [] 'a' 00", MALFORMED, "MQTT-3.10.3-1"},
	    {"UNSUBSCRIBE with bad share name", 5, "A2 ~ 0001 [] '$share/g'", FILTER, "MQTT-4.8.2-2"},
	    {"UNSUBSCRIBE with bad +", 5, "A2 ~ 0001 [] 'x+'", FILTER, "MQTT-4.7.1-2"},
	};
	CHECK_TABLE(rows);
}

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

TEST_MAIN(TEST_ENTRY(property_lists), TEST_ENTRY(property_values), TEST_ENTRY(publish), TEST_ENTRY(reason_codes),
    TEST_ENTRY(subscriptions), TEST_ENTRY(limits_of_the_caller), TEST_ENTRY(cut_anywhere))
