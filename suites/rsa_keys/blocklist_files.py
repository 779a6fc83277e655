"""Blocklists from files of the user; a binary one stays on the disk."""

from __future__ import annotations

import mmap
from pathlib import Path

from fixtures.outcome import UsageError
from suites.rsa_keys.blocklist import Blocklist, parse


def read_blocklist(path: Path) -> Blocklist:
    """The list of a file, named after it.

    Raises UsageError, naming file and line, where it cannot be read.
    """
    try:
        with path.open("rb") as file:
            if path.stat().st_size == 0:
                raise UsageError(f"{path}: is empty; leave it out or fetch the list again")
            content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        return parse(path.name, content)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; check the path of the blocklist") from None
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None
