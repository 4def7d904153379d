--TEST--
In a host with coroutines PUBLISH handlers with concurrency overlap, and what else the connection has waits for them
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

use MqttServer\Annotation\{MQTTClose, MQTTDisconnect, MQTTPublish, MQTTSubscribe};
use MqttServer\{Client, Packet};
use Swoole\Coroutine;

class Handler
{
    public array $waiting = [];

    #[MQTTPublish(concurrency: 3)]
    public function publish(Packet $packet, Client $client)
    {
        $name = "{$packet->getTopic()} {$packet->getPayload()}";
        echo "$name begins\n";
        $this->waiting[$packet->getTopic()] = Coroutine::getCid();
        Coroutine::suspend();
        echo "$name ends, {$client->clientId()} ", $client->isConnected() ? 'is connected' : 'has gone', "\n";
    }

    #[MQTTSubscribe]
    public function subscribe()
    {
        echo "subscribes\n";
    }

    #[MQTTDisconnect]
    public function disconnect(Packet $packet, Client $client)
    {
        echo "disconnect {$client->clientId()}\n";
    }

    #[MQTTClose]
    public function close(Packet $packet, Client $client)
    {
        echo "close {$client->clientId()}\n";
    }
}

$mqtt = mqtt();
$host = new Host();
$handler = new Handler();
$mqtt->addHandler($handler);
$in = fn (int $fd, string $bytes) => Coroutine::create(fn () => $mqtt->onReceive($host, $fd, 0, $bytes));
$goOn = fn (string $topic) => Coroutine::resume($handler->waiting[$topic]);

$in(1, connect('a'));
show($host, 1);
echo "one packet at a time\n";
$in(1, publish('a', '1', 1, 1));
$in(1, publish('b', '1', 1, 2));
$in(1, publish('a', '2', 2, 3));
$in(1, subscribe('b'));
$in(1, publish('c', '1'));
$goOn('b');
show($host, 1);
$goOn('a');
show($host, 1);
$goOn('a');
show($host, 1);
$goOn('c');

echo "all at once, and it hangs up\n";
$in(1, publish('a', '3', 1, 4) . publish('b', '3', 1, 5) . publish('c', '3', 1, 6) . publish('d', '3', 1, 7));
$mqtt->onClose($host, 1, 0);
foreach (['c', 'a', 'd', 'b'] as $topic) {
    $goOn($topic);
}

echo "the end is told when all of them are done\n";
$in(2, connect('b'));
$in(2, publish('a', '4'));
$in(2, publish('b', '4'));
Coroutine::create(fn () => $mqtt->disconnect('b'));
$mqtt->onClose($host, 2, 0);
$goOn('a');
echo "one is left\n";
$goOn('b');

echo "a good-bye\n";
$in(3, connect('c'));
$in(3, publish('a', '5'));
$in(3, publish('b', '5'));
$in(3, MqttServer\Codec::pack(['type' => 14], 4));
$goOn('b');
$goOn('a');
echo count($host->closed), " closed, {$mqtt->stats()['pending_decisions']} pending\n";
Coroutine::create(fn () => $mqtt->onWorkerStop($host, 0));
unset($mqtt, $in);
gc_collect_cycles();
?>
--EXPECT--
1: CONNACK 00
one packet at a time
a 1 begins
b 1 begins
b 1 ends, a is connected
1: -
a 1 ends, a is connected
a 2 begins
1: PUBACK 1, PUBACK 2
a 2 ends, a is connected
subscribes
c 1 begins
1: PUBREC 3, SUBACK
c 1 ends, a is connected
all at once, and it hangs up
a 3 begins
b 3 begins
c 3 begins
c 3 ends, a has gone
d 3 begins
a 3 ends, a has gone
d 3 ends, a has gone
b 3 ends, a has gone
close a
the end is told when all of them are done
a 4 begins
b 4 begins
a 4 ends, b has gone
one is left
b 4 ends, b has gone
close b
a good-bye
a 5 begins
b 5 begins
b 5 ends, c is connected
a 5 ends, c is connected
disconnect c
close c
2 closed, 0 pending
