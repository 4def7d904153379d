/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/retained_test.c - retained messages and their wildcard search against the plain matcher of the
 * codec.
 */
#include "broker/retained.h"
#include "harness.h"

static const uint64_t seed[2] = {UINT64_C(0x1122334455667788), UINT64_C(0x99aabbccddeeff00)};

static mqs_bytes text(const char *string)
{
	return mqs_bytes_make(string, strlen(string));
}

static mqs_message *message_of(test_alloc *memory, const char *topic, const char *payload)
{
	return mqs_message_create(&memory->alloc, text(topic), mqs_bytes_make(NULL, 0), text(payload));
}

/* The tree alone holds it afterwards. */
static void set(mqs_retained *retained, test_alloc *memory, const char *topic, int64_t expires_ms)
{
	mqs_message *message = message_of(memory, topic, "payload");
	message->expires_ms = expires_ms;
	CHECK_EQ(mqs_retained_set(retained, message), MQS_OK);
	mqs_message_unref(message);
}

static uint32_t matches(const mqs_retained *retained, test_alloc *memory, const char *filter)
{
	mqs_message_list list = {0};
	CHECK_EQ(mqs_retained_match(retained, text(filter), &list), MQS_OK);
	uint32_t count = list.count;
	mqs_message_list_clear(&list, &memory->alloc);
	CHECK(list.items == NULL && list.count == 0 && list.capacity == 0);
	return count;
}

/* ---- messages ----------------------------------------------------------------------------------------------- */

static void message_parts(void)
{
	test_alloc memory;
	test_alloc_init(&memory, 0);
	mqs_message *message = mqs_message_create(&memory.alloc, text("a/b"), text("props"), text("payload"));
	CHECK(mqs_bytes_equal(mqs_message_topic(message), text("a/b")));
	CHECK(mqs_bytes_equal(mqs_message_props(message), text("props")));
	CHECK(mqs_bytes_equal(mqs_message_payload(message), text("payload")));
	CHECK_EQ(mqs_message_cost(message), sizeof(mqs_message) + 15);
	CHECK_EQ(message->expires_ms, MQS_NEVER);
	CHECK(message->publisher == 0 && message->qos == 0 && !message->retain && !message->superseded);
	mqs_message_ref(message);
	mqs_message_unref(message);
	CHECK_EQ(memory.live, 1);
	mqs_message_unref(message);
	CHECK_EQ(memory.live, 0);
	message = mqs_message_create(&memory.alloc, text("a"), mqs_bytes_make(NULL, 0), mqs_bytes_make(NULL, 0));
	CHECK_EQ(mqs_message_payload(message).len, 0);
	mqs_message_unref(message);
	CHECK(mqs_message_create(&memory.alloc, text("a"), text("b"), mqs_bytes_make("x", SIZE_MAX)) == NULL);
	CHECK(mqs_message_create(&memory.alloc, text("a"), mqs_bytes_make("x", SIZE_MAX - 8), text("b")) == NULL);
	memory.fail_at = memory.calls + 1;
	CHECK(message_of(&memory, "a", "b") == NULL);
	CHECK_EQ(memory.live, 0);
}

static void set_replaces_and_remove_takes_away(void)
{
	test_alloc memory;
	test_alloc_init(&memory, 0);
	mqs_retained *retained = mqs_retained_create(&memory.alloc, seed);
	mqs_message *first = message_of(&memory, "a/b", "one"), *second = message_of(&memory, "a/b", "second");
	CHECK_EQ(mqs_retained_set(retained, first), MQS_OK);
	CHECK(mqs_retained_find(retained, text("a/b")) == first);
	CHECK(mqs_retained_find(retained, text("a")) == NULL);
	CHECK(mqs_retained_find(retained, text("a/b/c")) == NULL);
	CHECK_EQ(mqs_retained_bytes(retained), mqs_message_cost(first));
	CHECK_EQ(mqs_retained_set(retained, second), MQS_OK);
	CHECK(first->superseded && !second->superseded);
	CHECK_EQ(first->refs, 1);
	CHECK_EQ(second->refs, 2);
	CHECK(mqs_retained_find(retained, text("a/b")) == second);
	CHECK_EQ(mqs_retained_count(retained), 1);
	CHECK_EQ(mqs_retained_bytes(retained), mqs_message_cost(second));
	CHECK_EQ(mqs_retained_set(retained, second), MQS_OK); /* the same again */
	CHECK_EQ(second->refs, 2);
	CHECK(!second->superseded);
	CHECK_EQ(mqs_retained_count(retained), 1);
	CHECK(!mqs_retained_remove(retained, text("a")));
	CHECK(!mqs_retained_remove(retained, text("a/b/c")));
	/* The topic to remove may be the message's own. */
	CHECK(mqs_retained_remove(retained, mqs_message_topic(second)));
	CHECK(second->superseded);
	CHECK_EQ(second->refs, 1);
	CHECK(!mqs_retained_remove(retained, text("a/b")));
	CHECK_EQ(mqs_retained_count(retained), 0);
	CHECK_EQ(mqs_retained_bytes(retained), 0);
	mqs_message_unref(first);
	mqs_message_unref(second);
	CHECK_EQ(memory.live, 2); /* the module and the buckets of its table */
	set(retained, &memory, "x/y", MQS_NEVER);
	mqs_retained_destroy(retained); /* lets go of what is still in it */
	CHECK_EQ(memory.live, 0);
	mqs_retained_destroy(NULL);
}

