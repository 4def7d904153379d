/* SPDX-License-Identifier: MIT
 *
 * src/codec/primitives.c - variable byte integers, UTF-8, faults. Keeps nothing.
 */
#include "codec/codec_private.h"

mqs_result mqs_codec_fault(
    mqs_fault *fault, mqs_result result, uint8_t reason, size_t offset, const char *clause, const char *what)
{
	if (fault) {
		fault->reason = reason;
		fault->offset = (uint32_t)offset;
		fault->clause = clause;
		fault->what = what;
	}
	return result;
}

mqs_result mqs_reader_malformed(const mqs_reader *reader, const uint8_t *at, const char *clause, const char *what)
{
	return mqs_codec_fault(
	    reader->fault, MQS_ERR_MALFORMED, MQTT_RC_MALFORMED_PACKET, (size_t)(at - reader->start), clause, what);
}

mqs_result mqs_reader_protocol(const mqs_reader *reader, const uint8_t *at, const char *clause, const char *what)
{
	return mqs_codec_fault(
	    reader->fault, MQS_ERR_PROTOCOL, MQTT_RC_PROTOCOL_ERROR, (size_t)(at - reader->start), clause, what);
}

size_t mqs_varint_write(uint8_t *out, uint32_t value)
{
	MQS_ASSERT(value <= MQTT_VARINT_MAX);
	size_t size = 0;
	while (value >= 128) {
		out[size++] = (uint8_t)(value | 128);
		value >>= 7;
	}
	out[size++] = (uint8_t)value;
	return size;
}

mqs_result mqs_varint_read(mqs_bytes in, uint32_t *value, size_t *size)
{
	uint32_t sum = 0;
	for (size_t i = 0; i < 4; i++) {
		if (i >= in.len) {
			return MQS_NEED_MORE;
		}
		sum |= (uint32_t)(in.ptr[i] & 127) << (7 * i);
		if (in.ptr[i] < 128) {
			if (i > 0 && in.ptr[i] == 0) {
				return MQS_ERR_MALFORMED;
			}
			*value = sum;
			*size = i + 1;
			return MQS_OK;
		}
	}
	return MQS_ERR_MALFORMED;
}

/* Eight characters of ASCII, none of them NUL. */
static inline bool plain_word(uint64_t word)
{
	return (word & MQS_CODEC_EVERY_BYTE(0x80)) == 0 && !mqs_codec_word_has_zero(word);
}

/* The end of a text of which all up to `at` is good: is the rest, less than a word, plain? Bytes are looked at twice
 * where that spares a loop. */
static inline bool plain_rest(mqs_bytes text, size_t at)
{
	if (text.len >= sizeof(uint64_t)) {
		uint64_t word;
		memcpy(&word, text.ptr + text.len - sizeof(word), sizeof(word));
		return plain_word(word);
	}
	if (at == 0 && text.len >= sizeof(uint32_t)) {
		uint32_t first, last;
		memcpy(&first, text.ptr, sizeof(first));
		memcpy(&last, text.ptr + text.len - sizeof(last), sizeof(last));
		return plain_word((uint64_t)first << 32 | last);
	}
	return false;
}

static inline bool is_tail(uint8_t byte)
{
	return (byte & 0xC0) == 0x80;
}

/* Length of the well-formed sequence that starts at a byte above 127, or 0. left >= 1. */
static size_t sequence_length(const uint8_t *at, size_t left)
{
	uint8_t first = at[0];
	if (first < 0xC2 || first > 0xF4) {
		return 0; /* a continuation byte, an overlong form of ASCII, above U+10FFFF */
	}
	if (first < 0xE0) {
		return left >= 2 && is_tail(at[1]) ? 2 : 0;
	}
	if (first < 0xF0) {
		/* E0: not overlong; ED: no surrogates */
		uint8_t low = first == 0xE0 ? 0xA0 : 0x80;
		uint8_t high = first == 0xED ? 0x9F : 0xBF;
		return left >= 3 && at[1] >= low && at[1] <= high && is_tail(at[2]) ? 3 : 0;
	}
	/* F0: not overlong; F4: not above U+10FFFF */
	uint8_t low = first == 0xF0 ? 0x90 : 0x80;
	uint8_t high = first == 0xF4 ? 0x8F : 0xBF;
	return left >= 4 && at[1] >= low && at[1] <= high && is_tail(at[2]) && is_tail(at[3]) ? 4 : 0;
}

size_t mqs_codec_utf8_check(mqs_bytes text)
{
	size_t at = 0;
	while (at < text.len) {
		uint64_t word;
		if (text.len - at >= sizeof(word)) {
			memcpy(&word, text.ptr + at, sizeof(word));
			if (plain_word(word)) {
				at += sizeof(word);
				continue;
			}
		} else if (plain_rest(text, at)) {
			return text.len;
		}
		uint8_t byte = text.ptr[at];
		if (byte == 0) {
			return at;
		}
		size_t length = byte < 128 ? 1 : sequence_length(text.ptr + at, text.len - at);
		if (length == 0) {
			return at;
		}
		at += length;
	}
	return at;
}

bool mqs_utf8_valid(mqs_bytes text)
{
	return mqs_codec_utf8_check(text) == text.len;
}

mqs_result mqs_codec_utf8_fault(mqs_fault *fault, uint8_t level, mqs_bytes text, size_t bad, size_t offset)
{
	if (text.ptr[bad] == 0) {
		return mqs_codec_fault(fault, MQS_ERR_MALFORMED, MQTT_RC_MALFORMED_PACKET, offset + bad,
		    mqs_codec_clause(level, "MQTT-1.5.3-2", "MQTT-1.5.4-2"), "a string holds the null character");
	}
	return mqs_codec_fault(fault, MQS_ERR_MALFORMED, MQTT_RC_MALFORMED_PACKET, offset + bad,
	    mqs_codec_clause(level, "MQTT-1.5.3-1", "MQTT-1.5.4-1"), "a string is not well-formed UTF-8");
}

static inline bool topic_word_is_plain(uint64_t word)
{
	return plain_word(word) && !mqs_codec_word_has_wildcard(word);
}

bool mqs_codec_topic_is_plain(mqs_bytes topic)
{
	uint64_t word;
	if (topic.len >= sizeof(word)) {
		size_t at = 0;
		for (; at + sizeof(word) <= topic.len; at += sizeof(word)) {
			memcpy(&word, topic.ptr + at, sizeof(word));
			if (!topic_word_is_plain(word)) {
				return false;
			}
		}
		/* The last eight bytes once more: overlapping is cheaper than a loop over the rest. */
		memcpy(&word, topic.ptr + topic.len - sizeof(word), sizeof(word));
		return topic_word_is_plain(word);
	}
	for (size_t at = 0; at < topic.len; at++) {
		uint8_t byte = topic.ptr[at];
		if (byte == 0 || byte >= 128 || (byte | 0x08) == 0x2B) {
			return false;
		}
	}
	return true;
}
