/* SPDX-License-Identifier: MIT
 *
 * tests/unit/net/watch_test.c - descriptors, times and signals of the owner, on a loop of its own and on a net's.
 */
#include "net/world.h"
#include "net/watch.h"

#include <errno.h>
#include <signal.h>

typedef struct eye {
	mqs_watch *watch;
	unsigned calls, events;
} eye;

static void seen(void *user, unsigned events)
{
	eye *e = user;
	e->calls++;
	e->events |= events;
}

static void open_pair(int pair[2])
{
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
}

static void watch_fd(mqs_watch_loop *loop, eye *e, int fd, unsigned events)
{
	int code = 1;
	e->watch = mqs_watch_descriptor(loop, fd, events, seen, e, &code);
	CHECK_EQ(code, 0);
	CHECK(e->watch != NULL);
}

static void turns(mqs_watch_loop *loop, int count)
{
	while (count-- > 0) {
		mqs_watch_loop_turn(loop, false);
	}
}

static mqs_watch_loop *loop_open(test_alloc *memory)
{
	test_alloc_init(memory, 0);
	mqs_watch_loop *loop = mqs_watch_loop_create(&memory->alloc);
	CHECK(loop != NULL);
	return loop;
}

static void loop_close(mqs_watch_loop *loop, const test_alloc *memory)
{
	mqs_watch_loop_destroy(loop);
	CHECK_EQ(memory->live, 0);
}

static void several_on_one_descriptor(void)
{
	test_alloc memory;
	mqs_watch_loop *loop = loop_open(&memory);
	eye in = {0}, in_too = {0}, out = {0};
	int pair[2];
	open_pair(pair);
	watch_fd(loop, &in, pair[0], MQS_WATCH_READABLE);
	watch_fd(loop, &out, pair[0], MQS_WATCH_WRITABLE);
	watch_fd(loop, &in_too, pair[0], MQS_WATCH_READABLE);
	turns(loop, 3);
	CHECK_EQ(in.calls + in_too.calls, 0);
	CHECK(out.calls >= 2); /* each turn */
	CHECK_EQ(out.events, MQS_WATCH_WRITABLE);
	CHECK_EQ(fcntl(pair[0], F_GETFL) & O_NONBLOCK, 0);
	mqs_watch_stop(out.watch);
	CHECK(put(pair[1], "x", 1));
	mqs_watch_loop_turn(loop, true);
	CHECK_EQ(in.calls, 1);
	CHECK_EQ(in_too.calls, 1);
	CHECK_EQ(in.events, MQS_WATCH_READABLE);
	mqs_watch_stop(in.watch);
	turns(loop, 2);
	CHECK_EQ(in.calls, 1);
	CHECK_EQ(in_too.calls, 3);
	CHECK(get(pair[0], "x"));
	close(pair[1]);
	mqs_watch_loop_turn(loop, true); /* the end is something to read */
	CHECK_EQ(in_too.calls, 4);
	loop_close(loop, &memory); /* with a watch left */
	close(pair[0]);
}

/* A callback that stops all watches of its descriptor. */
typedef struct killer {
	mqs_watch *watches[3];
	unsigned calls;
} killer;

static void stop_all(void *user, unsigned events)
{
	killer *k = user;
	(void)events;
	k->calls++;
	for (int i = 0; i < 3; i++) {
		mqs_watch_stop(k->watches[i]);
	}
}

static void stopped_in_a_callback(void)
{
	test_alloc memory;
	mqs_watch_loop *loop = loop_open(&memory);
	killer k = {0};
	int pair[2], code;
	open_pair(pair);
	for (int i = 0; i < 3; i++) {
		k.watches[i] = mqs_watch_descriptor(loop, pair[0], MQS_WATCH_WRITABLE, stop_all, &k, &code);
		CHECK_EQ(code, 0);
	}
	turns(loop, 3);
	CHECK_EQ(k.calls, 1);
	close(pair[0]);
	close(pair[1]);
	loop_close(loop, &memory);
}

