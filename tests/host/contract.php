<?php
/* SPDX-License-Identifier: MIT
 *
 * tests/host/contract.php - our server in a host: each variant of a host with the cases that must hold in it.
 *
 * usage: contract.php [VARIANT]...      or @hosts, @clients for one half of them
 *
 * Needs the extension for its own clients too; see run. Ends with "N passed, N failed".
 */
declare(strict_types=1);

require __DIR__ . '/lib/cases.php';

$everything = ['connect', 'close', 'workerStart', 'workerStop', 'workerExit', 'pipeMessage'];
$quick = ['max_wait_time' => 1];
$real = Host::real();
$soon = ['log_level' => 'warning', 'decision_timeout_ms' => 3000];

/* name => [what the host is, environment, cases] */
$variants = [
    /* The configuration that an application is most likely to have: nothing but receive. */
    'seed' => [['settings' => ['worker_num' => 4, 'enable_coroutine' => true, 'open_tcp_nodelay' => true, 'max_coroutine' => 100000,
        'socket_buffer_size' => 2 << 20, 'package_max_length' => 2 << 20] + $quick], [],
        ['basics', 'everyWorker', 'unsubscribed', 'shared', 'takeOver', ['publisher', false], 'pieces', 'frozen', ['will', true], 'mosquitto', 'stuck', 'killed',
            ['reloaded', false]]],
    'events' => [['settings' => ['worker_num' => 4, 'task_worker_num' => 1] + $quick, 'events' => $everything, 'handlers' => true], [],
        ['basics', 'everyWorker', 'shared', 'takeOver', ['publisher', true], 'parked', 'awaited', 'failures', 'told', 'frozen', ['will', false], 'stuck', 'killed',
            ['reloaded', true]]],
    'process' => [['mode' => 'process', 'settings' => ['worker_num' => 4] + $quick, 'events' => $everything, 'handlers' => true], [],
        ['basics', 'everyWorker', 'unsubscribed', 'shared', 'takeOver', ['publisher', false], 'parked', 'awaited', 'failures', 'told', ['will', false], 'pieces', 'frozen',
            'killedBehindMaster', ['reloaded', true]]],
    'process-seed' => [['mode' => 'process', 'settings' => ['worker_num' => 2] + $quick], [],
        ['basics', ['will', true], ['reloaded', false]]],
    'no-coroutines' => [['settings' => ['worker_num' => 4, 'enable_coroutine' => false] + $quick, 'events' => ['close'], 'handlers' => true], [],
        ['basics', 'everyWorker', 'takeOver', 'ownCoroutines', 'frozen', ['will', false], 'killed']],
    'framed' => [['settings' => ['worker_num' => 4, 'open_mqtt_protocol' => true, 'package_max_length' => 400000] + $quick,
        'events' => $everything, 'handlers' => true], [],
        ['basics', 'everyWorker', 'parked', ['pieces', false], ['tooLong', 400000]]],
    'one-worker' => [['settings' => ['worker_num' => 1] + $quick, 'handlers' => true], [], ['basics', 'parked', 'awaited', 'failures', ['will', true]]],
    'coroutine-server' => [['mode' => 'coroutine', 'events' => ['connect', 'close', 'workerStop'], 'handlers' => true], [],
        ['basics', 'parked', 'awaited', 'failures', 'pieces', 'frozen', ['will', false], 'wills', 'reused', 'mosquitto']],
    'interrupts' => [['settings' => ['worker_num' => 2, 'max_wait_time' => 3], 'events' => $everything, 'handlers' => true, 'options' => $soon], [],
        ['drained']],
    'interrupts-one' => [['settings' => ['worker_num' => 1] + $quick, 'events' => $everything, 'handlers' => true, 'options' => $soon], [],
        ['interrupted']],
    'interrupts-process' => [['mode' => 'process', 'settings' => ['worker_num' => 2, 'max_wait_time' => 3], 'events' => $everything,
        'handlers' => true, 'options' => $soon], [], ['drained']],
    'interrupts-coroutine-server' => [['mode' => 'coroutine', 'events' => ['connect', 'close', 'workerStop'], 'handlers' => true,
        'options' => $soon], [], ['interrupted']],
    /* Nobody tells of an end, and somebody keeps the connection objects. */
    'coroutine-server-held' => [['mode' => 'coroutine', 'held' => true], [], [['will', false]]],
    'coroutine-server-seed' => [['mode' => 'coroutine'], [], ['basics', ['will', true]]],
];
/* Scripts that know nothing of hosts: one worker, as they expect all that they do to be seen by all. */
foreach (['mosquitto.sh' => ['settings' => ['worker_num' => 1] + $quick, 'events' => ['close']],
    'paho_flows.py' => ['mode' => 'process', 'settings' => ['worker_num' => 1] + $quick, 'events' => $everything],
    'paho_v5.py' => ['settings' => ['worker_num' => 1, 'open_mqtt_protocol' => true] + $quick, 'events' => $everything],
    'mqttjs.cjs' => ['mode' => 'coroutine', 'events' => ['connect', 'close']],
    'mqttjs_raw.cjs' => ['settings' => ['worker_num' => 1, 'enable_coroutine' => false] + $quick, 'events' => ['close']],
    'handlers.py' => ['settings' => ['worker_num' => 1] + $quick, 'events' => $everything, 'handlers' => 'clients']] as $script => $spec) {
    $variants["client $script"] = [$spec, [], [['client', $script]]];
}
if (!$real) {
    /* The real one does not use a number again for a long time. */
    $variants['reused-numbers'] = [['settings' => ['worker_num' => 1] + $quick, 'handlers' => true], ['HOST_DOUBLE_REUSE_FD' => '1'],
        ['reused']];
}

[$passed, $failed] = [0, 0];
foreach ($variants as $name => [$spec, $environment, $cases]) {
    if ($argc > 1 && !array_intersect([$name, str_starts_with($name, 'client ') ? '@clients' : '@hosts'], array_slice($argv, 1))) {
        continue;
    }
    $began = microtime(true);
    $host = new Host($spec + ['mode' => 'base', 'settings' => [], 'options' => ['log_level' => 'warning'], 'events' => [],
        'handlers' => false], $environment);
    $run = new Cases($name, $host);
    foreach ([...$cases, 'stopped'] as $case) {
        [$method, $arguments] = is_array($case) ? [$case[0], array_slice($case, 1)] : [$case, []];
        $since = microtime(true);
        try {
            $run->$method(...$arguments);
        } catch (Throwable $error) {
            $where = basename($error->getFile()) . ':' . $error->getLine();
            $run->same("$method comes to its end", '', $error::class . ": {$error->getMessage()} at $where");
        }
        if (getenv('MQS_TIMES')) {
            fprintf(STDERR, "%s %s: %.1f s\n", $name, $method, microtime(true) - $since);
        }
    }
    $passed += $run->passed;
    $failed += $run->failed;
    if ($run->failed) {
        echo "---- log of the host \"$name\"\n", substr($host->log(), -4000), "\n";
    }
    fprintf(STDERR, "%s: %.1f s\n", $name, microtime(true) - $began);
    unset($host, $run);
}
echo "$passed passed, $failed failed\n";
exit($failed ? 1 : 0);
