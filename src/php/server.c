/* SPDX-License-Identifier: MIT
 *
 * src/php/server.c - MqttServer\Server: the object, handlers, disconnecting and looking in. start() is in server_run.c,
 * publish() in server_publish.c, request() and next() in async_inbox.c.
 * Owns: the broker, from the constructor on, so that publishing works before the server listens.
 */
#include "fiber_pool.h"
#include "host.h"
#include "hyperf.h"
#include "php_mqs_version.h"
#include "globals.h"
#include "zend_exceptions.h"
#include "zend_interfaces.h"
#include "ext/random/php_random.h"
#include <uv.h>

#include "php_stubs/Server_arginfo.h"

zend_class_entry *php_mqs_server_ce;
static zend_object_handlers server_handlers;

/* How many connections with values are needed before values of connections that never were accepted are looked for. */
#define VALUES_SWEEP_MIN 64

/* ---- object -------------------------------------------------------------------------------------------------- */

static zend_object *server_create(zend_class_entry *ce)
{
	php_mqs_server *server = zend_object_alloc(sizeof(*server), ce);
	memset(server, 0, offsetof(php_mqs_server, std));
	zend_object_std_init(&server->std, ce);
	object_properties_init(&server->std, ce);
	server->std.handlers = &server_handlers;
	php_mqs_server_options_init(&server->options);
	php_mqs_chains_init(&server->chains);
	php_mqs_timers_init(server);
	php_mqs_decisions_init(server);
	php_mqs_parked_init(server);
	zend_hash_init(&server->values, 0, NULL, ZVAL_PTR_DTOR, 0);
	server->values_sweep_at = VALUES_SWEEP_MIN;
	php_mqs_replies_init(server);
	return &server->std;
}

static void server_free(zend_object *object)
{
	php_mqs_server *server = PHP_MQS_SERVER_OF(object);
	php_mqs_server_list_remove(server);
	php_mqs_host_free(server);
	if (!server->forked) {
		/* A child that ends leaves the connections of its parent alone. */
		mqs_broker_destroy(server->broker);
	}
	server->broker = NULL;
	php_mqs_inbox_free(server);
	php_mqs_timers_clear(server);
	php_mqs_decisions_clear(server);
	php_mqs_parked_clear(server);
	php_mqs_chains_clear(&server->chains);
	zend_hash_destroy(&server->values);
	php_mqs_server_options_clear(&server->options);
	php_mqs_hyperf_free(server);
	if (server->late_label) {
		zend_string_release(server->late_label);
	}
	zval_ptr_dtor(&server->given);
	ZVAL_UNDEF(&server->given);
	zval_ptr_dtor(&server->container);
	ZVAL_UNDEF(&server->container);
	php_mqs_replies_clear(server);
	zend_object_std_dtor(object);
}

static HashTable *server_gc(zend_object *object, zval **table, int *count)
{
	php_mqs_server *server = PHP_MQS_SERVER_OF(object);
	zend_get_gc_buffer *buffer = zend_get_gc_buffer_create();
	zval *values;
	zend_get_gc_buffer_add_zval(buffer, &server->container);
	zend_get_gc_buffer_add_zval(buffer, &server->given);
	zend_get_gc_buffer_add_zval(buffer, &server->revolt);
	php_mqs_hyperf_gc(server, buffer);
	php_mqs_host_gc(server, buffer);
	zend_get_gc_buffer_add_zval(buffer, &server->options.handlers);
	if (server->options.has_logger) {
		zend_get_gc_buffer_add_zval(buffer, &server->options.logger.keeper);
	}
	php_mqs_chains_gc(&server->chains, buffer);
	php_mqs_timers_gc(server, buffer);
	php_mqs_decisions_gc(server, buffer);
	php_mqs_fibers_gc(server, buffer);
	ZEND_HASH_FOREACH_VAL (&server->values, values) {
		zend_get_gc_buffer_add_zval(buffer, values);
	}
	ZEND_HASH_FOREACH_END();
	zend_get_gc_buffer_use(buffer, table, count);
	return zend_std_get_properties(object);
}

php_mqs_server *php_mqs_server_this(zval *self)
{
	php_mqs_server *server = Z_MQS_SERVER_P(self);
	if (!server->broker) {
		zend_throw_error(NULL, "MqttServer\\Server has not been constructed");
		return NULL;
	}
	return server;
}

