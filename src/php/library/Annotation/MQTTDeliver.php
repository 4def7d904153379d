<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace MqttServer\Annotation;

/** Decides on each message for each client, just before it goes there; 16 is no packet type of MQTT. */
#[\Attribute(\Attribute::TARGET_CLASS | \Attribute::TARGET_METHOD | \Attribute::IS_REPEATABLE)]
class MQTTDeliver extends MQTTEvent
{
    public $type = 16;
}
