/* SPDX-License-Identifier: MIT
 *
 * src/net/listener.c - listening sockets: names resolved and bound, connections accepted, also when the process has no
 * file descriptor left. Owns the listening sockets. Accepting is our own, not libuv's, because libuv neither tells
 * about a full descriptor table nor bounds what it accepts in a turn, and differently from version to version.
 */
#include "net/net_private.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define BIND_ADDRESSES 16 /* of one name */
#define BIND_TRIES     8  /* for a free port that all addresses of a name can have */

/* ---- names and texts ----------------------------------------------------------------------------------------- */

static const char *text_of(int uv_code)
{
	switch (uv_code) {
		case UV_EADDRINUSE: return "address already in use";
		case UV_EACCES: return "permission denied (ports below 1024 need a privilege)";
		case UV_EADDRNOTAVAIL: return "not an address of this machine";
		case UV_EAFNOSUPPORT: return "this machine does not support this kind of address";
		case UV_EMFILE:
		case UV_ENFILE: return "too many open files";
		default: return uv_strerror(uv_code);
	}
}

/* "127.0.0.1:1883" or "[::1]:1883"; an IPv4 address in IPv6 clothes is written as what it is. */
static void address_name(const struct sockaddr *address, char *out, size_t size)
{
	char ip[INET6_ADDRSTRLEN] = "";
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *in4 = (const void *)address;
		uv_inet_ntop(AF_INET, &in4->sin_addr, ip, sizeof(ip));
		snprintf(out, size, "%s:%u", ip, ntohs(in4->sin_port));
		return;
	}
	const struct sockaddr_in6 *in6 = (const void *)address;
	/* The analyzer does not see the kernel write through the union that <sys/socket.h> makes of a pointer. */
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) { /* NOLINT(clang-analyzer-core.UndefinedBinaryOperatorResult) */
		uv_inet_ntop(AF_INET, &in6->sin6_addr.s6_addr[12], ip, sizeof(ip));
		snprintf(out, size, "%s:%u", ip, ntohs(in6->sin6_port));
	} else {
		uv_inet_ntop(AF_INET6, &in6->sin6_addr, ip, sizeof(ip));
		snprintf(out, size, "[%s]:%u", ip, ntohs(in6->sin6_port));
	}
}

static void set_port(struct sockaddr *address, uint16_t port)
{
	if (address->sa_family == AF_INET) {
		((struct sockaddr_in *)(void *)address)->sin_port = htons(port);
	} else {
		((struct sockaddr_in6 *)(void *)address)->sin6_port = htons(port);
	}
}

static uint16_t port_of_socket(int fd)
{
	struct sockaddr_storage address = {0};
	socklen_t len = sizeof(address);
	if (getsockname(fd, (struct sockaddr *)&address, &len)) {
		return 0;
	}
	/* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): as in address_name() */
	return ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
	                                          : ((struct sockaddr_in6 *)&address)->sin6_port);
}

/* ---- accepting ----------------------------------------------------------------------------------------------- */

