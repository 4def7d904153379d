--TEST--
A host's chunks may be split and glued at any byte, and those of several connections interleave
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/host.inc';

$stream = connect('c') . subscribe('t/#', 1) . publish('t/a', 'first', 1, 7) . publish('t/b', str_repeat('x', 200), 2, 8)
    . "\x62\x02\x00\x08" . "\xc0\x00" . publish('t/c', '', 0);
$all = null;
for ($at = 0; $at <= strlen($stream); $at++) {
    $mqtt = mqtt();
    $host = new Host();
    foreach ([1, 2] as $round) {
        /* Two connections, cut at different places. */
        $mqtt->onReceive($host, 1, 0, $round === 1 ? substr($stream, 0, $at) : substr($stream, $at));
        $other = str_replace("\0\1c", "\0\1d", $stream);
        $cut = strlen($stream) - $at;
        $mqtt->onReceive($host, 2, 1, $round === 1 ? substr($other, 0, $cut) : substr($other, $cut));
    }
    $own = array_map(function ($fd) use ($host) {
        /* What both subscribed to arrives from the other too, when it was there in time: what it was asked for counts. */
        $words = explode(', ', words($host->out[$fd]));
        return implode(', ', array_filter($words, fn ($word) => !str_starts_with($word, 'PUBLISH')));
    }, [1, 2]);
    $all ??= $own;
    if ($own !== $all || !str_contains(words($host->out[1]), 'PUBLISH t/a=first')) {
        echo "cut at $at: ", json_encode($own), "\n";
    }
}
echo implode("\n", $all), "\n";

$mqtt = mqtt();
$host = new Host();
foreach (str_split($stream) as $byte) {
    $mqtt->onReceive($host, 5, 0, $byte);
}
show($host, 5);
$mqtt->onReceive($host, 6, 0, '');
$mqtt->onReceive($host, 6, 0, connect('e') . str_repeat("\xc0\x00", 3));
show($host, 6);
?>
--EXPECT--
CONNACK 00, SUBACK, PUBACK 7, PUBREC 8, PUBCOMP 8, PINGRESP
CONNACK 00, SUBACK, PUBACK 7, PUBREC 8, PUBCOMP 8, PINGRESP
5: CONNACK 00, SUBACK, PUBLISH t/a=first, PUBACK 7, PUBLISH t/b=200 bytes, PUBREC 8, PUBCOMP 8, PINGRESP, PUBLISH t/c=
6: CONNACK 00, PINGRESP, PINGRESP, PINGRESP
