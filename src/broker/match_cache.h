/* SPDX-License-Identifier: MIT
 *
 * src/broker/match_cache.h - who matched a topic, remembered by topic. Private to subscriptions.c.
 *
 * What makes an entry stale is kept by area: a filter belongs to the area of its literal beginning (the first
 * MQS_MATCH_DEPTH levels at most; all of it when it has no wildcard), a topic to the areas of each of its beginnings
 * that a matching filter can have. So a client that comes and subscribes to dev/17/# spoils what is known of dev/17/...
 * and of the few topics that share an area with it by chance, and not the whole cache.
 *
 * The number of topics and the bytes of results are bounded. A result that finds no place is simply not remembered.
 */
#ifndef MQS_BROKER_MATCH_CACHE_H
#define MQS_BROKER_MATCH_CACHE_H

#include "broker/subscriptions.h"

#define MQS_MATCH_DEPTH      3
#define MQS_MATCH_AREAS      1024 /* a power of two */
#define MQS_MATCH_HINT_SHIFT 54   /* the upper ten bits of a word choose a hint */

typedef struct mqs_match_slot mqs_match_slot;

typedef struct mqs_match_cache {
	const mqs_alloc *alloc; /* [borrowed] */
	uint64_t *tags;         /* hash of the topic by slot, 0: empty; NULL: no memory yet, nothing is remembered */
	mqs_match_slot *slots;
	uint32_t sets;     /* of MATCH_WAYS slots each; a power of two */
	uint32_t crowded;  /* results that found their set full of others */
	size_t held_bytes; /* of blocks of the slots */
	uint64_t epochs[MQS_MATCH_AREAS];
	uint16_t hints[1 << (64 - MQS_MATCH_HINT_SHIFT)]; /* slot + 1 that some bytes of a topic led to lately; may be any
	                                                     slot, or 0 */
} mqs_match_cache;

/* Area of a path by its hash. 0 is also the area of filters that begin with a wildcard. */
static inline uint16_t mqs_match_area(uint64_t path_hash)
{
	return (uint16_t)((path_hash >> 40) & (MQS_MATCH_AREAS - 1));
}

/* The areas of a topic besides area 0; beginnings it does not have are 0. */
typedef struct mqs_match_areas {
	uint16_t of_start[MQS_MATCH_DEPTH];
	uint16_t of_all;
} mqs_match_areas;

void mqs_match_cache_init(mqs_match_cache *cache, const mqs_alloc *alloc);

/* Forgets everything and frees the memory; usable again. */
void mqs_match_cache_clear(mqs_match_cache *cache);

/* Matches of this area changed. */
static inline void mqs_match_cache_spoil(mqs_match_cache *cache, uint16_t area)
{
	cache->epochs[area]++;
}

/*
 * As mqs_match_cache_find(), without the hash of the topic, which is most of the work: finds what was found lately, and
 * not always that.
 */
bool mqs_match_cache_recall(mqs_match_cache *cache, mqs_bytes topic, mqs_match *out);

/* False: not known, or stale. `out` points into the cache or at what was stored. */
bool mqs_match_cache_find(mqs_match_cache *cache, uint64_t hash, mqs_bytes topic, mqs_match *out);

/*
 * Remembers a result if there is a place for it.
 *
 * stable  found->plain stays in place until the area is spoilt: only the pointer is kept
 */
void mqs_match_cache_store(mqs_match_cache *cache, uint64_t hash, mqs_bytes topic, const mqs_match_areas *areas,
    const mqs_match *found, bool stable);

#endif
