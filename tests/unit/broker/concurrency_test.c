/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/concurrency_test.c - PUBLISH packets of one connection that are decided at the same time: which,
 * in what order, what waits for all of them, and what happens to all of them when something ends.
 */
#include "fake_bus.h"

/* Topics that begin with "now" are decided at once. */
static mqs_verdict later_but_now(mqs_event *event)
{
	mqs_bytes topic = event->packet->publish.topic;
	return topic.len >= 3 && memcmp(topic.ptr, "now", 3) == 0 ? MQS_ALLOW : MQS_DECIDE_LATER;
}

/* ---- order ---------------------------------------------------------------------------------------------------- */

/* 5.0:MQTT-4.6.0-2, 5.0:MQTT-4.6.0-3: whatever is decided first, acknowledgements keep the order. */
static void test_acknowledged_in_order(void)
{
	prepare();
	start_together(4);
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v4 id=b clean");
	say(2, "SUBSCRIBE id=1 f=# q=0");
	hear(2, "SUBACK id=1 00");
	say_all(1, "PUBLISH q=1 id=1 t=1 p=a\nPUBLISH q=2 id=2 t=2 p=b\nPUBLISH q=0 t=3 p=c\nPUBLISH q=1 id=4 t=4 p=d");
	CHECK_EQ(stats()->pending_decisions, 4);
	resolve(3, MQS_DENY);
	resolve(2, MQS_ALLOW);
	resolve(1, MQS_ALLOW);
	hear_nothing(1);
	hear(2, "PUBLISH q=0 t=3 p=c", "PUBLISH q=0 t=2 p=b"); /* topics have no order among each other */
	resolve(0, MQS_ALLOW);
	hear(1, "PUBACK id=1", "PUBREC id=2", "PUBACK id=4 rc=87");
	hear(2, "PUBLISH q=0 t=1 p=a");
	say(1, "PUBREL id=2");
	hear(1, "PUBCOMP id=2");
	finish();
}

static void test_at_most_so_many(void)
{
	prepare();
	start_together(2);
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b clean");
	for (int i = 1; i <= 4; i++) {
		say(1, "PUBLISH q=1 id=%d t=%d p=x", i, i);
	}
	say(2, "PUBLISH q=0 t=1 p=x");
	asked("BEFORE PUBLISH a t=1", "BEFORE PUBLISH a t=2", "BEFORE PUBLISH b t=1");
	CHECK_EQ(stats()->packets_held, 2);
	CHECK_EQ(stats()->parked_limit_reached, 0);
	resolve(1, MQS_ALLOW);
	asked("BEFORE PUBLISH a t=3");
	resolve(0, MQS_ALLOW);
	hear(1, "PUBACK id=1 rc=10", "PUBACK id=2 rc=10");
	asked("BEFORE PUBLISH a t=4");
	resolve(3, MQS_ALLOW);
	resolve(4, MQS_ALLOW);
	hear(1, "PUBACK id=3 rc=10", "PUBACK id=4 rc=10");
	CHECK_EQ(resolve(2, MQS_ALLOW), MQS_OK);
	CHECK_EQ(stats()->pending_decisions, 0);
	finish();
}

static void test_none_said(void)
{
	for (uint32_t n = 0; n < 2; n++) {
		test_case("%u", n);
		prepare();
		start_together(n);
		come(1, "CONNECT v5 id=a clean");
		say(1, "PUBLISH q=1 id=1 t=1 p=x");
		say(1, "PUBLISH q=1 id=2 t=2 p=x");
		asked("BEFORE PUBLISH a t=1");
		resolve(0, MQS_ALLOW);
		asked("BEFORE PUBLISH a t=2");
		resolve(1, MQS_ALLOW);
		hear(1, "PUBACK id=1 rc=10", "PUBACK id=2 rc=10");
		finish();
	}
}

