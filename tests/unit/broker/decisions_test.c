/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/decisions_test.c - hooks: allow, deny, later; what waits behind a decision and what passes. What
 * hooks may change: changes_test.c; hooks that call back into the broker: commands_test.c.
 */
#include "world.h"

#define OURS " rm=1024 mps=1048576 tam=32"

/* ---- deny, for every kind ------------------------------------------------------------------------------------ */

static void test_deny_connect(void)
{
	start();
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, deny);
	call(1);
	say(1, "CONNECT v5 id=a clean");
	hear(1, "CONNACK rc=87 sp=0", "CLOSED");
	call(1);
	say(1, "CONNECT v4 id=a clean");
	hear(1, "CONNACK rc=05 sp=0", "CLOSED");
	asked("BEFORE CONNECT a", "BEFORE CONNECT a");
	CHECK_EQ(stats()->sessions, 0);
	finish();
}

static void test_deny_publish(void)
{
	start();
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, deny);
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v4 id=b clean");
	say(1, "SUBSCRIBE id=1 f=# q=2");
	hear(1, "SUBACK id=1 02");
	say(1, "PUBLISH q=0 t=t p=x");
	say(1, "PUBLISH q=1 id=2 t=t p=x");
	say(1, "PUBLISH q=2 id=3 t=t p=x");
	hear(1, "PUBACK id=2 rc=87", "PUBREC id=3 rc=87");
	say(1, "PUBLISH q=2 id=3 t=t p=x"); /* a new message: 5.0:MQTT-4.3.3-9 */
	hear(1, "PUBREC id=3 rc=87");
	asked("BEFORE PUBLISH a t=t", "BEFORE PUBLISH a t=t", "BEFORE PUBLISH a t=t", "BEFORE PUBLISH a t=t");
	say(2, "PUBLISH q=1 id=2 t=t p=x"); /* 3.1.1 knows no refusal */
	say(2, "PUBLISH q=2 id=3 t=t p=x");
	say(2, "PUBREL id=3");
	hear(2, "PUBACK id=2", "PUBREC id=3", "PUBCOMP id=3");
	CHECK_EQ(stats()->publish_denied, 6);
	finish();
}

static void test_deny_subscribe(void)
{
	start();
	ask(MQS_EVENT_SUBSCRIBE, MQS_PHASE_BEFORE, deny);
	ask(MQS_EVENT_UNSUBSCRIBE, MQS_PHASE_BEFORE, deny);
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v4 id=b clean");
	say(1, "SUBSCRIBE id=1 f=a f=b q=1");
	hear(1, "SUBACK id=1 87 87");
	say(2, "SUBSCRIBE id=1 f=a f=b q=1");
	hear(2, "SUBACK id=1 80 80"); /* 3.1.1:MQTT-3.9.3-2 */
	say(1, "UNSUBSCRIBE id=2 f=a");
	hear(1, "UNSUBACK id=2 87");
	say(2, "UNSUBSCRIBE id=2 f=a");
	hear(2, "UNSUBACK id=2");
	CHECK_EQ(stats()->subscriptions, 0);
	finish();
}

static void test_deny_pingreq(void)
{
	start();
	ask(MQS_EVENT_PINGREQ, MQS_PHASE_BEFORE, deny);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PINGREQ");
	hear(1, "DISCONNECT rc=87", "CLOSED");
	finish();
}

static mqs_verdict deny_oddly(mqs_event *event)
{
	event->reply->reason = 0x9E; /* Shared Subscriptions not supported: of SUBACK and DISCONNECT only */
	return MQS_DENY;
}

/* A reason code that the reply may not carry is not sent: 5.0:MQTT-3.2.2-8, 5.0:MQTT-3.4.2-1, 5.0:MQTT-3.5.2-1,
 * 5.0:MQTT-3.9.3-2, 5.0:MQTT-3.11.3-2, 5.0:MQTT-3.14.2-1. */
