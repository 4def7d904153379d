/* SPDX-License-Identifier: MIT
 *
 * src/php/host_events.c - the methods of MqttServer\Server that a host calls, and what is learnt from them about it.
 */
#include "host_private.h"
#include "hyperf.h"
#include "zend_exceptions.h"
#include <uv.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

static const mqs_bytes nobody = {NULL, 0};

/* ---- what kind of process is this? --------------------------------------------------------------------------- */

static zval *property_of(zend_object *object, const char *name, zval *rv)
{
	zval *value = zend_read_property(object->ce, object, name, strlen(name), true, rv);
	ZVAL_DEREF(value);
	return value;
}

static zend_long setting_of(HashTable *settings, const char *name)
{
	zval *value = zend_hash_str_find(settings, name, strlen(name));
	return value && Z_TYPE_P(value) == IS_LONG ? Z_LVAL_P(value) : 0;
}

/*
 * Of the time that the host gives a worker to end, handlers get three quarters: what is cancelled then needs some too.
 * Swoole counts seconds of the clock, so the first one may be over at once.
 */
static void note_time_to_end(php_mqs_host *host, HashTable *settings)
{
	zval *given = zend_hash_str_find(settings, ZEND_STRL("max_wait_time"));
	double seconds = given ? zval_get_double(given) : 3.0;
	seconds = seconds > 1.5 ? MIN(seconds, 86400.0) - 1.0 : MAX(seconds, 0.0) / 3.0;
	host->drain_ms = MIN(host->drain_ms, (uint32_t)(seconds * 750.0));
}

/* Settings of a Swoole\Server that matter here. */
static void note_settings(php_mqs_host *host, HashTable *settings, zend_long mode)
{
	zend_long buffer = setting_of(settings, "socket_buffer_size");
	zend_long dispatch = setting_of(settings, "dispatch_mode");
	if (buffer <= 0) {
		buffer = setting_of(settings, "buffer_output_size");
	}
	if (buffer > 0) {
		host->send_max = MIN(host->send_max, MAX((size_t)buffer / 4, 1024));
	}
	host->never_waits = mode == 1;
	note_time_to_end(host, settings);
	if (mode == 2 && setting_of(settings, "worker_num") > 1 && (dispatch == 1 || dispatch == 3 || dispatch == 7)) {
		php_mqs_log_format(host->server, MQS_LOG_ERROR, nobody,
		    "dispatch_mode " ZEND_LONG_FMT " gives the bytes of one connection to several workers: set it to 2 or 4",
		    dispatch);
	}
}

/* The loop of the host runs in the processes that take connections; task workers have none. */
static void note_server(php_mqs_host *host, zend_object *object)
{
	zval rv;
	if (Z_TYPE_P(property_of(object, "taskworker", &rv)) == IS_TRUE) {
		return;
	}
	host->reactor_on = true;
	zval rv_parent, *parent = property_of(object, "manager_pid", &rv_parent);
	host->parent_pid = Z_TYPE_P(parent) == IS_LONG ? Z_LVAL_P(parent) : 0;
	zval rv_mode, *mode = property_of(object, "mode", &rv_mode);
	zval *settings = property_of(object, "setting", &rv);
	if (Z_TYPE_P(settings) == IS_ARRAY) {
		note_settings(host, Z_ARRVAL_P(settings), Z_TYPE_P(mode) == IS_LONG ? Z_LVAL_P(mode) : 0);
	}
}

/*
 * A coroutine inside a coroutine has its stack at the end of the heap, megabytes of it. By default glibc gives that
 * back to the system at the end of each, to ask for it again, page by page, for the next one.
 */
static void keep_stacks(void)
{
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
}

static void note_host(php_mqs_host *host, zend_object *object)
{
	host->spoke = true;
	if (EXPECTED(host->coroutines) || host->reactor.kind == HOST_PLAIN) {
		return;
	}
	if (!host->reactor_on && host->reactor.server && instanceof_function(object->ce, host->reactor.server)) {
		note_server(host, object);
	}
	if (php_mqs_reactor_in_coroutine(host)) {
		host->coroutines = host->reactor_on = true;
		keep_stacks();
	}
}

/* ---- events of the host -------------------------------------------------------------------------------------- */

static php_mqs_server *this_server(zval *self)
{
	php_mqs_server *server = Z_MQS_SERVER_P(self);
	if (!server->broker) {
		zend_throw_error(NULL, "MqttServer\\Server has not been constructed");
		return NULL;
	}
	return server;
}

/* Exactly one packet, as far as the chunk tells. */
static bool is_one_packet(const zend_string *data)
{
	size_t total;
	mqs_fault fault;
	mqs_bytes bytes = mqs_bytes_make(ZSTR_VAL(data), ZSTR_LEN(data));
	return mqs_frame_peek(bytes, 0, &total, &fault) == MQS_OK && total == bytes.len;
}

