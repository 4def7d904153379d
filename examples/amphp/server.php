<?php

/* SPDX-License-Identifier: MIT
 *
 * Handlers that wait with amphp, on the loop of the server:
 *
 *   composer --working-dir=examples/amphp install
 *   php -d extension=modules/mqtt_server.so examples/amphp/server.php [--host H] [--port N] [--seconds 0.5] [--vendor DIR]
 *   mosquitto_sub -t 'places/#' -v
 *   mosquitto_pub -t readings/boiler/temperature -m 61.5
 */

declare(strict_types=1);

require __DIR__ . '/../arguments.php';

$vendor = Examples\argument('vendor', __DIR__ . '/vendor');
if (!is_file("$vendor/autoload.php")) {
    Examples\fail('amphp is missing: run "composer --working-dir=examples/amphp install"');
}
require "$vendor/autoload.php";
require __DIR__ . '/Registry.php';
require __DIR__ . '/LookUp.php';

$seconds = Examples\argument('seconds', '0.5');
if (!is_numeric($seconds) || $seconds <= 0) {
    Examples\fail("--seconds must be a number above 0, not \"$seconds\"");
}

/* Something waits in the loop before the server starts: this is the loop it is to have. */
Revolt\EventLoop::setDriver(new MqttServer\Async\RevoltDriver());
$registry = new App\Registry\Registry((float) $seconds);

Examples\run(fn () => (new MqttServer\Server(Examples\listenOptions('127.0.0.1')))
    ->addHandler(new App\Registry\LookUp($registry->address)));
