/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/publish_test.c - PUBLISH from clients: acknowledgement, duplicates, aliases, limits (MQTT 5
 * sections 3.3, 4.3, 4.9).
 */
#include "world.h"

static void test_qos_in(void)
{
	start();
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v4 id=b clean");
	say(1, "PUBLISH q=0 t=t p=x");
	hear_nothing(1);
	say(1, "PUBLISH q=1 id=5 t=t p=x"); /* 5.0:MQTT-3.3.4-1 5.0:MQTT-4.3.2-4 5.0:MQTT-2.2.1-5 */
	hear(1, "PUBACK id=5 rc=10");
	say(2, "PUBLISH q=1 id=5 t=t p=x");
	hear(2, "PUBACK id=5");
	say(1, "PUBLISH q=2 id=65535 t=t p=x"); /* 5.0:MQTT-4.3.3-8 */
	hear(1, "PUBREC id=65535 rc=10");
	say(1, "PUBREL id=65535"); /* 5.0:MQTT-4.3.3-11 */
	hear(1, "PUBCOMP id=65535");
	say(1, "PUBREL id=65535");
	hear(1, "PUBCOMP id=65535 rc=92");
	say(2, "PUBREL id=9");
	hear(2, "PUBCOMP id=9");
	CHECK_EQ(stats()->publish_received, 4);
	CHECK_EQ(stats()->publish_no_subscriber, 4);
	finish();
}

/* QoS 2 exactly once, QoS 1 each time it comes: 5.0:MQTT-4.3.3-10 5.0:MQTT-4.3.3-12 5.0:MQTT-4.3.2-5. */
static void test_duplicates(void)
{
	start();
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b sei=100");
	say(1, "SUBSCRIBE id=1 f=t q=0");
	hear(1, "SUBACK id=1 00");
	say(2, "PUBLISH q=2 id=1 t=t p=x");
	say(2, "PUBLISH dup q=2 id=1 t=t p=x");
	hear(2, "PUBREC id=1", "PUBREC id=1");
	hear(1, "PUBLISH q=0 t=t p=x");
	hang_up(2);
	come(2, "CONNECT v5 id=b sei=100");
	say(2, "PUBLISH dup q=2 id=1 t=t p=x"); /* remembered by the session */
	hear(2, "PUBREC id=1");
	hear_nothing(1);
	say(2, "PUBREL id=1");
	say(2, "PUBLISH q=2 id=1 t=t p=y");
	hear(2, "PUBCOMP id=1", "PUBREC id=1");
	hear(1, "PUBLISH q=0 t=t p=y");
	say(2, "PUBLISH q=1 id=2 t=t p=z");
	say(2, "PUBLISH dup q=1 id=2 t=t p=z"); /* 5.0:MQTT-3.3.1-3: sent on without the flag */
	hear(1, "PUBLISH q=0 t=t p=z", "PUBLISH q=0 t=t p=z");
	hang_up(2);
	come(2, "CONNECT v5 id=b clean");
	say(2, "PUBLISH dup q=2 id=1 t=t p=new"); /* another session */
	hear(1, "PUBLISH q=0 t=t p=new");
	finish();
}

static void test_alias_in(void)
{
	start();
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b clean");
	say(1, "SUBSCRIBE id=1 f=#");
	hear(1, "SUBACK id=1 00");
	say(2, "PUBLISH q=0 t=one p=1 alias=32"); /* 5.0:MQTT-3.3.2-12 */
	say(2, "PUBLISH q=0 t= p=2 alias=32");
	say(2, "PUBLISH q=0 t=two p=3 alias=32");
	say(2, "PUBLISH q=0 t= p=4 alias=32");
	hear(1, "PUBLISH q=0 t=one p=1", "PUBLISH q=0 t=one p=2", "PUBLISH q=0 t=two p=3", "PUBLISH q=0 t=two p=4");
	hang_up(2);
	come(2, "CONNECT v5 id=b clean");
	say(2, "PUBLISH q=0 t= p=5 alias=32"); /* 5.0:MQTT-3.3.2-7 */
	hear(2, "DISCONNECT rc=82", "CLOSED");
	come(2, "CONNECT v5 id=b clean");
	say(2, "PUBLISH q=0 t=t p=5 alias=33"); /* 5.0:MQTT-3.3.2-9 */
	hear(2, "DISCONNECT rc=94", "CLOSED");
	hear_nothing(1);
	finish();
}

