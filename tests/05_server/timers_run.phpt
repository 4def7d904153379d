--TEST--
Timers run once or again and again, can be cancelled from anywhere, and an exception in one is logged
--EXTENSIONS--
mqtt_server
--FILE--
<?php
$server = new MqttServer\Server(['host' => '127.0.0.1', 'port' => 0, 'log_level' => 'warning', 'slow_handler_ms' => 0,
    'logger' => function ($level, $message) use (&$logged) {
        $logged["$level: $message"] = true;
    }]);
foreach ([-1.0, NAN, INF, 1e12] as $seconds) {
    try {
        $server->after($seconds, fn () => 1);
    } catch (ValueError $error) {
        echo $error->getMessage(), "\n";
    }
}
$log = [];
$count = 0;
$server->after(0.0, function () use (&$log, $server) {
    $log[] = 'after';
    $server->after(0, function () use (&$log) {
        $log[] = 'inner';
    });
});
$never = $server->after(0.001, function () {
    echo "never\n";
});
var_dump($server->cancelTimer($never), $server->cancelTimer($never), $server->cancelTimer(12345));
$server->every(0.001, function () {
    throw new RuntimeException('each time');
});
$own = $server->every(0.001, function () use (&$own, &$count, $server) {
    if (++$count === 3) {
        var_dump($server->cancelTimer($own), $server->cancelTimer($own));
        $own = null;
    }
});
$class = new class {
    public function __call($name, $arguments)
    {
        static $calls = 0;
        echo ++$calls < 3 ? "$name $calls\n" : '';
    }
};
$server->every(0.001, [$class, 'magic']);
$server->after(0.001, 'gc_collect_cycles');
unset($class);
/* Ends when everything above has happened, however slow the machine is. */
$server->every(0.001, function () use (&$log, &$count, $server) {
    static $turns = 0;
    if (++$turns >= 5 && $count === 3 && count($log) === 2 && $server->stats()['handler_errors'] > 1) {
        $server->stop();
    }
});
ob_start();
$server->start();
echo "stopped\n";
ob_end_flush();
echo implode(' ', $log), "\n", str_replace(__DIR__, '', implode("\n", array_keys($logged))), "\n";
var_dump($server->stats()['timers'], $server->isRunning());
$server = null;
gc_collect_cycles();
?>
--EXPECT--
MqttServer\Server::after(): Argument #1 ($seconds) must be between 0 and 31536000 seconds
MqttServer\Server::after(): Argument #1 ($seconds) must be between 0 and 31536000 seconds
MqttServer\Server::after(): Argument #1 ($seconds) must be between 0 and 31536000 seconds
MqttServer\Server::after(): Argument #1 ($seconds) must be between 0 and 31536000 seconds
bool(true)
bool(false)
bool(false)
magic 1
magic 2
bool(true)
bool(false)
stopped
after inner
error: handler closure at timers_run.php:25 threw RuntimeException: each time in /timers_run.php:26
int(3)
bool(false)
