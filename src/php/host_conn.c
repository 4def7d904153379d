/* SPDX-License-Identifier: MIT
 *
 * src/php/host_conn.c - the connections of a host: by which they are known, and when they are gone.
 * Owns: the table entries. Does not own: connection objects, which the host keeps for as long as they are open.
 */
#include "host_private.h"
#include "zend_exceptions.h"
#include "zend_weakrefs.h"

/* In a host that never tells of an end; and when it does, just in case. */
#define SWEEP_OFTEN_MS  2000
#define SWEEP_SELDOM_MS 60000

#define RETRY_MS 20

/* Connection objects that vanish are only noted; somebody has to come by. */
#define LINK_MS 1000

/* For one call of send(), and about what a host's queue may hold before it is looked at. */
#define SEND_MAX ((size_t)256 << 10)
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

void php_mqs_hosted_wake_reader(hosted *conn)
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
	php_mqs_hosted_wake_reader(conn);
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
void php_mqs_hosted_finish(hosted *conn)
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
		php_mqs_hosted_wake_reader(conn);
	}
	php_mqs_hosted_unref(conn);
}
/* ---- by which they are known --------------------------------------------------------------------------------- */

/* False: it is closed by now. The host that is asked may tell of its end itself. */
static bool is_current(hosted *conn, zend_object *object, const zend_string *data)
{
	conn->refs++;
	if (php_mqs_hosted_is_stale(conn, object, data)) {
		php_mqs_hosted_lose(conn);
	}
	bool current = conn->conn != NULL;
	php_mqs_hosted_unref(conn);
	return current;
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

/* Handlers of connections that ended are still running, as many as may be: others would only add to them. */
static bool is_overloaded(php_mqs_host *host)
{
	php_mqs_server *server = host->server;
	bool over = zend_hash_num_elements(&server->decisions) >= (uint64_t)server->options.broker.max_pending_decisions;
	if (over && !host->overloaded) {
		php_mqs_log_line(server, MQS_LOG_WARNING,
		    "max_pending_decisions handlers run at once: new connections are closed until some have ended",
		    mqs_bytes_make(NULL, 0));
	}
	host->overloaded = over;
	return over;
}

void php_mqs_hosted_turn_away(php_mqs_host *host, const host_methods *methods, zend_object *object, zend_long fd)
{
	hosted *conn = php_mqs_hosted_find(host, methods, object, fd);
	if (conn) {
		php_mqs_hosted_lose(conn);
	}
	call_close(host, methods, object, fd, true);
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
	size_t peer_len = php_mqs_hosted_identify(conn, object, peer, sizeof(peer));
	int64_t now_ms = php_mqs_server_now_ms(host->server);
	mqs_conn_info info = {.peer = mqs_bytes_make(peer, peer_len), .rules = rules_of(host->server), .user = conn};
	if (EG(exception) || host->stopped || host->draining || is_overloaded(host) ||
	    php_mqs_hosted_find(host, methods, object, fd) ||
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
/* ---- looking after them -------------------------------------------------------------------------------------- */

static bool is_gone(hosted *conn)
{
	php_mqs_host *host = conn->host;
	zval arg, ret;
	if (conn->by_object) {
		return conn->object && php_mqs_hosted_socket_is_closed(conn);
	}
	ZVAL_LONG(&arg, conn->fd);
	if (!conn->methods->exist || !php_mqs_host_call(host, conn->methods->exist, conn->object, 1, &arg, &ret)) {
		return false;
	}
	bool gone = Z_TYPE(ret) == IS_FALSE;
	zval_ptr_dtor(&ret);
	return gone;
}

/* Takes a reference to each that was silent for so long. */
static uint32_t collect_silent(HashTable *table, int64_t since_ms, hosted **out)
{
	uint32_t count = 0;
	hosted *conn;
	ZEND_HASH_FOREACH_PTR (table, conn) {
		if (conn->seen_ms <= since_ms) {
			out[count++] = conn;
			conn->refs++;
		}
	}
	ZEND_HASH_FOREACH_END();
	return count;
}

void php_mqs_hosted_sweep(php_mqs_host *host, int64_t now_ms)
{
	uint32_t every_ms = host->told_close ? SWEEP_SELDOM_MS : SWEEP_OFTEN_MS;
	if (now_ms < host->sweep_ms) {
		return;
	}
	host->sweep_ms = now_ms + every_ms;
	/* The calls may change the tables: first who, then what. */
	uint32_t size = zend_hash_num_elements(&host->by_fd) + zend_hash_num_elements(&host->by_link);
	if (size == 0) {
		return;
	}
	hosted **silent = safe_emalloc(size, sizeof(hosted *), 0);
	uint32_t count = collect_silent(&host->by_fd, now_ms - every_ms, silent);
	count += collect_silent(&host->by_link, now_ms - every_ms, silent + count);
	for (uint32_t i = 0; i < count; i++) {
		if (!EG(exception) && silent[i]->conn && is_gone(silent[i]) && silent[i]->conn) {
			php_mqs_hosted_lose(silent[i]);
		}
		php_mqs_hosted_unref(silent[i]);
	}
	efree(silent);
}

int64_t php_mqs_hosted_deadline(const php_mqs_host *host, int64_t now_ms)
{
	int64_t due_ms = zend_hash_num_elements(&host->by_fd) > 0 ? host->sweep_ms : INT64_MAX;
	if (zend_hash_num_elements(&host->by_link) > 0) {
		due_ms = MIN(host->sweep_ms, now_ms + LINK_MS);
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
		php_mqs_hosted_finish(conn);
		php_mqs_hosted_unref(conn);
	}
}

/* ---- life ---------------------------------------------------------------------------------------------------- */

void php_mqs_hosted_init(php_mqs_host *host)
{
	php_mqs_hosted_methods_init(host);
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
