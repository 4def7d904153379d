/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/memory_test.c - a long day of a broker whose memory fails: at each single call, and from each call
 * on for a while. It must not crash, leak, or stay broken.
 */
#include "fake_bus.h"

static mqs_verdict change(mqs_event *event)
{
	if (event->kind == MQS_EVENT_CONNECT) {
		event->reply->username = text("somebody");
	} else if (event->reply->publish) {
		event->reply->publish->payload = text("changed");
	}
	return MQS_ALLOW;
}

static mqs_verdict add_words(mqs_event *event)
{
	static uint8_t props[] = {0x1f, 0, 2, 'o', 'k'}; /* Reason String */
	event->reply->props = mqs_bytes_make(props, sizeof(props));
	return MQS_ALLOW;
}

/* Speaks if it is there. */
static void try_say(int n, const char *words)
{
	if (w.conns[n].conn) {
		say_cut(n, 0, words);
	}
}

static void try_come(int n, const char *words)
{
	hang_up(n);
	if (call(n)) {
		say_cut(n, 0, words);
	}
}

static void talk(void)
{
	try_come(1, "CONNECT v5 id=a sei=100 will=w/a wp=bye wq=1 w.ct=kind w.exp=9 rm=3 tam=5");
	try_come(2, "CONNECT v4 id=b will=w/b wp=bye wr");
	try_come(3, "CONNECT v5 id= clean user=joe pass=secret");
	try_say(1, "SUBSCRIBE id=1 f=t/# q=2 sub=1 f=+/x q=1 f=$share/g/t/x q=1 f=w/# q=1");
	try_say(2, "SUBSCRIBE id=1 f=t/+ q=1 f=$share/g/t/x q=2");
	try_say(3, "PUBLISH q=2 id=1 t=t/x p=#2000 alias=1 up=k:v exp=60");
	try_say(3, "PUBLISH q=1 id=2 t= p=small alias=1");
	try_say(3, "PUBLISH q=0 r t=t/kept p=#1500 exp=50");
	try_say(3, "PUBREL id=1");
	try_say(1, "PUBREC id=1");
	try_say(1, "PUBCOMP id=1");
	try_say(1, "PINGREQ");
	if (w.conns[3].conn) {
		say_cut(3, 3, "PUBLISH q=1 id=9 t=in/pieces p=#3000");
	}
	hang_up(1);
	publish("t/x", "queued", 1, false);
	publish("t/x", "queued", 2, true);
	try_come(1, "CONNECT v5 id=a sei=100");
	try_come(4, "CONNECT v5 id=a clean sei=100");
	try_say(4, "SUBSCRIBE id=1 f=#");
	try_say(4, "UNSUBSCRIBE id=2 f=#");
}

static void talk_with_hooks(void)
{
	ask(MQS_EVENT_CONNECT, MQS_PHASE_BEFORE, change);
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, later);
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_AFTER, later);
	ask(MQS_EVENT_SUBSCRIBE, MQS_PHASE_BEFORE, later);
	try_come(5, "CONNECT v5 id=e sei=100 will=w/e wp=bye");
	size_t first = w.ticket_count;
	try_say(5, "SUBSCRIBE id=1 f=1 f=2 f=3 f=4 f=5 f=6 f=7 f=8 f=9 f=10 f=#");
	try_say(5, "PUBLISH q=2 id=1 t=h p=#500 alias=1");
	for (size_t i = first; i < w.ticket_count; i++) {
		resolve(i, MQS_ALLOW);
	}
	hang_up(5);
	pass(1);
	w.ports.hooks.wants[0] = w.ports.hooks.wants[1] = 0;
	mqs_broker_set_wants(w.broker, MQS_PHASE_BEFORE, 0);
	mqs_broker_set_wants(w.broker, MQS_PHASE_AFTER, 0);
}

/* Several decisions of a connection at a time. */
static void talk_with_many_decisions(void)
{
	mqs_broker_set_publish_concurrency(w.broker, 3);
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, later);
	try_come(5, "CONNECT v5 id=e clean");
	size_t first = w.ticket_count;
	try_say(5, "PUBLISH q=1 id=1 t=m/1 p=#500 alias=1");
	try_say(5, "PUBLISH q=2 id=2 t= p=#600 alias=1");
	try_say(5, "PUBLISH q=0 t=m/2 p=x");
	try_say(5, "PUBLISH q=1 id=4 t=m/3 p=x");
	try_say(5, "PUBLISH q=1 id=5 t=m/4 p=x");
	for (size_t i = w.ticket_count; i > first; i--) {
		resolve(i - 1, i & 1 ? MQS_ALLOW : MQS_DENY);
	}
	hang_up(5);
	for (size_t i = first; i < w.ticket_count; i++) {
		resolve(i, MQS_ALLOW);
	}
	pass(1);
	mqs_broker_set_publish_concurrency(w.broker, 0);
	w.ports.hooks.wants[0] = 0;
	mqs_broker_set_wants(w.broker, MQS_PHASE_BEFORE, 0);
}

