/* SPDX-License-Identifier: MIT
 *
 * benchmarks/instructions/publish.c - rows of messages on their way: one or many receivers, all QoS, hooks, retained.
 * Payloads are 64 bytes. Counted is a steady state: a round is run first that fills caches and pools.
 */
#include "rows.h"

#include <stdio.h>

#define PUBLISHER 0
#define FIRST     1 /* subscriber; the others follow */

/* How a row differs from "one QoS 0 publisher, one subscriber, 3.1.1, a hundred messages in one read". */
typedef struct flow {
	const char *name;
	int level, qos;  /* 0: 4 */
	int subscribers; /* 0: 1 */
	int batch;       /* messages in one read; 0: 100 */
	int rounds;      /* counted; 0: 10 */
	const char *topic;
	const char *props;  /* words added to PUBLISH */
	const char *filter; /* NULL: the topic */
	void (*change)(mqs_broker_options *options, mqs_ports *ports);
	void (*decide)(void); /* what hooks owe, after each read */
	bool unheard;         /* nobody gets it */
} flow;

static void publish_round(const flow *f, int batch)
{
	for (int i = 0; i < batch; i++) {
		if (f->qos) {
			home_add(PUBLISHER, "PUBLISH q=%d id=%d t=%s p=#64 %s", f->qos, i + 1, f->topic, f->props ? f->props : "");
		} else {
			home_add(PUBLISHER, "PUBLISH q=0 t=%s p=#64 %s", f->topic, f->props ? f->props : "");
		}
	}
	home_say(PUBLISHER);
	if (f->decide) {
		f->decide();
	}
	home_settle();
}

static void run_flow(const flow *f)
{
	int batch = f->batch ? f->batch : 100, rounds = f->rounds ? f->rounds : 10;
	int subscribers = f->subscribers ? f->subscribers : 1, level = f->level ? f->level : 4;
	char words[128];
	home_start(f->change);
	for (int n = PUBLISHER; n < FIRST + subscribers; n++) {
		snprintf(words, sizeof(words), "CONNECT v%d clean ka=60 id=client-%04d", level, n);
		home_connect(n, words);
		if (n >= FIRST) {
			home_do(n, "SUBSCRIBE id=1 f=%s q=%d", f->filter ? f->filter : f->topic, f->qos);
		}
		/* With QoS 0 nobody has to answer; the first tells whether messages arrive. */
		home_clients[n].answers = f->qos || n == FIRST;
	}
	publish_round(f, batch);
	home_publishes = 0;
	home_measure();
	for (int i = 0; i < rounds; i++) {
		publish_round(f, batch);
	}
	int receivers = f->unheard ? 0 : f->qos ? subscribers : 1;
	home_expect(home_publishes == (uint64_t)(rounds * batch * receivers), "%s: %llu messages came", f->name,
	    (unsigned long long)home_publishes);
	home_measured(f->name, (uint64_t)(rounds * batch * subscribers));
	home_stop();
}

/* ---- hooks ---------------------------------------------------------------------------------------------------- */

#define TICKETS 256

static uint64_t tickets[TICKETS];
static int ticket_count;

static mqs_verdict say_allow(void *ctx, mqs_event *event)
{
	(void)ctx, (void)event;
	return MQS_ALLOW;
}

static mqs_verdict say_later(void *ctx, mqs_event *event)
{
	(void)ctx;
	tickets[ticket_count++ % TICKETS] = event->ticket;
	return MQS_DECIDE_LATER;
}

static void nothing_lost(void *ctx, uint64_t ticket, uint8_t reason)
{
	(void)ctx, (void)reason;
	home_expect(false, "ticket %llu was cancelled", (unsigned long long)ticket);
}

static void hook_allows(mqs_broker_options *options, mqs_ports *ports)
{
	(void)options;
	ports->hooks = (mqs_hooks){.wants = {1u << MQS_EVENT_PUBLISH}, .decide = say_allow, .cancel = nothing_lost};
}

static void hook_waits(mqs_broker_options *options, mqs_ports *ports)
{
	(void)options;
	ports->hooks = (mqs_hooks){.wants = {1u << MQS_EVENT_PUBLISH}, .decide = say_later, .cancel = nothing_lost};
	ticket_count = 0;
}

/* Hooks for everything but what a message meets. */
static void hook_elsewhere(mqs_broker_options *options, mqs_ports *ports)
{
	(void)options;
	uint32_t others = ~(1u << MQS_EVENT_PUBLISH | 1u << MQS_EVENT_DELIVER);
	ports->hooks = (mqs_hooks){.wants = {others, others}, .decide = say_allow, .cancel = nothing_lost};
}

static void hook_delivers(mqs_broker_options *options, mqs_ports *ports)
{
	(void)options;
	ports->hooks = (mqs_hooks){.wants = {1u << MQS_EVENT_DELIVER}, .decide = say_allow, .cancel = nothing_lost};
}

