--TEST--
A fatal error in one of several packets that come in one piece: no PHP code runs for those behind it
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
    $server->on('publish', function ($packet) {
        $topic = $packet->getTopic();
        echo "$topic\n";
        if ($topic === 'fatal') {
            $GLOBALS['kept'] = $packet;
            trigger_error('the end', E_USER_ERROR);
        }
    });
    PHP, '["fibers" => ' . $fibers . ']');
    $client = MqsClient::connect($server, 'a', 5);
    $bytes = '';
    foreach (['one', 'two', 'fatal', 'never'] as $i => $topic) {
        $bytes .= MqttServer\Codec::pack(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => $topic,
            'message' => '', 'message_id' => $i + 1], 5);
    }
    $client->sendRaw($bytes);
    while ($packet = $client->receive()) {
        echo $packet['message_id'], ' ', dechex($packet['code']), "\n";
    }
    echo 'exit code ', $server->wait(), "\n", preg_replace('/ in \S+/', '', $server->said());
}
?>
--EXPECT--
1 10
2 10
3 83
4 83
exit code 255
one
two
fatal

Fatal error: the end on line 9
[ERROR] handler closure at server.php:4 ended the server by a fatal error: the end (client "a")
1 10
2 10
3 83
4 83
exit code 255
one
two
fatal

Fatal error: the end on line 9
[ERROR] handler closure at server.php:4 ended the server by a fatal error: the end (client "a")
