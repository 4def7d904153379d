/* SPDX-License-Identifier: MIT
 *
 * src/php/client.c - MqttServer\Client: a handle on one connection, by its number.
 *
 * It holds the server, never the connection: each method looks the connection up, so that a handle that was kept does
 * no harm. What Client::set() keeps lives in the server, until the connection is closed.
 */
#include "server.h"
#include "zend_exceptions.h"
#include "zend_interfaces.h"

#include "php_stubs/Client_arginfo.h"

typedef struct php_mqs_client {
	zend_object *server;          /* [owned] NULL in an object that was not made by us */
	uint64_t conn_id;             /* 0: none */
	zend_string *client_id;       /* [owned] NULL: not known yet */
	zend_string *username, *peer; /* [owned] of php_mqs_client_keep(); NULL: none */
	uint16_t keep_alive_s;
	uint8_t level;
	zend_object std;
} php_mqs_client;

zend_class_entry *php_mqs_client_ce;
static zend_object_handlers client_handlers;

#define CLIENT_OF(obj) ((php_mqs_client *)((char *)(obj)-offsetof(php_mqs_client, std)))

/* The connection, or NULL. */
static mqs_conn *connection(const php_mqs_client *client)
{
	mqs_broker *broker = client->server ? PHP_MQS_SERVER_OF(client->server)->broker : NULL;
	return broker && client->conn_id ? mqs_broker_conn(broker, client->conn_id) : NULL;
}

static bool client_info(const zval *self, mqs_client_info *info)
{
	mqs_conn *conn = connection(CLIENT_OF(Z_OBJ_P(self)));
	if (conn) {
		mqs_conn_client_info(conn, info);
	}
	return conn != NULL;
}

/* What is told of a client is that of its connection; of one that is gone, what was kept. */
void php_mqs_client_keep(zval *self)
{
	mqs_client_info info;
	php_mqs_client *client = CLIENT_OF(Z_OBJ_P(self));
	if (client->peer || !client_info(self, &info)) {
		return;
	}
	if (!client->client_id && info.client_id.len > 0) {
		client->client_id = zend_string_init((const char *)info.client_id.ptr, info.client_id.len, 0);
	}
	client->peer = zend_string_init(info.peer.len ? (const char *)info.peer.ptr : "", info.peer.len, 0);
	if (info.username.len > 0) {
		client->username = zend_string_init((const char *)info.username.ptr, info.username.len, 0);
	}
	client->level = info.level;
	client->keep_alive_s = info.keep_alive_s;
}

uint8_t php_mqs_client_level(const zval *self)
{
	mqs_client_info info;
	return client_info(self, &info) ? info.level : CLIENT_OF(Z_OBJ_P(self))->level;
}

ZEND_METHOD(MqttServer_Client, __construct)
{
	ZEND_PARSE_PARAMETERS_NONE();
}

ZEND_METHOD(MqttServer_Client, id)
{
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_LONG((zend_long)CLIENT_OF(Z_OBJ_P(ZEND_THIS))->conn_id);
}

ZEND_METHOD(MqttServer_Client, clientId)
{
	mqs_client_info info;
	ZEND_PARSE_PARAMETERS_NONE();
	php_mqs_client *client = CLIENT_OF(Z_OBJ_P(ZEND_THIS));
	if (client_info(ZEND_THIS, &info) && info.client_id.len > 0) {
		/* The broker may have assigned another one meanwhile. */
		bool same = client->client_id &&
		            zend_string_equals_cstr(client->client_id, (const char *)info.client_id.ptr, info.client_id.len);
		if (!same) {
			if (client->client_id) {
				zend_string_release(client->client_id);
			}
			client->client_id = zend_string_init((const char *)info.client_id.ptr, info.client_id.len, 0);
		}
	}
	if (!client->client_id) {
		RETURN_EMPTY_STRING();
	}
	RETURN_STR_COPY(client->client_id);
}

ZEND_METHOD(MqttServer_Client, username)
{
	mqs_client_info info;
	ZEND_PARSE_PARAMETERS_NONE();
	if (!client_info(ZEND_THIS, &info)) {
		zend_string *kept = CLIENT_OF(Z_OBJ_P(ZEND_THIS))->username;
		if (kept) {
			RETURN_STR_COPY(kept);
		}
		RETURN_NULL();
	}
	if (info.username.len == 0) {
		RETURN_NULL();
	}
	RETURN_STRINGL((const char *)info.username.ptr, info.username.len);
}

