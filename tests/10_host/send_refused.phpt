--TEST--
A send that is refused delays its client only, and the connection closes behind its last output
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/host.inc';

class Slow extends Host
{
    public array $gone = [];
    public int $asked = 0;

    public function exist(int $fd): bool
    {
        $this->asked++;
        return !isset($this->gone[$fd]);
    }
}

$mqtt = mqtt();
$host = new Slow();
$mqtt->onReceive($host, 1, 0, connect('slow', 5) . subscribe('t', 0, 5));
$mqtt->onReceive($host, 2, 0, connect('fast') . subscribe('t'));
echo words($host->out[1], 5), "\n";
unset($host->out[1]);
show($host, 2);
$host->refuses[1] = true;
$mqtt->onReceive($host, 2, 0, publish('t', 'one') . publish('t', 'two'));
show($host, 1, 2);
$mqtt->disconnect('slow');
var_dump($host->closed);
unset($host->refuses[1]);
$mqtt->onReceive($host, 2, 0, "\xc0\x00");
show($host, 2);
echo words($host->out[1], 5), "\n";
echo 'closed: ', implode(' ', $host->closed), "\n";

echo "gone while it refuses\n";
$mqtt->onReceive($host, 3, 0, connect('lost') . subscribe('t'));
$host->refuses[3] = $host->gone[3] = true;
$mqtt->onReceive($host, 2, 0, publish('t', 'three'));
echo implode(' ', array_column($mqtt->clients(), 'client_id')), "\n";

echo "a connection that throws, one that takes a part, one that says nothing\n";
class Odd
{
    public string $out = '';
    public bool $closed = false;

    public function __construct(private string $how) {}

    public function send(string $bytes)
    {
        if ($this->how === 'throws') {
            throw new RuntimeException('broken pipe');
        }
        $part = $this->how === 'part' ? substr($bytes, 0, 3) : $bytes;
        $this->out .= $part;
        if ($this->how === 'part') {
            return strlen($part);
        }
    }

    public function close()
    {
        $this->closed = true;
    }
}
$mqtt = mqtt(['log_level' => 'notice', 'allow_anonymous' => true]);
$throws = new Odd('throws');
$mqtt->onReceive($throws, 0, 0, connect('throws'));
unset($throws);
$part = new Odd('part');
$mqtt->onReceive($part, 0, 0, connect('part'));
echo bin2hex($part->out), "\n";
$mqtt->onReceive($host, 4, 0, connect('other'));
echo bin2hex($part->out), "\n";
$void = new Odd('void');
$mqtt->onReceive($void, 0, 0, connect('void') . "\xe0\x00");
echo bin2hex($void->out), ' ', var_export($void->closed, true), "\n";
?>
--EXPECTF--
CONNACK 00, SUBACK
2: CONNACK 00, SUBACK
1: -
2: PUBLISH t=one, PUBLISH t=two
array(0) {
}
2: PINGRESP
PUBLISH t=one, PUBLISH t=two, DISCONNECT 98
closed: 1
gone while it refuses
fast
a connection that throws, one that takes a part, one that says nothing
log notice: Odd::send() threw RuntimeException: broken pipe
200200
20020000
20020000 true
