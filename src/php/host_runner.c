/* SPDX-License-Identifier: MIT
 *
 * src/php/host_runner.c - handlers in coroutines of the host: one lane of tickets for each connection that has any, and
 * one coroutine that runs them in order. So a handler that suspends delays its own connection only. What may run beside
 * others of its connection has a lane of its own, a side lane, and that of the connection waits for all of these.
 * Owns: the lanes; each lives until its coroutine has nothing more to run, that of a connection as long as its side
 * lanes.
 */
#include "host_private.h"
#include "zend_exceptions.h"

#define EVENTS_PER_COROUTINE 64

/* Side lanes: no connection has such a number. */
#define SIDE_BIT (UINT64_C(1) << 61)

typedef struct host_lane {
	uint64_t number; /* in host->lanes: that of the connection, or what stands for the ticket of a side lane */
	uint64_t conn_id;
	uint32_t sides;      /* side lanes of this connection */
	zend_object *object; /* [owned] what the host passed for the connection; NULL: none */
	zend_long fd, reactor_id;
	uint64_t *tickets; /* [owned] */
	uint32_t first, count, capacity;
	bool running; /* a coroutine works on it */
	bool idle;    /* in host->idle_lanes */
	struct host_lane *next;
} host_lane;

static void lane_removed(zval *entry)
{
	host_lane *lane = Z_PTR_P(entry);
	if (lane->tickets) {
		efree(lane->tickets);
	}
	if (lane->object) {
		OBJ_RELEASE(lane->object);
	}
	efree(lane);
}

void php_mqs_lanes_init(php_mqs_host *host)
{
	zend_hash_init(&host->lanes, 0, NULL, lane_removed, 0);
}

void php_mqs_lanes_destroy(php_mqs_host *host)
{
	host->idle_lanes = host->idle_lanes_tail = NULL;
	zend_hash_destroy(&host->lanes);
}

static host_lane *lane_create(php_mqs_host *host, uint64_t number, uint64_t conn_id)
{
	host_lane *lane = ecalloc(1, sizeof(*lane));
	lane->number = number;
	lane->conn_id = conn_id;
	zend_hash_index_add_new_ptr(&host->lanes, number, lane);
	return lane;
}

static host_lane *lane_of(php_mqs_host *host, uint64_t conn_id)
{
	host_lane *lane = zend_hash_index_find_ptr(&host->lanes, conn_id);
	if (!lane) {
		zval object;
		lane = lane_create(host, conn_id, conn_id);
		if (php_mqs_host_peer_of(host->server, conn_id, &lane->fd, &lane->reactor_id, &object) &&
		    Z_TYPE(object) == IS_OBJECT) {
			/* The connection may go before its handlers have run. */
			lane->object = Z_OBJ(object);
			GC_ADDREF(lane->object);
		}
	}
	return lane;
}

static void lane_push(host_lane *lane, uint64_t ticket)
{
	if (lane->first + lane->count == lane->capacity) {
		if (lane->first > 0) {
			memmove(lane->tickets, lane->tickets + lane->first, lane->count * sizeof(uint64_t));
			lane->first = 0;
		} else {
			lane->capacity = lane->capacity ? lane->capacity * 2 : 4;
			lane->tickets = safe_erealloc(lane->tickets, lane->capacity, sizeof(uint64_t), 0);
		}
	}
	lane->tickets[lane->first + lane->count++] = ticket;
}

static void lane_put_idle(php_mqs_host *host, host_lane *lane)
{
	lane->idle = true;
	lane->next = NULL;
	if (host->idle_lanes_tail) {
		host->idle_lanes_tail->next = lane;
	} else {
		host->idle_lanes = lane;
	}
	host->idle_lanes_tail = lane;
}

void php_mqs_host_queue(php_mqs_server *server, uint64_t conn_id, uint64_t ticket)
{
	php_mqs_host *host = server->host;
	host_lane *lane = lane_of(host, conn_id);
	lane_push(lane, ticket);
	if (!lane->running && !lane->idle && lane->sides == 0) {
		lane_put_idle(host, lane);
	}
}

void php_mqs_host_queue_apart(php_mqs_server *server, uint64_t conn_id, uint64_t ticket)
{
	php_mqs_host *host = server->host;
	host_lane *lane = lane_of(host, conn_id);
	if (lane->running || lane->count > 0) {
		php_mqs_host_queue(server, conn_id, ticket); /* something came before it that it has to wait for */
		return;
	}
	host_lane *side = lane_create(host, SIDE_BIT | ticket, conn_id);
	lane->sides++;
	lane_push(side, ticket);
	lane_put_idle(host, side);
}

