/* SPDX-License-Identifier: MIT
 *
 * tests/unit/cluster/loss_test.c - members that die, fall silent, do not read or speak nonsense; sockets that vanish;
 * memory that runs out.
 */
#include "town.h"

/* ---- members that are gone ------------------------------------------------------------------------------------ */

static void test_kill(void)
{
	build(3);
	subscriber(0, 1, "a", "x", 1);
	come(1, 2, "CONNECT v5 clean id=b");
	t.workers[0].frozen = true;
	say(2, "PUBLISH q=1 id=1 t=x p=m");
	hear_nothing(2);
	CHECK_EQ(STAT(1, unanswered), 1);
	kill_worker(0);
	run();
	hear(2, "PUBACK id=1 rc=10");
	CHECK_EQ(peers(1), 1);
	CHECK_EQ(peers(2), 1);
	CHECK_EQ(STAT(1, links_lost), 1);
	/* It comes again, with a new socket; the old one goes when somebody looks. */
	CHECK_EQ(names(t.directory), 3);
	join(0);
	run();
	CHECK_EQ(names(t.directory), 3);
	CHECK_EQ(peers(0), 2);
	CHECK_EQ(peers(1), 2);
	CHECK(mqs_mesh_settled(t.workers[0].mesh));
	subscriber(0, 3, "a", "x", 1);
	say(2, "PUBLISH q=1 id=2 t=x p=m");
	hear(3, "PUBLISH q=1 id=1 t=x p=m");
	hear(2, "PUBACK id=2");
	tear_down();
}

/* Silent for three heart-beats: given up. When its loop turns again, all is as before, without anybody's help. */
static void test_silent(void)
{
	build(3);
	subscriber(0, 1, "a", "x", 1);
	come(1, 2, "CONNECT v5 clean id=b");
	pass(60000);
	CHECK_EQ(peers(1), 2);
	CHECK_EQ(STAT(1, links_opened), 2);
	t.workers[0].frozen = true;
	pass(10000);
	CHECK_EQ(peers(1), 2);
	say(2, "PUBLISH q=1 id=1 t=x p=m");
	pass(4900);
	CHECK_EQ(STAT(1, links_silent), 0);
	pass(2000);
	CHECK_EQ(peers(1), 1);
	CHECK_EQ(peers(2), 1);
	CHECK_EQ(STAT(1, links_silent), 1);
	CHECK_EQ(STAT(2, links_silent), 1);
	hear(2, "PUBACK id=1 rc=97"); /* it may have got it, or not */
	/* Its socket is still there and takes connections, which fall silent too. */
	pass(60000);
	CHECK_EQ(peers(1), 1);
	CHECK(!mqs_mesh_settled(t.workers[1].mesh));
	t.workers[0].frozen = false;
	pass(10000);
	for (int n = 0; n < 3; n++) {
		CHECK_EQ(peers(n), 2);
		CHECK(mqs_mesh_settled(t.workers[n].mesh));
	}
	forget_heard(&t.clients[1]);
	say(2, "PUBLISH q=1 id=2 t=x p=again");
	hear(1, "PUBLISH q=1 id=2 t=x p=again");
	hear(2, "PUBACK id=2");
	pass(60000);
	CHECK_EQ(peers(0), 2);
	tear_down();
}

/* A guest has no socket: nobody looks for it while it is away. When it comes back it finds them by itself. */
static void test_guest(void)
{
	build(2);
	subscriber(0, 1, "a", "x", 1);
	t.workers[2].config.guest = true;
	join(2);
	run();
	CHECK_EQ(names(t.directory), 2);
	CHECK_EQ(peers(2), 2);
	come(2, 2, "CONNECT v5 clean id=b");
	say(2, "PUBLISH q=1 id=1 t=x p=1");
	hear(1, "PUBLISH q=1 id=1 t=x p=1");
	hear(2, "PUBACK id=1");
	uint64_t opened = STAT(0, links_opened);
	t.workers[2].frozen = true;
	pass(60000);
	CHECK_EQ(STAT(0, links_silent), 1);
	CHECK_EQ(STAT(0, links_opened), opened);
	CHECK_EQ(peers(0), 1);
	CHECK(mqs_mesh_settled(t.workers[0].mesh));
	t.workers[2].frozen = false;
	mqs_mesh_poll(t.workers[2].mesh, t.now_ms);
	CHECK(!mqs_mesh_settled(t.workers[2].mesh)); /* so who publishes waits */
	run();
	CHECK_EQ(peers(2), 2);
	say(2, "PUBLISH q=1 id=2 t=x p=2");
	hear(1, "PUBLISH q=1 id=2 t=x p=2");
	hear(2, "PUBACK id=2");
	CHECK_EQ(names(t.directory), 2);
	tear_down();
}

