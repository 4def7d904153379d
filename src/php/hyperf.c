/* SPDX-License-Identifier: MIT
 *
 * src/php/hyperf.c - finds the Hyperf application that a hosted server stands in, and takes over what it says.
 *
 * Everything is found by name when a server is attached: the extension needs no class of the framework to be loaded,
 * and what one version of it does not have is left out.
 */
#include "hyperf_private.h"
#include "zend_exceptions.h"
#include "zend_interfaces.h"

/* ---- helpers -------------------------------------------------------------------------------------------------- */

zend_class_entry *php_mqs_hyperf_class(const char *name)
{
	zend_string *text = zend_string_init(name, strlen(name), 0);
	zend_class_entry *ce = zend_lookup_class(text);
	zend_string_release(text);
	return ce;
}

bool php_mqs_hyperf_static(const char *class_name, const char *method, php_mqs_method *out)
{
	ZVAL_UNDEF(&out->object);
	out->ce = php_mqs_hyperf_class(class_name);
	out->func = out->ce ? zend_hash_str_find_ptr(&out->ce->function_table, method, strlen(method)) : NULL;
	if (out->func && !(out->func->common.fn_flags & ZEND_ACC_STATIC)) {
		out->func = NULL;
	}
	return out->func != NULL;
}

zend_result php_mqs_hyperf_call(const php_mqs_method *method, uint32_t argc, zval *argv, zval *out)
{
	zend_object *object = Z_TYPE(method->object) == IS_OBJECT ? Z_OBJ(method->object) : NULL;
	ZVAL_UNDEF(out);
	zend_call_known_function(method->func, object, method->ce, out, argc, argv, NULL);
	if (UNEXPECTED(EG(exception))) {
		zval_ptr_dtor(out);
		ZVAL_UNDEF(out);
		return FAILURE;
	}
	return SUCCESS;
}

bool php_mqs_hyperf_has(zval *container, zend_string *name)
{
	zval argument, has;
	ZVAL_STR(&argument, name);
	zend_call_method_with_1_params(Z_OBJ_P(container), NULL, NULL, "has", &has, &argument);
	bool known = !EG(exception) && zend_is_true(&has);
	zval_ptr_dtor(&has);
	return known;
}

zend_result php_mqs_hyperf_get(zval *container, const char *name, zval *out)
{
	zval argument;
	ZVAL_STRING(&argument, name);
	ZVAL_UNDEF(out);
	zend_call_method_with_1_params(Z_OBJ_P(container), NULL, NULL, "get", out, &argument);
	zval_ptr_dtor(&argument);
	if (EG(exception)) {
		zval_ptr_dtor(out);
		ZVAL_UNDEF(out);
		return FAILURE;
	}
	return SUCCESS;
}

void php_mqs_hyperf_say_where(const char *format, ...)
{
	static const char constructor[] = "MqttServer\\Server::__construct(): ";
	zval rv;
	zend_object *thrown = EG(exception);
	if (!thrown || zend_is_unwind_exit(thrown) || zend_is_graceful_exit(thrown)) {
		return;
	}
	zend_class_entry *ce = php_mqs_handler_exception_ce;
	if (instanceof_function(thrown->ce, zend_ce_type_error)) {
		ce = zend_ce_type_error;
	} else if (instanceof_function(thrown->ce, zend_ce_value_error)) {
		ce = zend_ce_value_error;
	}
	zend_class_entry *base = instanceof_function(thrown->ce, zend_ce_exception) ? zend_ce_exception : zend_ce_error;
	zval *message = zend_read_property_ex(base, thrown, ZSTR_KNOWN(ZEND_STR_MESSAGE), true, &rv);
	zend_string *text = Z_TYPE_P(message) == IS_STRING ? zend_string_copy(Z_STR_P(message)) : ZSTR_EMPTY_ALLOC();
	bool of_options = strncmp(ZSTR_VAL(text), constructor, sizeof(constructor) - 1) == 0;
	if (of_options || thrown->ce == php_mqs_handler_exception_ce) {
		/* Ours: there is nothing more to learn from it. */
		zend_clear_exception();
	}
	va_list args;
	va_start(args, format);
	zend_string *where = zend_vstrpprintf(0, format, args);
	va_end(args);
	zend_throw_exception_ex(
	    ce, 0, "%s: %s", ZSTR_VAL(where), ZSTR_VAL(text) + (of_options ? sizeof(constructor) - 1 : 0));
	zend_string_release(where);
	zend_string_release(text);
}

