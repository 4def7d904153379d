/* SPDX-License-Identifier: MIT
 *
 * src/codec/names.c - tables of packet types and reason codes (MQTT 5 tables 2-1 and 2-6). Read-only.
 */
#include "codec/codec_private.h"

const char *mqs_packet_type_name(uint8_t type)
{
	static const char *const names[16] = {"", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP",
	    "SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH"};
	return type < 16 ? names[type] : "";
}

#define CA (1u << MQTT_PKT_CONNACK)
#define PA (1u << MQTT_PKT_PUBACK)
#define PR (1u << MQTT_PKT_PUBREC)
#define PL (1u << MQTT_PKT_PUBREL)
#define PC (1u << MQTT_PKT_PUBCOMP)
#define SA (1u << MQTT_PKT_SUBACK)
#define UA (1u << MQTT_PKT_UNSUBACK)
#define DI (1u << MQTT_PKT_DISCONNECT)
#define AU (1u << MQTT_PKT_AUTH)

typedef struct reason_info {
	const char *name; /* NULL: no such code */
	uint16_t types;   /* the packet types that may carry it, a bit each */
} reason_info;

static const reason_info reasons[MQTT_RC_WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED + 1] = {
    [MQTT_RC_SUCCESS] = {"Success", CA | PA | PR | PL | PC | SA | UA | DI | AU},
    [MQTT_RC_GRANTED_QOS_1] = {"Granted QoS 1", SA},
    [MQTT_RC_GRANTED_QOS_2] = {"Granted QoS 2", SA},
    [MQTT_RC_DISCONNECT_WITH_WILL] = {"Disconnect with Will Message", DI},
    [MQTT_RC_NO_MATCHING_SUBSCRIBERS] = {"No matching subscribers", PA | PR},
    [MQTT_RC_NO_SUBSCRIPTION_EXISTED] = {"No subscription existed", UA},
    [MQTT_RC_CONTINUE_AUTHENTICATION] = {"Continue authentication", AU},
    [MQTT_RC_REAUTHENTICATE] = {"Re-authenticate", AU},
    [MQTT_RC_UNSPECIFIED_ERROR] = {"Unspecified error", CA | PA | PR | SA | UA | DI},
    [MQTT_RC_MALFORMED_PACKET] = {"Malformed Packet", CA | DI},
    [MQTT_RC_PROTOCOL_ERROR] = {"Protocol Error", CA | DI},
    [MQTT_RC_IMPLEMENTATION_SPECIFIC_ERROR] = {"Implementation specific error", CA | PA | PR | SA | UA | DI},
    [MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION] = {"Unsupported Protocol Version", CA},
    [MQTT_RC_CLIENT_IDENTIFIER_NOT_VALID] = {"Client Identifier not valid", CA},
    [MQTT_RC_BAD_USER_NAME_OR_PASSWORD] = {"Bad User Name or Password", CA},
    [MQTT_RC_NOT_AUTHORIZED] = {"Not authorized", CA | PA | PR | SA | UA | DI},
    [MQTT_RC_SERVER_UNAVAILABLE] = {"Server unavailable", CA},
    [MQTT_RC_SERVER_BUSY] = {"Server busy", CA | DI},
    [MQTT_RC_BANNED] = {"Banned", CA},
    [MQTT_RC_SERVER_SHUTTING_DOWN] = {"Server shutting down", DI},
    [MQTT_RC_BAD_AUTHENTICATION_METHOD] = {"Bad authentication method", CA | DI},
    [MQTT_RC_KEEP_ALIVE_TIMEOUT] = {"Keep Alive timeout", DI},
    [MQTT_RC_SESSION_TAKEN_OVER] = {"Session taken over", DI},
    [MQTT_RC_TOPIC_FILTER_INVALID] = {"Topic Filter invalid", SA | UA | DI},
    [MQTT_RC_TOPIC_NAME_INVALID] = {"Topic Name invalid", CA | PA | PR | DI},
    [MQTT_RC_PACKET_IDENTIFIER_IN_USE] = {"Packet Identifier in use", PA | PR | SA | UA},
    [MQTT_RC_PACKET_IDENTIFIER_NOT_FOUND] = {"Packet Identifier not found", PL | PC},
    [MQTT_RC_RECEIVE_MAXIMUM_EXCEEDED] = {"Receive Maximum exceeded", DI},
    [MQTT_RC_TOPIC_ALIAS_INVALID] = {"Topic Alias invalid", DI},
    [MQTT_RC_PACKET_TOO_LARGE] = {"Packet too large", CA | DI},
    [MQTT_RC_MESSAGE_RATE_TOO_HIGH] = {"Message rate too high", DI},
    [MQTT_RC_QUOTA_EXCEEDED] = {"Quota exceeded", CA | PA | PR | SA | DI},
    [MQTT_RC_ADMINISTRATIVE_ACTION] = {"Administrative action", DI},
    [MQTT_RC_PAYLOAD_FORMAT_INVALID] = {"Payload format invalid", CA | PA | PR | DI},
    [MQTT_RC_RETAIN_NOT_SUPPORTED] = {"Retain not supported", CA | DI},
    [MQTT_RC_QOS_NOT_SUPPORTED] = {"QoS not supported", CA | DI},
    [MQTT_RC_USE_ANOTHER_SERVER] = {"Use another server", CA | DI},
    [MQTT_RC_SERVER_MOVED] = {"Server moved", CA | DI},
    [MQTT_RC_SHARED_SUBSCRIPTIONS_NOT_SUPPORTED] = {"Shared Subscriptions not supported", SA | DI},
    [MQTT_RC_CONNECTION_RATE_EXCEEDED] = {"Connection rate exceeded", CA | DI},
    [MQTT_RC_MAXIMUM_CONNECT_TIME] = {"Maximum connect time", DI},
    [MQTT_RC_SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED] = {"Subscription Identifiers not supported", SA | DI},
    [MQTT_RC_WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED] = {"Wildcard Subscriptions not supported", SA | DI},
};

static const reason_info *find_reason(uint8_t reason)
{
	return reason < sizeof(reasons) / sizeof(reasons[0]) && reasons[reason].name ? &reasons[reason] : NULL;
}

const char *mqs_reason_name(uint8_t reason)
{
	const reason_info *info = find_reason(reason);
	return info ? info->name : "";
}

bool mqs_reason_allowed(uint8_t reason, mqtt_packet_type type)
{
	const reason_info *info = find_reason(reason);
	return info && (unsigned)type < 16 && (info->types >> (unsigned)type & 1u);
}
