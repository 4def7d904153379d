/* SPDX-License-Identifier: MIT
 *
 * src/php/hyperf_lifecycle.c - a server of a Hyperf application hears of its workers and of the end of connections
 * though its configuration names nothing but onReceive().
 *
 * All of it is arranged before the workers are forked: listeners for the framework's events of a worker, and the
 * `close` callback of the port, unless the configuration has one.
 */
#include "hyperf_private.h"
#include "zend_exceptions.h"
#include "zend_interfaces.h"

/* ---- events of a worker --------------------------------------------------------------------------------------- */

/* Hands an event of the framework on to the method that a host would call itself. */
static void hand_on(zval *self, zval *event, const char *method)
{
	zval rv_server, rv_worker, ignored;
	zend_class_entry *ce = Z_OBJCE_P(event);
	zval *server = zend_read_property(ce, Z_OBJ_P(event), ZEND_STRL("server"), true, &rv_server);
	zval *worker = zend_read_property(ce, Z_OBJ_P(event), ZEND_STRL("workerId"), true, &rv_worker);
	ZVAL_DEREF(server);
	ZVAL_DEREF(worker);
	if (Z_TYPE_P(server) == IS_OBJECT && Z_TYPE_P(worker) == IS_LONG) {
		zend_call_method_with_2_params(Z_OBJ_P(self), NULL, NULL, method, &ignored, server, worker);
		zval_ptr_dtor(&ignored);
	}
}

#define LISTENER(name, method)                                                                                         \
	static ZEND_NAMED_FUNCTION(name)                                                                                   \
	{                                                                                                                  \
		zval *event;                                                                                                   \
		ZEND_PARSE_PARAMETERS_START(1, 1)                                                                              \
		Z_PARAM_OBJECT(event)                                                                                          \
		ZEND_PARSE_PARAMETERS_END();                                                                                   \
		(void)return_value;                                                                                            \
		hand_on(ZEND_THIS, event, method);                                                                             \
	}

LISTENER(worker_started, "onworkerstart")
LISTENER(worker_exits, "onworkerexit")
LISTENER(worker_stops, "onworkerstop")

ZEND_BEGIN_ARG_INFO_EX(listener_arguments, 0, 0, 1)
ZEND_ARG_TYPE_INFO(0, event, IS_OBJECT, 0)
ZEND_END_ARG_INFO()

static void make_listener(php_mqs_server *server, zif_handler handler, zval *out)
{
	const php_mqs_function function = {handler, listener_arguments, 1, 1};
	php_mqs_closure_make(out, ZSTR_KNOWN(ZEND_STR_MAGIC_INVOKE), &function, &server->std);
}

static zend_result add_listeners(php_mqs_server *server, zval *provider)
{
	static const struct {
		const char *event;
		zif_handler handler;
	} listeners[] = {
	    {"Hyperf\\Framework\\Event\\AfterWorkerStart", worker_started},
	    {"Hyperf\\Framework\\Event\\OnWorkerExit", worker_exits},
	    {"Hyperf\\Framework\\Event\\OnWorkerStop", worker_stops},
	};
	zend_function *on = zend_hash_str_find_ptr(&Z_OBJCE_P(provider)->function_table, ZEND_STRL("on"));
	for (size_t i = 0; on && i < sizeof(listeners) / sizeof(listeners[0]); i++) {
		if (!php_mqs_hyperf_class(listeners[i].event)) {
			if (EG(exception)) {
				return FAILURE;
			}
			continue;
		}
		zval args[2], ignored;
		ZVAL_STRING(&args[0], listeners[i].event);
		make_listener(server, listeners[i].handler, &args[1]);
		zend_call_known_function(on, Z_OBJ_P(provider), Z_OBJCE_P(provider), &ignored, 2, args, NULL);
		zval_ptr_dtor(&args[0]);
		zval_ptr_dtor(&args[1]);
		zval_ptr_dtor(&ignored);
		if (EG(exception)) {
			return FAILURE;
		}
	}
	return SUCCESS;
}

/* ---- the end of connections ----------------------------------------------------------------------------------- */

/* Calls a method without arguments that answers an object. False: no such method, or another answer. */
static bool ask_object(zval *object, const char *method, zval *out)
{
	ZVAL_UNDEF(out);
	if (!zend_hash_str_exists(&Z_OBJCE_P(object)->function_table, method, strlen(method))) {
		return false;
	}
	zend_call_method(Z_OBJ_P(object), NULL, NULL, method, strlen(method), out, 0, NULL, NULL);
	if (!EG(exception) && Z_TYPE_P(out) == IS_OBJECT) {
		return true;
	}
	zval_ptr_dtor(out);
	ZVAL_UNDEF(out);
	return false;
}

