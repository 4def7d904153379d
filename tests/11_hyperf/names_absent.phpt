--TEST--
Without Hyperf its names for the server are aliases, and classes that need Hyperf are not there
--EXTENSIONS--
mqtt_server
--FILE--
<?php
foreach (['Hyperf\MqttServer\MQTTServer', 'Hyperf\MqttServer\Server'] as $class) {
    echo (new ReflectionClass($class))->getName(), "\n";
}
foreach (['Hyperf\MqttServer\Exception\Handler\MqttExceptionHandler', 'MqttServer\Hyperf\CoreMiddleware'] as $class) {
    var_dump(class_exists($class));
}
$server = new Hyperf\MqttServer\MQTTServer();
$server->setServerName('iot');
$server->initCoreMiddleware('iot');
echo $server->name(), "\n";
?>
--EXPECT--
MqttServer\Server
MqttServer\Server
bool(false)
bool(false)
iot
