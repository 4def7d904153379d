--TEST--
An object whose send() takes bytes alone is the connection itself, for as long as it lives
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/host.inc';

$mqtt = mqtt();
$mqtt->on('close', function ($packet, $client) {
    echo "close handler\n";
});
$a = new Connection();
$b = new Connection();
$will = ['will' => ['qos' => 1, 'retain' => 0, 'topic' => 'will', 'message' => 'of a']];
/* The system's numbers mean nothing here: both have the same one. */
$mqtt->onReceive($a, 5, 0, connect('a', 4, $will));
$mqtt->onReceive($b, 5, 0, connect('b') . subscribe('#', 1));
$mqtt->onReceive($a, 5, 0, publish('t', 'x', 1, 3));
echo words($a->out), "\n", words($b->out), "\n";
$b->out = '';
unset($a);
$mqtt->onReceive($b, 5, 0, "\xc0\x00");
echo words($b->out), "\n";
$b->out = '';

$c = new Connection();
$mqtt->onConnect($c, 5);
$mqtt->onReceive($c, 5, 0, connect('c', 5) . "\xe0\x00");
echo words($c->out, 5), ' ', var_export($c->closed, true), "\n";

$twice = new Connection();
$mqtt->onReceive($twice, 5, 0, connect('twice', 5));
$mqtt->onReceive($twice, 5, 0, connect('other', 5));
echo words($twice->out, 5), ' ', var_export($twice->closed, true), "\n";

$again = new Connection();
$mqtt->onReceive($again, 5, 0, connect('again', 4, $will));
$mqtt->onClose($again, 5);
$mqtt->onClose($again, 5);
echo words($b->out), "\n";
var_dump($mqtt->stats()['connections']);

/* Kept alive by nobody but the server: collected with it. */
$cycle = new class extends Connection {
    public object $server;
};
$mqtt->onReceive($cycle, 5, 0, connect('cycle'));
$cycle->server = $mqtt;
unset($mqtt, $cycle);
gc_collect_cycles();
echo "done\n";
?>
--EXPECT--
CONNACK 00, PUBACK 3
CONNACK 00, SUBACK, PUBLISH t=x
close handler
PINGRESP, PUBLISH will=of a
close handler
CONNACK 00 true
close handler
CONNACK 00, DISCONNECT 82 true
close handler
PUBLISH will=of a
int(1)
done
