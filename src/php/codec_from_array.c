/* SPDX-License-Identifier: MIT
 *
 * src/php/codec_from_array.c - PHP arrays as packets. What passes here can be encoded, and decodes again.
 * Owns: nothing; lists are built in the caller's storage, strings stay those of the array.
 */
#include "array_read.h"

#define ANY_LEVELS UINT32_MAX

/* ---- storage --------------------------------------------------------------------------------------------------- */

/* Most packets have one short list or none: that needs no memory of the request. */
static void *scratch_resize(void *ctx, void *ptr, size_t size)
{
	php_mqs_packet_storage *storage = ctx;
	bool here = ptr == storage->scratch;
	if ((here || (!ptr && !storage->scratch_used)) && size <= sizeof(storage->scratch)) {
		storage->scratch_used = true;
		return storage->scratch;
	}
	storage->memory_used = true;
	if (!here) {
		return erealloc(ptr, size);
	}
	return memcpy(emalloc(size), ptr, sizeof(storage->scratch));
}

static void *scratch_acquire(void *ctx, size_t size)
{
	return scratch_resize(ctx, NULL, size);
}

static void scratch_release(void *ctx, void *ptr)
{
	const php_mqs_packet_storage *storage = ctx;
	if (ptr != storage->scratch) {
		efree(ptr);
	}
}

void php_mqs_packet_storage_init(php_mqs_packet_storage *storage)
{
	storage->alloc = (mqs_alloc){storage, scratch_acquire, scratch_resize, scratch_release};
	storage->scratch_used = storage->memory_used = false;
	mqs_buffer_init(&storage->props, &storage->alloc, MQTT_VARINT_MAX);
	mqs_buffer_init(&storage->will_props, &storage->alloc, MQTT_VARINT_MAX);
	mqs_buffer_init(&storage->list, &storage->alloc, MQTT_VARINT_MAX);
}

void php_mqs_packet_storage_clear(php_mqs_packet_storage *storage)
{
	mqs_buffer *const buffers[] = {&storage->props, &storage->will_props, &storage->list};
	if (EXPECTED(!storage->memory_used)) {
		return;
	}
	for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++) {
		if (buffers[i]->ptr) {
			mqs_buffer_clear(buffers[i]);
		}
	}
}

/* ---- packets --------------------------------------------------------------------------------------------------- */

static bool read_packet_id(HashTable *in, const php_mqs_place *at, uint16_t *out)
{
	uint32_t number;
	zval *value = php_mqs_array_find(in, PHP_MQS_KEY(message_id));
	if (!value) {
		return php_mqs_fail_value(PHP_MQS_PLACE(at, PHP_MQS_KEY(message_id)), "is required");
	}
	if (EXPECTED(Z_TYPE_P(value) == IS_LONG && Z_LVAL_P(value) > 0 && Z_LVAL_P(value) <= UINT16_MAX)) {
		*out = (uint16_t)Z_LVAL_P(value);
		return true;
	}
	if (!php_mqs_number_check(PHP_MQS_PLACE(at, PHP_MQS_KEY(message_id)), value, 1, UINT16_MAX, &number)) {
		return false;
	}
	*out = (uint16_t)number;
	return true;
}

/* An empty property list: what a decoder sets of one. */
static void props_none(mqs_props *props)
{
	props->present = 0;
	props->raw = mqs_bytes_make(NULL, 0);
	props->subscription_identifier_count = props->user_property_count = 0;
}

static bool too_deep(const php_mqs_place *at)
{
	return php_mqs_fail_value(at, "must not have more than %d levels", MQS_CODEC_DEFAULT_TOPIC_LEVELS);
}

/* A topic name that a decoder takes. */
static bool topic_check(const php_mqs_place *at, mqs_bytes topic)
{
	if (EXPECTED(mqs_topic_name_valid(topic, MQS_CODEC_DEFAULT_TOPIC_LEVELS))) {
		return true;
	}
	if (mqs_topic_name_valid(topic, ANY_LEVELS)) {
		return too_deep(at);
	}
	return php_mqs_fail_value(at, topic.len   ? "must not contain wildcards"
	                              : topic.ptr ? "must not be empty"
	                                          : "is required");
}

