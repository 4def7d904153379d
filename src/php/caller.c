/* SPDX-License-Identifier: MIT
 *
 * src/php/caller.c - the one way into user code.
 *
 * What can come back from PHP: a value, an exception, an unwind-exit (exit(), but in some builds of PHP also an
 * exhausted memory limit), or a longjmp (any other fatal error). All four end here. After a fatal error the loop is
 * left first, and start() bails out again once everything is closed.
 *
 * Two ends go further. A child process that a handler forked shares our sockets: it must not come back to the loop, so
 * its exit() or error ends it. And a Fiber that is destroyed while start() runs in it has to be left: the server stops.
 */
#include "caller.h"
#include "fiber_pool.h"
#include "globals.h"
#include "zend_closures.h"
#include "zend_exceptions.h"
#include "zend_interfaces.h"
#include "main/php_globals.h"
#include "main/php_output.h"
#include "main/SAPI.h"
#include <uv.h>

#define FATAL_ERRORS (E_ERROR | E_CORE_ERROR | E_COMPILE_ERROR | E_PARSE | E_USER_ERROR)

/* ---- callees ---- */

static zend_string *label_of(const zend_fcall_info_cache *cache, zval *callable)
{
	const zend_function *func = cache->function_handler;
	if (func && func->type == ZEND_USER_FUNCTION && (func->common.fn_flags & ZEND_ACC_CLOSURE)) {
		const char *file = ZSTR_VAL(func->op_array.filename);
		const char *slash = strrchr(file, '/');
		return zend_strpprintf(0, "closure at %s:%u", slash ? slash + 1 : file, func->op_array.line_start);
	}
	return zend_get_callable_name(callable);
}

void php_mqs_callee_init(php_mqs_callee *callee, const zend_fcall_info *info, const zend_fcall_info_cache *cache)
{
	ZVAL_COPY(&callee->keeper, &info->function_name);
	callee->label = label_of(cache, &callee->keeper);
	/* A trampoline of __call() is made for one call: the engine looks the callable up each time. */
	bool known = cache->function_handler && !(cache->function_handler->common.fn_flags & ZEND_ACC_CALL_VIA_TRAMPOLINE);
	callee->func = known ? cache->function_handler : NULL;
	callee->object = known ? cache->object : NULL;
	callee->scope = known ? cache->called_scope : NULL;
}

void php_mqs_callee_init_method(php_mqs_callee *callee, zend_class_entry *ce, zend_function *method)
{
	ZVAL_UNDEF(&callee->keeper);
	callee->label = zend_strpprintf(0, "%s::%s", ZSTR_VAL(ce->name), ZSTR_VAL(method->common.function_name));
	callee->func = method;
	callee->object = NULL;
	callee->scope = ce;
}

void php_mqs_callee_clear(php_mqs_callee *callee)
{
	/* It may be the one that ran last: log lines would name it. */
	for (php_mqs_server *each = MQS_G(servers); each; each = each->next) {
		if (each->callee == callee->label) {
			each->callee = NULL;
		}
	}
	zval keeper;
	ZVAL_COPY_VALUE(&keeper, &callee->keeper);
	ZVAL_UNDEF(&callee->keeper);
	zend_string_release(callee->label);
	zval_ptr_dtor(&keeper);
}

/* ---- functions of ours ---- */

void php_mqs_closure_make(zval *out, zend_string *name, const php_mqs_function *function, zend_object *self)
{
	zend_internal_function internal;
	zval this_value;
	memset(&internal, 0, sizeof(internal));
	internal.type = ZEND_INTERNAL_FUNCTION;
	internal.function_name = name;
	internal.num_args = function->count;
	internal.required_num_args = function->required;
	internal.arg_info = (zend_internal_arg_info *)function->arguments + 1;
	internal.handler = function->handler;
	internal.module = &mqtt_server_module_entry;
	if (!self) {
		zend_create_closure(out, (zend_function *)&internal, NULL, NULL, NULL);
		return;
	}
	internal.fn_flags = ZEND_ACC_PUBLIC;
	internal.scope = php_mqs_server_ce;
	ZVAL_OBJ(&this_value, self);
	zend_create_closure(out, (zend_function *)&internal, php_mqs_server_ce, self->ce, &this_value);
}

/* ---- what went wrong ---- */

/* Whose fault it is, for a log line: the user code that ran last, or what was going on. */
typedef struct culprit {
	char name[256];
} culprit;

static culprit culprit_of(const php_mqs_server *server, const char *what)
{
	culprit out;
	snprintf(out.name, sizeof(out.name), "%s%s", server->callee ? "handler " : "",
	    server->callee ? ZSTR_VAL(server->callee) : what);
	return out;
}

static void log_text(php_mqs_server *server, mqs_bytes client_id, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *text;
	vspprintf(&text, 0, format, args);
	va_end(args);
	php_mqs_log_line(server, MQS_LOG_ERROR, text, client_id);
	efree(text);
}

