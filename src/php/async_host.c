/* SPDX-License-Identifier: MIT
 *
 * src/php/async_host.c - waits and tasks in coroutines of Swoole, found by name: a wait is a channel that its coroutine
 * takes from. Whoever ends a wait, or cancels a coroutine, may be inside the broker; so it is told at the end of the
 * turn of Swoole's loop.
 */
#include "async.h"
#include "globals.h"
#include "host_runs.h"
#include "zend_exceptions.h"

/* ---- what Swoole has ------------------------------------------------------------------------------------------ */

static zend_class_entry *find_class(const char *lc_name, size_t len)
{
	return zend_hash_str_find_ptr(EG(class_table), lc_name, len);
}

#define CLASS(lc_name) find_class(ZEND_STRL(lc_name))

/* Calls a method of Swoole's. FAILURE: an exception is set, `ret` is undefined. */
static zend_result call(
    zend_class_entry *ce, zend_object *object, const char *lc_name, uint32_t argc, zval *argv, zval *ret)
{
	zend_function *method = ce ? zend_hash_str_find_ptr(&ce->function_table, lc_name, strlen(lc_name)) : NULL;
	ZVAL_UNDEF(ret);
	if (!method) {
		zend_throw_exception_ex(php_mqs_exception_ce, 0, "This version of Swoole has no %s()", lc_name);
		return FAILURE;
	}
	zend_call_known_function(method, object, ce, ret, argc, argv, NULL);
	if (EG(exception)) {
		zval_ptr_dtor(ret);
		ZVAL_UNDEF(ret);
		return FAILURE;
	}
	return SUCCESS;
}

zend_long php_mqs_coroutine_id(void)
{
	zend_class_entry *ce = CLASS("swoole\\coroutine");
	zend_function *current = ce ? zend_hash_str_find_ptr(&ce->function_table, ZEND_STRL("getcid")) : NULL;
	zval id;
	if (!current) {
		return -1;
	}
	zend_call_known_function(current, NULL, ce, &id, 0, NULL, NULL);
	return Z_TYPE(id) == IS_LONG ? Z_LVAL(id) : -1;
}

bool php_mqs_coroutine_possible(void)
{
	return php_mqs_coroutine_id() >= 0;
}

/* A function of ours as a closure that Swoole can call. */
static void make_closure(zval *out, zif_handler handler, const zend_internal_arg_info *arg_info, uint32_t argc)
{
	const php_mqs_function function = {handler, arg_info, argc, argc};
	php_mqs_closure_make(out, ZSTR_EMPTY_ALLOC(), &function, NULL);
}

/* ---- waits ---------------------------------------------------------------------------------------------------- */

bool php_mqs_coroutine_prepare(php_mqs_wait *wait)
{
	zend_class_entry *ce = CLASS("swoole\\coroutine\\channel");
	zval ret;
	if (!ce || object_init_ex(&wait->channel, ce) != SUCCESS) {
		zend_throw_exception(php_mqs_exception_ce, "This version of Swoole has no channels", 0);
		return false;
	}
	zend_call_known_function(ce->constructor, Z_OBJ(wait->channel), ce, &ret, 0, NULL, NULL);
	return !EG(exception);
}

/*
 * Calls a method in which Swoole waits for us. FAILURE: an exception is set, `ret` is undefined. wait: NULL, or what
 * somebody may have ended before the code that waits was cancelled: then it gets what it was to get, and the exception
 * waits for its next wait.
 */
static zend_result call_waiting(const php_mqs_wait *wait, zend_class_entry *ce, zend_object *object,
    const char *lc_name, uint32_t argc, zval *argv, zval *ret)
{
	php_mqs_run *run = php_mqs_run_current();
	ZVAL_UNDEF(ret);
	if (php_mqs_run_throws(run)) {
		return FAILURE;
	}
	if (run) {
		run->waits = true;
	}
	zend_result result = call(ce, object, lc_name, argc, argv, ret);
	if (run) {
		run->waits = false;
	}
	if (result == SUCCESS && wait && wait->ended) {
		return SUCCESS;
	}
	if (php_mqs_run_throws(run)) {
		zval_ptr_dtor(ret);
		ZVAL_UNDEF(ret);
		return FAILURE;
	}
	if (result == FAILURE &&
	    zend_string_equals_literal(EG(exception)->ce->name, "Swoole\\Coroutine\\CanceledException")) {
		zend_throw_exception(php_mqs_cancelled_ce, "The coroutine was cancelled", 0);
	}
	return result;
}

