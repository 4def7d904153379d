--TEST--
PHP's memory is at its limit when a fiber is to begin: that ends the server as any fatal error does
--EXTENSIONS--
mqtt_server
--SKIPIF--
<?php
if (getenv('USE_ZEND_ALLOC') === '0' || getenv('MQS_TEST_SLOW')) {
    die('skip memory checkers have no memory limit, and report what PHP itself leaves behind after a fatal error');
}
?>
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

/* The stack of each fiber takes some of it. */
$code = <<<'PHP'
use function MqttServer\Async\{async, delay};
$server->on('publish', function ($packet) {
    for ($i = 0; $i < (int) $packet->getPayload(); $i++) {
        async(fn () => delay(1000));
    }
    delay(1000);
});
$server->on('close', fn () => delay(1000));
$server->on('disconnect', function () { echo "not after a fatal error\n"; });
register_shutdown_function(function () { echo "the end\n"; });
PHP;
foreach (['tasks' => 1, 'handlers' => 600] as $what => $count) {
    $server = new MqsServer($code, '[]', ['memory_limit=8M']);
    $clients = [];
    try {
        for ($i = 0; $i < $count; $i++) {
            $clients[$i] = @MqsClient::connect($server, "c$i", 5);
            @$clients[$i]->publish('t', $what === 'tasks' ? '5000' : '0');
        }
    } catch (Throwable) {
        /* the server has ended */
    }
    echo "$what: exit code ", $server->wait(), preg_replace(['/^\[ERROR\] .* ended the server/m', '/ in \S+/', '/\d{2,}/', '/ \(client.*/'],
        ['somebody ended the server', '', 'N', ''], $server->said()), "\n";
}
?>
--EXPECT--
tasks: exit code 255
Fatal error: Allowed memory size of N bytes exhausted (tried to allocate N bytes) on line N
somebody ended the server by a fatal error: Allowed memory size of N bytes exhausted (tried to allocate N bytes)
the end

handlers: exit code 255
Fatal error: Allowed memory size of N bytes exhausted (tried to allocate N bytes) on line N
somebody ended the server by a fatal error: Allowed memory size of N bytes exhausted (tried to allocate N bytes)
the end
