<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace MqttServer\Message;

use MqttServer\Client;
use MqttServer\Packet;
use Psr\Http\Message\ServerRequestInterface;

/**
 * An MQTT packet as a PSR-7 server request, where hyperf/http-message is installed: everything of PSR-7 is Hyperf's.
 * Body, parsed body and attributes are made when they are asked for.
 */
final class Request extends \Hyperf\HttpMessage\Server\Request
{
    public function __construct(string $method = 'POST', mixed $uri = 'http://0.0.0.0/', array $headers = [],
        mixed $body = null, string $version = '1.1')
    {
        parent::__construct($method, $uri, $headers, $body, $version);
    }

    /** The request that handlers get for a packet; for tests of handlers without a server. */
    public static function fromPacket(Packet $packet, ?Client $client = null, string $server = 'mqtt', int $fd = 0,
        int $reactorId = 0): ServerRequestInterface
    {
        return BaseRequest::fromPacket($packet, $client, $server, $fd, $reactorId);
    }

    /** The packet; null when the request was not made of one. */
    public function getPacket(): ?Packet
    {
        return BaseRequest::forward($this, 'getPacket');
    }

    /** The client; null when there is none. */
    public function getClient(): ?Client
    {
        return BaseRequest::forward($this, 'getClient');
    }

    /** Topic of a PUBLISH. */
    public function getTopic(): ?string
    {
        return BaseRequest::forward($this, 'getTopic');
    }

    /** Payload of a PUBLISH. */
    public function getPayload(): ?string
    {
        return BaseRequest::forward($this, 'getPayload');
    }
}
