<?php

/* SPDX-License-Identifier: MIT
 *
 * Handlers that wait in Revolt and amphp: servers in processes of their own, clients on raw sockets.
 */

declare(strict_types=1);

namespace MqttServer\Tests\Revolt;

use PHPUnit\Framework\TestCase;

final class ServerTest extends TestCase
{
    /** What the servers here have: a PUBLISH to go/NAME lets those go on that wait for NAME. */
    private const GATES = <<<'PHP'
        use Revolt\EventLoop;
        $gates = [];
        function gate(string $name): Amp\DeferredFuture
        {
            global $gates;
            return $gates[$name] ??= new Amp\DeferredFuture();
        }
        $server->on('publish', function ($packet) {
            if (str_starts_with($packet->getTopic(), 'go/')) {
                gate(substr($packet->getTopic(), 3))->complete();
            }
        }, 10);
        PHP;

    private static function server(string $code, string $options = '[]'): \MqsServer
    {
        $options .= " + ['log_level' => 'info']";
        return new \MqsServer('require ' . var_export(getenv('REVOLT_AUTOLOAD'), true) . ";\n"
            . '$server = new MqttServer\Server($options);' . "\n" . self::GATES . "\n" . $code, $options);
    }

    public function testAPublishThatWaitsHoldsUpItsConnectionAlone(): void
    {
        $server = self::server(<<<'PHP'
            $server->on('publish', function ($packet) {
                if ($packet->getTopic() === 'slow') {
                    gate('slow')->getFuture()->await();
                }
            });
            PHP);
        $slow = \MqsClient::connect($server, 'slow');
        $other = \MqsClient::connect($server, 'other');
        $slow->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => 'slow', 'message' => '', 'message_id' => 9]);
        self::assertSame(13, $slow->ping()['type'], 'a ping passes');
        self::assertSame(4, $other->publish('anything', 'x', 1)['type'], 'and so do other connections');
        self::assertSame(9, $other->subscribe('slow', 1)['type']);
        $other->publish('go/slow', '');
        self::assertSame(['slow', 9], [$other->receive()['topic'], $slow->receive()['message_id']]);
        self::assertSame(0, $server->stop());
        self::assertSame("start() returned\n", $server->said());
    }

    public function testAConnectAndASubscribeWait(): void
    {
        $server = self::server(<<<'PHP'
            $server->on('connect', function ($packet) {
                return Amp\async(function () use ($packet) {
                    if ($packet->getClientId() !== 'opener') {
                        gate('connect')->getFuture()->await();
                    }
                    return $packet->getClientId() !== 'bad';
                })->await();
            });
            $server->on('subscribe', function ($packet, $client) {
                gate('subscribe')->getFuture()->await();
            });
            PHP);
        $opener = \MqsClient::connect($server, 'opener');
        $waiting = [];
        foreach (['good' => 0, 'bad' => 5] as $name => $code) {
            $waiting[$name] = new \MqsClient($server->port);
            $waiting[$name]->send(['type' => 1, 'protocol_name' => 'MQTT', 'protocol_level' => 4, 'clean_session' => 1,
                'keep_alive' => 60, 'client_id' => $name]);
        }
        $opener->publish('go/connect', '', 1);
        self::assertSame(0, $waiting['good']->receive()['code']);
        self::assertNotSame(0, $waiting['bad']->receive()['code']);
        $waiting['good']->send(['type' => 8, 'message_id' => 3, 'topics' => ['t' => 0]]);
        $waiting['good']->ping();
        $opener->publish('go/subscribe', '', 1);
        self::assertSame(9, $waiting['good']->receive()['type']);
        self::assertSame(0, $server->stop());
    }

    public function testManyWaitAtOnce(): void
    {
        $server = self::server(<<<'PHP'
            $server->on('publish', function ($packet) use ($server) {
                static $count = 0;
                if ($packet->getTopic() === 'many' && ++$count < 200) {
                    gate('many')->getFuture()->await();
                } elseif ($count === 200) {
                    gate('many')->complete();
                }
            });
            $server->on('disconnect', function () use ($server) {
                static $count = 0;
                if (++$count === 200) {
                    echo 'at most ', $server->stats()['fibers_parked_maximum'], "\n";
                }
            });
            PHP);
        $clients = [];
        for ($i = 0; $i < 200; $i++) {
            $clients[] = \MqsClient::connect($server, "client$i");
        }
        foreach ($clients as $i => $client) {
            $client->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => 'many', 'message' => '', 'message_id' => 1]);
        }
        foreach ($clients as $client) {
            self::assertSame(4, $client->receive()['type']);
            $client->disconnect();
        }
        $server->expect('/^at most 199$/');
        self::assertSame(0, $server->stop());
    }

    public function testTheDeadlineEndsAWaitInRevolt(): void
    {
        $server = self::server(<<<'PHP'
            $server->on('publish', function ($packet) {
                if ($packet->getTopic() === 'slow') {
                    try {
                        Amp\delay(3600);
                    } catch (Throwable $exception) {
                        echo $exception::class, ' ', count(EventLoop::getIdentifiers()), "\n";
                        throw $exception;
                    }
                }
            });
            PHP, '["decision_timeout_ms" => 20]');
        $client = \MqsClient::connect($server, 'client', 5);
        self::assertGreaterThanOrEqual(0x80, $client->publish('slow', 'x', 1)['code']);
        $server->expect('/^MqttServer\\\\Exception\\\\TimeoutException 0$/');
        self::assertSame(0, $client->publish('quick', 'x', 1)['code'] & 0x80);
        self::assertSame(0, $server->stop());
    }

    public function testAClientThatGoesEndsItsWait(): void
    {
        $server = self::server(<<<'PHP'
            $server->on('subscribe', function ($packet, $client) {
                $suspension = EventLoop::getSuspension();
                try {
                    gate('subscribe')->getFuture()->finally(fn () => $suspension->resume())->ignore();
                    echo "waits\n";
                    $suspension->suspend();
                } catch (MqttServer\Exception\CancelledException $exception) {
                    echo "cancelled\n";
                    throw $exception;
                }
            });
            PHP);
        $client = \MqsClient::connect($server, 'client');
        $client->send(['type' => 8, 'message_id' => 3, 'topics' => ['t' => 0]]);
        $server->expect('/^waits$/');
        $client->close();
        $server->expect('/^cancelled$/');
        $other = \MqsClient::connect($server, 'other');
        $other->publish('go/subscribe', '', 1); /* what resumes it comes too late, and does no harm */
        $other->ping();
        self::assertSame(0, $server->stop());
        self::assertStringNotContainsString('Must call suspend()', $server->output);
    }

    public function testASuspensionOfBeforeResumesNoLaterHandler(): void
    {
        $server = self::server(<<<'PHP'
            $fibers = $suspensions = [];
            $server->on('publish', function ($packet) use (&$fibers, &$suspensions) {
                if ($packet->getTopic() === 'keep' || $packet->getTopic() === 'wait') {
                    $fibers[] = Fiber::getCurrent();
                    $suspensions[] = EventLoop::getSuspension();
                }
                if ($packet->getTopic() === 'wait') {
                    echo 'same fiber ', var_export($fibers[0] === $fibers[1], true),
                        ', same suspension ', var_export($suspensions[0] === $suspensions[1], true), "\n";
                    $value = $suspensions[1]->suspend();
                    echo "goes on with $value\n";
                }
                if ($packet->getTopic() === 'resume') {
                    $number = (int) $packet->getPayload();
                    try {
                        $suspensions[$number]->resume("number $number");
                    } catch (Error $error) {
                        echo $error->getMessage(), "\n";
                    }
                }
            });
            PHP);
        $client = \MqsClient::connect($server, 'client');
        $other = \MqsClient::connect($server, 'other');
        $client->publish('keep', '', 1);
        $client->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => 'wait', 'message' => '', 'message_id' => 7]);
        $server->expect('/^same fiber true, same suspension false$/');
        $other->publish('resume', '0', 1);
        $server->expect('/^Must call suspend\(\) before calling resume\(\)$/');
        self::assertSame(13, $client->ping()['type']);
        $other->publish('resume', '1', 1);
        $server->expect('/^goes on with number 1$/');
        self::assertSame(7, $client->receive()['message_id']);
        self::assertSame(0, $server->stop());
    }

    public function testFiberLocalIsNewInEachHandler(): void
    {
        $server = self::server(<<<'PHP'
            $local = new EventLoop\FiberLocal(fn () => 'new');
            $server->on('publish', function ($packet) use ($local) {
                echo $packet->getPayload(), ' finds ', $local->get(), ' in ', spl_object_id(Fiber::getCurrent()), "\n";
                $local->set($packet->getPayload());
                Amp\delay(0.001);
                echo $packet->getPayload(), ' still has ', $local->get(), "\n";
            });
            PHP);
        $client = \MqsClient::connect($server, 'client');
        $client->publish('t', 'first', 1);
        $client->publish('t', 'second', 1);
        [, $one] = $server->expect('/^first finds new in (\d+)$/');
        $server->expect('/^first still has first$/');
        [, $two] = $server->expect('/^second finds new in (\d+)$/');
        self::assertSame($one, $two, 'both ran in the same fiber');
        $server->expect('/^second still has second$/');
        self::assertSame(0, $server->stop());
    }

    /** The job is over when its suspension goes: what hangs on that cannot wait in its name. Before PHP 8.4 no destructor can. */
    public function testADestructorBehindASuspensionCannotWait(): void
    {
        $server = self::server(<<<'PHP'
            final class Leaving
            {
                public function __destruct()
                {
                    try {
                        MqttServer\Async\delay(0.01);
                        echo "it has waited\n";
                    } catch (MqttServer\Exception\MqttException $exception) {
                        echo $exception->getMessage(), "\n";
                    }
                }
            }
            $map = new WeakMap();
            $server->on('publish', function ($packet) use ($map) {
                $map[EventLoop::getSuspension()] = new Leaving();
                if ($packet->getTopic() === 'waits') {
                    MqttServer\Async\delay(0.001);
                }
                echo $packet->getTopic(), "\n";
            });
            PHP);
        $client = \MqsClient::connect($server, 'a');
        $bytes = '';
        foreach (['one', 'two', 'waits', 'four'] as $i => $topic) {
            $bytes .= \MqttServer\Codec::pack(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => $topic,
                'message' => '', 'message_id' => $i + 1], 4);
        }
        $client->sendRaw($bytes);
        for ($i = 1; $i <= 4; $i++) {
            self::assertSame($i, $client->receive()['message_id']);
        }
        self::assertSame(0, $server->stop());
        $told = "Nothing can wait here: in a destructor, or where the broker has to go on at once\n";
        /* What waits behind a packet begins when that is decided, still in its job. */
        self::assertSame("one\n{$told}two\n{$told}waits\nfour\n{$told}{$told}start() returned\n", $server->said());
    }

    public function testAmphp(): void
    {
        $server = self::server(<<<'PHP'
            $server->on('publish', function ($packet) {
                $answers = Amp\Future\await([
                    'a' => Amp\async(function () { Amp\delay(0.002); return 'slow'; }),
                    'b' => Amp\async(fn () => 'quick'),
                ]);
                ksort($answers);
                echo implode(' ', $answers), "\n";
                try {
                    Amp\async(function () { Amp\delay(0.001); throw new LengthException('reason'); })->await();
                } catch (LengthException $exception) {
                    echo 'caught ', $exception->getMessage(), "\n";
                }
                try {
                    Amp\Future\await([(new Amp\DeferredFuture())->getFuture()], new Amp\TimeoutCancellation(0.002));
                } catch (Amp\CancelledException $exception) {
                    echo $exception->getPrevious()::class, "\n";
                }
                [$left, $right] = Amp\Socket\createSocketPair();
                Amp\async(function () use ($right) {
                    Amp\delay(0.002);
                    $right->write("across\n");
                    $right->close();
                });
                echo Amp\ByteStream\buffer($left);
                return false;
            });
            PHP);
        $client = \MqsClient::connect($server, 'client', 5);
        self::assertGreaterThanOrEqual(0x80, $client->publish('t', 'x', 1)['code']);
        foreach (['quick', 'caught reason', 'Amp\\\\TimeoutException', 'across'] as $line) {
            $server->expect("/$line\$/");
        }
        self::assertSame(0, $server->stop());
        self::assertStringNotContainsString('WARNING', $server->output);
    }

    public function testWaitingOfBothKindsGoesTogether(): void
    {
        $server = self::server(<<<'PHP'
            use MqttServer\Async;
            $server->on('publish', function ($packet) {
                $amp = Amp\async(function () {
                    Async\delay(0.002); /* in a fiber of Revolt's */
                    return 'one';
                });
                $own = Async\async(function () {
                    Amp\delay(0.002); /* in a fiber of the server's */
                    return 'two';
                });
                Async\delay(0.001);
                $values = [$amp->await(), $own->await()];
                $deferred = new Async\Deferred();
                EventLoop::delay(0.001, fn () => $deferred->complete('three'));
                echo implode(' ', [...$values, $deferred->getFuture()->await()]), "\n";
            });
            PHP);
        $client = \MqsClient::connect($server, 'client');
        self::assertSame(4, $client->publish('t', 'x', 1)['type']);
        $server->expect('/^one two three$/');
        self::assertSame(0, $server->stop());
        self::assertStringNotContainsString('ERROR', $server->output);
    }

    public function testAStopWaitsForHandlersThatWait(): void
    {
        $server = self::server(<<<'PHP'
            $server->on('publish', function ($packet) {
                echo "waits\n";
                EventLoop::onSignal(SIGUSR1, function ($id) {
                    EventLoop::cancel($id);
                    gate('signal')->complete();
                });
                gate('signal')->getFuture()->await();
                Amp\delay(0.002);
            });
            PHP);
        $client = \MqsClient::connect($server, 'client');
        $client->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => 't', 'message' => '', 'message_id' => 7]);
        $server->expect('/^waits$/');
        $server->signal(SIGTERM);
        $server->expect('/Server is stopping/');
        $server->signal(SIGUSR1);
        self::assertSame(7, $client->receive()['message_id']);
        self::assertSame(0, $server->wait());
    }

    public function testStopOfRevoltStopsTheServer(): void
    {
        $server = self::server(<<<'PHP'
            $server->on('publish', function ($packet) {
                foreach ([EventLoop::run(...), EventLoop::getDriver()->run(...)] as $run) {
                    try {
                        $run();
                    } catch (Error $error) {
                        echo $error->getMessage(), "\n";
                    }
                }
                var_dump(EventLoop::getDriver()->isRunning(), EventLoop::getIdentifiers());
                EventLoop::getDriver()->stop();
            });
            register_shutdown_function(function () {
                var_dump(EventLoop::getDriver()->isRunning());
                echo Amp\async(function () { Amp\delay(0.002); return "life goes on\n"; })->await();
            });
            PHP);
        $client = \MqsClient::connect($server, 'client', 5);
        self::assertSame(4, $client->publish('t', 'x', 1)['type']);
        self::assertSame(0, $server->wait());
        self::assertSame("The event loop is already running\nThe event loop is already running\nbool(true)\narray(0) {\n}\n"
            . "start() returned\nbool(false)\nlife goes on\n", $server->said());
    }

    public function testExitAndFatalErrorsInACallback(): void
    {
        $server = self::server(<<<'PHP'
            $server->on('publish', function ($packet) {
                match ($packet->getTopic()) {
                    'exit' => EventLoop::queue(fn () => exit(3)),
                    'fatal' => EventLoop::defer(fn () => trigger_error('broken', E_USER_ERROR)),
                    default => EventLoop::defer(function () { echo "still runs\n"; }),
                };
            });
            PHP);
        $client = \MqsClient::connect($server, 'client');
        $client->publish('exit', '', 1);
        $server->expect("/a callback of Revolt's event loop called exit\(\)/");
        $client->publish('run', '', 1);
        $server->expect('/^still runs$/');
        $client->publish('fatal', '', 1);
        self::assertSame(255, $server->wait());
        self::assertStringContainsString('broken', $server->output);
        self::assertStringNotContainsString('start() returned', $server->output);
    }

    public function testADescriptorThatWasClosedBehindRevoltIsInNobodysWay(): void
    {
        $server = self::server(<<<'PHP'
            $server->after(0, function () {
                [$a, $b] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
                EventLoop::onReadable($a, function () { echo "never\n"; });
                EventLoop::delay(0.002, function () use ($a, $b) {
                    fclose($a);
                    fclose($b);
                    echo "closed\n";
                });
            });
            PHP);
        $server->expect('/^closed$/');
        foreach (['one', 'two', 'three'] as $name) {
            $clients[] = $client = \MqsClient::connect($server, $name);
            self::assertSame(4, $client->publish('t', 'x', 1)['type']);
        }
        self::assertSame(0, $server->stop());
        self::assertStringNotContainsString('never', $server->output);
    }

    public function testATimerMadeWhenTheLoopEndsIsGone(): void
    {
        $server = self::server(<<<'PHP'
            $timer = 0;
            $server->after(0, function () use ($server, &$timer) {
                $server->stop();
                EventLoop::defer(function () use ($server, &$timer) {
                    EventLoop::queue(function () use ($server, &$timer) {
                        $timer = $server->every(1.0, function () {
                            echo "never\n";
                        });
                    });
                });
            });
            register_shutdown_function(function () use ($server, &$timer) {
                var_dump($timer > 0, $server->cancelTimer($timer));
            });
            PHP);
        self::assertSame(0, $server->wait());
        self::assertSame("start() returned\nbool(true)\nbool(true)\n", $server->said());
    }
}
