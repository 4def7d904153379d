--TEST--
A handler that waits holds its packet and what is behind it on that connection, and nobody else
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
use MqttServer\Async\Deferred;
$gates = [];
$wait = function (string $name) use (&$gates) {
    $gates[$name] = new Deferred();
    echo "$name waits\n";
    $gates[$name]->getFuture()->await();
    echo "$name goes on\n";
};
$server->on('connect', fn ($packet, $client) => $packet->toArray()['client_id'] === 'slow' ? $wait('connect') : null);
$server->on('subscribe', fn () => $wait('subscribe'));
$server->on('unsubscribe', fn () => $wait('unsubscribe'));
$server->on('publish', function ($packet) use (&$gates, $wait) {
    $topic = $packet->getTopic();
    if ($topic === 'open') {
        $gates[$packet->getPayload()]->complete();
    } elseif ($topic === 'wait') {
        $wait('publish');
        echo $packet->getTopic(), ' ', $packet->getPayload(), "\n";
    } else {
        echo "$topic\n";
    }
});
PHP);
$other = MqsClient::connect($server, 'other');

$slow = new MqsClient($server->port);
$slow->send(['type' => 1, 'protocol_name' => 'MQTT', 'protocol_level' => 4, 'clean_session' => 1, 'keep_alive' => 60,
    'client_id' => 'slow']);
$slow->send(['type' => 12]);
$server->expect('/^connect waits/');
mqs_show($other->ping());
$other->publish('open', 'connect', 1);
mqs_show($slow->receive());
mqs_show($slow->receive());

$slow->send(['type' => 8, 'message_id' => 1, 'topics' => ['a/#' => 1]]);
$server->expect('/^subscribe waits/');
$other->publish('a/early', '', 1);
mqs_show($slow->ping());
$other->publish('open', 'subscribe', 1);
mqs_show($slow->receive());

foreach ([1, 2] as $qos) {
    $slow->send(['type' => 3, 'dup' => 0, 'qos' => $qos, 'retain' => 0, 'topic' => 'wait', 'message' => "QoS $qos", 'message_id' => 10 + $qos]);
    $slow->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => "behind $qos", 'message' => '', 'message_id' => 20 + $qos]);
    $server->expect('/^publish waits/');
    mqs_show($slow->ping());
    $other->publish("meanwhile $qos", '', 1);
    $other->publish('open', 'publish', 1);
    mqs_show($slow->receive());
    mqs_show($slow->receive());
}
$slow->send(['type' => 10, 'message_id' => 2, 'topics' => ['a/#']]);
$server->expect('/^unsubscribe waits/');
$other->publish('a/late', 'still subscribed', 1);
mqs_show($slow->receive());
$other->publish('open', 'unsubscribe', 1);
mqs_show($slow->receive());
$server->stop();
echo $server->said();
?>
--EXPECT--
{"type":13}
{"type":2,"session_present":0,"code":0}
{"type":13}
{"type":13}
{"type":9,"message_id":1,"codes":[1]}
{"type":13}
{"type":4,"message_id":11}
{"type":4,"message_id":21}
{"type":13}
{"type":5,"message_id":12}
{"type":4,"message_id":22}
{"type":3,"dup":0,"qos":1,"retain":0,"topic":"a/late","message":"still subscribed","message_id":1}
{"type":11,"message_id":2}
connect waits
connect goes on
subscribe waits
a/early
subscribe goes on
publish waits
meanwhile 1
publish goes on
wait QoS 1
behind 1
publish waits
meanwhile 2
publish goes on
wait QoS 2
behind 2
unsubscribe waits
a/late
unsubscribe goes on
start() returned
