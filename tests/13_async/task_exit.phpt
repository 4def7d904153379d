--TEST--
exit() and errors in a task: the server goes on, and whoever waits for it is told; tasks when the server stops
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/async.inc';

use function MqttServer\Async\{async, delay};

$late = null;
run_in_server(function ($server) use (&$late) {
    thrown(fn () => async(function () {
        delay(0.001);
        exit(3);
    })->await());
    thrown(fn () => async(fn () => exit('with words'))->await());
    thrown(fn () => async(fn () => 1 % 0)->await());
    thrown(fn () => async('strlen')->await());
    thrown(fn () => async('no such function'));
    $object = new class {
        public function __call($name, $arguments)
        {
            delay(0.001);
            return "$name " . implode(' ', $arguments);
        }
    };
    echo async([$object, 'magic'], 'a', 'b')->await(), "\n";
    echo async('strrev', 'abc')->await(), "\n";

    echo "--- tasks in the background are cancelled when the server stops\n";
    async(function () {
        try {
            delay(1000);
        } finally {
            echo "cancelled\n";
        }
    });
    delay(0.001);
    $server->stop();
    $late = async(fn () => print("begun\n"));
});
var_dump($late->isComplete());
?>
--EXPECT--
MqttServer\Exception\MqttException: The task called exit()
with wordsMqttServer\Exception\MqttException: The task called exit()
DivisionByZeroError: Modulo by zero
ArgumentCountError: strlen() expects exactly 1 argument, 0 given
TypeError: MqttServer\Async\async(): Argument #1 ($task) must be a valid callback, function "no such function" not found or invalid function name
magic a b
cba
--- tasks in the background are cancelled when the server stops
begun
cancelled
[error] handler closure at task_exit.php:8 called exit()
[error] handler closure at task_exit.php:12 called exit()
bool(true)