void php_mqs_host_deliver(php_mqs_server *server, uint64_t ticket)
{
	php_mqs_reactor_spawn(server->host, HOST_CALL_DELIVER, (zend_long)ticket);
}

bool php_mqs_lanes_start(php_mqs_host *host)
{
	bool any = false;
	while (host->idle_lanes) {
		host_lane *lane = host->idle_lanes;
		host->idle_lanes = lane->next;
		if (!lane->next) {
			host->idle_lanes_tail = NULL;
		}
		lane->idle = false;
		lane->running = true;
		uint64_t number = lane->number;
		if (!php_mqs_reactor_spawn(host, HOST_CALL_RUN, (zend_long)number)) {
			/* Too many coroutines, perhaps: the next entry tries again. Unless it ran and was destroyed. */
			lane = zend_hash_index_find_ptr(&host->lanes, number);
			if (lane && lane->running && lane->count > 0) {
				lane->running = false;
				lane_put_idle(host, lane);
			}
			return any;
		}
		any = true;
	}
	return any;
}

bool php_mqs_lane_peer_of(php_mqs_host *host, uint64_t conn_id, zend_long *fd, zend_long *reactor_id, zval *host_server)
{
	const host_lane *lane = zend_hash_index_find_ptr(&host->lanes, conn_id);
	if (!lane || !lane->object) {
		return false;
	}
	*fd = lane->fd;
	*reactor_id = lane->reactor_id;
	ZVAL_OBJ(host_server, lane->object);
	return true;
}

uint64_t php_mqs_lane_reserve(php_mqs_host *host, uint64_t conn_id)
{
	const host_lane *own = zend_hash_index_find_ptr(&host->lanes, conn_id);
	if (!own || !(own->idle || own->sides > 0)) {
		return 0;
	}
	host_lane *lane = host->idle_lanes, *before = NULL;
	for (; lane && lane->conn_id != conn_id; lane = lane->next) {
		before = lane;
	}
	if (!lane) {
		return 0;
	}
	*(before ? &before->next : &host->idle_lanes) = lane->next;
	if (!lane->next) {
		host->idle_lanes_tail = before;
	}
	lane->idle = false;
	lane->running = true;
	return lane->number;
}

void php_mqs_lanes_gc(php_mqs_host *host, zend_get_gc_buffer *buffer)
{
	host_lane *lane;
	ZEND_HASH_FOREACH_PTR (&host->lanes, lane) {
		if (lane->object) {
			zend_get_gc_buffer_add_obj(buffer, lane->object);
		}
	}
	ZEND_HASH_FOREACH_END();
}

/* Whoever worked on it does so no longer; what is left is for another coroutine. */
static void lane_let_go(php_mqs_host *host, host_lane *lane)
{
	lane->running = false;
	if (lane->count > 0) {
		lane_put_idle(host, lane);
		return;
	}
	if (lane->number != lane->conn_id) {
		uint64_t number = lane->number;
		lane = zend_hash_index_find_ptr(&host->lanes, lane->conn_id);
		zend_hash_index_del(&host->lanes, number);
		if (--lane->sides > 0) {
			return;
		}
		if (lane->count > 0) {
			lane_put_idle(host, lane);
			return;
		}
	}
	if (!EG(exception)) {
		zend_hash_index_del(&host->lanes, lane->number);
	}
}

void php_mqs_lane_run(php_mqs_host *host, uint64_t number)
{
	/* What applications keep for the life of a coroutine (a connection of a pool) is not to be kept for the life of a
	 * client; Hyperf expects one coroutine for each event. */
	int left = host->server->hyperf ? 1 : EVENTS_PER_COROUTINE;
	host_lane *lane = zend_hash_index_find_ptr(&host->lanes, number);
	for (; lane->count > 0 && left > 0; left--) {
		uint64_t ticket = lane->tickets[lane->first++];
		lane->count--;
		php_mqs_hooks_run_ticket(host->server, ticket);
		if (EG(exception)) {
			lane_let_go(host, lane); /* this coroutine is being destroyed */
			return;
		}
		if (host->spawning == 0 && lane->count > 0) {
			/* It was suspended, or runs in an entry that has settled already: others are not to wait for what came of
			 * this event. */
			php_mqs_host_settle_later(host, NULL);
		}
	}
	lane_let_go(host, lane);
	if (host->spawning == 0) {
		php_mqs_host_settle_later(host, NULL);
	}
}
