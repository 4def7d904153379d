--TEST--
Handlers are those of the annotation collector and of the configuration, made by the container, for the server's name
--EXTENSIONS--
mqtt_server
--FILE--
<?php
namespace App {
    use Hyperf\HttpMessage\Server\Response;
    use MqttServer\Annotation\MQTTConnect;
    use MqttServer\Annotation\MQTTEvent;
    use MqttServer\Annotation\MQTTPublish;
    use MqttServer\Packet;
    use Psr\Http\Message\ServerRequestInterface;

    class Notes
    {
        public function __construct()
        {
            echo "Notes made\n";
        }

        public function take(string $note): void
        {
            echo $note, "\n";
        }
    }

    /* Both attributes of one class count, for two servers. */
    #[MQTTPublish(priority: 5)]
    #[MQTTPublish(server: 'second', priority: 1)]
    #[\Hyperf\MqttServer\Annotation\MQTTConnect]
    class Multiple
    {
        public function __construct(private Notes $notes)
        {
        }

        public function handle(ServerRequestInterface $request, Response $response): Response
        {
            $this->notes->take('Multiple::handle type ' . $request->getParsedBody()['type']);
            return $response;
        }

        #[MQTTPublish(priority: -1)]
        public function after($request, $response)
        {
            $this->notes->take('Multiple::after');
            return $response;
        }

        #[MQTTEvent(type: 6)]
        public function released($request, $response)
        {
            return $response;
        }
    }

    class Woven extends Multiple
    {
        public function handle(ServerRequestInterface $request, Response $response): Response
        {
            echo "woven around ";
            return parent::handle($request, $response);
        }
    }

    abstract class Base
    {
        #[MQTTPublish]
        public function inherited(Packet $packet)
        {
            echo static::class, "::inherited {$packet->getTopic()}\n";
        }
    }

    class Derived extends Base
    {
    }

    class Configured
    {
        #[MQTTPublish(priority: 9)]
        #[MQTTPublish(server: 'second', priority: 9)]
        public function first()
        {
            echo "Configured::first\n";
        }
    }

    class Elsewhere
    {
        #[MQTTPublish(server: 'nowhere')]
        public function never()
        {
            echo "never\n";
        }
    }
}

namespace {
    require __DIR__ . '/hyperf.inc';

    scan(App\Multiple::class, App\Base::class, App\Derived::class, App\Elsewhere::class);
    $container = application(['mqtt' => ['handlers' => [App\Configured::class, App\Derived::class]]],
        [App\Multiple::class => App\Woven::class]);
    foreach (['mqtt' => MqttServer\Server::class, 'second' => 'Hyperf\MqttServer\MQTTServer'] as $name => $class) {
        echo "--- $name\n";
        $server = start($container, $class, $name);
        echo "started\n";
        $host = new Host();
        $server->onReceive($host, 1, 0, connect('c') . publish('t', 'x', 1));
        show($host, 1);
    }

    echo "--- renamed\n";
    $server = new MqttServer\Server();
    $server->setServerName('second');
    $server->setServerName('mqtt');
    $server->on('publish', fn () => print("a closure is for any name\n"), 7);
    $server->onReceive($host, 1, 0, connect('c') . publish('t', 'x', 1));
}
?>
--EXPECT--
--- mqtt
stdout warning: method App\Multiple::released() is never called: acknowledgements are answered by the broker
started
Notes made
woven around Multiple::handle type 1
Configured::first
woven around Multiple::handle type 3
App\Derived::inherited t
Multiple::after
1: CONNACK 00, PUBACK 1
--- second
stdout warning: method App\Multiple::released() is never called: acknowledgements are answered by the broker
started
Configured::first
woven around Multiple::handle type 3
1: CONNACK 00, PUBACK 1
--- renamed
stdout warning: method App\Multiple::released() is never called: acknowledgements are answered by the broker
stdout warning: method App\Multiple::released() is never called: acknowledgements are answered by the broker
woven around Multiple::handle type 1
Configured::first
a closure is for any name
woven around Multiple::handle type 3
App\Derived::inherited t
Multiple::after