static void test_no_alias(void)
{
	prepare();
	w.options.topic_alias_maximum = 0;
	start_prepared();
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=0 t=t p=5 alias=1"); /* 5.0:MQTT-3.2.2-18 */
	hear(1, "DISCONNECT rc=94", "CLOSED");
	finish();
}

/* More unacknowledged messages than Receive Maximum: 5.0:MQTT-3.3.4-7, section 4.9. */
static void test_receive_maximum(void)
{
	prepare();
	w.options.receive_maximum = 2;
	start_prepared();
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=2 id=1 t=t p=x");
	say(1, "PUBLISH q=2 id=2 t=t p=x");
	say(1, "PUBLISH dup q=2 id=2 t=t p=x");
	say(1, "PUBLISH q=0 t=t p=x");
	hear(1, "PUBREC id=1 rc=10", "PUBREC id=2 rc=10", "PUBREC id=2");
	say(1, "PUBREL id=1");
	say(1, "PUBLISH q=1 id=3 t=t p=x");
	hear(1, "PUBCOMP id=1", "PUBACK id=3 rc=10");
	say(1, "PUBLISH q=2 id=4 t=t p=x");
	hear(1, "PUBREC id=4 rc=10");
	say(1, "PUBLISH q=1 id=5 t=t p=x");
	hear(1, "DISCONNECT rc=93", "CLOSED");
	come(2, "CONNECT v4 id=b clean"); /* 3.1.1 knows no such limit */
	for (int i = 1; i < 10; i++) {
		say(2, "PUBLISH q=2 id=%d t=t p=x", i);
	}
	CHECK_EQ(w.conns[2].count, 9);
	finish();
}

static void test_tolerant_receive_maximum(void)
{
	prepare();
	w.options.receive_maximum = 1;
	w.options.enforce_receive_maximum = 0;
	start_prepared();
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=2 id=1 t=t p=x");
	say(1, "PUBLISH q=2 id=2 t=t p=x");
	hear(1, "PUBREC id=1 rc=10", "PUBREC id=2 rc=10");
	finish();
}

static void test_what_the_server_cannot(void)
{
	prepare();
	w.options.max_qos = 1;
	w.options.retain_available = 0;
	w.options.max_packet_bytes = 100;
	start_prepared();
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=2 id=1 t=t p=x"); /* 5.0:MQTT-3.2.2-11 */
	hear(1, "DISCONNECT rc=9B", "CLOSED");
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=0 r t=t p=x"); /* 5.0:MQTT-3.2.2-14 */
	hear(1, "DISCONNECT rc=9A", "CLOSED");
	CHECK_EQ(publish("t", "x", 0, true), MQS_OK);
	CHECK_EQ(stats()->retained_messages, 0);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=1 t=t p=#92"); /* 100 bytes */
	hear(1, "PUBACK id=1 rc=10");
	say(1, "PUBLISH q=1 id=1 t=t p=#93"); /* 5.0:MQTT-3.2.2-15 */
	hear(1, "DISCONNECT rc=95", "CLOSED");
	come(1, "CONNECT v4 id=a clean");
	say(1, "PUBLISH q=2 id=1 t=t p=x");
	hear(1, "CLOSED");
	come(1, "CONNECT v4 id=a clean");
	say_cut(1, 1, "PUBLISH q=1 id=1 t=t p=#200");
	hear(1, "CLOSED");
	finish();
}

static void test_forbidden(void)
{
	static const char *const v5[] = {"PUBLISH q=0 t=t p=x sub=1", /* 5.0:MQTT-3.3.4-6 */
	    "PUBLISH q=0 t= p=x", "PUBLISH q=1 id=0 t=t p=x"};
	start();
	for (size_t i = 0; i < sizeof(v5) / sizeof(v5[0]); i++) {
		come(1, "CONNECT v5 id=a clean");
		say(1, "%s", v5[i]);
		hear(1, "DISCONNECT rc=82", "CLOSED");
	}
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=0 t=a/+ p=x"); /* 5.0:MQTT-3.3.2-2 */
	hear(1, "DISCONNECT rc=90", "CLOSED");
	come(1, "CONNECT v5 id=a clean");
	say_bytes(1, MQS_BYTES_LITERAL("\x36\4\0\1a\0"), 0); /* QoS 3: 5.0:MQTT-3.3.1-4 */
	hear(1, "DISCONNECT rc=81", "CLOSED");
	come(1, "CONNECT v5 id=a clean");
	say_bytes(1, MQS_BYTES_LITERAL("\xd0\0"), 0); /* PINGRESP is the server's */
	hear(1, "DISCONNECT rc=82", "CLOSED");
	finish();
}

