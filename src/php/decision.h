/* SPDX-License-Identifier: MIT
 *
 * src/php/decision.h - one question of the broker's to the chain of PHP handlers, from asking to the verdict.
 *
 * It lives in the room of the fiber that its handlers run in, or on the stack while the broker waits inside its hook,
 * or on the heap: a notice, and while handlers run in a coroutine of the host and the broker goes on with others.
 */
#ifndef PHP_MQS_DECISION_H
#define PHP_MQS_DECISION_H

#include "fiber_pool.h"
#include "host_runs.h"

typedef struct php_mqs_decision {
	php_mqs_server *server;         /* [borrowed] */
	mqs_event *event;               /* the broker's, or `stand_in` when the broker does not wait (any more) */
	php_mqs_chain *chain;           /* [owned] NULL: only middlewares */
	const php_mqs_handler *handler; /* the one that runs */
	zval packet, client, request, response;
	mqs_packet closing; /* stands for the packet that CLOSE does not have */
	uint64_t conn_id;   /* 0: none */
	bool responded;     /* `response` is what a handler returned */
	bool odd_body;      /* the body of the response is no MQTT packet */
	bool in_room;       /* it stands in the room of a fiber, not on the heap */
	mqs_verdict verdict;
	bool begun, finished; /* of a delivery in a coroutine */

	/* of one that stands by itself: */
	mqs_event stand_in;
	mqs_reply stand_in_reply;
	zend_string *client_id; /* [owned] NULL: the broker's view counts */
	php_mqs_fiber *fiber;   /* [borrowed] that it runs in; NULL: none of the pool */
	php_mqs_run *run;       /* [borrowed] of the host's coroutine that it runs in; NULL: none */
	uint64_t ticket;        /* that it is found by; 0: none */
} php_mqs_decision;

/* Begins with what the event tells. Takes a reference to the chain of the event. */
void php_mqs_decision_init(php_mqs_decision *decision, php_mqs_server *server, mqs_event *event);

/* The client's name is copied: for one that lives longer than the broker's event. */
void php_mqs_decision_keep_name(php_mqs_decision *decision);

/*
 * Makes it independent of the broker, whose event is about to be freed or handled without waiting: the packet object
 * gets its own copy of the bytes, and what handlers answer leads nowhere.
 */
void php_mqs_decision_cut_off(php_mqs_decision *decision);

/* The broker's event stands elsewhere now. */
void php_mqs_decision_move(php_mqs_decision *decision, mqs_event *event);

/* The broker is about to be told the verdict, and frees its event with that: whoever kept the packet gets the bytes.
 * Runs no PHP code; the reply that the event points to stays as it is. */
void php_mqs_decision_give_back(php_mqs_decision *decision);

/* Runs the chain and fills event->reply and decision->verdict. Only inside php_mqs_guard(). What the reply points into
 * is held by the server until the next call; no PHP code runs between filling it and returning. */
void php_mqs_decision_run(php_mqs_decision *decision);

/* Gives up the objects and the chain. An object that a handler kept gets its own copy of the bytes. */
void php_mqs_decision_release(php_mqs_decision *decision);

void php_mqs_decision_gc(php_mqs_decision *decision, zend_get_gc_buffer *buffer);

#endif