static bool will_from_array(
    HashTable *in, const php_mqs_place *at, uint8_t level, mqs_connect *out, php_mqs_packet_storage *storage)
{
	uint32_t qos;
	if (!php_mqs_read_props(in, at, level, MQTT_PKT_CONNECT, true, &storage->will_props, &out->will_props) ||
	    !php_mqs_read_number(in, at, PHP_MQS_KEY(qos), 2, 0, &qos) ||
	    !php_mqs_read_flag(in, at, PHP_MQS_KEY(retain), &out->will_retain) ||
	    !php_mqs_read_string(in, at, PHP_MQS_KEY(topic), true, PHP_MQS_STRING_MAX, &out->will_topic) ||
	    !topic_check(PHP_MQS_PLACE(at, PHP_MQS_KEY(topic)), out->will_topic) ||
	    !php_mqs_read_string(in, at, PHP_MQS_KEY(message), false, PHP_MQS_STRING_MAX, &out->will_payload)) {
		return false;
	}
	out->has_will = true;
	out->will_qos = (uint8_t)qos;
	return true;
}

/* The level a CONNECT names, and its protocol name, which has to be the one of the level. */
static bool read_level(HashTable *in, const php_mqs_place *at, uint8_t *level)
{
	zval *value = php_mqs_array_find(in, PHP_MQS_KEY(protocol_level));
	uint32_t number;
	if (value) {
		if (!php_mqs_number_check(
		        PHP_MQS_PLACE(at, PHP_MQS_KEY(protocol_level)), value, MQTT_LEVEL_3_1, MQTT_LEVEL_5, &number)) {
			return false;
		}
		*level = (uint8_t)number;
	}
	value = php_mqs_array_find(in, PHP_MQS_KEY(protocol_name));
	if (!value) {
		return true;
	}
	const php_mqs_place *here = PHP_MQS_PLACE(at, PHP_MQS_KEY(protocol_name));
	zend_string *name = *level == MQTT_LEVEL_3_1 ? PHP_MQS_KEY(MQIsdp) : PHP_MQS_KEY(MQTT);
	if (Z_TYPE_P(value) != IS_STRING) {
		return php_mqs_fail_type(here, "string", value);
	}
	return zend_string_equals(Z_STR_P(value), name) ||
	       php_mqs_fail_value(here, "must be \"%s\" at protocol level %d", ZSTR_VAL(name), *level);
}

/* 3.1 wants 1 to 23 bytes; 3.1.1 lets it be empty in a clean session only [MQTT-3.1.3-7]. */
static bool client_id_check(const php_mqs_place *at, const mqs_connect *connect, uint8_t level)
{
	size_t len = connect->client_id.len;
	if (level == MQTT_LEVEL_3_1 && (len < 1 || len > 23)) {
		return php_mqs_fail_value(at, "must have 1 to 23 bytes at protocol level 3");
	}
	return level != MQTT_LEVEL_3_1_1 || len > 0 || connect->clean_start ||
	       php_mqs_fail_value(at, "must not be empty when the session is not clean");
}

static bool method_missing(const php_mqs_place *at)
{
	const php_mqs_place *props = PHP_MQS_PLACE(at, PHP_MQS_KEY(properties));
	return php_mqs_fail_value(PHP_MQS_PLACE(props, php_mqs_prop_key(MQTT_PROP_AUTHENTICATION_METHOD)), "is required");
}

static bool connect_from_array(HashTable *in, const php_mqs_place *at, mqs_packet *out, php_mqs_packet_storage *storage)
{
	mqs_connect *connect = &out->connect;
	uint32_t keep_alive;
	HashTable *will;
	memset(connect, 0, offsetof(mqs_connect, props));
	props_none(&connect->props);
	props_none(&connect->will_props);
	if (!read_level(in, at, &out->level) ||
	    !php_mqs_read_flag(in, at, PHP_MQS_KEY(clean_session), &connect->clean_start) ||
	    !php_mqs_read_props(in, at, out->level, MQTT_PKT_CONNECT, false, &storage->props, &connect->props) ||
	    !php_mqs_read_array(in, at, PHP_MQS_KEY(will), &will) ||
	    !php_mqs_read_string(in, at, PHP_MQS_KEY(user_name), true, PHP_MQS_STRING_MAX, &connect->username) ||
	    !php_mqs_read_string(in, at, PHP_MQS_KEY(password), false, PHP_MQS_STRING_MAX, &connect->password) ||
	    !php_mqs_read_number(in, at, PHP_MQS_KEY(keep_alive), UINT16_MAX, 0, &keep_alive) ||
	    !php_mqs_read_string(in, at, PHP_MQS_KEY(client_id), true, PHP_MQS_STRING_MAX, &connect->client_id)) {
		return false;
	}
	if (will && zend_hash_num_elements(will) > 0 &&
	    !will_from_array(will, PHP_MQS_PLACE(at, PHP_MQS_KEY(will)), out->level, connect, storage)) {
		return false;
	}
	if (!client_id_check(PHP_MQS_PLACE(at, PHP_MQS_KEY(client_id)), connect, out->level)) {
		return false;
	}
	if (mqs_props_has(&connect->props, MQTT_PROP_AUTHENTICATION_DATA) &&
	    !mqs_props_has(&connect->props, MQTT_PROP_AUTHENTICATION_METHOD)) {
		return method_missing(at);
	}
	connect->level = out->level;
	connect->keep_alive_s = (uint16_t)keep_alive;
	connect->has_password = connect->password.len > 0;
	/* Below MQTT 5 a password needs the user name flag [MQTT-3.1.2-22]. */
	connect->has_username = connect->username.len > 0 || (connect->has_password && out->level < MQTT_LEVEL_5);
	return true;
}

