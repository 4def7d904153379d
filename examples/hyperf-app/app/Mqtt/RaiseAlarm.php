<?php

declare(strict_types=1);

namespace App\Mqtt;

use Hyperf\Contract\ConfigInterface;
use MqttServer\Annotation\MQTTPublish;
use MqttServer\Client;
use MqttServer\Packet;
use MqttServer\Publisher;

/** Publishes alarms/{device} when a value is too high. Priority -1: after the telemetry was accepted and routed. */
final class RaiseAlarm
{
    /** @var array<string, float> */
    private array $above;

    public function __construct(private Publisher $publisher, ConfigInterface $config)
    {
        $this->above = $config->get('devices.alarm_above', []);
    }

    #[MQTTPublish(priority: -1)]
    public function check(Packet $packet, Client $client): void
    {
        if (!preg_match('~^devices/([^/]+)/telemetry$~', $packet->getTopic(), $part)) {
            return;
        }
        $values = json_decode($packet->getPayload(), true);
        foreach (is_array($values) ? $values : [] as $metric => $value) {
            if (isset($this->above[$metric]) && $value > $this->above[$metric]) {
                $alarm = json_encode(['metric' => $metric, 'value' => $value, 'limit' => $this->above[$metric]]);
                $this->publisher->publish("alarms/$part[1]", $alarm, qos: 1);
            }
        }
    }
}
