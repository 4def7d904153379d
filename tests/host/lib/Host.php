<?php
/* SPDX-License-Identifier: MIT
 *
 * tests/host/lib/Host.php - a host with our server in it, in processes of its own, and the clients of its tests.
 *
 * MQS_HOST=swoole and MQS_SWOOLE_SO run everything on the real host instead of the double.
 */
declare(strict_types=1);

require dirname(__DIR__, 2) . '/include/server.inc';

/** A client that acknowledges what it gets, and can tell messages from acknowledgements. */
class HostClient extends MqsClient
{
    public string $id = '';
    /** Packets that are no messages, in the order of their arrival. */
    public array $acks = [];
    private array $messages = [];

    public function __construct(int $port, int $level)
    {
        parent::__construct($port, $level);
        /* Two small packets in a row must not wait for the other side's acknowledgement of the first. */
        socket_set_option(socket_import_stream($this->socket), SOL_TCP, TCP_NODELAY, 1);
    }

    public static function open(int $port, string $id, int $level = 5, array $packet = []): self
    {
        $client = new self($port, $level);
        $client->id = $id;
        $client->send($packet + ['type' => 1, 'protocol_name' => 'MQTT', 'protocol_level' => $level, 'clean_session' => 1,
            'keep_alive' => 0, 'client_id' => $id]);
        $client->connack = $client->receive() ?? [];
        return $client;
    }

    public function accepted(): bool
    {
        return ($this->connack['type'] ?? 0) === 2 && $this->connack['code'] === 0;
    }

    public function sendRaw(string $bytes): void
    {
        stream_set_blocking($this->socket, true);
        $sent = @fwrite($this->socket, $bytes);
        stream_set_blocking($this->socket, false);
        if ($sent === false) {
            throw new RuntimeException("the connection of {$this->id} is closed");
        }
    }

    /** One more packet, sorted and acknowledged. False at the end of the connection. */
    private function step(): bool
    {
        $packet = $this->receive();
        if ($packet === null) {
            return false;
        }
        if ($packet['type'] !== 3) {
            if ($packet['type'] === 6) {
                $this->send(['type' => 7, 'message_id' => $packet['message_id'], 'code' => 0]);
            } else {
                $this->acks[] = $packet;
            }
            return true;
        }
        if ($packet['qos'] > 0) {
            $this->send(['type' => $packet['qos'] === 1 ? 4 : 5, 'message_id' => $packet['message_id'], 'code' => 0]);
        }
        if (!str_starts_with($packet['topic'], 'settle/')) {
            $this->messages[] = $packet;
        }
        return true;
    }

    /** The next message; null at the end of the connection. */
    public function message(): ?array
    {
        while (!$this->messages) {
            if (!$this->step()) {
                return null;
            }
        }
        return array_shift($this->messages);
    }

    /** The next packet that is no message. */
    public function ack(): ?array
    {
        while (!$this->acks) {
            if (!$this->step()) {
                return null;
            }
        }
        return array_shift($this->acks);
    }

    /** Messages that are here already: everything sent before the answer to a ping. */
    public function waiting(): array
    {
        $this->send(['type' => 12]);
        for (;;) {
            $ack = $this->ack();
            if ($ack === null || $ack['type'] === 13) {
                break;
            }
        }
        $all = $this->messages;
        $this->messages = [];
        return $all;
    }

    /** Waits for the end of the connection; the last packet before it, if any. */
    public function end(): ?array
    {
        while ($this->step()) {
        }
        return end($this->acks) ?: null;
    }

    public function local(): int
    {
        $name = stream_socket_get_name($this->socket, false);
        return (int) substr($name, strrpos($name, ':') + 1);
    }

    /** Publishes and waits until it is acknowledged to the end; the reason code. */
    public function deliver(string $topic, string $payload, int $qos): int
    {
        static $id = 100;
        $id = $id % 60000 + 1;
        $this->send(['type' => 3, 'dup' => 0, 'qos' => $qos, 'retain' => 0, 'topic' => $topic, 'message' => $payload]
            + ($qos ? ['message_id' => $id] : []));
        if ($qos === 0) {
            return 0;
        }
        $ack = $this->ack();
        if ($qos === 2 && ($ack['code'] ?? 0) < 0x80) {
            $this->send(['type' => 6, 'message_id' => $id, 'code' => 0]);
            $this->ack();
        }
        return $ack === null ? -1 : $ack['code'] ?? 0;
    }

