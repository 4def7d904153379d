# SPDX-License-Identifier: MIT
#
# tests/model/player.py - plays a script to a broker over raw sockets, and tells the model what is sent and received.
#
# After each operation its client sends PINGREQ and reads until PINGRESP, then all clients do, again and again until
# rounds bring nothing else: then the broker, which handles one connection after the other, has done all it will do.
# (Two rounds when clients acknowledged something meanwhile: a PINGREQ may be read before another client's PUBACK.)
# A connection that is to end is half-closed and read to its end. So nothing depends on time; the time-out of the
# sockets only turns a broker that hangs into a failure.
import socket

import packets
from reference import Message, Mismatch, describe

PATIENCE_S = 10
ROUNDS = 200
EXPECTED = {"puback": ("publish", 1), "pubrec": ("publish", 2), "pubcomp": ("release", 2)}


class Client:
    """A client of the script: its connection, if it has one, and what it remembers between connections."""

    def __init__(self, name):
        self.name, self.socket, self.level = name, None, 4
        self.hold, self.held = set(), []  # kinds of acknowledgement not sent; those waiting, as (kind, packet id)
        self.out = {}  # packet id -> dict(message, stage "publish" or "release", receivers, stop)
        self.next_pid = 0

    def open(self, port, level):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.level, self.stream = level, packets.Stream(level)
        self.aliases_in, self.aliases_out, self.alias_maximum, self.alias_offered = {}, {}, 0, 0
        self.held = []

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise Mismatch("%s cannot send: %s" % (self.name, error)) from None

    def packet(self):
        """The next packet; None at the end of the connection."""
        try:
            while True:
                found = self.stream.next()
                if found:
                    return self.resolve(found)
                data = self.socket.recv(65536)
                if not data:
                    if self.stream.data:
                        raise Mismatch("the connection of %s ended inside of a packet" % self.name)
                    return None
                self.stream.feed(data)
        except ConnectionResetError:
            return None
        except socket.timeout:
            raise Mismatch("%s gets no answer" % self.name) from None
        except (packets.Malformed, UnicodeDecodeError) as error:
            raise Mismatch("%s got a malformed packet: %s" % (self.name, error)) from None

    def resolve(self, packet):
        """Puts the topic of an alias in its place."""
        alias = packet["type"] == "publish" and packet["props"].get("alias")
        if alias:
            if alias > self.alias_offered:
                raise Mismatch("%s got topic alias %d" % (self.name, alias))
            if packet["topic"]:
                self.aliases_in[alias] = packet["topic"]
            packet["topic"] = self.aliases_in.get(alias) or "(no topic for this alias)"
        return packet

    def close(self):
        if self.socket:
            self.socket.close()
            self.socket = None

    def new_pid(self):
        self.next_pid = next(pid for pid in range(1, 65536) if pid not in self.out)
        return self.next_pid


