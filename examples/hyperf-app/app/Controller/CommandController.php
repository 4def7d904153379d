<?php

declare(strict_types=1);

namespace App\Controller;

use App\Telemetry\Store;
use MqttServer\Publisher;
use Psr\Http\Message\ServerRequestInterface;

/** HTTP for people: commands to devices, and what they sent. */
final class CommandController
{
    public function __construct(private Publisher $publisher, private Store $store)
    {
    }

    /** POST /devices/boiler/commands {"valve": "open"}: the body goes to the device as it is, from whichever worker this is. */
    public function send(ServerRequestInterface $request, string $device): array
    {
        $subscribers = $this->publisher->publish(
            "devices/$device/commands",
            json_encode($request->getParsedBody(), JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE),
            qos: 1,
            properties: ['message_expiry_interval' => 60, 'content_type' => 'application/json'],
        );
        return ['subscribers' => $subscribers];
    }

    /** DELETE /devices/boiler/connection */
    public function disconnect(string $device): array
    {
        return ['disconnected' => $this->publisher->disconnect($device)];
    }

    /** GET /devices/boiler/telemetry */
    public function telemetry(string $device): array
    {
        return $this->store->latest($device, 20);
    }
}
