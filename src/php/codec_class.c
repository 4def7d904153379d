/* SPDX-License-Identifier: MIT
 *
 * src/php/codec_class.c - MqttServer\Codec, its V3 and V5, MqttServer\Topic, and the streaming decoder.
 * Owns: a decoder's framer and the bytes it was fed.
 */
#include "codec_array.h"
#include "packet.h"
#include "zend_attributes.h"
#include "zend_exceptions.h"

#include "php_stubs/Codec_arginfo.h"

#define MAX_PACKET_SIZE (MQTT_VARINT_MAX + 5) /* with the fixed header */
#define MIN_PACKET_SIZE 2

typedef struct decoder_t {
	mqs_framer framer;
	zend_string *input; /* [owned] bytes that were fed; NULL: none left */
	size_t used;        /* of input */
	mqs_fault fault;    /* when failed */
	uint8_t level;      /* 0: not constructed */
	bool failed;
	zend_object std;
} decoder_t;

static zend_object_handlers decoder_handlers;

static inline decoder_t *decoder_of(zend_object *object)
{
	return (decoder_t *)((char *)object - offsetof(decoder_t, std));
}

static zend_object *decoder_create_object(zend_class_entry *ce)
{
	decoder_t *decoder = emalloc(sizeof(decoder_t));
	memset(decoder, 0, offsetof(decoder_t, std));
	mqs_framer_init(&decoder->framer, &php_mqs_request_alloc, 0);
	zend_object_std_init(&decoder->std, ce);
	decoder->std.handlers = &decoder_handlers;
	return &decoder->std;
}

static void decoder_drop_input(decoder_t *decoder)
{
	if (decoder->input) {
		zend_string_release(decoder->input);
		decoder->input = NULL;
	}
	decoder->used = 0;
}

static void decoder_free_object(zend_object *object)
{
	decoder_t *decoder = decoder_of(object);
	decoder_drop_input(decoder);
	mqs_framer_clear(&decoder->framer);
	zend_object_std_dtor(object);
}

void php_mqs_codec_minit(void)
{
	php_mqs_codec_array_minit();
	register_class_MqttServer_Codec();
	register_class_MqttServer_Topic();
	register_class_MqttServer_Codec_V3();
	register_class_MqttServer_Codec_V5();
	register_class_MqttServer_Codec_Decoder()->create_object = decoder_create_object;
	memcpy(&decoder_handlers, &std_object_handlers, sizeof(decoder_handlers));
	decoder_handlers.offset = offsetof(decoder_t, std);
	decoder_handlers.free_obj = decoder_free_object;
	decoder_handlers.clone_obj = NULL;
}

/* ---- MqttServer\Codec, V3, V5 ---------------------------------------------------------------------------------- */

static bool level_check(zend_long level, uint32_t arg_num)
{
	if (UNEXPECTED(level < MQTT_LEVEL_3_1 || level > MQTT_LEVEL_5)) {
		zend_argument_value_error(arg_num, "must be 3, 4 or 5");
		return false;
	}
	return true;
}

/* Encodes into a string of just the size. A CONNECT of a level outside lowest and highest is refused. */
static void pack(HashTable *array, uint8_t level, uint8_t lowest, uint8_t highest, zval *return_value)
{
	php_mqs_packet_storage storage;
	mqs_packet packet;
	php_mqs_packet_storage_init(&storage);
	if (php_mqs_packet_from_array(array, level, &packet, &storage) == SUCCESS) {
		size_t size = mqs_packet_size(&packet);
		if (UNEXPECTED(packet.level < lowest || packet.level > highest)) {
			zend_value_error("packet[\"protocol_level\"] must be %s, %d given",
			    highest == MQTT_LEVEL_5 ? "5" : "3 or 4", packet.level);
		} else if (UNEXPECTED(size == 0)) {
			zend_value_error("packet is longer than the %u bytes an MQTT packet can have", MAX_PACKET_SIZE);
		} else {
			zend_string *bytes = zend_string_alloc(size, false);
			mqs_packet_encode_into(&packet, (uint8_t *)ZSTR_VAL(bytes));
			ZSTR_VAL(bytes)[size] = '\0';
			RETVAL_NEW_STR(bytes);
		}
	}
	php_mqs_packet_storage_clear(&storage);
}

