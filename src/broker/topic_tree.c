/* SPDX-License-Identifier: MIT
 *
 * src/broker/topic_tree.c - nodes by (parent, level) in one seeded hash table. Owns the nodes, not what users keep in
 * them.
 */
#include "broker/topic_tree.h"

void mqs_topic_tree_init(mqs_topic_tree *tree, const mqs_alloc *alloc, const uint64_t seed[2], mqs_topic_node *root,
    uint16_t node_size, void (*attached)(mqs_topic_tree *, mqs_topic_node *),
    void (*detached)(mqs_topic_tree *, mqs_topic_node *))
{
	tree->alloc = alloc;
	tree->seed[0] = seed[0];
	tree->seed[1] = seed[1];
	mqs_hash_init(&tree->nodes, alloc);
	tree->root = root;
	tree->node_size = node_size;
	tree->attached = attached;
	tree->detached = detached;
	*root = (mqs_topic_node){.by_key = {.hash = seed[0] ^ (seed[1] << 1)}, .level_at = node_size};
}

void mqs_topic_tree_clear(mqs_topic_tree *tree)
{
	mqs_hash_node *at = mqs_hash_next(&tree->nodes, NULL);
	while (at) {
		mqs_hash_node *next = mqs_hash_next(&tree->nodes, at);
		mqs_release(tree->alloc, MQS_CONTAINER(at, mqs_topic_node, by_key));
		at = next;
	}
	mqs_hash_clear(&tree->nodes);
}

/* The table is walked here and not by mqs_hash_find(): this is the inner loop of every match. */
mqs_topic_node *mqs_topic_tree_child(
    const mqs_topic_tree *tree, const mqs_topic_node *parent, mqs_bytes level, uint64_t path_hash)
{
	if (!tree->nodes.buckets) {
		return NULL;
	}
	for (mqs_hash_node *at = tree->nodes.buckets[path_hash & tree->nodes.mask]; at; at = at->next) {
		if (at->hash == path_hash) {
			mqs_topic_node *node = MQS_CONTAINER(at, mqs_topic_node, by_key);
			if (node->parent == parent && mqs_bytes_equal(mqs_topic_node_level(node), level)) {
				return node;
			}
		}
	}
	return NULL;
}

static uint64_t child_hash(const mqs_topic_tree *tree, const mqs_topic_node *parent, mqs_bytes level)
{
	return mqs_topic_path_hash(parent->by_key.hash, mqs_hash_bytes(tree->seed, level));
}

mqs_topic_node *mqs_topic_tree_find(const mqs_topic_tree *tree, mqs_bytes path)
{
	mqs_topic_node *node = tree->root;
	mqs_bytes level;
	bool more = true;
	while (node && mqs_topic_next_level(&path, &more, &level)) {
		node = mqs_topic_tree_child(tree, node, level, child_hash(tree, node, level));
	}
	return node;
}

static mqs_topic_node *add_child(mqs_topic_tree *tree, mqs_topic_node *parent, mqs_bytes level, uint64_t path_hash)
{
	mqs_topic_node *node = mqs_acquire(tree->alloc, tree->node_size + level.len);
	if (!node) {
		return NULL;
	}
	memset(node, 0, tree->node_size);
	node->parent = parent;
	node->level_at = tree->node_size;
	node->level_len = (uint16_t)level.len;
	if (level.len) {
		memcpy((uint8_t *)node + tree->node_size, level.ptr, level.len);
	}
	if (mqs_hash_insert(&tree->nodes, &node->by_key, path_hash) != MQS_OK) {
		mqs_release(tree->alloc, node);
		return NULL;
	}
	parent->holds++;
	tree->attached(tree, node);
	return node;
}

mqs_topic_node *mqs_topic_tree_intern(mqs_topic_tree *tree, mqs_bytes path)
{
	MQS_ASSERT(path.len <= UINT16_MAX);
	mqs_topic_node *node = tree->root;
	mqs_bytes level;
	bool more = true;
	while (mqs_topic_next_level(&path, &more, &level)) {
		uint64_t path_hash = child_hash(tree, node, level);
		mqs_topic_node *child = mqs_topic_tree_child(tree, node, level, path_hash);
		if (!child) {
			child = add_child(tree, node, level, path_hash);
		}
		if (!child) {
			mqs_topic_tree_prune(tree, node);
			return NULL;
		}
		node = child;
	}
	return node;
}

void mqs_topic_tree_prune(mqs_topic_tree *tree, mqs_topic_node *node)
{
	while (node->holds == 0 && node->parent) {
		mqs_topic_node *parent = node->parent;
		tree->detached(tree, node);
		mqs_hash_remove(&tree->nodes, &node->by_key);
		mqs_release(tree->alloc, node);
		MQS_ASSERT(parent->holds > 0);
		parent->holds--;
		node = parent;
	}
}

size_t mqs_topic_node_path(const mqs_topic_node *node, uint8_t *out)
{
	size_t len = 0;
	for (const mqs_topic_node *at = node; at->parent; at = at->parent) {
		len += at->level_len + (at->parent->parent ? 1u : 0u);
	}
	size_t end = len;
	for (const mqs_topic_node *at = node; at->parent; at = at->parent) {
		mqs_bytes level = mqs_topic_node_level(at);
		end -= level.len;
		memcpy(out + end, level.ptr, level.len);
		if (at->parent->parent) {
			out[--end] = '/';
		}
	}
	return len;
}
