/* SPDX-License-Identifier: MIT
 *
 * src/php/fiber_life.c - the life of the pool: what goes on at the end of a turn of the loop, what a stop waits for,
 * and how all of it ends. Owns: the pool, while start() runs; the jobs that wait for a fiber.
 */
#include "fiber_private.h"
#include "globals.h"
#include "zend_exceptions.h"

static const mqs_bytes nobody = {NULL, 0};

php_mqs_server *php_mqs_running_server(void)
{
	zend_object *running = MQS_G(running);
	return running ? PHP_MQS_SERVER_OF(running) : NULL;
}

struct uv_loop_s *php_mqs_running_loop(void)
{
	php_mqs_server *server = php_mqs_running_server();
	return server && server->net ? mqs_net_loop(server->net) : NULL;
}

/* ---- the end of a turn ---------------------------------------------------------------------------------------- */

zend_result php_mqs_fiber_queue(php_mqs_job_kind kind, php_mqs_job run, php_mqs_job drop, void *ctx)
{
	php_mqs_server *server = php_mqs_running_server();
	php_mqs_fibers *pool = server ? server->fibers : NULL;
	if (!pool || pool->ending) {
		zend_throw_exception(php_mqs_exception_ce,
		    server ? "A task needs fibers: the option fibers is false, or the server has stopped"
		           : "A task needs a server that runs",
		    0);
		return FAILURE;
	}
	fiber_job *job = emalloc(sizeof(*job));
	*job = (fiber_job){.run = run, .drop = drop, .ctx = ctx, .kind = kind};
	if (pool->jobs_tail) {
		pool->jobs_tail->next = job;
	} else {
		pool->jobs = job;
	}
	pool->jobs_tail = job;
	mqs_net_turn_soon(server->net);
	return SUCCESS;
}

static fiber_job *job_take(php_mqs_fibers *pool)
{
	fiber_job *job = pool->jobs;
	pool->jobs = job->next;
	if (!pool->jobs) {
		pool->jobs_tail = NULL;
	}
	return job;
}

static void run_jobs(php_mqs_server *server)
{
	php_mqs_fibers *pool = server->fibers;
	for (fiber_job *last = pool->jobs_tail, *at = NULL; pool->jobs && at != last && php_mqs_fibers_free(server);) {
		fiber_job job = *(at = pool->jobs);
		php_mqs_fiber_result result = php_mqs_fiber_run(server, job.kind, job.run, job.ctx, &nobody);
		if (result == PHP_MQS_FIBER_REFUSED) {
			return;
		}
		efree(job_take(pool));
		if (result == PHP_MQS_FIBER_FATAL) {
			return;
		}
	}
}

void php_mqs_fibers_turn(php_mqs_server *server)
{
	php_mqs_fibers *pool = server->fibers;
	if (!pool) {
		return;
	}
	fiber_event *last = pool->ready_tail, *event = NULL;
	while (event != last && !server->fatal) {
		event = php_mqs_fibers_take_ready(pool);
		php_mqs_guard(server, php_mqs_fibers_run_event, event, "a task", nobody);
	}
	if (server->fatal) {
		return;
	}
	run_jobs(server);
	php_mqs_parked_run_waiting(server);
	php_mqs_fibers_free_dead(pool);
	if (pool->ready || (pool->jobs && php_mqs_fibers_free(server))) {
		mqs_net_turn_soon(server->net);
	}
}

/* ---- jobs that nobody waits for ------------------------------------------------------------------------------- */

static void limits_tick(void *user)
{
	php_mqs_fibers *pool = user;
	int64_t now_ms = mqs_net_now_ms(pool->server->net);
	pool->limits = NULL; /* it was to fire once */
	while (!mqs_list_empty(&pool->limited)) {
		php_mqs_fiber *fiber = MQS_CONTAINER(pool->limited.next, php_mqs_fiber, limited);
		if (fiber->limit_ms > now_ms) {
			pool->limits =
			    mqs_net_timer_start(pool->server->net, (uint64_t)(fiber->limit_ms - now_ms), 0, limits_tick, pool);
			return;
		}
		mqs_list_remove(&fiber->limited);
		if (!fiber->retired) {
			php_mqs_fiber_cancel(fiber, php_mqs_timeout_ce, "The handler did not end in time");
		}
	}
}

void php_mqs_fiber_limit(php_mqs_fiber *fiber)
{
	php_mqs_fibers *pool = fiber->pool;
	int64_t timeout_ms = pool->server->options.broker.decision_timeout_ms;
	fiber->limit_ms = mqs_net_now_ms(pool->server->net) + timeout_ms;
	mqs_list_insert(&pool->limited, &fiber->limited);
	if (!pool->limits) {
		pool->limits = mqs_net_timer_start(pool->server->net, (uint64_t)timeout_ms, 0, limits_tick, pool);
	}
}

/* ---- stopping ------------------------------------------------------------------------------------------------- */

