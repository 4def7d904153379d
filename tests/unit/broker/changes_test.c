/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/changes_test.c - what a hook may change: names, messages, replies; and that nothing a hook gave is
 * used after its next call.
 */
#include "world.h"

#define OURS " rm=1024 mps=1048576 tam=32"

/* Memory of a hook that is gone when any hook is called the next time, as PHP's is. */
static char *hooks_memory;

static mqs_bytes fleeting(const char *string)
{
	free(hooks_memory);
	hooks_memory = strdup(string);
	return text(hooks_memory);
}

static mqs_verdict rename_client(mqs_event *event)
{
	event->reply->client_id = fleeting("renamed");
	return MQS_ALLOW;
}

static mqs_verdict forget_memory(mqs_event *event)
{
	(void)event;
	free(hooks_memory);
	hooks_memory = NULL;
	return MQS_ALLOW;
}

/* The hook about the connection that is taken over comes between the new name and its use. */
static void test_renamed_client(void)
{
	start();
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, rename_client);
	ask(MQS_EVENT_CONNECT, MQS_PHASE_AFTER, forget_memory);
	ask(MQS_EVENT_CLOSE, MQS_PHASE_BEFORE, forget_memory);
	call(1);
	say(1, "CONNECT v5 id=a clean");
	hear(1, "CONNACK rc=00 sp=0 aci=renamed" OURS);
	call(2);
	say(2, "CONNECT v5 id=b clean");
	hear(1, "DISCONNECT rc=8E", "CLOSED");
	hear(2, "CONNACK rc=00 sp=0 aci=renamed" OURS);
	hang_up(2);
	forget_memory(NULL);
	finish();
}

static mqs_verdict bad_name(mqs_event *event)
{
	event->reply->client_id = mqs_bytes_make("\xff", 1);
	return MQS_ALLOW;
}

static void test_bad_new_name(void)
{
	start();
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, bad_name);
	call(1);
	say(1, "CONNECT v5 id=a clean");
	hear(1, "CONNACK rc=85 sp=0", "CLOSED");
	finish();
}

static mqs_verdict raw_reply(mqs_event *event)
{
	static const char *const replies[MQS_EVENT_KINDS] = {[MQS_EVENT_CONNECT] = "\x20\x03\0\0\0",
	    [MQS_EVENT_PUBLISH] = "\x40\2\0\x63",
	    [MQS_EVENT_SUBSCRIBE] = "\x90\4\0\1\0\2",
	    [MQS_EVENT_UNSUBSCRIBE] = "\xb0\4\0\1\0\0",
	    [MQS_EVENT_PINGREQ] = "\xd0\0"};
	static const uint8_t sizes[MQS_EVENT_KINDS] = {5, 0, 4, 6, 6, 2, 0, 0};
	free(hooks_memory);
	hooks_memory = malloc(sizes[event->kind]);
	memcpy(hooks_memory, replies[event->kind], sizes[event->kind]);
	event->reply->packet = mqs_bytes_make(hooks_memory, sizes[event->kind]);
	return MQS_ALLOW;
}

static void test_raw_replies(void)
{
	start();
	for (int kind = 0; kind <= MQS_EVENT_PINGREQ; kind++) {
		if (kind != MQS_EVENT_AUTH) {
			ask((mqs_event_kind)kind, MQS_PHASE_BEFORE, raw_reply);
			ask((mqs_event_kind)kind, MQS_PHASE_AFTER, forget_memory);
		}
	}
	call(1);
	say(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=7 t=t p=x");
	say(1, "SUBSCRIBE id=7 f=a");
	say(1, "UNSUBSCRIBE id=7 f=a");
	say(1, "PINGREQ");
	hear(1, "CONNACK rc=00 sp=0", "PUBACK id=99", "SUBACK id=1 02", "UNSUBACK id=1 00", "PINGRESP");
	forget_memory(NULL);
	finish();
}

static mqs_verdict raw_reply_and_close(mqs_event *event)
{
	raw_reply(event);
	event->reply->close = true;
	return MQS_DENY;
}

static void test_raw_refusal(void)
{
	start();
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, raw_reply_and_close);
	call(1);
	say(1, "CONNECT v5 id=a clean mps=100");
	hear(1, "CONNACK rc=00 sp=0", "CLOSED");
	forget_memory(NULL);
	finish();
}

static mqs_verdict change_message(mqs_event *event)
{
	static const uint8_t props[] = {MQTT_PROP_USER_PROPERTY, 0, 1, 'k', 0, 1, 'v', MQTT_PROP_TOPIC_ALIAS, 0, 5,
	    MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, 0, 0, 0, 9};
	mqs_publish *publish = event->reply->publish;
	publish->topic = fleeting("changed");
	publish->payload = text("new");
	publish->qos = 0;
	publish->retain = true;
	publish->props.raw = mqs_bytes_make(props, sizeof(props));
	return MQS_ALLOW;
}

