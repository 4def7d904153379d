--TEST--
User properties are flattened by name, and listed beside that when the flat form loses something [MQTT-3.1.3-10]
--EXTENSIONS--
mqtt_server
--FILE--
<?php
use MqttServer\Codec;

/** A PUBLISH at level 5 with these user properties behind a content type. */
function publish(array ...$pairs): string
{
    $properties = "\x03\x00\x01t";
    foreach ($pairs as [$name, $value]) {
        $properties .= "\x26" . pack('n', strlen($name)) . $name . pack('n', strlen($value)) . $value;
    }
    $body = "\x00\x01a" . chr(strlen($properties)) . $properties;
    return "\x30" . chr(strlen($body)) . $body;
}

function show(array ...$pairs): void
{
    $bytes = publish(...$pairs);
    $array = Codec::unpack($bytes, 5);
    echo json_encode($array['properties']), "\n";
    $again = Codec::unpack(Codec::pack($array, 5), 5);
    var_dump($again === $array, Codec::decode(Codec::pack($array, 5), 5)->getUserProperties() === $pairs);
}

show(['a', '1'], ['b', '2']);
show(['', 'no name'], ['-7', 'x'], ['07', 'y']);
show(['12', 'numeric'], ['12345678901234567890', 'too big for an int']);
echo "-- repeated\n";
show(['a', '1'], ['b', '2'], ['a', '3']);
echo "-- named like properties\n";
show(['content_type', 'mine'], ['topic_alias', '5']);
show(['user_properties', 'a name as any other']);

echo "-- what pack() takes\n";
$packet = ['type' => 3, 'topic' => 'a'];
foreach ([
    ['user_properties' => [['a', '1'], ['a', '2']]],
    ['user_properties' => ['a' => '1', 7 => '2']],
    ['a' => 'flat, not repeated', 'user_properties' => [['a', '1']], 'b' => 'kept'],
    ['user_properties' => 'a string'],
    ['user_properties' => [], 'x' => null, 'y' => 'z'],
] as $properties) {
    echo json_encode(Codec::decode(Codec::pack($packet + ['properties' => $properties], 5), 5)->getUserProperties()), "\n";
}
$outer = Codec::pack($packet + ['user_properties' => [['a', '1'], ['a', '2']]], 5);
echo json_encode(Codec::decode($outer, 5)->getUserProperties()), "\n";
$will = ['topic' => 'w', 'properties' => ['will_delay_interval' => 1, 'k' => 'v', 'user_properties' => [['k', 'u'], ['k', 'v']]]];
$connect = Codec::unpack(Codec::pack(['type' => 1, 'client_id' => 'c', 'will' => $will], 5), 5);
echo json_encode($connect['will']['properties']), "\n";
?>
--EXPECT--
{"content_type":"t","a":"1","b":"2"}
bool(true)
bool(true)
{"content_type":"t","":"no name","-7":"x","07":"y"}
bool(true)
bool(true)
{"content_type":"t","12":"numeric","12345678901234567890":"too big for an int"}
bool(true)
bool(true)
-- repeated
{"content_type":"t","a":"3","b":"2","user_properties":[["a","1"],["b","2"],["a","3"]]}
bool(true)
bool(true)
-- named like properties
{"content_type":"t","user_properties":[["content_type","mine"],["topic_alias","5"]]}
bool(true)
bool(true)
{"content_type":"t","user_properties":[["user_properties","a name as any other"]]}
bool(true)
bool(true)
-- what pack() takes
[["a","1"],["a","2"]]
[["a","1"],["7","2"]]
[["b","kept"],["a","1"]]
[["user_properties","a string"]]
[["y","z"]]
[["a","1"],["a","2"]]
{"will_delay_interval":1,"k":"v","user_properties":[["k","u"],["k","v"]]}
