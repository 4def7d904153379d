/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/subscriptions_test.c - the subscription tree and its cache against the plain matcher of the codec.
 */
#include "broker/subscriptions.h"
#include "harness.h"

#define SESSIONS 12
#define MODEL    300

static const uint64_t seed[2] = {UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210)};

/* Sessions are only addresses to the module. */
static uint64_t session_memory[SESSIONS];
static mqs_link heads[SESSIONS];

static struct mqs_session *session(size_t index)
{
	return (struct mqs_session *)&session_memory[index];
}

static void init_heads(void)
{
	for (size_t i = 0; i < SESSIONS; i++) {
		mqs_list_init(&heads[i]);
	}
}

static mqs_bytes text(const char *string)
{
	return mqs_bytes_make(string, strlen(string));
}

static mqs_subscription *add(mqs_subscriptions *subs, size_t who, const char *filter, uint8_t qos)
{
	mqs_subscription_entry entry = {.filter = text(filter), .qos = qos};
	mqs_subscription *subscription = NULL;
	bool existed = false;
	CHECK_EQ(mqs_subscriptions_add(subs, session(who), &heads[who], &entry, 0, &subscription, &existed), MQS_OK);
	return subscription;
}

static void drop(mqs_subscriptions *subs, size_t who, const char *filter)
{
	mqs_subscription *subscription = mqs_subscriptions_find(subs, session(who), text(filter));
	if (CHECK(subscription != NULL)) {
		mqs_subscriptions_remove(subs, subscription);
	}
}

static void drop_all(mqs_subscriptions *subs)
{
	for (size_t i = 0; i < SESSIONS; i++) {
		while (!mqs_list_empty(&heads[i])) {
			mqs_subscriptions_remove(subs, MQS_CONTAINER(heads[i].next, mqs_subscription, by_session));
		}
	}
	CHECK_EQ(mqs_subscriptions_count(subs), 0);
}

/* Asked three times: found in the tree, then in the cache by its hash, then by a hint. */
static mqs_match match_of(mqs_subscriptions *subs, const char *topic)
{
	mqs_match match, again;
	CHECK_EQ(mqs_subscriptions_match(subs, text(topic), &match), MQS_OK);
	for (int i = 0; i < 2; i++) {
		CHECK_EQ(mqs_subscriptions_match(subs, text(topic), &again), MQS_OK);
		CHECK_EQ(again.plain_count, match.plain_count);
		CHECK_EQ(again.group_count, match.group_count);
		CHECK_EQ(again.overlapping, match.overlapping);
	}
	return again;
}

static uint32_t plain_count(mqs_subscriptions *subs, const char *topic)
{
	return match_of(subs, topic).plain_count;
}

static uint32_t group_count(mqs_subscriptions *subs, const char *topic)
{
	return match_of(subs, topic).group_count;
}

/* ---- model -------------------------------------------------------------------------------------------------- */

typedef struct model_entry {
	char filter[96];
	size_t who;
	uint32_t identifier;
	uint8_t qos;
	mqs_subscription *subscription;
} model_entry;

static model_entry model[MODEL];
static size_t model_size;

static mqs_bytes share_name(const model_entry *entry, mqs_bytes *path)
{
	mqs_bytes name = {0};
	*path = text(entry->filter);
	mqs_topic_share_parse(*path, &name, path);
	return name;
}

static size_t model_index(const mqs_subscription *subscription)
{
	for (size_t i = 0; i < model_size; i++) {
		if (model[i].subscription == subscription) {
			return i;
		}
	}
	return MODEL;
}

static bool model_matches(const model_entry *entry, mqs_bytes topic, bool shared)
{
	mqs_bytes path, name = share_name(entry, &path);
	return (name.len > 0) == shared && mqs_topic_matches(path, topic);
}

