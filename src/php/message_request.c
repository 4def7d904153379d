/* SPDX-License-Identifier: MIT
 *
 * src/php/message_request.c - MqttServer\Message\BaseRequest: an MQTT packet seen as a PSR-7 server request.
 *
 * A request of a packet makes headers, body, parsed body, URI and attributes only when they are asked for.
 */
#include "message_private.h"

#include "ext/json/php_json.h"
#include "ext/spl/spl_exceptions.h"
#include "zend_exceptions.h"
#include "zend_interfaces.h"
#include "zend_smart_str.h"
#include "php_stubs/BaseRequest_arginfo.h"

zend_class_entry *php_mqs_base_request_ce;
zend_object_handlers php_mqs_request_handlers;

/* Names and places of the attributes that every request of a packet has. */
typedef enum attribute_id {
	ATTRIBUTE_TYPE,
	ATTRIBUTE_FD,
	ATTRIBUTE_REACTOR,
	ATTRIBUTE_LEVEL,
	ATTRIBUTE_CLIENT_ID,
	ATTRIBUTE_USERNAME,
	ATTRIBUTE_PEER,
	ATTRIBUTE_SERVER,
	ATTRIBUTE_SESSION,
	ATTRIBUTE_COUNT
} attribute_id;

static const char *const attribute_names[ATTRIBUTE_COUNT] = {
    "Simps\\MQTT\\Protocol\\Types",
    "fd",
    "reactorId",
    "Simps\\MQTT\\Protocol\\ProtocolInterface",
    "client_id",
    "username",
    "peer",
    "server",
    "session",
};

/* ---- life ---------------------------------------------------------------------------------------------------- */

zend_object *php_mqs_request_object_make(zend_class_entry *ce, const zend_object_handlers *handlers)
{
	php_mqs_request *request = zend_object_alloc(sizeof(php_mqs_request), ce);
	memset(request, 0, offsetof(php_mqs_request, std));
	zend_object_std_init(&request->std, ce);
	object_properties_init(&request->std, ce);
	request->std.handlers = handlers;
	return &request->std;
}

static zend_object *request_object_create(zend_class_entry *ce)
{
	return php_mqs_request_object_make(ce, &php_mqs_request_handlers);
}

/* Every zval that a request owns beside the common part. */
static void request_zvals(php_mqs_request *request, zval *out[8])
{
	zval *all[8] = {&request->packet, &request->client, &request->uri, &request->parsed, &request->cookies,
	    &request->query, &request->files, &request->server_params};
	memcpy(out, all, sizeof(all));
}

void php_mqs_request_reset(zend_object *object)
{
	php_mqs_request *request = PHP_MQS_REQUEST_OF(object);
	zval *owned[8];
	php_mqs_message_clear(&request->message);
	request_zvals(request, owned);
	for (size_t i = 0; i < 8; i++) {
		zval old;
		ZVAL_COPY_VALUE(&old, owned[i]);
		ZVAL_UNDEF(owned[i]);
		zval_ptr_dtor(&old);
	}
	zend_string **texts[] = {&request->server_name, &request->method, &request->target};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (*texts[i]) {
			zend_string_release(*texts[i]);
			*texts[i] = NULL;
		}
	}
	request->dispatched = false;
}

static void request_object_free(zend_object *object)
{
	php_mqs_request_reset(object);
	zend_object_std_dtor(object);
}

static zend_object *request_object_clone(zend_object *from)
{
	zend_object *to = php_mqs_request_object_make(from->ce, from->handlers);
	php_mqs_request *source = PHP_MQS_REQUEST_OF(from), *copy = PHP_MQS_REQUEST_OF(to);
	zval *theirs[8], *ours[8];
	php_mqs_message_copy(&copy->message, &source->message);
	request_zvals(source, theirs);
	request_zvals(copy, ours);
	for (size_t i = 0; i < 8; i++) {
		ZVAL_COPY(ours[i], theirs[i]);
	}
	copy->server_name = source->server_name ? zend_string_copy(source->server_name) : NULL;
	copy->method = source->method ? zend_string_copy(source->method) : NULL;
	copy->target = source->target ? zend_string_copy(source->target) : NULL;
	copy->fd = source->fd;
	copy->reactor_id = source->reactor_id;
	copy->level = source->level;
	copy->dispatched = source->dispatched;
	zend_objects_clone_members(to, from);
	return to;
}

