/* SPDX-License-Identifier: MIT
 *
 * src/codec/decode.c - packets from bytes, all types but the body of CONNECT. Keeps nothing: views into the packet.
 */
#include "codec/codec_private.h"

/* ---- fields -------------------------------------------------------------------------------------------------- */

mqs_result mqs_reader_binary(mqs_reader *reader, mqs_bytes *out, const char *missing, const char *what)
{
	size_t left = mqs_reader_left(reader);
	size_t len = left < 2 ? 0 : mqs_codec_u16(reader->at);
	if (MQS_UNLIKELY(left < 2 || left - 2 < len)) {
		return mqs_reader_malformed(reader, reader->at, missing, what);
	}
	*out = mqs_bytes_make(reader->at + 2, len);
	reader->at += 2 + len;
	return MQS_OK;
}

mqs_result mqs_reader_text(mqs_reader *reader, mqs_bytes *out, const char *missing, const char *what)
{
	mqs_result result = mqs_reader_binary(reader, out, missing, what);
	if (result == MQS_OK) {
		size_t bad = mqs_codec_utf8_check(*out);
		if (MQS_UNLIKELY(bad < out->len)) {
			return mqs_codec_utf8_fault(reader->fault, reader->level, *out, bad, (size_t)(out->ptr - reader->start));
		}
	}
	return result;
}

mqs_result mqs_reader_props(mqs_reader *reader, mqtt_packet_type type, bool will, mqs_props *out)
{
	if (reader->level < MQTT_LEVEL_5) {
		mqs_codec_props_none(out);
		return MQS_OK;
	}
	size_t left = mqs_reader_left(reader);
	if (MQS_LIKELY(left > 0 && reader->at[0] == 0)) {
		reader->at++;
		mqs_codec_props_none(out);
		return MQS_OK;
	}
	uint32_t length = 0;
	size_t size = 0;
	mqs_result result = mqs_varint_read(mqs_bytes_make(reader->at, left), &length, &size);
	if (result == MQS_NEED_MORE) {
		return mqs_reader_malformed(reader, reader->at, "MQTT-2.2.2-1", "the packet ends before its property length");
	}
	if (result != MQS_OK) {
		return mqs_reader_malformed(reader, reader->at, "MQTT-1.5.5-1", "the property length is not a minimal integer");
	}
	if (left - size < length) {
		return mqs_reader_malformed(
		    reader, reader->at, "MQTT5 2.2.2.1", "the property length goes beyond the end of the packet");
	}
	mqs_bytes raw = mqs_bytes_make(reader->at + size, length);
	reader->at += size + length;
	return mqs_props_decode(raw, type, will, reader->limits, (uint32_t)(raw.ptr - reader->start), out, reader->fault);
}

/* Takes a packet identifier, which is never 0. */
static mqs_result read_packet_id(mqs_reader *reader, uint16_t *out, const char *clause)
{
	if (MQS_UNLIKELY(mqs_reader_left(reader) < 2)) {
		return mqs_reader_malformed(reader, reader->at, clause, "the packet ends before its packet identifier");
	}
	*out = mqs_codec_u16(reader->at);
	if (MQS_UNLIKELY(*out == 0)) {
		return mqs_reader_protocol(reader, reader->at, clause, "the packet identifier is 0");
	}
	reader->at += 2;
	return MQS_OK;
}

/* ---- topics -------------------------------------------------------------------------------------------------- */

static mqs_result topic_fault(const mqs_reader *reader, const uint8_t *at, uint8_t reason, mqs_result result,
    const char *clause, const char *what)
{
	return mqs_codec_fault(reader->fault, result, reason, (size_t)(at - reader->start), clause, what);
}

mqs_result mqs_reader_topic_fault(const mqs_reader *reader, const uint8_t *at, mqs_topic_flaw flaw)
{
	switch (flaw) {
		case MQS_TOPIC_EMPTY:
			return topic_fault(
			    reader, at, MQTT_RC_TOPIC_NAME_INVALID, MQS_ERR_PROTOCOL, "MQTT-4.7.3-1", "a topic name is empty");
		case MQS_TOPIC_TOO_DEEP:
			return topic_fault(reader, at, MQTT_RC_TOPIC_NAME_INVALID, MQS_ERR_LIMIT, "MQTT5 4.7.1.1",
			    "a topic name has too many levels");
		default:
			return topic_fault(reader, at, MQTT_RC_TOPIC_NAME_INVALID, MQS_ERR_PROTOCOL,
			    mqs_codec_clause(reader->level, "MQTT-4.7.1-1", "MQTT-4.7.0-1"), "a topic name holds a wildcard");
	}
}

