/* SPDX-License-Identifier: MIT
 *
 * src/net/connection.c - one network connection: reading into the broker, writing its output, leaving in order.
 * Owns the socket. The broker's mqs_conn is opened here and closed here, exactly once.
 */
#include "net/net_private.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_reading(const mqs_net_conn *conn)
{
	return (conn->wanted & NET_READABLE) != 0;
}

/* Is its socket full? */
static bool is_blocked(const mqs_net_conn *conn)
{
	return (conn->wanted & NET_WRITABLE) != 0;
}

/* The connection moves to the list of its new state. */
static void enter(mqs_net_conn *conn, mqs_net_state state, mqs_link *list)
{
	mqs_net *net = conn->net;
	conn->state = (uint8_t)state;
	conn->since_ms = mqs_net_now_ms(net);
	mqs_list_remove(&conn->link);
	mqs_list_insert(list, &conn->link);
	if (state != NET_OPEN) {
		mqs_net_sweep_start(net);
	}
}

static void serve_again(mqs_net_conn *conn)
{
	if (!mqs_list_linked(&conn->again)) {
		mqs_list_insert(&conn->net->again, &conn->again);
	}
}

/* ---- closing ------------------------------------------------------------------------------------------------- */

void mqs_net_conn_close(mqs_net_conn *conn)
{
	if (conn->state == NET_CLOSED) {
		return;
	}
	conn->state = NET_CLOSED;
	mqs_list_remove(&conn->link);
	mqs_list_remove(&conn->again);
	mqs_list_insert(&conn->net->closed, &conn->link);
	mqs_net_conn_shut(conn);
	mqs_conn *gone = conn->conn;
	conn->conn = NULL;
	if (gone) {
		mqs_conn_close(gone, mqs_net_now_ms(conn->net));
	}
}

void mqs_net_conns_free(mqs_net *net)
{
	while (!mqs_list_empty(&net->closed)) {
		mqs_net_conn *conn = MQS_CONTAINER(net->closed.next, mqs_net_conn, link);
		mqs_list_remove(&conn->link);
		mqs_release(net->alloc, conn);
	}
}

void mqs_net_conns_close(mqs_net *net)
{
	mqs_link *lists[] = {&net->open, &net->draining, &net->lingering};
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		while (!mqs_list_empty(lists[i])) {
			mqs_net_conn_close(MQS_CONTAINER(lists[i]->next, mqs_net_conn, link));
		}
	}
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

static void stop_reading(mqs_net_conn *conn)
{
	if (is_reading(conn) && mqs_net_conn_watch(conn, conn->wanted & ~NET_READABLE)) {
		mqs_net_conn_close(conn);
	}
}

/* The broker wants nothing for now. When writing failed there is no later: only reading would find the end. */
static void pause_reading(mqs_net_conn *conn)
{
	if (conn->mute) {
		mqs_net_conn_close(conn);
	} else {
		stop_reading(conn);
	}
}

static void discard(mqs_net_conn *conn, size_t size)
{
	conn->discarded += (uint32_t)size;
	if (conn->discarded > NET_LINGER_BYTES) {
		mqs_net_conn_close(conn);
	}
}

static void receive(mqs_net_conn *conn, mqs_bytes in)
{
	mqs_net *net = conn->net;
	mqs_result result = net->owner.receive ? net->owner.receive(net->owner.ctx, conn->conn, in)
	                                       : mqs_conn_receive(conn->conn, in, mqs_net_now_ms(net));
	if (result != MQS_OK) {
		mqs_net_conn_drain(conn);
	} else if (!mqs_conn_wants_read(conn->conn)) {
		pause_reading(conn);
	}
	net->unflushed += in.len;
	if (net->unflushed >= NET_FLUSH_BYTES && !net->aborting) {
		net->round++;
		mqs_net_flush(net); /* may close conn */
	}
}

/*
 * Reads what there is, up to its share of the turn; what is left in the socket wakes the loop again.
 *
 * ended  the peer had shut its side before
 */
