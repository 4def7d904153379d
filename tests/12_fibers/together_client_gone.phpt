--TEST--
A client that goes away while several of its PUBLISH handlers wait: all of them count, in order; then the end is told
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$code = <<<'PHP'
use MqttServer\Annotation\{MQTTClose, MQTTDisconnect, MQTTPublish};
use MqttServer\Async\Deferred;
class Handler
{
    private array $gates = [];
    #[MQTTPublish(concurrency: 8)]
    public function publish(MqttServer\Packet $packet, MqttServer\Client $client)
    {
        [$topic, $payload] = [$packet->getTopic(), $packet->getPayload()];
        if ($topic === 'open') {
            $this->gates[$payload]->complete();
            return;
        }
        echo "$topic begins: $payload\n";
        $this->gates[$topic] = new Deferred();
        try {
            $this->gates[$topic]->getFuture()->await();
        } catch (MqttServer\Exception\MqttException $e) {
            echo "$topic: ", get_class($e), "\n";
            return;
        }
        echo "$topic ends: $payload, ", $client->isConnected() ? 'connected' : 'gone', "\n";
    }
    #[MQTTDisconnect]
    public function disconnect(MqttServer\Packet $packet, MqttServer\Client $client)
    {
        echo "disconnect {$client->clientId()}\n";
    }
    #[MQTTClose]
    public function close(MqttServer\Packet $packet, MqttServer\Client $client)
    {
        echo "close {$client->clientId()}\n";
    }
}
$server->addHandler(new Handler());
PHP;
$server = new MqsServer($code);
$other = MqsClient::connect($server, 'other');
$other->subscribe('#');
$open = function (string $topic) use ($other) {
    $other->publish('open', $topic);
};

$client = MqsClient::connect($server, 'lost');
foreach (['a' => 1, 'b' => 0, 'c' => 2] as $topic => $qos) {
    $client->send(['type' => 3, 'dup' => 0, 'qos' => $qos, 'retain' => 0, 'topic' => $topic, 'message' => 'one', 'message_id' => 1]);
}
$client->publish('a', 'two');
$server->expect('/^c begins/');
$client->disconnect();
$other->ping();
foreach (['c', 'b', 'a', 'a'] as $i => $topic) {
    $open($topic);
    $server->expect("/^$topic ends/");
    foreach ([1, 2] as $message) {
        $packet = $other->receive();
        echo $packet['topic'], '=', $packet['message'], "\n";
    }
    if ($i === 2) {
        $server->expect('/^a begins: two/');
    }
}
$server->expect('/^close lost/');

/* Its name is taken by another one: what it said counts no more, but nothing is thrown at handlers that have begun. */
$client = MqsClient::connect($server, 'twice');
$client->publish('x', 'one');
$client->publish('y', 'one');
$client->publish('x', 'two');
$server->expect('/^y begins/');
$again = MqsClient::connect($server, 'twice');
$again->ping();
$open('x');
$server->expect('/^x ends/');
$open('y');
$server->expect('/^close twice/');
$again->disconnect();
$server->expect('/^close twice/');
$server->stop();
echo $server->said();

/* Handlers that wait when the server stops: cancelled when their time is up. */
$server = new MqsServer($code, '["shutdown_grace_ms" => 20]');
$client = MqsClient::connect($server, 'last');
$client->publish('a', 'one');
$client->publish('a', 'two');
$client->publish('b', 'one');
$server->expect('/^b begins/');
$server->stop();
echo $server->said();
?>
--EXPECT--
open=c
c=one
open=b
b=one
open=a
a=one
open=a
a=two
a begins: one
b begins: one
c begins: one
c ends: one, gone
b ends: one, gone
a ends: one, gone
a begins: two
a ends: two, gone
disconnect lost
close lost
x begins: one
y begins: one
x ends: one, gone
y ends: one, gone
close twice
disconnect twice
close twice
close other
start() returned
a begins: one
b begins: one
b: MqttServer\Exception\CancelledException
a: MqttServer\Exception\CancelledException
a begins: two
a: MqttServer\Exception\CancelledException
close last
start() returned
