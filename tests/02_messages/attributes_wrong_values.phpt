--TEST--
An attribute refuses a missing or impossible packet type, a wrong type of value and a wrong place
--EXTENSIONS--
mqtt_server
--FILE--
<?php
declare(strict_types=1);

use MqttServer\Annotation\{MQTTConnect, MQTTEvent};

class Handler
{
    #[MQTTConnect]
    public int $property = 0;
}

foreach ([
    fn () => new MQTTEvent(),
    fn () => new MQTTEvent(type: 17),
    fn () => new MQTTConnect(type: -3),
    fn () => new MQTTConnect(priority: '1'),
    fn () => (new ReflectionProperty(Handler::class, 'property'))->getAttributes()[0]->newInstance(),
] as $make) {
    try {
        $make();
        echo "accepted\n";
    } catch (Error $error) {
        echo get_class($error), ': ', preg_replace('/, called in .*/', '', $error->getMessage()), "\n";
    }
}
?>
--EXPECT--
ValueError: MqttServer\Annotation\MQTTEvent::__construct(): Argument #2 ($type) must be given: a packet type from 1 to 15, 0 for the end of a connection, or 16 for deliveries
ValueError: MqttServer\Annotation\MQTTEvent::__construct(): Argument #2 ($type) must be a packet type from 1 to 15, 0 for the end of a connection, or 16 for deliveries
ValueError: MqttServer\Annotation\MQTTConnect::__construct(): Argument #2 ($type) must be a packet type from 1 to 15, 0 for the end of a connection, or 16 for deliveries
TypeError: MqttServer\Annotation\MQTTEvent::__construct(): Argument #3 ($priority) must be of type ?int, string given
Error: Attribute "MqttServer\Annotation\MQTTConnect" cannot target property (allowed targets: class, method)
