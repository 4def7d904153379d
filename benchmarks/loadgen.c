/* SPDX-License-Identifier: MIT
 *
 * benchmarks/loadgen.c - load generator for MQTT brokers on this machine: options, report, main. See README.md.
 *
 * Exit code: 0 all was delivered once, in order; 1 it was not; 2 wrong options; 3 the run could not be made.
 */
#define _GNU_SOURCE
#include "loadgen.h"

#include <arpa/inet.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const char usage_text[] =
    "loadgen SCENARIO --port N [options]       loadgen --self-test\n"
    "  fanin     --publishers 10 -> one subscriber\n"
    "  fanout    one publisher -> --subscribers 100\n"
    "  pairs     --publishers 100, each with a subscriber and a topic of its own; --idle N more subscribers\n"
    "  wildcard  --filters 100000 on --subscribers 20; each message of --publishers 10 matches 1 to 10 of them\n"
    "  connect   connect and disconnect, --parallel 64 at a time\n"
    "  idle      --subscribers 1000 connections with one subscription: memory of each\n"
    "  retained  --messages 100000 retained, then one subscriber to #\n"
    "  sink      --publishers 10, nobody subscribes: counts what was acknowledged (QoS 0: by PINGRESP)\n"
    "options\n"
    "  --host 127.0.0.1    loopback only          --port N\n"
    "  --qos 0|1|2                                --protocol 4|5      4 is MQTT 3.1.1\n"
    "  --payload 64        bytes, at least 16     --rate N            messages per second: open loop\n"
    "  --duration 3        seconds                --messages N        in all, in place of a duration\n"
    "  --window N          unacknowledged messages of a publisher (QoS 1, 2; defaults 100 and 20)\n"
    "  --backlog N         messages of a publisher that are not yet delivered (QoS 0: 1000, pairs and wildcard 100;\n"
    "                      QoS 1, 2: not limited)\n"
    "  --batch N           a publisher sends when there is room for so many (a quarter of the smaller window)\n"
    "  --warmup 0          seconds that are not measured\n"
    "  --timeout 60        seconds a phase may last --stall 5         seconds without any packet that end the run\n"
    "  --settle 1          seconds before memory is read\n"
    "  --pid N             process of the broker, with its children; may be given again\n"
    "  --cpu N             run on this processor  --json\n"
    "  --allow-dollar      do not mind what a broker sends to $... although # does not match that; it is counted\n";

uint64_t lg_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void *lg_alloc(size_t count, size_t size)
{
	void *memory = calloc(count, size);
	if (!memory) {
		fprintf(stderr, "loadgen: out of memory\n");
		exit(3);
	}
	return memory;
}

void lg_fail(struct lg *lg, const char *format, ...)
{
	va_list args;
	if (lg->error[0]) {
		return; /* the first one is the cause */
	}
	va_start(args, format);
	vsnprintf(lg->error, sizeof lg->error, format, args);
	va_end(args);
}

/* ---- options ---- */

enum kind { UINT, BIG, REAL };
struct option {
	const char *name;
	enum kind kind;
	size_t at;
	double least, most;
};

#define AT(member) offsetof(struct lg_options, member)
#define UNSET      UINT32_MAX

static const struct option options[] = {
    {"--port", UINT, AT(port), 1, 65535},
    {"--qos", UINT, AT(qos), 0, 2},
    {"--protocol", UINT, AT(protocol), 4, 5},
    {"--publishers", UINT, AT(publishers), 1, 20000},
    {"--subscribers", UINT, AT(subscribers), 1, 500000},
    {"--idle", UINT, AT(idle), 0, 500000},
    {"--filters", UINT, AT(filters), 1, 2000000},
    {"--payload", UINT, AT(payload), LG_PAYLOAD_MIN, LG_PAYLOAD_MAX},
    {"--window", UINT, AT(window), 1, 65535},
    {"--backlog", UINT, AT(backlog), 0, 1000000},
    {"--batch", UINT, AT(batch), 1, 1000000},
    {"--rate", UINT, AT(rate), 1, 5000000},
    {"--messages", BIG, AT(messages), 1, 1e9},
    {"--duration", REAL, AT(duration_s), 0.01, 600},
    {"--warmup", REAL, AT(warmup_s), 0, 60},
    {"--timeout", REAL, AT(timeout_s), 1, 900},
    {"--stall", REAL, AT(stall_s), 0.1, 120},
    {"--settle", REAL, AT(settle_s), 0, 60},
    {"--parallel", UINT, AT(parallel), 1, 5000},
};

static int wrong(const char *what, const char *value)
{
	fprintf(stderr, "loadgen: %s: %s\n", what, value);
	return 2;
}

