/* SPDX-License-Identifier: MIT
 *
 * src/cluster/frame.h - what members of a mesh say to each other: bytes to views and back. Pure: no socket, no clock,
 * no memory but the buffer given.
 *
 * A frame is a length (4 bytes, of all that follows), a type (1 byte) and a body. Numbers have their most significant
 * byte first. Names and filters that are not last in their frame have a length of 2 bytes before them.
 */
#ifndef MQS_CLUSTER_FRAME_H
#define MQS_CLUSTER_FRAME_H

#include "codec/codec.h"

#define MQS_CLUSTER_VERSION 1
#define MQS_CLUSTER_HEADER  5u
/* No frame is allowed to be longer, whatever the members' own limit: a PUBLISH of any size MQTT has room for. */
#define MQS_CLUSTER_FRAME_LIMIT (MQTT_VARINT_MAX + 3u * 65536u)
/* Members must take frames of at least this size: all frames but MESSAGE fit into it. */
#define MQS_CLUSTER_FRAME_LEAST 262144u

typedef enum mqs_cluster_type {
	MQS_CLUSTER_HELLO = 1,  /* the first frame of each side */
	MQS_CLUSTER_SYNCED,     /* all filters there are have been told; from now on they are changes */
	MQS_CLUSTER_FILTER,     /* so many clients here subscribe to a filter now */
	MQS_CLUSTER_MESSAGE,    /* for clients of the receiver */
	MQS_CLUSTER_ANSWER,     /* to MESSAGEs that asked for one */
	MQS_CLUSTER_CLAIM,      /* a client was accepted here */
	MQS_CLUSTER_DISCONNECT, /* disconnect a client, if you have it */
	MQS_CLUSTER_PING,       /* I am alive */
	MQS_CLUSTER_BYE,        /* the last frame: I leave */
	MQS_CLUSTER_TYPES
} mqs_cluster_type;

typedef struct mqs_cluster_hello {
	uint64_t origin;    /* number of the member, never 0 */
	int64_t id;         /* its process id, >= 0 */
	uint32_t max_frame; /* longest frame it takes, >= MQS_CLUSTER_FRAME_LEAST */
	uint32_t sessions;  /* that it has now */
} mqs_cluster_hello;

typedef struct mqs_cluster_filter {
	uint32_t members;
	mqs_bytes filter; /* a valid one of at most 65,535 bytes */
} mqs_cluster_filter;

typedef struct mqs_cluster_message {
	bool wants_answer, retain;
	uint8_t qos;
	mqs_bytes topic; /* a valid name of 1 to 65,535 bytes */
	mqs_bytes group; /* at most 65,535 bytes */
	mqs_bytes props, payload;
} mqs_cluster_message;

/* The messages that want an answer are counted from 1 on each link. This is the answer to all that have none yet, up to
 * that number. */
typedef struct mqs_cluster_answer {
	uint64_t upto;
	uint8_t reason;
} mqs_cluster_answer;

typedef struct mqs_cluster_claim {
	int64_t accepted_ms;
	uint64_t origin;
	mqs_bytes client_id; /* 1 to 65,535 bytes */
} mqs_cluster_claim;

typedef struct mqs_cluster_disconnect {
	uint8_t reason;
	bool discard;
	mqs_bytes client_id, props; /* at most 65,535 bytes each */
} mqs_cluster_disconnect;

typedef struct mqs_cluster_frame {
	mqs_cluster_type type;
	union {
		mqs_cluster_hello hello;
		mqs_cluster_filter filter;
		mqs_cluster_message message;
		mqs_cluster_answer answer;
		mqs_cluster_claim claim;
		mqs_cluster_disconnect disconnect;
	};
} mqs_cluster_frame;

/*
 * Looks at the header of the frame that starts `in`.
 *
 * max    longest frame to take, header included
 * total  [out] length of the whole frame; set with MQS_OK
 *
 * Returns MQS_OK (the header is whole, the frame may not be), MQS_NEED_MORE, MQS_ERR_LIMIT (longer than max),
 * MQS_ERR_MALFORMED (no length, no such type).
 */
mqs_result mqs_cluster_frame_peek(mqs_bytes in, size_t max, size_t *total);

/*
 * Decodes one whole frame.
 *
 * frame  [borrowed] exactly one frame, as measured by mqs_cluster_frame_peek(); the views in `out` point into it
 * what   [out] with an error: a static sentence
 *
 * Returns MQS_OK; MQS_ERR_MALFORMED; MQS_ERR_PROTOCOL for a HELLO of another version or of something else.
 */
mqs_result mqs_cluster_frame_decode(mqs_bytes frame, mqs_cluster_frame *out, const char **what);

/* Length of the encoded frame; 0: it cannot be encoded (a field is too long, or not what frame.h says it to be; the
 * form of filters and topics is not judged). */
size_t mqs_cluster_frame_size(const mqs_cluster_frame *frame);

/* Appends the frame. MQS_OK, MQS_ERR_INVALID (size 0), MQS_ERR_LIMIT, MQS_ERR_NOMEM: unchanged then. */
mqs_result mqs_cluster_frame_encode(const mqs_cluster_frame *frame, mqs_buffer *out);

#endif
