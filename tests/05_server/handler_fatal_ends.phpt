--TEST--
A fatal error or exhausted memory in a handler: output is drained, the handler is named, the exit code is 255
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

foreach (['user' => [], 'memory' => ['memory_limit=32M'], 'compile' => [], 'logger' => [], 'nested' => []] as $case => $ini) {
    $ini[] = 'error_reporting=' . (E_ALL & ~E_DEPRECATED); // E_USER_ERROR, since 8.4
    $server = new MqsServer(<<<'PHP'
$server->on('connect', function ($packet, $client) { $client->set('me', new Last($client->clientId())); });
$server->on('publish', function ($packet, $client) use ($server) {
    $GLOBALS['kept'] = [$packet, $client];
    if ($packet->getTopic() !== 'boom') {
        return;
    }
    $server->publish('last/words', 'x');
    match ($packet->getPayload()) {
        'user' => trigger_error('it is over', E_USER_ERROR),
        'memory' => str_repeat('x', 64 << 20),
        'compile' => eval('class Wrong extends Countable {}'),
        'logger' => throw new Exception('log this'),
        /* The take-over of "fine" closes a connection inside this handler, whose own handler fails. */
        'nested' => $server->disconnect('fine') || print("never\n"),
    };
});
$server->on('close', function ($packet, $client) {
    if ($client->clientId() === 'fine') {
        trigger_error('while closing', E_USER_ERROR);
    }
});
class Last
{
    public function __construct(private string $name) { }
    public function __destruct() { echo "destroyed {$this->name}\n"; }
}
register_shutdown_function(function () {
    try {
        echo 'kept: ', $GLOBALS['kept'][1]->clientId(), "\n", $GLOBALS['kept'][0]->getTopic(), "\n";
    } catch (Error $error) {
        echo 'kept: ', $error->getMessage(), "\n";
    }
});
PHP, $case === 'logger' ? '["logger" => function ($level, $text) { $level === "error" ? trigger_error("no log", E_USER_ERROR) : printf("[INFO] %s\n", $text); }]' : '[]', $ini);
    $fine = MqsClient::connect($server, 'fine', 5);
    $fine->subscribe('#');
    $boom = MqsClient::connect($server, 'boom', 5);
    $boom->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => 'boom', 'message_id' => 1, 'message' => $case]);
    echo "--- $case: ", $fine->receive()['topic'] ?? 'closed', "\n";
    while ($boom->receive() !== null) {
    }
    echo 'exit code ', $server->wait(), "\n";
    echo preg_replace('/^\n/m', '', $server->said());
}
?>
--EXPECTF--
--- user: last/words
exit code 255
Fatal error: it is over in server.php on line 12
[ERROR] handler closure at server.php:5 ended the server by a fatal error: it is over in server.php:12 (client "boom")
kept: 
kept: The packet has no contents any more
--- memory: last/words
exit code 255
Fatal error: Allowed memory size of %d bytes exhausted%s in server.php on line 13
[ERROR] handler closure at server.php:5 ended the server by a fatal error: Allowed memory size of %d bytes exhausted%s in server.php:13 (client "boom")
kept: 
kept: The packet has no contents any more
--- compile: last/words
exit code 255
Fatal error: Class Wrong cannot extend interface Countable in server.php(14) : eval()'d code on line 1
[ERROR] handler closure at server.php:5 ended the server by a fatal error: Class Wrong cannot extend interface Countable in server.php(14) : eval()'d code:1 (client "boom")
kept: 
kept: The packet has no contents any more
--- logger: last/words
exit code 255
Fatal error: no log in server.php on line 2
[ERROR] handler closure at server.php:2 ended the server by a fatal error: no log in server.php:2 (client "boom")
[ERROR] handler closure at server.php:5 threw Exception: log this in server.php:15 (client "boom")
kept: 
kept: The packet has no contents any more
--- nested: last/words
exit code 255
Fatal error: while closing in server.php on line 22
[ERROR] handler closure at server.php:20 ended the server by a fatal error: while closing in server.php:22 (client "fine")
kept: 
boom
