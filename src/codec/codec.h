/* SPDX-License-Identifier: MIT
 *
 * src/codec/codec.h - MQTT packets: bytes to views and back. No I/O, no clock, no allocation but in mqs_framer.
 *
 * Decoding makes views into the caller's bytes: nothing is copied, and a view lives as long as those bytes.
 * Every rule of the standard that can be judged from the packet alone is checked here and answered by an mqs_fault;
 * what depends on the state of a connection is the broker's.
 */
#ifndef MQS_CODEC_H
#define MQS_CODEC_H

#include "base/buffer.h"
#include "codec/mqtt.h"

/* What was wrong with a packet, and where. */
typedef struct mqs_fault {
	uint8_t reason;     /* mqtt_reason_code, as 5.0 names it; the broker maps it for 3.x */
	uint32_t offset;    /* of the offending byte, from the first byte of the packet */
	const char *clause; /* static, "MQTT-3.3.2-2", or the section when no statement has a number: "MQTT5 2.2.2.2" */
	const char *what;   /* static, a short sentence for a log line, without peer bytes */
} mqs_fault;

#define MQS_CODEC_DEFAULT_USER_PROPERTIES 128
#define MQS_CODEC_DEFAULT_TOPIC_LEVELS    200

/* Bounds of one packet; 0 means the default. */
typedef struct mqs_codec_limits {
	uint32_t max_user_properties; /* per property list: more is MQTT_RC_QUOTA_EXCEEDED */
	uint32_t max_topic_levels;    /* more is TOPIC_NAME_INVALID or TOPIC_FILTER_INVALID */
} mqs_codec_limits;

/* ---- properties (MQTT 5 section 2.2.2) ---------------------------------------------------------------------- */

#define MQS_PROP_BIT(id) (UINT64_C(1) << (id))

/*
 * One decoded property list. A field means something only when its bit is set in `present` (mqs_props_has()).
 * Encoders read `raw` and nothing else.
 */
typedef struct mqs_props {
	uint64_t present; /* MQS_PROP_BIT(mqtt_property), user property and subscription identifier included */
	mqs_bytes raw;    /* the list as on the wire, without its length */
	mqs_bytes content_type, response_topic, correlation_data;
	mqs_bytes assigned_client_identifier, authentication_method, authentication_data;
	mqs_bytes response_information, server_reference, reason_string;
	uint32_t message_expiry_interval_s, session_expiry_interval_s, will_delay_interval_s;
	uint32_t maximum_packet_size, subscription_identifier; /* the first one */
	uint16_t subscription_identifier_count, user_property_count;
	uint16_t server_keep_alive_s, receive_maximum, topic_alias_maximum, topic_alias;
	uint8_t payload_format_indicator, maximum_qos;
	bool request_problem_information, request_response_information, retain_available;
	bool wildcard_subscription_available, subscription_identifier_available, shared_subscription_available;
} mqs_props;

static inline bool mqs_props_has(const mqs_props *props, mqtt_property id)
{
	return (props->present & MQS_PROP_BIT(id)) != 0;
}

typedef enum mqs_prop_kind {
	MQS_PROP_NONE, /* no such property */
	MQS_PROP_BYTE,
	MQS_PROP_U16,
	MQS_PROP_U32,
	MQS_PROP_VARINT,
	MQS_PROP_STRING, /* UTF-8 */
	MQS_PROP_BINARY,
	MQS_PROP_PAIR /* user property */
} mqs_prop_kind;

mqs_prop_kind mqs_prop_kind_of(uint32_t id);

/* May this property stand in this packet? `will` asks about the will properties of CONNECT. */
bool mqs_prop_allowed(uint32_t id, mqtt_packet_type type, bool will);

/* One property in the order of the wire. */
typedef struct mqs_prop {
	mqtt_property id;
	mqs_prop_kind kind;
	uint32_t number; /* BYTE, U16, U32, VARINT */
	mqs_bytes bytes; /* STRING, BINARY; the name of a PAIR */
	mqs_bytes value; /* the value of a PAIR */
} mqs_prop;

