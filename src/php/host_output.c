/* SPDX-License-Identifier: MIT
 *
 * src/php/host_output.c - what the broker has for connections is handed to their host: at the end of a turn, by one
 * call for each, in a coroutine where the call may suspend. And the other way: a host is asked to read no more for a
 * while.
 */
#include "host_private.h"
#include "zend_exceptions.h"

#define PIECES 64

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
	if (!php_mqs_hosted_info(host, conn->methods, conn->object, conn->fd, &info)) {
		if (conn->conn && !EG(exception)) {
			php_mqs_hosted_lose(conn);
		}
		return false;
	}
	conn->unverified = (size_t)MAX(0, php_mqs_hosted_number(Z_ARRVAL(info), "send_queued_bytes"));
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
		php_mqs_hosted_wake_reader(conn);
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
			php_mqs_hosted_finish(conn);
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
				php_mqs_hosted_finish(conn);
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
		bool resumed = php_mqs_reactor_suspend(host, &conn->waiting);
		/* Whoever resumed it, it waits no more. */
		zval_ptr_dtor(&conn->waiting);
		ZVAL_UNDEF(&conn->waiting);
		if (!resumed) {
			return;
		}
	}
}
