/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/packet_words.h - packets as words, both ways: "PUBLISH q=1 id=7 t=a/b p=hi exp=60".
 *
 *     CONNECT v5 id= clean ka= user= pass= will= wp= wq= wr, properties, w.PROPERTY for those of the will
 *     PUBLISH dup q= r id= t= p= | SUBSCRIBE id= f= q= nl rap rh= f= … | UNSUBSCRIBE id= f= f= …
 *     PUBACK PUBREC PUBREL PUBCOMP id= rc= | DISCONNECT rc= | AUTH rc= | PINGREQ
 *
 * Properties by short names, see prop_names. Reason codes are two hex digits.
 */
#ifndef MQS_TESTS_PACKET_WORDS_H
#define MQS_TESTS_PACKET_WORDS_H

#include <stdio.h>
#include <stdlib.h>

#include "codec/codec.h"

/* Memory of the tests themselves: never fails, not counted. */
static void *words_resize(void *ctx, void *ptr, size_t size)
{
	(void)ctx;
	return realloc(ptr, size);
}

static void *words_acquire(void *ctx, size_t size)
{
	return words_resize(ctx, NULL, size);
}

static void words_release(void *ctx, void *ptr)
{
	(void)ctx;
	free(ptr);
}

static const mqs_alloc words_alloc = {NULL, words_acquire, words_resize, words_release};

static const struct {
	const char *name;
	mqtt_property id;
} prop_names[] = {{"pfi", MQTT_PROP_PAYLOAD_FORMAT_INDICATOR}, {"exp", MQTT_PROP_MESSAGE_EXPIRY_INTERVAL},
    {"ct", MQTT_PROP_CONTENT_TYPE}, {"rt", MQTT_PROP_RESPONSE_TOPIC}, {"cd", MQTT_PROP_CORRELATION_DATA},
    {"sub", MQTT_PROP_SUBSCRIPTION_IDENTIFIER}, {"sei", MQTT_PROP_SESSION_EXPIRY_INTERVAL},
    {"aci", MQTT_PROP_ASSIGNED_CLIENT_IDENTIFIER}, {"ska", MQTT_PROP_SERVER_KEEP_ALIVE},
    {"am", MQTT_PROP_AUTHENTICATION_METHOD}, {"ad", MQTT_PROP_AUTHENTICATION_DATA},
    {"rpi", MQTT_PROP_REQUEST_PROBLEM_INFORMATION}, {"wdi", MQTT_PROP_WILL_DELAY_INTERVAL},
    {"rri", MQTT_PROP_REQUEST_RESPONSE_INFORMATION}, {"ri", MQTT_PROP_RESPONSE_INFORMATION},
    {"sr", MQTT_PROP_SERVER_REFERENCE}, {"rs", MQTT_PROP_REASON_STRING}, {"rm", MQTT_PROP_RECEIVE_MAXIMUM},
    {"tam", MQTT_PROP_TOPIC_ALIAS_MAXIMUM}, {"alias", MQTT_PROP_TOPIC_ALIAS}, {"mq", MQTT_PROP_MAXIMUM_QOS},
    {"ra", MQTT_PROP_RETAIN_AVAILABLE}, {"up", MQTT_PROP_USER_PROPERTY}, {"mps", MQTT_PROP_MAXIMUM_PACKET_SIZE},
    {"wsa", MQTT_PROP_WILDCARD_SUBSCRIPTION_AVAILABLE}, {"sia", MQTT_PROP_SUBSCRIPTION_IDENTIFIER_AVAILABLE},
    {"ssa", MQTT_PROP_SHARED_SUBSCRIPTION_AVAILABLE}};

#define PROP_NAMES (sizeof(prop_names) / sizeof(prop_names[0]))

/* ---- to words ------------------------------------------------------------------------------------------------ */

typedef struct words {
	char *at, *end;
} words;

__attribute__((format(printf, 2, 3))) static void put(words *out, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int len = vsnprintf(out->at, (size_t)(out->end - out->at), format, args);
	va_end(args);
	out->at += len < out->end - out->at ? len : out->end - out->at - 1;
}

static uint8_t pattern(size_t at)
{
	return (uint8_t)(at * 7 % 251);
}

