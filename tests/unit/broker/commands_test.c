/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/commands_test.c - what a home or a handler may ask of the broker, from outside and out of hooks;
 * enhanced authentication (MQTT 5 section 4.12); the gauges.
 */
#include "world.h"

#define OURS " rm=1024 mps=1048576 tam=32"

static mqs_bytes raw(const char *bytes, size_t len)
{
	return mqs_bytes_make(bytes, len);
}

/* ---- publish ------------------------------------------------------------------------------------------------- */

static mqs_result publish_raw(const char *topic, mqs_bytes props, int qos)
{
	mqs_publish message = {.topic = text(topic), .payload = text("x"), .qos = (uint8_t)qos, .props.raw = props};
	mqs_result result = mqs_broker_publish(w.broker, &message, w.now_ms, NULL);
	settle();
	return result;
}

static void test_publish(void)
{
	uint32_t receivers = 77;
	start();
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=# q=2");
	hear(1, "SUBACK id=1 02");
	mqs_bytes none = {NULL, 0};
	CHECK_EQ(publish_raw("", none, 0), MQS_ERR_INVALID);
	CHECK_EQ(publish_raw("a/#", none, 0), MQS_ERR_INVALID);
	CHECK_EQ(publish_raw("a\xc0\x80", none, 0), MQS_ERR_INVALID);
	CHECK_EQ(publish_raw("a", none, 3), MQS_ERR_INVALID);
	CHECK_EQ(publish_raw("a", raw("\x23\0\1", 3), 0), MQS_ERR_INVALID); /* an alias */
	CHECK_EQ(publish_raw("a", raw("\x0b\1", 2), 0), MQS_ERR_INVALID);   /* a subscription identifier */
	CHECK_EQ(publish_raw("a", raw("\x11\0\0\0\1", 5), 0), MQS_ERR_INVALID);
	hear_nothing(1);
	CHECK_EQ(publish_raw("a", raw("\x03\0\1c\x02\0\0\0\5", 9), 1), MQS_OK);
	hear(1, "PUBLISH q=1 id=1 t=a p=x exp=5 ct=c");
	mqs_publish message = {.topic = text("a"), .payload = text("y")};
	CHECK_EQ(mqs_broker_publish(w.broker, &message, w.now_ms, &receivers), MQS_OK);
	CHECK_EQ(receivers, 1);
	settle();
	hear(1, "PUBLISH q=0 t=a p=y");
	finish();
}

/* ---- disconnect, shutdown ------------------------------------------------------------------------------------ */

static void test_disconnect(void)
{
	start();
	come(1, "CONNECT v5 id=a sei=100");
	come(2, "CONNECT v4 id=b");
	CHECK_EQ(kick("nobody", 0x98, true), MQS_NOT_FOUND);
	CHECK_EQ(kick("a", 0x98, false), MQS_OK);
	hear(1, "DISCONNECT rc=98", "CLOSED");
	CHECK_EQ(kick("a", 0x98, false), MQS_NOT_FOUND);
	CHECK_EQ(kick("b", 0x98, false), MQS_OK);
	hear(2, "CLOSED");
	CHECK_EQ(stats()->sessions, 2);
	CHECK_EQ(kick("a", 0x98, true), MQS_OK);
	pass(0);
	CHECK_EQ(stats()->sessions, 1);
	come(2, "CONNECT v5 id=b sei=100");
	mqs_bytes moved = raw("\x1c\0\5other\x1f\0\3why", 14);
	CHECK_EQ(mqs_broker_disconnect(w.broker, text("b"), MQTT_RC_SERVER_MOVED, raw("\x11\0\0\0\1", 5), true, w.now_ms),
	    MQS_ERR_INVALID); /* 5.0:MQTT-3.14.2-2 */
	CHECK_EQ(mqs_broker_disconnect(w.broker, text("b"), MQTT_RC_SERVER_MOVED, moved, true, w.now_ms), MQS_OK);
	settle();
	hear(2, "DISCONNECT rc=9D sr=other rs=why", "CLOSED");
	CHECK_EQ(stats()->sessions, 0);
	finish();
}

