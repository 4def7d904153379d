<?php
/* SPDX-License-Identifier: MIT
 *
 * tests/host/server.php - an application of a host with our server as its callback, as a framework would set it up.
 *
 * usage: server.php READY-FILE SPEC-JSON
 * SPEC: mode (base, process, coroutine), settings, options, events (those of ours beside receive), handlers (true: those below).
 * A second port speaks enough HTTP to publish from whichever worker gets the request. Both ports go into READY-FILE.
 */
declare(strict_types=1);

require __DIR__ . '/double.php';

use MqttServer\Async\{Deferred, Queue};
use MqttServer\Exception\{ClosedException, TimeoutException};
use MqttServer\Publisher;
use Swoole\Coroutine;

use function MqttServer\Async\{async, await, delay, readable, writable};

[, $ready, $spec] = $argv;
$spec = json_decode($spec, true) + ['mode' => 'base', 'settings' => [], 'options' => [], 'events' => [], 'handlers' => false,
    'held' => false];

/** What MqttServer\Async makes of coroutines of the host. */
function waited(MqttServer\Server $mqtt, string $what, string $payload): string
{
    switch ($what) {
        case 'tasks':
            delay(0.002);
            $deferred = new Deferred();
            async(function () use ($deferred): void {
                delay(0.002);
                $deferred->complete('later');
            });
            return json_encode(await(['first' => fn () => 1, 'slow' => function (): int {
                delay(0.005);
                return 2;
            }, $deferred->getFuture(), async(fn (...$all) => $all, 'a', 'b')]));
        case 'errors':
            $errors = [];
            foreach ([fn () => await([fn () => throw new LogicException('of a task')]), fn () => (new Queue())->pop(0.002),
                fn () => (new Deferred())->getFuture()->await(), fn () => $mqtt->next('nothing/comes', 0.002),
                fn () => $mqtt->request('nobody/there', '')] as $wait) {
                try {
                    $wait();
                } catch (Throwable $error) {
                    $errors[] = (new ReflectionClass($error))->getShortName();
                }
            }
            return implode(' ', $errors);
        case 'queue':
            $queue = new Queue(2);
            async(function () use ($queue): void {
                for ($i = 0; $i < 5; $i++) {
                    $queue->push($i);
                }
                $queue->close();
            });
            for ($all = ''; ; ) {
                try {
                    $all .= $queue->pop(5.0);
                } catch (ClosedException) {
                    return $all;
                }
            }
        case 'stream':
            [$ours, $theirs] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
            async(function () use ($theirs): void {
                delay(0.002);
                writable($theirs);
                fwrite($theirs, 'through a socket');
            });
            readable($ours, 5.0);
            $text = fread($ours, 100);
            try {
                readable($ours, 0.002);
            } catch (TimeoutException $error) {
                $text .= ', ' . $error->getMessage();
            }
            return $text;
        case 'turns':
            /* Two that always have something to do hold up nobody. */
            [$ping, $pong, $over] = [new Queue(), new Queue(), false];
            foreach ([[$ping, $pong], [$pong, $ping]] as [$mine, $other]) {
                async(function () use ($mine, $other, &$over): void {
                    for ($i = 0; $i < 50000 && !$over; $i++) {
                        $mine->pop();
                        $other->push($i);
                    }
                    $over = $over ?: 'held up';
                });
            }
            $ping->push(0);
            Coroutine::sleep(0.002);
            $over = $over ?: 'went on';
            return $over;
        case 'leaves':
            async(function (object $left): void {
                delay(0.002);
            }, new class {
                public function __destruct()
                {
                    throw new RuntimeException('a task of the test');
                }
            });
            delay(0.005);
            return 'lives';
        case 'request':
            return $mqtt->request('device/get', $payload)->getPayload();
        case 'next':
            return $mqtt->next('event/+', 10.0)->getTopic();
    }
}

/** Waits in one of many ways until it is interrupted, and tells how that came about. */
function hang(MqttServer\Server $mqtt, string $how, string $who): void
{
    $mqtt->publish("hanging/$who", $how, 1);
    $stays = null;
    $ended = 'by itself';
    try {
        match ($how) {
            'delay' => delay(60.0),
            'queue' => (new Queue())->pop(),
            'future' => ($stays = new Deferred())->getFuture()->await(60.0),
            'stream' => readable(($stays = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0))[0]),
            'next' => $mqtt->next('nothing/comes'),
            'task' => await([fn () => delay(60.0)]),
            'sleep' => Coroutine::sleep(60.0),
            'channel' => (new Coroutine\Channel(1))->pop(60.0),
        };
    } catch (Throwable $error) {
        $ended = $error::class;
        throw $error;
    } finally {
        delay(0.001); /* who is cancelled can wait again */
        fwrite(STDERR, "hung $who: $how $ended\n");
        $mqtt->publish("hung/$who", "$how $ended", 1);
    }
}

