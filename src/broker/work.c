/* SPDX-License-Identifier: MIT
 *
 * src/broker/work.c - the way of one packet: ask the handlers, act, ask again, reply; and how it waits when a handler
 * decides later. Owns: the works that wait (heap copies, found by ticket, and by their connection: parked.c).
 */
#include "broker/delivery.h"

void mqs_work_init(
    mqs_work *work, mqs_broker *broker, mqs_conn *conn, mqs_event_kind kind, mqs_packet *packet, mqs_bytes raw)
{
	memset(&work->reply, 0, sizeof(work->reply));
	work->broker = broker;
	work->conn = conn;
	work->packet = packet;
	work->will = NULL;
	work->publisher = 0;
	work->receipt = NULL;
	work->raw = raw;
	work->step = MQS_STEP_ASK_BEFORE;
	work->denied = work->duplicate = work->session_present = work->alias_used = work->pending = work->outside = false;
	work->offered_expiry_s = 0;
	work->codes = NULL;
	work->bytes = work->extras = NULL;
	work->event.kind = kind;
	work->event.phase = MQS_PHASE_BEFORE;
	work->event.conn = conn;
	work->event.packet = packet;
	work->event.client_id = conn && conn->session ? mqs_session_client_id(conn->session) : mqs_bytes_make(NULL, 0);
	work->event.publisher = mqs_bytes_make(NULL, 0);
	work->event.ticket = broker->next_ticket++;
	work->event.reply = &work->reply;
}

/* Frees what the work owns, and the work itself when it is on the heap. */
static void work_end(mqs_work *work)
{
	mqs_broker *broker = work->broker;
	if (work->codes && work->codes != work->inline_codes) {
		mqs_release(broker->alloc, work->codes);
	}
	if (work->will) {
		mqs_will_free(broker, work->will);
	}
	if (work->receipt) {
		mqs_receipt_release(work->receipt);
	}
	mqs_block_unref(work->extras);
	if (!work->pending) {
		return;
	}
	mqs_deadline_cancel(broker, &work->deadline);
	mqs_block_unref(work->bytes);
	mqs_parked_remove(work);
	mqs_release(broker->alloc, work->packet);
	mqs_release(broker->alloc, work);
}

/* ---- waiting ------------------------------------------------------------------------------------------------- */

/* Moves the bytes of a view to `at` and on. */
static void move_view(mqs_bytes *view, uint8_t **at)
{
	if (view->len) {
		memcpy(*at, view->ptr, view->len);
		view->ptr = *at;
		*at += view->len;
	}
}

#define VIEWS_MAX 9

/* The views of a work into memory of others: those of the reply, and into the packet too when it is to wait. */
static size_t views_of(mqs_work *work, bool waits, mqs_bytes *views[VIEWS_MAX])
{
	size_t count = 0;
	views[count++] = &work->reply.props;
	views[count++] = &work->reply.packet;
	views[count++] = &work->reply.username;
	views[count++] = &work->reply.client_id;
	views[count++] = &work->event.client_id;
	if (!waits) {
		return count;
	}
	if (work->alias_used) {
		views[count++] = &work->packet->publish.topic;
	}
	if (work->event.kind == MQS_EVENT_PUBLISH && work->event.phase == MQS_PHASE_BEFORE) {
		views[count++] = &work->publish.topic;
		views[count++] = &work->publish.payload;
		views[count++] = &work->publish.props.raw;
	}
	return count;
}

/* Takes copies of what the views show, in work->extras. */
static mqs_result copy_views(mqs_work *work, bool waits)
{
	mqs_bytes *views[VIEWS_MAX];
	size_t count = views_of(work, waits, views);
	size_t total = 1;

	for (size_t i = 0; i < count; i++) {
		total += views[i]->len;
	}
	if (total > UINT32_MAX) {
		return MQS_ERR_LIMIT;
	}
	mqs_block *extras = mqs_block_create(work->broker->alloc, total);
	if (!extras) {
		return MQS_ERR_NOMEM;
	}
	uint8_t *at = extras->data;
	for (size_t i = 0; i < count; i++) {
		move_view(views[i], &at);
	}
	mqs_block_unref(work->extras);
	work->extras = extras;
	return MQS_OK;
}