#define THIS_SERVER(server)                                                                                            \
	php_mqs_server *server = php_mqs_server_this(ZEND_THIS);                                                           \
	if (!server) {                                                                                                     \
		RETURN_THROWS();                                                                                               \
	}

int64_t php_mqs_server_now_ms(const php_mqs_server *server)
{
	/* The loop's clock is the same one, but may be coarse: a margin keeps it from going back when the loop starts. */
	return server->net ? mqs_net_now_ms(server->net) : (int64_t)(uv_hrtime() / 1000000) - 10;
}

void php_mqs_server_update_wants(php_mqs_server *server)
{
	uint32_t before = php_mqs_chains_wants(&server->chains, MQS_PHASE_BEFORE);
	if (zend_hash_num_elements(&server->values) > 0) {
		before |= 1u << MQS_EVENT_CLOSE;
	}
	before |= php_mqs_hyperf_wants(server);
	uint32_t after = php_mqs_chains_wants(&server->chains, MQS_PHASE_AFTER);
	mqs_broker_set_wants(server->broker, MQS_PHASE_BEFORE, before);
	mqs_broker_set_wants(server->broker, MQS_PHASE_AFTER, after);
	server->asks_about_publish = ((before | after) & (1u << MQS_EVENT_PUBLISH)) != 0;
	server->publish_concurrency = php_mqs_chains_concurrency(&server->chains);
	mqs_broker_set_publish_concurrency(server->broker, server->publish_concurrency);
}

/* Drops values of connections that are gone without having been accepted: the broker tells of no others. */
static void values_sweep(php_mqs_server *server)
{
	/* Collected first, destroyed behind the walk: destructors may add values. */
	zval *values, gone;
	zend_ulong conn_id;
	array_init(&gone);
	ZEND_HASH_FOREACH_NUM_KEY_VAL(&server->values, conn_id, values)
	{
		if (!mqs_broker_conn(server->broker, conn_id)) {
			Z_ADDREF_P(values);
			zend_hash_next_index_insert_new(Z_ARRVAL(gone), values);
			zend_hash_index_del(&server->values, conn_id);
		}
	}
	ZEND_HASH_FOREACH_END();
	server->values_sweep_at = MAX(VALUES_SWEEP_MIN, zend_hash_num_elements(&server->values) * 2);
	zval_ptr_dtor(&gone);
}

HashTable *php_mqs_server_values_add(php_mqs_server *server, uint64_t conn_id)
{
	zval values;
	if (zend_hash_num_elements(&server->values) >= server->values_sweep_at) {
		values_sweep(server);
		zval *meanwhile = zend_hash_index_find(&server->values, conn_id);
		if (meanwhile) {
			return Z_ARRVAL_P(meanwhile);
		}
	}
	bool first = zend_hash_num_elements(&server->values) == 0;
	array_init(&values);
	HashTable *table = Z_ARRVAL_P(zend_hash_index_add_new(&server->values, conn_id, &values));
	if (first) {
		php_mqs_server_update_wants(server);
	}
	return table;
}

/* ---- construction -------------------------------------------------------------------------------------------- */

static void random_bytes(void *ctx, void *out, size_t len)
{
	(void)ctx;
	if (php_random_bytes_silent(out, len) == FAILURE) {
		/* No source of randomness: identifiers are still different from each other. */
		uint64_t seed = uv_hrtime();
		for (size_t i = 0; i < len; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			((uint8_t *)out)[i] = (uint8_t)(seed >> 56);
		}
	}
}

static zend_result broker_create(php_mqs_server *server)
{
	mqs_ports ports = {
	    .server_version = "mqtt_server " PHP_MQTT_SERVER_VERSION,
	    .hooks = {.ctx = server,
	        .decide = php_mqs_hooks_decide,
	        .kept = php_mqs_hooks_kept,
	        .cancel = php_mqs_hooks_cancel},
	    .log = {.ctx = server, .least = server->options.log_level, .write = php_mqs_log_record},
	    .random = random_bytes,
	};
	if (php_random_bytes_throw(ports.hash_seed, sizeof(ports.hash_seed)) == FAILURE) {
		return FAILURE;
	}
	if (mqs_broker_create(&php_mqs_alloc, &server->options.broker, &ports, php_mqs_server_now_ms(server),
	        &server->broker) != MQS_OK) {
		zend_throw_error(NULL, "Out of memory");
		return FAILURE;
	}
	return SUCCESS;
}