/* One decision after the other, each of which makes the next be asked. */
static void resolve(void)
{
	for (int i = 0; i < ticket_count; i++) {
		home_expect(ticket_count < TICKETS, "too many tickets");
		COUNTED(mqs_broker_resolve(home_broker, tickets[i], MQS_ALLOW, home_now_ms));
	}
	ticket_count = 0;
}

static const flow flows[] = {
    {.name = "publish/qos0-1-to-1", .topic = "site/hall-7/device-0042"},
    {.name = "publish/qos0-1-to-1-one-per-read", .topic = "site/hall-7/device-0042", .batch = 1, .rounds = 500},
    {.name = "publish/qos0-1-to-1-5.0", .topic = "site/hall-7/device-0042", .level = 5},
    {.name = "publish/qos0-1-to-1-5.0-props",
        .topic = "site/hall-7/device-0042",
        .level = 5,
        .props = "exp=3600 ct=text/plain up=unit:celsius"},
    {.name = "publish/qos1-1-to-1", .topic = "site/hall-7/device-0042", .qos = 1},
    {.name = "publish/qos1-1-to-1-5.0", .topic = "site/hall-7/device-0042", .qos = 1, .level = 5},
    {.name = "publish/qos2-1-to-1", .topic = "site/hall-7/device-0042", .qos = 2},
    {.name = "publish/qos0-1-to-100", .topic = "site/hall-7/device-0042", .subscribers = 100, .rounds = 2},
    {.name = "publish/qos1-1-to-100", .topic = "site/hall-7/device-0042", .qos = 1, .subscribers = 100, .rounds = 2},
    {.name = "publish/qos0-nobody", .topic = "site/hall-7/device-0042", .filter = "site/hall-8/#", .unheard = true},
    {.name = "publish/hook-elsewhere", .topic = "site/hall-7/device-0042", .change = hook_elsewhere},
    {.name = "publish/hook-allows", .topic = "site/hall-7/device-0042", .change = hook_allows},
    {.name = "publish/hook-allows-qos1", .topic = "site/hall-7/device-0042", .qos = 1, .change = hook_allows},
    {.name = "publish/hook-waits", .topic = "site/hall-7/device-0042", .change = hook_waits, .decide = resolve},
    {.name = "publish/hook-delivers", .topic = "site/hall-7/device-0042", .change = hook_delivers},
};

/* ---- other shapes ---------------------------------------------------------------------------------------------- */

/* A hundred publishers, each with a subscriber and a topic of its own: one message in each read. */
static void run_pairs(int qos)
{
	char words[128];
	home_start(NULL);
	for (int n = 0; n < 200; n++) {
		snprintf(words, sizeof(words), "CONNECT v4 clean ka=60 id=client-%04d", n);
		home_connect(n, words);
		if (n >= 100) {
			home_do(n, "SUBSCRIBE id=1 f=pair/%03d q=%d", n - 100, qos);
		}
		home_clients[n].answers = qos || n >= 100;
	}
	for (int round = 0; round < 11; round++) {
		if (round == 1) {
			home_publishes = 0;
			home_measure();
		}
		for (int n = 0; n < 100; n++) {
			home_add(n, qos ? "PUBLISH q=1 t=pair/%03d id=1 p=#64" : "PUBLISH q=0 t=pair/%03d p=#64", n);
			home_say(n);
		}
		home_settle();
	}
	home_expect(home_publishes == 1000, "pairs: %llu messages came", (unsigned long long)home_publishes);
	home_measured(qos ? "publish/qos1-100-pairs" : "publish/qos0-100-pairs", 1000);
	home_stop();
}

/* Payloads that are shared by reference. */
static void run_large(void)
{
	home_start(NULL);
	home_connect(PUBLISHER, "CONNECT v4 clean ka=60 id=publisher");
	for (int n = 1; n <= 10; n++) {
		char words[128];
		snprintf(words, sizeof(words), "CONNECT v4 clean ka=60 id=client-%04d", n);
		home_connect(n, words);
		home_do(n, "SUBSCRIBE id=1 f=large q=0");
	}
	home_clients[1].answers = true;
	for (int round = 0; round < 11; round++) {
		if (round == 1) {
			home_publishes = 0;
			home_measure();
		}
		for (int i = 0; i < 10; i++) {
			home_add(PUBLISHER, "PUBLISH q=0 t=large p=#4096");
		}
		home_say(PUBLISHER);
		home_settle();
	}
	home_expect(home_publishes == 100, "large: %llu messages came", (unsigned long long)home_publishes);
	home_measured("publish/qos0-1-to-10-4k", 1000);
	home_stop();
}

void rows_publish(void)
{
	for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++) {
		run_flow(&flows[i]);
	}
	run_pairs(0);
	run_pairs(1);
	run_large();
}
