--TEST--
Enhanced authentication: a handler for AUTH leads the exchange, before CONNACK and again later (MQTT 5 section 4.12)
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
use MqttServer\Annotation\MQTTAuth;
use MqttServer\Message\Response;
use Psr\Http\Message\ServerRequestInterface as Request;

class Challenge
{
    #[MQTTAuth]
    public function handle(Request $request, Response $response): Response
    {
        $packet = $request->getParsedBody();
        $data = $packet['properties']['authentication_data'] ?? '';
        echo $packet['type'], ' ', $data, "\n";
        return match (true) {
            $packet['type'] === 1, $packet['type'] === 15 && $packet['code'] === 0x19 =>
                $response->withReasonCode(0x18)->withProperty('authentication_data', 'what is 6 * 7?'),
            $data === '42' => $response,
            $data === 'throw' => throw new Exception('wrong'),
            default => $response->deny(0x87),
        };
    }
}
$server->addHandler(Challenge::class);
PHP);
$method = ['authentication_method' => 'SUM'];
foreach (['41', 'throw', '42'] as $answer) {
    $client = MqsClient::connect($server, 'c', 5, ['properties' => $method]);
    mqs_show($client->connack);
    $client->send(['type' => 15, 'code' => 0x18, 'properties' => $method + ['authentication_data' => $answer]]);
    $connack = $client->receive();
    echo $connack['type'], ' ', dechex($connack['code']), ' ', $connack['properties']['authentication_method'] ?? 'no method', "\n";
}
$client->send(['type' => 15, 'code' => 0x19, 'properties' => $method]);
mqs_show($client->receive());
$client->send(['type' => 15, 'code' => 0x18, 'properties' => $method + ['authentication_data' => '42']]);
mqs_show($client->receive());
mqs_show($client->ping());
$server->stop();
echo $server->said();
?>
--EXPECT--
{"type":15,"code":24,"properties":{"authentication_method":"SUM","authentication_data":"what is 6 * 7?"}}
2 87 no method
{"type":15,"code":24,"properties":{"authentication_method":"SUM","authentication_data":"what is 6 * 7?"}}
2 83 no method
{"type":15,"code":24,"properties":{"authentication_method":"SUM","authentication_data":"what is 6 * 7?"}}
2 0 SUM
{"type":15,"code":24,"properties":{"authentication_method":"SUM","authentication_data":"what is 6 * 7?"}}
{"type":15,"code":0,"properties":{"authentication_method":"SUM"}}
{"type":13}
1 
15 41
1 
15 throw
[ERROR] handler Challenge::handle threw Exception: wrong in server.php:20
1 
15 42
15 
15 42
start() returned
