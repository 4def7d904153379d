--TEST--
Timers may wait: none runs twice at once, one that cancels itself ends in peace
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
use function MqttServer\Async\delay;
$running = $runs = 0;
$id = $server->every(0.001, function () use (&$running, &$runs, &$id, $server) {
    if (++$running > 1) {
        echo "twice at once\n";
    }
    delay(0.01);
    $running--;
    if (++$runs === 3) {
        var_dump($server->cancelTimer($id));
        delay(0.005);
        echo "cancelled itself\n";
        while ($server->stats()['timers'] > 0) {
            delay(0.001);
        }
        $server->stop();
    }
});
$once = $server->after(0.001, function () use ($server, &$once) {
    delay(0.01);
    echo "once\n";
});
$server->after(0.0, function () {
    delay(0.02);
    throw new Exception('after waiting');
});
PHP);
$server->wait();
$lines = explode("\n", $server->said());
sort($lines);
echo implode("\n", $lines), "\n";
?>
--EXPECT--

[ERROR] handler closure at server.php:26 threw Exception: after waiting in server.php:28
bool(true)
cancelled itself
once
start() returned
