--TEST--
A child process that a handler forks ends by exit() or an error, and leaves the connections to its parent
--EXTENSIONS--
mqtt_server
--SKIPIF--
<?php
if (!function_exists('pcntl_fork')) {
    die('skip there is no pcntl_fork()');
}
if (getenv('USE_ZEND_ALLOC') === '0' || getenv('MQS_TEST_SLOW')) {
    die('skip memory checkers report what PHP itself leaves behind when it bails out');
}
?>
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
$server->on('publish', function ($packet, $client) {
    $parent = getmypid();
    $pid = pcntl_fork();
    if ($pid === 0) {
        register_shutdown_function(fn () => print("child ends\n"));
        match ($packet->getTopic()) {
            'exit' => exit(3),
            'throw' => throw new Exception('in the child'),
            'fatal' => trigger_error('the end', E_USER_ERROR),
        };
    }
    /* A child that came back to the loop would never end. */
    pcntl_waitpid($pid, $status);
    echo $packet->getTopic(), ': ', pcntl_wifexited($status) ? pcntl_wexitstatus($status) : 'killed', "\n";
});
PHP);
$client = MqsClient::connect($server, 'a', 5);
foreach (['exit', 'throw', 'fatal'] as $topic) {
    echo $topic, ' ', $client->publish($topic, '', 1)['code'], "\n";
}
echo $client->ping()['type'], "\n";
echo $server->stop(), "\n";
$said = preg_replace('/ in server\.php:\d+/', '', preg_replace('/^\s*\n/m', '', $server->said()));
echo preg_replace('/closure at server\.php:\d+/', 'closure', $said);
?>
--EXPECTF--
exit 16
throw 16
fatal 16
13
0
child ends
exit: 3
[ERROR] handler closure threw Exception: in the child (client "a")
child ends
throw: 255
%Athe end%A
child ends
fatal: 255
start() returned
