<?php
/* SPDX-License-Identifier: MIT
 *
 * tests/host/double/Pipes.php - one inbox for each process of a server, made before the fork; everybody may write to it.
 * Messages are datagrams, so they arrive whole and in the order of their sender; long ones go through a file.
 */
declare(strict_types=1);

namespace HostDouble;

final class Pipes
{
    private const INLINE = 96 * 1024;

    /** @var array<int, array{resource, resource}> read end, write end */
    private array $inboxes = [];
    /** @var array<int, list<string>> what an inbox did not take yet */
    private array $waiting = [];

    public function add(int $slot): void
    {
        $pair = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_DGRAM, 0);
        stream_set_blocking($pair[0], false);
        stream_set_blocking($pair[1], false);
        $this->inboxes[$slot] = $pair;
    }

    /** After a fork: what the parent had to send is the parent's. */
    public function forget(): void
    {
        $this->waiting = [];
    }

    public function has(int $slot): bool
    {
        return isset($this->inboxes[$slot]);
    }

    public function send(int $slot, array $message): void
    {
        $bytes = 'i' . serialize($message);
        if (strlen($bytes) > self::INLINE) {
            $file = tempnam(is_writable('/dev/shm') ? '/dev/shm' : sys_get_temp_dir(), 'mqs-double-');
            file_put_contents($file, substr($bytes, 1));
            $bytes = "f$file";
        }
        if (empty($this->waiting[$slot]) && $this->push($slot, $bytes)) {
            return;
        }
        $this->waiting[$slot][] = $bytes;
        $write = $this->inboxes[$slot][1];
        Loop::get()->watch($write, null, function () use ($slot): void {
            $this->flush($slot);
        });
    }

    /** A worker that produces much is slowed down to the pace of its master. */
    public function slowDown(int $slot): void
    {
        if (count($this->waiting[$slot] ?? []) > 256) {
            $write = [$this->inboxes[$slot][1]];
            $none = null;
            if (@stream_select($none, $write, $none, 0, 20_000)) {
                $this->flush($slot);
            }
        }
    }

    private function push(int $slot, string $bytes): bool
    {
        return @stream_socket_sendto($this->inboxes[$slot][1], $bytes) > 0;
    }

    private function flush(int $slot): void
    {
        while ($this->waiting[$slot] && $this->push($slot, $this->waiting[$slot][0])) {
            array_shift($this->waiting[$slot]);
        }
        if (!$this->waiting[$slot]) {
            Loop::get()->unwatch($this->inboxes[$slot][1]);
        }
    }

    /** What is left goes out before the process ends, if somebody takes it. */
    public function finish(): void
    {
        $end = Loop::now() + 500;
        foreach (array_keys(array_filter($this->waiting)) as $slot) {
            while ($this->waiting[$slot] && Loop::now() < $end) {
                $this->flush($slot);
                usleep(500);
            }
        }
    }

    /** @return resource */
    public function inbox(int $slot)
    {
        return $this->inboxes[$slot][0];
    }

    /** The next message, null when there is none. */
    public function receive(int $slot): ?array
    {
        $bytes = @stream_socket_recvfrom($this->inboxes[$slot][0], 2 * self::INLINE);
        if ($bytes === false || $bytes === '') {
            return null;
        }
        if ($bytes[0] === 'f') {
            $text = file_get_contents(substr($bytes, 1));
            unlink(substr($bytes, 1));
            return unserialize($text);
        }
        return unserialize(substr($bytes, 1));
    }
}
