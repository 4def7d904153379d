/* SPDX-License-Identifier: MIT
 *
 * tests/unit/net/leave_test.c - how connections end: refusals, resets, peers that take or say nothing.
 */
#include "net/world.h"

/* ---- leaving ------------------------------------------------------------------------------------------------- */

/* What the hooks of the next tests act on: the client's socket, from within the server's turn. */
static int client_fd;

/* More input, unread when the server is about to close: a careless close would reset the connection. */
static void send_more(void *ctx)
{
	static const char more[1000];
	(void)ctx;
	CHECK(put(client_fd, more, sizeof(more)));
}

static void refused_client(world *w)
{
	for (int i = 0; i < 20; i++) {
		client_fd = dial(w);
		CHECK(put(client_fd, "Q", 1));
		CHECK(get(client_fd, "bye"));
		CHECK(at_end(client_fd));
		close(client_fd);
	}
}

static void refusal_reaches_the_client(void)
{
	world w;
	world_init(&w);
	w.broker.hook = send_more;
	if (world_open(&w, "127.0.0.1")) {
		CHECK_EQ(world_run(&w, refused_client), MQS_OK);
		CHECK_EQ(w.broker.opened, 20);
	}
	world_close(&w);
}

/* One never closes its side, one never stops sending: the server ends both. */
static void clinging_client(world *w)
{
	static char junk[65536];
	int quiet = dial(w), loud = dial(w);
	CHECK(put(quiet, "Q", 1));
	CHECK(put(loud, "Q", 1));
	CHECK(get(quiet, "bye"));
	bool cut = false;
	for (int i = 0; i < 10000 && !cut; i++) {
		cut = !put(loud, junk, sizeof(junk));
	}
	CHECK(cut);
	CHECK(at_end(quiet));
	struct pollfd wait = {quiet, POLLERR, 0};
	bool gone = false; /* writing into a closed socket fails, the second time at the latest */
	for (int i = 0; i < 3000 && !gone; i++) {
		poll(&wait, 1, 10);
		gone = !put(quiet, "x", 1);
	}
	CHECK(gone);
	close(quiet);
	close(loud);
}

static void lingering_is_bounded(void)
{
	world w;
	world_init(&w);
	if (world_open(&w, "127.0.0.1")) {
		CHECK_EQ(world_run(&w, clinging_client), MQS_OK);
	}
	world_close(&w);
}

static void deaf_client(world *w)
{
	int fd = dial(w);
	CHECK(put(fd, "X40000000\n", 10));
	wait_deaf(w, fd, 1);
	hello_client(w);
}

static void output_that_nobody_takes(void)
{
	world w;
	world_init(&w);
	if (world_open(&w, "127.0.0.1")) {
		CHECK_EQ(world_run(&w, deaf_client), MQS_OK);
		CHECK_EQ(w.broker.opened, 2);
	}
	world_close(&w);
}

static void taking_client(world *w)
{
	int fd = dial(w);
	CHECK(put(fd, "X20000000\n", 10));
	CHECK(get_pattern(fd, 20000000));
	CHECK(at_end(fd));
	close(fd);
}

static void output_before_closing(void)
{
	world w;
	world_init(&w);
	if (world_open(&w, "127.0.0.1")) {
		CHECK_EQ(world_run(&w, taking_client), MQS_OK);
		CHECK(w.broker.most_written >= 64 * FAKE_PIECE); /* many pieces at a time */
	}
	world_close(&w);
}

