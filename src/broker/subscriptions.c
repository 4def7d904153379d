/* SPDX-License-Identifier: MIT
 *
 * src/broker/subscriptions.c - subscriptions at topic nodes, and the match of a topic level by level.
 * Owns: nodes, subscriptions, groups, the cache of matches, scratch memory. Does not own: sessions and their lists.
 */
#include "broker/subscriptions.h"
#include "broker/match_cache.h"
#include "broker/topic_tree.h"

/* A level of some filters, with the subscriptions of the filter that ends here. */
typedef struct sub_node {
	mqs_topic_node base;
	struct sub_node *single, *multi; /* the children + and # */
	union {
		mqs_subscription *one;   /* capacity 0: room for one */
		mqs_subscription **many; /* [owned] */
	} plain;
	mqs_share_group *groups;
	uint32_t count, capacity; /* of plain */
	uint32_t literals;        /* children besides + and # */
	uint16_t start_area;      /* area of the literal beginning of the path, at most MQS_MATCH_DEPTH levels of it */
	uint8_t depth;            /* up to MQS_MATCH_DEPTH, more is not counted */
	bool wild;                /* the path holds a wildcard */
} sub_node;

/* Memory that is used again by each match. */
typedef struct scratch {
	void *items;
	size_t capacity; /* bytes */
} scratch;

struct mqs_subscriptions {
	mqs_topic_tree tree;
	sub_node root;
	mqs_hash by_key;  /* (node or group, session) -> subscription */
	mqs_hash by_name; /* (node, share name) -> group */
	mqs_match_cache cache;
	scratch frontier[2]; /* sub_node *: matched so far; the next level's */
	scratch hits;        /* sub_node *: ends of matching filters */
	scratch plain;       /* mqs_subscription * */
	scratch sorted;      /* mqs_subscription * */
	scratch groups;      /* mqs_share_group * */
	scratch chains;      /* uint32_t: table and chains of group_by_session() */
};

/* ---- nodes -------------------------------------------------------------------------------------------------- */

/* The area of changes at the node: see match_cache.h. */
static uint16_t area_of(const sub_node *node)
{
	return node->wild ? node->start_area : mqs_match_area(node->base.by_key.hash);
}

static void attached(mqs_topic_tree *tree, mqs_topic_node *base)
{
	(void)tree;
	sub_node *node = (sub_node *)base, *parent = (sub_node *)base->parent;
	mqs_bytes level = mqs_topic_node_level(base);
	node->wild = true;
	node->start_area = parent->start_area;
	if (mqs_topic_level_is(level, '+')) {
		parent->single = node;
	} else if (mqs_topic_level_is(level, '#')) {
		parent->multi = node;
	} else {
		parent->literals++;
		node->wild = parent->wild;
		node->depth = parent->depth;
		if (!node->wild && parent->depth < MQS_MATCH_DEPTH) {
			node->depth++;
			node->start_area = mqs_match_area(base->by_key.hash);
		}
	}
}

static void detached(mqs_topic_tree *tree, mqs_topic_node *base)
{
	(void)tree;
	sub_node *parent = (sub_node *)base->parent;
	if (parent->single == (sub_node *)base) {
		parent->single = NULL;
	} else if (parent->multi == (sub_node *)base) {
		parent->multi = NULL;
	} else {
		parent->literals--;
	}
}

mqs_subscriptions *mqs_subscriptions_create(const mqs_alloc *alloc, const uint64_t seed[2])
{
	mqs_subscriptions *subs = mqs_acquire_zero(alloc, sizeof(*subs));
	if (subs) {
		mqs_topic_tree_init(&subs->tree, alloc, seed, &subs->root.base, sizeof(sub_node), attached, detached);
		mqs_hash_init(&subs->by_key, alloc);
		mqs_hash_init(&subs->by_name, alloc);
		mqs_match_cache_init(&subs->cache, alloc);
	}
	return subs;
}

static void clear_scratch(mqs_subscriptions *subs, scratch *memory)
{
	mqs_release(subs->tree.alloc, memory->items);
	*memory = (scratch){0};
}

/* What was only kept to be fast. */
static void free_spare_memory(mqs_subscriptions *subs)
{
	mqs_match_cache_clear(&subs->cache);
	clear_scratch(subs, &subs->frontier[0]);
	clear_scratch(subs, &subs->frontier[1]);
	clear_scratch(subs, &subs->hits);
	clear_scratch(subs, &subs->plain);
	clear_scratch(subs, &subs->sorted);
	clear_scratch(subs, &subs->groups);
	clear_scratch(subs, &subs->chains);
}

