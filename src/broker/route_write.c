/* SPDX-License-Identifier: MIT
 *
 * src/broker/route_write.c - a message written as PUBLISH.
 *
 * Payloads from MQS_SHARE_MIN bytes on are shared by reference. The rest is written straight into the receiver's
 * output; of a message with several receivers a print is made first, and copied for each of those for whom nothing is
 * different but the packet identifier.
 */
#include "broker/delivery.h"

/* What a new alias adds at most: the property, and a longer property length. */
#define NEW_ALIAS_MAX 4u

static uint8_t *write_u16(uint8_t *out, size_t value)
{
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
	return out + 2;
}

static uint8_t *write_bytes(uint8_t *out, mqs_bytes bytes)
{
	if (bytes.len) {
		memcpy(out, bytes.ptr, bytes.len);
	}
	return out + bytes.len;
}

/* What stands in a PUBLISH besides topic and payload, for one receiver. */
typedef struct header {
	uint8_t first;       /* byte of the packet */
	const uint32_t *ids; /* subscription identifiers */
	uint32_t id_count;
	uint16_t alias;  /* 0: none */
	mqs_bytes topic; /* empty when the alias says it */
	size_t props;
} header;

/* The alias that this client knows the topic by: then the topic itself is left out. */
static void use_alias(const mqs_conn *conn, header *head)
{
	for (uint32_t i = 0; i < conn->alias_out_count; i++) {
		if (mqs_bytes_equal(mqs_block_view(conn->aliases_out[i]), head->topic)) {
			head->alias = (uint16_t)(i + 1);
			head->topic = mqs_bytes_make(NULL, 0);
			return;
		}
	}
}

/* A new alias. The first topics get them, and keep them as long as the connection lasts. */
static void define_alias(mqs_conn *conn, header *head)
{
	mqs_broker *broker = conn->broker;
	if (!conn->aliases_out) {
		size_t size = conn->alias_out_max * sizeof(*conn->aliases_out);
		conn->aliases_out = (mqs_block **)mqs_acquire(broker->alloc, size);
	}
	mqs_block *block = conn->aliases_out ? mqs_block_create(broker->alloc, head->topic.len) : NULL;
	if (block) { /* without memory there is no alias, and no harm */
		memcpy(block->data, head->topic.ptr, head->topic.len);
		conn->aliases_out[conn->alias_out_count++] = block;
		head->alias = conn->alias_out_count;
	}
}

/* The packet that would have told the client of a new alias was not sent. */
static void forget_alias(mqs_conn *conn, uint16_t count)
{
	if (conn->alias_out_count > count) {
		mqs_block_unref(conn->aliases_out[--conn->alias_out_count]);
	}
}

static size_t props_size(const mqs_route *route, const header *head)
{
	size_t size = route->props.len + (route->expires_ms != MQS_NEVER ? 5 : 0) + (head->alias ? 3 : 0);
	for (uint32_t i = 0; i < head->id_count; i++) {
		size += 1 + mqs_varint_size(head->ids[i]);
	}
	return size;
}

static uint8_t *write_props(uint8_t *out, const mqs_route *route, const header *head, int64_t now_ms)
{
	out += mqs_varint_write(out, (uint32_t)head->props);
	if (route->expires_ms != MQS_NEVER) { /* what is left of it [MQTT-3.3.2-6] */
		int64_t left_s = route->expires_ms > now_ms ? (route->expires_ms - now_ms + 999) / 1000 : 0;
		*out++ = MQTT_PROP_MESSAGE_EXPIRY_INTERVAL;
		out = write_u16(out, (size_t)left_s >> 16);
		out = write_u16(out, (size_t)left_s & 0xffff);
	}
	if (head->alias) {
		*out++ = MQTT_PROP_TOPIC_ALIAS;
		out = write_u16(out, head->alias);
	}
	for (uint32_t i = 0; i < head->id_count; i++) {
		*out++ = MQTT_PROP_SUBSCRIPTION_IDENTIFIER;
		out += mqs_varint_write(out, head->ids[i]);
	}
	return write_bytes(out, route->props);
}

static inline uint8_t qos_of(const header *head)
{
	return head->first >> 1 & 3;
}

/* Everything of the packet between its length and its payload. */
static inline size_t front_size(uint8_t level, const mqs_route *route, header *head)
{
	size_t size = 2 + head->topic.len + (qos_of(head) ? 2 : 0);
	if (level == MQTT_LEVEL_5) {
		head->props = props_size(route, head);
		size += mqs_varint_size((uint32_t)head->props) + head->props;
	}
	return size;
}

/* Everything before the payload. */
static inline uint8_t *write_front(uint8_t *out, uint8_t level, const mqs_route *route, const header *head,
    size_t remaining, uint16_t packet_id, int64_t now_ms)
{
	*out++ = head->first;
	out += mqs_varint_write(out, (uint32_t)remaining);
	out = write_bytes(write_u16(out, head->topic.len), head->topic);
	if (qos_of(head)) {
		out = write_u16(out, packet_id);
	}
	return level == MQTT_LEVEL_5 ? write_props(out, route, head, now_ms) : out;
}