/* The next one of a topic is asked about when the one before it is decided, and others overtake it. */
static void test_topic_in_order(void)
{
	prepare();
	start_together(3);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=1 t=same p=1 alias=1");
	say(1, "PUBLISH q=1 id=2 t= p=2 alias=1");
	say(1, "PUBLISH q=1 id=3 t=other p=3 alias=1");
	say(1, "PUBLISH q=1 id=4 t=same p=4");
	say(1, "PUBLISH q=0 t= p=5 alias=1");
	asked("BEFORE PUBLISH a t=same", "BEFORE PUBLISH a t=other");
	resolve(0, MQS_ALLOW);
	hear(1, "PUBACK id=1 rc=10");
	asked("BEFORE PUBLISH a t=same");
	mqs_event *event = pending(2);
	if (CHECK(event)) {
		CHECK(mqs_bytes_equal(event->reply->publish->payload, text("2")));
		CHECK(mqs_bytes_equal(event->reply->publish->topic, text("same")));
		CHECK(mqs_bytes_equal(event->client_id, text("a")));
	}
	resolve(1, MQS_ALLOW);
	hear_nothing(1);
	asked("BEFORE PUBLISH a t=other");
	event = pending(3);
	CHECK(event && mqs_bytes_equal(event->packet->publish.payload, text("5")));
	resolve(2, MQS_DENY);
	hear(1, "PUBACK id=2 rc=87", "PUBACK id=3 rc=10");
	asked("BEFORE PUBLISH a t=same");
	resolve(4, MQS_ALLOW);
	hear(1, "PUBACK id=4 rc=10");
	resolve(3, MQS_ALLOW);
	CHECK_EQ(stats()->pending_decisions, 0);
	finish();
}

/* When the earlier one is done, those of its topic that are decided at once go through in one go. */
static void test_turn_comes_at_once(void)
{
	prepare();
	start_together(3);
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b clean");
	say(2, "SUBSCRIBE id=1 f=t q=0");
	hear(2, "SUBACK id=1 00");
	for (int i = 1; i <= 5; i++) {
		say(1, "PUBLISH q=1 id=%d t=t p=%d", i, i);
	}
	asked("BEFORE PUBLISH a t=t");
	w.decide[MQS_EVENT_PUBLISH][0] = allow;
	resolve(0, MQS_ALLOW);
	hear(1, "PUBACK id=1", "PUBACK id=2", "PUBACK id=3", "PUBACK id=4", "PUBACK id=5");
	hear(2, "PUBLISH q=0 t=t p=1", "PUBLISH q=0 t=t p=2", "PUBLISH q=0 t=t p=3", "PUBLISH q=0 t=t p=4",
	    "PUBLISH q=0 t=t p=5");
	finish();
}

/* One that is decided at once overtakes those of other topics, but its acknowledgement does not. */
static void test_decided_at_once(void)
{
	prepare();
	start_together(3);
	w.decide[MQS_EVENT_PUBLISH][0] = later_but_now;
	come(1, "CONNECT v4 id=a clean");
	say(1, "PUBLISH q=1 id=1 t=t p=1");
	for (int i = 2; i < 10; i++) {
		say(1, "PUBLISH q=%d id=%d t=now/%d p=x", i % 2 + 1, i, i % 3);
	}
	CHECK_EQ(stats()->publish_no_subscriber, 8);
	hear_nothing(1);
	resolve(0, MQS_ALLOW);
	hear(1, "PUBACK id=1", "PUBACK id=2", "PUBREC id=3", "PUBACK id=4", "PUBREC id=5", "PUBACK id=6", "PUBREC id=7",
	    "PUBACK id=8", "PUBREC id=9");
	finish();
}

/* 5.0:MQTT-4.3.3-10: one that still waits is not handled twice, whether or not it was asked about. */
static void test_duplicates(void)
{
	prepare();
	start_together(3);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=2 id=1 t=t p=1");
	say(1, "PUBLISH q=2 id=2 t=t p=2");
	say(1, "PUBLISH dup q=2 id=1 t=t p=1");
	say(1, "PUBLISH dup q=2 id=2 t=t p=2");
	asked("BEFORE PUBLISH a t=t");
	resolve(0, MQS_ALLOW);
	hear(1, "PUBREC id=1 rc=10");
	say(1, "PUBLISH dup q=2 id=1 t=t p=1"); /* only answered, behind the one before it */
	say(1, "PUBLISH dup q=2 id=2 t=t p=2");
	hear_nothing(1);
	resolve(1, MQS_DENY);
	hear(1, "PUBREC id=2 rc=87", "PUBREC id=1");
	asked("BEFORE PUBLISH a t=t");
	say(1, "PUBLISH q=2 id=2 t=t p=2"); /* a new one: 5.0:MQTT-4.3.3-9 */
	asked("BEFORE PUBLISH a t=t");
	resolve(2, MQS_ALLOW);
	hear(1, "PUBREC id=2 rc=10");
	CHECK_EQ(w.ticket_count, 3);
	finish();
}

