/* SPDX-License-Identifier: MIT
 *
 * benchmarks/loadgen_check.c - sequence checker, latency histogram, /proc reader, and the self-test of these.
 * Owns: the bitmaps of the pairs. Knows no socket.
 */
#define _GNU_SOURCE
#include "loadgen.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAIR_BITS 65536u

/* ---- latency: 64 buckets for each power of two, so an answer is at most 1.6 % too high ---- */

static uint32_t bucket_of(uint64_t value)
{
	if (value < 64) {
		return (uint32_t)value;
	}
	uint32_t top = 63u - (uint32_t)__builtin_clzll(value);
	return (top - 5) * 64 + (uint32_t)((value >> (top - 6)) & 63);
}

static uint64_t bucket_edge(uint32_t bucket)
{
	if (bucket < 64) {
		return bucket;
	}
	uint32_t top = bucket / 64 + 5;
	return ((uint64_t)(64 + bucket % 64) << (top - 6)) + (((uint64_t)1 << (top - 6)) - 1);
}

void lg_hist_add(struct lg_hist *hist, uint64_t value)
{
	hist->bucket[bucket_of(value)]++;
	hist->count++;
	if (value > hist->max) {
		hist->max = value;
	}
}

uint64_t lg_hist_at(const struct lg_hist *hist, double quantile)
{
	uint64_t want = (uint64_t)(quantile * (double)hist->count + 0.5);
	uint64_t seen = 0;
	if (want == 0) {
		want = 1;
	}
	for (uint32_t i = 0; i < LG_HIST_BUCKETS; i++) {
		seen += hist->bucket[i];
		if (seen >= want) {
			uint64_t edge = bucket_edge(i);
			return edge < hist->max ? edge : hist->max;
		}
	}
	return hist->max;
}

/* ---- sequence numbers ---- */

static bool bit_get(const struct lg_pair *pair, uint32_t seq)
{
	uint32_t at = seq & (pair->bits - 1);
	return (pair->seen[at >> 6] >> (at & 63)) & 1;
}

static void bit_put(struct lg_pair *pair, uint32_t seq, bool value)
{
	uint32_t at = seq & (pair->bits - 1);
	uint64_t mask = (uint64_t)1 << (at & 63);
	if (value) {
		pair->seen[at >> 6] |= mask;
	} else {
		pair->seen[at >> 6] &= ~mask;
	}
}

bool lg_pair_track(struct lg_pair *pair, uint32_t bits)
{
	uint32_t size = 64;
	while (size < bits && size < (1u << 30)) {
		size *= 2;
	}
	pair->bits = size;
	pair->seen = malloc(size / 8);
	if (!pair->seen) {
		return false;
	}
	/* Without a bitmap everything below high has arrived. */
	memset(pair->seen, 0xff, size / 8);
	return true;
}

enum lg_verdict lg_pair_note(struct lg_pair *pair, uint32_t seq, bool ordered, struct lg_tally *tally)
{
	tally->received++;
	if (!pair->seen) {
		if (seq == pair->high) {
			pair->high++;
			pair->got++;
			return LG_FRESH;
		}
		if (!lg_pair_track(pair, PAIR_BITS)) {
			abort();
		}
	}
	if (seq >= pair->high) {
		uint32_t skipped = seq - pair->high;
		if (skipped >= pair->bits) {
			memset(pair->seen, 0, pair->bits / 8);
		} else {
			for (uint32_t s = pair->high; s < seq; s++) {
				bit_put(pair, s, false);
			}
		}
		bit_put(pair, seq, true);
		pair->high = seq + 1;
		pair->got++;
		return LG_FRESH;
	}
	if (pair->high - seq > pair->bits) {
		tally->stale++;
		return LG_REPEATED;
	}
	if (bit_get(pair, seq)) {
		tally->duplicated++;
		return LG_REPEATED;
	}
	bit_put(pair, seq, true);
	pair->got++;
	if (ordered) {
		tally->disordered++;
	}
	return LG_FRESH;
}

void lg_pair_clear(struct lg_pair *pair)
{
	free(pair->seen);
	memset(pair, 0, sizeof *pair);
}

/* ---- /proc ---- */

struct proc_entry {
	int pid, parent;
	bool wanted;
};

