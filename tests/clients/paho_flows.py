# SPDX-License-Identifier: MIT
#
# tests/clients/paho_flows.py - messages, sessions and connections that break, seen by paho 1.6: MQTT 3.1, 3.1.1, 5.0.
#
# Started by tests/clients/run. Prints "ok NAME" or "FAIL NAME: why" per check, "end" last.
from paho_lib import Client, Observer, check, props, pump, run, same

LEVELS = (3, 4, 5)
NAMES = {3: "3.1", 4: "3.1.1", 5: "5.0"}


def persistent(client_id, level, **more):
    if level == 5:
        more["properties"] = props("CONNECT", SessionExpiryInterval=3600)
    return Client(client_id, level, clean=False, **more)


def flows_with_inflight_limits():
    for level in LEVELS:
        subscriber = Client(level=level).start()
        subscriber.sub("flow/%d/#" % level, 2)
        for limit in (1, 5, 40):
            publisher = Client(level=level)
            publisher.max_inflight_messages_set(limit)
            publisher.start()
            mids = [publisher.publish("flow/%d/%d/%d" % (level, limit, qos), str(number), qos).mid
                    for number in range(60) for qos in (0, 1, 2)]
            pump(lambda: len(publisher.acked) >= len(mids))
            same("%s: all acknowledged, %d in flight" % (NAMES[level], limit), sorted(publisher.acked), sorted(mids))
            pump(lambda: len(subscriber.got) >= 180)
            for qos in (0, 1, 2):
                got = [int(message.payload) for message in subscriber.got if message.topic.endswith("/%d" % qos)]
                same("%s: QoS %d in order, %d in flight" % (NAMES[level], qos, limit), got, list(range(60)))
            same("%s: nothing with DUP" % NAMES[level], [m.mid for m in subscriber.got if m.dup], [])
            subscriber.got.clear()


def subscriber_breaks():
    """At each of these lines the connection breaks once; the message still counts once (QoS 2) or at least once."""
    for level in LEVELS:
        for qos, line in ((1, "Received PUBLISH"), (1, "Sending PUBACK"), (2, "Received PUBLISH"), (2, "Sending PUBREC"),
                          (2, "Received PUBREL"), (2, "Sending PUBCOMP")):
            topic = "break/%d/%d/%s" % (level, qos, line.replace(" ", ""))
            name = "%s: QoS %d, broken at %s" % (NAMES[level], qos, line)
            client = persistent("%s%d%d" % (line.replace(" ", ""), level, qos), level).start()
            client.sub(topic, qos)
            publisher = Client(level=level).start()
            count = [0]

            def third(text):
                count[0] += text.startswith(line)
                return count[0] == 3

            client.cut = third
            for number in range(5):
                publisher.publish(topic, str(number), qos)
            pump(lambda: client.lost)
            client.start()
            same(name + ": session present", client.connack()[0]["session present"], 0 if level == 3 else 1)
            pump(lambda: len(set(client.texts())) >= 5)
            publisher.pub(topic, "end", qos)
            pump(lambda: "end" in client.texts())
            texts = client.texts()
            if qos == 2:
                same(name, sorted(texts), ["0", "1", "2", "3", "4", "end"])
            else:
                again = [m.payload.decode() for m in client.got if m.dup]
                same(name, sorted(set(texts)), ["0", "1", "2", "3", "4", "end"])
                check(name + ": what comes again has DUP", len(texts) - len(set(texts)) <= len(again), (texts, again))
            client.quit()
            publisher.quit()


def publisher_breaks():
    for level in LEVELS:
        for qos, line in ((1, "Sending PUBLISH"), (1, "Received PUBACK"), (2, "Sending PUBLISH"), (2, "Received PUBREC"),
                          (2, "Sending PUBREL"), (2, "Received PUBCOMP")):
            topic = "pbreak/%d/%d/%s" % (level, qos, line.replace(" ", ""))
            name = "%s: publisher of QoS %d, broken at %s" % (NAMES[level], qos, line)
            watcher = Observer(topic)
            client = persistent("p%s%d%d" % (line.replace(" ", ""), level, qos), level).start()
            count = [0]

            def third(text):
                count[0] += text.startswith(line)
                return count[0] == 3

            client.cut = third
            mids = [client.publish(topic, str(number), qos).mid for number in range(5)]
            pump(lambda: client.lost)
            client.start()
            pump(lambda: set(mids) <= set(client.acked))
            same(name + ": all acknowledged", sorted(set(client.acked)), sorted(mids))
            got = [message.payload.decode() for message in watcher.mark()]
            same(name, sorted(got) if qos == 2 else sorted(set(got)), ["0", "1", "2", "3", "4"])
            client.quit()
            watcher.quit()