/* ---- what waits for all of them ------------------------------------------------------------------------------- */

static void test_others_wait_for_all(void)
{
	static const char *const words[] = {"SUBSCRIBE id=7 f=x q=0", "UNSUBSCRIBE id=7 f=x", "PINGREQ", "DISCONNECT"};
	static const char *const answers[] = {"SUBACK id=7 00", "UNSUBACK id=7 11", "PINGRESP", "CLOSED"};
	for (size_t i = 0; i < 4; i++) {
		test_case("%s", words[i]);
		prepare();
		start_together(8);
		ask(MQS_EVENT_PINGREQ, MQS_PHASE_BEFORE, allow);
		come(1, "CONNECT v5 id=a clean");
		say(1, "PUBLISH q=0 t=1 p=x");
		say(1, "PUBLISH q=0 t=2 p=x");
		say(1, "PUBLISH q=0 t=1 p=y");
		say(1, "%s", words[i]);
		if (i < 3) {
			say(1, "PUBLISH q=0 t=3 p=x"); /* not before what stands before it */
		}
		asked("BEFORE PUBLISH a t=1", "BEFORE PUBLISH a t=2");
		resolve(1, MQS_ALLOW);
		resolve(0, MQS_ALLOW);
		hear_nothing(1);
		asked("BEFORE PUBLISH a t=1");
		resolve(2, MQS_ALLOW);
		hear(1, answers[i]);
		CHECK_EQ(stats()->pending_decisions, i < 3);
		finish();
	}
}

/* One that is decided alone holds all that comes behind it, as without concurrency. */
static void test_waits_for_others(void)
{
	prepare();
	start_together(8);
	ask(MQS_EVENT_SUBSCRIBE, MQS_PHASE_BEFORE, later);
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, later);
	call(1);
	say(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=0 t=1 p=x");
	asked("BEFORE CONNECT a");
	resolve(0, MQS_ALLOW);
	asked("BEFORE PUBLISH a t=1");
	say(1, "SUBSCRIBE id=1 f=x q=0");
	say(1, "PUBLISH q=0 t=2 p=x");
	say(1, "PUBLISH q=0 t=3 p=x");
	asked_nothing();
	resolve(1, MQS_ALLOW);
	asked("BEFORE SUBSCRIBE a");
	resolve(2, MQS_ALLOW);
	asked("BEFORE PUBLISH a t=2", "BEFORE PUBLISH a t=3");
	resolve(4, MQS_ALLOW);
	resolve(3, MQS_ALLOW);
	finish();
}

/* ---- both phases ---------------------------------------------------------------------------------------------- */

/* Behind the action it is still its turn: the topic stays taken, and the place of the acknowledgement too. */
static void test_after(void)
{
	prepare();
	start_together(2);
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_AFTER, later);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=1 t=1 p=x");
	say(1, "PUBLISH q=1 id=2 t=1 p=y");
	say(1, "PUBLISH q=1 id=3 t=2 p=x");
	asked("BEFORE PUBLISH a t=1", "BEFORE PUBLISH a t=2");
	resolve(0, MQS_ALLOW);
	asked("AFTER PUBLISH a t=1");
	mqs_event *event = pending(2);
	CHECK(event && event->reply->reason == MQTT_RC_NO_MATCHING_SUBSCRIBERS); /* no peer was asked: it is known */
	resolve(1, MQS_ALLOW);
	asked("AFTER PUBLISH a t=2");
	event = pending(3);
	if (CHECK(event)) {
		event->reply->reason = MQTT_RC_SUCCESS; /* a handler's word stands */
	}
	resolve(3, MQS_ALLOW);
	hear_nothing(1);
	resolve(2, MQS_ALLOW);
	asked("BEFORE PUBLISH a t=1");
	hear(1, "PUBACK id=1 rc=10");
	resolve(4, MQS_DENY);
	asked("AFTER PUBLISH a t=1");
	resolve(5, MQS_ALLOW);
	hear(1, "PUBACK id=2 rc=87", "PUBACK id=3");
	CHECK_EQ(stats()->pending_decisions, 0);
	finish();
}

