/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/deliveries_test.c - the hook that is asked about each delivery: what it sees, allows, denies and
 * changes, for live, queued, retained and shared messages and those of other workers; and what it may do meanwhile.
 */
#include "fake_bus.h"

static bool to(const mqs_event *event, const char *client_id)
{
	return mqs_bytes_equal(event->client_id, text(client_id));
}

static mqs_verdict deny_b(mqs_event *event)
{
	return to(event, "b") ? MQS_DENY : MQS_ALLOW;
}

static void subscribe(int n, const char *filter, int qos)
{
	say(n, "SUBSCRIBE id=1 f=%s q=%d", filter, qos);
	hear(n, "SUBACK id=1 0*");
}

/* ---- deciding ------------------------------------------------------------------------------------------------ */

static void test_denied(void)
{
	start();
	ask(MQS_EVENT_DELIVER, MQS_PHASE_BEFORE, deny_b);
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b clean");
	come(3, "CONNECT v4 id=c clean");
	subscribe(1, "t", 1);
	subscribe(2, "t", 2);
	subscribe(3, "#", 2);
	say(2, "PUBLISH q=1 id=9 t=t p=x");
	hear(1, "PUBLISH q=1 id=1 t=t p=x");
	hear(2, "PUBACK id=9"); /* somebody subscribed: whether it was allowed is not the publisher's business */
	hear(3, "PUBLISH q=1 id=1 t=t p=x");
	asked("BEFORE DELIVER c t=t by=b", "BEFORE DELIVER a t=t by=b", "BEFORE DELIVER b t=t by=b");
	uint32_t receivers = 0;
	mqs_publish message = {.topic = text("t"), .payload = text("y")};
	CHECK_EQ(mqs_broker_publish(w.broker, &message, w.now_ms, &receivers), MQS_OK);
	settle();
	CHECK_EQ(receivers, 3);
	hear(1, "PUBLISH q=0 t=t p=y");
	hear_nothing(2);
	hear(3, "PUBLISH q=0 t=t p=y");
	asked("BEFORE DELIVER c t=t", "BEFORE DELIVER a t=t", "BEFORE DELIVER b t=t");
	CHECK_EQ(stats()->deliveries_denied, 2);
	publish("nobody/else", "z", 1, false);
	asked("BEFORE DELIVER c t=nobody/else");
	finish();
}

static void test_no_handler_no_question(void)
{
	start();
	come(1, "CONNECT v5 id=a clean");
	subscribe(1, "t", 1);
	publish("t", "x", 1, false);
	hear(1, "PUBLISH q=1 id=1 t=t p=x");
	asked_nothing();
	finish();
}

static mqs_verdict without_routing(mqs_event *event)
{
	event->reply->no_routing = true;
	return MQS_ALLOW;
}

/* It has to be decided at once. */
static void test_later_is_no(void)
{
	start();
	ask(MQS_EVENT_DELIVER, MQS_PHASE_BEFORE, later);
	come(1, "CONNECT v5 id=a clean");
	subscribe(1, "t", 1);
	publish("t", "x", 1, false);
	hear_nothing(1);
	CHECK(strncmp(w.log, "a delivery has to be decided at once|", 37) == 0);
	CHECK_EQ(resolve(0, MQS_ALLOW), MQS_NOT_FOUND);
	CHECK_EQ(stats()->pending_decisions, 0);
	w.decide[MQS_EVENT_DELIVER][0] = without_routing;
	publish("t", "x", 1, false);
	hear_nothing(1);
	CHECK_EQ(stats()->deliveries_denied, 2);
	finish();
}

/* ---- seeing -------------------------------------------------------------------------------------------------- */

static char seen[8][160];
static int seen_count;

