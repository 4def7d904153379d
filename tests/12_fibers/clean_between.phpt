--TEST--
What a handler left behind never touches the next one in the same fiber
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
use MqttServer\Async\Deferred;
use function MqttServer\Async\delay;
$late = $fibers = [];
$server->on('publish', function ($packet) use ($server, &$late, &$fibers) {
    $fibers[spl_object_id(Fiber::getCurrent())] = true;
    switch ($packet->getTopic()) {
        case 'leaves':
            /* Its wait is over, but the one who would have ended it is still there. */
            $late[] = $deferred = new Deferred();
            try {
                $deferred->getFuture()->await(0.001);
            } catch (MqttServer\Exception\TimeoutException) {
                echo "gave up\n";
            }
            return;
        case 'waits':
            $server->after(0.01, fn () => array_map(fn ($deferred) => $deferred->complete('stale'), $late));
            $late2 = new Deferred();
            $server->after(0.05, fn () => $late2->complete('its own'));
            echo $late2->getFuture()->await(), "\n";
            return;
        case 'error_reporting':
            $before = error_reporting();
            @delay(0.001);
            echo @$undefined, error_reporting() === $before ? "all errors\n" : "silent\n";
            return;
        case 'output':
            ob_start();
            echo 'buffered';
            delay(0.001);
            ob_end_flush();
            echo "\n";
            return;
        case 'count':
            echo count($fibers), " fiber\n";
    }
});
PHP);
$client = MqsClient::connect($server, 'a', 5);
foreach (['leaves', 'waits', 'error_reporting', 'output', 'count'] as $topic) {
    $client->publish($topic, '', 1);
}
$server->stop();
echo $server->said();
?>
--EXPECT--
gave up
its own
all errors
buffered
1 fiber
start() returned
