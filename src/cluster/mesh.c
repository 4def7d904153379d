/* SPDX-License-Identifier: MIT
 *
 * src/cluster/mesh.c - life of the mesh, and the calls of the home.
 * Owns: the links. Nothing is freed in the middle of a call: links are doomed, and
 * reap() at the end of each call lets them go.
 */
#include "cluster/cluster_private.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- small things -------------------------------------------------------------------------------------------- */

void mqs_mesh_log(const mqs_mesh *mesh, mqs_log_level level, const char *format, ...)
{
	char text[256];
	va_list args;
	if (!mesh->reactor.log) {
		return;
	}
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	mesh->reactor.log(mesh->reactor.ctx, level, text);
}

void mqs_mesh_watch(mqs_mesh *mesh, int fd, unsigned *watched, unsigned events)
{
	if (*watched == events || !mesh->reactor.watch) {
		return;
	}
	*watched = events;
	if (!mesh->reactor.watch(mesh->reactor.ctx, fd, events) && events && !mesh->unwatched) {
		mesh->unwatched = true;
		mqs_mesh_log(mesh, MQS_LOG_WARNING, "a descriptor cannot be watched: members are looked at from time to time");
	}
}

void mqs_mesh_name(char out[MESH_NAME_BYTES], int64_t id, uint64_t origin)
{
	snprintf(out, MESH_NAME_BYTES, "%lld-%016llx.sock", (long long)id, (unsigned long long)origin);
}

mesh_link *mqs_mesh_find(const mqs_mesh *mesh, uint64_t origin, const mesh_link *except)
{
	for (const mqs_link *at = mesh->links.next; at != &mesh->links; at = at->next) {
		mesh_link *link = MQS_CONTAINER(at, mesh_link, link);
		if (link->origin == origin && link != except) {
			return link;
		}
	}
	return NULL;
}

/* ---- letting go ---------------------------------------------------------------------------------------------- */

/* Writing to it failed, so its end is there to be read, behind the last it said. */
static void drain_muted(mqs_mesh *mesh)
{
	while (!mqs_list_empty(&mesh->muted)) {
		mesh_link *link = MQS_CONTAINER(mesh->muted.next, mesh_link, dirty);
		for (unsigned turn = 0; !link->doomed && turn < MESH_LAST_READS; turn++) {
			mqs_mesh_link_read(link, MESH_READS_PER_CALL);
		}
		mqs_mesh_link_doom(link, MQS_LOG_NOTICE, "takes nothing any more: given up", true);
	}
}

static void write_dirty(mqs_mesh *mesh)
{
	while (!mqs_list_empty(&mesh->dirty)) {
		mesh_link *link = MQS_CONTAINER(mesh->dirty.next, mesh_link, dirty);
		mqs_mesh_link_write(link);
	}
}

/* The end of each call: writes what there is to say, and lets go of links that are done. Closing a peer may give its
 * messages to others: the turns end because each takes a link away. */
static void settle(mqs_mesh *mesh)
{
	write_dirty(mesh);
	drain_muted(mesh);
	while (!mqs_list_empty(&mesh->doomed)) {
		mesh_link *link = MQS_CONTAINER(mesh->doomed.next, mesh_link, link);
		mqs_mesh_watch(mesh, link->fd, &link->watched, 0);
		mqs_mesh_link_free(link, false);
		write_dirty(mesh);
		drain_muted(mesh);
	}
}

/* False: the mesh is in a call already, from which the home was called; that one does the rest. */
static bool enter(mqs_mesh *mesh, int64_t now_ms)
{
	if (mesh->busy) {
		return false;
	}
	mesh->busy = true;
	mesh->now_ms = now_ms;
	return true;
}

static void leave(mqs_mesh *mesh)
{
	settle(mesh);
	mesh->busy = false;
}

/* ---- life ---------------------------------------------------------------------------------------------------- */