static HashTable *request_gc(zend_object *object, zval **table, int *count)
{
	php_mqs_request *request = PHP_MQS_REQUEST_OF(object);
	zend_get_gc_buffer *buffer = zend_get_gc_buffer_create();
	zval *owned[8];
	php_mqs_message_gc(object, buffer);
	request_zvals(request, owned);
	for (size_t i = 0; i < 8; i++) {
		zend_get_gc_buffer_add_zval(buffer, owned[i]);
	}
	zend_get_gc_buffer_use(buffer, table, count);
	return object->properties;
}

zend_result php_mqs_request_create(zval *out, const php_mqs_request_init *init)
{
	zend_object *object = php_mqs_messages.spare_request;
	ZVAL_UNDEF(out);
	if (object) {
		php_mqs_messages.spare_request = NULL;
		ZVAL_OBJ(out, object);
	} else if (php_mqs_message_prepare() == FAILURE) {
		return FAILURE;
	} else if (php_mqs_messages.hyperf_request) {
		if (php_mqs_request_hyperf_create(out) == FAILURE) {
			return FAILURE;
		}
	} else if (object_init_ex(out, php_mqs_messages.request) == FAILURE) {
		return FAILURE;
	}
	php_mqs_request *request = PHP_MQS_REQUEST_OF(Z_OBJ_P(out));
	request->dispatched = true;
	request->fd = init->fd;
	request->reactor_id = init->reactor_id;
	request->level = init->level;
	request->server_name = zend_string_copy(init->server_name);
	if (init->client) {
		ZVAL_COPY(&request->client, init->client);
	}
	if (init->packet) {
		ZVAL_COPY(&request->packet, init->packet);
	}
	return SUCCESS;
}

/* ---- defaults on demand -------------------------------------------------------------------------------------- */

/* [borrowed] the views of the packet; NULL when there is none. */
static const mqs_packet *packet_of(php_mqs_request *request)
{
	return Z_TYPE(request->packet) == IS_OBJECT ? php_mqs_packet_get(&request->packet) : NULL;
}

static void headers_add(zval *headers, const char *name, const char *value)
{
	zval list;
	array_init_size(&list, 1);
	add_next_index_string(&list, value);
	add_assoc_zval(headers, name, &list);
}

void php_mqs_request_headers_make(zend_object *object)
{
	php_mqs_request *request = PHP_MQS_REQUEST_OF(object);
	array_init_size(&request->message.headers, 2);
	if (request->dispatched) {
		headers_add(&request->message.headers, "host", "0.0.0.0");
		headers_add(&request->message.headers, "Content-Type", "application/json");
	}
}

/* The packet as array, made once; undefined when the request is not one of a packet. */
static void packet_array(php_mqs_request *request, zval *out)
{
	const mqs_packet *packet = packet_of(request);
	if (packet) {
		php_mqs_packet_to_array(packet, out);
	} else if (request->dispatched) {
		array_init_size(out, 1);
		add_assoc_long(out, "type", 0);
	} else {
		ZVAL_NULL(out);
	}
}

void php_mqs_request_packet_array(zend_object *object, zval *out)
{
	packet_array(PHP_MQS_REQUEST_OF(object), out);
}

zend_string *php_mqs_request_json(zend_object *object)
{
	zval array;
	packet_array(PHP_MQS_REQUEST_OF(object), &array);
	if (EG(exception)) {
		zval_ptr_dtor(&array);
		return NULL;
	}
	smart_str json = {0};
	zend_result done = php_json_encode(&json, &array, PHP_JSON_UNESCAPED_UNICODE | PHP_JSON_INVALID_UTF8_SUBSTITUTE);
	zval_ptr_dtor(&array);
	if (done == FAILURE || EG(exception)) {
		smart_str_free(&json);
		if (!EG(exception)) {
			zend_throw_exception(spl_ce_RuntimeException, "The packet cannot be written as JSON", 0);
		}
		return NULL;
	}
	return smart_str_extract(&json);
}