static mqs_verdict look(mqs_event *event)
{
	const mqs_publish *publish = &event->packet->publish;
	CHECK(event->packet->type == MQTT_PKT_PUBLISH && event->packet->level == MQTT_LEVEL_5);
	CHECK(event->ticket && event->reply->publish && !publish->dup && publish->packet_id == 0);
	CHECK(mqs_bytes_equal(publish->payload, event->reply->publish->payload));
	if (seen_count < 8) {
		snprintf(seen[seen_count++], sizeof(seen[0]), "%.*s q=%d r=%d p=%.*s exp=%u here=%d props=%zu",
		    (int)event->client_id.len, (const char *)event->client_id.ptr, publish->qos, publish->retain,
		    (int)publish->payload.len, (const char *)publish->payload.ptr,
		    mqs_props_has(&publish->props, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL) ? publish->props.message_expiry_interval_s
		                                                                      : 0,
		    event->conn != NULL, publish->props.raw.len);
	}
	return MQS_ALLOW;
}

/* The QoS and the flag are those of the delivery, the expiry interval is what is left of it. */
static void test_seen(void)
{
	start();
	seen_count = 0;
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b sei=100");
	say(1, "SUBSCRIBE id=1 f=t q=1 rap");
	hear(1, "SUBACK id=1 01");
	subscribe(2, "t", 2);
	hang_up(2);
	come(3, "CONNECT v5 id=c clean");
	say(3, "PUBLISH q=2 id=1 r t=t p=x exp=30 up=k:v");
	pass(12000);
	ask(MQS_EVENT_DELIVER, MQS_PHASE_BEFORE, look);
	come(4, "CONNECT v5 id=d clean");
	say(4, "SUBSCRIBE id=1 f=t q=1");
	say(3, "PUBLISH q=1 r id=2 t=t p=y up=k:v");
	CHECK_EQ(seen_count, 4);
	CHECK(!strcmp(seen[0], "d q=1 r=1 p=x exp=18 here=1 props=12"));
	CHECK(!strcmp(seen[1], "a q=1 r=1 p=y exp=0 here=1 props=7"));
	CHECK(!strcmp(seen[2], "b q=1 r=0 p=y exp=0 here=0 props=7"));
	CHECK(!strcmp(seen[3], "d q=1 r=0 p=y exp=0 here=1 props=7"));
	hear(4, "SUBACK id=1 01", "PUBLISH q=1 r id=1 t=t p=x exp=18 up=k:v", "PUBLISH q=1 id=2 t=t p=y up=k:v");
	/* what was routed before there was a handler is not asked about, nor what is sent again */
	come(2, "CONNECT v5 id=b sei=100");
	hear(2, "PUBLISH q=2 id=1 t=t p=x exp=18 up=k:v", "PUBLISH q=1 id=2 t=t p=y up=k:v");
	hang_up(2);
	come(2, "CONNECT v5 id=b sei=100");
	hear(2, "PUBLISH dup q=2 id=1 t=t p=x exp=18 up=k:v", "PUBLISH dup q=1 id=2 t=t p=y up=k:v");
	CHECK_EQ(seen_count, 4);
	finish();
}

/* ---- changing ------------------------------------------------------------------------------------------------ */

static mqs_verdict change_for_b(mqs_event *event)
{
	static const uint8_t props[] = {MQTT_PROP_CONTENT_TYPE, 0, 1, 'n', MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, 0, 0, 0, 7};
	if (to(event, "b")) {
		event->reply->publish->payload = text("for b");
		event->reply->publish->props.raw = mqs_bytes_make(props, sizeof(props));
		event->reply->publish->qos = 1;
		event->reply->publish->topic = text("no/other/topic"); /* does not count */
		event->reply->publish->retain = true;
	}
	return MQS_ALLOW;
}

static void test_changed(void)
{
	start();
	ask(MQS_EVENT_DELIVER, MQS_PHASE_BEFORE, change_for_b);
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b clean tam=3");
	come(3, "CONNECT v4 id=c clean");
	subscribe(1, "t", 2);
	say(2, "SUBSCRIBE id=1 f=t q=2 f=+ q=0 sub=5");
	hear(2, "SUBACK id=1 02 00");
	subscribe(3, "t", 2);
	say(3, "PUBLISH q=2 id=1 t=t p=#2000");
	hear(1, "PUBLISH q=2 id=1 t=t p=#2000");
	hear(2, "PUBLISH q=1 id=1 t=t p=for b exp=7 alias=1 sub=5 sub=5 ct=n");
	hear(3, "PUBREC id=1", "PUBLISH q=2 id=1 t=t p=#2000");
	publish("t", "qos 0", 0, false); /* is not raised */
	hear(1, "PUBLISH q=0 t=t p=qos 0");
	hear(2, "PUBLISH q=0 t= p=for b exp=7 alias=1 sub=5 sub=5 ct=n");
	hear(3, "PUBLISH q=0 t=t p=qos 0");
	CHECK_EQ(stats()->deliveries_denied, 0);
	finish();
}

