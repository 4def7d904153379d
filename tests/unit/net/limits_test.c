/* SPDX-License-Identifier: MIT
 *
 * tests/unit/net/limits_test.c - what happens when there is no room, no descriptor, no memory.
 */
#include "net/world.h"

/* ---- limits -------------------------------------------------------------------------------------------------- */

static void third_client(world *w)
{
	int first = dial(w), second = dial(w);
	CHECK(put(first, "Ex", 2));
	CHECK(put(second, "Ex", 2));
	CHECK(get(first, "x"));
	CHECK(get(second, "x"));
	int third = dial(w);
	CHECK(is_cut(third));
	close(third);
	CHECK(put(first, "y", 1));
	CHECK(get(first, "y"));
	close(first);
	close(second);
}

static void broker_refuses(void)
{
	world w;
	world_init(&w);
	w.broker.limit = 2;
	if (world_open(&w, "127.0.0.1")) {
		CHECK_EQ(world_run(&w, third_client), MQS_OK);
		CHECK_EQ(w.broker.refused, 1);
		CHECK_EQ(w.broker.opened, 2);
	}
	world_close(&w);
}

typedef struct few {
	world w;
	mqs_net_timer *timer;
	int out;
} few;

/* Tells the other process when the failures have been summed up. */
static void tell_second_line(void *user)
{
	few *f = user;
	if (f->w.logs > 1) {
		CHECK_EQ(write(f->out, "", 1), 1);
		mqs_net_timer_stop(f->timer);
	}
}

/* The server of the next test: a process of its own with few descriptors. Returns its exit code. */
static int serve_with_few_descriptors(int out)
{
	few f = {.out = out};
	world *w = &f.w;
	world_init(w);
	test_state.broken = 0;
	if (world_open(w, "127.0.0.1")) {
		struct rlimit limit;
		getrlimit(RLIMIT_NOFILE, &limit);
		int next = dup(0);
		close(next);
		limit.rlim_cur = (rlim_t)next + 10;
		setrlimit(RLIMIT_NOFILE, &limit);
		f.timer = mqs_net_timer_start(w->net, 5, 5, tell_second_line, &f);
		CHECK_EQ(write(out, &w->port, sizeof(w->port)), (int)sizeof(w->port));
		CHECK_EQ(mqs_net_run(w->net), MQS_OK);
		CHECK(strstr(w->first_log, "too many open files") != NULL);
		CHECK(strstr(w->log, " more connections") != NULL);
		CHECK(w->broker.opened > 5);
	}
	world_close(w);
	return test_state.broken ? 1 : 0;
}

static void no_descriptors_left(void)
{
	enum { COUNT = 60, LEAVING = 30 };
	int ports[2], fds[COUNT], leaving[LEAVING], served = 0, cut = 0, status = -1;
	world w = {0};
	CHECK_EQ(pipe(ports), 0);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		int code = serve_with_few_descriptors(ports[1]);
		fflush(NULL);
		_exit(code);
	}
	close(ports[1]);
	CHECK_EQ(read(ports[0], &w.port, sizeof(w.port)), (int)sizeof(w.port));
	for (int i = 0; i < LEAVING; i++) { /* those that only have to say good-bye give way */
		leaving[i] = dial(&w);
		CHECK(put(leaving[i], "Q", 1));
		CHECK(get(leaving[i], "bye"));
	}
	for (int i = 0; i < LEAVING; i++) {
		close(leaving[i]);
	}
	for (int i = 0; i < COUNT; i++) {
		fds[i] = dial(&w);
		put(fds[i], "Ex", 2);
	}
	for (int i = 0; i < COUNT; i++) {
		char byte = 0;
		ssize_t count = recv(fds[i], &byte, 1, 0);
		served += count == 1 && byte == 'x';
		cut += count == 0 || (count < 0 && errno == ECONNRESET);
	}
	CHECK(served > 0);
	CHECK(cut > 0);
	CHECK_EQ(served + cut, COUNT);
	char byte;
	CHECK_EQ(read(ports[0], &byte, 1), 1);
	for (int i = 0; i < COUNT; i++) {
		close(fds[i]);
	}
	bool back = false; /* as soon as the server has noticed that they are gone */
	for (int i = 0; i < 3000 && !back; i++) {
		int fd = dial(&w);
		back = put(fd, "Ex", 2) && get(fd, "x");
		close(fd);
	}
	CHECK(back);
	kill(child, SIGTERM);
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(ports[0]);
}

static void no_memory(void)
{
	for (long n = 1; n <= 2; n++) {
		world w;
		mqs_net_error error = {0};
		world_init(&w);
		test_alloc_init(&w.memory, n);
		CHECK_EQ(mqs_net_create(&w.memory.alloc, &w.broker, &w.options, NULL, &w.net, &error), MQS_ERR_NOMEM);
		CHECK(!w.net && strstr(error.text, "event loop"));
		world_close(&w);
	}
	world w;
	world_init(&w);
	test_alloc_init(&w.memory, 3);
	CHECK_EQ(mqs_net_create(&w.memory.alloc, &w.broker, &w.options, NULL, &w.net, NULL), MQS_OK);
	CHECK_EQ(mqs_net_listen(w.net, "127.0.0.1", 0, &open_rules, NULL, NULL), MQS_ERR_INVALID);
	w.memory.fail_at = w.memory.calls + 1;
	CHECK(!mqs_net_timer_start(w.net, 1, 1, stop_when_done, &w));
	world_close(&w);
	mqs_net_destroy(NULL);
}

static void unlucky_client(world *w)
{
	int fd = dial(w);
	CHECK(is_cut(fd));
	close(fd);
	hello_client(w);
}

static void no_memory_for_a_connection(void)
{
	world w;
	world_init(&w);
	if (world_open(&w, "127.0.0.1")) {
		w.memory.fail_at = w.memory.calls + 2; /* after the timer of the run */
		CHECK_EQ(world_run(&w, unlucky_client), MQS_OK);
		CHECK_EQ(w.broker.opened, 1);
	}
	world_close(&w);
}

BOTH_WAYS(no_descriptors_left)
BOTH_WAYS(no_memory_for_a_connection)

TEST_MAIN(TEST_ENTRY(broker_refuses), TEST_BOTH_WAYS(no_descriptors_left), TEST_ENTRY(no_memory),
    TEST_BOTH_WAYS(no_memory_for_a_connection))
