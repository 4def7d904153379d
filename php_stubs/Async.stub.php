<?php

/** @generate-function-entries */

namespace MqttServer\Async;

/** Waits so many seconds, while everybody else goes on. */
function delay(float $seconds): void {}

/**
 * Waits until a stream can be read without waiting: bytes, the end, or an error.
 *
 * @param resource $stream
 * @throws \MqttServer\Exception\TimeoutException
 */
function readable($stream, ?float $timeout = null): void {}

/**
 * Waits until a stream takes bytes, or is found broken.
 *
 * @param resource $stream
 * @throws \MqttServer\Exception\TimeoutException
 */
function writable($stream, ?float $timeout = null): void {}

/** Starts a task in the background; what it returns or throws is what its future brings. */
function async(callable $task, mixed ...$arguments): Future {}

/**
 * Waits for all of them.
 *
 * @param array $futures futures, and callables, which are started as by async()
 * @return array results by the same keys; the first error is thrown
 * @throws \MqttServer\Exception\TimeoutException
 */
function await(array $futures, ?float $timeout = null): array {}
