<?php

/* SPDX-License-Identifier: MIT
 *
 * What Revolt promises of its loop, in a loop of its own and in a running server alike.
 */

declare(strict_types=1);

namespace MqttServer\Tests\Revolt;

use Revolt\EventLoop;

final class LoopTest extends LoopCase
{
    /** @dataProvider homes */
    public function testOrderOfATick(string $home): void
    {
        $this->play($home, function (\Closure $done): void {
            EventLoop::delay(0.002, $done);
            EventLoop::delay(0, function (): void {
                $this->note('delay 0');
                EventLoop::queue($this->noting('queue in delay'));
            });
            EventLoop::defer(function (): void {
                $this->note('defer');
                EventLoop::queue($this->noting('queue in defer'));
                EventLoop::defer($this->noting('defer in defer'));
            });
            EventLoop::defer($this->noting('defer 2'));
            EventLoop::queue($this->noting('queue'));
        });
        self::assertSame('queue', array_shift($this->events));
        self::assertSame(['defer', 'queue in defer', 'defer 2'], array_splice($this->events, 0, 3));
        sort($this->events); /* the second tick may be before the time or behind it */
        self::assertSame(['defer in defer', 'delay 0', 'queue in delay'], $this->events);
    }

    /** @dataProvider homes */
    public function testTimesAreKept(string $home): void
    {
        $begin = hrtime(true);
        $this->play($home, function (\Closure $done) use (&$begin): void {
            $begin = hrtime(true);
            foreach ([0.03, 0.01, 0.0201, 0.0005] as $delay) {
                EventLoop::delay($delay, function () use ($delay, &$begin): void {
                    self::assertGreaterThanOrEqual($delay, (hrtime(true) - $begin) / 1e9);
                    $this->note((string) $delay);
                });
            }
            EventLoop::delay(0.04, $done);
        });
        self::assertSame(['0.0005', '0.01', '0.0201', '0.03'], $this->events);
        self::assertSame([], $this->log);
    }

    /** @dataProvider homes */
    public function testRepeatDisableEnableCancel(string $home): void
    {
        $this->play($home, function (\Closure $done): void {
            $cancelled = EventLoop::delay(0.001, $this->noting('never'));
            $disabled = EventLoop::repeat(0.001, $this->noting('never'));
            EventLoop::cancel($cancelled);
            EventLoop::disable($disabled);
            $count = 0;
            EventLoop::repeat(0.002, function (string $id) use (&$count, $disabled, $done): void {
                $this->note('again');
                if (++$count === 3) {
                    EventLoop::disable($id);
                    self::assertFalse(EventLoop::isEnabled($id));
                    EventLoop::delay(0.01, static function () use ($id): void {
                        EventLoop::enable($id);
                    });
                }
                if ($count === 4) {
                    EventLoop::cancel($id);
                    EventLoop::cancel($disabled);
                    self::assertNotContains($id, EventLoop::getIdentifiers());
                    EventLoop::delay(0.005, $done);
                }
            });
        });
        self::assertSame(['again', 'again', 'again', 'again'], $this->events);
    }

    /** @dataProvider homes */
    public function testACallbackMayCancelOthersOfItsTick(string $home): void
    {
        $this->play($home, function (\Closure $done): void {
            [$a, $b] = self::pair();
            fwrite($a, 'x');
            fwrite($b, 'x');
            $ids = [];
            foreach ([$a, $b] as $stream) {
                $ids[] = EventLoop::onReadable($stream, function () use (&$ids, $done, $a, $b): void {
                    $this->note('read');
                    array_map(EventLoop::cancel(...), $ids);
                    EventLoop::delay(0.005, static function () use ($done, $a, $b): void {
                        $done();
                    });
                });
            }
        });
        self::assertSame(['read'], $this->events);
    }

    /** @dataProvider homes */
    public function testStreams(string $home): void
    {
        $this->play($home, function (\Closure $done): void {
            [$a, $b] = self::pair();
            EventLoop::onWritable($a, function (string $id, $stream): void {
                $this->note('writable');
                EventLoop::cancel($id);
                fwrite($stream, 'hello');
            });
            EventLoop::onReadable($b, function (string $id, $stream) use ($a, $done): void {
                $bytes = fread($stream, 100);
                $this->note("read '$bytes'");
                if ($bytes === 'hello') {
                    fclose($a);
                } else {
                    EventLoop::cancel($id);
                    fclose($stream);
                    EventLoop::queue($done);
                }
            });
        });
        self::assertSame(['writable', "read 'hello'", "read ''"], $this->events);
    }

