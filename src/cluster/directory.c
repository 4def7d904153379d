/* SPDX-License-Identifier: MIT
 *
 * src/cluster/directory.c - how members find each other: each has a socket in the common directory, whose name tells
 * its number. Who comes connects to all; later all look again from time to time, for what got lost.
 * Owns: the listening socket, its name.
 */
#include "cluster/cluster_private.h"

/* "<id>-<16 hexadecimal digits>.sock"; 0: some other name. */
static uint64_t origin_of(const char *name)
{
	size_t digits = strspn(name, "0123456789");
	if (digits == 0 || digits > 19 || name[digits] != '-' || strlen(name) != digits + 1 + 16 + 5 ||
	    strcmp(name + digits + 17, ".sock") != 0) {
		return 0;
	}
	uint64_t origin = 0;
	static const char hex[] = "0123456789abcdef";
	for (size_t i = digits + 1; i < digits + 17; i++) {
		const char *digit = memchr(hex, name[i], 16);
		if (!digit) {
			return 0;
		}
		origin = origin << 4 | (uint64_t)(digit - hex);
	}
	return origin;
}

static void found(void *ctx, const char *name)
{
	mqs_mesh *mesh = ctx;
	uint64_t origin = origin_of(name);
	if (origin == mesh->origin) {
		mesh->own_seen = true;
		return;
	}
	if (origin == 0 || mqs_mesh_find(mesh, origin, NULL)) {
		return;
	}
	mesh_reach reach = MESH_LATER;
	int fd = mesh->link_count < MESH_LINKS_MAX ? mqs_unix_connect(mesh->directory, name, &reach) : -1;
	if (reach == MESH_STALE) {
		mqs_unix_remove(mesh->directory, name);
		mqs_mesh_log(mesh, MQS_LOG_DEBUG, "%s: nobody listens there any more", name);
	} else if (reach == MESH_REACHED) {
		mesh_link *link = mqs_mesh_link_open(mesh, fd, true, origin);
		if (link) {
			mqs_mesh_member_greet(link);
		} else {
			mesh->unreached = true;
		}
	} else {
		mesh->unreached = true;
		bool foreign = reach == MESH_FOREIGN;
		mqs_mesh_log(mesh, foreign ? MQS_LOG_WARNING : MQS_LOG_DEBUG, "%s: %s", name,
		    foreign ? "a socket of another user" : "cannot be reached now");
	}
}

bool mqs_mesh_listen(mqs_mesh *mesh, char *error, size_t error_size)
{
	if (mesh->guest) {
		return true;
	}
	if (!mqs_unix_directory(mesh->directory, error, error_size)) {
		return false;
	}
	int fd = mqs_unix_listen(mesh->directory, mesh->name, error, error_size);
	if (fd < 0) {
		return false;
	}
	mesh->listener = fd;
	mqs_mesh_watch(mesh, fd, &mesh->listener_watched, MQS_WATCH_READ);
	return true;
}

void mqs_mesh_unlisten(mqs_mesh *mesh)
{
	if (mesh->listener >= 0) {
		mqs_mesh_watch(mesh, mesh->listener, &mesh->listener_watched, 0);
		mqs_unix_close(mesh->listener);
		mesh->listener = -1;
		mesh->listener_watched = 0;
	}
}

/* Somebody has cleaned up, and taken our socket away or the whole directory: newcomers could not find us. */
static void listen_again(mqs_mesh *mesh)
{
	char error[200];
	mqs_mesh_unlisten(mesh);
	if (mqs_mesh_listen(mesh, error, sizeof(error))) {
		mqs_mesh_log(mesh, MQS_LOG_NOTICE, "our socket %s was removed and is made anew", mesh->name);
	} else {
		mesh->unreached = true;
		mqs_mesh_log(mesh, MQS_LOG_ERROR, "our socket was removed: %s", error);
	}
}

void mqs_mesh_scan(mqs_mesh *mesh)
{
	mesh->unreached = false;
	mesh->own_seen = false;
	mesh->scan_ms = mesh->now_ms + mesh->heartbeat_ms / 2;
	bool there = mqs_unix_scan(mesh->directory, found, mesh);
	if (!mesh->guest && (!there || !mesh->own_seen)) {
		listen_again(mesh);
	}
}

void mqs_mesh_accept(mqs_mesh *mesh)
{
	bool foreign;
	for (unsigned i = 0; i < MESH_ACCEPTS && mesh->listener >= 0; i++) {
		int fd = mqs_unix_accept(mesh->listener, &foreign);
		if (foreign) {
			mqs_mesh_log(mesh, MQS_LOG_WARNING, "a process of another user was refused");
			continue;
		}
		if (fd == MESH_IO_FAILED) {
			/* No descriptor is left: asked again at the next tick, lest the loop turns for nothing. */
			mqs_mesh_watch(mesh, mesh->listener, &mesh->listener_watched, 0);
			mqs_mesh_log(mesh, MQS_LOG_ERROR, "no descriptor is left for a member that connects");
		}
		if (fd < 0) {
			return;
		}
		if (mesh->link_count >= MESH_LINKS_MAX) {
			mqs_unix_close(fd);
			mqs_mesh_log(mesh, MQS_LOG_ERROR, "too many members: one that connects is refused");
		} else {
			mqs_mesh_link_open(mesh, fd, false, 0);
		}
	}
}
