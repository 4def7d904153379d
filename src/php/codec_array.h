/* SPDX-License-Identifier: MIT
 *
 * src/php/codec_array.h - array keys of the packet shapes, shared by the files that read or write such arrays.
 */
#ifndef PHP_MQS_CODEC_ARRAY_H
#define PHP_MQS_CODEC_ARRAY_H

#include "php_mqs.h"

#define PHP_MQS_KEY_MAP(X)                                                                                             \
	X(type)                                                                                                            \
	X(protocol_name)                                                                                                   \
	X(protocol_level)                                                                                                  \
	X(clean_session)                                                                                                   \
	X(properties)                                                                                                      \
	X(will)                                                                                                            \
	X(qos)                                                                                                             \
	X(retain)                                                                                                          \
	X(topic)                                                                                                           \
	X(message)                                                                                                         \
	X(user_name)                                                                                                       \
	X(password)                                                                                                        \
	X(keep_alive)                                                                                                      \
	X(client_id)                                                                                                       \
	X(session_present)                                                                                                 \
	X(code)                                                                                                            \
	X(dup)                                                                                                             \
	X(message_id)                                                                                                      \
	X(topics)                                                                                                          \
	X(topic_list)                                                                                                      \
	X(codes)                                                                                                           \
	X(filter)                                                                                                          \
	X(no_local)                                                                                                        \
	X(retain_as_published)                                                                                             \
	X(retain_handling)                                                                                                 \
	X(user_properties)                                                                                                 \
	X(MQTT)                                                                                                            \
	X(MQIsdp)

typedef enum php_mqs_key {
#define PHP_MQS_KEY_ENUM(name) PHP_MQS_KEY_##name,
	PHP_MQS_KEY_MAP(PHP_MQS_KEY_ENUM)
#undef PHP_MQS_KEY_ENUM
	    PHP_MQS_KEY_COUNT
} php_mqs_key;

/* Permanent interned strings, set once at MINIT. */
extern zend_string *php_mqs_keys[PHP_MQS_KEY_COUNT];
#define PHP_MQS_KEY(name) (php_mqs_keys[PHP_MQS_KEY_##name])

/* Called by php_mqs_codec_minit(). */
void php_mqs_codec_array_minit(void);

/* Property id by its array key, 0 when unknown; and back (NULL when unknown). */
uint32_t php_mqs_prop_by_key(zend_string *key);
zend_string *php_mqs_prop_key(uint32_t id);

/* Request memory. Never returns NULL: an exhausted request ends by itself. */
extern const mqs_alloc php_mqs_request_alloc;

/* Parts of packets as arrays; `out` is an undefined zval. */
void php_mqs_connect_will_to_array(const mqs_connect *connect, uint8_t level, zval *out);
void php_mqs_codes_to_array(mqs_bytes codes, zval *out);
void php_mqs_unsubscribe_to_array(const mqs_subscribe *unsubscribe, zval *out);
void php_mqs_subscribe_to_list(const mqs_subscribe *subscribe, uint8_t level, bool all_options, zval *out);
/* List of [name, value] of all user properties. */
void php_mqs_user_properties_to_list(mqs_bytes raw, zval *out);

/* One property by its key, else the last user property of that name, else null. */
void php_mqs_prop_to_zval(mqs_bytes raw, zend_string *name, zval *out);

/* The property list of a packet; NULL when its type has none. */
const mqs_props *php_mqs_packet_props(const mqs_packet *packet);

/* The same bytes, for short texts: with opcache the keys in a program's lines are not at the address of ours. */
static inline bool php_mqs_text_equal(const char *a, size_t a_len, const char *b, size_t b_len)
{
	if (a_len != b_len) {
		return false;
	}
	uint32_t x[2], y[2];
	for (; a_len > sizeof(x); a_len -= sizeof(x), a += sizeof(x), b += sizeof(x)) {
		if (memcmp(a, b, sizeof(x)) != 0) {
			return false;
		}
	}
	if (a_len < sizeof(x[0])) {
		while (a_len > 0 && *a == *b) {
			a_len--, a++, b++;
		}
		return a_len == 0;
	}
	/* Four to eight bytes: the first four and the last four. */
	memcpy(&x[0], a, sizeof(x[0]));
	memcpy(&y[0], b, sizeof(y[0]));
	memcpy(&x[1], a + a_len - sizeof(x[1]), sizeof(x[1]));
	memcpy(&y[1], b + a_len - sizeof(y[1]), sizeof(y[1]));
	return x[0] == y[0] && x[1] == y[1];
}

static inline bool php_mqs_key_equal(const zend_string *a, const zend_string *b)
{
	return a == b || php_mqs_text_equal(ZSTR_VAL(a), ZSTR_LEN(a), ZSTR_VAL(b), ZSTR_LEN(b));
}

/* [owned] A string of these bytes; of one or none the engine's own. */
zend_string *php_mqs_bytes_to_string(mqs_bytes bytes);

static zend_always_inline void php_mqs_bytes_to_zval(mqs_bytes bytes, zval *out)
{
	ZVAL_STR(out, php_mqs_bytes_to_string(bytes));
}

#endif
