<?php
/* SPDX-License-Identifier: MIT
 *
 * tests/host/double/Loop.php - the event loop of one process: watched descriptors, timers, what is deferred.
 */
declare(strict_types=1);

namespace HostDouble;

final class Loop
{
    private const LONGEST_WAIT_MS = 50.0; /* a signal that comes just before select() is seen after this */

    private static ?Loop $instance = null;

    /** Whether callbacks of the application run in a coroutine each. */
    public bool $coroutines = true;
    /** A coroutine ended with an exception: the process must end with this code. */
    public ?int $fatal = null;
    /** @var array<string, object> */
    private array $watchers = [];
    /** @var array<int, array{float, ?int, callable, array, bool}> due, interval, callback, arguments, ours */
    private array $timers = [];
    private int $lastTimer = 0;
    /** @var list<callable> */
    private array $deferred = [];
    public int $rounds = 0;

    public static function get(): self
    {
        return self::$instance ??= new self();
    }

    /** A child process begins with a loop of its own. */
    public static function reset(): void
    {
        self::$instance = new self();
    }

    public static function now(): float
    {
        return hrtime(true) / 1e6;
    }

    /** Runs a callback of the application. */
    public function call(callable $callback, array $arguments = []): void
    {
        if ($this->coroutines) {
            Scheduler::create($callback, $arguments);
            return;
        }
        try {
            $callback(...$arguments);
        } catch (\Throwable $error) {
            $this->fail($error);
        }
    }

    /** Nobody caught it: the process ends when the loop gets control. */
    public function fail(\Throwable $error): void
    {
        fwrite(STDERR, 'PHP Fatal error:  Uncaught ' . $error . "\n");
        $this->fatal = 255;
    }

    private static function key(mixed $fd): string
    {
        return is_int($fd) ? "i$fd" : 's' . (int) $fd;
    }

    /** @param resource|int $fd a number is watched through a duplicate: select() knows streams only */
    public function watch(mixed $fd, ?callable $read, ?callable $write, bool $user = false): bool
    {
        $key = self::key($fd);
        if (isset($this->watchers[$key])) {
            return false;
        }
        $stream = is_int($fd) ? @fopen("php://fd/$fd", 'r+') : $fd;
        if (!$stream) {
            return false;
        }
        $this->watchers[$key] = (object) ['fd' => $fd, 'stream' => $stream, 'read' => $read, 'write' => $write,
            'user' => $user, 'events' => ($read ? SWOOLE_EVENT_READ : 0) | ($write ? SWOOLE_EVENT_WRITE : 0),
            'link' => is_int($fd) ? @readlink("/proc/self/fd/$fd") : null];
        return true;
    }

    public function watched(mixed $fd): bool
    {
        return isset($this->watchers[self::key($fd)]);
    }

    /** Null leaves a callback as it is. */
    public function change(mixed $fd, ?callable $read, ?callable $write, ?int $events): bool
    {
        $watcher = $this->watchers[self::key($fd)] ?? null;
        if (!$watcher) {
            return false;
        }
        $watcher->read = $read ?? $watcher->read;
        $watcher->write = $write ?? $watcher->write;
        $watcher->events = $events ?? $watcher->events;
        return true;
    }

    public function unwatch(mixed $fd): bool
    {
        $key = self::key($fd);
        if (!isset($this->watchers[$key])) {
            return false;
        }
        unset($this->watchers[$key]);
        return true;
    }

    /** Descriptors of the application. */
    public function userWatchers(): int
    {
        return count(array_filter($this->watchers, fn ($watcher) => $watcher->user));
    }

    public function addTimer(float $ms, bool $again, callable $callback, array $arguments = [], bool $ours = false): int
    {
        $this->timers[++$this->lastTimer] = [self::now() + $ms, $again ? (int) $ms : null, $callback, $arguments, $ours];
        return $this->lastTimer;
    }