/* Text as it is; a long one as #N, or !N when it is not the pattern. */
static void put_bytes(words *out, const char *name, mqs_bytes bytes)
{
	size_t good = 0;
	if (bytes.len <= 100) {
		put(out, " %s=%.*s", name, (int)bytes.len, (const char *)bytes.ptr);
		return;
	}
	while (good < bytes.len && bytes.ptr[good] == pattern(good)) {
		good++;
	}
	put(out, " %s=%c%zu", name, good == bytes.len ? '#' : '!', bytes.len);
}

static void put_props(words *out, const mqs_props *props)
{
	mqs_bytes rest = props->raw;
	mqs_prop prop;
	while (mqs_props_next(&rest, &prop)) {
		const char *name = "?";
		for (size_t i = 0; i < PROP_NAMES; i++) {
			name = prop_names[i].id == prop.id ? prop_names[i].name : name;
		}
		if (prop.kind == MQS_PROP_PAIR) {
			put(out, " %s=%.*s:%.*s", name, (int)prop.bytes.len, (const char *)prop.bytes.ptr, (int)prop.value.len,
			    (const char *)prop.value.ptr);
		} else if (prop.kind >= MQS_PROP_STRING) {
			put_bytes(out, name, prop.bytes);
		} else {
			put(out, " %s=%u", name, prop.number);
		}
	}
}

/* Packets that a server sends. */
__attribute__((unused)) static void words_of_packet(char *text, size_t size, const mqs_packet *packet)
{
	words out = {text, text + size};
	put(&out, "%s", mqs_packet_type_name((uint8_t)packet->type));
	switch (packet->type) {
		case MQTT_PKT_CONNACK:
			put(&out, " rc=%02X sp=%d", packet->connack.code, packet->connack.session_present);
			put_props(&out, &packet->connack.props);
			break;
		case MQTT_PKT_PUBLISH:
			put(&out, "%s q=%d%s", packet->publish.dup ? " dup" : "", packet->publish.qos,
			    packet->publish.retain ? " r" : "");
			if (packet->publish.qos) {
				put(&out, " id=%u", packet->publish.packet_id);
			}
			put_bytes(&out, "t", packet->publish.topic);
			put_bytes(&out, "p", packet->publish.payload);
			put_props(&out, &packet->publish.props);
			break;
		case MQTT_PKT_PUBACK:
		case MQTT_PKT_PUBREC:
		case MQTT_PKT_PUBREL:
		case MQTT_PKT_PUBCOMP:
			put(&out, " id=%u", packet->ack.packet_id);
			if (packet->ack.reason) {
				put(&out, " rc=%02X", packet->ack.reason);
			}
			put_props(&out, &packet->ack.props);
			break;
		case MQTT_PKT_SUBACK:
		case MQTT_PKT_UNSUBACK:
			put(&out, " id=%u", packet->suback.packet_id);
			for (size_t i = 0; i < packet->suback.codes.len; i++) {
				put(&out, " %02X", packet->suback.codes.ptr[i]);
			}
			put_props(&out, &packet->suback.props);
			break;
		case MQTT_PKT_DISCONNECT:
		case MQTT_PKT_AUTH:
			put(&out, " rc=%02X", packet->reasoned.reason);
			put_props(&out, &packet->reasoned.props);
			break;
		default: break;
	}
}

/* ---- from words ---------------------------------------------------------------------------------------------- */

/* All that words can say, before it is known what for. */
typedef struct spoken {
	mqs_packet packet;
	mqs_buffer props, will_props, entries, payload;
	mqs_subscription_entry entry;
	bool has_entry;
} spoken;

static mqs_bytes word_bytes(const char *value)
{
	return mqs_bytes_make(value, strlen(value));
}

