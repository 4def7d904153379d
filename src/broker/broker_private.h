/* SPDX-License-Identifier: MIT
 *
 * src/broker/broker_private.h - the broker's own structs and the functions its files share. For this room only.
 *
 * Ownership: the broker owns sessions and pending decisions; the home decides when an mqs_conn dies; a session owns
 * its subscriptions, outbox, will and backlog. A connection that broke a rule is only marked (mqs_conn_doom()): its
 * session is let go at the next safe point, never inside a loop over subscribers.
 */
#ifndef MQS_BROKER_PRIVATE_H
#define MQS_BROKER_PRIVATE_H

#include "base/hash.h"
#include "base/wheel.h"
#include "broker/broker.h"
#include "broker/message.h"
#include "broker/retained.h"
#include "broker/subscriptions.h"

typedef struct mqs_session mqs_session;
typedef struct mqs_will mqs_will;
typedef struct mqs_work mqs_work;
typedef struct mqs_receipt mqs_receipt;

/* ---- deadlines (broker.c) ------------------------------------------------------------------------------------- */

typedef enum mqs_deadline_kind {
	MQS_DEADLINE_CONN,
	MQS_DEADLINE_SESSION, /* session expiry */
	MQS_DEADLINE_WILL,    /* will delay */
	MQS_DEADLINE_WORK,    /* pending decision */
	MQS_DEADLINE_PRESSURE,
	MQS_DEADLINE_BACKLOG, /* sessions whose turn to search retained messages comes */
	MQS_DEADLINE_DELIVER, /* deliveries that are still to be decided */
	MQS_DEADLINE_SYS,
	MQS_DEADLINE_SWEEP /* expired retained messages */
} mqs_deadline_kind;

/* A timer that knows what it is embedded in. */
typedef struct mqs_deadline {
	mqs_timer timer;
	mqs_deadline_kind kind;
} mqs_deadline;

static inline void mqs_deadline_init(mqs_deadline *deadline, mqs_deadline_kind kind)
{
	mqs_timer_init(&deadline->timer);
	deadline->kind = kind;
}

static inline bool mqs_deadline_armed(const mqs_deadline *deadline)
{
	return mqs_timer_armed(&deadline->timer);
}

void mqs_deadline_arm(mqs_broker *broker, mqs_deadline *deadline, int64_t due_ms);
void mqs_deadline_cancel(mqs_broker *broker, mqs_deadline *deadline);

/* ---- output of a connection (output.c) ----------------------------------------------------------------------- */

/* Bytes to send: copied ones (data, with capacity), or the payload of a message that is kept alive by a reference. */
typedef struct mqs_segment {
	struct mqs_segment *next;
	mqs_message *message; /* owned reference, or NULL: the bytes are in data */
	const uint8_t *ptr;
	uint32_t start, end; /* what of ptr is still to be sent */
	uint32_t capacity;   /* of data; 0 with a message */
	uint8_t data[];
} mqs_segment;

/*
 * A PUBLISH as most receivers of a message get it: without alias and identifiers, with room for the packet identifier.
 * Written once and then copied, while a message is handed out: route_write.c.
 */
#define MQS_PRINT_MAX 2048u
struct mqs_route;
typedef struct mqs_print {
	const struct mqs_route *route; /* whose it is; only compared */
	uint8_t first;                 /* byte of the packet */
	uint16_t len;
	uint16_t id_at; /* where the packet identifier is, with QoS 1 and 2 */
	uint8_t bytes[MQS_PRINT_MAX];
} mqs_print;

#define MQS_SEGMENT_SMALL 1024u  /* whole struct: what an almost idle connection gets */
#define MQS_SEGMENT_LARGE 16384u /* whole struct: behind a small one */

/* Free segments kept for the next output, so that a busy broker does not go to the allocator for each turn. */
typedef struct mqs_segment_pool {
	mqs_segment *free[2];
	uint32_t count[2];
} mqs_segment_pool;

typedef struct mqs_output {
	mqs_segment *head, *tail;
	size_t size;    /* bytes to send */
	bool abandoned; /* nobody reads it any more; the bytes stay, for the home may be writing some of them */
} mqs_output;

/* ---- input of a connection (input.c) -------------------------------------------------------------------------- */

/* What came and is not handled yet. */
typedef struct mqs_input {
	mqs_framer framer; /* a packet that came in pieces */
	mqs_buffer held;   /* whole packets that wait behind a decision or a throttle */
	size_t held_used;  /* of held: handled already */
} mqs_input;