/* Takes the next property off `rest` (a validated raw list); false at the end. */
bool mqs_props_next(mqs_bytes *rest, mqs_prop *out);

/*
 * Parses and checks a list.
 *
 * raw     [borrowed] the list without its length; views in `out` point into it
 * offset  where raw[0] stands in the packet, for the fault
 */
mqs_result mqs_props_decode(mqs_bytes raw, mqtt_packet_type type, bool will, const mqs_codec_limits *limits,
    uint32_t offset, mqs_props *out, mqs_fault *fault);

/* Appends a validated list without the properties whose MQS_PROP_BIT is in `except`. Results as mqs_buffer_append(). */
mqs_result mqs_props_copy(mqs_buffer *out, mqs_bytes raw, uint64_t except);

/* Append one property to a raw list. MQS_ERR_LIMIT, MQS_ERR_NOMEM as mqs_buffer_append; MQS_ERR_INVALID: wrong kind,
 * a number out of range, a string over 65,535 bytes or not valid UTF-8. All or nothing. */
mqs_result mqs_props_write_number(mqs_buffer *out, mqtt_property id, uint32_t number);
mqs_result mqs_props_write_bytes(mqs_buffer *out, mqtt_property id, mqs_bytes bytes);
mqs_result mqs_props_write_pair(mqs_buffer *out, mqs_bytes name, mqs_bytes value);

/* ---- packets ------------------------------------------------------------------------------------------------ */

typedef struct mqs_connect {
	uint8_t level; /* mqtt_level */
	bool clean_start, has_will, has_username, has_password, will_retain;
	uint8_t will_qos;
	uint16_t keep_alive_s;
	mqs_bytes client_id, will_topic, will_payload, username, password;
	mqs_props props, will_props; /* 5.0; else empty */
} mqs_connect;

typedef struct mqs_connack {
	bool session_present;
	uint8_t code; /* mqtt_reason_code for 5.0, mqtt_connect_return_code below */
	mqs_props props;
} mqs_connack;

typedef struct mqs_publish {
	bool dup, retain;
	uint8_t qos;
	uint16_t packet_id; /* 0 for QoS 0 */
	mqs_bytes topic;    /* empty with a topic alias */
	mqs_bytes payload;
	mqs_props props;
} mqs_publish;

/* PUBACK, PUBREC, PUBREL, PUBCOMP. */
typedef struct mqs_ack {
	uint16_t packet_id;
	uint8_t reason; /* 0 for 3.x */
	mqs_props props;
} mqs_ack;

/* SUBSCRIBE and UNSUBSCRIBE: `entries` is validated; walk it with mqs_subscribe_next() / mqs_unsubscribe_next(). */
typedef struct mqs_subscribe {
	uint16_t packet_id;
	uint32_t count;
	mqs_bytes entries;
	mqs_props props;
} mqs_subscribe;

typedef struct mqs_subscription_entry {
	mqs_bytes filter; /* with $share/… when shared */
	uint8_t qos, retain_handling;
	bool no_local, retain_as_published;
} mqs_subscription_entry;

/* SUBACK and UNSUBACK; UNSUBACK of 3.x has no codes. */
typedef struct mqs_suback {
	uint16_t packet_id;
	mqs_bytes codes;
	mqs_props props;
} mqs_suback;

/* DISCONNECT and AUTH. */
typedef struct mqs_reasoned {
	uint8_t reason;
	mqs_props props;
} mqs_reasoned;

typedef struct mqs_packet {
	mqtt_packet_type type;
	uint8_t level; /* mqtt_level it was decoded as, or is to be encoded as */
	union {
		mqs_connect connect;
		mqs_connack connack;
		mqs_publish publish;
		mqs_ack ack;
		mqs_subscribe subscribe; /* UNSUBSCRIBE too */
		mqs_suback suback;       /* UNSUBACK too */
		mqs_reasoned reasoned;   /* DISCONNECT, AUTH */
	};
} mqs_packet;

