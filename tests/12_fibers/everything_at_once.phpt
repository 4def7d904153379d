--TEST--
Clients and handlers that do everything at once: nothing breaks, and the server stops in order
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

/* What happens when is up to the machine; memory checkers, and the checks of the build with assertions, see all of it. */
$server = new MqsServer(<<<'PHP'
use MqttServer\Annotation\MQTTPublish;
use MqttServer\Async\Queue;
use MqttServer\Exception\MqttException;
use MqttServer\Message\Response;
use function MqttServer\Async\async;
use function MqttServer\Async\delay;

mt_srand(5);
$queue = new Queue(3);
function anything(): void
{
    global $queue, $server;
    try {
        match (mt_rand(0, 12)) {
            0 => delay(0),
            1 => delay(mt_rand(0, 30) / 1000),
            2 => async(fn () => delay(0.003)),
            3 => $queue->push('x'),
            4 => $queue->pop(0.01),
            5 => $server->next('t/#', 0.005),
            6 => $server->request('t/1', 'q', 0.005),
            7 => $server->publish('t/' . mt_rand(0, 3), 'from a handler', mt_rand(0, 2), (bool) mt_rand(0, 1)),
            8 => ($server->clients() ?: [null])[0]?->disconnect(),
            9 => (new Fiber(fn () => delay(0.002)))->start(),
            10 => $timer = $server->every(0.001, function () use (&$timer, $server) {
                $server->cancelTimer($timer);
                delay(0.001);
            }),
            11 => throw new Exception('refused'),
            default => null,
        };
    } catch (MqttException) {
        mt_rand(0, 3) || delay(0.01);
    }
}
class Publishes
{
    #[MQTTPublish(concurrency: 3)]
    public function before($request, Response $response): Response
    {
        static $calls = 0;
        if ($calls++ === 0) {
            throw new Exception('the first');
        }
        anything();
        return mt_rand(0, 1) ? $response->withReasonString('before')->withPayload(str_repeat('p', mt_rand(0, 2000))) : $response;
    }
    #[MQTTPublish(priority: -1, concurrency: 3)]
    public function after($request, Response $response): Response
    {
        anything();
        return $response->withReasonString('after');
    }
}
$server = new MqttServer\Server($options);
$server->addHandler(Publishes::class);
foreach (['connect', 'subscribe', 'unsubscribe', 'pingreq', 'disconnect', 'close'] as $event) {
    $server->on($event, function () {
        mt_rand(0, 2) || anything();
        return mt_rand(0, 2) ? null : (new Response())->withReasonString(str_repeat('z', mt_rand(1, 80)));
    });
}
$server->on('deliver', fn () => [null, false, (new Response())->withPayload('changed')][mt_rand(0, 2)]);
PHP, "['shutdown_grace_ms' => 200, 'decision_timeout_ms' => 20, 'max_fibers' => 6, 'max_pending_decisions' => 12, 'max_held_bytes' => 1024]");

mt_srand(7);
$clients = [];
function act(array &$clients): void
{
    global $server;
    $who = mt_rand(0, 9);
    if (!isset($clients[$who]) || mt_rand(0, 25) === 0) {
        if (isset($clients[$who])) {
            mt_rand(0, 1) ? $clients[$who]->disconnect() : $clients[$who]->close();
        }
        $clients[$who] = new MqsClient($server->port, 5);
        $clients[$who]->send(['type' => 1, 'protocol_name' => 'MQTT', 'protocol_level' => 5, 'clean_session' => mt_rand(0, 1),
            'keep_alive' => 60, 'client_id' => 'c' . mt_rand(0, 7), 'properties' => ['session_expiry_interval' => 100],
            'will' => ['topic' => 't/1', 'message' => 'will', 'qos' => 1, 'retain' => 0]]);
        return;
    }
    $client = $clients[$who];
    $filter = ['t/' . mt_rand(0, 3), '#', '$share/g/t/+'][mt_rand(0, 2)];
    match (mt_rand(0, 6)) {
        0, 1 => $client->send(['type' => 8, 'message_id' => mt_rand(1, 60000), 'topics' => [$filter =>
            ['qos' => mt_rand(0, 2), 'no_local' => false, 'retain_as_published' => false, 'retain_handling' => 0]]]),
        2 => $client->send(['type' => 12]),
        3 => $client->send(['type' => 10, 'message_id' => mt_rand(1, 60000), 'topics' => [$filter]]),
        default => $client->sendRaw(implode('', array_map(fn () => MqttServer\Codec::pack(['type' => 3, 'dup' => 0,
            'qos' => 1, 'retain' => 0, 'topic' => 't/' . mt_rand(0, 3), 'message' => str_repeat('m', mt_rand(0, 300)),
            'message_id' => mt_rand(1, 60000)], 5), range(1, mt_rand(1, 6))))),
    };
    while (($bytes = fread($client->socket, 65536)) !== '' && $bytes !== false) {
        /* nobody looks at it */
    }
    if (feof($client->socket)) {
        $client->close();
        unset($clients[$who]);
    }
}
for ($i = 0; $i < 400; $i++) {
    @act($clients);
}
/* On a busy machine the server may not have begun yet. */
echo $server->expect('/threw Exception: the first/')[0], "\n";
echo $server->stop(), "\n";
echo preg_replace('/^\[[A-Z]+\] .*\n/m', '', $server->text());
?>
--EXPECT--
threw Exception: the first
0
start() returned
