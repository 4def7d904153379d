--TEST--
A handler that cannot be one is an error at the start, with file, class and method; half of the handlers is none
--EXTENSIONS--
mqtt_server
--FILE--
<?php
namespace App {
    use MqttServer\Annotation\MQTTPublish;

    class WrongSignature
    {
        #[MQTTPublish]
        public function fine()
        {
        }

        #[MQTTPublish]
        public function wrong(int $number)
        {
        }
    }

    #[MQTTPublish]
    class NoHandle
    {
    }

    class Hidden
    {
        private function __construct()
        {
        }

        #[MQTTPublish]
        public function go()
        {
        }
    }

    class Needy
    {
        public function __construct(\Countable $what)
        {
        }

        #[MQTTPublish]
        public function go()
        {
        }
    }
}

namespace {
    use Hyperf\Di\Annotation\AnnotationCollector;

    require __DIR__ . '/hyperf.inc';

    /** One class is all that the collector has. */
    function only(string $class): void
    {
        (new ReflectionProperty(AnnotationCollector::class, 'container'))->setValue(null, []);
        scan($class);
    }

    foreach ([App\WrongSignature::class, App\NoHandle::class, App\Hidden::class] as $class) {
        only($class);
        error(fn () => start(application()));
    }
    $server = new MqttServer\Server();
    only(App\WrongSignature::class);
    error(fn () => $server->setServerName('mqtt'));
    error(fn () => $server->setServerName('mqtt'));
    error(fn () => $server->onReceive(new Host(), 1, 0, connect('c')));

    /* Made when the worker gets its first bytes, since a constructor may need a coroutine. */
    only(App\Needy::class);
    $server = start(application());
    error(fn () => $server->onReceive(new Host(), 1, 0, connect('c')));

    only(App\NoHandle::class);
    AnnotationCollector::collectMethod('App\Deleted', 'go', 'x', new MqttServer\Annotation\MQTTPublish());
    AnnotationCollector::collectMethod('App\NoHandle', 'handle', 'MqttServer\Annotation\MQTTPublish', 'not an object');
    error(fn () => start(application()));
    only(stdClass::class);
    $attribute = new MqttServer\Annotation\MQTTPublish();
    $attribute->type = 2;
    AnnotationCollector::collectMethod(App\Needy::class, 'go', 'x', $attribute);
    error(fn () => start(application()));
}
?>
--EXPECT--
MqttServer\Exception\HandlerException: handlers_error.php:N: Method App\WrongSignature::wrong() cannot be a handler: its first parameter does not take the request; expected a public method (Psr\Http\Message\ServerRequestInterface $request, Hyperf\HttpMessage\Server\Response $response): Hyperf\HttpMessage\Server\Response, or (MqttServer\Packet $packet, MqttServer\Client $client)
MqttServer\Exception\HandlerException: handlers_error.php:N: Class App\NoHandle cannot be a handler: it carries an attribute and has no method handle(); expected a class that can be instantiated, with a public method handle() or public methods that carry an attribute of MqttServer\Annotation
MqttServer\Exception\HandlerException: handlers_error.php:N: Class App\Hidden cannot be a handler: the container does not have it
MqttServer\Exception\HandlerException: handlers_error.php:N: Method App\WrongSignature::wrong() cannot be a handler: its first parameter does not take the request; expected a public method (Psr\Http\Message\ServerRequestInterface $request, Hyperf\HttpMessage\Server\Response $response): Hyperf\HttpMessage\Server\Response, or (MqttServer\Packet $packet, MqttServer\Client $client)
MqttServer\Exception\HandlerException: Server "mqtt" cannot run: its handlers could not be added
MqttServer\Exception\HandlerException: Server "mqtt" cannot run: its handlers could not be added
MqttServer\Exception\HandlerException: Handler App\Needy cannot be made by the container: Error: Cannot instantiate interface Countable
MqttServer\Exception\HandlerException: Handler class "App\Deleted" does not exist, though the annotation collector has it: clear runtime/container
MqttServer\Exception\HandlerException: Attribute MqttServer\Annotation\MQTTPublish on method App\Needy::go() has type 2, expected the packet type of an event: 1 (CONNECT), 3 (PUBLISH), 8 (SUBSCRIBE), 10 (UNSUBSCRIBE), 12 (PINGREQ), 14 (DISCONNECT), 15 (AUTH), 0 (connection closed) or 16 (delivery)