/* One that was away itself finds everybody silent: it listens before it judges. */
static void test_away(void)
{
	build(2);
	t.workers[0].frozen = true;
	pass(14000);
	t.workers[0].frozen = false;
	t.now_ms += 800;
	mqs_mesh_tick(t.workers[0].mesh, t.now_ms);
	run();
	CHECK_EQ(peers(0), 1);
	CHECK_EQ(STAT(0, links_silent) + STAT(1, links_silent), 0);
	tear_down();
}

/* ---- answers that do not come --------------------------------------------------------------------------------- */

static void test_no_answer(void)
{
	found_town();
	t.workers[1].config.answer_timeout_ms = 3000;
	join(0);
	join(1);
	run();
	subscriber(0, 1, "a", "x", 1);
	come(1, 2, "CONNECT v5 clean id=b");
	/* Idle for a while: the time of a message is that when it was given, not that of the call before. */
	t.now_ms += 4000;
	t.workers[0].frozen = true;
	say(2, "PUBLISH q=1 id=1 t=x p=1");
	pass(2000);
	say(2, "PUBLISH q=1 id=2 t=x p=2");
	pass(900);
	hear_nothing(2);
	pass(1200);
	hear(2, "PUBACK id=1 rc=97");
	pass(2000);
	hear(2, "PUBACK id=2 rc=97");
	CHECK_EQ(STAT(1, answers_timed_out), 2);
	CHECK_EQ(STAT(1, unanswered), 0);
	t.workers[0].frozen = false;
	run();
	hear(1, "PUBLISH q=1 id=1 t=x p=1", "PUBLISH q=1 id=2 t=x p=2");
	hear_nothing(2);
	say(2, "PUBLISH q=1 id=3 t=x p=3");
	hear(2, "PUBACK id=3");
	CHECK_EQ(peers(1), 1);
	tear_down();
}

/* The answer is there, but we were away when it came: it is read before its message is given up. */
static void test_answer_unread(void)
{
	build(2);
	subscriber(0, 1, "a", "x", 1);
	come(1, 2, "CONNECT v5 clean id=b");
	t.workers[0].frozen = true;
	whisper(2, "PUBLISH q=1 id=1 t=x p=1");
	pass(1000);
	t.workers[0].frozen = false;
	t.workers[1].frozen = true;
	pass(12000);
	mqs_mesh_tick(t.workers[1].mesh, t.now_ms);
	t.workers[1].frozen = false;
	run();
	hear(2, "PUBACK id=1");
	CHECK_EQ(STAT(1, answers_timed_out), 0);
	tear_down();
}

/* Half of what waits has timed out when the answers come. */
static void test_some_answers(void)
{
	found_town();
	t.workers[1].config.answer_timeout_ms = 3000;
	join(0);
	join(1);
	run();
	subscriber(0, 1, "a", "x", 1);
	come(1, 2, "CONNECT v5 clean id=b");
	t.workers[0].frozen = true;
	for (int i = 1; i <= 100; i++) {
		char line[64];
		snprintf(line, sizeof(line), "PUBLISH q=1 id=%d t=x p=m", i);
		whisper(2, line);
		if (i == 50) {
			pass(2500);
		}
	}
	pass(1500);
	CHECK_EQ(t.clients[2].count, 50);
	t.workers[0].frozen = false;
	run();
	CHECK_EQ(t.clients[2].count, 100);
	for (int i = 1; i <= 100; i++) {
		char line[64];
		snprintf(line, sizeof(line), "PUBACK id=%d%s", i, i <= 50 ? " rc=97" : "");
		CHECK(strcmp(t.clients[2].heard[i - 1], line) == 0);
	}
	CHECK_EQ(t.clients[1].count, 100);
	CHECK_EQ(STAT(1, unanswered), 0);
	tear_down();
}

