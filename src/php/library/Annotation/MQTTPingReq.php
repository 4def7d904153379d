<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace MqttServer\Annotation;

/** Handles PINGREQ. */
#[\Attribute(\Attribute::TARGET_CLASS | \Attribute::TARGET_METHOD | \Attribute::IS_REPEATABLE)]
class MQTTPingReq extends MQTTEvent
{
    public function __construct(string $server = 'mqtt', int $type = 12, int $priority = 0)
    {
        parent::__construct($server, $type, $priority);
    }
}