/* Answers of peers and decisions are waited for in one order. */
static void test_with_peers(void)
{
	prepare_with_bus();
	start_together(4);
	join(1, "p/#", 1);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=1 t=p/1 p=x");
	say(1, "PUBLISH q=1 id=2 t=2 p=x");
	say(1, "PUBLISH q=2 id=3 t=p/3 p=x");
	resolve(2, MQS_ALLOW);
	resolve(0, MQS_ALLOW);
	bus_said("to 1: q=2 t=p/3 p=x #1", "to 1: q=1 t=p/1 p=x #2");
	answer(1, 1, 0);
	resolve(1, MQS_ALLOW);
	hear_nothing(1);
	answer(1, 2, 0x10);
	hear(1, "PUBACK id=1 rc=10", "PUBACK id=2 rc=10", "PUBREC id=3");
	finish_with_bus();
}

/* ---- limits --------------------------------------------------------------------------------------------------- */

static void test_parked_limit(void)
{
	prepare();
	w.options.max_parked_per_connection = 3;
	start_together(10);
	come(1, "CONNECT v5 id=a clean");
	for (int i = 1; i <= 6; i++) {
		say(1, "PUBLISH q=1 id=%d t=%s p=x", i, i == 2 ? "1" : (const char[]){(char)('0' + i), 0});
	}
	asked("BEFORE PUBLISH a t=1", "BEFORE PUBLISH a t=3");
	CHECK_EQ(stats()->parked_limit_reached, 1);
	CHECK_EQ(stats()->packets_held, 3);
	resolve(1, MQS_ALLOW);
	asked("BEFORE PUBLISH a t=4");
	CHECK_EQ(stats()->parked_limit_reached, 2); /* reached again */
	resolve(0, MQS_ALLOW);
	asked("BEFORE PUBLISH a t=1", "BEFORE PUBLISH a t=5");
	for (size_t i = 2; i <= 4; i++) {
		resolve(i, MQS_ALLOW);
	}
	asked("BEFORE PUBLISH a t=6");
	resolve(5, MQS_ALLOW);
	hear(1, "PUBACK id=1 rc=10", "PUBACK id=2 rc=10", "PUBACK id=3 rc=10", "PUBACK id=4 rc=10", "PUBACK id=5 rc=10",
	    "PUBACK id=6 rc=10");
	finish();
}

/* Those whose turn has not come count as held. */
static void test_held_bytes(void)
{
	prepare();
	w.options.max_held_bytes = 1000;
	start_together(10);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=0 t=1 p=#900");
	say(1, "PUBLISH q=0 t=2 p=#900");
	CHECK(mqs_conn_wants_read(w.conns[1].conn)); /* these are being decided */
	say(1, "PUBLISH q=0 t=1 p=#900");
	CHECK(mqs_conn_wants_read(w.conns[1].conn));
	say(1, "PUBLISH q=0 t=1 p=#900");
	CHECK(!mqs_conn_wants_read(w.conns[1].conn));
	CHECK_EQ(stats()->reads_paused, 1);
	resolve(0, MQS_ALLOW);
	CHECK(mqs_conn_wants_read(w.conns[1].conn));
	CHECK(mqs_broker_next_ready(w.broker) == NULL); /* the home was told: settle() */
	say(1, "PUBLISH q=0 t=1 p=#900");
	CHECK_EQ(stats()->reads_paused, 2);
	for (size_t i = 1; i <= 4; i++) {
		resolve(i, MQS_ALLOW);
	}
	CHECK_EQ(stats()->pending_decisions, 0);
	finish();
}

