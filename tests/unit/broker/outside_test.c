/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/outside_test.c - questions about PUBLISH that the home answers when it has left the broker: what
 * stays until then, and what may happen meanwhile. That all else is as with a hook, the other outside_*_test.c show.
 */
#define WORLD_OUTSIDE
#include "world.h"

static mqs_buffer sent;
static mqs_bytes rest;

/* Sends packets, told by lines, up to the first question. */
static mqs_result begin(int n, const char *lines)
{
	char *copy = strdup(lines), *save = NULL;
	mqs_buffer_clear(&sent);
	mqs_buffer_init(&sent, &words_alloc, 5 + MQTT_VARINT_MAX);
	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		CHECK(packet_of_words(line, &w.conns[n].level, &sent));
	}
	free(copy);
	rest = mqs_buffer_view(&sent);
	return mqs_conn_receive_asking(w.conns[n].conn, &rest, w.now_ms);
}

static mqs_result go_on(int n)
{
	mqs_result result = mqs_conn_receive_asking(w.conns[n].conn, &rest, w.now_ms);
	if (result != MQS_PENDING) {
		settle();
	}
	return result;
}

static mqs_result answer(int n, mqs_verdict verdict)
{
	mqs_result result = mqs_conn_answer(w.conns[n].conn, verdict, w.now_ms);
	return result == MQS_OK ? go_on(n) : result;
}

static bool asked_about(int n, const char *topic)
{
	mqs_event *event = mqs_conn_asked(w.conns[n].conn);
	return event && mqs_bytes_equal(event->packet->publish.topic, mqs_bytes_make(topic, strlen(topic)));
}

static void open_world(void)
{
	start();
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_BEFORE, NULL);
	come(1, "CONNECT v5 id=a clean");
	come(2, "CONNECT v5 id=b clean");
	say(2, "SUBSCRIBE id=1 f=# q=0");
	hear(2, "SUBACK id=1 00");
}

static void close_world(void)
{
	mqs_buffer_clear(&sent);
	finish();
}

static void test_one_after_the_other(void)
{
	open_world();
	uint64_t before = mqs_broker_get_stats(w.broker)->bytes_received;
	CHECK(begin(1, "PUBLISH q=1 id=1 t=x p=1\nPUBLISH q=1 id=2 t=y p=2\nSUBSCRIBE id=3 f=z q=0") == MQS_PENDING);
	CHECK(asked_about(1, "x"));
	CHECK(mqs_conn_asked(w.conns[2].conn) == NULL);
	CHECK(mqs_conn_answer(w.conns[2].conn, MQS_ALLOW, w.now_ms) == MQS_NOT_FOUND);
	settle();
	hear_nothing(1);
	hear_nothing(2);
	CHECK(answer(1, MQS_ALLOW) == MQS_PENDING);
	CHECK(asked_about(1, "y"));
	settle();
	hear(1, "PUBACK id=1");
	hear(2, "PUBLISH q=0 t=x p=1");
	CHECK(answer(1, MQS_DENY) == MQS_OK);
	CHECK(rest.len == 0);
	hear(1, "PUBACK id=2 rc=87", "SUBACK id=3 00");
	hear_nothing(2);
	asked_nothing(); /* by the hook */
	CHECK(mqs_broker_get_stats(w.broker)->bytes_received == before + sent.len);
	close_world();
}

/* The packet stands in the broker's own memory, since it came in pieces. */
static void test_pieces_stay(void)
{
	open_world();
	CHECK(begin(1, "PUBLISH q=1 id=1 t=topic p=payload") == MQS_PENDING);
	CHECK(answer(1, MQS_DENY) == MQS_OK);
	hear(1, "PUBACK id=1 rc=87");
	for (size_t i = 0; i < sent.len; i++) {
		uint8_t byte = sent.ptr[i];
		rest = mqs_bytes_make(&byte, 1);
		mqs_result result = mqs_conn_receive_asking(w.conns[1].conn, &rest, w.now_ms);
		CHECK(result == (i + 1 < sent.len ? MQS_OK : MQS_PENDING));
		byte = 0;
	}
	CHECK(asked_about(1, "topic"));
	CHECK(answer(1, MQS_ALLOW) == MQS_OK);
	hear(1, "PUBACK id=1");
	hear(2, "PUBLISH q=0 t=topic p=payload");
	close_world();
}

