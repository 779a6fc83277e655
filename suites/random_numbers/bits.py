"""Bits out of bytes, in an order that is said. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@unique
class BitOrder(StrEnum):
    """Which bit of a byte came first out of the generator."""

    MSB_FIRST = "msb"
    LSB_FIRST = "lsb"


def unpacked(data: NDArray[np.uint8], order: BitOrder = BitOrder.MSB_FIRST) -> NDArray[np.uint8]:
    """The bits of bytes, one a byte, 0 or 1, in the order they came."""
    return np.unpackbits(data, bitorder="big" if order is BitOrder.MSB_FIRST else "little")


class InsufficientDataError(Exception):
    """More bits are asked for than there are; the text says how many are missing."""


class Bytes(Protocol):
    """An array of bytes, or a file that is read like one."""

    @property
    def size(self) -> int: ...

    def __getitem__(self, part: slice, /) -> NDArray[np.uint8]: ...


@dataclass
class BitReader:
    """Hands out bits in order, each once; never begins again at the front.

    ``data`` may be larger than memory: only what is taken is read and unpacked.
    """

    data: Bytes
    order: BitOrder = BitOrder.MSB_FIRST
    position: int = 0  # bits taken so far

    @property
    def left(self) -> int:
        return 8 * self.data.size - self.position

    def take(self, count: int) -> NDArray[np.uint8]:
        """The next ``count`` bits; ``InsufficientDataError`` when there are not so many."""
        if count > self.left:
            raise InsufficientDataError(
                f"{count - self.left:,} bits are missing after {self.position:,}"
            )
        found = self.peek(count)
        self.position += count
        return found

    def peek(self, count: int) -> NDArray[np.uint8]:
        """Up to ``count`` of the next bits, without taking them."""
        count = min(count, self.left)
        first, end = self.position // 8, (self.position + count + 7) // 8
        offset = self.position - 8 * first
        return unpacked(np.asarray(self.data[first:end]), self.order)[offset : offset + count]