/* A property of an exception, read without running its methods. */
static zval *exception_property(zend_object *exception, const char *name, size_t len, zval *rv)
{
	zend_class_entry *base = instanceof_function(exception->ce, zend_ce_exception) ? zend_ce_exception : zend_ce_error;
	zval *value = zend_read_property(base, exception, name, len, true, rv);
	ZVAL_DEREF(value);
	return value;
}

static void exception_write(php_mqs_server *server, zend_object *exception, const char *what, mqs_bytes client_id)
{
	zval rv_message, rv_file, rv_line;
	zval *message = exception_property(exception, ZEND_STRL("message"), &rv_message);
	zval *file = exception_property(exception, ZEND_STRL("file"), &rv_file);
	zval *line = exception_property(exception, ZEND_STRL("line"), &rv_line);
	log_text(server, client_id, "%s threw %s: %s in %s:" ZEND_LONG_FMT, culprit_of(server, what).name,
	    ZSTR_VAL(exception->ce->name), Z_TYPE_P(message) == IS_STRING ? Z_STRVAL_P(message) : "",
	    Z_TYPE_P(file) == IS_STRING ? Z_STRVAL_P(file) : "?", Z_TYPE_P(line) == IS_LONG ? Z_LVAL_P(line) : 0);
}

static void fatal(php_mqs_server *server, const char *what, mqs_bytes client_id)
{
	server->fatal = true;
	if (server->net) {
		mqs_net_abort(server->net);
	}
	php_mqs_log_fatal(server, culprit_of(server, what).name, PG(last_error_message), PG(last_error_file),
	    PG(last_error_lineno), client_id);
}

/* A process that user code forked off while the server ran? */
static bool in_child(const php_mqs_server *server)
{
	return server->net && uv_os_getpid() != server->pid;
}

/* Ends the child by a bailout through all guards; the parent's connections are not touched. */
static ZEND_COLD void leave_child(php_mqs_server *server)
{
	server->forked = true;
	zend_bailout();
}

/* The Fiber that start() runs in is being destroyed; start() raises its exit again. */
static ZEND_COLD void leave_fiber(php_mqs_server *server)
{
	server->unwinding = true;
	mqs_net_stop(server->net, MQTT_RC_SERVER_SHUTTING_DOWN);
}

void php_mqs_exception_log(php_mqs_server *server, const char *what, mqs_bytes client_id)
{
	if (!EG(exception)) {
		return;
	}
	if (server->host && zend_is_graceful_exit(EG(exception))) {
		return; /* the coroutine is being destroyed: its frames unwind, ours too */
	}
	if (server->fibers && zend_is_graceful_exit(EG(exception)) && !php_mqs_fibers_at_home(server)) {
		return; /* the same with a fiber in which a handler waits */
	}
	server->handler_errors++;
	if (zend_is_graceful_exit(EG(exception)) && server->net) {
		zend_clear_exception();
		leave_fiber(server);
		return;
	}
	if (zend_is_unwind_exit(EG(exception)) || zend_is_graceful_exit(EG(exception))) {
		zend_clear_exception();
		if (in_child(server)) {
			leave_child(server);
		}
		/* Fatal errors are never behind us: one that is the last error now has just happened. */
		if (PG(last_error_message) && (PG(last_error_type) & FATAL_ERRORS)) {
			if (server->host) {
				zend_bailout();
			}
			fatal(server, what, client_id);
			zend_bailout();
		}
		EG(exit_status) = 0;
		log_text(server, client_id, "%s called exit()", culprit_of(server, what).name);
		return;
	}
	zend_object *exception = EG(exception);
	GC_ADDREF(exception);
	zend_clear_exception();
	exception_write(server, exception, what, client_id);
	OBJ_RELEASE(exception);
	if (EG(exception)) {
		/* A destructor behind the exception threw too. */
		zend_clear_exception();
	}
	if (in_child(server)) {
		EG(exit_status) = 255;
		leave_child(server);
	}
	php_mqs_pass_fatal(server);
}

/* ---- calls ---- */

zend_result php_mqs_call_through(
    php_mqs_server *server, const php_mqs_callee *callee, uint32_t argc, zval *argv, zval *ret)
{
	ZVAL_UNDEF(ret);
	server->handler_calls++;
	server->callee = callee->label;
	if (callee->func) {
		uint32_t count = callee->func->type == ZEND_INTERNAL_FUNCTION ? MIN(argc, callee->func->common.num_args) : argc;
		zend_call_known_function(callee->func, callee->object, callee->scope, ret, count, argv, NULL);
	} else {
		zval callable;
		ZVAL_COPY(&callable, &callee->keeper);
		call_user_function(NULL, NULL, &callable, ret, argc, argv);
		zval_ptr_dtor(&callable);
	}
	server->callee = callee->label; /* others may have run while it waited */
	if (EXPECTED(!EG(exception))) {
		return SUCCESS;
	}
	zval_ptr_dtor(ret);
	ZVAL_UNDEF(ret);
	return FAILURE;
}

