--TEST--
A fatal error in a handler of deliveries: no PHP code runs for the packets that came in the same piece
--EXTENSIONS--
mqtt_server
--SKIPIF--
<?php
if (getenv('USE_ZEND_ALLOC') === '0' || getenv('MQS_TEST_SLOW')) {
    die('skip memory checkers report what PHP itself leaves behind after a fatal error');
}
?>
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

foreach (['true', 'false'] as $fibers) {
    $server = new MqsServer(<<<'PHP'
    $kept = [];
    $server->on('publish', function ($packet) use (&$kept) {
        echo 'publish ', $packet->getTopic(), "\n";
        $kept[] = $packet;
    });
    $server->on('deliver', function ($packet) use (&$kept) {
        $kept[] = $packet;
        if ($packet->getTopic() === 't/2') {
            trigger_error('the end', E_USER_ERROR);
        }
    });
    register_shutdown_function(function () use (&$kept) {
        foreach ($kept as $packet) {
            try {
                $topic = $packet->getTopic();
                echo "kept $topic\n";
            } catch (Error $error) {
                echo $error->getMessage(), "\n";
            }
        }
    });
    PHP, '["fibers" => ' . $fibers . ']');
    $reader = MqsClient::connect($server, 'reader', 5);
    $reader->subscribe('t/#');
    $client = MqsClient::connect($server, 'a', 5);
    $bytes = '';
    foreach (['t/1', 't/2', 't/3', 't/4'] as $i => $topic) {
        $bytes .= MqttServer\Codec::pack(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => $topic,
            'message' => '', 'message_id' => $i + 1], 5);
    }
    $client->sendRaw($bytes);
    while ($packet = $client->receive()) {
        echo $packet['message_id'], ' ', dechex($packet['code']), "\n";
    }
    echo 'exit code ', $server->wait(), "\n", preg_replace('/ in \S+/', '', $server->said()), "\n";
}
?>
--EXPECT--
1 0
2 0
3 83
4 83
exit code 255
publish t/1
publish t/2

Fatal error: the end on line 12
[ERROR] handler closure at server.php:9 ended the server by a fatal error: the end (client "reader")
kept t/1
kept t/1
kept t/2
The packet has no contents any more

1 0
2 0
3 83
4 83
exit code 255
publish t/1
publish t/2

Fatal error: the end on line 12
[ERROR] handler closure at server.php:9 ended the server by a fatal error: the end (client "reader")
kept t/1
kept t/1
kept t/2
The packet has no contents any more
