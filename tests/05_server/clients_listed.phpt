--TEST--
clients(), client(), subscriptions() and stats() tell what the broker knows; disconnect() ends clients and sessions
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$server = new MqsServer(<<<'PHP'
$server->on('publish', function ($packet, $client) use ($server) {
    switch ($packet->getTopic()) {
        case 'list':
            $list = $server->clients();
            usort($list, fn ($a, $b) => $a['client_id'] <=> $b['client_id']);
            foreach ($list as $entry) {
                assert(is_int($entry['connection']) && is_int($entry['connected_for_ms']));
                echo $entry['client_id'], ' ', json_encode(array_diff_key($entry, ['client_id' => 1, 'connection' => 1, 'connected_for_ms' => 1,
                    'packets_in' => 1, 'packets_out' => 1, 'peer' => 1])), preg_match('/^127\.0\.0\.1:\d+$/', $entry['peer']) ? '' : ' no peer', "\n";
            }
            break;
        case 'subscriptions':
            echo json_encode($server->subscriptions('v5'), JSON_UNESCAPED_SLASHES), "\n";
            echo count($server->subscriptions()), ' ', count($server->subscriptions('none')), "\n";
            break;
        case 'client':
            $other = $server->client('v5');
            var_dump($server->client('none'), $server->client('asleep'), $other->clientId(), $other->username(), $other->protocolLevel(),
                $other->keepAlive(), $other->isConnected(), $client->username(), $other->id() !== $client->id());
            break;
        case 'kick':
            var_dump($server->disconnect('v5', 0x9C, properties: ['server_reference' => 'other', 'why' => 'moving']), $server->disconnect('none'), $server->disconnect('asleep'),
                $server->disconnect('asleep', 0x98, true), $server->client('v5'));
            break;
        case 'self':
            $GLOBALS['kept'] = $client;
            var_dump($client->disconnect(0x97), $client->isConnected());
            break;
        case 'kept':
            $kept = $GLOBALS['kept'];
            var_dump($kept->clientId(), $kept->isConnected(), $kept->peer(), $kept->username(), $kept->protocolLevel(),
                $kept->disconnect(), $kept->set('a', 1)->get('a', 'none'));
            unset($GLOBALS['kept'], $kept);
            break;
        case 'stats':
            echo json_encode(array_intersect_key($server->stats(), array_flip(['connections', 'sessions', 'subscriptions', 'handler_errors', 'timers']))), "\n";
            break;
    }
});
PHP);
$asleep = MqsClient::connect($server, 'asleep', 4, ['clean_session' => 0]);
$asleep->subscribe('x', 1);
$asleep->disconnect();
$v5 = MqsClient::connect($server, 'v5', 5, ['user_name' => 'zoe', 'password' => 'p', 'keep_alive' => 77, 'properties' => ['session_expiry_interval' => 10]]);
$v5->send(['type' => 8, 'message_id' => 1, 'properties' => ['subscription_identifier' => 7], 'topics' => [
    '$share/g/a/+' => ['qos' => 2, 'no_local' => false, 'retain_as_published' => true, 'retain_handling' => 1],
    'b/#' => ['qos' => 0, 'no_local' => true, 'retain_as_published' => false, 'retain_handling' => 2]]]);
$v5->receive();
$self = MqsClient::connect($server, 'self', 5);
foreach (['list', 'subscriptions', 'client', 'stats', 'kick'] as $topic) {
    $self->publish($topic, '', 1);
}
mqs_show($v5->receive());
mqs_show($v5->receive());
$self->send(['type' => 3, 'dup' => 0, 'qos' => 0, 'retain' => 0, 'topic' => 'self', 'message' => '']);
mqs_show($self->receive());
mqs_show($self->receive());
$late = MqsClient::connect($server, 'late', 5);
$late->publish('kept', '', 1);
$late->publish('stats', '', 1);
$server->stop();
echo $server->said();
?>
--EXPECT--
{"type":14,"code":156,"properties":{"server_reference":"other","why":"moving"}}
closed
{"type":14,"code":151}
closed
asleep {"connected":false,"username":"","protocol_level":0,"clean_start":false,"keep_alive_s":0,"session_expiry_s":2592000,"subscriptions":1,"inflight":0,"queued":0} no peer
self {"connected":true,"username":"","protocol_level":5,"clean_start":true,"keep_alive_s":60,"session_expiry_s":0,"subscriptions":0,"inflight":0,"queued":0}
v5 {"connected":true,"username":"zoe","protocol_level":5,"clean_start":true,"keep_alive_s":77,"session_expiry_s":10,"subscriptions":2,"inflight":0,"queued":0}
[{"client_id":"v5","filter":"$share/g/a/+","qos":2,"no_local":false,"retain_as_published":true,"retain_handling":1,"subscription_identifier":7},{"client_id":"v5","filter":"b/#","qos":0,"no_local":true,"retain_as_published":false,"retain_handling":2,"subscription_identifier":7}]
3 0
NULL
NULL
string(2) "v5"
string(3) "zoe"
int(5)
int(77)
bool(true)
NULL
bool(true)
{"connections":2,"sessions":3,"subscriptions":3,"handler_errors":0,"timers":0}
bool(true)
bool(false)
bool(false)
bool(true)
NULL
bool(true)
bool(false)
string(0) ""
bool(false)
string(0) ""
NULL
int(0)
bool(false)
string(4) "none"
{"connections":1,"sessions":2,"subscriptions":2,"handler_errors":0,"timers":0}
start() returned