static bool check_plain(const mqs_match *match, mqs_bytes topic)
{
	size_t expected = 0;
	bool good = true, overlapping = false, seen[MODEL] = {false}, passed[SESSIONS] = {false};
	for (size_t i = 0; i < model_size; i++) {
		expected += model_matches(&model[i], topic, false);
	}
	good &= CHECK_EQ(match->plain_count, expected);
	for (uint32_t i = 0; i < match->plain_count && good; i++) {
		size_t at = model_index(match->plain[i]);
		good &= CHECK(at < MODEL && !seen[at] && model_matches(&model[at], topic, false));
		if (good) {
			seen[at] = true;
			if (i > 0 && match->plain[i - 1]->session == match->plain[i]->session) {
				overlapping = true;
			} else {
				good &= CHECK(!passed[model[at].who]);
			}
			passed[model[at].who] = true;
		}
	}
	return good & CHECK_EQ(match->overlapping, overlapping);
}

static bool check_groups(const mqs_match *match, mqs_bytes topic)
{
	size_t expected = 0, found = 0;
	bool good = true;
	for (size_t i = 0; i < model_size; i++) {
		expected += model_matches(&model[i], topic, true);
	}
	for (uint32_t g = 0; g < match->group_count; g++) {
		const mqs_share_group *group = match->groups[g];
		for (uint32_t other = 0; other < g; other++) {
			good &= CHECK(match->groups[other] != group);
		}
		good &= CHECK(group->count > 0);
		for (uint32_t m = 0; m < group->count; m++) {
			size_t at = model_index(group->members[m]);
			good &= CHECK(at < MODEL) && CHECK(model_matches(&model[at], topic, true)) &&
			        CHECK(mqs_subscription_group(group->members[m]) == group && group->members[m]->index == m);
			if (at < MODEL) {
				mqs_bytes path, name = share_name(&model[at], &path);
				good &= CHECK(mqs_bytes_equal(name, mqs_bytes_make(group->name, group->name_len)));
			}
			found++;
		}
	}
	return good & CHECK_EQ(found, expected);
}

static bool check_topic(mqs_subscriptions *subs, const char *topic)
{
	mqs_match match;
	bool good = CHECK_EQ(mqs_subscriptions_match(subs, text(topic), &match), MQS_OK) &&
	            check_plain(&match, text(topic)) && check_groups(&match, text(topic));
	if (!good) {
		printf("  topic %s\n", topic);
	}
	return good;
}

/* A few words, so that much meets; now and then a level that makes the topic too long for a slot of the cache. */
static void random_path(uint64_t *random, char *out, bool filter)
{
	static const char *const words[] = {"a", "b", "", "$s", "long-level-of-forty-bytes-0123456789-0123"};
	size_t levels = 1 + test_random(random) % 5, at = 0;
	for (size_t i = 0; i < levels; i++) {
		uint64_t pick = test_random(random) % 16;
		const char *word = words[pick < 6 ? 0 : pick < 12 ? 1 : pick < 14 ? 2 : 3];
		if (i == 1 && pick == 15) {
			word = words[4];
		}
		if (filter && test_random(random) % 4 == 0) {
			word = "+";
		}
		if (filter && i + 1 == levels && test_random(random) % 4 == 0) {
			word = "#";
		}
		at += (size_t)sprintf(out + at, "%s%s", i ? "/" : "", word);
	}
	if (at == 0) {
		strcpy(out, "a");
	}
}

