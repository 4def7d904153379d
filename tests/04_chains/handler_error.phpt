--TEST--
An attribute on something that cannot be a handler is an error that names class, method and what is expected
--EXTENSIONS--
mqtt_server
--FILE--
<?php
use MqttServer\Annotation\{MQTTConnect, MQTTConect, MQTTEvent};
use MqttServer\{Client, Packet};
use Psr\Http\Message\{ResponseInterface, ServerRequestInterface};
use Hyperf\HttpMessage\Server\Response;

#[MQTTConnect] interface AnInterface { public function handle(); }
#[MQTTConnect] trait ATrait { public function handle() {} }
#[MQTTConnect] enum AnEnum { case A; public function handle() {} }
#[MQTTConnect] abstract class AnAbstract { public function handle() {} }
#[MQTTConnect] class NoHandle { public function Handel() {} }
class NoAttribute { #[Deprecated] public function handle() {} }
class IsPrivate { #[MQTTConnect] private function go() {} }
class IsStatic { #[MQTTConnect] public static function go() {} }
class ThreeParameters { #[MQTTConnect] public function go($a, $b, $c) {} }
class ByReference { #[MQTTConnect] public function go(Packet $a, &$b) {} }
class Swapped { #[MQTTConnect] public function go(Response $a, ServerRequestInterface $b) {} }
class SwappedSecond { #[MQTTConnect] public function go(ServerRequestInterface $a, ServerRequestInterface $b) {} }
class PacketAndResponse { #[MQTTConnect] public function go(Packet $a, Response $b) {} }
class ReturnsVoid { #[MQTTConnect] public function go(ServerRequestInterface $a, Response $b): void {} }
class ReturnsString { #[MQTTConnect] public function go(Packet $a): string {} }
class TakesInt { #[MQTTConnect] public function go(int $a) {} }
class Misspelt { #[MQTTConect] public function go() {} }
class BadType { #[MQTTEvent(type: 4)] public function go() {} }
class NoType { #[MQTTEvent] public function go() {} }
class BadArgument { #[MQTTConnect(priority: 'high')] public function go() {} }
class UnknownArgument { #[MQTTConnect(prio: 1)] public function go() {} }
class NeedsMore { public function __construct(int $a) {} #[MQTTConnect] public function go() {} }
class PrivateConstructor { private function __construct() {} #[MQTTConnect] public function go() {} }
class Throws { public function __construct() { throw new DomainException('not today'); } #[MQTTConnect] public function go() {} }

class Fine1 { #[MQTTConnect] public function go(ServerRequestInterface $a, ResponseInterface $b): ResponseInterface { return $b; } }
class Fine2 { #[MQTTConnect] public function go($a, $b) { return $b; } }
class Fine3 { #[MQTTConnect] public function go(ServerRequestInterface|int $a, Response|null $b, int $c = 0): ?Response { return $b; } }
class Fine4 { #[MQTTConnect] public function go(?Packet $a, ?Client $b = null): int|bool|null { return null; } }
class Fine5 { #[MQTTConnect] public function go(Packet $a): void { } }

foreach (get_declared_classes() as $class) {
    $declared[] = $class;
}
$mine = array_filter([...$declared, ...get_declared_interfaces(), ...get_declared_traits()],
    fn ($class) => (new ReflectionClass($class))->getFileName() === __FILE__);
foreach ([...$mine, 'Missing'] as $class) {
    try {
        $server = new MqttServer\Server(['host' => '127.0.0.1', 'port' => 0, 'log_level' => 'error']);
        $server->addHandler($class);
        $server->after(0, fn () => $server->stop());
        $server->start();
        echo "$class: no error\n";
    } catch (Throwable $error) {
        [$what, $expected] = explode('; ', $error->getMessage()) + [1 => ''];
        echo substr(strrchr(get_class($error), '\\') ?: '\\' . get_class($error), 1), ': ', $what, "\n";
        $all[$expected] = true;
    }
}
echo implode("\n", array_filter(array_keys($all))), "\n";
try {
    new MqttServer\Server(['handlers' => [Fine1::class, IsStatic::class]]);
} catch (Throwable $error) {
    echo 'constructor: ', strtok($error->getMessage(), ';'), "\n";
}
foreach ([__DIR__ . '/none', 'no/such'] as $directory) {
    try {
        (new MqttServer\Server())->addHandlers($directory);
    } catch (Throwable $error) {
        echo get_class($error), ': ', str_replace(__DIR__, '', $error->getMessage()), "\n";
    }
}
try {
    (new MqttServer\Server())->addHandlers([1]);
} catch (Throwable $error) {
    echo get_class($error), ': ', $error->getMessage(), "\n";
}
$server = null;
gc_collect_cycles();
?>
--EXPECT--
HandlerException: Class AnEnum cannot be a handler: it is an enum
HandlerException: Class AnAbstract cannot be a handler: it is abstract
HandlerException: Class NoHandle cannot be a handler: it carries an attribute and has no method handle()
HandlerException: Class NoAttribute cannot be a handler: neither it nor one of its methods carries such an attribute
HandlerException: Method IsPrivate::go() cannot be a handler: it is not public
HandlerException: Method IsStatic::go() cannot be a handler: it is static
HandlerException: Method ThreeParameters::go() cannot be a handler: it requires more than two parameters
HandlerException: Method ByReference::go() cannot be a handler: it takes a parameter by reference
HandlerException: Method Swapped::go() cannot be a handler: its first parameter does not take the request
HandlerException: Method SwappedSecond::go() cannot be a handler: its second parameter does not take the response
HandlerException: Method PacketAndResponse::go() cannot be a handler: its second parameter does not take a MqttServer\Client
HandlerException: Method ReturnsVoid::go() cannot be a handler: it does not return a response
HandlerException: Method ReturnsString::go() cannot be a handler: it does not return null, bool, int or a response
HandlerException: Method TakesInt::go() cannot be a handler: its first parameter does not take the request
HandlerException: Attribute MqttServer\Annotation\MQTTConect on method Misspelt::go() is not a class that exists
HandlerException: Attribute MqttServer\Annotation\MQTTEvent on method BadType::go() has type 4, expected the packet type of an event: 1 (CONNECT), 3 (PUBLISH), 8 (SUBSCRIBE), 10 (UNSUBSCRIBE), 12 (PINGREQ), 14 (DISCONNECT), 15 (AUTH), 0 (connection closed) or 16 (delivery)
HandlerException: Attribute MqttServer\Annotation\MQTTEvent on method NoType::go() cannot be made: MqttServer\Annotation\MQTTEvent::__construct(): Argument #2 ($type) must be given: a packet type from 1 to 15, 0 for the end of a connection, or 16 for deliveries
HandlerException: Attribute MqttServer\Annotation\MQTTConnect on method BadArgument::go() cannot be made: MqttServer\Annotation\MQTTEvent::__construct(): Argument #3 ($priority) must be of type ?int, string given
HandlerException: Attribute MqttServer\Annotation\MQTTConnect on method UnknownArgument::go() cannot be made: Unknown named parameter $prio
HandlerException: Class NeedsMore cannot be a handler: its constructor has required parameters and no container provides the object
HandlerException: Class PrivateConstructor cannot be a handler: its constructor is not public
DomainException: not today
Fine1: no error
Fine2: no error
Fine3: no error
Fine4: no error
Fine5: no error
HandlerException: Class AnInterface cannot be a handler: it is an interface
HandlerException: Class ATrait cannot be a handler: it is a trait
HandlerException: Handler class "Missing" does not exist
expected a class that can be instantiated, with a public method handle() or public methods that carry an attribute of MqttServer\Annotation
expected a public method (Psr\Http\Message\ServerRequestInterface $request, Hyperf\HttpMessage\Server\Response $response): Hyperf\HttpMessage\Server\Response, or (MqttServer\Packet $packet, MqttServer\Client $client)
expected the name of a class or a directory
constructor: Method IsStatic::go() cannot be a handler: it is static
MqttServer\Exception\HandlerException: Handler directory "/none" does not exist
MqttServer\Exception\HandlerException: Handler directory "no/such" does not exist
TypeError: MqttServer\Server: Handlers must be class names, objects or directories, int given