static mqs_verdict change_message_later(mqs_event *event)
{
	change_message(event);
	return MQS_DECIDE_LATER;
}

static void test_changed_message(void)
{
	start();
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=# q=2 rap");
	hear(1, "SUBACK id=1 02");
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, change_message);
	say(1, "PUBLISH q=2 id=3 t=t p=x exp=100 ct=text");
	hear(1, "PUBLISH q=0 r t=changed p=new exp=9 up=k:v", "PUBREC id=3"); /* answered as it was asked */
	w.decide[MQS_EVENT_PUBLISH][0] = change_message_later;
	say(1, "PUBLISH q=1 id=4 t=t p=x alias=1");
	forget_memory(NULL);
	mqs_event *event = pending(0);
	if (CHECK(event)) {
		CHECK(mqs_bytes_equal(event->packet->publish.topic, text("t")));
		CHECK(mqs_bytes_equal(event->reply->publish->topic, text("changed")));
	}
	resolve(0, MQS_ALLOW);
	hear(1, "PUBLISH q=0 r t=changed p=new exp=9 up=k:v", "PUBACK id=4");
	finish();
}

static mqs_verdict drop_props(mqs_event *event)
{
	event->reply->publish->props.raw = mqs_bytes_make(NULL, 0);
	return MQS_ALLOW;
}

static void test_dropped_properties(void)
{
	start();
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, drop_props);
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=#");
	hear(1, "SUBACK id=1 00");
	say(1, "PUBLISH q=0 t=t p=x exp=100 ct=text");
	hear(1, "PUBLISH q=0 t=t p=x");
	finish();
}

static const char *bad_topic;

static mqs_verdict invalid_topic(mqs_event *event)
{
	event->reply->publish->topic = text(bad_topic);
	return MQS_ALLOW;
}

static mqs_verdict invalid_topic_later(mqs_event *event)
{
	event->reply->publish->topic = text(bad_topic);
	return MQS_DECIDE_LATER;
}

static mqs_verdict invalid_props(mqs_event *event)
{
	event->reply->publish->props.raw = mqs_bytes_make("\x01\x07", 2); /* a payload format of 7 */
	return MQS_ALLOW;
}

static mqs_verdict invalid_qos(mqs_event *event)
{
	event->reply->publish->qos = 3;
	return MQS_ALLOW;
}

/* A message that a client could not have sent is not routed either. */
static void test_invalid_changes(void)
{
	start();
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=#");
	hear(1, "SUBACK id=1 00");
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, invalid_topic);
	static const char *const topics[] = {"", "a/+", "#", "a\xff"};
	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
		bad_topic = topics[i];
		say(1, "PUBLISH q=1 id=4 t=t p=x");
		hear(1, "PUBACK id=4 rc=83");
	}
	w.decide[MQS_EVENT_PUBLISH][0] = invalid_topic_later;
	bad_topic = "a/+";
	say(1, "PUBLISH q=1 id=4 t=t p=x alias=1");
	resolve(0, MQS_ALLOW);
	hear(1, "PUBACK id=4 rc=83");
	w.decide[MQS_EVENT_PUBLISH][0] = invalid_props;
	say(1, "PUBLISH q=1 id=4 t=t p=x");
	hear(1, "PUBACK id=4 rc=83");
	w.decide[MQS_EVENT_PUBLISH][0] = invalid_qos;
	say(1, "PUBLISH q=1 id=4 t=t p=x");
	hear(1, "PUBACK id=4 rc=83");
	finish();
}

static mqs_verdict reply_props(mqs_event *event)
{
	static const uint8_t props[] = {
	    MQTT_PROP_REASON_STRING, 0, 3, 'w', 'h', 'y', MQTT_PROP_USER_PROPERTY, 0, 1, 'k', 0, 1, 'v'};
	free(hooks_memory);
	hooks_memory = malloc(sizeof(props));
	memcpy(hooks_memory, props, sizeof(props));
	event->reply->props = mqs_bytes_make(hooks_memory, sizeof(props));
	return MQS_ALLOW;
}

static void ask_all(world_decide decide)
{
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, decide);
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, decide);
	ask(MQS_EVENT_SUBSCRIBE, MQS_PHASE_BEFORE, decide);
	ask(MQS_EVENT_UNSUBSCRIBE, MQS_PHASE_BEFORE, decide);
}

