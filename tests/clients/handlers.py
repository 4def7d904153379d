# SPDX-License-Identifier: MIT
#
# tests/clients/handlers.py - what the PHP handlers of broker.php decide, as paho sees it.
#
# Started by tests/clients/run. Prints "ok NAME" or "FAIL NAME: why" per check, "end" last.
import json

from paho_lib import HANDLERS, Client, SubscribeOptions, check, props, pump, run, same

USER = ("alice", "wonderland")


def alice(client_id="", level=5, **more):
    return Client(client_id, level, port=HANDLERS, user=more.pop("user", USER), **more)


def watch(*topics, **more):
    client = alice(**more).start()
    client.sub([(topic, SubscribeOptions(qos=2)) for topic in topics])
    return client


def ask(client, question, payload, answer=None):
    """Publishes to ask/<question> and returns the answer from PHP."""
    topic = "answer/" + (answer or question)
    client.sub(topic, 2)
    count = len([m for m in client.got if m.topic == topic])
    client.pub("ask/" + question, payload)
    pump(lambda: len([m for m in client.got if m.topic == topic]) > count)
    return [m for m in client.got if m.topic == topic][-1].payload.decode()


def login():
    accepted = alice().start()
    properties = accepted.connack()[2]
    same("CONNACK: user property of the handler", properties.UserProperty, [("hello", "alice")])
    same("CONNACK: reason string of the handler", properties.ReasonString, "welcome")
    for level, user, client_id, wanted in (
            (5, ("alice", "wrong"), "", 0x86), (5, None, "", 0x87), (5, ("banned", "x"), "", 0x8A),
            (5, USER, "unavailable", 0x88), (5, USER, "rejected", 0x85), (4, ("alice", "wrong"), "", 4), (4, None, "", 5),
            (4, ("banned", "x"), "", 5), (4, USER, "unavailable", 3), (4, USER, "rejected", 2), (3, ("alice", "wrong"), "i", 4),
            (3, None, "i", 5)):
        client = alice(client_id, level, user=user).start(wanted)
        name = "login refused, level %d, %s, client %r" % (level, user and user[0], client_id)
        pump(lambda: client.lost)
        check("%s: code %d, then closed" % (name, wanted), bool(client.lost), client.log)
        if level == 5 and user == ("alice", "wrong"):
            same("CONNACK of a refusal: reason string", client.connack()[2].ReasonString, "wrong password")
            same("CONNACK of a refusal: user property", client.connack()[2].UserProperty, [("asked", "alice")])


def second_thoughts():
    client = alice("second-thoughts")
    client.connect(*client.where, **client.options)
    pump(lambda: client.lost)
    check("a handler behind the broker's action that refuses: the connection is closed", bool(client.lost), client.log)


def subscribe():
    client = alice().start()
    wanted = [2, 0x87, 1, 0, 0x87]
    filters = [("open/a", 2), ("private/b", 2), ("limited/c", 2), ("limited/d", 0), ("private/#", 0)]
    same("SUBACK: one code for each filter, 5.0", client.sub([(f, SubscribeOptions(qos=q)) for f, q in filters]), wanted)
    old = alice(level=4).start()
    same("SUBACK: refused filters are 0x80 in 3.1.1", old.sub(filters), [2, 0x80, 1, 0, 0x80])
    for topic in ("private/b", "limited/c", "open/a"):
        client.pub(topic, topic, 2)
    pump(lambda: len(client.got) >= 2 and len(old.got) >= 2)
    for one, name in ((client, "5.0"), (old, "3.1.1")):
        same("%s: messages of granted filters, with the granted QoS" % name, sorted((m.topic, m.qos) for m in one.got),
             [("limited/c", 1), ("open/a", 2)])
    same("UNSUBACK: refused", client.unsub(["sticky"]), [0x87])
    same("UNSUBACK: allowed", client.unsub(["open/a"]), [0])


def publish():
    watcher = watch("secret/#", "old/#", "new/#", "upper", "downgrade", "keep", "hidden", "end")
    client = alice().start()
    for topic in ("secret/x", "old/x", "upper", "downgrade", "hidden", "keep", "end"):
        for qos in (1, 2):
            client.pub(topic, "text", qos, retain=topic == "downgrade")
    pump(lambda: sum(m.topic == "end" for m in watcher.got) >= 2)
    got = [(m.topic, m.payload.decode(), m.qos) for m in watcher.got if m.topic != "end"]
    same("denied, hidden: not routed; topic, payload and QoS changed", sorted(got), sorted(
        [("new/x", "text", qos) for qos in (1, 2)] + [("upper", "TEXT", qos) for qos in (1, 2)] +
        [("downgrade", "text", 0)] * 2 + [("keep", "text", qos) for qos in (1, 2)]))
    same("a user property added by a handler", [m.properties.UserProperty for m in watcher.got if m.topic == "new/x"],
         [[("was", "old/x")]] * 2)
    late = watch("keep", "downgrade", "end")
    watcher.pub("end", "mark")
    pump(lambda: any(m.topic == "end" for m in late.got))
    same("RETAIN set and taken away by a handler", [m.topic for m in late.got if m.retain], ["keep"])
    old = alice(level=4).start()
    mids = [old.publish("secret/x", "x", qos).mid for qos in (1, 2)]
    check("3.1.1: a denied PUBLISH is acknowledged all the same", pump(lambda: set(mids) <= set(old.acked)), old.log[-4:])


