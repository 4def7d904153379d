--TEST--
Options come from mqtt.php, those of one server before those of all; the constructor's go before both
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/hyperf.inc';

/** What CONNACK says of the limits. */
function limits(MqttServer\Server $server): string
{
    $host = new Host();
    $server->onReceive($host, 1, 0, connect('c', 5));
    $connack = MqttServer\Codec::unpack($host->out[1], 5);
    return json_encode(array_intersect_key($connack['properties'] ?? [],
        ['maximum_qos' => 0, 'topic_alias_maximum' => 0, 'receive_maximum' => 0]));
}

$config = ['mqtt' => ['max_qos' => 1, 'topic_alias_maximum' => 7, 'servers' => [
    'mqtt' => ['topic_alias_maximum' => 9],
    'other' => ['max_qos' => 0],
]]];
$container = application($config);
echo limits(start($container)), "\n";
echo limits(start($container, 'Hyperf\MqttServer\MQTTServer', 'other')), "\n";
echo limits(start($container, 'Hyperf\MqttServer\Server', 'third')), "\n";

$server = new MqttServer\Server(['topic_alias_maximum' => 3]);
$server->setServerName('mqtt');
echo limits($server), "\n";

/* A name that another server has is not its own: everything is read again. */
$server = new MqttServer\Server();
$server->setServerName('mqtt');
$server->setServerName('other');
echo $server->name(), ' ', limits($server), "\n";

/* What was published before stays when the options do not change the broker. */
application(['mqtt' => ['log_level' => 'info']]);
$server = new MqttServer\Server();
$server->publish('t', 'kept', retain: true);
$server->setServerName('mqtt');
echo $server->retained('t')['payload'], "\n";

/* The file with every option and its default is right. */
$defaults = (include __DIR__ . '/../../examples/hyperf-app/config/autoload/mqtt.php') + ['servers' => []];
application(['mqtt' => $defaults]);
$server = new MqttServer\Server();
$server->setServerName('mqtt');
$table = [];
foreach (explode("\n", (function () {
    ob_start();
    (new ReflectionExtension('mqtt_server'))->info();
    return ob_get_clean();
})()) as $line) {
    if (preg_match('/^(\w+) => (\d+)$/', $line, $match)) {
        $table[$match[1]] = (int) $match[2];
    }
}
foreach ($table as $name => $default) {
    if (!array_key_exists($name, $defaults) || (int) $defaults[$name] !== $default) {
        echo "$name differs\n";
    }
}
echo count($table) > 20 ? "all options\n" : "no table\n";

/* A logger by its name; without one it is Hyperf's. */
class OwnLogger
{
    public function log($level, $message, array $context): void
    {
        echo "own $level: $message ", json_encode($context), "\n";
    }
}
foreach ([['logger' => OwnLogger::class], []] as $options) {
    application(['mqtt' => $options + ['log_level' => 'notice']]);
    $server = new MqttServer\Server();
    $server->setServerName('mqtt');
    $server->onReceive(new Host(), 1, 0, connect('c'));
}

/* A framework that says no name: that of the server whose callback it is. */
application(['server' => ['servers' => [
    ['name' => 'http', 'callbacks' => ['request' => ['Other', 'onRequest']]],
    ['name' => 'iot', 'callbacks' => ['receive' => [MqttServer\Server::class, 'onReceive']]],
]]]);
$server = new MqttServer\Server();
$server->onReceive(new Host(), 1, 0, connect('c'));
echo $server->name(), "\n";
?>
--EXPECT--
{"receive_maximum":1024,"maximum_qos":1,"topic_alias_maximum":9}
{"receive_maximum":1024,"maximum_qos":0,"topic_alias_maximum":7}
{"receive_maximum":1024,"maximum_qos":1,"topic_alias_maximum":7}
{"receive_maximum":1024,"maximum_qos":1,"topic_alias_maximum":3}
other {"receive_maximum":1024,"maximum_qos":0,"topic_alias_maximum":7}
kept
all options
own notice: Server "mqtt" accepts clients without a user name: register a CONNECT handler, or set the option allow_anonymous []
stdout notice: Server "mqtt" accepts clients without a user name: register a CONNECT handler, or set the option allow_anonymous
iot
