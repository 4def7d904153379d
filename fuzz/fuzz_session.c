/* SPDX-License-Identifier: MIT
 *
 * fuzz/fuzz_session.c - the broker under any sequence of what three clients, two other workers, handlers and the clock
 * can do. Handlers decide at once, later, one PUBLISH packet of a client at a time or several, inside the broker or
 * outside. Each client reads what the broker makes for it and judges it: whole packets of its level, in an allowed
 * order, never more than it can take. At the end nothing is left.
 * Rooms: base codec broker
 *
 * Input: options, mood of the handlers, which memory call fails, then operations of one byte and their arguments.
 */
#include <stdio.h>
#include <stdlib.h>

#include "broker/broker.h"
#include "fuzz.h"

#define CLIENTS     3
#define TICKETS     64
#define PEERS       2
#define OPERATIONS  400
#define INPUT_BYTES 4096
#define PUBLISHED   2048 /* PUBLISH packets of one connection that are looked at; more than the input has */

/* A client, and what it knows. */
typedef struct client {
	mqs_conn *conn; /* NULL: not connected */
	mqs_framer said, heard;
	size_t seen; /* bytes of the present output that were read already */
	uint8_t level;
	bool introduced; /* said CONNECT */
	bool greeted;    /* CONNACK with success came */
	bool finished;   /* nothing may come any more */
	uint32_t receive_maximum, max_packet, alias_maximum;
	uint8_t waits[8192]; /* bit: a QoS 1 or 2 message with this identifier came and was not acknowledged */
	uint32_t unacknowledged;
	uint8_t aliases[8192];              /* bit: the alias was defined */
	uint32_t published[PUBLISHED];      /* QoS << 16 | identifier of those that it sent with QoS 1 or 2 */
	uint32_t published_count, answered; /* answered: none before it is acknowledged any more */
} client;

static struct {
	mqs_broker *broker;
	mqs_alloc alloc;
	long live, calls, fail_at;
	client clients[CLIENTS];
	uint64_t tickets[TICKETS];
	size_t ticket_count;
	mqs_peer *peers[PEERS];
	uint64_t receipts; /* newest one given out */
	bool full;         /* the links to them take nothing */
	bool outside;      /* questions about PUBLISH are answered when the broker has been left */
	uint8_t told[256]; /* the newest filter that they were told */
	size_t told_len;
	uint32_t told_members;
	uint8_t mood, turn;
	unsigned depth; /* of hooks that called back */
	int64_t now_ms;
	mqs_bytes input;
} f;

/* ---- memory, input ------------------------------------------------------------------------------------------- */

static void *resize(void *ctx, void *ptr, size_t size)
{
	(void)ctx;
	if (++f.calls == f.fail_at) {
		return NULL;
	}
	f.live += ptr ? 0 : 1;
	return realloc(ptr, size);
}

static void *acquire(void *ctx, size_t size)
{
	return resize(ctx, NULL, size);
}

static void release(void *ctx, void *ptr)
{
	(void)ctx;
	f.live -= ptr ? 1 : 0;
	free(ptr);
}

static uint8_t take_byte(void)
{
	if (f.input.len == 0) {
		return 0;
	}
	f.input.len--;
	return *f.input.ptr++;
}

static mqs_bytes choose(const char *const *texts, size_t count)
{
	const char *text = texts[take_byte() % count];
	return mqs_bytes_make(text, strlen(text));
}

