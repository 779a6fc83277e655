"""Random numbers from a card: block by block, nothing dropped, nothing asked twice.

GET CHALLENGE shows what the generator hands out after its post-processing. What is read is a
sequence: a refused or short answer ends it, because numbers after a gap are another sequence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from fixtures.outcome import Inconclusive
from suites.random_numbers.bits import BitReader, Bytes, InsufficientDataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fixtures.card.jpki import JpkiCard

BLOCKS = (256, 128, 64, 32, 16, 8)  # bytes, tried in this order
SHORTEST_COMPARED = 8  # bytes; two equal blocks of an ideal source: once in 2**64 pairs


class SequenceEnded(Inconclusive):
    """The card gave no more; the text says what it gave in place of a block."""


def block_of(card: JpkiCard) -> int:
    """The largest block the card gives; ``Inconclusive`` when it gives none."""
    for size in BLOCKS:
        answer = card.challenge(size)
        if answer.ok and len(answer.data) == size:
            return size
    raise Inconclusive(f"GET CHALLENGE brings no block of {BLOCKS[-1]} bytes or more")


def next_block(card: JpkiCard, size: int) -> bytes:
    """One block; ``SequenceEnded`` when it is refused or short."""
    answer = card.challenge(size)
    if not answer.ok or len(answer.data) != size:
        raise SequenceEnded(
            f"GET CHALLENGE of {size} bytes brought {len(answer.data)} with {answer.sw:04X}"
        )
    return answer.data


@dataclass
class CardReader(BitReader):
    """Bits straight from a card: more are fetched whenever more are asked for.

    ``most`` bounds the bytes of the whole sequence, so that a source that never satisfies a test
    does not wear the specimen out.
    """

    data: Bytes = field(default_factory=lambda: np.zeros(0, np.uint8))
    fetch: Callable[[], bytes] = bytes
    most: int = 0
    blocks: list[bytes] = field(default_factory=list)

    @property
    def left(self) -> int:
        return 8 * self.most - self.position

    def peek(self, count: int) -> NDArray[np.uint8]:
        end = -(-(self.position + min(count, self.left)) // 8)
        missing, new = end - self.data.size, []
        while missing > 0:
            try:
                block = self.fetch()
            except SequenceEnded as why:
                raise InsufficientDataError(str(why)) from None
            new.append(block)
            missing -= len(block)
        if new:
            self.blocks += new
            self.data = np.concatenate((self.data[:], np.frombuffer(b"".join(new), np.uint8)))
        return super().peek(count)


def repeated(blocks: list[bytes]) -> list[tuple[int, int]]:
    """Pairs of places at which the same block came; none where blocks are too short to tell."""
    seen: dict[bytes, int] = {}
    found = []
    for place, block in enumerate(blocks):
        if len(block) < SHORTEST_COMPARED:
            continue
        if block in seen:
            found.append((seen[block], place))
        seen[block] = place
    return found
