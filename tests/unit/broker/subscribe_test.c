/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/subscribe_test.c - SUBSCRIBE, its options and codes, shared groups, UNSUBSCRIBE (MQTT 5 sections
 * 3.8 to 3.11, 4.7, 4.8).
 */
#include "world.h"

static void test_codes(void)
{
	start();
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v4 id=b clean");
	/* 5.0:MQTT-3.8.4-1 5.0:MQTT-3.8.4-2 5.0:MQTT-3.8.4-5 5.0:MQTT-3.8.4-6
	 * 5.0:MQTT-3.8.4-7, 5.0:MQTT-3.9.3-1 */
	say(1, "SUBSCRIBE id=65535 f=a q=0 f=b q=1 f=c q=2");
	hear(1, "SUBACK id=65535 00 01 02");
	say(2, "SUBSCRIBE id=1 f=a q=0 f=b q=1 f=c q=2");
	hear(2, "SUBACK id=1 00 01 02");
	/* 5.0:MQTT-3.10.4-4 5.0:MQTT-3.10.4-5 5.0:MQTT-3.10.4-6, 5.0:MQTT-3.11.3-1 */
	say(1, "UNSUBSCRIBE id=7 f=b f=x f=c");
	hear(1, "UNSUBACK id=7 00 11 00");
	say(2, "UNSUBSCRIBE id=7 f=b f=x f=c");
	hear(2, "UNSUBACK id=7");
	CHECK_EQ(stats()->subscriptions, 2);
	publish("b", "x", 0, false); /* 5.0:MQTT-3.10.4-1 5.0:MQTT-3.10.4-2 */
	hear_nothing(1);
	finish();
}

static void test_features_off(void)
{
	prepare();
	w.options.max_qos = 1;
	w.options.wildcard_subscription_available = 0;
	w.options.shared_subscription_available = 0;
	w.options.subscription_identifier_available = 0;
	start_prepared();
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v4 id=b clean");
	say(1, "SUBSCRIBE id=1 f=a/+ f=# f=$share/g/a f=a q=2"); /* 5.0:MQTT-3.2.2-10 */
	hear(1, "SUBACK id=1 A2 A2 9E 01");
	say(2, "SUBSCRIBE id=1 f=a/+ f=$share/g/a f=a q=2");
	hear(2, "SUBACK id=1 80 80 01");
	say(1, "SUBSCRIBE id=2 f=a sub=1");
	hear(1, "DISCONNECT rc=A1", "CLOSED");
	finish();
}

static void test_max_subscriptions(void)
{
	prepare();
	w.options.max_subscriptions = 2;
	start_prepared();
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=a f=b f=c");
	hear(1, "SUBACK id=1 00 00 97");
	say(1, "SUBSCRIBE id=2 f=a q=1"); /* not one more */
	say(1, "UNSUBSCRIBE id=3 f=a");
	say(1, "SUBSCRIBE id=4 f=c");
	hear(1, "SUBACK id=2 01", "UNSUBACK id=3 00", "SUBACK id=4 00");
	finish();
}

static void test_bad_filters(void)
{
	static const char *const filters[] = {"a/#/b", "a+", "$share//a", "$share/g+/a"};
	start();
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		come(1, "CONNECT v5 id=a clean");
		/* 5.0:MQTT-4.7.1-1 5.0:MQTT-4.7.1-2, 5.0:MQTT-4.8.2-1 5.0:MQTT-4.8.2-2 */
		say(1, "SUBSCRIBE id=1 f=%s", filters[i]);
		hear(1, "DISCONNECT rc=8F", "CLOSED");
	}
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=$share/g/a nl"); /* 5.0:MQTT-3.8.3-4 */
	hear(1, "DISCONNECT rc=82", "CLOSED");
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1"); /* 5.0:MQTT-3.8.3-2 */
	hear(1, "DISCONNECT rc=82", "CLOSED");
	come(1, "CONNECT v5 id=a clean");
	say_bytes(1, MQS_BYTES_LITERAL("\x82\x09\0\1\2\x0b\0\0\1a\0"), 0); /* identifier 0 */
	hear(1, "DISCONNECT rc=82", "CLOSED");
	finish();
}