/* ---- links that are full -------------------------------------------------------------------------------------- */

static void test_full(void)
{
	found_town();
	t.workers[1].config.max_link_bytes = 1; /* the least there is: 256 KiB */
	join(0);
	join(1);
	run();
	subscriber(0, 1, "a", "x", 1);
	come(1, 2, "CONNECT v5 clean id=b");
	t.workers[0].frozen = true;
	int count = 0;
	while (STAT(1, messages_refused) == 0 && CHECK(++count < 1000)) {
		whisper(2, "PUBLISH t=x p=#10000");
	}
	CHECK(STAT(1, waiting_bytes) <= 262144);
	CHECK(STAT(1, waiting_bytes) > 262144 - 11000);
	CHECK_EQ(mqs_broker_get_stats(t.workers[1].broker)->dropped_peer_full, 1);
	whisper(2, "PUBLISH q=1 id=1 t=x p=#10000");
	hear(2, "PUBACK id=1 rc=97");
	whisper(2, "PUBLISH q=1 id=2 t=x p=little");
	hear_nothing(2);
	t.workers[0].frozen = false;
	run();
	hear(2, "PUBACK id=2");
	CHECK_EQ(t.clients[1].count, count);
	CHECK_EQ(STAT(1, waiting_bytes), 0);
	CHECK_EQ(peers(1), 1);
	forget_heard(&t.clients[1]);
	/* A message that is longer than the link may hold never gets through. */
	say(2, "PUBLISH q=1 id=3 t=x p=#262144");
	hear(2, "PUBACK id=3 rc=97");
	say(2, "PUBLISH q=1 id=4 t=x p=#262000");
	hear(1, "PUBLISH q=1 id=2 t=x p=#262000");
	hear(2, "PUBACK id=4");
	tear_down();
}

/* The other takes less than we would send: it is not sent what it would close the link for. */
static void test_other_limit(void)
{
	found_town();
	t.workers[0].config.max_link_bytes = 1;
	join(0);
	join(1);
	run();
	subscriber(0, 1, "a", "x", 1);
	come(1, 2, "CONNECT v5 clean id=b");
	say(2, "PUBLISH q=1 id=1 t=x p=#300000");
	hear(2, "PUBACK id=1 rc=97");
	say(2, "PUBLISH q=1 id=2 t=x p=#262000");
	hear(1, "PUBLISH q=1 id=1 t=x p=#262000");
	hear(2, "PUBACK id=2");
	CHECK_EQ(STAT(0, links_malformed), 0);
	tear_down();
}

/* Changes are never left out: who does not take them is given up in the end, and gets all of them when it is back. */
static void test_does_not_read(void)
{
	found_town();
	t.workers[1].config.max_link_bytes = 1;
	join(0);
	join(1);
	run();
	come(1, 2, "CONNECT v5 clean id=b");
	t.workers[0].frozen = true;
	int count = 0;
	while (peers(1) == 1 && CHECK(++count < 2000)) {
		char line[1200];
		snprintf(line, sizeof(line), "SUBSCRIBE id=1 f=%d/%01000d q=1", count, 0);
		whisper(2, line);
		forget_heard(&t.clients[2]);
	}
	CHECK(count > 500);
	CHECK_EQ(STAT(1, links_lost), 1);
	CHECK(strstr(t.workers[1].log, "does not read") != NULL);
	t.workers[0].frozen = false;
	pass(10000);
	CHECK_EQ(peers(0), 1);
	CHECK_EQ(peers(1), 1);
	come(0, 1, "CONNECT v5 clean id=a");
	say(1, "PUBLISH q=1 id=1 t=%d/%01000d p=m", count, 0);
	hear(1, "PUBACK id=1");
	CHECK_EQ(t.clients[2].count, 1);
	tear_down();
}

/* ---- two connections ------------------------------------------------------------------------------------------ */

