/* SPDX-License-Identifier: MIT
 *
 * src/cluster/unix.c - the system calls of the mesh: Unix stream sockets and the directory they stand in. No descriptor
 * blocks, none is inherited by a program that is executed, none raises SIGPIPE. Owns nothing.
 */
#if !defined(_GNU_SOURCE) && !defined(_WIN32)
#define _GNU_SOURCE /* struct ucred, getentropy() */
#endif

#include "cluster/cluster_private.h"

#include <stdio.h>

#ifdef _WIN32

bool mqs_unix_random(void *out, size_t len)
{
	(void)out, (void)len;
	return false;
}

bool mqs_unix_directory(const char *path, char *error, size_t error_size)
{
	(void)path;
	snprintf(error, error_size, "a mesh of workers needs Unix sockets, which this build does not have");
	return false;
}

int mqs_unix_listen(const char *directory, const char *name, char *error, size_t error_size)
{
	(void)name;
	mqs_unix_directory(directory, error, error_size);
	return -1;
}

int mqs_unix_connect(const char *directory, const char *name, mesh_reach *reach)
{
	(void)directory, (void)name;
	*reach = MESH_LATER;
	return -1;
}

int mqs_unix_accept(int listener, bool *foreign)
{
	(void)listener;
	*foreign = false;
	return MESH_IO_AGAIN;
}

int64_t mqs_unix_read(int fd, void *to, size_t size)
{
	(void)fd, (void)to, (void)size;
	return MESH_IO_FAILED;
}

int64_t mqs_unix_write(int fd, const void *from, size_t size)
{
	(void)fd, (void)from, (void)size;
	return MESH_IO_FAILED;
}

void mqs_unix_close(int fd)
{
	(void)fd;
}

bool mqs_unix_scan(const char *directory, void (*found)(void *ctx, const char *name), void *ctx)
{
	(void)directory, (void)found, (void)ctx;
	return false;
}

void mqs_unix_remove(const char *directory, const char *name)
{
	(void)directory, (void)name;
}

bool mqs_unix_exists(const char *directory, const char *name)
{
	(void)directory, (void)name;
	return false;
}

void mqs_unix_remove_directory(const char *directory)
{
	(void)directory;
}

#else

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/random.h>
#endif

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* there SO_NOSIGPIPE does it */
#endif

#ifndef SOCK_CLOEXEC
#define SOCK_CLOEXEC 0 /* there prepare() does it, a moment later */
#endif

/* Of the listening socket; the kernel lowers it to what it allows. */
#define BACKLOG 511

_Static_assert(sizeof(((struct sockaddr_un *)NULL)->sun_path) > MESH_PATH_MAX, "a path fits into an address");

bool mqs_unix_random(void *out, size_t len)
{
	return getentropy(out, len) == 0;
}

static bool path_of(char *out, size_t size, const char *directory, const char *name)
{
	int len = snprintf(out, size, "%s/%s", directory, name);
	return len > 0 && (size_t)len < size;
}

bool mqs_unix_directory(const char *path, char *error, size_t error_size)
{
	if (mkdir(path, 0700) != 0 && errno != EEXIST) {
		snprintf(error, error_size, "the directory %s cannot be made: %s", path, strerror(errno));
		return false;
	}
	struct stat found;
	if (lstat(path, &found) != 0) {
		snprintf(error, error_size, "the directory %s cannot be looked at: %s", path, strerror(errno));
		return false;
	}
	const char *wrong = !S_ISDIR(found.st_mode)        ? "is no directory"
	                    : found.st_uid != geteuid()    ? "belongs to another user"
	                    : (found.st_mode & 0022U) != 0 ? "can be written by other users"
	                                                   : NULL;
	if (wrong) {
		snprintf(error, error_size, "%s %s", path, wrong);
	}
	return wrong == NULL;
}

/* Non-blocking, closed by exec, and quiet when the other end is gone. */
static bool prepare(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	int own = fcntl(fd, F_GETFD);
	bool good = flags >= 0 && own >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
	            fcntl(fd, F_SETFD, own | FD_CLOEXEC) == 0;
#ifdef SO_NOSIGPIPE
	int on = 1;
	good = good && setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof(on)) == 0;
#endif
	return good;
}

/* Does the process at the other end run as our user? */
static bool same_user(int fd)
{
#ifdef SO_PEERCRED
	struct ucred other;
	socklen_t size = sizeof(other);
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &other, &size) == 0 && other.uid == geteuid();
#else
	uid_t user;
	gid_t group;
	return getpeereid(fd, &user, &group) == 0 && user == geteuid();
