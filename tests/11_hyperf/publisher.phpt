--TEST--
Publisher finds the server of its name in this process, and says so when there is none
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/hyperf.inc';

use MqttServer\Publisher;

$container = application();
$publisher = $container->get(Publisher::class);
error(fn () => $publisher->publish('t', 'x'));
error(fn () => $publisher->disconnect('c'));

$server = start($container);
$host = new Host();
$server->onReceive($host, 1, 0, connect('c', 5) . subscribe('#', 1, 5));
var_dump($publisher->publish('t', 'x', 1));
var_dump($publisher->publish(payload: 'y', topic: 'u', retain: true, properties: ['message_expiry_interval' => 60]));
$server->onReceive($host, 1, 0, "\xc0\x00");
echo words($host->out[1], 5), "\n";
var_dump($server->retained('u')['payload']);

error(fn () => (new Publisher('other'))->publish('t', 'x'));
$other = new MqttServer\Server(['name' => 'other', 'host' => '127.0.0.1', 'port' => 0, 'log_level' => 'warning']);
var_dump((new Publisher('other'))->publish('t', 'x', retain: true), $other->retained('t')['payload']);
$other->after(0, fn () => $other->stop());
$other->start(); // it has not become a hosted one
unset($other);
error(fn () => (new Publisher('other'))->publish('t', 'x'));

error(fn () => $publisher->publish('t/+', 'x'));
error(fn () => $publisher->publish('t', 'x', 3));
error(fn () => $publisher->publish('t'));
error(fn () => $publisher->publish('t', 'x', properties: ['nothing' => 1]));
error(fn () => $publisher->disconnect('c', 0));
error(fn () => $publisher->__construct());
error(fn () => (new ReflectionClass(Publisher::class))->newInstanceWithoutConstructor()->publish('t', 'x'));
error(fn () => clone $publisher);

$host->out = [];
var_dump($publisher->disconnect('c', 0x98));
$server->onReceive($host, 2, 0, "\xc0\x00");
echo words($host->out[1], 5), ' ', json_encode($host->closed), "\n";

class Device extends Publisher
{
    public function __construct()
    {
        parent::__construct('mqtt');
    }
}
var_dump((new Device())->publish('t', 'x'));
?>
--EXPECT--
MqttServer\Exception\MqttException: There is no MQTT server "mqtt" in this process: publish from a process that was forked after the server was made, such as a worker or task worker of the same application
MqttServer\Exception\MqttException: There is no MQTT server "mqtt" in this process: publish from a process that was forked after the server was made, such as a worker or task worker of the same application
int(1)
int(1)
CONNACK 00, SUBACK, PUBLISH t=x, PUBLISH u=y, PINGRESP
string(1) "y"
MqttServer\Exception\MqttException: There is no MQTT server "other" in this process: publish from a process that was forked after the server was made, such as a worker or task worker of the same application
int(0)
string(1) "x"
MqttServer\Exception\MqttException: There is no MQTT server "other" in this process: publish from a process that was forked after the server was made, such as a worker or task worker of the same application
ValueError: MqttServer\Server::publish(): Argument #1 ($topic) must be a topic name: UTF-8, not empty, without wildcards, at most 65535 bytes and 200 levels
ValueError: MqttServer\Server::publish(): Argument #3 ($qos) must be 0, 1 or 2
ArgumentCountError: MqttServer\Server::publish() expects at least 2 arguments, 1 given
TypeError: properties["nothing"] must be of type string, int given
ValueError: MqttServer\Server::disconnect(): Argument #2 ($reasonCode) must be a reason code that a server may send in DISCONNECT
Error: MqttServer\Publisher has been constructed already
Error: MqttServer\Publisher has not been constructed
Error: Trying to clone an uncloneable object of class MqttServer\Publisher
bool(true)
DISCONNECT 98 [1,2]
int(0)
