/* SPDX-License-Identifier: MIT
 *
 * tests/unit/codec/negative_test.c - bad packets: fixed header, strings, CONNECT, and what 3.1 and 3.1.1 refuse.
 */
#include "negative.h"

static void fixed_header(void)
{
	static const negative rows[] = {
	    {"nothing at all", 4, "", MALFORMED, "MQTT3.1.1 2.2.3"},
	    {"one byte", 5, "30", MALFORMED, "MQTT5 2.1.4"},
	    {"type 0", 4, "00 00", MALFORMED, "MQTT5 2.1.2"},
	    {"length never ends", 5, "30 80808080", MALFORMED, "MQTT5 1.5.5"},
	    {"length of five bytes", 5, "30 FFFFFFFF7F", MALFORMED, "MQTT5 1.5.5"},
	    {"length in two bytes, needs one", 5, "C0 8000", MALFORMED, "MQTT-1.5.5-1"},
	    {"length in three bytes, needs two", 5, "C0 FF8000", MALFORMED, "MQTT-1.5.5-1"},
	    {"length in four bytes, needs one", 5, "C0 80808000", MALFORMED, "MQTT-1.5.5-1"},
	    {"length unfinished", 4, "30 FF", MALFORMED, "MQTT3.1.1 2.2.3"},
	    {"length says more", 5, "30 05 0001 61", MALFORMED, "MQTT5 2.1.4"},
	    {"length says less", 5, "30 02 0001 61", MALFORMED, "MQTT5 2.1.4"},
	    {"CONNECT flags", 4, "11 ~ 'MQTT' 04 02 0000 'c'", MALFORMED, "MQTT-2.1.3-1"},
	    {"CONNACK flags", 4, "28 ~ 00 00", MALFORMED, "MQTT-2.1.3-1"},
	    {"PUBLISH QoS 3", 4, "36 ~ 'a' 0001", MALFORMED, "MQTT-3.3.1-4"},
	    {"PUBLISH QoS 3", 5, "37 ~ 'a' 0001 []", MALFORMED, "MQTT-3.3.1-4"},
	    {"PUBLISH QoS 0 with DUP", 4, "38 ~ 'a'", MALFORMED, "MQTT-3.3.1-2"},
	    {"PUBLISH QoS 0 with DUP", 5, "39 ~ 'a' []", MALFORMED, "MQTT-3.3.1-2"},
	    {"long PUBLISH QoS 0 with DUP", 5, "39 ~ 'a' [] *200(00)", MALFORMED, "MQTT-3.3.1-2"},
	    {"PUBACK flags", 5, "42 ~ 0001", MALFORMED, "MQTT-2.1.3-1"},
	    {"PUBREC flags", 5, "51 ~ 0001", MALFORMED, "MQTT-2.1.3-1"},
	    {"PUBREL flags 0", 4, "60 ~ 0001", MALFORMED, "MQTT-3.6.1-1"},
	    {"PUBREL flags 3", 5, "63 ~ 0001", MALFORMED, "MQTT-3.6.1-1"},
	    {"PUBREL with DUP", 4, "6A ~ 0001", MALFORMED, "MQTT-3.6.1-1"},
	    {"PUBREL with DUP", 5, "6A ~ 0001", MALFORMED, "MQTT-3.6.1-1"},
	    {"PUBCOMP flags", 4, "72 ~ 0001", MALFORMED, "MQTT-2.1.3-1"},
	    {"SUBSCRIBE flags 0", 4, "80 ~ 0001 'a' 00", MALFORMED, "MQTT-3.8.1-1"},
	    {"SUBSCRIBE flags 1", 3, "81 ~ 0001 'a' 00", MALFORMED, "MQTT-3.8.1-1"},
	    {"SUBSCRIBE with DUP", 4, "8A ~ 0001 'a' 00", MALFORMED, "MQTT-3.8.1-1"},
	    {"SUBACK flags", 5, "92 ~ 0001 [] 00", MALFORMED, "MQTT-2.1.3-1"},
	    {"UNSUBSCRIBE flags 0", 5, "A0 ~ 0001 [] 'a'", MALFORMED, "MQTT-3.10.1-1"},
	    {"UNSUBSCRIBE with DUP", 5, "AA ~ 0001 [] 'a'", MALFORMED, "MQTT-3.10.1-1"},
	    {"UNSUBACK flags", 4, "B1 ~ 0001", MALFORMED, "MQTT-2.1.3-1"},
	    {"PINGREQ flags", 4, "C1 ~", MALFORMED, "MQTT-2.1.3-1"},
	    {"PINGRESP flags", 4, "D8 ~", MALFORMED, "MQTT-2.1.3-1"},
	    {"DISCONNECT flags", 4, "E1 ~", MALFORMED, "MQTT-3.14.1-1"},
	    {"AUTH flags", 5, "F2 ~", MALFORMED, "MQTT-3.15.1-1"},
	    {"AUTH", 4, "F0 ~", MALFORMED, "MQTT3.1.1 2.2.1"},
	    {"AUTH", 3, "F0 ~ 18", MALFORMED, "MQTT3.1.1 2.2.1"},
	    {"PINGREQ with a byte", 4, "C0 ~ 00", MALFORMED, "MQTT3.1.1 2.2.3"},
	    {"PINGRESP with a byte", 5, "D0 ~ 00", MALFORMED, "MQTT5 2.1.4"},
	};
	CHECK_TABLE(rows);
}