static void unpack(zend_string *bytes, uint8_t level, zval *return_value)
{
	mqs_packet packet;
	mqs_fault fault;
	mqs_bytes view = mqs_bytes_make(ZSTR_VAL(bytes), ZSTR_LEN(bytes));
	if (UNEXPECTED(mqs_packet_decode(view, level, NULL, &packet, &fault) != MQS_OK)) {
		php_mqs_throw_fault(&fault);
		return;
	}
	php_mqs_packet_to_array(&packet, return_value);
}

/* These classes have static methods only. */
ZEND_METHOD(MqttServer_Codec, __construct)
{
	ZEND_PARSE_PARAMETERS_NONE();
}

ZEND_METHOD(MqttServer_Codec_V3, __construct)
{
	ZEND_PARSE_PARAMETERS_NONE();
}

ZEND_METHOD(MqttServer_Codec_V5, __construct)
{
	ZEND_PARSE_PARAMETERS_NONE();
}

ZEND_METHOD(MqttServer_Topic, __construct)
{
	ZEND_PARSE_PARAMETERS_NONE();
}

ZEND_METHOD(MqttServer_Codec, pack)
{
	HashTable *packet;
	zend_long level = MQTT_LEVEL_3_1_1;
	ZEND_PARSE_PARAMETERS_START(1, 2)
	Z_PARAM_ARRAY_HT(packet)
	Z_PARAM_OPTIONAL
	Z_PARAM_LONG(level)
	ZEND_PARSE_PARAMETERS_END();
	if (!level_check(level, 2)) {
		RETURN_THROWS();
	}
	pack(packet, (uint8_t)level, MQTT_LEVEL_3_1, MQTT_LEVEL_5, return_value);
}

ZEND_METHOD(MqttServer_Codec, unpack)
{
	zend_string *bytes;
	zend_long level = MQTT_LEVEL_3_1_1;
	ZEND_PARSE_PARAMETERS_START(1, 2)
	Z_PARAM_STR(bytes)
	Z_PARAM_OPTIONAL
	Z_PARAM_LONG(level)
	ZEND_PARSE_PARAMETERS_END();
	if (!level_check(level, 2)) {
		RETURN_THROWS();
	}
	unpack(bytes, (uint8_t)level, return_value);
}

ZEND_METHOD(MqttServer_Codec, decode)
{
	zend_string *bytes;
	zend_long level = MQTT_LEVEL_3_1_1;
	mqs_fault fault;
	ZEND_PARSE_PARAMETERS_START(1, 2)
	Z_PARAM_STR(bytes)
	Z_PARAM_OPTIONAL
	Z_PARAM_LONG(level)
	ZEND_PARSE_PARAMETERS_END();
	if (!level_check(level, 2)) {
		RETURN_THROWS();
	}
	mqs_bytes view = mqs_bytes_make(ZSTR_VAL(bytes), ZSTR_LEN(bytes));
	if (php_mqs_packet_create(return_value, bytes, view, (uint8_t)level, NULL, &fault) != MQS_OK) {
		php_mqs_throw_fault(&fault);
		RETURN_THROWS();
	}
}

ZEND_METHOD(MqttServer_Codec_V3, pack)
{
	HashTable *packet;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_ARRAY_HT(packet)
	ZEND_PARSE_PARAMETERS_END();
	pack(packet, MQTT_LEVEL_3_1_1, MQTT_LEVEL_3_1, MQTT_LEVEL_3_1_1, return_value);
}

ZEND_METHOD(MqttServer_Codec_V3, unpack)
{
	zend_string *bytes;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_STR(bytes)
	ZEND_PARSE_PARAMETERS_END();
	unpack(bytes, MQTT_LEVEL_3_1_1, return_value);
}

ZEND_METHOD(MqttServer_Codec_V5, pack)
{
	HashTable *packet;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_ARRAY_HT(packet)
	ZEND_PARSE_PARAMETERS_END();
	pack(packet, MQTT_LEVEL_5, MQTT_LEVEL_5, MQTT_LEVEL_5, return_value);
}

ZEND_METHOD(MqttServer_Codec_V5, unpack)
{
	zend_string *bytes;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_STR(bytes)
	ZEND_PARSE_PARAMETERS_END();
	unpack(bytes, MQTT_LEVEL_5, return_value);
}

/* ---- MqttServer\Topic ------------------------------------------------------------------------------------------ */

static bool topic_text_valid(zend_string *text)
{
	return ZSTR_LEN(text) <= UINT16_MAX && mqs_utf8_valid(mqs_bytes_make(ZSTR_VAL(text), ZSTR_LEN(text)));
}

