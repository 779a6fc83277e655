"""Primes from generators that nobody seeded, and from one whose seeds are nearly all zero.

What a generator gives first when it is not seeded, or seeded with 0 or 1, anybody can compute. A
search for a prime starts there and moves up a little; a window above and below the start is looked
at, so that it does not matter how the search went on. A dictionary, not a law: a generator that is
not in it is not found.

CVE-2021-41117 (GitHub Security Lab GHSL-2021-1012): the npm package ``keypair`` filled its seed
with decimal digits instead of bytes, so that most of them came out as zero. The starts of all seeds
of one byte and 31 zeros are in the dictionary: about a third of the keys it made. The others need
a table of millions of numbers, which a list of known keys can be.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice

import gmpy2  # type: ignore[import-untyped]
import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from suites.rsa_keys.near import factor_near
from suites.rsa_keys.near_gate import Table

WINDOW = 16  # bits to either side of a start: what the table looks at
FIRST = 10  # numbers of each generator
LONGEST = 4_096  # bits of n
LC_SMALL = (64, 0xBAECD515DAF0B49D)  # GMP, rand/randlc2s.c: bits of the state, multiplier
LC_LARGE = (256, 0xAF66BA932AAF58A071FD8F0742A99A0C76982D648509973DB802303128A14CB5)
JAVA_SIEVE = 19_202  # java.math.BitSieve: what no candidate is divisible by, 2·9600 + 1 and below
JAVA_ROUNDS = ((768, 8), (1024, 4))  # BigInteger.primeToCertainty: below so many bits; else 2

Start = Callable[[int], Iterator[int]]


@dataclass(frozen=True)
class Guess:
    """A number near which a prime may lie, and the generator that gives it."""

    value: int
    generator: str


def unseeded_prime(n: int) -> tuple[int, str] | None:
    """A factor of ``n`` near a guess, with the name of the generator, else None.

    Moduli of more than LONGEST bits are not looked at: the dictionary would take minutes to make.
    """
    if n.bit_length() > LONGEST:
        return None
    known, table = _dictionary((n.bit_length() + 1) // 2)
    for index in table.near_a_factor(n):
        if (factor := factor_near(n, known[index].value, WINDOW)) is not None:
            return factor, known[index].generator
    return None


@cache
def guesses(bits: int) -> tuple[Guess, ...]:
    """Starts for primes of ``bits`` bits: as they came, with one, and with two leading bits set."""
    found: dict[int, str] = {}
    for name, numbers in GENERATORS.items():
        for number in islice(numbers(bits), FIRST):
            for leading in (0, 1 << bits - 1, 3 << bits - 2):
                if (value := number | leading).bit_length() > bits - 16:
                    found.setdefault(value, name)
    for number in keypair_starts(bits):
        found.setdefault(number | 1 << bits - 1, KEYPAIR)
    return tuple(Guess(value, name) for value, name in found.items())


def unseeded_head(n: int) -> tuple[int, str] | None:
    """As :func:`unseeded_prime`, for primes of which only the upper two thirds are from a guess."""
    if n.bit_length() > LONGEST:
        return None
    for guess in _dictionary((n.bit_length() + 1) // 2)[0]:
        if (factor := factor_near(n, guess.value, n.bit_length() // 6 - 8)) is not None:
            return factor, guess.generator
    return None


@cache
def _dictionary(bits: int) -> tuple[tuple[Guess, ...], Table]:
    known = guesses(bits)
    return known, Table.of([guess.value for guess in known])


def gmp_mersenne_twister(seed: int) -> Start:
    """``mpz_urandomb`` with the default algorithm; 5489 is what it uses without a seed."""

    def numbers(bits: int) -> Iterator[int]:
        state = gmpy2.random_state(seed)
        while True:
            yield int(gmpy2.mpz_urandomb(state, bits))

    return numbers


def gmp_linear_congruential(scheme: tuple[int, int], seed: int) -> Start:
    """``gmp_randinit_lc_2exp_size``: upper halves of x ← a·x + 1 mod 2^m, the first one lowest."""
    size, multiplier = scheme
    half = size // 2

    def numbers(bits: int) -> Iterator[int]:
        state = seed
        while True:
            value = 0
            for at in range(0, bits, half):
                state = (state * multiplier + 1) % (1 << size)
                value |= (state >> half) << at
            yield value % (1 << bits)

    return numbers


def mersenne_twister(seed: int | list[int], *, low_word_first: bool) -> Start:
    """MT19937 with its usual seeding by a word (C++: 5489), or by a list of words (Python)."""

    def numbers(bits: int) -> Iterator[int]:
        words = np.random.RandomState(seed)
        while True:
            made = words.randint(0, 1 << 32, -(-bits // 32), np.uint64).astype("<u4")
            block = made.tobytes() if low_word_first else made.byteswap().tobytes()
            yield int.from_bytes(block, "little" if low_word_first else "big") % (1 << bits)

    return numbers


def bytes_of(values: Callable[[], Iterator[int]]) -> Start:
    """The low byte of each value, most significant byte of the number first."""

    def numbers(bits: int) -> Iterator[int]:
        stream = values()
        while True:
            yield int.from_bytes(bytes(v & 0xFF for v in islice(stream, bits // 8)), "big")

    return numbers


def glibc_rand() -> Iterator[int]:
    """``rand()`` of the GNU C library without ``srand``: the additive generator, seed 1."""
    state = [1]
    for _ in range(30):
        state.append(state[-1] * 16807 % 0x7FFFFFFF)
    state += state[:3]
    for i in range(34, 344):
        state.append((state[i - 34 + 3] + state[i - 34 + 31]) % (1 << 32))
    while True:
        state.append((state[-31] + state[-3]) % (1 << 32))
        yield state[-1] >> 1


def msvc_rand() -> Iterator[int]:
    """``rand()`` of the Microsoft C library without ``srand``."""
    state = 1
    while True:
        state = (state * 214013 + 2531011) % (1 << 31)
        yield state >> 16


class JavaRandom:
    """``java.util.Random``: 48 bits of state, the upper 32 given out."""

    def __init__(self, seed: int) -> None:
        self.state = (seed ^ 0x5DEECE66D) % (1 << 48)

    def word(self) -> int:
        self.state = (self.state * 0x5DEECE66D + 11) % (1 << 48)
        return self.state >> 16

    def integer(self, bits: int) -> int:
        """``new BigInteger(bits, random)``: bytes from words, the low byte of a word first."""
        size = (bits + 7) // 8
        words = [self.word() for _ in range(-(-size // 4))]
        block = b"".join(w.to_bytes(4, "little") for w in words)[:size]
        return int.from_bytes(block, "big") % (1 << bits)


def java_integers(bits: int) -> Iterator[int]:
    """``new BigInteger(bits, new Random(0))``, again and again."""
    random = JavaRandom(0)
    while True:
        yield random.integer(bits)


def java_primes(bits: int) -> Iterator[int]:
    """``new BigInteger(bits, 25, new Random(0))``: the bases of the tests are drawn from it too."""
    random = JavaRandom(0)
    while True:
        start = (random.integer(bits) | 1 << bits - 1) & ~1
        yield next(c for c in _java_candidates(start) if _java_test(c, random))


def _java_candidates(start: int) -> Iterator[int]:
    """Odd numbers from ``start`` on without small factors, as the sieve of the library has them."""
    small = gmpy2.primorial(JAVA_SIEVE) // 2
    candidate = start + 1
    while True:
        if gmpy2.gcd(small, candidate) == 1:
            yield candidate
        candidate += 2


def _java_test(candidate: int, random: JavaRandom) -> bool:
    """Miller and Rabin with bases from ``random``; its bases decide what is drawn next."""
    length = candidate.bit_length()
    for _ in range(next((rounds for below, rounds in JAVA_ROUNDS if length < below), 2)):
        while not 1 < (base := random.integer(length)) < candidate:
            pass
        if not gmpy2.is_strong_prp(candidate, base):
            return False
    return bool(gmpy2.is_strong_selfridge_prp(candidate))


def zero_key_counter(bits: int) -> Iterator[int]:
    """AES-128 in counter mode with a key and a counter of zeros."""
    stream = Cipher(algorithms.AES(bytes(16)), modes.CTR(bytes(16))).encryptor()
    while True:
        yield int.from_bytes(stream.update(bytes(bits // 8)), "big")


def keypair_starts(bits: int) -> Iterator[int]:
    """For each seed of one byte and 31 zeros, where its first two primes of ``bits`` bits start.

    The larger of them is in the key, unless n came out short and a later one was larger still.
    """
    for first in range(256):
        key = hashlib.sha1(hashlib.sha1(bytes([first]) + bytes(31)).digest()).digest()
        stream = _keypair_numbers(key[:16], hashlib.sha1(key).digest()[:16], bits)
        yield from islice(stream, 2)


def _keypair_numbers(key: bytes, seed: bytes, bits: int) -> Iterator[int]:
    """Blocks of AES whose key and plaintext are replaced after each, less the very first byte."""
    while True:
        block = b""
        while len(block) <= bits // 8:
            cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
            block += cipher.update(seed)
            counted = ((int.from_bytes(seed, "big") + 1) % (1 << 128)).to_bytes(16, "big")
            key = cipher.update(counted)
            seed = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(counted)
        yield int.from_bytes(block[1 : bits // 8 + 1], "big")


KEYPAIR = "npm keypair (CVE-2021-41117), a seed of one byte"
GENERATORS: dict[str, Start] = {
    "GMP Mersenne twister, not seeded": gmp_mersenne_twister(5489),
    "GMP Mersenne twister, seed 0": gmp_mersenne_twister(0),
    "GMP Mersenne twister, seed 1": gmp_mersenne_twister(1),
    "GMP linear congruential 32, not seeded": gmp_linear_congruential(LC_SMALL, 1),
    "GMP linear congruential 32, seed 0": gmp_linear_congruential(LC_SMALL, 0),
    "GMP linear congruential 120, not seeded": gmp_linear_congruential(LC_LARGE, 1),
    "GMP linear congruential 120, seed 0": gmp_linear_congruential(LC_LARGE, 0),
    "java.util.Random, seed 0": java_integers,
    "java.math.BigInteger prime, Random seed 0": java_primes,
    "Python random, seed 0": mersenne_twister([0], low_word_first=True),
    "Python random, seed 1": mersenne_twister([1], low_word_first=True),
    "C++ std::mt19937, not seeded": mersenne_twister(5489, low_word_first=False),
    "glibc rand(), not seeded": bytes_of(glibc_rand),
    "Microsoft rand(), not seeded": bytes_of(msvc_rand),
    "AES-128 counter mode, zero key": zero_key_counter,
}
"""FIRST numbers of each are tried; the seeds of keypair beside them."""
