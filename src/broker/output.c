/* SPDX-License-Identifier: MIT
 *
 * src/broker/output.c - bytes on their way to a connection: copied into segments, big payloads shared by reference.
 * Owns: the segments. They never move and are never written behind `end` by anybody else, so a home may hold them.
 */
#include "broker/delivery.h"

#define POOL_SMALL_MAX 4096u
#define POOL_LARGE_MAX 256u

static mqs_segment *segment_acquire(mqs_broker *broker, size_t need, bool first)
{
	size_t head = offsetof(mqs_segment, data);
	int class = first && need <= MQS_SEGMENT_SMALL - head ? 0 : 1;
	size_t total = class == 0 ? MQS_SEGMENT_SMALL : MQS_SEGMENT_LARGE;
	mqs_segment *segment;

	if (need > total - head) {
		total = head + need;
		segment = (mqs_segment *)mqs_acquire(broker->alloc, total);
	} else if (broker->segments.free[class]) {
		segment = broker->segments.free[class];
		broker->segments.free[class] = segment->next;
		broker->segments.count[class]--;
	} else {
		segment = (mqs_segment *)mqs_acquire(broker->alloc, total);
	}
	if (segment) {
		segment->next = NULL;
		segment->message = NULL;
		segment->ptr = segment->data;
		segment->start = segment->end = 0;
		segment->capacity = (uint32_t)(total - head);
	}
	return segment;
}

static void segment_release(mqs_broker *broker, mqs_segment *segment)
{
	size_t total = offsetof(mqs_segment, data) + segment->capacity;
	int class = total == MQS_SEGMENT_SMALL ? 0 : total == MQS_SEGMENT_LARGE ? 1 : -1;

	if (segment->message) {
		mqs_message_unref(segment->message);
	} else if (class >= 0 && broker->segments.count[class] < (class ? POOL_LARGE_MAX : POOL_SMALL_MAX)) {
		segment->next = broker->segments.free[class];
		broker->segments.free[class] = segment;
		broker->segments.count[class]++;
		return;
	}
	mqs_release(broker->alloc, segment);
}

void mqs_segment_pool_clear(mqs_broker *broker)
{
	for (int class = 0; class < 2; class ++) {
		mqs_segment *segment = broker->segments.free[class];
		while (segment) {
			mqs_segment *next = segment->next;
			mqs_release(broker->alloc, segment);
			segment = next;
		}
		broker->segments.free[class] = NULL;
		broker->segments.count[class] = 0;
	}
}

static void append(mqs_conn *conn, mqs_segment *segment)
{
	if (conn->output.tail) {
		conn->output.tail->next = segment;
	} else {
		conn->output.head = segment;
	}
	conn->output.tail = segment;
}

/* The output was empty: somebody has to come and fetch it, and may take only so long. */
static void begin(mqs_conn *conn)
{
	conn->progress_ms = conn->broker->now_ms;
	int64_t due_ms = conn->progress_ms + conn->broker->options.write_timeout_ms;
	if (!mqs_deadline_armed(&conn->timer) || conn->timer.timer.due_ms > due_ms) {
		mqs_deadline_arm(conn->broker, &conn->timer, due_ms);
	}
	mqs_conn_ready(conn);
}

uint8_t *mqs_output_reserve_more(mqs_conn *conn, size_t len)
{
	MQS_ASSERT(!conn->output.abandoned);
	mqs_segment *tail = conn->output.tail;
	if (!tail || tail->capacity - tail->end < len || tail->message) {
		/* behind a shared payload usually comes another one, with a few bytes between them */
		tail = segment_acquire(conn->broker, len, tail == NULL || tail->message);
		if (!tail) {
			return NULL;
		}
		append(conn, tail);
	}
	uint8_t *room = tail->data + tail->end;
	tail->end += (uint32_t)len;
	if (conn->output.size == 0) {
		begin(conn);
	}
	conn->output.size += len;
	return room;
}