static void strings(void)
{
	static const negative rows[] = {
	    {"lone continuation byte", 4, "30 ~ {6180}", MALFORMED, "MQTT-1.5.3-1"},
	    {"lone continuation byte", 5, "30 ~ {6180} []", MALFORMED, "MQTT-1.5.4-1"},
	    {"overlong slash in two bytes", 5, "30 ~ {C0AF} []", MALFORMED, "MQTT-1.5.4-1"},
	    {"overlong in three bytes", 5, "30 ~ {E080AF} []", MALFORMED, "MQTT-1.5.4-1"},
	    {"overlong in four bytes", 5, "30 ~ {F08080AF} []", MALFORMED, "MQTT-1.5.4-1"},
	    {"surrogate U+D800", 5, "30 ~ {EDA080} []", MALFORMED, "MQTT-1.5.4-1"},
	    {"surrogate U+DFFF", 4, "30 ~ {EDBFBF}", MALFORMED, "MQTT-1.5.3-1"},
	    {"above U+10FFFF", 5, "30 ~ {F4908080} []", MALFORMED, "MQTT-1.5.4-1"},
	    {"byte F8", 5, "30 ~ {F888808080} []", MALFORMED, "MQTT-1.5.4-1"},
	    {"sequence cut by the end of the string", 5, "30 ~ {61E282} [] 61", MALFORMED, "MQTT-1.5.4-1"},
	    {"null", 4, "30 ~ {610062}", MALFORMED, "MQTT-1.5.3-2"},
	    {"null", 5, "30 ~ {00} []", MALFORMED, "MQTT-1.5.4-2"},
	    {"null in overlong form", 5, "30 ~ {C080} []", MALFORMED, "MQTT-1.5.4-1"},
	    {"null after eight good bytes", 5, "30 ~ {6162636465666768 00} []", MALFORMED, "MQTT-1.5.4-2"},
	    {"bad after sixteen good bytes", 4, "30 ~ {*16(61) FF}", MALFORMED, "MQTT-1.5.3-1"},
	    {"client id", 4, "10 ~ 'MQTT' 04 02 0000 {FF}", MALFORMED, "MQTT-1.5.3-1"},
	    {"client id with null", 5, "10 ~ 'MQTT' 05 02 0000 [] {6100}", MALFORMED, "MQTT-1.5.4-2"},
	    {"will topic", 4, "10 ~ 'MQTT' 04 06 0000 'c' {FF} 'p'", MALFORMED, "MQTT-1.5.3-1"},
	    {"user name", 4, "10 ~ 'MQTT' 04 82 0000 'c' {EDA080}", MALFORMED, "MQTT-1.5.3-1"},
	    {"user name with null", 5, "10 ~ 'MQTT' 05 82 0000 [] 'c' {00}", MALFORMED, "MQTT-1.5.4-2"},
	    {"topic filter", 4, "82 ~ 0001 {FF} 00", MALFORMED, "MQTT-1.5.3-1"},
	    {"topic filter to unsubscribe", 5, "A2 ~ 0001 [] {FE}", MALFORMED, "MQTT-1.5.4-1"},
	    {"content type", 5, "30 ~ 'a' [03 {FF}]", MALFORMED, "MQTT-1.5.4-1"},
	    {"response topic", 5, "30 ~ 'a' [08 {00}]", MALFORMED, "MQTT-1.5.4-2"},
	    {"user property name", 5, "30 ~ 'a' [26 {FF} 'v']", MALFORMED, "MQTT-1.5.4-1"},
	    {"user property value", 5, "30 ~ 'a' [26 'k' {00}]", MALFORMED, "MQTT-1.5.4-2"},
	    {"reason string", 5, "40 ~ 0001 80 [1F {C0}]", MALFORMED, "MQTT-1.5.4-1"},
	    {"authentication method", 5, "F0 ~ 18 [15 {C1}]", MALFORMED, "MQTT-1.5.4-1"},
	};
	CHECK_TABLE(rows);
}

