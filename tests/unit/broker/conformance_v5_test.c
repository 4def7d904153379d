/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/conformance_v5_test.c - statements of MQTT 5.0 that need a handler: reason strings and user
 * properties that do not fit, problem and response information. What bytes alone can show is in tests/vectors/wire.
 */
#include "world.h"

#define OURS " rm=1024 mps=1048576 tam=32"
#define MORE " rs=because up=k:v"

/* A Reason String and a user property, 17 bytes in all. */
static mqs_bytes more(void)
{
	return mqs_bytes_make("\x1f\0\7because\x26\0\1k\0\1v", 17);
}

static mqs_verdict say_more(mqs_event *event)
{
	event->reply->props = more();
	return MQS_ALLOW;
}

/* Every event that has a reply is asked for, from now on. */
static void ask_for_more(void)
{
	static const mqs_event_kind kinds[] = {
	    MQS_EVENT_AUTH, MQS_EVENT_CONNECT, MQS_EVENT_PUBLISH, MQS_EVENT_SUBSCRIBE, MQS_EVENT_UNSUBSCRIBE};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		ask(kinds[i], MQS_PHASE_BEFORE, say_more);
	}
}

/* Says one of each packet that has an answer. */
static void say_all_kinds(int n)
{
	say(n, "PUBLISH q=1 id=1 t=t p=x");
	say(n, "PUBLISH q=2 id=2 t=t p=x");
	say(n, "SUBSCRIBE id=3 f=a");
	say(n, "UNSUBSCRIBE id=4 f=a");
}

static mqs_result dismiss(const char *client_id)
{
	mqs_result result = mqs_broker_disconnect(w.broker, text(client_id), 0x98, more(), false, w.now_ms);
	settle();
	return result;
}

/* With room for it, each answer has it; so the tests below see what is left off. */
static void test_everything_fits(void)
{
	start();
	ask_for_more();
	call(1);
	say(1, "CONNECT v5 id=a clean am=m");
	hear(1, "CONNACK rc=00 sp=0" OURS " am=m" MORE);
	say_all_kinds(1);
	hear(1, "PUBACK id=1 rc=10" MORE, "PUBREC id=2 rc=10" MORE, "SUBACK id=3 00" MORE, "UNSUBACK id=4 00" MORE);
	say(1, "AUTH rc=19 am=m");
	hear(1, "AUTH rc=00 am=m" MORE);
	CHECK_EQ(dismiss("a"), MQS_OK);
	hear(1, "DISCONNECT rc=98" MORE, "CLOSED");
	finish();
}

/*
 * The bare answers fit, with 17 bytes more they do not. CONNACK 5.0:MQTT-3.2.2-19 5.0:MQTT-3.2.2-20, PUBACK
 * 5.0:MQTT-3.4.2-2 5.0:MQTT-3.4.2-3, PUBREC 5.0:MQTT-3.5.2-2 5.0:MQTT-3.5.2-3, SUBACK 5.0:MQTT-3.9.2-1
 * 5.0:MQTT-3.9.2-2, UNSUBACK 5.0:MQTT-3.11.2-1 5.0:MQTT-3.11.2-2, DISCONNECT 5.0:MQTT-3.14.2-3 5.0:MQTT-3.14.2-4
 */
static void test_nothing_fits(void)
{
	start();
	ask_for_more();
	call(1);
	say(1, "CONNECT v5 id=a clean mps=20"); /* 5 of CONNACK and 11 of OURS are 16; PUBACK would be 4 + 1 + 17 */
	hear(1, "CONNACK rc=00 sp=0" OURS);
	say_all_kinds(1);
	hear(1, "PUBACK id=1 rc=10", "PUBREC id=2 rc=10", "SUBACK id=3 00", "UNSUBACK id=4 00");
	CHECK_EQ(dismiss("a"), MQS_OK);
	hear(1, "DISCONNECT rc=98", "CLOSED");
	finish();
}