static void test_wildcards(void)
{
	start();
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=# f=+/x f=$data/#");
	hear(1, "SUBACK id=1 00 00 00");
	publish("$data/x", "1", 0, false); /* 5.0:MQTT-4.7.2-1: only by its name */
	hear(1, "PUBLISH q=0 t=$data/x p=1");
	publish("/", "2", 0, false);
	publish("Case", "3", 0, false); /* 5.0:MQTT-4.7.3-4 */
	hear(1, "PUBLISH q=0 t=/ p=2", "PUBLISH q=0 t=Case p=3");
	finish();
}

/* ---- options ------------------------------------------------------------------------------------------------- */

static void test_no_local(void)
{
	start();
	come(1, "CONNECT v5 id=a sei=100");
	come(2, "CONNECT v5 id=b clean");
	say(1, "SUBSCRIBE id=1 f=t q=1 nl f=kept q=1 nl");
	hear(1, "SUBACK id=1 01 01");
	say(1, "PUBLISH q=0 t=t p=own"); /* 5.0:MQTT-3.8.3-3 */
	say(2, "PUBLISH q=0 t=t p=other");
	hear(1, "PUBLISH q=0 t=t p=other");
	say(1, "PUBLISH q=0 r t=kept p=own"); /* nor as a retained message */
	say(1, "SUBSCRIBE id=2 f=kept nl");
	hear(1, "SUBACK id=2 00");
	say(1, "SUBSCRIBE id=2 f=kept");
	hear(1, "SUBACK id=2 00", "PUBLISH q=0 r t=kept p=own");
	hang_up(1);
	come(1, "CONNECT v5 id=a sei=100 will=t wp=x wq=1");
	hang_up(1); /* nor as its own will */
	CHECK_EQ(stats()->queued_messages, 0);
	finish();
}

static void test_retain_as_published(void)
{
	start();
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b clean");
	come(3, "CONNECT v4 id=c clean");
	say(1, "SUBSCRIBE id=1 f=t rap");
	say(2, "SUBSCRIBE id=1 f=t");
	say(3, "SUBSCRIBE id=1 f=t");
	for (int n = 1; n <= 3; n++) {
		hear(n, "SUBACK id=1 00");
	}
	publish("t", "x", 0, true); /* 5.0:MQTT-3.3.1-12 5.0:MQTT-3.3.1-13 */
	publish("t", "y", 0, false);
	hear(1, "PUBLISH q=0 r t=t p=x", "PUBLISH q=0 t=t p=y");
	hear(2, "PUBLISH q=0 t=t p=x", "PUBLISH q=0 t=t p=y");
	hear(3, "PUBLISH q=0 t=t p=x", "PUBLISH q=0 t=t p=y");
	finish();
}

static void test_retain_handling(void)
{
	start();
	publish("t", "x", 1, true);
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=t q=2 rh=0"); /* 5.0:MQTT-3.3.1-9, 5.0:MQTT-3.3.1-8 */
	hear(1, "SUBACK id=1 02", "PUBLISH q=1 r id=1 t=t p=x");
	say(1, "SUBSCRIBE id=2 f=t rh=0"); /* 5.0:MQTT-3.8.4-4: again */
	hear(1, "SUBACK id=2 00", "PUBLISH q=0 r t=t p=x");
	say(1, "SUBSCRIBE id=3 f=t rh=1"); /* 5.0:MQTT-3.3.1-10: it exists */
	hear(1, "SUBACK id=3 00");
	say(1, "SUBSCRIBE id=4 f=+ rh=1");
	hear(1, "SUBACK id=4 00", "PUBLISH q=0 r t=t p=x");
	say(1, "SUBSCRIBE id=5 f=# rh=2"); /* 5.0:MQTT-3.3.1-11 */
	hear(1, "SUBACK id=5 00");
	say(1, "SUBSCRIBE id=6 f=$share/g/t");
	hear(1, "SUBACK id=6 00");
	finish();
}

/* 5.0:MQTT-3.8.4-3: replaced, with its options and identifier; nothing is delivered twice. */
static void test_replaced(void)
{
	start();
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=t q=0 sub=5");
	say(1, "SUBSCRIBE id=2 f=t q=2 sub=6");
	hear(1, "SUBACK id=1 00", "SUBACK id=2 02");
	publish("t", "x", 1, false);
	hear(1, "PUBLISH q=1 id=1 t=t p=x sub=6");
	say(1, "SUBSCRIBE id=3 f=t q=1");
	hear(1, "SUBACK id=3 01");
	publish("t", "x", 1, false);
	hear(1, "PUBLISH q=1 id=2 t=t p=x");
	CHECK_EQ(stats()->subscriptions, 1);
	finish();
}

