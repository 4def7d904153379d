/* SPDX-License-Identifier: MIT
 *
 * src/php/server.h - the struct behind MqttServer\Server, shared by the files that make it: server*.c, client.c and
 * caller.c.
 *
 * A server belongs to the thread that made it. Each zval in here has one owner and one line in server_gc().
 */
#ifndef PHP_MQS_SERVER_H
#define PHP_MQS_SERVER_H

#include "chain.h"
#include "broker/broker.h"
#include "net/net.h"

typedef struct php_mqs_server php_mqs_server;

/* ---- options (server_options.c) ------------------------------------------------------------------------------ */

typedef enum php_mqs_anonymous {
	PHP_MQS_ANONYMOUS_BY_RULE,
	PHP_MQS_ANONYMOUS_NO,
	PHP_MQS_ANONYMOUS_YES
} php_mqs_anonymous;

typedef struct php_mqs_listener {
	zend_string *host;
	uint16_t port;
	uint16_t bound_port; /* 0 before it listens */
	php_mqs_anonymous anonymous;
	bool tolerate_receive_maximum;
} php_mqs_listener;

typedef struct php_mqs_server_options {
	mqs_broker_options broker;
	mqs_net_options net;
	zend_string *name;
	php_mqs_listener *listeners; /* [owned] listener_count of them, at least one */
	uint32_t listener_count;
	mqs_log_level log_level;
	bool has_logger;
	php_mqs_callee logger; /* (level, message, context) */
	zval handlers;         /* value of the option; undefined when it was not given */
	bool fibers;           /* handlers may wait, in the home that stands alone */
	uint32_t max_fibers;
	uint32_t slow_handler_ms; /* 0: nobody is told */
} php_mqs_server_options;

void php_mqs_server_options_init(php_mqs_server_options *options);
void php_mqs_server_options_clear(php_mqs_server_options *options);

/* Takes over the array that the constructor got. FAILURE: \TypeError or \ValueError that names the option is set. */
zend_result php_mqs_server_options_read(php_mqs_server_options *options, HashTable *in);

/* Each suspended fiber has two memory maps of its own, and a process has 65530 as Linux comes. */
#define PHP_MQS_FIBERS_MAX 30000

/* For stats(). */
typedef struct php_mqs_fiber_stats {
	uint32_t parked, parked_maximum;
	uint64_t refused;
} php_mqs_fiber_stats;

/* ---- the server (server.c) ----------------------------------------------------------------------------------- */

/* What the views of the latest reply point into, by purpose. */
typedef enum php_mqs_held {
	PHP_MQS_HELD_BODY,
	PHP_MQS_HELD_TOPIC,
	PHP_MQS_HELD_PAYLOAD,
	PHP_MQS_HELD_CLIENT_ID,
	PHP_MQS_HELD_COUNT
} php_mqs_held;

/* Replies are made one inside the other when a destructor or an output buffer makes the broker ask again, before it has
 * seen the first. Each depth has its own. */
typedef struct php_mqs_reply_store {
	zend_string *held[PHP_MQS_HELD_COUNT]; /* [owned] NULL: nothing */
	mqs_buffer reply_props, message_props;
	struct php_mqs_reply_store *inner; /* [owned] NULL: not needed so far */
} php_mqs_reply_store;