/* `code`, 0 when missing. Below MQTT 5 only CONNACK has one. */
static bool read_code(HashTable *in, const php_mqs_place *at, const mqs_packet *packet, uint8_t *out)
{
	uint32_t code;
	const php_mqs_place *here = PHP_MQS_PLACE(at, PHP_MQS_KEY(code));
	if (!php_mqs_read_number(in, at, PHP_MQS_KEY(code), UINT8_MAX, 0, &code)) {
		return false;
	}
	*out = (uint8_t)code;
	if (packet->level == MQTT_LEVEL_5) {
		return mqs_reason_allowed(*out, packet->type) ||
		       php_mqs_fail_value(
		           here, "must be a reason code of %s, %u given", mqs_packet_type_name(packet->type), code);
	}
	if (packet->type == MQTT_PKT_CONNACK) {
		return code <= MQTT_CRC_NOT_AUTHORIZED || php_mqs_fail_value(here, "must be between 0 and 5");
	}
	return code == 0 || php_mqs_fail_value(here, "needs MQTT 5");
}

static bool connack_from_array(HashTable *in, const php_mqs_place *at, mqs_packet *out, php_mqs_packet_storage *storage)
{
	mqs_connack *connack = &out->connack;
	props_none(&connack->props);
	if (!php_mqs_read_flag(in, at, PHP_MQS_KEY(session_present), &connack->session_present) ||
	    !read_code(in, at, out, &connack->code) ||
	    !php_mqs_read_props(in, at, out->level, out->type, false, &storage->props, &connack->props)) {
		return false;
	}
	return !connack->session_present || connack->code == 0 ||
	       php_mqs_fail_value(PHP_MQS_PLACE(at, PHP_MQS_KEY(session_present)), "must be 0 when the code is not 0");
}

static bool publish_from_array(HashTable *in, const php_mqs_place *at, mqs_packet *out, php_mqs_packet_storage *storage)
{
	mqs_publish *publish = &out->publish;
	uint32_t qos;
	props_none(&publish->props);
	publish->packet_id = 0;
	if (!php_mqs_read_flag(in, at, PHP_MQS_KEY(dup), &publish->dup) ||
	    !php_mqs_read_number(in, at, PHP_MQS_KEY(qos), 2, 0, &qos) ||
	    !php_mqs_read_flag(in, at, PHP_MQS_KEY(retain), &publish->retain) ||
	    !php_mqs_read_string(in, at, PHP_MQS_KEY(topic), true, PHP_MQS_STRING_MAX, &publish->topic) ||
	    !php_mqs_read_string(in, at, PHP_MQS_KEY(message), false, MQTT_VARINT_MAX, &publish->payload) ||
	    !php_mqs_read_props(in, at, out->level, MQTT_PKT_PUBLISH, false, &storage->props, &publish->props)) {
		return false;
	}
	publish->qos = (uint8_t)qos;
	if (qos == 0 && publish->dup) {
		return php_mqs_fail_value(PHP_MQS_PLACE(at, PHP_MQS_KEY(dup)), "must be 0 at QoS 0");
	}
	if (qos > 0 && !read_packet_id(in, at, &publish->packet_id)) {
		return false;
	}
	/* With a topic alias the topic may be left out. */
	return (publish->topic.len == 0 && mqs_props_has(&publish->props, MQTT_PROP_TOPIC_ALIAS)) ||
	       topic_check(PHP_MQS_PLACE(at, PHP_MQS_KEY(topic)), publish->topic);
}

