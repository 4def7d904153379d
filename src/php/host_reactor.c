/* SPDX-License-Identifier: MIT
 *
 * src/php/host_reactor.c - coroutines, timers and watched descriptors of the host, found by name and called without
 * looking up anything again.
 * Owns: the closures that the host calls, one of each kind for the life of the server object.
 */
#include "host_private.h"
#include "host_runs.h"
#include "zend_exceptions.h"

#define TIMER_MAX_MS 60000

/* ---- what the host has --------------------------------------------------------------------------------------- */

static zend_class_entry *find_class(const char *name)
{
	zend_string *text = zend_string_init(name, strlen(name), 0);
	zend_class_entry *ce = zend_lookup_class_ex(text, NULL, ZEND_FETCH_CLASS_NO_AUTOLOAD);
	zend_string_release(text);
	return ce;
}

static zend_function *find_method(zend_class_entry *ce, const char *name)
{
	return ce ? zend_hash_str_find_ptr(&ce->function_table, name, strlen(name)) : NULL;
}

static zend_long find_constant(const char *name, zend_long otherwise)
{
	zval *value = zend_get_constant_str(name, strlen(name));
	return value && Z_TYPE_P(value) == IS_LONG ? Z_LVAL_P(value) : otherwise;
}

static void detect_swoole(host_reactor *reactor, zend_class_entry *coroutine)
{
	zend_class_entry *timer = find_class("Swoole\\Timer");
	zend_class_entry *event = find_class("Swoole\\Event");
	reactor->kind = HOST_SWOOLE;
	reactor->create = find_method(coroutine, "create");
	reactor->current = find_method(coroutine, "getcid");
	reactor->suspend = find_method(coroutine, "suspend");
	reactor->resume = find_method(coroutine, "resume");
	reactor->after = find_method(timer, "after");
	reactor->clear = find_method(timer, "clear");
	reactor->add = find_method(event, "add");
	reactor->set = find_method(event, "set");
	reactor->del = find_method(event, "del");
	reactor->defer = find_method(event, "defer");
	reactor->read_flag = find_constant("SWOOLE_EVENT_READ", 512);
	reactor->write_flag = find_constant("SWOOLE_EVENT_WRITE", 1024);
	reactor->server = find_class("Swoole\\Server");
	if (!reactor->create || !reactor->current) {
		memset(reactor, 0, sizeof(*reactor));
	}
}

static void detect_swow(host_reactor *reactor, zend_class_entry *coroutine)
{
	reactor->kind = HOST_SWOW;
	reactor->create = find_method(coroutine, "run");
	reactor->current = find_method(coroutine, "getcurrent");
	reactor->suspend = find_method(coroutine, "yield");
	reactor->resume = find_method(coroutine, "resume");
	reactor->after = zend_hash_str_find_ptr(EG(function_table), ZEND_STRL("msleep"));
	if (!reactor->create || !reactor->current) {
		memset(reactor, 0, sizeof(*reactor));
	}
}

void php_mqs_reactor_detect(php_mqs_host *host)
{
	memset(&host->reactor, 0, sizeof(host->reactor));
	zend_class_entry *coroutine = find_class("Swoole\\Coroutine");
	if (coroutine) {
		detect_swoole(&host->reactor, coroutine);
		return;
	}
	coroutine = find_class("Swow\\Coroutine");
	if (coroutine) {
		detect_swow(&host->reactor, coroutine);
	}
}

/* ---- calls into it ------------------------------------------------------------------------------------------- */

bool php_mqs_host_try(
    php_mqs_host *host, zend_function *func, zend_object *object, uint32_t argc, zval *argv, zval *ret)
{
	ZVAL_UNDEF(ret);
	host->server->callee = NULL;
	if (func->type == ZEND_INTERNAL_FUNCTION && !(func->common.fn_flags & ZEND_ACC_VARIADIC)) {
		argc = MIN(argc, func->common.num_args);
	}
	zend_call_known_function(func, object, object->ce, ret, argc, argv, NULL);
	if (EXPECTED(!EG(exception))) {
		return true;
	}
	zval_ptr_dtor(ret);
	ZVAL_UNDEF(ret);
	return false;
}