static void random_change(mqs_subscriptions *subs, uint64_t *random)
{
	if (model_size == MODEL || (model_size && test_random(random) % 5 < 2)) {
		size_t at = test_random(random) % model_size;
		mqs_subscription *found = mqs_subscriptions_find(subs, session(model[at].who), text(model[at].filter));
		CHECK(found == model[at].subscription);
		mqs_subscriptions_remove(subs, found);
		CHECK(mqs_subscriptions_find(subs, session(model[at].who), text(model[at].filter)) == NULL);
		model[at] = model[--model_size];
		return;
	}
	model_entry fresh = {.who = test_random(random) % SESSIONS, .qos = (uint8_t)(test_random(random) % 3)};
	size_t prefix = 0;
	if (test_random(random) % 4 == 0) {
		prefix = (size_t)sprintf(fresh.filter, "$share/%s/", test_random(random) % 2 ? "g" : "group");
	}
	random_path(random, fresh.filter + prefix, true);
	fresh.identifier = (uint32_t)(test_random(random) % 5);
	size_t known = 0;
	while (known < model_size && (model[known].who != fresh.who || strcmp(model[known].filter, fresh.filter) != 0)) {
		known++;
	}
	mqs_subscription_entry entry = {.filter = text(fresh.filter),
	    .qos = fresh.qos,
	    .no_local = fresh.qos == 1,
	    .retain_as_published = fresh.qos == 2,
	    .retain_handling = fresh.qos};
	bool existed = false;
	CHECK_EQ(mqs_subscriptions_add(
	             subs, session(fresh.who), &heads[fresh.who], &entry, fresh.identifier, &fresh.subscription, &existed),
	    MQS_OK);
	CHECK_EQ(existed, known < model_size);
	if (existed) {
		CHECK(fresh.subscription == model[known].subscription);
	} else {
		model_size++;
	}
	model[known] = fresh;
}

static void check_options(void)
{
	static uint8_t filter[MQS_FILTER_MAX];
	for (size_t i = 0; i < model_size; i++) {
		const mqs_subscription *subscription = model[i].subscription;
		CHECK_EQ(subscription->qos, model[i].qos);
		CHECK_EQ(subscription->retain_handling, model[i].qos);
		CHECK_EQ(subscription->no_local, model[i].qos == 1);
		CHECK_EQ(subscription->retain_as_published, model[i].qos == 2);
		CHECK_EQ(subscription->identifier, model[i].identifier);
		CHECK(subscription->session == session(model[i].who));
		size_t len = mqs_subscription_filter(subscription, filter);
		CHECK(mqs_bytes_equal(mqs_bytes_make(filter, len), text(model[i].filter)));
	}
}

/* Few subscriptions with many changes first, then many: in both the cache must never show what was. */
static void agrees_with_plain_matcher(void)
{
	for (uint64_t round = 1; round <= 6; round++) {
		test_alloc memory;
		test_alloc_init(&memory, 0);
		init_heads();
		model_size = 0;
		uint64_t random = round;
		mqs_subscriptions *subs = mqs_subscriptions_create(&memory.alloc, seed);
		char topics[24][96];
		for (size_t i = 0; i < 24; i++) {
			random_path(&random, topics[i], false);
		}
		bool good = true;
		for (int turn = 0; turn < 1500 && good; turn++) {
			random_change(subs, &random);
			if (round % 2 && model_size > 12) {
				random_change(subs, &random);
			}
			good &= check_topic(subs, topics[test_random(&random) % 24]);
			good &= check_topic(subs, topics[test_random(&random) % 4]);
			CHECK_EQ(mqs_subscriptions_count(subs), model_size);
		}
		for (int i = 0; i < 2000 && good; i++) {
			char topic[96];
			random_path(&random, topic, false);
			good &= check_topic(subs, topic);
		}
		check_options();
		drop_all(subs);
		CHECK_EQ(memory.live, 4); /* the module and the buckets of its three tables */
		mqs_subscriptions_destroy(subs);
		CHECK_EQ(memory.live, 0);
	}
}

/* ---- rules -------------------------------------------------------------------------------------------------- */

