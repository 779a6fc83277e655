"""The JPKI applet as an abstract model: what a terminal may expect, and which rule says so.

About ten facts stand for a card. They are restated from the public rules of the application
(PIN rules, J-01 … J-10), never read off an implementation. Each fact about a PIN remembers the
rule that decided it last, so that a disagreement names its requirement: a key that still signs
after SELECT is J-01, the same key after a power cycle is J-10.

Pure: no card, no clock, no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fixtures.card.apdu import SW
from fixtures.card.jpki import EF

START = "start"  # nothing has happened to this PIN since the terminal selected the application

PIN_RULE = {EF.USER_PIN: "JPKI-PIN-01", EF.PASSWORD: "JPKI-PIN-02"}
TRY_LIMIT = {EF.USER_PIN: 3, EF.PASSWORD: 5}
PIN_OF_KEY = {EF.USER_KEY: EF.USER_PIN, EF.SIGNATURE_KEY: EF.PASSWORD}
OTHER = {EF.USER_PIN: EF.PASSWORD, EF.PASSWORD: EF.USER_PIN}
KEYS = frozenset(PIN_OF_KEY)
PINS = frozenset(TRY_LIMIT)
FREE_FILES = frozenset({EF.SIGNATURE_CA, EF.TOKEN_INFORMATION, EF.CERTIFICATES_PRESENT, EF.USER_CA})


@dataclass(frozen=True)
class Expected:
    """The status word that must come, and the requirement that says so."""

    sw: int
    requirement: str


@dataclass
class PinModel:
    """One PIN: counter, verification state, and who decided each of them last."""

    ef: EF
    tries: int
    verified: bool = False
    tries_by: str = ""
    state_by: str = START

    def __post_init__(self) -> None:
        self.tries_by = self.tries_by or self.rule

    @property
    def rule(self) -> str:
        return PIN_RULE[self.ef]

    @property
    def limit(self) -> int:
        return TRY_LIMIT[self.ef]

    def forget(self, rule: str) -> None:
        """The verification state dies by this rule."""
        self.verified = False
        self.state_by = rule


@dataclass
class CardModel:
    """A card with the JPKI application selected."""

    phone: bool
    current: EF | None = None
    current_by: str = "JPKI-J-09"  # the rule by which no file is selected
    administrator: bool = False
    pins: dict[EF, PinModel] = field(
        default_factory=lambda: {ef: PinModel(ef, limit) for ef, limit in TRY_LIMIT.items()}
    )

    # --- events --------------------------------------------------------------------------

    def power_cycle(self) -> None:
        """J-10: states die, counters persist."""
        self._leave("JPKI-J-10")
        for pin in self.pins.values():
            pin.tries_by = "JPKI-J-10"

    def select_ap(self) -> Expected:
        """J-01: SELECT by AID clears both verification states; it gives no try back."""
        self._leave("JPKI-J-01")
        for pin in self.pins.values():
            pin.tries_by = pin.rule
        return Expected(SW.OK, "JPKI-J-09")

    def _leave(self, rule: str) -> None:
        if self.current is not None:
            self.current_by = rule if rule == "JPKI-J-10" else "JPKI-J-09"
        self.current = None
        self.administrator = False
        for pin in self.pins.values():
            pin.forget(rule)

    def select_ef(self, fid: int) -> Expected:
        """An unknown file leaves the selection as it was (J-09)."""
        if fid not in set(EF):
            return Expected(SW.FILE_NOT_FOUND, "JPKI-J-09")
        self.current = EF(fid)
        return Expected(SW.OK, "JPKI-J-09")

    def verify(self, ef: EF, *, right: bool) -> Expected:
        """A try is spent first; only the right PIN brings all of them back."""
        pin = self.pins[ef]
        if pin.tries == 0:
            return Expected(self.blocked_sw, "JPKI-J-06")
        pin.tries = pin.limit if right else pin.tries - 1
        pin.verified = right
        pin.tries_by = pin.state_by = pin.rule
        return Expected(SW.OK if right else 0x63C0 | pin.tries, pin.rule)

    def query(self, ef: EF) -> Expected:
        """J-03, J-04: always 63Cx, at no cost and with no effect."""
        pin = self.pins[ef]
        expected = Expected(0x63C0 | pin.tries, "JPKI-J-03" if pin.tries else "JPKI-J-04")
        pin.tries_by = pin.state_by = "JPKI-J-03"
        return expected

    def change(self, ef: EF, *, well_formed: bool = True) -> Expected:
        """CHANGE REFERENCE DATA after VERIFY; the new value obeys the format of its PIN."""
        pin = self.pins[ef]
        rule = pin.rule if pin.state_by == START else pin.state_by
        if not pin.verified:
            return Expected(SW.SECURITY_STATUS_NOT_SATISFIED, rule)
        if not well_formed:
            return Expected(SW.WRONG_DATA, pin.rule)
        pin.tries, pin.tries_by = pin.limit, pin.rule
        return Expected(SW.OK, rule)

    def unblock(self, ef: EF) -> Expected:
        """Only the administrator lifts a block; the holder must VERIFY anew."""
        pin = self.pins[ef]
        if not self.administrator:
            return Expected(SW.SECURITY_STATUS_NOT_SATISFIED, pin.rule)
        pin.tries, pin.tries_by = pin.limit, pin.rule
        pin.forget(pin.rule)
        return Expected(SW.OK, pin.rule)

    # --- expectations without effect -------------------------------------------------------

    @property
    def blocked_sw(self) -> int:
        """J-06: 6983 on the phone, so that PKCS#11 says CKR_PIN_LOCKED; 6984 on plastic."""
        phone, plastic = SW.AUTHENTICATION_METHOD_BLOCKED, SW.REFERENCE_DATA_NOT_USABLE
        return phone if self.phone else plastic

    def sign(self, key: EF) -> Expected:
        """A key obeys its own PIN and no other (J-02)."""
        pin = self.pins[PIN_OF_KEY[key]]
        if pin.verified:
            return Expected(SW.OK, pin.state_by)
        rule = "JPKI-J-02" if pin.state_by == START else pin.state_by
        return Expected(SW.SECURITY_STATUS_NOT_SATISFIED, rule)

    def read(self, ef: EF) -> Expected:
        """READ BINARY from the beginning of a file."""
        if ef in FREE_FILES or (ef is EF.USER_CERTIFICATE and not self.phone):
            return Expected(SW.OK, "JPKI-EF-01" if ef is EF.USER_CERTIFICATE else "JPKI-J-07")
        if ef is EF.SIGNATURE_CERTIFICATE:
            return self._read_behind(EF.PASSWORD, "JPKI-J-08")
        if ef is EF.USER_CERTIFICATE:
            return self._read_behind(EF.USER_PIN, "JPKI-EF-01")
        if ef is EF.PROTECTED:
            return Expected(SW.SECURITY_STATUS_NOT_SATISFIED, "JPKI-J-09")
        return Expected(SW.INCOMPATIBLE_FILE, "REQ-1-1-a" if ef in KEYS else "JPKI-J-09")

    def _read_behind(self, ef: EF, access_rule: str) -> Expected:
        pin = self.pins[ef]
        if pin.verified:
            return Expected(SW.OK, pin.state_by)
        rule = pin.state_by
        if rule == START:
            rule = "JPKI-J-02" if self.pins[OTHER[ef]].verified else access_rule
        return Expected(SW.SECURITY_STATUS_NOT_SATISFIED, rule)
