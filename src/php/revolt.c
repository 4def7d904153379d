/* SPDX-License-Identifier: MIT
 *
 * src/php/revolt.c - the server's side of RevoltDriver (src/php/library/Async), and MqttServer\Async\Wait.
 *
 * Revolt's loop is a Fiber of its own that its driver's run() resumes, and that waits in the driver's dispatch().
 * Without a server dispatch() runs a libuv loop. While a server runs, its loop is the only one: a watch that fires only
 * notes itself and asks for a turn; the turn calls run(), dispatch() returns, Revolt calls back whom it has to, comes
 * to dispatch() again, and that suspends with a closure, which run() takes for an interruption and calls. The closure
 * throws the `pause`, which ends here.
 */
#include "php_mqs.h"
#include "revolt_private.h"
#include "caller.h"
#include "fiber_pool.h"
#include "library.h"
#include "zend_exceptions.h"
#include "zend_fibers.h"
#include "zend_interfaces.h"

#include "php_stubs/Wait_arginfo.h"

/* ---- the server's side ---------------------------------------------------------------------------------------- */

static const mqs_bytes nobody = {NULL, 0};

static bool is_installed(void)
{
	zend_string *name = ZSTR_INIT_LITERAL("Revolt\\EventLoop\\Internal\\AbstractDriver", false);
	bool there = zend_lookup_class(name) != NULL;
	zend_string_release(name);
	return there;
}

static void call_method(php_mqs_server *server, const char *name)
{
	zend_object *driver = Z_OBJ(server->revolt);
	zend_call_method(driver, driver->ce, NULL, name, strlen(name), NULL, 0, NULL, NULL);
}

zend_result php_mqs_revolt_begin(php_mqs_server *server)
{
	zval rv, driver;
	zend_class_entry *ce = is_installed() ? php_mqs_library_declare("Async/RevoltDriver") : NULL;
	if (ce) {
		zend_call_method_with_0_params(NULL, ce, NULL, "install", &driver);
	}
	if (EG(exception)) {
		return FAILURE;
	}
	if (ce && Z_TYPE(driver) == IS_STRING) {
		php_mqs_log_format(server, MQS_LOG_WARNING, nobody,
		    "Revolt's event loop stands still while the server runs: %s", Z_STRVAL(driver));
		zval_ptr_dtor(&driver);
	} else if (ce) {
		zval *loop = zend_read_property(ce, Z_OBJ(driver), ZEND_STRL("loop"), true, &rv);
		ZVAL_COPY_VALUE(&server->revolt, &driver);
		server->revolt_loop = PHP_MQS_LOOP_OF(Z_OBJ_P(loop));
		php_mqs_loop_move(server->revolt_loop, server);
		call_method(server, "enter");
		php_mqs_loop_want_turn(server->revolt_loop);
	}
	return EG(exception) ? FAILURE : SUCCESS;
}

/* Revolt wraps what nobody has caught; the log line is to name the exception itself. */
static void unwrap_exception(void)
{
	zend_object *wrapper = EG(exception);
	zval rv;
	if (!wrapper || !zend_string_equals_literal(wrapper->ce->name, "Revolt\\EventLoop\\UncaughtThrowable")) {
		return;
	}
	zval *cause = zend_read_property(zend_ce_error, wrapper, ZEND_STRL("previous"), true, &rv);
	if (Z_TYPE_P(cause) == IS_OBJECT) {
		zend_object *exception = Z_OBJ_P(cause);
		GC_ADDREF(exception);
		zend_clear_exception();
		zend_throw_exception_internal(exception);
	}
}

static void call_run(void *ctx)
{
	php_mqs_server *server = ctx;
	call_method(server, "run");
	php_mqs_loop *loop = server->revolt_loop;
	if (EG(exception) == Z_OBJ(loop->pause)) {
		zend_clear_exception();
	} else if (EG(exception)) {
		/* Somebody's exception came between: the rest is still to be done. */
		loop->exited = zend_is_unwind_exit(EG(exception));
		unwrap_exception();
		php_mqs_loop_want_turn(loop);
	}
}

static void call_repair(void *ctx)
{
	call_method(ctx, "repair");
}

static void call_leave(void *ctx)
{
	php_mqs_server *server = ctx;
	call_method(server, "leave");
	php_mqs_exception_log(server, "a callback of Revolt's event loop", nobody);
	zend_hash_clean(&server->revolt_loop->suspensions);
}

static void release_driver(void *ctx)
{
	php_mqs_server *server = ctx;
	zval driver;
	ZVAL_COPY_VALUE(&driver, &server->revolt);
	ZVAL_UNDEF(&server->revolt);
	zval_ptr_dtor(&driver);
}

/* Runs PHP code that may come back to the loop. */
static void drive(php_mqs_server *server, void (*body)(void *ctx), void *ctx)
{
	server->revolt_loop->driven = true;
	php_mqs_guard(server, body, ctx, "a callback of Revolt's event loop", nobody);
	server->revolt_loop->driven = false;
}

void php_mqs_revolt_turn(php_mqs_server *server)
{
	php_mqs_loop *loop = server->revolt_loop;
	if (loop && loop->wanted && !server->fatal) {
		loop->wanted = false;
		drive(server, call_run, server);
		if (loop->exited && !server->fatal) {
			loop->exited = false;
			drive(server, call_repair, server);
		}
	}
}

