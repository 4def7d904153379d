/* SPDX-License-Identifier: MIT
 *
 * src/php/server_hooks.c - the broker's hook port: asks the chains at once, or lets a host's coroutine ask them later.
 *
 * In the stand-alone home the handlers run in fibers (server_fibers.c), and in a host without coroutines inside the
 * hook. In a host with coroutines a handler may suspend, which must not happen inside the broker: the hook answers
 * MQS_DECIDE_LATER, and the host runs the ticket once the broker has been left. What the broker does not wait for
 * (DISCONNECT, the end of a connection) becomes a notice, a decision cut off from the broker, with a ticket of its own
 * kind. Deliveries are decided inside the hook in every home.
 */
#include "host.h"
#include "packet.h"
#include "server_hooks.h"
#include "zend_fibers.h"

/* Lanes of wills: no connection has such a number. */
#define WILL_BIT (UINT64_C(1) << 62)

/* ---- at once -------------------------------------------------------------------------------------------------- */

/* Whoever shows the reply to the broker puts server->replies back. */
static void run_and_release(void *ctx)
{
	php_mqs_decision *d = ctx;
	php_mqs_decision_run(d);
	if (d->event != &d->stand_in) {
		php_mqs_replies_keep(d->server);
	}
	php_mqs_decision_release(d);
}

mqs_verdict php_mqs_hooks_decide_now(php_mqs_server *server, mqs_event *event)
{
	php_mqs_decision d;
	php_mqs_reply_store *replies = server->replies;
	php_mqs_decision_init(&d, server, event);
	php_mqs_no_waiting_begin(server);
	bool done = php_mqs_guard_for(server, run_and_release, &d, "a destructor", &event->client_id);
	php_mqs_no_waiting_end(server);
	server->replies = replies;
	if (!done) {
		event->reply->reason = MQTT_RC_IMPLEMENTATION_SPECIFIC_ERROR;
		if (Z_TYPE(d.packet) != IS_UNDEF) {
			/* Somebody may still hold it when PHP ends. */
			php_mqs_packet_forget(&d.packet);
		}
		return MQS_DENY;
	}
	return d.verdict;
}

/* ---- later ---------------------------------------------------------------------------------------------------- */

static void decision_free(php_mqs_server *server, uint64_t ticket)
{
	zend_hash_index_del(&server->decisions, ticket);
}

/* Destructor of the table's entries. */
static void decision_removed(zval *entry)
{
	php_mqs_decision *d = Z_PTR_P(entry);
	if (!d->in_room) {
		php_mqs_decision_release(d);
		efree(d);
	}
}

php_mqs_decision *php_mqs_decision_create(php_mqs_server *server, mqs_event *event, uint64_t ticket)
{
	php_mqs_decision *d = emalloc(sizeof(*d));
	php_mqs_decision_init(d, server, event);
	php_mqs_decision_keep_name(d);
	d->ticket = ticket;
	zend_hash_index_add_new_ptr(&server->decisions, ticket, d);
	return d;
}

void php_mqs_decisions_init(php_mqs_server *server)
{
	zend_hash_init(&server->decisions, 0, NULL, decision_removed, 0);
}

void php_mqs_decisions_clear(php_mqs_server *server)
{
	zend_hash_destroy(&server->decisions);
}

void php_mqs_decisions_gc(php_mqs_server *server, zend_get_gc_buffer *buffer)
{
	php_mqs_decision *d;
	ZEND_HASH_FOREACH_PTR (&server->decisions, d) {
		php_mqs_decision_gc(d, buffer);
	}
	ZEND_HASH_FOREACH_END();
}

/* The broker goes on: the handlers are told afterwards, in their turn. */
static void notice_queue(php_mqs_server *server, mqs_event *event)
{
	uint64_t ticket = PHP_MQS_NOTICE_BIT | ++server->last_notice;
	php_mqs_decision *d = php_mqs_decision_create(server, event, ticket);
	php_mqs_decision_cut_off(d);
	php_mqs_host_queue(server, d->conn_id, ticket);
}

/* ---- deliveries: at once, wherever they are asked about ------------------------------------------------------- */

/* No Fiber can be suspended or started meanwhile: who tries gets an error, and the delivery is denied. */
static mqs_verdict deliver_here(php_mqs_server *server, mqs_event *event)
{
	zend_fiber_switch_block();
	mqs_verdict verdict = php_mqs_hooks_decide_now(server, event);
	zend_fiber_switch_unblock();
	return verdict;
}

void php_mqs_hooks_run_delivery(php_mqs_server *server, uint64_t ticket)
{
	php_mqs_decision *d = zend_hash_index_find_ptr(&server->decisions, ticket);
	if (!d) {
		return;
	}
	d->begun = true;
	php_mqs_guard(server, run_and_release, d, "a destructor", mqs_bytes_make(NULL, 0));
	if (d->event == &d->stand_in) {
		decision_free(server, ticket); /* it was suspended, and nobody waits for it any more */
		return;
	}
	d->finished = true;
	if (EG(exception)) {
		d->verdict = MQS_DENY; /* the coroutine is being destroyed */
	}
}

/* In a coroutine of its own: when that comes back without being finished, a handler has suspended it. The broker cannot
 * wait for it. */
