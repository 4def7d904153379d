/* SPDX-License-Identifier: MIT
 *
 * src/net/net_private.h - what the files of this room share. Included first, by this room's .c files only.
 *
 * One turn of the loop: timers, poll (reads, accepts, ends of writes), then mqs_net_flush(), which writes what the
 * broker has for each connection. Nothing else writes, so that all output of a turn leaves in one call per connection.
 */
#ifndef MQS_NET_PRIVATE_H
#define MQS_NET_PRIVATE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* accept4, sigaction and struct addrinfo under -std=c11 */
#endif

#include "net/net.h"
#include "net/watch.h"
#include "base/list.h"

#include <signal.h>
#include <sys/uio.h>
#include <uv.h>

#define NET_READ_BYTES       65536  /* the one read buffer of a loop */
#define NET_READS_PER_TURN   2      /* of one connection */
#define NET_FLUSH_BYTES      262144 /* of input in one turn after which output is written early, before it piles up */
#define NET_WRITES_PER_TURN  8      /* vectored writes of one connection; more than one only for very much output */
#define NET_WRITE_PIECES     256    /* of one vectored write */
#define NET_ACCEPTS_PER_TURN 64
#define NET_SWEEP_MS         100    /* how exactly the limits below are kept */
#define NET_BLOCKED_MS       1000   /* a connection to be closed that took nothing for so long gets nothing more */
#define NET_DRAIN_MS         5000   /* a connection to be closed has so long to take its output */
#define NET_LINGER_MS        1000   /* then so long to close its side */
#define NET_LINGER_BYTES     262144 /* and may send so much that is thrown away */
#define NET_HOST_BYTES       256

typedef enum mqs_net_state {
	NET_OPEN,
	NET_DRAINING,  /* the broker is done with it; its output is being sent, input is thrown away */
	NET_LINGERING, /* closed in the broker, our side is shut; the same until the peer closes */
	NET_CLOSED     /* memory goes at the end of the loop's phase */
} mqs_net_state;

/* What a connection may wait for. */
#define NET_READABLE 1u
#define NET_WRITABLE 2u

typedef struct mqs_net_handle mqs_net_handle;

/* A network connection. Owns the socket; the mqs_conn until it has called mqs_conn_close(). */
typedef struct mqs_net_conn {
	mqs_net *net;
	mqs_link link;          /* in the net's list of its state */
	mqs_link again;         /* in net->again: to be served at the next flush without the broker saying so */
	mqs_conn *conn;         /* NULL once closed in the broker */
	mqs_net_handle *handle; /* [owned] NULL where one epoll descriptor serves all */
	int64_t since_ms;       /* in its state, for those that are leaving */
	int fd;                 /* [owned] */
	uint32_t blocked_ms;    /* the clock, cut off, when its socket was full */
	uint32_t round;         /* in which output was written last */
	uint32_t discarded;
	uint8_t wanted;  /* NET_READABLE while it reads, NET_WRITABLE while its socket is full */
	uint8_t watched; /* what epoll was told of that */
	uint8_t state;   /* mqs_net_state */
	bool mute;       /* writing failed */
	bool ended;      /* the peer has said that nothing more comes, and all that came was read */
} mqs_net_conn;

typedef struct mqs_net_listener {
	uv_poll_t poll;
	mqs_link link;
	mqs_net *net;
	int fd;
	mqs_conn_rules rules;
	bool paused; /* an accept failed for want of something; the sweep goes on with it */
	char name[NET_HOST_BYTES + 16];
} mqs_net_listener;

struct mqs_net_timer {
	uv_timer_t timer;
	mqs_link link;
	void (*fire)(void *user);
	void *user;
	bool once, closing;
};

/* ---- watches (watch.c) --------------------------------------------------------------------------------------- */

struct mqs_watch {
	mqs_watch_loop *loop;
	mqs_link link; /* in loop->watches */
	mqs_watch_fired fired;
	void *user;
	int fd; /* [owned] -1: none */
	uint8_t events;
	bool held; /* the signal */
	union {
		uv_handle_t any;
		uv_poll_t poll;
		uv_timer_t timer;
		uv_signal_t signal;
	} as;
};

struct mqs_watch_loop {
	uv_loop_t *uv; /* [borrowed] */
	const mqs_alloc *alloc;
	mqs_link watches;
};

struct mqs_net_poll {
	uv_poll_t poll;
	mqs_link link;
	int fd; /* [owned] */
	void (*ready)(void *user);
	void *user;
};

struct mqs_net {
	uv_loop_t loop;
	const mqs_alloc *alloc;
	mqs_broker *broker;
	mqs_net_options options;
	mqs_net_owner owner;

	uv_prepare_t prepare; /* flush after the timers */
	uv_check_t check;     /* flush after the reads */
	uv_idle_t spin;       /* active: the next poll does not wait */
	uv_timer_t deadline;  /* the broker's */
	uv_timer_t sweep;     /* runs while somebody is leaving or accepting pauses */
	uv_signal_t signals[2];
	int64_t deadline_ms; /* what `deadline` is set to */

	mqs_link open, draining, lingering, closed; /* connections by state */
	mqs_link again;
	mqs_link listeners, timers, polls;
	mqs_watch_loop watch_loop;
	uint8_t *read_buffer;
	uint32_t round;   /* from one poll to the next; it ends with an early flush too */
	size_t unflushed; /* bytes of input since the last flush */

