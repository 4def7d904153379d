/* SPDX-License-Identifier: MIT
 *
 * src/cluster/frame.c - frames of the mesh: bytes to views and back. Owns nothing.
 */
#include "cluster/frame.h"

#define MAGIC      0x4d51534du /* "MQSM" */
#define NAME_LIMIT 65535u

#define FLAG_QOS    0x03u
#define FLAG_RETAIN 0x04u
#define FLAG_ANSWER 0x08u
#define FLAGS_ALL   0x0fu

#define HELLO_BYTES      29u /* magic, version, origin, id, max_frame, sessions */
#define FILTER_BYTES     4u  /* members */
#define MESSAGE_BYTES    9u  /* flags, and the lengths of topic, group, props */
#define ANSWER_BYTES     9u  /* upto, reason */
#define CLAIM_BYTES      16u /* accepted_ms, origin */
#define DISCONNECT_BYTES 4u  /* reason, discard, length of client_id */

/* ---- reading ------------------------------------------------------------------------------------------------- */

/* Takes numbers and names off the front of a body. Past the end all is 0 and empty, and `bad` is set. */
typedef struct reader {
	mqs_bytes rest;
	bool bad;
} reader;

static mqs_bytes take(reader *in, size_t len)
{
	if (in->bad || len > in->rest.len) {
		in->bad = true;
		return mqs_bytes_make(NULL, 0);
	}
	mqs_bytes bytes = mqs_bytes_make(in->rest.ptr, len);
	in->rest = mqs_bytes_make(in->rest.ptr + len, in->rest.len - len);
	return bytes;
}

static uint64_t take_number(reader *in, size_t size)
{
	mqs_bytes bytes = take(in, size);
	uint64_t value = 0;
	for (size_t i = 0; i < bytes.len; i++) {
		value = value << 8 | bytes.ptr[i];
	}
	return value;
}

static mqs_bytes take_rest(reader *in)
{
	return take(in, in->rest.len);
}

/* INT64_MAX at most, so that no signed number comes out negative; `bad` otherwise. */
static int64_t take_positive(reader *in)
{
	uint64_t value = take_number(in, 8);
	if (value > INT64_MAX) {
		in->bad = true;
		return 0;
	}
	return (int64_t)value;
}

/* Each of these answers NULL or what is wrong; `in->bad` is judged by the caller. */

static const char *read_hello(reader *in, mqs_cluster_hello *hello)
{
	if (take_number(in, 4) != MAGIC || take_number(in, 1) != MQS_CLUSTER_VERSION) {
		return "not a member of this version";
	}
	hello->origin = take_number(in, 8);
	hello->id = take_positive(in);
	hello->max_frame = (uint32_t)take_number(in, 4);
	hello->sessions = (uint32_t)take_number(in, 4);
	if (!in->bad && (hello->origin == 0 || hello->max_frame < MQS_CLUSTER_FRAME_LEAST)) {
		return "a HELLO without a number, or with a frame limit that is too low";
	}
	return NULL;
}

static const char *read_filter(reader *in, mqs_cluster_filter *filter)
{
	filter->members = (uint32_t)take_number(in, 4);
	filter->filter = take_rest(in);
	bool good = filter->filter.len <= NAME_LIMIT && mqs_utf8_valid(filter->filter) &&
	            mqs_topic_filter_valid(filter->filter, UINT32_MAX);
	return good ? NULL : "no valid topic filter";
}

static const char *read_message(reader *in, mqs_cluster_message *message)
{
	uint32_t flags = (uint32_t)take_number(in, 1);
	message->qos = flags & FLAG_QOS;
	message->retain = (flags & FLAG_RETAIN) != 0;
	message->wants_answer = (flags & FLAG_ANSWER) != 0;
	message->topic = take(in, (size_t)take_number(in, 2));
	message->group = take(in, (size_t)take_number(in, 2));
	message->props = take(in, (size_t)take_number(in, 4));
	message->payload = take_rest(in);
	if ((flags & ~FLAGS_ALL) || message->qos > 2) {
		return "unknown flags";
	}
	bool good = mqs_utf8_valid(message->topic) && mqs_topic_name_valid(message->topic, UINT32_MAX);
	return good ? NULL : "no valid topic name";
}

