<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace Hyperf\MqttServer\Exception\Handler;

use Hyperf\Contract\StdoutLoggerInterface;
use Hyperf\ExceptionHandler\ExceptionHandler;
use Hyperf\ExceptionHandler\Formatter\FormatterInterface;
use Psr\Http\Message\ResponseInterface;

/** Logs what a handler threw, as a warning, and has the connection closed. */
class MqttExceptionHandler extends ExceptionHandler
{
    protected StdoutLoggerInterface $logger;

    protected FormatterInterface $formatter;

    public function __construct(StdoutLoggerInterface $logger, FormatterInterface $formatter)
    {
        $this->logger = $logger;
        $this->formatter = $formatter;
    }

    public function handle(\Throwable $throwable, ResponseInterface $response)
    {
        $this->logger->warning($this->formatter->format($throwable));
        $this->stopPropagation();
        return method_exists($response, 'withAttribute') ? $response->withAttribute('closed', true) : $response;
    }

    public function isValid(\Throwable $throwable): bool
    {
        return true;
    }
}