void mqs_output_retract(mqs_conn *conn, size_t len)
{
	MQS_ASSERT(conn->output.tail && !conn->output.tail->message && conn->output.tail->end >= len);
	conn->output.tail->end -= (uint32_t)len;
	conn->output.size -= len;
}

mqs_result mqs_output_share(mqs_conn *conn, mqs_message *message)
{
	mqs_bytes payload = mqs_message_payload(message);
	mqs_segment *segment = (mqs_segment *)mqs_acquire(conn->broker->alloc, offsetof(mqs_segment, data));
	if (!segment) {
		return MQS_ERR_NOMEM;
	}
	segment->next = NULL;
	segment->message = mqs_message_ref(message);
	segment->ptr = payload.ptr;
	segment->start = 0;
	segment->end = (uint32_t)payload.len;
	segment->capacity = 0;
	append(conn, segment);
	if (conn->output.size == 0) {
		begin(conn);
	}
	conn->output.size += payload.len;
	return MQS_OK;
}

void mqs_output_abandon(mqs_conn *conn)
{
	conn->output.abandoned = true;
	conn->output.size = 0;
}

void mqs_output_clear(mqs_conn *conn)
{
	mqs_segment *segment = conn->output.head;
	while (segment) {
		mqs_segment *next = segment->next;
		segment_release(conn->broker, segment);
		segment = next;
	}
	conn->output.head = conn->output.tail = NULL;
	conn->output.size = 0;
}

size_t mqs_conn_output(const mqs_conn *conn, mqs_bytes *vec, size_t max)
{
	size_t count = 0;
	if (conn->output.abandoned) {
		return 0;
	}
	for (const mqs_segment *segment = conn->output.head; segment && count < max; segment = segment->next) {
		if (segment->end > segment->start) {
			vec[count++] = mqs_bytes_make(segment->ptr + segment->start, segment->end - segment->start);
		}
	}
	return count;
}

size_t mqs_conn_output_size(const mqs_conn *conn)
{
	return conn->output.size;
}

void mqs_conn_output_advance(mqs_conn *conn, size_t count, int64_t now_ms)
{
	mqs_broker *broker = conn->broker;
	broker->now_ms = now_ms;
	if (conn->output.abandoned) {
		return;
	}
	if (count > conn->output.size) {
		count = conn->output.size;
	}
	conn->progress_ms = now_ms;
	conn->output.size -= count;
	broker->stats.bytes_sent += count;
	while (conn->output.head) {
		mqs_segment *segment = conn->output.head;
		size_t here = segment->end - segment->start;
		if (count < here) {
			segment->start += (uint32_t)count;
			break;
		}
		count -= here;
		conn->output.head = segment->next;
		if (!segment->next) {
			conn->output.tail = NULL;
		}
		segment_release(broker, segment);
	}
	if (conn->state == MQS_CONN_CLOSING) {
		if (conn->output.size == 0) {
			mqs_conn_ready(conn);
		}
		return;
	}
	if (conn->output.size <= (size_t)broker->options.max_output_bytes / 2) {
		if (conn->session) {
			mqs_outbox_pump(conn->session, broker, now_ms);
		}
		if (conn->reading_paused && mqs_conn_wants_read(conn)) {
			mqs_conn_ready(conn);
		}
	}
}

/* Sends what is encoded, or nothing at all. */
static bool encode(mqs_conn *conn, const mqs_packet *packet)
{
	size_t size = mqs_packet_size(packet);
	if (size == 0 || (conn->client_max_packet && size > conn->client_max_packet)) {
		return false;
	}
	uint8_t *room = mqs_output_reserve(conn, size);
	if (!room) {
		mqs_conn_doom(conn, MQTT_RC_SERVER_BUSY, false);
		return true;
	}
	mqs_packet_encode_into(packet, room);
	conn->packets_out++;
	conn->broker->stats.packets_sent++;
	return true;
}

