/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/flow_test.c - output of connections, retained messages at the pace of the reader, and publishers
 * that wait for slow subscribers.
 */
#include "world.h"

static void subscribe(int n, const char *filter, int qos)
{
	say(n, "SUBSCRIBE id=1 f=%s q=%d", filter, qos);
	hear(n, "SUBACK id=1 0*");
}

/* ---- output -------------------------------------------------------------------------------------------------- */

/* Whatever is taken at once, the stream is the same: payloads copied and shared, small and large. */
static void test_any_advance(void)
{
	static const size_t steps[] = {1, 2, 7, 1000, 1023, 1024, 16384, 100000};
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		start();
		come(1, "CONNECT v5 id=a clean");
		come(2, "CONNECT v4 id=b clean");
		come(3, "CONNECT v4 id=c clean");
		subscribe(1, "#", 1);
		subscribe(2, "#", 0);
		w.conns[1].stuck = w.conns[2].stuck = true;
		say(3, "PUBLISH q=0 t=a p=#10");
		say(3, "PUBLISH q=1 id=1 t=b p=#1023");
		say(3, "PUBLISH q=1 id=2 t=c p=#1024");
		say(3, "PUBLISH q=1 id=3 t=d p=#20000");
		say(3, "PUBLISH q=0 t=e p=#900");
		say(3, "PUBLISH q=0 t=f p=#150000");
		w.conns[1].stuck = w.conns[2].stuck = false;
		for (int n = 1; n <= 2; n++) {
			while (mqs_conn_output_size(w.conns[n].conn)) {
				take_output(&w.conns[n], steps[i]);
			}
		}
		hear(1, "PUBLISH q=0 t=a p=*", "PUBLISH q=1 id=1 t=b p=#1023", "PUBLISH q=1 id=2 t=c p=#1024",
		    "PUBLISH q=1 id=3 t=d p=#20000", "PUBLISH q=0 t=e p=#900", "PUBLISH q=0 t=f p=#150000");
		hear(2, "PUBLISH q=0 t=a p=*", "PUBLISH q=0 t=b p=#1023", "PUBLISH q=0 t=c p=#1024", "PUBLISH q=0 t=d p=#20000",
		    "PUBLISH q=0 t=e p=#900", "PUBLISH q=0 t=f p=#150000");
		finish();
	}
}

/* Pieces that were handed out stay where they are and what they are while more is appended. */
static void test_stable_pieces(void)
{
	mqs_bytes before[64], after[64];
	uint8_t *copies[64];
	start();
	come(1, "CONNECT v4 id=a clean");
	come(2, "CONNECT v4 id=b clean");
	come(3, "CONNECT v4 id=c clean");
	subscribe(1, "#", 0);
	subscribe(2, "#", 0);
	w.conns[1].stuck = true;
	publish("t", "first", 0, false);
	say(3, "PUBLISH q=0 t=a p=#3000");
	size_t count = mqs_conn_output(w.conns[1].conn, before, 64);
	CHECK(count >= 2);
	for (size_t i = 0; i < count; i++) {
		copies[i] = malloc(before[i].len);
		memcpy(copies[i], before[i].ptr, before[i].len);
	}
	for (int i = 0; i < 30; i++) {
		say(3, "PUBLISH q=0 t=a p=#%d", 100 + i * 77);
	}
	hang_up(3);
	hang_up(2);
	CHECK(mqs_conn_output(w.conns[1].conn, after, 64) >= count);
	for (size_t i = 0; i < count; i++) {
		CHECK(after[i].ptr == before[i].ptr && after[i].len >= before[i].len);
		CHECK(memcmp(after[i].ptr, copies[i], before[i].len) == 0);
		free(copies[i]);
	}
	read_on(1);
	CHECK_EQ(w.conns[1].count, 32);
	finish();
}