/* Was this method called by the host's loop, and not by PHP code, which may wait for it to return? */
static bool called_by_loop(const zend_execute_data *call)
{
	const zend_execute_data *caller = call->prev_execute_data;
	while (caller && !caller->func) {
		caller = caller->prev_execute_data;
	}
	/* The lowest frame of a coroutine of Swoole stands for an internal function that returns nothing. */
	return !caller || (!caller->prev_execute_data && !ZEND_USER_CODE(caller->func->type) && !caller->return_value);
}

/*
 * A Swoole\Server gives each event a coroutine and waits for none of them: the handlers of a packet that comes alone
 * may run in that one, and suspend it. With several packets another coroutine is worth its cost, for what comes of them
 * is then sent together.
 */
static uint64_t lane_to_run_here(
    php_mqs_host *host, const hosted *conn, const zend_string *data, const zend_execute_data *call)
{
	bool here = conn && data && host->coroutines && conn->methods->swoole && called_by_loop(call) &&
	            is_one_packet(data) && php_mqs_reactor_in_coroutine(host);
	return here ? php_mqs_lane_reserve(host, conn->id) : 0;
}

static void on_event(zend_execute_data *execute_data, host_entry_kind kind, zend_object *object, zend_long fd,
    zend_long reactor_id, zend_string *data)
{
	php_mqs_server *server = this_server(ZEND_THIS);
	php_mqs_host *host = server ? php_mqs_host_enter(server) : NULL;
	const host_methods *methods = host ? php_mqs_hosted_methods(host, object) : NULL;
	if (!methods) {
		return;
	}
	if (host->starting || host->in_core) {
		if (!php_mqs_host_entry_put(host, kind, object, fd, reactor_id, data)) {
			php_mqs_hosted_turn_away(host, methods, object, fd);
		}
		return;
	}
	note_host(host, object);
	php_mqs_host_mesh_join(host);
	hosted *conn = php_mqs_host_take_entry(host, kind, methods, object, fd, reactor_id, data);
	uint64_t lane = lane_to_run_here(host, conn, data, execute_data);
	php_mqs_host_tick_by_entry(host);
	php_mqs_host_settle_later(host, conn);
	if (lane) {
		php_mqs_lane_run(host, lane);
	}
	if (conn) {
		php_mqs_hosted_hold_back(conn);
		php_mqs_hosted_unref(conn);
	}
}

ZEND_METHOD(MqttServer_Server, onReceive)
{
	zend_object *object;
	zend_long fd, reactor_id;
	zend_string *data;

	ZEND_PARSE_PARAMETERS_START(4, 4)
	Z_PARAM_OBJ(object)
	Z_PARAM_LONG(fd)
	Z_PARAM_LONG(reactor_id)
	Z_PARAM_STR(data)
	ZEND_PARSE_PARAMETERS_END();

	on_event(execute_data, HOST_ENTRY_RECEIVE, object, fd, reactor_id, data);
}

static void on_connection(INTERNAL_FUNCTION_PARAMETERS, host_entry_kind kind)
{
	zend_object *object;
	zend_long fd, reactor_id = 0;

	ZEND_PARSE_PARAMETERS_START(2, 3)
	Z_PARAM_OBJ(object)
	Z_PARAM_LONG(fd)
	Z_PARAM_OPTIONAL
	Z_PARAM_LONG(reactor_id)
	ZEND_PARSE_PARAMETERS_END();

	on_event(execute_data, kind, object, fd, reactor_id, NULL);
}

ZEND_METHOD(MqttServer_Server, onConnect)
{
	on_connection(INTERNAL_FUNCTION_PARAM_PASSTHRU, HOST_ENTRY_CONNECT);
}

ZEND_METHOD(MqttServer_Server, onClose)
{
	on_connection(INTERNAL_FUNCTION_PARAM_PASSTHRU, HOST_ENTRY_CLOSE);
}

static php_mqs_server *worker_event(INTERNAL_FUNCTION_PARAMETERS, zend_object **object)
{
	zend_long worker_id;
	ZEND_PARSE_PARAMETERS_START(2, 2)
	Z_PARAM_OBJ(*object)
	Z_PARAM_LONG(worker_id)
	ZEND_PARSE_PARAMETERS_END_EX(return NULL);
	(void)return_value;
	return this_server(ZEND_THIS);
}

ZEND_METHOD(MqttServer_Server, onWorkerStart)
{
	zend_object *object;
	php_mqs_server *server = worker_event(INTERNAL_FUNCTION_PARAM_PASSTHRU, &object);
	php_mqs_host *host = server ? php_mqs_host_enter(server) : NULL;
	if (host && !host->starting) {
		note_host(host, object);
		php_mqs_host_mesh_join(host);
		php_mqs_host_settle(host, NULL);
	}
}