/* Both find each other's socket before either has answered. Their numbers are random: often enough for both orders. */
static void test_at_the_same_time(void)
{
	for (int round = 0; round < 12; round++) {
		found_town();
		join(0);
		join(1);                    /* connects to worker 0, which does not hear it yet */
		t.workers[0].frozen = true; /* but: */
		t.now_ms += 10000;
		mqs_mesh_tick(t.workers[0].mesh, t.now_ms); /* connects to worker 1 */
		CHECK_EQ(STAT(0, links_opened), 1);
		t.workers[0].frozen = round & 1;
		run();
		t.workers[0].frozen = false;
		run();
		pass(1000);
		CHECK_EQ(peers(0), 1);
		CHECK_EQ(peers(1), 1);
		CHECK_EQ(STAT(0, links), 1);
		CHECK_EQ(STAT(1, links), 1);
		CHECK_EQ(STAT(0, links_lost) + STAT(1, links_lost), 0);
		subscriber(0, 1, "a", "x", 1);
		come(1, 2, "CONNECT v5 clean id=b");
		say(2, "PUBLISH q=1 id=1 t=x p=m");
		hear(1, "PUBLISH q=1 id=1 t=x p=m");
		hear(2, "PUBACK id=1");
		tear_down();
	}
}

/* ---- somebody else at the socket ------------------------------------------------------------------------------ */

/* A connection to the only socket in the directory. */
static int intrude(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	DIR *open = opendir(t.directory);
	const struct dirent *entry;
	while (open && (entry = readdir(open)) != NULL) {
		if (entry->d_name[0] != '.') {
			snprintf(address.sun_path, sizeof(address.sun_path), "%.60s/%.45s", t.directory, entry->d_name);
		}
	}
	closedir(open);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	return fd;
}

/* Hex digits and blanks, then the loop turns. `cut` bytes at a time; 0: all at once. */
static void send_hex(int fd, const char *hex, size_t cut)
{
	uint8_t bytes[512];
	size_t count = 0;
	unsigned value;
	int used;
	while (sscanf(hex, " %2x%n", &value, &used) == 1) {
		bytes[count++] = (uint8_t)value;
		hex += used;
	}
	for (size_t at = 0; at < count; at += cut ? cut : count) {
		size_t len = cut && cut < count - at ? cut : count - at;
		ssize_t sent = send(fd, bytes + at, len, MSG_NOSIGNAL);
		CHECK(sent == (ssize_t)len || sent < 0);
		run();
	}
}

#define HELLO   "0000001e 01 4d51534d 01 0000000000000007 0000000000000009 00040000 00000000 "
#define SYNCED  "00000001 02 "
#define WANTS_X "00000006 03 00000001 78 "
#define TO_X    "0000000e 04 09 0001 78 0000 00000000 6869 6a"
#define GOODBYE "00000001 09 "

