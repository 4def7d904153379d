/* SPDX-License-Identifier: MIT
 *
 * src/php/revolt_loop.c - MqttServer\Async\Loop, what RevoltDriver waits with: watches on the server's loop while it
 * runs, else on one of their own.
 *
 * Owns: the watches. They move to the server's loop when it begins and back when it ends.
 */
#include "php_mqs.h"
#include "revolt_private.h"
#include "fiber_pool.h"
#include "zend_exceptions.h"
#include "zend_fibers.h"
#include "zend_interfaces.h"
#include <uv.h>

#include "php_stubs/Loop_arginfo.h"

typedef enum entry_kind { ENTRY_TIMER, ENTRY_STREAM, ENTRY_SIGNAL } entry_kind;

/* Something that Revolt waits for. */
typedef struct loop_entry {
	php_mqs_loop *loop;
	mqs_link at; /* in `fired` or in `served`, or in neither */
	zend_string *id;
	mqs_watch *watch; /* [owned] NULL: a stream that is always ready */
	uint64_t due_ns;
	zval stream; /* the resource */
	int fd;
	int number; /* of the signal */
	uint8_t kind;
	uint8_t events;
	bool always; /* a file: libuv cannot wait for it */
} loop_entry;

#define THIS_LOOP PHP_MQS_LOOP_OF(Z_OBJ_P(ZEND_THIS))

static zend_object_handlers loop_handlers;

/* ---- watching ------------------------------------------------------------------------------------------------- */

void php_mqs_loop_want_turn(php_mqs_loop *loop)
{
	loop->wanted = true;
	mqs_net_turn_soon(loop->server->net);
}

static void wake(php_mqs_loop *loop)
{
	if (loop->server && !loop->driven) {
		php_mqs_loop_want_turn(loop);
	}
}

static void on_fired(void *user, unsigned events)
{
	(void)events;
	loop_entry *entry = user;
	mqs_list_remove(&entry->at);
	mqs_list_insert(&entry->loop->fired, &entry->at);
	wake(entry->loop);
}

/* [borrowed] NULL: exception. */
static mqs_watch_loop *watch_loop(php_mqs_loop *loop)
{
	if (loop->server) {
		return mqs_net_watch_loop(loop->server->net);
	}
	if (!loop->own) {
		loop->own = mqs_watch_loop_create(&php_mqs_alloc);
		if (!loop->own) {
			zend_throw_error(NULL, "Cannot make an event loop");
		}
	}
	return loop->own;
}

static void entry_close(loop_entry *entry)
{
	if (entry->watch) {
		mqs_watch_stop(entry->watch);
		entry->watch = NULL;
	}
}

/* Returns libuv's code. */
static int entry_open(loop_entry *entry, mqs_watch_loop *loop)
{
	int code = 0;
	switch (entry->kind) {
		case ENTRY_TIMER: entry->watch = mqs_watch_time(loop, entry->due_ns, on_fired, entry, &code); break;
		case ENTRY_SIGNAL: entry->watch = mqs_watch_signal(loop, entry->number, on_fired, entry, &code); break;
		default:
			entry->watch = mqs_watch_descriptor(loop, entry->fd, entry->events, on_fired, entry, &code);
			if (code == UV_EPERM) {
				entry->always = true;
				on_fired(entry, 0);
				return 0;
			}
			break;
	}
	return code;
}

/* Destructor of the table's entries. */
static void entry_removed(zval *value)
{
	loop_entry *entry = Z_PTR_P(value);
	mqs_list_remove(&entry->at);
	entry_close(entry);
	zend_string_release(entry->id);
	zval_ptr_dtor(&entry->stream);
	efree(entry);
}

static loop_entry *entry_create(php_mqs_loop *loop, zend_string *id, entry_kind kind)
{
	loop_entry *entry = ecalloc(1, sizeof(*entry));
	entry->loop = loop;
	entry->kind = (uint8_t)kind;
	entry->id = zend_string_copy(id);
	ZVAL_UNDEF(&entry->stream);
	mqs_list_init(&entry->at);
	zend_hash_update_ptr(&loop->entries, id, entry);
	return entry;
}