/* Copies the configuration. False: the directory's name is too long, told by the system call otherwise. */
static bool configure(mqs_mesh *mesh, const mqs_mesh_config *config)
{
	size_t len = config->directory ? strlen(config->directory) : 0;
	if (len == 0 || len >= sizeof(mesh->directory) || config->id < 0) {
		return false;
	}
	memcpy(mesh->directory, config->directory, len + 1);
	mesh->id = config->id;
	mesh->guest = config->guest;
	mesh->max_link_bytes = config->max_link_bytes ? config->max_link_bytes : (size_t)16 << 20;
	if (mesh->max_link_bytes < MQS_CLUSTER_FRAME_LEAST) {
		mesh->max_link_bytes = MQS_CLUSTER_FRAME_LEAST;
	}
	mesh->answer_timeout_ms = config->answer_timeout_ms ? config->answer_timeout_ms : 10000;
	mesh->heartbeat_ms = config->heartbeat_ms ? config->heartbeat_ms : 5000;
	int64_t every = mesh->heartbeat_ms < mesh->answer_timeout_ms ? mesh->heartbeat_ms : mesh->answer_timeout_ms;
	every = every / 2 < MESH_TICK_MS ? every / 2 : MESH_TICK_MS;
	mesh->tick_every_ms = every > MESH_TICK_LEAST_MS ? every : MESH_TICK_LEAST_MS;
	return true;
}

static void destroy(mqs_mesh *mesh)
{
	mqs_release(mesh->alloc, mesh->scratch);
	mqs_release(mesh->alloc, mesh);
}

mqs_result mqs_mesh_join(const mqs_alloc *alloc, mqs_broker *broker, const mqs_mesh_config *config,
    const mqs_mesh_reactor *reactor, int64_t now_ms, mqs_mesh **out, char *error, size_t error_size)
{
	mqs_mesh *mesh = mqs_acquire_zero(alloc, sizeof(*mesh));
	uint8_t *scratch = mesh ? mqs_acquire(alloc, MESH_READ_BYTES) : NULL;
	if (!scratch) {
		mqs_release(alloc, mesh);
		snprintf(error, error_size, "out of memory");
		return MQS_ERR_NOMEM;
	}
	mesh->alloc = alloc;
	mesh->broker = broker;
	mesh->reactor = *reactor;
	mesh->scratch = scratch;
	mesh->listener = -1;
	mesh->now_ms = now_ms;
	mqs_list_init(&mesh->links);
	mqs_list_init(&mesh->doomed);
	mqs_list_init(&mesh->dirty);
	mqs_list_init(&mesh->muted);
	if (!configure(mesh, config)) {
		snprintf(error, error_size, "no directory for the sockets of the mesh, or its path is too long");
		destroy(mesh);
		return MQS_ERR_INVALID;
	}
	if (!mqs_unix_directory(mesh->directory, error, error_size)) {
		destroy(mesh);
		return MQS_ERR_INVALID;
	}
	if (!mqs_unix_random(&mesh->origin, sizeof(mesh->origin)) || mesh->origin == 0) {
		snprintf(error, error_size, "the system gives no random number");
		destroy(mesh);
		return MQS_ERR_INVALID;
	}
	mqs_mesh_name(mesh->name, mesh->id, mesh->origin);
	mqs_bus bus;
	mqs_mesh_member_bus(mesh, &bus);
	mqs_result result = mqs_broker_set_bus(broker, &bus);
	if (result != MQS_OK) {
		snprintf(error, error_size, "out of memory");
		destroy(mesh);
		return result;
	}
	mesh->busy = true;
	if (!mqs_mesh_listen(mesh, error, error_size)) {
		mqs_broker_set_bus(broker, NULL);
		destroy(mesh);
		return MQS_ERR_INVALID;
	}
	mqs_mesh_scan(mesh);
	mesh->tick_ms = now_ms + (mesh->unwatched ? MESH_UNWATCHED_MS : mesh->tick_every_ms);
	leave(mesh);
	*out = mesh;
	return MQS_OK;
}

