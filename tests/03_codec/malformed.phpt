--TEST--
Bytes that are no packet: reason code, clause and offset; nothing but the exception, whatever is cut off or changed
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/vectors.inc';

use MqttServer\Codec;
use MqttServer\Exception\MalformedPacketException;
use MqttServer\Exception\MqttException;

function fault(string $hex, int $level = 4): void
{
    try {
        echo json_encode(Codec::unpack(hex2bin($hex), $level)), "\n";
    } catch (MalformedPacketException $e) {
        printf("0x%02x %s at %d: %s\n", $e->reasonCode, $e->clause, $e->offset, $e->getMessage());
    }
}

fault('');
fault('c0');
fault('c00000');            // a trailing byte
fault('c001');              // an unfinished packet
fault('0000');
fault('f000');
fault('f000', 5);
fault('3600000161000178');  // QoS 3
fault('300300012b');        // topic +
fault('30030001ff');
fault('320500016100' . '00');
fault('820500010001612b', 4);
fault('1000');
fault('100c00044d5154540902003c0000');
fault('40030007ff', 5);
fault('3005000161' . '0123', 5);

$e = new MalformedPacketException('by hand');
var_dump($e instanceof MqttException, $e instanceof RuntimeException);
try {
    Codec::decode("\x30\x01");
} catch (MalformedPacketException $e) {
    try {
        $e->offset = 5;
    } catch (Error $error) {
        echo $error->getMessage(), "\n";
    }
}

// Cut at every byte, a byte more, and every single bit changed: an exception, or a packet that packs again.
$cut = $changed = $whole = 0;
foreach (vectors() as ['bytes' => $bytes, 'level' => $level, 'title' => $title]) {
    for ($i = 0; $i <= strlen($bytes); $i++) {
        $wrong = $i < strlen($bytes) ? substr($bytes, 0, $i) : $bytes . "\0";
        try {
            Codec::unpack($wrong, $level);
            echo "$title: taken after $i bytes\n";
        } catch (MalformedPacketException) {
            $cut++;
        }
    }
    for ($bit = 0; $bit < 8 * strlen($bytes); $bit++) {
        $wrong = $bytes;
        $wrong[$bit >> 3] = $wrong[$bit >> 3] ^ chr(1 << ($bit & 7));
        try {
            $array = Codec::unpack($wrong, $level);
        } catch (MalformedPacketException) {
            $changed++;
            continue;
        }
        $whole++;
        $level_of = $array['protocol_level'] ?? $level;
        if (Codec::unpack(Codec::pack($array, $level_of), $level_of) !== $array) {
            echo "$title: with bit $bit it packs to something else\n";
        }
    }
}
var_dump($cut > 1000, $changed > 1000, $whole > 1000);
?>
--EXPECT--
0x81 MQTT3.1.1 2.2.3 at 0: the remaining length is not that of the packet at byte 0 [MQTT3.1.1 2.2.3]
0x81 MQTT3.1.1 2.2.3 at 1: the remaining length is not that of the packet at byte 1 [MQTT3.1.1 2.2.3]
0x81 MQTT3.1.1 2.2.3 at 3: the remaining length is not that of the packet at byte 3 [MQTT3.1.1 2.2.3]
0x81 MQTT3.1.1 2.2.3 at 2: the remaining length is not that of the packet at byte 2 [MQTT3.1.1 2.2.3]
0x81 MQTT5 2.1.2 at 0: packet type 0 is reserved at byte 0 [MQTT5 2.1.2]
0x81 MQTT3.1.1 2.2.1 at 0: packet type 15 is reserved below MQTT 5 at byte 0 [MQTT3.1.1 2.2.1]
{"type":15,"code":0}
0x81 MQTT-3.3.1-4 at 0: a PUBLISH has QoS 3 at byte 0 [MQTT-3.3.1-4]
0x90 MQTT-3.3.2-2 at 4: the topic name of a PUBLISH holds a wildcard at byte 4 [MQTT-3.3.2-2]
0x81 MQTT-1.5.3-1 at 4: a string is not well-formed UTF-8 at byte 4 [MQTT-1.5.3-1]
0x82 MQTT-2.3.1-1 at 5: the packet identifier is 0 at byte 5 [MQTT-2.3.1-1]
0x81 MQTT3.1.1 2.2.3 at 8: the remaining length is not that of the packet at byte 8 [MQTT3.1.1 2.2.3]
0x81 MQTT-3.1.2-1 at 2: the packet ends before the end of the protocol name at byte 2 [MQTT-3.1.2-1]
0x84 MQTT-3.1.2-2 at 8: this protocol level is not known at byte 8 [MQTT-3.1.2-2]
0x82 MQTT-3.4.2-1 at 4: this packet type cannot have this reason code at byte 4 [MQTT-3.4.2-1]
0x81 MQTT5 2.2.2.2 at 6: a property goes beyond the end of its list at byte 6 [MQTT5 2.2.2.2]
bool(true)
bool(true)
Cannot modify readonly property MqttServer\Exception\MalformedPacketException::$offset
bool(true)
bool(true)
bool(true)
