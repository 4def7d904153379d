<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace Hyperf\MqttServer;

use Hyperf\Contract\MiddlewareInitializerInterface;
use Hyperf\Contract\OnReceiveInterface;

/** The server under the name that configurations for the Composer package have, with the interfaces of Hyperf. */
class MQTTServer extends \MqttServer\Server implements OnReceiveInterface, MiddlewareInitializerInterface
{
}