bool php_mqs_host_call(
    php_mqs_host *host, zend_function *func, zend_object *object, uint32_t argc, zval *argv, zval *ret)
{
	char what[128];
	if (EXPECTED(php_mqs_host_try(host, func, object, argc, argv, ret))) {
		return true;
	}
	snprintf(what, sizeof(what), "%s::%s()", ZSTR_VAL(func->common.scope->name), ZSTR_VAL(func->common.function_name));
	php_mqs_exception_log(host->server, what, mqs_bytes_make(NULL, 0));
	return false;
}

/* A static method, or a function. */
static bool call_static(php_mqs_host *host, zend_function *func, uint32_t argc, zval *argv, zval *ret)
{
	ZVAL_UNDEF(ret);
	host->server->callee = NULL;
	zend_call_known_function(func, NULL, func->common.scope, ret, argc, argv, NULL);
	if (EXPECTED(!EG(exception))) {
		return true;
	}
	zval_ptr_dtor(ret);
	ZVAL_UNDEF(ret);
	php_mqs_exception_log(host->server, ZSTR_VAL(func->common.function_name), mqs_bytes_make(NULL, 0));
	return false;
}

static bool call_for_bool(php_mqs_host *host, zend_function *func, uint32_t argc, zval *argv)
{
	zval ret;
	if (!call_static(host, func, argc, argv, &ret)) {
		return false;
	}
	bool done = Z_TYPE(ret) != IS_FALSE;
	zval_ptr_dtor(&ret);
	return done;
}

/* ---- functions that it calls --------------------------------------------------------------------------------- */

static zend_string *callback_name;

/* The first argument, if it is a number. */
static zend_long number_argument(zend_execute_data *execute_data)
{
	return ZEND_NUM_ARGS() > 0 && Z_TYPE_P(ZEND_CALL_ARG(execute_data, 1)) == IS_LONG
	           ? Z_LVAL_P(ZEND_CALL_ARG(execute_data, 1))
	           : 0;
}

static void run_callback(zend_execute_data *execute_data, void (*body)(php_mqs_host *host, zend_long number), bool own)
{
	php_mqs_server *server = Z_MQS_SERVER_P(ZEND_THIS);
	/* A coroutine of our own has no way into another process. */
	php_mqs_host *host = own && server->host && server->host->ready ? server->host : php_mqs_host_enter(server);
	if (host) {
		body(host, number_argument(execute_data));
	}
	/* Whoever is called by the loop of the host has nobody who would catch. The exception of a coroutine that is being
	 * destroyed is not ours to clear. */
	if (EG(exception) && !zend_is_graceful_exit(EG(exception))) {
		php_mqs_exception_log(server, "a callback", mqs_bytes_make(NULL, 0));
	}
}

#define CALLBACK(name, body, own)                                                                                      \
	static ZEND_NAMED_FUNCTION(name)                                                                                   \
	{                                                                                                                  \
		ZVAL_NULL(return_value);                                                                                       \
		run_callback(execute_data, body, own);                                                                         \
	}

static void do_tick(php_mqs_host *host, zend_long number)
{
	(void)number;
	host->timer = 0;
	php_mqs_host_tick(host);
}

static void do_defer(php_mqs_host *host, zend_long number)
{
	(void)number;
	host->deferred = false;
	host->unsent = 0;
	php_mqs_hosted_pause_held(host);
	php_mqs_host_settle(host, NULL);
	php_mqs_host_drain_turn(host);
}

static void do_sleep(php_mqs_host *host, zend_long number)
{
	zval delay;
	int64_t left_ms = host->timer_ms - php_mqs_server_now_ms(host->server);
	ZVAL_LONG(&delay, MAX(1, left_ms));
	if (call_for_bool(host, host->reactor.after, 1, &delay) && !EG(exception) && host->timer == number) {
		do_tick(host, number);
	}
}

static void do_run(php_mqs_host *host, zend_long number)
{
	php_mqs_lane_run(host, (uint64_t)number);
}

static void do_deliver(php_mqs_host *host, zend_long number)
{
	php_mqs_hooks_run_delivery(host->server, (uint64_t)number);
}

static void do_flush(php_mqs_host *host, zend_long number)
{
	(void)number;
	php_mqs_hosted_send_out(host);
}

