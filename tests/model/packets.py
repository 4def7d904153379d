# SPDX-License-Identifier: MIT
#
# tests/model/packets.py - MQTT 3.1.1 and 5.0 packets as a client sends and reads them. Written apart from the broker's
# own codec, so that an error there is not repeated here. A packet is a dict with the key "type".

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE = range(1, 9)
SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT, AUTH = range(9, 16)

NAMES = ("", "connect", "connack", "publish", "puback", "pubrec", "pubrel", "pubcomp", "subscribe", "suback",
         "unsubscribe", "unsuback", "pingreq", "pingresp", "disconnect", "auth")

# identifier: (name, kind)
PROPERTIES = {
    0x01: ("payload_format", 1), 0x02: ("message_expiry", 4), 0x03: ("content_type", "s"), 0x08: ("response_topic", "s"),
    0x09: ("correlation_data", "s"), 0x0B: ("subscription_id", "v"), 0x11: ("session_expiry", 4),
    0x12: ("assigned_client_id", "s"), 0x13: ("server_keep_alive", 2), 0x15: ("auth_method", "s"),
    0x16: ("auth_data", "s"), 0x17: ("request_problem", 1), 0x18: ("will_delay", 4), 0x19: ("request_response", 1),
    0x1A: ("response_information", "s"), 0x1C: ("server_reference", "s"), 0x1F: ("reason_string", "s"),
    0x21: ("receive_maximum", 2), 0x22: ("alias_maximum", 2), 0x23: ("alias", 2), 0x24: ("maximum_qos", 1),
    0x25: ("retain_available", 1), 0x26: ("user", "p"), 0x27: ("maximum_packet", 4),
    0x28: ("wildcard_available", 1), 0x29: ("subscription_id_available", 1), 0x2A: ("shared_available", 1),
}
IDENTIFIERS = {name: (number, kind) for number, (name, kind) in PROPERTIES.items()}
REPEATED = ("user", "subscription_id")  # values of these are lists


class Malformed(Exception):
    """The broker sent something that is no packet, or not one that it may send."""


# ---- to bytes -----------------------------------------------------------------------------------------------------

def varint(number):
    out = bytearray()
    while True:
        number, low = divmod(number, 128)
        out.append(low | (128 if number else 0))
        if not number:
            return bytes(out)


def text(value):
    data = value.encode() if isinstance(value, str) else value
    return len(data).to_bytes(2, "big") + data


def properties(values):
    out = bytearray()
    for name, value in values.items():
        number, kind = IDENTIFIERS[name]
        for item in value if name in REPEATED else [value]:
            out.append(number)
            if kind == "s":
                out += text(item)
            elif kind == "p":
                out += text(item[0]) + text(item[1])
            elif kind == "v":
                out += varint(item)
            else:
                out += item.to_bytes(kind, "big")
    return varint(len(out)) + bytes(out)


def packet(kind, flags, body):
    return bytes([kind << 4 | flags]) + varint(len(body)) + body


def connect(level, client, clean, props=None, will=None):
    """will: dict of topic, payload, qos, retain, props. Keep-alive is off: nothing here depends on time."""
    flags = 2 if clean else 0
    if will:
        flags |= 4 | will["qos"] << 3 | (32 if will["retain"] else 0)
    body = text("MQTT") + bytes([level, flags, 0, 0])
    if level == 5:
        body += properties(props or {})
    body += text(client)
    if will:
        body += (properties(will.get("props") or {}) if level == 5 else b"") + text(will["topic"]) + text(will["payload"])
    return packet(CONNECT, 0, body)


def publish(level, topic, payload, qos, retain, dup=False, packet_id=0, props=None):
    body = text(topic)
    if qos:
        body += packet_id.to_bytes(2, "big")
    if level == 5:
        body += properties(props or {})
    return packet(PUBLISH, (8 if dup else 0) | qos << 1 | (1 if retain else 0), body + payload.encode())


def acknowledge(kind, packet_id, code=0):
    body = packet_id.to_bytes(2, "big") + (bytes([code]) if code else b"")
    return packet(kind, 2 if kind == PUBREL else 0, body)


def subscribe(level, packet_id, filters, identifier=0):
    """filters: (filter, qos, no local, retain as published, retain handling)"""
    body = packet_id.to_bytes(2, "big")
    if level == 5:
        body += properties({"subscription_id": [identifier]} if identifier else {})
    for topic_filter, qos, no_local, as_published, handling in filters:
        options = qos | (no_local << 2 | as_published << 3 | handling << 4 if level == 5 else 0)
        body += text(topic_filter) + bytes([options])
    return packet(SUBSCRIBE, 2, body)