/* Decisions of all connections have their own limit; who is refused is told so in its place. */
static void test_decisions_limit(void)
{
	prepare();
	w.options.max_pending_decisions = 2;
	start_together(10);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=1 t=1 p=x");
	say(1, "PUBLISH q=1 id=2 t=1 p=y"); /* waits for its turn: no decision yet */
	say(1, "PUBLISH q=1 id=3 t=2 p=x");
	say(1, "PUBLISH q=1 id=4 t=3 p=x");
	hear_nothing(1);
	CHECK_EQ(stats()->decisions_refused, 1);
	come(2, "CONNECT v5 id=b clean");
	w.decide[MQS_EVENT_PUBLISH][0] = allow;
	resolve(0, MQS_ALLOW);
	hear(1, "PUBACK id=1 rc=10", "PUBACK id=2 rc=10");
	resolve(1, MQS_ALLOW);
	hear(1, "PUBACK id=3 rc=10", "PUBACK id=4 rc=97");
	w.decide[MQS_EVENT_PUBLISH][0] = later;
	say(1, "PUBLISH q=1 id=1 t=1 p=x");
	say(1, "PUBLISH q=1 id=2 t=1 p=y");
	say(2, "PUBLISH q=0 t=1 p=x");
	resolve(3, MQS_ALLOW);
	say(2, "PUBLISH q=1 id=1 t=2 p=x");
	hear(2, "PUBACK id=1 rc=97");
	hear(1, "PUBACK id=1 rc=10");
	finish();
}

/* What waits for handlers does not count against the limit of acknowledgements; what was decided and waits does. */
static void test_unconfirmed_limit(void)
{
	prepare();
	w.options.max_unconfirmed = 1;
	start_together(3);
	w.decide[MQS_EVENT_PUBLISH][0] = later_but_now;
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=1 t=1 p=x");
	say(1, "PUBLISH q=1 id=2 t=2 p=x");
	say(1, "PUBLISH q=1 id=3 t=2 p=x");
	CHECK(mqs_conn_wants_read(w.conns[1].conn));
	asked("BEFORE PUBLISH a t=1", "BEFORE PUBLISH a t=2");
	say(1, "PUBLISH q=1 id=4 t=now p=x");
	CHECK(!mqs_conn_wants_read(w.conns[1].conn));
	resolve(0, MQS_ALLOW);
	resolve(1, MQS_ALLOW);
	hear(1, "PUBACK id=1 rc=10", "PUBACK id=2 rc=10");
	resolve(2, MQS_ALLOW);
	hear(1, "PUBACK id=3 rc=10", "PUBACK id=4 rc=10");
	CHECK(mqs_conn_wants_read(w.conns[1].conn));
	finish();
}

/* Who is throttled is not asked anything. */
static void test_throttled(void)
{
	prepare();
	w.options.max_output_bytes = 10000;
	start_together(4);
	w.decide[MQS_EVENT_PUBLISH][0] = later_but_now;
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=now q=0");
	hear(1, "SUBACK id=1 00");
	come(2, "CONNECT v5 id=b clean");
	w.conns[1].stuck = true;
	say(2, "PUBLISH q=0 t=t p=1");
	say(2, "PUBLISH q=0 t=t p=2");
	asked("BEFORE PUBLISH b t=t");
	for (int i = 0; i < 20 && stats()->publishers_throttled == 0; i++) {
		say(2, "PUBLISH q=0 t=now p=#1000");
		asked("BEFORE PUBLISH b t=now");
	}
	CHECK_EQ(stats()->publishers_throttled, 1);
	say(2, "PUBLISH q=0 t=v p=x");
	resolve(0, MQS_ALLOW);
	asked_nothing();
	read_on(1);
	pass(1000);
	asked("BEFORE PUBLISH b t=t", "BEFORE PUBLISH b t=v");
	resolve(1, MQS_ALLOW);
	resolve(2, MQS_ALLOW);
	finish();
}