static void read_in(mqs_net_conn *conn, bool ended)
{
	mqs_net *net = conn->net;
	size_t count = NET_READ_BYTES;
	for (int i = 0; i < NET_READS_PER_TURN && count == NET_READ_BYTES && is_reading(conn) && !net->aborting; i++) {
		ssize_t result = read(conn->fd, net->read_buffer, NET_READ_BYTES);
		if (result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
			return;
		}
		if (result <= 0) {
			mqs_net_conn_close(conn);
			return;
		}
		count = (size_t)result;
		conn->ended = ended && count < NET_READ_BYTES;
		if (conn->state == NET_OPEN) {
			receive(conn, mqs_bytes_make(net->read_buffer, count));
		} else {
			discard(conn, count);
		}
	}
}

/* May close. */
static void start_reading(mqs_net_conn *conn)
{
	if (!is_reading(conn) && mqs_net_conn_watch(conn, conn->wanted | NET_READABLE)) {
		mqs_net_conn_close(conn);
	}
}

void mqs_net_conn_happened(mqs_net_conn *conn, unsigned events, bool ended)
{
	if (events & NET_WRITABLE) {
		if (mqs_net_conn_watch(conn, conn->wanted & ~NET_WRITABLE)) {
			mqs_net_conn_close(conn);
			return;
		}
		serve_again(conn);
	}
	if (events & NET_READABLE) {
		read_in(conn, ended);
	}
}

/* ---- writing ------------------------------------------------------------------------------------------------- */

/*
 * A write failed: the peer is gone. What it sent before, a DISCONNECT perhaps, may still wait in the socket, so reading
 * goes on until its end shows; there is nothing to wait for when reading is paused or over.
 */
static void fail_write(mqs_net_conn *conn)
{
	conn->mute = true;
	if (!is_reading(conn)) {
		mqs_net_conn_close(conn);
	}
}

/* The socket is full. */
static void wait_for_room(mqs_net_conn *conn)
{
	conn->blocked_ms = (uint32_t)mqs_net_now_ms(conn->net);
	if (mqs_net_conn_watch(conn, conn->wanted | NET_WRITABLE)) {
		mqs_net_conn_close(conn);
	}
}

/*
 * One vectored write of up to NET_WRITE_PIECES pieces. Returns what was written, or -1; *size is what there was to
 * write, *all whether the broker had no more than that.
 */
static ssize_t write_once(mqs_net_conn *conn, size_t *size, bool *all)
{
	mqs_net *net = conn->net;
	size_t count = mqs_conn_output(conn->conn, net->pieces, NET_WRITE_PIECES);
	*all = count < NET_WRITE_PIECES;
	*size = 0;
	for (size_t i = 0; i < count; i++) {
		net->buffers[i].iov_base = (void *)net->pieces[i].ptr;
		net->buffers[i].iov_len = net->pieces[i].len;
		*size += net->pieces[i].len;
	}
	if (count == 0) {
		return 0;
	}
	ssize_t written = count == 1 ? write(conn->fd, net->pieces[0].ptr, net->pieces[0].len)
	                             : writev(conn->fd, net->buffers, (int)count);
	bool full = written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
	return full ? 0 : written;
}

/*
 * Writes what the broker has, until the socket is full or the turn's share is used up. What the broker makes of the
 * room so gained leaves in the next turn, together with what that turn brings. May close.
 */
static void write_out(mqs_net_conn *conn)
{
	mqs_net *net = conn->net;
	bool all = false;
	for (int i = 0; i < NET_WRITES_PER_TURN && !all; i++) {
		size_t size;
		ssize_t written = write_once(conn, &size, &all);
		if (size == 0) {
			return;
		}
		if (written < 0) {
			fail_write(conn);
			return;
		}
		conn->round = net->round;
		if (written > 0) {
			mqs_conn_output_advance(conn->conn, (size_t)written, mqs_net_now_ms(net));
		}
		if ((size_t)written < size) {
			if (!net->aborting) {
				wait_for_room(conn);
			}
			return;
		}
	}
	if (mqs_conn_output_size(conn->conn)) {
		serve_again(conn);
	}
}

/* ---- leaving ------------------------------------------------------------------------------------------------- */

void mqs_net_conn_drain(mqs_net_conn *conn)
{
	if (conn->state == NET_OPEN) {
		enter(conn, NET_DRAINING, &conn->net->draining);
		serve_again(conn);
	}
}