static void test_reason_of_another_packet(void)
{
	start();
	come(1, "CONNECT v5 id=a clean");
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, deny_oddly);
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, deny_oddly);
	ask(MQS_EVENT_SUBSCRIBE, MQS_PHASE_BEFORE, deny_oddly);
	ask(MQS_EVENT_UNSUBSCRIBE, MQS_PHASE_BEFORE, deny_oddly);
	ask(MQS_EVENT_PINGREQ, MQS_PHASE_BEFORE, deny_oddly);
	call(2);
	say(2, "CONNECT v5 id=b clean");
	hear(2, "CONNACK rc=80 sp=0", "CLOSED");
	say(1, "PUBLISH q=1 id=2 t=t p=x");
	say(1, "PUBLISH q=2 id=3 t=t p=x");
	say(1, "SUBSCRIBE id=1 f=a");
	say(1, "UNSUBSCRIBE id=2 f=a");
	hear(1, "PUBACK id=2 rc=80", "PUBREC id=3 rc=80", "SUBACK id=1 9E", "UNSUBACK id=2 80");
	say(1, "PINGREQ");
	hear(1, "DISCONNECT rc=9E", "CLOSED");
	finish();
}

/* ---- later --------------------------------------------------------------------------------------------------- */

static void test_connect_later(void)
{
	start();
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, later);
	call(1);
	say(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=t");
	say(1, "PINGREQ"); /* behind CONNECT everything waits */
	hear_nothing(1);
	CHECK_EQ(stats()->pending_decisions, 1);
	mqs_event *event = pending(0);
	if (CHECK(event)) {
		CHECK(mqs_bytes_equal(event->client_id, text("a")) && event->packet->connect.clean_start);
		event->reply->username = text("somebody");
	}
	pass(15000); /* the time for a CONNECT is over, that of the handler is not */
	hear_nothing(1);
	CHECK_EQ(resolve(0, MQS_ALLOW), MQS_OK);
	hear(1, "CONNACK rc=00 sp=0" OURS, "SUBACK id=1 00", "PINGRESP");
	mqs_client_info info;
	CHECK(mqs_broker_client(w.broker, text("a"), &info) && mqs_bytes_equal(info.username, text("somebody")));
	CHECK_EQ(resolve(0, MQS_ALLOW), MQS_NOT_FOUND);
	CHECK_EQ(stats()->pending_decisions, 0);
	call(2);
	say_all(2, "CONNECT v5 id=b clean\nPUBLISH q=0 t=t p=x");
	CHECK_EQ(resolve(1, MQS_DENY), MQS_OK);
	hear(2, "CONNACK rc=87 sp=0", "CLOSED");
	hear_nothing(1);
	finish();
}

static void test_publish_later(void)
{
	start();
	come(1, "CONNECT v5 id=a clean rm=1");
	come(2, "CONNECT v5 id=b clean");
	say(1, "SUBSCRIBE id=1 f=# q=1");
	hear(1, "SUBACK id=1 01");
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, later);
	publish("server", "1", 1, false);
	publish("server", "2", 1, false);
	hear(1, "PUBLISH q=1 id=1 t=server p=1");
	say(1, "PUBLISH q=1 id=7 t=one p=#2000 alias=1");
	say(1, "SUBSCRIBE id=2 f=x q=0");
	say(1, "PINGREQ");
	say(1, "PUBACK id=1"); /* passes, and lets the next one out */
	hear(1, "PINGRESP", "PUBLISH q=1 id=2 t=server p=2");
	say(2, "PUBLISH q=0 t=other p=x"); /* others go on */
	CHECK_EQ(stats()->pending_decisions, 2);
	CHECK_EQ(resolve(1, MQS_ALLOW), MQS_OK);
	CHECK_EQ(resolve(0, MQS_ALLOW), MQS_OK);
	/* QoS 0 does not wait behind the window of QoS 1 */
	hear(1, "PUBLISH q=0 t=other p=x", "PUBACK id=7", "SUBACK id=2 00");
	say(1, "PUBACK id=2");
	hear(1, "PUBLISH q=1 id=3 t=one p=#2000");
	finish();
}