/* [borrowed] The port that is being configured: the latest one. NULL: none. */
static zval *latest_port(zval *swoole, zval *rv)
{
	zval *ports = zend_read_property(Z_OBJCE_P(swoole), Z_OBJ_P(swoole), ZEND_STRL("ports"), true, rv), *port,
	     *last = NULL;
	ZVAL_DEREF(ports);
	if (Z_TYPE_P(ports) != IS_ARRAY) {
		return NULL;
	}
	ZEND_HASH_FOREACH_VAL (Z_ARRVAL_P(ports), port) {
		ZVAL_DEREF(port);
		last = Z_TYPE_P(port) == IS_OBJECT ? port : last;
	}
	ZEND_HASH_FOREACH_END();
	return last;
}

static zend_result hear_of_closing(php_mqs_server *server, zval *swoole)
{
	zval rv, event, callback, ret;
	zval *port = latest_port(swoole, &rv);
	HashTable *methods = port ? &Z_OBJCE_P(port)->function_table : NULL;
	if (!port || !zend_hash_str_exists(methods, ZEND_STRL("on")) ||
	    !zend_hash_str_exists(methods, ZEND_STRL("getcallback"))) {
		return SUCCESS;
	}
	ZVAL_STRING(&event, "close");
	zend_call_method_with_1_params(Z_OBJ_P(port), NULL, NULL, "getcallback", &ret, &event);
	bool known = EG(exception) || zend_is_true(&ret);
	zval_ptr_dtor(&ret);
	if (!known) {
		zval self;
		ZVAL_OBJ_COPY(&self, &server->std);
		array_init_size(&callback, 2);
		add_next_index_zval(&callback, &self);
		add_next_index_string(&callback, "onClose");
		zend_call_method_with_2_params(Z_OBJ_P(port), NULL, NULL, "on", &ret, &event, &callback);
		zval_ptr_dtor(&callback);
		zval_ptr_dtor(&ret);
	}
	zval_ptr_dtor(&event);
	return EG(exception) ? FAILURE : SUCCESS;
}

/* The Swoole\Server of the application; undefined: it runs another kind. */
static void find_swoole(php_mqs_hyperf *hyperf, zval *out)
{
	zval factory, holder;
	ZVAL_UNDEF(out);
	zend_class_entry *ce = php_mqs_hyperf_class("Swoole\\Server");
	if (!ce || !php_mqs_hyperf_class("Hyperf\\Server\\ServerFactory") ||
	    php_mqs_hyperf_get(&hyperf->container, "Hyperf\\Server\\ServerFactory", &factory) == FAILURE) {
		return;
	}
	if (Z_TYPE(factory) == IS_OBJECT && ask_object(&factory, "getserver", &holder)) {
		if (ask_object(&holder, "getserver", out) && !instanceof_function(Z_OBJCE_P(out), ce)) {
			zval_ptr_dtor(out);
			ZVAL_UNDEF(out);
		}
		zval_ptr_dtor(&holder);
	}
	zval_ptr_dtor(&factory);
}

/* ---- both ----------------------------------------------------------------------------------------------------- */

zend_result php_mqs_hyperf_wire(php_mqs_server *server)
{
	php_mqs_hyperf *hyperf = server->hyperf;
	zval swoole, provider;
	zend_string *name = ZSTR_INIT_LITERAL("Psr\\EventDispatcher\\ListenerProviderInterface", 0);
	bool has = php_mqs_hyperf_has(&hyperf->container, name);
	zend_string_release(name);
	if (has && !server->wired &&
	    php_mqs_hyperf_get(&hyperf->container, "Psr\\EventDispatcher\\ListenerProviderInterface", &provider) ==
	        SUCCESS) {
		if (Z_TYPE(provider) == IS_OBJECT && add_listeners(server, &provider) == SUCCESS) {
			server->wired = true;
		}
		zval_ptr_dtor(&provider);
	}
	if (!EG(exception)) {
		find_swoole(hyperf, &swoole);
		if (Z_TYPE(swoole) == IS_OBJECT) {
			hear_of_closing(server, &swoole);
			zval_ptr_dtor(&swoole);
		}
	}
	return EG(exception) ? FAILURE : SUCCESS;
}
