--TEST--
What stands for a packet at the end of a connection has the reason, and nothing of the packets before
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$code = <<<'PHP'
$server->on('publish', fn () => null);
$server->on('close', function ($packet, $client) use (&$kept) {
    echo json_encode([$client->id() > 0, $packet->toArray(), $packet->getProperties(), $packet->getUserProperties(),
        $packet->getProperty('reason_string'), $packet->getReasonCode(), $packet->getTypeName()]), "\n";
    $kept = $packet;
});
/* Memory that is used again is not empty. */
$used = [];
for ($i = 0; $i < 2000; $i++) {
    $used[] = str_repeat("\xff", 990);
}
$used = null;
register_shutdown_function(function () use (&$kept) {
    echo json_encode([$kept->toArray(), $kept->getProperties()]), "\n";
});
PHP;
foreach (['true', 'false'] as $fibers) {
    echo "fibers: $fibers\n";
    $server = new MqsServer($code, '["fibers" => ' . $fibers . ']');
    for ($i = 0; $i < 2; $i++) {
        $client = MqsClient::connect($server, "c$i", 5);
        $client->publish(str_repeat('long/', 50), str_repeat('payload', 500), 1, 0,
            ['user_properties' => [['one', 'two'], ['three', 'four']], 'content_type' => str_repeat('text', 50)]);
        $client->close();
        $server->expect('/^\[true/');
    }
    $server->stop();
    echo $server->said();
}
?>
--EXPECT--
fibers: true
[true,{"type":14,"code":128},[],[],null,128,"DISCONNECT"]
[true,{"type":14,"code":128},[],[],null,128,"DISCONNECT"]
start() returned
[{"type":14,"code":128},[]]
fibers: false
[true,{"type":14,"code":128},[],[],null,128,"DISCONNECT"]
[true,{"type":14,"code":128},[],[],null,128,"DISCONNECT"]
start() returned
[{"type":14,"code":128},[]]
