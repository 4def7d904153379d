/* SPDX-License-Identifier: MIT
 *
 * src/php/host_runs.h - which coroutines of a host run a handler, a timer or a task of ours, and how these are
 * cancelled. One table for each thread: a coroutine's number is the same for all servers in it.
 */
#ifndef PHP_MQS_HOST_RUNS_H
#define PHP_MQS_HOST_RUNS_H

#include "fiber_pool.h"
#include "base/list.h"

typedef struct php_mqs_run {
	zend_long coroutine;
	php_mqs_job_kind kind;
	php_mqs_server *server; /* [borrowed] NULL of a task */
	zend_class_entry *ce;   /* what it is cancelled with; NULL: it is not */
	const char *message;
	bool waits;       /* inside a wait of MqttServer\Async */
	bool told;        /* the exception has been thrown */
	mqs_link due;     /* in the list of those to be woken */
	mqs_link limited; /* in host->limited, with the time when it is cancelled */
	int64_t limit_ms;
	struct php_mqs_run *before; /* that the same coroutine was in when this one began */
} php_mqs_run;

/* For the coroutine that runs now. [owned] until php_mqs_run_end(); NULL: in no coroutine that can be cancelled. */
php_mqs_run *php_mqs_run_begin(php_mqs_job_kind kind, php_mqs_server *server);

/* Harmless with NULL. */
void php_mqs_run_end(php_mqs_run *run);

/* [borrowed] Of the coroutine that runs now; NULL: none. */
php_mqs_run *php_mqs_run_current(void);

/*
 * An exception of this class is thrown into what it waits in: at the end of the loop's turn; or into its next wait of
 * MqttServer\Async, where the host can throw nothing into its own. The first call counts. Runs no handlers.
 */
void php_mqs_run_cancel(php_mqs_run *run, zend_class_entry *ce, const char *message);

/* All of a server's handlers and timers; server NULL: all tasks. */
void php_mqs_runs_cancel(php_mqs_server *server, const char *message);

/* Of one kind; server NULL: of all. */
uint32_t php_mqs_runs_count(const php_mqs_server *server, php_mqs_job_kind kind);

/* At the end of a turn, in a coroutine that nobody waits for: whoever was cancelled goes on. Runs PHP code. */
void php_mqs_runs_wake(void);

/* Is it to end? Then its exception is set, the first time. */
bool php_mqs_run_throws(php_mqs_run *run);

/* The server is gone, or was forked off in this process: nobody is cancelled on its behalf any more. */
void php_mqs_runs_forget(const php_mqs_server *server);

/* Called from RINIT and RSHUTDOWN. */
void php_mqs_runs_rinit(void);
void php_mqs_runs_rshutdown(void);

#endif
