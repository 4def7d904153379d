--TEST--
php --ri shows version, protocol levels, libuv and the limits
--EXTENSIONS--
mqtt_server
--FILE--
<?php
(new ReflectionExtension('mqtt_server'))->info();
?>
--EXPECTF--
mqtt_server

MQTT server => enabled
Version => %d.%d.%d
MQTT versions => 3.1, 3.1.1, 5.0 (protocol levels 3, 4, 5)
libuv headers => %d.%d.%d
libuv library => %d.%d.%d

Server option => Default
max_connections => 1000000
%a
max_packet_bytes => 1048576
%a
