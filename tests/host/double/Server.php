<?php
/* SPDX-License-Identifier: MIT
 *
 * tests/host/double/Server.php - Swoole\Server as an application sees it.
 */
declare(strict_types=1);

namespace Swoole\Connection;

/** The fds that this process knows: its own in BASE mode, all in PROCESS mode. */
class Iterator implements \IteratorAggregate, \Countable
{
    public function __construct(private \HostDouble\Core $core)
    {
    }

    public function getIterator(): \Iterator
    {
        return new \ArrayIterator($this->core->role?->connections() ?? []);
    }

    /** Of all processes, in either mode. */
    public function count(): int
    {
        return count($this->core->table?->all() ?? []);
    }
}

namespace Swoole\Server;

use HostDouble\Core;

class Port
{
    public array $setting = [];
    public array $callbacks = [];
    /** @var resource */
    public $socket;

    public function __construct(private Core $core, public string $host, public int $port, public int $type, public int $index)
    {
        $address = str_contains($host, ':') ? "[$host]" : $host;
        $this->socket = @stream_socket_server("tcp://$address:$port", $code, $text, STREAM_SERVER_BIND);
        if (!$this->socket) {
            throw new \Swoole\Exception("failed to listen server port[$host:$port], Error: $text[$code]", $code);
        }
        $name = stream_socket_get_name($this->socket, false);
        $this->port = (int) substr($name, strrpos($name, ':') + 1);
    }

    /** The port is taken when it is made, but nobody can connect before start(). */
    public function listen(): void
    {
        socket_listen(socket_import_stream($this->socket), 512);
    }

    public function set(array $settings): bool
    {
        $this->setting = $settings + $this->setting;
        return true;
    }

    public function settings(): array
    {
        return $this->setting + $this->core->settings;
    }

    public function on(string $event, callable $callback): bool
    {
        if ($this->core->started) {
            trigger_error('Swoole\Server\Port::on(): server is running, unable to register event callback function', E_USER_WARNING);
            return false;
        }
        $this->callbacks[strtolower($event)] = $callback;
        return true;
    }

    public function getCallback(string $event): ?callable
    {
        return $this->callbacks[strtolower($event)] ?? null;
    }
}

namespace Swoole;

use HostDouble\BaseWorker;
use HostDouble\Core;
use HostDouble\Manager;
use HostDouble\Master;
use HostDouble\Pipes;
use HostDouble\Table;
use Swoole\Server\Port;

class Server
{
    public ?array $setting = null;
    public ?Connection\Iterator $connections = null;
    public string $host;
    public int $port;
    public int $type;
    public bool $ssl = false;
    public int $mode;
    public array $ports = [];
    public int $master_pid = 0;
    public int $manager_pid = 0;
    public int $worker_id = -1;
    public bool $taskworker = false;
    public int $worker_pid = 0;
    private Core $core;
    private int $lastTask = -1;

    public function __construct(string $host = '0.0.0.0', int $port = 0, int $mode = SWOOLE_BASE, int $sock_type = SWOOLE_SOCK_TCP)
    {
        $this->host = $host;
        $this->mode = $mode;
        $this->type = $sock_type;
        $this->core = new Core($this);
        $this->connections = new Connection\Iterator($this->core);
        $this->port = $this->listen($host, $port, $sock_type)->port;
    }

    public function listen(string $host, int $port, int $sock_type): Port|false
    {
        $made = new Port($this->core, $host, $port, $sock_type, count($this->ports));
        $this->ports[] = $this->core->ports[] = $made;
        return $made;
    }

    public function addlistener(string $host, int $port, int $sock_type): Port|false
    {
        return $this->listen($host, $port, $sock_type);
    }

    public function on(string $event_name, callable $callback): bool
    {
        $event = strtolower($event_name);
        if ($this->core->started) {
            trigger_error('Swoole\Server::on(): server is running, unable to register event callback function', E_USER_WARNING);
            return false;
        }
        if (!in_array($event, Core::EVENTS, true)) {
            trigger_error("Swoole\\Server::on(): unknown event types[$event_name]", E_USER_WARNING);
            return false;
        }
        $this->core->callbacks[$event] = $callback;
        return true;
    }

    public function getCallback(string $event_name): ?callable
    {
        return $this->core->callback(strtolower($event_name), $this->core->ports[0]);
    }

    public function set(array $settings): bool
    {
        if ($this->core->started) {
            trigger_error('Swoole\Server::set(): server is running, unable to execute Swoole\Server->set', E_USER_WARNING);
            return false;
        }
        $this->core->settings = $this->setting = $settings + $this->core->settings;
        return true;
    }