/* The packet's views point into a read buffer: take a copy of the packet and decode it again. */
static mqs_result copy_packet(mqs_work *work)
{
	mqs_broker *broker = work->broker;
	mqs_fault fault;
	mqs_packet *packet = (mqs_packet *)mqs_acquire(broker->alloc, sizeof(*packet));
	if (!packet) {
		return MQS_ERR_NOMEM;
	}
	*packet = *work->packet;
	if (work->raw.len) {
		mqs_block *bytes = mqs_block_create(broker->alloc, work->raw.len);
		if (!bytes) {
			mqs_release(broker->alloc, packet);
			return MQS_ERR_NOMEM;
		}
		memcpy(bytes->data, work->raw.ptr, work->raw.len);
		mqs_packet_decode(mqs_block_view(bytes), work->packet->level, &broker->limits, packet, &fault);
		work->bytes = bytes;
		work->raw = mqs_block_view(bytes);
		if (work->alias_used) {
			packet->publish.topic = work->packet->publish.topic;
		}
	}
	work->packet = packet;
	return MQS_OK;
}

/* A copy on the heap that owns nothing of the original's yet. NULL: no memory. */
static mqs_work *copy_work(const mqs_work *work)
{
	const mqs_alloc *alloc = work->broker->alloc;
	mqs_work *copy = (mqs_work *)mqs_acquire(alloc, sizeof(*copy));
	if (!copy) {
		return NULL;
	}
	*copy = *work;
	copy->outside = false;
	copy->extras = NULL;
	copy->back = NULL;
	copy->ticketed = false;
	mqs_deadline_init(&copy->deadline, MQS_DEADLINE_WORK);
	if (copy_packet(copy) != MQS_OK) {
		mqs_release(alloc, copy);
		return NULL;
	}
	if (copy_views(copy, true) != MQS_OK) {
		mqs_block_unref(copy->bytes);
		mqs_release(alloc, copy->packet);
		mqs_release(alloc, copy);
		return NULL;
	}
	return copy;
}

static void free_copy(mqs_work *copy)
{
	const mqs_alloc *alloc = copy->broker->alloc;
	mqs_block_unref(copy->bytes);
	mqs_block_unref(copy->extras);
	mqs_release(alloc, copy->packet);
	mqs_release(alloc, copy);
}

/* Joins those that its connection waits for. Where others may be decided earlier that came later, its acknowledgement
 * keeps its place from now on. False: no memory, nothing happened. */
static bool join(mqs_work *copy, mqs_work_standing standing)
{
	mqs_conn *conn = copy->conn;
	copy->standing = (uint8_t)standing;
	if (!conn) {
		return true;
	}
	mqs_parked_add(copy);
	if (conn->lingering || copy->receipt || copy->event.kind != MQS_EVENT_PUBLISH || copy->packet->publish.qos == 0 ||
	    (copy->broker->ports.hooks.publish_concurrency <= 1 && conn->parked_count == 1)) {
		return true;
	}
	copy->receipt = mqs_receipt_open(conn);
	if (!copy->receipt) {
		mqs_parked_remove(copy);
	}
	return copy->receipt != NULL;
}

/* The copy takes the place of the original, which owns nothing any more. */
static void replace(mqs_work *work, mqs_work *copy)
{
	copy->pending = true;
	if (copy->codes == work->inline_codes) {
		copy->codes = copy->inline_codes;
		copy->reply.codes = copy->codes;
	}
	if (copy->reply.publish) {
		copy->reply.publish = &copy->publish;
	}
	copy->event.reply = &copy->reply;
	copy->event.packet = copy->packet;
	work->codes = NULL; /* moved */
	work->will = NULL;
	work->receipt = NULL;
	mqs_block_unref(work->extras);
	work->extras = NULL;
}

mqs_result mqs_work_wait(mqs_work *work)
{
	mqs_work *copy = copy_work(work);
	if (!copy) {
		return MQS_ERR_NOMEM;
	}
	if (!join(copy, MQS_WORK_UNASKED)) {
		free_copy(copy);
		return MQS_ERR_NOMEM;
	}
	replace(work, copy);
	return MQS_OK;
}