/* Fewer than there are: none of them is lost. */
static void test_fewer(void)
{
	prepare();
	start_together(4);
	come(1, "CONNECT v5 id=a clean");
	for (int i = 1; i <= 4; i++) {
		say(1, "PUBLISH q=1 id=%d t=%d p=x", i, i % 3);
	}
	asked("BEFORE PUBLISH a t=1", "BEFORE PUBLISH a t=2", "BEFORE PUBLISH a t=0");
	mqs_broker_set_publish_concurrency(w.broker, 0);
	say(1, "PUBLISH q=1 id=5 t=5 p=x");
	resolve(0, MQS_ALLOW);
	resolve(1, MQS_ALLOW);
	asked_nothing();
	resolve(2, MQS_ALLOW);
	asked("BEFORE PUBLISH a t=1");
	resolve(3, MQS_ALLOW);
	asked("BEFORE PUBLISH a t=5");
	resolve(4, MQS_ALLOW);
	hear(1, "PUBACK id=1 rc=10", "PUBACK id=2 rc=10", "PUBACK id=3 rc=10", "PUBACK id=4 rc=10", "PUBACK id=5 rc=10");
	finish();
}

/* More than there were: not before what has no place among the acknowledgements is decided. */
static void test_more(void)
{
	prepare();
	start_together(1);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=1 t=1 p=x");
	mqs_broker_set_publish_concurrency(w.broker, 4);
	say(1, "PUBLISH q=1 id=2 t=2 p=x");
	say(1, "PUBLISH q=1 id=3 t=3 p=x");
	asked("BEFORE PUBLISH a t=1");
	resolve(0, MQS_ALLOW);
	asked("BEFORE PUBLISH a t=2", "BEFORE PUBLISH a t=3");
	resolve(2, MQS_ALLOW);
	resolve(1, MQS_ALLOW);
	hear(1, "PUBACK id=1 rc=10", "PUBACK id=2 rc=10", "PUBACK id=3 rc=10");
	finish();
}

/* ---- ends ----------------------------------------------------------------------------------------------------- */

/* The time of each runs from when it was asked about. */
static void test_deadlines(void)
{
	prepare();
	w.options.decision_timeout_ms = 5000;
	start_together(2);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=1 t=1 p=x");
	pass(2000);
	say(1, "PUBLISH q=1 id=2 t=2 p=x");
	say(1, "SUBSCRIBE id=9 f=x q=0");
	resolve(1, MQS_ALLOW);
	say(1, "PUBLISH q=1 id=3 t=3 p=x");
	pass(2999);
	hear_nothing(1);
	pass(1);
	hear(1, "PUBACK id=1 rc=83", "PUBACK id=2 rc=10", "SUBACK id=9 00");
	asked("BEFORE PUBLISH a t=1", "BEFORE PUBLISH a t=2", "CANCEL 0 83", "BEFORE PUBLISH a t=3");
	say(1, "PUBLISH q=1 id=4 t=3 p=x");
	pass(5000);
	hear(1, "PUBACK id=3 rc=83");
	pass(5000);
	hear(1, "PUBACK id=4 rc=83");
	CHECK_EQ(stats()->decisions_timed_out, 3);
	finish();
}

/* All of what it said counts, asked about or not, in the order of the topics; then its will. */
static void test_hangs_up(void)
{
	prepare();
	start_together(2);
	come(2, "CONNECT v5 id=b clean");
	say(2, "SUBSCRIBE id=1 f=# q=0");
	hear(2, "SUBACK id=1 00");
	come(1, "CONNECT v5 id=a clean will=gone wp=x");
	ask(MQS_EVENT_CLOSE, MQS_PHASE_BEFORE, allow);
	say(1, "PUBLISH q=1 id=1 t=t p=1");
	say(1, "PUBLISH q=2 id=2 t=t p=2");
	say(1, "PUBLISH q=0 t=u p=3");
	say(1, "PUBLISH q=1 id=4 t=v p=4");
	hang_up(1);
	resolve(1, MQS_ALLOW);
	resolve(0, MQS_ALLOW);
	resolve(2, MQS_ALLOW);
	hear(2, "PUBLISH q=0 t=u p=3", "PUBLISH q=0 t=t p=1", "PUBLISH q=0 t=v p=4");
	w.decide[MQS_EVENT_PUBLISH][0] = allow;
	resolve(3, MQS_ALLOW);
	hear(2, "PUBLISH q=0 t=t p=2", "PUBLISH q=0 t=gone p=x");
	asked("BEFORE PUBLISH a t=t", "BEFORE PUBLISH a t=u", "BEFORE PUBLISH a t=v", "BEFORE PUBLISH a t=t",
	    "BEFORE CLOSE a", "closed for 80", "BEFORE PUBLISH a t=gone");
	CHECK_EQ(stats()->connections, 1);
	finish();
}

