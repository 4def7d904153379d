--TEST--
Wrong arguments of a host's events are errors that name them, and nothing is disturbed
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/host.inc';

$mqtt = mqtt();
$host = new Host();
$mqtt->onReceive($host, 1, 0, connect('c'));
foreach ([
    fn () => $mqtt->onReceive($host, 1, 0),
    fn () => $mqtt->onReceive('host', 1, 0, 'x'),
    fn () => $mqtt->onReceive($host, 'one', 0, 'x'),
    fn () => $mqtt->onReceive($host, 1, 0, ['x']),
    fn () => $mqtt->onReceive(new stdClass(), 1, 0, 'x'),
    fn () => $mqtt->onConnect(new ArrayObject(), 1),
    fn () => $mqtt->onClose(null, 1),
    fn () => $mqtt->onWorkerStart($host),
    fn () => $mqtt->onWorkerStop($host, 'x'),
    fn () => $mqtt->onPipeMessage($host, 0),
    fn () => $mqtt->setServerName(''),
    fn () => $mqtt->setServerName('other'),
    fn () => $mqtt->start(),
    fn () => (new ReflectionClass(MqttServer\Server::class))->newInstanceWithoutConstructor()->onReceive($host, 1, 0, 'x'),
] as $call) {
    try {
        $call();
        echo "nothing\n";
    } catch (Throwable $error) {
        echo get_class($error), ': ', $error->getMessage(), "\n";
    }
}
$mqtt->onPipeMessage($host, 0, ['whatever']);
$mqtt->onReceive($host, 1, 0, "\xc0\x00");
show($host, 1);
$named = mqtt();
$named->setServerName('first');
$named->initCoreMiddleware('second');
echo $named->name(), "\n";
?>
--EXPECT--
ArgumentCountError: MqttServer\Server::onReceive() expects exactly 4 arguments, 3 given
TypeError: MqttServer\Server::onReceive(): Argument #1 ($server) must be of type object, string given
TypeError: MqttServer\Server::onReceive(): Argument #2 ($fd) must be of type int, string given
TypeError: MqttServer\Server::onReceive(): Argument #4 ($data) must be of type string, array given
TypeError: MqttServer\Server::onReceive(): Argument #1 ($server) must have the methods send() and close(), stdClass given
TypeError: MqttServer\Server::onConnect(): Argument #1 ($server) must have the methods send() and close(), ArrayObject given
TypeError: MqttServer\Server::onClose(): Argument #1 ($server) must be of type object, null given
ArgumentCountError: MqttServer\Server::onWorkerStart() expects exactly 2 arguments, 1 given
TypeError: MqttServer\Server::onWorkerStop(): Argument #2 ($workerId) must be of type int, string given
ArgumentCountError: MqttServer\Server::onPipeMessage() expects exactly 3 arguments, 2 given
ValueError: MqttServer\Server::setServerName(): Argument #1 ($name) must not be empty
MqttServer\Exception\MqttException: The server has its name already: it takes connections
MqttServer\Exception\MqttException: A host gives this server its connections
Error: MqttServer\Server has not been constructed
1: CONNACK 00, PINGRESP
second
