/* SPDX-License-Identifier: MIT
 *
 * src/php/message_common.c - what requests and responses share: protocol version, headers, body, attributes.
 *
 * The methods are those of MqttServer\Message\BaseRequest; BaseResponse has them as aliases. Parameters are untyped as
 * PSR-7 1.0 wants them, so that a wrong one is an \InvalidArgumentException.
 */
#include "message_private.h"

#include "Zend/zend_exceptions.h"
#include "ext/spl/spl_exceptions.h"
#include "zend_smart_str.h"

void php_mqs_invalid_argument(uint32_t arg_num, const char *what)
{
	zend_string *function = get_active_function_or_method_name();
	const char *name = get_active_function_arg_name(arg_num);
	zend_throw_exception_ex(spl_ce_InvalidArgumentException, 0, "%s(): Argument #%u ($%s) must be %s",
	    ZSTR_VAL(function), arg_num, name ? name : "?", what);
	zend_string_release(function);
}

/* ---- life ---------------------------------------------------------------------------------------------------- */

void php_mqs_message_clear(php_mqs_message *message)
{
	if (message->protocol) {
		zend_string_release(message->protocol);
		message->protocol = NULL;
	}
	zval *owned[] = {&message->headers, &message->body, &message->attributes};
	for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++) {
		zval old;
		ZVAL_COPY_VALUE(&old, owned[i]);
		ZVAL_UNDEF(owned[i]);
		zval_ptr_dtor(&old);
	}
}

void php_mqs_message_copy(php_mqs_message *to, const php_mqs_message *from)
{
	to->protocol = from->protocol ? zend_string_copy(from->protocol) : NULL;
	ZVAL_COPY(&to->headers, &from->headers);
	ZVAL_COPY(&to->body, &from->body);
	ZVAL_COPY(&to->attributes, &from->attributes);
}

void php_mqs_message_gc(zend_object *object, zend_get_gc_buffer *buffer)
{
	php_mqs_message *message = php_mqs_message_of(object);
	zend_get_gc_buffer_add_zval(buffer, &message->body);
	zend_get_gc_buffer_add_zval(buffer, &message->attributes);
	/* Declared properties, as Hyperf's response has them; else the table that the handler returns reports them. */
	for (int i = 0; !object->properties && i < object->ce->default_properties_count; i++) {
		zend_get_gc_buffer_add_zval(buffer, &object->properties_table[i]);
	}
}

bool php_mqs_attribute_true(zend_object *object, const char *name)
{
	zval *attributes = &php_mqs_message_of(object)->attributes;
	zval *value = Z_ISUNDEF_P(attributes) ? NULL : zend_hash_str_find(Z_ARRVAL_P(attributes), name, strlen(name));
	return value && zend_is_true(value);
}

zend_object *php_mqs_message_with(zval *self, zval *return_value)
{
	zend_object *copy = Z_OBJ_P(self)->handlers->clone_obj(Z_OBJ_P(self));
	RETVAL_OBJ(copy);
	return copy;
}

static bool is_request(const zend_object *object)
{
	return object->handlers == &php_mqs_request_handlers;
}

void php_mqs_message_protocol_init(php_mqs_message *message, zend_string *protocol)
{
	if (message->protocol) {
		zend_string_release(message->protocol);
	}
	message->protocol = zend_string_copy(protocol);
}

/* ---- headers ------------------------------------------------------------------------------------------------- */

/* [borrowed] the table, made of the defaults when nobody asked before. */
static zval *headers_of(zend_object *object)
{
	zval *headers = &php_mqs_message_of(object)->headers;
	if (Z_ISUNDEF_P(headers)) {
		if (is_request(object)) {
			php_mqs_request_headers_make(object);
		} else {
			ZVAL_EMPTY_ARRAY(headers);
		}
	}
	return headers;
}

zval *php_mqs_message_header_find(zend_object *object, zend_string *name, zend_string **key, zend_ulong *index)
{
	HashTable *table = Z_ARRVAL_P(headers_of(object));
	zend_string *each_key;
	zend_ulong each_index;
	zval *list;
	ZEND_HASH_FOREACH_KEY_VAL (table, each_index, each_key, list) {
		bool same;
		if (each_key) {
			same = zend_string_equals_ci(each_key, name);
		} else {
			zend_string *number = zend_long_to_str((zend_long)each_index);
			same = zend_string_equals(number, name);
			zend_string_release(number);
		}
		if (same) {
			if (key) {
				*key = each_key;
				*index = each_index;
			}
			return list;
		}
	}
	ZEND_HASH_FOREACH_END();
	return NULL;
}

