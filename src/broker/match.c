/* SPDX-License-Identifier: MIT
 *
 * src/broker/match.c - who matches a topic: a walk down the tree, level by level, for all filters at once.
 * Owns nothing; the memory it works in belongs to mqs_subscriptions and is used again by each match.
 */
#include "broker/subscriptions_private.h"

/* Room for `count` items of `size` bytes; what was in it stays. */
static bool reserve(mqs_subscriptions *subs, mqs_scratch *memory, size_t count, size_t size)
{
	if (MQS_LIKELY(count * size <= memory->capacity)) {
		return true;
	}
	size_t capacity = memory->capacity ? memory->capacity : 64 * sizeof(void *);
	while (capacity < count * size) {
		capacity *= 2;
	}
	void *fresh = mqs_resize(subs->tree.alloc, memory->items, capacity);
	if (!fresh) {
		return false;
	}
	memory->items = fresh;
	memory->capacity = capacity;
	return true;
}

/* What a walk has found: `hits` of the scratch memory, and the areas that it went through. */
typedef struct route {
	size_t hits;
	mqs_match_areas areas;
} route;

/* One level down for all nodes that have matched so far; returns how many match now. The memory has been reserved. */
static size_t step(
    mqs_subscriptions *subs, size_t count, mqs_bytes level, bool hidden, route *route, uint64_t *path_hash)
{
	mqs_sub_node *const *now = subs->frontier[0].items;
	mqs_sub_node **next = subs->frontier[1].items, **hits = subs->hits.items;
	uint64_t level_hash = mqs_hash_bytes(subs->tree.seed, level);
	size_t found = 0;
	*path_hash = mqs_topic_path_hash(*path_hash, level_hash);
	for (size_t i = 0; i < count; i++) {
		mqs_sub_node *node = now[i];
		if (node->multi && !hidden) {
			hits[route->hits++] = node->multi;
		}
		if (node->single && !hidden) {
			next[found++] = node->single;
		}
		if (node->literals) {
			uint64_t hash = mqs_topic_path_hash(node->base.by_key.hash, level_hash);
			mqs_sub_node *child = (mqs_sub_node *)mqs_topic_tree_child(&subs->tree, &node->base, level, hash);
			if (child) {
				next[found++] = child;
			}
		}
	}
	mqs_scratch swap = subs->frontier[0];
	subs->frontier[0] = subs->frontier[1];
	subs->frontier[1] = swap;
	return found;
}

static mqs_result walk(mqs_subscriptions *subs, mqs_bytes topic, route *route)
{
	*route = (struct route){0};
	if (!reserve(subs, &subs->frontier[0], 1, sizeof(mqs_sub_node *))) {
		return MQS_ERR_NOMEM;
	}
	((mqs_sub_node **)subs->frontier[0].items)[0] = &subs->root;
	size_t count = 1, depth = 0;
	bool hidden = mqs_topic_is_hidden(topic), more = true;
	uint64_t path_hash = subs->root.base.by_key.hash;
	mqs_bytes level, rest = topic;
	while (mqs_topic_next_level(&rest, &more, &level)) {
		if (!reserve(subs, &subs->frontier[1], count * 2, sizeof(mqs_sub_node *)) ||
		    !reserve(subs, &subs->hits, route->hits + count, sizeof(mqs_sub_node *))) {
			return MQS_ERR_NOMEM;
		}
		count = step(subs, count, level, hidden && depth == 0, route, &path_hash);
		if (depth < MQS_MATCH_DEPTH) {
			route->areas.of_start[depth] = mqs_match_area(path_hash);
		}
		depth++;
	}
	route->areas.of_all = mqs_match_area(path_hash);
	/* The filters that end with the topic, and those with one more level that is # [MQTT-4.7.1-2]. */
	if (!reserve(subs, &subs->hits, route->hits + count * 2, sizeof(mqs_sub_node *))) {
		return MQS_ERR_NOMEM;
	}
	mqs_sub_node *const *ends = subs->frontier[0].items;
	mqs_sub_node **hits = subs->hits.items;
	for (size_t i = 0; i < count; i++) {
		if (ends[i]->count || ends[i]->groups) {
			hits[route->hits++] = ends[i];
		}
		if (ends[i]->multi) {
			hits[route->hits++] = ends[i]->multi;
		}
	}
	return MQS_OK;
}

