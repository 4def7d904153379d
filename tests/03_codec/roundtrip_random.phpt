--TEST--
Random packets of every type and level unpack to what was packed
--EXTENSIONS--
mqtt_server
--FILE--
<?php
use MqttServer\Codec;
use MqttServer\Codec\Decoder;

mt_srand(20240611);

const FLAGS = ['payload_format_indicator', 'request_problem_information', 'request_response_information', 'maximum_qos',
    'retain_available', 'wildcard_subscription_available', 'subscription_identifier_available',
    'shared_subscription_available'];
const WORDS = ['receive_maximum', 'topic_alias', 'topic_alias_maximum', 'server_keep_alive'];
const LONGS = ['message_expiry_interval', 'session_expiry_interval', 'will_delay_interval', 'maximum_packet_size'];
const MESSAGE = ['payload_format_indicator', 'message_expiry_interval', 'content_type', 'response_topic', 'correlation_data'];
const PROPERTIES = [
    0 => ['will_delay_interval', ...MESSAGE],
    1 => ['session_expiry_interval', 'receive_maximum', 'maximum_packet_size', 'topic_alias_maximum',
        'request_response_information', 'request_problem_information'],
    2 => ['session_expiry_interval', 'receive_maximum', 'maximum_qos', 'retain_available', 'maximum_packet_size',
        'assigned_client_identifier', 'topic_alias_maximum', 'reason_string', 'wildcard_subscription_available',
        'subscription_identifier_available', 'shared_subscription_available', 'server_keep_alive',
        'response_information', 'server_reference', 'authentication_method', 'authentication_data'],
    3 => [...MESSAGE, 'topic_alias', 'subscription_identifier'],
    4 => ['reason_string'], 5 => ['reason_string'], 6 => ['reason_string'], 7 => ['reason_string'],
    8 => ['subscription_identifier'], 9 => ['reason_string'], 10 => [], 11 => ['reason_string'],
    14 => ['session_expiry_interval', 'reason_string', 'server_reference'],
];

function text(int $max = 12, int $min = 0): string
{
    $text = '';
    for ($i = mt_rand($min, $max); $i > 0; $i--) {
        $text .= mt_rand(0, 9) ? chr(mt_rand(97, 122)) : mb_chr_of([0xe9, 0x4e2d, 0x1f600][mt_rand(0, 2)]);
    }
    return $text;
}

function mb_chr_of(int $code): string
{
    return json_decode('"' . ($code > 0xffff
        ? sprintf('\u%04x\u%04x', 0xd800 + ($code - 0x10000 >> 10), 0xdc00 + ($code & 0x3ff))
        : sprintf('\u%04x', $code)) . '"');
}

function binary(int $max): string
{
    return ($length = mt_rand(0, $max)) ? random_text($length) : '';
}

function random_text(int $length): string
{
    $bytes = '';
    while (strlen($bytes) < $length) {
        $bytes .= pack('N', mt_rand());
    }
    return substr($bytes, 0, $length);
}

function properties(int $type): array
{
    $properties = [];
    foreach (PROPERTIES[$type] as $name) {
        if (mt_rand(0, 2)) {
            continue;
        }
        $properties[$name] = match (true) {
            in_array($name, FLAGS, true) => mt_rand(0, 1),
            in_array($name, WORDS, true) => mt_rand(1, 65535),
            in_array($name, LONGS, true) => mt_rand(1, 2147483647),
            $name === 'subscription_identifier' => $type === 3 && mt_rand(0, 1)
                ? [mt_rand(1, 200), mt_rand(1, 268435455)] : mt_rand(1, 268435455),
            $name === 'response_topic' => text(9, 1),
            $name === 'correlation_data' || $name === 'authentication_data' => binary(20),
            default => text(20),
        };
    }
    for ($i = mt_rand(-3, 3); $i > 0; $i--) {
        $properties['user ' . text(5)] = text(300);
    }
    return $properties;
}

function with_properties(array $packet, int $level, int $type): array
{
    $properties = $level === 5 && isset(PROPERTIES[$type]) ? properties($type) : [];
    return $properties ? $packet + ['properties' => $properties] : $packet;
}

