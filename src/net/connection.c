/* SPDX-License-Identifier: MIT
 *
 * src/net/connection.c - one network connection: reading into the broker, writing its output, leaving in order.
 * Owns the socket. The broker's mqs_conn is opened here and closed here, exactly once.
 */
#include "net/net_private.h"

#include <sys/socket.h>
#include <unistd.h>

static mqs_net *net_of(const mqs_net_conn *conn)
{
	return conn->tcp.loop->data;
}

static mqs_net_conn *conn_of(uv_handle_t *handle)
{
	return MQS_CONTAINER(handle, mqs_net_conn, tcp);
}

/* The connection moves to the list of its new state. */
static void enter(mqs_net_conn *conn, mqs_net_state state, mqs_link *list)
{
	mqs_net *net = net_of(conn);
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
		mqs_list_insert(&net_of(conn)->again, &conn->again);
	}
}

/* ---- closing ------------------------------------------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
	mqs_net *net = handle->loop->data;
	mqs_release(net->alloc, conn_of(handle));
}

void mqs_net_conn_close(mqs_net_conn *conn)
{
	if (conn->state == NET_CLOSED) {
		return;
	}
	conn->state = NET_CLOSED;
	mqs_list_remove(&conn->link);
	mqs_list_remove(&conn->again);
	/* The socket first: after uv_close() libuv looks at no byte of a write that was under way. */
	uv_close((uv_handle_t *)&conn->tcp, on_closed);
	mqs_conn *gone = conn->conn;
	conn->conn = NULL;
	if (gone) {
		mqs_conn_close(gone, mqs_net_now_ms(net_of(conn)));
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

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
	mqs_net_conn *conn = conn_of(handle);
	mqs_net *net = net_of(conn);
	(void)suggested;
	if (conn->turn != net->turn) {
		conn->turn = net->turn;
		conn->reads = 0;
	}
	/* No buffer ends libuv's reading for this turn; what is left in the socket wakes the loop again. */
	bool may_read = conn->reads < NET_READS_PER_TURN && !net->aborting;
	*out = uv_buf_init((char *)net->read_buffer, may_read ? NET_READ_BYTES : 0);
}

