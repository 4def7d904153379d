/* SPDX-License-Identifier: MIT
 *
 * src/broker/subscriptions_private.h - the inside of mqs_subscriptions, for subscriptions.c and match.c only.
 */
#ifndef MQS_BROKER_SUBSCRIPTIONS_PRIVATE_H
#define MQS_BROKER_SUBSCRIPTIONS_PRIVATE_H

#include "broker/match_cache.h"
#include "broker/subscriptions.h"
#include "broker/topic_tree.h"

/* A level of some filters, with the subscriptions of the filter that ends here. */
typedef struct mqs_sub_node {
	mqs_topic_node base;
	struct mqs_sub_node *single, *multi; /* the children + and # */
	union {
		mqs_subscription *one;   /* capacity 0: room for one */
		mqs_subscription **many; /* [owned] */
	} plain;
	mqs_share_group *groups;
	uint32_t count, capacity; /* of plain */
	uint32_t literals;        /* children besides + and # */
	unsigned start_area : 16; /* area of the literal beginning of the path, at most MQS_MATCH_DEPTH levels of it */
	unsigned depth : 7;       /* up to MQS_MATCH_DEPTH, more is not counted */
	unsigned wild : 1;        /* the path holds a wildcard */
	unsigned remote : 8;      /* of plain: those of peers */
} mqs_sub_node;

/* Memory that is used again by each match. */
typedef struct mqs_scratch {
	void *items;
	size_t capacity; /* bytes */
} mqs_scratch;

struct mqs_subscriptions {
	uint64_t last_group; /* number of the newest share group */
	size_t remote;       /* subscriptions of peers */
	mqs_topic_tree tree;
	mqs_sub_node root;
	mqs_hash by_key;  /* (node or group, session) -> subscription */
	mqs_hash by_name; /* (node, share name) -> group */
	mqs_match_cache cache;
	mqs_scratch frontier[2]; /* mqs_sub_node *: matched so far; the next level's */
	mqs_scratch hits;        /* mqs_sub_node *: ends of matching filters */
	mqs_scratch plain;       /* mqs_subscription * */
	mqs_scratch sorted;      /* mqs_subscription * */
	mqs_scratch groups;      /* mqs_share_group * */
	mqs_scratch chains;      /* uint32_t: table and chains of match.c */
};

/* The plain subscriptions of a node, `count` of them. */
static inline mqs_subscription *const *mqs_sub_node_plain(const mqs_sub_node *node)
{
	return node->capacity ? node->plain.many : &node->plain.one;
}

#endif
