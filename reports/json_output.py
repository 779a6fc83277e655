"""The one JSON object that a command prints with ``--json``: its shape, and its schema.

Every command shares the keys below; more keys (``requirements``, ``campaign``) are its own.
``docs/schemas/output.json`` is generated from these records, and a test holds the two together.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from fixtures.verdict import Verdict

if TYPE_CHECKING:
    from pathlib import Path


class JsonFinding(BaseModel):
    """One finding; ``statistic``, ``bound`` and ``unit`` only where something was measured."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: str  # test, fault or judge
    verdict: Verdict
    requirement: str
    subject: str = ""  # file, key, sequence or device it speaks of
    statistic: float | None = None
    bound: float | None = None
    unit: str | None = None
    reason: str = ""


class JsonInput(BaseModel):
    """A file that was judged."""

    model_config = ConfigDict(frozen=True)

    name: str
    sha256: str
    size: int  # bytes


class JsonSuite(BaseModel):
    """The suite that judged."""

    model_config = ConfigDict(extra="allow", frozen=True)

    version: str
    commit: str


class JsonOutput(BaseModel):
    """The common keys of every command."""

    model_config = ConfigDict(extra="allow", frozen=True)

    verdict: Verdict
    findings: list[JsonFinding]
    metrics: dict[str, Any]
    inputs: list[JsonInput]
    suite: JsonSuite


def json_input(path: Path) -> JsonInput:
    """Name, SHA-256 and size of a file."""
    content = path.read_bytes()
    return JsonInput(name=path.name, sha256=hashlib.sha256(content).hexdigest(), size=len(content))


def schema() -> dict[str, Any]:
    """JSON Schema of the common keys."""
    return JsonOutput.model_json_schema()
