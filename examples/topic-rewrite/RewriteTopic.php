<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace App\Routing;

use MqttServer\Annotation\MQTTPublish;
use MqttServer\Message\Response;
use Psr\Http\Message\ServerRequestInterface;

/** Devices of the first series publish to v1/{device}/…; everybody else sees devices/{device}/v1/…. */
final class RewriteTopic
{
    #[MQTTPublish(priority: 10)]
    public function handle(ServerRequestInterface $request, Response $response): Response
    {
        if (preg_match('~^v1/([^/]+)/(.+)$~s', $request->getTopic(), $part)) {
            return $response
                ->withTopic("devices/$part[1]/v1/$part[2]")
                ->withUserProperty('original-topic', $request->getTopic());
        }
        return $response;
    }
}
