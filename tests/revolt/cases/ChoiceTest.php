<?php

/* SPDX-License-Identifier: MIT
 *
 * When the server puts its driver in place, and when it does not.
 */

declare(strict_types=1);

namespace MqttServer\Tests\Revolt;

use MqttServer\Async\RevoltDriver;
use MqttServer\Server;
use Revolt\EventLoop;
use Revolt\EventLoop\Driver\StreamSelectDriver;

final class ChoiceTest extends LoopCase
{
    private const STILL = "Revolt's event loop stands still while the server runs: ";

    /** The driver while a server runs. */
    private function driverInAServer(): string
    {
        $class = '';
        $this->serve(static function (Server $server) use (&$class): void {
            $class = EventLoop::getDriver()::class;
            $server->stop();
        });
        return $class;
    }

    protected function tearDown(): void
    {
        putenv('REVOLT_DRIVER');
    }

    public function testOursStays(): void
    {
        $driver = EventLoop::getDriver();
        self::assertSame(RevoltDriver::class, $this->driverInAServer());
        self::assertSame($driver, EventLoop::getDriver());
        self::assertSame(RevoltDriver::class, $this->driverInAServer(), 'and serves the next server too');
        self::assertSame([], $this->log);
    }

    public function testOneThatWaitsForNothingIsReplaced(): void
    {
        EventLoop::setDriver(new StreamSelectDriver());
        $suspension = EventLoop::getSuspension();
        EventLoop::delay(0.001, static fn () => $suspension->resume('set up'));
        self::assertSame('set up', $suspension->suspend());
        self::assertTrue(EventLoop::getDriver()->isRunning(), 'as Revolt leaves it when {main} has waited');
        self::assertSame(RevoltDriver::class, $this->driverInAServer());
        self::assertSame([], $this->log);
    }

    public function testOneThatWaitsForSomethingIsNot(): void
    {
        EventLoop::setDriver(new StreamSelectDriver());
        EventLoop::delay(0.001, $this->noting('delay'));
        self::assertSame(StreamSelectDriver::class, $this->driverInAServer());
        self::assertStringStartsWith(self::STILL . 'it has the driver ' . StreamSelectDriver::class, $this->log[0]);
        self::assertSame([], $this->events);
        EventLoop::run();
        self::assertSame(['delay'], $this->events);
    }

    public function testWhatWaitsInOursBeforeTheStartGoesOn(): void
    {
        EventLoop::queue($this->noting('queue'));
        EventLoop::delay(0.001, $this->noting('delay'));
        [$a, $b] = self::pair();
        EventLoop::onReadable($b, function (string $id): void {
            $this->note('read');
            EventLoop::cancel($id);
        });
        /* {main} has waited, so that all of it is being watched already. */
        $suspension = EventLoop::getSuspension();
        EventLoop::defer(static fn () => $suspension->resume());
        $suspension->suspend();
        $this->serve(function (Server $server) use ($a): void {
            fwrite($a, 'x');
            EventLoop::delay(0.01, function () use ($server): void {
                $server->stop();
            });
            EventLoop::delay(3600, $this->noting('never'));
        });
        sort($this->events);
        self::assertSame(['delay', 'queue', 'read'], $this->events);
        self::assertCount(1, EventLoop::getIdentifiers(), 'and what is left stays');
    }

    public function testTheEnvironmentChooses(): void
    {
        $slot = new \ReflectionProperty(EventLoop::class, 'driver');
        self::assertTrue($slot->isInitialized());
        $code = 'require ' . var_export(getenv('REVOLT_AUTOLOAD'), true) . ';
            $server = new MqttServer\Server(["host" => "127.0.0.1", "port" => 0]);
            $server->after(0, function () use ($server) {
                echo Revolt\EventLoop::getDriver()::class, "\n";
                $server->stop();
            });
            $server->start();';
        foreach (['' => RevoltDriver::class, RevoltDriver::class => RevoltDriver::class,
            StreamSelectDriver::class => StreamSelectDriver::class] as $wanted => $expected) {
            putenv("REVOLT_DRIVER=$wanted");
            $process = new \MqsProcess($code);
            self::assertSame(0, $process->wait());
            self::assertStringContainsString("$expected\n", $process->output);
            self::assertSame($expected !== RevoltDriver::class, str_contains($process->output, self::STILL . "REVOLT_DRIVER is"));
        }
    }

    public function testInAFiberItStandsStill(): void
    {
        EventLoop::delay(0.001, $this->noting('delay'));
        $fiber = new \Fiber(fn () => $this->driverInAServer());
        $fiber->start();
        self::assertSame(RevoltDriver::class, $fiber->getReturn());
        self::assertSame([self::STILL . 'start() was called in a Fiber'], $this->log);
        self::assertSame([], $this->events);
    }

    public function testAMissingLibraryCostsNothing(): void
    {
        $process = new \MqsProcess('
            spl_autoload_register(function ($class) { echo "asked for $class\n"; });
            $server = new MqttServer\Server(["host" => "127.0.0.1", "port" => 0]);
            $server->after(0, fn () => $server->stop());
            $server->start();
            var_dump(class_exists("MqttServer\Async\RevoltDriver", false), class_exists("MqttServer\Async\RevoltDriver"));');
        self::assertSame(0, $process->wait());
        self::assertSame(1, substr_count($process->output, 'asked for Revolt\EventLoop\Internal\AbstractDriver') - 1);
        self::assertStringEndsWith("bool(false)\nbool(false)\n", $process->output);
    }
}
