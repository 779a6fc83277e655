"""Millions of moduli in files, compared block by block; what is done stays done.

A folder of state keeps, for every finished block of keys, the product of its moduli, what its keys
have in common with each other and with all blocks before, and the SHA-256 of what went in: of its
own moduli, and of the blocks before it. So a run that was killed goes on where it was, a file that
is added at the end is compared with all that came before, and a block is done again when it, or
one before it, is no longer what it was.

Rules followed here:

- A record is written last, and by renaming: a record that is there is whole, and so is its product.
- A record is used only if it says what it should, to the last byte of the product; a damaged one is
  a block not yet done, and never an error.
- Every block is compared with the products of all blocks before it. Which *earlier* keys are
  concerned is found at the end, by what the later ones had in common with them.
- What is kept factors keys, where two have a prime in common: it is its owner's alone to read.
- Memory holds one block and two products, whatever the number of files. Time grows with the square
  of the number of blocks, though most of it is spent within them up to about ten.

Patterns of p - 1 are not looked for, nor laws tested: ``population.examine`` does, over samples.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path

from gmpy2 import gcd, mpz  # type: ignore[import-untyped]

from fixtures.outcome import UsageError
from suites.rsa_keys import seed_bounds
from suites.rsa_keys.batch_gcd import common_factors, product, remainders
from suites.rsa_keys.formats import Trouble, each_key, files_in
from suites.rsa_keys.key import Remark, RsaKey
from suites.rsa_keys.population_remarks import of_duplicates, of_shared
from suites.rsa_keys.shared_primes import duplicates, shared_factors

BLOCK = 65_536  # keys
FORMAT = "jpki-moduli-1"
WRITE_ANEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


@dataclass(frozen=True)
class Block:
    """A number of keys that follow each other in the files; moduli above 1."""

    number: int  # from 1
    keys: tuple[RsaKey, ...]
    chain: str  # SHA-256 over its moduli and the chain of the block before, hexadecimal

    @property
    def moduli(self) -> list[int]:
        return [key.n for key in self.keys]


@dataclass(frozen=True)
class Record:
    """What is kept of a finished block."""

    chain: str
    keys: int
    product: str  # SHA-256 of the bytes of the product, hexadecimal
    common: tuple[int, ...]  # what keys share with others of the block or of blocks before


@dataclass(frozen=True)
class Compared:
    """What millions of keys came to; ``reused`` of the ``blocks`` were done already."""

    keys: int
    blocks: int
    reused: int
    remarks: tuple[Remark, ...]
    bounds: tuple[str, ...]
    troubles: tuple[str, ...]  # one line for what could not be read


@dataclass(frozen=True)
class ModuliStore:
    """A folder of state; made where it is not there."""

    folder: Path
    block: int = BLOCK

    def compare(
        self, paths: Sequence[Path], told: Callable[[str], None] = lambda _: None
    ) -> Compared:
        """All keys of the files and folders, each with all others.

        ``UsageError`` when the folder cannot be written, or a file changes while it is read.
        """
        troubles: list[str] = []
        done: list[Record] = []
        reused = 0
        lengths: Counter[int] = Counter()
        for block in self._blocks(paths, troubles):
            lengths.update(n.bit_length() for n in block.moduli)
            record = self._known(block)
            if record is None:
                told(f"block {block.number}: {len(block.keys):,} keys")
                record = self._compared(block, done, told)
            else:
                reused += 1
            done.append(record)
        told("keys that have something in common")
        concerned = list(self._concerned(paths, done))
        total = sum(record.keys for record in done)
        moduli = [key.n for key in concerned]
        equal, shared = duplicates(moduli), shared_factors(moduli)
        found = (*of_duplicates(concerned, equal), *of_shared(concerned, shared))
        bounds = [] if equal or total < 2 else [seed_bounds.sentence(lengths.values())]
        bounds += [] if shared or total < 2 else [seed_bounds.sentence_of_primes(lengths.values())]
        return Compared(total, len(done), reused, found, tuple(bounds), tuple(troubles))

    def _blocks(self, paths: Sequence[Path], troubles: list[str]) -> Iterator[Block]:
        """Read from the files; what cannot be is put into words."""
        usable, number, chain = _usable(paths, troubles), 0, ""
        while keys := tuple(islice(usable, self.block)):
            number += 1
            chain = _chained(chain, keys)
            yield Block(number, keys, chain)

    def _known(self, block: Block) -> Record | None:
        """The record of a block that was finished, if it is whole."""
        try:
            told = json.loads(self._record(block.chain).read_text(encoding="utf-8"))
            common = tuple(int(value, 16) for value in told["common"])
            record = Record(told["chain"], told["keys"], told["product"], common)
            whole = told["format"] == FORMAT and _digest(self._stored(record)) == record.product
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return record if whole and record.chain == block.chain else None

    def _compared(
        self, block: Block, before: Sequence[Record], told: Callable[[str], None]
    ) -> Record:
        moduli = block.moduli
        own, outside = product(moduli), mpz(1)
        for number, record in enumerate(before, 1):
            told(f"block {block.number} with block {number}")
            outside = outside * (_number(self._stored(record)) % own) % own
        found = common_factors(moduli, outside=int(outside))
        common = tuple(sorted({factor for factor in found if factor > 1}))
        stored = _bytes(own)
        record = Record(block.chain, len(moduli), _digest(stored), common)
        self._write(self._product(block.chain), stored)
        self._write(self._record(block.chain), _json(record))
        return record

    def _concerned(self, paths: Sequence[Path], done: Sequence[Record]) -> Iterator[RsaKey]:
        """All keys that have a factor with what was found in common, early ones too."""
        found = product(sorted({factor for record in done for factor in record.common}))
        if found == 1:
            return
        for block, record in zip_longest(self._blocks(paths, []), done):
            if block is None or record is None or block.chain != record.chain:
                raise UsageError("the files changed while they were read; compare them again")
            for key, rest in zip(block.keys, remainders(found, block.moduli), strict=True):
                if gcd(key.n, rest) > 1:
                    yield key

    def _record(self, chain: str) -> Path:
        return self.folder / f"{chain}.json"

    def _product(self, chain: str) -> Path:
        return self.folder / f"{chain}.product"

    def _stored(self, record: Record) -> bytes:
        return self._product(record.chain).read_bytes()

    def _write(self, file: Path, content: bytes) -> None:
        """All of it or nothing, whenever the power goes."""
        part = file.with_suffix(".part")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(part, WRITE_ANEW, 0o600), "wb") as stream:
                os.fchmod(stream.fileno(), 0o600)  # one that was left lying, too
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(file)
        except OSError as error:
            raise UsageError(
                f"{self.folder}: cannot be written ({error.strerror}); name a folder that can"
            ) from error


def _usable(paths: Sequence[Path], troubles: list[str]) -> Iterator[RsaKey]:
    for file, name in files_in(paths):
        for one in each_key(file, name):
            if isinstance(one, Trouble):
                troubles.append(str(one))
            elif one.n < 2:
                troubles.append(f"{one.subject}: {one.n} is no modulus; it was not compared")
            else:
                yield RsaKey(one.subject, one.n, one.e)  # no private half is kept in memory


def _chained(before: str, keys: Sequence[RsaKey]) -> str:
    digest = hashlib.sha256(f"{FORMAT}\n{before}\n".encode())
    for key in keys:
        digest.update(f"{key.n:x}\n".encode())
    return digest.hexdigest()


def _json(record: Record) -> bytes:
    told = {
        "format": FORMAT, "chain": record.chain, "keys": record.keys, "product": record.product,
        "common": [f"{factor:x}" for factor in record.common],
    }  # fmt: skip
    return json.dumps(told, indent=1).encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _bytes(number: mpz) -> bytes:
    """Big-endian, as short as can be."""
    return int(number).to_bytes((number.bit_length() + 7) // 8, "big")


def _number(content: bytes) -> mpz:
    return mpz(int.from_bytes(content, "big"))