/* RFC 9110 section 5.6.2: a token. */
static bool header_name_valid(zend_string *name)
{
	for (size_t i = 0; i < ZSTR_LEN(name); i++) {
		unsigned char c = (unsigned char)ZSTR_VAL(name)[i];
		if (!isalnum(c) && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c))) {
			return false;
		}
	}
	return ZSTR_LEN(name) > 0;
}

/* One value, trimmed; undefined when it is none: RFC 9110 section 5.5 forbids control characters. */
static void header_value(zval *value, zval *out)
{
	ZVAL_UNDEF(out);
	ZVAL_DEREF(value);
	if (Z_TYPE_P(value) != IS_STRING && Z_TYPE_P(value) != IS_LONG && Z_TYPE_P(value) != IS_DOUBLE) {
		return;
	}
	zend_string *text = zval_get_string(value);
	const char *start = ZSTR_VAL(text), *end = start + ZSTR_LEN(text);
	while (start < end && (*start == ' ' || *start == '\t')) {
		start++;
	}
	while (end > start && (end[-1] == ' ' || end[-1] == '\t')) {
		end--;
	}
	for (const char *c = start; c < end; c++) {
		if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f) {
			zend_string_release(text);
			return;
		}
	}
	if ((size_t)(end - start) == ZSTR_LEN(text)) {
		ZVAL_STR(out, text);
	} else {
		ZVAL_STRINGL(out, start, (size_t)(end - start));
		zend_string_release(text);
	}
}

/* Appends a value or a list of values to `list`; false when one is no header value or there is none. */
static bool header_values(zval *value, zval *list)
{
	zval text;
	ZVAL_DEREF(value);
	if (Z_TYPE_P(value) != IS_ARRAY) {
		header_value(value, &text);
		if (Z_ISUNDEF(text)) {
			return false;
		}
		add_next_index_zval(list, &text);
		return true;
	}
	zval *each;
	ZEND_HASH_FOREACH_VAL (Z_ARRVAL_P(value), each) {
		header_value(each, &text);
		if (Z_ISUNDEF(text)) {
			return false;
		}
		add_next_index_zval(list, &text);
	}
	ZEND_HASH_FOREACH_END();
	return zend_hash_num_elements(Z_ARRVAL_P(value)) > 0;
}

/* Puts `list` (taken) under `name`, in place of or behind what is there under any case. */
static void header_put(zend_object *object, zend_string *name, zval *list, bool append)
{
	zend_string *key = NULL;
	zend_ulong index = 0;
	zval *old = php_mqs_message_header_find(object, name, &key, &index);
	zval *headers = headers_of(object);
	SEPARATE_ARRAY(headers);
	if (old && append) {
		zval *target =
		    key ? zend_hash_find(Z_ARRVAL_P(headers), key) : zend_hash_index_find(Z_ARRVAL_P(headers), index);
		zval *each;
		SEPARATE_ARRAY(target);
		ZEND_HASH_FOREACH_VAL (Z_ARRVAL_P(list), each) {
			Z_TRY_ADDREF_P(each);
			add_next_index_zval(target, each);
		}
		ZEND_HASH_FOREACH_END();
		zval_ptr_dtor(list);
		return;
	}
	if (old) {
		if (key) {
			zend_hash_del(Z_ARRVAL_P(headers), key);
		} else {
			zend_hash_index_del(Z_ARRVAL_P(headers), index);
		}
	}
	zend_symtable_update(Z_ARRVAL_P(headers), name, list);
}

void php_mqs_message_header_replace(zend_object *object, zend_string *name, zend_string *value)
{
	zval list;
	array_init_size(&list, 1);
	add_next_index_str(&list, zend_string_copy(value));
	header_put(object, name, &list, false);
}

zend_result php_mqs_message_headers_init(zend_object *object, HashTable *headers)
{
	zval *table = &php_mqs_message_of(object)->headers;
	zval_ptr_dtor(table);
	ZVAL_EMPTY_ARRAY(table);
	zend_string *key;
	zend_ulong index;
	zval *value, list;
	ZEND_HASH_FOREACH_KEY_VAL (headers, index, key, value) {
		zend_string *name = key ? zend_string_copy(key) : zend_long_to_str((zend_long)index);
		array_init(&list);
		bool valid = header_name_valid(name) && header_values(value, &list);
		if (valid) {
			header_put(object, name, &list, true);
		} else {
			zval_ptr_dtor(&list);
			zend_throw_exception_ex(
			    spl_ce_InvalidArgumentException, 0, "Header \"%s\" has no valid name or value", ZSTR_VAL(name));
		}
		zend_string_release(name);
		if (!valid) {
			return FAILURE;
		}
	}
	ZEND_HASH_FOREACH_END();
	return SUCCESS;
}

