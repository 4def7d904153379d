--TEST--
The streaming decoder: limits, faults that stay, memory by bytes that came and not by a length that was claimed
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/vectors.inc';

use MqttServer\Codec\Decoder;
use MqttServer\Exception\MalformedPacketException;

attempt(fn () => new Decoder(2));
attempt(fn () => new Decoder(4, 1));
attempt(fn () => new Decoder(4, 268435461));
attempt(fn () => (new ReflectionClass(Decoder::class))->newInstanceWithoutConstructor());
attempt(fn () => (new Decoder())->__construct());
attempt(fn () => clone new Decoder());
attempt(fn () => serialize(new Decoder()));
attempt(function () {
    $decoder = new Decoder();
    $decoder->x = 1;
});

echo "-- a packet that is too long is refused by its header\n";
$decoder = new Decoder(4, 100);
attempt(fn () => count($decoder->push("\x30\x62\x00\x01a" . str_repeat('x', 95))));
attempt(fn () => $decoder->push("\x30\x63"));
attempt(fn () => $decoder->push("\xc0\x00"));
attempt(fn () => $decoder->feed("\xc0\x00"));
attempt(fn () => $decoder->next());

echo "-- packets before a fault are given\n";
$decoder = new Decoder();
var_dump(count($decoder->push("\xc0\x00\xd0\x00\x00\x00\xc0\x00")), $decoder->hasFault(), $decoder->getPendingBytes());
attempt(fn () => $decoder->push(''));
$decoder = new Decoder();
$decoder->feed("\xc0\x00\x30\x03\x00\x01#");
var_dump($decoder->next()->getTypeName(), $decoder->hasFault());
attempt(fn () => $decoder->next());
var_dump($decoder->hasFault());
attempt(fn () => $decoder->next());

echo "-- memory\n";
$before = memory_get_usage();
$decoders = [];
for ($i = 0; $i < 50; $i++) {
    $decoders[] = $decoder = new Decoder();
    $decoder->push("\x30\xff\xff\xff\x7f\x00\x01a");
}
var_dump(memory_get_usage() - $before < 100000);
unset($decoders, $decoder);

$work = function () {
    $decoder = new Decoder(5);
    foreach (vectors() as ['bytes' => $bytes, 'level' => $level]) {
        if ($level === 5) {
            foreach (str_split($bytes, 7) as $piece) {
                $decoder->push($piece);
            }
        }
    }
    try {
        $decoder->push("\x30\x03\x00\x01#");
    } catch (MalformedPacketException) {
    }
    unset($decoder);
};
$used = [0, 0, 0];
foreach ($used as $round => $_) {
    for ($i = 0; $i < 20; $i++) {
        $work();
    }
    $used[$round] = memory_get_usage();
}
var_dump($used[2] - $used[1]);
?>
--EXPECT--
ValueError: MqttServer\Codec\Decoder::__construct(): Argument #1 ($protocolLevel) must be 3, 4 or 5
ValueError: MqttServer\Codec\Decoder::__construct(): Argument #2 ($maxPacketSize) must be between 2 and 268435460
ValueError: MqttServer\Codec\Decoder::__construct(): Argument #2 ($maxPacketSize) must be between 2 and 268435460
ReflectionException: Class MqttServer\Codec\Decoder is an internal class marked as final that cannot be instantiated without invoking its constructor
Error: The decoder has been constructed already
Error: Trying to clone an uncloneable object of class MqttServer\Codec\Decoder
Exception: Serialization of 'MqttServer\Codec\Decoder' is not allowed
Error: Cannot create dynamic property MqttServer\Codec\Decoder::$x
-- a packet that is too long is refused by its header
int(1)
MqttServer\Exception\MalformedPacketException: the packet is longer than the maximum packet size at byte 1 [MQTT-3.2.2-15]
MqttServer\Exception\MalformedPacketException: the packet is longer than the maximum packet size at byte 1 [MQTT-3.2.2-15]
MqttServer\Exception\MalformedPacketException: the packet is longer than the maximum packet size at byte 1 [MQTT-3.2.2-15]
MqttServer\Exception\MalformedPacketException: the packet is longer than the maximum packet size at byte 1 [MQTT-3.2.2-15]
-- packets before a fault are given
int(2)
bool(true)
int(0)
MqttServer\Exception\MalformedPacketException: packet type 0 is reserved at byte 0 [MQTT5 2.1.2]
string(7) "PINGREQ"
bool(false)
MqttServer\Exception\MalformedPacketException: the topic name of a PUBLISH holds a wildcard at byte 4 [MQTT-3.3.2-2]
bool(true)
MqttServer\Exception\MalformedPacketException: the topic name of a PUBLISH holds a wildcard at byte 4 [MQTT-3.3.2-2]
-- memory
bool(true)
int(0)