static void test_shutdown(void)
{
	start();
	come(1, "CONNECT v5 id=a sei=100 will=w wp=x wr");
	come(2, "CONNECT v4 id=b");
	call(3);
	w.conns[1].stuck = true;
	mqs_broker_shutdown(w.broker, MQTT_RC_SERVER_SHUTTING_DOWN, w.now_ms);
	settle();
	hear(2, "CLOSED");
	hear(3, "CLOSED");
	CHECK(!call(4));
	CHECK_EQ(stats()->connections_refused, 1);
	read_on(1);
	hear(1, "DISCONNECT rc=8B", "CLOSED");
	CHECK_EQ(stats()->connections, 0);
	CHECK_EQ(stats()->sessions, 2);
	CHECK_EQ(stats()->retained_messages, 1); /* the connection ended without a DISCONNECT of its own */
	finish();
}

/* ---- looking in ---------------------------------------------------------------------------------------------- */

static void test_walks(void)
{
	mqs_client_info info;
	mqs_subscription_info subscription;
	start();
	come(1, "CONNECT v5 id=a sei=100 ka=30 user=joe");
	come(2, "CONNECT v4 id=b");
	say(1, "SUBSCRIBE id=1 f=a/+/# q=1 rap rh=2 sub=5 f=$share/g/x/y q=2");
	say(2, "SUBSCRIBE id=1 f=t q=1");
	hang_up(2);
	publish("t", "x", 1, false);
	int count = 0;
	void *cursor = NULL;
	while (mqs_broker_next_client(w.broker, &cursor, &info)) {
		count++;
	}
	CHECK_EQ(count, 2);
	CHECK(mqs_broker_client(w.broker, text("a"), &info));
	CHECK(info.connected && info.level == 5 && info.keep_alive_s == 30 && info.session_expiry_s == 100);
	CHECK(mqs_bytes_equal(info.username, text("joe")) && mqs_bytes_equal(info.peer, text("127.0.0.1:1")));
	CHECK(mqs_broker_conn(w.broker, info.conn_id) == w.conns[1].conn);
	CHECK_EQ(info.subscriptions, 2);
	CHECK(mqs_broker_client(w.broker, text("b"), &info));
	CHECK(!info.connected && info.conn_id == 0 && info.queued == 1);
	CHECK(!mqs_broker_client(w.broker, text("c"), &info));
	cursor = NULL;
	count = 0;
	while (mqs_broker_next_subscription(w.broker, text("a"), &cursor, &subscription)) {
		count++;
		if (mqs_bytes_equal(subscription.filter, text("a/+/#"))) {
			CHECK(subscription.qos == 1 && subscription.identifier == 5 && subscription.retain_as_published);
			CHECK(subscription.retain_handling == 2 && !subscription.no_local);
		} else {
			CHECK(mqs_bytes_equal(subscription.filter, text("$share/g/x/y")) && subscription.qos == 2);
		}
	}
	CHECK_EQ(count, 2);
	cursor = NULL;
	CHECK(!mqs_broker_next_subscription(w.broker, text("c"), &cursor, &subscription));
	finish();
}

static void test_gauges(void)
{
	start();
	come(1, "CONNECT v5 id=a sei=5");
	come(2, "CONNECT v5 id=b clean");
	say(1, "SUBSCRIBE id=1 f=t q=2 f=$share/g/t q=1");
	hang_up(1);
	say(2, "PUBLISH q=2 r id=1 t=t p=x exp=3");
	CHECK_EQ(stats()->connections, 1);
	CHECK_EQ(stats()->clients_connected, 1);
	CHECK_EQ(stats()->sessions, 2);
	CHECK_EQ(stats()->subscriptions, 2);
	CHECK_EQ(stats()->shared_subscriptions, 1);
	CHECK_EQ(stats()->queued_messages, 2);
	CHECK_EQ(stats()->retained_messages, 1);
	say(2, "DISCONNECT");
	pass(10000);
	CHECK_EQ(stats()->connections, 0);
	CHECK_EQ(stats()->clients_connected, 0);
	CHECK_EQ(stats()->clients_maximum, 2);
	CHECK_EQ(stats()->sessions, 0);
	CHECK_EQ(stats()->subscriptions, 0);
	CHECK_EQ(stats()->shared_subscriptions, 0);
	CHECK_EQ(stats()->queued_messages, 0);
	CHECK_EQ(stats()->queued_bytes, 0);
	CHECK_EQ(stats()->retained_messages, 0);
	CHECK_EQ(stats()->retained_bytes, 0);
	CHECK_EQ(stats()->pending_decisions, 0);
	finish();
}

