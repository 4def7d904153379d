--TEST--
A client that goes away while its handlers wait: cancelled, but a message counts; the end is told in its turn
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
use MqttServer\Async\Deferred;
$gate = null;
$wait = function (string $what) {
    echo "$what waits\n";
    try {
        ($GLOBALS['kept'][] = new Deferred())->getFuture()->await();
    } catch (MqttServer\Exception\CancelledException $e) {
        echo "$what: ", $e->getMessage(), "\n";
    }
};
$server->on('connect', fn ($packet) => $packet->toArray()['client_id'] === 'slow' ? $wait('connect') : null);
$server->on('subscribe', fn () => $wait('subscribe'));
$server->on('unsubscribe', fn () => $wait('unsubscribe'));
$server->on('publish', function ($packet, $client) use (&$gate) {
    if ($packet->getTopic() === 'open') {
        $gate->complete();
        return;
    }
    if ($packet->getTopic() === 'wait') {
        $gate = new Deferred();
        echo "publish waits\n";
        $gate->getFuture()->await();
        echo 'connected: ', var_export($client->isConnected(), true), ', ', $client->clientId(), ': ', $packet->getPayload(), "\n";
    }
});
$server->on('disconnect', function ($packet, $client) {
    echo "disconnect begins\n";
    MqttServer\Async\delay(0.01);
    echo "disconnect ends, ", $client->clientId(), "\n";
});
$server->on('close', function ($packet, $client) {
    MqttServer\Async\delay(0.01);
    echo "close, ", $client->clientId(), "\n";
});
PHP);
$other = MqsClient::connect($server, 'other');
$slow = new MqsClient($server->port);
$slow->send(['type' => 1, 'protocol_name' => 'MQTT', 'protocol_level' => 4, 'clean_session' => 1, 'keep_alive' => 60,
    'client_id' => 'slow']);
$server->expect('/^connect waits/');
$slow->close();
$server->expect('/^connect:/');

foreach ([['subscribe', ['type' => 8, 'message_id' => 1, 'topics' => ['a' => 0]]],
    ['unsubscribe', ['type' => 10, 'message_id' => 1, 'topics' => ['a']]]] as [$name, $packet]) {
    $client = MqsClient::connect($server, $name);
    $client->send($packet);
    $server->expect("/^$name waits/");
    $client->close();
    $server->expect("/^$name:/");
    $server->expect("/^close, $name/");
}

$client = MqsClient::connect($server, 'publisher');
$other->send(['type' => 12]);
$client->publish('wait', 'what it said');
$server->expect('/^publish waits/');
$client->disconnect();
$other->ping();
$other->publish('open', '', 1);
$server->expect('/^close, publisher/');
$server->stop();
echo $server->said();
?>
--EXPECT--
connect waits
connect: The client has gone
subscribe waits
subscribe: The client has gone
close, subscribe
unsubscribe waits
unsubscribe: The client has gone
close, unsubscribe
publish waits
connected: false, publisher: what it said
disconnect begins
disconnect ends, publisher
close, publisher
close, other
start() returned
