<?php

/* SPDX-License-Identifier: MIT
 *
 * The handlers and the controller of examples/hyperf-app without Hyperf: a container that injects by constructor, as
 * Hyperf's does, and stand-ins for the few names of it that they need. The options are those of its config/autoload/mqtt.php.
 *
 *   tests/examples/hyperf_app.php DIRECTORY --port N
 *
 * A file DIRECTORY/http holds a request, "METHOD /path" and a body; what the controller returns goes to DIRECTORY/answer.
 */

declare(strict_types=1);

namespace Psr\Container {
    interface ContainerInterface
    {
        public function get(string $id);
        public function has(string $id): bool;
    }
}

namespace Hyperf\Contract {
    interface ConfigInterface
    {
        public function get(string $key, mixed $default = null): mixed;
    }
}

namespace Tests\HyperfApp {
    use MqttServer\Message\Request;
    use MqttServer\Server;

    $directory = $argv[1];
    define('BASE_PATH', $directory);
    const APP = __DIR__ . '/../../examples/hyperf-app';
    mkdir("$directory/runtime");

    /** Files of config/autoload, and keys with dots. */
    final class Config implements \Hyperf\Contract\ConfigInterface
    {
        public function get(string $key, mixed $default = null): mixed
        {
            $keys = explode('.', $key);
            $value = require APP . '/config/autoload/' . array_shift($keys) . '.php';
            foreach ($keys as $each) {
                $value = $value[$each] ?? $default;
            }
            return $value;
        }
    }

    /** One object per class, made with what its constructor asks for; interfaces by config/autoload/dependencies.php. */
    final class Container implements \Psr\Container\ContainerInterface
    {
        private array $objects = [];

        public function __construct(private array $classes)
        {
        }

        public function has(string $id): bool
        {
            return isset($this->classes[$id]) || class_exists($id);
        }

        public function get(string $id): object
        {
            return $this->objects[$id] ??= $this->make($this->classes[$id] ?? $id);
        }

        private function make(string $class): object
        {
            $parameters = (new \ReflectionClass($class))->getConstructor()?->getParameters() ?? [];
            $needed = array_filter($parameters, fn ($parameter) => !$parameter->isOptional());
            return new $class(...array_map(fn ($parameter) => $this->get($parameter->getType()->getName()), $needed));
        }
    }

    spl_autoload_register(function (string $class): void {
        if (str_starts_with($class, 'App\\')) {
            require APP . '/app/' . strtr(substr($class, 4), '\\', '/') . '.php';
        }
    });

    $config = new Config();
    $container = new Container([\Hyperf\Contract\ConfigInterface::class => Config::class] + require APP . '/config/autoload/dependencies.php');
    $options = require APP . '/config/autoload/mqtt.php';
    $own = $options['servers']['mqtt'] ?? [];
    unset($options['servers'], $own['handlers'], $options['handlers']);
    $server = new Server(['host' => '127.0.0.1', 'port' => (int) $argv[3], 'handlers' => APP . '/app/Mqtt'] + $own + $options, $container);

    $server->every(0.05, function () use ($directory, $container) {
        if (!is_file("$directory/http")) {
            return;
        }
        [$line, $body] = explode("\n", file_get_contents("$directory/http"), 2);
        unlink("$directory/http");
        $controller = $container->get(\App\Controller\CommandController::class);
        [$method, $path] = explode(' ', $line);
        [, , $device] = explode('/', $path);
        $answer = match ($method) {
            'POST' => $controller->send((new Request())->withParsedBody(json_decode($body, true)), $device),
            'DELETE' => $controller->disconnect($device),
            'GET' => $controller->telemetry($device),
        };
        file_put_contents("$directory/answer.new", json_encode($answer));
        rename("$directory/answer.new", "$directory/answer");
    });
    $server->start();
}