class Player:
    def __init__(self, port, model):
        self.port, self.model, self.clients = port, model, {}
        self.log = []  # per operation: what the clients got, without packet identifiers
        self.used_pids = 0

    def client(self, name):
        return self.clients.setdefault(name, Client(name))

    def run(self, script):
        """Raises Mismatch, whose attribute `at` is the number of the operation."""
        try:
            for number, operation in enumerate(script):
                self.log.append([])
                try:
                    client = self.client(operation["c"])
                    if operation["op"] == "connect" or client.socket:
                        getattr(self, "do_" + operation["op"])(client, operation)
                        self.settle(client)
                except Mismatch as mismatch:
                    mismatch.at = number
                    raise
        finally:
            for client in self.clients.values():
                client.close()

    # ---- operations -------------------------------------------------------------------------------------------------

    def do_connect(self, client, op):
        level, old = op["level"], client.socket and (client.socket, client.stream, client.level)
        client.open(self.port, level)
        props = {"session_expiry": op["expiry"]} if op.get("expiry") else {}
        if op.get("window"):
            props["receive_maximum"] = op["window"]
        if op.get("aliases"):
            props["alias_maximum"] = op["aliases"]
        will = op.get("will") and dict(op["will"], props={"will_delay": op["will"]["delay"]})
        if will and level != 5:
            will["delay"] = 0
        client.alias_offered = op.get("aliases", 0) if level == 5 else 0
        client.send(packets.connect(level, client.name, op["clean"], props, will))
        answer = client.packet()
        if not answer or answer["type"] != "connack" or answer["code"]:
            raise Mismatch("%s got no CONNACK with success: %s" % (client.name, answer))
        self.note(client, answer)
        if old:
            self.read_taken(client, old)
        client.alias_maximum = answer["props"].get("alias_maximum", 0)
        window = op.get("window", 0) if level == 5 else 0
        present = self.model.connect(client.name, level, op["clean"], op.get("expiry", 0), will, window)
        if present not in (None, answer["present"]):
            raise Mismatch("%s: Session Present is %s" % (client.name, answer["present"]))
        if not answer["present"]:
            client.out.clear()
        self.resend(client)

    def read_taken(self, client, old):
        """The connection that was taken over ends, with 0x8E for a 5.0 client [MQTT-3.1.4-3]."""
        late = Client(client.name)
        late.socket, late.stream, late.level = old
        last = None
        while True:
            packet = late.packet()
            if not packet:
                break
            self.note(client, packet, "old ")
            if self.model.strict and (last or packet["type"] != "disconnect"):
                raise Mismatch("%s got %s over the connection that was taken over" % (client.name, describe(packet)))
            last = packet.get("code")
        late.close()
        if self.model.strict and last != (0x8E if late.level == 5 else None):
            raise Mismatch("the connection of %s was taken over with reason code %s" % (client.name, last))

    def resend(self, client):
        """What a client must send again when its session goes on [MQTT-4.4.0-1]."""
        for pid, out in client.out.items():
            if out["stage"] == "publish":
                self.send_publish(client, pid, out["op"], dup=True)
            elif not out["stop"]:
                client.send(packets.acknowledge(packets.PUBREL, pid))
                self.model.pubrel(client.name, pid)

    def do_disconnect(self, client, op):
        code = op.get("code", 0) if client.level == 5 else 0
        expiry = op.get("expiry") if client.level == 5 and self.model.sessions[client.name].expiry else None
        client.send(packets.disconnect(client.level, code, {} if expiry is None else {"session_expiry": expiry}))
        self.read_end(client)
        self.model.closed(client.name, code == 0, expiry)

    def do_drop(self, client, op):
        if op.get("flush"):
            self.model.attempt_unseen(client.name)
            self.send_held(client, client.held)
        self.half_close(client)

    def half_close(self, client):
        try:
            client.socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            raise Mismatch("the connection of %s is gone: %s" % (client.name, error)) from None
        self.read_end(client)
        self.model.closed(client.name)

    def read_end(self, client):
        """Reads to the end of a connection; what arrives is not acknowledged any more."""
        while True:
            packet = client.packet()
            if not packet:
                break
            self.note(client, packet)
            if packet["type"] == "publish":
                self.model.received(client.name, packet)
            elif packet["type"] == "pubrel":
                self.model.pubrel_received(client.name, packet["pid"])
            elif packet["type"] not in ("puback", "pubrec", "pubcomp"):
                raise Mismatch("%s got %s at the end" % (client.name, describe(packet)))
        client.close()

    def do_subscribe(self, client, op):
        pid = client.new_pid()
        identifier = op.get("id", 0) if client.level == 5 else 0
        client.send(packets.subscribe(client.level, pid, op["filters"], identifier))
        client.answer = "suback", pid, self.model.subscribe(client.name, op["filters"], identifier)

    def do_unsubscribe(self, client, op):
        pid = client.new_pid()
        client.send(packets.unsubscribe(client.level, pid, op["filters"]))
        codes = self.model.unsubscribe(client.name, op["filters"])
        client.answer = "unsuback", pid, codes if client.level == 5 or codes is None else []

    def do_publish(self, client, op):
        """Several messages leave in one write."""
        data = b""
        for message in op["messages"]:
            pid = 0
            if message["qos"]:
                pid = client.new_pid()
                client.out[pid] = {"op": message, "stage": "publish", "stop": bool(op.get("stop")), "receivers": None}
            data += self.publish_bytes(client, pid, message, False)
            self.published(client, pid, message)
        client.send(data)
        if op.get("lost"):
            self.model.attempt_unseen(client.name)
            self.half_close(client)

    def publish_bytes(self, client, pid, message, dup):
        topic, props = message["topic"], {}
        if client.level == 5:
            props = {"user": [["n", message["payload"]]]}
            alias = 0 if dup else message.get("alias", 0)
            if 0 < alias <= client.alias_maximum:
                props["alias"] = alias
                if client.aliases_out.get(alias) == topic:
                    topic = ""
                else:
                    client.aliases_out[alias] = topic
        return packets.publish(
            client.level, topic, message["payload"], message["qos"], message["retain"], dup, pid, props)

    def published(self, client, pid, message):
        user = [["n", message["payload"]]] if client.level == 5 else None
        one = Message(client.name, message["topic"], message["payload"], message["qos"], message["retain"], user)
        receivers = self.model.publish(client.name, one, pid)
        if pid:
            client.out[pid]["receivers"] = receivers

    def send_publish(self, client, pid, message, dup):
        client.send(self.publish_bytes(client, pid, message, dup))
        self.published(client, pid, message)

    def do_finish(self, client, op):
        """PUBREL for what was published with "stop"."""
        for pid, out in client.out.items():
            if out["stage"] == "release" and out["stop"]:
                out["stop"] = False
                client.send(packets.acknowledge(packets.PUBREL, pid))
                self.model.pubrel(client.name, pid)

    def do_hold(self, client, op):
        client.hold = set(op["kinds"])

    def do_release(self, client, op):
        """Sends acknowledgements that were held back, all or the first of them."""
        count = op.get("count", 0)
        if not count:
            client.hold = set()
        self.send_held(client, client.held[:count] if count else client.held, op.get("code", 0))

    def send_held(self, client, which, code=0):
        for kind, pid in list(which):
            client.held.remove((kind, pid))
            self.acknowledge(client, kind, pid, code if kind != "pubcomp" else 0)

    def acknowledge(self, client, kind, pid, code=0):
        code = code if client.level == 5 else 0
        client.send(packets.acknowledge(packets.NAMES.index(kind), pid, code))
        self.model.acknowledged(client.name, kind, pid, code)

    # ---- what arrives -----------------------------------------------------------------------------------------------

    def settle(self, actor):
        needed = 2 if actor.socket and self.round([actor]) else 1  # quiet rounds
        connected = [client for client in self.clients.values() if client.socket]
        quiet = 0
        for _ in range(ROUNDS):
            if self.round(connected):
                needed, quiet = 2, 0
            else:
                quiet += 1
            if quiet == needed:
                break
        else:
            raise Mismatch("there is no end of packets")
        for client in connected:
            self.check_answered(client)
        self.model.settled()

    def round(self, clients):
        """Everybody pings. Returns how many packets came but the answers."""
        news = 0
        for client in clients:
            client.send(packets.pingreq())
        for client in clients:
            while True:
                packet = client.packet()
                if packet and packet["type"] == "pingresp":
                    break
                self.note(client, packet or {"type": "end"})
                self.handle(client, packet)
                news += 1
        return news

    def check_answered(self, client):
        if getattr(client, "answer", None):
            raise Mismatch("%s got no %s" % (client.name, client.answer[0].upper()))
        for pid, out in client.out.items():
            if out["stage"] == "publish" or not out["stop"]:
                raise Mismatch("%s got no answer to %s of packet identifier %d" % (client.name, out["stage"], pid))

    def handle(self, client, packet):
        kind = packet and packet["type"]
        if not packet or kind == "disconnect":
            raise Mismatch("the broker closed the connection of %s: %s" % (client.name, packet))
        pid = packet.get("pid")
        if kind == "publish":
            self.model.received(client.name, packet)
            if packet["qos"]:
                self.answer(client, "puback" if packet["qos"] == 1 else "pubrec", pid)
        elif kind == "pubrel":
            self.model.pubrel_received(client.name, pid)
            self.answer(client, "pubcomp", pid)
        elif kind in EXPECTED:
            self.publisher_step(client, packet)
        elif getattr(client, "answer", None) and client.answer[:2] == (kind, pid):
            if client.answer[2] not in (None, packet["codes"]):
                raise Mismatch("%s got %s with %s, not %s" % (client.name, kind, packet["codes"], client.answer[2]))
            client.answer = None
        else:
            raise Mismatch("%s got %s" % (client.name, packet))

    def answer(self, client, kind, pid):
        if kind in client.hold:
            client.held.append((kind, pid))
        else:
            self.acknowledge(client, kind, pid)

    def publisher_step(self, client, packet):
        kind, pid, code = packet["type"], packet["pid"], packet["code"]
        out = client.out.get(pid)
        if not out or EXPECTED[kind] != (out["stage"], out["op"]["qos"]):
            raise Mismatch("%s got %s, and waits for %s" % (client.name, packet, out))
        if self.model.strict and code and not (code == 0x10 and out["receivers"] in (0, None) and kind != "pubcomp"):
            raise Mismatch("%s got %s with reason code 0x%02x" % (client.name, kind.upper(), code))
        if kind == "pubrec":
            out["stage"] = "release"
            if not out["stop"]:
                client.send(packets.acknowledge(packets.PUBREL, pid))
                self.model.pubrel(client.name, pid)
        else:
            del client.out[pid]

    def note(self, client, packet, prefix=""):
        """Remembers what arrived in the form that differential runs compare."""
        seen = {name: value for name, value in packet.items() if name not in ("pid", "props")}
        props = packet.get("props", {})
        for name in ("subscription_id", "user"):
            if packet["type"] == "publish" and props.get(name):
                seen[name] = sorted(props[name])
        self.log[-1].append((prefix + client.name, seen))


def reset(port, names, topics):
    """Ends the sessions of all clients and clears what is retained, so that the next script finds nothing."""
    for name in names:
        client = Client(name)
        client.open(port, 5)
        client.send(packets.connect(5, name, True))
        if not client.packet():
            raise Mismatch("the broker does not let %s in" % name)
        if name == names[-1]:
            for topic in topics:
                client.send(packets.publish(5, topic, "", 0, True))
        client.send(packets.disconnect(5))
        while client.packet():
            pass
        client.close()
