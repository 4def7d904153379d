--TEST--
A request of a packet: method, URI, headers, attributes, packet and typed reads
--EXTENSIONS--
mqtt_server
--FILE--
<?php
use MqttServer\Codec;
use MqttServer\Message\Request;

$packet = Codec::decode("\x30\x05\0\x01tab");
$request = Request::fromPacket($packet, server: 'tls', fd: 12, reactorId: 3);
echo get_class($request), ' ', $request->getMethod(), ' ', $request->getUri(), ' ', $request->getRequestTarget(),
    ' HTTP/', $request->getProtocolVersion(), "\n";
echo json_encode($request->getHeaders(), JSON_UNESCAPED_SLASHES), "\n";
var_dump($request->getHeaderLine('HOST'), $request->getHeader('content-type'));
foreach (['Simps\MQTT\Protocol\Types', 'fd', 'reactorId', 'Simps\MQTT\Protocol\ProtocolInterface', 'client_id', 'server',
    'nothing'] as $name) {
    echo $name, ': ', json_encode($request->getAttribute($name, 'default')), "\n";
}
echo implode(' ', array_keys($request->getAttributes())), "\n";
var_dump($request->getPacket() === $packet, $request->getClient(), $request->getTopic(), $request->getPayload());
var_dump($request->getServerParams(), $request->getCookieParams(), $request->getQueryParams(), $request->getUploadedFiles());

$connect = Request::fromPacket(Codec::decode("\xe0\0", 5));
var_dump($connect->getTopic(), $connect->getPayload(), $connect->getAttribute('Simps\MQTT\Protocol\Types'),
    $connect->getAttribute('Simps\MQTT\Protocol\ProtocolInterface'));
unset($packet);
$kept = Request::fromPacket(Codec::decode("\x30\x05\0\x01tab"))->withAttribute('x', 1);
var_dump($kept->getTopic(), $kept->getAttribute('fd'), $kept->getAttribute('x'));
?>
--EXPECT--
MqttServer\Message\Request POST http://0.0.0.0/ / HTTP/1.1
{"host":["0.0.0.0"],"Content-Type":["application/json"]}
string(7) "0.0.0.0"
array(1) {
  [0]=>
  string(16) "application/json"
}
Simps\MQTT\Protocol\Types: 3
fd: 12
reactorId: 3
Simps\MQTT\Protocol\ProtocolInterface: 4
client_id: null
server: "tls"
nothing: "default"
Simps\MQTT\Protocol\Types fd reactorId Simps\MQTT\Protocol\ProtocolInterface client_id username peer server session
bool(true)
NULL
string(1) "t"
string(2) "ab"
array(0) {
}
array(0) {
}
array(0) {
}
array(0) {
}
NULL
NULL
int(14)
int(5)
string(1) "t"
int(0)
int(1)