ZEND_METHOD(MqttServer_Message_BaseRequest, getProtocolVersion)
{
	ZEND_PARSE_PARAMETERS_NONE();
	php_mqs_message *message = php_mqs_message_of(Z_OBJ_P(ZEND_THIS));
	if (message->protocol) {
		RETURN_STR_COPY(message->protocol);
	}
	RETURN_STRING("1.1");
}

ZEND_METHOD(MqttServer_Message_BaseRequest, withProtocolVersion)
{
	zval *version;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_ZVAL(version)
	ZEND_PARSE_PARAMETERS_END();
	if (Z_TYPE_P(version) != IS_STRING) {
		php_mqs_invalid_argument(1, "a string");
		RETURN_THROWS();
	}
	php_mqs_message_protocol_init(php_mqs_message_of(php_mqs_message_with(ZEND_THIS, return_value)), Z_STR_P(version));
}

ZEND_METHOD(MqttServer_Message_BaseRequest, getHeaders)
{
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_COPY(headers_of(Z_OBJ_P(ZEND_THIS)));
}

/* [borrowed] the one argument of a header getter; NULL with an exception. */
static zval *header_argument(INTERNAL_FUNCTION_PARAMETERS, bool *found)
{
	zval *name;
	*found = false;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_ZVAL(name)
	ZEND_PARSE_PARAMETERS_END_EX(return NULL);
	if (Z_TYPE_P(name) != IS_STRING) {
		php_mqs_invalid_argument(1, "a string");
		return NULL;
	}
	zval *list = php_mqs_message_header_find(Z_OBJ_P(ZEND_THIS), Z_STR_P(name), NULL, NULL);
	*found = list != NULL;
	return list;
}

ZEND_METHOD(MqttServer_Message_BaseRequest, hasHeader)
{
	bool found;
	header_argument(INTERNAL_FUNCTION_PARAM_PASSTHRU, &found);
	RETURN_BOOL(found);
}

ZEND_METHOD(MqttServer_Message_BaseRequest, getHeader)
{
	bool found;
	zval *list = header_argument(INTERNAL_FUNCTION_PARAM_PASSTHRU, &found);
	if (found) {
		RETURN_COPY(list);
	}
	RETURN_EMPTY_ARRAY();
}

ZEND_METHOD(MqttServer_Message_BaseRequest, getHeaderLine)
{
	bool found;
	zval *list = header_argument(INTERNAL_FUNCTION_PARAM_PASSTHRU, &found);
	if (!found) {
		RETURN_EMPTY_STRING();
	}
	smart_str line = {0};
	zval *value;
	ZEND_HASH_FOREACH_VAL (Z_ARRVAL_P(list), value) {
		if (line.s) {
			smart_str_appendl(&line, ", ", 2);
		}
		smart_str_append(&line, Z_STR_P(value));
	}
	ZEND_HASH_FOREACH_END();
	RETURN_STR(smart_str_extract(&line));
}

static void header_with(INTERNAL_FUNCTION_PARAMETERS, bool append)
{
	zval *name, *value, list;
	ZEND_PARSE_PARAMETERS_START(2, 2)
	Z_PARAM_ZVAL(name)
	Z_PARAM_ZVAL(value)
	ZEND_PARSE_PARAMETERS_END();
	if (Z_TYPE_P(name) != IS_STRING || !header_name_valid(Z_STR_P(name))) {
		php_mqs_invalid_argument(1, "a header name");
		RETURN_THROWS();
	}
	array_init(&list);
	if (!header_values(value, &list)) {
		zval_ptr_dtor(&list);
		php_mqs_invalid_argument(2, "a header value or a list of at least one, without control characters");
		RETURN_THROWS();
	}
	header_put(php_mqs_message_with(ZEND_THIS, return_value), Z_STR_P(name), &list, append);
}

ZEND_METHOD(MqttServer_Message_BaseRequest, withHeader)
{
	header_with(INTERNAL_FUNCTION_PARAM_PASSTHRU, false);
}

ZEND_METHOD(MqttServer_Message_BaseRequest, withAddedHeader)
{
	header_with(INTERNAL_FUNCTION_PARAM_PASSTHRU, true);
}

