/* SPDX-License-Identifier: MIT
 *
 * src/php/suspension.c - one wait of one fiber, and who ends it.
 *
 * It stands in its pool's list until it is over. Ending it queues it for the end of the loop's turn; the queue has a
 * reference, wait() has one, and so has each of those who may end it.
 */
#include "fiber_private.h"
#include "globals.h"
#include "zend_exceptions.h"

static php_mqs_fibers *running_pool(void)
{
	php_mqs_server *server = php_mqs_running_server();
	php_mqs_fibers *pool = server ? server->fibers : NULL;
	return pool && !pool->ending ? pool : NULL;
}

bool php_mqs_suspension_possible(void)
{
	php_mqs_fibers *pool = running_pool();
	return pool && EG(active_fiber) && EG(active_fiber) != pool->home && !zend_fiber_switch_blocked();
}

php_mqs_suspension *php_mqs_suspension_create(void)
{
	if (!php_mqs_suspension_possible()) {
		const char *why = "Waiting needs a server that runs";
		if (zend_fiber_switch_blocked()) {
			why = "Nothing can wait here: in a destructor, or where the broker has to go on at once";
		} else if (php_mqs_running_server()) {
			why = "This code does not run in a fiber and cannot wait: see the options fibers and max_fibers";
		}
		zend_throw_exception(php_mqs_exception_ce, why, 0);
		return NULL;
	}
	php_mqs_fibers *pool = running_pool();
	php_mqs_suspension *suspension = ecalloc(1, sizeof(*suspension));
	suspension->refs = 1;
	suspension->pool = pool;
	suspension->fiber = &EG(active_fiber)->std;
	GC_ADDREF(suspension->fiber);
	suspension->of = php_mqs_fibers_find(pool, suspension->fiber);
	ZVAL_UNDEF(&suspension->value);
	suspension->next = pool->pending;
	suspension->back = &pool->pending;
	if (suspension->next) {
		suspension->next->back = &suspension->next;
	}
	pool->pending = suspension;
	return suspension;
}

void php_mqs_suspension_ref(php_mqs_suspension *suspension)
{
	suspension->refs++;
}

uint32_t php_mqs_suspension_refs(const php_mqs_suspension *suspension)
{
	return suspension->refs;
}

bool php_mqs_suspension_pending(const php_mqs_suspension *suspension)
{
	return !suspension->over;
}

/* Nobody can end it any more. The fiber stays until it has been let go. */
static void close_wait(php_mqs_suspension *suspension)
{
	if (suspension->back) {
		*suspension->back = suspension->next;
		if (suspension->next) {
			suspension->next->back = suspension->back;
		}
		suspension->next = NULL;
		suspension->back = NULL;
	}
	suspension->over = true;
}

static void let_go(php_mqs_suspension *suspension)
{
	zend_object *fiber = suspension->fiber;
	suspension->fiber = NULL;
	suspension->of = NULL;
	if (fiber) {
		OBJ_RELEASE(fiber);
	}
}

void php_mqs_suspension_release(php_mqs_suspension *suspension)
{
	if (--suspension->refs > 0) {
		return;
	}
	zval value;
	ZVAL_COPY_VALUE(&value, &suspension->value);
	close_wait(suspension);
	suspension->refs = 1; /* destructors may look */
	let_go(suspension);
	zval_ptr_dtor(&value);
	efree(suspension);
}

static bool end_wait(php_mqs_suspension *suspension, zval *value, bool failed)
{
	if (suspension->over) {
		return false;
	}
	close_wait(suspension);
	suspension->failed = failed;
	if (value) {
		ZVAL_COPY_DEREF(&suspension->value, value);
	} else {
		ZVAL_NULL(&suspension->value);
	}
	if (suspension->waiting) {
		suspension->refs++;
		php_mqs_fibers_ready(suspension->pool, &suspension->event);
	}
	return true;
}

bool php_mqs_suspension_resume(php_mqs_suspension *suspension, zval *value)
{
	return end_wait(suspension, value, false);
}

bool php_mqs_suspension_throw(php_mqs_suspension *suspension, zend_object *exception)
{
	zval value;
	ZVAL_OBJ(&value, exception);
	return end_wait(suspension, &value, true);
}

