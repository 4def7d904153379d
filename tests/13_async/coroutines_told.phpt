--TEST--
Coroutines of a host that wait are told in order, also of a Deferred that goes while an exception unwinds
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../10_host/coroutine.inc';
require __DIR__ . '/../10_host/channel.inc';

use MqttServer\Async\Deferred;
use MqttServer\Async\Queue;
use Swoole\Coroutine;
use Swoole\Event;

function loses_it(): void
{
    $deferred = new Deferred();
    $future = $deferred->getFuture();
    Coroutine::create(function () use ($future) {
        try {
            $future->await();
        } catch (Throwable $error) {
            echo get_class($error), ': ', $error->getMessage(), "\n";
        }
    });
    throw new Exception('thrown');
}
try {
    loses_it();
} catch (Exception $exception) {
    echo $exception->getMessage(), ', ', $exception->getPrevious() ? 'with another' : 'alone', "\n";
    unset($exception);
}
Event::turn();

/* Who is told may wait again, and tell others. */
$queue = new Queue();
for ($i = 0; $i < 5; $i++) {
    Coroutine::create(function () use ($i, $queue) {
        $got = $queue->pop();
        echo "$i gets $got\n";
        if ($i < 2) {
            $queue->push("another from $i");
            $got = $queue->pop();
            echo "$i gets $got\n";
        }
    });
}
foreach (['a', 'b', 'c', 'd'] as $value) {
    $queue->push($value);
}
Event::turn();
echo "a later turn\n";
$queue->push('e');
$queue->push('f');
$queue->push('g');
Event::turn();
while (count($queue)) {
    echo 'left: ', $queue->pop(), "\n";
}

/* Many at once. */
$count = 0;
for ($i = 0; $i < 3000; $i++) {
    Coroutine::create(function () use ($queue, &$count) {
        try {
            $queue->pop();
        } catch (MqttServer\Exception\ClosedException) {
            $count++;
        }
    });
}
$queue->close();
Event::turn();
echo "$count are told\n";
?>
--EXPECT--
thrown, alone
MqttServer\Exception\MqttException: The Deferred is gone without a result
0 gets a
1 gets b
2 gets c
3 gets d
4 gets another from 0
0 gets another from 1
a later turn
1 gets e
left: f
left: g
3000 are told