struct php_mqs_server {
	mqs_broker *broker;        /* NULL before the constructor has succeeded */
	mqs_net *net;              /* only while start() runs */
	struct php_mqs_host *host; /* host.h: NULL in the stand-alone home */
	php_mqs_server_options options;
	php_mqs_server *next;             /* of the servers of this thread (publisher.c) */
	zval given;                       /* array that the constructor got; undefined: none */
	zval container;                   /* undefined: none */
	struct php_mqs_hyperf *hyperf;    /* [owned] NULL: no application of Hyperf (hyperf.h) */
	zval revolt;                      /* RevoltDriver while start() runs, if Revolt is installed (revolt.h) */
	struct php_mqs_loop *revolt_loop; /* [borrowed] of the driver; NULL: none */
	php_mqs_chains chains;
	uint32_t publish_concurrency; /* of the handlers in chains */
	HashTable timers;             /* id => php_mqs_timer (server_timers.c) */
	HashTable decisions;          /* ticket => php_mqs_decision whose handlers wait, or that waits to be told */
	HashTable
	    waiting_tickets; /* ticket => connection id: decisions that wait for a fiber, in order (server_fibers.c) */
	HashTable lanes;     /* connection id => lane: connections with handlers that wait */
	uint64_t last_notice;
	struct php_mqs_fibers *fibers; /* [owned] fiber_pool.h: while start() runs; NULL: handlers cannot wait */
	php_mqs_fiber_stats fiber_stats;
	struct php_mqs_inbox *inbox; /* [owned] async_inbox.c: NULL: nobody asked for messages yet */
	HashTable values;            /* connection id => array of what Client::set() keeps */
	uint32_t values_sweep_at;
	zend_long next_timer;
	php_mqs_reply_store *replies; /* [borrowed] of the next reply: `first_replies`, or one inside of it */
	php_mqs_reply_store first_replies;
	bool asks_about_publish; /* PUBLISH has handlers or middlewares */
	zend_string *callee;     /* [borrowed] label of the user code that runs; NULL: none */
	zend_string *late_label; /* [owned] of the timer that was freed last; NULL: none */
	uint64_t handler_calls, handler_errors;
	int64_t watched_ms;   /* when user code ended last */
	uint32_t guard_depth; /* nested runs of PHP code */
	int born_pid;         /* of the process that constructed it */
	uint64_t born_at;     /* tells servers of one process from each other */
	bool started;         /* start() was called and got as far as listening */
	int pid;              /* of the process in which start() was called */
	bool forked;          /* this is a child of it that ends */
	bool unwinding;       /* the Fiber around start() is being destroyed */
	bool fatal;           /* PHP is not to be entered any more; start() bails out when the loop has been closed */
	bool wired;           /* it hears of the workers of a framework (hyperf_lifecycle.c) */
	bool logging;         /* the logger runs */
	zend_object std;
};

#define PHP_MQS_SERVER_OF(obj) ((php_mqs_server *)((char *)(obj)-offsetof(php_mqs_server, std)))
#define Z_MQS_SERVER_P(zv)     PHP_MQS_SERVER_OF(Z_OBJ_P(zv))

/* Monotonic milliseconds: the loop's while it runs. */
int64_t php_mqs_server_now_ms(const php_mqs_server *server);

/* [borrowed] The struct behind $this; NULL, with an exception set, when the constructor was not run. */
php_mqs_server *php_mqs_server_this(zval *self);

/* Makes the broker anew with the options as they are now. It must have no connection. FAILURE: exception, the old one
 * stays. */
zend_result php_mqs_server_broker_renew(php_mqs_server *server);

/* Tells the broker which events have handlers, after chains or values changed. */
void php_mqs_server_update_wants(php_mqs_server *server);

/* The arguments that both disconnect() methods end with, checked. `props` is made, whatever comes of it. */
typedef struct php_mqs_farewell {
	uint8_t reason;
	bool discard;
	mqs_buffer props; /* [owned] of DISCONNECT */
} php_mqs_farewell;

/* A reason code that a server may end a connection with? False: \ValueError for this argument is set. */
bool php_mqs_disconnect_reason_check(zend_long reason, uint32_t arg_num);

/* FAILURE: an exception that names the argument is set; `arg_num` is that of the reason code. */
zend_result php_mqs_farewell_read(
    php_mqs_farewell *out, zend_long reason, bool discard, HashTable *properties, uint32_t arg_num);

/* Disconnects the client of this name (a view that lives during the call) and frees the properties. False: there is
 * none. */
bool php_mqs_server_disconnect(php_mqs_server *server, mqs_bytes client_id, php_mqs_farewell *farewell);

