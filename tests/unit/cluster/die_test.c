/* SPDX-License-Identifier: MIT
 *
 * tests/unit/cluster/die_test.c - workers that are processes: forked from one that is a member already, killed without
 * a warning, followed by others. This process is worker 0 with the client that publishes; each child has a client that
 * tells by a pipe what it hears. The clock is the real one; every wait ends.
 */
#include "town.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define CHILDREN 3
#define WAITS    1500 /* of 10 ms */

typedef struct child {
	pid_t pid;
	int stop;  /* closed: it is to leave */
	int heard; /* a byte for each message, its payload */
} child;

static child children[CHILDREN];

static int64_t clock_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* One turn of worker n's loop. */
static void live(int n, int wait_ms)
{
	town_worker *worker = &t.workers[n];
	turn(worker, wait_ms);
	t.now_ms = clock_ms();
	mqs_broker_tick(worker->broker, t.now_ms);
	if (mqs_mesh_next_deadline(worker->mesh) <= t.now_ms) {
		mqs_mesh_tick(worker->mesh, t.now_ms);
	}
	serve_clients(worker);
}

/* Does it become so? */
#define WAIT_FOR(condition)                                                                                            \
	do {                                                                                                               \
		int waits = 0;                                                                                                 \
		while (!(condition) && waits++ < WAITS) {                                                                      \
			live(0, 10);                                                                                               \
		}                                                                                                              \
		CHECK(condition);                                                                                              \
	} while (0)

/* ---- a child -------------------------------------------------------------------------------------------------- */

static void tell_heard(int pipe)
{
	test_client *c = &t.clients[11];
	for (size_t i = 0; i < c->count; i++) {
		const char *payload = strstr(c->heard[i], " p=");
		if (payload) {
			CHECK_EQ(write(pipe, payload + 3, 1), 1);
		}
		unsigned id;
		if (sscanf(c->heard[i], "PUBLISH q=1 id=%u", &id) == 1) {
			char line[32];
			snprintf(line, sizeof(line), "PUBACK id=%u", id);
			whisper(11, line);
		}
	}
	forget_heard(c);
}

_Noreturn static void be_child(int index, int stop, int heard)
{
	char words[64];
	test_state.broken = 0;
	kill_worker(0); /* the parent's: its copies here are given up */
	forget_heard(&t.clients[1]);
	join(1);
	snprintf(words, sizeof(words), "CONNECT v5 clean id=child%d", index);
	call(1, 11);
	whisper(11, words);
	whisper(11, "SUBSCRIBE id=1 f=x/# q=1");
	struct pollfd stopped = {stop, POLLIN, 0};
	while (poll(&stopped, 1, 0) == 0) {
		live(1, 10);
		tell_heard(heard);
	}
	leave_town(1);
	forget_heard(&t.clients[11]);
	_exit(test_state.broken ? 1 : 0);
}

static void start_child(int index)
{
	int stop[2], heard[2];
	CHECK(pipe(stop) == 0 && pipe(heard) == 0);
	fflush(stdout);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		close(stop[1]);
		close(heard[0]);
		/* The other children end when the parent says so, whoever else holds the pipe. */
		for (int i = 0; i < CHILDREN; i++) {
			if (i != index && children[i].pid) {
				close(children[i].stop);
			}
		}
		be_child(index, stop[0], heard[1]);
	}
	close(stop[0]);
	close(heard[1]);
	children[index] = (child){pid, stop[1], heard[0]};
}

/* Waits for its end; what it told last can still be read. */
static int end_of(int index)
{
	int status = -1;
	child *c = &children[index];
	close(c->stop);
	int waits = 0;
	while (waitpid(c->pid, &status, WNOHANG) == 0 && CHECK(waits++ < WAITS)) {
		live(0, 10);
	}
	c->pid = 0;
	return status;
}

static void kill_child(int index)
{
	CHECK_EQ(kill(children[index].pid, SIGKILL), 0);
	int status = end_of(index);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(children[index].heard);
}

