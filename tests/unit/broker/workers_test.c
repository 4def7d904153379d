/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/workers_test.c - three brokers, one a worker, and a bus between them that keeps the order of each
 * link but mixes the links at random. What clients of any worker see must be as if there were one broker.
 */
#define WORLD_COUNT 3
#include "world.h"

#define WORKERS WORLD_COUNT

typedef enum letter_kind { LETTER_MESSAGE, LETTER_FILTER, LETTER_CLAIM, LETTER_ANSWER } letter_kind;

typedef struct letter {
	struct letter *next;
	letter_kind kind;
	int from;
	uint64_t receipt;
	int64_t at_ms;
	uint32_t members;
	uint8_t qos, reason;
	bool retain;
	mqs_bytes topic, payload, props, group; /* into bytes; topic is the filter or client identifier, too */
	uint8_t bytes[];
} letter;

/* Letters to a worker from another; answers go their own way. */
typedef struct mail {
	letter *first, **last;
} mail;

static struct {
	mail mails[WORKERS][WORKERS][2];   /* to, from, answers */
	mqs_peer *peers[WORKERS][WORKERS]; /* of, that is */
	bool dead[WORKERS];
	uint64_t random;
} net;

static void at(int worker)
{
	world = &worlds[worker];
}

static int any(int count)
{
	return (int)(test_random(&net.random) % (uint64_t)count);
}

/* ---- the bus --------------------------------------------------------------------------------------------------- */

static mqs_bytes put_in(uint8_t **out, mqs_bytes bytes)
{
	mqs_bytes kept = mqs_bytes_make(*out, bytes.len);
	if (bytes.len) {
		memcpy(*out, bytes.ptr, bytes.len);
	}
	*out += bytes.len;
	return kept;
}

static letter *send_letter(int from, int to, letter_kind kind, const mqs_bus_message *m)
{
	letter *l = calloc(1, sizeof(*l) + m->topic.len + m->payload.len + m->props.len + m->group.len);
	uint8_t *out = l->bytes;
	mail *box = &net.mails[to][from][kind == LETTER_ANSWER];
	l->kind = kind;
	l->from = from;
	l->receipt = m->receipt;
	l->qos = m->qos;
	l->retain = m->retain;
	l->topic = put_in(&out, m->topic);
	l->payload = put_in(&out, m->payload);
	l->props = put_in(&out, m->props);
	l->group = put_in(&out, m->group);
	if (!box->first) {
		box->last = &box->first;
	}
	*box->last = l;
	box->last = &l->next;
	return l;
}

static int worker_of(void *ctx)
{
	return (int)((struct world *)ctx - worlds);
}

static bool bus_deliver(void *ctx, void *peer_user, const mqs_bus_message *m)
{
	send_letter(worker_of(ctx), (int)(intptr_t)peer_user, LETTER_MESSAGE, m);
	return true;
}

static void bus_filter(void *ctx, mqs_bytes filter, uint32_t members)
{
	mqs_bus_message m = {.topic = filter};
	for (int to = 0; to < WORKERS; to++) {
		if (net.peers[worker_of(ctx)][to]) {
			send_letter(worker_of(ctx), to, LETTER_FILTER, &m)->members = members;
		}
	}
}

static void bus_claim(void *ctx, mqs_bytes client_id, int64_t connected_ms)
{
	mqs_bus_message m = {.topic = client_id};
	for (int to = 0; to < WORKERS; to++) {
		if (net.peers[worker_of(ctx)][to]) {
			send_letter(worker_of(ctx), to, LETTER_CLAIM, &m)->at_ms = connected_ms;
		}
	}
}

