/* SPDX-License-Identifier: MIT
 *
 * tests/unit/cluster/town.h - several workers in one process: each has a broker and a mesh over real Unix sockets in a
 * directory of its own for each test. One clock, moved by the test. Clients speak and hear packets as lines of text
 * (tests/unit/broker/packet_words.h). One town at a time, in the variable `t`.
 *
 *     build(2);                                  two workers that know each other
 *     come(0, 1, "CONNECT v5 id=a clean");       client 1 at worker 0, expects CONNACK 00
 *     say(1, "SUBSCRIBE id=1 f=a/# q=1");
 *     hear(1, "SUBACK id=1 01");                 all that came since the last hear(), in order
 *     tear_down();                               everybody leaves; nothing may be left, in memory or on disk
 */
#ifndef MQS_TESTS_TOWN_H
#define MQS_TESTS_TOWN_H

#define _POSIX_C_SOURCE 200809L /* mkdtemp, strdup: include this file first */

#include <dirent.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cluster/mesh.h"
#include "broker/client.h"

#define TOWN_WORKERS 4
#define TOWN_CLIENTS 12
#define TOWN_FDS     64

typedef struct town_worker {
	test_alloc memory;
	mqs_broker_options options;
	mqs_broker *broker;
	mqs_mesh *mesh;
	mqs_mesh_config config;
	struct pollfd watched[TOWN_FDS];
	size_t watched_count;
	bool deaf;   /* its reactor refuses to watch */
	bool frozen; /* its loop does not turn */
	char log[512];
	size_t log_count, warnings;
} town_worker;

static struct {
	char base[64], directory[80];
	int64_t now_ms;
	town_worker workers[TOWN_WORKERS];
	test_client clients[TOWN_CLIENTS]; /* the home of each is a worker */
} t;

/* ---- ports --------------------------------------------------------------------------------------------------- */

static bool town_watch(void *ctx, int fd, unsigned events)
{
	town_worker *worker = ctx;
	size_t at = 0;
	while (at < worker->watched_count && worker->watched[at].fd != fd) {
		at++;
	}
	if (events == 0) {
		if (at < worker->watched_count) {
			worker->watched[at] = worker->watched[--worker->watched_count];
		}
		return true;
	}
	if (worker->deaf || (at == TOWN_FDS && !CHECK(at < TOWN_FDS))) {
		return false;
	}
	worker->watched_count += at == worker->watched_count ? 1 : 0;
	short wanted = (short)((events & MQS_WATCH_READ ? POLLIN : 0) | (events & MQS_WATCH_WRITE ? POLLOUT : 0));
	worker->watched[at] = (struct pollfd){fd, wanted, 0};
	return true;
}

static void town_log(void *ctx, mqs_log_level level, const char *text)
{
	town_worker *worker = ctx;
	worker->log_count++;
	worker->warnings += level >= MQS_LOG_WARNING ? 1 : 0;
	if (level >= MQS_LOG_NOTICE) {
		snprintf(worker->log, sizeof(worker->log), "%s", text);
	}
}

static void town_random(void *ctx, void *out, size_t len)
{
	static uint8_t count;
	(void)ctx;
	memset(out, ++count, len);
}

/* ---- clients ------------------------------------------------------------------------------------------------- */

/* What a home does after each call into the broker. */
static void serve_clients(town_worker *worker)
{
	clients_serve(worker->broker, t.now_ms);
	if (worker->mesh) {
		mqs_mesh_flush(worker->mesh, t.now_ms);
	}
}

/* ---- the loop ------------------------------------------------------------------------------------------------ */

/* Gives worker what is ready; returns how many descriptors were. */
static int turn(town_worker *worker, int wait_ms)
{
	struct pollfd ready[TOWN_FDS];
	size_t count = worker->watched_count;
	memcpy(ready, worker->watched, count * sizeof(ready[0]));
	int found = poll(ready, count, wait_ms);
	for (size_t i = 0; i < count && worker->mesh; i++) {
		unsigned events = (ready[i].revents & (POLLIN | POLLHUP | POLLERR) ? MQS_WATCH_READ : 0u) |
		                  (ready[i].revents & POLLOUT ? MQS_WATCH_WRITE : 0u);
		if (events) {
			mqs_mesh_io(worker->mesh, ready[i].fd, events, t.now_ms);
			serve_clients(worker);
		}
	}
	return found;
}

