/* SPDX-License-Identifier: MIT
 *
 * src/codec/props.c - property lists of MQTT 5 (section 2.2.2): reading, checking, writing. Keeps nothing.
 */
#include "codec/codec_private.h"

#define PROP_LIMIT (MQTT_PROP_SHARED_SUBSCRIPTION_AVAILABLE + 1)

/* What the standard says about the value itself. */
typedef enum prop_rule { ANY, BOOLEAN, NOT_ZERO } prop_rule;

typedef struct prop_info {
	uint8_t kind;    /* mqs_prop_kind */
	uint8_t rule;    /* prop_rule */
	uint16_t field;  /* offset in mqs_props */
	uint16_t places; /* packet types that may carry it, a bit each; bit 0: will properties */
} prop_info;

#define IN(type) (1u << MQTT_PKT_##type)
#define WILL     1u
#define ACKS     (IN(PUBACK) | IN(PUBREC) | IN(PUBREL) | IN(PUBCOMP))
#define MESSAGE  (IN(PUBLISH) | WILL)
#define LOGIN    (IN(CONNECT) | IN(CONNACK))
#define ANSWERS  (IN(CONNACK) | ACKS | IN(SUBACK) | IN(UNSUBACK) | IN(DISCONNECT) | IN(AUTH))
#define ANYWHERE (ANSWERS | IN(CONNECT) | MESSAGE | IN(SUBSCRIBE) | IN(UNSUBSCRIBE))

