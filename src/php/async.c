/* SPDX-License-Identifier: MIT
 *
 * src/php/async.c - the functions of MqttServer\Async, and tasks in the background.
 */
#include "async.h"
#include "zend_exceptions.h"
#include "main/php_network.h"
#include <uv.h>

/* ---- time ----------------------------------------------------------------------------------------------------- */

ZEND_FUNCTION(MqttServer_Async_delay)
{
	double seconds;

	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_DOUBLE(seconds)
	ZEND_PARSE_PARAMETERS_END();

	if (!php_mqs_wait_seconds_check(seconds, 1)) {
		RETURN_THROWS();
	}
	php_mqs_wait *wait = php_mqs_wait_create();
	if (wait) {
		php_mqs_wait_for(wait, seconds);
		php_mqs_wait_release(wait);
	}
}

/* ---- streams -------------------------------------------------------------------------------------------------- */

/* The stream of a Socket object; others are copied. FAILURE: an exception is set. */
static zend_result stream_of(zval *given, zval *out)
{
	ZVAL_COPY(out, given);
	if (Z_TYPE_P(given) != IS_OBJECT || !zend_string_equals_literal(Z_OBJCE_P(given)->name, "Socket")) {
		return SUCCESS;
	}
	zend_function *export = zend_hash_str_find_ptr(EG(function_table), ZEND_STRL("socket_export_stream"));
	if (export) {
		zval_ptr_dtor(out);
		ZVAL_UNDEF(out);
		zend_call_known_function(export, NULL, NULL, out, 1, given, NULL);
	}
	return EG(exception) ? FAILURE : SUCCESS;
}

static void wait_for_stream(php_stream *stream, bool write, double seconds)
{
	php_socket_t fd;
	int uv_code;
	if (php_stream_cast(stream, PHP_STREAM_AS_FD_FOR_SELECT | PHP_STREAM_CAST_INTERNAL, (void **)&fd, 0) != SUCCESS) {
		zend_argument_value_error(1, "must be a stream that has a descriptor to wait for");
		return;
	}
	if (!write && stream->writepos > stream->readpos) {
		return; /* read already */
	}
	php_mqs_wait *wait = php_mqs_wait_create();
	if (!wait) {
		return;
	}
	php_mqs_wait_result result = php_mqs_wait_descriptor(wait, fd, write, seconds, &uv_code);
	php_mqs_wait_release(wait);
	if (result == PHP_MQS_WAIT_TIMEOUT) {
		php_mqs_wait_throw_timeout(write ? "Nothing could be written" : "Nothing to read", seconds);
	} else if (result == PHP_MQS_WAIT_ENDED && uv_code && uv_code != UV_EPERM) { /* files are always ready */
		zend_throw_exception_ex(php_mqs_exception_ce, 0, "Cannot wait for the stream: %s", uv_strerror(uv_code));
	}
}

static void stream_function(INTERNAL_FUNCTION_PARAMETERS, bool write)
{
	zval *given, source;
	double timeout = -1.0;
	bool forever = true;
	php_stream *stream;

	ZEND_PARSE_PARAMETERS_START(1, 2)
	Z_PARAM_ZVAL(given)
	Z_PARAM_OPTIONAL
	Z_PARAM_DOUBLE_OR_NULL(timeout, forever)
	ZEND_PARSE_PARAMETERS_END();

	if (!forever && !php_mqs_wait_seconds_check(timeout, 2)) {
		RETURN_THROWS();
	}
	timeout = forever ? -1.0 : timeout;
	if (!php_mqs_suspension_possible() && php_mqs_coroutine_possible()) {
		php_mqs_coroutine_wait_stream(given, write, timeout);
		return;
	}
	if (stream_of(given, &source) == SUCCESS) {
		php_stream_from_zval_no_verify(stream, &source);
		if (stream) {
			wait_for_stream(stream, write, timeout);
		} else if (!EG(exception)) {
			zend_argument_type_error(1, "must be an open stream or a Socket, %s given", zend_zval_type_name(given));
		}
	}
	zval_ptr_dtor(&source);
}

ZEND_FUNCTION(MqttServer_Async_readable)
{
	stream_function(INTERNAL_FUNCTION_PARAM_PASSTHRU, false);
}

ZEND_FUNCTION(MqttServer_Async_writable)
{
	stream_function(INTERNAL_FUNCTION_PARAM_PASSTHRU, true);
}

/* ---- tasks ---------------------------------------------------------------------------------------------------- */

static void task_free(php_mqs_task *task)
{
	for (uint32_t i = 0; i < task->argc; i++) {
		zval_ptr_dtor(&task->args[i]);
	}
	php_mqs_callee_clear(&task->callee);
	OBJ_RELEASE(task->future);
	efree(task);
}

static zend_result call_task(php_mqs_server *server, php_mqs_task *task, zval *ret)
{
	if (server) {
		return php_mqs_call_through(server, &task->callee, task->argc, task->args, ret);
	}
	call_user_function(NULL, NULL, &task->callee.keeper, ret, task->argc, task->args);
	return EG(exception) ? FAILURE : SUCCESS;
}

/* What the task threw becomes the error of its future; exit() and the end of its fiber are not for others to catch. */
static void task_failed(php_mqs_server *server, php_mqs_task *task)
{
	zend_object *error = EG(exception);
	if (!zend_is_unwind_exit(error) && !zend_is_graceful_exit(error)) {
		GC_ADDREF(error);
		zend_clear_exception();
		php_mqs_future_fail(task->future, error);
		return;
	}
	server = server ? server : php_mqs_coroutine_server();
	if (server) {
		php_mqs_exception_log(server, "a task", mqs_bytes_make(NULL, 0));
	}
	if (!EG(exception)) {
		php_mqs_future_lose(task->future, "The task called exit()");
	}
}

