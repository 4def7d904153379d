/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/receipts_test.c - acknowledgements of messages that went to other workers: when they leave, in what
 * order, with what reason, and what happens when somebody goes meanwhile.
 */
#include "fake_bus.h"

/* ---- order ---------------------------------------------------------------------------------------------------- */

static void test_qos1_waits(void)
{
	start_with_bus();
	join(1, "t/#", 1);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=1 t=t/1 p=x");
	bus_said("to 1: q=1 t=t/1 p=x #1");
	hear_nothing(1);
	answer(1, 1, 0);
	hear(1, "PUBACK id=1");
	answer(1, 1, 0x97); /* again, and others that nobody waits for */
	answer(1, 0, 0x97);
	answer(1, 2, 0x97);
	hear_nothing(1);
	say(1, "PUBLISH q=1 id=2 t=u p=x"); /* nothing of it goes to a peer */
	hear(1, "PUBACK id=2 rc=10");
	say(1, "PUBLISH q=0 t=t/1 p=x");
	bus_said("to 1: q=0 t=t/1 p=x");
	CHECK_EQ(stats()->messages_to_peers, 2);
	finish_with_bus();
}

/* 5.0:MQTT-4.6.0-2, 5.0:MQTT-4.6.0-3: in the order of the PUBLISH packets, and nothing else waits. */
static void test_order(void)
{
	start_with_bus();
	join(1, "t/#", 1);
	join(2, "t/2", 1);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=1 t=t/1 p=x");
	say(1, "PUBLISH q=2 id=2 t=t/2 p=x");
	say(1, "PUBLISH q=1 id=3 t=u p=x");
	say(1, "PUBLISH q=1 id=4 t=t/1 p=x");
	say(1, "PINGREQ");
	say(1, "SUBSCRIBE id=5 f=u q=1");
	publish("u", "live", 1, false);
	hear(1, "PINGRESP", "SUBACK id=5 01", "PUBLISH q=1 id=1 t=u p=live");
	bus_said("to 1: q=1 t=t/1 p=x #1", "to 1: q=2 t=t/2 p=x #2", "to 2: q=2 t=t/2 p=x #1", "to 1: q=1 t=t/1 p=x #3",
	    "filter u 1");
	answer(1, 3, 0);
	answer(1, 2, 0);
	hear_nothing(1);
	answer(1, 1, 0);
	hear(1, "PUBACK id=1");
	answer(2, 1, 0);
	hear(1, "PUBREC id=2", "PUBACK id=3 rc=10", "PUBACK id=4");
	say(1, "PUBREL id=2");
	hear(1, "PUBCOMP id=2");
	finish_with_bus();
}

/* Another connection has an order of its own. */
static void test_order_is_of_a_connection(void)
{
	start_with_bus();
	join(1, "t", 1);
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v4 id=b clean");
	say(1, "PUBLISH q=1 id=1 t=t p=x");
	say(2, "PUBLISH q=1 id=1 t=t p=x");
	say(2, "PUBLISH q=2 id=2 t=u p=x");
	answer(1, 2, 0x10);
	hear(2, "PUBACK id=1", "PUBREC id=2");
	hear_nothing(1);
	answer(1, 1, 0x10);
	hear(1, "PUBACK id=1 rc=10");
	finish_with_bus();
}

/* ---- reasons -------------------------------------------------------------------------------------------------- */