/*
 * Looks at the fixed header of the packet that starts `in`.
 *
 * max_packet_size  refuse a packet of more bytes in all, before it has arrived (0: MQTT's own maximum)
 * total            [out] length of the whole packet, fixed header included; set with MQS_OK
 *
 * Returns MQS_OK             the header is whole (the packet itself may not be: compare total with in.len)
 *         MQS_NEED_MORE      1 to 4 more header bytes are needed
 *         MQS_ERR_MALFORMED  reserved type 0, wrong flags, a length of five bytes or not minimal (DUP on PUBREL,
 * SUBSCRIBE and UNSUBSCRIBE is left to mqs_packet_decode(): 3.1 allows it) MQS_ERR_LIMIT      longer than
 * max_packet_size (MQTT_RC_PACKET_TOO_LARGE)
 */
mqs_result mqs_frame_peek(mqs_bytes in, uint32_t max_packet_size, size_t *total, mqs_fault *fault);

/*
 * Decodes one whole packet.
 *
 * packet  [borrowed] exactly one packet, as mqs_frame_peek() measured it; the views in `out` point into it
 * level   mqtt_level of the connection; ignored for CONNECT, which names its own
 *
 * Returns MQS_OK, or MQS_ERR_MALFORMED, MQS_ERR_PROTOCOL, MQS_ERR_LIMIT with `fault` filled in.
 * A CONNECT with an unknown protocol name or level: MQS_ERR_PROTOCOL, fault->reason UNSUPPORTED_PROTOCOL_VERSION.
 * After a fault `out` holds the type, and for CONNECT in out->level the level to answer in: the one the packet named,
 * the nearest we speak when that one is unknown, 0 when the packet ends or lies before it.
 */
mqs_result mqs_packet_decode(
    mqs_bytes packet, uint8_t level, const mqs_codec_limits *limits, mqs_packet *out, mqs_fault *fault);

/* Next entry of a validated list; false at the end. `rest` starts as mqs_subscribe.entries. */
bool mqs_subscribe_next(mqs_bytes *rest, uint8_t level, mqs_subscription_entry *out);
bool mqs_unsubscribe_next(mqs_bytes *rest, mqs_bytes *filter);

/* Append one entry to a list for the encoder. Results as mqs_props_write_bytes(). */
mqs_result mqs_subscribe_write(mqs_buffer *out, uint8_t level, const mqs_subscription_entry *entry);
mqs_result mqs_unsubscribe_write(mqs_buffer *out, mqs_bytes filter);

/*
 * Bytes that mqs_packet_encode() will write, 0 when the packet cannot be encoded (a string over 65,535 bytes, a packet
 * over MQTT_VARINT_MAX).
 */
size_t mqs_packet_size(const mqs_packet *packet);

/*
 * Encodes one packet in its shortest form (reason code and property length left out where the standard allows).
 * Does not judge the contents: what the caller puts in goes out.
 *
 * Returns MQS_OK, MQS_ERR_INVALID (size 0), MQS_ERR_LIMIT, MQS_ERR_NOMEM; `out` unchanged then.
 */
mqs_result mqs_packet_encode(const mqs_packet *packet, mqs_buffer *out);

/* The same into memory of at least mqs_packet_size() bytes; returns the bytes written. */
size_t mqs_packet_encode_into(const mqs_packet *packet, uint8_t *out);

/* ---- stream of packets -------------------------------------------------------------------------------------- */

/*
 * Cuts a byte stream into packets. A packet that lies whole in the input is returned in place; one that was split is
 * collected in `scratch`, which grows with bytes that arrived, never with a length that was claimed.
 */
typedef struct mqs_framer {
	mqs_buffer scratch;
	uint32_t max_packet_size;
	size_t consumed;   /* bytes at the front of scratch that the caller has seen */
	mqs_result failed; /* MQS_OK, or what every call answers from now on, with `fault` */
	mqs_fault fault;
} mqs_framer;

void mqs_framer_init(mqs_framer *framer, const mqs_alloc *alloc, uint32_t max_packet_size);
void mqs_framer_clear(mqs_framer *framer);