static bool take_prop(mqs_buffer *out, const char *name, const char *value)
{
	for (size_t i = 0; i < PROP_NAMES; i++) {
		if (strcmp(prop_names[i].name, name) != 0) {
			continue;
		}
		mqtt_property id = prop_names[i].id;
		mqs_prop_kind kind = mqs_prop_kind_of((uint32_t)id);
		if (kind == MQS_PROP_PAIR) {
			const char *colon = strchr(value, ':');
			return colon && mqs_props_write_pair(
			                    out, mqs_bytes_make(value, (size_t)(colon - value)), word_bytes(colon + 1)) == MQS_OK;
		}
		if (kind >= MQS_PROP_STRING) {
			return mqs_props_write_bytes(out, id, word_bytes(value)) == MQS_OK;
		}
		return mqs_props_write_number(out, id, (uint32_t)strtoul(value, NULL, 10)) == MQS_OK;
	}
	return false;
}

static void end_entry(spoken *s)
{
	if (s->has_entry && s->packet.type == MQTT_PKT_SUBSCRIBE) {
		mqs_subscribe_write(&s->entries, s->packet.level, &s->entry);
	} else if (s->has_entry) {
		mqs_unsubscribe_write(&s->entries, s->entry.filter);
	}
	s->has_entry = false;
}

static void take_payload(spoken *s, const char *value)
{
	size_t len = value[0] == '#' ? strtoul(value + 1, NULL, 10) : strlen(value);
	if (mqs_buffer_reserve(&s->payload, len) != MQS_OK) {
		return;
	}
	for (size_t i = 0; i < len; i++) {
		s->payload.ptr[i] = value[0] == '#' ? pattern(i) : (uint8_t)value[i];
	}
	s->payload.len = len;
}

static bool take_connect(spoken *s, const char *name, const char *value)
{
	mqs_connect *c = &s->packet.connect;
	if (strcmp(name, "clean") == 0) {
		c->clean_start = true;
	} else if (strcmp(name, "id") == 0) {
		c->client_id = word_bytes(value);
	} else if (strcmp(name, "ka") == 0) {
		c->keep_alive_s = (uint16_t)strtoul(value, NULL, 10);
	} else if (strcmp(name, "user") == 0) {
		c->has_username = true;
		c->username = word_bytes(value);
	} else if (strcmp(name, "pass") == 0) {
		c->has_password = true;
		c->password = word_bytes(value);
	} else if (strcmp(name, "will") == 0) {
		c->has_will = true;
		c->will_topic = word_bytes(value);
	} else if (strcmp(name, "wp") == 0) {
		take_payload(s, value);
	} else if (strcmp(name, "wq") == 0) {
		c->will_qos = (uint8_t)strtoul(value, NULL, 10);
	} else if (strcmp(name, "wr") == 0) {
		c->will_retain = true;
	} else if (strncmp(name, "w.", 2) == 0) {
		return take_prop(&s->will_props, name + 2, value);
	} else {
		return take_prop(&s->props, name, value);
	}
	return true;
}

static bool take_publish(spoken *s, const char *name, const char *value)
{
	mqs_publish *p = &s->packet.publish;
	if (strcmp(name, "dup") == 0) {
		p->dup = true;
	} else if (strcmp(name, "q") == 0) {
		p->qos = (uint8_t)strtoul(value, NULL, 10);
	} else if (strcmp(name, "r") == 0) {
		p->retain = true;
	} else if (strcmp(name, "id") == 0) {
		p->packet_id = (uint16_t)strtoul(value, NULL, 10);
	} else if (strcmp(name, "t") == 0) {
		p->topic = word_bytes(value);
	} else if (strcmp(name, "p") == 0) {
		take_payload(s, value);
	} else {
		return take_prop(&s->props, name, value);
	}
	return true;
}

static bool take_subscribe(spoken *s, const char *name, const char *value)
{
	if (strcmp(name, "id") == 0) {
		s->packet.subscribe.packet_id = (uint16_t)strtoul(value, NULL, 10);
	} else if (strcmp(name, "f") == 0) {
		end_entry(s);
		s->entry = (mqs_subscription_entry){.filter = word_bytes(value)};
		s->has_entry = true;
	} else if (strcmp(name, "q") == 0) {
		s->entry.qos = (uint8_t)strtoul(value, NULL, 10);
	} else if (strcmp(name, "nl") == 0) {
		s->entry.no_local = true;
	} else if (strcmp(name, "rap") == 0) {
		s->entry.retain_as_published = true;
	} else if (strcmp(name, "rh") == 0) {
		s->entry.retain_handling = (uint8_t)strtoul(value, NULL, 10);
	} else {
		return take_prop(&s->props, name, value);
	}
	return true;
}

