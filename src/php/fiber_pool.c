/* SPDX-License-Identifier: MIT
 *
 * src/php/fiber_pool.c - fibers that run one job after the other: making, entering, leaving and cancelling them.
 * Owns: the fibers, until they have ended.
 *
 * Inside, a fiber is a loop in C: it runs the job that it was given, puts itself among the idle ones and suspends
 * itself as Fiber::suspend() does. So PHP knows all of it, and backtraces, destructors and garbage collection work as
 * ever.
 * User code may hold the Fiber object too. What it resumes at the wrong time finds nothing to do and suspends itself
 * again.
 */
#include "fiber_private.h"
#include "globals.h"
#include "revolt.h"
#include "zend_exceptions.h"

/* A fiber holds memory of its own: so many are kept for the next jobs, more only for a while. */
#define IDLE_MAX 256

static const mqs_bytes nobody = {NULL, 0};

/* ---- lists --------------------------------------------------------------------------------------------------- */

static void fiber_link(php_mqs_fiber **list, php_mqs_fiber *fiber)
{
	fiber->next = *list;
	fiber->back = list;
	if (fiber->next) {
		fiber->next->back = &fiber->next;
	}
	*list = fiber;
}

static void fiber_unlink(php_mqs_fiber *fiber)
{
	if (fiber->back) {
		*fiber->back = fiber->next;
		if (fiber->next) {
			fiber->next->back = fiber->back;
		}
	}
	fiber->next = NULL;
	fiber->back = NULL;
}

void php_mqs_fibers_ready(php_mqs_fibers *pool, fiber_event *event)
{
	if (event->listed) {
		return;
	}
	event->listed = true;
	event->next = NULL;
	if (pool->ready_tail) {
		pool->ready_tail->next = event;
	} else {
		pool->ready = event;
	}
	pool->ready_tail = event;
	mqs_net_turn_soon(pool->server->net);
}

fiber_event *php_mqs_fibers_take_ready(php_mqs_fibers *pool)
{
	fiber_event *event = pool->ready;
	if (event) {
		pool->ready = event->next;
		if (!pool->ready) {
			pool->ready_tail = NULL;
		}
		event->listed = false;
		event->next = NULL;
	}
	return event;
}

php_mqs_fiber *php_mqs_fibers_find(php_mqs_fibers *pool, const zend_object *fiber)
{
	return zend_hash_index_find_ptr(&pool->fibers, fiber->handle);
}

/* ---- switching ------------------------------------------------------------------------------------------------
 *
 * What Fiber::resume(), throw() and suspend() do, without the price of calling methods: a handler that does not wait is
 * entered and left by one pair of these. The fields are those of the engine, documented by its header alone.
 */

/* Into a fiber that is suspended. thrown [borrowed] may be NULL. False: a bailout ended it. */
static zend_always_inline bool switch_in(zend_fiber *fiber, zend_object *thrown)
{
	zend_fiber *previous = EG(active_fiber);
	zend_fiber_transfer transfer = {.context = fiber->previous};
	ZVAL_NULL(&transfer.value);
	if (UNEXPECTED(thrown)) {
		ZVAL_OBJ_COPY(&transfer.value, thrown);
		transfer.flags = ZEND_FIBER_TRANSFER_FLAG_ERROR;
	}
	if (previous) {
		previous->execute_data = EG(current_execute_data);
	}
	fiber->stack_bottom->prev_execute_data = EG(current_execute_data);
	fiber->caller = EG(current_fiber_context);
	EG(active_fiber) = fiber;
	zend_fiber_switch_context(&transfer);
	EG(active_fiber) = previous;
	if (UNEXPECTED(Z_REFCOUNTED(transfer.value))) {
		zval_ptr_dtor(&transfer.value);
	}
	return EXPECTED(!(transfer.flags & ZEND_FIBER_TRANSFER_FLAG_BAILOUT));
}

