<?php

/* SPDX-License-Identifier: MIT
 *
 * tests/clients/broker.php - a broker on a free port of 127.0.0.1 whose PHP handlers decide, for handlers.py and
 * mosquitto.sh: logins, access to topics, rewriting, publishing from PHP, handlers that fail.
 */

declare(strict_types=1);

use MqttServer\Annotation\MQTTConnect;
use MqttServer\Annotation\MQTTPublish;
use MqttServer\Annotation\MQTTSubscribe;
use MqttServer\Annotation\MQTTUnsubscribe;
use MqttServer\Client;
use MqttServer\Message\Response;
use MqttServer\Packet;
use MqttServer\Server;
use Psr\Http\Message\ServerRequestInterface;

/** Who may come in. */
final class Door
{
    #[MQTTConnect(priority: 10)]
    public function login(ServerRequestInterface $request, Response $response): Response
    {
        $packet = $request->getParsedBody();
        $refused = match (true) {
            $packet['user_name'] === 'banned' => [0x8A, 'you know why'],
            isset($packet['properties']['authentication_method']) => null, // the exchange before this has decided
            $packet['user_name'] === '' => [0x87, 'a user name is needed'],
            $packet['password'] !== 'wonderland' => [0x86, 'wrong password'],
            $packet['client_id'] === 'unavailable' => [0x88, ''],
            $packet['client_id'] === 'rejected' => [0x85, ''],
            default => null,
        };
        if ($refused) {
            return $response->deny(...$refused)->withUserProperty('asked', $packet['user_name']);
        }
        return $response->withUserProperty('hello', $packet['user_name'])->withReasonString('welcome');
    }

    /** Runs after the broker's action: what it says comes too late to let anybody in. */
    #[MQTTConnect(priority: -10)]
    public function welcome(ServerRequestInterface $request, Response $response): Response
    {
        return $request->getParsedBody()['client_id'] === 'second-thoughts' ? $response->deny(0x87) : $response;
    }
}

/** What clients may do with topics. */
final class Topics
{
    #[MQTTSubscribe]
    public function subscribe(ServerRequestInterface $request, Response $response): Response
    {
        $granted = [];
        foreach ($request->getPacket()->getTopicFilters() as $entry) {
            $granted[] = match (strstr($entry['filter'], '/', true)) {
                'private' => 0x87,
                'limited' => min(1, $entry['qos']),
                default => $entry['qos'],
            };
        }
        return $response->withGrantedQos(...$granted)->withReasonString('looked up');
    }

    #[MQTTUnsubscribe]
    public function unsubscribe(ServerRequestInterface $request, Response $response): Response
    {
        return in_array('sticky', $request->getParsedBody()['topics'], true) ? $response->deny(0x87) : $response;
    }

    #[MQTTPublish(priority: 5)]
    public function publish(ServerRequestInterface $request, Response $response): Response
    {
        $topic = $request->getTopic();
        [$first, $rest] = explode('/', $topic, 2) + [1 => ''];
        return match ($first) {
            'secret' => $response->deny(0x87, 'not for you'),
            'quota' => $response->deny(0x97)->withClosed(),
            'old' => $response->withTopic("new/$rest")->withUserProperty('was', $topic),
            'upper' => $response->withPayload(strtoupper($request->getPayload())),
            'downgrade' => $response->withQos(0)->withRetain(false),
            'keep' => $response->withRetain(true),
            'hidden' => $response->withoutRouting(),
            'throw' => throw new RuntimeException('on purpose'),
            'type' => 'no response',
            'exit' => exit('on purpose'),
            default => $response,
        };
    }
}

$server = new Server(['host' => '127.0.0.1', 'port' => 0, 'handlers' => [Door::class, Topics::class]]);

// Enhanced authentication: the answer to a number is twice that number.
$server->on('auth', function (Packet $packet, Client $client) {
    if ($packet->getProperty('authentication_method') !== 'DOUBLE') {
        return 0x8C;
    }
    $response = new Response();
    $data = (string) $packet->getProperty('authentication_data');
    if ($packet->getType() === Packet::CONNECT || $packet->getReasonCode() === 0x19) {
        $client->set('number', $data);
        return $response->withReasonCode(0x18)->withProperty('authentication_data', $data);
    }
    return (int) $data === 2 * (int) $client->get('number') ? null : 0x87;
});

// Things a client may ask for by a message; the answer comes from PHP.
$server->on('publish', function (Packet $packet, Client $client) use ($server) {
    $payload = $packet->getPayload();
    switch ($packet->getTopic()) {
        case 'ask/echo':
            $server->publish('answer/echo', $payload, $packet->getQos(), $packet->isRetain(), [
                'content_type' => 'text/plain', 'from' => $client->clientId(),
            ]);
            break;
        case 'ask/later':
            $server->after(0.01, fn () => $server->publish('answer/later', $payload, 1));
            break;
        case 'ask/repeat':
            $count = 0;
            $timer = $server->every(0.01, function () use ($server, &$timer, &$count, $payload) {
                $server->publish('answer/repeat', $payload . ++$count, 2);
                if ($count === 3) {
                    $server->cancelTimer($timer);
                }
            });
            break;
        case 'ask/kick':
            $server->publish('answer/kick', json_encode($server->disconnect($payload, 0x98)), 1);
            break;
        case 'ask/self':
            $client->disconnect(0x98);
            break;
        case 'ask/who':
            $names = array_column(array_filter($server->clients(), fn ($session) => $session['connected']), 'client_id');
            sort($names);
            $server->publish('answer/who', implode(' ', $names), 1);
            break;
        case 'ask/subscriptions':
            $filters = array_column($server->subscriptions($payload), 'filter');
            sort($filters);
            $server->publish('answer/subscriptions', implode(' ', $filters), 1);
            break;
        case 'ask/retained':
            $server->publish('answer/retained', $server->retained($payload)['payload'] ?? 'none', 1);
            break;
        case 'ask/stats':
            $server->publish('answer/stats', json_encode($server->stats()), 1);
            break;
    }
});

$server->on('pingreq', fn (Packet $packet, Client $client) => $client->clientId() !== 'no-pings');
$server->on('close', function (Packet $packet, Client $client) use ($server) {
    $server->publish('events/close', $client->clientId() . ' ' . $packet->getReasonCode(), 1);
});
$server->on('disconnect', function (Packet $packet, Client $client) use ($server) {
    $server->publish('events/disconnect', $client->clientId() . ' ' . $packet->getReasonCode(), 1);
});

if (defined('MQTT_HOSTED')) {
    return $server; // tests/host: somebody else has the sockets
}
$server->start();

// The closures hold the server and it holds them: memory checkers shall see real leaks only.
unset($server);
gc_collect_cycles();