mqs_result mqs_reader_topic_check(const mqs_reader *reader, mqs_bytes topic)
{
	size_t at = 0;
	mqs_topic_flaw flaw = mqs_codec_topic_name_flaw(topic, mqs_codec_max_levels(reader->limits), &at);
	return flaw == MQS_TOPIC_GOOD ? MQS_OK : mqs_reader_topic_fault(reader, topic.ptr + at, flaw);
}

static mqs_result filter_fault(const mqs_reader *reader, const uint8_t *at, mqs_topic_flaw flaw)
{
	uint8_t reason = MQTT_RC_TOPIC_FILTER_INVALID;
	mqs_result result = MQS_ERR_PROTOCOL;
	uint8_t level = reader->level;
	switch (flaw) {
		case MQS_TOPIC_TOO_DEEP:
			return topic_fault(
			    reader, at, reason, MQS_ERR_LIMIT, "MQTT5 4.7.1.1", "a topic filter has too many levels");
		case MQS_TOPIC_HASH_MISPLACED:
			return topic_fault(reader, at, reason, result, mqs_codec_clause(level, "MQTT-4.7.1-2", "MQTT-4.7.1-1"),
			    "a # does not stand alone in the last level");
		case MQS_TOPIC_PLUS_MISPLACED:
			return topic_fault(reader, at, reason, result, mqs_codec_clause(level, "MQTT-4.7.1-3", "MQTT-4.7.1-2"),
			    "a + does not stand alone in its level");
		case MQS_TOPIC_SHARE_NAME_EMPTY:
			return topic_fault(reader, at, reason, result, "MQTT-4.8.2-1", "a share name is empty");
		case MQS_TOPIC_SHARE_NAME_WILD:
			return topic_fault(reader, at, reason, result, "MQTT-4.8.2-2", "a share name holds a wildcard");
		case MQS_TOPIC_SHARE_NO_FILTER:
			return topic_fault(reader, at, reason, result, "MQTT-4.8.2-2", "a shared subscription has no topic filter");
		default: return topic_fault(reader, at, reason, result, "MQTT-4.7.3-1", "a topic filter is empty");
	}
}

/* ---- PUBLISH ------------------------------------------------------------------------------------------------- */

/* A topic that the fast check did not let through: find out why, or that it is good UTF-8 after all. */
static mqs_result check_publish_topic(const mqs_reader *reader, mqs_bytes topic)
{
	size_t at = mqs_codec_utf8_check(topic);
	if (at < topic.len) {
		return mqs_codec_utf8_fault(reader->fault, reader->level, topic, at, (size_t)(topic.ptr - reader->start));
	}
	if (topic.len == 0 && reader->level >= MQTT_LEVEL_5) {
		return MQS_OK; /* the topic alias decides */
	}
	mqs_topic_flaw flaw = mqs_codec_topic_name_flaw(topic, mqs_codec_max_levels(reader->limits), &at);
	if (flaw == MQS_TOPIC_WILDCARD_IN_NAME) {
		return topic_fault(reader, topic.ptr + at, MQTT_RC_TOPIC_NAME_INVALID, MQS_ERR_PROTOCOL, "MQTT-3.3.2-2",
		    "the topic name of a PUBLISH holds a wildcard");
	}
	return flaw == MQS_TOPIC_GOOD ? MQS_OK : mqs_reader_topic_fault(reader, topic.ptr + at, flaw);
}

