<?php
/* SPDX-License-Identifier: MIT
 *
 * tests/host/double/Core.php - what a Swoole\Server of ours is behind its public face: settings, callbacks, ports, the
 * table of connections, the inboxes of its processes, and the role that this process plays.
 */
declare(strict_types=1);

namespace HostDouble;

use Swoole\Server;

final class Core
{
    /** Callbacks that run in a coroutine of their own when coroutines are on. */
    private const IN_COROUTINE = ['start', 'workerstart', 'connect', 'receive', 'close', 'pipemessage', 'finish',
        'beforeshutdown'];
    public const EVENTS = ['start', 'beforeshutdown', 'shutdown', 'workerstart', 'workerstop', 'workerexit', 'workererror',
        'managerstart', 'managerstop', 'beforereload', 'afterreload', 'task', 'finish', 'pipemessage', 'connect', 'receive',
        'close', 'bufferfull', 'bufferempty', 'packet', 'request', 'message', 'open', 'handshake', 'beforehandshakeresponse',
        'disconnect'];

    /** @var list<object> the first is the server's own */
    public array $ports = [];
    /** @var array<string, callable> */
    public array $callbacks = [];
    public array $settings = [];
    public ?Table $table = null;
    public ?Pipes $pipes = null;
    public ?Role $role = null;
    public bool $started = false;
    public int $lastError = 0;
    private int $turn = 0;

    public function __construct(public Server $server)
    {
    }

    public function isProcessMode(): bool
    {
        return $this->server->mode === SWOOLE_PROCESS;
    }

    public function workers(): int
    {
        return max(1, (int) ($this->settings['worker_num'] ?? 2));
    }

    public function taskWorkers(): int
    {
        return (int) ($this->settings['task_worker_num'] ?? 0);
    }

    public function coroutines(): bool
    {
        return (bool) ($this->settings['enable_coroutine'] ?? true);
    }

    public function bufferSize(): int
    {
        return (int) ($this->settings['socket_buffer_size'] ?? 8 * 1024 * 1024);
    }

    /** A send() on a full connection suspends its coroutine instead of failing. */
    public function sendYields(): bool
    {
        return (bool) ($this->settings['send_yield'] ?? $this->coroutines()) && Scheduler::currentId() > 0;
    }

    public function maxWaitMs(): float
    {
        return 1000.0 * (float) ($this->settings['max_wait_time'] ?? 3);
    }

    /** The inbox of the master behind those of all workers. */
    public function masterSlot(): int
    {
        return $this->workers() + $this->taskWorkers();
    }

    /** Which worker a new connection belongs to. */
    public function workerOf(Tcp $tcp): int
    {
        if (!$this->isProcessMode()) {
            return $this->server->worker_id;
        }
        return match ((int) ($this->settings['dispatch_mode'] ?? 2)) {
            1, 3 => $this->turn++ % $this->workers(),
            4 => crc32($tcp->address) % $this->workers(),
            default => $tcp->socketFd % $this->workers(),
        };
    }

    public function callback(string $event, ?object $port = null): ?callable
    {
        return $port?->callbacks[$event] ?? $this->callbacks[$event] ?? null;
    }

    /** Calls the application, if it wants to know. */
    public function fire(string $event, array $arguments, ?object $port = null): bool
    {
        $callback = $this->callback($event, $port);
        if (!$callback) {
            return false;
        }
        array_unshift($arguments, $this->server);
        if (Loop::get()->coroutines && in_array($event, self::IN_COROUTINE, true)) {
            Scheduler::create($callback, $arguments);
            return true;
        }
        try {
            $callback(...$arguments);
        } catch (\Throwable $error) {
            Loop::get()->fail($error);
        }
        return true;
    }

    public function fail(int $error): bool
    {
        $this->lastError = $error;
        return false;
    }

    /** A new process of this server: nothing of its parent's loop, coroutines and queues is its own. */
    public function begin(bool $coroutines): void
    {
        Loop::reset();
        Scheduler::reset();
        Loop::get()->coroutines = $coroutines;
        $this->table->open();
        $this->pipes->forget();
    }
}