/* [borrowed] A new table of values for a connection; the broker is asked to tell when the connection is gone. */
HashTable *php_mqs_server_values_add(php_mqs_server *server, uint64_t conn_id);

/* Takes what addHandlers() takes: a directory, or a list of directories, classes and objects. FAILURE: exception. */
zend_result php_mqs_server_add_handlers(php_mqs_server *server, zval *handlers);

/* In a process that was forked off since the server was constructed, there may be other workers to tell. */
bool php_mqs_server_belongs_to_host(const php_mqs_server *server);

/* After the broker was changed from PHP: output is to be written; a bailout inside it goes on. */
void php_mqs_server_broker_called(php_mqs_server *server);

/* ---- publishing (server_publish.c) --------------------------------------------------------------------------- */

/* Arguments of publish(), as they were given. */
typedef struct php_mqs_message {
	zend_string *topic, *payload;
	zend_long qos;
	bool retain;
	HashTable *properties; /* NULL: none */
} php_mqs_message;

/*
 * Publishes. May run PHP code.
 *
 * first  number of the argument that is the topic: payload follows it
 * qos    number of the argument that is the QoS
 *
 * FAILURE: an exception that names the argument is set.
 */
zend_result php_mqs_server_publish(
    php_mqs_server *server, const php_mqs_message *message, uint32_t first, uint32_t qos, uint32_t *receivers);

/* ---- requests and their answers (async_inbox.c) -------------------------------------------------------------- */

/* The broker is gone. */
void php_mqs_inbox_free(php_mqs_server *server);

/* ---- servers by name (publisher.c) --------------------------------------------------------------------------- */

void php_mqs_server_list_add(php_mqs_server *server);
/* Harmless when it is not in the list. */
void php_mqs_server_list_remove(php_mqs_server *server);
/* [borrowed] The server of this thread that has the name; NULL: there is none. */
php_mqs_server *php_mqs_server_list_find(const zend_string *name);

/* ---- start (server_run.c) ------------------------------------------------------------------------------------ */

/* Runs until the server is stopped. May leave an exception; bails out after a fatal error in a handler. */
void php_mqs_server_run(php_mqs_server *server);

/* ---- hooks (server_hooks.c) ---------------------------------------------------------------------------------- */

/* The port that asks the chains; `ctx` is the php_mqs_server. */
mqs_verdict php_mqs_hooks_decide(void *ctx, mqs_event *event);
mqs_result php_mqs_hooks_receive(void *ctx, mqs_conn *conn, mqs_bytes in);
void php_mqs_hooks_kept(void *ctx, mqs_event *event);
void php_mqs_hooks_cancel(void *ctx, uint64_t ticket, uint8_t reason);

/*
 * Runs the handlers that the ticket stands for and tells the broker what they decided. For a host with coroutines:
 * called in one, outside the broker; it may suspend inside. Output is to be flushed afterwards.
 *
 * Returns false when the ticket is gone. An exception that is left behind means the coroutine is being destroyed.
 */
bool php_mqs_hooks_run_ticket(php_mqs_server *server, uint64_t ticket);

/* Runs the handlers of a delivery, in the coroutine that was started for it. */
void php_mqs_hooks_run_delivery(php_mqs_server *server, uint64_t ticket);

void php_mqs_decisions_init(php_mqs_server *server);
void php_mqs_decisions_clear(php_mqs_server *server);
void php_mqs_decisions_gc(php_mqs_server *server, zend_get_gc_buffer *buffer);

/* What replies point into, by depth. */
void php_mqs_replies_init(php_mqs_server *server);
void php_mqs_replies_clear(php_mqs_server *server);

/* Lets go of what the latest reply of this depth pointed into. */
void php_mqs_replies_release(php_mqs_server *server);

/* Makes the inner one. */
void php_mqs_replies_deepen(php_mqs_reply_store *store);

/*
 * From now on replies leave alone what the last one points into: for PHP code that runs before the broker has seen it.
 *
 * Returns [borrowed] what server->replies is to be set to again.
 */
