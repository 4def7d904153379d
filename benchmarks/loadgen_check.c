/* SPDX-License-Identifier: MIT
 *
 * benchmarks/loadgen_check.c - sequence checker, latency histogram, /proc reader.
 * Owns: the bitmaps of the pairs. Knows no socket.
 */
#define _GNU_SOURCE
#include "loadgen.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- latency: 64 buckets for each power of two, so an answer is at most 1.6 % too high ---- */

uint32_t lg_hist_bucket(uint64_t value)
{
	if (value < 64) {
		return (uint32_t)value;
	}
	uint32_t top = 63u - (uint32_t)__builtin_clzll(value);
	return (top - 5) * 64 + (uint32_t)((value >> (top - 6)) & 63);
}

uint64_t lg_hist_edge(uint32_t bucket)
{
	if (bucket < 64) {
		return bucket;
	}
	uint32_t top = bucket / 64 + 5;
	return ((uint64_t)(64 + bucket % 64) << (top - 6)) + (((uint64_t)1 << (top - 6)) - 1);
}

void lg_hist_add(struct lg_hist *hist, uint64_t value)
{
	hist->bucket[lg_hist_bucket(value)]++;
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
			uint64_t edge = lg_hist_edge(i);
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
		if (!lg_pair_track(pair, LG_PAIR_BITS)) {
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
