"""Reading the rules out of the ARA-M on the element (GPD_SPE_013 v1.1, GET DATA)."""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.handset.data_objects import Head, Malformed, only
from reference_impl.handset.driver import Driver

ARA_M_AID = bytes.fromhex("A00000015141434C00")
REFRESH_TAG = 0xDF20
ALL, NEXT = 0xFF40, 0xFF60
OK, NO_RULES = b"\x90\x00", b"\x6a\x88"
LONGEST = 65_536  # bytes of rules that are read; more is nonsense
TAG_SIZE = 8


@dataclass
class RuleSource:
    """One channel to the ARA-M. Everything raises Malformed for an answer that is none."""

    driver: Driver
    number: int

    def refresh_tag(self) -> bytes:
        answer = self._get_data(REFRESH_TAG)
        if answer[-2:] != OK:
            raise Malformed(f"no refresh tag but {answer[-2:].hex().upper()}")
        tag = only(answer[:-2], REFRESH_TAG)
        if len(tag) != TAG_SIZE:
            raise Malformed(f"a refresh tag of {len(tag)} bytes")
        return tag

    def all_rules(self) -> bytes | None:
        """Put together from as many pieces as the first one announces; None for no rules."""
        answer = self._get_data(ALL)
        if answer[-2:] == NO_RULES:
            return None
        held = self._piece(answer)
        announced = Head.read(held).end
        if announced > LONGEST:
            raise Malformed(f"{announced} bytes of rules")
        while len(held) < announced:
            held += self._piece(self._get_data(NEXT))
        return held

    def _piece(self, answer: bytes) -> bytes:
        if answer[-2:] != OK or len(answer) == 2:
            raise Malformed(f"no rules but {answer[-2:].hex().upper()}")
        return answer[:-2]

    def _get_data(self, tag: int) -> bytes:
        cla = self.driver.commands.class_for(0x80, self.number)
        return self.driver.exchange(bytes((cla, 0xCA)) + tag.to_bytes(2, "big") + b"\x00")
