/* SPDX-License-Identifier: MIT
 *
 * tests/unit/cluster/frame_test.c - frames of the mesh: round trips, and everything that is refused.
 */
#include "cluster/frame.h"
#include "harness.h"

static uint8_t filler[70000];

/* "a" in any length up to 70,000. */
static mqs_bytes letters(size_t len)
{
	memset(filler, 'a', sizeof(filler));
	return mqs_bytes_make(filler, len);
}

static mqs_bytes text(const char *words)
{
	return mqs_bytes_make(words, strlen(words));
}

/* Do both say the same? Unused members are zero in both. */
static bool same(const mqs_cluster_frame *a, const mqs_cluster_frame *b)
{
	if (a->type != b->type) {
		return false;
	}
	switch (a->type) {
		case MQS_CLUSTER_HELLO:
			return a->hello.origin == b->hello.origin && a->hello.id == b->hello.id &&
			       a->hello.max_frame == b->hello.max_frame && a->hello.sessions == b->hello.sessions;
		case MQS_CLUSTER_FILTER:
			return a->filter.members == b->filter.members && mqs_bytes_equal(a->filter.filter, b->filter.filter);
		case MQS_CLUSTER_MESSAGE:
			return a->message.qos == b->message.qos && a->message.retain == b->message.retain &&
			       a->message.wants_answer == b->message.wants_answer &&
			       mqs_bytes_equal(a->message.topic, b->message.topic) &&
			       mqs_bytes_equal(a->message.group, b->message.group) &&
			       mqs_bytes_equal(a->message.props, b->message.props) &&
			       mqs_bytes_equal(a->message.payload, b->message.payload);
		case MQS_CLUSTER_ANSWER: return a->answer.upto == b->answer.upto && a->answer.reason == b->answer.reason;
		case MQS_CLUSTER_CLAIM:
			return a->claim.accepted_ms == b->claim.accepted_ms && a->claim.origin == b->claim.origin &&
			       mqs_bytes_equal(a->claim.client_id, b->claim.client_id);
		case MQS_CLUSTER_DISCONNECT:
			return a->disconnect.reason == b->disconnect.reason && a->disconnect.discard == b->disconnect.discard &&
			       mqs_bytes_equal(a->disconnect.client_id, b->disconnect.client_id) &&
			       mqs_bytes_equal(a->disconnect.props, b->disconnect.props);
		default: return true;
	}
}

/* Encodes, decodes, compares; every shorter piece of it is no frame, nor is it with a byte more. */
static void round_trip(const char *name, const mqs_cluster_frame *frame)
{
	test_alloc memory;
	mqs_buffer out;
	mqs_cluster_frame back;
	const char *what = NULL;
	size_t total = 0;
	test_case("round trip: %s", name);
	test_alloc_init(&memory, 0);
	mqs_buffer_init(&out, &memory.alloc, SIZE_MAX);
	size_t size = mqs_cluster_frame_size(frame);
	CHECK(size >= MQS_CLUSTER_HEADER);
	if (CHECK_EQ(mqs_cluster_frame_encode(frame, &out), MQS_OK) && CHECK_EQ(out.len, size)) {
		CHECK_EQ(mqs_cluster_frame_peek(mqs_buffer_view(&out), size, &total), MQS_OK);
		CHECK_EQ(total, size);
		CHECK_EQ(mqs_cluster_frame_peek(mqs_buffer_view(&out), size - 1, &total), MQS_ERR_LIMIT);
		CHECK_EQ(mqs_cluster_frame_decode(mqs_buffer_view(&out), &back, &what), MQS_OK);
		CHECK(same(frame, &back));
		for (size_t len = 0; len<size; len += size> 2000 && len > 100 && len + 100 < size ? 997 : 1) {
			/* In memory of its own, so that reading past it is found. */
			uint8_t *piece = malloc(len ? len : 1);
			memcpy(piece, out.ptr, len);
			mqs_result result = mqs_cluster_frame_peek(mqs_bytes_make(piece, len), SIZE_MAX, &total);
			CHECK_EQ(result, len < MQS_CLUSTER_HEADER ? MQS_NEED_MORE : MQS_OK);
			CHECK_EQ(mqs_cluster_frame_decode(mqs_bytes_make(piece, len), &back, &what), MQS_ERR_MALFORMED);
			free(piece);
		}
		CHECK_EQ(mqs_buffer_append(&out, text("x")), MQS_OK);
		CHECK_EQ(mqs_cluster_frame_decode(mqs_buffer_view(&out), &back, &what), MQS_ERR_MALFORMED);
	}
	mqs_buffer_clear(&out);
	CHECK_EQ(memory.live, 0);
}

