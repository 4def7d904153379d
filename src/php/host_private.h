/* SPDX-License-Identifier: MIT
 *
 * src/php/host_private.h - the parts of the hosted home among themselves: host.c (life, settling), host_events.c (what
 * a host calls), host_peer.c (what its objects can do and tell), host_conn.c (connections), host_output.c (sending),
 * host_reactor.c (coroutines, timers and events of the host), host_runner.c (handlers in coroutines), host_mesh.c (the
 * other workers).
 *
 * Two rules hold everywhere. Nothing that may suspend runs while `in_core` is not 0: the broker is not re-entrant. And
 * whatever may suspend (each call into the host) may come back to a changed world: connections are held by `refs`, and
 * `conn` is NULL when it has gone meanwhile.
 */
#ifndef PHP_MQS_HOST_PRIVATE_H
#define PHP_MQS_HOST_PRIVATE_H

#include "base/list.h"
#include "host.h"

/* ---- what the host can do (host_reactor.c) ------------------------------------------------------------------- */

typedef enum host_kind {
	HOST_PLAIN, /* neither coroutines nor timers that we know: each entry ticks */
	HOST_SWOOLE,
	HOST_SWOW
} host_kind;

/* Methods and functions, resolved once; NULL: the host has none. */
typedef struct host_reactor {
	host_kind kind;
	zend_function *create, *current, *suspend, *resume; /* coroutines */
	zend_function *after, *clear;                       /* timers; Swow: a function that sleeps, and none */
	zend_function *add, *set, *del;                     /* descriptors */
	zend_function *defer;                               /* at the end of the loop's turn */
	zend_long read_flag, write_flag;
	zend_class_entry *server; /* whose connection numbers are never used twice */
} host_reactor;

/* Functions of ours that the host calls; closures of them are made once and bound to the server object. */
typedef enum host_callback {
	HOST_CALL_TICK,    /* the timer */
	HOST_CALL_DEFER,   /* the end of a turn of the loop */
	HOST_CALL_SLEEP,   /* a coroutine that is the timer: (int $number) */
	HOST_CALL_RUN,     /* a coroutine that runs the handlers of one connection: (int $connId) */
	HOST_CALL_FLUSH,   /* a coroutine that sends */
	HOST_CALL_DELIVER, /* a coroutine that runs the handlers of one delivery: (int $ticket) */
	HOST_CALL_TIMER,   /* a coroutine that runs one timer of PHP code: (int $timer) */
	HOST_CALL_READ,    /* a descriptor of the mesh is ready: (int $fd) */
	HOST_CALL_WRITE,
	HOST_CALL_COUNT
} host_callback;

/* ---- connections (host_conn.c) ------------------------------------------------------------------------------- */

/* What a class of objects that the host passes can do. */
typedef struct host_methods {
	zend_class_entry *ce;
	zend_function *send, *close;                         /* never NULL */
	zend_function *exist, *client_info, *pause, *resume; /* or NULL */
	zend_function *export_socket, *peer_address, *peer_port;
	bool by_object; /* the object is the connection: send(string); else send(int, string) */
	bool swoole;    /* numbers are not used again while the server lives; output is queued by the host, which must
	                 * not be asked to send when that queue is full; close(int, true) drops what is queued */
} host_methods;

typedef struct hosted {
	php_mqs_host *host;
	mqs_conn *conn; /* NULL: gone */
	uint64_t id;
	const host_methods *methods;
	zend_object *object; /* by_object: [borrowed] the connection, NULL when it was destroyed; else [owned] the server */
	zend_long fd, reactor_id;
	zend_long connect_time, remote_port; /* as the host tells; 0: unknown */
	int64_t seen_ms;                     /* latest sign of life */
	size_t unverified;                   /* bytes handed to a server with a queue since that queue was looked at */
	zval waiting; /* [owned] coroutine of an entry that waits until reading may go on; undefined: none */
	uint32_t refs;
	bool by_object;
	bool sending; /* somebody is inside send() */
	bool refused; /* the latest send() did not take all: in host->retry */
	bool paused;  /* the host was asked to read no more */
	bool listed;  /* in host->outbox */
	bool failed;  /* send() threw, which has been logged */
	bool held;    /* in host->held: the host is to be asked so */
	bool lost;    /* in host->lost: the network connection is gone */
	struct hosted *next_out, *next_retry, *next_held, *next_lost;
} hosted;

/* ---- entries that came while the core was being run, or the process was starting ----------------------------- */

typedef enum host_entry_kind { HOST_ENTRY_RECEIVE, HOST_ENTRY_CONNECT, HOST_ENTRY_CLOSE } host_entry_kind;

