/* SPDX-License-Identifier: MIT
 *
 * src/codec/encode.c - packets to bytes, and lists of topic filters. Keeps nothing.
 */
#include "codec/codec_private.h"

/* ---- sizes --------------------------------------------------------------------------------------------------- */

#define CANNOT SIZE_MAX /* a size that stands for "cannot be encoded" and survives add() */

static inline size_t add(size_t sum, size_t more)
{
	return sum > MQTT_VARINT_MAX || more > MQTT_VARINT_MAX ? CANNOT : sum + more;
}

static inline size_t sized_size(mqs_bytes bytes)
{
	return bytes.len > UINT16_MAX ? CANNOT : 2 + bytes.len;
}

static inline size_t props_size(const mqs_props *props, uint8_t level)
{
	if (level < MQTT_LEVEL_5) {
		return 0;
	}
	if (props->raw.len > MQTT_VARINT_MAX) {
		return CANNOT;
	}
	return mqs_varint_size((uint32_t)props->raw.len) + props->raw.len;
}

static size_t connect_size(const mqs_connect *c, uint8_t level)
{
	size_t sum = (level == MQTT_LEVEL_3_1 ? 8 : 6) + 4;
	sum = add(sum, props_size(&c->props, level));
	sum = add(sum, sized_size(c->client_id));
	if (c->has_will) {
		sum = add(sum, props_size(&c->will_props, level));
		sum = add(sum, sized_size(c->will_topic));
		sum = add(sum, sized_size(c->will_payload));
	}
	if (c->has_username) {
		sum = add(sum, sized_size(c->username));
	}
	if (c->has_password) {
		sum = add(sum, sized_size(c->password));
	}
	return sum;
}

static size_t publish_size(const mqs_publish *p, uint8_t level)
{
	size_t sum = add(sized_size(p->topic), p->qos ? 2 : 0);
	sum = add(sum, props_size(&p->props, level));
	return add(sum, p->payload.len);
}

/* Reason code and property length go away from the end while they say nothing. */
static size_t reasoned_size(uint8_t reason, const mqs_props *props, uint8_t level)
{
	if (level < MQTT_LEVEL_5 || (reason == MQTT_RC_SUCCESS && props->raw.len == 0)) {
		return 0;
	}
	return props->raw.len == 0 ? 1 : add(1, props_size(props, level));
}

static size_t auth_size(const mqs_reasoned *a, uint8_t level)
{
	if (level < MQTT_LEVEL_5) {
		return CANNOT;
	}
	bool empty = a->reason == MQTT_RC_SUCCESS && a->props.raw.len == 0;
	return empty ? 0 : add(1, props_size(&a->props, level));
}

/* Bytes behind the fixed header, above MQTT_VARINT_MAX when there is no such packet. */
static size_t body_size(const mqs_packet *packet)
{
	uint8_t level = packet->level;
	if (level < MQTT_LEVEL_3_1 || level > MQTT_LEVEL_5) {
		return CANNOT;
	}
	switch (packet->type) {
		case MQTT_PKT_CONNECT: return connect_size(&packet->connect, level);
		case MQTT_PKT_CONNACK: return add(2, props_size(&packet->connack.props, level));
		case MQTT_PKT_PUBLISH: return publish_size(&packet->publish, level);
		case MQTT_PKT_PUBACK:
		case MQTT_PKT_PUBREC:
		case MQTT_PKT_PUBREL:
		case MQTT_PKT_PUBCOMP: return add(2, reasoned_size(packet->ack.reason, &packet->ack.props, level));
		case MQTT_PKT_SUBSCRIBE:
		case MQTT_PKT_UNSUBSCRIBE:
			return add(add(2, props_size(&packet->subscribe.props, level)), packet->subscribe.entries.len);
		case MQTT_PKT_SUBACK: return add(add(2, props_size(&packet->suback.props, level)), packet->suback.codes.len);
		case MQTT_PKT_UNSUBACK:
			if (level < MQTT_LEVEL_5) {
				return 2;
			}
			return add(add(2, props_size(&packet->suback.props, level)), packet->suback.codes.len);
		case MQTT_PKT_PINGREQ:
		case MQTT_PKT_PINGRESP: return 0;
		case MQTT_PKT_DISCONNECT: return reasoned_size(packet->reasoned.reason, &packet->reasoned.props, level);
		case MQTT_PKT_AUTH: return auth_size(&packet->reasoned, level);
	}
	return CANNOT;
}

