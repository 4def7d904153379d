/* SPDX-License-Identifier: MIT
 *
 * src/broker/retained.c - one message a topic node, and a search that walks the matching part of the tree only.
 * Owns: the tree, a reference to each message in it. Does not own: lists it fills.
 */
#include "broker/retained.h"
#include "broker/topic_tree.h"

typedef struct retained_node {
	mqs_topic_node base;
	struct retained_node *first_child, *next, *previous; /* next and previous: siblings, in no particular order */
	mqs_message *message;                                /* NULL: only a level on the way */
} retained_node;

struct mqs_retained {
	mqs_topic_tree tree;
	retained_node root;
	retained_node *cursor; /* where the next sweep starts; NULL: from the beginning */
	uint64_t newest;       /* number of the message stored last */
	size_t count, bytes;
	size_t expiring; /* messages that have an expiry: without any, a sweep is nothing */
};

/* The next node in the order of the hash table, which also survives that the table is resized meanwhile. */
static retained_node *next_in_table(const mqs_retained *retained, const retained_node *node)
{
	mqs_hash_node *at = mqs_hash_next(&retained->tree.nodes, node ? &node->base.by_key : NULL);
	return at ? (retained_node *)MQS_CONTAINER(at, mqs_topic_node, by_key) : NULL;
}

static void attached(mqs_topic_tree *tree, mqs_topic_node *base)
{
	(void)tree;
	retained_node *node = (retained_node *)base;
	retained_node *parent = (retained_node *)base->parent;
	node->next = parent->first_child;
	if (node->next) {
		node->next->previous = node;
	}
	parent->first_child = node;
}

static void detached(mqs_topic_tree *tree, mqs_topic_node *base)
{
	mqs_retained *retained = MQS_CONTAINER(tree, mqs_retained, tree);
	retained_node *node = (retained_node *)base;
	if (retained->cursor == node) {
		retained->cursor = next_in_table(retained, node);
	}
	if (node->previous) {
		node->previous->next = node->next;
	} else {
		((retained_node *)base->parent)->first_child = node->next;
	}
	if (node->next) {
		node->next->previous = node->previous;
	}
}

mqs_retained *mqs_retained_create(const mqs_alloc *alloc, const uint64_t seed[2])
{
	mqs_retained *retained = mqs_acquire_zero(alloc, sizeof(*retained));
	if (retained) {
		mqs_topic_tree_init(
		    &retained->tree, alloc, seed, &retained->root.base, sizeof(retained_node), attached, detached);
	}
	return retained;
}

void mqs_retained_destroy(mqs_retained *retained)
{
	if (!retained) {
		return;
	}
	for (retained_node *node = next_in_table(retained, NULL); node; node = next_in_table(retained, node)) {
		if (node->message) {
			mqs_message_unref(node->message);
		}
	}
	mqs_topic_tree_clear(&retained->tree);
	mqs_release(retained->tree.alloc, retained);
}

static void account(mqs_retained *retained, const mqs_message *message)
{
	retained->count++;
	retained->bytes += mqs_message_cost(message);
	retained->expiring += message->expires_ms != MQS_NEVER;
}

static void drop_message(mqs_retained *retained, retained_node *node)
{
	mqs_message *message = node->message;
	retained->count--;
	retained->bytes -= mqs_message_cost(message);
	retained->expiring -= message->expires_ms != MQS_NEVER;
	node->message = NULL;
	message->superseded = true;
	mqs_message_unref(message);
}

mqs_result mqs_retained_set(mqs_retained *retained, mqs_message *message)
{
	retained_node *node = (retained_node *)mqs_topic_tree_intern(&retained->tree, mqs_message_topic(message));
	if (!node) {
		return MQS_ERR_NOMEM;
	}
	mqs_message_ref(message);
	if (node->message) {
		drop_message(retained, node);
	} else {
		node->base.holds++;
	}
	node->message = message;
	message->superseded = false;
	message->stored = ++retained->newest;
	account(retained, message);
	return MQS_OK;
}

