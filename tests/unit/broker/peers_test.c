/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/peers_test.c - other workers: what they are told of our subscriptions, messages to and from them,
 * share groups across workers, claims of client identifiers. Acknowledgements: receipts_test.c; several brokers at
 * once: workers_test.c.
 */
#include "fake_bus.h"

/* ---- what peers are told --------------------------------------------------------------------------------------- */

static void test_plain_filters_are_told(void)
{
	start_with_bus();
	join(1, "t/#", 1); /* what a peer needs is no news of ours */
	come(1, "CONNECT v5 id=a sei=10");
	come(2, "CONNECT v4 id=b clean");
	say(1, "SUBSCRIBE id=1 f=t/# q=1 f=a q=0");
	bus_said("filter t/# 1", "filter a 1");
	say(2, "SUBSCRIBE id=1 f=t/# q=1");
	say(1, "SUBSCRIBE id=2 f=t/# q=2");
	say(2, "UNSUBSCRIBE id=2 f=t/# f=nothing");
	bus_said_nothing();
	say(1, "UNSUBSCRIBE id=3 f=t/#");
	bus_said("filter t/# 0");
	hang_up(1);
	bus_said_nothing();
	pass(10000); /* the session expires */
	bus_said("filter a 0");
	say(2, "SUBSCRIBE id=3 f=b q=1");
	hang_up(2); /* the session ends with its connection */
	bus_said("filter b 1", "filter b 0");
	come(1, "CONNECT v5 id=a sei=10");
	say(1, "SUBSCRIBE id=1 f=c q=1");
	come(2, "CONNECT v5 id=a clean sei=10"); /* taken over, and cleaned */
	bus_said("filter c 1", "filter c 0");
	say(2, "SUBSCRIBE id=1 f=d q=1");
	kick("a", 0x98, true);
	bus_said("filter d 1", "filter d 0");
	finish_with_bus();
}

static void test_groups_are_told(void)
{
	start_with_bus();
	join(1, "$share/g/t", 5);
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b clean");
	say(1, "SUBSCRIBE id=1 f=$share/g/t q=1");
	say(2, "SUBSCRIBE id=1 f=$share/g/t q=1 f=$share/h/t q=1 f=t q=1");
	say(2, "SUBSCRIBE id=2 f=$share/g/t q=0");
	bus_said("filter $share/g/t 1", "filter $share/g/t 2", "filter $share/h/t 1", "filter t 1");
	say(1, "UNSUBSCRIBE id=2 f=$share/g/t");
	bus_said("filter $share/g/t 1");
	hang_up(2);
	CHECK_EQ(bus.count, 3);
	bus_forget();
	finish_with_bus();
}

/* What a new peer is told: all filters, but those of peers. */
static void test_walk(void)
{
	start_with_bus();
	join(1, "only/peer", 1);
	join(1, "both", 1);
	join(1, "$share/g/both", 3);
	join(1, "$share/h/peer", 3);
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b clean");
	say(1, "SUBSCRIBE id=1 f=both f=$share/g/both f=mine/+/#");
	say(2, "SUBSCRIBE id=1 f=both f=$share/g/both");
	bus_forget();
	mqs_filter_walk walk = {0};
	mqs_bytes filter;
	uint32_t members;
	uint32_t both = 0, mine = 0, shared = 0, others = 0;
	while (mqs_broker_next_filter(w.broker, &walk, &filter, &members)) {
		*(mqs_bytes_equal(filter, text("both"))              ? &both
		    : mqs_bytes_equal(filter, text("mine/+/#"))      ? &mine
		    : mqs_bytes_equal(filter, text("$share/g/both")) ? &shared
		                                                     : &others) += members;
	}
	CHECK_EQ(both, 2);
	CHECK_EQ(mine, 1);
	CHECK_EQ(shared, 2);
	CHECK_EQ(others, 0);
	finish_with_bus();
	start();
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=a");
	walk = (mqs_filter_walk){0};
	CHECK(!mqs_broker_next_filter(w.broker, &walk, &filter, &members));
	finish();
}

