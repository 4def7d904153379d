<?php

declare(strict_types=1);

return [
    App\Device\Credentials::class => App\Device\ConfiguredCredentials::class,
    App\Telemetry\Store::class => App\Telemetry\FileStore::class,
];
