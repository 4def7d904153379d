/* SPDX-License-Identifier: MIT
 *
 * src/php/server_fibers.c - the hook port where handlers run in fibers of the pool, inside the hook. One that does not
 * wait has answered when the hook returns, and nothing was copied. One that waits keeps its fiber, and the broker keeps
 * the event under its ticket: the fiber resolves it at its end.
 *
 * A connection with a handler that waits has a lane. What the broker does not wait for (DISCONNECT, the end of the
 * connection) becomes a notice, which is told when those before it are done. Tickets and notices for which there is no
 * fiber wait until there is one.
 * Owns: the lanes; decisions of notices. The decision of a handler that runs stands in the room of its fiber.
 */
#include "decision.h"
#include "packet.h"
#include "server_hooks.h"
#include "zend_fibers.h"

_Static_assert(sizeof(php_mqs_decision) <= PHP_MQS_JOB_ROOM, "a decision fits into the room of a fiber");

/* ---- lanes --------------------------------------------------------------------------------------------------- */

typedef struct lane {
	uint64_t *notices; /* [owned] tickets, in order */
	uint32_t count, capacity;
	uint32_t busy; /* handlers that wait, and tickets that wait for a fiber */
} lane;

static void lane_removed(zval *entry)
{
	lane *gone = Z_PTR_P(entry);
	if (gone->notices) {
		efree(gone->notices);
	}
	efree(gone);
}

void php_mqs_parked_init(php_mqs_server *server)
{
	zend_hash_init(&server->waiting_tickets, 0, NULL, NULL, 0);
	zend_hash_init(&server->lanes, 0, NULL, lane_removed, 0);
}

void php_mqs_parked_clear(php_mqs_server *server)
{
	zend_hash_destroy(&server->waiting_tickets);
	zend_hash_destroy(&server->lanes);
}

static lane *lane_of(php_mqs_server *server, uint64_t conn_id)
{
	return conn_id ? zend_hash_index_find_ptr(&server->lanes, conn_id) : NULL;
}

static void lane_enter(php_mqs_server *server, uint64_t conn_id)
{
	lane *found = lane_of(server, conn_id);
	if (!found && conn_id) {
		found = ecalloc(1, sizeof(*found));
		zend_hash_index_add_new_ptr(&server->lanes, conn_id, found);
	}
	if (found) {
		found->busy++;
	}
}

/* The ticket has its turn when a fiber is free; its connection's lane has been entered. */
static void ticket_queue(php_mqs_server *server, uint64_t ticket, uint64_t conn_id)
{
	zval number;
	ZVAL_LONG(&number, (zend_long)conn_id);
	zend_hash_index_add_new(&server->waiting_tickets, ticket, &number);
	mqs_net_turn_soon(server->net);
}

static void lane_leave(php_mqs_server *server, uint64_t conn_id)
{
	lane *left = lane_of(server, conn_id);
	if (!left || --left->busy > 0) {
		return;
	}
	if (left->count == 0 || !server->net) {
		zend_hash_index_del(&server->lanes, conn_id);
		return;
	}
	uint64_t ticket = left->notices[0];
	left->count--;
	memmove(left->notices, left->notices + 1, left->count * sizeof(uint64_t));
	left->busy++;
	ticket_queue(server, ticket, conn_id);
}

static void lane_push(lane *to, uint64_t ticket)
{
	if (to->count == to->capacity) {
		to->capacity = to->capacity ? to->capacity * 2 : 2;
		to->notices = safe_erealloc(to->notices, to->capacity, sizeof(uint64_t), 0);
	}
	to->notices[to->count++] = ticket;
}

/* ---- in the fiber --------------------------------------------------------------------------------------------- */

/* What a job is to answer. It lives in the stack of whoever starts the job: the job looks at it before it waits, or
 * when it has not waited. */
typedef struct question {
	php_mqs_server *server;
	mqs_event *event;           /* NULL: that of the decision, or the broker is being told an answer */
	php_mqs_decision *decision; /* made by the job, except for a notice that was queued */
	uint64_t ticket;            /* 0: the broker waits, inside its hook or with an open question */
	uint64_t conn_id;           /* 0: none */
	mqs_verdict verdict;        /* [out] when the job did not wait */
} question;

/* From now on it is found by its ticket. */
static void decision_add(php_mqs_decision *d, uint64_t ticket)
{
	d->ticket = ticket;
	zend_hash_index_add_new_ptr(&d->server->decisions, ticket, d);
}