static void test_denied_later(void)
{
	start();
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, later);
	ask(MQS_EVENT_SUBSCRIBE, MQS_PHASE_BEFORE, later);
	ask(MQS_EVENT_UNSUBSCRIBE, MQS_PHASE_BEFORE, later);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=2 id=7 t=one p=x");
	say(1, "PUBLISH q=2 id=8 t=two p=x");
	say(1, "SUBSCRIBE id=2 f=0 f=1 f=2 f=3 f=4 f=5 f=6 f=7 f=8 f=9"); /* more than fits the work itself */
	say(1, "UNSUBSCRIBE id=3 f=0");
	hear_nothing(1);
	CHECK_EQ(resolve(0, MQS_DENY), MQS_OK);
	hear(1, "PUBREC id=7 rc=87");
	mqs_event *event = pending(1);
	if (CHECK(event)) {
		event->reply->reason = MQTT_RC_QUOTA_EXCEEDED;
	}
	CHECK_EQ(resolve(1, MQS_DENY), MQS_OK);
	hear(1, "PUBREC id=8 rc=97");
	event = pending(2);
	if (CHECK(event && event->reply->code_count == 10)) {
		event->reply->codes[3] = MQTT_RC_TOPIC_FILTER_INVALID;
	}
	CHECK_EQ(resolve(2, MQS_ALLOW), MQS_OK);
	hear(1, "SUBACK id=2 00 00 00 8F 00 00 00 00 00 00");
	CHECK_EQ(resolve(3, MQS_DENY), MQS_OK);
	hear(1, "UNSUBACK id=3 87");
	CHECK_EQ(stats()->subscriptions, 9);
	finish();
}

/* While a decision is pending a second one of the same connection is not asked for. */
static void test_one_at_a_time(void)
{
	start();
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, later);
	ask(MQS_EVENT_PINGREQ, MQS_PHASE_BEFORE, later);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=7 t=one p=x");
	say(1, "PINGREQ");
	say(1, "PUBLISH q=1 id=8 t=two p=x");
	CHECK_EQ(w.ticket_count, 1);
	CHECK_EQ(resolve(0, MQS_ALLOW), MQS_OK);
	hear(1, "PUBACK id=7 rc=10");
	CHECK_EQ(w.ticket_count, 2);
	CHECK_EQ(resolve(1, MQS_ALLOW), MQS_OK);
	hear(1, "PINGRESP");
	CHECK_EQ(stats()->pending_decisions, 1);
	CHECK_EQ(resolve(2, MQS_ALLOW), MQS_OK);
	hear(1, "PUBACK id=8 rc=10");
	CHECK_EQ(stats()->pending_decisions, 0);
	finish();
}

static void test_deadline(void)
{
	prepare();
	w.options.decision_timeout_ms = 5000;
	start_prepared();
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, later);
	call(1);
	say(1, "CONNECT v5 id=a clean");
	pass(4999);
	hear_nothing(1);
	pass(1);
	hear(1, "CONNACK rc=83 sp=0", "CLOSED"); /* refused, not let in */
	asked("BEFORE CONNECT a", "CANCEL 0 83");
	CHECK_EQ(resolve(0, MQS_ALLOW), MQS_NOT_FOUND);
	w.decide[MQS_EVENT_CONNECT][0] = allow;
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, later);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=7 t=one p=x");
	say(1, "PUBLISH q=1 id=8 t=two p=x");
	pass(5000);
	hear(1, "PUBACK id=7 rc=83");
	pass(5000);
	hear(1, "PUBACK id=8 rc=83");
	CHECK_EQ(stats()->decisions_timed_out, 3);
	finish();
}

