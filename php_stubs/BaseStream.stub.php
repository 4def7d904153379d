<?php

/** @generate-class-entries */

namespace MqttServer\Message;

/**
 * A PSR-7 stream over a string or a PHP stream resource.
 *
 * @strict-properties
 * @not-serializable
 */
abstract class BaseStream
{
    /** @param string|resource $content */
    public function __construct($content = "") {}

    public function __toString(): string {}

    public function close(): void {}

    /** @return resource|null */
    public function detach() {}

    public function getSize(): ?int {}

    public function tell(): int {}

    public function eof(): bool {}

    public function isSeekable(): bool {}

    /**
     * @param int $offset
     * @param int $whence
     */
    public function seek($offset, $whence = SEEK_SET): void {}

    public function rewind(): void {}

    public function isWritable(): bool {}

    /** @param string $string */
    public function write($string): int {}

    public function isReadable(): bool {}

    /** @param int $length */
    public function read($length): string {}

    public function getContents(): string {}

    /** @param string|null $key */
    public function getMetadata($key = null): mixed {}
}