void php_mqs_suspension_wake(php_mqs_suspension *suspension)
{
	if (suspension->waiting && suspension->fiber) {
		php_mqs_fibers_resume(suspension->pool, suspension->fiber, NULL);
	}
	php_mqs_suspension_release(suspension);
}

/* ---- waiting ------------------------------------------------------------------------------------------------- */

/* What it was ended with becomes the result of wait(). */
static zend_result take(php_mqs_suspension *suspension, zval *ret)
{
	zval value;
	ZVAL_COPY_VALUE(&value, &suspension->value);
	ZVAL_UNDEF(&suspension->value);
	let_go(suspension);
	if (Z_TYPE(value) == IS_UNDEF) {
		/* The fiber is one of user code, which has resumed it after the end of the loop. */
		zend_throw_exception(php_mqs_cancelled_ce, "The server has stopped: nothing can end this wait any more", 0);
		return FAILURE;
	}
	if (suspension->failed) {
		zend_throw_exception_internal(Z_OBJ(value));
		return FAILURE;
	}
	ZVAL_COPY_VALUE(ret, &value);
	return SUCCESS;
}

/* A cancellation that came while nothing waited. */
static bool take_cancellation(php_mqs_suspension *suspension)
{
	php_mqs_fiber *of = suspension->of;
	if (!of || !of->thrown) {
		return false;
	}
	zend_object *thrown = of->thrown;
	of->thrown = NULL;
	close_wait(suspension);
	let_go(suspension);
	zend_throw_exception_internal(thrown);
	return true;
}

static void suspend(php_mqs_suspension *suspension)
{
	php_mqs_fibers *pool = suspension->pool;
	/* A fiber of user code may outlive the handler that started it: it goes on in nobody's name. */
	zend_string *callee = suspension->of ? pool->server->callee : NULL;
	zval ret;
	suspension->waiting = true;
	suspension->refs++;
	do {
		if (suspension->of) {
			suspension->of->waits = suspension;
			suspension->of->callee = callee;
		}
		ZVAL_UNDEF(&ret);
		zend_call_known_function(pool->suspend, NULL, zend_ce_fiber, &ret, 0, NULL, NULL);
		zval_ptr_dtor(&ret);
		if (suspension->of) {
			suspension->of->waits = NULL;
		}
		/* Somebody else may have resumed the fiber: that does not end the wait. */
	} while (!suspension->over && !EG(exception));
	suspension->waiting = false;
	if (suspension->pool) {
		pool->server->callee = callee;
	}
}

zend_result php_mqs_suspension_wait(php_mqs_suspension *suspension, zval *ret)
{
	ZVAL_UNDEF(ret);
	if (!suspension->fiber || suspension->waiting || !EG(active_fiber) || &EG(active_fiber)->std != suspension->fiber) {
		zend_throw_error(NULL, "A suspension can be waited in once, by the fiber that made it");
		return FAILURE;
	}
	if (suspension->over) {
		return take(suspension, ret);
	}
	if (take_cancellation(suspension)) {
		return FAILURE;
	}
	suspend(suspension);
	zend_result result = FAILURE;
	if (EG(exception)) {
		close_wait(suspension);
		let_go(suspension);
	} else {
		result = take(suspension, ret);
	}
	php_mqs_suspension_release(suspension);
	return result;
}

/* ---- the end of the loop, and garbage ------------------------------------------------------------------------- */

void php_mqs_suspensions_end(php_mqs_fibers *pool)
{
	while (pool->pending) {
		php_mqs_suspension *suspension = pool->pending;
		suspension->refs++;
		close_wait(suspension);
		suspension->pool = NULL;
		if (!pool->server->fatal) {
			let_go(suspension);
		}
		php_mqs_suspension_release(suspension);
	}
}

void php_mqs_suspension_gc(php_mqs_suspension *suspension, zend_get_gc_buffer *buffer)
{
	/* wait() and the queue hold it on behalf of the fiber; anybody else keeps it from being garbage. */
	if (suspension->refs > 1u + suspension->waiting + suspension->event.listed) {
		return;
	}
	if (suspension->fiber) {
		zend_get_gc_buffer_add_obj(buffer, suspension->fiber);
	}
	zend_get_gc_buffer_add_zval(buffer, &suspension->value);
}