static void test_dropped_when_full(void)
{
	prepare();
	w.options.max_output_bytes = 4096;
	w.options.pressure_timeout_ms = 0; /* nobody waits */
	start_prepared();
	come(1, "CONNECT v4 id=a clean");
	come(2, "CONNECT v4 id=b clean");
	subscribe(1, "#", 1);
	w.conns[1].stuck = true;
	for (int i = 0; i < 10; i++) {
		say(2, "PUBLISH q=0 t=a p=#1000");
	}
	CHECK_EQ(stats()->dropped_output_full, 5);
	say(2, "PUBLISH q=1 id=1 t=q1 p=#1000"); /* waits in the queue */
	CHECK_EQ(stats()->queued_messages, 1);
	read_on(1);
	CHECK_EQ(w.conns[1].count, 6);
	CHECK_EQ(stats()->queued_messages, 0);
	finish();
}

/* A client that asks and asks but does not read is not read from any more. */
static void test_reading_pauses(void)
{
	prepare();
	w.options.max_output_bytes = 4096;
	start_prepared();
	come(1, "CONNECT v4 id=a clean");
	w.conns[1].stuck = true;
	int asked_for = 0;
	while (mqs_conn_wants_read(w.conns[1].conn) && asked_for < 100000) {
		say(1, "PINGREQ");
		asked_for++;
	}
	CHECK_EQ(mqs_conn_output_size(w.conns[1].conn), 8192);
	take_output(&w.conns[1], 1000);
	CHECK(mqs_broker_next_ready(w.broker) == NULL); /* a little more room first */
	take_output(&w.conns[1], 6000);
	CHECK(mqs_broker_next_ready(w.broker) == w.conns[1].conn);
	CHECK(mqs_conn_wants_read(w.conns[1].conn));
	finish();
}

/* ---- retained messages --------------------------------------------------------------------------------------- */

static void test_retained(void)
{
	start();
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=0 r t=a/b p=one up=k:v ct=c");
	say(1, "PUBLISH q=1 id=1 r t=a/b p=two"); /* 5.0:MQTT-3.3.1-5 */
	say(1, "PUBLISH q=2 id=2 r t=a/c p=three pfi=1 exp=100");
	say(1, "PUBLISH q=0 t=a/b p=live"); /* 5.0:MQTT-3.3.1-8 */
	hear(1, "PUBACK id=1 rc=10", "PUBREC id=2 rc=10");
	pass(10000);
	come(2, "CONNECT v5 id=b clean");
	say(2, "SUBSCRIBE id=1 f=a/+ q=2 sub=7");
	CHECK_EQ(w.conns[2].count, 3);
	say(2, "SUBSCRIBE id=2 f=a/c q=1");
	forget_heard(&w.conns[2]);
	say(2, "SUBSCRIBE id=3 f=a/c q=0 sub=9");
	hear(2, "SUBACK id=3 00", "PUBLISH q=0 r t=a/c p=three exp=90 sub=9 pfi=1");
	say(1, "PUBLISH q=0 r t=a/b p="); /* 5.0:MQTT-3.3.1-6 5.0:MQTT-3.3.1-7 */
	hear(2, "PUBLISH q=0 t=a/b p= sub=7");
	CHECK_EQ(stats()->retained_messages, 1);
	say(2, "SUBSCRIBE id=4 f=a/b");
	hear(2, "SUBACK id=4 00");
	finish();
}

