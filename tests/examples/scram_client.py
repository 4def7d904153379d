#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A client of examples/scram: raw MQTT 5.0 and SCRAM-SHA-256 from the standard library.

usage: scram_client.py PORT USER PASSWORD      prints "in" (with the server's proof checked, twice) or "refused 0xNN"
"""
import base64, hashlib, hmac, os, socket, struct, sys

METHOD = b"SCRAM-SHA-256"


def text(data):
    return struct.pack(">H", len(data)) + data


def varint(number):
    out = b""
    while True:
        number, low = number >> 7, number & 127
        out += bytes([low | (128 if number else 0)])
        if not number:
            return out


def properties(data):
    raw = b"\x15" + text(METHOD) + b"\x16" + text(data)
    return varint(len(raw)) + raw


def packet(first, body):
    return bytes([first]) + varint(len(body)) + body


def exactly(sock, count):
    data = b""
    while len(data) < count:
        more = sock.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def receive(sock):
    first, length, shift = exactly(sock, 1)[0], 0, 0
    while True:
        byte = exactly(sock, 1)[0]
        length |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return first >> 4, exactly(sock, length)


def auth_data(raw):
    """The authentication data in a property list that has its length in front."""
    at = 1
    while raw[at - 1] & 128:
        at += 1
    fixed = {0x01: 1, 0x11: 4, 0x13: 2, 0x21: 2, 0x22: 2, 0x24: 1, 0x25: 1, 0x27: 4, 0x28: 1, 0x29: 1, 0x2A: 1}
    while at < len(raw):
        name, at = raw[at], at + 1
        if name in fixed:
            at += fixed[name]
            continue
        size = struct.unpack_from(">H", raw, at)[0]
        if name == 0x16:
            return raw[at + 2 : at + 2 + size]
        at += 2 + size
    return b""


def exchange(sock, user, password, first_packet):
    nonce = base64.b64encode(os.urandom(18))
    bare = b"n=" + user + b",r=" + nonce
    sock.sendall(first_packet(b"n,," + bare))
    kind, body = receive(sock)
    if kind != 15:
        return kind, body[0] if kind == 14 else body[1]
    server_first = auth_data(body[1:])
    fields = dict(part.split(b"=", 1) for part in server_first.split(b","))
    assert body[0] == 0x18 and fields[b"r"].startswith(nonce)
    salted = hashlib.pbkdf2_hmac("sha256", password, base64.b64decode(fields[b"s"]), int(fields[b"i"]))
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    without_proof = b"c=biws,r=" + fields[b"r"]
    signed = bare + b"," + server_first + b"," + without_proof
    signature = hmac.digest(hashlib.sha256(client_key).digest(), signed, "sha256")
    proof = bytes(a ^ b for a, b in zip(client_key, signature))
    sock.sendall(packet(0xF0, b"\x18" + properties(without_proof + b",p=" + base64.b64encode(proof))))
    kind, body = receive(sock)
    code = body[1] if kind == 2 else body[0]
    if code == 0:
        expected = b"v=" + base64.b64encode(hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), signed, "sha256"))
        assert auth_data(body[2:] if kind == 2 else body[1:]) == expected, "the server does not know the password"
    return kind, code


def main():
    port, user, password = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3].encode()
    with socket.create_connection(("127.0.0.1", port), 10) as sock:
        connect = lambda data: packet(0x10, b"\0\4MQTT\5\2\0\x3c" + properties(data) + text(b"scram"))
        kind, code = exchange(sock, user, password, connect)
        if code:
            print("refused 0x%02x" % code)
            return
        assert kind == 2
        kind, code = exchange(sock, user, password, lambda data: packet(0xF0, b"\x19" + properties(data)))
        assert (kind, code) == (15, 0), "authenticating again: packet %d, code 0x%02x" % (kind, code)
        print("in")


main()
