<?php
/* SPDX-License-Identifier: MIT
 *
 * benchmarks/codec.php - packets as PHP arrays and back: processor time of ours, and of the same job in PHP.
 *
 *   php benchmarks/codec.php [--old DIR] [--rounds 7] [--seconds 0.1] [--module FILE] [--json FILE]
 *
 * DIR is a checkout of simps/mqtt, whose arrays are the same; without it only ours is measured. Each round starts a
 * process for either, without opcache and with opcache and JIT, and turns their order round; what is printed are medians
 * of the rounds, in nanoseconds of processor time a call, the loop around the call included. Both sides must make the same
 * bytes of the same array and the same array of the same bytes, else it ends with 1. No network, bounded time.
 */
declare(strict_types=1);

require __DIR__ . '/lib/figures.php';

const JOB = <<<'PHP'
namespace MqttServer\Bench;

use @V3@ as V3;
use @V5@ as V5;

@LOADER@
/** Seconds of processor time of this process. */
function used(): float
{
    $usage = getrusage();
    return $usage['ru_utime.tv_sec'] + $usage['ru_stime.tv_sec'] + ($usage['ru_utime.tv_usec'] + $usage['ru_stime.tv_usec']) / 1e6;
}

/** Nanoseconds a call, of a loop that is long enough to say. */
function measure(callable $job, $input, float $seconds): float
{
    $job($input, 2000);
    for ($count = 1000;; $count *= 2) {
        $begin = used();
        $job($input, $count);
        $took = used() - $begin;
        if ($took >= $seconds) {
            return $took / $count * 1e9;
        }
    }
}

$packets = [
    'CONNECT v4' => [4, ['type' => 1, 'protocol_name' => 'MQTT', 'protocol_level' => 4, 'clean_session' => 1,
        'will' => ['qos' => 1, 'retain' => 0, 'topic' => 'devices/sensor-0042/state', 'message' => 'offline'],
        'user_name' => 'sensor', 'password' => 'a secret of its own', 'keep_alive' => 60, 'client_id' => 'sensor-0042']],
    'PUBLISH v4 QoS 1' => [4, ['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => 'devices/sensor-0042/temperature',
        'message' => str_repeat('x', 64), 'message_id' => 4711]],
    'PUBLISH v5 QoS 1' => [5, ['type' => 3, 'dup' => 0, 'qos' => 1, 'retain' => 0, 'topic' => 'devices/sensor-0042/temperature',
        'message_id' => 4711, 'properties' => ['payload_format_indicator' => 1, 'message_expiry_interval' => 3600,
            'content_type' => 'application/json', 'unit' => 'celsius'], 'message' => str_repeat('x', 64)]],
    'SUBSCRIBE v4' => [4, ['type' => 8, 'message_id' => 17,
        'topics' => ['devices/sensor-0042/command/#' => 1, 'devices/+/time' => 0, 'site/7/notice' => 2]]],
];
$jobs = [
    'unpack 4' => static function (string $bytes, int $count) {
        for ($i = 0; $i < $count; $i++) {
            $packet = V3::unpack($bytes);
        }
    },
    'pack 4' => static function (array $packet, int $count) {
        for ($i = 0; $i < $count; $i++) {
            $bytes = V3::pack($packet);
        }
    },
    'unpack 5' => static function (string $bytes, int $count) {
        for ($i = 0; $i < $count; $i++) {
            $packet = V5::unpack($bytes);
        }
    },
    'pack 5' => static function (array $packet, int $count) {
        for ($i = 0; $i < $count; $i++) {
            $bytes = V5::pack($packet);
        }
    },
];
$views = [
    'view 4' => static function (string $bytes, int $count) {
        for ($i = 0; $i < $count; $i++) {
            $packet = \MqttServer\Codec::decode($bytes, 4);
        }
    },
    'view 5' => static function (string $bytes, int $count) {
        for ($i = 0; $i < $count; $i++) {
            $packet = \MqttServer\Codec::decode($bytes, 5);
        }
    },
    'view, topic and payload 4' => static function (string $bytes, int $count) {
        for ($i = 0; $i < $count; $i++) {
            $packet = \MqttServer\Codec::decode($bytes, 4);
            $topic = $packet->getTopic();
            $payload = $packet->getPayload();
        }
    },
    'view, topic and payload 5' => static function (string $bytes, int $count) {
        for ($i = 0; $i < $count; $i++) {
            $packet = \MqttServer\Codec::decode($bytes, 5);
            $topic = $packet->getTopic();
            $payload = $packet->getPayload();
        }
    },
];
PHP;

