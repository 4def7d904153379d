/* SPDX-License-Identifier: MIT
 *
 * src/broker/input.c - bytes of a connection cut into packets, and whole packets that have to wait.
 * Owns: mqs_input, which a connection has only while there is something to keep: most have nothing most of the time.
 */
#include "broker/broker_private.h"

static mqs_input *input_of(mqs_conn *conn)
{
	mqs_broker *broker = conn->broker;
	const mqs_broker_options *options = &broker->options;
	mqs_input *input = conn->input;
	if (input) {
		return input;
	}
	input = broker->spare_input;
	if (input) {
		broker->spare_input = NULL;
		mqs_framer_limit(&input->framer, conn->max_packet);
	} else {
		input = (mqs_input *)mqs_acquire(broker->alloc, sizeof(*input));
		if (!input) {
			return NULL;
		}
		mqs_framer_init(&input->framer, broker->alloc, conn->max_packet);
		/* what may wait: the limit, plus one read that was under way when reading paused, plus one packet */
		mqs_buffer_init(
		    &input->held, broker->alloc, (size_t)(options->max_held_bytes + options->max_packet_bytes) + (1u << 20));
		input->held_used = 0;
	}
	conn->input = input;
	return input;
}

static void input_free(mqs_broker *broker, mqs_input *input)
{
	if (input) {
		mqs_framer_clear(&input->framer);
		mqs_buffer_clear(&input->held);
		mqs_release(broker->alloc, input);
	}
}

/* Lets go of it when nothing is kept, a fault neither. One is spared, with the framer's small buffer: pieces of packets
 * are frequent. */
static void let_go(mqs_conn *conn)
{
	mqs_broker *broker = conn->broker;
	mqs_input *input = conn->input;
	if (!input || input->framer.scratch.len || input->framer.failed != MQS_OK || input->held.len) {
		return;
	}
	conn->input = NULL;
	if (broker->spare_input) {
		input_free(broker, input);
	} else {
		mqs_buffer_clear(&input->held);
		broker->spare_input = input;
	}
}

mqs_result mqs_input_next(mqs_conn *conn, mqs_bytes *in, mqs_bytes *packet, mqs_fault *fault)
{
	if (MQS_LIKELY(!conn->input || conn->input->framer.scratch.len == 0)) {
		size_t total = 0;
		mqs_result result = mqs_frame_peek(*in, conn->max_packet, &total, fault);
		if (MQS_LIKELY(result == MQS_OK && total <= in->len)) {
			*packet = mqs_bytes_make(in->ptr, total);
			in->ptr += total;
			in->len -= total;
			return MQS_OK;
		}
		if (result != MQS_OK && result != MQS_NEED_MORE) {
			return result;
		}
		if (in->len == 0) {
			let_go(conn);
			return MQS_NEED_MORE;
		}
		if (!input_of(conn)) {
			return MQS_ERR_NOMEM;
		}
	}
	mqs_result result = mqs_framer_next(&conn->input->framer, in, packet, fault);
	if (result == MQS_NEED_MORE) {
		let_go(conn);
	}
	return result;
}

void mqs_input_limit(mqs_conn *conn, uint32_t max_packet_size)
{
	conn->max_packet = max_packet_size;
	if (conn->input) {
		mqs_framer_limit(&conn->input->framer, max_packet_size);
	}
}

mqs_result mqs_input_hold(mqs_conn *conn, mqs_bytes packet)
{
	mqs_input *input = input_of(conn);
	if (!input) {
		return MQS_ERR_NOMEM;
	}
	mqs_buffer *held = &input->held;
	if (MQS_UNLIKELY(input->held_used && packet.len > held->max - held->len)) {
		mqs_buffer_consume(held, input->held_used); /* what was handled is not what the limit is for */
		input->held_used = 0;
	}
	return mqs_buffer_append(held, packet);
}

bool mqs_input_take(mqs_conn *conn, mqs_bytes *packet)
{
	mqs_input *input = conn->input;
	size_t total = 0;
	mqs_fault fault;
	if (mqs_input_held(conn) == 0) {
		return false;
	}
	mqs_bytes rest = mqs_bytes_make(input->held.ptr + input->held_used, input->held.len - input->held_used);
	if (mqs_frame_peek(rest, 0, &total, &fault) != MQS_OK || total > rest.len) {
		return false; /* never: only whole packets were put in */
	}
	input->held_used += total;
	*packet = mqs_bytes_make(rest.ptr, total);
	return true;
}

void mqs_input_tidy(mqs_conn *conn)
{
	mqs_input *input = conn->input;
	if (!input) {
		return;
	}
	if (input->held_used == input->held.len) {
		mqs_buffer_clear(&input->held);
		input->held_used = 0;
		let_go(conn);
	} else if (input->held_used > input->held.len / 2) {
		mqs_buffer_consume(&input->held, input->held_used);
		input->held_used = 0;
	}
}

void mqs_input_clear(mqs_conn *conn)
{
	input_free(conn->broker, conn->input);
	conn->input = NULL;
}

void mqs_input_pool_clear(mqs_broker *broker)
{
	input_free(broker, broker->spare_input);
	broker->spare_input = NULL;
}