function options(int $level): int|array
{
    return $level < 5 ? mt_rand(0, 2) : ['qos' => mt_rand(0, 2), 'no_local' => (bool) mt_rand(0, 1),
        'retain_as_published' => (bool) mt_rand(0, 1), 'retain_handling' => mt_rand(0, 2)];
}

function connect(int $level): array
{
    $packet = ['type' => 1, 'protocol_name' => $level === 3 ? 'MQIsdp' : 'MQTT', 'protocol_level' => $level,
        'clean_session' => mt_rand(0, 1)];
    $packet = with_properties($packet, $level, 1);
    if (mt_rand(0, 1)) {
        $packet['will'] = with_properties([], $level, 0) + ['qos' => mt_rand(0, 2), 'retain' => mt_rand(0, 1),
            'topic' => text(9, 1), 'message' => binary(40)];
    }
    return $packet + ['user_name' => text(), 'password' => binary(9), 'keep_alive' => mt_rand(0, 65535),
        'client_id' => text(5, 1)];
}

function publish(int $level): array
{
    $packet = ['type' => 3, 'dup' => 0, 'qos' => mt_rand(0, 2), 'retain' => mt_rand(0, 1), 'topic' => text(30, 1)];
    $packet['dup'] = $packet['qos'] ? mt_rand(0, 1) : 0;
    $id = $packet['qos'] ? ['message_id' => mt_rand(1, 65535)] : [];
    $message = ['message' => binary(mt_rand(0, 20) ? 200 : 20000)];
    return $level === 5 ? with_properties($packet + $id, 5, 3) + $message : $packet + $message + $id;
}

function packet(int $type, int $level): array
{
    $id = ['type' => $type, 'message_id' => mt_rand(1, 65535)];
    $topics = [];
    for ($i = mt_rand(1, 5); $i > 0; $i--) {
        $topics['f' . text(9) . ['', '/+', '/#'][mt_rand(0, 2)]] = options($level);
    }
    return match ($type) {
        1 => connect($level),
        2 => with_properties(['type' => 2, 'session_present' => mt_rand(0, 1), 'code' => 0], $level, 2),
        3 => publish($level),
        4, 5, 6, 7 => with_properties($level < 5 ? $id : $id + ['code' => [0, 0x92][$type > 5 && mt_rand(0, 1)]], $level, $type),
        8 => with_properties($id, $level, 8) + ['topics' => $topics],
        9 => with_properties($id, $level, 9) + ['codes' => [mt_rand(0, 2), 0x80, mt_rand(0, 2)]],
        10 => with_properties($id, $level, 10) + ['topics' => array_map('strval', array_keys($topics))],
        11 => $level < 5 ? $id : with_properties($id, 5, 11) + ['codes' => [0, 17, 0x80]],
        12, 13 => ['type' => $type],
        14 => $level < 5 ? ['type' => 14] : with_properties(['type' => 14, 'code' => [0, 4, 0x81][mt_rand(0, 2)]], 5, 14),
        15 => ['type' => 15, 'code' => 24, 'properties' => ['authentication_method' => text()]],
    };
}

foreach ([3, 4, 5] as $level) {
    $packets = $stream = [];
    for ($i = 0; $i < 1500; $i++) {
        $packet = packet(1 + $i % ($level === 5 ? 15 : 14), $level);
        $bytes = Codec::pack($packet, $level);
        if (Codec::unpack($bytes, $level) !== $packet) {
            var_dump($packet, Codec::unpack($bytes, $level));
            exit;
        }
        $packets[] = $packet;
        $stream[] = $bytes;
    }
    $decoder = new Decoder($level);
    $got = [];
    $rest = implode($stream);
    for ($at = 0; $at < strlen($rest); $at += $size) {
        $size = mt_rand(1, 900);
        array_push($got, ...$decoder->push(substr($rest, $at, $size)));
    }
    var_dump($got === $packets);
}
?>
--EXPECT--
bool(true)
bool(true)
bool(true)
