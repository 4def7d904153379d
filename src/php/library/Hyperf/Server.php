<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace Hyperf\MqttServer;

use Hyperf\Contract\MiddlewareInitializerInterface;
use Hyperf\Contract\OnReceiveInterface;

/** The server with the interfaces of Hyperf: a second class, for a second server of one application. */
class Server extends \MqttServer\Server implements OnReceiveInterface, MiddlewareInitializerInterface
{
}
