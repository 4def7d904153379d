--TEST--
Values kept with a client live until its connection is closed, also when it never was accepted
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
class Value
{
    public function __construct(public string $of) {}
    public function __destruct() { echo "released {$this->of}\n"; $this->of === 'throws' && throw new Exception('in a destructor'); }
}
class Setter
{
    public function __construct(private $client) {}
    public function __destruct()
    {
        for ($i = 0; $i < 100; $i++) {
            $this->client->set("more$i", $i);
        }
    }
}
$server->on('connect', function ($packet, $client) {
    $id = $client->clientId();
    $client->set('value', new Value($id))->set('n', 1)->set('5', 'numeric');
    return !str_starts_with($id, 'refused');
});
$server->on('publish', function ($packet, $client) {
    $client->set('n', $client->get('n') + 1);
    echo $client->get('value')->of, ' ', $client->get('n'), ' ', var_export([$client->has('n'), $client->has('none'), $client->get('none'),
        $client->get('none', 'x'), $client->get('5'), $client->remove('5')->has('5')], true) === var_export([true, false, null, 'x', 'numeric', false], true) ? 'as it should' : 'wrong', "\n";
    $client->set('5', 'numeric');
    /* A destructor that sets values makes the table grow under the one being set. */
    $client->set('setter', new Setter($client))->set('setter', 'text');
    echo $client->get('setter'), ' ', $client->get('more99'), "\n";
});
PHP);
for ($i = 0; $i < 200; $i++) {
    $refused = MqsClient::connect($server, "refused$i");
    assert($refused->connack['code'] !== 0);
}
$a = MqsClient::connect($server, 'a');
$b = MqsClient::connect($server, 'b');
foreach ([$a, $b, $a] as $client) {
    $client->publish('x', '', 1);
}
$a->disconnect();
$b->close();
$throws = MqsClient::connect($server, 'throws');
$throws->disconnect();
$c = MqsClient::connect($server, 'c');
$c->publish('x', '', 1);
$server->stop();
$said = $server->said();
echo preg_match_all('/^released refused\d+$/m', strstr($said, 'a 2', true)) > 100 ? "swept\n" : "not swept\n";
$lines = array_filter(explode("\n", preg_replace('/^released refused\d+\n/m', '', $said)));
sort($lines);
echo implode("\n", $lines), "\n";
?>
--EXPECT--
swept
[ERROR] a destructor threw Exception: in a destructor in server.php:7 (client "throws")
a 2 as it should
a 3 as it should
b 2 as it should
c 2 as it should
released a
released b
released c
released throws
start() returned
text 99
text 99
text 99
text 99
