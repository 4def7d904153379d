<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace MqttServer\Async;

use Revolt\EventLoop\Suspension;

/**
 * Revolt's suspension of one handler, timer or task of the server. The server knows that it waits, ends the wait when its
 * deadline comes or its client goes, and hands no later job what was meant for this one.
 */
final class RevoltSuspension implements Suspension
{
    private ?Wait $wait = null;

    /** The server has ended the wait: what resumes it now comes too late, and that is nobody's mistake. */
    private bool $ended = false;

    public function __construct(private readonly Loop $loop)
    {
    }

    public function suspend(): mixed
    {
        if ($this->wait) {
            throw new \Error('Must call resume() or throw() before calling suspend() again');
        }
        if ($this->loop->suspension() !== $this) {
            throw new \Error('Must not call suspend() from another fiber');
        }
        $this->wait = $wait = new Wait();
        $this->ended = false;
        try {
            return $wait->wait();
        } finally {
            if ($this->wait === $wait) {
                $this->wait = null;
                $this->ended = true;
            }
        }
    }

    public function resume(mixed $value = null): void
    {
        $this->take('resume')?->resume($value);
    }

    public function throw(\Throwable $throwable): void
    {
        $this->take('throw')?->throw($throwable);
    }

    private function take(string $method): ?Wait
    {
        $wait = $this->wait;
        if (!$wait && !$this->ended) {
            throw new \Error("Must call suspend() before calling $method()");
        }
        $this->wait = null;
        $this->ended = false;
        return $wait;
    }
}
