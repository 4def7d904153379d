/* SPDX-License-Identifier: MIT
 *
 * src/broker/subscriptions.h - who subscribed to what: a tree of topic levels, shared groups, and a cache of matches
 * keyed by topic. Knows owners only as pointers. Not in it: delivery, sessions, retained messages.
 */
#ifndef MQS_BROKER_SUBSCRIPTIONS_H
#define MQS_BROKER_SUBSCRIPTIONS_H

#include "base/hash.h"
#include "base/list.h"
#include "codec/codec.h"

struct mqs_session;
typedef struct mqs_subscriptions mqs_subscriptions;
typedef struct mqs_topic_node mqs_topic_node;
typedef struct mqs_share_group mqs_share_group;

/* One subscription of one session. Made and freed by this module. */
typedef struct mqs_subscription {
	mqs_link by_session;         /* in the owner's list; the owner gives the head */
	mqs_link owed;               /* the broker's: in a backlog of retained messages; never touched by this module */
	uint64_t owed_upto;          /* the broker's: number of the newest retained message that is owed */
	mqs_hash_node by_key;        /* (node or group, owner) -> subscription */
	struct mqs_session *session; /* this and what follows up to `place` is read for each delivery: it stands together */
	uint32_t identifier;         /* Subscription Identifier; 0: none */
	uint32_t weight;             /* of a peer: how many of its clients subscribe to it; 0: one of our own clients */
	uint8_t qos;
	bool no_local, retain_as_published;
	uint8_t retain_handling : 2; /* seldom looked at */
	bool shared : 1;
	uint32_t index; /* in the array of the node or group */
	union {
		mqs_topic_node *node;
		mqs_share_group *group; /* when shared; it knows its node */
	} place;
} mqs_subscription;

/* The members of $share/{name}/{filter}. */
struct mqs_share_group {
	mqs_hash_node by_name; /* (node, name) -> group */
	mqs_topic_node *node;
	uint64_t number;            /* never 0, never used twice */
	mqs_subscription **members; /* count entries */
	uint32_t count, capacity;
	uint32_t remote;                     /* members that are peers */
	uint32_t next;                       /* round robin: where the next pick starts; the broker moves it */
	uint32_t turn;                       /* the broker's: picks in a row that the member there has had */
	mqs_share_group *sibling, *previous; /* next and previous group of the same node */
	uint16_t name_len;
	uint8_t name[];
};

/* NULL when not shared. */
static inline mqs_share_group *mqs_subscription_group(const mqs_subscription *subscription)
{
	return subscription->shared ? subscription->place.group : NULL;
}

/* Where its filter ends. */
static inline mqs_topic_node *mqs_subscription_node(const mqs_subscription *subscription)
{
	return subscription->shared ? subscription->place.group->node : subscription->place.node;
}

/* Result of a match. [borrowed] valid until the next add, remove or match. */
typedef struct mqs_match {
	mqs_subscription *const *plain; /* in no particular order; one session may stand in it several times, but all
	                                 * entries of one session are adjacent */
	uint32_t plain_count;
	mqs_share_group *const *groups;
	uint32_t group_count;
	bool overlapping; /* some session stands in `plain` more than once */
} mqs_match;

/* [owned] NULL when out of memory. alloc outlives it. */
mqs_subscriptions *mqs_subscriptions_create(const mqs_alloc *alloc, const uint64_t seed[2]);

/* All subscriptions must have been removed. NULL is allowed. */
void mqs_subscriptions_destroy(mqs_subscriptions *subs);

/*
 * Adds, or changes the options of the one that is there (then its group and place stay).
 *
 * entry    a valid filter, $share included; its option fields are taken over
 * head     list of the owner that the new subscription is put into
 * existed  [out] the session had it already
 *
 * Returns MQS_OK or MQS_ERR_NOMEM (nothing changed).
 */
mqs_result mqs_subscriptions_add(mqs_subscriptions *subs, struct mqs_session *session, mqs_link *head,
    const mqs_subscription_entry *entry, uint32_t identifier, mqs_subscription **out, bool *existed);

/* The session's subscription with exactly this filter ($share included), or NULL. */
mqs_subscription *mqs_subscriptions_find(mqs_subscriptions *subs, const struct mqs_session *session, mqs_bytes filter);

/* The share group of this filter ($share/...), or NULL. */
mqs_share_group *mqs_subscriptions_group(mqs_subscriptions *subs, mqs_bytes filter);

/*
 * From now on the subscription is that of a peer. Of those there may be 255 at a filter.
 *
 * weight  not 0
 */
void mqs_subscriptions_mark(mqs_subscriptions *subs, mqs_subscription *subscription, uint32_t weight);

/* How many clients of our own have a subscription like this one: of the same filter, or in the same group. */
uint32_t mqs_subscriptions_local(const mqs_subscription *subscription);

/*
 * Walks the filters that clients of our own have: one subscription of each. *at starts as NULL, *groups as false.
 * NULL at the end. No subscription may come or go in between.
 */
mqs_subscription *mqs_subscriptions_walk(mqs_subscriptions *subs, void **at, bool *groups);

/* Takes it out of the tree and of the owner's list, and frees it. Empty nodes and groups go too. */
void mqs_subscriptions_remove(mqs_subscriptions *subs, mqs_subscription *subscription);

/*
 * All subscriptions that match a topic name [MQTT-4.7.x]; $-topics are not matched by a leading wildcard.
 * Costs a cache look-up when the topic was matched since the last change.
 *
 * Returns MQS_OK or MQS_ERR_NOMEM.
 */
mqs_result mqs_subscriptions_match(mqs_subscriptions *subs, mqs_bytes topic, mqs_match *out);

/* Writes the whole filter of a subscription ($share/… included) into `out` (capacity 65535 + share prefix is enough
 * with MQS_FILTER_MAX); returns its length. */
#define MQS_FILTER_MAX 65536
size_t mqs_subscription_filter(const mqs_subscription *subscription, uint8_t *out);

/* Those of our own clients. */
size_t mqs_subscriptions_count(const mqs_subscriptions *subs);

#endif
