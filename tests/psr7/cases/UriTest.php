<?php

/* SPDX-License-Identifier: MIT
 *
 * Http\Psr7Test\UriIntegrationTest over MqttServer\Message\Uri.
 */

declare(strict_types=1);

use Http\Psr7Test\UriIntegrationTest;
use MqttServer\Message\Uri;

final class UriTest extends UriIntegrationTest
{
    public function createUri($uri)
    {
        return new Uri($uri);
    }
}
