/* SPDX-License-Identifier: MIT
 *
 * src/php/server_timers.c - timers of PHP code. Before the server runs they are only noted.
 */
#include "fiber_pool.h"
#include "host.h"

typedef struct php_mqs_timer {
	php_mqs_server *server; /* [borrowed] */
	mqs_net_timer *net;     /* [owned] NULL while the server does not run */
	uint64_t delay_ms;
	uint64_t interval_ms; /* 0: once */
	int64_t due_ms;       /* in a host; INT64_MAX: not before it was started, or running for the last time */
	zend_long id;
	php_mqs_callee callee;
	bool firing; /* the callback runs: it may cancel its own timer, which is freed behind it */
	bool cancelled;
} php_mqs_timer;

static void timer_free(php_mqs_timer *timer)
{
	php_mqs_callee_clear(&timer->callee);
	efree(timer);
}

static void timer_stop(php_mqs_timer *timer)
{
	if (timer->net) {
		mqs_net_timer_stop(timer->net);
		timer->net = NULL;
	}
}

/* Destructor of the table's entries. */
static void timer_removed(zval *entry)
{
	php_mqs_timer *timer = Z_PTR_P(entry);
	timer_stop(timer);
	if (timer->firing) {
		timer->cancelled = true;
	} else {
		timer_free(timer);
	}
}

void php_mqs_timers_init(php_mqs_server *server)
{
	zend_hash_init(&server->timers, 0, NULL, timer_removed, 0);
}

void php_mqs_timers_clear(php_mqs_server *server)
{
	zend_hash_destroy(&server->timers);
}

static void call_back(void *ctx)
{
	php_mqs_timer *timer = ctx;
	zval ret;
	if (php_mqs_call(timer->server, &timer->callee, mqs_bytes_make(NULL, 0), 0, NULL, &ret) == SUCCESS) {
		zval_ptr_dtor(&ret);
	}
	if (timer->interval_ms == 0) {
		zend_hash_index_del(&timer->server->timers, (zend_ulong)timer->id);
	}
}

static void release_timer(void *ctx)
{
	timer_free(ctx);
}

static void fired(php_mqs_timer *timer)
{
	php_mqs_server *server = timer->server;
	timer->firing = false;
	if (timer->cancelled) {
		/* Log lines about the call that is just ending name it. */
		if (server->late_label) {
			zend_string_release(server->late_label);
		}
		server->late_label = zend_string_copy(timer->callee.label);
		php_mqs_guard(server, release_timer, timer, "a destructor", mqs_bytes_make(NULL, 0));
	}
	if (server->net) {
		mqs_net_wake(server->net);
	}
}

/* In a fiber it may wait; its own timer does not fire again before it is done. */
static void run_in_fiber(void *ctx)
{
	call_back(ctx);
	fired(ctx);
}

static void fire(void *user)
{
	php_mqs_timer *timer = user;
	php_mqs_server *server = timer->server;
	mqs_bytes nobody = mqs_bytes_make(NULL, 0);
	if (timer->interval_ms == 0) {
		timer->net = NULL; /* a one-shot timer of the loop is gone once this returns */
	}
	if (timer->firing) {
		return;
	}
	timer->firing = true;
	if (php_mqs_fiber_run(server, PHP_MQS_JOB_TIMER, run_in_fiber, timer, &nobody) != PHP_MQS_FIBER_REFUSED) {
		return;
	}
	if (php_mqs_guard(server, call_back, timer, "a destructor", nobody)) {
		fired(timer);
	}
}

static zend_result timer_start(php_mqs_timer *timer)
{
	timer->net = mqs_net_timer_start(timer->server->net, timer->delay_ms, timer->interval_ms, fire, timer);
	return timer->net ? SUCCESS : FAILURE;
}

zend_long php_mqs_timer_add(php_mqs_server *server, uint64_t delay_ms, uint64_t interval_ms,
    const zend_fcall_info *info, const zend_fcall_info_cache *cache)
{
	php_mqs_timer *timer = ecalloc(1, sizeof(*timer));
	timer->server = server;
	timer->delay_ms = delay_ms;
	timer->interval_ms = interval_ms;
	timer->id = ++server->next_timer;
	php_mqs_callee_init(&timer->callee, info, cache);
	if (server->net && timer_start(timer) == FAILURE) {
		timer_free(timer);
		return 0;
	}
	timer->due_ms = server->host ? php_mqs_server_now_ms(server) + (int64_t)delay_ms : INT64_MAX;
	zend_hash_index_add_new_ptr(&server->timers, (zend_ulong)timer->id, timer);
	php_mqs_host_timers_changed(server);
	return timer->id;
}

bool php_mqs_timer_cancel(php_mqs_server *server, zend_long id)
{
	return zend_hash_index_del(&server->timers, (zend_ulong)id) == SUCCESS;
}

zend_result php_mqs_timers_start(php_mqs_server *server)
{
	php_mqs_timer *timer;
	ZEND_HASH_FOREACH_PTR (&server->timers, timer) {
		if (timer_start(timer) == FAILURE) {
			return FAILURE;
		}
	}
	ZEND_HASH_FOREACH_END();
	return SUCCESS;
}

void php_mqs_timers_stop(php_mqs_server *server)
{
	php_mqs_timer *timer;
	ZEND_HASH_FOREACH_PTR (&server->timers, timer) {
		timer_stop(timer);
	}
	ZEND_HASH_FOREACH_END();
}

/* ---- in a host ------------------------------------------------------------------------------------------------ */

void php_mqs_timers_start_hosted(php_mqs_server *server, int64_t now_ms)
{
	php_mqs_timer *timer;
	ZEND_HASH_FOREACH_PTR (&server->timers, timer) {
		timer->due_ms = now_ms + (int64_t)timer->delay_ms;
		timer->firing = false; /* what ran when this process was forked off runs in its parent */
	}
	ZEND_HASH_FOREACH_END();
}

int64_t php_mqs_timers_next_deadline(php_mqs_server *server)
{
	php_mqs_timer *timer;
	int64_t due_ms = INT64_MAX;
	ZEND_HASH_FOREACH_PTR (&server->timers, timer) {
		due_ms = MIN(due_ms, timer->due_ms);
	}
	ZEND_HASH_FOREACH_END();
	return due_ms;
}

zend_long php_mqs_timers_take_due(php_mqs_server *server, int64_t now_ms)
{
	php_mqs_timer *timer;
	ZEND_HASH_FOREACH_PTR (&server->timers, timer) {
		if (timer->due_ms <= now_ms) {
			timer->due_ms = timer->interval_ms ? now_ms + (int64_t)timer->interval_ms : INT64_MAX;
			return timer->id;
		}
	}
	ZEND_HASH_FOREACH_END();
	return 0;
}

void php_mqs_timer_fire(php_mqs_server *server, zend_long id)
{
	php_mqs_timer *timer = zend_hash_index_find_ptr(&server->timers, (zend_ulong)id);
	if (timer && !timer->firing) {
		fire(timer);
	}
}

void php_mqs_timers_gc(php_mqs_server *server, zend_get_gc_buffer *buffer)
{
	php_mqs_timer *timer;
	ZEND_HASH_FOREACH_PTR (&server->timers, timer) {
		zend_get_gc_buffer_add_zval(buffer, &timer->callee.keeper);
	}
	ZEND_HASH_FOREACH_END();
}
