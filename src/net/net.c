/* SPDX-License-Identifier: MIT
 *
 * src/net/net.c - the loop: its life, the end of each turn, the broker's deadline, stopping.
 * Owns: the libuv loop and all its handles. Does not own: the broker, the allocator.
 */
#include "net/net_private.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void mqs_net_options_init(mqs_net_options *options)
{
	*options = (mqs_net_options){
	    .backlog = 1024,
	    .no_delay = true,
	    .shutdown_grace_ms = 5000,
	    .handle_signals = true,
	};
}

void mqs_net_log(mqs_net *net, mqs_log_level level, const char *format, ...)
{
	if (!net->owner.log) {
		return;
	}
	char line[512];
	va_list args;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	net->owner.log(net->owner.ctx, level, line);
}

mqs_result mqs_net_fail(mqs_net_error *error, int uv_code, const char *format, ...)
{
	if (error) {
		error->uv_code = uv_code;
		va_list args;
		va_start(args, format);
		vsnprintf(error->text, sizeof(error->text), format, args);
		va_end(args);
	}
	return MQS_ERR_INVALID;
}

int64_t mqs_net_now_ms(const mqs_net *net)
{
	return (int64_t)uv_now(&net->loop);
}

mqs_watch_loop *mqs_net_watch_loop(mqs_net *net)
{
	return &net->watch_loop;
}

/* ---- the end of a turn --------------------------------------------------------------------------------------- */

static void on_spin(uv_idle_t *handle)
{
	(void)handle; /* its being active is what counts */
}

static void on_deadline(uv_timer_t *handle)
{
	mqs_net *net = handle->loop->data;
	net->deadline_ms = INT64_MAX;
	if (!net->aborting) {
		mqs_broker_tick(net->broker, mqs_net_now_ms(net));
	}
}

/* The timer is touched only when it must ring earlier; when it rings too early, the next flush sets it again. */
static void set_deadline(mqs_net *net)
{
	int64_t deadline_ms = mqs_broker_next_deadline(net->broker);
	if (deadline_ms < net->deadline_ms) {
		int64_t delay_ms = deadline_ms - mqs_net_now_ms(net);
		net->deadline_ms = deadline_ms;
		uv_timer_start(&net->deadline, on_deadline, delay_ms > 0 ? (uint64_t)delay_ms : 0, 0);
	}
}

static bool has_connections(const mqs_net *net)
{
	return !mqs_list_empty(&net->open) || !mqs_list_empty(&net->draining) || !mqs_list_empty(&net->lingering);
}

static void restart_grace(mqs_net *net)
{
	net->stop_deadline_ms = mqs_net_now_ms(net) + net->options.shutdown_grace_ms;
	net->told_over = false;
	mqs_net_sweep_start(net);
}

/* Nobody new comes in, and nothing is read: the owner ends what it has begun. */
static void begin_halt(mqs_net *net)
{
	net->halting = true;
	restart_grace(net);
	mqs_net_listeners_close(net);
	if (net->owner.stopping) {
		net->owner.stopping(net->owner.ctx);
	}
	for (mqs_link *link = net->open.next, *next; link != &net->open; link = next) {
		next = link->next;
		mqs_net_conn_serve(MQS_CONTAINER(link, mqs_net_conn, link));
	}
}

/* Does the owner have something to end? Once its time is over it is told so, and has one more turn. */
static bool owner_is_busy(mqs_net *net)
{
	bool over = net->stops_wanted > 1 || mqs_net_now_ms(net) >= net->stop_deadline_ms;
	if (!net->owner.busy || net->told_over) {
		return false;
	}
	net->told_over = over;
	return net->owner.busy(net->owner.ctx, over);
}

static void begin_stop(mqs_net *net)
{
	net->halting = false;
	net->stopping = true;
	restart_grace(net);
	mqs_broker_shutdown(net->broker, net->stop_reason, mqs_net_now_ms(net));
	while (!mqs_list_empty(&net->open)) {
		mqs_net_conn_drain(MQS_CONTAINER(net->open.next, mqs_net_conn, link));
	}
}

