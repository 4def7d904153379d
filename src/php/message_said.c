/* SPDX-License-Identifier: MIT
 *
 * src/php/message_said.c - the methods of MqttServer\Message\BaseResponse by which a handler tells the broker
 * something.
 *
 * Each with… method returns a changed copy; values are checked when they are given.
 */
#include "message_private.h"

#include "zend_exceptions.h"

/* How deep a topic may be is the server's limit, looked at when the response counts. */
#define TOPIC_LEVELS_ANY UINT32_MAX

static php_mqs_response *self_of(zval *self)
{
	return PHP_MQS_RESPONSE_OF(Z_OBJ_P(self));
}

/* The changed copy, as return value. */
static php_mqs_response *response_with(zval *self, zval *return_value)
{
	return PHP_MQS_RESPONSE_OF(php_mqs_message_with(self, return_value));
}

static void return_text(zend_string *text, zval *return_value)
{
	if (text) {
		RETURN_STR_COPY(text);
	}
}

static void return_number(int number, zval *return_value)
{
	if (number >= 0) {
		RETURN_LONG(number);
	}
}

static void return_table(HashTable *table, zval *return_value)
{
	if (table) {
		GC_ADDREF(table);
		RETURN_ARR(table);
	}
	RETURN_EMPTY_ARRAY();
}

static mqs_bytes bytes_of(zend_string *text)
{
	return mqs_bytes_make(ZSTR_VAL(text), ZSTR_LEN(text));
}

/* A UTF-8 string that fits the wire; else an exception. */
static bool text_valid(zend_string *text, uint32_t arg_num)
{
	if (ZSTR_LEN(text) > 65535) {
		zend_argument_value_error(arg_num, "must be at most 65535 bytes long");
		return false;
	}
	if (!mqs_utf8_valid(bytes_of(text))) {
		zend_argument_value_error(arg_num, "must be valid UTF-8 without null characters");
		return false;
	}
	return true;
}

/* A reason code of MQTT 5, or a return code that CONNACK has in 3.1.1. */
static bool reason_known(zend_long code)
{
	return code >= 0 && code <= 255 && (code <= MQTT_CRC_NOT_AUTHORIZED || mqs_reason_name((uint8_t)code)[0] != '\0');
}

/* The table of a changed copy, its own and writable. */
static HashTable *table_own(HashTable **table)
{
	if (!*table) {
		*table = zend_new_array(0);
	} else if (GC_REFCOUNT(*table) > 1) {
		HashTable *copy = zend_array_dup(*table);
		zend_array_release(*table);
		*table = copy;
	}
	return *table;
}

ZEND_METHOD(MqttServer_Message_BaseResponse, withReasonCode)
{
	zend_long code;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_LONG(code)
	ZEND_PARSE_PARAMETERS_END();
	if (!reason_known(code)) {
		zend_argument_value_error(1, "must be a reason code of MQTT, " ZEND_LONG_FMT " given", code);
		RETURN_THROWS();
	}
	response_with(ZEND_THIS, return_value)->said.reason_code = (int16_t)code;
}

ZEND_METHOD(MqttServer_Message_BaseResponse, getReasonCode)
{
	ZEND_PARSE_PARAMETERS_NONE();
	return_number(self_of(ZEND_THIS)->said.reason_code, return_value);
}

/* Replaces a string of the changed copy. */
static void said_text(zval *self, zval *return_value, size_t slot, zend_string *text)
{
	zend_string **place = (zend_string **)((char *)&response_with(self, return_value)->said + slot);
	php_mqs_text_free(place);
	*place = zend_string_copy(text);
}

ZEND_METHOD(MqttServer_Message_BaseResponse, withReasonString)
{
	zend_string *text;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_STR(text)
	ZEND_PARSE_PARAMETERS_END();
	if (!text_valid(text, 1)) {
		RETURN_THROWS();
	}
	said_text(ZEND_THIS, return_value, offsetof(php_mqs_response_t, reason_string), text);
}

ZEND_METHOD(MqttServer_Message_BaseResponse, getReasonString)
{
	ZEND_PARSE_PARAMETERS_NONE();
	return_text(self_of(ZEND_THIS)->said.reason_string, return_value);
}

