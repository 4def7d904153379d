/* SPDX-License-Identifier: MIT
 *
 * src/php/publisher.c - MqttServer\Publisher, and the list of servers of this thread by which it finds its own.
 */
#include "host.h"
#include "globals.h"
#include "server.h"
#include "zend_exceptions.h"
#include <uv.h>

#include "php_stubs/Publisher_arginfo.h"

static zend_class_entry *publisher_ce;
static zend_object_handlers publisher_handlers;

/* ---- servers by name ------------------------------------------------------------------------------------------ */

void php_mqs_server_list_add(php_mqs_server *server)
{
	server->next = MQS_G(servers);
	MQS_G(servers) = server;
}

void php_mqs_server_list_remove(php_mqs_server *server)
{
	for (php_mqs_server **at = &MQS_G(servers); *at; at = &(*at)->next) {
		if (*at == server) {
			*at = server->next;
			return;
		}
	}
}

php_mqs_server *php_mqs_server_list_find(const zend_string *name)
{
	/* One that a framework knows by this name is meant rather than one that just was given it. */
	php_mqs_server *found = NULL;
	for (php_mqs_server *each = MQS_G(servers); each; each = each->next) {
		bool hosted = each->host || each->hyperf;
		if (zend_string_equals(each->options.name, name) && (!found || (hosted && !found->host && !found->hyperf))) {
			found = each;
		}
	}
	return found;
}

/* ---- the class ------------------------------------------------------------------------------------------------ */

typedef struct publisher {
	zend_string *server; /* [owned] NULL before the constructor */
	zend_object std;
} publisher;

#define PUBLISHER_OF(obj) ((publisher *)((char *)(obj)-offsetof(publisher, std)))

static zend_object *publisher_create(zend_class_entry *ce)
{
	publisher *p = zend_object_alloc(sizeof(*p), ce);
	p->server = NULL;
	zend_object_std_init(&p->std, ce);
	object_properties_init(&p->std, ce);
	p->std.handlers = &publisher_handlers;
	return &p->std;
}

static void publisher_free(zend_object *object)
{
	publisher *p = PUBLISHER_OF(object);
	if (p->server) {
		zend_string_release(p->server);
	}
	zend_object_std_dtor(object);
}

ZEND_METHOD(MqttServer_Publisher, __construct)
{
	zend_string *server = NULL;

	ZEND_PARSE_PARAMETERS_START(0, 1)
	Z_PARAM_OPTIONAL
	Z_PARAM_STR(server)
	ZEND_PARSE_PARAMETERS_END();

	publisher *p = PUBLISHER_OF(Z_OBJ_P(ZEND_THIS));
	if (p->server) {
		zend_throw_error(NULL, "MqttServer\\Publisher has been constructed already");
		RETURN_THROWS();
	}
	p->server = server ? zend_string_copy(server) : zend_string_init(ZEND_STRL("mqtt"), 0);
}

/* [borrowed] The server, ready to publish in this process. NULL: exception set. */
static php_mqs_server *need_server(publisher *p)
{
	if (!p->server) {
		zend_throw_error(NULL, "MqttServer\\Publisher has not been constructed");
		return NULL;
	}
	php_mqs_server *server = php_mqs_server_list_find(p->server);
	if (!server) {
		zend_throw_exception_ex(php_mqs_exception_ce, 0,
		    "There is no MQTT server \"%s\" in this process: publish from a process that was forked after the server "
		    "was made, such as a worker or task worker of the same application",
		    ZSTR_VAL(p->server));
		return NULL;
	}
	/* One that stands alone, or may do so yet, has no other workers. */
	bool hosted = server->host || server->hyperf || server->born_pid != uv_os_getpid();
	if (!server->net && hosted && php_mqs_host_publish_ready(server) == FAILURE) {
		return NULL;
	}
	return server;
}

/* Calls the method of this name of the server with the same arguments. */
static void pass_on(INTERNAL_FUNCTION_PARAMETERS, const char *method, size_t method_len)
{
	zval *args = ZEND_NUM_ARGS() > 0 ? ZEND_CALL_ARG(execute_data, 1) : NULL;
	php_mqs_server *server = need_server(PUBLISHER_OF(Z_OBJ_P(ZEND_THIS)));
	if (!server) {
		RETURN_THROWS();
	}
	zend_function *func = zend_hash_str_find_ptr(&php_mqs_server_ce->function_table, method, method_len);
	/* It may wait for other workers meanwhile. */
	zend_object *keeper = &server->std;
	GC_ADDREF(keeper);
	zend_call_known_function(func, keeper, php_mqs_server_ce, return_value, ZEND_NUM_ARGS(), args, NULL);
	OBJ_RELEASE(keeper);
}

ZEND_METHOD(MqttServer_Publisher, publish)
{
	pass_on(INTERNAL_FUNCTION_PARAM_PASSTHRU, ZEND_STRL("publish"));
}

ZEND_METHOD(MqttServer_Publisher, disconnect)
{
	pass_on(INTERNAL_FUNCTION_PARAM_PASSTHRU, ZEND_STRL("disconnect"));
}

void php_mqs_publisher_minit(void)
{
	publisher_ce = register_class_MqttServer_Publisher();
	publisher_ce->create_object = publisher_create;
	memcpy(&publisher_handlers, &std_object_handlers, sizeof(publisher_handlers));
	publisher_handlers.offset = offsetof(publisher, std);
	publisher_handlers.free_obj = publisher_free;
	publisher_handlers.clone_obj = NULL;
}
