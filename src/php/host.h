/* SPDX-License-Identifier: MIT
 *
 * src/php/host.h - the hosted home: somebody else owns the sockets and the loop, and calls onReceive() with bytes.
 *
 * server->host is NULL until the first event of a host. It belongs to one process: a child that inherits one drops it
 * at its first entry. No function here runs PHP code inside the broker; those that may run PHP code say so.
 */
#ifndef PHP_MQS_HOST_H
#define PHP_MQS_HOST_H

#include "server.h"

typedef struct php_mqs_host php_mqs_host;

/* Called from MINIT. */
void php_mqs_host_minit(void);

/* ---- for the hooks (server_hooks.c) -------------------------------------------------------------------------- */

/* Do handlers run in coroutines of their own, outside the core? Then decide() answers MQS_DECIDE_LATER. */
bool php_mqs_host_defers(const php_mqs_server *server);

/* From inside decide(): php_mqs_hooks_run_ticket() is called for this ticket once the core has been left, in the order
 * of this call for each connection; conn_id: or any number that is none's. */
void php_mqs_host_queue(php_mqs_server *server, uint64_t conn_id, uint64_t ticket);

/* The same for one that need not wait for others which were queued so; what is queued by the function above waits for
 * all of these. */
void php_mqs_host_queue_apart(php_mqs_server *server, uint64_t conn_id, uint64_t ticket);

/* From inside decide(): a coroutine runs php_mqs_hooks_run_delivery() for this ticket, now, up to its first suspension.
 */
void php_mqs_host_deliver(php_mqs_server *server, uint64_t ticket);

/*
 * Where a connection comes from, for attributes of request and response.
 *
 * host_server  [out] [borrowed] the object that the host passed to its latest event; undefined: none
 *
 * False, with nothing set: not a connection of a host, or it is gone.
 */
bool php_mqs_host_peer_of(
    php_mqs_server *server, uint64_t conn_id, zend_long *fd, zend_long *reactor_id, zval *host_server);

/*
 * Around each call that may change the broker and does not come from this home (publish() from PHP, resolving a
 * ticket): log lines are kept until it has been left, and what comes in meanwhile waits. Harmless without a host.
 */
void php_mqs_host_core_enter(php_mqs_server *server);
void php_mqs_host_core_leave(php_mqs_server *server);

/* The broker was changed by PHP code: sends what there is, unless an entry of the host does so anyway. Runs PHP code.
 * Harmless without a host. */
void php_mqs_host_wake(php_mqs_server *server);

struct php_mqs_run;

/* A handler begins. One that the broker does not wait for is cancelled after `decision_timeout_ms`, as the broker does
 * with the others; all are when the worker has to end. run [borrowed] NULL: nothing can be cancelled. Runs no handlers.
 */
void php_mqs_host_limit(php_mqs_server *server, struct php_mqs_run *run, bool awaited);

/* ---- for the log (server_log.c) ------------------------------------------------------------------------------ */

/* A line that cannot be given to a logger now, because the core is being run: kept until it has been left. False: write
 * it yourself. */
bool php_mqs_host_log(php_mqs_server *server, mqs_log_level level, const char *text, size_t len, mqs_bytes client_id);

/* The inherited state of a parent process is being thrown away: nothing of it is news. */
bool php_mqs_host_silent(const php_mqs_server *server);

/* ---- for the server (server.c, server_timers.c) -------------------------------------------------------------- */

/* Frees it; the broker still lives. Runs no PHP code, closes no connection of the host. */
void php_mqs_host_free(php_mqs_server *server);
void php_mqs_host_gc(php_mqs_server *server, zend_get_gc_buffer *buffer);

/* A timer of PHP code was added: the host is to wake us in time. Harmless without a host. */
void php_mqs_host_timers_changed(php_mqs_server *server);

/*
 * For publishing and disconnecting from a process that may have no clients (an HTTP or task worker): drops inherited
 * state and joins the other workers, once per process. Runs PHP code. FAILURE: an exception is set.
 */
zend_result php_mqs_host_publish_ready(php_mqs_server *server);

/* Ends all connections of this process as a stopping server does and leaves the other workers; nothing happens a second
 * time. Runs PHP code. */
void php_mqs_host_stop(php_mqs_server *server, uint8_t reason);

/* Has a host told us of anything? Else there is only what publishing needs. */
bool php_mqs_host_speaks(const php_mqs_server *server);

/* Is there a host that gives us connections, in this process? */
bool php_mqs_host_runs(const php_mqs_server *server);

/* Asks the other workers to disconnect a client; those that there are: 0: none. */
uint32_t php_mqs_host_disconnect(
    php_mqs_server *server, mqs_bytes client_id, uint8_t reason, mqs_bytes props, bool discard);

#endif
