# SPDX-License-Identifier: MIT
#
# tests/wire/notation.py - the two ways to write down a packet that tests/vectors/README.md explains: bytes with marks,
# and words. The C side is tests/unit/codec/packet_text.h and tests/unit/broker/packet_words.h; both must agree.
"""Packets from text and to text. Everything is bytes, so that what is no UTF-8 stays what it is."""

NAMES = ['', 'CONNECT', 'CONNACK', 'PUBLISH', 'PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP', 'SUBSCRIBE', 'SUBACK',
         'UNSUBSCRIBE', 'UNSUBACK', 'PINGREQ', 'PINGRESP', 'DISCONNECT', 'AUTH']
TYPES = {name: number for number, name in enumerate(NAMES) if name}
CONNECT, CONNACK, PUBLISH, PUBACK, PUBREL, PUBCOMP = 1, 2, 3, 4, 6, 7
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT, AUTH = range(8, 16)

# Short name: identifier, kind of value (1, 2, 4: bytes of a number; v: variable; s: string; b: binary; p: pair)
PROPS = {
    'pfi': (0x01, 1), 'exp': (0x02, 4), 'ct': (0x03, 's'), 'rt': (0x08, 's'), 'cd': (0x09, 'b'), 'sub': (0x0B, 'v'),
    'sei': (0x11, 4), 'aci': (0x12, 's'), 'ska': (0x13, 2), 'am': (0x15, 's'), 'ad': (0x16, 'b'), 'rpi': (0x17, 1),
    'wdi': (0x18, 4), 'rri': (0x19, 1), 'ri': (0x1A, 's'), 'sr': (0x1C, 's'), 'rs': (0x1F, 's'), 'rm': (0x21, 2),
    'tam': (0x22, 2), 'alias': (0x23, 2), 'mq': (0x24, 1), 'ra': (0x25, 1), 'up': (0x26, 'p'), 'mps': (0x27, 4),
    'wsa': (0x28, 1), 'sia': (0x29, 1), 'ssa': (0x2A, 1),
}
PROP_NAMES = {number: (name, kind) for name, (number, kind) in PROPS.items()}


class NotationError(Exception):
    """Text that is no packet: a mistake in a case."""


def varint(value):
    out = bytearray()
    while True:
        out.append(value & 127 | (128 if value > 127 else 0))
        value >>= 7
        if not value:
            return bytes(out)


def string(value):
    if len(value) > 65535:
        raise NotationError('a string over 65,535 bytes')
    return len(value).to_bytes(2, 'big') + value


def pattern(size):
    return bytes(at * 7 % 251 for at in range(size))


# ---- bytes with marks -----------------------------------------------------------------------------------------------


def _part(text, at, stop):
    """Bytes up to the byte `stop` (None: the end), and where they end."""
    out = bytearray()
    while True:
        mark = text[at:at + 1]
        if mark == (stop or b''):
            return bytes(out), at + len(stop or b'')
        if mark == b' ':
            at += 1
        elif mark == b'~':
            body, at = _part(text, at + 1, stop)
            return bytes(out) + varint(len(body)) + body, at
        elif mark == b'[':
            body, at = _part(text, at + 1, b']')
            out += varint(len(body)) + body
        elif mark == b'{':
            body, at = _part(text, at + 1, b'}')
            out += string(body)
        elif mark == b"'":
            end = text.index(b"'", at + 1)
            out += string(text[at + 1:end])
            at = end + 1
        elif mark == b'<':
            end = text.index(b'>', at + 1)
            out += text[at + 1:end]
            at = end + 1
        elif mark == b'*':
            start = text.index(b'(', at)
            body, end = _part(text, start + 1, b')')
            out += body * int(text[at + 1:start])
            at = end
        else:
            try:
                out.append(int(text[at:at + 2].decode('ascii'), 16))
            except ValueError:
                raise NotationError('bad bytes at: %r' % text[at:]) from None
            at += 2


def from_marks(text):
    """The bytes of "82 ~ 0001 'a/b' 00"."""
    return _part(text.encode(), 0, None)[0]


# ---- from words -----------------------------------------------------------------------------------------------------


def is_words(text):
    return text.split(' ')[0] in TYPES


