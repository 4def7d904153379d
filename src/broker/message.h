/* SPDX-License-Identifier: MIT
 *
 * src/broker/message.h - one application message, immutable, shared by all its receivers by a count.
 */
#ifndef MQS_BROKER_MESSAGE_H
#define MQS_BROKER_MESSAGE_H

#include "codec/codec.h"

#define MQS_NEVER INT64_MAX

typedef struct mqs_message {
	const mqs_alloc *alloc; /* [borrowed] */
	int64_t expires_ms;     /* MQS_NEVER without Message Expiry Interval */
	uint64_t publisher;     /* number of the sender's session for No Local; 0: the server */
	uint64_t stored;        /* its place in the order in which messages were retained; 0: it never was */
	uint32_t refs;
	uint32_t props_len; /* raw properties as forwarded: without alias, expiry and subscription identifiers */
	uint32_t payload_len;
	uint16_t topic_len;
	uint8_t qos;
	bool retain;
	bool superseded; /* was the retained message of its topic and is not any more */
	uint8_t bytes[]; /* topic, properties, payload */
} mqs_message;

static inline mqs_bytes mqs_message_topic(const mqs_message *message)
{
	return mqs_bytes_make(message->bytes, message->topic_len);
}

static inline mqs_bytes mqs_message_props(const mqs_message *message)
{
	return mqs_bytes_make(message->bytes + message->topic_len, message->props_len);
}

static inline mqs_bytes mqs_message_payload(const mqs_message *message)
{
	return mqs_bytes_make(message->bytes + message->topic_len + message->props_len, message->payload_len);
}

/* What a message costs in a limit that counts bytes. */
static inline size_t mqs_message_cost(const mqs_message *message)
{
	return sizeof(mqs_message) + message->topic_len + message->props_len + message->payload_len;
}

/* [owned] One reference; all views are copied. NULL when out of memory. topic.len <= 65535. */
mqs_message *mqs_message_create(const mqs_alloc *alloc, mqs_bytes topic, mqs_bytes props, mqs_bytes payload);

static inline mqs_message *mqs_message_ref(mqs_message *message)
{
	message->refs++;
	return message;
}

void mqs_message_unref(mqs_message *message);

#endif
