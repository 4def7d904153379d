--TEST--
Handlers run by priority, then in order of registration; negative ones behind the action
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
use MqttServer\Annotation\{MQTTConnect, MQTTEvent, MQTTPublish};
use MqttServer\{Client, Packet};

function seen(string $name, ?Client $client = null): void
{
    global $server;
    echo $name, $client ? ' connected=' . var_export($client->isConnected(), true) : '', "\n";
}

#[MQTTConnect(priority: 5)]
#[MQTTConnect(priority: -3)]
class First
{
    private int $calls = 0;
    public function handle(Packet $packet, Client $client) { seen('First ' . ++$this->calls, $client); }
    #[MQTTConnect]
    public function zero() { seen('First::zero ' . ++$this->calls); }
    #[MQTTConnect('other')]
    public function other() { seen('never: another server'); }
    #[MQTTConnect(server: 'other', priority: 100)]
    private function hidden() { }
}

class MyConnect extends MQTTEvent
{
    public function __construct(int $priority = 7) { parent::__construct('mqtt', 1, $priority); }
}

class Second
{
    const HIGH = 9;
    #[MQTTConnect(priority: self::HIGH)]
    public function high() { seen('Second::high'); }
    #[MyConnect]
    public function own() { seen('Second::own'); }
    #[MyConnect(-1)]
    public function behind(Packet $packet, Client $client) { seen('Second::behind', $client); }
    #[MQTTEvent(type: 3)]
    public function publish(Packet $packet) { seen('Second::publish ' . $packet->getTopic()); }
}
PHP . <<<'PHP'

$server->on('connect', fn () => seen('closure 0'));
try {
    $server->addHandler(First::class);
} catch (MqttServer\Exception\HandlerException $error) {
    echo 'refused: ', strtok($error->getMessage(), ';'), "\n";
}
$server->addHandlers([Second::class, new Second]);
$server->addHandler('second');
$server->on('connect', fn () => seen('closure 8'), 8);
PHP);
$client = MqsClient::connect($server, 'c');
$client->publish('a/b', 'x', 1);
$client->disconnect();
$server->stop();
echo $server->said();
?>
--EXPECT--
refused: Method First::hidden() cannot be a handler: it is not public
Second::high
Second::high
closure 8
Second::own
Second::own
First 1 connected=false
closure 0
First::zero 2
Second::behind connected=true
Second::behind connected=true
First 3 connected=true
Second::publish a/b
Second::publish a/b
start() returned
