<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace MqttServer\Annotation;

/** Handles the end of a connection, whatever the reason; 0 is no packet type of MQTT. */
#[\Attribute(\Attribute::TARGET_CLASS | \Attribute::TARGET_METHOD | \Attribute::IS_REPEATABLE)]
class MQTTClose extends MQTTEvent
{
    public $type = 0;
}
