--TEST--
await(): results by their keys, the first error at once, callables are started, entries that are none are refused
--EXTENSIONS--
mqtt_server
--FILE--
<?php
require __DIR__ . '/async.inc';

use MqttServer\Async\Deferred;
use function MqttServer\Async\{async, await, delay};

class Work
{
    public static function twice(): int
    {
        delay(0.001);
        return 2;
    }

    public function __invoke()
    {
        return __METHOD__;
    }
}

run_in_server(function () {
    $deferred = new Deferred();
    $there = new Deferred();
    $there->complete('there');
    async(function () use ($deferred) {
        delay(0.002);
        $deferred->complete('late');
    });
    echo json_encode(await([
        'late' => $deferred->getFuture(),
        'same' => $deferred->getFuture(),
        7 => $there->getFuture(),
        'closure' => fn () => 1,
        'name' => 'Work::twice',
        'object' => new Work(),
        'null' => function () { },
    ])), "\n";
    var_dump(await([]));

    echo "--- errors\n";
    $never = new Deferred();
    thrown(fn () => await([$never->getFuture(), fn () => throw new DomainException('first')]));
    thrown(fn () => await(['a' => fn () => throw new DomainException('one'), 'b' => fn () => throw new RangeException('two')]));
    thrown(fn () => await([$never->getFuture(), fn () => 1], 0.001));
    thrown(fn () => await([], -1));
    thrown(fn () => await([fn () => print("started\n"), 'no such function', fn () => print("never started\n")]));
    thrown(fn () => await([12]));
    delay(0.001);
    $never->complete();

    echo "--- many\n";
    $tasks = [];
    for ($i = 0; $i < 500; $i++) {
        $tasks[] = function () use ($i) {
            delay($i % 7 / 1000);
            return $i;
        };
    }
    var_dump(array_sum(await($tasks)) === 499 * 250);
});
?>
--EXPECT--
{"late":"late","same":"late","7":"there","closure":1,"name":2,"object":"Work::__invoke","null":null}
array(0) {
}
--- errors
DomainException: first
DomainException: one
MqttServer\Exception\TimeoutException: No result within 0.001 s
ValueError: MqttServer\Async\await(): Argument #2 ($timeout) must be between 0 and 31536000 seconds
TypeError: MqttServer\Async\await(): Argument #1 ($futures) must hold futures and callables only, string given
TypeError: MqttServer\Async\await(): Argument #1 ($futures) must hold futures and callables only, int given
started
--- many
bool(true)
[error] A future had an error that nobody asked for: RangeException: two in /await_many.php:43