static void do_timer(php_mqs_host *host, zend_long number)
{
	php_mqs_run *run = php_mqs_run_begin(PHP_MQS_JOB_TIMER, host->server);
	php_mqs_timer_fire(host->server, number);
	php_mqs_run_end(run);
	if (!EG(exception)) {
		php_mqs_host_settle_later(host, NULL);
	}
}

static void do_read(php_mqs_host *host, zend_long number)
{
	php_mqs_host_mesh_io(host, (int)number, true, false);
}

static void do_write(php_mqs_host *host, zend_long number)
{
	php_mqs_host_mesh_io(host, (int)number, false, true);
}

CALLBACK(callback_tick, do_tick, false)
CALLBACK(callback_defer, do_defer, false)
CALLBACK(callback_sleep, do_sleep, false)
CALLBACK(callback_run, do_run, true)
CALLBACK(callback_deliver, do_deliver, true)
CALLBACK(callback_flush, do_flush, true)
CALLBACK(callback_timer, do_timer, true)
CALLBACK(callback_read, do_read, false)
CALLBACK(callback_write, do_write, false)

ZEND_BEGIN_ARG_INFO_EX(callback_arguments, 0, 0, 0)
ZEND_ARG_INFO(0, number)
ZEND_END_ARG_INFO()

static const zif_handler callback_handlers[HOST_CALL_COUNT] = {
    [HOST_CALL_TICK] = callback_tick,
    [HOST_CALL_DEFER] = callback_defer,
    [HOST_CALL_SLEEP] = callback_sleep,
    [HOST_CALL_RUN] = callback_run,
    [HOST_CALL_DELIVER] = callback_deliver,
    [HOST_CALL_FLUSH] = callback_flush,
    [HOST_CALL_TIMER] = callback_timer,
    [HOST_CALL_READ] = callback_read,
    [HOST_CALL_WRITE] = callback_write,
};

void php_mqs_host_minit(void)
{
	callback_name = zend_string_init_interned(ZEND_STRL("mqtt_server callback"), 1);
}

/* [borrowed] The closure, made at first use; it keeps the server object alive as long as the host keeps it. */
static zval *closure_of(php_mqs_host *host, host_callback which)
{
	zval *closure = &host->closures[which];
	if (Z_TYPE_P(closure) == IS_UNDEF) {
		const php_mqs_function function = {callback_handlers[which], callback_arguments, 1, 0};
		php_mqs_closure_make(closure, callback_name, &function, &host->server->std);
	}
	return closure;
}

void php_mqs_reactor_clear(php_mqs_host *host)
{
	for (int i = 0; i < HOST_CALL_COUNT; i++) {
		zval closure;
		ZVAL_COPY_VALUE(&closure, &host->closures[i]);
		ZVAL_UNDEF(&host->closures[i]);
		zval_ptr_dtor(&closure);
	}
}

void php_mqs_reactor_gc(php_mqs_host *host, zend_get_gc_buffer *buffer)
{
	for (int i = 0; i < HOST_CALL_COUNT; i++) {
		zend_get_gc_buffer_add_zval(buffer, &host->closures[i]);
	}
}

/* ---- coroutines ---------------------------------------------------------------------------------------------- */

bool php_mqs_reactor_in_coroutine(php_mqs_host *host)
{
	zval ret;
	if (host->reactor.kind != HOST_SWOOLE) {
		return host->reactor.kind == HOST_SWOW;
	}
	zend_call_known_function(host->reactor.current, NULL, host->reactor.current->common.scope, &ret, 0, NULL, NULL);
	return Z_TYPE(ret) == IS_LONG && Z_LVAL(ret) >= 0;
}

bool php_mqs_reactor_spawn(php_mqs_host *host, host_callback callback, zend_long argument)
{
	zval args[2];
	/* The closure may be let go meanwhile. */
	ZVAL_COPY(&args[0], closure_of(host, callback));
	ZVAL_LONG(&args[1], argument);
	host->spawning++;
	bool done = call_for_bool(host, host->reactor.create, 2, args);
	host->spawning--;
	zval_ptr_dtor(&args[0]);
	return done;
}

bool php_mqs_reactor_defer(php_mqs_host *host)
{
	zval closure;
	if (!host->reactor_on || !host->reactor.defer) {
		return false;
	}
	ZVAL_COPY(&closure, closure_of(host, HOST_CALL_DEFER));
	bool done = call_for_bool(host, host->reactor.defer, 1, &closure);
	zval_ptr_dtor(&closure);
	return done;
}

