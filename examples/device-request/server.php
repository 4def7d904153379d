<?php

/* SPDX-License-Identifier: MIT
 *
 * Asks devices and waits for their answers, in a handler and in a timer:
 *
 *   php -d extension=modules/mqtt_server.so examples/device-request/server.php [--host H] [--port N] [--seconds 5]
 *   php -d extension=modules/mqtt_server.so examples/device-request/device.php --name boiler --temperature 61.5 &
 *   mosquitto_sub -t 'answers/#' -t report -v &
 *   mosquitto_pub -q 1 -t ask/boiler/temperature -m ''
 */

declare(strict_types=1);

require __DIR__ . '/../arguments.php';
require __DIR__ . '/AskDevice.php';

use MqttServer\Exception\MqttException;

use function MqttServer\Async\await;

$seconds = Examples\argument('seconds', '5');
if (!is_numeric($seconds) || $seconds <= 0) {
    Examples\fail("--seconds must be a number above 0, not \"$seconds\"");
}

Examples\run(function () use ($seconds) {
    $server = new MqttServer\Server(Examples\listenOptions('127.0.0.1'));
    $server->addHandler(new App\Devices\AskDevice($server));

    /* All devices at the same time; one that does not answer does not hold up the report for longer than a second. */
    $server->every((float) $seconds, function () use ($server) {
        $questions = [];
        foreach ($server->clients() as $client) {
            $name = $client['client_id'];
            if ($client['connected'] && str_starts_with($name, 'device-')) {
                $questions[$name] = function () use ($server, $name): string {
                    try {
                        $topic = 'devices/' . substr($name, strlen('device-')) . '/get';
                        return $server->request($topic, 'temperature', timeout: 1.0)->getPayload();
                    } catch (MqttException) {
                        return 'no answer';
                    }
                };
            }
        }
        $server->publish('report', json_encode(await($questions), JSON_FORCE_OBJECT | JSON_THROW_ON_ERROR));
    });
    return $server;
});
