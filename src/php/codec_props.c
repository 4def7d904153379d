/* SPDX-License-Identifier: MIT
 *
 * src/php/codec_props.c - property arrays as raw lists (MQTT 5 section 2.2.2). Owns: nothing.
 */
#include "array_read.h"

static void number_range(uint32_t id, mqs_prop_kind kind, uint32_t *min, uint32_t *max)
{
	*min = id == MQTT_PROP_RECEIVE_MAXIMUM || id == MQTT_PROP_MAXIMUM_PACKET_SIZE || id == MQTT_PROP_TOPIC_ALIAS ||
	       id == MQTT_PROP_SUBSCRIPTION_IDENTIFIER;
	switch (kind) {
		case MQS_PROP_BYTE: *max = 1; break; /* all that exist are flags, Maximum QoS too */
		case MQS_PROP_U16: *max = UINT16_MAX; break;
		case MQS_PROP_U32: *max = UINT32_MAX; break;
		default: *max = MQTT_VARINT_MAX; break;
	}
}

/* Where properties are written to. */
typedef struct sink {
	mqs_buffer *raw;
	uint64_t present;
	uint32_t user_properties_left; /* how many more there may be */
	mqtt_packet_type type;
	bool will;
} sink;

static bool prop_add_number(const php_mqs_place *at, const zval *value, uint32_t id, mqs_prop_kind kind, sink *out)
{
	uint32_t min, max, number;
	number_range(id, kind, &min, &max);
	return php_mqs_number_check(at, value, min, max, &number) &&
	       php_mqs_written(at, mqs_props_write_number(out->raw, (mqtt_property)id, number));
}

/* A list of subscription identifiers, which only a PUBLISH may have. */
static bool prop_add_list(const php_mqs_place *at, HashTable *list, uint32_t id, sink *out)
{
	zend_ulong index;
	zval *item;
	if (zend_hash_num_elements(list) == 0 || (zend_hash_num_elements(list) > 1 && out->type != MQTT_PKT_PUBLISH)) {
		return php_mqs_fail_value(at, out->type == MQTT_PKT_PUBLISH ? "must not be empty" : "must be a single number");
	}
	ZEND_HASH_FOREACH_NUM_KEY_VAL(list, index, item)
	{
		ZVAL_DEREF(item);
		if (!prop_add_number(&(const php_mqs_place){at, NULL, NULL, index}, item, id, MQS_PROP_VARINT, out)) {
			return false;
		}
	}
	ZEND_HASH_FOREACH_END();
	return true;
}

static bool prop_add(const php_mqs_place *at, const zval *value, uint32_t id, sink *out)
{
	if (UNEXPECTED(!mqs_prop_allowed(id, out->type, out->will))) {
		return php_mqs_fail_value(
		    at, "is not a property of %s", out->will ? "a will" : mqs_packet_type_name(out->type));
	}
	out->present |= MQS_PROP_BIT(id);
	mqs_prop_kind kind = mqs_prop_kind_of(id);
	if (kind != MQS_PROP_STRING && kind != MQS_PROP_BINARY) {
		return kind == MQS_PROP_VARINT && Z_TYPE_P(value) == IS_ARRAY ? prop_add_list(at, Z_ARRVAL_P(value), id, out)
		                                                              : prop_add_number(at, value, id, kind, out);
	}
	mqs_bytes bytes;
	if (!php_mqs_string_check(at, value, false, PHP_MQS_STRING_MAX, &bytes)) {
		return false;
	}
	if (id == MQTT_PROP_RESPONSE_TOPIC && (bytes.len == 0 || mqs_topic_has_wildcard(bytes))) {
		return php_mqs_fail_value(at, bytes.len ? "must not contain wildcards" : "must not be empty");
	}
	return php_mqs_written(at, mqs_props_write_bytes(out->raw, (mqtt_property)id, bytes));
}