static void test_worst_reason(void)
{
	static const struct {
		bool local;
		uint8_t first, second;
		const char *heard;
	} rows[] = {{false, 0x10, 0x10, "PUBACK id=9 rc=10"}, {false, 0x00, 0x10, "PUBACK id=9"},
	    {false, 0x10, 0x00, "PUBACK id=9"}, {true, 0x10, 0x10, "PUBACK id=9"}, {true, 0x00, 0x97, "PUBACK id=9 rc=97"},
	    {false, 0x97, 0x00, "PUBACK id=9 rc=97"}, {false, 0x10, 0x83, "PUBACK id=9 rc=83"},
	    {false, 0x83, 0x97, "PUBACK id=9 rc=83"}, {false, 0x42, 0x10, "PUBACK id=9"},
	    {true, 0xff, 0x00, "PUBACK id=9 rc=80"}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		test_case("answers %02X %02X", rows[i].first, rows[i].second);
		start_with_bus();
		join(1, "t", 1);
		join(2, "+", 1);
		come(1, "CONNECT v5 id=a clean");
		come(2, "CONNECT v5 id=b clean");
		say(2, "SUBSCRIBE id=1 f=%s q=0", rows[i].local ? "t" : "u");
		say(1, "PUBLISH q=1 id=9 t=t p=x");
		answer(1, 1, rows[i].first);
		hear_nothing(1);
		answer(2, 1, rows[i].second);
		hear(1, rows[i].heard);
		finish_with_bus();
	}
}

/* 5.0:MQTT-4.3.3-9: after a PUBREC that refuses, the identifier is free. */
static void test_refused_qos2(void)
{
	start_with_bus();
	join(1, "t", 1);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=2 id=1 t=t p=x");
	answer(1, 1, 0x97);
	hear(1, "PUBREC id=1 rc=97");
	say(1, "PUBLISH q=2 id=1 t=t p=new");
	bus_said("to 1: q=2 t=t p=x #1", "to 1: q=2 t=t p=new #2");
	answer(1, 2, 0);
	hear(1, "PUBREC id=1");
	say(1, "PUBREL id=1");
	hear(1, "PUBCOMP id=1");
	finish_with_bus();
}

/* 3.1.1 has no code for a refusal: the connection is closed, and the message may come again. */
static void test_refused_v4(void)
{
	for (int qos = 1; qos <= 2; qos++) {
		test_case("refused with QoS %d", qos);
		start_with_bus();
		join(1, "t", 1);
		come(1, "CONNECT v4 id=a");
		say(1, "PUBLISH q=%d id=1 t=t p=x", qos);
		say(1, "PUBLISH q=%d id=2 t=t p=x", qos);
		bus_said("to 1:*", "to 1:*");
		answer(1, 2, 0);
		answer(1, 1, 0x97);
		hear(1, "CLOSED");
		CHECK(strncmp(w.log, "message not taken, closing", 26) == 0);
		come(1, "CONNECT v4 id=a");
		say(1, "PUBLISH dup q=%d id=1 t=t p=x", qos);
		bus_said("to 1:*");
		answer(1, 3, 0);
		hear(1, qos == 1 ? "PUBACK id=1" : "PUBREC id=1");
		finish_with_bus();
	}
}

/* 5.0:MQTT-4.3.3-10: the same packet again is not a new message, and its answer comes when it can. */
static void test_duplicate(void)
{
	start_with_bus();
	join(1, "t", 1);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=2 id=1 t=t p=x");
	say(1, "PUBLISH dup q=2 id=1 t=t p=x");
	bus_said("to 1: q=2 t=t p=x #1");
	hear_nothing(1);
	answer(1, 1, 0);
	hear(1, "PUBREC id=1");
	say(1, "PUBLISH dup q=2 id=1 t=t p=x");
	hear(1, "PUBREC id=1");
	say(1, "PUBLISH q=1 id=2 t=t p=y");
	say(1, "PUBLISH dup q=2 id=1 t=t p=x"); /* behind one that waits */
	hear_nothing(1);
	answer(1, 2, 0);
	hear(1, "PUBACK id=2", "PUBREC id=1");
	say(1, "PUBREL id=1");
	hear(1, "PUBCOMP id=1");
	bus_said("to 1: q=1 t=t p=y #2");
	finish_with_bus();
}

/* ---- links that are full -------------------------------------------------------------------------------------- */

