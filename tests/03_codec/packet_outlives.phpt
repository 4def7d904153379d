--TEST--
MqttServer\Packet says what unpack() says, refuses what unpack() refuses, and outlives the string and the decoder it came from
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/vectors.inc';

use MqttServer\Codec;

function refusal(callable $code): string
{
    try {
        $code();
        return 'nothing';
    } catch (MqttServer\Exception\MalformedPacketException $e) {
        return "{$e->getMessage()} $e->reasonCode $e->clause $e->offset";
    }
}

$vectors = vectors();
$same = $refused = 0;
foreach ($vectors as $vector) {
    $level = $vector['level'];
    $same += Codec::decode($vector['bytes'], $level)->toArray() === Codec::unpack($vector['bytes'], $level);
    for ($length = 0; $length < strlen($vector['bytes']); $length++) {
        $part = substr($vector['bytes'], 0, $length);
        $refused += refusal(fn () => Codec::decode($part, $level)) === refusal(fn () => Codec::unpack($part, $level))
            && refusal(fn () => Codec::decode($part, $level)) !== 'nothing';
    }
}
var_dump($same === count($vectors), $refused === array_sum(array_map(fn ($v) => strlen($v['bytes']), $vectors)));

echo "-- longer than what it was made of\n";
$packets = [];
foreach (range(1, 1000) as $i) {
    $bytes = Codec::pack(['type' => 3, 'topic' => "topic/$i", 'message' => str_repeat(chr(97 + $i % 26), $i)], 4);
    $packets[] = Codec::decode($bytes, 4);
    $bytes[5] = '?';
    unset($bytes);
}
$decoder = new Codec\Decoder(4);
foreach (range(1001, 2000) as $i) {
    $bytes = Codec::pack(['type' => 3, 'topic' => "topic/$i", 'message' => str_repeat(chr(97 + $i % 26), $i)], 4);
    foreach ($i % 3 ? [$bytes] : str_split($bytes, 100) as $part) {
        $decoder->feed($part);
        while ($packet = $decoder->next()) {
            $packets[] = $packet;
        }
    }
}
unset($decoder, $bytes, $packet, $part);
$good = 0;
foreach ([1, 2] as $turn) {
    foreach ($packets as $index => $packet) {
        $i = $index + 1;
        $good += $packet->getTopic() === "topic/$i" && $packet->getPayload() === str_repeat(chr(97 + $i % 26), $i)
            && $packet->toArray()['topic'] === "topic/$i";
    }
}
var_dump(count($packets), $good);

echo "-- as part of something larger\n";
$cycle = new stdClass();
$cycle->self = $cycle;
$cycle->packet = Codec::decode("\x30\x03\x00\x01t");
$known = WeakReference::create($cycle->packet);
$map = new WeakMap();
$map[$cycle->packet] = 'of the packet';
var_dump(count($map), $known->get()->getTopic());
unset($cycle);
gc_collect_cycles();
var_dump(count($map), $known->get());
unset($packets, $packet);

echo "-- thrown away again and again\n";
$used = 0;
foreach (range(1, 3) as $turn) {
    for ($i = 0; $i < 5000; $i++) {
        $packet = Codec::decode("\x30\x07\x00\x03a/btt");
        $packet->getTopic();
        refusal(fn () => Codec::decode("\x30\x03\x00\x09t"));
    }
    unset($packet);
    $before = $used;
    $used = memory_get_usage();
}
var_dump($used === $before);
?>
--EXPECT--
bool(true)
bool(true)
-- longer than what it was made of
int(2000)
int(4000)
-- as part of something larger
int(1)
string(1) "t"
int(0)
NULL
-- thrown away again and again
bool(true)