void php_mqs_request_body_make(zend_object *object)
{
	php_mqs_request *request = PHP_MQS_REQUEST_OF(object);
	if (!request->dispatched) {
		php_mqs_stream_create(&request->message.body, ZSTR_EMPTY_ALLOC());
		return;
	}
	/* The parsed body may have been replaced by withParsedBody(); the body still tells of the packet. */
	zend_string *text = php_mqs_request_json(object);
	if (text) {
		php_mqs_stream_create(&request->message.body, text);
		zend_string_release(text);
	}
}

/* What a method of the client says, by its lower-case name; null without a client or such a method. */
static void client_value(php_mqs_request *request, const char *method, zval *out)
{
	ZVAL_NULL(out);
	if (Z_TYPE(request->client) != IS_OBJECT) {
		return;
	}
	zend_object *client = Z_OBJ(request->client);
	zend_function *function = zend_hash_str_find_ptr(&client->ce->function_table, method, strlen(method));
	if (function) {
		zend_call_known_instance_method_with_0_params(function, client, out);
	}
}

static void attribute_value(php_mqs_request *request, attribute_id id, zval *out)
{
	const mqs_packet *packet;
	switch (id) {
		case ATTRIBUTE_TYPE:
			packet = packet_of(request);
			ZVAL_LONG(out, packet ? (zend_long)packet->type : 0);
			return;
		case ATTRIBUTE_FD: ZVAL_LONG(out, request->fd); return;
		case ATTRIBUTE_REACTOR: ZVAL_LONG(out, request->reactor_id); return;
		case ATTRIBUTE_LEVEL:
			packet = packet_of(request);
			ZVAL_LONG(out, packet ? packet->level : request->level);
			return;
		case ATTRIBUTE_CLIENT_ID: client_value(request, "clientid", out); return;
		case ATTRIBUTE_USERNAME: client_value(request, "username", out); return;
		case ATTRIBUTE_PEER: client_value(request, "peer", out); return;
		case ATTRIBUTE_SERVER: ZVAL_STR_COPY(out, request->server_name); return;
		case ATTRIBUTE_SESSION:
			/* The client object keeps values for the time of the connection. */
			if (Z_ISUNDEF(request->client)) {
				break;
			}
			ZVAL_COPY(out, &request->client);
			return;
		case ATTRIBUTE_COUNT: break;
	}
	ZVAL_NULL(out);
}

bool php_mqs_request_attribute(zend_object *object, zend_string *name, zval *out)
{
	php_mqs_request *request = PHP_MQS_REQUEST_OF(object);
	for (int i = 0; request->dispatched && i < ATTRIBUTE_COUNT; i++) {
		if (zend_string_equals_cstr(name, attribute_names[i], strlen(attribute_names[i]))) {
			attribute_value(request, (attribute_id)i, out);
			return true;
		}
	}
	return false;
}

void php_mqs_request_attributes_make(zend_object *object)
{
	php_mqs_request *request = PHP_MQS_REQUEST_OF(object);
	zval all;
	array_init(&all);
	for (int i = 0; request->dispatched && i < ATTRIBUTE_COUNT; i++) {
		zval value;
		attribute_value(request, (attribute_id)i, &value);
		add_assoc_zval(&all, attribute_names[i], &value);
	}
	ZVAL_COPY_VALUE(&request->message.attributes, &all);
}

/* ---- methods ------------------------------------------------------------------------------------------------- */

static php_mqs_request *self_of(zval *self)
{
	return PHP_MQS_REQUEST_OF(Z_OBJ_P(self));
}

/* The changed copy, as return value. */
static php_mqs_request *request_with(zval *self, zval *return_value)
{
	return PHP_MQS_REQUEST_OF(php_mqs_message_with(self, return_value));
}

static zend_result uri_create(zval *out, zend_string *text)
{
	zval argument;
	if (php_mqs_message_prepare() == FAILURE || object_init_ex(out, php_mqs_messages.uri) == FAILURE) {
		ZVAL_UNDEF(out);
		return FAILURE;
	}
	ZVAL_STR(&argument, text);
	zend_call_known_instance_method_with_1_params(php_mqs_messages.uri->constructor, Z_OBJ_P(out), NULL, &argument);
	if (EG(exception)) {
		zval_ptr_dtor(out);
		ZVAL_UNDEF(out);
		return FAILURE;
	}
	return SUCCESS;
}

