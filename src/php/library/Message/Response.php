<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace MqttServer\Message;

/** The response a handler gets and returns. */
class Response extends \Hyperf\HttpMessage\Server\Response
{
}
