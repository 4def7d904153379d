<?php
/* SPDX-License-Identifier: MIT
 *
 * tests/host/double/Coroutine.php - coroutines, timers and watched descriptors as an application calls them.
 */
declare(strict_types=1);

namespace Swoole;

use HostDouble\Loop;
use HostDouble\Scheduler;

class Exception extends \Exception
{
}

class Error extends \Error
{
}

class Coroutine
{
    public static function create(callable $function, mixed ...$arguments): int|false
    {
        return Scheduler::create($function, $arguments);
    }

    /** Nothing of PHP's own is hooked here, so there is nothing to set. */
    public static function set(array $options): void
    {
    }

    public static function getCid(): int
    {
        return Scheduler::currentId();
    }

    public static function getPcid(int $cid = 0): int|false
    {
        $task = $cid ? Scheduler::get($cid) : Scheduler::current();
        return $task ? $task->parent : false;
    }

    public static function exists(int $cid): bool
    {
        return Scheduler::get($cid) !== null;
    }

    public static function sleep(float $seconds): bool
    {
        return Scheduler::sleep($seconds);
    }

    public static function yield(): bool
    {
        return Scheduler::suspend(static fn () => null) !== Scheduler::CANCELLED;
    }

    public static function cancel(int $cid, bool $throw_exception = false): bool
    {
        return Scheduler::cancel($cid, $throw_exception);
    }

    public static function suspend(): bool
    {
        return self::yield();
    }

    public static function resume(int $cid): bool
    {
        return Scheduler::resume($cid);
    }

    public static function defer(callable $callback): void
    {
        Scheduler::current()->defers[] = $callback;
    }

    public static function getContext(int $cid = 0): ?\ArrayObject
    {
        return ($cid ? Scheduler::get($cid) : Scheduler::current())?->context;
    }

    public static function stats(): array
    {
        return ['event_num' => Loop::get()->userWatchers(), 'coroutine_num' => count(Scheduler::ids())];
    }

    public static function list(): \ArrayIterator
    {
        return new \ArrayIterator(Scheduler::ids());
    }
}

class Timer
{
    private static function add(string $method, int $ms, bool $again, callable $callback, array $arguments): int|false
    {
        if ($ms < 1) {
            trigger_error("Swoole\\Timer::$method(): Timer must be greater than or equal to 1", E_USER_WARNING);
            return false;
        }
        return Loop::get()->addTimer($ms, $again, $callback, $arguments);
    }

    public static function after(int $ms, callable $callback, mixed ...$arguments): int|false
    {
        return self::add('after', $ms, false, $callback, $arguments);
    }

    public static function tick(int $ms, callable $callback, mixed ...$arguments): int|false
    {
        return self::add('tick', $ms, true, $callback, $arguments);
    }

    public static function clear(int $id): bool
    {
        return Loop::get()->clearTimer($id);
    }

    public static function clearAll(): bool
    {
        Loop::get()->clearTimers();
        return true;
    }

    public static function exists(int $id): bool
    {
        return isset(Loop::get()->timers()[$id]);
    }

    public static function info(int $id): ?array
    {
        $timer = Loop::get()->timers()[$id] ?? null;
        return $timer ? ['interval' => $timer[1] ?? 0, 'removed' => false] : null;
    }

    public static function list(): \ArrayIterator
    {
        return new \ArrayIterator(array_keys(Loop::get()->timers()));
    }

    public static function stats(): array
    {
        return ['initialized' => true, 'num' => count(Loop::get()->timers()), 'round' => Loop::get()->rounds];
    }
}

class Event
{
    private static function number(mixed $fd): int
    {
        return is_int($fd) ? $fd : (int) $fd;
    }

    public static function add(mixed $fd, ?callable $read = null, ?callable $write = null, int $events = SWOOLE_EVENT_READ): int|false
    {
        $loop = Loop::get();
        if ($loop->watched($fd)) {
            trigger_error('Swoole\Event::add(): already exist', E_USER_WARNING);
            return false;
        }
        if (!$loop->watch($fd, $read, $write, true)) {
            trigger_error('Swoole\Event::add(): cannot be watched', E_USER_WARNING);
            return false;
        }
        $loop->change($fd, null, null, $events);
        return self::number($fd);
    }

    public static function set(mixed $fd, ?callable $read = null, ?callable $write = null, int $events = 0): bool
    {
        return Loop::get()->change($fd, $read, $write, $events ?: null);
    }

    public static function del(mixed $fd): bool
    {
        return Loop::get()->unwatch($fd);
    }

    public static function isset(mixed $fd, int $events = SWOOLE_EVENT_READ | SWOOLE_EVENT_WRITE): bool
    {
        return Loop::get()->watched($fd);
    }

    public static function defer(callable $callback): bool
    {
        Loop::get()->defer(static fn () => Loop::get()->call($callback));
        return true;
    }

    /** Until nothing is left to wait for. */
    public static function wait(): void
    {
        Loop::get()->run(static fn (): bool => !Loop::get()->pending() && !Scheduler::ids());
    }
}
