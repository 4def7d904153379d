/* SPDX-License-Identifier: MIT
 *
 * tests/unit/codec/props_test.c - every property in every packet, once, twice and cut; writing lists.
 */
#include "harness.h"
#include "packet_text.h"

#define WILL 0

/* MQTT 5 table 2-4, typed in from the standard; places in the order of packet types, W for the will. */
static const struct {
	uint32_t id;
	mqs_prop_kind kind;
	const char *places;
	const char *value;
} table[] = {
    {0x01, MQS_PROP_BYTE, "PUBLISH WILL", "01"},
    {0x02, MQS_PROP_U32, "PUBLISH WILL", "01020304"},
    {0x03, MQS_PROP_STRING, "PUBLISH WILL", "'text'"},
    {0x08, MQS_PROP_STRING, "PUBLISH WILL", "'reply'"},
    {0x09, MQS_PROP_BINARY, "PUBLISH WILL", "{00FF}"},
    {0x0B, MQS_PROP_VARINT, "PUBLISH SUBSCRIBE", "FF01"},
    {0x11, MQS_PROP_U32, "CONNECT CONNACK DISCONNECT", "01020304"},
    {0x12, MQS_PROP_STRING, "CONNACK", "'text'"},
    {0x13, MQS_PROP_U16, "CONNACK", "0102"},
    {0x15, MQS_PROP_STRING, "CONNECT CONNACK AUTH", "'text'"},
    {0x16, MQS_PROP_BINARY, "CONNECT CONNACK AUTH", "{00}"},
    {0x17, MQS_PROP_BYTE, "CONNECT", "00"},
    {0x18, MQS_PROP_U32, "WILL", "00000000"},
    {0x19, MQS_PROP_BYTE, "CONNECT", "01"},
    {0x1A, MQS_PROP_STRING, "CONNACK", "''"},
    {0x1C, MQS_PROP_STRING, "CONNACK DISCONNECT", "'text'"},
    {0x1F, MQS_PROP_STRING, "CONNACK PUBACK PUBREC PUBREL PUBCOMP SUBACK UNSUBACK DISCONNECT AUTH", "'text'"},
    {0x21, MQS_PROP_U16, "CONNECT CONNACK", "FFFF"},
    {0x22, MQS_PROP_U16, "CONNECT CONNACK", "0000"},
    {0x23, MQS_PROP_U16, "PUBLISH", "0001"},
    {0x24, MQS_PROP_BYTE, "CONNACK", "00"},
    {0x25, MQS_PROP_BYTE, "CONNACK", "00"},
    {0x26, MQS_PROP_PAIR,
        "CONNECT CONNACK PUBLISH WILL PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE SUBACK UNSUBSCRIBE UNSUBACK DISCONNECT "
        "AUTH",
        "'k' 'v'"},
    {0x27, MQS_PROP_U32, "CONNECT CONNACK", "00000001"},
    {0x28, MQS_PROP_BYTE, "CONNACK", "01"},
    {0x29, MQS_PROP_BYTE, "CONNACK", "01"},
    {0x2A, MQS_PROP_BYTE, "CONNACK", "01"},
};

#define ROWS (sizeof(table) / sizeof(table[0]))

/* A packet of each type around a list of properties. */
static const struct {
	const char *name;
	mqtt_packet_type type;
	const char *before;
	const char *after;
} places[] = {
    {"WILL", MQTT_PKT_CONNECT, "10 ~ 'MQTT' 05 06 0000 [] 'c' [", "] 'w' 'p'"},
    {"CONNECT", MQTT_PKT_CONNECT, "10 ~ 'MQTT' 05 02 0000 [", "] 'c'"},
    {"CONNACK", MQTT_PKT_CONNACK, "20 ~ 00 00 [", "]"},
    {"PUBLISH", MQTT_PKT_PUBLISH, "30 ~ 't' [", "]"},
    {"PUBACK", MQTT_PKT_PUBACK, "40 ~ 0001 00 [", "]"},
    {"PUBREC", MQTT_PKT_PUBREC, "50 ~ 0001 00 [", "]"},
    {"PUBREL", MQTT_PKT_PUBREL, "62 ~ 0001 00 [", "]"},
    {"PUBCOMP", MQTT_PKT_PUBCOMP, "70 ~ 0001 00 [", "]"},
    {"SUBSCRIBE", MQTT_PKT_SUBSCRIBE, "82 ~ 0001 [", "] 'f' 00"},
    {"SUBACK", MQTT_PKT_SUBACK, "90 ~ 0001 [", "] 00"},
    {"UNSUBSCRIBE", MQTT_PKT_UNSUBSCRIBE, "A2 ~ 0001 [", "] 'f'"},
    {"UNSUBACK", MQTT_PKT_UNSUBACK, "B0 ~ 0001 [", "] 00"},
    {"DISCONNECT", MQTT_PKT_DISCONNECT, "E0 ~ 00 [", "]"},
    {"AUTH", MQTT_PKT_AUTH, "F0 ~ 18 [", "]"},
};

