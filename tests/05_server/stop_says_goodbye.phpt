--TEST--
stop() tells clients the reason, drains their output and lets start() return; SIGINT stops too
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$code = <<<'PHP'
$server->on('publish', function ($packet) use ($server) {
    $server->publish('news', str_repeat('x', 500000), 1);
    $server->stop(0x9C);
});
register_shutdown_function(function () { echo "shutdown function\n"; });
PHP;
$server = new MqsServer($code);
$v5 = MqsClient::connect($server, 'v5', 5);
$v5->subscribe('news', 1);
$v4 = MqsClient::connect($server, 'v4', 4);
$v4->publish('stop', '');
echo strlen($v5->receive()['message']), "\n";
mqs_show($v5->receive());
mqs_show($v5->receive());
mqs_show($v4->receive());
echo 'exit code ', $server->wait(), "\n", $server->said();

$server = new MqsServer($code);
$v5 = MqsClient::connect($server, 'v5', 5);
$server->signal(2);
mqs_show($v5->receive());
echo 'exit code ', $server->wait(), "\n", $server->said();
?>
--EXPECT--
500000
{"type":14,"code":156}
closed
closed
exit code 0
start() returned
shutdown function
{"type":14,"code":139}
exit code 0
start() returned
shutdown function
