/* SPDX-License-Identifier: MIT
 *
 * src/base/hash.c - chained hash table with a power of two of buckets. Owns the bucket array only.
 *
 * Buckets are walked in the order of their bit-reversed index, and chains keep their order when the table is resized.
 * So a walk that is under way sees every node that stays, even when the removal of other nodes shrinks the table.
 */
#include "base/hash.h"

#define FIRST_BUCKETS 8

void mqs_hash_init(mqs_hash *table, const mqs_alloc *alloc)
{
	table->alloc = alloc;
	table->buckets = NULL;
	table->mask = 0;
	table->count = 0;
}

void mqs_hash_clear(mqs_hash *table)
{
	mqs_release(table->alloc, table->buckets);
	table->buckets = NULL;
	table->mask = 0;
	table->count = 0;
}

mqs_hash_node *mqs_hash_find(const mqs_hash *table, uint64_t hash, mqs_hash_match match, const void *key)
{
	if (!table->buckets) {
		return NULL;
	}
	for (mqs_hash_node *node = table->buckets[hash & table->mask]; node; node = node->next) {
		if (node->hash == hash && match(node, key)) {
			return node;
		}
	}
	return NULL;
}

static void append_to_chain(mqs_hash_node **chain, mqs_hash_node *node)
{
	while (*chain) {
		chain = &(*chain)->next;
	}
	node->next = NULL;
	*chain = node;
}

/* Chains stay short (one node a bucket on average), so walking to their end is cheap. */
static mqs_result resize(mqs_hash *table, size_t buckets)
{
	if (buckets == 0 || buckets > SIZE_MAX / sizeof(mqs_hash_node *)) {
		return MQS_ERR_NOMEM;
	}
	mqs_hash_node **fresh = mqs_acquire_zero(table->alloc, buckets * sizeof(mqs_hash_node *));
	if (!fresh) {
		return MQS_ERR_NOMEM;
	}
	for (size_t i = 0; table->buckets && i <= table->mask; i++) {
		mqs_hash_node *node = table->buckets[i];
		while (node) {
			mqs_hash_node *next = node->next;
			append_to_chain(&fresh[node->hash & (buckets - 1)], node);
			node = next;
		}
	}
	mqs_release(table->alloc, table->buckets);
	table->buckets = fresh;
	table->mask = buckets - 1;
	return MQS_OK;
}

mqs_result mqs_hash_insert(mqs_hash *table, mqs_hash_node *node, uint64_t hash)
{
	if (!table->buckets) {
		if (resize(table, FIRST_BUCKETS) != MQS_OK) {
			return MQS_ERR_NOMEM;
		}
	} else if (table->count > table->mask) {
		/* Without memory the chains get longer; nothing else is lost. */
		(void)resize(table, (table->mask + 1) * 2);
	}
	mqs_hash_node **bucket = &table->buckets[hash & table->mask];
	node->hash = hash;
	node->next = *bucket;
	*bucket = node;
	table->count++;
	return MQS_OK;
}

void mqs_hash_remove(mqs_hash *table, mqs_hash_node *node)
{
	MQS_ASSERT(table->buckets && table->count > 0);
	mqs_hash_node **at = &table->buckets[node->hash & table->mask];
	while (*at != node) {
		MQS_ASSERT(*at != NULL);
		at = &(*at)->next;
	}
	*at = node->next;
	node->next = NULL;
	table->count--;
	size_t buckets = table->mask + 1;
	if (buckets > FIRST_BUCKETS && table->count < buckets / 8) {
		(void)resize(table, buckets / 2);
	}
}

/* The bucket after `bucket` in bit-reversed order: adds one at the top of the masked bits, carrying downwards. 0 at the
 * end. */
static size_t next_bucket(size_t bucket, size_t mask)
{
	size_t top = (mask + 1) >> 1;
	while (top && (bucket & top)) {
		bucket &= ~top;
		top >>= 1;
	}
	return bucket | top;
}

mqs_hash_node *mqs_hash_next(const mqs_hash *table, const mqs_hash_node *node)
{
	if (!table->buckets) {
		return NULL;
	}
	size_t bucket = 0;
	if (node) {
		if (node->next) {
			return node->next;
		}
		bucket = next_bucket(node->hash & table->mask, table->mask);
		if (bucket == 0) {
			return NULL;
		}
	}
	do {
		if (table->buckets[bucket]) {
			return table->buckets[bucket];
		}
		bucket = next_bucket(bucket, table->mask);
	} while (bucket != 0);
	return NULL;
}
