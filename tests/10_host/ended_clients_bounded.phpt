--TEST--
Handlers of connections that ended and still wait are bounded: above max_pending_decisions new connections are closed
--EXTENSIONS--
mqtt_server
--SKIPIF--
<?php if (extension_loaded('swoole')) die('skip: stands in for its classes'); ?>
--FILE--
<?php
require __DIR__ . '/coroutine.inc';
require __DIR__ . '/host.inc';

use Swoole\Coroutine;

Coroutine::pretend();
$mqtt = mqtt(['max_pending_decisions' => 5]);
$mqtt->on('connect', fn () => true);
$ended = 0;
$mqtt->on('close', function () use (&$ended) {
    Fiber::suspend();
    $ended++;
});
$host = new Host();

$comeAndGo = function (int $from, int $to) use ($mqtt, $host) {
    $accepted = 0;
    for ($fd = $from; $fd <= $to; $fd++) {
        $mqtt->onConnect($host, $fd);
        $mqtt->onReceive($host, $fd, 0, connect("c$fd"));
        $accepted += isset($host->out[$fd]);
        $mqtt->onClose($host, $fd);
    }
    return $accepted;
};

$accepted = $comeAndGo(1, 20);
echo "accepted $accepted closed ", count(array_unique($host->closed)), "\n";
Coroutine::goOn();
echo "ended $ended\n";
$host->closed = [];
echo 'accepted ', $comeAndGo(31, 34), ' closed ', count($host->closed), "\n";
Coroutine::goOn();
echo "ended $ended\n";
unset($mqtt, $comeAndGo, $host);
gc_collect_cycles();
?>
--EXPECT--
log warning: max_pending_decisions handlers run at once: new connections are closed until some have ended
accepted 5 closed 15
ended 5
accepted 4 closed 0
ended 9
