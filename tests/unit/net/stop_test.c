/* SPDX-License-Identifier: MIT
 *
 * tests/unit/net/stop_test.c - how the server ends: signals, deadline, second stop, abort.
 */
#include "net/world.h"

#include <limits.h>

/* ---- stopping ------------------------------------------------------------------------------------------------ */

static void signalling_client(world *w)
{
	int fd = dial(w), idle = dial(w);
	CHECK(put(fd, "F20000000\n", 10));
	CHECK(put(idle, "Ex", 2));
	CHECK(get(idle, "x"));
	struct pollfd wait = {fd, POLLIN, 0};
	CHECK_EQ(poll(&wait, 1, 30000), 1);
	kill(getpid(), SIGTERM);
	CHECK(at_end(idle)); /* it has begun to stop */
	CHECK(get_pattern(fd, 20000000));
	CHECK(at_end(fd));
	close(fd);
	close(idle);
}

static void on_own_signal(int number)
{
	(void)number;
}

static void signal_drains(void)
{
	struct sigaction own = {.sa_handler = on_own_signal}, after;
	sigaction(SIGTERM, &own, NULL);
	signal(SIGPIPE, SIG_DFL);
	world w;
	world_init(&w);
	w.options.shutdown_grace_ms = 30000;
	if (world_open(&w, "127.0.0.1")) {
		CHECK_EQ(world_run(&w, signalling_client), MQS_OK);
		CHECK_EQ(w.stopping, 1);
		CHECK_EQ(w.broker.shut_reason, 0x8B);
	}
	sigaction(SIGTERM, NULL, &after);
	CHECK(after.sa_handler == on_own_signal);
	sigaction(SIGPIPE, NULL, &after);
	CHECK(after.sa_handler == SIG_DFL);
	sigaction(SIGINT, NULL, &after);
	CHECK(after.sa_handler == SIG_DFL);
	world_close(&w);
}

static void stubborn_client(world *w)
{
	int fd = dial(w);
	CHECK(put(fd, "F40000000\n", 10));
	struct pollfd wait = {fd, POLLIN, 0};
	CHECK_EQ(poll(&wait, 1, 30000), 1);
	kill(getpid(), SIGINT);
	if (w->options.shutdown_grace_ms > 10000) {
		for (int i = 0; i < 6000 && !w->broker.shut; i++) {
			poll(NULL, 0, 5);
		}
		kill(getpid(), SIGINT);
	}
	wait_deaf(w, fd, 1);
}

static void stop_has_a_deadline(void)
{
	world w;
	world_init(&w);
	w.options.shutdown_grace_ms = 300;
	if (world_open(&w, "127.0.0.1")) {
		CHECK_EQ(world_run(&w, stubborn_client), MQS_OK);
		CHECK_EQ(w.broker.opened, 1);
	}
	world_close(&w);
}

static void second_stop_is_at_once(void)
{
	world w;
	world_init(&w);
	w.options.shutdown_grace_ms = 3600000;
	if (world_open(&w, "127.0.0.1")) {
		CHECK_EQ(world_run(&w, stubborn_client), MQS_OK);
		CHECK_EQ(w.broker.opened, 1);
	}
	world_close(&w);
}

static void stop_from_a_hook(void *ctx)
{
	mqs_net_stop(((world *)ctx)->net, 0x98);
}

static void hooking_client(world *w)
{
	int fd = dial(w);
	CHECK(put(fd, "Hx", 2));
	CHECK(get(fd, ".")); /* what the turn made is sent */
	CHECK(is_cut(fd));
	close(fd);
}

static void stop_within_receive(void)
{
	world w;
	world_init(&w);
	w.broker.hook = stop_from_a_hook;
	w.broker.hook_ctx = &w;
	if (world_open(&w, "127.0.0.1")) {
		CHECK_EQ(world_run(&w, hooking_client), MQS_OK);
		CHECK_EQ(w.broker.shut_reason, 0x98);
	}
	world_close(&w);
}

static void stop_before_run(void)
{
	world w;
	world_init(&w);
	if (world_open(&w, "127.0.0.1")) {
		mqs_net_error error;
		mqs_net_stop(w.net, 0x8B);
		CHECK_EQ(mqs_net_listen(w.net, "127.0.0.1", 0, &open_rules, NULL, &error), MQS_ERR_INVALID);
		CHECK_EQ(mqs_net_run(w.net), MQS_OK);
	}
	world_close(&w);
}

/* An owner with work of its own. */
typedef struct busy_owner {
	world *w;
	int turns, asked, over; /* calls */
	int until;              /* asked so often, it has no more work */
	bool shut_meanwhile;
} busy_owner;

static void on_turn(void *ctx)
{
	busy_owner *owner = ctx;
	owner->turns++;
}

