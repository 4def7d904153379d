<?php

/* SPDX-License-Identifier: MIT
 *
 * Http\Psr7Test\ServerRequestIntegrationTest over MqttServer\Message\Request.
 */

declare(strict_types=1);

use Http\Psr7Test\ServerRequestIntegrationTest;
use MqttServer\Message\Request;

final class ServerRequestTest extends ServerRequestIntegrationTest
{
    public function createSubject()
    {
        return new Request('GET', '/', serverParams: $_SERVER);
    }
}
