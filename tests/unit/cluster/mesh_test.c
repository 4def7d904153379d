/* SPDX-License-Identifier: MIT
 *
 * tests/unit/cluster/mesh_test.c - workers that know each other: messages, share groups, claims, commands.
 */
#include "town.h"

/* ---- messages ------------------------------------------------------------------------------------------------ */

static void test_publish(void)
{
	build(2);
	subscriber(0, 1, "a", "x/#", 2);
	come(1, 2, "CONNECT v5 clean id=b");
	say(2, "PUBLISH t=x/y p=zero");
	hear(1, "PUBLISH q=0 t=x/y p=zero");
	hear_nothing(2);
	say(2, "PUBLISH q=1 id=7 t=x/y p=one");
	hear(1, "PUBLISH q=1 id=1 t=x/y p=one");
	hear(2, "PUBACK id=7");
	say(2, "PUBLISH q=2 id=8 t=x/y p=two");
	hear(1, "PUBLISH q=2 id=2 t=x/y p=two");
	hear(2, "PUBREC id=8");
	say(2, "PUBREL id=8");
	hear(2, "PUBCOMP id=8");
	say(2, "PUBLISH q=1 id=9 t=nobody p=one");
	hear(2, "PUBACK id=9 rc=10");
	hear_nothing(1);
	CHECK_EQ(STAT(1, messages_out), 3);
	CHECK_EQ(STAT(0, messages_in), 3);
	CHECK_EQ(STAT(1, unanswered), 0);
	CHECK_EQ(STAT(1, waiting_bytes), 0);
	tear_down();
}

/* Each gets it once: what comes from a member goes to no other member. */
static void test_three_workers(void)
{
	build(3);
	subscriber(0, 1, "a", "x", 1);
	subscriber(1, 2, "b", "x", 1);
	subscriber(2, 3, "c", "+", 0);
	come(0, 4, "CONNECT v5 clean id=d");
	say(4, "PUBLISH q=1 id=1 t=x p=all");
	hear(1, "PUBLISH q=1 id=1 t=x p=all");
	hear(2, "PUBLISH q=1 id=1 t=x p=all");
	hear(3, "PUBLISH q=0 t=x p=all");
	hear(4, "PUBACK id=1");
	CHECK_EQ(STAT(0, messages_out), 2);
	CHECK_EQ(STAT(1, messages_out) + STAT(2, messages_out), 0);
	tear_down();
}

static void test_properties(void)
{
	build(2);
	come(0, 1, "CONNECT v5 clean id=a");
	say(1, "SUBSCRIBE id=1 f=x q=1 rap");
	hear(1, "SUBACK*");
	come(1, 2, "CONNECT v5 clean id=b");
	say(2, "PUBLISH q=1 id=1 r t=x p=#300000 exp=60 ct=text up=k:v up=k:w cd=c rt=back pfi=1");
	test_client *c = &t.clients[1];
	CHECK(c->count == 1 && strstr(c->heard[0], "PUBLISH q=1 r id=1 t=x p=#300000") == c->heard[0]);
	const char *words[] = {" exp=60", " ct=text", " up=k:v up=k:w", " cd=c", " rt=back", " pfi=1"};
	for (size_t i = 0; c->count == 1 && i < sizeof(words) / sizeof(words[0]); i++) {
		CHECK(strstr(c->heard[0], words[i]) != NULL);
	}
	hear(2, "PUBACK id=1");
	tear_down();
}

/* Messages of one turn leave in one write and are answered by one frame. */
static void test_batch(void)
{
	build(2);
	subscriber(0, 1, "a", "x", 1);
	come(1, 2, "CONNECT v5 clean id=b");
	test_client *c = &t.clients[2];
	mqs_buffer out;
	mqs_buffer_init(&out, &words_alloc, 100000);
	for (int id = 1; id <= 200; id++) {
		char line[64];
		snprintf(line, sizeof(line), "PUBLISH q=1 id=%d t=x p=%d", id, id);
		CHECK(packet_of_words(line, &c->level, &out));
	}
	uint64_t writes = STAT(1, writes), answers = STAT(0, writes);
	mqs_conn_receive(c->conn, mqs_buffer_view(&out), t.now_ms);
	serve_clients(c->home);
	CHECK_EQ(STAT(1, writes) - writes, 1);
	run();
	CHECK_EQ(STAT(0, writes) - answers, 1);
	mqs_buffer_clear(&out);
	CHECK_EQ(t.clients[1].count, 200);
	CHECK_EQ(c->count, 200);
	for (size_t i = 0; i < c->count; i++) {
		char line[64];
		snprintf(line, sizeof(line), "PUBACK id=%zu", i + 1);
		CHECK(strcmp(c->heard[i], line) == 0);
	}
	tear_down();
}

