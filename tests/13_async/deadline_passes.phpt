--TEST--
The deadline of a handler that waits: the client has its answer, the wait ends by an exception, what comes late does no harm
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/async.inc';

$server = new MqsServer(<<<'PHP'
use MqttServer\Async\Deferred;
use function MqttServer\Async\{async, await};
$deferred = null;
$server->on('publish', function ($packet) use (&$deferred, $server) {
    switch ($packet->getTopic()) {
        case 'wait':
            $deferred = new Deferred();
            try {
                $deferred->getFuture()->await();
            } catch (Exception $error) {
                echo 'ended by ', get_class($error), "\n";
            }
            echo 'may still use its packet: ', $packet->getPayload(), "\n";
            return null;
        case 'late':
            $deferred->complete('late');
            echo "completed\n";
            return null;
    }
});
PHP, '["decision_timeout_ms" => 50]');
$client = MqsClient::connect($server, 'client', 5);
$other = MqsClient::connect($server, 'other', 5);
printf("0x%02X\n", $client->publish('wait', 'kept', 1)['code']);
echo $server->expect('/^ended by.*/')[0], "\n", $server->expect('/^may still.*/')[0], "\n";
printf("0x%02X\n", $other->publish('late', '', 1)['code']);
echo $server->expect('/^completed/')[0], "\n";
echo $server->stop(), "\n";
?>
--EXPECT--
0x83
ended by MqttServer\Exception\TimeoutException
may still use its packet: kept
0x10
completed
0