static bool is_busy(void *ctx, bool over)
{
	busy_owner *owner = ctx;
	owner->asked++;
	owner->over += over && owner->asked < owner->until; /* behind that the client may have stopped the server again */
	owner->shut_meanwhile |= owner->asked < owner->until && owner->w->broker.shut;
	if (owner->asked < owner->until && !over) {
		mqs_net_turn_soon(owner->w->net);
	}
	return owner->asked < owner->until;
}

static void busy_log(void *ctx, mqs_log_level level, const char *line)
{
	(void)ctx, (void)level, (void)line;
}

static void run_busy(world *w, busy_owner *work, int until, uint32_t grace_ms)
{
	*work = (busy_owner){.w = w, .until = until};
	mqs_net_owner owner = {.ctx = work, .log = busy_log, .turn = on_turn, .busy = is_busy};
	mqs_net_destroy(w->net);
	w->options.shutdown_grace_ms = grace_ms;
	CHECK_EQ(mqs_net_create(&w->memory.alloc, &w->broker, &w->options, &owner, &w->net, NULL), MQS_OK);
	CHECK_EQ(mqs_net_listen(w->net, "127.0.0.1", 0, &open_rules, &w->port, NULL), MQS_OK);
	CHECK_EQ(world_run(w, hooking_client), MQS_OK);
}

/* The broker is shut down once the owner has done its work; each time it is asked once more behind that. */
static void owner_is_waited_for(void)
{
	world w;
	busy_owner work;
	world_init(&w);
	w.broker.hook = stop_from_a_hook;
	w.broker.hook_ctx = &w;
	if (world_open(&w, "127.0.0.1")) {
		run_busy(&w, &work, 5, 3600000);
		CHECK(!work.shut_meanwhile);
		CHECK(w.broker.shut);
		CHECK_EQ(work.over, 0);
		CHECK_EQ(work.turns, 4);
		CHECK(work.asked > 5);
	}
	world_close(&w);
}

/* One that never ends it is told that its time is over, before the broker is shut down and behind it. */
static void owner_has_a_deadline(void)
{
	world w;
	busy_owner work;
	world_init(&w);
	w.broker.hook = stop_from_a_hook;
	w.broker.hook_ctx = &w;
	if (world_open(&w, "127.0.0.1")) {
		run_busy(&w, &work, INT_MAX, 0);
		CHECK(w.broker.shut);
		CHECK_EQ(work.over, 2);
	}
	world_close(&w);
}

static void abort_from_a_hook(void *ctx)
{
	mqs_net_abort(((world *)ctx)->net);
}

static void aborting_client(world *w)
{
	int fd = dial(w), other = dial(w);
	CHECK(put(other, "Ex", 2));
	CHECK(get(other, "x"));
	CHECK(put(fd, "Hx", 2));
	CHECK(get(fd, "."));
	close(fd);
	close(other);
}

static void abort_leaves(void)
{
	world w;
	world_init(&w);
	w.broker.hook = abort_from_a_hook;
	w.broker.hook_ctx = &w;
	if (world_open(&w, "127.0.0.1")) {
		CHECK_EQ(world_run(&w, aborting_client), MQS_ERR_CLOSED);
		CHECK_EQ(w.stopping, 0);
		CHECK(!w.broker.shut);
	}
	world_close(&w);
}

static void abort_on_start(void)
{
	world w;
	world_init(&w);
	if (world_open(&w, "127.0.0.1")) {
		mqs_net_owner owner = {.ctx = &w, .started = abort_from_a_hook};
		mqs_net_destroy(w.net);
		CHECK_EQ(mqs_net_create(&w.memory.alloc, &w.broker, &w.options, &owner, &w.net, NULL), MQS_OK);
		CHECK_EQ(mqs_net_listen(w.net, "127.0.0.1", 0, &open_rules, NULL, NULL), MQS_OK);
		CHECK_EQ(mqs_net_run(w.net), MQS_ERR_CLOSED);
	}
	world_close(&w);
}

BOTH_WAYS(signal_drains)
BOTH_WAYS(second_stop_is_at_once)
BOTH_WAYS(stop_within_receive)
BOTH_WAYS(abort_leaves)

TEST_MAIN(TEST_BOTH_WAYS(signal_drains), TEST_ENTRY(stop_has_a_deadline), TEST_BOTH_WAYS(second_stop_is_at_once),
    TEST_BOTH_WAYS(stop_within_receive), TEST_ENTRY(stop_before_run), TEST_ENTRY(owner_is_waited_for),
    TEST_ENTRY(owner_has_a_deadline), TEST_BOTH_WAYS(abort_leaves), TEST_ENTRY(abort_on_start))
