/* SPDX-License-Identifier: MIT
 *
 * src/broker/broker.h - the MQTT server without I/O: bytes in, bytes out, time as an argument.
 *
 * One thread. A home (src/net, or a host's callback) opens an mqs_conn per network connection, feeds it bytes, and
 * after each call into the broker drains mqs_broker_next_ready(): connections that have output, want to be closed, or
 * may be read again. now_ms is monotonic milliseconds and never goes back.
 */
#ifndef MQS_BROKER_H
#define MQS_BROKER_H

#include "broker/options.h"
#include "broker/ports.h"

/* ---- life --------------------------------------------------------------------------------------------------- */

/*
 * alloc    [borrowed] outlives the broker
 * options  copied
 * ports    copied; what they point to outlives the broker
 *
 * Returns MQS_OK or MQS_ERR_NOMEM.
 */
mqs_result mqs_broker_create(const mqs_alloc *alloc, const mqs_broker_options *options, const mqs_ports *ports,
    int64_t now_ms, mqs_broker **out);

/* Frees everything, sessions and messages included. Every connection must have been closed. NULL is allowed. */
void mqs_broker_destroy(mqs_broker *broker);

/* The hooks' `wants` may change while running (handlers added later). */
void mqs_broker_set_wants(mqs_broker *broker, mqs_phase phase, uint32_t wants);

/* The hooks' `publish_concurrency` too. */
void mqs_broker_set_publish_concurrency(mqs_broker *broker, uint32_t concurrency);

/* Earliest time at which mqs_broker_tick() has something to do, INT64_MAX for never. May be early, never late. */
int64_t mqs_broker_next_deadline(const mqs_broker *broker);

/* Runs the timers that are due: keep-alive, expiry, will delay, decisions. */
void mqs_broker_tick(mqs_broker *broker, int64_t now_ms);

/* ---- connections -------------------------------------------------------------------------------------------- */

/* What holds for all connections of one listener. */
typedef struct mqs_conn_rules {
	bool allow_anonymous;          /* a CONNECT without user name needs no handler's consent */
	bool tolerate_receive_maximum; /* a 5.0 client that exceeds receive_maximum is not disconnected */
} mqs_conn_rules;

typedef struct mqs_conn_info {
	mqs_bytes peer; /* "127.0.0.1:49152", for logs and handlers; copied, at most 64 bytes */
	mqs_conn_rules rules;
	void *user; /* the home's own object */
} mqs_conn_info;

/*
 * A network connection was accepted.
 *
 * out  [owned by the broker until mqs_conn_close()]
 *
 * Returns MQS_OK; MQS_ERR_LIMIT above max_connections, MQS_ERR_NOMEM: close the socket, nothing was made.
 */
mqs_result mqs_conn_open(mqs_broker *broker, const mqs_conn_info *info, int64_t now_ms, mqs_conn **out);

/*
 * Feeds bytes that arrived. All of them are taken: in place, or copied when a packet is not whole or must wait.
 *
 * in  [borrowed] for the call
 *
 * Returns MQS_OK; MQS_ERR_CLOSED when the connection is to be closed (see mqs_conn_wants_close(); output is still to
 * be sent first). Not re-entrant from a hook.
 */
mqs_result mqs_conn_receive(mqs_conn *conn, mqs_bytes in, int64_t now_ms);

/*
 * The same for a home that answers questions about PUBLISH packets itself, when it has left the broker: those that come
 * up here are not put to the hook. All other events are.
 *
 * in  [borrowed] what was taken is cut off at the front. The bytes must stay until a question about them is answered
 *
 * Returns MQS_OK or MQS_ERR_CLOSED as above; MQS_PENDING: a question is open. mqs_conn_answer() is to be called until
 * it returns MQS_OK, and then this function with what is left of `in`, even if that is nothing. Until then no
 * connection may receive anything or be closed.
 */
mqs_result mqs_conn_receive_asking(mqs_conn *conn, mqs_bytes *in, int64_t now_ms);

/* [borrowed] The question that is open, or NULL. What a hook may do, and may not, holds while it is. */
mqs_event *mqs_conn_asked(const mqs_conn *conn);

/*
 * Answers the open question as a hook would have. MQS_DECIDE_LATER: the event is kept under its ticket, or refused, and
 * the hooks `kept` and `cancel` are told so.
 *
 * Returns MQS_OK; MQS_PENDING: there is another question, behind the action; MQS_NOT_FOUND: none was open.
 */
mqs_result mqs_conn_answer(mqs_conn *conn, mqs_verdict verdict, int64_t now_ms);