/* Destructors may run now, too late to wait: the event is about to go. */
static void release(php_mqs_decision *d, mqs_bytes client_id)
{
	php_mqs_server *server = d->server;
	zend_fiber_switch_block();
	if (d->in_room) {
		php_mqs_decision_release(d);
	}
	if (d->ticket) {
		zend_hash_index_del(&server->decisions, d->ticket);
	}
	if (UNEXPECTED(EG(exception))) {
		php_mqs_exception_log(server, "a destructor", client_id);
	}
	zend_fiber_switch_unblock();
}

/* It did not answer inside the hook: the broker is told, unless it does not want to know any more. */
static void decision_end(php_mqs_decision *d)
{
	php_mqs_server *server = d->server;
	uint64_t conn_id = d->conn_id;
	if (!EG(exception) && d->event != &d->stand_in) {
		php_mqs_hooks_resolve(d);
	}
	d->fiber = NULL;
	zend_string *name = zend_string_copy(d->client_id);
	release(d, mqs_bytes_make(ZSTR_VAL(name), ZSTR_LEN(name)));
	zend_string_release(name);
	lane_leave(server, conn_id);
}

/* Runs the handlers. False: the question was not answered at once, and is gone; the job is over. */
static bool answer_in(php_mqs_fiber *fiber, question *asked)
{
	php_mqs_server *server = asked->server;
	php_mqs_decision *d = asked->decision;
	if (!d) {
		d = asked->decision = php_mqs_fiber_room(fiber);
		php_mqs_decision_init(d, server, asked->event);
		d->in_room = true;
		if (asked->ticket) {
			php_mqs_decision_keep_name(d);
			decision_add(d, asked->ticket);
		}
	}
	d->fiber = fiber;
	php_mqs_decision_run(d);
	if (d->ticket) {
		decision_end(d);
		return false;
	}
	asked->verdict = d->verdict; /* whoever asks is still there, and puts server->replies back */
	php_mqs_replies_keep(server);
	release(d, asked->event->client_id);
	return true;
}

static void answer(void *ctx)
{
	question *asked = ctx;
	answer_in(php_mqs_fiber_entered(asked->server), asked);
}

/* ---- in the hook ----------------------------------------------------------------------------------------------- */

/* The broker goes on: the handlers are told in their turn. */
static uint64_t notice_create(php_mqs_server *server, mqs_event *event)
{
	uint64_t ticket = PHP_MQS_NOTICE_BIT | ++server->last_notice;
	php_mqs_decision *d = php_mqs_decision_create(server, event, ticket);
	php_mqs_decision_cut_off(d);
	return ticket;
}

/* The handlers wait: what they look at must stay when the hook has returned. */
static void park(void *ctx)
{
	question *asked = ctx;
	mqs_event *event = asked->event;
	php_mqs_decision *d = asked->decision;
	php_mqs_decision_keep_name(d);
	lane_enter(d->server, d->conn_id);
	if (php_mqs_event_waits(event->kind)) {
		decision_add(d, event->ticket);
		asked->verdict = MQS_DECIDE_LATER;
	} else {
		decision_add(d, PHP_MQS_NOTICE_BIT | ++d->server->last_notice);
		php_mqs_decision_cut_off(d);
		php_mqs_fiber_limit(d->fiber);
		asked->verdict = MQS_ALLOW;
	}
}

/* The question waits until there is a fiber. */
static void put_off(void *ctx)
{
	question *asked = ctx;
	php_mqs_server *server = asked->server;
	mqs_event *event = asked->event;
	bool notice = !php_mqs_event_waits(event->kind);
	lane_enter(server, asked->conn_id);
	ticket_queue(server, notice ? notice_create(server, event) : event->ticket, asked->conn_id);
	asked->verdict = notice ? MQS_ALLOW : MQS_DECIDE_LATER;
}

/* A DISCONNECT or the end of a connection whose handlers have their turn behind others that wait. */
static void put_behind(void *ctx)
{
	question *asked = ctx;
	lane_push(lane_of(asked->server, asked->conn_id), notice_create(asked->server, asked->event));
	asked->verdict = MQS_ALLOW;
}

/* PHP must not be entered any more. */
static mqs_verdict deny(question *asked)
{
	if (asked->event) {
		asked->event->reply->reason = MQTT_RC_IMPLEMENTATION_SPECIFIC_ERROR;
	}
	if (asked->decision && Z_TYPE(asked->decision->packet) != IS_UNDEF) {
		/* Somebody may still hold it when PHP ends. */
		php_mqs_packet_forget(&asked->decision->packet);
	}
	return MQS_DENY;
}