/* A payload that nobody changed is one block for all. */
static void test_shared_payload(void)
{
	mqs_bytes pieces[3][4];
	start();
	ask(MQS_EVENT_DELIVER, MQS_PHASE_BEFORE, change_for_b);
	for (int n = 1; n <= 3; n++) {
		char words[64];
		snprintf(words, sizeof(words), "CONNECT v5 id=%c clean", "xabc"[n]);
		come(n, words);
		subscribe(n, "t", 0);
		w.conns[n].stuck = true;
	}
	char payload[2001] = {0};
	memset(payload, 'x', 2000);
	publish("t", payload, 0, false);
	for (int n = 1; n <= 3; n++) {
		CHECK_EQ(mqs_conn_output(w.conns[n].conn, pieces[n - 1], 4), n == 2 ? 1 : 2);
	}
	CHECK(pieces[0][1].ptr == pieces[2][1].ptr && pieces[0][1].len == 2000);
	for (int n = 1; n <= 3; n++) {
		read_on(n);
	}
	finish();
}

static mqs_bytes wrong_props;

static mqs_verdict change_wrongly(mqs_event *event)
{
	event->reply->publish->props.raw = wrong_props;
	return MQS_ALLOW;
}

static void test_changed_wrongly(void)
{
	static const char *const wrong[] = {"\x23\0\1", "\x0b\1", "\x11\0\0\0\1", "\x03\0\5x"}; /* 5.0:MQTT-3.3.2-9 */
	static const uint8_t sizes[] = {3, 2, 5, 4};
	start();
	ask(MQS_EVENT_DELIVER, MQS_PHASE_BEFORE, change_wrongly);
	come(1, "CONNECT v5 id=a clean");
	subscribe(1, "t", 1);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		wrong_props = mqs_bytes_make(wrong[i], sizes[i]);
		publish("t", "x", 1, false);
		hear_nothing(1);
		CHECK_EQ(stats()->deliveries_denied, i + 1);
		CHECK(strncmp(w.log, "a handler changed a message into one that is not valid|", 55) == 0);
	}
	finish();
}

/* ---- queued, retained, shared, of other workers -------------------------------------------------------------- */

static void test_queued(void)
{
	start();
	ask(MQS_EVENT_DELIVER, MQS_PHASE_BEFORE, change_for_b);
	come(1, "CONNECT v5 id=a sei=100");
	come(2, "CONNECT v5 id=b sei=100");
	subscribe(1, "t", 1);
	subscribe(2, "t", 2);
	hang_up(1);
	hang_up(2);
	publish("t", "x", 2, false);
	publish("t", "y", 0, false); /* for who is there only: nobody is asked */
	asked("BEFORE DELIVER a t=t", "BEFORE DELIVER b t=t");
	come(2, "CONNECT v5 id=b sei=100");
	hear(2, "PUBLISH q=1 id=1 t=t p=for b exp=7 ct=n");
	hang_up(2);
	come(2, "CONNECT v5 id=b sei=100");
	hear(2, "PUBLISH dup q=1 id=1 t=t p=for b exp=7 ct=n");
	w.decide[MQS_EVENT_DELIVER][0] = deny_b;
	hang_up(2);
	publish("t", "z", 2, false);
	say(1, "PINGREQ");
	come(2, "CONNECT v5 id=b sei=100");
	hear(2, "PUBLISH dup q=1 id=1 t=t p=for b exp=7 ct=n");
	come(1, "CONNECT v5 id=a sei=100");
	hear(1, "PUBLISH q=1 id=1 t=t p=x", "PUBLISH q=1 id=2 t=t p=z");
	asked("BEFORE DELIVER a t=t", "BEFORE DELIVER b t=t");
	finish();
}

