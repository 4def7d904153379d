/* SPDX-License-Identifier: MIT
 *
 * src/broker/match_cache.c - a set-associative table of match results. Owns the slots and the blocks with long topics
 * and long results; never looks into subscriptions, which may be gone when an entry is stale.
 */
#include "broker/match_cache.h"

#define WAYS        8
#define FIRST_SETS  16
#define MAX_SETS    4096 /* 32,768 topics, about 4 MiB; a hint has 16 bits for a slot */
#define MAX_HELD    ((size_t)8 << 20)
#define CREDIT      3
#define REPLACE_ONE 4 /* of so many results that find their set full, one may push another out */
#define SHORT_TOPIC 56

/* Two cache lines. Short topics and results of one entry need no other memory. */
struct mqs_match_slot {
	uint64_t stamp;
	mqs_subscription *const *plain;
	mqs_share_group *const *groups;
	mqs_subscription *one_plain;
	mqs_share_group *one_group;
	uint8_t *block; /* [owned] copied results, then a long topic; NULL: neither */
	uint32_t block_bytes;
	uint32_t plain_count, group_count;
	mqs_match_areas areas;
	uint16_t topic_len;
	uint8_t credit; /* it was of use: survives so many attempts to replace it */
	bool overlapping;
	uint8_t topic[SHORT_TOPIC];
};

void mqs_match_cache_init(mqs_match_cache *cache, const mqs_alloc *alloc)
{
	*cache = (mqs_match_cache){.alloc = alloc};
}

static void empty_slot(mqs_match_cache *cache, uint32_t index)
{
	mqs_match_slot *slot = &cache->slots[index];
	mqs_release(cache->alloc, slot->block);
	cache->held_bytes -= slot->block_bytes;
	slot->block = NULL;
	slot->block_bytes = 0;
	cache->tags[index] = 0;
}

static void empty_all(mqs_match_cache *cache)
{
	for (uint32_t i = 0; i < cache->sets * WAYS; i++) {
		if (cache->tags[i]) {
			empty_slot(cache, i);
		}
	}
}

void mqs_match_cache_clear(mqs_match_cache *cache)
{
	empty_all(cache);
	mqs_release(cache->alloc, cache->tags);
	cache->tags = NULL;
	cache->slots = NULL;
	cache->sets = 0;
	cache->crowded = 0;
	memset(cache->hints, 0, sizeof(cache->hints));
}

/* A bigger table starts empty; what is in use will soon be in it again. */
static bool resize(mqs_match_cache *cache, uint32_t sets)
{
	size_t slots = (size_t)sets * WAYS;
	uint64_t *tags = mqs_acquire_zero(cache->alloc, slots * (sizeof(*tags) + sizeof(mqs_match_slot)));
	if (!tags) {
		return false;
	}
	mqs_match_cache_clear(cache);
	cache->tags = tags;
	cache->slots = (mqs_match_slot *)(void *)(tags + slots);
	cache->sets = sets;
	return true;
}

static inline uint64_t stamp_of(const mqs_match_cache *cache, const mqs_match_areas *areas)
{
	/* Epochs only grow, so the sum is the same only when each of them is. */
	uint64_t stamp = cache->epochs[0] + cache->epochs[areas->of_all];
	for (int i = 0; i < MQS_MATCH_DEPTH; i++) {
		stamp += cache->epochs[areas->of_start[i]];
	}
	return stamp;
}

static inline uint64_t tag_of(uint64_t hash)
{
	return hash | 1;
}

static inline bool is_topic(const mqs_match_slot *slot, mqs_bytes topic)
{
	const uint8_t *bytes =
	    slot->topic_len > SHORT_TOPIC ? slot->block + slot->block_bytes - slot->topic_len : slot->topic;
	return slot->topic_len == topic.len && memcmp(bytes, topic.ptr, topic.len) == 0;
}

/* What the slot says of the topic it holds. False: it is stale. */
static inline bool read_slot(const mqs_match_cache *cache, mqs_match_slot *slot, mqs_match *out)
{
	if (slot->stamp != stamp_of(cache, &slot->areas)) {
		return false;
	}
	if (slot->credit < CREDIT) {
		slot->credit++;
	}
	out->plain = slot->plain;
	out->plain_count = slot->plain_count;
	out->groups = slot->groups;
	out->group_count = slot->group_count;
	out->overlapping = slot->overlapping;
	return true;
}

/*
 * Where the hint for a topic of at least 8 bytes is: by bytes of its middle and its end. Who makes many topics with the
 * same ones gains nothing by it: then there is no hint, and the hash finds them.
 */
static inline uint16_t *hint_for(mqs_match_cache *cache, mqs_bytes topic)
{
	uint64_t middle, end;
	memcpy(&middle, topic.ptr + (topic.len - sizeof(middle)) / 2, sizeof(middle));
	memcpy(&end, topic.ptr + topic.len - sizeof(end), sizeof(end));
	uint64_t mixed = (middle * UINT64_C(0x9e3779b97f4a7c15) ^ end) * UINT64_C(0xd6e8feb86659fd93);
	return &cache->hints[mixed >> MQS_MATCH_HINT_SHIFT];
}

