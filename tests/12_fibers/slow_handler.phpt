--TEST--
A handler or timer that holds the loop is named in the log, one that waits is not
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$code = <<<'PHP'
function busy()
{
    $end = hrtime(true) + 60_000_000;
    while (hrtime(true) < $end) {
    }
}
class Busy
{
    #[MqttServer\Annotation\MQTTPublish]
    public function publish($request, $response)
    {
        if ($request->getParsedBody()['topic'] === 'after waiting') {
            MqttServer\Async\delay(0.1);
        }
        busy();
        return $response;
    }
}
$server->addHandler(Busy::class);
$server->on('subscribe', fn () => MqttServer\Async\delay(0.1));
$server->after(0.0, function () {
    busy();
});
PHP;
foreach (['true', 'false'] as $fibers) {
    $server = new MqsServer($code, '["slow_handler_ms" => 50, "fibers" => ' . $fibers . ']');
    $server->expect('/held the loop/');
    $client = MqsClient::connect($server, 'a', 5);
    $client->publish('at once', '', 1);
    $client->publish('after waiting', '', 1);
    $client->subscribe('x');
    $server->stop();
    /* How long, and how often, is the machine's matter; but never less than the limit. */
    $said = preg_replace_callback('/(\d+) ms/', fn ($ms) => $ms[1] >= 50 ? 'long' : $ms[1], preg_replace('/^\[ERROR\].*\n/m', '', $server->said()));
    $lines = array_unique(explode("\n", $said));
    if (getenv('MQS_TEST_SLOW')) {
        $lines = preg_grep('/server\.php:23/', $lines, PREG_GREP_INVERT);
    }
    sort($lines);
    echo implode("\n", $lines), "\n";
}
$server = new MqsServer($code, '["slow_handler_ms" => 0]');
MqsClient::connect($server, 'a', 5)->publish('at once', '', 1);
$server->stop();
echo $server->said();
?>
--EXPECT--

[WARNING] handler Busy::publish held the loop for long
[WARNING] handler closure at server.php:24 held the loop for long
start() returned

[WARNING] handler Busy::publish held the loop for long
[WARNING] handler closure at server.php:24 held the loop for long
start() returned
start() returned
