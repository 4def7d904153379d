/* SPDX-License-Identifier: MIT
 *
 * benchmarks/loadgen_mqtt.c - MQTT packets in both directions, 3.1.1 and 5.0.
 * Only what a load needs; an own encoding, so that a fault of the broker's codec cannot hide itself.
 */
#define _GNU_SOURCE
#include "loadgen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILTERS_PER_PACKET 64

/* ---- encoding ---- */

size_t lg_varint(unsigned char *to, uint32_t value)
{
	size_t n = 0;
	do {
		to[n] = (unsigned char)(value & 127);
		value >>= 7;
		if (value) {
			to[n] |= 128;
		}
		n++;
	} while (value && n < 4);
	return n;
}

static void put16(unsigned char *to, uint32_t value)
{
	to[0] = (unsigned char)(value >> 8);
	to[1] = (unsigned char)value;
}

void lg_put_connect(struct lg *lg, struct lg_conn *conn)
{
	char id[24];
	bool v5 = lg->opt.protocol == 5;
	uint32_t id_len = (uint32_t)snprintf(id, sizeof id, "lg%d-%u", (int)getpid() % 1000000, conn->number);
	uint32_t keep_alive = (uint32_t)lg->opt.timeout_s + 60; /* longer than any run: no PINGREQ is needed */
	uint32_t remaining = 10 + (v5 ? 1 : 0) + 2 + id_len;
	unsigned char *p = lg_reserve(conn, 2 + remaining);
	*p++ = 0x10;
	*p++ = (unsigned char)remaining;
	memcpy(p, "\0\4MQTT", 6);
	p[6] = (unsigned char)lg->opt.protocol;
	p[7] = 0x02; /* clean session, clean start */
	put16(p + 8, keep_alive);
	p += 10;
	if (v5) {
		*p++ = 0;
	}
	put16(p, id_len);
	memcpy(p + 2, id, id_len);
}

static void put_subscribe(struct lg *lg, struct lg_conn *conn)
{
	unsigned char body[FILTERS_PER_PACKET * (LG_TOPIC_MAX + 3) + 3];
	unsigned char head[5] = {0x82};
	size_t len = 0;
	uint32_t count = 0;
	put16(body, 1 + conn->filter % 60000);
	len = 2;
	if (lg->opt.protocol == 5) {
		body[len++] = 0;
	}
	while (count < FILTERS_PER_PACKET) {
		char text[LG_TOPIC_MAX];
		uint32_t n = lg_filter(lg, conn, conn->filter + count, text);
		if (n == 0) {
			break;
		}
		put16(body + len, n);
		memcpy(body + len + 2, text, n);
		body[len + 2 + n] = (unsigned char)lg->opt.qos;
		len += 3 + n;
		count++;
	}
	size_t head_len = 1 + lg_varint(head + 1, (uint32_t)len);
	unsigned char *p = lg_reserve(conn, head_len + len);
	memcpy(p, head, head_len);
	memcpy(p + head_len, body, len);
	conn->asked = count;
	conn->state = LG_SUBACK;
}

void lg_put_publish(struct lg *lg, struct lg_publisher *pub, uint16_t id, uint64_t stamp_ns)
{
	uint32_t topic_len, size = lg->opt.payload;
	const char *topic = lg_topic_of(lg, pub->conn->index, pub->next, &topic_len);
	unsigned qos = lg->opt.qos;
	uint32_t remaining = 2 + topic_len + (qos ? 2 : 0) + (lg->opt.protocol == 5 ? 1 : 0) + size;
	unsigned char head[5] = {(unsigned char)(0x30 | qos << 1 | (lg->retain ? 1 : 0))};
	size_t head_len = 1 + lg_varint(head + 1, remaining);
	unsigned char *p = lg_reserve(pub->conn, head_len + remaining);
	uint32_t who = pub->conn->index, seq = pub->next;
	memcpy(p, head, head_len);
	p += head_len;
	put16(p, topic_len);
	memcpy(p + 2, topic, topic_len);
	p += 2 + topic_len;
	if (qos) {
		put16(p, id);
		p += 2;
	}
	if (lg->opt.protocol == 5) {
		*p++ = 0;
	}
	memcpy(p, &who, 4);
	memcpy(p + 4, &seq, 4);
	memcpy(p + 8, &stamp_ns, 8);
	memcpy(p + LG_PAYLOAD_MIN, lg->filler, size - LG_PAYLOAD_MIN);
}