void mqs_subscriptions_destroy(mqs_subscriptions *subs)
{
	if (!subs) {
		return;
	}
	MQS_ASSERT(subs->by_key.count == 0 && subs->by_name.count == 0 && subs->tree.nodes.count == 0);
	free_spare_memory(subs);
	mqs_topic_tree_clear(&subs->tree);
	mqs_hash_clear(&subs->by_key);
	mqs_hash_clear(&subs->by_name);
	mqs_release(subs->tree.alloc, subs);
}

/* ---- arrays of subscriptions -------------------------------------------------------------------------------- */

static bool grow(const mqs_alloc *alloc, mqs_subscription ***items, uint32_t *capacity)
{
	uint32_t wanted = *capacity ? *capacity * 2 : 4;
	if (wanted > UINT32_MAX / sizeof(**items)) {
		return false;
	}
	mqs_subscription **fresh = mqs_resize(alloc, *items, wanted * sizeof(*fresh));
	if (!fresh) {
		return false;
	}
	*items = fresh;
	*capacity = wanted;
	return true;
}

/* Without memory for a smaller array the big one stays: no harm. */
static void shrink(const mqs_alloc *alloc, mqs_subscription ***items, uint32_t *capacity, uint32_t count)
{
	if (*capacity > 4 && count <= *capacity / 4) {
		mqs_subscription **fresh = mqs_resize(alloc, *items, *capacity / 2 * sizeof(*fresh));
		if (fresh) {
			*items = fresh;
			*capacity /= 2;
		}
	}
}

static mqs_subscription *const *plain_of(const sub_node *node)
{
	return node->capacity ? node->plain.many : &node->plain.one;
}

/* Room for one more; false: no memory, nothing changed. */
static bool reserve_plain(const mqs_alloc *alloc, sub_node *node)
{
	if (node->count < node->capacity || (!node->capacity && !node->count)) {
		return true;
	}
	mqs_subscription *one = node->plain.one;
	mqs_subscription **many = node->capacity ? node->plain.many : NULL;
	bool first = !node->capacity;
	if (!grow(alloc, &many, &node->capacity)) {
		return false;
	}
	node->plain.many = many;
	if (first) {
		many[0] = one;
	}
	return true;
}

static void put_plain(sub_node *node, mqs_subscription *subscription)
{
	subscription->index = node->count;
	*(node->capacity ? &node->plain.many[node->count] : &node->plain.one) = subscription;
	node->count++;
}

static void take_plain(const mqs_alloc *alloc, sub_node *node, uint32_t index)
{
	node->count--;
	if (!node->capacity) {
		node->plain.one = NULL;
		return;
	}
	mqs_subscription **many = node->plain.many;
	many[index] = many[node->count];
	many[index]->index = index;
	if (node->count <= 1) {
		node->plain.one = node->count ? many[0] : NULL;
		node->capacity = 0;
		mqs_release(alloc, many);
	} else {
		shrink(alloc, &node->plain.many, &node->capacity, node->count);
	}
}

/* ---- groups ------------------------------------------------------------------------------------------------- */

typedef struct group_key {
	const mqs_topic_node *node;
	mqs_bytes name;
} group_key;

static bool is_group(const mqs_hash_node *at, const void *key)
{
	const mqs_share_group *group = MQS_CONTAINER(at, mqs_share_group, by_name);
	const group_key *wanted = key;
	return group->node == wanted->node && mqs_bytes_equal(mqs_bytes_make(group->name, group->name_len), wanted->name);
}

static uint64_t group_hash(const mqs_subscriptions *subs, const sub_node *node, mqs_bytes name)
{
	return mqs_topic_path_hash(node->base.by_key.hash, mqs_hash_bytes(subs->tree.seed, name));
}

static mqs_share_group *find_group(const mqs_subscriptions *subs, const sub_node *node, mqs_bytes name)
{
	group_key key = {&node->base, name};
	mqs_hash_node *at = mqs_hash_find(&subs->by_name, group_hash(subs, node, name), is_group, &key);
	return at ? MQS_CONTAINER(at, mqs_share_group, by_name) : NULL;
}

static mqs_share_group *add_group(mqs_subscriptions *subs, sub_node *node, mqs_bytes name)
{
	mqs_share_group *group = mqs_acquire(subs->tree.alloc, sizeof(*group) + name.len);
	if (!group) {
		return NULL;
	}
	*group = (mqs_share_group){.node = &node->base, .name_len = (uint16_t)name.len, .sibling = node->groups};
	memcpy(group->name, name.ptr, name.len);
	if (mqs_hash_insert(&subs->by_name, &group->by_name, group_hash(subs, node, name)) != MQS_OK) {
		mqs_release(subs->tree.alloc, group);
		return NULL;
	}
	if (group->sibling) {
		group->sibling->previous = group;
	}
	node->groups = group;
	node->base.holds++;
	mqs_match_cache_spoil(&subs->cache, area_of(node));
	return group;
}

