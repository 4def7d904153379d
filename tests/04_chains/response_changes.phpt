--TEST--
A response changes the message and the reply: topic, payload, QoS, properties, a body in place of the reply, stopped
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
use MqttServer\Annotation\{MQTTConnect, MQTTPingReq, MQTTPublish, MQTTSubscribe};
use MqttServer\{Codec, Message\Response, Message\Stream};
use Psr\Http\Message\ServerRequestInterface as Request;

class Handlers
{
    #[MQTTPublish(priority: 10)]
    public function change(Request $request, Response $response): Response
    {
        return match ($request->getTopic()) {
            'topic' => $response->withTopic('new/topic')->withPayload('new')->withQos(0),
            'props' => $response->withProperty('content_type', 'text/x')->withUserProperty('b', '2'),
            'wildcard' => $response->withTopic('a/#'),
            'stopped' => $response->withStopped(),
            'body' => $response->withBody(new Stream(Codec::pack(['type' => 4, 'message_id' => 77, 'code' => 0x10], 5))),
            'bodydeny' => $response->withBody(new Stream(Codec::pack(['type' => 4, 'message_id' => 78, 'code' => 0x97], 5))),
            default => $response,
        };
    }

    #[MQTTPublish(priority: 5)]
    public function next(Request $request, Response $response): Response
    {
        echo 'next: ', $request->getTopic(), ' -> ', $response->getTopic() ?? '', "\n";
        return $response;
    }

    #[MQTTConnect]
    public function connect(Request $request, Response $response): Response
    {
        $id = $request->getParsedBody()['client_id'];
        return match ($id) {
            'body' => $response->withBody(new Stream(Codec::pack(['type' => 2, 'session_present' => 0, 'code' => 4], 4))),
            'props' => $response->withUserProperty('a', '1')->withProperty('assigned_client_identifier', 'renamed'),
            'noise' => $response->withBody(new Stream("\x20\x02\x00\x00\xff")),
            default => $response,
        };
    }

    #[MQTTPingReq]
    public function ping(Request $request, Response $response): Response
    {
        return $response->withBody(new Stream("\xd0\x00\xd0\x00"));
    }
}
$server->addHandler(Handlers::class);
PHP);
$refused = MqsClient::connect($server, 'body');
mqs_show($refused->connack);
mqs_show($refused->receive());
$noise = MqsClient::connect($server, 'noise');
mqs_show($noise->connack);
$client = MqsClient::connect($server, 'props', 5);
echo json_encode(array_intersect_key($client->connack['properties'], ['a' => 1, 'assigned_client_identifier' => 1])), "\n";
$client->subscribe('#', 2);
foreach (['topic', 'props', 'wildcard', 'stopped', 'body', 'bodydeny'] as $topic) {
    $client->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => $topic, 'message_id' => 9, 'message' => 'old',
        'properties' => ['content_type' => 'text/old', 'a' => '1']]);
    $packets = [$client->receive()];
    if (!in_array($topic, ['wildcard', 'bodydeny'])) {
        $packets[] = $client->receive();
    }
    usort($packets, fn ($a, $b) => $a['type'] <=> $b['type']);
    foreach ($packets as $packet) {
        unset($packet['dup'], $packet['retain']);
        if ($packet['type'] === 3 && $packet['qos'] > 0) {
            $client->send(['type' => 4, 'message_id' => $packet['message_id'], 'code' => 0]);
            unset($packet['message_id']);
        }
        mqs_show($packet);
    }
}
mqs_show($client->ping());
mqs_show($client->receive());
$server->stop();
echo $server->said();
?>
--EXPECT--
{"type":2,"session_present":0,"code":4}
closed
{"type":2,"session_present":0,"code":0}
{"assigned_client_identifier":"renamed","a":"1"}
{"type":3,"qos":0,"topic":"new/topic","properties":{"content_type":"text/old","a":"1"},"message":"new"}
{"type":4,"message_id":9,"code":0}
{"type":3,"qos":1,"topic":"props","properties":{"a":"1","content_type":"text/x","b":"2"},"message":"old"}
{"type":4,"message_id":9,"code":0}
{"type":4,"message_id":9,"code":131}
{"type":3,"qos":1,"topic":"stopped","properties":{"content_type":"text/old","a":"1"},"message":"old"}
{"type":4,"message_id":9,"code":0}
{"type":3,"qos":1,"topic":"body","properties":{"content_type":"text/old","a":"1"},"message":"old"}
{"type":4,"message_id":77,"code":16}
{"type":4,"message_id":78,"code":151}
{"type":13}
{"type":13}
[WARNING] the body of a response does not hold whole MQTT packets: it is sent as it is (client "noise")
next: topic -> new/topic
next: props -> 
[ERROR] handler Handlers::change threw ValueError: MqttServer\Message\BaseResponse::withTopic(): Argument #1 ($topic) must be a topic name: not empty, without + and # in server.php:16 (client "renamed")
next: body -> 
next: bodydeny -> 
start() returned