static bool ack_from_array(HashTable *in, const php_mqs_place *at, mqs_packet *out, php_mqs_packet_storage *storage)
{
	mqs_ack *ack = &out->ack;
	props_none(&ack->props);
	return read_packet_id(in, at, &ack->packet_id) && read_code(in, at, out, &ack->reason) &&
	       php_mqs_read_props(in, at, out->level, out->type, false, &storage->props, &ack->props);
}

static bool reasoned_from_array(
    HashTable *in, const php_mqs_place *at, mqs_packet *out, php_mqs_packet_storage *storage)
{
	mqs_reasoned *reasoned = &out->reasoned;
	props_none(&reasoned->props);
	if (!read_code(in, at, out, &reasoned->reason) ||
	    !php_mqs_read_props(in, at, out->level, out->type, false, &storage->props, &reasoned->props)) {
		return false;
	}
	/* An AUTH that says anything has to name its method. */
	return out->type != MQTT_PKT_AUTH || (reasoned->reason == MQTT_RC_SUCCESS && reasoned->props.raw.len == 0) ||
	       mqs_props_has(&reasoned->props, MQTT_PROP_AUTHENTICATION_METHOD) || method_missing(at);
}

static bool codes_from_array(HashTable *in, const php_mqs_place *up, mqs_packet *packet, mqs_buffer *out)
{
	const php_mqs_place *at = PHP_MQS_PLACE(up, PHP_MQS_KEY(codes));
	zend_ulong index;
	zval *item;
	ZEND_HASH_FOREACH_NUM_KEY_VAL(in, index, item)
	{
		const php_mqs_place here = {at, NULL, NULL, index};
		uint32_t number;
		ZVAL_DEREF(item);
		if (!php_mqs_number_check(&here, item, 0, UINT8_MAX, &number)) {
			return false;
		}
		if (packet->level == MQTT_LEVEL_5 ? !mqs_reason_allowed((uint8_t)number, packet->type)
		                                  : number > 2 && number != MQTT_SUBACK_FAILURE) {
			return php_mqs_fail_value(
			    &here, "must be a code of %s, %u given", mqs_packet_type_name(packet->type), number);
		}
		uint8_t code = (uint8_t)number;
		if (!php_mqs_written(&here, mqs_buffer_append(out, mqs_bytes_make(&code, 1)))) {
			return false;
		}
	}
	ZEND_HASH_FOREACH_END();
	return true;
}

static bool suback_from_array(HashTable *in, const php_mqs_place *at, mqs_packet *out, php_mqs_packet_storage *storage)
{
	mqs_suback *suback = &out->suback;
	HashTable *codes;
	props_none(&suback->props);
	suback->codes = mqs_bytes_make(NULL, 0);
	if (!read_packet_id(in, at, &suback->packet_id) ||
	    !php_mqs_read_props(in, at, out->level, out->type, false, &storage->props, &suback->props) ||
	    !php_mqs_read_array(in, at, PHP_MQS_KEY(codes), &codes)) {
		return false;
	}
	const php_mqs_place *here = PHP_MQS_PLACE(at, PHP_MQS_KEY(codes));
	bool some = codes && zend_hash_num_elements(codes) > 0;
	if (out->type == MQTT_PKT_UNSUBACK && out->level < MQTT_LEVEL_5) {
		return !some || php_mqs_fail_value(here, "needs MQTT 5");
	}
	if (!some) {
		return php_mqs_fail_value(here, codes ? "must not be empty" : "is required");
	}
	if (!codes_from_array(codes, at, out, &storage->list)) {
		return false;
	}
	suback->codes = mqs_buffer_view(&storage->list);
	return true;
}

/* ---- topic filters --------------------------------------------------------------------------------------------- */

static bool filter_check(const php_mqs_place *at, const zval *value, uint8_t level, mqs_bytes *out)
{
	/* Whether it is UTF-8 is checked when it is written. */
	if (!php_mqs_string_check(at, value, false, PHP_MQS_STRING_MAX, out)) {
		return false;
	}
	/* Below MQTT 5 "$share" is a level as any other: without its $ it is judged as one. */
	bool plain = level < MQTT_LEVEL_5 && out->len > 1 && out->ptr[0] == '$';
	mqs_bytes judged = plain ? mqs_bytes_make(out->ptr + 1, out->len - 1) : *out;
	if (EXPECTED(mqs_topic_filter_valid(judged, MQS_CODEC_DEFAULT_TOPIC_LEVELS))) {
		return true;
	}
	return mqs_topic_filter_valid(judged, ANY_LEVELS) ? too_deep(at)
	                                                  : php_mqs_fail_value(at, "must be a valid topic filter");
}