static void talk_with_deliveries(void)
{
	ask(MQS_EVENT_DELIVER, MQS_PHASE_BEFORE, change);
	try_come(5, "CONNECT v5 id=e clean tam=2");
	try_come(6, "CONNECT v4 id=f");
	try_say(5, "SUBSCRIBE id=1 f=d/# q=2 sub=1 f=d/+ q=0 sub=2 f=t/# q=1");
	try_say(6, "SUBSCRIBE id=1 f=d/1 q=1 f=$share/g/d/1 q=1");
	hang_up(6);
	try_say(5, "PUBLISH q=1 id=1 t=d/1 p=#1500 exp=60 up=k:v");
	publish("d/1", "server's", 2, true);
	hang_up(5);
	pass(1);
	w.ports.hooks.wants[0] = 0;
	mqs_broker_set_wants(w.broker, MQS_PHASE_BEFORE, 0);
}

static void talk_with_peers(void)
{
	join(1, "p/+", 1);
	join(1, "$share/g/p/#", 2);
	join(2, "#", 1);
	try_come(6, "CONNECT v5 id=f clean");
	try_say(6, "SUBSCRIBE id=1 f=p/# q=1 f=$share/g/p/# q=1");
	try_say(6, "PUBLISH q=1 id=1 t=p/1 p=#1500 exp=60");
	try_say(6, "PUBLISH q=2 id=2 t=p/1 p=x up=k:v");
	try_say(6, "PUBLISH q=1 id=3 t=nobody p=x");
	publish("p/2", "server's", 1, false);
	publish("p/2", "server's", 2, false);
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_AFTER, add_words);
	try_say(6, "PUBLISH q=1 id=4 t=p/1 p=x");
	if (bus.peers[1]) {
		from_peer(1, "", "PUBLISH q=2 id=1 t=p/3 p=#2000 exp=3");
		from_peer(1, "$share/g/p/#", "PUBLISH q=1 id=1 t=p/3 p=x");
	}
	for (uint64_t receipt = 1; receipt < 6; receipt++) {
		answer(2, receipt, receipt & 1 ? 0 : 0x10);
	}
	part(1);
	hang_up(6);
	part(2);
	w.ports.hooks.wants[1] = 0;
	mqs_broker_set_wants(w.broker, MQS_PHASE_AFTER, 0);
}

/* One day; false when the broker could not even be made. */
static bool day(long fail_at, bool fail_on)
{
	prepare_with_bus();
	for (int n = 0; n < WORLD_CONNS; n++) {
		w.conns[n].lenient = true;
	}
	w.memory.fail_at = fail_at;
	w.memory.fail_on = fail_on;
	if (!start_prepared()) {
		CHECK_EQ(w.memory.live, 0);
		return false;
	}
	talk();
	talk_with_hooks();
	talk_with_many_decisions();
	talk_with_deliveries();
	talk_with_peers();
	pass(70000);
	return true;
}

/* With memory again, everything works. */
static void next_day(void)
{
	w.memory.fail_at = 0;
	for (int n = 0; n < WORLD_CONNS; n++) {
		hang_up(n);
	}
	pass(100000);
	come(6, "CONNECT v5 id=new clean");
	come(7, "CONNECT v4 id=newer clean");
	say(6, "SUBSCRIBE id=1 f=fresh/+ q=2");
	hear(6, "SUBACK id=1 02");
	say(7, "PUBLISH q=1 id=1 t=fresh/x p=y");
	hear(6, "PUBLISH q=1 id=1 t=fresh/x p=y");
	hear(7, "PUBACK id=1");
	CHECK_EQ(stats()->clients_connected, 2);
	CHECK_EQ(stats()->pending_decisions, 0);
	hang_up(6);
	hang_up(7);
	pass(2592000000);
	CHECK_EQ(stats()->sessions, 0);
	CHECK_EQ(stats()->subscriptions, 0);
	CHECK_EQ(stats()->shared_subscriptions, 0);
	CHECK_EQ(stats()->queued_messages, 0);
	CHECK_EQ(stats()->queued_bytes, 0);
	CHECK_EQ(stats()->peers, 0);
	finish_with_bus();
}

static long calls_of_a_day(void)
{
	CHECK(day(0, false));
	long calls = w.memory.calls;
	next_day();
	return calls;
}

static void test_each_call_fails(void)
{
	long calls = calls_of_a_day();
	CHECK(calls > 100);
	for (long n = 1; n <= calls; n++) {
		test_case("call %ld fails", n);
		if (day(n, false)) {
			next_day();
		}
	}
}

static void test_all_calls_fail(void)
{
	long calls = calls_of_a_day();
	for (long n = 1; n <= calls; n++) {
		test_case("calls from %ld on fail", n);
		if (day(n, true)) {
			next_day();
		}
	}
}

TEST_MAIN(TEST_ENTRY(test_each_call_fails), TEST_ENTRY(test_all_calls_fail))
