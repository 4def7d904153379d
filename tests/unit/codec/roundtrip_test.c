/* SPDX-License-Identifier: MIT
 *
 * tests/unit/codec/roundtrip_test.c - encode: what was decoded comes back; sizes, limits, lists, no memory.
 */
#include "harness.h"
#include "packet_equal.h"
#include "vectors.h"

static void decode_encode_decode(void)
{
	test_alloc test;
	test_alloc_init(&test, 0);
	for (size_t i = 0; i < VECTORS; i++) {
		test_case("decode_encode_decode: %s", vectors[i].name);
		mqs_bytes in = packet_text(vectors[i].text);
		mqs_packet first;
		mqs_packet second;
		mqs_fault fault;
		mqs_buffer out;
		mqs_buffer_init(&out, &test.alloc, 1u << 20);
		CHECK_EQ(mqs_buffer_append(&out, MQS_BYTES_LITERAL("before")), MQS_OK);
		CHECK_EQ(mqs_packet_decode(in, vectors[i].level, NULL, &first, &fault), MQS_OK);
		size_t size = mqs_packet_size(&first);
		CHECK_EQ(mqs_packet_encode(&first, &out), MQS_OK);
		CHECK_EQ(out.len, 6 + size);
		mqs_bytes again = mqs_bytes_make(out.ptr + 6, size);
		CHECK_EQ(mqs_bytes_equal(in, again), vectors[i].shortest);
		CHECK(again.len <= in.len);
		CHECK_EQ(mqs_packet_decode(again, vectors[i].level, NULL, &second, &fault), MQS_OK);
		CHECK(packet_equal(&first, &second));
		mqs_buffer_clear(&out);
		free((void *)(uintptr_t)in.ptr);
		CHECK_EQ(test.live, 0);
	}
}

/* Every packet into a buffer that is one byte too small, and into one without memory: nothing is left behind. */
static void refused_without_a_trace(void)
{
	for (size_t i = 0; i < VECTORS; i++) {
		mqs_bytes in = packet_text(vectors[i].text);
		mqs_packet packet;
		mqs_fault fault;
		CHECK_EQ(mqs_packet_decode(in, vectors[i].level, NULL, &packet, &fault), MQS_OK);
		size_t size = mqs_packet_size(&packet);
		test_alloc test;
		test_alloc_init(&test, 0);
		mqs_buffer out;
		mqs_buffer_init(&out, &test.alloc, size - 1);
		CHECK_EQ(mqs_packet_encode(&packet, &out), MQS_ERR_LIMIT);
		CHECK_EQ(out.len, 0);
		mqs_buffer_clear(&out);
		test_alloc_init(&test, 1);
		mqs_buffer_init(&out, &test.alloc, size);
		CHECK_EQ(mqs_packet_encode(&packet, &out), MQS_ERR_NOMEM);
		CHECK_EQ(out.len, 0);
		CHECK_EQ(mqs_packet_encode(&packet, &out), MQS_OK);
		CHECK_EQ(out.len, size);
		mqs_buffer_clear(&out);
		CHECK_EQ(test.live, 0);
		free((void *)(uintptr_t)in.ptr);
	}
}