/* A connection that is ended does not leave anything behind. */
static void test_all_are_cancelled(void)
{
	prepare();
	start_together(2);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=1 t=1 p=x");
	say(1, "PUBLISH q=2 id=2 t=2 p=x");
	say(1, "PUBLISH q=1 id=3 t=1 p=x");
	come(2, "CONNECT v5 id=a clean");
	hear(1, "DISCONNECT rc=8E", "CLOSED");
	asked("BEFORE PUBLISH a t=1", "BEFORE PUBLISH a t=2", "CANCEL 0 8E", "CANCEL 1 8E");
	say(2, "PUBLISH q=1 id=1 t=1 p=x");
	say(2, "PUBLISH q=1 id=2 t=1 p=x");
	kick("a", MQTT_RC_ADMINISTRATIVE_ACTION, true);
	hear(2, "DISCONNECT rc=98", "CLOSED");
	asked("BEFORE PUBLISH a t=1", "CANCEL 2 98");
	come(3, "CONNECT v5 id=c clean");
	say(3, "PUBLISH q=0 t=1 p=x");
	say(3, "PUBLISH q=0 t=1 p=x");
	say(3, "PUBLISH q=0 t=2 p=x");
	hang_up(3);
	come(3, "CONNECT v5 id=c clean"); /* it lingered */
	asked("BEFORE PUBLISH c t=1", "BEFORE PUBLISH c t=2", "CANCEL 3 8E", "CANCEL 4 8E");
	CHECK_EQ(stats()->pending_decisions, 0);
	CHECK_EQ(stats()->connections, 1);
	finish();
}

/* The broker goes while everything waits. */
static void test_destroyed(void)
{
	prepare();
	start_together(2);
	come(1, "CONNECT v5 id=a clean");
	for (int i = 1; i <= 4; i++) {
		say(1, "PUBLISH q=2 id=%d t=t%d p=x", i, i % 2);
	}
	finish();
}

/* A handler that closes the connection does so behind the acknowledgements of those before it. */
static void test_closed_by_a_later_one(void)
{
	for (int gone = 0; gone < 2; gone++) {
		test_case("%s", gone ? "it hangs up meanwhile" : "it stays");
		prepare();
		start_together(3);
		come(2, "CONNECT v5 id=b clean");
		say(2, "SUBSCRIBE id=1 f=# q=0");
		hear(2, "SUBACK id=1 00");
		come(1, "CONNECT v5 id=a clean");
		say(1, "PUBLISH q=1 id=1 t=1 p=x");
		say(1, "PUBLISH q=1 id=2 t=2 p=x");
		pending(1)->reply->close = true;
		resolve(1, MQS_ALLOW);
		say(1, "PUBLISH q=1 id=3 t=3 p=x"); /* nobody hears it */
		hear(2, "PUBLISH q=0 t=2 p=x");
		hear_nothing(1);
		if (gone) {
			hang_up(1);
			hear(1, "CLOSED");
		}
		resolve(0, MQS_ALLOW); /* it said that before */
		hear(2, "PUBLISH q=0 t=1 p=x");
		if (!gone) {
			hear(1, "PUBACK id=1", "PUBACK id=2", "DISCONNECT rc=98", "CLOSED");
		}
		asked("BEFORE PUBLISH a t=1", "BEFORE PUBLISH a t=2");
		CHECK_EQ(stats()->connections, 1);
		finish();
	}
}

/* ---- hooks that decide on others ------------------------------------------------------------------------------ */

