--TEST--
Limits of PUBLISH handlers with concurrency: their deadlines, those parked of one connection, fibers, and what is held
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$code = <<<'PHP'
use MqttServer\Annotation\MQTTPublish;
use MqttServer\Async\Deferred;
class Handler
{
    private array $gates = [];
    public function __construct(private MqttServer\Server $server)
    {
    }
    #[MQTTPublish(concurrency: 4)]
    public function publish(MqttServer\Packet $packet)
    {
        [$topic, $payload] = [$packet->getTopic(), $packet->getPayload()];
        if ($topic === 'stats') {
            $stats = $this->server->stats();
            foreach (explode(' ', $payload) as $name) {
                echo "$name {$stats[$name]} ";
            }
            echo "\n";
            return;
        }
        if ($topic === 'open') {
            $this->gates[$payload]->complete();
            return;
        }
        echo "$topic begins\n";
        try {
            ($this->gates[$topic] = new Deferred())->getFuture()->await();
        } catch (MqttServer\Exception\TimeoutException) {
            echo "$topic is too late\n";
            return;
        }
        echo "$topic ends\n";
    }
}
$server->addHandler(new Handler($server));
PHP;
function publish(MqsClient $client, string $topic, int $id): void
{
    $client->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => $topic, 'message' => str_repeat('x', 400),
        'message_id' => $id]);
}

echo "deadlines\n";
$server = new MqsServer($code, '["decision_timeout_ms" => ' . 150 * max(1, (int) getenv('MQS_TEST_SLOW')) . ']');
$other = MqsClient::connect($server, 'other');
$client = MqsClient::connect($server, 'a', 5);
foreach (['a', 'b', 'a', 'quick'] as $i => $topic) {
    publish($client, $topic, $i + 1);
}
$server->expect('/^quick begins/');
$other->publish('open', 'quick', 1);
for ($i = 0; $i < 4; $i++) {
    $ack = $client->receive();
    echo $ack['message_id'], ' ', dechex($ack['code']), "\n";
}
$other->publish('stats', 'decisions_timed_out pending_decisions', 1);
$server->stop();
$lines = explode("\n", $server->said());
sort($lines); /* several deadlines pass at the same time */
echo preg_replace('/ from 127\.0\.0\.1:\d+/', '', implode("\n", array_filter($lines))), "\n";

echo "parked, held\n";
$server = new MqsServer($code, '["max_parked_per_connection" => 3, "max_held_bytes" => 1000]');
$other = MqsClient::connect($server, 'other');
$client = MqsClient::connect($server, 'a', 5);
foreach (['a', 'b', 'a', 'c', 'd'] as $i => $topic) {
    publish($client, $topic, $i + 1);
}
$client->ping();
$other->publish('stats', 'parked_limit_reached packets_held pending_decisions reads_paused', 1);
publish($client, 'e', 6);
$server->expect('/^parked_limit/');
for ($tries = 0; $tries < 10000; $tries++) {
    $other->publish('stats', 'reads_paused', 1);
    if ($server->expect('/^reads_paused (\d)/')[1] > 0) {
        break;
    }
}
echo $tries < 10000 ? "reading has paused\n" : "it reads on\n";
foreach ([['b', 'c'], ['a', 'd'], ['a', 'e'], ['c'], ['d'], ['e']] as $step) {
    [$topic, $next] = $step + [1 => null];
    $other->publish('open', $topic, 1);
    $server->expect("/^$topic ends/");
    if ($next) {
        $server->expect("/^$next begins/");
    }
}
for ($i = 0; $i < 6; $i++) {
    echo $client->receive()['message_id'], ' ';
}
echo "\n";
$server->stop();
echo preg_replace('/^reads_paused .*\n/m', '', $server->said());

echo "fibers\n";
$server = new MqsServer(<<<'PHP'
use MqttServer\Annotation\MQTTPublish;
use MqttServer\Async\Deferred;
class Handler
{
    public array $gates = [];
    #[MQTTPublish(concurrency: 4)]
    public function publish(MqttServer\Packet $packet, MqttServer\Client $client)
    {
        echo $packet->getTopic(), " begins\n";
        ($this->gates[] = new Deferred())->getFuture()->await();
        echo $packet->getTopic(), " ends\n";
    }
}
$server->addHandler($handler = new Handler());
$server->every(0.005, function () use ($server, $handler) {
    if ($handler->gates && $server->stats()['fibers_refused'] > 0) {
        array_shift($handler->gates)->complete();
    }
});
PHP, '["max_fibers" => 2]');
$client = MqsClient::connect($server, 'a', 5);
$bytes = '';
foreach (['a', 'b', 'c', 'a', 'd'] as $i => $topic) {
    $bytes .= MqttServer\Codec::pack(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => $topic, 'message' => '',
        'message_id' => $i + 1], 5);
}
$client->sendRaw($bytes);
for ($i = 0; $i < 5; $i++) {
    echo $client->receive()['message_id'], ' ';
}
echo "\n";
$server->stop();
echo $server->said();
?>
--EXPECT--
deadlines
1 83
2 83
3 83
4 10
[WARNING] handler did not decide in time, reason 0x83 Implementation specific error (client "a")
[WARNING] handler did not decide in time, reason 0x83 Implementation specific error (client "a")
[WARNING] handler did not decide in time, reason 0x83 Implementation specific error (client "a")
a begins
a begins
a is too late
a is too late
b begins
b is too late
decisions_timed_out 3 pending_decisions 0 
quick begins
quick ends
start() returned
parked, held
reading has paused
1 2 3 4 5 6 
a begins
b begins
parked_limit_reached 1 packets_held 2 pending_decisions 2 reads_paused 1 
b ends
c begins
a ends
a begins
d begins
a ends
e begins
c ends
d ends
e ends
start() returned
fibers
1 2 3 4 5 
a begins
b begins
a ends
c begins
b ends
d begins
c ends
a begins
d ends
a ends
start() returned
