--TEST--
What a closure returns decides: null and true allow, false and failure codes refuse, a response says more
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
$server
    ->on('publish', fn ($packet, $client) => match ($packet->getTopic()) {
        'true' => true,
        'false' => false,
        'code' => 0x97,
        'fine' => 0x10,
        'response' => (new MqttServer\Message\Response())->deny(0x99, 'not good'),
        'unrouted' => (new MqttServer\Message\Response())->withoutRouting(),
        'closed' => (new MqttServer\Message\Response())->withClosed(),
        default => null,
    })
    ->on('publish', function ($packet) { echo 'asked behind: ', $packet->getTopic(), "\n"; })
    ->on('subscribe', fn ($packet) => match ($packet->getTopicFilters()[0]['filter']) {
        'lower' => 1,
        'no' => false,
        'some' => (new MqttServer\Message\Response())->withGrantedQos(2, 0x87, 0),
        default => null,
    })
    ->on('connect', fn ($packet) => $packet->getClientId() === 'banned' ? 0x8A : null)
    ->on('disconnect', function ($packet, $client) { echo 'bye ', $client->clientId(), ' ', $packet->getReasonCode(), "\n"; })
    ->on('close', function ($packet, $client) { echo 'closed ', $client->clientId(), ' ', dechex($packet->getReasonCode()), "\n"; });
PHP);
mqs_show(MqsClient::connect($server, 'banned', 5)->connack);
$sub = MqsClient::connect($server, 'sub', 5);
foreach ([['lower' => 2], ['no' => 1], ['some' => 1, 'thing' => 2, 'else' => 2], ['#' => 0]] as $topics) {
    echo implode(' ', array_map('dechex', $sub->subscribe($topics)['codes'])), "\n";
}
$client = MqsClient::connect($server, 'c', 5);
foreach (['true', 'false', 'code', 'fine', 'response', 'unrouted', 'closed'] as $topic) {
    $ack = $client->publish($topic, 'x', 1);
    echo $topic, ': ', dechex($ack['code']), ' ', $ack['properties']['reason_string'] ?? '', "\n";
}
mqs_show($client->receive());
mqs_show($client->receive());
foreach (['true', 'fine', 'closed'] as $topic) {
    $got = $sub->receive();
    echo 'routed: ', $got['topic'], "\n";
}
$sub->send(['type' => 14, 'code' => 4]);
mqs_show($sub->receive());
$server->stop();
echo $server->said();
?>
--EXPECT--
{"type":2,"session_present":0,"code":138}
1
87
1 87 0
0
true: 0 
false: 87 
code: 97 
fine: 10 
response: 99 not good
unrouted: 0 
closed: 0 
{"type":14,"code":152}
closed
routed: true
routed: fine
routed: closed
closed
asked behind: true
asked behind: fine
asked behind: unrouted
asked behind: closed
closed c 98
bye sub 4
closed sub 4
start() returned
