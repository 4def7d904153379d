<?php
/* SPDX-License-Identifier: MIT
 *
 * benchmarks/lib/broker.php - brokers: how each is found, started on a free port, and stopped. Ends only processes it
 * started, by their id.
 */
declare(strict_types=1);

final class Broker
{
    /** @var resource|null */
    private $process = null;
    public int $port = 0;
    public int $pid = 0;
    private string $data = '';

    /**
     * @param list<string> $without rows this broker has no feature for
     * @param list<string> $args more arguments of the load generator
     */
    public function __construct(
        public readonly string $name,
        public readonly string $command,
        public readonly string $version,
        private readonly ?string $config = null,
        public readonly array $without = [],
        public readonly array $args = [],
    ) {
    }

    /** Starts the broker on a free port and waits until it accepts; an error text, or null. */
    public function start(string $dir, bool $pin): ?string
    {
        $this->port = freePort();
        $file = "$dir/{$this->name}.conf";
        $this->data = "$dir/{$this->name}.data";
        $marks = ['{port}' => (string) $this->port, '{config}' => escapeshellarg($file), '{data}' => $this->data];
        exec('rm -rf ' . escapeshellarg($this->data));
        if ($this->config !== null) {
            file_put_contents($file, strtr($this->config, $marks));
        }
        $command = ($pin ? 'taskset -c 0 ' : '') . strtr($this->command, $marks);
        $log = ['file', "$dir/{$this->name}.log", 'w'];
        $shell = ['/bin/sh', '-c', "ulimit -n \$(ulimit -Hn) 2>/dev/null; exec $command"];
        $this->process = proc_open($shell, [0 => ['file', '/dev/null', 'r'], 1 => $log, 2 => $log], $pipes) ?: null;
        if ($this->process === null) {
            return 'cannot be started';
        }
        $this->pid = proc_get_status($this->process)['pid'];
        for ($i = 0; $i < 200; $i++) {
            $socket = @fsockopen('127.0.0.1', $this->port, timeout: 1.0);
            if ($socket) {
                fclose($socket);
                return null;
            }
            if (!proc_get_status($this->process)['running']) {
                return "ended at once, see .build/bench/{$this->name}.log";
            }
            usleep(50_000);
        }
        return 'does not accept connections';
    }

    public function stop(): void
    {
        if ($this->process === null) {
            return;
        }
        $family = descendants($this->pid);
        proc_terminate($this->process, SIGTERM_NUMBER);
        for ($i = 0; $i < 100 && proc_get_status($this->process)['running']; $i++) {
            usleep(20_000);
        }
        if (proc_get_status($this->process)['running']) {
            proc_terminate($this->process, SIGKILL_NUMBER);
        }
        proc_close($this->process);
        $this->process = null;
        exec('rm -rf ' . escapeshellarg($this->data));
        // Workers that outlived their parent; the start time tells a process from a later one with the same id.
        foreach ($family as $pid => $started) {
            if (startTime($pid) === $started) {
                exec('kill -9 ' . (int) $pid . ' 2>/dev/null');
            }
        }
    }
}

const SIGTERM_NUMBER = 15;
const SIGKILL_NUMBER = 9;

function freePort(): int
{
    $server = stream_socket_server('tcp://127.0.0.1:0') ?: throw new RuntimeException('no free port');
    $port = (int) substr(strrchr((string) stream_socket_get_name($server, false), ':') ?: ':0', 1);
    fclose($server);
    return $port;
}

/** @return array{int, string}|null parent and start time */
function processStat(int $pid): ?array
{
    $text = @file_get_contents("/proc/$pid/stat");
    if ($text === false || ($end = strrpos($text, ')')) === false) {
        return null;
    }
    $fields = explode(' ', substr($text, $end + 2));
    return [(int) $fields[1], $fields[19] ?? ''];
}

function startTime(int $pid): ?string
{
    return processStat($pid)[1] ?? null;
}

/** @return array<int, string> start times by process id */
function descendants(int $root): array
{
    $parents = [];
    $times = [];
    foreach (glob('/proc/[0-9]*', GLOB_ONLYDIR) ?: [] as $dir) {
        $pid = (int) basename($dir);
        if ($stat = processStat($pid)) {
            [$parents[$pid], $times[$pid]] = $stat;
        }
    }
    $found = [];
    $queue = [$root];
    while ($queue) {
        $next = array_keys($parents, array_pop($queue), true);
        foreach ($next as $pid) {
            $found[$pid] = $times[$pid];
            $queue[] = $pid;
        }
    }
    return $found;
}

