/* SPDX-License-Identifier: MIT
 *
 * tests/unit/codec/packet_text.h - packets written down readably: hex digits, and marks that fill in lengths.
 *
 *   30 6f          bytes
 *   ~ rest         the remaining length of all that follows, then that
 *   'text' {hex}   a two-byte length and the bytes
 *   <text>         the bytes of the text alone
 *   [hex]          a property list with its length
 *   *3(hex)        the bytes three times
 */
#ifndef MQS_TESTS_PACKET_TEXT_H
#define MQS_TESTS_PACKET_TEXT_H

#include <stdio.h>
#include <stdlib.h>

#include "codec/codec.h"

#define PACKET_TEXT_MAX 400000

static inline int packet_text_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
	                              : -1;
}

static inline void packet_text_bad(const char *at)
{
	printf("bad packet text at: %s\n", at);
	exit(2);
}

/* Moves len bytes up and puts a two-byte length or a variable one before them; returns the length of both. */
static inline size_t packet_text_prefix(uint8_t *out, size_t len, bool variable)
{
	uint8_t head[4] = {(uint8_t)(len >> 8), (uint8_t)len};
	size_t size = variable ? mqs_varint_write(head, (uint32_t)len) : 2;
	memmove(out + size, out, len);
	memcpy(out, head, size);
	return size + len;
}

/* Writes what stands before `stop` to out; *text ends behind it. Nothing checks the room: PACKET_TEXT_MAX is ample. */
static inline size_t packet_text_part(const char **text, char stop, uint8_t *out)
{
	size_t len = 0;
	for (const char *p = *text;; p = *text) {
		*text = p + 1;
		if (*p == stop) {
			return len;
		}
		if (*p == ' ') {
			continue;
		}
		if (*p == '~') {
			size_t body = packet_text_part(text, stop, out + len);
			return len + packet_text_prefix(out + len, body, true);
		}
		if (*p == '[' || *p == '{') {
			size_t body = packet_text_part(text, *p == '[' ? ']' : '}', out + len);
			len += packet_text_prefix(out + len, body, *p == '[');
		} else if (*p == '\'') {
			const char *end = strchr(p + 1, '\'');
			memcpy(out + len, p + 1, (size_t)(end - p - 1));
			len += packet_text_prefix(out + len, (size_t)(end - p - 1), false);
			*text = end + 1;
		} else if (*p == '<') {
			const char *end = strchr(p + 1, '>');
			memcpy(out + len, p + 1, (size_t)(end - p - 1));
			len += (size_t)(end - p - 1);
			*text = end + 1;
		} else if (*p == '*') {
			char *open = NULL;
			long count = strtol(p + 1, &open, 10);
			*text = open + 1;
			const char *group = *text;
			for (long i = 0; i < count; i++) {
				*text = group;
				len += packet_text_part(text, ')', out + len);
			}
		} else {
			int high = packet_text_digit(p[0]);
			int low = high < 0 ? -1 : packet_text_digit(p[1]);
			if (low < 0) {
				packet_text_bad(p);
			}
			out[len++] = (uint8_t)(high << 4 | low);
			*text = p + 2;
		}
	}
}

/* [owned] The bytes in a block of exactly their size, so that ASan sees one byte too many read. free() it. */
static inline mqs_bytes packet_text(const char *text)
{
	static uint8_t scratch[PACKET_TEXT_MAX];
	size_t len = packet_text_part(&text, '\0', scratch);
	uint8_t *exact = malloc(len ? len : 1);
	if (!exact) {
		exit(2);
	}
	memcpy(exact, scratch, len);
	return mqs_bytes_make(exact, len);
}

#endif
