--TEST--
What is wrong in the configuration is an error at the start that names file, server and option
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/hyperf.inc';

$servers = ['server' => ['servers' => [['name' => 'mqtt'], ['name' => 'other']]]];
foreach ([
    ['max_qos' => 3],
    ['max_qos' => '1'],
    ['max_qoss' => 1],
    ['max_quantity_of_service' => 1],
    ['retain_available' => 1],
    ['port' => 1883],
    ['shutdown_grace_ms' => 1],
    ['log_level' => 'loud'],
    ['logger' => 'Nobody'],
    ['handlers' => 5],
    ['handlers' => ['Nobody']],
    ['handlers' => './nowhere'],
    [7],
    'text',
    ['servers' => 'text'],
    ['servers' => ['mqtt' => 5]],
    ['servers' => ['mqt' => []]],
    ['servers' => [[]]],
    ['servers' => ['mqtt' => ['max_qos' => 3], 'other' => []]],
    ['servers' => ['mqtt' => [], 'other' => ['max_qos' => 3]]],
] as $mqtt) {
    error(fn () => start(application(['mqtt' => $mqtt] + $servers)));
}
foreach ([
    ['middlewares' => ['mqtt' => 'text']],
    ['middlewares' => ['mqtt' => ['Nobody']]],
    ['middlewares' => ['mqtt' => [5]]],
    ['exceptions' => ['handler' => ['mqtt' => ['Nobody']]]],
    ['exceptions' => ['handler' => ['mqtt' => 5]]],
    ['exceptions' => ['handler' => 'text']],
    ['middlewares' => ['mqtt' => []], 'exceptions' => ['handler' => ['mqtt' => []]]],
] as $config) {
    error(fn () => start(application($config)));
}

/* What the container or the configuration throws comes through. */
class Throwing implements Psr\Container\ContainerInterface
{
    public function __construct(private string $at)
    {
    }

    public function has(string $id): bool
    {
        return $this->at === 'has' ? throw new LogicException("has $id") : true;
    }

    public function get(string $id)
    {
        throw new LogicException("get $id");
    }
}
foreach (['has', 'get'] as $at) {
    Hyperf\Context\ApplicationContext::setContainer(new Throwing($at));
    error(fn () => (new MqttServer\Server())->setServerName('mqtt'));
}
?>
--EXPECT--
ValueError: config/autoload/mqtt.php, server "mqtt": Option "max_qos" must be between 0 and 2, 3 given
TypeError: config/autoload/mqtt.php, server "mqtt": Option "max_qos" must be of type int, string given
ValueError: config/autoload/mqtt.php, server "mqtt": Unknown option "max_qoss", did you mean "max_qos"?
ValueError: config/autoload/mqtt.php, server "mqtt": Unknown option "max_quantity_of_service"
TypeError: config/autoload/mqtt.php, server "mqtt": Option "retain_available" must be of type bool, int given
ValueError: config/autoload/mqtt.php, server "mqtt": Option "port" is for a server that stands alone; here config/autoload/server.php says how to listen
ValueError: config/autoload/mqtt.php, server "mqtt": Option "shutdown_grace_ms" is for a server that stands alone; here config/autoload/server.php says how to listen
ValueError: config/autoload/mqtt.php, server "mqtt": Option "log_level" must be one of "debug", "info", "notice", "warning", "error"
TypeError: config/autoload/mqtt.php, server "mqtt": Option "logger" must be a Psr\Log\LoggerInterface or a callable, string given
TypeError: config/autoload/mqtt.php, server "mqtt", option "handlers": MqttServer\Server: Handlers must be class names, objects or directories, int given
MqttServer\Exception\HandlerException: config/autoload/mqtt.php, server "mqtt", option "handlers": Handler class "Nobody" does not exist; expected the name of a class or a directory
MqttServer\Exception\HandlerException: config/autoload/mqtt.php, server "mqtt", option "handlers": Handler directory "./nowhere" does not exist
ValueError: config/autoload/mqtt.php, server "mqtt": Argument #1 ($options) must have option names as keys
TypeError: config/autoload/mqtt.php: the configuration must be of type array, string given
TypeError: config/autoload/mqtt.php: "servers" must be of type array, string given
TypeError: config/autoload/mqtt.php: "servers" => "mqtt" must be of type array, int given
ValueError: config/autoload/mqtt.php: "servers" has "mqt", and config/autoload/server.php has no server of this name
ValueError: config/autoload/mqtt.php: "servers" must have names of servers as keys
ValueError: config/autoload/mqtt.php, server "mqtt": Option "max_qos" must be between 0 and 2, 3 given
nothing
TypeError: config middlewares.mqtt must be of type array, string given
MqttServer\Exception\HandlerException: config middlewares.mqtt: class "Nobody" is not known to the container
TypeError: config middlewares.mqtt: each entry must be the name of a class, int given
MqttServer\Exception\HandlerException: config exceptions.handler.mqtt: class "Nobody" is not known to the container
TypeError: config exceptions.handler.mqtt must be of type array, int given
nothing
nothing
LogicException: has Hyperf\Contract\ConfigInterface
LogicException: get Hyperf\Contract\ConfigInterface
