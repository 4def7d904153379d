/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/fake_bus.h - a bus for the world of world.h that only writes down what it is told, and peers 1 to 5
 * that a test plays.
 *
 *     start_with_bus();
 *     join(1, "a/#", 1);                           peer 1 opens and says that it needs this filter
 *     say(1, "PUBLISH q=1 id=7 t=a/b p=hi");
 *     bus_said("to 1: q=1 t=a/b p=hi #1");         all that came over the bus since the last time; #: receipt
 *     answer(1, 1, 0);                             of peer 1, to receipt 1
 */
#ifndef MQS_TESTS_FAKE_BUS_H
#define MQS_TESTS_FAKE_BUS_H

#include "world.h"

#define BUS_LINES 4096
#define BUS_PEERS 6
#define OURS      7 /* our own origin */

static struct {
	char *lines[BUS_LINES];
	size_t count;
	mqs_peer *peers[BUS_PEERS];
	bool full[BUS_PEERS];
} bus;

__attribute__((format(printf, 1, 2))) static void bus_note(const char *format, ...)
{
	char line[512];
	va_list args;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (bus.count < BUS_LINES) {
		bus.lines[bus.count++] = strdup(line);
	}
}

static bool bus_deliver(void *ctx, void *peer_user, const mqs_bus_message *m)
{
	char line[400];
	words out = {line, line + sizeof(line)};
	mqs_props props;
	mqs_fault fault;
	int peer = (int)(intptr_t)peer_user;
	CHECK(ctx == &bus);
	if (bus.full[peer]) {
		return false;
	}
	put(&out, "to %d: q=%d%s", peer, m->qos, m->retain ? " r" : "");
	put_bytes(&out, "t", m->topic);
	put_bytes(&out, "p", m->payload);
	CHECK(mqs_props_decode(m->props, MQTT_PKT_PUBLISH, false, NULL, 0, &props, &fault) == MQS_OK);
	put_props(&out, &props);
	if (m->group.len) {
		put_bytes(&out, "g", m->group);
	}
	if (m->receipt) {
		put(&out, " #%" PRIu64, m->receipt);
	}
	bus_note("%s", line);
	return true;
}

static void bus_filter(void *ctx, mqs_bytes filter, uint32_t members)
{
	CHECK(ctx == &bus);
	bus_note("filter %.*s %u", (int)filter.len, (const char *)filter.ptr, members);
}

__attribute__((unused)) static void bus_claim(void *ctx, mqs_bytes client_id, int64_t connected_ms)
{
	CHECK(ctx == &bus);
	bus_note("claim %.*s %" PRId64, (int)client_id.len, (const char *)client_id.ptr, connected_ms - 1000000);
}

__attribute__((unused)) static void bus_forget(void)
{
	while (bus.count) {
		free(bus.lines[--bus.count]);
	}
}

/* A test changes w.options before start_prepared(). Claims are not written down unless it asks for it. */
__attribute__((unused)) static void prepare_with_bus(void)
{
	prepare();
	memset(&bus, 0, sizeof(bus));
	w.ports.bus = (mqs_bus){.ctx = &bus, .origin = OURS, .deliver = bus_deliver, .filter_changed = bus_filter};
}

__attribute__((unused)) static void start_with_bus(void)
{
	prepare_with_bus();
	CHECK(start_prepared());
}

__attribute__((unused)) static void world_bus_said(const char *const *expected, const char *file, int line)
{
	size_t count = 0;
	bool good = true;
	while (expected[count]) {
		good = good && count < bus.count && line_matches(bus.lines[count], expected[count]);
		count++;
	}
	if (!test_check(good && count == bus.count, "the bus said something else", file, line) && test_state.broken <= 5) {
		for (size_t i = 0; i < count; i++) {
			printf("  expected: %s\n", expected[i]);
		}
		for (size_t i = 0; i < bus.count && i < 20; i++) {
			printf("  said:     %s\n", bus.lines[i]);
		}
	}
	bus_forget();
}

#define bus_said(...)      world_bus_said((const char *const[]){__VA_ARGS__, NULL}, __FILE__, __LINE__)
#define bus_said_nothing() world_bus_said((const char *const[]){NULL}, __FILE__, __LINE__)

/* The peer opens when it has not yet. */
__attribute__((unused)) static mqs_result join(int peer, const char *filter, uint32_t members)
{
	if (!bus.peers[peer]) {
		mqs_result result = mqs_peer_open(w.broker, (void *)(intptr_t)peer, &bus.peers[peer]);
		if (result != MQS_OK) {
			bus.peers[peer] = NULL;
			return result;
		}
	}
	return mqs_peer_subscribe(bus.peers[peer], text(filter), members);
}

__attribute__((unused)) static void part(int peer)
{
	if (bus.peers[peer]) {
		mqs_peer_close(bus.peers[peer], w.now_ms);
		bus.peers[peer] = NULL;
		settle();
	}
}

__attribute__((unused)) static void answer(int peer, uint64_t receipt, uint8_t reason)
{
	if (bus.peers[peer]) {
		mqs_peer_answer(bus.peers[peer], receipt, reason, w.now_ms);
		settle();
	}
}

/* A message of a peer, told as a client would send it; group: "" for all plain subscriptions. */
__attribute__((unused)) static uint8_t from_peer(int peer, const char *group, const char *words)
{
	mqs_buffer out;
	mqs_packet packet;
	mqs_fault fault;
	uint8_t level = MQTT_LEVEL_5, reason = 0xff;
	mqs_buffer_init(&out, &words_alloc, 5 + MQTT_VARINT_MAX);
	if (CHECK(packet_of_words(words, &level, &out)) &&
	    CHECK(mqs_packet_decode(mqs_buffer_view(&out), level, NULL, &packet, &fault) == MQS_OK)) {
		reason = mqs_peer_deliver(bus.peers[peer], text(group), &packet.publish, w.now_ms);
		settle();
	}
	mqs_buffer_clear(&out);
	return reason;
}

/* Everybody goes, the peers with the broker. */
__attribute__((unused)) static void finish_with_bus(void)
{
	finish();
	bus_forget();
}

#endif