static void rules_of_the_standard(void)
{
	static const struct {
		const char *filter, *topic;
		bool matches;
	} rows[] = {
	    {"sport/tennis/player1/#", "sport/tennis/player1", true},
	    {"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
	    {"sport/#", "sport", true},
	    {"sport/tennis/+", "sport/tennis/player1/ranking", false},
	    {"sport/+", "sport", false},
	    {"sport/+", "sport/", true},
	    {"+/+", "/finance", true},
	    {"/+", "/finance", true},
	    {"+", "/finance", false},
	    {"#", "$SYS/broker", false},
	    {"+/broker", "$SYS/broker", false},
	    {"$SYS/#", "$SYS/broker", true},
	    {"$SYS/#", "$SYS", true},
	    {"$SYS/+", "$SYS/broker", true},
	    {"a/#", "a/$b", true},
	    {"a/+", "a/$b", true},
	    {"+/#", "a", true},
	    {"+/#", "$a", false},
	    {"#", "/", true},
	    {"a/b", "A/b", false},
	    {"a//b", "a/b", false},
	    {"/", "/", true},
	    {"$share/g/a/#", "a", true},
	    {"$share/g/#", "$SYS/a", false},
	    {"$share/g//", "/", true},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		test_case("%s on %s", rows[i].filter, rows[i].topic);
		test_alloc memory;
		test_alloc_init(&memory, 0);
		init_heads();
		mqs_subscriptions *subs = mqs_subscriptions_create(&memory.alloc, seed);
		add(subs, 0, rows[i].filter, 0);
		for (int again = 0; again < 2; again++) {
			CHECK_EQ(plain_count(subs, rows[i].topic) + group_count(subs, rows[i].topic), rows[i].matches);
		}
		drop_all(subs);
		mqs_subscriptions_destroy(subs);
		CHECK_EQ(memory.live, 0);
	}
}

/* ---- cache -------------------------------------------------------------------------------------------------- */

/* Each change that can alter the result of one topic, made while the result is in the cache. */
static void cache_follows_each_change(void)
{
	static const char *const filters[] = {"#", "+/#", "a/#", "a/+/c/d/e", "a/b/#", "a/b/+/d/e", "a/b/c/#", "a/b/c/d/#",
	    "a/b/c/d/+", "a/b/c/d/e", "a/b/c/d/e/#", "+/b/c/d/e"};
	test_alloc memory;
	test_alloc_init(&memory, 0);
	init_heads();
	mqs_subscriptions *subs = mqs_subscriptions_create(&memory.alloc, seed);
	add(subs, 0, "x", 0);
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		char shared[64], other[64];
		sprintf(shared, "$share/g/%s", filters[i]);
		sprintf(other, "$share/h/%s", filters[i]);
		uint32_t before = plain_count(subs, "a/b/c/d/e");
		/* One is kept in the slot, from the second on there is an array, and the fifth moves it. */
		for (uint32_t who = 1; who <= 6; who++) {
			add(subs, who, filters[i], 0);
			CHECK_EQ(plain_count(subs, "a/b/c/d/e"), before + who);
		}
		add(subs, 3, filters[i], 2);
		CHECK_EQ(plain_count(subs, "a/b/c/d/e"), before + 6);
		for (uint32_t who = 1; who <= 6; who++) {
			drop(subs, who, filters[i]);
			CHECK_EQ(plain_count(subs, "a/b/c/d/e"), before + 6 - who);
		}
		CHECK_EQ(group_count(subs, "a/b/c/d/e"), 0);
		add(subs, 1, shared, 0);
		CHECK_EQ(group_count(subs, "a/b/c/d/e"), 1);
		add(subs, 2, shared, 0);
		add(subs, 2, other, 0);
		CHECK_EQ(group_count(subs, "a/b/c/d/e"), 2);
		drop(subs, 1, shared);
		drop(subs, 2, shared);
		CHECK_EQ(group_count(subs, "a/b/c/d/e"), 1);
		drop(subs, 2, other);
		CHECK_EQ(group_count(subs, "a/b/c/d/e"), 0);
		add(subs, 7, filters[i], 0);
	}
	drop_all(subs);
	CHECK_EQ(plain_count(subs, "a/b/c/d/e"), 0);
	mqs_subscriptions_destroy(subs);
	CHECK_EQ(memory.live, 0);
}