/* From the fiber that runs to whoever resumed it. May leave an exception. */
static zend_always_inline void switch_out(zend_fiber *fiber)
{
	zend_fiber_transfer transfer = {.context = fiber->caller};
	ZVAL_NULL(&transfer.value);
	fiber->stack_bottom->prev_execute_data = NULL;
	fiber->previous = EG(current_fiber_context);
	fiber->caller = NULL;
	fiber->execute_data = EG(current_execute_data);
	zend_fiber_switch_context(&transfer);
	if (UNEXPECTED(transfer.flags & ZEND_FIBER_TRANSFER_FLAG_ERROR)) {
		zend_throw_exception_internal(Z_OBJ(transfer.value));
	} else if (UNEXPECTED(Z_REFCOUNTED(transfer.value))) {
		zval_ptr_dtor(&transfer.value);
	}
}

/* ---- inside a fiber ------------------------------------------------------------------------------------------- */

static zend_always_inline void job_over(php_mqs_fiber *fiber)
{
	php_mqs_fibers *pool = fiber->pool;
	fiber->run = NULL;
	if (pool->jobs || zend_hash_num_elements(&pool->server->waiting_tickets) > 0) {
		mqs_net_turn_soon(pool->server->net);
	}
	if (fiber->parked) {
		fiber->parked = false;
		fiber_unlink(fiber);
		mqs_list_remove(&fiber->limited);
		pool->parked_by_kind[fiber->kind]--;
		pool->server->fiber_stats.parked--;
	}
	if (fiber->thrown) {
		zend_object *thrown = fiber->thrown;
		fiber->thrown = NULL;
		OBJ_RELEASE(thrown);
	}
	if (UNEXPECTED(pool->idle_count >= IDLE_MAX)) {
		/* After a crowd they go one by one: giving a stack back takes longer than most jobs. */
		int64_t now_ms = mqs_net_now_ms(pool->server->net);
		fiber->retired |= now_ms != pool->retired_ms;
		pool->retired_ms = now_ms;
	}
}

/* Until there is a job. An exception: the fiber is being destroyed. */
static zend_always_inline void rest(php_mqs_fiber *fiber)
{
	php_mqs_fibers *pool = fiber->pool;
	fiber_link(&pool->idle, fiber);
	pool->idle_count++;
	do {
		switch_out((zend_fiber *)fiber->fiber);
		if (EG(exception) && !zend_is_graceful_exit(EG(exception)) && !zend_is_unwind_exit(EG(exception))) {
			zend_clear_exception(); /* thrown by somebody who held on to the fiber */
		}
	} while (!fiber->run && !EG(exception));
	if (!fiber->run) {
		fiber_unlink(fiber);
		pool->idle_count--;
	}
}

ZEND_BEGIN_ARG_INFO_EX(no_arguments, 0, 0, 0)
ZEND_END_ARG_INFO()

static void fiber_main(INTERNAL_FUNCTION_PARAMETERS)
{
	(void)return_value;
	ZEND_PARSE_PARAMETERS_NONE();
	php_mqs_server *server = php_mqs_running_server();
	php_mqs_fiber *fiber = server && server->fibers ? server->fibers->entered : NULL;
	if (!fiber || !EG(active_fiber) || fiber->fiber != &EG(active_fiber)->std || fiber->begun) {
		zend_throw_error(NULL, "This function is for the server alone");
		return;
	}
	fiber->begun = true;
	do {
		fiber->run(fiber->ctx);
		if (EG(exception)) {
			php_mqs_exception_log(server, "a task", nobody);
		}
		if (UNEXPECTED(server->revolt_loop)) {
			php_mqs_revolt_job_over(server);
		}
		job_over(fiber);
		if (EG(exception) || fiber->retired || fiber->pool->ending) {
			break;
		}
		rest(fiber);
	} while (!EG(exception));
	fiber->dead = true;
	zend_hash_index_del(&fiber->pool->fibers, fiber->fiber->handle);
	fiber_link(&fiber->pool->dead, fiber);
}

/* ---- making and entering --------------------------------------------------------------------------------------- */

static zend_result fiber_construct(php_mqs_fibers *pool, zend_object *fiber)
{
	zval closure;
	const php_mqs_function function = {fiber_main, no_arguments, 0, 0};
	php_mqs_closure_make(&closure, pool->name, &function, NULL);
	zend_call_known_instance_method_with_1_params(pool->construct, fiber, NULL, &closure);
	zval_ptr_dtor(&closure);
	return EG(exception) ? FAILURE : SUCCESS;
}

/* There is no fiber, and whoever wanted it is told so. With PHP's memory at its limit the exception is a fatal error:
 * that one stays, for php_mqs_guard(). */
