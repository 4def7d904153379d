--TEST--
Shutting down tells and closes; deadlines and timers are looked at with each entry where the host has no timer
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/host.inc';

$mqtt = mqtt(['connect_timeout_ms' => 100]);
$host = new Host();
$ticks = 0;
$mqtt->every(0.001, function () use (&$ticks, $mqtt) {
    $ticks++;
    $mqtt->publish('tick', 'x');
});
$mqtt->onWorkerStart($host, 0);
$mqtt->onConnect($host, 1, 0);
$mqtt->onReceive($host, 2, 0, connect('v4') . subscribe('tick'));
$mqtt->onReceive($host, 3, 0, connect('v5', 5));
for ($i = 0; $i < 5000 && ($ticks < 3 || !$host->closed); $i++) {
    usleep(1000);
    $mqtt->onReceive($host, 2, 0, "\xc0\x00");
}
var_dump($ticks >= 3, $host->closed, str_contains(words($host->out[2]), 'PUBLISH tick=x'));
$host->out = [];
$mqtt->onWorkerExit($host, 0);
$mqtt->onWorkerExit($host, 0);
$mqtt->onWorkerStop($host, 0);
echo words($host->out[3], 5), "\n";
var_dump($host->closed, $mqtt->isRunning());
$ticks = 0;
usleep(2000);
$mqtt->onReceive($host, 4, 0, connect('late'));
$mqtt->onClose($host, 3, 0);
show($host, 4);
var_dump($host->closed, $ticks);
$mqtt = mqtt();
gc_collect_cycles();
$mqtt->onReceive($host, 5, 0, connect('v5', 5));
$host->out = [];
$mqtt->stop();
echo words($host->out[5], 5), ' ', end($host->closed), "\n";
unset($mqtt); /* its handlers hold it */
gc_collect_cycles();
?>
--EXPECT--
bool(true)
array(1) {
  [0]=>
  int(1)
}
bool(true)
DISCONNECT 8b
array(3) {
  [0]=>
  int(1)
  [1]=>
  int(2)
  [2]=>
  int(3)
}
bool(false)
4: -
array(4) {
  [0]=>
  int(1)
  [1]=>
  int(2)
  [2]=>
  int(3)
  [3]=>
  int(4)
}
int(0)
DISCONNECT 8b 5
