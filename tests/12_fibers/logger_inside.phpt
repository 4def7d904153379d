--TEST--
What a handler said stays whole when the logger makes the broker ask about something else before it has left
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$code = <<<'PHP'
final class Handlers
{
    #[MqttServer\Annotation\MQTTPublish]
    public function publish($request, $response)
    {
        /* More properties than the broker takes: it logs that, and then makes the reply. */
        for ($i = 0; $i < 400; $i++) {
            $response = $response->withUserProperty("name $i", 'value');
        }
        return $response->withReasonString('outer reason: ' . str_repeat('o', 50));
    }

    #[MqttServer\Annotation\MQTTDeliver]
    public function deliver($request, $response)
    {
        return $response->withPayload('changed')->withReasonString('inner reason');
    }
}
$options['logger'] = function ($level, $text) use (&$server) {
    if ($level === 'error') {
        echo preg_replace('/, .*/', '', $text), "\n";
        $server->publish('inner', 'as it was');
    } elseif (str_contains($text, 'listening')) {
        echo "$text\n";
    }
};
$server = new MqttServer\Server($options);
$server->addHandler(new Handlers());
PHP;
foreach (['true', 'false'] as $fibers) {
    echo "fibers: $fibers\n";
    $server = new MqsServer($code, '["fibers" => ' . $fibers . ']');
    $reader = MqsClient::connect($server, 'reader', 5);
    $reader->subscribe('inner');
    $client = MqsClient::connect($server, 'a', 5);
    $client->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => 'outer', 'message' => '', 'message_id' => 1]);
    mqs_show($client->receive());
    mqs_show($reader->receive());
    $server->stop();
    echo preg_replace('/.*listening.*\n/', '', $server->said()), "\n";
}
?>
--EXPECT--
fibers: true
{"type":4,"message_id":1,"code":131,"properties":{"reason_string":"outer reason: oooooooooooooooooooooooooooooooooooooooooooooooooo"}}
{"type":3,"dup":0,"qos":0,"retain":0,"topic":"inner","message":"changed"}
a handler changed a message into one that is not valid
start() returned

fibers: false
{"type":4,"message_id":1,"code":131,"properties":{"reason_string":"outer reason: oooooooooooooooooooooooooooooooooooooooooooooooooo"}}
{"type":3,"dup":0,"qos":0,"retain":0,"topic":"inner","message":"changed"}
a handler changed a message into one that is not valid
start() returned
