/* SPDX-License-Identifier: MIT
 *
 * tests/unit/net/net_test.c - the libuv home over real loopback sockets, with a broker without MQTT behind it. A client
 * is a thread with blocking sockets; when it is done, a timer of the loop stops the server.
 */
#define _GNU_SOURCE
#include "harness.h"
#include "net/fake_broker.h"
#include "net/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct world {
	test_alloc memory;
	mqs_broker broker;
	mqs_net *net;
	mqs_net_options options;
	uint16_t port;
	atomic_bool done;
	void (*client)(struct world *world);
	int started, stopping, logs;
	char log[256];
} world;

static void on_started(void *ctx)
{
	((world *)ctx)->started++;
}

static void on_stopping(void *ctx)
{
	((world *)ctx)->stopping++;
}

static void on_log(void *ctx, mqs_log_level level, const char *line)
{
	world *w = ctx;
	(void)level;
	w->logs++;
	snprintf(w->log, sizeof(w->log), "%s", line);
}

static void world_init(world *w)
{
	*w = (world){0};
	test_alloc_init(&w->memory, 0);
	mqs_list_init(&w->broker.ready);
	w->broker.deadline_ms = INT64_MAX;
	mqs_net_options_init(&w->options);
}

static bool world_open(world *w, const char *host)
{
	mqs_net_owner owner = {w, on_started, on_stopping, on_log};
	mqs_net_error error = {0};
	bool good = mqs_net_create(&w->memory.alloc, &w->broker, &w->options, &owner, &w->net, &error) == MQS_OK &&
	            mqs_net_listen(w->net, host, 0, true, &w->port, &error) == MQS_OK;
	return test_check(good && w->port, good ? "no port" : error.text, __FILE__, __LINE__);
}

static void *client_main(void *ctx)
{
	world *w = ctx;
	w->client(w);
	w->done = true;
	return NULL;
}

static void stop_when_done(void *ctx)
{
	world *w = ctx;
	if (w->done) {
		w->done = false;
		mqs_net_stop(w->net, 0x8B);
	}
}

static mqs_result world_run(world *w, void (*client)(world *w))
{
	pthread_t thread;
	mqs_net_timer *timer = mqs_net_timer_start(w->net, 1, 1, stop_when_done, w);
	w->client = client;
	w->done = false;
	CHECK_EQ(pthread_create(&thread, NULL, client_main, w), 0);
	mqs_result result = mqs_net_run(w->net);
	pthread_join(thread, NULL);
	mqs_net_timer_stop(timer);
	return result;
}

/* Whatever happened: nothing is left, and the broker was treated as its contract says. */
static void world_close(world *w)
{
	mqs_net_destroy(w->net);
	w->net = NULL;
	CHECK_EQ(w->memory.live, 0);
	CHECK_EQ(w->broker.opened, w->broker.closed);
	CHECK_EQ(w->broker.bad, 0);
}

/* ---- clients ------------------------------------------------------------------------------------------------- */

static int dial_address(const char *ip, uint16_t port)
{
	struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	bool six = strchr(ip, ':') != NULL;
	inet_pton(six ? AF_INET6 : AF_INET, ip, six ? (void *)&in6.sin6_addr : (void *)&in4.sin_addr);
	int fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval limit = {.tv_sec = 30};
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	const struct sockaddr *address = six ? (const void *)&in6 : (const void *)&in4;
	if (connect(fd, address, six ? sizeof(in6) : sizeof(in4))) {
		close(fd);
		return -1;
	}
	return fd;
}

static int dial(const world *w)
{
	int fd = dial_address("127.0.0.1", w->port);
	CHECK(fd >= 0);
	return fd;
}

static bool put(int fd, const void *bytes, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t count = send(fd, (const char *)bytes + at, len - at, MSG_NOSIGNAL);
		if (count <= 0) {
			return false;
		}
		at += (size_t)count;
	}
	return true;
}

/* True when exactly `text` comes. */
static bool get(int fd, const char *text)
{
	char bytes[256];
	size_t len = strlen(text), at = 0;
	while (at < len) {
		ssize_t count = recv(fd, bytes + at, len - at, 0);
		if (count <= 0) {
			return false;
		}
		at += (size_t)count;
	}
	return memcmp(bytes, text, len) == 0;
}

/* Reads `count` bytes of the pattern. False: something else, or fewer. */
static bool get_pattern(int fd, size_t count)
{
	static uint8_t bytes[65536];
	for (size_t at = 0; at < count;) {
		size_t part = count - at < sizeof(bytes) ? count - at : sizeof(bytes);
		ssize_t got = recv(fd, bytes, part, 0);
		if (got <= 0) {
			return false;
		}
		for (size_t i = 0; i < (size_t)got; i++, at++) {
			if (bytes[i] != fake_pattern(at)) {
				return false;
			}
		}
	}
	return true;
}