/* Until nobody has anything to say. Bounded: a mesh that never comes to rest is a failure. */
__attribute__((unused)) static void run(void)
{
	int busy = 1, turns = 0;
	while (busy && CHECK(++turns < 20000)) {
		busy = 0;
		for (town_worker *worker = t.workers; worker < t.workers + TOWN_WORKERS; worker++) {
			if (worker->broker && !worker->frozen) {
				serve_clients(worker);
				busy += turn(worker, 0);
			}
		}
	}
}

/* Time passes, in small steps. */
__attribute__((unused)) static void pass(int64_t ms)
{
	int64_t until = t.now_ms + ms;
	while (t.now_ms < until) {
		t.now_ms += until - t.now_ms < 50 ? until - t.now_ms : 50;
		for (town_worker *worker = t.workers; worker < t.workers + TOWN_WORKERS; worker++) {
			if (worker->broker && !worker->frozen) {
				mqs_broker_tick(worker->broker, t.now_ms);
				if (worker->mesh && mqs_mesh_next_deadline(worker->mesh) <= t.now_ms) {
					mqs_mesh_tick(worker->mesh, t.now_ms);
				}
			}
		}
		run();
	}
}

/* ---- workers ------------------------------------------------------------------------------------------------- */

__attribute__((unused)) static void make_broker(town_worker *worker)
{
	mqs_ports ports = {.random = town_random, .hash_seed = {1, 2}};
	test_alloc_init(&worker->memory, 0);
	mqs_broker_options_init(&worker->options);
	worker->options.sys_interval_s = 0;
	CHECK_EQ(mqs_broker_create(&worker->memory.alloc, &worker->options, &ports, t.now_ms, &worker->broker), MQS_OK);
}

__attribute__((unused)) static mqs_result join_mesh(town_worker *worker, char *error, size_t size)
{
	mqs_mesh_reactor reactor = {worker, town_watch, town_log};
	worker->config.directory = t.directory;
	worker->config.id = getpid();
	mqs_result result = mqs_mesh_join(
	    &worker->memory.alloc, worker->broker, &worker->config, &reactor, t.now_ms, &worker->mesh, error, size);
	if (result != MQS_OK) {
		worker->mesh = NULL;
	}
	return result;
}

/* Worker n joins with its config; the others are not told but by the mesh itself. */
__attribute__((unused)) static void join(int n)
{
	char error[256] = "";
	town_worker *worker = &t.workers[n];
	worker->log[0] = '\0';
	worker->log_count = worker->warnings = worker->watched_count = 0;
	make_broker(worker);
	if (!CHECK_EQ(join_mesh(worker, error, sizeof(error)), MQS_OK)) {
		printf("  %s\n", error);
	}
}

/* The connections of its clients break, without a word to the mesh before. */
static void lose_clients(town_worker *worker)
{
	for (test_client *c = t.clients; c < t.clients + TOWN_CLIENTS; c++) {
		if (c->conn && c->home == worker) {
			client_end(c, t.now_ms);
		}
	}
}

static void end_worker(town_worker *worker)
{
	worker->mesh = NULL;
	worker->watched_count = 0;
	worker->frozen = false;
	lose_clients(worker);
	mqs_broker_destroy(worker->broker);
	worker->broker = NULL;
	CHECK_EQ(worker->memory.live, 0);
}

__attribute__((unused)) static void leave_town(int n)
{
	town_worker *worker = &t.workers[n];
	mqs_mesh_leave(worker->mesh, t.now_ms);
	CHECK_EQ(worker->watched_count, 0);
	end_worker(worker);
}

/* As kill -9 does: the descriptors are closed, the socket's name stays. */
__attribute__((unused)) static void kill_worker(int n)
{
	town_worker *worker = &t.workers[n];
	mqs_mesh_abandon(worker->mesh);
	end_worker(worker);
}

__attribute__((unused)) static uint32_t peers(int n)
{
	return mqs_mesh_peers(t.workers[n].mesh);
}