/* Parent and processor ticks of one process; the name field may hold blanks and brackets, so look for its end. */
static bool read_stat(int pid, int *parent, uint64_t *user, uint64_t *sys)
{
	char path[64], line[1024];
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	FILE *file = fopen(path, "r");
	if (!file) {
		return false;
	}
	size_t len = fread(line, 1, sizeof line - 1, file);
	fclose(file);
	line[len] = 0;
	char *rest = strrchr(line, ')');
	unsigned long long ut, st;
	if (!rest || sscanf(rest + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", parent, &ut, &st) != 3) {
		return false;
	}
	*user = ut;
	*sys = st;
	return true;
}

/* "Name:   123 kB" from a file of /proc, in bytes; 0 when it is not there. */
static uint64_t read_kb(int pid, const char *file_name, const char *name)
{
	char path[64], line[256];
	snprintf(path, sizeof path, "/proc/%d/%s", pid, file_name);
	FILE *file = fopen(path, "r");
	uint64_t bytes = 0;
	size_t len = strlen(name);
	while (file && fgets(line, sizeof line, file)) {
		if (strncmp(line, name, len) == 0) {
			bytes = strtoull(line + len, NULL, 10) * 1024;
			break;
		}
	}
	if (file) {
		fclose(file);
	}
	return bytes;
}

static void usage_add(int pid, struct lg_usage *usage)
{
	int parent;
	uint64_t user, sys;
	if (!read_stat(pid, &parent, &user, &sys)) {
		return;
	}
	double tick = (double)sysconf(_SC_CLK_TCK);
	usage->user_s += (double)user / tick;
	usage->sys_s += (double)sys / tick;
	/* smaps_rollup counts pages; the counters behind VmRSS lag by some dozen pages for each processor */
	uint64_t rss = read_kb(pid, "smaps_rollup", "Rss:");
	usage->rss_bytes += rss ? rss : read_kb(pid, "status", "VmRSS:");
	usage->peak_bytes += read_kb(pid, "status", "VmHWM:");
	usage->processes++;
}

bool lg_usage_read(const int *pids, unsigned count, struct lg_usage *usage)
{
	enum { PROC_MAX = 32768 };
	struct proc_entry *list = lg_alloc(PROC_MAX, sizeof *list);
	uint32_t entries = 0, found = 0;
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	memset(usage, 0, sizeof *usage);
	while (dir && (entry = readdir(dir)) != NULL && entries < PROC_MAX) {
		int pid = atoi(entry->d_name), parent;
		uint64_t user, sys;
		if (pid > 0 && read_stat(pid, &parent, &user, &sys)) {
			list[entries++] = (struct proc_entry){.pid = pid, .parent = parent};
		}
	}
	if (dir) {
		closedir(dir);
	}
	for (uint32_t i = 0; i < entries; i++) {
		for (unsigned k = 0; k < count; k++) {
			if (list[i].pid == pids[k] && !list[i].wanted) {
				list[i].wanted = true;
				found++;
			}
		}
	}
	for (bool grown = true; grown;) { /* each round marks at least one more process */
		grown = false;
		for (uint32_t i = 0; i < entries; i++) {
			for (uint32_t k = 0; k < entries && !list[i].wanted; k++) {
				if (list[k].wanted && list[k].pid == list[i].parent) {
					list[i].wanted = grown = true;
				}
			}
		}
	}
	for (uint32_t i = 0; i < entries; i++) {
		if (list[i].wanted) {
			usage_add(list[i].pid, usage);
		}
	}
	free(list);
	return found == count;
}

/* ---- self-test: known sequences in, known counts out ---- */

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
	uint32_t sent = 5 * PAIR_BITS;
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
	expect("jump over the whole bitmap", LG_FRESH, lg_pair_note(&pair, sent + 10 * PAIR_BITS, true, &tally));
	expect(
	    "after the jump a skipped one is late", LG_FRESH, lg_pair_note(&pair, sent + 10 * PAIR_BITS - 5, true, &tally));
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
		edges += bucket_of(bucket_edge(i)) != i || bucket_of(bucket_edge(i) + 1) != i + 1;
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

int lg_self_test(void)
{
	test_sequences();
	test_long_stream();
	test_histogram();
	test_frames();
	test_usage();
	printf("%u passed, %u failed\n", passed, failed);
	return failed ? 1 : 0;
}
