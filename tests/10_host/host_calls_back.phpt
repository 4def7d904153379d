--TEST--
A host that tells of the end of a connection while it is asked about it, or sends to it
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/host.inc';

class Talkative extends Host
{
    public ?MqttServer\Server $mqtt = null;
    public string $in = '';

    private function tell(string $where, int $fd): void
    {
        if ($this->in === $where) {
            $this->in = '';
            $this->mqtt->onClose($this, $fd);
        }
    }

    public function getClientInfo(int $fd): array
    {
        $this->tell('getClientInfo', $fd);
        return ['connect_time' => 1, 'remote_port' => 2, 'remote_ip' => '192.0.2.1'];
    }

    public function send(int $fd, string $bytes): bool
    {
        $this->tell('send', $fd);
        return $this->in !== 'exist' && parent::send($fd, $bytes);
    }

    public function exist(int $fd): bool
    {
        $this->tell('exist', $fd);
        return true;
    }
}

foreach (['getClientInfo', 'send', 'exist'] as $where) {
    $host = new Talkative();
    $host->mqtt = mqtt();
    $host->mqtt->onReceive($host, 7, 0, connect('a'));
    $host->in = $where;
    $host->mqtt->onReceive($host, 7, 0, publish('t', 'x', 1));
    echo "$where: ", $host->mqtt->stats()['clients_connected'], ' ';
    $host->out = [];
    $host->mqtt->onReceive($host, 7, 0, connect('b'));
    show($host, 7);
    $host->mqtt = null;
}
?>
--EXPECT--
getClientInfo: 0 7: CONNACK 00
send: 0 7: CONNACK 00
exist: 0 7: CONNACK 00
