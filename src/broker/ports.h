/* SPDX-License-Identifier: MIT
 *
 * src/broker/ports.h - what the broker needs from outside, as structs of functions. The core does not know who fills
 * them. Time is never a port: each call into the broker brings now_ms.
 */
#ifndef MQS_BROKER_PORTS_H
#define MQS_BROKER_PORTS_H

#include "codec/codec.h"

typedef struct mqs_broker mqs_broker;
typedef struct mqs_conn mqs_conn;

/* ---- decisions by handlers ---------------------------------------------------------------------------------- */

typedef enum mqs_event_kind {
	MQS_EVENT_CONNECT,
	MQS_EVENT_AUTH,
	MQS_EVENT_PUBLISH, /* also the will of a client */
	MQS_EVENT_SUBSCRIBE,
	MQS_EVENT_UNSUBSCRIBE,
	MQS_EVENT_PINGREQ,
	MQS_EVENT_DISCONNECT, /* the client said good-bye; cannot be denied */
	MQS_EVENT_CLOSE,      /* a connection that had been accepted is gone, for whatever reason; cannot be denied */
	MQS_EVENT_DELIVER,    /* a message is about to go to one client: phase BEFORE alone, and to be decided at once */
	MQS_EVENT_KINDS
} mqs_event_kind;

/* BEFORE the broker acts (and may be denied), or AFTER it acted and before the reply leaves (only CONNECT may be denied
 * there: it gets a CONNACK that refuses). */
typedef enum mqs_phase { MQS_PHASE_BEFORE, MQS_PHASE_AFTER } mqs_phase;

typedef enum mqs_verdict {
	MQS_ALLOW,
	MQS_DENY,        /* with reply->reason, or NOT_AUTHORIZED when that is no failure */
	MQS_DECIDE_LATER /* mqs_broker_resolve() with the event's ticket follows */
} mqs_verdict;

/*
 * What the broker is about to do and to answer. A hook changes it in place. Views that a hook puts in must live until
 * the hook's next call or, after MQS_DECIDE_LATER, during mqs_broker_resolve(): the broker copies what it keeps.
 */
typedef struct mqs_reply {
	uint8_t reason;       /* 5.0 code of CONNACK, PUBACK/PUBREC, AUTH; CLOSE: why it was closed. PUBLISH, phase AFTER:
	                       * 0 as long as peers have not answered */
	bool session_present; /* CONNACK, phase AFTER: as it will be sent */
	bool no_routing;      /* PUBLISH: acknowledge, but neither route nor retain; DELIVER: as if denied */
	bool close;           /* close the connection after the reply */
	mqs_bytes props;      /* raw properties added to the reply (5.0); dropped when they do not fit the client */
	mqs_bytes packet;     /* bytes that replace the broker's reply packet; empty: its own */
	uint8_t *codes;       /* SUBSCRIBE, UNSUBSCRIBE: one code an entry, changed in place. Phase BEFORE: requested QoS
	                       * (lower it, or set a failure code); AFTER: as it will be sent */
	uint32_t code_count;
	mqs_publish *publish; /* PUBLISH, phase BEFORE: the message that will be routed; may be changed (topic, payload,
	                       * qos, retain, props.raw with props decoded again by the broker); DELIVER: what this client
	                       * gets (payload, props.raw and a lower qos count); else NULL */
	mqs_bytes username;   /* CONNECT: the name the client is known by afterwards; starts as its user name */
	mqs_bytes client_id;  /* CONNECT: starts as the packet's; empty: the broker assigns one */
} mqs_reply;

typedef struct mqs_event {
	mqs_event_kind kind;
	mqs_phase phase;
	mqs_conn *conn; /* NULL for the will of a connection that is gone, and for DELIVER to an absent client */
	const mqs_packet
	    *packet;         /* [borrowed] for the call; NULL for CLOSE. A PUBLISH has its alias resolved; that of
	                      * DELIVER is a 5.0 one without packet identifier, QoS and RETAIN as the client gets them */
	mqs_bytes client_id; /* [borrowed] of the client, or of the will's client */
	mqs_bytes publisher; /* [borrowed] DELIVER: who published it; empty: the server, a client that is gone or one of
	                      * another worker */
	uint64_t ticket;     /* to resolve with, if the hook answers MQS_DECIDE_LATER; not 0 */
	mqs_reply *reply;    /* [borrowed] */
} mqs_event;