static mqs_verdict deny_odd(mqs_event *event)
{
	mqs_bytes payload = event->packet->publish.payload;
	CHECK(event->packet->publish.retain);
	if (payload.ptr[0] == '4') {
		event->reply->publish->qos = 0;
	}
	return payload.ptr[0] % 2 ? MQS_DENY : MQS_ALLOW;
}

/* One after the other, in their order, as fast as the window allows. */
static void test_retained(void)
{
	start();
	for (int i = 0; i < 7; i++) {
		char topic[16], payload[16];
		snprintf(topic, sizeof(topic), "r/%d", i);
		snprintf(payload, sizeof(payload), "%d", i);
		publish(topic, payload, i % 4 == 0 ? 0 : 1, true);
	}
	ask(MQS_EVENT_DELIVER, MQS_PHASE_BEFORE, deny_odd);
	come(1, "CONNECT v5 id=a clean rm=1");
	say(1, "SUBSCRIBE id=1 f=r/# q=1 sub=3");
	hear(1, "SUBACK id=1 01", "PUBLISH q=0 r t=r/0 p=0 sub=3", "PUBLISH q=1 r id=1 t=r/2 p=2 sub=3");
	asked("BEFORE DELIVER a t=r/0", "BEFORE DELIVER a t=r/1", "BEFORE DELIVER a t=r/2");
	say(1, "PUBACK id=1");
	hear(1, "PUBLISH q=0 r t=r/4 p=4 sub=3", "PUBLISH q=1 r id=2 t=r/6 p=6 sub=3");
	asked("BEFORE DELIVER a t=r/3", "BEFORE DELIVER a t=r/4", "BEFORE DELIVER a t=r/5", "BEFORE DELIVER a t=r/6");
	CHECK_EQ(stats()->deliveries_denied, 3);
	finish();
}

/* Far more retained messages than are decided in one go, and a live one behind them. */
static void test_many_retained(void)
{
	start();
	for (int i = 0; i < 3000; i++) {
		char topic[16];
		snprintf(topic, sizeof(topic), "r/%d", i);
		publish(topic, "x", 0, true);
	}
	ask(MQS_EVENT_DELIVER, MQS_PHASE_BEFORE, allow);
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=r/# q=0");
	CHECK(w.conns[1].count > 1000 && w.conns[1].count < 3001); /* others have their turn */
	pass(10);
	CHECK_EQ(w.conns[1].count, 3001);
	CHECK(w.conns[1].count == 3001 && !strcmp(w.conns[1].heard[3000], "PUBLISH q=0 r t=r/2999 p=x"));
	finish();
}

/* A member that may not have it has had its turn: it goes to no other. */
static void test_share_group(void)
{
	start();
	ask(MQS_EVENT_DELIVER, MQS_PHASE_BEFORE, deny_b);
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b clean");
	subscribe(1, "$share/g/t", 1);
	subscribe(2, "$share/g/t", 1);
	for (int i = 0; i < 4; i++) {
		publish("t", "x", 1, false);
	}
	hear(1, "PUBLISH q=1 id=1 t=t p=x", "PUBLISH q=1 id=2 t=t p=x");
	hear_nothing(2);
	CHECK_EQ(stats()->deliveries_denied, 2);
	/* a member goes: another one is asked about what it leaves */
	asked("BEFORE DELIVER a t=t", "BEFORE DELIVER b t=t", "BEFORE DELIVER a t=t", "BEFORE DELIVER b t=t");
	w.decide[MQS_EVENT_DELIVER][0] = change_for_b;
	hang_up(1);
	asked("BEFORE DELIVER b t=t", "BEFORE DELIVER b t=t");
	hear(2, "PUBLISH q=1 id=1 t=t p=for b exp=7 ct=n", "PUBLISH q=1 id=2 t=t p=for b exp=7 ct=n");
	/* what was changed for one member is not for others */
	come(1, "CONNECT v5 id=a clean");
	subscribe(1, "$share/g/t", 1);
	hang_up(2);
	hear_nothing(1);
	asked_nothing();
	finish();
}

