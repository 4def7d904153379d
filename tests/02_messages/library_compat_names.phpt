--TEST--
A handler written against the Hyperf names loads and runs with nothing but the extension
--EXTENSIONS--
mqtt_server
--FILE--
<?php
namespace App\MQTT\Event;

use Hyperf\HttpMessage\Server\Response;
use Hyperf\MqttServer\Annotation\MQTTConnect;
use Hyperf\MqttServer\Handler\HandlerInterface;
use Hyperf\MqttServer\Handler\ResponseRewritable;
use MqttServer\Codec;
use MqttServer\Message\Request;
use Psr\Http\Message\ServerRequestInterface;

#[MQTTConnect(priority: 1)]
class MQTTConnectHandler implements HandlerInterface
{
    use ResponseRewritable;

    public function handle(ServerRequestInterface $request, Response $response): Response
    {
        var_dump((string) $request->getBody(), $this->isRewritable($response));
        return $response;
    }
}

$attribute = (new \ReflectionClass(MQTTConnectHandler::class))->getAttributes()[0];
var_dump($attribute->getName(), get_class($attribute->newInstance()), $attribute->newInstance()->priority);
var_dump(interface_exists(ServerRequestInterface::class), class_exists(Response::class));

$packet = Codec::decode(Codec::pack([
    'type' => 1, 'protocol_name' => 'MQTT', 'protocol_level' => 4, 'clean_session' => 1,
    'will' => ['qos' => 0, 'retain' => 0, 'topic' => 'simps-mqtt/user001/delete', 'message' => 'byebye'],
    'user_name' => '', 'password' => '', 'keep_alive' => 10, 'client_id' => 'Simps_60e5aa0c4284f',
]));
$response = (new MQTTConnectHandler())->handle(Request::fromPacket($packet), new \MqttServer\Message\Response());
var_dump($response instanceof Response, get_class($response));

foreach (['MQTTAuth', 'MQTTClose', 'MQTTConnect', 'MQTTDeliver', 'MQTTDisconnect', 'MQTTEvent', 'MQTTPingReq', 'MQTTPublish',
    'MQTTSubscribe', 'MQTTUnsubscribe'] as $name) {
    if ((new \ReflectionClass("Hyperf\\MqttServer\\Annotation\\$name"))->getName() !== "MqttServer\\Annotation\\$name") {
        echo "$name is another class\n";
    }
}
foreach (['Hyperf\MqttServer\MQTTServer', 'hyperf\mqttserver\server'] as $name) {
    var_dump((new \ReflectionClass($name))->getName());
}
var_dump(class_exists('Hyperf\MqttServer\Nothing'), class_exists('MqttServer\Message\Nothing'));
var_dump(class_exists('MqttServer\Annotation\MQTTEvent.hyperf'), spl_autoload_functions());
?>
--EXPECT--
string(40) "Hyperf\MqttServer\Annotation\MQTTConnect"
string(33) "MqttServer\Annotation\MQTTConnect"
int(1)
bool(false)
bool(false)
string(234) "{"type":1,"protocol_name":"MQTT","protocol_level":4,"clean_session":1,"will":{"qos":0,"retain":0,"topic":"simps-mqtt\/user001\/delete","message":"byebye"},"user_name":"","password":"","keep_alive":10,"client_id":"Simps_60e5aa0c4284f"}"
bool(true)
bool(true)
string(27) "MqttServer\Message\Response"
string(17) "MqttServer\Server"
string(17) "MqttServer\Server"
bool(false)
bool(false)
bool(false)
array(0) {
}
