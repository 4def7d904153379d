/* SPDX-License-Identifier: MIT
 *
 * src/php/codec_array.c - decoded packets as PHP arrays.
 * Owns: the interned keys, made once at MINIT. Arrays are sized before they are filled.
 */
#include "codec_array.h"

#define PROP_SLOTS 128 /* power of two, well above the number of properties */
#define PROP_IDS   (MQTT_PROP_SHARED_SUBSCRIPTION_AVAILABLE + 1)

zend_string *php_mqs_keys[PHP_MQS_KEY_COUNT];

static const char *const prop_names[PROP_IDS] = {
    [MQTT_PROP_PAYLOAD_FORMAT_INDICATOR] = "payload_format_indicator",
    [MQTT_PROP_MESSAGE_EXPIRY_INTERVAL] = "message_expiry_interval",
    [MQTT_PROP_CONTENT_TYPE] = "content_type",
    [MQTT_PROP_RESPONSE_TOPIC] = "response_topic",
    [MQTT_PROP_CORRELATION_DATA] = "correlation_data",
    [MQTT_PROP_SUBSCRIPTION_IDENTIFIER] = "subscription_identifier",
    [MQTT_PROP_SESSION_EXPIRY_INTERVAL] = "session_expiry_interval",
    [MQTT_PROP_ASSIGNED_CLIENT_IDENTIFIER] = "assigned_client_identifier",
    [MQTT_PROP_SERVER_KEEP_ALIVE] = "server_keep_alive",
    [MQTT_PROP_AUTHENTICATION_METHOD] = "authentication_method",
    [MQTT_PROP_AUTHENTICATION_DATA] = "authentication_data",
    [MQTT_PROP_REQUEST_PROBLEM_INFORMATION] = "request_problem_information",
    [MQTT_PROP_WILL_DELAY_INTERVAL] = "will_delay_interval",
    [MQTT_PROP_REQUEST_RESPONSE_INFORMATION] = "request_response_information",
    [MQTT_PROP_RESPONSE_INFORMATION] = "response_information",
    [MQTT_PROP_SERVER_REFERENCE] = "server_reference",
    [MQTT_PROP_REASON_STRING] = "reason_string",
    [MQTT_PROP_RECEIVE_MAXIMUM] = "receive_maximum",
    [MQTT_PROP_TOPIC_ALIAS_MAXIMUM] = "topic_alias_maximum",
    [MQTT_PROP_TOPIC_ALIAS] = "topic_alias",
    [MQTT_PROP_MAXIMUM_QOS] = "maximum_qos",
    [MQTT_PROP_RETAIN_AVAILABLE] = "retain_available",
    [MQTT_PROP_MAXIMUM_PACKET_SIZE] = "maximum_packet_size",
    [MQTT_PROP_WILDCARD_SUBSCRIPTION_AVAILABLE] = "wildcard_subscription_available",
    [MQTT_PROP_SUBSCRIPTION_IDENTIFIER_AVAILABLE] = "subscription_identifier_available",
    [MQTT_PROP_SHARED_SUBSCRIPTION_AVAILABLE] = "shared_subscription_available",
};
static zend_string *prop_keys[PROP_IDS];
/* Open addressing by the hash of the name; 0 is an empty slot. */
static uint8_t prop_slots[PROP_SLOTS];

static void *request_acquire(void *ctx, size_t size)
{
	(void)ctx;
	return emalloc(size);
}

static void *request_resize(void *ctx, void *ptr, size_t size)
{
	(void)ctx;
	return erealloc(ptr, size);
}

static void request_release(void *ctx, void *ptr)
{
	(void)ctx;
	efree(ptr);
}

const mqs_alloc php_mqs_request_alloc = {NULL, request_acquire, request_resize, request_release};

