--TEST--
Servers and clients cannot be cloned, serialised or used without their constructor
--EXTENSIONS--
mqtt_server
--FILE--
<?php
function attempt(callable $what): void
{
    try {
        $what();
        echo "no exception\n";
    } catch (Throwable $error) {
        echo get_class($error), ': ', $error->getMessage(), "\n";
    }
}

class WithoutParent extends MqttServer\Server
{
    public function __construct()
    {
    }
}

$server = new MqttServer\Server(['port' => 0]);
attempt(fn () => clone $server);
attempt(fn () => serialize($server));
attempt(fn () => $server->dynamic = 1);
attempt(fn () => new MqttServer\Client());
attempt(fn () => (new WithoutParent())->start());
attempt(fn () => (new WithoutParent())->publish('a', 'b'));
attempt(fn () => (new WithoutParent())->stats());
attempt(fn () => $server->__construct());
$server = null;
gc_collect_cycles();
?>
--EXPECT--
Error: Trying to clone an uncloneable object of class MqttServer\Server
Exception: Serialization of 'MqttServer\Server' is not allowed
Error: Cannot create dynamic property MqttServer\Server::$dynamic
Error: Call to private MqttServer\Client::__construct() from global scope
Error: MqttServer\Server has not been constructed
Error: MqttServer\Server has not been constructed
Error: MqttServer\Server has not been constructed
Error: MqttServer\Server has been constructed already
