--TEST--
A handler class may be preloaded by opcache
--EXTENSIONS--
mqtt_server
--SKIPIF--
<?php
if (!extension_loaded('Zend OPcache')) die('skip opcache is not loaded');
if (PHP_OS_FAMILY === 'Windows') die('skip there is no preloading on Windows');
if (getenv('MQS_TEST_SLOW')) die('skip the process that preloads leaves memory behind, by design of opcache');
?>
--INI--
opcache.enable_cli=1
opcache.preload={PWD}/handler.inc
opcache.preload_user=root
--FILE--
<?php
var_dump(class_exists(Tests\Handler::class, false), interface_exists('Psr\Http\Message\StreamInterface', false));
$request = MqttServer\Message\Request::fromPacket(MqttServer\Codec::decode("\x30\x05\0\x01tab"));
$response = (new Tests\Handler())->handle($request, new MqttServer\Message\Response());
var_dump($response->getPayload(), (new Tests\OwnEvent())->type);
var_dump((new ReflectionClass(Tests\Handler::class))->getAttributes()[0]->newInstance()->priority);
?>
--EXPECT--
bool(true)
bool(false)
string(5) "t:AB1"
int(3)
int(1)