    /** Subscribes; returns its reason codes. */
    public function wants(array $filters): array
    {
        $this->send(['type' => 8, 'message_id' => 1, 'topics' => array_map(fn (int $qos) => $this->level === 5
            ? ['qos' => $qos, 'no_local' => false, 'retain_as_published' => false, 'retain_handling' => 0] : $qos, $filters)]);
        return $this->ack()['codes'] ?? [];
    }
}

class Host
{
    public int $port = 0;
    public int $control = 0;
    private $process;
    private string $base;

    public function __construct(public array $spec, array $environment = [])
    {
        $this->base = tempnam(sys_get_temp_dir(), 'mqs-host-');
        unlink($this->base);
        $so = getenv('MQTT_SERVER_SO') ?: dirname(__DIR__, 3) . '/modules/mqtt_server.so';
        /* Should this process be killed, its hosts end too. */
        $with = is_executable('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'TERM'] : [];
        $command = [...$with, getenv('PHP') ?: PHP_BINARY, '-d', "extension=$so", '-d', 'display_errors=1', '-d', 'log_errors=0'];
        if (self::real()) {
            array_push($command, '-d', 'extension=' . getenv('MQS_SWOOLE_SO'), '-d', 'swoole.use_shortname=Off');
        }
        $command = [...$command, dirname(__DIR__) . '/server.php', $this->base, json_encode($spec)];
        $this->process = proc_open($command, [['file', '/dev/null', 'r'], ['file', "$this->base.log", 'w'],
            ['redirect', 1]], $pipes, null, $environment + getenv());
        if (!$this->until(fn () => is_file($this->base) || !proc_get_status($this->process)['running']) || !is_file($this->base)) {
            throw new RuntimeException('the host does not start: ' . $this->log());
        }
        [$this->port, $this->control] = array_map('intval', explode(' ', file_get_contents($this->base)));
        /* The ports are known before anybody listens. */
        foreach (array_filter([$this->port, $this->control]) as $port) {
            if (!self::until(fn () => @stream_socket_client("tcp://127.0.0.1:$port") !== false)) {
                throw new RuntimeException('the host does not listen: ' . $this->log());
            }
        }
    }

    public static function real(): bool
    {
        return getenv('MQS_HOST') === 'swoole';
    }

    public function log(): string
    {
        return (string) @file_get_contents("$this->base.log");
    }

    public static function until(callable $holds): bool
    {
        $end = microtime(true) + mqs_patience();
        while (!$holds()) {
            if (microtime(true) > $end) {
                return false;
            }
            usleep(5000);
        }
        return true;
    }

    /** The process that was started: the manager (BASE), the master (PROCESS). */
    public function main(): int
    {
        $status = proc_get_status($this->process);
        return $status['running'] ? $status['pid'] : 0;
    }

    /** @return list<int> */
    private static function children(int $pid): array
    {
        $text = @file_get_contents("/proc/$pid/task/$pid/children");
        return array_map('intval', preg_split('/ /', (string) $text, -1, PREG_SPLIT_NO_EMPTY));
    }

    /** All processes of this host. */
    public function processes(): array
    {
        $all = $todo = [$this->main()];
        while ($todo && $todo[0]) {
            $next = self::children(array_shift($todo));
            array_push($all, ...$next);
            array_push($todo, ...$next);
        }
        return array_filter($all);
    }

    /** Workers' process ids. */
    public function workers(): array
    {
        $parent = $this->main();
        if ($this->spec['mode'] === 'process') {
            $parent = self::children($parent)[0] ?? 0;
        }
        return $parent ? self::children($parent) : [];
    }

    /** The process that has this client's connection. */
    public function processOf(HostClient $client): int
    {
        return $this->processOfPort($client->local());
    }

    private function processOfPort(int $local): int
    {
        $wanted = sprintf('%04X %04X', $this->port, $local);
        foreach (file('/proc/net/tcp') as $line) {
            $columns = preg_split('/\s+/', trim($line));
            if (substr($columns[1], -4) . ' ' . substr($columns[2] ?? '', -4) === $wanted) {
                foreach ($this->processes() as $pid) {
                    foreach (glob("/proc/$pid/fd/*") ?: [] as $link) {
                        if (@readlink($link) === "socket:[$columns[9]]") {
                            return $pid;
                        }
                    }
                }
            }
        }
        return 0;
    }

    /** The client closes, and the host has seen it. */
    public function drop(HostClient $client): void
    {
        $local = $client->local();
        $client->close();
        self::until(fn () => $this->processOfPort($local) === 0);
    }

    public function open(string $id, int $level = 5, array $packet = []): HostClient
    {
        return HostClient::open($this->port, $id, $level, $packet);
    }

    /**
     * Clients of different workers, by name. Behind a master successive connections go to successive workers.
     *
     * @return array<string, HostClient>
     */
    public function spread(array $names, int $level = 5): array
    {
        $clients = [];
        $taken = [];
        $spare = [];
        for ($try = 0; count($clients) < count($names) && $try < 300; $try++) {
            $id = $names[count($clients)];
            $client = $this->open($id, $level);
            if (!$client->accepted()) {
                throw new RuntimeException("$id is not let in");
            }
            $pid = $this->spec['mode'] === 'base' ? $this->processOf($client) : $try;
            if (isset($taken[$pid])) {
                /* Kept until the end: closing it would make room in the same worker. */
                $client->send(['type' => 14, 'code' => 0]);
                $spare[] = $client;
                continue;
            }
            $taken[$pid] = true;
            $clients[$id] = $client;
        }
        if (count($clients) < count($names)) {
            throw new RuntimeException('the connections do not spread over the workers');
        }
        return $clients;
    }

    /** Until $publisher's worker knows what $subscriber subscribed to before. */
    public function settle(HostClient $publisher, HostClient ...$subscribers): void
    {
        foreach ($subscribers as $subscriber) {
            $topic = "settle/{$subscriber->id}/" . bin2hex(random_bytes(4));
            $subscriber->wants([$topic => 0]);
            $known = function () use ($publisher, $topic): bool {
                $reason = $publisher->deliver($topic, '', 1);
                if ($reason !== 0 && $reason !== 0x10) {
                    throw new RuntimeException("{$publisher->id} cannot publish: $reason");
                }
                return $reason === 0;
            };
            if (!self::until($known)) {
                throw new RuntimeException("{$publisher->id} does not see the subscriptions of {$subscriber->id}");
            }
        }
    }

    /** A request to the second port. */
    public function ask(string $path, array $query = []): array
    {
        $socket = stream_socket_client("tcp://127.0.0.1:$this->control", $code, $text, mqs_patience());
        stream_set_timeout($socket, (int) mqs_patience());
        fwrite($socket, "GET $path?" . http_build_query($query) . " HTTP/1.0\r\n\r\n");
        $answer = stream_get_contents($socket);
        fclose($socket);
        $body = json_decode(explode("\r\n\r\n", $answer, 2)[1] ?? '', true);
        if (!is_array($body) || isset($body['error'])) {
            throw new RuntimeException("$path: " . ($body['error'] ?? "no answer <$answer>"));
        }
        return $body;
    }

    /** Sends SIGTERM and waits; false: something is left, or it did not end by itself. */
    public function stop(): bool
    {
        $processes = $this->processes();
        if (!$processes) {
            return false;
        }
        posix_kill($processes[0], SIGTERM);
        $alive = fn () => array_filter($processes, fn ($pid) => is_dir("/proc/$pid")
            && !str_contains((string) @file_get_contents("/proc/$pid/stat"), ') Z '));
        $ended = self::until(fn () => !$alive());
        foreach ($alive() as $pid) {
            posix_kill($pid, SIGKILL);
        }
        return $ended;
    }

    public function __destruct()
    {
        foreach ($this->processes() as $pid) {
            posix_kill($pid, SIGKILL);
        }
        proc_close($this->process);
        foreach (glob("$this->base*") ?: [] as $file) {
            unlink($file);
        }
    }
}