const RUN = <<<'PHP'
$seconds = (float) $argv[1];
$figures = $results = [];
foreach ($packets as $name => [$level, $packet]) {
    $bytes = $level === 5 ? V5::pack($packet) : V3::pack($packet);
    $array = $level === 5 ? V5::unpack($bytes) : V3::unpack($bytes);
    $results[$name] = [bin2hex($bytes), $array];
    $figures[$name]['unpack'] = measure($jobs["unpack $level"], $bytes, $seconds);
    $figures[$name]['pack'] = measure($jobs["pack $level"], $packet, $seconds);
    if (@VIEWS@) {
        foreach ($packet['type'] === 3 ? ['view', 'view, topic and payload'] : ['view'] as $what) {
            $figures[$name][$what] = measure($views["$what $level"], $bytes, $seconds);
        }
    }
}
echo json_encode(['figures' => $figures, 'results' => $results]);
PHP;

function fail(string $why): never
{
    fwrite(STDERR, "codec.php: $why\n");
    exit(1);
}

/** Writes the program of one side; for the old package with its classes found in `$old`. */
function program(?string $old): string
{
    $namespace = $old === null ? 'MqttServer\Codec' : 'Simps\MQTT\Protocol';
    /* The class names of the old package begin with 11 characters that are no part of its paths. */
    $loader = $old === null ? '' : 'spl_autoload_register(static function (string $class): void {
    require ' . var_export("$old/src/", true) . ' . str_replace("\\\\", "/", substr($class, 11)) . ".php";
});';
    $file = tempnam(sys_get_temp_dir(), 'mqs');
    file_put_contents($file, "<?php\n" . strtr(JOB . "\n" . RUN, ['@V3@' => "$namespace\\V3", '@V5@' => "$namespace\\V5",
        '@VIEWS@' => $old === null ? 'true' : 'false', '@LOADER@' => $loader]));
    return $file;
}

/** The figures of one process. */
function run(string $file, array $settings, float $seconds): array
{
    $command = [PHP_BINARY, '-n'];
    foreach ($settings as $setting) {
        array_push($command, '-d', $setting);
    }
    $process = proc_open([...$command, $file, (string) $seconds], [['file', '/dev/null', 'r'], ['pipe', 'w'], STDERR], $pipes);
    $text = stream_get_contents($pipes[1]);
    $figures = json_decode($text, true);
    if (proc_close($process) !== 0 || !is_array($figures)) {
        fail("a run failed: $text");
    }
    return $figures;
}

/** The version of the package in `$old`. */
function version(string $old): string
{
    $commit = trim((string) shell_exec('git -C ' . escapeshellarg($old) . ' rev-parse --short HEAD 2>/dev/null'));
    return trim("simps/mqtt $commit");
}

$options = getopt('', ['old:', 'rounds:', 'seconds:', 'module:', 'json:'])
    + ['rounds' => 7, 'seconds' => 0.1, 'module' => dirname(__DIR__) . '/modules/mqtt_server.so'];
$old = isset($options['old']) ? realpath($options['old']) : null;
if ($old === false || ($old !== null && !is_file("$old/src/Protocol/V3.php"))) {
    fail('--old must name a checkout of simps/mqtt');
}
$module = realpath($options['module']) ?: fail('the module is not built');
$programs = ['ours' => program(null)] + ($old === null ? [] : ['old' => program($old)]);
register_shutdown_function(static fn () => array_map(unlink(...), $programs));
$modes = array_combine(CODEC_MODES, [
    [],
    ['zend_extension=opcache', 'opcache.enable_cli=1', 'opcache.jit=tracing', 'opcache.jit_buffer_size=64M',
        'opcache.file_update_protection=0'],
]);
$figures = [];
for ($round = 0; $round < (int) $options['rounds']; $round++) {
    foreach ($modes as $mode => $settings) {
        $results = [];
        foreach ($round % 2 ? array_reverse($programs) : $programs as $side => $file) {
            /* Both with the extension, so that the processes are alike. */
            $report = run($file, ["extension=$module", ...$settings], (float) $options['seconds']);
            $results[] = $report['results'];
            foreach ($report['figures'] as $packet => $jobs) {
                foreach ($jobs as $job => $time) {
                    $figures[$packet][$job][$mode][$side][] = ['ns' => $time];
                }
            }
        }
        if (count($results) === 2 && $results[0] !== $results[1]) {
            fail('the two do not make the same: ' . json_encode($results));
        }
    }
}

$report = ['machine' => machine(), 'date' => gmdate('Y-m-d'), 'rounds' => (int) $options['rounds'],
    'old' => $old === null ? null : version($old), 'codec' => []];
foreach ($figures as $packet => $jobs) {
    foreach ($jobs as $job => $sides) {
        foreach (array_keys($modes) as $mode) {
            $report['codec'][$packet][$job][$mode] = ['ours' => round(median($sides[$mode]['ours'], 'ns'), 1)]
                /* A view has no counterpart there: beside it stands what unpack() takes. */
                + ($old === null ? [] : ['old' => round(median($sides[$mode]['old'] ?? $jobs['unpack'][$mode]['old'], 'ns'), 1)]);
        }
    }
}
echo machineLine($report), ', medians of ', $report['rounds'], " rounds, nanoseconds of processor time a call\n\n",
    textTable(codecTable($report), true);
if (isset($options['json'])) {
    file_put_contents($options['json'], encode($report));
}