static mqs_result decode_publish(mqs_reader *reader, mqs_packet *packet)
{
	mqs_publish *out = &packet->publish;
	out->dup = (reader->flags & 8) != 0;
	out->qos = reader->flags >> 1 & 3;
	out->retain = (reader->flags & 1) != 0;
	out->packet_id = 0;
	if (MQS_UNLIKELY(out->dup && out->qos == 0)) {
		return mqs_reader_malformed(reader, reader->start, "MQTT-3.3.1-2", "a PUBLISH with QoS 0 has the DUP flag");
	}
	mqs_result result =
	    mqs_reader_binary(reader, &out->topic, "MQTT-3.3.2-1", "the packet ends before the end of the topic name");
	if (MQS_UNLIKELY(result != MQS_OK)) {
		return result;
	}
	/* Below the limit in bytes a topic cannot be above it in levels. */
	if (MQS_UNLIKELY(out->topic.len == 0 || out->topic.len >= mqs_codec_max_levels(reader->limits) ||
	                 !mqs_codec_topic_is_plain(out->topic))) {
		result = check_publish_topic(reader, out->topic);
		if (result != MQS_OK) {
			return result;
		}
	}
	if (out->qos) {
		result =
		    read_packet_id(reader, &out->packet_id, mqs_codec_clause(reader->level, "MQTT-2.3.1-1", "MQTT-2.2.1-3"));
		if (MQS_UNLIKELY(result != MQS_OK)) {
			return result;
		}
	}
	result = mqs_reader_props(reader, MQTT_PKT_PUBLISH, false, &out->props);
	if (MQS_UNLIKELY(result != MQS_OK)) {
		return result;
	}
	if (MQS_UNLIKELY(out->topic.len == 0 && !mqs_props_has(&out->props, MQTT_PROP_TOPIC_ALIAS))) {
		return mqs_reader_protocol(
		    reader, out->topic.ptr - 2, "MQTT5 3.3.2.1", "the topic name is empty and there is no topic alias");
	}
	out->payload = mqs_bytes_make(reader->at, mqs_reader_left(reader));
	reader->at = reader->end;
	return MQS_OK;
}

/* ---- CONNACK and the packets that carry one reason ------------------------------------------------------------- */

static mqs_result decode_connack(mqs_reader *reader, mqs_packet *packet)
{
	mqs_connack *out = &packet->connack;
	if (mqs_reader_left(reader) < 2) {
		return mqs_reader_malformed(reader, reader->at, "MQTT5 3.2.2", "the CONNACK ends before its reason code");
	}
	uint8_t flags = reader->at[0];
	out->session_present = flags & 1;
	out->code = reader->at[1];
	if (flags > 1) {
		return mqs_reader_malformed(reader, reader->at, mqs_codec_clause(reader->level, "MQTT-2.2.2-1", "MQTT-3.2.2-1"),
		    "reserved acknowledge flags of a CONNACK are not 0");
	}
	bool known = reader->level >= MQTT_LEVEL_5 ? mqs_reason_allowed(out->code, MQTT_PKT_CONNACK)
	                                           : out->code <= MQTT_CRC_NOT_AUTHORIZED;
	if (!known) {
		return mqs_reader_protocol(reader, reader->at + 1,
		    mqs_codec_clause(reader->level, "MQTT3.1.1 3.2.2.3", "MQTT-3.2.2-8"), "a CONNACK cannot have this code");
	}
	if (out->session_present && out->code) {
		return mqs_reader_protocol(reader, reader->at, mqs_codec_clause(reader->level, "MQTT-3.2.2-4", "MQTT-3.2.2-6"),
		    "a CONNACK that refuses says that a session is present");
	}
	reader->at += 2;
	return mqs_reader_props(reader, MQTT_PKT_CONNACK, false, &out->props);
}

static const char *reason_clause(mqtt_packet_type type)
{
	static const char *const clauses[16] = {
	    [MQTT_PKT_PUBACK] = "MQTT-3.4.2-1",
	    [MQTT_PKT_PUBREC] = "MQTT-3.5.2-1",
	    [MQTT_PKT_PUBREL] = "MQTT-3.6.2-1",
	    [MQTT_PKT_PUBCOMP] = "MQTT-3.7.2-1",
	    [MQTT_PKT_SUBACK] = "MQTT-3.9.3-2",
	    [MQTT_PKT_UNSUBACK] = "MQTT-3.11.3-2",
	    [MQTT_PKT_DISCONNECT] = "MQTT-3.14.2-1",
	    [MQTT_PKT_AUTH] = "MQTT-3.15.2-1",
	};
	return clauses[type];
}

static mqs_result read_reason(mqs_reader *reader, mqtt_packet_type type, uint8_t *out)
{
	*out = *reader->at;
	if (!mqs_reason_allowed(*out, type)) {
		return mqs_reader_protocol(
		    reader, reader->at, reason_clause(type), "this packet type cannot have this reason code");
	}
	reader->at++;
	return MQS_OK;
}

