--TEST--
In a host without coroutines handlers run at once: what they publish, throw or feed back comes behind them
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/host.inc';

$mqtt = mqtt(['allow_anonymous' => false]);
$host = new Host();
$mqtt->on('connect', function ($packet, $client) {
    return $packet->getClientId() !== 'no';
});
$mqtt->on('publish', function ($packet, $client) use ($mqtt, $host) {
    switch ($packet->getTopic()) {
        case 'throw':
            throw new LogicException('handler');
        case 'publish':
            return $mqtt->publish('from/handler', 'p') >= 0;
        case 'kick':
            $mqtt->disconnect('b');
            return true;
        case 'feed':
            /* The broker is in the middle of something: this waits. */
            $mqtt->onReceive($host, 9, 0, connect('nine') . publish('t', 'of nine'));
            $mqtt->onClose($host, 9, 0);
            echo "fed\n";
            return true;
    }
});
$mqtt->onReceive($host, 1, 0, connect('no'));
$mqtt->onReceive($host, 2, 0, connect('a') . subscribe('#'));
$mqtt->onReceive($host, 3, 0, connect('b', 5));
show($host, 1, 2);
$mqtt->onReceive($host, 3, 0, publish('throw', '', 1, 5, 5) . publish('publish', '', 1, 6, 5) . publish('feed', '', 1, 7, 5));
show($host, 2);
echo words($host->out[3], 5), "\n";
show($host, 9);
$host->out = [];
$mqtt->onReceive($host, 3, 0, publish('kick', '', 1, 8, 5) . publish('t', 'never', 0, 0, 5));
echo words($host->out[3], 5), "\n";
show($host, 2);
echo 'closed: ', implode(' ', $host->closed), "\n";
var_dump($mqtt->isRunning(), $mqtt->stats()['handler_errors']);
unset($mqtt); /* its handlers hold it */
gc_collect_cycles();
?>
--EXPECTF--
1: CONNACK 05
2: CONNACK 00, SUBACK
log error: handler closure at handlers_inside.php:9 threw LogicException: handler in %s:%d (client "b")
fed
2: PUBLISH from/handler=p, PUBLISH publish=, PUBLISH feed=, PUBLISH t=of nine
CONNACK 00, PUBACK 5 83, PUBACK 6, PUBACK 7
9: CONNACK 00
DISCONNECT 98
2: -
closed: 1 3
bool(true)
int(1)
