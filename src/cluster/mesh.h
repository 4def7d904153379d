/* SPDX-License-Identifier: MIT
 *
 * src/cluster/mesh.h - the mesh between the workers of one host: each member has a Unix stream socket in a common
 * directory and one connection to every other member. The mesh is the broker's bus (ports.h) as long as it is joined.
 *
 * One thread, one mesh per broker. No function may be called from a hook of the broker or from the mesh's own log. A
 * child process must not use the mesh of its parent: it drops it with mqs_mesh_abandon() and joins anew.
 *
 * now_ms is monotonic milliseconds of a clock that all workers of the host share (CLOCK_MONOTONIC), as given to the
 * broker.
 */
#ifndef MQS_CLUSTER_MESH_H
#define MQS_CLUSTER_MESH_H

#include "broker/broker.h"

typedef struct mqs_mesh mqs_mesh;

/* What a descriptor is watched for, and what happened to it. */
typedef enum { MQS_WATCH_READ = 1, MQS_WATCH_WRITE = 2 } mqs_watch_events;

/*
 * The event loop of the home.
 *
 * watch  call mqs_mesh_io() whenever fd is ready for `events` (level-triggered), instead of what was asked for it
 *        before. events 0: forget it, it is about to be closed (also one that
 *        could not be watched). False: this fd cannot be watched; then the mesh tries
 *        all its descriptors at each tick. NULL: the home calls mqs_mesh_poll() itself
 * log    one line, without payloads and passwords; [borrowed] for the call. May be NULL
 */
typedef struct mqs_mesh_reactor {
	void *ctx;
	bool (*watch)(void *ctx, int fd, unsigned events);
	void (*log)(void *ctx, mqs_log_level level, const char *text);
} mqs_mesh_reactor;

/* Numbers that are 0 mean the default. */
typedef struct mqs_mesh_config {
	const char
	    *directory; /* [borrowed] for the call; better absolute. Made with mode 0700 when missing (its parent must be
	                 * there); must be ours, and nobody else may write in it. With a name in it at most 100 bytes */
	int64_t id;     /* process id, for names and logs; >= 0 */
	size_t max_link_bytes;      /* what waits for one member; a message beyond is refused. Default 16 MiB, at least
	                             * 256 KiB; also the longest message, so not below the broker's max_packet_bytes.
	                             * The same for all members */
	uint32_t answer_timeout_ms; /* a message without an answer for so long counts as refused (0x97). Default 10 s */
	uint32_t heartbeat_ms;      /* a member silent for three of these is given up. Default 5 s */
	bool guest; /* without a socket of its own, for a process that only now and then has time: the others do not look
	             * for it. It looks for them when it is polled after a while. Guests do not know each other */
} mqs_mesh_config;

/*
 * Joins the members in the directory: listens, connects to all that are there, becomes the broker's bus.
 *
 * alloc    [borrowed] outlives the mesh
 * broker   [borrowed] outlives the mesh
 * config   copied
 * reactor  copied; what it points to outlives the mesh
 * out      [owned] mqs_mesh_leave()
 * error    [out] a sentence for the user when it failed
 *
 * Returns MQS_OK; MQS_ERR_INVALID (directory, or no Unix sockets on this system), MQS_ERR_NOMEM.
 */
mqs_result mqs_mesh_join(const mqs_alloc *alloc, mqs_broker *broker, const mqs_mesh_config *config,
    const mqs_mesh_reactor *reactor, int64_t now_ms, mqs_mesh **out, char *error, size_t error_size);

/*
 * Says good-bye, gives up all links, removes the own socket and, when it is empty, the directory; the broker has no bus
 * any more. What the sockets did not take at once is lost: see mqs_mesh_stats.waiting_bytes. NULL is allowed.
 */
void mqs_mesh_leave(mqs_mesh *mesh, int64_t now_ms);

/*
 * In a child after a fork: closes the descriptors and frees the memory that the child has inherited, says nothing to
 * anybody, and touches neither the directory nor the watches. The child's copy of the broker has no bus afterwards and
 * is good for mqs_broker_destroy() only. NULL is allowed.
 */
void mqs_mesh_abandon(mqs_mesh *mesh);

/* fd is ready. events: of mqs_watch_events; 0 counts as both. A descriptor that is not the mesh's is ignored. */
void mqs_mesh_io(mqs_mesh *mesh, int fd, unsigned events, int64_t now_ms);

/* After each call into the broker: one write to each link that has something to say. Reads nothing. */
void mqs_mesh_flush(mqs_mesh *mesh, int64_t now_ms);

/* Tries everything that may be ready, for homes that cannot watch descriptors. */
void mqs_mesh_poll(mqs_mesh *mesh, int64_t now_ms);

/* When mqs_mesh_tick() has something to do. May be early, never late, and becomes earlier when a link is lost. */
int64_t mqs_mesh_next_deadline(const mqs_mesh *mesh);

/* Heart-beats, members that came or fell silent, answers that did not come. */
void mqs_mesh_tick(mqs_mesh *mesh, int64_t now_ms);

/*
 * Asks all other workers for mqs_broker_disconnect(). Who asks does the same on its own broker.
 *
 * Returns MQS_OK; MQS_ERR_INVALID: client_id or props over 65,535 bytes.
 */
mqs_result mqs_mesh_disconnect(
    mqs_mesh *mesh, mqs_bytes client_id, uint8_t reason, mqs_bytes props, bool discard, int64_t now_ms);

/* Members that are known with all that their clients subscribe to. */
uint32_t mqs_mesh_peers(const mqs_mesh *mesh);

/* True when every member that was found in the directory is such a one: what is published now reaches them all. */
bool mqs_mesh_settled(const mqs_mesh *mesh);

#define MQS_MESH_STAT_MAP(X)                                                                                           \
	X(links)         /* open now, whatever their state */                                                              \
	X(waiting_bytes) /* now: what the sockets have not taken yet */                                                    \
	X(unanswered)    /* now: messages whose answer is awaited */                                                       \
	X(links_opened)                                                                                                    \
	X(links_lost)      /* without good-bye */                                                                          \
	X(links_silent)    /* of these, given up because nothing was heard */                                              \
	X(links_malformed) /* given up because of what was heard */                                                        \
	X(messages_out)                                                                                                    \
	X(messages_in)                                                                                                     \
	X(messages_refused) /* by deliver(): link full or gone */                                                          \
	X(answers_timed_out)                                                                                               \
	X(claims_out)                                                                                                      \
	X(claims_in)                                                                                                       \
	X(reads)                                                                                                           \
	X(writes)                                                                                                          \
	X(bytes_in)                                                                                                        \
	X(bytes_out)

typedef struct mqs_mesh_stats {
#define MQS_MESH_STAT_FIELD(name) uint64_t name;
	MQS_MESH_STAT_MAP(MQS_MESH_STAT_FIELD)
#undef MQS_MESH_STAT_FIELD
} mqs_mesh_stats;

void mqs_mesh_get_stats(const mqs_mesh *mesh, mqs_mesh_stats *out);

#endif
