--TEST--
Cycles through messages are collected, and what is still in use is not
--EXTENSIONS--
mqtt_server
--FILE--
<?php
use MqttServer\Codec;
use MqttServer\Message\{Request, Response, Stream};

class Node
{
    public $link;

    public function __destruct()
    {
        echo "gone\n";
    }
}

function cycle(callable $make): void
{
    $node = new Node();
    $node->link = $make($node);
}

gc_collect_cycles();
cycle(fn ($node) => Request::fromPacket(Codec::decode("\xc0\0"))->withAttribute('n', $node));
cycle(fn ($node) => (new Request())->withParsedBody($node)->withQueryParams([$node])->withCookieParams([$node]));
cycle(fn ($node) => (new Response())->withAttribute('n', $node)->withQos(1));
var_dump(gc_collect_cycles() >= 6);

$node = new Node();
$kept = (new Response())->withAttribute('n', $node)->withBody(new Stream('body'));
$copies = [$kept->withQos(1), $kept->withQos(2), clone $kept];
$node->link = $copies;
unset($node, $copies);
gc_collect_cycles();
var_dump($kept->getAttribute('n')->link[1]->getQos(), (string) $kept->getAttribute('n')->link[0]->getBody());
echo "end\n";
unset($kept);
var_dump(gc_collect_cycles() > 0);
?>
--EXPECT--
gone
gone
gone
bool(true)
int(2)
string(4) "body"
end
gone
bool(true)