static const char *read_answer(reader *in, mqs_cluster_answer *answer)
{
	answer->upto = take_number(in, 8);
	answer->reason = (uint8_t)take_number(in, 1);
	return NULL;
}

static const char *read_claim(reader *in, mqs_cluster_claim *claim)
{
	claim->accepted_ms = take_positive(in);
	claim->origin = take_number(in, 8);
	claim->client_id = take_rest(in);
	return claim->client_id.len > 0 && claim->client_id.len <= NAME_LIMIT ? NULL : "no valid client identifier";
}

static const char *read_disconnect(reader *in, mqs_cluster_disconnect *disconnect)
{
	disconnect->reason = (uint8_t)take_number(in, 1);
	uint64_t discard = take_number(in, 1);
	disconnect->discard = discard != 0;
	disconnect->client_id = take(in, (size_t)take_number(in, 2));
	disconnect->props = take_rest(in);
	bool good = discard <= 1 && disconnect->client_id.len > 0 && disconnect->props.len <= NAME_LIMIT;
	return good ? NULL : "no valid client identifier, flag or properties";
}

mqs_result mqs_cluster_frame_peek(mqs_bytes in, size_t max, size_t *total)
{
	if (in.len < MQS_CLUSTER_HEADER) {
		return MQS_NEED_MORE;
	}
	reader header = {in, false};
	size_t len = (size_t)take_number(&header, 4);
	uint64_t type = take_number(&header, 1);
	if (len == 0 || type == 0 || type >= MQS_CLUSTER_TYPES) {
		return MQS_ERR_MALFORMED;
	}
	if (len > MQS_CLUSTER_FRAME_LIMIT || len + 4 > max) {
		return MQS_ERR_LIMIT;
	}
	*total = len + 4;
	return MQS_OK;
}

mqs_result mqs_cluster_frame_decode(mqs_bytes frame, mqs_cluster_frame *out, const char **what)
{
	size_t total = 0;
	memset(out, 0, sizeof(*out));
	if (mqs_cluster_frame_peek(frame, SIZE_MAX, &total) != MQS_OK || total != frame.len) {
		*what = "not one frame";
		return MQS_ERR_MALFORMED;
	}
	reader in = {mqs_bytes_make(frame.ptr + MQS_CLUSTER_HEADER, frame.len - MQS_CLUSTER_HEADER), false};
	const char *wrong = NULL;
	out->type = (mqs_cluster_type)frame.ptr[4];
	switch (out->type) {
		case MQS_CLUSTER_HELLO: wrong = read_hello(&in, &out->hello); break;
		case MQS_CLUSTER_FILTER: wrong = read_filter(&in, &out->filter); break;
		case MQS_CLUSTER_MESSAGE: wrong = read_message(&in, &out->message); break;
		case MQS_CLUSTER_ANSWER: wrong = read_answer(&in, &out->answer); break;
		case MQS_CLUSTER_CLAIM: wrong = read_claim(&in, &out->claim); break;
		case MQS_CLUSTER_DISCONNECT: wrong = read_disconnect(&in, &out->disconnect); break;
		default: break;
	}
	if (in.bad || (!wrong && in.rest.len > 0)) {
		*what =
		    in.bad ? "the frame ends too early, or has a number out of range" : "the frame does not end with its body";
		return MQS_ERR_MALFORMED;
	}
	if (wrong) {
		*what = wrong;
		return out->type == MQS_CLUSTER_HELLO ? MQS_ERR_PROTOCOL : MQS_ERR_MALFORMED;
	}
	return MQS_OK;
}

/* ---- writing ------------------------------------------------------------------------------------------------- */

static uint8_t *put_number(uint8_t *out, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		out[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
	}
	return out + size;
}

static uint8_t *put_bytes(uint8_t *out, mqs_bytes bytes)
{
	if (bytes.len > 0) {
		memcpy(out, bytes.ptr, bytes.len);
	}
	return out + bytes.len;
}

static bool is_name(mqs_bytes bytes)
{
	return bytes.len > 0 && bytes.len <= NAME_LIMIT;
}

static size_t message_size(const mqs_cluster_message *message)
{
	if (!is_name(message->topic) || message->group.len > NAME_LIMIT || message->qos > 2 ||
	    message->props.len > MQTT_VARINT_MAX || message->payload.len > MQTT_VARINT_MAX) {
		return 0;
	}
	return MESSAGE_BYTES + message->topic.len + message->group.len + message->props.len + message->payload.len;
}

