"""Applets that are handed in as files: read, judged, shown, or told as JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from fixtures.outcome import UsageError
from fixtures.verdict import Finding, Verdict, worst
from suites.capacity.cap_file import CapError, CapFile
from suites.capacity.containers import read_cap
from suites.capacity.plan import Plan, PlanError, read_plan
from suites.capacity.size import EXPECTED, LIMIT_HOLDS, WARNING, Size, Stage, judge_size, size_of

LONGEST_FILE = 16 << 20  # bytes; an applet of 64 KB, documents beside it and all, is smaller
UNREADABLE = "unreadable"
SIZE = "size"


@dataclass(frozen=True)
class Asked:
    """How applets are to be judged. ``UsageError`` for what cannot be."""

    as_of: date
    stage: str = Stage.PRODUCT
    installed: int | None = None  # bytes
    plan: Path | None = None
    descriptor: bool = True  # of a CAP file, whether it is loaded

    def __post_init__(self) -> None:
        if self.stage not in list(Stage):
            raise UsageError(f"--stage {self.stage!r} is not known; use {' or '.join(Stage)}")
        if self.installed is not None and self.installed < 1:
            raise UsageError(f"--installed {self.installed} is no footprint; give bytes")


@dataclass(frozen=True)
class Input:
    """A file that was handed in."""

    name: str
    sha256: str
    size: int  # bytes


@dataclass(frozen=True)
class JudgedApplet:
    """One applet, what it is, and what was found."""

    cap: CapFile
    size: Size
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Judged:
    """All files."""

    applets: tuple[JudgedApplet, ...]
    troubles: tuple[Finding, ...]  # files that could not be read
    inputs: tuple[Input, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (*(one for applet in self.applets for one in applet.findings), *self.troubles)

    @property
    def verdict(self) -> Verdict:
        return worst(one.verdict for one in self.findings)


def judge_files(paths: Sequence[Path], asked: Asked) -> Judged:
    """Judge every file.

    ``UsageError`` where none of them can be read, with the first reason, or the record cannot.
    """
    if asked.installed is not None and len(paths) > 1:
        raise UsageError("--installed is of one applet; hand them in one at a time")
    plan = None if asked.plan is None else _plan(asked.plan)
    applets, troubles, inputs = [], [], []
    for path in paths:
        raw = _read(path)
        inputs.append(Input(path.name, hashlib.sha256(raw).hexdigest(), len(raw)))
        try:
            cap = read_cap(raw)
        except CapError as error:
            troubles.append(Finding(LIMIT_HOLDS, Verdict.INCONCLUSIVE, str(error), path.name))
            continue
        size = size_of(path.name, cap, asked.installed, descriptor=asked.descriptor)
        found = judge_size(size, Stage(asked.stage), plan, asked.as_of)
        applets.append(JudgedApplet(cap, size, tuple(found)))
    if not applets:
        raise UsageError(f"{troubles[0].subject}: {troubles[0].reason}")
    return Judged(tuple(applets), tuple(troubles), tuple(inputs))


def _read(path: Path) -> bytes:
    """``UsageError`` for what is not there, or cannot be an applet by its length."""
    try:
        with path.open("rb") as file:
            raw = file.read(LONGEST_FILE + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    if len(raw) > LONGEST_FILE:
        raise UsageError(f"{path}: longer than {LONGEST_FILE:,} bytes, so no applet")
    return raw


def _plan(path: Path) -> Plan:
    try:
        return read_plan(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    except (PlanError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}; see docs/capacity.md") from None


# --- as JSON ------------------------------------------------------------------------------


def to_json(found: Judged, asked: Asked) -> dict[str, Any]:
    """The one JSON object of ``judge applet --json``, without the suite's identity."""
    return {
        "verdict": found.verdict,
        "findings": list(_findings(found)),
        "applets": [_applet(one) for one in found.applets],
        "metrics": {
            "files": len(found.inputs),
            "unreadable": len(found.troubles),
            "above_expectation": sum(one.size.load > EXPECTED for one in found.applets),
            "above_limit": sum(one.size.is_beyond for one in found.applets),
        },
        "profile": {
            "stage": asked.stage, "installed": asked.installed, "as_of": asked.as_of.isoformat(),
            "plan": None if asked.plan is None else asked.plan.name,
            "descriptor_is_loaded": asked.descriptor,
        },
        "inputs": [vars(one) for one in found.inputs],
    }  # fmt: skip


def _findings(found: Judged) -> Iterator[dict[str, Any]]:
    for finding in found.findings:
        told = {key: value for key, value in vars(finding).items() if key != "false_alarm"}
        id_ = UNREADABLE if finding in found.troubles else SIZE
        kind = {"class": "warning"} if finding.reason.startswith(WARNING) else {}
        yield {"id": id_} | told | kind


def _applet(one: JudgedApplet) -> dict[str, Any]:
    cap, size = one.cap, one.size
    return {
        "subject": size.subject,
        "form": cap.form,
        "format": f"{cap.version[0]}.{cap.version[1]}",
        "package": str(cap.package),
        "name": cap.name,
        "applets": [aid.hex().upper() for aid in cap.applets],
        "imports": [str(package) for package in cap.imports],
        "components": {component.name: component.size for component in cap.components},
        "load": size.load,
        "of_which_descriptor": size.optional,
        "dap_bytes": size.dap_bytes,
        "installed": size.installed,
        "loading": [
            {
                "level": f"{each.channel.level:02X}", "mac": each.channel.mac,
                "chunk": each.channel.chunk, "blocks": each.blocks,
                "ceiling": each.channel.ceiling, "fits": each.fits,
            }
            for each in size.loadings
        ],
    }  # fmt: skip
