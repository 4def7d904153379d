/* SPDX-License-Identifier: MIT
 *
 * src/codec/decode_connect.c - the body of CONNECT (MQTT 5 section 3.1, and the same of 3.1.1 and 3.1). Keeps nothing.
 */
#include "codec/codec_private.h"

#define FLAG_RESERVED    0x01
#define FLAG_CLEAN       0x02
#define FLAG_WILL        0x04
#define FLAG_WILL_RETAIN 0x20
#define FLAG_PASSWORD    0x40
#define FLAG_USERNAME    0x80

#define CLIENT_ID_MAX_3_1 23

static mqs_result unsupported(const mqs_reader *reader, const uint8_t *at, const char *clause, const char *what)
{
	return mqs_codec_fault(reader->fault, MQS_ERR_PROTOCOL, MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION,
	    (size_t)(at - reader->start), clause, what);
}

/* Protocol name and level. Sets reader->level, also for a level we do not speak: as the nearest one we can answer in.
 */
static mqs_result read_protocol(mqs_reader *reader)
{
	mqs_bytes name;
	const uint8_t *at = reader->at;
	mqs_result result =
	    mqs_reader_binary(reader, &name, "MQTT-3.1.2-1", "the packet ends before the end of the protocol name");
	if (result != MQS_OK) {
		return result;
	}
	bool modern = mqs_bytes_equal(name, MQS_BYTES_LITERAL("MQTT"));
	if (!modern && !mqs_bytes_equal(name, MQS_BYTES_LITERAL("MQIsdp"))) {
		return unsupported(reader, at, "MQTT-3.1.2-1", "the protocol name is neither MQTT nor MQIsdp");
	}
	if (mqs_reader_left(reader) < 1) {
		return mqs_reader_malformed(reader, reader->at, "MQTT-3.1.2-2", "the packet ends before the protocol level");
	}
	uint8_t level = *reader->at++;
	if (!modern) {
		reader->level = MQTT_LEVEL_3_1;
		return level == MQTT_LEVEL_3_1 ? MQS_OK
		                               : unsupported(reader, reader->at - 1, "MQTT-3.1.2-2", "MQIsdp has level 3 only");
	}
	reader->level = level < MQTT_LEVEL_5 ? MQTT_LEVEL_3_1_1 : MQTT_LEVEL_5;
	if (level != reader->level) {
		return unsupported(reader, reader->at - 1, "MQTT-3.1.2-2", "this protocol level is not known");
	}
	return MQS_OK;
}

/* What the flags say by themselves. 3.1 has no rule about bits that mean nothing: it disregards them. */
static mqs_result check_flags(const mqs_reader *reader, uint8_t flags)
{
	uint8_t level = reader->level;
	uint8_t will_qos = flags >> 3 & 3;
	if (level >= MQTT_LEVEL_3_1_1) {
		if (flags & FLAG_RESERVED) {
			return mqs_reader_malformed(reader, reader->at, "MQTT-3.1.2-3", "the reserved connect flag is set");
		}
		if (!(flags & FLAG_WILL) && will_qos) {
			return mqs_reader_malformed(reader, reader->at, mqs_codec_clause(level, "MQTT-3.1.2-13", "MQTT-3.1.2-11"),
			    "there is a will QoS without a will");
		}
		if (!(flags & FLAG_WILL) && (flags & FLAG_WILL_RETAIN)) {
			return mqs_reader_malformed(reader, reader->at, mqs_codec_clause(level, "MQTT-3.1.2-15", "MQTT-3.1.2-13"),
			    "there is a will retain flag without a will");
		}
	}
	if ((flags & FLAG_WILL) && will_qos == 3) {
		return mqs_reader_malformed(
		    reader, reader->at, mqs_codec_clause(level, "MQTT-3.1.2-14", "MQTT-3.1.2-12"), "the will QoS is 3");
	}
	if (level < MQTT_LEVEL_5 && (flags & FLAG_PASSWORD) && !(flags & FLAG_USERNAME)) {
		return mqs_reader_malformed(reader, reader->at, "MQTT-3.1.2-22", "there is a password without a user name");
	}
	return MQS_OK;
}