    public function clearTimer(int $id): bool
    {
        if (!isset($this->timers[$id])) {
            return false;
        }
        unset($this->timers[$id]);
        return true;
    }

    public function clearTimers(): void
    {
        $this->timers = [];
    }

    /** @return array<int, array{float, ?int, callable, array, bool}> */
    public function timers(): array
    {
        return $this->timers;
    }

    public function defer(callable $callback): void
    {
        $this->deferred[] = $callback;
    }

    /** Something of the application's would still happen in this process. */
    public function pending(): bool
    {
        return $this->timers || $this->deferred || $this->userWatchers() > 0;
    }

    /** Turns until $done() is true; ends the process after an uncaught exception. */
    public function run(callable $done): void
    {
        while (!$done()) {
            $this->turn();
        }
    }

    private function endIfFatal(): void
    {
        if ($this->fatal !== null) {
            /* As a fatal error does: no orderly end of anything else. */
            exit($this->fatal);
        }
    }

    public function turn(): void
    {
        ++$this->rounds;
        pcntl_signal_dispatch();
        $deferred = $this->deferred;
        $this->deferred = [];
        foreach ($deferred as $callback) {
            $callback();
        }
        $this->endIfFatal();
        $this->select();
        $this->endIfFatal();
        $this->fireTimers();
        $this->endIfFatal();
    }

    /** A number whose owner closed it is forgotten, as an epoll set does. */
    private function dropClosed(): void
    {
        foreach ($this->watchers as $key => $watcher) {
            if ($watcher->link !== null && @readlink("/proc/self/fd/{$watcher->fd}") !== $watcher->link) {
                unset($this->watchers[$key]);
            }
        }
    }

    private function select(): void
    {
        $this->dropClosed();
        $read = $write = [];
        foreach ($this->watchers as $key => $watcher) {
            if (($watcher->events & SWOOLE_EVENT_READ) && $watcher->read) {
                $read[$key] = $watcher->stream;
            }
            if (($watcher->events & SWOOLE_EVENT_WRITE) && $watcher->write) {
                $write[$key] = $watcher->stream;
            }
        }
        $wait = $this->deferred ? 0.0 : self::LONGEST_WAIT_MS;
        foreach ($this->timers as [$due]) {
            $wait = max(0.0, min($wait, $due - self::now()));
        }
        $micros = (int) ceil($wait * 1000);
        if (!$read && !$write) {
            usleep($micros);
            return;
        }
        $none = null;
        if (!@stream_select($read, $write, $none, 0, $micros)) {
            return;
        }
        foreach (['read' => $read, 'write' => $write] as $what => $ready) {
            $bit = $what === 'read' ? SWOOLE_EVENT_READ : SWOOLE_EVENT_WRITE;
            foreach ($ready as $key => $stream) {
                $watcher = $this->watchers[$key] ?? null;
                if (!$watcher || $watcher->stream !== $stream || !($watcher->events & $bit)) {
                    continue;
                }
                if ($watcher->user) {
                    $this->call($watcher->$what, [$watcher->fd]);
                } else {
                    ($watcher->$what)($watcher->fd);
                }
                $this->endIfFatal();
            }
        }
    }

    private function fireTimers(): void
    {
        $now = self::now();
        $due = array_filter($this->timers, fn ($timer) => $timer[0] <= $now);
        uasort($due, fn ($a, $b) => $a[0] <=> $b[0]);
        foreach ($due as $id => [, $interval, $callback, $arguments, $ours]) {
            if (!isset($this->timers[$id])) {
                continue;
            }
            if ($interval === null) {
                unset($this->timers[$id]);
            } else {
                $this->timers[$id][0] = max($this->timers[$id][0] + $interval, $now);
                array_unshift($arguments, $id);
            }
            if ($ours) {
                $callback();
            } else {
                $this->call($callback, $arguments);
            }
            $this->endIfFatal();
        }
    }
}
