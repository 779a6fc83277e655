"""Loops that are compiled where numba is there and run as they stand where it is not.

The results are the same either way: integers throughout, nothing reordered. What is compiled is
kept beside its source, so only the first use after an installation waits for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import numpy as np

Arguments = ParamSpec("Arguments")
Returned = TypeVar("Returned")

try:
    import numba
except ImportError:  # pragma: no cover  the loops then run as Python, minutes instead of seconds
    numba = None  # type: ignore[assignment]


def compiled(loop: Callable[Arguments, Returned]) -> Callable[Arguments, Returned]:
    """Compile a loop over arrays; it releases the interpreter while it runs."""
    if numba is None or os.environ.get("NUMBA_DISABLE_JIT", "0") != "0":
        return _as_it_stands(loop)
    made: Callable[Arguments, Returned] = numba.njit(cache=True, nogil=True)(loop)
    return made


def _as_it_stands(loop: Callable[Arguments, Returned]) -> Callable[Arguments, Returned]:
    """Words of 64 bits wrap around, as they do in the compiled loop."""

    @wraps(loop)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Returned:
        with np.errstate(over="ignore"):
            return loop(*args, **kwargs)

    return run
