/* SPDX-License-Identifier: MIT
 *
 * src/codec/framer.c - the fixed header (MQTT 5 section 2.1), and cutting a stream of bytes into packets.
 * The framer owns its scratch buffer: the bytes of one packet that arrived in pieces.
 */
#include "codec/codec_private.h"

#define HEADER_MAX   5
#define SCRATCH_KEEP 1024 /* a larger buffer is given back once its packet has been seen */

static mqs_result flags_fault(mqs_fault *fault, const char *clause, const char *what)
{
	return mqs_codec_fault(fault, MQS_ERR_MALFORMED, MQTT_RC_MALFORMED_PACKET, 0, clause, what);
}

mqs_result mqs_codec_flags_check(uint8_t first, uint8_t level, mqs_fault *fault)
{
	uint8_t flags = first & 15;
	uint8_t type = first >> 4;
	/* In 3.1 these three may be sent again with the DUP flag. */
	bool dup_good = flags == 10 && level <= MQTT_LEVEL_3_1;
	switch (type) {
		case 0: return flags_fault(fault, "MQTT5 2.1.2", "packet type 0 is reserved");
		case MQTT_PKT_PUBLISH:
			if ((flags & 6) == 6) {
				return flags_fault(fault, "MQTT-3.3.1-4", "a PUBLISH has QoS 3");
			}
			return MQS_OK;
		case MQTT_PKT_PUBREL:
			if (flags == 2 || dup_good) {
				return MQS_OK;
			}
			return flags_fault(fault, "MQTT-3.6.1-1", "the flags of a PUBREL are not 2");
		case MQTT_PKT_SUBSCRIBE:
			if (flags == 2 || dup_good) {
				return MQS_OK;
			}
			return flags_fault(fault, "MQTT-3.8.1-1", "the flags of a SUBSCRIBE are not 2");
		case MQTT_PKT_UNSUBSCRIBE:
			if (flags == 2 || dup_good) {
				return MQS_OK;
			}
			return flags_fault(fault, "MQTT-3.10.1-1", "the flags of an UNSUBSCRIBE are not 2");
		case MQTT_PKT_DISCONNECT:
			return flags ? flags_fault(fault, "MQTT-3.14.1-1", "the flags of a DISCONNECT are not 0") : MQS_OK;
		case MQTT_PKT_AUTH:
			return flags ? flags_fault(fault, "MQTT-3.15.1-1", "the flags of an AUTH are not 0") : MQS_OK;
		default:
			return flags ? flags_fault(fault, "MQTT-2.1.3-1", "reserved flags of the fixed header are not 0") : MQS_OK;
	}
}

mqs_result mqs_frame_peek(mqs_bytes in, uint32_t max_packet_size, size_t *total, mqs_fault *fault)
{
	if (in.len == 0) {
		return MQS_NEED_MORE;
	}
	mqs_result result = MQS_OK;
	if (MQS_UNLIKELY(!mqs_codec_flags_usual(in.ptr[0]))) {
		result = mqs_codec_flags_check(in.ptr[0], 0, fault);
		if (result != MQS_OK) {
			return result;
		}
	}
	uint32_t length = 0;
	size_t size = 1;
	if (MQS_LIKELY(in.len > 1 && in.ptr[1] < 128)) {
		length = in.ptr[1];
	} else {
		result = mqs_varint_read(mqs_bytes_make(in.ptr + 1, in.len - 1), &length, &size);
	}
	if (result == MQS_NEED_MORE) {
		return result;
	}
	if (result != MQS_OK) {
		bool five = in.len >= HEADER_MAX && (in.ptr[1] & in.ptr[2] & in.ptr[3] & in.ptr[4] & 128);
		return mqs_codec_fault(fault, MQS_ERR_MALFORMED, MQTT_RC_MALFORMED_PACKET, 1,
		    five ? "MQTT5 1.5.5" : "MQTT-1.5.5-1",
		    five ? "the remaining length has more than four bytes"
		         : "the remaining length is not in its shortest form");
	}
	size_t sum = 1 + size + length;
	if (max_packet_size && sum > max_packet_size) {
		return mqs_codec_fault(fault, MQS_ERR_LIMIT, MQTT_RC_PACKET_TOO_LARGE, 1, "MQTT-3.2.2-15",
		    "the packet is longer than the maximum packet size");
	}
	*total = sum;
	return MQS_OK;
}

