/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/time_test.c - deadlines, by a clock that the test turns: CONNECT, keep-alive, reading clients,
 * wills, expiry (MQTT 5 sections 3.1.2.10, 3.1.3.2.2, 4.13).
 */
#include "world.h"

#define OURS " rm=1024 mps=1048576 tam=32"

static void test_connect_timeout(void)
{
	start();
	call(1);
	pass(5000);
	say_bytes(1, MQS_BYTES_LITERAL("\x10"), 0);
	pass(4999);
	hear_nothing(1);
	pass(1);
	hear(1, "CLOSED");
	CHECK_EQ(stats()->connections, 0);
	finish();
}

static void test_keep_alive(void)
{
	start();
	come(1, "CONNECT v5 id=a clean ka=10");
	come(2, "CONNECT v4 id=b clean ka=10");
	come(3, "CONNECT v4 id=c clean ka=0");
	pass(14999);
	say(1, "PINGREQ"); /* 5.0:MQTT-3.12.4-1 */
	hear(1, "PINGRESP");
	hear_nothing(2);
	pass(1);
	hear(2, "CLOSED"); /* 5.0:MQTT-3.1.2-22 */
	pass(14998);
	hear_nothing(1);
	pass(1);
	hear(1, "DISCONNECT rc=8D", "CLOSED");
	pass(100000000);
	hear_nothing(3);
	CHECK_EQ(stats()->keep_alive_timeouts, 2);
	finish();
}

/* Any packet counts, and what is sent to the client does not. */
static void test_keep_alive_by_packets(void)
{
	start();
	come(1, "CONNECT v5 id=a clean ka=10");
	come(2, "CONNECT v5 id=b clean");
	say(1, "SUBSCRIBE id=1 f=t q=1");
	hear(1, "SUBACK id=1 01");
	for (int i = 1; i <= 5; i++) {
		pass(14000);
		publish("t", "x", 1, false);
		say(1, "PUBACK id=%d", i);
		forget_heard(&w.conns[1]);
	}
	for (int i = 0; i < 3; i++) {
		pass(5000);
		publish("t", "x", 0, false);
	}
	hear(1, "PUBLISH q=0 t=t p=x", "PUBLISH q=0 t=t p=x", "DISCONNECT rc=8D", "CLOSED");
	finish();
}

/* Half a packet is no packet; a large one that arrives slowly is life. */
static void test_keep_alive_and_large_packets(void)
{
	static char packet[20005];
	start();
	come(1, "CONNECT v4 id=a clean ka=10");
	pass(10000);
	say_bytes(1, MQS_BYTES_LITERAL("\xc0"), 0);
	pass(5000);
	hear(1, "CLOSED");
	memcpy(packet, "\x30\xa1\x9c\x01\0\1t", 7);
	come(1, "CONNECT v4 id=a clean ka=10");
	for (size_t at = 0; at < 20004; at += 5001) {
		say_bytes(1, mqs_bytes_make(packet + at, 5001), 0);
		pass(10000);
	}
	say_bytes(1, mqs_bytes_make(packet + 20004, 1), 0);
	hear_nothing(1);
	CHECK_EQ(stats()->publish_received, 1);
	finish();
}

/* A client that sends but does not read is closed, however long its keep-alive. */
static void test_write_timeout(void)
{
	prepare();
	w.options.write_timeout_ms = 5000;
	start_prepared();
	come(1, "CONNECT v5 id=a clean ka=65535");
	w.conns[1].stuck = true;
	say(1, "PINGREQ");
	pass(4000);
	say(1, "PINGREQ");
	CHECK(!mqs_conn_wants_close(w.conns[1].conn));
	mqs_bytes vec[4];
	size_t pieces = mqs_conn_output(w.conns[1].conn, vec, 4);
	CHECK_EQ(pieces, 1);
	const uint8_t *held = vec[0].ptr; /* a home may be writing this */
	w.conns[1].stuck = false;
	w.conns[1].most = 1;
	w.conns[1].stuck = true;
	mqs_broker_tick(w.broker, w.now_ms += 1000);
	CHECK(mqs_conn_wants_close(w.conns[1].conn));
	CHECK_EQ(mqs_conn_output_size(w.conns[1].conn), 0);
	CHECK_EQ(mqs_conn_output(w.conns[1].conn, vec, 4), 0);
	CHECK_EQ(held[0], 0xd0);                               /* still there */
	mqs_conn_output_advance(w.conns[1].conn, 2, w.now_ms); /* and may be told as written */
	settle();
	hear(1, "CLOSED");
	finish();
}

/* Progress, if slow, is progress. */
static void test_slow_reader(void)
{
	prepare();
	w.options.write_timeout_ms = 5000;
	start_prepared();
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=t");
	hear(1, "SUBACK id=1 00");
	w.conns[1].stuck = true;
	for (int i = 0; i < 10; i++) {
		publish("t", "0123456789", 0, false);
	}
	for (int i = 0; i < 5; i++) {
		pass(4000);
		take_output(&w.conns[1], 5);
	}
	CHECK(!mqs_conn_wants_close(w.conns[1].conn));
	pass(5000);
	hear(1, "PUBLISH q=0 t=t p=0123456789", "CLOSED");
	finish();
}

