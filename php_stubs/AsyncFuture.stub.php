<?php

/** @generate-class-entries */

namespace MqttServer\Async;

/**
 * A result that somebody will bring.
 *
 * @strict-properties
 * @not-serializable
 */
final class Deferred
{
    public function __construct() {}

    /** Brings the result. It can be brought once. */
    public function complete(mixed $value = null): void {}

    /** Brings an error instead. */
    public function error(\Throwable $error): void {}

    public function isComplete(): bool {}

    public function getFuture(): Future {}
}

/**
 * A result that can be waited for, by any number and any number of times.
 *
 * @strict-properties
 * @not-serializable
 */
final class Future
{
    private function __construct() {}

    /**
     * The result; waits until it is there. An error is thrown.
     *
     * @throws \MqttServer\Exception\TimeoutException
     */
    public function await(?float $timeout = null): mixed {}

    public function isComplete(): bool {}
}
