/* SPDX-License-Identifier: MIT
 *
 * tests/unit/codec/topic_test.c - topic names, filters, shares and matching: by table, and against naive_topic.h.
 */
#include "harness.h"
#include "naive_topic.h"

static mqs_bytes view(const char *text)
{
	return mqs_bytes_make(text, strlen(text));
}

static void matching(void)
{
	static const struct {
		const char *filter, *topic;
		bool match;
	} rows[] = {
	    {"a", "a", true},
	    {"a", "A", false},
	    {"a", "a/", false},
	    {"a/", "a", false},
	    {"a/b", "a/b", true},
	    {"a/b", "a/bc", false},
	    {"a/bc", "a/b", false},
	    {"/", "/", true},
	    {"/a", "a", false},
	    {"a//b", "a//b", true},
	    {"a//b", "a/b", false},
	    {"#", "a", true},
	    {"#", "/", true},
	    {"#", "a/b/c", true},
	    {"a/#", "a", true},
	    {"a/#", "a/", true},
	    {"a/#", "a/b/c", true},
	    {"a/#", "ab", false},
	    {"a/#", "b", false},
	    {"a/b/#", "a", false},
	    {"/#", "/", true},
	    {"/#", "a", false},
	    {"+", "a", true},
	    {"+", "/", false},
	    {"+", "a/b", false},
	    {"+/+", "/", true},
	    {"/+", "/", true},
	    {"/+", "/finance", true},
	    {"+/+", "/finance", true},
	    {"+", "/finance", false},
	    {"a/+", "a", false},
	    {"a/+", "a/", true},
	    {"a/+", "a/b", true},
	    {"a/+", "a/b/c", false},
	    {"a/+/c", "a/b/c", true},
	    {"a/+/c", "a//c", true},
	    {"a/+/c", "a/b/d", false},
	    {"a/+/#", "a/b", true},
	    {"a/+/#", "a", false},
	    {"+/#", "a", true},
	    {"+/b/#", "a/b/c/d", true},
	    {"sport/tennis/player1/#", "sport/tennis/player1", true},
	    {"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
	    {"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
	    {"sport/tennis/+", "sport/tennis/player1/ranking", false},
	    {"#", "$SYS/x", false},
	    {"+/x", "$SYS/x", false},
	    {"+", "$SYS", false},
	    {"$SYS/#", "$SYS/x/y", true},
	    {"$SYS/+", "$SYS/x", true},
	    {"$SYS/x", "$SYS/x", true},
	    {"a/+", "a/$b", true},
	    {"a/#", "a/$b", true},
	    {"", "a", false},
	    {"a", "", false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool match = mqs_topic_matches(view(rows[i].filter), view(rows[i].topic));
		if (!CHECK(match == rows[i].match)) {
			printf("  %s with %s\n", rows[i].filter, rows[i].topic);
		}
		CHECK(naive_matches(view(rows[i].filter), view(rows[i].topic)) == rows[i].match);
	}
}

static void names_and_filters(void)
{
	static const struct {
		const char *text;
		bool name, filter;
	} rows[] = {
	    {"", false, false},
	    {"a", true, true},
	    {"/", true, true},
	    {"a b/\xC3\xA4", true, true},
	    {"+", false, true},
	    {"#", false, true},
	    {"a/+/b", false, true},
	    {"+/+/#", false, true},
	    {"a+", false, false},
	    {"+a", false, false},
	    {"a/b+/c", false, false},
	    {"a#", false, false},
	    {"#/a", false, false},
	    {"a/#/", false, false},
	    {"##", false, false},
	    {"+#", false, false},
	    {"$SYS/#", false, true},
	    {"$share", true, true},
	    {"$share/", true, false},
	    {"$share//", true, false},
	    {"$share//a", true, false},
	    {"$share/g", true, false},
	    {"$share/g/", true, false},
	    {"$share/g/a", true, true},
	    {"$share/g//", true, true},
	    {"$share/g/#", false, true},
	    {"$share/+/a", false, false},
	    {"$share/g#/a", false, false},
	    {"$share/g/a#", false, false},
	    {"$shared/+", false, true},
	    {"$shareg/a+", false, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool name = mqs_topic_name_valid(view(rows[i].text), 0);
		bool filter = mqs_topic_filter_valid(view(rows[i].text), 0);
		if (!CHECK(name == rows[i].name) || !CHECK(filter == rows[i].filter)) {
			printf("  %s\n", rows[i].text);
		}
		CHECK(naive_filter_valid(view(rows[i].text), 200) == rows[i].filter);
	}
}

static void depth(void)
{
	CHECK(mqs_topic_name_valid(view("a/b/c"), 3) && !mqs_topic_name_valid(view("a/b/c/d"), 3));
	CHECK(mqs_topic_name_valid(view("a"), 1) && !mqs_topic_name_valid(view("/"), 1));
	CHECK(mqs_topic_filter_valid(view("a/+/#"), 3) && !mqs_topic_filter_valid(view("a/+/+/#"), 3));
	CHECK(mqs_topic_filter_valid(view("$share/g/a/b/c"), 3) && !mqs_topic_filter_valid(view("$share/g/a/b/c/d"), 3));
	char deep[201];
	memset(deep, '/', 200);
	deep[199] = '\0';
	CHECK(mqs_topic_name_valid(view(deep), 0));
	deep[199] = '/';
	deep[200] = '\0';
	CHECK(!mqs_topic_name_valid(view(deep), 0) && mqs_topic_name_valid(view(deep), 201));
}

static void share_parts(void)
{
	static const struct {
		const char *filter, *group, *rest;
	} rows[] = {
	    {"$share/g/a/b", "g", "a/b"},
	    {"$share/g/#", "g", "#"},
	    {"$share/g//", "g", "/"},
	    {"$share/group 1//a", "group 1", "/a"},
	    {"$share/g", NULL, NULL},
	    {"$share/g/", NULL, NULL},
	    {"$share//a", NULL, NULL},
	    {"$share/", NULL, NULL},
	    {"$share", NULL, NULL},
	    {"$share/+/a", NULL, NULL},
	    {"$SHARE/g/a", NULL, NULL},
	    {"a/$share/g/a", NULL, NULL},
	    {"", NULL, NULL},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		mqs_bytes group = MQS_BYTES_LITERAL("untouched");
		mqs_bytes rest = group;
		bool shared = mqs_topic_share_parse(view(rows[i].filter), &group, &rest);
		CHECK_EQ(shared, rows[i].group != NULL);
		CHECK(mqs_bytes_equal(group, view(rows[i].group ? rows[i].group : "untouched")));
		CHECK(mqs_bytes_equal(rest, view(rows[i].rest ? rows[i].rest : "untouched")));
	}
}

static void levels(void)
{
	static const char *const topics[] = {"a/b/c", "", "/", "a", "/a", "a/", "a//b"};
	static const char *const expected[] = {"a|b|c|", "|", "||", "a|", "|a|", "a||", "a||b|"};
	for (size_t i = 0; i < 7; i++) {
		char text[64] = "";
		size_t len = 0;
		mqs_bytes rest = view(topics[i]);
		mqs_bytes level;
		bool more = true;
		while (len < 50 && mqs_topic_next_level(&rest, &more, &level)) {
			memcpy(text + len, level.len ? level.ptr : (const uint8_t *)"", level.len);
			len += level.len;
			text[len++] = '|';
		}
		CHECK(strcmp(text, expected[i]) == 0);
	}
}

static size_t random_text(uint64_t *random, char *out, size_t max, const char *alphabet)
{
	size_t letters = strlen(alphabet);
	size_t len = (size_t)(test_random(random) >> 33) % (max + 1);
	for (size_t i = 0; i < len; i++) {
		out[i] = alphabet[(test_random(random) >> 33) % letters];
	}
	return len;
}

/* Few letters and many separators, so that matches are frequent. */
static void random_against_naive(void)
{
	uint64_t random = 2024;
	int matches = 0;
	int valid = 0;
	for (int i = 0; i < 400000; i++) {
		char text[2][16];
		mqs_bytes filter = mqs_bytes_make(text[0], random_text(&random, text[0], 8, i % 2 ? "a/+#" : "ab//+$"));
		mqs_bytes topic = mqs_bytes_make(text[1], random_text(&random, text[1], 8, i % 2 ? "a/" : "ab//$"));
		uint32_t max = 1 + (uint32_t)i % 5;
		bool good = naive_filter_valid(filter, max);
		CHECK_EQ(mqs_topic_filter_valid(filter, max), good);
		CHECK_EQ(mqs_topic_name_valid(topic, max), topic.len > 0 && naive_filter_valid(topic, max));
		valid += good;
		if (good) {
			bool match = naive_matches(filter, topic);
			CHECK_EQ(mqs_topic_matches(filter, topic), match);
			matches += match;
		}
	}
	CHECK(valid > 50000 && matches > 5000);
}

/* Long enough for the parts that look at eight bytes at a time, with few wildcards, so that many are good. */
static void random_long_against_naive(void)
{
	uint64_t random = 4711;
	int names = 0;
	int filters = 0;
	for (int i = 0; i < 200000; i++) {
		char text[40];
		mqs_bytes topic =
		    mqs_bytes_make(text, random_text(&random, text, sizeof(text), "aaaabbbbcccc////dddd////eeee"));
		for (uint64_t count = test_random(&random) >> 62; topic.len > 0 && count > 0; count--) {
			size_t at = (size_t)(test_random(&random) >> 33) % topic.len;
			bool alone = (at == 0 || text[at - 1] == '/') && (at + 1 == topic.len || text[at + 1] == '/');
			if (alone || test_random(&random) >> 60 == 0) {
				text[at] = test_random(&random) >> 63 ? '+' : '#';
			}
		}
		bool good = naive_filter_valid(topic, 12);
		bool wild = topic.len > 0 && (memchr(text, '+', topic.len) || memchr(text, '#', topic.len));
		CHECK_EQ(mqs_topic_filter_valid(topic, 12), good);
		CHECK_EQ(mqs_topic_name_valid(topic, 12), good && !wild);
		CHECK_EQ(mqs_topic_has_wildcard(topic), wild);
		names += good && !wild;
		filters += good && wild && topic.len > 8;
	}
	CHECK(names > 10000 && filters > 2000);
	if (names <= 10000 || filters <= 2000) {
		printf("  %d names, %d filters\n", names, filters);
	}
}

static void random_shares_against_naive(void)
{
	uint64_t random = 77;
	int shared = 0;
	for (int i = 0; i < 100000; i++) {
		char text[32] = "$share/";
		size_t len = 7 + random_text(&random, text + 7, 7, "g//+#a");
		mqs_bytes filter = mqs_bytes_make(text, len);
		bool good = naive_filter_valid(filter, 200);
		CHECK_EQ(mqs_topic_filter_valid(filter, 200), good);
		mqs_bytes group;
		mqs_bytes rest;
		bool parsed = mqs_topic_share_parse(filter, &group, &rest);
		CHECK(parsed || !good);
		CHECK(!parsed || (group.len + rest.len + 8 == len && group.ptr == filter.ptr + 7));
		shared += good;
	}
	CHECK(shared > 1000);
}

TEST_MAIN(TEST_ENTRY(matching), TEST_ENTRY(names_and_filters), TEST_ENTRY(depth), TEST_ENTRY(share_parts),
    TEST_ENTRY(levels), TEST_ENTRY(random_against_naive), TEST_ENTRY(random_long_against_naive),
    TEST_ENTRY(random_shares_against_naive))
