/* SPDX-License-Identifier: MIT
 *
 * src/php/async_queue.c - MqttServer\Async\Queue.
 * Owns: the values that are in it. Those of somebody who waits in push() are his wait's until there is room.
 */
#include "async.h"
#include "zend_exceptions.h"
#include "zend_interfaces.h"

#include "php_stubs/AsyncQueue_arginfo.h"

typedef struct queue_object {
	zval *values; /* [owned] a ring; size is a power of two */
	uint32_t head, count, size;
	uint32_t capacity;
	bool closed;
	mqs_link poppers, pushers; /* waits; of pushers with their values */
	zend_object std;
} queue_object;

static zend_class_entry *queue_ce;
static zend_object_handlers queue_handlers;

static inline queue_object *queue_of(zend_object *object)
{
	return (queue_object *)((char *)object - offsetof(queue_object, std));
}

/* ---- the ring ------------------------------------------------------------------------------------------------- */

static zval *at(queue_object *queue, uint32_t index)
{
	return &queue->values[(queue->head + index) & (queue->size - 1)];
}

/* value [owned] by the queue from now on */
static void put(queue_object *queue, zval *value)
{
	if (queue->count == queue->size) {
		uint32_t size = queue->size ? queue->size * 2 : 8;
		zval *values = safe_emalloc(size, sizeof(zval), 0);
		for (uint32_t i = 0; i < queue->count; i++) {
			ZVAL_COPY_VALUE(&values[i], at(queue, i));
		}
		if (queue->values) {
			efree(queue->values);
		}
		queue->values = values;
		queue->size = size;
		queue->head = 0;
	}
	queue->count++;
	ZVAL_COPY_VALUE(at(queue, queue->count - 1), value);
}

/* out [owned] by the caller */
static void take(queue_object *queue, zval *out)
{
	ZVAL_COPY_VALUE(out, at(queue, 0));
	queue->head = (queue->head + 1) & (queue->size - 1);
	queue->count--;
}

/* The first of a list that was not over before; ended now, and off the list. NULL: none. */
static php_mqs_wait *end_first(mqs_link *list)
{
	while (!mqs_list_empty(list)) {
		php_mqs_wait *wait = MQS_CONTAINER(list->next, php_mqs_wait, link);
		mqs_list_remove(&wait->link);
		if (php_mqs_wait_end(wait)) {
			return wait;
		}
	}
	return NULL;
}

/* ---- object --------------------------------------------------------------------------------------------------- */

static zend_object *queue_create_object(zend_class_entry *ce)
{
	queue_object *queue = emalloc(sizeof(*queue));
	memset(queue, 0, offsetof(queue_object, std));
	queue->capacity = 1024;
	mqs_list_init(&queue->poppers);
	mqs_list_init(&queue->pushers);
	zend_object_std_init(&queue->std, ce);
	queue->std.handlers = &queue_handlers;
	return &queue->std;
}

static void queue_free_object(zend_object *object)
{
	queue_object *queue = queue_of(object);
	while (queue->count) {
		zval value;
		take(queue, &value);
		zval_ptr_dtor(&value);
	}
	if (queue->values) {
		efree(queue->values);
	}
	zend_object_std_dtor(object);
}

static HashTable *queue_gc(zend_object *object, zval **table, int *count)
{
	queue_object *queue = queue_of(object);
	zend_get_gc_buffer *buffer = zend_get_gc_buffer_create();
	for (uint32_t i = 0; i < queue->count; i++) {
		zend_get_gc_buffer_add_zval(buffer, at(queue, i));
	}
	zend_get_gc_buffer_use(buffer, table, count);
	return NULL;
}

/* ---- methods -------------------------------------------------------------------------------------------------- */

static void throw_closed(void)
{
	zend_throw_exception(php_mqs_closed_ce, "The queue has been closed", 0);
}

ZEND_METHOD(MqttServer_Async_Queue, __construct)
{
	zend_long capacity = 1024;

	ZEND_PARSE_PARAMETERS_START(0, 1)
	Z_PARAM_OPTIONAL
	Z_PARAM_LONG(capacity)
	ZEND_PARSE_PARAMETERS_END();

	if (capacity < 1 || capacity > 1 << 30) {
		zend_argument_value_error(1, "must be between 1 and 1073741824");
		RETURN_THROWS();
	}
	queue_of(Z_OBJ_P(ZEND_THIS))->capacity = (uint32_t)capacity;
}