/*
 * Handlers. `wants` says which events are asked at all: an event without its bit costs nothing.
 *
 * DELIVER is asked once for each message and client: when a message was routed (or came from a peer), also if the
 * client is away and it will be queued, and for each retained message of a new subscription. Not for what is sent
 * again. It is asked when the packet that made the messages has been handled, so a hook may do here what it may do
 * anywhere; what it publishes is decided behind what waits already. MQS_DECIDE_LATER counts as MQS_DENY, and is logged.
 *
 * Packets of one connection are asked about one after the other, in their order. With publish_concurrency a PUBLISH is
 * asked about although the decisions on earlier ones of its connection are still to come, but for those that have the
 * same topic as they came. Acknowledgements leave in the order of the packets all the same.
 *
 * decide  may call any mqs_broker_* function, also publish and disconnect; must not call mqs_conn_receive() or
 *         mqs_conn_close() of any connection
 * kept    the event was kept under its ticket: until resolve or cancel it and what it shows live where it is now. Runs
 *         nothing in the broker. May be NULL
 * cancel  the ticket will never be used again: deadline passed, connection gone (the later resolve is ignored)
 */
typedef struct mqs_hooks {
	void *ctx;
	uint32_t wants[2];            /* by phase: bit 1 << mqs_event_kind */
	uint32_t publish_concurrency; /* PUBLISH packets of one connection that may wait for decisions at a time; 0 as 1 */
	mqs_verdict (*decide)(void *ctx, mqs_event *event);
	void (*kept)(void *ctx, mqs_event *event);
	void (*cancel)(void *ctx, uint64_t ticket, uint8_t reason);
} mqs_hooks;

/* ---- log ---------------------------------------------------------------------------------------------------- */

typedef enum mqs_log_level {
	MQS_LOG_DEBUG,
	MQS_LOG_INFO,
	MQS_LOG_NOTICE,
	MQS_LOG_WARNING,
	MQS_LOG_ERROR
} mqs_log_level;

/* One line. Payloads and passwords are never in it. All views and strings are [borrowed] for the call. */
typedef struct mqs_log_record {
	mqs_log_level level;
	const char *what;    /* static: "client connected", "malformed packet" */
	const char *clause;  /* static, or NULL */
	const char *detail;  /* static, or NULL: a fault's sentence */
	mqs_bytes client_id; /* may be empty */
	mqs_bytes peer;      /* may be empty */
	uint64_t conn_id;    /* 0: none */
	uint8_t reason;      /* mqtt_reason_code; 0: none */
	uint32_t offset;     /* of a fault */
} mqs_log_record;

typedef struct mqs_log {
	void *ctx;
	mqs_log_level least; /* records below are not made */
	void (*write)(void *ctx, const mqs_log_record *record);
} mqs_log;

/* ---- other workers ------------------------------------------------------------------------------------------ */

/* A message for clients of another worker. All views are [borrowed] for the call. */
typedef struct mqs_bus_message {
	mqs_bytes topic, payload;
	mqs_bytes props;  /* raw, as clients get them; Message Expiry Interval is what is left of it */
	mqs_bytes group;  /* "$share/name/filter": for one member of that group; empty: for all plain subscriptions */
	uint64_t receipt; /* to answer with mqs_peer_answer(); 0: no answer is wanted */
	uint8_t qos;
	bool retain; /* the flag as published */
} mqs_bus_message;

/*
 * The way to the other workers of the same server (see "peers" in broker.h). None of the functions may call back into
 * the broker. deliver NULL: there are no other workers.
 *
 * deliver         takes copies of what it keeps. False: the link is full or gone, nothing was taken
 * filter_changed  how many clients of this worker subscribe to a filter now; 0: none any more. Told for a plain filter
 *                 when the first comes and the last goes, for $share/... at each change. May be NULL
 * claim           a client with this identifier was accepted here at that time. May be NULL
 */
typedef struct mqs_bus {
	void *ctx;
	uint64_t origin; /* number of this worker, none has the same: for two claims of the same millisecond */
	bool (*deliver)(void *ctx, void *peer_user, const mqs_bus_message *message);
	void (*filter_changed)(void *ctx, mqs_bytes filter, uint32_t members);
	void (*claim)(void *ctx, mqs_bytes client_id, int64_t connected_ms);
} mqs_bus;

/* ---- all of them -------------------------------------------------------------------------------------------- */

typedef struct mqs_ports {
	mqs_hooks hooks;            /* wants all 0: no handler */
	mqs_log log;                /* write may be NULL */
	const char *server_version; /* static, for $SYS/broker/version; NULL: none */
	uint64_t hash_seed[2];      /* random, for the hash tables */
	void *random_ctx;
	void (*random)(void *ctx, void *out, size_t len); /* for assigned client identifiers */
	mqs_bus bus;                                      /* all NULL: no other workers; or mqs_broker_set_bus() later */
} mqs_ports;

#endif
