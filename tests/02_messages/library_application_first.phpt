--TEST--
A loader of the application is asked before ours, whenever it was registered
--EXTENSIONS--
mqtt_server
--FILE--
<?php
spl_autoload_register(function (string $class): void {
    echo "asked for $class\n";
    if ($class === 'Hyperf\MqttServer\Annotation\MQTTConnect') {
        eval('namespace Hyperf\MqttServer\Annotation; #[\Attribute] class MQTTConnect { public $theirs = true; }');
    }
    if ($class === 'MqttServer\Annotation\MQTTAuth') {
        throw new DomainException('not today');
    }
});
var_dump(new Hyperf\MqttServer\Annotation\MQTTConnect());
var_dump((new ReflectionClass('Hyperf\MqttServer\Annotation\MQTTPublish'))->getName());
try {
    new MqttServer\Annotation\MQTTAuth();
} catch (DomainException $exception) {
    echo $exception->getMessage(), "\n";
}
?>
--EXPECT--
asked for Hyperf\MqttServer\Annotation\MQTTConnect
object(Hyperf\MqttServer\Annotation\MQTTConnect)#2 (1) {
  ["theirs"]=>
  bool(true)
}
asked for Hyperf\MqttServer\Annotation\MQTTPublish
asked for MqttServer\Annotation\MQTTPublish
asked for MqttServer\Annotation\MQTTEvent
asked for Hyperf\Di\Annotation\AbstractMultipleAnnotation
string(33) "MqttServer\Annotation\MQTTPublish"
asked for MqttServer\Annotation\MQTTAuth
not today
