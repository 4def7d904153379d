--TEST--
The PHP code of docs/async.md runs
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/async.inc';

$text = file_get_contents(__DIR__ . '/../../docs/async.md');
foreach (array_slice(preg_split('/^## /m', $text), 1) as $section) {
    if (preg_match('/^```php\n(.*?)^```$/ms', $section, $code)) {
        echo '--- ', strtok($section, "\n"), "\n";
        run_in_server(function ($server) use ($code) {
            eval($code[1]);
        });
    }
}
?>
--EXPECT--
--- Time
--- Streams
21.5
--- Tasks
{"oil":78.2,"gas":31.4}
--- Deferred and Future
by the clock
--- Queue
all written
--- Asking a device
Nobody subscribes to "devices/boiler/get": no answer can come
--- The next message
sensors/7/alarm