static void test_full(void)
{
	start_with_bus();
	join(1, "t", 1);
	join(2, "t", 1);
	bus.full[1] = true;
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v4 id=b");
	say(1, "PUBLISH q=0 t=t p=x");
	say(1, "PUBLISH q=1 id=1 t=t p=x");
	bus_said("to 2: q=0 t=t p=x", "to 2: q=1 t=t p=x #1");
	CHECK_EQ(stats()->dropped_peer_full, 2);
	answer(2, 1, 0);
	hear(1, "PUBACK id=1 rc=97");
	bus.full[2] = true;
	say(1, "PUBLISH q=2 id=2 t=t p=x");
	hear(1, "PUBREC id=2 rc=97");
	bus.full[1] = bus.full[2] = false;
	say(1, "PUBLISH q=2 id=2 t=t p=x"); /* it was forgotten */
	bus_said("to 1: q=2 t=t p=x #1", "to 2: q=2 t=t p=x #2");
	answer(1, 1, 0);
	answer(2, 2, 0);
	hear(1, "PUBREC id=2");
	bus.full[1] = true;
	say(2, "PUBLISH q=0 t=t p=x");
	hear_nothing(2);
	say(2, "PUBLISH q=2 id=1 t=t p=x");
	hear(2, "CLOSED");
	bus_forget();
	answer(2, 3, 0);
	bus.full[1] = false;
	come(2, "CONNECT v4 id=b");
	say(2, "PUBLISH dup q=2 id=1 t=t p=x");
	bus_said("to 1: q=2 t=t p=x #2", "to 2: q=2 t=t p=x #4");
	CHECK_EQ(stats()->dropped_peer_full, 6);
	finish_with_bus();
}

#define UNANSWERED_MAX 65536 /* peer.c */

static void test_never_answers(void)
{
	start_with_bus();
	join(1, "$share/g/t", 1);
	come(1, "CONNECT v5 id=a clean");
	for (int i = 0; i < UNANSWERED_MAX; i++) {
		publish("t", "x", 1, false);
	}
	CHECK_EQ(stats()->messages_to_peers, UNANSWERED_MAX);
	say(1, "PUBLISH q=1 id=1 t=t p=x");
	hear(1, "PUBACK id=1 rc=97");
	CHECK_EQ(stats()->dropped_peer_full, 1);
	answer(1, 1, 0);
	say(1, "PUBLISH q=1 id=1 t=t p=x");
	answer(1, UNANSWERED_MAX + 1, 0);
	hear(1, "PUBACK id=1");
	for (uint64_t i = 2; i <= UNANSWERED_MAX; i++) {
		answer(1, i, 0);
	}
	bus_forget();
	say(1, "PUBLISH q=1 id=1 t=t p=x");
	bus_said("to 1: q=1 t=t p=x g=$share/g/t #65538");
	finish_with_bus();
}

/* ---- somebody goes -------------------------------------------------------------------------------------------- */

static void test_peer_closes(void)
{
	start_with_bus();
	join(1, "t", 1);
	join(2, "t", 1);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=1 t=t p=x");
	say(1, "PUBLISH q=2 id=2 t=t p=x");
	say(1, "PUBLISH q=1 id=3 t=t p=x");
	answer(2, 1, 0);
	answer(2, 2, 0x10);
	hear_nothing(1);
	part(1);
	hear(1, "PUBACK id=1", "PUBREC id=2 rc=10");
	part(2);
	hear(1, "PUBACK id=3 rc=10");
	bus_forget();
	say(1, "PUBLISH q=1 id=4 t=t p=x");
	hear(1, "PUBACK id=4 rc=10");
	bus_said_nothing();
	CHECK_EQ(stats()->peers, 0);
	finish_with_bus();
}

