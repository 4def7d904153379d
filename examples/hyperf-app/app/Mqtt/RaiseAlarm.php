<?php

declare(strict_types=1);

namespace App\Mqtt;

use Hyperf\Contract\ConfigInterface;
use Hyperf\HttpMessage\Server\Response;
use MqttServer\Annotation\MQTTPublish;
use MqttServer\Publisher;
use Psr\Http\Message\ServerRequestInterface;

/** Publishes alarms/{device} when a value is too high. Priority -1: after the broker acted; the response tells how. */
final class RaiseAlarm
{
    /** @var array<string, float> */
    private array $above;

    public function __construct(private Publisher $publisher, ConfigInterface $config)
    {
        $this->above = $config->get('devices.alarm_above', []);
    }

    #[MQTTPublish(priority: -1)]
    public function check(ServerRequestInterface $request, Response $response): Response
    {
        $refused = $response->getReasonCode() >= 0x80;
        if ($refused || !preg_match('~^devices/([^/]+)/telemetry$~', $request->getTopic(), $part)) {
            return $response;
        }
        foreach (json_decode($request->getPayload(), true) as $metric => $value) {
            if (isset($this->above[$metric]) && $value > $this->above[$metric]) {
                $alarm = json_encode(['metric' => $metric, 'value' => $value, 'limit' => $this->above[$metric]]);
                $this->publisher->publish("alarms/$part[1]", $alarm, qos: 1);
            }
        }
        return $response;
    }
}
