<?php
/* SPDX-License-Identifier: MIT
 *
 * benchmarks/handlers.php - the broker with handlers written in PHP, for benchmarks/compare.
 *
 *   php -d extension=modules/mqtt_server.so benchmarks/handlers.php KIND PORT
 *
 * KIND  none     no handler
 *       other    handlers for every event but PUBLISH and deliveries
 *       closure  a closure for PUBLISH that reads the topic
 *       psr      a class for PUBLISH in the PSR way that reads topic and payload
 */
declare(strict_types=1);

use MqttServer\Annotation\MQTTPublish;
use MqttServer\Handler\HandlerInterface;
use MqttServer\Message\Response;
use Psr\Http\Message\ServerRequestInterface;

[, $kind, $port] = $argv + [1 => '', 2 => '1883'];
$server = new MqttServer\Server(['host' => '127.0.0.1', 'port' => (int) $port]);
switch ($kind) {
    case 'none':
        break;
    case 'other':
        foreach (['connect', 'auth', 'subscribe', 'unsubscribe', 'pingreq', 'disconnect', 'close'] as $event) {
            $server->on($event, function (): void {
            });
        }
        break;
    case 'closure':
        $server->on('publish', fn (MqttServer\Packet $packet): bool => $packet->getTopic() !== '');
        break;
    case 'psr':
        $server->addHandler(new #[MQTTPublish] class implements HandlerInterface {
            public function handle(ServerRequestInterface $request, Response $response): Response
            {
                $packet = $request->getParsedBody();
                return $packet['topic'] === '' || $packet['message'] === '' ? $response->deny() : $response;
            }
        });
        break;
    default:
        fwrite(STDERR, "handlers.php: none, other, closure or psr\n");
        exit(2);
}
$server->start();
