/* SPDX-License-Identifier: MIT
 *
 * src/broker/retained.h - retained messages by topic (MQTT 5 section 3.3.1.3), with wildcard search.
 */
#ifndef MQS_BROKER_RETAINED_H
#define MQS_BROKER_RETAINED_H

#include "broker/message.h"

typedef struct mqs_retained mqs_retained;

/* [owned] NULL when out of memory. */
mqs_retained *mqs_retained_create(const mqs_alloc *alloc, const uint64_t seed[2]);
void mqs_retained_destroy(mqs_retained *retained);

/* Stores a message under its topic (a reference is taken) and numbers it; the one before gets superseded = true and is
 * let go. MQS_OK or MQS_ERR_NOMEM (unchanged). */
mqs_result mqs_retained_set(mqs_retained *retained, mqs_message *message);

/* Removes the message of a topic (superseded = true, let go). False: there was none. */
bool mqs_retained_remove(mqs_retained *retained, mqs_bytes topic);

/* [borrowed] or NULL. Expiry is the caller's business. */
mqs_message *mqs_retained_find(const mqs_retained *retained, mqs_bytes topic);

/* A growing list of message references. Zero-initialised is empty. */
typedef struct mqs_message_list {
	mqs_message **items;
	uint32_t count, capacity;
} mqs_message_list;

/*
 * Appends every retained message whose topic matches the filter (without $share), each with a reference of its own.
 * The work is bounded by the part of the tree that can match.
 *
 * Returns MQS_OK or MQS_ERR_NOMEM (what was appended before stays in the list).
 */
mqs_result mqs_retained_match(const mqs_retained *retained, mqs_bytes filter, mqs_message_list *out);

/* Into the order in which they were stored. */
void mqs_message_list_sort(mqs_message_list *list);

/* Lets go of all and frees the array. */
void mqs_message_list_clear(mqs_message_list *list, const mqs_alloc *alloc);

/* Any one message that expired by now_ms, looked for in a small bounded step (a rolling cursor), or NULL. */
mqs_message *mqs_retained_sweep(mqs_retained *retained, int64_t now_ms, uint32_t steps);

/* The number of the message stored last; 0: none yet. */
uint64_t mqs_retained_newest(const mqs_retained *retained);

size_t mqs_retained_count(const mqs_retained *retained);

/* How many of them will expire. */
size_t mqs_retained_expiring(const mqs_retained *retained);
size_t mqs_retained_bytes(const mqs_retained *retained);

#endif
