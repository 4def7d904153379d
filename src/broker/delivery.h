/* SPDX-License-Identifier: MIT
 *
 * src/broker/delivery.h - the way of a message to the clients: routing, deliveries that a hook decides, other workers,
 * what waits for a client and what waits for its acknowledgement. The functions its files share; for this room only.
 */
#ifndef MQS_BROKER_DELIVERY_H
#define MQS_BROKER_DELIVERY_H

#include "broker/broker_private.h"

/* ---- route.c: to the subscribers ----------------------------------------------------------------------------- */

/* A message that is being routed; the shared copy is made when somebody needs it. */
typedef struct mqs_route {
	mqs_bytes topic, payload;
	mqs_bytes props; /* raw, as forwarded */
	int64_t expires_ms;
	uint64_t publisher;   /* session number; 0: the server */
	uint64_t group;       /* number of the share group that a member is chosen from just now; 0: none */
	mqs_conn *asker;      /* its publisher, when it is to be acknowledged behind the answers of peers; else NULL */
	mqs_receipt *receipt; /* held by whoever routes; made when the first peer is to answer */
	uint8_t qos;
	bool retain;
	bool local;           /* not for peers */
	bool matched;         /* set by mqs_route_run(): somebody subscribed, whether or not it could be handed over; peers
	                       * that will answer do not count */
	uint8_t refused;      /* set by mqs_route_run(): a peer could not be given it, for this reason; 0: no such thing */
	uint8_t tries;        /* peers that did not deliver it */
	bool several;         /* it has so many receivers that a print of the packet saves work */
	mqs_print *prints[2]; /* borrowed of the broker; NULL: none yet */
	mqs_message *message; /* owned; NULL until needed */
} mqs_route;

/* Payloads of so many bytes are shared by reference among the receivers. */
#define MQS_SHARE_MIN 1024u

/* The views of a message, as a route. Owns nothing: not to be cleared. */
void mqs_route_of(mqs_route *route, mqs_message *message);

/* The shared copy of a routed message (borrowed from the route), NULL when out of memory. */
mqs_message *mqs_route_message(mqs_broker *broker, mqs_route *route);

/*
 * Retains (when the message asks for it) and delivers to all matching subscriptions.
 *
 * receivers  [out] subscribers it was handed to
 *
 * Returns MQS_OK, MQS_ERR_LIMIT (the retained store is full: nothing was done), MQS_ERR_INVALID (a client's message
 * to a $SYS topic), MQS_ERR_NOMEM.
 */
mqs_result mqs_route_run(mqs_broker *broker, mqs_route *route, int64_t now_ms, uint32_t *receivers);

/*
 * Makes a route of a PUBLISH: forwards what may be forwarded of its properties. `props.raw` of the route may point
 * into broker->scratch, valid until the scratch is used again.
 */
mqs_result mqs_route_init(
    mqs_broker *broker, mqs_route *route, const mqs_publish *publish, uint64_t publisher, int64_t now_ms);
void mqs_route_clear(mqs_route *route);

/*
 * Gives a message of a share group (route->group) to another member, one that can take it `at_once`, or one for that it
 * may also wait. False: there is none.
 */
bool mqs_route_redispatch(
    mqs_broker *broker, mqs_route *route, const mqs_session *except, bool at_once, int64_t now_ms);

/* Delivers to the plain subscriptions of our own clients alone. */
mqs_result mqs_route_run_local(mqs_broker *broker, mqs_route *route, int64_t now_ms);

/* Gives it to one member of a group, of our own clients. */
void mqs_route_run_group(mqs_broker *broker, mqs_route *route, mqs_share_group *group, int64_t now_ms);

/* Hands a message to a session: into the output of its connection, or into its outbox. False: dropped. */
bool mqs_route_hand_over(mqs_broker *broker, mqs_session *session, mqs_route *route, uint8_t qos,
    mqs_retain_flag retain, const uint32_t *ids, uint32_t id_count, int64_t now_ms);

/* Writes one PUBLISH to a connection. False: it does not fit the client, or out of memory; counted. */
bool mqs_route_write(mqs_conn *conn, mqs_route *route, uint8_t qos, mqs_retain_flag retain, bool dup,
    uint16_t packet_id, const uint32_t *ids, uint32_t id_count, int64_t now_ms);

/* ---- deliver.c: a hook decides on each delivery ---------------------------------------------------------------- */

void mqs_deliver_init(mqs_broker *broker);
void mqs_deliver_clear(mqs_broker *broker);

/* Notes a delivery that the hook is to be asked about. False: no memory, or nobody could get it. */
bool mqs_deliver_later(mqs_session *session, mqs_broker *broker, mqs_route *route, uint8_t qos, mqs_retain_flag retain,
    const uint32_t *ids, uint32_t id_count, int64_t now_ms);