static void test_cap(void)
{
	prepare();
	w.options.max_pending_decisions = 1;
	start_prepared();
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, later);
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b clean");
	say(1, "PUBLISH q=1 id=7 t=one p=x");
	say(2, "PUBLISH q=1 id=8 t=two p=x");
	hear(2, "PUBACK id=8 rc=97");
	asked("BEFORE PUBLISH a t=one", "BEFORE PUBLISH b t=two", "CANCEL 1 97");
	CHECK_EQ(stats()->decisions_refused, 1);
	CHECK_EQ(resolve(0, MQS_ALLOW), MQS_OK);
	hear(1, "PUBACK id=7 rc=10");
	finish();
}

static mqs_event *kept_event;
static size_t kept_count;

static void kept(void *ctx, mqs_event *event)
{
	(void)ctx;
	kept_event = event;
	kept_count++;
	note_event("KEPT %s", event->phase ? "AFTER" : "BEFORE");
}

/* Who decides later is told where the event stands from then on; what it shows does not depend on the input any more.
 */
static void test_kept(void)
{
	kept_count = 0;
	prepare();
	w.options.max_pending_decisions = 1;
	w.ports.hooks.kept = kept;
	CHECK(start_prepared());
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b clean");
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, later);
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_AFTER, later);
	say(1, "PUBLISH q=1 id=7 t=one p=x");
	CHECK_EQ(kept_count, 1);
	CHECK(kept_event == mqs_broker_pending(w.broker, w.tickets[0]));
	say(2, "PUBLISH q=1 id=8 t=two p=y"); /* refused: nothing is kept */
	hear(2, "PUBACK id=8 rc=97");
	CHECK_EQ(kept_count, 1);
	CHECK(mqs_bytes_equal(kept_event->packet->publish.topic, mqs_bytes_make("one", 3)));
	CHECK(mqs_bytes_equal(kept_event->packet->publish.payload, mqs_bytes_make("x", 1)));
	CHECK(mqs_bytes_equal(kept_event->reply->publish->topic, mqs_bytes_make("one", 3)));
	CHECK_EQ(resolve(0, MQS_ALLOW), MQS_OK);
	CHECK_EQ(kept_count, 2);
	CHECK(kept_event == mqs_broker_pending(w.broker, w.tickets[3]));
	CHECK_EQ(kept_event->phase, MQS_PHASE_AFTER);
	CHECK(mqs_bytes_equal(kept_event->packet->publish.payload, mqs_bytes_make("x", 1)));
	CHECK_EQ(resolve(3, MQS_ALLOW), MQS_OK);
	hear(1, "PUBACK id=7 rc=10");
	asked("BEFORE PUBLISH a t=one", "KEPT BEFORE", "BEFORE PUBLISH b t=two", "CANCEL 1 97", "AFTER PUBLISH b t=two",
	    "CANCEL 2 97", "AFTER PUBLISH a t=one", "KEPT AFTER");
	finish();
}

static void test_cancelled_by_close(void)
{
	start();
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, later);
	ask(MQS_EVENT_CLOSE, MQS_PHASE_BEFORE, allow);
	call(1);
	say(1, "CONNECT v5 id=a clean");
	hang_up(1);
	asked("BEFORE CONNECT a", "CANCEL 0 80"); /* and no CLOSE: it never was in */
	CHECK_EQ(resolve(0, MQS_ALLOW), MQS_NOT_FOUND);
	CHECK_EQ(stats()->pending_decisions, 0);
	finish();
}

