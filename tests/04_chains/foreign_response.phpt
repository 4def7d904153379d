--TEST--
A response of another library is taken by its body and its attributes; anything else that is returned refuses
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
use MqttServer\Annotation\MQTTConnect;
use Psr\Http\Message\{ResponseInterface, ServerRequestInterface};

/* The fallback interfaces are declared with the first message. */
new MqttServer\Message\Response();

class Foreign implements ResponseInterface
{
    public function __construct(private $body, private array $attributes = [])
    {
    }
    public function getAttribute($name, $default = null) { return $this->attributes[$name] ?? $default; }
    public function getBody(): Psr\Http\Message\StreamInterface { return new MqttServer\Message\Stream($this->body); }
    public function getProtocolVersion(): string { return '1.1'; }
    public function withProtocolVersion($version): static { return $this; }
    public function getHeaders(): array { return []; }
    public function hasHeader($name): bool { return false; }
    public function getHeader($name): array { return []; }
    public function getHeaderLine($name): string { return ''; }
    public function withHeader($name, $value): static { return $this; }
    public function withAddedHeader($name, $value): static { return $this; }
    public function withoutHeader($name): static { return $this; }
    public function withBody(Psr\Http\Message\StreamInterface $body): static { return $this; }
    public function getStatusCode(): int { return 200; }
    public function withStatus($code, $reasonPhrase = ''): static { return $this; }
    public function getReasonPhrase(): string { return ''; }
}

class Handler
{
    #[MQTTConnect(priority: 2)]
    public function first(ServerRequestInterface $request, ResponseInterface $response)
    {
        return match ($request->getParsedBody()['client_id']) {
            'deny' => new Foreign("\x20\x02\x00\x05"),
            'stop' => new Foreign('', ['stopped' => true]),
            'close' => new Foreign('', ['closed' => true]),
            'throws' => new Foreign(new DateTime()),
            'null' => null,
            'true' => true,
            'object' => new stdClass(),
            default => $response,
        };
    }
    #[MQTTConnect(priority: 1)]
    public function second(ServerRequestInterface $request, ResponseInterface $response)
    {
        echo 'second: ', $request->getParsedBody()['client_id'], ' ', get_class($response), "\n";
        return $response;
    }
}
$server->addHandler(new Handler());
PHP);
foreach (['deny', 'stop', 'close', 'throws', 'null', 'true', 'object', 'fine'] as $id) {
    $client = MqsClient::connect($server, $id);
    echo "$id: {$client->connack['code']}", in_array($id, ['stop', 'fine']) ? '' : ' ' . json_encode($client->receive()), "\n";
}
$server->stop();
echo $server->said();
?>
--EXPECT--
deny: 5 null
stop: 0
close: 0 null
throws: 3 null
null: 3 null
true: 3 null
object: 3 null
fine: 0
second: deny Foreign
second: close Foreign
second: throws Foreign
[ERROR] handler Handler::second threw InvalidArgumentException: MqttServer\Message\BaseStream::__construct(): Argument #1 ($content) must be a string or an open stream resource in server.php:16 (client "throws")
[ERROR] handler Handler::first threw TypeError: Return value must be a response (Psr\Http\Message\ResponseInterface), null returned in server.php:56 (client "null")
[ERROR] handler Handler::first threw TypeError: Return value must be a response (Psr\Http\Message\ResponseInterface), bool returned in server.php:56 (client "true")
[ERROR] handler Handler::first threw TypeError: Return value must be a response (Psr\Http\Message\ResponseInterface), stdClass returned in server.php:56 (client "object")
second: fine MqttServer\Message\Response
start() returned
