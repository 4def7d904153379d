/* SPDX-License-Identifier: MIT
 *
 * src/broker/subscriptions.c - subscriptions and shared groups at topic nodes: adding, finding, removing.
 * Owns: nodes, subscriptions, groups, the cache of matches, scratch memory. Does not own: sessions and their lists.
 */
#include "broker/subscriptions_private.h"

/* ---- nodes -------------------------------------------------------------------------------------------------- */

/* The area of changes at the node: see match_cache.h. */
static uint16_t area_of(const mqs_sub_node *node)
{
	return node->wild ? (uint16_t)node->start_area : mqs_match_area(node->base.by_key.hash);
}

static void attached(mqs_topic_tree *tree, mqs_topic_node *base)
{
	(void)tree;
	mqs_sub_node *node = (mqs_sub_node *)base, *parent = (mqs_sub_node *)base->parent;
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
	mqs_sub_node *parent = (mqs_sub_node *)base->parent;
	if (parent->single == (mqs_sub_node *)base) {
		parent->single = NULL;
	} else if (parent->multi == (mqs_sub_node *)base) {
		parent->multi = NULL;
	} else {
		parent->literals--;
	}
}

mqs_subscriptions *mqs_subscriptions_create(const mqs_alloc *alloc, const uint64_t seed[2])
{
	mqs_subscriptions *subs = mqs_acquire_zero(alloc, sizeof(*subs));
	if (subs) {
		mqs_topic_tree_init(&subs->tree, alloc, seed, &subs->root.base, sizeof(mqs_sub_node), attached, detached);
		mqs_hash_init(&subs->by_key, alloc);
		mqs_hash_init(&subs->by_name, alloc);
		mqs_match_cache_init(&subs->cache, alloc);
	}
	return subs;
}

