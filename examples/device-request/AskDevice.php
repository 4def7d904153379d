<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace App\Devices;

use MqttServer\Annotation\MQTTPublish;
use MqttServer\Exception\MqttException;
use MqttServer\Exception\TimeoutException;
use MqttServer\Message\Response;
use MqttServer\Server;
use Psr\Http\Message\ServerRequestInterface;

/**
 * Whoever publishes to ask/{device}/{what} has the device asked: the answer is published to answers/{device}/{what},
 * and only then the question is acknowledged. Meanwhile everybody else is served.
 */
final class AskDevice
{
    public function __construct(private readonly Server $server)
    {
    }

    #[MQTTPublish]
    public function handle(ServerRequestInterface $request, Response $response): Response
    {
        if (!preg_match('~^ask/([^/]+)/([^/]+)$~', $request->getTopic(), $part)) {
            return $response;
        }
        try {
            $answer = $this->server->request("devices/$part[1]/get", $part[2], timeout: 2.0);
        } catch (TimeoutException $error) {
            return $response->withReasonCode(0x83)->withReasonString($error->getMessage());
        } catch (MqttException $error) { /* nobody listens there */
            return $response->withReasonCode(0x80)->withReasonString($error->getMessage());
        }
        $this->server->publish("answers/$part[1]/$part[2]", $answer->getPayload(), qos: 1);
        return $response;
    }
}
