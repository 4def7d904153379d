/* SPDX-License-Identifier: MIT
 *
 * src/net/poll.c - descriptors of the owner that are waited for. Each wait has a duplicate of the descriptor: several
 * may wait for the same one, and when the owner closes it meanwhile, its number may be used again without harm.
 * Owns: the duplicate, until libuv has closed the handle.
 */
#include "net/net_private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static void on_closed(uv_handle_t *handle)
{
	mqs_net *net = handle->loop->data;
	mqs_release(net->alloc, MQS_CONTAINER(handle, mqs_net_poll, poll));
}

static void on_ready(uv_poll_t *handle, int status, int events)
{
	mqs_net_poll *poll = MQS_CONTAINER(handle, mqs_net_poll, poll);
	mqs_net *net = handle->loop->data;
	(void)status; /* an error too is something that reading or writing will tell */
	(void)events;
	if (net->aborting) {
		return;
	}
	void (*ready)(void *user) = poll->ready;
	void *user = poll->user;
	mqs_net_poll_stop(poll);
	ready(user);
}

/* libuv makes the descriptor non-blocking, which the owner would notice. */
static int init_handle(mqs_net *net, mqs_net_poll *poll)
{
	int flags = fcntl(poll->fd, F_GETFL);
	int code = uv_poll_init(&net->loop, &poll->poll, poll->fd);
	if (flags >= 0 && !(flags & O_NONBLOCK)) {
		fcntl(poll->fd, F_SETFL, flags);
	}
	return code;
}

mqs_net_poll *mqs_net_poll_start(mqs_net *net, int fd, bool write, void (*ready)(void *user), void *user, int *uv_code)
{
	mqs_net_poll *poll = mqs_acquire_zero(net->alloc, sizeof(*poll));
	*uv_code = UV_ENOMEM;
	if (!poll) {
		return NULL;
	}
	poll->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	*uv_code = poll->fd < 0 ? -errno : init_handle(net, poll);
	if (*uv_code) {
		if (poll->fd >= 0) {
			close(poll->fd);
		}
		mqs_release(net->alloc, poll);
		return NULL;
	}
	poll->ready = ready;
	poll->user = user;
	mqs_list_insert(&net->polls, &poll->link);
	uv_poll_start(&poll->poll, write ? UV_WRITABLE : UV_READABLE, on_ready);
	return poll;
}

void mqs_net_poll_stop(mqs_net_poll *poll)
{
	mqs_list_remove(&poll->link);
	uv_close((uv_handle_t *)&poll->poll, on_closed);
	close(poll->fd); /* libuv has let go of it */
}

void mqs_net_polls_close(mqs_net *net)
{
	while (!mqs_list_empty(&net->polls)) {
		mqs_net_poll_stop(MQS_CONTAINER(net->polls.next, mqs_net_poll, link));
	}
}
