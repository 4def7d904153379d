--TEST--
PUBLISH handlers with concurrency: those of other topics overlap, each topic keeps its order, so do the acknowledgements
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
use MqttServer\Annotation\{MQTTPublish, MQTTSubscribe};
use MqttServer\Async\Deferred;
class Handler
{
    private array $gates = [];
    #[MQTTPublish(concurrency: 3)]
    public function publish(MqttServer\Packet $packet)
    {
        [$topic, $payload] = [$packet->getTopic(), $packet->getPayload()];
        if ($topic === 'open') {
            $this->gates[$payload]->complete();
            return true;
        }
        echo "$topic begins: $payload\n";
        $this->gates[$topic] = new Deferred();
        $this->gates[$topic]->getFuture()->await();
        echo "$topic ends: {$packet->getPayload()}\n";
        return $payload === 'no' ? 0x87 : null;
    }
    #[MQTTSubscribe]
    public function subscribe()
    {
        echo "subscribes\n";
    }
}
$server->addHandler(new Handler());
PHP);
$other = MqsClient::connect($server, 'other');
$other->subscribe('b');
$client = MqsClient::connect($server, 'client', 5);
$publish = fn (int $id, int $qos, string $topic, string $text, array $more = []) => $client->send($more + ['type' => 3,
    'dup' => 0, 'qos' => $qos, 'retain' => 0, 'topic' => $topic, 'message' => $text, 'message_id' => $id]);
$open = fn (string $topic) => $other->publish('open', $topic, 1);

$publish(1, 1, 'a', 'first');
$publish(2, 2, 'b', 'in between');
$publish(3, 1, 'a', 'second');
$publish(4, 1, 'c', 'no');
$publish(5, 0, 'd', 'one too many');
$publish(2, 2, 'b', 'in between', ['dup' => 1]);
$client->send(['type' => 8, 'message_id' => 6, 'topics' => ['a' => ['qos' => 0]]]);
$publish(7, 1, 'e', 'behind it');
$server->expect('/^c begins/');
mqs_show($client->ping());
$open('c');
$server->expect('/^d begins/');
$open('b');
mqs_show($other->receive());
mqs_show($client->ping());
$open('a');
mqs_show($client->receive());
mqs_show($client->receive());
$server->expect('/^a begins: second/');
$open('d');
$open('a');
foreach ([1, 2, 3] as $i) {
    mqs_show($client->receive());
}
$server->expect('/^e begins/');
$open('e');
mqs_show($client->receive());
$server->stop();
echo $server->said();
?>
--EXPECT--
{"type":13}
{"type":3,"dup":0,"qos":0,"retain":0,"topic":"b","message":"in between"}
{"type":13}
{"type":4,"message_id":1,"code":16}
{"type":5,"message_id":2,"code":0}
{"type":4,"message_id":3,"code":16}
{"type":4,"message_id":4,"code":135}
{"type":9,"message_id":6,"codes":[0]}
{"type":4,"message_id":7,"code":16}
subscribes
a begins: first
b begins: in between
c begins: no
c ends: no
d begins: one too many
b ends: in between
a ends: first
a begins: second
d ends: one too many
a ends: second
subscribes
e begins: behind it
e ends: behind it
start() returned
