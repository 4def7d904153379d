--TEST--
Options are checked by name, type and bounds
--EXTENSIONS--
mqtt_server
--FILE--
<?php
foreach ([
    ['prot' => 1],
    ['max_qoss' => 1],
    ['Host' => 'x'],
    [str_repeat('x', 300) => 1],
    ['zzzzzzzzzzzzzzzzzzzzz' => 1],
    [1 => 1],
    ['port' => '1883'],
    ['port' => 65536],
    ['port' => -1],
    ['port' => null],
    ['host' => 1],
    ['host' => ''],
    ['host' => "a\0b"],
    ['name' => false],
    ['max_qos' => 3],
    ['max_qos' => true],
    ['retain_available' => 1],
    ['max_connections' => 0],
    ['max_connections' => 1.5],
    ['allow_anonymous' => 1],
    ['log_level' => 'loud'],
    ['log_level' => 1],
    ['logger' => 'no_such_function'],
    ['logger' => new stdClass()],
    ['handlers' => 5],
    ['listeners' => 5],
    ['listeners' => []],
    ['listeners' => [5]],
    ['listeners' => [[], ['port' => 'x']]],
    ['listeners' => [['host' => '127.0.0.1', 'tls' => true]]],
    ['shutdown_grace_ms' => -1],
    ['backlog' => 0],
    ['no_delay' => 'yes'],
    ['tcp_keepalive_s' => 40000],
    ['handle_signals' => 0],
] as $options) {
    try {
        new MqttServer\Server($options);
        echo "no error\n";
    } catch (Error $error) {
        echo get_class($error), ': ', substr(str_replace('MqttServer\Server::__construct(): ', '', $error->getMessage()), 0, 120), "\n";
    }
}
$port = 4242;
$name = 'n';
$server = new MqttServer\Server(['port' => &$port, 'name' => &$name, 'allow_anonymous' => null, 'max_qos' => 1, 'logger' => null,
    'retain_available' => false, 'handlers' => [], 'handle_signals' => false]);
var_dump($server->port(), $server->name(), $server->isRunning());
var_dump((new MqttServer\Server(['port' => 1, 'listeners' => [['port' => 77], ['host' => '::1']]]))->port());
foreach ([fn () => $server->on('connected', fn () => 1), fn () => $server->on('connect', 'no_such'), fn () => $server->stop(1),
    fn () => $server->disconnect('x', 256), fn () => $server->addHandler([]), fn () => $server->addHandlers(new stdClass())] as $wrong) {
    try {
        $wrong();
        echo "no error\n";
    } catch (Error $error) {
        echo get_class($error), ': ', $error->getMessage(), "\n";
    }
}
$server = null;
gc_collect_cycles();
?>
--EXPECT--
ValueError: Unknown option "prot", did you mean "port"?
ValueError: Unknown option "max_qoss", did you mean "max_qos"?
ValueError: Unknown option "Host", did you mean "host"?
ValueError: Unknown option "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
ValueError: Unknown option "zzzzzzzzzzzzzzzzzzzzz"
ValueError: Argument #1 ($options) must have option names as keys
TypeError: Option "port" must be of type int, string given
ValueError: Option "port" must be between 0 and 65535, 65536 given
ValueError: Option "port" must be between 0 and 65535, -1 given
TypeError: Option "port" must be of type int, null given
TypeError: Option "host" must be of type string, int given
ValueError: Option "host" must be a string that is not empty and has no null bytes
ValueError: Option "host" must be a string that is not empty and has no null bytes
TypeError: Option "name" must be of type string, bool given
ValueError: Option "max_qos" must be between 0 and 2, 3 given
TypeError: Option "max_qos" must be of type int, bool given
TypeError: Option "retain_available" must be of type bool, int given
ValueError: Option "max_connections" must be between 1 and 100000000, 0 given
TypeError: Option "max_connections" must be of type int, float given
TypeError: Option "allow_anonymous" must be of type ?bool, int given
ValueError: Option "log_level" must be one of "debug", "info", "notice", "warning", "error"
TypeError: Option "log_level" must be of type string, int given
TypeError: Option "logger" must be a Psr\Log\LoggerInterface or a callable, string given
TypeError: Option "logger" must be a Psr\Log\LoggerInterface or a callable, stdClass given
TypeError: Option "handlers" must be of type array|string, int given
TypeError: Option "listeners" must be of type array, int given
ValueError: Option "listeners" must be a list with at least one listener
TypeError: Option "listeners[0]" must be of type array, int given
TypeError: Option "listeners[1][port]" must be of type int, string given
ValueError: Option "listeners[0]" must be an array with the keys "host", "port", "allow_anonymous" and "enforce_receive_maximum"
ValueError: Option "shutdown_grace_ms" must be between 0 and 3600000, -1 given
ValueError: Option "backlog" must be between 1 and 65535, 0 given
TypeError: Option "no_delay" must be of type bool, string given
ValueError: Option "tcp_keepalive_s" must be between 0 and 32767, 40000 given
TypeError: Option "handle_signals" must be of type bool, int given
int(4242)
string(1) "n"
bool(false)
int(77)
ValueError: MqttServer\Server::on(): Argument #1 ($event) must be one of "connect", "auth", "publish", "subscribe", "unsubscribe", "pingreq", "disconnect", "close", "deliver"
TypeError: MqttServer\Server::on(): Argument #2 ($handler) must be a valid callback, function "no_such" not found or invalid function name
ValueError: MqttServer\Server::stop(): Argument #1 ($reasonCode) must be a reason code that a server may send in DISCONNECT
ValueError: MqttServer\Server::disconnect(): Argument #2 ($reasonCode) must be a reason code that a server may send in DISCONNECT
TypeError: MqttServer\Server::addHandler(): Argument #1 ($class) must be of type object|string, array given
TypeError: MqttServer\Server::addHandlers(): Argument #1 ($handlers) must be of type array|string, stdClass given
