/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/deliver_test.c - messages to clients: QoS 1 and 2, the window, what waits behind it, and sending
 * again after a reconnect (MQTT 5 sections 4.3, 4.4, 4.6, 4.9).
 */
#include "world.h"

static void subscribe(int n, const char *filter, int qos)
{
	say(n, "SUBSCRIBE id=1 f=%s q=%d", filter, qos);
	hear(n, "SUBACK id=1 0*");
}

static mqs_client_info client(const char *id)
{
	mqs_client_info info = {0};
	CHECK(mqs_broker_client(w.broker, text(id), &info));
	return info;
}

static void test_qos_1(void)
{
	start();
	come(1, "CONNECT v5 id=a clean");
	subscribe(1, "t", 1);
	publish("t", "0", 0, false); /* 5.0:MQTT-4.3.1-1 */
	publish("t", "1", 1, false); /* 5.0:MQTT-4.3.2-1 5.0:MQTT-4.3.2-2 5.0:MQTT-2.2.1-4 */
	publish("t", "2", 2, false); /* 5.0:MQTT-3.8.4-8: the lower QoS */
	hear(1, "PUBLISH q=0 t=t p=0", "PUBLISH q=1 id=1 t=t p=1", "PUBLISH q=1 id=2 t=t p=2");
	CHECK_EQ(client("a").inflight, 2); /* 5.0:MQTT-4.3.2-3 */
	say(1, "PUBACK id=2");
	say(1, "PUBACK id=1");
	CHECK_EQ(client("a").inflight, 0);
	say(1, "PUBACK id=1"); /* twice, and one that never was */
	say(1, "PUBACK id=77");
	publish("t", "3", 1, false);
	hear(1, "PUBLISH q=1 id=3 t=t p=3");
	say(1, "PUBACK id=3 rc=80"); /* 5.0:MQTT-4.4.0-2 */
	CHECK_EQ(client("a").inflight, 0);
	finish();
}

static void test_qos_2(void)
{
	start();
	come(1, "CONNECT v5 id=a clean");
	subscribe(1, "t", 2);
	publish("t", "x", 2, false);
	hear(1, "PUBLISH q=2 id=1 t=t p=x"); /* 5.0:MQTT-4.3.3-1 5.0:MQTT-4.3.3-2 */
	say(1, "PUBACK id=1");               /* not the answer to QoS 2 */
	say(1, "PUBCOMP id=1");
	CHECK_EQ(client("a").inflight, 1); /* 5.0:MQTT-4.3.3-3 */
	say(1, "PUBREC id=1");
	say(1, "PUBREC id=1");
	hear(1, "PUBREL id=1", "PUBREL id=1"); /* 5.0:MQTT-4.3.3-4 */
	CHECK_EQ(client("a").inflight, 1);     /* 5.0:MQTT-4.3.3-5 */
	say(1, "PUBCOMP id=1");
	CHECK_EQ(client("a").inflight, 0);
	say(1, "PUBREC id=1");
	hear(1, "PUBREL id=1 rc=92");
	publish("t", "y", 2, false);
	say(1, "PUBREC id=2 rc=87"); /* refused: done, without PUBREL */
	hear(1, "PUBLISH q=2 id=2 t=t p=y");
	say(1, "PUBREC id=3 rc=87");
	hear_nothing(1);
	CHECK_EQ(client("a").inflight, 0);
	finish();
}

