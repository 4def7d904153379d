<?php
/* SPDX-License-Identifier: MIT
 *
 * tests/host/lib/probe.php - a server without MQTT that notes everything its host does, one JSON line for each event.
 *
 * usage: probe.php NOTES MODE SETTINGS-JSON EVENTS-JSON       MODE: base, process, coroutine
 * Clients send commands, a JSON array a line: [command, argument...]. A number "@" stands for the sender's own fd.
 */
declare(strict_types=1);

require dirname(__DIR__) . '/double.php';

use Swoole\Coroutine;
use Swoole\Event;
use Swoole\Timer;

[, $path, $mode, $settings, $events] = $argv;
$settings = json_decode($settings, true);
$who = 'main';

function plain(mixed $value): mixed
{
    return match (true) {
        is_object($value) => $value::class,
        is_resource($value) => 'resource',
        is_string($value) && strlen($value) > 40 => 'string(' . strlen($value) . ')',
        is_string($value) && !mb_check_encoding($value, 'UTF-8') => 'hex:' . bin2hex($value),
        default => $value,
    };
}

function note(string $event, mixed ...$values): void
{
    global $path, $who;
    $line = json_encode(['who' => $who, 'pid' => getmypid(), 'event' => $event, 'co' => Coroutine::getCid() > 0,
        'values' => array_map('plain', $values)], JSON_UNESCAPED_SLASHES | JSON_PARTIAL_OUTPUT_ON_ERROR);
    file_put_contents($path, "$line\n", FILE_APPEND);
}

/** Notes what a call returns, and what it warned. */
function called(string $name, callable $call): mixed
{
    error_clear_last();
    $value = @$call();
    $warning = preg_replace('/^.*::\w+\(\): /', '', error_get_last()['message'] ?? '');
    note("$name()", $value, ...($warning !== '' ? [$warning] : []));
    return $value;
}

function command(object $server, int $fd, array $command): void
{
    static $held;
    $name = array_shift($command);
    $command = array_map(fn ($argument) => $argument === '@' ? $fd : $argument, $command);
    [$a, $b] = $command + [null, null];
    $error = fn (mixed $result) => $result === false ? "false, error {$server->getLastError()}" : $result;
    match ($name) {
        'say' => $server->send($fd, $a),
        'send' => called('send', fn () => $error($server->send($a, $b))),
        'sendmuch' => called('send', fn () => $server->send($fd, str_repeat('x', $a))),
        'close' => called('close', fn () => $error($server->close($a, (bool) $b))),
        'exist' => called('exist', fn () => $server->exist($a)),
        'info' => called('info', fn () => is_array($info = $server->getClientInfo($a)) ? 'array' : $info),
        'infokeys' => note('info()', array_map('get_debug_type', $server->getClientInfo($a))),
        'connections' => note('connections()', iterator_to_array($server->connections, false), count($server->connections)),
        'sleep' => [Coroutine::sleep($a / 1000), note('slept', $server->exist($fd))],
        'pipe' => called('sendMessage', fn () => $server->sendMessage($b, $a)),
        'task' => called('task', fn () => $server->task($a)),
        'timers' => timers(),
        'events' => events($a),
        'coroutines' => coroutines(),
        'cancel' => cancelled(),
        'flood' => flood($server, $fd, $a, $b),
        'fill' => note('sent', fill($server, $fd, $a)),
        'hold' => $held = Timer::tick(20, function () use (&$held): void {
        }),
        'throw' => throw new RuntimeException('from a callback'),
        'reload' => called('reload', fn () => $server->reload()),
        'late' => called('on', fn () => $server->on('close', fn () => null)),
    };
    $GLOBALS['held'] = $held;
}

/** Up to $count messages: until one send() was suspended, and two more. */
function flood(object $server, int $fd, int $bytes, int $count): void
{
    global $turns;
    $turns = 0;
    $ticker = Timer::tick(5, function (): void {
        global $turns;
        $turns++;
    });
    [$false, $suspended] = [0, 0];
    for ($i = 0; $i < $count && $suspended < 3; $i++) {
        $before = $turns;
        $false += @$server->send($fd, str_repeat('x', $bytes)) ? 0 : 1;
        $suspended += $turns > $before || $suspended ? 1 : 0;
    }
    Timer::clear($ticker);
    note('flood', $false > 0 ? "false, error {$server->getLastError()}" : 'all true', $suspended > 0 ? 'suspended' : 'never suspended');
    $server->send($fd, "\n");
}

