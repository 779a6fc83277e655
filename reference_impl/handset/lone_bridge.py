"""A phone with a secure element behind a bridge, as a program.

``python -m reference_impl.handset.lone_bridge CONFIGURATION TOKEN``: the configuration of
``lone_handset``, the token as hex. Its first line on standard output is the port it listens on, on
127.0.0.1; it ends when its standard input does. A line ``lock`` or ``unlock`` there does that.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from dataclasses import dataclass, field

from reference_impl.handset.bridge import Bridge
from reference_impl.handset.lone_handset import Phone


@dataclass
class Screen:
    """The lock."""

    locked: bool = field(default=False)

    def is_locked(self) -> bool:
        return self.locked


def listen(bridge: Bridge, listening: socket.socket) -> None:
    """One suite after the other; one that breaks off is no reason to end."""
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            try:
                bridge.serve(connection)
            except OSError:
                continue


def main(configuration: str, token: str) -> None:
    phone, screen = Phone(json.loads(configuration)), Screen()
    described = {"maker": "reference", "model": "reference phone", "os_version": "none"}
    bridge = Bridge(
        phone.service, phone.apps, bytes.fromhex(token), os.urandom, screen.is_locked, described
    )
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    threading.Thread(target=listen, args=(bridge, listening), daemon=True).start()
    for line in sys.stdin:
        screen.locked = line.strip() == "lock"


if __name__ == "__main__":
    main(*sys.argv[1:])
