<?php

/* SPDX-License-Identifier: MIT
 *
 * A handler that changes where messages go:
 *
 *   php -d extension=modules/mqtt_server.so examples/topic-rewrite/server.php [--host H] [--port N]
 *   mosquitto_sub -t 'devices/#' -v &
 *   mosquitto_pub -t v1/boiler/temperature -m 61.5
 */

declare(strict_types=1);

require __DIR__ . '/../arguments.php';
require __DIR__ . '/RewriteTopic.php';

Examples\run(fn () => (new MqttServer\Server(Examples\listenOptions('127.0.0.1')))
    ->addHandler(App\Routing\RewriteTopic::class));
