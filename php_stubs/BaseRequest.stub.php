<?php

/** @generate-class-entries */

namespace MqttServer\Message;

/**
 * What is behind MqttServer\Message\Request: a PSR-7 server request over an MQTT packet.
 *
 * @strict-properties
 * @not-serializable
 */
abstract class BaseRequest
{
    public function __construct(string $method = "POST", \Psr\Http\Message\UriInterface|string $uri = "http://0.0.0.0/", array $headers = [], \Psr\Http\Message\StreamInterface|string|null $body = null, string $protocolVersion = "1.1", array $serverParams = []) {}

    /** The request that handlers get for a packet; for tests of handlers without a server. */
    public static function fromPacket(\MqttServer\Packet $packet, ?\MqttServer\Client $client = null, string $server = "mqtt", int $fd = 0, int $reactorId = 0): \Psr\Http\Message\ServerRequestInterface {}

    public function getProtocolVersion(): string {}

    /** @param string $version */
    public function withProtocolVersion($version): \Psr\Http\Message\ServerRequestInterface {}

    public function getHeaders(): array {}

    /** @param string $name */
    public function hasHeader($name): bool {}

    /** @param string $name */
    public function getHeader($name): array {}

    /** @param string $name */
    public function getHeaderLine($name): string {}

    /**
     * @param string $name
     * @param string|array $value
     */
    public function withHeader($name, $value): \Psr\Http\Message\ServerRequestInterface {}

    /**
     * @param string $name
     * @param string|array $value
     */
    public function withAddedHeader($name, $value): \Psr\Http\Message\ServerRequestInterface {}

    /** @param string $name */
    public function withoutHeader($name): \Psr\Http\Message\ServerRequestInterface {}

    public function getBody(): \Psr\Http\Message\StreamInterface {}

    public function withBody(\Psr\Http\Message\StreamInterface $body): \Psr\Http\Message\ServerRequestInterface {}

    public function getRequestTarget(): string {}

    /** @param string $requestTarget */
    public function withRequestTarget($requestTarget): \Psr\Http\Message\ServerRequestInterface {}

    public function getMethod(): string {}

    /** @param string $method */
    public function withMethod($method): \Psr\Http\Message\ServerRequestInterface {}

    public function getUri(): \Psr\Http\Message\UriInterface {}

    /** @param bool $preserveHost */
    public function withUri(\Psr\Http\Message\UriInterface $uri, $preserveHost = false): \Psr\Http\Message\ServerRequestInterface {}

    public function getServerParams(): array {}

    public function getCookieParams(): array {}

    public function withCookieParams(array $cookies): \Psr\Http\Message\ServerRequestInterface {}

    public function getQueryParams(): array {}

    public function withQueryParams(array $query): \Psr\Http\Message\ServerRequestInterface {}

    public function getUploadedFiles(): array {}

    public function withUploadedFiles(array $uploadedFiles): \Psr\Http\Message\ServerRequestInterface {}

    public function getParsedBody(): array|object|null {}

    /** @param array|object|null $data */
    public function withParsedBody($data): \Psr\Http\Message\ServerRequestInterface {}

    public function getAttributes(): array {}

    /**
     * @param string $name
     * @param mixed $default
     */
    public function getAttribute($name, $default = null): mixed {}

    /**
     * @param string $name
     * @param mixed $value
     */
    public function withAttribute($name, $value): \Psr\Http\Message\ServerRequestInterface {}

    /** @param string $name */
    public function withoutAttribute($name): \Psr\Http\Message\ServerRequestInterface {}

    /** The packet this request was made of; null for a connection that closed without one. */
    public function getPacket(): ?\MqttServer\Packet {}

    /** The client that sent the packet. */
    public function getClient(): ?\MqttServer\Client {}

    /** Topic of a PUBLISH; null for any other packet. */
    public function getTopic(): ?string {}

    /** Payload of a PUBLISH; null for any other packet. */
    public function getPayload(): ?string {}

    /**
     * Calls getPacket(), getClient(), getTopic() or getPayload() on a request of ours that has another parent class.
     *
     * @internal
     */
    public static function forward(object $request, string $method): mixed {}
}