static bool take_word(spoken *s, const char *name, const char *value)
{
	bool ack = s->packet.type >= MQTT_PKT_PUBACK && s->packet.type <= MQTT_PKT_PUBCOMP;
	switch (s->packet.type) {
		case MQTT_PKT_CONNECT: return take_connect(s, name, value);
		case MQTT_PKT_PUBLISH: return take_publish(s, name, value);
		case MQTT_PKT_SUBSCRIBE:
		case MQTT_PKT_UNSUBSCRIBE: return take_subscribe(s, name, value);
		default: break;
	}
	if (ack && strcmp(name, "id") == 0) {
		s->packet.ack.packet_id = (uint16_t)strtoul(value, NULL, 10);
	} else if (strcmp(name, "rc") == 0) {
		*(ack ? &s->packet.ack.reason : &s->packet.reasoned.reason) = (uint8_t)strtoul(value, NULL, 16);
	} else {
		return take_prop(&s->props, name, value);
	}
	return true;
}

/* Puts views to what was collected into the packet. */
static void complete_packet(spoken *s)
{
	mqs_packet *packet = &s->packet;
	mqs_bytes props = mqs_buffer_view(&s->props);
	end_entry(s);
	switch (packet->type) {
		case MQTT_PKT_CONNECT:
			packet->connect.level = packet->level;
			packet->connect.props.raw = props;
			packet->connect.will_props.raw = mqs_buffer_view(&s->will_props);
			packet->connect.will_payload = mqs_buffer_view(&s->payload);
			break;
		case MQTT_PKT_PUBLISH:
			packet->publish.props.raw = props;
			packet->publish.payload = mqs_buffer_view(&s->payload);
			break;
		case MQTT_PKT_SUBSCRIBE:
		case MQTT_PKT_UNSUBSCRIBE:
			packet->subscribe.props.raw = props;
			packet->subscribe.entries = mqs_buffer_view(&s->entries);
			break;
		case MQTT_PKT_DISCONNECT:
		case MQTT_PKT_AUTH: packet->reasoned.props.raw = props; break;
		default: packet->ack.props.raw = props; break;
	}
}

/* Appends the packet to `out`. *level is that of the connection; CONNECT sets it. False: not understood. */
static bool packet_of_words(const char *line, uint8_t *level, mqs_buffer *out)
{
	spoken s;
	bool good = true;
	char *copy = strdup(line), *save = NULL;
	char *word = strtok_r(copy, " ", &save);
	memset(&s, 0, sizeof(s));
	mqs_buffer_init(&s.props, &words_alloc, MQTT_VARINT_MAX);
	mqs_buffer_init(&s.will_props, &words_alloc, MQTT_VARINT_MAX);
	mqs_buffer_init(&s.entries, &words_alloc, MQTT_VARINT_MAX);
	mqs_buffer_init(&s.payload, &words_alloc, MQTT_VARINT_MAX);
	for (uint8_t type = 1; word && type < 16; type++) {
		if (strcmp(word, mqs_packet_type_name(type)) == 0) {
			s.packet.type = (mqtt_packet_type)type;
		}
	}
	while ((word = strtok_r(NULL, " ", &save)) != NULL && good) {
		if (s.packet.type == MQTT_PKT_CONNECT && word[0] == 'v' && word[1] && !word[2]) {
			*level = (uint8_t)(word[1] - '0');
			continue;
		}
		s.packet.level = *level;
		char *equals = strchr(word, '=');
		if (equals) {
			*equals = 0;
		}
		good = take_word(&s, word, equals ? equals + 1 : "");
	}
	s.packet.level = *level;
	complete_packet(&s);
	good = good && s.packet.type && mqs_packet_encode(&s.packet, out) == MQS_OK;
	mqs_buffer_clear(&s.props);
	mqs_buffer_clear(&s.will_props);
	mqs_buffer_clear(&s.entries);
	mqs_buffer_clear(&s.payload);
	free(copy);
	return good;
}

#endif