void php_mqs_codec_array_minit(void)
{
	static const char *const names[PHP_MQS_KEY_COUNT] = {
#define KEY_NAME(name) #name,
	    PHP_MQS_KEY_MAP(KEY_NAME)
#undef KEY_NAME
	};
	for (size_t i = 0; i < PHP_MQS_KEY_COUNT; i++) {
		php_mqs_keys[i] = zend_string_init_interned(names[i], strlen(names[i]), true);
	}
	memset(prop_slots, 0, sizeof(prop_slots));
	for (uint8_t id = 0; id < PROP_IDS; id++) {
		if (!prop_names[id]) {
			continue;
		}
		prop_keys[id] = zend_string_init_interned(prop_names[id], strlen(prop_names[id]), true);
		size_t slot = ZSTR_HASH(prop_keys[id]) % PROP_SLOTS;
		while (prop_slots[slot]) {
			slot = (slot + 1) % PROP_SLOTS;
		}
		prop_slots[slot] = id;
	}
}

static zend_always_inline uint32_t prop_find(zend_ulong hash, const char *name, size_t len)
{
	for (size_t slot = hash % PROP_SLOTS; prop_slots[slot]; slot = (slot + 1) % PROP_SLOTS) {
		const zend_string *key = prop_keys[prop_slots[slot]];
		if (ZSTR_H(key) == hash &&
		    (ZSTR_VAL(key) == name || php_mqs_text_equal(ZSTR_VAL(key), ZSTR_LEN(key), name, len))) {
			return prop_slots[slot];
		}
	}
	return 0;
}

uint32_t php_mqs_prop_by_name(const char *name, size_t len)
{
	return prop_find(zend_hash_func(name, len), name, len);
}

uint32_t php_mqs_prop_by_key(zend_string *key)
{
	return prop_find(ZSTR_HASH(key), ZSTR_VAL(key), ZSTR_LEN(key));
}

zend_string *php_mqs_prop_key(uint32_t id)
{
	return id < PROP_IDS ? prop_keys[id] : NULL;
}

const char *php_mqs_prop_name(uint32_t id)
{
	return id < PROP_IDS ? prop_names[id] : NULL;
}

static zend_always_inline zend_string *make_string(mqs_bytes bytes)
{
	if (UNEXPECTED(bytes.len <= 1)) {
		return bytes.len ? ZSTR_CHAR(bytes.ptr[0]) : ZSTR_EMPTY_ALLOC();
	}
	return zend_string_init((const char *)bytes.ptr, bytes.len, false);
}

zend_string *php_mqs_bytes_to_string(mqs_bytes bytes)
{
	return make_string(bytes);
}

/* ---- filling arrays whose size was given ---------------------------------------------------------------------- */

static zend_always_inline HashTable *array_begin(zval *out, uint32_t size)
{
	zend_array *array = zend_new_array(size);
	zend_hash_real_init_mixed(array);
	ZVAL_ARR(out, array);
	return array;
}

static zend_always_inline void put_zval(HashTable *array, zend_string *key, zval *value)
{
	_zend_hash_append_ex(array, key, value, 1);
}

static zend_always_inline void put_int(HashTable *array, zend_string *key, zend_long number)
{
	zval value;
	ZVAL_LONG(&value, number);
	put_zval(array, key, &value);
}

static zend_always_inline void put_bool(HashTable *array, zend_string *key, bool flag)
{
	zval value;
	ZVAL_LONG(&value, 0); /* a copied zval is copied whole, and gcc wants every byte of it set */
	ZVAL_BOOL(&value, flag);
	put_zval(array, key, &value);
}

static zend_always_inline void put_bytes(HashTable *array, zend_string *key, mqs_bytes bytes)
{
	zval value;
	ZVAL_STR(&value, make_string(bytes));
	put_zval(array, key, &value);
}

static zend_always_inline void number_to_zval(uint32_t number, zval *out)
{
#if SIZEOF_ZEND_LONG < 8
	if (number > (uint32_t)ZEND_LONG_MAX) {
		ZVAL_DOUBLE(out, number);
		return;
	}
#endif
	ZVAL_LONG(out, (zend_long)number);
}

/* ---- properties ------------------------------------------------------------------------------------------------ */

