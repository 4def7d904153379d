/* SPDX-License-Identifier: MIT
 *
 * src/php/async_inbox.c - messages that code of the server waits for: Server::request() and Server::next().
 *
 * Answers come to one topic that the server makes up when it first asks; the Correlation Data says which request they
 * are for: its number, and a key that nobody can guess.
 * Owns: the insiders of the broker that listen. A copy of a message is made inside the broker, in memory that is not
 * PHP's; its packet object is made by the code that waited.
 */
#include "async.h"
#include "host.h"
#include "packet.h"
#include "zend_exceptions.h"
#include "ext/random/php_random.h"

#define KEY_LEN 16

struct php_mqs_inbox {
	php_mqs_server *server; /* [borrowed] */
	mqs_insider *replies;   /* [owned] NULL: nobody listens */
	zend_string *topic;     /* [owned] of the answers */
	uint64_t last;          /* number of the latest request */
	HashTable requests;     /* number => expected, of those whose answer comes to `topic` */
};

/* A message that somebody waits for. Not on the stack of its fiber, which a fatal error takes away. */
typedef struct expected {
	php_mqs_server *server; /* [borrowed] */
	php_mqs_wait *wait;     /* [owned] */
	mqs_insider *insider;   /* [owned] NULL: it comes to the topic of all answers, or the broker is gone */
	uint8_t key[KEY_LEN];   /* of a request */
	bool is_request;
	bool lost; /* it came but could not be kept, or cannot come any more */
	mqs_buffer bytes;
} expected;

/* ---- inside the broker ---------------------------------------------------------------------------------------- */

static void keep(expected *e, const mqs_publish *message)
{
	mqs_packet packet = {.type = MQTT_PKT_PUBLISH, .level = MQTT_LEVEL_5, .publish = *message};
	if (e->bytes.len || e->lost) {
		return; /* it has its message, and has not been able to say so */
	}
	packet.publish.packet_id = message->qos ? 1 : 0; /* of no meaning, but there must be one */
	e->lost = mqs_packet_encode(&packet, &e->bytes) != MQS_OK;
	php_mqs_wait_end(e->wait);
}

/* The end of the broker. After a fatal error nothing is touched that belongs to PHP. */
static void lose(expected *e)
{
	e->insider = NULL;
	e->lost = true;
	if (!e->server->fatal) {
		php_mqs_wait_end(e->wait);
	}
}

static mqs_bytes correlation_of(const mqs_publish *message)
{
	mqs_bytes rest = message->props.raw;
	mqs_prop prop;
	while (mqs_props_next(&rest, &prop)) {
		if (prop.id == MQTT_PROP_CORRELATION_DATA) {
			return prop.bytes;
		}
	}
	return mqs_bytes_make(NULL, 0);
}

static bool has_key(const expected *e, mqs_bytes correlation)
{
	return correlation.len == KEY_LEN && memcmp(correlation.ptr, e->key, KEY_LEN) == 0;
}

/* At a filter of its own. */
static void take_message(void *user, const mqs_publish *message)
{
	expected *e = user;
	mqs_bytes correlation;
	if (!message) {
		lose(e);
		return;
	}
	correlation = correlation_of(message);
	if (!e->is_request || correlation.len == 0 || has_key(e, correlation)) {
		keep(e, message);
	}
}

/* At the topic of all answers. */
static void take_answer(void *user, const mqs_publish *message)
{
	struct php_mqs_inbox *inbox = user;
	expected *e;
	if (!message) {
		inbox->replies = NULL;
		ZEND_HASH_FOREACH_PTR (&inbox->requests, e) {
			lose(e);
		}
		ZEND_HASH_FOREACH_END();
		return;
	}
	mqs_bytes correlation = correlation_of(message);
	uint64_t number;
	if (correlation.len != KEY_LEN) {
		return;
	}
	memcpy(&number, correlation.ptr, sizeof(number));
	e = zend_hash_index_find_ptr(&inbox->requests, (zend_ulong)number);
	if (e && has_key(e, correlation)) {
		keep(e, message);
	}
}

/* ---- waiting -------------------------------------------------------------------------------------------------- */

/* [owned] NULL: an exception is set. */
static expected *expect(php_mqs_server *server)
{
	php_mqs_wait *wait = php_mqs_wait_create();
	if (!wait) {
		return NULL;
	}
	expected *e = ecalloc(1, sizeof(*e));
	e->server = server;
	e->wait = wait;
	mqs_buffer_init(&e->bytes, &php_mqs_alloc, MQTT_VARINT_MAX + 5);
	return e;
}

