<?php

declare(strict_types=1);

namespace App\Listener;

use Hyperf\Event\Annotation\Listener;
use Hyperf\Event\Contract\ListenerInterface;
use Hyperf\Framework\Event\OnWorkerExit;
use Hyperf\Framework\Event\OnWorkerStop;
use MqttServer\Server;

/** A worker that stops or is reloaded says good-bye to its MQTT clients; without this Swoole kills it after some seconds. */
#[Listener]
final class StopMqttServer implements ListenerInterface
{
    public function __construct(private Server $server)
    {
    }

    public function listen(): array
    {
        return [OnWorkerExit::class, OnWorkerStop::class];
    }

    public function process(object $event): void
    {
        $this->server->onWorkerExit($event->server, $event->workerId);
    }
}
