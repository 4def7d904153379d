<?php

/* SPDX-License-Identifier: MIT
 *
 * Enhanced authentication of MQTT 5.0 by SCRAM-SHA-256:
 *
 *   php -d extension=modules/mqtt_server.so examples/scram/server.php [--host H] [--port N]
 *
 * The user is "alice", her password "wonderland". A client that authenticates by user name and password instead is
 * refused.
 */

declare(strict_types=1);

require __DIR__ . '/../arguments.php';
require __DIR__ . '/ScramSha256.php';

$users = ['alice' => App\Security\ScramSha256::credentials('wonderland')];

Examples\run(fn () => (new MqttServer\Server(Examples\listenOptions('127.0.0.1') + ['allow_anonymous' => false]))
    ->addHandler(new App\Security\ScramSha256($users, random_bytes(16))));
