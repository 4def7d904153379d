<?php
/* SPDX-License-Identifier: MIT
 *
 * tests/host/double/Manager.php - the processes that serve no connection's callbacks: the manager, which starts workers,
 * starts them again and reloads them; and in PROCESS mode the master, which has the sockets.
 */
declare(strict_types=1);

namespace HostDouble;

/** Forks workers and looks after them until it is told to end. */
final class Manager
{
    private const SIGNALS = [SIGCHLD, SIGTERM, SIGUSR1, SIGUSR2, SIGINT];

    /** @var array<int, int> worker id by process id */
    private array $workers = [];
    private bool $ending = false;
    /** @var array<int, float> when a worker that was told to stop is killed */
    private array $deadlines = [];
    private bool $reloading = false;

    public function __construct(private Core $core)
    {
    }

    /** Children start with the signals blocked, so that none comes before their handlers are set. */
    public static function block(): void
    {
        pcntl_sigprocmask(SIG_BLOCK, self::SIGNALS);
    }

    /** Returns when all workers have ended. */
    public function run(): void
    {
        $this->core->server->manager_pid = getmypid();
        $parent = posix_getppid();
        $total = $this->core->workers() + $this->core->taskWorkers();
        for ($id = 0; $id < $total; $id++) {
            $this->fork($id, true);
        }
        $this->core->fire('managerstart', []);
        while ($this->workers) {
            $info = [];
            $signal = @pcntl_sigtimedwait(self::SIGNALS, $info, 0, 50_000_000);
            if ($signal === SIGTERM || $signal === SIGINT) {
                $this->ending = true;
                $this->stopAll();
            } elseif ($signal === SIGUSR1 || $signal === SIGUSR2) {
                $this->reload();
            }
            if ($this->core->isProcessMode() && posix_getppid() !== $parent) {
                $this->ending = true; /* the master was killed */
                array_map(fn ($pid) => posix_kill($pid, SIGKILL), array_keys($this->workers));
            }
            $this->reap();
            $this->killLate();
        }
        $this->core->fire('managerstop', []);
    }

    private function reload(): void
    {
        if (!$this->ending && !$this->reloading) {
            $this->reloading = true;
            $this->core->fire('beforereload', []);
            $this->stopAll();
        }
    }

    private function stopAll(): void
    {
        foreach ($this->workers as $pid => $id) {
            posix_kill($pid, SIGTERM);
            $this->deadlines[$pid] = Loop::now() + $this->core->maxWaitMs();
        }
    }

    private function reap(): void
    {
        while (($pid = pcntl_waitpid(-1, $status, WNOHANG)) > 0) {
            $id = $this->workers[$pid] ?? null;
            unset($this->workers[$pid], $this->deadlines[$pid]);
            if ($id === null) {
                continue;
            }
            $signal = pcntl_wifsignaled($status) ? pcntl_wtermsig($status) : 0;
            $code = pcntl_wifexited($status) ? pcntl_wexitstatus($status) : 0;
            if ($signal || $code) {
                $this->core->fire('workererror', [$id, $pid, $code, $signal]);
            }
            if (!$this->ending) {
                $this->fork($id);
            }
        }
        if ($this->reloading && !$this->deadlines) {
            $this->reloading = false;
            $this->core->fire('afterreload', []);
        }
    }

    private function killLate(): void
    {
        foreach ($this->deadlines as $pid => $deadline) {
            if (Loop::now() > $deadline) {
                fwrite(STDERR, "[double] WARNING: worker $pid exit timeout, forced termination\n");
                posix_kill($pid, SIGKILL);
                $this->deadlines[$pid] = Loop::now() + 60_000;
            }
        }
    }

    private function fork(int $id, bool $first = false): void
    {
        $manager = getmypid();
        $pid = pcntl_fork();
        if ($pid > 0) {
            $this->workers[$pid] = $id;
            if ($id === 0 && !$this->core->isProcessMode()) {
                $this->core->server->master_pid = $pid;
            }
            return;
        }
        $server = $this->core->server;
        $server->manager_pid = $manager;
        if ($id === 0 && !$this->core->isProcessMode()) {
            $server->master_pid = getmypid();
        }
        $task = $id >= $this->core->workers();
        $this->core->begin($this->core->coroutines() && !$task);
        (match (true) {
            $task => new TaskWorker($this->core, $id),
            $this->core->isProcessMode() => new ProcessWorker($this->core, $id),
            default => new BaseWorker($this->core, $id, $first),
        })->run();
        exit(0);
    }
}

/** PROCESS mode: accepts, reads and writes; workers are told by their inboxes and ask by the master's. */
final class Master extends Role
{
    private bool $ending = false;
    private Reactor $reactor;

    public function run(): void
    {
        $core = $this->core;
        Manager::block();
        $core->server->master_pid = getmypid();
        $manager = pcntl_fork();
        if ($manager === 0) {
            $core->server->master_pid = posix_getppid();
            $core->begin(false);
            (new Manager($core))->run();
            exit(0);
        }
        $core->begin($core->coroutines());
        $core->server->manager_pid = $manager;
        $core->role = $this;
        pcntl_signal(SIGTERM, fn () => $this->end());
        pcntl_signal(SIGINT, fn () => $this->end());
        pcntl_signal(SIGUSR1, fn () => posix_kill($manager, SIGUSR1));
        pcntl_signal(SIGCHLD, SIG_DFL);
        pcntl_sigprocmask(SIG_SETMASK, []);
        $this->reactor = new Reactor($core, null);
        $this->reactor->onOpened = fn (Tcp $tcp) => $this->tell($tcp, 'connect', $tcp->reactor);
        $this->reactor->onData = fn (Tcp $tcp, string $data) => $this->tell($tcp, 'receive', $tcp->reactor, $data);
        $this->reactor->onGone = fn (Tcp $tcp) => $this->tell($tcp, 'gone', $tcp->reactor,
            ['worker' => -1, 'port' => $tcp->port->index] + $tcp->info());
        $this->reactor->onFull = fn (Tcp $tcp) => $this->tell($tcp, 'full');
        $this->reactor->onDrained = fn (Tcp $tcp) => $this->tell($tcp, 'empty');
        $slot = $core->masterSlot();
        Loop::get()->watch($core->pipes->inbox($slot), fn () => $this->readInbox($slot), null);
        $core->fire('start', []);
        $this->reactor->listen();
        Loop::get()->run(fn (): bool => $this->ending || pcntl_waitpid($manager, $status, WNOHANG) === $manager);
        $core->fire('beforeshutdown', []);
        $this->reactor->stopListening();
        foreach ($this->reactor->connections as $tcp) {
            $this->reactor->release($tcp);
        }
        if (posix_kill($manager, SIGTERM)) {
            pcntl_waitpid($manager, $status);
        }
    }

    public function end(): void
    {
        $this->ending = true;
    }

    private function tell(Tcp $tcp, string $what, mixed ...$arguments): void
    {
        $worker = $this->core->table->get($tcp->id)['worker'];
        $this->core->pipes->send($worker, [$what, $tcp->id, ...$arguments]);
    }

    private function readInbox(int $slot): void
    {
        for ($i = 0; $i < 64 && ($message = $this->core->pipes->receive($slot)); $i++) {
            [$what, $fd, $argument] = $message;
            $tcp = $this->reactor->connections[$fd] ?? null;
            if (!$tcp) {
                continue;
            }
            if ($what === 'send') {
                $this->reactor->send($tcp, $argument);
            } else {
                $this->reactor->close($tcp, $argument);
            }
        }
    }
}
