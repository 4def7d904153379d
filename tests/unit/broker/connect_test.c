/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/connect_test.c - CONNECT and CONNACK, who may come in, take-over, and how long sessions live
 * (MQTT 5 sections 3.1, 3.2, 4.1).
 */
#include "world.h"

/* What the broker says of itself to a 5.0 client when nothing was changed. */
#define OURS " rm=1024 mps=1048576 tam=32"

/* ---- levels and identifiers ---------------------------------------------------------------------------------- */

static void test_levels(void)
{
	start();
	call(1);
	say(1, "CONNECT v3 id=three clean");
	hear(1, "CONNACK rc=00 sp=0");
	call(2);
	say(2, "CONNECT v4 id=four clean");
	hear(2, "CONNACK rc=00 sp=0");
	call(3);
	say(3, "CONNECT v5 id=five clean"); /* 5.0:MQTT-3.1.4-5 */
	hear(3, "CONNACK rc=00 sp=0" OURS);
	CHECK_EQ(stats()->connects_accepted, 3);
	CHECK_EQ(stats()->sessions, 3);
	finish();
}

/* A CONNECT of a level that nobody knows; 5.0:MQTT-3.1.2-2 3.1.1:MQTT-3.1.2-2. */
static void test_unknown_levels(void)
{
	static const uint8_t level_9[] = {0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 9, 2, 0, 0, 0, 1, 'a'};
	static const uint8_t level_2[] = {0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 2, 2, 0, 0, 0, 1, 'a'};
	static const uint8_t name[] = {0x10, 13, 0, 4, 'M', 'Q', 'T', 'X', 4, 2, 0, 0, 0, 1, 'a'};
	start();
	call(1);
	say_bytes(1, mqs_bytes_make(level_9, sizeof(level_9)), 0);
	CHECK(w.conns[1].count == 2); /* a refusal in a form the client may know, and the end */
	call(2);
	say_bytes(2, mqs_bytes_make(level_2, sizeof(level_2)), 0);
	hear(2, "CONNACK rc=01 sp=0", "CLOSED");
	call(3);
	say_bytes(3, mqs_bytes_make(name, sizeof(name)), 0);
	CHECK(w.conns[3].conn == NULL); /* 5.0:MQTT-3.1.2-1 */
	CHECK_EQ(stats()->sessions, 0);
	CHECK_EQ(stats()->protocol_faults, 3);
	finish();
}

static void test_client_identifiers(void)
{
	start();
	call(1);
	say(1, "CONNECT v5 id= clean"); /* 5.0:MQTT-3.1.3-6 5.0:MQTT-3.1.3-7 5.0:MQTT-3.2.2-16 */
	hear(1, "CONNACK rc=00 sp=0 aci=auto111111111111111111" OURS);
	call(2);
	say(2, "CONNECT v5 id=");
	hear(2, "CONNACK rc=00 sp=0 aci=auto222222222222222222" OURS);
	call(3);
	say(3, "CONNECT v4 id= clean");
	hear(3, "CONNACK rc=00 sp=0");
	call(4);
	say(4, "CONNECT v4 id="); /* 3.1.1:MQTT-3.1.3-8 */
	hear(4, "CONNACK rc=02 sp=0", "CLOSED");
	call(5);
	say(5, "CONNECT v3 id= clean");
	hear(5, "CONNACK rc=02 sp=0", "CLOSED");
	CHECK_EQ(stats()->sessions, 3);
	finish();
}

static void test_long_client_identifier(void)
{
	prepare();
	w.options.max_client_id_bytes = 23;
	start_prepared();
	come(1, "CONNECT v5 id=0123456789abcdefghijklm clean"); /* 5.0:MQTT-3.1.3-5 */
	call(2);
	say(2, "CONNECT v5 id=0123456789abcdefghijklmn clean");
	hear(2, "CONNACK rc=85 sp=0", "CLOSED"); /* 5.0:MQTT-3.1.3-8 */
	call(3);
	say(3, "CONNECT v4 id=0123456789abcdefghijklmn clean");
	hear(3, "CONNACK rc=02 sp=0", "CLOSED");
	finish();
}

/* ---- what comes first, and what comes twice ------------------------------------------------------------------ */

static void test_first_packet(void)
{
	static const char *const others[] = {"PINGREQ", "PUBLISH q=0 t=a p=x", "SUBSCRIBE id=1 f=a", "DISCONNECT"};
	start();
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		call(1);
		say(1, "%s", others[i]); /* 5.0:MQTT-3.1.0-1 */
		hear(1, "CLOSED");
	}
	CHECK_EQ(stats()->protocol_faults, 4);
	finish();
}

