# SPDX-License-Identifier: MIT
#
# tests/clients/paho_v5.py - what MQTT 5.0 adds, seen by paho 1.6: properties of CONNACK, reason codes, subscription
# options, wills with delay, limits of the server.
#
# Started by tests/clients/run. Prints "ok NAME" or "FAIL NAME: why" per check, "end" last.
from paho_lib import LIMITED, Client, Observer, SubscribeOptions, check, props, pump, run, same


def five(client_id="", **more):
    return Client(client_id, 5, **more)


def session(client_id, expiry=3600, **more):
    return Client(client_id, 5, clean=False, properties=props("CONNECT", SessionExpiryInterval=expiry), **more)


def limited(client_id="", **more):
    return Client(client_id, 5, host="::1", port=LIMITED, **more)


def has(properties, name):
    return getattr(properties, name, None)


def connack():
    first, second = five().start(), five().start()
    names = [has(client.connack()[2], "AssignedClientIdentifier") for client in (first, second)]
    check("CONNACK: an assigned client identifier for each", all(names) and names[0] != names[1], names)
    own = five("named").start().connack()[2]
    same("CONNACK: none when the client has one", has(own, "AssignedClientIdentifier"), None)
    same("CONNACK: receive maximum", has(own, "ReceiveMaximum"), 1024)
    same("CONNACK: topic alias maximum", has(own, "TopicAliasMaximum"), 32)
    same("CONNACK: maximum packet size", has(own, "MaximumPacketSize"), 1048576)
    same("CONNACK: what is as the standard's default is left out",
         [has(own, name) for name in ("ServerKeepAlive", "MaximumQoS", "RetainAvailable", "WildcardSubscriptionAvailable",
                                      "SubscriptionIdentifierAvailable", "SharedSubscriptionAvailable",
                                      "SessionExpiryInterval")], [None] * 7)


def connack_of_the_limited():
    long = limited("long", properties=props("CONNECT", SessionExpiryInterval=3600)).start()
    given = long.connack()[2]
    for name, wanted in (("ServerKeepAlive", 30), ("ReceiveMaximum", 5), ("MaximumQoS", 1), ("RetainAvailable", 0),
                         ("WildcardSubscriptionAvailable", 0), ("SubscriptionIdentifierAvailable", 0),
                         ("SharedSubscriptionAvailable", 0), ("TopicAliasMaximum", 3), ("MaximumPacketSize", 4096),
                         ("SessionExpiryInterval", 60)):
        same("CONNACK of the limited server: %s" % name, has(given, name), wanted)
    same("QoS granted at most", long.sub([("q", SubscribeOptions(qos=qos)) for qos in (0, 1, 2)]), [0, 1, 1])
    same("wildcards, shared subscriptions", long.sub([("a/#", SubscribeOptions()), ("+", SubscribeOptions()),
                                                     ("$share/g/a", SubscribeOptions()), ("a", SubscribeOptions(qos=1))]),
         [0xA2, 0xA2, 0x9E, 1])
    same("more subscriptions than one client may have",
         long.sub([("many/%d" % n, SubscribeOptions()) for n in range(5)]), [0, 0, 0, 0x97, 0x97])
    retained = limited()
    retained.will_set("will", "x", 0, True)
    retained.start(0x9A)
    same("a will with RETAIN: CONNACK 0x9A", retained.connack()[1], 0x9A)
    high = limited()
    high.will_set("will", "x", 2)
    high.start(0x9B)
    same("a will of QoS 2: CONNACK 0x9B", high.connack()[1], 0x9B)
    many = limited().start()
    many.publish("p", "x", 1, properties=props("PUBLISH", UserProperty=[("n", str(n)) for n in range(5)]))
    pump(lambda: many.lost or many.acked)
    check("more user properties than the limit are refused", bool(many.lost) or "quota" in str(many.log[-3:]).lower(),
          many.log[-3:])


def reason_codes():
    client = five().start()
    client.pub("nobody/listens", "x", 1)
    same("UNSUBACK: 0x11 for a filter that was not there", client.unsub(["never"]), [0x11])
    client.sub("there", 1)
    same("UNSUBACK: one code for each filter", client.unsub(["there", "never"]), [0, 0x11])
    same("SUBACK: filters that are no filters", client.sub([("a/#", SubscribeOptions(qos=1)), ("$share/g/a", SubscribeOptions(qos=2))]), [1, 2])