/* What a client said before it hung up is handled to its end, in order. */
static void test_lingers(void)
{
	start();
	come(2, "CONNECT v5 id=b clean");
	say(2, "SUBSCRIBE id=1 f=# q=1");
	hear(2, "SUBACK id=1 01");
	come(1, "CONNECT v5 id=a clean will=gone wp=x");
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, later);
	ask(MQS_EVENT_DISCONNECT, MQS_PHASE_BEFORE, allow);
	ask(MQS_EVENT_CLOSE, MQS_PHASE_BEFORE, allow);
	say(1, "PUBLISH q=0 t=one p=x");
	say(1, "PUBLISH q=1 id=7 t=two p=x");
	say(1, "DISCONNECT");
	hang_up(1);
	hear_nothing(2);
	CHECK_EQ(resolve(0, MQS_ALLOW), MQS_OK);
	hear(2, "PUBLISH q=0 t=one p=x");
	CHECK_EQ(resolve(1, MQS_ALLOW), MQS_OK);
	hear(2, "PUBLISH q=1 id=1 t=two p=x");
	asked("BEFORE PUBLISH a t=one", "BEFORE PUBLISH a t=two", "BEFORE DISCONNECT a", "BEFORE CLOSE a", "closed for 00");
	CHECK_EQ(stats()->wills_published, 0);
	CHECK_EQ(stats()->connections, 1);
	finish();
}

/* Without a good-bye the will follows what was said, and never stands before it. */
static void test_will_behind_last_words(void)
{
	start();
	come(2, "CONNECT v5 id=b clean");
	say(2, "SUBSCRIBE id=1 f=# q=1");
	hear(2, "SUBACK id=1 01");
	come(1, "CONNECT v5 id=a clean will=gone wp=x");
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, later);
	say(1, "PUBLISH q=0 t=one p=x");
	hang_up(1);
	hear_nothing(2);
	w.decide[MQS_EVENT_PUBLISH][0] = allow;
	CHECK_EQ(resolve(0, MQS_ALLOW), MQS_OK);
	hear(2, "PUBLISH q=0 t=one p=x", "PUBLISH q=0 t=gone p=x");
	CHECK_EQ(stats()->connections, 1);
	finish();
}

/* A client that lingers gets nothing more, its subscriptions are not decided, and it cannot hold out for ever. */
static void test_lingers_no_longer_than_that(void)
{
	prepare();
	w.options.decision_timeout_ms = 5000;
	start_prepared();
	come(2, "CONNECT v5 id=b clean");
	come(1, "CONNECT v5 id=a clean");
	ask(MQS_EVENT_SUBSCRIBE, MQS_PHASE_BEFORE, later);
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, later);
	say(1, "SUBSCRIBE id=1 f=x q=0");
	say(1, "PUBLISH q=1 id=7 t=one p=x");
	hang_up(1);
	asked("BEFORE SUBSCRIBE a", "CANCEL 0 80", "BEFORE PUBLISH a t=one");
	CHECK_EQ(resolve(0, MQS_ALLOW), MQS_NOT_FOUND);
	CHECK_EQ(stats()->connections, 2);
	CHECK_EQ(stats()->clients_connected, 2);
	pass(5000);
	CHECK_EQ(stats()->decisions_timed_out, 1);
	CHECK_EQ(stats()->connections, 1);
	CHECK_EQ(stats()->clients_connected, 1);
	finish();
}

/* Its name is wanted by another one: then what it said does not count any more. */
static void test_lingers_and_is_taken_over(void)
{
	start();
	come(1, "CONNECT v5 id=a clean");
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, later);
	say(1, "PUBLISH q=1 id=7 t=one p=x");
	hang_up(1);
	come(2, "CONNECT v5 id=a clean");
	asked("BEFORE PUBLISH a t=one", "CANCEL 0 8E");
	CHECK_EQ(resolve(0, MQS_ALLOW), MQS_NOT_FOUND);
	CHECK_EQ(stats()->connections, 1);
	finish();
}

