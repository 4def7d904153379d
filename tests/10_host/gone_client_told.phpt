--TEST--
With coroutines, handlers of DISCONNECT and of the end of a connection are still told who it was
--EXTENSIONS--
mqtt_server
--SKIPIF--
<?php if (extension_loaded('swoole')) die('skip: stands in for its classes'); ?>
--FILE--
<?php
namespace Swoole {
    /* Enough of coroutines: what is created runs later, when the test says so. */
    class Coroutine
    {
        public static array $later = [];

        public static function create(callable $function, ...$arguments): int
        {
            self::$later[] = fn () => $function(...$arguments);
            return 2;
        }

        public static function getCid(): int
        {
            return 1;
        }

        public static function run(): void
        {
            while (self::$later) {
                array_shift(self::$later)();
            }
        }
    }
}

namespace {
    require __DIR__ . '/host.inc';

    use Psr\Http\Message\ServerRequestInterface;
    use Swoole\Coroutine;

    class Numbered extends Host
    {
        public function getClientInfo(int $fd): array
        {
            return ['remote_ip' => '192.0.2.7', 'remote_port' => 1000 + $fd, 'connect_time' => 1];
        }
    }

    class Watcher
    {
        #[MqttServer\Annotation\MQTTDisconnect]
        #[MqttServer\Annotation\MQTTClose]
        public function tell(ServerRequestInterface $request, $response)
        {
            foreach (['client_id', 'username', 'peer', Simps\MQTT\Protocol\ProtocolInterface::class] as $name) {
                echo json_encode($request->getAttribute($name), JSON_UNESCAPED_SLASHES), ' ';
            }
            $client = $request->getClient();
            echo $client->keepAlive(), ' ', var_export($client->isConnected(), true), ' ', $client->get('kept'), "\n";
            return $response;
        }
    }

    $mqtt = mqtt(['handlers' => [Watcher::class]]);
    $mqtt->on('connect', fn ($packet, $client) => $client->set('kept', $client->clientId()) && true);
    $host = new Numbered();
    $kept = null;
    $mqtt->on('close', function ($packet, $client) use (&$kept) {
        $kept = $client;
    });

    $more = ['user_name' => 'ann', 'password' => 'x'];
    $mqtt->onReceive($host, 7, 0, connect('a', 4, $more));
    $mqtt->onReceive($host, 8, 0, connect('b'));
    Coroutine::run();
    echo "DISCONNECT:\n";
    $mqtt->onReceive($host, 7, 0, MqttServer\Codec::pack(['type' => 14]));
    $mqtt->onClose($host, 7, 0);
    echo "nothing yet\n";
    Coroutine::run();
    echo "broken:\n";
    $mqtt->onClose($host, 8, 0);
    Coroutine::run();
    var_dump($kept->username(), $kept->peer(), $kept->protocolLevel());
}
?>
--EXPECT--
DISCONNECT:
nothing yet
"a" "ann" "192.0.2.7:1007" 4 60 false a
"a" "ann" "192.0.2.7:1007" 4 60 false a
broken:
"b" null "192.0.2.7:1008" 4 60 false b
NULL
string(14) "192.0.2.7:1008"
int(4)