#define CLIENT_ID  MQS_ERR_PROTOCOL, MQTT_RC_CLIENT_IDENTIFIER_NOT_VALID
#define VERSION    MQS_ERR_PROTOCOL, MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION
#define TOPIC_NAME MQS_ERR_PROTOCOL, MQTT_RC_TOPIC_NAME_INVALID
#define FILTER     MQS_ERR_PROTOCOL, MQTT_RC_TOPIC_FILTER_INVALID

static void connect_header(void)
{
	static const negative rows[] = {
	    {"empty", 4, "10 ~", MALFORMED, "MQTT-3.1.2-1"},
	    {"half a protocol name", 4, "10 ~ 0004 4D51", MALFORMED, "MQTT-3.1.2-1"},
	    {"other protocol name", 4, "10 ~ 'HTTP' 04 02 0000 'c'", VERSION, "MQTT-3.1.2-1"},
	    {"protocol name in small letters", 4, "10 ~ 'mqtt' 04 02 0000 'c'", VERSION, "MQTT-3.1.2-1"},
	    {"empty protocol name", 4, "10 ~ '' 04 02 0000 'c'", VERSION, "MQTT-3.1.2-1"},
	    {"no level", 4, "10 ~ 'MQTT'", MALFORMED, "MQTT-3.1.2-2"},
	    {"no level", 3, "10 ~ 'MQIsdp'", MALFORMED, "MQTT-3.1.2-2"},
	    {"MQTT 3", 4, "10 ~ 'MQTT' 03 02 0000 'c'", VERSION, "MQTT-3.1.2-2"},
	    {"MQTT 6", 4, "10 ~ 'MQTT' 06 02 0000 'c'", VERSION, "MQTT-3.1.2-2"},
	    {"MQTT 0x84", 4, "10 ~ 'MQTT' 84 02 0000 'c'", VERSION, "MQTT-3.1.2-2"},
	    {"MQIsdp 4", 3, "10 ~ 'MQIsdp' 04 02 0000 'c'", VERSION, "MQTT-3.1.2-2"},
	    {"no flags", 4, "10 ~ 'MQTT' 04", MALFORMED, "MQTT-3.1.4-1"},
	    {"no keep alive", 4, "10 ~ 'MQTT' 04 02", MALFORMED, "MQTT-3.1.4-1"},
	    {"half a keep alive", 5, "10 ~ 'MQTT' 05 02 00", MALFORMED, "MQTT-3.1.4-1"},
	    {"reserved flag", 4, "10 ~ 'MQTT' 04 03 0000 'c'", MALFORMED, "MQTT-3.1.2-3"},
	    {"reserved flag", 5, "10 ~ 'MQTT' 05 03 0000 [] 'c'", MALFORMED, "MQTT-3.1.2-3"},
	    {"will QoS without will", 4, "10 ~ 'MQTT' 04 0A 0000 'c'", MALFORMED, "MQTT-3.1.2-13"},
	    {"will QoS without will", 5, "10 ~ 'MQTT' 05 12 0000 [] 'c'", MALFORMED, "MQTT-3.1.2-11"},
	    {"will retain without will", 4, "10 ~ 'MQTT' 04 22 0000 'c'", MALFORMED, "MQTT-3.1.2-15"},
	    {"will retain without will", 5, "10 ~ 'MQTT' 05 22 0000 [] 'c'", MALFORMED, "MQTT-3.1.2-13"},
	    {"will QoS 3", 4, "10 ~ 'MQTT' 04 1E 0000 'c' 'w' 'p'", MALFORMED, "MQTT-3.1.2-14"},
	    {"will QoS 3", 5, "10 ~ 'MQTT' 05 1E 0000 [] 'c' [] 'w' 'p'", MALFORMED, "MQTT-3.1.2-12"},
	    {"will QoS 3", 3, "10 ~ 'MQIsdp' 03 1E 0000 'c' 'w' 'p'", MALFORMED, "MQTT-3.1.2-14"},
	    {"password without user name", 4, "10 ~ 'MQTT' 04 42 0000 'c' 'p'", MALFORMED, "MQTT-3.1.2-22"},
	    {"password without user name", 3, "10 ~ 'MQIsdp' 03 42 0000 'c' 'p'", MALFORMED, "MQTT-3.1.2-22"},
	};
	CHECK_TABLE(rows);
}