/* ---- enhanced authentication --------------------------------------------------------------------------------- */

static mqs_verdict challenge(mqs_event *event)
{
	const mqs_props *props =
	    event->packet->type == MQTT_PKT_CONNECT ? &event->packet->connect.props : &event->packet->reasoned.props;
	mqs_bytes data = mqs_props_has(props, MQTT_PROP_AUTHENTICATION_DATA) ? props->authentication_data : text("");
	if (mqs_bytes_equal(data, text("wrong"))) {
		return MQS_DENY;
	}
	if (mqs_bytes_equal(data, text("right"))) {
		event->reply->props = raw("\x16\0\3end", 6);
		return MQS_ALLOW;
	}
	event->reply->reason = MQTT_RC_CONTINUE_AUTHENTICATION;
	event->reply->props = raw("\x16\0\4more", 7);
	return MQS_ALLOW;
}

static void test_auth(void)
{
	start();
	call(1);
	say(1, "CONNECT v5 id=a clean am=m"); /* nobody knows the method: 5.0:MQTT-4.12.0-1 */
	hear(1, "CONNACK rc=8C sp=0", "CLOSED");
	ask(MQS_EVENT_AUTH, MQS_PHASE_BEFORE, challenge);
	call_from(1, false); /* an exchange needs no other handler */
	say(1, "CONNECT v5 id=a clean am=m ad=hello will=w wp=x");
	hear(1, "AUTH rc=18 am=m ad=more"); /* 5.0:MQTT-4.12.0-2 5.0:MQTT-4.12.0-5 5.0:MQTT-3.15.2-1 */
	say(1, "AUTH rc=18 am=m ad=again");
	hear(1, "AUTH rc=18 am=m ad=more");
	say(1, "AUTH rc=18 am=m ad=right");
	hear(1, "CONNACK rc=00 sp=0" OURS " am=m ad=end");
	say(1, "AUTH rc=18 am=m ad=right"); /* no exchange is under way */
	hear(1, "DISCONNECT rc=82", "CLOSED");
	call(1);
	say(1, "CONNECT v5 id=a clean am=m ad=right"); /* at once */
	hear(1, "CONNACK rc=00 sp=0" OURS " am=m ad=end");
	say(1, "AUTH rc=19 am=m ad=anew"); /* 5.0:MQTT-4.12.1-1 */
	say(1, "PINGREQ");
	say(1, "AUTH rc=18 am=m ad=right");
	hear(1, "AUTH rc=18 am=m ad=more", "PINGRESP", "AUTH rc=00 am=m ad=end");
	say(1, "AUTH rc=19 am=m ad=wrong"); /* 5.0:MQTT-4.12.1-2 */
	hear(1, "DISCONNECT rc=87", "CLOSED");
	finish();
}

static void test_auth_refused(void)
{
	static const char *const wrong[] = {"AUTH rc=18 am=other ad=right", "AUTH rc=18 am=M ad=right",
	    "AUTH rc=19 am=m ad=right", "PINGREQ", "AUTH rc=00 am=m ad=right", "PUBLISH q=0 t=t p=x"};
	start();
	ask(MQS_EVENT_AUTH, MQS_PHASE_BEFORE, challenge);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		call(1);
		say(1, "CONNECT v5 id=a clean am=m ad=hello");
		say(1, "%s", wrong[i]); /* 5.0:MQTT-3.1.2-30 5.0:MQTT-4.12.0-3 */
		hear(1, "AUTH rc=18 am=m ad=more", "CLOSED");
	}
	call(1);
	say(1, "CONNECT v5 id=a clean am=m ad=hello");
	say(1, "AUTH rc=18 am=m ad=wrong"); /* 5.0:MQTT-4.12.0-4 */
	hear(1, "AUTH rc=18 am=m ad=more", "CONNACK rc=87 sp=0", "CLOSED");
	call(1);
	say(1, "CONNECT v5 id=a clean am=m ad=hello");
	say(1, "DISCONNECT");
	hear(1, "AUTH rc=18 am=m ad=more", "CLOSED");
	call(1);
	say(1, "CONNECT v5 id=a clean am=m ad=hello");
	pass(10000); /* the time for CONNECT counts for the exchange */
	hear(1, "AUTH rc=18 am=m ad=more", "CLOSED");
	come(1, "CONNECT v5 id=a clean");
	say(1, "AUTH rc=19 am=m ad=right"); /* 5.0:MQTT-4.12.0-7 */
	hear(1, "DISCONNECT rc=82", "CLOSED");
	CHECK_EQ(stats()->sessions, 0);
	finish();
}

