--TEST--
Server::next(): the next message of a filter, of whatever client, while handlers and others go on
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/async.inc';

$server = new MqsServer(<<<'PHP'
use function MqttServer\Async\{async, await, delay};
$server->on('publish', function ($packet) use ($server) {
    switch ($packet->getTopic()) {
        case 'wait':
            echo "waiting\n";
            $next = $server->next($packet->getPayload());
            echo 'got ', json_encode([$next->getTopic(), $next->getPayload(), $next->getQos(), $next->isRetain(),
                $next->getProperties()], JSON_UNESCAPED_SLASHES), "\n";
            return null;
        case 'refused':
            return false;
        case 'errors':
            foreach (['', 'a/#/b', '$share/g/a', "\xff", str_repeat('a/', 500)] as $filter) {
                try {
                    $server->next($filter, 0.001);
                } catch (ValueError $error) {
                    echo $error->getMessage(), "\n";
                }
            }
            try {
                $server->next('nothing/comes', 0.001);
            } catch (Exception $error) {
                echo get_class($error), ': ', $error->getMessage(), "\n";
            }
            return null;
        case 'many':
            $all = await(array_fill(0, 100, fn () => $server->next('b/#', 10)));
            echo 'each got ', json_encode(array_count_values(array_map(fn ($p) => $p->getPayload(), $all))), "\n";
            break;
        case 'stats':
            echo json_encode(array_intersect_key($server->stats(), ['subscriptions' => 1, 'fibers_parked' => 1])), "\n";
    }
});
PHP);
$waiter = MqsClient::connect($server, 'waiter', 5);
$other = MqsClient::connect($server, 'other', 5);
$old = MqsClient::connect($server, 'old', 4);
function wait_for(string $filter): void
{
    $GLOBALS['waiter']->publish('wait', $filter);
    $GLOBALS['server']->expect('/^waiting/');
}
function got(): void
{
    echo $GLOBALS['server']->expect('/^got .*/')[0], "\n";
}

wait_for('a/+');
$other->publish('b', 'not this');
$other->publish('a/b', 'this', 1, 0, ['content_type' => 'text', 'k' => 'v', 'message_expiry_interval' => 60]);
got();
$old->publish('keep', 'retained', 0, 1);
$old->ping();
wait_for('keep'); /* what is retained already is not next */
$old->publish('keep', 'changed', 1, 1);
got();
wait_for('#');
$other->publish('refused', 'x', 1);
$other->publish('$hidden', 'x');
$other->publish('ordinary', 'x');
got();

$waiter->publish('errors', '');
for ($i = 0; $i < 6; $i++) {
    echo $server->expect('/Argument|Exception/') ? '' : '';
}
echo implode("\n", preg_grep('/Argument|Exception/', explode("\n", $server->output))), "\n";

$waiter->publish('many', '');
$waiter->publish('after', ''); /* behind it, in the order of this connection */
do {
    $other->publish('stats', '');
    $stats = $server->expect('/^\{.*/')[0];
} while (!str_contains($stats, '"fibers_parked":101'));
echo $stats, "\n";
$other->publish('b/c', 'one for all', 2);
echo $server->expect('/^each got .*/')[0], "\n";
$waiter->ping();
$other->publish('stats', '');
echo $server->expect('/^\{.*/')[0], "\n";
echo $server->stop(), "\n";
?>
--EXPECT--
got ["a/b","this",1,false,{"content_type":"text","k":"v"}]
got ["keep","changed",1,true,[]]
got ["ordinary","x",0,false,[]]
MqttServer\Server::next(): Argument #1 ($filter) must be a topic filter, and not a shared one
MqttServer\Server::next(): Argument #1 ($filter) must be a topic filter, and not a shared one
MqttServer\Server::next(): Argument #1 ($filter) must be a topic filter, and not a shared one
MqttServer\Server::next(): Argument #1 ($filter) must be a topic filter, and not a shared one
MqttServer\Server::next(): Argument #1 ($filter) must be a topic filter, and not a shared one
MqttServer\Exception\TimeoutException: No message for "nothing/comes" within 0.001 s
{"subscriptions":0,"fibers_parked":101}
each got {"one for all":100}
{"subscriptions":0,"fibers_parked":0}
0
