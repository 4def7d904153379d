--TEST--
Attributes carry server, packet type and priority, may be repeated, and stand at classes and methods
--EXTENSIONS--
mqtt_server
--FILE--
<?php
use MqttServer\Annotation\{MQTTAuth, MQTTClose, MQTTConnect, MQTTDeliver, MQTTDisconnect, MQTTEvent, MQTTPingReq,
    MQTTPublish, MQTTSubscribe, MQTTUnsubscribe};

/* As they were derived from the classes of the Composer package: a default is changed. */
#[Attribute(Attribute::TARGET_CLASS | Attribute::TARGET_METHOD | Attribute::IS_REPEATABLE)]
class Important extends Hyperf\MqttServer\Annotation\MQTTPublish
{
    public $server = 'iot';

    public $priority = 100;
}

#[MQTTConnect] #[MQTTPublish('other', priority: 5)] #[MQTTPublish(priority: -1)] #[MQTTSubscribe] #[MQTTUnsubscribe]
#[MQTTPingReq] #[MQTTDisconnect] #[MQTTAuth] #[MQTTClose] #[MQTTDeliver] #[MQTTEvent(type: 9)] #[MQTTConnect(type: 2)]
class Handler
{
    #[MQTTPublish(server: 'tls')]
    #[Important]
    #[Important(priority: 0)]
    public function onPublish() {}
}

$class = new ReflectionClass(Handler::class);
foreach ([...$class->getAttributes(), ...$class->getMethod('onPublish')->getAttributes()] as $attribute) {
    $event = $attribute->newInstance();
    printf("%s server=%s type=%d priority=%d\n", $attribute->getName(), $event->server, $event->type, $event->priority);
    if (!$event instanceof MQTTEvent) {
        echo "no MQTTEvent\n";
    }
    if (unserialize(serialize($event)) != $event) {
        echo "changed by serialization\n";
    }
}
$flags = (new ReflectionClass(MQTTAuth::class))->getAttributes()[0]->newInstance()->flags;
var_dump($flags === (Attribute::TARGET_CLASS | Attribute::TARGET_METHOD | Attribute::IS_REPEATABLE));
?>
--EXPECT--
MqttServer\Annotation\MQTTConnect server=mqtt type=1 priority=0
MqttServer\Annotation\MQTTPublish server=other type=3 priority=5
MqttServer\Annotation\MQTTPublish server=mqtt type=3 priority=-1
MqttServer\Annotation\MQTTSubscribe server=mqtt type=8 priority=0
MqttServer\Annotation\MQTTUnsubscribe server=mqtt type=10 priority=0
MqttServer\Annotation\MQTTPingReq server=mqtt type=12 priority=0
MqttServer\Annotation\MQTTDisconnect server=mqtt type=14 priority=0
MqttServer\Annotation\MQTTAuth server=mqtt type=15 priority=0
MqttServer\Annotation\MQTTClose server=mqtt type=0 priority=0
MqttServer\Annotation\MQTTDeliver server=mqtt type=16 priority=0
MqttServer\Annotation\MQTTEvent server=mqtt type=9 priority=0
MqttServer\Annotation\MQTTConnect server=mqtt type=2 priority=0
MqttServer\Annotation\MQTTPublish server=tls type=3 priority=0
Important server=iot type=3 priority=100
Important server=iot type=3 priority=0
bool(true)