static zend_always_inline php_mqs_reply_store *php_mqs_replies_keep(php_mqs_server *server)
{
	php_mqs_reply_store *kept = server->replies;
	if (UNEXPECTED(!kept->inner)) {
		php_mqs_replies_deepen(kept);
	}
	server->replies = kept->inner;
	return kept;
}

/* ---- handlers in fibers (server_fibers.c) --------------------------------------------------------------------- */

void php_mqs_parked_init(php_mqs_server *server);
void php_mqs_parked_clear(php_mqs_server *server);

/* A fiber may be free: runs handlers of tickets that wait for one. */
void php_mqs_parked_run_waiting(php_mqs_server *server);

/* ---- timers (server_timers.c) -------------------------------------------------------------------------------- */

void php_mqs_timers_init(php_mqs_server *server);
void php_mqs_timers_clear(php_mqs_server *server);
/* Adds one and returns its id; interval_ms 0: once. */
zend_long php_mqs_timer_add(php_mqs_server *server, uint64_t delay_ms, uint64_t interval_ms,
    const zend_fcall_info *info, const zend_fcall_info_cache *cache);
bool php_mqs_timer_cancel(php_mqs_server *server, zend_long id);
/* The loop is there, or is about to go. FAILURE: out of memory. */
zend_result php_mqs_timers_start(php_mqs_server *server);
void php_mqs_timers_stop(php_mqs_server *server);
void php_mqs_timers_gc(php_mqs_server *server, zend_get_gc_buffer *buffer);

/* In a host, which has one timer for everything: counting starts, in this process. */
void php_mqs_timers_start_hosted(php_mqs_server *server, int64_t now_ms);
/* Earliest time, INT64_MAX: none. */
int64_t php_mqs_timers_next_deadline(php_mqs_server *server);
/* One that is due, which counts anew from now on; 0: none. */
zend_long php_mqs_timers_take_due(php_mqs_server *server, int64_t now_ms);
/* Runs its callback, unless it is gone or still running. May suspend. */
void php_mqs_timer_fire(php_mqs_server *server, zend_long id);

/* ---- log (server_log.c) -------------------------------------------------------------------------------------- */

/* The broker's log port and the loop's; `ctx` is the php_mqs_server. */
void php_mqs_log_record(void *ctx, const mqs_log_record *record);
void php_mqs_log_net(void *ctx, mqs_log_level level, const char *line);

/* One line. client_id may be empty; control characters in either are escaped. */
void php_mqs_log_line(php_mqs_server *server, mqs_log_level level, const char *text, mqs_bytes client_id);
/* One that had to wait and is escaped already, with the client in it. */
void php_mqs_log_kept(php_mqs_server *server, mqs_log_level level, const char *text, size_t len, mqs_bytes client_id);
void php_mqs_log_format(php_mqs_server *server, mqs_log_level level, mqs_bytes client_id, const char *format, ...)
    ZEND_ATTRIBUTE_FORMAT(printf, 4, 5);

/* After a fatal error: no PHP code, no memory of PHP. Strings may be NULL. */
void php_mqs_log_fatal(php_mqs_server *server, const char *label, const zend_string *message, const zend_string *file,
    int line, mqs_bytes client_id);

/* Level by name, -1 when there is none; and the name. */
int php_mqs_log_level_by_name(const char *name, size_t len);
const char *php_mqs_log_level_name(mqs_log_level level);

/* ---- clients (client.c) -------------------------------------------------------------------------------------- */

/* As php_mqs_client_create(), for one whose name the broker does not tell (yet, or any more). */
void php_mqs_client_create_named(zval *out, zend_object *server, uint64_t conn_id, mqs_bytes client_id);

/* The object goes on telling name, user name, address, level and keep-alive when the connection, which is still there
 * now, is gone. */
void php_mqs_client_keep(zval *client);
uint8_t php_mqs_client_level(const zval *client); /* 0: not known */

/* Array of one client for Server::clients(). */
void php_mqs_client_info_to_array(const mqs_client_info *info, int64_t now_ms, zval *out);

#endif
