--TEST--
The page about simps/mqtt is true: its code prints what stands below it, its classes of the old names give the old arrays
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/vectors.inc';

$page = file_get_contents(__DIR__ . '/../../docs/simps-mqtt.md');
preg_match_all('/^```php\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/ms', $page, $blocks, PREG_SET_ORDER);
foreach ($blocks as $i => $block) {
    ob_start();
    eval($block[1]);
    $said = ob_get_clean();
    if ($said !== ($block[2] ?? '')) {
        echo "block $i prints\n$said";
    }
}
echo count($blocks), " blocks\n";

/* Keys in their order, and types of their values, as code for the old package relies on them. "?": only when there. */
const SHAPES = [
    '4/1' => 'type:i protocol_name:s protocol_level:i clean_session:i will:a? user_name:s password:s keep_alive:i client_id:s',
    '4/2' => 'type:i session_present:i code:i',
    '4/3' => 'type:i dup:i qos:i retain:i topic:s message:s message_id:i?',
    '4/4' => 'type:i message_id:i', '4/5' => 'type:i message_id:i', '4/6' => 'type:i message_id:i', '4/7' => 'type:i message_id:i',
    '4/8' => 'type:i message_id:i topics:a topic_list:a?', '4/9' => 'type:i message_id:i codes:a',
    '4/10' => 'type:i message_id:i topics:a', '4/11' => 'type:i message_id:i', '4/12' => 'type:i', '4/13' => 'type:i', '4/14' => 'type:i',
    '5/1' => 'type:i protocol_name:s protocol_level:i clean_session:i properties:a? will:a? user_name:s password:s keep_alive:i client_id:s',
    '5/2' => 'type:i session_present:i code:i properties:a?',
    '5/3' => 'type:i dup:i qos:i retain:i topic:s message_id:i? properties:a? message:s',
    '5/4' => 'type:i message_id:i code:i properties:a?', '5/5' => 'type:i message_id:i code:i properties:a?',
    '5/6' => 'type:i message_id:i code:i properties:a?', '5/7' => 'type:i message_id:i code:i properties:a?',
    '5/8' => 'type:i message_id:i properties:a? topics:a topic_list:a?', '5/9' => 'type:i message_id:i properties:a? codes:a',
    '5/10' => 'type:i message_id:i properties:a? topics:a', '5/11' => 'type:i message_id:i properties:a? codes:a',
    '5/12' => 'type:i', '5/13' => 'type:i', '5/14' => 'type:i code:i properties:a?', '5/15' => 'type:i code:i properties:a?',
];

$seen = [];
foreach (vectors() as ['title' => $title, 'level' => $level, 'bytes' => $bytes, 'array' => $array]) {
    if ($level < 4) {
        continue;
    }
    $class = $level === 5 ? Simps\MQTT\Protocol\V5::class : Simps\MQTT\Protocol\V3::class;
    $got = $class::unpack($bytes);
    if ($got !== $array || $class::unpack($class::pack($got)) !== $got) {
        echo "$title: another array\n";
    }
    $is = implode(' ', array_map(fn ($key) => $key . ':' . substr(gettype($got[$key]), 0, 1), array_keys($got)));
    $shape = preg_replace('/ (\S+)\?/', '(?: $1)?', SHAPES["$level/{$array['type']}"]);
    if (!preg_match("~^$shape$~", $is)) {
        echo "$title: $is\n";
    }
    $seen["$level/{$array['type']}"] = true;
}
echo implode(' ', array_keys(array_diff_key(SHAPES, $seen))), "shapes: ", count($seen), "\n";
?>
--EXPECT--
5 blocks
shapes: 29