static int accept_one(int fd, struct sockaddr_storage *address)
{
	socklen_t len = sizeof(*address);
#ifdef __linux__
	return accept4(fd, (struct sockaddr *)address, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
#else
	int accepted = accept(fd, (struct sockaddr *)address, &len);
	if (accepted >= 0) {
		fcntl(accepted, F_SETFD, FD_CLOEXEC);
		fcntl(accepted, F_SETFL, fcntl(accepted, F_GETFL) | O_NONBLOCK);
	}
	return accepted;
#endif
}

/* At most one line a second, however many fail; the sweep tells about those in between. */
static void log_failure(mqs_net_listener *listener, int code)
{
	mqs_net *net = listener->net;
	int64_t now_ms = mqs_net_now_ms(net);
	if (now_ms < net->accept_log_ms) {
		net->accept_failures++;
		return;
	}
	net->accept_log_ms = now_ms + 1000;
	mqs_net_log(net, MQS_LOG_ERROR, "cannot accept a connection at %s: %s", listener->name, text_of(code));
	mqs_net_sweep_start(net);
}

bool mqs_net_listeners_report(mqs_net *net)
{
	int64_t now_ms = mqs_net_now_ms(net);
	if (net->accept_failures && now_ms >= net->accept_log_ms) {
		net->accept_log_ms = now_ms + 1000;
		mqs_net_log(
		    net, MQS_LOG_ERROR, "could not accept %llu more connections", (unsigned long long)net->accept_failures);
		net->accept_failures = 0;
	}
	return now_ms < net->accept_log_ms;
}

/*
 * No file descriptor is left: the reserve is given up for a moment, so that the waiting connection can be taken and
 * closed. Otherwise it would wait, and wake the loop, forever. False: the reserve is lost too.
 */
static bool refuse_one(mqs_net_listener *listener)
{
	mqs_net *net = listener->net;
	if (net->reserve_fd >= 0) {
		close(net->reserve_fd);
		struct sockaddr_storage address;
		int fd = accept_one(listener->fd, &address);
		if (fd >= 0) {
			close(fd);
		}
	}
	net->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return net->reserve_fd >= 0;
}

static void pause_accepting(mqs_net_listener *listener)
{
	listener->paused = true;
	uv_poll_stop(&listener->poll);
	mqs_net_sweep_start(listener->net);
}

/* accept() failed with errno `code`. True: go on with the next. */
static bool survive(mqs_net_listener *listener, int code)
{
	mqs_net *net = listener->net;
	if (code == EAGAIN || code == EWOULDBLOCK) {
		return false;
	}
	if (code == EINTR || code == ECONNABORTED || code == EPROTO) {
		return true; /* the peer gave up while it waited */
	}
	if ((code == EMFILE || code == ENFILE) && !mqs_list_empty(&net->lingering)) {
		/* Those that only wait for the peer's good-bye make room. */
		mqs_net_conn_close(MQS_CONTAINER(net->lingering.next, mqs_net_conn, link));
		return true;
	}
	log_failure(listener, uv_translate_sys_error(code));
	if ((code == EMFILE || code == ENFILE) && refuse_one(listener)) {
		return true;
	}
	pause_accepting(listener);
	return false;
}

static void on_acceptable(uv_poll_t *handle, int status, int events)
{
	mqs_net_listener *listener = MQS_CONTAINER(handle, mqs_net_listener, poll);
	mqs_net *net = listener->net;
	(void)events;
	if (status < 0) {
		log_failure(listener, status);
		pause_accepting(listener);
		return;
	}
	for (int i = 0; i < NET_ACCEPTS_PER_TURN && !net->aborting && !net->stops_wanted; i++) {
		struct sockaddr_storage address = {0};
		int fd = accept_one(listener->fd, &address);
		if (fd >= 0) {
			char peer[64];
			address_name((struct sockaddr *)&address, peer, sizeof(peer));
			mqs_net_conn_accept(net, fd, mqs_bytes_make(peer, strlen(peer)), listener->rules);
		} else if (!survive(listener, errno)) {
			break;
		}
	}
}

/* ---- opening and closing ------------------------------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
	mqs_net_listener *listener = MQS_CONTAINER(handle, mqs_net_listener, poll);
	mqs_release(listener->net->alloc, listener);
}

static void close_listener(mqs_net_listener *listener)
{
	mqs_list_remove(&listener->link);
	uv_close((uv_handle_t *)&listener->poll, on_closed);
	close(listener->fd);
}

void mqs_net_listeners_close(mqs_net *net)
{
	while (!mqs_list_empty(&net->listeners)) {
		close_listener(MQS_CONTAINER(net->listeners.next, mqs_net_listener, link));
	}
}

void mqs_net_listeners_resume(mqs_net *net)
{
	for (mqs_link *link = net->listeners.next; link != &net->listeners; link = link->next) {
		mqs_net_listener *listener = MQS_CONTAINER(link, mqs_net_listener, link);
		if (listener->paused) {
			listener->paused = uv_poll_start(&listener->poll, UV_READABLE, on_acceptable) != 0;
		}
	}
}

bool mqs_net_listeners_paused(const mqs_net *net)
{
	for (const mqs_link *link = net->listeners.next; link != &net->listeners; link = link->next) {
		if (MQS_CONTAINER(link, mqs_net_listener, link)->paused) {
			return true;
		}
	}
	return false;
}

/* A bound, listening socket, or libuv's negative code. */
static int open_socket(const struct sockaddr *address, const mqs_net_options *options)
{
	bool ip6 = address->sa_family == AF_INET6;
	int on = 1;
	int fd = socket(address->sa_family, SOCK_STREAM, 0);
	if (fd < 0) {
		return uv_translate_sys_error(errno);
	}
	bool good = fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
	            setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0;
	if (good && ip6 && IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr)) {
		int off = 0; /* "::" means both kinds of addresses, whatever the system's default; where it cannot, IPv6 */
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	}
	if (good && options->no_delay) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* connections inherit it, but see connection.c */
	}
	uint32_t backlog = options->backlog;
	socklen_t len = ip6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
	if (!good || bind(fd, address, len) || listen(fd, backlog > INT32_MAX ? INT32_MAX : (int)backlog)) {
		int code = uv_translate_sys_error(errno);
		close(fd);
		return code;
	}
	return fd;
}

