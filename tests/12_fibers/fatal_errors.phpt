--TEST--
A fatal error after waiting, in a nested fiber too, while others wait: no PHP code of theirs runs any more
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

$code = <<<'PHP'
use function MqttServer\Async\delay;
class Noisy
{
    public function __construct(private string $name) {}
    public function __destruct() { echo "released {$this->name}\n"; }
}
$server->on('publish', function ($packet) {
    $topic = $packet->getTopic();
    $noisy = new Noisy($topic);
    if (str_starts_with($topic, 'nested ')) {
        $fiber = new Fiber(function () use ($topic) {
            Fiber::suspend();
            eval('return ' . substr($topic, 7) . ';');
        });
        $fiber->start();
        delay(0.001);
        return $fiber->resume();
    }
    if ($topic === 'park') {
        $GLOBALS['packet'] = $packet;
        ($GLOBALS['kept'] = new MqttServer\Async\Deferred())->getFuture()->await();
    }
    delay(0.001);
    return eval("return $topic;");
});
register_shutdown_function(function () use ($server) {
    echo 'shutdown function: ', $server->isRunning() ? 'runs' : 'has stopped', ', ', $GLOBALS['packet']->getPayload(), "\n";
    $GLOBALS['kept']->complete();
});
PHP;
foreach (['trigger_error("fatal", E_USER_ERROR)', 'nested trigger_error("fatal", E_USER_ERROR)'] as $topic) {
    $server = new MqsServer($code);
    $parked = MqsClient::connect($server, 'parked');
    $parked->publish('park', 'its packet');
    $parked->ping();
    $client = MqsClient::connect($server, 'a');
    $client->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => $topic, 'message' => '', 'message_id' => 1]);
    mqs_show($client->receive());
    echo 'exit code ', $server->wait(), "\n", preg_replace('/ in \S+/', '', $server->said()), "\n";
}
?>
--EXPECT--
closed
exit code 255

Fatal error: fatal : eval()'d code on line 1
[ERROR] handler closure at server.php:10 ended the server by a fatal error: fatal : eval()'d code:1
shutdown function: has stopped, its packet

closed
exit code 255

Fatal error: fatal : eval()'d code on line 1
[ERROR] handler closure at server.php:10 ended the server by a fatal error: fatal : eval()'d code:1
shutdown function: has stopped, its packet
