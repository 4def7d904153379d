/* SPDX-License-Identifier: MIT
 *
 * src/php/host.c - the hosted home of MqttServer\Server: its life in a process, and what follows from each event.
 *
 * An entry feeds the broker, and then settles: handlers that wait are run, output is sent, the timer is set. What comes
 * in while the broker is being run (from a handler, or because something suspended) waits for the one that settles.
 * Owns: the state of one process. A child that inherits it drops it at its first entry.
 */
#include "host_private.h"
#include "host_runs.h"
#include "hyperf.h"
#include "message.h"
#include "zend_exceptions.h"
#include <uv.h>

/* Entries whose output may wait for the end of the loop's turn. */
#define UNSENT_MAX 256

/* Of all that comes while a worker starts, which a constructor of a handler may delay. */
#define WAITING_MAX ((size_t)64 << 20)

static const mqs_bytes nobody = {NULL, 0};

/* ---- the core is being run ----------------------------------------------------------------------------------- */

void php_mqs_host_core_enter(php_mqs_server *server)
{
	if (server->host) {
		server->host->in_core++;
	}
}

void php_mqs_host_core_leave(php_mqs_server *server)
{
	if (server->host) {
		server->host->in_core--;
	}
}

bool php_mqs_host_defers(const php_mqs_server *server)
{
	return server->host && server->host->coroutines;
}

bool php_mqs_host_speaks(const php_mqs_server *server)
{
	return server->host && server->host->spoke;
}

bool php_mqs_host_runs(const php_mqs_server *server)
{
	const php_mqs_host *host = server->host;
	return host && host->pid == uv_os_getpid() && (host->used || host->coroutines || host->reactor_on) &&
	       !host->stopped;
}

bool php_mqs_host_silent(const php_mqs_server *server)
{
	return server->host && server->host->silent;
}

void php_mqs_host_wake(php_mqs_server *server)
{
	php_mqs_host *host = server->host;
	/* Whoever starts a coroutine settles behind it. */
	if (host && host->ready && host->spawning == 0 && !EG(exception)) {
		php_mqs_host_settle_later(host, NULL);
	}
}

/* ---- log lines that wait ------------------------------------------------------------------------------------- */

typedef struct host_line {
	mqs_log_level level;
	zend_string *text, *client_id; /* [owned] */
	struct host_line *next;
} host_line;

bool php_mqs_host_log(php_mqs_server *server, mqs_log_level level, const char *text, size_t len, mqs_bytes client_id)
{
	php_mqs_host *host = server->host;
	if (!host || !host->coroutines || !host->in_core) {
		return false;
	}
	host_line *line = emalloc(sizeof(*line));
	line->level = level;
	line->text = zend_string_init(text, len, 0);
	line->client_id = client_id.len ? zend_string_init((const char *)client_id.ptr, client_id.len, 0) : NULL;
	line->next = NULL;
	if (host->lines) {
		host->lines_tail->next = line;
	} else {
		host->lines = line;
	}
	host->lines_tail = line;
	return true;
}

static void line_free(host_line *line)
{
	zend_string_release(line->text);
	if (line->client_id) {
		zend_string_release(line->client_id);
	}
	efree(line);
}

static void write_lines(php_mqs_host *host)
{
	while (host->lines && !host->in_core && !EG(exception)) {
		host_line *line = host->lines;
		host->lines = line->next;
		mqs_bytes client_id =
		    line->client_id ? mqs_bytes_make(ZSTR_VAL(line->client_id), ZSTR_LEN(line->client_id)) : nobody;
		php_mqs_log_kept(host->server, line->level, ZSTR_VAL(line->text), ZSTR_LEN(line->text), client_id);
		line_free(line);
	}
}

/* ---- entries that wait --------------------------------------------------------------------------------------- */

bool php_mqs_host_entry_put(php_mqs_host *host, host_entry_kind kind, zend_object *object, zend_long fd,
    zend_long reactor_id, zend_string *data)
{
	size_t size = sizeof(host_entry) + (data ? ZSTR_LEN(data) : 0);
	if (kind != HOST_ENTRY_CLOSE && host->waiting_bytes + size > WAITING_MAX) {
		return false;
	}
	host->waiting_bytes += size;
	host_entry *entry = emalloc(sizeof(*entry));
	entry->kind = kind;
	entry->object = object;
	GC_ADDREF(object);
	entry->fd = fd;
	entry->reactor_id = reactor_id;
	entry->data = data ? zend_string_copy(data) : NULL;
	entry->next = NULL;
	if (host->waiting) {
		host->waiting_tail->next = entry;
	} else {
		host->waiting = entry;
	}
	host->waiting_tail = entry;
	return true;
}

