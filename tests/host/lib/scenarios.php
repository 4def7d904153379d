<?php
/* SPDX-License-Identifier: MIT
 *
 * tests/host/lib/scenarios.php - what is played on the double and on the real host: name => [mode, settings, events, script].
 */
declare(strict_types=1);

$all = ['start', 'managerStart', 'workerStart', 'connect', 'receive', 'close', 'workerExit', 'workerStop', 'managerStop',
    'shutdown', 'beforeShutdown', 'pipeMessage', 'workerError', 'beforeReload', 'afterReload'];
/* With several workers it is chance which of them these two are told to. */
$several = array_values(array_diff($all, ['start', 'beforeShutdown']));
$buffers = [...$all, 'bufferFull', 'bufferEmpty'];
$tasks = [...$all, 'task', 'finish'];
$packet = static fn (string $body): string => chr(0x30) . match (true) {
    strlen($body) < 128 => chr(strlen($body)),
    default => chr(strlen($body) % 128 | 128) . chr(intdiv(strlen($body), 128)),
} . $body;

$one = static fn (bool $process) => static function (Driver $d) use ($process): void {
    $d->connect('a');
    $d->command('a', ['infokeys', '@']);
    foreach ([['exist', '@'], ['exist', 9999], ['exist', 0], ['exist', -1], ['info', '@'], ['info', 9999], ['info', 0]] as $command) {
        $d->command('a', $command);
    }
    $d->command('a', ['send', '@', "hello\n"]);
    $d->line('a');
    foreach ([['send', 9999, 'x'], ['send', 0, 'x'], ['send', -1, 'x'], ['send', '@', ''], ['close', 9999], ['late']] as $command) {
        $d->command('a', $command);
    }
    $d->command('a', ['connections']);
    /* Closed by the server, from within its own receive. */
    $d->connect('b');
    $d->raw('b', "[\"close\",\"@\"]\n[\"exist\",\"@\"]\n"
        /* Behind a master it is chance whether it has closed the socket by now. */
        . ($process ? '' : "[\"info\",\"@\"]\n[\"close\",\"@\"]\n[\"send\",\"@\",\"x\"]\n"));
    $d->wait('receive ends');
    $d->end('b');
    /* What was sent before arrives. */
    $d->connect('c');
    $d->raw('c', "[\"sendmuch\",3000000]\n[\"close\",\"@\"]\n[\"exist\",\"@\"]\n");
    $d->wait('receive ends');
    $d->end('c');
    /* Closed by the peer: in order, by half, without data, by reset. */
    $d->connect('d');
    $d->command('d', ['say', "pong\n"]);
    $d->line('d');
    $d->close('d');
    $d->connect('e');
    $d->close('e');
    $d->connect('f');
    $d->drop('f', true);
    $d->wait('close ends', fn ($note) => true);
    /* Data, and the end right behind it. */
    $d->connect('i');
    $d->raw('i', '["exist",9999]' . "\n");
    $d->drop('i');
    $d->wait('close ends');
    /* A receive that sleeps does not hold up the next one, nor the close. */
    $d->connect('g');
    $d->command('g', ['sleep', 150], 'receive');
    $d->raw('g', '["say","meanwhile\\n"]' . "\n");
    $d->line('g');
    $d->wait('slept');
    $d->connect('h');
    $d->command('h', ['sleep', 100], 'receive');
    $d->close('h');
    $d->wait('slept');
    $d->command('a', ['exist', $d->fd('h')]);
};

$calls = static function (Driver $d): void {
    $d->connect('a');
    $d->command('a', ['timers']);
    $d->wait('clear in tick');
    $d->command('a', ['events', 'stream']);
    $d->wait('del');
    $d->command('a', ['events', 'int']);
    $d->wait('del');
    $d->command('a', ['coroutines']);
    $d->close('a');
};

$cancels = static function (Driver $d): void {
    $d->connect('a');
    $d->command('a', ['cancel']);
    $d->close('a');
};

$two = static function (bool $process) {
    return static function (Driver $d) use ($process): void {
        $d->spread('a', 'b');
        $d->command('a', ['connections']);
        $d->command('a', ['exist', $d->fd('b')]);
        $d->command('a', ['info', $d->fd('b')]);
        $d->command('a', ['send', $d->fd('b'), "from another\n"]);
        $d->line('b');
        $d->command('a', ['pipe', $d->worker('B'), 'hello'], 'pipeMessage');
        $d->wait('receive ends');
        $d->command('a', ['pipe', $d->worker('B'), ['array' => [1, true, null]]], 'pipeMessage');
        $d->wait('receive ends');
        $d->command('a', ['pipe', $d->worker('B'), str_repeat('m', 50000)], 'pipeMessage');
        $d->wait('receive ends');
        $d->command('a', ['pipe', $d->worker('A'), 'self']);
        $d->command('a', ['pipe', 77, 'nobody']);
        $d->command('a', ['close', $d->fd('b')], 'close ends');
        $d->wait('receive ends');
        $d->end('b');
        $d->command('a', ['exist', $d->fd('b')]);
        $d->command('a', ['close', $d->fd('b')]);
        if (!$process) {
            $d->command('a', ['send', $d->fd('b'), 'lost']);
        }
        $d->close('a');
    };
};

