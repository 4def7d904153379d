<?php

declare(strict_types=1);

return [
    'handler' => [
        'http' => [Hyperf\HttpServer\Exception\Handler\HttpExceptionHandler::class],
        'mqtt' => [App\Exception\Handler\MqttExceptionHandler::class],
    ],
];