#define PLACES (sizeof(places) / sizeof(places[0]))

/* Is the word in the list? */
static bool listed(const char *list, const char *word)
{
	size_t len = strlen(word);
	for (const char *at = strstr(list, word); at; at = strstr(at + 1, word)) {
		if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0')) {
			return true;
		}
	}
	return false;
}

static mqs_result decode_text(const char *text, mqs_packet *packet, mqs_fault *fault)
{
	mqs_bytes in = packet_text(text);
	mqs_result result = mqs_packet_decode(in, 5, NULL, packet, fault);
	free((void *)(uintptr_t)in.ptr);
	return result;
}

static const char *method_before(size_t place, uint32_t id)
{
	bool needed = (places[place].type == MQTT_PKT_AUTH && id != 0x15) || (id == 0x16 && place == 1);
	return needed ? "15 'm'" : "";
}

static void every_property_in_every_packet(void)
{
	for (size_t row = 0; row < ROWS; row++) {
		test_case("every_property_in_every_packet: 0x%02X", (unsigned)table[row].id);
		CHECK_EQ(mqs_prop_kind_of(table[row].id), table[row].kind);
		for (size_t place = 0; place < PLACES; place++) {
			bool good = listed(table[row].places, places[place].name);
			CHECK_EQ(mqs_prop_allowed(table[row].id, places[place].type, place == WILL), good);
			const char *method = method_before(place, table[row].id);
			mqs_packet packet;
			mqs_fault fault = {0};
			char text[256];
			snprintf(text, sizeof(text), "%s%s %02X %s%s", places[place].before, method, (unsigned)table[row].id,
			    table[row].value, places[place].after);
			CHECK_EQ(decode_text(text, &packet, &fault), good ? MQS_OK : MQS_ERR_MALFORMED);
			if (!good) {
				continue;
			}
			/* the same again: only these two may repeat */
			bool repeats = table[row].id == 0x26 || (table[row].id == 0x0B && places[place].type == MQTT_PKT_PUBLISH);
			snprintf(text, sizeof(text), "%s%s %02X %s %02X %s%s", places[place].before, method,
			    (unsigned)table[row].id, table[row].value, (unsigned)table[row].id, table[row].value,
			    places[place].after);
			CHECK_EQ(decode_text(text, &packet, &fault), repeats ? MQS_OK : MQS_ERR_PROTOCOL);
			if (!repeats) {
				CHECK_EQ(fault.reason, MQTT_RC_PROTOCOL_ERROR);
				CHECK(strncmp(fault.clause, "MQTT5 3.", 8) == 0); /* the section of this very property */
			}
		}
	}
}

/* A list with one property that lacks bytes at its end is malformed wherever it is cut. */
static void every_property_cut(void)
{
	for (size_t row = 0; row < ROWS; row++) {
		char text[128];
		snprintf(text, sizeof(text), "%02X %s", (unsigned)table[row].id, table[row].value);
		mqs_bytes whole = packet_text(text);
		mqtt_packet_type type = MQTT_PKT_CONNECT;
		bool will = false;
		for (size_t place = 0; place < PLACES; place++) {
			if (listed(table[row].places, places[place].name)) {
				type = places[place].type;
				will = place == WILL;
			}
		}
		for (size_t len = 0; len <= whole.len; len++) {
			uint8_t *cut = malloc(len ? len : 1);
			if (!CHECK(cut != NULL)) {
				return;
			}
			memcpy(cut, whole.ptr, len);
			mqs_props props;
			mqs_fault fault = {0};
			mqs_bytes raw = mqs_bytes_make(cut, len);
			mqs_result result = mqs_props_decode(raw, type, will, NULL, 100, &props, &fault);
			bool good = len == 0 || len == whole.len;
			CHECK_EQ(result, good ? MQS_OK : MQS_ERR_MALFORMED);
			CHECK(good || fault.offset == 100 || (fault.offset == 101 && len > 1));
			mqs_bytes rest = raw;
			mqs_prop prop;
			CHECK_EQ(mqs_props_next(&rest, &prop), len == whole.len);
			free(cut);
		}
		free((void *)(uintptr_t)whole.ptr);
	}
}

