/* SPDX-License-Identifier: MIT
 *
 * src/base/hash.h - intrusive chained hash table. The caller embeds mqs_hash_node, hashes the key and compares it.
 */
#ifndef MQS_BASE_HASH_H
#define MQS_BASE_HASH_H

#include "base/base.h"

typedef struct mqs_hash_node {
	struct mqs_hash_node *next; /* in the bucket */
	uint64_t hash;
} mqs_hash_node;

/* Owns the bucket array, not the nodes. */
typedef struct mqs_hash {
	const mqs_alloc *alloc; /* [borrowed] */
	mqs_hash_node **buckets;
	size_t mask; /* bucket count - 1, or 0 with buckets == NULL */
	size_t count;
} mqs_hash;

typedef bool (*mqs_hash_match)(const mqs_hash_node *node, const void *key);

void mqs_hash_init(mqs_hash *table, const mqs_alloc *alloc);

/* Frees the buckets. The nodes are the caller's. */
void mqs_hash_clear(mqs_hash *table);

/* The first node with this hash for which match(node, key) is true, or NULL. */
mqs_hash_node *mqs_hash_find(const mqs_hash *table, uint64_t hash, mqs_hash_match match, const void *key);

/* Adds node (its hash field is set here). Keys are not compared. MQS_ERR_NOMEM only when there is no bucket at all. */
mqs_result mqs_hash_insert(mqs_hash *table, mqs_hash_node *node, uint64_t hash);

/* Removes a node that is in the table; shrinks the buckets when the table got sparse. */
void mqs_hash_remove(mqs_hash *table, mqs_hash_node *node);

/*
 * Walks all nodes: start with NULL; NULL at the end. The node given may not be removed before the call; any other may,
 * also one the walk has passed. Inserting meanwhile can make the walk meet a node twice.
 */
mqs_hash_node *mqs_hash_next(const mqs_hash *table, const mqs_hash_node *node);

#endif
