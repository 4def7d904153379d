/* SPDX-License-Identifier: MIT
 *
 * src/broker/session.c - session state that outlives a connection (MQTT 5 section 4.1), and its will.
 * Owns: everything that hangs on a session. Does not own: the connection.
 */
#include "broker/delivery.h"

static bool match_client_id(const mqs_hash_node *node, const void *key)
{
	return mqs_bytes_equal(
	    mqs_session_client_id(MQS_CONTAINER(node, const mqs_session, by_client_id)), *(const mqs_bytes *)key);
}

mqs_session *mqs_session_find(mqs_broker *broker, mqs_bytes client_id)
{
	uint64_t hash = mqs_hash_bytes(broker->ports.hash_seed, client_id);
	mqs_hash_node *node = mqs_hash_find(&broker->sessions, hash, match_client_id, &client_id);
	return node ? MQS_CONTAINER(node, mqs_session, by_client_id) : NULL;
}

uint64_t mqs_session_number(const mqs_broker *broker, mqs_bytes client_id)
{
	uint64_t hash = mqs_hash_bytes(broker->ports.hash_seed, client_id);
	return hash ? hash : 1;
}

/* The name begins in what would be padding. */
static size_t room_for(size_t client_id_len)
{
	size_t size = offsetof(mqs_session, client_id) + client_id_len;
	return size > sizeof(mqs_session) ? size : sizeof(mqs_session);
}

mqs_result mqs_session_create(mqs_broker *broker, mqs_bytes client_id, mqs_session **out)
{
	mqs_session *session = (mqs_session *)mqs_acquire_zero(broker->alloc, room_for(client_id.len));
	if (!session) {
		return MQS_ERR_NOMEM;
	}
	mqs_list_init(&session->subscriptions);
	mqs_list_init(&session->pressed);
	mqs_deadline_init(&session->expiry, MQS_DEADLINE_SESSION);
	session->client_id_len = (uint16_t)client_id.len;
	memcpy(session->client_id, client_id.ptr, client_id.len);
	uint64_t hash = mqs_hash_bytes(broker->ports.hash_seed, client_id);
	session->number = hash ? hash : 1;
	if (mqs_hash_insert(&broker->sessions, &session->by_client_id, hash) != MQS_OK) {
		mqs_release(broker->alloc, session);
		return MQS_ERR_NOMEM;
	}
	*out = session;
	return MQS_OK;
}

/* Nothing is routed to the session any more. */
static void unsubscribe_all(mqs_broker *broker, mqs_session *session)
{
	mqs_backlog_destroy(session, broker);
	while (!mqs_list_empty(&session->subscriptions)) {
		mqs_peers_remove_and_tell(broker, MQS_CONTAINER(session->subscriptions.next, mqs_subscription, by_session));
	}
}

/* Frees a session that nobody can find any more. */
static void free_unlinked(mqs_broker *broker, mqs_session *session)
{
	mqs_deadline_cancel(broker, &session->expiry);
	mqs_list_remove(&session->pressed);
	unsubscribe_all(broker, session);
	mqs_deliver_forget(broker, session);
	mqs_outbox_destroy(session, broker);
	mqs_pid_set_destroy(session->incoming, broker->alloc);
	if (session->will) {
		mqs_will_free(broker, session->will);
	}
	mqs_release(broker->alloc, session);
}

void mqs_session_free(mqs_broker *broker, mqs_session *session)
{
	mqs_hash_remove(&broker->sessions, &session->by_client_id);
	free_unlinked(broker, session);
}

void mqs_session_destroy(mqs_broker *broker, mqs_session *session, int64_t now_ms)
{
	MQS_ASSERT(session->conn == NULL);
	/* first, for a hook that is asked about the will could let the client in again */
	mqs_hash_remove(&broker->sessions, &session->by_client_id);
	mqs_deadline_cancel(broker, &session->expiry);
	unsubscribe_all(broker, session); /* a share group that it was in must not choose it for the will */
	mqs_outbox_redispatch(session, broker, true, now_ms);
	mqs_will_publish(broker, session, now_ms); /* the session's end ends the will delay [MQTT-3.1.3-9] */
	free_unlinked(broker, session);
}

void mqs_session_detach(mqs_session *session, mqs_broker *broker, bool discard_will, int64_t now_ms)
{
	mqs_pressure_release(broker, session, true);
	mqs_outbox_rewind(session); /* nothing is sent over this connection any more */
	mqs_backlog_rewind(session, broker);
	if (session->will && discard_will) {
		mqs_will_free(broker, session->will); /* [MQTT-3.14.4-3] */
		session->will = NULL;
	}
	if (session->expiry_s == 0) {
		mqs_session_destroy(broker, session, now_ms);
		return;
	}
	mqs_outbox_redispatch(session, broker, false, now_ms);
	if (session->expiry_s != UINT32_MAX) { /* that one never ends (MQTT 5 section 3.1.2.11.2) */
		mqs_deadline_arm(broker, &session->expiry, now_ms + (int64_t)session->expiry_s * 1000);
	}
	if (session->will && session->will->delay_s) {
		mqs_deadline_arm(broker, &session->will->delay, now_ms + (int64_t)session->will->delay_s * 1000);
	} else {
		mqs_will_publish(broker, session, now_ms);
	}
}

/* ---- the will ------------------------------------------------------------------------------------------------ */

/* Will properties that do not go out with the message as they are. */
#define WILL_PROPERTIES (MQS_PROP_BIT(MQTT_PROP_WILL_DELAY_INTERVAL) | MQS_PROP_BIT(MQTT_PROP_MESSAGE_EXPIRY_INTERVAL))

