/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/conformance_v5_connack_test.c - what a handler may put into CONNACK and AUTH of MQTT 5.0, and what
 * the broker says in any case.
 */
#include "world.h"

static mqs_buffer given; /* the next reply's properties */

static mqs_verdict give(mqs_event *event)
{
	event->reply->props = mqs_buffer_view(&given);
	return MQS_ALLOW;
}

static mqs_verdict demand_more(mqs_event *event)
{
	event->reply->reason = MQTT_RC_CONTINUE_AUTHENTICATION;
	return give(event);
}

static void begin_given(void)
{
	mqs_buffer_init(&given, &words_alloc, 1000);
}

static void number(mqtt_property id, uint32_t value)
{
	CHECK_EQ(mqs_props_write_number(&given, id, value), MQS_OK);
}

static void string(mqtt_property id, const char *value)
{
	CHECK_EQ(mqs_props_write_bytes(&given, id, text(value)), MQS_OK);
}

/* Who did not ask for an authentication is told of none: 5.0:MQTT-4.12.0-6. Nor of an identifier that is not its own.
 */
static void test_no_method(void)
{
	start();
	begin_given();
	string(MQTT_PROP_AUTHENTICATION_METHOD, "m");
	string(MQTT_PROP_AUTHENTICATION_DATA, "d");
	string(MQTT_PROP_ASSIGNED_CLIENT_IDENTIFIER, "other");
	string(MQTT_PROP_REASON_STRING, "why");
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, give);
	call(1);
	say(1, "CONNECT v5 id=a clean");
	hear(1, "CONNACK rc=00 sp=0 rm=1024 mps=1048576 tam=32 rs=why");
	call(2);
	say(2, "CONNECT v5 id= clean"); /* 5.0:MQTT-3.1.3-7 */
	hear(2, "CONNACK rc=00 sp=0 aci=auto111111111111111111 rm=1024 mps=1048576 tam=32 rs=why");
	mqs_buffer_clear(&given);
	finish();
}

/* The method is the one of the CONNECT in each AUTH and in CONNACK, whatever a handler says: 5.0:MQTT-4.12.0-5. */
static void test_same_method(void)
{
	start();
	begin_given();
	string(MQTT_PROP_AUTHENTICATION_METHOD, "other");
	string(MQTT_PROP_AUTHENTICATION_DATA, "d");
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, give);
	ask(MQS_EVENT_AUTH, MQS_PHASE_BEFORE, demand_more);
	call(1);
	say(1, "CONNECT v5 id=a clean am=mine ad=1");
	hear(1, "AUTH rc=18 am=mine ad=d"); /* 5.0:MQTT-4.12.0-2 */
	w.decide[MQS_EVENT_AUTH][0] = give;
	say(1, "AUTH rc=18 am=mine ad=2");
	hear(1, "CONNACK rc=00 sp=0 rm=1024 mps=1048576 tam=32 am=mine ad=d");
	say(1, "AUTH rc=19 am=mine ad=3");
	hear(1, "AUTH rc=00 am=mine ad=d");
	mqs_buffer_clear(&given);
	finish();
}

/* A handler may promise less than the broker takes, never more: 5.0:MQTT-3.3.2-12, 5.0:MQTT-3.2.2-9. */
static void test_promises(void)
{
	static const struct {
		mqtt_property id;
		uint32_t less, more;
	} facts[] = {{MQTT_PROP_RECEIVE_MAXIMUM, 10, 101}, {MQTT_PROP_MAXIMUM_QOS, 0, 1},
	    {MQTT_PROP_MAXIMUM_PACKET_SIZE, 500, 1001}, {MQTT_PROP_TOPIC_ALIAS_MAXIMUM, 3, 6},
	    {MQTT_PROP_RETAIN_AVAILABLE, 0, 1}, {MQTT_PROP_WILDCARD_SUBSCRIPTION_AVAILABLE, 0, 1},
	    {MQTT_PROP_SUBSCRIPTION_IDENTIFIER_AVAILABLE, 0, 1}, {MQTT_PROP_SHARED_SUBSCRIPTION_AVAILABLE, 0, 1}};
	prepare();
	w.options.receive_maximum = 100;
	w.options.max_packet_bytes = 1000;
	w.options.topic_alias_maximum = 5;
	start_prepared();
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, give);
	begin_given();
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		number(facts[i].id, facts[i].less);
	}
	call(1);
	say(1, "CONNECT v5 id=a clean");
	hear(1, "CONNACK rc=00 sp=0 rm=10 mq=0 mps=500 tam=3 ra=0 wsa=0 sia=0 ssa=0");
	mqs_buffer_clear(&given);
	finish();

	prepare();
	w.options.receive_maximum = 100;
	w.options.max_qos = 0;
	w.options.max_packet_bytes = 1000;
	w.options.topic_alias_maximum = 5;
	w.options.retain_available = w.options.wildcard_subscription_available = 0;
	w.options.subscription_identifier_available = w.options.shared_subscription_available = 0;
	start_prepared();
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, give);
	begin_given();
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		number(facts[i].id, facts[i].more);
	}
	call(1);
	say(1, "CONNECT v5 id=a clean");
	hear(1, "CONNACK rc=00 sp=0 rm=100 mq=0 mps=1000 tam=5 ra=0 wsa=0 sia=0 ssa=0");
	mqs_buffer_clear(&given);
	finish();
}

/* An assigned identifier is one that no session has: 5.0:MQTT-3.2.2-16. */
static void test_assigned_is_new(void)
{
	start();
	come(1, "CONNECT v5 id=auto111111111111111111 sei=100");
	come(2, "CONNECT v5 id=auto222222222222222222 clean");
	hang_up(1);
	call(3);
	say(3, "CONNECT v5 id= clean");
	hear(3, "CONNACK rc=00 sp=0 aci=auto333333333333333333 *");
	hear_nothing(2);
	CHECK_EQ(stats()->sessions, 3);
	finish();
}

static void same_again(void *ctx, void *out, size_t len)
{
	(void)ctx;
	memset(out, 7, len);
}

/* Without one it is refused: a source of numbers that only knows one must not give the same session to two. */
static void test_nothing_to_assign(void)
{
	prepare();
	w.ports.random = same_again;
	start_prepared();
	come(1, "CONNECT v5 id= clean");
	call(2);
	say(2, "CONNECT v5 id= clean"); /* 5.0:MQTT-3.2.2-16 */
	hear(2, "CONNACK rc=88 sp=0", "CLOSED");
	hear_nothing(1);
	finish();
}

/* Keep-alive and expiry that a handler gives are those that the broker goes by: 5.0:MQTT-3.1.2-22, 5.0:MQTT-4.1.0-2. */
static void test_given_times(void)
{
	start();
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, give);
	begin_given();
	number(MQTT_PROP_SERVER_KEEP_ALIVE, 4);
	number(MQTT_PROP_SESSION_EXPIRY_INTERVAL, 10);
	come(1, "CONNECT v5 id=a ka=100 sei=1000");
	pass(5999);
	hear_nothing(1);
	pass(1);
	hear(1, "DISCONNECT rc=8D", "CLOSED");
	pass(9999);
	CHECK_EQ(stats()->sessions, 1);
	pass(1);
	CHECK_EQ(stats()->sessions, 0);
	mqs_buffer_clear(&given);
	finish();
}

TEST_MAIN(TEST_ENTRY(test_no_method), TEST_ENTRY(test_same_method), TEST_ENTRY(test_promises),
    TEST_ENTRY(test_assigned_is_new), TEST_ENTRY(test_nothing_to_assign), TEST_ENTRY(test_given_times))
