--TEST--
Fiber's own methods in handlers: suspended for ever, resumed by others, resumed at the wrong time
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
use function MqttServer\Async\delay;
$kept = $gate = null;
$seen = [];
$server->on('publish', function ($packet, $client) use ($server, &$kept, &$gate, &$seen) {
    $packet->getTopic() === 'nobody' || in_array(Fiber::getCurrent(), $seen, true) || $seen[] = Fiber::getCurrent();
    switch ($packet->getTopic()) {
        case 'nobody':
            try {
                Fiber::suspend();
            } catch (Throwable $e) {
                echo get_class($e), ': ', $e->getMessage(), "\n";
            }
            return;
        case 'kept':
            $kept = Fiber::getCurrent();
            echo 'resumed with ', Fiber::suspend('suspended'), ', then thrown: ';
            try {
                Fiber::suspend();
            } catch (DomainException $e) {
                echo $e->getMessage(), "\n";
            }
            return;
        case 'resume':
            $kept->resume('a value');
            $kept->throw(new DomainException('an exception'));
            /* It has answered only when this handler is done, from the loop. */
            echo 'still parked: ', $server->stats()['fibers_parked'], "\n";
            $kept = null;
            return;
        case 'idle':
            [$idle] = array_values(array_filter($seen, fn ($fiber) => $fiber !== Fiber::getCurrent()));
            echo 'suspended: ', var_export($idle->isSuspended(), true), "\n";
            $idle->resume('nothing');
            $idle->throw(new DomainException('nothing'));
            try {
                ((new ReflectionFiber($idle))->getCallable())();
            } catch (Error $e) {
                echo $e->getMessage(), "\n";
            }
            try {
                $idle->start();
            } catch (FiberError $e) {
                echo $e->getMessage(), "\n";
            }
            return;
        case 'wrong time':
            $kept = Fiber::getCurrent();
            ($gate = new MqttServer\Async\Deferred())->getFuture()->await();
            echo "waited to the end\n";
            return;
        case 'disturb':
            $kept->resume();
            $kept->resume('something else');
            echo "disturbed\n";
            $gate->complete();
            $gate = null;
            return;
        case 'nested':
            $inner = new Fiber(function () {
                delay(0.001);
                return 'inner has waited';
            });
            $inner->start();
            while (!$inner->isTerminated()) {
                delay(0.001);
            }
            echo $inner->getReturn(), "\n";
            return;
        case 'thrown':
            $kept = Fiber::getCurrent();
            delay(10);
            return;
        case 'throw':
            $kept->throw(new DomainException('by another handler'));
    }
});
PHP);
$a = MqsClient::connect($server, 'a', 5);
$b = MqsClient::connect($server, 'b', 5);
$send = fn (string $topic, int $id) => $a->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => $topic, 'message' => '', 'message_id' => $id]);
echo $a->publish('nobody', '', 1)['code'], "\n";
$send('kept', 2);
$a->ping();
echo $b->publish('resume', '', 1)['code'], "\n";
echo $a->receive()['code'], "\n";
echo $b->publish('idle', '', 1)['code'], "\n";
$send('wrong time', 3);
$a->ping();
echo $b->publish('disturb', '', 1)['code'], "\n";
echo $a->receive()['code'], "\n";
echo $b->publish('nested', '', 1)['code'], "\n";
$send('thrown', 4);
$a->ping();
echo $b->publish('throw', '', 1)['code'], "\n";
echo dechex($a->receive()['code']), "\n";
$server->stop();
echo $server->said();
?>
--EXPECT--
16
16
16
16
16
16
16
16
83
MqttServer\Exception\MqttException: Fiber::suspend() was called, and nobody is left who could resume the fiber
resumed with a value, then thrown: an exception
still parked: 1
suspended: true
This function is for the server alone
Cannot start a fiber that has already been started
disturbed
waited to the end
inner has waited
[ERROR] handler closure at server.php:7 threw DomainException: by another handler in server.php:77 (client "a")
start() returned
