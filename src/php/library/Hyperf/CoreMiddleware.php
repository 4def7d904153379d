<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace MqttServer\Hyperf;

use Psr\Http\Server\MiddlewareInterface;

/** What the middlewares of a server of Hyperf hand the request of an MQTT packet on to. */
final class CoreMiddleware extends BaseCoreMiddleware implements MiddlewareInterface
{
}