/* Serves those that are to be served again; those that come on the list meanwhile have to wait for the next turn. */
static void serve_again(mqs_net *net)
{
	mqs_link *last = net->again.prev;
	while (!mqs_list_empty(&net->again)) {
		mqs_link *link = net->again.next;
		mqs_list_remove(link);
		mqs_net_conn_serve(MQS_CONTAINER(link, mqs_net_conn, again));
		if (link == last) {
			break;
		}
	}
}

static void serve_ready(mqs_net *net)
{
	for (mqs_conn *ready; (ready = mqs_broker_next_ready(net->broker));) {
		mqs_net_conn_serve(mqs_conn_user(ready));
	}
}

void mqs_net_flush(mqs_net *net)
{
	net->unflushed = 0;
	if (net->turn_wanted && !net->aborting) {
		net->turn_wanted = false;
		net->owner.turn(net->owner.ctx);
	}
	if (net->stops_wanted && !net->stopping && !net->aborting) {
		if (!net->halting) {
			begin_halt(net);
		}
		if (!owner_is_busy(net)) {
			begin_stop(net);
		}
	}
	serve_again(net);
	serve_ready(net);
	if (net->aborting) {
		return;
	}
	if (net->stops_wanted > 1) {
		mqs_net_conns_close(net);
	}
	if (net->stopping && !has_connections(net) && !owner_is_busy(net)) {
		uv_stop(&net->loop);
	}
	if (mqs_list_empty(&net->again) && !net->turn_wanted) {
		uv_idle_stop(&net->spin);
	} else {
		uv_idle_start(&net->spin, on_spin);
	}
	set_deadline(net);
}

static void on_prepare(uv_prepare_t *handle)
{
	mqs_net *net = handle->loop->data;
	if (!net->aborting) {
		mqs_net_flush(net);
	}
	mqs_net_conns_free(net);
	net->round++;
}

static void on_check(uv_check_t *handle)
{
	mqs_net *net = handle->loop->data;
	if (!net->aborting) {
		mqs_net_flush(net);
	}
	mqs_net_conns_free(net);
}

static void on_sweep(uv_timer_t *handle)
{
	mqs_net *net = handle->loop->data;
	if (net->aborting) {
		return;
	}
	mqs_net_conns_sweep(net);
	mqs_net_listeners_resume(net);
	bool reporting = mqs_net_listeners_report(net);
	if (net->stopping && mqs_net_now_ms(net) >= net->stop_deadline_ms) {
		mqs_net_conns_close(net);
	}
	if (!net->halting && !net->stopping && mqs_list_empty(&net->draining) && mqs_list_empty(&net->lingering) &&
	    !mqs_net_listeners_paused(net) && !reporting) {
		uv_timer_stop(handle);
	}
}

void mqs_net_sweep_start(mqs_net *net)
{
	if (!uv_is_active((uv_handle_t *)&net->sweep)) {
		uv_timer_start(&net->sweep, on_sweep, NET_SWEEP_MS, NET_SWEEP_MS);
	}
}

void mqs_net_wake(mqs_net *net)
{
	uv_idle_start(&net->spin, on_spin);
}

void mqs_net_turn_soon(mqs_net *net)
{
	net->turn_wanted = true;
	mqs_net_wake(net);
}

uv_loop_t *mqs_net_loop(mqs_net *net)
{
	return &net->loop;
}

/* ---- run and stop -------------------------------------------------------------------------------------------- */

mqs_result mqs_net_run(mqs_net *net)
{
	if (net->running || (mqs_list_empty(&net->listeners) && mqs_list_empty(&net->timers))) {
		return MQS_ERR_INVALID;
	}
	if (mqs_net_signals_catch(net)) {
		return MQS_ERR_INVALID;
	}
	net->running = true;
	uv_update_time(&net->loop);
	if (net->owner.started) {
		net->owner.started(net->owner.ctx);
	}
	if (!net->aborting) {
		uv_run(&net->loop, UV_RUN_DEFAULT);
	}
	mqs_result result = MQS_OK;
	if (net->aborting) {
		result = MQS_ERR_CLOSED;
		net->round++;
		mqs_net_flush(net);
	}
	mqs_net_signals_release(net);
	uv_timer_stop(&net->sweep);
	net->running = net->aborting = net->halting = net->stopping = false;
	net->stops_wanted = 0;
	return result;
}