static host_entry *entry_take(php_mqs_host *host)
{
	host_entry *entry = host->waiting;
	if (entry) {
		host->waiting = entry->next;
		host->waiting_bytes -= sizeof(*entry) + (entry->data ? ZSTR_LEN(entry->data) : 0);
	}
	return entry;
}

static void entry_free(host_entry *entry)
{
	OBJ_RELEASE(entry->object);
	if (entry->data) {
		zend_string_release(entry->data);
	}
	efree(entry);
}

/* ---- the life of a host -------------------------------------------------------------------------------------- */

static php_mqs_host *host_create(php_mqs_server *server)
{
	php_mqs_host *host = ecalloc(1, sizeof(*host));
	host->server = server;
	host->pid = uv_os_getpid();
	host->drain_ms = server->options.net.shutdown_grace_ms;
	for (int i = 0; i < HOST_CALL_COUNT; i++) {
		ZVAL_UNDEF(&host->closures[i]);
	}
	mqs_list_init(&host->limited);
	zend_hash_init(&host->watched, 0, NULL, NULL, 0);
	php_mqs_hosted_init(host);
	php_mqs_lanes_init(host);
	php_mqs_reactor_detect(host);
	return host;
}

/* Connections, tickets and all that waits: gone, and nobody hears of it. */
static void host_abandon(php_mqs_host *host)
{
	php_mqs_server *server = host->server;
	host->silent = true;
	php_mqs_runs_forget(server);
	if (server->broker) {
		mqs_broker_set_wants(server->broker, MQS_PHASE_BEFORE, 0);
		mqs_broker_set_wants(server->broker, MQS_PHASE_AFTER, 0);
	}
	if (host->pid == uv_os_getpid()) {
		php_mqs_host_mesh_leave(host);
		php_mqs_hosted_abandon(host);
	} else {
		if (host->mesh) {
			mqs_broker_set_bus(server->broker, NULL);
		}
		php_mqs_hosted_abandon(host);
		php_mqs_host_mesh_abandon(host);
	}
	for (host_entry *entry; (entry = entry_take(host)) != NULL;) {
		entry_free(entry);
	}
	while (host->lines) {
		host_line *line = host->lines;
		host->lines = line->next;
		line_free(line);
	}
}

static void host_destroy(php_mqs_host *host)
{
	php_mqs_lanes_destroy(host);
	php_mqs_hosted_destroy(host);
	php_mqs_reactor_clear(host);
	zend_hash_destroy(&host->watched);
	efree(host);
}

void php_mqs_host_free(php_mqs_server *server)
{
	php_mqs_host *host = server->host;
	if (host) {
		if (host->in_core) {
			/* A fatal error ended the request inside the broker: it cannot be entered again, not even to be freed. */
			server->forked = true;
			server->host = NULL;
			return;
		}
		host_abandon(host);
		server->host = NULL;
		host_destroy(host);
	}
}

void php_mqs_host_gc(php_mqs_server *server, zend_get_gc_buffer *buffer)
{
	php_mqs_host *host = server->host;
	if (!host) {
		return;
	}
	php_mqs_hosted_gc(host, buffer);
	php_mqs_lanes_gc(host, buffer);
	php_mqs_reactor_gc(host, buffer);
	for (host_entry *entry = host->waiting; entry; entry = entry->next) {
		zend_get_gc_buffer_add_obj(buffer, entry->object);
	}
}

/* This process was forked off while the state was in use. FAILURE: an exception is set. */
static zend_result drop_inherited(php_mqs_server *server)
{
	bool used = server->host->used || server->host->mesh;
	php_mqs_host_free(server);
	zend_hash_clean(&server->decisions);
	zend_hash_clean(&server->values);
	if (used && php_mqs_server_broker_renew(server) == FAILURE) {
		return FAILURE;
	}
	php_mqs_server_update_wants(server);
	return SUCCESS;
}

static void announce(php_mqs_host *host)
{
	php_mqs_server *server = host->server;
	if (server->options.listeners[0].anonymous == PHP_MQS_ANONYMOUS_BY_RULE &&
	    !server->chains.by_event[MQS_EVENT_CONNECT][MQS_PHASE_BEFORE]) {
		php_mqs_log_format(server, MQS_LOG_NOTICE, nobody,
		    "Server \"%s\" accepts clients without a user name: register a CONNECT handler, or set the option "
		    "allow_anonymous",
		    ZSTR_VAL(server->options.name));
	}
}