zend_result php_mqs_server_broker_renew(php_mqs_server *server)
{
	mqs_broker *old = server->broker;
	if (broker_create(server) == FAILURE) {
		server->broker = old;
		return FAILURE;
	}
	mqs_broker_destroy(old);
	php_mqs_server_update_wants(server);
	return SUCCESS;
}

ZEND_METHOD(MqttServer_Server, __construct)
{
	HashTable *options = NULL;
	zval *container = NULL;

	ZEND_PARSE_PARAMETERS_START(0, 2)
	Z_PARAM_OPTIONAL
	Z_PARAM_ARRAY_HT(options)
	Z_PARAM_OBJECT_OR_NULL(container)
	ZEND_PARSE_PARAMETERS_END();

	php_mqs_server *server = Z_MQS_SERVER_P(ZEND_THIS);
	if (server->broker) {
		zend_throw_error(NULL, "MqttServer\\Server has been constructed already");
		RETURN_THROWS();
	}
	if (container) {
		/* An object can implement the interface only if it is there. */
		zend_string *name = zend_string_init(ZEND_STRL("Psr\\Container\\ContainerInterface"), 0);
		zend_class_entry *interface = zend_lookup_class_ex(name, NULL, ZEND_FETCH_CLASS_NO_AUTOLOAD);
		zend_string_release(name);
		if (!interface || !instanceof_function(Z_OBJCE_P(container), interface)) {
			zend_argument_type_error(
			    2, "must be of type ?Psr\\Container\\ContainerInterface, %s given", zend_zval_type_name(container));
			RETURN_THROWS();
		}
	}
	if (options && php_mqs_server_options_read(&server->options, options) == FAILURE) {
		php_mqs_server_options_clear(&server->options);
		php_mqs_server_options_init(&server->options);
		RETURN_THROWS();
	}
	if (!options && php_mqs_server_options_read(&server->options, (HashTable *)&zend_empty_array) == FAILURE) {
		RETURN_THROWS();
	}
	php_mqs_chains_select(&server->chains, server->options.name);
	if (options) {
		ZVAL_ARR(&server->given, zend_array_dup(options));
	}
	if (container) {
		ZVAL_COPY(&server->container, container);
		server->chains.has_container = true;
	}
	if (broker_create(server) == FAILURE) {
		RETURN_THROWS();
	}
	server->born_pid = uv_os_getpid();
	server->born_at = uv_hrtime() >> 8;
	php_mqs_server_list_add(server);
	if (Z_TYPE(server->options.handlers) != IS_UNDEF) {
		php_mqs_server_add_handlers(server, &server->options.handlers);
	}
}

/* ---- handlers ------------------------------------------------------------------------------------------------ */

/* After something was added: while the server runs it counts at once. */
static zend_result handlers_added(php_mqs_server *server)
{
	if ((server->net || php_mqs_host_runs(server)) &&
	    php_mqs_chains_resolve(&server->chains, &server->container) == FAILURE) {
		return FAILURE;
	}
	php_mqs_server_update_wants(server);
	return SUCCESS;
}

static zend_result add_class_by_name(php_mqs_server *server, zend_string *name)
{
	zend_class_entry *ce = zend_lookup_class(name);
	if (!ce) {
		if (!EG(exception)) {
			zend_throw_exception_ex(php_mqs_handler_exception_ce, 0,
			    "Handler class \"%s\" does not exist; expected the name of a class or a directory", ZSTR_VAL(name));
		}
		return FAILURE;
	}
	return php_mqs_chains_add_class(&server->chains, ce, NULL);
}

