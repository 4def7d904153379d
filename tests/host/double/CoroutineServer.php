<?php
/* SPDX-License-Identifier: MIT
 *
 * tests/host/double/CoroutineServer.php - one coroutine for each connection, which reads by itself. Descriptors are
 * given as a system does: the lowest that is free, so one is used again at once.
 */
declare(strict_types=1);

namespace Swoole\Coroutine;

use HostDouble\Loop;
use HostDouble\Scheduler;

function run(callable $callback, mixed ...$arguments): bool
{
    Loop::get()->coroutines = true;
    Scheduler::create($callback, $arguments);
    Loop::get()->run(static fn (): bool => !Scheduler::ids() && !Loop::get()->pending());
    return true;
}

final class CanceledException extends \Exception
{
}

class Channel
{
    public int $errCode = 0;
    private array $items = [];
    private array $takers = [];
    private array $givers = [];

    public function __construct(public int $capacity = 1)
    {
    }

    public function push(mixed $data, float $timeout = -1): bool
    {
        Scheduler::needed();
        while (count($this->items) >= $this->capacity) {
            $this->givers[] = Scheduler::currentId();
            Scheduler::suspend();
        }
        $this->items[] = $data;
        if ($this->takers) {
            Scheduler::resume(array_shift($this->takers), true);
        }
        return true;
    }

    public function pop(float $timeout = -1): mixed
    {
        Scheduler::needed();
        $this->errCode = 0;
        if (!$this->items) {
            $id = Scheduler::currentId();
            $this->takers[] = $id;
            $leave = fn () => $this->takers = array_values(array_diff($this->takers, [$id]));
            $timer = $timeout > 0 ? Loop::get()->addTimer($timeout * 1000, false, static function () use ($id, $leave): void {
                $leave();
                Scheduler::resume($id, false);
            }, [], true) : 0;
            try {
                $woken = Scheduler::suspend($leave);
            } finally {
                Loop::get()->clearTimer($timer);
            }
            if ($woken !== true) {
                $this->errCode = $woken === Scheduler::CANCELLED ? -3 : -1;
                return false;
            }
        }
        $item = array_shift($this->items);
        if ($this->givers) {
            Scheduler::resume(array_shift($this->givers));
        }
        return $item;
    }

    public function isEmpty(): bool
    {
        return !$this->items;
    }

    public function length(): int
    {
        return count($this->items);
    }
}

class System
{
    public static function sleep(float $seconds): bool
    {
        return \Swoole\Coroutine::sleep($seconds);
    }

    /** @return int|false the event that has come; false: none in time */
    public static function waitEvent(mixed $socket, int $events = SWOOLE_EVENT_READ, float $timeout = -1): int|false
    {
        $loop = Loop::get();
        $id = Scheduler::currentId();
        $timer = 0;
        $end = static function (int|false $event) use ($loop, $socket, $id, &$timer): void {
            $loop->unwatch($socket);
            $loop->clearTimer($timer);
            Scheduler::resume($id, $event);
        };
        if (!$loop->watch($socket, $events & SWOOLE_EVENT_READ ? static fn () => $end(SWOOLE_EVENT_READ) : null,
            $events & SWOOLE_EVENT_WRITE ? static fn () => $end(SWOOLE_EVENT_WRITE) : null)) {
            return false;
        }
        if ($timeout > 0) {
            $timer = $loop->addTimer($timeout * 1000, false, static fn () => $end(false), [], true);
        }
        $woken = Scheduler::suspend(static function () use ($loop, $socket, &$timer): void {
            $loop->unwatch($socket);
            $loop->clearTimer($timer);
        });
        return $woken === Scheduler::CANCELLED ? false : $woken;
    }
}

/** A socket that suspends whoever waits for it; one reader and one writer at a time. */
class Socket
{
    public int $errCode = 0;
    public string $errMsg = '';
    private ?int $reader = null;
    private ?int $writer = null;
    private static array $used = [];

    /** @param resource|null $stream */
    public function __construct(private $stream, private array $peer, private array $self, public int $fd = 0)
    {
        for ($this->fd = 9; isset(self::$used[$this->fd]);) {
            $this->fd++;
        }
        self::$used[$this->fd] = true;
        stream_set_blocking($stream, false);
        stream_set_write_buffer($stream, 0);
    }

    public function isClosed(): bool
    {
        return $this->stream === null;
    }

    public function getpeername(): array
    {
        return $this->peer;
    }

    public function getsockname(): array
    {
        return $this->self;
    }

    private function fail(int $code): false
    {
        $this->errCode = $code;
        $this->errMsg = posix_strerror($code);
        return false;
    }

    private function claim(string $what): void
    {
        if ($this->$what !== null) {
            /* Nothing can catch this in the real one. */
            fwrite(STDERR, "PHP Fatal error:  Socket#{$this->fd} has already been bound to another coroutine ({$this->$what})\n");
            posix_kill(getmypid(), SIGKILL);
        }
        $this->$what = Scheduler::currentId();
    }