/* Views of lengths that no packet can have; the bytes behind them are never read. */
static void what_cannot_be_encoded(void)
{
	static const uint8_t byte = 'x';
	const mqs_bytes long_text = mqs_bytes_make(&byte, 65536);
	const mqs_bytes huge = mqs_bytes_make(&byte, MQTT_VARINT_MAX + (size_t)1);
	mqs_packet p;
	memset(&p, 0, sizeof(p));
	CHECK_EQ(mqs_packet_size(&p), 0);
	p.level = 5;
	CHECK_EQ(mqs_packet_size(&p), 0);
	p.type = MQTT_PKT_PUBLISH;
	p.publish.topic = mqs_bytes_make(&byte, 1);
	CHECK_EQ(mqs_packet_size(&p), 6);
	p.level = 2;
	CHECK_EQ(mqs_packet_size(&p), 0);
	p.level = 6;
	CHECK_EQ(mqs_packet_size(&p), 0);
	p.level = 5;
	p.publish.topic = long_text;
	CHECK_EQ(mqs_packet_size(&p), 0);
	p.publish.topic = mqs_bytes_make(&byte, 1);
	p.publish.payload = mqs_bytes_make(&byte, MQTT_VARINT_MAX - 4);
	CHECK_EQ(mqs_packet_size(&p), MQTT_VARINT_MAX + 5);
	p.publish.payload.len++;
	CHECK_EQ(mqs_packet_size(&p), 0);
	p.publish.payload = mqs_bytes_make(&byte, SIZE_MAX);
	CHECK_EQ(mqs_packet_size(&p), 0);
	p.publish.payload.len = 0;
	p.publish.props.raw = huge;
	CHECK_EQ(mqs_packet_size(&p), 0);
	mqs_buffer out;
	test_alloc test;
	test_alloc_init(&test, 0);
	mqs_buffer_init(&out, &test.alloc, SIZE_MAX);
	CHECK_EQ(mqs_packet_encode(&p, &out), MQS_ERR_INVALID);
	p.level = 4; /* 3.x has no properties: they are not looked at */
	CHECK_EQ(mqs_packet_size(&p), 5);

	memset(&p, 0, sizeof(p));
	p.level = 5;
	p.type = MQTT_PKT_CONNECT;
	CHECK_EQ(mqs_packet_size(&p), 15);
	mqs_bytes *fields[] = {
	    &p.connect.client_id, &p.connect.will_topic, &p.connect.will_payload, &p.connect.username, &p.connect.password};
	p.connect.has_will = p.connect.has_username = p.connect.has_password = true;
	size_t good = mqs_packet_size(&p);
	CHECK(good > 15);
	for (size_t i = 0; i < 5; i++) {
		*fields[i] = long_text;
		CHECK_EQ(mqs_packet_size(&p), 0);
		*fields[i] = mqs_bytes_make(&byte, 65535);
		CHECK_EQ(mqs_packet_size(&p), good + 65535 + (good < 128 ? 2 : 0));
		*fields[i] = mqs_bytes_make(NULL, 0);
	}
	memset(&p, 0, sizeof(p));
	p.level = 4;
	p.type = MQTT_PKT_AUTH;
	CHECK_EQ(mqs_packet_size(&p), 0);
	p.type = (mqtt_packet_type)16;
	CHECK_EQ(mqs_packet_size(&p), 0);
	p.type = MQTT_PKT_SUBSCRIBE;
	p.subscribe.entries = huge;
	CHECK_EQ(mqs_packet_size(&p), 0);
	p.type = MQTT_PKT_SUBACK;
	p.suback.codes = huge;
	CHECK_EQ(mqs_packet_size(&p), 0);
	CHECK_EQ(test.live, 0);
}

static void shortest_forms(void)
{
	uint8_t out[64];
	static const uint8_t reason_string[] = {0x1F, 0, 1, 'x'};
	static const mqtt_packet_type types[] = {MQTT_PKT_PUBACK, MQTT_PKT_PUBREC, MQTT_PKT_PUBREL, MQTT_PKT_PUBCOMP};
	for (size_t i = 0; i < 4; i++) {
		mqs_packet p;
		memset(&p, 0, sizeof(p));
		p.type = types[i];
		p.level = 5;
		p.ack.packet_id = 7;
		CHECK_EQ(mqs_packet_encode_into(&p, out), 4);
		p.ack.reason = 0x92;
		CHECK_EQ(mqs_packet_encode_into(&p, out), 5);
		p.ack.props.raw = mqs_bytes_make(reason_string, 4);
		CHECK_EQ(mqs_packet_encode_into(&p, out), 10);
		p.ack.reason = 0;
		CHECK_EQ(mqs_packet_encode_into(&p, out), 10);
		p.level = 4;
		p.ack.reason = 0x92;
		CHECK_EQ(mqs_packet_encode_into(&p, out), 4);
	}
	mqs_packet p;
	memset(&p, 0, sizeof(p));
	p.type = MQTT_PKT_DISCONNECT;
	p.level = 5;
	CHECK_EQ(mqs_packet_encode_into(&p, out), 2);
	p.reasoned.reason = 0x8B;
	CHECK_EQ(mqs_packet_encode_into(&p, out), 3);
	p.reasoned.props.raw = mqs_bytes_make(reason_string, 4);
	CHECK_EQ(mqs_packet_encode_into(&p, out), 8);
	p.level = 4;
	CHECK_EQ(mqs_packet_encode_into(&p, out), 2);
	p.level = 5;
	p.type = MQTT_PKT_AUTH;
	p.reasoned.reason = 0;
	p.reasoned.props.raw.len = 0;
	CHECK_EQ(mqs_packet_encode_into(&p, out), 2);
	p.reasoned.reason = 0x18;
	CHECK_EQ(mqs_packet_encode_into(&p, out), 4);
	p.type = MQTT_PKT_UNSUBACK;
	p.level = 4;
	p.suback.packet_id = 9;
	p.suback.codes = mqs_bytes_make(reason_string, 1);
	CHECK_EQ(mqs_packet_encode_into(&p, out), 4);
}

