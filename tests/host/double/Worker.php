<?php
/* SPDX-License-Identifier: MIT
 *
 * tests/host/double/Worker.php - the three kinds of worker process: with the sockets in it (BASE), behind a master that
 * has them (PROCESS), and for tasks.
 */
declare(strict_types=1);

namespace HostDouble;

abstract class Worker extends Role
{
    private bool $stopping = false;
    private bool $asked = false;
    /** When it was told to stop. */
    private float $since = 0.0;

    public function __construct(Core $core, protected int $id)
    {
        parent::__construct($core);
    }

    /** Runs until told to stop. The process ends with it. */
    public function run(): void
    {
        $server = $this->core->server;
        $server->worker_id = $this->id;
        $server->worker_pid = getmypid();
        $server->taskworker = $this->id >= $this->core->workers();
        $this->core->role = $this;
        /* No fiber can be started inside a signal handler. */
        pcntl_signal(SIGTERM, function (): void {
            $this->asked = true;
        });
        pcntl_signal(SIGINT, SIG_IGN);
        pcntl_signal(SIGUSR1, SIG_IGN);
        pcntl_signal(SIGCHLD, SIG_DFL);
        pcntl_sigprocmask(SIG_SETMASK, []);
        $parent = posix_getppid();
        Loop::get()->watch($this->core->pipes->inbox($this->id), fn () => $this->readInbox(), null);
        $this->began();
        $this->core->fire('workerstart', [$this->id]);
        Loop::get()->run(function () use ($parent): bool {
            if (posix_getppid() !== $parent && !$this->single()) {
                exit(1); /* the manager was killed: nobody is left to end us */
            }
            if ($this->asked) {
                $this->stopNow();
            }
            return $this->stopping && $this->mayEnd();
        });
        $this->finish();
        $this->core->fire('workerstop', [$this->id]);
        $this->core->pipes->finish();
    }

    protected function single(): bool
    {
        return false;
    }

    public function stop(): void
    {
        $this->asked = true;
    }

    private function stopNow(): void
    {
        if (!$this->stopping) {
            $this->stopping = true;
            $this->since = Loop::now();
            $this->stopReading();
        }
    }

    /** Asked once a turn while stopping: workerExit tells the application that something of its own still holds it. */
    private function mayEnd(): bool
    {
        if (!Loop::get()->pending() && !Scheduler::ids()) {
            return true;
        }
        if ($this->single() && Loop::now() > $this->since + $this->core->maxWaitMs()) {
            fwrite(STDERR, "[double] WARNING: worker exit timeout, forced termination\n");
            return true;
        }
        $this->core->fire('workerexit', [$this->id]);
        return false;
    }

    protected function began(): void
    {
    }

    protected function stopReading(): void
    {
    }

    protected function finish(): void
    {
    }

    private function readInbox(): void
    {
        for ($i = 0; $i < 64 && ($message = $this->core->pipes->receive($this->id)); $i++) {
            $this->take(...$message);
            if (Loop::get()->fatal !== null) {
                return;
            }
        }
    }

    protected function take(string $what, mixed ...$arguments): void
    {
        match ($what) {
            'pipe' => $this->core->fire('pipemessage', $arguments),
            'finish' => $this->core->fire('finish', $arguments),
            default => null,
        };
    }
}

/** BASE: accepts from the listeners that all workers share. */
final class BaseWorker extends Worker
{
    private Reactor $reactor;
    /** @var array<int, list<int>> coroutines that are suspended in send(), by fd */
    private array $waiting = [];

    public function __construct(Core $core, int $id, private bool $first = true,
        private bool $alone = false)
    {
        parent::__construct($core, $id);
    }

    protected function single(): bool
    {
        return $this->alone;
    }

    protected function began(): void
    {
        $this->reactor = new Reactor($this->core, $this->id);
        $this->reactor->onOpened = fn (Tcp $tcp) => $this->core->fire('connect', [$tcp->id, $tcp->reactor], $tcp->port);
        $this->reactor->onData = fn (Tcp $tcp, string $data) =>
            $this->core->fire('receive', [$tcp->id, $tcp->reactor, $data], $tcp->port);
        $this->reactor->onGone = fn (Tcp $tcp) => $this->tellClose($tcp, $tcp->reactor);
        $this->reactor->onFull = fn (Tcp $tcp) => $this->core->fire('bufferfull', [$tcp->id], $tcp->port);
        $this->reactor->onDrained = fn (Tcp $tcp) => $this->drained($tcp);
        $this->reactor->listen();
        if ($this->id === 0 && $this->first) {
            $this->core->fire('start', []);
        }
    }

    private function tellClose(Tcp $tcp, int $reactor): void
    {
        $tcp->inClose = true;
        $this->core->fire('close', [$tcp->id, $reactor], $tcp->port);
        $tcp->inClose = false;
    }

