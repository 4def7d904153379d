/* SPDX-License-Identifier: MIT
 *
 * src/php/host_drain.c - the time that handlers have: those that the broker does not wait for, and all of them when the
 * worker is to end. Then handlers and timers that wait have some time, and their acknowledgements leave before the
 * good-bye. Nothing is taken meanwhile. Then they are cancelled, handlers that hear of the good-bye a little later, and
 * tasks as soon as nobody is left who could wait for them.
 */
#include "host_private.h"
#include "host_runs.h"

static const char stopping[] = "The server is stopping";

/* ---- handlers that the broker does not wait for -------------------------------------------------------------- */

void php_mqs_host_limit(php_mqs_server *server, php_mqs_run *run, bool awaited)
{
	php_mqs_host *host = server->host;
	if (!run) {
		return;
	}
	if (host->over) {
		php_mqs_run_cancel(run, php_mqs_cancelled_ce, stopping);
	} else if (!awaited) {
		run->limit_ms = php_mqs_server_now_ms(server) + server->options.broker.decision_timeout_ms;
		mqs_list_insert(&host->limited, &run->limited);
		php_mqs_host_timers_changed(server);
	}
}

int64_t php_mqs_host_limits_deadline(const php_mqs_host *host)
{
	return mqs_list_empty(&host->limited) ? INT64_MAX
	                                      : MQS_CONTAINER(host->limited.next, php_mqs_run, limited)->limit_ms;
}

void php_mqs_host_limits_tick(php_mqs_host *host, int64_t now_ms)
{
	while (php_mqs_host_limits_deadline(host) <= now_ms) {
		php_mqs_run *run = MQS_CONTAINER(host->limited.next, php_mqs_run, limited);
		mqs_list_remove(&run->limited);
		php_mqs_run_cancel(run, php_mqs_timeout_ce, "The handler did not end in time");
	}
}

/* ---- the end of a worker -------------------------------------------------------------------------------------- */

bool php_mqs_host_is_busy(const php_mqs_host *host)
{
	return zend_hash_num_elements(&host->lanes) > 0 || php_mqs_runs_count(host->server, PHP_MQS_JOB_TIMER) > 0;
}

bool php_mqs_host_needs_timer(const php_mqs_host *host)
{
	return !host->stopped || zend_hash_num_elements(&host->by_link) > 0 || (!host->over && php_mqs_host_is_busy(host));
}

/* Tasks belong to the process: to all servers in it. */
static void cancel_tasks(void)
{
	if (php_mqs_runs_count(NULL, PHP_MQS_JOB_HANDLER) + php_mqs_runs_count(NULL, PHP_MQS_JOB_TIMER) == 0) {
		php_mqs_runs_cancel(NULL, stopping);
	}
}

static void stop(php_mqs_host *host)
{
	host->end_ms = MAX(host->drain_until_ms, php_mqs_server_now_ms(host->server) + host->drain_ms / 8);
	php_mqs_runs_cancel(host->server, stopping);
	php_mqs_host_stop(host->server, MQTT_RC_SERVER_SHUTTING_DOWN);
}

void php_mqs_host_drain(php_mqs_host *host)
{
	if (!php_mqs_host_may_run(host)) {
		return;
	}
	if (!host->ending) {
		host->ending = true;
		host->drain_until_ms = php_mqs_server_now_ms(host->server) + host->drain_ms;
		host->end_ms = host->drain_until_ms;
		if (!host->stopped && php_mqs_host_is_busy(host) && host->reactor_on) {
			host->draining = true;
			php_mqs_host_settle(host, NULL); /* sets the timer, too */
		}
	}
	if (host->draining) {
		php_mqs_host_drain_turn(host);
		return;
	}
	if (!host->stopped) {
		stop(host);
	}
	php_mqs_host_settle(host, NULL);
}

void php_mqs_host_drain_turn(php_mqs_host *host)
{
	if (!host->draining || !php_mqs_host_may_run(host) ||
	    (php_mqs_host_is_busy(host) && php_mqs_server_now_ms(host->server) < host->drain_until_ms)) {
		return;
	}
	stop(host);
}

void php_mqs_host_end_turn(php_mqs_host *host)
{
	if (!host->ending || !host->stopped) {
		return;
	}
	if (!host->over && php_mqs_server_now_ms(host->server) >= host->end_ms) {
		host->over = true;
		php_mqs_runs_cancel(host->server, stopping);
	}
	cancel_tasks();
}
