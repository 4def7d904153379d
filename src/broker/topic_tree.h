/* SPDX-License-Identifier: MIT
 *
 * src/broker/topic_tree.h - tree of topic levels, the shared part of subscriptions and retained messages.
 *
 * A node is one level under its parent. All nodes of a tree stand in one hash table by (parent, level), so a node with
 * 100,000 children costs no more than one with two. What a node holds, and how its children can be listed, is the
 * affair of the user: its own node type starts with mqs_topic_node, and two functions tell it of nodes that come and
 * go. Everything is iterative; depth is bounded by the length of a topic only.
 */
#ifndef MQS_BROKER_TOPIC_TREE_H
#define MQS_BROKER_TOPIC_TREE_H

#include "base/hash.h"
#include "codec/codec.h"

typedef struct mqs_topic_node mqs_topic_node;

struct mqs_topic_node {
	mqs_hash_node by_key;   /* hash: of the whole path from the root; the root's is a seed */
	mqs_topic_node *parent; /* NULL: the root */
	uint32_t holds;         /* children, and what the user holds here: at 0 the node goes */
	uint16_t level_len;
	uint16_t level_at; /* where the bytes of the level stand, from the start of the node */
};

/* Owns its nodes but the root, which lives with the user. */
typedef struct mqs_topic_tree mqs_topic_tree;
struct mqs_topic_tree {
	const mqs_alloc *alloc; /* [borrowed] */
	uint64_t seed[2];
	mqs_hash nodes;
	mqs_topic_node *root;                                         /* [borrowed] */
	uint16_t node_size;                                           /* of the user's node type; the level follows */
	void (*attached)(mqs_topic_tree *tree, mqs_topic_node *node); /* new: zero behind the common part */
	void (*detached)(mqs_topic_tree *tree, mqs_topic_node *node); /* still in the table, about to be freed */
};

/*
 * root       of the user's node type, zeroed behind the common part by the user
 * node_size  of that type
 */
void mqs_topic_tree_init(mqs_topic_tree *tree, const mqs_alloc *alloc, const uint64_t seed[2], mqs_topic_node *root,
    uint16_t node_size, void (*attached)(mqs_topic_tree *, mqs_topic_node *),
    void (*detached)(mqs_topic_tree *, mqs_topic_node *));

/* Frees all nodes (without telling the user) and the table. */
void mqs_topic_tree_clear(mqs_topic_tree *tree);

static inline mqs_bytes mqs_topic_node_level(const mqs_topic_node *node)
{
	return mqs_bytes_make((const uint8_t *)node + node->level_at, node->level_len);
}

static inline bool mqs_topic_level_is(mqs_bytes level, char wildcard)
{
	return level.len == 1 && level.ptr[0] == (uint8_t)wildcard;
}

/* Is this the first byte of a topic that wildcards in the first level do not match [MQTT-4.7.2-1]? */
static inline bool mqs_topic_is_hidden(mqs_bytes topic)
{
	return topic.len > 0 && topic.ptr[0] == '$';
}

/* Hash of a path from that of the path above and that of the level, both secret: no peer can aim at a collision. */
static inline uint64_t mqs_topic_path_hash(uint64_t above, uint64_t level)
{
	uint64_t hash = ((above << 23 | above >> 41) ^ level) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

/* The child with this level, or NULL. path_hash is mqs_topic_path_hash() of the parent's hash and the level's. */
mqs_topic_node *mqs_topic_tree_child(
    const mqs_topic_tree *tree, const mqs_topic_node *parent, mqs_bytes level, uint64_t path_hash);

/* The node at the end of this path (wildcards are levels like others), or NULL. */
mqs_topic_node *mqs_topic_tree_find(const mqs_topic_tree *tree, mqs_bytes path);

/*
 * The node at the end of this path, made when it is missing; NULL when out of memory (the tree is unchanged).
 * A node that the caller then does not hold must be given to mqs_topic_tree_prune().
 */
mqs_topic_node *mqs_topic_tree_intern(mqs_topic_tree *tree, mqs_bytes path);

/* Removes the node if nothing is held in it, and each one above that becomes empty by that. */
void mqs_topic_tree_prune(mqs_topic_tree *tree, mqs_topic_node *node);

/* Lets go of one thing held in the node, and prunes. */
static inline void mqs_topic_tree_let_go(mqs_topic_tree *tree, mqs_topic_node *node)
{
	MQS_ASSERT(node->holds > 0);
	node->holds--;
	mqs_topic_tree_prune(tree, node);
}

/* Writes the path of the node (not the root), at most 65,535 bytes, and returns its length. */
size_t mqs_topic_node_path(const mqs_topic_node *node, uint8_t *out);

#endif