static void test_connection_is_lost(void)
{
	start_with_bus();
	join(1, "t", 1);
	come(1, "CONNECT v5 id=a sei=100");
	say(1, "PUBLISH q=1 id=1 t=t p=x");
	say(1, "PUBLISH q=2 id=2 t=t p=x");
	say(1, "PUBLISH q=1 id=3 t=u p=x");
	hang_up(1);
	answer(1, 1, 0);
	come(1, "CONNECT v5 id=a sei=100");
	answer(1, 2, 0);
	hear_nothing(1);
	bus_forget();
	say(1, "PUBLISH dup q=1 id=1 t=t p=x");
	say(1, "PUBLISH dup q=2 id=2 t=t p=x"); /* known: 5.0:MQTT-4.3.3-10 */
	bus_said("to 1: q=1 t=t p=x #3");
	answer(1, 3, 0);
	hear(1, "PUBACK id=1", "PUBREC id=2");
	say(1, "PUBREL id=2");
	hear(1, "PUBCOMP id=2");
	finish_with_bus();
}

/* The broker goes while answers are still out. */
static void test_broker_goes(void)
{
	start_with_bus();
	join(1, "t", 1);
	join(2, "$share/g/t", 1);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=1 t=t p=x");
	finish_with_bus();
}

/* ---- the bound ------------------------------------------------------------------------------------------------- */

static void test_bound(void)
{
	prepare_with_bus();
	w.options.max_unconfirmed = 4;
	start_prepared();
	join(1, "t", 1);
	come(1, "CONNECT v5 id=a clean ka=10");
	say_all(1, "PUBLISH q=1 id=1 t=t p=x\nPUBLISH q=1 id=2 t=t p=x\nPUBLISH q=2 id=3 t=t p=x\n"
	           "PUBLISH q=1 id=4 t=t p=x\nPUBLISH q=1 id=5 t=t p=x\nPUBLISH q=1 id=6 t=t p=x\nPINGREQ\n"
	           "PUBLISH q=1 id=7 t=t p=x\nPUBLISH q=1 id=8 t=t p=x\n");
	hear(1, "PINGRESP"); /* passes */
	bus_said("to 1: q=1 t=t p=x #1", "to 1: q=1 t=t p=x #2", "to 1: q=2 t=t p=x #3", "to 1: q=1 t=t p=x #4");
	CHECK(!mqs_conn_wants_read(w.conns[1].conn));
	pass(60000); /* it cannot be heard: not its fault */
	answer(1, 1, 0);
	CHECK(!mqs_conn_wants_read(w.conns[1].conn));
	answer(1, 2, 0); /* half of them: it goes on, up to the bound */
	hear(1, "PUBACK id=1", "PUBACK id=2");
	bus_said("to 1: q=1 t=t p=x #5", "to 1: q=1 t=t p=x #6");
	CHECK(!mqs_conn_wants_read(w.conns[1].conn));
	answer(1, 3, 0);
	answer(1, 4, 0);
	bus_said("to 1: q=1 t=t p=x #7", "to 1: q=1 t=t p=x #8");
	for (uint64_t i = 5; i <= 8; i++) {
		answer(1, i, 0);
	}
	hear(1, "PUBREC id=3", "PUBACK id=4", "PUBACK id=5", "PUBACK id=6", "PUBACK id=7", "PUBACK id=8");
	CHECK(mqs_conn_wants_read(w.conns[1].conn));
	finish_with_bus();
}

/* The least bound: one message at a time, and an answer at once does not stop the connection for ever. */
static void test_bound_of_one(void)
{
	prepare_with_bus();
	w.options.max_unconfirmed = 1;
	start_prepared();
	join(1, "t", 1);
	bus.full[1] = true;
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=1 t=t p=x");
	hear(1, "PUBACK id=1 rc=97");
	CHECK(mqs_conn_wants_read(w.conns[1].conn));
	bus.full[1] = false;
	say(1, "PUBLISH q=1 id=1 t=t p=x");
	say(1, "PUBLISH q=0 t=t p=y");
	bus_said("to 1: q=1 t=t p=x #1");
	part(1);
	hear(1, "PUBACK id=1 rc=10");
	CHECK(mqs_conn_wants_read(w.conns[1].conn));
	finish_with_bus();
}