zend_result php_mqs_call(
    php_mqs_server *server, const php_mqs_callee *callee, mqs_bytes client_id, uint32_t argc, zval *argv, zval *ret)
{
	zend_result result = php_mqs_call_through(server, callee, argc, argv, ret);
	if (UNEXPECTED(result == FAILURE)) {
		php_mqs_exception_log(server, "", client_id);
	}
	return result;
}

/* In a host: no loop of ours to protect, and output and fatal errors are not ours either. */
static bool run_hosted(
    php_mqs_server *server, void (*body)(void *ctx), void *ctx, const char *what, mqs_bytes client_id)
{
	server->callee = NULL;
	body(ctx);
	php_mqs_exception_log(server, what, client_id);
	server->callee = NULL;
	return true;
}

/* After a bailout. */
static ZEND_COLD void bailed_out(php_mqs_server *server, const char *what, mqs_bytes client_id)
{
	if (server->forked || in_child(server)) {
		leave_child(server);
	}
	if (!server->fatal) {
		fatal(server, what, client_id);
	}
}

/* Milliseconds of the clock that the loop has. A coarse one is enough, and is read for next to nothing. */
static int64_t clock_ms(void)
{
#ifdef CLOCK_MONOTONIC_COARSE
	struct timespec now;
	if (clock_gettime(CLOCK_MONOTONIC_COARSE, &now) == 0) {
		return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	}
#endif
	return (int64_t)(uv_hrtime() / 1000000);
}

/* While user code runs, nobody else is served: tells whose code took long. The time since the loop woke up counts, or
 * since the last code ended. */
static void watch(php_mqs_server *server, const char *what)
{
	int64_t limit_ms = server->options.slow_handler_ms;
	if (limit_ms == 0 || server->guard_depth > 0 || !server->net) {
		return;
	}
	int64_t now_ms = clock_ms(), since_ms = MAX(server->watched_ms, mqs_net_now_ms(server->net));
	server->watched_ms = now_ms;
	if (UNEXPECTED(now_ms - since_ms >= limit_ms)) {
		php_mqs_log_format(server, MQS_LOG_WARNING, mqs_bytes_make(NULL, 0), "%s held the loop for %" PRId64 " ms",
		    culprit_of(server, what).name, now_ms - since_ms);
	}
}

/* Is there something to flush? Not from within the function that an output buffer calls: PHP takes that for a fatal
 * error. */
static bool output_is_buffered(void)
{
	return php_output_get_level() > 0 && !OG(running);
}

bool php_mqs_guard_for(
    php_mqs_server *server, void (*body)(void *ctx), void *ctx, const char *what, const mqs_bytes *client_id)
{
	if (server->host) {
		return run_hosted(server, body, ctx, what, *client_id);
	}
	if (server->fatal) {
		return false;
	}
	zend_string *outer = server->callee;
	zend_execute_data *frame = EG(current_execute_data);
	JMP_BUF *bailout = EG(bailout);
	volatile bool done = false;
	server->callee = NULL;
	server->guard_depth++;
	zend_try
	{
		body(ctx);
		php_mqs_exception_log(server, what, *client_id);
		if (output_is_buffered()) {
			/* The job that runs around this one may stand inside the broker. */
			php_mqs_no_waiting_begin(server);
			php_output_flush_all();
			php_mqs_exception_log(server, "an output buffer", *client_id);
			php_mqs_no_waiting_end(server);
		}
		done = true;
	}
	zend_end_try();
	EG(bailout) = bailout;
	server->guard_depth--;
	if (UNEXPECTED(!done)) {
		EG(current_execute_data) = frame;
		bailed_out(server, what, *client_id);
	} else {
		watch(server, what);
	}
	server->callee = outer;
	return done;
}

bool php_mqs_guard(php_mqs_server *server, void (*body)(void *ctx), void *ctx, const char *what, mqs_bytes client_id)
{
	return php_mqs_guard_for(server, body, ctx, what, &client_id);
}

void php_mqs_guard_next(php_mqs_server *server, const char *what)
{
	server->guard_depth--;
	watch(server, what);
	server->guard_depth++;
	server->callee = NULL;
}

static void flush_output(void *ctx)
{
	(void)ctx; /* the guard around it flushes */
}

bool php_mqs_guard_fiber(
    php_mqs_server *server, bool (*switch_to)(void *ctx), void *ctx, const char *what, const mqs_bytes *client_id)
{
	if (UNEXPECTED(server->fatal)) {
		return false;
	}
	zend_string *outer = server->callee;
	server->callee = NULL;
	server->guard_depth++;
	bool done = switch_to(ctx);
	server->guard_depth--;
	if (UNEXPECTED(!done)) {
		bailed_out(server, what, *client_id);
	} else if (UNEXPECTED(output_is_buffered())) {
		done = php_mqs_guard_for(server, flush_output, NULL, "an output buffer", client_id);
	} else {
		watch(server, what);
	}
	server->callee = outer;
	return done;
}

void php_mqs_pass_fatal(const php_mqs_server *server)
{
	if (UNEXPECTED(server->fatal) && server->guard_depth > 0) {
		zend_bailout();
	}
}