/* Opens a new entry where the loop is now; one that cannot be opened is gone, with an exception. */
static void entry_start(loop_entry *entry, const char *what)
{
	php_mqs_loop *loop = entry->loop;
	mqs_watch_loop *on = watch_loop(loop);
	int code = on ? entry_open(entry, on) : 0;
	if (code) {
		zend_throw_error(NULL, "Cannot watch %s: %s", what, uv_strerror(code));
	}
	if (EG(exception)) {
		zend_hash_del(&loop->entries, entry->id);
	}
}

/* Was the stream closed, and its number may be another's now? */
static bool is_closed(const loop_entry *entry)
{
	return entry->kind == ENTRY_STREAM && Z_RES(entry->stream)->type < 0;
}

void php_mqs_loop_move(php_mqs_loop *loop, php_mqs_server *server)
{
	loop_entry *entry;
	ZEND_HASH_FOREACH_PTR (&loop->entries, entry) {
		entry_close(entry);
	}
	ZEND_HASH_FOREACH_END();
	loop->server = server;
	if (!server && !loop->own && zend_hash_num_elements(&loop->entries) > 0) {
		loop->own = mqs_watch_loop_create(&php_mqs_alloc);
	}
	mqs_watch_loop *on = server ? mqs_net_watch_loop(server->net) : loop->own;
	ZEND_HASH_FOREACH_PTR (&loop->entries, entry) {
		if (!entry->always && !is_closed(entry) && (!on || entry_open(entry, on))) {
			entry->always = true;
			on_fired(entry, 0);
		}
	}
	ZEND_HASH_FOREACH_END();
}

/* ---- the class ------------------------------------------------------------------------------------------------ */

static zend_object *loop_create(zend_class_entry *ce)
{
	php_mqs_loop *loop = zend_object_alloc(sizeof(*loop), ce);
	zend_object_std_init(&loop->std, ce);
	object_properties_init(&loop->std, ce);
	loop->std.handlers = &loop_handlers;
	zend_hash_init(&loop->entries, 0, NULL, entry_removed, 0);
	mqs_list_init(&loop->fired);
	mqs_list_init(&loop->served);
	zend_hash_init(&loop->suspensions, 0, NULL, ZVAL_PTR_DTOR, 0);
	ZVAL_UNDEF(&loop->pause);
	return &loop->std;
}

static void loop_free(zend_object *obj)
{
	php_mqs_loop *loop = PHP_MQS_LOOP_OF(obj);
	zend_hash_destroy(&loop->entries);
	zend_hash_destroy(&loop->suspensions);
	mqs_watch_loop_destroy(loop->own);
	zval_ptr_dtor(&loop->pause);
	zend_object_std_dtor(obj);
}

static HashTable *loop_gc(zend_object *obj, zval **table, int *n)
{
	php_mqs_loop *loop = PHP_MQS_LOOP_OF(obj);
	zend_get_gc_buffer *buffer = zend_get_gc_buffer_create();
	zval *suspension;
	zend_get_gc_buffer_add_zval(buffer, &loop->pause);
	ZEND_HASH_FOREACH_VAL (&loop->suspensions, suspension) {
		zend_get_gc_buffer_add_zval(buffer, suspension);
	}
	ZEND_HASH_FOREACH_END();
	zend_get_gc_buffer_use(buffer, table, n);
	return zend_std_get_properties(obj);
}

PHP_METHOD(MqttServer_Async_Loop, __construct)
{
	zval *pause;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_OBJECT_OF_CLASS(pause, zend_ce_throwable)
	ZEND_PARSE_PARAMETERS_END();
	zval_ptr_dtor(&THIS_LOOP->pause);
	ZVAL_COPY(&THIS_LOOP->pause, pause);
}

