/* SPDX-License-Identifier: MIT
 *
 * tests/unit/codec/decode_test.c - what good packets say: every type, every field, every property.
 */
#include "harness.h"
#include "vectors.h"

static mqs_packet packet;
static uint8_t *packet_bytes;

/* Decodes one packet into `packet`; its bytes stay until the next call. */
static bool decode(uint8_t level, const char *text)
{
	free(packet_bytes);
	mqs_bytes in = packet_text(text);
	packet_bytes = (uint8_t *)(uintptr_t)in.ptr;
	mqs_fault fault = {0};
	size_t total = 0;
	memset(&packet, 0xA5, sizeof(packet)); /* nothing may depend on what was there */
	return CHECK_EQ(mqs_frame_peek(in, 0, &total, &fault), MQS_OK) && CHECK_EQ(total, in.len) &&
	       CHECK_EQ(mqs_packet_decode(in, level, NULL, &packet, &fault), MQS_OK) && CHECK_EQ(packet.level, level);
}

static bool is(mqs_bytes bytes, const char *text)
{
	return mqs_bytes_equal(bytes, mqs_bytes_make(text, strlen(text)));
}

static bool no_props(const mqs_props *props)
{
	return props->present == 0 && props->raw.len == 0 && props->user_property_count == 0 &&
	       props->subscription_identifier_count == 0;
}

static void all_vectors(void)
{
	for (size_t i = 0; i < VECTORS; i++) {
		test_case("all_vectors: %s", vectors[i].name);
		decode(vectors[i].level, vectors[i].text);
	}
}

static void connect_of_each_level(void)
{
	const mqs_connect *c = &packet.connect;
	decode(3, "10 ~ 'MQIsdp' 03 F6 000A 'c' 'will/topic' 'gone' 'user' 'secret'");
	CHECK(c->level == 3 && c->clean_start && c->has_will && c->will_retain && c->will_qos == 2);
	CHECK(is(c->will_topic, "will/topic") && is(c->will_payload, "gone"));
	CHECK(c->has_username && is(c->username, "user") && c->has_password && is(c->password, "secret"));
	decode(3, "10 ~ 'MQIsdp' 03 C2 000A 'c' 'user'");
	CHECK(c->has_username && is(c->username, "user") && !c->has_password);
	decode(3, "10 ~ 'MQIsdp' 03 C2 000A 'c'");
	CHECK(!c->has_username && !c->has_password);
	decode(3, "10 ~ 'MQIsdp' 03 3B 000A 'c'");
	CHECK(!c->has_will && c->will_qos == 0 && !c->will_retain);
	decode(4, "10 ~ 'MQTT' 04 00 FFFE 'client'");
	CHECK(c->level == 4 && !c->clean_start && !c->has_will && !c->has_username && !c->has_password);
	CHECK(c->keep_alive_s == 65534 && is(c->client_id, "client") && no_props(&c->props) && no_props(&c->will_props));
	CHECK(c->will_topic.len == 0 && c->username.len == 0 && c->password.len == 0);
	decode(5, "10 ~ 'MQTT' 05 C2 000A [] 'c' '' ''");
	CHECK(c->level == 5 && c->has_username && c->username.len == 0 && c->has_password && c->password.len == 0);
	CHECK(no_props(&c->props) && no_props(&c->will_props));
}

static void connect_with_all_properties(void)
{
	const mqs_connect *c = &packet.connect;
	const mqs_props *p = &c->props;
	const mqs_props *w = &c->will_props;
	for (size_t i = 0; i < VECTORS; i++) {
		if (strcmp(vectors[i].name, "5.0 CONNECT with all") == 0) {
			decode(5, vectors[i].text);
		}
	}
	CHECK(mqs_props_has(p, MQTT_PROP_SESSION_EXPIRY_INTERVAL) && p->session_expiry_interval_s == 10);
	CHECK(mqs_props_has(p, MQTT_PROP_RECEIVE_MAXIMUM) && p->receive_maximum == 10);
	CHECK(mqs_props_has(p, MQTT_PROP_MAXIMUM_PACKET_SIZE) && p->maximum_packet_size == 4096);
	CHECK(mqs_props_has(p, MQTT_PROP_TOPIC_ALIAS_MAXIMUM) && p->topic_alias_maximum == 16);
	CHECK(mqs_props_has(p, MQTT_PROP_REQUEST_RESPONSE_INFORMATION) && p->request_response_information);
	CHECK(mqs_props_has(p, MQTT_PROP_REQUEST_PROBLEM_INFORMATION) && !p->request_problem_information);
	CHECK(mqs_props_has(p, MQTT_PROP_AUTHENTICATION_METHOD) && is(p->authentication_method, "SCRAM"));
	CHECK(mqs_props_has(p, MQTT_PROP_AUTHENTICATION_DATA) && p->authentication_data.len == 2);
	CHECK(mqs_props_has(p, MQTT_PROP_USER_PROPERTY) && p->user_property_count == 3);
	CHECK(!mqs_props_has(p, MQTT_PROP_TOPIC_ALIAS) && !mqs_props_has(p, MQTT_PROP_WILL_DELAY_INTERVAL));
	CHECK(mqs_props_has(w, MQTT_PROP_WILL_DELAY_INTERVAL) && w->will_delay_interval_s == 5);
	CHECK(mqs_props_has(w, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR) && w->payload_format_indicator == 1);
	CHECK(mqs_props_has(w, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL) && w->message_expiry_interval_s == 10);
	CHECK(mqs_props_has(w, MQTT_PROP_CONTENT_TYPE) && is(w->content_type, "text/plain"));
	CHECK(mqs_props_has(w, MQTT_PROP_RESPONSE_TOPIC) && is(w->response_topic, "reply/to"));
	CHECK(mqs_props_has(w, MQTT_PROP_CORRELATION_DATA) && w->correlation_data.len == 3);
	CHECK(w->user_property_count == 3);
	CHECK(is(c->client_id, "client") && is(c->will_topic, "will") && is(c->will_payload, "bye") && c->will_retain);
}

