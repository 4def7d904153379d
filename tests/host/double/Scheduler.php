<?php
/* SPDX-License-Identifier: MIT
 *
 * tests/host/double/Scheduler.php - coroutines on fibers. One runs until it suspends or ends, in the stack of whoever
 * created or resumed it.
 */
declare(strict_types=1);

namespace HostDouble;

final class Scheduler
{
    /** What suspend() returns in a coroutine that was cancelled. */
    public const CANCELLED = "\0cancelled";

    private static int $last = 0;
    /** @var array<int, object> living coroutines */
    private static array $all = [];
    private static ?object $current = null;

    /** After a fork: the coroutines of the parent are not ours. */
    public static function reset(): void
    {
        self::$last = 0;
        self::$all = [];
        self::$current = null;
    }

    public static function create(callable $callback, array $arguments = []): int
    {
        $task = (object) ['id' => ++self::$last, 'parent' => self::$current?->id ?? -1, 'defers' => [],
            'context' => new \ArrayObject([], \ArrayObject::ARRAY_AS_PROPS), 'fiber' => null,
            'cancel' => null, 'thrown' => null];
        $task->fiber = new \Fiber(static function () use ($task, $callback, $arguments): void {
            try {
                $callback(...$arguments);
                while ($task->defers) {
                    array_pop($task->defers)();
                }
            } catch (\Throwable $error) {
                Loop::get()->fail($error);
            }
            unset(self::$all[$task->id]);
        });
        self::$all[$task->id] = $task;
        self::enter($task, static fn () => $task->fiber->start());
        return $task->id;
    }

    private static function enter(object $task, callable $go): void
    {
        $before = self::$current;
        self::$current = $task;
        try {
            $go();
        } finally {
            self::$current = $before;
        }
    }

    public static function current(): ?object
    {
        return self::$current;
    }

    public static function currentId(): int
    {
        return self::$current?->id ?? -1;
    }

    public static function get(int $id): ?object
    {
        return self::$all[$id] ?? null;
    }

    /** @return list<int> */
    public static function ids(): array
    {
        return array_keys(self::$all);
    }

    /** What only coroutines may call ends the process anywhere else. */
    public static function needed(): void
    {
        if (!self::$current) {
            fwrite(STDERR, "PHP Fatal error:  Uncaught Swoole\\Error: API must be called in the coroutine\n");
            exit(255);
        }
    }

    /**
     * Gives control back to whoever started or resumed this coroutine; returns what resume() was given.
     *
     * @param ?callable $cancel takes it off where it waits; null: this wait cannot be cancelled
     */
    public static function suspend(?callable $cancel = null): mixed
    {
        self::needed();
        $task = self::$current;
        $task->cancel = $cancel;
        $value = \Fiber::suspend();
        $task->cancel = null;
        $thrown = $task->thrown;
        $task->thrown = null;
        if ($thrown) {
            throw $thrown;
        }
        return $value;
    }

    /** Wakes a coroutine with CANCELLED; with an exception it gets that, now or when it wakes up by itself. */
    public static function cancel(int $id, bool $throw): bool
    {
        $task = self::$all[$id] ?? null;
        if (!$task || ($throw && $task->thrown)) {
            return false;
        }
        if ($throw && !$task->fiber->isSuspended()) {
            /* The real one breaks down then. */
            posix_kill(getmypid(), SIGSEGV);
        }
        if ($throw) {
            $task->thrown = new \Swoole\Coroutine\CanceledException();
        }
        $cancel = $task->cancel;
        if (!$cancel) {
            return $throw;
        }
        $task->cancel = null;
        $cancel();
        self::resume($id, self::CANCELLED);
        return true;
    }

    public static function resume(int $id, mixed $value = null): bool
    {
        $task = self::$all[$id] ?? null;
        if (!$task || !$task->fiber->isSuspended()) {
            return false;
        }
        self::enter($task, static fn () => $task->fiber->resume($value));
        return true;
    }

    public static function sleep(float $seconds): bool
    {
        $id = self::currentId();
        $timer = Loop::get()->addTimer($seconds * 1000, false, static fn () => self::resume($id), [], true);
        return self::suspend(static fn () => Loop::get()->clearTimer($timer)) !== self::CANCELLED;
    }
}
