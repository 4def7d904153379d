<?php

/* SPDX-License-Identifier: MIT
 *
 * Authentication by user name and password, and authorisation by topic:
 *
 *   php -d extension=modules/mqtt_server.so examples/authentication/server.php [--host H] [--port N]
 *   mosquitto_sub -u alice -P wonderland -t 'alice/#'
 *
 * A wrong password is refused with reason code 0x86 (5.0) or return code 4 (3.1.1).
 */

declare(strict_types=1);

require __DIR__ . '/../arguments.php';
require __DIR__ . '/Authenticate.php';

$hashes = ['alice' => password_hash('wonderland', PASSWORD_DEFAULT), 'bob' => password_hash('builder', PASSWORD_DEFAULT)];

Examples\run(fn () => (new MqttServer\Server(Examples\listenOptions('127.0.0.1')))
    ->addHandler(new App\Security\Authenticate($hashes)));