def subscription_options():
    own, other = five().start(), five().start()
    own.sub("local", options=SubscribeOptions(qos=1, noLocal=True))
    own.sub("not-local", options=SubscribeOptions(qos=1))
    for client in (own, other):
        client.pub("local", "from %s" % ("own" if client is own else "other"))
    own.pub("not-local", "end")
    pump(lambda: "end" in own.texts())
    same("noLocal: one's own messages do not come back", own.texts(), ["from other", "end"])

    plain, kept = five().start(), five().start()
    plain.sub("rap", options=SubscribeOptions(qos=1))
    kept.sub("rap", options=SubscribeOptions(qos=1, retainAsPublished=True))
    other.pub("rap", "retained", retain=True)
    other.pub("rap", "live")
    pump(lambda: len(plain.got) >= 2 and len(kept.got) >= 2)
    same("retainAsPublished off", [(m.payload, m.retain) for m in plain.got], [(b"retained", 0), (b"live", 0)])
    same("retainAsPublished on", [(m.payload, m.retain) for m in kept.got], [(b"retained", 1), (b"live", 0)])

    for handling, first, again in ((0, 1, 2), (1, 1, 1), (2, 0, 0)):
        client = five().start()
        counts = []
        for round in (1, 2):
            client.sub("rap", options=SubscribeOptions(qos=1, retainHandling=handling))
            client.sub("mark-%d" % handling, 1)
            other.pub("mark-%d" % handling, "mark %d" % round)
            pump(lambda: "mark %d" % round in client.texts())
            counts.append(client.texts().count("retained"))
        same("retainHandling %d: retained messages after the first and the second SUBSCRIBE" % handling, counts, [first, again])
    other.pub("rap", "", retain=True)


def identifiers():
    client = five().start()
    client.sub("si/+", 1, properties=props("SUBSCRIBE", SubscriptionIdentifier=5))
    client.sub("si/#", 2, properties=props("SUBSCRIBE", SubscriptionIdentifier=70000))
    client.sub("si/a", 0)
    client.pub("si/a", "x", 2)
    client.pub("si/b/c", "end", 2)
    pump(lambda: "end" in client.texts())
    first = [m for m in client.got if m.payload == b"x"]
    same("overlapping subscriptions: one message with the highest QoS", [m.qos for m in first], [2])
    same("and with all identifiers", sorted(has(first[0].properties, "SubscriptionIdentifier")), [5, 70000])
    last = client.got[-1].properties
    same("only that of the filter that matches", has(last, "SubscriptionIdentifier"), [70000])


def properties():
    client = five().start()
    client.sub("props", 1)
    sent = props("PUBLISH", PayloadFormatIndicator=1, MessageExpiryInterval=1000, ContentType="text/plain",
                 ResponseTopic="re/ply", CorrelationData=bytes(range(256)), UserProperty=[("b", "2"), ("a", "1"), ("b", "3")])
    client.pub("props", "grün", 1, properties=sent)
    pump(lambda: client.got)
    got = client.got[0].properties
    for name in ("PayloadFormatIndicator", "ContentType", "ResponseTopic", "CorrelationData", "UserProperty"):
        same("property %s goes through" % name, has(got, name), has(sent, name))
    check("MessageExpiryInterval goes on", 900 <= has(got, "MessageExpiryInterval") <= 1000, has(got, "MessageExpiryInterval"))


def session_expiry():
    # Two sessions that end on the broker's own clock: the one that ends later tells that the other has ended.
    watcher = Observer("expiry/#")
    short, long = session("expiry-short", 1), session("expiry-long", 2)
    for client in (short, long):
        client.will_set("expiry/%s" % client._client_id.decode(), "ended", 1, properties=props("WILLMESSAGE", WillDelayInterval=3600))
        client.start()
        client.sub("expiry-topic", 1)
    for client in (long, short):
        client.crash()
    pump(lambda: len(watcher.got) >= 2)
    same("sessions end after their expiry, and their wills are sent then", [m.topic for m in watcher.mark()],
         ["expiry/expiry-short", "expiry/expiry-long"])
    for name in ("expiry-short", "expiry-long"):
        client = session(name).start()
        same("%s is gone" % name, client.connack()[0]["session present"], 0)

    client = session("expiry-zero", 0).start()
    client.quit()
    same("expiry 0 ends with the connection", session("expiry-zero").start().connack()[0]["session present"], 0)

    client = session("expiry-changed", 3600).start()
    client.quit(properties=props("DISCONNECT", SessionExpiryInterval=0))
    same("DISCONNECT changes the expiry", session("expiry-changed").start().connack()[0]["session present"], 0)


def will_properties():
    watcher = Observer("will5/#")
    client = five("will5")
    client.will_set("will5/a", "gone", 1, properties=props(
        "WILLMESSAGE", ContentType="text/x", ResponseTopic="r", CorrelationData=b"c", UserProperty=[("k", "v")],
        MessageExpiryInterval=100, PayloadFormatIndicator=1))
    client.start()
    client.crash()
    pump(lambda: watcher.got)
    got = watcher.got[0].properties
    for name, wanted in (("ContentType", "text/x"), ("ResponseTopic", "r"), ("CorrelationData", b"c"),
                         ("UserProperty", [("k", "v")]), ("PayloadFormatIndicator", 1), ("WillDelayInterval", None)):
        same("will: %s" % name, has(got, name), wanted)


