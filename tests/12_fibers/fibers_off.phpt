--TEST--
Without fibers everything works, but nothing can wait
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
$server->on('publish', function ($packet) use ($server) {
    var_dump(Fiber::getCurrent());
    if ($packet->getTopic() === 'wait') {
        MqttServer\Async\delay(0.01);
    }
    echo implode(' ', array_filter($server->stats(), fn ($name) => str_starts_with($name, 'fibers'), ARRAY_FILTER_USE_KEY)), "\n";
});
$server->after(0.0, fn () => MqttServer\Async\delay(0.01));
PHP, '["fibers" => false]');
$server->expect('/^\[ERROR\]/');
$client = MqsClient::connect($server, 'a', 5);
echo $client->publish('quick', '', 1)['code'], "\n";
echo dechex($client->publish('wait', '', 1)['code']), "\n";
$server->stop();
echo $server->said();
foreach ([['fibers' => 1], ['max_fibers' => 0], ['max_fibers' => 30001], ['slow_handler_ms' => -1], ['slow_handler_ms' => '100']] as $wrong) {
    try {
        new MqttServer\Server($wrong);
    } catch (Error $e) {
        echo $e->getMessage(), "\n";
    }
}
?>
--EXPECT--
16
83
[ERROR] handler closure at server.php:11 threw MqttServer\Exception\MqttException: This code does not run in a fiber and cannot wait: see the options fibers and max_fibers in server.php:11
NULL
0 0 0 0
NULL
[ERROR] handler closure at server.php:4 threw MqttServer\Exception\MqttException: This code does not run in a fiber and cannot wait: see the options fibers and max_fibers in server.php:7 (client "a")
start() returned
MqttServer\Server::__construct(): Option "fibers" must be of type bool, int given
MqttServer\Server::__construct(): Option "max_fibers" must be between 1 and 30000, 0 given
MqttServer\Server::__construct(): Option "max_fibers" must be between 1 and 30000, 30001 given
MqttServer\Server::__construct(): Option "slow_handler_ms" must be between 0 and 3600000, -1 given
MqttServer\Server::__construct(): Option "slow_handler_ms" must be of type int, string given
