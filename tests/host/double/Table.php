<?php
/* SPDX-License-Identifier: MIT
 *
 * tests/host/double/Table.php - what all processes of a server know about its connections: a file of fixed records.
 * The number of a record is the connection's fd. Owner of a record: whoever has the socket.
 */
declare(strict_types=1);

namespace HostDouble;

final class Table
{
    private const RECORD = 512;
    private const HEAD = 32; /* state, overflow, queued bytes; then JSON */

    private string $path;
    private $file;

    public function __construct(private bool $reuse)
    {
        $this->path = tempnam(is_writable('/dev/shm') ? '/dev/shm' : sys_get_temp_dir(), 'mqs-double-');
        $this->open();
        $this->write(0, str_pad('0', self::HEAD));
    }

    /** Each process needs an offset of its own. */
    public function open(): void
    {
        $this->file = fopen($this->path, 'r+b');
        stream_set_write_buffer($this->file, 0);
        stream_set_read_buffer($this->file, 0);
    }

    public function remove(): void
    {
        @unlink($this->path);
    }

    private function read(int $at, int $length): string
    {
        fseek($this->file, $at);
        return (string) fread($this->file, $length);
    }

    private function write(int $at, string $bytes): void
    {
        fseek($this->file, $at);
        fwrite($this->file, $bytes);
    }

    /** A new fd: counted up, or with $reuse the lowest that is free. */
    public function allocate(array $info): int
    {
        flock($this->file, LOCK_EX);
        $last = (int) $this->read(0, self::HEAD);
        $id = $last + 1;
        for ($i = 1; $this->reuse && $i <= $last; $i++) {
            if ($this->state($i) !== 'o') {
                $id = $i;
                break;
            }
        }
        $this->write(0, str_pad((string) max($last, $id), self::HEAD));
        $this->write($id * self::RECORD, str_pad('o00', self::HEAD));
        $this->set($id, $info);
        flock($this->file, LOCK_UN);
        return $id;
    }

    /** The state is left as it is: it may have been changed by another process meanwhile. */
    public function set(int $id, array $info): void
    {
        $json = str_pad(json_encode($info, JSON_PRESERVE_ZERO_FRACTION), self::RECORD - self::HEAD);
        $this->write($id * self::RECORD + self::HEAD, $json);
    }

    /** 'o' open, 'd' half closed, 'c' closed, '' never used */
    public function state(int $id): string
    {
        if ($id < 1) {
            return '';
        }
        return trim($this->read($id * self::RECORD, 1), "\0 ");
    }

    public function get(int $id): ?array
    {
        if ($this->state($id) === '') {
            return null;
        }
        return json_decode(rtrim($this->read($id * self::RECORD + self::HEAD, self::RECORD - self::HEAD)), true);
    }

    /** @param bool $half a worker closed it, the master has not done so yet */
    public function close(int $id, bool $half = false): void
    {
        $this->write($id * self::RECORD, $half ? 'd' : 'c');
    }

    public function setQueued(int $id, int $bytes, bool $overflow): void
    {
        $this->write($id * self::RECORD + 1, str_pad(($overflow ? '1' : '0') . $bytes, self::HEAD - 1));
    }

    /** @return array{int, bool} bytes that wait, and whether they are too many */
    public function queued(int $id): array
    {
        $text = $this->read($id * self::RECORD + 1, self::HEAD - 1);
        return [(int) substr($text, 1), $text[0] === '1'];
    }

    /** @return list<int> */
    public function all(): array
    {
        $last = (int) $this->read(0, self::HEAD);
        return array_values(array_filter($last ? range(1, $last) : [], fn ($id) => $this->state($id) === 'o'));
    }
}