static bool user_property_add(const php_mqs_place *at, zend_string *name, const zval *value, sink *out)
{
	mqs_bytes value_bytes;
	if (UNEXPECTED(out->user_properties_left == 0)) {
		return php_mqs_fail_value(
		    at, "is one user property more than the %d there may be", MQS_CODEC_DEFAULT_USER_PROPERTIES);
	}
	out->user_properties_left--;
	if (ZSTR_LEN(name) > PHP_MQS_STRING_MAX) {
		return php_mqs_fail_value(at, "has a name of more than %d bytes", PHP_MQS_STRING_MAX);
	}
	return php_mqs_string_check(at, value, false, PHP_MQS_STRING_MAX, &value_bytes) &&
	       php_mqs_written(
	           at, mqs_props_write_pair(out->raw, mqs_bytes_make(ZSTR_VAL(name), ZSTR_LEN(name)), value_bytes));
}

/* One item of the exact list: [name, value], or name => value. */
static bool user_property_list_item(const php_mqs_place *at, zend_string *key, zval *item, sink *out)
{
	if (key && Z_TYPE_P(item) == IS_STRING) {
		return user_property_add(at, key, item, out);
	}
	if (Z_TYPE_P(item) != IS_ARRAY) {
		return php_mqs_fail_type(at, key ? "string" : "array", item);
	}
	zval *name = zend_hash_index_find_deref(Z_ARRVAL_P(item), 0);
	zval *value = zend_hash_index_find_deref(Z_ARRVAL_P(item), 1);
	if (!name || !value || zend_hash_num_elements(Z_ARRVAL_P(item)) != 2) {
		return php_mqs_fail_value(at, "must be a list of a name and a value");
	}
	if (Z_TYPE_P(name) != IS_STRING) {
		return php_mqs_fail_type(&(const php_mqs_place){at, NULL, NULL, 0}, "string", name);
	}
	return user_property_add(&(const php_mqs_place){at, NULL, NULL, 1}, Z_STR_P(name), value, out);
}

/* The exact list of user properties. */
static bool user_property_list(const php_mqs_place *up, HashTable *list, sink *out)
{
	const php_mqs_place *at = PHP_MQS_PLACE(up, PHP_MQS_KEY(user_properties));
	bool is_list = zend_array_is_list(list);
	bool good = true;
	zend_string *key;
	zend_ulong index;
	zval *item;
	ZEND_HASH_FOREACH_KEY_VAL (list, index, key, item) {
		ZVAL_DEREF(item);
		zend_string *name = key || is_list ? key : zend_long_to_str((zend_long)index);
		good = user_property_list_item(&(const php_mqs_place){at, NULL, name, index}, name, item, out);
		if (name && !key) {
			zend_string_release(name);
		}
		if (!good) {
			break;
		}
	}
	ZEND_HASH_FOREACH_END();
	return good;
}

/* Collects the names of an exact list: their flat form beside it is not written. */
static void user_property_names(HashTable *list, HashTable *seen)
{
	zend_string *key;
	zend_ulong index;
	zval *item, *name, nothing;
	ZVAL_NULL(&nothing);
	ZEND_HASH_FOREACH_KEY_VAL (list, index, key, item) {
		ZVAL_DEREF(item);
		name = Z_TYPE_P(item) == IS_ARRAY ? zend_hash_index_find_deref(Z_ARRVAL_P(item), 0) : NULL;
		if (name && Z_TYPE_P(name) == IS_STRING) {
			zend_symtable_update(seen, Z_STR_P(name), &nothing);
		} else if (key) {
			zend_hash_update(seen, key, &nothing);
		} else {
			zend_hash_index_update(seen, index, &nothing);
		}
	}
	ZEND_HASH_FOREACH_END();
}

