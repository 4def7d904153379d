<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace App\Registry;

use Amp\ByteStream\BufferedReader;
use Amp\TimeoutCancellation;
use MqttServer\Annotation\MQTTConnect;
use MqttServer\Annotation\MQTTPublish;
use MqttServer\Message\Response;
use Psr\Http\Message\ServerRequestInterface;

use function Amp\async;
use function Amp\Future\await;
use function Amp\Socket\connect;

/** Asks the registry about devices and what they measure. Each question waits, and only its client waits with it. */
final class LookUp
{
    private const CLIENT_IDENTIFIER_NOT_VALID = 0x85;
    private const QUOTA_EXCEEDED = 0x97;

    public function __construct(private readonly string $address)
    {
    }

    #[MQTTConnect]
    public function connect(ServerRequestInterface $request, Response $response): Response
    {
        $device = $request->getParsedBody()['client_id'];
        if (!str_starts_with($device, 'device-')) {
            return $response;
        }
        $place = $this->ask('place ' . substr($device, strlen('device-')));
        return $place === '' ? $response->deny(self::CLIENT_IDENTIFIER_NOT_VALID, 'no such device') : $response;
    }

    #[MQTTPublish]
    public function publish(ServerRequestInterface $request, Response $response): Response
    {
        if (!preg_match('~^readings/([^/]+)/([^/]+)$~', $request->getTopic(), $part)) {
            return $response;
        }
        [$place, $limit] = await([
            async($this->ask(...), "place $part[1]"),
            async($this->ask(...), "limit $part[2]"),
        ]);
        if ($limit !== '' && (float) $request->getPayload() > (float) $limit) {
            return $response->deny(self::QUOTA_EXCEEDED, "more than $limit");
        }
        return $response->withTopic("places/$place/$part[2]");
    }

    private function ask(string $question): string
    {
        $patience = new TimeoutCancellation(5);
        $socket = connect($this->address, null, $patience);
        $socket->write("$question\n");
        return (new BufferedReader($socket))->readUntil("\n", $patience);
    }
}
