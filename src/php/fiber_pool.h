/* SPDX-License-Identifier: MIT
 *
 * src/php/fiber_pool.h - PHP code that may wait, in the home that stands alone: a pool of PHP Fibers that run jobs one
 * after the other, and suspensions, the one thing that such code waits in.
 *
 * A job runs at once, in the stack of whoever starts it, up to its end or its first suspension. What resumes it only
 * queues it: it goes on at the end of the loop's turn, outside of the broker and of other PHP code, so that nothing
 * here is re-entrant.
 *
 * A server has a pool while start() runs. All functions are for the thread of that server.
 */
#ifndef PHP_MQS_FIBER_POOL_H
#define PHP_MQS_FIBER_POOL_H

#include "server.h"

struct uv_loop_s;

/* ---- suspensions --------------------------------------------------------------------------------------------- */

/*
 * One wait of one fiber, be it of the pool or made by user code. It is created, handed to whoever will end the wait,
 * and waited in. It ends once: later calls find it over and do nothing, so that what is late never wakes another wait.
 * Counted references; the memory of request.
 */
typedef struct php_mqs_suspension php_mqs_suspension;

/*
 * For the fiber that runs now.
 *
 * Returns [owned] one reference. NULL, with an MqttException set: not in a fiber (the option `fibers` is false, or the
 * code was not called as a handler, timer or task), where fibers cannot be switched, or no server runs in this thread.
 */
php_mqs_suspension *php_mqs_suspension_create(void);

/* Is the code that runs now inside a fiber with a loop around it, which may be left? Then create() succeeds. Sets no
 * exception. */
bool php_mqs_suspension_possible(void);

/*
 * Suspends the current fiber, which must be the one of create(), until the wait ends; returns at once when it has ended
 * already. Waits at most once per suspension.
 *
 * ret  [out] what it was resumed with; undefined after FAILURE
 *
 * FAILURE: an exception is set: what was thrown, a cancellation (deadline, client gone, server stopping), or PHP's own
 * FiberError when fibers cannot be switched here. The wait is over then too.
 */
zend_result php_mqs_suspension_wait(php_mqs_suspension *suspension, zval *ret);

/* Ends the wait. value [borrowed] copied; NULL: null. False: it was over already. May be called from anywhere: from
 * libuv callbacks, inside the broker, before wait(). Runs no PHP code. */
bool php_mqs_suspension_resume(php_mqs_suspension *suspension, zval *value);

/* The same; wait() fails with this exception. exception [borrowed] a reference is taken. */
bool php_mqs_suspension_throw(php_mqs_suspension *suspension, zend_object *exception);

/* Has nobody ended it yet? */
bool php_mqs_suspension_pending(const php_mqs_suspension *suspension);

/* How many hold it. 1 while wait() runs: nobody is left who could end it. */
uint32_t php_mqs_suspension_refs(const php_mqs_suspension *suspension);
void php_mqs_suspension_ref(php_mqs_suspension *suspension);
void php_mqs_suspension_release(php_mqs_suspension *suspension);

/* For get_gc of an object that holds a reference. */
void php_mqs_suspension_gc(php_mqs_suspension *suspension, zend_get_gc_buffer *buffer);

/* ---- jobs ---------------------------------------------------------------------------------------------------- */

typedef enum php_mqs_fiber_result {
	PHP_MQS_FIBER_FINISHED,
	PHP_MQS_FIBER_SUSPENDED, /* it goes on later */
	PHP_MQS_FIBER_REFUSED,   /* not run: too many fibers, or none can be switched to here */
	PHP_MQS_FIBER_FATAL      /* PHP must not be entered any more; see php_mqs_guard() */
} php_mqs_fiber_result;

/* What a job is, for stopping: handlers and timers are waited for, tasks in the background are cancelled first. */
typedef enum php_mqs_job_kind {
	PHP_MQS_JOB_HANDLER,
	PHP_MQS_JOB_TIMER,
	PHP_MQS_JOB_TASK,
	PHP_MQS_JOB_KINDS
} php_mqs_job_kind;

typedef void (*php_mqs_job)(void *ctx);

/*
 * Runs a job in a fiber of the pool, now.
 *
 * run        called in the fiber. It logs exceptions that it does not want to leave; an exit of a fiber that is being
 *            destroyed it leaves as it is (php_mqs_exception_log() does so)
 * ctx        whatever it points to must live until run() returns
 * client_id  [borrowed] for log lines; may be empty. Looked at when there is something to log: run() may change it
 */
php_mqs_fiber_result php_mqs_fiber_run(
    php_mqs_server *server, php_mqs_job_kind kind, php_mqs_job run, void *ctx, const mqs_bytes *client_id);

