/* SPDX-License-Identifier: MIT
 *
 * src/broker/broker.c - life of the broker, its timers, and the commands a home or PHP may give.
 */
#include "broker/delivery.h"

#define SWEEP_INTERVAL_MS 1000
#define SWEEP_STEPS       256u
#define SWEEP_STEPS_MAX   65536u

mqs_result mqs_broker_create(
    const mqs_alloc *alloc, const mqs_broker_options *options, const mqs_ports *ports, int64_t now_ms, mqs_broker **out)
{
	mqs_broker *broker = (mqs_broker *)mqs_acquire_zero(alloc, sizeof(*broker));
	if (!broker) {
		return MQS_ERR_NOMEM;
	}
	broker->alloc = alloc;
	broker->options = *options;
	broker->limits.max_user_properties = (uint32_t)options->max_user_properties;
	broker->limits.max_topic_levels = (uint32_t)options->max_topic_levels;
	broker->ports = *ports;
	broker->now_ms = broker->started_ms = now_ms;
	mqs_deadline_init(&broker->sys.deadline, MQS_DEADLINE_SYS);
	broker->next_conn_id = broker->next_ticket = 1;
	mqs_hash_init(&broker->conns, alloc);
	mqs_hash_init(&broker->sessions, alloc);
	mqs_hash_init(&broker->tickets, alloc);
	mqs_wheel_init(&broker->wheel, now_ms);
	mqs_deadline_init(&broker->sweep, MQS_DEADLINE_SWEEP);
	mqs_list_init(&broker->ready);
	mqs_list_init(&broker->pressed);
	mqs_list_init(&broker->throttled);
	mqs_deadline_init(&broker->pressure, MQS_DEADLINE_PRESSURE);
	mqs_list_init(&broker->owing);
	mqs_list_init(&broker->insiders);
	mqs_deadline_init(&broker->backlog_turn, MQS_DEADLINE_BACKLOG);
	mqs_deliver_init(broker);
	mqs_buffer_init(&broker->scratch, alloc, MQTT_VARINT_MAX);
	mqs_buffer_init(&broker->trimmed, alloc, MQTT_VARINT_MAX);
	mqs_buffer_init(&broker->bus_filter, alloc, MQS_FILTER_MAX);
	mqs_buffer_init(&broker->bus_props, alloc, MQTT_VARINT_MAX);
	broker->subscriptions = mqs_subscriptions_create(alloc, ports->hash_seed);
	broker->retained = mqs_retained_create(alloc, ports->hash_seed);
	bool bus = ports->bus.deliver || ports->bus.filter_changed || ports->bus.claim;
	if (!broker->subscriptions || !broker->retained || (bus && mqs_broker_set_bus(broker, &ports->bus) != MQS_OK)) {
		mqs_broker_destroy(broker);
		return MQS_ERR_NOMEM;
	}
	mqs_sys_start(broker, now_ms);
	*out = broker;
	return MQS_OK;
}

void mqs_broker_destroy(mqs_broker *broker)
{
	if (!broker) {
		return;
	}
	static const mqs_bus none;
	mqs_broker_set_wants(broker, MQS_PHASE_BEFORE, 0);
	mqs_broker_set_wants(broker, MQS_PHASE_AFTER, 0);
	broker->ports.bus = none;
	mqs_conns_end(broker);
	mqs_deliver_clear(broker);
	mqs_insiders_destroy(broker);
	mqs_peers_destroy(broker);
	for (;;) {
		mqs_hash_node *node = mqs_hash_next(&broker->tickets, NULL);
		if (!node) {
			break;
		}
		mqs_work_cancel(MQS_CONTAINER(node, mqs_work, by_ticket), MQTT_RC_SERVER_SHUTTING_DOWN);
	}
	for (;;) {
		mqs_hash_node *node = mqs_hash_next(&broker->sessions, NULL);
		if (!node) {
			break;
		}
		mqs_session_free(broker, MQS_CONTAINER(node, mqs_session, by_client_id));
	}
	mqs_subscriptions_destroy(broker->subscriptions);
	mqs_retained_destroy(broker->retained);
	mqs_hash_clear(&broker->conns);
	mqs_hash_clear(&broker->sessions);
	mqs_hash_clear(&broker->tickets);
	mqs_segment_pool_clear(broker);
	mqs_input_pool_clear(broker);
	mqs_buffer_clear(&broker->scratch);
	mqs_buffer_clear(&broker->trimmed);
	mqs_buffer_clear(&broker->bus_filter);
	mqs_buffer_clear(&broker->bus_props);
	mqs_release(broker->alloc, broker);
}

void mqs_broker_set_wants(mqs_broker *broker, mqs_phase phase, uint32_t wants)
{
	broker->ports.hooks.wants[phase] = wants;
}

void mqs_broker_set_publish_concurrency(mqs_broker *broker, uint32_t concurrency)
{
	broker->ports.hooks.publish_concurrency = concurrency;
}

