/* SPDX-License-Identifier: MIT
 *
 * src/codec/codec_private.h - shared by the files of this room only: the packet reader, faults, checks with a place.
 */
#ifndef MQS_CODEC_PRIVATE_H
#define MQS_CODEC_PRIVATE_H

#include "codec/codec.h"

/* A packet that is being decoded. All pointers are borrowed and lie in the same packet. */
typedef struct mqs_reader {
	const uint8_t *start; /* first byte of the fixed header: faults count from here */
	const uint8_t *at;
	const uint8_t *end;
	const mqs_codec_limits *limits; /* may be NULL */
	mqs_fault *fault;
	uint8_t level;
	uint8_t flags; /* low half of the first byte */
} mqs_reader;

static inline size_t mqs_reader_left(const mqs_reader *reader)
{
	return (size_t)(reader->end - reader->at);
}

static inline uint16_t mqs_codec_u16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

/* Clause ids of a rule that the two standards number differently; 3.1 is quoted by the ids of 3.1.1. */
static inline const char *mqs_codec_clause(uint8_t level, const char *v3, const char *v5)
{
	return level >= MQTT_LEVEL_5 ? v5 : v3;
}

/* ---- eight bytes at a time ----------------------------------------------------------------------------------- */

#define MQS_CODEC_EVERY_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

/* Some byte of the word is zero (exact as a yes or no). */
static inline bool mqs_codec_word_has_zero(uint64_t word)
{
	return ((word - MQS_CODEC_EVERY_BYTE(1)) & ~word & MQS_CODEC_EVERY_BYTE(0x80)) != 0;
}

/* Some byte of the word is + or #: with bit 3 set # (0x23) becomes + (0x2B), and no other byte does. */
static inline bool mqs_codec_word_has_wildcard(uint64_t word)
{
	return mqs_codec_word_has_zero((word | MQS_CODEC_EVERY_BYTE(0x08)) ^ MQS_CODEC_EVERY_BYTE(0x2B));
}

/* ---- faults, text, topics ------------------------------------------------------------------------------------ */

/* Fills the fault in and returns `result`. fault may be NULL. */
mqs_result mqs_codec_fault(
    mqs_fault *fault, mqs_result result, uint8_t reason, size_t offset, const char *clause, const char *what);

/* The two everyday kinds, at a place in the packet. */
mqs_result mqs_reader_malformed(const mqs_reader *reader, const uint8_t *at, const char *clause, const char *what);
mqs_result mqs_reader_protocol(const mqs_reader *reader, const uint8_t *at, const char *clause, const char *what);

/* Index of the first byte that makes the text bad, or len when it is good. */
size_t mqs_codec_utf8_check(mqs_bytes text);

/* Fault of a text that mqs_codec_utf8_check() refused at `bad`; `offset` is where the text stands in the packet. */
mqs_result mqs_codec_utf8_fault(mqs_fault *fault, uint8_t level, mqs_bytes text, size_t bad, size_t offset);

/* True when the text is printable-range ASCII without NUL and holds no + and no #: nothing more to check. */
bool mqs_codec_topic_is_plain(mqs_bytes topic);

typedef enum mqs_topic_flaw {
	MQS_TOPIC_GOOD,
	MQS_TOPIC_EMPTY,
	MQS_TOPIC_TOO_DEEP,
	MQS_TOPIC_HASH_MISPLACED,   /* # not alone in its level, or not in the last */
	MQS_TOPIC_PLUS_MISPLACED,   /* + not alone in its level */
	MQS_TOPIC_WILDCARD_IN_NAME, /* + or # in a topic name */
	MQS_TOPIC_SHARE_NAME_EMPTY,
	MQS_TOPIC_SHARE_NAME_WILD,
	MQS_TOPIC_SHARE_NO_FILTER
} mqs_topic_flaw;

/* max_levels 0 means the default; *at is the index of the offending byte. */
mqs_topic_flaw mqs_codec_topic_name_flaw(mqs_bytes topic, uint32_t max_levels, size_t *at);

/* shared: judge $share/… by the rules of section 4.8.2; else it is a filter as any other. */
mqs_topic_flaw mqs_codec_topic_filter_flaw(mqs_bytes filter, uint32_t max_levels, bool shared, size_t *at);

/* Section or statement that rules this property in this packet. Never NULL. */
const char *mqs_codec_prop_clause(uint32_t id, mqtt_packet_type type, bool will);

/*
 * Flags that a packet may have at every level: nearly all packets. For others ask mqs_codec_flags_check(), which knows
 * what 3.1 allows, and what to say.
 */
static inline bool mqs_codec_flags_usual(uint8_t first)
{
	/* by type: a bit for each value of the flags */
	static const uint16_t usual[16] = {
	    [MQTT_PKT_CONNECT] = 1 << 0,
	    [MQTT_PKT_CONNACK] = 1 << 0,
	    [MQTT_PKT_PUBLISH] = 0x3f3f, /* all but those of QoS 3 */
	    [MQTT_PKT_PUBACK] = 1 << 0,
	    [MQTT_PKT_PUBREC] = 1 << 0,
	    [MQTT_PKT_PUBREL] = 1 << 2,
	    [MQTT_PKT_PUBCOMP] = 1 << 0,
	    [MQTT_PKT_SUBSCRIBE] = 1 << 2,
	    [MQTT_PKT_SUBACK] = 1 << 0,
	    [MQTT_PKT_UNSUBSCRIBE] = 1 << 2,
	    [MQTT_PKT_UNSUBACK] = 1 << 0,
	    [MQTT_PKT_PINGREQ] = 1 << 0,
	    [MQTT_PKT_PINGRESP] = 1 << 0,
	    [MQTT_PKT_DISCONNECT] = 1 << 0,
	    [MQTT_PKT_AUTH] = 1 << 0,
	};
	return usual[first >> 4] >> (first & 15) & 1;
}

/* Checks the flags of the first byte; level 0 when it is not known yet. */
mqs_result mqs_codec_flags_check(uint8_t first, uint8_t level, mqs_fault *fault);

/* Takes a field with a two-byte length. `missing` is the clause and `what` the sentence when the packet ends before. */
mqs_result mqs_reader_binary(mqs_reader *reader, mqs_bytes *out, const char *missing, const char *what);

/* The same, and it must be UTF-8. */
mqs_result mqs_reader_text(mqs_reader *reader, mqs_bytes *out, const char *missing, const char *what);

/* Takes a property list with its length when the level has them; else `out` is empty. */
mqs_result mqs_reader_props(mqs_reader *reader, mqtt_packet_type type, bool will, mqs_props *out);

/* The fault of a topic name with this flaw; `at` is where the name stands. */
mqs_result mqs_reader_topic_fault(const mqs_reader *reader, const uint8_t *at, mqs_topic_flaw flaw);

/* Checks a topic name that is known to be UTF-8. */
mqs_result mqs_reader_topic_check(const mqs_reader *reader, mqs_bytes topic);

/* The body of CONNECT. */
mqs_result mqs_codec_connect_decode(mqs_reader *reader, mqs_packet *out);

static inline uint32_t mqs_codec_max_levels(const mqs_codec_limits *limits)
{
	return limits && limits->max_topic_levels ? limits->max_topic_levels : MQS_CODEC_DEFAULT_TOPIC_LEVELS;
}

/* An empty property list: the only fields that are set for it. */
static inline void mqs_codec_props_none(mqs_props *props)
{
	props->present = 0;
	props->raw = mqs_bytes_make(NULL, 0);
	props->subscription_identifier_count = 0;
	props->user_property_count = 0;
}

#endif