static void test_auth_later(void)
{
	start();
	ask(MQS_EVENT_AUTH, MQS_PHASE_BEFORE, later);
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, later);
	call(1);
	say(1, "CONNECT v5 id=a clean am=m ad=right");
	pass(15000);
	resolve(0, MQS_ALLOW);
	hear_nothing(1);
	resolve(1, MQS_ALLOW); /* then CONNECT itself */
	hear(1, "CONNACK rc=00 sp=0" OURS " am=m");
	say(1, "AUTH rc=19 am=m ad=x");
	say(1, "SUBSCRIBE id=1 f=t"); /* waits */
	hear_nothing(1);
	resolve(2, MQS_ALLOW);
	hear(1, "AUTH rc=00 am=m", "SUBACK id=1 00");
	call(2);
	say(2, "CONNECT v5 id=b clean am=m ad=right");
	hang_up(2);
	CHECK_EQ(resolve(3, MQS_ALLOW), MQS_NOT_FOUND);
	finish();
}

/* ---- hooks that call back ------------------------------------------------------------------------------------ */

static mqs_verdict meddle(mqs_event *event)
{
	mqs_publish message = {.topic = text("from/hook"), .payload = text("x"), .qos = 1, .retain = true};
	mqs_bytes none = {NULL, 0};
	mqs_client_info info;
	void *cursor = NULL;
	CHECK_EQ(mqs_broker_publish(w.broker, &message, w.now_ms, NULL), MQS_OK);
	while (mqs_broker_next_client(w.broker, &cursor, &info)) {
	}
	mqs_broker_disconnect(w.broker, text("victim"), 0x98, none, true, w.now_ms);
	(void)event;
	return MQS_ALLOW;
}

/* Publishing and disconnecting somebody in every event, in both phases; for DELIVER, which what is published asks for
 * again, that is in deliveries_test.c. */
static void test_meddling(void)
{
	start();
	for (int kind = 0; kind < MQS_EVENT_DELIVER; kind++) {
		ask((mqs_event_kind)kind, MQS_PHASE_BEFORE, meddle);
		ask((mqs_event_kind)kind, MQS_PHASE_AFTER, meddle);
	}
	for (int round = 0; round < 3; round++) {
		call(1);
		say(1, "CONNECT v5 id=victim sei=100 will=w wp=x");
		call(2);
		say(2, "CONNECT v5 id=b sei=100");
		say(2, "SUBSCRIBE id=1 f=# q=2");
		call(1);
		say(1, "CONNECT v4 id=victim will=w wp=x");
		say(2, "PUBLISH q=2 id=1 t=t p=x");
		say(2, "PUBREL id=1");
		say(2, "PINGREQ");
		say(2, "UNSUBSCRIBE id=2 f=#");
		hang_up(1);
		say(2, "DISCONNECT rc=04");
		pass(round * 1000);
	}
	CHECK_EQ(stats()->clients_connected, 0);
	finish();
}

static const char *target;

static mqs_verdict kick_target(mqs_event *event)
{
	mqs_bytes none = {NULL, 0};
	mqs_broker_disconnect(w.broker, text(target), 0x98, none, true, w.now_ms);
	(void)event;
	return MQS_ALLOW;
}

/* A hook that disconnects the very client it is asked about: nothing more is done for it. */
static void test_kicks_itself(void)
{
	static const char *const packets[] = {
	    "PUBLISH q=1 id=1 t=t p=x", "SUBSCRIBE id=1 f=#", "UNSUBSCRIBE id=1 f=#", "PINGREQ"};
	static const mqs_event_kind kinds[] = {
	    MQS_EVENT_PUBLISH, MQS_EVENT_SUBSCRIBE, MQS_EVENT_UNSUBSCRIBE, MQS_EVENT_PINGREQ};
	target = "a";
	for (int phase = 0; phase < 2; phase++) {
		for (size_t i = 0; i < 4; i++) {
			start();
			come(1, "CONNECT v5 id=a sei=100");
			ask(kinds[i], (mqs_phase)phase, kick_target);
			say(1, "%s", packets[i]);
			hear(1, "DISCONNECT rc=98", "CLOSED");
			CHECK_EQ(stats()->sessions, 0);
			CHECK_EQ(stats()->subscriptions, 0);
			finish();
		}
	}
	start();
	ask(MQS_EVENT_CONNECT, MQS_PHASE_AFTER, kick_target);
	call(1);
	say(1, "CONNECT v5 id=a sei=100");
	hear(1, "CLOSED"); /* before CONNACK there is no DISCONNECT: 5.0:MQTT-3.14.0-1 */
	CHECK_EQ(stats()->sessions, 0);
	finish();
	start();
	come(1, "CONNECT v5 id=a sei=100");
	ask(MQS_EVENT_DISCONNECT, MQS_PHASE_BEFORE, kick_target);
	ask(MQS_EVENT_CLOSE, MQS_PHASE_BEFORE, kick_target);
	say(1, "DISCONNECT");
	CHECK_EQ(stats()->sessions, 0);
	finish();
}

