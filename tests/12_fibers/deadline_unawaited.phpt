--TEST--
Handlers that nobody waits for have a deadline too: of DISCONNECT, of CLOSE, and of a message whose client has gone
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
use MqttServer\Async\Deferred;
function never(string $what): void
{
    static $kept = [];
    try {
        ($kept[] = new Deferred())->getFuture()->await();
    } catch (MqttServer\Exception\MqttException $e) {
        echo "$what: ", get_class($e), ': ', $e->getMessage(), "\n";
    }
}
$server->on('publish', function ($packet, $client) use ($server) {
    if ($packet->getTopic() === 'stats') {
        $stats = $server->stats();
        echo "{$stats['fibers_parked']} parked, {$stats['pending_decisions']} pending, ",
            count($server->clients()), " clients\n";
        return;
    }
    never('publish');
});
$server->on('disconnect', fn () => never('disconnect'));
$server->on('close', fn ($packet, $client) => never('close of ' . $client->clientId()));
PHP, '["decision_timeout_ms" => 100]');
$stats = MqsClient::connect($server, 'stats', 5);

$polite = MqsClient::connect($server, 'polite', 5);
$polite->disconnect();
$server->expect('/^disconnect: /');
$server->expect('/^close of polite: /');

$rude = MqsClient::connect($server, 'rude', 5);
$rude->close();
$server->expect('/^close of rude: /');

$busy = MqsClient::connect($server, 'busy', 5);
$busy->send(['type' => 3, 'dup' => 0, 'qos' => 0, 'retain' => 0, 'topic' => 't', 'message' => 'm']);
$busy->close();
$server->expect('/^publish: /');
$server->expect('/^close of busy: /');

$stats->publish('stats', '', 1);
$server->expect('/ clients$/');
$stats->close();
$server->expect('/^close of stats: /');
$server->stop();
echo preg_replace('/ from 127\.0\.0\.1:\d+/', '', $server->said());
?>
--EXPECT--
disconnect: MqttServer\Exception\TimeoutException: The handler did not end in time
close of polite: MqttServer\Exception\TimeoutException: The handler did not end in time
close of rude: MqttServer\Exception\TimeoutException: The handler did not end in time
[WARNING] handler did not decide in time, reason 0x83 Implementation specific error (client "busy")
publish: MqttServer\Exception\TimeoutException: The handler did not decide in time
close of busy: MqttServer\Exception\TimeoutException: The handler did not end in time
0 parked, 0 pending, 1 clients
close of stats: MqttServer\Exception\TimeoutException: The handler did not end in time
start() returned
