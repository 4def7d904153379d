<?php
/* SPDX-License-Identifier: MIT
 *
 * tests/host/double/Tcp.php - one connection: its socket, and the output that the kernel did not take.
 */
declare(strict_types=1);

namespace HostDouble;

final class Tcp
{
    public int $id = 0;
    /** Bytes of a packet that has not come whole, with open_mqtt_protocol. */
    public string $in = '';
    /** @var list<string> */
    private array $out = [];
    private int $offset = 0;
    public int $queued = 0;
    /** The application may use it; false as soon as close() was called or the peer has gone. */
    public bool $open = true;
    /** Its close callback runs just now. */
    public bool $inClose = false;
    /** bufferFull was told. */
    public bool $full = false;
    public bool $paused = false;
    public int $errno = 0;
    public float $connected;
    public float $received;
    public float $sent = 0.0;
    public ?int $uid = null;

    /** @param resource $stream @param int $socketFd number that the system would give: the lowest free one */
    public function __construct(public $stream, public object $port, public int $socketFd, public int $reactor,
        public string $address, public int $remotePort)
    {
        $this->connected = $this->received = microtime(true);
        stream_set_blocking($stream, false);
        stream_set_write_buffer($stream, 0);
    }

    /** Takes output; what the kernel does not take now waits. False: the peer has gone. */
    public function write(string $bytes): bool
    {
        $this->sent = microtime(true);
        if (!$this->out) {
            $done = $this->push($bytes, 0);
            if ($done === false) {
                return false;
            }
            if ($done === strlen($bytes)) {
                return true;
            }
            $this->offset = $done;
            $this->queued -= $done;
        }
        $this->out[] = $bytes;
        $this->queued += strlen($bytes);
        return true;
    }

    /** The kernel takes more. False: the peer has gone. */
    public function flush(): bool
    {
        while ($this->out) {
            $done = $this->push($this->out[0], $this->offset);
            if ($done === false) {
                return false;
            }
            $this->queued -= $done;
            $this->offset += $done;
            if ($this->offset < strlen($this->out[0])) {
                return true;
            }
            array_shift($this->out);
            $this->offset = 0;
        }
        return true;
    }

    private function push(string $bytes, int $offset): int|false
    {
        $begin = $offset;
        while ($offset < strlen($bytes)) {
            $done = @fwrite($this->stream, substr($bytes, $offset, 262144));
            if ($done === false) {
                return false;
            }
            if ($done === 0) {
                break;
            }
            $offset += $done;
        }
        return $offset - $begin;
    }

    public function drop(): void
    {
        $this->out = [];
        $this->offset = $this->queued = 0;
    }

    /** What getClientInfo() tells. */
    public function info(): array
    {
        return ($this->uid !== null ? ['uid' => $this->uid] : []) + ['server_port' => $this->port->port, 'server_fd' => 5,
            'socket_fd' => $this->socketFd, 'socket_type' => 1, 'remote_port' => $this->remotePort,
            'remote_ip' => $this->address, 'reactor_id' => $this->reactor, 'connect_time' => (int) $this->connected,
            'last_time' => (int) $this->received, 'last_recv_time' => $this->received, 'last_send_time' => $this->sent,
            'last_dispatch_time' => $this->received, 'close_errno' => $this->errno, 'recv_queued_bytes' => 0,
            'send_queued_bytes' => $this->queued];
    }
}
