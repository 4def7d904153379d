--TEST--
Every method of every class, of objects that were made without their constructor, with arguments of all types: it returns or throws
--EXTENSIONS--
mqtt_server
--FILE--
<?php
const VALUES = [null, true, 0, -1, PHP_INT_MAX, 1.5, NAN, '', 'text', "\0\xff", [], ['key' => 1], [[1]]];
/* Those of the library are declared when they are asked for. */
const LIBRARY = ['Annotation\MQTTAuth', 'Annotation\MQTTClose', 'Annotation\MQTTConnect', 'Annotation\MQTTDeliver', 'Annotation\MQTTDisconnect',
    'Annotation\MQTTEvent', 'Annotation\MQTTPingReq', 'Annotation\MQTTPublish', 'Annotation\MQTTSubscribe', 'Annotation\MQTTUnsubscribe',
    'Message\Request', 'Message\Response', 'Message\Stream', 'Message\Uri'];

/** Functions that make an object of it in all the ways there are without its constructor. */
function ways(ReflectionClass $class): array
{
    $ways = [];
    if (!$class->isAbstract() && !($class->isInternal() && $class->isFinal())) {
        $ways[] = $class->newInstanceWithoutConstructor(...);
    }
    if (!$class->isFinal()) {
        $name = 'Heir' . strtr($class->name, '\\', '_');
        eval("class $name extends \\$class->name { public function __construct() {} }");
        $ways[] = fn () => new $name();
    }
    return $ways;
}

$odd = [];
set_error_handler(function (int $level, string $message) use (&$odd) {
    /* PHP's own, of arguments that fit only just. */
    if ($level !== E_DEPRECATED) {
        $odd[] = $message;
    }
    return true;
});
$names = (new ReflectionExtension('mqtt_server'))->getClassNames();
foreach (LIBRARY as $name) {
    $names[] = "MqttServer\\$name";
}
$classes = $calls = 0;
foreach ($names as $name) {
    $class = new ReflectionClass($name);
    if ($class->isInterface() || $class->isSubclassOf(Exception::class)) {
        continue;
    }
    $classes++;
    foreach (ways($class) as $make) {
        foreach ($class->getMethods() as $method) {
            $most = min(4, max(1, $method->getNumberOfParameters()));
            for ($count = 0; $count <= $most; $count++) {
                foreach ($method->isAbstract() ? [] : VALUES as $value) {
                    try {
                        $method->invokeArgs($method->isStatic() ? null : $make(), array_fill(0, $count, $value));
                    } catch (Throwable $error) {
                        if (str_contains($error->getMessage(), 'must not be accessed before initialization')) {
                            $odd[] = "$name::{$method->name}(): " . $error->getMessage();
                        }
                    }
                    $calls++;
                }
            }
        }
        $object = $make();
        foreach ([var_export(...), print_r(...)] as $show) {
            $show($object, true);
        }
        foreach (['clone', 'serialize', 'json_encode', 'write', 'unset', 'cast', 'compare', 'construct'] as $what) {
            try {
                match ($what) {
                    'clone' => clone $object,
                    'serialize' => unserialize(serialize($object)),
                    'json_encode' => json_encode($object),
                    'write' => $object->nothing = $object,
                    'unset' => (function () use ($object) { unset($object->nothing); })(),
                    'cast' => (array) $object,
                    'compare' => $object == $make(),
                    'construct' => $object->__construct(),
                };
            } catch (Throwable) {
            }
        }
    }
}
gc_collect_cycles();
echo $classes > 25 && $calls > 10000 ? 'all' : "only $classes classes and $calls calls", "\n", implode("\n", array_unique($odd));
?>
--EXPECT--
all
