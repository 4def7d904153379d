--TEST--
Whatever a handler waits for ends: client gone, deadline, server stopping; what it left behind is cleaned up
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/async.inc';

$server = new MqsServer(<<<'PHP'
use MqttServer\Async\{Deferred, Queue};
use function MqttServer\Async\{async, await, delay, readable};

(function () use ($server) { /* so that its variables are gone when the server is */
$deferred = new Deferred();
$queue = new Queue(1);
$full = new Queue(1);
$full->push('x');
$pair = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
$waits = [
    'delay' => fn () => delay(1000),
    'future' => fn () => $deferred->getFuture()->await(1000),
    'many' => fn () => await([$deferred->getFuture(), $deferred->getFuture()]),
    'pop' => fn () => $queue->pop(),
    'push' => fn () => $full->push('y'),
    'stream' => fn () => readable($pair[0], 1000),
    'next' => fn () => $server->next('never'),
    'request' => fn () => $server->request('device', '', 1000),
];
$wait_in = function (string $how, callable $wait): void {
    echo "$how begins\n";
    try {
        $wait();
    } catch (Exception $error) {
        echo "$how ends by ", get_class($error), "\n";
    } finally {
        echo "$how is cleaned up\n";
    }
};
$server->on('connect', function ($packet, $client) use ($waits, $wait_in) {
    if (str_starts_with($packet->getClientId(), 'wait ')) {
        $wait_in(substr($packet->getClientId(), 5), $waits[substr($packet->getClientId(), 5)]);
    }
});
$server->on('publish', function ($packet, $client) use ($waits, $wait_in, $queue, $pair, $server) {
    if ($packet->getTopic() === 'wait') {
        $wait_in($packet->getPayload(), $waits[$packet->getPayload()]);
    }
    if ($packet->getTopic() === 'all') { /* nobody waits for these any more */
        echo json_encode(array_intersect_key($server->stats(), ['fibers_parked' => 1])), ' ', count($queue), "\n";
        $queue->push('z');
        fwrite($pair[1], 'x');
        echo count($queue), ' ', $queue->pop(), "\n";
    }
});
})();
PHP, '["decision_timeout_ms" => 100000]');
$device = MqsClient::connect($server, 'device', 5);
$device->subscribe('device', 0);
$kinds = ['delay', 'future', 'many', 'pop', 'push', 'stream', 'next', 'request'];
echo "--- clients gone\n";
foreach ($kinds as $kind) {
    $client = new MqsClient($server->port, 5);
    $client->send(['type' => 1, 'protocol_name' => 'MQTT', 'protocol_level' => 5, 'clean_session' => 1, 'keep_alive' => 60,
        'client_id' => "wait $kind"]);
    $server->expect("/^$kind begins/");
    $client->close();
    echo $server->expect("/^$kind ends by .*/")[0], "\n";
    echo $server->expect("/^$kind is cleaned up/")[0], "\n";
}
$device->publish('all', '');
echo $server->expect('/^\{.*/')[0], "\n", $server->expect('/^1 z/')[0], "\n";

echo "--- the server stops\n";
$clients = [];
foreach ($kinds as $kind) {
    $clients[$kind] = MqsClient::connect($server, "publisher $kind", 5);
    $clients[$kind]->send(['type' => 3, 'dup' => 0, 'qos' => 0, 'retain' => 0, 'topic' => 'wait', 'message' => $kind]);
    if ($kind !== 'stream') { /* that one has something to read by now */
        $server->expect("/^$kind begins/");
    }
}
$server->signal(15);
$server->expect('/Server is stopping/');
$server->signal(15);
echo $server->wait(), "\n";
$ends = preg_grep('/ (ends by|is cleaned up)/', explode("\n", substr($server->output, strpos($server->output, '1 z'))));
sort($ends);
echo implode("\n", $ends), "\n";
?>
--EXPECT--
--- clients gone
delay ends by MqttServer\Exception\CancelledException
delay is cleaned up
future ends by MqttServer\Exception\CancelledException
future is cleaned up
many ends by MqttServer\Exception\CancelledException
many is cleaned up
pop ends by MqttServer\Exception\CancelledException
pop is cleaned up
push ends by MqttServer\Exception\CancelledException
push is cleaned up
stream ends by MqttServer\Exception\CancelledException
stream is cleaned up
next ends by MqttServer\Exception\CancelledException
next is cleaned up
request ends by MqttServer\Exception\CancelledException
request is cleaned up
{"fibers_parked":0} 0
1 z
--- the server stops
0
delay ends by MqttServer\Exception\CancelledException
delay is cleaned up
future ends by MqttServer\Exception\CancelledException
future is cleaned up
many ends by MqttServer\Exception\CancelledException
many is cleaned up
next ends by MqttServer\Exception\CancelledException
next is cleaned up
pop ends by MqttServer\Exception\CancelledException
pop is cleaned up
push ends by MqttServer\Exception\CancelledException
push is cleaned up
request ends by MqttServer\Exception\CancelledException
request is cleaned up
stream is cleaned up
