/* SPDX-License-Identifier: MIT
 *
 * fuzz/fuzz_stream.c - framer and decoder: a stream that is cut into pieces tells the same as the stream in one piece.
 * Rooms: base codec
 *
 * Input: level (mod 3), limits, number of cuts (mod 16), that many piece lengths, then the stream.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

#define MAX_CUTS   16
#define MAX_EVENTS 4096

/* One packet of the stream, or its end. */
typedef struct event {
	mqs_result framed, decoded;
	uint8_t type, reason;
	uint32_t offset;
	const char *clause;
	uint64_t said; /* hash of the bytes, and of all that was decoded from them */
} event;

typedef struct journal {
	event events[MAX_EVENTS];
	size_t count;
	size_t held; /* by the framer at the end */
} journal;

static uint64_t mix(uint64_t sum, mqs_bytes bytes)
{
	static const uint64_t seed[2] = {1, 2};
	return (sum ^ mqs_hash_bytes(seed, bytes)) * UINT64_C(0x9e3779b97f4a7c15);
}

static uint64_t mix_props(uint64_t sum, const mqs_props *props)
{
	mqs_bytes rest = props->raw;
	mqs_prop prop;
	uint64_t seen = 0;
	size_t pairs = 0;
	size_t turns = 0;
	while (turns++ <= props->raw.len && mqs_props_next(&rest, &prop)) {
		seen |= MQS_PROP_BIT(prop.id);
		pairs += prop.kind == MQS_PROP_PAIR;
		sum = mix(mix(sum + prop.number, prop.bytes), prop.value);
	}
	FUZZ_CHECK(rest.len == 0 && seen == props->present && pairs == props->user_property_count);
	return sum;
}

static uint64_t mix_entries(uint64_t sum, const mqs_packet *packet)
{
	mqs_bytes rest = packet->subscribe.entries;
	mqs_subscription_entry entry = {0};
	uint32_t count = 0;
	while (count <= packet->subscribe.count &&
	       (packet->type == MQTT_PKT_SUBSCRIBE ? mqs_subscribe_next(&rest, packet->level, &entry)
	                                           : mqs_unsubscribe_next(&rest, &entry.filter))) {
		count++;
		FUZZ_CHECK(entry.filter.len > 0 && mqs_utf8_valid(entry.filter) && entry.qos <= 2);
		sum = mix(sum + entry.qos, entry.filter);
	}
	FUZZ_CHECK(rest.len == 0 && count == packet->subscribe.count && count > 0);
	return sum;
}

/* Reads everything a packet points to. */
static uint64_t mix_packet(const mqs_packet *packet)
{
	switch (packet->type) {
		case MQTT_PKT_CONNECT: {
			const mqs_connect *c = &packet->connect;
			uint64_t sum = mix(mix(mix(1, c->client_id), c->will_topic), c->will_payload);
			sum = mix(mix(sum, c->username), c->password);
			return mix_props(mix_props(sum, &c->props), &c->will_props);
		}
		case MQTT_PKT_CONNACK: return mix_props(packet->connack.code, &packet->connack.props);
		case MQTT_PKT_PUBLISH: {
			const mqs_publish *p = &packet->publish;
			FUZZ_CHECK(p->qos <= 2 && (p->qos > 0) == (p->packet_id > 0) && !mqs_topic_has_wildcard(p->topic));
			return mix_props(mix(mix(p->packet_id, p->topic), p->payload), &p->props);
		}
		case MQTT_PKT_SUBSCRIBE:
		case MQTT_PKT_UNSUBSCRIBE: return mix_props(mix_entries(2, packet), &packet->subscribe.props);
		case MQTT_PKT_SUBACK:
		case MQTT_PKT_UNSUBACK: return mix_props(mix(3, packet->suback.codes), &packet->suback.props);
		case MQTT_PKT_PINGREQ:
		case MQTT_PKT_PINGRESP: return 4;
		case MQTT_PKT_DISCONNECT:
		case MQTT_PKT_AUTH: return mix_props(packet->reasoned.reason, &packet->reasoned.props);
		default: return mix_props(packet->ack.packet_id + packet->ack.reason, &packet->ack.props);
	}
}