/* Answers that differ: those of one batch are told in runs. */
static void test_answers_differ(void)
{
	build(2);
	subscriber(0, 1, "a", "x", 1);
	subscriber(0, 3, "c", "y", 1);
	come(1, 2, "CONNECT v5 clean id=b");
	/* Worker 0 does not know yet that nobody wants y any more when these leave. */
	t.workers[1].frozen = true;
	say(3, "UNSUBSCRIBE id=2 f=y");
	t.workers[1].frozen = false;
	const char *topics[] = {"x", "y", "y", "x", "x", "y"};
	for (int i = 0; i < 6; i++) {
		char line[64];
		snprintf(line, sizeof(line), "PUBLISH q=1 id=%d t=%s p=m", i + 1, topics[i]);
		whisper(2, line);
	}
	run();
	hear(2, "PUBACK id=1", "PUBACK id=2 rc=10", "PUBACK id=3 rc=10", "PUBACK id=4", "PUBACK id=5", "PUBACK id=6 rc=10");
	CHECK_EQ(t.clients[1].count, 3);
	tear_down();
}

/* ---- what members tell ---------------------------------------------------------------------------------------- */

static void test_changes(void)
{
	build(2);
	come(0, 1, "CONNECT v5 clean id=a");
	come(1, 2, "CONNECT v5 clean id=b");
	say(2, "PUBLISH q=1 id=1 t=x p=1");
	hear(2, "PUBACK id=1 rc=10");
	say(1, "SUBSCRIBE id=1 f=x q=1");
	hear(1, "SUBACK*");
	say(2, "PUBLISH q=1 id=2 t=x p=2");
	hear(2, "PUBACK id=2");
	hear(1, "PUBLISH q=1 id=1 t=x p=2");
	say(1, "UNSUBSCRIBE id=2 f=x");
	hear(1, "UNSUBACK*");
	say(2, "PUBLISH q=1 id=3 t=x p=3");
	hear(2, "PUBACK id=3 rc=10");
	say(1, "SUBSCRIBE id=3 f=x q=1");
	hang_up(1);
	say(2, "PUBLISH q=1 id=4 t=x p=4");
	hear(2, "PUBACK id=4 rc=10");
	tear_down();
}

static void test_late(void)
{
	build(1);
	subscriber(0, 1, "a", "x/+", 1);
	come(0, 2, "CONNECT v5 clean id=b");
	say(2, "SUBSCRIBE id=1 f=$share/g/s q=1");
	hear(2, "SUBACK*");
	join(1);
	run();
	CHECK_EQ(peers(0), 1);
	CHECK_EQ(peers(1), 1);
	come(1, 3, "CONNECT v5 clean id=c");
	say(3, "PUBLISH q=1 id=1 t=x/y p=1");
	say(3, "PUBLISH q=1 id=2 t=s p=2");
	hear(3, "PUBACK id=1", "PUBACK id=2");
	hear(1, "PUBLISH q=1 id=1 t=x/y p=1");
	hear(2, "PUBLISH q=1 id=1 t=s p=2");
	subscriber(1, 4, "d", "back", 0);
	say(2, "PUBLISH t=back p=3");
	hear(4, "PUBLISH q=0 t=back p=3");
	tear_down();
}

