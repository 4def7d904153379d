<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace MqttServer\Annotation;

/** Handles PUBLISH. */
#[\Attribute(\Attribute::TARGET_CLASS | \Attribute::TARGET_METHOD | \Attribute::IS_REPEATABLE)]
class MQTTPublish extends MQTTEvent
{
    public $type = 3;

    /** @var int so many PUBLISH packets of one connection may be handled at the same time, of each topic one */
    public $concurrency = 1;

    public function __construct(
        ?string $server = null,
        ?int $type = null,
        ?int $priority = null,
        ?int $concurrency = null,
    ) {
        parent::__construct($server, $type, $priority);
        $this->concurrency = $concurrency ?? $this->concurrency;
        if (!is_int($this->concurrency) || $this->concurrency < 1) {
            throw new \ValueError(static::class . '::__construct(): Argument #4 ($concurrency) must be at least 1');
        }
    }
}
