/* SPDX-License-Identifier: MIT
 *
 * benchmarks/loadgen.h - what the parts of the load generator share.
 * One thread, one epoll instance, loopback only. It has an MQTT encoding of its own, so that a fault in the broker's
 * codec cannot hide itself. Nothing here is part of the extension.
 *
 *   loadgen.c        options, report, main
 *   loadgen_net.c    connections, buffers, the event loop
 *   loadgen_mqtt.c   MQTT packets
 *   loadgen_plan.c   topics and filters of the scenarios, who must receive what
 *   loadgen_run.c    the scenarios: who connects, who sends when, what a delivery means
 *   loadgen_check.c  sequence checker, latency histogram, /proc reader
 *   loadgen_selftest.c  what --self-test runs
 */
#ifndef LOADGEN_H
#define LOADGEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LG_PAYLOAD_MIN 16u /* publisher, sequence number, time */
#define LG_PAYLOAD_MAX (1u << 20)
#define LG_OUT_HIGH    (256u << 10) /* a publisher stops encoding when this much waits for the socket */
#define LG_READ_BYTES  (256u << 10) /* one recv() */
#define LG_PACKET_MAX  (LG_PAYLOAD_MAX + 1024)
#define LG_PIDS_MAX    16
#define LG_TOPIC_MAX   48

enum lg_scenario {
	LG_FANIN,
	LG_FANOUT,
	LG_PAIRS,
	LG_WILDCARD,
	LG_CONNECT,
	LG_IDLE,
	LG_RETAINED,
	LG_SINK,
	LG_SCENARIOS
};
enum lg_end { LG_DONE, LG_TIMEOUT, LG_STALLED, LG_FAILED };
enum lg_state { LG_CLOSED, LG_TCP, LG_CONNACK, LG_SUBACK, LG_READY, LG_BYE };
enum lg_role { LG_SUBSCRIBER, LG_PUBLISHER, LG_VISITOR };

struct lg_options {
	enum lg_scenario scenario;
	unsigned port, qos, protocol;     /* protocol: 4 = 3.1.1, 5 */
	unsigned publishers, subscribers; /* pairs: publishers = number of pairs; idle: subscribers = connections */
	unsigned idle;                    /* pairs: further connections, each with a subscription nobody publishes to */
	unsigned filters, payload;        /* bytes of payload */
	unsigned window, backlog, batch;  /* see loadgen_run.c, room_of() */
	unsigned rate;                    /* messages per second over all publishers; 0 = closed loop */
	uint64_t messages;                /* over all publishers; 0 = until the time is over */
	double duration_s, warmup_s, timeout_s, stall_s, settle_s;
	unsigned parallel; /* connections being opened at the same time */
	int cpu;           /* pin to this processor, -1 = not */
	int pids[LG_PIDS_MAX];
	unsigned pid_count;
	bool json, allow_dollar; /* the latter: messages to $... are the broker's own affair */
	char host[32];
};

/* ---- loadgen_check.c ---- */

#define LG_HIST_BUCKETS 3776
struct lg_hist {
	uint64_t count, max, bucket[LG_HIST_BUCKETS];
};
uint32_t lg_hist_bucket(uint64_t value);
uint64_t lg_hist_edge(uint32_t bucket); /* the largest value in it */
void lg_hist_add(struct lg_hist *hist, uint64_t value);
uint64_t lg_hist_at(const struct lg_hist *hist, double quantile); /* upper edge of the bucket, never above max */

#define LG_PAIR_BITS 65536u /* how far back a pair remembers once something was out of sequence */

/* What one subscriber has seen of one publisher. */
struct lg_pair {
	uint32_t high;  /* highest sequence number seen + 1 */
	uint32_t bits;  /* size of seen, a power of two */
	uint64_t got;   /* different messages */
	uint64_t *seen; /* [owned] of the last `bits` numbers below high; NULL while all came in sequence */
};
struct lg_tally {
	uint64_t received, duplicated, disordered, stale, foreign, corrupt, dollar;
};
enum lg_verdict { LG_FRESH, LG_REPEATED };

