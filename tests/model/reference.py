# SPDX-License-Identifier: MIT
#
# tests/model/reference.py - what clients may see of an MQTT server, as a model: it is told what each client sent and
# received, and raises Mismatch when the standard (or a promise of ours, see Policy) does not allow it. It chooses
# nothing where the standard leaves a choice: which member of a share group gets a message is learnt from what arrives.


class Mismatch(Exception):
    """The broker did what the model does not allow, or did not do what it must."""


class Policy:
    """Where the standard lets a server choose. The values are ours."""

    qos2_at_release = False  # a QoS 2 message is passed on with PUBREL instead of PUBLISH (MQTT 5 section 4.3.3)
    overlap_each = False  # overlapping subscriptions get a copy each (MQTT 5 section 3.3.4)
    retained_once = False  # filters of one SUBSCRIBE that overlap


def topic_matches(topic_filter, topic):
    wanted, levels = topic_filter.split("/"), topic.split("/")
    if topic[0] == "$" and wanted[0] in "+#":
        return False
    for place, level in enumerate(wanted):
        if level == "#":
            return True
        if place >= len(levels) or level not in ("+", levels[place]):
            return False
    return len(wanted) == len(levels)


class Message:
    def __init__(self, publisher, topic, payload, qos=0, retain=False, user=None):
        self.publisher, self.topic, self.payload, self.qos, self.retain = publisher, topic, payload, qos, retain
        self.user = user  # user properties; None: published by a client that has none

    def looks_like(self, other):
        return (self.topic, self.payload, self.user) == (other.topic, other.payload, other.user)


class Subscription:
    def __init__(self, qos, no_local=0, as_published=0, identifier=0):
        self.qos, self.no_local, self.as_published, self.identifier = qos, no_local, as_published, identifier


class Entry:
    """A message that a session is to get, until it is acknowledged."""

    def __init__(self, message, subscriptions, retained=False):
        self.message, self.retained, self.filters = message, retained, set(subscriptions)
        chosen = list(subscriptions.values())
        self.qos = min(message.qos, max(one.qos for one in chosen))
        self.ids = sorted(one.identifier for one in chosen if one.identifier)
        self.instead = []  # (QoS, ids) of subscriptions that replaced the one it is retained for
        # copies that overlap may keep the flag if any of the subscriptions asks for it (not specified)
        self.retain = {True} if retained else {bool(message.retain and one.as_published) for one in chosen}
        self.state = "queued"  # "sent" (PUBLISH), "released" (PUBREC was answered)
        self.pid = self.connection = 0  # of the last PUBLISH
        self.share = None  # the Share it came by
        self.optional = False  # the broker need not deliver it
        self.blind = False  # came over 3.1.1, which does not show by which of several subscriptions
        self.attempted = False  # may have been sent over a connection that ended before we saw it
        self.pubrel_due = False

    def flow(self):
        """Messages with the same flow stay in order [MQTT-4.6.0-5]."""
        return self.message.topic, self.qos, self.message.publisher

    def __str__(self):
        return "%s %r QoS %d retain %s ids %s %s%s" % (
            self.message.topic, self.message.payload, self.qos, "/".join(str(int(one)) for one in sorted(self.retain)),
            self.ids, self.state, " dup of %d" % self.pid if self.pid else "")


class Share:
    """A message for exactly one member of a group; which one has it is known when it arrives."""

    def __init__(self, key, message, members):
        self.key, self.message = key, message
        self.members = {client: [one] for client, one in members.items()}  # the subscriptions it may have come by
        self.former = {}  # members whose session ended
        self.holder = None  # (session, entry)
        self.lost = False  # may rightly have been lost with a member that had it

    def entries(self, client, former=()):
        """What it is for a member: an entry for each subscription that it may have come by."""
        found = [Entry(self.message, {"$share/%s/%s" % self.key: one}) for one in self.members.get(client, former)]
        for entry in found:
            entry.share = self
        return found


