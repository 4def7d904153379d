/* SPDX-License-Identifier: MIT
 *
 * src/cluster/link.c - one connection between two members: output that is gathered and written at once, input that is
 * cut into frames, and the receipts of messages that wait for an answer.
 * Owns: the descriptor, both buffers, the ring of receipts, the broker's peer.
 */
#include "cluster/cluster_private.h"

#define RING_FIRST 64u
/* Output has no fixed end: what is said is bounded by mqs_mesh_link_say(). */
#define OUT_LIMIT (SIZE_MAX / 4)

/* ---- life ---------------------------------------------------------------------------------------------------- */

mesh_link *mqs_mesh_link_open(mqs_mesh *mesh, int fd, bool initiator, uint64_t origin)
{
	mesh_link *link = mqs_acquire_zero(mesh->alloc, sizeof(*link));
	if (!link) {
		mqs_unix_close(fd);
		return NULL;
	}
	link->mesh = mesh;
	link->fd = fd;
	link->initiator = initiator;
	link->origin = origin;
	link->max_frame = MQS_CLUSTER_FRAME_LEAST;
	link->heard_ms = link->said_ms = mesh->now_ms;
	mqs_buffer_init(&link->in, mesh->alloc, mesh->max_link_bytes);
	mqs_buffer_init(&link->out, mesh->alloc, OUT_LIMIT);
	mqs_list_init(&link->dirty);
	mqs_list_insert(&mesh->links, &link->link);
	mesh->link_count++;
	mesh->stats.links_opened++;
	mqs_mesh_watch(mesh, fd, &link->watched, MQS_WATCH_READ);
	return link;
}

void mqs_mesh_link_doom(mesh_link *link, mqs_log_level level, const char *why, bool lost)
{
	mqs_mesh *mesh = link->mesh;
	if (link->doomed) {
		return;
	}
	link->doomed = true;
	mqs_list_remove(&link->link);
	mqs_list_insert(&mesh->doomed, &link->link);
	mqs_list_remove(&link->dirty);
	mesh->link_count--;
	if (why) {
		mqs_mesh_log(mesh, level, "member %lld: %s", (long long)link->id, why);
	}
	if (lost) {
		mesh->stats.links_lost += link->state == MESH_MEMBER ? 1 : 0;
		/* It may be alive, and only the connection is gone. */
		if (mesh->scan_ms > mesh->now_ms + MESH_AGAIN_MS) {
			mesh->scan_ms = mesh->now_ms + MESH_AGAIN_MS;
		}
		if (mesh->tick_ms > mesh->scan_ms) {
			mesh->tick_ms = mesh->scan_ms;
		}
	}
}

void mqs_mesh_link_free(mesh_link *link, bool keep_peer)
{
	mqs_mesh *mesh = link->mesh;
	mqs_list_remove(&link->link);
	mqs_list_remove(&link->dirty);
	mqs_unix_close(link->fd);
	mqs_peer *peer = link->peer;
	link->peer = NULL;
	if (peer && !keep_peer) {
		(link->abandoned ? mqs_peer_give_up : mqs_peer_close)(peer, mesh->now_ms);
	}
	mqs_buffer_clear(&link->in);
	mqs_buffer_clear(&link->out);
	mqs_release(mesh->alloc, link->ring);
	mqs_release(mesh->alloc, link);
}

/* ---- output -------------------------------------------------------------------------------------------------- */

size_t mqs_mesh_link_waiting(const mesh_link *link)
{
	return link->out.len - link->sent - link->snapshot;
}

static void note_output(mesh_link *link)
{
	if (!link->blocked && !mqs_list_linked(&link->dirty)) {
		mqs_list_insert(&link->mesh->dirty, &link->dirty);
	}
}

/* Written bytes at the front are given up when they are most of the buffer, so that each byte is moved once at most. */
static void make_room(mesh_link *link)
{
	if (link->sent > MESH_KEEP_BYTES && link->sent >= link->out.len / 2) {
		mqs_buffer_consume(&link->out, link->sent);
		link->sent = 0;
	}
}

bool mqs_mesh_link_say(mesh_link *link, const mqs_cluster_frame *frame)
{
	if (link->doomed || link->mute) {
		return false;
	}
	/* Unlike a message nothing of this can be left out. Who has not read twice the limit will not read the rest. */
	if (mqs_mesh_link_waiting(link) / 2 > link->mesh->max_link_bytes) {
		link->abandoned = true;
		mqs_mesh_link_doom(link, MQS_LOG_WARNING, "does not read: given up", true);
		return false;
	}
	make_room(link);
	if (mqs_cluster_frame_encode(frame, &link->out) != MQS_OK) {
		link->abandoned = true;
		mqs_mesh_link_doom(link, MQS_LOG_ERROR, "no memory for what it is to be told: given up", true);
		return false;
	}
	note_output(link);
	return true;
}

