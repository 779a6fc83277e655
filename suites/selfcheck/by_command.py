"""The command line, called in this process: a test need not start an interpreter for each call."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

from reports.command_line import main


@dataclass(frozen=True)
class Called:
    """Named as ``subprocess.CompletedProcess`` names it."""

    returncode: int
    stdout: str
    stderr: str


def called(*words: str) -> Called:
    """Status, standard output and standard error of ``jpki-conformance`` with these words."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main(list(words))
    return Called(status, out.getvalue(), err.getvalue())
