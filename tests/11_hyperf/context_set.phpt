--TEST--
While handlers run the context has the very request and response that the first of them gets
--EXTENSIONS--
mqtt_server
--FILE--
<?php
namespace {
    require __DIR__ . '/hyperf.inc';
}

namespace App {
    use Hyperf\Context\Context;
    use MqttServer\Annotation\MQTTConnect;
    use MqttServer\Annotation\MQTTPublish;
    use Psr\Http\Message\ResponseInterface;
    use Psr\Http\Message\ServerRequestInterface;

    class Handler
    {
        public static array $kept = [];

        #[MQTTConnect(priority: 2)]
        #[MQTTPublish(priority: 2)]
        public function first(ServerRequestInterface $request, $response)
        {
            var_dump(Context::get(ServerRequestInterface::class) === $request,
                Context::get(ResponseInterface::class) === $response,
                $response->getAttribute('server') instanceof \Host, $response->getAttribute('fd'),
                $request->getAttribute('fd'), $request->getAttribute('reactorId'));
            self::$kept[] = Context::get(ServerRequestInterface::class);
            return $response->withAttribute('changed', true);
        }

        #[MQTTConnect(priority: 1)]
        public function second(ServerRequestInterface $request, $response)
        {
            var_dump(Context::get(ServerRequestInterface::class) === $request,
                Context::get(ResponseInterface::class) === $response);
            return $response;
        }
    }
}

namespace {
    scan(App\Handler::class);
    $server = start(application());
    $host = new Host();
    $server->onReceive($host, 7, 2, connect('c'));
    $server->onReceive($host, 7, 2, publish('t', 'kept') . publish('u', 'too'));
    $server->onClose($host, 7);
    unset($server);
    foreach (App\Handler::$kept as $request) {
        echo json_encode($request->getParsedBody()), "\n";
    }
    App\Handler::$kept = [];
}
?>
--EXPECT--
bool(true)
bool(true)
bool(true)
int(7)
int(7)
int(2)
bool(true)
bool(false)
bool(true)
bool(true)
bool(true)
int(7)
int(7)
int(2)
bool(true)
bool(true)
bool(true)
int(7)
int(7)
int(2)
{"type":1,"protocol_name":"MQTT","protocol_level":4,"clean_session":1,"user_name":"","password":"","keep_alive":60,"client_id":"c"}
{"type":3,"dup":0,"qos":0,"retain":0,"topic":"t","message":"kept"}
{"type":3,"dup":0,"qos":0,"retain":0,"topic":"u","message":"too"}
