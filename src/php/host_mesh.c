/* SPDX-License-Identifier: MIT
 *
 * src/php/host_mesh.c - the other workers of a host: joining them once per process, by the loop of the host where it
 * has one, else by trying at each entry.
 * Owns: the mesh, and what is to be said to it when the broker has been left.
 */
#include "host_private.h"
#include "cluster/mesh.h"
#include "zend_exceptions.h"
#include "main/php_open_temporary_file.h"
#include <uv.h>
#ifndef PHP_WIN32
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

/* Of directories, behind it: the user, the process above the workers, something that tells servers apart. */
#define MESH_PREFIX "mqs-"

#define AWAIT_STEP_US 500
#define AWAIT_STEPS   600

static const mqs_bytes nobody = {NULL, 0};

/* A client that the other workers are asked to disconnect, behind the hook that wants it. */
typedef struct host_kick {
	zend_string *client_id, *props; /* [owned] */
	uint8_t reason;
	bool discard;
	struct host_kick *next;
} host_kick;

/* ---- the ports of the mesh ------------------------------------------------------------------------------------ */

static bool watch(void *ctx, int fd, unsigned events)
{
	php_mqs_host *host = ctx;
	return host->silent || php_mqs_reactor_watch(host, fd, events & MQS_WATCH_READ, events & MQS_WATCH_WRITE);
}

static void write_log(void *ctx, mqs_log_level level, const char *text)
{
	php_mqs_host *host = ctx;
	php_mqs_log_line(host->server, level, text, nobody);
}

/* ---- what others left behind --------------------------------------------------------------------------------- */

#ifndef PHP_WIN32

static bool is_alive(long pid)
{
	return pid <= 0 || kill((pid_t)pid, 0) == 0 || errno != ESRCH;
}