/* Asks about what waits and hands over what is allowed; nothing when there is none, or it is being done already. */
void mqs_deliver_all(mqs_broker *broker, int64_t now_ms);

/* The same. Wherever a hook may be called. */
static inline void mqs_deliver_run(mqs_broker *broker, int64_t now_ms)
{
	if (MQS_UNLIKELY(broker->deliveries.count)) {
		mqs_deliver_all(broker, now_ms);
	}
}

/* The same for what no publisher waits for, unless it is to wait for its deadline. */
static inline void mqs_deliver_rest(mqs_broker *broker, int64_t now_ms)
{
	if (MQS_UNLIKELY(broker->deliveries.count) && !broker->deliveries.postponed && !broker->deliveries.running) {
		mqs_deliver_all(broker, now_ms);
		broker->hit_pressure = false;
	}
}

/* So many deliveries may wait while the hook publishes. */
#define MQS_UNDECIDED_MAX 65536u

/* May a message be published now? False: the hook itself publishes more than it decides. */
static inline bool mqs_deliver_has_room(const mqs_broker *broker)
{
	return !broker->deliveries.running || broker->deliveries.count < MQS_UNDECIDED_MAX;
}

/* The session ends. */
void mqs_deliver_forget(mqs_broker *broker, const mqs_session *session);

/* ---- receipt.c: acknowledgements that wait for other workers, or for handlers of earlier packets ------------- */

/*
 * Stands in the order of the connection's acknowledgements from now on. Whoever opens it holds it, and gives it to
 * mqs_receipt_confirm() or mqs_receipt_release(). NULL: no memory.
 */
mqs_receipt *mqs_receipt_open(mqs_conn *conn);

/* One more answer is to come. */
void mqs_receipt_await(mqs_receipt *receipt);

/* An answer came; it may be freed by that. Sends nothing yet: mqs_receipt_flush(). The connection, or NULL. */
mqs_conn *mqs_receipt_answer(mqs_receipt *receipt, uint8_t reason);

/* Has an answer been awaited, so that the outcome is up to peers? */
bool mqs_receipt_has_peers(const mqs_receipt *receipt);

/* What the publisher is told if no peer knows better: 0 or no matching subscribers. */
void mqs_receipt_note(mqs_receipt *receipt, uint8_t reason);

/* Lets go: there will be no acknowledgement, for the connection ends. */
void mqs_receipt_release(mqs_receipt *receipt);

/*
 * Acknowledges a PUBLISH of QoS 1 or 2, at once or when its turn has come; views are copied then.
 *
 * receipt  [owned] of its message; NULL: no peer was asked, and no later packet can have been acknowledged before
 * reason   failures stand, the others give way to what peers say
 * packet   bytes in place of the acknowledgement, or empty
 *
 * Returns the receipt when it has to wait, [borrowed] until then; else NULL.
 */
mqs_receipt *mqs_receipt_confirm(mqs_conn *conn, mqs_receipt *receipt, const mqs_publish *publish, uint8_t reason,
    mqs_bytes props, mqs_bytes packet);

/* The connection is to be closed behind this acknowledgement; until then its packets wait. */
void mqs_receipt_close_after(mqs_receipt *receipt, uint8_t reason, bool tell);

/* Does the PUBREC for this identifier wait? */
bool mqs_receipt_waits(const mqs_conn *conn, uint16_t packet_id);

/* Sends the acknowledgements whose turn has come, and lets the connection go on. At the top level only. */
void mqs_receipt_flush(mqs_conn *conn, int64_t now_ms);

/* The connection is gone. */
void mqs_receipt_forget(mqs_conn *conn);

/* ---- peer.c --------------------------------------------------------------------------------------------------- */

/*
 * Gives a message to a peer.
 *
 * group  the peer's subscription in a share group; NULL: for all its plain subscriptions
 *
 * False: it could not be given; the route says why.
 */
bool mqs_peer_forward(mqs_peer *peer, mqs_route *route, const mqs_subscription *group, int64_t now_ms);

/* Place in broker->peers. */
uint8_t mqs_peer_index(const mqs_peer *peer);

/* Tells the other workers, if that is news, that a subscription of our own client has come. */
void mqs_peers_tell_added(mqs_broker *broker, const mqs_subscription *subscription);

/* Removes a subscription of our own client, and tells. */
void mqs_peers_remove_and_tell(mqs_broker *broker, mqs_subscription *subscription);

/* The time to claim a session with: later than any claim of it that is known, whatever our clock says. */
int64_t mqs_claim_time(const mqs_broker *broker, const mqs_session *session, int64_t now_ms);