/* ---- life ----------------------------------------------------------------------------------------------------- */

static void method_clear(php_mqs_method *method)
{
	zval_ptr_dtor(&method->object);
	ZVAL_UNDEF(&method->object);
	method->func = NULL;
}

static void hyperf_free(php_mqs_hyperf *hyperf)
{
	if (hyperf->name) {
		zend_string_release(hyperf->name);
	}
	method_clear(&hyperf->dispatch_request);
	method_clear(&hyperf->dispatch_throwable);
	zval_ptr_dtor(&hyperf->container);
	zval_ptr_dtor(&hyperf->config);
	zval_ptr_dtor(&hyperf->logger);
	zval_ptr_dtor(&hyperf->handlers);
	zval_ptr_dtor(&hyperf->middlewares);
	zval_ptr_dtor(&hyperf->exception_handlers);
	efree(hyperf);
}

void php_mqs_hyperf_free(php_mqs_server *server)
{
	php_mqs_hyperf *hyperf = server->hyperf;
	server->hyperf = NULL;
	if (hyperf) {
		hyperf_free(hyperf);
	}
}

void php_mqs_hyperf_gc(php_mqs_server *server, zend_get_gc_buffer *buffer)
{
	php_mqs_hyperf *hyperf = server->hyperf;
	if (!hyperf) {
		return;
	}
	zend_get_gc_buffer_add_zval(buffer, &hyperf->container);
	zend_get_gc_buffer_add_zval(buffer, &hyperf->config);
	zend_get_gc_buffer_add_zval(buffer, &hyperf->logger);
	zend_get_gc_buffer_add_zval(buffer, &hyperf->handlers);
	zend_get_gc_buffer_add_zval(buffer, &hyperf->dispatch_request.object);
	zend_get_gc_buffer_add_zval(buffer, &hyperf->dispatch_throwable.object);
	zend_get_gc_buffer_add_zval(buffer, &hyperf->middlewares);
	zend_get_gc_buffer_add_zval(buffer, &hyperf->exception_handlers);
}

bool php_mqs_hyperf_has_middlewares(const php_mqs_server *server)
{
	return server->hyperf && Z_TYPE(server->hyperf->middlewares) == IS_ARRAY;
}

bool php_mqs_hyperf_has_exception_handlers(const php_mqs_server *server)
{
	return server->hyperf && Z_TYPE(server->hyperf->exception_handlers) == IS_ARRAY;
}

uint32_t php_mqs_hyperf_wants(const php_mqs_server *server)
{
	uint32_t all = (1u << MQS_EVENT_KINDS) - 1;
	uint32_t packets = all & ~(1u << MQS_EVENT_CLOSE | 1u << MQS_EVENT_DELIVER);
	return php_mqs_hyperf_has_middlewares(server) ? packets : 0;
}

/* ---- attaching ------------------------------------------------------------------------------------------------ */

/* The container of the application; undefined when there is no application. FAILURE: exception set. */
static zend_result find_container(zval *out)
{
	php_mqs_method has, get;
	ZVAL_UNDEF(out);
	bool found = php_mqs_hyperf_static("Hyperf\\Context\\ApplicationContext", "hascontainer", &has) &&
	             php_mqs_hyperf_static("Hyperf\\Context\\ApplicationContext", "getcontainer", &get);
	if (!found) {
		return EG(exception) ? FAILURE : SUCCESS;
	}
	if (php_mqs_hyperf_call(&has, 0, NULL, out) == FAILURE) {
		return FAILURE;
	}
	found = zend_is_true(out);
	zval_ptr_dtor(out);
	ZVAL_UNDEF(out);
	if (!found) {
		return SUCCESS;
	}
	if (php_mqs_hyperf_call(&get, 0, NULL, out) == FAILURE) {
		return FAILURE;
	}
	if (Z_TYPE_P(out) != IS_OBJECT) {
		zval_ptr_dtor(out);
		ZVAL_UNDEF(out);
	}
	return SUCCESS;
}

