/* SPDX-License-Identifier: MIT
 *
 * src/php/host_drain.c - the end of a worker: handlers and timers that wait have some time, and their acknowledgements
 * leave before the good-bye. Nothing is taken meanwhile. Then they are cancelled, and tasks as soon as nobody is left
 * who could wait for them.
 */
#include "host_private.h"
#include "host_runs.h"

static bool is_busy(php_mqs_host *host)
{
	return zend_hash_num_elements(&host->lanes) > 0 || php_mqs_runs_count(host->server, PHP_MQS_JOB_TIMER) > 0;
}

/* Tasks belong to the process: to all servers in it. */
static void cancel_tasks(void)
{
	if (php_mqs_runs_count(NULL, PHP_MQS_JOB_HANDLER) + php_mqs_runs_count(NULL, PHP_MQS_JOB_TIMER) == 0) {
		php_mqs_runs_cancel(NULL, "The server is stopping");
	}
}

static void stop(php_mqs_host *host)
{
	php_mqs_runs_cancel(host->server, "The server is stopping");
	php_mqs_host_stop(host->server, MQTT_RC_SERVER_SHUTTING_DOWN);
}

void php_mqs_host_drain(php_mqs_host *host)
{
	if (!host->stopped && !host->draining && is_busy(host) && host->reactor_on && php_mqs_host_may_run(host)) {
		host->drain_until_ms = php_mqs_server_now_ms(host->server) + host->drain_ms;
		host->draining = true;
		php_mqs_host_settle(host, NULL); /* sets the timer, too */
	}
	if (host->draining) {
		php_mqs_host_drain_turn(host);
		return;
	}
	if (!host->stopped) {
		stop(host);
	}
	cancel_tasks();
}

void php_mqs_host_drain_turn(php_mqs_host *host)
{
	if (host->stopped && php_mqs_host_may_run(host)) {
		cancel_tasks();
	}
	if (!host->draining || !php_mqs_host_may_run(host) ||
	    (is_busy(host) && php_mqs_server_now_ms(host->server) < host->drain_until_ms)) {
		return;
	}
	stop(host);
	cancel_tasks();
}
