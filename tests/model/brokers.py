# SPDX-License-Identifier: MIT
#
# tests/model/brokers.py - starts and ends the broker that scripts are played to, and plays them.
import os
import re
import shlex
import signal
import socket
import subprocess
import tempfile
import time

import generate
from player import Player, reset
from reference import Mismatch, Model, Policy

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
START_S = 20


class MosquittoPolicy(Policy):
    qos2_at_release = True
    overlap_each = False


class Broker:
    """kind: "ours", "mosquitto", or a command that prints a line with "listening" and the port at its end."""

    def __init__(self, kind):
        self.kind, self.process = kind, None
        self.policy = MosquittoPolicy if kind == "mosquitto" else Policy
        self.folder = tempfile.TemporaryDirectory(prefix="mqtt-model-")
        self.log = os.path.join(self.folder.name, "broker.log")

    def command(self):
        if self.kind == "mosquitto":
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
            config = os.path.join(self.folder.name, "mosquitto.conf")
            with open(config, "w") as file:
                file.write("listener %d 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nmax_inflight_messages 0\n"
                           "max_queued_messages 0\nsys_interval 0\npersistence false\n" % self.port)
            return ["mosquitto", "-c", config]
        if self.kind != "ours":
            return shlex.split(self.kind)
        module = os.environ.get("MQTT_SERVER_SO") or os.path.join(ROOT, "modules", "mqtt_server.so")
        return [os.environ.get("PHP") or "php", "-n", "-d", "extension=" + module,
                os.path.join(ROOT, "bin", "mqtt-server"), "--host", "127.0.0.1", "--port", "0", "--set",
                "sys_interval_s=0"]

    def start(self):
        self.port = 0
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=ROOT)
        end = time.monotonic() + START_S
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit("model: the broker does not start: " + self.said())
            time.sleep(0.01)

    def answers(self):
        if not self.port:
            found = re.search(r"listening.*?(\d+)\s*$", self.said(), re.M | re.I)
            if not found:
                return False
            self.port = int(found.group(1))
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def said(self):
        with open(self.log, errors="replace") as log:
            return log.read()[-2000:]

    def stop(self):
        """Returns what was wrong with the broker itself, or None."""
        process, self.process = self.process, None
        if not process:
            return None
        ended = process.poll()
        if ended is None:
            process.send_signal(signal.SIGTERM)
            try:
                ended = process.wait(START_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                return "the broker does not end"
            if ended == 0 or ended == -signal.SIGTERM:
                return None
        return "the broker ended with %d: %s" % (ended, self.said())

    def play(self, script, model=None):
        """Plays a script to a broker without any state. Returns the player and the Mismatch, if there was one."""
        if not self.process:
            self.start()
        names = sorted({operation["c"] for operation in script})
        player = Player(self.port, model or Model(self.policy()))
        try:
            player.run(script)
            topics = sorted(set(generate.TOPICS) | set(player.model.retained))
            reset(self.port, names, topics) if names else None
            return player, None
        except Mismatch as mismatch:
            trouble = self.stop()
            if trouble and "does not" not in trouble:
                mismatch.args = (trouble,)
            return player, mismatch


def shrink(fails, script, tries=400):
    """Leaves out operations, and parts of them, as long as it still fails."""
    def attempt(candidate):
        nonlocal tries, script
        tries -= 1
        if tries >= 0 and fails(candidate):
            script = candidate
            return True
        return False

    size = max(1, len(script) // 2)
    while tries > 0:
        at, smaller = 0, False
        while at < len(script) and tries > 0:
            if attempt(script[:at] + script[at + size:]):
                smaller = True
            else:
                at += size
        if size == 1 and not smaller:
            break
        size = max(1, size // 2)
    for at in range(len(script)):
        for simpler in simplifications(script[at]):
            attempt(script[:at] + [{**script[at], **simpler}] + script[at + 1:])
    return script


def simplifications(operation):
    for name in ("messages", "filters", "kinds"):
        items = operation.get(name, [])
        for item in items if len(items) > 1 else []:
            yield {name: [item]}
    for name in ("will", "window", "aliases", "id", "stop", "code", "count", "flush"):
        if operation.get(name):
            yield {name: None if name == "will" else 0}
