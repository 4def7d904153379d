--TEST--
With psr/http-message 2.0 in an autoloader the messages implement those very interfaces
--EXTENSIONS--
mqtt_server
--FILE--
<?php
spl_autoload_register(function (string $class): void {
    if (str_starts_with($class, 'Psr\Http\Message\\')) {
        require_once __DIR__ . '/psr2.inc';
    }
});
$request = MqttServer\Message\Request::fromPacket(MqttServer\Codec::decode("\xc0\0"));
$response = new MqttServer\Message\Response();
var_dump(basename((new ReflectionClass('Psr\Http\Message\UriInterface'))->getFileName()));
var_dump($request instanceof Psr\Http\Message\ServerRequestInterface, $request->getUri() instanceof Psr\Http\Message\UriInterface,
    $response instanceof Psr\Http\Message\ResponseInterface, $response->getBody() instanceof Psr\Http\Message\StreamInterface);
echo $request->withMethod('GET')->getMethod(), ' ', $request->getBody(), ' ', $response->withStatus(201)->getStatusCode(), "\n";
?>
--EXPECT--
string(8) "psr2.inc"
bool(true)
bool(true)
bool(true)
bool(true)
GET {"type":12} 201
