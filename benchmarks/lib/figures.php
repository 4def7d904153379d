<?php
/* SPDX-License-Identifier: MIT
 *
 * benchmarks/lib/figures.php - from the figures of runs to medians, ratios and tables. Shared by benchmarks/compare and
 * codec.php, which measure, and bin/gen-performance, which reads what was measured.
 *
 * A report is an array, and the file that --json writes:
 *   machine  cpu, processors, kernel, php; date; runs; seconds; pinned
 *   brokers  name => version
 *   rows     key => title, kind, table, goal, faults, figures: point => broker => list of runs
 * A run holds the fields of its kind (FIELDS), numbers alone.
 *
 * That of codec.php:
 *   machine, date, rounds as above; old: the version of the PHP package, null when only ours was measured
 *   codec    packet => job => mode => ours, old: nanoseconds a call, medians
 */
declare(strict_types=1);

/** What is kept of each run; the first is what ratios are made of, less is better. */
const FIELDS = [
    'rate' => ['cpu_per_million', 'per_s', 'own_share'],
    'connect' => ['cpu_per_million', 'per_s', 'own_share'],
    'idle' => ['item_bytes'],
    'retained' => ['item_bytes', 'stored_per_s', 'deliver_per_s', 'cpu_per_million'],
    'latency' => ['p99_us', 'p50_us', 'p999_us', 'cpu_per_million'],
];

/** The generator's processor is busy this much of the time: its pace, not the broker's, was measured. */
const GENERATOR_BUSY = 0.95;

/** What codec.php measures each job in. */
const CODEC_MODES = ['no opcache', 'opcache and JIT'];

/** The broker all others are compared with. */
const BASE = ['brokers' => 'mosquitto', 'flat' => 'mosquitto', 'php' => 'none'];
const OURS = 'mqtt_server';

/** @param array<string, mixed> $result of the generator @return array<string, float> */
function kept(string $kind, array $result): array
{
    $seconds = max((float) $result['elapsed_s'], 1e-9);
    $result['own_share'] = $result['own_cpu_s'] / $seconds;
    $result['stored_per_s'] = $result['sent'] / $seconds;
    $run = [];
    foreach (FIELDS[$kind] as $field) {
        $value = (float) $result[$field];
        $run[$field] = round($value, $value < 100 ? 4 : 1);
    }
    return $run;
}

/** @param list<array<string, float>> $runs */
function median(array $runs, string $field): float
{
    $values = array_column($runs, $field);
    sort($values);
    $n = count($values);
    return $n === 0 ? 0.0 : ($values[intdiv($n - 1, 2)] + $values[intdiv($n, 2)]) / 2;
}

function thousands(float $value): string
{
    return match (true) {
        $value >= 1e6 => sprintf('%.2fM', $value / 1e6),
        $value >= 1e5 => sprintf('%.0fk', $value / 1e3),
        $value >= 1e3 => sprintf('%.1fk', $value / 1e3),
        default => sprintf('%.0f', $value),
    };
}

/** Three digits that count. */
function digits(float $value): string
{
    return $value >= 100 ? number_format($value) : sprintf('%.3g', $value);
}

/** What ratios are made of, one figure of a row; null without runs. */
function measure_of(array $row, string $broker, string $point = ''): ?float
{
    $runs = $row['figures'][$point][$broker] ?? [];
    return $runs ? median($runs, FIELDS[$row['kind']][0]) : null;
}

/** Relative to the base of the table; null when one of them is missing. */
function ratio_of(array $row, string $broker, string $point = ''): ?float
{
    $base = measure_of($row, BASE[$row['table']], $point);
    $mine = measure_of($row, $broker, $point);
    return $base === null || $mine === null || $base <= 0 ? null : $mine / $base;
}

/** The text of one figure, with its ratio. */
function cell(array $row, string $broker): string
{
    $runs = $row['figures'][''][$broker] ?? null;
    if ($runs === null) {
        return '-';
    }
    if (!$runs) {
        return 'failed';
    }
    $at = fn (string $field): float => median($runs, $field);
    $text = match ($row['kind']) {
        'rate' => sprintf('%s (%s)', thousands($at('per_s')), digits($at('cpu_per_million'))),
        'connect' => sprintf('%s (%.0f)', thousands($at('per_s')), $at('cpu_per_million')),
        'idle' => number_format($at('item_bytes')),
        'retained' => thousands($at('stored_per_s')) . ', ' . thousands($at('deliver_per_s')) . ', ' . number_format($at('item_bytes')),
        'latency' => number_format($at('p50_us')) . ' / ' . number_format($at('p99_us')) . ' / ' . number_format($at('p999_us')),
    };
    $text .= ($at('own_share') > GENERATOR_BUSY ? '*' : '');
    $base = $row['figures'][''][BASE[$row['table']]] ?? [];
    $ratio = ratio_of($row, $broker);
    if ($ratio === null || $broker === BASE[$row['table']]) {
        return $text;
    }
    $rate = $row['kind'] === 'rate' || $row['kind'] === 'connect' ? median($base, 'per_s') : 0.0;
    return sprintf('%s = %.3g%s', $text, $ratio, $rate > 0 ? sprintf(', %.3gx', $at('per_s') / $rate) : '');
}