def _prop(name, value):
    if name not in PROPS:
        raise NotationError('no such word: %s' % name)
    number, kind = PROPS[name]
    if kind == 'p':
        key, colon, rest = value.partition(b':')
        if not colon:
            raise NotationError('a pair needs a colon')
        body = string(key) + string(rest)
    elif kind in ('s', 'b'):
        body = string(value)
    elif kind == 'v':
        body = varint(int(value))
    else:
        body = int(value).to_bytes(kind, 'big')
    return bytes([number]) + body


def _payload(value):
    return pattern(int(value[1:])) if value[:1] == b'#' else value


def _entries(words, with_options, level):
    """SUBSCRIBE and UNSUBSCRIBE: filters, each with the options that follow it. Other words come back."""
    out, rest, options = b'', [], None
    for name, value in words:
        if name == 'f':
            out += bytes([options]) if options is not None else b''
            out += string(value)
            options = 0 if with_options else None
        elif name in ('q', 'nl', 'rap', 'rh') and options is not None:
            bits = {'q': int(value or 0), 'nl': 4, 'rap': 8, 'rh': int(value or 0) << 4}[name]
            options |= bits if level == 5 or name == 'q' else 0
        else:
            rest.append((name, value))
    return out + (bytes([options]) if options is not None else b''), rest


def _connect(level, words):
    props = will_props = b''
    flags, keep_alive, client_id, fields = 0, 0, b'', {}
    for name, value in words:
        if name == 'clean':
            flags |= 2
        elif name == 'id':
            client_id = value
        elif name == 'ka':
            keep_alive = int(value)
        elif name in ('user', 'pass', 'will', 'wp'):
            fields[name] = _payload(value) if name == 'wp' else value
            flags |= {'user': 0x80, 'pass': 0x40, 'will': 4, 'wp': 0}[name]
        elif name == 'wq':
            flags |= int(value) << 3
        elif name == 'wr':
            flags |= 0x20
        elif name.startswith('w.'):
            will_props += _prop(name[2:], value)
        else:
            props += _prop(name, value)
    body = string(b'MQIsdp' if level == 3 else b'MQTT') + bytes([level, flags]) + keep_alive.to_bytes(2, 'big')
    if level == 5:
        body += varint(len(props)) + props
    body += string(client_id)
    if flags & 4:
        body += varint(len(will_props)) + will_props if level == 5 else b''
        body += string(fields['will']) + string(fields.get('wp', b''))
    for name in ('user', 'pass'):
        body += string(fields[name]) if name in fields else b''
    return bytes([0x10]) + varint(len(body)) + body


def _publish(level, words):
    flags, packet_id, topic, payload, props = 0, 0, b'', b'', b''
    for name, value in words:
        if name in ('dup', 'r'):
            flags |= 8 if name == 'dup' else 1
        elif name == 'q':
            flags |= int(value) << 1
        elif name == 'id':
            packet_id = int(value)
        elif name == 't':
            topic = value
        elif name == 'p':
            payload = _payload(value)
        else:
            props += _prop(name, value)
    body = string(topic) + (packet_id.to_bytes(2, 'big') if flags & 6 else b'')
    body += varint(len(props)) + props if level == 5 else b''
    body += payload
    return bytes([0x30 | flags]) + varint(len(body)) + body


def from_words(text, level):
    """The bytes of "PUBLISH q=1 id=7 t=a/b p=hi", and the level: that of the connection, unless CONNECT says another."""
    first, *rest = text.split(' ')
    words = []
    for word in filter(None, rest):
        name, _, value = word.partition('=')
        if first == 'CONNECT' and name in ('v3', 'v4', 'v5'):
            level = int(name[1])
        else:
            words.append((name, value.encode()))
    kind = TYPES[first]
    if kind == CONNECT:
        return _connect(level, words), level
    if kind == PUBLISH:
        return _publish(level, words), level
    entries, packet_id, reason, props = b'', 0, 0, b''
    if kind in (SUBSCRIBE, UNSUBSCRIBE):
        entries, words = _entries(words, kind == SUBSCRIBE, level)
    for name, value in words:
        if name == 'id':
            packet_id = int(value)
        elif name == 'rc':
            reason = int(value, 16)
        else:
            props += _prop(name, value)
    listed = varint(len(props)) + props if level == 5 else b''
    if kind in (SUBSCRIBE, UNSUBSCRIBE):
        body = packet_id.to_bytes(2, 'big') + listed + entries
    elif PUBACK <= kind <= PUBCOMP or kind in (DISCONNECT, AUTH):
        body = packet_id.to_bytes(2, 'big') if kind <= PUBCOMP else b''
        if level == 5 and (reason or props):
            body += bytes([reason]) + (listed if props or kind == AUTH else b'')
    elif kind in (PINGREQ, PINGRESP):
        body = b''
    else:
        raise NotationError('clients do not say %s by words' % first)
    flags = 2 if kind in (PUBREL, SUBSCRIBE, UNSUBSCRIBE) else 0
    return bytes([kind << 4 | flags]) + varint(len(body)) + body, level


