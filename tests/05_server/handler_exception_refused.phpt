--TEST--
An exception, a TypeError or exit() in a handler is logged and refused with 0x83, and the broker goes on
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
$server->on('connect', function ($packet, $client) {
    match ($client->clientId()) {
        'throws' => throw new RuntimeException('no database'),
        'type' => strlen([]),
        'exit' => exit(3),
        'text' => exit('bye'),
        'returns' => null,
        default => null,
    };
});
$server->on('publish', fn ($packet) => match ($packet->getTopic()) {
    'throws' => throw new LogicException("two\nlines"),
    'exit' => exit,
    'wrong' => 'yes',
    'range' => 300,
    default => null,
});
$server->on('subscribe', fn () => throw new DomainException('no'));
$server->on('unsubscribe', fn () => throw new DomainException('no'));
$server->on('pingreq', fn () => throw new DomainException('no'));
PHP);

foreach (['throws', 'type', 'exit', 'text'] as $id) {
    foreach ([5, 4] as $level) {
        $client = MqsClient::connect($server, $id, $level);
        echo "$id $level: ", $client->connack['code'], ' ';
        mqs_show($client->receive());
    }
}
$client = MqsClient::connect($server, 'good', 5);
echo 'good: ', $client->connack['code'], "\n";
foreach (['throws', 'exit', 'wrong', 'range', 'fine'] as $topic) {
    foreach ([1, 2] as $qos) {
        $ack = $client->publish($topic, 'x', $qos);
        echo "$topic: {$ack['type']} ", dechex($ack['code']), "\n";
    }
}
echo 'SUBACK: ', implode(' ', array_map('dechex', $client->subscribe(['a' => 0, 'b' => 1])['codes'])), "\n";
echo 'UNSUBACK: ', implode(' ', array_map('dechex', $client->unsubscribe('a')['codes'])), "\n";
mqs_show($client->ping());
echo 'still there: ', MqsClient::connect($server, 'late')->connack['code'], "\n";
echo 'exit code ', $server->stop(), "\n";
echo $server->said();
?>
--EXPECT--
throws 5: 131 closed
throws 4: 3 closed
type 5: 131 closed
type 4: 3 closed
exit 5: 131 closed
exit 4: 3 closed
text 5: 131 closed
text 4: 3 closed
good: 0
throws: 4 83
throws: 5 83
exit: 4 83
exit: 5 83
wrong: 4 83
wrong: 5 83
range: 4 83
range: 5 83
fine: 4 10
fine: 5 10
SUBACK: 83 83
UNSUBACK: 83
{"type":14,"code":131}
still there: 0
exit code 0
[ERROR] handler closure at server.php:4 threw RuntimeException: no database in server.php:6 (client "throws")
[ERROR] handler closure at server.php:4 threw RuntimeException: no database in server.php:6 (client "throws")
[ERROR] handler closure at server.php:4 threw TypeError: strlen(): Argument #1 ($string) must be of type string, array given in server.php:7 (client "type")
[ERROR] handler closure at server.php:4 threw TypeError: strlen(): Argument #1 ($string) must be of type string, array given in server.php:7 (client "type")
[ERROR] handler closure at server.php:4 called exit() (client "exit")
[ERROR] handler closure at server.php:4 called exit() (client "exit")
bye[ERROR] handler closure at server.php:4 called exit() (client "text")
bye[ERROR] handler closure at server.php:4 called exit() (client "text")
[ERROR] handler closure at server.php:14 threw LogicException: two\x0Alines in server.php:15 (client "good")
[ERROR] handler closure at server.php:14 threw LogicException: two\x0Alines in server.php:15 (client "good")
[ERROR] handler closure at server.php:14 called exit() (client "good")
[ERROR] handler closure at server.php:14 called exit() (client "good")
[ERROR] handler closure at server.php:14 threw TypeError: Return value must be null, bool, int or a response, string returned in server.php:24 (client "good")
[ERROR] handler closure at server.php:14 threw TypeError: Return value must be null, bool, int or a response, string returned in server.php:24 (client "good")
[ERROR] handler closure at server.php:14 threw ValueError: Return value must be a reason code between 0 and 255, 300 returned in server.php:24 (client "good")
[ERROR] handler closure at server.php:14 threw ValueError: Return value must be a reason code between 0 and 255, 300 returned in server.php:24 (client "good")
[ERROR] handler closure at server.php:21 threw DomainException: no in server.php:21 (client "good")
[ERROR] handler closure at server.php:22 threw DomainException: no in server.php:22 (client "good")
[ERROR] handler closure at server.php:23 threw DomainException: no in server.php:23 (client "good")
start() returned
