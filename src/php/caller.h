/* SPDX-License-Identifier: MIT
 *
 * src/php/caller.h - the one way into user code: nothing that it does unwinds through libuv or the broker.
 */
#ifndef PHP_MQS_CALLER_H
#define PHP_MQS_CALLER_H

#include "php_mqs.h"

struct php_mqs_server;

/* Something of the user's that can be called, resolved once. */
typedef struct php_mqs_callee {
	zval keeper;             /* [owned] the callable; undefined for a method, whose object somebody else keeps */
	zend_function *func;     /* NULL: look the callable up at each call */
	zend_object *object;     /* [borrowed] $this; NULL: none */
	zend_class_entry *scope; /* called scope */
	zend_string *label;      /* [owned] "App\Handler::handle", for log lines */
} php_mqs_callee;

/* Of a callable parameter. Takes a reference. */
void php_mqs_callee_init(php_mqs_callee *callee, const zend_fcall_info *info, const zend_fcall_info_cache *cache);

/* Of a method. The object may be set later. */
void php_mqs_callee_init_method(php_mqs_callee *callee, zend_class_entry *ce, zend_function *method);

void php_mqs_callee_clear(php_mqs_callee *callee);

/*
 * Runs `body`, which may run PHP code: a bailout (fatal error, memory exhausted) ends there. Afterwards output
 * buffers are flushed, and an exception that `body` left behind is logged.
 *
 * what       what to name in log lines when no callee is known: "a destructor"
 * client_id  [borrowed] for log lines; may be empty
 *
 * Returns false after a bailout: server->fatal is set, the loop is told to end, no PHP code may run any more. Whoever
 * was called by PHP code must then pass it on by php_mqs_pass_fatal().
 *
 * In a host `body` may suspend its coroutine, and fatal errors are the host's: none is caught here.
 */
bool php_mqs_guard(
    struct php_mqs_server *server, void (*body)(void *ctx), void *ctx, const char *what, mqs_bytes client_id);

/* The same; the client is looked up when something went wrong: `body` may change whom it works for. */
bool php_mqs_guard_for(
    struct php_mqs_server *server, void (*body)(void *ctx), void *ctx, const char *what, const mqs_bytes *client_id);

/*
 * The same for a body that runs all PHP code in a fiber: what ends that one by a bailout shows in its result, and
 * nothing has to be caught here.
 *
 * switch_to  returns false after a bailout in the fiber
 */
bool php_mqs_guard_fiber(struct php_mqs_server *server, bool (*switch_to)(void *ctx), void *ctx, const char *what,
    const mqs_bytes *client_id);

/* Inside a guard that is not inside of another: user code has ended, and other user code is to follow. */
void php_mqs_guard_next(struct php_mqs_server *server, const char *what);

/*
 * Calls user code; only inside php_mqs_guard().
 *
 * argv  [borrowed] argc arguments
 * ret   [out] what it returned, undefined when it failed
 *
 * FAILURE: it threw or called exit(): logged and cleared.
 */
zend_result php_mqs_call(struct php_mqs_server *server, const php_mqs_callee *callee, mqs_bytes client_id,
    uint32_t argc, zval *argv, zval *ret);

/* The same, but FAILURE leaves the exception to the caller. */
zend_result php_mqs_call_through(
    struct php_mqs_server *server, const php_mqs_callee *callee, uint32_t argc, zval *argv, zval *ret);

/* How a function of ours is declared to PHP: as by ZEND_BEGIN_ARG_INFO_EX. */
typedef struct php_mqs_function {
	zif_handler handler;
	const zend_internal_arg_info *arguments; /* the first entry is that of the function itself */
	uint32_t count, required;                /* of arguments */
} php_mqs_function;

/*
 * Makes a closure of a function of ours, for others to call.
 *
 * out   [out]
 * name  [borrowed] interned, or it lives longer than the closure
 * self  [borrowed] its $this, whose class is a MqttServer\Server; the closure keeps it alive. NULL: none
 */
void php_mqs_closure_make(zval *out, zend_string *name, const php_mqs_function *function, zend_object *self);

/* Logs a pending exception in the name of the user code that ran last, or of `what`, and clears it. Harmless without
 * one. */
void php_mqs_exception_log(struct php_mqs_server *server, const char *what, mqs_bytes client_id);

/* After a broker call from a PHP method: when a guard inside it caught a bailout, goes on unwinding. */
void php_mqs_pass_fatal(const struct php_mqs_server *server);

#endif