static void no_other_property_exists(void)
{
	for (uint32_t id = 0; id < 1000; id++) {
		bool known = false;
		for (size_t row = 0; row < ROWS; row++) {
			known = known || table[row].id == id;
		}
		CHECK_EQ(mqs_prop_kind_of(id) != MQS_PROP_NONE, known);
		bool somewhere = mqs_prop_allowed(id, MQTT_PKT_CONNECT, true);
		for (int type = 0; type < 20; type++) {
			somewhere = somewhere || mqs_prop_allowed(id, (mqtt_packet_type)type, false);
			CHECK(type == MQTT_PKT_CONNECT || !mqs_prop_allowed(id, (mqtt_packet_type)type, true));
		}
		CHECK_EQ(somewhere, known);
	}
	CHECK(!mqs_prop_allowed(UINT32_MAX, MQTT_PKT_CONNECT, false));
}

/* What was written is read back, in order, and the list is one that decoding accepts. */
static void write_and_walk(void)
{
	test_alloc test;
	test_alloc_init(&test, 0);
	mqs_buffer list;
	mqs_buffer_init(&list, &test.alloc, 1000);
	CHECK_EQ(mqs_props_write_number(&list, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, 1), MQS_OK);
	CHECK_EQ(mqs_props_write_number(&list, MQTT_PROP_TOPIC_ALIAS, 0x1234), MQS_OK);
	CHECK_EQ(mqs_props_write_number(&list, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, UINT32_MAX - 1), MQS_OK);
	CHECK_EQ(mqs_props_write_number(&list, MQTT_PROP_SUBSCRIPTION_IDENTIFIER, MQTT_VARINT_MAX), MQS_OK);
	CHECK_EQ(mqs_props_write_number(&list, MQTT_PROP_SUBSCRIPTION_IDENTIFIER, 1), MQS_OK);
	CHECK_EQ(mqs_props_write_bytes(&list, MQTT_PROP_CONTENT_TYPE, MQS_BYTES_LITERAL("text")), MQS_OK);
	CHECK_EQ(mqs_props_write_bytes(&list, MQTT_PROP_CORRELATION_DATA, MQS_BYTES_LITERAL("\xFF\0")), MQS_OK);
	CHECK_EQ(mqs_props_write_pair(&list, MQS_BYTES_LITERAL("k"), mqs_bytes_make(NULL, 0)), MQS_OK);
	mqs_props props;
	CHECK_EQ(mqs_props_decode(mqs_buffer_view(&list), MQTT_PKT_PUBLISH, false, NULL, 0, &props, NULL), MQS_OK);
	CHECK(props.payload_format_indicator == 1 && props.topic_alias == 0x1234);
	CHECK(props.message_expiry_interval_s == UINT32_MAX - 1 && props.subscription_identifier == MQTT_VARINT_MAX);
	CHECK(props.subscription_identifier_count == 2 && props.user_property_count == 1);
	static const struct {
		mqtt_property id;
		mqs_prop_kind kind;
		uint32_t number;
		size_t len;
	} rows[] = {
	    {MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, MQS_PROP_BYTE, 1, 0},
	    {MQTT_PROP_TOPIC_ALIAS, MQS_PROP_U16, 0x1234, 0},
	    {MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, MQS_PROP_U32, UINT32_MAX - 1, 0},
	    {MQTT_PROP_SUBSCRIPTION_IDENTIFIER, MQS_PROP_VARINT, MQTT_VARINT_MAX, 0},
	    {MQTT_PROP_SUBSCRIPTION_IDENTIFIER, MQS_PROP_VARINT, 1, 0},
	    {MQTT_PROP_CONTENT_TYPE, MQS_PROP_STRING, 0, 4},
	    {MQTT_PROP_CORRELATION_DATA, MQS_PROP_BINARY, 0, 2},
	    {MQTT_PROP_USER_PROPERTY, MQS_PROP_PAIR, 0, 1},
	};
	mqs_bytes rest = mqs_buffer_view(&list);
	mqs_prop prop;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(mqs_props_next(&rest, &prop));
		CHECK(prop.id == rows[i].id && prop.kind == rows[i].kind);
		CHECK(prop.number == rows[i].number && prop.bytes.len == rows[i].len && prop.value.len == 0);
	}
	CHECK(!mqs_props_next(&rest, &prop) && rest.len == 0);
	mqs_buffer_clear(&list);
	CHECK_EQ(test.live, 0);
}

