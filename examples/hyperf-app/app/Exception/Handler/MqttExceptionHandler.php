<?php

declare(strict_types=1);

namespace App\Exception\Handler;

use Hyperf\Contract\StdoutLoggerInterface;
use Hyperf\ExceptionHandler\ExceptionHandler;
use Psr\Http\Message\ResponseInterface;

/** Sees what MQTT handlers throw. The packet is refused in any case; withClosed() would end the connection too. */
final class MqttExceptionHandler extends ExceptionHandler
{
    public function __construct(private StdoutLoggerInterface $logger)
    {
    }

    public function handle(\Throwable $throwable, ResponseInterface $response)
    {
        $this->logger->error(sprintf(
            '%s: %s at %s:%d',
            $throwable::class,
            $throwable->getMessage(),
            $throwable->getFile(),
            $throwable->getLine(),
        ));
        $this->stopPropagation();
        return $response;
    }

    public function isValid(\Throwable $throwable): bool
    {
        return true;
    }
}