static void test_second_connect(void)
{
	start();
	come(1, "CONNECT v5 id=a clean");
	say(1, "CONNECT v5 id=a clean"); /* 5.0:MQTT-3.1.0-2 */
	hear(1, "DISCONNECT rc=82", "CLOSED");
	come(2, "CONNECT v4 id=a clean");
	say(2, "CONNECT v4 id=a clean");
	hear(2, "CLOSED");
	finish();
}

/* Behind a refused CONNECT nothing is done: 5.0:MQTT-3.1.4-6. */
static void test_behind_refusal(void)
{
	prepare();
	w.options.max_sessions = 1;
	start_prepared();
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=#");
	hear(1, "SUBACK id=1 00");
	call(2);
	say_all(2, "CONNECT v5 id=b clean\nPUBLISH q=0 t=x p=y");
	hear(2, "CONNACK rc=97 sp=0", "CLOSED");
	hear_nothing(1);
	finish();
}

static void test_large_connect(void)
{
	prepare();
	w.options.max_connect_packet_bytes = 64;
	start_prepared();
	call(1);
	say(1, "CONNECT v5 id=0123456789012345678901234567890123456789012345678901234567890123456789 clean");
	hear(1, "CONNACK rc=95 sp=0", "CLOSED");
	come(2, "CONNECT v4 id=a clean");
	say(2, "PUBLISH q=1 id=1 t=a p=#1000"); /* the limit was that of the first packet */
	hear(2, "PUBACK id=1");
	call(3);
	say_cut(3, 1, "CONNECT v4 id=0123456789012345678901234567890123456789012345678901234567890123456789 clean");
	hear(3, "CLOSED");
	finish();
}

static void test_broken_connect(void)
{
	static const uint8_t flags[] = {0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 3, 0, 0, 0, 1, 'a'};
	static const uint8_t flags_5[] = {0x10, 14, 0, 4, 'M', 'Q', 'T', 'T', 5, 3, 0, 0, 0, 0, 1, 'a'};
	start();
	call(1);
	say_bytes(1, mqs_bytes_make(flags, sizeof(flags)), 0); /* 5.0:MQTT-3.1.2-3 5.0:MQTT-3.1.4-1 */
	hear(1, "CLOSED");
	call(2);
	w.conns[2].level = 5;
	say_bytes(2, mqs_bytes_make(flags_5, sizeof(flags_5)), 0);
	hear(2, "CONNACK rc=81 sp=0", "CLOSED");
	finish();
}

static void test_byte_by_byte(void)
{
	start();
	call(1);
	say_cut(1, 1, "CONNECT v5 id=abc clean ka=10 will=w wp=gone user=u pass=p sei=5 up=a:b");
	hear(1, "CONNACK rc=00 sp=0" OURS);
	say_cut(1, 1, "SUBSCRIBE id=9 f=a/b q=2 f=c/d q=1");
	hear(1, "SUBACK id=9 02 01");
	say_cut(1, 1, "PUBLISH q=2 id=3 t=a/b p=#300");
	hear(1, "PUBLISH q=2 id=1 t=a/b p=#300", "PUBREC id=3");
	finish();
}

/* ---- who may come in ----------------------------------------------------------------------------------------- */

static void test_anonymous(void)
{
	start();
	call_from(1, false);
	say(1, "CONNECT v5 id=a clean user=u pass=p"); /* nobody can check a password: 5.0:MQTT-3.1.4-2 */
	hear(1, "CONNACK rc=87 sp=0", "CLOSED");
	call_from(2, false);
	say(2, "CONNECT v4 id=a clean");
	hear(2, "CONNACK rc=05 sp=0", "CLOSED");
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, allow);
	call_from(3, false);
	say(3, "CONNECT v4 id=a clean");
	hear(3, "CONNACK rc=00 sp=0");
	CHECK_EQ(stats()->connects_refused, 2);
	finish();
}

static void test_refusals_by_options(void)
{
	prepare();
	w.options.max_qos = 1;
	w.options.retain_available = 0;
	w.options.max_connections = 2;
	start_prepared();
	call(1);
	say(1, "CONNECT v5 id=a clean will=w wp=x wq=2"); /* 5.0:MQTT-3.2.2-12 */
	hear(1, "CONNACK rc=9B sp=0", "CLOSED");
	call(1);
	say(1, "CONNECT v5 id=a clean will=w wp=x wr"); /* 5.0:MQTT-3.2.2-13 */
	hear(1, "CONNACK rc=9A sp=0", "CLOSED");
	call(1);
	say(1, "CONNECT v4 id=a clean will=w wp=x wr");
	hear(1, "CLOSED"); /* no return code says that: 3.1.1:MQTT-3.2.2-6 */
	call(1);
	call(2);
	CHECK(!call(3));
	CHECK_EQ(stats()->connections_refused, 1);
	finish();
}