/* [borrowed] NULL with an exception. */
static zval *uri_of(php_mqs_request *request)
{
	if (Z_ISUNDEF(request->uri)) {
		zend_string *text = ZSTR_INIT_LITERAL("http://0.0.0.0/", false);
		zend_result done = uri_create(&request->uri, text);
		zend_string_release(text);
		if (done == FAILURE) {
			return NULL;
		}
	}
	return &request->uri;
}

/* [owned] what a method without parameters returns, as string; NULL with an exception. */
static zend_string *uri_part(zval *uri, const char *method)
{
	zval value;
	ZVAL_UNDEF(&value);
	zend_call_method(Z_OBJ_P(uri), Z_OBJCE_P(uri), NULL, method, strlen(method), &value, 0, NULL, NULL);
	zend_string *text = EG(exception) ? NULL : zval_try_get_string(&value);
	zval_ptr_dtor(&value);
	return text;
}

/* Header "Host" of a URI that has a host. */
static void host_from_uri(zend_object *object, zval *uri)
{
	zend_string *host = uri_part(uri, "gethost");
	zend_string *port = host && ZSTR_LEN(host) ? uri_part(uri, "getport") : NULL;
	if (port) {
		zend_string *name = ZSTR_INIT_LITERAL("Host", false);
		zend_string *value =
		    ZSTR_LEN(port) ? strpprintf(0, "%s:%s", ZSTR_VAL(host), ZSTR_VAL(port)) : zend_string_copy(host);
		php_mqs_message_header_replace(object, name, value);
		zend_string_release(name);
		zend_string_release(value);
		zend_string_release(port);
	}
	if (host) {
		zend_string_release(host);
	}
}

static bool has_host(zend_object *object)
{
	zend_string *name = ZSTR_INIT_LITERAL("host", false);
	zval *list = php_mqs_message_header_find(object, name, NULL, NULL);
	zend_string_release(name);
	return list && zend_hash_num_elements(Z_ARRVAL_P(list)) > 0;
}

ZEND_METHOD(MqttServer_Message_BaseRequest, __construct)
{
	zend_string *method = NULL, *uri_text = NULL, *body_text = NULL, *protocol = NULL;
	zend_object *uri_object = NULL, *body_object = NULL;
	HashTable *headers = NULL;
	zval *server_params = NULL;
	if (php_mqs_message_prepare() == FAILURE) {
		RETURN_THROWS();
	}
	ZEND_PARSE_PARAMETERS_START(0, 6)
	Z_PARAM_OPTIONAL
	Z_PARAM_STR(method)
	Z_PARAM_OBJ_OF_CLASS_OR_STR(uri_object, php_mqs_messages.psr_uri, uri_text)
	Z_PARAM_ARRAY_HT(headers)
	Z_PARAM_OBJ_OF_CLASS_OR_STR_OR_NULL(body_object, php_mqs_messages.psr_stream, body_text)
	Z_PARAM_STR(protocol)
	Z_PARAM_ARRAY(server_params)
	ZEND_PARSE_PARAMETERS_END();
	zend_object *object = Z_OBJ_P(ZEND_THIS);
	php_mqs_request *request = PHP_MQS_REQUEST_OF(object);
	php_mqs_request_reset(object);
	if (uri_object) {
		ZVAL_OBJ_COPY(&request->uri, uri_object);
	} else if (uri_text && uri_create(&request->uri, uri_text) == FAILURE) {
		RETURN_THROWS();
	}
	if (headers && php_mqs_message_headers_init(object, headers) == FAILURE) {
		RETURN_THROWS();
	}
	zval *uri = uri_of(request);
	if (!uri) {
		RETURN_THROWS();
	}
	if (!has_host(object)) {
		host_from_uri(object, uri);
	}
	if (method) {
		request->method = zend_string_copy(method);
	}
	if (protocol) {
		php_mqs_message_protocol_init(&request->message, protocol);
	}
	if (body_object) {
		ZVAL_OBJ_COPY(&request->message.body, body_object);
	} else if (body_text) {
		php_mqs_stream_create(&request->message.body, body_text);
	}
	if (server_params) {
		ZVAL_COPY(&request->server_params, server_params);
	}
	ZVAL_NULL(&request->parsed);
}