/* ---- handlers -------------------------------------------------------------------------------------------------- */

static mqs_verdict add_words(mqs_event *event)
{
	static uint8_t props[] = {0x1f, 0, 2, 'o', 'k'}; /* Reason String */
	static uint8_t packet[] = {0x40, 2, 0, 99};
	if (event->packet->publish.packet_id == 1) {
		event->reply->props = mqs_bytes_make(props, sizeof(props));
	} else if (event->packet->publish.packet_id == 2) {
		event->reply->packet = mqs_bytes_make(packet, sizeof(packet));
	} else if (event->packet->publish.packet_id == 3) {
		event->reply->close = true;
	} else if (event->packet->publish.packet_id == 4) {
		event->reply->publish->qos = 0;
	}
	return MQS_ALLOW;
}

static void test_handler_gives_reply(void)
{
	start_with_bus();
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, add_words);
	join(1, "t", 1);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=4 t=t p=x"); /* with QoS 0 to all: nothing to wait for */
	hear(1, "PUBACK id=4");
	say(1, "PUBLISH q=1 id=1 t=t p=x");
	say(1, "PUBLISH q=1 id=2 t=t p=x");
	say(1, "PUBLISH q=2 id=3 t=t p=x");
	say(1, "PUBLISH q=1 id=5 t=t p=x"); /* it is to be closed: nothing more of it counts */
	bus_said("to 1: q=0 t=t p=x", "to 1: q=1 t=t p=x #1", "to 1: q=1 t=t p=x #2", "to 1: q=2 t=t p=x #3");
	answer(1, 3, 0);
	hear_nothing(1);
	answer(1, 1, 0x10);
	hear(1, "PUBACK id=1 rc=10 rs=ok");
	answer(1, 2, 0);
	hear(1, "PUBACK id=99", "PUBREC id=3", "DISCONNECT rc=98", "CLOSED");
	bus_said_nothing();
	finish_with_bus();
}

/* The connection hangs up while it waits to be closed by the server: what it sent behind does not count. */
static void test_hangs_up_while_leaving(void)
{
	start_with_bus();
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, add_words);
	join(1, "t", 1);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=2 id=3 t=t p=x");
	say(1, "PUBLISH q=1 id=5 t=t p=x");
	hang_up(1);
	bus_said("to 1: q=2 t=t p=x #1");
	finish_with_bus();
}

static mqs_verdict note_reason(mqs_event *event)
{
	bus_note("after: %02X", event->reply->reason);
	return event->packet->publish.packet_id == 2 ? MQS_DECIDE_LATER : MQS_ALLOW;
}

static void test_handler_after(void)
{
	start_with_bus();
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_AFTER, note_reason);
	join(1, "t", 1);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=1 t=t p=x");
	say(1, "PUBLISH q=1 id=2 t=t p=y");
	bus_said("to 1: q=1 t=t p=x #1", "after: 00", "to 1: q=1 t=t p=y #2", "after: 00");
	answer(1, 2, 0x10); /* before the handler has said what it wants */
	hear_nothing(1);
	pending(0)->reply->props = mqs_bytes_make((const uint8_t[]){0x1f, 0, 1, '!'}, 4);
	CHECK_EQ(resolve(0, MQS_ALLOW), MQS_OK);
	hear_nothing(1);
	answer(1, 1, 0);
	hear(1, "PUBACK id=1", "PUBACK id=2 rc=10 rs=!");
	bus.full[1] = true;
	say(1, "PUBLISH q=1 id=3 t=t p=x");
	bus_said("after: 97");
	hear(1, "PUBACK id=3 rc=97");
	for (int i = 0; i < 2; i++) { /* 3.1.1: closed, and forgotten */
		come(2, "CONNECT v4 id=b");
		say(2, "PUBLISH q=2 id=1 t=t p=x");
		hear(2, "CLOSED");
	}
	CHECK_EQ(stats()->dropped_peer_full, 3);
	finish_with_bus();
}

