--TEST--
In a host with coroutines what a task leaves behind may throw, which is logged; and a task runs once, whatever the host makes of it
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

use Swoole\{Coroutine, Event};

use function MqttServer\Async\{async, await};

class Thrower
{
    public function __destruct()
    {
        throw new LogicException('left behind');
    }
}

Coroutine::pretend();
Coroutine::$broken = true;
foreach ([async(...), fn (callable $task) => await([$task])] as $begin) {
    try {
        $begin(function (): void {
            echo "task\n";
        });
    } catch (RuntimeException $error) {
        echo "{$error->getMessage()}\n";
    }
}
Coroutine::$broken = false;
$mqtt = mqtt();
$mqtt->onReceive(new Host(), 1, 0, connect('a'));
async(function (object $thrower): void {
    echo "waits\n";
    Coroutine::suspend();
    echo "goes on\n";
}, new Thrower());
echo "it waits by itself\n";
Coroutine::goOn();
Event::once();
unset($mqtt);
gc_collect_cycles();
?>
--EXPECTF--
task
created, and thrown all the same
task
created, and thrown all the same
waits
it waits by itself
goes on
log error: a task threw LogicException: left behind in %s:%d