/* The first entry of a process: options and handlers are taken. Entries that come meanwhile wait. */
static zend_result begin(php_mqs_host *host)
{
	php_mqs_server *server = host->server;
	host->starting = true;
	zend_result result = php_mqs_hyperf_attach(server, NULL);
	if (result == SUCCESS) {
		result = php_mqs_chains_resolve(&server->chains, &server->container);
	}
	if (result == SUCCESS && (server->chains.uses_messages || server->hyperf)) {
		result = php_mqs_message_prepare();
	}
	host->starting = false;
	if (result == FAILURE) {
		for (host_entry *entry; (entry = entry_take(host)) != NULL;) {
			entry_free(entry);
		}
		return FAILURE;
	}
	host->ready = true;
	php_mqs_server_update_wants(server);
	php_mqs_timers_start_hosted(server, php_mqs_server_now_ms(server));
	announce(host);
	return SUCCESS;
}

php_mqs_host *php_mqs_host_enter(php_mqs_server *server)
{
	int pid = uv_os_getpid();
	php_mqs_host *host = server->host;
	if (EXPECTED(host && host->pid == pid && (host->ready || host->starting))) {
		return host;
	}
	if (server->net) {
		zend_throw_exception(php_mqs_exception_ce, "The server runs by itself: a host cannot give it connections", 0);
		return NULL;
	}
	if (host && host->pid != pid && drop_inherited(server) == FAILURE) {
		return NULL;
	}
	if (!server->host) {
		server->host = host_create(server);
	}
	return begin(server->host) == SUCCESS ? server->host : NULL;
}

/* ---- after each change --------------------------------------------------------------------------------------- */

static void take_data(php_mqs_host *host, hosted *conn, const zend_string *data)
{
	php_mqs_server *server = host->server;
	if (mqs_conn_wants_close(conn->conn) || host->draining) {
		return; /* nothing counts any more that it sends */
	}
	php_mqs_host_core_enter(server);
	mqs_conn_receive(conn->conn, mqs_bytes_make(ZSTR_VAL(data), ZSTR_LEN(data)), php_mqs_server_now_ms(server));
	php_mqs_host_core_leave(server);
}

/* [owned] a reference to the connection, or NULL. */
hosted *php_mqs_host_take_entry(php_mqs_host *host, host_entry_kind kind, const host_methods *methods,
    zend_object *object, zend_long fd, zend_long reactor_id, const zend_string *data)
{
	hosted *conn;
	switch (kind) {
		case HOST_ENTRY_CONNECT:
			conn = php_mqs_hosted_find(host, methods, object, fd);
			if (conn && conn->conn) {
				php_mqs_hosted_lose(conn); /* somebody else's, whose end was not told */
			}
			php_mqs_hosted_open(host, methods, object, fd, reactor_id, NULL);
			return NULL;
		case HOST_ENTRY_CLOSE:
			host->told_close = true;
			conn = php_mqs_hosted_find(host, methods, object, fd);
			if (conn && conn->conn) {
				php_mqs_hosted_lose(conn);
			}
			return NULL;
		default:
			conn = php_mqs_hosted_open(host, methods, object, fd, reactor_id, data);
			if (conn) {
				php_mqs_hosted_ref(conn);
				take_data(host, conn, data);
			}
			return conn;
	}
}

static void take_waiting(php_mqs_host *host)
{
	host_entry *entry = entry_take(host);
	const host_methods *methods = php_mqs_hosted_methods(host, entry->object);
	hosted *conn =
	    php_mqs_host_take_entry(host, entry->kind, methods, entry->object, entry->fd, entry->reactor_id, entry->data);
	if (conn) {
		php_mqs_hosted_unref(conn);
	}
	entry_free(entry);
}

static int64_t next_deadline(const php_mqs_host *host, int64_t now_ms)
{
	int64_t due_ms = mqs_broker_next_deadline(host->server->broker);
	due_ms = MIN(due_ms, php_mqs_hosted_deadline(host, now_ms));
	due_ms = MIN(due_ms, php_mqs_host_mesh_deadline(host));
	due_ms = MIN(due_ms, php_mqs_host_limits_deadline(host));
	if (host->stopped) {
		return host->ending && !host->over ? MIN(due_ms, host->end_ms) : due_ms;
	}
	return MIN(due_ms, host->draining ? host->drain_until_ms : php_mqs_timers_next_deadline(host->server));
}

