<?php
/* SPDX-License-Identifier: MIT
 *
 * benchmarks/lib/rows.php - what is measured: one row of a table each, with the arguments of the load generator.
 */
declare(strict_types=1);

final class Row
{
    /**
     * @param string $kind   which figures count: rate, connect, idle, retained, latency
     * @param array<string, list<string>> $points arguments of each figure of the row; one figure without a name, or several
     * @param string $table  brokers, flat (brokers; one row, several points) or php (our broker with handlers)
     * @param float|null $goal processor time, bytes or latency relative to mosquitto's
     */
    public function __construct(
        public readonly string $title,
        public readonly string $kind,
        public readonly array $points,
        public readonly string $table = 'brokers',
        public readonly ?float $goal = null,
    ) {
    }
}

/** @return array<string, Row> */
function rows(array $opt): array
{
    $time = ['--duration', $opt['seconds'], '--warmup', '0.5', '--timeout', '120'];
    $short = ['--duration', (string) ((float) $opt['seconds'] / 2), '--warmup', '0.3', '--timeout', '120']; // there are many of these
    $rate = fn (string ...$args): array => ['' => [...$args, ...$time]];
    $idle = (string) min((int) $opt['connections'], openFilesLimit() - 200);
    $filters = number_format((float) $opt['filters']);
    $retained = number_format((float) $opt['retained']);
    $rows = [
        'fanin-0' => new Row('fan-in, 10 publishers -> 1, QoS 0', 'rate', $rate('fanin'), goal: 0.16),
        'fanin-1' => new Row('fan-in, QoS 1, window 100', 'rate', $rate('fanin', '--qos', '1'), goal: 0.08),
        'fanin-2' => new Row('fan-in, QoS 2, window 20', 'rate', $rate('fanin', '--qos', '2'), goal: 0.045),
        'fanout-0' => new Row('fan-out, 1 -> 100 subscribers, QoS 0', 'rate', $rate('fanout'), goal: 0.21),
        'fanout-1' => new Row('fan-out, QoS 1', 'rate', $rate('fanout', '--qos', '1'), goal: 0.18),
        'pairs-0' => new Row('100 pairs, each its topic, QoS 0', 'rate', $rate('pairs'), goal: 0.095),
        'pairs-1' => new Row('100 pairs, QoS 1', 'rate', $rate('pairs', '--qos', '1'), goal: 0.075),
        'filters' => new Row("$filters wildcard filters, 1-10 matches", 'rate', $rate('wildcard', '--filters', $opt['filters']), goal: 0.13),
        'connect' => new Row('connect and disconnect, per second (CPU us each)', 'connect',
            ['' => ['connect', '--duration', $opt['seconds'], '--timeout', '120']], goal: 0.95),
        'idle' => new Row("idle connection with one subscription, bytes (of $idle)", 'idle',
            ['' => ['idle', '--subscribers', $idle, '--timeout', '120']], goal: 0.98),
        'retained' => new Row("$retained retained: stored/s, delivered/s on #, bytes each", 'retained',
            ['' => ['retained', '--messages', $opt['retained'], '--timeout', '120', '--stall', '30']], goal: 1.0),
        'open-0' => new Row('5,000 messages/s open loop, QoS 0, p50 / p99 / p99.9 us', 'latency', $rate('fanin', '--rate', '5000')),
        'open-1' => new Row('5,000 messages/s open loop, QoS 1, p50 / p99 / p99.9 us', 'latency',
            $rate('fanin', '--rate', '5000', '--qos', '1')),
        'open-20k' => new Row('20,000 messages/s open loop, QoS 0, p50 / p99 / p99.9 us', 'latency', $rate('fanin', '--rate', '20000')),
    ];
    $counts = array_filter([10, 100, 1_000, 10_000], fn (int $n): bool => $n + 200 <= openFilesLimit());
    $rows['flat-connections'] = new Row('connections, all used in turn, 20,000 messages/s', 'rate',
        points($counts, fn (int $n): array => ['pairs', '--publishers', (string) intdiv($n, 2),
            '--rate', '20000', ...$short]), 'flat');
    $rows['flat-idle'] = new Row('connections, 10 of them used', 'rate',
        points($counts, fn (int $n): array => ['pairs', '--publishers', '5', '--idle', (string) ($n - 10),
            ...$short]), 'flat');
    $rows['flat-filters'] = new Row('wildcard filters', 'rate',
        points([100, 1_000, 10_000, 100_000], fn (int $n): array => ['wildcard', '--filters', (string) $n, ...$short]), 'flat');
    foreach (['0', '1'] as $qos) {
        $rows["php-$qos"] = new Row("delivered to one subscriber, QoS $qos", 'rate', $rate('fanin', '--qos', $qos), 'php');
        $rows["php-sink-$qos"] = new Row("nobody subscribes, QoS $qos", 'rate', $rate('sink', '--qos', $qos), 'php');
    }
    return $rows;
}

/** @param list<int> $numbers @return array<string, list<string>> */
function points(array $numbers, callable $args): array
{
    $points = [];
    foreach ($numbers as $number) {
        $points[number_format($number)] = $args($number);
    }
    return $points;
}

/** Short runs of everything, for continuous integration. @return array<string, Row> */
function quickRows(): array
{
    $one = fn (string $title, string $kind, string ...$args): Row => new Row($title, $kind, ['' => [...$args, '--timeout', '20']]);
    $rows = [];
    foreach (['fanin', 'fanout', 'pairs', 'wildcard', 'sink'] as $scenario) {
        foreach (['0', '1', '2'] as $qos) {
            $args = [$scenario, '--qos', $qos, '--duration', '0.2', '--protocol', $qos === '1' ? '5' : '4'];
            $extra = match ($scenario) {
                'wildcard' => ['--filters', '2000'],
                'fanout' => ['--subscribers', '40', '--backlog', '50'],
                'pairs' => ['--publishers', '40', '--idle', '40', '--backlog', '50'],
                default => [],
            };
            $rows["$scenario-$qos"] = $one("$scenario, QoS $qos", 'rate', ...$args, ...$extra);
        }
    }
    $rows['connect'] = $one('connect', 'connect', 'connect', '--messages', '500');
    $rows['idle'] = $one('idle', 'idle', 'idle', '--subscribers', '200', '--settle', '0.1');
    $rows['retained'] = $one('retained', 'retained', 'retained', '--messages', '2000', '--qos', '1', '--settle', '0.1');
    $rows['open'] = $one('open loop', 'latency', 'fanin', '--rate', '2000', '--duration', '0.3', '--qos', '1');
    return $rows;
}
