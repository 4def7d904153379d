/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/insider_test.c - subscribers inside the server: what they hear, what others notice of them, the
 * topics that are theirs alone.
 */
#include "fake_bus.h"

/* ---- listening ------------------------------------------------------------------------------------------------ */

static struct {
	mqs_insider *insiders[4];
	char lines[4][16][400];
	size_t count[4];
	int ended;
} ears;

static void take(void *user, const mqs_publish *message)
{
	int number = (int)(intptr_t)user;
	mqs_props props;
	mqs_fault fault;
	if (!message) {
		ears.ended++;
		ears.insiders[number] = NULL;
		return;
	}
	if (!CHECK(ears.count[number] < 16)) {
		return;
	}
	char *line = ears.lines[number][ears.count[number]++];
	words out = {line, line + sizeof(ears.lines[0][0])};
	put(&out, "q=%d%s", message->qos, message->retain ? " r" : "");
	put_bytes(&out, "t", message->topic);
	put_bytes(&out, "p", message->payload);
	CHECK(mqs_props_decode(message->props.raw, MQTT_PKT_PUBLISH, false, NULL, 0, &props, &fault) == MQS_OK);
	put_props(&out, &props);
}

static mqs_result listen_to(int number, const char *filter)
{
	return mqs_insider_open(w.broker, text(filter), take, (void *)(intptr_t)number, &ears.insiders[number]);
}

static void listen_no_more(int number)
{
	mqs_insider_close(ears.insiders[number]);
	ears.insiders[number] = NULL;
}

static void ears_heard(int number, const char *const *expected, const char *file, int line)
{
	size_t count = 0;
	bool good = true;
	while (expected[count]) {
		good = good && count < ears.count[number] && line_matches(ears.lines[number][count], expected[count]);
		count++;
	}
	if (!test_check(good && count == ears.count[number], "an insider heard something else", file, line)) {
		for (size_t i = 0; i < ears.count[number]; i++) {
			printf("  heard: %s\n", ears.lines[number][i]);
		}
	}
	ears.count[number] = 0;
}

/* What an insider heard since the last time. */
#define heard(n, ...)    ears_heard(n, (const char *const[]){__VA_ARGS__, NULL}, __FILE__, __LINE__)
#define heard_nothing(n) ears_heard(n, (const char *const[]){NULL}, __FILE__, __LINE__)

static void begin(void)
{
	memset(&ears, 0, sizeof(ears));
	start_with_bus();
}

/* ---- tests ---------------------------------------------------------------------------------------------------- */

static void test_hears(void)
{
	begin();
	CHECK_EQ(listen_to(0, "a/+"), MQS_OK);
	CHECK_EQ(listen_to(1, "#"), MQS_OK);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=0 t=a/b p=hi ct=text rt=back cd=x1 up=k:v exp=9");
	heard(0, "q=0 t=a/b p=hi ct=text rt=back cd=x1 up=k:v");
	heard(1, "q=0 t=a/b p=hi*");
	say(1, "PUBLISH q=1 id=7 r t=a/b p=one");
	hear(1, "PUBACK id=7"); /* somebody subscribed */
	heard(0, "q=1 r t=a/b p=one");
	heard(1, "q=1 r t=a/b p=one");
	say(1, "PUBLISH q=2 id=8 t=c p=two");
	hear(1, "PUBREC id=8");
	heard(1, "q=2 t=c p=two");
	CHECK_EQ(publish("a/c", "of the server", 1, false), MQS_OK);
	heard(0, "q=1 t=a/c p=of the server");
	heard(1, "q=1 t=a/c p=of the server");
	CHECK_EQ(publish("$x/y", "hidden", 1, false), MQS_OK);
	heard_nothing(1);
	listen_no_more(0);
	say(1, "PUBLISH q=0 t=a/b p=hi");
	heard_nothing(0);
	heard(1, "q=0 t=a/b p=hi");
	CHECK_EQ(listen_to(0, "a/b"), MQS_OK); /* what is retained there is no news */
	heard_nothing(0);
	listen_no_more(0);
	listen_no_more(1);
	say(1, "PUBLISH q=1 id=9 t=a/b p=hi");
	hear(1, "PUBACK id=9 rc=10");
	heard_nothing(1);
	finish_with_bus();
}

/* Beside clients at the same filter; in one match with clients whose subscriptions overlap. */
static void test_among_clients(void)
{
	begin();
	come(1, "CONNECT v4 id=a clean");
	say(1, "SUBSCRIBE id=1 f=t/# q=1 f=t/x q=0");
	hear(1, "SUBACK id=1 01 00");
	CHECK_EQ(listen_to(0, "t/#"), MQS_OK);
	CHECK_EQ(listen_to(1, "t/#"), MQS_OK);
	CHECK_EQ(stats()->subscriptions, 2); /* of clients */
	come(2, "CONNECT v4 id=b clean");
	say(2, "PUBLISH q=0 t=t/x p=m");
	hear(1, "PUBLISH q=0 t=t/x p=m");
	heard(0, "q=0 t=t/x p=m");
	heard(1, "q=0 t=t/x p=m");
	hang_up(1);
	say(2, "PUBLISH q=0 t=t/x p=n");
	heard(0, "q=0 t=t/x p=n");
	heard(1, "q=0 t=t/x p=n");
	mqs_client_info info;
	void *cursor = NULL;
	CHECK(mqs_broker_next_client(w.broker, &cursor, &info));
	CHECK(!mqs_broker_next_client(w.broker, &cursor, &info));
	listen_no_more(1);
	listen_no_more(0);
	CHECK_EQ(stats()->subscriptions, 0);
	finish_with_bus();
}

