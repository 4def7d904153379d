/* SPDX-License-Identifier: MIT
 *
 * benchmarks/loadgen_selftest.c - loadgen --self-test: known sequences and packets in, known counts out.
 * Shows that the generator would see a loss, a repetition, disorder or a wrong message.
 */
#include "loadgen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned passed, failed;

static void expect(const char *what, uint64_t want, uint64_t have)
{
	if (want == have) {
		passed++;
		return;
	}
	failed++;
	printf("FAILED %s: want %llu, have %llu\n", what, (unsigned long long)want, (unsigned long long)have);
}

struct sequence_case {
	const char *name;
	uint32_t sent;   /* 0 .. sent-1 were published */
	int numbers[16]; /* as they arrive, -1 ends */
	bool track, unordered;
	uint64_t lost, duplicated, disordered;
};

static const struct sequence_case sequence_cases[] = {
    {.name = "in sequence", .sent = 4, .numbers = {0, 1, 2, 3, -1}},
    {.name = "nothing arrives", .sent = 3, .numbers = {-1}, .lost = 3},
    {.name = "first lost", .sent = 3, .numbers = {1, 2, -1}, .lost = 1},
    {.name = "middle lost", .sent = 5, .numbers = {0, 1, 3, 4, -1}, .lost = 1},
    {.name = "last lost", .sent = 3, .numbers = {0, 1, -1}, .lost = 1},
    {.name = "two gaps", .sent = 9, .numbers = {0, 3, 4, 7, 8, -1}, .lost = 4},
    {.name = "repeated at once", .sent = 3, .numbers = {0, 1, 1, 2, -1}, .duplicated = 1},
    {.name = "repeated later", .sent = 4, .numbers = {0, 1, 2, 3, 0, -1}, .duplicated = 1},
    {.name = "repeated three times", .sent = 2, .numbers = {0, 1, 1, 1, 1, -1}, .duplicated = 3},
    {.name = "two change places", .sent = 4, .numbers = {0, 2, 1, 3, -1}, .disordered = 1},
    {.name = "one comes last", .sent = 4, .numbers = {1, 2, 3, 0, -1}, .disordered = 1},
    {.name = "backwards", .sent = 4, .numbers = {3, 2, 1, 0, -1}, .disordered = 3},
    {.name = "late, then repeated", .sent = 4, .numbers = {0, 2, 1, 1, 3, -1}, .disordered = 1, .duplicated = 1},
    {.name = "a repeat does not hide a loss", .sent = 4, .numbers = {0, 1, 1, 3, -1}, .lost = 1, .duplicated = 1},
    {.name = "order is free", .sent = 4, .numbers = {2, 0, 3, 1, -1}, .unordered = true},
    {.name = "order is free, one twice, one lost",
        .sent = 4,
        .numbers = {2, 0, 3, 2, -1},
        .unordered = true,
        .lost = 1,
        .duplicated = 1},
    {.name = "tracked from the start", .sent = 4, .numbers = {0, 1, 2, 1, 3, -1}, .track = true, .duplicated = 1},
};

static void test_sequences(void)
{
	for (size_t i = 0; i < sizeof sequence_cases / sizeof sequence_cases[0]; i++) {
		const struct sequence_case *c = &sequence_cases[i];
		struct lg_pair pair = {0};
		struct lg_tally tally = {0};
		char name[96];
		if (c->track && !lg_pair_track(&pair, 1000)) {
			abort();
		}
		for (int k = 0; k < 16 && c->numbers[k] >= 0; k++) {
			lg_pair_note(&pair, (uint32_t)c->numbers[k], !c->unordered, &tally);
		}
		snprintf(name, sizeof name, "%s, lost", c->name);
		expect(name, c->lost, c->sent - pair.got);
		snprintf(name, sizeof name, "%s, duplicated", c->name);
		expect(name, c->duplicated, tally.duplicated);
		snprintf(name, sizeof name, "%s, disordered", c->name);
		expect(name, c->disordered, tally.disordered);
		lg_pair_clear(&pair);
	}
}

