--TEST--
A number that is used again belongs to a new client, whether or not the host tells of ends
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/host.inc';

class TellingHost extends Host
{
    public array $info = [];

    public function getClientInfo(int $fd): array|false
    {
        return $this->info[$fd] ?? false;
    }
}

$will = ['will' => ['qos' => 0, 'retain' => 0, 'topic' => 'will', 'message' => 'of first']];

function run(Host $host, callable $between, string $second): void
{
    global $will;
    $mqtt = mqtt();
    $mqtt->on('close', function () {
        echo "close handler\n";
    });
    $mqtt->onReceive($host, 1, 0, connect('watch') . subscribe('will'));
    $mqtt->onReceive($host, 2, 0, connect('first', 4, $will) . subscribe('private'));
    show($host, 2);
    $between($mqtt, $host);
    $mqtt->onReceive($host, 2, 0, $second);
    $mqtt->onReceive($host, 1, 0, publish('private', 'x'));
    show($host, 1, 2);
    $names = array_column($mqtt->clients(), 'client_id');
    sort($names);
    echo implode(' ', $names), "\n";
}

echo "told\n";
run(new Host(), fn ($mqtt, $host) => $mqtt->onClose($host, 2, 0), connect('second'));
echo "not told, but the number opens again\n";
run(new Host(), fn ($mqtt, $host) => $mqtt->onConnect($host, 2, 0), connect('second'));
echo "not told at all\n";
run(new Host(), fn () => null, connect('second'));
echo "the host knows when it was connected\n";
$host = new TellingHost();
$host->info = [1 => ['connect_time' => 10, 'remote_port' => 1], 2 => ['connect_time' => 10, 'remote_port' => 2]];
run($host, fn ($mqtt, $host) => $host->info[2] = ['connect_time' => 10, 'remote_port' => 3], connect('second'));
echo "and one that does not even connect gets nothing of the other\n";
$host = new TellingHost();
$host->info = [1 => ['connect_time' => 10, 'remote_port' => 1], 2 => ['connect_time' => 10, 'remote_port' => 2]];
run($host, fn ($mqtt, $host) => $host->info[2] = ['connect_time' => 11, 'remote_port' => 2], publish('private', 'as first'));
?>
--EXPECT--
told
2: CONNACK 00, SUBACK
close handler
1: CONNACK 00, SUBACK, PUBLISH will=of first
2: CONNACK 00
second watch
not told, but the number opens again
2: CONNACK 00, SUBACK
close handler
1: CONNACK 00, SUBACK, PUBLISH will=of first
2: CONNACK 00
second watch
not told at all
2: CONNACK 00, SUBACK
close handler
1: CONNACK 00, SUBACK, PUBLISH will=of first
2: CONNACK 00
second watch
the host knows when it was connected
2: CONNACK 00, SUBACK
close handler
1: CONNACK 00, SUBACK, PUBLISH will=of first
2: CONNACK 00
second watch
and one that does not even connect gets nothing of the other
2: CONNACK 00, SUBACK
close handler
1: CONNACK 00, SUBACK, PUBLISH will=of first
2: -
watch