ZEND_METHOD(MqttServer_Client, peer)
{
	mqs_client_info info;
	ZEND_PARSE_PARAMETERS_NONE();
	if (!client_info(ZEND_THIS, &info)) {
		zend_string *kept = CLIENT_OF(Z_OBJ_P(ZEND_THIS))->peer;
		if (kept) {
			RETURN_STR_COPY(kept);
		}
		RETURN_EMPTY_STRING();
	}
	if (info.peer.len == 0) {
		RETURN_EMPTY_STRING();
	}
	RETURN_STRINGL((const char *)info.peer.ptr, info.peer.len);
}

ZEND_METHOD(MqttServer_Client, protocolLevel)
{
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_LONG(php_mqs_client_level(ZEND_THIS));
}

ZEND_METHOD(MqttServer_Client, keepAlive)
{
	mqs_client_info info;
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_LONG(client_info(ZEND_THIS, &info) ? info.keep_alive_s : CLIENT_OF(Z_OBJ_P(ZEND_THIS))->keep_alive_s);
}

ZEND_METHOD(MqttServer_Client, isConnected)
{
	mqs_client_info info;
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_BOOL(client_info(ZEND_THIS, &info) && info.connected);
}

ZEND_METHOD(MqttServer_Client, disconnect)
{
	zend_long reason = MQTT_RC_ADMINISTRATIVE_ACTION;
	bool discard = false;
	HashTable *properties = NULL;
	php_mqs_farewell farewell;
	mqs_client_info info;

	ZEND_PARSE_PARAMETERS_START(0, 3)
	Z_PARAM_OPTIONAL
	Z_PARAM_LONG(reason)
	Z_PARAM_BOOL(discard)
	Z_PARAM_ARRAY_HT(properties)
	ZEND_PARSE_PARAMETERS_END();

	if (php_mqs_farewell_read(&farewell, reason, discard, properties, 1) == FAILURE) {
		RETURN_THROWS();
	}
	if (!client_info(ZEND_THIS, &info) || !info.connected) {
		mqs_buffer_clear(&farewell.props);
		RETURN_FALSE;
	}
	php_mqs_server *server = PHP_MQS_SERVER_OF(CLIENT_OF(Z_OBJ_P(ZEND_THIS))->server);
	RETURN_BOOL(php_mqs_server_disconnect(server, info.client_id, &farewell));
}

/* ---- values kept with the connection ---- */

static HashTable *values_of(const php_mqs_client *client)
{
	if (!client->server) {
		return NULL;
	}
	zval *values = zend_hash_index_find(&PHP_MQS_SERVER_OF(client->server)->values, client->conn_id);
	return values ? Z_ARRVAL_P(values) : NULL;
}

ZEND_METHOD(MqttServer_Client, set)
{
	zend_string *name;
	zval *value;

	ZEND_PARSE_PARAMETERS_START(2, 2)
	Z_PARAM_STR(name)
	Z_PARAM_ZVAL(value)
	ZEND_PARSE_PARAMETERS_END();

	php_mqs_client *client = CLIENT_OF(Z_OBJ_P(ZEND_THIS));
	if (connection(client)) {
		HashTable *values = values_of(client);
		if (!values) {
			values = php_mqs_server_values_add(PHP_MQS_SERVER_OF(client->server), client->conn_id);
		}
		/* The old value goes last: its destructor may call set() on the same table. */
		zval *slot = zend_symtable_find(values, name), old;
		ZVAL_UNDEF(&old);
		if (slot) {
			ZVAL_COPY_VALUE(&old, slot);
			ZVAL_COPY(slot, value);
		} else {
			Z_TRY_ADDREF_P(value);
			zend_symtable_update(values, name, value);
		}
		zval_ptr_dtor(&old);
	}
	RETURN_OBJ_COPY(Z_OBJ_P(ZEND_THIS));
}

ZEND_METHOD(MqttServer_Client, get)
{
	zend_string *name;
	zval *standard = NULL;

	ZEND_PARSE_PARAMETERS_START(1, 2)
	Z_PARAM_STR(name)
	Z_PARAM_OPTIONAL
	Z_PARAM_ZVAL(standard)
	ZEND_PARSE_PARAMETERS_END();

	HashTable *values = values_of(CLIENT_OF(Z_OBJ_P(ZEND_THIS)));
	zval *value = values ? zend_symtable_find(values, name) : NULL;
	if (value) {
		RETURN_COPY(value);
	}
	if (standard) {
		RETURN_COPY(standard);
	}
}

