<?php
/* SPDX-License-Identifier: MIT
 *
 * tests/host/lib/cases.php - what must hold in any host. Each case is a method; contract.php says which run where.
 */
declare(strict_types=1);

require __DIR__ . '/Host.php';

final class Cases
{
    public int $passed = 0;
    public int $failed = 0;

    public function __construct(private string $variant, private Host $host)
    {
    }

    public function same(string $what, mixed $wanted, mixed $got): void
    {
        $ok = $wanted === $got;
        $this->passed += (int) $ok;
        $this->failed += (int) !$ok;
        $why = $ok ? '' : ': wanted ' . json_encode($wanted) . ', got ' . json_encode($got, JSON_PARTIAL_OUTPUT_ON_ERROR);
        echo $ok ? 'ok' : 'FAIL', " {$this->variant}: $what$why\n";
    }

    private static function text(?array $message): string
    {
        return $message === null ? 'closed' : "{$message['topic']} {$message['message']} {$message['qos']}";
    }

    /** Both protocol levels, each QoS, in one worker or another: it does not matter here. */
    public function basics(): void
    {
        foreach ([3, 4, 5] as $level) {
            $name = $level === 3 ? ['protocol_name' => 'MQIsdp'] : [];
            $sub = $this->host->open("sub$level", $level, $name);
            $pub = $this->host->open("pub$level", 5);
            $this->same("level $level is let in", true, $sub->accepted());
            $this->same("level $level subscribes", [0, 1, 2], $sub->wants(['b/0' => 0, 'b/1' => 1, 'b/2' => 2]));
            $this->host->settle($pub, $sub);
            foreach ([0, 1, 2] as $qos) {
                $this->same("QoS $qos is acknowledged (level $level)", 0, $pub->deliver("b/$qos", "x$level", $qos));
                $this->same("QoS $qos arrives (level $level)", "b/$qos x$level $qos", self::text($sub->message()));
            }
            $sub->disconnect();
            $pub->disconnect();
        }
    }

    /** A message of any worker reaches subscribers of all others. */
    public function everyWorker(): void
    {
        $clients = $this->host->spread(['w1', 'w2', 'w3', 'w4']);
        foreach ($clients as $id => $client) {
            $client->wants(['all/+' => 2, "only/$id" => 1]);
        }
        foreach ($clients as $publisher) {
            $this->host->settle($publisher, ...array_values($clients));
        }
        foreach ($clients as $from => $publisher) {
            foreach ([0, 1, 2] as $qos) {
                $this->same("$from publishes QoS $qos", 0, $publisher->deliver("all/$from", "q$qos", $qos));
                foreach ($clients as $to => $client) {
                    $this->same("QoS $qos from $from reaches $to", "all/$from q$qos $qos", self::text($client->message()));
                }
            }
        }
        $this->same('nobody got anything twice', [],
            array_merge(...array_map(fn ($client) => $client->waiting(), array_values($clients))));
        $this->same('without a subscriber anywhere the reason says so', 0x10, $clients['w1']->deliver('nobody/there', 'x', 1));
        /* Order from one publisher to one subscriber elsewhere. */
        for ($i = 0; $i < 200; $i++) {
            $clients['w2']->deliver('only/w3', (string) $i, $i % 2);
        }
        $got = [];
        while (count($got) < 200) {
            $got[] = $clients['w3']->message()['message'] ?? 'closed';
        }
        $this->same('messages to another worker keep their order', array_map('strval', range(0, 199)), $got);
        $big = random_bytes(300000);
        $this->same('a large message is acknowledged', 0, $clients['w1']->deliver('only/w4', $big, 1));
        $this->same('a large message arrives whole', md5($big), md5($clients['w4']->message()['message'] ?? ''));
        $this->closeAll($clients);
    }

    /** What clients of other workers no longer want, they do not get; what a client of theirs wants twice, it gets once. */
    public function unsubscribed(): void
    {
        $clients = $this->host->spread(['x1', 'x2']);
        $clients['x2']->wants(['x/+' => 1, 'x/#' => 1, 'x/one' => 2]);
        $this->host->settle($clients['x1'], $clients['x2']);
        $this->same('overlapping filters elsewhere', 0, $clients['x1']->deliver('x/one', 'a', 2));
        $this->same('are one message, at the highest QoS', ['x/one a 2'],
            array_map(self::text(...), [$clients['x2']->message(), ...$clients['x2']->waiting()]));
        $clients['x2']->send(['type' => 10, 'message_id' => 9, 'topics' => ['x/+', 'x/#', 'x/one']]);
        $this->same('unsubscribed', 11, $clients['x2']->ack()['type'] ?? 0);
        $this->host->settle($clients['x1'], $clients['x2']);
        $this->same('nobody is left who wants it', 0x10, $clients['x1']->deliver('x/one', 'b', 1));
        $clients['x2']->wants(['x/again' => 1]);
        $this->host->settle($clients['x1'], $clients['x2']);
        $clients['x2']->disconnect();
        $this->same('a client that left elsewhere wants nothing any more', true,
            Host::until(fn () => $clients['x1']->deliver('x/again', 'c', 1) === 0x10));
        $clients['x1']->disconnect();
    }