static void not_made(void)
{
	if (EG(exception) && !zend_is_unwind_exit(EG(exception))) {
		zend_clear_exception();
	}
}

static php_mqs_fiber *fiber_create(php_mqs_fibers *pool)
{
	zval object;
	if (object_init_ex(&object, zend_ce_fiber) == FAILURE || fiber_construct(pool, Z_OBJ(object)) == FAILURE) {
		not_made();
		zval_ptr_dtor(&object);
		return NULL;
	}
	php_mqs_fiber *fiber = ecalloc(1, sizeof(*fiber));
	mqs_list_init(&fiber->limited);
	fiber->event.is_fiber = true;
	fiber->pool = pool;
	fiber->fiber = Z_OBJ(object);
	fiber->room = emalloc(PHP_MQS_JOB_ROOM);
	zend_hash_index_add_new_ptr(&pool->fibers, fiber->fiber->handle, fiber);
	return fiber;
}

/* Its loop has ended, or never began. */
static void fiber_free(php_mqs_fiber *fiber)
{
	zend_object *object = fiber->fiber;
	fiber_unlink(fiber);
	mqs_list_remove(&fiber->limited);
	efree(fiber->room);
	efree(fiber);
	OBJ_RELEASE(object);
}

void php_mqs_fibers_free_dead(php_mqs_fibers *pool)
{
	php_mqs_fiber *fiber = pool->dead;
	while (fiber) {
		php_mqs_fiber *next = fiber->next;
		if (!fiber->event.listed) {
			fiber_free(fiber);
		}
		fiber = next;
	}
}

typedef struct newcomer {
	php_mqs_fibers *pool;
	php_mqs_fiber *fiber;
} newcomer;

static void make(void *ctx)
{
	newcomer *in = ctx;
	in->fiber = fiber_create(in->pool);
}

/* NULL: there is none, or a fatal error: PHP's memory is at its limit. */
static php_mqs_fiber *fiber_take(php_mqs_fibers *pool, const mqs_bytes *client_id)
{
	php_mqs_fiber *fiber = pool->idle;
	if (EXPECTED(fiber)) {
		fiber_unlink(fiber);
		pool->idle_count--;
		return fiber;
	}
	newcomer in = {pool, NULL};
	if (zend_hash_num_elements(&pool->fibers) < pool->server->options.max_fibers) {
		php_mqs_guard_for(pool->server, make, &in, "a new fiber", client_id);
	}
	return in.fiber;
}

bool php_mqs_fibers_free(const php_mqs_server *server)
{
	const php_mqs_fibers *pool = server->fibers;
	return pool && !pool->ending && (pool->idle || zend_hash_num_elements(&pool->fibers) < server->options.max_fibers);
}

static bool can_resume(const zend_object *object)
{
	const zend_fiber *fiber = (const zend_fiber *)object;
	return fiber->context.status == ZEND_FIBER_STATUS_SUSPENDED && !fiber->caller;
}

/* Of the code that waits in this fiber, rather than of whoever cancels it. */
static zend_object *exception_make(const php_mqs_fiber *fiber, zend_class_entry *ce, const char *message)
{
	zval exception;
	const zend_execute_data *at =
	    can_resume(fiber->fiber) ? ((const zend_fiber *)fiber->fiber)->execute_data : EG(current_execute_data);
	object_init_ex(&exception, ce);
	zend_update_property_string(ce, Z_OBJ(exception), ZEND_STRL("message"), message);
	while (at && (!at->func || !ZEND_USER_CODE(at->func->type))) {
		at = at->prev_execute_data;
	}
	if (at) {
		zend_update_property_str(zend_ce_exception, Z_OBJ(exception), ZEND_STRL("file"), at->func->op_array.filename);
		zend_update_property_long(zend_ce_exception, Z_OBJ(exception), ZEND_STRL("line"), at->opline->lineno);
	}
	return Z_OBJ(exception);
}

/* Suspended by user code itself, and nobody holds the Fiber object: nobody can ever resume it. */
static bool is_stuck(const php_mqs_fiber *fiber)
{
	return fiber->run && !fiber->waits && !fiber->comes_home && GC_REFCOUNT(fiber->fiber) == 1;
}

