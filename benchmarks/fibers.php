<?php
/* SPDX-License-Identifier: MIT
 *
 * benchmarks/fibers.php - what waiting handlers cost in the server that stands alone.
 *
 *   php -d extension=modules/mqtt_server.so benchmarks/fibers.php [--clients 10000] [--rounds 5] [--seconds 2]
 *
 * Prints: memory of each parked handler beyond that of its connection, time to resume one, time of a task that is started,
 * awaited and resumed, and the processor time of a PUBLISH through a handler that does
 * not wait, with fibers and without. The latter needs the load generator, which benchmarks/compare --quick builds.
 * Everything stays on the loopback interface and ends by itself.
 */
declare(strict_types=1);

const SERVER = <<<'PHP'
[, $mode, $fibers] = $argv;
$server = new MqttServer\Server(['host' => '127.0.0.1', 'port' => 0, 'fibers' => (bool) $fibers, 'max_fibers' => 30000,
    'max_pending_decisions' => 100000, 'decision_timeout_ms' => 600000, 'pressure_timeout_ms' => 0,
    'max_queued_messages' => 10000000, 'slow_handler_ms' => 0]);
$gates = [];
$used = memory_get_usage();
if ($mode === 'park') {
    $server->on('publish', function ($packet) use ($server, &$gates) {
        if ($packet->getTopic() === 'open') {
            printf("heap %d\n", memory_get_usage() - $GLOBALS['used']);
            $begin = hrtime(true);
            $waiting = $gates;
            $gates = [];
            foreach ($waiting as $gate) {
                $gate->complete();
            }
            /* The last in the queue: when it goes on, all others have. */
            MqttServer\Async\delay(0);
            printf("resumed %d %d\n", count($waiting), hrtime(true) - $begin);
            unset($waiting);
        } elseif ($packet->getTopic() === 'delay') {
            $begin = hrtime(true);
            for ($i = 0; $i < 100000; $i++) {
                $deferred = new MqttServer\Async\Deferred();
                MqttServer\Async\async(fn () => $deferred->complete());
                $deferred->getFuture()->await();
            }
            printf("task %d\n", (hrtime(true) - $begin) / 100000);
        } else {
            $gates[] = $gate = new MqttServer\Async\Deferred();
            $gate->getFuture()->await();
        }
    });
} elseif ($mode === 'closure') {
    $server->on('publish', fn ($packet, $client) => strlen($packet->getTopic()) > 0);
} elseif ($mode === 'psr') {
    $server->addHandler(new class {
        #[MqttServer\Annotation\MQTTPublish]
        public function publish($request, $response)
        {
            return $request->getParsedBody()['topic'] === '' ? $response->deny() : $response;
        }
    });
}
$server->start();
PHP;

final class Child
{
    public int $pid;
    public int $port;
    private $process;
    private $pipe;
    private string $file;

    public function __construct(string $mode, bool $fibers)
    {
        $this->file = tempnam(sys_get_temp_dir(), 'mqs');
        file_put_contents($this->file, "<?php\n" . SERVER);
        $module = getenv('MODULE') ?: dirname(__DIR__) . '/modules/mqtt_server.so';
        $this->process = proc_open([PHP_BINARY, '-n', '-d', "extension=$module", '-d', 'memory_limit=-1', $this->file, $mode, $fibers ? '1' : '0'],
            [['file', '/dev/null', 'r'], ['pipe', 'w'], STDERR], $pipes);
        $this->pipe = $pipes[1];
        $this->pid = proc_get_status($this->process)['pid'];
        $this->port = (int) $this->expect('/listening at \S+:(\d+)/')[1];
    }

    public function expect(string $pattern): array
    {
        while (($line = fgets($this->pipe)) !== false) {
            if (preg_match($pattern, $line, $match)) {
                return $match;
            }
        }
        throw new RuntimeException('the server ended');
    }

    /** Bytes of resident memory. */
    public function memory(): int
    {
        preg_match('/^Rss:\s+(\d+) kB/m', file_get_contents("/proc/{$this->pid}/smaps_rollup"), $match);
        return (int) $match[1] * 1024;
    }

