--TEST--
Embedded classes work with opcache and its JIT, as parents of cached classes too
--EXTENSIONS--
mqtt_server
--INI--
opcache.enable_cli=1
opcache.jit_buffer_size=16M
opcache.jit=tracing
--FILE--
<?php
require __DIR__ . '/handler.inc';

$request = MqttServer\Message\Request::fromPacket(MqttServer\Codec::decode("\x30\x05\0\x01tab"));
$response = new MqttServer\Message\Response();
$handler = new Tests\Handler();
for ($i = 0; $i < 2000; $i++) {
    $response = $handler->handle($request, $response);
}
var_dump($response->getPayload(), $response->getReasonCode(), (new Tests\OwnEvent())->type);
?>
--EXPECT--
string(5) "t:AB1"
int(0)
int(3)