/* To the byte: a PUBACK of 2 + 2 + 1 + 1 + 17 bytes. */
static void test_just_fits(void)
{
	start();
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, say_more);
	come(1, "CONNECT v5 id=a clean mps=23");
	say(1, "PUBLISH q=1 id=1 t=t p=x");
	hear(1, "PUBACK id=1 rc=10" MORE);
	come(2, "CONNECT v5 id=b clean mps=22");
	say(2, "PUBLISH q=1 id=1 t=t p=x");
	hear(2, "PUBACK id=1 rc=10"); /* 5.0:MQTT-3.4.2-2 5.0:MQTT-3.4.2-3 */
	finish();
}

/* 5.0:MQTT-3.15.2-2 5.0:MQTT-3.15.2-3: the method stays, it must be there (5.0:MQTT-4.12.0-5). */
static void test_auth_does_not_fit(void)
{
	start();
	ask(MQS_EVENT_AUTH, MQS_PHASE_BEFORE, say_more);
	come(1, "CONNECT v5 id=a clean am=m mps=24"); /* AUTH: 2 + 1 + 1 + 4, and 17 more are 25 */
	say(1, "AUTH rc=19 am=m");
	hear(1, "AUTH rc=00 am=m");
	come(2, "CONNECT v5 id=b clean am=m mps=25");
	say(2, "AUTH rc=19 am=m");
	hear(2, "AUTH rc=00 am=m" MORE);
	finish();
}

/* Request Problem Information 0: CONNACK, DISCONNECT and PUBLISH alone may have them, 5.0:MQTT-3.1.2-29. */
static void test_no_problem_information(void)
{
	start();
	ask_for_more();
	call(1);
	say(1, "CONNECT v5 id=a clean am=m rpi=0");
	hear(1, "CONNACK rc=00 sp=0" OURS " am=m" MORE);
	say_all_kinds(1);
	hear(1, "PUBACK id=1 rc=10", "PUBREC id=2 rc=10", "SUBACK id=3 00", "UNSUBACK id=4 00");
	say(1, "AUTH rc=19 am=m");
	hear(1, "AUTH rc=00 am=m");
	say(1, "SUBSCRIBE id=5 f=t");
	say(1, "PUBLISH q=0 t=t p=x up=k:v");
	hear(1, "SUBACK id=5 00", "PUBLISH q=0 t=t p=x up=k:v");
	dismiss("a");
	hear(1, "DISCONNECT rc=98" MORE, "CLOSED");
	call(2);
	say(2, "CONNECT v5 id=b clean rpi=1");
	say(2, "SUBSCRIBE id=3 f=a");
	hear(2, "CONNACK rc=00 sp=0" OURS MORE, "SUBACK id=3 00" MORE);
	finish();
}

static mqs_verdict inform(mqs_event *event)
{
	event->reply->props = mqs_bytes_make("\x1a\0\4info", 7);
	return MQS_ALLOW;
}

/* Response Information is for who asked, 5.0:MQTT-3.1.2-28. */
static void test_response_information(void)
{
	start();
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, inform);
	call(1);
	say(1, "CONNECT v5 id=a clean rri=1");
	hear(1, "CONNACK rc=00 sp=0" OURS " ri=info");
	call(2);
	say(2, "CONNECT v5 id=b clean rri=0");
	hear(2, "CONNACK rc=00 sp=0" OURS);
	call(3);
	say(3, "CONNECT v5 id=c clean");
	hear(3, "CONNACK rc=00 sp=0" OURS);
	finish();
}

TEST_MAIN(TEST_ENTRY(test_everything_fits), TEST_ENTRY(test_nothing_fits), TEST_ENTRY(test_just_fits),
    TEST_ENTRY(test_auth_does_not_fit), TEST_ENTRY(test_no_problem_information), TEST_ENTRY(test_response_information))