/* Should the home read from the socket? False while held packets fill max_held_bytes or the client does not read. */
bool mqs_conn_wants_read(const mqs_conn *conn);

/* True when the broker is done with it: send what mqs_conn_output() has, then mqs_conn_close(). */
bool mqs_conn_wants_close(const mqs_conn *conn);

/*
 * Output to be written, as at most `max` pieces in `vec`. Returns the number of pieces; 0: nothing to send.
 * The pieces stay valid and in place until mqs_conn_output_advance() passes them or the connection is closed,
 * whatever else happens, so that an asynchronous write may hold them.
 */
size_t mqs_conn_output(const mqs_conn *conn, mqs_bytes *vec, size_t max);

/* Bytes of output in all. */
size_t mqs_conn_output_size(const mqs_conn *conn);

/* `count` bytes were written. May make more output (waiting messages) and may make the connection readable. */
void mqs_conn_output_advance(mqs_conn *conn, size_t count, int64_t now_ms);

/*
 * The network connection is gone, or the home closed it: the home must not use conn any more. What the client said
 * before is still handled (a PUBLISH whose decision is pending, and what waits behind it); then session and will get
 * their due. Not allowed from a hook.
 */
void mqs_conn_close(mqs_conn *conn, int64_t now_ms);

/* Next connection with output, a wish to be closed, or reading that may go on; each once per change; NULL: none. */
mqs_conn *mqs_broker_next_ready(mqs_broker *broker);

/* NULL once the home has closed it. */
void *mqs_conn_user(const mqs_conn *conn);

/* Never 0, never used twice in the life of the broker. */
uint64_t mqs_conn_id(const mqs_conn *conn);

/* The connection with this id, or NULL when it is gone. */
mqs_conn *mqs_broker_conn(mqs_broker *broker, uint64_t conn_id);

/* What is known of a client. Views are [borrowed] until the next call into the broker. */
typedef struct mqs_client_info {
	uint64_t conn_id; /* 0: not connected */
	mqs_bytes client_id, username, peer;
	uint8_t level;
	bool clean_start, connected;
	uint16_t keep_alive_s;
	uint32_t session_expiry_s;
	uint32_t subscriptions, inflight, queued;
	int64_t connected_ms; /* monotonic time of the connection */
	int64_t accepted_ms;  /* when its last CONNECT was accepted, also of an absent client: as bus.claim got it */
	uint64_t packets_in, packets_out;
} mqs_client_info;

void mqs_conn_client_info(const mqs_conn *conn, mqs_client_info *out);

/* ---- decisions ---------------------------------------------------------------------------------------------- */

/* The event that waits under this ticket, kept by the broker, or NULL when it is gone. */
mqs_event *mqs_broker_pending(mqs_broker *broker, uint64_t ticket);

/*
 * The decision that a hook owed. reply changes are made in mqs_broker_pending(ticket)->reply beforehand.
 *
 * verdict  MQS_ALLOW or MQS_DENY
 *
 * Returns MQS_OK; MQS_NOT_FOUND when the ticket is gone (deadline, connection closed) or was resolved.
 */
mqs_result mqs_broker_resolve(mqs_broker *broker, uint64_t ticket, mqs_verdict verdict, int64_t now_ms);

/* ---- commands ----------------------------------------------------------------------------------------------- */

/*
 * Publishes a message of the server's own. Hooks are not asked, but for DELIVER.
 *
 * message    topic, payload, qos, retain and props.raw are used
 * receivers  [out] NULL, or number of subscribers it was handed to; a peer counts as one, and one for that a hook is
 *            asked counts whatever it says
 *
 * Returns MQS_OK; MQS_ERR_INVALID (topic or properties not valid); MQS_ERR_LIMIT (retained limits, or the hook of
 * DELIVER publishes more than it decides), MQS_ERR_NOMEM.
 */
mqs_result mqs_broker_publish(mqs_broker *broker, const mqs_publish *message, int64_t now_ms, uint32_t *receivers);

/*
 * Disconnects a client.
 *
 * props    raw properties of DISCONNECT for a 5.0 client (Server Reference, Reason String, user properties)
 * discard  end its session too
 *
 * Returns MQS_OK; MQS_NOT_FOUND: no such client is connected (nor, with discard, has a session); MQS_ERR_INVALID:
 * properties that DISCONNECT cannot have.
 */
mqs_result mqs_broker_disconnect(
    mqs_broker *broker, mqs_bytes client_id, uint8_t reason, mqs_bytes props, bool discard, int64_t now_ms);