/* ---- messages on their way to a client (outbox.c) ------------------------------------------------------------ */

typedef enum mqs_delivery_state {
	MQS_DELIVERY_DONE,    /* acknowledged behind one that is not */
	MQS_DELIVERY_SENT,    /* PUBLISH sent (or to be resent), waiting for PUBACK or PUBREC */
	MQS_DELIVERY_RELEASED /* PUBREL sent (or to be resent), waiting for PUBCOMP */
} mqs_delivery_state;

/* RETAIN flag of a PUBLISH towards a client. */
typedef enum mqs_retain_flag {
	MQS_RETAIN_OFF,
	MQS_RETAIN_AS_PUBLISHED, /* a live message: set for a 5.0 client that asked for it, never for an older one */
	MQS_RETAIN_STORED        /* a retained message for a new subscription */
} mqs_retain_flag;

/* Subscription identifiers when there is more than one. */
typedef struct mqs_id_list {
	uint32_t count;
	uint32_t ids[];
} mqs_id_list;

typedef struct mqs_delivery {
	uint64_t group;       /* number of the share group it came by; 0: none */
	mqs_message *message; /* owned reference; NULL once released or done */
	mqs_id_list *more;    /* owned; NULL with at most one identifier */
	uint32_t identifier;
	uint8_t qos, state;
	uint8_t retain; /* mqs_retain_flag */
} mqs_delivery;

typedef struct mqs_ring {
	mqs_delivery *items;
	uint32_t head, count, capacity; /* capacity is a power of two */
} mqs_ring;

/*
 * inflight holds consecutive packet identifiers: the entry of identifier p is (p - first_pid) places from the head.
 * Entries behind `resend` have not been sent over the present connection yet.
 */
typedef struct mqs_outbox {
	mqs_ring inflight;
	mqs_ring waiting;
	uint32_t resend;       /* place in inflight; == inflight.count: everything was sent */
	uint32_t unacked;      /* sent over the present connection and not acknowledged */
	uint16_t first_pid;    /* of inflight's head; 1..65535 */
	uint32_t waiting_qos0; /* of those that wait: later ones must not overtake them */
	size_t waiting_bytes;
	size_t inflight_bytes; /* of messages sent and kept until they are acknowledged */
} mqs_outbox;

/* ---- deliveries that a hook is to be asked about (deliver.c) -------------------------------------------------- */

typedef struct mqs_undecided {
	mqs_session *session; /* NULL: it has ended meanwhile */
	mqs_delivery delivery;
} mqs_undecided;

typedef struct mqs_deliveries {
	mqs_undecided *items; /* owned; a ring whose capacity is a power of two */
	uint32_t head, count, capacity;
	mqs_undecided current; /* the one that is being decided */
	bool running;          /* hooks are being asked */
	bool postponed;        /* what is left has to wait for the deadline: others have their turn */
	mqs_deadline turn;
	mqs_buffer names, props; /* that the event of `current` shows */
} mqs_deliveries;

/* Packet identifiers of incoming QoS 2 messages that wait for PUBREL. */
typedef struct mqs_pid_set {
	uint32_t count;
	uint64_t *pages[64]; /* 1024 bits each */
} mqs_pid_set;

/* Retained messages that new subscriptions still have to get. */
typedef struct mqs_backlog {
	mqs_session *session;
	mqs_link owing;            /* in broker->owing while it waits for its turn to search them */
	mqs_link subscriptions;    /* mqs_subscription.owed: not begun */
	mqs_subscription *current; /* the one that `messages` are for; NULL: it was unsubscribed, or none */
	mqs_subscription *resumed; /* the one that was current when the connection was lost; only compared */
	mqs_message_list messages; /* in the order of their numbers */
	uint64_t upto;             /* number of the newest message that is owed: what was retained later came live */
	uint64_t sent;             /* number of the last message that was sent for current, or for resumed */
	uint64_t left, returned;   /* numbers of the newest messages when the client went away, and when it came back */
	uint32_t position;
	uint32_t identifier;
	uint8_t qos;
	bool no_local;
} mqs_backlog;

/* ---- sessions ------------------------------------------------------------------------------------------------ */

struct mqs_will {
	mqs_message *message;
	mqs_session *session;
	mqs_deadline delay; /* armed when the connection is gone and the will delay runs */
	uint32_t delay_s, expiry_s;
	bool has_expiry;
};