static mqs_verdict deliver_in_coroutine(php_mqs_server *server, mqs_event *event)
{
	uint64_t ticket = PHP_MQS_NOTICE_BIT | ++server->last_notice;
	php_mqs_decision *d = php_mqs_decision_create(server, event, ticket);
	php_mqs_reply_store *replies = server->replies;
	php_mqs_host_deliver(server, ticket);
	if (d->begun && !d->finished) {
		php_mqs_log_format(server, MQS_LOG_ERROR, event->client_id,
		    "handler %s has to answer at once and was suspended: the delivery is denied",
		    ZSTR_VAL(d->handler->callee.label));
		php_mqs_decision_cut_off(d);
		return MQS_DENY;
	}
	mqs_verdict verdict = d->finished ? d->verdict : MQS_DENY;
	if (!d->begun) {
		php_mqs_log_line(server, MQS_LOG_ERROR, "no coroutine for a handler: the delivery is denied", event->client_id);
	}
	decision_free(server, ticket);
	server->replies = replies;
	return verdict;
}

static mqs_verdict decide_delivery(php_mqs_server *server, mqs_event *event)
{
	php_mqs_host_core_enter(server);
	mqs_verdict verdict =
	    php_mqs_host_defers(server) ? deliver_in_coroutine(server, event) : deliver_here(server, event);
	php_mqs_host_core_leave(server);
	return verdict;
}

mqs_verdict php_mqs_hooks_decide(void *ctx, mqs_event *event)
{
	php_mqs_server *server = ctx;
	if (UNEXPECTED(server->fatal)) {
		event->reply->reason = MQTT_RC_IMPLEMENTATION_SPECIFIC_ERROR;
		return MQS_DENY;
	}
	if (event->kind == MQS_EVENT_DELIVER) {
		return decide_delivery(server, event);
	}
	if (!server->host || !php_mqs_host_defers(server)) {
		return server->fibers ? php_mqs_hooks_decide_in_fiber(server, event) : php_mqs_hooks_decide_now(server, event);
	}
	if (!php_mqs_event_waits(event->kind)) {
		notice_queue(server, event);
		return MQS_ALLOW;
	}
	if (event->conn && event->kind == MQS_EVENT_PUBLISH && server->publish_concurrency > 1) {
		php_mqs_host_queue_apart(server, mqs_conn_id(event->conn), event->ticket);
		return MQS_DECIDE_LATER;
	}
	/* Wills are of clients that are gone: none has to wait for that of another. */
	php_mqs_host_queue(server, event->conn ? mqs_conn_id(event->conn) : WILL_BIT | event->ticket, event->ticket);
	return MQS_DECIDE_LATER;
}

void php_mqs_hooks_cancel(void *ctx, uint64_t ticket, uint8_t reason)
{
	php_mqs_server *server = ctx;
	if (server->fibers) {
		php_mqs_hooks_cancel_in_fiber(server, ticket, reason);
		return;
	}
	php_mqs_decision *d = zend_hash_index_find_ptr(&server->decisions, ticket);
	if (d) {
		mqs_conn *conn = d->event->conn;
		php_mqs_decision_cut_off(d);
		if (d->run && !php_mqs_host_silent(server)) {
			php_mqs_handlers_cancel(d, conn, reason);
		}
	}
}

void php_mqs_hooks_resolve(php_mqs_decision *d)
{
	php_mqs_server *server = d->server;
	uint64_t ticket = d->ticket;
	php_mqs_decision_give_back(d);
	php_mqs_reply_store *replies = php_mqs_replies_keep(server);
	mqs_broker_resolve(server->broker, ticket, d->verdict, php_mqs_server_now_ms(server));
	server->replies = replies;
}

static void run_decision(void *ctx)
{
	php_mqs_decision_run(ctx);
}

bool php_mqs_hooks_run_ticket(php_mqs_server *server, uint64_t ticket)
{
	php_mqs_decision *d;
	if (ticket & PHP_MQS_NOTICE_BIT) {
		d = zend_hash_index_find_ptr(&server->decisions, ticket);
	} else {
		mqs_event *event = mqs_broker_pending(server->broker, ticket);
		d = event ? php_mqs_decision_create(server, event, ticket) : NULL;
	}
	if (!d) {
		return false;
	}
	php_mqs_run *run = php_mqs_run_begin(PHP_MQS_JOB_HANDLER, server);
	d->run = run;
	php_mqs_host_limit(server, run, (ticket & PHP_MQS_NOTICE_BIT) == 0);
	php_mqs_guard(server, run_decision, d, "a destructor", mqs_bytes_make(NULL, 0));
	d->run = NULL;
	php_mqs_run_end(run);
	if (!EG(exception) && d->event != &d->stand_in) {
		php_mqs_host_core_enter(server);
		php_mqs_host_core_enter(server);
		php_mqs_hooks_resolve(d);
		php_mqs_host_core_leave(server);
		php_mqs_host_core_leave(server);
	}
	decision_free(server, ticket);
	server->callee = NULL;
	php_mqs_exception_log(server, "a destructor", mqs_bytes_make(NULL, 0));
	return true;
}