static void test_round_trips(void)
{
	mqs_cluster_frame frame = {.type = MQS_CLUSTER_HELLO};
	frame.hello = (mqs_cluster_hello){UINT64_MAX, INT64_MAX, UINT32_MAX, UINT32_MAX};
	round_trip("hello, greatest numbers", &frame);
	frame.hello = (mqs_cluster_hello){1, 0, MQS_CLUSTER_FRAME_LEAST, 0};
	round_trip("hello, least numbers", &frame);

	for (int type = MQS_CLUSTER_SYNCED; type < MQS_CLUSTER_TYPES; type++) {
		frame = (mqs_cluster_frame){.type = (mqs_cluster_type)type};
		if (type == MQS_CLUSTER_SYNCED || type == MQS_CLUSTER_PING || type == MQS_CLUSTER_BYE) {
			round_trip("no body", &frame);
			CHECK_EQ(mqs_cluster_frame_size(&frame), MQS_CLUSTER_HEADER);
		}
	}

	frame = (mqs_cluster_frame){.type = MQS_CLUSTER_FILTER, .filter = {0, text("#")}};
	round_trip("filter, gone", &frame);
	frame.filter = (mqs_cluster_filter){UINT32_MAX, text("$share/group/+/\xc3\xa4/#")};
	round_trip("filter, shared", &frame);
	frame.filter = (mqs_cluster_filter){1, letters(65535)};
	round_trip("filter, longest", &frame);

	frame = (mqs_cluster_frame){.type = MQS_CLUSTER_MESSAGE, .message = {.topic = text("t")}};
	round_trip("message, empty", &frame);
	frame.message =
	    (mqs_cluster_message){true, true, 2, text("a/b"), text("$share/g/a/+"), text("\x01\x01"), letters(70000)};
	round_trip("message, all of it", &frame);
	frame.message = (mqs_cluster_message){true, false, 1, letters(65535), letters(65535), letters(66000), text("")};
	round_trip("message, longest names", &frame);

	frame = (mqs_cluster_frame){.type = MQS_CLUSTER_ANSWER, .answer = {UINT64_MAX, 0xff}};
	round_trip("answer", &frame);

	frame = (mqs_cluster_frame){.type = MQS_CLUSTER_CLAIM, .claim = {INT64_MAX, UINT64_MAX, letters(65535)}};
	round_trip("claim, greatest", &frame);
	frame.claim = (mqs_cluster_claim){0, 0, text("c")};
	round_trip("claim, least", &frame);

	frame = (mqs_cluster_frame){.type = MQS_CLUSTER_DISCONNECT};
	frame.disconnect = (mqs_cluster_disconnect){0x8e, true, letters(65535), letters(65535)};
	round_trip("disconnect, longest", &frame);
	frame.disconnect = (mqs_cluster_disconnect){0, false, text("c"), text("")};
	round_trip("disconnect, least", &frame);
}