/* The handler of the subscriber's worker is asked. */
static void test_other_workers(void)
{
	start_with_bus();
	ask(MQS_EVENT_DELIVER, MQS_PHASE_BEFORE, deny_b);
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b clean");
	subscribe(1, "t", 1);
	subscribe(2, "t", 1);
	join(1, "u", 1);
	mqs_publish message = {.topic = text("t"), .payload = text("x"), .qos = 1};
	mqs_bytes none = {NULL, 0};
	CHECK_EQ(mqs_peer_deliver(bus.peers[1], none, &message, w.now_ms), 0);
	asked("BEFORE DELIVER a t=t", "BEFORE DELIVER b t=t");
	settle();
	hear(1, "PUBLISH q=1 id=1 t=t p=x");
	hear_nothing(2);
	publish("u", "y", 1, false); /* goes there, and nobody is asked here */
	asked_nothing();
	part(1);
	finish();
}

/* ---- what it may do meanwhile -------------------------------------------------------------------------------- */

static int published;

static mqs_verdict publish_more(mqs_event *event)
{
	mqs_bytes none = {NULL, 0};
	if (mqs_bytes_equal(event->packet->publish.topic, text("t")) && published++ < 3) {
		mqs_publish message = {.topic = text("t/more"), .payload = text("m"), .qos = 1};
		CHECK_EQ(mqs_broker_publish(w.broker, &message, w.now_ms, NULL), MQS_OK);
	}
	if (to(event, "a") && published == 2) {
		mqs_broker_disconnect(w.broker, text("a"), 0x98, none, true, w.now_ms);
		mqs_broker_disconnect(w.broker, text("b"), 0x98, none, true, w.now_ms);
	}
	return MQS_ALLOW;
}

/* What it publishes comes behind what is being delivered, to everybody; who is disconnected gets nothing more. */
static void test_publishes(void)
{
	start();
	published = 0;
	ask(MQS_EVENT_DELIVER, MQS_PHASE_BEFORE, publish_more);
	come(1, "CONNECT v5 id=a sei=100");
	come(2, "CONNECT v4 id=b clean");
	come(3, "CONNECT v5 id=c clean");
	subscribe(1, "t/#", 1);
	subscribe(3, "t/#", 1);
	say(3, "PUBLISH q=0 t=t p=x");
	hear(1, "PUBLISH q=0 t=t p=x", "DISCONNECT rc=98", "CLOSED");
	hear(3, "PUBLISH q=0 t=t p=x", "PUBLISH q=1 id=1 t=t/more p=m", "PUBLISH q=1 id=2 t=t/more p=m");
	hear(2, "CLOSED");
	CHECK_EQ(stats()->sessions, 1);
	finish();
}

static mqs_verdict feed_itself(mqs_event *event)
{
	mqs_publish message = {.topic = text("t"), .payload = text("again")};
	(void)event;
	published++;
	mqs_broker_publish(w.broker, &message, w.now_ms, NULL);
	mqs_broker_publish(w.broker, &message, w.now_ms, NULL);
	return MQS_DENY;
}

/* A hook without end: the broker gives others their turn, and takes no more than it has room for. */
static void test_feeds_itself(void)
{
	start();
	published = 0;
	ask(MQS_EVENT_DELIVER, MQS_PHASE_BEFORE, feed_itself);
	come(1, "CONNECT v5 id=a clean");
	subscribe(1, "t", 0);
	w.event_count = WORLD_EVENTS;
	publish("t", "x", 0, false);
	CHECK(published > 1 && published < 2000);
	int before = published;
	say(1, "PINGREQ");
	hear(1, "PINGRESP");
	pass(100);
	CHECK(published > before);
	mqs_publish message = {.topic = text("t"), .payload = text("more")};
	CHECK_EQ(mqs_broker_publish(w.broker, &message, w.now_ms, NULL), MQS_OK); /* that is not the hook's doing */
	w.decide[MQS_EVENT_DELIVER][0] = allow;
	pass(1000);
	CHECK(w.conns[1].count == CLIENT_HEARD);
	CHECK_EQ(mqs_broker_next_deadline(w.broker) > w.now_ms, true);
	finish();
}