static void send_and_reset(void *ctx)
{
	struct linger hard = {.l_onoff = 1, .l_linger = 0};
	send_more(ctx);
	setsockopt(client_fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(client_fd);
}

static void close_client(void *ctx)
{
	(void)ctx;
	close(client_fd);
}

/* Says what it is to say, and waits until the server has closed the connection. */
static void vanishing_client(world *w)
{
	client_fd = dial(w);
	CHECK(put(client_fd, w->say, strlen(w->say)));
	for (int i = 0; i < 3000 && w->broker.closed == 0; i++) {
		poll(NULL, 0, 10);
	}
}

/* The connection is reset while its first byte is handled: writing fails, what came after that byte is still read. */
static void input_before_a_reset(void)
{
	world w;
	world_init(&w);
	w.broker.hook = send_and_reset;
	w.say = "H";
	if (world_open(&w, "127.0.0.1")) {
		CHECK_EQ(world_run(&w, vanishing_client), MQS_OK);
		CHECK_EQ(w.broker.received, 1001);
	}
	world_close(&w);
}

/* The first of many writes makes the peer's system answer with a reset, the next one is into a broken pipe. */
static void output_to_nobody(void)
{
	world w;
	world_init(&w);
	w.broker.hook = close_client;
	w.say = "F9000000\n";
	signal(SIGPIPE, SIG_DFL);
	if (world_open(&w, "127.0.0.1")) {
		CHECK_EQ(world_run(&w, vanishing_client), MQS_OK);
		CHECK_EQ(w.broker.closed, 1);
	}
	world_close(&w);
}

/* Each says something and resets its connection before the server can look. */
static void resetting_client(world *w)
{
	struct linger hard = {.l_onoff = 1, .l_linger = 0};
	for (int i = 0; i < 20; i++) {
		int fd = dial(w);
		CHECK(put(fd, "Shello", 6));
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
		close(fd);
	}
	for (int i = 0; i < 1000 && w->broker.closed < 20; i++) {
		poll(NULL, 0, 10);
	}
	CHECK_EQ(w->broker.closed, 20);
}

/* The input and the error are told together. Nothing is written that would fail. */
static void input_with_a_reset(void)
{
	world w;
	world_init(&w);
	if (world_open(&w, "127.0.0.1")) {
		CHECK_EQ(world_run(&w, resetting_client), MQS_OK);
		CHECK_EQ(w.broker.opened, 20);
	}
	world_close(&w);
}

static pid_t child;

/* A process that has all our descriptors and does nothing with them, as long as we live. */
static void fork_child(void *ctx)
{
	pid_t parent = getpid();
	(void)ctx;
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		while (getppid() == parent) {
			poll(NULL, 0, 20);
		}
		_exit(0);
	}
}

static void client_with_a_child(world *w)
{
	int fd = dial(w);
	CHECK(put(fd, "Hx", 2));
	CHECK(get(fd, "."));
	shutdown(fd, SHUT_RDWR); /* the child has this one too */
	for (int i = 0; i < 1000 && w->broker.closed == 0; i++) {
		poll(NULL, 0, 10);
	}
	CHECK_EQ(w->broker.closed, 1);
	for (int i = 0; i < 20; i++) {
		hello_client(w);
	}
	close(fd);
}

/* A socket that is closed may live on in another process: nothing of it is told any more. */
static void a_child_has_the_sockets(void)
{
	world w;
	world_init(&w);
	w.broker.hook = fork_child;
	child = -1;
	if (world_open(&w, "127.0.0.1")) {
		CHECK_EQ(world_run(&w, client_with_a_child), MQS_OK);
		CHECK_EQ(w.broker.opened, 21);
	}
	if (CHECK(child > 0)) {
		kill(child, SIGKILL);
		CHECK_EQ(waitpid(child, NULL, 0), child);
	}
	world_close(&w);
}

BOTH_WAYS(refusal_reaches_the_client)
BOTH_WAYS(lingering_is_bounded)
BOTH_WAYS(output_that_nobody_takes)
BOTH_WAYS(output_before_closing)
BOTH_WAYS(input_before_a_reset)
BOTH_WAYS(output_to_nobody)
BOTH_WAYS(input_with_a_reset)
BOTH_WAYS(a_child_has_the_sockets)

TEST_MAIN(TEST_BOTH_WAYS(refusal_reaches_the_client), TEST_BOTH_WAYS(lingering_is_bounded),
    TEST_BOTH_WAYS(output_that_nobody_takes), TEST_BOTH_WAYS(output_before_closing),
    TEST_BOTH_WAYS(input_before_a_reset), TEST_BOTH_WAYS(output_to_nobody), TEST_BOTH_WAYS(input_with_a_reset),
    TEST_BOTH_WAYS(a_child_has_the_sockets))
