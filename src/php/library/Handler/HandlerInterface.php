<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace MqttServer\Handler;

use MqttServer\Message\Response;
use Psr\Http\Message\ServerRequestInterface;

/** A class whose attribute stands at the class is called by this method. */
interface HandlerInterface
{
    public function handle(ServerRequestInterface $request, Response $response): Response;
}
