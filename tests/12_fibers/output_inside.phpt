--TEST--
An output buffer that is flushed while the broker goes on inside a fiber cannot wait there
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$code = <<<'PHP'
use function MqttServer\Async\delay;
$server->on('publish', function ($packet) { echo $packet->getTopic(), "\n"; });
$server->on('subscribe', function () {
    ob_start(function (string $text) {
        try {
            delay(0.001);
        } catch (MqttServer\Exception\MqttException $exception) {
            return $text . $exception->getMessage() . "\n";
        }
        return "$text and waits\n";
    });
    echo "subscribe\n";
});
$server->on('unsubscribe', function () { ob_end_clean(); });
PHP;
$publish = fn (string $topic, int $id) => MqttServer\Codec::pack(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0,
    'topic' => $topic, 'message' => '', 'message_id' => $id], 4);
$server = new MqsServer($code);
$client = MqsClient::connect($server, 'a');
/* What comes behind the first PUBLISH is handled inside its fiber. */
$client->sendRaw($publish('one', 1) . MqttServer\Codec::pack(['type' => 8, 'message_id' => 2, 'topics' => ['x' => 0]], 4)
    . MqttServer\Codec::pack(['type' => 10, 'message_id' => 3, 'topics' => ['x']], 4) . $publish('two', 4));
for ($id = 1; $id <= 4; $id++) {
    $packet = $client->receive();
    echo $packet['type'], ' ', $packet['message_id'], "\n";
}
$server->stop();
echo $server->said();
?>
--EXPECT--
4 1
9 2
11 3
4 4
one
subscribe
Nothing can wait here: in a destructor, or where the broker has to go on at once
two
start() returned