void mqs_mesh_leave(mqs_mesh *mesh, int64_t now_ms)
{
	if (!mesh) {
		return;
	}
	MQS_ASSERT(!mesh->busy);
	mesh->busy = true;
	mesh->now_ms = now_ms;
	const mqs_cluster_frame bye = {.type = MQS_CLUSTER_BYE};
	mqs_mesh_member_say_all(mesh, &bye);
	mqs_mesh_unlisten(mesh);
	mqs_unix_remove(mesh->directory, mesh->name);
	write_dirty(mesh);
	/* All at once, so that what one leaves behind is not told another that goes too. */
	while (!mqs_list_empty(&mesh->links)) {
		mqs_mesh_link_doom(MQS_CONTAINER(mesh->links.next, mesh_link, link), MQS_LOG_DEBUG, NULL, false);
	}
	settle(mesh);
	mqs_broker_set_bus(mesh->broker, NULL);
	mqs_unix_remove_directory(mesh->directory);
	destroy(mesh);
}

void mqs_mesh_abandon(mqs_mesh *mesh)
{
	if (!mesh) {
		return;
	}
	mqs_broker_set_bus(mesh->broker, NULL);
	mqs_link *lists[] = {&mesh->links, &mesh->doomed};
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		while (!mqs_list_empty(lists[i])) {
			mqs_mesh_link_free(MQS_CONTAINER(lists[i]->next, mesh_link, link), true);
		}
	}
	mqs_unix_close(mesh->listener);
	destroy(mesh);
}

/* ---- the calls of the home ----------------------------------------------------------------------------------- */

static void serve(mesh_link *link, unsigned events)
{
	if (events & MQS_WATCH_WRITE) {
		link->blocked = false;
		mqs_mesh_link_write(link);
	}
	if (events & MQS_WATCH_READ) {
		mqs_mesh_link_read(link, MESH_READS_PER_CALL);
	}
}

void mqs_mesh_io(mqs_mesh *mesh, int fd, unsigned events, int64_t now_ms)
{
	if (!enter(mesh, now_ms)) {
		return;
	}
	if (fd == mesh->listener && fd >= 0) {
		mqs_mesh_accept(mesh);
	}
	for (mqs_link *at = mesh->links.next; at != &mesh->links; at = at->next) {
		mesh_link *link = MQS_CONTAINER(at, mesh_link, link);
		if (link->fd == fd) {
			serve(link, events ? events : MQS_WATCH_READ | MQS_WATCH_WRITE);
			break;
		}
	}
	leave(mesh);
}

void mqs_mesh_flush(mqs_mesh *mesh, int64_t now_ms)
{
	if (enter(mesh, now_ms)) {
		leave(mesh);
	}
}

static void serve_all(mqs_mesh *mesh)
{
	mqs_mesh_accept(mesh);
	/* Serving one may doom another, so there is no "next" to hold on to: each goes behind the others when it has had
	 * its turn. */
	for (size_t turns = mesh->link_count; turns > 0 && !mqs_list_empty(&mesh->links); turns--) {
		mesh_link *link = MQS_CONTAINER(mesh->links.next, mesh_link, link);
		mqs_list_remove(&link->link);
		mqs_list_insert(&mesh->links, &link->link);
		serve(link, MQS_WATCH_READ | MQS_WATCH_WRITE);
	}
}

void mqs_mesh_poll(mqs_mesh *mesh, int64_t now_ms)
{
	if (enter(mesh, now_ms)) {
		uint64_t lost = mesh->stats.links_lost;
		serve_all(mesh);
		if (mesh->guest && mesh->stats.links_lost != lost) {
			mqs_mesh_scan(mesh); /* they have given it up, and what it says next is for them */
		}
		leave(mesh);
	}
}

int64_t mqs_mesh_next_deadline(const mqs_mesh *mesh)
{
	return mesh->tick_ms;
}

/* Guests are silent as a rule. */
static bool is_guest(const mesh_link *link)
{
	char name[MESH_NAME_BYTES];
	mqs_mesh_name(name, link->id, link->origin);
	return !mqs_unix_exists(link->mesh->directory, name);
}