typedef struct host_entry {
	host_entry_kind kind;
	zend_object *object; /* [owned] */
	zend_long fd, reactor_id;
	zend_string *data; /* [owned] RECEIVE */
	struct host_entry *next;
} host_entry;

/* ---- the host ------------------------------------------------------------------------------------------------ */

struct host_kick;
struct host_lane;
struct host_line;

struct php_mqs_host {
	php_mqs_server *server; /* [borrowed] */
	int pid;
	bool starting;     /* handlers and options are being taken: entries wait */
	bool ready;        /* connections may come */
	bool draining;     /* nothing is taken any more, handlers have until drain_until_ms */
	bool ending;       /* the worker is to end */
	bool stopped;      /* the clients have been told that it ends */
	bool silent;       /* inherited state is thrown away */
	bool coroutines;   /* handlers run in coroutines of their own */
	bool reactor_on;   /* the loop of the host runs in this process: its timers may be used */
	bool never_waits;  /* a Swoole\Server that owns its sockets itself: send() does not suspend while it has room */
	bool told_close;   /* onClose() is wired */
	bool spoke;        /* an event of the host was there */
	bool used;         /* connections were opened by this process */
	bool overloaded;   /* new connections are closed: too many handlers run */
	uint32_t in_core;  /* nested calls into the broker */
	uint32_t spawning; /* nested calls that start a coroutine: whoever makes the outermost settles behind it */

	host_reactor reactor;
	zval closures[HOST_CALL_COUNT];

	HashTable classes;              /* class entry => host_methods */
	HashTable by_fd;                /* fd => hosted */
	HashTable by_link;              /* weak: connection object => hosted */
	hosted *outbox, *outbox_tail;   /* have output; each holds a reference */
	hosted *at_once, *at_once_tail; /* the same, where send() does not suspend */
	hosted *retry;                  /* have output that was refused; each holds a reference */
	hosted *held;                   /* to be read no more; each holds a reference */
	hosted *lost;                   /* to be closed; each holds a reference */
	size_t send_max;                /* bytes for one call, and in the queue of a host that has one */

	host_entry *waiting, *waiting_tail;
	size_t waiting_bytes;

	HashTable lanes; /* connection id, or what stands for one ticket => host_lane */
	bool deferred;   /* the rest of settling is done at the end of the turn */
	uint32_t unsent; /* entries that left it for then */

	struct host_lane *idle_lanes, *idle_lanes_tail; /* have tickets and nobody who runs them */
	struct host_line *lines, *lines_tail;           /* log lines that wait */

	zend_long timer; /* of the host; 0: none */
	zend_long last_sleep;
	int64_t timer_ms;  /* when it fires */
	int64_t sweep_ms;  /* when connections are looked after next */
	uint32_t drain_ms; /* how long handlers may take when the worker is to end */
	int64_t drain_until_ms;
	int64_t end_ms;   /* when those are cancelled that are told of the end of the clients */
	bool over;        /* that has come: whoever is told anything now is cancelled at once */
	mqs_link limited; /* handlers that the broker does not wait for, by the time when they are cancelled */

	HashTable watched;       /* descriptors that the host watches for us */
	struct mqs_mesh *mesh;   /* [owned] NULL: alone */
	struct host_kick *kicks; /* [owned] for the other workers */
	zend_long parent_pid;    /* of the process above the workers, as the host tells; 0: unknown */
	bool mesh_tried, mesh_watched, mesh_awaited;
};

/* ---- host.c ---------------------------------------------------------------------------------------------------- */

/* The host of this process, ready to take events; an inherited one is dropped. NULL: an exception is set. */
php_mqs_host *php_mqs_host_enter(php_mqs_server *server);

/* After any change of the broker, outside of the core: runs what waits, sends what there is, sets the timer. May run
 * PHP code and suspend. own: the connection whose coroutine this is; may be NULL. */
void php_mqs_host_settle(php_mqs_host *host, hosted *own);

/* The same, but in a host that tells of the end of its turn, sending is left for then: what several events made for one
 * client, or one event for many, leaves together. */
void php_mqs_host_settle_later(php_mqs_host *host, hosted *own);

/* Is the core at rest, and may PHP code run? */
bool php_mqs_host_may_run(const php_mqs_host *host);

/* What came while the core was being run, or the process was starting, waits for php_mqs_host_settle(). False: too much
 * waits already. */
bool php_mqs_host_entry_put(php_mqs_host *host, host_entry_kind kind, zend_object *object, zend_long fd,
    zend_long reactor_id, zend_string *data);

/* [owned] a reference to the connection that sent bytes, or NULL. */
hosted *php_mqs_host_take_entry(php_mqs_host *host, host_entry_kind kind, const host_methods *methods,
    zend_object *object, zend_long fd, zend_long reactor_id, const zend_string *data);

