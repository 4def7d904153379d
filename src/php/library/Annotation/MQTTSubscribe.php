<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace MqttServer\Annotation;

/** Handles SUBSCRIBE. */
#[\Attribute(\Attribute::TARGET_CLASS | \Attribute::TARGET_METHOD | \Attribute::IS_REPEATABLE)]
class MQTTSubscribe extends MQTTEvent
{
    public $type = 8;
}
