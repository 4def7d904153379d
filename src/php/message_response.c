/* SPDX-License-Identifier: MIT
 *
 * src/php/message_response.c - MqttServer\Message\BaseResponse: a PSR-7 response and what a handler says by it.
 *
 * The struct stands behind every MqttServer\Message\Response. Where Hyperf's response class is installed ours extends
 * that one; PSR-7 and the attributes are then Hyperf's, and the methods here are reached through forward().
 */
#include "message_private.h"

#include "ext/spl/spl_exceptions.h"
#include "zend_exceptions.h"
#include "php_stubs/BaseResponse_arginfo.h"

zend_class_entry *php_mqs_base_response_ce;
zend_object_handlers php_mqs_response_handlers;

/* ---- life ---------------------------------------------------------------------------------------------------- */

static const php_mqs_response_t said_nothing = {.reason_code = -1, .qos = -1, .retain = -1};

zend_object *php_mqs_response_object_create(zend_class_entry *ce)
{
	php_mqs_response *response = zend_object_alloc(sizeof(php_mqs_response), ce);
	memset(response, 0, offsetof(php_mqs_response, std));
	response->status = 200;
	response->said = said_nothing;
	zend_object_std_init(&response->std, ce);
	object_properties_init(&response->std, ce);
	response->std.handlers = &php_mqs_response_handlers;
	return &response->std;
}

static zend_string *text_copy(zend_string *text)
{
	return text ? zend_string_copy(text) : NULL;
}

static HashTable *table_copy(HashTable *table)
{
	if (table) {
		GC_ADDREF(table);
	}
	return table;
}

void php_mqs_response_reset(zend_object *object)
{
	php_mqs_response *response = PHP_MQS_RESPONSE_OF(object);
	php_mqs_message_clear(&response->message);
	php_mqs_text_free(&response->phrase);
	php_mqs_text_free(&response->said.reason_string);
	php_mqs_text_free(&response->said.topic);
	php_mqs_text_free(&response->said.payload);
	php_mqs_table_free(&response->said.user_properties);
	php_mqs_table_free(&response->said.properties);
	php_mqs_table_free(&response->said.granted_qos);
	response->said = said_nothing;
	response->status = 200;
	response->dispatched = false;
	zval old;
	ZVAL_COPY_VALUE(&old, &response->server);
	ZVAL_UNDEF(&response->server);
	zval_ptr_dtor(&old);
}

static void response_object_free(zend_object *object)
{
	php_mqs_response_reset(object);
	zend_object_std_dtor(object);
}

static zend_object *response_object_clone(zend_object *from)
{
	zend_object *to = php_mqs_response_object_create(from->ce);
	php_mqs_response *source = PHP_MQS_RESPONSE_OF(from), *copy = PHP_MQS_RESPONSE_OF(to);
	php_mqs_message_copy(&copy->message, &source->message);
	ZVAL_COPY(&copy->server, &source->server);
	copy->fd = source->fd;
	copy->status = source->status;
	copy->phrase = text_copy(source->phrase);
	copy->dispatched = source->dispatched;
	copy->said = source->said;
	text_copy(copy->said.reason_string);
	text_copy(copy->said.topic);
	text_copy(copy->said.payload);
	table_copy(copy->said.user_properties);
	table_copy(copy->said.properties);
	table_copy(copy->said.granted_qos);
	zend_objects_clone_members(to, from);
	return to;
}

static HashTable *response_gc(zend_object *object, zval **table, int *count)
{
	php_mqs_response *response = PHP_MQS_RESPONSE_OF(object);
	zend_get_gc_buffer *buffer = zend_get_gc_buffer_create();
	php_mqs_message_gc(object, buffer);
	zend_get_gc_buffer_add_zval(buffer, &response->server);
	zend_get_gc_buffer_use(buffer, table, count);
	return object->properties;
}

/* Attributes of a response whose class has its own. FAILURE: exception set. */
static zend_result foreign_attribute_set(zval *response, const char *name, zval *value)
{
	zval arguments[2], changed;
	zend_function *method = zend_hash_str_find_ptr(&Z_OBJCE_P(response)->function_table, ZEND_STRL("withattribute"));
	if (!method) {
		return SUCCESS;
	}
	ZVAL_STRING(&arguments[0], name);
	ZVAL_COPY_VALUE(&arguments[1], value);
	ZVAL_UNDEF(&changed);
	zend_call_known_instance_method(method, Z_OBJ_P(response), &changed, 2, arguments);
	zval_ptr_dtor(&arguments[0]);
	if (EG(exception) || Z_TYPE(changed) != IS_OBJECT) {
		zval_ptr_dtor(&changed);
		return EG(exception) ? FAILURE : SUCCESS;
	}
	zval_ptr_dtor(response);
	ZVAL_COPY_VALUE(response, &changed);
	return SUCCESS;
}