static bool read_options(HashTable *in, const php_mqs_place *at, uint8_t level, mqs_subscription_entry *out)
{
	uint32_t qos, handling;
	mqs_bytes group, rest;
	if (!php_mqs_read_number(in, at, PHP_MQS_KEY(qos), 2, 0, &qos)) {
		return false;
	}
	out->qos = (uint8_t)qos;
	if (level < MQTT_LEVEL_5) {
		return true;
	}
	if (!php_mqs_read_flag(in, at, PHP_MQS_KEY(no_local), &out->no_local) ||
	    !php_mqs_read_flag(in, at, PHP_MQS_KEY(retain_as_published), &out->retain_as_published) ||
	    !php_mqs_read_number(in, at, PHP_MQS_KEY(retain_handling), 2, 0, &handling)) {
		return false;
	}
	out->retain_handling = (uint8_t)handling;
	return !out->no_local || !mqs_topic_share_parse(out->filter, &group, &rest) ||
	       php_mqs_fail_value(PHP_MQS_PLACE(at, PHP_MQS_KEY(no_local)), "must be false for a shared subscription");
}

/* The filter of one item of `topics` or `topic_list`: [filter => options or QoS], or a list. */
static bool read_filter(
    const php_mqs_place *at, const zval *name, const zval *item, bool only_list, uint8_t level, mqs_bytes *out)
{
	if (Z_TYPE_P(item) == IS_STRING && !name) {
		return filter_check(at, item, level, out);
	}
	zval *filter = Z_TYPE_P(item) == IS_ARRAY ? php_mqs_array_find(Z_ARRVAL_P(item), PHP_MQS_KEY(filter)) : NULL;
	if (filter) {
		return filter_check(PHP_MQS_PLACE(at, PHP_MQS_KEY(filter)), filter, level, out);
	}
	if (only_list) {
		return Z_TYPE_P(item) == IS_ARRAY ? php_mqs_fail_value(PHP_MQS_PLACE(at, PHP_MQS_KEY(filter)), "is required")
		                                  : php_mqs_fail_type(at, "array|string", item);
	}
	if (name) {
		return filter_check(at, name, level, out);
	}
	return true;
}

static bool subscription_add(const php_mqs_place *up, zend_string *key, zend_ulong index, zval *item, bool only_list,
    uint8_t level, mqs_buffer *out)
{
	mqs_subscription_entry entry = {0};
	const php_mqs_place at = {up, NULL, key, index};
	uint32_t qos;
	char digits[MAX_LENGTH_OF_LONG];
	zval name;
	if (key) {
		ZVAL_STR(&name, key);
	}
	ZVAL_DEREF(item);
	if (!read_filter(&at, key ? &name : NULL, item, only_list, level, &entry.filter)) {
		return false;
	}
	if (!entry.filter.ptr) {
		/* A numeric filter, which PHP has made an integer key. */
		const char *text = zend_print_long_to_buf(digits + sizeof(digits) - 1, (zend_long)index);
		entry.filter = mqs_bytes_make(text, strlen(text));
	}
	if (Z_TYPE_P(item) == IS_ARRAY) {
		if (!read_options(Z_ARRVAL_P(item), &at, level, &entry)) {
			return false;
		}
	} else if (Z_TYPE_P(item) == IS_LONG) {
		if (UNEXPECTED((zend_ulong)Z_LVAL_P(item) > 2)) {
			return php_mqs_number_check(&at, item, 0, 2, &qos);
		}
		entry.qos = (uint8_t)Z_LVAL_P(item);
	} else if (Z_TYPE_P(item) != IS_STRING || key) {
		return php_mqs_fail_type(&at, "array|int", item);
	}
	return php_mqs_written(&at, mqs_subscribe_write(out, level, &entry));
}

static bool unsubscription_add(
    const php_mqs_place *up, zend_string *key, zend_ulong index, zval *item, uint8_t level, mqs_buffer *out)
{
	const php_mqs_place at = {up, NULL, key, index};
	mqs_bytes filter;
	ZVAL_DEREF(item);
	return filter_check(&at, item, level, &filter) && php_mqs_written(&at, mqs_unsubscribe_write(out, filter));
}

