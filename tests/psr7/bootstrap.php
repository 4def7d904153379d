<?php

/* SPDX-License-Identifier: MIT
 *
 * Loads the interfaces under test, the suites, and factories that the suites ask for.
 */

declare(strict_types=1);

use MqttServer\Message\Stream;
use MqttServer\Message\Uri;
use Psr\Http\Message\StreamInterface;
use Psr\Http\Message\UploadedFileInterface;

$autoload = getenv('PSR7_AUTOLOAD');
if ($autoload !== '') {
    require $autoload;
}
foreach (['BaseTest', 'MessageTrait', 'RequestIntegrationTest', 'ResponseIntegrationTest',
    'ServerRequestIntegrationTest', 'StreamIntegrationTest', 'UriIntegrationTest'] as $suite) {
    require getenv('PSR7_SUITES') . "/$suite.php";
}

/* phpunit may bring its own autoloaders; what is tested must come from where we said. */
class_exists(Uri::class);
$source = (new ReflectionClass(StreamInterface::class))->getFileName();
$expected = $autoload === '' ? 'mqtt_server:' : realpath(dirname($autoload));
if (!str_starts_with($autoload === '' ? $source : realpath($source), $expected)) {
    fwrite(STDERR, "StreamInterface comes from $source, not from $expected\n");
    exit(1);
}

if ($autoload === '') {
    /* The suites name factory interfaces of psr/http-factory, which nobody has then. */
    eval('namespace Psr\Http\Message;
        interface UriFactoryInterface {} interface StreamFactoryInterface {} interface UploadedFileFactoryInterface {}');
} else {
    foreach (['UriFactoryInterface', 'StreamFactoryInterface', 'UploadedFileFactoryInterface'] as $name) {
        if (!interface_exists("Psr\\Http\\Message\\$name")) {
            eval("namespace Psr\\Http\\Message; interface $name {}");
        }
    }
}

final class Psr7UriFactory implements Psr\Http\Message\UriFactoryInterface
{
    public function createUri(string $uri = ''): Psr\Http\Message\UriInterface
    {
        return new Uri($uri);
    }
}

final class Psr7StreamFactory implements Psr\Http\Message\StreamFactoryInterface
{
    public function createStream(string $content = ''): StreamInterface
    {
        return new Stream($content);
    }

    public function createStreamFromFile(string $filename, string $mode = 'r'): StreamInterface
    {
        return new Stream(fopen($filename, $mode));
    }

    public function createStreamFromResource($resource): StreamInterface
    {
        return new Stream($resource);
    }
}

final class Psr7UploadedFileFactory implements Psr\Http\Message\UploadedFileFactoryInterface
{
    public function createUploadedFile(
        StreamInterface $stream,
        ?int $size = null,
        int $error = UPLOAD_ERR_OK,
        ?string $clientFilename = null,
        ?string $clientMediaType = null,
    ): UploadedFileInterface {
        return new class ($stream) implements UploadedFileInterface {
            public function __construct(private StreamInterface $stream)
            {
            }

            public function getStream(): StreamInterface
            {
                return $this->stream;
            }

            public function moveTo($targetPath): void
            {
            }

            public function getSize(): ?int
            {
                return $this->stream->getSize();
            }

            public function getError(): int
            {
                return UPLOAD_ERR_OK;
            }

            public function getClientFilename(): ?string
            {
                return null;
            }

            public function getClientMediaType(): ?string
            {
                return null;
            }
        };
    }
}

define('URI_FACTORY', Psr7UriFactory::class);
define('STREAM_FACTORY', Psr7StreamFactory::class);
define('UPLOADED_FILE_FACTORY', Psr7UploadedFileFactory::class);