/* ---- search ------------------------------------------------------------------------------------------------- */

static void rules_of_the_standard(void)
{
	static const char *const topics[] = {"a", "a/b", "a/b/c", "a/", "/a", "/", "b", "$SYS/x", "$SYS/x/y", "a/$b", "$x"};
	static const struct {
		const char *filter;
		uint32_t count;
	} rows[] = {
	    {"#", 8},
	    {"a/#", 5},
	    {"a/b/#", 2},
	    {"a/b/c/#", 1},
	    {"a/b/c/d/#", 0},
	    {"+", 2},
	    {"+/+", 5},
	    {"+/#", 8},
	    {"+/+/+", 1},
	    {"+/+/#", 6},
	    {"/+", 2},
	    {"/#", 2},
	    {"+/b/+", 1},
	    {"a/+", 3},
	    {"$SYS/#", 2},
	    {"$SYS/+", 1},
	    {"$SYS/+/+", 1},
	    {"$SYS/x", 1},
	    {"+/x", 0},
	    {"$x", 1},
	    {"$x/#", 1},
	    {"nothing/+/here", 0},
	    {"a/b", 1},
	};
	test_alloc memory;
	test_alloc_init(&memory, 0);
	mqs_retained *retained = mqs_retained_create(&memory.alloc, seed);
	CHECK_EQ(matches(retained, &memory, "#"), 0);
	CHECK_EQ(matches(retained, &memory, "+/+"), 0);
	set(retained, &memory, "$only/hidden", MQS_NEVER);
	CHECK_EQ(matches(retained, &memory, "#"), 0);
	CHECK_EQ(matches(retained, &memory, "$only/#"), 1);
	CHECK(mqs_retained_remove(retained, text("$only/hidden")));
	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
		set(retained, &memory, topics[i], MQS_NEVER);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		test_case("%s", rows[i].filter);
		CHECK_EQ(matches(retained, &memory, rows[i].filter), rows[i].count);
	}
	mqs_retained_destroy(retained);
	CHECK_EQ(memory.live, 0);
}

#define MODEL 150

typedef struct model_entry {
	char topic[64];
	size_t bytes;
	int seen;
} model_entry;

static model_entry model[MODEL];
static size_t model_size;

static void random_path(uint64_t *random, char *out, bool filter)
{
	static const char *const words[] = {"a", "b", "c", "", "$s", "longer"};
	size_t levels = 1 + test_random(random) % 5, at = 0;
	for (size_t i = 0; i < levels; i++) {
		const char *word = words[test_random(random) % 6];
		if (filter && test_random(random) % 3 == 0) {
			word = "+";
		}
		if (filter && i + 1 == levels && test_random(random) % 3 == 0) {
			word = "#";
		}
		at += (size_t)sprintf(out + at, "%s%s", i ? "/" : "", word);
	}
	if (at == 0) {
		strcpy(out, "a");
	}
}

static size_t model_find(mqs_bytes topic)
{
	size_t at = 0;
	while (at < model_size && !mqs_bytes_equal(text(model[at].topic), topic)) {
		at++;
	}
	return at;
}

static void random_change(mqs_retained *retained, test_alloc *memory, uint64_t *random)
{
	if (model_size == MODEL || (model_size && test_random(random) % 5 < 2)) {
		size_t at = test_random(random) % model_size;
		CHECK(mqs_retained_remove(retained, text(model[at].topic)));
		CHECK(mqs_retained_find(retained, text(model[at].topic)) == NULL);
		model[at] = model[--model_size];
		return;
	}
	model_entry fresh = {.topic = ""};
	random_path(random, fresh.topic, false);
	mqs_message *message = message_of(memory, fresh.topic, test_random(random) % 2 ? "short" : "a longer payload");
	fresh.bytes = mqs_message_cost(message);
	CHECK_EQ(mqs_retained_set(retained, message), MQS_OK);
	CHECK(mqs_retained_find(retained, text(fresh.topic)) == message);
	mqs_message_unref(message);
	size_t at = model_find(text(fresh.topic));
	model_size += at == model_size;
	model[at] = fresh;
}