/* PUBACK, PUBREC, PUBREL, PUBCOMP; 5.0 may leave out the property length, or that and the reason code. */
static mqs_result decode_ack(mqs_reader *reader, mqs_packet *packet)
{
	mqs_ack *out = &packet->ack;
	out->reason = MQTT_RC_SUCCESS;
	mqs_codec_props_none(&out->props);
	mqs_result result =
	    read_packet_id(reader, &out->packet_id, mqs_codec_clause(reader->level, "MQTT-2.3.1-6", "MQTT-2.2.1-5"));
	if (result != MQS_OK || reader->level < MQTT_LEVEL_5 || mqs_reader_left(reader) == 0) {
		return result;
	}
	result = read_reason(reader, packet->type, &out->reason);
	if (result != MQS_OK || mqs_reader_left(reader) == 0) {
		return result;
	}
	return mqs_reader_props(reader, packet->type, false, &out->props);
}

static mqs_result decode_disconnect(mqs_reader *reader, mqs_packet *packet)
{
	mqs_reasoned *out = &packet->reasoned;
	out->reason = MQTT_RC_SUCCESS;
	mqs_codec_props_none(&out->props);
	if (reader->level < MQTT_LEVEL_5 || mqs_reader_left(reader) == 0) {
		return MQS_OK;
	}
	mqs_result result = read_reason(reader, MQTT_PKT_DISCONNECT, &out->reason);
	if (result != MQS_OK || mqs_reader_left(reader) == 0) {
		return result;
	}
	return mqs_reader_props(reader, MQTT_PKT_DISCONNECT, false, &out->props);
}

static mqs_result decode_auth(mqs_reader *reader, mqs_packet *packet)
{
	mqs_reasoned *out = &packet->reasoned;
	out->reason = MQTT_RC_SUCCESS;
	mqs_codec_props_none(&out->props);
	if (reader->level < MQTT_LEVEL_5) {
		return mqs_reader_malformed(
		    reader, reader->start, "MQTT3.1.1 2.2.1", "packet type 15 is reserved below MQTT 5");
	}
	if (mqs_reader_left(reader) == 0) {
		return MQS_OK;
	}
	mqs_result result = read_reason(reader, MQTT_PKT_AUTH, &out->reason);
	const uint8_t *at = reader->at;
	if (result == MQS_OK) {
		result = mqs_reader_props(reader, MQTT_PKT_AUTH, false, &out->props);
	}
	/* The long form of an AUTH that says nothing is taken as its short form, which needs no method. */
	bool says_something = out->reason != MQTT_RC_SUCCESS || out->props.raw.len > 0;
	if (result == MQS_OK && says_something && !mqs_props_has(&out->props, MQTT_PROP_AUTHENTICATION_METHOD)) {
		return mqs_reader_protocol(reader, at, "MQTT5 3.15.2.2.2", "an AUTH has no authentication method");
	}
	return result;
}

static mqs_result decode_ping(mqs_reader *reader, mqs_packet *packet)
{
	(void)reader;
	(void)packet;
	return MQS_OK; /* anything in it is a trailing byte */
}

/* ---- SUBSCRIBE, UNSUBSCRIBE and their answers ------------------------------------------------------------------ */

static void split_options(uint8_t options, uint8_t level, mqs_subscription_entry *out)
{
	bool modern = level >= MQTT_LEVEL_5;
	out->qos = options & 3;
	out->no_local = modern && (options & 4);
	out->retain_as_published = modern && (options & 8);
	out->retain_handling = modern ? options >> 4 & 3 : 0;
}

static mqs_result check_options(const mqs_reader *reader, const uint8_t *at, mqs_bytes filter)
{
	uint8_t options = *at;
	if (reader->level < MQTT_LEVEL_5) {
		if (options > 2) {
			return mqs_reader_malformed(
			    reader, at, "MQTT-3.8.3-4", "the requested QoS is not 0, 1 or 2, or reserved bits are set");
		}
		return MQS_OK;
	}
	if (options & 0xC0) {
		return mqs_reader_malformed(reader, at, "MQTT-3.8.3-5", "reserved bits of subscription options are set");
	}
	if ((options & 3) == 3) {
		return mqs_reader_protocol(reader, at, "MQTT5 3.8.3.1", "the maximum QoS of a subscription is 3");
	}
	if ((options & 0x30) == 0x30) {
		return mqs_reader_protocol(reader, at, "MQTT5 3.8.3.1", "the retain handling of a subscription is 3");
	}
	mqs_bytes group;
	mqs_bytes rest;
	if ((options & 4) && mqs_topic_share_parse(filter, &group, &rest)) {
		return mqs_reader_protocol(reader, at, "MQTT-3.8.3-4", "a shared subscription has the No Local option");
	}
	return MQS_OK;
}

