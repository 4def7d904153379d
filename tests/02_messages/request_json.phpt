--TEST--
The body of a request is the packet as JSON: characters as they are, slashes escaped, invalid UTF-8 replaced
--EXTENSIONS--
mqtt_server
--FILE--
<?php
use MqttServer\Codec;
use MqttServer\Message\Request;

function show(string $bytes, int $level = 4): void
{
    $request = Request::fromPacket(Codec::decode($bytes, $level));
    echo $request->getBody(), "\n";
    if ($request->getParsedBody() !== Codec::unpack($bytes, $level)) {
        echo "the parsed body differs\n";
    }
}

show(Codec::pack(['type' => 3, 'topic' => "h\u{e4}user/\u{4e2d}", 'message' => "a/b \"q\" \\ \n \u{1f600} <&'>"]));
show(Codec::pack(['type' => 3, 'topic' => 't', 'message' => "\xff\x00\xc3("]));
show(Codec::pack(['type' => 8, 'message_id' => 5, 'topics' => ['a/#' => 1, 'b' => 0]]));
show(Codec::pack(['type' => 8, 'message_id' => 5, 'topics' => ['a/#' => ['qos' => 1, 'no_local' => true,
    'retain_as_published' => false, 'retain_handling' => 2]]], 5), 5);
show("\xc0\0");
show("\xe0\0", 5);

$request = Request::fromPacket(Codec::decode("\x30\x05\0\x01t\xff\0"));
var_dump(bin2hex($request->getPayload()), bin2hex($request->getParsedBody()['message']));
var_dump($request->getBody() === $request->getBody(), $request->getBody()->getSize());
var_dump((string) $request->withParsedBody(['other' => 1])->getBody() === (string) $request->getBody());
?>
--EXPECT--
{"type":3,"dup":0,"qos":0,"retain":0,"topic":"häuser\/中","message":"a\/b \"q\" \\ \n 😀 <&'>"}
{"type":3,"dup":0,"qos":0,"retain":0,"topic":"t","message":"�\u0000�("}
{"type":8,"message_id":5,"topics":{"a\/#":1,"b":0}}
{"type":8,"message_id":5,"topics":{"a\/#":{"qos":1,"no_local":true,"retain_as_published":false,"retain_handling":2}}}
{"type":12}
{"type":14,"code":0}
string(4) "ff00"
string(4) "ff00"
bool(true)
int(71)
bool(true)
