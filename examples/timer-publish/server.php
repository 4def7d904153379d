<?php

/* SPDX-License-Identifier: MIT
 *
 * The server publishes by itself, every so many seconds:
 *
 *   php -d extension=modules/mqtt_server.so examples/timer-publish/server.php [--host H] [--port N] [--seconds 1]
 *   mosquitto_sub -t 'clock/#' -v
 */

declare(strict_types=1);

require __DIR__ . '/../arguments.php';

$seconds = Examples\argument('seconds', '1');
if (!is_numeric($seconds) || $seconds <= 0) {
    Examples\fail("--seconds must be a number above 0, not \"$seconds\"");
}

Examples\run(function () use ($seconds) {
    $server = new MqttServer\Server(Examples\listenOptions('127.0.0.1'));

    /* Retained: who subscribes later sees the latest time at once. */
    $server->publish('clock/started', gmdate('c'), retain: true);
    $server->every((float) $seconds, function () use ($server) {
        $server->publish('clock/utc', gmdate('H:i:s'), qos: 1, retain: true, properties: ['message_expiry_interval' => 60]);
        $server->publish('clock/clients', (string) $server->stats()['connections']);
    });
    return $server;
});