static void test_retained_limits(void)
{
	prepare();
	w.options.max_retained = 2;
	w.options.max_retained_bytes = 4000;
	start_prepared();
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=#");
	hear(1, "SUBACK id=1 00");
	publish("a", "1", 0, true);
	publish("b", "2", 0, true);
	CHECK_EQ(publish("c", "3", 0, true), MQS_ERR_LIMIT);
	hear(1, "PUBLISH q=0 t=a p=1", "PUBLISH q=0 t=b p=2");
	say(1, "PUBLISH q=1 id=1 r t=c p=3");
	say(1, "PUBLISH q=2 id=2 r t=c p=3");
	hear(1, "PUBACK id=1 rc=97", "PUBREC id=2 rc=97");
	publish("a", "4", 0, true); /* in place of another */
	publish("b", "", 0, true);
	publish("c", "5", 0, true);
	CHECK_EQ(stats()->retained_messages, 2);
	say(1, "PUBLISH q=1 id=3 r t=a p=#4000");
	forget_heard(&w.conns[1]);
	CHECK(stats()->retained_bytes <= 4000);
	publish("a", "", 0, true);
	publish("c", "", 0, true);
	CHECK_EQ(stats()->retained_bytes, 0);
	finish();
}

/* A thousand retained messages come as fast as they are read, and no faster; those replaced meanwhile come once. */
static void test_backlog_pace(void)
{
	char topic[32];
	prepare();
	w.options.max_output_bytes = 4096;
	start_prepared();
	for (int i = 0; i < 1000; i++) {
		snprintf(topic, sizeof(topic), "t/%d", i);
		publish(topic, "0123456789012345678901234567890123456789", i & 1, true);
	}
	come(1, "CONNECT v5 id=a sei=100 rm=2");
	w.conns[1].stuck = true;
	say(1, "SUBSCRIBE id=1 f=t/+ q=1");
	CHECK(mqs_conn_output_size(w.conns[1].conn) < 4096 + 100);
	for (int i = 0; i < 1000; i += 10) { /* while it waits, some go and some change */
		snprintf(topic, sizeof(topic), "t/%d", i);
		publish(topic, i % 20 ? "new" : "", 0, true);
	}
	w.conns[1].stuck = false;
	int original = 0, acknowledged = 0;
	for (int turn = 0; turn < 3000; turn++) {
		take_output(&w.conns[1], 0);
		settle();
		for (size_t i = 0; i < w.conns[1].count; i++) {
			unsigned id = 0;
			const char *line = w.conns[1].heard[i];
			original += strstr(line, " p=0123") != NULL;
			if (sscanf(line, "PUBLISH q=1 r id=%u ", &id) == 1) {
				acknowledged = (int)id;
			}
		}
		forget_heard(&w.conns[1]);
		if (acknowledged) {
			say(1, "PUBACK id=%d", acknowledged - 1 ? acknowledged - 1 : 1);
			say(1, "PUBACK id=%d", acknowledged);
		}
	}
	CHECK(original >= 900 && original < 1000);
	finish();
}

/* Retained messages that are owed survive the loss of the connection, but not the subscription. */
static void test_backlog_and_reconnect(void)
{
	prepare();
	w.options.max_output_bytes = 4096;
	start_prepared();
	char topic[32];
	for (int i = 0; i < 200; i++) {
		snprintf(topic, sizeof(topic), "t/%d", i);
		publish(topic, "0123456789012345678901234567890123456789", 0, true);
	}
	come(1, "CONNECT v4 id=a");
	w.conns[1].stuck = true;
	say(1, "SUBSCRIBE id=1 f=t/+ f=u/+");
	hang_up(1);
	long live = w.memory.live;
	for (int i = 0; i < 200; i++) {
		snprintf(topic, sizeof(topic), "t/%d", i);
		publish(topic, "replaced", 0, true);
	}
	CHECK(w.memory.live < live + 20); /* an absent client keeps no message alive that was replaced */
	come(1, "CONNECT v4 id=a");
	CHECK_EQ(w.conns[1].count, 200);
	hang_up(1);
	come(1, "CONNECT v4 id=a clean");
	w.conns[1].stuck = true;
	say(1, "SUBSCRIBE id=1 f=t/+");
	size_t size = mqs_conn_output_size(w.conns[1].conn);
	say(1, "UNSUBSCRIBE id=2 f=t/+");
	read_on(1);
	CHECK_EQ(w.conns[1].bytes, 4 + size + 4);
	CHECK_EQ(stats()->subscriptions, 0);
	finish();
}