/* Heart-beat and silence of one link. */
static void look_after(mesh_link *link)
{
	mqs_mesh *mesh = link->mesh;
	int64_t patience = mesh->heartbeat_ms * MESH_SILENT_BEATS;
	if (mesh->now_ms - link->heard_ms >= patience || mqs_mesh_link_overdue(link)) {
		/* We may be the one who has not listened. */
		mqs_mesh_link_read(link, MESH_READS_PER_CALL);
	}
	if (!link->doomed && mesh->now_ms - link->heard_ms >= patience) {
		mesh->stats.links_silent++;
		link->abandoned = true;
		mqs_mesh_link_doom(link, is_guest(link) ? MQS_LOG_DEBUG : MQS_LOG_WARNING, "is silent: given up", true);
	}
	if (link->doomed) {
		return;
	}
	mqs_mesh_link_expire(link);
	if (mesh->now_ms - link->said_ms >= mesh->heartbeat_ms && link->out.len == link->sent &&
	    link->state == MESH_MEMBER) {
		const mqs_cluster_frame ping = {.type = MQS_CLUSTER_PING};
		mqs_mesh_link_say(link, &ping);
	}
}

void mqs_mesh_tick(mqs_mesh *mesh, int64_t now_ms)
{
	if (now_ms < mesh->tick_ms || !enter(mesh, now_ms)) {
		return;
	}
	mesh->tick_ms = now_ms + (mesh->unwatched ? MESH_UNWATCHED_MS : mesh->tick_every_ms);
	if (mesh->listener >= 0 && !mesh->listener_watched) {
		mqs_mesh_watch(mesh, mesh->listener, &mesh->listener_watched, MQS_WATCH_READ);
	}
	if (mesh->unwatched) {
		serve_all(mesh);
	}
	for (size_t turns = mesh->link_count; turns > 0 && !mqs_list_empty(&mesh->links); turns--) {
		mesh_link *link = MQS_CONTAINER(mesh->links.next, mesh_link, link);
		mqs_list_remove(&link->link);
		mqs_list_insert(&mesh->links, &link->link);
		look_after(link);
	}
	if (now_ms >= mesh->scan_ms) {
		mqs_mesh_scan(mesh);
	}
	leave(mesh);
}

mqs_result mqs_mesh_disconnect(
    mqs_mesh *mesh, mqs_bytes client_id, uint8_t reason, mqs_bytes props, bool discard, int64_t now_ms)
{
	mqs_cluster_frame frame = {.type = MQS_CLUSTER_DISCONNECT};
	frame.disconnect = (mqs_cluster_disconnect){reason, discard, client_id, props};
	if (mqs_cluster_frame_size(&frame) == 0) {
		return MQS_ERR_INVALID;
	}
	bool outermost = enter(mesh, now_ms);
	mqs_mesh_member_say_all(mesh, &frame);
	if (outermost) {
		leave(mesh);
	}
	return MQS_OK;
}

/* ---- looking in ---------------------------------------------------------------------------------------------- */

uint32_t mqs_mesh_peers(const mqs_mesh *mesh)
{
	uint32_t count = 0;
	for (const mqs_link *at = mesh->links.next; at != &mesh->links; at = at->next) {
		count += MQS_CONTAINER(at, mesh_link, link)->synced ? 1 : 0;
	}
	return count;
}

bool mqs_mesh_settled(const mqs_mesh *mesh)
{
	return !mesh->unreached && mqs_mesh_peers(mesh) == mesh->link_count;
}

void mqs_mesh_get_stats(const mqs_mesh *mesh, mqs_mesh_stats *out)
{
	*out = mesh->stats;
	out->links = mesh->link_count;
	for (const mqs_link *at = mesh->links.next; at != &mesh->links; at = at->next) {
		const mesh_link *link = MQS_CONTAINER(at, mesh_link, link);
		out->waiting_bytes += link->out.len - link->sent;
		out->unanswered += link->ring_count - link->timed_out;
	}
}
