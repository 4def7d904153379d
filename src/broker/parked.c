/* SPDX-License-Identifier: MIT
 *
 * src/broker/parked.c - the packets of a connection that wait for decisions, in the order in which they came. Either
 * one that holds all behind it, or PUBLISH packets: up to hooks.publish_concurrency of them are being decided at a
 * time, and of those with the same topic only the first. The others of that topic wait here for their turn.
 * Owns: nothing. The works are work.c's.
 */
#include "broker/broker_private.h"

static bool is_full(const mqs_conn *conn)
{
	uint32_t most = conn->broker->ports.hooks.publish_concurrency;
	return conn->undecided >= (most ? most : 1);
}

void mqs_parked_add(mqs_work *work)
{
	mqs_conn *conn = work->conn;
	mqs_work **end = &conn->pending;
	while (*end) {
		end = &(*end)->next;
	}
	*end = work;
	work->back = end;
	work->next = NULL;
	conn->parked_count++;
	if (work->standing == MQS_WORK_UNASKED) {
		conn->unasked_bytes += (uint32_t)work->raw.len;
	} else {
		conn->undecided++;
	}
}

void mqs_parked_remove(mqs_work *work)
{
	mqs_conn *conn = work->conn;
	if (!work->back) {
		return;
	}
	*work->back = work->next;
	if (work->next) {
		work->next->back = work->back;
	}
	work->back = NULL;
	conn->parked_count--;
	if (work->standing == MQS_WORK_UNASKED) {
		conn->unasked_bytes -= (uint32_t)work->raw.len;
	} else {
		conn->undecided--;
	}
}

bool mqs_parked_admits(const mqs_conn *conn)
{
	mqs_broker *broker = conn->broker;
	const mqs_work *first = conn->pending;
	if (first->event.kind != MQS_EVENT_PUBLISH || is_full(conn)) {
		return false;
	}
	if (first->packet->publish.qos && !first->receipt && !conn->lingering) {
		return false; /* it was kept when none might be overtaken: its acknowledgement has no place yet */
	}
	if (conn->parked_count >= (uint64_t)broker->options.max_parked_per_connection) {
		broker->stats.parked_limit_reached++;
		return false;
	}
	return true;
}

/* Is this topic taken by a work that stands before `end`? */
static bool taken(const mqs_conn *conn, mqs_bytes topic, const mqs_work *end)
{
	for (const mqs_work *work = conn->pending; work != end; work = work->next) {
		if (mqs_bytes_equal(work->packet->publish.topic, topic)) {
			return true;
		}
	}
	return false;
}

bool mqs_parked_has_topic(const mqs_conn *conn, mqs_bytes topic)
{
	return taken(conn, topic, NULL);
}

bool mqs_parked_has_id(const mqs_conn *conn, uint16_t packet_id)
{
	for (const mqs_work *work = conn->pending; work; work = work->next) {
		if (work->packet->publish.qos == 2 && work->packet->publish.packet_id == packet_id) {
			return true;
		}
	}
	return false;
}

void mqs_parked_drop_behind(mqs_work *work)
{
	mqs_work *next = work->pending ? work->next : NULL;
	while (next) {
		mqs_work *behind = next;
		next = next->next;
		if (behind->standing == MQS_WORK_UNASKED) {
			mqs_work_cancel(behind, 0);
		}
	}
}

mqs_work *mqs_parked_take_next(mqs_conn *conn)
{
	if (conn->parked_count == conn->undecided || mqs_list_linked(&conn->throttled) || is_full(conn)) {
		return NULL;
	}
	for (mqs_work *work = conn->pending; work; work = work->next) {
		if (work->standing == MQS_WORK_UNASKED && !taken(conn, work->packet->publish.topic, work)) {
			conn->unasked_bytes -= (uint32_t)work->raw.len;
			conn->undecided++;
			work->standing = MQS_WORK_RUNS;
			return work;
		}
	}
	return NULL;
}

void mqs_parked_cancel(mqs_conn *conn, uint8_t reason)
{
	while (conn->pending) {
		mqs_work *work = conn->pending;
		mqs_parked_remove(work);
		if (work->standing != MQS_WORK_RUNS) { /* that one ends where it runs */
			mqs_work_cancel(work, reason);
		}
	}
}