/* A refusal of a handler stands, whatever waits before it. */
static mqs_verdict deny_second(mqs_event *event)
{
	return event->packet->publish.packet_id == 2 ? MQS_DENY : MQS_ALLOW;
}

static void test_handler_denies(void)
{
	for (int level = 4; level <= 5; level++) {
		test_case("denied behind one that waits, v%d", level);
		start_with_bus();
		ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, deny_second);
		join(1, "t", 1);
		come(1, level == 4 ? "CONNECT v4 id=a clean" : "CONNECT v5 id=a clean");
		say(1, "PUBLISH q=1 id=1 t=t p=x");
		say(1, "PUBLISH q=2 id=2 t=t p=x");
		bus_said("to 1: q=1 t=t p=x #1");
		hear_nothing(1);
		answer(1, 1, 0);
		hear(1, "PUBACK id=1", level == 4 ? "PUBREC id=2" : "PUBREC id=2 rc=87");
		finish_with_bus();
	}
}

/* The connection is lost while a handler thinks about a message that peers have already. */
static void test_lost_while_deciding(void)
{
	for (int order = 0; order < 3; order++) {
		test_case("lost while a handler decides, order %d", order);
		start_with_bus();
		ask(MQS_EVENT_PUBLISH, MQS_PHASE_AFTER, later);
		join(1, "t", 1);
		come(1, "CONNECT v5 id=a clean");
		say(1, "PUBLISH q=1 id=1 t=t p=x");
		if (order == 0) {
			answer(1, 1, 0);
		}
		hang_up(1);
		if (order == 1) {
			answer(1, 1, 0);
		}
		CHECK_EQ(resolve(0, MQS_ALLOW), MQS_OK);
		finish_with_bus();
	}
}

/* What waits behind the bound counts although its sender has hung up; nobody hears acknowledgements any more. */
static void test_lost_at_the_bound(void)
{
	prepare_with_bus();
	w.options.max_unconfirmed = 1;
	start_prepared();
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, add_words);
	join(1, "t", 1);
	come(1, "CONNECT v5 id=a sei=100");
	for (int i = 1; i <= 4; i++) {
		say(1, "PUBLISH q=%d id=%d t=t p=%d", i == 3 ? 2 : 1, i == 4 ? 5 : i, i);
	}
	hang_up(1);
	bus_said("to 1: q=1 t=t p=1 #1", "to 1: q=1 t=t p=2", "to 1: q=2 t=t p=3");
	CHECK_EQ(stats()->connections, 0);
	answer(1, 1, 0);
	finish_with_bus();
}

TEST_MAIN(TEST_ENTRY(test_qos1_waits), TEST_ENTRY(test_order), TEST_ENTRY(test_order_is_of_a_connection),
    TEST_ENTRY(test_worst_reason), TEST_ENTRY(test_refused_qos2), TEST_ENTRY(test_refused_v4),
    TEST_ENTRY(test_duplicate), TEST_ENTRY(test_full), TEST_ENTRY(test_never_answers), TEST_ENTRY(test_peer_closes),
    TEST_ENTRY(test_connection_is_lost), TEST_ENTRY(test_broker_goes), TEST_ENTRY(test_bound),
    TEST_ENTRY(test_bound_of_one), TEST_ENTRY(test_handler_gives_reply), TEST_ENTRY(test_hangs_up_while_leaving),
    TEST_ENTRY(test_handler_after), TEST_ENTRY(test_handler_denies), TEST_ENTRY(test_lost_while_deciding),
    TEST_ENTRY(test_lost_at_the_bound))
