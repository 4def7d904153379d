# SPDX-License-Identifier: MIT
#
# tests/clients/paho_lib.py - what the paho scripts share: checks, and clients that one loop drives in turn.
import os
import select
import socket
import time

import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

PORT = int(os.environ["MQTT_PORT"])
LIMITED = int(os.environ.get("MQTT_LIMITED_PORT") or 0)
HANDLERS = int(os.environ.get("MQTT_HANDLERS_PORT") or 0)
PATIENCE = float(os.environ.get("MQTT_TEST_PATIENCE") or 20)


late = 0  # waits that were in vain


def check(name, good, why=""):
    print("ok " + name if good else "FAIL %s: %s" % (name, str(why).replace("\n", "|")[:600]), flush=True)


def same(name, got, wanted):
    check(name, got == wanted, "wanted %r, got %r" % (wanted, got))


def props(kind, **values):
    """Properties of a packet type; user properties as a list of pairs in UserProperty."""
    result = Properties(getattr(PacketTypes, kind))
    for name, value in values.items():
        setattr(result, name, value)
    return result


def code(reason):
    """The number of a reason code object, or of a plain number."""
    return getattr(reason, "value", reason)


class Client(paho.Client):
    """A client that records what happens to it. Only pump() moves it."""

    all = []

    def __init__(self, client_id="", level=4, clean=True, host="127.0.0.1", port=None, user=None, **connect):
        fresh = {} if level == 5 else {"clean_session": clean}
        if hasattr(paho, "CallbackAPIVersion"):  # paho 2; the callbacks below are those of paho 1, which it has too
            fresh["callback_api_version"] = paho.CallbackAPIVersion.VERSION1
        super().__init__(client_id=client_id, protocol={3: paho.MQTTv31, 4: paho.MQTTv311, 5: paho.MQTTv5}[level], **fresh)
        Client.all.append(self)
        self.level, self.got, self.log = level, [], []
        self.connacks, self.acked, self.granted, self.released, self.lost = [], [], {}, {}, []
        self.cut = None  # text of a log line at which the connection is cut; called with the line
        self.where = (host, port or PORT)
        self.options = {"keepalive": 60, **connect}
        if level == 5:
            self.options.setdefault("clean_start", clean)
        if user:
            self.username_pw_set(*user)
        self.on_message = lambda client, data, message: self.got.append(message)
        self.on_publish = lambda client, data, mid: self.acked.append(mid)
        self.on_log = self._record
        self.on_connect = lambda client, data, flags, rc, properties=None: self.connacks.append((flags, code(rc), properties))
        self.on_disconnect = lambda client, data, rc, properties=None: self.lost.append(code(rc))
        self.on_subscribe = lambda client, data, mid, granted, properties=None: self.granted.__setitem__(
            mid, ([code(one) for one in granted], properties))
        self.on_unsubscribe = lambda client, data, mid, properties=None, reasons=None: self.released.__setitem__(
            mid, [code(one) for one in (reasons if isinstance(reasons, list) else [reasons])])

    def _record(self, client, data, level, text):
        self.log.append(text)
        if self.cut and self.cut(text):
            self.crash()

    def crash(self):
        """The network connection is gone, without a DISCONNECT; paho sees that when it reads or writes next."""
        self.cut = None
        if self.socket():
            try:
                self.socket().shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def start(self, wanted=0):
        """Connects (again) and waits for CONNACK with the wanted code; returns the client."""
        count = len(self.connacks)
        self.connect(*self.where, **self.options)
        if not pump(lambda: len(self.connacks) > count):
            raise RuntimeError("no CONNACK: %s" % self.log[-5:])
        if self.connack()[1] != wanted:
            raise RuntimeError("CONNACK with %s, not %s" % (self.connack()[1], wanted))
        return self

    def connack(self):
        return self.connacks[-1]

    def sub(self, topic, qos=0, **more):
        """Subscribes and waits for SUBACK; returns its codes."""
        result, mid = self.subscribe(topic, qos, **more)
        if not pump(lambda: mid in self.granted):
            raise RuntimeError("no SUBACK: %s" % self.log[-5:])
        return self.granted[mid][0]

    def unsub(self, topic):
        result, mid = self.unsubscribe(topic)
        if not pump(lambda: mid in self.released):
            raise RuntimeError("no UNSUBACK: %s" % self.log[-5:])
        return self.released[mid]

    def pub(self, topic, payload, qos=1, retain=False, **more):
        """Publishes and waits for what acknowledges it."""
        mid = self.publish(topic, payload, qos, retain, **more).mid
        if not pump(lambda: mid in self.acked):
            raise RuntimeError("not acknowledged: %s" % self.log[-5:])

    def quit(self, **more):
        self.disconnect(**more)
        pump(lambda: self.socket() is None)

    def texts(self):
        return [message.payload.decode() for message in self.got]

    def logged(self, start):
        return [line for line in self.log if line.startswith(start)]


def pump(condition, seconds=None):
    """Lets all clients work until the condition holds; false when that takes too long."""
    end = time.monotonic() + (seconds or PATIENCE)
    while True:
        clients = [client for client in Client.all if client.socket() is not None]
        readable, writable, _ = select.select([client.socket() for client in clients],
                                              [client.socket() for client in clients if client.want_write()], [], 0.01)
        for client in clients:
            if client.socket() in readable or client.socket() in writable:
                client.loop(0)
            else:
                client.loop_misc()
        if condition():
            return True
        if time.monotonic() > end:
            global late
            late += 1
            if late >= 3:
                raise TimeoutError("three waits were in vain")
            return False


class Observer(Client):
    """A client of level 5 that marks() a point: everything sent before has come when the mark has."""

    def __init__(self, *topics, **more):
        super().__init__(**{"level": 5, **more})
        self.start()
        for topic in topics:
            self.sub(topic, 2)
        self.mark_topic = "mark/%d" % id(self)
        self.sub(self.mark_topic, 2)

    def mark(self):
        self.pub(self.mark_topic, "mark", 2)  # as slow as the slowest: QoS 2 counts when PUBREL has come
        pump(lambda: any(message.topic == self.mark_topic for message in self.got))
        got = [message for message in self.got if message.topic != self.mark_topic]
        self.got.clear()
        return got


def run(tests):
    """Runs the tests in their order; one that raises is a failed check, and the next ones run."""
    for test in tests:
        global late
        late = 0
        try:
            test()
        except Exception as error:
            check(test.__name__, False, "%s: %s" % (type(error).__name__, error))
        for client in Client.all:
            client.on_disconnect = None
            if client.socket() is not None:
                client.crash()
                client.loop(0.001)
        Client.all.clear()
    print("end")
