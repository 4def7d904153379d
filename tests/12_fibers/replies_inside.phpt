--TEST--
A reply stays whole when the broker asks about something else before it has left
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$code = <<<'PHP'
class Leaving
{
    public function __construct(private Closure $then) {}
    public function __destruct() { ($this->then)(); }
}
final class Handlers
{
    public function __construct(private $server, private bool $waits) {}

    #[MqttServer\Annotation\MQTTConnect]
    public function connect($request, $response)
    {
        if ($request->getParsedBody()['client_id'] !== 'twice') {
            return $response;
        }
        if ($this->waits) {
            MqttServer\Async\delay(0.001);
        }
        return $response->withReasonString('outer reason: ' . str_repeat('o', 50))->withUserProperty('from', 'outer connect');
    }

    #[MqttServer\Annotation\MQTTPublish]
    public function publish($request, $response)
    {
        if ($request->getParsedBody()['topic'] === 'end') {
            ob_end_clean();
            return $response;
        }
        $within = fn () => $this->server->publish('inner', 'as it was');
        if ($request->getParsedBody()['topic'] === 'buffer') {
            ob_start(function (string $text) use ($within) {
                $within();
                return $text;
            });
        } else {
            $response = $response->withAttribute('leaving', new Leaving($within));
        }
        return $response->withTopic('outer')->withPayload('outer payload: ' . str_repeat('o', 50))
            ->withUserProperty('from', 'outer publish')->withReasonString('outer reason: ' . str_repeat('o', 50));
    }

    #[MqttServer\Annotation\MQTTDeliver]
    public function deliver($request, $response)
    {
        if ($request->getParsedBody()['topic'] !== 'inner') {
            return $response;
        }
        return $response->withPayload('inner payload: ' . str_repeat('i', 50))->withUserProperty('from', 'inner deliver');
    }

    /* Told while the second connection of its client is being let in. */
    #[MqttServer\Annotation\MQTTClose]
    public function close($request, $response)
    {
        return $response->withReasonString('inner reason: ' . str_repeat('i', 50))->withUserProperty('from', 'inner close');
    }
}
$server->addHandler(new Handlers($server, $options['fibers']));
PHP;
foreach (['true', 'false'] as $fibers) {
    echo "fibers: $fibers\n";
    $server = new MqsServer($code, '["fibers" => ' . $fibers . ']');
    $reader = MqsClient::connect($server, 'reader', 5);
    $reader->subscribe(['outer' => 0, 'inner' => 0]);
    $client = MqsClient::connect($server, 'a', 5);
    foreach (['destructor', 'buffer'] as $topic) {
        $client->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => $topic, 'message' => '', 'message_id' => 1]);
        mqs_show($client->receive());
        mqs_show($reader->receive());
        mqs_show($reader->receive());
    }
    $client->publish('end', '', 1);
    $twice = MqsClient::connect($server, 'twice', 5);
    $again = MqsClient::connect($server, 'twice', 5);
    $properties = $again->connack['properties'];
    echo $properties['reason_string'], ' ', $properties['from'], "\n";
    $server->stop();
    echo $server->said();
}
?>
--EXPECT--
fibers: true
{"type":4,"message_id":1,"code":0,"properties":{"reason_string":"outer reason: oooooooooooooooooooooooooooooooooooooooooooooooooo"}}
{"type":3,"dup":0,"qos":0,"retain":0,"topic":"inner","properties":{"from":"inner deliver"},"message":"inner payload: iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii"}
{"type":3,"dup":0,"qos":0,"retain":0,"topic":"outer","properties":{"from":"outer publish"},"message":"outer payload: oooooooooooooooooooooooooooooooooooooooooooooooooo"}
{"type":4,"message_id":1,"code":0,"properties":{"reason_string":"outer reason: oooooooooooooooooooooooooooooooooooooooooooooooooo"}}
{"type":3,"dup":0,"qos":0,"retain":0,"topic":"inner","properties":{"from":"inner deliver"},"message":"inner payload: iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii"}
{"type":3,"dup":0,"qos":0,"retain":0,"topic":"outer","properties":{"from":"outer publish"},"message":"outer payload: oooooooooooooooooooooooooooooooooooooooooooooooooo"}
outer reason: oooooooooooooooooooooooooooooooooooooooooooooooooo outer connect
start() returned
fibers: false
{"type":4,"message_id":1,"code":0,"properties":{"reason_string":"outer reason: oooooooooooooooooooooooooooooooooooooooooooooooooo"}}
{"type":3,"dup":0,"qos":0,"retain":0,"topic":"inner","properties":{"from":"inner deliver"},"message":"inner payload: iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii"}
{"type":3,"dup":0,"qos":0,"retain":0,"topic":"outer","properties":{"from":"outer publish"},"message":"outer payload: oooooooooooooooooooooooooooooooooooooooooooooooooo"}
{"type":4,"message_id":1,"code":0,"properties":{"reason_string":"outer reason: oooooooooooooooooooooooooooooooooooooooooooooooooo"}}
{"type":3,"dup":0,"qos":0,"retain":0,"topic":"inner","properties":{"from":"inner deliver"},"message":"inner payload: iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii"}
{"type":3,"dup":0,"qos":0,"retain":0,"topic":"outer","properties":{"from":"outer publish"},"message":"outer payload: oooooooooooooooooooooooooooooooooooooooooooooooooo"}
outer reason: oooooooooooooooooooooooooooooooooooooooooooooooooo outer connect
start() returned
