--TEST--
A stream over a resource follows what the resource can do, also when others close it
--EXTENSIONS--
mqtt_server
--FILE--
<?php
use MqttServer\Message\Stream;

$file = tempnam(sys_get_temp_dir(), 'mqs');
file_put_contents($file, 'content');
$reader = new Stream(fopen($file, 'r'));
var_dump($reader->isReadable(), $reader->isWritable(), $reader->isSeekable(), $reader->getSize(), $reader->read(3),
    (string) $reader, $reader->getMetadata('mode'));
$writer = new Stream(fopen($file, 'a'));
var_dump($writer->isReadable(), $writer->isWritable());
foreach ([fn () => $reader->write('x'), fn () => $writer->read(1)] as $call) {
    try {
        $call();
        echo "accepted\n";
    } catch (RuntimeException $error) {
        echo $error->getMessage(), "\n";
    }
}
[$left, $right] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
fwrite($right, 'pipe');
$pipe = new Stream($left);
var_dump($pipe->isSeekable(), $pipe->read(4), $pipe->getSize());
try {
    $pipe->rewind();
} catch (RuntimeException $error) {
    echo $error->getMessage(), "\n";
}
$resource = $pipe->detach();
var_dump($resource === $left, $pipe->isReadable(), $pipe->getMetadata(), $pipe->getMetadata('mode'));

$memory = fopen('php://memory', 'w+');
$stream = new Stream($memory);
fclose($memory);
foreach ([fn () => $stream->tell(), fn () => (string) $stream, fn () => $stream->getMetadata(), fn () => $stream->eof()] as $call) {
    try {
        $call();
        echo "accepted\n";
    } catch (Throwable $error) {
        echo get_class($error), "\n";
    }
}
$stream->close();
$stream->close();
unlink($file);
?>
--EXPECT--
bool(true)
bool(false)
bool(true)
int(7)
string(3) "con"
string(7) "content"
string(1) "r"
bool(false)
bool(true)
The stream cannot be written to
The stream cannot be read
bool(false)
string(4) "pipe"
NULL
The stream cannot be moved to its start
bool(true)
bool(false)
array(0) {
}
NULL
RuntimeException
RuntimeException
TypeError
RuntimeException
