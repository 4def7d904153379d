/* SPDX-License-Identifier: MIT
 *
 * src/php/async.h - the parts of MqttServer\Async among themselves: waits (async_wait.c) and what they are made of in a
 * host (async_host.c), the functions (async.c), Deferred and Future (async_future.c), Queue (async_queue.c), messages
 * that are waited for (async_inbox.c).
 *
 * One rule holds everywhere: whoever ends a wait only marks it, and the code that waits goes on later. So no function
 * here is re-entrant, and ending a wait is allowed inside the broker.
 */
#ifndef PHP_MQS_ASYNC_H
#define PHP_MQS_ASYNC_H

#include "fiber_pool.h"
#include "base/list.h"

extern zend_class_entry *php_mqs_future_ce; /* MqttServer\Async\Future */

/* ---- waits (async_wait.c) ------------------------------------------------------------------------------------- */

/*
 * One wait of the code that runs now: of a fiber of a server that stands alone, or of a coroutine of a host. Whoever is
 * to end it has it in a list of his. Counted references, one of them for the code that waits.
 */
typedef struct php_mqs_wait {
	uint32_t refs;
	bool ended; /* somebody ended it, or its time is over */
	bool timed_out;
	mqs_link link; /* in a list of whoever ends it, as long as it lasts */
	zval value;    /* [owned] for whoever ends it: what is handed over; starts undefined */

	php_mqs_suspension *suspension; /* [owned] in a fiber */
	mqs_net_timer *timer;           /* [owned] NULL: none */
	mqs_net_poll *poll;             /* [owned] NULL: none */
	php_mqs_loop_guest guest;       /* while there is a timer or poll */

	zval channel;                  /* [owned] in a coroutine: where it waits */
	struct php_mqs_wait *next_due; /* ended, to be told at the end of the turn */
} php_mqs_wait;

/* [owned] one reference. NULL: nothing can wait here; an exception is set. */
php_mqs_wait *php_mqs_wait_create(void);
void php_mqs_wait_release(php_mqs_wait *wait);

/* Ends the wait. False: it was over already. Runs no PHP code. */
bool php_mqs_wait_end(php_mqs_wait *wait);

typedef enum php_mqs_wait_result {
	PHP_MQS_WAIT_ENDED,
	PHP_MQS_WAIT_TIMEOUT,
	PHP_MQS_WAIT_FAILED /* an exception is set: cancelled */
} php_mqs_wait_result;

/* Waits until somebody ends it, at most so many seconds; negative: without limit. Once for each wait. */
php_mqs_wait_result php_mqs_wait_for(php_mqs_wait *wait, double seconds);

/* The same, and for a descriptor. uv_code: [out] as mqs_net_poll_start() tells it; not 0: it did not wait. Only with a
 * suspension. */
php_mqs_wait_result php_mqs_wait_descriptor(php_mqs_wait *wait, int fd, bool write, double seconds, int *uv_code);

/* A number of seconds that can be waited, 0 to one year? False: \ValueError for this argument is set. */
bool php_mqs_wait_seconds_check(double seconds, uint32_t arg_num);

/* Throws MqttServer\Exception\TimeoutException: "<what> within 1.5 s". */
void php_mqs_wait_throw_timeout(const char *what, double seconds);

/* ---- coroutines of a host (async_host.c) ---------------------------------------------------------------------- */

/* The number of the coroutine of Swoole that runs now; negative: none. */
zend_long php_mqs_coroutine_id(void);

/* Does the code that runs now run in one? */
bool php_mqs_coroutine_possible(void);

/* Who is to go on at the end of the turn (waits, runs of host_runs.h) does so. */
void php_mqs_coroutine_turn_soon(void);

/* [borrowed] Logs what nobody catches in one; NULL: no server takes events of a host. */
php_mqs_server *php_mqs_coroutine_server(void);

/* Gives the wait its channel. False: an exception is set. */
bool php_mqs_coroutine_prepare(php_mqs_wait *wait);
php_mqs_wait_result php_mqs_coroutine_wait(php_mqs_wait *wait, double seconds);
/* Its coroutine goes on at the end of the turn. */
void php_mqs_coroutine_wake(php_mqs_wait *wait);
php_mqs_wait_result php_mqs_coroutine_wait_stream(zval *stream, bool write, double seconds);

struct php_mqs_task;
/* Runs a task in a coroutine of its own. FAILURE: an exception is set, and it was not run. SUCCESS: it is no longer the
 * caller's; an exception may be set all the same. */
zend_result php_mqs_coroutine_start(struct php_mqs_task *task);

/* ---- futures (async_future.c) --------------------------------------------------------------------------------- */

/* Code that waits until all of some futures are complete, or one has failed. */
typedef struct php_mqs_group {
	php_mqs_wait *wait; /* [owned] */
	uint32_t left;      /* that are not complete yet */
} php_mqs_group;

/* A place in the list of a future. */
typedef struct php_mqs_follower {
	mqs_link link;
	php_mqs_group *group; /* [borrowed] */
} php_mqs_follower;

/* [owned] a Future without a result. */
zend_object *php_mqs_future_create(void);

bool php_mqs_future_is_complete(const zend_object *future);
bool php_mqs_future_has_failed(const zend_object *future);
/* Brings the result; it must not be there yet. value [owned] by the future from now on. */
void php_mqs_future_complete(zend_object *future, zval *value);
/* error [owned] by the future from now on */
void php_mqs_future_fail(zend_object *future, zend_object *error);
/* Nobody will bring the result any more. Harmless when it is there. */
void php_mqs_future_lose(zend_object *future, const char *why);
/* Of a complete one. FAILURE: its error is thrown. */
zend_result php_mqs_future_result(zend_object *future, zval *ret);

/* Waits until all are complete or one has failed; negative: without limit. FAILURE: an exception is set. */
zend_result php_mqs_futures_await(zend_object *const *futures, uint32_t count, double seconds);

/* ---- tasks (async.c) ------------------------------------------------------------------------------------------ */

/* A callable with its arguments, and where its result goes. */
typedef struct php_mqs_task {
	zend_object *future; /* [owned] */
	php_mqs_callee callee;
	uint32_t argc;
	zval args[]; /* [owned] */
} php_mqs_task;

/* Runs it, and frees it. */
void php_mqs_task_run(void *task);
/* Frees one that will not be run. */
void php_mqs_task_drop(void *task);

#endif