static mqs_props *packet_props(mqs_packet *packet)
{
	switch (packet->type) {
		case MQTT_PKT_CONNACK: return &packet->connack.props;
		case MQTT_PKT_PUBACK:
		case MQTT_PKT_PUBREC:
		case MQTT_PKT_PUBREL:
		case MQTT_PKT_PUBCOMP: return &packet->ack.props;
		case MQTT_PKT_SUBACK:
		case MQTT_PKT_UNSUBACK: return &packet->suback.props;
		case MQTT_PKT_DISCONNECT:
		case MQTT_PKT_AUTH: return &packet->reasoned.props;
		default: return NULL;
	}
}

/* What may be left out of a packet: nobody's protocol depends on it. */
#define OPTIONAL_PROPERTIES (MQS_PROP_BIT(MQTT_PROP_REASON_STRING) | MQS_PROP_BIT(MQTT_PROP_USER_PROPERTY))

bool mqs_conn_send(mqs_conn *conn, mqs_packet *packet)
{
	mqs_buffer *trimmed = &conn->broker->trimmed;
	mqs_props *props = packet_props(packet);
	/* without problem information these two alone may carry reasons [MQTT-3.1.2-29] */
	bool allowed = conn->problem_information || packet->type == MQTT_PKT_CONNACK || packet->type == MQTT_PKT_DISCONNECT;

	if (props && conn->level != MQTT_LEVEL_5) {
		props->raw = mqs_bytes_make(NULL, 0);
	}
	if ((allowed || !props || props->raw.len == 0) && encode(conn, packet)) {
		return true;
	}
	/* and they are not sent when they do not fit: [MQTT-3.2.2-19] and its like in every packet */
	if (props && props->raw.len) {
		trimmed->len = 0;
		if (mqs_props_copy(trimmed, props->raw, OPTIONAL_PROPERTIES) != MQS_OK) {
			mqs_conn_doom(conn, MQTT_RC_SERVER_BUSY, false);
			return true;
		}
		props->raw = mqs_buffer_view(trimmed);
		if (encode(conn, packet)) {
			return true;
		}
	}
	conn->broker->stats.dropped_too_large++;
	return false;
}

void mqs_conn_send_ack(mqs_conn *conn, mqtt_packet_type type, uint16_t packet_id, uint8_t reason, mqs_bytes props)
{
	if (reason == 0 && props.len == 0) {
		uint8_t *room = mqs_output_reserve(conn, 4);
		if (!room) {
			mqs_conn_doom(conn, MQTT_RC_SERVER_BUSY, false);
			return;
		}
		room[0] = (uint8_t)(type << 4 | (type == MQTT_PKT_PUBREL ? 2 : 0));
		room[1] = 2;
		room[2] = (uint8_t)(packet_id >> 8);
		room[3] = (uint8_t)packet_id;
		conn->packets_out++;
		conn->broker->stats.packets_sent++;
		return;
	}
	mqs_packet packet;
	packet.type = type;
	packet.level = conn->level;
	packet.ack.packet_id = packet_id;
	packet.ack.reason = reason;
	packet.ack.props.present = 0;
	packet.ack.props.raw = props;
	mqs_conn_send(conn, &packet);
}

void mqs_conn_send_raw(mqs_conn *conn, mqs_bytes bytes)
{
	if (conn->client_max_packet && bytes.len > conn->client_max_packet) { /* [MQTT-3.1.2-24] */
		conn->broker->stats.dropped_too_large++;
		return;
	}
	uint8_t *room = mqs_output_reserve(conn, bytes.len);
	if (!room) {
		mqs_conn_doom(conn, MQTT_RC_SERVER_BUSY, false);
		return;
	}
	memcpy(room, bytes.ptr, bytes.len);
	conn->packets_out++;
	conn->broker->stats.packets_sent++;
}