static mqs_verdict resolve_first(mqs_event *event)
{
	(void)event;
	if (w.ticket_count) {
		mqs_broker_resolve(w.broker, w.tickets[0], MQS_ALLOW, w.now_ms);
	}
	return MQS_ALLOW;
}

/*
 * A CONNECT waits for its handler; the hook about the end of another connection lets it in, under the name of that
 * very connection: whoever comes last has the session, and nothing is used that is gone.
 */
static void let_in_by(mqs_event_kind kind, const char *words)
{
	start();
	come(1, "CONNECT v5 id=a sei=100 will=w wp=x");
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, later);
	call(2);
	say(2, "CONNECT v5 id=a sei=100");
	ask(kind, MQS_PHASE_BEFORE, resolve_first);
	if (words) {
		say(1, "%s", words);
	} else {
		hang_up(1);
	}
	CHECK_EQ(w.conns[2].count, 1);
	CHECK(w.conns[1].conn == NULL);
	say(2, "PINGREQ");
	CHECK_EQ(w.conns[2].count, 2);
	CHECK_EQ(stats()->sessions, 1);
	CHECK_EQ(stats()->clients_connected, 1);
	finish();
}

static void test_let_in_meanwhile(void)
{
	let_in_by(MQS_EVENT_CLOSE, NULL);
	let_in_by(MQS_EVENT_CLOSE, "DISCONNECT");
	let_in_by(MQS_EVENT_DISCONNECT, "DISCONNECT");
	let_in_by(MQS_EVENT_PUBLISH, NULL); /* the will */
	let_in_by(MQS_EVENT_PUBLISH, "PUBLISH q=1 id=1 t=t p=x");
	let_in_by(MQS_EVENT_SUBSCRIBE, "SUBSCRIBE id=1 f=t");
	let_in_by(MQS_EVENT_UNSUBSCRIBE, "UNSUBSCRIBE id=1 f=t");
	let_in_by(MQS_EVENT_PINGREQ, "PINGREQ");
}

/* Two CONNECTs with one name wait; each ends the session of the other while it comes in. */
static void test_two_let_in(void)
{
	start();
	come(1, "CONNECT v5 id=a sei=100 will=w wp=x w.wdi=10");
	hang_up(1);
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, later);
	call(2);
	say(2, "CONNECT v5 id=a clean sei=100 will=w wp=x");
	call(3);
	say(3, "CONNECT v5 id=a clean sei=100 will=w wp=x");
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, resolve_first); /* the will of the old session lets 2 in */
	resolve(1, MQS_ALLOW);
	CHECK_EQ(stats()->sessions, 1);
	CHECK_EQ(stats()->clients_connected, 1);
	hear(2, "CONNACK rc=00 sp=0" OURS, "DISCONNECT rc=8E", "CLOSED");
	hear(3, "CONNACK rc=00 sp=0" OURS);
	finish();
}

static mqs_verdict resolve_and_wait(mqs_event *event)
{
	resolve_first(event);
	return MQS_DECIDE_LATER;
}

/* A hook that lets somebody in, which ends its own connection, and then wants to wait. */
static void test_waits_for_nothing(void)
{
	start();
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, later);
	call(2);
	say(2, "CONNECT v5 id=a clean");
	w.decide[MQS_EVENT_CONNECT][0] = NULL;
	ask(MQS_EVENT_CONNECT, MQS_PHASE_AFTER, resolve_and_wait);
	call(1);
	say(1, "CONNECT v5 id=a clean");
	hear(1, "CLOSED");
	CHECK_EQ(stats()->sessions, 1);
	CHECK_EQ(stats()->pending_decisions, 1); /* that of 2, behind its action */
	finish();
}

