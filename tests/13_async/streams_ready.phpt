--TEST--
readable() and writable(): pipes, sockets, files, several who wait, what is closed or broken
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/async.inc';

use function MqttServer\Async\{async, await, delay, readable, writable};

run_in_server(function ($server) {
    [$a, $b] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
    async(function () use ($b) {
        delay(0.002);
        fwrite($b, "one\ntwo\n");
    });
    writable($a);
    thrown(fn () => readable($a, 0.001));
    readable($a);
    echo fgets($a);
    readable($a); /* PHP has read this already */
    echo fgets($a);
    var_dump(stream_get_meta_data($a)['blocked']);

    echo "--- several wait for the same\n";
    $both = async(fn () => await([fn () => readable($a), fn () => readable($a), fn () => writable($a)]));
    delay(0.001);
    fwrite($b, 'x');
    var_dump(count($both->await()));
    fread($a, 1);

    echo "--- full, then empty\n";
    stream_set_blocking($a, false);
    do {
        $count = @fwrite($a, str_repeat('x', 65536));
    } while ($count);
    thrown(fn () => writable($a, 0.001));
    $room = async(fn () => writable($a, 10));
    while (!$room->isComplete()) {
        readable($b);
        fread($b, 65536);
        delay(0);
    }
    $room->await();

    echo "--- the end\n";
    fclose($b);
    readable($a);
    while (!feof($a)) {
        fread($a, 65536);
    }
    writable($a);
    echo "the other side is gone\n";
    fclose($a);

    echo "--- the broker itself, asked by a handler\n";
    $client = stream_socket_client('tcp://127.0.0.1:' . $server->port());
    fwrite($client, MqttServer\Codec::pack(['type' => 1, 'protocol_name' => 'MQTT', 'protocol_level' => 4,
        'clean_session' => 1, 'keep_alive' => 0, 'client_id' => 'inner'], 4));
    readable($client, 10);
    echo bin2hex(fread($client, 100)), "\n";

    echo "--- files are always ready\n";
    $file = fopen(__FILE__, 'r');
    readable($file, 0.0);
    echo fgets($file);

    echo "--- a Socket object\n";
    if (!extension_loaded('sockets')) {
        echo "from a socket\n";
    } elseif (socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair)) {
        async(function () use ($pair) {
            delay(0.001);
            socket_write($pair[1], 'from a socket');
        });
        readable($pair[0], 10);
        echo socket_read($pair[0], 100), "\n";
    }

    echo "--- closed by somebody else, its number used again\n";
    [$a, $b] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
    $lost = async(fn () => readable($a, 0.01));
    delay(0.001);
    fclose($a);
    [$c, $d] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
    fwrite($d, 'new');
    readable($c, 10);
    echo fread($c, 10), "\n";
    thrown(fn () => $lost->await());

    echo "--- no streams\n";
    thrown(fn () => readable($a));
    thrown(fn () => readable('php://stdin'));
    thrown(fn () => readable(fopen('php://memory', 'r')));
    thrown(fn () => writable(new stdClass()));
    thrown(fn () => readable($c, -1));
});
?>
--EXPECT--
MqttServer\Exception\TimeoutException: Nothing to read within 0.001 s
one
two
bool(true)
--- several wait for the same
int(3)
--- full, then empty
MqttServer\Exception\TimeoutException: Nothing could be written within 0.001 s
--- the end
the other side is gone
--- the broker itself, asked by a handler
20020000
--- files are always ready
<?php
--- a Socket object
from a socket
--- closed by somebody else, its number used again
new
MqttServer\Exception\TimeoutException: Nothing to read within 0.01 s
--- no streams
TypeError: MqttServer\Async\readable(): supplied resource is not a valid stream resource
TypeError: MqttServer\Async\readable(): supplied argument is not a valid stream resource
ValueError: MqttServer\Async\readable(): Argument #1 ($stream) must be a stream that has a descriptor to wait for
TypeError: MqttServer\Async\writable(): supplied argument is not a valid stream resource
ValueError: MqttServer\Async\readable(): Argument #2 ($timeout) must be between 0 and 31536000 seconds