/* Did the worker close it? Reads what it had said before. */
static bool is_closed(int fd)
{
	char bytes[4096];
	ssize_t count;
	while ((count = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
	}
	return count == 0;
}

static void test_stranger(void)
{
	static const struct {
		const char *name, *hex;
	} rows[] = {
	    {"no frame at all", "474554202f20485454502f312e310d0a0d0a"},
	    {"a message before HELLO", TO_X},
	    {"PING before HELLO", "00000001 08"},
	    {"a first frame that is too long", "00000100 01"},
	    {"HELLO of another version", "0000001e 01 4d51534d 02 0000000000000007 0000000000000009 00040000 00000000"},
	    {"HELLO twice", HELLO HELLO},
	    {"a frame of length 0", HELLO "00000000 01"},
	    {"an unknown type", HELLO "00000001 0b"},
	    {"a frame that is longer than a link may hold", HELLO "01000001 04"},
	    {"a frame of 4 GiB", HELLO "ffffffff 04"},
	    {"a filter that is none", HELLO "00000007 03 00000001 2323"},
	    {"an answer that nobody waits for", HELLO "0000000a 05 0000000000000001 00"},
	    {"answer number 0", HELLO "0000000a 05 0000000000000000 00"},
	    {"a message with QoS 3", HELLO "0000000a 04 03 0001 78 0000 00000000"},
	    {"good frames before a bad one", HELLO SYNCED WANTS_X TO_X "00000002 08 00"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t cut = 0; cut < 4; cut++) {
			test_case("stranger: %s, cut %zu", rows[i].name, cut);
			build(1);
			subscriber(0, 1, "a", "x", 0);
			int fd = intrude();
			send_hex(fd, rows[i].hex, cut);
			CHECK(is_closed(fd));
			close(fd);
			run();
			CHECK_EQ(STAT(0, links), 0);
			CHECK_EQ(STAT(0, links_malformed), 1);
			CHECK_EQ(mqs_broker_get_stats(t.workers[0].broker)->peers, 0);
			say(1, "PUBLISH t=x p=still");
			CHECK(t.clients[1].count > 0);
			tear_down();
		}
	}
}

/* Bytes that a member could say, in all pieces, and then its end in the middle of a frame. */
static void test_pieces(void)
{
	for (size_t cut = 0; cut < 20; cut++) {
		test_case("pieces of %zu", cut);
		build(1);
		subscriber(0, 1, "a", "x", 1);
		int fd = intrude();
		send_hex(fd, HELLO SYNCED WANTS_X TO_X TO_X, cut);
		CHECK_EQ(peers(0), 1);
		hear(1, "PUBLISH q=1 id=1 t=x p=hij", "PUBLISH q=1 id=2 t=x p=hij");
		say(1, "PUBLISH q=1 id=1 t=x p=m");
		hear(1, "PUBLISH q=1 id=3 t=x p=m");
		send_hex(fd, "0000000a 05 0000000000000001 00", cut);
		hear(1, "PUBACK id=1");
		send_hex(fd, "0000000e 04 09 0001 78 0000", cut);
		close(fd);
		run();
		CHECK_EQ(peers(0), 0);
		CHECK_EQ(STAT(0, links_lost), 1);
		hear_nothing(1);
		tear_down();
	}
}

/* A worker that has restarted under the same number of a broken one, or connects twice: the newer connection counts. */
static void test_twice(void)
{
	build(1);
	come(0, 1, "CONNECT v5 clean id=a");
	int first = intrude();
	send_hex(first, HELLO SYNCED WANTS_X, 0);
	int second = intrude();
	send_hex(second, HELLO SYNCED WANTS_X, 0);
	CHECK(is_closed(first));
	CHECK(!is_closed(second));
	CHECK_EQ(peers(0), 1);
	CHECK_EQ(mqs_broker_get_stats(t.workers[0].broker)->peers, 1);
	send_hex(second, GOODBYE, 0);
	CHECK(is_closed(second));
	CHECK_EQ(STAT(0, links_lost), 0);
	say(1, "PUBLISH q=1 id=1 t=x p=m");
	hear(1, "PUBACK id=1 rc=10");
	close(first);
	close(second);
	tear_down();
}

/* Who connects and says nothing is closed; so many of them that no more are taken; members still get in later. */
static void test_silent_strangers(void)
{
	static int fds[MQS_PEERS_MAX + 80];
	build(1);
	t.workers[0].deaf = true; /* more descriptors than the town's loop has places for */
	int count = 0;
	for (; count < 330; count++) {
		fds[count] = intrude();
		mqs_mesh_poll(t.workers[0].mesh, t.now_ms);
	}
	CHECK(STAT(0, links) < 330);
	CHECK(strstr(t.workers[0].log, "too many") != NULL);
	pass(20000);
	CHECK_EQ(STAT(0, links), 0);
	while (count > 0) {
		close(fds[--count]);
	}
	join(1);
	pass(1000);
	CHECK_EQ(peers(0), 1);
	CHECK_EQ(peers(1), 1);
	tear_down();
}

/* ---- the directory -------------------------------------------------------------------------------------------- */

static void test_bad_directories(void)
{
	char error[256], path[200];
	found_town();
	town_worker *worker = &t.workers[0];
	make_broker(worker);
	mqs_mesh_reactor reactor = {worker, town_watch, town_log};
	mqs_mesh_config config = {.id = 1};
	const struct {
		const char *name, *expected;
		int mode; /* made with it; 0: not made; -1: a file */
	} rows[] = {
	    {"missing/mesh", "cannot be made", 0},
	    {"file", "is no directory", -1},
	    {"open", "can be written by other users", 0777},
	    {"group", "can be written by other users", 0770},
	    {"a-name-that-is-so-long-that-no-socket-has-room-behind-it-in-an-address", "too long", 0700},
	    {"a-name-that-is-so-long-that-it-has-no-room-at-all-but-is-good-as-a-directory-nevertheless", "too long", 0700},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		test_case("directory %s", rows[i].name);
		snprintf(path, sizeof(path), "%s/%s", t.base, rows[i].name);
		if (rows[i].mode > 0) {
			CHECK(mkdir(path, 0700) == 0 && chmod(path, (mode_t)rows[i].mode) == 0);
		} else if (rows[i].mode < 0) {
			FILE *file = fopen(path, "w");
			CHECK(file && fclose(file) == 0);
		}
		config.directory = path;
		error[0] = '\0';
		CHECK_EQ(mqs_mesh_join(&worker->memory.alloc, worker->broker, &config, &reactor, t.now_ms, &worker->mesh, error,
		             sizeof(error)),
		    MQS_ERR_INVALID);
		if (!CHECK(strstr(error, rows[i].expected) != NULL)) {
			printf("  %s\n", error);
		}
		if (rows[i].mode) {
			CHECK_EQ(remove(path), 0);
		}
	}
	test_case("directory of another user");
	config.directory = "/";
	if (geteuid() == 0) {
		config.directory = t.directory;
		CHECK(mkdir(t.directory, 0700) == 0 && chown(t.directory, 12345, (gid_t)-1) == 0);
	}
	CHECK_EQ(mqs_mesh_join(&worker->memory.alloc, worker->broker, &config, &reactor, t.now_ms, &worker->mesh, error,
	             sizeof(error)),
	    MQS_ERR_INVALID);
	CHECK(strstr(error, "belongs to another user") != NULL);
	if (geteuid() == 0) {
		CHECK_EQ(rmdir(t.directory), 0);
	}
	test_case("no directory");
	config.directory = NULL;
	CHECK_EQ(mqs_mesh_join(&worker->memory.alloc, worker->broker, &config, &reactor, t.now_ms, &worker->mesh, error,
	             sizeof(error)),
	    MQS_ERR_INVALID);
	end_worker(worker);
	tear_down();
}

/* Somebody cleans up: the socket, and the whole directory. Members that know each other do not care, newcomers are
 * found again. */
static void test_swept(void)
{
	char path[200];
	build(2);
	for (int whole = 0; whole < 2; whole++) {
		DIR *open = opendir(t.directory);
		const struct dirent *entry;
		while (open && (entry = readdir(open)) != NULL) {
			if (entry->d_name[0] != '.') {
				snprintf(path, sizeof(path), "%.60s/%.60s", t.directory, entry->d_name);
				CHECK_EQ(unlink(path), 0);
			}
		}
		closedir(open);
		if (whole) {
			CHECK_EQ(rmdir(t.directory), 0);
		}
		pass(6000);
		CHECK_EQ(names(t.directory), 2 + whole);
		join(2 + whole);
		run();
		CHECK_EQ(peers(0), 2 + whole);
		CHECK_EQ(peers(2 + whole), 2 + whole);
	}
	tear_down();
}

/* Other files in the directory are nobody's business. */
static void test_other_names(void)
{
	static const char *const others[] = {"README", "1-0123456789abcdef.sock.bak", "-0123456789abcdef.sock",
	    "1-0123456789abcdeg.sock", "1-0123456789abcde.sock", "1_0123456789abcdef.sock", "1-0000000000000000.sock",
	    "1-0123456789abcdef.sick"};
	char path[200];
	build(1);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", t.directory, others[i]);
		FILE *file = fopen(path, "w");
		CHECK(file && fclose(file) == 0);
	}
	join(1);
	pass(10000);
	CHECK_EQ(peers(0), 1);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", t.directory, others[i]);
		CHECK_EQ(unlink(path), 0);
	}
	tear_down();
}

