#!/usr/bin/env php
<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

ini_set('display_errors', 'on');
ini_set('display_startup_errors', 'on');
error_reporting(E_ALL);

define('BASE_PATH', dirname(__DIR__));

require BASE_PATH . '/vendor/autoload.php';

define('SWOOLE_HOOK_FLAGS', Hyperf\Engine\DefaultOption::hookFlags());

(static function () {
    Hyperf\Di\ClassLoader::init();
    $container = require BASE_PATH . '/config/container.php';
    $container->get(Hyperf\Contract\ApplicationInterface::class)->run();
})();
