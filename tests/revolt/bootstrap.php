<?php

/* SPDX-License-Identifier: MIT
 *
 * Loads the libraries, processes and clients for tests, and what the cases share.
 */

declare(strict_types=1);

namespace MqttServer\Tests\Revolt;

use MqttServer\Async\RevoltDriver;
use MqttServer\Server;
use PHPUnit\Framework\TestCase;
use Revolt\EventLoop;

require getenv('REVOLT_AUTOLOAD');
require __DIR__ . '/../include/server.inc';

abstract class LoopCase extends TestCase
{
    /** @var list<string> what happened, in order */
    protected array $events = [];

    /** @var list<string> log lines of the server above the level info */
    protected array $log = [];

    protected function setUp(): void
    {
        EventLoop::setDriver(new RevoltDriver());
    }

    /** @return array<string, array{string}> */
    public static function homes(): array
    {
        return ['alone' => ['alone'], 'in a server' => ['served']];
    }

    /** Runs a scenario until it calls what it is given: in a callback of a loop of its own, or in a job of a server. */
    protected function play(string $home, \Closure $scenario): void
    {
        if ($home === 'served') {
            $this->serve(static fn (Server $server) => $scenario(static function () use ($server): void {
                $server->stop();
            }));
            return;
        }
        $main = EventLoop::getSuspension();
        $guard = EventLoop::delay(mqs_patience(), fn () => $main->throw(new \RuntimeException('it has not come to its end')));
        EventLoop::queue(static function () use ($scenario, $main): void {
            $scenario(static function () use ($main): void {
                $main->resume();
            });
        });
        try {
            $main->suspend();
        } finally {
            EventLoop::cancel($guard);
            EventLoop::getDriver()->stop();
            EventLoop::run();
        }
    }

    /** Runs a server until somebody stops it; `job` is called in it, and an exception of it is the test's. */
    protected function serve(\Closure $job, array $options = []): void
    {
        $server = new Server($options + ['host' => '127.0.0.1', 'port' => 0, 'logger' => function (string $level, string $line): void {
            if (!in_array($level, ['debug', 'info', 'notice'], true)) {
                $this->log[] = $line;
            }
        }]);
        $failure = null;
        $server->after(0, static function () use ($server, $job, &$failure): void {
            try {
                $job($server);
            } catch (\Throwable $failure) {
                $server->stop();
            }
        });
        $server->after(mqs_patience(), static function () use ($server, &$failure): void {
            $failure ??= new \RuntimeException('it has not come to its end');
            $server->stop();
        });
        $server->start();
        if ($failure) {
            throw $failure;
        }
    }

    protected function note(string $event): void
    {
        $this->events[] = $event;
    }

    /** A callback that notes. */
    protected function noting(string $event): \Closure
    {
        return function () use ($event): void {
            $this->events[] = $event;
        };
    }

    /** @return array{resource, resource} */
    protected static function pair(): array
    {
        $pair = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
        stream_set_blocking($pair[0], false);
        stream_set_blocking($pair[1], false);
        return $pair;
    }
}
