<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace MqttServer\Handler;

use Psr\Http\Message\ResponseInterface;

/** For handlers that write the reply themselves, once. */
trait ResponseRewritable
{
    /** Has nobody written a reply yet? */
    public function isRewritable(ResponseInterface $response): bool
    {
        return (string) $response->getBody() === '';
    }
}
