--TEST--
In Hyperf the server has a second and a third class with Hyperf's interfaces, and the container makes all three
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/hyperf.inc';

$container = application();
foreach ([MqttServer\Server::class, 'Hyperf\MqttServer\MQTTServer', 'Hyperf\MqttServer\Server'] as $class) {
    $server = start($container, $class, 'mqtt');
    echo get_class($server), ': ', implode(' ', class_implements($server)), "\n";
    var_dump($server instanceof MqttServer\Server, $server === $container->get($class), $server->name());
    $host = new Host();
    $server->onReceive($host, 1, 0, connect('c') . subscribe('#') . publish('t', 'x'));
    show($host, 1);
}
var_dump($container->get(MqttServer\Publisher::class) instanceof MqttServer\Publisher);
var_dump(get_parent_class('Hyperf\MqttServer\Exception\Handler\MqttExceptionHandler'));
var_dump((new ReflectionMethod(MqttServer\Server::class, 'onReceive'))->getParameters()[0]->hasType());
?>
--EXPECT--
MqttServer\Server: 
bool(true)
bool(true)
string(4) "mqtt"
1: CONNACK 00, SUBACK, PUBLISH t=x
Hyperf\MqttServer\MQTTServer: Hyperf\Contract\OnReceiveInterface Hyperf\Contract\MiddlewareInitializerInterface
bool(true)
bool(true)
string(4) "mqtt"
1: CONNACK 00, SUBACK, PUBLISH t=x
Hyperf\MqttServer\Server: Hyperf\Contract\OnReceiveInterface Hyperf\Contract\MiddlewareInitializerInterface
bool(true)
bool(true)
string(4) "mqtt"
1: CONNACK 00, SUBACK, PUBLISH t=x
bool(true)
string(40) "Hyperf\ExceptionHandler\ExceptionHandler"
bool(false)