static bool at_end(int fd)
{
	char byte;
	return recv(fd, &byte, 1, 0) == 0;
}

/* The end, in whatever way. */
static bool is_cut(int fd)
{
	char byte;
	ssize_t count = recv(fd, &byte, 1, 0);
	return count == 0 || (count < 0 && (errno == ECONNRESET || errno == EPIPE));
}

/* ---- the ordinary -------------------------------------------------------------------------------------------- */

static void hello_client(world *w)
{
	int fd = dial(w);
	CHECK(put(fd, "Ehello", 6));
	CHECK(get(fd, "hello"));
	close(fd);
}

static void echo(void)
{
	world w;
	world_init(&w);
	if (world_open(&w, "127.0.0.1")) {
		CHECK_EQ(world_run(&w, hello_client), MQS_OK);
		CHECK_EQ(w.started, 1);
		CHECK_EQ(w.stopping, 1);
		CHECK_EQ(w.broker.shut_reason, 0x8B);
		CHECK(strncmp(w.broker.last_peer, "127.0.0.1:", 10) == 0);
		CHECK(w.broker.last_anonymous);
		CHECK_EQ(mqs_net_run(w.net), MQS_ERR_INVALID); /* nothing to do any more */
	}
	world_close(&w);
}

static void again_and_again(void)
{
	for (int i = 0; i < 5; i++) {
		echo();
	}
}

/* Sends without reading until the server has paused; then everything has to come back. */
static void large_client(world *w)
{
	static uint8_t out[65536];
	int fd = dial(w);
	size_t sent = 0;
	CHECK(put(fd, "E", 1));
	for (int tries = 0; w->broker.paused == 0 && tries < 100000; tries++) {
		for (size_t i = 0; i < sizeof(out); i++) {
			out[i] = fake_pattern(sent + i);
		}
		ssize_t count = send(fd, out, sizeof(out), MSG_NOSIGNAL | MSG_DONTWAIT);
		sent += count > 0 ? (size_t)count : 0;
		if (count < 0) {
			poll(NULL, 0, 1);
		}
	}
	CHECK(w->broker.paused > 0);
	CHECK(get_pattern(fd, sent));
	CHECK(put(fd, "hello", 5));
	CHECK(get(fd, "hello"));
	close(fd);
}

static void large_echo_pauses_reading(void)
{
	world w;
	world_init(&w);
	if (world_open(&w, "127.0.0.1")) {
		CHECK_EQ(world_run(&w, large_client), MQS_OK);
	}
	world_close(&w);
}

static void many_client(world *w)
{
	for (int round = 0; round < 20; round++) {
		int fds[150];
		for (int i = 0; i < 150; i++) {
			fds[i] = dial(w);
			put(fds[i], "Ex", 2);
		}
		for (int i = 0; i < 150; i++) {
			CHECK(get(fds[i], "x"));
			close(fds[i]);
		}
	}
}

static void thousands_of_connections(void)
{
	world w;
	world_init(&w);
	if (world_open(&w, "127.0.0.1")) {
		CHECK_EQ(world_run(&w, many_client), MQS_OK);
		CHECK_EQ(w.broker.opened, 3000);
	}
	world_close(&w);
}

static void half_closing_client(world *w)
{
	int fd = dial(w);
	CHECK(put(fd, "Ehello", 6));
	CHECK(get(fd, "hello"));
	shutdown(fd, SHUT_WR);
	CHECK(at_end(fd));
	close(fd);
	fd = dial(w); /* and one that says nothing at all */
	shutdown(fd, SHUT_WR);
	CHECK(at_end(fd));
	close(fd);
}

static void half_close_closes(void)
{
	world w;
	world_init(&w);
	if (world_open(&w, "127.0.0.1")) {
		CHECK_EQ(world_run(&w, half_closing_client), MQS_OK);
		CHECK_EQ(w.broker.opened, 2);
	}
	world_close(&w);
}

/* ---- addresses ----------------------------------------------------------------------------------------------- */

static void six_client(world *w)
{
	int fd = dial_address("::1", w->port);
	CHECK(fd >= 0);
	CHECK(put(fd, "Ehello", 6));
	CHECK(get(fd, "hello"));
	close(fd);
}

static void ipv6(void)
{
	static const char *const hosts[] = {"::1", "[::1]", "::"};
	for (int i = 0; i < 3; i++) {
		world w;
		world_init(&w);
		if (world_open(&w, hosts[i])) {
			CHECK_EQ(world_run(&w, six_client), MQS_OK);
			CHECK(strncmp(w.broker.last_peer, "[::1]:", 6) == 0);
		}
		world_close(&w);
	}
}

