--TEST--
What a handler throws goes to the exception handlers of the configuration; the packet is refused in any case
--EXTENSIONS--
mqtt_server
--FILE--
<?php
namespace {
    require __DIR__ . '/hyperf.inc';
}

namespace App {
    use Hyperf\ExceptionHandler\ExceptionHandler;
    use MqttServer\Packet;
    use Psr\Http\Message\ResponseInterface;

    class Handler
    {
        #[\MqttServer\Annotation\MQTTPublish]
        public function publish(Packet $packet)
        {
            throw new \LogicException($packet->getTopic());
        }
    }

    class First extends ExceptionHandler
    {
        public function handle(\Throwable $throwable, ResponseInterface $response)
        {
            echo "First got {$throwable->getMessage()}\n";
            switch ($throwable->getMessage()) {
                case 'quota':
                    return $response->withReasonCode(0x97);
                case 'fine':
                    return $response->withReasonCode(0);
                case 'worse':
                    throw new \DomainException('worse');
                case 'nothing':
                    return null;
                case 'stop':
                    $this->stopPropagation();
            }
            return $response;
        }

        public function isValid(\Throwable $throwable): bool
        {
            return $throwable->getMessage() !== 'second';
        }
    }

    class Second extends ExceptionHandler
    {
        public function handle(\Throwable $throwable, ResponseInterface $response)
        {
            echo "Second got {$throwable->getMessage()}\n";
            return $response;
        }

        public function isValid(\Throwable $throwable): bool
        {
            return in_array($throwable->getMessage(), ['second', 'stop'], true);
        }
    }
}

namespace {
    use Hyperf\MqttServer\Exception\Handler\MqttExceptionHandler;

    scan(App\Handler::class);
    $line = fn ($level, $text) => print("log $level: " . preg_replace('~ in /.*~', '', $text) . "\n");
    foreach ([[App\First::class, App\Second::class], [MqttExceptionHandler::class], []] as $handlers) {
        echo '--- ', implode(' ', $handlers), "\n";
        application(['exceptions' => ['handler' => ['mqtt' => $handlers]]]);
        $server = new MqttServer\Server(['logger' => $line, 'log_level' => 'warning']);
        $server->setServerName('mqtt');
        $host = new Host();
        $server->onReceive($host, 1, 0, connect('c', 5));
        foreach ($handlers && count($handlers) > 1 ? ['quota', 'fine', 'second', 'stop', 'worse', 'nothing'] : ['x'] as $topic) {
            $host->out = [];
            $server->onReceive($host, 1, 0, publish($topic, '', 1, 3, 5));
            echo "$topic: ", words($host->out[1] ?? '', 5), $host->closed ? ', closed' : '', "\n";
        }
        echo $server->stats()['handler_errors'], " errors\n";
    }
}
?>
--EXPECT--
--- App\First App\Second
First got quota
quota: PUBACK 3 97
First got fine
fine: PUBACK 3 83
Second got second
second: PUBACK 3 83
First got stop
stop: PUBACK 3 83
First got worse
log error: an exception handler threw DomainException: worse
log error: handler App\Handler::publish threw LogicException: worse
worse: PUBACK 3 83
First got nothing
log error: handler App\Handler::publish threw LogicException: nothing
nothing: PUBACK 3 83
7 errors
--- Hyperf\MqttServer\Exception\Handler\MqttExceptionHandler
stdout warning: LogicException: x
x: PUBACK 3 83, DISCONNECT 83, closed
1 errors
--- 
log error: handler App\Handler::publish threw LogicException: x
x: PUBACK 3 83
1 errors
