/* SPDX-License-Identifier: MIT
 *
 * src/php/server_run.c - MqttServer\Server::start(): listeners, the loop, and the way out of it.
 */
#include "fiber_pool.h"
#include "host.h"
#include "globals.h"
#include "message.h"
#include "revolt.h"
#include "zend_exceptions.h"
#include <uv.h>

static const mqs_bytes nobody = {NULL, 0};

/* ---- listening ----------------------------------------------------------------------------------------------- */

static bool is_loopback(const zend_string *host)
{
	const char *text = ZSTR_VAL(host);
	return strcmp(text, "::1") == 0 || strcmp(text, "[::1]") == 0 || strcasecmp(text, "localhost") == 0 ||
	       strncmp(text, "127.", 4) == 0;
}

static bool looks_at_connects(const php_mqs_server *server)
{
	return server->chains.by_event[MQS_EVENT_CONNECT][MQS_PHASE_BEFORE] != NULL;
}

/* Loopback yes; elsewhere only when a handler looks at each CONNECT, or by option. */
static bool allows_anonymous(const php_mqs_server *server, const php_mqs_listener *listener)
{
	switch (listener->anonymous) {
		case PHP_MQS_ANONYMOUS_YES: return true;
		case PHP_MQS_ANONYMOUS_NO: return false;
		default: break;
	}
	return is_loopback(listener->host) || looks_at_connects(server);
}

static zend_result open_listeners(php_mqs_server *server)
{
	mqs_net_error error;
	for (uint32_t i = 0; i < server->options.listener_count; i++) {
		php_mqs_listener *listener = &server->options.listeners[i];
		mqs_conn_rules rules = {
		    .allow_anonymous = allows_anonymous(server, listener),
		    .tolerate_receive_maximum = listener->tolerate_receive_maximum,
		};
		if (mqs_net_listen(server->net, ZSTR_VAL(listener->host), listener->port, &rules, &listener->bound_port,
		        &error) != MQS_OK) {
			zend_throw_exception_ex(php_mqs_listen_exception_ce, 0, "%s", error.text);
			return FAILURE;
		}
	}
	return SUCCESS;
}

static void on_started(void *ctx)
{
	php_mqs_server *server = ctx;
	for (uint32_t i = 0; i < server->options.listener_count; i++) {
		const php_mqs_listener *listener = &server->options.listeners[i];
		const char *host = ZSTR_VAL(listener->host);
		bool bare_ipv6 = strchr(host, ':') && *host != '[';
		php_mqs_log_format(server, MQS_LOG_INFO, nobody, "TCP Server listening at %s%s%s:%u", bare_ipv6 ? "[" : "",
		    host, bare_ipv6 ? "]" : "", listener->bound_port);
		bool exchanges = server->chains.by_event[MQS_EVENT_AUTH][MQS_PHASE_BEFORE] != NULL;
		if (!allows_anonymous(server, listener) && !looks_at_connects(server) && !exchanges) {
			php_mqs_log_format(server, MQS_LOG_WARNING, nobody,
			    "Every client is refused at %s:%u: register a CONNECT or AUTH handler, or set the option "
			    "allow_anonymous",
			    host, listener->bound_port);
		}
	}
}

static void on_turn(void *ctx)
{
	php_mqs_revolt_turn(ctx);
	php_mqs_fibers_turn(ctx);
}

static bool is_busy(void *ctx, bool over)
{
	return php_mqs_fibers_busy(ctx, over);
}

static void on_stopping(void *ctx)
{
	php_mqs_log_line(ctx, MQS_LOG_INFO, "Server is stopping", nobody);
}

/* ---- running ------------------------------------------------------------------------------------------------- */

static zend_result refuse_start(const php_mqs_server *server)
{
	const char *why = NULL;
	if (server->net) {
		why = "The server is running already";
	} else if (MQS_G(running)) {
		why = "Another server is running in this thread";
	} else if (php_mqs_host_speaks(server)) {
		why = "A host gives this server its connections";
	} else if (server->started) {
		why = "The server has been stopped and cannot start again";
	}
	if (why) {
		zend_throw_exception(php_mqs_exception_ce, why, 0);
		return FAILURE;
	}
	return SUCCESS;
}

static zend_result prepare(php_mqs_server *server)
{
	if (php_mqs_chains_resolve(&server->chains, &server->container) == FAILURE) {
		return FAILURE;
	}
	return server->chains.uses_messages ? php_mqs_message_prepare() : SUCCESS;
}

static zend_result open_net(php_mqs_server *server)
{
	mqs_net_owner owner = {server, on_started, on_stopping, php_mqs_log_net, on_turn, is_busy, php_mqs_hooks_receive};
	mqs_net_error error;
	if (mqs_net_create(&php_mqs_alloc, server->broker, &server->options.net, &owner, &server->net, &error) != MQS_OK) {
		server->net = NULL;
		zend_throw_exception_ex(php_mqs_exception_ce, 0, "Cannot make an event loop: %s", error.text);
		return FAILURE;
	}
	return SUCCESS;
}

static void close_net(php_mqs_server *server)
{
	mqs_net *net = server->net;
	php_mqs_fibers_end(server);
	php_mqs_revolt_end(server);
	php_mqs_timers_stop(server); /* those too that were added by code that has just ended */
	mqs_net_destroy(net);
	server->net = NULL;
	for (uint32_t i = 0; i < server->options.listener_count; i++) {
		server->options.listeners[i].bound_port = 0;
	}
}

/* A server has no time limit, as the command line has none. */
static void lift_time_limit(void)
{
	if (EG(timeout_seconds) > 0) {
		zend_string *name = zend_string_init(ZEND_STRL("max_execution_time"), 0);
		zend_alter_ini_entry_chars(name, "0", 1, PHP_INI_USER, PHP_INI_STAGE_RUNTIME);
		zend_string_release(name);
	}
}

void php_mqs_server_run(php_mqs_server *server)
{
	if (!php_mqs_host_speaks(server)) {
		php_mqs_host_free(server); /* it has only published so far */
	}
	if (refuse_start(server) == FAILURE || prepare(server) == FAILURE || open_net(server) == FAILURE) {
		return;
	}
	if (open_listeners(server) == FAILURE || php_mqs_timers_start(server) == FAILURE ||
	    php_mqs_revolt_begin(server) == FAILURE) {
		close_net(server);
		if (!EG(exception)) {
			zend_throw_error(NULL, "Out of memory");
		}
		return;
	}
	lift_time_limit();
	server->started = true;
	server->pid = uv_os_getpid();
	MQS_G(running) = &server->std;
	php_mqs_fibers_begin(server);
	mqs_net_run(server->net);
	close_net(server);
	MQS_G(running) = NULL;
	if (server->fatal) {
		/* Everything is closed: now the fatal error may end the request. */
		EG(exit_status) = 255;
		zend_bailout();
	}
	if (server->unwinding) {
		zend_throw_graceful_exit();
	}
}