struct mqs_session {
	mqs_hash_node by_client_id;
	mqs_conn *conn; /* NULL while absent */
	mqs_peer
	    *peer; /* NULL: a client's. A peer's has subscriptions and nothing else, and no client identifier finds it */
	mqs_insider *insider; /* NULL: a client's. That of an insider has one subscription and nothing else */
	mqs_link subscriptions;
	mqs_outbox *outbox;    /* made with the first QoS 1 or 2 message */
	mqs_pid_set *incoming; /* made with the first QoS 2 message */
	mqs_backlog *backlog;  /* while retained messages are owed */
	mqs_will *will;
	mqs_deadline expiry; /* armed while absent */
	mqs_link pressed;    /* in broker->pressed while publishers wait for it */
	int64_t pressed_ms;
	int64_t connected_ms; /* when the last connection got it: the claim towards other workers */
	uint64_t number;      /* the hash of the client identifier, never 0: messages remember by it who published them */
	uint32_t expiry_s;
	uint32_t undecided; /* deliveries of it that wait in broker->deliveries */
	uint32_t subscription_count;
	bool stalled; /* was waited for too long; not again before it has caught up */
	uint16_t client_id_len;
	uint8_t client_id[];
};

static inline mqs_bytes mqs_session_client_id(const mqs_session *session)
{
	return mqs_bytes_make(session->client_id, session->client_id_len);
}

/* ---- connections --------------------------------------------------------------------------------------------- */

typedef enum mqs_conn_state {
	MQS_CONN_NEW,            /* no CONNECT yet */
	MQS_CONN_AUTHENTICATING, /* enhanced authentication before CONNACK: AUTH expected */
	MQS_CONN_DECIDING,       /* CONNECT waits for a decision: everything is held */
	MQS_CONN_OPEN,
	MQS_CONN_CLOSING
} mqs_conn_state;

struct mqs_conn {
	mqs_broker *broker;
	mqs_session *session; /* from CONNACK until let go */
	void *user;
	uint64_t id;
	mqs_hash_node by_id;
	mqs_link ready;
	mqs_deadline timer; /* CONNECT deadline, then keep-alive and write deadline */
	mqs_output output;
	mqs_input *input;        /* [owned] NULL: nothing of what came is kept */
	mqs_link throttled;      /* in broker->throttled */
	mqs_link unconfirmed;    /* mqs_receipt: acknowledgements that wait, in the order of their PUBLISH packets */
	mqs_work *pending;       /* owned; packets that wait for decisions, in their order (parked.c) */
	mqs_block **aliases;     /* topics by alias - 1; made with the first alias */
	mqs_block **aliases_out; /* the same towards the client: alias_out_count of alias_out_max */
	mqs_block *auth_reply;   /* properties for CONNACK that ended an authentication */
	mqs_block *connect;      /* the CONNECT packet while authentication goes on */
	mqs_block *username;     /* after CONNACK; NULL: none */
	mqs_block *auth_method;
	int64_t opened_ms, received_ms, progress_ms;
	uint64_t packets_in, packets_out;
	uint32_t unreleased;        /* QoS 2 messages that came over this connection and wait for PUBREL */
	uint32_t unconfirmed_count; /* of unconfirmed */
	uint32_t unasked_bytes;     /* of packets in pending that nobody was asked about yet */
	uint32_t client_max_packet; /* 0: no limit */
	uint32_t max_packet;        /* that is taken from it just now */
	uint16_t client_receive_max;
	uint16_t parked_count, undecided; /* of pending: all, those that were asked about */
	uint16_t alias_out_max, alias_out_count;
	uint16_t keep_alive_s;
	uint8_t level, state;
	uint8_t close_reason; /* valid while CLOSING */
	mqs_conn_rules rules;
	bool clean_start, problem_information, response_information;
	bool will_discarded;   /* normal DISCONNECT */
	bool reading_paused;   /* the home was told not to read */
	bool accepted;         /* CONNACK with success went out: CLOSE is reported */
	bool reauthenticating; /* an exchange of AUTH is under way in an open connection */
	bool stopped;          /* its packets wait, as behind a decision: max_unconfirmed, or the next is its last */
	bool lingering;        /* the home has closed it: what it said before is still handled, then it is freed */
	bool leaving;          /* to be closed behind an acknowledgement that waits */
	bool resuming;         /* held packets are being handled */
	uint8_t peer_len;
	char peer[];
};

