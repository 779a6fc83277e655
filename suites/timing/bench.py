"""``make bench``: how fast the reference and the bench are, beside public tools in the same run.

Machines differ and are shared, so a figure alone says little: each is shown with its goal where
one was set, and as a ratio to a public tool that did the comparable work moments before. Nothing
here is asserted by a test.
"""

from __future__ import annotations

import bz2
import os
import sys
import time
from dataclasses import asdict
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from rich.table import Table

from fixtures.bench import Bench
from fixtures.card.jpki import EF
from fixtures.effort import EFFORTS
from fixtures.outcome import BenchError
from fixtures.pcsc_daemon import DaemonUnavailable
from fixtures.recorder import Recorder
from fixtures.targets.resolve import resolve
from fixtures.verdict import Verdict
from fixtures.vpcd_bench import loopback_round_trips, pcsc_round_trips
from suites.applet.tour import sequences, tour
from suites.contactless import bench_touches
from suites.platform import bench_wrapped
from suites.random_numbers.bench import timings
from suites.rsa_keys import bench_batch_gcd, bench_battery, bench_validator
from suites.services import bench_load
from suites.timing.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY_PAIRS = 20
SIGNATURES = 200
PAIRS = 5_000
MEGABYTE = 1 << 20


def measure() -> list[Figure]:
    """All figures, in the order of the table."""
    figures = [Figure("yardstick: bz2 of 1 MB random", bz2_seconds(), "CPU s")]
    with resolve("reference", None, seed=1).open() as target:
        statement = resolve("reference", None).statement
        bench = Bench(target, statement, Recorder(), statement.pixit.paths[0])
        figures += [*_pairs(bench), *_signature(bench), *_key_pair(bench), *_growth(bench)]
        figures += _round_trips("vpcd loopback", loopback_round_trips(bench.channel))
    figures += _through_the_daemon()
    figures += _random_numbers()
    for room in (
        bench_wrapped, bench_touches, bench_load, bench_validator, bench_battery, bench_batch_gcd,
    ):  # fmt: skip
        figures += room.figures()
    return figures


def bz2_seconds() -> float:
    """CPU seconds of ``bz2.compress`` of a random megabyte: the yardstick of every machine."""
    block = os.urandom(MEGABYTE)
    began = time.process_time()
    bz2.compress(block)
    return time.process_time() - began


def table(figures: list[Figure]) -> Table:
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("figure", "value", "unit", "goal", "met", "ratio", "beside"):
        shown.add_column(name, justify="right" if name in ("value", "ratio") else "left")
    for f in figures:
        met = "" if f.met is None else ("yes" if f.met else "NO")
        ratio = "" if f.ratio is None else f"{f.ratio:.2f}"
        shown.add_row(f.name, f"{f.value:,.3f}", f.unit, f.goal, met, ratio, f.beside)
    return shown


def to_json(figures: list[Figure]) -> dict[str, Any]:
    """The one JSON object of ``bench --json``."""
    return {
        "verdict": Verdict.PASS if all(f.met is not False for f in figures) else Verdict.FAIL,
        "findings": [],
        "metrics": {f.name: asdict(f) for f in figures},
        "inputs": [],
    }


def _seconds(work: Callable[[], object], times: int) -> float:
    """Mean CPU seconds of one call, in which nobody else on the machine has part."""
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) / times


def _pairs(bench: Bench) -> Iterator[Figure]:
    card = bench.card

    def pair() -> None:
        card.select_ap()
        card.read_sfi(EF.TOKEN_INFORMATION.sfi)

    rate = 1 / _seconds(pair, PAIRS)
    yield Figure("SELECT + READ, in process", rate, "pair/s", ">= 5000", rate >= 5_000)
    with TemporaryDirectory() as folder:
        recorder = Recorder.to_file(Path(folder) / "t.jsonl")
        recorded = Bench(bench.target, bench.statement, recorder, bench.path)
        card = recorded.card
        yield Figure("SELECT + READ, recorded to disk", 1 / _seconds(pair, PAIRS), "pair/s")
        recorder.close()


def _signature(bench: Bench) -> Iterator[Figure]:
    card = bench.card
    card.power_cycle()
    card.verify(EF.USER_PIN, bench.user_pin)
    numbers = count()  # a chip of the reference remembers what it has signed already
    ours = _seconds(lambda: card.sign(EF.USER_KEY, next(numbers).to_bytes(51, "big")), SIGNATURES)
    key = rsa.generate_private_key(65_537, 2048)
    theirs = _seconds(lambda: key.sign(b"x", padding.PKCS1v15(), hashes.SHA256()), SIGNATURES)
    yield Figure("signature", ours * 1e3, "ms", "<= 5", ours <= 5e-3, ours / theirs, "cryptography")


def _key_pair(bench: Bench) -> Iterator[Figure]:
    card = bench.card
    card.power_cycle()
    card.authenticate_administrator(bench.administrator_key)
    ours = _seconds(lambda: card.generate(EF.USER_KEY), KEY_PAIRS)
    theirs = _seconds(lambda: rsa.generate_private_key(65_537, 2048), KEY_PAIRS)
    yield Figure(
        "key pair, mean", ours * 1e3, "ms", "<= 200", ours <= 0.2, ours / theirs, "cryptography"
    )


def _growth(bench: Bench) -> Iterator[Figure]:
    """Dialogues per second at growing length: eight times the dialogues, a little longer each."""
    for length in (2, 3, EFFORTS["quick"].tour_length):
        dialogues = list(sequences(length))
        began = time.perf_counter()
        tour(bench, dialogues)
        rate = len(dialogues) / (time.perf_counter() - began)
        yield Figure(f"tour of length {length} ({len(dialogues)} dialogues)", rate, "dialogue/s")


def _round_trips(name: str, nanoseconds: np.ndarray[Any, np.dtype[np.int64]]) -> Iterator[Figure]:
    median, p99 = (float(np.quantile(nanoseconds, q)) / 1e6 for q in (0.5, 0.99))
    yield Figure(f"{name}, median", median, "ms", "<= 0.5", median <= 0.5)
    yield Figure(f"{name}, p99", p99, "ms", "<= 5", p99 <= 5)


def _random_numbers() -> Iterator[Figure]:
    """CPU seconds, with the ratio to the yardstick of the same moment."""
    for timing in timings():
        ratio = timing.seconds / bz2_seconds()
        goal = timing.goal
        told = "" if goal is None else f"<= {goal:g} yardsticks"
        met = None if goal is None else ratio <= goal
        name = f"{timing.name} ({timing.size / timing.seconds / 1e6:.2g} MB/s)"
        yield Figure(name, timing.seconds, timing.unit, told, met, ratio, "bz2 yardstick")


def _through_the_daemon() -> Iterator[Figure]:
    def serve(port: int) -> list[str]:
        return [sys.executable, "-m", "reports.command_line", "serve", "card", "--port", str(port)]

    try:
        yield from _round_trips("pyscard through pcscd", pcsc_round_trips(serve))
    except (DaemonUnavailable, BenchError) as error:
        yield Figure(f"pyscard through pcscd: NOT_RUN ({error})", float("nan"), "ms")
