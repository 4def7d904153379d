<?php

/** @generate-class-entries */

namespace MqttServer\Exception;

/** What the extension throws at run time; mistakes in arguments are \TypeError and \ValueError. */
class MqttException extends \RuntimeException
{
}

/** Bytes that are not an MQTT packet, or one that the standard forbids. */
class MalformedPacketException extends MqttException
{
    /** Reason code as MQTT 5 names it, 0x81 "Malformed Packet" for instance. */
    public readonly int $reasonCode;

    /** The statement of the standard that was broken, "MQTT-3.3.2-2", or a section, "MQTT5 2.2.2.2". */
    public readonly string $clause;

    /** Where the offending byte stands, counted from the first byte of the packet. */
    public readonly int $offset;
}

/** A handler that cannot be used as one. */
class HandlerException extends MqttException
{
}

/** A queue that has been closed. */
class ClosedException extends MqttException
{
}

/** An address that cannot be listened on. */
class ListenException extends MqttException
{
}

/** A wait took too long; in a handler: it did not decide in time, and its client has been answered. */
class TimeoutException extends MqttException
{
}

/** What a handler or task waits for is not wanted any more: the client has gone, or the server stops. */
class CancelledException extends MqttException
{
}
