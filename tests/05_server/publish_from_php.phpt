--TEST--
Server::publish() reaches subscribers of every level, before the start and from handlers and timers
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
var_dump($server->publish('early/kept', 'retained', 1, true, ['content_type' => 'text/plain', 'user_properties' => [['a', '1'], ['a', '2']]]));
var_dump($server->publish('early/lost', 'nobody'));
echo json_encode($server->retained('early/kept')), "\n";
var_dump($server->retained('early/lost'));
$server->on('publish', function ($packet) use ($server) {
    echo 'receivers: ', $server->publish('echo/' . $packet->getTopic(), strrev($packet->getPayload()), 2), "\n";
});
$server->publish('early/gone', 'x', retain: true);
$server->publish('early/gone', '', retain: true);
var_dump($server->retained('early/gone'), $server->stats()['retained_messages']);
PHP, '["sys_interval_s" => 0]');
$v5 = MqsClient::connect($server, 'v5', 5);
$v5->subscribe('#', 1);
mqs_show($v5->receive());
$v4 = MqsClient::connect($server, 'v4', 4);
$v4->subscribe('echo/#', 2);
$v4->publish('abc', 'xyz');
$got = $v4->receive();
unset($got['message_id']);
mqs_show($got);
foreach ([1, 2] as $_) {
    $got = $v5->receive();
    unset($got['message_id']);
    mqs_show($got);
}
$server->stop();
echo $server->said();

$server = new MqttServer\Server();
foreach ([['', 'x'], ['a/#', 'x'], ["a\xff", 'x'], [str_repeat('a', 65536), 'x'], ['a', 'x', 3], ['a', 'x', -1],
    ['a', 'x', 0, false, ['nonsense' => 1]], ['a', 'x', 0, false, ['maximum_qos' => 1]], ['a']] as $arguments) {
    try {
        $server->publish(...$arguments);
    } catch (Error $error) {
        echo get_class($error), ': ', $error->getMessage(), "\n";
    }
}
?>
--EXPECT--
{"type":3,"dup":0,"qos":1,"retain":1,"topic":"early/kept","message_id":1,"properties":{"content_type":"text/plain","a":"2","user_properties":[["a","1"],["a","2"]]},"message":"retained"}
{"type":3,"dup":0,"qos":2,"retain":0,"topic":"echo/abc","message":"zyx"}
{"type":3,"dup":0,"qos":1,"retain":0,"topic":"echo/abc","message":"zyx"}
{"type":3,"dup":0,"qos":0,"retain":0,"topic":"abc","message":"xyz"}
int(0)
int(0)
{"topic":"early\/kept","payload":"retained","qos":1,"properties":{"content_type":"text\/plain","a":"2","user_properties":[["a","1"],["a","2"]]}}
NULL
NULL
int(1)
receivers: 2
start() returned
ValueError: MqttServer\Server::publish(): Argument #1 ($topic) must be a topic name: UTF-8, not empty, without wildcards, at most 65535 bytes and 200 levels
ValueError: MqttServer\Server::publish(): Argument #1 ($topic) must be a topic name: UTF-8, not empty, without wildcards, at most 65535 bytes and 200 levels
ValueError: MqttServer\Server::publish(): Argument #1 ($topic) must be a topic name: UTF-8, not empty, without wildcards, at most 65535 bytes and 200 levels
ValueError: MqttServer\Server::publish(): Argument #1 ($topic) must be a topic name: UTF-8, not empty, without wildcards, at most 65535 bytes and 200 levels
ValueError: MqttServer\Server::publish(): Argument #3 ($qos) must be 0, 1 or 2
ValueError: MqttServer\Server::publish(): Argument #3 ($qos) must be 0, 1 or 2
TypeError: properties["nonsense"] must be of type string, int given
ValueError: properties["maximum_qos"] is not a property of PUBLISH
ArgumentCountError: MqttServer\Server::publish() expects at least 2 arguments, 1 given
