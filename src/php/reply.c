/* SPDX-License-Identifier: MIT
 *
 * src/php/reply.c - what a response says, put into the broker's reply.
 *
 * Two ways lead in: the typed helpers of the response, and its body, which goes to the client as it is and whose
 * packets are read for their verdict.
 */
#include "reply.h"
#include "message.h"

static mqs_bytes hold(php_mqs_server *server, php_mqs_held purpose, zend_string *string)
{
	zend_string *before = server->replies->held[purpose];
	server->replies->held[purpose] = zend_string_copy(string);
	if (before) {
		zend_string_release(before);
	}
	return mqs_bytes_make(ZSTR_VAL(string), ZSTR_LEN(string));
}

/* ---- SUBSCRIBE and UNSUBSCRIBE ---- */

/* One code: a failure stands, a QoS can only lower what was asked for. */
static void merge_code(mqs_reply *reply, mqs_event_kind kind, uint32_t index, uint8_t code)
{
	uint8_t *now = &reply->codes[index];
	if (code >= 0x80 || kind == MQS_EVENT_UNSUBSCRIBE) {
		*now = code;
	} else if (*now < 0x80 && code <= 2) {
		*now = MIN(*now, code);
	}
}

void php_mqs_reply_cap_qos(mqs_reply *reply, mqs_event_kind kind, uint8_t qos)
{
	for (uint32_t i = 0; kind == MQS_EVENT_SUBSCRIBE && i < reply->code_count; i++) {
		merge_code(reply, kind, i, qos);
	}
}

static void apply_granted(mqs_event *event, HashTable *granted)
{
	zval *code;
	uint32_t index = 0;
	if (event->kind != MQS_EVENT_SUBSCRIBE && event->kind != MQS_EVENT_UNSUBSCRIBE) {
		return;
	}
	ZEND_HASH_FOREACH_VAL (granted, code) {
		if (index < event->reply->code_count) {
			merge_code(event->reply, event->kind, index++, (uint8_t)zval_get_long(code));
		}
	}
	ZEND_HASH_FOREACH_END();
}

/* ---- properties ---- */

static mqtt_packet_type reply_type(const mqs_event *event)
{
	switch (event->kind) {
		case MQS_EVENT_CONNECT: return MQTT_PKT_CONNACK;
		case MQS_EVENT_AUTH: return MQTT_PKT_AUTH;
		case MQS_EVENT_SUBSCRIBE: return MQTT_PKT_SUBACK;
		case MQS_EVENT_UNSUBSCRIBE: return MQTT_PKT_UNSUBACK;
		default: return MQTT_PKT_PUBACK;
	}
}

static zend_result append_user_properties(mqs_buffer *out, HashTable *pairs)
{
	zval *pair;
	ZEND_HASH_FOREACH_VAL (pairs, pair) {
		zval *name = zend_hash_index_find(Z_ARRVAL_P(pair), 0);
		zval *value = zend_hash_index_find(Z_ARRVAL_P(pair), 1);
		if (mqs_props_write_pair(out, mqs_bytes_make(Z_STRVAL_P(name), Z_STRLEN_P(name)),
		        mqs_bytes_make(Z_STRVAL_P(value), Z_STRLEN_P(value))) != MQS_OK) {
			zend_value_error("User property \"%s\" of a response cannot be sent", Z_STRVAL_P(name));
			return FAILURE;
		}
	}
	ZEND_HASH_FOREACH_END();
	return SUCCESS;
}

/* Appends the properties of `raw` that `changes` does not set anew; user properties are added to, never replaced. */
static zend_result append_kept(mqs_buffer *out, mqs_bytes raw, mqs_bytes changes)
{
	mqs_prop prop;
	uint64_t changed = 0;
	while (mqs_props_next(&changes, &prop)) {
		changed |= MQS_PROP_BIT(prop.id);
	}
	if (mqs_props_copy(out, raw, changed & ~MQS_PROP_BIT(MQTT_PROP_USER_PROPERTY)) != MQS_OK) {
		zend_throw_error(NULL, "Out of memory");
		return FAILURE;
	}
	return SUCCESS;
}

/* Properties of the message that will be routed: those of the publisher, changed and added to. */
static zend_result apply_message_props(php_mqs_server *server, mqs_event *event, const php_mqs_response_t *said)
{
	mqs_buffer changes;
	mqs_buffer *out = &server->replies->message_props;
	mqs_publish *publish = event->reply->publish;
	mqs_buffer_init(&changes, &php_mqs_alloc, MQTT_VARINT_MAX);
	zend_result result = SUCCESS;
	if (said->properties) {
		result = php_mqs_props_from_array(said->properties, MQTT_PKT_PUBLISH, false, &changes);
	}
	if (result == SUCCESS && said->user_properties) {
		result = append_user_properties(&changes, said->user_properties);
	}
	if (result == SUCCESS && changes.len > 0) {
		mqs_bytes view = mqs_buffer_view(&changes);
		out->len = 0;
		result = append_kept(out, publish->props.raw, view);
		if (result == SUCCESS && mqs_buffer_append(out, view) != MQS_OK) {
			zend_throw_error(NULL, "Out of memory");
			result = FAILURE;
		}
		publish->props.raw = mqs_buffer_view(out);
	}
	mqs_buffer_clear(&changes);
	return result;
}

