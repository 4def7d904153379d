<?php

/** @generate-class-entries */

namespace MqttServer;

/**
 * One MQTT packet, read on demand. What a packet of its type does not have is "", 0, false, [] or null, as each method says.
 *
 * @strict-properties
 * @not-serializable
 */
final class Packet
{
    /** @var int */
    const CONNECT = 1;
    /** @var int */
    const CONNACK = 2;
    /** @var int */
    const PUBLISH = 3;
    /** @var int */
    const PUBACK = 4;
    /** @var int */
    const PUBREC = 5;
    /** @var int */
    const PUBREL = 6;
    /** @var int */
    const PUBCOMP = 7;
    /** @var int */
    const SUBSCRIBE = 8;
    /** @var int */
    const SUBACK = 9;
    /** @var int */
    const UNSUBSCRIBE = 10;
    /** @var int */
    const UNSUBACK = 11;
    /** @var int */
    const PINGREQ = 12;
    /** @var int */
    const PINGRESP = 13;
    /** @var int */
    const DISCONNECT = 14;
    /** @var int */
    const AUTH = 15;

    private function __construct() {}

    /** One of the constants of this class. */
    public function getType(): int {}

    /** "PUBLISH" */
    public function getTypeName(): string {}

    /** 3 for MQTT 3.1, 4 for 3.1.1, 5 for 5.0. */
    public function getProtocolLevel(): int {}

    /** Topic name of a PUBLISH, "" elsewhere and when it has a topic alias instead. */
    public function getTopic(): string {}

    /** Application message of a PUBLISH, "" elsewhere. */
    public function getPayload(): string {}

    /**
     * In a handler of deliveries the client identifier of who published the message; null when that is not known (the
     * server, a client of another worker, one that is gone), and elsewhere.
     */
    public function getPublisher(): ?string {}

    /** QoS of a PUBLISH, 0 elsewhere. */
    public function getQos(): int {}

    /** RETAIN flag of a PUBLISH, false elsewhere. */
    public function isRetain(): bool {}

    /** DUP flag of a PUBLISH, false elsewhere. */
    public function isDup(): bool {}

    /** Packet identifier, 0 when the packet has none. */
    public function getPacketId(): int {}

    /** Reason or return code of CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, DISCONNECT and AUTH, 0 elsewhere. */
    public function getReasonCode(): int {}

    /**
     * Codes of SUBACK and UNSUBACK, [] elsewhere.
     *
     * @return list<int>
     */
    public function getReasonCodes(): array {}

    /** Client identifier of a CONNECT, "" elsewhere. */
    public function getClientId(): string {}

    /** User name of a CONNECT, null when it has none and elsewhere. */
    public function getUsername(): ?string {}

    /** Password of a CONNECT, null when it has none and elsewhere. */
    public function getPassword(): ?string {}

    /** Clean Start (Clean Session) of a CONNECT, false elsewhere. */
    public function isCleanStart(): bool {}

    /** Session Present of a CONNACK, false elsewhere. */
    public function isSessionPresent(): bool {}

    /** Keep alive of a CONNECT in seconds, 0 elsewhere. */
    public function getKeepAlive(): int {}

    /**
     * Will of a CONNECT, as in the packet's array; null when it has none and elsewhere.
     *
     * @return array<string, mixed>|null
     */
    public function getWill(): ?array {}

    /**
     * SUBSCRIBE: a list of arrays with the keys filter, qos, no_local, retain_as_published and retain_handling.
     * UNSUBSCRIBE: a list of filters. [] elsewhere.
     *
     * @return list<array<string, mixed>>|list<string>
     */
    public function getTopicFilters(): array {}

    /**
     * Properties by name, user properties among them; [] below MQTT 5.
     * When that form loses something, the key user_properties has them all.
     *
     * @return array<string, mixed>
     */
    public function getProperties(): array {}

    /** One property, or the last user property of that name; null when there is none. */
    public function getProperty(string $name): mixed {}

    /**
     * All user properties in their order, [name, value] each.
     *
     * @return list<array{string, string}>
     */
    public function getUserProperties(): array {}

    /**
     * The array that Codec::unpack() makes of the packet.
     *
     * @return array<string, mixed>
     */
    public function toArray(): array {}
}