static bool name_valid(zend_string *topic)
{
	return topic_text_valid(topic) &&
	       mqs_topic_name_valid(mqs_bytes_make(ZSTR_VAL(topic), ZSTR_LEN(topic)), UINT32_MAX);
}

static bool filter_valid(zend_string *filter)
{
	return topic_text_valid(filter) &&
	       mqs_topic_filter_valid(mqs_bytes_make(ZSTR_VAL(filter), ZSTR_LEN(filter)), UINT32_MAX);
}

ZEND_METHOD(MqttServer_Topic, matches)
{
	zend_string *filter, *topic;
	ZEND_PARSE_PARAMETERS_START(2, 2)
	Z_PARAM_STR(filter)
	Z_PARAM_STR(topic)
	ZEND_PARSE_PARAMETERS_END();
	if (!filter_valid(filter)) {
		zend_argument_value_error(1, "must be a valid topic filter");
		RETURN_THROWS();
	}
	if (!name_valid(topic)) {
		zend_argument_value_error(2, "must be a valid topic name");
		RETURN_THROWS();
	}
	mqs_bytes group, pattern = mqs_bytes_make(ZSTR_VAL(filter), ZSTR_LEN(filter));
	mqs_topic_share_parse(pattern, &group, &pattern);
	RETURN_BOOL(mqs_topic_matches(pattern, mqs_bytes_make(ZSTR_VAL(topic), ZSTR_LEN(topic))));
}

ZEND_METHOD(MqttServer_Topic, isValidName)
{
	zend_string *topic;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_STR(topic)
	ZEND_PARSE_PARAMETERS_END();
	RETURN_BOOL(name_valid(topic));
}

ZEND_METHOD(MqttServer_Topic, isValidFilter)
{
	zend_string *filter;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_STR(filter)
	ZEND_PARSE_PARAMETERS_END();
	RETURN_BOOL(filter_valid(filter));
}

/* ---- MqttServer\Codec\Decoder ---------------------------------------------------------------------------------- */

/* The decoder behind $this; NULL with an exception set when its constructor has not run. */
static decoder_t *decoder_this(zval *self)
{
	decoder_t *decoder = decoder_of(Z_OBJ_P(self));
	if (UNEXPECTED(decoder->level == 0)) {
		zend_throw_error(NULL, "The decoder has not been constructed");
		return NULL;
	}
	return decoder;
}

static void decoder_feed(decoder_t *decoder, zend_string *bytes)
{
	if (ZSTR_LEN(bytes) == 0) {
		return;
	}
	size_t rest = decoder->input ? ZSTR_LEN(decoder->input) - decoder->used : 0;
	zend_string *input = rest == 0 ? zend_string_copy(bytes)
	                               : zend_string_concat2(ZSTR_VAL(decoder->input) + decoder->used, rest,
	                                     ZSTR_VAL(bytes), ZSTR_LEN(bytes));
	decoder_drop_input(decoder);
	decoder->input = input;
}

/* The next packet's bytes, borrowed from the input or the framer until the next call. */
static mqs_result decoder_frame(decoder_t *decoder, mqs_bytes *packet)
{
	if (!decoder->input) {
		return MQS_NEED_MORE;
	}
	mqs_bytes in = mqs_bytes_make(ZSTR_VAL(decoder->input) + decoder->used, ZSTR_LEN(decoder->input) - decoder->used);
	mqs_result result = mqs_framer_next(&decoder->framer, &in, packet, &decoder->fault);
	decoder->used = ZSTR_LEN(decoder->input) - in.len;
	if (result == MQS_NEED_MORE) {
		decoder_drop_input(decoder);
	}
	return result;
}

/* Notes that nothing can be decoded any more. */
static void decoder_fail(decoder_t *decoder)
{
	decoder->failed = true;
	decoder_drop_input(decoder);
}

ZEND_METHOD(MqttServer_Codec_Decoder, __construct)
{
	zend_long level = MQTT_LEVEL_3_1_1, max = MAX_PACKET_SIZE;
	ZEND_PARSE_PARAMETERS_START(0, 2)
	Z_PARAM_OPTIONAL
	Z_PARAM_LONG(level)
	Z_PARAM_LONG(max)
	ZEND_PARSE_PARAMETERS_END();
	if (!level_check(level, 1)) {
		RETURN_THROWS();
	}
	if (max < MIN_PACKET_SIZE || max > MAX_PACKET_SIZE) {
		zend_argument_value_error(2, "must be between %d and %u", MIN_PACKET_SIZE, MAX_PACKET_SIZE);
		RETURN_THROWS();
	}
	decoder_t *decoder = decoder_of(Z_OBJ_P(ZEND_THIS));
	if (decoder->level != 0) {
		zend_throw_error(NULL, "The decoder has been constructed already");
		RETURN_THROWS();
	}
	decoder->level = (uint8_t)level;
	mqs_framer_init(&decoder->framer, &php_mqs_request_alloc, (uint32_t)max);
}