/* Waits until there is room; whoever makes it moves the value in. */
static void push_later(queue_object *queue, zval *value)
{
	php_mqs_wait *wait = php_mqs_wait_create();
	if (!wait) {
		return;
	}
	ZVAL_COPY(&wait->value, value);
	mqs_list_insert(&queue->pushers, &wait->link);
	if (php_mqs_wait_for(wait, -1.0) == PHP_MQS_WAIT_ENDED && Z_TYPE(wait->value) != IS_UNDEF) {
		throw_closed();
	}
	php_mqs_wait_release(wait);
}

ZEND_METHOD(MqttServer_Async_Queue, push)
{
	zval *value;

	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_ZVAL(value)
	ZEND_PARSE_PARAMETERS_END();

	queue_object *queue = queue_of(Z_OBJ_P(ZEND_THIS));
	ZVAL_DEREF(value);
	if (queue->closed) {
		throw_closed();
		RETURN_THROWS();
	}
	php_mqs_wait *popper = end_first(&queue->poppers);
	if (popper) {
		ZVAL_COPY(&popper->value, value);
	} else if (queue->count < queue->capacity) {
		zval copy;
		ZVAL_COPY(&copy, value);
		put(queue, &copy);
	} else {
		push_later(queue, value);
	}
}

static void pop_later(queue_object *queue, double seconds, zval *out)
{
	php_mqs_wait *wait = php_mqs_wait_create();
	if (!wait) {
		return;
	}
	mqs_list_insert(&queue->poppers, &wait->link);
	switch (php_mqs_wait_for(wait, seconds)) {
		case PHP_MQS_WAIT_ENDED:
			if (Z_TYPE(wait->value) == IS_UNDEF) {
				throw_closed();
			} else {
				ZVAL_COPY(out, &wait->value);
			}
			break;
		case PHP_MQS_WAIT_TIMEOUT: php_mqs_wait_throw_timeout("No value came", seconds); break;
		default: break;
	}
	php_mqs_wait_release(wait);
}

ZEND_METHOD(MqttServer_Async_Queue, pop)
{
	double timeout = -1.0;
	bool forever = true;

	ZEND_PARSE_PARAMETERS_START(0, 1)
	Z_PARAM_OPTIONAL
	Z_PARAM_DOUBLE_OR_NULL(timeout, forever)
	ZEND_PARSE_PARAMETERS_END();

	queue_object *queue = queue_of(Z_OBJ_P(ZEND_THIS));
	if (!forever && !php_mqs_wait_seconds_check(timeout, 1)) {
		RETURN_THROWS();
	}
	if (queue->count == 0) {
		if (queue->closed) {
			throw_closed();
		} else {
			pop_later(queue, forever ? -1.0 : timeout, return_value);
		}
		return;
	}
	take(queue, return_value);
	php_mqs_wait *pusher = end_first(&queue->pushers);
	if (pusher) {
		put(queue, &pusher->value);
		ZVAL_UNDEF(&pusher->value);
	}
}

ZEND_METHOD(MqttServer_Async_Queue, close)
{
	ZEND_PARSE_PARAMETERS_NONE();
	queue_object *queue = queue_of(Z_OBJ_P(ZEND_THIS));
	queue->closed = true;
	while (end_first(&queue->poppers) || end_first(&queue->pushers)) {
		/* none of them gets or brings a value */
	}
}

ZEND_METHOD(MqttServer_Async_Queue, isClosed)
{
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_BOOL(queue_of(Z_OBJ_P(ZEND_THIS))->closed);
}

ZEND_METHOD(MqttServer_Async_Queue, count)
{
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_LONG(queue_of(Z_OBJ_P(ZEND_THIS))->count);
}

void php_mqs_queue_minit(void)
{
	queue_ce = register_class_MqttServer_Async_Queue(zend_ce_countable);
	queue_ce->create_object = queue_create_object;
	memcpy(&queue_handlers, &std_object_handlers, sizeof(queue_handlers));
	queue_handlers.offset = offsetof(queue_object, std);
	queue_handlers.free_obj = queue_free_object;
	queue_handlers.get_gc = queue_gc;
	queue_handlers.clone_obj = NULL;
}