/* [owned] What the application says, all but handlers. NULL: exception set. */
static php_mqs_hyperf *ask_application(
    php_mqs_server *server, zval *container, zend_string *name, php_mqs_server_options *options)
{
	php_mqs_hyperf *hyperf = ecalloc(1, sizeof(*hyperf));
	zend_string *config = zend_string_init(ZEND_STRL("Hyperf\\Contract\\ConfigInterface"), 0);
	zend_result result = SUCCESS;
	ZVAL_COPY(&hyperf->container, container);
	if (php_mqs_hyperf_has(container, config)) {
		result = php_mqs_hyperf_get(container, ZSTR_VAL(config), &hyperf->config);
	}
	zend_string_release(config);
	if (result == SUCCESS && !EG(exception)) {
		hyperf->name = name ? zend_string_copy(name) : php_mqs_hyperf_guess_name(hyperf, server);
	}
	if (!hyperf->name && !EG(exception)) {
		hyperf->name = zend_string_copy(server->options.name);
	}
	if (!EG(exception) && php_mqs_hyperf_configure(hyperf, server, options) == SUCCESS &&
	    php_mqs_hyperf_prepare_events(hyperf) == SUCCESS) {
		return hyperf;
	}
	hyperf_free(hyperf);
	return NULL;
}

static void rename_server(php_mqs_server *server, zend_string *name)
{
	zend_string *before = server->options.name;
	server->options.name = zend_string_copy(name);
	if (before) {
		zend_string_release(before);
	}
	php_mqs_chains_select(&server->chains, name);
}

/* Takes over both arguments. FAILURE: exception set. */
static zend_result take_over(php_mqs_server *server, php_mqs_hyperf *hyperf, php_mqs_server_options *options)
{
	php_mqs_server_options before = server->options;
	php_mqs_hyperf_free(server);
	server->hyperf = hyperf;
	server->options = *options;
	rename_server(server, hyperf->name);
	/* What has not changed is no reason to lose what was published before. */
	bool changed = memcmp(&before.broker, &server->options.broker, sizeof(before.broker)) != 0 ||
	               before.log_level != server->options.log_level;
	php_mqs_server_options_clear(&before);
	if (Z_TYPE(server->container) == IS_UNDEF) {
		ZVAL_COPY(&server->container, &hyperf->container);
		server->chains.has_container = true;
	}
	if (changed && php_mqs_server_broker_renew(server) == FAILURE) {
		return FAILURE;
	}
	hyperf->failed = php_mqs_hyperf_add_handlers(server) == FAILURE;
	return hyperf->failed ? FAILURE : SUCCESS;
}

zend_result php_mqs_hyperf_attach(php_mqs_server *server, zend_string *name)
{
	zval container;
	if (server->hyperf && server->hyperf->failed) {
		/* Half of the handlers is worse than none. */
		zend_throw_exception_ex(php_mqs_handler_exception_ce, 0,
		    "Server \"%s\" cannot run: its handlers could not be added", ZSTR_VAL(server->hyperf->name));
		return FAILURE;
	}
	if (server->hyperf && (!name || zend_string_equals(server->hyperf->name, name))) {
		return SUCCESS;
	}
	if (find_container(&container) == FAILURE) {
		return FAILURE;
	}
	zend_result result = SUCCESS;
	if (Z_TYPE(container) == IS_OBJECT) {
		php_mqs_server_options options;
		php_mqs_server_options_init(&options);
		php_mqs_hyperf *hyperf = ask_application(server, &container, name, &options);
		if (hyperf) {
			result = take_over(server, hyperf, &options);
			if (result == SUCCESS && name) {
				result = php_mqs_hyperf_wire(server);
			}
		} else {
			php_mqs_server_options_clear(&options);
			result = FAILURE;
		}
		zval_ptr_dtor(&container);
	} else if (name) {
		rename_server(server, name);
	}
	php_mqs_server_update_wants(server);
	return result;
}
