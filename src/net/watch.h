/* SPDX-License-Identifier: MIT
 *
 * src/net/watch.h - what PHP code waits for: descriptors, times and signals, on the loop of a net while it runs or on a
 * loop of their own.
 */
#ifndef MQS_NET_WATCH_H
#define MQS_NET_WATCH_H

#include "net/net.h"

typedef struct mqs_watch_loop mqs_watch_loop;
typedef struct mqs_watch mqs_watch;

enum { MQS_WATCH_READABLE = 1, MQS_WATCH_WRITABLE = 2 };

/* Called on the loop's thread. events: for a descriptor those that were asked for and are there, or all of them
 * after an error; else 0. It may start and stop watches, also its own. */
typedef void (*mqs_watch_fired)(void *user, unsigned events);

/* A loop of its own. alloc [borrowed]. NULL: out of memory or descriptors. */
mqs_watch_loop *mqs_watch_loop_create(const mqs_alloc *alloc);

/* Ends the watches that are left and frees them. Not from a callback. NULL is allowed. */
void mqs_watch_loop_destroy(mqs_watch_loop *loop);

/* [borrowed] That of a net: lives as long as the net. */
mqs_watch_loop *mqs_net_watch_loop(mqs_net *net);

/* One turn of a loop of its own; `wait`: until something has happened. */
void mqs_watch_loop_turn(mqs_watch_loop *loop, bool wait);

/* Nanoseconds of the clock that times are given in: monotonic, one for all loops. */
uint64_t mqs_watch_now_ns(void);

/*
 * Starts to watch. What is returned is [owned] until mqs_watch_stop(); NULL: it failed, *uv_code [out] says why.
 *
 * A descriptor fires in every turn in which it is ready, may be watched several times, and may be closed meanwhile, but
 * the connection behind it stays until nobody watches. UV_EPERM: it cannot be waited for because it is always ready, as
 * a file. It stays blocking if it was.
 * A time fires once, not before `due_ns`; the next turn when it has passed.
 * A signal fires each time it arrives. What the process did with it before is put back when nobody watches any more.
 */
mqs_watch *mqs_watch_descriptor(
    mqs_watch_loop *loop, int fd, unsigned events, mqs_watch_fired fired, void *user, int *uv_code);
mqs_watch *mqs_watch_time(mqs_watch_loop *loop, uint64_t due_ns, mqs_watch_fired fired, void *user, int *uv_code);
mqs_watch *mqs_watch_signal(mqs_watch_loop *loop, int number, mqs_watch_fired fired, void *user, int *uv_code);

void mqs_watch_stop(mqs_watch *watch);

#endif