static void put_ack(struct lg *lg, struct lg_conn *conn, unsigned first, uint32_t id)
{
	unsigned char *p = lg_reserve(conn, 4);
	p[0] = (unsigned char)first;
	p[1] = 2;
	put16(p + 2, id);
	lg_mark(lg, conn);
}

void lg_put_ping(struct lg_conn *conn)
{
	memcpy(lg_reserve(conn, 2), "\xc0\x00", 2);
}

void lg_put_disconnect(struct lg_conn *conn)
{
	memcpy(lg_reserve(conn, 2), "\xe0\x00", 2);
}

/* ---- decoding ---- */

int lg_frame(const unsigned char *bytes, size_t len, uint32_t *remaining)
{
	uint32_t value = 0;
	for (size_t i = 1; i < len && i <= 4; i++) {
		value |= (uint32_t)(bytes[i] & 127) << (7 * (i - 1));
		if (!(bytes[i] & 128)) {
			*remaining = value;
			return (int)i + 1;
		}
		if (i == 4) {
			return -1;
		}
	}
	return 0;
}

static uint32_t get16(const unsigned char *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

/* The Receive Maximum among the properties of a CONNACK (MQTT 5 section 3.2.2.3); 65535 when it is absent. */
static uint32_t receive_maximum(const unsigned char *p, size_t len)
{
	size_t i = 1; /* behind the length of the list, one to four bytes */
	while (i < len && i < 4 && (p[i - 1] & 128)) {
		i++;
	}
	while (i + 1 < len) {
		unsigned id = p[i++];
		if (id == 0x21) {
			return i + 2 <= len ? get16(p + i) : 65535;
		}
		if (id == 0x11 || id == 0x27) {
			i += 4;
		} else if (id == 0x22 || id == 0x13) {
			i += 2;
		} else if (id == 0x24 || id == 0x25 || (id >= 0x28 && id <= 0x2a)) {
			i += 1;
		} else {
			for (int strings = id == 0x26 ? 2 : 1; strings > 0 && i + 2 <= len; strings--) {
				i += 2 + get16(p + i);
			}
		}
	}
	return 65535;
}

static bool on_publish(struct lg *lg, struct lg_conn *conn, const unsigned char *p, uint32_t first, uint32_t len)
{
	struct lg_message message = {.qos = first >> 1 & 3, .retain = first & 1};
	uint32_t id = 0, at, skip;
	if (len < 2) {
		return false;
	}
	message.topic = p + 2;
	message.topic_len = get16(p);
	at = 2 + message.topic_len;
	if (message.qos) {
		if (at + 2 > len || (id = get16(p + at)) == 0) {
			return false;
		}
		at += 2;
	}
	if (lg->opt.protocol == 5) { /* a property list is shaped like a remaining length */
		int n = at < len ? lg_frame(p + at - 1, len - at + 1, &skip) : 0;
		if (n <= 0) {
			return false;
		}
		at += (uint32_t)n - 1 + skip;
	}
	if (at > len || message.qos > 2) {
		return false;
	}
	message.payload = p + at;
	message.payload_len = len - at;
	lg_on_message(lg, conn, &message);
	if (message.qos) {
		put_ack(lg, conn, message.qos == 1 ? 0x40 : 0x50, id);
	}
	return true;
}

/* PUBACK, PUBREC, PUBCOMP at a publisher; PUBREL at a subscriber. */
static bool on_ack(struct lg *lg, struct lg_conn *conn, unsigned type, const unsigned char *p, uint32_t len)
{
	uint32_t id = len >= 2 ? get16(p) : 0;
	bool error = lg->opt.protocol == 5 && len >= 3 && p[2] >= 0x80;
	if (id == 0) {
		return false;
	}
	if (type == 6) {
		put_ack(lg, conn, 0x70, id);
		return conn->role == LG_SUBSCRIBER;
	}
	if (conn->role != LG_PUBLISHER || id > lg->window) {
		return false;
	}
	struct lg_publisher *pub = &lg->pubs[conn->index];
	unsigned want = type == 7 ? 2 : 1;
	if (lg->opt.qos == 0 || pub->id_state[id] != want || (type == 4) != (lg->opt.qos == 1)) {
		return false;
	}
	lg->refused += error;
	if (type == 5 && !error) {
		pub->id_state[id] = 2;
		put_ack(lg, conn, 0x62, id);
		return true;
	}
	lg_on_done(lg, pub, (uint16_t)id);
	return true;
}

static void became_ready(struct lg *lg, struct lg_conn *conn)
{
	conn->state = LG_READY;
	lg->ready++;
	lg->opening--;
	lg_open_range(lg, lg->open_next, lg->open_end - lg->open_next);
}

static bool on_packet(struct lg *lg, struct lg_conn *conn, unsigned first, const unsigned char *p, uint32_t len)
{
	unsigned type = first >> 4;
	lg->progress++;
	if (type == 3) {
		return conn->role == LG_SUBSCRIBER && on_publish(lg, conn, p, first & 15, len);
	}
	if (type >= 4 && type <= 7) {
		return on_ack(lg, conn, type, p, len);
	}
	if (type == 2 && conn->state == LG_CONNACK && len >= 2) {
		if (p[1] != 0) {
			lg_fail(lg, "CONNECT was refused with code %u", p[1]);
			return true;
		}
		lg_on_connack(lg, conn, lg->opt.protocol == 5 ? receive_maximum(p + 2, len - 2) : 65535);
		if (conn->role == LG_SUBSCRIBER && conn->state == LG_CONNACK) {
			put_subscribe(lg, conn);
			lg_mark(lg, conn);
		} else if (conn->state == LG_CONNACK) {
			became_ready(lg, conn);
		}
		return true;
	}
	if (type == 9 && conn->state == LG_SUBACK && len >= 2 + conn->asked) {
		for (uint32_t i = len - conn->asked; i < len; i++) {
			if (p[i] != lg->opt.qos) {
				lg_fail(lg, "SUBACK says %u where %u was asked for", p[i], lg->opt.qos);
			}
		}
		char text[LG_TOPIC_MAX];
		conn->filter += conn->asked;
		if (lg_filter(lg, conn, conn->filter, text)) {
			put_subscribe(lg, conn);
			lg_mark(lg, conn);
		} else {
			became_ready(lg, conn);
		}
		return true;
	}
	if (type == 13) {
		lg_on_pong(lg, conn);
		return true;
	}
	if (type == 14) {
		lg_fail(lg, "the broker sent DISCONNECT with code %u", len ? p[0] : 0);
		return true;
	}
	return false;
}

void lg_parse(struct lg *lg, struct lg_conn *conn, const unsigned char *bytes, size_t len)
{
	size_t at = 0;
	while (at < len) {
		uint32_t remaining = 0;
		int head = lg_frame(bytes + at, len - at, &remaining);
		if (head < 0 || remaining > LG_PACKET_MAX) {
			lg->protocol_errors++;
			lg_fail(lg, "malformed packet length from the broker");
			return;
		}
		if (head == 0 || len - at - (size_t)head < remaining) {
			break;
		}
		if (!on_packet(lg, conn, bytes[at], bytes + at + head, remaining)) {
			if (lg->protocol_errors++ == 0) {
				snprintf(lg->odd_packet, sizeof lg->odd_packet, "0x%02x, %u bytes", bytes[at], remaining);
			}
		}
		if (conn->fd < 0) {
			return;
		}
		at += (size_t)head + remaining;
	}
	size_t left = len - at;
	if (left > conn->in_cap) {
		size_t cap = left < 512 ? 512 : left;
		free(conn->in);
		conn->in = lg_alloc(1, cap);
		conn->in_cap = cap;
	}
	if (left) {
		memcpy(conn->in, bytes + at, left);
	}
	conn->in_len = left;
}
