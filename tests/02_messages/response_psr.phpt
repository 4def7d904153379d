--TEST--
A response is a PSR-7 response with attributes of its own
--EXTENSIONS--
mqtt_server
--FILE--
<?php
use MqttServer\Message\{Response, Stream};

$response = new Response();
var_dump($response instanceof Psr\Http\Message\ResponseInterface, $response instanceof Hyperf\HttpMessage\Server\Response);
echo $response->getStatusCode(), ' ', $response->getReasonPhrase(), ' ', json_encode($response->getHeaders()), "\n";
var_dump((string) $response->getBody(), $response->getAttributes());
$other = $response->withStatus(404)->withHeader('A', '1')->withAddedHeader('a', '2')->withBody(new Stream('body'))
    ->withAttribute('closed', 'yes')->withAttribute('7', [1]);
echo $other->getStatusCode(), ' ', $other->getReasonPhrase(), ' ', $other->getHeaderLine('a'), ' ', $other->getBody(), ' ',
    json_encode($other->getAttributes()), "\n";
var_dump($other->isClosed(), $other->getAttribute('closed'), $other->getAttribute('7'), $other->getAttribute('no', 5));
var_dump($other->withoutAttribute('closed')->isClosed(), $response->getStatusCode(), (string) $response->getBody());
echo (new Response(201, ['X' => ['a', 'b'], '5' => 'n'], 'text', '1.0', 'Made'))->getReasonPhrase(), "\n";

class Special extends Response
{
    public array $more = [];
}
$special = (new Special())->withQos(1);
$special->more[] = $special;
var_dump(get_class($special->withTopic('a')), count($special->withQos(2)->more), $special->getQos());
unset($special);
var_dump(gc_collect_cycles() > 0);
?>
--EXPECT--
bool(true)
bool(true)
200 OK []
string(0) ""
array(0) {
}
404 Not Found 1, 2 body {"closed":"yes","7":[1]}
bool(true)
string(3) "yes"
array(1) {
  [0]=>
  int(1)
}
int(5)
bool(false)
int(200)
string(0) ""
Made
string(7) "Special"
int(1)
int(1)
bool(true)