/* ---- several subscriptions match ----------------------------------------------------------------------------- */

static void test_overlapping_once(void)
{
	start();
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=a/# q=0 sub=1");
	say(1, "SUBSCRIBE id=2 f=a/+ q=2 rap sub=268435455");
	say(1, "SUBSCRIBE id=3 f=a/b q=1");
	hear(1, "SUBACK id=1 00", "SUBACK id=2 02", "SUBACK id=3 01");
	publish("a/b", "x", 2, true); /* 5.0:MQTT-3.3.4-2 5.0:MQTT-3.3.4-3 5.0:MQTT-3.3.4-4 */
	if (CHECK_EQ(w.conns[1].count, 1)) {
		CHECK(strncmp(w.conns[1].heard[0], "PUBLISH q=2 r id=1 t=a/b p=x ", 28) == 0);
		CHECK(strstr(w.conns[1].heard[0], " sub=1") && strstr(w.conns[1].heard[0], " sub=268435455"));
	}
	finish();
}

static void test_overlapping_each(void)
{
	prepare();
	w.options.overlapping_deliver_each = 1;
	start_prepared();
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=a/# q=0 sub=1 f=a/b q=1");
	say(1, "SUBSCRIBE id=2 f=+/b q=2 sub=2");
	hear(1, "SUBACK id=1 00 01", "SUBACK id=2 02");
	publish("a/b", "x", 2, false); /* 5.0:MQTT-3.3.4-5 */
	CHECK_EQ(w.conns[1].count, 3);
	finish();
}

/* More identifiers than one packet of ours holds. */
static void test_many_overlapping(void)
{
	char topic[600] = "";
	start();
	come(1, "CONNECT v5 id=a clean");
	for (int i = 0; i < 150; i++) {
		strcat(topic, i ? "/x" : "x");
		say(1, "SUBSCRIBE id=1 f=%s/# q=1 sub=%d", topic, 2 * i + 1);
		say(1, "SUBSCRIBE id=1 f=+%s/# q=1 sub=%d", topic + 1, 2 * i + 2);
	}
	forget_heard(&w.conns[1]);
	publish(topic, "x", 1, false);
	CHECK_EQ(w.conns[1].count, 2);
	hang_up(1);
	finish();
}

/* ---- shared -------------------------------------------------------------------------------------------------- */

static size_t heard(int n)
{
	size_t count = w.conns[n].count;
	forget_heard(&w.conns[n]);
	return count;
}

static void join(int n, const char *words)
{
	come(n, words);
	say(n, "SUBSCRIBE id=1 f=$share/g/t q=1");
	hear(n, "SUBACK id=1 01");
}

static void test_shared(void)
{
	start();
	join(1, "CONNECT v5 id=a clean");
	join(2, "CONNECT v5 id=b clean");
	join(3, "CONNECT v4 id=c clean");
	come(4, "CONNECT v5 id=d clean");
	say(4, "SUBSCRIBE id=1 f=t f=$share/other/t");
	hear(4, "SUBACK id=1 00 00");
	for (int i = 0; i < 9; i++) {
		publish("t", "x", 1, false);
	}
	CHECK_EQ(heard(1), 3); /* in turn */
	CHECK_EQ(heard(2), 3);
	CHECK_EQ(heard(3), 3);
	CHECK_EQ(heard(4), 18);
	say(2, "UNSUBSCRIBE id=2 f=$share/g/t");
	hear(2, "UNSUBACK id=2 00");
	publish("t", "x", 2, false); /* 5.0:MQTT-4.8.2-3 */
	publish("t", "x", 2, false);
	CHECK_EQ(heard(1) + heard(3), 2);
	CHECK_EQ(stats()->shared_subscriptions, 3);
	finish();
	CHECK_EQ(w.memory.live, 0);
}

/* Who cannot take it now comes after who can; who is away comes last. */
static void test_shared_prefers_ready(void)
{
	start();
	join(1, "CONNECT v5 id=a sei=100");
	join(2, "CONNECT v5 id=b clean rm=1");
	join(3, "CONNECT v5 id=c clean");
	hang_up(1);
	for (int i = 0; i < 5; i++) {
		publish("t", "x", 1, false);
	}
	CHECK_EQ(heard(2), 1);
	CHECK_EQ(heard(3), 4);
	CHECK_EQ(stats()->queued_messages, 0);
	finish();
}