static void connect_payload(void)
{
	static const negative rows[] = {
	    {"no client id", 4, "10 ~ 'MQTT' 04 02 0000", MALFORMED, "MQTT-3.1.3-3"},
	    {"half a client id", 5, "10 ~ 'MQTT' 05 02 0000 [] 0005 61", MALFORMED, "MQTT-3.1.3-3"},
	    {"client id length cut", 4, "10 ~ 'MQTT' 04 02 0000 00", MALFORMED, "MQTT-3.1.3-3"},
	    {"empty client id for a session", 4, "10 ~ 'MQTT' 04 00 0000 ''", CLIENT_ID, "MQTT-3.1.3-8"},
	    {"empty client id", 3, "10 ~ 'MQIsdp' 03 02 0000 ''", CLIENT_ID, "MQTT3.1 3.1"},
	    {"24 bytes of client id", 3, "10 ~ 'MQIsdp' 03 02 0000 {*24(61)}", CLIENT_ID, "MQTT3.1 3.1"},
	    {"no will topic", 4, "10 ~ 'MQTT' 04 06 0000 'c'", MALFORMED, "MQTT-3.1.2-9"},
	    {"no will payload", 4, "10 ~ 'MQTT' 04 06 0000 'c' 'w'", MALFORMED, "MQTT-3.1.2-9"},
	    {"half a will payload", 4, "10 ~ 'MQTT' 04 06 0000 'c' 'w' 0003 7878", MALFORMED, "MQTT-3.1.2-9"},
	    {"no will properties", 5, "10 ~ 'MQTT' 05 06 0000 [] 'c'", MALFORMED, "MQTT-2.2.2-1"},
	    {"no will topic", 5, "10 ~ 'MQTT' 05 06 0000 [] 'c' []", MALFORMED, "MQTT-3.1.2-9"},
	    {"empty will topic", 4, "10 ~ 'MQTT' 04 06 0000 'c' '' 'p'", TOPIC_NAME, "MQTT-4.7.3-1"},
	    {"empty will topic", 5, "10 ~ 'MQTT' 05 06 0000 [] 'c' [] '' 'p'", TOPIC_NAME, "MQTT-4.7.3-1"},
	    {"+ in the will topic", 4, "10 ~ 'MQTT' 04 06 0000 'c' 'a/+' 'p'", TOPIC_NAME, "MQTT-4.7.1-1"},
	    {"# in the will topic", 5, "10 ~ 'MQTT' 05 06 0000 [] 'c' [] 'a/#' 'p'", TOPIC_NAME, "MQTT-4.7.0-1"},
	    {"will topic of 201 levels", 4, "10 ~ 'MQTT' 04 06 0000 'c' {61 *200(2F)} 'p'", MQS_ERR_LIMIT,
	        MQTT_RC_TOPIC_NAME_INVALID, "MQTT5 4.7.1.1"},
	    {"no user name", 4, "10 ~ 'MQTT' 04 82 0000 'c'", MALFORMED, "MQTT-3.1.2-19"},
	    {"no user name", 5, "10 ~ 'MQTT' 05 82 0000 [] 'c'", MALFORMED, "MQTT-3.1.2-17"},
	    {"half a user name", 3, "10 ~ 'MQIsdp' 03 82 0000 'c' 0002 61", MALFORMED, "MQTT-3.1.2-19"},
	    {"no password", 4, "10 ~ 'MQTT' 04 C2 0000 'c' 'u'", MALFORMED, "MQTT-3.1.2-21"},
	    {"no password", 5, "10 ~ 'MQTT' 05 42 0000 [] 'c'", MALFORMED, "MQTT-3.1.2-19"},
	    {"half a password", 3, "10 ~ 'MQIsdp' 03 C2 0000 'c' 'u' 00", MALFORMED, "MQTT-3.1.2-21"},
	    {"byte behind the client id", 4, "10 ~ 'MQTT' 04 02 0000 'c' 00", MALFORMED, "MQTT-3.1.4-1"},
	    {"user name without its flag", 5, "10 ~ 'MQTT' 05 02 0000 [] 'c' 'u'", MALFORMED, "MQTT-3.1.4-1"},
	    {"byte behind the password", 4, "10 ~ 'MQTT' 04 C2 0000 'c' 'u' 'p' FF", MALFORMED, "MQTT-3.1.4-1"},
	    {"byte behind the client id", 3, "10 ~ 'MQIsdp' 03 02 0000 'c' 00", MALFORMED, "MQTT-3.1.4-1"},
	};
	CHECK_TABLE(rows);
}