/* One entry of a list: an object, a class, or a directory. */
static zend_result add_entry(php_mqs_server *server, zval *entry)
{
	ZVAL_DEREF(entry);
	if (Z_TYPE_P(entry) == IS_OBJECT) {
		return php_mqs_chains_add_class(&server->chains, Z_OBJCE_P(entry), Z_OBJ_P(entry));
	}
	if (Z_TYPE_P(entry) != IS_STRING) {
		zend_type_error("MqttServer\\Server: Handlers must be class names, objects or directories, %s given",
		    zend_zval_type_name(entry));
		return FAILURE;
	}
	zend_stat_t status;
	bool directory =
	    !zend_str_has_nul_byte(Z_STR_P(entry)) && VCWD_STAT(Z_STRVAL_P(entry), &status) == 0 && S_ISDIR(status.st_mode);
	if (directory || strpbrk(Z_STRVAL_P(entry), "/.")) {
		return php_mqs_chains_add_directory(&server->chains, Z_STR_P(entry));
	}
	return add_class_by_name(server, Z_STR_P(entry));
}

zend_result php_mqs_server_add_handlers(php_mqs_server *server, zval *handlers)
{
	zval *entry;
	if (Z_TYPE_P(handlers) != IS_ARRAY) {
		return add_entry(server, handlers) == SUCCESS ? handlers_added(server) : FAILURE;
	}
	ZEND_HASH_FOREACH_VAL (Z_ARRVAL_P(handlers), entry) {
		if (add_entry(server, entry) == FAILURE) {
			return FAILURE;
		}
	}
	ZEND_HASH_FOREACH_END();
	return handlers_added(server);
}

ZEND_METHOD(MqttServer_Server, addHandler)
{
	zend_string *name = NULL;
	zend_object *object = NULL;

	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_OBJ_OR_STR(object, name)
	ZEND_PARSE_PARAMETERS_END();

	THIS_SERVER(server);
	zend_result added =
	    object ? php_mqs_chains_add_class(&server->chains, object->ce, object) : add_class_by_name(server, name);
	if (added == FAILURE || handlers_added(server) == FAILURE) {
		RETURN_THROWS();
	}
	RETURN_OBJ_COPY(Z_OBJ_P(ZEND_THIS));
}

ZEND_METHOD(MqttServer_Server, addHandlers)
{
	zval *handlers;

	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_ZVAL(handlers)
	ZEND_PARSE_PARAMETERS_END();

	THIS_SERVER(server);
	if (Z_TYPE_P(handlers) != IS_ARRAY && Z_TYPE_P(handlers) != IS_STRING) {
		zend_argument_type_error(1, "must be of type array|string, %s given", zend_zval_type_name(handlers));
		RETURN_THROWS();
	}
	if (php_mqs_server_add_handlers(server, handlers) == FAILURE) {
		RETURN_THROWS();
	}
	RETURN_OBJ_COPY(Z_OBJ_P(ZEND_THIS));
}

ZEND_METHOD(MqttServer_Server, on)
{
	static const char *const events[MQS_EVENT_KINDS] = {
	    [MQS_EVENT_CONNECT] = "connect",
	    [MQS_EVENT_AUTH] = "auth",
	    [MQS_EVENT_PUBLISH] = "publish",
	    [MQS_EVENT_SUBSCRIBE] = "subscribe",
	    [MQS_EVENT_UNSUBSCRIBE] = "unsubscribe",
	    [MQS_EVENT_PINGREQ] = "pingreq",
	    [MQS_EVENT_DISCONNECT] = "disconnect",
	    [MQS_EVENT_CLOSE] = "close",
	    [MQS_EVENT_DELIVER] = "deliver",
	};
	zend_string *event;
	zend_fcall_info info;
	zend_fcall_info_cache cache;
	zend_long priority = 0;

	ZEND_PARSE_PARAMETERS_START(2, 3)
	Z_PARAM_STR(event)
	Z_PARAM_FUNC(info, cache)
	Z_PARAM_OPTIONAL
	Z_PARAM_LONG(priority)
	ZEND_PARSE_PARAMETERS_END();

	THIS_SERVER(server);
	for (int kind = 0; kind < MQS_EVENT_KINDS; kind++) {
		if (zend_string_equals_cstr(event, events[kind], strlen(events[kind]))) {
			php_mqs_chains_add_callable(&server->chains, (mqs_event_kind)kind, &info, &cache, priority);
			php_mqs_server_update_wants(server);
			RETURN_OBJ_COPY(Z_OBJ_P(ZEND_THIS));
		}
	}
	zend_argument_value_error(1, "must be one of \"connect\", \"auth\", \"publish\", \"subscribe\", \"unsubscribe\", "
	                             "\"pingreq\", \"disconnect\", \"close\", \"deliver\"");
	RETURN_THROWS();
}

