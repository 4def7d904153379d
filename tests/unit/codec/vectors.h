/* SPDX-License-Identifier: MIT
 *
 * tests/unit/codec/vectors.h - good packets of every type at every level, in the notation of packet_text.h.
 */
#ifndef MQS_TESTS_VECTORS_H
#define MQS_TESTS_VECTORS_H

#include "packet_text.h"

typedef struct vector {
	const char *name;
	uint8_t level;
	bool shortest; /* the encoder gives these very bytes back */
	const char *text;
} vector;

#define USER_PROPERTIES "26 'key' 'value' 26 'key' 'again' 26 '' ''"

static const vector vectors[] = {
    /* 3.1 */
    {"3.1 CONNECT", 3, true, "10 ~ 'MQIsdp' 03 02 003C 'client'"},
    {"3.1 CONNECT with 23 bytes of client id", 3, true, "10 ~ 'MQIsdp' 03 00 0000 {*23(61)}"},
    {"3.1 CONNECT with all", 3, true, "10 ~ 'MQIsdp' 03 F6 000A 'c' 'will/topic' 'gone' 'user' 'secret'"},
    {"3.1 CONNECT flags a user name that is not there", 3, false, "10 ~ 'MQIsdp' 03 C2 000A 'c'"},
    {"3.1 CONNECT flags a password that is not there", 3, false, "10 ~ 'MQIsdp' 03 C2 000A 'c' 'user'"},
    {"3.1 CONNECT with bits that mean nothing", 3, false, "10 ~ 'MQIsdp' 03 3B 000A 'c'"},
    {"3.1 CONNACK", 3, true, "20 ~ 00 02"},
    {"3.1 PUBLISH", 3, true, "30 ~ 'a/b' 6869"},
    {"3.1 PUBREL", 3, true, "62 ~ 0007"},
    {"3.1 PUBREL again", 3, false, "6A ~ 0007"},
    {"3.1 SUBSCRIBE again", 3, false, "8A ~ 0007 'a/+' 01"},
    {"3.1 UNSUBSCRIBE again", 3, false, "AA ~ 0007 'a/+'"},
    {"3.1 SUBACK", 3, true, "90 ~ 0007 01"},
    {"3.1 DISCONNECT", 3, true, "E0 ~"},
    /* 3.1.1 */
    {"3.1.1 CONNECT", 4, true, "10 ~ 'MQTT' 04 02 003C 'client'"},
    {"3.1.1 CONNECT without client id", 4, true, "10 ~ 'MQTT' 04 02 003C ''"},
    {"3.1.1 CONNECT to a session", 4, true, "10 ~ 'MQTT' 04 00 FFFF 'client'"},
    {"3.1.1 CONNECT with will", 4, true, "10 ~ 'MQTT' 04 06 000A 'c' 'w' 'bye'"},
    {"3.1.1 CONNECT with will QoS 1, retained", 4, true, "10 ~ 'MQTT' 04 2E 000A 'c' 'w' ''"},
    {"3.1.1 CONNECT with will QoS 2", 4, true, "10 ~ 'MQTT' 04 16 000A 'c' 'w/x' {00FF}"},
    {"3.1.1 CONNECT with user name", 4, true, "10 ~ 'MQTT' 04 82 000A 'c' 'user'"},
    {"3.1.1 CONNECT with all", 4, true, "10 ~ 'MQTT' 04 F6 000A 'c' 'w' 'bye' 'user' {00FE}"},
    {"3.1.1 CONNECT with a long client id", 4, true, "10 ~ 'MQTT' 04 02 000A {*65535(78)}"},
    {"3.1.1 CONNACK", 4, true, "20 ~ 00 00"},
    {"3.1.1 CONNACK with session", 4, true, "20 ~ 01 00"},
    {"3.1.1 CONNACK not authorized", 4, true, "20 ~ 00 05"},
    {"3.1.1 PUBLISH", 4, true, "30 ~ 'a/b' 6869"},
    {"3.1.1 PUBLISH without payload", 4, true, "30 ~ 'a'"},
    {"3.1.1 PUBLISH retained", 4, true, "31 ~ 'sensor/temperature/kitchen' 32312E35"},
    {"3.1.1 PUBLISH QoS 1", 4, true, "32 ~ 'a/b' 0001 6869"},
    {"3.1.1 PUBLISH QoS 1 again", 4, true, "3A ~ 'a/b' FFFF 6869"},
    {"3.1.1 PUBLISH QoS 2 again, retained", 4, true, "3D ~ 'a/b' 0102 *20(00)"},
    {"3.1.1 PUBLISH in UTF-8", 4, true, "30 ~ {C3A4 2F E282AC 2F F09F9880 2F EFBBBF} 6869"},
    {"3.1.1 PUBLISH of 127 bytes", 4, true, "30 ~ 'a/b' *122(78)"},
    {"3.1.1 PUBLISH of 128 bytes", 4, true, "30 ~ 'a/b' *123(78)"},
    {"3.1.1 PUBLISH of 16,384 bytes", 4, true, "30 ~ 'a/b' *16379(78)"},
    {"3.1.1 PUBLISH of 70,000 bytes", 4, true, "30 ~ 'a/b' *70000(79)"},
    {"3.1.1 PUBLISH to a long topic", 4, true, "30 ~ {*65535(74)} 6869"},
    {"3.1.1 PUBLISH to 200 levels", 4, true, "30 ~ {61 *199(2F61)} 6869"},
    {"3.1.1 PUBLISH to $SYS", 4, true, "30 ~ '$SYS/broker/uptime' 31"},
    {"3.1.1 PUBACK", 4, true, "40 ~ 0001"},
    {"3.1.1 PUBREC", 4, true, "50 ~ FFFF"},
    {"3.1.1 PUBREL", 4, true, "62 ~ 0102"},
    {"3.1.1 PUBCOMP", 4, true, "70 ~ 0102"},
    {"3.1.1 SUBSCRIBE", 4, true, "82 ~ 0001 'a/b' 00"},
    {"3.1.1 SUBSCRIBE to many", 4, true,
        "82 ~ 0001 '#' 00 '+' 01 'a/+/c' 02 '/' 00 '+/#' 01 '$SYS/#' 00 '$share/x' 00"},
    {"3.1.1 SUBSCRIBE has no $share rules", 4, true, "82 ~ 0001 '$share//x' 00"},
    {"3.1.1 SUBACK", 4, true, "90 ~ 0001 00 01 02 80"},
    {"3.1.1 UNSUBSCRIBE", 4, true, "A2 ~ 0001 'a/b' '#'"},
    {"3.1.1 UNSUBACK", 4, true, "B0 ~ 0001"},
    {"3.1.1 PINGREQ", 4, true, "C0 ~"},
    {"3.1.1 PINGRESP", 4, true, "D0 ~"},
    {"3.1.1 DISCONNECT", 4, true, "E0 ~"},
    /* 5.0 */
    {"5.0 CONNECT", 5, true, "10 ~ 'MQTT' 05 02 003C [] 'client'"},
    {"5.0 CONNECT without client id and clean start", 5, true, "10 ~ 'MQTT' 05 00 003C [] ''"},
    {"5.0 CONNECT with a password only", 5, true, "10 ~ 'MQTT' 05 42 003C [] 'c' 'secret'"},
    {"5.0 CONNECT with all", 5, true,
        "10 ~ 'MQTT' 05 F6 003C [11 0000000A 21 000A 27 00001000 22 0010 19 01 17 00 15 'SCRAM' 16 "
        "{0001} " USER_PROPERTIES
        "] 'client' [18 00000005 01 01 02 0000000A 03 'text/plain' 08 'reply/to' 09 {00FF00} " USER_PROPERTIES
        "] 'will' 'bye' 'user' {00}"},
    {"5.0 CONNACK", 5, true, "20 ~ 00 00 []"},
    {"5.0 CONNACK refuses", 5, true, "20 ~ 00 87 [1F 'no']"},
    {"5.0 CONNACK with all", 5, true,
        "20 ~ 01 00 [11 00000E10 21 0014 24 01 25 01 27 00010000 12 'auto-1' 22 000A 1F 'well' " USER_PROPERTIES
        " 28 01 29 00 2A 01 13 001E 1A 'resp/' 1C 'other.example:1883' 15 'SCRAM' 16 {FF}]"},
    {"5.0 PUBLISH", 5, true, "30 ~ 'a/b' [] 6869"},
    {"5.0 PUBLISH without payload", 5, true, "30 ~ 'a/b' []"},
    {"5.0 PUBLISH QoS 2 with alias", 5, true, "34 ~ '' 0001 [23 0001] 6869"},
    {"5.0 PUBLISH that sets an alias", 5, true, "32 ~ 'a/b' 0001 [23 FFFF] 6869"},
    {"5.0 PUBLISH with all", 5, true,
        "3B ~ 'a/b' 0001 [01 01 02 0000003C 23 0005 08 'reply' 09 {0102} " USER_PROPERTIES
        " 0B 01 0B FFFFFF7F 0B 8001 03 'text/plain'] 6869"},
    {"5.0 PUBLISH with a property length of two bytes", 5, true, "30 ~ 'a' [26 'k' {*200(76)}] 01"},
    {"5.0 PUBACK", 5, true, "40 ~ 0001"},
    {"5.0 PUBACK with reason", 5, true, "40 ~ 0001 10"},
    {"5.0 PUBACK with needless reason", 5, false, "40 ~ 0001 00"},
    {"5.0 PUBACK with needless properties", 5, false, "40 ~ 0001 00 []"},
    {"5.0 PUBACK with all", 5, true, "40 ~ 0001 97 [1F 'full' " USER_PROPERTIES "]"},
    {"5.0 PUBREC", 5, true, "50 ~ 0001"},
    {"5.0 PUBREC with all", 5, true, "50 ~ 0001 91 [1F 'in use' " USER_PROPERTIES "]"},
    {"5.0 PUBREL", 5, true, "62 ~ 0001"},
    {"5.0 PUBREL with all", 5, true, "62 ~ 0001 92 [1F 'unknown' " USER_PROPERTIES "]"},
    {"5.0 PUBCOMP", 5, true, "70 ~ 0001"},
    {"5.0 PUBCOMP with all", 5, true, "70 ~ 0001 92 [1F 'unknown' " USER_PROPERTIES "]"},
    {"5.0 PUBCOMP with properties and success", 5, true, "70 ~ 0001 00 [1F 'fine']"},
    {"5.0 SUBSCRIBE", 5, true, "82 ~ 0001 [] 'a/b' 00"},
    {"5.0 SUBSCRIBE with all", 5, true,
        "82 ~ 0001 [0B 80808001 " USER_PROPERTIES "] 'a/b' 2E 'c' 1D '$share/group/x/#' 0A '$share' 04 '+' 00"},
    {"5.0 SUBACK", 5, true, "90 ~ 0001 [] 00"},
    {"5.0 SUBACK with all", 5, true, "90 ~ 0001 [1F 'so' " USER_PROPERTIES "] 00 01 02 80 83 87 8F 91 97 9E A1 A2"},
    {"5.0 UNSUBSCRIBE", 5, true, "A2 ~ 0001 [] 'a/b'"},
    {"5.0 UNSUBSCRIBE with all", 5, true, "A2 ~ 0001 [" USER_PROPERTIES "] 'a/b' '$share/g/#' '#'"},
    {"5.0 UNSUBACK", 5, true, "B0 ~ 0001 [] 00"},
    {"5.0 UNSUBACK with all", 5, true, "B0 ~ 0001 [1F 'so' " USER_PROPERTIES "] 00 11 80 83 87 8F 91"},
    {"5.0 PINGREQ", 5, true, "C0 ~"},
    {"5.0 PINGRESP", 5, true, "D0 ~"},
    {"5.0 DISCONNECT", 5, true, "E0 ~"},
    {"5.0 DISCONNECT with reason", 5, true, "E0 ~ 04"},
    {"5.0 DISCONNECT with needless reason", 5, false, "E0 ~ 00"},
    {"5.0 DISCONNECT with needless properties", 5, false, "E0 ~ 8E []"},
    {"5.0 DISCONNECT with all", 5, true, "E0 ~ 9D [11 00000000 1F 'moved' " USER_PROPERTIES " 1C 'other']"},
    {"5.0 AUTH", 5, true, "F0 ~"},
    {"5.0 AUTH that says nothing at length", 5, false, "F0 ~ 00 []"},
    {"5.0 AUTH goes on", 5, true, "F0 ~ 18 [15 'SCRAM' 16 {0001} 1F 'more' " USER_PROPERTIES "]"},
    {"5.0 AUTH again", 5, true, "F0 ~ 19 [15 'SCRAM']"},
};

#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

#endif
