<?php

/* SPDX-License-Identifier: MIT
 *
 * Telemetry to SQLite: messages of telemetry/{device}/{metric} become rows.
 *
 *   php -d extension=modules/mqtt_server.so examples/telemetry-sqlite/server.php [--host H] [--port N] [--database FILE]
 *
 * Needs PDO with its SQLite driver (Debian: php8.2-sqlite3).
 */

declare(strict_types=1);

require __DIR__ . '/../arguments.php';
require __DIR__ . '/StoreTelemetry.php';

if (!extension_loaded('pdo_sqlite')) {
    Examples\fail('PDO has no SQLite driver here (Debian: apt-get install php8.2-sqlite3)');
}
$file = Examples\argument('database', __DIR__ . '/telemetry.sqlite');

Examples\run(fn () => (new MqttServer\Server(Examples\listenOptions('127.0.0.1')))
    ->addHandler(new App\Telemetry\StoreTelemetry(new PDO('sqlite:' . $file))));
