/* SPDX-License-Identifier: MIT
 *
 * src/php/host_conn.c - the connections of a host: by which they are known, when they are gone, and their output.
 * Owns: the table entries. Does not own: connection objects, which the host keeps for as long as they are open.
 */
#include "host_private.h"
#include "zend_exceptions.h"
#include "zend_interfaces.h"
#include "zend_weakrefs.h"

/* In a host that never tells of an end; and when it does, just in case. */
#define SWEEP_OFTEN_MS  10000
#define SWEEP_SELDOM_MS 60000

#define RETRY_MS 20

/* Connection objects that vanish are only noted; somebody has to come by. */
#define LINK_MS 1000

/* For one call of send(), and about what a host's queue may hold before it is looked at. */
#define SEND_MAX ((size_t)256 << 10)
#define PIECES   64

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

/* ---- references ---------------------------------------------------------------------------------------------- */

void php_mqs_hosted_ref(hosted *conn)
{
	conn->refs++;
}

void php_mqs_hosted_unref(hosted *conn)
{
	if (--conn->refs == 0) {
		if (!conn->by_object && conn->object) {
			OBJ_RELEASE(conn->object);
		}
		efree(conn);
	}
}

/* ---- the end of a connection --------------------------------------------------------------------------------- */

static void list_lost(hosted *conn)
{
	if (!conn->lost && conn->conn) {
		conn->lost = true;
		conn->next_lost = conn->host->lost;
		conn->host->lost = conn;
		conn->refs++;
	}
}

/* The host let go of a connection object: entries of by_link end here. Runs no PHP code: the object is being freed. */
static void link_removed(zval *entry)
{
	hosted *conn = Z_PTR_P(entry);
	if (conn->object) {
		conn->object = NULL;
		list_lost(conn);
	}
}

static void wake_reader(hosted *conn)
{
	if (Z_TYPE(conn->waiting) != IS_UNDEF) {
		zval coroutine;
		ZVAL_COPY_VALUE(&coroutine, &conn->waiting);
		ZVAL_UNDEF(&conn->waiting);
		php_mqs_reactor_resume(conn->host, &coroutine);
		zval_ptr_dtor(&coroutine);
	}
}

/* Takes it out of the tables. True: it was still open. The caller holds a reference of its own. */
static bool detach(hosted *conn)
{
	php_mqs_host *host = conn->host;
	mqs_conn *gone = conn->conn;
	if (!gone) {
		return false;
	}
	conn->conn = NULL;
	if (!conn->by_object) {
		zend_hash_index_del(&host->by_fd, (zend_ulong)conn->fd);
	} else if (conn->object) {
		zend_object *object = conn->object;
		conn->object = NULL;
		zend_weakrefs_hash_del(&host->by_link, object);
	}
	php_mqs_host_core_enter(host->server);
	mqs_conn_close(gone, php_mqs_server_now_ms(host->server));
	php_mqs_host_core_leave(host->server);
	php_mqs_hosted_unref(conn);
	return true;
}

void php_mqs_hosted_lose(hosted *conn)
{
	if (conn->host->in_core) {
		list_lost(conn);
		return;
	}
	conn->refs++;
	detach(conn);
	wake_reader(conn);
	php_mqs_hosted_unref(conn);
}

void php_mqs_hosted_close_lost(php_mqs_host *host)
{
	while (host->lost && !host->in_core) {
		hosted *conn = host->lost;
		host->lost = conn->next_lost;
		conn->lost = false;
		php_mqs_hosted_lose(conn);
		php_mqs_hosted_unref(conn);
	}
}

static void call_close(php_mqs_host *host, const host_methods *methods, zend_object *object, zend_long fd, bool reset)
{
	zval args[2], ret;
	uint32_t argc = 0;
	if (!methods->by_object) {
		ZVAL_LONG(&args[argc++], fd);
	}
	if (methods->swoole && reset) {
		ZVAL_TRUE(&args[argc++]);
	}
	if (php_mqs_host_call(host, methods->close, object, argc, args, &ret)) {
		zval_ptr_dtor(&ret);
	}
}

