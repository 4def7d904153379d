--TEST--
Where Hyperf's request class is installed ours extends it, and makes body, parsed body and attributes on demand
--EXTENSIONS--
mqtt_server
--FILE--
<?php
spl_autoload_register(function ($class) {
    if ($class === 'Hyperf\HttpMessage\Server\Request') {
        require __DIR__ . '/hyperf_request.inc';
    }
});

use MqttServer\Codec;
use MqttServer\Message\Request;

function fresh(): Request
{
    return Request::fromPacket(Codec::decode("\x30\x05\0\x01tab"), server: 'tls', fd: 12, reactorId: 3);
}

/* The parent's constructor runs once for all packets. */
$request = fresh();
var_dump($request instanceof Hyperf\HttpMessage\Server\Request, fresh() instanceof Psr\Http\Message\ServerRequestInterface);
echo $request->getMethod(), ' ', $request->getUri(), ' ', json_encode($request->getHeaders()), "\n";
echo get_class($request->getBody()), ' ', $request->getBody(), ' ', json_encode($request->getParsedBody()), "\n";
echo implode(' ', array_keys($request->getAttributes())), ' ', $request->getAttribute('fd'), "\n";
var_dump($request->getBody() === $request->getBody(), $request->getTopic(), $request->getPayload(),
    $request->getPacket()->getType(), $request->getClient(), fresh()->hasParsedBody());

/* Changed before they were read. */
$changed = fresh()->withAttribute('x', 1);
echo $changed->getAttribute('x'), ' ', $changed->getAttribute('fd'), ' ', $changed->getTopic(), "\n";
echo json_encode(fresh()->addParserBody('x', 1)->getParsedBody()), "\n";
echo json_encode(fresh()->withParsedBody(['y' => 2])->getParsedBody()), "\n";
echo fresh()->withBody(new MqttServer\Message\Stream('own'))->getBody(), ' ', json_encode(fresh()->withParsedBody(null)->getParsedBody()), "\n";
var_dump(fresh()->withoutAttribute('fd')->getAttribute('fd', 'gone'), count(fresh()->withoutAttribute('fd')->getAttributes()));

/* A copy has its own, whichever of the two is read first. */
$first = fresh();
$second = clone $first;
$third = $first->withAttribute('fd', 99);
unset($first);
echo $second->getAttribute('fd'), ' ', $third->getAttribute('fd'), ' ', $second->getParsedBody()['message'], "\n";
echo preg_match_all('/(attributes|parsedBody|stream).*=>/', print_r(fresh(), true)), "\n";

/* One that is not of a packet. */
$own = new Request('GET', '/x', ['A' => 'b'], 'text');
echo $own->getMethod(), ' ', $own->getBody(), ' ', json_encode([$own->getParsedBody(), $own->getAttributes(),
    $own->getTopic(), $own->getPacket(), $own->getHeaderLine('a')]), "\n";
foreach ([[new stdClass(), 'getTopic'], [$own, 'getBody']] as $arguments) {
    try {
        MqttServer\Message\BaseRequest::forward(...$arguments);
    } catch (Error $error) {
        echo get_class($error), ': ', $error->getMessage(), "\n";
    }
}
try {
    serialize($own);
} catch (Exception $error) {
    echo $error->getMessage(), "\n";
}
for ($i = 0; $i < 3; $i++) {
    $value = new stdClass();
    $value->request = fresh()->withAttribute('cycle', $value);
    unset($value);
}
var_dump(gc_collect_cycles() > 0);
?>
--EXPECT--
constructor
bool(true)
bool(true)
POST http://0.0.0.0/ {"host":["0.0.0.0"],"Content-Type":["application\/json"]}
Hyperf\HttpMessage\Stream\SwooleStream {"type":3,"dup":0,"qos":0,"retain":0,"topic":"t","message":"ab"} {"type":3,"dup":0,"qos":0,"retain":0,"topic":"t","message":"ab"}
Simps\MQTT\Protocol\Types fd reactorId Simps\MQTT\Protocol\ProtocolInterface client_id username peer server session 12
bool(true)
string(1) "t"
string(2) "ab"
int(3)
NULL
bool(true)
1 12 t
{"type":3,"dup":0,"qos":0,"retain":0,"topic":"t","message":"ab","x":1}
{"y":2}
own null
string(4) "gone"
int(8)
12 99 ab
3
constructor
GET text [null,[],null,null,"b"]
TypeError: MqttServer\Message\BaseRequest::forward(): Argument #1 ($request) must be of type MqttServer\Message\Request, stdClass given
ValueError: MqttServer\Message\BaseRequest::forward(): Argument #2 ($method) must be one of "getPacket", "getClient", "getTopic", "getPayload"
Serialization of 'MqttServer\Message\Request' is not allowed
bool(true)