/* What a client is told about the server: 5.0:MQTT-3.2.2-9 and the sections 3.2.2.3.x. */
static void test_announcements(void)
{
	prepare();
	w.options.max_qos = 1;
	w.options.retain_available = 0;
	w.options.wildcard_subscription_available = 0;
	w.options.subscription_identifier_available = 0;
	w.options.shared_subscription_available = 0;
	w.options.receive_maximum = 65535;
	w.options.topic_alias_maximum = 0;
	w.options.max_packet_bytes = 2000;
	w.options.max_keep_alive_s = 60;
	w.options.max_session_expiry_s = 100;
	start_prepared();
	call(1);
	say(1, "CONNECT v5 id=a clean ka=600 sei=4000000000");
	hear(1, "CONNACK rc=00 sp=0 ska=60 sei=100 mq=1 mps=2000 ra=0 wsa=0 sia=0 ssa=0");
	call(2);
	say(2, "CONNECT v5 id=b clean ka=60 sei=100"); /* as asked: nothing to say. 5.0:MQTT-3.2.2-22 */
	hear(2, "CONNACK rc=00 sp=0 mq=1 mps=2000 ra=0 wsa=0 sia=0 ssa=0");
	finish();
}

static void test_no_endless_keep_alive(void)
{
	prepare();
	w.options.allow_zero_keep_alive = 0;
	w.options.max_keep_alive_s = 60;
	start_prepared();
	call(1);
	say(1, "CONNECT v5 id=a clean ka=0");
	hear(1, "CONNACK rc=00 sp=0 ska=60" OURS);
	/* a 3.1.1 client cannot be told another keep-alive, so its own counts */
	come(2, "CONNECT v4 id=b clean ka=600");
	pass(899000);
	hear(1, "DISCONNECT rc=8D", "CLOSED");
	hear_nothing(2);
	pass(2000);
	hear(2, "CLOSED");
	finish();
}

/* A client that cannot take even our CONNACK is let go, and gets nothing that is too large for it:
 * 5.0:MQTT-3.1.2-24. */
static void test_connack_too_large(void)
{
	start();
	call(1);
	say(1, "CONNECT v5 id=a clean mps=10");
	hear(1, "CLOSED");
	CHECK_EQ(stats()->sessions, 0);
	call(2);
	say(2, "CONNECT v5 id=a clean mps=18");
	hear(2, "CONNACK rc=00 sp=0" OURS);
	finish();
}

/* ---- sessions ------------------------------------------------------------------------------------------------ */

static void test_session_present(void)
{
	start();
	come(1, "CONNECT v5 id=a sei=100"); /* 5.0:MQTT-3.1.2-6 */
	say(1, "SUBSCRIBE id=1 f=t q=1");
	hear(1, "SUBACK id=1 01");
	say(1, "DISCONNECT");
	hear(1, "CLOSED");
	CHECK_EQ(stats()->sessions, 1); /* 5.0:MQTT-3.1.2-23 */
	call(1);
	say(1, "CONNECT v5 id=a sei=100");
	hear(1, "CONNACK rc=00 sp=1" OURS); /* 5.0:MQTT-3.1.2-5 5.0:MQTT-3.2.2-3 */
	CHECK_EQ(stats()->subscriptions, 1);
	say(1, "DISCONNECT");
	call(1);
	say(1, "CONNECT v5 id=a clean sei=100");
	hear(1, "CONNACK rc=00 sp=0" OURS); /* 5.0:MQTT-3.1.2-4 5.0:MQTT-3.2.2-2 5.0:MQTT-3.1.4-4 */
	CHECK_EQ(stats()->subscriptions, 0);
	finish();
}

static void test_sessions_of_3_x(void)
{
	start();
	come(1, "CONNECT v4 id=a clean");
	hang_up(1);
	CHECK_EQ(stats()->sessions, 0);
	come(1, "CONNECT v4 id=a");
	hang_up(1);
	CHECK_EQ(stats()->sessions, 1);
	call(1);
	say(1, "CONNECT v4 id=a");
	hear(1, "CONNACK rc=00 sp=1");
	hang_up(1);
	call(1);
	say(1, "CONNECT v3 id=a"); /* 3.1 has no such flag */
	hear(1, "CONNACK rc=00 sp=0");
	hang_up(1);
	pass(2592000000 - 1);
	CHECK_EQ(stats()->sessions, 1);
	pass(1);
	CHECK_EQ(stats()->sessions, 0);
	CHECK_EQ(stats()->sessions_expired, 1);
	finish();
}

