--TEST--
A handler that waits too long gets an exception, its client a reason code, and its fiber is not used again
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
use MqttServer\Async\Deferred;
use MqttServer\Exception\TimeoutException;
function never()
{
    static $kept = [];
    ($kept[] = new Deferred())->getFuture()->await();
}
$server->on('connect', function ($packet) {
    if ($packet->toArray()['client_id'] === 'never') {
        never();
    }
});
$server->on('subscribe', function () {
    try {
        never();
    } finally {
        echo "subscribe cleans up\n";
    }
});
$server->on('publish', function ($packet) use ($server) {
    switch ($packet->getTopic()) {
        case 'stats':
            $stats = $server->stats();
            echo "{$stats['fibers']} fibers, {$stats['fibers_parked']} parked, {$stats['pending_decisions']} pending, "
                . "{$stats['decisions_timed_out']} timed out\n";
            return;
        case 'goes on':
            try {
                never();
            } catch (TimeoutException $e) {
                echo get_class($e), ': ', $e->getMessage(), "\n";
                MqttServer\Async\delay(0.001);
                echo "it has waited once more; ", $packet->getPayload(), "\n";
            }
            return;
        case 'raw':
            $GLOBALS['holder'] = Fiber::getCurrent();
            Fiber::suspend();
    }
});
PHP, '["decision_timeout_ms" => 100]');
$stats = MqsClient::connect($server, 'stats', 5);
$never = new MqsClient($server->port, 5);
$never->send(['type' => 1, 'protocol_name' => 'MQTT', 'protocol_level' => 5, 'clean_session' => 1, 'keep_alive' => 60,
    'client_id' => 'never']);
echo dechex($never->receive()['code']), "\n";
mqs_show($never->receive());
$client = MqsClient::connect($server, 'a', 5);
echo dechex($client->subscribe('x')['codes'][0]), "\n";
echo dechex($client->publish('goes on', 'its packet is whole', 1)['code']), "\n";
$server->expect('/it has waited once more/');
echo dechex($client->publish('raw', '', 1)['code']), "\n";
echo $client->publish('quick', '', 1)['code'], "\n";
$stats->publish('stats', '', 1);
$server->stop();
echo preg_replace('/ from 127\.0\.0\.1:\d+/', '', $server->said());
?>
--EXPECT--
83
closed
83
83
83
16
[WARNING] handler did not decide in time, reason 0x83 Implementation specific error
[ERROR] handler closure at server.php:11 threw MqttServer\Exception\TimeoutException: The handler did not decide in time in server.php:9 (client "never")
[WARNING] handler did not decide in time, reason 0x83 Implementation specific error (client "a")
subscribe cleans up
[ERROR] handler closure at server.php:16 threw MqttServer\Exception\TimeoutException: The handler did not decide in time in server.php:9 (client "a")
[WARNING] handler did not decide in time, reason 0x83 Implementation specific error (client "a")
MqttServer\Exception\TimeoutException: The handler did not decide in time
it has waited once more; its packet is whole
[WARNING] handler did not decide in time, reason 0x83 Implementation specific error (client "a")
[ERROR] handler closure at server.php:23 threw MqttServer\Exception\TimeoutException: The handler did not decide in time in server.php:41 (client "a")
1 fibers, 0 parked, 0 pending, 4 timed out
start() returned
