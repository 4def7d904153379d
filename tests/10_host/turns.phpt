--TEST--
In a host with coroutines whoever waits goes on at the end of the turn, in a coroutine; and what those end who go on, in the next one
--EXTENSIONS--
mqtt_server
--SKIPIF--
<?php
if (class_exists('Swoole\Coroutine', false)) {
    die('skip the test has coroutines of its own');
}
?>
--FILE--
<?php
require __DIR__ . '/coroutine.inc';
require __DIR__ . '/channel.inc';
require __DIR__ . '/host.inc';

use MqttServer\Async\Queue;
use MqttServer\Exception\CancelledException;
use Swoole\{Coroutine, Event};

use function MqttServer\Async\async;

Coroutine::pretend();
$mqtt = mqtt();
$host = new Host();
$queue = new Queue();

echo "two that wake each other\n";
[$ping, $pong] = [new Queue(), new Queue()];
foreach (['ping' => [$ping, $pong], 'pong' => [$pong, $ping]] as $name => [$mine, $other]) {
    async(function () use ($name, $mine, $other): void {
        for ($i = 0; $i < 3; $i++) {
            $mine->pop();
            echo "  $name $i\n";
            $other->push($i);
        }
    });
}
$ping->push(0);
for ($turn = 1; Event::once(); $turn++) {
    echo "turn $turn is over\n";
}

echo "a host that calls back outside of coroutines\n";
async(function () use ($queue): void {
    echo '  ', $queue->pop(), "\n";
});
$queue->push('in a coroutine');
Event::once(false);

echo "ended, and cancelled in the same turn: it gets what it was to get\n";
$mqtt->on('subscribe', function () use ($queue): void {
    try {
        for (;;) {
            echo '  ', $queue->pop(), "\n";
        }
    } catch (CancelledException $error) {
        echo "  {$error->getMessage()}\n";
    }
});
Coroutine::create(fn () => $mqtt->onReceive($host, 1, 0, connect('a') . subscribe('t')));
Event::once();
$queue->push('value');
$mqtt->onClose($host, 1, 0);
Event::once();
echo count($queue), " left\n";

echo "cancelled, and ended in the same turn\n";
Coroutine::create(fn () => $mqtt->onReceive($host, 2, 0, connect('b') . subscribe('t')));
Event::once();
$mqtt->onClose($host, 2, 0);
$queue->push('value');
Event::once();
echo count($queue), " left\n";
unset($mqtt);
gc_collect_cycles();
?>
--EXPECT--
two that wake each other
  ping 0
turn 1 is over
  pong 0
turn 2 is over
  ping 1
turn 3 is over
  pong 1
turn 4 is over
  ping 2
turn 5 is over
  pong 2
turn 6 is over
a host that calls back outside of coroutines
  in a coroutine
ended, and cancelled in the same turn: it gets what it was to get
  value
    The client has gone
0 left
cancelled, and ended in the same turn
  value
    The client has gone
0 left
