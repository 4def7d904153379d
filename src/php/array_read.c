/* SPDX-License-Identifier: MIT
 *
 * src/php/array_read.c - values out of arrays that PHP code has made. Owns: nothing.
 */
#include "array_read.h"
#include "zend_smart_str.h"

#if PHP_VERSION_ID >= 80300
#define VALUE_NAME(value) zend_zval_value_name(value)
#else
#define VALUE_NAME(value) zend_zval_type_name(value)
#endif

static void place_print(smart_str *text, const php_mqs_place *at)
{
	if (at->root) {
		smart_str_appends(text, at->root);
		return;
	}
	place_print(text, at->up);
	if (at->key) {
		smart_str_appends(text, "[\"");
		smart_str_append_escaped(text, ZSTR_VAL(at->key), MIN(ZSTR_LEN(at->key), 80));
		smart_str_appends(text, "\"]");
	} else {
		smart_str_appendc(text, '[');
		smart_str_append_long(text, (zend_long)at->index);
		smart_str_appendc(text, ']');
	}
}

bool php_mqs_fail_type(const php_mqs_place *at, const char *expected, const zval *given)
{
	smart_str text = {0};
	place_print(&text, at);
	smart_str_0(&text);
	zend_type_error("%s must be of type %s, %s given", ZSTR_VAL(text.s), expected, VALUE_NAME(given));
	smart_str_free(&text);
	return false;
}

bool php_mqs_fail_value(const php_mqs_place *at, const char *format, ...)
{
	smart_str text = {0};
	place_print(&text, at);
	smart_str_appendc(&text, ' ');
	va_list args;
	va_start(args, format);
	zend_string *what = zend_vstrpprintf(0, format, args);
	va_end(args);
	smart_str_append(&text, what);
	zend_string_release(what);
	smart_str_0(&text);
	zend_value_error("%s", ZSTR_VAL(text.s));
	smart_str_free(&text);
	return false;
}

bool php_mqs_number_check(const php_mqs_place *at, const zval *value, uint32_t min, uint32_t max, uint32_t *out)
{
	if (EXPECTED(Z_TYPE_P(value) == IS_LONG)) {
		if (EXPECTED(Z_LVAL_P(value) >= (zend_long)min && (zend_ulong)Z_LVAL_P(value) <= max)) {
			*out = (uint32_t)Z_LVAL_P(value);
			return true;
		}
#if SIZEOF_ZEND_LONG < 8
	} else if (Z_TYPE_P(value) == IS_DOUBLE && max > (uint32_t)ZEND_LONG_MAX) {
		if (Z_DVAL_P(value) >= min && Z_DVAL_P(value) <= max) {
			*out = (uint32_t)Z_DVAL_P(value);
			return true;
		}
#endif
	} else if (max == 1 && (Z_TYPE_P(value) == IS_TRUE || Z_TYPE_P(value) == IS_FALSE)) {
		*out = Z_TYPE_P(value) == IS_TRUE;
		return true;
	} else {
		return php_mqs_fail_type(at, max == 1 ? "bool|int" : "int", value);
	}
	return php_mqs_fail_value(at, "must be between %u and %u", min, max);
}

bool php_mqs_string_fail(const php_mqs_place *at, const zval *value, size_t max)
{
	if (Z_TYPE_P(value) != IS_STRING) {
		return php_mqs_fail_type(at, "string", value);
	}
	if (Z_STRLEN_P(value) > max) {
		return php_mqs_fail_value(at, "must be at most %zu bytes long", max);
	}
	return php_mqs_fail_value(at, "must be valid UTF-8 without U+0000");
}