/* What the encoder does not take. */
static void test_not_encoded(void)
{
	static const mqs_bytes none = {NULL, 0};
	const mqs_bytes huge = {filler, (size_t)MQTT_VARINT_MAX + 1};
	const mqs_bytes large = {filler, MQTT_VARINT_MAX};
	const mqs_cluster_frame bad[] = {
	    {.type = (mqs_cluster_type)0},
	    {.type = MQS_CLUSTER_TYPES},
	    {.type = MQS_CLUSTER_HELLO, .hello = {0, 1, MQS_CLUSTER_FRAME_LEAST, 0}},
	    {.type = MQS_CLUSTER_HELLO, .hello = {1, -1, MQS_CLUSTER_FRAME_LEAST, 0}},
	    {.type = MQS_CLUSTER_HELLO, .hello = {1, 1, MQS_CLUSTER_FRAME_LEAST - 1, 0}},
	    {.type = MQS_CLUSTER_FILTER, .filter = {1, none}},
	    {.type = MQS_CLUSTER_FILTER, .filter = {1, letters(65536)}},
	    {.type = MQS_CLUSTER_MESSAGE, .message = {.topic = none}},
	    {.type = MQS_CLUSTER_MESSAGE, .message = {.topic = letters(65536)}},
	    {.type = MQS_CLUSTER_MESSAGE, .message = {.topic = letters(1), .group = letters(65536)}},
	    {.type = MQS_CLUSTER_MESSAGE, .message = {.topic = letters(1), .qos = 3}},
	    {.type = MQS_CLUSTER_MESSAGE, .message = {.topic = letters(1), .payload = huge}},
	    {.type = MQS_CLUSTER_MESSAGE, .message = {.topic = letters(1), .props = huge}},
	    {.type = MQS_CLUSTER_MESSAGE, .message = {.topic = letters(1), .props = large, .payload = large}},
	    {.type = MQS_CLUSTER_CLAIM, .claim = {1, 1, none}},
	    {.type = MQS_CLUSTER_CLAIM, .claim = {1, 1, letters(65536)}},
	    {.type = MQS_CLUSTER_CLAIM, .claim = {-1, 1, letters(1)}},
	    {.type = MQS_CLUSTER_DISCONNECT, .disconnect = {0, false, none, none}},
	    {.type = MQS_CLUSTER_DISCONNECT, .disconnect = {0, false, letters(65536), none}},
	    {.type = MQS_CLUSTER_DISCONNECT, .disconnect = {0, false, letters(1), letters(65536)}},
	};
	test_alloc memory;
	mqs_buffer out;
	test_alloc_init(&memory, 0);
	mqs_buffer_init(&out, &memory.alloc, SIZE_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		test_case("not encoded: %zu", i);
		CHECK_EQ(mqs_cluster_frame_size(&bad[i]), 0);
		CHECK_EQ(mqs_cluster_frame_encode(&bad[i], &out), MQS_ERR_INVALID);
		CHECK_EQ(out.len, 0);
	}
	CHECK_EQ(memory.calls, 0);
}

static void test_no_room(void)
{
	const mqs_cluster_frame frame = {.type = MQS_CLUSTER_FILTER, .filter = {1, letters(100)}};
	test_alloc memory;
	mqs_buffer out;
	test_alloc_init(&memory, 1);
	mqs_buffer_init(&out, &memory.alloc, 1000);
	CHECK_EQ(mqs_cluster_frame_encode(&frame, &out), MQS_ERR_NOMEM);
	CHECK_EQ(out.len, 0);
	mqs_buffer_init(&out, &memory.alloc, 108);
	CHECK_EQ(mqs_cluster_frame_encode(&frame, &out), MQS_ERR_LIMIT);
	CHECK_EQ(out.len, 0);
	mqs_buffer_init(&out, &memory.alloc, 109);
	CHECK_EQ(mqs_cluster_frame_encode(&frame, &out), MQS_OK);
	mqs_buffer_clear(&out);
	CHECK_EQ(memory.live, 0);
}

static size_t bytes_of_hex(const char *hex, uint8_t *out)
{
	size_t count = 0;
	unsigned value;
	int used;
	while (sscanf(hex, " %2x%n", &value, &used) == 1) {
		out[count++] = (uint8_t)value;
		hex += used;
	}
	return count;
}

#define MAGIC "4d51534d 01 "

