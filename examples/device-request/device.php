<?php

/* SPDX-License-Identifier: MIT
 *
 * A device that answers questions, in a few lines on a plain socket:
 *
 *   php -d extension=modules/mqtt_server.so examples/device-request/device.php [--name N] [--temperature T] [--host H] [--port N]
 */

declare(strict_types=1);

require __DIR__ . '/../arguments.php';

use MqttServer\Codec;

$name = Examples\argument('name', 'boiler');
$values = ['temperature' => Examples\argument('temperature', '20.0')];
['host' => $host, 'port' => $port] = Examples\listenOptions('127.0.0.1');

$socket = @stream_socket_client("tcp://$host:$port", $code, $text, 5) ?: Examples\fail("cannot connect: $text");
$decoder = new Codec\Decoder(5);
$send = fn (array $packet) => fwrite($socket, Codec::pack($packet, 5));
$send(['type' => 1, 'protocol_name' => 'MQTT', 'protocol_level' => 5, 'clean_session' => 1, 'keep_alive' => 0,
    'client_id' => "device-$name"]);
$send(['type' => 8, 'message_id' => 1, 'topics' => ["devices/$name/get" => ['qos' => 1, 'no_local' => false,
    'retain_as_published' => false, 'retain_handling' => 0]]]);

while (is_string($bytes = fread($socket, 65536)) && $bytes !== '') {
    foreach ($decoder->push($bytes) as $packet) {
        $packet = is_array($packet) ? $packet : $packet->toArray();
        if ($packet['type'] === 9) {
            echo "$name is ready\n";
        }
        if ($packet['type'] !== 3) {
            continue;
        }
        if ($packet['qos'] === 1) {
            $send(['type' => 4, 'message_id' => $packet['message_id']]);
        }
        $properties = $packet['properties'] ?? [];
        if (isset($properties['response_topic'], $values[$packet['message']])) {
            $send(['type' => 3, 'dup' => 0, 'qos' => 0, 'retain' => 0, 'topic' => $properties['response_topic'],
                'message' => $values[$packet['message']],
                'properties' => ['correlation_data' => $properties['correlation_data'] ?? '']]);
        }
    }
}