/* Only the server itself publishes there. */
static void test_sys(void)
{
	start();
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=$SYS/#");
	hear(1, "SUBACK id=1 00");
	say(1, "PUBLISH q=0 t=$SYS/x p=x");
	say(1, "PUBLISH q=1 id=1 t=$SYS/x p=x");
	hear(1, "PUBACK id=1 rc=87");
	publish("$SYS/x", "mine", 0, false);
	hear(1, "PUBLISH q=0 t=$SYS/x p=mine");
	finish();
}

/* What a 5.0 publisher says reaches 5.0 subscribers: 5.0:MQTT-3.3.2-4 5.0:MQTT-3.3.2-15 5.0:MQTT-3.3.2-16
 * 5.0:MQTT-3.3.2-17 5.0:MQTT-3.3.2-18 5.0:MQTT-3.3.2-20. */
static void test_properties_forwarded(void)
{
	start();
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v4 id=b clean");
	come(3, "CONNECT v3 id=c clean");
	for (int n = 1; n <= 3; n++) {
		say(n, "SUBSCRIBE id=1 f=t q=2");
		hear(n, "SUBACK id=1 02");
	}
	say(1, "PUBLISH q=0 t=t p=x pfi=1 up=b:2 up=a:1 up=b:1 rt=back cd=tag ct=kind alias=1");
	hear(1, "PUBLISH q=0 t=t p=x pfi=1 up=b:2 up=a:1 up=b:1 rt=back cd=tag ct=kind");
	hear(2, "PUBLISH q=0 t=t p=x");
	hear(3, "PUBLISH q=0 t=t p=x");
	say(2, "PUBLISH q=1 id=3 t=t p=y");
	hear(1, "PUBLISH q=1 id=1 t=t p=y");
	hear(3, "PUBLISH q=1 id=1 t=t p=y");
	finish();
}

/* Packet identifiers of both directions have nothing to do with each other. */
static void test_same_ids_both_ways(void)
{
	start();
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=t q=2");
	hear(1, "SUBACK id=1 02");
	say(1, "PUBLISH q=2 id=1 t=t p=x");
	hear(1, "PUBLISH q=2 id=1 t=t p=x", "PUBREC id=1");
	say(1, "PUBREC id=1");
	say(1, "PUBREL id=1");
	say(1, "PUBCOMP id=1");
	hear(1, "PUBREL id=1", "PUBCOMP id=1");
	mqs_client_info info;
	CHECK(mqs_broker_client(w.broker, text("a"), &info));
	CHECK_EQ(info.inflight, 0);
	finish();
}

/* All 65,535 identifiers at once. */
static void test_all_ids(void)
{
	start();
	come(1, "CONNECT v4 id=a");
	for (int i = 1; i <= 65535; i++) {
		say(1, "PUBLISH q=2 id=%d t=t p=x", i);
		if (w.conns[1].count != 1) {
			break;
		}
		hear(1, "PUBREC id=*");
	}
	hang_up(1);
	come(1, "CONNECT v4 id=a");
	for (int i = 65535; i > 0; i -= 1000) {
		say(1, "PUBREL id=%d", i);
		hear(1, "PUBCOMP id=*");
	}
	finish();
}

TEST_MAIN(TEST_ENTRY(test_qos_in), TEST_ENTRY(test_duplicates), TEST_ENTRY(test_alias_in), TEST_ENTRY(test_no_alias),
    TEST_ENTRY(test_receive_maximum), TEST_ENTRY(test_tolerant_receive_maximum),
    TEST_ENTRY(test_what_the_server_cannot), TEST_ENTRY(test_forbidden), TEST_ENTRY(test_sys),
    TEST_ENTRY(test_properties_forwarded), TEST_ENTRY(test_same_ids_both_ways), TEST_ENTRY(test_all_ids))