/* From now on remember the last `bits` numbers, whether or not there are gaps. For subscribers that get only a part of
 * a publisher's messages, and for messages whose order is free. */
bool lg_pair_track(struct lg_pair *pair, uint32_t bits);
/* ordered: a number below one already seen counts as disorder. A number too far back to be known counts as stale. */
enum lg_verdict lg_pair_note(struct lg_pair *pair, uint32_t seq, bool ordered, struct lg_tally *tally);
void lg_pair_clear(struct lg_pair *pair);

struct lg_usage {
	double user_s, sys_s;
	uint64_t rss_bytes, peak_bytes;
	unsigned processes;
};
/* The processes and all their descendants. False when one of pids is not there. */
bool lg_usage_read(const int *pids, unsigned count, struct lg_usage *usage);

/* ---- loadgen_selftest.c ---- */

int lg_self_test(void); /* prints "N passed, N failed"; 0 when none failed */

/* ---- connections ---- */

struct lg_conn {
	int fd;
	uint8_t state, role;
	bool want_out, dirty;
	uint32_t index;  /* within its role */
	uint32_t number; /* of all: client identifier, source address */
	uint32_t filter; /* next filter to subscribe to */
	uint32_t asked;  /* filters in the SUBSCRIBE under way */
	unsigned char *out, *in;
	size_t out_off, out_len, out_cap, in_len, in_cap;
	uint64_t started_ns;
	struct lg_conn *next_dirty;
};

struct lg_publisher {
	struct lg_conn *conn;
	uint32_t next, limit; /* next sequence number; how many in all */
	uint32_t oldest;      /* everything below is delivered to everybody; sink with QoS 0: was taken by the broker */
	uint32_t *pending;    /* [owned] deliveries still to come, ring by sequence number; NULL = not counted */
	uint32_t pending_mask;
	uint16_t *free_ids; /* [owned] ring of free packet identifiers 1..window */
	uint8_t *id_state;  /* [owned] 0 free, 1 PUBLISH sent, 2 PUBREL sent */
	uint32_t free_head, free_count;
	char topic[LG_TOPIC_MAX];
	uint32_t topic_len;
};

struct lg_subscriber {
	struct lg_conn *conn;
	uint32_t *filters; /* [owned] wildcard: group * 16 + pattern */
	uint32_t filter_count;
};

/* A moment between which and the end everything is measured. */
struct lg_moment {
	uint64_t ns, delivered, sent;
	double own_cpu_s;
	struct lg_usage usage;
};

struct lg {
	struct lg_options opt;
	int epoll, timer;
	uint64_t now; /* ns, monotonic; renewed after every wait and every read */
	unsigned char *scratch, *filler;
	struct lg_conn *conns, *dirty;
	uint32_t conn_count, opening, open_next, open_end, ready;
	struct lg_publisher *pubs;
	struct lg_subscriber *subs;
	struct lg_pair *pairs;
	uint32_t pub_count, sub_count, pair_count;
	uint32_t groups, last_group, stride; /* wildcard: topics, filters of the last of them; idle: distance of probes */
	char topic[LG_TOPIC_MAX];            /* where lg_topic_of() writes */
	bool ordered, retain, in_load, stopped, linger;
	uint32_t window, backlog, batch;
	uint64_t total, due_index; /* open loop: next message of the schedule */
	uint64_t begin_ns, stop_ns, warm_ns, until_ns, pongs;
	struct lg_moment from;
	/* counters; `progress` moves whenever a packet is handled */
	uint64_t progress, sent, expected, delivered, in_flight;
	uint64_t refused, protocol_errors, lost_connections, visits_started, visits, visits_failed;
	struct lg_tally tally;
	struct lg_hist latency;
	char odd_packet[120], error[160];
};

uint64_t lg_now(void);
void lg_fail(struct lg *lg, const char *format, ...) __attribute__((format(printf, 2, 3)));
void *lg_alloc(size_t count, size_t size); /* zeroed, [owned] by the caller; ends the program when there is none */