static void connack_with_all_properties(void)
{
	const mqs_props *p = &packet.connack.props;
	decode(4, "20 ~ 01 00");
	CHECK(packet.connack.session_present && packet.connack.code == 0 && no_props(p));
	decode(3, "20 ~ 00 05");
	CHECK(!packet.connack.session_present && packet.connack.code == MQTT_CRC_NOT_AUTHORIZED);
	for (size_t i = 0; i < VECTORS; i++) {
		if (strcmp(vectors[i].name, "5.0 CONNACK with all") == 0) {
			decode(5, vectors[i].text);
		}
	}
	CHECK(packet.connack.session_present && packet.connack.code == 0);
	CHECK_EQ(p->session_expiry_interval_s, 3600);
	CHECK_EQ(p->receive_maximum, 20);
	CHECK_EQ(p->maximum_qos, 1);
	CHECK_EQ(p->maximum_packet_size, 65536);
	CHECK(is(p->assigned_client_identifier, "auto-1"));
	CHECK_EQ(p->topic_alias_maximum, 10);
	CHECK(is(p->reason_string, "well"));
	CHECK(p->retain_available && p->wildcard_subscription_available && p->shared_subscription_available);
	CHECK(mqs_props_has(p, MQTT_PROP_SUBSCRIPTION_IDENTIFIER_AVAILABLE) && !p->subscription_identifier_available);
	CHECK_EQ(p->server_keep_alive_s, 30);
	CHECK(is(p->response_information, "resp/") && is(p->server_reference, "other.example:1883"));
	CHECK(is(p->authentication_method, "SCRAM") && p->authentication_data.ptr[0] == 0xFF);
	CHECK_EQ(p->user_property_count, 3);
}

static void publish_of_each_kind(void)
{
	const mqs_publish *p = &packet.publish;
	decode(4, "30 ~ 'a/b' 6869");
	CHECK(!p->dup && !p->retain && p->qos == 0 && p->packet_id == 0 && is(p->topic, "a/b") && is(p->payload, "hi"));
	CHECK(no_props(&p->props));
	decode(4, "3D ~ 'a/b' 0102 6869");
	CHECK(p->dup && p->retain && p->qos == 2 && p->packet_id == 0x0102 && is(p->payload, "hi"));
	decode(5, "32 ~ '' FFFF [23 1234] 6869");
	CHECK(p->qos == 1 && p->packet_id == 65535 && p->topic.len == 0 && p->props.topic_alias == 0x1234);
	CHECK(is(p->payload, "hi"));
	decode(5, "30 ~ 'x' [01 01 02 0000003C 08 'reply' 09 {0102} 0B 01 0B FFFFFF7F 03 'text/plain' 26 'k' 'v']");
	CHECK(p->props.payload_format_indicator == 1 && p->props.message_expiry_interval_s == 60);
	CHECK(is(p->props.response_topic, "reply") && p->props.correlation_data.len == 2);
	CHECK(p->props.subscription_identifier == 1 && p->props.subscription_identifier_count == 2);
	CHECK(is(p->props.content_type, "text/plain") && p->props.user_property_count == 1 && p->payload.len == 0);
}

static void acks(void)
{
	static const char *const short_form[] = {"40 ~ 1234", "50 ~ 1234", "62 ~ 1234", "70 ~ 1234"};
	static const char *const long_form[] = {
	    "40 ~ 1234 87 [1F 'no']", "50 ~ 1234 87 [1F 'no']", "62 ~ 1234 92 [1F 'no']", "70 ~ 1234 92 [1F 'no']"};
	for (int i = 0; i < 4; i++) {
		for (uint8_t level = 3; level <= 5; level++) {
			decode(level, short_form[i]);
			CHECK_EQ(packet.type, MQTT_PKT_PUBACK + i);
			CHECK(packet.ack.packet_id == 0x1234 && packet.ack.reason == 0 && no_props(&packet.ack.props));
		}
		decode(5, long_form[i]);
		CHECK(packet.ack.packet_id == 0x1234 && packet.ack.reason == (i < 2 ? 0x87 : 0x92));
		CHECK(is(packet.ack.props.reason_string, "no"));
	}
	decode(5, "40 ~ 0001 10");
	CHECK(packet.ack.reason == 0x10 && no_props(&packet.ack.props));
}