def unsubscribe(level, packet_id, filters):
    body = packet_id.to_bytes(2, "big") + (properties({}) if level == 5 else b"")
    return packet(UNSUBSCRIBE, 2, body + b"".join(map(text, filters)))


def pingreq():
    return packet(PINGREQ, 0, b"")


def disconnect(level, code=0, props=None):
    if level != 5 or (not code and not props):
        return packet(DISCONNECT, 0, b"")
    return packet(DISCONNECT, 0, bytes([code]) + (properties(props) if props else b""))


# ---- from bytes ---------------------------------------------------------------------------------------------------

class Reader:
    """Takes the fields of one packet off its bytes."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def left(self):
        return len(self.data) - self.at

    def take(self, count):
        if count > self.left():
            raise Malformed("a packet ends too early")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def text(self):
        return self.take(self.number(2)).decode()

    def varint(self):
        value = 0
        for place in range(4):
            byte = self.number(1)
            value |= (byte & 127) << 7 * place
            if byte < 128:
                return value
        raise Malformed("a variable byte integer of more than four bytes")

    def properties(self):
        end = self.varint()
        end += self.at
        found = {}
        while self.at < end:
            number = self.varint()
            if number not in PROPERTIES:
                raise Malformed("there is no property 0x%02x" % number)
            name, kind = PROPERTIES[number]
            if kind == "s":
                value = self.text()
            elif kind == "p":
                value = [self.text(), self.text()]
            else:
                value = self.varint() if kind == "v" else self.number(kind)
            if name in REPEATED:
                found.setdefault(name, []).append(value)
            elif name in found:
                raise Malformed("property %s twice" % name)
            else:
                found[name] = value
        if self.at != end:
            raise Malformed("properties longer than said")
        return found


def parse(first, data, level):
    """One packet from a server."""
    kind, flags = first >> 4, first & 15
    reader = Reader(data)
    found = {"type": NAMES[kind]}
    if kind != PUBLISH and flags != (2 if kind == PUBREL else 0):
        raise Malformed("flags 0x%x in %s" % (flags, NAMES[kind]))
    if kind == CONNACK:
        found["present"], found["code"] = bool(reader.number(1)), reader.number(1)
        found["props"] = reader.properties() if level == 5 else {}
    elif kind == PUBLISH:
        found.update(dup=bool(flags & 8), qos=flags >> 1 & 3, retain=bool(flags & 1), topic=reader.text())
        found["pid"] = reader.number(2) if found["qos"] else 0
        found["props"] = reader.properties() if level == 5 else {}
        found["payload"] = reader.take(reader.left()).decode()
        if found["qos"] == 3 or (found["qos"] and not found["pid"]) or (found["dup"] and not found["qos"]):
            raise Malformed("PUBLISH with QoS %(qos)d, packet identifier %(pid)d, DUP %(dup)s" % found)
    elif kind in (PUBACK, PUBREC, PUBREL, PUBCOMP):
        found["pid"] = reader.number(2)
        found["code"] = reader.number(1) if reader.left() and level == 5 else 0
        found["props"] = reader.properties() if reader.left() and level == 5 else {}
    elif kind in (SUBACK, UNSUBACK):
        found["pid"] = reader.number(2)
        found["props"] = reader.properties() if level == 5 else {}
        found["codes"] = list(reader.take(reader.left())) if kind == SUBACK or level == 5 else []
    elif kind == DISCONNECT and level == 5:
        found["code"] = reader.number(1) if reader.left() else 0
        found["props"] = reader.properties() if reader.left() else {}
    elif kind != PINGRESP:
        raise Malformed("a server does not send %s here" % NAMES[kind])
    if reader.left():
        raise Malformed("%d bytes behind the end of %s" % (reader.left(), NAMES[kind]))
    return found


class Stream:
    """Cuts what arrives into packets."""

    def __init__(self, level):
        self.level, self.data = level, b""

    def feed(self, data):
        self.data += data

    def next(self):
        """The next whole packet, or None."""
        reader = Reader(self.data)
        try:
            first = reader.number(1)
            body = reader.take(reader.varint())
        except Malformed:
            if len(self.data) > 5 and all(byte & 128 for byte in self.data[1:5]):
                raise
            return None
        self.data = self.data[reader.at:]
        return parse(first, body, self.level)