static bool set_option(struct lg_options *opt, const char *name, const char *text)
{
	char *end;
	double value = strtod(text, &end);
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
		const struct option *o = &options[i];
		if (strcmp(name, o->name) != 0) {
			continue;
		}
		if (end == text || *end || !(value >= o->least && value <= o->most)) {
			return false;
		}
		switch (o->kind) {
			case UINT: *(unsigned *)((char *)opt + o->at) = (unsigned)value; return true;
			case BIG: *(uint64_t *)((char *)opt + o->at) = (uint64_t)value; return true;
			case REAL: *(double *)((char *)opt + o->at) = value; return true;
		}
	}
	if (strcmp(name, "--host") == 0) {
		struct in_addr address;
		const char *host = strcmp(text, "localhost") == 0 ? "127.0.0.1" : text;
		snprintf(opt->host, sizeof opt->host, "%s", host);
		return inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
	}
	if (*end || value < 0 || value > 4194304) {
		return false;
	}
	if (strcmp(name, "--cpu") == 0) {
		opt->cpu = (int)value;
		return value < CPU_SETSIZE;
	}
	if (strcmp(name, "--pid") == 0 && opt->pid_count < LG_PIDS_MAX) {
		opt->pids[opt->pid_count++] = (int)value;
		return true;
	}
	return false;
}

/* What was not given, by scenario. */
static void set_defaults(struct lg_options *opt)
{
	static const struct {
		unsigned publishers, subscribers, backlog;
	} counts[LG_SCENARIOS] = {
	    [LG_FANIN] = {10, 1, 1000},
	    [LG_FANOUT] = {1, 100, 1000},
	    [LG_PAIRS] = {100, 100, 100},
	    [LG_WILDCARD] = {10, 20, 100},
	    [LG_CONNECT] = {1, 1, 0},
	    [LG_IDLE] = {1, 1000, 0},
	    [LG_RETAINED] = {1, 1, 0},
	    [LG_SINK] = {10, 0, 1000},
	};
	static const unsigned windows[] = {1000, 100, 20};
	enum lg_scenario s = opt->scenario;
	if (opt->publishers == UNSET || s == LG_IDLE || s == LG_FANOUT) {
		opt->publishers = counts[s].publishers;
	}
	if (opt->subscribers == UNSET || s == LG_FANIN || s == LG_RETAINED || s == LG_SINK) {
		opt->subscribers = counts[s].subscribers;
	}
	if (s == LG_PAIRS) {
		opt->subscribers = opt->publishers + opt->idle;
	}
	if (opt->window == UNSET) {
		opt->window = opt->rate ? 1000 : windows[opt->qos];
	}
	if (opt->backlog == UNSET || (opt->qos == 0 && opt->backlog == 0)) {
		opt->backlog = opt->qos ? 0 : counts[s].backlog;
	}
	if (s == LG_SINK && opt->qos) {
		opt->backlog = 0; /* acknowledgements are all there is */
	}
	unsigned smaller = opt->qos == 0                                ? opt->backlog
	                   : opt->backlog && opt->backlog < opt->window ? opt->backlog
	                                                                : opt->window;
	if (opt->batch == UNSET) {
		opt->batch = smaller / 4;
	}
	if (opt->batch > smaller) {
		opt->batch = smaller;
	}
	if (opt->batch == 0) {
		opt->batch = 1;
	}
	if (s == LG_RETAINED && !opt->messages) {
		opt->messages = 100000;
	}
	if (opt->messages == 0 && opt->duration_s == 0) {
		opt->duration_s = 3;
	}
}

static int read_options(struct lg_options *opt, int argc, char **argv)
{
	*opt = (struct lg_options){.protocol = 4,
	    .payload = 64,
	    .filters = 100000,
	    .publishers = UNSET,
	    .subscribers = UNSET,
	    .window = UNSET,
	    .backlog = UNSET,
	    .batch = UNSET,
	    .timeout_s = 60,
	    .stall_s = 5,
	    .settle_s = 1,
	    .parallel = 64,
	    .cpu = -1,
	    .host = "127.0.0.1"};
	while (opt->scenario < LG_SCENARIOS && strcmp(argv[1], lg_scenario_name(opt->scenario)) != 0) {
		opt->scenario++;
	}
	if (opt->scenario == LG_SCENARIOS) {
		return wrong("no such scenario", argv[1]);
	}
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			opt->json = true;
		} else if (strcmp(argv[i], "--allow-dollar") == 0) {
			opt->allow_dollar = true;
		} else if (i + 1 >= argc || !set_option(opt, argv[i], argv[i + 1])) {
			return wrong("not understood, out of range or not loopback", argv[i]);
		} else {
			i++;
		}
	}
	set_defaults(opt);
	if (opt->port == 0) {
		return wrong("missing", "--port");
	}
	if (opt->scenario == LG_SINK && opt->rate) {
		return wrong("sink is a closed loop, it takes no", "--rate");
	}
	if (opt->scenario == LG_WILDCARD && opt->subscribers < 10) {
		return wrong("wildcard needs at least 10", "--subscribers");
	}
	if ((uint64_t)opt->publishers * opt->subscribers > 10000000 && opt->scenario != LG_PAIRS) {
		return wrong("more than 10,000,000 pairs", "--publishers x --subscribers");
	}
	if (opt->duration_s + opt->warmup_s + 1 > opt->timeout_s) {
		opt->timeout_s = opt->duration_s + opt->warmup_s + 30;
	}
	return 0;
}