static void test_window_of_client(void)
{
	start();
	come(1, "CONNECT v5 id=a clean rm=2");
	subscribe(1, "t", 2);
	for (int i = 0; i < 5; i++) {
		char number[2] = {(char)('0' + i), 0};
		publish("t", number, 1 + (i & 1), false);
	}
	publish("t", "free", 0, false);                                                            /* 5.0:MQTT-3.3.4-10 */
	hear(1, "PUBLISH q=1 id=1 t=t p=0", "PUBLISH q=2 id=2 t=t p=1", "PUBLISH q=0 t=t p=free"); /* 5.0:MQTT-3.3.4-9 */
	CHECK_EQ(client("a").queued, 3);
	say(1, "PINGREQ"); /* 5.0:MQTT-4.9.0-3 */
	hear(1, "PINGRESP");
	say(1, "PUBREC id=2");
	hear(1, "PUBREL id=2"); /* still counts */
	say(1, "PUBCOMP id=2");
	hear(1, "PUBLISH q=1 id=3 t=t p=2"); /* 5.0:MQTT-4.6.0-5 5.0:MQTT-4.6.0-6: in order */
	say(1, "PUBACK id=1");
	say(1, "PUBACK id=3");
	hear(1, "PUBLISH q=2 id=4 t=t p=3", "PUBLISH q=1 id=5 t=t p=4");
	CHECK_EQ(stats()->queued_messages, 0);
	CHECK_EQ(stats()->queued_bytes, 0);
	finish();
}

static void test_window_of_server(void)
{
	prepare();
	w.options.max_inflight = 1;
	start_prepared();
	come(1, "CONNECT v4 id=a clean");
	subscribe(1, "t", 1);
	publish("t", "1", 1, false);
	publish("t", "2", 1, false);
	hear(1, "PUBLISH q=1 id=1 t=t p=1");
	say(1, "PUBACK id=1");
	hear(1, "PUBLISH q=1 id=2 t=t p=2");
	finish();
}

static void test_queue_limits(void)
{
	prepare();
	w.options.max_queued_messages = 2;
	start_prepared();
	come(1, "CONNECT v5 id=a sei=100");
	subscribe(1, "t", 1);
	hang_up(1);
	publish("t", "1", 1, false);
	publish("t", "2", 1, false);
	publish("t", "3", 1, false);
	publish("t", "4", 0, false); /* for who is there only */
	CHECK_EQ(stats()->dropped_queue_full, 1);
	CHECK_EQ(stats()->queued_messages, 2);
	come(1, "CONNECT v5 id=a sei=100");
	hear(1, "PUBLISH q=1 id=1 t=t p=1", "PUBLISH q=1 id=2 t=t p=2"); /* 5.0:MQTT-4.5.0-1 */
	finish();
}

static void test_queue_bytes(void)
{
	prepare();
	w.options.max_queued_bytes = 3000;
	w.options.max_queued_bytes_total = 4500;
	start_prepared();
	come(1, "CONNECT v5 id=a sei=100");
	come(2, "CONNECT v5 id=b sei=100");
	subscribe(1, "t", 1);
	subscribe(2, "t", 1);
	hang_up(1);
	hang_up(2);
	char payload[1001] = {0};
	memset(payload, 'x', 1000);
	publish("t", payload, 1, false);
	publish("t", payload, 1, false);
	publish("t", payload, 1, false);
	publish("t", payload, 1, false);
	CHECK_EQ(stats()->queued_messages, 4);
	CHECK(stats()->queued_bytes <= 4500);
	CHECK_EQ(stats()->dropped_queue_full, 4);
	kick("a", 0x98, true);
	pass(1);
	CHECK_EQ(stats()->queued_messages, 2);
	kick("b", 0x98, true);
	pass(1);
	CHECK_EQ(stats()->queued_messages, 0);
	CHECK_EQ(stats()->queued_bytes, 0);
	finish();
}