    /** @dataProvider homes */
    public function testSeveralWatchOneStream(string $home): void
    {
        $this->play($home, function (\Closure $done): void {
            [$a, $b] = self::pair();
            fwrite($a, 'x');
            $ids = ['out' => EventLoop::onWritable($b, $this->noting('out'))];
            foreach (['one', 'two'] as $name) {
                $ids[$name] = EventLoop::onReadable($b, $this->noting($name));
            }
            EventLoop::repeat(0.001, function (string $id) use ($ids, $a, $b, $done): void {
                $seen = array_count_values($this->events) + ['one' => 0, 'two' => 0, 'out' => 0];
                if (min($seen) >= 2 && !EventLoop::isEnabled($ids['one'])) {
                    EventLoop::cancel($id);
                    array_map(EventLoop::cancel(...), $ids);
                    EventLoop::delay(0.001, static function () use ($a, $b, $done): void {
                        $done();
                    });
                } elseif (min($seen) >= 1 && $seen['one'] >= 2) {
                    EventLoop::disable($ids['one']); /* the others go on */
                }
            });
        });
        self::assertGreaterThanOrEqual(2, array_count_values($this->events)['two']);
    }

    /** @dataProvider homes */
    public function testWhatPhpHasBufferedIsReadable(string $home): void
    {
        $this->play($home, function (\Closure $done): void {
            [$a, $b] = self::pair();
            fwrite($a, "1\n2\n3\n4\n");
            self::assertSame("1\n", fgets($b)); /* the rest is in the buffer of PHP */
            EventLoop::onReadable($b, function (string $id, $stream) use ($a, $done): void {
                $line = fgets($stream);
                $this->note($line);
                if ($line === "4\n") {
                    EventLoop::cancel($id);
                    fclose($a);
                    $done();
                }
            });
        });
        self::assertSame(["2\n", "3\n", "4\n"], $this->events);
    }

    /** @dataProvider homes */
    public function testAFileIsAlwaysReady(string $home): void
    {
        $file = tmpfile();
        $this->play($home, function (\Closure $done) use ($file): void {
            $count = 0;
            EventLoop::onWritable($file, function (string $id) use (&$count, $done): void {
                if (++$count === 3) {
                    EventLoop::cancel($id);
                    $done();
                }
            });
        });
        $this->expectNotToPerformAssertions();
    }

    /** @dataProvider homes */
    public function testAStreamStaysBlocking(string $home): void
    {
        [$a, $b] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
        fwrite($a, 'x');
        $this->play($home, static function (\Closure $done) use ($b): void {
            EventLoop::onReadable($b, static function (string $id) use ($done): void {
                EventLoop::cancel($id);
                $done();
            });
        });
        self::assertTrue(stream_get_meta_data($b)['blocked']);
        fread($b, 1);
        stream_set_timeout($b, 0, 20000);
        $begin = hrtime(true);
        fread($b, 1);
        self::assertGreaterThanOrEqual(0.015, (hrtime(true) - $begin) / 1e9, 'read() returned at once');
    }

    /** @dataProvider homes */
    public function testAStreamThatIsClosedTooEarly(string $home): void
    {
        $this->play($home, function (\Closure $done): void {
            EventLoop::setErrorHandler(fn (\Throwable $error) => $this->note($error::class));
            [$a, $b] = self::pair();
            $id = EventLoop::onReadable($a, $this->noting('never'));
            fclose($a);
            EventLoop::delay(0.005, function () use ($id, $done): void {
                EventLoop::cancel($id);
                $done();
            });
        });
        self::assertSame([\TypeError::class], $this->events);
    }

    /** @dataProvider homes */
    public function testSignals(string $home): void
    {
        pcntl_signal(SIGUSR1, SIG_IGN);
        $this->play($home, function (\Closure $done): void {
            $ids = [];
            foreach (['one', 'two'] as $name) {
                $ids[] = EventLoop::onSignal(SIGUSR1, function (string $id, int $signal) use ($name): void {
                    $this->note("$name $signal");
                });
            }
            EventLoop::delay(0.002, static function (): void {
                posix_kill(getmypid(), SIGUSR1);
            });
            EventLoop::repeat(0.002, function (string $id) use ($ids, $done): void {
                if (count($this->events) === 2) {
                    array_map(EventLoop::cancel(...), [$id, ...$ids]);
                    EventLoop::delay(0.002, $done);
                }
            });
        });
        sort($this->events);
        self::assertSame(['one ' . SIGUSR1, 'two ' . SIGUSR1], $this->events);
        posix_kill(getmypid(), SIGUSR1); /* ignored again, not the end of this process */
        pcntl_signal(SIGUSR1, SIG_DFL);
    }

    /** @dataProvider homes */
    public function testSuspensions(string $home): void
    {
        $this->play($home, function (\Closure $done): void {
            $suspension = EventLoop::getSuspension();
            self::assertSame($suspension, EventLoop::getSuspension());
            EventLoop::delay(0.002, static fn () => $suspension->resume('value'));
            self::assertSame('value', $suspension->suspend());
            EventLoop::queue(static fn () => $suspension->throw(new \LengthException('reason')));
            try {
                $suspension->suspend();
                self::fail('nothing was thrown');
            } catch (\LengthException $exception) {
                self::assertSame('reason', $exception->getMessage());
            }
            foreach ([fn () => $suspension->resume(), fn () => $suspension->throw(new \Exception())] as $early) {
                try {
                    $early();
                    self::fail('nothing was thrown');
                } catch (\Error $error) {
                    self::assertStringContainsString('Must call suspend() before calling', $error->getMessage());
                }
            }
            EventLoop::queue(function () use ($suspension): void {
                $suspension->resume(1);
                try {
                    $suspension->resume(2);
                } catch (\Error $error) {
                    $this->note('second resume');
                }
            });
            self::assertSame(1, $suspension->suspend());
            $suspendElsewhere = function () use ($suspension): void {
                try {
                    $suspension->suspend();
                } catch (\Error $error) {
                    $this->note($error->getMessage());
                }
            };
            EventLoop::queue($suspendElsewhere);
            EventLoop::queue(static fn () => $suspension->resume(3));
            self::assertSame(3, $suspension->suspend());
            $fiber = new \Fiber($suspendElsewhere);
            $fiber->start();
            $done();
        });
        self::assertSame([
            'second resume',
            'Must call resume() or throw() before calling suspend() again',
            'Must not call suspend() from another fiber',
        ], $this->events);
        self::assertSame([], $this->log);
    }