/*
 * Runs a job in a fiber of the pool, at the end of this turn or as soon as a fiber is free.
 *
 * drop  called instead of run() when the server ends before; frees ctx. Runs no PHP code but destructors
 *
 * FAILURE: an MqttException is set (no server runs, or it stops), ctx still belongs to the caller.
 */
zend_result php_mqs_fiber_queue(php_mqs_job_kind kind, php_mqs_job run, php_mqs_job drop, void *ctx);

/* A fiber of the pool, as long as its job runs. */
typedef struct php_mqs_fiber php_mqs_fiber;

/* [borrowed] For run(), before anything else: the fiber that it is called in. */
php_mqs_fiber *php_mqs_fiber_entered(const php_mqs_server *server);

/*
 * For run() that does the work of several jobs: one is done and was not suspended, the next is to begin. All is as
 * between two jobs. False: run() has to return first.
 */
bool php_mqs_fiber_next(php_mqs_fiber *fiber);

/* Is the code that runs now inside a fiber of the pool? */
bool php_mqs_fiber_current(const php_mqs_server *server);

/* [borrowed] Memory for the job, of PHP_MQS_JOB_ROOM bytes, aligned for anything. It outlives a fatal error. */
#define PHP_MQS_JOB_ROOM 1024
void *php_mqs_fiber_room(php_mqs_fiber *fiber);

/*
 * Cancels a job that was suspended: an exception of this class is thrown into its wait, or into its next one. The fiber
 * is not used again. Runs no PHP code.
 */
void php_mqs_fiber_cancel(php_mqs_fiber *fiber, zend_class_entry *ce, const char *message);

/* A job that was suspended, and that the broker does not wait for, is cancelled when it has not ended after
 * decision_timeout_ms. Without memory for a timer it is not. */
void php_mqs_fiber_limit(php_mqs_fiber *fiber);

/*
 * Inside its fiber: goes on in the loop's own stack, if it runs in that of user code, which has resumed the fiber and
 * may itself have been called by the broker. FAILURE: an exception is set, the job is being cancelled or destroyed.
 */
zend_result php_mqs_fiber_come_home(php_mqs_fiber *fiber);

/* ---- the pool (server_run.c, server.c) ----------------------------------------------------------------------- */

typedef struct php_mqs_fibers php_mqs_fibers;

/* Makes server->fibers, unless the options say no. */
void php_mqs_fibers_begin(php_mqs_server *server);

/* The loop is over: destroys what is suspended, which runs PHP code, and frees the pool. Harmless without one. */
void php_mqs_fibers_end(php_mqs_server *server);

/* The end of a turn of the loop: what was resumed goes on, what was queued begins. */
void php_mqs_fibers_turn(php_mqs_server *server);

/*
 * The server is to stop: is anybody suspended? Handlers and timers are waited for; once they are done, what is left is
 * cancelled.
 *
 * over  the time for that is over: everything is cancelled
 */
bool php_mqs_fibers_busy(php_mqs_server *server, bool over);

/* Does the code that runs now run in the stack of start(), in no other fiber? */
bool php_mqs_fibers_at_home(const php_mqs_server *server);

/* Around PHP code that runs inside the broker: in a fiber it could suspend, and the broker with it. */
void php_mqs_no_waiting_begin(const php_mqs_server *server);
void php_mqs_no_waiting_end(const php_mqs_server *server);

/* Could a job be run now? */
bool php_mqs_fibers_free(const php_mqs_server *server);

/* How many there are, idle ones too. */
uint32_t php_mqs_fibers_count(const php_mqs_server *server);

void php_mqs_fibers_gc(php_mqs_server *server, zend_get_gc_buffer *buffer);

/* ---- the loop, for whoever has handles of libuv of his own ------------------------------------------------------ */

/* [borrowed] The server whose start() runs in this thread, or NULL; and its loop, NULL when it does not run. */
php_mqs_server *php_mqs_running_server(void);
struct uv_loop_s *php_mqs_running_loop(void);

/* Somebody with handles on the loop. `leave` is called once, before the loop closes: it closes the handles with
 * uv_close(), whose callbacks still run, and lets go of the loop. It runs no PHP code. */
typedef struct php_mqs_loop_guest {
	struct php_mqs_loop_guest *next, **back; /* NULL: not added */
	void (*leave)(struct php_mqs_loop_guest *guest);
} php_mqs_loop_guest;

void php_mqs_loop_guest_add(php_mqs_server *server, php_mqs_loop_guest *guest);
/* Harmless when it is not added. */
void php_mqs_loop_guest_remove(php_mqs_loop_guest *guest);

#endif
