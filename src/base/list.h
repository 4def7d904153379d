/* SPDX-License-Identifier: MIT
 *
 * src/base/list.h - intrusive doubly linked ring. A head is a link that points to itself when empty.
 */
#ifndef MQS_BASE_LIST_H
#define MQS_BASE_LIST_H

#include "base/base.h"

typedef struct mqs_link {
	struct mqs_link *prev;
	struct mqs_link *next;
} mqs_link;

static inline void mqs_list_init(mqs_link *head)
{
	head->prev = head->next = head;
}

static inline bool mqs_list_empty(const mqs_link *head)
{
	return head->next == head;
}

/* Inserts before `at`; with a head as `at`, that is the end of the list. */
static inline void mqs_list_insert(mqs_link *at, mqs_link *link)
{
	link->prev = at->prev;
	link->next = at;
	at->prev->next = link;
	at->prev = link;
}

/* Takes the link out and leaves it empty, so that a second removal does no harm. */
static inline void mqs_list_remove(mqs_link *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	mqs_list_init(link);
}

static inline bool mqs_list_linked(const mqs_link *link)
{
	return link->next != link;
}

#endif