static bool check_filter(const mqs_retained *retained, test_alloc *memory, const char *filter)
{
	mqs_message_list list = {0};
	bool good = CHECK_EQ(mqs_retained_match(retained, text(filter), &list), MQS_OK);
	for (size_t i = 0; i < model_size; i++) {
		model[i].seen = 0;
	}
	for (uint32_t i = 0; i < list.count; i++) {
		size_t at = model_find(mqs_message_topic(list.items[i]));
		good = good && CHECK(at < model_size) && CHECK_EQ(++model[at].seen, 1) && CHECK_EQ(list.items[i]->refs, 2);
	}
	for (size_t i = 0; i < model_size; i++) {
		good &= CHECK_EQ(model[i].seen, mqs_topic_matches(text(filter), text(model[i].topic)));
	}
	mqs_message_list_clear(&list, &memory->alloc);
	if (!good) {
		printf("  filter %s\n", filter);
	}
	return good;
}

static void agrees_with_plain_matcher(void)
{
	test_alloc memory;
	test_alloc_init(&memory, 0);
	mqs_retained *retained = mqs_retained_create(&memory.alloc, seed);
	uint64_t random = 7;
	bool good = true;
	model_size = 0;
	for (int turn = 0; turn < 6000 && good; turn++) {
		random_change(retained, &memory, &random);
		char filter[64];
		random_path(&random, filter, true);
		good &= check_filter(retained, &memory, filter);
		size_t bytes = 0;
		for (size_t i = 0; i < model_size; i++) {
			bytes += model[i].bytes;
		}
		good &= CHECK_EQ(mqs_retained_count(retained), model_size) && CHECK_EQ(mqs_retained_bytes(retained), bytes);
	}
	while (model_size) {
		CHECK(mqs_retained_remove(retained, text(model[--model_size].topic)));
	}
	CHECK_EQ(memory.live, 2);
	mqs_retained_destroy(retained);
	CHECK_EQ(memory.live, 0);
}

/* ---- shape -------------------------------------------------------------------------------------------------- */

static void deep_and_long(void)
{
	static char path[65536], filter[65536];
	test_alloc memory;
	test_alloc_init(&memory, 0);
	mqs_retained *retained = mqs_retained_create(&memory.alloc, seed);
	memset(path, '/', 65535);
	set(retained, &memory, path, MQS_NEVER);
	memset(path, 'x', 65535);
	set(retained, &memory, path, MQS_NEVER);
	CHECK_EQ(matches(retained, &memory, "#"), 2);
	CHECK_EQ(matches(retained, &memory, "+/#"), 2);
	CHECK_EQ(matches(retained, &memory, "+"), 1);
	CHECK_EQ(matches(retained, &memory, "//#"), 1);
	CHECK_EQ(matches(retained, &memory, path), 1);
	memset(filter, '/', 65535);
	CHECK_EQ(matches(retained, &memory, filter), 1);
	for (size_t i = 0; i < 65534; i += 2) {
		filter[i] = '+';
	}
	CHECK_EQ(matches(retained, &memory, filter), 0); /* +/+/…/+// has half as many levels */
	filter[65534] = '#';
	CHECK_EQ(matches(retained, &memory, filter), 1);
	CHECK(mqs_retained_remove(retained, text(path)));
	memset(path, '/', 65535);
	CHECK(mqs_retained_remove(retained, text(path)));
	CHECK_EQ(memory.live, 2);
	mqs_retained_destroy(retained);
	CHECK_EQ(memory.live, 0);
}

static void many_children(void)
{
	enum { COUNT = 60000 };
	test_alloc memory;
	test_alloc_init(&memory, 0);
	mqs_retained *retained = mqs_retained_create(&memory.alloc, seed);
	char topic[64];
	for (int i = 0; i < COUNT; i++) {
		sprintf(topic, i % 2 ? "dev/%d/x" : "dev/%d", i);
		set(retained, &memory, topic, MQS_NEVER);
	}
	CHECK_EQ(mqs_retained_count(retained), COUNT);
	CHECK_EQ(matches(retained, &memory, "dev/+"), COUNT / 2);
	CHECK_EQ(matches(retained, &memory, "dev/+/x"), COUNT / 2);
	CHECK_EQ(matches(retained, &memory, "dev/#"), COUNT);
	CHECK_EQ(matches(retained, &memory, "dev/77/#"), 1);
	for (int i = 0; i < COUNT; i++) {
		int which = (int)((uint32_t)i * 7919u % COUNT);
		sprintf(topic, which % 2 ? "dev/%d/x" : "dev/%d", which);
		CHECK(mqs_retained_remove(retained, text(topic)));
	}
	CHECK_EQ(mqs_retained_count(retained), 0);
	CHECK_EQ(memory.live, 2);
	mqs_retained_destroy(retained);
	CHECK_EQ(memory.live, 0);
}