/* More topics than the cache has places for, short and long, in turn and the same one again. */
static void more_topics_than_the_cache_holds(void)
{
	test_alloc memory;
	test_alloc_init(&memory, 0);
	init_heads();
	mqs_subscriptions *subs = mqs_subscriptions_create(&memory.alloc, seed);
	add(subs, 0, "dev/+/x", 0);
	add(subs, 1, "dev/+/x", 0);
	add(subs, 1, "dev/#", 0);
	add(subs, 2, "$share/g/dev/#", 0);
	add(subs, 2, "$share/h/dev/#", 0);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 20000; i++) {
			char topic[128];
			int len = sprintf(topic, i % 3 ? "dev/%d/x" : "dev/%060d/x", i);
			mqs_match match;
			CHECK_EQ(mqs_subscriptions_match(subs, mqs_bytes_make(topic, (size_t)len), &match), MQS_OK);
			CHECK_EQ(match.plain_count, 3);
			CHECK_EQ(match.group_count, 2);
			CHECK(match.overlapping && (match.plain[0]->session == match.plain[1]->session ||
			                               match.plain[1]->session == match.plain[2]->session));
			if (i % 16 == 0) {
				CHECK_EQ(plain_count(subs, "dev/1/x/y"), 1);
			}
		}
	}
	drop_all(subs);
	mqs_subscriptions_destroy(subs);
	CHECK_EQ(memory.live, 0);
}

/* Topics that differ only where hints do not look, and short ones that have no hint. */
static void topics_that_look_alike(void)
{
	test_alloc memory;
	test_alloc_init(&memory, 0);
	init_heads();
	mqs_subscriptions *subs = mqs_subscriptions_create(&memory.alloc, seed);
	for (uint32_t i = 0; i < 6; i++) {
		char topic[64];
		sprintf(topic, "%u/hall-seventeen/temperature", i);
		for (uint32_t who = 0; who < i; who++) {
			add(subs, who, topic, 0);
		}
		sprintf(topic, "x/%u", i);
		add(subs, i, topic, 0);
	}
	for (int round = 0; round < 5; round++) {
		for (uint32_t i = 0; i < 6; i++) {
			char topic[64];
			sprintf(topic, "%u/hall-seventeen/temperature", i);
			CHECK_EQ(plain_count(subs, topic), i);
			sprintf(topic, "x/%u", i);
			CHECK_EQ(plain_count(subs, topic), 1);
		}
		mqs_match match;
		CHECK_EQ(mqs_subscriptions_match(subs, text("3/hall-seventeen/temperature"), &match), MQS_OK);
		CHECK_EQ(match.plain_count, 3);
		CHECK_EQ(mqs_subscriptions_match(subs, text("4/hall-seventeen/temperature"), &match), MQS_OK);
		CHECK_EQ(match.plain_count, 4);
	}
	drop_all(subs);
	CHECK_EQ(plain_count(subs, "5/hall-seventeen/temperature"), 0);
	mqs_subscriptions_destroy(subs);
	CHECK_EQ(memory.live, 0);
}

/* Results of many entries: the bytes the cache keeps are bounded, and what it has to let go is found again. */
static void long_results(void)
{
	enum { COUNT = 12000 };
	test_alloc memory;
	test_alloc_init(&memory, 0);
	init_heads();
	static uint64_t many[COUNT];
	mqs_subscriptions *subs = mqs_subscriptions_create(&memory.alloc, seed);
	for (size_t i = 0; i < COUNT; i++) {
		for (int which = 0; which < 2; which++) {
			mqs_subscription_entry entry = {.filter = which ? text("t/+") : text("t/#")};
			mqs_subscription *out;
			bool existed;
			CHECK_EQ(
			    mqs_subscriptions_add(subs, (struct mqs_session *)&many[i], &heads[which], &entry, 0, &out, &existed),
			    MQS_OK);
		}
	}
	for (int i = 0; i < 120; i++) {
		char topic[16];
		sprintf(topic, "t/topic-%d", i % 60);
		mqs_match match = match_of(subs, topic);
		CHECK_EQ(match.plain_count, 2 * COUNT);
		CHECK(match.overlapping);
		for (uint32_t at = 0; at + 1 < match.plain_count; at += 2) {
			CHECK(match.plain[at]->session == match.plain[at + 1]->session);
		}
	}
	drop_all(subs);
	CHECK_EQ(memory.live, 3);
	mqs_subscriptions_destroy(subs);
	CHECK_EQ(memory.live, 0);
}