/* A host that joins the others later, and leaves them again. */
static void test_bus_comes_and_goes(void)
{
	prepare_with_bus();
	mqs_bus given = w.ports.bus;
	w.ports.bus = (mqs_bus){0};
	start_prepared();
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=a q=1");
	bus_said_nothing();
	w.memory.fail_at = w.memory.calls + 1;
	CHECK_EQ(mqs_broker_set_bus(w.broker, &given), MQS_ERR_NOMEM);
	CHECK_EQ(mqs_broker_set_bus(w.broker, &given), MQS_OK);
	mqs_filter_walk walk = {0};
	mqs_bytes filter;
	uint32_t members;
	CHECK(mqs_broker_next_filter(w.broker, &walk, &filter, &members) && members == 1);
	join(1, "b", 1);
	say(1, "PUBLISH q=1 id=1 t=b p=x");
	bus_said("to 1: q=1 t=b p=x #1");
	CHECK_EQ(mqs_broker_set_bus(w.broker, NULL), MQS_OK);
	say(1, "SUBSCRIBE id=2 f=c q=1");
	say(1, "PUBLISH q=1 id=2 t=b p=x");
	bus_said_nothing();
	part(1);
	hear(1, "SUBACK id=1 01", "SUBACK id=2 01", "PUBACK id=1 rc=10", "PUBACK id=2 rc=97");
	finish_with_bus();
}

/* ---- nobody sees them ------------------------------------------------------------------------------------------ */

static void test_peers_are_no_clients(void)
{
	start_with_bus();
	join(1, "t/#", 3);
	join(1, "$share/g/t", 3);
	join(2, "t/#", 1);
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=t/# q=1");
	void *cursor = NULL;
	mqs_client_info info;
	int clients = 0;
	while (mqs_broker_next_client(w.broker, &cursor, &info)) {
		clients++;
	}
	CHECK_EQ(clients, 1);
	CHECK(!mqs_broker_client(w.broker, text(""), &info));
	CHECK_EQ(stats()->sessions, 1);
	CHECK_EQ(stats()->clients_connected, 1);
	CHECK_EQ(stats()->subscriptions, 1);
	CHECK_EQ(stats()->shared_subscriptions, 0);
	CHECK_EQ(stats()->peers, 2);
	part(1);
	CHECK_EQ(stats()->subscriptions, 1);
	CHECK_EQ(stats()->peers, 1);
	finish_with_bus();
}

static void test_opening(void)
{
	mqs_peer *peers[MQS_PEERS_MAX + 1];
	start_with_bus();
	for (int i = 0; i < MQS_PEERS_MAX; i++) {
		CHECK_EQ(mqs_peer_open(w.broker, &peers[i], &peers[i]), MQS_OK);
		CHECK(mqs_peer_user(peers[i]) == &peers[i]);
		CHECK_EQ(mqs_peer_subscribe(peers[i], text("t"), 1), MQS_OK);
	}
	CHECK_EQ(mqs_peer_open(w.broker, NULL, &peers[MQS_PEERS_MAX]), MQS_ERR_LIMIT);
	CHECK_EQ(mqs_peer_subscribe(peers[0], text("a/#/b"), 1), MQS_ERR_INVALID);
	CHECK_EQ(mqs_peer_subscribe(peers[0], text("\xff"), 1), MQS_ERR_INVALID);
	CHECK_EQ(mqs_peer_subscribe(peers[0], text(""), 1), MQS_ERR_INVALID);
	CHECK_EQ(mqs_peer_subscribe(peers[0], text("$share/g"), 1), MQS_OK); /* 3.x clients may */
	CHECK_EQ(mqs_peer_subscribe(peers[0], text("$share/g/$share/#"), 1), MQS_OK);
	CHECK_EQ(mqs_peer_subscribe(peers[0], text("$share/g/a#"), 1), MQS_ERR_INVALID);
	CHECK_EQ(mqs_peer_subscribe(peers[0], text("unknown"), 0), MQS_OK);
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=t"); /* the first of ours among 255 */
	bus_said("filter t 1");
	mqs_peer_close(peers[100], w.now_ms);
	CHECK_EQ(mqs_peer_open(w.broker, NULL, &peers[100]), MQS_OK);
	CHECK_EQ(stats()->peers, MQS_PEERS_MAX);
	finish_with_bus();
}

/* ---- to peers -------------------------------------------------------------------------------------------------- */