static void test_large_payload(void)
{
	begin();
	CHECK_EQ(listen_to(0, "t"), MQS_OK);
	come(1, "CONNECT v4 id=a clean");
	come(2, "CONNECT v4 id=b clean");
	say(1, "SUBSCRIBE id=1 f=t q=1");
	hear(1, "SUBACK id=1 01");
	say(2, "PUBLISH q=1 id=1 t=t p=#5000");
	hear(1, "PUBLISH q=1 id=1 t=t p=#5000");
	hear(2, "PUBACK id=1");
	heard(0, "q=1 t=t p=#5000");
	listen_no_more(0);
	finish_with_bus();
}

static void test_wrong_filters(void)
{
	static const char *const filters[] = {"", "a/#/b", "a+", "$share/g/t", "\xff"};
	begin();
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		CHECK_EQ(listen_to(0, filters[i]), MQS_ERR_INVALID);
	}
	finish_with_bus();
}

static void test_reserved_topics(void)
{
	begin();
	CHECK_EQ(listen_to(0, "$mqs/reply/1"), MQS_OK);
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v4 id=b clean");
	say(1, "SUBSCRIBE id=1 f=$mqs/# q=1 f=$mqs/reply/1 q=1 f=$share/g/$mqs/+/1 q=1 f=$mqs q=1 f=# q=0 f=+/reply/1 q=0");
	hear(1, "SUBACK id=1 87 87 87 01 00 00");
	say(2, "SUBSCRIBE id=1 f=$mqs/# q=1");
	hear(2, "SUBACK id=1 80");
	say(2, "PUBLISH q=1 id=1 t=$mqs/reply/1 p=answer");
	hear(2, "PUBACK id=1");
	hear_nothing(1);
	heard(0, "q=1 t=$mqs/reply/1 p=answer");
	listen_no_more(0);
	finish_with_bus();
}

/* Other workers are told, and their clients' messages come. */
static void test_with_peers(void)
{
	begin();
	join(1, "t", 1);
	CHECK_EQ(listen_to(0, "t"), MQS_OK);
	bus_said("filter t 1");
	CHECK_EQ(listen_to(1, "t"), MQS_OK);
	bus_said_nothing();
	CHECK_EQ(from_peer(1, "", "PUBLISH q=1 id=1 t=t p=there"), 0);
	heard(0, "q=1 t=t p=there");
	heard(1, "q=1 t=t p=there");
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=0 t=t p=here");
	bus_said("to 1: q=0 t=t p=here");
	heard(0, "q=0 t=t p=here");
	heard(1, "q=0 t=t p=here");
	listen_no_more(0);
	bus_said_nothing();
	listen_no_more(1);
	bus_said("filter t 0");
	finish_with_bus();
}

static mqs_verdict listen_in_hook(mqs_event *event)
{
	if (event->packet->publish.payload.len == 1) {
		CHECK_EQ(listen_to(1, "t"), MQS_OK);
	} else {
		listen_no_more(1);
	}
	return MQS_ALLOW;
}

static void test_from_a_hook(void)
{
	begin();
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, listen_in_hook);
	come(1, "CONNECT v5 id=a clean");
	say(1, "PUBLISH q=0 t=t p=1");
	heard(1, "q=0 t=t p=1");
	say(1, "PUBLISH q=0 t=t p=22");
	heard_nothing(1);
	finish_with_bus();
}

/* Those that are left when the broker goes are told. */
static void test_the_end(void)
{
	begin();
	CHECK_EQ(listen_to(0, "a"), MQS_OK);
	CHECK_EQ(listen_to(1, "b"), MQS_OK);
	finish_with_bus();
	CHECK_EQ(ears.ended, 2);
}

static void test_without_memory(void)
{
	begin();
	CHECK_EQ(listen_to(0, "a/b/c"), MQS_OK);
	listen_no_more(0);
	long live = w.memory.live;
	int failures = 0;
	mqs_result result = MQS_ERR_NOMEM;
	for (; result != MQS_OK && CHECK(failures < 100); failures++) {
		w.memory.calls = 0;
		w.memory.fail_at = failures + 1;
		result = listen_to(0, "a/b/c");
		CHECK(result == MQS_OK || (result == MQS_ERR_NOMEM && w.memory.live == live));
	}
	w.memory.fail_at = 0;
	CHECK(failures > 2);
	CHECK_EQ(publish("a/b/c", "m", 0, false), MQS_OK);
	heard(0, "q=0 t=a/b/c p=m");
	finish_with_bus();
}

TEST_MAIN(TEST_ENTRY(test_hears), TEST_ENTRY(test_among_clients), TEST_ENTRY(test_large_payload),
    TEST_ENTRY(test_wrong_filters), TEST_ENTRY(test_reserved_topics), TEST_ENTRY(test_with_peers),
    TEST_ENTRY(test_from_a_hook), TEST_ENTRY(test_the_end), TEST_ENTRY(test_without_memory))
