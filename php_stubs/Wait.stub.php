<?php

/** @generate-class-entries */

namespace MqttServer\Async;

/**
 * One wait of a handler, timer or task of the server, for RevoltSuspension. Not for other use.
 *
 * @strict-properties
 * @not-serializable
 */
final class Wait
{
    /** For the code that runs now. */
    public function __construct() {}

    /** Waits until resume() or throw() has been called. */
    public function wait(): mixed {}

    /** @return bool false: the wait was over already */
    public function resume(mixed $value): bool {}

    /** @return bool false: the wait was over already */
    public function throw(\Throwable $exception): bool {}
}
