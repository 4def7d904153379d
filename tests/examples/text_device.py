#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# tests/examples/text_device.py - a device for the gateway of examples/react: says its name and one value, answers "open"
# with ok, "leave" by going away, anything else with an error, and prints what it was told.
#
# usage: tests/examples/text_device.py HOST:PORT NAME LINE...
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
with socket.create_connection((host, int(port)), timeout=20) as connection:
    connection.sendall("".join(line + "\n" for line in sys.argv[2:]).encode())
    for line in connection.makefile("r"):
        command = line.rstrip("\n")
        print(command, flush=True)
        if command == "leave":
            break
        connection.sendall(b"ok\n" if command == "open" else b"error what?\n")