void mqs_framer_init(mqs_framer *framer, const mqs_alloc *alloc, uint32_t max_packet_size)
{
	mqs_buffer_init(&framer->scratch, alloc, HEADER_MAX);
	framer->consumed = 0;
	framer->failed = MQS_OK;
	mqs_framer_limit(framer, max_packet_size);
}

void mqs_framer_limit(mqs_framer *framer, uint32_t max_packet_size)
{
	size_t max = max_packet_size ? max_packet_size : HEADER_MAX + (size_t)MQTT_VARINT_MAX;
	size_t least = framer->scratch.len > HEADER_MAX ? framer->scratch.len : HEADER_MAX;
	framer->scratch.max = max > least ? max : least;
	framer->max_packet_size = max_packet_size;
}

void mqs_framer_clear(mqs_framer *framer)
{
	mqs_buffer_clear(&framer->scratch);
	framer->consumed = 0;
	framer->failed = MQS_OK;
}

size_t mqs_framer_held(const mqs_framer *framer)
{
	return framer->scratch.len - framer->consumed;
}

static mqs_bytes take_front(mqs_bytes *in, size_t count)
{
	mqs_bytes front = mqs_bytes_make(in->ptr, count);
	in->ptr = count ? in->ptr + count : in->ptr;
	in->len -= count;
	return front;
}

static mqs_result stay_failed(mqs_framer *framer, mqs_result result, const mqs_fault *why, mqs_fault *fault)
{
	framer->failed = result;
	framer->fault = *why;
	if (fault) {
		*fault = *why;
	}
	return result;
}

/* Drops the packet that the caller has seen. The scratch never holds more than that one. */
static void drop_consumed(mqs_framer *framer)
{
	if (framer->consumed) {
		mqs_buffer_consume(&framer->scratch, framer->consumed);
		framer->consumed = 0;
		if (framer->scratch.capacity > SCRATCH_KEEP) {
			mqs_buffer_clear(&framer->scratch);
		}
	}
}

/* Measures the packet whose first bytes are held and whose next ones are in `in`. */
static mqs_result peek_across(const mqs_framer *framer, mqs_bytes in, size_t *total, mqs_fault *why)
{
	uint8_t header[HEADER_MAX];
	size_t held = framer->scratch.len < HEADER_MAX ? framer->scratch.len : HEADER_MAX;
	size_t more = in.len < HEADER_MAX - held ? in.len : HEADER_MAX - held;
	memcpy(header, framer->scratch.ptr, held);
	memcpy(header + held, in.ptr, more);
	return mqs_frame_peek(mqs_bytes_make(header, held + more), framer->max_packet_size, total, why);
}

mqs_result mqs_framer_next(mqs_framer *framer, mqs_bytes *in, mqs_bytes *packet, mqs_fault *fault)
{
	if (framer->failed != MQS_OK) {
		return stay_failed(framer, framer->failed, &framer->fault, fault);
	}
	drop_consumed(framer);
	if (in->len == 0) {
		return MQS_NEED_MORE;
	}
	mqs_fault why;
	size_t total = 0;
	size_t held = framer->scratch.len;
	mqs_result result =
	    held ? peek_across(framer, *in, &total, &why) : mqs_frame_peek(*in, framer->max_packet_size, &total, &why);
	if (result == MQS_OK && held == 0 && total <= in->len) {
		*packet = take_front(in, total);
		return MQS_OK;
	}
	if (result != MQS_OK && result != MQS_NEED_MORE) {
		return stay_failed(framer, result, &why, fault);
	}
	size_t missing = result == MQS_OK ? total - held : in->len;
	size_t count = in->len < missing ? in->len : missing;
	mqs_result kept = mqs_buffer_append(&framer->scratch, mqs_bytes_make(in->ptr, count));
	if (kept != MQS_OK) {
		MQS_ASSERT(kept == MQS_ERR_NOMEM);
		return kept;
	}
	(void)take_front(in, count);
	if (result != MQS_OK || framer->scratch.len < total) {
		return MQS_NEED_MORE;
	}
	framer->consumed = total;
	*packet = mqs_buffer_view(&framer->scratch);
	return MQS_OK;
}
