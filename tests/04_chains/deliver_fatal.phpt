--TEST--
A fatal error in a handler of deliveries ends the server as in any other handler
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

$server = new MqsServer(<<<'PHP'
$server->on('deliver', function ($packet) use ($server) {
    $GLOBALS['kept'] = $packet;
    if ($packet->getTopic() === 'fatal') {
        $server->publish('last/words', 'x');
        eval('class Wrong extends Countable {}');
    }
});
PHP);
$a = MqsClient::connect($server, 'a', 5);
$a->subscribe('#', 0);
$a->publish('before', 'x', 0);
$a->publish('fatal', 'x', 0);
echo $a->receive()['topic'], "\n";
echo 'exit code ', $server->wait(), "\n";
echo preg_replace('~ in .*:\d+ ~', ' ', strstr($server->said(), '[ERROR]'));
?>
--EXPECT--
before
exit code 255
[ERROR] handler closure at server.php:4 ended the server by a fatal error: Class Wrong cannot extend interface Countable (client "a")