bool php_mqs_reactor_suspend(php_mqs_host *host, zval *out)
{
	if (!host->reactor.suspend || !host->reactor.resume || !php_mqs_reactor_in_coroutine(host) ||
	    !call_static(host, host->reactor.current, 0, NULL, out)) {
		return false;
	}
	return call_for_bool(host, host->reactor.suspend, 0, NULL);
}

void php_mqs_reactor_resume(php_mqs_host *host, zval *coroutine)
{
	zval ret;
	if (Z_TYPE_P(coroutine) == IS_OBJECT) {
		php_mqs_host_call(host, host->reactor.resume, Z_OBJ_P(coroutine), 0, NULL, &ret);
	} else {
		call_static(host, host->reactor.resume, 1, coroutine, &ret);
	}
	zval_ptr_dtor(&ret);
}

/* ---- the timer ----------------------------------------------------------------------------------------------- */

static void arm_swoole(php_mqs_host *host, int64_t delay_ms)
{
	zval args[2], ret;
	ZVAL_LONG(&args[0], delay_ms);
	ZVAL_COPY(&args[1], closure_of(host, HOST_CALL_TICK));
	if (call_static(host, host->reactor.after, 2, args, &ret)) {
		host->timer = Z_TYPE(ret) == IS_LONG ? Z_LVAL(ret) : 0;
		zval_ptr_dtor(&ret);
	}
	zval_ptr_dtor(&args[1]);
}

static void arm_swow(php_mqs_host *host)
{
	host->timer = ++host->last_sleep;
	if (!php_mqs_reactor_spawn(host, HOST_CALL_SLEEP, host->timer)) {
		host->timer = 0;
	}
}

void php_mqs_reactor_arm(php_mqs_host *host, int64_t due_ms, int64_t now_ms)
{
	if (!host->reactor_on || !host->reactor.after || due_ms == INT64_MAX || (host->timer && host->timer_ms <= due_ms)) {
		return;
	}
	php_mqs_reactor_disarm(host);
	int64_t delay_ms = due_ms > now_ms ? MIN(due_ms - now_ms, TIMER_MAX_MS) : 1;
	host->timer_ms = now_ms + delay_ms;
	if (host->reactor.kind == HOST_SWOOLE) {
		arm_swoole(host, delay_ms);
	} else {
		arm_swow(host);
	}
}

void php_mqs_reactor_disarm(php_mqs_host *host)
{
	zval timer;
	if (!host->timer) {
		return;
	}
	ZVAL_LONG(&timer, host->timer);
	host->timer = 0; /* a coroutine that sleeps finds that it is not the one any more */
	if (host->reactor.clear) {
		call_for_bool(host, host->reactor.clear, 1, &timer);
	}
}

/* ---- descriptors --------------------------------------------------------------------------------------------- */

bool php_mqs_reactor_watches(const php_mqs_host *host)
{
	return host->reactor_on && host->reactor.add && host->reactor.set && host->reactor.del;
}

bool php_mqs_reactor_watch(php_mqs_host *host, int fd, bool read, bool write)
{
	zval args[4];
	bool known = zend_hash_index_exists(&host->watched, (zend_ulong)fd);
	if (!php_mqs_reactor_watches(host)) {
		return false;
	}
	ZVAL_LONG(&args[0], fd);
	if (!read && !write) {
		zend_hash_index_del(&host->watched, (zend_ulong)fd);
		return !known || call_for_bool(host, host->reactor.del, 1, args);
	}
	ZVAL_COPY(&args[1], closure_of(host, HOST_CALL_READ));
	ZVAL_COPY(&args[2], closure_of(host, HOST_CALL_WRITE));
	ZVAL_LONG(&args[3], (read ? host->reactor.read_flag : 0) | (write ? host->reactor.write_flag : 0));
	bool done = call_for_bool(host, known ? host->reactor.set : host->reactor.add, 4, args);
	zval_ptr_dtor(&args[1]);
	zval_ptr_dtor(&args[2]);
	if (done && !known) {
		zval entry;
		ZVAL_TRUE(&entry);
		zend_hash_index_add(&host->watched, (zend_ulong)fd, &entry);
	}
	return done;
}