/* ---- work: one packet on its way through the phases (work.c) -------------------------------------------------- */

typedef enum mqs_step { MQS_STEP_ASK_BEFORE, MQS_STEP_ACT, MQS_STEP_ASK_AFTER, MQS_STEP_REPLY } mqs_step;

/* What happens to it. */
typedef enum mqs_work_standing {
	MQS_WORK_RUNS,
	MQS_WORK_ASKED,  /* waits for what the hook decides */
	MQS_WORK_UNASKED /* waits for its turn to be asked about */
} mqs_work_standing;

#define MQS_WORK_INLINE_CODES 16

/* Lives on the stack, or on the heap while a decision is pending. */
struct mqs_work {
	mqs_broker *broker;
	mqs_conn *conn; /* NULL for a will */
	mqs_event event;
	mqs_reply reply;
	mqs_packet *packet;
	mqs_publish publish;  /* what will be routed */
	mqs_will *will;       /* owned, for PUBLISH of a will */
	uint64_t publisher;   /* PUBLISH: session number of the sender */
	mqs_receipt *receipt; /* held; PUBLISH that went to peers or may be overtaken, until its reply */
	mqs_bytes raw;        /* the packet's bytes; empty for a will */
	uint8_t step;
	bool denied, duplicate, session_present, alias_used;
	bool outside; /* its questions are not put to the hook, but to whoever receives: it is broker->outside.work */
	uint32_t offered_expiry_s;
	uint8_t *codes; /* inline_codes or owned */
	uint8_t inline_codes[MQS_WORK_INLINE_CODES];
	bool pending; /* on the heap, and if so: */
	uint8_t standing;
	bool ticketed;          /* has been found by its ticket */
	mqs_work *next, **back; /* in conn->pending; back NULL: not, or no longer */
	mqs_hash_node by_ticket;
	mqs_deadline deadline;
	mqs_block *bytes;  /* owned copy of raw */
	mqs_block *extras; /* owned copy of what the reply points to */
};

/* ---- $SYS (sys.c) -------------------------------------------------------------------------------------------- */

#define MQS_SYS_LOADS 9
#define MQS_SYS_SPANS 3

typedef struct mqs_sys {
	mqs_deadline deadline;
	int64_t updated_ms;
	uint64_t counts[MQS_SYS_LOADS]; /* at updated_ms */
	double averages[MQS_SYS_LOADS][MQS_SYS_SPANS];
} mqs_sys;

/* Publishes what never changes and arms the timer. */
void mqs_sys_start(mqs_broker *broker, int64_t now_ms);
void mqs_sys_tick(mqs_broker *broker, int64_t now_ms);

/* Is it one of the topics that only the broker may publish to? */
bool mqs_sys_topic(mqs_bytes topic);

/* ---- claims of other workers (peer.c) ------------------------------------------------------------------------- */

/* The newest claims, in places by the hash of the client identifier. */
#define MQS_CLAIMS 64u

typedef struct mqs_claim {
	uint64_t number; /* of the session that this client would have here; 0: none yet */
	int64_t connected_ms;
} mqs_claim;

/* ---- the broker ---------------------------------------------------------------------------------------------- */

struct mqs_broker {
	const mqs_alloc *alloc;
	mqs_broker_options options;
	mqs_codec_limits limits;
	mqs_ports ports;
	mqs_hash conns;    /* by id */
	mqs_hash sessions; /* by client id */
	mqs_hash tickets;  /* mqs_work by ticket */
	mqs_subscriptions *subscriptions;
	mqs_retained *retained;
	mqs_wheel wheel;
	mqs_deadline sweep; /* expired retained messages */
	mqs_link ready;
	mqs_link pressed;   /* sessions that publishers wait for */
	mqs_link throttled; /* connections that wait */
	mqs_deadline pressure;
	mqs_link owing; /* backlogs that wait for their turn */
	mqs_deadline backlog_turn;
	int64_t searched_ms; /* when retained messages were last searched, */
	size_t searched;     /* and what that cost since then */
	bool hit_pressure;   /* the message just routed went to a pressed session */
	mqs_deliveries deliveries;
	mqs_work *asked; /* &outside.work while its question is open; else NULL */
	struct {
		mqs_packet packet;
		mqs_work work;
	} outside; /* the packet that mqs_conn_receive_asking() handles, and its work if that is a PUBLISH */
	mqs_claim claims[MQS_CLAIMS];
	mqs_peer *peers[MQS_PEERS_MAX];
	uint32_t peer_count, insider_count;
	mqs_link insiders;
	mqs_buffer bus_filter; /* as bus.filter_changed and bus.deliver get it; room was made with the bus */
	mqs_buffer bus_props;
	mqs_segment_pool segments;
	mqs_input *spare_input; /* [owned] for the next connection that needs one */
	mqs_buffer scratch;     /* property lists in the making */
	mqs_buffer trimmed;     /* the same, for a packet that did not fit */
	mqs_print prints[2];    /* below 5.0, and 5.0 */
	mqs_broker_stats stats;
	int64_t now_ms, started_ms;
	mqs_sys sys;
	uint64_t next_conn_id, next_ticket;
	bool stopping;
};

