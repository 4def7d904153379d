<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace App\Telemetry;

use MqttServer\Annotation\MQTTPublish;
use MqttServer\Client;
use MqttServer\Packet;

/** Writes each message of telemetry/{device}/{metric} into a table; other topics are left to the broker alone. */
final class StoreTelemetry
{
    private \PDOStatement $insert;

    public function __construct(private \PDO $database)
    {
        $database->setAttribute(\PDO::ATTR_ERRMODE, \PDO::ERRMODE_EXCEPTION);
        $database->exec('CREATE TABLE IF NOT EXISTS telemetry (
            id INTEGER PRIMARY KEY, client TEXT NOT NULL, device TEXT NOT NULL, metric TEXT NOT NULL,
            value REAL NOT NULL, received TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP)');
        $this->insert = $database->prepare('INSERT INTO telemetry (client, device, metric, value) VALUES (?, ?, ?, ?)');
    }

    /** Returns the reason code of the acknowledgement: a value that is no number is refused (0x99), not stored. */
    #[MQTTPublish]
    public function store(Packet $packet, Client $client): ?int
    {
        if (!preg_match('~^telemetry/([^/]+)/([^/]+)$~', $packet->getTopic(), $part)) {
            return null;
        }
        if (!is_numeric($packet->getPayload())) {
            return 0x99;
        }
        $this->insert->execute([$client->clientId(), $part[1], $part[2], (float) $packet->getPayload()]);
        return null;
    }
}
