<?php

/* SPDX-License-Identifier: MIT
 *
 * What all examples share: arguments of the command line, and one clear line instead of a stack trace.
 */

declare(strict_types=1);

namespace Examples;

if (!extension_loaded('mqtt_server')) {
    fail('the extension mqtt_server is not loaded: run "php -d extension=modules/mqtt_server.so SCRIPT"');
}

/**
 * The value of --name VALUE or --name=VALUE. With null: fails when there are arguments that nobody asked for.
 */
function argument(?string $name, string $default = ''): string
{
    static $left = null;
    $left ??= array_slice($_SERVER['argv'], 1);
    if ($name === null && $left) {
        fail('unknown argument "' . reset($left) . '"');
    }
    foreach ($left as $i => $given) {
        if ($given === "--$name") {
            $value = $left[$i + 1] ?? fail("--$name needs a value");
            unset($left[$i], $left[$i + 1]);
            return $value;
        }
        if (str_starts_with($given, "--$name=")) {
            unset($left[$i]);
            return substr($given, strlen("--$name="));
        }
    }
    return $default;
}

/**
 * Options of MqttServer\Server from --host and --port, the last arguments to be asked for.
 *
 * @return array{host: string, port: int}
 */
function listenOptions(string $host = '0.0.0.0', int $port = 1883): array
{
    $host = argument('host', $host);
    $number = argument('port', (string) $port);
    argument(null);
    if (!preg_match('/^\d{1,5}$/', $number) || (int) $number > 65535) {
        fail("--port must be a number between 0 and 65535, not \"$number\"");
    }
    return ['host' => $host, 'port' => (int) $number];
}

function fail(string $line): never
{
    fwrite(STDERR, $line . "\n");
    exit(1);
}

/** Runs a server until it is stopped; what keeps it from running ends it with one line. */
function run(callable $make): void
{
    try {
        $make()->start();
    } catch (\Exception|\TypeError|\ValueError $error) {
        fail($error->getMessage());
    }
}
