"""Cards in a field and nothing around them, as a program; and an application easily judged.

Frames in and out are bytes on standard input and output: requests of a 32-bit length, a kind and
a content. ``Z`` and a list of descriptions (JSON): these cards from now on, and no others.
``N``: the field goes and comes. ``T``: 8 bytes of the tick at which a frame ends, one of
how many bits of its last byte count, the frame; answered with nothing, or with the tick at which
the answer begins, its bits, two bytes of where answers collide (FFFF: nowhere), and the frame.

The application takes ``size`` (2 bytes), ``work`` (4 bytes, in ticks) and a payload, and answers
with how many commands it has executed (4 bytes) and the payload again and again, up to ``size``.
"""

from __future__ import annotations

import json
import random
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from reference_impl.contactless.air import Air
from reference_impl.contactless.answer_to_select import AnswerToSelect
from reference_impl.contactless.frames import Frame
from reference_impl.contactless.picc_a import PiccA
from reference_impl.contactless.picc_b import AnswerToRequest, PiccB
from reference_impl.contactless.picc_blocks import Worked

HEAD = struct.Struct(">QB")
TOLD = struct.Struct(">QBH")
NOWHERE = 0xFFFF
ORDER = struct.Struct(">HI")


@dataclass
class Counting:
    """The application."""

    executed: int = 0

    def __call__(self, command: bytes) -> Worked:
        self.executed += 1
        if len(command) < ORDER.size:
            return Worked(command)
        size, work = ORDER.unpack_from(command)
        payload = command[ORDER.size :] or b"\x00"
        return Worked(self.executed.to_bytes(4, "big") + (payload * (size + 1))[:size], work)


def card(asked: dict[str, object]) -> PiccA | PiccB:
    """A card by its description: ``type``, ``uid``, and fields of ATS or ATQB, bytes as hex."""
    told = {k: bytes.fromhex(v) if k in BYTES else v for k, v in asked.items()}  # type: ignore[arg-type]
    kind, uid, seed = told.pop("type"), told.pop("uid", b""), told.pop("seed", 1)
    chance = random.Random(str(seed))
    if kind == "A":
        ats = AnswerToSelect(**told)  # type: ignore[arg-type]
        return PiccA(identifiers(uid, chance), Counting(), ats)
    atqb = AnswerToRequest(**told)  # type: ignore[arg-type]
    pupis = identifiers(uid, chance)
    return PiccB(pupis, lambda slots: chance.randint(1, slots), Counting(), atqb)


BYTES = ("uid", "historical", "application_data")


def identifiers(fixed: object, chance: random.Random) -> Callable[[], bytes]:
    """Always the same, or a random one of a phone: 08 and three bytes more."""
    if isinstance(fixed, bytes) and fixed:
        return lambda: fixed
    return lambda: b"\x08" + chance.randbytes(3)


@dataclass
class LoneCards:
    """The field; there are no cards at first."""

    air: Air = field(default_factory=lambda: Air([], "A"))

    def answer(self, kind: bytes, content: bytes) -> bytes:
        if kind == b"Z":
            described = json.loads(content)
            self.air = Air([*map(card, described)], described[0]["type"])
        if kind in (b"N", b"Z"):
            self.air.field_reset()
            return b""
        now, last_bits = HEAD.unpack_from(content)
        mixed = self.air.answered(Frame(content[HEAD.size :], last_bits), now)
        if mixed is None:
            return b""
        heard = mixed.heard
        collision = NOWHERE if heard.collision is None else heard.collision
        return TOLD.pack(mixed.at, heard.frame.last_bits, collision) + heard.frame.data


def serve(answer: Callable[[bytes, bytes], bytes], requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer request by request until they end."""
    while len(head := requests.read(4)) == 4:
        body = requests.read(int.from_bytes(head, "big"))
        told = b"A" + answer(body[:1], body[1:])
        answers.write(len(told).to_bytes(4, "big") + told)
        answers.flush()


if __name__ == "__main__":
    serve(LoneCards().answer, sys.stdin.buffer, sys.stdout.buffer)