/* Whoever answers publishes, or ends the connection that waits for the answer. */
static void test_meanwhile(void)
{
	open_world();
	mqs_publish message = {.topic = MQS_BYTES_LITERAL("other")};
	uint32_t receivers = 0;
	CHECK(begin(1, "PUBLISH q=1 id=1 t=x p=1\nPUBLISH q=1 id=2 t=y p=2") == MQS_PENDING);
	CHECK(mqs_broker_publish(w.broker, &message, w.now_ms, &receivers) == MQS_OK && receivers == 1);
	CHECK(answer(1, MQS_ALLOW) == MQS_PENDING);
	CHECK(mqs_broker_disconnect(w.broker, MQS_BYTES_LITERAL("a"), MQTT_RC_ADMINISTRATIVE_ACTION,
	          mqs_bytes_make(NULL, 0), false, w.now_ms) == MQS_OK);
	CHECK(asked_about(1, "y"));
	CHECK(answer(1, MQS_ALLOW) == MQS_ERR_CLOSED);
	hear(1, "PUBACK id=1", "DISCONNECT rc=98", "CLOSED");
	hear(2, "PUBLISH q=0 t=other p=", "PUBLISH q=0 t=x p=1");
	close_world();
}

/* Decided later: the packets behind it wait, and are asked about by the hook. */
static void test_later(void)
{
	open_world();
	CHECK(begin(1, "PUBLISH q=1 id=1 t=x p=1\nPUBLISH q=1 id=2 t=y p=2\nPINGREQ") == MQS_PENDING);
	uint64_t ticket = mqs_conn_asked(w.conns[1].conn)->ticket;
	CHECK(answer(1, MQS_DECIDE_LATER) == MQS_OK);
	CHECK(mqs_conn_asked(w.conns[1].conn) == NULL);
	hear(1, "PINGRESP");
	memset(sent.ptr, 0, sent.len);
	CHECK(mqs_broker_resolve(w.broker, ticket, MQS_ALLOW, w.now_ms) == MQS_OK);
	settle();
	asked("BEFORE PUBLISH a t=y");
	hear(1, "PUBACK id=1", "PUBACK id=2");
	hear(2, "PUBLISH q=0 t=x p=1", "PUBLISH q=0 t=y p=2");
	close_world();
}

/* Before and behind the action. */
static void test_both_phases(void)
{
	open_world();
	ask(MQS_EVENT_PUBLISH, MQS_PHASE_AFTER, NULL);
	CHECK(begin(1, "PUBLISH q=1 id=1 t=x p=1") == MQS_PENDING);
	CHECK(mqs_conn_asked(w.conns[1].conn)->phase == MQS_PHASE_BEFORE);
	CHECK(answer(1, MQS_ALLOW) == MQS_PENDING);
	CHECK(mqs_conn_asked(w.conns[1].conn)->phase == MQS_PHASE_AFTER);
	settle();
	hear_nothing(1);
	hear(2, "PUBLISH q=0 t=x p=1");
	mqs_conn_asked(w.conns[1].conn)->reply->reason = MQTT_RC_NO_MATCHING_SUBSCRIBERS;
	CHECK(answer(1, MQS_ALLOW) == MQS_OK);
	hear(1, "PUBACK id=1 rc=10");
	close_world();
}

TEST_MAIN(TEST_ENTRY(test_one_after_the_other), TEST_ENTRY(test_pieces_stay), TEST_ENTRY(test_meanwhile),
    TEST_ENTRY(test_later), TEST_ENTRY(test_both_phases))