/* ---- shape -------------------------------------------------------------------------------------------------- */

static void groups_share_a_node(void)
{
	enum { GROUPS = 300 };
	test_alloc memory;
	test_alloc_init(&memory, 0);
	init_heads();
	mqs_subscriptions *subs = mqs_subscriptions_create(&memory.alloc, seed);
	char filter[64];
	for (int i = 0; i < GROUPS; i++) {
		sprintf(filter, "$share/group%d/a", i);
		add(subs, (size_t)i % SESSIONS, filter, 0);
		add(subs, (size_t)(i + 1) % SESSIONS, filter, 0);
	}
	add(subs, 0, "a", 0);
	mqs_match match;
	CHECK_EQ(mqs_subscriptions_match(subs, text("a"), &match), MQS_OK);
	CHECK_EQ(match.group_count, GROUPS);
	CHECK_EQ(match.plain_count, 1);
	/* From the middle, the front and the end of the node's list. */
	for (int i = 0; i < GROUPS; i++) {
		int which = (i * 7 + 150) % GROUPS;
		sprintf(filter, "$share/group%d/a", which);
		drop(subs, (size_t)which % SESSIONS, filter);
		CHECK_EQ(group_count(subs, "a"), GROUPS - i);
		drop(subs, (size_t)(which + 1) % SESSIONS, filter);
		CHECK_EQ(group_count(subs, "a"), GROUPS - i - 1);
	}
	CHECK(mqs_subscriptions_find(subs, session(0), text("$share/group1/a")) == NULL);
	CHECK(mqs_subscriptions_find(subs, session(0), text("a")) != NULL);
	drop_all(subs);
	mqs_subscriptions_destroy(subs);
	CHECK_EQ(memory.live, 0);
}

/* The longest paths there are: one level a byte, one level in all, with and without wildcards. */
static void deep_and_long(void)
{
	static char path[65536], topic[65536];
	static uint8_t back[MQS_FILTER_MAX];
	test_alloc memory;
	test_alloc_init(&memory, 0);
	init_heads();
	mqs_subscriptions *subs = mqs_subscriptions_create(&memory.alloc, seed);
	memset(topic, '/', 65535);
	for (int kind = 0; kind < 4; kind++) {
		memset(path, kind == 3 ? 'x' : '/', 65535);
		if (kind == 1) {
			path[65534] = '#';
		} else if (kind == 2) {
			for (size_t i = 0; i < 65535; i += 2) {
				path[i] = '+';
			}
		}
		mqs_subscription *subscription = add(subs, (size_t)kind, path, 0);
		CHECK_EQ(mqs_subscription_filter(subscription, back), 65535);
		CHECK(memcmp(back, path, 65535) == 0);
		CHECK(mqs_subscriptions_find(subs, session((size_t)kind), text(path)) == subscription);
	}
	CHECK_EQ(plain_count(subs, topic), 2);
	memset(topic, 'x', 65535);
	CHECK_EQ(plain_count(subs, topic), 1);
	CHECK_EQ(plain_count(subs, topic), 1);
	drop_all(subs);
	CHECK_EQ(memory.live, 3);
	mqs_subscriptions_destroy(subs);
	CHECK_EQ(memory.live, 0);
}