/* Keeps a work whose handler decides later. NULL: no room; the work is still the caller's. */
static mqs_work *work_keep(mqs_work *work, int64_t now_ms)
{
	mqs_broker *broker = work->broker;
	mqs_work *kept = work;
	bool counted = work->pending && work->ticketed; /* it has just given its place back */

	if (!counted && broker->tickets.count >= (uint64_t)broker->options.max_pending_decisions) {
		return NULL;
	}
	if (!work->pending) {
		kept = copy_work(work);
		if (!kept) {
			return NULL;
		}
		if (mqs_hash_insert(&broker->tickets, &kept->by_ticket, kept->event.ticket) != MQS_OK) {
			free_copy(kept);
			return NULL;
		}
		if (!join(kept, MQS_WORK_ASKED)) {
			mqs_hash_remove(&broker->tickets, &kept->by_ticket);
			free_copy(kept);
			return NULL;
		}
		replace(work, kept);
	} else if (copy_views(work, true) != MQS_OK ||
	           mqs_hash_insert(&broker->tickets, &work->by_ticket, work->event.ticket) != MQS_OK) {
		return NULL;
	}
	kept->standing = MQS_WORK_ASKED;
	kept->ticketed = true;
	if (kept->conn && kept->event.kind == MQS_EVENT_CONNECT) {
		kept->conn->state = MQS_CONN_DECIDING;
	}
	mqs_deadline_arm(broker, &kept->deadline, now_ms + broker->options.decision_timeout_ms);
	if (broker->ports.hooks.kept) {
		broker->ports.hooks.kept(broker->ports.hooks.ctx, &kept->event);
	}
	return kept;
}

/* ---- the steps ----------------------------------------------------------------------------------------------- */

static void act(mqs_work *work, int64_t now_ms)
{
	switch (work->event.kind) {
		case MQS_EVENT_CONNECT: mqs_connect_act(work, now_ms); break;
		case MQS_EVENT_PUBLISH: mqs_publish_act(work, now_ms); break;
		case MQS_EVENT_SUBSCRIBE: mqs_subscribe_act(work, now_ms); break;
		case MQS_EVENT_UNSUBSCRIBE: mqs_unsubscribe_act(work, now_ms); break;
		default: break; /* AUTH and PINGREQ have no effect but their reply */
	}
}

static void pingreq_reply(mqs_work *work)
{
	mqs_packet packet;
	MQS_ASSERT(work->conn); /* only a will's work has none */
	if (work->denied) {
		mqs_conn_doom(work->conn, work->reply.reason, true);
		return;
	}
	if (work->reply.packet.len) {
		mqs_conn_send_raw(work->conn, work->reply.packet);
		return;
	}
	packet.type = MQTT_PKT_PINGRESP;
	packet.level = work->conn->level;
	mqs_conn_send(work->conn, &packet);
}

/* Properties of a handler's that the reply cannot have are left out. */
static void check_props(mqs_work *work)
{
	static const uint8_t types[MQS_EVENT_KINDS] = {
	    [MQS_EVENT_CONNECT] = MQTT_PKT_CONNACK,
	    [MQS_EVENT_AUTH] = MQTT_PKT_AUTH,
	    [MQS_EVENT_PUBLISH] = MQTT_PKT_PUBACK, /* PUBREC has the same */
	    [MQS_EVENT_SUBSCRIBE] = MQTT_PKT_SUBACK,
	    [MQS_EVENT_UNSUBSCRIBE] = MQTT_PKT_UNSUBACK,
	};
	mqtt_packet_type type = (mqtt_packet_type)types[work->event.kind];
	mqs_props props;
	mqs_fault fault;

	if (work->reply.props.len == 0 || !type) {
		return;
	}
	if (work->denied && type == MQTT_PKT_AUTH) {
		type = MQTT_PKT_CONNACK;
	}
	if (mqs_props_decode(work->reply.props, type, false, &work->broker->limits, 0, &props, &fault) != MQS_OK) {
		mqs_broker_log(work->broker, MQS_LOG_ERROR, "properties given by a handler are not valid in the reply",
		    work->conn, &fault, 0);
		work->reply.props = mqs_bytes_make(NULL, 0);
	}
}

static void reply(mqs_work *work, int64_t now_ms)
{
	check_props(work);
	switch (work->event.kind) {
		case MQS_EVENT_CONNECT: mqs_connect_reply(work, now_ms); break;
		case MQS_EVENT_AUTH: mqs_auth_reply(work, now_ms); break;
		case MQS_EVENT_PUBLISH: mqs_publish_reply(work, now_ms); break;
		case MQS_EVENT_SUBSCRIBE: mqs_subscribe_reply(work, now_ms); break;
		case MQS_EVENT_UNSUBSCRIBE: mqs_unsubscribe_reply(work, now_ms); break;
		case MQS_EVENT_PINGREQ: pingreq_reply(work); break;
		default: break;
	}
	if (work->reply.close && work->conn) {
		mqs_conn_doom(
		    work->conn, work->denied ? work->reply.reason : MQTT_RC_ADMINISTRATIVE_ACTION, !work->reply.packet.len);
	}
}