/* ---- acting -------------------------------------------------------------------------------------------------- */

bool php_mqs_disconnect_reason_check(zend_long reason, uint32_t arg_num)
{
	if (reason < 0x80 || reason > 255 || !mqs_reason_allowed((uint8_t)reason, MQTT_PKT_DISCONNECT)) {
		zend_argument_value_error(arg_num, "must be a reason code that a server may send in DISCONNECT");
		return false;
	}
	return true;
}

zend_result php_mqs_farewell_read(
    php_mqs_farewell *out, zend_long reason, bool discard, HashTable *properties, uint32_t arg_num)
{
	mqs_buffer_init(&out->props, &php_mqs_alloc, MQTT_VARINT_MAX);
	if (!php_mqs_disconnect_reason_check(reason, arg_num)) {
		return FAILURE;
	}
	out->reason = (uint8_t)reason;
	out->discard = discard;
	if (properties && zend_hash_str_exists(properties, ZEND_STRL("session_expiry_interval"))) {
		zend_argument_value_error(arg_num + 2, "must not have \"session_expiry_interval\": that is for clients");
		return FAILURE;
	}
	if (properties && php_mqs_props_from_array(properties, MQTT_PKT_DISCONNECT, false, &out->props) == FAILURE) {
		mqs_buffer_clear(&out->props);
		return FAILURE;
	}
	return SUCCESS;
}

bool php_mqs_server_disconnect(php_mqs_server *server, mqs_bytes client_id, php_mqs_farewell *farewell)
{
	/* The view may lie in the very session that goes away. */
	zend_string *name = zend_string_init((const char *)client_id.ptr, client_id.len, 0);
	mqs_bytes view = mqs_bytes_make(ZSTR_VAL(name), ZSTR_LEN(name));
	mqs_bytes props = mqs_buffer_view(&farewell->props);
	php_mqs_host_core_enter(server);
	mqs_result result = mqs_broker_disconnect(
	    server->broker, view, farewell->reason, props, farewell->discard, php_mqs_server_now_ms(server));
	php_mqs_host_core_leave(server);
	uint32_t asked = php_mqs_host_disconnect(server, view, farewell->reason, props, farewell->discard);
	zend_string_release(name);
	mqs_buffer_clear(&farewell->props);
	php_mqs_server_broker_called(server);
	return result == MQS_OK || asked > 0;
}

ZEND_METHOD(MqttServer_Server, disconnect)
{
	zend_string *client_id;
	zend_long reason = MQTT_RC_ADMINISTRATIVE_ACTION;
	bool discard = false;
	HashTable *properties = NULL;
	php_mqs_farewell farewell;

	ZEND_PARSE_PARAMETERS_START(1, 4)
	Z_PARAM_STR(client_id)
	Z_PARAM_OPTIONAL
	Z_PARAM_LONG(reason)
	Z_PARAM_BOOL(discard)
	Z_PARAM_ARRAY_HT(properties)
	ZEND_PARSE_PARAMETERS_END();

	THIS_SERVER(server);
	if (php_mqs_farewell_read(&farewell, reason, discard, properties, 2) == FAILURE) {
		RETURN_THROWS();
	}
	if (php_mqs_server_belongs_to_host(server) && php_mqs_host_publish_ready(server) == FAILURE) {
		mqs_buffer_clear(&farewell.props);
		RETURN_THROWS();
	}
	RETURN_BOOL(php_mqs_server_disconnect(server, mqs_bytes_make(ZSTR_VAL(client_id), ZSTR_LEN(client_id)), &farewell));
}

/* ---- looking in ---------------------------------------------------------------------------------------------- */

ZEND_METHOD(MqttServer_Server, clients)
{
	void *cursor = NULL;
	mqs_client_info info;

	ZEND_PARSE_PARAMETERS_NONE();
	THIS_SERVER(server);
	int64_t now_ms = php_mqs_server_now_ms(server);
	array_init(return_value);
	while (mqs_broker_next_client(server->broker, &cursor, &info)) {
		zval client;
		php_mqs_client_info_to_array(&info, now_ms, &client);
		add_next_index_zval(return_value, &client);
	}
}