function firstLine(string $command): string
{
    exec("$command 2>&1", $lines);
    return trim($lines[0] ?? '');
}

function found(string $program): ?string
{
    $path = firstLine("PATH=\"\$PATH:/usr/sbin:/usr/local/sbin\" command -v $program");
    return str_starts_with($path, '/') ? $path : null;
}

function openFilesLimit(): int
{
    $limit = firstLine('ulimit -Hn');
    return $limit === 'unlimited' ? 1_000_000 : (int) $limit;
}

/** @return array<string, Broker> in the order of the columns */
function brokers(array $opt, string $root): array
{
    $list = [];
    if ($path = found('mosquitto')) {
        preg_match('/version (\S+)/', firstLine(escapeshellarg($path) . ' -h'), $match);
        $config = "listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nmax_queued_messages 0\n"
            . "max_inflight_messages 0\nmax_connections -1\npersistence false\nlog_dest none\n";
        $list['mosquitto'] = new Broker('mosquitto', escapeshellarg($path) . ' -c {config}', $match[1] ?? '?', $config);
    }
    $module = "$root/modules/mqtt_server.so";
    $php = escapeshellarg(PHP_BINARY) . ' -n -d extension=' . escapeshellarg($module);
    if ($opt['ours'] !== null) {
        $list['mqtt_server'] = new Broker('mqtt_server', $opt['ours'], '');
    } elseif (is_file($module) && is_file("$root/bin/mqtt-server")) {
        $command = "$php " . escapeshellarg("$root/bin/mqtt-server") . ' --host 127.0.0.1 --port {port}';
        $list['mqtt_server'] = new Broker('mqtt_server', $command, ourVersion($php, $root));
    }
    foreach ([$root, "$root/benchmarks", "$root/tests/clients"] as $dir) {
        $package = "$dir/node_modules/aedes/package.json";
        if (is_file($package) && ($node = found('node'))) {
            $version = json_decode((string) file_get_contents($package), true)['version'] ?? '?';
            $command = 'env NODE_PATH=' . escapeshellarg("$dir/node_modules") . ' ' . escapeshellarg($node) . ' '
                . escapeshellarg("$root/benchmarks/aedes.cjs") . ' {port}';
            $list['aedes'] = new Broker('aedes', $command, (string) $version);
            break;
        }
    }
    if ($path = found('nats-server')) { // QoS 2 came with 2.10; it sends records of its own, $MQTT/sess/..., to who subscribes to #
        preg_match('/v(\d\S+)/', firstLine(escapeshellarg($path) . ' -v'), $match);
        $config = "listen: \"127.0.0.1:-1\"\nserver_name: bench\njetstream { store_dir: \"{data}\" }\n"
            . "mqtt { host: \"127.0.0.1\", port: {port} }\n";
        $list['nats'] = new Broker('nats', escapeshellarg($path) . ' -c {config}', $match[1] ?? '?', $config, ['fanin-2'],
            ['--allow-dollar']);
    }
    $list += $opt['peer'];
    if ($opt['brokers'] !== null) {
        $list = array_intersect_key($list, array_flip(explode(',', $opt['brokers'])));
    }
    return $list;
}

function ourVersion(string $php, string $root): string
{
    $commit = firstLine('git -C ' . escapeshellarg($root) . ' rev-parse --short HEAD');
    return firstLine("$php -r 'echo phpversion(\"mqtt_server\");'") . (preg_match('/^[0-9a-f]+$/', $commit) ? "-$commit" : '');
}

/** Our broker with handlers written in PHP; none when the module is not built. @return array<string, Broker> */
function phpServers(array $opt, string $root): array
{
    $list = [];
    $module = "$root/modules/mqtt_server.so";
    foreach (is_file($module) ? ['none', 'other', 'closure', 'psr'] : [] as $kind) {
        $command = escapeshellarg(PHP_BINARY) . ' -n -d extension=' . escapeshellarg($module) . ' '
            . escapeshellarg("$root/benchmarks/handlers.php") . " $kind {port}";
        $list[$kind] = new Broker($kind, $command, '');
    }
    return $list + $opt['php'];
}