static void test_held_bytes(void)
{
	prepare();
	w.options.max_held_bytes = 1000;
	w.options.max_packet_bytes = 2000;
	start_prepared();
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, later);
	come(1, "CONNECT v5 id=a clean ka=10");
	say(1, "PUBLISH q=0 t=one p=x");
	CHECK(mqs_conn_wants_read(w.conns[1].conn));
	say(1, "PUBLISH q=0 t=two p=#1500");
	CHECK(!mqs_conn_wants_read(w.conns[1].conn)); /* reading pauses */
	pass(20000);                                  /* it may well send pings that nobody reads */
	hear_nothing(1);
	CHECK_EQ(resolve(0, MQS_ALLOW), MQS_OK);
	CHECK(mqs_conn_wants_read(w.conns[1].conn));
	CHECK_EQ(resolve(1, MQS_ALLOW), MQS_OK);
	say(1, "PUBLISH q=0 t=three p=x");
	for (int i = 0; i < 600; i++) {
		say(1, "PUBLISH q=0 t=four p=#1900"); /* a home that does not stop reading */
	}
	hear(1, "DISCONNECT rc=97", "CLOSED");
	finish();
}

/* ---- after --------------------------------------------------------------------------------------------------- */

static mqs_verdict see_outcome(mqs_event *event)
{
	CHECK(event->reply->publish == NULL);
	if (event->kind == MQS_EVENT_CONNECT) {
		CHECK_EQ(event->reply->session_present, false);
	}
	if (event->kind == MQS_EVENT_SUBSCRIBE) {
		CHECK_EQ(event->reply->codes[0], 1);
	}
	if (event->kind == MQS_EVENT_PUBLISH && event->packet->publish.qos) {
		CHECK_EQ(event->reply->reason, MQTT_RC_NO_MATCHING_SUBSCRIBERS);
	}
	return event->kind == MQS_EVENT_CONNECT ? MQS_ALLOW : MQS_DENY; /* too late */
}

static void test_after(void)
{
	start();
	for (int kind = 0; kind <= MQS_EVENT_PINGREQ; kind++) {
		ask((mqs_event_kind)kind, MQS_PHASE_AFTER, see_outcome);
	}
	call(1);
	say(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=t q=1");
	say(1, "PUBLISH q=1 id=2 t=nobody p=x");
	say(1, "PUBLISH q=0 t=t p=x");
	say(1, "PINGREQ");
	hear(1, "CONNACK rc=00 sp=0" OURS, "SUBACK id=1 01", "PUBACK id=2 rc=10", "PUBLISH q=0 t=t p=x", "PINGRESP");
	finish();
}

/* Nobody gets a CONNACK past a handler that said no. */
static void test_connect_denied_after(void)
{
	start();
	come(2, "CONNECT v5 id=b clean");
	say(2, "SUBSCRIBE id=1 f=#");
	hear(2, "SUBACK id=1 00");
	ask(MQS_EVENT_CONNECT, MQS_PHASE_AFTER, deny);
	ask(MQS_EVENT_CLOSE, MQS_PHASE_BEFORE, allow);
	call(1);
	say(1, "CONNECT v5 id=a clean will=w wp=x");
	hear(1, "CONNACK rc=87 sp=0", "CLOSED");
	hear_nothing(2);
	asked("AFTER CONNECT a");
	CHECK_EQ(stats()->sessions, 1);
	w.decide[MQS_EVENT_CONNECT][1] = later;
	call(1);
	say(1, "CONNECT v5 id=a clean will=w wp=x");
	pass(30000);
	hear(1, "CONNACK rc=83 sp=0", "CLOSED");
	finish();
}

static void test_after_later(void)
{
	start();
	for (int kind = 0; kind <= MQS_EVENT_PINGREQ; kind++) {
		ask((mqs_event_kind)kind, MQS_PHASE_AFTER, later);
	}
	call(1);
	say(1, "CONNECT v5 id=a clean");
	CHECK_EQ(stats()->sessions, 1);
	hear_nothing(1);
	resolve(0, MQS_ALLOW);
	hear(1, "CONNACK rc=00 sp=0" OURS);
	say(1, "SUBSCRIBE id=1 f=t q=1");
	hear_nothing(1);
	publish("t", "in between", 1, false); /* it is subscribed already */
	hear(1, "PUBLISH q=1 id=1 t=t p=in between");
	resolve(1, MQS_DENY);
	hear(1, "SUBACK id=1 01");
	say(1, "PUBLISH q=2 id=2 t=t p=x");
	hear(1, "PUBLISH q=1 id=2 t=t p=x");
	CHECK_EQ(stats()->pending_decisions, 1);
	pass(40000); /* nobody decides: what was done stays done, and is not told as a failure */
	hear(1, "PUBREC id=2");
	say(1, "PUBLISH dup q=2 id=2 t=t p=x"); /* 5.0:MQTT-4.3.3-10 */
	say(1, "PUBREL id=2");
	hear(1, "PUBREC id=2", "PUBCOMP id=2");
	say(1, "PINGREQ");
	resolve(3, MQS_ALLOW);
	hear(1, "PINGRESP");
	finish();
}

/* Exactly once, although the connection was lost between routing and PUBREC: 5.0:MQTT-4.3.3-10. */
static void test_qos_2_lost_in_after(void)
{
	start();
	come(2, "CONNECT v5 id=b clean");
	say(2, "SUBSCRIBE id=1 f=t q=0");
	hear(2, "SUBACK id=1 00");
	come(1, "CONNECT v5 id=a sei=100");
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_AFTER, later);
	say(1, "PUBLISH q=2 id=2 t=t p=x");
	hear(2, "PUBLISH q=0 t=t p=x");
	hang_up(1);
	come(1, "CONNECT v5 id=a sei=100");
	say(1, "PUBLISH dup q=2 id=2 t=t p=x");
	hear(1, "PUBREC id=2");
	hear_nothing(2);
	finish();
}

