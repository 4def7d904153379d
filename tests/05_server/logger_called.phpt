--TEST--
Log lines go to a PSR-3 logger or a callable; one that throws falls back to standard error
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$logger = 'new class { public function log($level, $message, array $context = []) { echo "psr $level: $message ", json_encode($context), "\n"; } }';
$callable = 'function (string $level, string $message, array $context) { echo "call $level: $message\n"; }';
$throws = 'function ($level, $message) { if ($level !== "info") { throw new LogicException("disk full"); } echo "fine $level: $message\n"; }';
$publishes = 'function ($level, $message) { global $server; echo "publishes $level: ", $server->publish("log", $message), "\n"; echo "$message\n"; }';
foreach ([$logger, $callable, $throws, $publishes] as $option) {
    $server = new MqsServer('$server->on("publish", fn () => throw new Exception("from a handler"));', "['logger' => $option, 'log_level' => 'info']");
    $client = MqsClient::connect($server, "evil\x7f\u{9b}\u{1b}[31mid", 5);
    echo dechex($client->publish('a', '', 1)['code']), "\n";
    $client->sendRaw("\x00\x00");
    mqs_show($client->receive());
    $server->stop();
    echo preg_replace(['/127.0.0.1:\d+/', '/^.*connection refused.*\n/m'], ['PEER', ''], $server->text());
}
?>
--EXPECT--
83
{"type":14,"code":129}
psr info: TCP Server listening at PEER []
psr error: handler closure at server.php:4 threw Exception: from a handler in server.php:4 (client "evil\x7F\xC2\x9B\x1B[31mid") {"client_id":"evil\u009b\u001b[31mid"}
psr notice: client broke the protocol: packet type 0 is reserved, reason 0x81 Malformed Packet [MQTT5 2.1.2] (client "evil\x7F\xC2\x9B\x1B[31mid") from PEER {"client_id":"evil\u009b\u001b[31mid"}
psr info: Server is stopping []
start() returned
83
{"type":14,"code":129}
call info: TCP Server listening at PEER
call error: handler closure at server.php:4 threw Exception: from a handler in server.php:4 (client "evil\x7F\xC2\x9B\x1B[31mid")
call notice: client broke the protocol: packet type 0 is reserved, reason 0x81 Malformed Packet [MQTT5 2.1.2] (client "evil\x7F\xC2\x9B\x1B[31mid") from PEER
call info: Server is stopping
start() returned
83
{"type":14,"code":129}
fine info: TCP Server listening at PEER
[ERROR] handler closure at server.php:2 threw LogicException: disk full in server.php:2 (client "evil\x7F\xC2\x9B\x1B[31mid")
[ERROR] handler closure at server.php:4 threw Exception: from a handler in server.php:4 (client "evil\x7F\xC2\x9B\x1B[31mid")
[ERROR] handler closure at server.php:2 threw LogicException: disk full in server.php:2 (client "evil\x7F\xC2\x9B\x1B[31mid")
[NOTICE] client broke the protocol: packet type 0 is reserved, reason 0x81 Malformed Packet [MQTT5 2.1.2] (client "evil\x7F\xC2\x9B\x1B[31mid") from PEER
fine info: Server is stopping
start() returned
83
{"type":14,"code":129}
publishes info: 0
TCP Server listening at PEER
publishes error: 0
handler closure at server.php:4 threw Exception: from a handler in server.php:4 (client "evil\x7F\xC2\x9B\x1B[31mid")
publishes notice: 0
client broke the protocol: packet type 0 is reserved, reason 0x81 Malformed Packet [MQTT5 2.1.2] (client "evil\x7F\xC2\x9B\x1B[31mid") from PEER
publishes info: 0
Server is stopping
start() returned
