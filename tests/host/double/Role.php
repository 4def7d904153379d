<?php
/* SPDX-License-Identifier: MIT
 *
 * tests/host/double/Role.php - what a process of a server can do with connections; the defaults of processes that have none.
 */
declare(strict_types=1);

namespace HostDouble;

abstract class Role
{
    public function __construct(protected Core $core)
    {
    }

    public function send(int $fd, string $bytes): bool
    {
        return $this->core->fail(1005);
    }

    public function close(int $fd, bool $reset): bool
    {
        return $this->core->fail(1005);
    }

    public function exist(int $fd): bool
    {
        return false;
    }

    public function info(int $fd): array|false
    {
        return false;
    }

    /** @return list<int> */
    public function connections(): array
    {
        return [];
    }

    public function pause(int $fd, bool $paused): bool
    {
        return false;
    }

    public function bind(int $fd, int $uid): bool
    {
        return false;
    }

    public function stop(): void
    {
    }
}
