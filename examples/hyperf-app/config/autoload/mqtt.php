<?php

declare(strict_types=1);

/*
 * Options of the MQTT servers of this application, each with its default; leave out what you do not change.
 * Those under 'servers' are for the server of that name in config/autoload/server.php and go before the others.
 * An unknown option or a wrong type is an error at the start.
 *
 * Made by bin/gen-hyperf-config.
 */
return [
    // handlers beside those that the scanner finds: a directory, or a list of classes and directories
    'handlers' => [],

    // may clients come in without a CONNECT handler's consent? null: yes, with a line in the log
    'allow_anonymous' => null,

    // debug, info, notice, warning, error
    'log_level' => 'info',

    // null: Hyperf\Contract\StdoutLoggerInterface; else a name that the container knows
    'logger' => null,

    // connections at once; one more is closed at once (1 to 100000000)
    'max_connections' => 1000000,

    // sessions, connected or not; one more is refused with 0x97 (1 to 100000000)
    'max_sessions' => 1000000,

    // time from connection to a whole CONNECT (100 to 600000)
    'connect_timeout_ms' => 10000,

    // size of the first packet (64 to 268435460)
    'max_connect_packet_bytes' => 65536,

    // size of any later packet, announced to 5.0 clients (0x95 above) (64 to 268435460)
    'max_packet_bytes' => 1048576,

    // length of a client identifier (0x85 above) (23 to 65535)
    'max_client_id_bytes' => 1024,

    // longest keep-alive of 5.0 clients (Server Keep Alive); others keep theirs (1 to 65535)
    'max_keep_alive_s' => 65535,

    // accept keep-alive 0 of 5.0 clients, which are never timed out then
    'allow_zero_keep_alive' => true,

    // longest life of a session without a connection, 3.x included (0 to 4294967295)
    'max_session_expiry_s' => 2592000,

    // QoS 1 and 2 messages a client may have unacknowledged towards us (0x93) (1 to 65535)
    'receive_maximum' => 1024,

    // QoS 1 and 2 messages sent to a client and not acknowledged; its own limit if less (1 to 65535)
    'max_inflight' => 256,

    // the same in bytes; one message may go beyond (1 to 1099511627776)
    'max_inflight_bytes' => 16777216,

    // QoS 1 and 2 messages waiting for one client; then new ones are dropped (0 to 10000000)
    'max_queued_messages' => 1000,

    // the same in bytes (0 to 1099511627776)
    'max_queued_bytes' => 16777216,

    // waiting messages of all clients, in bytes (0 to 1099511627776)
    'max_queued_bytes_total' => 1073741824,

    // queue QoS 0 messages for absent clients too
    'queue_qos0' => false,

    // output a client has not read; above, its QoS 0 is dropped (4096 to 1073741824)
    'max_output_bytes' => 1048576,

    // publishers wait so long for a client that reads too slowly; then its messages are dropped. 0: never wait (0 to
    // 60000)
    'pressure_timeout_ms' => 1000,

    // a client that takes no output for so long is closed (1000 to 3600000)
    'write_timeout_ms' => 60000,

    // topic aliases a 5.0 client may define (0 to 65535)
    'topic_alias_maximum' => 32,

    // topic aliases we define towards a 5.0 client that allows them (0 to 1024)
    'max_client_topic_aliases' => 16,

    // retained messages; one more is refused with 0x97 (0 to 100000000)
    'max_retained' => 1000000,

    // retained messages in bytes, topics and properties included (0 to 1099511627776)
    'max_retained_bytes' => 1073741824,

    // subscriptions of one client (0x97 above) (1 to 100000000)
    'max_subscriptions' => 10000,

    // levels of a topic name or filter (0x90, 0x8F above) (1 to 32768)
    'max_topic_levels' => 200,

    // user properties in one packet (0x97 above) (0 to 65535)
    'max_user_properties' => 128,

    // highest QoS of the server (0x9B above) (0 to 2)
    'max_qos' => 2,

    // retained messages are supported (0x9A when not)
    'retain_available' => true,

    // filters may hold + and # (0xA2 when not)
    'wildcard_subscription_available' => true,

    // subscription identifiers are supported (0xA1 when not)
    'subscription_identifier_available' => true,

    // $share is supported (0x9E when not)
    'shared_subscription_available' => true,

    // a message that matches several subscriptions of a client comes once for each
    'overlapping_deliver_each' => false,

    // disconnect (0x93) a 5.0 client that exceeds receive_maximum
    'enforce_receive_maximum' => true,

    // time a handler may take to decide; then the packet is refused (1 to 3600000)
    'decision_timeout_ms' => 30000,

    // undecided packets of all clients; one more is refused with 0x97 (1 to 1000000)
    'max_pending_decisions' => 10000,

    // PUBLISH packets of a client that wait for handlers (concurrency) or their turn; more are held (1 to 65535)
    'max_parked_per_connection' => 64,

    // QoS 1 and 2 messages of a client that wait for other workers' answers; then reading pauses (1 to 65535)
    'max_unconfirmed' => 1000,

    // seconds between updates of the $SYS/broker topics; 0: none (0 to 86400)
    'sys_interval_s' => 10,

    // bytes of a client kept while a decision is pending; then reading pauses (0 to 268435460)
    'max_held_bytes' => 262144,

    'servers' => [
        // 'mqtt' => ['max_connections' => 10000],
    ],
];