/*
 * All output is sent. Closing a socket that has unread input resets the connection, and the peer may then lose our
 * last packet; so only our side is shut, and input is thrown away for a while, unless the peer has shut its side. (When
 * the broker gave its output up, the socket may still be full.)
 */
static void linger(mqs_net_conn *conn)
{
	mqs_net *net = conn->net;
	mqs_conn *gone = conn->conn;
	conn->conn = NULL;
	enter(conn, NET_LINGERING, &net->lingering);
	if (conn->mute || conn->ended || is_blocked(conn) || shutdown(conn->fd, SHUT_WR)) {
		mqs_net_conn_close(conn);
	} else {
		start_reading(conn);
	}
	mqs_conn_close(gone, mqs_net_now_ms(net));
}

void mqs_net_conn_serve(mqs_net_conn *conn)
{
	if (conn->state <= NET_DRAINING && !is_blocked(conn) && !conn->mute) {
		if (conn->round != conn->net->round) {
			write_out(conn);
		} else if (mqs_conn_output_size(conn->conn)) {
			serve_again(conn); /* once a turn */
		}
	}
	if (conn->state > NET_DRAINING || conn->net->aborting) {
		return;
	}
	if (conn->state == NET_OPEN && mqs_conn_wants_close(conn->conn)) {
		mqs_net_conn_drain(conn);
	}
	if (conn->state == NET_DRAINING) {
		if (conn->mute || mqs_conn_output_size(conn->conn) == 0) {
			linger(conn);
		} else {
			stop_reading(conn);
		}
	} else if (mqs_conn_wants_read(conn->conn) && !conn->net->halting) {
		start_reading(conn);
	} else {
		pause_reading(conn);
	}
}

/* Is there no hope left that a draining connection takes its output? */
static bool is_stuck(const mqs_net_conn *conn, int64_t now_ms)
{
	const mqs_net *net = conn->net;
	if (net->stopping) {
		return false; /* the grace period counts */
	}
	return now_ms - conn->since_ms >= NET_DRAIN_MS ||
	       (is_blocked(conn) && (uint32_t)now_ms - conn->blocked_ms >= NET_BLOCKED_MS);
}

void mqs_net_conns_sweep(mqs_net *net)
{
	int64_t now_ms = mqs_net_now_ms(net);
	for (mqs_link *link = net->draining.next, *next; link != &net->draining; link = next) {
		mqs_net_conn *conn = MQS_CONTAINER(link, mqs_net_conn, link);
		next = link->next;
		if (is_stuck(conn, now_ms)) {
			mqs_net_conn_close(conn);
		}
	}
	/* In the order in which they came. */
	while (!mqs_list_empty(&net->lingering)) {
		mqs_net_conn *conn = MQS_CONTAINER(net->lingering.next, mqs_net_conn, link);
		if (now_ms - conn->since_ms < NET_LINGER_MS) {
			break;
		}
		mqs_net_conn_close(conn);
	}
}

/* ---- opening ------------------------------------------------------------------------------------------------- */

/* None of them is vital, and they fail when the peer is gone already. */
static void set_options(const mqs_net *net, int fd)
{
	int on = 1;
#ifndef __linux__ /* where it comes from the listener */
	if (net->options.no_delay) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	}
#endif
	if (net->options.tcp_keepalive_s) {
		setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
#ifdef TCP_KEEPIDLE
		int seconds = (int)net->options.tcp_keepalive_s;
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof(seconds));
#endif
	}
}

void mqs_net_conn_accept(mqs_net *net, int fd, mqs_bytes peer, mqs_conn_rules rules)
{
	mqs_net_conn *conn = mqs_acquire_zero(net->alloc, sizeof(*conn));
	if (!conn) {
		close(fd);
		return;
	}
	mqs_conn_info info = {.peer = peer, .rules = rules, .user = conn};
	if (mqs_conn_open(net->broker, &info, mqs_net_now_ms(net), &conn->conn) != MQS_OK) {
		mqs_release(net->alloc, conn);
		close(fd);
		return;
	}
	mqs_list_init(&conn->link);
	mqs_list_init(&conn->again);
	conn->net = net;
	conn->fd = fd;
	set_options(net, fd);
	enter(conn, NET_OPEN, &net->open);
	start_reading(conn);
}