    private function drained(Tcp $tcp): void
    {
        $waiting = $this->waiting[$tcp->id] ?? [];
        unset($this->waiting[$tcp->id]);
        foreach ($waiting as $cid) {
            Scheduler::resume($cid);
        }
        $this->core->fire('bufferempty', [$tcp->id], $tcp->port);
    }

    private function own(int $fd): ?Tcp
    {
        $tcp = $this->reactor->connections[$fd] ?? null;
        return $tcp && ($tcp->open || $tcp->inClose) ? $tcp : null;
    }

    /** The other worker that has, or had, this connection. */
    private function other(int $fd): ?int
    {
        $worker = $this->core->table->get($fd)['worker'] ?? $this->id;
        return $worker === $this->id ? null : $worker;
    }

    public function send(int $fd, string $bytes): bool
    {
        $tcp = $this->own($fd);
        if (!$tcp) {
            $worker = $this->other($fd);
            if ($worker === null) {
                return $this->core->fail(1005);
            }
            $this->core->pipes->send($worker, ['send', $fd, $bytes]);
            return true;
        }
        while ($tcp->queued > $this->core->bufferSize()) {
            if (!$this->core->sendYields()) {
                fwrite(STDERR, "[double] WARNING: output buffer of connection $fd overflows\n");
                return $this->core->fail(1009);
            }
            /* As in the real one: when the peer dies meanwhile, nobody resumes this coroutine. */
            $this->core->lastError = 1010;
            $this->waiting[$fd][] = Scheduler::currentId();
            Scheduler::suspend();
        }
        $this->reactor->send($tcp, $bytes);
        return true;
    }

    public function close(int $fd, bool $reset): bool
    {
        $tcp = $this->own($fd);
        if ($tcp) {
            return $tcp->open ? $this->closeOwn($tcp, $reset) : $this->core->fail(1005);
        }
        $worker = $this->core->table->state($fd) === 'o' ? $this->other($fd) : null;
        if ($worker === null) {
            return $this->core->fail(1005);
        }
        $this->core->table->close($fd);
        $this->core->pipes->send($worker, ['close', $fd, $reset]);
        return true;
    }

    private function closeOwn(Tcp $tcp, bool $reset): bool
    {
        $tcp->open = false;
        $this->core->table->close($tcp->id);
        $this->tellClose($tcp, -1);
        $this->reactor->close($tcp, $reset);
        return true;
    }

    public function exist(int $fd): bool
    {
        return $this->reactor->connections[$fd]->open ?? false;
    }

    public function info(int $fd): array|false
    {
        $tcp = $this->reactor->connections[$fd] ?? null;
        return $tcp ? $tcp->info() : false;
    }

    public function connections(): array
    {
        return array_keys(array_filter($this->reactor->connections, fn ($tcp) => $tcp->open));
    }

    public function pause(int $fd, bool $paused): bool
    {
        $tcp = $this->own($fd);
        if ($tcp) {
            $this->reactor->pause($tcp, $paused);
        }
        return (bool) $tcp;
    }

    public function bind(int $fd, int $uid): bool
    {
        $tcp = $this->own($fd);
        if ($tcp) {
            $tcp->uid = $uid;
        }
        return (bool) $tcp;
    }

    protected function take(string $what, mixed ...$arguments): void
    {
        if ($what === 'send') {
            [$fd, $bytes] = $arguments;
            $tcp = $this->own($fd);
            /* What does not fit is lost without a word, as seen. */
            if ($tcp && $tcp->queued <= $this->core->bufferSize()) {
                $this->reactor->send($tcp, $bytes);
            }
        } elseif ($what === 'close') {
            $tcp = $this->own($arguments[0]);
            if ($tcp?->open) {
                $this->closeOwn($tcp, $arguments[1]);
            }
        } else {
            parent::take($what, ...$arguments);
        }
    }

    protected function stopReading(): void
    {
        if ($this->id === 0) {
            $this->core->fire('beforeshutdown', []);
        }
        $this->reactor->stopListening();
        foreach ($this->reactor->connections as $tcp) {
            if ($tcp->open) {
                $this->reactor->pause($tcp, true);
            }
        }
    }

    protected function finish(): void
    {
        foreach ($this->reactor->connections as $tcp) {
            if ($tcp->open) {
                $this->closeOwn($tcp, false);
            }
        }
    }
}

/** PROCESS: everything of a connection comes and goes through the master. */
final class ProcessWorker extends Worker
{
    /** @var array<int, list<int>> */
    private array $waiting = [];
    /** @var array<int, array> connections whose close callback runs just now */
    private array $closing = [];

    private function known(int $fd): ?array
    {
        return $this->core->table->state($fd) === 'o' ? $this->core->table->get($fd) : null;
    }

