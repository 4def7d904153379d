/* SPDX-License-Identifier: MIT
 *
 * src/php/mqtt_server.c - the module: entry, life cycle, what phpinfo() shows, the allocator of the core.
 * Owns: the module globals. MINIT and MSHUTDOWN may run several times in one process.
 */
#include "php_mqs.h"
#include "globals.h"
#include "host_runs.h"
#include "library.h"
#include "php_mqs_version.h"
#include "broker/options.h"
#include "ext/standard/info.h"
#include <uv.h>

#include "php_stubs/Async_arginfo.h"

ZEND_DECLARE_MODULE_GLOBALS(mqtt_server)

/* ---- memory of the core ---- */

static void *block_acquire(void *ctx, size_t size)
{
	(void)ctx;
	void *ptr = malloc(size);
	MQS_G(blocks) += ptr != NULL;
	return ptr;
}

static void *block_resize(void *ctx, void *ptr, size_t size)
{
	(void)ctx;
	void *moved = realloc(ptr, size);
	MQS_G(blocks) += moved != NULL && ptr == NULL;
	return moved;
}

static void block_release(void *ctx, void *ptr)
{
	(void)ctx;
	MQS_G(blocks) -= ptr != NULL;
	free(ptr);
}

const mqs_alloc php_mqs_alloc = {NULL, block_acquire, block_resize, block_release};

/* ---- life cycle ---- */

static PHP_GINIT_FUNCTION(mqtt_server)
{
#if defined(ZTS) && defined(COMPILE_DL_MQTT_SERVER)
	ZEND_TSRMLS_CACHE_UPDATE();
#endif
	memset(mqtt_server_globals, 0, sizeof(*mqtt_server_globals));
}

static PHP_MINIT_FUNCTION(mqtt_server)
{
	(void)type, (void)module_number;
	php_mqs_exception_minit();
	php_mqs_codec_minit();
	php_mqs_packet_minit();
	php_mqs_client_minit();
	php_mqs_message_minit();
	php_mqs_server_minit();
	php_mqs_hyperf_minit();
	php_mqs_publisher_minit();
	php_mqs_revolt_minit();
	php_mqs_future_minit();
	php_mqs_queue_minit();
	php_mqs_library_minit();
	return SUCCESS;
}

static PHP_MSHUTDOWN_FUNCTION(mqtt_server)
{
	(void)type, (void)module_number;
	php_mqs_library_mshutdown();
	return SUCCESS;
}

static PHP_RINIT_FUNCTION(mqtt_server)
{
	(void)type, (void)module_number;
#if defined(ZTS) && defined(COMPILE_DL_MQTT_SERVER)
	ZEND_TSRMLS_CACHE_UPDATE();
#endif
	MQS_G(running) = NULL;
	MQS_G(servers) = NULL;
	MQS_G(due) = NULL;
	MQS_G(due_soon) = false;
	php_mqs_runs_rinit();
	php_mqs_library_rinit();
	return SUCCESS;
}

static PHP_RSHUTDOWN_FUNCTION(mqtt_server)
{
	(void)type, (void)module_number;
	php_mqs_library_rshutdown();
	php_mqs_runs_rshutdown();
	return SUCCESS;
}

static void info_row_number(const char *name, int64_t number)
{
	char text[32];
	snprintf(text, sizeof(text), "%" PRId64, number);
	php_info_print_table_row(2, name, text);
}

static PHP_MINFO_FUNCTION(mqtt_server)
{
	(void)zend_module;
	php_info_print_table_start();
	php_info_print_table_row(2, "MQTT server", "enabled");
	php_info_print_table_row(2, "Version", PHP_MQTT_SERVER_VERSION);
	php_info_print_table_row(2, "MQTT versions", "3.1, 3.1.1, 5.0 (protocol levels 3, 4, 5)");
	php_info_print_table_row(2, "libuv headers",
	    UV_VERSION_HEX ? ZEND_TOSTR(UV_VERSION_MAJOR) "." ZEND_TOSTR(UV_VERSION_MINOR) "." ZEND_TOSTR(UV_VERSION_PATCH)
	                   : "");
	php_info_print_table_row(2, "libuv library", uv_version_string());
	php_info_print_table_end();

	php_info_print_table_start();
	php_info_print_table_header(2, "Server option", "Default");
	for (const mqs_option_info *option = mqs_broker_option_table; option->name; option++) {
		info_row_number(option->name, option->standard);
	}
	php_info_print_table_end();
}

zend_module_entry mqtt_server_module_entry = {
    STANDARD_MODULE_HEADER,
    "mqtt_server",
    ext_functions,
    PHP_MINIT(mqtt_server),
    PHP_MSHUTDOWN(mqtt_server),
    PHP_RINIT(mqtt_server),
    PHP_RSHUTDOWN(mqtt_server),
    PHP_MINFO(mqtt_server),
    PHP_MQTT_SERVER_VERSION,
    PHP_MODULE_GLOBALS(mqtt_server),
    PHP_GINIT(mqtt_server),
    NULL,
    NULL,
    STANDARD_MODULE_PROPERTIES_EX,
};

#ifdef COMPILE_DL_MQTT_SERVER
#ifdef ZTS
ZEND_TSRMLS_CACHE_DEFINE()
#endif
ZEND_GET_MODULE(mqtt_server)
#endif