/* What is there to be told counts against no limit, and a change behind it is neither lost nor turned round. */
static void test_large_snapshot(void)
{
	found_town();
	t.workers[0].config.max_link_bytes = t.workers[1].config.max_link_bytes = 1; /* the least there is: 256 KiB */
	join(0);
	come(0, 1, "CONNECT v5 clean id=a");
	for (int i = 0; i < 1200; i++) {
		char line[1200];
		snprintf(line, sizeof(line), "SUBSCRIBE id=1 f=%d/%01000d q=1", i, 0);
		whisper(1, line);
		forget_heard(&t.clients[1]);
	}
	whisper(1, "SUBSCRIBE id=1 f=first q=1");
	join(1);
	/* The other has connected; it is answered in the middle of these. */
	whisper(1, "UNSUBSCRIBE id=1 f=first");
	turn(&t.workers[0], 0);
	turn(&t.workers[0], 0);
	whisper(1, "SUBSCRIBE id=1 f=last q=1");
	whisper(1, "SUBSCRIBE id=1 f=first q=1");
	whisper(1, "UNSUBSCRIBE id=1 f=first");
	run();
	forget_heard(&t.clients[1]);
	CHECK_EQ(peers(1), 1);
	come(1, 2, "CONNECT v5 clean id=b");
	say(2, "PUBLISH q=1 id=1 t=first p=m");
	hear(2, "PUBACK id=1 rc=10");
	say(2, "PUBLISH q=1 id=2 t=last p=m");
	hear(2, "PUBACK id=2");
	say(2, "PUBLISH q=1 id=3 t=1199/%01000d p=m", 0);
	hear(2, "PUBACK id=3");
	CHECK_EQ(t.clients[1].count, 2);
	tear_down();
}

static void test_leave(void)
{
	build(3);
	subscriber(0, 1, "a", "x", 1);
	subscriber(1, 2, "b", "x", 1);
	come(2, 3, "CONNECT v5 clean id=c");
	CHECK_EQ(names(t.directory), 3);
	leave_town(0);
	run();
	CHECK_EQ(names(t.directory), 2);
	CHECK_EQ(peers(1), 1);
	CHECK_EQ(STAT(1, links_lost) + STAT(2, links_lost), 0);
	say(3, "PUBLISH q=1 id=1 t=x p=1");
	hear(2, "PUBLISH q=1 id=1 t=x p=1");
	hear(3, "PUBACK id=1");
	leave_town(1);
	run();
	say(3, "PUBLISH q=1 id=2 t=x p=2");
	hear(3, "PUBACK id=2 rc=10");
	tear_down();
}

/* A process that publishes and goes at once: what it has said arrives though nobody can answer it any more. */
static void test_say_and_leave(void)
{
	build(1);
	subscriber(0, 1, "a", "x", 1);
	for (int round = 0; round < 3; round++) {
		join(1);
		run();
		t.workers[0].frozen = true;
		mqs_publish message = {.qos = 1, .topic = MQS_BYTES_LITERAL("x"), .payload = MQS_BYTES_LITERAL("m")};
		CHECK_EQ(mqs_broker_publish(t.workers[1].broker, &message, t.now_ms, NULL), MQS_OK);
		mqs_mesh_flush(t.workers[1].mesh, t.now_ms);
		leave_town(1);
		/* Worker 0 has read nothing yet, and what it says can only fail. */
		t.workers[0].frozen = false;
		whisper(1, round & 1 ? "UNSUBSCRIBE id=1 f=y" : "SUBSCRIBE id=1 f=y q=1");
		run();
		CHECK_EQ(t.clients[1].count, 2);
		forget_heard(&t.clients[1]);
	}
	CHECK_EQ(peers(0), 0);
	CHECK_EQ(STAT(0, links_lost), 0);
	tear_down();
}

/* ---- share groups --------------------------------------------------------------------------------------------- */

static void test_groups(void)
{
	build(3);
	for (int n = 0; n < 3; n++) {
		char words[64];
		snprintf(words, sizeof(words), "CONNECT v5 clean id=member%d", n);
		come(n, 1 + n, words);
		say(1 + n, "SUBSCRIBE id=1 f=$share/g/x/# q=1");
		forget_heard(&t.clients[1 + n]);
	}
	come(0, 5, "CONNECT v5 clean id=p");
	for (int i = 1; i <= 90; i++) {
		say(5, "PUBLISH q=%d id=%d t=x/y p=%d", i % 2 ? 1 : 2, i, i);
		say(5, "PUBREL id=%d", i);
	}
	size_t sum = 0, sizes[3];
	for (int n = 1; n <= 3; n++) {
		CHECK(t.clients[n].count > 5);
		sum += sizes[n - 1] = t.clients[n].count;
		forget_heard(&t.clients[n]);
	}
	CHECK_EQ(sum, 90);
	forget_heard(&t.clients[5]);

	/* One goes: the others get what it had not confirmed, and from now on all. */
	hang_up(2);
	CHECK_EQ(t.clients[1].count + t.clients[2].count + t.clients[3].count, sizes[1] + 1);
	for (int n = 1; n <= 3; n++) {
		forget_heard(&t.clients[n]);
	}
	for (int i = 1; i <= 30; i++) {
		say(5, "PUBLISH q=1 id=%d t=x/y p=%d", i, i);
	}
	CHECK_EQ(t.clients[1].count + t.clients[3].count, 30);
	CHECK_EQ(t.clients[5].count, 30);
	for (size_t i = 0; i < t.clients[5].count; i++) {
		CHECK(strstr(t.clients[5].heard[i], "rc=") == NULL);
	}
	tear_down();
}

