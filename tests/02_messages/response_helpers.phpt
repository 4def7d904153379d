--TEST--
Every helper of a response is read back by its getter and leaves the original alone
--EXTENSIONS--
mqtt_server
--FILE--
<?php
use MqttServer\Message\Response;

$getters = ['getReasonCode', 'getReasonString', 'getUserProperties', 'getGrantedQos', 'getTopic', 'getPayload', 'getQos',
    'getRetain', 'getProperties', 'isDenied', 'isRouted', 'isClosed', 'isStopped'];
$state = function (Response $r) use ($getters): array {
    return array_combine($getters, array_map(fn ($getter) => $r->$getter(), $getters));
};
$first = new Response();
$untouched = $state($first);
echo json_encode($untouched), "\n";
foreach ([
    'withReasonCode' => [0x10], 'withReasonString' => ['grüße'], 'withUserProperty' => ['a', ''],
    'withGrantedQos' => [0, 2, 0x80], 'withTopic' => ['a/b'], 'withPayload' => ['xyz'], 'withQos' => [0],
    'withRetain' => [], 'withProperty' => ['content_type', 'text/plain'], 'deny' => [0x97, 'too much'],
    'withoutRouting' => [], 'withClosed' => [], 'withStopped' => [],
] as $method => $arguments) {
    $changed = $first->$method(...$arguments);
    $now = $state($changed);
    echo $method, ': ', json_encode(array_filter($now, fn ($v, $k) => $v !== $untouched[$k], ARRAY_FILTER_USE_BOTH),
        JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES), "\n";
    if ($state($first) !== $untouched || $changed === $first) {
        echo "$method changed the original\n";
    }
    $again = $changed->$method(...$arguments);
    if ($state($changed) !== $now) {
        echo "a second $method changed its original\n";
    }
}
$many = $first->withUserProperty('n', '1')->withUserProperty('n', '2')->withGrantedQos([1, 2])->withGrantedQos()
    ->withRetain(false)->deny()->withReasonString('r')->withProperty('topic_alias', 3)->withProperty('retain_available', false)
    ->withProperty('correlation_data', "\0\xff")->withProperty('topic_alias', null);
echo json_encode($many->getUserProperties()), json_encode($many->getGrantedQos()), json_encode($many->getRetain()),
    $many->getReasonCode(), $many->getReasonString(), json_encode(array_keys($many->getProperties())),
    $many->getProperty('retain_available'), bin2hex($many->getProperty('correlation_data')),
    json_encode($many->getProperty('none')), "\n";
var_dump($many->withClosed()->withClosed(false)->isClosed());
?>
--EXPECT--
{"getReasonCode":null,"getReasonString":null,"getUserProperties":[],"getGrantedQos":null,"getTopic":null,"getPayload":null,"getQos":null,"getRetain":null,"getProperties":[],"isDenied":false,"isRouted":true,"isClosed":false,"isStopped":false}
withReasonCode: {"getReasonCode":16}
withReasonString: {"getReasonString":"grüße"}
withUserProperty: {"getUserProperties":[["a",""]]}
withGrantedQos: {"getGrantedQos":[0,2,128]}
withTopic: {"getTopic":"a/b"}
withPayload: {"getPayload":"xyz"}
withQos: {"getQos":0}
withRetain: {"getRetain":true}
withProperty: {"getProperties":{"content_type":"text/plain"}}
deny: {"getReasonCode":151,"getReasonString":"too much","isDenied":true}
withoutRouting: {"isRouted":false}
withClosed: {"isClosed":true}
withStopped: {"isStopped":true}
[["n","1"],["n","2"]][]false135r["retain_available","correlation_data"]000ffnull
bool(false)
