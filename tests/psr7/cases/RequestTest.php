<?php

/* SPDX-License-Identifier: MIT
 *
 * Http\Psr7Test\RequestIntegrationTest over MqttServer\Message\Request.
 */

declare(strict_types=1);

use Http\Psr7Test\RequestIntegrationTest;
use MqttServer\Message\Request;

final class RequestTest extends RequestIntegrationTest
{
    public function createSubject()
    {
        return new Request('GET', '/');
    }
}
