--TEST--
Handler objects come from the container when it has the class, else from new
--EXTENSIONS--
mqtt_server
--FILE--
<?php
namespace Psr\Container {
    interface ContainerInterface
    {
        public function get(string $id);
        public function has(string $id): bool;
    }
}

namespace {
    use MqttServer\Annotation\MQTTConnect;

    class Needy
    {
        public function __construct(private string $dependency)
        {
        }
        #[MQTTConnect]
        public function go()
        {
        }
    }
    class Simple
    {
        public function __construct()
        {
            echo "new Simple\n";
        }
        #[MQTTConnect]
        public function go()
        {
        }
        #[MQTTConnect]
        public function again()
        {
        }
    }
    class Proxy extends Needy
    {
    }
    class Stranger
    {
    }

    class Container implements Psr\Container\ContainerInterface
    {
        public function __construct(private array $entries)
        {
        }
        public function has(string $id): bool
        {
            echo "has $id\n";
            return isset($this->entries[$id]);
        }
        public function get(string $id)
        {
            echo "get $id\n";
            return $this->entries[$id]();
        }
    }

    function serve(array $entries, string ...$classes): void
    {
        $server = new MqttServer\Server(['host' => '127.0.0.1', 'port' => 0, 'log_level' => 'error'], new Container($entries));
        try {
            foreach ($classes as $class) {
                $server->addHandler($class);
            }
            $server->after(0, fn () => $server->stop());
            echo "start\n";
            $server->start();
            echo "served\n";
        } catch (Throwable $error) {
            echo get_class($error), ': ', strtok($error->getMessage(), ';'), "\n";
        }
    }

    serve([Needy::class => fn () => new Needy('x')], Needy::class, Simple::class);
    serve([Needy::class => fn () => new Proxy('x')], Needy::class);
    serve([Needy::class => fn () => new Stranger()], Needy::class);
    serve([Needy::class => fn () => 'text'], Needy::class);
    serve([Needy::class => fn () => throw new LogicException('cyclic')], Needy::class);
    serve([], Needy::class);
    try {
        new MqttServer\Server([], new Stranger());
    } catch (TypeError $error) {
        echo $error->getMessage(), "\n";
    }
    gc_collect_cycles();
}
?>
--EXPECT--
start
has Needy
get Needy
has Simple
new Simple
served
start
has Needy
get Needy
served
start
has Needy
get Needy
MqttServer\Exception\HandlerException: Class Needy cannot be a handler: the object from the container has no such method
start
has Needy
get Needy
MqttServer\Exception\HandlerException: Class Needy cannot be a handler: the container gives something that is not an object for it
start
has Needy
get Needy
MqttServer\Exception\HandlerException: Handler Needy cannot be made by the container: LogicException: cyclic
start
has Needy
MqttServer\Exception\HandlerException: Class Needy cannot be a handler: its constructor has required parameters and no container provides the object
MqttServer\Server::__construct(): Argument #2 ($container) must be of type ?Psr\Container\ContainerInterface, Stranger given