/* Properties of the reply packet. An identifier that is assigned to a client is more than a property. */
static zend_result apply_reply_props(
    php_mqs_server *server, mqs_event *event, const php_mqs_response_t *said, bool with_properties)
{
	mqs_buffer *out = &server->replies->reply_props;
	zend_result result = SUCCESS;
	out->len = 0;
	if (with_properties && said->properties) {
		HashTable *properties = zend_array_dup(said->properties);
		zval *assigned = zend_hash_str_find(properties, ZEND_STRL("assigned_client_identifier"));
		if (assigned && event->kind == MQS_EVENT_CONNECT && Z_TYPE_P(assigned) == IS_STRING) {
			event->reply->client_id = hold(server, PHP_MQS_HELD_CLIENT_ID, Z_STR_P(assigned));
			zend_hash_str_del(properties, ZEND_STRL("assigned_client_identifier"));
		}
		result = php_mqs_props_from_array(properties, reply_type(event), false, out);
		zend_array_release(properties);
	}
	if (result == SUCCESS && with_properties && said->user_properties) {
		result = append_user_properties(out, said->user_properties);
	}
	if (result == SUCCESS && said->reason_string) {
		mqs_bytes text = mqs_bytes_make(ZSTR_VAL(said->reason_string), ZSTR_LEN(said->reason_string));
		if (mqs_props_write_bytes(out, MQTT_PROP_REASON_STRING, text) != MQS_OK) {
			zend_value_error("Reason string of a response must be valid UTF-8 of at most 65535 bytes");
			result = FAILURE;
		}
	}
	if (result == SUCCESS && out->len > 0) {
		event->reply->props = mqs_buffer_view(out);
	}
	return result;
}

/* ---- the message of a PUBLISH ---- */

static zend_result apply_message(php_mqs_server *server, mqs_event *event, const php_mqs_response_t *said)
{
	mqs_publish *publish = event->reply->publish;
	bool delivery = event->kind == MQS_EVENT_DELIVER;
	if (delivery && (said->topic || said->retain >= 0)) {
		zend_value_error("Topic and RETAIN of a delivery cannot be changed");
		return FAILURE;
	}
	if (said->topic) {
		mqs_bytes topic = mqs_bytes_make(ZSTR_VAL(said->topic), ZSTR_LEN(said->topic));
		uint32_t levels = (uint32_t)server->options.broker.max_topic_levels;
		if (!mqs_topic_name_valid(topic, levels) || !mqs_utf8_valid(topic) || topic.len > 65535) {
			zend_value_error("Topic of a response must be a topic name of at most %u levels", levels);
			return FAILURE;
		}
		publish->topic = hold(server, PHP_MQS_HELD_TOPIC, said->topic);
	}
	if (said->payload) {
		publish->payload = hold(server, PHP_MQS_HELD_PAYLOAD, said->payload);
	}
	if (said->qos >= 0 && (!delivery || said->qos < publish->qos)) {
		publish->qos = (uint8_t)said->qos;
	}
	if (said->retain >= 0) {
		publish->retain = said->retain != 0;
	}
	return apply_message_props(server, event, said);
}

/* ---- the body ---- */

static uint8_t reason_of_return_code(uint8_t code)
{
	switch (code) {
		case MQTT_CRC_UNACCEPTABLE_PROTOCOL_VERSION: return MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION;
		case MQTT_CRC_IDENTIFIER_REJECTED: return MQTT_RC_CLIENT_IDENTIFIER_NOT_VALID;
		case MQTT_CRC_SERVER_UNAVAILABLE: return MQTT_RC_SERVER_UNAVAILABLE;
		case MQTT_CRC_BAD_USER_NAME_OR_PASSWORD: return MQTT_RC_BAD_USER_NAME_OR_PASSWORD;
		default: return MQTT_RC_NOT_AUTHORIZED;
	}
}

/* What one packet of the body means for the event; only the reply to it means anything. */
static void judge_packet(mqs_event *event, const mqs_packet *packet, mqs_verdict *verdict)
{
	uint8_t reason = 0;
	switch (packet->type) {
		case MQTT_PKT_CONNACK:
			if (event->kind == MQS_EVENT_CONNECT && packet->connack.code) {
				reason =
				    packet->level == MQTT_LEVEL_5 ? packet->connack.code : reason_of_return_code(packet->connack.code);
			}
			break;
		case MQTT_PKT_PUBACK:
		case MQTT_PKT_PUBREC: reason = event->kind == MQS_EVENT_PUBLISH ? packet->ack.reason : 0; break;
		case MQTT_PKT_AUTH:
			if (event->kind == MQS_EVENT_AUTH) {
				event->reply->reason = packet->reasoned.reason;
			}
			break;
		case MQTT_PKT_SUBACK:
			for (uint32_t i = 0; event->kind == MQS_EVENT_SUBSCRIBE && i < event->reply->code_count; i++) {
				merge_code(
				    event->reply, event->kind, i, i < packet->suback.codes.len ? packet->suback.codes.ptr[i] : 0x80);
			}
			break;
		case MQTT_PKT_DISCONNECT: event->reply->close = true; break;
		default: break;
	}
	if (reason >= 0x80) {
		event->reply->reason = reason;
		*verdict = MQS_DENY;
	}
}

