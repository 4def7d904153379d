<?php
/* SPDX-License-Identifier: MIT
 *
 * tests/host/double.php - stands in for the host of a Hyperf application where the real one cannot be installed.
 *
 * It declares the classes that such an application meets: Swoole\Server and its ports, Swoole\Coroutine, Swoole\Timer,
 * Swoole\Event, Swoole\Coroutine\Server. Everything below is our own and follows what was seen of the real thing
 * (transcripts/, compared by check-double); sockets and processes are real, coroutines are fibers. With the real
 * extension loaded this file does nothing, so the same scripts run on both.
 */
declare(strict_types=1);

if (!extension_loaded('swoole')) {
    foreach (['pcntl', 'posix', 'sockets'] as $extension) {
        if (!extension_loaded($extension)) {
            fwrite(STDERR, "tests/host/double.php needs the PHP extension $extension\n");
            exit(2);
        }
    }
    foreach (['constants', 'Loop', 'Scheduler', 'Table', 'Pipes', 'Tcp', 'Reactor', 'Core', 'Role', 'Worker', 'Manager',
        'Coroutine', 'CoroutineServer', 'Server'] as $file) {
        require __DIR__ . "/double/$file.php";
    }
}