/* ---- report ---- */

static const char *end_name(enum lg_end end)
{
	static const char *const names[] = {"done", "timeout", "stalled", "failed"};
	return names[end];
}

struct report {
	bool good;
	uint64_t lost;
	double per_s, cpu_s, cpu_per_million;
	double p50_us, p99_us, p999_us, max_us;
};

static void judge(const struct lg *lg, const struct lg_result *result, struct report *report)
{
	const struct lg_tally *t = &lg->tally;
	report->lost = lg->expected - lg->delivered;
	report->good = result->end == LG_DONE && !report->lost && !t->duplicated && !t->disordered && !t->stale &&
	               !t->foreign && !t->corrupt && !lg->refused && !lg->protocol_errors && !lg->lost_connections &&
	               !lg->visits_failed;
	report->per_s = result->elapsed_s > 0 ? (double)result->delivered / result->elapsed_s : 0;
	report->cpu_s = result->cpu_user_s + result->cpu_sys_s;
	report->cpu_per_million = result->delivered ? report->cpu_s * 1e6 / (double)result->delivered : 0;
	report->p50_us = (double)lg_hist_at(&lg->latency, 0.5) / 1e3;
	report->p99_us = (double)lg_hist_at(&lg->latency, 0.99) / 1e3;
	report->p999_us = (double)lg_hist_at(&lg->latency, 0.999) / 1e3;
	report->max_us = (double)lg->latency.max / 1e3;
}

static void print_json(const struct lg *lg, const struct lg_result *result, const struct report *report)
{
	const struct lg_options *opt = &lg->opt;
	const struct lg_tally *t = &lg->tally;
	printf("{\"scenario\":\"%s\",\"qos\":%u,\"protocol\":%u,\"publishers\":%u,\"subscribers\":%u,\"filters\":%u,"
	       "\"payload\":%u,\"window\":%u,\"backlog\":%u,\"batch\":%u,\"rate\":%u,",
	    lg_scenario_name(opt->scenario), opt->qos, opt->protocol, opt->publishers, opt->subscribers,
	    opt->scenario == LG_WILDCARD ? opt->filters : 0, opt->payload, lg->window, lg->backlog, lg->batch, opt->rate);
	printf("\"end\":\"%s\",\"ok\":%s,\"sent\":%llu,\"expected\":%llu,\"delivered\":%llu,\"lost\":%llu,"
	       "\"duplicated\":%llu,\"disordered\":%llu,\"stale\":%llu,\"foreign\":%llu,\"corrupt\":%llu,\"dollar\":%llu,",
	    end_name(result->end), report->good ? "true" : "false", (unsigned long long)lg->sent,
	    (unsigned long long)lg->expected, (unsigned long long)lg->delivered, (unsigned long long)report->lost,
	    (unsigned long long)t->duplicated, (unsigned long long)t->disordered, (unsigned long long)t->stale,
	    (unsigned long long)t->foreign, (unsigned long long)t->corrupt, (unsigned long long)t->dollar);
	printf("\"refused\":%llu,\"protocol_errors\":%llu,\"lost_connections\":%llu,\"visits\":%llu,"
	       "\"visits_failed\":%llu,",
	    (unsigned long long)lg->refused, (unsigned long long)lg->protocol_errors,
	    (unsigned long long)lg->lost_connections, (unsigned long long)lg->visits,
	    (unsigned long long)lg->visits_failed);
	printf("\"measured\":%llu,\"elapsed_s\":%.6f,\"sent_per_s\":%.1f,\"per_s\":%.1f,\"deliver_s\":%.6f,"
	       "\"deliver_per_s\":%.1f,\"item_bytes\":%.1f,",
	    (unsigned long long)result->delivered, result->elapsed_s,
	    result->elapsed_s > 0 ? (double)result->sent / result->elapsed_s : 0, report->per_s, result->deliver_s,
	    result->deliver_s > 0 ? (double)lg->delivered / result->deliver_s : 0, result->item_bytes);
	printf("\"cpu_s\":%.3f,\"cpu_user_s\":%.3f,\"cpu_sys_s\":%.3f,\"cpu_per_million\":%.4f,\"own_cpu_s\":%.3f,"
	       "\"processes\":%u,\"rss_before\":%llu,\"rss_after\":%llu,\"rss_peak\":%llu,",
	    report->cpu_s, result->cpu_user_s, result->cpu_sys_s, report->cpu_per_million, result->own_cpu_s,
	    result->after.processes, (unsigned long long)result->before.rss_bytes,
	    (unsigned long long)result->after.rss_bytes, (unsigned long long)result->after.peak_bytes);
	printf("\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,\"max_us\":%.1f}\n", report->p50_us, report->p99_us,
	    report->p999_us, report->max_us);
}

