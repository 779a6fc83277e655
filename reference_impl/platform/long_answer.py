"""Answers of more than 256 bytes, in pieces by 61xx and GET RESPONSE (GPCS 11.1.5.2).

The pieces are cut from the protected answer, so that its R-MAC ends the last of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reference_impl.applet.apdu import SHORT_MAXIMUM, SW, Command, Refused, Response


@dataclass
class LongAnswer:
    """What of the last answer has not been fetched yet."""

    _rest: bytes = field(default=b"", init=False, repr=False)
    _sw: int = field(default=SW.OK, init=False)

    def forget(self) -> None:
        """Any command but GET RESPONSE gives it up."""
        self._rest = b""

    def first(self, response: Response, le: int | None) -> Response:
        """As much as fits; without Le an R-MAC has to go out all the same."""
        self._rest, self._sw = response.data, response.sw
        return self._piece(le or SHORT_MAXIMUM)

    def next(self, command: Command) -> Response:
        """GET RESPONSE. Raises Refused (6985) with nothing left to fetch."""
        if command.p1 or command.p2:
            raise Refused(SW.INCORRECT_P1_P2)
        if command.le is None or command.data:
            raise Refused(SW.WRONG_LENGTH)
        if not self._rest:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        return self._piece(command.le)

    def _piece(self, size: int) -> Response:
        piece, self._rest = self._rest[:size], self._rest[size:]
        if not self._rest:
            return Response(self._sw, piece)
        left = len(self._rest)
        return Response(0x6100 | (left if left < SHORT_MAXIMUM else 0), piece)
