/* SPDX-License-Identifier: MIT
 *
 * src/php/hyperf.h - what a Hyperf application gives a hosted server: options, handlers, logger, context, middlewares
 * and exception handlers. Without such an application every function here is harmless and cheap.
 *
 * Owns: server->hyperf, which keeps the objects that were taken from the container.
 */
#ifndef PHP_MQS_HYPERF_H
#define PHP_MQS_HYPERF_H

#include "server.h"

/*
 * Finds the application (Hyperf\Context\ApplicationContext has a container) and takes what it says for the server of
 * this name: options and handlers of config/autoload/mqtt.php, handlers of the annotation collector, middlewares,
 * exception handlers, the logger. Options given to the constructor win. The broker is made anew: it must have no
 * connection yet. A second call with the same name does nothing; with another name, everything is taken again.
 *
 * name  [borrowed] as the framework calls the server; NULL: unknown, then the name of the server in config/autoload/
 *       server.php whose callback is the class of this object, else the name that the server has
 *
 * Runs PHP code. SUCCESS also when there is no Hyperf: then only the name is taken over. FAILURE: an exception is set
 * that names file, server and option, or file, class and method.
 */
zend_result php_mqs_hyperf_attach(php_mqs_server *server, zend_string *name);

/* Does a Hyperf application belong to the server? */
static inline bool php_mqs_hyperf_attached(const php_mqs_server *server)
{
	return server->hyperf != NULL;
}

void php_mqs_hyperf_free(php_mqs_server *server);
void php_mqs_hyperf_gc(php_mqs_server *server, zend_get_gc_buffer *buffer);

typedef struct php_mqs_hyperf php_mqs_hyperf;

/* ---- around one event; in the coroutine of the event, outside the core, exceptions are left set ------------------ */

/* Puts both objects into the coroutine context under the names of their PSR interfaces. FAILURE: exception set. */
zend_result php_mqs_hyperf_enter(php_mqs_server *server, zval *request, zval *response);

/* Do middlewares stand before the handlers? Then they see every packet that is an event (not MQS_EVENT_CLOSE and
 * MQS_EVENT_DELIVER), whether or not it has handlers, and only before the broker's action: php_mqs_hyperf_wants() are
 * the events to be asked for.
 */
bool php_mqs_hyperf_has_middlewares(const php_mqs_server *server);
uint32_t php_mqs_hyperf_wants(const php_mqs_server *server);

/*
 * The handlers of an event, called behind the last middleware; once, or never when a middleware answers itself.
 *
 * request   [borrowed] what the last middleware handed on
 * response  [borrowed] what stands in the context, for the first handler
 * returned  [out] [owned] what the last handler returned, else `response`
 *
 * FAILURE: an exception is set; middlewares may catch it.
 */
typedef zend_result (*php_mqs_hyperf_chain)(void *ctx, zval *request, zval *response, zval *returned);

/*
 * Runs the middlewares of the server around a chain, through the dispatcher of the container; after
 * php_mqs_hyperf_enter().
 *
 * returned  [out] [owned] what the first middleware returned
 * reached   [out] false: a middleware did not call the next one: the chain was not run, the event counts as refused
 *           (0x87) unless the response has another code of refusal
 *
 * FAILURE: an exception is set.
 */
zend_result php_mqs_hyperf_dispatch(php_mqs_server *server, zval *request, zval *response, php_mqs_hyperf_chain chain,
    void *ctx, zval *returned, bool *reached);

/*
 * A handler or a middleware threw: asks the exception handlers of the server. They start from the response in the
 * context: php_mqs_hyperf_enter() has been called for this event, at the latest now.
 *
 * throwable  [borrowed] no exception is set
 * returned   [out] [owned] the response that they made, to be read like that of a handler: `closed` closes, a reason
 *            code of 0x80 or above replaces MQTT_RC_IMPLEMENTATION_SPECIFIC_ERROR; the event is refused in any case
 *
 * False: there are none configured, or they failed too (logged): `returned` is undefined, the caller logs `throwable`.
 */
bool php_mqs_hyperf_has_exception_handlers(const php_mqs_server *server);
bool php_mqs_hyperf_failed(php_mqs_server *server, zend_object *throwable, zval *returned);

#endif
