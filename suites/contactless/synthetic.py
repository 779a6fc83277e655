"""A SYNTHETIC campaign of positions, made from a stated truth, to prove what judges it.

No device behind it: readers and phones carry SYN in their names. Types follow from how each is set
(``negotiation``), results from a share of successful attempts that falls with the distance, and
second attempts succeed as often as first ones, but for one pair, which fails persistently under the
old firmware of its reader. ``synthetic.csv`` beside is the output for ``SEED``::

    python -m suites.contactless.synthetic > suites/contactless/synthetic.csv
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from random import Random

from suites.contactless.negotiation import Phone, Reader, Technology, negotiate
from suites.contactless.positions import DECK, Position, ResultClass

FILE = Path(__file__).with_name("synthetic.csv")
STANDARDS = Path(__file__).with_name("synthetic_standards.toml")
SEED = 5
TRIES = 10
HEAD = "reader,firmware,phone,position,try,result,type,reader_types,phone_types,retries,off_ms"
OFF_MS = "20"  # field off before a second attempt
A, B = Technology.A, Technology.B
BOTH = frozenset({A, B})

# How each is set, and its part of the logit of success at the centre.
READERS = {
    ("SYN-R1", "1.0"): (Reader((A, B)), 2.6),
    ("SYN-R1", "1.1"): (Reader((A, B)), 2.6),
    ("SYN-R2", "7.0"): (Reader((B, A)), 3.0),
}
PHONES = {
    "SYN-P1": (Phone(BOTH, exclusive=True), 2.8),
    "SYN-P2": (Phone(BOTH), 2.6),
    "SYN-CARD": (Phone(frozenset({B})), 3.0),
}
BROKEN = ("SYN-R1", "1.0", "SYN-P2")  # until the firmware is changed
BROKEN_FIRST, BROKEN_SECOND = 0.25, 0.10
LOSS = 0.03  # logits by mm of displacement


def lines(seed: int = SEED) -> Iterator[str]:
    """The campaign as a file of taps; the same seed gives the same lines."""
    generator = Random(seed)
    yield HEAD
    for (name, firmware), phone in product(READERS, PHONES):
        reader, _ = READERS[name, firmware]
        (spoken,) = negotiate(reader, PHONES[phone][0]).spoken
        types = ("".join(sorted(reader.poll)), "".join(sorted(PHONES[phone][0].listen)))
        for position, number in product(DECK, range(1, TRIES + 1)):
            result = _tap(generator, *_shares((name, firmware, phone), position))
            told = "" if result is ResultClass.NEITHER else str(spoken)
            off = "" if result is ResultClass.FIRST else OFF_MS
            cells = (name, firmware, phone, position, number, result, told, *types, 0, off)
            yield ",".join(map(str, cells))


def _shares(pair: tuple[str, str, str], position: Position) -> tuple[float, float]:
    """Of first and of second attempts that succeed."""
    if pair == BROKEN:
        return BROKEN_FIRST, BROKEN_SECOND
    reader, firmware, phone = pair
    distance = math.hypot(position.x, position.y, position.z)
    odds = READERS[reader, firmware][1] + PHONES[phone][1] - LOSS * distance
    share = 1 / (1 + math.exp(-odds))
    return share, share


def _tap(generator: Random, first: float, second: float) -> ResultClass:
    if generator.random() < first:
        return ResultClass.FIRST
    return ResultClass.SECOND if generator.random() < second else ResultClass.NEITHER


if __name__ == "__main__":
    print("\n".join(lines()))
