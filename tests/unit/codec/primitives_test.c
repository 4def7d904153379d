/* SPDX-License-Identifier: MIT
 *
 * tests/unit/codec/primitives_test.c - variable byte integers and UTF-8, exhaustively where that is possible; names.
 */
#include "codec/codec_private.h"
#include "harness.h"

static void check_varint(uint32_t value)
{
	uint8_t out[4];
	uint32_t back = ~value;
	size_t used = 0;
	size_t size = mqs_varint_write(out, value);
	CHECK(size == mqs_varint_size(value));
	CHECK(mqs_varint_read(mqs_bytes_make(out, size), &back, &used) == MQS_OK && back == value && used == size);
	CHECK(mqs_varint_read(mqs_bytes_make(out, size - 1), &back, &used) == MQS_NEED_MORE);
}

static void varint_values(void)
{
	for (uint32_t value = 0; value < 1u << 21; value++) {
		check_varint(value);
	}
	for (uint32_t value = 1u << 21; value <= MQTT_VARINT_MAX; value += 241) {
		check_varint(value);
	}
	for (uint32_t value = MQTT_VARINT_MAX - 1000; value <= MQTT_VARINT_MAX; value++) {
		check_varint(value);
	}
	CHECK_EQ(mqs_varint_size(127), 1);
	CHECK_EQ(mqs_varint_size(128), 2);
	CHECK_EQ(mqs_varint_size(16383), 2);
	CHECK_EQ(mqs_varint_size(16384), 3);
	CHECK_EQ(mqs_varint_size(2097151), 3);
	CHECK_EQ(mqs_varint_size(2097152), 4);
	CHECK_EQ(mqs_varint_size(MQTT_VARINT_MAX), 4);
}

/* From the text of section 1.5.5, without a thought for speed. */
static mqs_result slow_varint(const uint8_t *in, size_t len, uint32_t *value, size_t *size)
{
	uint64_t sum = 0;
	uint64_t factor = 1;
	for (size_t i = 0;; i++, factor *= 128) {
		if (i == 4) {
			return MQS_ERR_MALFORMED;
		}
		if (i == len) {
			return MQS_NEED_MORE;
		}
		sum += (in[i] % 128) * factor;
		if (in[i] < 128) {
			*value = (uint32_t)sum;
			*size = i + 1;
			return mqs_varint_size(*value) == i + 1 ? MQS_OK : MQS_ERR_MALFORMED;
		}
	}
}

/* All sequences of up to three bytes, and of four with some last bytes. */
static void varint_sequences(void)
{
	static const uint8_t lasts[] = {0, 1, 0x7F, 0x80, 0xFF};
	for (uint32_t bits = 0; bits < 1u << 24; bits++) {
		uint8_t in[4] = {(uint8_t)bits, (uint8_t)(bits >> 8), (uint8_t)(bits >> 16), lasts[bits % sizeof(lasts)]};
		/* one and two byte forms need no more than one turn of the bytes behind them */
		if ((in[0] < 128 && bits >> 8 > 8) || (in[0] >= 128 && in[1] < 128 && in[2] > 8)) {
			continue;
		}
		for (size_t len = 0; len <= 4; len++) {
			uint32_t value = 0;
			uint32_t slow_value = 0;
			size_t size = 0;
			size_t slow_size = 0;
			mqs_result result = mqs_varint_read(mqs_bytes_make(in, len), &value, &size);
			mqs_result slow = slow_varint(in, len, &slow_value, &slow_size);
			CHECK(result == slow);
			CHECK(result != MQS_OK || (value == slow_value && size == slow_size));
		}
	}
}

/* Decodes by arithmetic and asks whether the code point is one, and the form its shortest. */
static bool slow_utf8(const uint8_t *in, size_t len)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	for (size_t at = 0; at < len;) {
		uint8_t first = in[at];
		size_t size = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
		if (size == 0 || len - at < size) {
			return false;
		}
		uint32_t point = size == 1 ? first : first & (0x7Fu >> size);
		for (size_t i = 1; i < size; i++) {
			if (in[at + i] >> 6 != 2) {
				return false;
			}
			point = point << 6 | (in[at + i] & 63u);
		}
		if (point == 0 || point < least[size] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
			return false;
		}
		at += size;
	}
	return true;
}

