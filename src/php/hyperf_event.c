/* SPDX-License-Identifier: MIT
 *
 * src/php/hyperf_event.c - what Hyperf has to do with one event: the coroutine context, the middlewares around the
 * handlers, and the exception handlers behind them.
 */
#include "hyperf_private.h"
#include "library.h"
#include "zend_exceptions.h"
#include "zend_interfaces.h"

#include "php_stubs/CoreMiddleware_arginfo.h"

#define REQUEST_NAME  "Psr\\Http\\Message\\ServerRequestInterface"
#define RESPONSE_NAME "Psr\\Http\\Message\\ResponseInterface"

static zend_class_entry *core_ce;
static zend_object_handlers core_handlers;

/* Live as long as the module. */
static zend_string *request_name, *response_name;

/* ---- context -------------------------------------------------------------------------------------------------- */

static zend_result context_set(php_mqs_hyperf *hyperf, zend_string *name, zval *value)
{
	zval args[2], ignored;
	if (!hyperf->context_set.func) {
		return SUCCESS;
	}
	ZVAL_STR(&args[0], name);
	ZVAL_COPY_VALUE(&args[1], value);
	zend_result result = php_mqs_hyperf_call(&hyperf->context_set, 2, args, &ignored);
	zval_ptr_dtor(&ignored);
	return result;
}

zend_result php_mqs_hyperf_enter(php_mqs_server *server, zval *request, zval *response)
{
	php_mqs_hyperf *hyperf = server->hyperf;
	if (!hyperf) {
		return SUCCESS;
	}
	if (context_set(hyperf, response_name, response) == FAILURE) {
		return FAILURE;
	}
	return context_set(hyperf, request_name, request);
}

/* ---- behind the last middleware ------------------------------------------------------------------------------- */

/* What BaseCoreMiddleware holds while one dispatch goes on. */
typedef struct core {
	php_mqs_hyperf *hyperf; /* [borrowed] NULL: not (any more) */
	php_mqs_hyperf_chain chain;
	void *ctx;
	zval response;       /* [owned] of the first handler, unless the context has another one by then */
	zval waiter;         /* [owned] a channel that the dispatch waits at for the chain to end; undefined: it does not */
	zend_object *thrown; /* [borrowed] what the chain threw, only to be compared */
	bool reached;        /* the chain was begun */
	bool running;
	zend_object std;
} core;

#define CORE_OF(obj) ((core *)((char *)(obj)-offsetof(core, std)))

static zend_object *core_create(zend_class_entry *ce)
{
	core *c = zend_object_alloc(sizeof(*c), ce);
	memset(c, 0, offsetof(core, std));
	zend_object_std_init(&c->std, ce);
	object_properties_init(&c->std, ce);
	c->std.handlers = &core_handlers;
	return &c->std;
}

static void core_free(zend_object *object)
{
	core *c = CORE_OF(object);
	zval_ptr_dtor(&c->response);
	zval_ptr_dtor(&c->waiter);
	zend_object_std_dtor(object);
}

/* [owned] The response for the first handler. FAILURE: exception set. */
static zend_result first_response(core *c, zval *out)
{
	zval name;
	ZVAL_UNDEF(out);
	if (c->hyperf->context_get.func) {
		ZVAL_STR(&name, response_name);
		if (php_mqs_hyperf_call(&c->hyperf->context_get, 1, &name, out) == FAILURE) {
			return FAILURE;
		}
	}
	if (Z_TYPE_P(out) != IS_OBJECT) {
		zval_ptr_dtor(out);
		ZVAL_COPY(out, &c->response);
	}
	return SUCCESS;
}

