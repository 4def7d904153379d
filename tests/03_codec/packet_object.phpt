--TEST--
MqttServer\Packet: every getter on every packet type, and nothing that shows a password
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/vectors.inc';

use MqttServer\Codec;
use MqttServer\Packet;

function show(array $packet, int $level): void
{
    $object = Codec::decode(Codec::pack($packet, $level), $level);
    $text = [];
    foreach (get_class_methods($object) as $method) {
        if ($method === '__construct' || $method === 'getProperty' || $method === 'toArray') {
            continue;
        }
        $value = $object->$method();
        if ($value !== '' && $value !== 0 && $value !== false && $value !== [] && $value !== null) {
            $text[] = "$method=" . json_encode($value, JSON_UNESCAPED_SLASHES);
        }
    }
    echo implode(' ', $text), "\n";
}

show(['type' => 1, 'clean_session' => 1, 'client_id' => 'c', 'user_name' => 'u', 'password' => 'p', 'keep_alive' => 9,
    'will' => ['topic' => 'w', 'message' => 'm', 'qos' => 1]], 4);
show(['type' => 1, 'client_id' => 'c', 'properties' => ['receive_maximum' => 5, 'k' => 'v']], 5);
show(['type' => 2, 'session_present' => 1], 4);
show(['type' => 2, 'code' => 0x87, 'properties' => ['reason_string' => 'no']], 5);
show(['type' => 3, 'topic' => 't', 'message' => 'm', 'qos' => 2, 'dup' => 1, 'retain' => 1, 'message_id' => 7], 3);
show(['type' => 3, 'topic' => 't', 'message' => 'm', 'properties' => ['subscription_identifier' => [1, 2]]], 5);
show(['type' => 4, 'message_id' => 7, 'code' => 16], 5);
show(['type' => 6, 'message_id' => 7], 4);
show(['type' => 8, 'message_id' => 7, 'topics' => ['a' => 1, 'b' => 2]], 4);
show(['type' => 9, 'message_id' => 7, 'codes' => [0, 128]], 4);
show(['type' => 10, 'message_id' => 7, 'topics' => ['a', 'b']], 4);
show(['type' => 11, 'message_id' => 7, 'codes' => [17]], 5);
show(['type' => 11, 'message_id' => 7], 4);
show(['type' => 12], 4);
show(['type' => 14, 'code' => 4], 5);
show(['type' => 15, 'code' => 24, 'properties' => ['authentication_method' => 'x']], 5);

echo "-- properties\n";
$packet = Codec::decode(Codec::pack(['type' => 3, 'topic' => 't', 'properties' => ['content_type' => 'c',
    'topic_alias' => 3, 'subscription_identifier' => [1, 2], 'user_properties' => [['a', '1'], ['topic_alias', 'x'], ['a', '2']]]], 5), 5);
var_dump($packet->getProperty('content_type'), $packet->getProperty('topic_alias'), $packet->getProperty('a'),
    $packet->getProperty('message_expiry_interval'), $packet->getProperty('nothing'));
echo json_encode([$packet->getProperty('subscription_identifier'), $packet->getProperties(), $packet->getUserProperties()]), "\n";
var_dump(Codec::decode("\xc0\0")->getProperty('a'));

echo "-- no user name is not an empty one\n";
$bytes = "\x10\x0f\x00\x04MQTT\x04\x82\x00\x00\x00\x01c\x00\x00";
var_dump(Codec::decode($bytes)->getUsername(), Codec::decode($bytes)->getPassword());

echo "-- object\n";
$connect = Codec::decode(Codec::pack(['type' => 1, 'client_id' => 'c', 'clean_session' => 1, 'user_name' => 'u', 'password' => 'secret']));
var_dump($connect);
print_r($connect);
var_dump((array) $connect, Packet::CONNECT, Packet::AUTH);
attempt(fn () => clone $connect);
attempt(fn () => serialize($connect));
attempt(fn () => new Packet());
attempt(fn () => (new ReflectionClass(Packet::class))->newInstanceWithoutConstructor());
attempt(fn () => $connect->x = 1);
attempt(fn () => $connect->getTopic(1));
attempt(fn () => $connect->getProperty());