static void lists_for_the_encoder(void)
{
	for (long n = 0; n <= 1; n++) {
		test_alloc test;
		test_alloc_init(&test, n);
		mqs_buffer list;
		mqs_buffer_init(&list, &test.alloc, 40);
		mqs_subscription_entry entry = {.filter = MQS_BYTES_LITERAL("a/#"), .qos = 1, .retain_handling = 2};
		entry.no_local = entry.retain_as_published = true;
		if (n == 1) {
			CHECK_EQ(mqs_subscribe_write(&list, 5, &entry), MQS_ERR_NOMEM);
			CHECK_EQ(list.len, 0);
		}
		CHECK_EQ(mqs_subscribe_write(&list, 5, &entry), MQS_OK);
		CHECK_EQ(mqs_subscribe_write(&list, 4, &entry), MQS_OK);
		CHECK_EQ(list.len, 12);
		mqs_bytes rest = mqs_buffer_view(&list);
		mqs_subscription_entry back;
		CHECK(mqs_subscribe_next(&rest, 5, &back) && back.qos == 1 && back.retain_handling == 2 && back.no_local);
		CHECK(back.retain_as_published && mqs_bytes_equal(back.filter, entry.filter));
		CHECK(mqs_subscribe_next(&rest, 5, &back) && back.qos == 1 && back.retain_handling == 0 && !back.no_local);
		entry.qos = 3;
		CHECK_EQ(mqs_subscribe_write(&list, 5, &entry), MQS_ERR_INVALID);
		entry.qos = 0;
		entry.retain_handling = 3;
		CHECK_EQ(mqs_subscribe_write(&list, 5, &entry), MQS_ERR_INVALID);
		CHECK_EQ(mqs_unsubscribe_write(&list, MQS_BYTES_LITERAL("\xFF")), MQS_ERR_INVALID);
		CHECK_EQ(mqs_unsubscribe_write(&list, mqs_bytes_make("x", 65536)), MQS_ERR_INVALID);
		CHECK_EQ(mqs_unsubscribe_write(&list, MQS_BYTES_LITERAL("123456789012345678901234567")), MQS_ERR_LIMIT);
		CHECK_EQ(list.len, 12);
		mqs_buffer_clear(&list);
		CHECK_EQ(mqs_unsubscribe_write(&list, MQS_BYTES_LITERAL("x/y")), MQS_OK);
		mqs_bytes filter;
		rest = mqs_buffer_view(&list);
		CHECK(mqs_unsubscribe_next(&rest, &filter) && mqs_bytes_equal(filter, MQS_BYTES_LITERAL("x/y")));
		CHECK(!mqs_unsubscribe_next(&rest, &filter));
		mqs_buffer_clear(&list);
		CHECK_EQ(test.live, 0);
	}
}

/* A buffer with room for exactly one entry takes it, and one with a byte less does not. */
static void lists_that_just_fit(void)
{
	const mqs_subscription_entry entry = {.filter = MQS_BYTES_LITERAL("a/b")};
	for (size_t room = 4; room <= 6; room++) {
		test_alloc test;
		test_alloc_init(&test, 0);
		mqs_buffer list;
		mqs_buffer_init(&list, &test.alloc, room);
		CHECK_EQ(mqs_subscribe_write(&list, 5, &entry), room < 6 ? MQS_ERR_LIMIT : MQS_OK);
		mqs_buffer_clear(&list);
		CHECK_EQ(mqs_unsubscribe_write(&list, entry.filter), room < 5 ? MQS_ERR_LIMIT : MQS_OK);
		mqs_buffer_clear(&list);
		CHECK_EQ(test.live, 0);
	}
}

/* The walkers stop at damage instead of reading on: they may be handed a list by PHP code. */
static void walkers_stop_at_damage(void)
{
	mqs_bytes list = packet_text("'abc' 01 'defg' 02");
	for (size_t len = 0; len < list.len; len++) {
		uint8_t *cut = malloc(len ? len : 1);
		if (!CHECK(cut != NULL)) {
			return;
		}
		memcpy(cut, list.ptr, len);
		mqs_bytes rest = mqs_bytes_make(cut, len);
		mqs_subscription_entry entry;
		int count = 0;
		while (count < 5 && mqs_subscribe_next(&rest, 5, &entry)) {
			count++;
		}
		CHECK_EQ(count, len >= 6);
		free(cut);
	}
	free((void *)(uintptr_t)list.ptr);
}

TEST_MAIN(TEST_ENTRY(decode_encode_decode), TEST_ENTRY(refused_without_a_trace), TEST_ENTRY(what_cannot_be_encoded),
    TEST_ENTRY(shortest_forms), TEST_ENTRY(lists_for_the_encoder), TEST_ENTRY(lists_that_just_fit),
    TEST_ENTRY(walkers_stop_at_damage))
