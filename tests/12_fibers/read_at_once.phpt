--TEST--
Packets that come in one piece have one fiber for all handlers that do not wait, and nothing of one is seen by the next
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

function packets(int $level, string ...$topics): string
{
    $bytes = '';
    foreach ($topics as $i => $topic) {
        $qos = str_contains($topic, 'two') ? 2 : 1;
        $bytes .= MqttServer\Codec::pack(['type' => 3, 'dup' => 0, 'qos' => $qos, 'retain' => 0, 'topic' => $topic,
            'message' => "$i", 'message_id' => $i + 1], $level);
    }
    return $bytes;
}
function show(MqsClient $client, int $count): void
{
    for ($said = []; count($said) < $count && ($packet = $client->receive()); ) {
        $said[] = ($packet['message_id'] ?? 'good-bye') . ':' . dechex($packet['code'] ?? $packet['codes'][0]);
    }
    echo implode(' ', $said), count($said) < $count ? ' closed' : '', "\n";
}

$code = <<<'PHP'
use function MqttServer\Async\delay;
$fibers = $kept = [];
$server->on('publish', function ($packet, $client) use ($server, &$fibers, &$kept) {
    $topic = $packet->getTopic();
    $fibers[spl_object_id(Fiber::getCurrent())] = true;
    echo "$topic ", $packet->getPayload(), "\n";
    switch (strtok($topic, '/')) {
        case 'wait': delay(0.01); break;
        case 'suspend': Fiber::suspend(); break;
        case 'throw': throw new RuntimeException('thrown');
        case 'exit': exit(3);
        case 'deny': return false;
        case 'print': ob_start(fn ($text) => strtoupper($text)); echo "buffered\n"; break;
        case 'end': ob_end_flush(); break;
        case 'publish': $server->publish('here', 'by the server'); break;
        case 'stop': $server->stop(); break;
        case 'go': $server->disconnect($packet->getPayload() === '1' ? 'a' : 'b'); break;
        case 'keep': $kept[] = [$packet, $client]; break;
        case 'fibers': echo count($fibers), ' fiber', count($fibers) > 1 ? 's' : '', "\n"; break;
        case 'kept':
            foreach ($kept as [$packet, $client]) {
                echo $packet->getTopic(), ' ', $packet->getPayload(), ' of ', $client->clientId(), "\n";
            }
            $kept = []; /* a cycle */
            break;
    }
    echo "$topic is done\n";
});
$server->on('subscribe', fn ($packet) => delay(0.001));
$server->on('disconnect', function () { echo "disconnect\n"; });
PHP;

echo "--- none waits\n";
$server = new MqsServer($code);
$reader = MqsClient::connect($server, 'reader', 5);
$reader->subscribe('here');
$client = MqsClient::connect($server, 'a', 5);
$client->sendRaw(packets(5, 'plain', 'keep/1', 'throw', 'exit', 'two', 'deny/two', 'publish', 'print', 'end', 'keep/2', 'kept', 'fibers'));
show($client, 12);
mqs_show($reader->receive());

echo "--- some wait\n";
$bytes = packets(5, 'plain', 'wait/1', 'plain/2', 'wait/two', 'suspend', 'plain/3');
$client->sendRaw($bytes);
show($client, 6);

echo "--- in pieces\n";
$client->sendRaw(substr($bytes, 0, 40));
$client->sendRaw(substr($bytes, 40));
show($client, 6);

echo "--- other packets in between\n";
$client->sendRaw(packets(5, 'plain/1') . MqttServer\Codec::pack(['type' => 8, 'message_id' => 9, 'topics' => ['x' => ['qos' => 0,
    'no_local' => false, 'retain_as_published' => false, 'retain_handling' => 0]]], 5) . packets(5, 'plain/2'));
show($client, 3);

echo "--- the client is gone\n";
$client->sendRaw(packets(5, 'plain', 'go', 'go', 'never'));
show($client, 4);
$client = MqsClient::connect($server, 'b', 5);
$client->sendRaw(packets(5, 'wait/last', 'keep/b') . MqttServer\Codec::pack(['type' => 14, 'code' => 0], 5) . packets(5, 'never'));
show($client, 2);
$client = MqsClient::connect($server, 'c', 5);
$client->sendRaw(packets(5, 'kept', 'stop', 'plain'));
show($client, 1);
$server->wait();
echo $server->said();
?>
--EXPECT--
--- none waits
1:10 2:10 3:83 4:83 5:10 6:87 7:10 8:10 9:10 10:10 11:10 12:10
{"type":3,"dup":0,"qos":0,"retain":0,"topic":"here","message":"by the server"}
--- some wait
1:10 2:10 3:10 4:10 5:83 6:10
--- in pieces
1:10 2:10 3:10 4:0 5:83 6:10
--- other packets in between
1:10 9:0 1:10
--- the client is gone
1:10 good-bye:98 closed
1:10 2:10
1:10
plain 0
plain is done
keep/1 1
keep/1 is done
throw 2
[ERROR] handler closure at server.php:6 threw RuntimeException: thrown in server.php:13 (client "a")
exit 3
[ERROR] handler closure at server.php:6 called exit() (client "a")
two 4
two is done
deny/two 5
publish 6
publish is done
print 7
BUFFERED
PRINT IS DONE
END 8
end is done
keep/2 9
keep/2 is done
kept 10
keep/1 1 of a
keep/2 9 of a
kept is done
fibers 11
1 fiber
fibers is done
plain 0
plain is done
wait/1 1
wait/1 is done
plain/2 2
plain/2 is done
wait/two 3
wait/two is done
suspend 4
[ERROR] handler closure at server.php:6 threw MqttServer\Exception\MqttException: Fiber::suspend() was called, and nobody is left who could resume the fiber in server.php:12 (client "a")
plain/3 5
plain/3 is done
plain 0
plain is done
wait/1 1
wait/1 is done
plain/2 2
plain/2 is done
suspend 4
[ERROR] handler closure at server.php:6 threw MqttServer\Exception\MqttException: Fiber::suspend() was called, and nobody is left who could resume the fiber in server.php:12 (client "a")
plain/3 5
plain/3 is done
plain/1 0
plain/1 is done
plain/2 0
plain/2 is done
plain 0
plain is done
go 1
go is done
wait/last 0
wait/last is done
keep/b 1
keep/b is done
disconnect
kept 0
keep/b 1 of 
kept is done
stop 1
stop is done
plain 2
plain is done
start() returned