/** Sends until it fails; more than that many fit never. */
function fill(object $server, int $fd, int $most): string
{
    for ($i = 0; $i < $most; $i++) {
        if (!@$server->send($fd, str_repeat('x', 65536))) {
            return "false, error {$server->getLastError()}";
        }
    }
    return 'always true';
}

function timers(): void
{
    $tick = null;
    Timer::after(5, fn (...$arguments) => note('after fired', ...$arguments), 'x');
    $n = 0;
    $tick = Timer::tick(30, function ($id, ...$more) use (&$n, &$tick): void {
        note('tick fired', ++$n, $id === $tick, ...$more);
        if ($n === 2) {
            note('clear in tick', Timer::clear($tick), Timer::clear($tick));
        }
    }, 'y');
    $never = Timer::after(10, fn () => note('never'));
    note('clear', Timer::clear($never), Timer::clear($never), Timer::clear(4711));
    called('after(0)', fn () => Timer::after(0, fn () => note('never')));
    note('exists', Timer::exists($tick), Timer::exists($never));
}

function events(string $kind): void
{
    static $kept = [];
    [$a, $b] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
    stream_set_blocking($a, false);
    $kept[] = $a;
    $fd = $a;
    if ($kind === 'int') {
        $inode = fstat($a)['ino'];
        foreach (scandir('/proc/self/fd') as $number) {
            $fd = @readlink("/proc/self/fd/$number") === "socket:[$inode]" ? (int) $number : $fd;
        }
    }
    $writes = 0;
    note('add', is_int(Event::add($fd, function ($x) use ($fd, $a): void {
        $bytes = stream_socket_recvfrom($a, 100);
        note('readable', $x === $fd, $bytes);
        if ($bytes === '') {
            note('del', Event::del($x), @Event::del($x), Event::isset($x));
        }
    }, function ($x) use ($fd, &$writes): void {
        note('writable', $x === $fd);
        note('set', Event::set($x, null, null, SWOOLE_EVENT_READ));
    }, SWOOLE_EVENT_READ | SWOOLE_EVENT_WRITE)));
    called('add again', fn () => Event::add($fd, fn () => null));
    note('isset', Event::isset($fd));
    fwrite($b, 'hello');
    Timer::after(20, function () use ($b): void {
        fwrite($b, 'again');
        Timer::after(20, fn () => fclose($b));
    });
}

function coroutines(): void
{
    note('1 before create');
    Coroutine::create(function ($x): void {
        note('2 inside', $x);
        Coroutine::sleep(0.01);
        note('4 after sleep');
    }, 'argument');
    note('3 after create');
    $id = Coroutine::create(function (): void {
        Coroutine::defer(fn () => note('deferred in coroutine'));
        Coroutine::yield();
        note('resumed');
    });
    Coroutine::resume($id);
    note('after resume', Coroutine::exists($id));
    Event::defer(fn () => note('Event::defer ran'));
    Coroutine::sleep(0.03);
    $channel = new Coroutine\Channel(1);
    Coroutine::create(function () use ($channel): void {
        note('popped', $channel->pop());
    });
    $channel->push('value');
    note('pushed');
    note('pop in vain', $channel->pop(0.01), $channel->errCode);
}

/** A coroutine that waits in some way is cancelled, without and with an exception; and what it can do then. */
function cancelled(): void
{
    [$a, $b] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
    $waits = [
        'sleep' => fn () => Coroutine::sleep(5),
        'yield' => fn () => Coroutine::yield(),
        'pop' => function (): array {
            $channel = new Coroutine\Channel(1);
            return [$channel->pop(), $channel->errCode];
        },
        'pop with a limit' => function (): array {
            $channel = new Coroutine\Channel(1);
            return [$channel->pop(5), $channel->errCode];
        },
        'waitEvent' => fn () => Coroutine\System::waitEvent($a, SWOOLE_EVENT_READ, 5),
        'waitEvent without a limit' => fn () => Coroutine\System::waitEvent($a),
        'finally' => function (): bool {
            try {
                return Coroutine::sleep(5);
            } finally {
                note('finally sleeps', Coroutine::sleep(0.002));
            }
        },
    ];
    foreach ([false, true] as $throw) {
        foreach ($waits as $name => $wait) {
            $id = Coroutine::create(function () use ($name, $wait): void {
                try {
                    note($name, $wait());
                } catch (Throwable $error) {
                    note($name, $error::class, get_parent_class($error), $error->getMessage(), $error->getCode());
                }
                note('and then', Coroutine::sleep(0.002));
            });
            note('cancel', $throw, Coroutine::cancel($id, $throw));
            while (Coroutine::exists($id)) {
                Coroutine::sleep(0.005);
            }
            note('once more', Coroutine::cancel($id, $throw));
        }
    }
    fclose($b);
    note('still works', Coroutine\System::waitEvent($a, SWOOLE_EVENT_READ, 5));
}