static retained_node *find_node(const mqs_retained *retained, mqs_bytes topic)
{
	retained_node *node = (retained_node *)mqs_topic_tree_find(&retained->tree, topic);
	return node && node->message ? node : NULL;
}

bool mqs_retained_remove(mqs_retained *retained, mqs_bytes topic)
{
	retained_node *node = find_node(retained, topic);
	if (!node) {
		return false;
	}
	/* `topic` may be a view into the message: it is not looked at any more. */
	drop_message(retained, node);
	mqs_topic_tree_let_go(&retained->tree, &node->base);
	return true;
}

mqs_message *mqs_retained_find(const mqs_retained *retained, mqs_bytes topic)
{
	retained_node *node = find_node(retained, topic);
	return node ? node->message : NULL;
}

/* ---- search ------------------------------------------------------------------------------------------------- */

/* A level of the filter while the search goes down and up: bytes `start` to `end` of it. */
typedef struct filter_level {
	mqs_bytes filter;
	size_t start, end;
	bool single, multi; /* + and # */
} filter_level;

static void look_at_level(filter_level *level)
{
	mqs_bytes bytes = mqs_bytes_make(level->filter.ptr + level->start, level->end - level->start);
	level->single = mqs_topic_level_is(bytes, '+');
	level->multi = mqs_topic_level_is(bytes, '#');
}

static void next_level(filter_level *level, size_t start)
{
	level->start = start;
	level->end = start;
	while (level->end < level->filter.len && level->filter.ptr[level->end] != '/') {
		level->end++;
	}
	look_at_level(level);
}

static void previous_level(filter_level *level)
{
	level->end = level->start - 1;
	level->start = level->end;
	while (level->start > 0 && level->filter.ptr[level->start - 1] != '/') {
		level->start--;
	}
	look_at_level(level);
}

/* The node itself, or the next sibling that a wildcard in its level may match. */
static retained_node *skip_hidden(retained_node *node)
{
	while (node && !node->base.parent->parent && mqs_topic_is_hidden(mqs_topic_node_level(&node->base))) {
		node = node->next;
	}
	return node;
}

static retained_node *first_match(const mqs_retained *retained, const retained_node *node, const filter_level *level)
{
	if (level->single) {
		return skip_hidden(node->first_child);
	}
	mqs_bytes bytes = mqs_bytes_make(level->filter.ptr + level->start, level->end - level->start);
	return (retained_node *)mqs_topic_tree_child(&retained->tree, &node->base, bytes,
	    mqs_topic_path_hash(node->base.by_key.hash, mqs_hash_bytes(retained->tree.seed, bytes)));
}

static mqs_result take(const mqs_retained *retained, const retained_node *node, mqs_message_list *out)
{
	if (!node->message) {
		return MQS_OK;
	}
	if (out->count == out->capacity) {
		uint32_t capacity = out->capacity ? out->capacity * 2 : 8;
		if (capacity > UINT32_MAX / sizeof(*out->items)) {
			return MQS_ERR_NOMEM;
		}
		mqs_message **items = mqs_resize(retained->tree.alloc, out->items, capacity * sizeof(*items));
		if (!items) {
			return MQS_ERR_NOMEM;
		}
		out->items = items;
		out->capacity = capacity;
	}
	out->items[out->count++] = mqs_message_ref(node->message);
	return MQS_OK;
}

/* The node and all below, parents first. */
static mqs_result take_all(const mqs_retained *retained, retained_node *top, mqs_message_list *out)
{
	retained_node *node = top;
	for (;;) {
		if (take(retained, node, out) != MQS_OK) {
			return MQS_ERR_NOMEM;
		}
		if (node->first_child) {
			node = node == &retained->root ? skip_hidden(node->first_child) : node->first_child;
			if (!node) {
				return MQS_OK;
			}
			continue;
		}
		/* Up to the nearest node that has a sibling to go on with. */
		retained_node *next = NULL;
		while (node != top && !(next = skip_hidden(node->next))) {
			node = (retained_node *)node->base.parent;
		}
		if (node == top) {
			return MQS_OK;
		}
		MQS_ASSERT(next); /* the loop above ends at `top` or with it */
		node = next;
	}
}

