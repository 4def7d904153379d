/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/concurrency_corners_test.c - PUBLISH packets of one connection that are decided at the same time,
 * where that meets something rare: limits that change, ends that come from inside, acknowledgements nobody can get.
 */
#include "world.h"

/* One that waited for its turn, was allowed at once and is to be decided later behind the action counts like others. */
static void test_decisions_limit_behind_the_action(void)
{
	prepare();
	w.options.max_pending_decisions = 3;
	start_together(4);
	come(1, "CONNECT v5 id=a clean");
	for (int i = 0; i < 6; i++) {
		say(1, "PUBLISH q=1 id=%d t=%d p=x", i + 1, i % 3);
	}
	mqs_broker_set_publish_concurrency(w.broker, 1);
	resolve(0, MQS_ALLOW);
	resolve(1, MQS_ALLOW);
	come(2, "CONNECT v5 id=b clean");
	come(3, "CONNECT v5 id=c clean");
	say(2, "PUBLISH q=0 t=x p=x");
	say(3, "PUBLISH q=0 t=x p=x");
	CHECK_EQ(stats()->pending_decisions, 3);
	hear(1, "PUBACK id=1 rc=10", "PUBACK id=2 rc=10");
	w.decide[MQS_EVENT_PUBLISH][0] = allow;
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_AFTER, later);
	mqs_broker_set_publish_concurrency(w.broker, 4);
	resolve(2, MQS_DENY); /* this one has just had a place */
	CHECK_EQ(stats()->pending_decisions, 3);
	CHECK_EQ(stats()->decisions_refused, 2);
	finish();
}

static mqs_verdict fewer(mqs_event *event)
{
	(void)event;
	mqs_broker_set_publish_concurrency(w.broker, 1);
	return MQS_DECIDE_LATER;
}

/* The handler that decides later has just said that one is decided at a time: it keeps its place all the same. */
static void test_fewer_inside_a_hook(void)
{
	prepare();
	start_together(4);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=0 t=1 p=x");
	w.decide[MQS_EVENT_PUBLISH][0] = fewer;
	say(1, "PUBLISH q=1 id=2 t=2 p=x");
	w.decide[MQS_EVENT_PUBLISH][0] = later;
	mqs_broker_set_publish_concurrency(w.broker, 4);
	say(1, "PUBLISH q=1 id=3 t=3 p=x");
	asked("BEFORE PUBLISH a t=1", "BEFORE PUBLISH a t=2", "BEFORE PUBLISH a t=3");
	resolve(2, MQS_ALLOW);
	hear_nothing(1);
	resolve(1, MQS_ALLOW);
	hear(1, "PUBACK id=2 rc=10", "PUBACK id=3 rc=10");
	resolve(0, MQS_ALLOW);
	finish();
}

static mqs_verdict answer_at_length(mqs_event *event)
{
	static uint8_t bytes[100];
	event->reply->packet = mqs_bytes_make(bytes, sizeof(bytes));
	return MQS_ALLOW;
}

/* What a handler gives as acknowledgement is too long for the client: reading goes on although nothing is sent. */
static void test_reading_goes_on_without_output(void)
{
	prepare();
	w.options.max_unconfirmed = 1;
	start_together(3);
	come(1, "CONNECT v5 id=a clean mps=60");
	say(1, "PUBLISH q=1 id=1 t=1 p=x");
	w.decide[MQS_EVENT_PUBLISH][0] = answer_at_length;
	say(1, "PUBLISH q=1 id=2 t=2 p=x");
	CHECK(!mqs_conn_wants_read(w.conns[1].conn));
	answer_at_length(pending(0));
	CHECK_EQ(mqs_broker_resolve(w.broker, w.tickets[0], MQS_ALLOW, w.now_ms), MQS_OK);
	CHECK(mqs_conn_wants_read(w.conns[1].conn));
	CHECK(mqs_broker_next_ready(w.broker) == w.conns[1].conn);
	hear_nothing(1);
	CHECK_EQ(stats()->dropped_too_large, 2);
	finish();
}

/* Nobody is asked about what came behind a packet that ends the connection. */
static void test_nothing_behind_the_last(void)
{
	prepare();
	start_together(3);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=1 t=1 p=x");
	say(1, "PUBLISH q=1 id=2 t=2 p=x");
	say(1, "PUBLISH q=1 id=3 t=1 p=y");
	say(1, "PUBLISH q=1 id=4 t=2 p=y");
	asked("BEFORE PUBLISH a t=1", "BEFORE PUBLISH a t=2");
	pending(1)->reply->close = true;
	resolve(1, MQS_ALLOW);
	asked_nothing();
	hear_nothing(1);
	resolve(0, MQS_ALLOW);
	hear(1, "PUBACK id=1 rc=10", "PUBACK id=2 rc=10", "DISCONNECT rc=98", "CLOSED");
	asked_nothing();
	finish();
}

