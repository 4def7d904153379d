/* SPDX-License-Identifier: MIT
 *
 * src/cluster/cluster_private.h - the mesh's own structs, and the functions its files call of each other.
 *
 * mesh.c    life, the calls of the home          directory.c  listening, finding others
 * member.c  what members say, the broker's bus   link.c       one connection: buffers, receipts
 * unix.c    system calls
 */
#ifndef MQS_CLUSTER_PRIVATE_H
#define MQS_CLUSTER_PRIVATE_H

#include "base/buffer.h"
#include "base/list.h"
#include "cluster/frame.h"
#include "cluster/mesh.h"

#define MESH_READ_BYTES     65536u
#define MESH_READS_PER_CALL 8u       /* of one link, before others get their turn */
#define MESH_LAST_READS     16u      /* calls, of a link that takes nothing any more */
#define MESH_ACCEPTS        32u      /* in one call */
#define MESH_KEEP_BYTES     262144u  /* a larger buffer is given back when it is empty */
#define MESH_PATH_MAX       100u     /* of a socket's name with its directory: sun_path has 104 bytes on some systems */
#define MESH_NAME_BYTES     48u      /* "<id>-<origin>.sock" and its end */
#define MESH_UNANSWERED_MAX 1048576u /* messages of one link */
#define MESH_LINKS_MAX      (MQS_PEERS_MAX + 64u)
#define MESH_SILENT_BEATS   3
#define MESH_TICK_MS        1000
#define MESH_TICK_LEAST_MS  10
#define MESH_AGAIN_MS       200 /* to the scan after a loss */
#define MESH_UNWATCHED_MS   50  /* between ticks when descriptors cannot be watched */

typedef enum mesh_link_state {
	MESH_GREETING, /* HELLO is awaited */
	MESH_MEMBER    /* HELLOs are exchanged, our filters are told */
} mesh_link_state;

/* A message whose answer is awaited. */
typedef struct mesh_receipt {
	uint64_t receipt; /* the broker's */
	int64_t asked_ms;
} mesh_receipt;

/* One connection. Owns the descriptor, the buffers and the broker's peer. */
typedef struct mesh_link {
	mqs_link link;  /* in mesh->links or mesh->doomed */
	mqs_link dirty; /* in mesh->dirty while it has output and the socket is not known to be full; in mesh->muted */
	mqs_mesh *mesh;
	int fd;
	unsigned watched;
	mesh_link_state state;
	bool initiator; /* we connected */
	bool doomed;    /* to be freed at the next safe point; nothing is said or heard any more */
	bool mute;      /* writing failed: what can be read is read, then it ends */
	bool abandoned; /* doomed although its other end may live and have clients */
	bool blocked;   /* the socket is full */
	bool synced;    /* it has told all its filters */
	uint64_t origin;
	int64_t id;
	uint32_t max_frame;     /* that it takes */
	uint32_t sessions_told; /* how many we said in our HELLO to have */
	mqs_peer *peer;         /* MESH_MEMBER only */
	mqs_buffer in;          /* a frame that has not arrived whole */
	mqs_buffer out;
	size_t sent;     /* bytes at the front of `out` that are written */
	size_t snapshot; /* bytes behind them that do not count against max_link_bytes */
	int64_t heard_ms, said_ms;
	mesh_receipt *ring; /* power of two */
	size_t ring_size, ring_head, ring_count;
	size_t timed_out; /* receipts at the head that have timed out */
	size_t fresh;     /* receipts at the end that have no time yet */
	uint64_t asked;   /* messages told with the wish for an answer */
	uint64_t received, answered;
	uint8_t answer; /* owed for messages answered + 1 to received */
} mesh_link;

struct mqs_mesh {
	const mqs_alloc *alloc;
	mqs_broker *broker;
	mqs_mesh_reactor reactor;
	size_t max_link_bytes;
	int64_t id, answer_timeout_ms, heartbeat_ms, tick_every_ms;
	uint64_t origin;
	char directory[MESH_PATH_MAX + 1];
	char name[MESH_NAME_BYTES];
	int listener;
	unsigned listener_watched;
	bool unwatched; /* some descriptor could not be watched */
	bool unreached; /* the last scan found a member it could not connect to */
	bool own_seen;  /* the running scan found our own socket */
	bool guest;     /* we have none */
	bool busy;      /* inside a call of the home */
	int64_t now_ms; /* of the running call */
	int64_t tick_ms, scan_ms;
	mqs_link links, doomed, dirty, muted;
	size_t link_count;
	uint8_t *scratch; /* MESH_READ_BYTES */
	mqs_mesh_stats stats;
};

/* ---- mesh.c -------------------------------------------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) void mqs_mesh_log(
    const mqs_mesh *mesh, mqs_log_level level, const char *format, ...);

/* Watches fd for these events; `*watched` remembers them. */
void mqs_mesh_watch(mqs_mesh *mesh, int fd, unsigned *watched, unsigned events);

/* The name of a member's socket. */
void mqs_mesh_name(char out[MESH_NAME_BYTES], int64_t id, uint64_t origin);