static void cancel_all(php_mqs_fibers *pool)
{
	for (php_mqs_fiber *fiber = pool->parked; fiber; fiber = fiber->next) {
		if (!fiber->retired) {
			php_mqs_fiber_cancel(fiber, php_mqs_cancelled_ce, "The server is stopping");
		}
	}
}

bool php_mqs_fibers_busy(php_mqs_server *server, bool over)
{
	php_mqs_fibers *pool = server->fibers;
	if (!pool) {
		return false;
	}
	uint32_t awaited = pool->parked_by_kind[PHP_MQS_JOB_HANDLER] + pool->parked_by_kind[PHP_MQS_JOB_TIMER];
	awaited += zend_hash_num_elements(&server->waiting_tickets);
	if (over || awaited == 0) {
		cancel_all(pool);
	}
	return pool->parked || pool->ready || pool->jobs || awaited > 0;
}

/* ---- life ---------------------------------------------------------------------------------------------------- */

static zend_function *method(const char *name)
{
	return zend_hash_str_find_ptr(&zend_ce_fiber->function_table, name, strlen(name));
}

void php_mqs_fibers_begin(php_mqs_server *server)
{
	if (!server->options.fibers) {
		return;
	}
	php_mqs_fibers *pool = ecalloc(1, sizeof(*pool));
	pool->server = server;
	pool->home = EG(active_fiber);
	pool->name = zend_string_init(ZEND_STRL("{mqtt server}"), 0);
	pool->construct = method("__construct");
	pool->start = method("start");
	pool->resume = method("resume");
	pool->suspend = method("suspend");
	zend_hash_init(&pool->fibers, 0, NULL, NULL, 0);
	mqs_list_init(&pool->limited);
	server->fibers = pool;
}

/* What PHP does to a fiber that nobody holds any more, whoever holds this one: it unwinds. */
static void destroy(php_mqs_fiber *fiber)
{
	zend_object *object = fiber->fiber;
	if (!(OBJ_FLAGS(object) & IS_OBJ_DESTRUCTOR_CALLED)) {
		GC_ADD_FLAGS(object, IS_OBJ_DESTRUCTOR_CALLED);
		GC_ADDREF(object);
		object->handlers->dtor_obj(object);
		GC_DELREF(object); /* the pool has another reference */
	}
}

static void destroy_all(void *ctx)
{
	php_mqs_fibers *pool = ctx;
	php_mqs_fiber *fiber;
	ZEND_HASH_FOREACH_PTR (&pool->fibers, fiber) {
		destroy(fiber);
		php_mqs_exception_log(pool->server, "a task", nobody);
	}
	ZEND_HASH_FOREACH_END();
	php_mqs_suspensions_end(pool);
	php_mqs_exception_log(pool->server, "a fiber", nobody);
	while (pool->jobs) {
		fiber_job *job = job_take(pool);
		job->drop(job->ctx);
		efree(job);
	}
}

void php_mqs_loop_guest_add(php_mqs_server *server, php_mqs_loop_guest *guest)
{
	php_mqs_fibers *pool = server->fibers;
	guest->next = pool->guests;
	guest->back = &pool->guests;
	if (guest->next) {
		guest->next->back = &guest->next;
	}
	pool->guests = guest;
}

void php_mqs_loop_guest_remove(php_mqs_loop_guest *guest)
{
	if (guest->back) {
		*guest->back = guest->next;
		if (guest->next) {
			guest->next->back = guest->back;
		}
	}
	guest->next = NULL;
	guest->back = NULL;
}

void php_mqs_fibers_end(php_mqs_server *server)
{
	php_mqs_fibers *pool = server->fibers;
	if (!pool) {
		return;
	}
	pool->ending = true;
	if (!php_mqs_guard(server, destroy_all, pool, "a destructor", nobody)) {
		/* No PHP code runs any more: PHP itself throws away what is left. */
		php_mqs_suspensions_end(pool);
	}
	while (pool->guests) {
		php_mqs_loop_guest *guest = pool->guests;
		php_mqs_loop_guest_remove(guest);
		guest->leave(guest);
	}
	while (pool->ready) {
		fiber_event *event = php_mqs_fibers_take_ready(pool);
		if (!event->is_fiber) {
			php_mqs_suspension_release((php_mqs_suspension *)event);
		}
	}
	if (pool->limits) {
		mqs_net_timer_stop(pool->limits);
	}
	server->fibers = NULL;
	php_mqs_fibers_free_dead(pool);
	zend_hash_destroy(&pool->fibers);
	zend_string_release(pool->name);
	efree(pool);
}

bool php_mqs_fibers_at_home(const php_mqs_server *server)
{
	return EG(active_fiber) == server->fibers->home;
}

void php_mqs_no_waiting_begin(const php_mqs_server *server)
{
	if (server->fibers && !php_mqs_fibers_at_home(server)) {
		zend_fiber_switch_block();
	}
}

void php_mqs_no_waiting_end(const php_mqs_server *server)
{
	if (server->fibers && !php_mqs_fibers_at_home(server)) {
		zend_fiber_switch_unblock();
	}
}
