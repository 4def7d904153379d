--TEST--
The streaming decoder gives the same packets however the bytes are cut, and changes its level with a CONNECT
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/vectors.inc';

use MqttServer\Codec\Decoder;
use MqttServer\Packet;

$stream = [3 => '', 4 => '', 5 => ''];
$arrays = [3 => [], 4 => [], 5 => []];
foreach (vectors() as ['bytes' => $bytes, 'level' => $level, 'array' => $array]) {
    $stream[$level] .= $bytes;
    $arrays[$level][] = $array;
}

/** All packets of a stream, given in the pieces. */
function pushed(int $level, array $pieces): array
{
    $decoder = new Decoder($level);
    $packets = [];
    foreach ($pieces as $piece) {
        array_push($packets, ...$decoder->push($piece));
    }
    if ($decoder->getPendingBytes() !== 0) {
        echo "bytes are left\n";
    }
    return $packets;
}

function fed(int $level, array $pieces, bool $late): array
{
    $decoder = new Decoder($level);
    $packets = [];
    foreach ($pieces as $piece) {
        $decoder->feed($piece);
        while (!$late && $packet = $decoder->next()) {
            $packets[] = $packet;
        }
    }
    while ($packet = $decoder->next()) {
        $packets[] = $packet;
    }
    return array_map(fn (Packet $packet) => $packet->toArray(), $packets);
}

foreach ($stream as $level => $bytes) {
    $good = 0;
    foreach ([1, 2, 3, 5, 7, 11, 64, 1 << 16] as $size) {
        $pieces = str_split($bytes, $size);
        $good += pushed($level, $pieces) === $arrays[$level];
        $good += fed($level, $pieces, false) === $arrays[$level];
        $good += fed($level, $pieces, true) === $arrays[$level];
    }
    $splits = 0;
    for ($at = 0; $at <= strlen($bytes); $at++) {
        $splits += pushed($level, [substr($bytes, 0, $at), substr($bytes, $at)]) === $arrays[$level];
    }
    echo "level $level: $good of 24, ", $splits === strlen($bytes) + 1 ? 'every split' : $splits, "\n";
}

echo "-- level\n";
$decoder = new Decoder();
var_dump($decoder->getProtocolLevel());
$connect = MqttServer\Codec::pack(['type' => 1, 'client_id' => 'c'], 5);
$publish = MqttServer\Codec::pack(['type' => 3, 'topic' => 'a', 'properties' => ['k' => 'v']], 5);
echo count($decoder->push($connect . $publish)), ' ', $decoder->getProtocolLevel(), "\n";
$decoder = new Decoder();
$decoder->feed($connect . $publish);
echo $decoder->next()->getTypeName(), ' ', $decoder->getProtocolLevel(), ' ', $decoder->next()->getProperty('k'), "\n";
var_dump($decoder->next());

echo "-- pending\n";
$decoder = new Decoder(5);
var_dump($decoder->push(''), $decoder->push(substr($publish, 0, 3)), $decoder->getPendingBytes());
var_dump(count($decoder->push(substr($publish, 3) . "\xc0")), $decoder->getPendingBytes());
?>
--EXPECT--
level 3: 24 of 24, every split
level 4: 24 of 24, every split
level 5: 24 of 24, every split
-- level
int(4)
2 5
CONNECT 5 v
NULL
-- pending
array(0) {
}
array(0) {
}
int(3)
int(1)
int(1)