def will_delay():
    watcher = Observer("delay5/#")

    def dying(name, delay, expiry=100):
        client = session("delay5-" + name, expiry)
        client.will_set("delay5/" + name, name, 1, properties=props("WILLMESSAGE", WillDelayInterval=delay))
        return client.start()

    three, one, back, over, orderly = (
        dying(*one) for one in (("three", 3), ("one", 1), ("back", 2), ("over", 2), ("orderly", 1)))
    for client in (three, back, one):
        client.crash()
    orderly.quit()
    session("delay5-over").start()  # takes over while the first is connected: the session goes on
    again = session("delay5-back").start()
    same("a client that comes back in time", again.connack()[0]["session present"], 1)
    pump(lambda: "three" in watcher.texts())
    same("wills after their delays; none of who came back, was taken over or said good-bye",
         [m.payload.decode() for m in watcher.mark()], ["one", "three"])


def message_expiry():
    client = session("message-expiry").start()
    client.sub("mexp", 1)
    client.quit()
    watcher = Observer("mexp-clock")
    watcher.pub("mexp", "short", 1, properties=props("PUBLISH", MessageExpiryInterval=1))
    watcher.pub("mexp", "long", 1, properties=props("PUBLISH", MessageExpiryInterval=1000))
    watcher.pub("mexp", "for ever", 1)
    watcher.pub("mexp-kept", "short", 1, retain=True, properties=props("PUBLISH", MessageExpiryInterval=1))
    clock = session("mexp-clock")
    clock.will_set("mexp-clock", "two seconds", 1, properties=props("WILLMESSAGE", WillDelayInterval=2))
    clock.start()
    clock.crash()
    pump(lambda: watcher.got)
    client.start()
    pump(lambda: len(client.got) >= 2)
    same("messages that expired while they waited do not come", client.texts(), ["long", "for ever"])
    left = has(client.got[0].properties, "MessageExpiryInterval")
    check("the time it waited is taken off", 900 <= left < 1000, left)
    fresh = five().start()
    fresh.sub([("mexp-kept", SubscribeOptions(qos=1)), ("mexp-end", SubscribeOptions(qos=1))])
    watcher.pub("mexp-end", "end")
    pump(lambda: fresh.got)
    same("nor a retained one", fresh.texts(), ["end"])


def receive_maximum():
    client = five(properties=props("CONNECT", ReceiveMaximum=2)).start()
    client.sub("rmax", 2)
    publisher = five().start()
    for number in range(50):
        publisher.publish("rmax", str(number), 1 + number % 2)
    pump(lambda: len(client.got) >= 50)
    for qos in (1, 2):
        same("receive maximum 2: all of QoS %d in order" % qos, [int(m.payload) for m in client.got if m.qos == qos],
             [number for number in range(50) if 1 + number % 2 == qos])


def large():
    client = five(properties=props("CONNECT", MaximumPacketSize=1000)).start()
    client.sub("size", 1)
    other = five().start()
    other.pub("size", "x" * 2000)
    other.pub("size", "fits")
    pump(lambda: client.got)
    same("what is above the client's maximum packet size is not sent", client.texts(), ["fits"])
    big = five().start()
    big.publish("size", "x" * 1100000, 1)
    pump(lambda: big.lost)
    check("what is above the server's closes the connection", bool(big.lost), big.log[-2:])
    same("and says why", len(big.logged("Received DISCONNECT")), 1)


def topics():
    client = five().start()
    client.sub("ä/+/日本", 1)
    client.pub("ä/x/日本", "übers")
    pump(lambda: client.got)
    same("topics in UTF-8", [(m.topic, m.payload.decode()) for m in client.got], [("ä/x/日本", "übers")])


def clean_start():
    client = session("clean-start").start()
    client.sub("cs", 1)
    client.quit()
    again = Client("clean-start", 5, clean=True, properties=props("CONNECT", SessionExpiryInterval=3600)).start()
    same("Clean Start: no session", again.connack()[0]["session present"], 0)
    again.quit()
    third = session("clean-start").start()
    same("the session that began with Clean Start goes on", third.connack()[0]["session present"], 1)
    third.sub("cs-end", 1)
    third.pub("cs", "old subscription")
    third.pub("cs-end", "end")
    pump(lambda: third.got)
    same("and the old subscriptions are gone", third.texts(), ["end"])


tests = [connack, reason_codes, subscription_options, identifiers, properties, session_expiry, will_properties, will_delay,
         message_expiry, receive_maximum, large, topics, clean_start]
if LIMITED:
    tests.insert(1, connack_of_the_limited)
run(tests)