static void many_children(void)
{
	enum { COUNT = 60000 };
	test_alloc memory;
	test_alloc_init(&memory, 0);
	init_heads();
	mqs_subscriptions *subs = mqs_subscriptions_create(&memory.alloc, seed);
	char filter[64];
	for (int i = 0; i < COUNT; i++) {
		sprintf(filter, i % 2 ? "dev/%d/+" : "dev/%d", i);
		add(subs, (size_t)i % SESSIONS, filter, 0);
	}
	CHECK_EQ(mqs_subscriptions_count(subs), COUNT);
	for (int i = 0; i < COUNT; i += 7) {
		sprintf(filter, i % 2 ? "dev/%d/x" : "dev/%d", i);
		CHECK_EQ(plain_count(subs, filter), 1);
		sprintf(filter, i % 2 ? "dev/%d/+" : "dev/%d", i);
		drop(subs, (size_t)i % SESSIONS, filter);
		sprintf(filter, i % 2 ? "dev/%d/x" : "dev/%d", i);
		CHECK_EQ(plain_count(subs, filter), 0);
	}
	drop_all(subs);
	CHECK_EQ(memory.live, 3);
	mqs_subscriptions_destroy(subs);
	CHECK_EQ(memory.live, 0);
}

/* ---- no memory ---------------------------------------------------------------------------------------------- */

static const char *const base_filters[] = {
    "a/b", "a/+", "$share/g/a/b", "a/b", "a/b", "a/b", "+/b", "$share/g/a/b", "$share/g/a/b", "$share/g/a/b"};

/* Steps that need memory of every kind: nodes, groups, arrays that grow. */
static const char *const more_filters[] = {
    "a/b", "$share/g/a/b", "$share/h/a/b", "$share/h/c/d/e/f", "c/d/e", "#", "$share/k/a/b"};

static void check_base(mqs_subscriptions *subs, size_t more)
{
	mqs_match match;
	CHECK_EQ(mqs_subscriptions_count(subs), sizeof(base_filters) / sizeof(base_filters[0]) + more);
	CHECK_EQ(mqs_subscriptions_match(subs, text("a/b"), &match), MQS_OK);
	CHECK_EQ(match.plain_count, 6 + (more > 0) + (more > 5));
	CHECK_EQ(match.group_count, 1 + (more > 2) + (more > 6));
}

/* After a failure of any call nothing has changed, and the same call succeeds later. */
static void survives_without_memory(void)
{
	size_t failures = 0;
	for (long at = 1; at < 400; at++) {
		for (int lasting = 0; lasting < 2; lasting++) {
			test_alloc memory;
			test_alloc_init(&memory, 0);
			init_heads();
			mqs_subscriptions *subs = mqs_subscriptions_create(&memory.alloc, seed);
			for (size_t i = 0; i < sizeof(base_filters) / sizeof(base_filters[0]); i++) {
				add(subs, i, base_filters[i], 0);
			}
			memory.fail_at = memory.calls + at;
			memory.fail_on = lasting == 1;
			mqs_match match;
			mqs_result result = mqs_subscriptions_match(subs, text("a/b"), &match);
			failures += result != MQS_OK;
			CHECK(result == MQS_OK || result == MQS_ERR_NOMEM);
			CHECK(result != MQS_OK || match.plain_count == 6);
			for (size_t i = 0; i < sizeof(more_filters) / sizeof(more_filters[0]); i++) {
				mqs_subscription_entry entry = {.filter = text(more_filters[i])};
				mqs_subscription *out;
				bool existed;
				result =
				    mqs_subscriptions_add(subs, session(10 + i % 2), &heads[10 + i % 2], &entry, 0, &out, &existed);
				if (result != MQS_OK) {
					failures++;
					CHECK_EQ(result, MQS_ERR_NOMEM);
					long fail_at = memory.fail_at;
					memory.fail_at = 0;
					CHECK(mqs_subscriptions_find(subs, session(10 + i % 2), entry.filter) == NULL);
					check_base(subs, i);
					add(subs, 10 + i % 2, more_filters[i], 0);
					memory.fail_at = fail_at;
				}
			}
			memory.fail_at = 0;
			check_base(subs, sizeof(more_filters) / sizeof(more_filters[0]));
			drop_all(subs);
			CHECK_EQ(memory.live, 4);
			mqs_subscriptions_destroy(subs);
			CHECK_EQ(memory.live, 0);
		}
	}
	CHECK(failures > 20);
	test_alloc memory;
	test_alloc_init(&memory, 1);
	CHECK(mqs_subscriptions_create(&memory.alloc, seed) == NULL);
	mqs_subscriptions_destroy(NULL);
}