static mqs_result read_filter(mqs_reader *reader, mqs_bytes *filter, const char *clause)
{
	mqs_result result = mqs_reader_text(reader, filter, clause, "the packet ends before the end of a topic filter");
	if (result != MQS_OK) {
		return result;
	}
	size_t at = 0;
	mqs_topic_flaw flaw =
	    mqs_codec_topic_filter_flaw(*filter, mqs_codec_max_levels(reader->limits), reader->level >= MQTT_LEVEL_5, &at);
	return flaw == MQS_TOPIC_GOOD ? MQS_OK : filter_fault(reader, filter->ptr + at, flaw);
}

static mqs_result decode_subscribe(mqs_reader *reader, mqs_packet *packet)
{
	mqs_subscribe *out = &packet->subscribe;
	bool with_options = packet->type == MQTT_PKT_SUBSCRIBE;
	mqs_result result =
	    read_packet_id(reader, &out->packet_id, mqs_codec_clause(reader->level, "MQTT-2.3.1-1", "MQTT-2.2.1-3"));
	if (result == MQS_OK) {
		result = mqs_reader_props(reader, packet->type, false, &out->props);
	}
	if (result != MQS_OK) {
		return result;
	}
	out->entries = mqs_bytes_make(reader->at, mqs_reader_left(reader));
	out->count = 0;
	if (out->entries.len == 0) {
		const char *clause =
		    with_options ? mqs_codec_clause(reader->level, "MQTT-3.8.3-3", "MQTT-3.8.3-2") : "MQTT-3.10.3-2";
		return mqs_reader_protocol(reader, reader->at, clause, "there is no topic filter");
	}
	const char *filter_clause = with_options ? "MQTT-3.8.3-1" : "MQTT-3.10.3-1";
	while (mqs_reader_left(reader) > 0) {
		mqs_bytes filter = {NULL, 0};
		result = read_filter(reader, &filter, filter_clause);
		if (result == MQS_OK && with_options) {
			if (mqs_reader_left(reader) == 0) {
				return mqs_reader_malformed(reader, reader->at,
				    mqs_codec_clause(reader->level, "MQTT-3.8.3-3", "MQTT-3.8.3-2"),
				    "the packet ends before the options of a topic filter");
			}
			result = check_options(reader, reader->at++, filter);
		}
		if (result != MQS_OK) {
			return result;
		}
		out->count++;
	}
	return MQS_OK;
}

static bool take_filter(mqs_bytes *rest, size_t behind, mqs_bytes *filter)
{
	if (rest->len < 2) {
		return false;
	}
	size_t len = mqs_codec_u16(rest->ptr);
	if (rest->len - 2 < len + behind) {
		return false;
	}
	*filter = mqs_bytes_make(rest->ptr + 2, len);
	*rest = mqs_bytes_make(rest->ptr + 2 + len, rest->len - 2 - len);
	return true;
}

bool mqs_subscribe_next(mqs_bytes *rest, uint8_t level, mqs_subscription_entry *out)
{
	if (!take_filter(rest, 1, &out->filter)) {
		return false;
	}
	split_options(rest->ptr[0], level, out);
	*rest = mqs_bytes_make(rest->ptr + 1, rest->len - 1);
	return true;
}

bool mqs_unsubscribe_next(mqs_bytes *rest, mqs_bytes *filter)
{
	return take_filter(rest, 0, filter);
}

static bool suback_code_known(uint8_t code, uint8_t level, mqtt_packet_type type)
{
	return level >= MQTT_LEVEL_5 ? mqs_reason_allowed(code, type) : code <= 2 || code == MQTT_SUBACK_FAILURE;
}

static mqs_result decode_suback(mqs_reader *reader, mqs_packet *packet)
{
	mqs_suback *out = &packet->suback;
	mqs_result result =
	    read_packet_id(reader, &out->packet_id, mqs_codec_clause(reader->level, "MQTT-2.3.1-7", "MQTT-2.2.1-6"));
	if (result == MQS_OK) {
		result = mqs_reader_props(reader, packet->type, false, &out->props);
	}
	out->codes = mqs_bytes_make(NULL, 0);
	if (result != MQS_OK || (packet->type == MQTT_PKT_UNSUBACK && reader->level < MQTT_LEVEL_5)) {
		return result;
	}
	out->codes = mqs_bytes_make(reader->at, mqs_reader_left(reader));
	const char *clause = mqs_codec_clause(reader->level, "MQTT-3.9.3-2", reason_clause(packet->type));
	if (out->codes.len == 0) {
		return mqs_reader_malformed(reader, reader->at, clause, "there is no reason code");
	}
	for (; reader->at < reader->end; reader->at++) {
		if (!suback_code_known(*reader->at, reader->level, packet->type)) {
			return mqs_reader_protocol(reader, reader->at, clause, "this packet type cannot have this reason code");
		}
	}
	return MQS_OK;
}