/* The link whose other end has this number, or NULL; doomed ones do not count. */
mesh_link *mqs_mesh_find(const mqs_mesh *mesh, uint64_t origin, const mesh_link *except);

/* ---- directory.c --------------------------------------------------------------------------------------------- */

/* Makes the own socket. False: told in `error`. */
bool mqs_mesh_listen(mqs_mesh *mesh, char *error, size_t error_size);

/* Closes it; its name stays. */
void mqs_mesh_unlisten(mqs_mesh *mesh);

/* Connects to all members that are not known, removes the sockets of dead ones, and makes the own anew if it is gone.
 */
void mqs_mesh_scan(mqs_mesh *mesh);

/* Takes connections that wait. */
void mqs_mesh_accept(mqs_mesh *mesh);

/* ---- link.c -------------------------------------------------------------------------------------------------- */

/* [owned by the mesh] Takes fd over in any case; NULL: out of memory. */
mesh_link *mqs_mesh_link_open(mqs_mesh *mesh, int fd, bool initiator, uint64_t origin);

/* The link ends at the next safe point. why: NULL when there is nothing to tell. `lost`: it is worth looking
 * soon whether it is there again. */
void mqs_mesh_link_doom(mesh_link *link, mqs_log_level level, const char *why, bool lost);

/* Closes the descriptor and frees it. The peer is closed unless `keep_peer`. */
void mqs_mesh_link_free(mesh_link *link, bool keep_peer);

/* Bytes that wait, those of the snapshot not counted. */
size_t mqs_mesh_link_waiting(const mesh_link *link);

/* Puts a frame behind the output. False: it was not said, and the link is doomed. */
bool mqs_mesh_link_say(mesh_link *link, const mqs_cluster_frame *frame);

/* The same with a message: false, and the link goes on, when there is no room for it. */
bool mqs_mesh_link_say_message(mesh_link *link, const mqs_cluster_frame *frame, uint64_t receipt);

/* One write. */
void mqs_mesh_link_write(mesh_link *link);

/* Reads at most `reads` times and hands each frame to mqs_mesh_member_hear(). */
void mqs_mesh_link_read(mesh_link *link, size_t reads);

/* The answer to all messages up to number `upto` that had none. False: there is no such message. */
bool mqs_mesh_link_answered(mesh_link *link, uint64_t upto, uint8_t reason);

/* Is there a message whose answer did not come in time? */
bool mqs_mesh_link_overdue(mesh_link *link);

/* Such messages count as refused. */
void mqs_mesh_link_expire(mesh_link *link);

/* ---- member.c ------------------------------------------------------------------------------------------------ */

/* The first word of whoever connected. */
void mqs_mesh_member_greet(mesh_link *link);

/* A frame arrived. May doom the link. */
void mqs_mesh_member_hear(mesh_link *link, mqs_bytes frame);

/* The last frame of a batch was heard: says the answers that are owed. */
void mqs_mesh_member_answer(mesh_link *link);

/* Says it to all members. */
void mqs_mesh_member_say_all(mqs_mesh *mesh, const mqs_cluster_frame *frame);

void mqs_mesh_member_bus(mqs_mesh *mesh, mqs_bus *out);

/* ---- unix.c -------------------------------------------------------------------------------------------------- */

#define MESH_IO_AGAIN  (-1)
#define MESH_IO_FAILED (-2)

typedef enum mesh_reach {
	MESH_REACHED,
	MESH_STALE, /* nobody listens there any more */
	MESH_LATER, /* its queue is full, or we are out of descriptors */
	MESH_FOREIGN
} mesh_reach;

/* Random bytes that no other process gets. False: the system has none. */
bool mqs_unix_random(void *out, size_t len);

/* Makes the directory if need be and looks whether it is good. */
bool mqs_unix_directory(const char *path, char *error, size_t error_size);

/* Descriptor of a socket that listens at directory/name, or -1. The name appears when it listens already. */
int mqs_unix_listen(const char *directory, const char *name, char *error, size_t error_size);

int mqs_unix_connect(const char *directory, const char *name, mesh_reach *reach);

/* MESH_IO_AGAIN: nobody is there. MESH_IO_FAILED: no descriptor is left. *foreign: it is of another user, and closed
 * already. */
int mqs_unix_accept(int listener, bool *foreign);

/* Bytes; 0: the end (reading); MESH_IO_AGAIN, MESH_IO_FAILED. */
int64_t mqs_unix_read(int fd, void *to, size_t size);
int64_t mqs_unix_write(int fd, const void *from, size_t size);
void mqs_unix_close(int fd);

/* Calls found() for each name in the directory. False: it cannot be read. */
bool mqs_unix_scan(const char *directory, void (*found)(void *ctx, const char *name), void *ctx);

void mqs_unix_remove(const char *directory, const char *name);

bool mqs_unix_exists(const char *directory, const char *name);

/* Removes the directory if it is empty. */
void mqs_unix_remove_directory(const char *directory);

#endif
