<?php

/** @generate-class-entries */

namespace MqttServer\Async;

/**
 * Values from those who make them to those who use them, in order.
 *
 * @strict-properties
 * @not-serializable
 */
final class Queue implements \Countable
{
    /** @param int $capacity values that it holds before push() waits */
    public function __construct(int $capacity = 1024) {}

    /**
     * Puts a value at the end; waits while the queue is full.
     *
     * @throws \MqttServer\Exception\ClosedException it has been closed
     */
    public function push(mixed $value): void {}

    /**
     * Takes the first value; waits while there is none.
     *
     * @throws \MqttServer\Exception\TimeoutException
     * @throws \MqttServer\Exception\ClosedException it has been closed, and is empty
     */
    public function pop(?float $timeout = null): mixed {}

    /** No value can be put in any more; those that are in it can be taken. */
    public function close(): void {}

    public function isClosed(): bool {}

    /** Values that are in it. */
    public function count(): int {}
}