/* Long streams: the bitmap wraps, jumps farther than it is wide, and forgets what is too old. */
static void test_long_stream(void)
{
	struct lg_pair pair = {0};
	struct lg_tally tally = {0};
	uint32_t sent = 5 * LG_PAIR_BITS;
	for (uint32_t s = 0; s < sent; s++) {
		if (s % 1000 == 7) {
			continue; /* lost */
		}
		lg_pair_note(&pair, s, true, &tally);
		if (s % 1000 == 9) {
			lg_pair_note(&pair, s, true, &tally); /* repeated */
		}
		if (s % 1000 == 500 && s > 1000) {
			lg_pair_note(&pair, s - 501, true, &tally); /* a repeat from behind */
		}
	}
	expect("long stream, lost", 328, sent - pair.got);
	expect("long stream, duplicated", 328 + 327, tally.duplicated);
	expect("long stream, disordered", 0, tally.disordered);
	expect("long stream, stale", 0, tally.stale);
	expect("older than the memory", LG_REPEATED, lg_pair_note(&pair, 3, true, &tally));
	expect("older than the memory, stale", 1, tally.stale);
	expect("jump over the whole bitmap", LG_FRESH, lg_pair_note(&pair, sent + 10 * LG_PAIR_BITS, true, &tally));
	expect("after the jump a skipped one is late", LG_FRESH,
	    lg_pair_note(&pair, sent + 10 * LG_PAIR_BITS - 5, true, &tally));
	expect("after the jump, disordered", 1, tally.disordered);
	lg_pair_clear(&pair);
}

static void test_histogram(void)
{
	struct lg_hist *hist = lg_alloc(1, sizeof *hist);
	for (uint64_t v = 1; v <= 100000; v++) {
		lg_hist_add(hist, v * 1000);
	}
	uint64_t p50 = lg_hist_at(hist, 0.50), p99 = lg_hist_at(hist, 0.99);
	expect("p50 within 1.6 %", 1, p50 >= 50000000 && p50 <= 50800000);
	expect("p99 within 1.6 %", 1, p99 >= 99000000 && p99 <= 100000000);
	expect("max", 100000000, hist->max);
	expect("p100 is the maximum", 100000000, lg_hist_at(hist, 1.0));
	uint64_t edges = 0;
	for (uint32_t i = 0; i + 64 < LG_HIST_BUCKETS; i++) { /* every edge lies in its own bucket, the next one beyond */
		edges += lg_hist_bucket(lg_hist_edge(i)) != i || lg_hist_bucket(lg_hist_edge(i) + 1) != i + 1;
	}
	expect("bucket edges", 0, edges);
	free(hist);
}

static void test_frames(void)
{
	static const uint32_t values[] = {0, 1, 127, 128, 16383, 16384, 2097151, 2097152, 268435455};
	static const unsigned sizes[] = {1, 1, 1, 2, 2, 3, 3, 4, 4};
	unsigned char bytes[8] = {0x30};
	uint32_t remaining;
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		size_t n = lg_varint(bytes + 1, values[i]);
		expect("length of a varint", sizes[i], n);
		expect("header", n + 1, (uint64_t)lg_frame(bytes, n + 1, &remaining));
		expect("value of a varint", values[i], remaining);
		expect("header cut short", 0, (uint64_t)lg_frame(bytes, n, &remaining));
	}
	memset(bytes + 1, 0xff, 4);
	expect("varint of five bytes", (uint64_t)-1, (uint64_t)lg_frame(bytes, 6, &remaining));
}

static void test_usage(void)
{
	int self = (int)getpid(), none = 0x7ffffff;
	struct lg_usage usage;
	uint64_t begin = lg_now();
	while (lg_now() - begin < 50000000) { /* some ticks of processor time */
	}
	expect("own process is there", 1, lg_usage_read(&self, 1, &usage));
	expect("one process", 1, usage.processes);
	expect("memory is counted", 1, usage.rss_bytes > 100000 && usage.peak_bytes + 1000000 > usage.rss_bytes);
	expect("processor time is counted", 1, usage.user_s + usage.sys_s > 0);
	expect("missing process", 0, lg_usage_read(&none, 1, &usage));
}

/* ---- packets: what the checker is told by real bytes, whole and cut everywhere ---- */

#define FAKE_FD 1000000 /* never written to: nothing here runs the loop */