/* What was done cannot be denied any more, but nobody gets a CONNACK past a handler that said no. */
static void apply_verdict(mqs_work *work, mqs_phase phase, mqs_verdict verdict)
{
	if (verdict == MQS_DENY && (phase == MQS_PHASE_BEFORE || work->event.kind == MQS_EVENT_CONNECT)) {
		work->denied = true;
		work->reply.reason = mqs_failure(work->reply.reason);
	}
}

/*
 * What a hook put into the reply is there until the next call of a hook. Copies are taken when there may be one before
 * the reply: after the action, or because a CONNECT ends another connection.
 */
static inline void adopt(mqs_work *work, mqs_bytes username, mqs_bytes client_id)
{
	mqs_reply *reply = &work->reply;
	bool called_again =
	    work->event.kind == MQS_EVENT_CONNECT || mqs_broker_wants(work->broker, MQS_PHASE_AFTER, work->event.kind);
	bool changed = reply->props.len || reply->packet.len || reply->username.ptr != username.ptr ||
	               reply->client_id.ptr != client_id.ptr;

	/* One that waited has views of its packet in the memory that the copies replace. */
	if (called_again && changed && copy_views(work, work->pending) != MQS_OK) {
		reply->props = reply->packet = mqs_bytes_make(NULL, 0);
		reply->username = username;
		reply->client_id = client_id;
		reply->reason = MQTT_RC_SERVER_BUSY;
		work->denied = true;
	}
}

/* The connection went away while a handler ran: nothing is left to act for. */
static bool gone(const mqs_work *work)
{
	return work->conn && work->conn->state == MQS_CONN_CLOSING;
}

/* False: it cannot wait, and is to be denied. */
static bool wait_for_verdict(mqs_work *work, int64_t now_ms)
{
	mqs_broker *broker = work->broker;
	mqs_hooks *hooks = &broker->ports.hooks;
	bool closing = gone(work);
	if (!closing && work_keep(work, now_ms)) {
		return true;
	}
	broker->stats.decisions_refused += !closing;
	if (hooks->cancel) {
		hooks->cancel(hooks->ctx, work->event.ticket, closing ? work->conn->close_reason : MQTT_RC_QUOTA_EXCEEDED);
	}
	work->event.ticket = broker->next_ticket++; /* that one is gone */
	if (work->event.phase == MQS_PHASE_BEFORE || work->event.kind == MQS_EVENT_CONNECT) {
		work->reply.reason = MQTT_RC_QUOTA_EXCEEDED;
	}
	return false;
}

/* Takes what a hook said. False: the work waits. */
static inline bool take(mqs_work *work, mqs_verdict verdict, mqs_bytes username, mqs_bytes client_id, int64_t now_ms)
{
	mqs_phase phase = work->event.phase;
	if (verdict == MQS_DECIDE_LATER) {
		if (wait_for_verdict(work, now_ms)) {
			return false;
		}
		verdict = MQS_DENY;
	}
	apply_verdict(work, phase, verdict);
	if (phase == MQS_PHASE_BEFORE && !gone(work)) {
		adopt(work, username, client_id);
	}
	return true;
}

/* Asks the hooks. False: the work waits. */
static bool ask(mqs_work *work, mqs_phase phase, int64_t now_ms)
{
	mqs_broker *broker = work->broker;
	mqs_hooks *hooks = &broker->ports.hooks;
	mqs_bytes username = work->reply.username, client_id = work->reply.client_id;
	if (!mqs_broker_wants(broker, phase, work->event.kind)) {
		return true;
	}
	work->event.phase = phase;
	if (phase == MQS_PHASE_AFTER) {
		work->reply.publish = NULL; /* the message has gone its way */
	}
	if (work->outside) {
		broker->asked = work;
		return false;
	}
	return take(work, hooks->decide(hooks->ctx, &work->event), username, client_id, now_ms);
}

void mqs_work_run(mqs_work *work, int64_t now_ms)
{
	for (;;) {
		switch ((mqs_step)work->step) {
			case MQS_STEP_ASK_BEFORE:
				if (!ask(work, MQS_PHASE_BEFORE, now_ms)) {
					return;
				}
				work->step = MQS_STEP_ACT;
				break;
			case MQS_STEP_ACT:
				if (gone(work)) {
					work_end(work);
					return;
				}
				act(work, now_ms);
				work->step = MQS_STEP_ASK_AFTER;
				break;
			case MQS_STEP_ASK_AFTER:
				if (!gone(work) && !ask(work, MQS_PHASE_AFTER, now_ms)) {
					return;
				}
				work->step = MQS_STEP_REPLY;
				break;
			case MQS_STEP_REPLY:
				if (!gone(work)) {
					reply(work, now_ms);
				}
				work_end(work);
				return;
		}
	}
}

