/* SPDX-License-Identifier: MIT
 *
 * src/net/watch.c - watches of PHP code. A descriptor is watched by a duplicate: so it may be watched several times,
 * and may be closed behind our back - libuv ends the process when it finds a descriptor closed that it watches.
 *
 * Owns: handles, duplicates and watches; their memory goes with libuv's close callbacks.
 */
#include "net/net_private.h"

#include <unistd.h>

static void watch_closed(uv_handle_t *handle)
{
	mqs_watch *watch = handle->data;
	mqs_release(watch->loop->alloc, watch);
}

static mqs_watch *watch_create(mqs_watch_loop *loop, mqs_watch_fired fired, void *user)
{
	mqs_watch *watch = mqs_acquire_zero(loop->alloc, sizeof(*watch));
	if (watch) {
		watch->loop = loop;
		watch->fired = fired;
		watch->user = user;
		watch->fd = -1;
		watch->as.any.data = watch;
		mqs_list_insert(&loop->watches, &watch->link);
	}
	return watch;
}

/* One whose handle was never initialised. */
static void watch_discard(mqs_watch *watch)
{
	mqs_list_remove(&watch->link);
	mqs_release(watch->loop->alloc, watch);
}

/* ---- descriptors ---------------------------------------------------------------------------------------------- */

static void on_poll(uv_poll_t *handle, int status, int events);

static int poll_start(mqs_watch *watch)
{
	unsigned wanted = watch->events;
	int events = (wanted & MQS_WATCH_READABLE ? UV_READABLE : 0) | (wanted & MQS_WATCH_WRITABLE ? UV_WRITABLE : 0);
	return uv_poll_start(&watch->as.poll, events, on_poll);
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
	mqs_watch *watch = handle->data;
	unsigned ready = (events & UV_READABLE ? MQS_WATCH_READABLE : 0) | (events & UV_WRITABLE ? MQS_WATCH_WRITABLE : 0);
	if (status < 0) {
		poll_start(watch); /* an error has stopped it */
	}
	watch->fired(watch->user, status < 0 || !ready ? watch->events : watch->events & ready);
}

mqs_watch *mqs_watch_descriptor(
    mqs_watch_loop *loop, int fd, unsigned events, mqs_watch_fired fired, void *user, int *uv_code)
{
	*uv_code = UV_ENOMEM;
	mqs_watch *watch = watch_create(loop, fired, user);
	if (!watch) {
		return NULL;
	}
	watch->events = (uint8_t)events;
	*uv_code = mqs_net_poll_init(loop->uv, &watch->as.poll, fd, &watch->fd);
	if (*uv_code) {
		watch_discard(watch);
		return NULL;
	}
	poll_start(watch);
	return watch;
}

/* ---- times and signals ---------------------------------------------------------------------------------------- */

uint64_t mqs_watch_now_ns(void)
{
	return uv_hrtime();
}

static void on_time(uv_timer_t *handle)
{
	mqs_watch *watch = handle->data;
	watch->fired(watch->user, 0);
}

mqs_watch *mqs_watch_time(mqs_watch_loop *loop, uint64_t due_ns, mqs_watch_fired fired, void *user, int *uv_code)
{
	*uv_code = UV_ENOMEM;
	mqs_watch *watch = watch_create(loop, fired, user);
	if (!watch) {
		return NULL;
	}
	/* The loop's clock counts the milliseconds that are over, as of the beginning of its turn. */
	uint64_t now_ms = uv_now(loop->uv), due_ms = due_ns <= uv_hrtime() ? 0 : due_ns / 1000000 + (due_ns % 1000000 > 0);
	uv_timer_init(loop->uv, &watch->as.timer);
	*uv_code = uv_timer_start(&watch->as.timer, on_time, due_ms > now_ms ? due_ms - now_ms : 0, 0);
	return watch;
}

static void on_signal(uv_signal_t *handle, int number)
{
	(void)number;
	mqs_watch *watch = handle->data;
	watch->fired(watch->user, 0);
}

mqs_watch *mqs_watch_signal(mqs_watch_loop *loop, int number, mqs_watch_fired fired, void *user, int *uv_code)
{
	*uv_code = UV_ENOMEM;
	mqs_watch *watch = watch_create(loop, fired, user);
	if (!watch) {
		return NULL;
	}
	*uv_code = uv_signal_init(loop->uv, &watch->as.signal);
	if (*uv_code) {
		watch_discard(watch);
		return NULL;
	}
	mqs_net_signal_hold(number);
	*uv_code = uv_signal_start(&watch->as.signal, on_signal, number);
	if (*uv_code) {
		mqs_net_signal_let_go(number);
		mqs_watch_stop(watch);
		return NULL;
	}
	watch->held = true;
	return watch;
}

/* ---- the end -------------------------------------------------------------------------------------------------- */

void mqs_watch_stop(mqs_watch *watch)
{
	mqs_list_remove(&watch->link);
	if (watch->held) {
		int number = watch->as.signal.signum;
		uv_signal_stop(&watch->as.signal);
		mqs_net_signal_let_go(number);
	}
	uv_close(&watch->as.any, watch_closed);
	if (watch->fd >= 0) {
		close(watch->fd); /* libuv has let go of it */
	}
}

/* ---- loops ---------------------------------------------------------------------------------------------------- */

void mqs_watch_loop_init(mqs_watch_loop *loop, const mqs_alloc *alloc, uv_loop_t *uv)
{
	loop->alloc = alloc;
	loop->uv = uv;
	mqs_list_init(&loop->watches);
}

void mqs_watch_loop_close(mqs_watch_loop *loop)
{
	while (!mqs_list_empty(&loop->watches)) {
		mqs_watch_stop(MQS_CONTAINER(loop->watches.next, mqs_watch, link));
	}
}

/* With the libuv loop behind it. */
typedef struct own_loop {
	mqs_watch_loop loop;
	uv_loop_t uv;
} own_loop;

mqs_watch_loop *mqs_watch_loop_create(const mqs_alloc *alloc)
{
	own_loop *own = mqs_acquire_zero(alloc, sizeof(*own));
	if (!own || uv_loop_init(&own->uv)) {
		mqs_release(alloc, own);
		return NULL;
	}
	mqs_watch_loop_init(&own->loop, alloc, &own->uv);
	return &own->loop;
}

void mqs_watch_loop_destroy(mqs_watch_loop *loop)
{
	if (!loop) {
		return;
	}
	own_loop *own = MQS_CONTAINER(loop, own_loop, loop);
	mqs_watch_loop_close(loop);
	while (uv_run(&own->uv, UV_RUN_DEFAULT)) {
		/* Only close callbacks are left. */
	}
	int code = uv_loop_close(&own->uv);
	MQS_ASSERT(code == 0);
	(void)code;
	mqs_release(loop->alloc, own);
}

void mqs_watch_loop_turn(mqs_watch_loop *loop, bool wait)
{
	uv_run(loop->uv, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
}
