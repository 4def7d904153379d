/* SPDX-License-Identifier: MIT
 *
 * src/broker/pressure.c - back-pressure from subscribers to publishers.
 *
 * A connected session that has half of its queue or of its output filled is pressed. Who publishes to it is held back
 * (its further packets wait, acknowledgements and pings pass) until no session is pressed any more. A session that
 * has not caught up within pressure_timeout_ms is stalled: nobody waits for it again before it has, and what does not
 * fit is dropped. So a burst loses nothing, and a frozen client stops nobody for longer than that.
 */
#include "broker/delivery.h"

/* How full, in quarters: output or queue, whichever is fuller. */
static bool fuller_than(const mqs_broker *broker, const mqs_session *session, unsigned quarters)
{
	const mqs_broker_options *options = &broker->options;
	const mqs_outbox *outbox = session->outbox;
	if (session->conn && session->conn->output.size * 4 > (size_t)options->max_output_bytes * quarters) {
		return true;
	}
	return outbox && outbox->waiting.count &&
	       (outbox->waiting.count * UINT64_C(4) > (uint64_t)options->max_queued_messages * quarters ||
	           outbox->waiting_bytes * 4 > (size_t)options->max_queued_bytes * quarters);
}

void mqs_pressure_judge(mqs_broker *broker, mqs_session *session, int64_t now_ms)
{
	if (mqs_list_linked(&session->pressed)) {
		broker->hit_pressure = true;
		return;
	}
	if (session->stalled || broker->options.pressure_timeout_ms == 0 || !fuller_than(broker, session, 2)) {
		return;
	}
	broker->hit_pressure = true;
	session->pressed_ms = now_ms;
	mqs_list_insert(&broker->pressed, &session->pressed);
	if (!mqs_deadline_armed(&broker->pressure)) {
		mqs_deadline_arm(broker, &broker->pressure, now_ms + broker->options.pressure_timeout_ms);
	}
}

/* Nobody is waited for any more: the publishers go on, at the next tick and not in the middle of something. */
static void let_go(mqs_broker *broker)
{
	if (mqs_list_empty(&broker->pressed) && !mqs_list_empty(&broker->throttled)) {
		mqs_deadline_arm(broker, &broker->pressure, broker->now_ms);
	}
}

void mqs_pressure_release(mqs_broker *broker, mqs_session *session, bool gone)
{
	if (MQS_LIKELY(!session->stalled && !mqs_list_linked(&session->pressed))) {
		return;
	}
	if (gone || !fuller_than(broker, session, 1)) {
		session->stalled = false;
		mqs_list_remove(&session->pressed);
		let_go(broker);
	}
}

void mqs_pressure_throttle(mqs_conn *conn)
{
	mqs_broker *broker = conn->broker;
	if (MQS_LIKELY(!broker->hit_pressure)) {
		return;
	}
	broker->hit_pressure = false;
	if (conn->state == MQS_CONN_OPEN && !mqs_list_empty(&broker->pressed) && !mqs_list_linked(&conn->throttled)) {
		mqs_list_insert(&broker->throttled, &conn->throttled);
		broker->stats.publishers_throttled++;
	}
}

void mqs_pressure_expire(mqs_broker *broker, int64_t now_ms)
{
	int64_t limit = broker->options.pressure_timeout_ms;
	mqs_link again;

	while (!mqs_list_empty(&broker->pressed)) {
		mqs_session *session = MQS_CONTAINER(broker->pressed.next, mqs_session, pressed); /* the oldest */
		if (now_ms - session->pressed_ms < limit) {
			mqs_deadline_arm(broker, &broker->pressure, session->pressed_ms + limit);
			return;
		}
		mqs_broker_log(broker, MQS_LOG_NOTICE, "client reads too slowly, publishers wait for it no longer",
		    session->conn, NULL, 0);
		session->stalled = true;
		mqs_list_remove(&session->pressed);
	}
	/* those that are held back again go into the broker's list; this one is only worked off */
	mqs_list_init(&again);
	if (!mqs_list_empty(&broker->throttled)) {
		again.next = broker->throttled.next;
		again.prev = broker->throttled.prev;
		again.next->prev = again.prev->next = &again;
		mqs_list_init(&broker->throttled);
	}
	while (!mqs_list_empty(&again)) {
		mqs_conn *conn = MQS_CONTAINER(again.next, mqs_conn, throttled);
		mqs_list_remove(&conn->throttled);
		mqs_conn_resume(conn, now_ms);
	}
}
