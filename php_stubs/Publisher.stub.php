<?php

/** @generate-class-entries */

namespace MqttServer;

/**
 * Publishes by a server that a host runs, from any process that was forked after the server was made: workers, task
 * workers, processes and HTTP servers of one application.
 *
 * @strict-properties
 * @not-serializable
 */
class Publisher
{
    /** @param string $server name of the server */
    public function __construct(string $server = "mqtt") {}

    /**
     * As Server::publish().
     *
     * @return int subscribers that it was handed to, as far as this process knows
     */
    public function publish(string $topic, string $payload, int $qos = 0, bool $retain = false, array $properties = []): int {}

    /** As Server::disconnect(). */
    public function disconnect(string $clientId, int $reasonCode = 0x98, bool $discardSession = false, array $properties = []): bool {}
}