/* Decides on the first that waits, and is decided itself. */
static mqs_verdict resolve_first(mqs_event *event)
{
	if (event->packet->publish.payload.len && event->packet->publish.payload.ptr[0] == '!') {
		CHECK_EQ(mqs_broker_resolve(w.broker, w.tickets[0], MQS_ALLOW, w.now_ms), MQS_OK);
		CHECK(mqs_bytes_equal(event->packet->publish.topic, text("3")));
		return MQS_ALLOW;
	}
	return MQS_DECIDE_LATER;
}

static void test_resolved_inside_a_hook(void)
{
	for (int held = 0; held < 2; held++) {
		test_case("%s", held ? "of a held packet" : "of one that came");
		prepare();
		start_together(2);
		w.decide[MQS_EVENT_PUBLISH][0] = resolve_first;
		come(1, "CONNECT v5 id=a clean");
		say(1, "PUBLISH q=1 id=1 t=1 p=x");
		if (held) {
			say(1, "PUBLISH q=1 id=2 t=2 p=x");
		}
		say(1, "PUBLISH q=1 id=3 t=3 p=!");
		say(1, "PUBLISH q=1 id=4 t=1 p=#500");
		say(1, "PUBLISH q=1 id=5 t=2 p=#500");
		if (held) {
			resolve(1, MQS_ALLOW);
			hear(1, "PUBACK id=1 rc=10", "PUBACK id=2 rc=10", "PUBACK id=3 rc=10");
		} else {
			hear(1, "PUBACK id=1 rc=10", "PUBACK id=3 rc=10");
		}
		CHECK_EQ(stats()->pending_decisions, 2);
		resolve(w.ticket_count - 2, MQS_ALLOW);
		resolve(w.ticket_count - 1, MQS_ALLOW);
		hear(1, "PUBACK id=4 rc=10", "PUBACK id=5 rc=10");
		finish();
	}
}

/* Behind the action it ends the session that it belongs to: what runs is not freed under it. */
static mqs_verdict take_over(mqs_event *event)
{
	(void)event;
	return mqs_broker_resolve(w.broker, w.tickets[0], MQS_ALLOW, w.now_ms) == MQS_OK ? MQS_ALLOW : MQS_DENY;
}

static void test_taken_over_inside_a_hook(void)
{
	prepare();
	start_together(3);
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_AFTER, take_over);
	come(1, "CONNECT v5 id=a clean");
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, later);
	call(2);
	say(2, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=1 t=1 p=x");
	say(1, "PUBLISH q=1 id=2 t=2 p=x");
	say(1, "PUBLISH q=1 id=3 t=2 p=y");
	resolve(1, MQS_ALLOW);
	hear(1, "DISCONNECT rc=8E", "CLOSED");
	hear(2, "CONNACK rc=00*");
	asked("BEFORE CONNECT a", "BEFORE PUBLISH a t=1", "BEFORE PUBLISH a t=2", "AFTER PUBLISH a t=1", "CANCEL 2 8E");
	finish();
}

TEST_MAIN(TEST_ENTRY(test_acknowledged_in_order), TEST_ENTRY(test_at_most_so_many), TEST_ENTRY(test_none_said),
    TEST_ENTRY(test_topic_in_order), TEST_ENTRY(test_turn_comes_at_once), TEST_ENTRY(test_decided_at_once),
    TEST_ENTRY(test_duplicates), TEST_ENTRY(test_others_wait_for_all), TEST_ENTRY(test_waits_for_others),
    TEST_ENTRY(test_after), TEST_ENTRY(test_with_peers), TEST_ENTRY(test_parked_limit), TEST_ENTRY(test_held_bytes),
    TEST_ENTRY(test_decisions_limit), TEST_ENTRY(test_unconfirmed_limit), TEST_ENTRY(test_throttled),
    TEST_ENTRY(test_fewer), TEST_ENTRY(test_more), TEST_ENTRY(test_deadlines), TEST_ENTRY(test_hangs_up),
    TEST_ENTRY(test_all_are_cancelled), TEST_ENTRY(test_destroyed), TEST_ENTRY(test_closed_by_a_later_one),
    TEST_ENTRY(test_resolved_inside_a_hook), TEST_ENTRY(test_taken_over_inside_a_hook))
