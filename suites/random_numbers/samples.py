"""Samples anybody can make again: AES-256 in counter mode under a key that a name gives.

``keystream(n, tag)`` is the first n bytes with key SHA-256(tag) and an initial block of zeros. Each
sample has the beginning of its SHA-256, so that a slip in making it shows before it is judged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

if TYPE_CHECKING:
    from numpy.typing import NDArray

MILLION = 1_000_000


def keystream(count: int, tag: str) -> bytes:
    """``count`` bytes of AES-256-CTR under SHA-256 of the tag."""
    key = hashlib.sha256(tag.encode("ascii")).digest()
    return Cipher(algorithms.AES256(key), modes.CTR(bytes(16))).encryptor().update(bytes(count))


def _words(count: int, tag: str) -> NDArray[np.uint32]:
    return np.frombuffer(keystream(4 * count, tag), ">u4").astype(np.uint32)


def _bias51() -> bytes:
    ones = _words(8 * MILLION, "jpki-rng-bias51") < int(0.51 * 2**32)
    return bytes(np.packbits(ones))


def _markov45() -> bytes:
    flips = _words(8 * MILLION, "jpki-rng-markov45") < int(0.45 * 2**32)
    flips[0] = False
    return bytes(np.packbits(np.bitwise_xor.accumulate(flips)))


def _binom16() -> bytes:
    pairs = np.frombuffer(keystream(2 * MILLION, "jpki-rng-binom16"), np.uint8).reshape(-1, 2)
    ones = np.unpackbits(pairs, axis=1).sum(axis=1)
    return bytes((15 * ones).astype(np.uint8))


MAKERS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "aesctr8": ("6a2e9745ee8ef715", lambda: keystream(MILLION, "jpki-rng-aesctr8")),
    "bias51_8": ("a1e74b2b9011eae5", _bias51),
    "markov45_8": ("db6c5ae913398f78", _markov45),
    "counter8": ("67870dfc9c64e7aa", lambda: bytes(range(256)) * 3906 + bytes(range(64))),
    "binom16_8": ("64d5cbc48b9a591c", _binom16),
    "ais31_4MB": ("5347ba8537c3d810", lambda: keystream(4 * MILLION, "jpki-rng-ais31")),
}


@cache
def sample(name: str) -> NDArray[np.uint8]:
    """The bytes of a sample; ``ValueError`` when they are not those they should be."""
    prefix, make = MAKERS[name]
    content = make()
    if not hashlib.sha256(content).hexdigest().startswith(prefix):
        raise ValueError(f"{name} is not the sample of that name")
    return np.frombuffer(content, np.uint8)
