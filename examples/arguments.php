<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace Examples;

/**
 * What all examples share: --host and --port, and one clear line instead of a stack trace.
 *
 * @return array{host: string, port: int} options of MqttServer\Server
 */
function listenOptions(string $host = '0.0.0.0', int $port = 1883): array
{
    if (!extension_loaded('mqtt_server')) {
        fail('the extension mqtt_server is not loaded: run "php -d extension=modules/mqtt_server.so SCRIPT"');
    }
    $given = getopt('', ['host:', 'port:']);
    if (!is_string($given['port'] ?? '') || !preg_match('/^\d{0,5}$/', $given['port'] ?? '')) {
        fail('--port must be a number between 0 and 65535');
    }
    return ['host' => (string) ($given['host'] ?? $host), 'port' => (int) ($given['port'] ?? $port)];
}

function fail(string $line): never
{
    fwrite(STDERR, $line . "\n");
    exit(1);
}

/** Runs a server until it is stopped; an address that cannot be listened on ends it with one line. */
function run(callable $make): void
{
    try {
        $make()->start();
    } catch (\MqttServer\Exception\MqttException|\TypeError|\ValueError $error) {
        fail($error->getMessage());
    }
}
