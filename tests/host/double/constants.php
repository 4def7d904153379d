<?php
/* SPDX-License-Identifier: MIT
 *
 * tests/host/double/constants.php - the constants that scripts of such a host use, with the values seen.
 */
declare(strict_types=1);

foreach (['SWOOLE_BASE' => 1, 'SWOOLE_PROCESS' => 2, 'SWOOLE_SOCK_TCP' => 1, 'SWOOLE_TCP' => 1, 'SWOOLE_EVENT_READ' => 512,
    'SWOOLE_EVENT_WRITE' => 1024, 'SWOOLE_LOG_WARNING' => 4, 'SWOOLE_LOG_ERROR' => 5, 'SWOOLE_LOG_NONE' => 6,
    'SWOOLE_LOG_INFO' => 2, 'SWOOLE_LOG_DEBUG' => 0, 'SWOOLE_LOG_NOTICE' => 3, 'SWOOLE_LOG_TRACE' => 1,
    'SWOOLE_HOOK_ALL' => 0, 'SWOOLE_HOST_DOUBLE' => true] as $name => $value) {
    if (!defined($name)) {
        define($name, $value);
    }
}
