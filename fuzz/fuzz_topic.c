/* SPDX-License-Identifier: MIT
 *
 * fuzz/fuzz_topic.c - topic rules agree with their slow telling in naive_topic.h.
 * Rooms: base codec
 *
 * Input: length of the filter, most levels (mod 8), then the filter and behind it the topic.
 */
#include "naive_topic.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2) {
		return 0;
	}
	size_t len = data[0] < size - 2 ? data[0] : size - 2;
	uint32_t levels = data[1] % 8;
	uint32_t most = levels ? levels : 200;
	mqs_bytes filter = mqs_bytes_make(data + 2, len);
	mqs_bytes topic = mqs_bytes_make(data + 2 + len, size - 2 - len);
	bool good = naive_filter_valid(filter, most);
	FUZZ_CHECK(mqs_topic_filter_valid(filter, levels) == good);
	if (topic.len < 7 || memcmp(topic.ptr, "$share/", 7) != 0) {
		bool name = !mqs_topic_has_wildcard(topic) && naive_filter_valid(topic, most);
		FUZZ_CHECK(mqs_topic_name_valid(topic, levels) == name);
	}
	mqs_bytes group;
	mqs_bytes rest;
	if (mqs_topic_share_parse(filter, &group, &rest)) {
		FUZZ_CHECK(group.len > 0 && rest.len > 0 && group.len + rest.len + 8 == filter.len);
		FUZZ_CHECK(!mqs_topic_has_wildcard(group) && !memchr(group.ptr, '/', group.len));
		filter = rest;
	}
	bool match = mqs_topic_matches(filter, topic); /* bad filters too: no crash */
	if (good) {
		FUZZ_CHECK(match == naive_matches(filter, topic));
	}
	return 0;
}