/* To keep something takes memory of PHP's, which may be at its limit. */
static mqs_verdict keep(question *asked, void (*body)(void *ctx))
{
	return php_mqs_guard(asked->server, body, asked, "what waits", asked->event->client_id) ? asked->verdict
	                                                                                        : deny(asked);
}

/* No fiber can run it now. */
static mqs_verdict wait_for_fiber(question *asked)
{
	php_mqs_server *server = asked->server;
	bool full = server->fiber_stats.parked > 0 && !zend_fiber_switch_blocked();
	bool notice = !php_mqs_event_waits(asked->event->kind);
	if (!full || (notice && zend_hash_num_elements(&server->waiting_tickets) >= server->options.max_fibers)) {
		return php_mqs_hooks_decide_now(server, asked->event);
	}
	return keep(asked, put_off);
}

/* Runs a job that answers the question, in a fiber. */
static mqs_verdict ask(question *asked, php_mqs_job job, void *ctx, const mqs_bytes *client_id)
{
	php_mqs_server *server = asked->server;
	php_mqs_reply_store *replies = server->replies;
	asked->verdict = MQS_DENY;
	php_mqs_fiber_result result = php_mqs_fiber_run(server, PHP_MQS_JOB_HANDLER, job, ctx, client_id);
	server->replies = replies;
	if (UNEXPECTED(server->fatal)) {
		return deny(asked);
	}
	switch (result) {
		case PHP_MQS_FIBER_FINISHED: return asked->verdict;
		case PHP_MQS_FIBER_SUSPENDED: return keep(asked, park);
		default: return wait_for_fiber(asked);
	}
}

mqs_verdict php_mqs_hooks_decide_in_fiber(php_mqs_server *server, mqs_event *event)
{
	uint64_t conn_id = event->conn ? mqs_conn_id(event->conn) : 0;
	question asked = {.server = server, .event = event, .conn_id = conn_id};
	if (!php_mqs_event_waits(event->kind) && lane_of(server, conn_id)) {
		return keep(&asked, put_behind);
	}
	return ask(&asked, answer, &asked, &event->client_id);
}

/* ---- what comes over a connection ------------------------------------------------------------------------------
 *
 * Questions about PUBLISH come when the broker has been left, so one fiber answers all of them that come out of what
 * was read at once, and in between lets the broker go on. It lets go of the rest when a handler waits: that goes on in
 * the stack of whoever has entered the fiber, and in another fiber.
 */

typedef struct intake {
	question asked; /* the one that is open */
	mqs_conn *conn;
	mqs_bytes in; /* what has not been received yet */
	int64_t now_ms;
	mqs_result result;   /* MQS_PENDING: a question is open */
	mqs_bytes client_id; /* whose question is open; empty: none is */
	php_mqs_reply_store *replies;
} intake;

static void intake_asked(intake *i, mqs_result result)
{
	i->result = result;
	if (result == MQS_PENDING) {
		i->asked.event = mqs_conn_asked(i->conn);
		i->asked.decision = NULL;
		i->client_id = i->asked.event->client_id;
	}
}

static void intake_answer(intake *i, mqs_verdict verdict)
{
	i->asked.server->replies = i->replies;
	i->asked.event = NULL;
	i->client_id = mqs_bytes_make(NULL, 0);
	mqs_result result = mqs_conn_answer(i->conn, verdict, i->now_ms);
	if (result == MQS_OK) {
		result = mqs_conn_receive_asking(i->conn, &i->in, i->now_ms);
	}
	intake_asked(i, result);
}

static void answer_all(void *ctx)
{
	intake *i = ctx;
	const php_mqs_server *server = i->asked.server;
	php_mqs_fiber *fiber = php_mqs_fiber_entered(server);
	while (answer_in(fiber, &i->asked) && php_mqs_fiber_next(fiber)) {
		intake_answer(i, i->asked.verdict);
		if (i->result != MQS_PENDING || server->fatal) {
			return; /* a handler of deliveries may have had a fatal error */
		}
	}
}

mqs_result php_mqs_hooks_receive(void *ctx, mqs_conn *conn, mqs_bytes in)
{
	php_mqs_server *server = ctx;
	int64_t now_ms = php_mqs_server_now_ms(server);
	if (!server->asks_about_publish || !server->fibers) {
		return mqs_conn_receive(conn, in, now_ms);
	}
	intake i = {.conn = conn, .in = in, .now_ms = now_ms, .replies = server->replies};
	i.asked = (question){.server = server, .conn_id = mqs_conn_id(conn)};
	intake_asked(&i, mqs_conn_receive_asking(conn, &i.in, now_ms));
	while (i.result == MQS_PENDING) {
		mqs_verdict verdict = ask(&i.asked, answer_all, &i, &i.client_id);
		if (i.result == MQS_PENDING) {
			intake_answer(&i, verdict);
		}
	}
	return i.result;
}

