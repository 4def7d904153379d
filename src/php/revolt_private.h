/* SPDX-License-Identifier: MIT
 *
 * src/php/revolt_private.h - what revolt.c and revolt_loop.c share.
 */
#ifndef PHP_MQS_REVOLT_PRIVATE_H
#define PHP_MQS_REVOLT_PRIVATE_H

#include "revolt.h"
#include "base/list.h"
#include "net/watch.h"

typedef struct php_mqs_loop php_mqs_loop;

/* Behind MqttServer\Async\Loop. */
struct php_mqs_loop {
	mqs_watch_loop *own;    /* [owned] NULL until it is needed */
	php_mqs_server *server; /* [borrowed] that runs it; NULL: none */
	HashTable entries;      /* id => loop_entry */
	mqs_link fired;
	mqs_link served;       /* readable streams and files that fired last time: they may be ready without an event */
	HashTable suspensions; /* handle of a fiber of the pool => RevoltSuspension of the job that it runs */
	zend_function *clear;  /* FiberLocal::clear(); NULL: not loaded yet */
	zval pause;
	bool driven;
	bool wanted; /* a turn */
	bool exited; /* a callback called exit() */
	zend_object std;
};

#define PHP_MQS_LOOP_OF(obj) ((php_mqs_loop *)((char *)(obj)-offsetof(php_mqs_loop, std)))

/* The server that runs the loop is to run the driver at the end of this turn. */
void php_mqs_loop_want_turn(php_mqs_loop *loop);

/* Moves all watches to the loop of this server, or to one of their own. Runs no PHP code; a watch that cannot move
 * fires for ever, so that its owner finds out. */
void php_mqs_loop_move(php_mqs_loop *loop, php_mqs_server *server);

void php_mqs_revolt_loop_minit(void);

#endif