ZEND_METHOD(MqttServer_Hyperf_BaseCoreMiddleware, process)
{
	zval *request, *handler, response;

	ZEND_PARSE_PARAMETERS_START(2, 2)
	Z_PARAM_OBJECT(request)
	Z_PARAM_OBJECT(handler)
	ZEND_PARSE_PARAMETERS_END();
	(void)handler;

	core *c = CORE_OF(Z_OBJ_P(ZEND_THIS));
	if (!c->hyperf || c->reached) {
		zend_throw_error(NULL, "The handlers of a packet are called once, while its middlewares run");
		RETURN_THROWS();
	}
	zend_class_entry *expected = zend_lookup_class_ex(request_name, NULL, ZEND_FETCH_CLASS_NO_AUTOLOAD);
	if (!expected || !instanceof_function(Z_OBJCE_P(request), expected)) {
		zend_argument_type_error(1, "must be of type " REQUEST_NAME ", %s given", zend_zval_type_name(request));
		RETURN_THROWS();
	}
	if (first_response(c, &response) == FAILURE) {
		RETURN_THROWS();
	}
	c->reached = c->running = true;
	if (c->chain(c->ctx, request, &response, return_value) == FAILURE) {
		ZVAL_UNDEF(return_value);
		c->thrown = EG(exception);
	}
	c->running = false;
	zval_ptr_dtor(&response);
	if (Z_TYPE(c->waiter) == IS_OBJECT && !EG(exception)) {
		zval ignored, done;
		ZVAL_TRUE(&done);
		zend_call_method_with_1_params(Z_OBJ(c->waiter), NULL, NULL, "push", &ignored, &done);
		zval_ptr_dtor(&ignored);
	}
	if (EG(exception)) {
		RETURN_THROWS();
	}
}

/* ---- middlewares ---------------------------------------------------------------------------------------------- */

/* A middleware gave up waiting for the chain, which it runs in a coroutine of its own: the chain uses what the caller
 * of the dispatch owns, so its end has to come first. */
static void wait_for_chain(core *c)
{
	zend_object *before = EG(exception);
	if (before) {
		GC_ADDREF(before);
		zend_clear_exception();
	}
	zend_class_entry *ce = php_mqs_hyperf_class("Hyperf\\Engine\\Channel");
	if (ce && !EG(exception) && object_init_ex(&c->waiter, ce) == SUCCESS) {
		zval capacity, ignored;
		ZVAL_LONG(&capacity, 1);
		zend_call_known_instance_method_with_1_params(ce->constructor, Z_OBJ(c->waiter), NULL, &capacity);
		for (int tries = 0; c->running && !EG(exception) && tries < 1000; tries++) {
			zend_call_method_with_0_params(Z_OBJ(c->waiter), NULL, NULL, "pop", &ignored);
			zval_ptr_dtor(&ignored);
		}
	}
	if (c->running) {
		zend_error_noreturn(E_ERROR, "A middleware left the handlers of an MQTT packet running");
	}
	if (before) {
		zend_clear_exception();
		zend_throw_exception_internal(before);
	}
}

zend_result php_mqs_hyperf_dispatch(php_mqs_server *server, zval *request, zval *response, php_mqs_hyperf_chain chain,
    void *ctx, zval *returned, bool *reached)
{
	php_mqs_hyperf *hyperf = server->hyperf;
	zval args[3];
	*reached = false;
	ZVAL_UNDEF(returned);
	zend_class_entry *ce = php_mqs_library_declare("Hyperf/CoreMiddleware");
	if (!ce || object_init_ex(&args[2], ce) == FAILURE) {
		return FAILURE;
	}
	core *c = CORE_OF(Z_OBJ(args[2]));
	c->hyperf = hyperf;
	c->chain = chain;
	c->ctx = ctx;
	ZVAL_COPY(&c->response, response);
	ZVAL_COPY_VALUE(&args[0], request);
	ZVAL_COPY_VALUE(&args[1], &hyperf->middlewares);
	zend_result result = php_mqs_hyperf_call(&hyperf->dispatch_request, 3, args, returned);
	if (UNEXPECTED(c->running)) {
		wait_for_chain(c);
	}
	c->hyperf = NULL;
	*reached = c->reached;
	if (EG(exception) && EG(exception) != c->thrown) {
		server->callee = NULL; /* not the fault of the handler that ran last */
	}
	zval_ptr_dtor(&c->response);
	ZVAL_UNDEF(&c->response);
	zval_ptr_dtor(&args[2]);
	if (result == SUCCESS && EG(exception)) {
		zval_ptr_dtor(returned);
		ZVAL_UNDEF(returned);
		result = FAILURE;
	}
	return result;
}

