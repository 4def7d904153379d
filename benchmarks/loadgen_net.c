/* SPDX-License-Identifier: MIT
 *
 * benchmarks/loadgen_net.c - connections, buffers, the event loop.
 * Owns: descriptors and the buffers of connections. What to send and what a delivery means is decided in loadgen_run.c.
 */
#define _GNU_SOURCE
#include "loadgen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define EVENTS_PER_WAIT 512
#define PER_ADDRESS     20000 /* connections from one source address, below the number of ephemeral ports */

/* ---- buffers ---- */

unsigned char *lg_reserve(struct lg_conn *conn, size_t bytes)
{
	if (conn->out_off == conn->out_len) {
		conn->out_off = conn->out_len = 0;
	}
	if (conn->out_len + bytes > conn->out_cap && conn->out_off > 0) {
		conn->out_len -= conn->out_off;
		memmove(conn->out, conn->out + conn->out_off, conn->out_len);
		conn->out_off = 0;
	}
	if (conn->out_len + bytes > conn->out_cap) {
		size_t cap = conn->out_cap ? conn->out_cap : 256;
		while (cap < conn->out_len + bytes) {
			cap *= 2;
		}
		unsigned char *grown = realloc(conn->out, cap);
		if (!grown) {
			abort();
		}
		conn->out = grown;
		conn->out_cap = cap;
	}
	unsigned char *at = conn->out + conn->out_len;
	conn->out_len += bytes;
	return at;
}

void lg_mark(struct lg *lg, struct lg_conn *conn)
{
	if (!conn->dirty && conn->fd >= 0) {
		conn->dirty = true;
		conn->next_dirty = lg->dirty;
		lg->dirty = conn;
	}
}

static void watch(struct lg *lg, struct lg_conn *conn, bool out)
{
	struct epoll_event event = {.events = EPOLLIN | (out ? EPOLLOUT : 0u), .data.ptr = conn};
	conn->want_out = out;
	epoll_ctl(lg->epoll, EPOLL_CTL_MOD, conn->fd, &event);
}

static void flush_out(struct lg *lg, struct lg_conn *conn)
{
	while (conn->out_off < conn->out_len) {
		ssize_t n = send(conn->fd, conn->out + conn->out_off, conn->out_len - conn->out_off, MSG_NOSIGNAL);
		if (n < 0) {
			if (errno == EAGAIN) {
				if (!conn->want_out) {
					watch(lg, conn, true);
				}
				return;
			}
			lg_conn_close(lg, conn);
			return;
		}
		conn->out_off += (size_t)n;
		lg->progress++;
	}
	conn->out_off = conn->out_len = 0;
	if (conn->want_out) {
		watch(lg, conn, false);
	}
	if (conn->state == LG_BYE) {
		shutdown(conn->fd, SHUT_WR); /* the broker closes; waiting for that is part of the visit */
	}
}

static void read_in(struct lg *lg, struct lg_conn *conn)
{
	size_t kept = conn->in_len;
	ssize_t n = recv(conn->fd, lg->scratch + kept, LG_READ_BYTES, 0);
	if (n <= 0) {
		if (n == 0 || errno != EAGAIN) {
			lg_conn_close(lg, conn);
		}
		return;
	}
	if (kept) {
		memcpy(lg->scratch, conn->in, kept);
	}
	lg->now = lg_now();
	lg_parse(lg, conn, lg->scratch, kept + (size_t)n);
}

/* ---- connections ---- */

void lg_conn_open(struct lg *lg, struct lg_conn *conn)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)lg->opt.port)};
	struct sockaddr_in from = {.sin_family = AF_INET};
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = conn};
	int one = 1;
	/* Another source address for every 20,000 connections, visitors in turn: closed ones keep their port for a while.
	 */
	uint32_t host = conn->role == LG_VISITOR ? (uint32_t)(lg->visits_started % 64) : conn->number / PER_ADDRESS;
	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (host % 250));
	inet_pton(AF_INET, lg->opt.host, &to.sin_addr);
	conn->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (conn->fd < 0) {
		lg_fail(lg, "socket: %s (connections are limited by ulimit -n)", strerror(errno));
		return;
	}
	setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	setsockopt(conn->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
	conn->state = LG_TCP;
	conn->want_out = true;
	conn->in_len = conn->out_len = conn->out_off = 0;
	conn->started_ns = lg_now();
	if (bind(conn->fd, (struct sockaddr *)&from, sizeof from) != 0 ||
	    (connect(conn->fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS) ||
	    epoll_ctl(lg->epoll, EPOLL_CTL_ADD, conn->fd, &event) != 0) {
		lg_fail(lg, "connect to %s:%u: %s", lg->opt.host, lg->opt.port, strerror(errno));
		return;
	}
	lg_put_connect(lg, conn);
}

void lg_conn_close(struct lg *lg, struct lg_conn *conn)
{
	if (conn->fd < 0) {
		return;
	}
	close(conn->fd);
	conn->fd = -1;
	lg_on_close(lg, conn);
}

void lg_open_range(struct lg *lg, uint32_t first, uint32_t count)
{
	lg->open_next = first;
	lg->open_end = first + count;
	while (lg->open_next < lg->open_end && lg->opening < lg->opt.parallel && !lg->error[0]) {
		lg->opening++;
		lg_conn_open(lg, &lg->conns[lg->open_next++]);
	}
}

static void connected(struct lg *lg, struct lg_conn *conn)
{
	int error = 0;
	socklen_t len = sizeof error;
	getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error) {
		lg_fail(lg, "connect to %s:%u: %s", lg->opt.host, lg->opt.port, strerror(error));
		return;
	}
	conn->state = LG_CONNACK;
	flush_out(lg, conn);
}