static void record_fault(event *e, const mqs_fault *fault)
{
	FUZZ_CHECK(fault->reason >= 0x80 && fault->clause && fault->what);
	e->reason = fault->reason;
	e->offset = fault->offset;
	e->clause = fault->clause;
}

/* Takes all packets that one piece completes. */
static void feed(mqs_framer *framer, mqs_bytes piece, uint8_t *level, const mqs_codec_limits *limits, journal *journal)
{
	mqs_result result = MQS_OK;
	while (result == MQS_OK && journal->count < MAX_EVENTS) {
		event *e = &journal->events[journal->count];
		mqs_fault fault = {0};
		mqs_bytes bytes;
		*e = (event){0};
		result = e->framed = mqs_framer_next(framer, &piece, &bytes, &fault);
		if (result == MQS_NEED_MORE) {
			FUZZ_CHECK(piece.len == 0);
			return;
		}
		journal->count++;
		if (result != MQS_OK) {
			record_fault(e, &fault);
			return;
		}
		mqs_packet packet;
		e->decoded = mqs_packet_decode(bytes, *level, limits, &packet, &fault);
		e->type = (uint8_t)packet.type;
		e->said = mix(0, bytes);
		if (e->decoded == MQS_OK) {
			e->said += mix_packet(&packet);
			*level = packet.level;
		} else {
			record_fault(e, &fault);
			FUZZ_CHECK(fault.offset <= bytes.len);
		}
	}
}

/* The stream in pieces; every piece is in memory of exactly its size that is gone afterwards. */
static void run(mqs_bytes stream, const uint8_t *cuts, size_t count, uint8_t level, uint8_t limit, journal *journal)
{
	static const uint32_t sizes[] = {0, 4, 16, 127, 300, 70000};
	const mqs_codec_limits limits = {.max_user_properties = limit & 3, .max_topic_levels = limit >> 2 & 7};
	mqs_framer framer;
	mqs_framer_init(&framer, &fuzz_alloc, sizes[(limit >> 5) % (sizeof(sizes) / sizeof(sizes[0]))]);
	journal->count = 0;
	size_t at = 0;
	for (size_t turn = 0; at < stream.len && turn <= count; turn++) {
		size_t len = stream.len - at;
		if (turn < count && cuts[turn] < len) {
			len = cuts[turn];
		}
		uint8_t *piece = malloc(len ? len : 1);
		if (!piece) {
			break;
		}
		memcpy(piece, stream.ptr + at, len);
		feed(&framer, mqs_bytes_make(piece, len), &level, &limits, journal);
		free(piece);
		at += len;
	}
	journal->held = mqs_framer_held(&framer);
	mqs_framer_clear(&framer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static journal whole;
	static journal cut;
	size_t count = size < 3 ? 0 : data[2] % MAX_CUTS;
	if (size < 3 + count) {
		return 0;
	}
	uint8_t level = (uint8_t)(3 + data[0] % 3);
	mqs_bytes stream = mqs_bytes_make(data + 3 + count, size - 3 - count);
	run(stream, NULL, 0, level, data[1], &whole);
	run(stream, data + 3, count, level, data[1], &cut);
	/* A framer in fault says so once for each piece: count it once. */
	while (cut.count > 1 && cut.events[cut.count - 1].framed != MQS_OK && cut.events[cut.count - 2].framed != MQS_OK) {
		cut.count--;
	}
	FUZZ_CHECK(whole.count == cut.count);
	for (size_t i = 0; i < whole.count; i++) {
		const event *a = &whole.events[i];
		const event *b = &cut.events[i];
		FUZZ_CHECK(a->framed == b->framed && a->decoded == b->decoded && a->type == b->type && a->said == b->said);
		FUZZ_CHECK(a->reason == b->reason && a->offset == b->offset && a->clause == b->clause);
	}
	bool failed = whole.count > 0 && whole.events[whole.count - 1].framed != MQS_OK;
	FUZZ_CHECK(failed || whole.count == MAX_EVENTS || whole.held == cut.held);
	return 0;
}
