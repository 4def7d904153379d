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

int mqs_net_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd, int *duplicate)
{
	int flags = fcntl(fd, F_GETFL);
	*duplicate = flags < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (*duplicate < 0) {
		return -errno;
	}
	int code = uv_poll_init(loop, handle, *duplicate);
	if (!(flags & O_NONBLOCK)) {
		fcntl(fd, F_SETFL, flags); /* libuv changed it, for its own other uses of descriptors */
	}
	if (code) {
		close(*duplicate);
		*duplicate = -1;
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
	*uv_code = mqs_net_poll_init(&net->loop, &poll->poll, fd, &poll->fd);
	if (*uv_code) {
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