static void test_reply_properties(void)
{
	start();
	ask_all(reply_props);
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_AFTER, forget_memory);
	ask(MQS_EVENT_CONNECT, MQS_PHASE_AFTER, forget_memory);
	call(1);
	say(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=1 t=t p=x");
	say(1, "SUBSCRIBE id=2 f=a");
	say(1, "UNSUBSCRIBE id=3 f=a");
	hear(1, "CONNACK rc=00 sp=0" OURS " rs=why up=k:v", "PUBACK id=1 rc=10 rs=why up=k:v",
	    "SUBACK id=2 00 rs=why up=k:v", "UNSUBACK id=3 00 rs=why up=k:v");
	call(2);
	say(2, "CONNECT v5 id=b clean rpi=0 mps=20"); /* 5.0:MQTT-3.2.2-19 5.0:MQTT-3.2.2-20 5.0:MQTT-3.1.2-29 */
	say(2, "PUBLISH q=1 id=1 t=t p=x");
	say(2, "SUBSCRIBE id=2 f=a");
	hear(2, "CONNACK rc=00 sp=0" OURS, "PUBACK id=1 rc=10", "SUBACK id=2 00");
	call(3);
	say(3, "CONNECT v4 id=c clean");
	say(3, "PUBLISH q=1 id=1 t=t p=x");
	say(3, "SUBSCRIBE id=2 f=a");
	hear(3, "CONNACK rc=00 sp=0", "PUBACK id=1", "SUBACK id=2 00");
	forget_memory(NULL);
	finish();
}

/* What is said at the end of a decision that waited lives no longer than what is said at once. */
static void test_reply_properties_later(void)
{
	start();
	ask_all(later);
	ask(MQS_EVENT_CLOSE, MQS_PHASE_BEFORE, forget_memory);
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_AFTER, forget_memory);
	ask(MQS_EVENT_SUBSCRIBE, MQS_PHASE_AFTER, forget_memory);
	for (uint32_t i = 1; i <= 2; i++) { /* the second one takes over */
		call(i);
		say(i, "CONNECT v5 id=a clean");
		reply_props(pending(i - 1));
		resolve(i - 1, MQS_ALLOW);
		if (i == 2) {
			hear(1, "DISCONNECT rc=8E", "CLOSED");
		}
		hear(i, "CONNACK rc=00 sp=0" OURS " rs=why up=k:v");
	}
	say(2, "PUBLISH q=1 id=1 t=long/topic p=x alias=1");
	reply_props(pending(2));
	resolve(2, MQS_ALLOW);
	say(2, "SUBSCRIBE id=2 f=a");
	reply_props(pending(3));
	resolve(3, MQS_ALLOW);
	hear(2, "PUBACK id=1 rc=10 rs=why up=k:v", "SUBACK id=2 00 rs=why up=k:v");
	forget_memory(NULL);
	finish();
}

static mqs_verdict wrong_props(mqs_event *event)
{
	event->reply->props = mqs_bytes_make("\x01\x01", 2); /* Payload Format Indicator: in no reply */
	return MQS_ALLOW;
}

static void test_wrong_reply_properties(void)
{
	start();
	ask_all(wrong_props);
	call(1);
	say(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=1 t=t p=x");
	say(1, "SUBSCRIBE id=2 f=a");
	say(1, "UNSUBSCRIBE id=3 f=a");
	hear(1, "CONNACK rc=00 sp=0" OURS, "PUBACK id=1 rc=10", "SUBACK id=2 00", "UNSUBACK id=3 00");
	finish();
}

static mqs_verdict no_routing(mqs_event *event)
{
	event->reply->no_routing = true;
	return MQS_ALLOW;
}

static void test_no_routing(void)
{
	start();
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, no_routing);
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=#");
	hear(1, "SUBACK id=1 00");
	say(1, "PUBLISH q=1 r id=1 t=t p=x");
	say(1, "PUBLISH q=2 r id=2 t=t p=x");
	say(1, "PUBLISH dup q=2 r id=2 t=t p=x");
	hear(1, "PUBACK id=1", "PUBREC id=2", "PUBREC id=2");
	CHECK_EQ(stats()->retained_messages, 0);
	CHECK_EQ(w.event_count, 2);
	finish();
}

static mqs_verdict close_after(mqs_event *event)
{
	event->reply->close = true;
	return MQS_ALLOW;
}

static void test_close_after_reply(void)
{
	start();
	ask(MQS_EVENT_SUBSCRIBE, MQS_PHASE_BEFORE, close_after);
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=#");
	hear(1, "SUBACK id=1 00", "DISCONNECT rc=98", "CLOSED");
	finish();
}

TEST_MAIN(TEST_ENTRY(test_renamed_client), TEST_ENTRY(test_bad_new_name), TEST_ENTRY(test_raw_replies),
    TEST_ENTRY(test_raw_refusal), TEST_ENTRY(test_changed_message), TEST_ENTRY(test_dropped_properties),
    TEST_ENTRY(test_invalid_changes), TEST_ENTRY(test_reply_properties), TEST_ENTRY(test_reply_properties_later),
    TEST_ENTRY(test_wrong_reply_properties), TEST_ENTRY(test_no_routing), TEST_ENTRY(test_close_after_reply))
