"""What an app is told when it does not get what it asked for, by the names of Android's API."""

from __future__ import annotations

from enum import StrEnum, unique


@unique
class Kind(StrEnum):
    """The exceptions of ``android.se.omapi``."""

    ILLEGAL_ARGUMENT = "IllegalArgumentException"
    ILLEGAL_STATE = "IllegalStateException"
    IO = "IOException"
    NO_SUCH_ELEMENT = "NoSuchElementException"
    NULL_POINTER = "NullPointerException"
    SECURITY = "SecurityException"
    UNSUPPORTED_OPERATION = "UnsupportedOperationException"


class OmapiError(Exception):
    """One of them, and why."""

    def __init__(self, kind: Kind, why: str) -> None:
        super().__init__(f"{kind}: {why}")
        self.kind = kind


class NoFreeChannel(Exception):  # noqa: N818  apps get null, not an exception
    """The element has no logical channel left (CHANNEL_NOT_AVAILABLE of its driver)."""
