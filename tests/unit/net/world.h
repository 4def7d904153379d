/* SPDX-License-Identifier: MIT
 *
 * tests/unit/net/world.h - a server over the fake broker, and its clients: threads with blocking loopback sockets. When
 * a client is done, a timer of the loop stops the server.
 */
#ifndef MQS_TESTS_NET_WORLD_H
#define MQS_TESTS_NET_WORLD_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
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

static const mqs_conn_rules open_rules = {.allow_anonymous = true};

/* The servers to come have a handle for each connection, as on systems without epoll. */
static bool plain_handles;

/* A test, and the same with such handles. */
#define BOTH_WAYS(name)                                                                                                \
	static void name##_by_handles(void)                                                                                \
	{                                                                                                                  \
		plain_handles = true;                                                                                          \
		name();                                                                                                        \
		plain_handles = false;                                                                                         \
	}
#define TEST_BOTH_WAYS(name) TEST_ENTRY(name), TEST_ENTRY(name##_by_handles)

typedef struct world {
	test_alloc memory;
	mqs_broker broker;
	mqs_net *net;
	mqs_net_options options;
	uint16_t port;
	atomic_bool done;
	void (*client)(struct world *world);
	const char *say; /* for clients that are not always the same */
	int started, stopping, logs;
	char first_log[256], log[256]; /* the first line, and the last of the others */
} world;

__attribute__((unused)) static void on_started(void *ctx)
{
	((world *)ctx)->started++;
}

__attribute__((unused)) static void on_stopping(void *ctx)
{
	((world *)ctx)->stopping++;
}

__attribute__((unused)) static void on_log(void *ctx, mqs_log_level level, const char *line)
{
	world *w = ctx;
	(void)level;
	snprintf(w->logs++ ? w->log : w->first_log, sizeof(w->log), "%s", line);
}

__attribute__((unused)) static void world_init(world *w)
{
	*w = (world){0};
	test_alloc_init(&w->memory, 0);
	mqs_list_init(&w->broker.ready);
	w->broker.deadline_ms = INT64_MAX;
	mqs_net_options_init(&w->options);
	w->options.plain_handles = plain_handles;
}

__attribute__((unused)) static bool world_open(world *w, const char *host)
{
	mqs_net_owner owner = {.ctx = w, .started = on_started, .stopping = on_stopping, .log = on_log};
	mqs_net_error error = {0};
	bool good = mqs_net_create(&w->memory.alloc, &w->broker, &w->options, &owner, &w->net, &error) == MQS_OK &&
	            mqs_net_listen(w->net, host, 0, &open_rules, &w->port, &error) == MQS_OK;
	return test_check(good && w->port, good ? "no port" : error.text, __FILE__, __LINE__);
}

__attribute__((unused)) static void *client_main(void *ctx)
{
	world *w = ctx;
	w->client(w);
	w->done = true;
	return NULL;
}

__attribute__((unused)) static void stop_when_done(void *ctx)
{
	world *w = ctx;
	if (w->done) {
		w->done = false;
		mqs_net_stop(w->net, 0x8B);
	}
}

__attribute__((unused)) static mqs_result world_run(world *w, void (*client)(world *w))
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
__attribute__((unused)) static void world_close(world *w)
{
	mqs_net_destroy(w->net);
	w->net = NULL;
	CHECK_EQ(w->memory.live, 0);
	CHECK_EQ(w->broker.opened, w->broker.closed);
	CHECK_EQ(w->broker.bad, 0);
}

/* ---- clients ------------------------------------------------------------------------------------------------- */

__attribute__((unused)) static int dial_address(const char *ip, uint16_t port)
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

__attribute__((unused)) static int dial(const world *w)
{
	int fd = dial_address("127.0.0.1", w->port);
	CHECK(fd >= 0);
	return fd;
}

__attribute__((unused)) static bool put(int fd, const void *bytes, size_t len)
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
__attribute__((unused)) static bool get(int fd, const char *text)
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
__attribute__((unused)) static bool get_pattern(int fd, size_t count)
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

__attribute__((unused)) static bool at_end(int fd)
{
	char byte;
	return recv(fd, &byte, 1, 0) == 0;
}

/* The end, in whatever way. */
__attribute__((unused)) static bool is_cut(int fd)
{
	char byte;
	ssize_t count = recv(fd, &byte, 1, 0);
	return count == 0 || (count < 0 && (errno == ECONNRESET || errno == EPIPE));
}

/* Waits without reading until the broker has closed `count` connections; then reads what had been sent before. */
__attribute__((unused)) static void wait_deaf(const world *w, int fd, size_t count)
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

/* The least that a good client does. */
__attribute__((unused)) static void hello_client(world *w)
{
	int fd = dial(w);
	CHECK(put(fd, "Ehello", 6));
	CHECK(get(fd, "hello"));
	close(fd);
}

#endif
