<?php

/** @generate-class-entries */

namespace MqttServer\Async;

/**
 * The event loop as RevoltDriver sees it: the server's while it runs, else one of its own. Not for other use.
 *
 * @strict-properties
 * @not-serializable
 */
final class Loop
{
    /** @param \Throwable $pause what Driver::run() throws when it hands control back to a running server */
    public function __construct(\Throwable $pause) {}

    /** Monotonic seconds. */
    public function now(): float {}

    /** Fires once, not before $due on the clock of now(). */
    public function timer(string $id, float $due): void {}

    /**
     * Fires in every turn in which the stream is ready.
     *
     * @param resource $stream
     */
    public function stream(string $id, $stream, bool $writable): void {}

    public function signal(string $id, int $signal): void {}

    /** Harmless when nothing of this name is watched. */
    public function stop(string $id): void {}

    /**
     * Waits for something to fire, or only looks.
     *
     * @return bool a server runs the loop: the caller has to suspend
     */
    public function turn(bool $wait): bool {}

    /** What has fired, by name: each once, and forgotten by this call. */
    public function fired(): array {}

    /** There is something to do before the loop waits again. */
    public function wake(): void {}

    /** Does a server run the loop? */
    public function isServed(): bool {}

    /** Does the server run the driver at this moment? */
    public function isDriven(): bool {}

    /** Stops the server that runs the loop. */
    public function stopServer(): void {}

    /** Does the code that runs now belong to a handler, timer or task of the server? */
    public function isJob(): bool {}

    /** What keep() was given in this handler, timer or task; null: nothing, or the code belongs to none. */
    public function suspension(): ?object {}

    /** Keeps an object until this handler, timer or task is over. */
    public function keep(object $suspension): void {}
}