static struct lg *make_world(enum lg_scenario scenario, unsigned qos, unsigned protocol)
{
	struct lg *lg = lg_alloc(1, sizeof *lg);
	lg->opt = (struct lg_options){.scenario = scenario,
	    .qos = qos,
	    .protocol = protocol,
	    .publishers = 2,
	    .subscribers = scenario == LG_FANIN   ? 1
	                   : scenario == LG_PAIRS ? 2
	                                          : 12,
	    .payload = 24,
	    .filters = 237,
	    .window = 10};
	lg->filler = lg_alloc(1, LG_PAYLOAD_MAX);
	lg_run_prepare(lg);
	for (uint32_t i = 0; i < lg->conn_count; i++) {
		lg->conns[i].fd = FAKE_FD;
	}
	return lg;
}

static void free_world(struct lg *lg)
{
	for (uint32_t i = 0; i < lg->conn_count; i++) {
		free(lg->conns[i].out);
		free(lg->conns[i].in);
	}
	free(lg->conns);
	free(lg->filler);
	lg_run_clear(lg);
	free(lg);
}

/* The next message of a publisher as a broker would pass it on; valid until the next call for this publisher. */
static unsigned char *next_message(struct lg *lg, uint32_t publisher, uint16_t id, size_t *len)
{
	struct lg_conn *conn = lg->pubs[publisher].conn;
	conn->out_len = conn->out_off = 0;
	lg_put_publish(lg, &lg->pubs[publisher], id, 0);
	lg->pubs[publisher].next++;
	*len = conn->out_len;
	return conn->out;
}

static void test_packets(void)
{
	struct lg *lg = make_world(LG_FANIN, 0, 4);
	struct lg_conn *sub = lg->subs[0].conn;
	size_t len;
	for (int k = 0; k < 3; k++) {
		unsigned char *bytes = next_message(lg, 0, 0, &len);
		for (size_t i = 0; i < len; i++) { /* byte by byte, with what was kept in front */
			unsigned char joined[256];
			size_t kept = sub->in_len;
			memcpy(joined, sub->in ? sub->in : bytes, kept);
			joined[kept] = bytes[i];
			lg_parse(lg, sub, joined, kept + 1);
		}
	}
	expect("cut everywhere, delivered", 3, lg->delivered);
	unsigned char *bytes = next_message(lg, 0, 0, &len);
	lg_parse(lg, sub, bytes, len);
	lg_parse(lg, sub, bytes, len);
	expect("the same packet twice, delivered", 4, lg->delivered);
	expect("the same packet twice, duplicated", 1, lg->tally.duplicated);
	bytes = next_message(lg, 1, 0, &len);
	bytes[len - 1] ^= 1;
	lg_parse(lg, sub, bytes, len);
	expect("a changed byte of the payload", 1, lg->tally.corrupt);
	bytes[len - 1] ^= 1;
	bytes[4] ^= 1;
	lg_parse(lg, sub, bytes, len);
	expect("another topic", 1, lg->tally.foreign);
	bytes[4] ^= 1;
	bytes[0] |= 1;
	lg_parse(lg, sub, bytes, len);
	expect("a retain flag", 2, lg->tally.corrupt);
	bytes[0] &= 0xfe;
	lg->pubs[1].next--;
	lg_parse(lg, sub, bytes, len);
	expect("a message that was never sent", 3, lg->tally.corrupt);
	lg->pubs[1].next++;
	lg_parse(lg, sub, bytes, len);
	expect("the true one at last", 5, lg->delivered);
	lg->opt.allow_dollar = true;
	bytes[4] = '$';
	lg_parse(lg, sub, bytes, len);
	expect("a topic of the broker's own, allowed", 1, lg->tally.dollar);
	lg->opt.allow_dollar = false;
	lg_parse(lg, sub, bytes, len);
	expect("a topic of the broker's own", 2, lg->tally.foreign);
	expect("no protocol error so far", 0, lg->protocol_errors);
	lg_parse(lg, sub, (const unsigned char *)"\x40\x02\x00\x01", 4);
	expect("an acknowledgement nobody waits for", 1, lg->protocol_errors);
	lg_parse(lg, sub, (const unsigned char *)"\x30\xff\xff\xff\xff\x01", 6);
	expect("a length of five bytes ends the run", 1, lg->error[0] != 0);
	free_world(lg);

	lg = make_world(LG_PAIRS, 1, 5);
	sub = lg->subs[1].conn;
	bytes = next_message(lg, 1, 258, &len);
	lg_parse(lg, sub, bytes, len);
	expect("pairs, delivered", 1, lg->delivered);
	expect("PUBACK", 0, (uint64_t)memcmp(sub->out, "\x40\x02\x01\x02", 4));
	lg_parse(lg, lg->subs[0].conn, bytes, len);
	expect("pairs, at the wrong subscriber", 1, lg->tally.foreign);
	bytes = next_message(lg, 1, 259, &len);
	size_t at = len - lg->opt.payload - 1; /* the length of the properties */
	unsigned char longer[256];
	memcpy(longer, bytes, at);
	memcpy(longer + at, "\x02\x01\x01", 3);
	memcpy(longer + at + 3, bytes + at + 1, lg->opt.payload);
	longer[1] = (unsigned char)(longer[1] + 2);
	lg_parse(lg, sub, longer, len + 2);
	expect("with a property", 2, lg->delivered);
	lg_parse(lg, sub, (const unsigned char *)"\x62\x02\x01\x02", 4);
	expect("PUBCOMP", 0, (uint64_t)memcmp(sub->out + sub->out_len - 4, "\x70\x02\x01\x02", 4));
	free_world(lg);
}