/* A queue full of messages that have expired has room for new ones. */
static void test_expired_queue(void)
{
	prepare();
	w.options.max_queued_messages = 2;
	start_prepared();
	come(1, "CONNECT v5 id=a sei=1000");
	come(2, "CONNECT v5 id=b clean");
	subscribe(1, "t", 1);
	hang_up(1);
	say(2, "PUBLISH q=1 id=1 t=t p=old exp=5");
	say(2, "PUBLISH q=1 id=1 t=t p=old exp=5");
	say(2, "PUBLISH q=1 id=1 t=t p=dropped exp=500");
	pass(5000);
	say(2, "PUBLISH q=1 id=1 t=t p=new exp=500");
	CHECK_EQ(stats()->dropped_queue_full, 1);
	CHECK_EQ(stats()->dropped_expired, 1);
	pass(10500);
	come(1, "CONNECT v5 id=a sei=1000");
	hear(1, "PUBLISH q=1 id=1 t=t p=new exp=490"); /* 5.0:MQTT-3.3.2-6: less what it waited, in whole seconds */
	CHECK_EQ(stats()->dropped_expired, 2);
	finish();
}

static void test_expiry_in_queue(void)
{
	start();
	come(1, "CONNECT v5 id=a sei=1000");
	come(2, "CONNECT v5 id=b clean");
	subscribe(1, "t", 2);
	say(2, "PUBLISH q=2 id=7 t=t p=sent exp=5"); /* has begun: 5.0:MQTT-4.3.3-7 5.0:MQTT-4.3.3-13 */
	hear(1, "PUBLISH q=2 id=1 t=t p=sent exp=5");
	hang_up(1);
	say(2, "PUBLISH q=1 id=1 t=t p=short exp=5");
	say(2, "PUBLISH q=1 id=2 t=t p=long exp=50");
	pass(10000);
	come(1, "CONNECT v5 id=a sei=1000");
	hear(1, "PUBLISH dup q=2 id=1 t=t p=sent exp=0", "PUBLISH q=1 id=2 t=t p=long exp=40"); /* 5.0:MQTT-3.3.2-5 */
	CHECK_EQ(stats()->dropped_expired, 1);
	finish();
}

static void test_queue_qos_0(void)
{
	prepare();
	w.options.queue_qos0 = 1;
	start_prepared();
	come(1, "CONNECT v5 id=a sei=100");
	subscribe(1, "t", 1);
	hang_up(1);
	publish("t", "0", 0, false);
	publish("t", "1", 1, false);
	come(1, "CONNECT v5 id=a");
	hear(1, "PUBLISH q=0 t=t p=0", "PUBLISH q=1 id=1 t=t p=1");
	hang_up(1);
	CHECK_EQ(stats()->sessions, 0);
	CHECK_EQ(stats()->queued_messages, 0);
	finish();
}

/* ---- again after a reconnect --------------------------------------------------------------------------------- */

/* 5.0:MQTT-4.4.0-1: same identifiers, DUP, PUBREL for what had its PUBREC; then what waited. */
static void test_resend(void)
{
	start();
	come(1, "CONNECT v5 id=a sei=100 rm=4");
	subscribe(1, "t", 2);
	publish("t", "1", 1, false);
	publish("t", "2", 2, false);
	publish("t", "3", 2, false);
	publish("t", "4", 1, false);
	publish("t", "5", 1, false);
	say(1, "PUBREC id=2");
	say(1, "PUBACK id=4");
	say(1, "PUBREC id=3");
	say(1, "PUBCOMP id=3");
	hear(1, "PUBLISH q=1 id=1 t=t p=1", "PUBLISH q=2 id=2 t=t p=2", "PUBLISH q=2 id=3 t=t p=3",
	    "PUBLISH q=1 id=4 t=t p=4", "PUBREL id=2", "PUBLISH q=1 id=5 t=t p=5", "PUBREL id=3");
	hang_up(1);
	publish("t", "6", 2, false);
	come(1, "CONNECT v5 id=a sei=100 rm=4");
	/* 5.0:MQTT-3.3.1-1, 5.0:MQTT-4.3.3-6 */
	hear(1, "PUBLISH dup q=1 id=1 t=t p=1", "PUBREL id=2", "PUBLISH dup q=1 id=5 t=t p=5", "PUBLISH q=2 id=6 t=t p=6");
	say(1, "PUBCOMP id=2");
	say(1, "PUBACK id=5");
	say(1, "PUBACK id=1");
	hang_up(1);
	come(1, "CONNECT v4 id=a");
	hear(1, "PUBLISH dup q=2 id=6 t=t p=6");
	say(1, "PUBREC id=6");
	say(1, "PUBCOMP id=6");
	CHECK_EQ(client("a").inflight, 0);
	finish();
}