/* The only other member's worker dies with a message that nobody has confirmed: another member gets it. */
static void test_group_member_dies(void)
{
	build(2);
	come(1, 2, "CONNECT v5 clean id=b");
	say(2, "SUBSCRIBE id=1 f=$share/g/x q=1");
	come(0, 3, "CONNECT v5 clean id=c");
	t.workers[1].frozen = true;
	say(3, "PUBLISH q=1 id=1 t=x p=m");
	hear_nothing(3);
	subscriber(0, 1, "a", "$share/g/x", 1);
	kill_worker(1);
	run();
	hear(1, "PUBLISH q=1 id=1 t=x p=m");
	hear(3, "PUBACK id=1");
	CHECK_EQ(names(t.directory), 2);
	pass(5000);
	CHECK_EQ(names(t.directory), 1);
	tear_down();
}

/* The same, and the other member is at a third worker: it is told in the same call in which the loss is noticed. */
static void test_group_member_dies_elsewhere(void)
{
	build(3);
	come(1, 2, "CONNECT v5 clean id=b");
	say(2, "SUBSCRIBE id=1 f=$share/g/x q=1");
	come(0, 3, "CONNECT v5 clean id=c");
	t.workers[1].frozen = true;
	say(3, "PUBLISH q=1 id=1 t=x p=m");
	subscriber(2, 1, "a", "$share/g/x", 1);
	kill_worker(1);
	struct pollfd watched[TOWN_FDS];
	size_t count = t.workers[0].watched_count;
	memcpy(watched, t.workers[0].watched, sizeof(watched));
	for (size_t i = 0; i < count; i++) {
		mqs_mesh_io(t.workers[0].mesh, watched[i].fd, MQS_WATCH_READ, t.now_ms);
	}
	t.workers[0].frozen = true;
	run();
	hear(1, "PUBLISH q=1 id=1 t=x p=m");
	t.workers[0].frozen = false;
	run();
	hear(3, "PUBACK id=1");
	pass(5000);
	tear_down();
}

/* ---- claims and commands -------------------------------------------------------------------------------------- */

static void test_claim(void)
{
	build(3);
	come(0, 1, "CONNECT v5 id=same sei=1000");
	t.now_ms += 5;
	come(1, 2, "CONNECT v5 id=same sei=1000");
	hear(1, "DISCONNECT rc=8E", "CLOSED");
	hear_nothing(2);
	t.now_ms += 5;
	come(2, 3, "CONNECT v4 clean id=same");
	hear(2, "DISCONNECT rc=8E", "CLOSED");
	t.now_ms += 5;
	come(0, 4, "CONNECT v4 clean id=same");
	hear(3, "CLOSED");
	hear_nothing(4);
	CHECK_EQ(mqs_broker_get_stats(t.workers[1].broker)->sessions, 0);
	CHECK_EQ(mqs_broker_get_stats(t.workers[2].broker)->sessions, 0);
	CHECK_EQ(mqs_broker_get_stats(t.workers[0].broker)->sessions, 1);
	tear_down();
}

/* In the same millisecond the greater number wins: one stays, and both workers agree which. */
static void test_claim_tie(void)
{
	build(2);
	t.workers[0].frozen = t.workers[1].frozen = true;
	come(0, 1, "CONNECT v5 clean id=same");
	come(1, 2, "CONNECT v5 clean id=same");
	t.workers[0].frozen = t.workers[1].frozen = false;
	run();
	CHECK((t.clients[1].conn != NULL) != (t.clients[2].conn != NULL));
	tear_down();
}

