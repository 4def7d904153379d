--TEST--
Queue: values in order, at most `capacity` of them, waiting on both sides, closing
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/async.inc';

use MqttServer\Async\Queue;
use MqttServer\Exception\ClosedException;
use function MqttServer\Async\{async, await, delay};

run_in_server(function () {
    echo "--- who makes goes at the pace of who uses\n";
    $queue = new Queue(2);
    $most = 0;
    async(function () use ($queue) {
        for ($i = 0; $i < 100; $i++) {
            $queue->push($i % 10 === 9 ? [$i] : $i);
        }
        $queue->close();
        echo "all pushed\n";
    });
    $got = [];
    try {
        while (true) {
            $got[] = json_encode($queue->pop());
            $most = max($most, count($queue));
        }
    } catch (ClosedException $error) {
        echo $error->getMessage(), "\n";
    }
    echo count($got), ' ', implode(' ', array_slice($got, 0, 12)), ' at most ', $most, "\n";
    var_dump($queue->isClosed(), count($queue));
    thrown(fn () => $queue->push(1));
    thrown(fn () => $queue->pop());

    echo "--- several wait\n";
    $queue = new Queue();
    $takers = [];
    for ($i = 0; $i < 3; $i++) {
        $takers[] = fn () => "$i: " . $queue->pop();
    }
    $given = async(fn () => await($takers));
    delay(0.001);
    thrown(fn () => $queue->pop(0.001));
    foreach (['a', 'b', 'c', 'd'] as $value) {
        $queue->push($value);
    }
    echo json_encode($given->await()), ' left: ', count($queue), ' ', $queue->pop(), "\n";

    echo "--- closing wakes everybody\n";
    $queue = new Queue(1);
    $queue->push('in');
    $push = async(fn () => $queue->push('no room'));
    delay(0.001);
    $queue->close();
    thrown(fn () => $push->await());
    echo $queue->pop(), "\n";
    $queue = new Queue();
    $pop = async(fn () => $queue->pop());
    delay(0.001);
    $queue->close();
    thrown(fn () => $pop->await());

    echo "--- wrong values\n";
    thrown(fn () => new Queue(0));
    thrown(fn () => new Queue(PHP_INT_MAX));
    thrown(fn () => $queue->pop(-1));
    thrown(fn () => clone $queue);
});

echo "--- without a server\n";
$queue = new Queue(1);
$queue->push('x');
thrown(fn () => $queue->push('y'));
echo $queue->pop(), "\n";
thrown(fn () => $queue->pop());

/* What is in a queue that is part of a cycle goes with it. */
class Last
{
    public $queue;

    public function __destruct()
    {
        echo "destroyed\n";
    }
}
$queue = new Queue();
$last = new Last();
$last->queue = $queue;
$queue->push($last);
unset($queue, $last);
gc_collect_cycles();
?>
--EXPECT--
--- who makes goes at the pace of who uses
all pushed
The queue has been closed
100 0 1 2 3 4 5 6 7 8 [9] 10 11 at most 2
bool(true)
int(0)
MqttServer\Exception\ClosedException: The queue has been closed
MqttServer\Exception\ClosedException: The queue has been closed
--- several wait
MqttServer\Exception\TimeoutException: No value came within 0.001 s
["0: a","1: b","2: c"] left: 1 d
--- closing wakes everybody
MqttServer\Exception\ClosedException: The queue has been closed
in
MqttServer\Exception\ClosedException: The queue has been closed
--- wrong values
ValueError: MqttServer\Async\Queue::__construct(): Argument #1 ($capacity) must be between 1 and 1073741824
ValueError: MqttServer\Async\Queue::__construct(): Argument #1 ($capacity) must be between 1 and 1073741824
ValueError: MqttServer\Async\Queue::pop(): Argument #1 ($timeout) must be between 0 and 31536000 seconds
Error: Trying to clone an uncloneable object of class MqttServer\Async\Queue
--- without a server
MqttServer\Exception\MqttException: Waiting needs a server that runs
x
MqttServer\Exception\MqttException: Waiting needs a server that runs
destroyed
