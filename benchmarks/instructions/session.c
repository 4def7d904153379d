/* SPDX-License-Identifier: MIT
 *
 * benchmarks/instructions/session.c - rows of clients that come, go, subscribe, and were away.
 */
#include "rows.h"

#include <stdio.h>

/* Connect, then DISCONNECT; with many others there. */
static void run_visits(const char *words, const char *name)
{
	char text[256];
	home_start(NULL);
	for (int n = 1; n <= 100; n++) {
		snprintf(text, sizeof(text), "CONNECT v4 clean ka=60 id=client-%04d", n);
		home_connect(n, text);
	}
	for (int i = 0; i < 200; i++) {
		if (i == 100) {
			home_measure();
		}
		snprintf(text, sizeof(text), "%s id=visitor-%04d", words, i % 10);
		home_connect(0, text);
		home_do(0, "DISCONNECT");
		home_expect(!home_clients[0].conn, "%s: is still there", name);
	}
	home_measured(name, 100);
	home_stop();
}

static void run_subscriptions(void)
{
	home_start(NULL);
	home_connect(0, "CONNECT v4 clean ka=60 id=client");
	for (int i = 0; i < 20; i++) {
		if (i == 10) {
			home_measure();
		}
		for (int k = 0; k < 10; k++) {
			home_do(0, "SUBSCRIBE id=1 f=site/hall-%d/+/temperature q=1", k);
		}
		for (int k = 0; k < 10; k++) {
			home_do(0, "UNSUBSCRIBE id=1 f=site/hall-%d/+/temperature", k);
		}
	}
	home_measured("session/subscribe-unsubscribe", 100);
	home_stop();
}

static void run_pings(void)
{
	home_start(NULL);
	home_connect(0, "CONNECT v4 clean ka=60 id=client");
	for (int i = 0; i < 200; i++) {
		if (i == 100) {
			home_measure();
		}
		home_do(0, "PINGREQ");
	}
	home_expect(home_clients[0].bytes == 4 + 200 * 2, "pings: no answer");
	home_measured("session/ping", 100);
	home_stop();
}

/* Messages for a client who is away, and then for the same when it comes back. */
static void run_absence(void)
{
	home_start(NULL);
	home_connect(0, "CONNECT v4 clean ka=60 id=publisher");
	home_connect(1, "CONNECT v4 ka=60 id=subscriber");
	home_do(1, "SUBSCRIBE id=1 f=news/# q=1");
	home_hang_up(1);
	home_measure();
	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < 100; i++) {
			home_add(0, "PUBLISH q=1 id=%d t=news/today p=#64", i + 1);
		}
		home_say(0);
		home_settle();
	}
	home_measured("session/queue", 500);
	home_clients[1].answers = true;
	home_measure();
	home_connect(1, "CONNECT v4 ka=60 id=subscriber");
	home_settle();
	home_expect(home_publishes == 500, "absence: %llu messages came", (unsigned long long)home_publishes);
	home_measured("session/resume", 500);
	home_stop();
}

void rows_session(void)
{
	run_visits("CONNECT v4 clean ka=60", "session/connect-3.1.1");
	run_visits("CONNECT v5 clean ka=60 sei=0 rm=100", "session/connect-5.0");
	run_subscriptions();
	run_pings();
	run_absence();
}
