/* SPDX-License-Identifier: MIT
 *
 * benchmarks/loadgen_run.c - the scenarios: who connects, who sends what and when, what everybody must receive.
 * Owns: publishers, subscribers and the pairs between them.
 *
 * Closed loop: a publisher sends while it has room in its windows (room_of), so the broker sets the pace.
 * Open loop: message k is due at begin + k / rate whatever the broker does; its latency counts from that moment, also
 * when it had to wait for a window or for the socket.
 */
#define _GNU_SOURCE
#include "loadgen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>

#define PROBES    100 /* idle: connections that must receive a message at the end */
#define LINGER_MS 100 /* after the last expected message: what comes now is one too many */

static double own_cpu(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void usage_of_broker(struct lg *lg, struct lg_usage *usage)
{
	if (!lg_usage_read(lg->opt.pids, lg->opt.pid_count, usage)) {
		lg_fail(lg, "the process given with --pid is gone");
	}
}

static void take_moment(struct lg *lg, struct lg_moment *moment)
{
	usage_of_broker(lg, &moment->usage);
	moment->own_cpu_s = own_cpu();
	moment->delivered = lg->delivered;
	moment->sent = lg->sent;
	moment->ns = lg->now = lg_now();
}

/* ---- sending ---- */

/* Nobody receives and nothing is acknowledged: after each batch a PINGREQ asks how far the broker has come. */
static bool by_ping(const struct lg *lg)
{
	return lg->opt.scenario == LG_SINK && lg->opt.qos == 0;
}

/* How many messages a publisher may send now. QoS 1 and 2: `window` not yet acknowledged. `backlog`: that many not yet
 * delivered to everybody; always on with QoS 0 in a closed loop, so that no broker has a reason to drop. Nothing is
 * sent before there is room for `batch` messages, as a publisher that is faster than its broker would do by itself. */
static uint32_t room_of(const struct lg *lg, const struct lg_publisher *pub)
{
	uint32_t room = pub->limit - pub->next, least = lg->batch < room ? lg->batch : room;
	if (lg->opt.qos && pub->free_count < room) {
		room = pub->free_count;
	}
	if ((pub->pending || by_ping(lg)) && lg->backlog - (pub->next - pub->oldest) < room) {
		room = lg->backlog - (pub->next - pub->oldest);
	}
	return room < least ? 0 : room;
}

static uint64_t due_at(const struct lg *lg, uint64_t index)
{
	return lg->begin_ns + index / lg->opt.rate * 1000000000u + index % lg->opt.rate * 1000000000u / lg->opt.rate;
}

bool lg_pump(struct lg *lg, struct lg_publisher *pub)
{
	struct lg_conn *conn = pub->conn;
	uint64_t stamp = lg->now;
	if (conn->state != LG_READY || lg->stopped) {
		return false;
	}
	for (uint32_t room = room_of(lg, pub); room > 0; room--) {
		if (conn->out_len - conn->out_off >= LG_OUT_HIGH) {
			return true;
		}
		if (lg->opt.rate && (stamp = due_at(lg, (uint64_t)pub->next * lg->pub_count + conn->index)) > lg->now) {
			return false;
		}
		uint16_t id = 0;
		if (lg->opt.qos) {
			id = pub->free_ids[pub->free_head];
			pub->free_head = pub->free_head + 1 == lg->window ? 0 : pub->free_head + 1;
			pub->free_count--;
			pub->id_state[id] = 1;
			lg->in_flight++;
		}
		uint32_t receivers = lg_plan_receivers(lg, conn->index, pub->next);
		lg_put_publish(lg, pub, id, stamp);
		if (pub->pending) {
			pub->pending[pub->next & pub->pending_mask] = receivers;
		}
		lg->expected += receivers;
		lg->sent++;
		pub->next++;
		if (by_ping(lg) && pub->next % lg->batch == 0) {
			lg->expected += lg->batch;
			lg_put_ping(conn);
		} else if (lg->opt.scenario == LG_SINK && lg->opt.qos) {
			lg->expected++;
		}
		if (lg->retain && lg->opt.qos == 0 && pub->next == pub->limit) {
			lg_put_ping(conn); /* its answer says that everything before it was taken */
		}
	}
	return false;
}

void lg_on_done(struct lg *lg, struct lg_publisher *pub, uint16_t id)
{
	uint32_t tail = pub->free_head + pub->free_count;
	pub->free_ids[tail >= lg->window ? tail - lg->window : tail] = id;
	pub->free_count++;
	pub->id_state[id] = 0;
	lg->in_flight--;
	lg->delivered += lg->opt.scenario == LG_SINK;
	lg_mark(lg, pub->conn);
}

void lg_on_pong(struct lg *lg, struct lg_conn *conn)
{
	lg->pongs++;
	if (conn->role == LG_PUBLISHER && by_ping(lg)) {
		lg->pubs[conn->index].oldest += lg->batch;
		lg->delivered += lg->batch;
		lg_mark(lg, conn);
	}
}

void lg_on_timer(struct lg *lg)
{
	while (lg->due_index < lg->total && due_at(lg, lg->due_index) <= lg->now) {
		lg_mark(lg, lg->pubs[lg->due_index % lg->pub_count].conn);
		lg->due_index++;
	}
	if (lg->due_index < lg->total) {
		uint64_t at = due_at(lg, lg->due_index);
		struct itimerspec when = {
		    .it_value = {.tv_sec = (time_t)(at / 1000000000u), .tv_nsec = (long)(at % 1000000000u)}};
		timerfd_settime(lg->timer, TFD_TIMER_ABSTIME, &when, NULL);
	}
}

/* ---- receiving ---- */

/* Counted; of the first one it is told what it looks like. */
static void corrupt(struct lg *lg, const struct lg_message *message)
{
	if (lg->tally.corrupt++ == 0) {
		int len = message->topic_len < LG_TOPIC_MAX ? (int)message->topic_len : LG_TOPIC_MAX;
		snprintf(lg->odd_packet, sizeof lg->odd_packet, "PUBLISH QoS %u%s, %u bytes, to %.*s", message->qos,
		    message->retain ? " retained" : "", message->payload_len, len, (const char *)message->topic);
	}
}

void lg_on_message(struct lg *lg, struct lg_conn *conn, const struct lg_message *message)
{
	uint32_t who, seq, len;
	uint64_t stamp;
	if (lg->opt.allow_dollar && message->topic_len > 0 && message->topic[0] == '$') {
		lg->tally.dollar++;
		return;
	}
	if (message->payload_len != lg->opt.payload || message->qos != lg->opt.qos || message->retain != lg->retain) {
		corrupt(lg, message);
		return;
	}
	memcpy(&who, message->payload, 4);
	memcpy(&seq, message->payload + 4, 4);
	memcpy(&stamp, message->payload + 8, 8);
	if (who >= lg->pub_count || seq >= lg->pubs[who].next ||
	    memcmp(message->payload + LG_PAYLOAD_MIN, lg->filler, lg->opt.payload - LG_PAYLOAD_MIN) != 0) {
		corrupt(lg, message);
		return;
	}
	const char *topic = lg_topic_of(lg, who, seq, &len);
	if (!lg_plan_is_for(lg, conn->index, who, seq) || len != message->topic_len ||
	    memcmp(topic, message->topic, len) != 0) {
		lg->tally.foreign++;
		return;
	}
	struct lg_publisher *pub = &lg->pubs[who];
	uint32_t pair = lg->opt.scenario == LG_PAIRS ? who : conn->index * lg->pub_count + who;
	if (lg_pair_note(&lg->pairs[pair], seq, lg->ordered, &lg->tally) != LG_FRESH) {
		return;
	}
	lg->delivered++;
	lg_hist_add(&lg->latency, lg->now > stamp ? lg->now - stamp : 0);
	if (pub->pending && --pub->pending[seq & pub->pending_mask] == 0) {
		while (pub->oldest < pub->next && pub->pending[pub->oldest & pub->pending_mask] == 0) {
			pub->oldest++;
		}
		lg_mark(lg, pub->conn);
	}
}

void lg_on_connack(struct lg *lg, struct lg_conn *conn, uint32_t receive_maximum)
{
	if (receive_maximum < lg->window) {
		lg->window = receive_maximum;
	}
	if (conn->role == LG_VISITOR) {
		lg_hist_add(&lg->latency, lg->now - conn->started_ns);
		lg_put_disconnect(conn);
		conn->state = LG_BYE;
		lg_mark(lg, conn);
	}
}

static void visit(struct lg *lg, struct lg_conn *conn)
{
	if (!lg->stopped && lg->visits_started < lg->total) {
		lg->visits_started++;
		lg_conn_open(lg, conn);
	}
}

void lg_on_close(struct lg *lg, struct lg_conn *conn)
{
	if (conn->role != LG_VISITOR) {
		lg->lost_connections++;
		lg_fail(lg, "the broker closed a connection");
		return;
	}
	if (conn->state == LG_BYE) {
		lg->visits++;
	} else {
		lg->visits_failed++;
	}
	lg->progress++;
	conn->state = LG_CLOSED;
	visit(lg, conn);
}

/* ---- setting up ---- */

void lg_run_prepare(struct lg *lg)
{
	const struct lg_options *opt = &lg->opt;
	bool visitors = opt->scenario == LG_CONNECT;
	lg->pub_count = visitors ? 0 : opt->publishers;
	lg->sub_count = visitors ? 0 : opt->subscribers;
	lg->conn_count = visitors ? opt->parallel : lg->pub_count + lg->sub_count;
	lg->pubs = lg_alloc(lg->pub_count + 1, sizeof *lg->pubs);
	lg->subs = lg_alloc(lg->sub_count + 1, sizeof *lg->subs);
	lg->conns = lg_alloc(lg->conn_count, sizeof *lg->conns);
	lg->pair_count = opt->scenario == LG_PAIRS ? lg->pub_count : lg->pub_count * lg->sub_count;
	lg->pairs = lg_alloc(lg->pair_count + 1, sizeof *lg->pairs);
	lg->ordered = opt->scenario != LG_RETAINED;
	lg->retain = opt->scenario == LG_RETAINED;
	lg->window = opt->window;
	for (uint32_t i = 0; i < lg->conn_count; i++) { /* subscribers first */
		struct lg_conn *conn = &lg->conns[i];
		conn->fd = -1;
		conn->number = i;
		conn->role = visitors ? LG_VISITOR : i < lg->sub_count ? LG_SUBSCRIBER : LG_PUBLISHER;
		conn->index = conn->role == LG_PUBLISHER ? i - lg->sub_count : i;
		if (conn->role == LG_SUBSCRIBER) {
			lg->subs[conn->index].conn = conn;
		} else if (conn->role == LG_PUBLISHER) {
			struct lg_publisher *pub = &lg->pubs[conn->index];
			const char *fixed = opt->scenario == LG_FANIN ? "b/in" : "b/out";
			pub->conn = conn;
			pub->topic_len =
			    (uint32_t)(opt->scenario == LG_PAIRS ? snprintf(pub->topic, sizeof pub->topic, "b/p/%08x", conn->index)
			                                         : snprintf(pub->topic, sizeof pub->topic, "%s", fixed));
		}
	}
	if (opt->scenario == LG_WILDCARD) {
		lg_plan_filters(lg);
	}
	for (uint32_t i = 0; i < lg->pair_count; i++) {
		uint32_t bits = lg->retain ? (uint32_t)opt->messages : opt->scenario == LG_WILDCARD ? 65536 : 0;
		if (bits && !lg_pair_track(&lg->pairs[i], bits)) {
			abort();
		}
	}
}

/* After CONNACK, because a Receive Maximum may have made the window smaller. */
static void build_windows(struct lg *lg)
{
	uint32_t slots = 1;
	while (slots < lg->backlog) {
		slots *= 2;
	}
	for (uint32_t i = 0; i < lg->pub_count; i++) {
		struct lg_publisher *pub = &lg->pubs[i];
		pub->limit = lg->total == UINT64_MAX ? UINT32_MAX
		                                     : (uint32_t)(lg->total / lg->pub_count + (i < lg->total % lg->pub_count));
		if (lg->backlog) {
			pub->pending = lg_alloc(slots, sizeof *pub->pending);
			pub->pending_mask = slots - 1;
		}
		if (lg->opt.qos) {
			pub->free_ids = lg_alloc(lg->window, sizeof *pub->free_ids);
			pub->id_state = lg_alloc(lg->window + 1, 1);
			pub->free_count = lg->window;
			for (uint32_t k = 0; k < lg->window; k++) {
				pub->free_ids[k] = (uint16_t)(k + 1);
			}
		}
	}
}

/* ---- running ---- */

static bool all_ready(struct lg *lg)
{
	return lg->open_next >= lg->open_end && lg->opening == 0;
}

static bool time_is_over(struct lg *lg)
{
	return lg->now >= lg->until_ns;
}

static bool all_delivered(struct lg *lg)
{
	return lg->delivered >= lg->expected;
}

static bool load_done(struct lg *lg)
{
	if (lg->warm_ns && lg->now >= lg->warm_ns) {
		lg->warm_ns = 0;
		memset(&lg->latency, 0, sizeof lg->latency);
		take_moment(lg, &lg->from);
	}
	if (lg->stop_ns && lg->now >= lg->stop_ns) {
		lg->stopped = true;
	}
	bool sent = lg->stopped || lg->sent >= lg->total;
	if (lg->retain && lg->opt.qos == 0 && lg->pongs < lg->pub_count) {
		return false;
	}
	return sent && lg->in_flight == 0 && all_delivered(lg);
}

static bool visits_done(struct lg *lg)
{
	if (lg->stop_ns && lg->now >= lg->stop_ns) {
		lg->stopped = true;
	}
	uint64_t over = lg->visits + lg->visits_failed;
	return over == lg->visits_started && (lg->stopped || lg->visits_started >= lg->total);
}

static uint64_t deadline(const struct lg *lg)
{
	return lg_now() + (uint64_t)(lg->opt.timeout_s * 1e9);
}

static enum lg_end wait_for(struct lg *lg, double seconds)
{
	lg->linger = true;
	lg->until_ns = lg_now() + (uint64_t)(seconds * 1e9);
	enum lg_end end = lg_loop(lg, time_is_over, deadline(lg));
	lg->linger = false;
	return end;
}

static enum lg_end open_all(struct lg *lg, uint32_t first, uint32_t count)
{
	lg_open_range(lg, first, count);
	return lg_loop(lg, all_ready, deadline(lg));
}

static void finish(struct lg *lg, struct lg_result *result)
{
	struct lg_moment to;
	take_moment(lg, &to);
	result->elapsed_s = (double)(to.ns - lg->from.ns) / 1e9;
	result->delivered = to.delivered - lg->from.delivered;
	result->sent = to.sent - lg->from.sent;
	result->own_cpu_s = to.own_cpu_s - lg->from.own_cpu_s;
	result->before = lg->from.usage;
	result->after = to.usage;
	result->cpu_user_s = to.usage.user_s - lg->from.usage.user_s;
	result->cpu_sys_s = to.usage.sys_s - lg->from.usage.sys_s;
}

/* Send until `total` or until the time is over, and wait for all that must come back. */
static enum lg_end run_load(struct lg *lg, double seconds)
{
	build_windows(lg);
	take_moment(lg, &lg->from);
	lg->begin_ns = lg->now;
	lg->warm_ns = lg->opt.warmup_s > 0 ? lg->now + (uint64_t)(lg->opt.warmup_s * 1e9) : 0;
	lg->stop_ns = seconds > 0 ? lg->now + (uint64_t)((seconds + lg->opt.warmup_s) * 1e9) : 0;
	lg->in_load = true;
	if (lg->opt.rate) {
		lg_on_timer(lg);
	} else {
		for (uint32_t i = 0; i < lg->pub_count; i++) {
			lg_mark(lg, lg->pubs[i].conn);
		}
	}
	return lg_loop(lg, load_done, deadline(lg));
}

static void run_messages(struct lg *lg, struct lg_result *result)
{
	const struct lg_options *opt = &lg->opt;
	double seconds = opt->duration_s;
	result->end = open_all(lg, 0, lg->sub_count);
	if (result->end == LG_DONE) {
		result->end = open_all(lg, lg->sub_count, lg->pub_count);
	}
	if (result->end != LG_DONE) {
		return;
	}
	lg->backlog = opt->rate ? 0 : opt->backlog;
	lg->batch = opt->rate ? 1 : opt->batch;
	lg->total = opt->messages ? opt->messages : UINT64_MAX;
	if (opt->rate) {
		double wanted = opt->rate * (opt->duration_s + opt->warmup_s);
		lg->total = opt->messages ? opt->messages : (uint64_t)wanted;
		seconds = 0;
	}
	if (opt->scenario == LG_SINK && opt->messages) { /* whole batches only: the rest would never be asked about */
		uint64_t round = (uint64_t)lg->batch * lg->pub_count;
		lg->total = lg->total < round ? round : lg->total - lg->total % round;
	}
	if (opt->qos && lg->batch > lg->window) {
		lg->batch = lg->window;
	}
	result->end = run_load(lg, seconds);
	finish(lg, result);
	if (result->end == LG_DONE) {
		result->end = wait_for(lg, LINGER_MS / 1e3);
	}
}

static void run_connect(struct lg *lg, struct lg_result *result)
{
	lg->total = lg->opt.messages ? lg->opt.messages : UINT64_MAX;
	take_moment(lg, &lg->from);
	lg->stop_ns = lg->opt.duration_s > 0 ? lg->now + (uint64_t)(lg->opt.duration_s * 1e9) : 0;
	for (uint32_t i = 0; i < lg->conn_count; i++) {
		visit(lg, &lg->conns[i]);
	}
	result->end = lg_loop(lg, visits_done, deadline(lg));
	finish(lg, result);
	result->delivered = result->sent = lg->visits;
}

static void run_idle(struct lg *lg, struct lg_result *result)
{
	take_moment(lg, &lg->from);
	result->end = open_all(lg, 0, lg->sub_count);
	finish(lg, result);
	result->delivered = result->sent = lg->ready;
	if (result->end != LG_DONE || (result->end = wait_for(lg, lg->opt.settle_s)) != LG_DONE) {
		return;
	}
	usage_of_broker(lg, &result->after);
	result->item_bytes = ((double)result->after.rss_bytes - (double)result->before.rss_bytes) / lg->sub_count;
	result->end = open_all(lg, lg->sub_count, lg->pub_count);
	if (result->end != LG_DONE) {
		return;
	}
	lg->stride = (lg->sub_count + PROBES - 1) / PROBES;
	lg->total = (lg->sub_count + lg->stride - 1) / lg->stride;
	lg->batch = 1;
	lg->opt.warmup_s = 0;
	result->end = run_load(lg, 0);
	if (result->end == LG_DONE) {
		result->end = wait_for(lg, LINGER_MS / 1e3);
	}
}

static void run_retained(struct lg *lg, struct lg_result *result)
{
	result->end = open_all(lg, lg->sub_count, lg->pub_count);
	if (result->end != LG_DONE) {
		return;
	}
	lg->total = lg->opt.messages;
	lg->batch = lg->opt.qos && lg->opt.batch > lg->window ? lg->window : lg->opt.batch;
	lg->opt.warmup_s = 0;
	result->end = run_load(lg, 0);
	finish(lg, result);
	if (result->end != LG_DONE || (result->end = wait_for(lg, lg->opt.settle_s)) != LG_DONE) {
		return;
	}
	double store_s = result->elapsed_s;
	struct lg_moment stored = lg->from;
	usage_of_broker(lg, &result->after);
	result->item_bytes = ((double)result->after.rss_bytes - (double)result->before.rss_bytes) / (double)lg->total;
	lg->expected = lg->total;
	uint64_t begin = lg_now();
	lg_open_range(lg, 0, lg->sub_count);
	result->end = lg_loop(lg, all_delivered, deadline(lg));
	result->deliver_s = (double)(lg_now() - begin) / 1e9;
	lg->from = stored;
	finish(lg, result);
	result->elapsed_s = store_s;
	if (result->end == LG_DONE) {
		result->end = wait_for(lg, LINGER_MS / 1e3);
	}
}

void lg_run(struct lg *lg, struct lg_result *result)
{
	memset(result, 0, sizeof *result);
	lg_run_prepare(lg);
	switch (lg->opt.scenario) {
		case LG_CONNECT: run_connect(lg, result); break;
		case LG_IDLE: run_idle(lg, result); break;
		case LG_RETAINED: run_retained(lg, result); break;
		default: run_messages(lg, result); break;
	}
	if (lg->error[0]) {
		result->end = LG_FAILED;
	}
}

void lg_run_clear(struct lg *lg)
{
	for (uint32_t i = 0; i < lg->pub_count; i++) {
		free(lg->pubs[i].pending);
		free(lg->pubs[i].free_ids);
		free(lg->pubs[i].id_state);
	}
	for (uint32_t i = 0; i < lg->sub_count; i++) {
		free(lg->subs[i].filters);
	}
	for (uint32_t i = 0; i < lg->pair_count; i++) {
		lg_pair_clear(&lg->pairs[i]);
	}
	free(lg->pubs);
	free(lg->subs);
	free(lg->pairs);
}
