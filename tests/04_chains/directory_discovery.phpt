--TEST--
A directory's classes are found in order of path and line; abstract ones, aliases and others are passed over
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/../include/server.inc';

$directory = sys_get_temp_dir() . '/mqs' . bin2hex(random_bytes(6));
$files = [
    'b.php' => '#[C] class B1 extends Base { } class_alias("B1", "Another"); class B2 { #[C] public function x() { echo "B2::x\n"; } }',
    'a/z.php' => 'class Z { #[C] public function x() { echo "Z\n"; } } interface I {} enum E { case A; }',
    'a/Base.php' => 'abstract class Base { public function handle() { echo static::class, "\n"; } #[C] public function inherited() { echo static::class, " inherited\n"; } }',
    'c.PHP' => 'trait T { #[C] public function t() { echo "T in ", static::class, "\n"; } } class WithTrait { use T; } function f() {}',
    'd.php' => 'class Plain { #[Pure] public function x() {} } return 1;',
    'd.txt' => 'this is not PHP <?php throw new Exception;',
    '.hidden.php' => 'class Hidden { #[C] public function x() { echo "never\n"; } }',
];
mkdir("$directory/a", 0777, true);
foreach ($files as $name => $code) {
    file_put_contents("$directory/$name", "<?php\nuse MqttServer\\Annotation\\MQTTConnect as C;\n$code");
}
symlink('a', "$directory/loop");

$server = new MqsServer(<<<'PHP'
echo $server->name(), "\n";
PHP, '["handlers" => ' . var_export($directory, true) . ', "name" => "mqtt"]');
MqsClient::connect($server, 'c')->disconnect();
$server->stop();
echo $server->said();

foreach (['throws.php' => 'throw new DomainException("while loading");', 'a/b.php' => 'class X { #[C] private function y() {} }'] as $name => $code) {
    file_put_contents("$directory/$name", "<?php\nuse MqttServer\\Annotation\\MQTTConnect as C;\n$code");
    try {
        (new MqttServer\Server())->addHandlers("$directory/" . dirname($name));
    } catch (Throwable $error) {
        echo get_class($error), ': ', strtok($error->getMessage(), ';'), "\n";
    }
    unlink("$directory/$name");
}
unlink("$directory/loop");
mkdir("$directory/empty");
file_put_contents("$directory/empty/plain.php", '<?php class NoHandler { }');
try {
    (new MqttServer\Server())->addHandlers("$directory/empty");
} catch (Throwable $error) {
    echo get_class($error), ': ', str_replace($directory, 'DIR', $error->getMessage()), "\n";
}
unlink("$directory/empty/plain.php");
rmdir("$directory/empty");
array_map(fn ($name) => unlink("$directory/$name"), array_keys($files));
rmdir("$directory/a");
rmdir($directory);
?>
--EXPECT--
mqtt
Z
B1
B1 inherited
B2::x
T in WithTrait
start() returned
DomainException: while loading
MqttServer\Exception\HandlerException: Method X::y() cannot be a handler: it is not public
MqttServer\Exception\HandlerException: Handler directory "DIR/empty" has no class with an attribute of MqttServer\Annotation
