--TEST--
Handlers of deliveries decide for each client: what it gets, in which form, and whether at all
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
use Hyperf\MqttServer\Annotation\MQTTDeliver as SameDeliver;
use MqttServer\{Client, Packet, Message\Response};
use MqttServer\Annotation\{MQTTDeliver, MQTTEvent};
use Psr\Http\Message\ServerRequestInterface as Request;

class Deliveries
{
    public array $kept = [];

    #[MQTTDeliver(priority: 20)]
    public function see(Packet $packet, Client $client)
    {
        echo $packet->getTopic(), '=', $packet->getPayload(), ' from ', $packet->getPublisher() ?? '-', ' to ',
            $client->clientId(), $client->isConnected() ? '' : ' (away)', ' q', $packet->getQos(),
            $packet->isRetain() ? ' r' : '', ' ', json_encode($packet->getProperties()), "\n";
        $this->kept[] = $packet;
    }

    #[MQTTEvent(type: 16, priority: 10)]
    public function change(Request $request, Response $response): Response
    {
        $own = $request->getAttribute('client_id') === $request->getPacket()->getPublisher();
        return match ($request->getTopic()) {
            'own' => $own ? $response->deny() : $response,
            'payload' => $response->withPayload('for ' . $request->getClient()->clientId())->withQos(2),
            'props' => $response->withProperty('content_type', 'text/x')->withUserProperty('b', '2')->withQos(0),
            'unrouted' => $response->withoutRouting(),
            default => $response,
        };
    }

    #[SameDeliver]
    public function last(Packet $packet): ?int
    {
        return $packet->getTopic() === 'code' ? 0x87 : null;
    }
}
$deliveries = new Deliveries();
$server->addHandler($deliveries)
    ->on('deliver', fn (Packet $packet, Client $client) => !($packet->getTopic() === 'not/b' && $client->clientId() === 'b'), -5)
    ->on('disconnect', function () use ($server, $deliveries) {
        /* What a handler keeps stays whole. */
        $all = array_map(fn ($packet) => $packet->getTopic() . ':' . $packet->getPayload() . ':' . $packet->getQos() . ':'
            . ($packet->getPublisher() ?? '-') . ':' . $packet->getPacketId(), $deliveries->kept);
        echo 'kept ', implode(' ', array_unique($all)), "\n";
        echo 'denied ', $server->stats()['deliveries_denied'], "\n";
    });
PHP);
function tell(string $who, MqsClient $client, int $count): void
{
    for (; $count > 0; $count--) {
        $got = $client->receive();
        echo "$who: {$got['topic']}={$got['message']} q{$got['qos']}", $got['retain'] ? ' r' : '', ' ',
            json_encode($got['properties'] ?? []), "\n";
        if ($got['qos']) {
            $client->send(['type' => 4, 'message_id' => $got['message_id']]);
        }
    }
}
$a = MqsClient::connect($server, 'a', 5);
$b = MqsClient::connect($server, 'b', 4);
$a->subscribe('#', 1);
$b->subscribe('#', 1);
$pub = MqsClient::connect($server, 'pub', 5);
foreach (['plain', 'payload', 'not/b', 'code', 'unrouted'] as $topic) {
    $ack = $pub->publish($topic, 'x', 1);
    echo "$topic: acknowledged ", dechex($ack['code']), "\n";
}
$pub->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => 'props', 'message_id' => 9, 'message' => 'x',
    'properties' => ['content_type' => 'text/old', 'a' => '1', 'message_expiry_interval' => 60]]);
$pub->receive();
tell('a', $a, 4);
tell('b', $b, 3);
$a->send(['type' => 3, 'dup' => 0, 'qos' => 0, 'retain' => 0, 'topic' => 'own', 'message' => 'mine']);
tell('b', $b, 1);
$pub->publish('end', 'x', 0);
tell('a', $a, 1);
tell('b', $b, 1);

/* Retained, and queued for one who is away. */
$pub->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 1, 'topic' => 'payload', 'message_id' => 3, 'message' => 'kept']);
$pub->receive();
tell('a', $a, 1);
tell('b', $b, 1);
$c = MqsClient::connect($server, 'c', 5, ['properties' => ['session_expiry_interval' => 100]]);
$c->send(['type' => 8, 'message_id' => 1, 'topics' => ['payload' => ['qos' => 1]]]);
$c->receive();
tell('c', $c, 1);
$c->close();
$server->expect('/to c q1 r/');
do {
    $pub->publish('payload', 'queued', 1);
    ob_start();
    tell('a', $a, 1);
    tell('b', $b, 1);
    ob_end_clean();
} while (!str_contains($server->expect('/=queued from pub to c.*/')[0], '(away)'));
$c = MqsClient::connect($server, 'c', 5, ['clean_session' => 0]);
tell('c', $c, 1);
$pub->send(['type' => 14, 'code' => 0]);
$server->expect('/denied/');
$server->stop();
$said = explode("\n", preg_replace('/(payload=queued from pub to c q1 \[\]\n|\S+=queued from pub to [ab] .*\n)/', '', $server->said()));
echo implode("\n", array_unique($said));
?>
--EXPECT--
plain: acknowledged 0
payload: acknowledged 0
not/b: acknowledged 0
code: acknowledged 0
unrouted: acknowledged 0
a: plain=x q1 []
a: payload=for a q1 []
a: not/b=x q1 []
a: props=x q0 {"message_expiry_interval":60,"a":"1","content_type":"text\/x","b":"2"}
b: plain=x q1 []
b: payload=for b q1 []
b: props=x q0 []
b: own=mine q0 []
a: end=x q0 []
b: end=x q0 []
a: payload=for a q1 []
b: payload=for b q1 []
c: payload=for c q1 r []
c: payload=for c q1 []
plain=x from pub to a q1 []
plain=x from pub to b q1 []
payload=x from pub to a q1 []
payload=x from pub to b q1 []
not/b=x from pub to a q1 []
not/b=x from pub to b q1 []
code=x from pub to a q1 []
code=x from pub to b q1 []
unrouted=x from pub to a q1 []
unrouted=x from pub to b q1 []
props=x from pub to a q1 {"message_expiry_interval":60,"content_type":"text\/old","a":"1"}
props=x from pub to b q1 {"message_expiry_interval":60,"content_type":"text\/old","a":"1"}
own=mine from a to a q0 []
own=mine from a to b q0 []
end=x from pub to a q0 []
end=x from pub to b q0 []
payload=kept from pub to a q1 []
payload=kept from pub to b q1 []
payload=kept from pub to c q1 r []
payload=queued from pub to c (away) q1 []
kept plain:x:1:pub:0 payload:x:1:pub:0 not/b:x:1:pub:0 code:x:1:pub:0 unrouted:x:1:pub:0 props:x:1:pub:0 own:mine:0:a:0 end:x:0:pub:0 payload:kept:1:pub:0 payload:queued:1:pub:0
denied 6
start() returned
