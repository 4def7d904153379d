<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace MqttServer\Message;

/**
 * The response a handler gets and returns, where hyperf/http-message is installed: PSR-7 and the attributes are Hyperf's,
 * the say in the broker's answer is that of BaseResponse.
 */
class Response extends \Hyperf\HttpMessage\Server\Response
{
    public function withReasonCode(int $reasonCode): static
    {
        return BaseResponse::forward($this, 'withReasonCode', [$reasonCode]);
    }

    public function getReasonCode(): ?int
    {
        return BaseResponse::forward($this, 'getReasonCode');
    }

    public function withReasonString(string $reasonString): static
    {
        return BaseResponse::forward($this, 'withReasonString', [$reasonString]);
    }

    public function getReasonString(): ?string
    {
        return BaseResponse::forward($this, 'getReasonString');
    }

    public function withUserProperty(string $name, string $value): static
    {
        return BaseResponse::forward($this, 'withUserProperty', [$name, $value]);
    }

    public function getUserProperties(): array
    {
        return BaseResponse::forward($this, 'getUserProperties');
    }

    public function withGrantedQos(int|array ...$qos): static
    {
        return BaseResponse::forward($this, 'withGrantedQos', [...$qos]);
    }

    public function getGrantedQos(): ?array
    {
        return BaseResponse::forward($this, 'getGrantedQos');
    }

    public function withTopic(string $topic): static
    {
        return BaseResponse::forward($this, 'withTopic', [$topic]);
    }

    public function getTopic(): ?string
    {
        return BaseResponse::forward($this, 'getTopic');
    }

    public function withPayload(string $payload): static
    {
        return BaseResponse::forward($this, 'withPayload', [$payload]);
    }

    public function getPayload(): ?string
    {
        return BaseResponse::forward($this, 'getPayload');
    }

    public function withQos(int $qos): static
    {
        return BaseResponse::forward($this, 'withQos', [$qos]);
    }

    public function getQos(): ?int
    {
        return BaseResponse::forward($this, 'getQos');
    }

    public function withRetain(bool $retain = true): static
    {
        return BaseResponse::forward($this, 'withRetain', [$retain]);
    }

    public function getRetain(): ?bool
    {
        return BaseResponse::forward($this, 'getRetain');
    }

    public function withProperty(string $name, mixed $value): static
    {
        return BaseResponse::forward($this, 'withProperty', [$name, $value]);
    }

    public function getProperty(string $name): mixed
    {
        return BaseResponse::forward($this, 'getProperty', [$name]);
    }

    public function getProperties(): array
    {
        return BaseResponse::forward($this, 'getProperties');
    }

    public function deny(int $reasonCode = 0x87, string $reason = ''): static
    {
        return BaseResponse::forward($this, 'deny', [$reasonCode, $reason]);
    }

    public function isDenied(): bool
    {
        return BaseResponse::forward($this, 'isDenied');
    }

    public function withoutRouting(): static
    {
        return BaseResponse::forward($this, 'withoutRouting');
    }

    public function isRouted(): bool
    {
        return BaseResponse::forward($this, 'isRouted');
    }

    public function withClosed(bool $closed = true): static
    {
        return $this->withAttribute('closed', $closed);
    }

    public function isClosed(): bool
    {
        return (bool) $this->getAttribute('closed', false);
    }

    public function withStopped(bool $stopped = true): static
    {
        return $this->withAttribute('stopped', $stopped);
    }

    public function isStopped(): bool
    {
        return (bool) $this->getAttribute('stopped', false);
    }
}