/* ---- exception handlers --------------------------------------------------------------------------------------- */

bool php_mqs_hyperf_failed(php_mqs_server *server, zend_object *throwable, zval *returned)
{
	php_mqs_hyperf *hyperf = server->hyperf;
	zval args[2];
	ZVAL_UNDEF(returned);
	if (!php_mqs_hyperf_has_exception_handlers(server)) {
		return false;
	}
	ZVAL_OBJ(&args[0], throwable);
	ZVAL_COPY_VALUE(&args[1], &hyperf->exception_handlers);
	if (php_mqs_hyperf_call(&hyperf->dispatch_throwable, 2, args, returned) == SUCCESS) {
		if (Z_TYPE_P(returned) == IS_OBJECT) {
			return true;
		}
		zval_ptr_dtor(returned);
		ZVAL_UNDEF(returned);
		return false;
	}
	if (!zend_is_unwind_exit(EG(exception)) && !zend_is_graceful_exit(EG(exception))) {
		/* It was not the handler that threw first. */
		zend_string *callee = server->callee;
		server->callee = NULL;
		php_mqs_exception_log(server, "an exception handler", mqs_bytes_make(NULL, 0));
		server->callee = callee;
	}
	return false;
}

/* ---- preparation ---------------------------------------------------------------------------------------------- */

/* The method dispatch() of an object of the container. */
static zend_result take_dispatcher(php_mqs_hyperf *hyperf, const char *name, const char *purpose, php_mqs_method *out)
{
	zend_string *known = zend_string_init(name, strlen(name), 0);
	bool has = php_mqs_hyperf_has(&hyperf->container, known);
	zend_string_release(known);
	if (EG(exception)) {
		return FAILURE;
	}
	if (has && php_mqs_hyperf_get(&hyperf->container, name, &out->object) == FAILURE) {
		return FAILURE;
	}
	out->ce = has && Z_TYPE(out->object) == IS_OBJECT ? Z_OBJCE(out->object) : NULL;
	out->func = out->ce ? zend_hash_str_find_ptr(&out->ce->function_table, ZEND_STRL("dispatch")) : NULL;
	if (!out->func) {
		zend_throw_exception_ex(php_mqs_handler_exception_ce, 0,
		    "Server \"%s\" has %s in its configuration, and the container has no %s", ZSTR_VAL(hyperf->name), purpose,
		    name);
		return FAILURE;
	}
	return SUCCESS;
}

zend_result php_mqs_hyperf_prepare_events(php_mqs_hyperf *hyperf)
{
	php_mqs_hyperf_static("Hyperf\\Context\\Context", "set", &hyperf->context_set);
	php_mqs_hyperf_static("Hyperf\\Context\\Context", "get", &hyperf->context_get);
	if (EG(exception)) {
		return FAILURE;
	}
	if (Z_TYPE(hyperf->middlewares) == IS_ARRAY && (take_dispatcher(hyperf, "Hyperf\\Dispatcher\\HttpDispatcher",
	                                                    "middlewares", &hyperf->dispatch_request) == FAILURE ||
	                                                   !php_mqs_library_declare("Hyperf/CoreMiddleware"))) {
		return FAILURE;
	}
	if (Z_TYPE(hyperf->exception_handlers) == IS_ARRAY &&
	    take_dispatcher(hyperf, "Hyperf\\ExceptionHandler\\ExceptionHandlerDispatcher", "exception handlers",
	        &hyperf->dispatch_throwable) == FAILURE) {
		return FAILURE;
	}
	return SUCCESS;
}

void php_mqs_hyperf_minit(void)
{
	core_ce = register_class_MqttServer_Hyperf_BaseCoreMiddleware();
	core_ce->create_object = core_create;
	memcpy(&core_handlers, &std_object_handlers, sizeof(core_handlers));
	core_handlers.offset = offsetof(core, std);
	core_handlers.free_obj = core_free;
	core_handlers.clone_obj = NULL;
	request_name = zend_string_init_interned(ZEND_STRL(REQUEST_NAME), true);
	response_name = zend_string_init_interned(ZEND_STRL(RESPONSE_NAME), true);
}
