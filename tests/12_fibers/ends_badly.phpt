--TEST--
What ends badly after it has waited: exceptions, exit(), nonsense, nested fibers
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$code = <<<'PHP'
use function MqttServer\Async\delay;
class Noisy
{
    public function __construct(private string $name) {}
    public function __destruct() { echo "released {$this->name}\n"; }
}
$server->on('publish', function ($packet) {
    $topic = $packet->getTopic();
    $noisy = new Noisy($topic);
    if (str_starts_with($topic, 'nested ')) {
        $fiber = new Fiber(function () use ($topic) {
            Fiber::suspend();
            eval('return ' . substr($topic, 7) . ';');
        });
        $fiber->start();
        delay(0.001);
        return $fiber->resume();
    }
    delay(0.001);
    return eval("return $topic;");
});
register_shutdown_function(fn () => print("shutdown function\n"));
PHP;
$server = new MqsServer($code);
foreach (['throw new DomainException("after waiting")', 'exit(5)', '"nonsense"', 'false', 'nested throw new DomainException("inside")', 'nested exit(5)',
    'undefined_function()'] as $topic) {
    $client = MqsClient::connect($server, 'a', 5);
    echo dechex($client->publish($topic, '', 1)['code']), "\n";
    $client->disconnect();
}
$server->stop();
echo $server->said(), "\n";

?>
--EXPECT--
83
83
83
87
83
83
83
released throw new DomainException("after waiting")
[ERROR] handler closure at server.php:10 threw DomainException: after waiting in server.php(23) : eval()'d code:1 (client "a")
released exit(5)
[ERROR] handler closure at server.php:10 called exit() (client "a")
released "nonsense"
[ERROR] handler closure at server.php:10 threw TypeError: Return value must be null, bool, int or a response, string returned in server.php:26 (client "a")
released false
released nested throw new DomainException("inside")
[ERROR] handler closure at server.php:10 threw DomainException: inside in server.php(16) : eval()'d code:1 (client "a")
released nested exit(5)
[ERROR] handler closure at server.php:10 called exit() (client "a")
released undefined_function()
[ERROR] handler closure at server.php:10 threw Error: Call to undefined function undefined_function() in server.php(23) : eval()'d code:1 (client "a")
start() returned
shutdown function