static void what_may_not_be_written(void)
{
	static const struct {
		mqtt_property id;
		uint32_t number;
	} numbers[] = {
	    {MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, 2},
	    {MQTT_PROP_MAXIMUM_QOS, 2},
	    {MQTT_PROP_RETAIN_AVAILABLE, 256},
	    {MQTT_PROP_TOPIC_ALIAS, 0},
	    {MQTT_PROP_TOPIC_ALIAS, 65536},
	    {MQTT_PROP_SERVER_KEEP_ALIVE, 65536},
	    {MQTT_PROP_RECEIVE_MAXIMUM, 0},
	    {MQTT_PROP_MAXIMUM_PACKET_SIZE, 0},
	    {MQTT_PROP_SUBSCRIPTION_IDENTIFIER, 0},
	    {MQTT_PROP_SUBSCRIPTION_IDENTIFIER, MQTT_VARINT_MAX + 1},
	    {MQTT_PROP_CONTENT_TYPE, 1},
	    {MQTT_PROP_CORRELATION_DATA, 1},
	    {MQTT_PROP_USER_PROPERTY, 1},
	    {(mqtt_property)4, 1},
	    {(mqtt_property)1000, 1},
	};
	test_alloc test;
	test_alloc_init(&test, 0);
	mqs_buffer list;
	mqs_buffer_init(&list, &test.alloc, 8);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		CHECK_EQ(mqs_props_write_number(&list, numbers[i].id, numbers[i].number), MQS_ERR_INVALID);
	}
	const mqs_bytes text = MQS_BYTES_LITERAL("x");
	const mqs_bytes bad = MQS_BYTES_LITERAL("\xC0");
	const mqs_bytes longer = mqs_bytes_make("x", 65536);
	CHECK_EQ(mqs_props_write_bytes(&list, MQTT_PROP_TOPIC_ALIAS, text), MQS_ERR_INVALID);
	CHECK_EQ(mqs_props_write_bytes(&list, MQTT_PROP_USER_PROPERTY, text), MQS_ERR_INVALID);
	CHECK_EQ(mqs_props_write_bytes(&list, (mqtt_property)0x7F, text), MQS_ERR_INVALID);
	CHECK_EQ(mqs_props_write_bytes(&list, MQTT_PROP_REASON_STRING, bad), MQS_ERR_INVALID);
	CHECK_EQ(mqs_props_write_bytes(&list, MQTT_PROP_REASON_STRING, longer), MQS_ERR_INVALID);
	CHECK_EQ(mqs_props_write_bytes(&list, MQTT_PROP_CORRELATION_DATA, longer), MQS_ERR_INVALID);
	CHECK_EQ(mqs_props_write_pair(&list, bad, text), MQS_ERR_INVALID);
	CHECK_EQ(mqs_props_write_pair(&list, text, bad), MQS_ERR_INVALID);
	CHECK_EQ(mqs_props_write_pair(&list, longer, text), MQS_ERR_INVALID);
	CHECK_EQ(mqs_props_write_pair(&list, text, longer), MQS_ERR_INVALID);
	CHECK_EQ(mqs_props_write_pair(&list, text, MQS_BYTES_LITERAL("xyz")), MQS_ERR_LIMIT);
	CHECK_EQ(mqs_props_write_bytes(&list, MQTT_PROP_REASON_STRING, MQS_BYTES_LITERAL("123456")), MQS_ERR_LIMIT);
	CHECK_EQ(list.len, 0);
	CHECK_EQ(mqs_props_write_number(&list, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, 0), MQS_OK);
	CHECK_EQ(mqs_props_write_number(&list, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, 0), MQS_ERR_LIMIT);
	CHECK_EQ(list.len, 5);
	mqs_buffer_clear(&list);
	CHECK_EQ(test.live, 0);
}

static void writing_without_memory(void)
{
	const mqs_bytes text = MQS_BYTES_LITERAL("a text that is somewhat longer");
	for (long n = 1; n <= 3; n++) {
		test_alloc test;
		test_alloc_init(&test, n);
		mqs_buffer list;
		mqs_buffer_init(&list, &test.alloc, 1000);
		int refused = 0;
		for (int i = 0; i < 10; i++) {
			size_t before = list.len;
			mqs_result result = i % 3 == 0   ? mqs_props_write_pair(&list, text, text)
			                    : i % 3 == 1 ? mqs_props_write_bytes(&list, MQTT_PROP_CONTENT_TYPE, text)
			                                 : mqs_props_write_number(&list, MQTT_PROP_TOPIC_ALIAS, 1);
			CHECK(result == MQS_OK || (result == MQS_ERR_NOMEM && list.len == before));
			refused += result == MQS_ERR_NOMEM;
		}
		CHECK_EQ(refused, 1);
		mqs_bytes rest = mqs_buffer_view(&list);
		mqs_prop prop;
		int count = 0;
		while (count < 20 && mqs_props_next(&rest, &prop)) {
			count++;
		}
		CHECK_EQ(count, 9);
		mqs_buffer_clear(&list);
		CHECK_EQ(test.live, 0);
	}
}

TEST_MAIN(TEST_ENTRY(every_property_in_every_packet), TEST_ENTRY(every_property_cut),
    TEST_ENTRY(no_other_property_exists), TEST_ENTRY(write_and_walk), TEST_ENTRY(what_may_not_be_written),
    TEST_ENTRY(writing_without_memory))