/* After a fiber has come back: its job is over, or has to wait. */
static void look_after(php_mqs_fiber *fiber)
{
	php_mqs_fibers *pool = fiber->pool;
	if (fiber->dead || !fiber->run || !fiber->begun) {
		return;
	}
	if (!fiber->parked) {
		php_mqs_fiber_stats *stats = &pool->server->fiber_stats;
		fiber->parked = true;
		fiber_link(&pool->parked, fiber);
		pool->parked_by_kind[fiber->kind]++;
		stats->parked++;
		stats->parked_maximum = MAX(stats->parked_maximum, stats->parked);
	}
	if (fiber->waits) {
		return;
	}
	if (fiber->thrown || is_stuck(fiber)) {
		php_mqs_fibers_ready(pool, &fiber->event);
	}
}

/* Runs it up to its next suspension, or to its end. False: a bailout ended it. */
static zend_always_inline bool fiber_enter(php_mqs_fiber *fiber, zend_object *thrown)
{
	php_mqs_fibers *pool = fiber->pool;
	php_mqs_fiber *outer = pool->entered;
	bool done = true;
	pool->entered = fiber;
	if (EXPECTED(fiber->begun)) {
		done = switch_in((zend_fiber *)fiber->fiber, thrown);
	} else {
		zend_call_known_instance_method_with_0_params(pool->start, fiber->fiber, NULL);
	}
	pool->entered = outer;
	if (UNEXPECTED(fiber->run) && done) {
		look_after(fiber);
	}
	return done;
}

/* For one that user code made. An exception that it leaves is the caller's. */
static void resume_foreign(php_mqs_fibers *pool, zend_object *object)
{
	GC_ADDREF(object);
	zend_call_known_instance_method_with_0_params(pool->resume, object, NULL);
	OBJ_RELEASE(object);
}

void php_mqs_fibers_resume(php_mqs_fibers *pool, zend_object *object, zend_object *thrown)
{
	php_mqs_fiber *fiber = php_mqs_fibers_find(pool, object);
	if (!can_resume(object)) {
		return;
	}
	if (!fiber) {
		resume_foreign(pool, object);
		return;
	}
	pool->server->callee = fiber->callee;
	fiber->callee = NULL;
	if (!fiber_enter(fiber, thrown)) {
		zend_bailout();
	}
}

bool php_mqs_fiber_current(const php_mqs_server *server)
{
	return server->fibers && EG(active_fiber) && php_mqs_fibers_find(server->fibers, &EG(active_fiber)->std) != NULL;
}

php_mqs_fiber *php_mqs_fiber_entered(const php_mqs_server *server)
{
	return server->fibers->entered;
}

void *php_mqs_fiber_room(php_mqs_fiber *fiber)
{
	return fiber->room;
}

/* ---- jobs ---------------------------------------------------------------------------------------------------- */

static bool enter(void *ctx)
{
	return fiber_enter(ctx, NULL);
}

/* The first job of a fiber: that costs more, and there may be no memory for its stack. */
static void begin(void *ctx)
{
	php_mqs_fiber *fiber = ctx;
	fiber_enter(fiber, NULL);
	if (!fiber->begun) {
		not_made();
	}
}

bool php_mqs_fiber_next(php_mqs_fiber *fiber)
{
	php_mqs_server *server = fiber->pool->server;
	if (UNEXPECTED(EG(exception))) {
		php_mqs_exception_log(server, "a task", nobody);
	}
	if (UNEXPECTED(server->revolt_loop)) {
		php_mqs_revolt_job_over(server);
	}
	/* Output buffers run code that must not wait: whoever has entered the fiber flushes them. */
	if (UNEXPECTED(EG(exception) || fiber->parked || fiber->retired || php_output_get_level() > 0)) {
		return false;
	}
	php_mqs_guard_next(server, "a destructor");
	return EXPECTED(!server->fatal);
}

