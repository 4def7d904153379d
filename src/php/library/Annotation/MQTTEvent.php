<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace MqttServer\Annotation;

/**
 * Marks a handler: on a class its method handle(), on a method that method.
 *
 * server: name of the server; type: packet type, 0 for the end of a connection; a higher priority runs first.
 */
#[\Attribute(\Attribute::TARGET_CLASS | \Attribute::TARGET_METHOD | \Attribute::IS_REPEATABLE)]
class MQTTEvent
{
    public string $server;

    public int $type;

    public int $priority;

    public function __construct(string $server = 'mqtt', int $type = -1, int $priority = 0)
    {
        if ($type < 0 || $type > 15) {
            throw new \ValueError(static::class . '::__construct(): Argument #2 ($type) must be '
                . ($type === -1 ? 'given: ' : '') . 'a packet type from 1 to 15, or 0 for the end of a connection');
        }
        $this->server = $server;
        $this->type = $type;
        $this->priority = $priority;
    }
}
