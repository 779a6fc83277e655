"""Type A, Type B or unknown: what an ATR and a reader's pseudo-APDUs let one conclude. Pure.

PC/SC part 3 (3.1.3.2.3) maps contactless cards to ``3B 8n 80 01``, n bytes and a check byte. For
Type A they are the historical bytes of the ATS; for Type B always eight: application data (4),
protocol information (3), MBLI (1). A Type A card may have eight as well, so the shape alone never
makes a certain B.

Rules:

1. n other than 8: Type A, unless it is a storage card, of which the ATR tells no type;
2. n = 8 with protocol information that ISO/IEC 14443-3 7.9.4 does not allow: likely A;
3. n = 8 that reads as historical bytes (a category indicator, or text) as well as Type B: unknown,
   unless the ATR is a published one;
4. ``FF CA 00 00 00`` with 7 or 10 bytes, or ``FF CA 01 00 00`` with bytes: A, certain. Four bytes
   that begin with 08 (a random UID) or a refused ATS only add likelihood;
5. a reader that was told to poll one type only settles it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique

from suites.contactless.negotiation import Technology

PUBLISHED_B = {
    bytes.fromhex("3B 88 80 01 00 00 05 E0 B3 81 A1 00 7F"): "JPKI / My Number card",
    bytes.fromhex("3B 88 80 01 00 00 41 E0 B3 81 A1 00 3B"): "ID card issued by Japan's government",
    bytes.fromhex("3B 88 80 01 00 00 14 E0 B3 81 91 00 5E"): "Juki card",
    bytes.fromhex("3B 88 80 01 00 00 00 00 91 81 C1 00 D8"): "Japanese IC driving licence",
}
"""Cards of Type B on the public list of ATRs (pcsc-tools). No phone has one of them."""

CONTACTLESS = bytes.fromhex("8001")
STORAGE = bytes.fromhex("804F0C")
CATEGORY_INDICATORS = {0x00, 0x10, 0x80, 0x31}  # ISO/IEC 7816-4 8.1.1; 0x31 is met in the field
RANDOM_UID = 0x08  # first byte of a UID that is new at each activation (ISO/IEC 14443-3 6.5.4)
SUCCESS = 0x9000
NOT_SUPPORTED = 0x6A81


@unique
class Confidence(StrEnum):
    """How sure a type is."""

    CERTAIN = "certain"
    LIKELY = "likely"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class TypeGuess:
    """A type, how sure it is, and why; ``technology`` is None exactly when it is unknown."""

    technology: Technology | None
    confidence: Confidence
    evidence: tuple[str, ...]

    def __str__(self) -> str:
        if self.technology is None:
            return "unknown"
        return f"{self.technology} ({self.confidence})"


@dataclass(frozen=True)
class TypeBAnswer:
    """The eight bytes that a Type B card shows through PC/SC (ISO/IEC 14443-3 7.9, 14443-4)."""

    application_data: bytes
    rates: int
    frame_sizes: int  # FSCI in the high half, protocol type in the low one
    waiting: int  # FWI in the high half, then ADC and FO
    mbli: int

    @property
    def is_possible(self) -> bool:
        """No bit that is reserved is set."""
        return (
            not self.rates & 0x08
            and self.frame_sizes >> 4 <= 12
            and not self.frame_sizes & 0x08
            and self.waiting >> 4 != 0xF
            and not self.mbli & 0x0F
        )

    @classmethod
    def parse(cls, historical: bytes) -> TypeBAnswer:
        """``ValueError`` for other than eight bytes."""
        if len(historical) != 8:
            raise ValueError(f"Type B has 8 bytes in its ATR, not {len(historical)}")
        return cls(historical[:4], *historical[4:])


@dataclass(frozen=True)
class Identifier:
    """The answer to ``FF CA 00 00 00``: a UID of Type A, or a PUPI of Type B."""

    value: bytes

    def __post_init__(self) -> None:
        if len(self.value) not in {4, 7, 10}:
            raise ValueError(f"{len(self.value)} bytes are no UID and no PUPI (4, 7 or 10)")

    @property
    def is_uid(self) -> bool:
        """Certainly: a PUPI has four bytes (ISO/IEC 14443-3 7.9.2)."""
        return len(self.value) > 4

    @property
    def looks_random(self) -> bool:
        return len(self.value) == 4 and self.value[0] == RANDOM_UID


@dataclass(frozen=True)
class Ats:
    """Answer to select of a Type A card, without its CRC (ISO/IEC 14443-4 5.2)."""

    fsci: int = 2  # where T0 is absent
    ta: int | None = None
    tb: int | None = None
    tc: int | None = None
    historical: bytes = b""

    @property
    def fwi(self) -> int:
        """4 where TB is absent or reserved (15)."""
        return 4 if self.tb is None or self.tb >> 4 == 0xF else self.tb >> 4

    @property
    def supports_cid(self) -> bool:
        """Yes where TC is absent (5.2.6)."""
        return self.tc is None or bool(self.tc & 0x02)

    @classmethod
    def parse(cls, ats: bytes) -> Ats:
        """TL counts itself; TA, TB and TC may be absent. ``ValueError`` for a wrong length."""
        if not ats or ats[0] != len(ats):
            told = f"says {ats[0]}" if ats else "is absent"
            raise ValueError(f"ATS of {len(ats)} bytes, its length byte {told}")
        if len(ats) == 1:
            return cls()
        t0, rest = ats[1], ats[2:]
        present = [bool(t0 & bit) for bit in (0x10, 0x20, 0x40)]
        if len(rest) < sum(present):
            raise ValueError(f"ATS announces {sum(present)} interface bytes and has {len(rest)}")
        bytes_of_interface = iter(rest)
        ta, tb, tc = (next(bytes_of_interface) if here else None for here in present)
        return cls(t0 & 0x0F, ta, tb, tc, bytes(bytes_of_interface))


def historical_bytes(atr: bytes) -> bytes | None:
    """Of a contactless ATR by PC/SC part 3; ``None`` for any other, or one that is damaged."""
    if len(atr) < 5 or atr[0] != 0x3B or atr[1] & 0xF0 != 0x80 or atr[2:4] != CONTACTLESS:
        return None
    count = atr[1] & 0x0F
    if len(atr) != 5 + count or _check_byte(atr[1:-1]) != atr[-1]:
        return None
    return atr[4:-1]


def from_atr(atr: bytes) -> TypeGuess:
    """By the shape of the ATR alone: A, B or unknown, and B at most likely."""
    if atr in PUBLISHED_B:
        return _likely(Technology.B, f"a published ATR: {PUBLISHED_B[atr]}")
    historical = historical_bytes(atr)
    if historical is None:
        return _unknown("no contactless ATR by PC/SC part 3, or its check byte is wrong")
    if historical.startswith(STORAGE):
        return _unknown("a storage card, which speaks no ISO/IEC 14443-4")
    if len(historical) != 8:
        told = f"{len(historical)} historical bytes, Type B would have 8"
        return TypeGuess(Technology.A, Confidence.CERTAIN, (told,))
    return _of_eight(historical)


def with_identifier(guess: TypeGuess, identifier: Identifier) -> TypeGuess:
    """What ``FF CA 00 00 00`` adds."""
    if identifier.is_uid:
        told = f"a UID of {len(identifier.value)} bytes, a PUPI has 4"
        return TypeGuess(Technology.A, Confidence.CERTAIN, (*guess.evidence, told))
    if identifier.looks_random:
        return _inclined(guess, Technology.A, "4 bytes that begin with 08 as a random UID does")
    return guess


def with_ats(guess: TypeGuess, answer: bytes, sw: int) -> TypeGuess:
    """What ``FF CA 01 00 00`` adds: bytes are of an ATS, ``6A81`` hints that there is none."""
    if sw == SUCCESS and answer:
        told = "the reader tells bytes of an ATS"
        return TypeGuess(Technology.A, Confidence.CERTAIN, (*guess.evidence, told))
    if sw == NOT_SUPPORTED:
        return _inclined(guess, Technology.B, "the reader knows no ATS")
    return guess


def polled_only(guess: TypeGuess, technology: Technology) -> TypeGuess:
    """The reader was set to poll one type: what answers speaks it."""
    told = f"the reader polled Type {technology} only"
    return TypeGuess(technology, Confidence.CERTAIN, (*guess.evidence, told))


def _of_eight(historical: bytes) -> TypeGuess:
    """Either type may have eight bytes."""
    if not TypeBAnswer.parse(historical).is_possible:
        return _likely(Technology.A, "8 bytes that are no protocol information of Type B")
    if _reads_as_historical(historical):
        return _unknown("8 bytes that may be either type's")
    return _likely(Technology.B, "8 bytes that are possible protocol information of Type B")


def _inclined(guess: TypeGuess, to: Technology, why: str) -> TypeGuess:
    """A hint: settles nothing that is certain, and two hints that disagree are unknown."""
    evidence = (*guess.evidence, why)
    if guess.confidence is Confidence.CERTAIN:
        return TypeGuess(guess.technology, guess.confidence, evidence)
    if guess.technology in {None, to}:
        return TypeGuess(to, Confidence.LIKELY, evidence)
    return TypeGuess(None, Confidence.UNKNOWN, evidence)


def _reads_as_historical(historical: bytes) -> bool:
    """Begins with a category indicator (ISO/IEC 7816-4), or is text."""
    is_text = all(0x20 <= byte < 0x7F for byte in historical)
    return historical[0] in CATEGORY_INDICATORS or is_text


def _likely(technology: Technology, why: str) -> TypeGuess:
    return TypeGuess(technology, Confidence.LIKELY, (why,))


def _unknown(why: str) -> TypeGuess:
    return TypeGuess(None, Confidence.UNKNOWN, (why,))


def _check_byte(body: bytes) -> int:
    found = 0
    for byte in body:
        found ^= byte
    return found