php_mqs_wait_result php_mqs_coroutine_wait(php_mqs_wait *wait, double seconds)
{
	zval timeout, ret;
	if (wait->ended) {
		return PHP_MQS_WAIT_ENDED;
	}
	ZVAL_DOUBLE(&timeout, seconds < 0.0 ? -1.0 : MAX(seconds, 0.001)); /* 0 would be no limit */
	zend_result result = call_waiting(wait, Z_OBJCE(wait->channel), Z_OBJ(wait->channel), "pop", 1, &timeout, &ret);
	zval_ptr_dtor(&ret);
	if (wait->ended) {
		return result == SUCCESS ? PHP_MQS_WAIT_ENDED : PHP_MQS_WAIT_FAILED;
	}
	wait->ended = true;
	if (result == FAILURE) {
		return PHP_MQS_WAIT_FAILED;
	}
	zval rv, *code = zend_read_property(Z_OBJCE(wait->channel), Z_OBJ(wait->channel), ZEND_STRL("errCode"), true, &rv);
	if (seconds >= 0.0 && Z_TYPE_P(code) == IS_LONG && Z_LVAL_P(code) == -1) {
		wait->timed_out = true;
		return PHP_MQS_WAIT_TIMEOUT;
	}
	zend_throw_exception(php_mqs_cancelled_ce, "The coroutine was cancelled", 0);
	return PHP_MQS_WAIT_FAILED;
}

/* ---- the end of a turn ---------------------------------------------------------------------------------------- */

php_mqs_server *php_mqs_coroutine_server(void)
{
	php_mqs_server *server = MQS_G(servers);
	return server && server->host ? server : NULL;
}

/* Exceptions that nobody is left to catch would end the worker. */
static void log_exception(void)
{
	php_mqs_server *server = EG(exception) ? php_mqs_coroutine_server() : NULL;
	if (server) {
		php_mqs_exception_log(server, "a task", mqs_bytes_make(NULL, 0));
	}
}

/* Waits that have ended by now: what those end who go on is for the next turn, lest they hold up the loop. */
static void tell_due(void)
{
	zval told, ret;
	const php_mqs_wait *last = MQS_G(due_last);
	bool more = true;
	ZVAL_TRUE(&told);
	while (more && MQS_G(due) && !EG(exception)) {
		php_mqs_wait *wait = MQS_G(due);
		more = wait != last;
		MQS_G(due) = wait->next_due;
		call(Z_OBJCE(wait->channel), Z_OBJ(wait->channel), "push", 1, &told, &ret);
		zval_ptr_dtor(&ret);
		php_mqs_wait_release(wait);
		log_exception();
	}
}

static ZEND_NAMED_FUNCTION(end_turn);

ZEND_BEGIN_ARG_INFO_EX(end_turn_arguments, 0, 0, 0)
ZEND_END_ARG_INFO()

/* Has end_turn() called by a static method of Swoole's. */
static bool pass_end_turn(zend_class_entry *ce, const char *lc_name)
{
	zval closure, ret;
	make_closure(&closure, end_turn, end_turn_arguments, 0);
	bool passed = call(ce, NULL, lc_name, 1, &closure, &ret) == SUCCESS && Z_TYPE(ret) != IS_FALSE;
	zval_ptr_dtor(&ret);
	zval_ptr_dtor(&closure);
	return passed;
}

static ZEND_NAMED_FUNCTION(end_turn)
{
	ZEND_PARSE_PARAMETERS_NONE();
	if (!php_mqs_coroutine_possible()) {
		/* With enable_coroutine off Swoole calls back outside of coroutines, where channels must not be used. */
		MQS_G(due_soon) = pass_end_turn(CLASS("swoole\\coroutine"), "create") && MQS_G(due_soon);
		return;
	}
	MQS_G(due_soon) = false;
	tell_due();
	php_mqs_runs_wake();
}