#endif
}

static int open_socket(struct sockaddr_un *address, const char *directory, const char *name)
{
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	if (!path_of(address->sun_path, sizeof(address->sun_path), directory, name)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !prepare(fd)) {
		int why = errno;
		close(fd);
		errno = why;
		return -1;
	}
	return fd;
}

/* A member that scans the directory must not find a socket that refuses, for it would take it for a dead one's: so it
 * gets its name only when it listens. */
static bool listen_as(int fd, const struct sockaddr_un *address, const char *directory, const char *name)
{
	char path[MESH_PATH_MAX + 1];
	if (!path_of(path, sizeof(path), directory, name)) {
		errno = ENAMETOOLONG;
		return false;
	}
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) != 0) {
		return false;
	}
	if (chmod(address->sun_path, 0600) == 0 && listen(fd, BACKLOG) == 0 && rename(address->sun_path, path) == 0) {
		return true;
	}
	int why = errno;
	unlink(address->sun_path);
	errno = why;
	return false;
}

int mqs_unix_listen(const char *directory, const char *name, char *error, size_t error_size)
{
	char first[MESH_NAME_BYTES];
	struct sockaddr_un address;
	/* ".new" is shorter than ".sock" by one: the first name needs no more room than the second. */
	snprintf(first, sizeof(first), "%.*s.new", (int)strcspn(name, "."), name);
	int fd = open_socket(&address, directory, first);
	if (fd >= 0 && !listen_as(fd, &address, directory, name)) {
		int why = errno;
		close(fd);
		errno = why;
		fd = -1;
	}
	if (fd < 0) {
		snprintf(error, error_size, "no socket can be made in %s: %s", directory,
		    errno == ENAMETOOLONG ? "its path is too long, over 100 bytes with the socket's name" : strerror(errno));
	}
	return fd;
}

int mqs_unix_connect(const char *directory, const char *name, mesh_reach *reach)
{
	struct sockaddr_un address;
	*reach = MESH_LATER;
	int fd = open_socket(&address, directory, name);
	if (fd < 0) {
		return -1;
	}
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		*reach = errno == ECONNREFUSED || errno == ENOENT || errno == ENOTSOCK ? MESH_STALE : MESH_LATER;
		close(fd);
		return -1;
	}
	if (!same_user(fd)) {
		*reach = MESH_FOREIGN;
		close(fd);
		return -1;
	}
	*reach = MESH_REACHED;
	return fd;
}

int mqs_unix_accept(int listener, bool *foreign)
{
	*foreign = false;
	int fd = accept(listener, NULL, NULL);
	if (fd < 0) {
		bool full = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
		return full ? MESH_IO_FAILED : MESH_IO_AGAIN;
	}
	if (!same_user(fd)) {
		*foreign = true;
	} else if (prepare(fd)) {
		return fd;
	}
	close(fd);
	return MESH_IO_AGAIN;
}

static int64_t outcome(ssize_t count)
{
	if (count >= 0) {
		return count;
	}
	bool later = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS;
	return later ? MESH_IO_AGAIN : MESH_IO_FAILED;
}

int64_t mqs_unix_read(int fd, void *to, size_t size)
{
	return outcome(recv(fd, to, size, 0));
}

int64_t mqs_unix_write(int fd, const void *from, size_t size)
{
	return outcome(send(fd, from, size, MSG_NOSIGNAL));
}

void mqs_unix_close(int fd)
{
	if (fd >= 0) {
		close(fd);
	}
}

bool mqs_unix_scan(const char *directory, void (*found)(void *ctx, const char *name), void *ctx)
{
	DIR *open = opendir(directory);
	if (!open) {
		return false;
	}
	const struct dirent *entry;
	/* It is safe with threads as long as no two of them read the same DIR. */
	// cppcheck-suppress readdirCalled
	while ((entry = readdir(open)) != NULL) {
		found(ctx, entry->d_name);
	}
	closedir(open);
	return true;
}

void mqs_unix_remove(const char *directory, const char *name)
{
	char path[MESH_PATH_MAX + 1];
	if (path_of(path, sizeof(path), directory, name)) {
		unlink(path);
	}
}

bool mqs_unix_exists(const char *directory, const char *name)
{
	struct stat found;
	char path[MESH_PATH_MAX + 1];
	return path_of(path, sizeof(path), directory, name) && lstat(path, &found) == 0;
}

void mqs_unix_remove_directory(const char *directory)
{
	rmdir(directory);
}

#endif