PHP_METHOD(MqttServer_Async_Loop, now)
{
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_DOUBLE((double)mqs_watch_now_ns() / 1e9);
}

PHP_METHOD(MqttServer_Async_Loop, timer)
{
	zend_string *id;
	double due;
	ZEND_PARSE_PARAMETERS_START(2, 2)
	Z_PARAM_STR(id)
	Z_PARAM_DOUBLE(due)
	ZEND_PARSE_PARAMETERS_END();
	loop_entry *entry = entry_create(THIS_LOOP, id, ENTRY_TIMER);
	/* As far away as nobody will wait, and exact for libuv's milliseconds. */
	entry->due_ns = due <= 0 ? 0 : due >= 1e9 ? UINT64_C(1000000000000000000) : (uint64_t)(due * 1e9);
	entry_start(entry, "a time");
}

PHP_METHOD(MqttServer_Async_Loop, stream)
{
	zend_string *id;
	zval *resource;
	bool writable;
	ZEND_PARSE_PARAMETERS_START(3, 3)
	Z_PARAM_STR(id)
	Z_PARAM_RESOURCE(resource)
	Z_PARAM_BOOL(writable)
	ZEND_PARSE_PARAMETERS_END();
	php_stream *stream = zend_fetch_resource2_ex(resource, "stream", php_file_le_stream(), php_file_le_pstream());
	int fd = -1;
	if (!stream) {
		RETURN_THROWS();
	}
	if (php_stream_cast(stream, PHP_STREAM_AS_FD_FOR_SELECT | PHP_STREAM_CAST_INTERNAL, (void *)&fd, 0) == FAILURE ||
	    fd < 0) {
		zend_throw_error(NULL, "Cannot watch a stream without a descriptor");
		RETURN_THROWS();
	}
	loop_entry *entry = entry_create(THIS_LOOP, id, ENTRY_STREAM);
	ZVAL_COPY(&entry->stream, resource);
	entry->fd = fd;
	entry->events = writable ? MQS_WATCH_WRITABLE : MQS_WATCH_READABLE;
	entry_start(entry, "a stream");
	if (!EG(exception) && !writable && stream->writepos > stream->readpos) {
		on_fired(entry, 0);
	}
}

PHP_METHOD(MqttServer_Async_Loop, signal)
{
	zend_string *id;
	zend_long number;
	ZEND_PARSE_PARAMETERS_START(2, 2)
	Z_PARAM_STR(id)
	Z_PARAM_LONG(number)
	ZEND_PARSE_PARAMETERS_END();
	loop_entry *entry = entry_create(THIS_LOOP, id, ENTRY_SIGNAL);
	entry->number = number > 0 && number < INT_MAX ? (int)number : 0;
	entry_start(entry, "a signal");
}

PHP_METHOD(MqttServer_Async_Loop, stop)
{
	zend_string *id;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_STR(id)
	ZEND_PARSE_PARAMETERS_END();
	zend_hash_del(&THIS_LOOP->entries, id);
}

/* In an open stream: is something in PHP's own buffer, of which the descriptor knows nothing? */
static bool is_buffered(const loop_entry *entry)
{
	if (!(entry->events & MQS_WATCH_READABLE)) {
		return false;
	}
	php_stream *stream = Z_RES_VAL(entry->stream);
	int fd;
	/* For TLS this fetches what the library has kept. */
	php_stream_cast(stream, PHP_STREAM_AS_FD_FOR_SELECT | PHP_STREAM_CAST_INTERNAL, (void *)&fd, 0);
	return stream->writepos > stream->readpos;
}

/* What is ready without an event fires now. */
static void fire_served(php_mqs_loop *loop)
{
	while (!mqs_list_empty(&loop->served)) {
		loop_entry *entry = MQS_CONTAINER(loop->served.next, loop_entry, at);
		mqs_list_remove(&entry->at);
		if (!is_closed(entry) && (entry->always || is_buffered(entry))) {
			mqs_list_insert(&loop->fired, &entry->at);
		}
	}
}