/* Room for one more receipt. */
static bool ring_reserve(mesh_link *link)
{
	if (link->ring_count < link->ring_size) {
		return true;
	}
	size_t size = link->ring_size ? link->ring_size * 2 : RING_FIRST;
	mesh_receipt *ring = size > MESH_UNANSWERED_MAX ? NULL : mqs_acquire(link->mesh->alloc, size * sizeof(*ring));
	if (!ring) {
		return false;
	}
	for (size_t i = 0; i < link->ring_count; i++) {
		ring[i] = link->ring[(link->ring_head + i) & (link->ring_size - 1)];
	}
	mqs_release(link->mesh->alloc, link->ring);
	link->ring = ring;
	link->ring_size = size;
	link->ring_head = 0;
	return true;
}

bool mqs_mesh_link_say_message(mesh_link *link, const mqs_cluster_frame *frame, uint64_t receipt)
{
	size_t size = mqs_cluster_frame_size(frame);
	if (link->doomed || link->mute || size == 0 || size > link->max_frame ||
	    mqs_mesh_link_waiting(link) + size > link->mesh->max_link_bytes || (receipt && !ring_reserve(link))) {
		return false;
	}
	make_room(link);
	if (mqs_cluster_frame_encode(frame, &link->out) != MQS_OK) {
		return false;
	}
	if (receipt) {
		size_t at = (link->ring_head + link->ring_count++) & (link->ring_size - 1);
		link->ring[at] = (mesh_receipt){receipt, 0};
		link->asked++;
		link->fresh++;
	}
	note_output(link);
	return true;
}

static void forget_output(mesh_link *link)
{
	link->out.len = link->sent = link->snapshot = 0;
	if (link->out.capacity > MESH_KEEP_BYTES) {
		mqs_buffer_clear(&link->out);
	}
}

void mqs_mesh_link_write(mesh_link *link)
{
	mqs_mesh *mesh = link->mesh;
	if (link->mute) {
		return;
	}
	mqs_list_remove(&link->dirty);
	size_t size = link->out.len - link->sent;
	if (link->doomed || size == 0) {
		return;
	}
	int64_t written = mqs_unix_write(link->fd, link->out.ptr + link->sent, size);
	mesh->stats.writes++;
	if (written == MESH_IO_FAILED) {
		/* The other end is closed. It may have said something before, its good-bye perhaps. */
		link->mute = true;
		mqs_list_insert(&mesh->muted, &link->dirty);
		forget_output(link);
		return;
	}
	if (written > 0) {
		link->sent += (size_t)written;
		link->snapshot -= (size_t)written < link->snapshot ? (size_t)written : link->snapshot;
		link->said_ms = mesh->now_ms;
		mesh->stats.bytes_out += (uint64_t)written;
	}
	link->blocked = link->sent < link->out.len;
	if (!link->blocked) {
		forget_output(link);
	}
	mqs_mesh_watch(mesh, link->fd, &link->watched, MQS_WATCH_READ | (link->blocked ? MQS_WATCH_WRITE : 0u));
}

/* ---- input --------------------------------------------------------------------------------------------------- */

static void malformed(mesh_link *link, const char *why)
{
	link->mesh->stats.links_malformed++;
	link->abandoned = true;
	mqs_mesh_link_doom(link, MQS_LOG_ERROR, why, false);
}

/* Looks at the frame that starts `in`. False: not whole; the link may be doomed. */
static bool measure(mesh_link *link, mqs_bytes in, size_t *total)
{
	/* A stranger's first frame is a short one. */
	size_t max = link->state == MESH_MEMBER ? link->mesh->max_link_bytes : 64;
	mqs_result result = mqs_cluster_frame_peek(in, max, total);
	if (result == MQS_ERR_LIMIT) {
		malformed(link, "a frame is too long: given up");
	} else if (result == MQS_ERR_MALFORMED) {
		malformed(link, "no frame of a mesh: given up");
	}
	return result == MQS_OK;
}

/* Moves bytes from `in` to the frame that is collected, until that has `want`. */
static void collect(mesh_link *link, mqs_bytes *in, size_t want)
{
	size_t count = want - link->in.len < in->len ? want - link->in.len : in->len;
	if (mqs_buffer_append(&link->in, mqs_bytes_make(in->ptr, count)) != MQS_OK) {
		link->abandoned = true;
		mqs_mesh_link_doom(link, MQS_LOG_ERROR, "no memory for what it says: given up", true);
		return;
	}
	*in = mqs_bytes_make(in->ptr + count, in->len - count);
}

