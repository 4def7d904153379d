--TEST--
Codec::pack() names the key of every value that a packet cannot have
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/vectors.inc';

use MqttServer\Codec;

$publish = ['type' => 3, 'topic' => 'a', 'message' => 'm'];
$connect = ['type' => 1, 'clean_session' => 1, 'client_id' => 'c'];
$long = str_repeat('x', 65536);
$cases = [
    '-- type',
    [], ['type' => null], ['type' => '3'], ['type' => 0], ['type' => 16], ['type' => 15],
    '-- PUBLISH',
    ['topic' => 5] + $publish, ['topic' => ''] + $publish, ['topic' => 'a/#'] + $publish, ['topic' => "\xff"] + $publish,
    ['topic' => "a\0"] + $publish, ['topic' => $long] + $publish, ['type' => 3], ['message' => 1.5] + $publish,
    $publish + ['qos' => 3], $publish + ['qos' => -1], $publish + ['qos' => 1.0], $publish + ['qos' => 1],
    $publish + ['qos' => 1, 'message_id' => 0], $publish + ['qos' => 1, 'message_id' => 65536],
    $publish + ['qos' => 1, 'message_id' => '7'], $publish + ['dup' => 1], $publish + ['retain' => 2],
    $publish + ['retain' => 'yes'], $publish + ['properties' => ['content_type' => 'x']], $publish + ['properties' => 'x'],
    '-- CONNECT',
    $connect + ['protocol_level' => 6], $connect + ['protocol_name' => 'MQIsdp'],
    $connect + ['protocol_level' => 3, 'protocol_name' => 'MQTT'], $connect + ['protocol_name' => 5],
    ['client_id' => ''] + $connect + ['protocol_level' => 3], ['client_id' => '', 'clean_session' => 0] + $connect,
    $connect + ['keep_alive' => 65536], $connect + ['password' => 1], $connect + ['user_name' => "\xff"],
    $connect + ['will' => 'w'], $connect + ['will' => ['message' => 'm']], $connect + ['will' => ['topic' => '+']],
    $connect + ['will' => ['topic' => 't', 'qos' => 3]], $connect + ['will' => ['topic' => 't', 'message' => $long]],
    $connect + ['will' => ['topic' => 't', 'properties' => ['will_delay_interval' => 1]]],
    '-- others at level 4',
    ['type' => 2, 'code' => 6], ['type' => 2, 'code' => 1, 'session_present' => 1], ['type' => 4],
    ['type' => 4, 'message_id' => 1, 'code' => 16], ['type' => 8, 'message_id' => 1],
    ['type' => 8, 'message_id' => 1, 'topics' => []], ['type' => 8, 'message_id' => 1, 'topics' => ['a' => 3]],
    ['type' => 8, 'message_id' => 1, 'topics' => ['a#' => 0]], ['type' => 8, 'message_id' => 1, 'topics' => ['a' => 'x']],
    ['type' => 8, 'message_id' => 1, 'topics' => ['' => 0]], ['type' => 8, 'message_id' => 1, 'topic_list' => [1]],
    ['type' => 8, 'message_id' => 1, 'topic_list' => [['qos' => 1]]], ['type' => 8, 'topics' => ['a' => 0]],
    ['type' => 9, 'message_id' => 1], ['type' => 9, 'message_id' => 1, 'codes' => []],
    ['type' => 9, 'message_id' => 1, 'codes' => [0, 3]], ['type' => 9, 'message_id' => 1, 'codes' => [0, '1']],
    ['type' => 10, 'message_id' => 1, 'topics' => [5]], ['type' => 10, 'message_id' => 1, 'topics' => ['a', 'b/#/c']],
    ['type' => 11, 'message_id' => 1, 'codes' => [0]], ['type' => 14, 'code' => 4],
];
foreach ($cases as $case) {
    if (is_string($case)) {
        echo $case, "\n";
    } else {
        attempt(fn () => Codec::pack($case));
    }
}

