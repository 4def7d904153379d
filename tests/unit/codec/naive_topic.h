/* SPDX-License-Identifier: MIT
 *
 * tests/unit/codec/naive_topic.h - topic matching and filter checking level by level, as section 4.7 tells it: what the
 * real ones are compared with, in unit tests and fuzzing.
 */
#ifndef MQS_TESTS_NAIVE_TOPIC_H
#define MQS_TESTS_NAIVE_TOPIC_H

#include "codec/codec.h"

static inline bool naive_is(mqs_bytes level, char wildcard)
{
	return level.len == 1 && level.ptr[0] == (uint8_t)wildcard;
}

static inline bool naive_matches(mqs_bytes filter, mqs_bytes topic)
{
	bool filter_more = filter.len > 0;
	bool topic_more = topic.len > 0;
	mqs_bytes f;
	mqs_bytes t;
	if (!filter_more || !topic_more) {
		return false;
	}
	if (topic.ptr[0] == '$' && (filter.ptr[0] == '+' || filter.ptr[0] == '#')) {
		return false;
	}
	while (mqs_topic_next_level(&filter, &filter_more, &f)) {
		if (naive_is(f, '#')) {
			return true;
		}
		if (!mqs_topic_next_level(&topic, &topic_more, &t)) {
			return false;
		}
		if (!naive_is(f, '+') && !mqs_bytes_equal(f, t)) {
			return false;
		}
		/* the end of the topic: only "/#" may follow in the filter */
		if (!topic_more && filter_more) {
			return naive_is(filter, '#');
		}
	}
	return !topic_more;
}

static inline bool naive_filter_valid(mqs_bytes filter, uint32_t max_levels)
{
	bool more = filter.len > 0;
	mqs_bytes level;
	mqs_bytes rest = filter;
	if (!more) {
		return false;
	}
	if (mqs_topic_next_level(&rest, &more, &level) && more && mqs_bytes_equal(level, MQS_BYTES_LITERAL("$share"))) {
		mqs_topic_next_level(&rest, &more, &level);
		if (level.len == 0 || !more || rest.len == 0 || memchr(level.ptr, '+', level.len) ||
		    memchr(level.ptr, '#', level.len)) {
			return false;
		}
		filter = rest;
	}
	rest = filter;
	more = true;
	uint32_t levels = 0;
	while (mqs_topic_next_level(&rest, &more, &level)) {
		bool wild = level.len && (memchr(level.ptr, '+', level.len) || memchr(level.ptr, '#', level.len));
		if ((wild && level.len > 1) || (naive_is(level, '#') && more) || ++levels > max_levels) {
			return false;
		}
	}
	return true;
}

#endif