/* A host without timers: each entry looks at the clock. */
void php_mqs_host_tick_by_entry(php_mqs_host *host);

/* What the timer does: deadlines of broker, mesh and PHP code, retries, sweeping. */
void php_mqs_host_tick(php_mqs_host *host);

/* ---- host_drain.c ---------------------------------------------------------------------------------------------- */

/* The worker is to end: at once, or when the handlers and timers that wait are done, or have had their time. Harmless
 * when it is called again. Runs PHP code. */
void php_mqs_host_drain(php_mqs_host *host);

/* Has that come? Then the clients are told, and what still waits is cancelled. Harmless when nothing is to end. Runs
 * PHP code. */
void php_mqs_host_drain_turn(php_mqs_host *host);

/* Of a worker that is to end: what is left when its clients have been told is cancelled when its time is over. Harmless
 * at other times. Runs no PHP code. */
void php_mqs_host_end_turn(php_mqs_host *host);

/* Has it anything to look after? Where not, a timer would only keep the worker alive. */
bool php_mqs_host_needs_timer(const php_mqs_host *host);

/* Do handlers or timers run, or wait to be run? */
bool php_mqs_host_is_busy(const php_mqs_host *host);

/* Handlers that the broker does not wait for are cancelled when their time is over. */
int64_t php_mqs_host_limits_deadline(const php_mqs_host *host);
void php_mqs_host_limits_tick(php_mqs_host *host, int64_t now_ms);

/* ---- host_peer.c ----------------------------------------------------------------------------------------------- */

void php_mqs_hosted_methods_init(php_mqs_host *host);

/* What the class of this object can do, or NULL with an exception that names argument #1. */
const host_methods *php_mqs_hosted_methods(php_mqs_host *host, zend_object *object);

/* What the host knows of a connection; false: nothing, or it is gone. out: [owned] an array. */
bool php_mqs_hosted_info(php_mqs_host *host, const host_methods *methods, zend_object *object, zend_long fd, zval *out);
zend_long php_mqs_hosted_number(HashTable *info, const char *key);

/* Where it comes from, for logs and handlers: bytes in `out`, 0: unknown. Sets what tells it from others with the same
 * number. */
size_t php_mqs_hosted_identify(hosted *conn, zend_object *object, char *out, size_t size);

/* Has the socket of a connection object been closed, though the object is still there? */
bool php_mqs_hosted_socket_is_closed(hosted *conn);

/* Does the number belong to somebody else by now? data: what arrived, or NULL. */
bool php_mqs_hosted_is_stale(hosted *conn, zend_object *object, const zend_string *data);

/* ---- host_conn.c ----------------------------------------------------------------------------------------------- */

void php_mqs_hosted_init(php_mqs_host *host);
/* Closes all without telling the host or anybody else. */
void php_mqs_hosted_abandon(php_mqs_host *host);
void php_mqs_hosted_destroy(php_mqs_host *host);
void php_mqs_hosted_gc(php_mqs_host *host, zend_get_gc_buffer *buffer);
void php_mqs_hosted_ref(hosted *conn);
void php_mqs_hosted_unref(hosted *conn);

/* The connection that is known by these, or NULL. */
hosted *php_mqs_hosted_find(php_mqs_host *host, const host_methods *methods, zend_object *object, zend_long fd);

/* The same; a new one when there is none, or when the number belongs to somebody else by now. NULL: refused, and the
 * host has been told to close it. data: what arrived, or NULL. */
hosted *php_mqs_hosted_open(php_mqs_host *host, const host_methods *methods, zend_object *object, zend_long fd,
    zend_long reactor_id, const zend_string *data);

/* Closes a connection that cannot be taken. */
void php_mqs_hosted_turn_away(php_mqs_host *host, const host_methods *methods, zend_object *object, zend_long fd);
/* The network connection is gone: closed at once, or as soon as the core has been left. */
void php_mqs_hosted_lose(hosted *conn);
void php_mqs_hosted_close_lost(php_mqs_host *host);

/* The broker is done with it: closes it. What the peer did not take by now is dropped. */
void php_mqs_hosted_finish(hosted *conn);

/* The entry that waits until reading may go on does so. */
void php_mqs_hosted_wake_reader(hosted *conn);

/* Looks for connections that the host has no more, when it is time. */
void php_mqs_hosted_sweep(php_mqs_host *host, int64_t now_ms);
int64_t php_mqs_hosted_deadline(const php_mqs_host *host, int64_t now_ms);

/* Ends all connections as a stopping server does. */
void php_mqs_hosted_shut_down(php_mqs_host *host);