	int epoll_fd;      /* for all connections; -1: each has a handle */
	uv_poll_t sockets; /* tells that one of them is ready */

	int reserve_fd; /* given up for a moment to refuse a connection when no descriptor is left; -1: lost */
	int64_t accept_log_ms;
	uint64_t accept_failures; /* since the last log line about them */

	bool running, aborting;
	bool turn_wanted;      /* owner.turn is to be called */
	bool halting;          /* the owner has work to end before the broker is shut down; nothing is read meanwhile */
	bool told_over;        /* the owner knows that its time is over */
	bool stopping;         /* the broker was shut down */
	unsigned stops_wanted; /* calls of mqs_net_stop() */
	uint8_t stop_reason;
	int64_t stop_deadline_ms;

	bool signals_caught;
	struct sigaction saved_pipe; /* SIGPIPE as it was before the run */

	mqs_bytes pieces[NET_WRITE_PIECES];
	struct iovec buffers[NET_WRITE_PIECES];
};

/* ---- net.c --------------------------------------------------------------------------------------------------- */

/* Writes, closes and resumes what the broker made ready; sets the deadline timer. Not from within a broker call. */
void mqs_net_flush(mqs_net *net);
/* Makes sure that the limits of leaving connections and paused listeners are looked after. */
void mqs_net_sweep_start(mqs_net *net);
__attribute__((format(printf, 3, 4))) void mqs_net_log(mqs_net *net, mqs_log_level level, const char *format, ...);
/* error may be NULL. Always returns MQS_ERR_INVALID. */
__attribute__((format(printf, 3, 4))) mqs_result mqs_net_fail(
    mqs_net_error *error, int uv_code, const char *format, ...);

/* ---- listener.c ---------------------------------------------------------------------------------------------- */

void mqs_net_listeners_close(mqs_net *net);
/* Lets paused listeners accept again. */
void mqs_net_listeners_resume(mqs_net *net);
bool mqs_net_listeners_paused(const mqs_net *net);
/* Tells how many accepts failed since the last log line. False: there is nothing more to tell later. */
bool mqs_net_listeners_report(mqs_net *net);

/* ---- connection.c -------------------------------------------------------------------------------------------- */

/*
 * Makes a connection of an accepted socket.
 *
 * fd    [owned] closed on failure too
 * peer  [borrowed]
 */
void mqs_net_conn_accept(mqs_net *net, int fd, mqs_bytes peer, mqs_conn_rules rules);
/* Writes what there is, then closes or reads on as the broker wants. */
void mqs_net_conn_serve(mqs_net_conn *conn);
/* No more input for the broker; closes when the output is sent, by way of mqs_net_conn_serve(). */
void mqs_net_conn_drain(mqs_net_conn *conn);
/* At once, in the broker too. */
void mqs_net_conn_close(mqs_net_conn *conn);
/* Closes those whose time is over. */
void mqs_net_conns_sweep(mqs_net *net);
void mqs_net_conns_close(mqs_net *net);
/* Frees those that were closed. Only where none of them is in use: at the top of the loop's callbacks. */
void mqs_net_conns_free(mqs_net *net);
/* Something that it waited for has happened. ended: the peer has shut its side. May close. */
void mqs_net_conn_happened(mqs_net_conn *conn, unsigned events, bool ended);

/* ---- sockets.c ----------------------------------------------------------------------------------------------- */

int mqs_net_sockets_init(mqs_net *net);
void mqs_net_sockets_close(mqs_net *net);
/* Waits for these events from now on, and no others. Returns libuv's code. */
int mqs_net_conn_watch(mqs_net_conn *conn, unsigned events);
/* Closes the socket. */
void mqs_net_conn_shut(mqs_net_conn *conn);

/* ---- timer.c ------------------------------------------------------------------------------------------------- */

void mqs_net_timers_close(mqs_net *net);

/* ---- watch.c ------------------------------------------------------------------------------------------------- */

void mqs_watch_loop_init(mqs_watch_loop *loop, const mqs_alloc *alloc, uv_loop_t *uv);
/* Ends the watches that are left. The handles are closed in the loop's next turn. */
void mqs_watch_loop_close(mqs_watch_loop *loop);

/* ---- poll.c -------------------------------------------------------------------------------------------------- */

/* Makes handle watch a duplicate of fd, and leaves the flags of fd as they are. Returns 0, and the duplicate: to be
 * closed after uv_close(handle); or a negative code of libuv's, then handle is as before and the duplicate is -1. */
int mqs_net_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd, int *duplicate /* [out] */);
void mqs_net_polls_close(mqs_net *net);

/* ---- signals.c ----------------------------------------------------------------------------------------------- */

/* Around uv_signal_start() and uv_signal_stop(): the first keeps what the process does with the signal, the last puts
 * it back. */
void mqs_net_signal_hold(int number);
void mqs_net_signal_let_go(int number);

int mqs_net_signals_init(mqs_net *net);
/* For the time of the run: SIGPIPE is ignored, SIGTERM and SIGINT stop (by option). Returns libuv's code. */
int mqs_net_signals_catch(mqs_net *net);
/* Puts the process' own handling back. */
void mqs_net_signals_release(mqs_net *net);
void mqs_net_signals_close(mqs_net *net);

#endif
