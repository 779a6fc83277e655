"""The elementary files of the JPKI AP, the current one, and how a command addresses them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, unique

from reference_impl.applet.apdu import SW, Command, Refused
from reference_impl.applet.token_information import TokenInformation
from reference_impl.chip.memory import Store

LARGEST_EF = 4_096  # bytes
PRESENT, ABSENT = b"\x8f", b"\x00"


@unique
class EF(IntEnum):
    """File identifiers; the short identifier is the low five bits."""

    SIGNATURE_CERTIFICATE = 0x0001
    SIGNATURE_CA_CERTIFICATE = 0x0002
    TOKEN_INFORMATION = 0x0006
    CERTIFICATES_PRESENT = 0x0008
    RESERVED = 0x0009
    USER_CERTIFICATE = 0x000A
    USER_CA_CERTIFICATE = 0x000B
    TERMINAL_CA_KEY = 0x0016
    USER_KEY = 0x0017
    USER_PIN = 0x0018
    SIGNATURE_KEY = 0x001A
    PASSWORD = 0x001B

    @property
    def key(self) -> str:
        """Name of its content in the store."""
        return f"ef{self:02X}"


CERTIFICATES = frozenset(
    {
        EF.SIGNATURE_CERTIFICATE,
        EF.SIGNATURE_CA_CERTIFICATE,
        EF.USER_CERTIFICATE,
        EF.USER_CA_CERTIFICATE,
    }
)
TRANSPARENT = CERTIFICATES | {EF.TOKEN_INFORMATION, EF.CERTIFICATES_PRESENT, EF.RESERVED}
KEYS = frozenset({EF.USER_KEY, EF.SIGNATURE_KEY})
PINS = frozenset({EF.USER_PIN, EF.PASSWORD})
CERTIFICATE_OF = {
    EF.USER_KEY: EF.USER_CERTIFICATE,
    EF.SIGNATURE_KEY: EF.SIGNATURE_CERTIFICATE,
}

_BY_IDENTIFIER = {int(ef): ef for ef in EF}
_BY_SHORT_IDENTIFIER = {ef & 0x1F: ef for ef in EF}


@dataclass
class Files:
    """Contents (persistent) and the current EF (RAM)."""

    store: Store
    token_information: TokenInformation
    current: EF | None = field(default=None, init=False)

    def power_on(self) -> None:
        """Volatile state starts afresh (J-10)."""
        self.current = None

    def application_selected(self) -> None:
        self.current = None

    def select(self, identifier: bytes) -> None:
        """Raises Refused (6A82) and leaves the current EF as it was."""
        found = _BY_IDENTIFIER.get(int.from_bytes(identifier, "big"))
        if found is None:
            raise Refused(SW.FILE_NOT_FOUND)
        self.current = found

    def current_of(self, wanted: frozenset[EF]) -> EF:
        """The current EF. Raises Refused: 6986 without one, 6981 where it is of another kind."""
        if self.current is None:
            raise Refused(SW.NO_CURRENT_EF)
        if self.current not in wanted:
            raise Refused(SW.INCOMPATIBLE_FILE_STRUCTURE)
        return self.current

    def address(self, command: Command) -> tuple[EF, int]:
        """EF and offset in P1-P2 of READ and UPDATE BINARY (7816-4, 11.3.2).

        A short identifier makes its EF the current one, even if the access is refused later.
        Raises Refused: 6986, 6A82, 6A86 for the bits that must be zero.
        """
        if not command.p1 & 0x80:
            if self.current is None:
                raise Refused(SW.NO_CURRENT_EF)
            return self.current, command.p1 << 8 | command.p2
        if command.p1 & 0x60:
            raise Refused(SW.INCORRECT_P1_P2)
        found = _BY_SHORT_IDENTIFIER.get(command.p1 & 0x1F)
        if found is None:
            raise Refused(SW.FILE_NOT_FOUND)
        self.current = found
        return found, command.p2

    def content(self, ef: EF) -> bytes:
        """What READ BINARY sees; empty where nothing was stored yet."""
        if ef is EF.TOKEN_INFORMATION:
            return self.token_information.encode()
        if ef is EF.CERTIFICATES_PRESENT:
            return self.certificates_present()
        return self.stored(ef)

    def certificates_present(self) -> bytes:
        """One byte each for the signature and the user certificate, and a zero."""
        pair = (EF.SIGNATURE_CERTIFICATE, EF.USER_CERTIFICATE)
        return b"".join(PRESENT if self.stored(ef) else ABSENT for ef in pair) + b"\x00"

    def stored(self, ef: EF) -> bytes:
        return self.store.get(ef.key)
