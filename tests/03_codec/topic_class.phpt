--TEST--
MqttServer\Topic: names, filters and matching (MQTT 5 section 4.7)
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/vectors.inc';

use MqttServer\Topic;

foreach ([
    ['a/b', 'a/b', true], ['a/b', 'a/c', false], ['a/+', 'a/b', true], ['a/+', 'a', false], ['a/+', 'a/', true],
    ['a/#', 'a', true], ['a/#', 'a/b/c', true], ['#', 'a', true], ['+', '/a', false], ['+/+', '/a', true],
    ['/+', '/a', true], ['#', '$SYS/x', false], ['+/x', '$SYS/x', false], ['$SYS/#', '$SYS/x', true],
    ['a//b', 'a//b', true], ['a/+/b', 'a//b', true], ['A', 'a', false], ['$share/g/a/+', 'a/b', true],
    ['$share/g/#', '$SYS/x', false],
] as [$filter, $topic, $expected]) {
    if (Topic::matches($filter, $topic) !== $expected) {
        echo "$filter on $topic\n";
    }
}
foreach (['a', '/', 'a b', "\u{4e2d}", '$SYS/x', '$share/g/a'] as $name) {
    echo json_encode([$name, Topic::isValidName($name), Topic::isValidFilter($name)]), "\n";
}
foreach (['', '+', '#', 'a/#/b', 'a#', 'a+', "a\0", "\xff", '$share/g', '$share//a', '$share/+/a', str_repeat('a', 65536)] as $name) {
    echo strlen($name) < 20 ? bin2hex($name) : 'long', ' ', json_encode([Topic::isValidName($name), Topic::isValidFilter($name)]), "\n";
}
attempt(fn () => Topic::matches('a#', 'a'));
attempt(fn () => Topic::matches('a', '+'));
attempt(fn () => new Topic());
?>
--EXPECT--
["a",true,true]
["\/",true,true]
["a b",true,true]
["\u4e2d",true,true]
["$SYS\/x",true,true]
["$share\/g\/a",true,true]
 [false,false]
2b [false,true]
23 [false,true]
612f232f62 [false,false]
6123 [false,false]
612b [false,false]
6100 [false,false]
ff [false,false]
2473686172652f67 [true,false]
2473686172652f2f61 [true,false]
2473686172652f2b2f61 [false,false]
long [false,false]
ValueError: MqttServer\Topic::matches(): Argument #1 ($filter) must be a valid topic filter
ValueError: MqttServer\Topic::matches(): Argument #2 ($topic) must be a valid topic name
Error: Call to private MqttServer\Topic::__construct() from global scope
