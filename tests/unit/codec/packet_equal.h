/* SPDX-License-Identifier: MIT
 *
 * tests/unit/codec/packet_equal.h - do two decoded packets say the same? For round trips, in unit tests and fuzzing.
 */
#ifndef MQS_TESTS_PACKET_EQUAL_H
#define MQS_TESTS_PACKET_EQUAL_H

#include "codec/codec.h"

static inline bool props_equal(const mqs_props *a, const mqs_props *b)
{
	mqs_bytes rest_a = a->raw;
	mqs_bytes rest_b = b->raw;
	mqs_prop x;
	mqs_prop y;
	size_t turns = a->raw.len + 1;
	while (turns-- > 0 && mqs_props_next(&rest_a, &x)) {
		if (!mqs_props_next(&rest_b, &y) || x.id != y.id || x.kind != y.kind || x.number != y.number ||
		    !mqs_bytes_equal(x.bytes, y.bytes) || !mqs_bytes_equal(x.value, y.value)) {
			return false;
		}
	}
	return rest_a.len == 0 && rest_b.len == 0 && a->present == b->present &&
	       a->user_property_count == b->user_property_count &&
	       a->subscription_identifier_count == b->subscription_identifier_count && mqs_bytes_equal(a->raw, b->raw);
}

static inline bool connect_equal(const mqs_connect *a, const mqs_connect *b)
{
	return a->level == b->level && a->clean_start == b->clean_start && a->has_will == b->has_will &&
	       a->has_username == b->has_username && a->has_password == b->has_password &&
	       a->will_retain == b->will_retain && a->will_qos == b->will_qos && a->keep_alive_s == b->keep_alive_s &&
	       mqs_bytes_equal(a->client_id, b->client_id) && mqs_bytes_equal(a->will_topic, b->will_topic) &&
	       mqs_bytes_equal(a->will_payload, b->will_payload) && mqs_bytes_equal(a->username, b->username) &&
	       mqs_bytes_equal(a->password, b->password) && props_equal(&a->props, &b->props) &&
	       props_equal(&a->will_props, &b->will_props);
}

static inline bool packet_equal(const mqs_packet *a, const mqs_packet *b)
{
	if (a->type != b->type || a->level != b->level) {
		return false;
	}
	switch (a->type) {
		case MQTT_PKT_CONNECT: return connect_equal(&a->connect, &b->connect);
		case MQTT_PKT_CONNACK:
			return a->connack.session_present == b->connack.session_present && a->connack.code == b->connack.code &&
			       props_equal(&a->connack.props, &b->connack.props);
		case MQTT_PKT_PUBLISH:
			return a->publish.dup == b->publish.dup && a->publish.retain == b->publish.retain &&
			       a->publish.qos == b->publish.qos && a->publish.packet_id == b->publish.packet_id &&
			       mqs_bytes_equal(a->publish.topic, b->publish.topic) &&
			       mqs_bytes_equal(a->publish.payload, b->publish.payload) &&
			       props_equal(&a->publish.props, &b->publish.props);
		case MQTT_PKT_SUBSCRIBE:
		case MQTT_PKT_UNSUBSCRIBE:
			return a->subscribe.packet_id == b->subscribe.packet_id && a->subscribe.count == b->subscribe.count &&
			       mqs_bytes_equal(a->subscribe.entries, b->subscribe.entries) &&
			       props_equal(&a->subscribe.props, &b->subscribe.props);
		case MQTT_PKT_SUBACK:
		case MQTT_PKT_UNSUBACK:
			return a->suback.packet_id == b->suback.packet_id && mqs_bytes_equal(a->suback.codes, b->suback.codes) &&
			       props_equal(&a->suback.props, &b->suback.props);
		case MQTT_PKT_PINGREQ:
		case MQTT_PKT_PINGRESP: return true;
		case MQTT_PKT_DISCONNECT:
		case MQTT_PKT_AUTH:
			return a->reasoned.reason == b->reasoned.reason && props_equal(&a->reasoned.props, &b->reasoned.props);
		default:
			return a->ack.packet_id == b->ack.packet_id && a->ack.reason == b->ack.reason &&
			       props_equal(&a->ack.props, &b->ack.props);
	}
}

#endif
