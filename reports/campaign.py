"""The campaign folder: one run with everything a reader needs to check it.

::

    run.json        suite, target, host, seed, command line; the plan (tests and their ids)
    ics.toml        the capability statement, without literal secrets
    ledger.jsonl    records in order of arrival, chained     results.jsonl  the same, sorted
    apdu/*.jsonl    transcripts, secrets withheld            junit.xml, allure-results/
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fixtures.ics.statement import withheld_copy
from fixtures.outcome import UsageError

if TYPE_CHECKING:
    from fixtures.targets.resolve import Resolved

ROOT = Path(__file__).resolve().parent.parent
RUN = "run.json"
PLAN = "plan.json"
CURRENT = "current.txt"  # the test in progress; gone when a run has ended in order
COLLECTION_ERRORS = "collection_errors.txt"


class Interrupted(Exception):  # noqa: N818  an ending
    """The user stopped the run; what it found is kept."""


@dataclass(frozen=True)
class RunOptions:
    """What a run was asked to do; kept in ``run.json`` so that it can be finished later."""

    target: str
    ics: str | None
    select: tuple[str, ...]
    seed: int
    effort: str
    faults: tuple[str, ...]
    destructive: bool
    workers: int
    folder: str  # where it was called: a vendor's adapter or program lies there


def new_folder(out: Path | None, target: str, now: datetime) -> Path:
    """Make an empty campaign folder. ``UsageError`` when the place cannot be written to."""
    name = f"{now:%Y%m%dT%H%M%SZ}-{_plain(target)}-{os.urandom(2).hex()}"
    folder = out if out is not None else ROOT / "campaigns" / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(f"{folder}: is not empty; name a new folder with --out")
        (folder / "apdu").mkdir()
    except OSError as error:
        raise UsageError(
            f"{folder}: cannot be written ({error.strerror}); name another folder with --out"
        ) from None
    return folder


def write_run(
    folder: Path,
    options: RunOptions,
    resolved: Resolved,
    now: datetime,
    *,
    shortest_command: int,
) -> None:
    """Write ``run.json`` and the copy of the statement."""
    text = resolved.statement_path.read_text(encoding="utf-8")
    setup = resolved.statement.setup
    (folder / "ics.toml").write_text(withheld_copy(text), encoding="utf-8")
    record = {
        "started": now.isoformat(timespec="seconds"),
        "suite": suite_identity(),
        "target": resolved.statement.target.model_dump(),
        "setup": {**setup.model_dump(), "assumed": list(setup.assumed())},
        "ics_sha256": statement_sha256(resolved),
        "harmless": resolved.is_harmless,
        "shortest_command": shortest_command,
        "secret_lengths": {
            name: len(resolved.statement.secret(name))
            for name in resolved.statement.secrets.named()
        },
        "host": {"python": platform.python_version(), "system": platform.platform()},
        "options": asdict(options),
    }
    write_json(folder / RUN, record)


def statement_sha256(resolved: Resolved) -> str:
    """SHA-256 of the statement as it is on disk now."""
    return hashlib.sha256(resolved.statement_path.read_bytes()).hexdigest()


def read_run(folder: Path) -> dict[str, Any]:
    """``run.json``. ``UsageError`` when the folder is no campaign."""
    try:
        record: dict[str, Any] = json.loads((folder / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UsageError(f"{folder}: holds no readable {RUN}; name a campaign folder") from None
    return record


def read_options(folder: Path) -> RunOptions:
    """The options of an earlier run. ``UsageError`` when the folder is no campaign."""
    try:
        options = RunOptions(**read_run(folder)["options"])
    except (KeyError, TypeError):
        raise UsageError(f"{folder}: {RUN} has no options; name a campaign folder") from None
    return replace(options, select=tuple(options.select), faults=tuple(options.faults))


def read_plan(folder: Path) -> dict[str, list[str]]:
    """Test id → requirement ids of all tests the run set out to do; empty before collection."""
    path = folder / PLAN
    if not path.exists():
        return {}
    plan: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
    return plan


def suite_identity() -> dict[str, Any]:
    """Version, commit and lock file of the suite that judges."""
    lock = (ROOT / "requirements.lock").read_bytes()
    return {
        "version": version("jpki-conformance"),
        "commit": _git("rev-parse", "HEAD"),
        "dirty": bool(_git("status", "--porcelain")),
        "lock_sha256": hashlib.sha256(lock).hexdigest(),
    }


def write_json(path: Path, value: object) -> None:
    """Write in one step, keys sorted, readable."""
    draft = path.with_suffix(".tmp")
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1)
    draft.write_text(text + "\n", encoding="utf-8")
    draft.replace(path)


def utc_now() -> datetime:
    return datetime.now(UTC)


def _git(*words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name)