static void ipv4_of_a_dual_listener(void)
{
	world w;
	world_init(&w);
	if (world_open(&w, "::")) {
		CHECK_EQ(world_run(&w, hello_client), MQS_OK);
		CHECK(strncmp(w.broker.last_peer, "127.0.0.1:", 10) == 0);
	}
	world_close(&w);
}

static void name_that_resolves(void)
{
	world w;
	world_init(&w);
	if (world_open(&w, "localhost")) {
		CHECK_EQ(world_run(&w, hello_client), MQS_OK);
	}
	world_close(&w);
}

static void listen_errors(void)
{
	world w;
	world_init(&w);
	if (!world_open(&w, "127.0.0.1")) {
		world_close(&w);
		return;
	}
	const struct {
		const char *host;
		uint16_t port;
		const char *text;
	} rows[] = {
	    {"127.0.0.1", w.port, ": address already in use"},
	    {"192.0.2.1", 0, "cannot listen on 192.0.2.1:0: not an address of this machine"},
	    {"2001:db8::1", 7, "cannot listen on [2001:db8::1]:7: not an address of this machine"},
	    {"no such name", 0, "cannot resolve \"no such name\": "},
	    {"", 0, "cannot listen: the host is empty"},
	    {"[]", 0, "cannot resolve \"[]\": "},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		mqs_net_error error = {0};
		test_case("listen_errors: \"%s\"", rows[i].host);
		CHECK_EQ(mqs_net_listen(w.net, rows[i].host, rows[i].port, true, NULL, &error), MQS_ERR_INVALID);
		CHECK(error.uv_code < 0);
		test_check(strstr(error.text, rows[i].text) != NULL, error.text, __FILE__, __LINE__);
	}
	CHECK_EQ(mqs_net_listen(w.net, "127.0.0.1", w.port, true, NULL, NULL), MQS_ERR_INVALID);
	world_close(&w);
}

/* ---- leaving ------------------------------------------------------------------------------------------------- */

/* Sends much more than is read, so that a careless close would reset the connection and lose the answer. */
static void refused_client(world *w)
{
	static char junk[100000] = "Q";
	for (int i = 0; i < 20; i++) {
		int fd = dial(w);
		CHECK(put(fd, junk, sizeof(junk)));
		CHECK(get(fd, "bye"));
		CHECK(at_end(fd));
		close(fd);
	}
}

