--TEST--
Many messages through handlers with concurrency that wait for different times: none lost or twice, all in their order
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

const CLIENTS = 4;
const MESSAGES = 150;

$server = new MqsServer(<<<'PHP'
use MqttServer\Annotation\MQTTPublish;
use MqttServer\{Client, Packet};
class Handler
{
    public array $running = [];
    public int $most = 0;
    #[MQTTPublish(concurrency: 6)]
    public function publish(Packet $packet, Client $client)
    {
        $topic = $packet->getTopic();
        if ($topic === 'end') {
            echo 'at most ', $this->most, "\n";
            return;
        }
        $id = $client->clientId();
        if (isset($this->running[$id][$topic])) {
            echo "$topic of $id overlaps\n";
        }
        $this->running[$id][$topic] = true;
        $this->most = max($this->most, count($this->running[$id]));
        /* Some do not wait, some once, some twice. */
        for ($times = crc32($topic . $packet->getPayload()) % 3; $times > 0; $times--) {
            MqttServer\Async\delay((crc32($packet->getPayload()) % 3) / 1000);
        }
        unset($this->running[$id][$topic]);
        return $packet->getPayload() % 17 === 5 ? false : null;
    }
}
$server->addHandler(new Handler());
PHP);
$subscriber = MqsClient::connect($server, 'subscriber');
$subscriber->subscribe('t/#');
mt_srand(7);
$clients = $expected = $acknowledged = $released = [];
for ($c = 0; $c < CLIENTS; $c++) {
    $clients[$c] = MqsClient::connect($server, "c$c", 5);
    $bytes = '';
    for ($i = 1; $i <= MESSAGES; $i++) {
        $topic = "t/$c/" . mt_rand(1, 9);
        $qos = mt_rand(0, 2);
        $bytes .= MqttServer\Codec::pack(['type' => 3, 'dup' => 0, 'qos' => $qos, 'retain' => 0, 'topic' => $topic,
            'message' => (string) $i, 'message_id' => $i], 5);
        if ($i % 17 !== 5) {
            $expected[$topic][] = (string) $i;
        }
        if ($qos > 0) {
            $acknowledged[$c][] = ($qos === 1 ? 'PUBACK ' : 'PUBREC ') . $i . ($i % 17 === 5 ? ' 135' : ' 0');
        }
        if ($i % 50 === 0) {
            $bytes .= MqttServer\Codec::pack(['type' => 8, 'message_id' => 1000 + $i, 'topics' => ["x/$i" => ['qos' => 0]]], 5);
            $acknowledged[$c][] = 'SUBACK ' . (1000 + $i) . ' 0';
        }
    }
    $clients[$c]->sendRaw($bytes);
}
foreach ($clients as $c => $client) {
    $heard = [];
    while (count($heard) < count($acknowledged[$c])) {
        $packet = $client->receive();
        $heard[] = [4 => 'PUBACK ', 5 => 'PUBREC ', 9 => 'SUBACK '][$packet['type']] . $packet['message_id'] . ' '
            . ($packet['code'] ?? $packet['codes'][0]);
    }
    echo "c$c ", $heard === $acknowledged[$c] ? 'in order' : 'in another order', "\n";
}
$got = [];
for ($left = array_sum(array_map('count', $expected)); $left > 0; $left--) {
    $packet = $subscriber->receive();
    $got[$packet['topic']][] = $packet['message'];
}
ksort($got);
ksort($expected);
var_dump($got === $expected);
mqs_show($subscriber->ping());
$subscriber->publish('end', '', 1);
$server->stop();
echo $server->said();
?>
--EXPECT--
c0 in order
c1 in order
c2 in order
c3 in order
bool(true)
{"type":13}
at most 6
start() returned
