--TEST--
Half an installation of psr/http-message is an error that names what is missing
--EXTENSIONS--
mqtt_server
--FILE--
<?php
eval('namespace Psr\Http\Message; interface StreamInterface {}');
foreach ([1, 2] as $time) {
    try {
        new MqttServer\Message\Response();
    } catch (Error $error) {
        echo $error->getMessage(), "\n";
    }
}
spl_autoload_register(function ($class) {
    if ($class === 'Psr\Http\Message\MessageInterface') {
        throw new DomainException("no $class");
    }
});
try {
    new MqttServer\Message\Uri();
} catch (DomainException $exception) {
    echo $exception->getMessage(), "\n";
}
?>
--EXPECT--
Interface "Psr\Http\Message\UriInterface" not found, although "Psr\Http\Message\StreamInterface" exists
Interface "Psr\Http\Message\UriInterface" not found, although "Psr\Http\Message\StreamInterface" exists
no Psr\Http\Message\MessageInterface
