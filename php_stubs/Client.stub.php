<?php

/** @generate-class-entries */

namespace MqttServer;

/**
 * One connection of a client. Harmless when the connection is gone.
 *
 * @strict-properties
 * @not-serializable
 */
final class Client
{
    private function __construct() {}

    /** Number of the connection, never used twice by one server; 0 for the will of a client that is gone. */
    public function id(): int {}

    public function clientId(): string {}

    public function username(): ?string {}

    /** Address and port, "127.0.0.1:49152". */
    public function peer(): string {}

    /** 3, 4 or 5; 0 when not known (any more). */
    public function protocolLevel(): int {}

    /** Keep-alive in seconds. */
    public function keepAlive(): int {}

    /** Has this connection been accepted, and is it still there? */
    public function isConnected(): bool {}

    /**
     * @param array $properties of DISCONNECT for a 5.0 client: server_reference, reason_string, user properties
     * @return bool false when the connection is gone or not yet accepted
     */
    public function disconnect(int $reasonCode = 0x98, bool $discardSession = false, array $properties = []): bool {}

    /** Keeps a value with the connection, until it is closed. */
    public function set(string $name, mixed $value): static {}

    public function get(string $name, mixed $default = null): mixed {}

    public function has(string $name): bool {}

    public function remove(string $name): static {}
}
