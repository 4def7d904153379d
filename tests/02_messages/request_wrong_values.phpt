--TEST--
A request refuses wrong values by the exceptions that PSR-7 asks for
--EXTENSIONS--
mqtt_server
--FILE--
<?php
use MqttServer\Message\Request;

$request = new Request();
foreach ([
    fn () => $request->withMethod("GET /"),
    fn () => $request->withRequestTarget("a b"),
    fn () => $request->withHeader("a\r\nb", 'x'),
    fn () => $request->withHeader('a', "x\r\nSet-Cookie: y"),
    fn () => $request->withAddedHeader('a', []),
    fn () => $request->withAddedHeader('a', [null]),
    fn () => $request->getHeader(5),
    fn () => $request->withProtocolVersion(1.1),
    fn () => $request->withParsedBody('text'),
    fn () => $request->withUploadedFiles(['x' => ['y']]),
    fn () => $request->withBody(new stdClass()),
    fn () => $request->withUri('http://x/'),
    fn () => new Request('GET', new stdClass()),
    fn () => new Request('GET', 'http://:'),
    fn () => new Request('GET', '/', ['bad header' => 'x']),
    fn () => Request::fromPacket(new stdClass()),
    fn () => serialize($request),
    function () use ($request) { $request->own = 1; },
] as $call) {
    try {
        $call();
        echo "accepted\n";
    } catch (Throwable $error) {
        echo get_class($error), ': ', $error->getMessage(), "\n";
    }
}
var_dump($request->getParsedBody(), $request->getAttributes(), (string) $request->getBody(), $request->getPacket());
?>
--EXPECT--
InvalidArgumentException: MqttServer\Message\BaseRequest::withMethod(): Argument #1 ($method) must be the name of a method
InvalidArgumentException: MqttServer\Message\BaseRequest::withRequestTarget(): Argument #1 ($requestTarget) must be a string without white space
InvalidArgumentException: MqttServer\Message\BaseRequest::withHeader(): Argument #1 ($name) must be a header name
InvalidArgumentException: MqttServer\Message\BaseRequest::withHeader(): Argument #2 ($value) must be a header value or a list of at least one, without control characters
InvalidArgumentException: MqttServer\Message\BaseRequest::withAddedHeader(): Argument #2 ($value) must be a header value or a list of at least one, without control characters
InvalidArgumentException: MqttServer\Message\BaseRequest::withAddedHeader(): Argument #2 ($value) must be a header value or a list of at least one, without control characters
InvalidArgumentException: MqttServer\Message\BaseRequest::getHeader(): Argument #1 ($name) must be a string
InvalidArgumentException: MqttServer\Message\BaseRequest::withProtocolVersion(): Argument #1 ($version) must be a string
InvalidArgumentException: MqttServer\Message\BaseRequest::withParsedBody(): Argument #1 ($data) must be an array, an object or null
InvalidArgumentException: MqttServer\Message\BaseRequest::withUploadedFiles(): Argument #1 ($uploadedFiles) must be a tree of Psr\Http\Message\UploadedFileInterface objects
TypeError: MqttServer\Message\BaseRequest::withBody(): Argument #1 ($body) must be of type Psr\Http\Message\StreamInterface, stdClass given
TypeError: MqttServer\Message\BaseRequest::withUri(): Argument #1 ($uri) must be of type Psr\Http\Message\UriInterface, string given
TypeError: MqttServer\Message\BaseRequest::__construct(): Argument #2 ($uri) must be of type Psr\Http\Message\UriInterface|string, stdClass given
InvalidArgumentException: Unable to read the URI "http://:"
InvalidArgumentException: Header "bad header" has no valid name or value
TypeError: MqttServer\Message\BaseRequest::fromPacket(): Argument #1 ($packet) must be of type MqttServer\Packet, stdClass given
Exception: Serialization of 'MqttServer\Message\Request' is not allowed
Error: Cannot create dynamic property MqttServer\Message\Request::$own
NULL
array(0) {
}
string(0) ""
NULL