/** A PUBLISH whose client goes: its handler is not interrupted. */
function linger(MqttServer\Server $mqtt, MqttServer\Client $client): void
{
    $mqtt->publish('hanging/linger', '', 1);
    for ($i = 0; $i < 1000 && $client->isConnected(); $i++) {
        delay(0.005);
    }
    Coroutine::sleep(0.005);
    $mqtt->publish('hung/linger', $client->isConnected() ? 'connected' : 'gone', 1);
}

/** Handlers that take their time, fail, and refuse, by the topic or the client's name. */
function handlers(MqttServer\Server $mqtt): void
{
    $wait = static function (string $text) use ($mqtt): void {
        if (preg_match('/hang-(\w+)-(\w+)/', $text, $match)) {
            hang($mqtt, $match[1], $match[2]);
        }
        if (preg_match('/park(\d+)/', $text, $match)) {
            Coroutine::sleep((int) $match[1] / 1000);
            if (str_contains($text, 'told')) {
                fwrite(STDERR, "parked as long as it wanted\n");
            }
        }
        if (str_contains($text, 'throw')) {
            throw new RuntimeException('a handler of the test');
        }
    };
    $mqtt->on('connect', function (MqttServer\Packet $packet) use ($wait): bool {
        if (!str_starts_with($packet->getClientId(), 'bye-')) {
            $wait($packet->getClientId());
        }
        return !str_contains($packet->getClientId(), 'refused');
    });
    $mqtt->on('publish', function (MqttServer\Packet $packet, MqttServer\Client $client) use ($wait, $mqtt): bool {
        $wait($packet->getTopic());
        if ($packet->getTopic() === 'linger') {
            linger($mqtt, $client);
        }
        if ($packet->getTopic() === 'own/coroutine') {
            Coroutine::create(function () use ($mqtt): void {
                $queue = new Queue();
                async(function () use ($queue): void {
                    delay(0.002);
                    $queue->push('in a coroutine');
                });
                $mqtt->publish('done/own', $queue->pop(), 1);
            });
        }
        if (str_starts_with($packet->getTopic(), 'await/')) {
            try {
                $result = waited($mqtt, substr($packet->getTopic(), 6), $packet->getPayload());
            } catch (Throwable $error) {
                $result = $error::class . ': ' . $error->getMessage();
            }
            $mqtt->publish("waited/{$packet->getTopic()}", (string) $result, 1);
        }
        if (str_starts_with($packet->getTopic(), 'ask/')) {
            $mqtt->publish('echo/' . substr($packet->getTopic(), 4), $packet->getPayload(), 1);
        }
        return !str_contains($packet->getTopic(), 'refused');
    });
    $mqtt->on('close', function (MqttServer\Packet $packet, MqttServer\Client $client) use ($wait, $mqtt): void {
        $id = $client->clientId();
        if (str_starts_with($id, 'bye-')) {
            $wait($id);
            $mqtt->publish("closed/$id", 'bye', 1);
        }
    });
    $mqtt->on('subscribe', function (MqttServer\Packet $packet) use ($wait): void {
        $wait(json_encode($packet->getTopicFilters()));
    });
    $mqtt->addHandler(new class {
        #[MqttServer\Annotation\MQTTUnsubscribe]
        public function leaveBehind(object $request, object $response): object
        {
            return $response->withAttribute('left', new class {
                public function __destruct()
                {
                    throw new RuntimeException('a destructor of the test');
                }
            });
        }
    });
}

/** What a request on the second port wants. */
function answer(object $server, string $target): array
{
    $query = [];
    parse_str((string) parse_url($target, PHP_URL_QUERY), $query);
    $arguments = [$query['topic'] ?? 't', $query['payload'] ?? '', (int) ($query['qos'] ?? 0)];
    return match (parse_url($target, PHP_URL_PATH)) {
        '/publish' => ['to' => (new Publisher())->publish(...$arguments)],
        '/disconnect' => ['done' => (new Publisher())->disconnect($query['client'])],
        '/task' => ['task' => $server->task($arguments)],
        '/stats' => $GLOBALS['mqtt']->stats(),
        '/memory' => ['bytes' => memory_get_usage()],
    };
}