/** Microseconds of processor time a message at each point, and how far apart they are. */
function flatCell(array $row, string $broker): string
{
    $values = [];
    $busy = false;
    foreach ($row['figures'] as $point => $figures) {
        $values[] = $value = measure_of($row, $broker, (string) $point);
        $busy = $busy || median($figures[$broker] ?? [], 'own_share') > GENERATOR_BUSY;
        if ($value === null) {
            return isset($figures[$broker]) ? 'failed' : '-';
        }
    }
    return implode(' / ', array_map(digits(...), $values)) . sprintf(' = %.2gx', max($values) / max(min($values), 1e-9))
        . ($busy ? '*' : '');
}

/**
 * One of the tables.
 *
 * @param array<string, mixed> $report
 * @return list<list<string>> first the head; empty when nothing of it was measured
 */
function table(array $report, string $which): array
{
    $rows = array_filter($report['rows'], fn (array $row): bool => $row['table'] === $which);
    $names = [];
    foreach ($rows as $row) {
        foreach ($row['figures'] as $figures) {
            $names += array_fill_keys(array_keys($figures), true);
        }
    }
    if ($which !== 'php') {
        $names = array_intersect_key($report['brokers'], $names);
    }
    $lines = [];
    foreach ($rows as $row) {
        $title = $row['title'];
        if ($which === 'flat') {
            $title = implode(' / ', array_keys($row['figures'])) . " $title";
        }
        $lines[] = [$title, ...array_map(fn (string $name): string => $which === 'flat' ? flatCell($row, $name) : cell($row, $name),
            array_map(strval(...), array_keys($names)))];
    }
    return $lines ? [['', ...array_keys($names)], ...$lines] : [];
}

const CAPTIONS = [
    'brokers' => 'Messages delivered per second (CPU seconds per million) = CPU relative to mosquitto, rate relative to mosquitto.',
    'flat' => 'Microseconds of processor time for each message delivered = the dearest relative to the cheapest.',
    'php' => 'Our broker with handlers written in PHP: messages per second (CPU seconds per million) = relative to no handler.',
];
const BUSY_NOTE = '* the processor of the generator was busy all the time: the broker could do more.';

/** @param list<list<string>> $table */
function textTable(array $table, bool $markdown): string
{
    $widths = [];
    foreach ($table as $line) {
        foreach ($line as $i => $text) {
            $widths[$i] = max($widths[$i] ?? 0, strlen($text));
        }
    }
    $out = '';
    foreach ($table as $n => $line) {
        $padded = array_map(fn (string $text, int $i): string => str_pad($text, $widths[$i]), $line, array_keys($line));
        $out .= $markdown ? '| ' . implode(' | ', array_map(fn (string $text): string => str_replace('*', '\\*', $text), $line)) . " |\n"
            : rtrim(implode('  ', $padded)) . "\n";
        if ($n === 0) {
            $out .= $markdown ? str_repeat('|---', count($line)) . "|\n" : str_repeat('-', array_sum($widths) + 2 * count($widths) - 2) . "\n";
        }
    }
    return $out;
}

/** JSON with a line for each run. @param array<string, mixed> $report */
function encode(array $report): string
{
    $text = json_encode($report, JSON_PRETTY_PRINT | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR);
    $line = fn (array $match): string => '{' . preg_replace('/\s+/', ' ', trim($match[1])) . '}';
    return preg_replace_callback('/\{((?:\s+"\w+": [-+.eE\d]+,?)+\s*)\}/', $line, $text) . "\n";
}

/** @return array<string, mixed> */
function machine(): array
{
    preg_match('/model name\s*:\s*(.+)/', (string) @file_get_contents('/proc/cpuinfo'), $match);
    preg_match('/^\d+\.\d+(\.\d+)?/', php_uname('r'), $kernel);
    return ['cpu' => trim($match[1] ?? php_uname('m')), 'processors' => (int) shell_exec('nproc'), 'kernel' => $kernel[0] ?? '',
        'php' => PHP_VERSION];
}

function machineLine(array $report): string
{
    $machine = $report['machine'];
    return sprintf('%s, %d processors, Linux %s, PHP %s, %s', $machine['cpu'], $machine['processors'], $machine['kernel'],
        $machine['php'], $report['date']);
}

/** Machine, versions, date. */
function headLine(array $report): string
{
    $names = array_map(fn (string $name, string $version): string => trim("$name $version"), array_keys($report['brokers']), $report['brokers']);
    return sprintf('%s, median of %d runs of %s s%s: %s', machineLine($report), $report['runs'], $report['seconds'],
        $report['pinned'] ? ', broker and generator on a processor each' : '', implode(', ', $names));
}

/** The table of a report of codec.php. @return list<list<string>> first the head */
function codecTable(array $report): array
{
    $old = $report['old'] !== null;
    $lines = [['packet', 'job']];
    foreach (CODEC_MODES as $mode) {
        array_push($lines[0], ...($old ? ["$mode: ours", 'in PHP', 'times as fast'] : [$mode]));
    }
    foreach ($report['codec'] as $packet => $jobs) {
        foreach ($jobs as $job => $modes) {
            $line = [$packet, $job];
            foreach (CODEC_MODES as $mode) {
                $line[] = sprintf('%.0f', $modes[$mode]['ours']);
                if ($old) {
                    array_push($line, sprintf('%.0f', $modes[$mode]['old']), sprintf('%.1f', $modes[$mode]['old'] / $modes[$mode]['ours']));
                }
            }
            $lines[] = $line;
        }
    }
    return $lines;
}
