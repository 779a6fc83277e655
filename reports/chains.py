"""The chains of transcripts and ledger: which line is the first that was not written so.

A transcript is chained by the recorder, 16 hex digits a line; the ledger by its own rule. A chain
says where something was changed, without a copy; that it was changed, the manifest says.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from fixtures.recorder import CHAIN_DIGITS, CHAIN_START
from reports.folder_stock import lines_of, open_plain
from reports.ledger import GENESIS, LEDGER, canonical, link

if TYPE_CHECKING:
    from pathlib import Path

    from reports.folder_stock import Entry


def first_broken_line(path: Path) -> int | None:
    """The first line of a transcript or a ``ledger.jsonl`` that its chain does not hold.

    From 1; None when all do. A transcript of before lines were chained is broken at line 1.
    Blind to whole lines cut off at the end. ``UsageError`` when the file cannot be read.
    """
    return follow(path)[1]


def line_after_the_end(path: Path, was: Entry) -> int | None:
    """The first line that was cut off from or added to the end of a file whose chain is whole.

    None where it was chained anew and did not get shorter.
    """
    digest = hashlib.sha256()
    size = number = 0
    with open_plain(path) as file:
        for number, line in enumerate(lines_of(file), 1):
            digest.update(line)
            size += len(line)
            if size == was.bytes and digest.hexdigest() == was.sha256:
                return number + 1
    return number + 1 if size < was.bytes else None


def follow(path: Path) -> tuple[str, int | None]:
    """The chain after the last line it holds, and the first line it does not hold."""
    next_chain, chain = (
        (_ledger_chain, GENESIS) if path.name == LEDGER else (_transcript_chain, CHAIN_START)
    )
    with open_plain(path) as file:
        for number, line in enumerate(lines_of(file), 1):
            after = next_chain(chain, line)
            if after is None:
                return chain, number
            chain = after
    return chain, None


def _transcript_chain(chain: str, line: bytes) -> str | None:
    """As the recorder writes it, but over bytes: a damaged line need not be UTF-8."""
    body = line[: -len(_transcript_tail(CHAIN_START))]
    after = hashlib.sha256(chain.encode() + body).hexdigest()[:CHAIN_DIGITS]
    return after if line == body + _transcript_tail(after) else None


def _transcript_tail(chain: str) -> bytes:
    return f',"c":"{chain}"}}\n'.encode()


def _ledger_chain(chain: str, line: bytes) -> str | None:
    try:
        record = json.loads(line)["record"]
        after = link(chain, record)
        spelt = canonical({"chain": after, "record": record}).encode() + b"\n"
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return after if line == spelt else None
