/* SPDX-License-Identifier: MIT
 *
 * src/php/server_hooks.h - the hook port's two files among themselves: server_hooks.c and server_fibers.c.
 */
#ifndef PHP_MQS_SERVER_HOOKS_H
#define PHP_MQS_SERVER_HOOKS_H

#include "decision.h"

/* Tickets of our own, for what the broker does not wait for. */
#define PHP_MQS_NOTICE_BIT (UINT64_C(1) << 63)

/* Does the broker wait for what handlers of this event say? */
static inline bool php_mqs_event_waits(mqs_event_kind kind)
{
	return kind != MQS_EVENT_DISCONNECT && kind != MQS_EVENT_CLOSE;
}

/* The handlers run in the stack of the broker, and nothing in them can wait. */
mqs_verdict php_mqs_hooks_decide_now(php_mqs_server *server, mqs_event *event);

/* [borrowed] A decision on the heap that belongs to the server, found by its ticket. */
php_mqs_decision *php_mqs_decision_create(php_mqs_server *server, mqs_event *event, uint64_t ticket);

/*
 * The broker does not wait any more for handlers that wait: whoever waits in them may get an exception.
 *
 * decision  cut off already; it runs in a fiber or in a coroutine of a host
 * conn      that the event came from; NULL: none
 * reason    that the broker told
 */
void php_mqs_handlers_cancel(php_mqs_decision *decision, mqs_conn *conn, uint8_t reason);

/* The broker is told what the handlers have decided on its ticket. It may ask about others meanwhile. */
void php_mqs_hooks_resolve(php_mqs_decision *decision);

mqs_verdict php_mqs_hooks_decide_in_fiber(php_mqs_server *server, mqs_event *event);
void php_mqs_hooks_cancel_in_fiber(php_mqs_server *server, uint64_t ticket, uint8_t reason);

#endif