    /** Sleeps until the stream is ready: true; at a timeout or close() by another: the error. */
    private function wait(string $what, float $timeout): true|int
    {
        $loop = Loop::get();
        $cid = Scheduler::currentId();
        $bit = $what === 'reader' ? SWOOLE_EVENT_READ : SWOOLE_EVENT_WRITE;
        $wake = static fn () => Scheduler::resume($cid, true);
        $events = fn () => ($this->reader !== null ? SWOOLE_EVENT_READ : 0) | ($this->writer !== null ? SWOOLE_EVENT_WRITE : 0);
        $read = $bit === SWOOLE_EVENT_READ ? $wake : null;
        $write = $bit === SWOOLE_EVENT_WRITE ? $wake : null;
        if ($loop->watched($this->stream)) {
            $loop->change($this->stream, $read, $write, $events());
        } else {
            $loop->watch($this->stream, $read, $write);
            $loop->change($this->stream, null, null, $bit);
        }
        $timer = $timeout > 0 ? $loop->addTimer($timeout * 1000, false, static fn () => Scheduler::resume($cid, 110), [], true) : 0;
        $result = Scheduler::suspend();
        $loop->clearTimer($timer);
        $this->$what = null;
        if ($this->stream) {
            $events() ? $loop->change($this->stream, null, null, $events()) : $loop->unwatch($this->stream);
        }
        return $result;
    }

    public function recv(int $length = 65536, float $timeout = 0): string|false
    {
        while ($this->stream) {
            $this->claim('reader');
            $ready = [$this->stream];
            $none = null;
            if (!stream_select($ready, $none, $none, 0)) {
                $result = $this->wait('reader', $timeout);
                if ($result !== true) {
                    return $this->fail($result);
                }
            }
            $this->reader = null;
            $this->errCode = 0;
            $bytes = @stream_socket_recvfrom($this->stream, $length);
            return $bytes === false ? $this->fail(104) : $bytes;
        }
        return $this->fail(9);
    }

    public function sendAll(string $bytes): int|false
    {
        if (!$this->stream) {
            return $this->fail(9);
        }
        $this->claim('writer');
        for ($done = 0; $done < strlen($bytes);) {
            $n = @fwrite($this->stream, substr($bytes, $done, 262144));
            if ($n === false) {
                $this->fail($done ? 104 : 32);
                break;
            }
            $done += $n;
            if ($n === 0) {
                $result = $this->wait('writer', 0);
                if ($result !== true) {
                    $this->fail($result);
                    break;
                }
                $this->claim('writer');
            }
        }
        $this->writer = null;
        return $done || $bytes === '' ? $done : false;
    }

    public function close(): bool
    {
        if (!$this->stream) {
            return $this->fail(9);
        }
        if ($this->reader !== null || $this->writer !== null) {
            /* Whoever waits for it is told, and closes it: only then its number is free. */
            stream_socket_shutdown($this->stream, STREAM_SHUT_RDWR);
            foreach (['reader', 'writer'] as $what) {
                if ($this->$what !== null) {
                    Scheduler::resume($this->$what, 125);
                }
            }
            return true;
        }
        Loop::get()->unwatch($this->stream);
        fclose($this->stream);
        $this->stream = null;
        unset(self::$used[$this->fd]);
        return true;
    }
}

namespace Swoole\Coroutine\Server;

use Swoole\Coroutine\Socket;

class Connection
{
    public function __construct(private Socket $socket)
    {
    }

    public function recv(float $timeout = 0): string|false
    {
        return $this->socket->recv(65536, $timeout);
    }

    public function send(string $data): int|false
    {
        return $this->socket->sendAll($data);
    }

    public function close(): bool
    {
        return $this->socket->close();
    }

    public function exportSocket(): Socket
    {
        return $this->socket;
    }
}

namespace Swoole\Coroutine;

use HostDouble\Loop;
use HostDouble\Scheduler;
use Swoole\Coroutine\Server\Connection;

class Server
{
    public int $fd = 0;
    public int $errCode = 0;
    public array $setting = [];
    private $listener;
    private $handler;
    private ?int $waiting = null;

    public function __construct(public string $host, public int $port = 0, public bool $ssl = false, bool $reuse_port = false)
    {
        $this->listener = @stream_socket_server("tcp://$host:$port", $code, $text);
        if (!$this->listener) {
            throw new \Swoole\Exception($text, $code);
        }
        stream_set_blocking($this->listener, false);
        $name = stream_socket_get_name($this->listener, false);
        $this->port = (int) substr($name, strrpos($name, ':') + 1);
    }

    public function set(array $settings): bool
    {
        $this->setting = $settings + $this->setting;
        return true;
    }

    public function handle(callable $handler): void
    {
        $this->handler = $handler;
    }

    /** Accepts until shutdown(). */
    public function start(): bool
    {
        Loop::get()->watch($this->listener, fn () => $this->accept(), null);
        $this->waiting = Scheduler::currentId();
        Scheduler::suspend();
        return true;
    }

    private function accept(): void
    {
        $stream = @stream_socket_accept($this->listener, 0, $peer);
        if (!$stream) {
            return;
        }
        $name = static fn (string $text): array =>
            ['address' => substr($text, 0, strrpos($text, ':')), 'port' => (int) substr($text, strrpos($text, ':') + 1)];
        $socket = new Socket($stream, $name($peer), $name(stream_socket_get_name($stream, false)));
        Scheduler::create($this->handler, [new Connection($socket)]);
    }

    public function shutdown(): bool
    {
        if ($this->waiting !== null) {
            Loop::get()->unwatch($this->listener);
            fclose($this->listener);
            [$cid, $this->waiting] = [$this->waiting, null];
            Loop::get()->defer(static fn () => Scheduler::resume($cid));
        }
        return true;
    }
}