void mqs_work_answer(mqs_work *work, mqs_verdict verdict, int64_t now_ms)
{
	mqs_bytes none = mqs_bytes_make(NULL, 0); /* a PUBLISH tells of no user name */
	if (take(work, verdict, none, none, now_ms)) {
		work->step = work->step == MQS_STEP_ASK_BEFORE ? MQS_STEP_ACT : MQS_STEP_REPLY;
		mqs_work_run(work, now_ms);
	}
}

/* ---- from outside -------------------------------------------------------------------------------------------- */

static bool match_ticket(const mqs_hash_node *node, const void *key)
{
	return MQS_CONTAINER(node, const mqs_work, by_ticket)->event.ticket == *(const uint64_t *)key;
}

static mqs_work *find(mqs_broker *broker, uint64_t ticket)
{
	mqs_hash_node *node = mqs_hash_find(&broker->tickets, ticket, match_ticket, &ticket);
	return node ? MQS_CONTAINER(node, mqs_work, by_ticket) : NULL;
}

mqs_event *mqs_broker_pending(mqs_broker *broker, uint64_t ticket)
{
	mqs_work *work = find(broker, ticket);
	return work ? &work->event : NULL;
}

/* Takes the work off the waiting ones: nobody finds it any more. */
static void work_take(mqs_work *work)
{
	mqs_hash_remove(&work->broker->tickets, &work->by_ticket);
	mqs_deadline_cancel(work->broker, &work->deadline);
	work->standing = MQS_WORK_RUNS;
}

/* Goes on with a work that waits no more. */
static void work_continue(mqs_work *work, mqs_verdict verdict, int64_t now_ms)
{
	mqs_broker *broker = work->broker;
	uint64_t conn_id = work->conn ? work->conn->id : 0;

	apply_verdict(work, work->event.phase, verdict);
	if (work->step == MQS_STEP_ASK_BEFORE && !gone(work)) {
		adopt(work, mqs_bytes_make(NULL, 0), mqs_bytes_make(NULL, 0));
	}
	work->step = work->step == MQS_STEP_ASK_BEFORE ? MQS_STEP_ACT : MQS_STEP_REPLY;
	work->event.ticket = broker->next_ticket++; /* for the question after the action */
	mqs_work_run(work, now_ms);
	mqs_conn *conn = conn_id ? mqs_broker_conn(broker, conn_id) : NULL;
	if (conn) {
		mqs_conn_resume(conn, now_ms);
	}
}

mqs_result mqs_broker_resolve(mqs_broker *broker, uint64_t ticket, mqs_verdict verdict, int64_t now_ms)
{
	mqs_work *work = find(broker, ticket);
	if (!work || verdict == MQS_DECIDE_LATER) {
		return work ? MQS_ERR_INVALID : MQS_NOT_FOUND;
	}
	broker->now_ms = now_ms;
	work_take(work);
	work_continue(work, verdict, now_ms);
	return MQS_OK;
}

void mqs_work_expire(mqs_work *work, int64_t now_ms)
{
	mqs_broker *broker = work->broker;
	broker->stats.decisions_timed_out++;
	work_take(work); /* first: the hook that is told may call back */
	mqs_broker_log(broker, MQS_LOG_WARNING, "handler did not decide in time", work->conn, NULL,
	    MQTT_RC_IMPLEMENTATION_SPECIFIC_ERROR);
	if (broker->ports.hooks.cancel) {
		broker->ports.hooks.cancel(broker->ports.hooks.ctx, work->event.ticket, MQTT_RC_IMPLEMENTATION_SPECIFIC_ERROR);
	}
	if (work->step == MQS_STEP_ASK_BEFORE || work->event.kind == MQS_EVENT_CONNECT) {
		work->reply.reason = MQTT_RC_IMPLEMENTATION_SPECIFIC_ERROR;
	}
	work_continue(work, MQS_DENY, now_ms);
}

void mqs_work_cancel(mqs_work *work, uint8_t reason)
{
	mqs_broker *broker = work->broker;
	if (work->standing == MQS_WORK_ASKED) {
		mqs_hash_remove(&broker->tickets, &work->by_ticket);
		if (broker->ports.hooks.cancel) {
			broker->ports.hooks.cancel(broker->ports.hooks.ctx, work->event.ticket, reason);
		}
	}
	work_end(work);
}