    /** A worker that hangs holds up acknowledgements of what is for its clients, until it answers or is gone. */
    public function stuck(): void
    {
        $clients = $this->host->spread(['h1', 'h2', 'h3']);
        $clients['h2']->wants(['stuck/#' => 1]);
        $clients['h3']->wants(['stuck/#' => 1]);
        $this->host->settle($clients['h1'], $clients['h2'], $clients['h3']);
        $hangs = $this->host->processOf($clients['h2']);
        posix_kill($hangs, SIGSTOP);
        $clients['h1']->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => 'stuck/a', 'message' => 'x', 'message_id' => 50]);
        $this->same('others get it meanwhile', 'stuck/a x 1', self::text($clients['h3']->message()));
        $this->same('nobody acknowledges it yet', 13, $this->type($clients['h1']));
        posix_kill($hangs, SIGCONT);
        $this->same('when the worker goes on it is acknowledged', [4, 50, 0], $this->ack($clients['h1']));
        $this->same('and its client has it', 'stuck/a x 1', self::text($clients['h2']->message()));
        posix_kill($hangs, SIGSTOP);
        $clients['h1']->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => 'stuck/b', 'message' => 'x', 'message_id' => 51]);
        $this->same('others get the next one', 'stuck/b x 1', self::text($clients['h3']->message()));
        posix_kill($hangs, SIGKILL);
        $this->same('when the worker is gone nothing waits for it', [4, 51, 0], $this->ack($clients['h1']));
        $clients['h2']->end();
        unset($clients['h2']);
        $this->closeAll($clients);
    }

    private function ack(HostClient $client): array
    {
        $ack = $client->ack();
        return [$ack['type'] ?? 0, $ack['message_id'] ?? 0, $ack['code'] ?? 0];
    }

    /** Handlers that publish, and handlers of the end of a connection that take their time. */
    public function told(): void
    {
        $clients = $this->host->spread(['told1', 'told2']);
        foreach ($clients as $client) {
            $client->wants(['echo/#' => 1, 'closed/#' => 1]);
        }
        $this->host->settle($clients['told1'], ...array_values($clients));
        $this->host->settle($clients['told2'], ...array_values($clients));
        foreach ($clients as $id => $client) {
            $client->deliver("ask/$id", 'please', 1);
            foreach ($clients as $other => $listener) {
                $this->same("what a handler for $id publishes reaches $other", "echo/$id please 1", self::text($listener->message()));
            }
        }
        $leaves = $this->host->open('bye-leaves-park50');
        $this->host->settle($leaves, ...array_values($clients));
        $leaves->disconnect();
        $gone = $this->host->open('bye-gone-park50');
        $this->host->settle($gone, ...array_values($clients));
        $gone->close();
        foreach ($clients as $id => $client) {
            $got = [self::text($client->message()), self::text($client->message())];
            sort($got);
            $this->same("$id hears of the end of others", ['closed/bye-gone-park50 bye 1', 'closed/bye-leaves-park50 bye 1'], $got);
        }
        $this->closeAll($clients);
    }

    /** @param array<HostClient> $clients */
    private function closeAll(array $clients): void
    {
        foreach ($clients as $client) {
            $client->disconnect();
        }
    }

    /** Each message of a shared subscription goes to one member, wherever it is. */
    public function shared(): void
    {
        $clients = $this->host->spread(['s1', 's2', 's3', 's4']);
        $publisher = array_pop($clients);
        foreach ($clients as $client) {
            $client->wants(['$share/group/job/#' => 1]);
        }
        $this->host->settle($publisher, ...array_values($clients));
        for ($i = 0; $i < 90; $i++) {
            $this->share($publisher, $i);
        }
        $got = [];
        $counts = [];
        foreach ($clients as $id => $client) {
            $mine = $client->waiting();
            $counts[$id] = count($mine);
            array_push($got, ...array_map(fn ($message) => (int) $message['message'], $mine));
        }
        sort($got);
        $this->same('each message of a group is delivered once', range(0, 89), $got);
        $this->same('members of all workers take part', true, min($counts) > 0);
        $clients['s1']->disconnect();
        unset($clients['s1']);
        for ($i = 0; $i < 20; $i++) {
            $this->share($publisher, $i);
        }
        $this->same('without one member the others get all', 20,
            array_sum(array_map(fn ($client) => count($client->waiting()), $clients)));
        $this->closeAll([...$clients, $publisher]);
    }

    private function share(HostClient $publisher, int $i): void
    {
        $reason = $publisher->deliver("job/$i", (string) $i, 1);
        if ($reason !== 0) {
            $this->same("message $i of a group is acknowledged", 0, $reason);
        }
    }

    /** A client that connects again to another worker takes its place. */
    public function takeOver(): void
    {
        $clients = $this->host->spread(['t1', 't2', 't3']);
        foreach (['t2', 't3'] as $worker) {
            $pid = $this->host->spec['mode'] === 'base' ? $this->host->processOf($clients[$worker]) : 0;
            $told = [];
            do {
                $new = $this->host->open('t1');
                $told[] = $clients['t1']->end()['code'] ?? null;
                $clients['t1'] = $new;
            } while ($pid && $this->host->processOf($new) !== $pid && count($told) < 100);
            $this->same("take-over by $worker's worker: each old connection is told", [0x8E], array_values(array_unique($told)));
        }
        $this->same('take-over: the new connection lives', 13, $this->type($clients['t1']));
        $this->closeAll($clients);
    }

    private function type(HostClient $client): int
    {
        $client->send(['type' => 12]);
        return $client->ack()['type'] ?? 0;
    }

    /** PHP code of any process publishes, and disconnects clients of any worker. */
    public function publisher(bool $task): void
    {
        $clients = $this->host->spread(['p1', 'p2', 'p3']);
        foreach ($clients as $client) {
            $client->wants(['news/#' => 1]);
        }
        foreach ($clients as $publisher) {
            $this->host->settle($publisher, ...array_values($clients));
        }
        $workers = [];
        for ($i = 0; $i < 200 && count($workers) < 2; $i++) {
            /* Behind a master another connection moves the next one on to the next worker. */
            $hold = $i % 2 ? stream_socket_client("tcp://127.0.0.1:{$this->host->control}") : null;
            $answer = $this->host->ask('/publish', ['topic' => "news/$i", 'payload' => 'from PHP', 'qos' => 1]);
            $workers[$answer['worker']] = true;
            foreach ($clients as $id => $client) {
                $got = self::text($client->message());
                if ($got !== "news/$i from PHP 1") {
                    $this->same("a message of PHP reaches $id", "news/$i from PHP 1", $got);
                }
            }
        }
        $this->same('messages of PHP reach all workers from several', 2, count($workers));
        if ($task) {
            $this->host->ask('/task', ['topic' => 'news/task', 'payload' => 'from a task', 'qos' => 1]);
            foreach ($clients as $id => $client) {
                $this->same("a message of a task worker reaches $id", 'news/task from a task 1', self::text($client->message()));
            }
        }
        foreach (['p1', 'p2', 'p3'] as $id) {
            $this->host->ask('/disconnect', ['client' => $id]);
            $this->same("PHP disconnects $id, wherever it is", 0x98, $clients[$id]->end()['code'] ?? null);
        }
    }

    /** Bytes come as they like, unless the host puts packets together. */
    public function pieces(bool $raw = true): void
    {
        $client = new HostClient($this->host->port, 5);
        $connect = MqttServer\Codec::pack(['type' => 1, 'protocol_name' => 'MQTT', 'protocol_level' => 5, 'clean_session' => 1,
            'keep_alive' => 0, 'client_id' => 'pieces'], 5);
        foreach (str_split($connect) as $byte) {
            $client->sendRaw($byte);
            usleep(500);
        }
        $this->same('a CONNECT byte by byte is one', 2, $client->receive()['type'] ?? 0);
        $bytes = MqttServer\Codec::pack(['type' => 8, 'message_id' => 5, 'topics' => ['p/#' => ['qos' => 1, 'no_local' => false,
            'retain_as_published' => false, 'retain_handling' => 0]]], 5);
        for ($i = 0; $i < 20; $i++) {
            $bytes .= MqttServer\Codec::pack(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => 'p/x',
                'message' => str_repeat((string) $i, 700), 'message_id' => $i + 1], 5);
        }
        foreach (str_split($bytes, 611) as $piece) {
            $client->sendRaw($piece);
        }
        $got = [];
        while (count($got) < 20 && ($message = $client->message())) {
            $got[] = strlen($message['message']);
        }
        $this->same('packets cut anywhere are whole', array_map(fn ($i) => 700 * strlen((string) $i), range(0, 19)), $got);
        $client->disconnect();
        if ($raw) {
            $raw = new HostClient($this->host->port, 5);
            $raw->sendRaw($connect . MqttServer\Codec::pack(['type' => 12], 5) . MqttServer\Codec::pack(['type' => 14, 'code' => 0], 5));
            $this->same('CONNECT, PINGREQ and DISCONNECT in one piece: CONNACK', 2, $raw->receive()['type'] ?? 0);
            $this->same('then PINGRESP', 13, $raw->receive()['type'] ?? 0);
            $this->same('then the end', null, $raw->receive());
            $raw = new HostClient($this->host->port, 5);
            $raw->sendRaw("GET / HTTP/1.1\r\n\r\n");
            $this->same('who does not speak MQTT is dropped', null, $raw->receive());
        }
    }

    /** Who does not read holds up nobody else. */
    public function frozen(): void
    {
        $frozen = $this->host->open('frozen');
        $frozen->wants(['flood' => 0]);
        $other = $this->host->open('other');
        $other->wants(['other' => 1]);
        $publisher = $this->host->open('flooder');
        $this->host->settle($publisher, $frozen, $other);
        $this->same('a client reads until then', [], $frozen->waiting());
        $payload = str_repeat('f', 200000);
        for ($i = 0; $i < 120; $i++) {
            $publisher->deliver('flood', $payload, 0);
            if ($i % 20 === 19) {
                $publisher->deliver('other', "m$i", 1);
                $this->same("while one client does not read, another gets message $i", "other m$i 1", self::text($other->message()));
            }
        }
        $this->same('and is answered', 13, $this->type($other));
        /* It wakes up: what it got is whole, and it is still served (or was closed, if its output was too much). */
        $got = 0;
        while (($message = $frozen->message()) && $got < 120) {
            if ($message['message'] !== $payload) {
                $this->same('a message to the slow client is whole', true, false);
            }
            $got++;
            if ($got === 10) {
                break;
            }
        }
        $this->same('the slow client gets messages when it reads', 10, $got);
        $frozen->close();
        $other->disconnect();
        $publisher->disconnect();
    }

    /** A client that vanishes leaves its will. */
    public function will(bool $keepAlive): void
    {
        $watch = $this->host->open('watch');
        $watch->wants(['will/#' => 1]);
        $lost = $this->host->open($keepAlive ? 'lost-ka' : 'lost', 5, ['keep_alive' => $keepAlive ? 1 : 0,
            'will' => ['qos' => 1, 'retain' => 0, 'topic' => 'will/lost', 'message' => 'gone']]);
        $other = $this->host->open('settler');
        $this->host->settle($lost, $watch);
        $lost->close();
        $this->same('a will is published' . ($keepAlive ? ' by keep-alive at the latest' : ' as soon as its client is gone'),
            'will/lost gone 1', self::text($watch->message()));
        $quiet = $this->host->open('quiet', 5, ['will' => ['qos' => 1, 'retain' => 0, 'topic' => 'will/quiet', 'message' => 'no']]);
        $this->host->settle($quiet, $watch);
        $quiet->disconnect();
        $this->host->settle($other, $watch);
        $this->same('after a DISCONNECT there is none', [], $watch->waiting());
        $watch->disconnect();
        $other->disconnect();
    }

    /** A handler that sleeps parks its connection, nobody else, and the order stays. */
    public function parked(): void
    {
        $sub = $this->host->open('park-sub');
        $sub->wants(['order/#' => 1]);
        $pub = $this->host->open('park-pub');
        $this->host->settle($pub, $sub);
        $other = $this->host->open('park-other');
        foreach (['order/park400', 'order/second', 'order/park10', 'order/fourth'] as $i => $topic) {
            $pub->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => $topic, 'message' => 'x', 'message_id' => 10 + $i]);
        }
        $began = microtime(true);
        $this->same('while a handler sleeps, another client is answered', 13, $this->type($other));
        $this->same('another client publishes', 0x10, $other->deliver('free/topic', 'x', 1));
        $this->same('acknowledgements come in order', [10, 11, 12, 13],
            array_map(fn () => $pub->ack()['message_id'] ?? 0, range(0, 3)));
        $this->same('messages come in order', ['order/park400', 'order/second', 'order/park10', 'order/fourth'],
            array_map(fn () => $sub->message()['topic'] ?? '', range(0, 3)));
        /* Gone while its handler sleeps. */
        $pub->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => 'order/park200', 'message' => 'last', 'message_id' => 20]);
        $pub->close();
        $next = $this->host->open('park-next');
        $this->same('after a client left while its handler slept the next one is let in', true, $next->accepted());
        $slow = new HostClient($this->host->port, 5);
        $slow->send(['type' => 1, 'protocol_name' => 'MQTT', 'protocol_level' => 5, 'clean_session' => 1, 'keep_alive' => 0,
            'client_id' => 'connect-park200']);
        $slow->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => 'order/early', 'message' => 'x', 'message_id' => 1]);
        $this->same('while a CONNECT is being decided, others are served', 13, $this->type($next));
        $this->same('the CONNECT is answered', 2, $slow->ack()['type'] ?? 0);
        $this->same('what came behind it is handled then', 4, $slow->ack()['type'] ?? 0);
        $gone = new HostClient($this->host->port, 5);
        $gone->send(['type' => 1, 'protocol_name' => 'MQTT', 'protocol_level' => 5, 'clean_session' => 1, 'keep_alive' => 0,
            'client_id' => 'gone-park100']);
        $gone->close();
        $this->same('a client that left during its CONNECT disturbs nobody', 13, $this->type($next));
        $this->closeAll([$sub, $other, $next, $slow]);
    }

    private function hung(HostClient $watch, string $who): string
    {
        do {
            $message = $watch->message();
        } while ($message && $message['topic'] !== "hung/$who");
        return preg_replace('/ .*\\\\/', ' ', $message['message'] ?? 'closed');
    }

    /** A handler whose time is over, or whose client is gone, gets an exception where it waits. */
    public function interrupted(): void
    {
        $ways = ['delay' => 1, 'queue' => 1, 'future' => 1, 'stream' => 1, 'next' => 1, 'task' => 1, 'sleep' => 0, 'channel' => 0];
        $watch = $this->host->open('hang-watch');
        $watch->wants(['hung/#' => 1, 'hanging/#' => 1, 'linger' => 1]);
        $late = [];
        foreach ($ways as $way => $ours) {
            $late[$way] = $this->host->open("late-$way");
            $this->host->settle($late[$way], $watch);
        }
        foreach ($late as $way => $client) {
            $client->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => "hang-$way-late$way", 'message' => '', 'message_id' => 5]);
        }
        $codes = array_map(fn ($client) => $client->ack()['code'] ?? -1, $late);
        $this->same('the deadline refuses all of them', array_map(fn () => 0x83, $ways), $codes);
        $ended = [];
        for ($i = 0; $i < 2 * count($ways); $i++) {
            $message = $watch->message();
            if (str_starts_with($message['topic'] ?? '', 'hung/')) {
                $ended[] = preg_replace('/ .*\\\\/', ' ', $message['message']);
            }
        }
        sort($ended);
        $this->same('each handler is told in its wait', ['channel CanceledException', 'delay TimeoutException', 'future TimeoutException',
            'next TimeoutException', 'queue TimeoutException', 'sleep CanceledException', 'stream TimeoutException', 'task TimeoutException'], $ended);
        $this->same('and the clients are served', 13, $this->type($late['delay']));
        foreach ($ways as $way => $ours) {
            $wanted = $way . ($ours ? ' CancelledException' : ' CanceledException');
            $gone = new HostClient($this->host->port, 5);
            $gone->send(['type' => 1, 'protocol_name' => 'MQTT', 'protocol_level' => 5, 'clean_session' => 1, 'keep_alive' => 0,
                'client_id' => "hang-$way-gone$way"]);
            $this->same("CONNECT waits ($way)", "hanging/gone$way", $watch->message()['topic'] ?? 'closed');
            $gone->close();
            $this->same("its client goes ($way)", $wanted, $this->hung($watch, "gone$way"));
            $gone = $this->host->open("sub-$way");
            $gone->send(['type' => 8, 'message_id' => 1, 'topics' => ["hang-$way-sub$way" => ['qos' => 0, 'no_local' => false,
                'retain_as_published' => false, 'retain_handling' => 0]]]);
            $this->same("SUBSCRIBE waits ($way)", "hanging/sub$way", $watch->message()['topic'] ?? 'closed');
            $gone->disconnect();
            $this->same("its client says good-bye ($way)", $wanted, $this->hung($watch, "sub$way"));
        }
        foreach (['delay', 'sleep'] as $way) {
            foreach (['left', 'gone'] as $how) {
                $gone = $this->host->open("bye-hang-$way-$how$way");
                $this->host->settle($gone, $watch);
                $how === 'left' ? $gone->disconnect() : $gone->close();
                $this->same("CLOSE waits ($way, $how)", "hanging/$how$way", $watch->message()['topic'] ?? 'closed');
            }
        }
        $ended = array_map(fn () => preg_replace('/ .*\\\\/', ' ', $watch->message()['message'] ?? 'closed'), range(1, 4));
        sort($ended);
        $this->same('its time ends too', ['delay TimeoutException', 'delay TimeoutException', 'sleep CanceledException', 'sleep CanceledException'],
            $ended);
        $gone = $this->host->open('lingers');
        $gone->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => 'linger', 'message' => 'counts', 'message_id' => 1]);
        $this->same('PUBLISH waits', 'hanging/linger', $watch->message()['topic'] ?? 'closed');
        $gone->close();
        $this->same('its client goes, and the handler goes on', 'gone', $this->hung($watch, 'linger'));
        $this->same('the message counts', 'linger counts 1', self::text($watch->message()));
        $this->closeAll([$watch, ...array_values($late)]);
    }

    /** Workers that are to end wait for handlers, but not for ever. */
    public function drained(): void
    {
        $clients = $this->host->spread(['drain1', 'drain2']);
        $before = $this->host->workers();
        foreach ($clients as $id => $client) {
            $client->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => 'told/park300', 'message' => '', 'message_id' => 7]);
            foreach (['delay', 'sleep'] as $way) {
                $hangs = $this->host->open("$id-$way");
                $hangs->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => "hang-$way-$id$way", 'message' => '', 'message_id' => 7]);
                $clients[] = $hangs;
            }
        }
        foreach (['delay', 'sleep'] as $way) {
            $clients[] = $this->host->open("bye-hang-$way-end$way");
        }
        foreach ($clients as $client) {
            $this->same("{$client->id} is served while handlers wait", 13, $this->type($client));
        }
        posix_kill($this->host->main(), SIGUSR1);
        foreach ($clients as $client) {
            $last = $client->end();
            if ($this->host->spec['mode'] === 'process') {
                $this->same("{$client->id} is told that the server goes", 0x8B, $last['code'] ?? null);
            }
        }
        $this->same('all workers are new', true, Host::until(fn () => !array_intersect($this->host->workers(), $before)
            && count($this->host->workers()) === count($before)));
        $log = $this->host->log();
        $this->same('both handlers that end have ended', 2, substr_count($log, "parked as long as it wanted\n"));
        foreach (['drain1', 'drain2'] as $id) {
            $this->same("one that does not is cancelled ($id)", 1,
                substr_count($log, "hung {$id}delay: delay MqttServer\\Exception\\CancelledException\n"));
            $this->same("also in a wait of the host ($id)", 1,
                substr_count($log, "hung {$id}sleep: sleep Swoole\\Coroutine\\CanceledException\n"));
        }
        $this->same('handlers of CLOSE too', [1, 1], [substr_count($log, "hung enddelay: delay MqttServer\\Exception\\CancelledException\n"),
            substr_count($log, "hung endsleep: sleep Swoole\\Coroutine\\CanceledException\n")]);
        $this->same('they take clients', true, $this->host->open('drained')->accepted());
    }

    /** MqttServer\Async in coroutines of the host; in several workers a device may be the client of another one. */
    public function awaited(): void
    {
        $asker = $this->host->open('await-asker');
        $asker->wants(['waited/#' => 1]);
        $device = $this->host->open('await-device');
        $device->wants(['device/get' => 1]);
        $other = $this->host->open('await-other');
        $this->host->settle($asker, $asker, $device);
        foreach ([
            'tasks' => '{"first":1,"slow":2,"0":"later","1":["a","b"]}',
            'errors' => 'LogicException TimeoutException MqttException TimeoutException MqttException',
            'queue' => '01234',
            'stream' => 'through a socket, Nothing to read within 0.002 s',
            'turns' => 'went on',
            'leaves' => 'lives',
        ] as $what => $wanted) {
            $this->same("await/$what is acknowledged", 0, $asker->deliver("await/$what", '', 1) & 0x80);
            $this->same("what came of await/$what", $wanted, $asker->message()['message'] ?? 'closed');
        }
        $asker->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => 'await/request', 'message' => 'value?', 'message_id' => 77]);
        $request = $device->message();
        $this->same('a device is asked', 'value?', $request['message'] ?? 'closed');
        $this->same('while a handler waits for it, another client is answered', 13, $this->type($other));
        $device->send(['type' => 3, 'dup' => 0, 'qos' => 0, 'retain' => 0, 'topic' => $request['properties']['response_topic'],
            'message' => '21.5', 'properties' => ['correlation_data' => $request['properties']['correlation_data']]]);
        $this->same('its answer', '21.5', $asker->message()['message'] ?? 'closed');
        $this->same('the handler has returned', 77, $asker->ack()['message_id'] ?? 0);
        $asker->send(['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => 'await/next', 'message' => '', 'message_id' => 78]);
        $this->same('others publish until the handler hears it', true,
            Host::until(fn () => $other->deliver('event/happened', '', 1) === 0));
        $this->same('the next message', 'event/happened', $asker->message()['message'] ?? 'closed');
        $this->closeAll([$asker, $device, $other]);
    }

    /** Clients that are gone have nothing to do with each other: no will waits for the handlers of another one. */
    public function wills(): void
    {
        $heir = $this->host->open('heir');
        $heir->wants(['wills/#' => 1]);
        $topics = ['wills/park1000', ...array_map(fn (int $i) => "wills/$i", range(1, 6))];
        $lost = array_map(fn (string $topic) => $this->host->open(strtr($topic, ['/' => '-', 'park' => '']), 5, ['will' =>
            ['qos' => 1, 'retain' => 0, 'topic' => $topic, 'message' => 'gone']]), $topics);
        array_map(fn (HostClient $client) => $this->host->settle($client, $heir), $lost);
        array_map(fn (HostClient $client) => $client->close(), $lost);
        $got = array_map(fn () => $heir->message()['topic'] ?? '', $topics);
        $this->same('the will with the slow handler is the last one', 'wills/park1000', array_pop($got));
        $this->closeAll([$heir]);
    }

    /** Coroutines that a handler makes, in a host that makes none. */
    public function ownCoroutines(): void
    {
        $client = $this->host->open('own');
        $client->wants(['done/own' => 1]);
        $this->same('a handler makes a coroutine', 0x10, $client->deliver('own/coroutine', '', 1));
        $this->same('which waits', 'done/own in a coroutine 1', self::text($client->message()));
        $client->disconnect();
    }

    /** Refusals and failures of handlers are reason codes for the one who asked. */
    public function failures(): void
    {
        $client = $this->host->open('fails');
        $this->same('a handler that throws refuses', true, $client->deliver('throw/x', 'x', 1) >= 0x80);
        $this->same('a handler that refuses', 0x87, $client->deliver('refused/x', 'x', 1));
        $codes = $client->wants(['throw' => 1, 'fine' => 1]);
        $this->same('a subscription whose handler throws is refused', true, ($codes[0] ?? 0) >= 0x80);
        $client->send(['type' => 10, 'message_id' => 9, 'topics' => ['fine']]);
        $this->same('what a handler leaves behind may throw when it goes', 11, $client->ack()['type'] ?? 0);
        $this->same('the client lives', 13, $this->type($client));
        $refused = $this->host->open('refused');
        $this->same('a refused client is told', 0x87, $refused->connack['code'] ?? null);
        $this->same('and closed', null, $refused->receive());
        $thrown = $this->host->open('throw');
        $this->same('a CONNECT whose handler throws is refused', true, ($thrown->connack['code'] ?? 0) >= 0x80);
        $client->disconnect();
    }

    /** A worker that dies comes back and is one of them again. */
    public function killed(): void
    {
        $clients = $this->host->spread(['k1', 'k2', 'k3']);
        foreach ($clients as $client) {
            $client->wants(['k/#' => 1]);
        }
        foreach ($clients as $publisher) {
            $this->host->settle($publisher, ...array_values($clients));
        }
        $victim = $this->host->processOf($clients['k1']);
        $before = $this->host->workers();
        posix_kill($victim, SIGKILL);
        $this->same('a killed worker closes its clients', null, $clients['k1']->end());
        unset($clients['k1']);
        $this->same('those of others are served', 0, $clients['k2']->deliver('k/x', 'after', 1));
        $this->same('and get messages of each other', 'k/x after 1', self::text($clients['k3']->message()));
        $this->same('the publisher too', 'k/x after 1', self::text($clients['k2']->message()));
        $new = fn () => array_values(array_diff($this->host->workers(), $before));
        $this->same('a new worker comes', true, Host::until(fn () => count($new()) === 1));
        $spare = [];
        for ($i = 0; $i < 300; $i++) {
            $again = $this->host->open("k-new-$i");
            if ($this->host->processOf($again) === $new()[0]) {
                break;
            }
            $spare[] = $again;
        }
        $this->same('it takes clients', $new()[0], $this->host->processOf($again));
        $again->wants(['k/#' => 1]);
        $this->host->settle($again, ...array_values($clients));
        $this->host->settle($clients['k2'], $again);
        $this->same('it publishes to the others', 0, $again->deliver('k/new', 'hello', 1));
        foreach ([...$clients, $again] as $client) {
            $this->same("to {$client->id} as well", 'k/new hello 1', self::text($client->message()));
        }
        $this->same('and gets what they publish', 0, $clients['k2']->deliver('k/back', 'hi', 1));
        $this->same('at once', 'k/back hi 1', self::text($again->message()));
        $this->closeAll([...$clients, $again, ...$spare]);
    }

    /** PROCESS mode: the sockets outlive a worker, its sessions do not. */
    public function killedBehindMaster(): void
    {
        $clients = $this->host->spread(['m1', 'm2', 'm3', 'm4']);
        $before = $this->host->workers();
        posix_kill($before[1], SIGKILL);
        $this->same('a new worker comes', true, Host::until(fn () => count(array_diff($this->host->workers(), $before)) === 1));
        $lost = 0;
        foreach ($clients as $client) {
            $client->send(['type' => 12]);
            $answer = $client->ack();
            $lost += ($answer['type'] ?? 0) === 13 ? 0 : 1;
        }
        $this->same('only clients of the killed worker lose their connection', 1, $lost);
        $again = $this->host->spread(['n1', 'n2', 'n3', 'n4']);
        foreach ($again as $client) {
            $client->wants(['n/#' => 1]);
        }
        foreach ($again as $publisher) {
            $this->host->settle($publisher, ...array_values($again));
        }
        $this->same('after that all workers know each other', 0, $again['n1']->deliver('n/x', 'y', 1));
        foreach ($again as $id => $client) {
            $this->same("$id gets it", 'n/x y 1', self::text($client->message()));
        }
        $this->closeAll($again);
    }

    /** All workers are started anew. */
    public function reloaded(bool $told): void
    {
        $clients = $this->host->spread(['r1', 'r2']);
        $before = $this->host->workers();
        posix_kill($this->host->main(), SIGUSR1);
        foreach ($clients as $id => $client) {
            /* Behind a master the socket stays; the new worker does not know its client. */
            if ($this->host->spec['mode'] === 'process') {
                Host::until(fn () => !array_intersect($this->host->workers(), $before));
                if (!$told) {
                    $client->send(['type' => 12]);
                }
            }
            $last = $client->end();
            if ($told) {
                $this->same("$id is told that the server goes", 0x8B, $last['code'] ?? null);
            } else {
                $this->same("$id loses its connection", true, true);
            }
        }
        $this->same('all workers are new', true, Host::until(fn () => !array_intersect($this->host->workers(), $before)
            && count($this->host->workers()) === count($before)));
        $clients = $this->host->spread(['u1', 'u2']);
        foreach ($clients as $client) {
            $client->wants(['u/#' => 1]);
        }
        foreach ($clients as $publisher) {
            $this->host->settle($publisher, ...array_values($clients));
        }
        $this->same('they form a mesh', 0, $clients['u1']->deliver('u/x', 'new', 1));
        foreach ($clients as $id => $client) {
            $this->same("$id gets it after the reload", 'u/x new 1', self::text($client->message()));
        }
        $this->closeAll($clients);
    }

    /** The number of a connection that has just ended is given to the next one. */
    public function reused(): void
    {
        $watch = $this->host->open('reuse-watch');
        $watch->wants(['reuse/#' => 1]);
        for ($i = 0; $i < 5; $i++) {
            $old = $this->host->open("old$i", 5, ['will' => ['qos' => 1, 'retain' => 0, 'topic' => "reuse/$i", 'message' => 'will']]);
            $old->wants(["secret/$i" => 1]);
            $this->host->drop($old);
            $new = $this->host->open("new$i");
            $this->same("a number is used again ($i): the new client is let in", true, $new->accepted());
            $this->same("it has no subscription of the old one ($i)", 0x10, $new->deliver("secret/$i", 'x', 1));
            $this->same("the will of the old one came ($i)", "reuse/$i will 1", self::text($watch->message()));
            $new->send(['type' => 14, 'code' => 0]);
            $this->host->drop($new);
        }
        $watch->disconnect();
    }

    /** With open_mqtt_protocol and a limit of the host. */
    public function tooLong(int $limit): void
    {
        $client = $this->host->open('long');
        $client->wants(['long' => 0]);
        $this->same('a packet below the limit passes', 0x00, $client->deliver('long', str_repeat('l', $limit - 1000), 1));
        $this->same('and arrives', $limit - 1000, strlen($client->message()['message'] ?? ''));
        $client->sendRaw("\x30" . "\xff\xff\x7f" . str_repeat('l', 1000));
        $this->same('a longer one ends the connection', null, $client->end());
        $this->same('nobody else', true, $this->host->open('long2')->accepted());
    }

    /** mosquitto_pub and mosquitto_sub. */
    public function mosquitto(): void
    {
        $work = tempnam(sys_get_temp_dir(), 'mqs-mosquitto-');
        $port = $this->host->port;
        $sub = proc_open(['mosquitto_sub', '-h', '127.0.0.1', '-p', (string) $port, '-V', '5', '-q', '2', '-t', 'mosq/#', '-C', '3',
            '-W', '20', '-F', '%t %p %q'], [['file', '/dev/null', 'r'], ['file', $work, 'w'], ['redirect', 1]], $pipes);
        $probe = $this->host->open('mosq-probe');
        Host::until(fn () => $probe->deliver('mosq/ready', 'r', 1) === 0);
        foreach (['311' => 1, '5' => 2] as $version => $qos) {
            exec("mosquitto_pub -h 127.0.0.1 -p $port -V $version -q $qos -t mosq/$version -m hello 2>&1", $said, $code);
            $this->same("mosquitto_pub $version, QoS $qos", [0, []], [$code, $said]);
            $said = [];
        }
        proc_close($sub);
        $lines = file($work, FILE_IGNORE_NEW_LINES);
        sort($lines);
        unlink($work);
        $this->same('mosquitto_sub gets them', ['mosq/311 hello 1', 'mosq/5 hello 2', 'mosq/ready r 1'], $lines);
        $probe->disconnect();
    }

    /** A script of tests/clients, which knows nothing of hosts; it needs one of its own. */
    public function client(string $script): void
    {
        $command = match (pathinfo($script, PATHINFO_EXTENSION)) {
            'py' => '/usr/bin/python3',
            'cjs' => 'node',
            default => 'bash',
        };
        $file = dirname(__DIR__, 2) . "/clients/$script";
        $process = proc_open(['timeout', '--kill-after=5', '120', $command, $file],
            [['file', '/dev/null', 'r'], ['pipe', 'w'], ['redirect', 1]], $pipes, null, ['MQTT_PORT' => (string) $this->host->port, 'PYTHONDONTWRITEBYTECODE' => '1']
                + ($this->host->spec['handlers'] ? ['MQTT_HANDLERS_PORT' => (string) $this->host->port] : []) + getenv());
        $last = '';
        while (($line = fgets($pipes[1])) !== false) {
            $last = rtrim($line);
            if (str_starts_with($line, 'ok ')) {
                $this->passed++;
                echo preg_replace('/^ok /', "ok {$this->variant}: ", $line);
            } elseif ($last !== 'end') {
                $this->failed += (int) str_starts_with($line, 'FAIL ');
                echo preg_replace('/^FAIL /', "FAIL {$this->variant}: ", $line);
            }
        }
        $this->same("$script comes to its end", [0, 'end'], [proc_close($process), $last]);
    }

    /** Ends it, and looks for what it left and what it said. */
    public function stopped(): void
    {
        $client = $this->host->open('to-the-end');
        $processes = count($this->host->processes());
        $this->same("SIGTERM ends the host: all $processes processes", true, $this->host->stop());
        $client->end();
        $bad = '/^PHP |^(Warning|Notice|Deprecated|Fatal error):|FATAL|Sanitizer|runtime error|^worker \d+ ended by signal (?!9\b)/';
        if (in_array('workerExit', $this->host->spec['events'], true)) {
            $bad = substr($bad, 0, -1) . '|timeout/'; /* nothing of ours holds up a worker that is to end */
        }
        $this->same('its log has no warning', [], array_values(preg_grep($bad, explode("\n", $this->host->log()))));
    }
}