static void utf8_sequences(void)
{
	uint8_t in[4];
	for (uint32_t bits = 0; bits < 1u << 24; bits++) {
		in[0] = (uint8_t)(bits >> 16);
		in[1] = (uint8_t)(bits >> 8);
		in[2] = (uint8_t)bits;
		/* an ASCII first byte is followed by all pairs once, not a hundred times */
		if (in[0] > 1 && in[0] < 0x7F) {
			continue;
		}
		CHECK(mqs_utf8_valid(mqs_bytes_make(in, 3)) == slow_utf8(in, 3));
	}
	for (uint32_t first = 0xEE; first <= 0xFF; first++) {
		for (uint32_t bits = 0; bits < 1u << 16; bits++) {
			static const uint8_t ends[] = {0x00, 0x7F, 0x80, 0xBF, 0xC0, 0xFF};
			in[0] = (uint8_t)first;
			in[1] = (uint8_t)(bits >> 8);
			in[2] = (uint8_t)bits;
			for (size_t end = 0; end < sizeof(ends); end++) {
				in[3] = ends[end];
				CHECK(mqs_utf8_valid(mqs_bytes_make(in, 4)) == slow_utf8(in, 4));
			}
		}
	}
}

/* One odd byte at each place of texts of each length: the fast path and what is left over see all of it. */
static void utf8_places(void)
{
	static const uint8_t odd[] = {0x00, 0x01, 0x2B, 0x23, 0x7F, 0x80, 0xC3, 0xFF};
	for (size_t len = 1; len <= 40; len++) {
		uint8_t *text = malloc(len);
		if (!CHECK(text != NULL)) {
			return;
		}
		for (size_t at = 0; at < len; at++) {
			for (size_t i = 0; i < sizeof(odd); i++) {
				memset(text, 'a', len);
				text[at] = odd[i];
				mqs_bytes view = mqs_bytes_make(text, len);
				bool good = odd[i] != 0 && odd[i] < 128;
				CHECK_EQ(mqs_utf8_valid(view), good);
				CHECK_EQ(mqs_codec_utf8_check(view), good ? len : at);
				CHECK_EQ(mqs_codec_topic_is_plain(view), good && odd[i] != '+' && odd[i] != '#');
				CHECK_EQ(mqs_topic_has_wildcard(view), odd[i] == '+' || odd[i] == '#');
			}
			/* A character of two bytes, of which one may stand in another word than the other. */
			memset(text, 'a', len);
			text[at] = 0xC3;
			if (at + 1 < len) {
				text[at + 1] = 0xA4;
			}
			CHECK_EQ(mqs_codec_utf8_check(mqs_bytes_make(text, len)), at + 1 < len ? len : at);
		}
		free(text);
	}
	for (unsigned byte = 0; byte < 256; byte++) {
		uint8_t text[16];
		memset(text, (int)byte, sizeof(text));
		bool plain = byte > 0 && byte < 128 && byte != '+' && byte != '#';
		CHECK_EQ(mqs_codec_topic_is_plain(mqs_bytes_make(text, 16)), plain);
		CHECK_EQ(mqs_codec_topic_is_plain(mqs_bytes_make(text, 11)), plain);
		CHECK_EQ(mqs_codec_topic_is_plain(mqs_bytes_make(text, 3)), plain);
	}
	CHECK(mqs_utf8_valid(mqs_bytes_make(NULL, 0)) && mqs_codec_topic_is_plain(mqs_bytes_make(NULL, 0)));
}