/* ---- expiry ------------------------------------------------------------------------------------------------- */

/* Small steps find every expired message while others come and go; messages that are not due stay. */
static void sweep_finds_what_expired(void)
{
	enum { COUNT = 3000 };
	test_alloc memory;
	test_alloc_init(&memory, 0);
	mqs_retained *retained = mqs_retained_create(&memory.alloc, seed);
	char topic[64];
	CHECK(mqs_retained_sweep(retained, 1000, 100) == NULL);
	set(retained, &memory, "stays", MQS_NEVER);
	CHECK(mqs_retained_sweep(retained, INT64_MAX - 1, 100) == NULL);
	for (int i = 0; i < COUNT; i++) {
		sprintf(topic, "dev/%d/a/b", i);
		set(retained, &memory, topic, i % 3 == 0 ? MQS_NEVER : i % 3 == 1 ? 1000 : 5000);
	}
	int found = 0, calls = 0;
	for (; found < COUNT / 3 && calls < 100000; calls++) {
		mqs_message *message = mqs_retained_sweep(retained, 1000, 10);
		if (message) {
			CHECK_EQ(message->expires_ms, 1000);
			CHECK(mqs_retained_remove(retained, mqs_message_topic(message)));
			found++;
		}
		/* One goes that the cursor may stand on, and one comes. */
		sprintf(topic, "dev/%d/a/b", calls % COUNT / 3 * 3);
		if (calls % 2) {
			mqs_retained_remove(retained, text(topic));
		} else {
			set(retained, &memory, topic, MQS_NEVER);
		}
	}
	CHECK_EQ(found, COUNT / 3);
	for (int i = 0; i < 10000; i++) {
		CHECK(mqs_retained_sweep(retained, 4999, 10) == NULL);
	}
	for (found = 0, calls = 0; found < COUNT / 3 && calls < 100000; calls++) {
		mqs_message *message = mqs_retained_sweep(retained, 5000, 3);
		if (message) {
			CHECK(mqs_retained_remove(retained, mqs_message_topic(message)));
			found++;
		}
	}
	CHECK_EQ(found, COUNT / 3);
	CHECK(mqs_retained_find(retained, text("stays")) != NULL);
	mqs_retained_destroy(retained);
	CHECK_EQ(memory.live, 0);
}

/* ---- no memory ---------------------------------------------------------------------------------------------- */

static void survives_without_memory(void)
{
	size_t failures = 0;
	for (long at = 1; at < 40; at++) {
		test_alloc memory;
		test_alloc_init(&memory, 0);
		mqs_retained *retained = mqs_retained_create(&memory.alloc, seed);
		mqs_message *message = message_of(&memory, "a/b/c/d", "x");
		memory.fail_at = memory.calls + at;
		if (mqs_retained_set(retained, message) != MQS_OK) {
			failures++;
			CHECK_EQ(message->refs, 1);
			CHECK_EQ(mqs_retained_count(retained), 0);
			CHECK(mqs_retained_find(retained, text("a/b/c/d")) == NULL);
			CHECK_EQ(mqs_retained_set(retained, message), MQS_OK);
		}
		memory.fail_at = 0;
		mqs_message_unref(message);
		char topic[16];
		for (int i = 0; i < 50; i++) {
			sprintf(topic, "a/%d", i);
			set(retained, &memory, topic, MQS_NEVER);
		}
		memory.fail_at = memory.calls + at;
		static const char *const filters[] = {"#", "a/+", "a/#"};
		for (size_t i = 0; i < 3; i++) {
			mqs_message_list list = {0};
			mqs_result result = mqs_retained_match(retained, text(filters[i]), &list);
			failures += result != MQS_OK;
			CHECK(result == MQS_OK ? list.count >= 50 : result == MQS_ERR_NOMEM && list.count < 50);
			mqs_message_list_clear(&list, &memory.alloc);
		}
		memory.fail_at = 0;
		CHECK_EQ(mqs_retained_count(retained), 51);
		mqs_retained_destroy(retained);
		CHECK_EQ(memory.live, 0);
	}
	CHECK(failures > 12);
	test_alloc memory;
	test_alloc_init(&memory, 1);
	CHECK(mqs_retained_create(&memory.alloc, seed) == NULL);
}

TEST_MAIN(TEST_ENTRY(message_parts), TEST_ENTRY(set_replaces_and_remove_takes_away), TEST_ENTRY(rules_of_the_standard),
    TEST_ENTRY(agrees_with_plain_matcher), TEST_ENTRY(deep_and_long), TEST_ENTRY(many_children),
    TEST_ENTRY(sweep_finds_what_expired), TEST_ENTRY(survives_without_memory))
