<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace MqttServer\Async;

use Revolt\EventLoop;
use Revolt\EventLoop\Internal\AbstractDriver;
use Revolt\EventLoop\Internal\DriverCallback;
use Revolt\EventLoop\Internal\SignalCallback;
use Revolt\EventLoop\Internal\StreamCallback;
use Revolt\EventLoop\Internal\StreamWritableCallback;
use Revolt\EventLoop\Internal\TimerCallback;
use Revolt\EventLoop\Suspension;

/**
 * Revolt's event loop on that of the server: Server::start() puts it in place, and what waits in Revolt goes on while
 * the server runs. Without a running server it is a driver like others.
 */
final class RevoltDriver extends AbstractDriver
{
    private readonly Loop $loop;

    /** What the loop's Fiber suspends with to give control back to the server, see src/php/revolt.c. */
    private readonly \Closure $pause;

    /** @var array<string, DriverCallback> those that are watched */
    private array $watched = [];

    /** A callback without a watch: Revolt's loop does not end while the server runs. */
    private ?string $keeper = null;

    public function __construct()
    {
        parent::__construct();
        $pause = new \Error('The event loop is run by the server');
        $this->loop = new Loop($pause);
        $this->pause = static fn (): never => throw $pause;
    }

    /** The driver that Revolt uses from now on, or why it cannot be one of ours. */
    public static function install(): self|string
    {
        if (\Fiber::getCurrent()) {
            return 'start() was called in a Fiber';
        }
        $slot = new \ReflectionProperty(EventLoop::class, 'driver');
        $driver = $slot->isInitialized() ? $slot->getValue() : null;
        if ($driver instanceof self) {
            return $driver;
        }
        $wanted = (string) getenv('REVOLT_DRIVER');
        if ($driver === null && $wanted !== '' && strcasecmp(ltrim($wanted, '\\'), self::class) !== 0) {
            return "REVOLT_DRIVER is $wanted";
        }
        if ($driver?->getIdentifiers()) {
            return sprintf(
                'it has the driver %s, with callbacks; before the first of them comes '
                    . 'Revolt\EventLoop::setDriver(new MqttServer\Async\RevoltDriver())',
                $driver::class,
            );
        }
        if ($driver?->isRunning()) {
            /* Its Fiber is suspended, as ever when {main} has waited for something. */
            $driver->stop();
            $driver->run();
        }
        EventLoop::setDriver($driver = new self());
        return $driver;
    }

    /** The server is about to run the loop. */
    public function enter(): void
    {
        $this->repair();
        $this->keeper = parent::repeat(1e9, static function (): void {
        });
    }

    /** The server has run the loop for the last time. */
    public function leave(): void
    {
        if ($this->keeper !== null) {
            parent::cancel($this->keeper);
            $this->keeper = null;
        }
        if ($this->isRunning()) {
            parent::stop();
            $this->run();
        }
    }

    /** A callback has called exit(), which ended the Fibers that it ran in, and the server goes on. */
    public function repair(): void
    {
        $renew = function (): void {
            if ($this->callbackFiber->isTerminated()) {
                $this->createCallbackFiber();
            }
        };
        \Closure::bind($renew, $this, AbstractDriver::class)();
    }

    public function run(): void
    {
        if ($this->loop->isServed() && !$this->loop->isDriven()) {
            throw new \Error('The event loop is already running');
        }
        parent::run();
    }

    public function stop(): void
    {
        if ($this->loop->isServed()) {
            $this->loop->stopServer();
        } else {
            parent::stop();
        }
    }

    public function queue(\Closure $closure, mixed ...$args): void
    {
        parent::queue($closure, ...$args);
        $this->loop->wake();
    }

    public function defer(\Closure $closure): string
    {
        $this->loop->wake();
        return parent::defer($closure);
    }

    public function delay(float $delay, \Closure $closure): string
    {
        $this->loop->wake();
        return parent::delay($delay, $closure);
    }

    public function repeat(float $interval, \Closure $closure): string
    {
        $this->loop->wake();
        return parent::repeat($interval, $closure);
    }

    public function onReadable(mixed $stream, \Closure $closure): string
    {
        $this->loop->wake();
        return parent::onReadable($stream, $closure);
    }

    public function onWritable($stream, \Closure $closure): string
    {
        $this->loop->wake();
        return parent::onWritable($stream, $closure);
    }

    public function onSignal(int $signal, \Closure $closure): string
    {
        $this->loop->wake();
        return parent::onSignal($signal, $closure);
    }

    public function enable(string $callbackId): string
    {
        $this->loop->wake();
        return parent::enable($callbackId);
    }

    public function getSuspension(): Suspension
    {
        if (!$this->loop->isJob()) {
            return parent::getSuspension();
        }
        $suspension = $this->loop->suspension();
        if (!$suspension) {
            $this->loop->keep($suspension = new RevoltSuspension($this->loop));
        }
        return $suspension;
    }

    public function getIdentifiers(): array
    {
        return array_values(array_diff(parent::getIdentifiers(), [$this->keeper]));
    }

    public function __debugInfo(): array
    {
        return array_diff_key(parent::__debugInfo(), [$this->keeper => true]);
    }

    public function getHandle(): Loop
    {
        return $this->loop;
    }

    protected function now(): float
    {
        return $this->loop->now();
    }

    protected function activate(array $callbacks): void
    {
        foreach ($callbacks as $id => $callback) {
            if ($id === $this->keeper) {
                continue;
            }
            try {
                match (true) {
                    $callback instanceof TimerCallback => $this->loop->timer($id, $callback->expiration),
                    $callback instanceof StreamCallback
                        => $this->loop->stream($id, $callback->stream, $callback instanceof StreamWritableCallback),
                    $callback instanceof SignalCallback => $this->loop->signal($id, $callback->signal),
                };
                $this->watched[$id] = $callback;
            } catch (\Error $error) {
                $this->cancel($id);
                $this->error($callback->closure, $error);
            }
        }
    }

    protected function deactivate(DriverCallback $callback): void
    {
        $this->loop->stop($callback->id);
        unset($this->watched[$callback->id]);
    }

    protected function dispatch(bool $blocking): void
    {
        if ($this->loop->turn($blocking)) {
            \Fiber::suspend($this->pause);
            if (!$this->loop->isDriven()) {
                throw new \Error('The server runs the event loop: only a Fiber can wait in it');
            }
        }
        foreach ($this->loop->fired() as $id) {
            if (isset($this->watched[$id])) {
                $this->enqueueCallback($this->watched[$id]);
            }
        }
    }
}
