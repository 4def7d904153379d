--TEST--
start() refuses to run twice, inside another server, after a stop, and on an address that cannot be had
--EXTENSIONS--
mqtt_server
--FILE--
<?php
function attempt(callable $what): void
{
    try {
        $what();
        echo "no exception\n";
    } catch (Throwable $error) {
        echo get_class($error), ': ', preg_replace('/:\d{2,5}\b/', ':PORT', $error->getMessage()), "\n";
    }
}

$options = ['host' => '127.0.0.1', 'port' => 0, 'log_level' => 'warning', 'slow_handler_ms' => 0];
$server = new MqttServer\Server($options);
$other = new MqttServer\Server($options);
var_dump($server->port());
$server->after(0, function () use ($server, $other, $options) {
    var_dump($server->isRunning(), $server->port() > 0);
    attempt(fn () => $server->start());
    attempt(fn () => $other->start());
    attempt(fn () => (new MqttServer\Server(['port' => $server->port()] + $options))->start());
    $taken = stream_socket_server('tcp://127.0.0.1:0');
    $GLOBALS['taken'] = [$taken, (int) substr(strrchr(stream_socket_get_name($taken, false), ':'), 1)];
    $server->stop();
});
$server->start();
var_dump($server->isRunning(), $server->port());
attempt(fn () => $server->start());
$server->stop();
attempt(fn () => (new MqttServer\Server(['port' => $taken[1]] + $options))->start());
attempt(fn () => (new MqttServer\Server(['host' => '192.0.2.1', 'port' => 1883] + $options))->start());
attempt(fn () => (new MqttServer\Server(['host' => 'no.such.host.invalid', 'port' => 1883] + $options))->start());
attempt(fn () => (new MqttServer\Server(['listeners' => [['port' => 0], ['port' => $taken[1]]]] + $options))->start());

/* A server that could not listen may try again. */
$again = new MqttServer\Server(['port' => $taken[1]] + $options);
attempt(fn () => $again->start());
fclose($taken[0]);
$again->after(0, fn () => $again->stop());
$again->start();
echo "done\n";
$server = $other = $again = null;
gc_collect_cycles();
?>
--EXPECT--
int(0)
bool(true)
bool(true)
MqttServer\Exception\MqttException: The server is running already
MqttServer\Exception\MqttException: Another server is running in this thread
MqttServer\Exception\MqttException: Another server is running in this thread
bool(false)
int(0)
MqttServer\Exception\MqttException: The server has been stopped and cannot start again
MqttServer\Exception\ListenException: cannot listen on 127.0.0.1:PORT: address already in use
MqttServer\Exception\ListenException: cannot listen on 192.0.2.1:PORT: not an address of this machine
MqttServer\Exception\ListenException: cannot resolve "no.such.host.invalid": unknown node or service
MqttServer\Exception\ListenException: cannot listen on 127.0.0.1:PORT: address already in use
MqttServer\Exception\ListenException: cannot listen on 127.0.0.1:PORT: address already in use
done