void php_mqs_user_properties_to_list(mqs_bytes raw, zval *out)
{
	mqs_prop prop;
	array_init(out);
	while (mqs_props_next(&raw, &prop)) {
		if (prop.kind != MQS_PROP_PAIR) {
			continue;
		}
		zval pair, part;
		array_init_size(&pair, 2);
		zend_hash_real_init_packed(Z_ARRVAL(pair));
		php_mqs_bytes_to_zval(prop.bytes, &part);
		zend_hash_next_index_insert_new(Z_ARRVAL(pair), &part);
		php_mqs_bytes_to_zval(prop.value, &part);
		zend_hash_next_index_insert_new(Z_ARRVAL(pair), &part);
		zend_hash_next_index_insert_new(Z_ARRVAL_P(out), &pair);
	}
}

/* Puts a user property under its own name. False when that loses something: the name is taken, or means a property. */
static bool flatten_user_property(HashTable *array, const mqs_prop *prop)
{
	zval name, value;
	php_mqs_bytes_to_zval(prop->bytes, &name);
	zend_string *key = Z_STR(name);
	if (php_mqs_prop_by_key(key) || zend_string_equals(key, PHP_MQS_KEY(user_properties))) {
		zend_string_release(key);
		return false;
	}
	uint32_t before = zend_hash_num_elements(array);
	php_mqs_bytes_to_zval(prop->value, &value);
	zend_symtable_update(array, key, &value);
	zend_string_release(key);
	return zend_hash_num_elements(array) > before;
}

/* A second subscription identifier turns the number into a list; only PUBLISH may hold several. */
static void join_number(zval *known, uint32_t number)
{
	zval value;
	number_to_zval(number, &value);
	if (Z_TYPE_P(known) == IS_UNDEF || Z_TYPE_P(known) == IS_NULL) {
		ZVAL_COPY_VALUE(known, &value);
		return;
	}
	if (Z_TYPE_P(known) != IS_ARRAY) {
		zval list;
		array_init(&list);
		zend_hash_next_index_insert_new(Z_ARRVAL(list), known);
		ZVAL_COPY_VALUE(known, &list);
	}
	zend_hash_next_index_insert_new(Z_ARRVAL_P(known), &value);
}

static void prop_value_to_zval(const mqs_prop *prop, zval *out)
{
	if (prop->kind == MQS_PROP_STRING || prop->kind == MQS_PROP_BINARY) {
		php_mqs_bytes_to_zval(prop->bytes, out);
	} else {
		number_to_zval(prop->number, out);
	}
}

void php_mqs_prop_to_zval(mqs_bytes raw, zend_string *name, zval *out)
{
	uint32_t id = php_mqs_prop_by_key(name);
	mqs_bytes wanted = mqs_bytes_make(ZSTR_VAL(name), ZSTR_LEN(name));
	mqs_bytes found = {NULL, 0};
	mqs_prop prop;
	ZVAL_NULL(out);
	while (mqs_props_next(&raw, &prop)) {
		if (prop.kind == MQS_PROP_PAIR) {
			found = id == 0 && mqs_bytes_equal(prop.bytes, wanted) ? prop.value : found;
		} else if (prop.id == id && prop.kind == MQS_PROP_VARINT) {
			join_number(out, prop.number);
		} else if (prop.id == id) {
			prop_value_to_zval(&prop, out);
			return;
		}
	}
	if (found.ptr) {
		php_mqs_bytes_to_zval(found, out);
	}
}

void php_mqs_props_to_array(mqs_bytes raw, zval *out)
{
	mqs_bytes rest = raw;
	mqs_prop prop;
	bool lossless = true;
	HashTable *array = array_begin(out, 8);
	while (mqs_props_next(&rest, &prop)) {
		if (prop.kind == MQS_PROP_PAIR) {
			lossless &= flatten_user_property(array, &prop);
		} else if (prop.kind == MQS_PROP_VARINT) {
			join_number(zend_hash_lookup(array, prop_keys[prop.id]), prop.number);
		} else {
			zval value;
			prop_value_to_zval(&prop, &value);
			zend_hash_update(array, prop_keys[prop.id], &value);
		}
	}
	if (!lossless) {
		zval list;
		php_mqs_user_properties_to_list(raw, &list);
		zend_hash_add_new(array, PHP_MQS_KEY(user_properties), &list);
	}
}

