--TEST--
A fiber that a task has started and left behind goes on in nobody's name
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/async.inc';

use function MqttServer\Async\async;
use function MqttServer\Async\delay;

run_in_server(function () {
    async(function () {
        (new Fiber(function () {
            delay(0.01);
            throw new Exception('from the fiber');
        }))->start();
    })->await();
    delay(0.05);
});
?>
--EXPECT--
[error] a task threw Exception: from the fiber in /fiber_outlives_task.php:11
