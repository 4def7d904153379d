--TEST--
How deep a topic a response may name is the server's option
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

foreach ([200, 300] as $levels) {
    $server = new MqsServer(<<<'PHP'
class Deeper
{
    #[MqttServer\Annotation\MQTTPublish]
    public function publish($request, $response)
    {
        return $response->withTopic(str_repeat('a/', 299) . 'a');
    }
}
$server->addHandler(Deeper::class);
PHP, "['max_topic_levels' => $levels]");
    $client = MqsClient::connect($server, 'c', 5);
    echo "$levels: ", $client->publish('x', 'deep', 1)['code'], "\n";
    $server->stop();
    echo $server->said();
}
?>
--EXPECTF--
200: 131
[ERROR] handler Deeper::publish threw ValueError: Topic of a response must be a topic name of at most 200 levels in server.php:%d (client "c")
start() returned
300: 16
start() returned