/* One key of a property array: a property, or a user property by its own name. */
static bool props_item(
    const php_mqs_place *up, zend_string *key, zend_ulong index, const zval *value, HashTable *seen, sink *out)
{
	uint32_t id = key ? php_mqs_prop_by_key(key) : 0;
	if (id) {
		return prop_add(PHP_MQS_PLACE(up, key), value, id, out);
	}
	if (seen && (key ? zend_hash_exists(seen, key) : zend_hash_index_exists(seen, index))) {
		return true;
	}
	if (key) {
		return user_property_add(PHP_MQS_PLACE(up, key), key, value, out);
	}
	zend_string *name = zend_long_to_str((zend_long)index);
	bool good = user_property_add(PHP_MQS_PLACE(up, name), name, value, out);
	zend_string_release(name);
	return good;
}

/*
 * Writes all that stands in a property array.
 *
 * outer  [borrowed] an exact list of user properties beside the property array; NULL when there is none
 */
static bool props_fill(
    const php_mqs_place *at, HashTable *in, const php_mqs_place *outer_at, HashTable *outer, sink *out)
{
	zval *inner = in ? php_mqs_array_find(in, PHP_MQS_KEY(user_properties)) : NULL;
	bool has_inner = inner && Z_TYPE_P(inner) == IS_ARRAY;
	if (inner && !has_inner && Z_TYPE_P(inner) != IS_STRING) {
		return php_mqs_fail_type(PHP_MQS_PLACE(at, PHP_MQS_KEY(user_properties)), "array|string", inner);
	}
	HashTable *seen = outer || has_inner ? zend_new_array(8) : NULL;
	if (outer) {
		user_property_names(outer, seen);
	}
	if (has_inner) {
		user_property_names(Z_ARRVAL_P(inner), seen);
	}
	bool good = true;
	if (in) {
		zend_string *key;
		zend_ulong index;
		zval *value;
		ZEND_HASH_FOREACH_KEY_VAL (in, index, key, value) {
			ZVAL_DEREF(value);
			if (Z_TYPE_P(value) == IS_NULL || (has_inner && value == inner)) {
				continue;
			}
			if (!props_item(at, key, index, value, seen, out)) {
				good = false;
				break;
			}
		}
		ZEND_HASH_FOREACH_END();
	}
	if (seen) {
		zend_array_destroy(seen);
	}
	return good && (!outer || user_property_list(outer_at, outer, out)) &&
	       (!has_inner || user_property_list(at, Z_ARRVAL_P(inner), out));
}

zend_result php_mqs_props_from_array(HashTable *in, mqtt_packet_type type, bool will, mqs_buffer *out)
{
	const php_mqs_place root = {NULL, "properties", NULL, 0};
	sink sink = {out, 0, UINT32_MAX, type, will};
	return props_fill(&root, in, NULL, NULL, &sink) ? SUCCESS : FAILURE;
}

bool php_mqs_read_props(HashTable *in, const php_mqs_place *at, uint8_t level, mqtt_packet_type type, bool will,
    mqs_buffer *raw, mqs_props *out)
{
	HashTable *flat, *list;
	if (!php_mqs_read_array(in, at, PHP_MQS_KEY(properties), &flat) ||
	    !php_mqs_read_array(in, at, PHP_MQS_KEY(user_properties), &list)) {
		return false;
	}
	if (EXPECTED((!flat || zend_hash_num_elements(flat) == 0) && (!list || zend_hash_num_elements(list) == 0))) {
		return true;
	}
	const php_mqs_place *here = PHP_MQS_PLACE(at, PHP_MQS_KEY(properties));
	if (level < MQTT_LEVEL_5) {
		return php_mqs_fail_value(here, "needs MQTT 5");
	}
	sink sink = {raw, 0, MQS_CODEC_DEFAULT_USER_PROPERTIES, type, will};
	if (!props_fill(here, flat, at, list, &sink)) {
		return false;
	}
	out->present = sink.present;
	out->raw = mqs_buffer_view(raw);
	return true;
}