/* How often child told `what` until now. Everything it told is taken. */
static int told(int index, char what)
{
	int count = 0;
	char byte;
	struct pollfd readable = {children[index].heard, POLLIN, 0};
	while (poll(&readable, 1, 0) > 0 && read(children[index].heard, &byte, 1) == 1) {
		count += byte == what ? 1 : 0;
	}
	return count;
}

/* Until the child, newly come, hears what is published. */
static void wait_for_subscription(int index)
{
	int waits = 0;
	bool heard = false;
	while (!heard && CHECK(waits++ < WAITS)) {
		whisper(1, "PUBLISH t=x/y p=?");
		live(0, 10);
		heard = told(index, '?') > 0;
	}
}

/* ---- tests ---------------------------------------------------------------------------------------------------- */

static void start_parent(void)
{
	found_town();
	memset(children, 0, sizeof(children));
	t.now_ms = clock_ms();
	join(0);
	come(0, 1, "CONNECT v5 clean id=parent ka=0");
}

static void end_all(void)
{
	for (int i = 0; i < CHILDREN; i++) {
		if (children[i].pid) {
			int status = end_of(i);
			CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
			close(children[i].heard);
		}
	}
	WAIT_FOR(peers(0) == 0);
	tear_down();
}

/* Published, acknowledged, and heard once by each that lives. */
static void publish_to_all(char what)
{
	int counts[CHILDREN] = {0};
	char line[64];
	forget_heard(&t.clients[1]);
	for (int i = 0; i < CHILDREN; i++) {
		if (children[i].pid) {
			wait_for_subscription(i);
		}
	}
	snprintf(line, sizeof(line), "PUBLISH q=1 id=1 t=x/y p=%c", what);
	whisper(1, line);
	WAIT_FOR(t.clients[1].count == 1);
	hear(1, "PUBACK id=1");
	for (int i = 0; i < CHILDREN; i++) {
		if (children[i].pid) {
			WAIT_FOR((counts[i] += told(i, what)) > 0);
			CHECK_EQ(counts[i], 1);
		}
	}
}

static void test_killed(void)
{
	start_parent();
	for (int i = 0; i < CHILDREN; i++) {
		start_child(i);
	}
	WAIT_FOR(peers(0) == CHILDREN);
	publish_to_all('a');
	for (int round = 0; round < 4; round++) {
		int index = round % CHILDREN;
		kill_child(index);
		WAIT_FOR(peers(0) == CHILDREN - 1);
		publish_to_all((char)('b' + round));
		start_child(index);
		WAIT_FOR(peers(0) == CHILDREN);
		publish_to_all((char)('k' + round));
		/* The newcomer has removed the dead one's socket. */
		CHECK_EQ(names(t.directory), CHILDREN + 1);
	}
	CHECK_EQ(STAT(0, links_lost), 4);
	CHECK_EQ(STAT(0, links_malformed), 0);
	end_all();
}

/* Killed in the middle: every message is acknowledged, and the other child misses none. */
static void test_killed_in_traffic(void)
{
	start_parent();
	start_child(0);
	start_child(1);
	WAIT_FOR(peers(0) == 2);
	publish_to_all('a');
	int heard = 0;
	for (int i = 1; i <= 300; i++) {
		char line[64];
		snprintf(line, sizeof(line), "PUBLISH q=1 id=%d t=x/y p=m", i);
		whisper(1, line);
		if (i == 150) {
			CHECK_EQ(kill(children[0].pid, SIGKILL), 0);
		}
		if (i % 50 == 0) {
			live(0, 0);
		}
	}
	WAIT_FOR(t.clients[1].count == 300);
	WAIT_FOR((heard += told(1, 'm')) == 300);
	for (size_t i = 0; i < t.clients[1].count; i++) {
		char line[32];
		snprintf(line, sizeof(line), "PUBACK id=%zu", i + 1);
		CHECK(strcmp(t.clients[1].heard[i], line) == 0);
	}
	end_of(0);
	close(children[0].heard);
	/* The loss makes the others look, and so the dead one's socket goes. */
	WAIT_FOR(names(t.directory) == 2);
	end_all();
}

TEST_MAIN(TEST_ENTRY(test_killed), TEST_ENTRY(test_killed_in_traffic))
