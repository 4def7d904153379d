--TEST--
A Fiber in which start() runs can be destroyed while a handler waits in it: the server stops
--EXTENSIONS--
mqtt_server
--FILE--
<?php
$server = new MqttServer\Server(['host' => '127.0.0.1', 'port' => 0, 'log_level' => 'warning', 'slow_handler_ms' => 0,
    'fibers' => false]);
$server->after(0.0, function () {
    Fiber::suspend('waits');
    echo "never\n";
});
$fiber = new Fiber(function () use ($server) {
    try {
        $server->start();
        echo "never\n";
    } finally {
        echo 'running: ', var_export($server->isRunning(), true), "\n";
    }
});
echo $fiber->start(), "\n";
echo 'running: ', var_export($server->isRunning(), true), "\n";
unset($fiber);
echo "destroyed\n";
?>
--EXPECT--
waits
running: true
running: false
destroyed
