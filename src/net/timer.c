/* SPDX-License-Identifier: MIT
 *
 * src/net/timer.c - timers of the owner. A timer belongs to its starter until it is stopped or its one shot is over;
 * its memory goes with libuv's close callback.
 */
#include "net/net_private.h"

static void on_closed(uv_handle_t *handle)
{
	mqs_net *net = handle->loop->data;
	mqs_release(net->alloc, MQS_CONTAINER(handle, mqs_net_timer, timer));
}

static void on_timer(uv_timer_t *handle)
{
	mqs_net_timer *timer = MQS_CONTAINER(handle, mqs_net_timer, timer);
	mqs_net *net = handle->loop->data;
	if (net->aborting) {
		return;
	}
	timer->fire(timer->user);
	if (timer->once && !timer->closing) {
		mqs_net_timer_stop(timer);
	}
}

mqs_net_timer *mqs_net_timer_start(
    mqs_net *net, uint64_t delay_ms, uint64_t interval_ms, void (*fire)(void *user), void *user)
{
	mqs_net_timer *timer = mqs_acquire_zero(net->alloc, sizeof(*timer));
	if (!timer) {
		return NULL;
	}
	timer->fire = fire;
	timer->user = user;
	timer->once = interval_ms == 0;
	if (!net->running) {
		uv_update_time(&net->loop);
	}
	uv_timer_init(&net->loop, &timer->timer);
	/* Never 0: a timer that starts the next one at once would otherwise keep the loop from polling. */
	uv_timer_start(&timer->timer, on_timer, delay_ms ? delay_ms : 1, interval_ms);
	mqs_list_insert(&net->timers, &timer->link);
	return timer;
}

void mqs_net_timer_stop(mqs_net_timer *timer)
{
	MQS_ASSERT(!timer->closing);
	timer->closing = true;
	mqs_list_remove(&timer->link);
	uv_close((uv_handle_t *)&timer->timer, on_closed);
}

void mqs_net_timers_close(mqs_net *net)
{
	while (!mqs_list_empty(&net->timers)) {
		mqs_net_timer_stop(MQS_CONTAINER(net->timers.next, mqs_net_timer, link));
	}
}