static void open_letter(int to, const letter *l)
{
	at(to);
	mqs_peer *peer = net.peers[to][l->from];
	if (!peer) {
		return;
	}
	if (l->kind == LETTER_FILTER) {
		CHECK_EQ(mqs_peer_subscribe(peer, l->topic, l->members), MQS_OK);
	} else if (l->kind == LETTER_CLAIM) {
		mqs_broker_claimed(w.broker, l->topic, l->at_ms, (uint64_t)l->from + 1, w.now_ms);
	} else if (l->kind == LETTER_ANSWER) {
		mqs_peer_answer(peer, l->receipt, l->reason, w.now_ms);
	} else {
		mqs_publish message = {
		    .topic = l->topic, .payload = l->payload, .props.raw = l->props, .qos = l->qos, .retain = l->retain};
		uint8_t reason = mqs_peer_deliver(peer, l->group, &message, w.now_ms);
		if (l->receipt) {
			mqs_bus_message none = {.receipt = l->receipt};
			send_letter(to, l->from, LETTER_ANSWER, &none)->reason = reason;
		}
	}
	settle();
}

/* Carries up to `count` letters. */
static void carry(int count)
{
	mail *full[WORKERS * WORKERS * 2];
	while (count-- > 0) {
		int boxes = 0;
		for (mail *box = &net.mails[0][0][0]; box < &net.mails[0][0][0] + WORKERS * WORKERS * 2; box++) {
			if (box->first) {
				full[boxes++] = box;
			}
		}
		if (boxes == 0) {
			return;
		}
		mail *box = full[test_random(&net.random) % (uint64_t)boxes];
		letter *l = box->first;
		box->first = l->next;
		open_letter((int)((box - &net.mails[0][0][0]) / (WORKERS * 2)), l);
		free(l);
	}
}

static void carry_all(void)
{
	carry(1000000);
}

/* ---- the workers ----------------------------------------------------------------------------------------------- */

static void meet(int of, int that)
{
	mqs_filter_walk walk = {0};
	mqs_bytes filter;
	uint32_t members;
	at(of);
	CHECK_EQ(mqs_peer_open(w.broker, (void *)(intptr_t)that, &net.peers[of][that]), MQS_OK);
	while (mqs_broker_next_filter(w.broker, &walk, &filter, &members)) {
		mqs_bus_message m = {.topic = filter};
		send_letter(of, that, LETTER_FILTER, &m)->members = members;
	}
}

/* Workers that know each other from the start, or meet when a test says so. */
static void start_workers(bool together)
{
	memset(&net, 0, sizeof(net));
	net.random = 88172645463325252u;
	for (int i = 0; i < WORKERS; i++) {
		at(i);
		prepare();
		w.ports.hash_seed[0] = (uint64_t)i + 10;
		w.ports.bus = (mqs_bus){&worlds[i], (uint64_t)i + 1, bus_deliver, bus_filter, bus_claim};
		CHECK(start_prepared());
	}
	for (int i = 0; together && i < WORKERS; i++) {
		for (int j = 0; j < WORKERS; j++) {
			if (i != j) {
				meet(i, j);
			}
		}
	}
}

/* The process is killed: its letters are lost, those to it too. */
static void kill_worker(int worker)
{
	at(worker);
	for (int other = 0; other < WORKERS; other++) {
		for (int way = 0; way < 2; way++) {
			for (int k = 0; k < 2; k++) {
				mail *box = way ? &net.mails[worker][other][k] : &net.mails[other][worker][k];
				while (box->first) {
					letter *l = box->first;
					box->first = l->next;
					free(l);
				}
			}
		}
	}
	memset(net.peers[worker], 0, sizeof(net.peers[worker]));
	finish();
	net.dead[worker] = true;
	for (int other = 0; other < WORKERS; other++) {
		if (net.peers[other][worker]) {
			at(other);
			mqs_peer_close(net.peers[other][worker], w.now_ms);
			net.peers[other][worker] = NULL;
			settle();
		}
	}
}

static void finish_workers(void)
{
	for (int i = 0; i < WORKERS; i++) {
		if (!net.dead[i]) {
			kill_worker(i);
		}
	}
}

/* ---- tests ----------------------------------------------------------------------------------------------------- */

