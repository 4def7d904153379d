<?php

/** @generate-class-entries */

namespace MqttServer;

/**
 * An MQTT 3.1, 3.1.1 and 5.0 broker whose events PHP handlers may decide on.
 *
 * @strict-properties
 * @not-serializable
 */
class Server
{
    /**
     * @param array $options see docs/options.md; an unknown name is an error
     * @param \Psr\Container\ContainerInterface|null $container where handler objects come from
     */
    public function __construct(array $options = [], ?\Psr\Container\ContainerInterface $container = null) {}

    /** Adds a class by the attributes that it carries: its name, or an object of it. */
    public function addHandler(object|string $class): static {}

    /**
     * Adds the classes that carry attributes of ours.
     *
     * @param array|string $handlers a directory whose files are included in order of their paths, or a list of
     *                               classes, objects and directories
     */
    public function addHandlers(array|string $handlers): static {}

    /**
     * Adds a closure for connect, auth, publish, subscribe, unsubscribe, pingreq, disconnect, close or deliver. It
     * gets (MqttServer\Packet, MqttServer\Client) and returns null or true (allow), false (refuse), a reason code, or a
     * response.
     */
    public function on(string $event, callable $handler, int $priority = 0): static {}

    /** Names the server, as a framework does before its workers start: handlers and options for that name are taken. */
    public function setServerName(string $name): void {}

    /** The same, by the name that frameworks use. */
    public function initCoreMiddleware(string $serverName): void {}

    /**
     * A host that owns sockets and loop (Swoole, Swow, any other) received bytes.
     *
     * @param object $server the host's server with send(int $fd, string $bytes) and close(int $fd), or the connection
     *                       itself with send(string $bytes) and close()
     */
    public function onReceive($server, int $fd, int $reactorId, string $data): void {}

    /** Optional: a host accepted a connection. */
    public function onConnect(object $server, int $fd, int $reactorId = 0): void {}

    /** Optional, but without it the end of a connection is found only by looking: a connection is gone. */
    public function onClose(object $server, int $fd, int $reactorId = 0): void {}

    /** Optional: a worker of the host starts; else the first other event does what is to be done. */
    public function onWorkerStart(object $server, int $workerId): void {}

    /** A worker of the host stops: clients are told and disconnected, timers end. */
    public function onWorkerStop(object $server, int $workerId): void {}

    /** The same, when the host asks its workers to let go of their timers and descriptors. */
    public function onWorkerExit(object $server, int $workerId): void {}

    /** Optional; messages of others are not touched. */
    public function onPipeMessage(object $server, int $srcWorkerId, mixed $data): void {}

    /** Opens the listeners and runs until the server is stopped. */
    public function start(): void {}

    /** Stops gracefully: clients of 5.0 are told $reasonCode, output is drained. A second call stops at once. */
    public function stop(int $reasonCode = 0x8B): void {}

    /**
     * Publishes a message of the server's own. Handlers are not asked.
     *
     * @return int subscribers that it was handed to
     */
    public function publish(string $topic, string $payload, int $qos = 0, bool $retain = false, array $properties = []): int {}

    /**
     * Publishes a request and waits for the answer, as MQTT 5 describes it: Response Topic and Correlation Data are made
     * here, and whoever answers publishes with the same Correlation Data to that topic. With a property response_topic
     * the answer may come there, and the first message there that has no Correlation Data is one, too.
     *
     * @return Packet the PUBLISH that is the answer
     * @throws \MqttServer\Exception\TimeoutException
     * @throws \MqttServer\Exception\MqttException nobody subscribes to the topic
     */
    public function request(string $topic, string $payload, float $timeout = 5.0, int $qos = 1, array $properties = []): Packet {}

    /**
     * Waits for the next message that somebody publishes.
     *
     * @return Packet a PUBLISH
     * @throws \MqttServer\Exception\TimeoutException
     */
    public function next(string $filter, ?float $timeout = null): Packet {}

    /**
     * Disconnects a client.
     *
     * @param array $properties of DISCONNECT for a 5.0 client: server_reference, reason_string, user properties
     * @return bool false when no client of this name is connected (nor, with $discardSession, has a session); true
     *              also when other workers were asked, whose answer is not waited for
     */
    public function disconnect(string $clientId, int $reasonCode = 0x98, bool $discardSession = false, array $properties = []): bool {}

    /** All sessions, connected or not: a list of arrays. */
    public function clients(): array {}

    /** The connected client of this name. */
    public function client(string $clientId): ?Client {}

    /** Subscriptions of one client, or of all: a list of arrays. */
    public function subscriptions(?string $clientId = null): array {}

    /** The retained message of a topic. */
    public function retained(string $topic): ?array {}

    /** Calls $callback every so many seconds while the server runs; returns an id for cancelTimer(). */
    public function every(float $seconds, callable $callback): int {}

    /** Calls $callback once, so many seconds from now or from the start. */
    public function after(float $seconds, callable $callback): int {}

    /** @return bool false when there is no such timer */
    public function cancelTimer(int $timer): bool {}

    /** Counters and gauges by name. */
    public function stats(): array {}

    /** The port of the first listener: the bound one while the server runs. */
    public function port(): int {}

    /** The name by which attributes select this server. */
    public function name(): string {}

    /** Is start() running, or does a host give connections to this process? */
    public function isRunning(): bool {}
}
