--TEST--
Every with… method of a request gives a changed copy and leaves the original alone
--EXTENSIONS--
mqtt_server
--FILE--
<?php
use MqttServer\Codec;
use MqttServer\Message\{Request, Stream, Uri};

function state(Request $r): string
{
    return json_encode([$r->getMethod(), (string) $r->getUri(), $r->getRequestTarget(), $r->getProtocolVersion(),
        $r->getHeaders(), (string) $r->getBody(), $r->getParsedBody(), $r->getAttributes(), $r->getCookieParams(),
        $r->getQueryParams(), count($r->getUploadedFiles()), $r->getServerParams()], JSON_UNESCAPED_SLASHES);
}

new Request(); // declares the interfaces
$file = new class implements Psr\Http\Message\UploadedFileInterface {
    public function getStream() {}
    public function moveTo(string $targetPath) {}
    public function getSize() {}
    public function getError() {}
    public function getClientFilename() {}
    public function getClientMediaType() {}
};
$make = fn () => Request::fromPacket(Codec::decode("\x30\x05\0\x01tab"));
foreach ([
    'withMethod' => ['GET'], 'withUri' => [new Uri('https://user@example.org:8443/p?q=1#f')], 'withRequestTarget' => ['*'],
    'withProtocolVersion' => ['2'], 'withHeader' => ['HOST', 'x'], 'withAddedHeader' => ['content-type', ['a', ' b ']],
    'withoutHeader' => ['Content-type'], 'withBody' => [new Stream('other')], 'withParsedBody' => [['x' => [1]]],
    'withAttribute' => ['fd', 9], 'withoutAttribute' => ['fd'], 'withCookieParams' => [['c' => 1]],
    'withQueryParams' => [['q' => 1]], 'withUploadedFiles' => [['f' => [$file]]],
] as $method => $arguments) {
    foreach ([$make(), $make()] as $i => $request) {
        $before = $i ? state($request) : state($make()); // once with all parts made, once with none
        $changed = $request->$method(...$arguments);
        $after = state($request);
        $differs = state($changed) !== $before && $changed !== $request && $changed instanceof Request;
        if ($after !== $before || !$differs) {
            echo "$method: original ", $after === $before ? 'kept' : 'changed', ', copy ', $differs ? 'differs' : 'equal', "\n";
        }
    }
}
$all = $make()->withUri(new Uri('https://user@example.org:8443/p?q=1#f'))->withAddedHeader('Content-Type', ['a', ' b ']);
echo json_encode($all->getHeaders(), JSON_UNESCAPED_SLASHES), ' ', $all->getRequestTarget(), "\n";
echo $all->withUri(new Uri('//other/'), true)->getHeaderLine('host'), "\n";
$copy = clone $all;
var_dump($copy == $all, $copy->getHeaders() === $all->getHeaders(), $copy->getPayload());
?>
--EXPECT--
{"Content-Type":["application/json","a","b"],"Host":["example.org:8443"]} /p?q=1
example.org:8443
bool(false)
bool(true)
string(2) "ab"
