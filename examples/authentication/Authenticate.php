<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace App\Security;

use MqttServer\Annotation\MQTTConnect;
use MqttServer\Annotation\MQTTPublish;
use MqttServer\Annotation\MQTTSubscribe;
use MqttServer\Message\Response;
use Psr\Http\Message\ServerRequestInterface;

/** Lets clients in by name and password, and lets each publish and subscribe below its own name only. */
final class Authenticate
{
    private const BAD_USER_NAME_OR_PASSWORD = 0x86;
    private const NOT_AUTHORIZED = 0x87;

    /** Checked for names that do not exist: how long an answer takes must not tell whether a name does. */
    private string $nobody;

    /** @param array<string, string> $hashes user name => password_hash() */
    public function __construct(private array $hashes)
    {
        $this->nobody = password_hash(bin2hex(random_bytes(16)), PASSWORD_DEFAULT);
    }

    #[MQTTConnect(priority: 100)]
    public function connect(ServerRequestInterface $request, Response $response): Response
    {
        $packet = $request->getParsedBody();
        $hash = $this->hashes[$packet['user_name']] ?? $this->nobody;
        if (!password_verify($packet['password'], $hash)) {
            return $response->deny(self::BAD_USER_NAME_OR_PASSWORD, 'unknown user name or wrong password');
        }
        return $response;
    }

    #[MQTTPublish(priority: 100)]
    public function publish(ServerRequestInterface $request, Response $response): Response
    {
        $own = $request->getAttribute('username') . '/';
        return str_starts_with($request->getTopic(), $own) ? $response : $response->deny(self::NOT_AUTHORIZED);
    }

    #[MQTTSubscribe(priority: 100)]
    public function subscribe(ServerRequestInterface $request, Response $response): Response
    {
        $own = $request->getAttribute('username') . '/';
        $granted = [];
        foreach ($request->getPacket()->getTopicFilters() as $entry) {
            $granted[] = str_starts_with($entry['filter'], $own) ? $entry['qos'] : self::NOT_AUTHORIZED;
        }
        return $response->withGrantedQos(...$granted);
    }
}