/* Not at any other time: 5.0:MQTT-4.4.0-1. */
static void test_no_resend(void)
{
	start();
	come(1, "CONNECT v5 id=a sei=100");
	subscribe(1, "t", 1);
	publish("t", "1", 1, false);
	hear(1, "PUBLISH q=1 id=1 t=t p=1");
	pass(3600000);
	hear_nothing(1);
	finish();
}

/* With a smaller window than before; PUBREL does not wait for it: 5.0:MQTT-3.3.4-10. */
static void test_resend_in_small_window(void)
{
	start();
	come(1, "CONNECT v5 id=a sei=100");
	subscribe(1, "t", 2);
	for (int i = 0; i < 6; i++) {
		publish("t", "x", 2, false);
	}
	say(1, "PUBREC id=1");
	say(1, "PUBREC id=2");
	say(1, "PUBREC id=3");
	hang_up(1);
	come(1, "CONNECT v5 id=a sei=100 rm=1");
	hear(1, "PUBREL id=1", "PUBREL id=2", "PUBREL id=3");
	say(1, "PUBCOMP id=1");
	say(1, "PUBCOMP id=2");
	say(1, "PUBCOMP id=3");
	hear(1, "PUBLISH dup q=2 id=4 t=t p=x");
	say(1, "PUBREC id=5"); /* for the old connection's PUBLISH, before it was sent again */
	hear(1, "PUBREL id=5", "PUBREL id=5");
	say(1, "PUBREC id=4 rc=80");
	hear_nothing(1);
	say(1, "PUBCOMP id=5");
	hear(1, "PUBLISH dup q=2 id=6 t=t p=x");
	say(1, "PUBREC id=6");
	say(1, "PUBCOMP id=6");
	hear(1, "PUBREL id=6");
	CHECK_EQ(client("a").inflight, 0);
	finish();
}

/* Over and over: identifiers go beyond 65,535 and begin at 1 again. */
static void test_packet_id_wraps(void)
{
	start();
	come(1, "CONNECT v5 id=a clean");
	subscribe(1, "t", 1);
	for (int i = 1; i <= 65534; i++) {
		publish("t", "x", 1, false);
		forget_heard(&w.conns[1]);
		say(1, "PUBACK id=%d", i);
	}
	CHECK_EQ(client("a").inflight, 0);
	for (int i = 0; i < 3; i++) {
		publish("t", "y", 1, false);
	}
	hear(1, "PUBLISH q=1 id=65535 t=t p=y", "PUBLISH q=1 id=1 t=t p=y", "PUBLISH q=1 id=2 t=t p=y");
	say(1, "PUBACK id=1");
	CHECK_EQ(client("a").inflight, 3); /* the first of them holds the place */
	say(1, "PUBACK id=65535");
	say(1, "PUBACK id=2");
	CHECK_EQ(client("a").inflight, 0);
	finish();
}

/* A client that never acknowledges one message and all others: the window in identifiers ends before they repeat. */
static void test_one_never_acknowledged(void)
{
	prepare();
	w.options.max_inflight = 10;
	start_prepared();
	come(1, "CONNECT v5 id=a clean");
	subscribe(1, "t", 1);
	for (int i = 1; i <= 65600; i++) {
		publish("t", "x", 1, false);
		forget_heard(&w.conns[1]);
		if (i > 1 && i < 65535) {
			say(1, "PUBACK id=%d", i);
		}
	}
	CHECK(client("a").inflight < 65535);
	say(1, "PUBACK id=1");
	CHECK(w.conns[1].count > 0); /* it goes on */
	finish();
}