void php_mqs_hooks_kept(void *ctx, mqs_event *event)
{
	php_mqs_server *server = ctx;
	php_mqs_decision *d = zend_hash_index_find_ptr(&server->decisions, event->ticket);
	if (d && d->fiber) {
		php_mqs_decision_move(d, event);
	}
}

static void interrupt(php_mqs_decision *d, zend_class_entry *ce, const char *message)
{
	if (d->fiber) {
		php_mqs_fiber_cancel(d->fiber, ce, message);
	} else {
		php_mqs_run_cancel(d->run, ce, message);
	}
}

/* Is anybody still interested in what the handlers of this event do? */
void php_mqs_handlers_cancel(php_mqs_decision *d, mqs_conn *conn, uint8_t reason)
{
	bool late = reason == MQTT_RC_IMPLEMENTATION_SPECIFIC_ERROR && !(conn && mqs_conn_wants_close(conn));
	if (late) {
		interrupt(d, php_mqs_timeout_ce, "The handler did not decide in time");
	} else if (reason == MQTT_RC_QUOTA_EXCEEDED && !(conn && mqs_conn_wants_close(conn))) {
		interrupt(d, php_mqs_cancelled_ce, "Too many handlers are waiting");
	} else if (d->event->kind != MQS_EVENT_PUBLISH) {
		interrupt(d, php_mqs_cancelled_ce, "The client has gone");
	}
}

void php_mqs_hooks_cancel_in_fiber(php_mqs_server *server, uint64_t ticket, uint8_t reason)
{
	php_mqs_decision *d = zend_hash_index_find_ptr(&server->decisions, ticket);
	if (d) {
		mqs_conn *conn = d->event->conn;
		php_mqs_decision_cut_off(d);
		if (d->fiber) {
			php_mqs_handlers_cancel(d, conn, reason);
		}
		return;
	}
	zval *waiting = zend_hash_index_find(&server->waiting_tickets, ticket);
	if (waiting) {
		uint64_t conn_id = (uint64_t)Z_LVAL_P(waiting);
		zend_hash_index_del(&server->waiting_tickets, ticket);
		lane_leave(server, conn_id);
	}
}

/* ---- when fibers are free -------------------------------------------------------------------------------------- */

/* The first in the queue. False: the queue is empty. */
static bool take_waiting(php_mqs_server *server, uint64_t *ticket, uint64_t *conn_id)
{
	HashPosition at;
	zend_string *name;
	zend_ulong number;
	zend_hash_internal_pointer_reset_ex(&server->waiting_tickets, &at);
	zval *value = zend_hash_get_current_data_ex(&server->waiting_tickets, &at);
	if (!value || zend_hash_get_current_key_ex(&server->waiting_tickets, &name, &number, &at) != HASH_KEY_IS_LONG) {
		return false;
	}
	*ticket = number;
	*conn_id = (uint64_t)Z_LVAL_P(value);
	zend_hash_index_del(&server->waiting_tickets, number);
	return true;
}

static void run_ticket(php_mqs_server *server, uint64_t ticket, uint64_t conn_id)
{
	question asked = {.server = server, .ticket = ticket};
	if (ticket & PHP_MQS_NOTICE_BIT) {
		asked.decision = zend_hash_index_find_ptr(&server->decisions, ticket);
	} else {
		asked.event = mqs_broker_pending(server->broker, ticket);
	}
	if (!asked.decision && !asked.event) {
		lane_leave(server, conn_id);
		return;
	}
	mqs_bytes nobody = mqs_bytes_make(NULL, 0);
	php_mqs_fiber_result result = php_mqs_fiber_run(server, PHP_MQS_JOB_HANDLER, answer, &asked, &nobody);
	if (result == PHP_MQS_FIBER_REFUSED) {
		ticket_queue(server, ticket, conn_id);
	} else if (result == PHP_MQS_FIBER_SUSPENDED && (ticket & PHP_MQS_NOTICE_BIT)) {
		php_mqs_fiber_limit(asked.decision->fiber);
	}
}

void php_mqs_parked_run_waiting(php_mqs_server *server)
{
	uint64_t ticket, conn_id;
	for (uint32_t left = zend_hash_num_elements(&server->waiting_tickets); left > 0; left--) {
		if (server->fatal || !php_mqs_fibers_free(server) || !take_waiting(server, &ticket, &conn_id)) {
			return;
		}
		run_ticket(server, ticket, conn_id);
	}
}