/* Slow and plain: MQTT 3.1.1 section 4.7. */
static bool filter_matches(const char *filter, const char *topic)
{
	while (*filter) {
		if (*filter == '#') {
			return true;
		}
		if (*filter == '+') {
			topic += strcspn(topic, "/");
			filter++;
		} else {
			size_t n = strcspn(filter, "/");
			if (n != strcspn(topic, "/") || memcmp(filter, topic, n) != 0) {
				return false;
			}
			filter += n;
			topic += n;
		}
		if (strcmp(filter, "/#") == 0 && !*topic) {
			return true;
		}
		if (*filter != *topic) {
			return false;
		}
		if (*filter) {
			filter++;
			topic++;
		}
	}
	return !*topic;
}

/* Nobody subscribes: a batch counts when the answer to the PINGREQ behind it has come, or each by its PUBACK. */
static void test_sink(void)
{
	struct lg *lg = make_world(LG_SINK, 0, 4);
	struct lg_publisher *pub = &lg->pubs[0];
	pub->conn->state = LG_READY;
	pub->limit = 1000;
	lg->batch = 4;
	lg->backlog = 10;
	lg_pump(lg, pub);
	expect("sink, sent", 10, lg->sent);
	expect("sink, asked about", 8, lg->expected);
	lg_parse(lg, pub->conn, (const unsigned char *)"\xd0\x00", 2);
	expect("sink, taken", 4, lg->delivered);
	lg_pump(lg, pub);
	expect("sink, sent after an answer", 14, lg->sent);
	expect("sink, asked about after an answer", 12, lg->expected);
	free_world(lg);
}

static void test_plan(void)
{
	struct lg *lg = make_world(LG_WILDCARD, 0, 4);
	uint64_t differ = 0, filters = 0, least = 99, most = 0;
	for (uint32_t seq = 0; seq < lg->groups; seq++) {
		char topic[LG_TOPIC_MAX], filter[LG_TOPIC_MAX];
		uint32_t len, receivers = 0;
		memcpy(topic, lg_topic_of(lg, 1, seq, &len), LG_TOPIC_MAX);
		topic[len] = 0;
		for (uint32_t s = 0; s < lg->sub_count; s++) {
			uint32_t hits = 0, n = 0;
			for (; lg_filter(lg, lg->subs[s].conn, n, filter) > 0; n++) {
				hits += filter_matches(filter, topic);
			}
			filters += seq == 0 ? n : 0;
			differ += hits != (lg_plan_is_for(lg, s, 1, seq) ? 1 : 0);
			receivers += hits;
		}
		differ += receivers != lg_plan_receivers(lg, 1, seq);
		least = receivers < least ? receivers : least;
		most = receivers > most ? receivers : most;
	}
	expect("filters in all", 237, filters);
	expect("filters match as planned", 0, differ);
	expect("fewest matches", 1, least);
	expect("most matches", 10, most);
	free_world(lg);
}

int lg_self_test(void)
{
	test_sequences();
	test_long_stream();
	test_histogram();
	test_frames();
	test_packets();
	test_sink();
	test_plan();
	test_usage();
	printf("%u passed, %u failed\n", passed, failed);
	return failed ? 1 : 0;
}
