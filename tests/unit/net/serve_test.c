/* SPDX-License-Identifier: MIT
 *
 * tests/unit/net/serve_test.c - what a server does all day: echo, back-pressure, addresses, timers.
 */
#include "net/world.h"

#include <netinet/tcp.h>

/* ---- the ordinary -------------------------------------------------------------------------------------------- */

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

static void flooding_client(world *w)
{
	static char junk[8 << 20] = "S";
	int fd = dial(w);
	CHECK(put(fd, junk, sizeof(junk)));
	shutdown(fd, SHUT_WR);
	CHECK(at_end(fd));
	close(fd);
}

static void a_flood_has_its_share(void)
{
	world w;
	world_init(&w);
	if (world_open(&w, "127.0.0.1")) {
		CHECK_EQ(world_run(&w, flooding_client), MQS_OK);
		CHECK_EQ(w.broker.received, 8 << 20);
		CHECK(w.broker.most_read <= 2 * 65536);
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

/* Of the server's sockets that are connected, how many send at once? Counts them in *all. */
static int sockets_without_delay(const world *w, int *all)
{
	int without = 0;
	*all = 0;
	for (int fd = 3; fd < 256; fd++) {
		struct sockaddr_in here = {0}, there = {0};
		socklen_t here_len = sizeof(here), there_len = sizeof(there);
		int on = 0;
		socklen_t len = sizeof(on);
		if (getsockname(fd, (void *)&here, &here_len) == 0 && here.sin_port == htons(w->port) &&
		    getpeername(fd, (void *)&there, &there_len) == 0) {
			++*all;
			CHECK_EQ(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &len), 0);
			without += on != 0;
		}
	}
	return without;
}

static void delay_client(world *w)
{
	int all, fd = dial(w);
	CHECK(put(fd, "Ehello", 6));
	CHECK(get(fd, "hello"));
	CHECK_EQ(sockets_without_delay(w, &all), w->options.no_delay ? 1 : 0);
	CHECK_EQ(all, 1);
	close(fd);
}

static void no_delay_is_an_option(void)
{
	for (int i = 0; i < 2; i++) {
		world w;
		world_init(&w);
		w.options.no_delay = i == 0;
		w.options.tcp_keepalive_s = 60;
		if (world_open(&w, "127.0.0.1")) {
			CHECK_EQ(world_run(&w, delay_client), MQS_OK);
		}
		world_close(&w);
	}
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
		CHECK_EQ(mqs_net_listen(w.net, rows[i].host, rows[i].port, &open_rules, NULL, &error), MQS_ERR_INVALID);
		CHECK(error.uv_code < 0);
		test_check(strstr(error.text, rows[i].text) != NULL, error.text, __FILE__, __LINE__);
	}
	CHECK_EQ(mqs_net_listen(w.net, "127.0.0.1", w.port, &open_rules, NULL, NULL), MQS_ERR_INVALID);
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

BOTH_WAYS(echo)
BOTH_WAYS(large_echo_pauses_reading)
BOTH_WAYS(a_flood_has_its_share)
BOTH_WAYS(thousands_of_connections)
BOTH_WAYS(half_close_closes)

TEST_MAIN(TEST_BOTH_WAYS(echo), TEST_ENTRY(again_and_again), TEST_BOTH_WAYS(large_echo_pauses_reading),
    TEST_BOTH_WAYS(a_flood_has_its_share), TEST_BOTH_WAYS(thousands_of_connections), TEST_BOTH_WAYS(half_close_closes),
    TEST_ENTRY(no_delay_is_an_option), TEST_ENTRY(ipv6), TEST_ENTRY(ipv4_of_a_dual_listener),
    TEST_ENTRY(name_that_resolves), TEST_ENTRY(listen_errors), TEST_ENTRY(timers_fire))
