--TEST--
Anonymous clients: loopback yes, elsewhere only by option or when a CONNECT handler looks
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

foreach ([
    ['127.0.0.1', 'null', ''],
    ['127.0.0.1', 'false', ''],
    ['0.0.0.0', 'null', ''],
    ['0.0.0.0', 'true', ''],
    ['0.0.0.0', 'null', '$server->on("connect", fn () => null);'],
    ['0.0.0.0', 'false', '$server->on("connect", fn () => null);'],
] as [$host, $allow, $code]) {
    $server = new MqsServer($code, "['host' => '$host', 'allow_anonymous' => $allow]");
    echo "$host $allow ", $code ? 'handler' : 'no handler', ': ', MqsClient::connect($server, 'c')->connack['code'], "\n";
    $server->stop();
    echo preg_replace(['/:\d{2,}/', '/start.. returned\n/'], [':PORT', ''], $server->said());
}
?>
--EXPECT--
127.0.0.1 null no handler: 0
127.0.0.1 false no handler: 5
[WARNING] Every client is refused at 127.0.0.1:PORT: register a CONNECT or AUTH handler, or set the option allow_anonymous
0.0.0.0 null no handler: 5
[WARNING] Every client is refused at 0.0.0.0:PORT: register a CONNECT or AUTH handler, or set the option allow_anonymous
0.0.0.0 true no handler: 0
0.0.0.0 null handler: 0
0.0.0.0 false handler: 0
