# SPDX-License-Identifier: MIT
#
# tests/model/generate.py - random scripts. A script is a list of operations, each a dict that JSON can hold; one whose
# client is not connected is skipped when played, so that any part of a script is a script too.
import random

NAMES = ("a", "b", "c", "d", "e")
TOPICS = ("t", "t/1", "t/2", "t/1/x", "u/1", "u", "$own/1", "w")
FILTERS = ("t", "t/1", "t/2", "t/+", "+/1", "#", "t/#", "+", "+/+", "u/#", "$own/#", "t/+/x", "w")
SHARED = ("$share/g/t/+", "$share/g/#", "$share/h/t/1", "$share/h/u/1")
APART = ("t", "t/1", "t/2", "t/+/x", "u/#", "$own/#", "w")  # no two of them match the same topic
LONG = 100000  # seconds; never over in a run


class Generator:
    """plain: without what brokers may do in different ways."""

    def __init__(self, seed, plain=False):
        self.plain = plain
        self.random = random.Random(seed)
        self.names = NAMES[:self.random.randint(2, len(NAMES))]
        self.levels = {name: self.random.choice((4, 5, 5)) for name in self.names}
        self.shared = not plain and self.random.random() < 0.6
        self.connected, self.count, self.uncleared = set(), 0, set(TOPICS)

    def chance(self, share):
        return self.random.random() < share

    def script(self, length):
        return [self.operation() for _ in range(length)]

    def operation(self):
        if not self.connected or self.chance(0.12):
            name = self.random.choice(self.names)
            if not self.plain or name not in self.connected:
                return self.connect(name)
        name = self.random.choice(sorted(self.connected))
        kinds = {"publish": 40, "subscribe": 20, "unsubscribe": 5, "disconnect": 5, "drop": 7, "hold": 7, "release": 8,
                 "finish": 3, "connect": 5}
        kind = self.random.choices(list(kinds), list(kinds.values()))[0]
        if self.plain and kind in ("hold", "release", "finish", "connect"):
            kind = "publish"
        return getattr(self, kind)(name)

    def connect(self, name):
        self.connected.add(name)
        level = self.levels[name] if self.plain or self.chance(0.93) else self.random.choice((4, 5))
        op = {"op": "connect", "c": name, "level": level, "clean": self.chance(0.2)}
        if level == 5:
            if self.chance(0.75):
                op["expiry"] = LONG
            if self.chance(0.4):
                op["window"] = self.random.randint(1, 3)
            if self.chance(0.3):
                op["aliases"] = self.random.randint(1, 3)
        if self.chance(0.3):
            message = self.message()
            op["will"] = {"topic": message["topic"], "payload": message["payload"], "qos": message["qos"],
                          "retain": message["retain"], "delay": LONG if level == 5 and not self.plain and self.chance(0.5) else 0}
        return op

    def disconnect(self, name):
        self.connected.discard(name)
        op = {"op": "disconnect", "c": name}
        if self.chance(0.3):
            op["code"] = 4
        if self.chance(0.2):
            op["expiry"] = self.random.choice((0, LONG))
        return op

    def drop(self, name):
        self.connected.discard(name)
        return {"op": "drop", "c": name, "flush": self.chance(0.5)}

    def topic_filter(self):
        if self.plain:
            return self.random.choice(APART)
        return self.random.choice(SHARED if self.shared and self.chance(0.4) else FILTERS)

    def subscribe(self, name):
        filters = []
        for topic_filter in sorted({self.topic_filter() for _ in range(self.random.choice((1, 1, 1, 2, 3)))}):
            shared = topic_filter.startswith("$share/")
            filters.append([topic_filter, self.random.randint(0, 2), 0 if shared or self.plain else int(self.chance(0.25)),
                            int(topic_filter in APART[1:4] if self.plain else self.chance(0.3)), self.random.choice((0, 0, 1, 2))])
        op = {"op": "subscribe", "c": name, "filters": filters}
        if self.chance(0.4):
            op["id"] = self.random.randint(1, 200)
        return op

    def unsubscribe(self, name):
        return {"op": "unsubscribe", "c": name,
                "filters": [self.topic_filter() for _ in range(self.random.randint(1, 2))]}

    def message(self):
        self.count += 1
        retain, topic = self.chance(0.3), self.random.choice(TOPICS)
        clear = retain and topic in self.uncleared and self.chance(0.3)
        if clear:  # once a topic, so that no two messages look alike
            self.uncleared.remove(topic)
        return {"topic": topic, "payload": "" if clear else "m%d" % self.count,
                "qos": self.random.choice((0, 1, 1) if self.plain else (0, 1, 1, 2, 2)), "retain": retain}

    def publish(self, name):
        messages = [self.message() for _ in range(self.random.choice((1, 1, 1, 2, 4, 8)))]
        if self.chance(0.5):  # much to the same topic, so that order shows
            for message in messages if all(message["payload"] for message in messages) else []:
                message["topic"] = messages[0]["topic"]
        if self.chance(0.2):
            for message in messages:
                message["alias"] = self.random.randint(1, 3)
        op = {"op": "publish", "c": name, "messages": messages}
        if self.plain:
            return op
        if self.chance(0.15):
            op["stop"] = True
        elif self.chance(0.1):
            op["lost"] = True
            self.connected.discard(name)
        return op

    def hold(self, name):
        kinds = [kind for kind in ("puback", "pubrec", "pubcomp") if self.chance(0.6)]
        return {"op": "hold", "c": name, "kinds": kinds}

    def release(self, name):
        op = {"op": "release", "c": name}
        if self.chance(0.5):
            op["count"] = self.random.randint(1, 2)
        if self.chance(0.2):
            op["code"] = 0x80
        return op

    def finish(self, name):
        return {"op": "finish", "c": name}