class Session:
    def __init__(self, client):
        self.client = client
        self.subscriptions, self.entries, self.incoming = {}, [], {}
        self.late = set()  # filters whose retained messages had to wait
        self.will = None
        self.connected, self.connection, self.level, self.expiry, self.window = False, 0, 4, 0, 65535

    def in_flight(self):
        return sum(1 for entry in self.entries if entry.state == "released" or
                   (entry.state == "sent" and entry.connection == self.connection))

    def ready(self):
        """Can it be sent a QoS 1 or 2 message at once?"""
        return self.connected and self.in_flight() < self.window


class Model:
    strict = True  # raises Mismatch

    def __init__(self, policy=None):
        self.policy = policy or Policy()
        self.sessions, self.retained, self.shares = {}, {}, []
        self.connections = 0

    # ---- connections ------------------------------------------------------------------------------------------------

    def connect(self, client, level, clean, expiry=0, will=None, window=65535):
        """CONNECT was accepted. Returns what Session Present must be."""
        old = self.sessions.get(client)
        if old and old.connected:
            self.closed(client)
        if clean and client in self.sessions:
            self.end(self.sessions[client])
        present = client in self.sessions
        session = self.sessions.setdefault(client, Session(client))
        self.connections += 1
        session.connected, session.connection, session.level = True, self.connections, level
        session.expiry = expiry if level == 5 else int(not clean)
        session.will, session.window = will, window or 65535
        for entry in session.entries:
            entry.pubrel_due = entry.state == "released"
        return present

    def closed(self, client, normal=False, expiry=None):
        """The network connection ended; normal: by DISCONNECT without a reason to publish the will."""
        session = self.sessions[client]
        session.connected = False
        if normal:
            session.will = None
        if expiry is not None:
            session.expiry = expiry
        session.entries = [entry for entry in session.entries if entry.qos or entry.retained]
        for entry in session.entries:
            if entry.retained and entry.state == "queued":
                entry.optional = True
                session.late |= entry.filters
        self.reopen_shares(session)
        if not session.expiry:
            self.end(session)
        elif session.will and not session.will["delay"]:
            self.publish_will(session)

    def end(self, session):
        """The session ends, and with it the will delay [MQTT-3.1.3-9]."""
        del self.sessions[session.client]
        for share in self.shares:
            if session.client in share.members:
                share.former[session.client] = share.members.pop(session.client)
                share.lost = True
                self.join(share)
        self.publish_will(session)

    def publish_will(self, session):
        will, session.will = session.will, None
        if will:
            own = self.sessions.get(session.client)
            before = list(own.entries) if own else []
            self.route(Message(session.client, will["topic"], will["payload"], will["qos"], will["retain"], []))
            if own:  # who took over may already be there for a QoS 0 message
                for entry in own.entries:
                    entry.optional |= entry not in before and entry.qos == 0

    # ---- subscriptions ----------------------------------------------------------------------------------------------

    def subscribe(self, client, filters, identifier=0):
        """Returns the reason codes of SUBACK."""
        session, codes = self.sessions[client], []
        waits = not session.ready() or any(entry.retained for entry in session.entries)
        for topic_filter, qos, no_local, as_published, handling in filters:
            if session.level != 5:
                no_local = as_published = handling = 0
            fresh = topic_filter not in session.subscriptions
            one = Subscription(qos, no_local, as_published, identifier if session.level == 5 else 0)
            session.subscriptions[topic_filter] = one
            codes.append(qos)
            again = handling == 0 or (handling == 1 and fresh)
            for entry in session.entries:  # what an earlier SUBSCRIBE still had to send
                if entry.retained and entry.state == "queued" and topic_filter in entry.filters:
                    entry.optional |= again  # once will do
                    entry.instead.append((min(entry.message.qos, qos), [one.identifier] if one.identifier else []))
            if again and waits:
                session.late.add(topic_filter)
            if again and not topic_filter.startswith("$share/"):
                self.send_retained(session, topic_filter, one)
        return codes

    def send_retained(self, session, topic_filter, one):
        for topic, message in self.retained.items():
            local = one.no_local and message.publisher == session.client
            if topic_matches(topic_filter, topic) and not local:
                session.entries.append(Entry(message, {topic_filter: one}, retained=True))

    def unsubscribe(self, client, filters):
        """Returns the reason codes of UNSUBACK. What waits to be sent may still be sent (MQTT 5 section 3.10.4)."""
        session, codes = self.sessions[client], []
        for topic_filter in filters:
            codes.append(0 if session.subscriptions.pop(topic_filter, None) else 0x11)
            for entry in session.entries:
                entry.optional |= entry.state == "queued" and topic_filter in entry.filters
            for share in self.shares:
                share.lost |= "$share/%s/%s" % share.key == topic_filter and client in share.members
        return codes

    def groups(self, topic):
        """(share name, filter) -> {client id: subscription} of the groups that a topic is for."""
        found = {}
        for session in self.sessions.values():
            for topic_filter, one in session.subscriptions.items():
                if topic_filter.startswith("$share/"):
                    key = tuple(topic_filter[7:].split("/", 1))
                    if topic_matches(key[1], topic):
                        found.setdefault(key, {})[session.client] = one
        return found

    # ---- messages from clients --------------------------------------------------------------------------------------

    def publish(self, client, message, pid=0):
        """PUBLISH arrived. Returns how many subscribers it had, None when that is not known from this packet."""
        session = self.sessions[client]
        if message.qos < 2:
            return self.route(message)
        if pid in session.incoming:  # [MQTT-4.3.3-10]
            return None
        session.incoming[pid] = message
        return None if self.policy.qos2_at_release else self.route(message)

    def pubrel(self, client, pid):
        message = self.sessions[client].incoming.pop(pid, None)
        if message and self.policy.qos2_at_release:
            self.route(message)

    def route(self, message):
        if message.retain:
            for session in self.sessions.values():  # who waits for the one before gets this one live
                for entry in session.entries:
                    if entry.retained and entry.state == "queued" and entry.message.topic == message.topic:
                        entry.optional = True
            self.retained.pop(message.topic, None)
            if message.payload:
                self.retained[message.topic] = message
        for session in self.sessions.values() if message.retain and message.payload else []:
            self.offer_retained(session, message)
        receivers = 0
        for session in self.sessions.values():
            matching = {topic_filter: one for topic_filter, one in session.subscriptions.items()
                        if not topic_filter.startswith("$share/") and topic_matches(topic_filter, message.topic)
                        and not (one.no_local and message.publisher == session.client)}
            copies = [{name: one} for name, one in matching.items()] if self.policy.overlap_each else [matching]
            for copy in copies if matching else []:
                entry = Entry(message, copy)
                if entry.qos or session.connected:
                    session.entries.append(entry)
                    receivers += 1
        for key, members in self.groups(message.topic).items():
            share = Share(key, message, members)
            share.lost = any(not min(message.qos, one.qos) and not self.sessions[client].connected
                             for client, one in members.items())
            self.shares.append(share)
            receivers += not share.lost
        return receivers

    def offer_retained(self, session, message):
        """An absent client that is still owed retained messages may get the newest ones instead."""
        for name in sorted(session.late & set(session.subscriptions)) if not session.connected else []:
            entry = Entry(message, {name: session.subscriptions[name]}, retained=True)
            if topic_matches(name, message.topic) and not entry.qos:
                entry.optional = True
                session.entries.append(entry)

    # ---- messages to clients ----------------------------------------------------------------------------------------

    def received(self, client, packet):
        """A client got a PUBLISH: which of its messages is it?"""
        session = self.sessions[client]
        entry = self.expected(session, packet)
        if not entry or self.before(session, entry) or (entry.optional and entry.state == "queued"):
            entry = self.from_share(session, packet) or entry
        if not entry:
            raise Mismatch("%s got %s, but waits for %s" % (
                client, describe(packet), "; ".join(map(str, session.entries)) or "nothing"))
        other = self.before(session, entry)
        if other:
            raise Mismatch("%s got %s before %s" % (client, entry, other))
        if not packet["qos"]:
            session.entries.remove(entry)
            return
        if any(other is not entry and other.pid == packet["pid"] and other.state != "queued"
               for other in session.entries):
            raise Mismatch("%s got %s: the packet identifier is in use" % (client, describe(packet)))
        if entry.state == "queued":  # what was sent first is sent again first
            session.entries.remove(entry)
            session.entries.insert(sum(one.state != "queued" for one in session.entries), entry)
        entry.state, entry.pid, entry.connection = "sent", packet["pid"], session.connection
        if entry.instead:
            entry.qos, entry.instead = packet["qos"], []
            if session.level == 5:
                entry.ids = sorted(packet["props"].get("subscription_id", []))
        entry.optional = entry.attempted = False
        entry.blind |= session.level != 5
        if entry.share:
            entry.share.holder = session, entry
        used = sum(1 for one in session.entries if one.state != "queued" and one.connection == session.connection)
        if used > session.window:
            raise Mismatch("%s got %s: more than its receive maximum %d" % (client, describe(packet), session.window))

    def expected(self, session, packet):
        for entry in sorted(session.entries, key=lambda one: one.optional):
            if entry.state == "queued":
                good = not packet["dup"] or entry.attempted
            else:  # sent again over a new connection, and only then [MQTT-4.4.0-1]
                good = entry.state == "sent" and packet["dup"] and packet["pid"] == entry.pid and \
                    entry.connection != session.connection
            if good and content_fits(session, entry, packet):
                return entry
        return None

    def from_share(self, session, packet):
        """A member that got a message takes it; copies that look alike change places with what is still free."""
        fitting = [entry for share in self.shares for entry in share.entries(session.client)
                   if content_fits(session, entry, packet)]
        free = sorted((entry for entry in fitting if not entry.share.holder),
                      key=lambda one: (one.share.lost, len(one.share.members)))
        entry = free[0] if free else next((entry for entry in fitting if self.exchange(entry.share)), None)
        if not entry:
            return None
        self.shares_taken(entry.share)
        entry.share.holder = session, entry
        session.entries.append(entry)
        return entry

    def exchange(self, share):
        """The holder's copy may as well have come by another share that is still free."""
        session, entry = share.holder
        for twin in session.entries:  # a copy that came by a subscription of its own, and was not sent again yet
            if twin.message.looks_like(entry.message) and not twin.share and twin.qos == entry.qos and twin.state == "sent" and \
                    twin.connection != session.connection and (twin.blind or (twin.ids, twin.retain) == (
                        entry.ids, entry.retain)):
                twin.share, entry.share, share.holder = share, None, None
                return True
        for other in self.shares:
            for twin in other.entries(session.client, other.former.get(session.client, ())) if not other.holder else []:
                if twin.message.looks_like(entry.message) and \
                        (twin.qos, twin.ids, twin.retain) == (entry.qos, entry.ids, entry.retain):
                    other.holder, share.holder, entry.share = share.holder, None, other
                    return True
        return False

    def shares_taken(self, share):
        """Another member has it now: it must not come again to the one that had it before."""
        for session in self.sessions.values():
            session.entries = [entry for entry in session.entries if entry.share is not share]

    def reopen_shares(self, session):
        """A member is gone: what it had not acknowledged may go to another member, QoS 2 only if never sent."""
        for share in self.shares:
            held = share.holder and share.holder[0] is session and share.holder[1] in session.entries
            if held and share.holder[1].qos == 1:
                share.holder[1].optional = True
                share.holder = None
            if not share.holder and (held or session.client in share.members):
                self.join(share)

    def join(self, share):
        """A message that looks for a member may go to those that subscribed later."""
        for client, one in self.groups(share.message.topic).get(share.key, {}).items():
            share.members.setdefault(client, []).append(one)

    def before(self, session, entry):
        """An entry that must be delivered before this one, or None."""
        for other in session.entries:
            if other is entry:
                return None
            waits = other.state == "queued" or (other.state == "sent" and other.connection != session.connection)
            if other.state == "queued" and other.retained:
                continue  # who subscribes late gets live messages while the retained ones still come
            if waits and not other.optional and not other.share and not entry.share and other.flow() == entry.flow():
                return other

    def acknowledged(self, client, kind, pid, code=0):
        """A client sent PUBACK, PUBREC or PUBCOMP."""
        session = self.sessions[client]
        for entry in session.entries:
            if entry.pid == pid and entry.state != "queued":
                if kind == "pubrec" and code < 0x80:
                    entry.state, entry.pubrel_due = "released", True
                else:
                    session.entries.remove(entry)
                return

    def pubrel_received(self, client, pid):
        for entry in self.sessions[client].entries:
            if entry.pid == pid and entry.pubrel_due:
                entry.pubrel_due = False
                return
        raise Mismatch("%s got PUBREL %d, which it does not wait for" % (client, pid))

    def attempt_unseen(self, client):
        """The connection ends while the broker may be sending."""
        for entry in self.sessions[client].entries:
            entry.attempted = entry.state == "queued" and bool(entry.qos)

    # ---- when all is quiet ------------------------------------------------------------------------------------------

    def settled(self):
        """Nothing is on its way any more: what must have arrived has arrived."""
        for session in self.sessions.values():
            if session.ready():
                session.entries = [entry for entry in session.entries
                                   if not (entry.retained and entry.optional and entry.state == "queued")]
            for entry in session.entries if session.connected else []:
                waits = entry.state == "queued" or (entry.state == "sent" and entry.connection != session.connection)
                # PUBREL is not limited, but may keep its place behind a PUBLISH that is
                free = session.ready() or (not entry.qos and not entry.retained)
                if entry.pubrel_due and not session.ready():
                    free = not any(other.state == "sent" and other.connection != session.connection
                                   for other in session.entries)
                if free and (entry.pubrel_due or (waits and not entry.optional)):
                    raise Mismatch("%s did not get %s%s" % (
                        session.client, "PUBREL for " if entry.pubrel_due else "", entry))
        for share in self.shares:
            if not share.holder and not share.lost and share.members and \
                    all(self.sessions[client].ready() for client in share.members):
                raise Mismatch("no member of %s got %s %r: %s" % (
                    "/".join(share.key), share.message.topic, share.message.payload, ", ".join(share.members)))


class Observer(Model):
    """Follows who is connected, allows everything: for runs that compare brokers."""

    strict = False

    def connect(self, *given):
        super().connect(*given)

    def subscribe(self, *_):
        pass

    def unsubscribe(self, *_):
        pass

    def publish(self, *_):
        pass

    def received(self, *_):
        pass

    def pubrel_received(self, *_):
        pass


def content_fits(session, entry, packet):
    message, props = entry.message, packet["props"]
    ids = sorted(props.get("subscription_id", []))
    flags = entry.retain if session.level == 5 or entry.retained else {False}
    return packet["topic"] == message.topic and packet["payload"] == message.payload and \
        (packet["retain"] in flags or entry.blind) and \
        any(packet["qos"] == qos and (session.level != 5 or entry.blind or ids == wanted)
            for qos, wanted in [(entry.qos, entry.ids)] + entry.instead) and \
        (session.level != 5 or props.get("user", []) == (message.user or []))


def describe(packet):
    if packet["type"] != "publish":
        return str(packet)
    return "%s %r QoS %d retain %d dup %d id %d %s" % (
        packet["topic"], packet["payload"], packet["qos"], packet["retain"], packet["dup"], packet["pid"],
        packet["props"] or "")