PHP_METHOD(MqttServer_Async_Loop, turn)
{
	bool wait;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_BOOL(wait)
	ZEND_PARSE_PARAMETERS_END();
	php_mqs_loop *loop = THIS_LOOP;
	fire_served(loop);
	wait = wait && mqs_list_empty(&loop->fired);
	if (loop->server) {
		if (!wait) {
			php_mqs_loop_want_turn(loop);
		}
		RETURN_TRUE;
	}
	mqs_watch_loop *on = watch_loop(loop);
	if (on) {
		mqs_watch_loop_turn(on, wait);
	}
	RETURN_FALSE;
}

PHP_METHOD(MqttServer_Async_Loop, fired)
{
	ZEND_PARSE_PARAMETERS_NONE();
	php_mqs_loop *loop = THIS_LOOP;
	array_init(return_value);
	while (!mqs_list_empty(&loop->fired)) {
		loop_entry *entry = MQS_CONTAINER(loop->fired.next, loop_entry, at);
		mqs_list_remove(&entry->at);
		if (is_closed(entry)) {
			entry_close(entry); /* its owner should have cancelled it, and may still do so */
			continue;
		}
		add_next_index_str(return_value, zend_string_copy(entry->id));
		if (entry->kind == ENTRY_STREAM) {
			mqs_list_insert(&loop->served, &entry->at);
		}
	}
}

PHP_METHOD(MqttServer_Async_Loop, wake)
{
	ZEND_PARSE_PARAMETERS_NONE();
	wake(THIS_LOOP);
}

PHP_METHOD(MqttServer_Async_Loop, isServed)
{
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_BOOL(THIS_LOOP->server);
}

PHP_METHOD(MqttServer_Async_Loop, isDriven)
{
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_BOOL(THIS_LOOP->driven);
}

PHP_METHOD(MqttServer_Async_Loop, stopServer)
{
	ZEND_PARSE_PARAMETERS_NONE();
	if (THIS_LOOP->server) {
		mqs_net_stop(THIS_LOOP->server->net, MQTT_RC_SERVER_SHUTTING_DOWN);
	}
}

/* ---- jobs of the pool ----------------------------------------------------------------------------------------- */

PHP_METHOD(MqttServer_Async_Loop, isJob)
{
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_BOOL(THIS_LOOP->server && php_mqs_fiber_current(THIS_LOOP->server));
}

PHP_METHOD(MqttServer_Async_Loop, suspension)
{
	ZEND_PARSE_PARAMETERS_NONE();
	php_mqs_loop *loop = THIS_LOOP;
	bool job = loop->server && php_mqs_fiber_current(loop->server);
	zval *suspension = job ? zend_hash_index_find(&loop->suspensions, EG(active_fiber)->std.handle) : NULL;
	if (suspension) {
		RETURN_COPY(suspension);
	}
}

PHP_METHOD(MqttServer_Async_Loop, keep)
{
	zval *suspension;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_OBJECT(suspension)
	ZEND_PARSE_PARAMETERS_END();
	if (!EG(active_fiber)) {
		zend_throw_error(NULL, "Not in a Fiber");
		RETURN_THROWS();
	}
	Z_ADDREF_P(suspension);
	zend_hash_index_update(&THIS_LOOP->suspensions, EG(active_fiber)->std.handle, suspension);
}

/* ---- life ----------------------------------------------------------------------------------------------------- */

void php_mqs_revolt_loop_minit(void)
{
	zend_class_entry *loop_ce = register_class_MqttServer_Async_Loop();
	loop_ce->create_object = loop_create;
	memcpy(&loop_handlers, &std_object_handlers, sizeof(zend_object_handlers));
	loop_handlers.offset = offsetof(php_mqs_loop, std);
	loop_handlers.free_obj = loop_free;
	loop_handlers.get_gc = loop_gc;
	loop_handlers.clone_obj = NULL;
}