/*
 * Goes down as the filter says and up again over the parent links, so the depth of the tree costs no memory. `node`
 * has matched the levels before `level`; `child` is the child of it that is looked at for `level`.
 */
mqs_result mqs_retained_match(const mqs_retained *retained, mqs_bytes filter, mqs_message_list *out)
{
	const retained_node *node = &retained->root;
	filter_level level = {.filter = filter};
	next_level(&level, 0);
	if (level.multi) {
		return take_all(retained, (retained_node *)node, out);
	}
	retained_node *child = first_match(retained, node, &level);
	while (child || node != &retained->root) {
		if (child && level.end < filter.len) {
			node = child;
			next_level(&level, level.end + 1);
			if (!level.multi) {
				child = first_match(retained, node, &level);
				continue;
			}
			if (take_all(retained, child, out) != MQS_OK) {
				return MQS_ERR_NOMEM;
			}
			child = NULL;
		} else if (child) {
			if (take(retained, child, out) != MQS_OK) {
				return MQS_ERR_NOMEM;
			}
			child = level.single ? skip_hidden(child->next) : NULL;
		} else {
			/* Nothing more below `node`: on with its sibling, if its own level is a wildcard. */
			previous_level(&level);
			child = level.single ? skip_hidden(node->next) : NULL;
			node = (const retained_node *)node->base.parent;
		}
	}
	return MQS_OK;
}

static void swap(mqs_message **items, uint32_t one, uint32_t other)
{
	mqs_message *item = items[one];
	items[one] = items[other];
	items[other] = item;
}

/* Lets an item sink to its place in a heap whose newest message is on top. */
static void sink(mqs_message **items, uint32_t at, uint32_t count)
{
	for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
		if (child + 1 < count && items[child + 1]->stored > items[child]->stored) {
			child++;
		}
		if (items[at]->stored >= items[child]->stored) {
			return;
		}
		swap(items, at, child);
	}
}

void mqs_message_list_sort(mqs_message_list *list)
{
	for (uint32_t at = list->count / 2; at-- > 0;) {
		sink(list->items, at, list->count);
	}
	for (uint32_t left = list->count; left > 1;) {
		swap(list->items, 0, --left);
		sink(list->items, 0, left);
	}
}

void mqs_message_list_clear(mqs_message_list *list, const mqs_alloc *alloc)
{
	for (uint32_t i = 0; i < list->count; i++) {
		mqs_message_unref(list->items[i]);
	}
	mqs_release(alloc, list->items);
	*list = (mqs_message_list){0};
}

/* ---- the rest ----------------------------------------------------------------------------------------------- */

mqs_message *mqs_retained_sweep(mqs_retained *retained, int64_t now_ms, uint32_t steps)
{
	if (retained->expiring == 0) {
		return NULL;
	}
	for (uint32_t i = 0; i < steps; i++) {
		retained_node *node = retained->cursor ? retained->cursor : next_in_table(retained, NULL);
		retained->cursor = next_in_table(retained, node);
		if (node->message && node->message->expires_ms <= now_ms) {
			return node->message;
		}
	}
	return NULL;
}

uint64_t mqs_retained_newest(const mqs_retained *retained)
{
	return retained->newest;
}

size_t mqs_retained_count(const mqs_retained *retained)
{
	return retained->count;
}

size_t mqs_retained_expiring(const mqs_retained *retained)
{
	return retained->expiring;
}

size_t mqs_retained_bytes(const mqs_retained *retained)
{
	return retained->bytes;
}