__attribute__((unused)) static uint64_t stat_of(int n, size_t offset)
{
	mqs_mesh_stats stats;
	uint64_t value;
	mqs_mesh_get_stats(t.workers[n].mesh, &stats);
	memcpy(&value, (char *)&stats + offset, sizeof(value));
	return value;
}

#define STAT(n, name) stat_of(n, offsetof(mqs_mesh_stats, name))

/* A directory of the town's own, and a clock. */
__attribute__((unused)) static void found_town(void)
{
	memset(&t, 0, sizeof(t));
	t.now_ms = 1000000;
	snprintf(t.base, sizeof(t.base), "/tmp/mqs-mesh-XXXXXX");
	CHECK(mkdtemp(t.base) != NULL);
	snprintf(t.directory, sizeof(t.directory), "%s/mesh", t.base);
}

__attribute__((unused)) static void build(int workers)
{
	found_town();
	for (int n = 0; n < workers; n++) {
		join(n);
	}
	run();
	for (int n = 0; n < workers; n++) {
		CHECK_EQ(peers(n), workers - 1);
		CHECK(mqs_mesh_settled(t.workers[n].mesh));
	}
}

/* Names in the directory. */
__attribute__((unused)) static int names(const char *directory)
{
	DIR *open = opendir(directory);
	const struct dirent *entry;
	int count = 0;
	while (open && (entry = readdir(open)) != NULL) {
		count += entry->d_name[0] != '.' ? 1 : 0;
	}
	if (open) {
		closedir(open);
	}
	return open ? count : -1;
}

__attribute__((unused)) static void tear_down(void)
{
	for (int n = 0; n < TOWN_WORKERS; n++) {
		if (t.workers[n].broker) {
			leave_town(n);
			run();
		}
	}
	for (test_client *c = t.clients; c < t.clients + TOWN_CLIENTS; c++) {
		forget_heard(c);
	}
	CHECK_EQ(names(t.directory), -1);
	CHECK_EQ(rmdir(t.base), 0);
}

/* ---- speaking ------------------------------------------------------------------------------------------------ */

/* Without letting the loop turn. */
__attribute__((unused)) static void whisper(int n, const char *words)
{
	test_client *c = &t.clients[n];
	mqs_buffer out;
	mqs_buffer_init(&out, &words_alloc, 5 + MQTT_VARINT_MAX);
	if (CHECK(c->conn != NULL) && CHECK(packet_of_words(words, &c->level, &out))) {
		mqs_conn_receive(c->conn, mqs_buffer_view(&out), t.now_ms);
		serve_clients(c->home);
	}
	mqs_buffer_clear(&out);
}

__attribute__((format(printf, 2, 3), unused)) static void say(int n, const char *format, ...)
{
	char words[2048];
	va_list args;
	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	whisper(n, words);
	run();
}

/* Client n calls worker w. */
__attribute__((unused)) static void call(int w, int n)
{
	t.clients[n].home = &t.workers[w];
	CHECK(client_call(&t.clients[n], t.workers[w].broker, true, t.now_ms));
}

__attribute__((unused)) static void town_come(int w, int n, const char *words, const char *file, int line)
{
	call(w, n);
	whisper(n, words);
	client_is_in(&t.clients[n], file, line);
	run();
}

#define come(w, n, words) town_come(w, n, words, __FILE__, __LINE__)

__attribute__((unused)) static void hang_up(int n)
{
	if (t.clients[n].conn) {
		town_worker *worker = t.clients[n].home;
		client_end(&t.clients[n], t.now_ms);
		serve_clients(worker);
		run();
	}
}

/* ---- judging ------------------------------------------------------------------------------------------------- */

/* What client n heard since the last time. */
#define hear(n, ...)    client_heard(&t.clients[n], (const char *const[]){__VA_ARGS__, NULL}, __FILE__, __LINE__)
#define hear_nothing(n) client_heard(&t.clients[n], (const char *const[]){NULL}, __FILE__, __LINE__)

/* Client n at worker w, with one subscription. */
#define subscriber(w, n, id, filter, qos)                                                                              \
	do {                                                                                                               \
		come(w, n, "CONNECT v5 clean id=" id);                                                                         \
		say(n, "SUBSCRIBE id=1 f=%s q=%d", filter, qos);                                                               \
		forget_heard(&t.clients[n]);                                                                                   \
	} while (0)

#endif