/* [borrowed] The attributes of a response that extends Hyperf's, where its class is of a known make and nothing is
 * overridden; NULL: ask its methods. */
static zval *known_attributes(zend_object *object)
{
	if (object->ce != php_mqs_messages.response || php_mqs_messages.response_attributes == 0) {
		return NULL;
	}
	zval *attributes = OBJ_PROP(object, php_mqs_messages.response_attributes);
	ZVAL_DEREF(attributes);
	return Z_TYPE_P(attributes) == IS_ARRAY ? attributes : NULL;
}

/* Attributes `fd` and `server` of a fresh response whose class has its own. FAILURE: exception set. */
static zend_result foreign_attributes_init(zval *out, zend_long fd, zval *server)
{
	zval value, *attributes = known_attributes(Z_OBJ_P(out));
	if (attributes) {
		zval_ptr_dtor(attributes);
		array_init_size(attributes, 4);
		add_assoc_long(attributes, "fd", fd);
		Z_TRY_ADDREF_P(server);
		add_assoc_zval(attributes, "server", server);
		return SUCCESS;
	}
	ZVAL_LONG(&value, fd);
	return foreign_attribute_set(out, "fd", &value) == SUCCESS ? foreign_attribute_set(out, "server", server) : FAILURE;
}

zend_result php_mqs_response_create(zval *out, zend_long fd, zval *server)
{
	zend_object *object = php_mqs_messages.spare_response;
	ZVAL_UNDEF(out);
	if (object) {
		php_mqs_messages.spare_response = NULL;
		ZVAL_OBJ(out, object);
	} else if (php_mqs_message_prepare() == FAILURE || object_init_ex(out, php_mqs_messages.response) == FAILURE) {
		return FAILURE;
	}
	if (php_mqs_messages.hyperf) {
		zval none;
		ZVAL_NULL(&none);
		zend_result done = foreign_attributes_init(out, fd, server ? server : &none);
		if (done == FAILURE) {
			zval_ptr_dtor(out);
			ZVAL_UNDEF(out);
		}
		return done;
	}
	php_mqs_response *response = PHP_MQS_RESPONSE_OF(Z_OBJ_P(out));
	response->dispatched = true;
	response->fd = fd;
	if (server) {
		ZVAL_COPY(&response->server, server);
	}
	return SUCCESS;
}

void php_mqs_response_attributes_make(zend_object *object)
{
	php_mqs_response *response = PHP_MQS_RESPONSE_OF(object);
	zval *all = &response->message.attributes;
	array_init(all);
	if (response->dispatched) {
		add_assoc_long(all, "fd", response->fd);
		if (Z_ISUNDEF(response->server)) {
			add_assoc_null(all, "server");
		} else {
			Z_TRY_ADDREF(response->server);
			add_assoc_zval(all, "server", &response->server);
		}
	}
}

/* ---- reading back -------------------------------------------------------------------------------------------- */

static bool is_ours(zend_object *object)
{
	return object->handlers == &php_mqs_response_handlers;
}

/* Is a response of ours whose PSR-7 part is in the struct? */
static bool is_native(zend_object *object)
{
	return is_ours(object) && instanceof_function(object->ce, php_mqs_base_response_ce);
}

/* An attribute as truth by getAttribute(); false without such a method. May leave an exception. */
static bool foreign_attribute_true(zend_object *object, const char *name)
{
	zend_function *method = zend_hash_str_find_ptr(&object->ce->function_table, ZEND_STRL("getattribute"));
	if (!method || EG(exception)) {
		return false;
	}
	zval argument, value;
	ZVAL_STRING(&argument, name);
	ZVAL_UNDEF(&value);
	zend_call_known_instance_method_with_1_params(method, object, &value, &argument);
	bool truth = !Z_ISUNDEF(value) && zend_is_true(&value);
	zval_ptr_dtor(&value);
	zval_ptr_dtor(&argument);
	return truth;
}

zend_result php_mqs_response_read(zval *response, php_mqs_response_t *out)
{
	*out = said_nothing;
	ZVAL_DEREF(response);
	if (Z_TYPE_P(response) != IS_OBJECT || php_mqs_message_prepare() == FAILURE ||
	    (Z_OBJCE_P(response) != php_mqs_messages.response &&
	        !instanceof_function(Z_OBJCE_P(response), php_mqs_messages.psr_response))) {
		return FAILURE;
	}
	zend_object *object = Z_OBJ_P(response);
	if (is_ours(object)) {
		*out = PHP_MQS_RESPONSE_OF(object)->said;
	}
	if (is_native(object)) {
		out->closed = php_mqs_attribute_true(object, "closed");
		out->stopped = php_mqs_attribute_true(object, "stopped");
	} else if (known_attributes(object)) {
		zval *closed = zend_hash_str_find(Z_ARRVAL_P(known_attributes(object)), ZEND_STRL("closed"));
		zval *stopped = zend_hash_str_find(Z_ARRVAL_P(known_attributes(object)), ZEND_STRL("stopped"));
		out->closed = closed && zend_is_true(closed);
		out->stopped = stopped && zend_is_true(stopped);
	} else {
		out->closed = foreign_attribute_true(object, "closed");
		out->stopped = foreign_attribute_true(object, "stopped");
	}
	return EG(exception) ? FAILURE : SUCCESS;
}