ZEND_METHOD(MqttServer_Server, client)
{
	zend_string *client_id;
	mqs_client_info info;

	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_STR(client_id)
	ZEND_PARSE_PARAMETERS_END();

	THIS_SERVER(server);
	mqs_bytes name = mqs_bytes_make(ZSTR_VAL(client_id), ZSTR_LEN(client_id));
	if (!mqs_broker_client(server->broker, name, &info) || !info.connected) {
		RETURN_NULL();
	}
	php_mqs_client_create(return_value, Z_OBJ_P(ZEND_THIS), info.conn_id);
}

static void add_subscriptions(php_mqs_server *server, mqs_bytes client_id, zval *out)
{
	void *cursor = NULL;
	mqs_subscription_info info;
	while (mqs_broker_next_subscription(server->broker, client_id, &cursor, &info)) {
		zval entry;
		array_init(&entry);
		add_assoc_stringl(&entry, "client_id", client_id.len ? (const char *)client_id.ptr : "", client_id.len);
		add_assoc_stringl(&entry, "filter", (const char *)info.filter.ptr, info.filter.len);
		add_assoc_long(&entry, "qos", info.qos);
		add_assoc_bool(&entry, "no_local", info.no_local);
		add_assoc_bool(&entry, "retain_as_published", info.retain_as_published);
		add_assoc_long(&entry, "retain_handling", info.retain_handling);
		add_assoc_long(&entry, "subscription_identifier", info.identifier);
		add_next_index_zval(out, &entry);
	}
}

ZEND_METHOD(MqttServer_Server, subscriptions)
{
	zend_string *client_id = NULL;
	void *cursor = NULL;
	mqs_client_info info;

	ZEND_PARSE_PARAMETERS_START(0, 1)
	Z_PARAM_OPTIONAL
	Z_PARAM_STR_OR_NULL(client_id)
	ZEND_PARSE_PARAMETERS_END();

	THIS_SERVER(server);
	array_init(return_value);
	if (client_id) {
		add_subscriptions(server, mqs_bytes_make(ZSTR_VAL(client_id), ZSTR_LEN(client_id)), return_value);
		return;
	}
	while (mqs_broker_next_client(server->broker, &cursor, &info)) {
		add_subscriptions(server, info.client_id, return_value);
	}
}

ZEND_METHOD(MqttServer_Server, retained)
{
	zend_string *topic;
	mqs_publish message;

	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_STR(topic)
	ZEND_PARSE_PARAMETERS_END();

	THIS_SERVER(server);
	if (!mqs_broker_retained(server->broker, mqs_bytes_make(ZSTR_VAL(topic), ZSTR_LEN(topic)),
	        php_mqs_server_now_ms(server), &message)) {
		RETURN_NULL();
	}
	zval properties;
	array_init(return_value);
	add_assoc_stringl(return_value, "topic", (const char *)message.topic.ptr, message.topic.len);
	add_assoc_stringl(
	    return_value, "payload", message.payload.len ? (const char *)message.payload.ptr : "", message.payload.len);
	add_assoc_long(return_value, "qos", message.qos);
	ZVAL_UNDEF(&properties);
	php_mqs_props_to_array(message.props.raw, &properties);
	add_assoc_zval(return_value, "properties", &properties);
}

ZEND_METHOD(MqttServer_Server, stats)
{
	ZEND_PARSE_PARAMETERS_NONE();
	THIS_SERVER(server);
	const mqs_broker_stats *stats = mqs_broker_get_stats(server->broker);
	array_init(return_value);
#define ADD_STAT(name) add_assoc_long(return_value, #name, (zend_long)stats->name);
	MQS_BROKER_STAT_MAP(ADD_STAT)
#undef ADD_STAT
	add_assoc_long(return_value, "handler_calls", (zend_long)server->handler_calls);
	add_assoc_long(return_value, "handler_errors", (zend_long)server->handler_errors);
	add_assoc_long(return_value, "fibers", php_mqs_fibers_count(server));
	add_assoc_long(return_value, "fibers_parked", server->fiber_stats.parked);
	add_assoc_long(return_value, "fibers_parked_maximum", server->fiber_stats.parked_maximum);
	add_assoc_long(return_value, "fibers_refused", (zend_long)server->fiber_stats.refused);
	add_assoc_long(return_value, "timers", zend_hash_num_elements(&server->timers));
	add_assoc_long(return_value, "memory_blocks", (zend_long)MQS_G(blocks));
}