static void refusal_reaches_the_client(void)
{
	world w;
	world_init(&w);
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

/* Waits without reading until the broker has closed `count` connections; then reads what had been sent before. */
static void wait_deaf(const world *w, int fd, size_t count)
{
	static char bytes[65536];
	size_t got = 0;
	for (int i = 0; i < 6000 && w->broker.closed < count; i++) {
		poll(NULL, 0, 5);
	}
	CHECK(w->broker.closed >= count);
	for (ssize_t part; (part = recv(fd, bytes, sizeof(bytes), 0)) > 0;) {
		got += (size_t)part;
	}
	CHECK(got > 0 && got < 40000000);
	close(fd);
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

static int reset_fd;

static void reset_by_peer(void *ctx)
{
	static const char last_words[1000];
	struct linger hard = {.l_onoff = 1, .l_linger = 0};
	(void)ctx;
	CHECK(put(reset_fd, last_words, sizeof(last_words)));
	setsockopt(reset_fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(reset_fd);
}

static void sending_client(world *w)
{
	reset_fd = dial(w);
	CHECK(put(reset_fd, "H", 1));
	for (int i = 0; i < 3000 && w->broker.closed == 0; i++) {
		poll(NULL, 0, 10);
	}
}

/* The connection is reset while its first byte is handled: writing fails, what came after that byte is still read. */
static void input_before_a_reset(void)
{
	world w;
	world_init(&w);
	w.broker.hook = reset_by_peer;
	if (world_open(&w, "127.0.0.1")) {
		CHECK_EQ(world_run(&w, sending_client), MQS_OK);
		CHECK_EQ(w.broker.received, 1001);
	}
	world_close(&w);
}

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
		CHECK_EQ(mqs_net_listen(w.net, "127.0.0.1", 0, true, NULL, &error), MQS_ERR_INVALID);
		CHECK_EQ(mqs_net_run(w.net), MQS_OK);
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
		CHECK_EQ(mqs_net_listen(w.net, "127.0.0.1", 0, true, NULL, NULL), MQS_OK);
		CHECK_EQ(mqs_net_run(w.net), MQS_ERR_CLOSED);
	}
	world_close(&w);
}

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

/* The server of the next test: a process of its own with few descriptors. Returns its exit code. */
static int serve_with_few_descriptors(int port_out)
{
	world w;
	world_init(&w);
	test_state.broken = 0;
	if (world_open(&w, "127.0.0.1")) {
		struct rlimit limit;
		getrlimit(RLIMIT_NOFILE, &limit);
		int next = dup(0);
		close(next);
		limit.rlim_cur = (rlim_t)next + 10;
		setrlimit(RLIMIT_NOFILE, &limit);
		CHECK_EQ(write(port_out, &w.port, sizeof(w.port)), (int)sizeof(w.port));
		CHECK_EQ(mqs_net_run(w.net), MQS_OK);
		CHECK(w.logs > 0);
		CHECK(strstr(w.log, "too many open files") != NULL);
		CHECK(w.broker.opened > 5);
	}
	world_close(&w);
	return test_state.broken ? 1 : 0;
}

static void no_descriptors_left(void)
{
	enum { COUNT = 60 };
	int ports[2], fds[COUNT], served = 0, cut = 0, status = -1;
	world w = {0};
	CHECK_EQ(pipe(ports), 0);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		int code = serve_with_few_descriptors(ports[1]);
		fflush(NULL);
		_exit(code);
	}
	CHECK_EQ(read(ports[0], &w.port, sizeof(w.port)), (int)sizeof(w.port));
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
	close(ports[1]);
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
	CHECK_EQ(mqs_net_listen(w.net, "127.0.0.1", 0, true, NULL, NULL), MQS_ERR_INVALID);
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

/* ---- timers -------------------------------------------------------------------------------------------------- */

typedef struct timers {
	world w;
	mqs_net_timer *repeating, *once;
	int repeats, shots;
} timers;

static void on_repeat(void *user)
{
	timers *t = user;
	if (++t->repeats == 3) {
		mqs_net_timer_stop(t->repeating);
		mqs_net_stop(t->w.net, 0x8B);
		CHECK_EQ(mqs_net_run(t->w.net), MQS_ERR_INVALID); /* it is running */
	}
}

static void on_never(void *user)
{
	(void)user;
	CHECK(false);
}

static void on_shot(void *user)
{
	timers *t = user;
	t->shots++;
	if (t->shots == 1) {
		t->once = mqs_net_timer_start(t->w.net, 0, 0, on_shot, t);
	} else {
		mqs_net_timer_stop(t->once); /* stops itself, which is over anyway */
		t->repeating = mqs_net_timer_start(t->w.net, 1, 1, on_repeat, t);
		mqs_net_wake(t->w.net);
	}
}

static void timers_fire(void)
{
	timers t = {0};
	world_init(&t.w);
	CHECK_EQ(mqs_net_create(&t.w.memory.alloc, &t.w.broker, &t.w.options, NULL, &t.w.net, NULL), MQS_OK);
	CHECK_EQ(mqs_net_run(t.w.net), MQS_ERR_INVALID);
	mqs_net_timer_start(t.w.net, 0, 0, on_shot, &t);
	mqs_net_timer_start(t.w.net, 3600000, 0, on_never, &t); /* left to destroy */
	mqs_net_timer_stop(mqs_net_timer_start(t.w.net, 1, 1, on_never, &t));
	t.w.broker.deadline_ms = mqs_net_now_ms(t.w.net) + 1;
	CHECK_EQ(mqs_net_run(t.w.net), MQS_OK);
	CHECK_EQ(t.shots, 2);
	CHECK_EQ(t.repeats, 3);
	CHECK_EQ(t.w.broker.ticks, 1);
	world_close(&t.w);
}

TEST_MAIN(TEST_ENTRY(echo), TEST_ENTRY(again_and_again), TEST_ENTRY(large_echo_pauses_reading),
    TEST_ENTRY(thousands_of_connections), TEST_ENTRY(half_close_closes), TEST_ENTRY(ipv6),
    TEST_ENTRY(ipv4_of_a_dual_listener), TEST_ENTRY(name_that_resolves), TEST_ENTRY(listen_errors),
    TEST_ENTRY(refusal_reaches_the_client), TEST_ENTRY(lingering_is_bounded), TEST_ENTRY(output_that_nobody_takes),
    TEST_ENTRY(output_before_closing), TEST_ENTRY(input_before_a_reset), TEST_ENTRY(signal_drains),
    TEST_ENTRY(stop_has_a_deadline), TEST_ENTRY(second_stop_is_at_once), TEST_ENTRY(stop_within_receive),
    TEST_ENTRY(stop_before_run), TEST_ENTRY(abort_leaves), TEST_ENTRY(abort_on_start), TEST_ENTRY(broker_refuses),
    TEST_ENTRY(no_descriptors_left), TEST_ENTRY(no_memory), TEST_ENTRY(no_memory_for_a_connection),
    TEST_ENTRY(timers_fire))