def offline_queue_with_inflight():
    for level in LEVELS:
        client = persistent("offline-%d" % level, level).start()
        client.sub("offline/%d" % level, 2)
        client.quit()
        publisher = Client(level=level).start()
        for number in range(300):
            publisher.publish("offline/%d" % level, str(number), 2)
        pump(lambda: len(publisher.acked) >= 300)
        publisher.publish("offline/%d" % level, "not kept", 0)
        client.start()
        pump(lambda: len(client.got) >= 300)
        same("%s: 300 messages waited, in order, without QoS 0" % NAMES[level], client.texts(), [str(n) for n in range(300)])


def take_over():
    for level in LEVELS:
        watcher = Observer("over/%d" % level)
        first = persistent("over-%d" % level, level)
        first.will_set("over/%d" % level, "first is gone", 1)
        first.start()
        first.sub("over/%d/mine" % level, 1)
        second = persistent("over-%d" % level, level).start()
        pump(lambda: first.lost)
        same("%s: taken over, the session goes on" % NAMES[level], second.connack()[0]["session present"], 0 if level == 3 else 1)
        check("%s: the first connection is closed" % NAMES[level], bool(first.lost))
        watcher.pub("over/%d/mine" % level, "for you")
        pump(lambda: second.got)
        same("%s: subscriptions go on without SUBSCRIBE" % NAMES[level], second.texts(), ["for you"])
        same("%s: the will of the first is sent" % NAMES[level], [m.payload for m in watcher.mark()], [b"first is gone"])


def client_identifiers():
    for level in (4, 5):
        client = Client("", level).start()
        same("%s: no client identifier, clean" % NAMES[level], client.connack()[1], 0)
        client.quit()
    long = "x" * 1024
    client = Client(long, 4).start()
    same("3.1.1: a client identifier of 1024 bytes", client.connack()[1], 0)
    client = Client(long + "x", 4).start(2)
    same("3.1.1: a longer one, return code 2", client.connack()[1], 2)
    client = Client(long + "x", 5).start(0x85)
    same("5.0: a longer one, 0x85", client.connack()[1], 0x85)
    client = Client("x" * 23, 3).start()
    same("3.1: a client identifier of 23 bytes", client.connack()[1], 0)
    client = Client("x" * 24, 3).start(2)
    same("3.1: a longer one, return code 2", client.connack()[1], 2)
    client = Client("ein Gerät/$ä+#", 4).start()
    same("3.1.1: any characters", client.connack()[1], 0)


def wildcards():
    filters = ("w/+/c", "w/#", "+/b/c", "#", "w/b/c", "/+", "+/+", "$SYS/x", "+/b/#", "w/b/c/#")
    topics = ("w/b/c", "w", "w/b", "/x", "w//c", "$own/b/c", "w/b/c/d")
    wanted = {
        "w/+/c": {"w/b/c", "w//c"}, "w/#": {"w/b/c", "w", "w/b", "w//c", "w/b/c/d"}, "+/b/c": {"w/b/c"},
        "#": {"w/b/c", "w", "w/b", "/x", "w//c", "w/b/c/d"}, "w/b/c": {"w/b/c"}, "/+": {"/x"}, "+/+": {"w/b", "/x"},
        "$SYS/x": set(), "+/b/#": {"w/b/c", "w/b", "w/b/c/d"}, "w/b/c/#": {"w/b/c", "w/b/c/d"},
    }
    clients = {one: Client(level=4).start() for one in filters}
    for one, client in clients.items():
        client.sub([(one, 1), ("wildcards-end", 1)])
    publisher = Client(level=4).start()
    for topic in topics:
        publisher.pub(topic, topic)
    publisher.pub("wildcards-end", "wildcards-end")
    pump(lambda: all("wildcards-end" in client.texts() for client in clients.values()))
    for one, client in clients.items():
        same("filter %s" % one, sorted(set(client.texts()) - {"wildcards-end"}), sorted(wanted[one]))
        same("filter %s: each once" % one, len(client.texts()), len(set(client.texts())))


def suback():
    client = Client(level=4).start()
    same("3.1.1: QoS granted for each filter", client.sub([("a", 0), ("b", 1), ("c", 2), ("a", 1)]), [0, 1, 2, 1])
    same("3.1.1: UNSUBACK", client.unsub(["a", "b", "never"]) is not None, True)
    client.pub("c", "still", 2)
    pump(lambda: client.got)
    same("3.1.1: the other subscription is left", client.texts(), ["still"])


run([flows_with_inflight_limits, subscriber_breaks, publisher_breaks, offline_queue_with_inflight, take_over,
     client_identifiers, wildcards, suback])
