"""What ``--json`` prints: one object, of the published shape."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reports.json_output import JsonOutput, schema

SCHEMA = Path(__file__).resolve().parents[2] / "docs/schemas/output.json"


def test_the_published_schema_is_the_one_in_force():
    """Regenerate it with: python -m suites.selfcheck.test_json_output"""
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == schema()


@pytest.mark.parametrize(
    "words",
    [
        ("requirements", "--json"),
        ("requirements", "--select", "JPKI-*", "--json"),
        ("run", "--select", "JPKI-TOK-01", "--json"),
        ("run", "--select", "JPKI-TOK-01", "--fault", "token.one_byte_short", "--json"),
        ("faults", "token.one_byte_short", "--clean-seeds", "0", "--json"),
    ],
    ids=" ".join,
)
def test_standard_output_is_one_object_of_that_shape(words: tuple[str, ...], tmp_path: Path):
    more = ("--out", str(tmp_path / "c")) if words[0] == "run" else ()
    done = subprocess.run(
        [sys.executable, "-m", "reports.command_line", *words, *more],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert len(done.stdout.splitlines()) == 1, done.stderr
    JsonOutput.model_validate_json(done.stdout)


if __name__ == "__main__":
    SCHEMA.write_text(json.dumps(schema(), indent=1, sort_keys=True) + "\n", encoding="utf-8")