/* Its node may go with it. */
static void remove_group(mqs_subscriptions *subs, mqs_share_group *group)
{
	sub_node *node = (sub_node *)group->node;
	*(group->previous ? &group->previous->sibling : &node->groups) = group->sibling;
	if (group->sibling) {
		group->sibling->previous = group->previous;
	}
	mqs_match_cache_spoil(&subs->cache, area_of(node));
	mqs_hash_remove(&subs->by_name, &group->by_name);
	mqs_release(subs->tree.alloc, group->members);
	mqs_release(subs->tree.alloc, group);
	mqs_topic_tree_let_go(&subs->tree, &node->base);
}

static void take_member(const mqs_alloc *alloc, mqs_share_group *group, uint32_t index)
{
	group->count--;
	group->members[index] = group->members[group->count];
	group->members[index]->index = index;
	shrink(alloc, &group->members, &group->capacity, group->count);
}

/* ---- add, find, remove -------------------------------------------------------------------------------------- */

typedef struct sub_key {
	const void *place; /* the group, or the node when not shared */
	const void *session;
} sub_key;

static const void *place_of(const mqs_subscription *subscription)
{
	return subscription->group ? (const void *)subscription->group : (const void *)subscription->node;
}

static bool is_subscription(const mqs_hash_node *at, const void *key)
{
	const mqs_subscription *subscription = MQS_CONTAINER(at, mqs_subscription, by_key);
	const sub_key *wanted = key;
	return subscription->session == wanted->session && place_of(subscription) == wanted->place;
}

static uint64_t key_hash(const mqs_subscriptions *subs, const sub_key *key)
{
	return mqs_hash_bytes(subs->tree.seed, mqs_bytes_make(key, sizeof(*key)));
}

static mqs_subscription *find_at(const mqs_subscriptions *subs, const void *place, const void *session)
{
	sub_key key = {place, session};
	mqs_hash_node *at = mqs_hash_find(&subs->by_key, key_hash(subs, &key), is_subscription, &key);
	return at ? MQS_CONTAINER(at, mqs_subscription, by_key) : NULL;
}

mqs_subscription *mqs_subscriptions_find(mqs_subscriptions *subs, const struct mqs_session *session, mqs_bytes filter)
{
	mqs_bytes name = {0}, path = filter;
	bool shared = mqs_topic_share_parse(filter, &name, &path);
	sub_node *node = (sub_node *)mqs_topic_tree_find(&subs->tree, path);
	if (!node || !shared) {
		return node ? find_at(subs, node, session) : NULL;
	}
	mqs_share_group *group = find_group(subs, node, name);
	return group ? find_at(subs, group, session) : NULL;
}

static mqs_subscription *add_new(
    mqs_subscriptions *subs, sub_node *node, mqs_share_group *group, struct mqs_session *session)
{
	const mqs_alloc *alloc = subs->tree.alloc;
	mqs_subscription *subscription = mqs_acquire_zero(alloc, sizeof(*subscription));
	if (!subscription) {
		return NULL;
	}
	subscription->session = session;
	subscription->node = &node->base;
	subscription->group = group;
	bool room = !group                           ? reserve_plain(alloc, node)
	            : group->count < group->capacity ? true
	                                             : grow(alloc, &group->members, &group->capacity);
	sub_key key = {place_of(subscription), session};
	if (!group) {
		/* Also when the array has only been moved by its growth: the cache knows where it was. */
		mqs_match_cache_spoil(&subs->cache, area_of(node));
	}
	if (!room || mqs_hash_insert(&subs->by_key, &subscription->by_key, key_hash(subs, &key)) != MQS_OK) {
		mqs_release(alloc, subscription);
		return NULL;
	}
	if (group) {
		subscription->index = group->count;
		group->members[group->count++] = subscription;
	} else {
		put_plain(node, subscription);
		node->base.holds++;
	}
	return subscription;
}

mqs_result mqs_subscriptions_add(mqs_subscriptions *subs, struct mqs_session *session, mqs_link *head,
    const mqs_subscription_entry *entry, uint32_t identifier, mqs_subscription **out, bool *existed)
{
	mqs_bytes name = {0}, path = entry->filter;
	bool shared = mqs_topic_share_parse(entry->filter, &name, &path);
	sub_node *node = (sub_node *)mqs_topic_tree_intern(&subs->tree, path);
	if (!node) {
		return MQS_ERR_NOMEM;
	}
	mqs_share_group *group = NULL;
	if (shared) {
		group = find_group(subs, node, name);
		if (!group && !(group = add_group(subs, node, name))) {
			mqs_topic_tree_prune(&subs->tree, &node->base);
			return MQS_ERR_NOMEM;
		}
	}
	mqs_subscription *subscription = find_at(subs, group ? (void *)group : (void *)node, session);
	*existed = subscription != NULL;
	if (!subscription) {
		subscription = add_new(subs, node, group, session);
		if (!subscription) {
			if (group && group->count == 0) {
				remove_group(subs, group);
			} else {
				mqs_topic_tree_prune(&subs->tree, &node->base);
			}
			return MQS_ERR_NOMEM;
		}
		mqs_list_insert(head, &subscription->by_session);
	}
	subscription->identifier = identifier;
	subscription->qos = entry->qos;
	subscription->retain_handling = entry->retain_handling;
	subscription->no_local = entry->no_local;
	subscription->retain_as_published = entry->retain_as_published;
	*out = subscription;
	return MQS_OK;
}

