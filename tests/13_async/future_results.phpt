--TEST--
Deferred and Future: a result or an error for any number of those who wait, once
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/async.inc';

use MqttServer\Async\Deferred;
use function MqttServer\Async\{async, delay};

run_in_server(function () {
    echo "--- a result\n";
    $deferred = new Deferred();
    $future = $deferred->getFuture();
    var_dump($future === $deferred->getFuture(), $future->isComplete(), $deferred->isComplete());
    for ($i = 0; $i < 3; $i++) {
        async(function () use ($future, $i) {
            echo "$i waits\n";
            $result = $future->await();
            $result[] = $i;
            echo "$i has ", json_encode($result), "\n";
        });
    }
    async(function () use ($deferred) {
        $deferred->complete(['result']);
        echo "completed\n";
    });
    var_dump($future->await());
    var_dump($future->isComplete(), $deferred->isComplete(), $future->await());
    thrown(fn () => $deferred->complete(1));
    thrown(fn () => $deferred->error(new Exception('too late')));

    echo "--- an error\n";
    $deferred = new Deferred();
    $error = new LogicException('wrong');
    async(fn () => $deferred->error($error));
    for ($i = 0; $i < 2; $i++) {
        try {
            $deferred->getFuture()->await();
        } catch (LogicException $caught) {
            var_dump($caught === $error);
        }
    }

    echo "--- time\n";
    $deferred = new Deferred();
    thrown(fn () => $deferred->getFuture()->await(0.001));
    thrown(fn () => $deferred->getFuture()->await(0.0));
    foreach ([-1.0, NAN, INF, 1e9] as $seconds) {
        thrown(fn () => $deferred->getFuture()->await($seconds));
    }
    $deferred->complete();
    var_dump($deferred->getFuture()->await(0.0));

    echo "--- nobody can bring it any more\n";
    thrown(fn () => (new Deferred())->getFuture()->await());
    $holder = [new Deferred()];
    async(function () use (&$holder) {
        $holder = null;
    });
    thrown(function () use (&$holder) {
        $holder[0]->getFuture()->await();
    });

    echo "--- waiting at once for what is there\n";
    $deferred = new Deferred();
    $deferred->complete('now');
    var_dump($deferred->getFuture()->await());

    echo "--- tasks\n";
    echo json_encode(async(fn (...$all) => $all, 1, 'b')->await()), "\n";
    thrown(fn () => async(fn () => 1, two: 2));
    async(fn () => throw new RuntimeException('nobody asks'));
    delay(0.001);
});
?>
--EXPECT--
--- a result
bool(true)
bool(false)
bool(false)
0 waits
1 waits
2 waits
completed
array(1) {
  [0]=>
  string(6) "result"
}
bool(true)
bool(true)
array(1) {
  [0]=>
  string(6) "result"
}
Error: The Deferred has its result already
Error: The Deferred has its result already
--- an error
0 has ["result",0]
1 has ["result",1]
2 has ["result",2]
bool(true)
bool(true)
--- time
MqttServer\Exception\TimeoutException: No result within 0.001 s
MqttServer\Exception\TimeoutException: No result within 0 s
ValueError: MqttServer\Async\Future::await(): Argument #1 ($timeout) must be between 0 and 31536000 seconds
ValueError: MqttServer\Async\Future::await(): Argument #1 ($timeout) must be between 0 and 31536000 seconds
ValueError: MqttServer\Async\Future::await(): Argument #1 ($timeout) must be between 0 and 31536000 seconds
ValueError: MqttServer\Async\Future::await(): Argument #1 ($timeout) must be between 0 and 31536000 seconds
NULL
--- nobody can bring it any more
MqttServer\Exception\MqttException: The Deferred is gone without a result
MqttServer\Exception\MqttException: The Deferred is gone without a result
--- waiting at once for what is there
string(3) "now"
--- tasks
[1,"b"]
ArgumentCountError: MqttServer\Async\async() does not accept unknown named parameters
[error] A future had an error that nobody asked for: RuntimeException: nobody asks in /future_results.php:69