static bool filters_from_array(HashTable *in, const php_mqs_place *at, mqs_packet *out, php_mqs_packet_storage *storage)
{
	bool subscribe = out->type == MQTT_PKT_SUBSCRIBE;
	zend_string *field = PHP_MQS_KEY(topic_list);
	HashTable *topics = NULL;
	if (subscribe && !php_mqs_read_array(in, at, field, &topics)) {
		return false;
	}
	bool only_list = topics != NULL;
	if (!topics) {
		field = PHP_MQS_KEY(topics);
		if (!php_mqs_read_array(in, at, field, &topics)) {
			return false;
		}
	}
	const php_mqs_place *here = PHP_MQS_PLACE(at, field);
	if (!topics || zend_hash_num_elements(topics) == 0) {
		return php_mqs_fail_value(here, topics ? "must not be empty" : "is required");
	}
	if (!storage->scratch_used) {
		mqs_buffer_reserve(&storage->list, sizeof(storage->scratch)); /* at once, not while it grows */
	}
	zend_string *key;
	zend_ulong index;
	zval *item;
	ZEND_HASH_FOREACH_KEY_VAL (topics, index, key, item) {
		if (!(subscribe ? subscription_add(here, key, index, item, only_list, out->level, &storage->list)
		                : unsubscription_add(here, key, index, item, out->level, &storage->list))) {
			return false;
		}
	}
	ZEND_HASH_FOREACH_END();
	out->subscribe.count = zend_hash_num_elements(topics);
	out->subscribe.entries = mqs_buffer_view(&storage->list);
	return true;
}

static bool subscribe_from_array(
    HashTable *in, const php_mqs_place *at, mqs_packet *out, php_mqs_packet_storage *storage)
{
	mqs_subscribe *subscribe = &out->subscribe;
	props_none(&subscribe->props);
	return read_packet_id(in, at, &subscribe->packet_id) &&
	       php_mqs_read_props(in, at, out->level, out->type, false, &storage->props, &subscribe->props) &&
	       filters_from_array(in, at, out, storage);
}

/* ---- dispatch -------------------------------------------------------------------------------------------------- */

static bool packet_from_array(HashTable *in, const php_mqs_place *at, mqs_packet *out, php_mqs_packet_storage *storage)
{
	switch (out->type) {
		case MQTT_PKT_CONNECT: return connect_from_array(in, at, out, storage);
		case MQTT_PKT_CONNACK: return connack_from_array(in, at, out, storage);
		case MQTT_PKT_PUBLISH: return publish_from_array(in, at, out, storage);
		case MQTT_PKT_SUBSCRIBE:
		case MQTT_PKT_UNSUBSCRIBE: return subscribe_from_array(in, at, out, storage);
		case MQTT_PKT_SUBACK:
		case MQTT_PKT_UNSUBACK: return suback_from_array(in, at, out, storage);
		case MQTT_PKT_PINGREQ:
		case MQTT_PKT_PINGRESP: return true;
		case MQTT_PKT_DISCONNECT:
		case MQTT_PKT_AUTH: return reasoned_from_array(in, at, out, storage);
		default: return ack_from_array(in, at, out, storage);
	}
}

zend_result php_mqs_packet_from_array(HashTable *in, uint8_t level, mqs_packet *out, php_mqs_packet_storage *storage)
{
	const php_mqs_place root = {NULL, "packet", NULL, 0};
	const php_mqs_place *here = PHP_MQS_PLACE(&root, PHP_MQS_KEY(type));
	zval *type = php_mqs_array_find(in, PHP_MQS_KEY(type));
	uint32_t number;
	if (!type) {
		php_mqs_fail_value(here, "is required");
		return FAILURE;
	}
	if (!php_mqs_number_check(here, type, MQTT_PKT_CONNECT, MQTT_PKT_AUTH, &number)) {
		return FAILURE;
	}
	if (number == MQTT_PKT_AUTH && level < MQTT_LEVEL_5) {
		php_mqs_fail_value(here, "is AUTH, which needs MQTT 5");
		return FAILURE;
	}
	out->type = (mqtt_packet_type)number;
	out->level = level;
	return packet_from_array(in, &root, out, storage) ? SUCCESS : FAILURE;
}