/* Somebody closes what he watches, and gets the number again for something else. */
static void a_number_is_used_again(void)
{
	test_alloc memory;
	mqs_watch_loop *loop = loop_open(&memory);
	eye old = {0}, new = {0};
	int one[2], two[2];
	open_pair(one);
	watch_fd(loop, &old, one[0], MQS_WATCH_READABLE);
	turns(loop, 1);
	close(one[0]);
	open_pair(two);
	CHECK(two[0] == one[0] || two[1] == one[0]);
	int mine = one[0], other = two[0] == mine ? two[1] : two[0];
	watch_fd(loop, &new, mine, MQS_WATCH_READABLE);
	CHECK(put(other, "x", 1));
	mqs_watch_loop_turn(loop, true);
	CHECK_EQ(new.calls, 1);
	mqs_watch_stop(old.watch);
	turns(loop, 1);
	CHECK_EQ(new.calls, 2);
	mqs_watch_stop(new.watch);
	close(two[0]);
	close(two[1]);
	close(one[1]);
	loop_close(loop, &memory);
}

static void an_error_is_both(void)
{
	test_alloc memory;
	mqs_watch_loop *loop = loop_open(&memory);
	eye out = {0};
	int pipes[2];
	CHECK_EQ(pipe(pipes), 0);
	while (write(pipes[1], "x", 1) == 1 && fcntl(pipes[1], F_SETFL, O_NONBLOCK) == 0) {
	}
	watch_fd(loop, &out, pipes[1], MQS_WATCH_WRITABLE);
	turns(loop, 2);
	CHECK_EQ(out.calls, 0);
	close(pipes[0]); /* poll() says nothing but POLLERR now */
	mqs_watch_loop_turn(loop, true);
	mqs_watch_loop_turn(loop, true);
	CHECK_EQ(out.calls, 2);
	CHECK_EQ(out.events, MQS_WATCH_WRITABLE);
	mqs_watch_stop(out.watch);
	close(pipes[1]);
	loop_close(loop, &memory);
}

static void refusals(void)
{
	test_alloc memory;
	mqs_watch_loop *loop = loop_open(&memory);
	eye e = {0};
	int code = 0;
	char path[] = "/tmp/mqs-watch-XXXXXX";
	int fd = mkstemp(path);
	unlink(path);
	CHECK(!mqs_watch_descriptor(loop, fd, MQS_WATCH_READABLE, seen, &e, &code));
	CHECK_EQ(code, -EPERM);
	close(fd);
	CHECK(!mqs_watch_descriptor(loop, fd, MQS_WATCH_READABLE, seen, &e, &code));
	CHECK_EQ(code, -EBADF);
	CHECK(!mqs_watch_descriptor(loop, -1, MQS_WATCH_READABLE, seen, &e, &code));
	CHECK_EQ(code, -EBADF);
	CHECK(!mqs_watch_signal(loop, SIGKILL, seen, &e, &code));
	CHECK_EQ(code, -EINVAL);
	CHECK(!mqs_watch_signal(loop, 0, seen, &e, &code));
	CHECK_EQ(code, -EINVAL);
	loop_close(loop, &memory);
}

/* At each allocation in turn: it fails cleanly, or works. */
static void out_of_memory(void)
{
	int pair[2], code;
	open_pair(pair);
	for (size_t fail = 1; fail < 10; fail++) {
		test_alloc memory;
		test_alloc_init(&memory, 0);
		memory.fail_at = fail;
		mqs_watch_loop *loop = mqs_watch_loop_create(&memory.alloc);
		eye e = {0};
		if (loop) {
			CHECK(mqs_watch_descriptor(loop, pair[0], MQS_WATCH_READABLE, seen, &e, &code) || code == -ENOMEM);
			CHECK(mqs_watch_time(loop, 0, seen, &e, &code) || code == -ENOMEM);
			CHECK(mqs_watch_signal(loop, SIGUSR2, seen, &e, &code) || code == -ENOMEM);
		}
		mqs_watch_loop_destroy(loop);
		CHECK_EQ(memory.live, 0);
	}
	close(pair[0]);
	close(pair[1]);
}