ZEND_METHOD(MqttServer_Message_BaseResponse, withUserProperty)
{
	zend_string *name, *value;
	ZEND_PARSE_PARAMETERS_START(2, 2)
	Z_PARAM_STR(name)
	Z_PARAM_STR(value)
	ZEND_PARSE_PARAMETERS_END();
	if (!text_valid(name, 1) || !text_valid(value, 2)) {
		RETURN_THROWS();
	}
	zval pair;
	array_init_size(&pair, 2);
	add_next_index_str(&pair, zend_string_copy(name));
	add_next_index_str(&pair, zend_string_copy(value));
	zend_hash_next_index_insert(table_own(&response_with(ZEND_THIS, return_value)->said.user_properties), &pair);
}

ZEND_METHOD(MqttServer_Message_BaseResponse, getUserProperties)
{
	ZEND_PARSE_PARAMETERS_NONE();
	return_table(self_of(ZEND_THIS)->said.user_properties, return_value);
}

/* The engine has no name for the arguments of a variadic function of ours. */
static void granted_refuse(zend_class_entry *error, uint32_t arg_num, const char *what, const char *given)
{
	zend_string *function = get_active_function_or_method_name();
	zend_throw_error(error, "%s(): Argument #%u ($qos) must be %s, %s given", ZSTR_VAL(function), arg_num, what, given);
	zend_string_release(function);
}

/* Adds one QoS or failure code to the list; an exception and false when it is none. */
static bool granted_add(HashTable *list, zval *value, uint32_t arg_num)
{
	ZVAL_DEREF(value);
	if (Z_TYPE_P(value) != IS_LONG) {
		granted_refuse(zend_ce_type_error, arg_num, "of type int", zend_zval_type_name(value));
		return false;
	}
	zend_long code = Z_LVAL_P(value);
	if (code < 0 || code > 255 || (code > 2 && !mqs_reason_allowed((uint8_t)code, MQTT_PKT_SUBACK))) {
		char number[MAX_LENGTH_OF_LONG + 1];
		snprintf(number, sizeof(number), ZEND_LONG_FMT, code);
		granted_refuse(zend_ce_value_error, arg_num, "0, 1, 2 or a failure code of SUBACK", number);
		return false;
	}
	zend_hash_next_index_insert_new(list, value);
	return true;
}

ZEND_METHOD(MqttServer_Message_BaseResponse, withGrantedQos)
{
	zval *arguments;
	uint32_t count;
	ZEND_PARSE_PARAMETERS_START(0, -1)
	Z_PARAM_VARIADIC('*', arguments, count)
	ZEND_PARSE_PARAMETERS_END();
	HashTable *list = zend_new_array(count);
	bool valid = true;
	for (uint32_t i = 0; valid && i < count; i++) {
		if (Z_TYPE(arguments[i]) == IS_ARRAY) {
			zval *each;
			ZEND_HASH_FOREACH_VAL (Z_ARRVAL(arguments[i]), each) {
				valid = granted_add(list, each, i + 1);
				if (!valid) {
					break;
				}
			}
			ZEND_HASH_FOREACH_END();
		} else {
			valid = granted_add(list, &arguments[i], i + 1);
		}
	}
	if (!valid) {
		zend_array_release(list);
		RETURN_THROWS();
	}
	php_mqs_response *copy = response_with(ZEND_THIS, return_value);
	php_mqs_table_free(&copy->said.granted_qos);
	copy->said.granted_qos = list;
}

ZEND_METHOD(MqttServer_Message_BaseResponse, getGrantedQos)
{
	ZEND_PARSE_PARAMETERS_NONE();
	HashTable *list = self_of(ZEND_THIS)->said.granted_qos;
	if (list) {
		return_table(list, return_value);
	}
}

ZEND_METHOD(MqttServer_Message_BaseResponse, withTopic)
{
	zend_string *topic;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_STR(topic)
	ZEND_PARSE_PARAMETERS_END();
	if (!text_valid(topic, 1)) {
		RETURN_THROWS();
	}
	if (!mqs_topic_name_valid(bytes_of(topic), TOPIC_LEVELS_ANY)) {
		zend_argument_value_error(1, "must be a topic name: not empty, without + and #");
		RETURN_THROWS();
	}
	said_text(ZEND_THIS, return_value, offsetof(php_mqs_response_t, topic), topic);
}

ZEND_METHOD(MqttServer_Message_BaseResponse, getTopic)
{
	ZEND_PARSE_PARAMETERS_NONE();
	return_text(self_of(ZEND_THIS)->said.topic, return_value);
}

