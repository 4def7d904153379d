--TEST--
A Fiber of user code that still waits when the server stops is told so when it is resumed, and cannot wait any more
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$code = <<<'PHP'
use MqttServer\Async\Deferred;
use MqttServer\Async\Queue;
use function MqttServer\Async\delay;
use function MqttServer\Async\readable;

$queue = new Queue(1);
$deferred = new Deferred();
$pair = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
$waits = [
    'delay' => fn () => delay(100),
    'pop' => fn () => $queue->pop(),
    'await' => fn () => $deferred->getFuture()->await(),
    'next' => fn () => $server->next('never'),
    'request' => fn () => $server->request('t', '', 100),
    'readable' => fn () => readable($pair[0], 100),
];
$fibers = [];
$server->on('publish', function () use ($server, &$waits, &$fibers) {
    foreach ($waits as $name => $wait) {
        $fibers[$name] = new Fiber($wait);
        $fibers[$name]->start();
    }
    $server->stop();
});
register_shutdown_function(function () use (&$fibers, $queue, $deferred, &$waits) {
    foreach ($fibers as $name => $fiber) {
        try {
            $fiber->resume();
        } catch (Throwable $error) {
            echo "$name: ", $error::class, ': ', $error->getMessage(), "\n";
        }
        var_dump($fiber->isTerminated());
    }
    $queue->push(1);
    $deferred->complete(2);
    var_dump($queue->pop(), $deferred->getFuture()->await());
    try {
        (new Fiber($waits['delay']))->start();
    } catch (Throwable $error) {
        echo $error::class, ': ', $error->getMessage(), "\n";
    }
    $fibers = $waits = [];
    gc_collect_cycles();
});
PHP;
$server = new MqsServer($code);
$reader = MqsClient::connect($server, 'reader', 5);
$reader->subscribe('t');
$client = MqsClient::connect($server, 'a', 5);
$client->publish('x', '');
echo $server->wait(), "\n", $server->said();
?>
--EXPECT--
0
start() returned
delay: MqttServer\Exception\CancelledException: The server has stopped: nothing can end this wait any more
bool(true)
pop: MqttServer\Exception\CancelledException: The server has stopped: nothing can end this wait any more
bool(true)
await: MqttServer\Exception\CancelledException: The server has stopped: nothing can end this wait any more
bool(true)
next: MqttServer\Exception\CancelledException: The server has stopped: nothing can end this wait any more
bool(true)
request: MqttServer\Exception\CancelledException: The server has stopped: nothing can end this wait any more
bool(true)
readable: MqttServer\Exception\CancelledException: The server has stopped: nothing can end this wait any more
bool(true)
int(1)
int(2)
MqttServer\Exception\MqttException: Waiting needs a server that runs