/* The server stops: every client gets DISCONNECT (5.0) and is to be closed; new CONNECTs are refused. */
void mqs_broker_shutdown(mqs_broker *broker, uint8_t reason, int64_t now_ms);

/* ---- peers: other workers of the same server ----------------------------------------------------------------- */

/*
 * A peer is another worker process. What its clients subscribe to is kept here, so that their messages find the way;
 * mqs_bus (ports.h) carries them. A PUBLISH with QoS 1 or 2 that went to peers is acknowledged when all of them have
 * answered. None of these functions may be called from a hook or from a function of the bus; they may call hooks, and
 * the bus, themselves. Drain mqs_broker_next_ready() afterwards.
 */
typedef struct mqs_peer mqs_peer;

/* At once. */
#define MQS_PEERS_MAX 255

/* The host joins other workers (or leaves them: NULL). Copied. Returns MQS_OK; MQS_ERR_NOMEM: nothing changed. */
mqs_result mqs_broker_set_bus(mqs_broker *broker, const mqs_bus *bus);

/*
 * user  given to bus.deliver
 * out   [owned by the broker until mqs_peer_close() or mqs_broker_destroy()]
 *
 * Returns MQS_OK, MQS_ERR_LIMIT (MQS_PEERS_MAX), MQS_ERR_NOMEM.
 */
mqs_result mqs_peer_open(mqs_broker *broker, void *user, mqs_peer **out);

/*
 * The worker is gone. Nobody waits for its answers any more; messages of share groups with QoS 1 or 2 that it has not
 * answered are given to another member.
 */
void mqs_peer_close(mqs_peer *peer, int64_t now_ms);

/*
 * The same, but the worker may live and have clients, and nobody knows what it got of the last messages: those that it
 * has not answered count as refused (0x97), all but messages of share groups.
 */
void mqs_peer_give_up(mqs_peer *peer, int64_t now_ms);

void *mqs_peer_user(const mqs_peer *peer);

/*
 * Clients of the peer subscribe to a filter ($share/... included), or no longer do.
 *
 * members  how many of them: in a share group it is chosen so often; 0: none any more
 *
 * Returns MQS_OK, MQS_ERR_INVALID (no valid filter), MQS_ERR_NOMEM.
 */
mqs_result mqs_peer_subscribe(mqs_peer *peer, mqs_bytes filter, uint32_t members);

/*
 * A message of a peer for clients of this worker. It is not retained here, hooks are not asked but for DELIVER, and it
 * goes to no other peer.
 *
 * group    "$share/name/filter": for one member of that group; empty: for all plain subscriptions that match
 * publish  topic, payload, qos, retain (the flag as published) and props.raw are used
 *
 * Returns the reason code to answer: 0 taken; MQTT_RC_NO_MATCHING_SUBSCRIBERS; 0x80 and above: could not be taken.
 */
uint8_t mqs_peer_deliver(mqs_peer *peer, mqs_bytes group, const mqs_publish *publish, int64_t now_ms);

/* The answer to a message that bus.deliver was given with this receipt. Unknown receipts are ignored. */
void mqs_peer_answer(mqs_peer *peer, uint64_t receipt, uint8_t reason, int64_t now_ms);

/*
 * Another worker accepted a client with this identifier. If that was later than here, our connection of it ends with
 * DISCONNECT 0x8E, and the session ends.
 *
 * connected_ms  as the other's bus.claim got it: all workers of a host have the same clock
 * origin        the other's number; at the same time the greater one wins
 */
void mqs_broker_claimed(mqs_broker *broker, mqs_bytes client_id, int64_t connected_ms, uint64_t origin, int64_t now_ms);

/* Place in a walk; starts as all zero. */
typedef struct mqs_filter_walk {
	void *at;
	bool groups;
} mqs_filter_walk;

/*
 * Walks the filters that clients of this worker subscribe to: what a new peer is told. The broker must not change in
 * between.
 *
 * filter   [out, borrowed] until the next call into the broker
 * members  [out] as bus.filter_changed gets them
 *
 * False at the end, or when there is no bus.
 */
bool mqs_broker_next_filter(mqs_broker *broker, mqs_filter_walk *walk, mqs_bytes *filter, uint32_t *members);

/* ---- subscribers inside the server --------------------------------------------------------------------------- */

/* Code of the server that listens to a filter: a subscription without a client. Messages that clients of other workers
 * publish come to it too. Retained messages do not, unless they are published now. */
typedef struct mqs_insider mqs_insider;

/*
 * A message came, or the broker is being destroyed and with it the insider.
 *
 * message  [borrowed] for the call: topic, payload, qos, retain (as published) and props.raw; NULL: this is the end
 *
 * Called in the middle of routing: it must not call the broker, only take copies.
 */
