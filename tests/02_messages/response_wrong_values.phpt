--TEST--
The helpers of a response refuse wrong values and name the argument
--EXTENSIONS--
mqtt_server
--FILE--
<?php
use MqttServer\Message\Response;

$response = new Response();
foreach ([
    fn () => $response->withReasonCode(256),
    fn () => $response->withReasonCode(-1),
    fn () => $response->withReasonCode(0x50),
    fn () => $response->withReasonCode('x'),
    fn () => $response->withReasonString("\xff"),
    fn () => $response->withReasonString("a\0b"),
    fn () => $response->withReasonString(str_repeat('a', 65536)),
    fn () => $response->withUserProperty('a', "\xc3"),
    fn () => $response->withGrantedQos(0, 3),
    fn () => $response->withGrantedQos([1, '1']),
    fn () => $response->withTopic(''),
    fn () => $response->withTopic('a/+'),
    fn () => $response->withTopic('a#'),
    fn () => $response->withQos(3),
    fn () => $response->withProperty('nonsense', 1),
    fn () => $response->withProperty('content_type', 5),
    fn () => $response->withProperty('topic_alias', 65536),
    fn () => $response->withProperty('topic_alias', '1'),
    fn () => $response->withProperty('retain_available', 2),
    fn () => $response->deny(0),
    fn () => $response->deny(0x87, "\xff"),
    fn () => $response->withStatus(600),
    fn () => new Response(99),
    fn () => MqttServer\Message\BaseResponse::forward(new stdClass(), 'getQos'),
    fn () => MqttServer\Message\BaseResponse::forward($response, 'nonsense'),
    fn () => serialize($response),
    function () use ($response) { $response->own = 1; },
] as $call) {
    try {
        $call();
        echo "accepted\n";
    } catch (Throwable $error) {
        echo get_class($error), ': ', str_replace('MqttServer\Message\BaseResponse::', '', $error->getMessage()), "\n";
    }
}
var_dump($response->getReasonCode(), $response->getUserProperties(), $response->getGrantedQos(), $response->isDenied());
?>
--EXPECT--
ValueError: withReasonCode(): Argument #1 ($reasonCode) must be a reason code of MQTT, 256 given
ValueError: withReasonCode(): Argument #1 ($reasonCode) must be a reason code of MQTT, -1 given
ValueError: withReasonCode(): Argument #1 ($reasonCode) must be a reason code of MQTT, 80 given
TypeError: withReasonCode(): Argument #1 ($reasonCode) must be of type int, string given
ValueError: withReasonString(): Argument #1 ($reasonString) must be valid UTF-8 without null characters
ValueError: withReasonString(): Argument #1 ($reasonString) must be valid UTF-8 without null characters
ValueError: withReasonString(): Argument #1 ($reasonString) must be at most 65535 bytes long
ValueError: withUserProperty(): Argument #2 ($value) must be valid UTF-8 without null characters
ValueError: withGrantedQos(): Argument #2 ($qos) must be 0, 1, 2 or a failure code of SUBACK, 3 given
TypeError: withGrantedQos(): Argument #1 ($qos) must be of type int, string given
ValueError: withTopic(): Argument #1 ($topic) must be a topic name: not empty, without + and #
ValueError: withTopic(): Argument #1 ($topic) must be a topic name: not empty, without + and #
ValueError: withTopic(): Argument #1 ($topic) must be a topic name: not empty, without + and #
ValueError: withQos(): Argument #1 ($qos) must be 0, 1 or 2, 3 given
ValueError: withProperty(): Argument #1 ($name) must be the name of an MQTT 5.0 property (withUserProperty() is for others), "nonsense" given
TypeError: withProperty(): Argument #2 ($value) must be of type string for this property, int given
ValueError: withProperty(): Argument #2 ($value) must be between 0 and 65535 for this property, 65536 given
TypeError: withProperty(): Argument #2 ($value) must be of type int for this property, string given
ValueError: withProperty(): Argument #2 ($value) must be between 0 and 1 for this property, 2 given
ValueError: deny(): Argument #1 ($reasonCode) must be a reason code of MQTT that says failure, 0 given
ValueError: deny(): Argument #2 ($reason) must be valid UTF-8 without null characters
InvalidArgumentException: withStatus(): Argument #1 ($code) must be an integer from 100 to 599
ValueError: __construct(): Argument #1 ($status) must be between 100 and 599
TypeError: forward(): Argument #1 ($response) must be of type MqttServer\Message\Response, stdClass given
ValueError: forward(): Argument #2 ($method) must be the name of a method of MqttServer\Message\BaseResponse
Exception: Serialization of 'MqttServer\Message\Response' is not allowed
Error: Cannot create dynamic property MqttServer\Message\Response::$own
NULL
array(0) {
}
NULL
bool(false)