/* A connection that is closing and does not take its last packet. */
static void test_closing_and_stuck(void)
{
	prepare();
	w.options.write_timeout_ms = 5000;
	start_prepared();
	come(1, "CONNECT v5 id=a clean");
	w.conns[1].stuck = true;
	kick("a", 0x98, false);
	pass(4999);
	CHECK(w.conns[1].conn);
	pass(2);
	hear(1, "CLOSED");
	finish();
}

/* ---- wills --------------------------------------------------------------------------------------------------- */

static void watch(int n)
{
	come(n, "CONNECT v5 id=watcher clean");
	say(n, "SUBSCRIBE id=1 f=# q=2 rap");
	hear(n, "SUBACK id=1 02");
}

static void test_will(void)
{
	start();
	watch(1);
	come(2, "CONNECT v5 id=a clean will=gone/a wp=bye wq=1 wr w.pfi=1 w.ct=kind w.up=k:v w.exp=60");
	hang_up(2); /* 5.0:MQTT-3.1.2-8 5.0:MQTT-3.1.2-14 5.0:MQTT-3.1.2-15 */
	hear(1, "PUBLISH q=1 r id=1 t=gone/a p=bye exp=60 pfi=1 ct=kind up=k:v");
	come(2, "CONNECT v4 id=a clean will=gone/a wp=bye");
	say(2, "PUBLISH q=3 id=1 t=x p=x"); /* said as QoS 3: a broken packet */
	hear(1, "PUBLISH q=0 t=gone/a p=bye");
	come(2, "CONNECT v3 id=a clean will=gone/a wp=bye ka=10");
	pass(15000);
	hear(1, "PUBLISH q=0 t=gone/a p=bye");
	come(2, "CONNECT v5 id=a clean will=gone/a wp=");
	kick("a", 0x98, false);
	hear(1, "PUBLISH q=0 t=gone/a p=");
	CHECK_EQ(stats()->wills_published, 4);
	CHECK_EQ(stats()->retained_messages, 1);
	finish();
}

static void test_will_and_disconnect(void)
{
	start();
	watch(1);
	come(2, "CONNECT v5 id=a sei=100 will=w wp=x");
	say(2, "DISCONNECT"); /* 5.0:MQTT-3.14.4-3 */
	come(2, "CONNECT v5 id=a sei=100");
	hang_up(2); /* 5.0:MQTT-3.1.2-10: no will is left */
	hear_nothing(1);
	come(2, "CONNECT v5 id=a clean will=w wp=4");
	say(2, "DISCONNECT rc=04");
	hear(1, "PUBLISH q=0 t=w p=4");
	come(2, "CONNECT v5 id=a clean will=w wp=80");
	say(2, "DISCONNECT rc=80");
	hear(1, "PUBLISH q=0 t=w p=80");
	come(2, "CONNECT v4 id=a clean will=w wp=x");
	say(2, "DISCONNECT");
	hear_nothing(1);
	finish();
}

static void test_will_delay(void)
{
	start();
	watch(1);
	come(2, "CONNECT v5 id=a sei=100 will=w wp=x w.wdi=10");
	hang_up(2);
	pass(9999);
	hear_nothing(1);
	pass(1);
	hear(1, "PUBLISH q=0 t=w p=x");
	come(2, "CONNECT v5 id=a sei=100 will=w wp=y w.wdi=10");
	hang_up(2);
	pass(9000);
	come(2, "CONNECT v5 id=a sei=100"); /* 5.0:MQTT-3.1.3-9 */
	pass(20000);
	hang_up(2);
	pass(200000);
	hear_nothing(1);
	come(2, "CONNECT v5 id=a sei=5 will=w wp=end w.wdi=10"); /* the session ends first */
	hang_up(2);
	pass(4999);
	hear_nothing(1);
	pass(1);
	hear(1, "PUBLISH q=0 t=w p=end");
	come(2, "CONNECT v5 id=a will=w wp=none w.wdi=10"); /* or at once */
	hang_up(2);
	hear(1, "PUBLISH q=0 t=w p=none");
	CHECK_EQ(stats()->sessions, 1);
	finish();
}

static void test_will_and_take_over(void)
{
	start();
	watch(1);
	come(2, "CONNECT v5 id=a sei=100 will=w wp=now");
	come(3, "CONNECT v5 id=a sei=100 will=w wp=late w.wdi=10");
	hear(1, "PUBLISH q=0 t=w p=now"); /* section 3.1.4: the connection is closed */
	come(2, "CONNECT v5 id=a sei=100 will=w wp=clean w.wdi=10");
	pass(20000);
	hear_nothing(1);
	come(3, "CONNECT v5 id=a clean sei=100"); /* the session ends */
	hear(1, "PUBLISH q=0 t=w p=clean");
	finish();
}