static void subscribe_and_its_entries(void)
{
	mqs_subscription_entry e;
	decode(5, "82 ~ 0102 [0B 80808001] 'a/b' 2E 'c' 1D '$share/group/x/#' 02");
	CHECK(packet.subscribe.packet_id == 0x0102 && packet.subscribe.count == 3);
	CHECK(packet.subscribe.props.subscription_identifier == 2097152);
	mqs_bytes rest = packet.subscribe.entries;
	CHECK(mqs_subscribe_next(&rest, 5, &e) && is(e.filter, "a/b") && e.qos == 2 && e.retain_handling == 2);
	CHECK(e.no_local && e.retain_as_published);
	CHECK(mqs_subscribe_next(&rest, 5, &e) && is(e.filter, "c") && e.qos == 1 && e.retain_handling == 1);
	CHECK(e.no_local && e.retain_as_published);
	CHECK(mqs_subscribe_next(&rest, 5, &e) && is(e.filter, "$share/group/x/#") && e.qos == 2);
	CHECK(!e.no_local && !e.retain_as_published && e.retain_handling == 0);
	CHECK(!mqs_subscribe_next(&rest, 5, &e) && rest.len == 0);
	decode(4, "82 ~ 0001 'a' 01 'b' 02");
	rest = packet.subscribe.entries;
	CHECK(packet.subscribe.count == 2 && no_props(&packet.subscribe.props));
	CHECK(mqs_subscribe_next(&rest, 4, &e) && is(e.filter, "a") && e.qos == 1 && !e.no_local);
	CHECK(mqs_subscribe_next(&rest, 4, &e) && is(e.filter, "b") && e.qos == 2);
	CHECK(!mqs_subscribe_next(&rest, 4, &e));
}

static void unsubscribe_and_its_filters(void)
{
	mqs_bytes filter;
	decode(5, "A2 ~ 0102 [26 'k' 'v'] 'a/b' '#'");
	CHECK(packet.subscribe.packet_id == 0x0102 && packet.subscribe.count == 2);
	mqs_bytes rest = packet.subscribe.entries;
	CHECK(mqs_unsubscribe_next(&rest, &filter) && is(filter, "a/b"));
	CHECK(mqs_unsubscribe_next(&rest, &filter) && is(filter, "#"));
	CHECK(!mqs_unsubscribe_next(&rest, &filter) && rest.len == 0);
}

static void answers_and_the_rest(void)
{
	decode(4, "90 ~ 0001 00 80 02");
	CHECK(packet.suback.packet_id == 1 && packet.suback.codes.len == 3 && packet.suback.codes.ptr[1] == 0x80);
	decode(5, "90 ~ 0001 [1F 'so'] 87");
	CHECK(packet.suback.codes.len == 1 && is(packet.suback.props.reason_string, "so"));
	decode(4, "B0 ~ 0001");
	CHECK(packet.suback.packet_id == 1 && packet.suback.codes.len == 0);
	decode(5, "B0 ~ 0001 [] 11 00");
	CHECK(packet.suback.codes.len == 2 && packet.suback.codes.ptr[0] == 0x11);
	decode(5, "E0 ~");
	CHECK(packet.reasoned.reason == 0 && no_props(&packet.reasoned.props));
	decode(5, "E0 ~ 04");
	CHECK(packet.reasoned.reason == 4 && no_props(&packet.reasoned.props));
	decode(5, "E0 ~ 9C [1C 'there' 11 00000001]");
	CHECK(is(packet.reasoned.props.server_reference, "there"));
	CHECK_EQ(packet.reasoned.props.session_expiry_interval_s, 1);
	decode(5, "F0 ~ 18 [15 'm' 16 {0102}]");
	CHECK(packet.reasoned.reason == 0x18 && is(packet.reasoned.props.authentication_method, "m"));
	CHECK(packet.reasoned.props.authentication_data.len == 2);
	decode(5, "F0 ~");
	CHECK(packet.reasoned.reason == 0);
	free(packet_bytes);
	packet_bytes = NULL;
}

TEST_MAIN(TEST_ENTRY(all_vectors), TEST_ENTRY(connect_of_each_level), TEST_ENTRY(connect_with_all_properties),
    TEST_ENTRY(connack_with_all_properties), TEST_ENTRY(publish_of_each_kind), TEST_ENTRY(acks),
    TEST_ENTRY(subscribe_and_its_entries), TEST_ENTRY(unsubscribe_and_its_filters), TEST_ENTRY(answers_and_the_rest))