/* ---- limits of the client ------------------------------------------------------------------------------------ */

static void test_too_large_for_client(void)
{
	start();
	come(1, "CONNECT v5 id=a clean mps=50 rm=1");
	subscribe(1, "t", 1);
	come(2, "CONNECT v5 id=b clean");
	say(2, "PUBLISH q=1 id=1 t=t p=#100"); /* 5.0:MQTT-3.1.2-24 5.0:MQTT-3.1.2-25 */
	say(2, "PUBLISH q=1 id=2 t=t p=fits");
	say(2, "PUBLISH q=0 t=t p=#100");
	hear(1, "PUBLISH q=1 id=2 t=t p=fits");
	say(1, "PUBACK id=2");
	CHECK_EQ(stats()->dropped_too_large, 2);
	CHECK_EQ(client("a").inflight, 0);
	finish();
}

static void test_alias_out(void)
{
	prepare();
	w.options.max_client_topic_aliases = 2;
	start_prepared();
	come(1, "CONNECT v5 id=a sei=10 tam=10");
	subscribe(1, "#", 1);
	publish("one", "1", 0, false); /* 5.0:MQTT-3.1.2-26 */
	publish("one", "2", 1, false);
	publish("two", "3", 0, false);
	publish("two", "4", 0, false);
	publish("three", "5", 0, false);
	hear(1, "PUBLISH q=0 t=one p=1 alias=1", "PUBLISH q=1 id=1 t= p=2 alias=1", "PUBLISH q=0 t=two p=3 alias=2",
	    "PUBLISH q=0 t= p=4 alias=2", "PUBLISH q=0 t=three p=5");
	hang_up(1);
	come(1, "CONNECT v5 id=a sei=10"); /* 5.0:MQTT-3.1.2-27, 5.0:MQTT-3.3.2-7 */
	hear(1, "PUBLISH dup q=1 id=1 t=one p=2");
	come(2, "CONNECT v5 id=b clean tam=1 mps=25");
	subscribe(2, "long/#", 0);
	publish("long/topic/name/1", "12", 0, false); /* with an alias it would be too large */
	hear(2, "PUBLISH q=0 t=long/topic/name/1 p=12");
	finish();
}

static void test_window_in_bytes(void)
{
	prepare();
	w.options.max_inflight_bytes = 3000;
	start_prepared();
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=t q=2");
	hear(1, "SUBACK id=1 02");
	come(2, "CONNECT v5 id=b clean");
	for (int i = 1; i <= 4; i++) {
		say(2, "PUBLISH q=%d id=%d t=t p=#2000", i == 1 ? 2 : 1, i);
	}
	hear(1, "PUBLISH q=2 id=1 *", "PUBLISH q=1 id=2 *"); /* the second one goes beyond, the third waits */
	say(1, "PUBREC id=1");                               /* its payload is not needed any more */
	hear(1, "PUBREL id=1", "PUBLISH q=1 id=3 *");
	say(1, "PUBACK id=2");
	hear(1, "PUBLISH q=1 id=4 *");
	hang_up(1);
	finish();
}

TEST_MAIN(TEST_ENTRY(test_window_in_bytes), TEST_ENTRY(test_qos_1), TEST_ENTRY(test_qos_2),
    TEST_ENTRY(test_window_of_client), TEST_ENTRY(test_window_of_server), TEST_ENTRY(test_queue_limits),
    TEST_ENTRY(test_queue_bytes), TEST_ENTRY(test_expired_queue), TEST_ENTRY(test_expiry_in_queue),
    TEST_ENTRY(test_queue_qos_0), TEST_ENTRY(test_resend), TEST_ENTRY(test_no_resend),
    TEST_ENTRY(test_resend_in_small_window), TEST_ENTRY(test_packet_id_wraps), TEST_ENTRY(test_one_never_acknowledged),
    TEST_ENTRY(test_too_large_for_client), TEST_ENTRY(test_alias_out))