def denied_closed():
    client = alice().start()
    client.publish("quota/x", "x", 1)
    pump(lambda: client.lost)
    check("denied and closed: the reply came first", any("Received PUBACK" in line for line in client.log), client.log[-4:])


def failing_handlers():
    for topic in ("throw", "type", "exit"):
        watcher = watch(topic, "end")
        client = alice().start()
        client.pub(topic, "x", 1)
        client.pub(topic, "x", 2)
        client.pub(topic, "x", 0)
        client.pub("end", "end", 1)
        pump(lambda: watcher.got)
        same("a handler that does %s: not routed, and the client stays" % topic, [m.topic for m in watcher.got], ["end"])
    stats = json.loads(ask(alice().start(), "stats", ""))
    same("failures are counted", stats["handler_errors"], 9)


def from_php():
    client = alice("asker").start()
    client.sub("answer/echo", 2)
    client.pub("ask/echo", "hello", 2)
    pump(lambda: client.got)
    same("publish() of PHP", [(m.topic, m.payload, m.qos, m.retain, m.properties.ContentType, m.properties.UserProperty)
                              for m in client.got], [("answer/echo", b"hello", 2, 0, "text/plain", [("from", "asker")])])
    client.pub("ask/echo", "kept", 1, retain=True)
    same("publish() of PHP with RETAIN", ask(client, "retained", "answer/echo"), "kept")
    fresh = watch("answer/echo")
    pump(lambda: fresh.got)
    same("a later subscriber gets it", [(m.payload, m.retain) for m in fresh.got], [(b"kept", 1)])
    client.pub("ask/echo", "", 1, retain=True)
    same("and it can be cleared", ask(client, "retained", "answer/echo"), "none")
    same("after()", ask(client, "later", "timer"), "timer")
    client.sub("answer/repeat", 2)
    client.pub("ask/repeat", "tick")
    pump(lambda: sum(m.topic == "answer/repeat" for m in client.got) >= 3)
    same("every(), cancelled after three", [m.payload for m in client.got if m.topic == "answer/repeat"],
         [b"tick1", b"tick2", b"tick3"])


def looking_in():
    client = alice("looker").start()
    alice("other-one").start().sub([("x/#", SubscribeOptions(qos=1)), ("y", SubscribeOptions())])
    names = ask(client, "who", "").split()
    check("clients()", {"looker", "other-one"} <= set(names), names)
    same("subscriptions()", ask(client, "subscriptions", "other-one"), "x/# y")
    same("subscriptions() of nobody", ask(client, "subscriptions", "nobody"), "")
    stats = json.loads(ask(client, "stats", ""))
    check("stats()", stats["connections"] >= 2 and stats["publish_received"] > 0 and stats["subscriptions"] >= 3, stats)


def kicks_and_events():
    watcher = watch("events/#", client_id="event-watcher")
    victim = alice("victim").start()
    same("disconnect() of PHP finds the client", ask(watcher, "kick", "victim"), "true")
    pump(lambda: victim.lost)
    check("and closes its connection with DISCONNECT", len(victim.logged("Received DISCONNECT")) == 1, victim.log[-3:])
    same("disconnect() of nobody", ask(watcher, "kick", "nobody"), "false")
    own = alice("own").start()
    own.publish("ask/self", "x", 1)
    pump(lambda: own.lost)
    check("a handler closes its own client", bool(own.lost))
    polite = alice("polite").start()
    polite.quit()
    rude = alice("rude").start()
    rude.crash()
    alice("no-pings", keepalive=1).start()
    pump(lambda: len([m for m in watcher.got if m.topic == "events/close"]) >= 5)
    closed = {m.payload.decode().split()[0] for m in watcher.got if m.topic == "events/close"}
    same("close events of all", sorted(closed), ["no-pings", "own", "polite", "rude", "victim"])
    same("disconnect events of who said good-bye", [m.payload.decode() for m in watcher.got if m.topic == "events/disconnect"],
         ["polite 0"])


def wills():
    watcher = watch("new/will", "secret/will", "end")
    for topic in ("secret/will", "old/will"):
        client = alice()
        client.will_set(topic, "gone", 1)
        client.start()
        client.crash()
    pump(lambda: watcher.got)
    watcher.pub("end", "end")
    pump(lambda: any(m.topic == "end" for m in watcher.got))
    same("handlers see wills: one denied, one rewritten", sorted(m.topic for m in watcher.got), ["end", "new/will"])


def large_payload():
    watcher = watch("upper")
    client = alice().start()
    client.pub("upper", "a" * 900000, 2)
    pump(lambda: watcher.got)
    check("900 KB changed by PHP", watcher.got[0].payload == b"A" * 900000, len(watcher.got[0].payload))


run([login, second_thoughts, subscribe, publish, denied_closed, failing_handlers, from_php, looking_in, kicks_and_events,
     wills, large_payload] if HANDLERS else [])
