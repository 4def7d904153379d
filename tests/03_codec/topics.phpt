--TEST--
Topic filters: repeated and numeric ones are kept, and lists are taken as well as maps
--EXTENSIONS--
mqtt_server
--FILE--
<?php
use MqttServer\Codec;

function both(mixed $topics, string $key = 'topics'): void
{
    foreach ([4, 5] as $level) {
        $packet = ['type' => 8, 'message_id' => 1, $key => $topics];
        $array = Codec::unpack(Codec::pack($packet, $level), $level);
        unset($array['type'], $array['message_id']);
        echo $level, ' ', json_encode($array), "\n";
        $again = Codec::pack(['type' => 8, 'message_id' => 1] + $array, $level);
        if ($again !== Codec::pack($packet, $level)) {
            echo "packs differently again\n";
        }
    }
}

both(['a/b' => 1, '#' => 0]);
both(['a' => ['qos' => 2, 'no_local' => true, 'retain_as_published' => 1, 'retain_handling' => 2]]);
both(['7' => 1]);
both(['a', 'b/+']);
both([['filter' => 'a', 'qos' => 1], ['filter' => 'a', 'qos' => 2]]);
both([['filter' => '7', 'qos' => 1], 'x'], 'topic_list');
echo json_encode(Codec::unpack(Codec::pack(['type' => 10, 'message_id' => 1, 'topics' => ['a', '7', 'a']]))), "\n";

// Below MQTT 5 "$share" is a level as any other.
$odd = ['type' => 8, 'message_id' => 1, 'topics' => ['$share/g' => 1]];
echo json_encode(Codec::unpack(Codec::pack($odd))['topics'], JSON_UNESCAPED_SLASHES), "\n";
try {
    Codec::pack($odd, 5);
} catch (ValueError $e) {
    echo $e->getMessage(), "\n";
}
?>
--EXPECT--
4 {"topics":{"a\/b":1,"#":0}}
5 {"topics":{"a\/b":{"qos":1,"no_local":false,"retain_as_published":false,"retain_handling":0},"#":{"qos":0,"no_local":false,"retain_as_published":false,"retain_handling":0}}}
4 {"topics":{"a":2}}
5 {"topics":{"a":{"qos":2,"no_local":true,"retain_as_published":true,"retain_handling":2}}}
4 {"topics":{"7":1},"topic_list":[{"filter":"7","qos":1}]}
5 {"topics":{"7":{"qos":1,"no_local":false,"retain_as_published":false,"retain_handling":0}},"topic_list":[{"filter":"7","qos":1,"no_local":false,"retain_as_published":false,"retain_handling":0}]}
4 {"topics":{"a":0,"b\/+":0}}
5 {"topics":{"a":{"qos":0,"no_local":false,"retain_as_published":false,"retain_handling":0},"b\/+":{"qos":0,"no_local":false,"retain_as_published":false,"retain_handling":0}}}
4 {"topics":{"a":2},"topic_list":[{"filter":"a","qos":1},{"filter":"a","qos":2}]}
5 {"topics":{"a":{"qos":2,"no_local":false,"retain_as_published":false,"retain_handling":0}},"topic_list":[{"filter":"a","qos":1,"no_local":false,"retain_as_published":false,"retain_handling":0},{"filter":"a","qos":2,"no_local":false,"retain_as_published":false,"retain_handling":0}]}
4 {"topics":{"7":1,"x":0},"topic_list":[{"filter":"7","qos":1},{"filter":"x","qos":0}]}
5 {"topics":{"7":{"qos":1,"no_local":false,"retain_as_published":false,"retain_handling":0},"x":{"qos":0,"no_local":false,"retain_as_published":false,"retain_handling":0}},"topic_list":[{"filter":"7","qos":1,"no_local":false,"retain_as_published":false,"retain_handling":0},{"filter":"x","qos":0,"no_local":false,"retain_as_published":false,"retain_handling":0}]}
{"type":10,"message_id":1,"topics":["a","7","a"]}
{"$share/g":1}
packet["topics"]["$share/g"] must be a valid topic filter