static mqs_verdict connect_later(mqs_event *event)
{
	(void)event;
	return MQS_DECIDE_LATER;
}

static mqs_verdict let_in(mqs_event *event)
{
	if (to(event, "b")) {
		CHECK_EQ(mqs_broker_resolve(w.broker, w.tickets[0], MQS_ALLOW, w.now_ms), MQS_OK);
		CHECK(to(event, "b"));
	}
	return MQS_ALLOW;
}

/* The session of an absent client ends while the hook is asked about its message: another one takes the name. */
static void test_session_ends(void)
{
	start();
	come(1, "CONNECT v5 id=b sei=100");
	subscribe(1, "t", 1);
	hang_up(1);
	come(2, "CONNECT v5 id=c clean");
	subscribe(2, "t", 1);
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, connect_later);
	call(3);
	say(3, "CONNECT v5 id=b clean");
	ask(MQS_EVENT_DELIVER, MQS_PHASE_BEFORE, let_in);
	publish("t", "1", 1, false);
	publish("t", "2", 1, false);
	hear(3, "CONNACK rc=00 sp=0*");
	hear(2, "PUBLISH q=1 id=1 t=t p=1", "PUBLISH q=1 id=2 t=t p=2");
	CHECK_EQ(stats()->queued_messages, 0);
	finish();
}

static mqs_verdict close_b(mqs_event *event)
{
	event->reply->close = to(event, "b");
	return MQS_ALLOW;
}

static void test_close(void)
{
	start();
	ask(MQS_EVENT_DELIVER, MQS_PHASE_BEFORE, close_b);
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b clean");
	subscribe(1, "t", 0);
	subscribe(2, "t", 0);
	publish("t", "x", 0, false);
	publish("t", "y", 0, false);
	hear(1, "PUBLISH q=0 t=t p=x", "PUBLISH q=0 t=t p=y");
	hear(2, "PUBLISH q=0 t=t p=x", "DISCONNECT rc=98", "CLOSED");
	finish();
}

/* ---- back-pressure ------------------------------------------------------------------------------------------- */

/* A publisher waits for a subscriber that is behind, as without a handler. */
static void test_pressure(void)
{
	prepare();
	w.options.max_queued_messages = 4;
	start_prepared();
	ask(MQS_EVENT_DELIVER, MQS_PHASE_BEFORE, allow);
	come(1, "CONNECT v5 id=a clean rm=1");
	come(2, "CONNECT v5 id=b clean");
	subscribe(1, "t", 1);
	say_all(2, "PUBLISH q=0 t=other p=x\nPUBLISH q=1 id=1 t=t p=1\nPUBLISH q=1 id=2 t=t p=2\n"
	           "PUBLISH q=1 id=3 t=t p=3\nPUBLISH q=1 id=4 t=t p=4\nPUBLISH q=1 id=5 t=t p=5\n"
	           "PUBLISH q=1 id=6 t=t p=6\nPUBLISH q=1 id=7 t=t p=7\nPUBLISH q=1 id=8 t=t p=8");
	CHECK_EQ(stats()->publishers_throttled, 1);
	for (int i = 1; i <= 8; i++) {
		say(1, "PUBACK id=%d", i);
		pass(0);
	}
	CHECK_EQ(stats()->dropped_queue_full, 0);
	CHECK_EQ(w.conns[1].count, 8);
	finish();
}

TEST_MAIN(TEST_ENTRY(test_denied), TEST_ENTRY(test_no_handler_no_question), TEST_ENTRY(test_later_is_no),
    TEST_ENTRY(test_seen), TEST_ENTRY(test_changed), TEST_ENTRY(test_shared_payload), TEST_ENTRY(test_changed_wrongly),
    TEST_ENTRY(test_queued), TEST_ENTRY(test_retained), TEST_ENTRY(test_many_retained), TEST_ENTRY(test_share_group),
    TEST_ENTRY(test_other_workers), TEST_ENTRY(test_publishes), TEST_ENTRY(test_feeds_itself),
    TEST_ENTRY(test_session_ends), TEST_ENTRY(test_close), TEST_ENTRY(test_pressure))