ZEND_METHOD(MqttServer_Message_BaseResponse, withPayload)
{
	zend_string *payload;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_STR(payload)
	ZEND_PARSE_PARAMETERS_END();
	said_text(ZEND_THIS, return_value, offsetof(php_mqs_response_t, payload), payload);
}

ZEND_METHOD(MqttServer_Message_BaseResponse, getPayload)
{
	ZEND_PARSE_PARAMETERS_NONE();
	return_text(self_of(ZEND_THIS)->said.payload, return_value);
}

ZEND_METHOD(MqttServer_Message_BaseResponse, withQos)
{
	zend_long qos;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_LONG(qos)
	ZEND_PARSE_PARAMETERS_END();
	if (qos < 0 || qos > 2) {
		zend_argument_value_error(1, "must be 0, 1 or 2, " ZEND_LONG_FMT " given", qos);
		RETURN_THROWS();
	}
	response_with(ZEND_THIS, return_value)->said.qos = (int8_t)qos;
}

ZEND_METHOD(MqttServer_Message_BaseResponse, getQos)
{
	ZEND_PARSE_PARAMETERS_NONE();
	return_number(self_of(ZEND_THIS)->said.qos, return_value);
}

ZEND_METHOD(MqttServer_Message_BaseResponse, withRetain)
{
	bool retain = true;
	ZEND_PARSE_PARAMETERS_START(0, 1)
	Z_PARAM_OPTIONAL
	Z_PARAM_BOOL(retain)
	ZEND_PARSE_PARAMETERS_END();
	response_with(ZEND_THIS, return_value)->said.retain = retain;
}

ZEND_METHOD(MqttServer_Message_BaseResponse, getRetain)
{
	ZEND_PARSE_PARAMETERS_NONE();
	if (self_of(ZEND_THIS)->said.retain >= 0) {
		RETURN_BOOL(self_of(ZEND_THIS)->said.retain);
	}
}

/* Largest value of a property that is a number. */
static zend_long property_max(uint32_t id)
{
	switch (mqs_prop_kind_of(id)) {
		case MQS_PROP_BYTE: return 1; /* every byte property of MQTT 5 is 0 or 1 */
		case MQS_PROP_U16: return 65535;
		case MQS_PROP_VARINT: return MQTT_VARINT_MAX;
		default: return UINT32_MAX;
	}
}

/* Checks a property value and makes it an int or a string in `out` ([borrowed] string); else an exception. */
static bool property_value(uint32_t id, zval *value, zval *out)
{
	mqs_prop_kind kind = mqs_prop_kind_of(id);
	if (kind == MQS_PROP_STRING || kind == MQS_PROP_BINARY) {
		if (Z_TYPE_P(value) != IS_STRING) {
			zend_argument_type_error(
			    2, "must be of type string for this property, %s given", zend_zval_type_name(value));
			return false;
		}
		if (kind == MQS_PROP_BINARY && Z_STRLEN_P(value) > 65535) {
			zend_argument_value_error(2, "must be at most 65535 bytes long");
			return false;
		}
		ZVAL_COPY_VALUE(out, value);
		return kind == MQS_PROP_BINARY || text_valid(Z_STR_P(value), 2);
	}
	if (kind == MQS_PROP_BYTE && (Z_TYPE_P(value) == IS_TRUE || Z_TYPE_P(value) == IS_FALSE)) {
		ZVAL_LONG(out, Z_TYPE_P(value) == IS_TRUE);
		return true;
	}
	if (Z_TYPE_P(value) != IS_LONG) {
		zend_argument_type_error(2, "must be of type int for this property, %s given", zend_zval_type_name(value));
		return false;
	}
	if (Z_LVAL_P(value) < 0 || Z_LVAL_P(value) > property_max(id)) {
		zend_argument_value_error(2,
		    "must be between 0 and " ZEND_LONG_FMT " for this property, " ZEND_LONG_FMT " given", property_max(id),
		    Z_LVAL_P(value));
		return false;
	}
	ZVAL_COPY_VALUE(out, value);
	return true;
}

