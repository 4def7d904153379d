<?php
/* SPDX-License-Identifier: MIT
 *
 * benchmarks/lib/plot.php - a report as a picture: how many times as far each broker comes as mosquitto with the same
 * processor time, memory or latency. Bars on a logarithmic scale, to the right of 1 better. SVG that follows the reader's
 * light or dark colours.
 */
declare(strict_types=1);

const PLOT_WIDTH = 920;
const PLOT_LEFT = 318;
const PLOT_RIGHT = 58;
const PLOT_BAR = 9;
const PLOT_GAP = 11;
const PLOT_TOP = 62;
/** Ours first; each of the others keeps its place in this list. */
const PLOT_COLOURS = ['#1f77d0', '#d98c00', '#2a9d6f', '#c2609a', '#8a7a3c', '#7a6fd0'];

/** The row's name without the list of its figures, and what the bars stand for. */
function plotTitle(array $row): string
{
    $title = preg_replace('/(, per second|, bytes|: stored| open loop).*$/', '', $row['title']);
    return $title . match ($row['kind']) {
        'idle', 'retained' => ': memory',
        'latency' => ' open loop' . (preg_match('/QoS \d/', $row['title'], $qos) ? ", $qos[0]" : '') . ': p99',
        default => '',
    };
}

function plotText(float $x, float $y, string $text, string $class = '', string $anchor = 'start'): string
{
    return sprintf("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>%s</text>\n", $x, $y, $anchor, $class === '' ? '' : " class=\"$class\"",
        htmlspecialchars($text, ENT_XML1));
}

/** @param array<string, mixed> $report @return string SVG */
function plot(array $report): string
{
    $base = BASE['brokers'];
    $names = array_diff(array_keys($report['brokers']), [$base]);
    usort($names, fn (string $a, string $b): int => ($b === OURS) <=> ($a === OURS)); // a stable sort
    $bars = [];
    foreach ($report['rows'] as $row) {
        foreach ($row['table'] === 'brokers' ? $names : [] as $name) {
            $ratio = ratio_of($row, $name);
            if ($ratio !== null && $ratio > 0) {
                $bars[plotTitle($row)][$name] = 1 / $ratio;
            }
        }
    }
    $all = array_merge([1.0], ...array_map(array_values(...), array_values($bars)));
    $low = (int) floor(log10(min($all)));
    $high = max((int) ceil(log10(max($all))), 1);
    $x = fn (float $value): float => PLOT_LEFT + (log10($value) - $low) / ($high - $low) * (PLOT_WIDTH - PLOT_LEFT - PLOT_RIGHT);
    $y = PLOT_TOP;
    $body = '';
    foreach ($bars as $title => $values) {
        $height = count($values) * PLOT_BAR;
        $body .= plotText(PLOT_LEFT - 10, $y + $height / 2 + 4, $title, '', 'end');
        foreach ($values as $name => $value) {
            $colour = array_search($name, $names, true);
            [$from, $to] = [min($x($value), $x(1)), max($x($value), $x(1))];
            $body .= sprintf("<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", $from, $y, max($to - $from, 1.0), PLOT_BAR - 1,
                PLOT_COLOURS[$colour % count(PLOT_COLOURS)]);
            $body .= plotText($value < 1 ? $from - 3 : $to + 3, $y + PLOT_BAR - 1.5, ($value < 100 ? sprintf('%.2g', $value) : number_format($value)) . "\u{d7}",
                $name === OURS ? 'own' : 'number', $value < 1 ? 'end' : 'start');
            $y += PLOT_BAR;
        }
        $y += PLOT_GAP;
    }
    $grid = '';
    for ($power = $low; $power <= $high; $power++) {
        $grid .= sprintf("<path d=\"M%.1f %dV%d\" class=\"%s\"/>\n", $x(10 ** $power), PLOT_TOP - 8, $y - PLOT_GAP + 4, $power === 0 ? 'one' : 'grid');
        $grid .= plotText($x(10 ** $power), $y + 8, ($power < 0 ? '1/' . 10 ** -$power : (string) 10 ** $power) . "\u{d7}", 'number', 'middle');
    }
    $legend = '';
    $at = 16;
    foreach ($names as $colour => $name) {
        $label = trim("$name {$report['brokers'][$name]}");
        $legend .= sprintf("<rect x=\"%d\" y=\"33\" width=\"10\" height=\"10\" fill=\"%s\"/>\n", $at, PLOT_COLOURS[$colour % count(PLOT_COLOURS)]);
        $legend .= plotText($at + 15, 42, $label);
        $at += 34 + 7 * strlen($label);
    }
    $height = $y + 40;
    $caption = "Messages for the same processor time (or items for the same memory, or 1 / p99), $base {$report['brokers'][$base]} = 1";
    $foot = sprintf('%s, %d processors, %s; 64 bytes of payload, loopback', $report['machine']['cpu'],
        $report['machine']['processors'], $report['date']);
    $style = 'text{font:12px system-ui,sans-serif;fill:#1f2328}.number{font-size:10px;fill:#59636e}.own{font-size:10px;font-weight:700}'
        . '.title{font-weight:700;font-size:13px}.paper{fill:#fff}.grid{stroke:#d1d9e0}.one{stroke:#59636e;stroke-width:1.5}'
        . '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.number{fill:#9198a1}.paper{fill:#0d1117}.grid{stroke:#30363d}.one{stroke:#9198a1}}';
    return sprintf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n<style>%s</style>\n", PLOT_WIDTH,
        $height, htmlspecialchars($caption, ENT_XML1), $style)
        . sprintf("<rect width=\"%d\" height=\"%d\" class=\"paper\"/>\n", PLOT_WIDTH, $height)
        . plotText(16, 20, $caption, 'title') . $legend . $grid . $body . plotText(16, $height - 8, $foot, 'number') . "</svg>\n";
}
