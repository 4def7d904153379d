<?php

/** @generate-class-entries */

namespace MqttServer\Hyperf;

/**
 * Stands behind the last middleware: hands the request on to the handlers of one packet, once.
 *
 * @strict-properties
 * @not-serializable
 */
abstract class BaseCoreMiddleware
{
    public function process(object $request, object $handler): \Psr\Http\Message\ResponseInterface {}
}
