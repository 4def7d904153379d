<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace MqttServer\Annotation;

/**
 * Marks a handler: on a class its method handle(), on a method that method.
 *
 * The properties have no declared types: those of the Composer package have none, and classes derived from it stay valid.
 */
#[\Attribute(\Attribute::TARGET_CLASS | \Attribute::TARGET_METHOD | \Attribute::IS_REPEATABLE)]
class MQTTEvent
{
    /** @var string name of the server */
    public $server = 'mqtt';

    /** @var int packet type, 0 for the end of a connection, 16 for deliveries */
    public $type = -1;

    /** @var int a higher one runs first */
    public $priority = 0;

    /** What is not given is as the property says, whose default a class derived from this one may change. */
    public function __construct(?string $server = null, ?int $type = null, ?int $priority = null)
    {
        $this->server = $server ?? $this->server;
        $this->type = $type ?? $this->type;
        $this->priority = $priority ?? $this->priority;
        if (!is_int($this->type) || $this->type < 0 || $this->type > 16) {
            throw new \ValueError(static::class . '::__construct(): Argument #2 ($type) must be '
                . ($this->type === -1 ? 'given: ' : '') . 'a packet type from 1 to 15, 0 for the end of a connection, or 16 for deliveries');
        }
    }
}