ZEND_METHOD(MqttServer_Message_BaseRequest, fromPacket)
{
	php_mqs_request_init init = {0};
	ZEND_PARSE_PARAMETERS_START(1, 5)
	Z_PARAM_OBJECT_OF_CLASS(init.packet, php_mqs_packet_ce)
	Z_PARAM_OPTIONAL
	Z_PARAM_OBJECT_OF_CLASS_OR_NULL(init.client, php_mqs_client_ce)
	Z_PARAM_STR(init.server_name)
	Z_PARAM_LONG(init.fd)
	Z_PARAM_LONG(init.reactor_id)
	ZEND_PARSE_PARAMETERS_END();
	zend_string *name = init.server_name ? zend_string_copy(init.server_name) : ZSTR_INIT_LITERAL("mqtt", false);
	init.server_name = name;
	php_mqs_request_create(return_value, &init);
	zend_string_release(name);
}

ZEND_METHOD(MqttServer_Message_BaseRequest, getRequestTarget)
{
	ZEND_PARSE_PARAMETERS_NONE();
	php_mqs_request *request = self_of(ZEND_THIS);
	if (request->target) {
		RETURN_STR_COPY(request->target);
	}
	if (Z_ISUNDEF(request->uri)) {
		RETURN_CHAR('/');
	}
	zend_string *path = uri_part(&request->uri, "getpath");
	zend_string *query = path ? uri_part(&request->uri, "getquery") : NULL;
	if (query) {
		const char *start = ZSTR_LEN(path) ? ZSTR_VAL(path) : "/";
		RETVAL_STR(ZSTR_LEN(query) ? strpprintf(0, "%s?%s", start, ZSTR_VAL(query)) : strpprintf(0, "%s", start));
		zend_string_release(query);
	}
	if (path) {
		zend_string_release(path);
	}
}

/* One argument that must be a string without blanks, in the changed copy's slot. */
static void with_word(INTERNAL_FUNCTION_PARAMETERS, size_t slot, const char *what)
{
	zval *value;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_ZVAL(value)
	ZEND_PARSE_PARAMETERS_END();
	if (Z_TYPE_P(value) != IS_STRING || Z_STRLEN_P(value) == 0 || strpbrk(Z_STRVAL_P(value), " \t\r\n") ||
	    strlen(Z_STRVAL_P(value)) != Z_STRLEN_P(value)) {
		php_mqs_invalid_argument(1, what);
		RETURN_THROWS();
	}
	zend_string **place = (zend_string **)((char *)request_with(ZEND_THIS, return_value) + slot);
	if (*place) {
		zend_string_release(*place);
	}
	*place = zend_string_copy(Z_STR_P(value));
}

ZEND_METHOD(MqttServer_Message_BaseRequest, withRequestTarget)
{
	with_word(INTERNAL_FUNCTION_PARAM_PASSTHRU, offsetof(php_mqs_request, target), "a string without white space");
}

ZEND_METHOD(MqttServer_Message_BaseRequest, getMethod)
{
	ZEND_PARSE_PARAMETERS_NONE();
	php_mqs_request *request = self_of(ZEND_THIS);
	if (request->method) {
		RETURN_STR_COPY(request->method);
	}
	RETURN_STRING("POST");
}

ZEND_METHOD(MqttServer_Message_BaseRequest, withMethod)
{
	with_word(INTERNAL_FUNCTION_PARAM_PASSTHRU, offsetof(php_mqs_request, method), "the name of a method");
}

ZEND_METHOD(MqttServer_Message_BaseRequest, getUri)
{
	ZEND_PARSE_PARAMETERS_NONE();
	zval *uri = uri_of(self_of(ZEND_THIS));
	if (!uri) {
		RETURN_THROWS();
	}
	RETURN_COPY(uri);
}

