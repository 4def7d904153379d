--TEST--
With coroutines, handlers of DISCONNECT and of the end of a connection are still told who it was
--EXTENSIONS--
mqtt_server
--SKIPIF--
<?php if (extension_loaded('swoole')) die('skip: stands in for its classes'); ?>
--FILE--
<?php
require __DIR__ . '/coroutine.inc';
require __DIR__ . '/host.inc';

use Psr\Http\Message\ServerRequestInterface;
use Swoole\Coroutine;

class Numbered extends Host
{
    public function getClientInfo(int $fd): array
    {
        return ['remote_ip' => '192.0.2.7', 'remote_port' => 1000 + $fd, 'connect_time' => 1];
    }
}

class Watcher
{
    #[MqttServer\Annotation\MQTTDisconnect]
    #[MqttServer\Annotation\MQTTClose]
    public function tell(ServerRequestInterface $request, $response)
    {
        foreach (['client_id', 'username', 'peer', 'fd', Simps\MQTT\Protocol\ProtocolInterface::class] as $name) {
            echo json_encode($request->getAttribute($name), JSON_UNESCAPED_SLASHES), ' ';
        }
        $client = $request->getClient();
        echo $client->keepAlive(), ' ', var_export($client->isConnected(), true), ' ', $client->get('kept'), "\n";
        return $response;
    }
}

Coroutine::pretend();
$mqtt = mqtt(['handlers' => [Watcher::class]]);
$mqtt->on('connect', fn ($packet, $client) => $client->set('kept', $client->clientId()) && true);
$host = new Numbered();
$kept = null;
$mqtt->on('close', function ($packet, $client) use (&$kept) {
    $kept = $client;
});

$mqtt->on('publish', function () {
    Fiber::suspend();
});

$more = ['user_name' => 'ann', 'password' => 'x'];
$mqtt->onReceive($host, 7, 0, connect('a', 4, $more));
$mqtt->onReceive($host, 8, 0, connect('b'));
echo "DISCONNECT:\n";
$mqtt->onReceive($host, 7, 0, publish('t', 'x') . MqttServer\Codec::pack(['type' => 14]));
$mqtt->onClose($host, 7, 0);
echo "nothing yet\n";
Coroutine::goOn();
echo "broken:\n";
$mqtt->onReceive($host, 8, 0, publish('t', 'x'));
$mqtt->onClose($host, 8, 0);
echo "nothing yet\n";
Coroutine::goOn();
var_dump($kept->username(), $kept->peer(), $kept->protocolLevel());
unset($mqtt, $kept); /* its coroutines hold it */
gc_collect_cycles();
?>
--EXPECT--
DISCONNECT:
nothing yet
"a" "ann" "192.0.2.7:1007" 7 4 60 false a
"a" "ann" "192.0.2.7:1007" 7 4 60 false a
broken:
nothing yet
"b" null "192.0.2.7:1008" 8 4 60 false b
NULL
string(14) "192.0.2.7:1008"
int(4)
