--TEST--
Without psr/http-message its names are ours, declared all together by the first use of a message
--EXTENSIONS--
mqtt_server
--FILE--
<?php
$names = array_map(fn ($name) => "Psr\\Http\\Message\\{$name}Interface",
    ['Message', 'Request', 'Response', 'ServerRequest', 'Stream', 'UploadedFile', 'Uri']);
$exist = fn () => count(array_filter($names, fn ($name) => interface_exists($name)));
class_exists(MqttServer\Annotation\MQTTConnect::class);
interface_exists(Hyperf\MqttServer\Handler\HandlerInterface::class);
var_dump($exist());
new MqttServer\Message\Uri();
var_dump($exist(), class_exists(Hyperf\HttpMessage\Server\Response::class, false));
foreach ($names as $name) {
    if (!str_starts_with((new ReflectionClass($name))->getFileName(), 'mqtt_server://library/Foreign/')) {
        echo "$name is not ours\n";
    }
}
?>
--EXPECT--
int(0)
int(7)
bool(true)