/* The very first subscription, when even the tables have no buckets, and a match that needs much room. */
static void first_steps_without_memory(void)
{
	for (long at = 1; at < 30; at++) {
		test_alloc memory;
		test_alloc_init(&memory, 0);
		init_heads();
		mqs_subscriptions *subs = mqs_subscriptions_create(&memory.alloc, seed);
		memory.fail_at = memory.calls + at;
		for (uint32_t i = 0; i < 100; i++) {
			char filter[32];
			sprintf(filter, "$share/g%" PRIu32 "/a", i);
			mqs_subscription_entry entry = {.filter = i == 1 ? text("a") : text(filter)};
			mqs_subscription *out;
			bool existed;
			if (mqs_subscriptions_add(subs, session(0), &heads[0], &entry, 0, &out, &existed) != MQS_OK) {
				CHECK_EQ(mqs_subscriptions_count(subs), i);
				i--;
			}
		}
		memory.fail_at = memory.calls + at;
		memory.fail_on = true;
		mqs_match match;
		for (int again = 0; again < 2; again++) {
			mqs_result result = mqs_subscriptions_match(subs, text("a"), &match);
			CHECK_EQ(match.group_count, result == MQS_OK ? 99 : 0);
			CHECK_EQ(match.plain_count, result == MQS_OK ? 1 : 0);
			CHECK(again == 0 || result == MQS_OK);
			memory.fail_at = 0;
		}
		drop_all(subs);
		mqs_subscriptions_destroy(subs);
		CHECK_EQ(memory.live, 0);
	}
}

/* The cache is only for speed: without memory for it each match still answers. */
static void cache_without_memory(void)
{
	for (long at = 1; at < 60; at++) {
		test_alloc memory;
		test_alloc_init(&memory, 0);
		init_heads();
		mqs_subscriptions *subs = mqs_subscriptions_create(&memory.alloc, seed);
		add(subs, 0, "dev/+/x", 0);
		add(subs, 1, "dev/#", 0);
		CHECK_EQ(plain_count(subs, "dev/1/x"), 2);
		memory.fail_at = memory.calls + at;
		memory.fail_on = at % 2;
		for (int round = 0; round < 2; round++) {
			for (int i = 0; i < 300; i++) {
				char topic[128];
				sprintf(topic, i % 3 ? "dev/%d/x" : "dev/%060d/x", i);
				CHECK_EQ(plain_count(subs, topic), 2);
			}
		}
		memory.fail_at = 0;
		drop_all(subs);
		mqs_subscriptions_destroy(subs);
		CHECK_EQ(memory.live, 0);
	}
}

TEST_MAIN(TEST_ENTRY(rules_of_the_standard), TEST_ENTRY(agrees_with_plain_matcher),
    TEST_ENTRY(cache_follows_each_change), TEST_ENTRY(more_topics_than_the_cache_holds),
    TEST_ENTRY(topics_that_look_alike), TEST_ENTRY(long_results), TEST_ENTRY(groups_share_a_node),
    TEST_ENTRY(deep_and_long), TEST_ENTRY(many_children), TEST_ENTRY(survives_without_memory),
    TEST_ENTRY(first_steps_without_memory), TEST_ENTRY(cache_without_memory))