/* ---- loadgen_net.c ---- */

bool lg_net_init(struct lg *lg);
void lg_net_clear(struct lg *lg);
/* Open conns[first .. first + count), at most opt.parallel at a time; lg->ready counts those that are through. */
void lg_open_range(struct lg *lg, uint32_t first, uint32_t count);
void lg_conn_open(struct lg *lg, struct lg_conn *conn);
void lg_conn_close(struct lg *lg, struct lg_conn *conn);
void lg_mark(struct lg *lg, struct lg_conn *conn); /* has something to send: handled at the end of this turn */
unsigned char *lg_reserve(struct lg_conn *conn, size_t bytes);
enum lg_end lg_loop(struct lg *lg, bool (*done)(struct lg *lg), uint64_t deadline_ns);

/* ---- loadgen_mqtt.c ---- */

void lg_put_connect(struct lg *lg, struct lg_conn *conn);
void lg_put_publish(struct lg *lg, struct lg_publisher *pub, uint16_t id, uint64_t stamp_ns);
void lg_put_ping(struct lg_conn *conn);
void lg_put_disconnect(struct lg_conn *conn);
/* All whole packets in bytes [borrowed]; the rest is kept in conn->in. */
void lg_parse(struct lg *lg, struct lg_conn *conn, const unsigned char *bytes, size_t len);
size_t lg_varint(unsigned char *to, uint32_t value);
/* Bytes of the fixed header, 0 = more bytes needed, -1 = malformed. */
int lg_frame(const unsigned char *bytes, size_t len, uint32_t *remaining);

/* ---- loadgen_plan.c ---- */

const char *lg_scenario_name(enum lg_scenario scenario);
void lg_plan_filters(struct lg *lg); /* wildcard: deals the filters out to the subscribers */
uint32_t lg_filter(struct lg *lg, struct lg_conn *conn, uint32_t n, char text[LG_TOPIC_MAX]); /* 0 = no more */
const char *lg_topic_of(struct lg *lg, uint32_t publisher, uint32_t seq, uint32_t *len);      /* until the next call */
bool lg_plan_is_for(const struct lg *lg, uint32_t subscriber, uint32_t publisher, uint32_t seq);
uint32_t lg_plan_receivers(const struct lg *lg, uint32_t publisher, uint32_t seq);

/* ---- loadgen_run.c; lg_on_* are called by the network and packet parts ---- */

struct lg_message {
	const unsigned char *topic, *payload;
	uint32_t topic_len, payload_len;
	unsigned qos;
	bool retain;
};
void lg_on_message(struct lg *lg, struct lg_conn *conn, const struct lg_message *message);
void lg_on_done(struct lg *lg, struct lg_publisher *pub, uint16_t id); /* PUBACK, PUBCOMP */
void lg_on_pong(struct lg *lg, struct lg_conn *conn);                  /* PINGRESP */
void lg_on_connack(struct lg *lg, struct lg_conn *conn, uint32_t receive_maximum);
void lg_on_close(struct lg *lg, struct lg_conn *conn);
void lg_on_timer(struct lg *lg);
/* Encode what may be sent now; true when only the size of the buffer stopped it. */
bool lg_pump(struct lg *lg, struct lg_publisher *pub);

struct lg_result {
	enum lg_end end;
	double elapsed_s, own_cpu_s, cpu_user_s, cpu_sys_s;
	uint64_t delivered, sent; /* within the measured time; connect: connections */
	double deliver_s;         /* retained: time from CONNECT of the subscriber to the last message */
	double item_bytes;        /* idle, retained: growth of resident memory for each */
	struct lg_usage before, after;
};
void lg_run_prepare(struct lg *lg); /* connections, publishers, subscribers from lg->opt; part of lg_run() */
void lg_run(struct lg *lg, struct lg_result *result);
void lg_run_clear(struct lg *lg);

#endif