static mqs_verdict change_will(mqs_event *event)
{
	CHECK(event->conn == NULL);
	CHECK(event->packet->publish.qos == 1);
	event->reply->publish->payload = text("changed");
	return MQS_ALLOW;
}

static mqs_verdict deny_will(mqs_event *event)
{
	(void)event;
	return MQS_DENY;
}

static mqs_verdict will_later(mqs_event *event)
{
	(void)event;
	return MQS_DECIDE_LATER;
}

static void test_hooks_see_wills(void)
{
	start();
	watch(1);
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, change_will);
	come(2, "CONNECT v5 id=a clean will=w wp=x wq=1 w.exp=9");
	hang_up(2);
	hear(1, "PUBLISH q=1 id=1 t=w p=changed exp=9");
	asked("BEFORE PUBLISH a t=w");
	w.decide[MQS_EVENT_PUBLISH][0] = deny_will;
	come(2, "CONNECT v5 id=a clean will=w wp=x wq=1");
	hang_up(2);
	hear_nothing(1);
	w.decide[MQS_EVENT_PUBLISH][0] = will_later;
	come(2, "CONNECT v5 id=a clean will=w wp=x wq=1 w.exp=9 w.ct=kind");
	hang_up(2);
	CHECK_EQ(stats()->sessions, 1); /* the will outlives its session */
	mqs_event *event = pending(0);
	if (CHECK(event)) {
		CHECK(mqs_bytes_equal(event->client_id, text("a")));
		event->reply->publish->topic = text("other");
	}
	resolve(0, MQS_ALLOW);
	hear(1, "PUBLISH q=1 id=2 t=other p=x exp=9 ct=kind");
	come(2, "CONNECT v5 id=a clean will=w wp=x wq=1");
	hang_up(2);
	pass(30000);
	hear_nothing(1);
	come(2, "CONNECT v5 id=a clean will=w wp=x wq=1");
	hang_up(2); /* still undecided when the broker ends */
	finish();
}

/* ---- the rest ------------------------------------------------------------------------------------------------ */

static void test_retained_expire(void)
{
	start();
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=0 r t=long p=x exp=3600");
	say(1, "PUBLISH q=0 r t=short p=x exp=5");
	say(1, "PUBLISH q=0 r t=kept p=x");
	CHECK_EQ(stats()->retained_messages, 3);
	mqs_publish found;
	CHECK(mqs_broker_retained(w.broker, text("short"), w.now_ms, &found));
	pass(7000);
	CHECK_EQ(stats()->retained_messages, 2);
	say(1, "SUBSCRIBE id=1 f=+");
	CHECK_EQ(w.conns[1].count, 3);
	pass(3600000);
	CHECK_EQ(stats()->retained_messages, 1);
	CHECK(!mqs_broker_retained(w.broker, text("long"), w.now_ms, &found));
	CHECK(mqs_broker_retained(w.broker, text("kept"), w.now_ms, &found) && found.retain);
	finish();
}

/* Many expired ones among many that have not are found soon, not one hour later. */
static void test_sweep_of_many(void)
{
	start();
	come(1, "CONNECT v4 id=a clean");
	come(2, "CONNECT v5 id=b clean");
	for (int i = 0; i < 3000; i++) {
		say(1, "PUBLISH q=0 r t=kept/%d p=x", i);
		if (i % 3 == 0) {
			say(2, "PUBLISH q=0 r t=short/%d p=x exp=5", i);
		}
	}
	CHECK_EQ(stats()->retained_messages, 4000);
	pass(15000);
	CHECK_EQ(stats()->retained_messages, 3000);
	finish();
}

/* With nothing to do there is nothing to wake up for. */
static void test_at_rest(void)
{
	start();
	come(1, "CONNECT v4 id=a clean");
	CHECK(mqs_broker_next_deadline(w.broker) > w.now_ms); /* the write deadline of CONNACK */
	pass(100000);
	CHECK_EQ(mqs_broker_next_deadline(w.broker), INT64_MAX);
	hang_up(1);
	CHECK_EQ(mqs_broker_next_deadline(w.broker), INT64_MAX);
	finish();
}

TEST_MAIN(TEST_ENTRY(test_connect_timeout), TEST_ENTRY(test_keep_alive), TEST_ENTRY(test_keep_alive_by_packets),
    TEST_ENTRY(test_keep_alive_and_large_packets), TEST_ENTRY(test_write_timeout), TEST_ENTRY(test_slow_reader),
    TEST_ENTRY(test_closing_and_stuck), TEST_ENTRY(test_will), TEST_ENTRY(test_will_and_disconnect),
    TEST_ENTRY(test_will_delay), TEST_ENTRY(test_will_and_take_over), TEST_ENTRY(test_hooks_see_wills),
    TEST_ENTRY(test_retained_expire), TEST_ENTRY(test_sweep_of_many), TEST_ENTRY(test_at_rest))