static mqs_result collect_groups(mqs_subscriptions *subs, size_t hit_count, mqs_match *out)
{
	mqs_sub_node *const *hits = subs->hits.items;
	size_t count = 0;
	for (size_t i = 0; i < hit_count; i++) {
		for (mqs_share_group *group = hits[i]->groups; group; group = group->sibling) {
			if (!reserve(subs, &subs->groups, count + 1, sizeof(group))) {
				return MQS_ERR_NOMEM;
			}
			((mqs_share_group **)subs->groups.items)[count++] = group;
		}
	}
	out->groups = count ? subs->groups.items : NULL;
	out->group_count = (uint32_t)count;
	return MQS_OK;
}

/*
 * Looks whether a session stands in `items` more than once, and only then makes a sorted copy. A table by session holds
 * the last item (its index + 1) of each session, and `chain` the one before it.
 */
static mqs_result group_by_session(
    mqs_subscriptions *subs, mqs_subscription *const *items, uint32_t count, mqs_match *out)
{
	size_t size = 4;
	while (size < (size_t)count * 2) {
		size *= 2;
	}
	if (!reserve(subs, &subs->chains, size + count, sizeof(uint32_t))) {
		return MQS_ERR_NOMEM;
	}
	uint32_t *table = subs->chains.items, *chain = table + size;
	memset(table, 0, size * sizeof(*table));
	for (uint32_t i = 0; i < count; i++) {
		size_t at = ((uintptr_t)items[i]->session >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 32 & (size - 1);
		while (table[at] && items[table[at] - 1]->session != items[i]->session) {
			at = (at + 1) & (size - 1);
		}
		chain[i] = table[at];
		out->overlapping |= chain[i] != 0;
		table[at] = i + 1;
	}
	out->plain = items;
	if (!out->overlapping) {
		return MQS_OK;
	}
	if (!reserve(subs, &subs->sorted, count, sizeof(*items))) {
		return MQS_ERR_NOMEM;
	}
	mqs_subscription **sorted = subs->sorted.items;
	uint32_t done = 0;
	for (size_t at = 0; at < size; at++) {
		for (uint32_t item = table[at]; item; item = chain[item - 1]) {
			sorted[done++] = items[item - 1];
		}
	}
	out->plain = sorted;
	return MQS_OK;
}

/* single: only one filter with plain subscriptions has matched, and `out` shows its own array. */
static mqs_result collect_plain(mqs_subscriptions *subs, size_t hit_count, mqs_match *out, bool *single)
{
	mqs_sub_node *const *hits = subs->hits.items;
	size_t count = 0, nodes = 0;
	for (size_t i = 0; i < hit_count; i++) {
		if (hits[i]->count) {
			out->plain = mqs_sub_node_plain(hits[i]);
			nodes++;
		}
		count += hits[i]->count;
	}
	*single = nodes == 1;
	out->plain_count = (uint32_t)count;
	if (nodes < 2) {
		return MQS_OK;
	}
	if (count > UINT32_MAX / 8 || !reserve(subs, &subs->plain, count, sizeof(mqs_subscription *))) {
		return MQS_ERR_NOMEM;
	}
	mqs_subscription **plain = subs->plain.items;
	size_t done = 0;
	for (size_t i = 0; i < hit_count; i++) {
		memcpy(plain + done, mqs_sub_node_plain(hits[i]), hits[i]->count * sizeof(*plain));
		done += hits[i]->count;
	}
	return group_by_session(subs, plain, (uint32_t)count, out);
}

mqs_result mqs_subscriptions_match(mqs_subscriptions *subs, mqs_bytes topic, mqs_match *out)
{
	if (subs->by_key.count == 0) {
		*out = (mqs_match){0};
		return MQS_OK;
	}
	if (mqs_match_cache_recall(&subs->cache, topic, out)) {
		return MQS_OK;
	}
	uint64_t hash = mqs_hash_bytes(subs->tree.seed, topic);
	if (mqs_match_cache_find(&subs->cache, hash, topic, out)) {
		return MQS_OK;
	}
	*out = (mqs_match){0};
	route route;
	bool single = false;
	if (walk(subs, topic, &route) != MQS_OK || collect_plain(subs, route.hits, out, &single) != MQS_OK ||
	    collect_groups(subs, route.hits, out) != MQS_OK) {
		*out = (mqs_match){0};
		return MQS_ERR_NOMEM;
	}
	mqs_match_cache_store(&subs->cache, hash, topic, &route.areas, out, single);
	return MQS_OK;
}