/* Many searches that find nothing do not keep the others waiting. */
static void test_costly_searches(void)
{
	char line[2048];
	start();
	for (int i = 0; i < 2000; i++) {
		snprintf(line, sizeof(line), "r/%d/x", i);
		publish(line, "value", 0, true);
	}
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b clean");
	for (int i = 0; i < 300; i++) {
		say(1, "SUBSCRIBE id=%d f=+/+/nobody%d", i + 1, i);
	}
	say(1, "SUBSCRIBE id=301 f=r/1/x");
	CHECK_EQ(w.conns[1].count, 301);
	forget_heard(&w.conns[1]);
	say(2, "SUBSCRIBE id=1 f=r/2/x");
	hear(2, "SUBACK id=1 00");
	pass(2);
	hear_nothing(1);
	hear(2, "PUBLISH q=0 r t=r/2/x p=value"); /* its turn comes before the rest of the other's */
	pass(10);
	hear(1, "PUBLISH q=0 r t=r/1/x p=value");
	for (int i = 0; i < 300; i++) {
		say(1, "SUBSCRIBE id=%d f=+/+/nobody%d", i + 1, i);
	}
	hang_up(1); /* while it waits for its turn */
	pass(10);
	finish();
}

/* ---- pressure ------------------------------------------------------------------------------------------------ */

static void test_throttle(void)
{
	prepare();
	w.options.max_output_bytes = 10000;
	start_prepared();
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b clean");
	subscribe(1, "t", 0);
	w.conns[1].stuck = true;
	for (int i = 0; i < 100; i++) {
		say(2, "PUBLISH q=0 t=t p=#1000");
	}
	say(2, "PINGREQ"); /* passes */
	hear(2, "PINGRESP");
	CHECK_EQ(stats()->publishers_throttled, 1);
	CHECK_EQ(stats()->dropped_output_full, 0);
	CHECK(mqs_conn_output_size(w.conns[1].conn) < 8000);
	say(2, "PUBLISH q=1 id=1 t=other p=x");
	say(2, "DISCONNECT");
	hear_nothing(2);
	w.conns[1].stuck = false;
	take_output(&w.conns[1], 0);
	pass(1000); /* a reader again: all of it arrives, in order */
	CHECK_EQ(w.conns[1].count, 100);
	hear(2, "PUBACK id=1 rc=10", "CLOSED");
	CHECK_EQ(stats()->dropped_output_full, 0);
	finish();
}

/* What was held back of a publisher that has gone meanwhile still counts, its good-bye too. */
static void test_throttled_hangs_up(void)
{
	prepare();
	w.options.max_output_bytes = 10000;
	start_prepared();
	come(1, "CONNECT v5 id=a clean");
	subscribe(1, "#", 0);
	come(2, "CONNECT v5 id=b clean will=w wp=x");
	w.conns[1].stuck = true;
	for (int i = 0; i < 8; i++) {
		say(2, "PUBLISH q=0 t=t p=#1000");
	}
	CHECK_EQ(stats()->publishers_throttled, 1);
	say(2, "DISCONNECT");
	hang_up(2);
	read_on(1);
	pass(1000);
	CHECK_EQ(w.conns[1].count, 8);
	CHECK_EQ(stats()->wills_published, 0);
	CHECK_EQ(stats()->connections, 1);
	finish();
}

