/* SPDX-License-Identifier: MIT
 *
 * src/php/host_peer.c - what the objects that a host passes can do, and what they tell of a connection: where it comes
 * from, and whether its number belongs to somebody else by now.
 */
#include "host_private.h"

/* ---- what objects can do ------------------------------------------------------------------------------------- */

static zend_function *method_of(zend_class_entry *ce, const char *name)
{
	zend_function *func = zend_hash_str_find_ptr(&ce->function_table, name, strlen(name));
	bool fits = func && (func->common.fn_flags & ZEND_ACC_PUBLIC) && !(func->common.fn_flags & ZEND_ACC_STATIC);
	return fits ? func : NULL;
}

static host_methods *methods_create(php_mqs_host *host, zend_class_entry *ce)
{
	host_methods *methods = ecalloc(1, sizeof(*methods));
	methods->ce = ce;
	methods->send = method_of(ce, "send");
	methods->close = method_of(ce, "close");
	methods->exist = method_of(ce, "exist");
	methods->client_info = method_of(ce, "getclientinfo");
	methods->pause = method_of(ce, "pause");
	methods->resume = method_of(ce, "resume");
	methods->export_socket = method_of(ce, "exportsocket");
	methods->peer_address = method_of(ce, "getpeeraddress");
	methods->peer_port = method_of(ce, "getpeerport");
	methods->by_object = methods->send && methods->send->common.required_num_args < 2;
	methods->swoole = host->reactor.server && instanceof_function(ce, host->reactor.server);
	return methods;
}

const host_methods *php_mqs_hosted_methods(php_mqs_host *host, zend_object *object)
{
	zend_ulong key = (zend_ulong)(uintptr_t)object->ce;
	host_methods *methods = zend_hash_index_find_ptr(&host->classes, key);
	if (EXPECTED(methods)) {
		return methods;
	}
	methods = methods_create(host, object->ce);
	if (!methods->send || !methods->close) {
		efree(methods);
		zend_argument_type_error(1, "must have the methods send() and close(), %s given", ZSTR_VAL(object->ce->name));
		return NULL;
	}
	zend_hash_index_add_new_ptr(&host->classes, key, methods);
	return methods;
}

static void methods_removed(zval *entry)
{
	efree(Z_PTR_P(entry));
}

void php_mqs_hosted_methods_init(php_mqs_host *host)
{
	zend_hash_init(&host->classes, 0, NULL, methods_removed, 0);
}

/* ---- who is it? ---------------------------------------------------------------------------------------------- */

zend_long php_mqs_hosted_number(HashTable *info, const char *key)
{
	zval *value = zend_hash_str_find(info, key, strlen(key));
	return value && Z_TYPE_P(value) == IS_LONG ? Z_LVAL_P(value) : 0;
}

/* What the host knows of a connection; false: nothing, or it is gone. `out` [owned] is an array. */
bool php_mqs_hosted_info(php_mqs_host *host, const host_methods *methods, zend_object *object, zend_long fd, zval *out)
{
	zval arg;
	ZVAL_UNDEF(out);
	if (!methods->client_info || methods->by_object) {
		return false;
	}
	ZVAL_LONG(&arg, fd);
	if (!php_mqs_host_call(host, methods->client_info, object, 1, &arg, out)) {
		return false;
	}
	if (Z_TYPE_P(out) != IS_ARRAY) {
		zval_ptr_dtor(out);
		ZVAL_UNDEF(out);
		return false;
	}
	return true;
}

/* A whole chunk that starts as a client does. */
static bool looks_like_connect(const zend_string *data)
{
	const uint8_t *bytes = (const uint8_t *)ZSTR_VAL(data);
	size_t at = 1, len = ZSTR_LEN(data);
	if (len < 2 || bytes[0] != MQTT_PKT_CONNECT << 4) {
		return false;
	}
	while (at < len && at < 4 && (bytes[at] & 0x80)) {
		at++;
	}
	at++;
	return (at + 6 <= len && memcmp(bytes + at, "\0\4MQTT", 6) == 0) ||
	       (at + 8 <= len && memcmp(bytes + at, "\0\6MQIsdp", 8) == 0);
}

/*
 * Does the number belong to somebody else by now? A host that tells of each end is believed. Others are asked for the
 * time of the connection, each time unless their numbers are not used again; and where nothing can be asked, a client
 * that says CONNECT although it is connected is a new one.
 */
