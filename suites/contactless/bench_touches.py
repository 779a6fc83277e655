"""How fast phones are read by readers on the reference, frame by frame, and how fast it is judged.

Beside it, in the same run: nfcpy, which puts the CRC on the same frames and checks it, and nothing
else. Both are plain Python.
"""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections.abc import Iterator, Sequence
from itertools import product

from fixtures.bench import Bench
from fixtures.recorder import Recorder
from fixtures.targets.reference import factory
from fixtures.targets.resolve import resolve
from suites.contactless.desk_campaign import SELECT, DeskCampaign
from suites.contactless.link_judge import judge_trace
from suites.contactless.on_air import traces
from suites.contactless.positions import DECK
from suites.contactless.trace import Event, Passed
from suites.timing.figure import Figure

CROWD = 20  # readers, and as many phones, no two alike
TRIES = 10
SECONDS = 30.0
FRAMES_A_SECOND = 20_000
EVERY = 47  # of so many taps one is given to nfcpy and the judge
REQUEST = 3  # bytes; shorter frames have no CRC


def figures() -> Iterator[Figure]:
    """CPU seconds throughout."""
    statement = resolve("reference", None).statement
    with factory(seed=1)(statement) as target:
        target.gather(CROWD)
        path = statement.pixit.paths[0]
        desk = DeskCampaign.of(Bench(target, statement, Recorder(), path))
        cells = list(product(desk.readers, desk.phones, DECK))
        sample: list[tuple[str, list[Passed]]] = []
        frames = answered = 0
        began = time.process_time()
        for number, (reader, phone, at) in enumerate(cells * TRIES):
            key = (reader.name, reader.firmware)
            came = desk.desk.attempt(key, phone.name, (at.x, at.y, at.z), (SELECT,))
            frames += sum(event.event in (Event.READER, Event.CARD) for event in came.passed)
            answered += bool(came.answers)
            if number % EVERY == 0:
                sample += traces(came.passed)
        spent = time.process_time() - began
    rate = frames / spent
    theirs = nfcpy_rate([e.data for _, trace in sample for e in trace if len(e.data) >= REQUEST])
    beside = "" if theirs is None else "nfcpy, CRC alone"
    ratio = None if theirs is None else rate / theirs
    yield Figure(
        "frames between readers and phones", rate, "frame/s", f">= {FRAMES_A_SECOND}",
        rate >= FRAMES_A_SECOND, ratio, beside,
    )  # fmt: skip
    told = f"{len(cells) * TRIES} taps up to SELECT, {answered} of them answered"
    told += f" ({CROWD} readers x {CROWD} phones x {len(DECK)} x {TRIES})"
    yield Figure(told, spent, "CPU s", f"<= {SECONDS:g}", spent <= SECONDS)
    yield Figure("frames held against ISO/IEC 14443", judged_rate(sample), "frame/s")


def nfcpy_rate(frames: Sequence[bytes]) -> float | None:
    """Frames a second that get their CRC and have it checked; ``None`` without nfcpy."""
    if importlib.util.find_spec("nfc") is None:
        return None
    device = importlib.import_module("nfc.clf.device").Device
    contents = [bytearray(frame[:-2]) for frame in frames]
    began = time.process_time()
    for content in contents:
        device.check_crc_a(device.add_crc_a(content))
    return len(contents) / (time.process_time() - began)


def judged_rate(sample: Sequence[tuple[str, Sequence[Passed]]]) -> float:
    began = time.process_time()
    for kind, trace in sample:
        judge_trace(kind, trace)
    return sum(len(trace) - 1 for _, trace in sample) / (time.process_time() - began)
