--TEST--
What runs inside the broker cannot wait, and is told so by the exception of waiting
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
use MqttServer\Async\Queue;
use MqttServer\Exception\MqttException;
use function MqttServer\Async\delay;

function try_to_wait(string $where): void
{
    foreach ([fn () => delay(0), fn () => (new Queue())->pop()] as $wait) {
        try {
            $wait();
            echo "$where: waited\n";
        } catch (MqttException $error) {
            echo "$where: ", $error->getMessage(), "\n";
        }
    }
}
$server = new MqttServer\Server($options + ['log_level' => 'info', 'logger' => function (string $level, string $message) {
    echo $message, "\n";
    if (str_contains($message, 'threw')) {
        try_to_wait('logger');
    }
}]);
$server->on('deliver', fn () => try_to_wait('delivery'));
$server->on('publish', fn () => delay(0.001));
$server->on('publish', fn () => throw new Exception('no'), -1);
PHP);
$client = MqsClient::connect($server, 'a');
$client->subscribe('t');
$client->publish('t', 'x', 1);
$server->stop();
echo preg_replace('/^(TCP|Server|handler) .*\n/m', '', $server->text());
?>
--EXPECT--
logger: Nothing can wait here: in a destructor, or where the broker has to go on at once
logger: Nothing can wait here: in a destructor, or where the broker has to go on at once
delivery: Nothing can wait here: in a destructor, or where the broker has to go on at once
delivery: Nothing can wait here: in a destructor, or where the broker has to go on at once
start() returned
