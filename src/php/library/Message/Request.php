<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace MqttServer\Message;

use Psr\Http\Message\ServerRequestInterface;

/** An MQTT packet as a PSR-7 server request. */
final class Request extends BaseRequest implements ServerRequestInterface
{
}
