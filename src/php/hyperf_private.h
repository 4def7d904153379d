/* SPDX-License-Identifier: MIT
 *
 * src/php/hyperf_private.h - what the hyperf*.c files share.
 */
#ifndef PHP_MQS_HYPERF_PRIVATE_H
#define PHP_MQS_HYPERF_PRIVATE_H

#include "hyperf.h"

/* A method of an object or a static one, looked up once. */
typedef struct php_mqs_method {
	zval object; /* [owned] undefined: static */
	zend_class_entry *ce;
	zend_function *func; /* NULL: there is none */
} php_mqs_method;

/* What the application gives one server. */
struct php_mqs_hyperf {
	zend_string *name;                       /* [owned] of the server, for which all this was taken */
	zval container;                          /* [owned] */
	zval config;                             /* [owned] undefined: the application has none */
	zval logger;                             /* [owned] undefined: none */
	zval handlers;                           /* [owned] option `handlers` of the configuration; undefined: not given */
	php_mqs_method context_set, context_get; /* of the coroutine context */
	php_mqs_method dispatch_request;         /* through the middlewares */
	php_mqs_method dispatch_throwable;       /* to the exception handlers */
	zval middlewares;                        /* [owned] list of names and objects; undefined: none */
	zval exception_handlers;                 /* [owned] list of names; undefined: none configured */
	bool failed;                             /* its handlers could not be added */
};

/* ---- hyperf.c ------------------------------------------------------------------------------------------------- */

/* [borrowed] A class by name, loading it. NULL: there is none, or its loader threw. */
zend_class_entry *php_mqs_hyperf_class(const char *name);

/* Static method of a class. False, with `out` cleared: the class or the method is not there; look at EG(exception). */
bool php_mqs_hyperf_static(const char *class_name, const char *method, php_mqs_method *out);

/* Calls it. FAILURE: exception set, `out` undefined. */
zend_result php_mqs_hyperf_call(const php_mqs_method *method, uint32_t argc, zval *argv, zval *out);

/* Does the container know the name? Look at EG(exception) when not. */
bool php_mqs_hyperf_has(zval *container, zend_string *name);

/* What the container has for a name. FAILURE: exception set. */
zend_result php_mqs_hyperf_get(zval *container, const char *name, zval *out);

/* Puts "where: " before the message of the exception that is set, in an exception of the same kind. One that is not of
 * ours becomes its previous one. */
void php_mqs_hyperf_say_where(const char *format, ...) ZEND_ATTRIBUTE_FORMAT(printf, 1, 2);

/* ---- hyperf_config.c ------------------------------------------------------------------------------------------ */

/* [owned] The name of the server whose callback in the configuration is the class of this object; NULL: none, look at
 * EG(exception). */
zend_string *php_mqs_hyperf_guess_name(php_mqs_hyperf *hyperf, const php_mqs_server *server);

/* Reads the options of hyperf->name into `out` (initialised), and the other parts of `hyperf` but for handlers.
 * FAILURE: exception set; `out` is to be cleared. */
zend_result php_mqs_hyperf_configure(php_mqs_hyperf *hyperf, const php_mqs_server *server, php_mqs_server_options *out);

/* ---- hyperf_handlers.c ---------------------------------------------------------------------------------------- */

/* Adds the handlers of the configuration and those that the annotation collector has. FAILURE: exception set. */
zend_result php_mqs_hyperf_add_handlers(php_mqs_server *server);

/* ---- hyperf_lifecycle.c --------------------------------------------------------------------------------------- */

/* Arranges that the server hears of its workers and of the end of connections. Before the fork, while its port is being
 * configured. FAILURE: exception set. */
zend_result php_mqs_hyperf_wire(php_mqs_server *server);

/* ---- hyperf_event.c ------------------------------------------------------------------------------------------- */

/* Finds the classes that serve one event. FAILURE: exception set. */
zend_result php_mqs_hyperf_prepare_events(php_mqs_hyperf *hyperf);

#endif