static void test_each_qos(void)
{
	start_workers(false);
	for (int i = 0; i < WORKERS; i++) {
		at(i);
		come(1, i == 0 ? "CONNECT v5 id=a clean" : i == 1 ? "CONNECT v5 id=b clean" : "CONNECT v4 id=c clean");
		say(1, "SUBSCRIBE id=1 f=t/+ q=%d f=own/%d q=2", i, i);
		forget_heard(&w.conns[1]);
	}
	for (int i = 0; i < WORKERS; i++) { /* only now: what was there before is told */
		for (int j = 0; j < WORKERS; j++) {
			if (i != j) {
				meet(i, j);
			}
		}
	}
	carry_all();
	at(0);
	come(2, "CONNECT v5 id=p clean");
	say(2, "PUBLISH q=0 t=t/1 p=zero ct=kind");
	say(2, "PUBLISH q=1 id=1 t=t/1 p=one exp=9");
	say(2, "PUBLISH q=2 id=2 r t=t/1 p=two");
	hear_nothing(2);
	hear(1, "PUBLISH q=0 t=t/1 p=zero ct=kind", "PUBLISH q=0 t=t/1 p=one exp=9", "PUBLISH q=0 t=t/1 p=two");
	carry_all();
	at(0);
	hear(2, "PUBACK id=1", "PUBREC id=2");
	say(2, "PUBREL id=2");
	hear(2, "PUBCOMP id=2");
	say(2, "PUBLISH q=1 id=3 t=own/2 p=x");
	say(2, "PUBLISH q=1 id=4 t=nobody p=x");
	carry_all();
	at(0);
	hear(2, "PUBACK id=3", "PUBACK id=4 rc=10");
	at(1);
	hear(1, "PUBLISH q=0 t=t/1 p=zero ct=kind", "PUBLISH q=1 id=1 t=t/1 p=one exp=9", "PUBLISH q=1 id=2 t=t/1 p=two");
	CHECK_EQ(stats()->retained_messages, 0);
	at(2);
	hear(1, "PUBLISH q=0 t=t/1 p=zero", "PUBLISH q=1 id=1 t=t/1 p=one", "PUBLISH q=2 id=2 t=t/1 p=two",
	    "PUBLISH q=1 id=3 t=own/2 p=x");
	finish_workers();
}

/* Each message of a group goes to one of six members, and each of them has its share. */
static void test_group(void)
{
	static const char *const lines[] = {
	    "CONNECT v5 id=g%d%d clean", "SUBSCRIBE id=1 f=$share/g/t q=1", "PUBLISH q=1 id=%d t=t p=x"};
	char line[64];
	start_workers(true);
	for (int i = 0; i < WORKERS; i++) {
		at(i);
		for (int n = 1; n <= i + 1; n++) {
			snprintf(line, sizeof(line), lines[0], i, n);
			come(n, line);
			say(n, "%s", lines[1]);
			forget_heard(&w.conns[n]);
		}
	}
	carry_all();
	at(1);
	come(7, "CONNECT v5 id=p clean");
	for (int i = 1; i <= 60; i++) {
		snprintf(line, sizeof(line), lines[2], i);
		at(1);
		say(7, "%s", line);
		carry(i % 4);
	}
	carry_all();
	at(1);
	CHECK_EQ(w.conns[7].count, 60);
	for (size_t i = 0; i < w.conns[7].count; i++) {
		snprintf(line, sizeof(line), "PUBACK id=%zu", i + 1);
		CHECK_EQ(strcmp(w.conns[7].heard[i], line), 0);
	}
	for (int i = 0; i < WORKERS; i++) {
		at(i);
		for (int n = 1; n <= i + 1; n++) {
			CHECK_EQ(w.conns[n].count, 10);
		}
	}
	finish_workers();
}