/* Takes fd over, also when it fails. Returns libuv's code. */
static int add_listener(mqs_net *net, int fd, const struct sockaddr *address, mqs_conn_rules rules)
{
	mqs_net_listener *listener = mqs_acquire_zero(net->alloc, sizeof(*listener));
	int code = listener ? uv_poll_init(&net->loop, &listener->poll, fd) : UV_ENOMEM;
	if (code) {
		mqs_release(net->alloc, listener);
		close(fd);
		return code;
	}
	listener->net = net;
	listener->fd = fd;
	listener->rules = rules;
	address_name(address, listener->name, sizeof(listener->name));
	mqs_list_insert(&net->listeners, &listener->link);
	code = uv_poll_start(&listener->poll, UV_READABLE, on_acceptable);
	if (code) {
		close_listener(listener);
	}
	return code;
}

/* Does one address of several not count, because this machine has no such network? */
static bool may_skip(int code)
{
	return code == UV_EADDRNOTAVAIL || code == UV_EAFNOSUPPORT;
}

/*
 * Listens on all addresses of `list` with one and the same port. Returns libuv's code; then nothing of it is open.
 *
 * port  [in, out] 0: any, the chosen one is put there
 */
static int listen_all(mqs_net *net, const struct addrinfo *list, mqs_conn_rules rules, uint16_t *port)
{
	mqs_link *last = net->listeners.prev;
	uint16_t bound = *port;
	int first_code = UV_EADDRNOTAVAIL, code = 0, count = 0;
	for (const struct addrinfo *at = list; at && count < BIND_ADDRESSES; at = at->ai_next, count++) {
		if (at->ai_family != AF_INET && at->ai_family != AF_INET6) {
			continue;
		}
		set_port(at->ai_addr, bound);
		code = open_socket(at->ai_addr, &net->options);
		if (code >= 0) {
			bound = port_of_socket(code);
			set_port(at->ai_addr, bound);
			code = add_listener(net, code, at->ai_addr, rules);
		}
		if (code && !may_skip(code)) {
			break;
		}
		first_code = count == 0 ? code : first_code;
	}
	if (code && !may_skip(code)) {
		while (net->listeners.prev != last) {
			close_listener(MQS_CONTAINER(net->listeners.prev, mqs_net_listener, link));
		}
		return code;
	}
	*port = bound;
	return net->listeners.prev != last ? 0 : first_code;
}

static mqs_result check_host(const char *host, char *out, size_t size, mqs_net_error *error)
{
	size_t len = strlen(host);
	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	}
	if (len == 0 || len >= size) {
		return mqs_net_fail(error, UV_EINVAL, "cannot listen: the host is %s", len ? "too long" : "empty");
	}
	memcpy(out, host, len);
	out[len] = '\0';
	return MQS_OK;
}

mqs_result mqs_net_listen(mqs_net *net, const char *host, uint16_t port, const mqs_conn_rules *rules,
    uint16_t *bound_port, mqs_net_error *error)
{
	char name[NET_HOST_BYTES];
	if (check_host(host, name, sizeof(name), error) != MQS_OK) {
		return MQS_ERR_INVALID;
	}
	if (net->stops_wanted) {
		return mqs_net_fail(error, UV_ECANCELED, "cannot listen on %s: the server is stopping", name);
	}
	uv_getaddrinfo_t req;
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
	int code = uv_getaddrinfo(&net->loop, &req, NULL, name, NULL, &hints);
	if (code) {
		return mqs_net_fail(error, code, "cannot resolve \"%s\": %s", name, uv_strerror(code));
	}
	uint16_t bound = port;
	for (int i = 0; i < BIND_TRIES; i++) {
		code = listen_all(net, req.addrinfo, *rules, &bound);
		if (code != UV_EADDRINUSE || port) {
			break;
		}
	}
	uv_freeaddrinfo(req.addrinfo);
	if (code) {
		bool colon = strchr(name, ':') != NULL;
		return mqs_net_fail(error, code, "cannot listen on %s%s%s:%u: %s", colon ? "[" : "", name, colon ? "]" : "",
		    port, text_of(code));
	}
	if (bound_port) {
		*bound_port = bound;
	}
	return MQS_OK;
}
