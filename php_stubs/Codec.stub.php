<?php

/** @generate-class-entries */

namespace MqttServer {
    /**
     * MQTT packets as PHP arrays and back. The protocol level is 3 for MQTT 3.1, 4 for 3.1.1, 5 for 5.0.
     *
     * @strict-properties
     * @not-serializable
     */
    final class Codec
    {
        private function __construct() {}

        /**
         * Encodes one packet that unpack() takes again. A CONNECT names its own level by the key protocol_level.
         *
         * @throws \TypeError for a value of a wrong type, named by its key
         * @throws \ValueError for a value that a packet cannot have, or a missing one
         */
        public static function pack(#[\SensitiveParameter] array $packet, int $protocolLevel = 4): string {}

        /**
         * Decodes exactly one packet. A CONNECT names its own level.
         *
         * @return array<string, mixed>
         * @throws \MqttServer\Exception\MalformedPacketException
         */
        public static function unpack(#[\SensitiveParameter] string $bytes, int $protocolLevel = 4): array {}

        /**
         * The same as an object whose values are made when they are asked for. It keeps the string.
         *
         * @throws \MqttServer\Exception\MalformedPacketException
         */
        public static function decode(#[\SensitiveParameter] string $bytes, int $protocolLevel = 4): Packet {}
    }

    /**
     * Topic names and topic filters (MQTT 5 section 4.7).
     *
     * @strict-properties
     * @not-serializable
     */
    final class Topic
    {
        private function __construct() {}

        /**
         * Does the filter match the topic name? Of a shared filter, $share/{group}/{filter}, the part behind the group counts.
         *
         * @throws \ValueError when one of them is not valid
         */
        public static function matches(string $filter, string $topic): bool {}

        /** May a message be published to this name? */
        public static function isValidName(string $topic): bool {}

        /** May a client subscribe to this filter? */
        public static function isValidFilter(string $filter): bool {}
    }
}

namespace MqttServer\Codec {
    /**
     * Cuts a stream of bytes into packets, wherever the pieces of it end. The level switches by itself with a CONNECT.
     *
     * After a fault the decoder is of no more use: every further call throws the same.
     *
     * @strict-properties
     * @not-serializable
     */
    final class Decoder
    {
        /** @param int $maxPacketSize longest packet in bytes, fixed header included; a longer one is refused at its header */
        public function __construct(int $protocolLevel = 4, int $maxPacketSize = 268435460) {}

        /**
         * Takes bytes and gives all packets that are whole now, as arrays.
         *
         * When a fault comes behind whole packets, these are given and the next call throws: see hasFault().
         *
         * @return list<array<string, mixed>>
         * @throws \MqttServer\Exception\MalformedPacketException
         */
        public function push(#[\SensitiveParameter] string $bytes): array {}

        /** Takes bytes for next(). */
        public function feed(#[\SensitiveParameter] string $bytes): void {}

        /**
         * The next whole packet, null when more bytes are needed.
         *
         * @throws \MqttServer\Exception\MalformedPacketException
         */
        public function next(): ?\MqttServer\Packet {}

        /** Has a fault been met? */
        public function hasFault(): bool {}

        /** Bytes that were taken and are not part of a packet that was given. */
        public function getPendingBytes(): int {}

        public function getProtocolLevel(): int {}
    }

    /**
     * MQTT 3.1 and 3.1.1, with the method names of older libraries.
     *
     * @strict-properties
     * @not-serializable
     */
    final class V3
    {
        private function __construct() {}

        /** Codec::pack() at level 4; a CONNECT may name level 3. */
        public static function pack(#[\SensitiveParameter] array $packet): string {}

        /**
         * Codec::unpack() at level 4.
         *
         * @return array<string, mixed>
         */
        public static function unpack(#[\SensitiveParameter] string $bytes): array {}
    }

    /**
     * MQTT 5, with the method names of older libraries.
     *
     * @strict-properties
     * @not-serializable
     */
    final class V5
    {
        private function __construct() {}

        /** Codec::pack() at level 5. */
        public static function pack(#[\SensitiveParameter] array $packet): string {}

        /**
         * Codec::unpack() at level 5.
         *
         * @return array<string, mixed>
         */
        public static function unpack(#[\SensitiveParameter] string $bytes): array {}
    }
}