void mqs_broker_log(mqs_broker *broker, mqs_log_level level, const char *what, const mqs_conn *conn,
    const mqs_fault *fault, uint8_t reason)
{
	if (!broker->ports.log.write || level < broker->ports.log.least) {
		return;
	}
	mqs_log_record record = {.level = level, .what = what, .reason = reason};
	if (conn) {
		record.conn_id = conn->id;
		record.peer = mqs_bytes_make(conn->peer, conn->peer_len);
		if (conn->session) {
			record.client_id = mqs_session_client_id(conn->session);
		}
	}
	if (fault) {
		record.clause = fault->clause;
		record.detail = fault->what;
		record.offset = fault->offset;
		record.reason = fault->reason;
	}
	broker->ports.log.write(broker->ports.log.ctx, &record);
}

/* ---- time ---------------------------------------------------------------------------------------------------- */

int64_t mqs_broker_next_deadline(const mqs_broker *broker)
{
	return mqs_wheel_next(&broker->wheel);
}

static void sweep_retained(mqs_broker *broker, int64_t now_ms)
{
	/* about once around; the rest of a large store has its turn at the next sweep */
	size_t most = mqs_retained_count(broker->retained) + SWEEP_STEPS;
	for (size_t looked = 0; looked < most && looked < SWEEP_STEPS_MAX;) {
		mqs_message *expired = mqs_retained_sweep(broker->retained, now_ms, SWEEP_STEPS);
		looked += expired ? 1 : SWEEP_STEPS;
		if (expired) {
			broker->stats.dropped_expired++;
			mqs_retained_remove(broker->retained, mqs_message_topic(expired));
		}
	}
	if (mqs_retained_expiring(broker->retained)) {
		mqs_deadline_arm(broker, &broker->sweep, now_ms + SWEEP_INTERVAL_MS);
	}
}

static void check_conn(mqs_conn *conn, int64_t now_ms)
{
	const mqs_broker_options *options = &conn->broker->options;
	if (conn->state == MQS_CONN_CLOSING) {
		if (conn->output.size && now_ms - conn->progress_ms >= options->write_timeout_ms) {
			mqs_output_abandon(conn);
			mqs_conn_ready(conn);
		} else if (conn->output.size) {
			mqs_deadline_arm(conn->broker, &conn->timer, conn->progress_ms + options->write_timeout_ms);
		}
		return;
	}
	if (conn->pending && conn->state != MQS_CONN_OPEN) { /* the decision has a deadline of its own */
		mqs_deadline_arm(conn->broker, &conn->timer, now_ms + options->connect_timeout_ms);
		return;
	}
	if (conn->state != MQS_CONN_OPEN) {
		mqs_broker_log(conn->broker, MQS_LOG_NOTICE, "no CONNECT in time", conn, NULL, 0);
		mqs_conn_doom(conn, MQTT_RC_MAXIMUM_CONNECT_TIME, false);
		return;
	}
	if (conn->reading_paused) {
		conn->received_ms = now_ms; /* it cannot be heard: that is not its fault */
	}
	/* one and a half times the keep-alive [MQTT-3.1.2-22] */
	if (conn->keep_alive_s && now_ms - conn->received_ms >= (int64_t)conn->keep_alive_s * 1500) {
		conn->broker->stats.keep_alive_timeouts++;
		mqs_broker_log(conn->broker, MQS_LOG_NOTICE, "keep-alive timeout", conn, NULL, MQTT_RC_KEEP_ALIVE_TIMEOUT);
		mqs_conn_doom(conn, MQTT_RC_KEEP_ALIVE_TIMEOUT, true);
		return;
	}
	if (conn->output.size && now_ms - conn->progress_ms >= options->write_timeout_ms) {
		mqs_broker_log(conn->broker, MQS_LOG_NOTICE, "client does not read", conn, NULL, 0);
		mqs_conn_doom(conn, MQTT_RC_UNSPECIFIED_ERROR, false);
		mqs_output_abandon(conn);
		return;
	}
	mqs_conn_arm(conn, now_ms);
}

void mqs_deadline_arm(mqs_broker *broker, mqs_deadline *deadline, int64_t due_ms)
{
	mqs_wheel_arm(&broker->wheel, &deadline->timer, due_ms);
}

void mqs_deadline_cancel(mqs_broker *broker, mqs_deadline *deadline)
{
	mqs_wheel_cancel(&broker->wheel, &deadline->timer);
}

static void fire(mqs_broker *broker, mqs_deadline *deadline, int64_t now_ms)
{
	switch (deadline->kind) {
		case MQS_DEADLINE_CONN: check_conn(MQS_CONTAINER(deadline, mqs_conn, timer), now_ms); break;
		case MQS_DEADLINE_WILL:
			mqs_will_publish(broker, MQS_CONTAINER(deadline, mqs_will, delay)->session, now_ms);
			break;
		case MQS_DEADLINE_WORK: mqs_work_expire(MQS_CONTAINER(deadline, mqs_work, deadline), now_ms); break;
		case MQS_DEADLINE_PRESSURE: mqs_pressure_expire(broker, now_ms); break;
		case MQS_DEADLINE_BACKLOG: mqs_backlog_turn(broker, now_ms); break;
		case MQS_DEADLINE_DELIVER:
			mqs_deliver_run(broker, now_ms);
			broker->hit_pressure = false;
			break;
		case MQS_DEADLINE_SYS: mqs_sys_tick(broker, now_ms); break;
		case MQS_DEADLINE_SWEEP: sweep_retained(broker, now_ms); break;
		case MQS_DEADLINE_SESSION:
			broker->stats.sessions_expired++;
			mqs_session_destroy(broker, MQS_CONTAINER(deadline, mqs_session, expiry), now_ms);
			break;
	}
}

