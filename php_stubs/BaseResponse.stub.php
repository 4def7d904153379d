<?php

/** @generate-class-entries */

namespace MqttServer\Message;

/**
 * What is behind MqttServer\Message\Response: a PSR-7 response with a say in the broker's answer.
 *
 * @strict-properties
 * @not-serializable
 */
abstract class BaseResponse
{
    public function __construct(int $status = 200, array $headers = [], \Psr\Http\Message\StreamInterface|string|null $body = null, string $protocolVersion = "1.1", string $reasonPhrase = "") {}

    /** @implementation-alias MqttServer\Message\BaseRequest::getProtocolVersion */
    public function getProtocolVersion(): string {}

    /**
     * @param string $version
     * @implementation-alias MqttServer\Message\BaseRequest::withProtocolVersion
     */
    public function withProtocolVersion($version): \Psr\Http\Message\ResponseInterface {}

    /** @implementation-alias MqttServer\Message\BaseRequest::getHeaders */
    public function getHeaders(): array {}

    /**
     * @param string $name
     * @implementation-alias MqttServer\Message\BaseRequest::hasHeader
     */
    public function hasHeader($name): bool {}

    /**
     * @param string $name
     * @implementation-alias MqttServer\Message\BaseRequest::getHeader
     */
    public function getHeader($name): array {}

    /**
     * @param string $name
     * @implementation-alias MqttServer\Message\BaseRequest::getHeaderLine
     */
    public function getHeaderLine($name): string {}

    /**
     * @param string $name
     * @param string|array $value
     * @implementation-alias MqttServer\Message\BaseRequest::withHeader
     */
    public function withHeader($name, $value): \Psr\Http\Message\ResponseInterface {}

    /**
     * @param string $name
     * @param string|array $value
     * @implementation-alias MqttServer\Message\BaseRequest::withAddedHeader
     */
    public function withAddedHeader($name, $value): \Psr\Http\Message\ResponseInterface {}

    /**
     * @param string $name
     * @implementation-alias MqttServer\Message\BaseRequest::withoutHeader
     */
    public function withoutHeader($name): \Psr\Http\Message\ResponseInterface {}

    /** @implementation-alias MqttServer\Message\BaseRequest::getBody */
    public function getBody(): \Psr\Http\Message\StreamInterface {}

    /** @implementation-alias MqttServer\Message\BaseRequest::withBody */
    public function withBody(\Psr\Http\Message\StreamInterface $body): \Psr\Http\Message\ResponseInterface {}

    public function getStatusCode(): int {}

    /**
     * @param int $code
     * @param string $reasonPhrase
     */
    public function withStatus($code, $reasonPhrase = ""): \Psr\Http\Message\ResponseInterface {}

    public function getReasonPhrase(): string {}

    /** @implementation-alias MqttServer\Message\BaseRequest::getAttributes */
    public function getAttributes(): array {}

    /**
     * @param string $name
     * @param mixed $default
     * @implementation-alias MqttServer\Message\BaseRequest::getAttribute
     */
    public function getAttribute($name, $default = null): mixed {}

    /**
     * @param string $name
     * @param mixed $value
     * @implementation-alias MqttServer\Message\BaseRequest::withAttribute
     */
    public function withAttribute($name, $value): static {}

    /**
     * @param string $name
     * @implementation-alias MqttServer\Message\BaseRequest::withoutAttribute
     */
    public function withoutAttribute($name): static {}

    public function withReasonCode(int $reasonCode): static {}

    public function getReasonCode(): ?int {}

    public function withReasonString(string $reasonString): static {}

    public function getReasonString(): ?string {}

    /** Adds one; names may repeat. */
    public function withUserProperty(string $name, string $value): static {}

    /** A list of [name, value]. */
    public function getUserProperties(): array {}

    /**
     * What SUBACK says for each filter, in their order: a QoS or a failure code.
     *
     * @param int|int[] $qos
     */
    public function withGrantedQos(...$qos): static {}

    public function getGrantedQos(): ?array {}

    public function withTopic(string $topic): static {}

    public function getTopic(): ?string {}

    public function withPayload(string $payload): static {}

    public function getPayload(): ?string {}

    public function withQos(int $qos): static {}

    public function getQos(): ?int {}

    public function withRetain(bool $retain = true): static {}

    public function getRetain(): ?bool {}

    /** Sets an MQTT 5.0 property by its array key; null takes it away. */
    public function withProperty(string $name, mixed $value): static {}

    public function getProperty(string $name): mixed {}

    public function getProperties(): array {}

    /** Refuses the packet. */
    public function deny(int $reasonCode = 0x87, string $reason = ""): static {}

    public function isDenied(): bool {}

    /** Acknowledges a PUBLISH without passing it on. */
    public function withoutRouting(): static {}

    public function isRouted(): bool {}

    /** Closes the connection after the output has been sent. */
    public function withClosed(bool $closed = true): static {}

    public function isClosed(): bool {}

    /** Skips the remaining handlers. */
    public function withStopped(bool $stopped = true): static {}

    public function isStopped(): bool {}

    /**
     * Calls one of the methods above on a response of ours that has another parent class.
     *
     * @internal
     */
    public static function forward(object $response, string $method, array $arguments = []): mixed {}
}
