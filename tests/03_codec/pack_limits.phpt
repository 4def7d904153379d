--TEST--
Codec::pack() has the limits of Codec::unpack(): 200 levels of a topic, 128 user properties; lists of any length up to there
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/vectors.inc';

use MqttServer\Codec;

/** A topic of that many levels. */
function levels(int $count): string
{
    return implode('/', array_fill(0, $count, 'x'));
}

/** What is packed can be unpacked and says the same. */
function both(array $packet, int $level): void
{
    $again = Codec::unpack($bytes = Codec::pack($packet, $level), $level);
    echo strlen($bytes), ' ';
    var_dump(Codec::pack($again, $level) === $bytes && Codec::decode($bytes, $level)->toArray() === $again);
}

$will = static fn (string $topic) => ['type' => 1, 'clean_session' => 1, 'client_id' => 'c', 'will' => ['topic' => $topic]];
$publish = static fn (string $topic) => ['type' => 3, 'topic' => $topic];
$subscribe = static fn (string ...$filters) => ['type' => 8, 'message_id' => 1, 'topics' => array_fill_keys($filters, 0)];
$list = static fn (string $filter) => ['type' => 8, 'message_id' => 1, 'topic_list' => [['filter' => $filter, 'qos' => 1]]];
$unsubscribe = static fn (string ...$filters) => ['type' => 10, 'message_id' => 1, 'topics' => $filters];

echo "-- levels\n";
foreach ([$will, $publish, $subscribe, $list, $unsubscribe] as $make) {
    both($make(levels(200)), 4);
    attempt(fn () => Codec::pack($make(levels(201)), 4));
}
both($subscribe('$share/group/' . levels(200)), 5);
attempt(fn () => Codec::pack($subscribe('$share/group/' . levels(201)), 5));
attempt(fn () => Codec::pack($subscribe('$share/group/' . levels(200)), 4));
attempt(fn () => Codec::pack($subscribe(levels(200) . '/#'), 4));
attempt(fn () => Codec::pack($subscribe(levels(200) . '/x#'), 4));

echo "-- user properties\n";
$flat = static fn (int $count) => ['properties' => array_combine(array_map(fn ($i) => "name $i", range(1, $count)), array_fill(0, $count, 'v'))];
$exact = static fn (int $count) => ['properties' => ['user_properties' => array_fill(0, $count, ['name', 'v'])]];
$outer = static fn (int $count) => ['user_properties' => array_fill(0, $count, ['name', 'v'])];
foreach ([$flat, $exact, $outer] as $make) {
    both($publish('a') + $make(128), 5);
    attempt(fn () => Codec::pack($publish('a') + $make(129), 5));
    attempt(fn () => Codec::pack(['type' => 1, 'client_id' => 'c', 'will' => ['topic' => 't'] + $make(129)], 5));
}
both(['type' => 1, 'client_id' => 'c', 'will' => ['topic' => 't'] + $exact(128)] + $flat(128), 5);

echo "-- long lists\n";
both($subscribe(...array_map(fn ($i) => "filter/$i/+/#", range(1, 1000))), 4);
both($subscribe(...array_map(fn ($i) => "filter/$i", range(1, 300))) + $flat(100), 5);
both($unsubscribe(...array_map(fn ($i) => "filter/$i", range(1, 1000))), 4);
both(['type' => 9, 'message_id' => 1, 'codes' => array_fill(0, 5000, 128)], 4);
foreach ([500, 508, 509, 510, 511, 512, 513] as $length) {
    both($unsubscribe(str_repeat('y', $length)), 4);
}
?>
--EXPECT--
-- levels
419 bool(true)
ValueError: packet["will"]["topic"] must not have more than 200 levels
404 bool(true)
ValueError: packet["topic"] must not have more than 200 levels
407 bool(true)
ValueError: packet["topics"]["x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/"] must not have more than 200 levels
407 bool(true)
ValueError: packet["topic_list"][0]["filter"] must not have more than 200 levels
406 bool(true)
ValueError: packet["topics"][0] must not have more than 200 levels
421 bool(true)
ValueError: packet["topics"]["$share/group/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x"] must not have more than 200 levels
ValueError: packet["topics"]["$share/group/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x"] must not have more than 200 levels
ValueError: packet["topics"]["x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/"] must not have more than 200 levels
ValueError: packet["topics"]["x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/"] must be a valid topic filter
-- user properties
1692 bool(true)
ValueError: packet["properties"]["name 129"] is one user property more than the 128 there may be
ValueError: packet["will"]["properties"]["name 129"] is one user property more than the 128 there may be
1288 bool(true)
ValueError: packet["properties"]["user_properties"][128][1] is one user property more than the 128 there may be
ValueError: packet["will"]["properties"]["user_properties"][128][1] is one user property more than the 128 there may be
1288 bool(true)
ValueError: packet["user_properties"][128][1] is one user property more than the 128 there may be
ValueError: packet["will"]["user_properties"][128][1] is one user property more than the 128 there may be
2989 bool(true)
-- long lists
16899 bool(true)
5091 bool(true)
11898 bool(true)
5005 bool(true)
507 bool(true)
515 bool(true)
516 bool(true)
517 bool(true)
518 bool(true)
519 bool(true)
520 bool(true)
