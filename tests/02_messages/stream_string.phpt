--TEST--
A stream over a string reads, writes and moves as one over memory does
--EXTENSIONS--
mqtt_server
--FILE--
<?php
use MqttServer\Message\Stream;

$text = 'abcdef';
$stream = new Stream($text);
var_dump($stream->getSize(), $stream->tell(), $stream->eof(), $stream->isReadable(), $stream->isWritable(), $stream->isSeekable());
var_dump($stream->read(2), $stream->read(0), $stream->getContents(), $stream->getContents(), $stream->eof());
$stream->seek(-2, SEEK_END);
var_dump($stream->write('XYZ'), (string) $stream, $stream->tell(), $text);
$stream->rewind();
$stream->seek(1, SEEK_CUR);
var_dump($stream->write('-'), $stream->getContents(), $stream->getSize(), $stream->getMetadata('seekable'),
    $stream->getMetadata('no'), is_array($stream->getMetadata()));
foreach ([fn () => $stream->seek(99), fn () => $stream->seek(-1), fn () => $stream->seek(0, 7), fn () => $stream->read(-1),
    fn () => clone $stream, fn () => serialize($stream), fn () => new Stream(5), fn () => new Stream(null)] as $call) {
    try {
        $call();
        echo "accepted\n";
    } catch (Throwable $error) {
        echo get_class($error), ': ', $error->getMessage(), "\n";
    }
}
var_dump($stream->detach(), (string) $stream, $stream->getSize(), $stream->isReadable(), $stream->eof());
foreach ([fn () => $stream->tell(), fn () => $stream->read(1), fn () => $stream->write('x'), fn () => $stream->rewind(),
    fn () => $stream->getContents()] as $call) {
    try {
        $call();
        echo "accepted\n";
    } catch (RuntimeException $error) {
        echo $error->getMessage(), "\n";
    }
}
var_dump((string) new Stream());
?>
--EXPECT--
int(6)
int(0)
bool(false)
bool(true)
bool(true)
bool(true)
string(2) "ab"
string(0) ""
string(4) "cdef"
string(0) ""
bool(true)
int(3)
string(7) "abcdXYZ"
int(7)
string(6) "abcdef"
int(1)
string(5) "cdXYZ"
int(7)
bool(true)
NULL
bool(true)
RuntimeException: The stream cannot be moved to this place
RuntimeException: The stream cannot be moved to this place
InvalidArgumentException: MqttServer\Message\BaseStream::seek(): Argument #2 ($whence) must be SEEK_SET, SEEK_CUR or SEEK_END
InvalidArgumentException: MqttServer\Message\BaseStream::read(): Argument #1 ($length) must be 0 or more
Error: Trying to clone an uncloneable object of class MqttServer\Message\Stream
Exception: Serialization of 'MqttServer\Message\Stream' is not allowed
InvalidArgumentException: MqttServer\Message\BaseStream::__construct(): Argument #1 ($content) must be a string or an open stream resource
InvalidArgumentException: MqttServer\Message\BaseStream::__construct(): Argument #1 ($content) must be a string or an open stream resource
NULL
string(0) ""
NULL
bool(false)
bool(true)
The stream is closed
The stream cannot be read
The stream cannot be written to
The stream cannot be moved to its start
The stream cannot be read
string(0) ""