static mqs_verdict resolve_and_reply(mqs_event *event)
{
	resolve_first(event);
	event->reply->props = raw("\x1f\0\1x", 4);
	return MQS_ALLOW;
}

/* One that does the same and has something to say. */
static void test_says_for_nothing(void)
{
	start();
	come(1, "CONNECT v5 id=a");
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, later);
	call(2);
	say(2, "CONNECT v5 id=a clean");
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, resolve_and_reply);
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_AFTER, NULL);
	say(1, "PUBLISH q=1 id=1 t=t p=x");
	hear(1, "DISCONNECT rc=8E", "CLOSED");
	finish();
}

/* The same with the will of a session that ends while a hook is asked about it. */
static void test_will_outlives_session(void)
{
	start();
	come(1, "CONNECT v5 id=a sei=100 will=w wp=x");
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, later);
	call(2);
	say(2, "CONNECT v5 id=a clean");
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, resolve_and_wait);
	hang_up(1);
	mqs_event *event = pending(1);
	if (CHECK(event)) {
		CHECK(mqs_bytes_equal(event->client_id, text("a")));
	}
	resolve(1, MQS_ALLOW);
	CHECK_EQ(stats()->pending_decisions, 0);
	finish();
}

static void resolve_all(void *ctx, uint64_t ticket, uint8_t reason)
{
	(void)ctx;
	(void)reason;
	CHECK(mqs_broker_pending(w.broker, ticket) == NULL);
	for (size_t i = 0; i < w.ticket_count; i++) {
		mqs_broker_resolve(w.broker, w.tickets[i], MQS_ALLOW, w.now_ms);
	}
}

/* Who is told that a ticket is void may answer all tickets, that one included. */
static void test_cancel_calls_back(void)
{
	prepare();
	w.ports.hooks.cancel = resolve_all;
	start_prepared();
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, later);
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b clean");
	say(1, "PUBLISH q=1 id=1 t=t p=x");
	pass(10000);
	say(2, "PUBLISH q=1 id=1 t=t p=x");
	pass(20000);
	hear(1, "PUBACK id=1 rc=83");
	hear(2, "PUBACK id=1 rc=10");
	ask(MQS_EVENT_SUBSCRIBE, MQS_PHASE_BEFORE, later);
	say(1, "SUBSCRIBE id=2 f=t q=0");
	say(2, "PUBLISH q=1 id=2 t=t p=x");
	hang_up(1);
	hear(2, "PUBACK id=2 rc=10");
	finish();
}

static mqs_verdict shut_down(mqs_event *event)
{
	(void)event;
	mqs_broker_shutdown(w.broker, MQTT_RC_SERVER_SHUTTING_DOWN, w.now_ms);
	return MQS_ALLOW;
}

static void test_shutdown_by_hook(void)
{
	for (int kind = 0; kind < MQS_EVENT_KINDS; kind++) {
		start();
		come(1, "CONNECT v5 id=a sei=100 will=w wp=x");
		come(3, "CONNECT v4 id=b");
		ask((mqs_event_kind)kind, MQS_PHASE_BEFORE, shut_down);
		call(2);
		say(2, "CONNECT v5 id=a clean");
		say(3, "SUBSCRIBE id=1 f=t");
		say(3, "UNSUBSCRIBE id=1 f=t");
		say(3, "PINGREQ");
		say(3, "DISCONNECT");
		finish();
	}
}

TEST_MAIN(TEST_ENTRY(test_publish), TEST_ENTRY(test_disconnect), TEST_ENTRY(test_shutdown), TEST_ENTRY(test_walks),
    TEST_ENTRY(test_gauges), TEST_ENTRY(test_auth), TEST_ENTRY(test_auth_refused), TEST_ENTRY(test_auth_later),
    TEST_ENTRY(test_meddling), TEST_ENTRY(test_kicks_itself), TEST_ENTRY(test_let_in_meanwhile),
    TEST_ENTRY(test_two_let_in), TEST_ENTRY(test_waits_for_nothing), TEST_ENTRY(test_says_for_nothing),
    TEST_ENTRY(test_will_outlives_session), TEST_ENTRY(test_cancel_calls_back), TEST_ENTRY(test_shutdown_by_hook))