function coroutineServer(): void
{
    $server = new Coroutine\Server('127.0.0.1', 0, false, true);
    $server->handle(function (object $connection) use ($server): void {
        $socket = $connection->exportSocket();
        note('handle', $connection, $socket, $socket->fd > 2);
        while (true) {
            $line = $connection->recv();
            note('recv()', $line, ...($line === false ? [$socket->errCode] : []));
            if ($line === '' || $line === false) {
                note('close()', $connection->close(), @$connection->close());
                break;
            }
            $command = json_decode($line, true);
            match ($command[0]) {
                'say' => note('send()', $connection->send($command[1])),
                'nothing' => note('send()', $connection->send('')),
                'closeself' => [note('close()', $connection->close()), note('recv()', @$connection->recv()), note('send()', @$connection->send('x'))],
                'closelater' => Timer::after(20, fn () => note('close by another', $connection->close())),
                'sendlater' => Timer::after(20, fn () => note('send by another', $connection->send("later\n"))),
                'wait' => note('recv()', @$connection->recv(0.02), $socket->errCode),
                'flood' => note('send()', $connection->send(str_repeat('x', $command[1]))),
                'shutdown' => [$server->shutdown(), note('shutdown')],
            };
            if ($command[0] === 'closeself') {
                break;
            }
        }
        note('handler returns');
    });
    note('ready', $server->port);
    note('start returned', $server->start());
}

if ($mode === 'coroutine') {
    Coroutine::set(['hook_flags' => 0]); /* writing a note is no place to switch */
    Coroutine\run('coroutineServer');
    note('run ended');
    exit(0);
}

$server = new Swoole\Server('127.0.0.1', 0, $mode === 'base' ? SWOOLE_BASE : SWOOLE_PROCESS, SWOOLE_SOCK_TCP);
$server->set($settings + ['log_level' => 6]);
note('before start', $server->worker_id, $server->master_pid, $server->taskworker);
foreach (json_decode($events, true) as $event) {
    $server->on($event, match ($event) {
        'workerStart' => function (object $server, int $id): void {
            global $who;
            $who = "worker $id";
            note('workerStart', $server, $id, $server->taskworker, $server->worker_pid === getmypid(), $server->mode);
        },
        'workerExit' => function (object $server, int $id): void {
            global $exits, $held;
            if (!$exits) {
                note('workerExit', $server, $id);
            }
            $exits = true;
            if ($held) {
                Timer::clear($held);
                $held = null;
            }
        },
        'receive' => function (object $server, int $fd, int $reactor, string $data): void {
            note('receive', $server, $fd, $reactor >= 0, $data);
            foreach (preg_split('/\n/', trim($data), -1, PREG_SPLIT_NO_EMPTY) as $line) {
                $command = json_decode($line, true);
                if (is_array($command)) {
                    command($server, $fd, $command);
                }
            }
            note('receive ends', $fd);
        },
        'connect' => function (object $server, int $fd, int $reactor): void {
            note('connect', $server, $fd, $reactor >= 0, $server->getClientInfo($fd)['remote_port']);
        },
        'close' => function (object $server, int $fd, int $reactor): void {
            $info = $server->getClientInfo($fd);
            note('close', $server, $fd, $reactor >= 0, $server->exist($fd), is_array($info), $info['close_errno'] ?? null);
            note('close: close', @$server->close($fd));
            note('close ends', $fd);
        },
        'task' => function (object $server, int $id, int $source, mixed $data): string {
            note('task', $server, $id, $source, $data);
            return "done: $data";
        },
        'workerError' => function (object $server, int $id, int $pid, int $code, int $signal): void {
            note('workerError', $server, $id, $code, $signal);
        },
        default => fn (mixed ...$arguments) => note($event, ...$arguments),
    });
}
file_put_contents("$path.port", (string) $server->port);
note('start returned', $server->start());