static zend_always_inline void put_props(HashTable *array, const mqs_props *props, uint8_t level)
{
	if (level == MQTT_LEVEL_5 && props->raw.len > 0) {
		zval value;
		php_mqs_props_to_array(props->raw, &value);
		put_zval(array, PHP_MQS_KEY(properties), &value);
	}
}

const mqs_props *php_mqs_packet_props(const mqs_packet *packet)
{
	switch (packet->type) {
		case MQTT_PKT_CONNECT: return &packet->connect.props;
		case MQTT_PKT_CONNACK: return &packet->connack.props;
		case MQTT_PKT_PUBLISH: return &packet->publish.props;
		case MQTT_PKT_PUBACK:
		case MQTT_PKT_PUBREC:
		case MQTT_PKT_PUBREL:
		case MQTT_PKT_PUBCOMP: return &packet->ack.props;
		case MQTT_PKT_SUBSCRIBE:
		case MQTT_PKT_UNSUBSCRIBE: return &packet->subscribe.props;
		case MQTT_PKT_SUBACK:
		case MQTT_PKT_UNSUBACK: return &packet->suback.props;
		case MQTT_PKT_DISCONNECT:
		case MQTT_PKT_AUTH: return &packet->reasoned.props;
		default: return NULL;
	}
}

/* ---- packets --------------------------------------------------------------------------------------------------- */

void php_mqs_connect_will_to_array(const mqs_connect *connect, uint8_t level, zval *out)
{
	HashTable *will = array_begin(out, 5);
	put_props(will, &connect->will_props, level);
	put_int(will, PHP_MQS_KEY(qos), connect->will_qos);
	put_int(will, PHP_MQS_KEY(retain), connect->will_retain);
	put_bytes(will, PHP_MQS_KEY(topic), connect->will_topic);
	put_bytes(will, PHP_MQS_KEY(message), connect->will_payload);
}

static void connect_to_array(const mqs_packet *packet, zval *out)
{
	const mqs_connect *connect = &packet->connect;
	const mqs_bytes nothing = {NULL, 0};
	bool has_props = packet->level == MQTT_LEVEL_5 && connect->props.raw.len > 0;
	HashTable *array = array_begin(out, 8 + has_props + connect->has_will);
	zval value;
	put_int(array, PHP_MQS_KEY(type), MQTT_PKT_CONNECT);
	ZVAL_INTERNED_STR(&value, packet->level == MQTT_LEVEL_3_1 ? PHP_MQS_KEY(MQIsdp) : PHP_MQS_KEY(MQTT));
	put_zval(array, PHP_MQS_KEY(protocol_name), &value);
	put_int(array, PHP_MQS_KEY(protocol_level), packet->level);
	put_int(array, PHP_MQS_KEY(clean_session), connect->clean_start);
	put_props(array, &connect->props, packet->level);
	if (connect->has_will) {
		php_mqs_connect_will_to_array(connect, packet->level, &value);
		put_zval(array, PHP_MQS_KEY(will), &value);
	}
	put_bytes(array, PHP_MQS_KEY(user_name), connect->has_username ? connect->username : nothing);
	put_bytes(array, PHP_MQS_KEY(password), connect->has_password ? connect->password : nothing);
	put_int(array, PHP_MQS_KEY(keep_alive), connect->keep_alive_s);
	put_bytes(array, PHP_MQS_KEY(client_id), connect->client_id);
}