static void stop_reading(mqs_net_conn *conn)
{
	if (conn->reading) {
		conn->reading = false;
		uv_read_stop((uv_stream_t *)&conn->tcp);
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
	mqs_net *net = net_of(conn);
	if (mqs_conn_receive(conn->conn, in, mqs_net_now_ms(net)) != MQS_OK) {
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

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
	mqs_net_conn *conn = conn_of((uv_handle_t *)stream);
	if (count == 0 || count == UV_ENOBUFS) {
		return; /* nothing there, or the turn's share is used up */
	}
	if (count < 0) {
		mqs_net_conn_close(conn);
		return;
	}
	conn->reads++;
	if (conn->state == NET_OPEN) {
		receive(conn, mqs_bytes_make(buffer->base, (size_t)count));
	} else {
		discard(conn, (size_t)count);
	}
}

/* False: the connection is closed. */
static bool start_reading(mqs_net_conn *conn)
{
	if (conn->reading) {
		return true;
	}
	conn->reading = uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read) == 0;
	if (!conn->reading) {
		mqs_net_conn_close(conn);
	}
	return conn->reading;
}

/* ---- writing ------------------------------------------------------------------------------------------------- */

/*
 * A write failed: the peer is gone. What it sent before, a DISCONNECT perhaps, may still wait in the socket, so reading
 * goes on until its end shows; there is nothing to wait for when reading is paused or over.
 */
static void fail_write(mqs_net_conn *conn)
{
	conn->mute = true;
	if (!conn->reading) {
		mqs_net_conn_close(conn);
	}
}

static void on_written(uv_write_t *req, int status)
{
	mqs_net_write *write = MQS_CONTAINER(req, mqs_net_write, req);
	mqs_net_conn *conn = write->conn;
	mqs_net *net = net_of(conn);
	size_t size = write->size;
	mqs_release(net->alloc, write);
	conn->write = NULL;
	if (conn->state == NET_CLOSED) {
		return;
	}
	if (status) {
		fail_write(conn);
		return;
	}
	mqs_conn_output_advance(conn->conn, size, mqs_net_now_ms(net));
	serve_again(conn);
}

/* The socket is full: a small asynchronous write tells when it has room again. */
static void wait_for_room(mqs_net_conn *conn)
{
	mqs_net *net = net_of(conn);
	unsigned count = (unsigned)mqs_conn_output(conn->conn, net->pieces, NET_WAIT_PIECES);
	size_t size = 0;
	unsigned used = 0;
	while (used < count && size < NET_WAIT_BYTES) {
		size_t len = net->pieces[used].len;
		len = len > NET_WAIT_BYTES - size ? NET_WAIT_BYTES - size : len;
		net->buffers[used] = uv_buf_init((char *)net->pieces[used].ptr, (unsigned)len);
		size += len;
		used++;
	}
	mqs_net_write *write = mqs_acquire(net->alloc, sizeof(*write));
	if (!write) {
		mqs_net_conn_close(conn);
		return;
	}
	write->conn = conn;
	write->size = size;
	write->started_ms = mqs_net_now_ms(net);
	if (uv_write(&write->req, (uv_stream_t *)&conn->tcp, net->buffers, used, on_written)) {
		mqs_release(net->alloc, write);
		mqs_net_conn_close(conn);
		return;
	}
	conn->write = write;
}

/*
 * One vectored write of up to NET_WRITE_PIECES pieces. Returns what libuv says; *size is what there was to write, *all
 * whether the broker had no more than that.
 */
static int write_once(mqs_net_conn *conn, size_t *size, bool *all)
{
	mqs_net *net = net_of(conn);
	size_t count = mqs_conn_output(conn->conn, net->pieces, NET_WRITE_PIECES);
	*all = count < NET_WRITE_PIECES;
	*size = 0;
	for (size_t i = 0; i < count; i++) {
		net->buffers[i] = uv_buf_init((char *)net->pieces[i].ptr, (unsigned)net->pieces[i].len);
		*size += net->pieces[i].len;
	}
	if (count == 0) {
		return 0;
	}
	int written = uv_try_write((uv_stream_t *)&conn->tcp, net->buffers, (unsigned)count);
	return written == UV_EAGAIN ? 0 : written;
}

/*
 * Writes what the broker has, until the socket is full or the turn's share is used up. What the broker makes of the
 * room so gained leaves in the next turn, together with what that turn brings. May close.
 */
static void write_out(mqs_net_conn *conn)
{
	mqs_net *net = net_of(conn);
	bool all = false;
	for (int i = 0; i < NET_WRITES_PER_TURN && !all; i++) {
		size_t size;
		int written = write_once(conn, &size, &all);
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
		enter(conn, NET_DRAINING, &net_of(conn)->draining);
		serve_again(conn);
	}
}

/*
 * All output is sent. Closing a socket that has unread input resets the connection, and the peer may then lose our
 * last packet; so only our side is shut, and input is thrown away for a while. (Nothing is queued in libuv by now, so
 * its own, later shutdown is not needed; but when the broker gave its output up, a write may still be under way.)
 */
static void linger(mqs_net_conn *conn)
{
	mqs_net *net = net_of(conn);
	mqs_conn *gone = conn->conn;
	conn->conn = NULL;
	enter(conn, NET_LINGERING, &net->lingering);
	uv_os_fd_t fd;
	if (conn->mute || conn->write || uv_fileno((uv_handle_t *)&conn->tcp, &fd) || shutdown(fd, SHUT_WR)) {
		mqs_net_conn_close(conn);
	} else {
		start_reading(conn);
	}
	mqs_conn_close(gone, mqs_net_now_ms(net));
}

void mqs_net_conn_serve(mqs_net_conn *conn)
{
	if (conn->state <= NET_DRAINING && !conn->write && !conn->mute) {
		if (conn->round != net_of(conn)->round) {
			write_out(conn);
		} else if (mqs_conn_output_size(conn->conn)) {
			serve_again(conn); /* once a turn */
		}
	}
	if (conn->state > NET_DRAINING || net_of(conn)->aborting) {
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
	} else if (mqs_conn_wants_read(conn->conn) && !net_of(conn)->halting) {
		start_reading(conn);
	} else {
		pause_reading(conn);
	}
}

/* Is there no hope left that a draining connection takes its output? */
static bool is_stuck(const mqs_net_conn *conn, int64_t now_ms)
{
	const mqs_net *net = net_of(conn);
	if (net->stopping) {
		return false; /* the grace period counts */
	}
	return now_ms - conn->since_ms >= NET_DRAIN_MS ||
	       (conn->write && now_ms - conn->write->started_ms >= NET_BLOCKED_MS);
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
	uv_tcp_init(&net->loop, &conn->tcp);
	enter(conn, NET_OPEN, &net->open);
	if (uv_tcp_open(&conn->tcp, fd)) {
		close(fd);
		mqs_net_conn_close(conn);
		return;
	}
	/* Neither is vital, and both fail when the peer is gone already. */
	if (net->options.no_delay) {
		uv_tcp_nodelay(&conn->tcp, 1);
	}
	if (net->options.tcp_keepalive_s) {
		uv_tcp_keepalive(&conn->tcp, 1, net->options.tcp_keepalive_s);
	}
	start_reading(conn);
}