# ---- to words -------------------------------------------------------------------------------------------------------


class _Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        if self.at + size > len(self.data):
            raise NotationError('the packet ends too early')
        self.at += size
        return self.data[self.at - size:self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), 'big')

    def string(self):
        return self.take(self.number(2))

    def varint(self):
        value = shift = 0
        while True:
            byte = self.number(1)
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def rest(self):
        return self.take(len(self.data) - self.at)


def _text(name, data):
    if len(data) <= 100:
        return b' ' + name + b'=' + data.split(b'\0')[0]
    mark = b'#' if data == pattern(len(data)) else b'!'
    return b' ' + name + b'=' + mark + str(len(data)).encode()


def _props(reader):
    out, rest = b'', _Reader(reader.take(reader.varint()))
    while rest.at < len(rest.data):
        name, kind = PROP_NAMES[rest.number(1)]
        name = name.encode()
        if kind == 'p':
            key = rest.string().split(b'\0')[0]
            out += b' ' + name + b'=' + key + b':' + rest.string().split(b'\0')[0]
        elif kind in ('s', 'b'):
            out += _text(name, rest.string())
        else:
            out += b' %s=%d' % (name, rest.varint() if kind == 'v' else rest.number(kind))
    return out


def to_words(packet, level):
    """The line that tells a whole packet of a server."""
    kind, flags = packet[0] >> 4, packet[0] & 15
    reader = _Reader(_body(packet))
    out = NAMES[kind].encode()
    if kind == CONNACK:
        present = reader.number(1)
        out += b' rc=%02X sp=%d' % (reader.number(1), present)
        out += _props(reader) if level == 5 else b''
    elif kind == PUBLISH:
        topic = reader.string()
        qos = flags >> 1 & 3
        out += (b' dup' if flags & 8 else b'') + b' q=%d' % qos + (b' r' if flags & 1 else b'')
        out += b' id=%d' % reader.number(2) if qos else b''
        props = _props(reader) if level == 5 else b''
        out += _text(b't', topic) + _text(b'p', reader.rest()) + props
    elif PUBACK <= kind <= PUBCOMP:
        out += b' id=%d' % reader.number(2)
        reason = reader.number(1) if reader.at < len(reader.data) else 0
        out += b' rc=%02X' % reason if reason else b''
        out += _props(reader) if reader.at < len(reader.data) else b''
    elif kind in (SUBACK, UNSUBACK):
        out += b' id=%d' % reader.number(2)
        props = _props(reader) if level == 5 else b''
        out += b''.join(b' %02X' % code for code in reader.rest()) + props
    elif kind in (DISCONNECT, AUTH):
        out += b' rc=%02X' % (reader.number(1) if reader.data else 0)
        out += _props(reader) if reader.at < len(reader.data) else b''
    if reader.at < len(reader.data):
        raise NotationError('bytes behind the end of %s' % NAMES[kind])
    return out


def frame_size(data):
    """Bytes of the whole packet that data begins with; None when too little is known, -1 when it is none."""
    value = 0
    for at in range(1, 5):
        if at >= len(data):
            return None
        value |= (data[at] & 127) << 7 * (at - 1)
        if data[at] < 128:
            return 1 + at + value
    return -1


def _body(packet):
    at = 1
    while packet[at] > 127:
        at += 1
    return packet[at + 1:]


def matches(line, expected):
    """Does a line of words tell what is expected? "NAME word … *": at least these words; "!word": not this one."""
    if not expected.endswith(b' *'):
        return line == expected
    name, *words = expected[:-2].split(b' ')
    first, *there = line.split(b' ')
    for word in filter(None, words):
        if word[:1] == b'!':
            if any(other == word[1:] or other.startswith(word[1:] + b'=') for other in there):
                return False
        elif word not in there:
            return False
    return first == name