/* The broker goes. */
void mqs_peers_destroy(mqs_broker *broker);

/* ---- insider.c ------------------------------------------------------------------------------------------------ */

/* Is it for insiders alone? */
bool mqs_topic_reserved(mqs_bytes filter);

/* Always true: it was handed over. */
bool mqs_insider_deliver(mqs_insider *insider, const mqs_route *route);

/* The broker goes. */
void mqs_insiders_destroy(mqs_broker *broker);

/* ---- outbox.c ------------------------------------------------------------------------------------------------ */

/* Hands a QoS 1 or 2 message (or a QoS 0 one to be queued) to a session. False: dropped, and counted. */
bool mqs_outbox_add(mqs_session *session, mqs_broker *broker, mqs_route *route, uint8_t qos, mqs_retain_flag retain,
    const uint32_t *ids, uint32_t id_count, int64_t now_ms);

/* Can the session take a QoS 1 or 2 message at once? For shared subscriptions. */
bool mqs_outbox_open(const mqs_session *session, const mqs_broker *broker);

/* Would a message of this cost be dropped, if it had to wait? */
bool mqs_outbox_full(const mqs_session *session, const mqs_broker *broker, size_t cost);

/* Sends what the window and the output limit allow: resends, waiting messages, retained ones. */
void mqs_outbox_pump(mqs_session *session, mqs_broker *broker, int64_t now_ms);

/*
 * The connection is gone: messages of share groups go to other members that can take them at once - QoS 1 when it is
 * not acknowledged, QoS 2 only when it was never sent [MQTT-4.8.2-4] [MQTT-4.8.2-5]. The others stay. When the session
 * `ends`, the other members need not be able to take them at once.
 */
void mqs_outbox_redispatch(mqs_session *session, mqs_broker *broker, bool ends, int64_t now_ms);

/* A new connection has resumed the session: everything unacknowledged is to be sent again. */
void mqs_outbox_rewind(mqs_session *session);

void mqs_outbox_puback(mqs_conn *conn, const mqs_ack *ack, int64_t now_ms);
void mqs_outbox_pubrec(mqs_conn *conn, const mqs_ack *ack, int64_t now_ms);
void mqs_outbox_pubcomp(mqs_conn *conn, const mqs_ack *ack, int64_t now_ms);
void mqs_outbox_destroy(mqs_session *session, mqs_broker *broker);
uint32_t mqs_outbox_window(const mqs_session *session, const mqs_broker *broker);

/* ---- pressure.c: publishers go at the pace of a subscriber that is alive ------------------------------------- */

/* The session got another message while connected: is it behind? */
void mqs_pressure_judge(mqs_broker *broker, mqs_session *session, int64_t now_ms);

/* The same: nearly always it can be seen at once that it is not. */
static inline void mqs_pressure_check(mqs_broker *broker, mqs_session *session, int64_t now_ms)
{
	const mqs_conn *conn = session->conn;
	const mqs_outbox *outbox = session->outbox;
	if (MQS_UNLIKELY(mqs_list_linked(&session->pressed) || (outbox && outbox->waiting.count) ||
	                 (conn && conn->output.size > (size_t)broker->options.max_output_bytes / 2))) {
		mqs_pressure_judge(broker, session, now_ms);
	}
}

/* The session sent something or lost its connection: has it caught up? */
void mqs_pressure_release(mqs_broker *broker, mqs_session *session, bool gone);

/* Holds a publisher back, if the message it just published asks for it. */
void mqs_pressure_throttle(mqs_conn *conn);

/* The deadline: who is waited for too long is not waited for any more. */
void mqs_pressure_expire(mqs_broker *broker, int64_t now_ms);

/* ---- backlog.c ----------------------------------------------------------------------------------------------- */

/* Owes the retained messages of a subscription to its session. */
mqs_result mqs_backlog_add(mqs_broker *broker, mqs_subscription *subscription);

/* The subscription ends: nothing more of it is sent. */
void mqs_backlog_forget(mqs_broker *broker, mqs_subscription *subscription);

/* Sends what the window and the output limit allow; frees the backlog at its end. */
void mqs_backlog_pump(mqs_session *session, mqs_broker *broker, int64_t now_ms);
void mqs_backlog_destroy(mqs_session *session, mqs_broker *broker);

/* The next turn of those that wait for it. */
void mqs_backlog_turn(mqs_broker *broker, int64_t now_ms);

/*
 * The connection is gone. What was collected would only grow old: the next connection gets what is retained then and
 * was not sent yet.
 */
void mqs_backlog_rewind(mqs_session *session, mqs_broker *broker);

/* The client is back: from now on it gets live messages of every QoS. */
void mqs_backlog_resume(mqs_session *session, mqs_broker *broker);

#endif