/* Bodies; the length is put before them. */
static const struct {
	const char *name, *hex;
	mqs_result result;
} refused[] = {
    {"no such type", "0a", MQS_ERR_MALFORMED},
    {"type 0", "00", MQS_ERR_MALFORMED},
    {"type 255", "ff", MQS_ERR_MALFORMED},
    {"HELLO of something else", "01 47455420 2f 0000000000000001 0000000000000001 00040000 00000000", MQS_ERR_PROTOCOL},
    {"HELLO of another version", "01 4d51534d 02 0000000000000001 0000000000000001 00040000 00000000",
        MQS_ERR_PROTOCOL},
    {"HELLO with origin 0", "01" MAGIC "0000000000000000 0000000000000001 00040000 00000000", MQS_ERR_PROTOCOL},
    {"HELLO with a negative id", "01" MAGIC "0000000000000001 8000000000000000 00040000 00000000", MQS_ERR_MALFORMED},
    {"HELLO with a low limit", "01" MAGIC "0000000000000001 0000000000000001 0003ffff 00000000", MQS_ERR_PROTOCOL},
    {"HELLO too short", "01" MAGIC "0000000000000001 0000000000000001 00040000 000000", MQS_ERR_MALFORMED},
    {"HELLO too long", "01" MAGIC "0000000000000001 0000000000000001 00040000 00000000 00", MQS_ERR_MALFORMED},
    {"SYNCED with a body", "02 00", MQS_ERR_MALFORMED},
    {"FILTER without a filter", "03 00000001", MQS_ERR_MALFORMED},
    {"FILTER too short", "03 000000", MQS_ERR_MALFORMED},
    {"FILTER with # not last", "03 00000001 232f61", MQS_ERR_MALFORMED},
    {"FILTER with a + in a level", "03 00000001 612b", MQS_ERR_MALFORMED},
    {"FILTER shared without a group", "03 00000001 2473686172652f2f61", MQS_ERR_MALFORMED},
    {"FILTER not UTF-8", "03 00000001 61ff", MQS_ERR_MALFORMED},
    {"FILTER with U+0000", "03 00000001 6100", MQS_ERR_MALFORMED},
    {"MESSAGE without anything", "04", MQS_ERR_MALFORMED},
    {"MESSAGE with QoS 3", "04 03 0001 61 0000 00000000", MQS_ERR_MALFORMED},
    {"MESSAGE with unknown flags", "04 10 0001 61 0000 00000000", MQS_ERR_MALFORMED},
    {"MESSAGE without a topic", "04 00 0000 0000 00000000", MQS_ERR_MALFORMED},
    {"MESSAGE to a wildcard", "04 00 0001 23 0000 00000000", MQS_ERR_MALFORMED},
    {"MESSAGE to no UTF-8", "04 00 0001 80 0000 00000000", MQS_ERR_MALFORMED},
    {"MESSAGE with a topic past the end", "04 00 ffff 61 0000 00000000", MQS_ERR_MALFORMED},
    {"MESSAGE with a group past the end", "04 00 0001 61 0005 00000000", MQS_ERR_MALFORMED},
    {"MESSAGE with properties past the end", "04 00 0001 61 0000 ffffffff", MQS_ERR_MALFORMED},
    {"MESSAGE with properties past the end by one", "04 00 0001 61 0000 00000002 00", MQS_ERR_MALFORMED},
    {"ANSWER too short", "05 0000000000000001", MQS_ERR_MALFORMED},
    {"ANSWER too long", "05 0000000000000001 00 00", MQS_ERR_MALFORMED},
    {"CLAIM without a client", "06 0000000000000001 0000000000000001", MQS_ERR_MALFORMED},
    {"CLAIM at a negative time", "06 ffffffffffffffff 0000000000000001 61", MQS_ERR_MALFORMED},
    {"CLAIM too short", "06 0000000000000001 00000000000001", MQS_ERR_MALFORMED},
    {"DISCONNECT without a client", "07 00 00 0000", MQS_ERR_MALFORMED},
    {"DISCONNECT with a flag of 2", "07 00 02 0001 61", MQS_ERR_MALFORMED},
    {"DISCONNECT with a client past the end", "07 00 00 0002 61", MQS_ERR_MALFORMED},
    {"PING with a body", "08 00", MQS_ERR_MALFORMED},
    {"BYE with a body", "09 61", MQS_ERR_MALFORMED},
};

