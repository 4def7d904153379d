<?php

declare(strict_types=1);

namespace App\Telemetry;

interface Store
{
    /** @param array<string, float> $values by metric */
    public function add(string $device, array $values): void;

    /** @return list<array{device: string, time: string, values: array<string, float>}> the latest last */
    public function latest(string $device, int $count): array;
}
