--TEST--
In a host with coroutines a fatal error ends the process while handlers wait, and nobody looks at what is gone
--EXTENSIONS--
mqtt_server
--SKIPIF--
<?php
if (class_exists('Swoole\Coroutine', false)) {
    die('skip the test has coroutines of its own');
}
if (getenv('MQS_TEST_SLOW') && !getenv('ASAN_OPTIONS')) {
    die('skip memory checkers report what PHP itself leaves behind after a fatal error');
}
?>
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

if (getenv('ASAN_OPTIONS')) {
    /* What is looked for are reads of freed memory; PHP itself leaves memory behind after a fatal error. */
    putenv('ASAN_OPTIONS=' . getenv('ASAN_OPTIONS') . ':detect_leaks=0');
    putenv('TEST_PHP_EXECUTABLE=' . PHP_BINARY);
}
$process = new MqsProcess(<<<'PHP'
require $argv[1] . '/coroutine.inc';
require $argv[1] . '/host.inc';

use Swoole\Coroutine;

$mqtt = mqtt();
$host = new Host();
$mqtt
    ->on('subscribe', function () {
        echo "waits\n";
        Coroutine::suspend();
    })
    ->on('close', function () {
        echo "never\n";
    });
Coroutine::create(fn () => $mqtt->onReceive($host, 1, 0, connect('a') . subscribe('t')));
Coroutine::create(fn () => $mqtt->onReceive($host, 2, 0, connect('b') . subscribe('t')));
show($host, 1, 2);
trigger_error('the end', E_USER_ERROR);
PHP, [], [__DIR__]);
echo $process->wait(), "\n", $process->output;
?>
--EXPECTF--
255
waits
waits
1: CONNACK 00
2: CONNACK 00

Fatal error: the end in %s on line %d