bool mqs_match_cache_recall(mqs_match_cache *cache, mqs_bytes topic, mqs_match *out)
{
	if (topic.len < sizeof(uint64_t)) {
		return false;
	}
	uint32_t hint = *hint_for(cache, topic);
	if (!hint || !cache->tags[hint - 1]) {
		return false;
	}
	mqs_match_slot *slot = &cache->slots[hint - 1];
	return is_topic(slot, topic) && read_slot(cache, slot, out);
}

bool mqs_match_cache_find(mqs_match_cache *cache, uint64_t hash, mqs_bytes topic, mqs_match *out)
{
	if (!cache->tags) {
		return false;
	}
	uint32_t first = (uint32_t)((hash >> 8) & (cache->sets - 1)) * WAYS;
	for (uint32_t i = first; i < first + WAYS; i++) {
		if (cache->tags[i] == tag_of(hash) && is_topic(&cache->slots[i], topic)) {
			if (topic.len >= sizeof(uint64_t)) {
				*hint_for(cache, topic) = (uint16_t)(i + 1);
			}
			return read_slot(cache, &cache->slots[i], out);
		}
	}
	return false;
}

/* A slot of the set that may be overwritten, emptied; false: none this time. */
static bool choose_slot(mqs_match_cache *cache, uint32_t first, uint64_t hash, mqs_bytes topic, uint32_t *out)
{
	bool found = false;
	for (uint32_t i = first; i < first + WAYS; i++) {
		if (cache->tags[i] == tag_of(hash) && is_topic(&cache->slots[i], topic)) {
			*out = i; /* it is stale */
			empty_slot(cache, i);
			return true;
		}
		if (!cache->tags[i] && !found) {
			*out = i;
			found = true;
		}
	}
	if (found) {
		return true;
	}
	/* With more topics in turn than slots, replacing at each miss would cost much and help nobody. */
	cache->crowded++;
	*out = first + (uint32_t)((hash >> 32) + cache->crowded / REPLACE_ONE) % WAYS;
	mqs_match_slot *victim = &cache->slots[*out];
	if (victim->stamp == stamp_of(cache, &victim->areas)) {
		if (cache->crowded % REPLACE_ONE) {
			return false;
		}
		if (victim->credit) {
			victim->credit--;
			return false;
		}
	}
	empty_slot(cache, *out);
	return true;
}

/* Copies what does not fit into the slot itself. */
static bool fill_block(
    mqs_match_cache *cache, mqs_match_slot *slot, mqs_bytes topic, const mqs_match *found, bool stable)
{
	size_t plain_bytes = stable || found->plain_count < 2 ? 0 : found->plain_count * sizeof(*found->plain);
	size_t group_bytes = found->group_count < 2 ? 0 : found->group_count * sizeof(*found->groups);
	size_t topic_bytes = topic.len > SHORT_TOPIC ? topic.len : 0;
	size_t bytes = plain_bytes + group_bytes + topic_bytes;
	if (bytes > MAX_HELD) {
		return false;
	}
	if (bytes) {
		if (cache->held_bytes + bytes > MAX_HELD) {
			empty_all(cache);
		}
		slot->block = mqs_acquire(cache->alloc, bytes);
		if (!slot->block) {
			return false;
		}
	}
	slot->block_bytes = (uint32_t)bytes;
	cache->held_bytes += bytes;
	slot->plain = found->plain;
	slot->groups = found->groups;
	MQS_ASSERT(slot->block || !(plain_bytes || group_bytes || topic_bytes));
	if (plain_bytes) {
		slot->plain = memcpy(slot->block, found->plain, plain_bytes);
	} else if (found->plain_count == 1) {
		slot->one_plain = found->plain[0];
		slot->plain = &slot->one_plain;
	}
	if (group_bytes) {
		slot->groups = memcpy(slot->block + plain_bytes, found->groups, group_bytes);
	} else if (found->group_count == 1) {
		slot->one_group = found->groups[0];
		slot->groups = &slot->one_group;
	}
	memcpy(topic_bytes ? slot->block + plain_bytes + group_bytes : slot->topic, topic.ptr, topic.len);
	return true;
}

void mqs_match_cache_store(mqs_match_cache *cache, uint64_t hash, mqs_bytes topic, const mqs_match_areas *areas,
    const mqs_match *found, bool stable)
{
	uint32_t slots = cache->sets * WAYS;
	if (cache->crowded >= slots && cache->sets < MAX_SETS && !resize(cache, slots ? cache->sets * 4 : FIRST_SETS) &&
	    !slots) {
		return;
	}
	uint32_t first = (uint32_t)((hash >> 8) & (cache->sets - 1)) * WAYS, index = first;
	if (!choose_slot(cache, first, hash, topic, &index)) {
		return;
	}
	mqs_match_slot *slot = &cache->slots[index];
	if (!fill_block(cache, slot, topic, found, stable)) {
		return;
	}
	slot->stamp = stamp_of(cache, areas);
	slot->plain_count = found->plain_count;
	slot->group_count = found->group_count;
	slot->areas = *areas;
	slot->topic_len = (uint16_t)topic.len;
	slot->credit = 0;
	slot->overlapping = found->overlapping;
	cache->tags[index] = tag_of(hash);
}