static void times(void)
{
	test_alloc memory;
	mqs_watch_loop *loop = loop_open(&memory);
	eye late = {0}, early = {0}, past = {0}, never = {0};
	int code;
	uint64_t now = mqs_watch_now_ns(), due = now + 5000001;
	late.watch = mqs_watch_time(loop, due, seen, &late, &code);
	early.watch = mqs_watch_time(loop, now + 1000000, seen, &early, &code);
	past.watch = mqs_watch_time(loop, 1, seen, &past, &code);
	never.watch = mqs_watch_time(loop, UINT64_MAX / 2, seen, &never, &code);
	for (int i = 0; i < 100 && !late.calls; i++) {
		mqs_watch_loop_turn(loop, true);
		CHECK(past.calls >= early.calls && early.calls >= late.calls);
	}
	CHECK(mqs_watch_now_ns() >= due);
	turns(loop, 2);
	CHECK_EQ(late.calls + early.calls + past.calls, 3); /* once each */
	CHECK_EQ(never.calls, 0);
	mqs_watch_stop(late.watch);
	loop_close(loop, &memory);
}

static volatile sig_atomic_t ours;

static void our_handler(int number)
{
	(void)number;
	ours++;
}

static void signals(void)
{
	test_alloc memory;
	mqs_watch_loop *loop = loop_open(&memory);
	eye one = {0}, two = {0};
	int code;
	struct sigaction mine = {.sa_handler = our_handler}, before;
	sigaction(SIGUSR2, &mine, &before);
	one.watch = mqs_watch_signal(loop, SIGUSR2, seen, &one, &code);
	two.watch = mqs_watch_signal(loop, SIGUSR2, seen, &two, &code);
	raise(SIGUSR2);
	for (int i = 0; i < 100 && !(one.calls && two.calls); i++) {
		mqs_watch_loop_turn(loop, true);
	}
	CHECK_EQ(one.calls, 1);
	CHECK_EQ(two.calls, 1);
	mqs_watch_stop(one.watch);
	raise(SIGUSR2);
	mqs_watch_loop_turn(loop, true);
	CHECK_EQ(two.calls, 2);
	CHECK_EQ(ours, 0);
	mqs_watch_stop(two.watch);
	raise(SIGUSR2);
	CHECK_EQ(ours, 1); /* as it was before */
	sigaction(SIGUSR2, &before, NULL);
	loop_close(loop, &memory);
}

/* ---- on the loop of a net ------------------------------------------------------------------------------------- */

static void echoing_client(world *w)
{
	int fd = dial(w);
	CHECK(put(fd, "Ehello", 6));
	CHECK(get(fd, "hello"));
	close(fd);
}

/* The stop signals of the net and watches of the same signal do not get into each other's way. */
static void beside_a_net(void)
{
	world w;
	eye usual = {0}, stale = {0}, stop = {0};
	int pair[2], closed[2], code;
	struct sigaction mine = {.sa_handler = our_handler}, before, after;
	sigaction(SIGTERM, &mine, &before);
	world_init(&w);
	if (world_open(&w, "127.0.0.1")) {
		mqs_watch_loop *loop = mqs_net_watch_loop(w.net);
		open_pair(pair);
		open_pair(closed);
		watch_fd(loop, &usual, pair[0], MQS_WATCH_WRITABLE);
		watch_fd(loop, &stale, closed[0], MQS_WATCH_READABLE);
		stop.watch = mqs_watch_signal(loop, SIGTERM, seen, &stop, &code);
		close(closed[0]); /* the next connection gets its number */
		CHECK_EQ(world_run(&w, echoing_client), MQS_OK);
		CHECK(usual.calls > 0);
		CHECK_EQ(stale.calls, 0);
		mqs_watch_stop(stop.watch);
		sigaction(SIGTERM, NULL, &after);
		CHECK(after.sa_handler == our_handler);
		close(pair[0]);
		close(pair[1]);
		close(closed[1]);
	}
	world_close(&w); /* with watches left */
	sigaction(SIGTERM, &before, NULL);
}

TEST_MAIN(TEST_ENTRY(several_on_one_descriptor), TEST_ENTRY(stopped_in_a_callback), TEST_ENTRY(a_number_is_used_again),
    TEST_ENTRY(an_error_is_both), TEST_ENTRY(refusals), TEST_ENTRY(out_of_memory), TEST_ENTRY(times),
    TEST_ENTRY(signals), TEST_ENTRY(beside_a_net))