echo "-- secrets in traces\n";
try {
    Codec::pack(['type' => 1, 'password' => 'secret', 'client_id' => 5]);
} catch (TypeError $e) {
    var_dump($e->getTrace()[0]['args'][0] instanceof SensitiveParameterValue);
}
?>
--INI--
zend.exception_ignore_args=0
--EXPECT--
getType=1 getTypeName="CONNECT" getProtocolLevel=4 getClientId="c" getUsername="u" getPassword="p" isCleanStart=true getKeepAlive=9 getWill={"qos":1,"retain":0,"topic":"w","message":"m"}
getType=1 getTypeName="CONNECT" getProtocolLevel=5 getClientId="c" getProperties={"receive_maximum":5,"k":"v"} getUserProperties=[["k","v"]]
getType=2 getTypeName="CONNACK" getProtocolLevel=4 isSessionPresent=true
getType=2 getTypeName="CONNACK" getProtocolLevel=5 getReasonCode=135 getProperties={"reason_string":"no"}
getType=3 getTypeName="PUBLISH" getProtocolLevel=3 getTopic="t" getPayload="m" getQos=2 isRetain=true isDup=true getPacketId=7
getType=3 getTypeName="PUBLISH" getProtocolLevel=5 getTopic="t" getPayload="m" getProperties={"subscription_identifier":[1,2]}
getType=4 getTypeName="PUBACK" getProtocolLevel=5 getPacketId=7 getReasonCode=16
getType=6 getTypeName="PUBREL" getProtocolLevel=4 getPacketId=7
getType=8 getTypeName="SUBSCRIBE" getProtocolLevel=4 getPacketId=7 getTopicFilters=[{"filter":"a","qos":1,"no_local":false,"retain_as_published":false,"retain_handling":0},{"filter":"b","qos":2,"no_local":false,"retain_as_published":false,"retain_handling":0}]
getType=9 getTypeName="SUBACK" getProtocolLevel=4 getPacketId=7 getReasonCodes=[0,128]
getType=10 getTypeName="UNSUBSCRIBE" getProtocolLevel=4 getPacketId=7 getTopicFilters=["a","b"]
getType=11 getTypeName="UNSUBACK" getProtocolLevel=5 getPacketId=7 getReasonCodes=[17]
getType=11 getTypeName="UNSUBACK" getProtocolLevel=4 getPacketId=7
getType=12 getTypeName="PINGREQ" getProtocolLevel=4
getType=14 getTypeName="DISCONNECT" getProtocolLevel=5 getReasonCode=4
getType=15 getTypeName="AUTH" getProtocolLevel=5 getReasonCode=24 getProperties={"authentication_method":"x"}
-- properties
string(1) "c"
int(3)
string(1) "2"
NULL
NULL
[[1,2],{"content_type":"c","topic_alias":3,"subscription_identifier":[1,2],"a":"2","user_properties":[["a","1"],["topic_alias","x"],["a","2"]]},[["a","1"],["topic_alias","x"],["a","2"]]]
NULL
-- no user name is not an empty one
string(0) ""
NULL
-- object
object(MqttServer\Packet)#2 (0) {
}
MqttServer\Packet Object
(
)
array(0) {
}
int(1)
int(15)
Error: Trying to clone an uncloneable object of class MqttServer\Packet
Exception: Serialization of 'MqttServer\Packet' is not allowed
Error: Call to private MqttServer\Packet::__construct() from global scope
ReflectionException: Class MqttServer\Packet is an internal class marked as final that cannot be instantiated without invoking its constructor
Error: Cannot create dynamic property MqttServer\Packet::$x
ArgumentCountError: MqttServer\Packet::getTopic() expects exactly 0 arguments, 1 given
ArgumentCountError: MqttServer\Packet::getProperty() expects exactly 1 argument, 0 given
-- secrets in traces
bool(true)