    public function send(int $fd, string $bytes): bool
    {
        if (!$this->known($fd)) {
            return $this->core->fail($this->core->table->state($fd) === 'd' ? 1004 : 1005);
        }
        while ($this->core->table->queued($fd)[1]) {
            if (!$this->core->sendYields()) {
                return $this->core->fail(1009);
            }
            $this->core->lastError = 1010;
            $this->waiting[$fd][] = Scheduler::currentId();
            Scheduler::suspend();
            if (!$this->known($fd)) {
                return $this->core->fail(1004);
            }
        }
        $this->core->pipes->send($this->core->masterSlot(), ['send', $fd, $bytes]);
        $this->core->pipes->slowDown($this->core->masterSlot());
        return true;
    }

    public function close(int $fd, bool $reset): bool
    {
        $record = $this->known($fd);
        if (!$record) {
            return $this->core->fail($this->core->table->state($fd) === 'd' ? 1004 : 1005);
        }
        if ($record['worker'] !== $this->id) {
            $this->core->pipes->send($record['worker'], ['doclose', $fd, $reset]);
            return true;
        }
        $this->core->table->close($fd, true);
        $this->tellClose($fd, -1, $record);
        /* The master works in parallel: whoever asks in this turn still finds it half closed. */
        Loop::get()->defer(fn () => $this->core->pipes->send($this->core->masterSlot(), ['close', $fd, $reset]));
        return true;
    }

    private function tellClose(int $fd, int $reactor, array $record): void
    {
        $this->closing[$fd] = $record;
        if ($reactor >= 0) {
            $this->core->table->close($fd);
        }
        $this->resumeSenders($fd);
        $this->core->fire('close', [$fd, $reactor], $this->core->ports[$record['port']]);
        unset($this->closing[$fd]);
    }

    private function resumeSenders(int $fd): void
    {
        $waiting = $this->waiting[$fd] ?? [];
        unset($this->waiting[$fd]);
        foreach ($waiting as $cid) {
            Scheduler::resume($cid);
        }
    }

    public function exist(int $fd): bool
    {
        return $this->core->table->state($fd) === 'o';
    }

    public function info(int $fd): array|false
    {
        $record = $this->closing[$fd] ?? ($this->core->table->state($fd) === 'd' ? $this->core->table->get($fd) : $this->known($fd));
        if (!$record) {
            return false;
        }
        unset($record['worker'], $record['port']);
        $record['send_queued_bytes'] = $this->core->table->queued($fd)[0];
        return $record;
    }

    public function connections(): array
    {
        return $this->core->table->all();
    }

    protected function take(string $what, mixed ...$arguments): void
    {
        $fd = $arguments[0] ?? 0;
        $port = fn () => $this->core->ports[$this->core->table->get($fd)['port']];
        match ($what) {
            'connect' => $this->core->fire('connect', [$fd, $arguments[1]], $port()),
            'receive' => $this->exist($fd) ? $this->core->fire('receive', [$fd, $arguments[1], $arguments[2]], $port()) : null,
            'gone' => $this->exist($fd) ? $this->tellClose($fd, $arguments[1], $arguments[2]) : null,
            'doclose' => $this->close($fd, $arguments[1]),
            'full' => $this->core->fire('bufferfull', [$fd], $port()),
            'empty' => [$this->resumeSenders($fd), $this->core->fire('bufferempty', [$fd], $port())],
            default => parent::take($what, ...$arguments),
        };
    }
}

/** Runs tasks one after the other; nothing in it is a coroutine, and its loop serves nothing of the application's. */
final class TaskWorker extends Worker
{
    private function base(int $fd): ?array
    {
        return $this->core->table->state($fd) === 'o' ? $this->core->table->get($fd) : null;
    }

    public function send(int $fd, string $bytes): bool
    {
        $record = $this->base($fd);
        if (!$record) {
            return $this->core->fail(1005);
        }
        $slot = $this->core->isProcessMode() ? $this->core->masterSlot() : $record['worker'];
        $this->core->pipes->send($slot, ['send', $fd, $bytes]);
        return true;
    }

    public function close(int $fd, bool $reset): bool
    {
        $record = $this->base($fd);
        if (!$record) {
            return $this->core->fail(1005);
        }
        $this->core->pipes->send($record['worker'], [$this->core->isProcessMode() ? 'doclose' : 'close', $fd, $reset]);
        return true;
    }

    protected function take(string $what, mixed ...$arguments): void
    {
        if ($what !== 'task') {
            parent::take($what, ...$arguments);
            return;
        }
        [$taskId, $source, $data] = $arguments;
        $callback = $this->core->callback('task');
        try {
            $result = $callback($this->core->server, $taskId, $source, $data);
        } catch (\Throwable $error) {
            Loop::get()->fail($error);
            return;
        }
        if ($result !== null) {
            $this->core->pipes->send($source, ['finish', $taskId, $result]);
        }
    }
}
