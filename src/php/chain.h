/* SPDX-License-Identifier: MIT
 *
 * src/php/chain.h - which user code stands before and behind the broker's action, by event.
 *
 * Handlers are only ever added. A chain is an immutable list: adding makes a new one, so that one that is being run
 * stays as it is.
 */
#ifndef PHP_MQS_CHAIN_H
#define PHP_MQS_CHAIN_H

#include "attribute.h"
#include "caller.h"

typedef struct php_mqs_handler {
	php_mqs_callee callee;   /* of a class: without an object until php_mqs_chains_resolve() */
	zend_class_entry *ce;    /* NULL: a closure or another callable */
	zend_string *object_key; /* [owned] of php_mqs_chains.objects; NULL with ce == NULL */
	zend_string *server;     /* [owned] name of the server it is for; NULL: of any */
	mqs_event_kind kind;
	php_mqs_handler_style style;
	zend_long priority;
	uint32_t concurrency; /* of PUBLISH: packets of one connection that it may be called for at the same time */
	bool selected;        /* it stands in a chain: it is for the server that this is */
} php_mqs_handler;

typedef struct php_mqs_chain {
	uint32_t refs, count;
	php_mqs_handler *handlers[];
} php_mqs_chain;

typedef struct php_mqs_chains {
	php_mqs_chain *by_event[MQS_EVENT_KINDS][2]; /* by phase; NULL: none */
	php_mqs_handler **all;                       /* [owned] count of them, in order of registration */
	uint32_t count, capacity;
	zend_string *server; /* [owned] name of the server that this is; NULL before php_mqs_chains_select() */
	HashTable objects;   /* key => handler object, null until it is made */
	bool unresolved;     /* some handler has no object yet */
	bool resolving;      /* objects are being made, by code of the user */
	bool has_container;  /* set once by the owner: objects of named classes may come from a container */
	bool uses_messages;  /* some handler takes PSR-7 messages */
} php_mqs_chains;

void php_mqs_chains_init(php_mqs_chains *chains);
void php_mqs_chains_clear(php_mqs_chains *chains);
void php_mqs_chains_gc(php_mqs_chains *chains, zend_get_gc_buffer *buffer);

/* Tells the name of the server. Handlers for other ones are kept and not called; they are again when this is called
 * with their name. */
void php_mqs_chains_select(php_mqs_chains *chains, zend_string *server);

/*
 * Adds what the attributes of a class say. A class that was added by its name before is not added again.
 *
 * object   [borrowed] handler object; NULL: made later, see php_mqs_chains_resolve()
 *
 * FAILURE: exception set: no attribute of ours, or one on something that cannot be a handler.
 */
zend_result php_mqs_chains_add_class(php_mqs_chains *chains, zend_class_entry *ce, zend_object *object);

/* Was this class added by its name? */
bool php_mqs_chains_has_class(const php_mqs_chains *chains, const zend_class_entry *ce);

/*
 * Adds one method of a class whose attributes somebody else has read; its object is made later.
 *
 * method  [borrowed] NULL: the class has none of that name
 * said    [borrowed] what the attribute says
 *
 * FAILURE: exception set: the method cannot be a handler.
 */
zend_result php_mqs_chains_add_method(
    php_mqs_chains *chains, zend_class_entry *ce, zend_function *method, const php_mqs_event_attribute *said);

/* Adds a callable of the style PHP_MQS_STYLE_PACKET. */
void php_mqs_chains_add_callable(php_mqs_chains *chains, mqs_event_kind kind, const zend_fcall_info *info,
    const zend_fcall_info_cache *cache, zend_long priority);

/* Makes the objects that are missing: of the container when it has the class, else by `new`. container may be NULL.
 * FAILURE: exception set. */
zend_result php_mqs_chains_resolve(php_mqs_chains *chains, zval *container);

/* Packets of one connection that all handlers of PUBLISH may be called for at the same time: the least of what they
 * say; 1 without any. */
uint32_t php_mqs_chains_concurrency(const php_mqs_chains *chains);

/* Bits 1 << mqs_event_kind of the events that have handlers in this phase. */
uint32_t php_mqs_chains_wants(const php_mqs_chains *chains, mqs_phase phase);

static inline php_mqs_chain *php_mqs_chain_ref(php_mqs_chain *chain)
{
	chain->refs++;
	return chain;
}
void php_mqs_chain_unref(php_mqs_chain *chain);

/* ---- discovery.c --------------------------------------------------------------------------------------------- */

/*
 * Includes every *.php below a directory, in order of the paths, and adds the classes declared in them that carry
 * attributes of ours, in order of path and line.
 *
 * FAILURE: exception set.
 */
zend_result php_mqs_chains_add_directory(php_mqs_chains *chains, zend_string *directory);

#endif