bool php_mqs_hosted_is_stale(hosted *conn, zend_object *object, const zend_string *data)
{
	php_mqs_host *host = conn->host;
	zval info;
	if (conn->by_object || host->told_close || (conn->methods->swoole && !(data && looks_like_connect(data)))) {
		return false;
	}
	if (php_mqs_hosted_info(host, conn->methods, object, conn->fd, &info)) {
		bool other = php_mqs_hosted_number(Z_ARRVAL(info), "connect_time") != conn->connect_time ||
		             php_mqs_hosted_number(Z_ARRVAL(info), "remote_port") != conn->remote_port;
		zval_ptr_dtor(&info);
		return other;
	}
	mqs_client_info known;
	if (conn->methods->client_info || !conn->conn || !data || !looks_like_connect(data)) {
		return false;
	}
	mqs_conn_client_info(conn->conn, &known);
	return known.connected;
}

static size_t peer_of_array(HashTable *array, const char *address, const char *port, char *out, size_t size)
{
	zval *ip = zend_hash_str_find(array, address, strlen(address));
	int len = 0;
	if (ip && Z_TYPE_P(ip) == IS_STRING) {
		bool bare_ipv6 = strchr(Z_STRVAL_P(ip), ':') != NULL;
		len = snprintf(out, size, "%s%s%s:" ZEND_LONG_FMT, bare_ipv6 ? "[" : "", Z_STRVAL_P(ip), bare_ipv6 ? "]" : "",
		    php_mqs_hosted_number(array, port));
	}
	return len > 0 ? MIN((size_t)len, size - 1) : 0;
}

/* Swow: two methods of the connection itself. */
static size_t peer_of_socket(
    php_mqs_host *host, const host_methods *methods, zend_object *object, char *out, size_t size)
{
	zval address, port;
	int len = 0;
	if (!php_mqs_host_call(host, methods->peer_address, object, 0, NULL, &address)) {
		return 0;
	}
	if (php_mqs_host_call(host, methods->peer_port, object, 0, NULL, &port)) {
		if (Z_TYPE(address) == IS_STRING && Z_TYPE(port) == IS_LONG) {
			len = snprintf(out, size, "%s:" ZEND_LONG_FMT, Z_STRVAL(address), Z_LVAL(port));
		}
		zval_ptr_dtor(&port);
	}
	zval_ptr_dtor(&address);
	return len > 0 ? MIN((size_t)len, size - 1) : 0;
}

/* Swoole's coroutine server: the socket in the connection. */
static size_t peer_of_export(
    php_mqs_host *host, const host_methods *methods, zend_object *object, char *out, size_t size)
{
	zval socket, name;
	size_t len = 0;
	if (!php_mqs_host_call(host, methods->export_socket, object, 0, NULL, &socket)) {
		return 0;
	}
	zend_function *get = Z_TYPE(socket) == IS_OBJECT ? method_of(Z_OBJCE(socket), "getpeername") : NULL;
	if (get && php_mqs_host_call(host, get, Z_OBJ(socket), 0, NULL, &name)) {
		if (Z_TYPE(name) == IS_ARRAY) {
			len = peer_of_array(Z_ARRVAL(name), "address", "port", out, size);
		}
		zval_ptr_dtor(&name);
	}
	zval_ptr_dtor(&socket);
	return len;
}

bool php_mqs_hosted_socket_is_closed(hosted *conn)
{
	zval socket, ret;
	bool closed = false;
	if (!conn->methods->export_socket ||
	    !php_mqs_host_call(conn->host, conn->methods->export_socket, conn->object, 0, NULL, &socket)) {
		return false;
	}
	zend_function *ask = Z_TYPE(socket) == IS_OBJECT ? method_of(Z_OBJCE(socket), "isclosed") : NULL;
	if (ask && php_mqs_host_call(conn->host, ask, Z_OBJ(socket), 0, NULL, &ret)) {
		closed = Z_TYPE(ret) == IS_TRUE;
		zval_ptr_dtor(&ret);
	}
	zval_ptr_dtor(&socket);
	return closed;
}

/* Where it comes from, for logs and handlers; 0: unknown. Sets what tells it from others with the same number. */
size_t php_mqs_hosted_identify(hosted *conn, zend_object *object, char *out, size_t size)
{
	php_mqs_host *host = conn->host;
	const host_methods *methods = conn->methods;
	zval info;
	if (php_mqs_hosted_info(host, methods, object, conn->fd, &info)) {
		conn->connect_time = php_mqs_hosted_number(Z_ARRVAL(info), "connect_time");
		conn->remote_port = php_mqs_hosted_number(Z_ARRVAL(info), "remote_port");
		size_t len = peer_of_array(Z_ARRVAL(info), "remote_ip", "remote_port", out, size);
		zval_ptr_dtor(&info);
		return len;
	}
	if (methods->by_object && methods->peer_address && methods->peer_port) {
		return peer_of_socket(host, methods, object, out, size);
	}
	return methods->by_object && methods->export_socket ? peer_of_export(host, methods, object, out, size) : 0;
}
