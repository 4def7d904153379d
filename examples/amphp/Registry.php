<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace App\Registry;

use Amp\ByteStream\BufferedReader;
use Amp\Socket\ServerSocket;
use Amp\Socket\Socket;

use function Amp\async;
use function Amp\delay;
use function Amp\Socket\listen;

/**
 * A registry of devices that takes its time: a line is a question, a line the answer. Here it is part of the example;
 * elsewhere it would be another process.
 */
final class Registry
{
    private const DEVICES = ['boiler' => 'cellar', 'window' => 'attic'];
    private const LIMITS = ['temperature' => '80', 'humidity' => '95'];

    public readonly string $address;

    private ServerSocket $socket;

    public function __construct(private readonly float $seconds)
    {
        $this->socket = listen('127.0.0.1:0');
        $this->address = $this->socket->getAddress()->toString();
        async(function (): void {
            while ($client = $this->socket->accept()) {
                async($this->serve(...), $client)->ignore();
            }
        });
    }

    private function serve(Socket $client): void
    {
        $reader = new BufferedReader($client);
        while (true) {
            $question = explode(' ', $reader->readUntil("\n"), 2);
            delay($this->seconds);
            $client->write(match ($question[0]) {
                'place' => self::DEVICES[$question[1] ?? ''] ?? '',
                'limit' => self::LIMITS[$question[1] ?? ''] ?? '',
                default => '',
            } . "\n");
        }
    }
}