/* Another limit, for packets not taken yet. 0: the format's own. */
void mqs_framer_limit(mqs_framer *framer, uint32_t max_packet_size);

/*
 * Takes the next packet.
 *
 * in      [in, out] new bytes; moved past what was used
 * packet  [out] one whole packet, valid until the next call or until the bytes of `in` go away
 *
 * Returns MQS_OK; MQS_NEED_MORE when `in` is used up (the rest is kept); MQS_ERR_MALFORMED, MQS_ERR_LIMIT with the
 * fault (the framer then stays in fault: each later call returns the same); MQS_ERR_NOMEM (nothing is used).
 */
mqs_result mqs_framer_next(mqs_framer *framer, mqs_bytes *in, mqs_bytes *packet, mqs_fault *fault);

/* Bytes kept of a packet that has not arrived whole. */
size_t mqs_framer_held(const mqs_framer *framer);

/* ---- primitives --------------------------------------------------------------------------------------------- */

/* Bytes of a Variable Byte Integer (1 to 4), and writing it; value <= MQTT_VARINT_MAX. */
static inline size_t mqs_varint_size(uint32_t value)
{
	return value < 128 ? 1 : value < 16384 ? 2 : value < 2097152 ? 3 : 4;
}
size_t mqs_varint_write(uint8_t *out, uint32_t value);

/* MQS_OK and *size, MQS_NEED_MORE, MQS_ERR_MALFORMED (five bytes, or not minimal [MQTT-1.5.5-1]). */
mqs_result mqs_varint_read(mqs_bytes in, uint32_t *value, size_t *size);

/* Well-formed UTF-8 without U+0000 and surrogates [MQTT-1.5.4-1] [MQTT-1.5.4-2]. */
bool mqs_utf8_valid(mqs_bytes text);

/* ---- topics (MQTT 5 section 4.7) ---------------------------------------------------------------------------- */

/* A topic name that may be published to: not empty, no wildcard, at most max_levels levels (0: the default). UTF-8 is
 * not checked. */
bool mqs_topic_name_valid(mqs_bytes topic, uint32_t max_levels);

/* A topic filter, $share included: wildcards alone in their level, # last, share name and filter not empty. */
bool mqs_topic_filter_valid(mqs_bytes filter, uint32_t max_levels);

/* Does the filter hold + or # ? */
bool mqs_topic_has_wildcard(mqs_bytes filter);

/* Splits $share/{group}/{filter}; false (outputs untouched) when the filter is not shared. */
bool mqs_topic_share_parse(mqs_bytes filter, mqs_bytes *group, mqs_bytes *rest);

/* Does a valid filter (without $share) match a topic name? Wildcards never match a leading $ [MQTT-4.7.2-1]. */
bool mqs_topic_matches(mqs_bytes filter, mqs_bytes topic);

/* Takes the next level off `rest`; false at the end. Start with rest = the topic, *more = true. */
static inline bool mqs_topic_next_level(mqs_bytes *rest, bool *more, mqs_bytes *level)
{
	if (!*more) {
		return false;
	}
	const uint8_t *slash = rest->len ? (const uint8_t *)memchr(rest->ptr, '/', rest->len) : NULL;
	if (slash) {
		size_t len = (size_t)(slash - rest->ptr);
		*level = mqs_bytes_make(rest->ptr, len);
		*rest = mqs_bytes_make(slash + 1, rest->len - len - 1);
	} else {
		*level = *rest;
		*rest = mqs_bytes_make(NULL, 0);
		*more = false;
	}
	return true;
}

/* ---- names, for logs and for PHP ---------------------------------------------------------------------------- */

/* "PUBLISH"; "" when unknown. */
const char *mqs_packet_type_name(uint8_t type);

/* "Not authorized"; "" when unknown. */
const char *mqs_reason_name(uint8_t reason);

/* May the packet type carry this reason code (MQTT 5 table 2-6)? */
bool mqs_reason_allowed(uint8_t reason, mqtt_packet_type type);

#endif
