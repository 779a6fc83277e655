"""Commands and responses as bytes and as values (ISO/IEC 7816-4:2020, 5.2 to 5.6)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, unique

SHORT_MAXIMUM = 256
EXTENDED_MAXIMUM = 65_536


@unique
class SW(IntEnum):
    """Status words this chip answers; 63Cx and 61xx are made by functions below."""

    OK = 0x9000
    END_OF_FILE_BEFORE_LE = 0x6282
    AUTHENTICATION_FAILED = 0x6300
    EXECUTION_ERROR = 0x6400  # state unchanged
    WRONG_LENGTH = 0x6700
    CHANNEL_NOT_SUPPORTED = 0x6881
    SECURE_MESSAGING_NOT_SUPPORTED = 0x6882
    INCOMPATIBLE_FILE_STRUCTURE = 0x6981
    SECURITY_STATUS_NOT_SATISFIED = 0x6982
    AUTHENTICATION_METHOD_BLOCKED = 0x6983
    REFERENCE_DATA_NOT_USABLE = 0x6984
    CONDITIONS_NOT_SATISFIED = 0x6985
    NO_CURRENT_EF = 0x6986
    SECURE_MESSAGING_REFUSED = 0x69FC  # as the plastic card answers READ BINARY and VERIFY
    INCORRECT_DATA = 0x6A80
    FUNCTION_NOT_SUPPORTED = 0x6A81
    FILE_NOT_FOUND = 0x6A82
    RECORD_NOT_FOUND = 0x6A83
    NOT_ENOUGH_MEMORY = 0x6A84
    INCORRECT_P1_P2 = 0x6A86
    REFERENCED_DATA_NOT_FOUND = 0x6A88
    WRONG_OFFSET = 0x6B00
    LE_IS_256 = 0x6C00
    INS_NOT_SUPPORTED = 0x6D00
    CLA_NOT_SUPPORTED = 0x6E00


class INS(IntEnum):
    """Instruction codes (ISO/IEC 7816-4 table 4; 2A is PERFORM SECURITY OPERATION)."""

    VERIFY = 0x20
    CHANGE_REFERENCE_DATA = 0x24
    COMPUTE_DIGITAL_SIGNATURE = 0x2A
    RESET_RETRY_COUNTER = 0x2C
    GENERATE_KEY_PAIR = 0x46
    GENERATE_KEY_PAIR_BER = 0x47
    EXTERNAL_AUTHENTICATE = 0x82
    GET_CHALLENGE = 0x84
    SELECT = 0xA4
    SET_SESSION_KEY = 0xAE
    READ_BINARY = 0xB0
    GET_RESPONSE = 0xC0
    UPDATE_BINARY = 0xD6
    LAST_COMMAND = 0xFC


class Refused(Exception):  # noqa: N818 - an answer, not an error
    """A command ends here with a status word and no data."""

    def __init__(self, sw: SW) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw


def tries_left(count: int) -> int:
    """The status word 63Cx."""
    return 0x63C0 | min(count, 15)


@dataclass(frozen=True, repr=False, slots=True)
class Command:
    """A command APDU. ``le`` is None where the field is absent, 256 or 65,536 where it is zero."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None
    extended: bool = False

    @classmethod
    def parse(cls, raw: bytes) -> Command:
        """Raises Refused (6700) for anything but the seven cases of 5.2."""
        if len(raw) < 4:
            raise Refused(SW.WRONG_LENGTH)
        cla, ins, p1, p2 = raw[:4]
        extended = len(raw) > 5 and raw[4] == 0
        data, le = _extended_fields(raw) if extended else _short_fields(raw)
        return cls(cla, ins, p1, p2, data, le, extended)

    @property
    def wants_all(self) -> bool:
        """Le of zero: as much as there is."""
        return self.le == (EXTENDED_MAXIMUM if self.extended else SHORT_MAXIMUM)

    def __repr__(self) -> str:
        return f"Command({self.cla:02X} {self.ins:02X} {self.p1:02X} {self.p2:02X})"


@dataclass(frozen=True, slots=True)
class Response:
    """A response APDU; ``pending`` stays behind for GET RESPONSE."""

    sw: int
    data: bytes = b""
    pending: bytes = b""

    @classmethod
    def chained(cls, data: bytes, le: int) -> Response:
        """The first ``le`` bytes, and 61xx for the others (5.3.4)."""
        if len(data) <= le:
            return cls(SW.OK, data)
        left = len(data) - le
        return cls(0x6100 | (left if left < SHORT_MAXIMUM else 0), data[:le], data[le:])

    def __bytes__(self) -> bytes:
        return self.data + self.sw.to_bytes(2, "big")


def _short_fields(raw: bytes) -> tuple[bytes, int | None]:
    if len(raw) == 4:
        return b"", None
    if len(raw) == 5:
        return b"", raw[4] or SHORT_MAXIMUM
    end = 5 + raw[4]
    if len(raw) == end:
        return raw[5:end], None
    if len(raw) == end + 1:
        return raw[5:end], raw[end] or SHORT_MAXIMUM
    raise Refused(SW.WRONG_LENGTH)


def _extended_fields(raw: bytes) -> tuple[bytes, int | None]:
    length = int.from_bytes(raw[5:7], "big")
    if len(raw) == 7:
        return b"", length or EXTENDED_MAXIMUM
    end = 7 + length
    if length and len(raw) == end:
        return raw[7:end], None
    if length and len(raw) == end + 2:
        return raw[7:end], int.from_bytes(raw[end:], "big") or EXTENDED_MAXIMUM
    raise Refused(SW.WRONG_LENGTH)
