--TEST--
A child process starts without the connections of its parent, and does not touch them
--EXTENSIONS--
mqtt_server
pcntl
--FILE--
<?php
require __DIR__ . '/host.inc';

function names($mqtt): string
{
    $names = array_column($mqtt->clients(), 'client_id');
    sort($names);
    return implode(' ', $names);
}

$mqtt = mqtt();
$closed = 0;
$mqtt->on('close', function () use (&$closed) {
    $closed++;
});
$host = new Host();
$will = ['will' => ['qos' => 0, 'retain' => 0, 'topic' => 'will', 'message' => 'w']];
$mqtt->onReceive($host, 1, 0, connect('parent', 4, $will) . subscribe('#'));
$connection = new Connection();
$mqtt->onReceive($connection, 1, 0, connect('object'));
show($host, 1);
$pid = pcntl_fork();
if ($pid === 0) {
    $mqtt->onReceive($host, 1, 0, connect('child') . publish('t', 'in child'));
    show($host, 1);
    echo names($mqtt), ", $closed closed, ", count($host->closed), "\n";
    $mqtt->onReceive($connection, 1, 0, connect('object'));
    $mqtt->onWorkerStop($host, 0);
    exit(0);
}
pcntl_waitpid($pid, $status);
var_dump(pcntl_wexitstatus($status));
$mqtt->onReceive($host, 1, 0, publish('t', 'in parent'));
show($host, 1);
echo names($mqtt), ", $closed closed\n";
?>
--EXPECT--
1: CONNACK 00, SUBACK
1: CONNACK 00
child, 0 closed, 0
int(0)
1: PUBLISH t=in parent
object parent, 0 closed
