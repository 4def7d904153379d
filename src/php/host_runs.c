/* SPDX-License-Identifier: MIT
 *
 * src/php/host_runs.c - coroutines of a host that run code of the user's, by their numbers, and their cancelling.
 *
 * A wait of MqttServer\Async is woken, and throws what it is to throw. Into other waits Swoole throws an exception of
 * its own, if it can (since 6.1). Both are done at the end of the turn only: a coroutine that runs, or is below one
 * that runs, must not be cancelled. Owns: the table and its entries.
 */
#include "host_runs.h"
#include "async.h"
#include "globals.h"
#include "zend_exceptions.h"

/* The function that cancels coroutines; NULL: none. */
static zend_function *find_cancel(zend_class_entry **ce)
{
	*ce = zend_hash_str_find_ptr(EG(class_table), ZEND_STRL("swoole\\coroutine"));
	return *ce ? zend_hash_str_find_ptr(&(*ce)->function_table, ZEND_STRL("cancel")) : NULL;
}

php_mqs_run *php_mqs_run_begin(php_mqs_job_kind kind, php_mqs_server *server)
{
	zend_long coroutine = php_mqs_coroutine_id();
	if (coroutine < 0) {
		return NULL;
	}
	php_mqs_run *run = ecalloc(1, sizeof(*run));
	run->coroutine = coroutine;
	run->kind = kind;
	run->server = server;
	mqs_list_init(&run->due);
	mqs_list_init(&run->limited);
	run->before = zend_hash_index_find_ptr(&MQS_G(runs), (zend_ulong)coroutine);
	zend_hash_index_update_ptr(&MQS_G(runs), (zend_ulong)coroutine, run);
	return run;
}

void php_mqs_run_end(php_mqs_run *run)
{
	if (!run) {
		return;
	}
	mqs_list_remove(&run->due);
	mqs_list_remove(&run->limited);
	zend_ulong coroutine = (zend_ulong)run->coroutine;
	php_mqs_run *latest = zend_hash_index_find_ptr(&MQS_G(runs), coroutine);
	if (latest != run) {
		while (latest->before != run) {
			latest = latest->before;
		}
		latest->before = run->before;
	} else if (run->before) {
		zend_hash_index_update_ptr(&MQS_G(runs), coroutine, run->before);
	} else {
		zend_hash_index_del(&MQS_G(runs), coroutine);
	}
	efree(run);
}

php_mqs_run *php_mqs_run_current(void)
{
	if (zend_hash_num_elements(&MQS_G(runs)) == 0) {
		return NULL;
	}
	zend_long coroutine = php_mqs_coroutine_id();
	return coroutine < 0 ? NULL : zend_hash_index_find_ptr(&MQS_G(runs), (zend_ulong)coroutine);
}

/* ---- cancelling ----------------------------------------------------------------------------------------------- */

void php_mqs_run_cancel(php_mqs_run *run, zend_class_entry *ce, const char *message)
{
	if (run->ce) {
		return;
	}
	run->ce = ce;
	run->message = message;
	mqs_list_insert(&MQS_G(runs_due), &run->due);
	php_mqs_coroutine_turn_soon();
}

void php_mqs_runs_cancel(php_mqs_server *server, const char *message)
{
	php_mqs_run *run;
	ZEND_HASH_FOREACH_PTR (&MQS_G(runs), run) {
		for (; run; run = run->before) {
			if (run->server == server) {
				php_mqs_run_cancel(run, php_mqs_cancelled_ce, message);
			}
		}
	}
	ZEND_HASH_FOREACH_END();
}

uint32_t php_mqs_runs_count(const php_mqs_server *server, php_mqs_job_kind kind)
{
	uint32_t count = 0;
	php_mqs_run *run;
	ZEND_HASH_FOREACH_PTR (&MQS_G(runs), run) {
		for (; run; run = run->before) {
			count += run->kind == kind && (!server || run->server == server);
		}
	}
	ZEND_HASH_FOREACH_END();
	return count;
}

/* The coroutine goes on inside this call, and may end the run. */
static void wake(php_mqs_run *run, zend_function *cancel, zend_class_entry *ce)
{
	zval args[2], ret;
	bool throws = !run->waits;
	if (run->told || !cancel || (throws && cancel->common.num_args < 2)) {
		return;
	}
	run->told = throws;
	ZVAL_LONG(&args[0], run->coroutine);
	ZVAL_TRUE(&args[1]);
	zend_call_known_function(cancel, NULL, ce, &ret, throws ? 2 : 1, args, NULL);
	zval_ptr_dtor(&ret);
}

void php_mqs_runs_wake(void)
{
	zend_class_entry *ce;
	zend_function *cancel = find_cancel(&ce);
	while (!mqs_list_empty(&MQS_G(runs_due)) && !EG(exception)) {
		php_mqs_run *run = MQS_CONTAINER(MQS_G(runs_due).next, php_mqs_run, due);
		mqs_list_remove(&run->due);
		wake(run, cancel, ce);
	}
}

bool php_mqs_run_throws(php_mqs_run *run)
{
	if (!run || !run->ce || run->told) {
		return false;
	}
	run->told = true;
	zend_throw_exception(run->ce, run->message, 0);
	return true;
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

void php_mqs_runs_forget(const php_mqs_server *server)
{
	php_mqs_run *run;
	ZEND_HASH_FOREACH_PTR (&MQS_G(runs), run) {
		for (; run; run = run->before) {
			if (run->server == server) {
				mqs_list_remove(&run->due);
				mqs_list_remove(&run->limited);
				run->server = NULL;
				run->kind = PHP_MQS_JOB_KINDS;
				run->ce = php_mqs_cancelled_ce;
				run->told = true;
			}
		}
	}
	ZEND_HASH_FOREACH_END();
}

void php_mqs_runs_rinit(void)
{
	mqs_list_init(&MQS_G(runs_due));
	zend_hash_init(&MQS_G(runs), 0, NULL, NULL, 0);
}

void php_mqs_runs_rshutdown(void)
{
	php_mqs_run *run;
	/* Of coroutines that the host has not unwound. */
	ZEND_HASH_FOREACH_PTR (&MQS_G(runs), run) {
		while (run) {
			php_mqs_run *before = run->before;
			mqs_list_remove(&run->limited);
			efree(run);
			run = before;
		}
	}
	ZEND_HASH_FOREACH_END();
	zend_hash_destroy(&MQS_G(runs));
	php_mqs_runs_rinit(); /* servers that are destroyed later look at it */
}
