--TEST--
Handlers of negative priority see the outcome and may change the reply, but nobody gets in past one that fails
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
use MqttServer\Annotation\{MQTTConnect, MQTTPublish, MQTTSubscribe, MQTTUnsubscribe};
use MqttServer\Message\Response;
use Psr\Http\Message\ServerRequestInterface as Request;

class After
{
    #[MQTTConnect(priority: -1)]
    public function connect(Request $request, Response $response): Response
    {
        $id = $request->getAttribute('client_id');
        echo "connect $id: {$response->getReasonCode()} connected=", var_export($request->getClient()->isConnected(), true), "\n";
        return match ($id) {
            'throws' => throw new Exception('too late'),
            'denied' => $response->deny(),
            default => $response->withUserProperty('seen', 'yes'),
        };
    }
    #[MQTTConnect(priority: -2)]
    public function last(Request $request, Response $response): Response
    {
        echo "last {$response->getReasonCode()}\n";
        return $response;
    }
    #[MQTTPublish(priority: -1)]
    public function publish(Request $request, Response $response): Response
    {
        echo "publish {$request->getTopic()}: ", dechex($response->getReasonCode()), "\n";
        return $response->withReasonString('told');
    }
    #[MQTTSubscribe(priority: -1)]
    public function subscribe(Request $request, Response $response): Response
    {
        echo 'subscribe: ', implode(' ', array_map('dechex', $response->getGrantedQos())), "\n";
        return $response;
    }
    #[MQTTUnsubscribe(priority: -1)]
    public function unsubscribe(Request $request, Response $response): Response
    {
        echo 'unsubscribe: ', json_encode([$response->getGrantedQos(), $response->getReasonCode()]), "\n";
        return $response;
    }
}
$server->addHandler(After::class);
$server->on('connect', fn ($packet) => $packet->getClientId() === 'banned' ? 0x8A : null);
$server->on('publish', fn ($packet) => $packet->getTopic() === 'refused' ? 0x97 : null);
$server->on('subscribe', fn () => (new Response())->withGrantedQos(1, 0x87));
PHP);
foreach (['throws', 'denied', 'banned'] as $id) {
    $client = MqsClient::connect($server, $id, 5);
    $next = $client->receive();
    echo "$id: {$client->connack['code']} ";
    mqs_show($next);
}
$client = MqsClient::connect($server, 'fine', 5);
echo $client->connack['properties']['seen'], "\n";
mqs_show($client->publish('nobody', '', 1));
echo implode(' ', $client->subscribe(['a' => 2, 'b' => 2])['codes']), "\n";
mqs_show($client->publish('refused', '', 1));
echo implode(' ', $client->unsubscribe('c')['codes']), "\n";
$server->stop();
echo $server->said();
?>
--EXPECT--
throws: 131 closed
denied: 135 closed
banned: 138 closed
yes
{"type":4,"message_id":1,"code":16,"properties":{"reason_string":"told"}}
1 135
{"type":4,"message_id":3,"code":151,"properties":{"reason_string":"told"}}
17
connect throws: 0 connected=true
[ERROR] handler After::connect threw Exception: too late in server.php:16 (client "throws")
connect denied: 0 connected=true
connect banned: 138 connected=false
last 138
connect fine: 0 connected=true
last 0
publish nobody: 10
subscribe: 1 87
publish refused: 97
unsubscribe: [null,null]
start() returned