ZEND_METHOD(MqttServer_Server, port)
{
	ZEND_PARSE_PARAMETERS_NONE();
	THIS_SERVER(server);
	const php_mqs_listener *listener = &server->options.listeners[0];
	RETURN_LONG(listener->bound_port ? listener->bound_port : listener->port);
}

ZEND_METHOD(MqttServer_Server, name)
{
	ZEND_PARSE_PARAMETERS_NONE();
	THIS_SERVER(server);
	RETURN_STR_COPY(server->options.name);
}

ZEND_METHOD(MqttServer_Server, isRunning)
{
	ZEND_PARSE_PARAMETERS_NONE();
	THIS_SERVER(server);
	RETURN_BOOL(server->net != NULL || php_mqs_host_runs(server));
}

/* ---- timers -------------------------------------------------------------------------------------------------- */

#define TIMER_SECONDS_MAX 31536000.0

/* Milliseconds of argument #1. False: an exception is set. */
static bool timer_delay(double seconds, uint64_t least_ms, uint64_t *out)
{
	if (!(seconds >= 0.0 && seconds <= TIMER_SECONDS_MAX)) {
		zend_argument_value_error(1, "must be between 0 and 31536000 seconds");
		return false;
	}
	*out = MAX(least_ms, (uint64_t)(seconds * 1000.0 + 0.5));
	return true;
}

static void timer_method(INTERNAL_FUNCTION_PARAMETERS, bool repeated)
{
	double seconds;
	uint64_t delay_ms;
	zend_fcall_info info;
	zend_fcall_info_cache cache;

	ZEND_PARSE_PARAMETERS_START(2, 2)
	Z_PARAM_DOUBLE(seconds)
	Z_PARAM_FUNC(info, cache)
	ZEND_PARSE_PARAMETERS_END();

	THIS_SERVER(server);
	if (!timer_delay(seconds, repeated ? 1 : 0, &delay_ms)) {
		RETURN_THROWS();
	}
	zend_long id = php_mqs_timer_add(server, delay_ms, repeated ? delay_ms : 0, &info, &cache);
	if (id == 0) {
		zend_throw_error(NULL, "Out of memory");
		RETURN_THROWS();
	}
	RETURN_LONG(id);
}

ZEND_METHOD(MqttServer_Server, every)
{
	timer_method(INTERNAL_FUNCTION_PARAM_PASSTHRU, true);
}

ZEND_METHOD(MqttServer_Server, after)
{
	timer_method(INTERNAL_FUNCTION_PARAM_PASSTHRU, false);
}

ZEND_METHOD(MqttServer_Server, cancelTimer)
{
	zend_long timer;

	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_LONG(timer)
	ZEND_PARSE_PARAMETERS_END();

	THIS_SERVER(server);
	RETURN_BOOL(php_mqs_timer_cancel(server, timer));
}

/* ---- start and stop ------------------------------------------------------------------------------------------ */

ZEND_METHOD(MqttServer_Server, start)
{
	ZEND_PARSE_PARAMETERS_NONE();
	THIS_SERVER(server);
	php_mqs_server_run(server);
}

ZEND_METHOD(MqttServer_Server, stop)
{
	zend_long reason = MQTT_RC_SERVER_SHUTTING_DOWN;

	ZEND_PARSE_PARAMETERS_START(0, 1)
	Z_PARAM_OPTIONAL
	Z_PARAM_LONG(reason)
	ZEND_PARSE_PARAMETERS_END();

	THIS_SERVER(server);
	if (!php_mqs_disconnect_reason_check(reason, 1)) {
		RETURN_THROWS();
	}
	if (server->net) {
		mqs_net_stop(server->net, (uint8_t)reason);
	}
	php_mqs_host_stop(server, (uint8_t)reason);
}

void php_mqs_server_minit(void)
{
	php_mqs_server_ce = register_class_MqttServer_Server();
	php_mqs_server_ce->create_object = server_create;
	php_mqs_host_minit();
	memcpy(&server_handlers, &std_object_handlers, sizeof(server_handlers));
	server_handlers.offset = offsetof(php_mqs_server, std);
	server_handlers.free_obj = server_free;
	server_handlers.get_gc = server_gc;
	server_handlers.clone_obj = NULL;
}