/* ---- homes that cannot watch ---------------------------------------------------------------------------------- */

static void test_not_watched(void)
{
	for (int variant = 0; variant < 2; variant++) {
		found_town();
		t.workers[0].deaf = t.workers[1].deaf = true;
		join(0);
		join(1);
		CHECK_EQ(t.workers[0].warnings, 1);
		if (variant == 0) {
			pass(500);
		} else {
			for (int i = 0; i < 4; i++) {
				mqs_mesh_poll(t.workers[i & 1].mesh, t.now_ms);
			}
		}
		CHECK_EQ(peers(0), 1);
		CHECK_EQ(peers(1), 1);
		subscriber(0, 1, "a", "x", 1);
		come(1, 2, "CONNECT v5 clean id=b");
		for (int i = 0; i < 2; i++) {
			mqs_mesh_poll(t.workers[1].mesh, t.now_ms);
		}
		say(2, "PUBLISH q=1 id=1 t=x p=m");
		if (variant == 0) {
			pass(500);
		} else {
			mqs_mesh_poll(t.workers[0].mesh, t.now_ms);
			serve_clients(&t.workers[0]);
			mqs_mesh_poll(t.workers[1].mesh, t.now_ms);
			serve_clients(&t.workers[1]);
		}
		hear(1, "PUBLISH q=1 id=1 t=x p=m");
		hear(2, "PUBACK id=1");
		tear_down();
	}
}