static void packets_of_3_x(void)
{
	static const negative rows[] = {
	    {"CONNACK of one byte", 4, "20 ~ 00", MALFORMED, "MQTT5 3.2.2"},
	    {"CONNACK of three bytes", 4, "20 ~ 00 00 00", MALFORMED, "MQTT3.1.1 2.2.3"},
	    {"CONNACK reserved flags", 4, "20 ~ 02 00", MALFORMED, "MQTT-2.2.2-1"},
	    {"CONNACK code 6", 4, "20 ~ 00 06", PROTOCOL, "MQTT3.1.1 3.2.2.3"},
	    {"CONNACK refuses with session", 4, "20 ~ 01 05", PROTOCOL, "MQTT-3.2.2-4"},
	    {"PUBLISH without topic", 4, "30 ~", MALFORMED, "MQTT-3.3.2-1"},
	    {"PUBLISH with half a topic", 4, "30 ~ 0003 6162", MALFORMED, "MQTT-3.3.2-1"},
	    {"PUBLISH to nothing", 4, "30 ~ '' 78", TOPIC_NAME, "MQTT-4.7.3-1"},
	    {"PUBLISH to +", 4, "30 ~ '+' 78", TOPIC_NAME, "MQTT-3.3.2-2"},
	    {"PUBLISH to a/#", 3, "30 ~ 'a/#' 78", TOPIC_NAME, "MQTT-3.3.2-2"},
	    {"PUBLISH to a long topic with #", 4, "30 ~ 'abcdefgh/ijkl#' 78", TOPIC_NAME, "MQTT-3.3.2-2"},
	    {"PUBLISH in UTF-8 with +", 4, "30 ~ {C3A4 2F 2B} 78", TOPIC_NAME, "MQTT-3.3.2-2"},
	    {"PUBLISH to 201 levels", 4, "30 ~ {*200(2F)}", MQS_ERR_LIMIT, MQTT_RC_TOPIC_NAME_INVALID, "MQTT5 4.7.1.1"},
	    {"PUBLISH QoS 1 without id", 4, "32 ~ 'a'", MALFORMED, "MQTT-2.3.1-1"},
	    {"PUBLISH QoS 2 with half an id", 4, "34 ~ 'a' 01", MALFORMED, "MQTT-2.3.1-1"},
	    {"PUBLISH QoS 1 with id 0", 4, "32 ~ 'a' 0000 78", PROTOCOL, "MQTT-2.3.1-1"},
	    {"PUBACK without id", 4, "40 ~", MALFORMED, "MQTT-2.3.1-6"},
	    {"PUBACK with id 0", 4, "40 ~ 0000", PROTOCOL, "MQTT-2.3.1-6"},
	    {"PUBACK of three bytes", 4, "40 ~ 0001 00", MALFORMED, "MQTT3.1.1 2.2.3"},
	    {"PUBREC with half an id", 4, "50 ~ 00", MALFORMED, "MQTT-2.3.1-6"},
	    {"PUBREL with id 0", 4, "62 ~ 0000", PROTOCOL, "MQTT-2.3.1-6"},
	    {"PUBREL of four bytes", 3, "62 ~ 0001 0000", MALFORMED, "MQTT3.1.1 2.2.3"},
	    {"PUBCOMP with id 0", 4, "70 ~ 0000", PROTOCOL, "MQTT-2.3.1-6"},
	    {"SUBSCRIBE without id", 4, "82 ~", MALFORMED, "MQTT-2.3.1-1"},
	    {"SUBSCRIBE with id 0", 4, "82 ~ 0000 'a' 00", PROTOCOL, "MQTT-2.3.1-1"},
	    {"SUBSCRIBE to nothing", 4, "82 ~ 0001", PROTOCOL, "MQTT-3.8.3-3"},
	    {"SUBSCRIBE with half a filter", 4, "82 ~ 0001 0004 61", MALFORMED, "MQTT-3.8.3-1"},
	    {"SUBSCRIBE without QoS", 4, "82 ~ 0001 'a'", MALFORMED, "MQTT-3.8.3-3"},
	    {"SUBSCRIBE QoS 3", 4, "82 ~ 0001 'a' 03", MALFORMED, "MQTT-3.8.3-4"},
	    {"SUBSCRIBE reserved bits", 4, "82 ~ 0001 'a' 04", MALFORMED, "MQTT-3.8.3-4"},
	    {"SUBSCRIBE reserved bits, second entry", 4, "82 ~ 0001 'a' 02 'b' 80", MALFORMED, "MQTT-3.8.3-4"},
	    {"SUBSCRIBE to an empty filter", 4, "82 ~ 0001 '' 00", FILTER, "MQTT-4.7.3-1"},
	    {"SUBSCRIBE to a#", 4, "82 ~ 0001 'a#' 00", FILTER, "MQTT-4.7.1-2"},
	    {"SUBSCRIBE to #/a", 4, "82 ~ 0001 '#/a' 00", FILTER, "MQTT-4.7.1-2"},
	    {"SUBSCRIBE to a/b+", 4, "82 ~ 0001 'a/b+' 00", FILTER, "MQTT-4.7.1-3"},
	    {"SUBSCRIBE to +a/b", 3, "82 ~ 0001 '+a/b' 00", FILTER, "MQTT-4.7.1-3"},
	    {"SUBSCRIBE to 201 levels", 4, "82 ~ 0001 {*200(2F)} 00", MQS_ERR_LIMIT, MQTT_RC_TOPIC_FILTER_INVALID,
	        "MQTT5 4.7.1.1"},
	    {"SUBACK without codes", 4, "90 ~ 0001", MALFORMED, "MQTT-3.9.3-2"},
	    {"SUBACK code 3", 4, "90 ~ 0001 00 03", PROTOCOL, "MQTT-3.9.3-2"},
	    {"SUBACK code 0x87", 4, "90 ~ 0001 87", PROTOCOL, "MQTT-3.9.3-2"},
	    {"SUBACK with id 0", 4, "90 ~ 0000 00", PROTOCOL, "MQTT-2.3.1-7"},
	    {"UNSUBSCRIBE with id 0", 4, "A2 ~ 0000 'a'", PROTOCOL, "MQTT-2.3.1-1"},
	    {"UNSUBSCRIBE from nothing", 4, "A2 ~ 0001", PROTOCOL, "MQTT-3.10.3-2"},
	    {"UNSUBSCRIBE with half a filter", 4, "A2 ~ 0001 'a' 00", MALFORMED, "MQTT-3.10.3-1"},
	    {"UNSUBSCRIBE from an empty filter", 4, "A2 ~ 0001 ''", FILTER, "MQTT-4.7.3-1"},
	    {"UNSUBSCRIBE from a/#/b", 4, "A2 ~ 0001 'a/#/b'", FILTER, "MQTT-4.7.1-2"},
	    {"UNSUBACK with id 0", 4, "B0 ~ 0000", PROTOCOL, "MQTT-2.3.1-7"},
	    {"UNSUBACK with a code", 4, "B0 ~ 0001 00", MALFORMED, "MQTT3.1.1 2.2.3"},
	    {"DISCONNECT with a byte", 4, "E0 ~ 00", MALFORMED, "MQTT3.1.1 2.2.3"},
	};
	CHECK_TABLE(rows);
}