/* ---- the loop ---- */

static void send_all(struct lg *lg)
{
	struct lg_conn *conn = lg->dirty;
	lg->dirty = NULL;
	while (conn) {
		struct lg_conn *next = conn->next_dirty;
		conn->dirty = false;
		if (conn->fd >= 0 && conn->state != LG_TCP) {
			bool more = conn->role == LG_PUBLISHER && lg->in_load && lg_pump(lg, &lg->pubs[conn->index]);
			if (!conn->want_out) {
				flush_out(lg, conn);
			}
			if (more && !conn->want_out) {
				lg_mark(lg, conn);
			}
		}
		conn = next;
	}
}

static void on_event(struct lg *lg, struct epoll_event *event)
{
	struct lg_conn *conn = event->data.ptr;
	uint64_t ticks;
	if (!conn) {
		if (read(lg->timer, &ticks, sizeof ticks) == (ssize_t)sizeof ticks) {
			lg_on_timer(lg);
		}
		return;
	}
	if (conn->fd < 0) {
		return;
	}
	if (conn->state == LG_TCP) {
		connected(lg, conn);
		return;
	}
	if (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
		read_in(lg, conn);
	}
	if ((event->events & EPOLLOUT) && conn->fd >= 0) {
		flush_out(lg, conn);
		if (conn->role == LG_PUBLISHER) {
			lg_mark(lg, conn);
		}
	}
}

enum lg_end lg_loop(struct lg *lg, bool (*done)(struct lg *lg), uint64_t deadline_ns)
{
	struct epoll_event events[EVENTS_PER_WAIT];
	uint64_t progress = lg->progress, moved = lg_now();
	lg->now = moved;
	for (;;) {
		send_all(lg);
		if (lg->error[0]) {
			return LG_FAILED;
		}
		if (done(lg)) {
			return LG_DONE;
		}
		int n = epoll_wait(lg->epoll, events, EVENTS_PER_WAIT, lg->dirty ? 0 : 10);
		lg->now = lg_now();
		for (int i = 0; i < n; i++) {
			on_event(lg, &events[i]);
		}
		if (lg->progress != progress) {
			progress = lg->progress;
			moved = lg->now;
		} else if (!lg->linger && (double)(lg->now - moved) > lg->opt.stall_s * 1e9) {
			return LG_STALLED;
		}
		if (lg->now > deadline_ns) {
			return LG_TIMEOUT;
		}
	}
}

bool lg_net_init(struct lg *lg)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
	lg->epoll = epoll_create1(EPOLL_CLOEXEC);
	lg->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	lg->scratch = lg_alloc(1, LG_READ_BYTES + LG_PACKET_MAX + 16);
	lg->filler = lg_alloc(1, LG_PAYLOAD_MAX);
	for (uint32_t i = 0; i < LG_PAYLOAD_MAX; i++) {
		lg->filler[i] = (unsigned char)(i * 31 + (i >> 8));
	}
	return lg->epoll >= 0 && lg->timer >= 0 && epoll_ctl(lg->epoll, EPOLL_CTL_ADD, lg->timer, &event) == 0;
}

void lg_net_clear(struct lg *lg)
{
	for (uint32_t i = 0; i < lg->conn_count; i++) {
		if (lg->conns[i].fd >= 0) {
			close(lg->conns[i].fd);
		}
		free(lg->conns[i].in);
		free(lg->conns[i].out);
	}
	free(lg->conns);
	free(lg->scratch);
	free(lg->filler);
	close(lg->epoll);
	close(lg->timer);
}