void php_mqs_coroutine_turn_soon(void)
{
	zend_class_entry *ce = CLASS("swoole\\event");
	if (MQS_G(due_soon) || !ce) {
		return;
	}
	bool thrown = EG(exception) != NULL; /* a Deferred may go then, and PHP calls nothing */
	if (thrown) {
		zend_exception_save();
	}
	MQS_G(due_soon) = true;
	MQS_G(due_soon) = pass_end_turn(ce, "defer");
	if (thrown) {
		zend_exception_restore();
	}
}

void php_mqs_coroutine_wake(php_mqs_wait *wait)
{
	wait->refs++;
	wait->next_due = NULL;
	if (MQS_G(due)) {
		MQS_G(due_last)->next_due = wait;
	} else {
		MQS_G(due) = wait;
	}
	MQS_G(due_last) = wait;
	php_mqs_coroutine_turn_soon();
}

php_mqs_wait_result php_mqs_coroutine_wait_stream(zval *stream, bool write, double seconds)
{
	zval args[3], ret;
	ZVAL_COPY_VALUE(&args[0], stream);
	ZVAL_LONG(&args[1], write ? 1024 : 512); /* SWOOLE_EVENT_WRITE, SWOOLE_EVENT_READ */
	ZVAL_DOUBLE(&args[2], seconds < 0.0 ? -1.0 : MAX(seconds, 0.001));
	if (call_waiting(NULL, CLASS("swoole\\coroutine\\system"), NULL, "waitevent", 3, args, &ret) == FAILURE) {
		return PHP_MQS_WAIT_FAILED;
	}
	bool ready = Z_TYPE(ret) == IS_LONG && Z_LVAL(ret) != 0;
	zval_ptr_dtor(&ret);
	if (!ready && seconds >= 0.0) {
		php_mqs_wait_throw_timeout(write ? "Nothing could be written" : "Nothing to read", seconds);
		return PHP_MQS_WAIT_TIMEOUT;
	}
	if (!ready) {
		zend_throw_exception(php_mqs_cancelled_ce, "The coroutine was cancelled", 0);
		return PHP_MQS_WAIT_FAILED;
	}
	return PHP_MQS_WAIT_ENDED;
}

/* ---- tasks ---------------------------------------------------------------------------------------------------- */

static ZEND_NAMED_FUNCTION(run_task)
{
	zend_long address, begun;
	ZEND_PARSE_PARAMETERS_START(2, 2)
	Z_PARAM_LONG(address)
	Z_PARAM_LONG(begun)
	ZEND_PARSE_PARAMETERS_END();
	*(bool *)(intptr_t)begun = true;
	php_mqs_run *run = php_mqs_run_begin(PHP_MQS_JOB_TASK, NULL);
	php_mqs_task_run((void *)(intptr_t)address);
	php_mqs_run_end(run);
	log_exception();
}

ZEND_BEGIN_ARG_INFO_EX(run_task_arguments, 0, 0, 2)
ZEND_ARG_INFO(0, task)
ZEND_ARG_INFO(0, begun)
ZEND_END_ARG_INFO()

zend_result php_mqs_coroutine_start(php_mqs_task *task)
{
	zval args[3], ret;
	bool begun = false; /* then the task is no longer ours, whatever create() comes to */
	make_closure(&args[0], run_task, run_task_arguments, 2);
	ZVAL_LONG(&args[1], (zend_long)(intptr_t)task);
	ZVAL_LONG(&args[2], (zend_long)(intptr_t)&begun);
	zend_result result = call(CLASS("swoole\\coroutine"), NULL, "create", 3, args, &ret);
	if (result == SUCCESS && !begun) {
		zend_throw_exception(php_mqs_exception_ce, "Swoole makes no more coroutines", 0);
	}
	zval_ptr_dtor(&ret);
	zval_ptr_dtor(&args[0]);
	return begun ? SUCCESS : FAILURE;
}