ZEND_METHOD(MqttServer_Client, has)
{
	zend_string *name;

	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_STR(name)
	ZEND_PARSE_PARAMETERS_END();

	HashTable *values = values_of(CLIENT_OF(Z_OBJ_P(ZEND_THIS)));
	RETURN_BOOL(values && zend_symtable_exists(values, name));
}

ZEND_METHOD(MqttServer_Client, remove)
{
	zend_string *name;

	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_STR(name)
	ZEND_PARSE_PARAMETERS_END();

	HashTable *values = values_of(CLIENT_OF(Z_OBJ_P(ZEND_THIS)));
	if (values) {
		zend_symtable_del(values, name);
	}
	RETURN_OBJ_COPY(Z_OBJ_P(ZEND_THIS));
}

/* ---- object ---- */

static zend_object *client_create(zend_class_entry *ce)
{
	php_mqs_client *client = zend_object_alloc(sizeof(*client), ce);
	zend_object_std_init(&client->std, ce);
	object_properties_init(&client->std, ce);
	client->std.handlers = &client_handlers;
	return &client->std;
}

static void client_free(zend_object *object)
{
	php_mqs_client *client = CLIENT_OF(object);
	if (client->client_id) {
		zend_string_release(client->client_id);
	}
	if (client->username) {
		zend_string_release(client->username);
	}
	if (client->peer) {
		zend_string_release(client->peer);
	}
	if (client->server) {
		OBJ_RELEASE(client->server);
	}
	zend_object_std_dtor(object);
}

static HashTable *client_gc(zend_object *object, zval **table, int *count)
{
	php_mqs_client *client = CLIENT_OF(object);
	zend_get_gc_buffer *buffer = zend_get_gc_buffer_create();
	if (client->server) {
		zend_get_gc_buffer_add_obj(buffer, client->server);
	}
	zend_get_gc_buffer_use(buffer, table, count);
	return zend_std_get_properties(object);
}

void php_mqs_client_create_named(zval *out, zend_object *server, uint64_t conn_id, mqs_bytes client_id)
{
	object_init_ex(out, php_mqs_client_ce);
	php_mqs_client *client = CLIENT_OF(Z_OBJ_P(out));
	client->server = server;
	GC_ADDREF(server);
	client->conn_id = conn_id;
	if (client_id.len > 0) {
		client->client_id = zend_string_init((const char *)client_id.ptr, client_id.len, 0);
	}
}

void php_mqs_client_create(zval *out, zend_object *server, uint64_t conn_id)
{
	php_mqs_client_create_named(out, server, conn_id, mqs_bytes_make(NULL, 0));
}

static void add_bytes(zval *array, const char *key, mqs_bytes bytes)
{
	add_assoc_stringl(array, key, bytes.len ? (const char *)bytes.ptr : "", bytes.len);
}

void php_mqs_client_info_to_array(const mqs_client_info *info, int64_t now_ms, zval *out)
{
	array_init(out);
	add_bytes(out, "client_id", info->client_id);
	add_assoc_bool(out, "connected", info->connected);
	add_bytes(out, "username", info->username);
	add_bytes(out, "peer", info->peer);
	add_assoc_long(out, "connection", (zend_long)info->conn_id);
	add_assoc_long(out, "protocol_level", info->level);
	add_assoc_bool(out, "clean_start", info->clean_start);
	add_assoc_long(out, "keep_alive_s", info->keep_alive_s);
	add_assoc_long(out, "session_expiry_s", info->session_expiry_s);
	add_assoc_long(out, "subscriptions", info->subscriptions);
	add_assoc_long(out, "inflight", info->inflight);
	add_assoc_long(out, "queued", info->queued);
	add_assoc_long(out, "connected_for_ms", info->connected ? (zend_long)(now_ms - info->connected_ms) : 0);
	add_assoc_long(out, "packets_in", (zend_long)info->packets_in);
	add_assoc_long(out, "packets_out", (zend_long)info->packets_out);
}

void php_mqs_client_minit(void)
{
	php_mqs_client_ce = register_class_MqttServer_Client();
	php_mqs_client_ce->create_object = client_create;
	memcpy(&client_handlers, &std_object_handlers, sizeof(client_handlers));
	client_handlers.offset = offsetof(php_mqs_client, std);
	client_handlers.free_obj = client_free;
	client_handlers.get_gc = client_gc;
	client_handlers.clone_obj = NULL;
}