/* MQTT 5 table 2-6, typed in from the standard. */
static const struct {
	uint8_t code;
	const char *name;
	const char *packets;
} reasons[] = {
    {0x00, "Success", "CONNACK PUBACK PUBREC PUBREL PUBCOMP SUBACK UNSUBACK DISCONNECT AUTH"},
    {0x01, "Granted QoS 1", "SUBACK"},
    {0x02, "Granted QoS 2", "SUBACK"},
    {0x04, "Disconnect with Will Message", "DISCONNECT"},
    {0x10, "No matching subscribers", "PUBACK PUBREC"},
    {0x11, "No subscription existed", "UNSUBACK"},
    {0x18, "Continue authentication", "AUTH"},
    {0x19, "Re-authenticate", "AUTH"},
    {0x80, "Unspecified error", "CONNACK PUBACK PUBREC SUBACK UNSUBACK DISCONNECT"},
    {0x81, "Malformed Packet", "CONNACK DISCONNECT"},
    {0x82, "Protocol Error", "CONNACK DISCONNECT"},
    {0x83, "Implementation specific error", "CONNACK PUBACK PUBREC SUBACK UNSUBACK DISCONNECT"},
    {0x84, "Unsupported Protocol Version", "CONNACK"},
    {0x85, "Client Identifier not valid", "CONNACK"},
    {0x86, "Bad User Name or Password", "CONNACK"},
    {0x87, "Not authorized", "CONNACK PUBACK PUBREC SUBACK UNSUBACK DISCONNECT"},
    {0x88, "Server unavailable", "CONNACK"},
    {0x89, "Server busy", "CONNACK DISCONNECT"},
    {0x8A, "Banned", "CONNACK"},
    {0x8B, "Server shutting down", "DISCONNECT"},
    {0x8C, "Bad authentication method", "CONNACK DISCONNECT"},
    {0x8D, "Keep Alive timeout", "DISCONNECT"},
    {0x8E, "Session taken over", "DISCONNECT"},
    {0x8F, "Topic Filter invalid", "SUBACK UNSUBACK DISCONNECT"},
    {0x90, "Topic Name invalid", "CONNACK PUBACK PUBREC DISCONNECT"},
    {0x91, "Packet Identifier in use", "PUBACK PUBREC SUBACK UNSUBACK"},
    {0x92, "Packet Identifier not found", "PUBREL PUBCOMP"},
    {0x93, "Receive Maximum exceeded", "DISCONNECT"},
    {0x94, "Topic Alias invalid", "DISCONNECT"},
    {0x95, "Packet too large", "CONNACK DISCONNECT"},
    {0x96, "Message rate too high", "DISCONNECT"},
    {0x97, "Quota exceeded", "CONNACK PUBACK PUBREC SUBACK DISCONNECT"},
    {0x98, "Administrative action", "DISCONNECT"},
    {0x99, "Payload format invalid", "CONNACK PUBACK PUBREC DISCONNECT"},
    {0x9A, "Retain not supported", "CONNACK DISCONNECT"},
    {0x9B, "QoS not supported", "CONNACK DISCONNECT"},
    {0x9C, "Use another server", "CONNACK DISCONNECT"},
    {0x9D, "Server moved", "CONNACK DISCONNECT"},
    {0x9E, "Shared Subscriptions not supported", "SUBACK DISCONNECT"},
    {0x9F, "Connection rate exceeded", "CONNACK DISCONNECT"},
    {0xA0, "Maximum connect time", "DISCONNECT"},
    {0xA1, "Subscription Identifiers not supported", "SUBACK DISCONNECT"},
    {0xA2, "Wildcard Subscriptions not supported", "SUBACK DISCONNECT"},
};

static bool listed(const char *list, const char *word)
{
	size_t len = strlen(word);
	for (const char *at = len ? strstr(list, word) : NULL; at; at = strstr(at + 1, word)) {
		if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0')) {
			return true;
		}
	}
	return false;
}

static void names(void)
{
	CHECK(strcmp(mqs_packet_type_name(1), "CONNECT") == 0 && strcmp(mqs_packet_type_name(15), "AUTH") == 0);
	CHECK(strcmp(mqs_packet_type_name(0), "") == 0 && strcmp(mqs_packet_type_name(16), "") == 0);
	for (unsigned code = 0; code < 256; code++) {
		const char *name = "";
		const char *packets = "";
		for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
			if (reasons[i].code == code) {
				name = reasons[i].name;
				packets = reasons[i].packets;
			}
		}
		CHECK(strcmp(mqs_reason_name((uint8_t)code), name) == 0);
		for (int type = 0; type < 20; type++) {
			bool allowed = listed(packets, mqs_packet_type_name((uint8_t)type));
			CHECK_EQ(mqs_reason_allowed((uint8_t)code, (mqtt_packet_type)type), allowed);
		}
	}
}

/* What is waved through is good at every level; only what 3.1 may repeat is good and not waved through. */
static void usual_flags(void)
{
	for (unsigned first = 0; first < 256; first++) {
		bool usual = mqs_codec_flags_usual((uint8_t)first);
		CHECK_EQ(mqs_codec_flags_check((uint8_t)first, MQTT_LEVEL_5, NULL) == MQS_OK, usual);
		CHECK_EQ(mqs_codec_flags_check((uint8_t)first, MQTT_LEVEL_3_1_1, NULL) == MQS_OK, usual);
		CHECK(!usual || mqs_codec_flags_check((uint8_t)first, MQTT_LEVEL_3_1, NULL) == MQS_OK);
	}
}

TEST_MAIN(TEST_ENTRY(usual_flags), TEST_ENTRY(varint_values), TEST_ENTRY(varint_sequences), TEST_ENTRY(utf8_sequences),
    TEST_ENTRY(utf8_places), TEST_ENTRY(names))
