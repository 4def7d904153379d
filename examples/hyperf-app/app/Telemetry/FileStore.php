<?php

declare(strict_types=1);

namespace App\Telemetry;

use Hyperf\Contract\ConfigInterface;

/** A line of JSON for each message, in one file of all workers. Put your database behind Store instead. */
final class FileStore implements Store
{
    private string $file;

    public function __construct(ConfigInterface $config)
    {
        $this->file = $config->get('devices.telemetry_file');
    }

    public function add(string $device, array $values): void
    {
        $line = json_encode(['device' => $device, 'time' => gmdate(DATE_ATOM), 'values' => $values], JSON_THROW_ON_ERROR);
        if (file_put_contents($this->file, $line . "\n", FILE_APPEND | LOCK_EX) === false) {
            throw new \RuntimeException("cannot write to {$this->file}");
        }
    }

    public function latest(string $device, int $count): array
    {
        $found = [];
        foreach (is_file($this->file) ? file($this->file, FILE_IGNORE_NEW_LINES) : [] as $line) {
            $entry = json_decode($line, true);
            if (($entry['device'] ?? null) === $device) {
                $found[] = $entry;
            }
        }
        return array_slice($found, -$count);
    }
}