/* ---- host_output.c --------------------------------------------------------------------------------------------- */

/* Sends what there is. own: the connection whose coroutine this is; may be NULL. May suspend. True: something was done.
 */
bool php_mqs_hosted_flush(php_mqs_host *host, hosted *own);
/* Body of the coroutine that sends. */
void php_mqs_hosted_send_out(php_mqs_host *host);
/* Output that the host refused gets another chance. */
void php_mqs_hosted_retry(php_mqs_host *host);

/* Asks the host to read no more, or suspends the entry that reads, while the broker wants nothing. */
void php_mqs_hosted_hold_back(hosted *conn);
/* Asks for those for whom it could not be done from within an event: some hosts lose the connection then. */
void php_mqs_hosted_pause_held(php_mqs_host *host);

/* ---- host_reactor.c -------------------------------------------------------------------------------------------- */

/* Calls a method of an object of the host's. False: it threw; `ret` is undefined then. May suspend. */
bool php_mqs_host_try(
    php_mqs_host *host, zend_function *func, zend_object *object, uint32_t argc, zval *argv, zval *ret);
/* The same, and what it threw is logged. */
bool php_mqs_host_call(
    php_mqs_host *host, zend_function *func, zend_object *object, uint32_t argc, zval *argv, zval *ret);

void php_mqs_reactor_detect(php_mqs_host *host);
void php_mqs_reactor_clear(php_mqs_host *host);
void php_mqs_reactor_gc(php_mqs_host *host, zend_get_gc_buffer *buffer);

/* Does the code that runs now run in a coroutine? */
bool php_mqs_reactor_in_coroutine(php_mqs_host *host);

/* Runs a callback in a new coroutine, up to its first suspension; `argument` is handed to it. False: it cannot. */
bool php_mqs_reactor_spawn(php_mqs_host *host, host_callback callback, zend_long argument);

/* Calls back at the end of the loop's turn. False: it cannot. */
bool php_mqs_reactor_defer(php_mqs_host *host);

/* Suspends the coroutine that runs now; `out` [owned] is what resumes it. False: impossible. */
bool php_mqs_reactor_suspend(php_mqs_host *host, zval *out);
void php_mqs_reactor_resume(php_mqs_host *host, zval *coroutine);

/* One timer, armed for the earliest time that was asked for. */
void php_mqs_reactor_arm(php_mqs_host *host, int64_t due_ms, int64_t now_ms);
void php_mqs_reactor_disarm(php_mqs_host *host);

/* Watches a descriptor for this from now on; neither: no more. False: the host cannot. */
bool php_mqs_reactor_watch(php_mqs_host *host, int fd, bool read, bool write);
/* Can the host watch descriptors in this process? */
bool php_mqs_reactor_watches(const php_mqs_host *host);

/* ---- host_mesh.c ----------------------------------------------------------------------------------------------- */

/* Joins the other workers, once per process. Failing is logged: the process stays alone then. */
void php_mqs_host_mesh_join(php_mqs_host *host);
void php_mqs_host_mesh_leave(php_mqs_host *host);
void php_mqs_host_mesh_abandon(php_mqs_host *host);
void php_mqs_host_mesh_io(php_mqs_host *host, int fd, bool readable, bool writable);
/* Waits a moment until the other workers are known. */
void php_mqs_host_mesh_await(php_mqs_host *host);
void php_mqs_host_mesh_flush(php_mqs_host *host);
void php_mqs_host_mesh_tick(php_mqs_host *host, int64_t now_ms);
int64_t php_mqs_host_mesh_deadline(const php_mqs_host *host);
/* In a process whose loop we do not know, and that has no clients: a child of the one that constructed the server. */
void php_mqs_host_mesh_join_blind(php_mqs_host *host);

/* ---- host_runner.c --------------------------------------------------------------------------------------------- */

void php_mqs_lanes_init(php_mqs_host *host);
void php_mqs_lanes_destroy(php_mqs_host *host);
/* A coroutine for each lane that has tickets and none. True: something was done. */
bool php_mqs_lanes_start(php_mqs_host *host);
/* Takes a lane of a connection off those that wait: the caller runs it. Its number; 0: it has none that waits. */
uint64_t php_mqs_lane_reserve(php_mqs_host *host, uint64_t conn_id);
/* As php_mqs_host_peer_of(), of a connection that may be gone. */
bool php_mqs_lane_peer_of(
    php_mqs_host *host, uint64_t conn_id, zend_long *fd, zend_long *reactor_id, zval *host_server);
void php_mqs_lanes_gc(php_mqs_host *host, zend_get_gc_buffer *buffer);
/* Body of the coroutine. */
void php_mqs_lane_run(php_mqs_host *host, uint64_t number);

#endif