void php_mqs_host_stop(php_mqs_server *server, uint8_t reason)
{
	php_mqs_host *host = server->host;
	if (!host || host->pid != uv_os_getpid() || !php_mqs_host_may_run(host)) {
		return;
	}
	if (!host->stopped) {
		host->stopped = true;
		host->draining = false;
		php_mqs_log_line(server, MQS_LOG_INFO, "Server is stopping", nobody);
		php_mqs_host_core_enter(server);
		mqs_broker_shutdown(server->broker, reason, php_mqs_server_now_ms(server));
		php_mqs_host_core_leave(server);
		php_mqs_host_settle(host, NULL);
		php_mqs_hosted_shut_down(host);
		php_mqs_host_settle(host, NULL);
	}
	if (php_mqs_host_may_run(host)) {
		php_mqs_host_mesh_leave(host);
		if (!php_mqs_host_needs_timer(host)) {
			php_mqs_reactor_disarm(host);
		}
	}
}

/* soon: it goes on until nothing is left that it waits for, else it ends now. */
static void worker_ends(INTERNAL_FUNCTION_PARAMETERS, bool soon)
{
	zend_object *object;
	php_mqs_server *server = worker_event(INTERNAL_FUNCTION_PARAM_PASSTHRU, &object);
	php_mqs_host *host = server ? server->host : NULL;
	if (!host || host->pid != uv_os_getpid()) {
		return;
	}
	if (soon || (host->coroutines && php_mqs_reactor_in_coroutine(host))) {
		php_mqs_host_drain(host);
	} else {
		if (host->reactor.server && instanceof_function(object->ce, host->reactor.server)) {
			host->reactor_on = false; /* it has freed its loop by now */
		}
		php_mqs_host_stop(server, MQTT_RC_SERVER_SHUTTING_DOWN);
	}
}

ZEND_METHOD(MqttServer_Server, onWorkerStop)
{
	worker_ends(INTERNAL_FUNCTION_PARAM_PASSTHRU, false);
}

ZEND_METHOD(MqttServer_Server, onWorkerExit)
{
	worker_ends(INTERNAL_FUNCTION_PARAM_PASSTHRU, true);
}

ZEND_METHOD(MqttServer_Server, onPipeMessage)
{
	zend_object *object;
	zend_long source;
	zval *data;

	ZEND_PARSE_PARAMETERS_START(3, 3)
	Z_PARAM_OBJ(object)
	Z_PARAM_LONG(source)
	Z_PARAM_ZVAL(data)
	ZEND_PARSE_PARAMETERS_END();

	/* Nothing of ours comes this way, but it is a moment to look at the clock. */
	php_mqs_server *server = this_server(ZEND_THIS);
	php_mqs_host *host = server ? php_mqs_host_enter(server) : NULL;
	if (host && !host->starting) {
		(void)data;
		note_host(host, object);
		php_mqs_host_tick_by_entry(host);
		php_mqs_host_settle(host, NULL);
	}
}

/* ---- names, and processes without clients -------------------------------------------------------------------- */

static void take_name(INTERNAL_FUNCTION_PARAMETERS)
{
	zend_string *name;

	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_STR(name)
	ZEND_PARSE_PARAMETERS_END();

	(void)return_value;
	php_mqs_server *server = this_server(ZEND_THIS);
	if (!server) {
		return;
	}
	if (ZSTR_LEN(name) == 0) {
		zend_argument_value_error(1, "must not be empty");
	} else if (server->net || (server->host && server->host->ready)) {
		zend_throw_exception(php_mqs_exception_ce, "The server has its name already: it takes connections", 0);
	} else {
		php_mqs_hyperf_attach(server, name);
	}
}

ZEND_METHOD(MqttServer_Server, setServerName)
{
	take_name(INTERNAL_FUNCTION_PARAM_PASSTHRU);
}

ZEND_METHOD(MqttServer_Server, initCoreMiddleware)
{
	take_name(INTERNAL_FUNCTION_PARAM_PASSTHRU);
}

zend_result php_mqs_host_publish_ready(php_mqs_server *server)
{
	php_mqs_host *host = php_mqs_host_enter(server);
	if (!host) {
		return FAILURE;
	}
	if (host->in_core || host->starting) {
		return SUCCESS;
	}
	if (!host->mesh_tried) {
		if (!host->reactor_on && php_mqs_reactor_in_coroutine(host)) {
			host->reactor_on = true;
		}
		php_mqs_host_mesh_join(host);
		php_mqs_host_mesh_join_blind(host);
	}
	php_mqs_host_mesh_await(host);
	return EG(exception) ? FAILURE : SUCCESS;
}
