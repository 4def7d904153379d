--TEST--
In a host with coroutines a handler of deliveries runs in a coroutine of its own; one that suspends it denies
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
require __DIR__ . '/host.inc';

use Swoole\Coroutine;

$mqtt = mqtt();
$host = new Host();
$waiting = [];
$main = null;
$mqtt
    ->on('publish', function ($packet) use (&$main) {
        if ($packet->getTopic() === 'resume') {
            /* This one may wait, and is resumed by a handler of deliveries. */
            $main = Coroutine::getCid();
            Coroutine::suspend();
            echo "resumed\n";
        }
    })
    ->on('deliver', function ($packet, $client) use ($mqtt, &$waiting, &$main) {
        switch ($packet->getTopic()) {
            case 'suspend':
                $waiting[] = Coroutine::getCid();
                Coroutine::suspend();
                /* Nobody waits for the answer any more; the packet is still whole. */
                echo 'late: ', $packet->getPayload(), ' ', $packet->getPublisher(), ' q', $packet->getQos(), "\n";
                return true;
            case 'resumes':
                if ($client->clientId() === 'a') {
                    Coroutine::resume($main);
                    echo "resumed it\n";
                }
                return true;
            case 'publish':
                $mqtt->publish('from/handler', $client->clientId());
                return true;
            case 'throw':
                throw new LogicException('handler');
        }
        return $client->clientId() !== 'b' || $packet->getTopic() !== 'not/b';
    });
Coroutine::create(function () use ($mqtt, $host) {
    $mqtt->onReceive($host, 1, 0, connect('a') . subscribe('#', 1));
    $mqtt->onReceive($host, 2, 0, connect('b') . subscribe('#', 1));
    $mqtt->onReceive($host, 3, 0, connect('c'));
});
show($host, 1, 2, 3);
foreach (['plain', 'not/b', 'publish', 'throw', 'resume', 'resumes'] as $topic) {
    Coroutine::create(function () use ($mqtt, $host, $topic) {
        $mqtt->onReceive($host, $topic === 'resume' ? 3 : 2, 0, publish($topic, 'x'));
    });
    echo "$topic\n";
    show($host, 1, 2);
}
Coroutine::create(function () use ($mqtt, $host) {
    $mqtt->onReceive($host, 3, 0, publish('suspend', 'text', 1, 7));
});
echo "suspend\n";
show($host, 1, 2, 3);
Coroutine::create(function () use ($mqtt, $host) {
    $mqtt->onReceive($host, 3, 0, publish('plain', 'y'));
});
show($host, 1, 2);
array_map(Coroutine::resume(...), $waiting);
show($host, 1, 2);
echo $mqtt->stats()['deliveries_denied'], " denied\n";
Coroutine::create(fn () => $mqtt->onWorkerStop($host, 0));
unset($mqtt);
gc_collect_cycles();
?>
--EXPECTF--
1: CONNACK 00, SUBACK
2: CONNACK 00, SUBACK
3: CONNACK 00
plain
1: PUBLISH plain=x
2: PUBLISH plain=x
not/b
1: PUBLISH not/b=x
2: -
publish
1: PUBLISH publish=x, PUBLISH from/handler=a, PUBLISH from/handler=b
2: PUBLISH publish=x, PUBLISH from/handler=a, PUBLISH from/handler=b
throw
1: -
2: -
log error: handler closure at deliver_suspended.php:%d threw LogicException: handler in %s:%d (client "a")
log error: handler closure at deliver_suspended.php:%d threw LogicException: handler in %s:%d (client "b")
resume
1: -
2: -
resumed
resumed it
resumes
1: PUBLISH resumes=x, PUBLISH resume=x
2: PUBLISH resumes=x, PUBLISH resume=x
log error: handler closure at deliver_suspended.php:%d has to answer at once and was suspended: the delivery is denied (client "a")
log error: handler closure at deliver_suspended.php:%d has to answer at once and was suspended: the delivery is denied (client "b")
suspend
1: -
2: -
3: PUBACK 7
1: PUBLISH plain=y
2: PUBLISH plain=y
late: text c q1
late: text c q1
1: -
2: -
5 denied
