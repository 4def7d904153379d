<?php

declare(strict_types=1);

namespace App\Device;

/** Who may come in. */
interface Credentials
{
    public function accepts(string $device, #[\SensitiveParameter] string $token): bool;

    /** May it see the topics of all devices? */
    public function isReader(string $device): bool;
}
