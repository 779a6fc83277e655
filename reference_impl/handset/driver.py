"""What drives the secure element: the phone's hardware abstraction of it.

Channels are opened with MANAGE CHANNEL and SELECT and closed again when the application is not
there (AOSP ``ISecureElement``). The way to the element is a callable, so that anything that takes
command APDUs can lie behind it. ``OSError`` from there is an IOException to the app.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reference_impl.handset.apdu import (
    GET_RESPONSE,
    MANAGE_CHANNEL,
    CommandRules,
    select,
    with_le,
)
from reference_impl.handset.exceptions import Kind, NoFreeChannel, OmapiError

Transmit = Callable[[bytes], bytes]
MOST_PIECES = 4096  # of one answer; an element that never ends is broken


@dataclass(frozen=True)
class Opened:
    """A channel and what SELECT answered; nothing where nothing was selected."""

    number: int
    answer: bytes


@dataclass
class Driver:
    """One element."""

    transmit: Transmit
    commands: CommandRules

    def exchange(self, command: bytes) -> bytes:
        """The whole answer: Le corrected once (6Cxx), further pieces fetched (61xx)."""
        answer = self.raw(command)
        if answer[-2] == 0x6C:
            answer = self.raw(self.corrected(command, answer[-1]))
        for _ in range(MOST_PIECES):
            if answer[-2] != 0x61:
                return answer
            answer = answer[:-2] + self.raw(self.more(command, answer[-1]))
        raise OmapiError(Kind.IO, "the answer does not end")

    def raw(self, command: bytes) -> bytes:
        try:
            answer = self.transmit(command)
        except OSError as error:
            raise OmapiError(Kind.IO, str(error)) from error
        if len(answer) < 2:
            raise OmapiError(Kind.IO, "an answer without a status word")
        return answer

    def corrected(self, command: bytes, le: int) -> bytes:
        return with_le(command, le)

    def more(self, command: bytes, le: int) -> bytes:
        """GET RESPONSE on the channel the command went to."""
        return bytes((command[0], GET_RESPONSE, 0x00, 0x00, le))

    # --- channels ----------------------------------------------------------------------------

    def open_basic(self, aid: bytes | None, p2: int) -> Opened:
        return Opened(0, b"" if aid is None else self.selected(0, aid, p2))

    def open_logical(self, aid: bytes | None, p2: int) -> Opened:
        """Raises NoFreeChannel, or an OmapiError with the channel closed again."""
        number = self.new_channel()
        try:
            return Opened(number, b"" if aid is None else self.selected(number, aid, p2))
        except OmapiError:
            self.close(number)
            raise

    def new_channel(self) -> int:
        answer = self.raw(bytes((0x00, MANAGE_CHANNEL, 0x00, 0x00, 0x01)))
        if answer[-2:] != b"\x90\x00" or len(answer) != 3 or not 1 <= answer[0] <= 19:
            raise NoFreeChannel
        return answer[0]

    def selected(self, number: int, aid: bytes, p2: int) -> bytes:
        """Raises NoSuchElementException, or UnsupportedOperationException for P2 (6A86)."""
        answer = self.exchange(select(self.commands.class_for(0x00, number), p2, aid) + b"\x00")
        if answer[-2:] == b"\x6a\x86":
            raise OmapiError(Kind.UNSUPPORTED_OPERATION, f"the element does not know P2 {p2:02X}")
        if not self.is_selected(answer):
            raise OmapiError(Kind.NO_SUCH_ELEMENT, f"SELECT answered {answer[-2:].hex().upper()}")
        return answer

    def is_selected(self, answer: bytes) -> bool:
        """A warning is a success all the same."""
        return answer[-2] in (0x62, 0x63) or answer[-2] & 0xF0 == 0x90

    def close(self, number: int) -> None:
        """The basic channel stays open always."""
        if number:
            cla = self.commands.class_for(0x00, number)
            self.raw(bytes((cla, MANAGE_CHANNEL, 0x80, number)))