/* [owned] (string) $response->getBody(); NULL with an exception. */
static zend_string *foreign_body(zend_object *object)
{
	zval body;
	zend_function *method = zend_hash_str_find_ptr(&object->ce->function_table, ZEND_STRL("getbody"));
	if (!method) {
		return NULL;
	}
	ZVAL_UNDEF(&body);
	zend_call_known_instance_method_with_0_params(method, object, &body);
	zend_string *text = EG(exception) ? NULL : zval_try_get_string(&body);
	zval_ptr_dtor(&body);
	return text;
}

/* Has nobody asked Hyperf's object for its body? It keeps it in a property that is null until then. */
static bool hyperf_body_untouched(zend_object *object)
{
	if (php_mqs_messages.response_stream == 0) {
		return false;
	}
	zval *stream = OBJ_PROP(object, php_mqs_messages.response_stream);
	ZVAL_DEREF(stream);
	return Z_TYPE_P(stream) == IS_NULL;
}

zend_string *php_mqs_response_body(zval *response)
{
	ZVAL_DEREF(response);
	zend_object *object = Z_OBJ_P(response);
	zend_string *text;
	if (is_native(object)) {
		zval *body = &php_mqs_message_of(object)->body;
		if (Z_ISUNDEF_P(body)) {
			return NULL;
		}
		text = php_mqs_stream_text(Z_OBJ_P(body));
		text = text ? zend_string_copy(text) : zval_try_get_string(body);
	} else if (is_ours(object) && hyperf_body_untouched(object)) {
		return NULL;
	} else {
		text = foreign_body(object);
	}
	if (text && ZSTR_LEN(text) == 0) {
		zend_string_release(text);
		return NULL;
	}
	return text;
}

/* ---- PSR-7 --------------------------------------------------------------------------------------------------- */

static php_mqs_response *self_of(zval *self)
{
	return PHP_MQS_RESPONSE_OF(Z_OBJ_P(self));
}

/* The changed copy, as return value. */
static php_mqs_response *response_with(zval *self, zval *return_value)
{
	return PHP_MQS_RESPONSE_OF(php_mqs_message_with(self, return_value));
}

ZEND_METHOD(MqttServer_Message_BaseResponse, __construct)
{
	zend_long status = 200;
	HashTable *headers = NULL;
	zend_object *body_object = NULL;
	zend_string *body_text = NULL, *protocol = NULL, *phrase = NULL;
	if (php_mqs_message_prepare() == FAILURE) {
		RETURN_THROWS();
	}
	ZEND_PARSE_PARAMETERS_START(0, 5)
	Z_PARAM_OPTIONAL
	Z_PARAM_LONG(status)
	Z_PARAM_ARRAY_HT(headers)
	Z_PARAM_OBJ_OF_CLASS_OR_STR_OR_NULL(body_object, php_mqs_messages.psr_stream, body_text)
	Z_PARAM_STR(protocol)
	Z_PARAM_STR(phrase)
	ZEND_PARSE_PARAMETERS_END();
	if (status < 100 || status > 599) {
		zend_argument_value_error(1, "must be between 100 and 599");
		RETURN_THROWS();
	}
	zend_object *object = Z_OBJ_P(ZEND_THIS);
	php_mqs_response *response = PHP_MQS_RESPONSE_OF(object);
	php_mqs_response_reset(object);
	response->status = status;
	if (headers && php_mqs_message_headers_init(object, headers) == FAILURE) {
		RETURN_THROWS();
	}
	if (body_object) {
		ZVAL_OBJ_COPY(&response->message.body, body_object);
	} else if (body_text) {
		php_mqs_stream_create(&response->message.body, body_text);
	}
	if (protocol) {
		php_mqs_message_protocol_init(&response->message, protocol);
	}
	if (phrase && ZSTR_LEN(phrase)) {
		response->phrase = zend_string_copy(phrase);
	}
}

ZEND_METHOD(MqttServer_Message_BaseResponse, getStatusCode)
{
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_LONG(self_of(ZEND_THIS)->status);
}