/* The connection over which a session can be sent something now, or NULL. */
static inline mqs_conn *mqs_session_open_conn(const mqs_session *session)
{
	mqs_conn *conn = session->conn;
	return conn && conn->state == MQS_CONN_OPEN && !conn->lingering ? conn : NULL;
}

static inline bool mqs_conn_has_room(const mqs_conn *conn)
{
	return conn->output.size < (size_t)conn->broker->options.max_output_bytes;
}

static inline bool mqs_broker_wants(const mqs_broker *broker, mqs_phase phase, mqs_event_kind kind)
{
	return (broker->ports.hooks.wants[phase] & (1u << kind)) != 0;
}

/* Writes a log line about a connection (NULL: none). */
void mqs_broker_log(mqs_broker *broker, mqs_log_level level, const char *what, const mqs_conn *conn,
    const mqs_fault *fault, uint8_t reason);

/* ---- output.c ------------------------------------------------------------------------------------------------ */

/* mqs_output_reserve() when there is no such room in the last segment, or no output yet. */
uint8_t *mqs_output_reserve_more(mqs_conn *conn, size_t len);

/* `len` bytes of room at the end of the output, contiguous, counted as written; NULL when out of memory. */
static inline uint8_t *mqs_output_reserve(mqs_conn *conn, size_t len)
{
	mqs_segment *tail = conn->output.tail;
	if (MQS_UNLIKELY(conn->output.size == 0 || !tail || tail->message || tail->capacity - tail->end < len)) {
		return mqs_output_reserve_more(conn, len);
	}
	uint8_t *room = tail->data + tail->end;
	tail->end += (uint32_t)len;
	conn->output.size += len;
	return room;
}

/* Appends the payload of a message by reference. */
mqs_result mqs_output_share(mqs_conn *conn, mqs_message *message);

/* Takes the last `len` bytes back, that mqs_output_reserve() has just given. */
void mqs_output_retract(mqs_conn *conn, size_t len);

/* Nothing more is sent over the connection. */
void mqs_output_abandon(mqs_conn *conn);

/* Frees the segments; only when the home is done with the connection. */
void mqs_output_clear(mqs_conn *conn);
void mqs_segment_pool_clear(mqs_broker *broker);

/* Sends a packet. Properties are left out when it would not fit the client; a packet that still does not fit is
 * dropped and counted: false. Without memory the connection is doomed. */
bool mqs_conn_send(mqs_conn *conn, mqs_packet *packet);
void mqs_conn_send_ack(mqs_conn *conn, mqtt_packet_type type, uint16_t packet_id, uint8_t reason, mqs_bytes props);

/* Sends bytes that a handler made in place of a packet. */
void mqs_conn_send_raw(mqs_conn *conn, mqs_bytes bytes);

/* ---- input.c ------------------------------------------------------------------------------------------------- */

/*
 * Takes the next packet of what came: like mqs_framer_next(), but after a fault the connection is to be doomed, for
 * the next call may answer differently.
 */
mqs_result mqs_input_next(mqs_conn *conn, mqs_bytes *in, mqs_bytes *packet, mqs_fault *fault);

/* Another limit, for packets not taken yet. */
void mqs_input_limit(mqs_conn *conn, uint32_t max_packet_size);

/* Keeps a copy of a whole packet. Those that were taken are no longer valid. MQS_ERR_LIMIT, MQS_ERR_NOMEM. */
mqs_result mqs_input_hold(mqs_conn *conn, mqs_bytes packet);

/* Are there packets that wait, or one that did and is being handled? */
static inline bool mqs_input_waits(const mqs_conn *conn)
{
	return conn->input && conn->input->held.len;
}