    /** @dataProvider homes */
    public function testResumedInTheOrderOfResume(string $home): void
    {
        $this->play($home, function (\Closure $done): void {
            $suspensions = [];
            foreach (['a', 'b', 'c'] as $name) {
                EventLoop::queue(function () use ($name, &$suspensions): void {
                    $suspensions[$name] = EventLoop::getSuspension();
                    $this->note($name . $suspensions[$name]->suspend());
                });
            }
            EventLoop::delay(0.002, function () use (&$suspensions, $done): void {
                foreach (['b', 'c', 'a'] as $i => $name) {
                    $suspensions[$name]->resume($i);
                }
                $this->note('resumed');
                EventLoop::delay(0.002, $done);
            });
        });
        self::assertSame(['resumed', 'b0', 'c1', 'a2'], $this->events);
    }

    /** @dataProvider homes */
    public function testTheErrorHandler(string $home): void
    {
        $this->play($home, function (\Closure $done): void {
            EventLoop::setErrorHandler(function (\Throwable $error): void {
                $this->note($error->getMessage());
            });
            EventLoop::queue(static fn () => throw new \Exception('queue'));
            EventLoop::defer(static fn () => throw new \Exception('defer'));
            EventLoop::delay(0.001, static fn () => throw new \Exception('delay'));
            EventLoop::delay(0.01, $done);
        });
        self::assertSame(['queue', 'defer', 'delay'], $this->events);
        self::assertSame([], $this->log);
    }

    public function testWithoutErrorHandlerAloneTheExceptionLeavesTheLoop(): void
    {
        EventLoop::delay(0.001, static fn () => throw new \LengthException('reason'));
        try {
            EventLoop::run();
            self::fail('nothing was thrown');
        } catch (EventLoop\UncaughtThrowable $error) {
            self::assertInstanceOf(\LengthException::class, $error->getPrevious());
        }
        EventLoop::delay(0.001, $this->noting('and it still runs'));
        EventLoop::run();
        self::assertSame(['and it still runs'], $this->events);
    }

    public function testWithoutErrorHandlerTheServerLogsAndGoesOn(): void
    {
        $this->serve(function ($server): void {
            EventLoop::queue(static fn () => throw new \LengthException('first'));
            EventLoop::queue(static fn () => throw new \LengthException('second'));
            EventLoop::defer(static fn () => 'not null');
            EventLoop::delay(0.005, static function () use ($server): void {
                $server->stop();
            });
        });
        self::assertCount(3, $this->log);
        self::assertStringStartsWith("a callback of Revolt's event loop threw LengthException: first in /", $this->log[0]);
        self::assertStringContainsString('LoopTest.php:', $this->log[0]);
        self::assertStringContainsString('LengthException: second', $this->log[1]);
        self::assertStringContainsString('InvalidCallbackError: Non-null return value', $this->log[2]);
    }

    public function testAloneTheLoopEndsWhenNothingIsLeft(): void
    {
        EventLoop::run();
        [$a, $b] = self::pair();
        $unreferenced = EventLoop::unreference(EventLoop::onReadable($a, $this->noting('never')));
        EventLoop::delay(0.001, $this->noting('delay'));
        self::assertFalse(EventLoop::getDriver()->isRunning());
        EventLoop::run();
        self::assertSame(['delay'], $this->events);
        self::assertSame([$unreferenced], EventLoop::getIdentifiers());
        EventLoop::repeat(0.001, static fn () => EventLoop::getDriver()->stop());
        EventLoop::run();
        self::assertCount(2, EventLoop::getIdentifiers());
    }

    public function testMainCannotWaitForWhatNeverComes(): void
    {
        $this->expectException(\Error::class);
        $this->expectExceptionMessage('Event loop terminated without resuming the current suspension');
        EventLoop::getSuspension()->suspend();
    }

    public function testGarbage(): void
    {
        $reference = null;
        $this->play('alone', static function (\Closure $done) use (&$reference): void {
            $cycle = new \stdClass();
            $reference = \WeakReference::create($cycle);
            $cycle->self = $cycle;
            $cycle->id = EventLoop::repeat(10, static function () use ($cycle): void {
            });
            EventLoop::queue($done);
        });
        EventLoop::setDriver(new \MqttServer\Async\RevoltDriver());
        gc_collect_cycles();
        self::assertNull($reference->get());
    }
}