/* The level to answer in comes back although the CONNECT was bad. */
static void level_of_a_bad_connect(void)
{
	static const struct {
		const char *text;
		uint8_t level;
	} rows[] = {
	    {"10 ~ 'HTTP' 04 02 0000 'c'", 0},
	    {"10 ~ 'MQTT'", 0},
	    {"11 ~ 'MQTT' 05 02 0000 [] 'c'", 0},
	    {"10 ~ 'MQIsdp' 09 02 0000 'c'", 3},
	    {"10 ~ 'MQIsdp' 03 02 0000 ''", 3},
	    {"10 ~ 'MQTT' 02 02 0000 'c'", 4},
	    {"10 ~ 'MQTT' 04 03 0000 'c'", 4},
	    {"10 ~ 'MQTT' 09 02 0000 'c'", 5},
	    {"10 ~ 'MQTT' 05 03 0000 [] 'c'", 5},
	    {"10 ~ 'MQTT' 05 02 0000 [] {00}", 5},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		mqs_bytes in = packet_text(rows[i].text);
		mqs_packet packet;
		CHECK(mqs_packet_decode(in, 4, NULL, &packet, NULL) != MQS_OK);
		CHECK_EQ(packet.type, MQTT_PKT_CONNECT);
		CHECK_EQ(packet.level, rows[i].level);
		free((void *)(uintptr_t)in.ptr);
	}
}