    /** Returns in the process that called it, after the server has been shut down. */
    public function start(): bool
    {
        $core = $this->core;
        $core->started = true;
        foreach ($core->ports as $port) {
            $port->listen();
        }
        /* A switch of the double alone: fds are used again at once, which the real one does not do for a long time. */
        $core->table = new Table((bool) getenv('HOST_DOUBLE_REUSE_FD'));
        $core->pipes = new Pipes();
        for ($slot = 0; $slot <= $core->masterSlot(); $slot++) {
            $core->pipes->add($slot);
        }
        if ($this->mode === SWOOLE_PROCESS) {
            (new Master($core))->run();
        } elseif ($core->workers() === 1 && !$core->taskWorkers()) {
            $this->master_pid = getmypid();
            $core->begin($core->coroutines());
            (new BaseWorker($core, 0, true, true))->run();
        } else {
            Manager::block();
            (new Manager($core))->run();
            pcntl_sigprocmask(SIG_SETMASK, []);
        }
        $core->fire('shutdown', []);
        $core->table->remove();
        return true;
    }

    public function send(int|string $fd, string $data, int $server_socket = -1): bool
    {
        if ((int) $fd <= 0) {
            trigger_error("Swoole\\Server::send(): invalid fd[$fd]", E_USER_WARNING);
            return $this->core->fail(503);
        }
        if ($data === '') {
            trigger_error('Swoole\Server::send(): the data sent must not be empty', E_USER_WARNING);
            return $this->core->fail(550);
        }
        return $this->core->role ? $this->core->role->send((int) $fd, $data) : false;
    }

    public function close(int $fd, bool $reset = false): bool
    {
        return $this->core->role ? $this->core->role->close($fd, $reset) : false;
    }

    public function exist(int $fd): bool
    {
        return $this->core->role ? $this->core->role->exist($fd) : false;
    }

    public function getClientInfo(int $fd, int $reactor_id = -1, bool $ignore_error = false): array|false
    {
        return $this->core->role ? $this->core->role->info($fd) : false;
    }

    public function getClientList(int $start_fd = 0, int $find_count = 10): array|false
    {
        $list = array_filter($this->core->role?->connections() ?? [], fn ($fd) => $fd > $start_fd);
        return $list ? array_slice(array_values($list), 0, $find_count) : false;
    }

    public function pause(int $fd): bool
    {
        return $this->core->role->pause($fd, true);
    }

    public function resume(int $fd): bool
    {
        return $this->core->role->pause($fd, false);
    }

    public function bind(int $fd, int $uid): bool
    {
        return $this->core->role->bind($fd, $uid);
    }

    public function sendMessage(mixed $message, int $dst_worker_id): bool
    {
        if (!$this->core->callback('pipemessage')) {
            trigger_error('Swoole\Server::sendMessage(): onPipeMessage is null, unable to use sendMessage', E_USER_WARNING);
            return false;
        }
        if ($dst_worker_id === $this->worker_id) {
            trigger_error("Swoole\\Server::sendMessage(): can't send messages to self", E_USER_WARNING);
            return $this->core->fail(503);
        }
        if ($dst_worker_id < 0 || $dst_worker_id >= $this->core->workers() + $this->core->taskWorkers()) {
            trigger_error("Swoole\\Server::sendMessage(): worker_id[$dst_worker_id] is invalid", E_USER_WARNING);
            return $this->core->fail(503);
        }
        $this->core->pipes->send($dst_worker_id, ['pipe', $this->worker_id, $message]);
        return true;
    }

    public function task(mixed $data, int $worker_id = -1, ?callable $finish = null): int|false
    {
        if (!$this->core->taskWorkers()) {
            trigger_error("Swoole\\Server::task(): task method can't be executed without task worker", E_USER_WARNING);
            return $this->core->fail(503);
        }
        $id = ++$this->lastTask;
        $slot = $this->core->workers() + ($worker_id >= 0 ? $worker_id : $id) % $this->core->taskWorkers();
        $this->core->pipes->send($slot, ['task', $id, $this->worker_id, $data]);
        return $id;
    }

    public function reload(bool $only_reload_taskworker = false): bool
    {
        return posix_kill($this->manager_pid, SIGUSR1);
    }

    public function shutdown(): bool
    {
        return posix_kill($this->mode === SWOOLE_PROCESS ? $this->master_pid : ($this->manager_pid ?: getmypid()), SIGTERM);
    }

    public function stop(int $worker_id = -1, bool $wait_event = false): bool
    {
        $this->core->role->stop();
        return true;
    }

    public function getLastError(): int
    {
        return $this->core->lastError;
    }

    public function getWorkerId(): int|false
    {
        return $this->worker_id;
    }

    public function getWorkerPid(int $worker_id = -1): int|false
    {
        return $this->worker_pid;
    }
}