/* Goes on with a frame of which a part came before. */
static void continue_frame(mesh_link *link, mqs_bytes *in)
{
	size_t total;
	if (link->in.len < MQS_CLUSTER_HEADER) {
		collect(link, in, MQS_CLUSTER_HEADER);
	}
	if (link->doomed || link->in.len < MQS_CLUSTER_HEADER || !measure(link, mqs_buffer_view(&link->in), &total)) {
		return;
	}
	collect(link, in, total);
	if (!link->doomed && link->in.len == total) {
		mqs_mesh_member_hear(link, mqs_buffer_view(&link->in));
		link->in.len = 0;
		if (link->in.capacity > MESH_KEEP_BYTES) {
			mqs_buffer_clear(&link->in);
		}
	}
}

static void feed(mesh_link *link, mqs_bytes in)
{
	while (in.len > 0 && !link->doomed) {
		size_t total;
		if (link->in.len > 0) {
			continue_frame(link, &in);
		} else if (measure(link, in, &total) && total <= in.len) {
			mqs_mesh_member_hear(link, mqs_bytes_make(in.ptr, total));
			in = mqs_bytes_make(in.ptr + total, in.len - total);
		} else if (!link->doomed) {
			collect(link, &in, in.len);
		}
	}
}

void mqs_mesh_link_read(mesh_link *link, size_t reads)
{
	mqs_mesh *mesh = link->mesh;
	int64_t count = MESH_READ_BYTES;
	/* A guest cannot wait for being told that there is more, perhaps the end. */
	for (size_t i = 0; i < reads && count >= (mesh->guest ? 1 : MESH_READ_BYTES) && !link->doomed; i++) {
		count = mqs_unix_read(link->fd, mesh->scratch, MESH_READ_BYTES);
		mesh->stats.reads++;
		if (count > 0) {
			link->heard_ms = mesh->now_ms;
			mesh->stats.bytes_in += (uint64_t)count;
			feed(link, mqs_bytes_make(mesh->scratch, (size_t)count));
		}
	}
	if (!link->doomed) {
		mqs_mesh_member_answer(link);
	}
	if (count == 0 || count == MESH_IO_FAILED) {
		/* Who connected at the same time as we did drops one of the two connections before any HELLO. */
		bool member = link->state == MESH_MEMBER;
		/* Of a guest that was away everybody has lost hope. */
		mqs_mesh_link_doom(link, mesh->guest ? MQS_LOG_DEBUG : MQS_LOG_NOTICE,
		    member ? "is gone without good-bye" : NULL, member || link->initiator);
	}
}

/* ---- receipts ------------------------------------------------------------------------------------------------ */

bool mqs_mesh_link_answered(mesh_link *link, uint64_t upto, uint8_t reason)
{
	uint64_t first = link->asked - link->ring_count + 1;
	if (upto < first || upto > link->asked) {
		return false;
	}
	/* An answer may let a client go on, and so bring new messages into the ring: it is looked at anew each time. */
	for (uint64_t number = first; number <= upto; number++) {
		uint64_t receipt = link->ring[link->ring_head].receipt;
		link->ring_head = (link->ring_head + 1) & (link->ring_size - 1);
		link->ring_count--;
		if (link->timed_out > 0) {
			link->timed_out--;
		} else {
			mqs_peer_answer(link->peer, receipt, reason, link->mesh->now_ms);
		}
	}
	return true;
}

/* The broker does not tell the time with a message: those since the last look count from now. */
static void stamp(mesh_link *link)
{
	size_t count = link->fresh < link->ring_count ? link->fresh : link->ring_count;
	link->fresh = 0;
	for (size_t i = link->ring_count - count; i < link->ring_count; i++) {
		link->ring[(link->ring_head + i) & (link->ring_size - 1)].asked_ms = link->mesh->now_ms;
	}
}

bool mqs_mesh_link_overdue(mesh_link *link)
{
	stamp(link);
	if (link->timed_out >= link->ring_count) {
		return false;
	}
	const mesh_receipt *oldest = &link->ring[(link->ring_head + link->timed_out) & (link->ring_size - 1)];
	return link->mesh->now_ms - oldest->asked_ms >= link->mesh->answer_timeout_ms;
}

void mqs_mesh_link_expire(mesh_link *link)
{
	mqs_mesh *mesh = link->mesh;
	for (size_t left = link->ring_count; left > 0 && mqs_mesh_link_overdue(link); left--) {
		size_t at = (link->ring_head + link->timed_out) & (link->ring_size - 1);
		uint64_t receipt = link->ring[at].receipt;
		link->timed_out++;
		mesh->stats.answers_timed_out++;
		mqs_peer_answer(link->peer, receipt, MQTT_RC_QUOTA_EXCEEDED, mesh->now_ms);
	}
}
