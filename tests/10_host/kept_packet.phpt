--TEST--
With coroutines, packets and requests that a handler keeps can be read when the broker is done with them
--EXTENSIONS--
mqtt_server
--SKIPIF--
<?php if (extension_loaded('swoole')) die('skip: stands in for its classes'); ?>
--FILE--
<?php
require __DIR__ . '/coroutine.inc';
require __DIR__ . '/host.inc';

use Psr\Http\Message\ServerRequestInterface;

$packets = $requests = [];

class Keeper
{
    #[MqttServer\Annotation\MQTTPublish(priority: 2)]
    public function request(ServerRequestInterface $request, $response)
    {
        global $requests;
        if ($request->getTopic() !== 'packet') {
            $requests[] = $request->withAttribute('n', count($requests));
            $requests[] = $request;
        }
        return $response;
    }

    #[MqttServer\Annotation\MQTTPublish(priority: 1)]
    public function packet(MqttServer\Packet $packet, MqttServer\Client $client)
    {
        global $packets;
        if ($packet->getTopic() !== 'request') {
            $packets[] = $packet;
        }
    }
}

Swoole\Coroutine::pretend();
$mqtt = mqtt(['handlers' => [Keeper::class]]);
$host = new Host();
$mqtt->onReceive($host, 1, 0, connect('a'));
foreach (['packet', 'request', 'both', 'packet', 'request', 'both'] as $i => $topic) {
    $mqtt->onReceive($host, 1, 0, publish($topic, str_repeat((string) $i, 3000), 1, $i + 1));
}
show($host, 1);
foreach ($packets as $packet) {
    echo $packet->getTopic(), ' ', $packet->getPacketId(), ' ', count_chars($packet->getPayload(), 3), ' ', strlen($packet->getPayload()), "\n";
}
foreach ($requests as $request) {
    $body = $request->getParsedBody();
    echo $request->getAttribute('n', '-'), ' ', $body['topic'], ' ', $body['message_id'], ' ', count_chars($body['message'], 3), "\n";
}
unset($mqtt, $packets, $requests, $packet, $request); /* its coroutines hold it, and so do they */
gc_collect_cycles();
?>
--EXPECT--
1: CONNACK 00, PUBACK 1, PUBACK 2, PUBACK 3, PUBACK 4, PUBACK 5, PUBACK 6
packet 1 0 3000
both 3 2 3000
packet 4 3 3000
both 6 5 3000
0 request 2 1
- request 2 1
2 both 3 2
- both 3 2
4 request 5 4
- request 5 4
6 both 6 5
- both 6 5