ZEND_METHOD(MqttServer_Message_BaseResponse, withProperty)
{
	zend_string *name;
	zval *value, checked;
	ZEND_PARSE_PARAMETERS_START(2, 2)
	Z_PARAM_STR(name)
	Z_PARAM_ZVAL(value)
	ZEND_PARSE_PARAMETERS_END();
	uint32_t id = php_mqs_prop_by_name(ZSTR_VAL(name), ZSTR_LEN(name));
	if (id == 0 || mqs_prop_kind_of(id) == MQS_PROP_PAIR) {
		zend_argument_value_error(1,
		    "must be the name of an MQTT 5.0 property (withUserProperty() is for others), \"%s\" given",
		    ZSTR_VAL(name));
		RETURN_THROWS();
	}
	if (Z_TYPE_P(value) == IS_NULL) {
		zend_hash_del(table_own(&response_with(ZEND_THIS, return_value)->said.properties), name);
		return;
	}
	if (!property_value(id, value, &checked)) {
		RETURN_THROWS();
	}
	Z_TRY_ADDREF(checked);
	zend_hash_update(table_own(&response_with(ZEND_THIS, return_value)->said.properties), name, &checked);
}

ZEND_METHOD(MqttServer_Message_BaseResponse, getProperty)
{
	zend_string *name;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_STR(name)
	ZEND_PARSE_PARAMETERS_END();
	HashTable *properties = self_of(ZEND_THIS)->said.properties;
	zval *value = properties ? zend_hash_find(properties, name) : NULL;
	if (value) {
		RETURN_COPY(value);
	}
}

ZEND_METHOD(MqttServer_Message_BaseResponse, getProperties)
{
	ZEND_PARSE_PARAMETERS_NONE();
	return_table(self_of(ZEND_THIS)->said.properties, return_value);
}

ZEND_METHOD(MqttServer_Message_BaseResponse, deny)
{
	zend_long code = MQTT_RC_NOT_AUTHORIZED;
	zend_string *reason = NULL;
	ZEND_PARSE_PARAMETERS_START(0, 2)
	Z_PARAM_OPTIONAL
	Z_PARAM_LONG(code)
	Z_PARAM_STR(reason)
	ZEND_PARSE_PARAMETERS_END();
	if (code < 0x80 || !reason_known(code)) {
		zend_argument_value_error(1, "must be a reason code of MQTT that says failure, " ZEND_LONG_FMT " given", code);
		RETURN_THROWS();
	}
	if (reason && !text_valid(reason, 2)) {
		RETURN_THROWS();
	}
	php_mqs_response *copy = response_with(ZEND_THIS, return_value);
	copy->said.denied = true;
	copy->said.reason_code = (int16_t)code;
	if (reason && ZSTR_LEN(reason)) {
		php_mqs_text_free(&copy->said.reason_string);
		copy->said.reason_string = zend_string_copy(reason);
	}
}

ZEND_METHOD(MqttServer_Message_BaseResponse, isDenied)
{
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_BOOL(self_of(ZEND_THIS)->said.denied);
}

ZEND_METHOD(MqttServer_Message_BaseResponse, withoutRouting)
{
	ZEND_PARSE_PARAMETERS_NONE();
	response_with(ZEND_THIS, return_value)->said.unrouted = true;
}

ZEND_METHOD(MqttServer_Message_BaseResponse, isRouted)
{
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_BOOL(!self_of(ZEND_THIS)->said.unrouted);
}

/* An attribute of the changed copy. */
static void with_attribute(INTERNAL_FUNCTION_PARAMETERS, const char *name)
{
	bool value = true;
	ZEND_PARSE_PARAMETERS_START(0, 1)
	Z_PARAM_OPTIONAL
	Z_PARAM_BOOL(value)
	ZEND_PARSE_PARAMETERS_END();
	php_mqs_response *copy = response_with(ZEND_THIS, return_value);
	zval *attributes = &copy->message.attributes;
	if (Z_ISUNDEF_P(attributes)) {
		php_mqs_response_attributes_make(&copy->std);
	}
	SEPARATE_ARRAY(attributes);
	add_assoc_bool(attributes, name, value);
}

ZEND_METHOD(MqttServer_Message_BaseResponse, withClosed)
{
	with_attribute(INTERNAL_FUNCTION_PARAM_PASSTHRU, "closed");
}

ZEND_METHOD(MqttServer_Message_BaseResponse, isClosed)
{
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_BOOL(php_mqs_attribute_true(Z_OBJ_P(ZEND_THIS), "closed"));
}

ZEND_METHOD(MqttServer_Message_BaseResponse, withStopped)
{
	with_attribute(INTERNAL_FUNCTION_PARAM_PASSTHRU, "stopped");
}

ZEND_METHOD(MqttServer_Message_BaseResponse, isStopped)
{
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_BOOL(php_mqs_attribute_true(Z_OBJ_P(ZEND_THIS), "stopped"));
}