#define PROP(id, kind, rule, field, places)                                                                            \
	[MQTT_PROP_##id] = {MQS_PROP_##kind, rule, (uint16_t)offsetof(mqs_props, field), (uint16_t)(places)}

static const prop_info infos[PROP_LIMIT] = {
    PROP(PAYLOAD_FORMAT_INDICATOR, BYTE, BOOLEAN, payload_format_indicator, MESSAGE),
    PROP(MESSAGE_EXPIRY_INTERVAL, U32, ANY, message_expiry_interval_s, MESSAGE),
    PROP(CONTENT_TYPE, STRING, ANY, content_type, MESSAGE),
    PROP(RESPONSE_TOPIC, STRING, ANY, response_topic, MESSAGE),
    PROP(CORRELATION_DATA, BINARY, ANY, correlation_data, MESSAGE),
    PROP(SUBSCRIPTION_IDENTIFIER, VARINT, NOT_ZERO, subscription_identifier, IN(PUBLISH) | IN(SUBSCRIBE)),
    PROP(SESSION_EXPIRY_INTERVAL, U32, ANY, session_expiry_interval_s, LOGIN | IN(DISCONNECT)),
    PROP(ASSIGNED_CLIENT_IDENTIFIER, STRING, ANY, assigned_client_identifier, IN(CONNACK)),
    PROP(SERVER_KEEP_ALIVE, U16, ANY, server_keep_alive_s, IN(CONNACK)),
    PROP(AUTHENTICATION_METHOD, STRING, ANY, authentication_method, LOGIN | IN(AUTH)),
    PROP(AUTHENTICATION_DATA, BINARY, ANY, authentication_data, LOGIN | IN(AUTH)),
    PROP(REQUEST_PROBLEM_INFORMATION, BYTE, BOOLEAN, request_problem_information, IN(CONNECT)),
    PROP(WILL_DELAY_INTERVAL, U32, ANY, will_delay_interval_s, WILL),
    PROP(REQUEST_RESPONSE_INFORMATION, BYTE, BOOLEAN, request_response_information, IN(CONNECT)),
    PROP(RESPONSE_INFORMATION, STRING, ANY, response_information, IN(CONNACK)),
    PROP(SERVER_REFERENCE, STRING, ANY, server_reference, IN(CONNACK) | IN(DISCONNECT)),
    PROP(REASON_STRING, STRING, ANY, reason_string, ANSWERS),
    PROP(RECEIVE_MAXIMUM, U16, NOT_ZERO, receive_maximum, LOGIN),
    PROP(TOPIC_ALIAS_MAXIMUM, U16, ANY, topic_alias_maximum, LOGIN),
    PROP(TOPIC_ALIAS, U16, NOT_ZERO, topic_alias, IN(PUBLISH)),
    PROP(MAXIMUM_QOS, BYTE, BOOLEAN, maximum_qos, IN(CONNACK)),
    PROP(RETAIN_AVAILABLE, BYTE, BOOLEAN, retain_available, IN(CONNACK)),
    PROP(USER_PROPERTY, PAIR, ANY, user_property_count, ANYWHERE),
    PROP(MAXIMUM_PACKET_SIZE, U32, NOT_ZERO, maximum_packet_size, LOGIN),
    PROP(WILDCARD_SUBSCRIPTION_AVAILABLE, BYTE, BOOLEAN, wildcard_subscription_available, IN(CONNACK)),
    PROP(SUBSCRIPTION_IDENTIFIER_AVAILABLE, BYTE, BOOLEAN, subscription_identifier_available, IN(CONNACK)),
    PROP(SHARED_SUBSCRIPTION_AVAILABLE, BYTE, BOOLEAN, shared_subscription_available, IN(CONNACK)),
};

_Static_assert(PROP_LIMIT <= 64, "one bit of mqs_props.present per property");
_Static_assert(sizeof(bool) == 1, "booleans are stored as a byte");

mqs_prop_kind mqs_prop_kind_of(uint32_t id)
{
	return id < PROP_LIMIT ? (mqs_prop_kind)infos[id].kind : MQS_PROP_NONE;
}

bool mqs_prop_allowed(uint32_t id, mqtt_packet_type type, bool will)
{
	unsigned place = will ? 0 : (unsigned)type;
	return id < PROP_LIMIT && place < 16 && (will ? type == MQTT_PKT_CONNECT : place > 0) &&
	       (infos[id].places >> place & 1u) != 0;
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

typedef enum take_result { TAKEN, TRUNCATED, BAD_VARINT } take_result;

static bool take_sized(const uint8_t **at, const uint8_t *end, mqs_bytes *out)
{
	size_t left = (size_t)(end - *at);
	if (left < 2) {
		return false;
	}
	size_t len = mqs_codec_u16(*at);
	if (left - 2 < len) {
		return false;
	}
	*out = mqs_bytes_make(*at + 2, len);
	*at += 2 + len;
	return true;
}

/* Takes the value of a property whose identifier has been read. On a failure *at stays. */
static take_result take_value(const uint8_t **at, const uint8_t *end, mqs_prop *out)
{
	const uint8_t *p = *at;
	size_t left = (size_t)(end - p);
	size_t size = 0;
	switch (out->kind) {
		case MQS_PROP_BYTE:
			size = 1;
			out->number = left >= size ? p[0] : 0;
			break;
		case MQS_PROP_U16:
			size = 2;
			out->number = left >= size ? mqs_codec_u16(p) : 0;
			break;
		case MQS_PROP_U32:
			size = 4;
			out->number = left >= size ? (uint32_t)mqs_codec_u16(p) << 16 | mqs_codec_u16(p + 2) : 0;
			break;
		case MQS_PROP_VARINT: {
			mqs_result result = mqs_varint_read(mqs_bytes_make(p, left), &out->number, &size);
			if (result != MQS_OK) {
				return result == MQS_NEED_MORE ? TRUNCATED : BAD_VARINT;
			}
			break;
		}
		case MQS_PROP_PAIR: {
			const uint8_t *inner = p;
			if (!take_sized(&inner, end, &out->bytes) || !take_sized(&inner, end, &out->value)) {
				return TRUNCATED;
			}
			size = (size_t)(inner - p);
			break;
		}
		default: {
			const uint8_t *inner = p;
			if (!take_sized(&inner, end, &out->bytes)) {
				return TRUNCATED;
			}
			size = (size_t)(inner - p);
			break;
		}
	}
	if (left < size) {
		return TRUNCATED;
	}
	*at = p + size;
	return TAKEN;
}

bool mqs_props_next(mqs_bytes *rest, mqs_prop *out)
{
	if (rest->len < 2) {
		return false;
	}
	const uint8_t *at = rest->ptr + 1;
	const uint8_t *end = rest->ptr + rest->len;
	out->id = (mqtt_property)rest->ptr[0];
	out->kind = mqs_prop_kind_of(rest->ptr[0]);
	out->number = 0;
	out->bytes = mqs_bytes_make(NULL, 0);
	out->value = mqs_bytes_make(NULL, 0);
	if (out->kind == MQS_PROP_NONE || take_value(&at, end, out) != TAKEN) {
		return false;
	}
	*rest = mqs_bytes_make(at, (size_t)(end - at));
	return true;
}

/* A list that is being checked. */
typedef struct list_state {
	const uint8_t *start; /* what `offset` stands for */
	uint32_t offset;
	uint32_t max_user_properties;
	mqtt_packet_type type;
	bool will;
	mqs_props *out;
	mqs_fault *fault;
} list_state;

static size_t offset_of(const list_state *list, const uint8_t *at)
{
	return list->offset + (size_t)(at - list->start);
}

static mqs_result malformed(const list_state *list, const uint8_t *at, const char *clause, const char *what)
{
	return mqs_codec_fault(list->fault, MQS_ERR_MALFORMED, MQTT_RC_MALFORMED_PACKET, offset_of(list, at), clause, what);
}

static mqs_result broken_rule(const list_state *list, const uint8_t *at, uint8_t reason, uint32_t id, const char *what)
{
	return mqs_codec_fault(list->fault, MQS_ERR_PROTOCOL, reason, offset_of(list, at),
	    mqs_codec_prop_clause(id, list->type, list->will), what);
}

/* The identifier at `at`: known, allowed here, and not there already. */
static mqs_result check_id(const list_state *list, const uint8_t *at, const uint8_t *end)
{
	uint32_t id = *at;
	if (id >= 128) {
		size_t size = 0;
		if (mqs_varint_read(mqs_bytes_make(at, (size_t)(end - at)), &id, &size) == MQS_ERR_MALFORMED) {
			return malformed(list, at, "MQTT-1.5.5-1", "a property identifier is not a minimal integer");
		}
		return malformed(list, at, "MQTT5 2.2.2.2", "no property has this identifier");
	}
	if (mqs_prop_kind_of(id) == MQS_PROP_NONE) {
		return malformed(list, at, "MQTT5 2.2.2.2", "no property has this identifier");
	}
	if (!mqs_prop_allowed(id, list->type, list->will)) {
		return malformed(list, at, "MQTT5 2.2.2.2", "a property does not belong into this packet");
	}
	bool repeats =
	    id == MQTT_PROP_USER_PROPERTY || (id == MQTT_PROP_SUBSCRIPTION_IDENTIFIER && list->type == MQTT_PKT_PUBLISH);
	if (!repeats && (list->out->present & MQS_PROP_BIT(id))) {
		return broken_rule(list, at, MQTT_RC_PROTOCOL_ERROR, id, "a property stands twice");
	}
	return MQS_OK;
}

static mqs_result check_text(const list_state *list, mqs_bytes text)
{
	size_t bad = mqs_codec_utf8_check(text);
	if (bad < text.len) {
		return mqs_codec_utf8_fault(list->fault, MQTT_LEVEL_5, text, bad, offset_of(list, text.ptr));
	}
	return MQS_OK;
}

static mqs_result check_number(const list_state *list, const uint8_t *at, const mqs_prop *prop)
{
	switch (infos[prop->id].rule) {
		case BOOLEAN:
			if (prop->number > 1) {
				return broken_rule(list, at, MQTT_RC_PROTOCOL_ERROR, prop->id, "a property may only be 0 or 1");
			}
			return MQS_OK;
		case NOT_ZERO:
			if (prop->number == 0) {
				uint8_t reason =
				    prop->id == MQTT_PROP_TOPIC_ALIAS ? MQTT_RC_TOPIC_ALIAS_INVALID : MQTT_RC_PROTOCOL_ERROR;
				const char *what = "a property may not be 0";
				if (prop->id == MQTT_PROP_TOPIC_ALIAS) {
					return mqs_codec_fault(
					    list->fault, MQS_ERR_PROTOCOL, reason, offset_of(list, at), "MQTT-3.3.2-8", what);
				}
				return broken_rule(list, at, reason, prop->id, what);
			}
			return MQS_OK;
		default: return MQS_OK;
	}
}

/* Checks the bytes of a property, `at` being where its value begins. */
static mqs_result check_bytes(const list_state *list, const uint8_t *at, const mqs_prop *prop)
{
	mqs_result result = MQS_OK;
	if (prop->kind == MQS_PROP_STRING || prop->kind == MQS_PROP_PAIR) {
		result = check_text(list, prop->bytes);
	}
	if (result == MQS_OK && prop->kind == MQS_PROP_PAIR) {
		result = check_text(list, prop->value);
	}
	if (result == MQS_OK && prop->id == MQTT_PROP_RESPONSE_TOPIC) {
		if (prop->bytes.len == 0) {
			return mqs_codec_fault(list->fault, MQS_ERR_PROTOCOL, MQTT_RC_PROTOCOL_ERROR, offset_of(list, at),
			    "MQTT-4.7.3-1", "the response topic is empty");
		}
		if (mqs_topic_has_wildcard(prop->bytes)) {
			return mqs_codec_fault(list->fault, MQS_ERR_PROTOCOL, MQTT_RC_PROTOCOL_ERROR, offset_of(list, at),
			    "MQTT-3.3.2-14", "the response topic holds a wildcard");
		}
	}
	return result;
}

static mqs_result over_quota(const list_state *list, const uint8_t *at, uint32_t id, const char *what)
{
	return mqs_codec_fault(list->fault, MQS_ERR_LIMIT, MQTT_RC_QUOTA_EXCEEDED, offset_of(list, at),
	    mqs_codec_prop_clause(id, list->type, list->will), what);
}

/* Files a checked property in list->out. */
static mqs_result store(const list_state *list, const uint8_t *at, const mqs_prop *prop)
{
	mqs_props *out = list->out;
	uint8_t *field = (uint8_t *)out + infos[prop->id].field;
	uint8_t byte = (uint8_t)prop->number;
	uint16_t word = (uint16_t)prop->number;
	switch (prop->kind) {
		case MQS_PROP_BYTE: memcpy(field, &byte, sizeof(byte)); break;
		case MQS_PROP_U16: memcpy(field, &word, sizeof(word)); break;
		case MQS_PROP_U32: memcpy(field, &prop->number, sizeof(prop->number)); break;
		case MQS_PROP_VARINT:
			if (out->subscription_identifier_count == UINT16_MAX) {
				return over_quota(list, at, prop->id, "too many subscription identifiers");
			}
			if (out->subscription_identifier_count++ == 0) {
				out->subscription_identifier = prop->number;
			}
			break;
		case MQS_PROP_PAIR:
			if (out->user_property_count >= list->max_user_properties) {
				return over_quota(list, at, prop->id, "too many user properties");
			}
			out->user_property_count++;
			break;
		default: memcpy(field, &prop->bytes, sizeof(prop->bytes)); break;
	}
	out->present |= MQS_PROP_BIT(prop->id);
	return MQS_OK;
}

mqs_result mqs_props_decode(mqs_bytes raw, mqtt_packet_type type, bool will, const mqs_codec_limits *limits,
    uint32_t offset, mqs_props *out, mqs_fault *fault)
{
	uint32_t most =
	    limits && limits->max_user_properties ? limits->max_user_properties : MQS_CODEC_DEFAULT_USER_PROPERTIES;
	list_state list = {raw.ptr, offset, most < UINT16_MAX ? most : UINT16_MAX, type, will, out, fault};
	mqs_codec_props_none(out);
	out->raw = raw;
	const uint8_t *at = raw.ptr;
	const uint8_t *end = raw.len ? raw.ptr + raw.len : raw.ptr;
	while (at < end) {
		mqs_result result = check_id(&list, at, end);
		if (result != MQS_OK) {
			return result;
		}
		const uint8_t *value = at + 1;
		const uint8_t *next = value;
		mqs_prop prop = {.id = (mqtt_property)*at, .kind = (mqs_prop_kind)infos[*at].kind};
		prop.number = 0;
		take_result taken = take_value(&next, end, &prop);
		if (taken == TRUNCATED) {
			return malformed(&list, at, "MQTT5 2.2.2.2", "a property goes beyond the end of its list");
		}
		if (taken == BAD_VARINT) {
			return malformed(&list, value, "MQTT-1.5.5-1", "a property is not a minimal integer");
		}
		result = prop.kind >= MQS_PROP_STRING ? check_bytes(&list, value, &prop) : check_number(&list, value, &prop);
		if (result == MQS_OK) {
			result = store(&list, at, &prop);
		}
		if (result != MQS_OK) {
			return result;
		}
		at = next;
	}
	return MQS_OK;
}

/* ---- writing ------------------------------------------------------------------------------------------------- */

mqs_result mqs_props_write_number(mqs_buffer *out, mqtt_property id, uint32_t number)
{
	static const uint32_t most[] = {[MQS_PROP_BYTE] = UINT8_MAX,
	    [MQS_PROP_U16] = UINT16_MAX,
	    [MQS_PROP_U32] = UINT32_MAX,
	    [MQS_PROP_VARINT] = MQTT_VARINT_MAX};
	mqs_prop_kind kind = mqs_prop_kind_of((uint32_t)id);
	if (kind == MQS_PROP_NONE || kind > MQS_PROP_VARINT || number > most[kind] ||
	    (infos[id].rule == BOOLEAN && number > 1) || (infos[id].rule == NOT_ZERO && number == 0)) {
		return MQS_ERR_INVALID;
	}
	uint8_t bytes[5] = {(uint8_t)id};
	size_t len = 1;
	if (kind == MQS_PROP_VARINT) {
		len += mqs_varint_write(bytes + 1, number);
	} else {
		size_t size = kind == MQS_PROP_U32 ? 4 : kind == MQS_PROP_U16 ? 2 : 1;
		for (size_t i = size; i > 0; i--) {
			bytes[len++] = (uint8_t)(number >> 8 * (i - 1));
		}
	}
	return mqs_buffer_append(out, mqs_bytes_make(bytes, len));
}

static void append_sized(mqs_buffer *out, mqs_bytes bytes)
{
	MQS_ASSERT(out->capacity - out->len >= 2 + bytes.len);
	out->ptr[out->len++] = (uint8_t)(bytes.len >> 8);
	out->ptr[out->len++] = (uint8_t)bytes.len;
	if (bytes.len > 0) {
		memcpy(out->ptr + out->len, bytes.ptr, bytes.len);
		out->len += bytes.len;
	}
}

mqs_result mqs_props_write_bytes(mqs_buffer *out, mqtt_property id, mqs_bytes bytes)
{
	mqs_prop_kind kind = mqs_prop_kind_of((uint32_t)id);
	if ((kind != MQS_PROP_STRING && kind != MQS_PROP_BINARY) || bytes.len > UINT16_MAX ||
	    (kind == MQS_PROP_STRING && !mqs_utf8_valid(bytes))) {
		return MQS_ERR_INVALID;
	}
	mqs_result result = mqs_buffer_reserve(out, 3 + bytes.len);
	if (result == MQS_OK) {
		out->ptr[out->len++] = (uint8_t)id;
		append_sized(out, bytes);
	}
	return result;
}

mqs_result mqs_props_write_pair(mqs_buffer *out, mqs_bytes name, mqs_bytes value)
{
	if (name.len > UINT16_MAX || value.len > UINT16_MAX || !mqs_utf8_valid(name) || !mqs_utf8_valid(value)) {
		return MQS_ERR_INVALID;
	}
	mqs_result result = mqs_buffer_reserve(out, 5 + name.len + value.len);
	if (result == MQS_OK) {
		out->ptr[out->len++] = MQTT_PROP_USER_PROPERTY;
		append_sized(out, name);
		append_sized(out, value);
	}
	return result;
}

mqs_result mqs_props_copy(mqs_buffer *out, mqs_bytes raw, uint64_t except)
{
	mqs_bytes rest = raw;
	mqs_prop prop;
	for (const uint8_t *from = rest.ptr; mqs_props_next(&rest, &prop); from = rest.ptr) {
		mqs_bytes whole = mqs_bytes_make(from, (size_t)(rest.ptr - from));
		if (!(MQS_PROP_BIT(prop.id) & except)) {
			mqs_result result = mqs_buffer_append(out, whole);
			if (result != MQS_OK) {
				return result;
			}
		}
	}
	return MQS_OK;
}