static void clear_scratch(mqs_subscriptions *subs, mqs_scratch *memory)
{
	mqs_release(subs->tree.alloc, memory->items);
	*memory = (mqs_scratch){0};
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

/* Room for one more; false: no memory, nothing changed. */
static bool reserve_plain(const mqs_alloc *alloc, mqs_sub_node *node)
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

static void put_plain(mqs_sub_node *node, mqs_subscription *subscription)
{
	subscription->index = node->count;
	*(node->capacity ? &node->plain.many[node->count] : &node->plain.one) = subscription;
	node->count++;
}

static void take_plain(const mqs_alloc *alloc, mqs_sub_node *node, uint32_t index)
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

static uint64_t group_hash(const mqs_subscriptions *subs, const mqs_sub_node *node, mqs_bytes name)
{
	return mqs_topic_path_hash(node->base.by_key.hash, mqs_hash_bytes(subs->tree.seed, name));
}

static mqs_share_group *find_group(const mqs_subscriptions *subs, const mqs_sub_node *node, mqs_bytes name)
{
	group_key key = {&node->base, name};
	mqs_hash_node *at = mqs_hash_find(&subs->by_name, group_hash(subs, node, name), is_group, &key);
	return at ? MQS_CONTAINER(at, mqs_share_group, by_name) : NULL;
}

static mqs_share_group *add_group(mqs_subscriptions *subs, mqs_sub_node *node, mqs_bytes name)
{
	mqs_share_group *group = mqs_acquire(subs->tree.alloc, sizeof(*group) + name.len);
	if (!group) {
		return NULL;
	}
	*group = (mqs_share_group){
	    .number = ++subs->last_group, .node = &node->base, .name_len = (uint16_t)name.len, .sibling = node->groups};
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
	mqs_sub_node *node = (mqs_sub_node *)group->node;
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
	return subscription->shared ? (const void *)subscription->place.group : (const void *)subscription->place.node;
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
	mqs_sub_node *node = (mqs_sub_node *)mqs_topic_tree_find(&subs->tree, path);
	if (!node || !shared) {
		return node ? find_at(subs, node, session) : NULL;
	}
	mqs_share_group *group = find_group(subs, node, name);
	return group ? find_at(subs, group, session) : NULL;
}

mqs_share_group *mqs_subscriptions_group(mqs_subscriptions *subs, mqs_bytes filter)
{
	mqs_bytes name, path;
	if (!mqs_topic_share_parse(filter, &name, &path)) {
		return NULL;
	}
	mqs_sub_node *node = (mqs_sub_node *)mqs_topic_tree_find(&subs->tree, path);
	return node ? find_group(subs, node, name) : NULL;
}

static mqs_subscription *add_new(
    mqs_subscriptions *subs, mqs_sub_node *node, mqs_share_group *group, struct mqs_session *session)
{
	const mqs_alloc *alloc = subs->tree.alloc;
	mqs_subscription *subscription = mqs_acquire_zero(alloc, sizeof(*subscription));
	if (!subscription) {
		return NULL;
	}
	subscription->session = session;
	subscription->shared = group != NULL;
	if (group) {
		subscription->place.group = group;
	} else {
		subscription->place.node = &node->base;
	}
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
	mqs_sub_node *node = (mqs_sub_node *)mqs_topic_tree_intern(&subs->tree, path);
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
	mqs_sub_node *node = (mqs_sub_node *)mqs_subscription_node(subscription);
	mqs_share_group *group = mqs_subscription_group(subscription);
	mqs_list_remove(&subscription->by_session);
	mqs_hash_remove(&subs->by_key, &subscription->by_key);
	if (subscription->weight) {
		subs->remote--;
		if (group) {
			group->remote--;
		} else {
			node->remote--;
		}
	}
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

/* ---- peers --------------------------------------------------------------------------------------------------- */

void mqs_subscriptions_mark(mqs_subscriptions *subs, mqs_subscription *subscription, uint32_t weight)
{
	if (subscription->weight == 0) {
		subs->remote++;
		if (subscription->shared) {
			subscription->place.group->remote++;
		} else {
			((mqs_sub_node *)subscription->place.node)->remote++;
		}
	}
	subscription->weight = weight;
}

uint32_t mqs_subscriptions_local(const mqs_subscription *subscription)
{
	const mqs_sub_node *node = (const mqs_sub_node *)mqs_subscription_node(subscription);
	const mqs_share_group *group = mqs_subscription_group(subscription);
	return group ? group->count - group->remote : node->count - node->remote;
}

/* The first that is no peer's, or NULL. */
static mqs_subscription *first_local(mqs_subscription *const *items, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (items[i]->weight == 0) {
			return items[i];
		}
	}
	return NULL;
}

mqs_subscription *mqs_subscriptions_walk(mqs_subscriptions *subs, void **at, bool *groups)
{
	mqs_subscription *found = NULL;
	while (!found) {
		mqs_hash_node *next = mqs_hash_next(*groups ? &subs->by_name : &subs->tree.nodes, (mqs_hash_node *)*at);
		*at = next;
		if (!next && *groups) {
			return NULL;
		}
		if (!next) {
			*groups = true;
		} else if (*groups) {
			const mqs_share_group *group = MQS_CONTAINER(next, mqs_share_group, by_name);
			found = first_local(group->members, group->count);
		} else {
			const mqs_sub_node *node = (const mqs_sub_node *)MQS_CONTAINER(next, mqs_topic_node, by_key);
			found = first_local(mqs_sub_node_plain(node), node->count);
		}
	}
	return found;
}

size_t mqs_subscription_filter(const mqs_subscription *subscription, uint8_t *out)
{
	static const char prefix[] = "$share/";
	size_t len = 0;
	if (subscription->shared) {
		const mqs_share_group *group = subscription->place.group;
		memcpy(out, prefix, sizeof(prefix) - 1);
		len = sizeof(prefix) - 1;
		memcpy(out + len, group->name, group->name_len);
		len += group->name_len;
		out[len++] = '/';
	}
	return len + mqs_topic_node_path(mqs_subscription_node(subscription), out + len);
}

size_t mqs_subscriptions_count(const mqs_subscriptions *subs)
{
	return subs->by_key.count - subs->remote;
}
