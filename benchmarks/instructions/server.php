<?php
/* SPDX-License-Identifier: MIT
 *
 * benchmarks/instructions/server.php - what bin/check-instructions counts in PHP, under callgrind.
 *
 *   php server.php serve HANDLERS FIBERS    a server on a free port of the loopback interface, until SIGTERM
 *   php server.php codec ROW                packs or unpacks; mark() stands before, between and behind two loops
 */
declare(strict_types=1);

const ROUNDS = [100, 300];

/** Callgrind writes a profile and counts anew where this function of the module begins. */
function mark(): void
{
    MqttServer\Topic::isValidFilter('#');
}

function serve(string $handlers, bool $fibers): void
{
    $server = new MqttServer\Server(['host' => '127.0.0.1', 'port' => 0, 'fibers' => $fibers, 'sys_interval_s' => 0]);
    $allow = fn () => true;
    match ($handlers) {
        'none' => null,
        'elsewhere' => array_map(fn (string $event) => $server->on($event, $allow),
            ['connect', 'subscribe', 'unsubscribe', 'disconnect', 'close']),
        'closure' => $server->on('publish', fn ($packet, $client) => strlen($packet->getTopic()) > 0),
        'psr' => $server->addHandler(new class {
            #[MqttServer\Annotation\MQTTPublish]
            public function publish($request, $response)
            {
                return $request->getTopic() === '' || $request->getPayload() === '' ? $response->deny() : $response;
            }
        }),
        'psr-array' => $server->addHandler(new class {
            #[MqttServer\Annotation\MQTTPublish]
            public function publish($request, $response)
            {
                return $request->getParsedBody()['topic'] === '' ? $response->deny() : $response;
            }
        }),
        'waits' => $server->on('publish', function () {
            $deferred = new MqttServer\Async\Deferred();
            MqttServer\Async\async(fn () => $deferred->complete());
            $deferred->getFuture()->await();
            return true;
        }),
    };
    $server->start();
}

function codec(string $row): void
{
    [$what, $name] = explode('-', $row, 2);
    [$level, $packet] = match ($name) {
        'connect-3.1.1' => [4, ['type' => 1, 'protocol_name' => 'MQTT', 'protocol_level' => 4, 'clean_session' => 1,
            'user_name' => 'device', 'password' => 'secret', 'keep_alive' => 60, 'client_id' => 'device-0042']],
        'publish-3.1.1' => [4, ['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'message_id' => 77,
            'topic' => 'site/hall-7/device-0042/temperature', 'message' => str_repeat('x', 64)]],
        'publish-5.0' => [5, ['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'message_id' => 77,
            'topic' => 'site/hall-7/device-0042/temperature', 'message' => str_repeat('x', 64),
            'properties' => ['message_expiry_interval' => 3600, 'content_type' => 'application/json',
                'response_topic' => 'answers/device-0042', 'unit' => 'celsius']]],
        'subscribe-3.1.1' => [4, ['type' => 8, 'message_id' => 7,
            'topics' => ['site/+/device-0042/#' => 1, 'site/hall-7/+/alarm' => 2]]],
    };
    $bytes = MqttServer\Codec::pack($packet, $level);
    $run = match ($what) {
        'pack' => function (int $rounds) use ($packet, $level): void {
            for ($i = 0; $i < $rounds; $i++) {
                MqttServer\Codec::pack($packet, $level);
            }
        },
        'unpack' => function (int $rounds) use ($bytes, $level): void {
            for ($i = 0; $i < $rounds; $i++) {
                MqttServer\Codec::unpack($bytes, $level);
            }
        },
        'view' => function (int $rounds) use ($bytes, $level): void {
            for ($i = 0; $i < $rounds; $i++) {
                MqttServer\Codec::decode($bytes, $level)->getTopic();
            }
        },
    };
    $run(10);
    foreach (ROUNDS as $rounds) {
        mark();
        $run($rounds);
    }
    mark();
}

$argv[1] === 'serve' ? serve($argv[2], $argv[3] === '1') : codec($argv[2]);
