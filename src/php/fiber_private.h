/* SPDX-License-Identifier: MIT
 *
 * src/php/fiber_private.h - the pool of fibers and the suspensions among themselves: fiber_pool.c, fiber_life.c and
 * suspension.c.
 */
#ifndef PHP_MQS_FIBER_PRIVATE_H
#define PHP_MQS_FIBER_PRIVATE_H

#include "base/list.h"
#include "fiber_pool.h"
#include "zend_fibers.h"

/* What goes on at the end of the loop's turn, in this order. */
typedef struct fiber_event {
	struct fiber_event *next;
	bool is_fiber; /* of a php_mqs_fiber, else of a suspension */
	bool listed;
} fiber_event;

/* A fiber of the pool. It belongs to the pool until its loop has ended. */
struct php_mqs_fiber {
	fiber_event event; /* a raw suspension is to be ended by an exception */
	struct php_mqs_fibers *pool;
	zend_object *fiber; /* [owned] */
	php_mqs_job run;    /* NULL: idle */
	void *ctx;
	void *room;                /* [owned] PHP_MQS_JOB_ROOM bytes for the job */
	zend_string *callee;       /* [borrowed] label of the user code that waits, see php_mqs_server.callee */
	php_mqs_suspension *waits; /* [borrowed] by wait(); NULL: it runs, or user code suspended it */
	zend_object *thrown;       /* [owned] a cancellation that it has not seen yet; NULL: none */
	php_mqs_job_kind kind;
	bool begun;
	bool comes_home; /* it waits until the loop resumes it */
	bool parked;     /* the job has been suspended at least once */
	bool retired;    /* not used again after this job */
	bool dead;
	struct php_mqs_fiber *next, **back; /* in pool->idle, pool->parked or pool->dead */
	mqs_link limited;                   /* in pool->limited, while the job has to end by itself */
	int64_t limit_ms;
};

typedef struct fiber_job {
	struct fiber_job *next;
	php_mqs_job run, drop;
	void *ctx;
	php_mqs_job_kind kind;
} fiber_job;

struct php_mqs_fibers {
	php_mqs_server *server; /* [borrowed] */
	zend_string *name;      /* of the function inside, for backtraces */
	zend_fiber *home;       /* [borrowed] in which start() runs; NULL: none */
	zend_function *start, *resume, *suspend, *construct;
	HashTable fibers; /* handle of the object => php_mqs_fiber */
	php_mqs_fiber *idle, *parked, *dead;
	uint32_t idle_count;
	int64_t retired_ms;     /* when an idle one too many was given up last */
	php_mqs_fiber *entered; /* the one that is being started or resumed */
	uint32_t parked_by_kind[PHP_MQS_JOB_KINDS];
	fiber_event *ready, *ready_tail;
	fiber_job *jobs, *jobs_tail;
	php_mqs_suspension *pending; /* not over yet */
	php_mqs_loop_guest *guests;
	mqs_link limited;      /* of fibers, by their time */
	mqs_net_timer *limits; /* [owned] runs while there is one; NULL: does not */
	bool ending;           /* the loop is over: nothing can wait any more */
};

struct php_mqs_suspension {
	fiber_event event;
	uint32_t refs;
	bool over;                        /* ended, or given up */
	bool waiting;                     /* wait() runs */
	bool failed;                      /* `value` is an exception */
	php_mqs_fibers *pool;             /* NULL: its loop is gone */
	php_mqs_fiber *of;                /* NULL: a fiber of user code */
	zend_object *fiber;               /* [owned] until the wait is over */
	zval value;                       /* [owned] */
	php_mqs_suspension *next, **back; /* in pool->pending */
};

/* ---- fiber_pool.c ---- */

/* The event is handled at the end of this turn; harmless when it is queued already. */
void php_mqs_fibers_ready(php_mqs_fibers *pool, fiber_event *event);

/* [borrowed] The one of the pool that this object is, or NULL. */
php_mqs_fiber *php_mqs_fibers_find(php_mqs_fibers *pool, const zend_object *fiber);

/* Resumes a fiber, or throws into it. Only inside php_mqs_guard(). An exception that it leaves is the caller's. */
void php_mqs_fibers_resume(php_mqs_fibers *pool, zend_object *fiber, zend_object *thrown);

/* The first event in the queue, or NULL; and handles one. Only inside php_mqs_guard(). */
fiber_event *php_mqs_fibers_take_ready(php_mqs_fibers *pool);
void php_mqs_fibers_run_event(void *event);

/* Frees those whose loop has ended. */
void php_mqs_fibers_free_dead(php_mqs_fibers *pool);

/* ---- suspension.c ---- */

/* Its turn has come. Only inside php_mqs_guard(). */
void php_mqs_suspension_wake(php_mqs_suspension *suspension);

/* The loop is gone: nobody can end it any more. */
void php_mqs_suspensions_end(php_mqs_fibers *pool);

#endif
