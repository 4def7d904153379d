<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace Hyperf\HttpMessage\Server;

use MqttServer\Message\BaseResponse;
use Psr\Http\Message\ResponseInterface;

/** Stands in for Hyperf's class of this name where hyperf/http-message is not installed. */
class Response extends BaseResponse implements ResponseInterface
{
}
