/* SPDX-License-Identifier: MIT
 *
 * src/php/async_future.c - MqttServer\Async\Deferred and Future.
 * Owns: the result, which is the Future's; a Deferred has a reference to its Future. An error that nobody asked for is
 * logged when its Future goes.
 */
#include "async.h"
#include "globals.h"
#include "zend_exceptions.h"

#include "php_stubs/AsyncFuture_arginfo.h"

typedef struct future_object {
	bool complete, failed;
	bool seen; /* somebody got the result */
	zval result;
	mqs_link followers;
	zend_object std;
} future_object;

typedef struct deferred_object {
	zend_object *future; /* [owned] */
	zend_object std;
} deferred_object;

zend_class_entry *php_mqs_future_ce;
static zend_class_entry *deferred_ce;
static zend_object_handlers future_handlers, deferred_handlers;

static inline future_object *future_of(zend_object *object)
{
	return (future_object *)((char *)object - offsetof(future_object, std));
}

static inline deferred_object *deferred_of(zend_object *object)
{
	return (deferred_object *)((char *)object - offsetof(deferred_object, std));
}

/* ---- Future as an object -------------------------------------------------------------------------------------- */

static zend_object *future_create_object(zend_class_entry *ce)
{
	future_object *future = emalloc(sizeof(*future));
	memset(future, 0, offsetof(future_object, std));
	ZVAL_UNDEF(&future->result);
	mqs_list_init(&future->followers);
	zend_object_std_init(&future->std, ce);
	future->std.handlers = &future_handlers;
	return &future->std;
}

static zval *property_of(zend_object *error, const char *name, zval *rv)
{
	zend_class_entry *base = instanceof_function(error->ce, zend_ce_exception) ? zend_ce_exception : zend_ce_error;
	zval *value = zend_read_property(base, error, name, strlen(name), true, rv);
	ZVAL_DEREF(value);
	return value;
}

static void log_unseen(php_mqs_server *server, zend_object *error)
{
	zval rv_message, rv_file, rv_line;
	const zval *message = property_of(error, "message", &rv_message);
	const zval *file = property_of(error, "file", &rv_file);
	const zval *line = property_of(error, "line", &rv_line);
	php_mqs_log_format(server, MQS_LOG_ERROR, mqs_bytes_make(NULL, 0),
	    "A future had an error that nobody asked for: %s: %s in %s:" ZEND_LONG_FMT, ZSTR_VAL(error->ce->name),
	    Z_TYPE_P(message) == IS_STRING ? Z_STRVAL_P(message) : "", Z_TYPE_P(file) == IS_STRING ? Z_STRVAL_P(file) : "?",
	    Z_TYPE_P(line) == IS_LONG ? Z_LVAL_P(line) : 0);
}

/* Runs before the object is freed, where a logger may be called. */
static void future_destruct(zend_object *object)
{
	future_object *future = future_of(object);
	php_mqs_server *server = php_mqs_running_server();
	server = server ? server : MQS_G(servers);
	if (!future->failed || future->seen || !server || server->fatal ||
	    instanceof_function(Z_OBJCE(future->result), php_mqs_cancelled_ce)) {
		return;
	}
	future->seen = true;
	bool thrown = EG(exception) != NULL; /* that of another future, for instance */
	if (thrown) {
		zend_exception_save();
	}
	log_unseen(server, Z_OBJ(future->result));
	if (thrown) {
		zend_exception_restore();
	}
}

static void future_free_object(zend_object *object)
{
	zval_ptr_dtor(&future_of(object)->result);
	zend_object_std_dtor(object);
}

static HashTable *future_gc(zend_object *object, zval **table, int *count)
{
	*table = &future_of(object)->result;
	*count = 1;
	return NULL;
}

/* ---- its life ------------------------------------------------------------------------------------------------- */

zend_object *php_mqs_future_create(void)
{
	return future_create_object(php_mqs_future_ce);
}

bool php_mqs_future_is_complete(const zend_object *future)
{
	return future_of((zend_object *)future)->complete;
}

bool php_mqs_future_has_failed(const zend_object *future)
{
	return future_of((zend_object *)future)->failed;
}

static void tell(future_object *future)
{
	future->complete = true;
	while (!mqs_list_empty(&future->followers)) {
		php_mqs_follower *follower = MQS_CONTAINER(future->followers.next, php_mqs_follower, link);
		mqs_list_remove(&follower->link);
		if (--follower->group->left == 0 || future->failed) {
			php_mqs_wait_end(follower->group->wait);
		}
	}
}

