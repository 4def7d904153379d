/* SPDX-License-Identifier: MIT
 *
 * src/php/hyperf.c - what a Hyperf application gives a hosted server.
 */
#include "hyperf.h"

/* Of one server. */
struct php_mqs_hyperf {
	zval container;
};

zend_result php_mqs_hyperf_attach(php_mqs_server *server, zend_string *name)
{
	if (name) {
		zend_string_release(server->options.name);
		server->options.name = zend_string_copy(name);
	}
	return SUCCESS;
}

void php_mqs_hyperf_free(php_mqs_server *server)
{
	if (server->hyperf) {
		zval_ptr_dtor(&server->hyperf->container);
		efree(server->hyperf);
		server->hyperf = NULL;
	}
}

void php_mqs_hyperf_gc(php_mqs_server *server, zend_get_gc_buffer *buffer)
{
	if (server->hyperf) {
		zend_get_gc_buffer_add_zval(buffer, &server->hyperf->container);
	}
}

zend_result php_mqs_hyperf_enter(php_mqs_server *server, zval *request, zval *response)
{
	(void)server, (void)request, (void)response;
	return SUCCESS;
}

bool php_mqs_hyperf_has_middlewares(const php_mqs_server *server)
{
	(void)server;
	return false;
}

uint32_t php_mqs_hyperf_wants(const php_mqs_server *server)
{
	(void)server;
	return 0;
}

zend_result php_mqs_hyperf_dispatch(php_mqs_server *server, zval *request, zval *response, php_mqs_hyperf_chain chain,
    void *ctx, zval *returned, bool *reached)
{
	(void)server;
	*reached = true;
	return chain(ctx, request, response, returned);
}

bool php_mqs_hyperf_failed(php_mqs_server *server, zend_object *throwable, zval *returned)
{
	(void)server, (void)throwable;
	ZVAL_UNDEF(returned);
	return false;
}