/* The offset names the offending byte. */
static void offsets(void)
{
	static const struct {
		const char *text;
		uint32_t offset;
	} rows[] = {
	    {"36 ~ 'a' 0001 []", 0},
	    {"30 8000", 1},
	    {"30 ~ 'abc+d' []", 7},
	    {"30 ~ {616263FF} []", 7},
	    {"32 ~ 'abc' 0000 []", 7},
	    {"30 ~ 'abc' [01 02]", 9},
	    {"30 ~ 'abc' [01 01 7F]", 10},
	    {"10 ~ 'MQTT' 05 03 0000 [] 'c'", 9},
	    {"10 ~ 'MQTT' 09 02 0000 [] 'c'", 8},
	    {"82 ~ 0001 [] 'a/#' 40", 10},
	    {"82 ~ 0001 [] 'a' 00 'b#' 00", 12},
	    {"40 ~ 0001 04", 4},
	    {"90 ~ 0001 [] 00 03", 6},
	    {"C0 ~ 00", 2},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		mqs_bytes in = packet_text(rows[i].text);
		mqs_packet packet;
		mqs_fault fault = {0};
		CHECK(mqs_packet_decode(in, 5, NULL, &packet, &fault) != MQS_OK);
		if (!CHECK_EQ(fault.offset, rows[i].offset)) {
			printf("  in %s: %s\n", rows[i].text, fault.what);
		}
		free((void *)(uintptr_t)in.ptr);
	}
}

TEST_MAIN(TEST_ENTRY(fixed_header), TEST_ENTRY(strings), TEST_ENTRY(connect_header), TEST_ENTRY(connect_payload),
    TEST_ENTRY(packets_of_3_x), TEST_ENTRY(level_of_a_bad_connect), TEST_ENTRY(offsets))
