<?php

declare(strict_types=1);

use Hyperf\Contract\StdoutLoggerInterface;
use Psr\Log\LogLevel;

return [
    'app_name' => 'hyperf-app',
    'app_env' => 'dev',
    'scan_cacheable' => false,       // true in production: attributes are read from runtime/container only
    StdoutLoggerInterface::class => [
        'log_level' => [
            LogLevel::ALERT, LogLevel::CRITICAL, LogLevel::EMERGENCY, LogLevel::ERROR,
            LogLevel::INFO, LogLevel::NOTICE, LogLevel::WARNING,
        ],
    ],
];
