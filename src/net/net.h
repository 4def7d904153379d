/* SPDX-License-Identifier: MIT
 *
 * src/net/net.h - the broker's own home: a libuv loop, TCP listeners, signals, timers. Knows the broker, not PHP.
 */
#ifndef MQS_NET_H
#define MQS_NET_H

#include "broker/broker.h"

typedef struct mqs_net mqs_net;
typedef struct mqs_net_timer mqs_net_timer;
typedef struct mqs_net_poll mqs_net_poll;

typedef struct mqs_net_options {
	uint32_t backlog;           /* of listen(2), default 1024 */
	bool no_delay;              /* TCP_NODELAY, default true */
	uint32_t tcp_keepalive_s;   /* 0: off (default): MQTT has its own */
	uint32_t shutdown_grace_ms; /* time to drain output at a stop, default 5000 */
	bool handle_signals;        /* SIGTERM and SIGINT stop gracefully, a second one at once; default true */
	bool plain_handles;         /* one libuv handle for each connection, as where there is no epoll; default false */
} mqs_net_options;

void mqs_net_options_init(mqs_net_options *options);

/* What failed, for one clear line: "cannot listen on 0.0.0.0:1883: address already in use". */
typedef struct mqs_net_error {
	int uv_code; /* libuv's negative errno */
	char text[256];
} mqs_net_error;

/* Events towards the owner (PHP). All optional. Called on the loop's thread, never re-entrantly. */
typedef struct mqs_net_owner {
	void *ctx;
	void (*started)(void *ctx);                                    /* loop is running, listeners accept */
	void (*stopping)(void *ctx);                                   /* graceful stop has begun */
	void (*log)(void *ctx, mqs_log_level level, const char *line); /* accept errors, EMFILE, … */
	void (*turn)(void *ctx);            /* after mqs_net_turn_soon(): outside of the broker, before output is written */
	bool (*busy)(void *ctx, bool over); /* while stopping: is there work to wait for? over: this is the last time */
	mqs_result (*receive)(void *ctx, mqs_conn *conn, mqs_bytes in); /* in place of mqs_conn_receive(), as that one */
} mqs_net_owner;

/* alloc, broker, owner [borrowed]. Makes a loop of its own. */
mqs_result mqs_net_create(const mqs_alloc *alloc, mqs_broker *broker, const mqs_net_options *options,
    const mqs_net_owner *owner, mqs_net **out, mqs_net_error *error);

/*
 * Opens a TCP listener.
 *
 * host             "0.0.0.0", "::", "127.0.0.1", "::1" or a name that resolves; numeric IPv6 with or without brackets
 * port             0: any free one
 * rules            for connections that come in here, copied
 * bound_port       [out] may be NULL
 *
 * Returns MQS_OK; MQS_ERR_INVALID with error->text: in use, no permission, bad address.
 */
mqs_result mqs_net_listen(mqs_net *net, const char *host, uint16_t port, const mqs_conn_rules *rules,
    uint16_t *bound_port, mqs_net_error *error);

/* Runs until stopped. MQS_OK after a stop, MQS_ERR_CLOSED after mqs_net_abort(), MQS_ERR_INVALID when it is running
 * already or there is neither a listener nor a timer. SIGPIPE is ignored meanwhile. */
mqs_result mqs_net_run(mqs_net *net);

/* Begins a graceful stop: listeners close, clients get `reason`, output is drained up to the grace period. From any
 * callback; a second call stops at once. */
void mqs_net_stop(mqs_net *net, uint8_t reason);

/* Leaves mqs_net_run() as soon as the current callback returns, without good-byes but draining what can be written at
 * once: for fatal errors in PHP. */
void mqs_net_abort(mqs_net *net);

/* Closes everything that is open, connections included (they are closed in the broker). Not from a callback. NULL is
 * allowed. */
void mqs_net_destroy(mqs_net *net);

/* Monotonic milliseconds as the loop sees them (cached once a turn). */
int64_t mqs_net_now_ms(const mqs_net *net);

/* To be called after the owner called into the broker from outside a net callback's own flush (a PHP timer that
 * published): output is written at the end of the turn. */
void mqs_net_wake(mqs_net *net);

/* To be called for owner->turn, from anywhere. */
void mqs_net_turn_soon(mqs_net *net);

/* [borrowed] libuv's loop, for handles of the owner. They must be closed before mqs_net_destroy() is called; the
 * callbacks of uv_close() may still be to come then. */
struct uv_loop_s *mqs_net_loop(mqs_net *net);

/* A timer of the owner. interval_ms 0: once. The callback may stop it. [owned] until mqs_net_timer_stop(), or its one
 * shot has returned. */
mqs_net_timer *mqs_net_timer_start(
    mqs_net *net, uint64_t delay_ms, uint64_t interval_ms, void (*fire)(void *user), void *user);
void mqs_net_timer_stop(mqs_net_timer *timer);

/*
 * Waits once for a descriptor of the owner to be readable or writable; errors and the end of input count as both.
 *
 * fd       [borrowed] not changed; may be waited for several times at once, and may be closed meanwhile
 * ready    called once; what this function returned is gone by then
 * uv_code  [out] 0, or libuv's negative errno: UV_EPERM for a plain file, which never has to be waited for
 *
 * [owned] until mqs_net_poll_stop() or the call of ready(). NULL: see uv_code.
 */
mqs_net_poll *mqs_net_poll_start(mqs_net *net, int fd, bool write, void (*ready)(void *user), void *user, int *uv_code);
void mqs_net_poll_stop(mqs_net_poll *poll);

#endif