    /** Seconds of processor time. */
    public function time(): float
    {
        $fields = explode(' ', substr(strrchr(file_get_contents("/proc/{$this->pid}/stat"), ')'), 2));
        return ($fields[11] + $fields[12]) / 100;
    }

    public function stop(): void
    {
        proc_terminate($this->process);
        proc_close($this->process);
        unlink($this->file);
    }
}

function pack_string(string $text): string
{
    return pack('n', strlen($text)) . $text;
}

function connect(int $port, string $id)
{
    $socket = stream_socket_client("tcp://127.0.0.1:$port", $code, $text, 10);
    $body = pack_string('MQTT') . "\x04\x02\x02\x58" . pack_string($id);
    fwrite($socket, "\x10" . chr(strlen($body)) . $body);
    if (fread($socket, 4) !== "\x20\x02\x00\x00") {
        throw new RuntimeException('not let in');
    }
    return $socket;
}

function publish($socket, string $topic): void
{
    $body = pack_string($topic) . "\x00\x01" . str_repeat('x', 64);
    fwrite($socket, "\x32" . chr(strlen($body)) . $body);
}

function ping($socket): void
{
    fwrite($socket, "\xc0\x00");
    fread($socket, 2);
}

function parked(int $count): void
{
    $server = new Child('park', true);
    $sockets = [];
    for ($i = 0; $i < $count; $i++) {
        $sockets[] = connect($server->port, "c$i");
    }
    $control = connect($server->port, 'control');
    ping($control);
    $connected = $server->memory();
    foreach ($sockets as $socket) {
        publish($socket, 'wait');
    }
    foreach ($sockets as $socket) {
        ping($socket);
    }
    $parked = $server->memory();
    publish($control, 'open');
    $heap = (int) $server->expect('/^heap (\d+)/')[1];
    [, $resumed, $time] = $server->expect('/^resumed (\d+) (\d+)/');
    foreach ($sockets as $socket) {
        if (fread($socket, 4) !== "\x40\x02\x00\x01") {
            throw new RuntimeException('not acknowledged');
        }
    }
    printf("%d parked handlers: %.1f KiB each, of memory_limit %.1f KiB each; resumed and acknowledged in %.0f ns each\n", $resumed,
        ($parked - $connected) / $count / 1024, $heap / $count / 1024, $time / $resumed);
    publish($control, 'delay');
    printf("one task, its future awaited and resumed: %d ns\n", $server->expect('/^task (\d+)/')[1]);
    $server->stop();
}

/** Nanoseconds of processor time of one message, the least of the rounds. */
function passing(string $generator, int $rounds, float $seconds): void
{
    foreach (['closure', 'psr'] as $mode) {
        foreach ([0, 1] as $qos) {
            $least = [INF, INF];
            for ($round = 0; $round < $rounds; $round++) {
                foreach ($round % 2 ? [0, 1] : [1, 0] as $fibers) {
                    $server = new Child($mode, (bool) $fibers);
                    $before = $server->time();
                    $report = json_decode((string) shell_exec(escapeshellarg($generator)
                        . " fanin --port {$server->port} --qos $qos --duration $seconds --json"), true);
                    $spent = $server->time() - $before;
                    $server->stop();
                    if (($report['delivered'] ?? 0) < 1000) {
                        throw new RuntimeException('the generator failed');
                    }
                    $least[$fibers] = min($least[$fibers], $spent / $report['delivered'] * 1e9);
                }
            }
            printf("PUBLISH QoS %d through a handler (%s) that does not wait: %.0f ns without fibers, %.0f ns with, %+.0f %%\n",
                $qos, $mode, $least[0], $least[1], ($least[1] / $least[0] - 1) * 100);
        }
    }
}

$options = getopt('', ['clients:', 'rounds:', 'seconds:']) + ['clients' => 10000, 'rounds' => 5, 'seconds' => 2];
parked((int) $options['clients']);
$generator = dirname(__DIR__) . '/.build/bench/loadgen';
if (is_executable($generator)) {
    passing($generator, (int) $options['rounds'], (float) $options['seconds']);
} else {
    echo "no load generator: benchmarks/compare --quick builds it\n";
}
