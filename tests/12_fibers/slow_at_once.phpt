--TEST--
Of packets that come in one piece each handler is watched by itself
--EXTENSIONS--
mqtt_server
--SKIPIF--
<?php
if (getenv('MQS_TEST_SLOW')) {
    die('skip no handler is quick here');
}
?>
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
function busy(int $ms)
{
    $end = hrtime(true) + $ms * 1_000_000;
    while (hrtime(true) < $end) {
    }
}
$server->on('publish', function ($packet) { busy(60); });
$server->on('publish', function ($packet) { busy($packet->getTopic() === 'slow' ? 650 : 1); });
PHP, '["slow_handler_ms" => 600]');
$client = MqsClient::connect($server, 'a');
foreach ([array_fill(0, 11, 'quick'), ['quick', 'slow']] as $topics) {
    $bytes = '';
    foreach ($topics as $i => $topic) {
        $bytes .= MqttServer\Codec::pack(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => $topic,
            'message' => '', 'message_id' => $i + 1], 4);
    }
    $client->sendRaw($bytes);
    for ($count = 0; $count < count($topics) && $client->receive(); $count++) {
    }
    echo "$count acknowledged\n";
}
$server->stop();
echo preg_replace('/for \d+ ms/', 'for long', $server->said());
?>
--EXPECT--
11 acknowledged
2 acknowledged
[WARNING] handler closure at server.php:11 held the loop for long
start() returned
