<?php
/* SPDX-License-Identifier: MIT
 *
 * tests/host/double/Reactor.php - accepts, reads and writes. Lives in each worker (BASE) or in the master (PROCESS).
 * What happens is told to its home through five closures.
 */
declare(strict_types=1);

namespace HostDouble;

final class Reactor
{
    private const CHUNK = 65536;
    private const FIRST_SOCKET_FD = 13;

    /** @var array<int, Tcp> by fd, those that still wait for their output to leave included */
    public array $connections = [];
    /** @var array<int, true> numbers that the system would not give now */
    private array $socketFds = [];
    private array $listeners = [];

    public \Closure $onOpened;   /* (Tcp) */
    public \Closure $onData;     /* (Tcp, string) */
    public \Closure $onGone;     /* (Tcp): the peer closed it; the socket is closed behind this call */
    public \Closure $onFull;     /* (Tcp) */
    public \Closure $onDrained;  /* (Tcp) */

    public function __construct(private Core $core, private ?int $reactorId)
    {
    }

    public function listen(): void
    {
        foreach ($this->core->ports as $port) {
            stream_set_blocking($port->socket, false);
            $this->listeners[] = $port->socket;
            Loop::get()->watch($port->socket, fn () => $this->accept($port), null);
        }
    }

    public function stopListening(): void
    {
        foreach ($this->listeners as $socket) {
            Loop::get()->unwatch($socket);
        }
        $this->listeners = [];
    }

    private function accept(object $port): void
    {
        $stream = @stream_socket_accept($port->socket, 0, $peer);
        if (!$stream) {
            return; /* another worker was faster */
        }
        for ($number = self::FIRST_SOCKET_FD; isset($this->socketFds[$number]);) {
            $number++;
        }
        $this->socketFds[$number] = true;
        [$address, $remote] = [substr($peer, 0, strrpos($peer, ':')), (int) substr($peer, strrpos($peer, ':') + 1)];
        $reactor = $this->reactorId ?? $number % 2;
        $tcp = new Tcp($stream, $port, $number, $reactor, trim($address, '[]'), $remote);
        $tcp->id = $this->core->table->allocate($this->record($tcp));
        $this->connections[$tcp->id] = $tcp;
        Loop::get()->watch($stream, fn () => $this->readable($tcp), null);
        ($this->onOpened)($tcp);
    }

    private function record(Tcp $tcp): array
    {
        return ['worker' => $this->core->workerOf($tcp), 'port' => $tcp->port->index] + $tcp->info();
    }

    private function readable(Tcp $tcp): void
    {
        $bytes = @stream_socket_recvfrom($tcp->stream, self::CHUNK);
        if ($bytes === false || $bytes === '') {
            $tcp->errno = $bytes === false ? 104 : $tcp->errno;
            $this->gone($tcp);
            return;
        }
        $tcp->received = microtime(true);
        if ($this->core->isProcessMode()) {
            $this->core->table->set($tcp->id, $this->record($tcp));
        }
        if (empty($tcp->port->settings()['open_mqtt_protocol'])) {
            ($this->onData)($tcp, $bytes);
            return;
        }
        $tcp->in .= $bytes;
        while ($tcp->open && ($packet = $this->cut($tcp)) !== null) {
            ($this->onData)($tcp, $packet);
        }
    }

    /** One whole MQTT packet; null while it has not come. */
    private function cut(Tcp $tcp): ?string
    {
        $length = 0;
        for ($i = 1; $i < 5; $i++) {
            if ($i >= strlen($tcp->in)) {
                return null;
            }
            $byte = ord($tcp->in[$i]);
            $length |= ($byte & 127) << 7 * ($i - 1);
            if ($byte < 128) {
                break;
            }
        }
        $total = $length + min($i, 4) + 1;
        $limit = $tcp->port->settings()['package_max_length'] ?? 2 * 1024 * 1024;
        /* Tiny limits are not honoured by the real one either: its buffer is 64 KiB in any case. */
        if ($total > max($limit, self::CHUNK)) {
            fwrite(STDERR, "[double] WARNING: a packet of $total bytes is longer than package_max_length\n");
            $tcp->errno = 11; /* what errno was, as seen */
            $this->gone($tcp);
            return null;
        }
        if (strlen($tcp->in) < $total) {
            return null;
        }
        $packet = substr($tcp->in, 0, $total);
        $tcp->in = substr($tcp->in, $total);
        return $packet;
    }

    /** The peer closed, or the connection broke. */
    private function gone(Tcp $tcp): void
    {
        if ($tcp->open) {
            $tcp->open = false;
            if (!$this->core->isProcessMode()) {
                $this->core->table->close($tcp->id); /* a master leaves this to the worker, which may have data to take */
            }
            ($this->onGone)($tcp);
        }
        $this->release($tcp);
    }

    public function release(Tcp $tcp): void
    {
        if (($this->connections[$tcp->id] ?? null) === $tcp) {
            unset($this->connections[$tcp->id]);
        }
        if ($tcp->stream) {
            Loop::get()->unwatch($tcp->stream);
            fclose($tcp->stream);
            $tcp->stream = null;
            unset($this->socketFds[$tcp->socketFd]);
        }
        $tcp->drop();
    }

    /** Takes output for a connection, whatever waits already. */
    public function send(Tcp $tcp, string $bytes): void
    {
        if (!$tcp->stream) {
            return;
        }
        if (!$tcp->write($bytes)) {
            $tcp->errno = 104;
            return; /* the read side will see it */
        }
        $this->account($tcp);
        if ($tcp->queued > 0) {
            Loop::get()->change($tcp->stream, null, fn () => $this->writable($tcp), $this->events($tcp, true));
        }
        if (!$tcp->full && $tcp->queued >= 0.8 * $this->core->bufferSize()) {
            $tcp->full = true;
            ($this->onFull)($tcp);
        }
    }

    private function events(Tcp $tcp, bool $write): int
    {
        return ($tcp->open && !$tcp->paused ? SWOOLE_EVENT_READ : 0) | ($write ? SWOOLE_EVENT_WRITE : 0);
    }

    private function account(Tcp $tcp): void
    {
        if ($this->core->isProcessMode()) {
            $this->core->table->setQueued($tcp->id, $tcp->queued, $tcp->queued > $this->core->bufferSize());
        }
    }

    private function writable(Tcp $tcp): void
    {
        if (!$tcp->flush()) {
            $tcp->errno = 104;
            $this->gone($tcp);
            return;
        }
        $this->account($tcp);
        if ($tcp->queued > 0) {
            return;
        }
        if (!$tcp->open) {
            $this->release($tcp);
            return;
        }
        Loop::get()->change($tcp->stream, null, null, $this->events($tcp, false));
        if ($tcp->full) {
            $tcp->full = false;
            ($this->onDrained)($tcp);
        }
    }

    public function pause(Tcp $tcp, bool $paused): void
    {
        $tcp->paused = $paused;
        Loop::get()->change($tcp->stream, null, null, $this->events($tcp, $tcp->queued > 0));
    }

    /** Our side closes: what waits goes out first, unless $reset. The close callback has been called by the home. */
    public function close(Tcp $tcp, bool $reset): void
    {
        $tcp->open = false;
        $this->core->table->close($tcp->id);
        if ($reset || $tcp->queued === 0) {
            $this->release($tcp);
        } elseif ($tcp->stream) {
            Loop::get()->change($tcp->stream, null, null, SWOOLE_EVENT_WRITE);
        }
    }
}