/* Bytes of packets that wait. */
static inline size_t mqs_input_held(const mqs_conn *conn)
{
	return conn->input ? conn->input->held.len - conn->input->held_used : 0;
}

/* Type of the first packet that waits, of which there is one. */
static inline uint8_t mqs_input_type(const mqs_conn *conn)
{
	return (uint8_t)(conn->input->held.ptr[conn->input->held_used] >> 4);
}

/* Takes the first packet that waits, valid until mqs_input_tidy(). False: there is none. */
bool mqs_input_take(mqs_conn *conn, mqs_bytes *packet);

/* Gives back what the packets taken have occupied. */
void mqs_input_tidy(mqs_conn *conn);
void mqs_input_clear(mqs_conn *conn);
void mqs_input_pool_clear(mqs_broker *broker);

/* ---- conn.c -------------------------------------------------------------------------------------------------- */

/* Puts the connection on the list that mqs_broker_next_ready() hands out. */
void mqs_conn_ready(mqs_conn *conn);

/* Frees those that linger: the broker goes. */
void mqs_conns_end(mqs_broker *broker);

/* Marks the connection for closing, with DISCONNECT for 5.0 clients when `tell`. Safe everywhere. */
void mqs_conn_doom(mqs_conn *conn, uint8_t reason, bool tell);

/* The same with properties for the DISCONNECT. */
void mqs_conn_dismiss(mqs_conn *conn, uint8_t reason, mqs_bytes props);

/* Answers a fault as the standard says: log, counter, DISCONNECT or CONNACK, closing. */
void mqs_conn_fault(mqs_conn *conn, const mqs_fault *fault);

/* Lets go of the session of a doomed connection. Not inside a loop over subscribers. */
void mqs_conn_finish(mqs_conn *conn, int64_t now_ms);

/* Handles one whole packet. packet [out] is where it is decoded. */
void mqs_conn_packet(mqs_conn *conn, mqs_packet *packet, mqs_bytes raw, int64_t now_ms);

/* Goes on with held packets after a decision. */
void mqs_conn_resume(mqs_conn *conn, int64_t now_ms);

/* Arms the timer for keep-alive and write deadline. */
void mqs_conn_arm(mqs_conn *conn, int64_t now_ms);

/* ---- work.c -------------------------------------------------------------------------------------------------- */

void mqs_work_init(
    mqs_work *work, mqs_broker *broker, mqs_conn *conn, mqs_event_kind kind, mqs_packet *packet, mqs_bytes raw);

/* Runs the steps until the reply went out or a decision is pending. The work may not be used afterwards. */
void mqs_work_run(mqs_work *work, int64_t now_ms);

/* Keeps a PUBLISH on the stack until its turn to be asked about comes. MQS_ERR_NOMEM: nothing happened. */
mqs_result mqs_work_wait(mqs_work *work);

/* Goes on with broker->outside.work, which was asked about: as mqs_work_run(). */
void mqs_work_answer(mqs_work *work, mqs_verdict verdict, int64_t now_ms);

/* The connection is gone: a decision that waits is cancelled. */
void mqs_work_cancel(mqs_work *work, uint8_t reason);

/* A pending decision's deadline. */
void mqs_work_expire(mqs_work *work, int64_t now_ms);

/* ---- parked.c: decisions that a connection waits for ------------------------------------------------------------ */

/* At the end of the list of its connection, and out of it. The latter does nothing when it is not in it. */
void mqs_parked_add(mqs_work *work);
void mqs_parked_remove(mqs_work *work);

/* May a PUBLISH join those that wait (of which there are some)? When not for max_parked_per_connection, it is counted.
 */
bool mqs_parked_admits(const mqs_conn *conn);

/* Is there a PUBLISH with this topic among those that wait? A QoS 2 one with this identifier? */
bool mqs_parked_has_topic(const mqs_conn *conn, mqs_bytes topic);
bool mqs_parked_has_id(const mqs_conn *conn, uint16_t packet_id);

/* The connection ends with this one, which is being handled: what stands behind it, not asked about, is dropped. */
void mqs_parked_drop_behind(mqs_work *work);

/* [borrowed] The first whose turn to be asked about has come, marked as running: mqs_work_run(). NULL: none. */
mqs_work *mqs_parked_take_next(mqs_conn *conn);

/* The connection is gone. */
void mqs_parked_cancel(mqs_conn *conn, uint8_t reason);