static void publish_to_array(const mqs_packet *packet, zval *out)
{
	const mqs_publish *publish = &packet->publish;
	HashTable *array = array_begin(out, 8);
	put_int(array, PHP_MQS_KEY(type), MQTT_PKT_PUBLISH);
	put_int(array, PHP_MQS_KEY(dup), publish->dup);
	put_int(array, PHP_MQS_KEY(qos), publish->qos);
	put_int(array, PHP_MQS_KEY(retain), publish->retain);
	put_bytes(array, PHP_MQS_KEY(topic), publish->topic);
	if (packet->level == MQTT_LEVEL_5) {
		if (publish->qos > 0) {
			put_int(array, PHP_MQS_KEY(message_id), publish->packet_id);
		}
		put_props(array, &publish->props, packet->level);
		put_bytes(array, PHP_MQS_KEY(message), publish->payload);
	} else {
		put_bytes(array, PHP_MQS_KEY(message), publish->payload);
		if (publish->qos > 0) {
			put_int(array, PHP_MQS_KEY(message_id), publish->packet_id);
		}
	}
}

static void put_options(HashTable *array, const mqs_subscription_entry *entry)
{
	put_int(array, PHP_MQS_KEY(qos), entry->qos);
	put_bool(array, PHP_MQS_KEY(no_local), entry->no_local);
	put_bool(array, PHP_MQS_KEY(retain_as_published), entry->retain_as_published);
	put_int(array, PHP_MQS_KEY(retain_handling), entry->retain_handling);
}

void php_mqs_subscribe_to_list(const mqs_subscribe *subscribe, uint8_t level, bool all_options, zval *out)
{
	mqs_bytes rest = subscribe->entries;
	mqs_subscription_entry entry;
	array_init_size(out, subscribe->count);
	zend_hash_real_init_packed(Z_ARRVAL_P(out));
	while (mqs_subscribe_next(&rest, level, &entry)) {
		zval item;
		HashTable *array = array_begin(&item, 5);
		put_bytes(array, PHP_MQS_KEY(filter), entry.filter);
		if (all_options) {
			put_options(array, &entry);
		} else {
			put_int(array, PHP_MQS_KEY(qos), entry.qos);
		}
		zend_hash_next_index_insert_new(Z_ARRVAL_P(out), &item);
	}
}

/* The map of filters. False when it does not say everything: a filter came twice, or has become an integer key. */
static bool subscribe_to_map(const mqs_subscribe *subscribe, uint8_t level, zval *out)
{
	mqs_bytes rest = subscribe->entries;
	mqs_subscription_entry entry;
	bool complete = true;
	HashTable *map = array_begin(out, subscribe->count);
	while (mqs_subscribe_next(&rest, level, &entry)) {
		zval key, value;
		if (level == MQTT_LEVEL_5) {
			put_options(array_begin(&value, 4), &entry);
		} else {
			ZVAL_LONG(&value, entry.qos);
		}
		php_mqs_bytes_to_zval(entry.filter, &key);
		zend_ulong index;
		if (ZEND_HANDLE_NUMERIC_STR(Z_STRVAL(key), Z_STRLEN(key), index)) {
			zend_hash_index_update(map, index, &value);
			complete = false;
		} else {
			zend_hash_update(map, Z_STR(key), &value);
		}
		zend_string_release(Z_STR(key));
	}
	return complete && zend_hash_num_elements(map) == subscribe->count;
}

static void subscribe_to_array(const mqs_packet *packet, zval *out)
{
	HashTable *array = array_begin(out, 8);
	zval value;
	put_int(array, PHP_MQS_KEY(type), MQTT_PKT_SUBSCRIBE);
	put_int(array, PHP_MQS_KEY(message_id), packet->subscribe.packet_id);
	put_props(array, &packet->subscribe.props, packet->level);
	bool complete = subscribe_to_map(&packet->subscribe, packet->level, &value);
	put_zval(array, PHP_MQS_KEY(topics), &value);
	if (!complete) {
		php_mqs_subscribe_to_list(&packet->subscribe, packet->level, packet->level == MQTT_LEVEL_5, &value);
		put_zval(array, PHP_MQS_KEY(topic_list), &value);
	}
}

