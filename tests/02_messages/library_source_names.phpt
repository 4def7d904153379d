--TEST--
Errors in embedded classes name the file and the line
--EXTENSIONS--
mqtt_server
--FILE--
<?php
try {
    new MqttServer\Message\Uri('http://:80');
} catch (InvalidArgumentException $exception) {
    echo $exception->getFile(), ':', $exception->getLine() > 20 ? 'line' : $exception->getLine(), "\n";
}
$class = new ReflectionClass(MqttServer\Annotation\MQTTPublish::class);
var_dump($class->getFileName(), $class->getStartLine() > 5);
?>
--EXPECT--
mqtt_server://library/Message/Uri.php:line
string(48) "mqtt_server://library/Annotation/MQTTPublish.php"
bool(true)
