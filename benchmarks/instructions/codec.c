/* SPDX-License-Identifier: MIT
 *
 * benchmarks/instructions/codec.c - rows of the codec alone.
 */
#include "rows.h"

#include <stdio.h>

#define PROPS_5                                                                                                        \
	"pfi=1 exp=3600 ct=application/json rt=answers/device-0042 cd=0123456789abcdef up=trace:8f14e45fceea167a "         \
	"up=unit:celsius"

static const struct {
	const char *name;
	uint8_t level;
	const char *words;
} packets[] = {
    {"connect-3.1.1", MQTT_LEVEL_3_1_1, "CONNECT v4 clean ka=60 id=device-0042 user=device pass=secret"},
    {"connect-5.0", MQTT_LEVEL_5,
        "CONNECT v5 clean ka=60 id=device-0042 user=device pass=secret sei=3600 rm=100 tam=10 will=state/device-0042 "
        "wp=gone wq=1 wr w.wdi=5"},
    {"publish-3.1.1-qos0", MQTT_LEVEL_3_1_1, "PUBLISH q=0 t=site/hall-7/device-0042/temperature p=#64"},
    {"publish-3.1.1-qos1", MQTT_LEVEL_3_1_1, "PUBLISH q=1 id=77 t=site/hall-7/device-0042/temperature p=#64"},
    {"publish-5.0-props", MQTT_LEVEL_5, "PUBLISH q=1 id=77 t=site/hall-7/device-0042/temperature p=#64 " PROPS_5},
    {"subscribe-3.1.1", MQTT_LEVEL_3_1_1, "SUBSCRIBE id=7 f=site/+/device-0042/# q=1 f=site/hall-7/+/alarm q=2"},
    {"puback-3.1.1", MQTT_LEVEL_3_1_1, "PUBACK id=77"},
};

static void code(size_t index)
{
	char name[64];
	mqs_buffer bytes;
	mqs_packet packet;
	mqs_fault fault;
	mqs_result result;
	uint8_t out[1024], level = packets[index].level;
	mqs_buffer_init(&bytes, &home_alloc, MQTT_VARINT_MAX);
	home_packet(&bytes, &level, "%s", packets[index].words);
	home_measure();
	for (int i = 0; i < 100; i++) {
		COUNTED(result = mqs_packet_decode(mqs_buffer_view(&bytes), level, NULL, &packet, &fault));
		home_expect(result == MQS_OK, "cannot decode %s", packets[index].name);
	}
	snprintf(name, sizeof(name), "codec/decode-%s", packets[index].name);
	home_measured(name, 100);
	home_measure();
	for (int i = 0; i < 100; i++) {
		size_t size;
		COUNTED(size = mqs_packet_encode_into(&packet, out));
		home_expect(
		    size == bytes.len && memcmp(out, bytes.ptr, size) == 0, "%s comes out changed", packets[index].name);
	}
	snprintf(name, sizeof(name), "codec/encode-%s", packets[index].name);
	home_measured(name, 100);
	mqs_buffer_clear(&bytes);
}

/* Packets that lie whole in what was read. */
static void cut(void)
{
	mqs_buffer bytes;
	mqs_framer framer;
	mqs_bytes in, raw;
	mqs_fault fault;
	mqs_result result;
	uint8_t level = MQTT_LEVEL_3_1_1;
	mqs_buffer_init(&bytes, &home_alloc, MQTT_VARINT_MAX);
	for (int i = 0; i < 100; i++) {
		home_packet(&bytes, &level, "PUBLISH q=0 t=site/hall-7/device-0042/temperature p=#64");
	}
	mqs_framer_init(&framer, &home_alloc, 0);
	in = mqs_buffer_view(&bytes);
	home_measure();
	for (int i = 0; i < 100; i++) {
		COUNTED(result = mqs_framer_next(&framer, &in, &raw, &fault));
		home_expect(result == MQS_OK && raw.len == bytes.len / 100, "cannot cut");
	}
	home_measured("codec/frame-publish", 100);
	mqs_framer_clear(&framer);
	mqs_buffer_clear(&bytes);
}

void rows_codec(void)
{
	for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
		code(i);
	}
	cut();
}
