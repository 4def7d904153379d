/* SPDX-License-Identifier: MIT
 *
 * src/php/array_read.h - values out of arrays that PHP code has made, with errors that name the key.
 *
 * Every function here that returns bool has set a \TypeError or \ValueError when it returns false.
 */
#ifndef PHP_MQS_ARRAY_READ_H
#define PHP_MQS_ARRAY_READ_H

#include "codec_array.h"

#define PHP_MQS_STRING_MAX 65535

/* Where a value stands, for messages: packet["will"]["topic"]. Chained on the stack; the root has a name only. */
typedef struct php_mqs_place {
	const struct php_mqs_place *up;
	const char *root;
	zend_string *key; /* NULL: index */
	zend_ulong index;
} php_mqs_place;

#define PHP_MQS_PLACE(up, key) (&(const php_mqs_place){(up), NULL, (key), 0})

/* "packet["topic"] must be of type string, int given" */
bool php_mqs_fail_type(const php_mqs_place *at, const char *expected, const zval *given);

/* "packet["topic"] must not be empty" */
ZEND_ATTRIBUTE_FORMAT(printf, 2, 3) bool php_mqs_fail_value(const php_mqs_place *at, const char *format, ...);

/* A number from min to max; with max 1 a bool too. */
bool php_mqs_number_check(const php_mqs_place *at, const zval *value, uint32_t min, uint32_t max, uint32_t *out);

/* Throws for a value that is not a string of at most `max` bytes, and of UTF-8 when that is wanted. */
bool php_mqs_string_fail(const php_mqs_place *at, const zval *value, size_t max);

/* A string; *out is borrowed from the value. */
static zend_always_inline bool php_mqs_string_check(
    const php_mqs_place *at, const zval *value, bool utf8, size_t max, mqs_bytes *out)
{
	if (UNEXPECTED(Z_TYPE_P(value) != IS_STRING || Z_STRLEN_P(value) > max)) {
		return php_mqs_string_fail(at, value, max);
	}
	*out = mqs_bytes_make(Z_STRVAL_P(value), Z_STRLEN_P(value));
	return !utf8 || EXPECTED(mqs_utf8_valid(*out)) || php_mqs_string_fail(at, value, max);
}

/*
 * Reads `properties` and `user_properties` of a packet or of a will; an error below MQTT 5 when there are any.
 *
 * raw  the list is appended here
 * out  its `present` and `raw` are set, and raw lies in the buffer; untouched when there are no properties
 */
bool php_mqs_read_props(HashTable *in, const php_mqs_place *at, uint8_t level, mqtt_packet_type type, bool will,
    mqs_buffer *raw, mqs_props *out);

/* Looks a permanent interned key up, mostly by its address. What the engine's own look-up does, without the call. */
static zend_always_inline zval *php_mqs_array_lookup(const HashTable *in, const zend_string *key)
{
	if (UNEXPECTED(HT_FLAGS(in) & HASH_FLAG_PACKED)) {
		return NULL;
	}
	const Bucket *buckets = in->arData;
	uint32_t at = HT_HASH_EX(buckets, (uint32_t)ZSTR_H(key) | in->nTableMask);
	while (at != HT_INVALID_IDX) {
		Bucket *bucket = HT_HASH_TO_BUCKET_EX(in->arData, at);
		if (EXPECTED(bucket->key == key) ||
		    (bucket->h == ZSTR_H(key) && bucket->key && php_mqs_key_equal(bucket->key, key))) {
			return &bucket->val;
		}
		at = Z_NEXT(bucket->val);
	}
	return NULL;
}

/* The value of a key; NULL when it is missing or null. */
static zend_always_inline zval *php_mqs_array_find(const HashTable *in, const zend_string *key)
{
	zval *value = php_mqs_array_lookup(in, key);
	if (value) {
		ZVAL_DEREF(value);
		if (Z_TYPE_P(value) == IS_NULL) {
			return NULL;
		}
	}
	return value;
}

/* A number from 0 to max, `fallback` when the key is missing. */
static zend_always_inline bool php_mqs_read_number(
    HashTable *in, const php_mqs_place *at, zend_string *key, uint32_t max, uint32_t fallback, uint32_t *out)
{
	zval *value = php_mqs_array_find(in, key);
	if (!value) {
		*out = fallback;
		return true;
	}
	if (EXPECTED(Z_TYPE_P(value) == IS_LONG && (zend_ulong)Z_LVAL_P(value) <= max)) {
		*out = (uint32_t)Z_LVAL_P(value);
		return true;
	}
	return php_mqs_number_check(PHP_MQS_PLACE(at, key), value, 0, max, out);
}

/* A flag, bool or 0 or 1; false when the key is missing. */
static zend_always_inline bool php_mqs_read_flag(HashTable *in, const php_mqs_place *at, zend_string *key, bool *out)
{
	uint32_t number;
	bool good = php_mqs_read_number(in, at, key, 1, 0, &number);
	*out = good && number;
	return good;
}

/* An array, [borrowed]; *out is NULL when it is missing. */
static zend_always_inline bool php_mqs_read_array(
    HashTable *in, const php_mqs_place *at, zend_string *key, HashTable **out)
{
	zval *value = php_mqs_array_find(in, key);
	*out = NULL;
	if (!value) {
		return true;
	}
	if (Z_TYPE_P(value) != IS_ARRAY) {
		return php_mqs_fail_type(PHP_MQS_PLACE(at, key), "array", value);
	}
	*out = Z_ARRVAL_P(value);
	return true;
}

/* A string that is empty when missing. */
static zend_always_inline bool php_mqs_read_string(
    HashTable *in, const php_mqs_place *at, zend_string *key, bool utf8, size_t max, mqs_bytes *out)
{
	zval *value = php_mqs_array_find(in, key);
	if (!value) {
		*out = mqs_bytes_make(NULL, 0);
		return true;
	}
	return php_mqs_string_check(PHP_MQS_PLACE(at, key), value, utf8, max, out);
}

/* What a buffer write came to. Memory does not run out: the request would have ended. */
static inline bool php_mqs_written(const php_mqs_place *at, mqs_result result)
{
	return EXPECTED(result == MQS_OK) ||
	       php_mqs_fail_value(
	           at, result == MQS_ERR_INVALID ? "must be valid UTF-8 without U+0000" : "does not fit into a packet");
}

#endif
