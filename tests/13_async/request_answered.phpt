--TEST--
Server::request(): a device of MQTT 5 answers, others are not heard; one of MQTT 3.1.1 answers at a topic of its own
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/async.inc';

/* Each message to "ask" is a request to the device, in the handler of whoever publishes it. */
$server = new MqsServer(<<<'PHP'
$server->on('publish', function ($packet) use ($server) {
    if ($packet->getTopic() !== 'ask') {
        return null;
    }
    $order = json_decode($packet->getPayload(), true);
    try {
        $answer = $server->request($order['to'], $order['say'] ?? '', ...$order['more'] ?? []);
        echo 'answer ', json_encode([$answer->getPayload(), $answer->getQos(), $answer->getProperty('content_type')]), ' at ',
            str_starts_with($answer->getTopic(), '$mqs/reply/') ? 'ours' : $answer->getTopic(), "\n";
    } catch (Throwable $error) {
        echo get_class($error), ': ', $error->getMessage(), "\n";
    }
});
PHP);
$asker = MqsClient::connect($server, 'asker', 5);
$device = MqsClient::connect($server, 'device', 5);
$device->subscribe('device/1/#', 1);
function ask(array $order): void
{
    $GLOBALS['asker']->publish('ask', json_encode($order));
}
function told(): void
{
    echo $GLOBALS['server']->expect('/^(answer|\w+(?:\\\\\w+)*: ).*$/')[0], "\n";
}

echo "--- MQTT 5\n";
ask(['to' => 'device/1/get', 'say' => 'temperature', 'more' => ['properties' => ['content_type' => 'x', 'user' => 'me']]]);
$request = $device->receive();
echo $request['topic'], ' ', $request['message'], ' ', $request['qos'], ' ', $request['properties']['content_type'], ' ',
    $request['properties']['user'], ' ', strlen($request['properties']['correlation_data']), ' ',
    preg_match('~^\$mqs/reply/[0-9a-f]{16}$~', $request['properties']['response_topic']), "\n";
$reply = $request['properties']['response_topic'];
$key = $request['properties']['correlation_data'];
$device->publish($reply, 'no key');
$device->publish($reply, 'another key', 0, 0, ['correlation_data' => strrev($key)]);
$device->publish($reply, 'half a key', 0, 0, ['correlation_data' => substr($key, 0, 8)]);
echo $device->publish($reply, '21.5', 1, 0, ['correlation_data' => $key, 'content_type' => 'text/plain'])['code'], "\n";
told();
echo $device->publish($reply, 'again', 1, 0, ['correlation_data' => $key])['code'], "\n";

echo "--- several at a time, answered in another order\n";
$askers = [];
for ($i = 0; $i < 3; $i++) {
    $askers[$i] = MqsClient::connect($server, "asker $i", 5);
    $askers[$i]->publish('ask', json_encode(['to' => 'device/1/get', 'say' => "$i", 'more' => ['qos' => 0]]));
    $requests[$i] = $device->receive();
}
foreach ([2, 0, 1] as $i) {
    $properties = $requests[$i]['properties'];
    $device->publish($properties['response_topic'], "to $i", 0, 0, ['correlation_data' => $properties['correlation_data']]);
    told();
}

echo "--- nobody else hears the answers\n";
$spy = MqsClient::connect($server, 'spy', 5);
echo json_encode($spy->subscribe(['$mqs/#' => 1, '$mqs/reply/+' => 1, '$share/g/$mqs/#' => 0, '#' => 0])['codes']), "\n";

$spy->unsubscribe('#');

echo "--- no answer\n";
ask(['to' => 'device/1/get', 'more' => ['timeout' => 0.01]]);
$device->receive();
told();
ask(['to' => 'device/2/get']);
told();

echo "--- MQTT 3.1.1\n";
$old = MqsClient::connect($server, 'old', 4);
$old->subscribe('device/3/get', 0);
ask(['to' => 'device/3/get', 'say' => 'x', 'more' => ['properties' => ['response_topic' => 'device/3/value']]]);
echo $old->receive()['message'], "\n";
$old->publish('device/3/value', 'from 3.1.1');
told();

echo "--- wrong values\n";
ask(['to' => 'a/+']);
told();
ask(['to' => 'a', 'more' => ['qos' => 3]]);
told();
ask(['to' => 'a', 'more' => ['timeout' => -1]]);
told();
ask(['to' => 'a', 'more' => ['properties' => ['correlation_data' => 'mine']]]);
told();
ask(['to' => 'a', 'more' => ['properties' => ['response_topic' => 'b/#']]]);
told();
ask(['to' => 'a', 'more' => ['properties' => ['nonsense' => 1, 'topic_alias' => 1]]]);
told();
echo $server->stop(), "\n";
?>
--EXPECT--
--- MQTT 5
device/1/get temperature 1 x me 16 1
0
answer ["21.5",1,"text\/plain"] at ours
0
--- several at a time, answered in another order
answer ["to 2",0,null] at ours
answer ["to 0",0,null] at ours
answer ["to 1",0,null] at ours
--- nobody else hears the answers
[135,135,135,0]
--- no answer
MqttServer\Exception\TimeoutException: No answer to the request at "device/1/get" within 0.01 s
MqttServer\Exception\MqttException: Nobody subscribes to "device/2/get": no answer can come
--- MQTT 3.1.1
x
answer ["from 3.1.1",0,null] at device/3/value
--- wrong values
ValueError: MqttServer\Server::request(): Argument #1 ($topic) must be a topic name: UTF-8, not empty, without wildcards, at most 65535 bytes and 200 levels
ValueError: MqttServer\Server::request(): Argument #4 ($qos) must be 0, 1 or 2
ValueError: MqttServer\Server::request(): Argument #3 ($timeout) must be between 0 and 31536000 seconds
ValueError: MqttServer\Server::request(): Argument #5 ($properties) must not have "correlation_data": that is made for each request
ValueError: properties["response_topic"] must not contain wildcards
TypeError: properties["nonsense"] must be of type string, int given
0