/* Unacknowledged QoS 1 of a member that went away goes to another, sent QoS 2 stays: 5.0:MQTT-4.8.2-4
 * 5.0:MQTT-4.8.2-5. */
static void test_shared_member_leaves(void)
{
	start();
	come(1, "CONNECT v5 id=a sei=100 rm=3");
	say(1, "SUBSCRIBE id=1 f=$share/g/t q=2");
	hear(1, "SUBACK id=1 02");
	publish("t", "1", 1, false);
	publish("t", "2", 2, false);
	publish("t", "3", 1, false);
	publish("t", "4", 2, false); /* waits */
	hear(1, "PUBLISH q=1 id=1 t=t p=1", "PUBLISH q=2 id=2 t=t p=2", "PUBLISH q=1 id=3 t=t p=3");
	come(2, "CONNECT v5 id=b clean");
	say(2, "SUBSCRIBE id=1 f=$share/g/t q=2");
	hear(2, "SUBACK id=1 02");
	hang_up(1);
	hear(2, "PUBLISH q=1 id=1 t=t p=1", "PUBLISH q=1 id=2 t=t p=3", "PUBLISH q=2 id=3 t=t p=4");
	come(1, "CONNECT v5 id=a sei=100");
	hear(1, "PUBLISH dup q=2 id=2 t=t p=2");
	hang_up(1);
	kick("a", 0x98, true);
	pass(1);
	hear_nothing(2);
	CHECK_EQ(stats()->queued_messages, 0);
	finish();
}

/* 5.0:MQTT-4.8.2-6: refused by its receiver, it goes to nobody else. */
static void test_shared_refused(void)
{
	start();
	join(1, "CONNECT v5 id=a clean");
	join(2, "CONNECT v5 id=b clean");
	publish("t", "x", 1, false);
	int taker = w.conns[1].count ? 1 : 2;
	hear(taker, "PUBLISH q=1 id=1 t=t p=x");
	say(taker, "PUBACK id=1 rc=80");
	hang_up(taker);
	hear_nothing(3 - taker);
	finish();
}

/* What was on its way when it was unsubscribed is completed: 5.0:MQTT-3.10.4-3. */
static void test_unsubscribed_on_the_way(void)
{
	start();
	come(1, "CONNECT v5 id=a sei=100");
	say(1, "SUBSCRIBE id=1 f=t q=2");
	hear(1, "SUBACK id=1 02");
	publish("t", "x", 2, false);
	say(1, "UNSUBSCRIBE id=2 f=t");
	hear(1, "PUBLISH q=2 id=1 t=t p=x", "UNSUBACK id=2 00");
	hang_up(1);
	come(1, "CONNECT v5 id=a sei=100");
	hear(1, "PUBLISH dup q=2 id=1 t=t p=x");
	say(1, "PUBREC id=1");
	say(1, "PUBCOMP id=1");
	hear(1, "PUBREL id=1");
	finish();
}

/* A SUBACK that the client could not take is not sent, nor anything too large. */
static void test_large_suback(void)
{
	start();
	come(1, "CONNECT v5 id=a clean mps=22");
	say(1, "SUBSCRIBE id=1 f=a f=b f=c f=d f=e f=f f=g f=h f=i f=j f=k f=l f=m f=n f=o f=p f=q f=r f=s f=t");
	say(1, "PINGREQ");
	hear(1, "PINGRESP");
	CHECK_EQ(stats()->dropped_too_large, 1);
	finish();
}

TEST_MAIN(TEST_ENTRY(test_codes), TEST_ENTRY(test_features_off), TEST_ENTRY(test_max_subscriptions),
    TEST_ENTRY(test_bad_filters), TEST_ENTRY(test_wildcards), TEST_ENTRY(test_no_local),
    TEST_ENTRY(test_retain_as_published), TEST_ENTRY(test_retain_handling), TEST_ENTRY(test_replaced),
    TEST_ENTRY(test_overlapping_once), TEST_ENTRY(test_overlapping_each), TEST_ENTRY(test_many_overlapping),
    TEST_ENTRY(test_shared), TEST_ENTRY(test_shared_prefers_ready), TEST_ENTRY(test_shared_member_leaves),
    TEST_ENTRY(test_shared_refused), TEST_ENTRY(test_unsubscribed_on_the_way), TEST_ENTRY(test_large_suback))
