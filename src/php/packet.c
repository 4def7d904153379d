/* SPDX-License-Identifier: MIT
 *
 * src/php/packet.c - MqttServer\Packet: a decoded packet as an object, its values made on demand.
 * Owns: the bytes and the views of a detached packet. A borrowed one has a pointer to somebody else's views only.
 */
#include "packet.h"
#include "codec_array.h"
#include "zend_exceptions.h"

#include "php_stubs/Packet_arginfo.h"

typedef struct php_mqs_packet_t {
	const mqs_packet *view; /* [borrowed], or own; NULL: the packet is gone */
	mqs_packet *own;        /* [owned] views into bytes; behind the object when that was made with its bytes */
	zend_string *bytes;     /* [owned] */
	zend_string *topic;     /* [owned] made by the first getTopic() */
	zend_string *payload;   /* [owned] made by the first getPayload() */
	zend_string *publisher; /* [owned] NULL: not a delivery, or not known */
	zend_object std;
} php_mqs_packet_t;

zend_class_entry *php_mqs_packet_ce;
static zend_object_handlers packet_handlers;

static inline php_mqs_packet_t *packet_of(zend_object *object)
{
	return (php_mqs_packet_t *)((char *)object - offsetof(php_mqs_packet_t, std));
}

static zend_always_inline php_mqs_packet_t *packet_make(zend_class_entry *ce, size_t size)
{
	php_mqs_packet_t *packet = emalloc(size);
	memset(packet, 0, offsetof(php_mqs_packet_t, std));
	zend_object_std_init(&packet->std, ce);
	packet->std.handlers = &packet_handlers;
	/* It refers to no other value, so no cycle can go through it. */
	GC_ADD_FLAGS(&packet->std, GC_NOT_COLLECTABLE);
	return packet;
}

static zend_object *packet_create_object(zend_class_entry *ce)
{
	return &packet_make(ce, sizeof(php_mqs_packet_t))->std;
}

/* A packet that is to own its bytes: object and views are one piece of memory. */
typedef struct whole_packet_t {
	php_mqs_packet_t object; /* its class has no properties, whose table would stand behind it */
	mqs_packet own;
} whole_packet_t;

static void packet_forget(php_mqs_packet_t *packet)
{
	packet->view = NULL;
	if (packet->own && packet->own != &((whole_packet_t *)packet)->own) {
		efree(packet->own);
	}
	packet->own = NULL;
	zend_string **strings[] = {&packet->bytes, &packet->topic, &packet->payload};
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		if (*strings[i]) {
			zend_string_release(*strings[i]);
			*strings[i] = NULL;
		}
	}
}

static void packet_free_object(zend_object *object)
{
	php_mqs_packet_t *packet = packet_of(object);
	packet_forget(packet);
	if (packet->publisher) {
		zend_string_release(packet->publisher);
	}
	zend_object_std_dtor(object);
}

