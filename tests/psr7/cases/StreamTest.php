<?php

/* SPDX-License-Identifier: MIT
 *
 * Http\Psr7Test\StreamIntegrationTest over MqttServer\Message\Stream.
 */

declare(strict_types=1);

use Http\Psr7Test\StreamIntegrationTest;
use MqttServer\Message\Stream;

final class StreamTest extends StreamIntegrationTest
{
    public function createStream($data)
    {
        return new Stream($data);
    }
}