void mqs_broker_tick(mqs_broker *broker, int64_t now_ms)
{
	broker->now_ms = now_ms;
	for (mqs_timer *timer; (timer = mqs_wheel_advance(&broker->wheel, now_ms)) != NULL;) {
		fire(broker, MQS_CONTAINER(timer, mqs_deadline, timer), now_ms);
		mqs_deliver_rest(broker, now_ms);
	}
}

/* ---- commands ------------------------------------------------------------------------------------------------ */

bool mqs_publish_valid(mqs_broker *broker, const mqs_publish *message, mqs_props *props)
{
	mqs_fault fault;
	if (message->qos > 2 || message->topic.len > 65535 || message->payload.len > MQTT_VARINT_MAX / 2 ||
	    !mqs_topic_name_valid(message->topic, broker->limits.max_topic_levels) || !mqs_utf8_valid(message->topic)) {
		return false;
	}
	return mqs_props_decode(message->props.raw, MQTT_PKT_PUBLISH, false, &broker->limits, 0, props, &fault) == MQS_OK &&
	       !mqs_props_has(props, MQTT_PROP_TOPIC_ALIAS) && !mqs_props_has(props, MQTT_PROP_SUBSCRIPTION_IDENTIFIER);
}

mqs_result mqs_broker_publish(mqs_broker *broker, const mqs_publish *message, int64_t now_ms, uint32_t *receivers)
{
	mqs_publish publish = *message;
	mqs_route route;
	uint32_t count = 0;

	broker->now_ms = now_ms;
	if (!mqs_publish_valid(broker, message, &publish.props)) {
		return MQS_ERR_INVALID;
	}
	if (!mqs_deliver_has_room(broker)) {
		return MQS_ERR_LIMIT;
	}
	mqs_result result = mqs_route_init(broker, &route, &publish, 0, now_ms);
	if (result == MQS_OK) {
		result = mqs_route_run(broker, &route, now_ms, &count);
	}
	mqs_route_clear(&route);
	mqs_deliver_run(broker, now_ms);
	broker->hit_pressure = false; /* the server itself is never held back */
	if (receivers) {
		*receivers = count;
	}
	return result;
}

mqs_result mqs_broker_disconnect(
    mqs_broker *broker, mqs_bytes client_id, uint8_t reason, mqs_bytes props, bool discard, int64_t now_ms)
{
	mqs_session *session = mqs_session_find(broker, client_id);
	mqs_props checked;
	mqs_fault fault;

	broker->now_ms = now_ms;
	if (!session || (!session->conn && !discard) || (session->conn && session->conn->state == MQS_CONN_CLOSING)) {
		return MQS_NOT_FOUND;
	}
	if (mqs_props_decode(props, MQTT_PKT_DISCONNECT, false, &broker->limits, 0, &checked, &fault) != MQS_OK ||
	    mqs_props_has(&checked, MQTT_PROP_SESSION_EXPIRY_INTERVAL)) { /* [MQTT-3.14.2-2] */
		return MQS_ERR_INVALID;
	}
	if (discard) {
		session->expiry_s = 0;
	}
	if (session->conn) {
		mqs_conn_dismiss(session->conn, mqs_failure(reason), props);
	} else {
		/* not at once: this may be a hook's call in the middle of something */
		mqs_deadline_arm(broker, &session->expiry, now_ms);
	}
	return MQS_OK;
}

void mqs_broker_shutdown(mqs_broker *broker, uint8_t reason, int64_t now_ms)
{
	broker->now_ms = now_ms;
	broker->stopping = true;
	for (mqs_hash_node *node = NULL; (node = mqs_hash_next(&broker->conns, node)) != NULL;) {
		mqs_conn_doom(MQS_CONTAINER(node, mqs_conn, by_id), mqs_failure(reason), true);
	}
}

const mqs_broker_stats *mqs_broker_get_stats(mqs_broker *broker)
{
	broker->stats.connections = broker->conns.count;
	broker->stats.sessions = broker->sessions.count;
	broker->stats.peers = broker->peer_count;
	broker->stats.subscriptions = mqs_subscriptions_count(broker->subscriptions) - broker->insider_count;
	broker->stats.retained_messages = mqs_retained_count(broker->retained);
	broker->stats.retained_bytes = mqs_retained_bytes(broker->retained);
	broker->stats.pending_decisions = broker->tickets.count;
	return &broker->stats;
}