ZEND_METHOD(MqttServer_Message_BaseRequest, withoutHeader)
{
	zval *name;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_ZVAL(name)
	ZEND_PARSE_PARAMETERS_END();
	if (Z_TYPE_P(name) != IS_STRING) {
		php_mqs_invalid_argument(1, "a string");
		RETURN_THROWS();
	}
	zend_object *copy = php_mqs_message_with(ZEND_THIS, return_value);
	zend_string *key = NULL;
	zend_ulong index = 0;
	if (php_mqs_message_header_find(copy, Z_STR_P(name), &key, &index)) {
		zval *headers = headers_of(copy);
		SEPARATE_ARRAY(headers);
		if (key) {
			zend_hash_del(Z_ARRVAL_P(headers), key);
		} else {
			zend_hash_index_del(Z_ARRVAL_P(headers), index);
		}
	}
}

/* ---- body ---------------------------------------------------------------------------------------------------- */

ZEND_METHOD(MqttServer_Message_BaseRequest, getBody)
{
	ZEND_PARSE_PARAMETERS_NONE();
	zend_object *self = Z_OBJ_P(ZEND_THIS);
	zval *body = &php_mqs_message_of(self)->body;
	if (Z_ISUNDEF_P(body)) {
		if (is_request(self)) {
			php_mqs_request_body_make(self);
		} else {
			php_mqs_stream_create(body, ZSTR_EMPTY_ALLOC());
		}
		if (EG(exception)) {
			RETURN_THROWS();
		}
	}
	RETURN_COPY(body);
}

ZEND_METHOD(MqttServer_Message_BaseRequest, withBody)
{
	zval *body;
	if (php_mqs_message_prepare() == FAILURE) {
		RETURN_THROWS();
	}
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_OBJECT_OF_CLASS(body, php_mqs_messages.psr_stream)
	ZEND_PARSE_PARAMETERS_END();
	zval *slot = &php_mqs_message_of(php_mqs_message_with(ZEND_THIS, return_value))->body;
	zval_ptr_dtor(slot);
	ZVAL_COPY(slot, body);
}

/* ---- attributes ---------------------------------------------------------------------------------------------- */

static zval *attributes_of(zend_object *object)
{
	zval *attributes = &php_mqs_message_of(object)->attributes;
	if (Z_ISUNDEF_P(attributes)) {
		if (is_request(object)) {
			php_mqs_request_attributes_make(object);
		} else {
			php_mqs_response_attributes_make(object);
		}
	}
	return attributes;
}

ZEND_METHOD(MqttServer_Message_BaseRequest, getAttributes)
{
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_COPY(attributes_of(Z_OBJ_P(ZEND_THIS)));
}

ZEND_METHOD(MqttServer_Message_BaseRequest, getAttribute)
{
	zend_string *name;
	zval *otherwise = NULL;
	ZEND_PARSE_PARAMETERS_START(1, 2)
	Z_PARAM_STR(name)
	Z_PARAM_OPTIONAL
	Z_PARAM_ZVAL(otherwise)
	ZEND_PARSE_PARAMETERS_END();
	zend_object *self = Z_OBJ_P(ZEND_THIS);
	if (Z_ISUNDEF(php_mqs_message_of(self)->attributes) && is_request(self)) {
		if (php_mqs_request_attribute(self, name, return_value) || EG(exception)) {
			return;
		}
	} else {
		zval *value = zend_symtable_find(Z_ARRVAL_P(attributes_of(self)), name);
		if (value) {
			RETURN_COPY_DEREF(value);
		}
	}
	if (otherwise) {
		RETURN_COPY(otherwise);
	}
}

ZEND_METHOD(MqttServer_Message_BaseRequest, withAttribute)
{
	zend_string *name;
	zval *value;
	ZEND_PARSE_PARAMETERS_START(2, 2)
	Z_PARAM_STR(name)
	Z_PARAM_ZVAL(value)
	ZEND_PARSE_PARAMETERS_END();
	zval *attributes = attributes_of(php_mqs_message_with(ZEND_THIS, return_value));
	SEPARATE_ARRAY(attributes);
	Z_TRY_ADDREF_P(value);
	zend_symtable_update(Z_ARRVAL_P(attributes), name, value);
}

ZEND_METHOD(MqttServer_Message_BaseRequest, withoutAttribute)
{
	zend_string *name;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_STR(name)
	ZEND_PARSE_PARAMETERS_END();
	zval *attributes = attributes_of(php_mqs_message_with(ZEND_THIS, return_value));
	SEPARATE_ARRAY(attributes);
	zend_symtable_del(Z_ARRVAL_P(attributes), name);
}
