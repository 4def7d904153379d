/* SPDX-License-Identifier: MIT
 *
 * src/broker/message.c - making and letting go of application messages. Owns nothing: a message belongs to the holders
 * of its references.
 */
#include "broker/message.h"

static uint8_t *append(uint8_t *to, mqs_bytes bytes)
{
	if (bytes.len) {
		memcpy(to, bytes.ptr, bytes.len);
	}
	return to + bytes.len;
}

mqs_message *mqs_message_create(const mqs_alloc *alloc, mqs_bytes topic, mqs_bytes props, mqs_bytes payload)
{
	MQS_ASSERT(topic.len <= UINT16_MAX);
	size_t room = SIZE_MAX - sizeof(mqs_message) - UINT16_MAX;
	if (props.len > UINT32_MAX || payload.len > UINT32_MAX || props.len > room || payload.len > room - props.len) {
		return NULL;
	}
	mqs_message *message = mqs_acquire(alloc, sizeof(*message) + topic.len + props.len + payload.len);
	if (!message) {
		return NULL;
	}
	*message = (mqs_message){
	    .alloc = alloc,
	    .expires_ms = MQS_NEVER,
	    .refs = 1,
	    .props_len = (uint32_t)props.len,
	    .payload_len = (uint32_t)payload.len,
	    .topic_len = (uint16_t)topic.len,
	};
	append(append(append(message->bytes, topic), props), payload);
	return message;
}

void mqs_message_unref(mqs_message *message)
{
	MQS_ASSERT(message->refs > 0);
	if (--message->refs == 0) {
		mqs_release(message->alloc, message);
	}
}