/* False: it does not hold whole packets, and goes to the client as it is. */
static bool apply_body(php_mqs_server *server, mqs_event *event, zend_string *body, mqs_verdict *verdict)
{
	static const mqs_codec_limits no_limits = {UINT32_MAX, UINT32_MAX};
	mqs_bytes rest = hold(server, PHP_MQS_HELD_BODY, body);
	mqs_client_info info = {.level = MQTT_LEVEL_3_1_1};
	mqs_fault fault;
	event->reply->packet = rest;
	if (event->packet) {
		info.level = event->packet->type == MQTT_PKT_CONNECT ? event->packet->connect.level : event->packet->level;
	}
	while (rest.len > 0) {
		size_t total;
		mqs_packet packet;
		if (mqs_frame_peek(rest, 0, &total, &fault) != MQS_OK || total > rest.len ||
		    mqs_packet_decode(mqs_bytes_make(rest.ptr, total), info.level, &no_limits, &packet, &fault) != MQS_OK) {
			return false;
		}
		judge_packet(event, &packet, verdict);
		rest = mqs_bytes_make(rest.ptr + total, rest.len - total);
	}
	return true;
}

/* No PHP code runs in here: what the reply points into must not be replaced meanwhile. */
static zend_result apply_said(
    php_mqs_server *server, mqs_event *event, const php_mqs_response_t *said, mqs_verdict *verdict)
{
	mqs_reply *reply = event->reply;
	bool delivery = event->kind == MQS_EVENT_DELIVER;
	bool message = (event->kind == MQS_EVENT_PUBLISH || delivery) && event->phase == MQS_PHASE_BEFORE && reply->publish;
	if (said->reason_code >= 0) {
		reply->reason = (uint8_t)said->reason_code;
	}
	if (said->denied && reply->reason < 0x80) {
		reply->reason = MQTT_RC_NOT_AUTHORIZED;
	}
	if (reply->reason >= 0x80 && (said->denied || said->reason_code >= 0x80)) {
		*verdict = MQS_DENY;
	}
	reply->no_routing |= said->unrouted;
	reply->close |= said->closed;
	if (said->granted_qos) {
		apply_granted(event, said->granted_qos);
	}
	if (message && apply_message(server, event, said) == FAILURE) {
		return FAILURE;
	}
	return apply_reply_props(server, event, said, event->kind != MQS_EVENT_PUBLISH && !delivery);
}

zend_result php_mqs_reply_apply(
    php_mqs_server *server, mqs_event **asked, zval *response, mqs_verdict *verdict, bool *odd_body)
{
	php_mqs_response_t said;
	zend_string *body = php_mqs_response_body(response);
	if (EG(exception) || php_mqs_response_read(response, &said) == FAILURE) {
		if (body) {
			zend_string_release(body);
		}
		return FAILURE;
	}
	php_mqs_replies_release(server);
	mqs_event *event = *asked;
	zend_result result = apply_said(server, event, &said, verdict);
	if (body) {
		if (result == SUCCESS) {
			*odd_body = !apply_body(server, event, body, verdict);
		}
		zend_string_release(body);
	}
	return EG(exception) ? FAILURE : result;
}

/* ---- what replies point into ---- */

static void store_init(php_mqs_reply_store *store)
{
	memset(store, 0, sizeof(*store));
	mqs_buffer_init(&store->reply_props, &php_mqs_alloc, MQTT_VARINT_MAX);
	mqs_buffer_init(&store->message_props, &php_mqs_alloc, MQTT_VARINT_MAX);
}

static void store_release(php_mqs_reply_store *store)
{
	for (int i = 0; i < PHP_MQS_HELD_COUNT; i++) {
		if (store->held[i]) {
			zend_string_release(store->held[i]);
			store->held[i] = NULL;
		}
	}
	store->reply_props.len = 0;
	store->message_props.len = 0;
}

void php_mqs_replies_init(php_mqs_server *server)
{
	store_init(&server->first_replies);
	server->replies = &server->first_replies;
}

void php_mqs_replies_clear(php_mqs_server *server)
{
	php_mqs_reply_store *store = &server->first_replies;
	while (store) {
		php_mqs_reply_store *inner = store->inner;
		store_release(store);
		mqs_buffer_clear(&store->reply_props);
		mqs_buffer_clear(&store->message_props);
		if (store != &server->first_replies) {
			efree(store);
		}
		store = inner;
	}
	server->first_replies.inner = NULL;
}

void php_mqs_replies_release(php_mqs_server *server)
{
	store_release(server->replies);
}

void php_mqs_replies_deepen(php_mqs_reply_store *store)
{
	store->inner = emalloc(sizeof(*store->inner));
	store_init(store->inner);
}