/* Both phases later, twice kept. */
static void test_before_and_after_later(void)
{
	start();
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, later);
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_AFTER, later);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=2 t=alias/topic p=x alias=3");
	resolve(0, MQS_ALLOW);
	hear_nothing(1);
	mqs_event *event = pending(1);
	if (CHECK(event)) {
		CHECK(mqs_bytes_equal(event->packet->publish.topic, text("alias/topic")));
		event->reply->reason = MQTT_RC_QUOTA_EXCEEDED;
	}
	resolve(1, MQS_ALLOW);
	hear(1, "PUBACK id=2 rc=97");
	say(1, "PUBLISH q=1 id=3 t= p=y alias=3");
	event = pending(2);
	if (CHECK(event)) {
		CHECK(mqs_bytes_equal(event->packet->publish.topic, text("alias/topic")));
		CHECK(mqs_bytes_equal(event->reply->publish->topic, text("alias/topic")));
	}
	resolve(2, MQS_ALLOW);
	resolve(3, MQS_ALLOW);
	hear(1, "PUBACK id=3 rc=10");
	finish();
}

TEST_MAIN(TEST_ENTRY(test_deny_connect), TEST_ENTRY(test_deny_publish), TEST_ENTRY(test_deny_subscribe),
    TEST_ENTRY(test_deny_pingreq), TEST_ENTRY(test_reason_of_another_packet), TEST_ENTRY(test_connect_later),
    TEST_ENTRY(test_publish_later), TEST_ENTRY(test_denied_later), TEST_ENTRY(test_one_at_a_time),
    TEST_ENTRY(test_deadline), TEST_ENTRY(test_cap), TEST_ENTRY(test_kept), TEST_ENTRY(test_cancelled_by_close),
    TEST_ENTRY(test_lingers), TEST_ENTRY(test_will_behind_last_words), TEST_ENTRY(test_lingers_no_longer_than_that),
    TEST_ENTRY(test_lingers_and_is_taken_over), TEST_ENTRY(test_held_bytes), TEST_ENTRY(test_after),
    TEST_ENTRY(test_connect_denied_after), TEST_ENTRY(test_after_later), TEST_ENTRY(test_qos_2_lost_in_after),
    TEST_ENTRY(test_before_and_after_later))
