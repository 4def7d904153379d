--TEST--
Where nothing can wait, MqttServer\Async says so: without a server, before and after start(), with the option fibers off
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/async.inc';

use MqttServer\Async\{Deferred, Queue};
use function MqttServer\Async\{async, await, delay, readable, writable};

function try_all(MqttServer\Server $server): void
{
    [$a, $b] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
    $deferred = new Deferred();
    foreach ([
        fn () => delay(0.001),
        fn () => readable($a),
        fn () => writable($a, 1),
        fn () => async(fn () => print("never\n")),
        fn () => await([fn () => print("never\n")]),
        fn () => await([$deferred->getFuture()]),
        fn () => $deferred->getFuture()->await(),
        fn () => (new Queue())->pop(),
        fn () => $server->next('a'),
        fn () => $server->request('a', ''),
    ] as $function) {
        thrown($function);
    }
    $deferred->complete(1);
    echo json_encode(await([$deferred->getFuture()])), "\n"; /* nothing to wait for */
}

$server = new MqttServer\Server(['host' => '127.0.0.1', 'port' => 0, 'fibers' => false, 'log_level' => 'error']);
$server->after(0, function () use ($server) {
    echo "--- in a timer of a server without fibers\n";
    try_all($server);
    $server->stop();
});
echo "--- before start()\n";
try_all($server);
$server->start();
echo "--- after it\n";
try_all($server);
echo json_encode(array_intersect_key($server->stats(), ['subscriptions' => 1])), "\n";
?>
--EXPECT--
--- before start()
MqttServer\Exception\MqttException: Waiting needs a server that runs
MqttServer\Exception\MqttException: Waiting needs a server that runs
MqttServer\Exception\MqttException: Waiting needs a server that runs
MqttServer\Exception\MqttException: A task needs a server that runs
MqttServer\Exception\MqttException: A task needs a server that runs
MqttServer\Exception\MqttException: Waiting needs a server that runs
MqttServer\Exception\MqttException: Waiting needs a server that runs
MqttServer\Exception\MqttException: Waiting needs a server that runs
MqttServer\Exception\MqttException: Waiting needs a server that runs
MqttServer\Exception\MqttException: Waiting needs a server that runs
[1]
--- in a timer of a server without fibers
MqttServer\Exception\MqttException: This code does not run in a fiber and cannot wait: see the options fibers and max_fibers
MqttServer\Exception\MqttException: This code does not run in a fiber and cannot wait: see the options fibers and max_fibers
MqttServer\Exception\MqttException: This code does not run in a fiber and cannot wait: see the options fibers and max_fibers
MqttServer\Exception\MqttException: A task needs fibers: the option fibers is false, or the server has stopped
MqttServer\Exception\MqttException: A task needs fibers: the option fibers is false, or the server has stopped
MqttServer\Exception\MqttException: This code does not run in a fiber and cannot wait: see the options fibers and max_fibers
MqttServer\Exception\MqttException: This code does not run in a fiber and cannot wait: see the options fibers and max_fibers
MqttServer\Exception\MqttException: This code does not run in a fiber and cannot wait: see the options fibers and max_fibers
MqttServer\Exception\MqttException: This code does not run in a fiber and cannot wait: see the options fibers and max_fibers
MqttServer\Exception\MqttException: This code does not run in a fiber and cannot wait: see the options fibers and max_fibers
[1]
--- after it
MqttServer\Exception\MqttException: Waiting needs a server that runs
MqttServer\Exception\MqttException: Waiting needs a server that runs
MqttServer\Exception\MqttException: Waiting needs a server that runs
MqttServer\Exception\MqttException: A task needs a server that runs
MqttServer\Exception\MqttException: A task needs a server that runs
MqttServer\Exception\MqttException: Waiting needs a server that runs
MqttServer\Exception\MqttException: Waiting needs a server that runs
MqttServer\Exception\MqttException: Waiting needs a server that runs
MqttServer\Exception\MqttException: Waiting needs a server that runs
MqttServer\Exception\MqttException: Waiting needs a server that runs
[1]
{"subscriptions":0}