/* [owned] A directory in another one, if it is our own: others may write to the one for temporary files. */
static DIR *open_own(DIR *parent, const char *name)
{
	struct stat found;
	int fd = openat(dirfd(parent), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *directory = fd >= 0 && fstat(fd, &found) == 0 && found.st_uid == geteuid() ? fdopendir(fd) : NULL;
	if (!directory && fd >= 0) {
		close(fd);
	}
	return directory;
}

/* Does a directory of a mesh hold no socket of a process that lives? Sockets are named by their processes. */
static bool is_deserted(DIR *directory)
{
	bool deserted = true;
	struct dirent *entry;
	while (deserted && (entry = readdir(directory)) != NULL) {
		deserted = entry->d_name[0] == '.' || !is_alive(atol(entry->d_name));
	}
	rewinddir(directory);
	return deserted;
}

static void remove_sockets(DIR *directory)
{
	struct dirent *entry;
	while ((entry = readdir(directory)) != NULL) {
		size_t len = strlen(entry->d_name);
		if (len > 5 && strcmp(entry->d_name + len - 5, ".sock") == 0) {
			unlinkat(dirfd(directory), entry->d_name, 0);
		}
	}
}

static void remove_deserted(DIR *parent, const char *name)
{
	DIR *directory = open_own(parent, name);
	if (!directory) {
		return;
	}
	bool deserted = is_deserted(directory);
	if (deserted) {
		remove_sockets(directory);
	}
	closedir(directory);
	if (deserted) {
		unlinkat(dirfd(parent), name, AT_REMOVEDIR);
	}
}

/* Workers that were killed do not tidy up: directories of servers none of whose processes lives any more go. Not the
 * `own` one, which another worker may have made just now. */
static void tidy_up(const char *temporary, const char *own)
{
	char prefix[64];
	int len = snprintf(prefix, sizeof(prefix), MESH_PREFIX "%lu-", (unsigned long)geteuid());
	const char *slash = strrchr(own, '/');
	DIR *parent = opendir(temporary);
	struct dirent *entry;
	while (parent && (entry = readdir(parent)) != NULL) {
		if (strncmp(entry->d_name, prefix, (size_t)len) == 0 && !is_alive(atol(entry->d_name + len)) &&
		    (!slash || strcmp(entry->d_name, slash + 1) != 0)) {
			remove_deserted(parent, entry->d_name);
		}
	}
	if (parent) {
		closedir(parent);
	}
}

static unsigned long user_number(void)
{
	return (unsigned long)geteuid();
}

#else

static void tidy_up(const char *temporary, const char *own)
{
	(void)temporary;
	(void)own;
}

static unsigned long user_number(void)
{
	return 0;
}

#endif

/* ---- joining -------------------------------------------------------------------------------------------------- */

/*
 * The directory that all workers of this server know: named by the process that constructed it, which is the parent of
 * all; or, when each worker constructs its own, by the parent that the host tells.
 */
static void name_directory(const php_mqs_host *host, char *out, size_t size)
{
	const php_mqs_server *server = host->server;
	const char *temporary = php_get_temporary_directory();
	if (server->born_pid == host->pid && host->parent_pid > 0) {
		snprintf(out, size, "%s/" MESH_PREFIX "%lu-" ZEND_LONG_FMT "-%08" PRIx32, temporary, user_number(),
		    host->parent_pid, (uint32_t)zend_string_hash_func(server->options.name));
	} else {
		snprintf(out, size, "%s/" MESH_PREFIX "%lu-%d-%08" PRIx32, temporary, user_number(), server->born_pid,
		    (uint32_t)server->born_at);
	}
}

static void join(php_mqs_host *host)
{
	php_mqs_server *server = host->server;
	char directory[1024], error[256] = "";
	name_directory(host, directory, sizeof(directory));
	tidy_up(php_get_temporary_directory(), directory);
	host->mesh_watched = php_mqs_reactor_watches(host);
	mqs_mesh_config config = {
	    .directory = directory,
	    .id = host->pid,
	    /* Such a process takes no connections, and has no time but while it publishes. */
	    .guest = host->reactor.kind != HOST_PLAIN && !host->reactor_on,
	    .max_link_bytes = MAX((size_t)16 << 20, (size_t)server->options.broker.max_packet_bytes * 2),
	};
	mqs_mesh_reactor reactor = {.ctx = host, .watch = host->mesh_watched ? watch : NULL, .log = write_log};
	php_mqs_host_core_enter(server);
	mqs_result result = mqs_mesh_join(&php_mqs_alloc, server->broker, &config, &reactor, php_mqs_server_now_ms(server),
	    &host->mesh, error, sizeof(error));
	php_mqs_host_core_leave(server);
	if (result != MQS_OK) {
		host->mesh = NULL;
		php_mqs_log_format(server, MQS_LOG_ERROR, nobody,
		    "This worker does not hear of the others: %s (let sys_temp_dir name a directory of this user's, by a short "
		    "path)",
		    *error ? error : mqs_result_name(result));
	}
}

static void poll(php_mqs_host *host)
{
	int64_t now_ms = php_mqs_server_now_ms(host->server);
	php_mqs_host_core_enter(host->server);
	mqs_mesh_poll(host->mesh, now_ms);
	mqs_mesh_flush(host->mesh, now_ms);
	php_mqs_host_core_leave(host->server);
}

void php_mqs_host_mesh_await(php_mqs_host *host)
{
	if (!host->mesh || (host->mesh_watched && host->mesh_awaited)) {
		return;
	}
	host->mesh_awaited = true;
	if (!host->mesh_watched) {
		php_mqs_host_mesh_tick(host, php_mqs_server_now_ms(host->server));
		poll(host);
	}
	for (int i = 0; i < AWAIT_STEPS && !mqs_mesh_settled(host->mesh); i++) {
		usleep(AWAIT_STEP_US);
		poll(host);
	}
}

void php_mqs_host_mesh_join(php_mqs_host *host)
{
	if (EXPECTED(host->mesh_tried) || !host->reactor_on || host->stopped) {
		return;
	}
	host->mesh_tried = true;
	join(host);
	/* What the first client publishes is to reach the others already. */
	php_mqs_host_mesh_await(host);
}

void php_mqs_host_mesh_join_blind(php_mqs_host *host)
{
	if (!host->mesh_tried && !host->stopped && host->server->born_pid != host->pid) {
		host->mesh_tried = true;
		join(host);
	}
}

static void kick_free(host_kick *kick)
{
	zend_string_release(kick->client_id);
	zend_string_release(kick->props);
	efree(kick);
}

static void forget_kicks(php_mqs_host *host)
{
	while (host->kicks) {
		host_kick *kick = host->kicks;
		host->kicks = kick->next;
		kick_free(kick);
	}
}

void php_mqs_host_mesh_leave(php_mqs_host *host)
{
	mqs_mesh *mesh = host->mesh;
	if (mesh) {
		php_mqs_host_mesh_flush(host);
		host->mesh = NULL;
		php_mqs_host_core_enter(host->server);
		mqs_mesh_leave(mesh, php_mqs_server_now_ms(host->server));
		php_mqs_host_core_leave(host->server);
	}
	forget_kicks(host);
}

void php_mqs_host_mesh_abandon(php_mqs_host *host)
{
	mqs_mesh_abandon(host->mesh);
	host->mesh = NULL;
	forget_kicks(host);
}

/* ---- running it ----------------------------------------------------------------------------------------------- */

void php_mqs_host_mesh_io(php_mqs_host *host, int fd, bool readable, bool writable)
{
	if (!host->mesh) {
		return;
	}
	php_mqs_host_core_enter(host->server);
	mqs_mesh_io(host->mesh, fd, (readable ? MQS_WATCH_READ : 0) | (writable ? MQS_WATCH_WRITE : 0),
	    php_mqs_server_now_ms(host->server));
	php_mqs_host_core_leave(host->server);
	php_mqs_host_settle_later(host, NULL);
}

void php_mqs_host_mesh_flush(php_mqs_host *host)
{
	if (!host->mesh) {
		return;
	}
	int64_t now_ms = php_mqs_server_now_ms(host->server);
	php_mqs_host_core_enter(host->server);
	while (host->kicks) {
		host_kick *kick = host->kicks;
		host->kicks = kick->next;
		mqs_mesh_disconnect(host->mesh, mqs_bytes_make(ZSTR_VAL(kick->client_id), ZSTR_LEN(kick->client_id)),
		    kick->reason, mqs_bytes_make(ZSTR_VAL(kick->props), ZSTR_LEN(kick->props)), kick->discard, now_ms);
		kick_free(kick);
	}
	mqs_mesh_flush(host->mesh, now_ms);
	php_mqs_host_core_leave(host->server);
}

void php_mqs_host_mesh_tick(php_mqs_host *host, int64_t now_ms)
{
	if (host->mesh && now_ms >= mqs_mesh_next_deadline(host->mesh)) {
		php_mqs_host_core_enter(host->server);
		mqs_mesh_tick(host->mesh, now_ms);
		php_mqs_host_core_leave(host->server);
	}
}

int64_t php_mqs_host_mesh_deadline(const php_mqs_host *host)
{
	return host->mesh ? mqs_mesh_next_deadline(host->mesh) : INT64_MAX;
}

uint32_t php_mqs_host_disconnect(
    php_mqs_server *server, mqs_bytes client_id, uint8_t reason, mqs_bytes props, bool discard)
{
	php_mqs_host *host = server->host;
	if (!host || !host->mesh) {
		return 0;
	}
	host_kick *kick = emalloc(sizeof(*kick));
	kick->client_id = zend_string_init((const char *)client_id.ptr, client_id.len, 0);
	kick->props = props.len ? zend_string_init((const char *)props.ptr, props.len, 0) : zend_empty_string;
	kick->reason = reason;
	kick->discard = discard;
	kick->next = host->kicks;
	host->kicks = kick;
	return mqs_mesh_peers(host->mesh);
}
