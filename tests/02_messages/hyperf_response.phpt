--TEST--
Where Hyperf's response class is installed ours extends it and has the same helpers
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/psr2.inc';
require __DIR__ . '/hyperf_response.inc';

use Hyperf\HttpMessage\Server\Response as HyperfResponse;
use MqttServer\Message\Response;

$response = new Response();
var_dump($response instanceof HyperfResponse, get_parent_class($response), $response->getAttributes());
$changed = $response->withAttribute('x', 1)->withReasonCode(0x10)->withUserProperty('a', 'b')->withGrantedQos(1, 2)
    ->withGrantedQos([0])->withTopic('t')->withPayload('p')->withQos(2)->withRetain()->withProperty('content_type', 'c')
    ->withReasonString('r')->withoutRouting()->withClosed()->withStopped();
echo get_class($changed), ' ', json_encode([$changed->getAttributes(), $changed->getReasonCode(), $changed->getUserProperties(),
    $changed->getGrantedQos(), $changed->getTopic(), $changed->getPayload(), $changed->getQos(), $changed->getRetain(),
    $changed->getProperties(), $changed->getProperty('content_type'), $changed->getReasonString(), $changed->isRouted(),
    $changed->isClosed(), $changed->isStopped(), $changed->isDenied()]), "\n";
var_dump($response->getReasonCode(), $response->isClosed(), $changed->deny(0x86, 'no')->getReasonCode());
foreach (['withQos' => [3], 'deny' => [1]] as $method => $arguments) {
    try {
        $response->$method(...$arguments);
    } catch (ValueError $error) {
        echo $error->getMessage(), "\n";
    }
}

/* Both classes have the same helpers with the same parameters. */
foreach ((new ReflectionClass(MqttServer\Message\BaseResponse::class))->getMethods() as $method) {
    if (preg_match('/^(forward|__construct|.*Attributes?)$/', $method->name)
        || method_exists(Psr\Http\Message\ResponseInterface::class, $method->name)) {
        continue;
    }
    $names = fn ($m) => array_map(fn ($p) => $p->name . ($p->isOptional() ? '?' : ''), $m->getParameters());
    if (!method_exists(Response::class, $method->name)
        || $names(new ReflectionMethod(Response::class, $method->name)) !== $names($method)) {
        echo "$method->name differs\n";
    }
}
for ($i = 0; $i < 3; $i++) {
    $value = new stdClass();
    $value->response = $response->withAttribute('cycle', $value);
    unset($value);
}
var_dump(gc_collect_cycles() > 0);
?>
--EXPECT--
bool(true)
string(34) "Hyperf\HttpMessage\Server\Response"
array(0) {
}
MqttServer\Message\Response [{"x":1,"closed":true,"stopped":true},16,[["a","b"]],[0],"t","p",2,true,{"content_type":"c"},"c","r",false,true,true,false]
NULL
bool(false)
int(134)
MqttServer\Message\BaseResponse::withQos(): Argument #1 ($qos) must be 0, 1 or 2, 3 given
MqttServer\Message\BaseResponse::deny(): Argument #1 ($reasonCode) must be a reason code of MQTT that says failure, 1 given
bool(true)