void php_mqs_future_complete(zend_object *object, zval *value)
{
	future_object *future = future_of(object);
	ZEND_ASSERT(!future->complete);
	ZVAL_COPY_VALUE(&future->result, value);
	tell(future);
}

void php_mqs_future_fail(zend_object *object, zend_object *error)
{
	future_object *future = future_of(object);
	ZEND_ASSERT(!future->complete);
	ZVAL_OBJ(&future->result, error);
	future->failed = true;
	tell(future);
}

zend_result php_mqs_future_result(zend_object *object, zval *ret)
{
	future_object *future = future_of(object);
	future->seen = true;
	if (future->failed) {
		GC_ADDREF(Z_OBJ(future->result));
		zend_throw_exception_internal(Z_OBJ(future->result));
		return FAILURE;
	}
	ZVAL_COPY(ret, &future->result);
	return SUCCESS;
}

void php_mqs_future_lose(zend_object *object, const char *why)
{
	zval error, message;
	if (future_of(object)->complete || object_init_ex(&error, php_mqs_exception_ce) != SUCCESS) {
		return;
	}
	ZVAL_STRING(&message, why);
	zend_update_property_ex(php_mqs_exception_ce, Z_OBJ(error), ZSTR_KNOWN(ZEND_STR_MESSAGE), &message);
	zval_ptr_dtor(&message);
	future_of(object)->seen = true; /* nothing that went wrong by itself */
	php_mqs_future_fail(object, Z_OBJ(error));
}

/* ---- waiting -------------------------------------------------------------------------------------------------- */

/* Nothing to wait for? */
static bool settled(zend_object *const *futures, uint32_t count)
{
	bool all = true;
	for (uint32_t i = 0; i < count; i++) {
		if (php_mqs_future_has_failed(futures[i])) {
			return true;
		}
		all = all && php_mqs_future_is_complete(futures[i]);
	}
	return all;
}

/* The memory is not of this stack: a fatal error may take that away, and the futures stay. */
typedef struct await_call {
	php_mqs_group group;
	php_mqs_follower followers[];
} await_call;

zend_result php_mqs_futures_await(zend_object *const *futures, uint32_t count, double seconds)
{
	if (settled(futures, count)) {
		return SUCCESS;
	}
	php_mqs_wait *wait = php_mqs_wait_create();
	if (!wait) {
		return FAILURE;
	}
	await_call *call = safe_emalloc(count, sizeof(call->followers[0]), sizeof(*call));
	call->group.wait = wait;
	call->group.left = 0;
	for (uint32_t i = 0; i < count; i++) {
		mqs_list_init(&call->followers[i].link);
		call->followers[i].group = &call->group;
		if (!php_mqs_future_is_complete(futures[i])) {
			call->group.left++;
			mqs_list_insert(&future_of(futures[i])->followers, &call->followers[i].link);
		}
	}
	php_mqs_wait_result result = php_mqs_wait_for(wait, seconds);
	for (uint32_t i = 0; i < count; i++) {
		mqs_list_remove(&call->followers[i].link);
	}
	efree(call);
	php_mqs_wait_release(wait);
	if (result == PHP_MQS_WAIT_TIMEOUT) {
		php_mqs_wait_throw_timeout("No result", seconds);
	}
	return result == PHP_MQS_WAIT_ENDED ? SUCCESS : FAILURE;
}

/* ---- Future's methods ----------------------------------------------------------------------------------------- */

ZEND_METHOD(MqttServer_Async_Future, __construct)
{
	ZEND_PARSE_PARAMETERS_NONE();
}

ZEND_METHOD(MqttServer_Async_Future, await)
{
	double timeout = -1.0;
	bool forever = true;

	ZEND_PARSE_PARAMETERS_START(0, 1)
	Z_PARAM_OPTIONAL
	Z_PARAM_DOUBLE_OR_NULL(timeout, forever)
	ZEND_PARSE_PARAMETERS_END();

	if (!forever && !php_mqs_wait_seconds_check(timeout, 1)) {
		RETURN_THROWS();
	}
	zend_object *future = Z_OBJ_P(ZEND_THIS);
	if (php_mqs_futures_await(&future, 1, forever ? -1.0 : timeout) == SUCCESS) {
		php_mqs_future_result(future, return_value);
	}
}