/* A worker dies with messages of a group: they are delivered elsewhere, and their publisher need not know. */
static void test_worker_dies(void)
{
	start_workers(true);
	for (int i = 0; i < 2; i++) {
		at(i + 1);
		come(1, i ? "CONNECT v5 id=a clean" : "CONNECT v5 id=b clean");
		say(1, "SUBSCRIBE id=1 f=$share/g/t q=1 f=all q=2");
		forget_heard(&w.conns[1]);
	}
	carry_all();
	at(0);
	come(1, "CONNECT v5 id=p clean");
	for (int i = 1; i <= 40; i++) {
		say(1, "PUBLISH q=1 id=%d t=t p=%d", i, i);
		say(1, "PUBLISH q=2 id=%d t=all p=%d", i + 40, i);
	}
	kill_worker(2);
	carry_all();
	at(0);
	CHECK_EQ(w.conns[1].count, 80);
	at(1);
	CHECK_EQ(w.conns[1].count, 80);
	finish_workers();
}

/*
 * A client connects to all workers. Only one of them keeps it: when none knew of the others, the one with the latest
 * time, or of those the last one; else the one that came last, for it knew of the others, whatever its clock says.
 */
static void test_one_connection_each(void)
{
	start_workers(true);
	for (int round = 0; round < 60; round++) {
		int order = round % 3, last = WORKERS - 1;
		for (int i = 0; i < WORKERS; i++) {
			at(i);
			w.now_ms += 10;
			hang_up(1);
		}
		for (int i = 0; i < WORKERS; i++) {
			at(i);
			w.now_ms = worlds[0].now_ms / 10 * 10 + (order == 0 ? 0 : (round / 3 + i) % 3);
		}
		for (int n = 0; n < WORKERS; n++) {
			int i = (round / 9 + n) % 3;
			at(i);
			if (order == 1 && (round / 3 + i) % 3 == 2) {
				last = i;
			} else if (order == 2) {
				last = i;
			}
			come(1, "CONNECT v5 id=a sei=100");
			if (order == 2) {
				carry_all();
			}
		}
		carry_all();
		for (int i = 0; i < WORKERS; i++) {
			at(i);
			CHECK_EQ(stats()->sessions, i == last);
			CHECK_EQ(w.conns[1].conn != NULL, i == last);
		}
	}
	finish_workers();
}

/* However the letters mix. */
static void test_one_connection_in_all(void)
{
	start_workers(true);
	for (int round = 0; round < 200; round++) {
		int connected = 0;
		for (int n = 0; n < 6; n++) {
			int64_t now_ms = 1000000 + round * 3 + n / 2 + any(2);
			at(any(WORKERS));
			w.now_ms = now_ms > w.now_ms ? now_ms : w.now_ms;
			hang_up(1);
			come(1, "CONNECT v5 id=a sei=100");
			carry(any(3));
		}
		carry_all();
		for (int i = 0; i < WORKERS; i++) {
			connected += worlds[i].conns[1].conn != NULL;
		}
		CHECK_EQ(connected, 1);
	}
	finish_workers();
}

/* ---- anything at all ------------------------------------------------------------------------------------------- */

#define FILTERS 5
#define CLIENTS 2 /* in each worker, on connections 1 and 2; connection 3 publishes */
#define ROUNDS  60

static const char *const filters[FILTERS] = {"a/b", "a/+", "#", "b", "+/b"};
static const char *const topics[] = {"a/b", "a/c", "b", "c"};

static struct {
	bool subscribed[WORKERS][CLIENTS][FILTERS];
	uint16_t expected[WORKERS][CLIENTS][1024]; /* how often a message is to come, by its number */
	int number;                                /* of the last message, from 1 */
	int to_group;                              /* messages that the group has to get */
} model;

static void change_something(void)
{
	int i = any(WORKERS), c = any(CLIENTS), f = any(FILTERS);
	carry_all(); /* all know what holds now: what each message meets is certain */
	at(i);
	say(c + 1, model.subscribed[i][c][f] ? "UNSUBSCRIBE id=1 f=%s" : "SUBSCRIBE id=1 f=%s q=2", filters[f]);
	model.subscribed[i][c][f] = !model.subscribed[i][c][f];
	carry_all();
}

