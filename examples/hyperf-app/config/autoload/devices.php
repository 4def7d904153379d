<?php

declare(strict_types=1);

return [
    /* Name of the device => SHA-256 of its token. The token of both is "secret"; real ones are long and random:
     * php -r '$token = bin2hex(random_bytes(24)); echo $token, " ", hash("sha256", $token), "\n";' */
    'tokens' => [
        'boiler' => '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b',
        'dashboard' => '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b',
    ],
    /* May subscribe to the topics of all devices. */
    'readers' => ['dashboard'],
    'telemetry_file' => BASE_PATH . '/runtime/telemetry.jsonl',
    'alarm_above' => ['temperature' => 80.0],
];