ZEND_METHOD(MqttServer_Message_BaseRequest, withUri)
{
	zval *uri;
	bool preserve = false;
	if (php_mqs_message_prepare() == FAILURE) {
		RETURN_THROWS();
	}
	ZEND_PARSE_PARAMETERS_START(1, 2)
	Z_PARAM_OBJECT_OF_CLASS(uri, php_mqs_messages.psr_uri)
	Z_PARAM_OPTIONAL
	Z_PARAM_BOOL(preserve)
	ZEND_PARSE_PARAMETERS_END();
	php_mqs_request *copy = request_with(ZEND_THIS, return_value);
	zval_ptr_dtor(&copy->uri);
	ZVAL_COPY(&copy->uri, uri);
	if (!preserve || !has_host(&copy->std)) {
		host_from_uri(&copy->std, uri);
	}
}

static void return_array(zval *array, zval *return_value)
{
	if (Z_TYPE_P(array) == IS_ARRAY) {
		RETURN_COPY(array);
	}
	RETURN_EMPTY_ARRAY();
}

/* One array argument, in the changed copy's slot. */
static void with_array(INTERNAL_FUNCTION_PARAMETERS, size_t slot)
{
	zval *value;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_ARRAY(value)
	ZEND_PARSE_PARAMETERS_END();
	zval *place = (zval *)((char *)request_with(ZEND_THIS, return_value) + slot);
	zval_ptr_dtor(place);
	ZVAL_COPY(place, value);
}

ZEND_METHOD(MqttServer_Message_BaseRequest, getServerParams)
{
	ZEND_PARSE_PARAMETERS_NONE();
	return_array(&self_of(ZEND_THIS)->server_params, return_value);
}

ZEND_METHOD(MqttServer_Message_BaseRequest, getCookieParams)
{
	ZEND_PARSE_PARAMETERS_NONE();
	return_array(&self_of(ZEND_THIS)->cookies, return_value);
}

ZEND_METHOD(MqttServer_Message_BaseRequest, withCookieParams)
{
	with_array(INTERNAL_FUNCTION_PARAM_PASSTHRU, offsetof(php_mqs_request, cookies));
}

ZEND_METHOD(MqttServer_Message_BaseRequest, getQueryParams)
{
	ZEND_PARSE_PARAMETERS_NONE();
	return_array(&self_of(ZEND_THIS)->query, return_value);
}

ZEND_METHOD(MqttServer_Message_BaseRequest, withQueryParams)
{
	with_array(INTERNAL_FUNCTION_PARAM_PASSTHRU, offsetof(php_mqs_request, query));
}

ZEND_METHOD(MqttServer_Message_BaseRequest, getUploadedFiles)
{
	ZEND_PARSE_PARAMETERS_NONE();
	return_array(&self_of(ZEND_THIS)->files, return_value);
}

/* A tree whose leaves are UploadedFileInterface; recursion through references is not followed. */
static bool files_valid(HashTable *files)
{
	zval *file;
	bool valid = true;
	if (GC_IS_RECURSIVE(files)) {
		return false;
	}
	GC_TRY_PROTECT_RECURSION(files);
	ZEND_HASH_FOREACH_VAL (files, file) {
		ZVAL_DEREF(file);
		if (Z_TYPE_P(file) == IS_ARRAY) {
			valid = files_valid(Z_ARRVAL_P(file));
		} else {
			valid = Z_TYPE_P(file) == IS_OBJECT && instanceof_function(Z_OBJCE_P(file), php_mqs_messages.psr_file);
		}
		if (!valid) {
			break;
		}
	}
	ZEND_HASH_FOREACH_END();
	GC_TRY_UNPROTECT_RECURSION(files);
	return valid;
}

ZEND_METHOD(MqttServer_Message_BaseRequest, withUploadedFiles)
{
	HashTable *files;
	if (php_mqs_message_prepare() == FAILURE) {
		RETURN_THROWS();
	}
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_ARRAY_HT(files)
	ZEND_PARSE_PARAMETERS_END();
	if (!files_valid(files)) {
		php_mqs_invalid_argument(1, "a tree of Psr\\Http\\Message\\UploadedFileInterface objects");
		RETURN_THROWS();
	}
	with_array(INTERNAL_FUNCTION_PARAM_PASSTHRU, offsetof(php_mqs_request, files));
}

ZEND_METHOD(MqttServer_Message_BaseRequest, getParsedBody)
{
	ZEND_PARSE_PARAMETERS_NONE();
	php_mqs_request *request = self_of(ZEND_THIS);
	if (Z_ISUNDEF(request->parsed)) {
		packet_array(request, &request->parsed);
		if (EG(exception)) {
			RETURN_THROWS();
		}
	}
	RETURN_COPY(&request->parsed);
}

