<?php

/* SPDX-License-Identifier: MIT
 *
 * A broker that shows each CONNECT:
 *
 *   php -d extension=modules/mqtt_server.so examples/quickstart/server.php [--host 0.0.0.0] [--port 1883]
 *
 * More handlers: one class each, and $server->addHandlers(__DIR__ . "/handlers") for a directory of them.
 */

declare(strict_types=1);

require __DIR__ . '/../arguments.php';
require __DIR__ . '/MQTTConnectHandler.php';

Examples\run(fn () => (new MqttServer\Server(Examples\listenOptions()))->addHandler(App\MQTT\Event\MQTTConnectHandler::class));