if ($spec['handlers'] === 'clients') {
    /* Those of the suite of real clients. */
    define('MQTT_HOSTED', true);
    $mqtt = require dirname(__DIR__) . '/clients/broker.php';
} else {
    $mqtt = new MqttServer\Server($spec['options']);
}
if ($spec['handlers'] === true) {
    handlers($mqtt);
}
$mqtt->setServerName('mqtt');

if ($spec['mode'] === 'coroutine') {
    Coroutine\run(function () use ($mqtt, $spec, $ready): void {
        $server = new Coroutine\Server('127.0.0.1', 0, false, true);
        if (in_array('workerStop', $spec['events'], true)) {
            /* Ends by itself when nothing of ours is left; without it a signal ends it as it ends any process. */
            $asked = false;
            pcntl_signal(SIGTERM, function () use (&$asked): void {
                $asked = true;
            });
            Coroutine::create(function () use ($mqtt, $server, &$asked): void {
                while (!$asked) {
                    Coroutine::sleep(0.02);
                    pcntl_signal_dispatch();
                }
                $server->shutdown();
                $mqtt->onWorkerStop($server, 0);
            });
        }
        /* As a framework does it: one packet's coroutine at a time, and nothing is read until it has ended. */
        $parallel = static function (callable $call): void {
            $done = new Coroutine\Channel(1);
            Coroutine::create(function () use ($call, $done): void {
                $call();
                $done->push(true);
            });
            $done->pop();
        };
        $server->handle(function (object $connection) use ($mqtt, $spec, $parallel): void {
            $fd = $connection->exportSocket()->fd;
            if ($spec['held']) {
                static $held = [];
                $held[] = $connection;
            }
            if (in_array('connect', $spec['events'], true)) {
                $parallel(fn () => $mqtt->onConnect($connection, $fd));
            }
            while (true) {
                $data = $connection->recv();
                if ($data === '' || $data === false) {
                    if (in_array('close', $spec['events'], true)) {
                        $parallel(fn () => $mqtt->onClose($connection, $fd));
                    }
                    @$connection->close();
                    break;
                }
                $parallel(fn () => $mqtt->onReceive($connection, $fd, 0, $data));
            }
        });
        file_put_contents("$ready.new", "$server->port 0");
        rename("$ready.new", $ready);
        $server->start();
    });
    exit(0);
}

$server = new Swoole\Server('127.0.0.1', 0, $spec['mode'] === 'base' ? SWOOLE_BASE : SWOOLE_PROCESS, SWOOLE_SOCK_TCP);
$server->set($spec['settings'] + ['log_level' => 4]);
$server->on('receive', [$mqtt, 'onReceive']);
foreach ($spec['events'] as $event) {
    $server->on($event, [$mqtt, 'on' . ucfirst($event)]);
}
$server->on('task', function (object $server, int $id, int $source, mixed $data): string {
    return (string) (new Publisher())->publish(...$data);
});
$server->on('finish', fn () => null);
$server->on('workerError', function (object $server, int $id, int $pid, int $code, int $signal): void {
    fwrite(STDERR, "worker $id ended by signal $signal, code $code\n");
});

$control = $server->addlistener('127.0.0.1', 0, SWOOLE_SOCK_TCP);
$control->set(['open_mqtt_protocol' => false]);
$control->on('receive', function (object $server, int $fd, int $reactor, string $data): void {
    try {
        $body = json_encode(['worker' => $server->worker_id, 'pid' => getmypid()] + answer($server, explode(' ', $data)[1]));
    } catch (Throwable $error) {
        $body = json_encode(['error' => $error::class . ': ' . $error->getMessage()]);
    }
    $server->send($fd, "HTTP/1.0 200 OK\r\nContent-Length: " . strlen($body) . "\r\n\r\n$body");
    $server->close($fd);
});
$control->on('connect', fn () => null);
$control->on('close', fn () => null);

file_put_contents("$ready.new", "$server->port $control->port");
rename("$ready.new", $ready);
$server->start();

/* PHP does not free cycles when it ends, and memory checkers would report them. */
unset($mqtt, $server, $control);
gc_collect_cycles();