static void test_refused(void)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		uint8_t bytes[200] = {0};
		mqs_cluster_frame out;
		const char *what = NULL;
		test_case("refused: %s", refused[i].name);
		size_t len = bytes_of_hex(refused[i].hex, bytes + 4);
		bytes[3] = (uint8_t)len;
		/* In memory of its own, so that reading past it is found. */
		uint8_t *own = malloc(len + 4);
		memcpy(own, bytes, len + 4);
		CHECK_EQ(mqs_cluster_frame_decode(mqs_bytes_make(own, len + 4), &out, &what), refused[i].result);
		CHECK(what && *what);
		free(own);
	}
}

static void test_too_long_names(void)
{
	static uint8_t bytes[4 + 1 + 16 + 65536];
	mqs_cluster_frame out;
	const char *what = NULL;
	const struct {
		uint8_t type;
		size_t before, names;
	} rows[] = {{MQS_CLUSTER_FILTER, 4, 65536}, {MQS_CLUSTER_CLAIM, 16, 65536}, {MQS_CLUSTER_DISCONNECT, 5, 65536}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		test_case("name over 65,535 bytes in type %d", rows[i].type);
		memset(bytes, 'a', sizeof(bytes));
		memset(bytes, 0, 5 + rows[i].before);
		size_t len = 1 + rows[i].before + rows[i].names;
		bytes[1] = (uint8_t)(len >> 16);
		bytes[2] = (uint8_t)(len >> 8);
		bytes[3] = (uint8_t)len;
		bytes[4] = rows[i].type;
		if (rows[i].type == MQS_CLUSTER_DISCONNECT) {
			bytes[8] = 1; /* a client identifier of one byte, then too many properties */
			bytes[9] = 'a';
		}
		CHECK_EQ(mqs_cluster_frame_decode(mqs_bytes_make(bytes, len + 4), &out, &what), MQS_ERR_MALFORMED);
		/* One byte less is good. */
		len--;
		bytes[1] = (uint8_t)(len >> 16);
		bytes[2] = (uint8_t)(len >> 8);
		bytes[3] = (uint8_t)len;
		CHECK_EQ(mqs_cluster_frame_decode(mqs_bytes_make(bytes, len + 4), &out, &what), MQS_OK);
	}
}

static void test_headers(void)
{
	static const struct {
		const char *hex;
		size_t max, total;
		mqs_result result;
	} rows[] = {
	    {"", 100, 0, MQS_NEED_MORE},
	    {"ffffffff", 100, 0, MQS_NEED_MORE},
	    {"00000001 08", 5, 5, MQS_OK},
	    {"00000001 08", 4, 0, MQS_ERR_LIMIT},
	    {"00000000 08", 100, 0, MQS_ERR_MALFORMED},
	    {"00000001 00", 100, 0, MQS_ERR_MALFORMED},
	    {"00000001 0a", 100, 0, MQS_ERR_MALFORMED},
	    {"ffffffff 04", SIZE_MAX, 0, MQS_ERR_LIMIT},
	    {"1002ffff 04", SIZE_MAX, 0x1002ffff + 4, MQS_OK},
	    {"10030000 04", SIZE_MAX, 0, MQS_ERR_LIMIT},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t bytes[16];
		size_t total = 0;
		test_case("header %s", rows[i].hex);
		size_t len = bytes_of_hex(rows[i].hex, bytes);
		CHECK_EQ(mqs_cluster_frame_peek(mqs_bytes_make(bytes, len), rows[i].max, &total), rows[i].result);
		CHECK_EQ(total, rows[i].total);
	}
}

TEST_MAIN(TEST_ENTRY(test_round_trips), TEST_ENTRY(test_not_encoded), TEST_ENTRY(test_no_room),
    TEST_ENTRY(test_refused), TEST_ENTRY(test_too_long_names), TEST_ENTRY(test_headers))
