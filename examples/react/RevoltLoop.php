<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace App\React;

use React\EventLoop\LoopInterface;
use React\EventLoop\Timer\Timer;
use React\EventLoop\TimerInterface;
use React\Promise\PromiseInterface;
use Revolt\EventLoop;

/** ReactPHP's event loop on Revolt's, which is the server's: React\EventLoop\Loop::set(new RevoltLoop()). */
final class RevoltLoop implements LoopInterface
{
    /** @var array<int, string> stream => callback of Revolt */
    private array $reads = [];

    /** @var array<int, string> */
    private array $writes = [];

    /** @var \SplObjectStorage<TimerInterface, string> */
    private \SplObjectStorage $timers;

    /** @var array<int, array<string, callable>> signal => callback of Revolt => listener */
    private array $signals = [];

    public function __construct()
    {
        $this->timers = new \SplObjectStorage();
    }

    public function addReadStream($stream, $listener): void
    {
        $this->reads[(int) $stream] ??= EventLoop::onReadable($stream, static function (string $id, $stream) use ($listener): void {
            $listener($stream);
        });
    }

    public function addWriteStream($stream, $listener): void
    {
        $this->writes[(int) $stream] ??= EventLoop::onWritable($stream, static function (string $id, $stream) use ($listener): void {
            $listener($stream);
        });
    }

    public function removeReadStream($stream): void
    {
        EventLoop::cancel($this->reads[(int) $stream] ?? '');
        unset($this->reads[(int) $stream]);
    }

    public function removeWriteStream($stream): void
    {
        EventLoop::cancel($this->writes[(int) $stream] ?? '');
        unset($this->writes[(int) $stream]);
    }

    public function addTimer($interval, $callback): TimerInterface
    {
        $timer = new Timer($interval, $callback, false);
        $this->timers[$timer] = EventLoop::delay($timer->getInterval(), function () use ($timer): void {
            unset($this->timers[$timer]);
            ($timer->getCallback())($timer);
        });
        return $timer;
    }

    public function addPeriodicTimer($interval, $callback): TimerInterface
    {
        $timer = new Timer($interval, $callback, true);
        $this->timers[$timer] = EventLoop::repeat($timer->getInterval(), static function () use ($timer): void {
            ($timer->getCallback())($timer);
        });
        return $timer;
    }

    public function cancelTimer(TimerInterface $timer): void
    {
        if (isset($this->timers[$timer])) {
            EventLoop::cancel($this->timers[$timer]);
            unset($this->timers[$timer]);
        }
    }

    public function futureTick($listener): void
    {
        EventLoop::defer(static function () use ($listener): void {
            $listener();
        });
    }

    public function addSignal($signal, $listener): void
    {
        if (in_array($listener, $this->signals[$signal] ?? [], true)) {
            return;
        }
        $id = EventLoop::onSignal($signal, static function (string $id, int $signal) use ($listener): void {
            $listener($signal);
        });
        $this->signals[$signal][$id] = $listener;
    }

    public function removeSignal($signal, $listener): void
    {
        $id = array_search($listener, $this->signals[$signal] ?? [], true);
        if ($id !== false) {
            EventLoop::cancel($id);
            unset($this->signals[$signal][$id]);
        }
    }

    public function run(): void
    {
        EventLoop::run();
    }

    public function stop(): void
    {
        EventLoop::getDriver()->stop();
    }

    /** What the promise comes to. The handler that calls this waits; everybody else goes on. */
    public static function await(PromiseInterface $promise): mixed
    {
        $suspension = EventLoop::getSuspension();
        $settled = $waits = false;
        $value = $failure = null;
        $settle = static function (mixed $result, ?\Throwable $reason) use (&$settled, &$value, &$failure, &$waits, $suspension): void {
            [$settled, $value, $failure] = [true, $result, $reason];
            if ($waits) {
                $suspension->resume();
            }
        };
        $promise->then(
            static fn (mixed $result) => $settle($result, null),
            static fn (\Throwable $reason) => $settle(null, $reason),
        );
        if (!$settled) {
            $waits = true;
            try {
                $suspension->suspend();
            } finally {
                $waits = false;
            }
        }
        return $failure ? throw $failure : $value;
    }
}