echo "-- level 5\n";
foreach ([
    ['nothing_known' => 5], ['content_type' => 5], ['content_type' => "\xff"], ['content_type' => $long],
    ['message_expiry_interval' => -1], ['message_expiry_interval' => 4294967296], ['topic_alias' => 0],
    ['topic_alias' => 65536], ['payload_format_indicator' => 2], ['payload_format_indicator' => 'yes'],
    ['session_expiry_interval' => 1], ['response_topic' => ''], ['response_topic' => '#'],
    ['subscription_identifier' => 0], ['subscription_identifier' => []], ['subscription_identifier' => [1, 'x']],
    ['subscription_identifier' => 268435456], ['name' => "a\0b"], ["\xff" => 'x'], [5 => 5],
    ['user_properties' => 5], ['user_properties' => ['a']], ['user_properties' => [['a']]],
    ['user_properties' => [['a', 5]]], ['user_properties' => [[5, 'a']]], ['user_properties' => ['a' => 5]],
] as $properties) {
    attempt(fn () => Codec::pack($publish + ['properties' => $properties], 5));
}
foreach ([
    ['type' => 1, 'client_id' => 'c', 'properties' => ['authentication_data' => 'x']],
    ['type' => 1, 'client_id' => 'c', 'properties' => ['receive_maximum' => 0]],
    ['type' => 1, 'client_id' => 'c', 'will' => ['topic' => 't', 'properties' => ['topic_alias' => 1]]],
    ['type' => 2, 'code' => 1], ['type' => 4, 'message_id' => 1, 'code' => 0x80 + 31], ['type' => 14, 'code' => 256],
    ['type' => 15, 'code' => 24], ['type' => 15, 'properties' => ['reason_string' => 'x']],
    ['type' => 8, 'message_id' => 1, 'topics' => ['$share/g/a' => ['qos' => 0, 'no_local' => true]]],
    ['type' => 8, 'message_id' => 1, 'topics' => ['a' => ['retain_handling' => 3]]],
    ['type' => 8, 'message_id' => 1, 'topics' => ['a' => 0], 'properties' => ['subscription_identifier' => [1, 2]]],
    ['type' => 8, 'message_id' => 1, 'topics' => ['a' => 0], 'user_properties' => 'x'],
    ['type' => 11, 'message_id' => 1, 'codes' => [1]],
] as $packet) {
    attempt(fn () => Codec::pack($packet, 5));
}