static void forget(expected *e)
{
	if (e->insider) {
		mqs_insider_close(e->insider);
	}
	php_mqs_wait_release(e->wait);
	mqs_buffer_clear(&e->bytes);
	efree(e);
}

static zend_result listen_to(expected *e, mqs_bytes filter)
{
	if (mqs_insider_open(e->server->broker, filter, take_message, e, &e->insider) == MQS_OK) {
		return SUCCESS;
	}
	e->insider = NULL;
	zend_throw_error(NULL, "Out of memory");
	return FAILURE;
}

/* Waits for the message and makes its object. FAILURE: an exception is set. */
static zend_result await_message(expected *e, const char *what, const zend_string *where, double seconds, zval *out)
{
	static const mqs_codec_limits no_limits = {UINT32_MAX, UINT32_MAX};
	mqs_fault fault;
	switch (php_mqs_wait_for(e->wait, seconds)) {
		case PHP_MQS_WAIT_FAILED: return FAILURE;
		case PHP_MQS_WAIT_TIMEOUT:
			zend_throw_exception_ex(php_mqs_timeout_ce, 0, "%s \"%s\" within %g s", what, ZSTR_VAL(where), seconds);
			return FAILURE;
		default: break;
	}
	if (e->lost ||
	    php_mqs_packet_create(out, NULL, mqs_buffer_view(&e->bytes), MQTT_LEVEL_5, &no_limits, &fault) != MQS_OK) {
		zend_throw_exception(php_mqs_exception_ce, "The message was lost: out of memory, or the broker is gone", 0);
		return FAILURE;
	}
	return SUCCESS;
}

/* The server, ready to publish and to listen in this process; NULL: an exception is set. */
static php_mqs_server *ready_server(zval *self)
{
	php_mqs_server *server = php_mqs_server_this(self);
	return server && (!php_mqs_server_belongs_to_host(server) || php_mqs_host_publish_ready(server) == SUCCESS) ? server
	                                                                                                            : NULL;
}

/* ---- next ----------------------------------------------------------------------------------------------------- */

ZEND_METHOD(MqttServer_Server, next)
{
	zend_string *filter;
	double timeout = -1.0;
	bool forever = true;

	ZEND_PARSE_PARAMETERS_START(1, 2)
	Z_PARAM_STR(filter)
	Z_PARAM_OPTIONAL
	Z_PARAM_DOUBLE_OR_NULL(timeout, forever)
	ZEND_PARSE_PARAMETERS_END();

	php_mqs_server *server = ready_server(ZEND_THIS);
	mqs_bytes view = mqs_bytes_make(ZSTR_VAL(filter), ZSTR_LEN(filter)), group, rest;
	if (!server || (!forever && !php_mqs_wait_seconds_check(timeout, 2))) {
		RETURN_THROWS();
	}
	if (view.len > 65535 || !mqs_utf8_valid(view) || mqs_topic_share_parse(view, &group, &rest) ||
	    !mqs_topic_filter_valid(view, (uint32_t)server->options.broker.max_topic_levels)) {
		zend_argument_value_error(1, "must be a topic filter, and not a shared one");
		RETURN_THROWS();
	}
	expected *e = expect(server);
	if (!e) {
		RETURN_THROWS();
	}
	if (listen_to(e, view) == SUCCESS) {
		await_message(e, "No message for", filter, forever ? -1.0 : timeout, return_value);
	}
	forget(e);
}

/* ---- request -------------------------------------------------------------------------------------------------- */

static struct php_mqs_inbox *inbox_of(php_mqs_server *server)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t random[8];
	char name[sizeof(random) * 2 + 1] = "";
	if (!server->inbox) {
		if (php_random_bytes_throw(random, sizeof(random)) == FAILURE) {
			return NULL;
		}
		for (size_t i = 0; i < sizeof(random); i++) {
			name[i * 2] = digits[random[i] >> 4];
			name[i * 2 + 1] = digits[random[i] & 15];
		}
		server->inbox = ecalloc(1, sizeof(*server->inbox));
		server->inbox->server = server;
		server->inbox->topic = zend_strpprintf(0, "$mqs/reply/%s", name);
		zend_hash_init(&server->inbox->requests, 0, NULL, NULL, 0);
	}
	return server->inbox;
}

void php_mqs_inbox_free(php_mqs_server *server)
{
	if (server->inbox) {
		zend_string_release(server->inbox->topic);
		zend_hash_destroy(&server->inbox->requests);
		efree(server->inbox);
		server->inbox = NULL;
	}
}