void php_mqs_task_run(void *ctx)
{
	php_mqs_task *task = ctx;
	php_mqs_server *server = php_mqs_running_server();
	zval ret;
	ZVAL_UNDEF(&ret);
	if (call_task(server, task, &ret) == SUCCESS) {
		php_mqs_future_complete(task->future, &ret);
	} else {
		zval_ptr_dtor(&ret);
		task_failed(server, task);
	}
	task_free(task);
}

void php_mqs_task_drop(void *ctx)
{
	php_mqs_task *task = ctx;
	php_mqs_future_lose(task->future, "The server stopped before the task began");
	task_free(task);
}

/* [owned] The future of a task that has been started; NULL: an exception is set. */
static zend_object *start_task(
    const zend_fcall_info *info, const zend_fcall_info_cache *cache, uint32_t argc, const zval *args)
{
	php_mqs_task *task = safe_emalloc(argc, sizeof(zval), sizeof(*task));
	task->future = php_mqs_future_create();
	task->argc = argc;
	php_mqs_callee_init(&task->callee, info, cache);
	for (uint32_t i = 0; i < argc; i++) {
		ZVAL_COPY(&task->args[i], &args[i]);
	}
	zend_object *future = task->future;
	GC_ADDREF(future);
	bool coroutine = !php_mqs_running_server() && php_mqs_coroutine_possible();
	zend_result result = coroutine ? php_mqs_coroutine_start(task)
	                               : php_mqs_fiber_queue(PHP_MQS_JOB_TASK, php_mqs_task_run, php_mqs_task_drop, task);
	if (result == FAILURE) {
		task_free(task);
	}
	if (EG(exception)) {
		OBJ_RELEASE(future);
		return NULL;
	}
	return future;
}

ZEND_FUNCTION(MqttServer_Async_async)
{
	zend_fcall_info info;
	zend_fcall_info_cache cache;
	zval *args = NULL;
	uint32_t argc = 0;

	ZEND_PARSE_PARAMETERS_START(1, -1)
	Z_PARAM_FUNC(info, cache)
	Z_PARAM_VARIADIC('*', args, argc)
	ZEND_PARSE_PARAMETERS_END();

	zend_object *future = start_task(&info, &cache, argc, args);
	if (!future) {
		RETURN_THROWS();
	}
	RETURN_OBJ(future);
}

/* ---- many futures --------------------------------------------------------------------------------------------- */

/* [owned] The future that an entry of await() is or starts; NULL: an exception is set. */
static zend_object *future_of_entry(zval *entry)
{
	zend_fcall_info info;
	zend_fcall_info_cache cache;
	char *error = NULL;
	ZVAL_DEREF(entry);
	if (Z_TYPE_P(entry) == IS_OBJECT && Z_OBJCE_P(entry) == php_mqs_future_ce) {
		GC_ADDREF(Z_OBJ_P(entry));
		return Z_OBJ_P(entry);
	}
	if (zend_fcall_info_init(entry, 0, &info, &cache, NULL, &error) == SUCCESS) {
		return start_task(&info, &cache, 0, NULL);
	}
	if (error) {
		efree(error);
	}
	zend_argument_type_error(1, "must hold futures and callables only, %s given", zend_zval_type_name(entry));
	return NULL;
}

/* Entries behind one that is wrong stay NULL. */
static zend_result collect(HashTable *in, zend_object **futures)
{
	zval *entry;
	uint32_t count = 0;
	ZEND_HASH_FOREACH_VAL (in, entry) {
		futures[count] = future_of_entry(entry);
		if (!futures[count++]) {
			return FAILURE;
		}
	}
	ZEND_HASH_FOREACH_END();
	return SUCCESS;
}

/* The first that has failed throws its error. */
static void results(HashTable *in, zend_object *const *futures, uint32_t count, zval *out)
{
	zend_string *key;
	zend_ulong index;
	zval result;
	for (uint32_t i = 0; i < count; i++) {
		if (php_mqs_future_has_failed(futures[i])) {
			php_mqs_future_result(futures[i], &result);
			return;
		}
	}
	array_init_size(out, count);
	uint32_t at = 0;
	ZEND_HASH_FOREACH_KEY(in, index, key)
	{
		php_mqs_future_result(futures[at++], &result);
		if (key) {
			zend_hash_add_new(Z_ARRVAL_P(out), key, &result);
		} else {
			zend_hash_index_add_new(Z_ARRVAL_P(out), index, &result);
		}
	}
	ZEND_HASH_FOREACH_END();
}

ZEND_FUNCTION(MqttServer_Async_await)
{
	HashTable *given;
	double timeout = -1.0;
	bool forever = true;

	ZEND_PARSE_PARAMETERS_START(1, 2)
	Z_PARAM_ARRAY_HT(given)
	Z_PARAM_OPTIONAL
	Z_PARAM_DOUBLE_OR_NULL(timeout, forever)
	ZEND_PARSE_PARAMETERS_END();

	if (!forever && !php_mqs_wait_seconds_check(timeout, 2)) {
		RETURN_THROWS();
	}
	uint32_t count = zend_hash_num_elements(given);
	zend_object **futures = ecalloc(count + 1, sizeof(*futures));
	if (collect(given, futures) == SUCCESS &&
	    php_mqs_futures_await(futures, count, forever ? -1.0 : timeout) == SUCCESS) {
		results(given, futures, count, return_value);
	}
	for (uint32_t i = 0; i < count; i++) {
		if (futures[i]) {
			OBJ_RELEASE(futures[i]);
		}
	}
	efree(futures);
}
