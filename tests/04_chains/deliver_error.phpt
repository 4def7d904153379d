--TEST--
A handler of deliveries that fails, waits or says nonsense denies; what it publishes or disconnects comes behind
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$code = <<<'PHP'
use MqttServer\Message\Response;

$server
    ->on('deliver', function ($packet, $client) use ($server) {
        $own = $client->clientId();
        switch ($packet->getTopic()) {
            case 'throw': throw new LogicException('handler');
            case 'exit': exit(3);
            case 'array': return [];
            case 'topic': return (new Response())->withTopic('other');
            case 'retain': return (new Response())->withRetain(true);
            case 'property': return (new Response())->withProperty('topic_alias', 3);
            case 'suspend': return Fiber::suspend() ?? true;
            case 'fiber': return (new Fiber(fn () => true))->start() ?? true;
            case 'caught':
                try {
                    Fiber::suspend();
                } catch (FiberError $error) {
                    echo 'caught ', get_class($error), "\n";
                }
                return true;
            case 'publish': return $server->publish('from/handler', "to $own") === 2;
            case 'kick': return $own === 'b' || $server->disconnect('b', 0x97);
            case 'close': return $own === 'b' ? (new Response())->withClosed() : null;
        }
    });
PHP;
$server = new MqsServer($code);
$a = MqsClient::connect($server, 'a', 5);
$a->subscribe('#', 0);
foreach (['throw', 'exit', 'array', 'topic', 'retain', 'property', 'suspend', 'fiber'] as $topic) {
    $ack = $a->publish($topic, 'x', 1);
    echo "$topic: acknowledged ", dechex($ack['code']), ', ', $a->ping()['type'] === 13 ? 'nothing came' : 'it came', "\n";
}
$a->publish('caught', 'x', 0);
echo $a->receive()['topic'], "\n";

$b = MqsClient::connect($server, 'b', 5);
$b->subscribe('#', 0);
foreach (['publish', 'kick'] as $topic) {
    $a->publish($topic, 'x', 0);
    $a->publish('behind', 'x', 0);
    foreach (['a' => $a, 'b' => $b] as $name => $client) {
        do {
            $got = $client->receive();
            echo "$name: ", $got === null ? 'closed' : ($got['type'] === 14 ? dechex($got['code']) : "{$got['topic']}={$got['message']}"), "\n";
        } while ($got && ($got['topic'] ?? '') !== 'behind');
    }
}
$b = MqsClient::connect($server, 'b', 5);
$b->subscribe('#', 0);
$a->publish('close', 'x', 0);
echo 'a: ', $a->receive()['topic'], "\n";
echo 'b: ', $b->receive()['topic'], ' ', dechex($b->receive()['code']), "\n";
$server->stop();
echo preg_replace(['~in \S+:\d+~', '~(127.0.0.1):\d+~'], ['in %s:%d', '$1:%d'], $server->said());
?>
--EXPECT--
throw: acknowledged 0, nothing came
exit: acknowledged 0, nothing came
array: acknowledged 0, nothing came
topic: acknowledged 0, nothing came
retain: acknowledged 0, nothing came
property: acknowledged 0, nothing came
suspend: acknowledged 0, nothing came
fiber: acknowledged 0, nothing came
caught
a: publish=x
a: from/handler=to a
a: from/handler=to b
a: behind=x
b: publish=x
b: from/handler=to a
b: from/handler=to b
b: behind=x
a: kick=x
a: behind=x
b: 97
b: closed
a: close
b: close 98
[ERROR] handler closure at server.php:7 threw LogicException: handler in %s:%d (client "a")
[ERROR] handler closure at server.php:7 called exit() (client "a")
[ERROR] handler closure at server.php:7 threw TypeError: Return value must be null, bool, int or a response, array returned in %s:%d (client "a")
[ERROR] handler closure at server.php:7 threw ValueError: Topic and RETAIN of a delivery cannot be changed in %s:%d (client "a")
[ERROR] handler closure at server.php:7 threw ValueError: Topic and RETAIN of a delivery cannot be changed in %s:%d (client "a")
[ERROR] a handler changed a message into one that is not valid, reason 0x83 Implementation specific error (client "a") from 127.0.0.1:%d
[ERROR] a handler of deliveries has to answer at once: it cannot wait (client "a")
[ERROR] handler closure at server.php:7 threw FiberError: Cannot suspend outside of a fiber in %s:%d (client "a")
[ERROR] a handler of deliveries has to answer at once: it cannot wait (client "a")
[ERROR] handler closure at server.php:7 threw FiberError: Cannot switch fibers in current execution context in %s:%d (client "a")
caught FiberError
start() returned