void mqs_net_stop(mqs_net *net, uint8_t reason)
{
	if (net->stops_wanted == 0) {
		net->stop_reason = reason;
	}
	net->stops_wanted++;
	mqs_net_wake(net);
}

void mqs_net_abort(mqs_net *net)
{
	if (net->running) {
		net->aborting = true;
		uv_stop(&net->loop);
	}
}

/* ---- life ---------------------------------------------------------------------------------------------------- */

/* Initialises the handles, in an order that close_handles() can tell by their loop pointers. */
static int init_handles(mqs_net *net)
{
	int code = uv_prepare_init(&net->loop, &net->prepare);
	code = code ? code : uv_check_init(&net->loop, &net->check);
	code = code ? code : uv_idle_init(&net->loop, &net->spin);
	code = code ? code : uv_timer_init(&net->loop, &net->deadline);
	code = code ? code : uv_timer_init(&net->loop, &net->sweep);
	code = code ? code : uv_prepare_start(&net->prepare, on_prepare);
	code = code ? code : uv_check_start(&net->check, on_check);
	code = code ? code : mqs_net_sockets_init(net);
	return code ? code : mqs_net_signals_init(net);
}

static void close_handles(mqs_net *net)
{
	uv_handle_t *handles[] = {(uv_handle_t *)&net->prepare, (uv_handle_t *)&net->check, (uv_handle_t *)&net->spin,
	    (uv_handle_t *)&net->deadline, (uv_handle_t *)&net->sweep};
	for (size_t i = 0; i < sizeof(handles) / sizeof(handles[0]); i++) {
		if (handles[i]->loop) {
			uv_close(handles[i], NULL);
		}
	}
	mqs_net_sockets_close(net);
	mqs_net_signals_close(net);
}

mqs_result mqs_net_create(const mqs_alloc *alloc, mqs_broker *broker, const mqs_net_options *options,
    const mqs_net_owner *owner, mqs_net **out, mqs_net_error *error)
{
	*out = NULL;
	mqs_net *net = mqs_acquire_zero(alloc, sizeof(*net));
	uint8_t *buffer = mqs_acquire(alloc, NET_READ_BYTES);
	int code = net && buffer ? uv_loop_init(&net->loop) : UV_ENOMEM;
	if (code) {
		mqs_release(alloc, buffer);
		mqs_release(alloc, net);
		mqs_net_fail(error, code, "cannot create the event loop: %s", uv_strerror(code));
		return code == UV_ENOMEM ? MQS_ERR_NOMEM : MQS_ERR_INVALID;
	}
	net->loop.data = net;
	net->alloc = alloc;
	net->broker = broker;
	net->options = *options;
	net->owner = owner ? *owner : (mqs_net_owner){0};
	net->read_buffer = buffer;
	net->deadline_ms = INT64_MAX;
	net->round = 1;
	net->epoll_fd = -1;
	mqs_link *lists[] = {&net->open, &net->draining, &net->lingering, &net->closed, &net->again, &net->listeners,
	    &net->timers, &net->polls};
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		mqs_list_init(lists[i]);
	}
	mqs_watch_loop_init(&net->watch_loop, alloc, &net->loop);
	net->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	code = net->reserve_fd < 0 ? UV_EMFILE : init_handles(net);
	if (code) {
		mqs_net_destroy(net);
		return mqs_net_fail(error, code, "cannot create the event loop: %s", uv_strerror(code));
	}
	*out = net;
	return MQS_OK;
}

void mqs_net_destroy(mqs_net *net)
{
	if (!net) {
		return;
	}
	mqs_net_signals_release(net);
	mqs_net_timers_close(net);
	mqs_watch_loop_close(&net->watch_loop);
	mqs_net_polls_close(net);
	mqs_net_listeners_close(net);
	mqs_net_conns_close(net);
	mqs_net_conns_free(net);
	close_handles(net);
	while (uv_run(&net->loop, UV_RUN_DEFAULT)) {
		/* Only close callbacks are left; an earlier uv_stop() makes it come back once before they were called. */
	}
	int code = uv_loop_close(&net->loop);
	MQS_ASSERT(code == 0);
	(void)code;
	if (net->reserve_fd >= 0) {
		close(net->reserve_fd);
	}
	const mqs_alloc *alloc = net->alloc;
	mqs_release(alloc, net->read_buffer);
	mqs_release(alloc, net);
}