/* ---- memory that runs out ------------------------------------------------------------------------------------- */

/* Call number n of worker 1's memory fails, for each n: nothing breaks and nothing is left, and when memory is there
 * again the two find each other. */
static void test_no_memory(void)
{
	char error[256];
	long calls = 0;
	for (long at = 1; at == 1 || at <= calls; at++) {
		test_case("memory fails at %ld", at);
		found_town();
		join(0);
		subscriber(0, 1, "a", "x", 1);
		make_broker(&t.workers[1]);
		town_worker *worker = &t.workers[1];
		long before = worker->memory.calls;
		worker->memory.fail_at = before + at;
		mqs_result result = join_mesh(worker, error, sizeof(error));
		CHECK(result == MQS_OK || result == MQS_ERR_NOMEM);
		if (result == MQS_OK) {
			run();
			mqs_publish message = {.qos = 1, .topic = MQS_BYTES_LITERAL("x"), .payload = MQS_BYTES_LITERAL("m")};
			mqs_broker_publish(worker->broker, &message, t.now_ms, NULL);
			say(1, "SUBSCRIBE id=1 f=$share/g/y/%01000d q=1", 0);
			calls = at == 1 ? 1000 : calls;
			if (worker->memory.calls < before + at) {
				calls = 0; /* it did not get so far: all were tried */
			}
			worker->memory.fail_at = 0;
			pass(6000);
			CHECK_EQ(peers(1), 1);
			CHECK_EQ(peers(0), 1);
		} else {
			calls = at == 1 ? 1000 : calls;
			worker->memory.fail_at = 0;
			end_worker(worker);
		}
		tear_down();
	}
}

/* ---- after a fork --------------------------------------------------------------------------------------------- */

/* Abandoning says nothing to anybody. die_test.c shows that the parent goes on with its connections. */
static void test_abandon(void)
{
	build(2);
	mqs_mesh_abandon(NULL);
	mqs_mesh_leave(NULL, t.now_ms);
	CHECK_EQ(STAT(0, bytes_in) > 0, true);
	kill_worker(1);
	CHECK_EQ(names(t.directory), 2);
	pass(5000);
	CHECK_EQ(names(t.directory), 1);
	tear_down();
}

TEST_MAIN(TEST_ENTRY(test_kill), TEST_ENTRY(test_silent), TEST_ENTRY(test_guest), TEST_ENTRY(test_away),
    TEST_ENTRY(test_no_answer), TEST_ENTRY(test_answer_unread), TEST_ENTRY(test_some_answers), TEST_ENTRY(test_full),
    TEST_ENTRY(test_other_limit), TEST_ENTRY(test_does_not_read), TEST_ENTRY(test_at_the_same_time),
    TEST_ENTRY(test_stranger), TEST_ENTRY(test_pieces), TEST_ENTRY(test_twice), TEST_ENTRY(test_silent_strangers),
    TEST_ENTRY(test_bad_directories), TEST_ENTRY(test_swept), TEST_ENTRY(test_other_names),
    TEST_ENTRY(test_not_watched), TEST_ENTRY(test_no_memory), TEST_ENTRY(test_abandon))
