--TEST--
Without a fiber packets wait for one, above the limit of decisions they are refused, and all of it is counted
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
use MqttServer\Async\Deferred;
$gate = new Deferred();
$say = function () {
    global $server;
    $stats = $server->stats();
    echo "{$stats['fibers']} fibers, {$stats['fibers_parked']} parked (at most {$stats['fibers_parked_maximum']}), "
        . "{$stats['pending_decisions']} pending, {$stats['decisions_refused']} refused, ",
        $stats['fibers_refused'] > 0 ? 'some' : 'none', " without a fiber\n";
};
$server->on('publish', function ($packet) use ($gate) {
    echo 'begins ', $packet->getTopic(), "\n";
    $gate->getFuture()->await();
    echo 'ends ', $packet->getTopic(), "\n";
});
$server->on('close', fn ($packet, $client) => print("closed {$client->clientId()}\n"));
/* There is no fiber left: it runs without one, and cannot wait. */
$server->every(0.005, function () use ($gate, $server, $say, &$done) {
    if (!$done && $server->stats()['decisions_refused'] === 1) {
        $done = true;
        try {
            MqttServer\Async\delay(0);
        } catch (MqttServer\Exception\MqttException $e) {
            echo $e->getMessage(), "\n";
        }
        $say();
        $gate->complete();
    }
});
$server->on('disconnect', $say);
PHP, '["max_fibers" => 2, "max_pending_decisions" => 4]');
$clients = [];
for ($i = 1; $i <= 5; $i++) {
    $clients[$i] = MqsClient::connect($server, "c$i", 5);
    $clients[$i]->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => "t$i", 'message' => '', 'message_id' => 1]);
    $clients[$i]->send(['type' => 12]);
    if ($i < 5) {
        echo $clients[$i]->receive()['type'] === 13 ? "alive\n" : "dead\n";
    }
}
foreach ($clients as $client) {
    echo dechex($client->receive()['code'] ?? 0), "\n";
}
$clients[1]->disconnect();
$server->expect('/^closed c1/');
$server->stop();
echo preg_replace('/^closed c[2-5]\n/m', '', $server->said());
?>
--EXPECT--
alive
alive
alive
alive
10
10
10
10
97
begins t1
begins t2
This code does not run in a fiber and cannot wait: see the options fibers and max_fibers
2 fibers, 2 parked (at most 2), 4 pending, 1 refused, some without a fiber
ends t1
ends t2
begins t3
ends t3
begins t4
ends t4
2 fibers, 0 parked (at most 2), 0 pending, 1 refused, some without a fiber
closed c1
start() returned
