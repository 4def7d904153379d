<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace App\React;

use MqttServer\Annotation\MQTTPublish;
use MqttServer\Message\Response;
use MqttServer\Server;
use Psr\Http\Message\ServerRequestInterface;
use React\EventLoop\Loop;
use React\Promise\Deferred;
use React\Promise\PromiseInterface;
use React\Socket\ConnectionInterface;
use React\Socket\SocketServer;

/**
 * Brings in devices that speak lines of text: the first is the name of the device, each other "METRIC VALUE", which is
 * published to text/NAME/METRIC and retained. What clients publish to text/NAME/command goes to the device as a line, and is
 * acknowledged when the device has answered "ok".
 */
final class Gateway
{
    private const IMPLEMENTATION_SPECIFIC_ERROR = 0x83;
    private const PATIENCE = 5.0;

    /** @var array<string, ConnectionInterface> by name */
    private array $devices = [];

    /** @var array<string, list<Deferred<string>>> by name: who waits for an answer, in order */
    private array $questions = [];

    public readonly string $address;

    public function __construct(private readonly Server $server)
    {
        $socket = new SocketServer('127.0.0.1:0');
        $this->address = str_replace('tcp://', '', $socket->getAddress());
        $socket->on('connection', $this->onConnection(...));
    }

    #[MQTTPublish]
    public function command(ServerRequestInterface $request, Response $response): Response
    {
        if (!preg_match('~^text/([^/]+)/command$~', $request->getTopic(), $part)) {
            return $response;
        }
        try {
            $answer = RevoltLoop::await($this->ask($part[1], strtok($request->getPayload(), "\n")));
        } catch (\RuntimeException $exception) {
            return $response->deny(self::IMPLEMENTATION_SPECIFIC_ERROR, $exception->getMessage());
        }
        return $answer === 'ok' ? $response : $response->deny(self::IMPLEMENTATION_SPECIFIC_ERROR, $answer);
    }

    /** @return PromiseInterface<string> */
    private function ask(string $name, string $command): PromiseInterface
    {
        $deferred = new Deferred();
        if (!isset($this->devices[$name])) {
            $deferred->reject(new \RuntimeException('the device is not there'));
            return $deferred->promise();
        }
        $this->questions[$name][] = $deferred;
        $timer = Loop::addTimer(self::PATIENCE, fn () => $this->devices[$name]->close());
        $this->devices[$name]->write("$command\n");
        return $deferred->promise()->finally(fn () => Loop::cancelTimer($timer));
    }

    private function onConnection(ConnectionInterface $connection): void
    {
        $name = null;
        $rest = '';
        $connection->on('data', function (string $bytes) use ($connection, &$name, &$rest): void {
            $lines = explode("\n", $rest . $bytes);
            $rest = array_pop($lines);
            foreach ($lines as $line) {
                if ($name === null) {
                    $this->devices[$name = $line] = $connection;
                } else {
                    $this->onLine($name, $line);
                }
            }
        });
        $connection->on('close', function () use ($connection, &$name): void {
            if ($name !== null && ($this->devices[$name] ?? null) === $connection) {
                unset($this->devices[$name]);
                foreach ($this->questions[$name] ?? [] as $deferred) {
                    $deferred->reject(new \RuntimeException('the device is gone'));
                }
                unset($this->questions[$name]);
            }
        });
    }

    private function onLine(string $name, string $line): void
    {
        [$metric, $value] = explode(' ', $line, 2) + [1 => ''];
        if ($metric === 'ok' || $metric === 'error') {
            $waiting = $this->questions[$name] ?? [];
            $deferred = array_shift($waiting);
            $this->questions[$name] = $waiting;
            $deferred?->resolve($line);
        } else {
            $this->server->publish("text/$name/$metric", $value, qos: 1, retain: true);
        }
    }
}
