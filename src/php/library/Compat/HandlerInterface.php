<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace Hyperf\MqttServer\Handler;

use Hyperf\HttpMessage\Server\Response;
use Psr\Http\Message\ServerRequestInterface;

/** The same under the name and with the response class that handlers of the Composer package were written for. */
interface HandlerInterface
{
    public function handle(ServerRequestInterface $request, Response $response): Response;
}