/* The two came to know each other when the client was at both. The later connection stays, whoever it belongs to, and
 * whoever has more sessions. */
static void test_claims_before(void)
{
	for (int variant = 0; variant < 16; variant++) {
		char error[256] = "";
		test_case("claims before the link, variant %d", variant);
		found_town();
		make_broker(&t.workers[1]);
		join(0);
		int early = variant & 1, late = !early;
		if (variant & 2) {
			come(0, 3, "CONNECT v5 clean id=more");
		}
		if (variant & 4) {
			come(1, 4, "CONNECT v5 clean id=most");
		}
		come(early, 1, "CONNECT v5 id=same sei=1000");
		if (variant & 8) {
			hang_up(1); /* only its session is left */
		}
		t.now_ms += 5;
		come(late, 2, "CONNECT v5 id=same sei=1000");
		CHECK_EQ(join_mesh(&t.workers[1], error, sizeof(error)), MQS_OK);
		run();
		CHECK(t.clients[1].conn == NULL && t.clients[2].conn != NULL);
		mqs_client_info info;
		CHECK(!mqs_broker_client(t.workers[early].broker, MQS_BYTES_LITERAL("same"), &info));
		CHECK(mqs_broker_client(t.workers[late].broker, MQS_BYTES_LITERAL("same"), &info));
		tear_down();
	}
}

static void test_disconnect(void)
{
	build(3);
	come(1, 1, "CONNECT v5 id=a sei=1000");
	come(2, 2, "CONNECT v5 id=b sei=1000");
	mqs_mesh *mesh = t.workers[0].mesh;
	const uint8_t props[] = {MQTT_PROP_REASON_STRING, 0, 2, 'h', 'i'};
	CHECK_EQ(mqs_mesh_disconnect(mesh, MQS_BYTES_LITERAL("a"), MQTT_RC_ADMINISTRATIVE_ACTION,
	             mqs_bytes_make(props, sizeof(props)), false, t.now_ms),
	    MQS_OK);
	run();
	hear(1, "DISCONNECT rc=98 rs=hi", "CLOSED");
	CHECK_EQ(mqs_broker_get_stats(t.workers[1].broker)->sessions, 1);
	CHECK_EQ(mqs_mesh_disconnect(mesh, MQS_BYTES_LITERAL("b"), MQTT_RC_NOT_AUTHORIZED, (mqs_bytes){0}, true, t.now_ms),
	    MQS_OK);
	run();
	hear(2, "DISCONNECT rc=87", "CLOSED");
	CHECK_EQ(mqs_broker_get_stats(t.workers[2].broker)->sessions, 0);
	/* Nobody is called so; too long a name; properties that DISCONNECT has not. None does harm. */
	static const uint8_t name[65536];
	CHECK_EQ(
	    mqs_mesh_disconnect(mesh, mqs_bytes_make(name, 65536), 0, (mqs_bytes){0}, true, t.now_ms), MQS_ERR_INVALID);
	CHECK_EQ(mqs_mesh_disconnect(mesh, (mqs_bytes){0}, 0, (mqs_bytes){0}, true, t.now_ms), MQS_ERR_INVALID);
	CHECK_EQ(mqs_mesh_disconnect(mesh, MQS_BYTES_LITERAL("a"), 0, mqs_bytes_make(name, 9), true, t.now_ms), MQS_OK);
	run();
	CHECK_EQ(peers(0), 2);
	tear_down();
}

TEST_MAIN(TEST_ENTRY(test_publish), TEST_ENTRY(test_three_workers), TEST_ENTRY(test_properties), TEST_ENTRY(test_batch),
    TEST_ENTRY(test_answers_differ), TEST_ENTRY(test_changes), TEST_ENTRY(test_late), TEST_ENTRY(test_large_snapshot),
    TEST_ENTRY(test_leave), TEST_ENTRY(test_say_and_leave), TEST_ENTRY(test_groups), TEST_ENTRY(test_group_member_dies),
    TEST_ENTRY(test_group_member_dies_elsewhere), TEST_ENTRY(test_claim), TEST_ENTRY(test_claim_tie),
    TEST_ENTRY(test_claims_before), TEST_ENTRY(test_disconnect))