ZEND_METHOD(MqttServer_Message_BaseResponse, withStatus)
{
	zval *code;
	zend_string *phrase = NULL;
	ZEND_PARSE_PARAMETERS_START(1, 2)
	Z_PARAM_ZVAL(code)
	Z_PARAM_OPTIONAL
	Z_PARAM_STR(phrase)
	ZEND_PARSE_PARAMETERS_END();
	if (Z_TYPE_P(code) != IS_LONG || Z_LVAL_P(code) < 100 || Z_LVAL_P(code) > 599) {
		php_mqs_invalid_argument(1, "an integer from 100 to 599");
		RETURN_THROWS();
	}
	php_mqs_response *copy = response_with(ZEND_THIS, return_value);
	copy->status = Z_LVAL_P(code);
	php_mqs_text_free(&copy->phrase);
	if (phrase && ZSTR_LEN(phrase)) {
		copy->phrase = zend_string_copy(phrase);
	}
}

/* Phrases of RFC 9110 section 15. */
static const char *status_phrase(zend_long status)
{
	static const struct {
		short status;
		const char *phrase;
	} phrases[] = {
	    {100, "Continue"},
	    {101, "Switching Protocols"},
	    {200, "OK"},
	    {201, "Created"},
	    {202, "Accepted"},
	    {203, "Non-Authoritative Information"},
	    {204, "No Content"},
	    {205, "Reset Content"},
	    {206, "Partial Content"},
	    {300, "Multiple Choices"},
	    {301, "Moved Permanently"},
	    {302, "Found"},
	    {303, "See Other"},
	    {304, "Not Modified"},
	    {305, "Use Proxy"},
	    {307, "Temporary Redirect"},
	    {308, "Permanent Redirect"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {402, "Payment Required"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {406, "Not Acceptable"},
	    {407, "Proxy Authentication Required"},
	    {408, "Request Timeout"},
	    {409, "Conflict"},
	    {410, "Gone"},
	    {411, "Length Required"},
	    {412, "Precondition Failed"},
	    {413, "Content Too Large"},
	    {414, "URI Too Long"},
	    {415, "Unsupported Media Type"},
	    {416, "Range Not Satisfiable"},
	    {417, "Expectation Failed"},
	    {421, "Misdirected Request"},
	    {422, "Unprocessable Content"},
	    {426, "Upgrade Required"},
	    {500, "Internal Server Error"},
	    {501, "Not Implemented"},
	    {502, "Bad Gateway"},
	    {503, "Service Unavailable"},
	    {504, "Gateway Timeout"},
	    {505, "HTTP Version Not Supported"},
	};
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		if (phrases[i].status == status) {
			return phrases[i].phrase;
		}
	}
	return "";
}

ZEND_METHOD(MqttServer_Message_BaseResponse, getReasonPhrase)
{
	ZEND_PARSE_PARAMETERS_NONE();
	php_mqs_response *response = self_of(ZEND_THIS);
	if (response->phrase) {
		RETURN_STR_COPY(response->phrase);
	}
	RETURN_STRING(status_phrase(response->status));
}

ZEND_METHOD(MqttServer_Message_BaseResponse, forward)
{
	zend_object *response;
	zend_string *name;
	zval *arguments = NULL;
	ZEND_PARSE_PARAMETERS_START(2, 3)
	Z_PARAM_OBJ(response)
	Z_PARAM_STR(name)
	Z_PARAM_OPTIONAL
	Z_PARAM_ARRAY(arguments)
	ZEND_PARSE_PARAMETERS_END();
	if (!is_ours(response)) {
		zend_argument_type_error(
		    1, "must be of type MqttServer\\Message\\Response, %s given", ZSTR_VAL(response->ce->name));
		RETURN_THROWS();
	}
	zend_string *key = zend_string_tolower(name);
	zend_function *method = zend_hash_find_ptr(&php_mqs_base_response_ce->function_table, key);
	zend_string_release(key);
	if (!method || (method->common.fn_flags & (ZEND_ACC_STATIC | ZEND_ACC_CTOR))) {
		zend_argument_value_error(2, "must be the name of a method of MqttServer\\Message\\BaseResponse");
		RETURN_THROWS();
	}
	zend_call_known_function(
	    method, response, php_mqs_base_response_ce, return_value, 0, NULL, arguments ? Z_ARRVAL_P(arguments) : NULL);
}

void php_mqs_response_minit(void)
{
	php_mqs_base_response_ce = register_class_MqttServer_Message_BaseResponse();
	php_mqs_base_response_ce->create_object = php_mqs_response_object_create;
	memcpy(&php_mqs_response_handlers, zend_get_std_object_handlers(), sizeof(zend_object_handlers));
	php_mqs_response_handlers.offset = offsetof(php_mqs_response, std);
	php_mqs_response_handlers.free_obj = response_object_free;
	php_mqs_response_handlers.clone_obj = response_object_clone;
	php_mqs_response_handlers.get_gc = response_gc;
	php_mqs_response_handlers.compare = zend_objects_not_comparable;
}