static void print_line(const struct lg *lg, const struct lg_result *result, const struct report *report)
{
	const struct lg_options *opt = &lg->opt;
	const struct lg_tally *t = &lg->tally;
	printf("%s QoS %u, %s, %u -> %u, %u bytes: ", lg_scenario_name(opt->scenario), opt->qos,
	    opt->protocol == 5 ? "5.0" : "3.1.1", lg->pub_count, lg->sub_count, opt->payload);
	if (opt->scenario == LG_RETAINED) {
		printf("stored %.0f/s, delivered %.0f/s, %.0f bytes each", (double)lg->sent / result->elapsed_s,
		    result->deliver_s > 0 ? (double)lg->delivered / result->deliver_s : 0, result->item_bytes);
	} else if (opt->scenario == LG_IDLE) {
		printf("%.0f connections/s, %.0f bytes each", report->per_s, result->item_bytes);
	} else {
		printf("%.0f/s in %.2f s", report->per_s, result->elapsed_s);
	}
	if (opt->pid_count) {
		printf(" | CPU %.3f s/million (user %.2f s, sys %.2f s), RSS %.1f MB", report->cpu_per_million,
		    result->cpu_user_s, result->cpu_sys_s, (double)result->after.rss_bytes / 1e6);
	}
	printf(" | p50 %.0f p99 %.0f p99.9 %.0f max %.0f us | own CPU %.0f %%", report->p50_us, report->p99_us,
	    report->p999_us, report->max_us, result->elapsed_s > 0 ? 100 * result->own_cpu_s / result->elapsed_s : 0);
	printf(" | lost %llu duplicated %llu disordered %llu", (unsigned long long)report->lost,
	    (unsigned long long)t->duplicated, (unsigned long long)t->disordered);
	if (!report->good) {
		printf(" | NOT GOOD: %s, stale %llu, foreign %llu, corrupt %llu, refused %llu, protocol errors %llu, "
		       "failed connections %llu",
		    end_name(result->end), (unsigned long long)t->stale, (unsigned long long)t->foreign,
		    (unsigned long long)t->corrupt, (unsigned long long)lg->refused, (unsigned long long)lg->protocol_errors,
		    (unsigned long long)(lg->lost_connections + lg->visits_failed));
	}
	printf("\n");
}

static void pin(int cpu)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof set, &set) != 0) {
		perror("loadgen: --cpu");
	}
}

int main(int argc, char **argv)
{
	struct lg_result result;
	struct report report;
	struct rlimit files;
	if (argc < 2 || strcmp(argv[1], "--help") == 0) {
		fputs(usage_text, argc < 2 ? stderr : stdout);
		return argc < 2 ? 2 : 0;
	}
	if (strcmp(argv[1], "--self-test") == 0) {
		return lg_self_test();
	}
	struct lg *lg = lg_alloc(1, sizeof *lg);
	int error = read_options(&lg->opt, argc, argv);
	if (error) {
		free(lg);
		return error;
	}
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	if (lg->opt.cpu >= 0) {
		pin(lg->opt.cpu);
	}
	if (!lg_net_init(lg)) {
		perror("loadgen");
		return 3;
	}
	lg_run(lg, &result);
	judge(lg, &result, &report);
	if (lg->opt.json) {
		print_json(lg, &result, &report);
	} else {
		print_line(lg, &result, &report);
	}
	if (lg->odd_packet[0]) {
		fprintf(stderr, "loadgen: unexpected packet from the broker: %s\n", lg->odd_packet);
	}
	if (lg->error[0]) {
		fprintf(stderr, "loadgen: %s\n", lg->error);
	}
	bool never_ran = result.end == LG_FAILED && lg->sent == 0 && lg->visits == 0;
	lg_net_clear(lg);
	lg_run_clear(lg);
	free(lg);
	return report.good ? 0 : never_ran ? 3 : 1;
}
