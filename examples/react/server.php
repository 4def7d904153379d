<?php

/* SPDX-License-Identifier: MIT
 *
 * ReactPHP on the loop of the server: a gateway for devices that speak lines of text over TCP.
 *
 *   composer --working-dir=examples/react install
 *   php -d extension=modules/mqtt_server.so examples/react/server.php [--host H] [--port N] [--vendor DIR]
 *   mosquitto_sub -t 'text/#' -v
 *   (echo boiler; echo temperature 61.5) | nc -q 1 127.0.0.1 PORT    # the port that it says
 */

declare(strict_types=1);

use React\EventLoop\Loop;

require __DIR__ . '/../arguments.php';

$vendor = Examples\argument('vendor', __DIR__ . '/vendor');
if (!is_file("$vendor/autoload.php")) {
    Examples\fail('ReactPHP is missing: run "composer --working-dir=examples/react install"');
}
require "$vendor/autoload.php";
require __DIR__ . '/RevoltLoop.php';
require __DIR__ . '/Gateway.php';

/* Something waits in the loop before the server starts: this is the loop it is to have. */
Revolt\EventLoop::setDriver(new MqttServer\Async\RevoltDriver());
Loop::set(new App\React\RevoltLoop());

Examples\run(function () {
    $server = new MqttServer\Server(Examples\listenOptions('127.0.0.1'));
    $gateway = new App\React\Gateway($server);
    echo "Gateway at $gateway->address\n";
    $begin = microtime(true);
    Loop::addPeriodicTimer(1.0, fn () => $server->publish('gateway/seconds', (string) round(microtime(true) - $begin)));
    return $server->addHandler($gateway);
});