size_t mqs_packet_size(const mqs_packet *packet)
{
	size_t body = body_size(packet);
	return body > MQTT_VARINT_MAX ? 0 : 1 + mqs_varint_size((uint32_t)body) + body;
}

/* ---- bytes --------------------------------------------------------------------------------------------------- */

static inline uint8_t *put_u16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return at + 2;
}

static inline uint8_t *put_bytes(uint8_t *at, mqs_bytes bytes)
{
	if (bytes.len > 0) {
		memcpy(at, bytes.ptr, bytes.len);
	}
	return at + bytes.len;
}

static inline uint8_t *put_sized(uint8_t *at, mqs_bytes bytes)
{
	return put_bytes(put_u16(at, bytes.len), bytes);
}

static inline uint8_t *put_props(uint8_t *at, const mqs_props *props, uint8_t level)
{
	if (level < MQTT_LEVEL_5) {
		return at;
	}
	at += mqs_varint_write(at, (uint32_t)props->raw.len);
	return put_bytes(at, props->raw);
}

static uint8_t *put_connect(uint8_t *at, const mqs_connect *c, uint8_t level)
{
	at = put_sized(at, level == MQTT_LEVEL_3_1 ? MQS_BYTES_LITERAL("MQIsdp") : MQS_BYTES_LITERAL("MQTT"));
	*at++ = level;
	*at++ = (uint8_t)((c->clean_start ? 0x02 : 0) | (c->has_will ? 0x04 : 0) |
	                  (c->has_will ? (c->will_qos & 3) << 3 : 0) | (c->has_will && c->will_retain ? 0x20 : 0) |
	                  (c->has_password ? 0x40 : 0) | (c->has_username ? 0x80 : 0));
	at = put_u16(at, c->keep_alive_s);
	at = put_props(at, &c->props, level);
	at = put_sized(at, c->client_id);
	if (c->has_will) {
		at = put_props(at, &c->will_props, level);
		at = put_sized(at, c->will_topic);
		at = put_sized(at, c->will_payload);
	}
	if (c->has_username) {
		at = put_sized(at, c->username);
	}
	if (c->has_password) {
		at = put_sized(at, c->password);
	}
	return at;
}

static uint8_t *put_publish(uint8_t *at, const mqs_publish *p, uint8_t level)
{
	at = put_sized(at, p->topic);
	if (p->qos) {
		at = put_u16(at, p->packet_id);
	}
	at = put_props(at, &p->props, level);
	return put_bytes(at, p->payload);
}

/* As much of reason and properties as `size` has room for. */
static uint8_t *put_reasoned(uint8_t *at, uint8_t reason, const mqs_props *props, size_t size)
{
	if (size > 0) {
		*at++ = reason;
	}
	return size > 1 ? put_props(at, props, MQTT_LEVEL_5) : at;
}

static uint8_t first_byte(const mqs_packet *packet)
{
	unsigned flags = 0;
	switch (packet->type) {
		case MQTT_PKT_PUBLISH:
			flags =
			    (packet->publish.dup ? 8u : 0) | (packet->publish.qos & 3u) << 1 | (packet->publish.retain ? 1u : 0);
			break;
		case MQTT_PKT_PUBREL:
		case MQTT_PKT_SUBSCRIBE:
		case MQTT_PKT_UNSUBSCRIBE: flags = 2; break;
		default: break;
	}
	return (uint8_t)((unsigned)packet->type << 4 | flags);
}

