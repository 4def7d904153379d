<?php

/* SPDX-License-Identifier: MIT
 *
 * Http\Psr7Test\ResponseIntegrationTest over MqttServer\Message\Response.
 */

declare(strict_types=1);

use Http\Psr7Test\ResponseIntegrationTest;
use MqttServer\Message\Response;

final class ResponseTest extends ResponseIntegrationTest
{
    public function createSubject()
    {
        return new Response();
    }
}