static void test_once_for_each_peer(void)
{
	for (int each = 0; each <= 1; each++) {
		test_case("overlapping filters, each %d", each);
		prepare_with_bus();
		w.options.overlapping_deliver_each = each;
		start_prepared();
		join(1, "t/#", 1);
		join(1, "t/+", 1);
		join(1, "#", 1);
		join(1, "u", 1);
		join(2, "t/1", 4);
		join(3, "t/2", 1);
		come(1, "CONNECT v5 id=a clean");
		come(2, "CONNECT v5 id=b clean");
		say(1, "SUBSCRIBE id=1 f=t/# q=1 f=+/1 q=0");
		bus_forget();
		say(2, "PUBLISH q=1 id=1 t=t/1 p=x");
		bus_said("to 1: q=1 t=t/1 p=x #1", "to 2: q=1 t=t/1 p=x #1");
		CHECK_EQ(w.conns[1].count, each ? 3 : 2);
		join(1, "t/#", 0);
		join(1, "#", 0);
		say(2, "PUBLISH q=0 t=t/1 p=y");
		bus_said("to 1: q=0 t=t/1 p=y", "to 2: q=0 t=t/1 p=y");
		join(1, "t/+", 0);
		say(2, "PUBLISH q=0 t=t/1 p=z");
		bus_said("to 2: q=0 t=t/1 p=z");
		finish_with_bus();
	}
}

static void test_what_peers_get(void)
{
	start_with_bus();
	join(1, "#", 1);
	come(1, "CONNECT v5 id=a clean will=will wq=1 wp=bye");
	say(1, "PUBLISH q=2 id=1 r t=kept p=#3000 exp=60 ct=kind up=k:v alias=3");
	bus_said("to 1: q=2 r t=kept p=#3000 exp=60 ct=kind up=k:v #1");
	say(1, "PUBLISH q=1 id=2 t= p= alias=3 exp=0");
	bus_said("to 1: q=1 t=kept p= exp=0 #2");
	CHECK_EQ(stats()->retained_messages, 1);
	CHECK_EQ(publish("server", "own", 2, true), MQS_OK); /* nobody waits for answers */
	bus_said("to 1: q=2 r t=server p=own");
	uint32_t receivers = 0;
	mqs_publish message = {.topic = text("server"), .payload = text("x")};
	CHECK_EQ(mqs_broker_publish(w.broker, &message, w.now_ms, &receivers), MQS_OK);
	CHECK_EQ(receivers, 1);
	CHECK_EQ(stats()->publish_no_subscriber, 0);
	bus_forget();
	hang_up(1);
	bus_said("to 1: q=1 t=will p=bye");
	finish_with_bus();
}

/* Each worker has $SYS topics of its own. */
static void test_sys_stays_here(void)
{
	prepare_with_bus();
	w.options.sys_interval_s = 10;
	start_prepared();
	join(1, "$SYS/#", 1);
	join(1, "$share/g/$SYS/#", 1);
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=$SYS/broker/uptime");
	bus_forget();
	pass(10000);
	publish("$SYS/own", "x", 1, false);
	bus_said_nothing();
	CHECK(w.conns[1].count > 1);
	finish_with_bus();
}

/* ---- from peers ------------------------------------------------------------------------------------------------ */

static void test_from_peer(void)
{
	start_with_bus();
	join(1, "#", 1);
	join(2, "#", 1);
	join(2, "$share/g/t/#", 1);
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v4 id=b clean");
	say(1, "SUBSCRIBE id=1 sub=5 f=t/# q=1 rap f=t/+ q=2");
	say(2, "SUBSCRIBE id=1 f=t/1 q=0 f=$share/g/t/# q=1");
	hear(1, "SUBACK id=1 01 02");
	hear(2, "SUBACK id=1 00 01");
	bus_forget();
	CHECK_EQ(from_peer(1, "", "PUBLISH q=2 id=1 r t=t/1 p=x exp=9 up=k:v"), 0);
	hear(1, "PUBLISH q=2 r id=1 t=t/1 p=x exp=9 sub=5 sub=5 up=k:v");
	hear(2, "PUBLISH q=0 t=t/1 p=x");
	CHECK_EQ(from_peer(1, "", "PUBLISH q=0 t=u p=x"), MQTT_RC_NO_MATCHING_SUBSCRIBERS);
	bus_said_nothing(); /* it goes to no other peer, and to none back */
	CHECK_EQ(stats()->retained_messages, 0);
	CHECK_EQ(stats()->messages_from_peers, 2);
	CHECK_EQ(stats()->publish_received, 0);
	CHECK_EQ(stats()->publish_no_subscriber, 0);
	mqs_publish wrong[] = {{.topic = text("a/+")}, {.topic = text("")}, {.topic = text("a"), .qos = 3}};
	for (size_t i = 0; i < 3; i++) {
		CHECK(mqs_peer_deliver(bus.peers[1], text(""), &wrong[i], w.now_ms) >= 0x80);
	}
	CHECK_EQ(from_peer(1, "", "PUBLISH t=a p=x sub=1"), MQTT_RC_IMPLEMENTATION_SPECIFIC_ERROR);
	finish_with_bus();
	start_with_bus();
	join(1, "a", 1);
	w.memory.fail_at = w.memory.calls + 1;
	CHECK_EQ(from_peer(1, "", "PUBLISH t=a p=x exp=1 up=a:b"), MQTT_RC_SERVER_BUSY);
	finish_with_bus();
}

