"""The target is looked at before the first test and after the last.

A target that is not the same at the end as it was at the beginning was damaged in between, and
what was found on the way says nothing: the run is void. Looked at is what a guard lets through on
any card, and what costs nothing: the ATR, SELECT, the files nobody guards, and the tries left.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress

import pytest

from fixtures.bench import Bench
from fixtures.card.jpki import EF, JpkiCard
from fixtures.outcome import BenchError, NotRun
from fixtures.pytest_bed import health_key

ABSENT = 0x6A82  # no such application (ISO/IEC 7816-4 table 6)
OPEN_FILES = (EF.SIGNATURE_CA, EF.USER_CA, EF.TOKEN_INFORMATION)
CONVENTIONS = (0x3B, 0x3F)  # TS of an ATR (ISO/IEC 7816-3 8.2.1)
PINS = (EF.USER_PIN, EF.PASSWORD)


def health(bench: Bench) -> dict[str, str]:
    """What can be seen of a target without changing it; tries only where none may be spent."""
    card = bench.card
    atr, select = card.channel.reset(), _selected(card)
    if atr and atr[0] not in CONVENTIONS:
        raise BenchError(f"{atr.hex()} is no ATR; is this a card?")
    seen = {"ATR": atr.hex(), "SELECT": f"{select:04X}"}
    for ef in OPEN_FILES:
        read = card.read_file(ef)
        seen[f"EF {ef:04X}"] = f"{read.sw:04X} {hashlib.sha256(read.data).hexdigest()[:16]}"
    if bench.guard is not None and not bench.guard.may_destroy:
        for ef in PINS:
            with suppress(NotRun):  # to some cards only passive commands may go
                seen[f"tries of EF {ef:04X}"] = f"{card.tries_left(ef).sw:04X}"
    return seen


def _selected(card: JpkiCard) -> int:
    """The status word of SELECT, twice the same; ``BenchError`` where no JPKI application is."""
    words = set()
    for _ in range(2):
        try:
            words.add(card.select_ap().sw)
        except ValueError as error:
            raise BenchError(f"the target is mute: {error}") from None
    if len(words) > 1 or not all(sw == 0x9000 or 0x61 <= sw >> 8 <= 0x6F for sw in words):
        told = ", ".join(f"{sw:04X}" for sw in sorted(words))
        raise BenchError(f"SELECT answers {told}; this is no card that makes sense")
    if words == {ABSENT}:
        raise BenchError("the JPKI application is not there (SELECT answers 6A82); wrong card?")
    return words.pop()


def full_counters(bench: Bench) -> None:
    """The right PINs give back what wrong ones took; where they are refused, that was told."""
    with suppress(BenchError, NotRun):
        bench.bring_to_known_state()


@pytest.mark.bench_check("first")
def test_the_target_is_well_at_the_beginning(bench: Bench, request: pytest.FixtureRequest):
    full_counters(bench)
    request.config.stash[health_key] = health(bench)


@pytest.mark.bench_check("last")
def test_the_target_is_the_same_at_the_end(bench: Bench, request: pytest.FixtureRequest):
    """Against the beginning in this process; workers beside it have no beginning of their own."""
    full_counters(bench)
    before = request.config.stash.get(health_key, {})
    after = health(bench)
    changed = [f"{what} {before[what]} → {now}" for what, now in after.items()
               if before.get(what, now) != now]  # fmt: skip
    if changed:
        raise BenchError(f"the target was damaged in between: {'; '.join(changed)}")
