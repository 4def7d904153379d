--TEST--
A handler class whose constructor adds others while the server runs is made once
--EXTENSIONS--
mqtt_server
--FILE--
<?php
use MqttServer\Annotation\{MQTTConnect, MQTTPublish};

class First
{
    public function __construct()
    {
        echo "new First\n";
        $GLOBALS['server']->addHandler(Second::class);
    }
    #[MQTTConnect]
    public function connect()
    {
    }
    #[MQTTPublish]
    public function publish()
    {
    }
}
class Second
{
    public function __construct()
    {
        echo "new Second\n";
        $GLOBALS['server']->addHandler(First::class);
    }
    #[MQTTPublish]
    public function publish()
    {
    }
}
$server = new MqttServer\Server(['host' => '127.0.0.1', 'port' => 0, 'log_level' => 'warning', 'slow_handler_ms' => 0]);
$server->after(0.0, function () use ($server) {
    $server->addHandler(First::class);
    echo "added\n";
    $server->stop();
});
$server->start();
echo "done\n";
?>
--EXPECT--
new First
new Second
added
done
