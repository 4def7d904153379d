<?php

declare(strict_types=1);

namespace App\Mqtt;

use App\Telemetry\Store;
use MqttServer\Annotation\MQTTPublish;
use MqttServer\Client;
use MqttServer\Packet;

/** Stores devices/{device}/telemetry: a JSON object of numbers. Anything else there is refused, before it is routed. */
final class StoreTelemetry
{
    private const PAYLOAD_FORMAT_INVALID = 0x99;

    public function __construct(private Store $store)
    {
    }

    /** (Packet, Client) in place of (request, response): nothing of PSR-7 is made. A number returned is a reason code. */
    #[MQTTPublish]
    public function store(Packet $packet, Client $client): ?int
    {
        if (!preg_match('~^devices/([^/]+)/telemetry$~', $packet->getTopic(), $part)) {
            return null;
        }
        $values = json_decode($packet->getPayload(), true);
        if (!is_array($values) || $values === [] || array_filter($values, fn ($value) => !is_int($value) && !is_float($value))) {
            return self::PAYLOAD_FORMAT_INVALID;
        }
        $this->store->add($part[1], $values);
        return null;
    }
}