/* ---- connect.c, auth.c, disconnect --------------------------------------------------------------------------- */

void mqs_connect_begin(mqs_conn *conn, mqs_packet *packet, mqs_bytes raw, int64_t now_ms);
void mqs_connect_act(mqs_work *work, int64_t now_ms);
void mqs_connect_reply(mqs_work *work, int64_t now_ms);
void mqs_connect_refuse(mqs_conn *conn, uint8_t level, uint8_t reason, mqs_bytes props);
uint8_t mqs_connect_return_code(uint8_t reason);

void mqs_auth_begin(mqs_conn *conn, mqs_packet *packet, mqs_bytes raw, int64_t now_ms);
void mqs_auth_reply(mqs_work *work, int64_t now_ms);

/* ---- publish.c: from a client -------------------------------------------------------------------------------- */

void mqs_publish_begin(mqs_conn *conn, mqs_packet *packet, mqs_bytes raw, int64_t now_ms);
void mqs_publish_act(mqs_work *work, int64_t now_ms);
void mqs_publish_reply(mqs_work *work, int64_t now_ms);
void mqs_pubrel_handle(mqs_conn *conn, const mqs_ack *ack);

/* Forgets a QoS 2 identifier. False: it was not remembered. */
bool mqs_publish_forget(mqs_conn *conn, uint16_t packet_id);

/* The server cannot tell a 3.x client that it did not take its message, and closes the connection. */
void mqs_publish_give_up(mqs_conn *conn, uint8_t reason);

/* Is a message right that no client sent? props: decoded. */
bool mqs_publish_valid(mqs_broker *broker, const mqs_publish *message, mqs_props *props);

/* ---- session.c ----------------------------------------------------------------------------------------------- */

mqs_session *mqs_session_find(mqs_broker *broker, mqs_bytes client_id);
uint64_t mqs_session_number(const mqs_broker *broker, mqs_bytes client_id);
mqs_result mqs_session_create(mqs_broker *broker, mqs_bytes client_id, mqs_session **out);

/* Frees a session that has no connection; a waiting will is published first. */
void mqs_session_destroy(mqs_broker *broker, mqs_session *session, int64_t now_ms);

/* Frees without any effect on others: the broker goes down. */
void mqs_session_free(mqs_broker *broker, mqs_session *session);

/* The connection is gone: will, expiry. */
void mqs_session_detach(mqs_session *session, mqs_broker *broker, bool discard_will, int64_t now_ms);

mqs_result mqs_will_create(mqs_broker *broker, const mqs_connect *connect, mqs_will **out);
void mqs_will_free(mqs_broker *broker, mqs_will *will);

/* Takes the will off its session and publishes it. */
void mqs_will_publish(mqs_broker *broker, mqs_session *session, int64_t now_ms);

bool mqs_pid_set_has(const mqs_pid_set *set, uint16_t pid);
mqs_result mqs_pid_set_add(mqs_pid_set **set, const mqs_alloc *alloc, uint16_t pid);
void mqs_pid_set_remove(mqs_pid_set *set, uint16_t pid);
void mqs_pid_set_destroy(mqs_pid_set *set, const mqs_alloc *alloc);

/* ---- subscribe.c --------------------------------------------------------------------------------------------- */

void mqs_subscribe_begin(mqs_conn *conn, mqs_packet *packet, mqs_bytes raw, int64_t now_ms);
void mqs_subscribe_act(mqs_work *work, int64_t now_ms);
void mqs_subscribe_reply(mqs_work *work, int64_t now_ms);
void mqs_unsubscribe_begin(mqs_conn *conn, mqs_packet *packet, mqs_bytes raw, int64_t now_ms);
void mqs_unsubscribe_act(mqs_work *work, int64_t now_ms);
void mqs_unsubscribe_reply(mqs_work *work, int64_t now_ms);

/* A failure code, whatever was given. */
static inline uint8_t mqs_failure(uint8_t reason)
{
	return reason >= 0x80 ? reason : MQTT_RC_NOT_AUTHORIZED;
}

/* The reason code if this packet type may carry it, else the one of its kind that says least. */
static inline uint8_t mqs_reason_for(mqtt_packet_type type, uint8_t reason)
{
	if (mqs_reason_allowed(reason, type)) {
		return reason;
	}
	return reason >= 0x80 ? MQTT_RC_UNSPECIFIED_ERROR : MQTT_RC_SUCCESS;
}

#endif