ZEND_METHOD(MqttServer_Message_BaseRequest, withParsedBody)
{
	zval *data;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_ZVAL(data)
	ZEND_PARSE_PARAMETERS_END();
	if (Z_TYPE_P(data) != IS_ARRAY && Z_TYPE_P(data) != IS_OBJECT && Z_TYPE_P(data) != IS_NULL) {
		php_mqs_invalid_argument(1, "an array, an object or null");
		RETURN_THROWS();
	}
	php_mqs_request *copy = request_with(ZEND_THIS, return_value);
	zval_ptr_dtor(&copy->parsed);
	ZVAL_COPY(&copy->parsed, data);
}

ZEND_METHOD(MqttServer_Message_BaseRequest, getPacket)
{
	ZEND_PARSE_PARAMETERS_NONE();
	if (Z_TYPE(self_of(ZEND_THIS)->packet) == IS_OBJECT) {
		RETURN_COPY(&self_of(ZEND_THIS)->packet);
	}
}

ZEND_METHOD(MqttServer_Message_BaseRequest, getClient)
{
	ZEND_PARSE_PARAMETERS_NONE();
	if (Z_TYPE(self_of(ZEND_THIS)->client) == IS_OBJECT) {
		RETURN_COPY(&self_of(ZEND_THIS)->client);
	}
}

static void return_view(mqs_bytes view, zval *return_value)
{
	RETURN_STRINGL_FAST((const char *)view.ptr, view.len);
}

ZEND_METHOD(MqttServer_Message_BaseRequest, getTopic)
{
	ZEND_PARSE_PARAMETERS_NONE();
	const mqs_packet *packet = packet_of(self_of(ZEND_THIS));
	if (packet && packet->type == MQTT_PKT_PUBLISH) {
		return_view(packet->publish.topic, return_value);
	}
}

ZEND_METHOD(MqttServer_Message_BaseRequest, getPayload)
{
	ZEND_PARSE_PARAMETERS_NONE();
	const mqs_packet *packet = packet_of(self_of(ZEND_THIS));
	if (packet && packet->type == MQTT_PKT_PUBLISH) {
		return_view(packet->publish.payload, return_value);
	}
}

ZEND_METHOD(MqttServer_Message_BaseRequest, forward)
{
	static const char *const known[] = {"getPacket", "getClient", "getTopic", "getPayload"};
	zend_object *request;
	zend_string *name;
	ZEND_PARSE_PARAMETERS_START(2, 2)
	Z_PARAM_OBJ(request)
	Z_PARAM_STR(name)
	ZEND_PARSE_PARAMETERS_END();
	if (request->handlers != &php_mqs_request_handlers && request->handlers != &php_mqs_request_hyperf_handlers) {
		zend_argument_type_error(
		    1, "must be of type MqttServer\\Message\\Request, %s given", ZSTR_VAL(request->ce->name));
		RETURN_THROWS();
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (zend_string_equals_cstr(name, known[i], strlen(known[i]))) {
			zend_string *key = zend_string_tolower(name);
			zend_function *method = zend_hash_find_ptr(&php_mqs_base_request_ce->function_table, key);
			zend_string_release(key);
			zend_call_known_function(method, request, php_mqs_base_request_ce, return_value, 0, NULL, NULL);
			return;
		}
	}
	zend_argument_value_error(2, "must be one of \"getPacket\", \"getClient\", \"getTopic\", \"getPayload\"");
	RETURN_THROWS();
}

void php_mqs_request_minit(void)
{
	php_mqs_base_request_ce = register_class_MqttServer_Message_BaseRequest();
	php_mqs_base_request_ce->create_object = request_object_create;
	memcpy(&php_mqs_request_handlers, zend_get_std_object_handlers(), sizeof(zend_object_handlers));
	php_mqs_request_handlers.offset = offsetof(php_mqs_request, std);
	php_mqs_request_handlers.free_obj = request_object_free;
	php_mqs_request_handlers.clone_obj = request_object_clone;
	php_mqs_request_handlers.get_gc = request_gc;
	php_mqs_request_handlers.compare = zend_objects_not_comparable;
}
