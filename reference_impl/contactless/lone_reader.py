"""A reader and nothing around it, as a program: what it sends comes out, what it hears goes in.

Requests as those of ``lone_card.py``. ``Z`` and a description (JSON): this reader. ``G`` and a word
begin something: ``select`` or ``next`` (a card is found and activated), ``exchange`` and a command,
``deselect``. ``H``: what the reader hears; one byte of the bits of the last byte, two of where a
collision was (FFFF: nowhere), the frame; nothing at all for silence. Both are answered with what
comes next: ``S``, 8 bytes of patience in ticks, one of last bits, a frame to send; or ``D`` and a
result; or ``L`` and why the link is lost.
"""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Generator
from dataclasses import dataclass, field

from reference_impl.contactless.frames import Frame
from reference_impl.contactless.lone_card import serve
from reference_impl.contactless.pcd_a import Heard, PcdA, Send
from reference_impl.contactless.pcd_b import PcdB
from reference_impl.contactless.pcd_blocks import LinkLost, PcdBlocks
from reference_impl.contactless.polling import framed

SENT = struct.Struct(">QB")
HEARD = struct.Struct(">BH")
NOWHERE = 0xFFFF

Script = Generator[Send, Heard | None, bytes]


@dataclass
class LoneReader:
    """One reader, of one type."""

    rules: PcdA | PcdB
    blocks: PcdBlocks | None = None
    _script: Script | None = field(default=None, init=False)

    def begin(self, word: str, content: bytes) -> bytes:
        scripts = {
            "select": self.selected, "exchange": lambda: self.exchanged(content),
            "deselect": self.deselected, "next": self.selected,
        }  # fmt: skip
        self._script = scripts[word]()
        return self.go_on(None)

    def go_on(self, heard: Heard | None) -> bytes:
        if self._script is None:
            return b"Lnothing was begun"
        try:
            send = self._script.send(heard)
        except StopIteration as done:
            self._script = None
            result: bytes = done.value
            return b"D" + result
        except LinkLost as lost:
            self._script = None
            return b"L" + str(lost).encode()
        return b"S" + SENT.pack(send.wait, send.frame.last_bits) + send.frame.data

    def selected(self) -> Script:
        """The identifier of the card."""
        if isinstance(self.rules, PcdA):
            card = yield from self.rules.select()
            self.blocks = yield from self.rules.activate(card)
            return card.uid
        found = yield from self.rules.find()
        self.blocks = yield from self.rules.activate(found)
        return found.pupi

    def exchanged(self, command: bytes) -> Script:
        if self.blocks is None:
            raise LinkLost("no card is activated")
        return (yield from framed(self.rules, self.blocks.exchange(command)))

    def deselected(self) -> Script:
        if self.blocks is None:
            raise LinkLost("no card is activated")
        confirmed = yield from framed(self.rules, self.blocks.deselect())
        return bytes((confirmed,))


@dataclass
class Served:
    """The reader that is asked for; of type A at first."""

    reader: LoneReader = field(default_factory=lambda: LoneReader(PcdA()))

    def answer(self, kind: bytes, content: bytes) -> bytes:
        if kind == b"Z":
            asked = json.loads(content)
            rules = PcdA if asked.pop("type") == "A" else PcdB
            self.reader = LoneReader(rules(**asked))
            return b""
        if kind == b"G":
            word, _, rest = content.partition(b" ")
            return self.reader.begin(word.decode(), rest)
        if not content:
            return self.reader.go_on(None)
        bits, collision = HEARD.unpack_from(content)
        frame = Frame(content[HEARD.size :], bits)
        return self.reader.go_on(Heard(frame, None if collision == NOWHERE else collision))


if __name__ == "__main__":
    serve(Served().answer, sys.stdin.buffer, sys.stdout.buffer)
