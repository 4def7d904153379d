/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/peer_groups_test.c - share groups with members in several workers: who gets a message, and who gets
 * it when that one cannot deliver it.
 */
#include "fake_bus.h"

static void test_from_peer_for_group(void)
{
	start_with_bus();
	join(1, "$share/g/t/#", 9);
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b clean");
	say(1, "SUBSCRIBE id=1 f=$share/g/t/# q=1 f=$share/h/t/# q=1");
	say(2, "SUBSCRIBE id=1 f=$share/g/t/# q=1 f=t/# q=1");
	hear(1, "SUBACK id=1 01 01");
	hear(2, "SUBACK id=1 01 01");
	bus_forget();
	for (int i = 0; i < 4; i++) {
		CHECK_EQ(from_peer(1, "$share/g/t/#", "PUBLISH q=1 id=1 t=t/1 p=x"), 0);
	}
	CHECK_EQ(w.conns[1].count, 2);
	CHECK_EQ(w.conns[2].count, 2);
	CHECK_EQ(from_peer(1, "$share/i/t/#", "PUBLISH q=1 id=1 t=t/1 p=x"), MQTT_RC_NO_MATCHING_SUBSCRIBERS);
	CHECK_EQ(from_peer(1, "$share/g/u", "PUBLISH q=1 id=1 t=u p=x"), MQTT_RC_NO_MATCHING_SUBSCRIBERS);
	CHECK_EQ(from_peer(1, "$share/g/t/#", "PUBLISH q=1 id=1 t=u p=x"), MQTT_RC_NO_MATCHING_SUBSCRIBERS);
	CHECK_EQ(from_peer(1, "nonsense", "PUBLISH q=1 id=1 t=u p=x"), MQTT_RC_NO_MATCHING_SUBSCRIBERS);
	hang_up(1);
	hang_up(2);
	bus_forget();
	CHECK_EQ(from_peer(1, "$share/g/t/#", "PUBLISH q=1 id=1 t=t/1 p=x"), MQTT_RC_NO_MATCHING_SUBSCRIBERS);
	bus_said_nothing();
	finish_with_bus();
}

/* Who gets the next `count` messages: '0' is our own client 1, '1'... are peers. */
static const char *round_of(int count, int qos)
{
	static char who[64];
	size_t before = w.conns[1].count;
	memset(who, 0, sizeof(who));
	for (int i = 0; i < count; i++) {
		bus_forget();
		publish("t", "x", qos, false);
		size_t to_peers = bus.count;
		CHECK(to_peers + (w.conns[1].count - before) == 1);
		who[i] = to_peers ? bus.lines[0][3] : '0';
		before = w.conns[1].count;
	}
	bus_forget();
	return who;
}

static void test_weights(void)
{
	start_with_bus();
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=$share/g/t q=0");
	join(1, "$share/g/t", 3);
	join(2, "$share/g/t", 1);
	CHECK_EQ(strcmp(round_of(15, 0), "011120111201112"), 0);
	join(1, "$share/g/t", 1);
	CHECK_EQ(strcmp(round_of(6, 1), "012012"), 0);
	join(2, "$share/g/t", 2);
	join(1, "$share/g/t", 0);
	CHECK_EQ(strcmp(round_of(6, 1), "022022"), 0);
	hang_up(1);
	bus_forget();
	publish("t", "x", 0, false);
	publish("t", "x", 0, false);
	bus_said("to 2: q=0 t=t p=x g=$share/g/t", "to 2: q=0 t=t p=x g=$share/g/t");
	finish_with_bus();
}

/* A QoS 1 message that a peer has no member for any more, or that it takes into its grave, finds another one. */
static void test_redispatch(void)
{
	start_with_bus();
	join(1, "$share/g/t", 1);
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b clean");
	say(1, "PUBLISH q=1 id=1 t=t p=x"); /* to the peer: there is nobody else */
	say(1, "PUBLISH q=1 id=2 t=t p=y");
	publish("t", "z", 2, false);
	bus_said(
	    "to 1: q=1 t=t p=x g=$share/g/t #1", "to 1: q=1 t=t p=y g=$share/g/t #2", "to 1: q=2 t=t p=z g=$share/g/t #3");
	say(2, "SUBSCRIBE id=1 f=$share/g/t q=2");
	hear(2, "SUBACK id=1 02");
	answer(1, 2, 0x10);
	hear(2, "PUBLISH q=1 id=1 t=t p=y");
	hear_nothing(1);
	part(1);
	hear(2, "PUBLISH q=1 id=2 t=t p=x", "PUBLISH q=2 id=3 t=t p=z");
	hear(1, "PUBACK id=1", "PUBACK id=2");
	finish_with_bus();
}