typedef void (*mqs_insider_take)(void *user, const mqs_publish *message);

/*
 * filter  no shared one. What begins with "$mqs/" is for insiders alone: clients may publish to it, but no client can
 *         subscribe to it
 * out     [owned] until mqs_insider_close(), or until take() was told of the end
 *
 * Returns MQS_OK, MQS_ERR_INVALID (no valid filter, or a shared one), MQS_ERR_NOMEM. Also from a hook.
 */
mqs_result mqs_insider_open(mqs_broker *broker, mqs_bytes filter, mqs_insider_take take, void *user, mqs_insider **out);

/* From a hook too, but not from take(). */
void mqs_insider_close(mqs_insider *insider);

/* ---- looking in --------------------------------------------------------------------------------------------- */

/* Looks up one session by client id. False: none. */
bool mqs_broker_client(mqs_broker *broker, mqs_bytes client_id, mqs_client_info *out);

/* Walks all sessions: *cursor starts as NULL. False at the end. The broker must not change in between. */
bool mqs_broker_next_client(mqs_broker *broker, void **cursor, mqs_client_info *out);

typedef struct mqs_subscription_info {
	mqs_bytes filter; /* [borrowed] until the next call into the broker; with $share/… */
	uint32_t identifier;
	uint8_t qos, retain_handling;
	bool no_local, retain_as_published;
} mqs_subscription_info;

/* Walks the subscriptions of a client: *cursor starts as NULL. False at the end, or when there is no such client. */
bool mqs_broker_next_subscription(mqs_broker *broker, mqs_bytes client_id, void **cursor, mqs_subscription_info *out);

/* Retained message of a topic; false: none. Views are [borrowed] until the next call into the broker. */
bool mqs_broker_retained(mqs_broker *broker, mqs_bytes topic, int64_t now_ms, mqs_publish *out);

/* Counters since the start, and gauges (the first group). */
#define MQS_BROKER_STAT_MAP(X)                                                                                         \
	X(connections)                                                                                                     \
	X(sessions)                                                                                                        \
	X(clients_connected)                                                                                               \
	X(subscriptions)                                                                                                   \
	X(shared_subscriptions)                                                                                            \
	X(retained_messages)                                                                                               \
	X(retained_bytes)                                                                                                  \
	X(queued_messages)                                                                                                 \
	X(queued_bytes)                                                                                                    \
	X(pending_decisions)                                                                                               \
	X(peers)                                                                                                           \
	X(clients_maximum)                                                                                                 \
	X(connections_total)                                                                                               \
	X(connections_refused)                                                                                             \
	X(connects_accepted)                                                                                               \
	X(connects_refused)                                                                                                \
	X(sessions_taken_over)                                                                                             \
	X(sessions_expired)                                                                                                \
	X(bytes_received)                                                                                                  \
	X(bytes_sent)                                                                                                      \
	X(packets_received)                                                                                                \
	X(packets_sent)                                                                                                    \
	X(publish_received)                                                                                                \
	X(publish_bytes_received)                                                                                          \
	X(publish_denied)                                                                                                  \
	X(publish_sent)                                                                                                    \
	X(publish_bytes_sent)                                                                                              \
	X(publish_no_subscriber)                                                                                           \
	X(dropped_output_full)                                                                                             \
	X(dropped_queue_full)                                                                                              \
	X(dropped_expired)                                                                                                 \
	X(dropped_too_large)                                                                                               \
	X(dropped_no_memory)                                                                                               \
	X(wills_published)                                                                                                 \
	X(protocol_faults)                                                                                                 \
	X(keep_alive_timeouts)                                                                                             \
	X(deliveries_denied)                                                                                               \
	X(decisions_timed_out)                                                                                             \
	X(decisions_refused)                                                                                               \
	X(parked_limit_reached)                                                                                            \
	X(packets_held)                                                                                                    \
	X(reads_paused)                                                                                                    \
	X(publishers_throttled)                                                                                            \
	X(messages_to_peers)                                                                                               \
	X(messages_from_peers)                                                                                             \
	X(dropped_peer_full)

typedef struct mqs_broker_stats {
#define MQS_STAT_FIELD(name) uint64_t name;
	MQS_BROKER_STAT_MAP(MQS_STAT_FIELD)
#undef MQS_STAT_FIELD
} mqs_broker_stats;

/* [borrowed] lives with the broker; gauges are current. */
const mqs_broker_stats *mqs_broker_get_stats(mqs_broker *broker);

#endif
