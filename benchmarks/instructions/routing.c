/* SPDX-License-Identifier: MIT
 *
 * benchmarks/instructions/routing.c - rows of finding the receivers: many filters, new topics, groups, retained
 * messages.
 */
#include "rows.h"

#include <stdio.h>

#define SUBSCRIBERS 20 /* of run_filters, each has a part of the filters */

/* ---- many filters ---------------------------------------------------------------------------------------------- */

/* Ten that match the topic of their number and no other. */
static const char *const patterns[10] = {"b/+/k%06d/v/e", "b/+/k%06d/+/e", "b/+/k%06d/v/+", "b/+/k%06d/#",
    "b/+/k%06d/+/+", "b/+/k%06d/v/#", "b/+/k%06d/+/#", "b/+/k%06d/v/e/#", "b/+/k%06d/+/e/#", "b/+/k%06d/+/+/#"};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
/* Topic number n has 1 + n % 10 filters. Returns how many topics the filters are enough for. */
static int subscribe_all(int filters)
{
	char filter[64];
	int topic = 0, made = 0;
	for (; made < filters; topic++) {
		for (int i = 0; i <= topic % 10; i++, made++) {
			snprintf(filter, sizeof(filter), patterns[i], topic);
			home_add(1 + (topic + i) % SUBSCRIBERS, "SUBSCRIBE id=1 f=%s q=0", filter);
		}
	}
	for (int n = 1; n <= SUBSCRIBERS; n++) {
		home_say(n);
	}
	home_settle();
	return topic;
}
#pragma GCC diagnostic pop

static void many_allowed(mqs_broker_options *options, mqs_ports *ports)
{
	(void)ports;
	options->max_subscriptions = 1000000;
}

/* Messages to topics far apart, so that few of a hundred thousand are in the cache of matches. */
static void run_filters(int filters, const char *name)
{
	char words[128];
	home_start(many_allowed);
	for (int n = 0; n <= SUBSCRIBERS; n++) {
		snprintf(words, sizeof(words), "CONNECT v4 clean ka=60 id=client-%04d", n);
		home_connect(n, words);
	}
	int topics = subscribe_all(filters);
	uint64_t expected = 0;
	for (int n = 1; n <= SUBSCRIBERS; n++) {
		home_clients[n].answers = true;
	}
	home_publishes = 0;
	for (int i = 0; i < 1000; i++) {
		int topic = (int)((long)i * 7919 % topics);
		expected += (uint64_t)(1 + topic % 10);
		home_add(0, "PUBLISH q=0 t=b/d%02d/k%06d/v/e p=#64", topic % 97, topic);
		if (i % 100 == 99) {
			home_measure();
			home_say(0);
			home_settle();
			home_measured(i == 999 ? name : NULL, 1000);
		}
	}
	home_expect(home_publishes == expected, "%s: %llu messages came", name, (unsigned long long)home_publishes);
	home_stop();
}

/* Each message to a topic nobody has used yet. */
static void run_cold(void)
{
	home_start(NULL);
	home_connect(0, "CONNECT v4 clean ka=60 id=publisher");
	home_connect(1, "CONNECT v4 clean ka=60 id=subscriber");
	home_do(1, "SUBSCRIBE id=1 f=site/+/temperature q=0 f=site/# q=0 f=+/+/alarm q=0");
	home_clients[1].answers = true;
	for (int round = 0; round < 20; round++) {
		if (round == 10) {
			home_publishes = 0;
			home_measure();
		}
		for (int i = 0; i < 100; i++) {
			home_add(0, "PUBLISH q=0 t=site/device-%05d/temperature p=#64", round * 100 + i);
		}
		home_say(0);
		home_settle();
	}
	home_expect(home_publishes == 1000, "cold: %llu messages came", (unsigned long long)home_publishes);
	home_measured("routing/cold-topic", 1000);
	home_stop();
}

static void run_group(void)
{
	home_start(NULL);
	home_connect(0, "CONNECT v4 clean ka=60 id=publisher");
	for (int n = 1; n <= 10; n++) {
		char words[128];
		snprintf(words, sizeof(words), "CONNECT v4 clean ka=60 id=client-%04d", n);
		home_connect(n, words);
		home_do(n, "SUBSCRIBE id=1 f=$share/group/work/# q=0");
		home_clients[n].answers = true;
	}
	for (int round = 0; round < 11; round++) {
		if (round == 1) {
			home_publishes = 0;
			home_measure();
		}
		for (int i = 0; i < 100; i++) {
			home_add(0, "PUBLISH q=0 t=work/item p=#64");
		}
		home_say(0);
		home_settle();
	}
	home_expect(home_publishes == 1000, "group: %llu messages came", (unsigned long long)home_publishes);
	home_measured("routing/shared-group", 1000);
	home_stop();
}

/* ---- retained messages ------------------------------------------------------------------------------------------ */

static void run_retained(void)
{
	home_start(NULL);
	home_connect(0, "CONNECT v4 clean ka=60 id=publisher");
	for (int round = 0; round < 2; round++) { /* the same topics again in the second */
		home_measure();
		for (int i = 0; i < 1000; i++) {
			home_add(0, "PUBLISH q=0 r t=state/hall-%02d/device-%04d p=#64", i % 10, i);
			if (i % 100 == 99) {
				home_say(0);
				home_settle();
			}
		}
		home_measured(round ? "retained/replace" : "retained/store", 1000);
	}
	home_connect(1, "CONNECT v4 clean ka=60 id=subscriber");
	home_clients[1].answers = true;
	home_measure();
	home_do(1, "SUBSCRIBE id=1 f=state/# q=0");
	home_expect(home_publishes == 1000, "retained: %llu messages came", (unsigned long long)home_publishes);
	home_measured("retained/deliver", 1000);
	home_stop();
}

void rows_routing(void)
{
	run_filters(100, "routing/100-filters");
	run_filters(100000, "routing/100000-filters");
	run_cold();
	run_group();
	run_retained();
}