static void test_session_expiry(void)
{
	start();
	come(1, "CONNECT v5 id=a"); /* none given: it ends with the connection */
	hang_up(1);
	CHECK_EQ(stats()->sessions, 0);
	come(1, "CONNECT v5 id=a sei=10");
	pass(60000);
	CHECK_EQ(stats()->sessions, 1); /* 5.0:MQTT-4.1.0-1: not while connected */
	hang_up(1);
	pass(9999);
	CHECK_EQ(stats()->sessions, 1);
	pass(1);
	CHECK_EQ(stats()->sessions, 0); /* 5.0:MQTT-4.1.0-2 */
	come(1, "CONNECT v5 id=a sei=10");
	hang_up(1);
	pass(9000);
	come(1, "CONNECT v5 id=a sei=4294967295");
	hang_up(1);
	pass(100000);
	CHECK_EQ(stats()->sessions, 1);
	finish();
}

/* DISCONNECT may change the session's life, but not give one to a session without: section 3.14.2.2.2. */
static void test_disconnect_sets_expiry(void)
{
	start();
	come(1, "CONNECT v5 id=a sei=100");
	say(1, "DISCONNECT sei=0");
	CHECK_EQ(stats()->sessions, 0);
	come(1, "CONNECT v5 id=a sei=100");
	say(1, "DISCONNECT sei=5");
	pass(4999);
	CHECK_EQ(stats()->sessions, 1);
	pass(1);
	CHECK_EQ(stats()->sessions, 0);
	come(1, "CONNECT v5 id=a");
	say(1, "DISCONNECT sei=5");
	hear(1, "DISCONNECT rc=82", "CLOSED");
	CHECK_EQ(stats()->sessions, 0);
	finish();
}

static void test_take_over(void)
{
	start();
	come(1, "CONNECT v5 id=a sei=100");
	call(2);
	say(2, "CONNECT v5 id=a sei=100");
	hear(1, "DISCONNECT rc=8E", "CLOSED"); /* 5.0:MQTT-3.1.4-3 */
	hear(2, "CONNACK rc=00 sp=1" OURS);
	call(3);
	say(3, "CONNECT v4 id=a");
	hear(2, "DISCONNECT rc=8E", "CLOSED");
	hear(3, "CONNACK rc=00 sp=1");
	call(1);
	say(1, "CONNECT v5 id=a clean");
	hear(3, "CLOSED");
	hear(1, "CONNACK rc=00 sp=0" OURS);
	call(2);
	say(2, "CONNECT v5 id=a"); /* the session of 1 ended with its connection */
	hear(2, "CONNACK rc=00 sp=0" OURS);
	CHECK_EQ(stats()->sessions_taken_over, 4);
	CHECK_EQ(stats()->sessions, 1);
	finish();
}

/* The loser of a take-over that does not read is closed all the same. */
static void test_take_over_from_stuck(void)
{
	start();
	come(1, "CONNECT v5 id=a sei=100");
	w.conns[1].stuck = true;
	come(2, "CONNECT v5 id=a sei=100");
	say(2, "SUBSCRIBE id=1 f=t");
	hear(2, "SUBACK id=1 00");
	CHECK(mqs_conn_wants_close(w.conns[1].conn));
	publish("t", "x", 0, false);
	hear(2, "PUBLISH q=0 t=t p=x");
	read_on(1);
	hear(1, "DISCONNECT rc=8E", "CLOSED");
	CHECK_EQ(stats()->sessions, 1);
	finish();
}

/* A session that was thrown away by command is not resumed, even before the broker came to free it. */
static void test_discarded(void)
{
	start();
	come(1, "CONNECT v5 id=a sei=100");
	hang_up(1);
	CHECK_EQ(kick("a", MQTT_RC_ADMINISTRATIVE_ACTION, true), MQS_OK);
	call(1);
	say(1, "CONNECT v5 id=a sei=100");
	hear(1, "CONNACK rc=00 sp=0" OURS);
	pass(1000);
	CHECK_EQ(stats()->sessions, 1);
	finish();
}

TEST_MAIN(TEST_ENTRY(test_levels), TEST_ENTRY(test_unknown_levels), TEST_ENTRY(test_client_identifiers),
    TEST_ENTRY(test_long_client_identifier), TEST_ENTRY(test_first_packet), TEST_ENTRY(test_second_connect),
    TEST_ENTRY(test_behind_refusal), TEST_ENTRY(test_large_connect), TEST_ENTRY(test_broken_connect),
    TEST_ENTRY(test_byte_by_byte), TEST_ENTRY(test_anonymous), TEST_ENTRY(test_refusals_by_options),
    TEST_ENTRY(test_announcements), TEST_ENTRY(test_no_endless_keep_alive), TEST_ENTRY(test_connack_too_large),
    TEST_ENTRY(test_session_present), TEST_ENTRY(test_sessions_of_3_x), TEST_ENTRY(test_session_expiry),
    TEST_ENTRY(test_disconnect_sets_expiry), TEST_ENTRY(test_take_over), TEST_ENTRY(test_take_over_from_stuck),
    TEST_ENTRY(test_discarded))
