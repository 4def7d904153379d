--TEST--
Middlewares of the configuration stand around the handlers of every packet that is an event
--EXTENSIONS--
mqtt_server
--FILE--
<?php
namespace {
    require __DIR__ . '/hyperf.inc';
}

namespace App {
    use Hyperf\Context\Context;
    use Psr\Http\Message\ResponseInterface;
    use Psr\Http\Message\ServerRequestInterface;
    use Psr\Http\Server\MiddlewareInterface;
    use Psr\Http\Server\RequestHandlerInterface;

    class Outer implements MiddlewareInterface
    {
        public function process(ServerRequestInterface $request, RequestHandlerInterface $handler): ResponseInterface
        {
            $type = $request->getParsedBody()['type'];
            echo "before $type, ";
            try {
                return $handler->handle($request->withAttribute('mark', 'by Outer'));
            } catch (\LogicException $thrown) {
                echo "caught {$thrown->getMessage()}, ";
                return Context::get(ResponseInterface::class)->withReasonCode(0x99);
            } finally {
                echo "behind $type\n";
            }
        }
    }

    /** Says by the topic what it does. */
    class Inner implements MiddlewareInterface
    {
        private static ?RequestHandlerInterface $kept = null;

        public function process(ServerRequestInterface $request, RequestHandlerInterface $handler): ResponseInterface
        {
            $response = Context::get(ResponseInterface::class);
            switch ($request->getParsedBody()['topic'] ?? '') {
                case 'answer':
                    return $response;
                case 'refuse':
                    return $response->withReasonCode(0x97);
                case 'close':
                    return $response->withClosed();
                case 'replace':
                    Context::set(ResponseInterface::class, $response->withAttribute('mark', 'replaced'));
                    break;
                case 'break':
                    $handler->handle($request);
                    throw new \RuntimeException('broken');
                case 'topic':
                    return $handler->handle($request)->withTopic('changed');
                case 'twice':
                    $handler->handle($request);
                    $core = new \ReflectionProperty($handler, 'core');
                    try {
                        $core->getValue($handler)->process($request, $handler);
                    } catch (\Error $error) {
                        echo $error->getMessage(), ', ';
                    }
                    return $response;
            }
            return $handler->handle($request);
        }
    }

    class Handler
    {
        #[\MqttServer\Annotation\MQTTPublish]
        public function publish(ServerRequestInterface $request, $response)
        {
            echo $request->getAttribute('mark'), ' ', $response->getAttribute('mark', '-'), ', ';
            if ($request->getTopic() === 'throw') {
                throw new \LogicException('thrown');
            }
            return $response;
        }

        #[\MqttServer\Annotation\MQTTPublish(priority: -1)]
        public function after($request, $response)
        {
            echo "outside: {$request->getAttribute('mark', 'no mark')}\n";
            return $response;
        }

        #[\MqttServer\Annotation\MQTTClose]
        public function gone(\MqttServer\Packet $packet)
        {
            echo "closed\n";
        }

        #[\MqttServer\Annotation\MQTTDeliver]
        public function deliver(\MqttServer\Packet $packet, \MqttServer\Client $client)
        {
            if ($packet->getTopic() === 'plain') {
                echo 'delivered to ', $client->clientId(), "\n";
            }
        }
    }
}

namespace {
    scan(App\Handler::class);
    $container = application(['middlewares' => ['mqtt' => [App\Inner::class => -1, App\Outer::class]], 'mqtt' => ['logger' => new class {
        public function log($level, $text)
        {
            echo "log $level: ", preg_replace('~ in /.*~', '', $text), "\n";
        }
    }]]);
    $server = start($container);
    $host = new Host();
    $server->onReceive($host, 1, 0, connect('c', 5) . subscribe('#', 0, 5)
        . MqttServer\Codec::pack(['type' => 10, 'message_id' => 2, 'topics' => ['none']], 5) . "\xc0\x00");
    show5($host);
    foreach (['plain', 'answer', 'refuse', 'replace', 'topic', 'throw', 'break', 'close'] as $topic) {
        echo "--- $topic\n";
        $server->onReceive($host, 1, 0, publish($topic, 'x', 1, 5, 5));
        show5($host);
    }
    echo "--- twice\n";
    $server->onReceive($host, 2, 0, connect('d', 5) . publish('twice', 'x', 1, 5, 5) . "\xe0\x00");

    /** What client 1 got, decoded as 5.0. */
    function show5(Host $host): void
    {
        echo words($host->out[1] ?? '', 5), $host->closed ? ', closed' : '', "\n";
        $host->out = [];
    }

    $core = new MqttServer\Hyperf\CoreMiddleware();
    $line = new Hyperf\Dispatcher\Line([], $core, $container);
    foreach ([[new MqttServer\Message\Request(), $line], [new stdClass(), $line], [1, $line]] as $arguments) {
        error(fn () => $core->process(...$arguments));
    }
}
?>
--EXPECT--
before 1, behind 1
before 8, behind 8
before 10, behind 10
before 12, behind 12
CONNACK 00, SUBACK, UNSUBACK, PINGRESP
--- plain
before 3, by Outer -, behind 3
outside: no mark
delivered to c
PUBACK 5, PUBLISH plain=x
--- answer
before 3, behind 3
outside: no mark
PUBACK 5 87
--- refuse
before 3, behind 3
outside: no mark
PUBACK 5 97
--- replace
before 3, by Outer replaced, behind 3
outside: no mark
PUBACK 5, PUBLISH replace=x
--- topic
before 3, by Outer -, behind 3
outside: no mark
PUBACK 5, PUBLISH changed=x
--- throw
before 3, by Outer -, caught thrown, behind 3
outside: no mark
PUBACK 5 99
--- break
before 3, by Outer -, behind 3
log error: a middleware threw RuntimeException: broken
outside: no mark
PUBACK 5 83
--- close
before 3, behind 3
outside: no mark
closed
PUBACK 5 87, DISCONNECT 87, closed
--- twice
before 1, behind 1
before 3, by Outer -, The handlers of a packet are called once, while its middlewares run, behind 3
outside: no mark
before 14, behind 14
closed
Error: The handlers of a packet are called once, while its middlewares run
Error: The handlers of a packet are called once, while its middlewares run
TypeError: MqttServer\Hyperf\BaseCoreMiddleware::process(): Argument #1 ($request) must be of type object, int given