/* From peer to peer, and not for ever. */
static void test_redispatch_to_peers(void)
{
	start_with_bus();
	join(1, "$share/g/t", 1);
	join(2, "$share/g/t", 1);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=2 id=1 t=t p=x");
	bus_said("to 1: q=2 t=t p=x g=$share/g/t #1");
	answer(1, 1, 0x10);
	bus_said("to 2: q=2 t=t p=x g=$share/g/t #1");
	hear_nothing(1);
	answer(2, 1, 0);
	hear(1, "PUBREC id=1");
	say(1, "PUBREL id=1");
	hear(1, "PUBCOMP id=1");
	say(1, "PUBLISH q=1 id=2 t=t p=y");
	int given = 0;
	while (bus.count == 1 && CHECK(given < 50)) {
		int peer = bus.lines[0][3] - '0';
		uint64_t receipt = strtoull(strchr(bus.lines[0], '#') + 1, NULL, 10);
		bus_forget();
		answer(peer, receipt, 0x10);
		given++;
	}
	CHECK(given > 2);
	hear(1, "PUBACK id=2 rc=10");
	say(1, "PUBLISH q=1 id=3 t=t p=z exp=5"); /* too old for another one */
	bus_forget();
	w.now_ms += 5000;
	part(1);
	part(2);
	bus_said_nothing();
	hear(1, "PUBACK id=3 rc=10");
	CHECK_EQ(stats()->dropped_expired, 1);
	finish_with_bus();
}

/* A refusal is not nobody: the publisher hears of it. */
static void test_group_refused(void)
{
	start_with_bus();
	join(1, "$share/g/t", 1);
	join(2, "$share/g/t", 1);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=1 id=1 t=t p=x");
	answer(1, 1, 0x97);
	hear(1, "PUBACK id=1 rc=97");
	bus_said("to 1: q=1 t=t p=x g=$share/g/t #1");
	finish_with_bus();
}

/* A full link: our own member gets it, if there is one that can take it. */
static void test_group_with_full_link(void)
{
	start_with_bus();
	join(1, "$share/g/t", 9);
	bus.full[1] = true;
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b clean");
	say(2, "PUBLISH q=1 id=1 t=t p=x");
	hear(2, "PUBACK id=1 rc=97");
	say(1, "SUBSCRIBE id=1 f=$share/g/t q=1");
	say(2, "PUBLISH q=1 id=2 t=t p=y");
	say(2, "PUBLISH q=1 id=3 t=t p=z");
	hear(1, "SUBACK id=1 01", "PUBLISH q=1 id=1 t=t p=y", "PUBLISH q=1 id=2 t=t p=z");
	hear(2, "PUBACK id=2", "PUBACK id=3");
	finish_with_bus();
}

/* 5.0:MQTT-4.8.2-4: what our own member had and did not acknowledge may go to a peer. */
static void test_own_member_goes(void)
{
	start_with_bus();
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=$share/g/t q=1");
	publish("t", "x", 1, false);
	hear(1, "SUBACK id=1 01", "PUBLISH q=1 id=1 t=t p=x");
	join(1, "$share/g/t", 1);
	bus_forget();
	hang_up(1);
	bus_said("filter $share/g/t 0", "to 1: q=1 t=t p=x g=$share/g/t #1");
	answer(1, 1, 0x10); /* it had none: nobody is left */
	bus_said_nothing();
	finish_with_bus();
}

TEST_MAIN(TEST_ENTRY(test_from_peer_for_group), TEST_ENTRY(test_weights), TEST_ENTRY(test_redispatch),
    TEST_ENTRY(test_redispatch_to_peers), TEST_ENTRY(test_group_refused), TEST_ENTRY(test_group_with_full_link),
    TEST_ENTRY(test_own_member_goes))