void php_mqs_packet_minit(void)
{
	php_mqs_packet_ce = register_class_MqttServer_Packet();
	php_mqs_packet_ce->create_object = packet_create_object;
	memcpy(&packet_handlers, &std_object_handlers, sizeof(packet_handlers));
	packet_handlers.offset = offsetof(php_mqs_packet_t, std);
	packet_handlers.free_obj = packet_free_object;
	packet_handlers.clone_obj = NULL;
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

static php_mqs_packet_t *packet_new(zval *out)
{
	zend_object *object = packet_create_object(php_mqs_packet_ce);
	ZVAL_OBJ(out, object);
	return packet_of(object);
}

void php_mqs_packet_borrow(zval *out, const mqs_packet *packet)
{
	packet_new(out)->view = packet;
}

void php_mqs_packet_set_publisher(zval *packet, mqs_bytes client_id)
{
	packet_of(Z_OBJ_P(packet))->publisher = zend_string_init((const char *)client_id.ptr, client_id.len, false);
}

const mqs_packet *php_mqs_packet_get(zval *packet)
{
	return packet_of(Z_OBJ_P(packet))->view;
}

/* Takes `bytes`, whose part at [start, start + len) is one packet, and `own`, where its views are to be. */
static mqs_result packet_decode_own(php_mqs_packet_t *packet, mqs_packet *own, zend_string *bytes, size_t start,
    size_t len, uint8_t level, const mqs_codec_limits *limits, mqs_fault *fault)
{
	packet->bytes = bytes;
	packet->own = own;
	mqs_result result =
	    mqs_packet_decode(mqs_bytes_make(ZSTR_VAL(bytes) + start, len), level, limits, packet->own, fault);
	packet->view = result == MQS_OK ? packet->own : NULL;
	return result;
}

void php_mqs_packet_own(zval *packet)
{
	static const mqs_codec_limits no_limits = {UINT32_MAX, UINT32_MAX};
	php_mqs_packet_t *object = packet_of(Z_OBJ_P(packet));
	const mqs_packet *view = object->view;
	mqs_packet numbered;
	if (!view || object->own) {
		return;
	}
	/* A will and a delivery have no packet identifier (yet), and could not be decoded without. */
	bool without_id = view->type == MQTT_PKT_PUBLISH && view->publish.qos && !view->publish.packet_id;
	if (without_id) {
		numbered = *view;
		numbered.publish.packet_id = 1;
		view = &numbered;
	}
	size_t size = mqs_packet_size(view);
	if (size == 0) {
		packet_forget(object);
		return;
	}
	mqs_fault fault;
	zend_string *bytes = zend_string_alloc(size, false);
	ZSTR_LEN(bytes) = mqs_packet_encode_into(view, (uint8_t *)ZSTR_VAL(bytes));
	ZSTR_VAL(bytes)[ZSTR_LEN(bytes)] = '\0';
	packet_decode_own(object, emalloc(sizeof(mqs_packet)), bytes, 0, ZSTR_LEN(bytes), view->level, &no_limits, &fault);
	if (without_id) {
		object->own->publish.packet_id = 0;
	}
}

void php_mqs_packet_detach(zval *packet)
{
	php_mqs_packet_t *object = packet_of(Z_OBJ_P(packet));
	if (Z_REFCOUNT_P(packet) > 1) {
		php_mqs_packet_own(packet);
	} else if (!object->own) {
		packet_forget(object);
	}
}

void php_mqs_packet_forget(zval *packet)
{
	packet_forget(packet_of(Z_OBJ_P(packet)));
}

mqs_result php_mqs_packet_create(
    zval *out, zend_string *holder, mqs_bytes bytes, uint8_t level, const mqs_codec_limits *limits, mqs_fault *fault)
{
	php_mqs_packet_t *packet = packet_make(php_mqs_packet_ce, sizeof(whole_packet_t));
	ZVAL_OBJ(out, &packet->std);
	size_t start = holder ? (size_t)((const char *)bytes.ptr - ZSTR_VAL(holder)) : 0;
	zend_string *kept = holder ? zend_string_copy(holder) : zend_string_init((const char *)bytes.ptr, bytes.len, false);
	mqs_result result =
	    packet_decode_own(packet, &((whole_packet_t *)packet)->own, kept, start, bytes.len, level, limits, fault);
	if (result != MQS_OK) {
		zval_ptr_dtor(out);
		ZVAL_UNDEF(out);
	}
	return result;
}

void php_mqs_packet_move(zval *packet, const mqs_packet *view)
{
	php_mqs_packet_t *object = packet_of(Z_OBJ_P(packet));
	if (object->view && !object->own) {
		object->view = view;
	}
}

/* ---- methods --------------------------------------------------------------------------------------------------- */

/* The views of $this; NULL with an exception set. */
static const mqs_packet *view_of(zval *self)
{
	const mqs_packet *view = packet_of(Z_OBJ_P(self))->view;
	if (UNEXPECTED(!view)) {
		zend_throw_error(NULL, "The packet has no contents any more");
	}
	return view;
}

/* The same for a method without parameters. */
static const mqs_packet *view_without_arguments(zend_execute_data *execute_data)
{
	if (UNEXPECTED(ZEND_NUM_ARGS() != 0)) {
		zend_wrong_parameters_none_error();
		return NULL;
	}
	return view_of(ZEND_THIS);
}

ZEND_METHOD(MqttServer_Packet, __construct)
{
	ZEND_PARSE_PARAMETERS_NONE();
}

ZEND_METHOD(MqttServer_Packet, getType)
{
	const mqs_packet *packet = view_without_arguments(execute_data);
	if (!packet) {
		RETURN_THROWS();
	}
	RETURN_LONG(packet->type);
}

ZEND_METHOD(MqttServer_Packet, getTypeName)
{
	const mqs_packet *packet = view_without_arguments(execute_data);
	if (!packet) {
		RETURN_THROWS();
	}
	RETURN_STRING(mqs_packet_type_name(packet->type));
}

ZEND_METHOD(MqttServer_Packet, getProtocolLevel)
{
	const mqs_packet *packet = view_without_arguments(execute_data);
	if (!packet) {
		RETURN_THROWS();
	}
	RETURN_LONG(packet->level);
}

/* A string that is made once. */
static void return_kept(zval *return_value, zend_string **kept, mqs_bytes bytes)
{
	if (!*kept) {
		*kept = php_mqs_bytes_to_string(bytes);
	}
	RETVAL_STR_COPY(*kept);
}

ZEND_METHOD(MqttServer_Packet, getTopic)
{
	const mqs_packet *packet = view_without_arguments(execute_data);
	if (!packet) {
		RETURN_THROWS();
	}
	if (packet->type != MQTT_PKT_PUBLISH) {
		RETURN_EMPTY_STRING();
	}
	return_kept(return_value, &packet_of(Z_OBJ_P(ZEND_THIS))->topic, packet->publish.topic);
}

ZEND_METHOD(MqttServer_Packet, getPayload)
{
	const mqs_packet *packet = view_without_arguments(execute_data);
	if (!packet) {
		RETURN_THROWS();
	}
	if (packet->type != MQTT_PKT_PUBLISH) {
		RETURN_EMPTY_STRING();
	}
	return_kept(return_value, &packet_of(Z_OBJ_P(ZEND_THIS))->payload, packet->publish.payload);
}

ZEND_METHOD(MqttServer_Packet, getPublisher)
{
	if (!view_without_arguments(execute_data)) {
		RETURN_THROWS();
	}
	const php_mqs_packet_t *object = packet_of(Z_OBJ_P(ZEND_THIS));
	if (object->publisher) {
		RETURN_STR_COPY(object->publisher);
	}
	RETURN_NULL();
}

ZEND_METHOD(MqttServer_Packet, getQos)
{
	const mqs_packet *packet = view_without_arguments(execute_data);
	if (!packet) {
		RETURN_THROWS();
	}
	RETURN_LONG(packet->type == MQTT_PKT_PUBLISH ? packet->publish.qos : 0);
}

ZEND_METHOD(MqttServer_Packet, isRetain)
{
	const mqs_packet *packet = view_without_arguments(execute_data);
	if (!packet) {
		RETURN_THROWS();
	}
	RETURN_BOOL(packet->type == MQTT_PKT_PUBLISH && packet->publish.retain);
}

ZEND_METHOD(MqttServer_Packet, isDup)
{
	const mqs_packet *packet = view_without_arguments(execute_data);
	if (!packet) {
		RETURN_THROWS();
	}
	RETURN_BOOL(packet->type == MQTT_PKT_PUBLISH && packet->publish.dup);
}

static zend_long packet_id_of(const mqs_packet *packet)
{
	switch (packet->type) {
		case MQTT_PKT_PUBLISH: return packet->publish.packet_id;
		case MQTT_PKT_PUBACK:
		case MQTT_PKT_PUBREC:
		case MQTT_PKT_PUBREL:
		case MQTT_PKT_PUBCOMP: return packet->ack.packet_id;
		case MQTT_PKT_SUBSCRIBE:
		case MQTT_PKT_UNSUBSCRIBE: return packet->subscribe.packet_id;
		case MQTT_PKT_SUBACK:
		case MQTT_PKT_UNSUBACK: return packet->suback.packet_id;
		default: return 0;
	}
}

ZEND_METHOD(MqttServer_Packet, getPacketId)
{
	const mqs_packet *packet = view_without_arguments(execute_data);
	if (!packet) {
		RETURN_THROWS();
	}
	RETURN_LONG(packet_id_of(packet));
}

static zend_long reason_of(const mqs_packet *packet)
{
	switch (packet->type) {
		case MQTT_PKT_CONNACK: return packet->connack.code;
		case MQTT_PKT_PUBACK:
		case MQTT_PKT_PUBREC:
		case MQTT_PKT_PUBREL:
		case MQTT_PKT_PUBCOMP: return packet->ack.reason;
		case MQTT_PKT_DISCONNECT:
		case MQTT_PKT_AUTH: return packet->reasoned.reason;
		default: return 0;
	}
}

ZEND_METHOD(MqttServer_Packet, getReasonCode)
{
	const mqs_packet *packet = view_without_arguments(execute_data);
	if (!packet) {
		RETURN_THROWS();
	}
	RETURN_LONG(reason_of(packet));
}

ZEND_METHOD(MqttServer_Packet, getReasonCodes)
{
	const mqs_packet *packet = view_without_arguments(execute_data);
	if (!packet) {
		RETURN_THROWS();
	}
	if (packet->type != MQTT_PKT_SUBACK && packet->type != MQTT_PKT_UNSUBACK) {
		RETURN_EMPTY_ARRAY();
	}
	php_mqs_codes_to_array(packet->suback.codes, return_value);
}

ZEND_METHOD(MqttServer_Packet, getClientId)
{
	const mqs_packet *packet = view_without_arguments(execute_data);
	if (!packet) {
		RETURN_THROWS();
	}
	if (packet->type != MQTT_PKT_CONNECT) {
		RETURN_EMPTY_STRING();
	}
	php_mqs_bytes_to_zval(packet->connect.client_id, return_value);
}

ZEND_METHOD(MqttServer_Packet, getUsername)
{
	const mqs_packet *packet = view_without_arguments(execute_data);
	if (!packet) {
		RETURN_THROWS();
	}
	if (packet->type == MQTT_PKT_CONNECT && packet->connect.has_username) {
		php_mqs_bytes_to_zval(packet->connect.username, return_value);
	}
}

ZEND_METHOD(MqttServer_Packet, getPassword)
{
	const mqs_packet *packet = view_without_arguments(execute_data);
	if (!packet) {
		RETURN_THROWS();
	}
	if (packet->type == MQTT_PKT_CONNECT && packet->connect.has_password) {
		php_mqs_bytes_to_zval(packet->connect.password, return_value);
	}
}

ZEND_METHOD(MqttServer_Packet, isCleanStart)
{
	const mqs_packet *packet = view_without_arguments(execute_data);
	if (!packet) {
		RETURN_THROWS();
	}
	RETURN_BOOL(packet->type == MQTT_PKT_CONNECT && packet->connect.clean_start);
}

ZEND_METHOD(MqttServer_Packet, isSessionPresent)
{
	const mqs_packet *packet = view_without_arguments(execute_data);
	if (!packet) {
		RETURN_THROWS();
	}
	RETURN_BOOL(packet->type == MQTT_PKT_CONNACK && packet->connack.session_present);
}

ZEND_METHOD(MqttServer_Packet, getKeepAlive)
{
	const mqs_packet *packet = view_without_arguments(execute_data);
	if (!packet) {
		RETURN_THROWS();
	}
	RETURN_LONG(packet->type == MQTT_PKT_CONNECT ? packet->connect.keep_alive_s : 0);
}

ZEND_METHOD(MqttServer_Packet, getWill)
{
	const mqs_packet *packet = view_without_arguments(execute_data);
	if (!packet) {
		RETURN_THROWS();
	}
	if (packet->type == MQTT_PKT_CONNECT && packet->connect.has_will) {
		php_mqs_connect_will_to_array(&packet->connect, packet->level, return_value);
	}
}

ZEND_METHOD(MqttServer_Packet, getTopicFilters)
{
	const mqs_packet *packet = view_without_arguments(execute_data);
	if (!packet) {
		RETURN_THROWS();
	}
	switch (packet->type) {
		case MQTT_PKT_SUBSCRIBE:
			php_mqs_subscribe_to_list(&packet->subscribe, packet->level, true, return_value);
			return;
		case MQTT_PKT_UNSUBSCRIBE: php_mqs_unsubscribe_to_array(&packet->subscribe, return_value); return;
		default: RETURN_EMPTY_ARRAY();
	}
}

/* The raw property list, empty below MQTT 5. */
static mqs_bytes raw_props_of(const mqs_packet *packet)
{
	const mqs_props *props = packet->level == MQTT_LEVEL_5 ? php_mqs_packet_props(packet) : NULL;
	return props ? props->raw : mqs_bytes_make(NULL, 0);
}

ZEND_METHOD(MqttServer_Packet, getProperties)
{
	const mqs_packet *packet = view_without_arguments(execute_data);
	if (!packet) {
		RETURN_THROWS();
	}
	mqs_bytes raw = raw_props_of(packet);
	if (raw.len == 0) {
		RETURN_EMPTY_ARRAY();
	}
	php_mqs_props_to_array(raw, return_value);
}

ZEND_METHOD(MqttServer_Packet, getProperty)
{
	zend_string *name;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_STR(name)
	ZEND_PARSE_PARAMETERS_END();
	const mqs_packet *packet = view_of(ZEND_THIS);
	if (!packet) {
		RETURN_THROWS();
	}
	php_mqs_prop_to_zval(raw_props_of(packet), name, return_value);
}

ZEND_METHOD(MqttServer_Packet, getUserProperties)
{
	const mqs_packet *packet = view_without_arguments(execute_data);
	if (!packet) {
		RETURN_THROWS();
	}
	mqs_bytes raw = raw_props_of(packet);
	if (raw.len == 0) {
		RETURN_EMPTY_ARRAY();
	}
	php_mqs_user_properties_to_list(raw, return_value);
}

ZEND_METHOD(MqttServer_Packet, toArray)
{
	const mqs_packet *packet = view_without_arguments(execute_data);
	if (!packet) {
		RETURN_THROWS();
	}
	php_mqs_packet_to_array(packet, return_value);
}
