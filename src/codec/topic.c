/* SPDX-License-Identifier: MIT
 *
 * src/codec/topic.c - topic names, topic filters, shared subscriptions, matching (MQTT 5 section 4.7, 4.8). Keeps
 * nothing.
 */
#include "codec/codec_private.h"

#define SHARE_PREFIX     "$share/"
#define SHARE_PREFIX_LEN (sizeof(SHARE_PREFIX) - 1)

static inline bool is_wildcard(uint8_t byte)
{
	return byte == '+' || byte == '#';
}

/* Index of the first + or # from `start` on, or len. */
static inline size_t find_wildcard(mqs_bytes text, size_t start)
{
	uint64_t word;
	size_t at = start;
	for (; text.len - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, text.ptr + at, sizeof(word));
		if (mqs_codec_word_has_wildcard(word)) {
			break;
		}
	}
	if (start == 0 && text.len - at < sizeof(word) && text.len >= sizeof(word)) {
		/* The last eight bytes once more: overlapping is cheaper than a loop over the rest. */
		memcpy(&word, text.ptr + text.len - sizeof(word), sizeof(word));
		if (!mqs_codec_word_has_wildcard(word)) {
			return text.len;
		}
	}
	while (at < text.len && !is_wildcard(text.ptr[at])) {
		at++;
	}
	return at;
}

/* Index of the slash that begins one level too many, or len. */
static size_t find_depth_limit(mqs_bytes text, uint32_t max_levels)
{
	if (text.len < max_levels) {
		return text.len;
	}
	uint32_t levels = 1;
	for (size_t at = 0; at < text.len; at++) {
		if (text.ptr[at] == '/' && ++levels > max_levels) {
			return at;
		}
	}
	return text.len;
}

mqs_topic_flaw mqs_codec_topic_name_flaw(mqs_bytes topic, uint32_t max_levels, size_t *at)
{
	*at = 0;
	if (topic.len == 0) {
		return MQS_TOPIC_EMPTY;
	}
	*at = find_wildcard(topic, 0);
	if (*at < topic.len) {
		return MQS_TOPIC_WILDCARD_IN_NAME;
	}
	*at = find_depth_limit(topic, max_levels ? max_levels : MQS_CODEC_DEFAULT_TOPIC_LEVELS);
	return *at < topic.len ? MQS_TOPIC_TOO_DEEP : MQS_TOPIC_GOOD;
}

static bool has_share_prefix(mqs_bytes filter)
{
	return filter.len >= SHARE_PREFIX_LEN && memcmp(filter.ptr, SHARE_PREFIX, SHARE_PREFIX_LEN) == 0;
}

/* Flaws of a filter without $share. */
static mqs_topic_flaw plain_filter_flaw(mqs_bytes filter, uint32_t max_levels, size_t *at)
{
	if (filter.len == 0) {
		*at = 0;
		return MQS_TOPIC_EMPTY;
	}
	for (size_t i = find_wildcard(filter, 0); i < filter.len; i = find_wildcard(filter, i + 1)) {
		bool last = i + 1 == filter.len;
		bool alone = (i == 0 || filter.ptr[i - 1] == '/') && (last || filter.ptr[i + 1] == '/');
		*at = i;
		if (filter.ptr[i] == '#' && (!alone || !last)) {
			return MQS_TOPIC_HASH_MISPLACED;
		}
		if (filter.ptr[i] == '+' && !alone) {
			return MQS_TOPIC_PLUS_MISPLACED;
		}
	}
	*at = find_depth_limit(filter, max_levels);
	return *at < filter.len ? MQS_TOPIC_TOO_DEEP : MQS_TOPIC_GOOD;
}

mqs_topic_flaw mqs_codec_topic_filter_flaw(mqs_bytes filter, uint32_t max_levels, bool shared, size_t *at)
{
	if (!max_levels) {
		max_levels = MQS_CODEC_DEFAULT_TOPIC_LEVELS;
	}
	if (!shared || !has_share_prefix(filter)) {
		return plain_filter_flaw(filter, max_levels, at);
	}
	size_t end = SHARE_PREFIX_LEN;
	while (end < filter.len && filter.ptr[end] != '/') {
		if (is_wildcard(filter.ptr[end])) {
			*at = end;
			return MQS_TOPIC_SHARE_NAME_WILD;
		}
		end++;
	}
	*at = end;
	if (end == SHARE_PREFIX_LEN) {
		return MQS_TOPIC_SHARE_NAME_EMPTY;
	}
	if (filter.len - end < 2) {
		return MQS_TOPIC_SHARE_NO_FILTER;
	}
	size_t inner = 0;
	mqs_topic_flaw flaw =
	    plain_filter_flaw(mqs_bytes_make(filter.ptr + end + 1, filter.len - end - 1), max_levels, &inner);
	*at = end + 1 + inner;
	return flaw;
}

bool mqs_topic_name_valid(mqs_bytes topic, uint32_t max_levels)
{
	size_t at = 0;
	return mqs_codec_topic_name_flaw(topic, max_levels, &at) == MQS_TOPIC_GOOD;
}

bool mqs_topic_filter_valid(mqs_bytes filter, uint32_t max_levels)
{
	size_t at = 0;
	return mqs_codec_topic_filter_flaw(filter, max_levels, true, &at) == MQS_TOPIC_GOOD;
}

bool mqs_topic_has_wildcard(mqs_bytes filter)
{
	return find_wildcard(filter, 0) < filter.len;
}

bool mqs_topic_share_parse(mqs_bytes filter, mqs_bytes *group, mqs_bytes *rest)
{
	if (!has_share_prefix(filter)) {
		return false;
	}
	const uint8_t *name = filter.ptr + SHARE_PREFIX_LEN;
	size_t left = filter.len - SHARE_PREFIX_LEN;
	const uint8_t *slash = left ? memchr(name, '/', left) : NULL;
	if (!slash || slash == name || slash + 1 == name + left) {
		return false;
	}
	mqs_bytes found = mqs_bytes_make(name, (size_t)(slash - name));
	if (mqs_topic_has_wildcard(found)) {
		return false;
	}
	*group = found;
	*rest = mqs_bytes_make(slash + 1, left - found.len - 1);
	return true;
}

bool mqs_topic_matches(mqs_bytes filter, mqs_bytes topic)
{
	if (filter.len == 0 || topic.len == 0) {
		return false;
	}
	if (topic.ptr[0] == '$' && is_wildcard(filter.ptr[0])) {
		return false;
	}
	size_t f = 0;
	size_t t = 0;
	while (f < filter.len) {
		if (filter.ptr[f] == '#') {
			return true;
		}
		if (filter.ptr[f] == '+') {
			while (t < topic.len && topic.ptr[t] != '/') {
				t++;
			}
			f++;
		} else if (t < topic.len && filter.ptr[f] == topic.ptr[t]) {
			f++;
			t++;
		} else {
			/* a/# matches a too: the filter has just the separator and # left where the topic ends */
			return t == topic.len && filter.len - f == 2 && filter.ptr[f] == '/' && filter.ptr[f + 1] == '#';
		}
	}
	return t == topic.len;
}
