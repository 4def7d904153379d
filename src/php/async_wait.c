/* SPDX-License-Identifier: MIT
 *
 * src/php/async_wait.c - one wait: a suspension of the pool of fibers with a timer or a descriptor beside it, or a
 * coroutine of a host.
 * Owns: timer and descriptor, which go when the wait is over or the loop is about to close.
 */
#include "async.h"
#include "zend_exceptions.h"

#define SECONDS_MAX 31536000.0

/* ---- beside the suspension ------------------------------------------------------------------------------------ */

static void let_go(php_mqs_wait *wait)
{
	if (wait->timer) {
		mqs_net_timer_stop(wait->timer);
		wait->timer = NULL;
	}
	if (wait->poll) {
		mqs_net_poll_stop(wait->poll);
		wait->poll = NULL;
	}
}

static void leave_loop(php_mqs_loop_guest *guest)
{
	let_go(MQS_CONTAINER(guest, php_mqs_wait, guest));
}

/* ---- life ----------------------------------------------------------------------------------------------------- */

php_mqs_wait *php_mqs_wait_create(void)
{
	bool coroutine = !php_mqs_suspension_possible() && php_mqs_coroutine_possible();
	php_mqs_suspension *suspension = coroutine ? NULL : php_mqs_suspension_create();
	if (!coroutine && !suspension) {
		return NULL;
	}
	php_mqs_wait *wait = ecalloc(1, sizeof(*wait));
	wait->refs = 1;
	wait->suspension = suspension;
	wait->guest.leave = leave_loop;
	mqs_list_init(&wait->link);
	ZVAL_UNDEF(&wait->value);
	ZVAL_UNDEF(&wait->channel);
	if (coroutine && !php_mqs_coroutine_prepare(wait)) {
		php_mqs_wait_release(wait);
		return NULL;
	}
	return wait;
}

void php_mqs_wait_release(php_mqs_wait *wait)
{
	if (--wait->refs > 0) {
		return;
	}
	mqs_list_remove(&wait->link);
	if (wait->suspension) {
		php_mqs_suspension_release(wait->suspension);
	}
	zval_ptr_dtor(&wait->value);
	zval_ptr_dtor(&wait->channel);
	efree(wait);
}

bool php_mqs_wait_end(php_mqs_wait *wait)
{
	if (wait->ended) {
		return false;
	}
	if (wait->suspension) {
		wait->ended = php_mqs_suspension_resume(wait->suspension, NULL);
		return wait->ended;
	}
	wait->ended = true;
	php_mqs_coroutine_wake(wait);
	return true;
}

/* ---- in a fiber ----------------------------------------------------------------------------------------------- */

static void time_is_over(void *user)
{
	php_mqs_wait *wait = user;
	wait->timer = NULL; /* it is a timer of one shot */
	wait->timed_out = php_mqs_wait_end(wait);
}

static void descriptor_is_ready(void *user)
{
	php_mqs_wait *wait = user;
	wait->poll = NULL;
	php_mqs_wait_end(wait);
}

static bool start_timer(php_mqs_wait *wait, const php_mqs_server *server, double seconds)
{
	wait->timer = mqs_net_timer_start(server->net, (uint64_t)(seconds * 1000.0 + 0.5), 0, time_is_over, wait);
	if (!wait->timer) {
		zend_throw_error(NULL, "Out of memory");
	}
	return wait->timer != NULL;
}

static php_mqs_wait_result wait_in_fiber(php_mqs_wait *wait, double seconds)
{
	php_mqs_server *server = php_mqs_running_server();
	zval ret;
	if (!wait->ended && (seconds >= 0.0 || wait->poll)) {
		php_mqs_loop_guest_add(server, &wait->guest);
	}
	if (!wait->ended && seconds >= 0.0 && !start_timer(wait, server, seconds)) {
		php_mqs_loop_guest_remove(&wait->guest);
		let_go(wait);
		return PHP_MQS_WAIT_FAILED;
	}
	zend_result result = php_mqs_suspension_wait(wait->suspension, &ret);
	php_mqs_loop_guest_remove(&wait->guest);
	let_go(wait);
	if (result == FAILURE) {
		wait->ended = true;
		return PHP_MQS_WAIT_FAILED;
	}
	zval_ptr_dtor(&ret);
	return wait->timed_out ? PHP_MQS_WAIT_TIMEOUT : PHP_MQS_WAIT_ENDED;
}

php_mqs_wait_result php_mqs_wait_for(php_mqs_wait *wait, double seconds)
{
	return wait->suspension ? wait_in_fiber(wait, seconds) : php_mqs_coroutine_wait(wait, seconds);
}

php_mqs_wait_result php_mqs_wait_descriptor(php_mqs_wait *wait, int fd, bool write, double seconds, int *uv_code)
{
	const php_mqs_server *server = php_mqs_running_server();
	wait->poll = mqs_net_poll_start(server->net, fd, write, descriptor_is_ready, wait, uv_code);
	return wait->poll ? php_mqs_wait_for(wait, seconds) : PHP_MQS_WAIT_ENDED;
}

/* ---- seconds -------------------------------------------------------------------------------------------------- */

bool php_mqs_wait_seconds_check(double seconds, uint32_t arg_num)
{
	if (!(seconds >= 0.0 && seconds <= SECONDS_MAX)) {
		zend_argument_value_error(arg_num, "must be between 0 and 31536000 seconds");
		return false;
	}
	return true;
}

void php_mqs_wait_throw_timeout(const char *what, double seconds)
{
	zend_throw_exception_ex(php_mqs_timeout_ce, 0, "%s within %g s", what, seconds);
}