void mqs_subscriptions_remove(mqs_subscriptions *subs, mqs_subscription *subscription)
{
	const mqs_alloc *alloc = subs->tree.alloc;
	sub_node *node = (sub_node *)subscription->node;
	mqs_share_group *group = subscription->group;
	mqs_list_remove(&subscription->by_session);
	mqs_hash_remove(&subs->by_key, &subscription->by_key);
	if (group) {
		take_member(alloc, group, subscription->index);
		if (group->count == 0) {
			remove_group(subs, group);
		}
	} else {
		take_plain(alloc, node, subscription->index);
		mqs_match_cache_spoil(&subs->cache, area_of(node));
		mqs_topic_tree_let_go(&subs->tree, &node->base);
	}
	mqs_release(alloc, subscription);
	if (subs->by_key.count == 0) {
		free_spare_memory(subs);
	}
}

size_t mqs_subscription_filter(const mqs_subscription *subscription, uint8_t *out)
{
	static const char prefix[] = "$share/";
	const mqs_share_group *group = subscription->group;
	size_t len = 0;
	if (group) {
		memcpy(out, prefix, sizeof(prefix) - 1);
		len = sizeof(prefix) - 1;
		memcpy(out + len, group->name, group->name_len);
		len += group->name_len;
		out[len++] = '/';
	}
	return len + mqs_topic_node_path(subscription->node, out + len);
}

size_t mqs_subscriptions_count(const mqs_subscriptions *subs)
{
	return subs->by_key.count;
}

/* ---- match -------------------------------------------------------------------------------------------------- */

/* Room for `count` items of `size` bytes; what was in it stays. */
static bool reserve(mqs_subscriptions *subs, scratch *memory, size_t count, size_t size)
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
	sub_node *const *now = subs->frontier[0].items;
	sub_node **next = subs->frontier[1].items, **hits = subs->hits.items;
	uint64_t level_hash = mqs_hash_bytes(subs->tree.seed, level);
	size_t found = 0;
	*path_hash = mqs_topic_path_hash(*path_hash, level_hash);
	for (size_t i = 0; i < count; i++) {
		sub_node *node = now[i];
		if (node->multi && !hidden) {
			hits[route->hits++] = node->multi;
		}
		if (node->single && !hidden) {
			next[found++] = node->single;
		}
		if (node->literals) {
			uint64_t hash = mqs_topic_path_hash(node->base.by_key.hash, level_hash);
			sub_node *child = (sub_node *)mqs_topic_tree_child(&subs->tree, &node->base, level, hash);
			if (child) {
				next[found++] = child;
			}
		}
	}
	scratch swap = subs->frontier[0];
	subs->frontier[0] = subs->frontier[1];
	subs->frontier[1] = swap;
	return found;
}

static mqs_result walk(mqs_subscriptions *subs, mqs_bytes topic, route *route)
{
	*route = (struct route){0};
	if (!reserve(subs, &subs->frontier[0], 1, sizeof(sub_node *))) {
		return MQS_ERR_NOMEM;
	}
	((sub_node **)subs->frontier[0].items)[0] = &subs->root;
	size_t count = 1, depth = 0;
	bool hidden = mqs_topic_is_hidden(topic), more = true;
	uint64_t path_hash = subs->root.base.by_key.hash;
	mqs_bytes level, rest = topic;
	while (mqs_topic_next_level(&rest, &more, &level)) {
		if (!reserve(subs, &subs->frontier[1], count * 2, sizeof(sub_node *)) ||
		    !reserve(subs, &subs->hits, route->hits + count, sizeof(sub_node *))) {
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
	if (!reserve(subs, &subs->hits, route->hits + count * 2, sizeof(sub_node *))) {
		return MQS_ERR_NOMEM;
	}
	sub_node *const *ends = subs->frontier[0].items;
	sub_node **hits = subs->hits.items;
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
	sub_node *const *hits = subs->hits.items;
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
	sub_node *const *hits = subs->hits.items;
	size_t count = 0, nodes = 0;
	for (size_t i = 0; i < hit_count; i++) {
		if (hits[i]->count) {
			out->plain = plain_of(hits[i]);
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
		memcpy(plain + done, plain_of(hits[i]), hits[i]->count * sizeof(*plain));
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
