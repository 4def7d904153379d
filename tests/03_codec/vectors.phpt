--TEST--
Every vector unpacks to its array, with the keys in their order, and packs to its bytes
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/vectors.inc';

use MqttServer\Codec;

$types = [];
foreach (vectors() as ['title' => $title, 'level' => $level, 'bytes' => $bytes, 'array' => $array, 'packs_as' => $packed]) {
    $types["$level/{$array['type']}"] = true;
    $got = Codec::unpack($bytes, $level);
    if ($got !== $array || json_encode($got) !== json_encode($array)) {
        echo "$title: unpacks to ", json_encode($got), "\n";
    }
    foreach ([$array, $got] as $source) {
        if (Codec::pack($source, $level) !== $packed) {
            echo "$title: packs to ", bin2hex(Codec::pack($source, $level)), "\n";
        }
    }
    if (Codec::decode($bytes, $level)->toArray() !== $array) {
        echo "$title: the packet object gives another array\n";
    }
    if ($level >= 4) {
        $class = $level === 4 ? Codec\V3::class : Codec\V5::class;
        if ($class::unpack($bytes) !== $array || $class::pack($array) !== $packed) {
            echo "$title: $class differs\n";
        }
    }
}
ksort($types, SORT_NATURAL);
echo implode(' ', array_keys($types)), "\n";
?>
--EXPECT--
3/1 3/3 3/9 4/1 4/2 4/3 4/4 4/5 4/6 4/7 4/8 4/9 4/10 4/11 4/12 4/13 4/14 5/1 5/2 5/3 5/4 5/5 5/6 5/7 5/8 5/9 5/10 5/11 5/12 5/13 5/14 5/15
