--TEST--
What a handler says after a wait reaches the client, also when other handlers answer something meanwhile
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
use MqttServer\Message\Response;
use function MqttServer\Async\delay;
$server->on('connect', function () {
    delay(0.001);
    return (new Response())->withReasonString('come in');
});
/* The second connection ends the first: this one is asked between the decision about the second and its CONNACK. */
$server->on('close', fn () => (new Response())->withReasonString('closed, which nobody is told'));
PHP);
foreach ([1, 2] as $number) {
    $clients[] = $client = MqsClient::connect($server, 'a', 5);
    echo $client->connack['properties']['reason_string'], "\n";
}
$server->stop();
echo $server->said();
?>
--EXPECT--
come in
come in
start() returned
