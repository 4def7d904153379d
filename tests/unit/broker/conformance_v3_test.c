/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/conformance_v3_test.c - statements of MQTT 3.1.1 whose proof needs handlers or failing memory; the
 * others are scripts in tests/vectors/wire.
 */
#include "world.h"

/* From now on there is no memory, or again all there is. */
static void memory_fails(bool fails)
{
	w.memory.fail_at = fails ? w.memory.calls + 1 : 0;
	w.memory.fail_on = fails;
}

/* A message that is not taken for want of memory is not acknowledged, and comes again: 3.1.1:MQTT-4.8.0-2. */
static void test_publish_without_memory(void)
{
	for (int with_handler = 0; with_handler < 2; with_handler++) {
		start();
		if (with_handler) {
			ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, allow);
		}
		come(1, "CONNECT v4 id=a");
		say(1, "PUBLISH q=2 id=1 t=x p=x"); /* so that there is memory for identifiers, and for the output */
		hear(1, "PUBREC id=1");
		memory_fails(true);
		say(1, "PUBLISH q=1 r id=2 t=t p=x");
		memory_fails(false);
		hear(1, "CLOSED");
		come(1, "CONNECT v4 id=a");
		memory_fails(true);
		say(1, "PUBLISH q=2 r id=3 t=t p=x");
		memory_fails(false);
		hear(1, "CLOSED");
		come(1, "CONNECT v4 id=a");
		say(1, "PUBLISH dup q=2 r id=3 t=t p=again");
		hear(1, "PUBREC id=3");
		say(1, "SUBSCRIBE id=4 f=t");
		hear(1, "SUBACK id=4 00", "PUBLISH q=0 r t=t p=again");
		finish();
	}
}

/* The same for what cannot be taken because a limit is reached: 3.1.1:MQTT-4.8.0-2. 5.0 has a code for it. */
static void test_publish_beyond_limit(void)
{
	prepare();
	w.options.max_retained = 1;
	start_prepared();
	come(1, "CONNECT v4 id=a clean");
	come(2, "CONNECT v3 id=b clean");
	come(3, "CONNECT v5 id=c clean");
	say(1, "PUBLISH q=1 r id=1 t=t p=x");
	hear(1, "PUBACK id=1");
	say(1, "PUBLISH q=0 r t=u p=x");
	hear_nothing(1);
	say(1, "PUBLISH q=1 r id=2 t=u p=x");
	hear(1, "CLOSED");
	say(2, "PUBLISH q=2 r id=2 t=u p=x");
	hear(2, "CLOSED");
	say(3, "PUBLISH q=1 r id=2 t=u p=x");
	hear(3, "PUBACK id=2 rc=97");
	finish();
}

/* A subscription that cannot be made for want of memory is said to have failed: 3.1.1:MQTT-3.8.4-5. */
static void test_subscribe_without_memory(void)
{
	start();
	come(1, "CONNECT v4 id=a clean");
	say(1, "PINGREQ");
	hear(1, "PINGRESP");
	memory_fails(true);
	say(1, "SUBSCRIBE id=1 f=a q=1 f=b/c q=2");
	memory_fails(false);
	hear(1, "SUBACK id=1 80 80");
	finish();
}

/* A message that a handler refuses is acknowledged all the same, and goes nowhere: 3.1.1:MQTT-3.3.5-2. */
static void test_publish_denied(void)
{
	start();
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, deny);
	come(1, "CONNECT v4 id=a clean");
	come(2, "CONNECT v3 id=b clean");
	say(1, "SUBSCRIBE id=1 f=# q=2");
	hear(1, "SUBACK id=1 02");
	for (int n = 1; n <= 2; n++) {
		say(n, "PUBLISH q=1 id=2 t=t p=x");
		say(n, "PUBLISH q=2 r id=3 t=t p=x");
		say(n, "PUBREL id=3");
		hear(n, "PUBACK id=2", "PUBREC id=3", "PUBCOMP id=3");
	}
	CHECK_EQ(stats()->retained_messages, 0);
	finish();
}

/* 3.1.1 says 0x80 for what a handler refuses (3.1.1:MQTT-3.9.3-2), 3.1 has no word for it. */
static void test_subscribe_denied(void)
{
	start();
	ask(MQS_EVENT_SUBSCRIBE, MQS_PHASE_BEFORE, deny);
	come(1, "CONNECT v4 id=a clean");
	come(2, "CONNECT v3 id=b clean");
	say(1, "SUBSCRIBE id=1 f=t q=1 f=u q=2");
	hear(1, "SUBACK id=1 80 80");
	say(2, "SUBSCRIBE id=1 f=t q=1 f=u q=2");
	hear(2, "SUBACK id=1 01 02");
	publish("t", "x", 1, false);
	hear_nothing(1);
	hear_nothing(2);
	CHECK_EQ(stats()->subscriptions, 0);
	finish();
}

static uint8_t refusal;

static mqs_verdict refuse(mqs_event *event)
{
	event->reply->reason = refusal;
	return MQS_DENY;
}

/* What a handler says, as one of the five codes; no CONNACK where none of them fits. 3.1.1:MQTT-3.2.2-6 */
static void test_return_codes(void)
{
	static const struct {
		uint8_t reason;
		const char *answer;
	} cases[] = {{MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION, "CONNACK rc=01 sp=0"},
	    {MQTT_RC_CLIENT_IDENTIFIER_NOT_VALID, "CONNACK rc=02 sp=0"}, /* 3.1.1:MQTT-3.1.3-9 */
	    {MQTT_RC_SERVER_UNAVAILABLE, "CONNACK rc=03 sp=0"}, {MQTT_RC_SERVER_BUSY, "CONNACK rc=03 sp=0"},
	    {MQTT_RC_QUOTA_EXCEEDED, "CONNACK rc=03 sp=0"}, {MQTT_RC_USE_ANOTHER_SERVER, "CONNACK rc=03 sp=0"},
	    {MQTT_RC_BAD_USER_NAME_OR_PASSWORD, "CONNACK rc=04 sp=0"}, {MQTT_RC_NOT_AUTHORIZED, "CONNACK rc=05 sp=0"},
	    {MQTT_RC_BANNED, "CONNACK rc=05 sp=0"}, {MQTT_RC_PROTOCOL_ERROR, NULL}, {MQTT_RC_QOS_NOT_SUPPORTED, NULL},
	    {MQTT_RC_PAYLOAD_FORMAT_INVALID, NULL}};
	start();
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, refuse);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		refusal = cases[i].reason;
		for (int level = 3; level <= 4; level++) {
			call(1);
			say(1, "CONNECT v%d id=a clean", level);
			if (cases[i].answer) { /* 3.1.1:MQTT-3.2.2-4 3.1.1:MQTT-3.2.2-5 */
				hear(1, cases[i].answer, "CLOSED");
			} else {
				hear(1, "CLOSED");
			}
		}
	}
	CHECK_EQ(stats()->connects_refused, 2 * sizeof(cases) / sizeof(cases[0]));
	finish();
}

TEST_MAIN(TEST_ENTRY(test_publish_without_memory), TEST_ENTRY(test_publish_beyond_limit),
    TEST_ENTRY(test_subscribe_without_memory), TEST_ENTRY(test_publish_denied), TEST_ENTRY(test_subscribe_denied),
    TEST_ENTRY(test_return_codes))