static void publish_any(void)
{
	int from = any(WORKERS), qos = any(3);
	const char *topic = topics[any(4)];
	model.number++;
	for (int i = 0; i < WORKERS; i++) {
		for (int c = 0; c < CLIENTS; c++) {
			for (int f = 0; f < FILTERS; f++) {
				if (model.subscribed[i][c][f] && mqs_topic_matches(text(filters[f]), text(topic))) {
					model.expected[i][c][model.number] = 1;
				}
			}
		}
	}
	at(from);
	say(3, "PUBLISH q=%d id=%d t=%s p=%d-%d", qos, model.number, topic, from, model.number);
}

/* Members come and go while messages are under way; connection 4 of worker 0 is one all the time. */
static void trouble_group(void)
{
	int i = any(WORKERS);
	at(i);
	say(5, any(2) ? "SUBSCRIBE id=1 f=$share/g/group q=1" : "UNSUBSCRIBE id=1 f=$share/g/group");
	at(any(WORKERS));
	model.to_group++;
	say(3, "PUBLISH q=1 id=%d t=group p=g", 2000 + model.to_group);
}

static void count_heard(int worker, int n, int *from_group, int *acks)
{
	const test_client *c = &worlds[worker].conns[n];
	int last[WORKERS] = {0};
	for (size_t i = 0; i < c->count; i++) {
		const char *payload = strstr(c->heard[i], " p=");
		*acks += strncmp(c->heard[i], "PUBACK", 6) == 0 || strncmp(c->heard[i], "PUBREC", 6) == 0;
		if (payload && payload[3] == 'g') {
			*from_group += n > CLIENTS; /* the others have it by # */
		} else if (payload && CHECK(n <= CLIENTS)) {
			int from = payload[3] - '0', number = atoi(payload + 5);
			CHECK(number > last[from]); /* in the order in which they were published */
			last[from] = number;
			model.expected[worker][n - 1][number]--;
		}
	}
}

static void test_anything(void)
{
	for (uint64_t seed = 1; seed <= 12; seed++) {
		test_case("seed %" PRIu64, seed);
		memset(&model, 0, sizeof(model));
		start_workers(true);
		net.random = seed * UINT64_C(0x9e3779b97f4a7c15);
		char line[64];
		int with_qos = 0, from_group = 0, acks = 0;
		for (int i = 0; i < WORKERS; i++) {
			at(i);
			for (int n = 1; n <= 5; n++) {
				snprintf(line, sizeof(line), "CONNECT v5 id=c%d%d clean", i, n);
				come(n, line);
			}
		}
		at(0);
		say(4, "SUBSCRIBE id=1 f=$share/g/group q=1");
		carry_all();
		for (int i = 0; i < ROUNDS; i++) {
			if (any(4) == 0) {
				change_something();
			}
			publish_any();
			if (any(2)) {
				trouble_group();
			}
			carry(any(20));
		}
		carry_all();
		for (int i = 0; i < WORKERS; i++) {
			for (int n = 1; n <= 5; n++) {
				count_heard(i, n, &from_group, &acks);
			}
			for (int c = 0; c < CLIENTS; c++) {
				for (int m = 1; m <= model.number; m++) {
					CHECK_EQ(model.expected[i][c][m], 0);
				}
			}
			at(i);
			with_qos += (int)stats()->publish_received;
			CHECK_EQ(stats()->dropped_peer_full, 0);
		}
		CHECK_EQ(with_qos, model.number + model.to_group);
		CHECK(acks >= model.to_group);
		CHECK_EQ(from_group, model.to_group);
		finish_workers();
	}
}

TEST_MAIN(TEST_ENTRY(test_each_qos), TEST_ENTRY(test_group), TEST_ENTRY(test_worker_dies),
    TEST_ENTRY(test_one_connection_each), TEST_ENTRY(test_one_connection_in_all), TEST_ENTRY(test_anything))