mqs_result mqs_will_create(mqs_broker *broker, const mqs_connect *connect, mqs_will **out)
{
	mqs_buffer *props = &broker->scratch;
	props->len = 0;
	if (mqs_props_copy(props, connect->will_props.raw, WILL_PROPERTIES) != MQS_OK) {
		return MQS_ERR_NOMEM;
	}
	mqs_will *will = (mqs_will *)mqs_acquire_zero(broker->alloc, sizeof(*will));
	if (!will) {
		return MQS_ERR_NOMEM;
	}
	will->message =
	    mqs_message_create(broker->alloc, connect->will_topic, mqs_buffer_view(props), connect->will_payload);
	if (!will->message) {
		mqs_release(broker->alloc, will);
		return MQS_ERR_NOMEM;
	}
	will->message->qos = connect->will_qos;
	will->message->retain = connect->will_retain;
	mqs_deadline_init(&will->delay, MQS_DEADLINE_WILL);
	if (connect->level == MQTT_LEVEL_5) {
		will->has_expiry = mqs_props_has(&connect->will_props, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL);
		will->expiry_s = will->has_expiry ? connect->will_props.message_expiry_interval_s : 0;
		will->delay_s = mqs_props_has(&connect->will_props, MQTT_PROP_WILL_DELAY_INTERVAL)
		                    ? connect->will_props.will_delay_interval_s
		                    : 0;
	}
	*out = will;
	return MQS_OK;
}

void mqs_will_free(mqs_broker *broker, mqs_will *will)
{
	mqs_deadline_cancel(broker, &will->delay);
	mqs_message_unref(will->message);
	mqs_release(broker->alloc, will);
}

/* The name of a will's client, for hooks: what they do may end the session. NULL: nobody asks, or no memory. */
static mqs_block *keep_client_id(mqs_broker *broker, const mqs_session *session)
{
	if (!mqs_broker_wants(broker, MQS_PHASE_BEFORE, MQS_EVENT_PUBLISH) &&
	    !mqs_broker_wants(broker, MQS_PHASE_AFTER, MQS_EVENT_PUBLISH)) {
		return NULL;
	}
	mqs_block *block = mqs_block_create(broker->alloc, session->client_id_len);
	if (block) {
		memcpy(block->data, session->client_id, session->client_id_len);
	}
	return block;
}

void mqs_will_publish(mqs_broker *broker, mqs_session *session, int64_t now_ms)
{
	mqs_will *will = session->will;
	mqs_packet packet;
	mqs_work work;
	mqs_fault fault;

	if (!will) {
		return;
	}
	session->will = NULL;
	mqs_deadline_cancel(broker, &will->delay);
	broker->stats.wills_published++;
	packet.type = MQTT_PKT_PUBLISH;
	packet.level = MQTT_LEVEL_5;
	packet.publish.dup = false;
	packet.publish.retain = will->message->retain;
	packet.publish.qos = will->message->qos;
	packet.publish.packet_id = 0;
	packet.publish.topic = mqs_message_topic(will->message);
	packet.publish.payload = mqs_message_payload(will->message);
	mqs_props_decode(
	    mqs_message_props(will->message), MQTT_PKT_PUBLISH, false, &broker->limits, 0, &packet.publish.props, &fault);
	if (will->has_expiry) {
		packet.publish.props.present |= MQS_PROP_BIT(MQTT_PROP_MESSAGE_EXPIRY_INTERVAL);
		packet.publish.props.message_expiry_interval_s = will->expiry_s;
	}
	mqs_work_init(&work, broker, NULL, MQS_EVENT_PUBLISH, &packet, mqs_bytes_make(NULL, 0));
	work.extras = keep_client_id(broker, session);
	if (work.extras) {
		work.event.client_id = mqs_block_view(work.extras);
	}
	work.will = will;
	work.publisher = session->number;
	work.publish = packet.publish;
	work.reply.publish = &work.publish;
	mqs_work_run(&work, now_ms);
}

/* ---- packet identifiers of incoming QoS 2 -------------------------------------------------------------------- */

#define PAGE_BITS 1024u

bool mqs_pid_set_has(const mqs_pid_set *set, uint16_t pid)
{
	const uint64_t *page = set ? set->pages[pid / PAGE_BITS] : NULL;
	return page && (page[pid % PAGE_BITS / 64] >> (pid % 64) & 1);
}

mqs_result mqs_pid_set_add(mqs_pid_set **set, const mqs_alloc *alloc, uint16_t pid)
{
	if (!*set) {
		*set = (mqs_pid_set *)mqs_acquire_zero(alloc, sizeof(**set));
		if (!*set) {
			return MQS_ERR_NOMEM;
		}
	}
	uint64_t **page = &(*set)->pages[pid / PAGE_BITS];
	if (!*page) {
		*page = (uint64_t *)mqs_acquire_zero(alloc, PAGE_BITS / 8);
		if (!*page) {
			return MQS_ERR_NOMEM;
		}
	}
	if (!mqs_pid_set_has(*set, pid)) {
		(*page)[pid % PAGE_BITS / 64] |= UINT64_C(1) << (pid % 64);
		(*set)->count++;
	}
	return MQS_OK;
}

void mqs_pid_set_remove(mqs_pid_set *set, uint16_t pid)
{
	if (mqs_pid_set_has(set, pid)) {
		set->pages[pid / PAGE_BITS][pid % PAGE_BITS / 64] &= ~(UINT64_C(1) << (pid % 64));
		set->count--;
	}
}

void mqs_pid_set_destroy(mqs_pid_set *set, const mqs_alloc *alloc)
{
	if (set) {
		for (size_t i = 0; i < sizeof(set->pages) / sizeof(set->pages[0]); i++) {
			mqs_release(alloc, set->pages[i]);
		}
		mqs_release(alloc, set);
	}
}