size_t mqs_packet_encode_into(const mqs_packet *packet, uint8_t *out)
{
	uint8_t level = packet->level;
	size_t body = body_size(packet);
	MQS_ASSERT(body <= MQTT_VARINT_MAX);
	uint8_t *at = out;
	*at++ = first_byte(packet);
	at += mqs_varint_write(at, (uint32_t)body);
	switch (packet->type) {
		case MQTT_PKT_CONNECT: at = put_connect(at, &packet->connect, level); break;
		case MQTT_PKT_CONNACK:
			*at++ = packet->connack.session_present;
			*at++ = packet->connack.code;
			at = put_props(at, &packet->connack.props, level);
			break;
		case MQTT_PKT_PUBLISH: at = put_publish(at, &packet->publish, level); break;
		case MQTT_PKT_PUBACK:
		case MQTT_PKT_PUBREC:
		case MQTT_PKT_PUBREL:
		case MQTT_PKT_PUBCOMP:
			at = put_u16(at, packet->ack.packet_id);
			at = put_reasoned(at, packet->ack.reason, &packet->ack.props, body - 2);
			break;
		case MQTT_PKT_SUBSCRIBE:
		case MQTT_PKT_UNSUBSCRIBE:
			at = put_u16(at, packet->subscribe.packet_id);
			at = put_props(at, &packet->subscribe.props, level);
			at = put_bytes(at, packet->subscribe.entries);
			break;
		case MQTT_PKT_SUBACK:
		case MQTT_PKT_UNSUBACK:
			at = put_u16(at, packet->suback.packet_id);
			if (body > 2) {
				at = put_props(at, &packet->suback.props, level);
				at = put_bytes(at, packet->suback.codes);
			}
			break;
		case MQTT_PKT_DISCONNECT:
		case MQTT_PKT_AUTH: at = put_reasoned(at, packet->reasoned.reason, &packet->reasoned.props, body); break;
		default: break;
	}
	MQS_ASSERT((size_t)(at - out) == 1 + mqs_varint_size((uint32_t)body) + body);
	return (size_t)(at - out);
}

mqs_result mqs_packet_encode(const mqs_packet *packet, mqs_buffer *out)
{
	size_t size = mqs_packet_size(packet);
	if (size == 0) {
		return MQS_ERR_INVALID;
	}
	mqs_result result = mqs_buffer_reserve(out, size);
	if (result == MQS_OK) {
		out->len += mqs_packet_encode_into(packet, out->ptr + out->len);
	}
	return result;
}

/* ---- lists of topic filters ---------------------------------------------------------------------------------- */

/* The filter, and one byte behind it unless `options` is NULL. */
static mqs_result write_filter(mqs_buffer *out, mqs_bytes filter, const uint8_t *options)
{
	if (filter.len > UINT16_MAX || !mqs_utf8_valid(filter)) {
		return MQS_ERR_INVALID;
	}
	mqs_result result = mqs_buffer_reserve(out, 2 + filter.len + (options ? 1 : 0));
	if (result == MQS_OK) {
		uint8_t *end = put_sized(out->ptr + out->len, filter);
		if (options) {
			*end++ = *options;
		}
		out->len = (size_t)(end - out->ptr);
	}
	return result;
}

mqs_result mqs_subscribe_write(mqs_buffer *out, uint8_t level, const mqs_subscription_entry *entry)
{
	if (entry->qos > 2 || entry->retain_handling > 2) {
		return MQS_ERR_INVALID;
	}
	uint8_t options = entry->qos;
	if (level >= MQTT_LEVEL_5) {
		options = (uint8_t)(options | (entry->no_local ? 4 : 0) | (entry->retain_as_published ? 8 : 0) |
		                    entry->retain_handling << 4);
	}
	return write_filter(out, entry->filter, &options);
}

mqs_result mqs_unsubscribe_write(mqs_buffer *out, mqs_bytes filter)
{
	return write_filter(out, filter, NULL);
}