/* The broker is done with it. What the peer did not take by now is dropped. */
static void finish(hosted *conn)
{
	php_mqs_host *host = conn->host;
	zend_object *object = conn->object;
	conn->refs++;
	if (object) {
		GC_ADDREF(object);
	}
	if (detach(conn) && object) {
		call_close(host, conn->methods, object, conn->fd, conn->refused);
	}
	if (object) {
		OBJ_RELEASE(object);
	}
	if (!EG(exception)) {
		wake_reader(conn);
	}
	php_mqs_hosted_unref(conn);
}

/* ---- who is it? ---------------------------------------------------------------------------------------------- */

static zend_long info_number(HashTable *info, const char *key)
{
	zval *value = zend_hash_str_find(info, key, strlen(key));
	return value && Z_TYPE_P(value) == IS_LONG ? Z_LVAL_P(value) : 0;
}

/* What the host knows of a connection; false: nothing, or it is gone. `out` [owned] is an array. */
static bool client_info(php_mqs_host *host, const host_methods *methods, zend_object *object, zend_long fd, zval *out)
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
static bool is_stale(hosted *conn, zend_object *object, const zend_string *data)
{
	php_mqs_host *host = conn->host;
	zval info;
	if (host->told_close || (conn->methods->swoole && !(data && looks_like_connect(data)))) {
		return false;
	}
	if (client_info(host, conn->methods, object, conn->fd, &info)) {
		bool other = info_number(Z_ARRVAL(info), "connect_time") != conn->connect_time ||
		             info_number(Z_ARRVAL(info), "remote_port") != conn->remote_port;
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

/* False: it is closed by now. The host that is asked may tell of its end itself. */
static bool is_current(hosted *conn, zend_object *object, const zend_string *data)
{
	conn->refs++;
	if (is_stale(conn, object, data)) {
		php_mqs_hosted_lose(conn);
	}
	bool current = conn->conn != NULL;
	php_mqs_hosted_unref(conn);
	return current;
}

static size_t peer_of_array(HashTable *array, const char *address, const char *port, char *out, size_t size)
{
	zval *ip = zend_hash_str_find(array, address, strlen(address));
	int len = 0;
	if (ip && Z_TYPE_P(ip) == IS_STRING) {
		bool bare_ipv6 = strchr(Z_STRVAL_P(ip), ':') != NULL;
		len = snprintf(out, size, "%s%s%s:" ZEND_LONG_FMT, bare_ipv6 ? "[" : "", Z_STRVAL_P(ip), bare_ipv6 ? "]" : "",
		    info_number(array, port));
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

/* Where it comes from, for logs and handlers; 0: unknown. Sets what tells it from others with the same number. */
static size_t identify(hosted *conn, zend_object *object, char *out, size_t size)
{
	php_mqs_host *host = conn->host;
	const host_methods *methods = conn->methods;
	zval info;
	if (client_info(host, methods, object, conn->fd, &info)) {
		conn->connect_time = info_number(Z_ARRVAL(info), "connect_time");
		conn->remote_port = info_number(Z_ARRVAL(info), "remote_port");
		size_t len = peer_of_array(Z_ARRVAL(info), "remote_ip", "remote_port", out, size);
		zval_ptr_dtor(&info);
		return len;
	}
	if (methods->by_object && methods->peer_address && methods->peer_port) {
		return peer_of_socket(host, methods, object, out, size);
	}
	return methods->by_object && methods->export_socket ? peer_of_export(host, methods, object, out, size) : 0;
}

hosted *php_mqs_hosted_find(php_mqs_host *host, const host_methods *methods, zend_object *object, zend_long fd)
{
	return methods->by_object ? zend_hash_index_find_ptr(&host->by_link, zend_object_to_weakref_key(object))
	                          : zend_hash_index_find_ptr(&host->by_fd, (zend_ulong)fd);
}

static void take_object(hosted *conn, zend_object *object)
{
	conn->object = object;
	if (!conn->by_object) {
		GC_ADDREF(object);
	}
}

static mqs_conn_rules rules_of(const php_mqs_server *server)
{
	const php_mqs_listener *listener = &server->options.listeners[0];
	return (mqs_conn_rules){
	    .allow_anonymous = listener->anonymous != PHP_MQS_ANONYMOUS_NO,
	    .tolerate_receive_maximum = listener->tolerate_receive_maximum,
	};
}

static hosted *create(php_mqs_host *host, const host_methods *methods, zend_object *object, zend_long fd)
{
	char peer[64];
	hosted *conn = ecalloc(1, sizeof(*conn));
	conn->host = host;
	conn->methods = methods;
	conn->fd = fd;
	conn->by_object = methods->by_object;
	conn->refs = 1;
	ZVAL_UNDEF(&conn->waiting);
	size_t peer_len = identify(conn, object, peer, sizeof(peer));
	int64_t now_ms = php_mqs_server_now_ms(host->server);
	mqs_conn_info info = {.peer = mqs_bytes_make(peer, peer_len), .rules = rules_of(host->server), .user = conn};
	if (EG(exception) || host->stopped || php_mqs_hosted_find(host, methods, object, fd) ||
	    mqs_conn_open(host->server->broker, &info, now_ms, &conn->conn) != MQS_OK) {
		efree(conn);
		return NULL;
	}
	conn->id = mqs_conn_id(conn->conn);
	conn->seen_ms = now_ms;
	host->used = true;
	take_object(conn, object);
	if (conn->by_object) {
		zend_weakrefs_hash_add_ptr(&host->by_link, object, conn);
	} else {
		zend_hash_index_add_new_ptr(&host->by_fd, (zend_ulong)fd, conn);
	}
	return conn;
}

hosted *php_mqs_hosted_open(php_mqs_host *host, const host_methods *methods, zend_object *object, zend_long fd,
    zend_long reactor_id, const zend_string *data)
{
	hosted *conn = php_mqs_hosted_find(host, methods, object, fd);
	if (conn && !is_current(conn, object, data)) {
		conn = NULL;
	}
	if (!conn) {
		conn = create(host, methods, object, fd);
		if (!conn) {
			if (!EG(exception)) {
				call_close(host, methods, object, fd, false);
			}
			return NULL;
		}
	} else if (UNEXPECTED(conn->object != object)) {
		/* The same number by way of another object: the latest one is used. */
		zend_object *before = conn->object;
		conn->methods = methods;
		take_object(conn, object);
		OBJ_RELEASE(before);
	}
	conn->reactor_id = reactor_id;
	conn->seen_ms = php_mqs_server_now_ms(host->server);
	return conn;
}

bool php_mqs_host_peer_of(
    php_mqs_server *server, uint64_t conn_id, zend_long *fd, zend_long *reactor_id, zval *host_server)
{
	mqs_conn *known = server->host && !server->net ? mqs_broker_conn(server->broker, conn_id) : NULL;
	const hosted *conn = known ? mqs_conn_user(known) : NULL;
	if (!conn) {
		/* Gone, but what it said before is being handled. */
		return server->host && php_mqs_lane_peer_of(server->host, conn_id, fd, reactor_id, host_server);
	}
	*fd = conn->fd;
	*reactor_id = conn->reactor_id;
	if (conn->object) {
		ZVAL_OBJ(host_server, conn->object);
	} else {
		ZVAL_UNDEF(host_server);
	}
	return true;
}

/* ---- output -------------------------------------------------------------------------------------------------- */

static void list_out(hosted *conn)
{
	php_mqs_host *host = conn->host;
	if (conn->listed) {
		return;
	}
	bool waits = host->coroutines && !(host->never_waits && conn->methods->swoole);
	hosted **head = waits ? &host->outbox : &host->at_once;
	hosted **tail = waits ? &host->outbox_tail : &host->at_once_tail;
	conn->listed = true;
	conn->next_out = NULL;
	conn->refs++;
	if (*head) {
		(*tail)->next_out = conn;
	} else {
		*head = conn;
	}
	*tail = conn;
}

static void serve(hosted *conn);

/* The first of a list has its turn. */
static void serve_first(hosted **list)
{
	hosted *conn = *list;
	*list = conn->next_out;
	conn->listed = false;
	serve(conn);
	php_mqs_hosted_unref(conn);
}

static void list_retry(hosted *conn)
{
	if (!conn->refused) {
		conn->refused = true;
		conn->next_retry = conn->host->retry;
		conn->host->retry = conn;
		conn->refs++;
	}
}

void php_mqs_hosted_retry(php_mqs_host *host)
{
	while (host->retry) {
		hosted *conn = host->retry;
		host->retry = conn->next_retry;
		conn->refused = false;
		list_out(conn);
		php_mqs_hosted_unref(conn);
	}
}

/* [owned] What it has to say, up to a limit. */
static zend_string *collect(const hosted *conn)
{
	mqs_bytes pieces[PIECES];
	size_t count = mqs_conn_output(conn->conn, pieces, PIECES), total = 0, done = 0;
	for (size_t i = 0; i < count; i++) {
		total += pieces[i].len;
	}
	zend_string *bytes = zend_string_alloc(MIN(total, conn->host->send_max), 0);
	for (size_t i = 0; i < count && done < ZSTR_LEN(bytes); i++) {
		size_t len = MIN(pieces[i].len, ZSTR_LEN(bytes) - done);
		memcpy(ZSTR_VAL(bytes) + done, pieces[i].ptr, len);
		done += len;
	}
	ZSTR_VAL(bytes)[done] = '\0';
	return bytes;
}

/*
 * A host with a queue is not asked to send while a lot waits in it: some never come back from such a call when the
 * client dies meanwhile. Looked at from time to time only, for it costs more than sending.
 */
static bool has_room(hosted *conn)
{
	php_mqs_host *host = conn->host;
	zval info;
	if (!conn->methods->swoole || conn->unverified < host->send_max) {
		return true;
	}
	if (!client_info(host, conn->methods, conn->object, conn->fd, &info)) {
		if (conn->conn && !EG(exception)) {
			php_mqs_hosted_lose(conn);
		}
		return false;
	}
	conn->unverified = (size_t)MAX(0, info_number(Z_ARRVAL(info), "send_queued_bytes"));
	zval_ptr_dtor(&info);
	return conn->unverified < host->send_max;
}

/* send() threw. For some hosts that is how connections end, so it is told once, and not when we closed it ourselves. */
static void send_failed(hosted *conn)
{
	zend_object *exception = EG(exception);
	if (zend_is_graceful_exit(exception) || zend_is_unwind_exit(exception)) {
		php_mqs_exception_log(conn->host->server, "send()", mqs_bytes_make(NULL, 0));
		return;
	}
	if (conn->conn && !conn->failed) {
		zval rv;
		zval *message = zend_read_property(
		    instanceof_function(exception->ce, zend_ce_exception) ? zend_ce_exception : zend_ce_error, exception,
		    ZEND_STRL("message"), true, &rv);
		zend_string *line = zend_strpprintf(0, "%s::send() threw %s: %s", ZSTR_VAL(conn->methods->ce->name),
		    ZSTR_VAL(exception->ce->name), Z_TYPE_P(message) == IS_STRING ? Z_STRVAL_P(message) : "");
		conn->failed = true;
		zend_clear_exception();
		php_mqs_log_line(conn->host->server, MQS_LOG_NOTICE, ZSTR_VAL(line), mqs_bytes_make(NULL, 0));
		zend_string_release(line);
		return;
	}
	zend_clear_exception();
}

/* Bytes that the host took. May suspend. */
static size_t call_send(hosted *conn, zend_string *bytes)
{
	zval args[2], ret;
	uint32_t argc = 0;
	size_t sent = 0;
	zend_object *object = conn->object;
	GC_ADDREF(object);
	if (!conn->by_object) {
		ZVAL_LONG(&args[argc++], conn->fd);
	}
	ZVAL_STR(&args[argc++], bytes);
	conn->unverified += ZSTR_LEN(bytes);
	if (!php_mqs_host_try(conn->host, conn->methods->send, object, argc, args, &ret)) {
		send_failed(conn);
	} else {
		if (Z_TYPE(ret) == IS_LONG) {
			sent = Z_LVAL(ret) < 0 ? 0 : MIN((size_t)Z_LVAL(ret), ZSTR_LEN(bytes));
		} else {
			sent = Z_TYPE(ret) == IS_FALSE ? 0 : ZSTR_LEN(bytes);
		}
		zval_ptr_dtor(&ret);
	}
	OBJ_RELEASE(object);
	return sent;
}

/* A send() was refused. Is there still somebody? */
static void refused(hosted *conn)
{
	zval arg, ret;
	if (conn->methods->exist && !conn->by_object) {
		ZVAL_LONG(&arg, conn->fd);
		if (php_mqs_host_call(conn->host, conn->methods->exist, conn->object, 1, &arg, &ret)) {
			bool gone = Z_TYPE(ret) == IS_FALSE;
			zval_ptr_dtor(&ret);
			if (gone && conn->conn) {
				php_mqs_hosted_lose(conn);
			}
		}
	}
	if (conn->conn) {
		list_retry(conn);
	}
}

static void write_out(hosted *conn)
{
	php_mqs_host *host = conn->host;
	while (conn->conn && conn->object && mqs_conn_output_size(conn->conn) > 0) {
		if (!has_room(conn)) {
			if (conn->conn) {
				list_retry(conn);
			}
			return;
		}
		if (!conn->conn || !conn->object) {
			return;
		}
		zend_string *bytes = collect(conn);
		size_t size = ZSTR_LEN(bytes);
		size_t sent = call_send(conn, bytes);
		zend_string_release(bytes);
		if (EG(exception)) {
			return;
		}
		if (conn->conn && sent > 0) {
			php_mqs_host_core_enter(host->server);
			mqs_conn_output_advance(conn->conn, sent, php_mqs_server_now_ms(host->server));
			php_mqs_host_core_leave(host->server);
		}
		if (sent < size) {
			if (conn->conn) {
				refused(conn);
			}
			return;
		}
	}
}

/* The broker wants to read again. */
static void read_on(hosted *conn)
{
	zval arg, ret;
	if (conn->paused) {
		conn->paused = false;
		ZVAL_LONG(&arg, conn->fd);
		if (php_mqs_host_call(conn->host, conn->methods->resume, conn->object, 1, &arg, &ret)) {
			zval_ptr_dtor(&ret);
		}
	}
	if (!EG(exception)) {
		wake_reader(conn);
	}
}

/* All that there is to do for one connection. May suspend. */
static void serve(hosted *conn)
{
	if (!conn->conn) {
		return;
	}
	if (conn->sending) {
		/* Whoever does that goes on; unless the broker has given up hope, and all output with it. */
		if (mqs_conn_wants_close(conn->conn) && mqs_conn_output_size(conn->conn) == 0) {
			finish(conn);
		}
		return;
	}
	conn->refs++;
	conn->sending = true;
	write_out(conn);
	conn->sending = false;
	if (conn->conn && !EG(exception)) {
		if (mqs_conn_wants_close(conn->conn)) {
			if (mqs_conn_output_size(conn->conn) == 0) {
				finish(conn);
			}
		} else if (mqs_conn_wants_read(conn->conn)) {
			read_on(conn);
		}
	}
	php_mqs_hosted_unref(conn);
}

void php_mqs_hosted_send_out(php_mqs_host *host)
{
	while (host->outbox && !EG(exception)) {
		serve_first(&host->outbox);
		if (host->spawning == 0 && !EG(exception)) {
			php_mqs_host_settle(host, NULL); /* it was suspended: nobody else looks at what came of it */
		}
	}
}

/* Everybody for whom the broker has something goes into the outbox; true for `own`, who does not. */
static bool list_ready(php_mqs_host *host, const hosted *own)
{
	bool own_ready = false;
	mqs_conn *ready;
	php_mqs_host_core_enter(host->server);
	while ((ready = mqs_broker_next_ready(host->server->broker)) != NULL) {
		hosted *conn = mqs_conn_user(ready);
		if (conn == own) {
			own_ready = true;
		} else {
			list_out(conn);
		}
	}
	php_mqs_host_core_leave(host->server);
	return own_ready;
}

bool php_mqs_hosted_flush(php_mqs_host *host, hosted *own)
{
	bool own_ready = list_ready(host, own);
	bool any = own_ready || host->outbox || host->at_once;
	while (host->at_once && !EG(exception)) {
		serve_first(&host->at_once);
	}
	/* A coroutine whose send() suspends leaves the others to the next one. */
	while (host->outbox && !EG(exception)) {
		if (!php_mqs_reactor_spawn(host, HOST_CALL_FLUSH, 0)) {
			host->spawning++;
			php_mqs_hosted_send_out(host);
			host->spawning--;
		}
	}
	if (own_ready && !EG(exception)) {
		serve(own);
	}
	return any;
}

static bool is_to_wait(const hosted *conn)
{
	return conn->conn && !EG(exception) && !mqs_conn_wants_close(conn->conn) && !mqs_conn_wants_read(conn->conn);
}

static void pause_reading(hosted *conn)
{
	zval arg, ret;
	conn->paused = true;
	ZVAL_LONG(&arg, conn->fd);
	if (php_mqs_host_call(conn->host, conn->methods->pause, conn->object, 1, &arg, &ret)) {
		zval_ptr_dtor(&ret);
	}
}

/* The host is asked at once, or where it has a loop, between its events. */
static void hold_by_number(hosted *conn)
{
	php_mqs_host *host = conn->host;
	if (!conn->methods->pause || !conn->methods->resume || conn->paused || conn->held) {
		return;
	}
	if (!host->deferred) {
		host->deferred = php_mqs_reactor_defer(host);
	}
	if (!host->deferred) {
		pause_reading(conn);
		return;
	}
	conn->held = true;
	conn->next_held = host->held;
	host->held = conn;
	conn->refs++;
}

void php_mqs_hosted_pause_held(php_mqs_host *host)
{
	while (host->held) {
		hosted *conn = host->held;
		host->held = conn->next_held;
		conn->held = false;
		if (is_to_wait(conn) && !conn->paused) {
			pause_reading(conn);
		}
		php_mqs_hosted_unref(conn);
	}
}

void php_mqs_hosted_hold_back(hosted *conn)
{
	php_mqs_host *host = conn->host;
	if (!conn->by_object) {
		if (is_to_wait(conn)) {
			hold_by_number(conn);
		}
		return;
	}
	while (is_to_wait(conn) && host->coroutines && Z_TYPE(conn->waiting) == IS_UNDEF) {
		if (!php_mqs_reactor_suspend(host, &conn->waiting)) {
			zval_ptr_dtor(&conn->waiting);
			ZVAL_UNDEF(&conn->waiting);
			return;
		}
	}
}

/* ---- looking after them -------------------------------------------------------------------------------------- */

static void sweep_one(php_mqs_host *host, zend_ulong fd)
{
	zval arg, ret;
	hosted *conn = zend_hash_index_find_ptr(&host->by_fd, fd);
	if (!conn || !conn->methods->exist) {
		return;
	}
	conn->refs++;
	ZVAL_LONG(&arg, conn->fd);
	if (php_mqs_host_call(host, conn->methods->exist, conn->object, 1, &arg, &ret)) {
		bool gone = Z_TYPE(ret) == IS_FALSE;
		zval_ptr_dtor(&ret);
		if (gone && conn->conn) {
			php_mqs_hosted_lose(conn);
		}
	}
	php_mqs_hosted_unref(conn);
}

void php_mqs_hosted_sweep(php_mqs_host *host, int64_t now_ms)
{
	uint32_t every_ms = host->told_close ? SWEEP_SELDOM_MS : SWEEP_OFTEN_MS;
	if (now_ms < host->sweep_ms) {
		return;
	}
	host->sweep_ms = now_ms + every_ms;
	/* The calls may change the table: first who, then what. */
	uint32_t count = 0, size = zend_hash_num_elements(&host->by_fd);
	zend_ulong *silent = size ? safe_emalloc(size, sizeof(*silent), 0) : NULL;
	hosted *conn;
	ZEND_HASH_FOREACH_PTR (&host->by_fd, conn) {
		if (now_ms - conn->seen_ms >= every_ms) {
			silent[count++] = (zend_ulong)conn->fd;
		}
	}
	ZEND_HASH_FOREACH_END();
	for (uint32_t i = 0; i < count && !EG(exception); i++) {
		sweep_one(host, silent[i]);
	}
	if (silent) {
		efree(silent);
	}
}

int64_t php_mqs_hosted_deadline(const php_mqs_host *host, int64_t now_ms)
{
	int64_t due_ms = zend_hash_num_elements(&host->by_fd) > 0 ? host->sweep_ms : INT64_MAX;
	if (zend_hash_num_elements(&host->by_link) > 0) {
		due_ms = MIN(due_ms, now_ms + LINK_MS);
	}
	if (host->retry) {
		due_ms = MIN(due_ms, now_ms + RETRY_MS);
	}
	return due_ms;
}

void php_mqs_hosted_shut_down(php_mqs_host *host)
{
	hosted *conn;
	/* What could not be sent by now is dropped with the connection. */
	ZEND_HASH_FOREACH_PTR (&host->by_fd, conn) {
		list_lost(conn);
	}
	ZEND_HASH_FOREACH_END();
	ZEND_HASH_FOREACH_PTR (&host->by_link, conn) {
		if (!conn->sending) { /* else whoever does that closes it */
			list_lost(conn);
		}
	}
	ZEND_HASH_FOREACH_END();
	while (host->lost && !host->in_core && !EG(exception)) {
		conn = host->lost;
		host->lost = conn->next_lost;
		conn->lost = false;
		conn->refused = conn->refused || (conn->conn && mqs_conn_output_size(conn->conn) > 0);
		finish(conn);
		php_mqs_hosted_unref(conn);
	}
}

/* ---- life ---------------------------------------------------------------------------------------------------- */

void php_mqs_hosted_init(php_mqs_host *host)
{
	zend_hash_init(&host->classes, 0, NULL, methods_removed, 0);
	zend_hash_init(&host->by_fd, 0, NULL, NULL, 0);
	zend_hash_init(&host->by_link, 0, NULL, link_removed, 0);
	host->send_max = SEND_MAX;
}

static void abandon_one(hosted *conn)
{
	conn->refs++;
	zval_ptr_dtor(&conn->waiting);
	ZVAL_UNDEF(&conn->waiting);
	detach(conn);
	php_mqs_hosted_unref(conn);
}

static void forget_list(hosted **list, size_t next)
{
	while (*list) {
		hosted *conn = *list;
		*list = *(hosted **)((char *)conn + next);
		abandon_one(conn); /* a connection object that is gone already has left its table */
		php_mqs_hosted_unref(conn);
	}
}

void php_mqs_hosted_abandon(php_mqs_host *host)
{
	hosted *conn;
	/* Deleting the entry that the walk is at is allowed. */
	ZEND_HASH_FOREACH_PTR (&host->by_fd, conn) {
		abandon_one(conn);
	}
	ZEND_HASH_FOREACH_END();
	ZEND_HASH_FOREACH_PTR (&host->by_link, conn) {
		abandon_one(conn);
	}
	ZEND_HASH_FOREACH_END();
	forget_list(&host->at_once, offsetof(hosted, next_out));
	forget_list(&host->outbox, offsetof(hosted, next_out));
	forget_list(&host->retry, offsetof(hosted, next_retry));
	forget_list(&host->held, offsetof(hosted, next_held));
	forget_list(&host->lost, offsetof(hosted, next_lost));
}

void php_mqs_hosted_destroy(php_mqs_host *host)
{
	zend_hash_destroy(&host->classes);
	zend_hash_destroy(&host->by_fd);
	zend_hash_destroy(&host->by_link);
}

void php_mqs_hosted_gc(php_mqs_host *host, zend_get_gc_buffer *buffer)
{
	hosted *conn;
	ZEND_HASH_FOREACH_PTR (&host->by_fd, conn) {
		if (conn->object) {
			zend_get_gc_buffer_add_obj(buffer, conn->object);
		}
	}
	ZEND_HASH_FOREACH_END();
}