void php_mqs_revolt_end(php_mqs_server *server)
{
	php_mqs_loop *loop = server->revolt_loop;
	if (!loop) {
		return;
	}
	if (!server->fatal) {
		drive(server, call_leave, server);
	}
	php_mqs_loop_move(loop, NULL);
	server->revolt_loop = NULL;
	/* After a fatal error the engine frees all objects without us. */
	php_mqs_guard(server, release_driver, server, "a destructor", nobody);
	ZVAL_UNDEF(&server->revolt);
}

void php_mqs_revolt_job_over(php_mqs_server *server)
{
	static const char name[] = "revolt\\eventloop\\fiberlocal";
	php_mqs_loop *loop = server->revolt_loop;
	if (EG(exception)) {
		return;
	}
	if (!loop->clear) {
		zend_class_entry *ce = zend_hash_str_find_ptr(EG(class_table), name, sizeof(name) - 1);
		loop->clear = ce ? zend_hash_str_find_ptr(&ce->function_table, ZEND_STRL("clear")) : NULL;
	}
	/* The job is over: destructors cannot wait. */
	zend_fiber_switch_block();
	zend_hash_index_del(&loop->suspensions, EG(active_fiber)->std.handle);
	php_mqs_exception_log(server, "a destructor", nobody);
	if (loop->clear) {
		zend_call_known_function(loop->clear, NULL, loop->clear->common.scope, NULL, 0, NULL, NULL);
	}
	php_mqs_exception_log(server, "a destructor", nobody);
	zend_fiber_switch_unblock();
}

/* ---- MqttServer\Async\Wait: one wait -------------------------------------------------------------------------- */

typedef struct wait_object {
	php_mqs_suspension *suspension; /* [owned] NULL: not constructed */
	zend_object std;
} wait_object;

#define WAIT_OF(obj) ((wait_object *)((char *)(obj)-offsetof(wait_object, std)))

static zend_object_handlers wait_handlers;

static zend_object *wait_create(zend_class_entry *ce)
{
	wait_object *wait = zend_object_alloc(sizeof(*wait), ce);
	wait->suspension = NULL;
	zend_object_std_init(&wait->std, ce);
	object_properties_init(&wait->std, ce);
	wait->std.handlers = &wait_handlers;
	return &wait->std;
}

static void wait_free(zend_object *obj)
{
	if (WAIT_OF(obj)->suspension) {
		php_mqs_suspension_release(WAIT_OF(obj)->suspension);
	}
	zend_object_std_dtor(obj);
}

static HashTable *wait_gc(zend_object *obj, zval **table, int *n)
{
	zend_get_gc_buffer *buffer = zend_get_gc_buffer_create();
	if (WAIT_OF(obj)->suspension) {
		php_mqs_suspension_gc(WAIT_OF(obj)->suspension, buffer);
	}
	zend_get_gc_buffer_use(buffer, table, n);
	return zend_std_get_properties(obj);
}

static php_mqs_suspension *suspension_of(zval *wait)
{
	php_mqs_suspension *suspension = WAIT_OF(Z_OBJ_P(wait))->suspension;
	if (!suspension) {
		zend_throw_error(NULL, "The object has not been constructed");
	}
	return suspension;
}

PHP_METHOD(MqttServer_Async_Wait, __construct)
{
	ZEND_PARSE_PARAMETERS_NONE();
	wait_object *wait = WAIT_OF(Z_OBJ_P(ZEND_THIS));
	if (!wait->suspension) {
		wait->suspension = php_mqs_suspension_create();
	}
}

PHP_METHOD(MqttServer_Async_Wait, wait)
{
	ZEND_PARSE_PARAMETERS_NONE();
	php_mqs_suspension *suspension = suspension_of(ZEND_THIS);
	zval ret;
	if (suspension && php_mqs_suspension_wait(suspension, &ret) == SUCCESS) {
		RETURN_COPY_VALUE(&ret);
	}
}

PHP_METHOD(MqttServer_Async_Wait, resume)
{
	zval *value;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_ZVAL(value)
	ZEND_PARSE_PARAMETERS_END();
	php_mqs_suspension *suspension = suspension_of(ZEND_THIS);
	RETURN_BOOL(suspension && php_mqs_suspension_resume(suspension, value));
}

PHP_METHOD(MqttServer_Async_Wait, throw)
{
	zval *exception;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_OBJECT_OF_CLASS(exception, zend_ce_throwable)
	ZEND_PARSE_PARAMETERS_END();
	php_mqs_suspension *suspension = suspension_of(ZEND_THIS);
	RETURN_BOOL(suspension && php_mqs_suspension_throw(suspension, Z_OBJ_P(exception)));
}

/* ---- life ----------------------------------------------------------------------------------------------------- */

void php_mqs_revolt_minit(void)
{
	php_mqs_revolt_loop_minit();
	zend_class_entry *wait_ce = register_class_MqttServer_Async_Wait();
	wait_ce->create_object = wait_create;
	memcpy(&wait_handlers, &std_object_handlers, sizeof(zend_object_handlers));
	wait_handlers.offset = offsetof(wait_object, std);
	wait_handlers.free_obj = wait_free;
	wait_handlers.get_gc = wait_gc;
	wait_handlers.clone_obj = NULL;
}
