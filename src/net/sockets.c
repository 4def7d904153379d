/* SPDX-License-Identifier: MIT
 *
 * src/net/sockets.c - which connections have something to read, or room to write. On Linux all of them stand in one
 * epoll descriptor, and that descriptor is one handle of the loop: a connection then costs 8 bytes here in place of a
 * handle of libuv's, a pause costs nothing unless something arrives meanwhile, and fewer system calls are made.
 * Elsewhere, and when the options ask for it, each connection has a handle of its own.
 * Owns: the epoll descriptor, the handles, and the sockets of the connections.
 */
#include "net/net_private.h"

#include <errno.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/epoll.h>
#endif

#define EVENTS_PER_TURN 1024

struct mqs_net_handle {
	uv_poll_t poll;
	mqs_net_conn *conn; /* NULL: closed */
};

/* ---- one epoll descriptor ------------------------------------------------------------------------------------ */

#ifdef __linux__

/* The system watches what is wanted, no more and no less. Returns libuv's code. */
static int arm(mqs_net_conn *conn)
{
	struct epoll_event event = {.data.ptr = conn};
	if (conn->wanted & NET_READABLE) {
		event.events |= EPOLLIN | EPOLLRDHUP;
	}
	if (conn->wanted & NET_WRITABLE) {
		event.events |= EPOLLOUT;
	}
	/* Errors and hang-ups are told as long as the descriptor stands there, so it does not when nobody would look. */
	int what = !conn->wanted ? EPOLL_CTL_DEL : conn->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
	if (epoll_ctl(conn->net->epoll_fd, what, conn->fd, &event)) {
		return uv_translate_sys_error(errno);
	}
	conn->watched = conn->wanted;
	return 0;
}

static void tell(mqs_net_conn *conn, uint32_t events)
{
	unsigned happened = (events & EPOLLIN ? NET_READABLE : 0u) | (events & EPOLLOUT ? NET_WRITABLE : 0u);
	if (events & (EPOLLERR | EPOLLHUP)) {
		happened = NET_READABLE | NET_WRITABLE;
	}
	if (conn->state == NET_CLOSED) {
		return; /* by what was told before it */
	}
	if (happened & ~(unsigned)conn->wanted && arm(conn)) {
		mqs_net_conn_close(conn);
		return;
	}
	mqs_net_conn_happened(conn, happened & conn->wanted, (events & EPOLLRDHUP) != 0);
}

static void on_sockets(uv_poll_t *handle, int status, int events)
{
	mqs_net *net = handle->loop->data;
	struct epoll_event told[EVENTS_PER_TURN];
	(void)status;
	(void)events;
	int count = epoll_wait(net->epoll_fd, told, EVENTS_PER_TURN, 0);
	for (int i = 0; i < count && !net->aborting; i++) {
		tell(told[i].data.ptr, told[i].events);
	}
}

static int init_epoll(mqs_net *net)
{
	net->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (net->epoll_fd < 0) {
		return uv_translate_sys_error(errno);
	}
	int code = uv_poll_init(&net->loop, &net->sockets, net->epoll_fd);
	return code ? code : uv_poll_start(&net->sockets, UV_READABLE, on_sockets);
}

#endif

/* ---- a handle for each connection ---------------------------------------------------------------------------- */

static int watch_handle(mqs_net_conn *conn);

static void on_handle(uv_poll_t *handle, int status, int events)
{
	mqs_net_conn *conn = MQS_CONTAINER(handle, mqs_net_handle, poll)->conn;
	unsigned happened = (events & UV_READABLE ? NET_READABLE : 0u) | (events & UV_WRITABLE ? NET_WRITABLE : 0u);
	if (conn->net->aborting) {
		return;
	}
	if (status < 0) {
		happened = NET_READABLE | NET_WRITABLE;
		/* An error has stopped it, but there may be more to read before the end shows. */
		if (watch_handle(conn)) {
			mqs_net_conn_close(conn);
			return;
		}
	}
	mqs_net_conn_happened(conn, happened & conn->wanted, (events & UV_DISCONNECT) != 0);
}

static void on_handle_closed(uv_handle_t *handle)
{
	mqs_net *net = handle->loop->data;
	mqs_release(net->alloc, MQS_CONTAINER(handle, mqs_net_handle, poll));
}

static int make_handle(mqs_net_conn *conn)
{
	mqs_net *net = conn->net;
	mqs_net_handle *handle = mqs_acquire_zero(net->alloc, sizeof(*handle));
	int code = handle ? uv_poll_init(&net->loop, &handle->poll, conn->fd) : UV_ENOMEM;
	if (code) {
		mqs_release(net->alloc, handle);
		return code;
	}
	handle->conn = conn;
	conn->handle = handle;
	return 0;
}

static int watch_handle(mqs_net_conn *conn)
{
	int code = conn->handle ? 0 : make_handle(conn);
	if (code) {
		return code;
	}
	int events = (conn->wanted & NET_READABLE ? UV_READABLE | UV_DISCONNECT : 0) |
	             (conn->wanted & NET_WRITABLE ? UV_WRITABLE : 0);
	return events ? uv_poll_start(&conn->handle->poll, events, on_handle) : uv_poll_stop(&conn->handle->poll);
}

/* ---- both ---------------------------------------------------------------------------------------------------- */

int mqs_net_sockets_init(mqs_net *net)
{
#ifdef __linux__
	return net->options.plain_handles ? 0 : init_epoll(net);
#else
	return 0;
#endif
}

void mqs_net_sockets_close(mqs_net *net)
{
	if (net->sockets.loop) {
		uv_close((uv_handle_t *)&net->sockets, NULL);
	}
	if (net->epoll_fd >= 0) {
		close(net->epoll_fd);
	}
}

int mqs_net_conn_watch(mqs_net_conn *conn, unsigned events)
{
	conn->wanted = (uint8_t)events;
#ifdef __linux__
	if (conn->net->epoll_fd >= 0) {
		/* What is wanted no longer is told to the system when it happens: often it is wanted again before. */
		return events & ~(unsigned)conn->watched ? arm(conn) : 0;
	}
#endif
	return watch_handle(conn);
}

void mqs_net_conn_shut(mqs_net_conn *conn)
{
	conn->wanted = 0;
	if (conn->handle) {
		conn->handle->conn = NULL;
		uv_close((uv_handle_t *)&conn->handle->poll, on_handle_closed);
		conn->handle = NULL;
	}
#ifdef __linux__
	if (conn->watched) {
		/* close() alone would not do if another process had got the descriptor by fork(). */
		arm(conn);
	}
#endif
	close(conn->fd);
	conn->fd = -1;
}