size_t mqs_cluster_frame_size(const mqs_cluster_frame *frame)
{
	bool good = true;
	size_t body = 0;
	switch (frame->type) {
		case MQS_CLUSTER_HELLO:
			good =
			    frame->hello.origin != 0 && frame->hello.id >= 0 && frame->hello.max_frame >= MQS_CLUSTER_FRAME_LEAST;
			body = HELLO_BYTES;
			break;
		case MQS_CLUSTER_FILTER:
			good = is_name(frame->filter.filter);
			body = FILTER_BYTES + frame->filter.filter.len;
			break;
		case MQS_CLUSTER_MESSAGE:
			body = message_size(&frame->message);
			good = body > 0;
			break;
		case MQS_CLUSTER_ANSWER: body = ANSWER_BYTES; break;
		case MQS_CLUSTER_CLAIM:
			good = is_name(frame->claim.client_id) && frame->claim.accepted_ms >= 0;
			body = CLAIM_BYTES + frame->claim.client_id.len;
			break;
		case MQS_CLUSTER_DISCONNECT:
			good = is_name(frame->disconnect.client_id) && frame->disconnect.props.len <= NAME_LIMIT;
			body = DISCONNECT_BYTES + frame->disconnect.client_id.len + frame->disconnect.props.len;
			break;
		case MQS_CLUSTER_SYNCED:
		case MQS_CLUSTER_PING:
		case MQS_CLUSTER_BYE: break;
		default: good = false;
	}
	return good && body < MQS_CLUSTER_FRAME_LIMIT ? MQS_CLUSTER_HEADER + body : 0;
}

static uint8_t *put_message(uint8_t *to, const mqs_cluster_message *message)
{
	uint32_t flags = message->qos | (message->retain ? FLAG_RETAIN : 0) | (message->wants_answer ? FLAG_ANSWER : 0);
	to = put_number(to, flags, 1);
	to = put_bytes(put_number(to, message->topic.len, 2), message->topic);
	to = put_bytes(put_number(to, message->group.len, 2), message->group);
	to = put_bytes(put_number(to, message->props.len, 4), message->props);
	return put_bytes(to, message->payload);
}

static uint8_t *put_body(uint8_t *to, const mqs_cluster_frame *frame)
{
	switch (frame->type) {
		case MQS_CLUSTER_HELLO:
			to = put_number(put_number(to, MAGIC, 4), MQS_CLUSTER_VERSION, 1);
			to = put_number(put_number(to, frame->hello.origin, 8), (uint64_t)frame->hello.id, 8);
			return put_number(put_number(to, frame->hello.max_frame, 4), frame->hello.sessions, 4);
		case MQS_CLUSTER_FILTER: return put_bytes(put_number(to, frame->filter.members, 4), frame->filter.filter);
		case MQS_CLUSTER_MESSAGE: return put_message(to, &frame->message);
		case MQS_CLUSTER_ANSWER: return put_number(put_number(to, frame->answer.upto, 8), frame->answer.reason, 1);
		case MQS_CLUSTER_CLAIM:
			to = put_number(put_number(to, (uint64_t)frame->claim.accepted_ms, 8), frame->claim.origin, 8);
			return put_bytes(to, frame->claim.client_id);
		case MQS_CLUSTER_DISCONNECT:
			to = put_number(put_number(to, frame->disconnect.reason, 1), frame->disconnect.discard ? 1 : 0, 1);
			to = put_bytes(put_number(to, frame->disconnect.client_id.len, 2), frame->disconnect.client_id);
			return put_bytes(to, frame->disconnect.props);
		default: return to;
	}
}

mqs_result mqs_cluster_frame_encode(const mqs_cluster_frame *frame, mqs_buffer *out)
{
	size_t size = mqs_cluster_frame_size(frame);
	if (size == 0) {
		return MQS_ERR_INVALID;
	}
	mqs_result result = mqs_buffer_reserve(out, size);
	if (result != MQS_OK) {
		return result;
	}
	uint8_t *to = out->ptr + out->len;
	to = put_number(put_number(to, size - 4, 4), (uint64_t)frame->type, 1);
	to = put_body(to, frame);
	MQS_ASSERT(to == out->ptr + out->len + size);
	out->len = (size_t)(to - out->ptr);
	return MQS_OK;
}