static mqs_result read_client_id(mqs_reader *reader, mqs_connect *out)
{
	const uint8_t *at = reader->at;
	mqs_result result = mqs_reader_text(
	    reader, &out->client_id, "MQTT-3.1.3-3", "the packet ends before the end of the client identifier");
	if (result != MQS_OK) {
		return result;
	}
	const char *clause = NULL;
	const char *what = NULL;
	if (reader->level == MQTT_LEVEL_3_1 && (out->client_id.len < 1 || out->client_id.len > CLIENT_ID_MAX_3_1)) {
		clause = "MQTT3.1 3.1";
		what = "the client identifier does not have 1 to 23 bytes";
	} else if (reader->level == MQTT_LEVEL_3_1_1 && out->client_id.len == 0 && !out->clean_start) {
		clause = "MQTT-3.1.3-8";
		what = "the client identifier is empty and the session is not clean";
	}
	if (clause) {
		return mqs_codec_fault(reader->fault, MQS_ERR_PROTOCOL, MQTT_RC_CLIENT_IDENTIFIER_NOT_VALID,
		    (size_t)(at - reader->start), clause, what);
	}
	return MQS_OK;
}

static mqs_result read_will(mqs_reader *reader, mqs_connect *out)
{
	mqs_result result = mqs_reader_props(reader, MQTT_PKT_CONNECT, true, &out->will_props);
	if (result == MQS_OK) {
		result = mqs_reader_text(
		    reader, &out->will_topic, "MQTT-3.1.2-9", "the packet ends before the end of the will topic");
	}
	if (result == MQS_OK) {
		result = mqs_reader_topic_check(reader, out->will_topic);
	}
	if (result == MQS_OK) {
		result = mqs_reader_binary(
		    reader, &out->will_payload, "MQTT-3.1.2-9", "the packet ends before the end of the will payload");
	}
	return result;
}

/* 3.1 lets the end of the packet win over these flags: a flagged field that is not there is simply absent. */
static bool is_missing_in_3_1(const mqs_reader *reader)
{
	return reader->level == MQTT_LEVEL_3_1 && mqs_reader_left(reader) == 0;
}

static mqs_result read_login(mqs_reader *reader, mqs_connect *out)
{
	mqs_result result = MQS_OK;
	if (out->has_username && is_missing_in_3_1(reader)) {
		out->has_username = false;
	}
	if (out->has_username) {
		result =
		    mqs_reader_text(reader, &out->username, mqs_codec_clause(reader->level, "MQTT-3.1.2-19", "MQTT-3.1.2-17"),
		        "the packet ends before the end of the user name");
	}
	if (result != MQS_OK) {
		return result;
	}
	if (out->has_password && is_missing_in_3_1(reader)) {
		out->has_password = false;
	}
	if (out->has_password) {
		result =
		    mqs_reader_binary(reader, &out->password, mqs_codec_clause(reader->level, "MQTT-3.1.2-21", "MQTT-3.1.2-19"),
		        "the packet ends before the end of the password");
	}
	return result;
}

static void take_flags(mqs_connect *out, uint8_t flags, uint8_t level)
{
	out->level = level;
	out->clean_start = (flags & FLAG_CLEAN) != 0;
	out->has_will = (flags & FLAG_WILL) != 0;
	out->will_qos = out->has_will ? flags >> 3 & 3 : 0;
	out->will_retain = out->has_will && (flags & FLAG_WILL_RETAIN);
	out->has_username = (flags & FLAG_USERNAME) != 0;
	out->has_password = (flags & FLAG_PASSWORD) != 0;
	out->will_topic = out->will_payload = out->username = out->password = mqs_bytes_make(NULL, 0);
	mqs_codec_props_none(&out->will_props);
}

mqs_result mqs_codec_connect_decode(mqs_reader *reader, mqs_packet *packet)
{
	mqs_connect *out = &packet->connect;
	mqs_result result = read_protocol(reader);
	packet->level = out->level = reader->level;
	if (result != MQS_OK) {
		return result;
	}
	if (mqs_reader_left(reader) < 3) {
		return mqs_reader_malformed(
		    reader, reader->end, "MQTT-3.1.4-1", "the packet ends before the connect flags and the keep alive");
	}
	uint8_t flags = reader->at[0];
	result = check_flags(reader, flags);
	if (result != MQS_OK) {
		return result;
	}
	take_flags(out, flags, reader->level);
	out->keep_alive_s = mqs_codec_u16(reader->at + 1);
	reader->at += 3;
	const uint8_t *props_at = reader->at;
	result = mqs_reader_props(reader, MQTT_PKT_CONNECT, false, &out->props);
	if (result == MQS_OK && mqs_props_has(&out->props, MQTT_PROP_AUTHENTICATION_DATA) &&
	    !mqs_props_has(&out->props, MQTT_PROP_AUTHENTICATION_METHOD)) {
		return mqs_reader_protocol(
		    reader, props_at, "MQTT5 3.1.2.11.10", "there is authentication data without a method");
	}
	if (result == MQS_OK) {
		result = read_client_id(reader, out);
	}
	if (result == MQS_OK && out->has_will) {
		result = read_will(reader, out);
	}
	return result == MQS_OK ? read_login(reader, out) : result;
}
