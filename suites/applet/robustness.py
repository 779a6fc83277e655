"""Any byte string as a command: what must hold, and the strings worth trying."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from fixtures.card.jpki import EF, JpkiCard
from fixtures.outcome import Inconclusive, Violation, expect

if TYPE_CHECKING:
    from fixtures.bench import Bench

RULE = "JPKI-J-09"
instructions = st.sampled_from(
    bytes.fromhex("2024 2A2C 4647 7082 8488 A2A4 AEB0 B2C0 CACB D6E2 FC")  # known and nearly so
)
headers = st.tuples(
    st.sampled_from([0x00, 0x80, 0x01, 0x08, 0x0C, 0x10, 0x90, 0xA0, 0xFF]),
    instructions,
    st.sampled_from([0x00, 0x01, 0x02, 0x04, 0x80, 0x81, 0x86, 0x97, 0xFF]),
    st.sampled_from([0x00, 0x0C, 0x80, 0x81, 0x97, 0x98, 0x9A, 0x9B, 0xFF]),
).map(bytes)
bodies = st.one_of(
    st.binary(max_size=300),
    st.binary(max_size=20).map(lambda data: bytes((len(data),)) + data),
    st.binary(max_size=20).map(lambda data: bytes((len(data),)) + data + b"\x00"),
    st.binary(max_size=600).map(lambda data: b"\x00" + len(data).to_bytes(2, "big") + data),
)
any_bytes = st.one_of(
    st.binary(max_size=8),
    st.builds(lambda header, body: header + body, headers, bodies),
    st.builds(lambda header, body: header + body, st.binary(min_size=4, max_size=4), bodies),
)


@dataclass(frozen=True)
class Seen:
    """What a terminal can see of a card's state without changing it."""

    user_tries: int
    password_tries: int
    user_key: int
    signature_key: int
    public_keys: bytes


def look(card: JpkiCard) -> Seen:
    return Seen(
        card.tries_left(EF.USER_PIN).sw,
        card.tries_left(EF.PASSWORD).sw,
        card.read_sfi(EF.USER_CERTIFICATE.sfi, 0, 1).sw,
        card.read_sfi(EF.SIGNATURE_CERTIFICATE.sfi, 0, 1).sw,
        card.public_key_object(EF.USER_KEY).data + card.public_key_object(EF.SIGNATURE_KEY).data,
    )


def look_twice(card: JpkiCard) -> Seen:
    """``look``; ``Inconclusive`` when looking alone changes what is seen (J-03)."""
    seen = look(card)
    if look(card) != seen:
        raise Inconclusive("looking changes the state; see JPKI-J-03")
    return seen


def check_any_bytes(bench: Bench, raw: bytes, before: Seen) -> None:
    """An answer with a status word always; no change of state by what was refused.

    ``before`` is what ``look`` showed last.
    """
    try:
        response = bench.card.send_raw(raw)
    except ValueError as error:
        raise Violation(RULE, str(error), "an answer with a status word", raw.hex()) from None
    expect(RULE, _is_status_word(response.sw), True, f"{raw.hex().upper()} gave {response.sw:04X}")
    if _refused(response.sw):
        expect(RULE, look(bench.card), before, f"{raw.hex().upper()} refused by {response.sw:04X}")


def _refused(sw: int) -> bool:
    """Neither executed (9000, 61xx, warnings 62xx) nor a try or proof that failed (63xx)."""
    return sw >> 8 >= 0x64 and sw != 0x9000


def _is_status_word(sw: int) -> bool:
    """ISO/IEC 7816-4 5.6: 9000, or 61 … 6F."""
    return sw == 0x9000 or 0x61 <= sw >> 8 <= 0x6F
