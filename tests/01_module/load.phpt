--TEST--
The extension loads, and its version is that of the header and of package.xml
--EXTENSIONS--
mqtt_server
--FILE--
<?php
$root = dirname(__DIR__, 2);
$header = file_get_contents("$root/src/php/php_mqs_version.h");
var_dump((bool) preg_match('/PHP_MQTT_SERVER_VERSION "([^"]+)"/', $header, $match));
var_dump(phpversion('mqtt_server') === $match[1]);
if (is_file("$root/package.xml")) {
    preg_match('#<version>\s*<release>([^<]+)</release>#', file_get_contents("$root/package.xml"), $release);
    var_dump(($release[1] ?? '') === $match[1]);
} else {
    var_dump(true);
}
$classes = (new ReflectionExtension('mqtt_server'))->getClassNames();
foreach (['MqttServer\Server', 'MqttServer\Client', 'MqttServer\Packet', 'MqttServer\Codec',
    'MqttServer\Exception\MqttException', 'MqttServer\Exception\HandlerException',
    'MqttServer\Exception\ListenException', 'MqttServer\Exception\MalformedPacketException'] as $class) {
    if (!in_array($class, $classes, true)) {
        echo "missing: $class\n";
    }
}
var_dump(is_subclass_of('MqttServer\Exception\HandlerException', RuntimeException::class));
?>
--EXPECT--
bool(true)
bool(true)
bool(true)
bool(true)