bool php_mqs_host_may_run(const php_mqs_host *host)
{
	return host->ready && !host->in_core && !EG(exception);
}

/* What had to wait until the core was left. True: something was done. */
static bool run_waiting(php_mqs_host *host)
{
	bool any = false;
	write_lines(host);
	if (host->waiting && php_mqs_host_may_run(host)) {
		take_waiting(host);
		any = true;
	}
	if (host->lost && php_mqs_host_may_run(host)) {
		php_mqs_hosted_close_lost(host);
		any = true;
	}
	if (host->idle_lanes && php_mqs_host_may_run(host)) {
		any = php_mqs_lanes_start(host) || any;
	}
	return any;
}

void php_mqs_host_settle_later(php_mqs_host *host, hosted *own)
{
	if (!host->coroutines || host->stopped || host->unsent++ >= UNSENT_MAX) {
		host->unsent = 0;
		php_mqs_host_settle(host, own);
		return;
	}
	while (php_mqs_host_may_run(host) && run_waiting(host)) {
		/* until nothing waits */
	}
	if (php_mqs_host_may_run(host) && !host->deferred) {
		host->deferred = php_mqs_reactor_defer(host);
		if (!host->deferred) {
			php_mqs_host_settle(host, own);
		}
	}
}

void php_mqs_host_settle(php_mqs_host *host, hosted *own)
{
	bool more = true;
	while (more && php_mqs_host_may_run(host)) {
		more = run_waiting(host);
		if (php_mqs_host_may_run(host)) {
			/* First: who is told that a subscription stands may publish to it by way of another worker. */
			php_mqs_host_mesh_flush(host);
		}
		if (php_mqs_host_may_run(host)) {
			more = php_mqs_hosted_flush(host, own) || more;
		}
	}
	if (!php_mqs_host_may_run(host)) {
		return;
	}
	php_mqs_host_end_turn(host);
	if (php_mqs_host_needs_timer(host)) {
		int64_t now_ms = php_mqs_server_now_ms(host->server);
		php_mqs_reactor_arm(host, next_deadline(host, now_ms), now_ms);
	} else {
		php_mqs_reactor_disarm(host); /* it would keep the worker alive */
	}
}

void php_mqs_host_timers_changed(php_mqs_server *server)
{
	php_mqs_host *host = server->host;
	if (host && php_mqs_host_may_run(host) && php_mqs_host_needs_timer(host)) {
		int64_t now_ms = php_mqs_server_now_ms(server);
		php_mqs_reactor_arm(host, next_deadline(host, now_ms), now_ms);
	}
}

static void run_timers(php_mqs_host *host, int64_t now_ms)
{
	zend_long timer;
	while ((timer = php_mqs_timers_take_due(host->server, now_ms)) != 0 && php_mqs_host_may_run(host)) {
		if (!host->coroutines || !php_mqs_reactor_spawn(host, HOST_CALL_TIMER, timer)) {
			php_mqs_timer_fire(host->server, timer);
		}
	}
}

static void run_deadlines(php_mqs_host *host)
{
	php_mqs_server *server = host->server;
	int64_t now_ms = php_mqs_server_now_ms(server);
	php_mqs_host_core_enter(server);
	mqs_broker_tick(server->broker, now_ms);
	php_mqs_host_core_leave(server);
	php_mqs_host_mesh_tick(host, now_ms);
	if (!host->stopped && !host->draining) {
		run_timers(host, now_ms);
	}
	php_mqs_host_limits_tick(host, now_ms);
	php_mqs_hosted_retry(host);
	if (php_mqs_host_may_run(host)) {
		php_mqs_hosted_sweep(host, now_ms);
	}
}

void php_mqs_host_tick(php_mqs_host *host)
{
	if (php_mqs_host_may_run(host)) {
		run_deadlines(host);
	}
	php_mqs_host_settle(host, NULL);
	php_mqs_host_drain_turn(host);
}

/* A host without timers: each entry looks at the clock. */
void php_mqs_host_tick_by_entry(php_mqs_host *host)
{
	int64_t now_ms = php_mqs_server_now_ms(host->server);
	if (!host->timer && php_mqs_host_may_run(host) && (host->retry || next_deadline(host, now_ms) <= now_ms)) {
		run_deadlines(host);
	}
}
