--TEST--
Cycles of a server with its closures, timers, logger, handlers and values are collected
--EXTENSIONS--
mqtt_server
--FILE--
<?php
class Watch
{
    public ?MqttServer\Server $server = null;

    public function __construct(private string $name)
    {
    }

    public function log($level, $message, array $context = []): void
    {
    }

    #[MqttServer\Annotation\MQTTConnect]
    public function connect(): void
    {
    }

    public function __destruct()
    {
        echo "gone: {$this->name}\n";
    }
}

function make(bool $run): void
{
    $logger = new Watch('logger');
    $handler = new Watch('handler');
    $closure = new Watch('closure');
    $timer = new Watch('timer');
    $server = new MqttServer\Server(['host' => '127.0.0.1', 'port' => 0, 'logger' => $logger, 'handlers' => [$handler]]);
    $logger->server = $handler->server = $closure->server = $timer->server = $server;
    $server->on('publish', fn () => $closure && $server);
    $server->every(60.0, fn () => $timer && $server);
    if ($run) {
        $server->after(0, fn () => $server->stop());
        $server->start();
    }
}

foreach ([false, true] as $run) {
    make($run);
    echo "made\n";
    gc_collect_cycles();
    echo "collected\n";
}
/* One that is in use stays whole. */
$server = new MqttServer\Server(['host' => '127.0.0.1', 'port' => 0, 'log_level' => 'warning', 'slow_handler_ms' => 0]);
$calls = 0;
$server->every(0.001, function () use ($server, &$calls) {
    gc_collect_cycles();
    if (++$calls === 3) {
        $server->stop();
    }
});
$server->start();
var_dump($calls);
$server = null;
gc_collect_cycles();
?>
--EXPECT--
made
gone: logger
gone: handler
gone: closure
gone: timer
collected
made
gone: logger
gone: handler
gone: closure
gone: timer
collected
int(3)