ZEND_METHOD(MqttServer_Async_Future, isComplete)
{
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_BOOL(future_of(Z_OBJ_P(ZEND_THIS))->complete);
}

/* ---- Deferred ------------------------------------------------------------------------------------------------- */

static zend_object *deferred_create_object(zend_class_entry *ce)
{
	deferred_object *deferred = emalloc(sizeof(*deferred));
	deferred->future = php_mqs_future_create();
	zend_object_std_init(&deferred->std, ce);
	deferred->std.handlers = &deferred_handlers;
	return &deferred->std;
}

static void deferred_destruct(zend_object *object)
{
	zend_object *future = deferred_of(object)->future;
	if (GC_REFCOUNT(future) > 1) {
		php_mqs_future_lose(future, "The Deferred is gone without a result");
	}
}

static void deferred_free_object(zend_object *object)
{
	OBJ_RELEASE(deferred_of(object)->future);
	zend_object_std_dtor(object);
}

static HashTable *deferred_gc(zend_object *object, zval **table, int *count)
{
	zend_get_gc_buffer *buffer = zend_get_gc_buffer_create();
	zend_get_gc_buffer_add_obj(buffer, deferred_of(object)->future);
	zend_get_gc_buffer_use(buffer, table, count);
	return NULL;
}

ZEND_METHOD(MqttServer_Async_Deferred, __construct)
{
	ZEND_PARSE_PARAMETERS_NONE();
}

/* [borrowed] The future if it has no result yet; NULL: an exception is set. */
static zend_object *open_future(zval *self)
{
	zend_object *future = deferred_of(Z_OBJ_P(self))->future;
	if (future_of(future)->complete) {
		zend_throw_error(NULL, "The Deferred has its result already");
		return NULL;
	}
	return future;
}

ZEND_METHOD(MqttServer_Async_Deferred, complete)
{
	zval *value = NULL, result = {0};

	ZEND_PARSE_PARAMETERS_START(0, 1)
	Z_PARAM_OPTIONAL
	Z_PARAM_ZVAL(value)
	ZEND_PARSE_PARAMETERS_END();

	zend_object *future = open_future(ZEND_THIS);
	if (!future) {
		RETURN_THROWS();
	}
	if (value) {
		ZVAL_COPY_DEREF(&result, value);
	} else {
		ZVAL_NULL(&result);
	}
	php_mqs_future_complete(future, &result);
}

ZEND_METHOD(MqttServer_Async_Deferred, error)
{
	zval *error;

	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_OBJECT_OF_CLASS(error, zend_ce_throwable)
	ZEND_PARSE_PARAMETERS_END();

	zend_object *future = open_future(ZEND_THIS);
	if (!future) {
		RETURN_THROWS();
	}
	Z_ADDREF_P(error);
	php_mqs_future_fail(future, Z_OBJ_P(error));
}

ZEND_METHOD(MqttServer_Async_Deferred, isComplete)
{
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_BOOL(future_of(deferred_of(Z_OBJ_P(ZEND_THIS))->future)->complete);
}

ZEND_METHOD(MqttServer_Async_Deferred, getFuture)
{
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_OBJ_COPY(deferred_of(Z_OBJ_P(ZEND_THIS))->future);
}

void php_mqs_future_minit(void)
{
	php_mqs_future_ce = register_class_MqttServer_Async_Future();
	php_mqs_future_ce->create_object = future_create_object;
	memcpy(&future_handlers, &std_object_handlers, sizeof(future_handlers));
	future_handlers.offset = offsetof(future_object, std);
	future_handlers.dtor_obj = future_destruct;
	future_handlers.free_obj = future_free_object;
	future_handlers.get_gc = future_gc;
	future_handlers.clone_obj = NULL;

	deferred_ce = register_class_MqttServer_Async_Deferred();
	deferred_ce->create_object = deferred_create_object;
	memcpy(&deferred_handlers, &std_object_handlers, sizeof(deferred_handlers));
	deferred_handlers.offset = offsetof(deferred_object, std);
	deferred_handlers.dtor_obj = deferred_destruct;
	deferred_handlers.free_obj = deferred_free_object;
	deferred_handlers.get_gc = deferred_gc;
	deferred_handlers.clone_obj = NULL;
}
