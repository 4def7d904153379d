--TEST--
A fatal error, or the end, while others wait for time, streams, results and messages
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
require __DIR__ . '/async.inc';

foreach (['E_USER_ERROR', 'memory', 'after stop'] as $case) {
    $process = new MqsProcess(<<<'PHP'
use MqttServer\Async\{Deferred, Queue};
use function MqttServer\Async\{async, await, delay, readable};

$server = new MqttServer\Server(['host' => '127.0.0.1', 'port' => 0, 'log_level' => 'error']);
$deferred = new Deferred();
$queue = new Queue();
$pair = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
$server->after(0, function () use ($server, $deferred, $queue, $pair) {
    foreach ([
        fn () => delay(1000),
        fn () => $deferred->getFuture()->await(1000),
        fn () => await([$deferred->getFuture(), fn () => delay(1000)]),
        fn () => $queue->pop(1000),
        fn () => readable($pair[0], 1000),
        fn () => $server->next('never', 1000),
        fn () => $server->request('never', '', 1000),
    ] as $wait) {
        async($wait);
    }
    async(fn () => $server->next('never'));
    async(function () use ($server) {
        delay(0.002);
        switch ($_SERVER['argv'][1]) {
            case 'E_USER_ERROR':
                trigger_error('the end', E_USER_ERROR);
            case 'memory':
                ini_set('memory_limit', '16M');
                str_repeat('x', 64 << 20);
            case 'after stop':
                $server->stop();
        }
    });
});
register_shutdown_function(function () use ($deferred, $queue, $pair) {
    /* Nobody who waited is there any more. */
    if (!$deferred->isComplete()) {
        $deferred->complete(1);
    }
    $queue->push(1);
    fwrite($pair[1], 'x');
    echo "shutdown ", count($queue), "\n";
});
$server->start();
echo "start() returned\n";
PHP, [], [$case]);
    echo "--- $case\n", 'exit code ', $process->wait(), "\n";
    echo preg_replace(['/^\n/m', '/of \d+ bytes|allocate \d+/'], ['', 'N'], $process->said());
}
?>
--EXPECTF--
--- E_USER_ERROR
exit code 255
Fatal error: the end in server.php on line 26
[ERROR] handler closure at server.php:22 ended the server by a fatal error: the end in server.php:26
shutdown 1
--- memory
exit code 255
Fatal error: Allowed memory size N exhausted%s in server.php on line 29
[ERROR] handler closure at server.php:22 ended the server by a fatal error: Allowed memory size N exhausted%s in server.php:29
shutdown 1
--- after stop
exit code 0
start() returned
shutdown 1
