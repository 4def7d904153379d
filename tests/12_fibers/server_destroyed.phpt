--TEST--
A server that goes away with parked handlers unwinds them: finally, destructors, cycles, no leak
--EXTENSIONS--
mqtt_server
--FILE--
<?php
/* All in one process, without a client: timers wait. start() runs in a Fiber, so that it can be destroyed. */
use MqttServer\Async\Deferred;

class Noisy
{
    public $cycle;
    public function __construct(private string $name) {}
    public function __destruct() { echo "released {$this->name}\n"; }
}

function server(array &$kept): MqttServer\Server
{
    $server = new MqttServer\Server(['host' => '127.0.0.1', 'port' => 0, 'log_level' => 'error', 'shutdown_grace_ms' => 0]);
    $server->after(0.0, function () use ($server, &$kept) {
        $noisy = new Noisy('timer');
        $noisy->cycle = [$server, $noisy, Fiber::getCurrent()];
        try {
            ($kept[] = new Deferred())->getFuture()->await();
        } finally {
            echo "timer unwinds\n";
            ($kept[] = new Deferred())->getFuture()->await();
            echo "never\n";
        }
    });
    $server->after(0.0, function () use (&$kept) {
        $noisy = new Noisy('raw');
        $kept[] = Fiber::getCurrent();
        try {
            Fiber::suspend();
        } finally {
            echo "raw unwinds\n";
        }
    });
    return $server;
}

echo "-- stopped\n";
$kept = [];
$server = server($kept);
$server->after(0.01, fn () => $server->stop());
$server->start();
echo "start() returned\n";
unset($server, $kept);
gc_collect_cycles();

echo "-- the Fiber around start() is destroyed\n";
$kept = [];
/* A logger runs in the stack of start(): there Fiber::suspend() suspends all of it. */
$server = new MqttServer\Server(['host' => '127.0.0.1', 'port' => 0, 'shutdown_grace_ms' => 0,
    'logger' => fn ($level, $message) => str_contains($message, 'broke the protocol') && Fiber::suspend('suspended')]);
$server->after(0.0, function () use ($server, &$kept) {
    $noisy = new Noisy('parked');
    fwrite($kept['socket'] = stream_socket_client("tcp://127.0.0.1:{$server->port()}"), "\0\0");
    try {
        ($kept[] = new Deferred())->getFuture()->await();
    } finally {
        echo "parked unwinds\n";
    }
});
$fiber = new Fiber(function () use ($server) {
    try {
        $server->start();
        echo "never\n";
    } finally {
        echo $server->isRunning() ? "runs\n" : "has stopped\n";
    }
});
echo $fiber->start(), "\n";
echo $server->isRunning() ? "runs\n" : "has stopped\n";
unset($fiber, $server, $kept);
gc_collect_cycles();
echo "done\n";
?>
--EXPECTF--
-- stopped
raw unwinds
released raw
[ERROR] handler closure at server_destroyed.php:26 threw MqttServer\Exception\CancelledException: The server is stopping in %s/server_destroyed.php:30
timer unwinds
start() returned
released timer
-- the Fiber around start() is destroyed
suspended
runs
[NOTICE] client broke the protocol: packet type 0 is reserved, reason 0x81 Malformed Packet [MQTT5 2.1.2] from 127.0.0.1:%d
parked unwinds
released parked
has stopped
done