/* The same when it has hung up: what it said before that packet still counts. */
static void test_the_last_of_one_that_hung_up(void)
{
	for (int qos = 0; qos < 3; qos++) {
		test_case("QoS %d", qos);
		prepare();
		start_together(3);
		come(2, "CONNECT v5 id=b clean");
		say(2, "SUBSCRIBE id=1 f=# q=0");
		hear(2, "SUBACK id=1 00");
		come(1, "CONNECT v5 id=a clean");
		say(1, "PUBLISH q=0 t=1 p=x");
		say(1, qos ? "PUBLISH q=%d id=2 t=2 p=x" : "PUBLISH q=%d t=2 p=x", qos);
		say(1, "PUBLISH q=0 t=2 p=y");
		say(1, "PUBLISH q=0 t=3 p=y");
		say(1, "PUBLISH q=0 t=4 p=y");
		hang_up(1);
		pending(1)->reply->close = true;
		resolve(1, MQS_ALLOW);
		hear(2, "PUBLISH q=0 t=2 p=x");
		CHECK_EQ(resolve(0, MQS_ALLOW), MQS_OK);
		hear(2, "PUBLISH q=0 t=1 p=x");
		CHECK_EQ(resolve(2, MQS_ALLOW), MQS_OK); /* it was asked about already */
		hear(2, "PUBLISH q=0 t=3 p=y");
		asked("BEFORE PUBLISH a t=1", "BEFORE PUBLISH a t=2", "BEFORE PUBLISH a t=3");
		CHECK_EQ(stats()->connections, 1);
		finish();
	}
}

/* What waits is counted by what is still to be handled, however the memory looks that it stands in. */
static void test_all_that_may_wait(void)
{
	prepare();
	w.options.max_held_bytes = 4 << 20;
	w.options.max_packet_bytes = 65536;
	start_together(0);
	come(1, "CONNECT v5 id=a clean");
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 1000 && w.conns[1].conn && mqs_conn_wants_read(w.conns[1].conn); i++) {
			say(1, "PUBLISH q=0 t=t p=#60000");
		}
		CHECK(w.conns[1].conn && !mqs_conn_wants_read(w.conns[1].conn));
		for (int i = 0; i < 30; i++) {
			resolve(w.ticket_count - 1, MQS_DENY);
		}
	}
	hear_nothing(1);
	CHECK_EQ(stats()->publish_denied, 90);
	w.decide[MQS_EVENT_PUBLISH][0] = allow;
	resolve(w.ticket_count - 1, MQS_ALLOW);
	CHECK_EQ(stats()->publish_no_subscriber, stats()->publish_received - 90);
	finish();
}

static void cancel_one_decide_the_other(void *ctx, uint64_t ticket, uint8_t reason)
{
	world_cancel(ctx, ticket, reason);
	if (ticket == w.tickets[0]) {
		CHECK_EQ(mqs_broker_resolve(w.broker, w.tickets[1], MQS_ALLOW, w.now_ms), MQS_OK);
	}
}

/* A connection that broke the protocol leaves nothing of that to the next one. */
static void test_a_fault_ends_with_its_connection(void)
{
	static const uint8_t start_of_ping[] = {0xc0}, ping_and_nonsense[] = {0x00, 0x00, 0x00};
	prepare();
	w.ports.hooks.cancel = cancel_one_decide_the_other;
	start_together(3);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=0 t=1 p=x");
	say(1, "PUBLISH q=0 t=2 p=x");
	say_bytes(1, mqs_bytes_make(start_of_ping, 1), 0);
	say_bytes(1, mqs_bytes_make(ping_and_nonsense, 3), 0);
	hear(1, "PINGRESP", "DISCONNECT rc=81", "CLOSED");
	asked("BEFORE PUBLISH a t=1", "BEFORE PUBLISH a t=2", "CANCEL 0 81");
	call(2);
	say_cut(2, 3, "CONNECT v5 id=b clean");
	hear(2, "CONNACK rc=00*");
	finish();
}

TEST_MAIN(TEST_ENTRY(test_decisions_limit_behind_the_action), TEST_ENTRY(test_fewer_inside_a_hook),
    TEST_ENTRY(test_reading_goes_on_without_output), TEST_ENTRY(test_nothing_behind_the_last),
    TEST_ENTRY(test_the_last_of_one_that_hung_up), TEST_ENTRY(test_all_that_may_wait),
    TEST_ENTRY(test_a_fault_ends_with_its_connection))