static void count_sent(mqs_conn *conn, const mqs_route *route)
{
	mqs_broker_stats *stats = &conn->broker->stats;
	conn->packets_out++;
	stats->packets_sent++;
	stats->publish_sent++;
	stats->publish_bytes_sent += route->payload.len;
}

/* ---- prints -------------------------------------------------------------------------------------------------- */

/* NULL: it is too long for one. */
static MQS_NOINLINE const mqs_print *make_print(
    mqs_print *print, mqs_route *route, uint8_t level, uint8_t first, int64_t now_ms)
{
	header head = {.first = first, .topic = route->topic};
	size_t remaining = front_size(level, route, &head) + route->payload.len;
	size_t fixed = 1 + mqs_varint_size((uint32_t)remaining);
	if (remaining > MQS_PRINT_MAX - fixed) {
		route->several = false;
		return NULL;
	}
	uint8_t *end = write_front(print->bytes, level, route, &head, remaining, 0, now_ms);
	write_bytes(end, route->payload);
	print->route = route;
	print->len = (uint16_t)(fixed + remaining);
	print->id_at = (uint16_t)(fixed + 2 + route->topic.len);
	print->first = first;
	route->prints[level == MQTT_LEVEL_5] = print;
	return print;
}

static inline bool write_print(mqs_conn *conn, const mqs_route *route, const mqs_print *print, uint16_t packet_id)
{
	if (MQS_UNLIKELY(conn->client_max_packet && print->len > conn->client_max_packet)) { /* [MQTT-3.1.2-24] */
		conn->broker->stats.dropped_too_large++;
		return false;
	}
	uint8_t *out = mqs_output_reserve(conn, print->len);
	if (MQS_UNLIKELY(!out)) {
		conn->broker->stats.dropped_no_memory++;
		return false;
	}
	memcpy(out, print->bytes, print->len);
	if (packet_id) {
		write_u16(out + print->id_at, packet_id);
	}
	count_sent(conn, route);
	return true;
}

/* ---- one packet ---------------------------------------------------------------------------------------------- */

/* Does a packet of this remaining length fit the client? [MQTT-3.1.2-24] */
static bool fits(const mqs_conn *conn, size_t remaining)
{
	return remaining <= MQTT_VARINT_MAX &&
	       (!conn->client_max_packet ||
	           1 + mqs_varint_size((uint32_t)remaining) + remaining <= conn->client_max_packet);
}

static bool write_packet(mqs_conn *conn, mqs_route *route, uint8_t first, uint16_t packet_id, const uint32_t *ids,
    uint32_t id_count, int64_t now_ms)
{
	mqs_broker *broker = conn->broker;
	header head = {.first = first, .ids = ids, .id_count = id_count, .topic = route->topic};
	uint16_t aliases = conn->alias_out_count;

	if (aliases) {
		use_alias(conn, &head);
	}
	size_t front = front_size(conn->level, route, &head);
	if (!fits(conn, front + route->payload.len)) {
		broker->stats.dropped_too_large++;
		return false;
	}
	if (!head.alias && aliases < conn->alias_out_max && fits(conn, front + NEW_ALIAS_MAX + route->payload.len)) {
		define_alias(conn, &head);
		front = front_size(conn->level, route, &head);
	}
	size_t remaining = front + route->payload.len;
	size_t fixed = 1 + mqs_varint_size((uint32_t)remaining);
	bool share = route->message && route->payload.len >= MQS_SHARE_MIN;
	uint8_t *out = mqs_output_reserve(conn, fixed + (share ? front : remaining));
	if (!out) {
		forget_alias(conn, aliases);
		broker->stats.dropped_no_memory++;
		return false;
	}
	out = write_front(out, conn->level, route, &head, remaining, packet_id, now_ms);
	if (!share) {
		write_bytes(out, route->payload);
	} else if (mqs_output_share(conn, route->message) != MQS_OK) {
		mqs_output_retract(conn, fixed + front);
		forget_alias(conn, aliases);
		broker->stats.dropped_no_memory++;
		return false;
	}
	count_sent(conn, route);
	return true;
}

bool mqs_route_write(mqs_conn *conn, mqs_route *route, uint8_t qos, mqs_retain_flag retain, bool dup,
    uint16_t packet_id, const uint32_t *ids, uint32_t id_count, int64_t now_ms)
{
	bool modern = conn->level == MQTT_LEVEL_5;
	/* a session of a 5.0 client may go on with 3.1.1 [MQTT-3.3.1-9] */
	bool retained = retain == MQS_RETAIN_STORED || (retain == MQS_RETAIN_AS_PUBLISHED && conn->level == MQTT_LEVEL_5);
	uint8_t first = (uint8_t)(MQTT_PKT_PUBLISH << 4 | (dup ? 8 : 0) | qos << 1 | (retained ? 1 : 0));

	if (route->several && !id_count && !conn->alias_out_max && !dup && route->payload.len < MQS_SHARE_MIN) {
		const mqs_print *print = route->prints[modern];
		if (MQS_UNLIKELY(!print || print->first != first || print->route != route)) {
			print = make_print(&conn->broker->prints[modern], route, conn->level, first, now_ms);
		}
		if (MQS_LIKELY(print)) {
			return write_print(conn, route, print, packet_id);
		}
	}
	return write_packet(conn, route, first, packet_id, ids, id_count, now_ms);
}
