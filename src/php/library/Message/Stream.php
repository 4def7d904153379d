<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace MqttServer\Message;

use Psr\Http\Message\StreamInterface;

/** A PSR-7 stream over a string or a PHP stream resource. */
final class Stream extends BaseStream implements StreamInterface
{
}