echo "-- arguments\n";
attempt(fn () => Codec::pack($publish, 6));
attempt(fn () => Codec::unpack("\xc0\0", 2));
attempt(fn () => Codec::decode("\xc0\0", 0));
attempt(fn () => Codec\V3::pack(['protocol_level' => 5] + $connect));
attempt(fn () => Codec\V5::pack(['protocol_level' => 4] + $connect));
attempt(fn () => Codec::pack('x'));
attempt(fn () => new Codec());
?>
--EXPECT--
-- type
ValueError: packet["type"] is required
ValueError: packet["type"] is required
TypeError: packet["type"] must be of type int, string given
ValueError: packet["type"] must be between 1 and 15
ValueError: packet["type"] must be between 1 and 15
ValueError: packet["type"] is AUTH, which needs MQTT 5
-- PUBLISH
TypeError: packet["topic"] must be of type string, int given
ValueError: packet["topic"] must not be empty
ValueError: packet["topic"] must not contain wildcards
ValueError: packet["topic"] must be valid UTF-8 without U+0000
ValueError: packet["topic"] must be valid UTF-8 without U+0000
ValueError: packet["topic"] must be at most 65535 bytes long
ValueError: packet["topic"] is required
TypeError: packet["message"] must be of type string, float given
ValueError: packet["qos"] must be between 0 and 2
ValueError: packet["qos"] must be between 0 and 2
TypeError: packet["qos"] must be of type int, float given
ValueError: packet["message_id"] is required
ValueError: packet["message_id"] must be between 1 and 65535
ValueError: packet["message_id"] must be between 1 and 65535
TypeError: packet["message_id"] must be of type int, string given
ValueError: packet["dup"] must be 0 at QoS 0
ValueError: packet["retain"] must be between 0 and 1
TypeError: packet["retain"] must be of type bool|int, string given
ValueError: packet["properties"] needs MQTT 5
TypeError: packet["properties"] must be of type array, string given
-- CONNECT
ValueError: packet["protocol_level"] must be between 3 and 5
ValueError: packet["protocol_name"] must be "MQTT" at protocol level 4
ValueError: packet["protocol_name"] must be "MQIsdp" at protocol level 3
TypeError: packet["protocol_name"] must be of type string, int given
ValueError: packet["client_id"] must have 1 to 23 bytes at protocol level 3
ValueError: packet["client_id"] must not be empty when the session is not clean
ValueError: packet["keep_alive"] must be between 0 and 65535
TypeError: packet["password"] must be of type string, int given
ValueError: packet["user_name"] must be valid UTF-8 without U+0000
TypeError: packet["will"] must be of type array, string given
ValueError: packet["will"]["topic"] is required
ValueError: packet["will"]["topic"] must not contain wildcards
ValueError: packet["will"]["qos"] must be between 0 and 2
ValueError: packet["will"]["message"] must be at most 65535 bytes long
ValueError: packet["will"]["properties"] needs MQTT 5
-- others at level 4
ValueError: packet["code"] must be between 0 and 5
ValueError: packet["session_present"] must be 0 when the code is not 0
ValueError: packet["message_id"] is required
ValueError: packet["code"] needs MQTT 5
ValueError: packet["topics"] is required
ValueError: packet["topics"] must not be empty
ValueError: packet["topics"]["a"] must be between 0 and 2
ValueError: packet["topics"]["a#"] must be a valid topic filter
TypeError: packet["topics"]["a"] must be of type array|int, string given
ValueError: packet["topics"][""] must be a valid topic filter
TypeError: packet["topic_list"][0] must be of type array|string, int given
ValueError: packet["topic_list"][0]["filter"] is required
ValueError: packet["message_id"] is required
ValueError: packet["codes"] is required
ValueError: packet["codes"] must not be empty
ValueError: packet["codes"][1] must be a code of SUBACK, 3 given
TypeError: packet["codes"][1] must be of type int, string given
TypeError: packet["topics"][0] must be of type string, int given
ValueError: packet["topics"][1] must be a valid topic filter
ValueError: packet["codes"] needs MQTT 5
ValueError: packet["code"] needs MQTT 5
-- level 5
TypeError: packet["properties"]["nothing_known"] must be of type string, int given
TypeError: packet["properties"]["content_type"] must be of type string, int given
ValueError: packet["properties"]["content_type"] must be valid UTF-8 without U+0000
ValueError: packet["properties"]["content_type"] must be at most 65535 bytes long
ValueError: packet["properties"]["message_expiry_interval"] must be between 0 and 4294967295
ValueError: packet["properties"]["message_expiry_interval"] must be between 0 and 4294967295
ValueError: packet["properties"]["topic_alias"] must be between 1 and 65535
ValueError: packet["properties"]["topic_alias"] must be between 1 and 65535
ValueError: packet["properties"]["payload_format_indicator"] must be between 0 and 1
TypeError: packet["properties"]["payload_format_indicator"] must be of type bool|int, string given
ValueError: packet["properties"]["session_expiry_interval"] is not a property of PUBLISH
ValueError: packet["properties"]["response_topic"] must not be empty
ValueError: packet["properties"]["response_topic"] must not contain wildcards
ValueError: packet["properties"]["subscription_identifier"] must be between 1 and 268435455
ValueError: packet["properties"]["subscription_identifier"] must not be empty
TypeError: packet["properties"]["subscription_identifier"][1] must be of type int, string given
ValueError: packet["properties"]["subscription_identifier"] must be between 1 and 268435455
ValueError: packet["properties"]["name"] must be valid UTF-8 without U+0000
ValueError: packet["properties"]["\xFF"] must be valid UTF-8 without U+0000
TypeError: packet["properties"]["5"] must be of type string, int given
TypeError: packet["properties"]["user_properties"] must be of type array|string, int given
TypeError: packet["properties"]["user_properties"][0] must be of type array, string given
ValueError: packet["properties"]["user_properties"][0] must be a list of a name and a value
TypeError: packet["properties"]["user_properties"][0][1] must be of type string, int given
TypeError: packet["properties"]["user_properties"][0][0] must be of type string, int given
TypeError: packet["properties"]["user_properties"]["a"] must be of type string, int given
ValueError: packet["properties"]["authentication_method"] is required
ValueError: packet["properties"]["receive_maximum"] must be between 1 and 65535
ValueError: packet["will"]["properties"]["topic_alias"] is not a property of a will
ValueError: packet["code"] must be a reason code of CONNACK, 1 given
ValueError: packet["code"] must be a reason code of PUBACK, 159 given
ValueError: packet["code"] must be between 0 and 255
ValueError: packet["properties"]["authentication_method"] is required
ValueError: packet["properties"]["authentication_method"] is required
ValueError: packet["topics"]["$share/g/a"]["no_local"] must be false for a shared subscription
ValueError: packet["topics"]["a"]["retain_handling"] must be between 0 and 2
ValueError: packet["properties"]["subscription_identifier"] must be a single number
TypeError: packet["user_properties"] must be of type array, string given
ValueError: packet["codes"][0] must be a code of UNSUBACK, 1 given
-- arguments
ValueError: MqttServer\Codec::pack(): Argument #2 ($protocolLevel) must be 3, 4 or 5
ValueError: MqttServer\Codec::unpack(): Argument #2 ($protocolLevel) must be 3, 4 or 5
ValueError: MqttServer\Codec::decode(): Argument #2 ($protocolLevel) must be 3, 4 or 5
ValueError: packet["protocol_level"] must be 3 or 4, 5 given
ValueError: packet["protocol_level"] must be 5, 4 given
TypeError: MqttServer\Codec::pack(): Argument #1 ($packet) must be of type array, string given
Error: Call to private MqttServer\Codec::__construct() from global scope
