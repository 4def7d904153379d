--TEST--
concurrency of #[MQTTPublish]: what it may be, and that the least of all handlers counts
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

use MqttServer\Annotation\{MQTTConnect, MQTTEvent, MQTTPublish};

class Zero { #[MQTTPublish(concurrency: 0)] public function go() {} }
class Negative { #[MQTTPublish(priority: 1, concurrency: -3)] public function go() {} }
class Text { #[MQTTPublish(concurrency: 'many')] public function go() {} }
class NoSuch { #[MQTTConnect(concurrency: 2)] public function go() {} }
class Old { #[Hyperf\MqttServer\Annotation\MQTTPublish('mqtt', null, null, 0)] public function go() {} }

#[Attribute(Attribute::TARGET_ALL)]
class Derived extends MQTTPublish { public $concurrency = 16; }
#[Attribute(Attribute::TARGET_ALL)]
class Wrong extends MQTTEvent { public $type = 3; public $concurrency = '7'; }
#[Attribute(Attribute::TARGET_ALL)]
class None extends MQTTEvent { public $type = 3; public $concurrency = 0; }
#[Attribute(Attribute::TARGET_ALL)]
class Elsewhere extends MQTTEvent { public $type = 1; public $concurrency = 'means something else'; }

class UsesWrong { #[Wrong] public function go() {} }
class UsesNone { #[None] public function go() {} }

foreach ([Zero::class, Negative::class, Text::class, NoSuch::class, Old::class, UsesWrong::class, UsesNone::class] as $class) {
    try {
        (new MqttServer\Server())->addHandler($class);
        echo "$class is taken\n";
    } catch (MqttServer\Exception\HandlerException $e) {
        echo $e->getMessage(), "\n";
    }
}
foreach ([new MQTTPublish(), new MQTTPublish('x', 3, 5, 7), new Derived(), new Derived(concurrency: 2)] as $attribute) {
    $copy = unserialize(serialize($attribute));
    echo "$attribute->server $attribute->type $attribute->priority $copy->concurrency\n";
}

/* How many begin of five that wait? */
$code = <<<'PHP'
use MqttServer\Annotation\{MQTTEvent, MQTTPublish};
use MqttServer\{Packet, Client};
#[Attribute(Attribute::TARGET_ALL)]
class Derived extends MQTTPublish { public $concurrency = 16; }
#[Attribute(Attribute::TARGET_ALL)]
class Elsewhere extends MQTTEvent { public $type = 1; public $concurrency = 'means something else'; }
abstract class Waits
{
    protected function wait(Packet $packet)
    {
        if ($packet->getTopic() === 'say') {
            echo "$GLOBALS[begun] have begun\n";
            return;
        }
        $GLOBALS['begun']++;
        MqttServer\Async\delay(3600);
    }
}
class Four extends Waits { #[MQTTPublish(concurrency: 4)] #[Elsewhere] public function go(Packet $packet, Client $client) { if ($packet->getType() === 3) $this->wait($packet); } }
class Many extends Waits { #[Derived] public function go(Packet $packet, Client $client) { $this->wait($packet); } }
class Three { #[MQTTPublish(concurrency: 3, priority: -5)] public function go(Packet $packet, Client $client) { } }
class Two { #[MQTTPublish(concurrency: 2, server: 'other')] public function go(Packet $packet, Client $client) { } }
class Event extends Waits { #[MQTTEvent(type: 3)] public function go(Packet $packet, Client $client) { $this->wait($packet); } }
PHP;
foreach ([
    'Four' => '$server->addHandlers([Four::class]);',
    'Derived' => '$server->addHandlers([Many::class]);',
    'Four and Derived' => '$server->addHandlers([Four::class, Many::class]);',
    'Four and Three behind the action' => '$server->addHandlers([Four::class, Three::class]);',
    'Four, and Two of another server' => '$server->addHandlers([Four::class, Two::class]);',
    'an event that says nothing' => '$server->addHandler(Event::class);',
    'Four and a closure' => '$server->addHandler(Four::class); $server->on("publish", fn () => true);',
] as $what => $handlers) {
    $server = new MqsServer("$code\n\$begun = 0;\n$handlers", '["shutdown_grace_ms" => 1]');
    $client = MqsClient::connect($server, 'a');
    for ($i = 0; $i < 5; $i++) {
        $client->publish("t/$i", '');
    }
    $client->ping();
    MqsClient::connect($server, 'b')->publish('say', '');
    echo "$what: ", $server->expect('/^(\d+) have begun/')[1], "\n";
    $server->stop();
}
?>
--EXPECT--
Attribute MqttServer\Annotation\MQTTPublish on method Zero::go() cannot be made: MqttServer\Annotation\MQTTPublish::__construct(): Argument #4 ($concurrency) must be at least 1
Attribute MqttServer\Annotation\MQTTPublish on method Negative::go() cannot be made: MqttServer\Annotation\MQTTPublish::__construct(): Argument #4 ($concurrency) must be at least 1
Attribute MqttServer\Annotation\MQTTPublish on method Text::go() cannot be made: MqttServer\Annotation\MQTTPublish::__construct(): Argument #4 ($concurrency) must be of type ?int, string given
Attribute MqttServer\Annotation\MQTTConnect on method NoSuch::go() cannot be made: Unknown named parameter $concurrency
Attribute MqttServer\Annotation\MQTTPublish on method Old::go() cannot be made: MqttServer\Annotation\MQTTPublish::__construct(): Argument #4 ($concurrency) must be at least 1
Attribute Wrong on method UsesWrong::go() must have an int $concurrency of at least 1
Attribute None on method UsesNone::go() must have an int $concurrency of at least 1
mqtt 3 0 1
x 3 5 7
mqtt 3 0 16
mqtt 3 0 2
Four: 4
Derived: 5
Four and Derived: 4
Four and Three behind the action: 3
Four, and Two of another server: 4
an event that says nothing: 1
Four and a closure: 1
