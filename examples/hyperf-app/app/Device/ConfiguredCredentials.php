<?php

declare(strict_types=1);

namespace App\Device;

use Hyperf\Contract\ConfigInterface;

/** Devices of config/autoload/devices.php. */
final class ConfiguredCredentials implements Credentials
{
    /** @var array<string, string> */
    private array $tokens;

    /** @var list<string> */
    private array $readers;

    public function __construct(ConfigInterface $config)
    {
        $this->tokens = $config->get('devices.tokens', []);
        $this->readers = $config->get('devices.readers', []);
    }

    public function accepts(string $device, #[\SensitiveParameter] string $token): bool
    {
        return hash_equals($this->tokens[$device] ?? '', hash('sha256', $token));
    }

    public function isReader(string $device): bool
    {
        return in_array($device, $this->readers, true);
    }
}
