/* SPDX-License-Identifier: MIT
 *
 * fuzz/fuzz_roundtrip.c - a packet that was decoded can be encoded, and says the same again.
 * Rooms: base codec
 *
 * Input: level (mod 3), then one packet.
 */
#include "packet_equal.h"
#include "fuzz.h"

/* Written anew property by property, a list has the very same bytes: each value has just one form. */
static void rewrite_props(const mqs_props *props)
{
	mqs_buffer list;
	mqs_buffer_init(&list, &fuzz_alloc, SIZE_MAX);
	mqs_bytes rest = props->raw;
	mqs_prop prop;
	while (mqs_props_next(&rest, &prop)) {
		mqs_result result = MQS_OK;
		switch (prop.kind) {
			case MQS_PROP_PAIR: result = mqs_props_write_pair(&list, prop.bytes, prop.value); break;
			case MQS_PROP_STRING:
			case MQS_PROP_BINARY: result = mqs_props_write_bytes(&list, prop.id, prop.bytes); break;
			default: result = mqs_props_write_number(&list, prop.id, prop.number); break;
		}
		FUZZ_CHECK(result == MQS_OK);
	}
	FUZZ_CHECK(mqs_bytes_equal(mqs_buffer_view(&list), props->raw));
	mqs_buffer_clear(&list);
}

static void rewrite_entries(const mqs_packet *packet)
{
	mqs_buffer list;
	mqs_buffer_init(&list, &fuzz_alloc, SIZE_MAX);
	mqs_bytes rest = packet->subscribe.entries;
	mqs_subscription_entry entry;
	if (packet->type == MQTT_PKT_SUBSCRIBE) {
		while (mqs_subscribe_next(&rest, packet->level, &entry)) {
			FUZZ_CHECK(mqs_subscribe_write(&list, packet->level, &entry) == MQS_OK);
		}
	} else {
		while (mqs_unsubscribe_next(&rest, &entry.filter)) {
			FUZZ_CHECK(mqs_unsubscribe_write(&list, entry.filter) == MQS_OK);
		}
	}
	FUZZ_CHECK(mqs_bytes_equal(mqs_buffer_view(&list), packet->subscribe.entries));
	mqs_buffer_clear(&list);
}

static void rewrite_lists(const mqs_packet *packet)
{
	switch (packet->type) {
		case MQTT_PKT_CONNECT:
			rewrite_props(&packet->connect.props);
			rewrite_props(&packet->connect.will_props);
			break;
		case MQTT_PKT_CONNACK: rewrite_props(&packet->connack.props); break;
		case MQTT_PKT_PUBLISH: rewrite_props(&packet->publish.props); break;
		case MQTT_PKT_SUBSCRIBE:
		case MQTT_PKT_UNSUBSCRIBE:
			rewrite_props(&packet->subscribe.props);
			rewrite_entries(packet);
			break;
		case MQTT_PKT_SUBACK:
		case MQTT_PKT_UNSUBACK: rewrite_props(&packet->suback.props); break;
		case MQTT_PKT_DISCONNECT:
		case MQTT_PKT_AUTH: rewrite_props(&packet->reasoned.props); break;
		case MQTT_PKT_PINGREQ:
		case MQTT_PKT_PINGRESP: break;
		default: rewrite_props(&packet->ack.props); break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1) {
		return 0;
	}
	uint8_t level = (uint8_t)(3 + data[0] % 3);
	mqs_bytes in = mqs_bytes_make(data + 1, size - 1);
	mqs_fault fault = {0};
	mqs_packet first;
	mqs_packet second;
	size_t total = 0;
	mqs_result peeked = mqs_frame_peek(in, 0, &total, &fault);
	mqs_result result = mqs_packet_decode(in, level, NULL, &first, &fault);
	if (result != MQS_OK) {
		FUZZ_CHECK(fault.reason >= 0x80 && fault.clause && fault.what && fault.offset <= in.len);
		return 0;
	}
	FUZZ_CHECK(peeked == MQS_OK && total == in.len);
	mqs_buffer out;
	mqs_buffer_init(&out, &fuzz_alloc, SIZE_MAX);
	FUZZ_CHECK(mqs_packet_encode(&first, &out) == MQS_OK);
	FUZZ_CHECK(out.len == mqs_packet_size(&first) && out.len <= in.len);
	FUZZ_CHECK(mqs_packet_decode(mqs_buffer_view(&out), first.level, NULL, &second, &fault) == MQS_OK);
	FUZZ_CHECK(packet_equal(&first, &second));
	rewrite_lists(&second);
	mqs_buffer_clear(&out);
	return 0;
}