/* One that does not read at all is not waited for longer than the option says, and then its messages are dropped. */
static void test_stalled(void)
{
	prepare();
	w.options.max_output_bytes = 10000;
	w.options.pressure_timeout_ms = 500;
	start_prepared();
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b clean");
	come(3, "CONNECT v5 id=c clean");
	subscribe(1, "t", 0);
	subscribe(3, "t", 0);
	w.conns[1].stuck = true;
	for (int i = 0; i < 50; i++) {
		say(2, "PUBLISH q=0 t=t p=#1000");
	}
	CHECK(w.conns[3].count < 20);
	pass(500);
	CHECK_EQ(w.conns[3].count, 50); /* the others are not held back any more */
	CHECK(stats()->dropped_output_full > 30);
	CHECK(strncmp(w.log, "client reads too slowly", 23) == 0);
	for (int i = 0; i < 50; i++) {
		say(2, "PUBLISH q=0 t=t p=#1000");
	}
	CHECK_EQ(w.conns[3].count, 100);
	uint64_t throttled = stats()->publishers_throttled;
	read_on(1); /* it has caught up: waited for again */
	w.conns[1].stuck = true;
	for (int i = 0; i < 50; i++) {
		say(2, "PUBLISH q=0 t=t p=#1000");
	}
	CHECK(stats()->publishers_throttled > throttled);
	hang_up(1);
	pass(1);
	CHECK_EQ(w.conns[3].count, 150); /* gone: nobody to wait for */
	finish();
}

/* Two that publish to each other and read nothing until they have written all: nothing stands still for good. */
static void test_each_other(void)
{
	prepare();
	w.options.max_output_bytes = 4096;
	w.options.max_queued_messages = 20;
	start_prepared();
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b clean");
	subscribe(1, "to/a", 1);
	subscribe(2, "to/b", 1);
	w.conns[1].stuck = w.conns[2].stuck = true;
	for (int i = 1; i <= 100; i++) {
		say(1, "PUBLISH q=1 id=%d t=to/b p=#500", i);
		say(2, "PUBLISH q=1 id=%d t=to/a p=#500", i);
	}
	pass(5000);
	w.conns[1].stuck = w.conns[2].stuck = false;
	for (int i = 0; i < 300; i++) {
		take_output(&w.conns[1], 0);
		take_output(&w.conns[2], 0);
		pass(10);
		say(1, "PUBACK id=%d", i + 1);
		say(2, "PUBACK id=%d", i + 1);
	}
	pass(5000);
	for (int n = 1; n <= 2; n++) {
		int acknowledged = 0;
		for (size_t i = 0; i < w.conns[n].count; i++) {
			acknowledged += strncmp(w.conns[n].heard[i], "PUBACK", 6) == 0;
		}
		CHECK_EQ(acknowledged, 100);
		CHECK(mqs_conn_wants_read(w.conns[n].conn));
	}
	finish();
}

/* A burst of QoS 1 into a small window and queue loses nothing while the subscriber goes on. */
static void test_burst(void)
{
	prepare();
	w.options.max_queued_messages = 50;
	w.options.max_inflight = 10;
	start_prepared();
	come(1, "CONNECT v4 id=a clean");
	come(2, "CONNECT v4 id=b clean");
	subscribe(1, "t", 1);
	for (int i = 1; i <= 1000; i++) {
		say(2, "PUBLISH q=1 id=%d t=t p=x", i);
	}
	for (int i = 1; i <= 1000; i++) {
		say(1, "PUBACK id=%d", i);
		pass(1);
	}
	CHECK_EQ(w.conns[1].count, 1000);
	CHECK_EQ(w.conns[2].count, 1000);
	CHECK_EQ(stats()->dropped_queue_full, 0);
	CHECK(stats()->publishers_throttled > 0);
	finish();
}

TEST_MAIN(TEST_ENTRY(test_any_advance), TEST_ENTRY(test_stable_pieces), TEST_ENTRY(test_dropped_when_full),
    TEST_ENTRY(test_reading_pauses), TEST_ENTRY(test_retained), TEST_ENTRY(test_retained_limits),
    TEST_ENTRY(test_backlog_pace), TEST_ENTRY(test_backlog_and_reconnect), TEST_ENTRY(test_costly_searches),
    TEST_ENTRY(test_throttle), TEST_ENTRY(test_throttled_hangs_up), TEST_ENTRY(test_stalled),
    TEST_ENTRY(test_each_other), TEST_ENTRY(test_burst))
