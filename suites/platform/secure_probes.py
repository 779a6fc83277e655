"""What is asked of a secure channel, and what an outsider tries without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixtures.card import global_platform as gp
from fixtures.card.apdu import SW
from fixtures.card.global_platform_values import DataFormat, Kind, Subset
from fixtures.card.scp03 import LEVELS, InitializeUpdateAnswer, Level
from fixtures.outcome import Inconclusive, expect
from suites.platform.session import RULE

if TYPE_CHECKING:
    from fixtures.card.platform import Platform

R_MAC, R_ENCRYPTION = 0x20, 0x60  # of "i" (Amendment D, table 5-1)
SOMEBODY = bytes.fromhex("D392F000260100000001")  # the JPKI applet
NOBODY = bytes.fromhex("F0000000010203")

OUTSIDER = {
    "GET STATUS": gp.get_status(Subset.APPLICATIONS),
    "SET STATUS": gp.set_status(Kind.APPLICATION, 0x80, SOMEBODY),
    "SET STATUS of the card": gp.set_status(Kind.ISSUER_DOMAIN, 0x7F),
    "INSTALL [for load]": gp.install_for_load(NOBODY),
    "INSTALL [for install]": gp.install_for_install(NOBODY, NOBODY, NOBODY),
    "INSTALL [for personalization]": gp.install_for_personalization(SOMEBODY),
    "LOAD": gp.load(b"\xc4\x01\x00", 0, last=True),
    "DELETE": gp.delete(SOMEBODY, related=True),
    "DELETE of keys": gp.delete_keys(version=0x30),
    "PUT KEY": gp.put_key(0x31, [bytes.fromhex("8810") + bytes(16) + b"\x00"]),
    "STORE DATA": gp.store_data(b"\x9f\x70\x01\x07", 0, last=True, form=DataFormat.BER_TLV),
}
"""Each needs a session (table 11-2)."""

REFUSALS = (SW.SECURITY_STATUS_NOT_SATISFIED, SW.CONDITIONS_NOT_SATISFIED, SW.INS_NOT_SUPPORTED)
"""The word of the table first; the others where a command is not there, or not in this state."""


def offered(platform: Platform) -> tuple[Level, ...]:
    """Levels that "i" of the card promises."""
    platform.select()
    answer = platform.challenged()[1]
    expect(RULE, answer.sw, SW.OK, "INITIALIZE UPDATE")
    try:
        i = InitializeUpdateAnswer.parse(answer.data).i
    except ValueError as error:
        raise Inconclusive(f"the answer to INITIALIZE UPDATE: {error}") from None
    return tuple(level for level in LEVELS if _promised(level, i))


def _promised(level: Level, i: int) -> bool:
    if level & Level.R_ENCRYPTION:
        return i & R_ENCRYPTION == R_ENCRYPTION
    return not level & Level.R_MAC or bool(i & R_MAC)


def readable(platform: Platform, number: int = 0) -> bool:
    """Whether the registry can be read in the clear, as within a session without protection."""
    return platform.send(gp.get_status(Subset.ISSUER_DOMAIN), number).data != b""


def shut(platform: Platform, where: str) -> None:
    """Nothing is told without a session."""
    answer = platform.send(gp.get_status(Subset.ISSUER_DOMAIN))
    expect(RULE, answer.sw, SW.SECURITY_STATUS_NOT_SATISFIED, f"GET STATUS after {where}")


def tampered(data: bytes, bit: int) -> bytes:
    """One bit is another."""
    changed = bytearray(data)
    changed[bit // 8] ^= 0x80 >> bit % 8
    return bytes(changed)