php_mqs_fiber_result php_mqs_fiber_run(
    php_mqs_server *server, php_mqs_job_kind kind, php_mqs_job run, void *ctx, const mqs_bytes *client_id)
{
	php_mqs_fibers *pool = server->fibers;
	if (UNEXPECTED(server->fatal)) {
		return PHP_MQS_FIBER_FATAL;
	}
	if (!pool || pool->ending || zend_fiber_switch_blocked()) {
		return PHP_MQS_FIBER_REFUSED;
	}
	php_mqs_fiber *fiber = fiber_take(pool, client_id);
	if (UNEXPECTED(!fiber)) {
		server->fiber_stats.refused++;
		return server->fatal ? PHP_MQS_FIBER_FATAL : PHP_MQS_FIBER_REFUSED;
	}
	fiber->run = run;
	fiber->ctx = ctx;
	fiber->kind = kind;
	bool done = EXPECTED(fiber->begun) ? php_mqs_guard_fiber(server, enter, fiber, "a destructor", client_id)
	                                   : php_mqs_guard_for(server, begin, fiber, "a destructor", client_id);
	if (UNEXPECTED(!done)) {
		return PHP_MQS_FIBER_FATAL;
	}
	if (UNEXPECTED(!fiber->begun)) {
		server->fiber_stats.refused++;
		zend_hash_index_del(&pool->fibers, fiber->fiber->handle);
		fiber->run = NULL;
		fiber_free(fiber);
		return PHP_MQS_FIBER_REFUSED;
	}
	return fiber->run ? PHP_MQS_FIBER_SUSPENDED : PHP_MQS_FIBER_FINISHED;
}

void php_mqs_fibers_run_event(void *ctx)
{
	fiber_event *event = ctx;
	if (!event->is_fiber) {
		php_mqs_suspension_wake((php_mqs_suspension *)event);
		return;
	}
	php_mqs_fiber *fiber = (php_mqs_fiber *)event;
	if (fiber->dead || !fiber->run || fiber->waits) {
		return;
	}
	if (fiber->comes_home) {
		php_mqs_fibers_resume(fiber->pool, fiber->fiber, NULL);
		return;
	}
	zend_object *thrown = fiber->thrown;
	fiber->thrown = NULL;
	if (!thrown && is_stuck(fiber)) {
		thrown = exception_make(
		    fiber, php_mqs_exception_ce, "Fiber::suspend() was called, and nobody is left who could resume the fiber");
	}
	if (thrown) {
		php_mqs_fibers_resume(fiber->pool, fiber->fiber, thrown);
		OBJ_RELEASE(thrown);
	}
}

zend_result php_mqs_fiber_come_home(php_mqs_fiber *fiber)
{
	php_mqs_fibers *pool = fiber->pool;
	zend_string *callee = pool->server->callee;
	if (EXPECTED(pool->entered == fiber)) {
		return SUCCESS;
	}
	fiber->comes_home = true;
	while (pool->entered != fiber && !EG(exception)) {
		zval ret;
		php_mqs_fibers_ready(pool, &fiber->event);
		zend_call_known_function(pool->suspend, NULL, zend_ce_fiber, &ret, 0, NULL, NULL);
		zval_ptr_dtor(&ret);
	}
	fiber->comes_home = false;
	pool->server->callee = callee;
	return EG(exception) ? FAILURE : SUCCESS;
}

void php_mqs_fiber_cancel(php_mqs_fiber *fiber, zend_class_entry *ce, const char *message)
{
	zend_object *exception = exception_make(fiber, ce, message);
	fiber->retired = true;
	if (fiber->waits && php_mqs_suspension_throw(fiber->waits, exception)) {
		OBJ_RELEASE(exception);
		return;
	}
	if (fiber->thrown) {
		OBJ_RELEASE(fiber->thrown);
	}
	fiber->thrown = exception;
	if (!fiber->waits) {
		php_mqs_fibers_ready(fiber->pool, &fiber->event);
	}
}

uint32_t php_mqs_fibers_count(const php_mqs_server *server)
{
	return server->fibers ? zend_hash_num_elements(&server->fibers->fibers) : 0;
}

void php_mqs_fibers_gc(php_mqs_server *server, zend_get_gc_buffer *buffer)
{
	php_mqs_fiber *fiber;
	if (!server->fibers) {
		return;
	}
	ZEND_HASH_FOREACH_PTR (&server->fibers->fibers, fiber) {
		zend_get_gc_buffer_add_obj(buffer, fiber->fiber);
		if (fiber->thrown) {
			zend_get_gc_buffer_add_obj(buffer, fiber->thrown);
		}
	}
	ZEND_HASH_FOREACH_END();
}
