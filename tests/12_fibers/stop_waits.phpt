--TEST--
A stop waits for handlers, cancels what is left after the grace period, and destroys what still goes on
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

/* A handler that is done in time: the acknowledgement comes before the good-bye. */
$server = new MqsServer(<<<'PHP'
use function MqttServer\Async\{async, delay};
$server->on('publish', function ($packet) use ($server) {
    if ($packet->getTopic() === 'background') {
        async(function () {
            try {
                for (;;) {
                    delay(1);
                }
            } catch (MqttServer\Exception\CancelledException $e) {
                echo 'background: ', $e->getMessage(), "\n";
            }
        });
        return;
    }
    echo "waits\n";
    while (!$GLOBALS['stopping']) {
        delay(0.005);
    }
    delay(0.05);
    echo "is done\n";
});
$server->on('close', function () {
    delay(0.01);
    echo "closed\n";
});
PHP, '["logger" => function ($level, $message) { $GLOBALS["stopping"] = $message === "Server is stopping"; $level === "info" || $level === "debug" || print("$message\n"); if (str_contains($message, "listening")) { echo "$message\n"; } }]');
$client = MqsClient::connect($server, 'a', 5);
$client->publish('background', '');
$client->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => 't', 'message' => '', 'message_id' => 1]);
$client->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => 'behind it', 'message' => '', 'message_id' => 2]);
$server->expect('/^waits/');
$server->signal(15);
mqs_show($client->receive());
mqs_show($client->receive());
mqs_show($client->receive());
echo 'exit code ', $server->wait(), "\n";
echo preg_replace('/.*listening.*\n/', '', $server->said()), "\n";

/* One that is not, one that catches its cancellation and waits again, one that nobody knows how to wake. */
$server = new MqsServer(<<<'PHP'
use MqttServer\Async\Deferred;
$kept = [];
$server->on('publish', function ($packet) use (&$kept) {
    $topic = $packet->getTopic();
    echo "$topic waits\n";
    try {
        if ($topic === 'stubborn') {
            try {
                ($kept[] = new Deferred())->getFuture()->await();
            } catch (MqttServer\Exception\CancelledException $e) {
                echo "stubborn: {$e->getMessage()}\n";
            }
            ($kept[] = new Deferred())->getFuture()->await();
        } elseif ($topic === 'raw') {
            $kept[] = Fiber::getCurrent();
            Fiber::suspend();
        } else {
            ($kept[] = new Deferred())->getFuture()->await();
        }
        echo "never\n";
    } finally {
        echo "$topic cleans up\n";
    }
});
PHP, '["shutdown_grace_ms" => 100]');
foreach (['plain', 'stubborn', 'raw'] as $topic) {
    $clients[$topic] = MqsClient::connect($server, $topic, 5);
    $clients[$topic]->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => $topic, 'message' => '', 'message_id' => 1]);
    $server->expect("/^$topic waits/");
}
echo 'exit code ', $server->stop(), "\n";
$lines = explode("\n", $server->said());
sort($lines);
echo implode("\n", $lines), "\n";
?>
--EXPECT--
{"type":4,"message_id":1,"code":16}
{"type":4,"message_id":2,"code":16}
{"type":14,"code":139}
exit code 0
waits
is done
waits
is done
background: The server is stopping
closed
start() returned

exit code 0

[ERROR] handler closure at server.php:6 threw MqttServer\Exception\CancelledException: The server is stopping in server.php:19 (client "raw")
[ERROR] handler closure at server.php:6 threw MqttServer\Exception\CancelledException: The server is stopping in server.php:21 (client "plain")
plain cleans up
plain waits
raw cleans up
raw waits
start() returned
stubborn cleans up
stubborn waits
stubborn: The server is stopping
