/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/sys_test.c - the $SYS/broker topics: what they say, when, and who may publish to them.
 */
#include "world.h"

static const char *retained(const char *topic)
{
	static char value[64];
	mqs_publish message;
	if (!mqs_broker_retained(w.broker, text(topic), w.now_ms, &message)) {
		return "none";
	}
	snprintf(value, sizeof(value), "%.*s", (int)message.payload.len, (const char *)message.payload.ptr);
	return value;
}

#define says(topic, value)                                                                                             \
	test_check(strcmp(retained("$SYS/broker/" topic), value) == 0, retained("$SYS/broker/" topic), __FILE__, __LINE__)

static void start_sys(int64_t interval_s)
{
	prepare();
	w.options.sys_interval_s = interval_s;
	w.ports.server_version = "tested 1.0";
	CHECK(start_prepared());
	pass(1);
}

static void counters_and_gauges(void)
{
	start_sys(10);
	says("version", "tested 1.0");
	says("uptime", "0 seconds");
	says("clients/connected", "0");
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v4 id=b");
	say(1, "SUBSCRIBE id=1 f=$share/g/x q=1");
	say(2, "SUBSCRIBE id=1 f=y q=1");
	say(1, "PUBLISH q=1 r id=1 t=y p=12345");
	hang_up(2);
	say(1, "PUBLISH q=1 id=2 t=y p=123");
	says("clients/connected", "0"); /* not before the next update */
	pass(10000);
	says("uptime", "10 seconds");
	says("clients/total", "2");
	says("clients/connected", "1");
	says("clients/disconnected", "1");
	says("clients/maximum", "2");
	says("messages/received", "6");
	says("publish/messages/received", "2");
	says("publish/bytes/received", "8");
	says("publish/messages/sent", "1");
	says("publish/bytes/sent", "5");
	says("subscriptions/count", "2");
	says("shared_subscriptions/count", "1");
	says("messages/stored", "1");
	says("publish/messages/dropped", "0");
	hang_up(1);
	pass(10000);
	says("clients/total", "1");
	says("shared_subscriptions/count", "0");
	finish();
}

static void loads(void)
{
	start_sys(60);
	pass(60000);
	says("load/connections/1min", "0.00");
	come(1, "CONNECT v4 id=a clean");
	hang_up(1);
	pass(60000);
	/* one connection in the last minute: 1 * (1 - 1/e) and so on */
	says("load/connections/1min", "0.63");
	says("load/connections/5min", "0.18");
	says("load/connections/15min", "0.06");
	says("load/sockets/1min", "0.63");
	pass(60000);
	says("load/connections/1min", "0.23");
	finish();
}

static void only_what_changed_is_sent(void)
{
	start_sys(5);
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=$SYS/broker/clients/+ q=0");
	hear(1, "SUBACK id=1 00", "PUBLISH *", "PUBLISH *", "PUBLISH *", "PUBLISH *", "PUBLISH *");
	pass(5000);
	hear(1, "PUBLISH q=0 t=$SYS/broker/clients/total p=1", "PUBLISH q=0 t=$SYS/broker/clients/connected p=1",
	    "PUBLISH q=0 t=$SYS/broker/clients/maximum p=1");
	pass(5000);
	hear_nothing(1);
	finish();
}

/* 5.0:MQTT-4.7.2-1 3.1.1:MQTT-4.7.2-1 */
static void wildcards_do_not_match(void)
{
	start_sys(5);
	come(1, "CONNECT v4 id=a clean");
	say(1, "SUBSCRIBE id=1 f=# q=0");
	say(1, "SUBSCRIBE id=2 f=+/broker/uptime q=0");
	pass(20000);
	hear(1, "SUBACK id=1 00", "SUBACK id=2 00");
	say(1, "SUBSCRIBE id=3 f=$SYS/# q=0");
	CHECK(w.conns[1].count > 40);
	finish();
}

static void clients_may_not_publish(void)
{
	start_sys(0);
	says("version", "none");
	come(1, "CONNECT v5 id=a clean");
	say(1, "SUBSCRIBE id=1 f=$SYS/# q=1");
	hear(1, "SUBACK id=1 01");
	say(1, "PUBLISH q=1 id=1 t=$SYS/broker/uptime p=x");
	hear(1, "PUBACK id=1 rc=87");
	say(1, "PUBLISH q=2 id=2 t=$SYS p=x");
	hear(1, "PUBREC id=2 rc=87");
	say(1, "PUBLISH q=0 r t=$SYS/a p=x");
	hear_nothing(1);
	says("a", "none");
	say(1, "PUBLISH q=1 id=3 t=$SYSTEM p=x"); /* another topic */
	hear(1, "PUBACK id=3 rc=10");
	come(2, "CONNECT v5 id=b clean will=$SYS/will wp=gone wq=1");
	hang_up(2);
	hear_nothing(1);
	CHECK_EQ(publish("$SYS/own", "fine", 1, false), MQS_OK); /* the server itself may */
	hear(1, "PUBLISH q=1 id=1 t=$SYS/own p=fine");
	finish();
}

TEST_MAIN(TEST_ENTRY(counters_and_gauges), TEST_ENTRY(loads), TEST_ENTRY(only_what_changed_is_sent),
    TEST_ENTRY(wildcards_do_not_match), TEST_ENTRY(clients_may_not_publish))