$flood = static function (Driver $d): void {
    $d->narrow('a');
    $d->command('a', ['flood', 65536, 1000], 'bufferFull');
    $d->connect('b');
    $d->command('b', ['say', "goes on\n"]);
    $d->line('b');
    $d->much('a');
    $d->wait('flood');
    $d->close('a');
};

$fill = static function (Driver $d): void {
    $d->narrow('a');
    $d->command('a', ['fill', 4000], 'sent');
    $d->bytes('a', 2_000_000);
    $d->drop('a', true);
    $d->wait('close ends');
};

return [
    'base-one' => ['base', ['worker_num' => 1], $all, $one(false)],
    'base-calls' => ['base', ['worker_num' => 1], $all, $calls],
    'base-cancel' => ['base', ['worker_num' => 1], $all, $cancels],
    'base-two' => ['base', ['worker_num' => 2], $several, $two(false)],
    'process-one' => ['process', ['worker_num' => 1], $all, $one(true)],
    'process-two' => ['process', ['worker_num' => 2], $all, $two(true)],
    'base-flood' => ['base', ['worker_num' => 1, 'socket_buffer_size' => 2 << 20], $buffers, $flood],
    'base-no-yield' => ['base', ['worker_num' => 1, 'socket_buffer_size' => 2 << 20, 'send_yield' => false], $all, $fill],
    'base-no-coroutine' => ['base', ['worker_num' => 1, 'enable_coroutine' => false, 'socket_buffer_size' => 2 << 20], $all, $fill],
    'base-mqtt-protocol' => ['base', ['worker_num' => 1, 'open_mqtt_protocol' => true, 'package_max_length' => 200000], $all,
        static function (Driver $d) use ($packet): void {
            $d->connect('a');
            $d->raw('a', $packet('one') . $packet('two') . substr($packet('three'), 0, 4));
            $d->wait('receive ends');
            $d->wait('receive ends');
            $d->raw('a', substr($packet('three'), 4));
            $d->wait('receive ends');
            $d->raw('a', $packet(str_repeat('z', 10000)));
            $d->wait('receive ends');
            $d->raw('a', "\x30\xff");
            $d->raw('a', "\xff\x7f" . str_repeat('y', 100));
            $d->end('a');
            $d->wait('close ends');
        }],
    'base-throw' => ['base', ['worker_num' => 2], $several, static function (Driver $d): void {
        $d->spread('a', 'b');
        $d->command('a', ['throw'], 'workerError');
        $d->end('a');
        $d->wait('workerStart');
        $d->command('b', ['say', "still there\n"]);
        $d->line('b');
        $d->close('b');
    }],
    'base-reload' => ['base', ['worker_num' => 2], $several, static function (Driver $d): void {
        $d->spread('a', 'b');
        $d->close('a');
        $d->command('b', ['hold']);
        $d->close('b');
        $d->signal(SIGUSR1);
        $d->wait('afterReload');
        $d->wait('workerStart');
        $d->wait('workerStart');
    }],
    'process-reload' => ['process', ['worker_num' => 2], $all, static function (Driver $d): void {
        $d->spread('a', 'b');
        $d->signal(SIGUSR1);
        $d->wait('afterReload');
        $d->wait('workerStart');
        $d->wait('workerStart');
        $d->command('a', ['say', "kept\n"]);
        $d->line('a');
        $d->close('a');
        $d->close('b');
    }],
    'base-task' => ['base', ['worker_num' => 1, 'task_worker_num' => 1], $tasks, static function (Driver $d): void {
        $d->connect('a');
        $d->command('a', ['task', 'work'], 'finish');
        $d->wait('receive ends');
        $d->command('a', ['pipe', 1, 'to the task worker'], 'pipeMessage');
        $d->wait('receive ends');
        $d->close('a');
    }],
    'coroutine-server' => ['coroutine', [], [], static function (Driver $d): void {
        $d->connect('a', false);
        $d->command('a', ['say', "pong\n"], 'send()');
        $d->line('a');
        $d->command('a', ['nothing'], 'send()');
        $d->command('a', ['wait'], 'recv()');
        $d->wait('recv()', fn ($note) => $note['values'][0] === false);
        $d->command('a', ['sendlater'], 'send by another');
        $d->line('a');
        $d->command('a', ['flood', 5000000], 'recv()');
        $d->bytes('a', 5000000);
        $d->wait('send()', fn ($note) => $note['values'][0] === 5000000);
        $d->command('a', ['closelater'], 'handler returns');
        $d->end('a');
        $d->connect('b', false);
        $d->command('b', ['closeself'], 'handler returns');
        $d->end('b');
        $d->connect('c', false);
        $d->command('c', ['shutdown'], 'start returned');
        $d->drop('c');
        $d->wait('run ended');
    }],
];