/* ---- claims ---------------------------------------------------------------------------------------------------- */

static void claimed(const char *client_id, int64_t at_ms, uint64_t origin)
{
	mqs_broker_claimed(w.broker, text(client_id), 1000000 + at_ms, origin, w.now_ms);
	settle();
}

static void test_claims(void)
{
	prepare_with_bus();
	w.ports.bus.claim = bus_claim;
	start_prepared();
	call(1);
	say(1, "CONNECT v5 id=a clean");
	bus_said("claim a 0");
	pass(50);
	come(2, "CONNECT v4 id=b");
	bus_said("claim b 50");
	claimed("nobody", 100, 1);
	claimed("a", -1, 9);
	claimed("b", 49, 9);
	claimed("b", 50, OURS); /* our own, or an older one */
	claimed("b", 50, OURS - 1);
	hear_nothing(2);
	claimed("b", 50, OURS + 1);
	hear(2, "CLOSED");
	claimed("a", 60, 1);
	hear(1, "CONNACK*", "DISCONNECT rc=8E", "CLOSED");
	CHECK_EQ(stats()->sessions, 0);
	CHECK_EQ(stats()->sessions_taken_over, 2);
	come(1, "CONNECT v5 id=a sei=100");
	say(1, "SUBSCRIBE id=1 f=t q=1");
	hang_up(1);
	bus_said("claim a 61", "filter t 1"); /* later than the claim that is known, though the clock says 50 */
	claimed("a", 10, 9);                  /* late */
	CHECK_EQ(stats()->sessions, 1);
	claimed("a", 70, 1); /* it lives elsewhere now */
	bus_said("filter t 0");
	CHECK_EQ(stats()->sessions, 0);
	finish_with_bus();
}

/* Nobody who was refused has claimed anything. */
static mqs_verdict refuse(mqs_event *event)
{
	(void)event;
	return MQS_DENY;
}

static void test_no_claim_of_refused(void)
{
	prepare_with_bus();
	w.ports.bus.claim = bus_claim;
	start_prepared();
	ask(MQS_EVENT_CONNECT, MQS_PHASE_AFTER, refuse);
	call(1);
	say(1, "CONNECT v5 id=a clean");
	hear(1, "CONNACK rc=87 sp=0", "CLOSED");
	bus_said_nothing();
	finish_with_bus();
}

/* 5.0:MQTT-3.1.3-9: the client is back before its will was due, elsewhere. */
static void test_claim_and_will(void)
{
	start_with_bus();
	join(1, "#", 1);
	come(1, "CONNECT v5 id=a sei=100 will=w wp=late w.wdi=50");
	claimed("a", 1, 1);
	come(1, "CONNECT v5 id=b sei=100 will=w wp=waits w.wdi=50");
	hang_up(1);
	claimed("b", 1, 1);
	pass(100000);
	bus_said_nothing();
	come(1, "CONNECT v5 id=c sei=100 will=w wp=now");
	claimed("c", 200000, 1);
	bus_said("to 1: q=0 t=w p=now");
	finish_with_bus();
}

TEST_MAIN(TEST_ENTRY(test_plain_filters_are_told), TEST_ENTRY(test_groups_are_told), TEST_ENTRY(test_walk),
    TEST_ENTRY(test_bus_comes_and_goes), TEST_ENTRY(test_peers_are_no_clients), TEST_ENTRY(test_opening),
    TEST_ENTRY(test_once_for_each_peer), TEST_ENTRY(test_what_peers_get), TEST_ENTRY(test_sys_stays_here),
    TEST_ENTRY(test_from_peer), TEST_ENTRY(test_claims), TEST_ENTRY(test_no_claim_of_refused),
    TEST_ENTRY(test_claim_and_will))