void php_mqs_unsubscribe_to_array(const mqs_subscribe *unsubscribe, zval *out)
{
	mqs_bytes rest = unsubscribe->entries, filter;
	array_init_size(out, unsubscribe->count);
	zend_hash_real_init_packed(Z_ARRVAL_P(out));
	while (mqs_unsubscribe_next(&rest, &filter)) {
		zval value;
		php_mqs_bytes_to_zval(filter, &value);
		zend_hash_next_index_insert_new(Z_ARRVAL_P(out), &value);
	}
}

void php_mqs_codes_to_array(mqs_bytes codes, zval *out)
{
	array_init_size(out, (uint32_t)codes.len);
	zend_hash_real_init_packed(Z_ARRVAL_P(out));
	ZEND_HASH_FILL_PACKED(Z_ARRVAL_P(out))
	{
		for (size_t i = 0; i < codes.len; i++) {
			ZEND_HASH_FILL_SET_LONG(codes.ptr[i]);
			ZEND_HASH_FILL_NEXT();
		}
	}
	ZEND_HASH_FILL_END();
}

static void identified_to_array(const mqs_packet *packet, zval *out)
{
	HashTable *array = array_begin(out, 8);
	zval value;
	put_int(array, PHP_MQS_KEY(type), packet->type);
	switch (packet->type) {
		case MQTT_PKT_UNSUBSCRIBE:
			put_int(array, PHP_MQS_KEY(message_id), packet->subscribe.packet_id);
			put_props(array, &packet->subscribe.props, packet->level);
			php_mqs_unsubscribe_to_array(&packet->subscribe, &value);
			put_zval(array, PHP_MQS_KEY(topics), &value);
			return;
		case MQTT_PKT_SUBACK:
		case MQTT_PKT_UNSUBACK:
			put_int(array, PHP_MQS_KEY(message_id), packet->suback.packet_id);
			put_props(array, &packet->suback.props, packet->level);
			if (packet->type == MQTT_PKT_SUBACK || packet->level == MQTT_LEVEL_5) {
				php_mqs_codes_to_array(packet->suback.codes, &value);
				put_zval(array, PHP_MQS_KEY(codes), &value);
			}
			return;
		default:
			put_int(array, PHP_MQS_KEY(message_id), packet->ack.packet_id);
			if (packet->level == MQTT_LEVEL_5) {
				put_int(array, PHP_MQS_KEY(code), packet->ack.reason);
				put_props(array, &packet->ack.props, packet->level);
			}
	}
}

void php_mqs_packet_to_array(const mqs_packet *packet, zval *out)
{
	HashTable *array;
	switch (packet->type) {
		case MQTT_PKT_CONNECT: connect_to_array(packet, out); return;
		case MQTT_PKT_PUBLISH: publish_to_array(packet, out); return;
		case MQTT_PKT_SUBSCRIBE: subscribe_to_array(packet, out); return;
		case MQTT_PKT_CONNACK:
			array = array_begin(out, 8);
			put_int(array, PHP_MQS_KEY(type), MQTT_PKT_CONNACK);
			put_int(array, PHP_MQS_KEY(session_present), packet->connack.session_present);
			put_int(array, PHP_MQS_KEY(code), packet->connack.code);
			put_props(array, &packet->connack.props, packet->level);
			return;
		case MQTT_PKT_PINGREQ:
		case MQTT_PKT_PINGRESP: put_int(array_begin(out, 8), PHP_MQS_KEY(type), packet->type); return;
		case MQTT_PKT_DISCONNECT:
		case MQTT_PKT_AUTH:
			array = array_begin(out, 8);
			put_int(array, PHP_MQS_KEY(type), packet->type);
			if (packet->level == MQTT_LEVEL_5) {
				put_int(array, PHP_MQS_KEY(code), packet->reasoned.reason);
				put_props(array, &packet->reasoned.props, packet->level);
			}
			return;
		default: identified_to_array(packet, out);
	}
}
