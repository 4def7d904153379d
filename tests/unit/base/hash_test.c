/* SPDX-License-Identifier: MIT
 *
 * tests/unit/base/hash_test.c - the hash table against plain arrays: growing, shrinking, walking, no memory.
 */
#include "base/hash.h"
#include "harness.h"

#define ITEMS 3000

typedef struct item {
	mqs_hash_node node;
	uint32_t key;
	bool inside;
	int seen;
} item;

static item items[ITEMS];

static bool same_key(const mqs_hash_node *node, const void *key)
{
	return MQS_CONTAINER(node, item, node)->key == *(const uint32_t *)key;
}

/* A poor hash on purpose: collisions must do no harm. */
static uint64_t hash_of(uint32_t key)
{
	return key % 2 ? key * UINT64_C(0x9e3779b97f4a7c15) : key / 16;
}

static void insert_item(mqs_hash *table, uint32_t key)
{
	items[key] = (item){.key = key, .inside = true};
	CHECK_EQ(mqs_hash_insert(table, &items[key].node, hash_of(key)), MQS_OK);
}

static void remove_item(mqs_hash *table, uint32_t key)
{
	mqs_hash_remove(table, &items[key].node);
	items[key].inside = false;
}

static void check_all(const mqs_hash *table)
{
	size_t inside = 0;
	for (uint32_t key = 0; key < ITEMS; key++) {
		mqs_hash_node *node = mqs_hash_find(table, hash_of(key), same_key, &key);
		CHECK(node == (items[key].inside ? &items[key].node : NULL));
		inside += items[key].inside;
		items[key].seen = 0;
	}
	CHECK_EQ(table->count, inside);
	size_t walked = 0;
	for (mqs_hash_node *node = mqs_hash_next(table, NULL); node && walked <= ITEMS; node = mqs_hash_next(table, node)) {
		MQS_CONTAINER(node, item, node)->seen++;
		walked++;
	}
	CHECK_EQ(walked, inside);
	for (uint32_t key = 0; key < ITEMS; key++) {
		CHECK_EQ(items[key].seen, items[key].inside);
	}
}

static void grows_and_shrinks(void)
{
	test_alloc test;
	test_alloc_init(&test, 0);
	mqs_hash table;
	mqs_hash_init(&table, &test.alloc);
	memset(items, 0, sizeof(items));
	check_all(&table);
	for (uint32_t key = 0; key < ITEMS; key++) {
		insert_item(&table, key);
	}
	CHECK_EQ(table.mask, 4095);
	check_all(&table);
	for (uint32_t key = 0; key < ITEMS - 2; key++) {
		remove_item(&table, key);
		if (key % 500 == 0) {
			check_all(&table);
		}
	}
	CHECK(table.mask < 64);
	check_all(&table);
	remove_item(&table, ITEMS - 1);
	remove_item(&table, ITEMS - 2);
	CHECK_EQ(table.count, 0);
	mqs_hash_clear(&table);
	CHECK_EQ(test.live, 0);
	insert_item(&table, 7);
	check_all(&table);
	mqs_hash_clear(&table);
	CHECK_EQ(test.live, 0);
}

static void random_inserts_and_removals(void)
{
	test_alloc test;
	test_alloc_init(&test, 0);
	mqs_hash table;
	mqs_hash_init(&table, &test.alloc);
	memset(items, 0, sizeof(items));
	uint64_t random = 42;
	for (int step = 0; step < 60000; step++) {
		uint32_t key = (uint32_t)(test_random(&random) >> 32) % ITEMS;
		bool growing = step / 10000 % 2 == 0;
		if (items[key].inside && !(growing && step % 4)) {
			remove_item(&table, key);
		} else if (!items[key].inside && (growing || step % 4 == 0)) {
			insert_item(&table, key);
		}
		if (step % 5000 == 4999) {
			check_all(&table);
		}
	}
	mqs_hash_clear(&table);
	CHECK_EQ(test.live, 0);
}

/* The walk takes the next node, then the one before is removed: every node must come by exactly once. */
static void walk_that_removes(void)
{
	test_alloc test;
	for (unsigned every = 1; every <= 3; every++) {
		test_alloc_init(&test, 0);
		mqs_hash table;
		mqs_hash_init(&table, &test.alloc);
		memset(items, 0, sizeof(items));
		for (uint32_t key = 0; key < ITEMS; key++) {
			insert_item(&table, key);
		}
		unsigned walked = 0;
		mqs_hash_node *node = mqs_hash_next(&table, NULL);
		while (node && walked <= ITEMS) {
			mqs_hash_node *next = mqs_hash_next(&table, node);
			item *it = MQS_CONTAINER(node, item, node);
			it->seen++;
			if (++walked % every == 0 || every == 1) {
				remove_item(&table, it->key);
			}
			node = next;
		}
		CHECK_EQ(walked, ITEMS);
		for (uint32_t key = 0; key < ITEMS; key++) {
			CHECK_EQ(items[key].seen, 1);
		}
		check_all(&table);
		mqs_hash_clear(&table);
		CHECK_EQ(test.live, 0);
	}
}

static void works_on_without_memory(void)
{
	for (long n = 1; n <= 12; n++) {
		test_alloc test;
		test_alloc_init(&test, n);
		test.fail_on = true;
		mqs_hash table;
		mqs_hash_init(&table, &test.alloc);
		memset(items, 0, sizeof(items));
		for (uint32_t key = 0; key < 1000; key++) {
			items[key].key = key;
			mqs_result result = mqs_hash_insert(&table, &items[key].node, hash_of(key));
			CHECK_EQ(result, n == 1 ? MQS_ERR_NOMEM : MQS_OK);
			items[key].inside = result == MQS_OK;
		}
		check_all(&table);
		for (uint32_t key = 0; key < 1000 && n > 1; key++) {
			remove_item(&table, key);
		}
		check_all(&table);
		mqs_hash_clear(&table);
		CHECK_EQ(test.live, 0);
	}
}

TEST_MAIN(TEST_ENTRY(grows_and_shrinks), TEST_ENTRY(random_inserts_and_removals), TEST_ENTRY(walk_that_removes),
    TEST_ENTRY(works_on_without_memory))
