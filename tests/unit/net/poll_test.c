/* SPDX-License-Identifier: MIT
 *
 * tests/unit/net/poll_test.c - waiting for descriptors of the owner.
 */
#include "net/world.h"

typedef struct waits {
	world w;
	int pair[2];
	mqs_net_poll *polls[4];
	mqs_net_timer *step;
	int calls[4], steps, uv_code;
} waits;

static void ready(waits *t, int number)
{
	t->polls[number] = NULL;
	t->calls[number]++;
}

static void ready_0(void *user)
{
	ready(user, 0);
}

static void ready_1(void *user)
{
	ready(user, 1);
}

static void ready_2(void *user)
{
	ready(user, 2);
}

static void wait_for(waits *t, int number, int fd, bool write)
{
	static void (*const calls[])(void *user) = {ready_0, ready_1, ready_2};
	t->polls[number] = mqs_net_poll_start(t->w.net, fd, write, calls[number], t, &t->uv_code);
	CHECK_EQ(t->uv_code, 0);
	CHECK(t->polls[number] != NULL);
}

static void open_pair(waits *t)
{
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, t->pair), 0);
}

static bool start(waits *t)
{
	*t = (waits){0};
	world_init(&t->w);
	return world_open(&t->w, "127.0.0.1");
}

/* Each step sees what came of the one before. */
static void on_step(void *user)
{
	waits *t = user;
	switch (t->steps++) {
		case 0:
			wait_for(t, 0, t->pair[0], false);
			wait_for(t, 1, t->pair[0], false);
			wait_for(t, 2, t->pair[0], true);
			break;
		case 3: /* the writer had its call long ago */
			CHECK_EQ(t->calls[2], 1);
			CHECK_EQ(t->calls[0] + t->calls[1], 0);
			CHECK_EQ(fcntl(t->pair[0], F_GETFL) & O_NONBLOCK, 0);
			CHECK(put(t->pair[1], "x", 1));
			break;
		case 6: /* the byte is still there, but each is called once */
			CHECK_EQ(t->calls[0], 1);
			CHECK_EQ(t->calls[1], 1);
			CHECK(get(t->pair[0], "x"));
			wait_for(t, 0, t->pair[0], false);
			wait_for(t, 1, t->pair[0], false);
			mqs_net_poll_stop(t->polls[1]);
			break;
		case 7: close(t->pair[1]); break; /* the end is something to read */
		case 10:
			CHECK_EQ(t->calls[0], 2);
			CHECK_EQ(t->calls[1], 1);
			mqs_net_timer_stop(t->step);
			mqs_net_stop(t->w.net, 0);
			break;
		default: break;
	}
}

static void readable_and_writable(void)
{
	waits t;
	if (start(&t)) {
		open_pair(&t);
		t.step = mqs_net_timer_start(t.w.net, 5, 5, on_step, &t);
		CHECK_EQ(mqs_net_run(t.w.net), MQS_OK);
		close(t.pair[0]);
	}
	world_close(&t.w);
}

/* The owner closes what is waited for, and the number is used again: by a connection, and another wait. */
static void closing_client(world *w)
{
	int fd = dial(w);
	CHECK(put(fd, "Ehello", 6));
	CHECK(get(fd, "hello"));
	close(fd);
}

static void closed_meanwhile(void)
{
	waits t;
	if (start(&t)) {
		open_pair(&t);
		wait_for(&t, 0, t.pair[0], false);
		close(t.pair[0]);
		CHECK_EQ(world_run(&t.w, closing_client), MQS_OK);
		CHECK_EQ(t.calls[0], 0);
		close(t.pair[1]);
	}
	world_close(&t.w); /* takes the wait with it */
}

static void refusals(void)
{
	waits t;
	if (start(&t)) {
		char path[] = "/tmp/mqs-poll-XXXXXX";
		int fd = mkstemp(path);
		unlink(path);
		CHECK(!mqs_net_poll_start(t.w.net, fd, false, ready_0, &t, &t.uv_code));
		CHECK_EQ(t.uv_code, -EPERM);
		close(fd);
		CHECK(!mqs_net_poll_start(t.w.net, fd, false, ready_0, &t, &t.uv_code));
		CHECK_EQ(t.uv_code, -EBADF);
		t.w.memory.fail_at = t.w.memory.calls + 1;
		CHECK(!mqs_net_poll_start(t.w.net, 0, false, ready_0, &t, &t.uv_code));
		CHECK_EQ(t.uv_code, -ENOMEM);
		t.w.memory.fail_at = 0;
	}
	world_close(&t.w);
}

TEST_MAIN(TEST_ENTRY(readable_and_writable), TEST_ENTRY(closed_meanwhile), TEST_ENTRY(refusals))