/* Makes the number and the key of a request. FAILURE: an exception is set. */
static zend_result make_key(expected *e, struct php_mqs_inbox *inbox, uint64_t *number)
{
	*number = ++inbox->last;
	e->is_request = true;
	memcpy(e->key, number, sizeof(*number));
	return php_random_bytes_throw(e->key + sizeof(*number), KEY_LEN - sizeof(*number));
}

/* [owned] The properties of a request. `own` [out, borrowed] the topic that the caller wants the answer at, or NULL. */
static HashTable *request_properties(const expected *e, HashTable *given, zend_string *topic, zend_string **own)
{
	HashTable *out = given ? zend_array_dup(given) : zend_new_array(2);
	zval value, *response = zend_hash_str_find_deref(out, ZEND_STRL("response_topic"));
	*own = response && Z_TYPE_P(response) == IS_STRING ? Z_STR_P(response) : NULL;
	if (!response) {
		ZVAL_STR_COPY(&value, topic);
		zend_hash_str_add_new(out, ZEND_STRL("response_topic"), &value);
	}
	ZVAL_STRINGL(&value, (const char *)e->key, KEY_LEN);
	zend_hash_str_update(out, ZEND_STRL("correlation_data"), &value);
	return out;
}

/* Listens for the answer, at the topic that the caller wants it at, or at that of all answers. */
static zend_result listen_for_answer(expected *e, struct php_mqs_inbox *inbox, const zend_string *own, uint64_t number)
{
	if (own) {
		mqs_bytes view = mqs_bytes_make(ZSTR_VAL(own), ZSTR_LEN(own));
		if (!mqs_topic_name_valid(view, (uint32_t)e->server->options.broker.max_topic_levels)) {
			return SUCCESS; /* publishing will refuse it, and say why */
		}
		return listen_to(e, view);
	}
	mqs_bytes view = mqs_bytes_make(ZSTR_VAL(inbox->topic), ZSTR_LEN(inbox->topic));
	if (!inbox->replies && mqs_insider_open(e->server->broker, view, take_answer, inbox, &inbox->replies) != MQS_OK) {
		inbox->replies = NULL;
		zend_throw_error(NULL, "Out of memory");
		return FAILURE;
	}
	zend_hash_index_add_new_ptr(&inbox->requests, (zend_ulong)number, e);
	return SUCCESS;
}

static void ask(expected *e, struct php_mqs_inbox *inbox, php_mqs_message *message, double timeout, zval *out)
{
	zend_string *own;
	uint64_t number;
	uint32_t receivers = 0;
	if (make_key(e, inbox, &number) == FAILURE) {
		return;
	}
	message->properties = request_properties(e, message->properties, inbox->topic, &own);
	zend_result result = listen_for_answer(e, inbox, own, number);
	if (result == SUCCESS) {
		result = php_mqs_server_publish(e->server, message, 1, 4, &receivers);
	}
	zend_array_destroy(message->properties);
	if (result == SUCCESS && receivers == 0) {
		zend_throw_exception_ex(
		    php_mqs_exception_ce, 0, "Nobody subscribes to \"%s\": no answer can come", ZSTR_VAL(message->topic));
	} else if (result == SUCCESS) {
		await_message(e, "No answer to the request at", message->topic, timeout, out);
	}
	zend_hash_index_del(&inbox->requests, (zend_ulong)number);
}

ZEND_METHOD(MqttServer_Server, request)
{
	php_mqs_message message = {.qos = 1};
	double timeout = 5.0;

	ZEND_PARSE_PARAMETERS_START(2, 5)
	Z_PARAM_STR(message.topic)
	Z_PARAM_STR(message.payload)
	Z_PARAM_OPTIONAL
	Z_PARAM_DOUBLE(timeout)
	Z_PARAM_LONG(message.qos)
	Z_PARAM_ARRAY_HT(message.properties)
	ZEND_PARSE_PARAMETERS_END();

	php_mqs_server *server = ready_server(ZEND_THIS);
	if (!server || !php_mqs_wait_seconds_check(timeout, 3)) {
		RETURN_THROWS();
	}
	if (message.properties && zend_hash_str_exists(message.properties, ZEND_STRL("correlation_data"))) {
		zend_argument_value_error(5, "must not have \"correlation_data\": that is made for each request");
		RETURN_THROWS();
	}
	expected *e = expect(server);
	struct php_mqs_inbox *inbox = e ? inbox_of(server) : NULL;
	if (inbox) {
		ask(e, inbox, &message, timeout, return_value);
	}
	if (e) {
		forget(e);
	}
}