#define CHOOSE(...)                                                                                                    \
	choose((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static mqs_bytes any_topic(void)
{
	return CHOOSE("a", "a/b", "b", "a/b/c", "$x", "");
}

static mqs_bytes any_payload(void)
{
	static const uint16_t sizes[] = {0, 1, 10, 100, 1100, 3000};
	static uint8_t bytes[3000];
	return mqs_bytes_make(bytes, sizes[take_byte() % (sizeof(sizes) / sizeof(sizes[0]))]);
}

/* ---- what a client hears ------------------------------------------------------------------------------------- */

static bool has_bit(const uint8_t *bits, uint16_t index)
{
	return bits[index / 8] >> (index % 8) & 1;
}

static void hear_publish(client *c, const mqs_publish *p)
{
	FUZZ_CHECK(c->greeted);
	if (mqs_props_has(&p->props, MQTT_PROP_TOPIC_ALIAS)) {
		uint16_t alias = p->props.topic_alias;
		FUZZ_CHECK(alias <= c->alias_maximum);
		FUZZ_CHECK(p->topic.len || has_bit(c->aliases, alias));
		c->aliases[alias / 8] |= (uint8_t)(1u << alias % 8);
	}
	if (p->qos) {
		FUZZ_CHECK(!has_bit(c->waits, p->packet_id)); /* MQTT-2.2.1-4 */
		c->waits[p->packet_id / 8] |= (uint8_t)(1u << p->packet_id % 8);
		FUZZ_CHECK(++c->unacknowledged <= c->receive_maximum); /* MQTT-3.3.4-9 */
	}
}

/* Each acknowledges one of the packets behind those that were acknowledged before. */
static void hear_answer(client *c, uint32_t qos, uint16_t packet_id)
{
	FUZZ_CHECK(c->greeted);
	while (c->answered < c->published_count && c->published[c->answered] != (qos << 16 | packet_id)) {
		c->answered++; /* one that has no answer of its own */
	}
	FUZZ_CHECK(c->answered < c->published_count); /* MQTT-4.6.0-2, MQTT-4.6.0-3 */
	c->answered++;
}

static void hear_packet(client *c, mqs_bytes raw)
{
	mqs_packet packet;
	mqs_fault fault;
	FUZZ_CHECK(!c->finished);                               /* MQTT-3.14.4-1 */
	FUZZ_CHECK(!c->max_packet || raw.len <= c->max_packet); /* MQTT-3.1.2-24 */
	if (mqs_packet_decode(raw, c->level, NULL, &packet, &fault) != MQS_OK) {
		/* a CONNECT that is broken may be refused in either form */
		uint8_t other = c->level == MQTT_LEVEL_5 ? MQTT_LEVEL_3_1_1 : MQTT_LEVEL_5;
		FUZZ_CHECK(mqs_packet_decode(raw, other, NULL, &packet, &fault) == MQS_OK);
		FUZZ_CHECK(packet.type == MQTT_PKT_CONNACK && packet.connack.code);
	}
	switch (packet.type) {
		case MQTT_PKT_CONNACK:
			FUZZ_CHECK(!c->greeted); /* MQTT-3.2.0-2 */
			c->greeted = packet.connack.code == 0;
			c->finished = !c->greeted;
			break;
		case MQTT_PKT_PUBLISH: hear_publish(c, &packet.publish); break;
		case MQTT_PKT_DISCONNECT:
			FUZZ_CHECK(c->greeted && c->level == MQTT_LEVEL_5); /* MQTT-3.14.0-1 */
			c->finished = true;
			break;
		case MQTT_PKT_AUTH: FUZZ_CHECK(c->level == MQTT_LEVEL_5); break;
		case MQTT_PKT_PUBACK: hear_answer(c, 1, packet.ack.packet_id); break;
		case MQTT_PKT_PUBREC: hear_answer(c, 2, packet.ack.packet_id); break;
		case MQTT_PKT_PUBREL:
		case MQTT_PKT_PUBCOMP:
		case MQTT_PKT_SUBACK:
		case MQTT_PKT_UNSUBACK:
		case MQTT_PKT_PINGRESP: FUZZ_CHECK(c->greeted); break; /* MQTT-3.2.0-1 */
		default: FUZZ_CHECK(!"a packet that only a client sends");
	}
}

/* Reads what is new in the output, without taking it. */
static void listen(client *c)
{
	mqs_bytes vec[512], raw;
	mqs_fault fault;
	if (!c->conn) {
		return;
	}
	size_t count = mqs_conn_output(c->conn, vec, 512), at = 0, size = 0;
	for (size_t i = 0; i < count; i++) {
		size += vec[i].len;
		size_t skip = c->seen > at ? c->seen - at : 0;
		at += vec[i].len;
		if (skip >= vec[i].len) {
			continue;
		}
		mqs_bytes in = mqs_bytes_make(vec[i].ptr + skip, vec[i].len - skip);
		mqs_result result;
		while ((result = mqs_framer_next(&c->heard, &in, &raw, &fault)) == MQS_OK) {
			hear_packet(c, raw);
		}
		FUZZ_CHECK(result == MQS_NEED_MORE);
	}
	c->seen = size > c->seen ? size : c->seen;
	FUZZ_CHECK(count == 512 || size == mqs_conn_output_size(c->conn));
}

static void listen_all(void)
{
	for (int i = 0; i < CLIENTS; i++) {
		listen(&f.clients[i]);
	}
}

/* ---- what a client says -------------------------------------------------------------------------------------- */

static void acknowledge(client *c, uint16_t packet_id)
{
	if (has_bit(c->waits, packet_id)) {
		c->waits[packet_id / 8] &= (uint8_t) ~(1u << packet_id % 8);
		c->unacknowledged--;
	}
}

/* What the client knows of itself after it said this packet. */
static void note_said(client *c, mqs_bytes raw)
{
	mqs_packet packet;
	mqs_fault fault;
	bool good = mqs_packet_decode(raw, c->level, NULL, &packet, &fault) == MQS_OK;
	if (!good) {
		return;
	}
	if (packet.type == MQTT_PKT_CONNECT && !c->introduced) {
		c->introduced = true;
		c->level = packet.level;
		const mqs_props *p = &packet.connect.props;
		c->receive_maximum = mqs_props_has(p, MQTT_PROP_RECEIVE_MAXIMUM) ? p->receive_maximum : 65535;
		c->max_packet = mqs_props_has(p, MQTT_PROP_MAXIMUM_PACKET_SIZE) ? p->maximum_packet_size : 0;
		c->alias_maximum = mqs_props_has(p, MQTT_PROP_TOPIC_ALIAS_MAXIMUM) ? p->topic_alias_maximum : 0;
	} else if (packet.type == MQTT_PKT_PUBACK || packet.type == MQTT_PKT_PUBCOMP ||
	           (packet.type == MQTT_PKT_PUBREC && packet.ack.reason >= 0x80)) {
		acknowledge(c, packet.ack.packet_id);
	} else if (packet.type == MQTT_PKT_PUBLISH && packet.publish.qos) {
		FUZZ_CHECK(c->published_count < PUBLISHED);
		c->published[c->published_count++] = (uint32_t)packet.publish.qos << 16 | packet.publish.packet_id;
	}
}

static mqs_verdict decide(void *ctx, mqs_event *event);

static void receive(mqs_conn *conn, mqs_bytes in)
{
	if (!f.outside) {
		mqs_conn_receive(conn, in, f.now_ms);
		return;
	}
	mqs_result result = mqs_conn_receive_asking(conn, &in, f.now_ms);
	while (result == MQS_PENDING) {
		mqs_event *event = mqs_conn_asked(conn);
		FUZZ_CHECK(event && event->kind == MQS_EVENT_PUBLISH && event->conn == conn);
		mqs_verdict verdict = decide(NULL, event);
		listen_all();
		result = mqs_conn_answer(conn, verdict, f.now_ms);
		if (result == MQS_OK) {
			result = mqs_conn_receive_asking(conn, &in, f.now_ms);
		}
	}
	FUZZ_CHECK((result == MQS_OK && in.len == 0) || result == MQS_ERR_CLOSED);
	FUZZ_CHECK(mqs_conn_answer(conn, MQS_ALLOW, f.now_ms) == MQS_NOT_FOUND);
}

/* One packet at a time, so that the client knows what it had said when it hears an answer. */
static void say(client *c, mqs_bytes bytes)
{
	while (bytes.len && c->conn) {
		mqs_bytes rest = bytes, raw;
		mqs_fault fault;
		mqs_result result = mqs_framer_next(&c->said, &rest, &raw, &fault);
		if (result == MQS_OK) {
			note_said(c, raw);
		} else {
			rest = mqs_bytes_make(NULL, 0);
		}
		receive(c->conn, mqs_bytes_make(bytes.ptr, bytes.len - rest.len));
		listen_all();
		bytes = rest;
	}
}

static void add_number(mqs_buffer *props, uint8_t wanted, mqtt_property id, uint32_t number)
{
	if (wanted) {
		mqs_props_write_number(props, id, number);
	}
}

static void make_connect(mqs_packet *packet, mqs_buffer *props, mqs_buffer *will_props)
{
	static const uint32_t expiries[] = {0, 1, 60, UINT32_MAX};
	static const uint32_t packet_sizes[] = {10, 20, 100, 2000};
	mqs_connect *c = &packet->connect;
	uint8_t flags = take_byte();
	c->level = packet->level = (uint8_t)(3 + take_byte() % 3);
	c->client_id = CHOOSE("a", "b", "c", "");
	c->clean_start = flags & 1;
	c->has_will = flags & 2;
	c->keep_alive_s = flags & 4 ? 10 : 0;
	c->has_username = flags & 8;
	c->username = mqs_bytes_make("u", 1);
	if (c->has_will) {
		c->will_topic = any_topic();
		c->will_payload = any_payload();
		c->will_qos = take_byte() % 3;
		c->will_retain = flags & 16;
		add_number(will_props, flags & 32, MQTT_PROP_WILL_DELAY_INTERVAL, take_byte() % 8);
		add_number(will_props, flags & 64, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, 5);
	}
	flags = take_byte();
	add_number(props, flags & 1, MQTT_PROP_SESSION_EXPIRY_INTERVAL, expiries[flags >> 6]);
	add_number(props, flags & 2, MQTT_PROP_RECEIVE_MAXIMUM, 1 + (flags >> 6));
	add_number(props, flags & 4, MQTT_PROP_MAXIMUM_PACKET_SIZE, packet_sizes[flags >> 6]);
	add_number(props, flags & 8, MQTT_PROP_TOPIC_ALIAS_MAXIMUM, flags >> 6);
	add_number(props, flags & 16, MQTT_PROP_REQUEST_PROBLEM_INFORMATION, 0);
	if (flags & 32) {
		mqs_props_write_bytes(props, MQTT_PROP_AUTHENTICATION_METHOD, mqs_bytes_make("m", 1));
	}
	c->props.raw = mqs_buffer_view(props);
	c->will_props.raw = mqs_buffer_view(will_props);
}

static void make_publish(mqs_packet *packet, mqs_buffer *props)
{
	mqs_publish *p = &packet->publish;
	uint8_t flags = take_byte();
	p->qos = flags & 3;
	p->retain = flags & 4;
	p->dup = p->qos && (flags & 8);
	p->packet_id = (uint16_t)(1 + (flags >> 6));
	p->topic = any_topic();
	p->payload = any_payload();
	add_number(props, flags & 16, MQTT_PROP_TOPIC_ALIAS, 1 + take_byte() % 4);
	add_number(props, flags & 32, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, take_byte() % 8);
	p->props.raw = mqs_buffer_view(props);
}

static void make_filters(mqs_packet *packet, mqs_buffer *props, mqs_buffer *entries)
{
	uint8_t count = take_byte();
	packet->subscribe.packet_id = (uint16_t)(1 + count % 4);
	add_number(props, packet->type == MQTT_PKT_SUBSCRIBE && (count & 64), MQTT_PROP_SUBSCRIPTION_IDENTIFIER, 1 + count);
	for (int i = 0; i <= count >> 4 % 4; i++) {
		uint8_t options = take_byte();
		mqs_subscription_entry entry = {.filter = CHOOSE("a", "a/+", "#", "+/b/#", "$share/g/#", "$share/h/a", "$x"),
		    .qos = options % 3,
		    .retain_handling = (options >> 2) % 3,
		    .no_local = options & 64,
		    .retain_as_published = options & 128};
		if (packet->type == MQTT_PKT_SUBSCRIBE) {
			mqs_subscribe_write(entries, packet->level, &entry);
		} else {
			mqs_unsubscribe_write(entries, entry.filter);
		}
	}
	packet->subscribe.props.raw = mqs_buffer_view(props);
	packet->subscribe.entries = mqs_buffer_view(entries);
}

static void make_small(mqs_packet *packet, mqs_buffer *props)
{
	static const uint8_t reasons[] = {0, 0x80, 0x04, 0x18, 0x19, 0x92, 0x87, 0x10};
	uint8_t flags = take_byte();
	uint8_t reason = reasons[flags & 7];
	if (packet->type >= MQTT_PKT_PUBACK && packet->type <= MQTT_PKT_PUBCOMP) {
		packet->ack.packet_id = (uint16_t)(1 + (flags >> 4));
		packet->ack.reason = reason;
		return;
	}
	packet->reasoned.reason = reason;
	if (packet->type == MQTT_PKT_AUTH) {
		mqs_props_write_bytes(props, MQTT_PROP_AUTHENTICATION_METHOD, mqs_bytes_make("m", 1));
	} else {
		add_number(props, flags & 8, MQTT_PROP_SESSION_EXPIRY_INTERVAL, flags >> 4);
	}
	packet->reasoned.props.raw = mqs_buffer_view(props);
}

/* A packet that is right but for what a mutation does to it. */
static void say_packet(client *c, mqtt_packet_type type, bool mutated)
{
	mqs_packet packet;
	mqs_buffer props, more, out;
	memset(&packet, 0, sizeof(packet));
	packet.type = type;
	packet.level = c->level;
	mqs_buffer_init(&props, &fuzz_alloc, MQTT_VARINT_MAX);
	mqs_buffer_init(&more, &fuzz_alloc, MQTT_VARINT_MAX);
	mqs_buffer_init(&out, &fuzz_alloc, MQTT_VARINT_MAX);
	switch (type) {
		case MQTT_PKT_CONNECT: make_connect(&packet, &props, &more); break;
		case MQTT_PKT_PUBLISH: make_publish(&packet, &props); break;
		case MQTT_PKT_SUBSCRIBE:
		case MQTT_PKT_UNSUBSCRIBE: make_filters(&packet, &props, &more); break;
		default: make_small(&packet, &props); break;
	}
	if (mqs_packet_encode(&packet, &out) == MQS_OK) {
		if (mutated) {
			uint8_t at = take_byte();
			out.ptr[at % out.len] ^= take_byte();
		}
		say(c, mqs_buffer_view(&out));
	}
	mqs_buffer_clear(&props);
	mqs_buffer_clear(&more);
	mqs_buffer_clear(&out);
}

/* ---- handlers ------------------------------------------------------------------------------------------------ */

static void publish_something(void)
{
	mqs_publish message = {
	    .topic = any_topic(), .payload = any_payload(), .qos = f.turn % 3, .retain = (f.turn & 8) != 0};
	mqs_broker_publish(f.broker, &message, f.now_ms, NULL);
}

static void disconnect_somebody(bool discard)
{
	mqs_bytes none = {NULL, 0};
	mqs_broker_disconnect(f.broker, CHOOSE("a", "b", "c"), take_byte(), none, discard, f.now_ms);
}

static void resolve_something(void)
{
	if (f.ticket_count) {
		size_t at = take_byte() % (f.ticket_count < TICKETS ? f.ticket_count : TICKETS);
		mqs_event *event = mqs_broker_pending(f.broker, f.tickets[at]);
		if (event && event->reply->publish) {
			event->reply->publish->topic = any_topic();
		}
		mqs_broker_resolve(f.broker, f.tickets[at], take_byte() & 1 ? MQS_DENY : MQS_ALLOW, f.now_ms);
	}
}

/* Changes the reply. All memory given is static: there is a unit test about its life. */
static void change_reply(mqs_event *event)
{
	static const uint8_t why[] = {MQTT_PROP_REASON_STRING, 0, 1, 'w'};
	mqs_reply *reply = event->reply;
	switch (take_byte() % 8) {
		case 0: reply->props = mqs_bytes_make(why, take_byte() % 5 > 3 ? 3 : 4); break;
		case 1: reply->reason = take_byte(); break;
		case 2: reply->client_id = CHOOSE("a", "b", "z"); break;
		case 3: reply->close = true; break;
		case 4: reply->no_routing = true; break;
		case 5:
			if (reply->publish) {
				reply->publish->topic = any_topic();
				reply->publish->payload = any_payload();
				reply->publish->qos = take_byte() % 4;
			}
			break;
		case 6:
			if (reply->code_count) {
				reply->codes[take_byte() % reply->code_count] = take_byte();
			}
			break;
		default: reply->username = CHOOSE("", "somebody"); break;
	}
}

static mqs_verdict decide(void *ctx, mqs_event *event)
{
	(void)ctx;
	uint8_t what = (uint8_t)(f.mood + f.turn++);
	FUZZ_CHECK(event->ticket && event->reply);
	if (f.mood & 128) {
		change_reply(event);
	}
	if ((f.mood & 64) && f.depth < 4) {
		f.depth++;
		switch (what % 4) {
			case 0: publish_something(); break;
			case 1: disconnect_somebody(what & 8); break;
			case 2: resolve_something(); break;
			default: break;
		}
		f.depth--;
	}
	if (what % 5 == 1) {
		return MQS_DENY;
	}
	if (what % 5 > 2 && event->kind != MQS_EVENT_CLOSE && event->kind != MQS_EVENT_DISCONNECT) {
		f.tickets[f.ticket_count++ % TICKETS] = event->ticket;
		return MQS_DECIDE_LATER;
	}
	return MQS_ALLOW;
}

static void cancel(void *ctx, uint64_t ticket, uint8_t reason)
{
	(void)ctx;
	(void)reason;
	FUZZ_CHECK(mqs_broker_pending(f.broker, ticket) == NULL);
	if ((f.mood & 64) && f.depth < 4) {
		f.depth++;
		resolve_something();
		f.depth--;
	}
}

static void random_bytes(void *ctx, void *out, size_t len)
{
	(void)ctx;
	memset(out, ++f.turn, len);
}

/* ---- other workers ------------------------------------------------------------------------------------------- */

static bool bus_deliver(void *ctx, void *user, const mqs_bus_message *m)
{
	mqs_props props;
	mqs_fault fault;
	mqs_bytes group, filter;
	(void)ctx;
	FUZZ_CHECK(user == &f);
	FUZZ_CHECK(mqs_props_decode(m->props, MQTT_PKT_PUBLISH, false, NULL, 0, &props, &fault) == MQS_OK);
	FUZZ_CHECK(
	    !mqs_props_has(&props, MQTT_PROP_TOPIC_ALIAS) && !mqs_props_has(&props, MQTT_PROP_SUBSCRIPTION_IDENTIFIER));
	FUZZ_CHECK(
	    m->group.len == 0 || (mqs_topic_share_parse(m->group, &group, &filter) && mqs_topic_matches(filter, m->topic)));
	FUZZ_CHECK(m->receipt == 0 || m->qos);
	f.receipts = m->receipt > f.receipts ? m->receipt : f.receipts;
	return !f.full;
}

static void bus_filter(void *ctx, mqs_bytes filter, uint32_t members)
{
	(void)ctx;
	FUZZ_CHECK(members <= 4);
	f.told_len = filter.len < sizeof(f.told) ? filter.len : 0;
	f.told_members = members;
	memcpy(f.told, filter.ptr, f.told_len);
}

static void bus_claim(void *ctx, mqs_bytes client_id, int64_t connected_ms)
{
	(void)ctx;
	FUZZ_CHECK(client_id.len && connected_ms >= 0);
}

/* What one worker tells, another one understands. */
static void echo_filter(void)
{
	if (f.told_len && f.peers[1]) {
		mqs_result result = mqs_peer_subscribe(f.peers[1], mqs_bytes_make(f.told, f.told_len), f.told_members);
		FUZZ_CHECK(result == MQS_OK || result == MQS_ERR_NOMEM);
	}
	f.told_len = 0;
}

static void disturb_peers(uint8_t argument)
{
	mqs_peer **peer = &f.peers[argument & 1];
	uint8_t what = argument >> 1 & 7;
	if (what == 0) {
		mqs_broker_claimed(
		    f.broker, CHOOSE("a", "b", "c"), f.now_ms - 1 + (argument >> 6), 1 + (argument & 2), f.now_ms);
	} else if (!*peer) {
		if (mqs_peer_open(f.broker, &f, peer) != MQS_OK) {
			*peer = NULL;
		}
	} else if (what == 1) {
		mqs_peer_close(*peer, f.now_ms);
		*peer = NULL;
	} else if (what == 2) {
		f.full = !f.full;
	} else if (what == 3 || what == 4) {
		mqs_peer_subscribe(*peer, CHOOSE("#", "a/+", "a", "$share/g/a", "$share/g/#", "b/#/c"), argument >> 6);
	} else if (what == 5) {
		mqs_publish message = {.topic = any_topic(), .payload = any_payload(), .qos = argument >> 6};
		mqs_peer_deliver(*peer, CHOOSE("", "$share/g/a", "$share/g/#", "x"), &message, f.now_ms);
	} else {
		static const uint8_t reasons[] = {0, MQTT_RC_NO_MATCHING_SUBSCRIBERS, MQTT_RC_QUOTA_EXCEEDED, 0};
		mqs_peer_answer(*peer, f.receipts - take_byte() % 8, reasons[argument >> 6], f.now_ms);
	}
}

/* ---- operations ---------------------------------------------------------------------------------------------- */

static void hang_up(client *c)
{
	mqs_conn *conn = c->conn;
	if (conn) {
		listen(c);
		c->conn = NULL;
		mqs_framer_clear(&c->said);
		mqs_framer_clear(&c->heard);
		mqs_conn_close(conn, f.now_ms);
	}
}

static void call(client *c)
{
	hang_up(c);
	memset(c, 0, sizeof(*c));
	c->level = MQTT_LEVEL_3_1_1;
	c->receive_maximum = 65535;
	mqs_conn_info info = {.peer = mqs_bytes_make("p", 1), .rules.allow_anonymous = true, .user = c};
	if (mqs_conn_open(f.broker, &info, f.now_ms, &c->conn) != MQS_OK) {
		c->conn = NULL;
		return;
	}
	mqs_framer_init(&c->said, &fuzz_alloc, 0);
	mqs_framer_init(&c->heard, &fuzz_alloc, 0);
}

static void take_output(client *c, size_t most)
{
	if (c->conn) {
		listen(c);
		size_t size = mqs_conn_output_size(c->conn);
		size = size < most ? size : most;
		c->seen -= size < c->seen ? size : c->seen;
		mqs_conn_output_advance(c->conn, size, f.now_ms);
		listen_all();
	}
}

/* What a home does, but for the output, that the input decides about. */
static void settle(void)
{
	mqs_conn *conn;
	while ((conn = mqs_broker_next_ready(f.broker)) != NULL) {
		client *c = mqs_conn_user(conn);
		listen_all();
		if (mqs_conn_wants_close(conn) && mqs_conn_output_size(conn) == 0) {
			hang_up(c);
		}
	}
}

static void check_gauges(void)
{
	const mqs_broker_stats *stats = mqs_broker_get_stats(f.broker);
	uint64_t open = 0;
	for (int i = 0; i < CLIENTS; i++) {
		open += f.clients[i].conn != NULL;
	}
	/* one that hung up lingers while what it said is not decided, or waits behind a slow reader */
	bool linger = stats->pending_decisions || stats->publishers_throttled;
	FUZZ_CHECK(stats->connections == open || (linger && stats->connections > open));
	FUZZ_CHECK(stats->clients_connected <= stats->connections);
	FUZZ_CHECK(stats->sessions >= stats->clients_connected && stats->sessions <= 4);
	FUZZ_CHECK((stats->queued_messages == 0) == (stats->queued_bytes == 0));
	FUZZ_CHECK(stats->shared_subscriptions <= stats->subscriptions);
	FUZZ_CHECK((stats->retained_messages == 0) == (stats->retained_bytes == 0));
}

static void operate(void)
{
	static const mqtt_packet_type types[] = {MQTT_PKT_CONNECT, MQTT_PKT_PUBLISH, MQTT_PKT_PUBLISH, MQTT_PKT_PUBACK,
	    MQTT_PKT_PUBREC, MQTT_PKT_PUBREL, MQTT_PKT_PUBCOMP, MQTT_PKT_SUBSCRIBE, MQTT_PKT_UNSUBSCRIBE, MQTT_PKT_PINGREQ,
	    MQTT_PKT_DISCONNECT, MQTT_PKT_AUTH, MQTT_PKT_SUBSCRIBE, MQTT_PKT_PUBLISH, MQTT_PKT_PUBACK, MQTT_PKT_CONNECT};
	static const uint16_t amounts[] = {1, 5, 100, 1024, 65535};
	static const uint32_t times[] = {0, 1, 100, 1000, 5000, 20000, 100000};
	static const uint32_t concurrency[] = {0, 2, 4, 1000};
	uint8_t op = take_byte(), argument = take_byte();
	client *c = &f.clients[argument % CLIENTS];
	switch (op % 16) {
		case 0: call(c); break;
		case 1:
			call(c);
			say_packet(c, MQTT_PKT_CONNECT, false);
			break;
		case 2: hang_up(c); break;
		case 3: {
			size_t len = take_byte() % 32;
			len = len < f.input.len ? len : f.input.len;
			mqs_bytes raw = mqs_bytes_make(f.input.ptr, len);
			f.input.ptr += len;
			f.input.len -= len;
			say(c, raw);
			break;
		}
		case 4: take_output(c, amounts[argument / CLIENTS % 5]); break;
		case 5:
			f.now_ms += times[argument % 7];
			mqs_broker_tick(f.broker, f.now_ms);
			break;
		case 6: resolve_something(); break;
		case 7: publish_something(); break;
		case 8: disconnect_somebody(argument & 1); break;
		case 9:
			f.mood = take_byte();
			mqs_broker_set_wants(f.broker, MQS_PHASE_BEFORE, argument | (f.mood & 32 ? 1u << MQS_EVENT_DELIVER : 0));
			mqs_broker_set_wants(f.broker, MQS_PHASE_AFTER, take_byte());
			mqs_broker_set_publish_concurrency(f.broker, concurrency[op >> 4 & 3]);
			f.outside = op & 64;
			break;
		case 10:
			if (op >= 128) {
				disturb_peers(argument);
				break;
			} /* fall through */
		default: say_packet(c, types[argument / CLIENTS % 16], op >= 240); break;
	}
	listen_all();
	settle();
	echo_filter();
	check_gauges();
}

/* Everybody leaves, all that waits ends in time, and nothing is left. */
static void finish(void)
{
	for (int i = 0; i < CLIENTS; i++) {
		hang_up(&f.clients[i]);
	}
	mqs_broker_set_wants(f.broker, MQS_PHASE_BEFORE, 0);
	mqs_broker_set_wants(f.broker, MQS_PHASE_AFTER, 0);
	for (int i = 0; i < 5; i++) {
		mqs_broker_tick(f.broker, f.now_ms += 4000000);
	}
	const mqs_broker_stats *stats = mqs_broker_get_stats(f.broker);
	FUZZ_CHECK(stats->sessions == 0 && stats->subscriptions == 0 && stats->shared_subscriptions == 0);
	FUZZ_CHECK(stats->queued_messages == 0 && stats->queued_bytes == 0 && stats->pending_decisions == 0);
	mqs_broker_destroy(f.broker);
	FUZZ_CHECK(f.live == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	mqs_broker_options options;
	mqs_ports ports = {.hooks = {.decide = decide, .cancel = cancel}, .random = random_bytes};
	ports.bus = (mqs_bus){.origin = 2, .deliver = bus_deliver, .filter_changed = bus_filter, .claim = bus_claim};
	memset(&f, 0, sizeof(f));
	f.input = mqs_bytes_make(data, size < INPUT_BYTES ? size : INPUT_BYTES);
	f.alloc = (mqs_alloc){NULL, acquire, resize, release};
	mqs_broker_options_init(&options);
	uint8_t bits = take_byte();
	f.mood = take_byte();
	f.fail_at = take_byte() * 2;
	options.sys_interval_s = 0;
	options.max_sessions = 4;
	options.max_session_expiry_s = 3600;
	options.max_output_bytes = 4096;
	options.write_timeout_ms = 20000;
	options.max_packet_bytes = 2000;
	options.max_queued_messages = bits & 1 ? 3 : 100;
	options.max_inflight = bits & 2 ? 2 : 256;
	options.overlapping_deliver_each = bits >> 2 & 1;
	options.queue_qos0 = bits >> 3 & 1;
	options.pressure_timeout_ms = bits & 16 ? 0 : 1000;
	options.max_held_bytes = bits & 32 ? 10 : 1000;
	options.max_parked_per_connection = bits & 8 ? 3 : 64;
	options.max_pending_decisions = bits & 64 ? 1 : 10;
	options.receive_maximum = bits & 128 ? 1 : 100;
	options.max_unconfirmed = bits & 1 ? 2 : 1000;
	if (mqs_broker_create(&f.alloc, &options, &ports, 0, &f.broker) != MQS_OK) {
		FUZZ_CHECK(f.live == 0);
		return 0;
	}
	for (int i = 0; i < OPERATIONS && f.input.len; i++) {
		operate();
	}
	finish();
	return 0;
}