ZEND_METHOD(MqttServer_Codec_Decoder, push)
{
	zend_string *bytes;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_STR(bytes)
	ZEND_PARSE_PARAMETERS_END();
	decoder_t *decoder = decoder_this(ZEND_THIS);
	if (!decoder) {
		RETURN_THROWS();
	}
	mqs_bytes frame;
	mqs_packet packet;
	mqs_result result = decoder->failed ? MQS_ERR_CLOSED : MQS_OK;
	array_init(return_value);
	if (!decoder->failed) {
		decoder_feed(decoder, bytes);
		while ((result = decoder_frame(decoder, &frame)) == MQS_OK) {
			result = mqs_packet_decode(frame, decoder->level, NULL, &packet, &decoder->fault);
			if (result != MQS_OK) {
				break;
			}
			decoder->level = packet.level;
			zval array;
			php_mqs_packet_to_array(&packet, &array);
			zend_hash_next_index_insert_new(Z_ARRVAL_P(return_value), &array);
		}
	}
	if (result != MQS_NEED_MORE) {
		decoder_fail(decoder);
		if (zend_hash_num_elements(Z_ARRVAL_P(return_value)) == 0) {
			php_mqs_throw_fault(&decoder->fault);
		}
	}
}

ZEND_METHOD(MqttServer_Codec_Decoder, feed)
{
	zend_string *bytes;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_STR(bytes)
	ZEND_PARSE_PARAMETERS_END();
	decoder_t *decoder = decoder_this(ZEND_THIS);
	if (!decoder) {
		RETURN_THROWS();
	}
	if (decoder->failed) {
		php_mqs_throw_fault(&decoder->fault);
		RETURN_THROWS();
	}
	decoder_feed(decoder, bytes);
}

ZEND_METHOD(MqttServer_Codec_Decoder, next)
{
	ZEND_PARSE_PARAMETERS_NONE();
	decoder_t *decoder = decoder_this(ZEND_THIS);
	if (!decoder) {
		RETURN_THROWS();
	}
	mqs_bytes frame;
	mqs_result result = decoder->failed ? MQS_ERR_CLOSED : decoder_frame(decoder, &frame);
	if (result == MQS_OK) {
		/* A packet that is most of the input shares it; of a larger input a small packet would keep too much alive. */
		const uint8_t *start = (const uint8_t *)ZSTR_VAL(decoder->input);
		bool shared = frame.ptr >= start && frame.ptr < start + ZSTR_LEN(decoder->input) &&
		              frame.len >= ZSTR_LEN(decoder->input) / 2;
		result = php_mqs_packet_create(
		    return_value, shared ? decoder->input : NULL, frame, decoder->level, NULL, &decoder->fault);
		if (result == MQS_OK) {
			decoder->level = php_mqs_packet_get(return_value)->level;
		}
	}
	if (result != MQS_OK && result != MQS_NEED_MORE) {
		decoder_fail(decoder);
		php_mqs_throw_fault(&decoder->fault);
	}
}

ZEND_METHOD(MqttServer_Codec_Decoder, hasFault)
{
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_BOOL(decoder_of(Z_OBJ_P(ZEND_THIS))->failed);
}

ZEND_METHOD(MqttServer_Codec_Decoder, getPendingBytes)
{
	ZEND_PARSE_PARAMETERS_NONE();
	decoder_t *decoder = decoder_of(Z_OBJ_P(ZEND_THIS));
	size_t input = decoder->input ? ZSTR_LEN(decoder->input) - decoder->used : 0;
	RETURN_LONG((zend_long)(input + mqs_framer_held(&decoder->framer)));
}

ZEND_METHOD(MqttServer_Codec_Decoder, getProtocolLevel)
{
	ZEND_PARSE_PARAMETERS_NONE();
	decoder_t *decoder = decoder_this(ZEND_THIS);
	if (!decoder) {
		RETURN_THROWS();
	}
	RETURN_LONG(decoder->level);
}
