/* SPDX-License-Identifier: MIT
 *
 * benchmarks/loadgen_plan.c - the topics and filters of every scenario, and who must receive what.
 * Computed, not stored, so that any received message can be checked against what was meant. Owns: the filter lists.
 */
#include "loadgen.h"

#include <stdio.h>
#include <string.h>

#define PATTERNS 10 /* filters that match one wildcard topic, at most */

static const char *const names[LG_SCENARIOS] = {
    "fanin", "fanout", "pairs", "wildcard", "connect", "idle", "retained", "sink"};

const char *lg_scenario_name(enum lg_scenario scenario)
{
	return names[scenario];
}

static char *put_hex(char *to, uint32_t value, unsigned digits)
{
	for (unsigned i = digits; i > 0; i--) {
		*to++ = "0123456789abcdef"[value >> 4 * (i - 1) & 15];
	}
	return to;
}

static uint32_t group_of(const struct lg *lg, uint32_t publisher, uint32_t seq)
{
	return (uint32_t)(((uint64_t)seq * lg->stride + (uint64_t)publisher * 104729) % lg->groups);
}

static uint32_t matches_of(const struct lg *lg, uint32_t group)
{
	return group + 1 == lg->groups ? lg->last_group : 1 + group % PATTERNS;
}

const char *lg_topic_of(struct lg *lg, uint32_t publisher, uint32_t seq, uint32_t *len)
{
	char *to = lg->topic;
	switch (lg->opt.scenario) {
		case LG_WILDCARD: {
			uint32_t group = group_of(lg, publisher, seq);
			memcpy(to, "b/d", 3);
			to = put_hex(to + 3, group % 97, 2);
			memcpy(to, "/k", 2);
			to = put_hex(to + 2, group, 8);
			memcpy(to, "/v/e", 4);
			*len = (uint32_t)(to + 4 - lg->topic);
			return lg->topic;
		}
		case LG_IDLE:
			memcpy(to, "b/i/", 4);
			*len = (uint32_t)(put_hex(to + 4, seq * lg->stride, 8) - lg->topic);
			return lg->topic;
		case LG_RETAINED:
			memcpy(to, "b/r/", 4);
			*len = (uint32_t)(put_hex(to + 4, seq * lg->pub_count + publisher, 8) - lg->topic);
			return lg->topic;
		default: *len = lg->pubs[publisher].topic_len; return lg->pubs[publisher].topic;
	}
}

/* Ten different filters, all of which match the topic of their group and of no other. */
static const char *const patterns[PATTERNS] = {"b/+/k%08x/v/e", "b/+/k%08x/+/e", "b/+/k%08x/v/+", "b/+/k%08x/#",
    "b/+/k%08x/+/+", "b/+/k%08x/v/#", "b/+/k%08x/+/#", "b/+/k%08x/v/e/#", "b/+/k%08x/+/e/#", "b/+/k%08x/+/+/#"};

uint32_t lg_filter(struct lg *lg, struct lg_conn *conn, uint32_t n, char text[LG_TOPIC_MAX])
{
	if (lg->opt.scenario == LG_WILDCARD) {
		const struct lg_subscriber *sub = &lg->subs[conn->index];
		if (n >= sub->filter_count) {
			return 0;
		}
		/* the format is one of the ten above */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		return (uint32_t)snprintf(text, LG_TOPIC_MAX, patterns[sub->filters[n] & 15], sub->filters[n] >> 4);
#pragma GCC diagnostic pop
	}
	if (n > 0) {
		return 0;
	}
	switch (lg->opt.scenario) {
		case LG_FANIN: return (uint32_t)snprintf(text, LG_TOPIC_MAX, "b/in");
		case LG_FANOUT: return (uint32_t)snprintf(text, LG_TOPIC_MAX, "b/out");
		case LG_PAIRS: return (uint32_t)snprintf(text, LG_TOPIC_MAX, "b/p/%08x", conn->index);
		case LG_IDLE: return (uint32_t)snprintf(text, LG_TOPIC_MAX, "b/i/%08x", conn->index);
		default: return (uint32_t)snprintf(text, LG_TOPIC_MAX, "#");
	}
}

bool lg_plan_is_for(const struct lg *lg, uint32_t subscriber, uint32_t publisher, uint32_t seq)
{
	uint32_t group;
	switch (lg->opt.scenario) {
		case LG_PAIRS: return subscriber == publisher;
		case LG_IDLE: return subscriber == seq * lg->stride;
		case LG_WILDCARD:
			group = group_of(lg, publisher, seq);
			return (subscriber + lg->sub_count - group % lg->sub_count) % lg->sub_count < matches_of(lg, group);
		default: return true;
	}
}

uint32_t lg_plan_receivers(const struct lg *lg, uint32_t publisher, uint32_t seq)
{
	switch (lg->opt.scenario) {
		case LG_FANOUT: return lg->sub_count;
		case LG_WILDCARD: return matches_of(lg, group_of(lg, publisher, seq));
		case LG_RETAINED: return 0; /* nobody listens while they are stored */
		case LG_SINK: return 0;     /* nobody listens at all */
		default: return 1;
	}
}

void lg_plan_filters(struct lg *lg)
{
	uint32_t left = lg->opt.filters;
	for (uint32_t group = 0; left > 0; group++) {
		uint32_t take = 1 + group % PATTERNS < left ? 1 + group % PATTERNS : left;
		lg->groups = group + 1;
		lg->last_group = take;
		left -= take;
	}
	lg->stride = lg->groups % 7919 ? 7919 : 7927;
	for (int pass = 0; pass < 2; pass++) { /* count, then fill */
		for (uint32_t i = 0; pass == 1 && i < lg->sub_count; i++) {
			lg->subs[i].filters = lg_alloc(lg->subs[i].filter_count + 1, sizeof(uint32_t));
			lg->subs[i].filter_count = 0;
		}
		for (uint32_t group = 0; group < lg->groups; group++) {
			for (uint32_t i = 0; i < matches_of(lg, group); i++) {
				struct lg_subscriber *sub = &lg->subs[(group + i) % lg->sub_count];
				if (pass == 1) {
					sub->filters[sub->filter_count] = group << 4 | i;
				}
				sub->filter_count++;
			}
		}
	}
}