/* ---- all ----------------------------------------------------------------------------------------------------- */

typedef mqs_result (*body_decoder)(mqs_reader *reader, mqs_packet *packet);

static const body_decoder decoders[16] = {
    [MQTT_PKT_CONNECT] = mqs_codec_connect_decode,
    [MQTT_PKT_CONNACK] = decode_connack,
    [MQTT_PKT_PUBLISH] = decode_publish,
    [MQTT_PKT_PUBACK] = decode_ack,
    [MQTT_PKT_PUBREC] = decode_ack,
    [MQTT_PKT_PUBREL] = decode_ack,
    [MQTT_PKT_PUBCOMP] = decode_ack,
    [MQTT_PKT_SUBSCRIBE] = decode_subscribe,
    [MQTT_PKT_SUBACK] = decode_suback,
    [MQTT_PKT_UNSUBSCRIBE] = decode_subscribe,
    [MQTT_PKT_UNSUBACK] = decode_suback,
    [MQTT_PKT_PINGREQ] = decode_ping,
    [MQTT_PKT_PINGRESP] = decode_ping,
    [MQTT_PKT_DISCONNECT] = decode_disconnect,
    [MQTT_PKT_AUTH] = decode_auth,
};

/* A whole packet by its own length, flags checked for its level. *body is the length of the fixed header. */
static mqs_result check_header(mqs_bytes packet, uint8_t level, size_t *body, mqs_fault *fault)
{
	size_t total = 0;
	mqs_result result = mqs_frame_peek(packet, 0, &total, fault);
	if (result == MQS_NEED_MORE || (result == MQS_OK && total != packet.len)) {
		return mqs_codec_fault(fault, MQS_ERR_MALFORMED, MQTT_RC_MALFORMED_PACKET, packet.len,
		    mqs_codec_clause(level, "MQTT3.1.1 2.2.3", "MQTT5 2.1.4"),
		    "the remaining length is not that of the packet");
	}
	if (result != MQS_OK) {
		return result;
	}
	*body = 2;
	while (packet.ptr[*body - 1] & 128) {
		++*body;
	}
	/* Looked at without a level, the packets that 3.1 may repeat were let through. */
	return mqs_codec_flags_check(packet.ptr[0], level, fault);
}

/* A packet of up to 129 bytes with nothing unusual: only its length is to be right. */
static inline bool has_short_header(mqs_bytes packet)
{
	return packet.len >= 2 && mqs_codec_flags_usual(packet.ptr[0]) && packet.ptr[1] == packet.len - 2 &&
	       packet.ptr[1] < 128;
}

mqs_result mqs_packet_decode(
    mqs_bytes packet, uint8_t level, const mqs_codec_limits *limits, mqs_packet *out, mqs_fault *fault)
{
	size_t body = 2;
	out->type = (mqtt_packet_type)(packet.len ? packet.ptr[0] >> 4 : 0);
	out->level = out->type == MQTT_PKT_CONNECT ? 0 : level;
	if (!has_short_header(packet)) {
		mqs_result result = check_header(packet, out->level, &body, fault);
		if (MQS_UNLIKELY(result != MQS_OK)) {
			return result;
		}
	}
	MQS_ASSERT(out->type == MQTT_PKT_PUBLISH || decoders[out->type]); /* else the header was refused */
	mqs_reader reader = {
	    packet.ptr, packet.ptr + body, packet.ptr + packet.len, limits, fault, out->level, packet.ptr[0] & 15};
	mqs_result result =
	    out->type == MQTT_PKT_PUBLISH ? decode_publish(&reader, out) : decoders[out->type](&reader, out);
	if (MQS_UNLIKELY(result == MQS_OK && reader.at != reader.end)) {
		const char *clause = out->type == MQTT_PKT_CONNECT
		                         ? "MQTT-3.1.4-1"
		                         : mqs_codec_clause(reader.level, "MQTT3.1.1 2.2.3", "MQTT5 2.1.4");
		return mqs_reader_malformed(&reader, reader.at, clause, "bytes follow behind the last field of the packet");
	}
	return result;
}
